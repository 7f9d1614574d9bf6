// SPDX-License-Identifier: Apache-2.0
/* When an output is on, and why: small stories in seconds, worked out by hand from docs/explanation/outputs.md. Each is
 * looked at once a second and after each event, as the gateway does; a relay that obeys is read back at once. */
#include "rules/output.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define S SW_US_PER_S
#define T0 (1772460000 * S)
#define DAY0 20514 /* of T0, UTC */

enum op { END, LOOK, STATE, OTHER, TEMP, WIND, MODE, IS, CLOCK, RESTART };

/* At a second something happens; after the look of that second the order and its reason are as said. */
struct step {
    int at_s;
    enum op op;
    int32_t arg;
    bool on;
    enum sw_output_reason reason;
};

struct story {
    const char *why;
    struct sw_output_conf conf;
    bool is_deaf; /* the relay does not obey: only IS says what it is */
    struct step steps[16];
};

#define BARE                                                                                                           \
    .longest_on_us = 60 * S, .rest_us = 30 * S, .hold_us = 10 * S, .frost_below = SW_NO_VALUE,                         \
    .wind_above = SW_NO_VALUE, .weather_max_age_us = 600 * S
#define MIST                                                                                                           \
    {                                                                                                                  \
        .on = SW_OUTPUT_ON_FORECAST, BARE                                                                              \
    }
#define LIGHT                                                                                                          \
    {                                                                                                                  \
        .on = SW_OUTPUT_ON_ALERTING, .longest_on_us = 0, .rest_us = 0, .hold_us = 0, .frost_below = SW_NO_VALUE,       \
        .wind_above = SW_NO_VALUE, .weather_max_age_us = 600 * S                                                       \
    }
#define COLD                                                                                                           \
    {                                                                                                                  \
        .on = SW_OUTPUT_ON_FORECAST, .longest_on_us = 60 * S, .rest_us = 30 * S, .hold_us = 10 * S,                    \
        .frost_below = 200, .wind_above = 800, .weather_max_age_us = 60 * S                                            \
    }

#define RULE SW_OUTPUT_RULE
#define START SW_OUTPUT_START
#define CLEARED SW_OUTPUT_CLEARED
#define LONGEST SW_OUTPUT_LONGEST_ON
#define RESTING SW_OUTPUT_RESTING
#define FROST SW_OUTPUT_FROST
#define WINDY SW_OUTPUT_WIND
#define UNKNOWN SW_OUTPUT_UNKNOWN_WEATHER
#define MANUAL SW_OUTPUT_MANUAL
#define FAILED SW_OUTPUT_FAILED
#define NORMAL SW_STATE_NORMAL
#define FORECAST SW_STATE_FORECAST
#define PENDING SW_STATE_PENDING
#define ALERTING SW_STATE_ALERTING
#define RECOVERING SW_STATE_RECOVERING
#define NODATA SW_STATE_NODATA
#define FAULT SW_STATE_FAULT

