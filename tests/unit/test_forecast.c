// SPDX-License-Identifier: Apache-2.0
/* The leaping search against a second implementation that rebuilds the window reading by reading, over thousands of
 * windows with gaps, jitter, bursts and spikes; and against sums done by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "rules/forecast.h"
#include "rules/stat.h"

#define S 1000000LL
#define READINGS_MAX 400

static uint32_t seed = 7;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static struct {
    int64_t ts_us;
    int32_t level;
    bool counted;
} reading[READINGS_MAX];
static size_t n_readings;

static void fill_ring(struct sw_ring *ring)
{
    assert_int_equal(sw_ring_init(ring, READINGS_MAX, true), SW_OK);
    for (size_t i = 0; i < n_readings; i++) {
        uint64_t at = sw_ring_place(ring, reading[i].ts_us);

        sw_ring_at(ring, at)->level = reading[i].level;
        sw_ring_at(ring, at)->cls = reading[i].counted ? SW_CLASS_COUNTED : SW_EX_FAULT;
        sw_ring_settle(ring, at);
    }
}

/* The definition: at each future instant add up what is in the window, and judge. */
static uint32_t by_hand(const struct sw_outlook *o)
{
    for (uint32_t k = 1; k <= o->steps_max; k++) {
        int64_t newest = o->newest_us + k * o->interval_us, begin = newest + o->interval_us - o->window_us;
        bool whole = o->begin_us == INT64_MIN || begin >= o->begin_us;
        sw_i128 total = 0;
        int64_t n = 0;

        if (begin < o->begin_us)
            begin = o->begin_us;
        for (size_t i = 0; i < n_readings; i++) {
            if (reading[i].counted && reading[i].ts_us >= begin) {
                total += (sw_i128) sw_energy(reading[i].level);
                n++;
            }
        }
        for (uint32_t i = 1; i <= k; i++) {
            total += o->weight;
            n++;
        }
        if (whole && n >= o->bar.need) {
            if (total >= n * o->bar.floor)
                return k;
        } else if (n <= o->bar.expected ? total >= o->bar.expected * o->bar.floor : total >= n * o->bar.floor) {
            return k;
        }
    }
    return 0;
}

/* A past like one of a site: a base level, louder and quieter stretches, spikes, gaps, excluded readings. */
static void invent_past(int32_t base, int64_t interval_us, int kind)
{
    size_t most = 30 + draw(200);
    int64_t t = 0;
    int32_t level = base;

    n_readings = 0;
    while (n_readings < most) {
        t += interval_us;
        if (draw(40) == 0)
            level = base + (int32_t) draw(2400) - 1200;
        if (kind & 1 && draw(60) == 0)
            t += (1 + draw(30)) * interval_us;
        reading[n_readings].ts_us = t + (kind & 2 ? (int64_t) draw((uint32_t) interval_us / 3) : 0);
        reading[n_readings].level = level + (int32_t) draw(300);
        if (draw(80) == 0)
            reading[n_readings].level = 13000;
        reading[n_readings].counted = !(kind & 4) || draw(4) > 0;
        n_readings++;
        if (kind & 8 && draw(30) == 0) { /* a burst: more than the interval promises */
            for (int k = 1; k < 5 && n_readings < most; k++, n_readings++) {
                reading[n_readings] = reading[n_readings - 1];
                reading[n_readings].ts_us += interval_us / 9;
            }
            t += interval_us;
        }
    }
}

