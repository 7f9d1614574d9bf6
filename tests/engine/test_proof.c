// SPDX-License-Identifier: Apache-2.0
/* Resolving at the engine, where proof is measured: what a refusal says is missing, and that a ticket into which
 * another is merged needs the proof of both matters. Levels are set by hand, so the energy mean of a steady level is
 * that level. */
#include "virtual.h"

#include <string.h>

#include "gateway/engine_int.h"

/* Both gates at a level each, a second apart. */
static void levels(struct virtual_site *v, int64_t from_us, int minutes, double north, double south)
{
    for (int64_t t = from_us; t < from_us + minutes * 60 * SW_US_PER_S; t += SW_US_PER_S) {
        virtual_reading(v, NORTH, SW_QUANTITY_LAEQ, t, north);
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, t, south);
    }
}

static const struct sw_ticket *ticket_at(const struct virtual_site *v, const char *sensor)
{
    const struct sw_desk *d = sw_engine_desk(v->engine);

    for (size_t i = 0; sw_desk_ticket(d, i); i++) {
        if (strcmp(sw_desk_ticket(d, i)->sensor, sensor) == 0)
            return sw_desk_ticket(d, i);
    }
    CHECK(false, "no ticket at %s", sensor);
    return NULL;
}

/* As the engine answers: the code, and the sentence in err. */
static int send_command(struct virtual_site *v, const struct sw_ticket *t, enum sw_verb verb, enum sw_role role,
                        const char *into, int64_t at_us, struct sw_err *err)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    struct sw_ticket_command c = {.id = "c-1",
                                  .verb = verb,
                                  .by = {"x:1", role, SW_DOOR_MQTT},
                                  .revision = t->revision,
                                  .text = "pump off",
                                  .measure = "stopped-machine",
                                  .resolve_by_us = INT64_MIN,
                                  .until_us = INT64_MIN};
    const struct sw_input in = {.kind = SW_INPUT_COMMAND, .t_us = at_us, .command = &c};
    int code = 1;
    bool more = true;

    memcpy(c.ticket, t->id, sizeof c.ticket);
    memcpy(c.into, into, strlen(into) + 1);
    for (const struct sw_input *next = &in; more; next = NULL) {
        const size_t n = sw_engine_step(v->engine, next, fx, SW_ARRAY_SIZE(fx), &more);

        for (size_t i = 0; i < n; i++) {
            if (fx[i].kind != SW_EFFECT_RESULT)
                continue;
            code = fx[i].result.code;
            *err = fx[i].result.err;
        }
    }
    CHECK(code <= SW_OK, "%s had no answer", sw_verb_name(verb));
    return code;
}

static void a_resolve_is_refused_with_level_and_limit(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t2200 = at("2026-03-02T22:00:00+08:00"), t2230 = t2200 + 1800 * SW_US_PER_S;
    struct sw_err err = {0};
    const struct sw_ticket *t;

    (void) state;
    levels(v, t2200, 30, 61.0, 40.0);
    t = ticket_at(v, "north-gate-noise");
    assert_int_equal(send_command(v, t, SW_VERB_ACCEPT, SW_ROLE_PARTY, "", t2230, &err), SW_OK);
    assert_int_equal(send_command(v, t, SW_VERB_RESOLVE, SW_ROLE_PARTY, "", t2230, &err), SW_E_NODATA);
    assert_int_equal(err.detail, SW_REFUSAL_NO_PROOF);
    /* title and hint of the problem say the rest */
    CHECK(strcmp(err.msg, "LAeq,20min 61.0 dBA at north-gate-noise, limit 55.0") == 0, "\"%s\"", err.msg);
    assert_int_equal(t->status, SW_STATUS_ACCEPTED);
    virtual_free(v);
}