static const struct story stories[] = {
    {"at first it is off, and it rests before it goes on: nobody knows how long it ran before",
     MIST,
     false,
     {{0, LOOK, 0, false, START},
      {1, STATE, FORECAST, false, RESTING},
      {29, LOOK, 0, false, RESTING},
      {30, LOOK, 0, true, RULE}}},
    {"a forecast switches on, the all-clear off once it has held",
     MIST,
     false,
     {{100, STATE, FORECAST, true, RULE},
      {110, STATE, NORMAL, true, RULE},
      {119, LOOK, 0, true, RULE},
      {120, LOOK, 0, false, CLEARED}}},
    {"over the limit is more than a forecast; on the way to it is as much",
     MIST,
     false,
     {{100, STATE, PENDING, true, RULE}, {110, STATE, ALERTING, true, RULE}, {159, LOOK, 0, true, RULE}}},
    {"a light that waits for the limit does not go on at a forecast",
     LIGHT,
     false,
     {{100, STATE, FORECAST, false, START},
      {101, STATE, PENDING, false, START},
      {102, STATE, ALERTING, true, RULE},
      {5000, LOOK, 0, true, RULE},
      {5001, STATE, RECOVERING, true, RULE},
      {5002, STATE, NORMAL, false, CLEARED},
      {5003, STATE, ALERTING, true, RULE}}},
    {"without data, and with a fault, nothing goes on",
     MIST,
     false,
     {{100, STATE, NODATA, false, START}, {200, STATE, FAULT, false, START}, {300, STATE, RECOVERING, false, START}}},
    {"what is on when the data stop stays on, at most its longest time, and does not come back",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {110, STATE, NODATA, true, RULE},
      {159, LOOK, 0, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {300, LOOK, 0, false, LONGEST},
      {301, STATE, ALERTING, true, RULE}}},
    {"one sensor clears, the other still asks",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {101, OTHER, ALERTING, true, RULE},
      {102, STATE, NORMAL, true, RULE},
      {130, LOOK, 0, true, RULE},
      {131, OTHER, NORMAL, true, RULE},
      {141, LOOK, 0, false, CLEARED}}},
    {"a sensor without data that never asked does not keep it on",
     MIST,
     false,
     {{100, OTHER, NODATA, false, START},
      {101, STATE, ALERTING, true, RULE},
      {102, STATE, NORMAL, true, RULE},
      {112, LOOK, 0, false, CLEARED}}},
    {"longest time on, rest, and on again while it is asked for",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {159, LOOK, 0, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {161, LOOK, 0, false, LONGEST},
      {189, LOOK, 0, false, LONGEST},
      {190, LOOK, 0, true, RULE},
      {250, LOOK, 0, false, LONGEST}}},
    {"cleared while it rests: it went off for its longest time, and that stays the reason",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {170, STATE, NORMAL, false, LONGEST},
      {250, LOOK, 0, false, LONGEST}}},
    {"frost: temperature not known yet, cold, warm, cold again",
     COLD,
     false,
     {{100, STATE, ALERTING, false, UNKNOWN},
      {101, WIND, 100, false, UNKNOWN},
      {102, TEMP, 199, false, FROST},
      {103, TEMP, 200, true, RULE},
      {104, TEMP, 199, false, FROST},
      {105, TEMP, 500, false, RESTING},
      {133, LOOK, 0, false, RESTING},
      {134, LOOK, 0, true, RULE}}},
    {"a temperature that is too old is none; one that cannot be believed is none",
     COLD,
     false,
     {{100, TEMP, 500, false, START},
      {100, WIND, 100, false, START},
      {101, STATE, ALERTING, true, RULE},
      {120, WIND, 100, true, RULE},
      {160, LOOK, 0, true, RULE},
      {161, LOOK, 0, false, UNKNOWN},
      {162, TEMP, SW_NO_VALUE, false, UNKNOWN}}},
    {"wind at the figure is not above it",
     COLD,
     false,
     {{100, TEMP, 500, false, START},
      {101, STATE, ALERTING, false, UNKNOWN},
      {102, WIND, 800, true, RULE},
      {103, WIND, 801, false, WINDY},
      {104, WIND, 100, false, RESTING}}},
    {"off by hand, whatever asks; automatic again, and it has rested",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {110, MODE, SW_OUTPUT_OFF, false, MANUAL},
      {400, LOOK, 0, false, MANUAL},
      {401, MODE, SW_OUTPUT_AUTO, true, RULE}}},
    {"on by hand, at most the longest time on, then automatic again",
     MIST,
     false,
     {{100, MODE, SW_OUTPUT_ON, true, MANUAL},
      {159, LOOK, 0, true, MANUAL},
      {160, LOOK, 0, false, LONGEST},
      {300, LOOK, 0, false, LONGEST}}},
    {"on by hand does not reach past frost, nor past a rest",
     COLD,
     false,
     {{100, TEMP, 100, false, START},
      {100, WIND, 100, false, START},
      {101, MODE, SW_OUTPUT_ON, false, FROST},
      {102, TEMP, 300, true, MANUAL},
      {110, MODE, SW_OUTPUT_OFF, false, MANUAL},
      {111, MODE, SW_OUTPUT_ON, false, RESTING},
      {140, LOOK, 0, true, MANUAL}}},
    {"a relay that does not say that it is off does not go on; the rest begins when it says so",
     MIST,
     true,
     {{1, IS, SW_OUTPUT_IS_UNKNOWN, false, START},
      {100, STATE, ALERTING, false, FAILED},
      {200, IS, SW_OUTPUT_IS_OFF, false, RESTING},
      {229, LOOK, 0, false, RESTING},
      {230, LOOK, 0, true, RULE}}},
    {"ordered on and not confirmed it may be on: the longest time counts from the order",
     MIST,
     true,
     {{0, IS, SW_OUTPUT_IS_OFF, false, START},
      {100, STATE, ALERTING, true, RULE},
      {101, IS, SW_OUTPUT_IS_UNKNOWN, true, RULE},
      {159, LOOK, 0, true, RULE},
      {160, LOOK, 0, false, FAILED}, /* off, and asked for again at once */
      {300, LOOK, 0, false, FAILED},
      {301, IS, SW_OUTPUT_IS_OFF, false, RESTING},
      {331, LOOK, 0, true, RULE}}},
    {"a relay that fell off by itself and came back off rests anew",
     MIST,
     true,
     {{0, IS, SW_OUTPUT_IS_OFF, false, START},
      {100, IS, SW_OUTPUT_IS_UNKNOWN, false, START},
      {101, IS, SW_OUTPUT_IS_OFF, false, START},
      {102, STATE, ALERTING, false, RESTING},
      {130, LOOK, 0, false, RESTING},
      {131, LOOK, 0, true, RULE}}},
    {"the clock is set ahead by an hour: neither is the rest over nor has it run for long",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {110, CLOCK, 3600, true, RULE},
      {159, LOOK, 0, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {165, CLOCK, 3600, false, LONGEST},
      {189, LOOK, 0, false, LONGEST},
      {190, LOOK, 0, true, RULE}}},
    {"the clock is set back by an hour: it runs no longer, and rests as long",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {110, CLOCK, -3600, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {165, CLOCK, -3600, false, LONGEST},
      {189, LOOK, 0, false, LONGEST},
      {190, LOOK, 0, true, RULE}}},
    {"by a clock that was set a temperature is too old, or of the future: nobody knows it",
     COLD,
     false,
     {{100, TEMP, 500, false, START},
      {100, WIND, 100, false, START},
      {101, STATE, ALERTING, true, RULE},
      {102, CLOCK, 3600, false, UNKNOWN},
      {103, TEMP, 500, false, UNKNOWN},
      {103, WIND, 100, false, RESTING},
      {132, LOOK, 0, true, RULE},
      {133, CLOCK, -3600, false, UNKNOWN}}},
    {"restart while it is on: off first, and a whole rest",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {130, RESTART, 0, false, START},
      {131, STATE, ALERTING, false, RESTING},
      {159, LOOK, 0, false, RESTING},
      {160, LOOK, 0, true, RULE}}},
    {"restart while it rests: the rest goes on",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {170, RESTART, 0, false, START},
      {171, STATE, ALERTING, false, RESTING},
      {189, LOOK, 0, false, RESTING},
      {190, LOOK, 0, true, RULE}}},
    {"restart long after it went off: it need not rest",
     MIST,
     false,
     {{100, RESTART, 0, false, START}, {101, STATE, ALERTING, true, RULE}}},
    {"restart with the clock set back: the rest that was left is the least that is left",
     MIST,
     false,
     {{100, STATE, ALERTING, true, RULE},
      {160, LOOK, 0, false, LONGEST},
      {162, CLOCK, -3600, false, LONGEST},
      {163, RESTART, 0, false, START},
      {164, STATE, ALERTING, false, RESTING},
      {190, LOOK, 0, true, RULE}}},
    {"on by hand in frost waits as long as it would run, not until the sun has come",
     COLD,
     false,
     {{100, TEMP, 100, false, START},
      {100, WIND, 100, false, START},
      {101, MODE, SW_OUTPUT_ON, false, FROST},
      {150, TEMP, 100, false, FROST},
      {150, WIND, 100, false, FROST},
      {161, LOOK, 0, false, FROST},
      {162, LOOK, 0, false, CLEARED},
      {170, TEMP, 500, false, CLEARED},
      {200, LOOK, 0, false, CLEARED}}},
    {"on by hand waits for a rest that is longer than it may run",
     {.on = SW_OUTPUT_ON_FORECAST,
      .longest_on_us = 20 * S,
      .rest_us = 60 * S,
      .hold_us = 10 * S,
      .frost_below = SW_NO_VALUE,
      .wind_above = SW_NO_VALUE,
      .weather_max_age_us = 600 * S},
     false,
     {{100, STATE, ALERTING, true, RULE},
      {110, MODE, SW_OUTPUT_OFF, false, MANUAL},
      {110, STATE, NORMAL, false, MANUAL},
      {111, MODE, SW_OUTPUT_ON, false, RESTING},
      {169, LOOK, 0, false, RESTING},
      {170, LOOK, 0, true, MANUAL},
      {190, LOOK, 0, false, LONGEST},
      {400, LOOK, 0, false, LONGEST}}},
    {"on by hand does not survive a restart: nobody need be there any more",
     MIST,
     false,
     {{100, MODE, SW_OUTPUT_ON, true, MANUAL}, {110, RESTART, 0, false, START}, {300, LOOK, 0, false, START}}},
    {"off by hand survives a restart",
     MIST,
     false,
     {{100, MODE, SW_OUTPUT_OFF, false, MANUAL},
      {110, RESTART, 0, false, MANUAL},
      {111, STATE, ALERTING, false, MANUAL},
      {300, MODE, SW_OUTPUT_AUTO, true, RULE}}},
};

