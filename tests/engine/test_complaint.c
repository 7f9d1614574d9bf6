// SPDX-License-Identifier: Apache-2.0
/* Virtual nights on which residents call: before the limit is passed and after, twelve about one matter, one five
 * times. Times are hand arithmetic; see test_night.c for the crossing. */
#include "virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"

#define MIN_US (60 * SW_US_PER_S)

static struct sw_complaint_call call_of(const char *id, const char *caller, int64_t t_us)
{
    struct sw_complaint_call c = {
        .by = {.id = "agent:0317", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
        .service_code = "noise.construction",
        .at_us = t_us,
        .occurred_us = t_us,
        .window_us = 60 * MIN_US,
        .distance_m = 200,
        .caller_calls_30d = -1,
        .found = {.code = SW_ANSWER_NO_WORK_DETECTED,
                  .worst = SW_NO_VALUE,
                  .max = SW_NO_VALUE,
                  .limit = SW_NO_VALUE,
                  .over_by = SW_NO_VALUE,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MIN,
                  .work = {SW_WORK_NO_SCHEDULE, -1}},
    };

    snprintf(c.service_request_id, sizeof(c.service_request_id), "%s", id);
    snprintf(c.caller_ref, sizeof(c.caller_ref), "%s", caller);
    return c;
}

/* What the answer says; the tickets that it changed come before it. */
static struct sw_complaint_result give(struct virtual_site *v, const struct sw_complaint_call *c, int64_t t_us)
{
    const struct sw_input in = {.kind = SW_INPUT_COMPLAINT, .t_us = t_us, .complaint = c};
    struct sw_effect *fx = malloc(SW_EFFECTS_MIN * sizeof(*fx));
    struct sw_complaint_result became = {.outcome = SW_COMPLAINT__COUNT};
    bool more = true, is_answered = false;

    assert_non_null(fx);
    for (const struct sw_input *next = &in; more; next = NULL) {
        const size_t n = sw_engine_step(v->engine, next, fx, SW_EFFECTS_MIN, &more);

        for (size_t i = 0; i < n; i++) {
            CHECK(!is_answered, "%s: something follows the answer", c->service_request_id);
            if (fx[i].kind != SW_EFFECT_RESULT)
                continue;
            CHECK(fx[i].result.code == SW_OK, "%s: %s", c->service_request_id, fx[i].result.err.msg);
            assert_true(fx[i].result.complaint == c && !fx[i].result.command);
            became = fx[i].result.became;
            is_answered = true;
        }
    }
    free(fx);
    CHECK(is_answered, "%s: no answer", c->service_request_id);
    return became;
}

static struct sw_complaint_result complain(struct virtual_site *v, const char *id, const char *caller, int64_t t_us)
{
    const struct sw_complaint_call c = call_of(id, caller, t_us);

    return give(v, &c, t_us);
}

/* Its noise ticket at the north gate. */
static const struct sw_ticket *the_ticket(const struct virtual_site *v)
{
    const struct sw_ticket *found = NULL;

    for (size_t i = 0; sw_desk_ticket(sw_engine_desk(v->engine), i); i++) {
        const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(v->engine), i);

        if (t->category == SW_CATEGORY_NOISE && strstr(t->matter_key, "north-gate"))
            found = t;
    }
    return found;
}

static void a_call_before_the_limit_is_passed_is_counted_when_it_is(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_summary sum;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:00:00+08:00"), at("2026-03-02T22:50:00+08:00"), 45.0);
    assert_int_equal(complain(v, "r-1", "h:a", at("2026-03-02T22:50:00+08:00")).outcome, SW_COMPLAINT_NOTHING);
    virtual_levels(v, NORTH, at("2026-03-02T22:50:01+08:00"), at("2026-03-02T22:51:00+08:00"), 45.0);
    assert_null(the_ticket(v));
    virtual_levels(v, NORTH, at("2026-03-02T22:51:00+08:00"), at("2026-03-02T23:20:00+08:00"), 63.0);
    assert_non_null(the_ticket(v));
    assert_int_equal(the_ticket(v)->stage, SW_STAGE_EXCEEDED);
    assert_true(the_ticket(v)->calls == 1 && the_ticket(v)->callers == 1);
    sw_engine_summary(v->engine, &sum);
    assert_true(sum.complaints.calls_24h == 1 && sum.complaints.callers_24h == 1);
    virtual_free(v);
}

static void twelve_callers_are_one_ticket_that_rises_by_one_class(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t = at("2026-03-02T23:20:00+08:00");
    struct sw_summary sum;
    enum sw_class before;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:30:00+08:00"), t, 63.0);
    assert_non_null(the_ticket(v));
    before = the_ticket(v)->class_;
    assert_int_equal(before, SW_CLASS_B);
    for (int i = 1; i <= 12; i++) {
        char id[16], caller[16];
        struct sw_complaint_result r;

        snprintf(id, sizeof(id), "r-%d", i);
        snprintf(caller, sizeof(caller), "h:%d", i);
        r = complain(v, id, caller, t + i * SW_US_PER_S);
        CHECK(r.outcome == SW_COMPLAINT_LINKED && strcmp(r.ticket, the_ticket(v)->id) == 0, "caller %d", i);
        CHECK(r.raised_class == (i == 3), "caller %d raises the class", i);
    }
    assert_int_equal(the_ticket(v)->class_, SW_CLASS_A);
    assert_true(the_ticket(v)->calls == 12 && the_ticket(v)->callers == 12);
    sw_engine_summary(v->engine, &sum);
    assert_true(sum.complaints.calls_24h == 12 && sum.complaints.callers_24h == 12 && sum.tickets.open == 1);
    virtual_free(v);
}

static void one_caller_five_times_presses_nobody(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t = at("2026-03-02T23:20:00+08:00");

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T22:30:00+08:00"), t, 63.0);
    for (int i = 1; i <= 5; i++) {
        char id[16];

        snprintf(id, sizeof(id), "r-%d", i);
        CHECK(complain(v, id, "h:same", t + i * MIN_US).is_repeat_caller == (i > 1), "call %d", i);
    }
    assert_true(the_ticket(v)->calls == 5 && the_ticket(v)->callers == 1 && the_ticket(v)->repeat_callers == 1);
    assert_int_equal(the_ticket(v)->class_, SW_CLASS_B);
    virtual_free(v);
}

static void a_check_on_site_is_resolved_by_who_was_there(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t = at("2026-03-02T23:20:00+08:00");
    struct sw_complaint_call c = call_of("r-1", "h:a", t);
    struct sw_complaint_result r;

    (void) state;
    virtual_levels(v, NORTH, at("2026-03-02T23:10:00+08:00"), t, 45.0);
    c.found.code = SW_ANSWER_NO_DATA;
    r = give(v, &c, t + SW_US_PER_S);
    assert_int_equal(r.outcome, SW_COMPLAINT_OPENED);
    assert_true(sw_engine_is_proven(v->engine, r.ticket));
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_before_the_limit_is_passed_is_counted_when_it_is),
        cmocka_unit_test(twelve_callers_are_one_ticket_that_rises_by_one_class),
        cmocka_unit_test(one_caller_five_times_presses_nobody),
        cmocka_unit_test(a_check_on_site_is_resolved_by_who_was_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
