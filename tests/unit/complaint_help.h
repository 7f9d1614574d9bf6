// SPDX-License-Identifier: Apache-2.0
/* Short words for complaints at the desk of tests/unit/desk_fixture.h. */
#ifndef SW_TESTS_UNIT_COMPLAINT_HELP_H
#define SW_TESTS_UNIT_COMPLAINT_HELP_H

#include "tests/unit/desk_fixture.h"

/* About the noise at the north gate, an hour around `at`, 180 m away; found: `code`, and what goes with it. */
static inline struct sw_complaint_call call_of(const char *id, const char *caller, enum sw_answer_code code, int64_t at)
{
    struct sw_complaint_call c = {
        .id = "k-1",
        .service_code = "noise.construction",
        .by = {.id = "agent:0317", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
        .at_us = at,
        .occurred_us = at,
        .window_us = HOUR,
        .distance_m = 180,
        .caller_calls_30d = -1,
        .want = SW_WANT_LINK_OR_OPEN,
        .found = {.code = code,
                  .sensor = "north-gate-noise",
                  .statistic = "leq",
                  .quantity = "LAeq",
                  .unit = "dBA",
                  .period = "night",
                  .period_is_night = true,
                  .worst = SW_NO_VALUE,
                  .max = SW_NO_VALUE,
                  .limit = SW_NO_VALUE,
                  .over_by = SW_NO_VALUE,
                  .from_us = NONE,
                  .to_us = NONE,
                  .work = unknown},
    };

    strcpy(c.service_request_id, id);
    strcpy(c.caller_ref, caller);
    if (code <= SW_ANSWER_OVER_PERMITTED || code == SW_ANSWER_OVER_PERMIT_UNKNOWN ||
        code == SW_ANSWER_OVER_SOURCE_UNKNOWN) {
        strcpy(c.found.rule, "cn-gb12523-2025/leq-night");
        strcpy(c.found.pack_version, "2026.1");
        c.found.worst = 6180;
        c.found.max = 7490;
        c.found.limit = 5500;
        c.found.over_by = 680;
        c.found.from_us = at - 20 * MIN;
        c.found.to_us = at;
    }
    c.found.work = code == SW_ANSWER_OVER_UNPERMITTED || code == SW_ANSWER_WITHIN_UNPERMITTED ? prohibited
                   : code == SW_ANSWER_OVER_PERMITTED                                         ? scheduled
                                                                                              : unknown;
    c.found.work_detected = code == SW_ANSWER_NO_WORK_DETECTED ? 0 : code == SW_ANSWER_WITHIN_UNPERMITTED ? 1 : -1;
    return c;
}

static inline struct sw_complaint_result give(const struct sw_complaint_call *c, int64_t at)
{
    struct sw_complaint_result r = {.outcome = SW_COMPLAINT__COUNT};
    struct sw_err err = {0};

    memset(&out, 0, sizeof out);
    CHECK(sw_desk_complaint(desk, c, at, &out, &r, &err) == SW_OK, "%s: %s", c->service_request_id, err.msg);
    return r;
}

static inline struct sw_complaint_result complain(const char *id, const char *caller, enum sw_answer_code code,
                                                  int64_t at)
{
    const struct sw_complaint_call c = call_of(id, caller, code, at);

    return give(&c, at);
}

/* A matter that is over the limit from `at` on. */
static inline void over_at(int64_t at)
{
    find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, at);
}

static inline void recovered_at(int64_t at)
{
    find(SW_FINDING_RECOVERED, NORTH, NIGHT_LEQ, 5600, &scheduled, at);
}

static inline int with_packs(void **state)
{
    struct sw_desk_params p = params(true);

    (void) state;
    p.n_packs = 1;
    p.packs = &pack;
    return open_desk_with(&p);
}

#endif
