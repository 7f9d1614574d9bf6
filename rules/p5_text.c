// SPDX-License-Identifier: Apache-2.0
/* The model's state as text and back, exactly: numbers that learn are hexadecimal floats, everything else integers.
 * What is read is checked as if somebody else had written it; a model that refuses a text is as it was. */
#include "rules/p5_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define MAGIC "siteward-p5/1"
#define NUMBER_MAX 40 /* characters of one number */

/* ---- writing ---- */

struct pen {
    char *buf;
    size_t cap, len;
    bool is_full;
};

static void put(struct pen *pen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct pen *pen, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (pen->is_full)
        return;
    va_start(ap, fmt);
    n = vsnprintf(pen->buf + pen->len, pen->cap - pen->len, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t) n >= pen->cap - pen->len)
        pen->is_full = true;
    else
        pen->len += (size_t) n;
}

static void put_doubles(struct pen *pen, const char *name, const double *x, int n)
{
    put(pen, "\n%s", name);
    for (int i = 0; i < n; i++)
        put(pen, " %a", x[i]);
}

static void put_learner(struct pen *pen, const struct sw_p5_learner *l)
{
    put(pen, "\nlearned %" PRIu32, l->learned);
    for (int i = 0; i < SW_P5_X; i++)
        put_doubles(pen, "a", l->a[i], i + 1); /* symmetric: the lower half says all */
    put_doubles(pen, "b", l->b, SW_P5_X);
    put_doubles(pen, "w", l->w, SW_P5_X);
    put_doubles(pen, "hist", l->hist, SW_P5_BINS);
}

static void put_levels(struct pen *pen, const struct sw_p5 *p)
{
    put(pen, "\nopen %" PRIu32 " %" PRIx64 " %" PRIx64, p->step_n, (uint64_t) (p->step_energy >> 64),
        (uint64_t) p->step_energy);
    put(pen, "\nsteps");
    for (int i = 0; i < SW_P5_STEPS; i++)
        if (p->steps_n[i])
            put(pen, " %d*%u", p->step_level[i], p->steps_n[i]);
        else
            put(pen, " -");
    put(pen, "\nminutes");
    for (int i = 0; i < SW_P5_DAY; i++)
        if (p->minute_level[i] != SW_P5_MISSING)
            put(pen, " %d", p->minute_level[i]);
        else
            put(pen, " -");
}

size_t sw_p5_write(const struct sw_p5 *p, char *buf, size_t cap)
{
    struct pen pen = {.buf = buf, .cap = cap};

    put(&pen, MAGIC);
    put_learner(&pen, &p->learner);
    put(&pen, "\nv %a", p->v);
    if (p->last_us != INT64_MIN) {
        put(&pen, "\ntime %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, p->first_us, p->last_us,
            p->interval_us, p->end_us, p->step);
        put_levels(&pen, p);
        if (isfinite(p->l1_before))
            put(&pen, "\nbefore %a", p->l1_before);
        else
            put(&pen, "\nbefore -");
        for (int i = 0; i < SW_P5_AHEAD; i++)
            if (p->pending[i].is_known) {
                put(&pen, "\npending %a %a", p->pending[i].l20, p->pending[i].sd);
                put_doubles(&pen, "x", p->pending[i].x, SW_P5_X);
            } else {
                put(&pen, "\npending -");
            }
    }
    put(&pen, "\nend\n");
    return pen.is_full ? 0 : pen.len;
}

/* ---- reading ---- */

struct scan {
    const char *at, *end;
    struct sw_err *err;
    bool has_failed; /* the first fault is the one that is told */
};

static void fail(struct scan *s, const char *what)
{
    if (!s->has_failed)
        sw_err_fill(s->err, SW_E_CORRUPT, 0,
                    "state of the forecast model: %s; it begins anew when this state is removed", what);
    s->has_failed = true;
}

/* The next word, into buf; an empty one at the end or when it is too long. */
static const char *word(struct scan *s, char buf[NUMBER_MAX])
{
    size_t n = 0;

    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n'))
        s->at++;
    while (s->at < s->end && *s->at != ' ' && *s->at != '\n' && n < NUMBER_MAX - 1)
        buf[n++] = *s->at++;
    if (n == NUMBER_MAX - 1)
        n = 0;
    buf[n] = '\0';
    return buf;
}

static void expect(struct scan *s, const char *name)
{
    char buf[NUMBER_MAX], msg[80];

    if (!s->has_failed && strcmp(word(s, buf), name) != 0) {
        snprintf(msg, sizeof(msg), "'%s' is missing", name);
        fail(s, msg);
    }
}

static int64_t parse_integer(struct scan *s, const char *text, int base, int64_t min, int64_t max)
{
    char *rest;
    long long value;

    value = strtoll(text, &rest, base);
    if (rest == text || *rest || value < min || value > max) {
        fail(s, "an integer is broken or out of range");
        return min;
    }
    return value;
}

static int64_t integer(struct scan *s, int64_t min, int64_t max)
{
    char buf[NUMBER_MAX];

    return s->has_failed ? min : parse_integer(s, word(s, buf), 10, min, max);
}

static double parse_number(struct scan *s, const char *text, double min, double max)
{
    char *rest;
    double value;

    value = strtod(text, &rest);
    if (rest == text || *rest || !(value >= min && value <= max)) {
        fail(s, "a number is broken or out of range");
        return min;
    }
    return value;
}

static double number(struct scan *s, double min, double max)
{
    char buf[NUMBER_MAX];

    return s->has_failed ? min : parse_number(s, word(s, buf), min, max);
}

#define SUM_MAX 1e12 /* of fading sums and of weights; levels differ by at most 180 dB */