struct rig {
    struct sw_output o;
    bool is_deaf;
    int at_s, shift_s;
};

static void look(struct rig *r)
{
    const int64_t steady_us = 5000 * S + r->at_s * S, now_us = T0 + (r->at_s + r->shift_s) * S;

    sw_output_look(&r->o, now_us, steady_us, DAY0);
    if (!r->is_deaf)
        sw_output_switched(&r->o, r->o.is_wanted ? SW_OUTPUT_IS_ON : SW_OUTPUT_IS_OFF);
}

static void restart(struct rig *r)
{
    char text[SW_OUTPUT_TEXT_MAX];
    const size_t len = sw_output_write(&r->o, text, sizeof(text));
    const struct sw_output_conf conf = r->o.conf;
    struct sw_err err = {0};

    assert_true(len > 0);
    sw_output_init(&r->o, &conf, 2);
    assert_int_equal(sw_output_read(&r->o, text, len, T0 + (r->at_s + r->shift_s) * S, &err), SW_OK);
}

static void happen(struct rig *r, const struct step *s)
{
    const int64_t now_us = T0 + (r->at_s + r->shift_s) * S;

    switch (s->op) {
    case STATE:
    case OTHER:
        sw_output_sensor(&r->o, s->op == OTHER, (enum sw_state) s->arg);
        break;
    case TEMP:
        sw_output_temp(&r->o, s->arg, now_us);
        break;
    case WIND:
        sw_output_wind(&r->o, s->arg, now_us);
        break;
    case MODE:
        sw_output_set_mode(&r->o, (enum sw_output_mode) s->arg);
        break;
    case IS:
        sw_output_switched(&r->o, (enum sw_output_is) s->arg);
        break;
    case CLOCK:
        r->shift_s += s->arg;
        break;
    case RESTART:
        restart(r);
        break;
    default:
        break;
    }
}

