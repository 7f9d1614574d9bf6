// SPDX-License-Identifier: Apache-2.0
/* Times as people say them on the telephone, Chinese or English: 昨晚11点, 刚才, 今早六点半, 20:30, "last night 11pm",
 * RFC 3339. Always something that has been: of two readings the one that lies behind us and is the nearer. Pure. */
#ifndef SW_HUB_WHEN_H
#define SW_HUB_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

#define HUB_WHEN_TEXT_MAX 120 /* bytes */

struct hub_when {
    int64_t at_us;
    bool is_span; /* no hour was told: from … to is the stretch that was meant, at_us its middle */
    int64_t from_us, to_us;
};

/** @param now_us, zone  of the caller
 *  @return SW_OK; SW_E_INVAL with one sentence and examples */
int hub_when(const char *text, int64_t now_us, const struct sw_zone *zone, struct hub_when *ret, struct sw_err *err);

#endif