static void search_agrees_with_building_every_window(void **state)
{
    uint32_t found = 0, none = 0, early = 0;

    (void) state;
    for (int trial = 0; trial < 20000; trial++) {
        const int64_t interval_us = trial % 3 == 0 ? S / 10 : S;
        const int32_t limit = 5500;
        struct sw_outlook o = {.interval_us = interval_us, .begin_us = INT64_MIN};
        struct sw_ring ring;
        uint32_t want, got;

        invent_past(limit - 800 + (int32_t) draw(1200), interval_us, trial % 16);
        fill_ring(&ring);
        o.ring = &ring;
        o.newest_us = reading[n_readings - 1].ts_us;
        o.window_us = (20 + draw(150)) * interval_us + (trial % 5 == 0 ? interval_us / 2 : 0);
        if (trial % 4 == 1)
            o.begin_us = o.newest_us - draw((uint32_t) (o.window_us / 1000)) * 1000;
        o.bar.expected = (uint32_t) (o.window_us / interval_us);
        o.bar.need = (o.bar.expected * 3 + 3) / 4;
        o.bar.floor = (sw_i128) sw_energy_floor(sw_first_level_over(limit, 10));
        o.weight = (sw_i128) sw_energy(limit - 300 + (int32_t) draw(900));
        o.steps_max = trial % 7 == 0 ? 1 + draw(40) : o.bar.expected;
        o.tail = sw_ring_seek(&ring, SW_MAX(o.newest_us + interval_us - o.window_us, o.begin_us), 0);
        want = by_hand(&o);
        got = sw_outlook_steps(&o);
        if (got != want)
            fail_msg("trial %d: %u steps, by hand %u", trial, (unsigned) got, (unsigned) want);
        found += want > 1;
        early += want == 1;
        none += want == 0;
        sw_ring_done(&ring);
    }
    assert_true(found > 2000 && none > 2000 && early > 100); /* the trials meet all three answers */
}

/* 20 minutes of 1 s; floor of 55.05 dB is 10^5.5045·10^11 or so: 63 dB is 10^0.7955 = 6.244 times as much. */
static void a_window_that_begins_empty_is_over_when_its_energy_alone_is(void **state)
{
    static const struct {
        const char *why;
        int32_t level;
        uint32_t want;
    } cases[] = {
        {"63 dB: 1200 / 10^0.7955 = 192.19", 6300, 193},
        {"75 dB: 1200 / 10^1.9955 = 12.13", 7500, 13},
        {"at the first level over the whole window is needed: 1200·10^-0.0005 = 1198.6", 5505, 1199},
        {"just below it never", 5504, 0},
        {"130 dB at once", 13000, 1},
    };
    struct sw_bar bar = {.expected = 1200, .need = 900, .floor = (sw_i128) sw_energy_floor(5505)};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        uint32_t got = sw_outlook_fresh_steps(&bar, (sw_i128) sw_energy(cases[i].level));

        if (got != cases[i].want)
            fail_msg("%s: %u", cases[i].why, (unsigned) got);
    }
}

/* A whole window at one level, then another: k of n new readings, (n-k)·e + k·E >= n·floor. */
static void a_steady_window_crosses_when_enough_of_it_is_replaced(void **state)
{
    static const struct {
        const char *why;
        int32_t past, now;
        uint32_t want;
    } cases[] = {
        /* k >= 300·(10^5.5045 - 10^5.0) / (10^6.0 - 10^5.0) = 300·(319521.5 - 100000) / 900000 = 73.17 */
        {"50 dB, then 60", 5000, 6000, 74},
        /* 300·(319521.5 - 251188.6) / (501187.2 - 251188.6) = 81.9998 */
        {"54 dB, then 57", 5400, 5700, 82},
        {"50 dB, then 55.04: never over 55.0", 5000, 5504, 0},
        {"nothing changes", 5400, 5400, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_outlook o = {.interval_us = S,
                               .window_us = 300 * S,
                               .begin_us = INT64_MIN,
                               .newest_us = 299 * S,
                               .steps_max = 300,
                               .bar = {.expected = 300, .need = 225, .floor = (sw_i128) sw_energy_floor(5505)},
                               .weight = (sw_i128) sw_energy(cases[i].now)};
        struct sw_ring ring;

        for (n_readings = 0; n_readings < 300; n_readings++) {
            reading[n_readings].ts_us = (int64_t) n_readings * S;
            reading[n_readings].level = cases[i].past;
            reading[n_readings].counted = true;
        }
        fill_ring(&ring);
        o.ring = &ring;
        if (sw_outlook_steps(&o) != cases[i].want)
            fail_msg("%s: %u", cases[i].why, (unsigned) sw_outlook_steps(&o));
        sw_ring_done(&ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_agrees_with_building_every_window),
        cmocka_unit_test(a_window_that_begins_empty_is_over_when_its_energy_alone_is),
        cmocka_unit_test(a_steady_window_crosses_when_enough_of_it_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
