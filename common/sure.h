// SPDX-License-Identifier: Apache-2.0
/* How sure a figure or a register list is: what stands behind its `source`. Packs and device templates say it. */
#ifndef SW_COMMON_SURE_H
#define SW_COMMON_SURE_H

enum sw_sure { SW_SURE_CONFIRMED, SW_SURE_SECONDARY, SW_SURE_UNVERIFIED };

#endif
