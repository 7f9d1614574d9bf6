// SPDX-License-Identifier: Apache-2.0
/* When is a rule in force? Where an occurrence of its period and a stage of the works that it is meant for meet. What a
 * judge does when that begins or ends is judge_rules.c's. Pure. Internal to rules/. */
#ifndef SW_RULES_FORCE_H
#define SW_RULES_FORCE_H

#include <stdbool.h>

#include "rules/calendar.h"
#include "rules/days.h"
#include "rules/pack.h"

/** A rule at a site; all borrowed. */
struct sw_force {
    const struct sw_zone *zone;
    const struct sw_days *days;     /* NULL = no special days */
    const struct sw_stages *stages; /* NULL = the site names none: a rule for certain stages is never in force */
    const struct sw_pack *pack;
    const struct sw_rule *rule;
};

/** Neither period nor stages: [INT64_MIN, INT64_MAX). */
bool sw_force_is_always(const struct sw_rule *rule);

/** The stretch in force that contains t. Stages that follow each other without a day between are one stretch.
 *  @return false when the rule is not in force at t */
bool sw_force_at(const struct sw_force *f, int64_t t_us, struct sw_span *ret);

/** The next stretch that starts after t (t itself excluded). @return false if there is none any more */
bool sw_force_next(const struct sw_force *f, int64_t t_us, struct sw_span *ret);

#endif
