// SPDX-License-Identifier: Apache-2.0
/* What the tests of the forecast model share: a sensor that keeps its readings, the question that a 20-minute rule
 * would ask about them, and the streams of tests/support/p5_reference.py. Included by test_p5*.c, after cmocka.h. */
#ifndef SW_TESTS_UNIT_P5_STREAMS_H
#define SW_TESTS_UNIT_P5_STREAMS_H

#include <math.h>
#include <stdlib.h>

#include "common/macros.h"
#include "common/reading.h"
#include "rules/p5_internal.h"

#define S 1000000LL
#define MINUTE (60 * S)
#define READINGS_MAX 300000

/* ---- a sensor: its readings, and the question that a 20-minute rule would ask ---- */

static struct {
    int64_t t_us;
    int32_t level;
} held[READINGS_MAX];
static size_t n_held;

static inline void give(struct sw_p5 *p, int64_t t_us, int64_t interval_us, int32_t level)
{
    assert_true(n_held < READINGS_MAX);
    held[n_held].t_us = t_us;
    held[n_held++].level = level;
    sw_p5_level(p, t_us, interval_us, level);
}

static inline struct sw_p5_question question(int64_t now_us, int64_t interval_us, double limit_db)
{
    struct sw_p5_question q = {.n_in = (uint32_t) (5 * MINUTE / interval_us)};

    q.limit_energy = (sw_i128) sw_energy_floor(sw_first_level_over((int32_t) lround(limit_db * 100.0), 10));
    for (size_t i = n_held; i > 0 && held[i - 1].t_us >= now_us - 20 * MINUTE; i--) {
        const sw_i128 energy = (sw_i128) sw_energy(held[i - 1].level);

        q.energy += energy;
        if (held[i - 1].t_us < now_us - 15 * MINUTE)
            q.energy_leave += energy;
        else
            q.n++;
    }
    q.n += q.n_in;
    return q;
}

static inline double ask(const struct sw_p5 *p, int64_t now_us, int64_t interval_us, double limit_db)
{
    const struct sw_p5_question q = question(now_us, interval_us, limit_db);

    return sw_p5_probability(p, &q);
}

static inline int new_model(void **state)
{
    n_held = 0;
    *state = sw_p5_new();
    return *state ? 0 : -1;
}

static inline int free_model(void **state)
{
    *state = sw_p5_free(*state);
    return 0;
}

/* ---- the streams of the reference ---- */

struct stream {
    int kind, i, wander;
    uint32_t seed;
};

static inline int draw(struct stream *s, uint32_t below)
{
    s->seed = s->seed * 1664525u + 1013904223u;
    return (int) ((s->seed >> 8) % below);
}

static const int64_t interval_of[] = {10 * S, 60 * S, 1 * S};

/* The next reading; SW_NO_VALUE = it is missing. */
static inline int32_t next(struct stream *s)
{
    const int i = s->i++;
    int level;

    switch (s->kind) {
    case 0:
        s->wander += draw(s, 61) - 30 - (int) sw_p5_floor_div(s->wander, 50);
        return 6000 + s->wander + ((i / 180) % 4 == 2 ? 600 : 0) + draw(s, 401) - 200;
    case 1:
        s->wander += draw(s, 121) - 60 - (int) sw_p5_floor_div(s->wander, 30);
        level = 5500 + s->wander + draw(s, 301);
        return (i / 15) % 29 == 7 ? SW_NO_VALUE : level;
    default:
        return 5200 + (i > 4800 ? (i - 4800) * 2000 / 2400 : 0) + draw(s, 201);
    }
}

static inline void give_next(struct sw_p5 *p, struct stream *s)
{
    const int64_t t_us = s->i * interval_of[s->kind];
    const int32_t level = next(s);

    if (level != SW_NO_VALUE)
        give(p, t_us, interval_of[s->kind], level);
    sw_p5_tick(p, t_us + interval_of[s->kind]);
}

#endif
