// SPDX-License-Identifier: Apache-2.0
/* Proof for a resolve: is the ticket's matter, and every matter that is merged into it, measured with good data to be
 * below its limits by the recovery margin; and if not, what speaks against it. What follows is the desk's. */
#include <stdio.h>
#include <string.h>

#include "gateway/engine_int.h"
#include "rules/energy.h"

/** What speaks against a resolve. */
struct gap {
    const struct sw_ticket *t;        /* whose matter it is: the ticket's own, or of one merged into it */
    const struct sw_rule_state *rule; /* NULL = nothing measures the matter, or it is no matter of rules */
    size_t sensor;
};

/* One rule speaks against a resolve while it alerts, waits for data, or stands above its recovery margin; compared as
 * the verdict compares, so that what is shown as recovering can be resolved. */
static bool rule_is_below(const struct sw_rule_state *r)
{
    const struct sw_rule *rule = r->rule;

    if (r->state == SW_STATE_ALERTING || r->state == SW_STATE_PENDING || r->state == SW_STATE_NODATA ||
        r->state == SW_STATE_FAULT)
        return false;
    if (!r->in_force || rule->statistic == SW_STAT_MAX)
        return true;
    return r->value != SW_NO_VALUE &&
           r->value < sw_first_level_over(rule->limit - rule->recover_below, rule->resolution);
}

static bool matter_is_proven(struct sw_engine *e, const struct sw_ticket *t, struct gap *ret)
{
    size_t n = 0;

    *ret = (struct gap){.t = t};
    /* nothing was heard, or it is over; the input is normal, data come again */
    if (t->category == SW_CATEGORY_WORK || t->category == SW_CATEGORY_DEVICE)
        return t->measured_from_us == INT64_MIN || t->measured_to_us != INT64_MIN;
    /* a caller's word without a measurement: who was there says what was found */
    if (t->origin == SW_ORIGIN_COMPLAINT && t->measured_from_us == INT64_MIN)
        return true;
    for (size_t s = 0; s < e->n_sensors; s++) {
        const struct sw_judge *judge = e->sensors[s].judge;

        for (size_t i = 0; judge && i < sw_judge_n_rules(judge); i++) {
            const struct sw_rule_state *r = sw_judge_rule(judge, i);

            if (!sw_desk_concerns(e->desk, t, (uint16_t) s, r->rule))
                continue;
            n++;
            if (rule_is_below(r))
                continue;
            *ret = (struct gap){.t = t, .rule = r, .sensor = s};
            return false;
        }
    }
    return n > 0;
}

static bool is_proven(struct sw_engine *e, const char *ticket, struct gap *ret)
{
    const struct sw_ticket *t = sw_desk_find(e->desk, ticket);

    *ret = (struct gap){0};
    if (!t || !matter_is_proven(e, t, ret))
        return false;
    for (size_t i = 0; i < sw_desk_capacity(e->desk); i++) {
        const struct sw_ticket *m = sw_desk_ticket(e->desk, i);

        if (!m)
            break;
        if (strcmp(m->merged_into, ticket) == 0 && m->status < SW_STATUS_RESOLVED && !matter_is_proven(e, m, ret))
            return false;
    }
    return true;
}

bool sw_engine_is_proven(struct sw_engine *e, const char *ticket)
{
    struct gap gap;

    return is_proven(e, ticket, &gap);
}

static void say_rule(const struct sw_engine *e, const struct gap *g, char *buf, size_t cap)
{
    const struct sw_rule *rule = g->rule->rule;
    const enum sw_quantity quantity =
        rule->quantity != SW_QUANTITY_NONE ? rule->quantity : e->desk_sensors[g->sensor].quantity;
    const char *sensor = e->site->sensors[g->sensor].id;
    const double limit = rule->limit / 100.0;
    char statistic[32];

    sw_rule_statistic_text(rule, statistic, sizeof statistic);
    if (g->rule->state == SW_STATE_FAULT || g->rule->state == SW_STATE_NODATA || g->rule->value == SW_NO_VALUE)
        snprintf(buf, cap, "%s of %s, limit %.1f", g->rule->state == SW_STATE_FAULT ? "device fault" : "no good data",
                 sensor, limit);
    else
        snprintf(buf, cap, "%s %.1f %s at %s, limit %.1f", statistic, g->rule->value / 100.0,
                 sw_quantity_info(quantity)->unit, sensor, limit);
}

void engine_say_gap(struct sw_engine *e, const char *ticket, struct sw_err *err)
{
    struct gap gap;
    char what[160] = "no rule measures this matter", whose[40] = "";

    if (is_proven(e, ticket, &gap) || !gap.t)
        return;
    if (gap.rule)
        say_rule(e, &gap, what, sizeof what);
    else if (gap.t->category == SW_CATEGORY_DEVICE)
        snprintf(what, sizeof what, "the equipment is not well yet");
    else if (gap.t->category == SW_CATEGORY_WORK)
        snprintf(what, sizeof what, "work is still heard");
    if (strcmp(gap.t->id, ticket) != 0)
        snprintf(whose, sizeof whose, " (%s, merged)", gap.t->id);
    /* what else there is to say is in the problem's title and hint */
    sw_err_fill(err, SW_E_NODATA, SW_REFUSAL_NO_PROOF, "%s%s", what, whose);
}