static void an_output_goes_on_and_off_as_its_rule_says(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(stories); i++) {
        const struct story *t = &stories[i];
        struct rig r = {.is_deaf = t->is_deaf, .at_s = -1};

        sw_output_init(&r.o, &t->conf, 2);
        for (const struct step *s = t->steps; s < t->steps + SW_ARRAY_SIZE(t->steps) && s->op != END; s++) {
            while (r.at_s < s->at_s) {
                r.at_s++;
                look(&r);
            }
            happen(&r, s);
            look(&r);
            CHECK(r.o.is_wanted == s->on && r.o.reason == s->reason, "%s: at %d s %s (%s), wanted %s (%s)", t->why,
                  s->at_s, r.o.is_wanted ? "on" : "off", sw_output_reason_name(r.o.reason), s->on ? "on" : "off",
                  sw_output_reason_name(s->reason));
        }
    }
}

static void the_end_of_a_rest_is_known(void **state)
{
    struct rig r = {.at_s = 0};
    const struct sw_output_conf conf = MIST;

    (void) state;
    sw_output_init(&r.o, &conf, 1);
    assert_true(sw_output_rest_until_us(&r.o) == INT64_MIN);
    for (; r.at_s <= 10; r.at_s++)
        look(&r);
    assert_int_equal(sw_output_rest_until_us(&r.o), T0 + 30 * S); /* off since second 0 */
    for (; r.at_s <= 30; r.at_s++)
        look(&r);
    assert_true(sw_output_rest_until_us(&r.o) == INT64_MIN);
}

