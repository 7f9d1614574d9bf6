// SPDX-License-Identifier: Apache-2.0
/* The judge of judge_fixture.h under a night's limits: an example pack with a level of 20 minutes by day and by night
 * and a maximum at night; and a second rig to compare with. */
#ifndef SW_TESTS_UNIT_JUDGE_NIGHT_H
#define SW_TESTS_UNIT_JUDGE_NIGHT_H

#include "tests/unit/judge_fixture.h"

enum { LEQ_DAY, LEQ_NIGHT, MAX_NIGHT };

static struct rig other;

static inline void set_rule(struct sw_rule *r, const char *id, enum sw_statistic statistic, int period, int32_t limit)
{
    *r = (struct sw_rule){.kind = SW_KIND_NOISE,
                          .statistic = statistic,
                          .sliding = statistic == SW_STAT_LEQ,
                          .window_s = statistic == SW_STAT_LEQ ? 1200 : 0,
                          .period = period,
                          .limit = limit,
                          .resolution = 10,
                          .recover_below = 100,
                          .recover_for_s = statistic == SW_STAT_LEQ ? 300 : 1200};
    strcpy(r->id, id);
}

static inline void night_prepare(struct rig *g)
{
    rig_prepare(g);
    g->pack[0].n_rules = 3;
    set_rule(&g->pack[0].rules[LEQ_DAY], "leq-day", SW_STAT_LEQ, 0, 7000);
    set_rule(&g->pack[0].rules[LEQ_NIGHT], "leq-night", SW_STAT_LEQ, 1, 5500);
    set_rule(&g->pack[0].rules[MAX_NIGHT], "max-night", SW_STAT_MAX, 1, 7000);
}

static inline void night_start(struct rig *g, int64_t now_us)
{
    struct sw_err err = {0};

    if (sw_pack_validate(&g->pack[0], &err) < 0)
        fail_msg("%s", err.msg);
    rig_start(g, now_us);
}

static inline const struct sw_finding *finding_of(const struct rig *g, int rule, enum sw_finding_kind kind, size_t nth)
{
    for (size_t i = 0; i < g->n_findings; i++) {
        if (g->findings[i].rule == &g->pack[0].rules[rule] && g->findings[i].kind == kind && nth-- == 0)
            return &g->findings[i];
    }
    return NULL;
}

static inline void expect_finding(const struct rig *g, const char *why, int rule, enum sw_finding_kind kind, size_t nth,
                                  int64_t at_us)
{
    const struct sw_finding *f = finding_of(g, rule, kind, nth);

    if (!f)
        fail_msg("%s: no such finding", why);
    if (f->at_us != at_us)
        fail_msg("%s: %+lld s beside what was wanted", why, (long long) (f->at_us - at_us) / S);
}

static inline int night_teardown(void **state)
{
    other.j = sw_judge_free(other.j);
    return rig_teardown(state);
}

#endif
