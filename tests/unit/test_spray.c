// SPDX-License-Identifier: Apache-2.0
/* Water on a dust sensor: hand-made half hours of humidity and dust, minute by minute, and what is suspected of them.
 * Figures of the default: 10 points of humidity within 5 min, dust down by 30 % from at least 20 ug/m3. */
#include "test.h"

#include <string.h>

#include "common/reading.h"
#include "rules/spray.h"

#define MINUTE_US 60000000LL
#define FIRST 29000000LL /* a minute since 1970 */
#define LEN 30

static const struct sw_spray_conf conf = {
    .rh_rise = 1000, .dust_drop = 3000, .dust_from = 2000, .within_s = 300, .hold_s = 3600};
static const struct sw_spray_elsewhere unknown = {.rh_rise = SW_NO_VALUE, .is_wet = -1};

/* Means of a minute in whole percent and ug/m3; -1 = the minute has no readings. */
struct series {
    int rh[LEN], dust[LEN];
};

static void give_minute(struct sw_spray *s, int64_t minute, int rh, int dust)
{
    for (int k = 0; k < 6; k++) { /* around the mean, to the same mean */
        const int64_t ts_us = minute * MINUTE_US + k * 10000000LL;
        const int32_t shake = (k % 2 ? 1 : -1) * 40;

        if (rh >= 0)
            sw_spray_rh(s, ts_us, rh * 100 + shake);
        if (dust >= 0)
            sw_spray_dust(s, ts_us, dust * 100 + shake);
    }
}

/* @return the first minute at which it is suspected, -1 = never */
static int suspected_at(const struct series *v, const struct sw_spray_elsewhere *elsewhere, struct sw_spray *ret)
{
    int found = -1;

    sw_spray_init(ret);
    for (int m = 0; m < LEN; m++) {
        give_minute(ret, FIRST + m, v->rh[m], v->dust[m]);
        if (sw_spray_minute(ret, &conf, FIRST + m, elsewhere) && found < 0) {
            assert_true(ret->is_suspected);
            found = m;
        }
    }
    return found;
}

/* Level until `from`, then in a straight line to the other within `take` minutes, and so on to the end. */
static void ramp(int to[LEN], int before, int after, int from, int take)
{
    for (int m = 0; m < LEN; m++)
        to[m] = m < from ? before : m >= from + take ? after : before + (after - before) * (m - from + 1) / take;
}

struct story {
    const char *why;
    int rh_before, rh_after, rh_take, dust_before, dust_after, dust_take;
    struct sw_spray_elsewhere elsewhere;
    int want; /* minute; -1 = never */
};

/* All changes begin in minute 12. */
static void only_a_local_jump_of_humidity_with_a_drop_of_dust_is_suspected(void **state)
{
    static const struct story stories[] = {
        {"a mist cannon turned on the monitor", 55, 85, 1, 120, 40, 1, {SW_NO_VALUE, -1}, 12},
        {"the same, dry elsewhere and no rain", 55, 85, 1, 120, 40, 1, {100, 0}, 12},
        /* 55 → 70 in 3 min: 60, 65, 70; 120 → 60: 100, 80, 60. Minute 13 has 10 points, and 80 ≤ 84. */
        {"a water cart that comes nearer", 55, 70, 3, 120, 60, 3, {SW_NO_VALUE, 0}, 13},
        {"exactly the figures: 10 points, 30 %", 60, 70, 1, 100, 70, 1, {SW_NO_VALUE, -1}, 12},
        {"9 points only", 60, 69, 1, 100, 40, 1, {SW_NO_VALUE, -1}, -1},
        {"29 % only", 60, 80, 1, 100, 71, 1, {SW_NO_VALUE, -1}, -1},
        {"dust rises with the humidity: droplets counted as dust", 55, 90, 1, 80, 160, 1, {SW_NO_VALUE, -1}, -1},
        {"dust falls in dry air: the work stopped", 55, 55, 1, 200, 40, 1, {SW_NO_VALUE, -1}, -1},
        {"clean air has nothing to fall from", 55, 85, 1, 15, 3, 1, {SW_NO_VALUE, -1}, -1},
        {"fog: 30 points in 18 min are at most 9 in five", 60, 90, 18, 120, 40, 18, {SW_NO_VALUE, 0}, -1},
        {"rain, and the rain gauge says so", 55, 85, 1, 120, 30, 1, {SW_NO_VALUE, 1}, -1},
        {"a front: the mast across the site rises too", 55, 80, 2, 120, 30, 2, {1500, -1}, -1},
        {"the mast rises a little less than half as much", 55, 85, 1, 120, 40, 1, {1499, 0}, 12},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(stories); i++) {
        const struct story *t = &stories[i];
        struct series v;
        struct sw_spray s;
        int got;

        ramp(v.rh, t->rh_before, t->rh_after, 12, t->rh_take);
        ramp(v.dust, t->dust_before, t->dust_after, 12, t->dust_take);
        got = suspected_at(&v, &t->elsewhere, &s);
        CHECK(got == t->want, "%s: minute %d, want %d", t->why, got, t->want);
    }
}

