// SPDX-License-Identifier: Apache-2.0
/* The sums of one window and what is read off them. Everything that is added is an integer; the only floating point is
 * the direction of a wind vector. */
#include "rules/stat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define BLOCK_US (5 * SW_US_PER_S)

static const char letters[SW_STAT_LETTERS] = {'D', 'B', 'T', 'C', 'M', 'F'};

uint8_t sw_stat_class(char flag, int32_t value)
{
    switch (flag) {
    case 'N':
    case 'S':
        return value == SW_NO_VALUE ? SW_EX_MISSING : SW_CLASS_COUNTED;
    case 'T':
        return SW_EX_OVERLOAD;
    case 'C':
    case 'M':
        return SW_EX_CALIBRATION;
    default: /* D, B, F, and letters we do not know */
        return SW_EX_FAULT;
    }
}

void sw_stat_reset(struct sw_stat *s, int64_t from_us)
{
    struct sw_stat was = *s;

    *s = (struct sw_stat){.mode = was.mode,
                          .hist = was.hist,
                          .wants_deviation = was.wants_deviation,
                          .wants_blocks = was.wants_blocks,
                          .block = -1,
                          .from_us = from_us,
                          .min = SW_NO_VALUE,
                          .max = SW_NO_VALUE,
                          .max_lafmax = SW_NO_VALUE,
                          .covered_us = from_us};
    if (s->hist)
        memset(s->hist, 0, SW_STAT_CLASSES * sizeof(*s->hist));
}

/* Class of a level: rounded half up to 0.1 dB. */
static int32_t class_of(int32_t level)
{
    return (SW_MIN(SW_MAX(level, SW_LEVEL_MIN), SW_LEVEL_MAX) - SW_LEVEL_MIN + 5) / 10;
}

static void add_value(struct sw_stat *s, int32_t value)
{
    s->n++;
    if (value > s->max)
        s->max = value; /* SW_NO_VALUE is below everything */
    if (value < s->min || s->min == SW_NO_VALUE)
        s->min = value;
    switch (s->mode) {
    case SW_STAT_MODE_LEVEL:
        s->energy += sw_energy(value);
        if (s->hist)
            s->hist[class_of(value)]++;
        if (s->wants_deviation) {
            s->sum += value;
            s->squares += (int64_t) value * value; /* a day at 10 ms at 160 dB stays below 10^16 */
        }
        break;
    case SW_STAT_MODE_DIRECTION:
        s->east += llround(1e6 * sin(value / 100.0 * M_PI / 180.0));
        s->north += llround(1e6 * cos(value / 100.0 * M_PI / 180.0));
        break;
    case SW_STAT_MODE_VALUE:
        s->sum += value;
        break;
    }
}

/* A level that an interval of 5 s after 5 s reached. */
static void add_to_block(struct sw_stat *s, int64_t ts_us, int32_t value)
{
    int64_t block = (ts_us - s->from_us) / BLOCK_US;

    if (block != s->block && s->block >= 0) {
        s->blocks_energy += sw_energy(s->block_max);
        s->n_blocks++;
    }
    if (block != s->block || value > s->block_max)
        s->block_max = value;
    s->block = block;
}

static void add_weather(struct sw_stat *s, const struct sw_ring_entry *e)
{
    if (e->wind != SW_RING_NO_WIND) {
        s->wind_sum += e->wind;
        s->n_wind++;
    }
    s->rain_known |= e->rain_known;
    s->rained |= e->rain;
}

static void add_excluded(struct sw_stat *s, uint8_t cls, char flag)
{
    s->excluded[cls]++;
    for (size_t i = 0; i < SW_STAT_LETTERS; i++) {
        if (letters[i] == flag)
            s->letters[i]++;
    }
}