static void what_it_ran_today_begins_anew_at_midnight_and_survives_a_restart(void **state)
{
    const struct sw_output_conf conf = LIGHT;
    struct rig r = {.at_s = 0};

    (void) state;
    sw_output_init(&r.o, &conf, 1);
    look(&r);
    sw_output_sensor(&r.o, 0, ALERTING);
    for (r.at_s = 1; r.at_s <= 101; r.at_s++)
        look(&r);
    assert_int_equal(r.o.today_us, 100 * S);
    restart(&r);
    assert_int_equal(r.o.today_us, 100 * S);
    sw_output_look(&r.o, T0 + 200 * S, 5200 * S, DAY0 + 1);
    assert_int_equal(r.o.today_us, 0);
}

static void every_change_is_told_once(void **state)
{
    const struct sw_output_conf conf = LIGHT;
    struct sw_output o;

    (void) state;
    sw_output_init(&o, &conf, 1);
    assert_true(sw_output_look(&o, T0, 0, DAY0)); /* the first look says where it stands */
    assert_false(sw_output_look(&o, T0 + S, S, DAY0));
    sw_output_switched(&o, SW_OUTPUT_IS_OFF);
    sw_output_sensor(&o, 0, ALERTING);
    assert_true(sw_output_look(&o, T0 + 2 * S, 2 * S, DAY0));
    assert_int_equal(o.since_us, T0 + 2 * S);
    assert_false(sw_output_look(&o, T0 + 3 * S, 3 * S, DAY0));
    assert_int_equal(o.since_us, T0 + 2 * S);
    sw_output_sensor(&o, 7, NORMAL); /* not watched: nothing happens */
    assert_true(o.is_wanted);
    sw_output_stop(&o);
    assert_false(o.is_wanted);
}

static void a_text_that_is_no_state_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        "v1",
        "v2 mode=auto is=off at=1 off=1 today=1 day=1",
        "v1 mode=maybe is=off at=1 off=1 today=1 day=1",
        "v1 mode=off is=off at=1 off=-1 today=1 day=1",
        "v1 mode=off is=off at=1 off=1 today=-5 day=1",
        "v1 mode=off is=off at=1 off=1 today=1 day=1 more",
        "v1 mode=off is=off at=1 off=9223372036854775807 today=1 day=1",
        "v1 mode=off is=off at=1 off=1 today=999999999999999 day=1",
        "v1 mode=automatic is=off at=1 off=1 today=1 day=1",
    };
    const struct sw_output_conf conf = MIST;
    char full[2 * SW_OUTPUT_TEXT_MAX];
    struct sw_output o;
    struct sw_err err;

    (void) state;
    memset(full, 'v', sizeof(full));
    sw_output_init(&o, &conf, 1);
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        CHECK(sw_output_read(&o, texts[i], strlen(texts[i]), T0, &err) == SW_E_INVAL, "'%s' is taken", texts[i]);
        CHECK(o.mode == SW_OUTPUT_AUTO && o.off_us == 0 && o.today_us == 0, "'%s' left something", texts[i]);
    }
    assert_int_equal(sw_output_read(&o, full, sizeof(full), T0, &err), SW_E_INVAL);
    assert_int_equal(sw_output_write(&o, full, 10), 0);
}

static void every_word_has_a_name_and_both_languages(void **state)
{
    (void) state;
    for (int i = 0; i < SW_OUTPUT_REASON__COUNT; i++) {
        const enum sw_output_reason r = (enum sw_output_reason) i;

        CHECK(*sw_output_reason_name(r) && *sw_output_reason_text(r, true) && *sw_output_reason_text(r, false),
              "reason %d", i);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(sw_output_reason_name(r), sw_output_reason_name((enum sw_output_reason) k));
    }
    for (int i = 0; i < SW_OUTPUT_MODE__COUNT; i++)
        assert_int_equal(sw_output_mode_from_name(sw_output_mode_name((enum sw_output_mode) i)), i);
    assert_int_equal(sw_output_mode_from_name("maybe"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_goes_on_and_off_as_its_rule_says),
        cmocka_unit_test(the_end_of_a_rest_is_known),
        cmocka_unit_test(what_it_ran_today_begins_anew_at_midnight_and_survives_a_restart),
        cmocka_unit_test(every_change_is_told_once),
        cmocka_unit_test(a_text_that_is_no_state_changes_nothing),
        cmocka_unit_test(every_word_has_a_name_and_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