static void a_sensor_that_fell_silent_is_named(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t2200 = at("2026-03-02T22:00:00+08:00"), t2230 = t2200 + 1800 * SW_US_PER_S;
    struct sw_err err = {0};
    const struct sw_ticket *t;

    (void) state;
    levels(v, t2200, 30, 61.0, 40.0);
    for (int64_t k = t2230; k < t2230 + 300 * SW_US_PER_S; k += SW_US_PER_S)
        virtual_reading(v, SOUTH, SW_QUANTITY_LAF, k, 40.0);
    t = ticket_at(v, "north-gate-noise");
    assert_int_equal(send_command(v, t, SW_VERB_ACCEPT, SW_ROLE_PARTY, "", t2230 + 300 * SW_US_PER_S, &err), SW_OK);
    assert_int_equal(send_command(v, t, SW_VERB_RESOLVE, SW_ROLE_PARTY, "", t2230 + 300 * SW_US_PER_S, &err),
                     SW_E_NODATA);
    CHECK(strstr(err.msg, "no good data of north-gate-noise, limit 55.0"), "\"%s\"", err.msg);
    virtual_free(v);
}

static void a_head_needs_the_proof_of_both_matters_and_both_go_on_together(void **state)
{
    struct virtual_site *v = virtual_new();
    const int64_t t2200 = at("2026-03-02T22:00:00+08:00"), half_hour = 1800 * SW_US_PER_S;
    struct sw_err err = {0};
    const struct sw_ticket *north, *south;

    (void) state;
    levels(v, t2200, 30, 61.0, 61.0);
    north = ticket_at(v, "north-gate-noise");
    south = ticket_at(v, "south-gate-noise");
    assert_int_equal(send_command(v, south, SW_VERB_ACCEPT, SW_ROLE_PARTY, "", t2200 + half_hour, &err), SW_OK);
    CHECK(send_command(v, north, SW_VERB_MERGE, SW_ROLE_OFFICER, south->id, t2200 + half_hour, &err) == SW_OK, "%s",
          err.msg);
    levels(v, t2200 + half_hour, 60, 61.0, 40.0);
    assert_int_equal(sw_judge_state(sw_engine_judge(v->engine, SOUTH)), SW_STATE_NORMAL);
    assert_int_equal(send_command(v, south, SW_VERB_RESOLVE, SW_ROLE_PARTY, "", t2200 + 3 * half_hour, &err),
                     SW_E_NODATA);
    CHECK(strstr(err.msg, "61.0 dBA at north-gate-noise") && strstr(err.msg, north->id), "\"%s\"", err.msg);
    levels(v, t2200 + 3 * half_hour, 60, 40.0, 40.0);
    CHECK(send_command(v, south, SW_VERB_RESOLVE, SW_ROLE_PARTY, "", t2200 + 5 * half_hour, &err) == SW_OK, "%s",
          err.msg);
    assert_int_equal(north->status, SW_STATUS_RESOLVED);
    levels(v, t2200 + 5 * half_hour, 60, 61.0, 40.0);
    assert_int_equal(north->stage, SW_STAGE_EXCEEDED);
    assert_true(north->status < SW_STATUS_RESOLVED && south->status < SW_STATUS_RESOLVED);
    assert_true(north->reopens == 1 && south->reopens == 1);
    assert_int_equal(virtual_count_tickets(v), 2);
    virtual_free(v);
}

/* What is in no rule's matter: a caller heard something that no sensor did, or a rule that is gone had found it. */
static void a_complaint_of_which_nothing_was_measured_is_resolved_by_who_went_and_saw(void **state)
{
    struct virtual_site *v = virtual_new();
    struct sw_ticket t = {.id = "sw-aaaaaaaaaa",
                          .matter_key = "pd-0042:noise:nobody-measures:site",
                          .revision = 1,
                          .origin = SW_ORIGIN_COMPLAINT,
                          .measured_from_us = INT64_MIN,
                          .measured_to_us = INT64_MIN};

    (void) state;
    assert_int_equal(sw_desk_restore(sw_engine_desk(v->engine), &t, NULL), SW_OK);
    assert_true(sw_engine_is_proven(v->engine, t.id));
    t.origin = SW_ORIGIN_EXCEEDANCE;
    t.measured_from_us = 0;
    assert_int_equal(sw_desk_restore(sw_engine_desk(v->engine), &t, NULL), SW_OK);
    assert_false(sw_engine_is_proven(v->engine, t.id));
    virtual_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resolve_is_refused_with_level_and_limit),
        cmocka_unit_test(a_sensor_that_fell_silent_is_named),
        cmocka_unit_test(a_complaint_of_which_nothing_was_measured_is_resolved_by_who_went_and_saw),
        cmocka_unit_test(a_head_needs_the_proof_of_both_matters_and_both_go_on_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
