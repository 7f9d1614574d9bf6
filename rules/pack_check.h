// SPDX-License-Identifier: Apache-2.0
/* The parts of sw_pack_validate. Internal to rules/pack*.c. */
#ifndef SW_RULES_PACK_CHECK_H
#define SW_RULES_PACK_CHECK_H

#include "rules/pack.h"

/** Ids, hours, days and overlaps of all periods. @return SW_OK; SW_E_INVAL with the first fault in words */
int sw_pack_check_periods(const struct sw_pack *pack, struct sw_err *err);

/** Rule i by itself and with the rules before it. */
int sw_pack_check_rule(const struct sw_pack *pack, size_t i, struct sw_err *err);

/** Minutes from start to end. */
int sw_period_length_min(const struct sw_period *p);

#endif