void sw_stat_add(struct sw_stat *s, const struct sw_ring_entry *e, int64_t interval_us)
{
    if (e->max != SW_NO_VALUE) {
        s->n_max++;
        if (e->max > s->max_lafmax)
            s->max_lafmax = e->max;
    }
    if (e->time_quality != SW_TIME_SYNCED)
        s->is_unsynced = true;
    add_weather(s, e);
    if (e->cls == SW_EX_MISSING)
        return; /* what is missing is counted at the end, from what was expected */
    if (e->cls != SW_CLASS_COUNTED) {
        add_excluded(s, e->cls, e->flag);
        return;
    }
    if (e->flag == 'S')
        s->n_manual++;
    if (e->ts_us - s->covered_us > s->gap_us)
        s->gap_us = e->ts_us - s->covered_us;
    if (e->ts_us + interval_us > s->covered_us)
        s->covered_us = e->ts_us + interval_us;
    add_value(s, e->level);
    if (s->wants_blocks)
        add_to_block(s, e->ts_us, e->max != SW_NO_VALUE ? e->max : e->level);
}

static int32_t direction(const struct sw_stat *s)
{
    int32_t degrees;

    /* Winds from all sides have no direction: below a thousandth of the length that agreeing winds would have. */
    if (llabs(s->east) + llabs(s->north) < (int64_t) s->n * 1000)
        return SW_NO_VALUE;
    degrees = (int32_t) lround(atan2((double) s->east, (double) s->north) * 18000.0 / M_PI);
    return (degrees + 36000) % 36000;
}

int32_t sw_stat_mean(const struct sw_stat *s)
{
    int64_t n = s->n;

    if (n == 0)
        return SW_NO_VALUE;
    switch (s->mode) {
    case SW_STAT_MODE_LEVEL:
        return sw_energy_level(s->energy, s->n);
    case SW_STAT_MODE_DIRECTION:
        return direction(s);
    case SW_STAT_MODE_VALUE:
        break;
    }
    return (int32_t) (s->sum < 0 ? -((-2 * s->sum + n) / (2 * n)) : (2 * s->sum + n) / (2 * n));
}

int32_t sw_stat_percentile(const struct sw_stat *s, uint32_t percent)
{
    uint64_t rank = ((uint64_t) s->n * percent + 99) / 100, seen = 0;

    if (!s->hist || s->n == 0)
        return SW_NO_VALUE;
    for (int32_t i = class_of(s->max); i >= 0; i--) { /* from the loudest */
        seen += s->hist[i];
        if (seen >= rank)
            return SW_LEVEL_MIN + i * 10;
    }
    return SW_NO_VALUE;
}

int32_t sw_stat_deviation(const struct sw_stat *s)
{
    const int64_t n = s->n;
    double variance;

    if (!s->wants_deviation || n < 2)
        return SW_NO_VALUE;
    variance = (double) ((sw_i128) n * s->squares - (sw_i128) s->sum * s->sum) / ((double) n * (double) (n - 1));
    return (int32_t) lround(sqrt(variance));
}

int32_t sw_stat_blocks(const struct sw_stat *s)
{
    if (!s->wants_blocks || s->block < 0)
        return SW_NO_VALUE;
    return sw_energy_level(s->blocks_energy + sw_energy(s->block_max), (uint64_t) s->n_blocks + 1);
}

int32_t sw_stat_wind(const struct sw_stat *s)
{
    return s->n_wind == 0 ? SW_NO_VALUE : (int32_t) ((s->wind_sum + s->n_wind / 2) / s->n_wind);
}

int32_t sw_stat_gap_s(const struct sw_stat *s, int64_t to_us)
{
    int64_t gap = SW_MAX(s->gap_us, to_us - s->covered_us);

    /* To the nearest second: the jitter of a live sensor is no gap. */
    return gap <= 0 ? 0 : (int32_t) ((gap + SW_US_PER_S / 2) / SW_US_PER_S);
}

char sw_stat_flag(const struct sw_stat *s, uint32_t missing)
{
    size_t commonest = 0;

    if (s->n > 0)
        return s->n_manual > 0 ? 'S' : 'N';
    for (size_t i = 1; i < SW_STAT_LETTERS; i++) {
        if (s->letters[i] > s->letters[commonest])
            commonest = i;
    }
    if (s->excluded[SW_EX_WEATHER] > SW_MAX(missing, s->letters[commonest]))
        return 'N'; /* bad weather is no fault of the device */
    /* A reading that did not come at all is a matter of communication. */
    return s->letters[commonest] == 0 || missing > s->letters[commonest] ? 'B' : letters[commonest];
}