static void what_nobody_measured_raises_nothing(void **state)
{
    struct series v;
    struct sw_spray s;

    (void) state;
    ramp(v.rh, 55, 85, 12, 1);
    ramp(v.dust, 120, 40, 12, 1);
    for (int m = 4; m < 12; m++) /* more than half of the dust before is missing */
        v.dust[m] = -1;
    assert_int_equal(suspected_at(&v, &unknown, &s), -1);
    ramp(v.dust, 120, 40, 12, 1);
    for (int m = 6; m < 12; m++) /* no humidity in the five minutes before */
        v.rh[m] = -1;
    assert_int_equal(suspected_at(&v, &unknown, &s), -1);
}

static void a_suspicion_ends_when_the_air_is_as_before(void **state)
{
    static const struct {
        const char *why;
        int rh, dust,
            minutes; /* after the first minute of water; how long it stays so until it ends, -1 = it does not */
    } rows[] = {
        {"goes on", 85, 40, -1},
        {"humidity down by more than half of what counts as a jump", 60, 40, 0},
        {"humidity still 6 points up, dust down", 61, 40, -1},
        {"dust back by more than half of the drop: 120 · 0.85 = 102", 85, 103, 0},
        {"dust at 102", 85, 102, -1},
        {"the sensor gives nothing", -1, -1, -1},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_spray s;
        int ended = -1;

        sw_spray_init(&s);
        for (int m = 0; m < 13; m++) {
            give_minute(&s, FIRST + m, m < 12 ? 55 : 85, m < 12 ? 120 : 40);
            sw_spray_minute(&s, &conf, FIRST + m, &unknown);
        }
        assert_true(s.is_suspected);
        for (int m = 13; m < 40 && ended < 0; m++) {
            give_minute(&s, FIRST + m, rows[i].rh, rows[i].dust);
            if (sw_spray_minute(&s, &conf, FIRST + m, &unknown))
                ended = m - 13;
        }
        CHECK(ended == rows[i].minutes, "%s: after %d min, want %d", rows[i].why, ended, rows[i].minutes);
    }
}

/* Seen at the end of minute 12, held for 60 min: it ends with minute 72. The jump began with minute 12. */
static void nobody_is_suspected_for_ever(void **state)
{
    struct sw_spray s;
    int ended = -1;

    (void) state;
    sw_spray_init(&s);
    for (int m = 0; m < 90; m++) {
        give_minute(&s, FIRST + m, m < 12 ? 55 : 85, m < 12 ? 120 : 40);
        if (sw_spray_minute(&s, &conf, FIRST + m, &unknown) && m > 12)
            ended = m;
        if (m == 12)
            assert_int_equal(s.since_us, (FIRST + 12) * MINUTE_US);
    }
    assert_int_equal(ended, 72);
    assert_false(s.is_suspected); /* wet air all the time is no new jump */
}

static void readings_in_any_order_within_a_minute_are_the_same(void **state)
{
    struct sw_spray a, b;

    (void) state;
    sw_spray_init(&a);
    sw_spray_init(&b);
    for (int k = 0; k < 60; k++) {
        sw_spray_rh(&a, FIRST * MINUTE_US + k * 1000000LL, 5000 + k);
        sw_spray_rh(&b, FIRST * MINUTE_US + (59 - k) * 1000000LL, 5000 + 59 - k);
    }
    assert_memory_equal(&a, &b, sizeof(a));
    sw_spray_rh(&a, (FIRST - SW_SPRAY_MINUTES) * MINUTE_US, 9900); /* of long ago: its place is taken */
    assert_memory_equal(&a, &b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_local_jump_of_humidity_with_a_drop_of_dust_is_suspected),
        cmocka_unit_test(what_nobody_measured_raises_nothing),
        cmocka_unit_test(a_suspicion_ends_when_the_air_is_as_before),
        cmocka_unit_test(nobody_is_suspected_for_ever),
        cmocka_unit_test(readings_in_any_order_within_a_minute_are_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