static void numbers(struct scan *s, const char *name, double *x, int n, double min, double max)
{
    expect(s, name);
    for (int i = 0; i < n; i++)
        x[i] = number(s, min, max);
}

static void read_learner(struct scan *s, struct sw_p5_learner *l)
{
    expect(s, "learned");
    l->learned = (uint32_t) integer(s, 0, 59);
    for (int i = 0; i < SW_P5_X; i++) {
        numbers(s, "a", l->a[i], i + 1, -SUM_MAX, SUM_MAX);
        for (int j = 0; j < i; j++)
            l->a[j][i] = l->a[i][j];
    }
    numbers(s, "b", l->b, SW_P5_X, -SUM_MAX, SUM_MAX);
    numbers(s, "w", l->w, SW_P5_X, -SUM_MAX, SUM_MAX);
    numbers(s, "hist", l->hist, SW_P5_BINS, 0.0, SUM_MAX);
}

static void read_times(struct scan *s, struct sw_p5 *p)
{
    expect(s, "time");
    p->first_us = integer(s, -SW_P5_TIME_MAX_US, SW_P5_TIME_MAX_US);
    p->last_us = integer(s, p->first_us, SW_P5_TIME_MAX_US);
    p->interval_us = integer(s, 1, SW_P5_INTERVAL_MAX_US);
    p->end_us = integer(s, p->last_us + p->interval_us, p->last_us + 2 * SW_P5_INTERVAL_MAX_US);
    p->minute = sw_p5_floor_div(p->end_us, SW_P5_MINUTE_US);
    p->step = integer(s, p->minute * SW_P5_MINUTE_STEPS, p->minute * SW_P5_MINUTE_STEPS + SW_P5_MINUTE_STEPS - 1);
}

static void read_open(struct scan *s, struct sw_p5 *p)
{
    char buf[NUMBER_MAX];
    uint64_t half[2] = {0, 0};

    expect(s, "open");
    p->step_n = (uint32_t) integer(s, 0, SW_P5_STEP_N_MAX);
    for (int i = 0; i < 2 && !s->has_failed; i++) {
        char *rest;

        half[i] = strtoull(word(s, buf), &rest, 16);
        if (rest == buf || *rest || buf[0] == '-')
            fail(s, "the energy of the open step is broken");
    }
    p->step_energy = (sw_u128) half[0] << 64 | half[1];
    if (!s->has_failed &&
        (p->step_energy < p->step_n * sw_energy(SW_LEVEL_MIN) || p->step_energy > p->step_n * sw_energy(SW_LEVEL_MAX)))
        fail(s, "the open step has an impossible energy");
}

static void read_levels(struct scan *s, struct sw_p5 *p)
{
    char buf[NUMBER_MAX];

    expect(s, "steps");
    for (int i = 0; i < SW_P5_STEPS && !s->has_failed; i++) {
        char *star;

        p->steps_n[i] = 0;
        if (strcmp(word(s, buf), "-") == 0)
            continue;
        star = strchr(buf, '*');
        if (!star) {
            fail(s, "a step is broken");
            return;
        }
        *star = '\0';
        p->step_level[i] = (int16_t) parse_integer(s, buf, 10, SW_LEVEL_MIN, SW_LEVEL_MAX);
        p->steps_n[i] = (uint16_t) parse_integer(s, star + 1, 10, 1, SW_P5_STEP_N_MAX);
    }
    if (!s->has_failed && p->steps_n[sw_p5_slot(p->step, SW_P5_STEPS)])
        fail(s, "the open step is closed, too");
    expect(s, "minutes");
    for (int i = 0; i < SW_P5_DAY && !s->has_failed; i++) {
        p->minute_level[i] = SW_P5_MISSING;
        if (strcmp(word(s, buf), "-") == 0)
            continue;
        p->minute_level[i] = (int16_t) parse_integer(s, buf, 10, SW_LEVEL_MIN, SW_LEVEL_MAX);
        p->day_sum += p->minute_level[i];
        p->day_n++;
    }
}

static void read_pending(struct scan *s, struct sw_p5 *p)
{
    char buf[NUMBER_MAX];

    expect(s, "before");
    p->l1_before = s->has_failed || strcmp(word(s, buf), "-") == 0 ? NAN : parse_number(s, buf, -200.0, 200.0);
    for (int i = 0; i < SW_P5_AHEAD && !s->has_failed; i++) {
        struct sw_p5_pending *pending = &p->pending[i];

        expect(s, "pending");
        if (s->has_failed || strcmp(word(s, buf), "-") == 0)
            continue;
        pending->l20 = parse_number(s, buf, -200.0, 200.0);
        pending->sd = number(s, 0.5, 1000.0);
        numbers(s, "x", pending->x, SW_P5_X, -400.0, 400.0);
        pending->is_known = true;
    }
}

int sw_p5_read(struct sw_p5 *p, const char *text, size_t len, struct sw_err *err)
{
    struct scan s = {.at = text, .end = text + len, .err = err};
    struct scan ahead;
    struct sw_p5 got;
    char buf[NUMBER_MAX];

    sw_p5_clear(&got);
    expect(&s, MAGIC);
    read_learner(&s, &got.learner);
    expect(&s, "v");
    got.v = number(&s, 0.0, 400.0);
    ahead = s;
    if (!s.has_failed && strcmp(word(&ahead, buf), "end") != 0) {
        read_times(&s, &got);
        read_open(&s, &got);
        read_levels(&s, &got);
        read_pending(&s, &got);
    }
    expect(&s, "end");
    if (!s.has_failed && *word(&s, buf))
        fail(&s, "something follows its end");
    if (s.has_failed)
        return SW_E_CORRUPT;
    sw_p5_sum_up(&got);
    *p = got;
    return SW_OK;
}
