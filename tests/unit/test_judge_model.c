// SPDX-License-Identifier: Apache-2.0
/* The model of the probability at the judge: which question it is asked, when, and what its word does. The model itself
 * has a test of its own; here a second one is fed with the same levels. */
#include "tests/unit/judge_fixture.h"

#include <stdlib.h>

#include "rules/energy.h"
#include "rules/p5.h"

#define LEVELS 10800

static int32_t level[LEVELS];
static struct sw_p5 *twin;

static int teardown(void **state)
{
    twin = sw_p5_free(twin);
    return rig_teardown(state);
}

/* Restless about 52 dB, the last half hour rising: the limit is 55 dB, the window 20 minutes. */
static int32_t level_of(int second)
{
    static uint32_t seed = 1;

    if (second == 0)
        seed = 1;
    seed = seed * 1664525u + 1013904223u;
    return 5000 + (int32_t) ((seed >> 8) % 400) + (second > 9000 ? (second - 9000) / 4 : 0);
}

static void prepare(bool wants_model)
{
    struct sw_rule *rule;

    rig_prepare(&rig);
    rig.params.wants_model = wants_model;
    rule = rig_rule(&rig, 0, "slides");
    rule->sliding = true;
    rule->window_s = 1200;
    rule->limit = 5500;
    rig_start(&rig, at("08:00:00"));
}

/* What is asked after the reading of a second, by sums built anew. */
static double ask_twin(int second)
{
    struct sw_p5_question q = {.n_in = 300, .limit_energy = (sw_i128) sw_energy_floor(5505)};

    for (int i = SW_MAX(second - 1199, 0); i <= second; i++) {
        q.energy += (sw_i128) sw_energy(level[i]);
        if (i < second + 1 + 300 - 1200)
            q.energy_leave += (sw_i128) sw_energy(level[i]);
        else
            q.n++;
    }
    q.n += q.n_in;
    return sw_p5_probability(twin, &q);
}

static void probability_is_the_model_s_once_it_knows_the_sensor(void **state)
{
    const struct sw_forecast *f;
    unsigned n_model = 0, n_foreseen = 0;

    (void) state;
    prepare(true);
    twin = sw_p5_new();
    assert_non_null(twin);
    for (int i = 0; i < LEVELS; i++) {
        int64_t t = at("08:00:00") + i * S;
        double want;

        level[i] = level_of(i);
        level_at(&rig, t, level[i] / 100.0);
        sw_p5_tick(twin, t);
        sw_p5_level(twin, t, S, level[i]);
        f = &sw_judge_rule(rig.j, 0)->forecast;
        if (i % 10 != 0 || f->budget_s == 0) /* asked every ten seconds, while not over */
            continue;
        want = ask_twin(i);
        if (isnan(want)) { /* the first 20 minutes: by the budget */
            bool crosses = f->crosses_at_us != INT64_MIN && f->crosses_at_us <= t + 600 * S;

            CHECK(f->probability == (crosses ? 1.0 : 0.0), "second %d: %.3f", i, f->probability);
        } else {
            CHECK(f->probability == want, "second %d: %.3f, not %.3f", i, f->probability, want);
            n_model += want > 0.0 && want < 1.0;
            n_foreseen += f->budget_s > 0 && want < 1.0; /* the budget ends, and still it is not certain */
        }
    }
    assert_true(n_model > 300 && n_foreseen > 0);
    assert_int_equal(n_findings(&rig, SW_FINDING_EXCEED), 1);
    assert_int_equal(n_findings(&rig, SW_FINDING_FORECAST), 1);
}

static void without_a_model_only_certain_crossings_are_foreseen(void **state)
{
    char text[16];

    (void) state;
    prepare(false);
    for (int i = 0; i < LEVELS; i++) {
        const struct sw_forecast *f = &sw_judge_rule(rig.j, 0)->forecast;

        level_at(&rig, at("08:00:00") + i * S, level_of(i) / 100.0);
        CHECK(f->probability == 0.0 || f->probability == 1.0, "second %d: %.3f", i, f->probability);
    }
    assert_int_equal(sw_judge_model_write(rig.j, text, sizeof(text)), 0);
    assert_int_equal(sw_judge_model_read(rig.j, "x", 1, NULL), SW_OK); /* of a sensor that had one */
}

static void model_survives_a_restart_and_says_what_it_needs(void **state)
{
    static char text[SW_P5_STATE_MAX], again[SW_P5_STATE_MAX];
    struct sw_err err = {0};
    size_t len;

    (void) state;
    prepare(true);
    for (int i = 0; i < 3600; i++)
        level_at(&rig, at("08:00:00") + i * S, 50.0 + i % 5);
    len = sw_judge_model_write(rig.j, text, sizeof(text));
    assert_true(len > 0);
    sw_judge_free(rig.j);
    prepare(true);
    assert_int_equal(sw_judge_model_read(rig.j, text, len, &err), SW_OK);
    assert_int_equal(sw_judge_model_write(rig.j, again, sizeof(again)), len);
    assert_memory_equal(text, again, len);
    /* stopped for two days: readings after the last that the model knows are wanted, be they ever so old */
    assert_int_equal(sw_judge_needs_from(rig.j, at("09:00:00") + 48 * HOUR), at("08:59:59") + 1);
    assert_true(sw_judge_model_read(rig.j, "rubbish", 7, &err) < 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
    const struct CMUnitTest tests[] = {
        TEST(probability_is_the_model_s_once_it_knows_the_sensor),
        TEST(without_a_model_only_certain_crossings_are_foreseen),
        TEST(model_survives_a_restart_and_says_what_it_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
