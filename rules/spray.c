// SPDX-License-Identifier: Apache-2.0
/* Minute means of humidity and dust, and when they look like water on the sensor. Which humidity stands beside which
 * dust sensor, and what follows from the suspicion, is the engine's. */
#include "rules/spray.h"

#include "common/macros.h"
#include "common/reading.h"

#define MINUTE_US (60 * SW_US_PER_S)

void sw_spray_init(struct sw_spray *s)
{
    *s = (struct sw_spray){.since_us = INT64_MIN, .until_us = INT64_MIN};
    for (int i = 0; i < SW_SPRAY_MINUTES; i++)
        s->ring[i].minute = INT64_MIN;
    s->rh_before = s->dust_before = SW_NO_VALUE;
}

/* ---- minutes ---- */

static size_t slot_of(int64_t minute)
{
    return (size_t) ((minute % SW_SPRAY_MINUTES + SW_SPRAY_MINUTES) % SW_SPRAY_MINUTES);
}

static struct sw_spray_minute *minute_at(struct sw_spray *s, int64_t ts_us)
{
    const int64_t minute = (ts_us - ((ts_us % MINUTE_US) + MINUTE_US) % MINUTE_US) / MINUTE_US;
    struct sw_spray_minute *m = &s->ring[slot_of(minute)];

    if (m->minute > minute)
        return NULL; /* too late */
    if (m->minute < minute)
        *m = (struct sw_spray_minute){.minute = minute};
    return m;
}

void sw_spray_rh(struct sw_spray *s, int64_t ts_us, int32_t value)
{
    struct sw_spray_minute *m = value != SW_NO_VALUE ? minute_at(s, ts_us) : NULL;

    if (m) {
        m->rh_sum += value;
        m->n_rh++;
    }
}

void sw_spray_dust(struct sw_spray *s, int64_t ts_us, int32_t value)
{
    struct sw_spray_minute *m = value != SW_NO_VALUE ? minute_at(s, ts_us) : NULL;

    if (m) {
        m->dust_sum += value;
        m->n_dust++;
    }
}

static const struct sw_spray_minute *look_at(const struct sw_spray *s, int64_t minute)
{
    const struct sw_spray_minute *m = &s->ring[slot_of(minute)];

    return m->minute == minute ? m : NULL;
}

static int32_t rh_of(const struct sw_spray *s, int64_t minute)
{
    const struct sw_spray_minute *m = look_at(s, minute);

    return m && m->n_rh > 0 ? (int32_t) (m->rh_sum / m->n_rh) : SW_NO_VALUE;
}

static int32_t dust_of(const struct sw_spray *s, int64_t minute)
{
    const struct sw_spray_minute *m = look_at(s, minute);

    return m && m->n_dust > 0 ? (int32_t) (m->dust_sum / m->n_dust) : SW_NO_VALUE;
}

/* Mean of the minutes (from … to], of which at least half must have dust. */
static int32_t dust_between(const struct sw_spray *s, int64_t from, int64_t to)
{
    int64_t sum = 0, n = 0;

    for (int64_t m = from + 1; m <= to; m++) {
        const int32_t dust = dust_of(s, m);

        if (dust != SW_NO_VALUE) {
            sum += dust;
            n++;
        }
    }
    return n > 0 && 2 * n >= to - from ? (int32_t) (sum / n) : SW_NO_VALUE;
}

/* ---- the jump ---- */

static int64_t within_minutes(const struct sw_spray_conf *conf)
{
    return SW_MAX(SW_MIN(conf->within_s, SW_SPRAY_WITHIN_MAX_S) / 60, 1);
}

/* The minute with the lowest humidity before this one, the latest of equal ones; INT64_MIN = none is known. */
static int64_t lowest_before(const struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute)
{
    int64_t lowest = INT64_MIN;
    int32_t least = SW_NO_VALUE;

    for (int64_t m = minute - 1; m >= minute - within_minutes(conf); m--) {
        const int32_t rh = rh_of(s, m);

        if (rh != SW_NO_VALUE && (least == SW_NO_VALUE || rh < least)) {
            least = rh;
            lowest = m;
        }
    }
    return lowest;
}

int32_t sw_spray_rise(const struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute)
{
    const int32_t rh = rh_of(s, minute);
    const int64_t lowest = lowest_before(s, conf, minute);

    return rh == SW_NO_VALUE || lowest == INT64_MIN ? SW_NO_VALUE : rh - rh_of(s, lowest);
}

/* Rain, or a rise elsewhere of at least half as much, is the weather's. */
static bool is_weather(const struct sw_spray_elsewhere *e, int32_t rise)
{
    return e->is_wet == 1 || (e->rh_rise != SW_NO_VALUE && 2 * (int64_t) e->rh_rise >= rise);
}

static bool is_jump(const struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute,
                    const struct sw_spray_elsewhere *elsewhere, int64_t *ret_low, int32_t *ret_dust_before)
{
    const int32_t rise = sw_spray_rise(s, conf, minute), dust = dust_of(s, minute);

    if (rise == SW_NO_VALUE || rise < conf->rh_rise || dust == SW_NO_VALUE || is_weather(elsewhere, rise))
        return false;
    *ret_low = lowest_before(s, conf, minute);
    *ret_dust_before = dust_between(s, *ret_low - within_minutes(conf), *ret_low);
    return *ret_dust_before != SW_NO_VALUE && *ret_dust_before >= conf->dust_from &&
           (int64_t) dust * 10000 <= (int64_t) *ret_dust_before * (10000 - conf->dust_drop);
}

/* It is over when the humidity has come down by half of the jump, or the dust is back, or it has been held long
 * enough: then nobody knows any more what it was before. */
static bool has_ended(const struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute)
{
    const int32_t rh = rh_of(s, minute), dust = dust_of(s, minute);

    if ((minute + 1) * MINUTE_US >= s->until_us)
        return true;
    if (rh != SW_NO_VALUE && rh <= s->rh_before + conf->rh_rise / 2)
        return true;
    return dust != SW_NO_VALUE && (int64_t) dust * 20000 > (int64_t) s->dust_before * (20000 - conf->dust_drop);
}

bool sw_spray_minute(struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute,
                     const struct sw_spray_elsewhere *elsewhere)
{
    int64_t low;
    int32_t dust_before;

    if (s->is_suspected) {
        if (!has_ended(s, conf, minute))
            return false;
        s->is_suspected = false;
        return true;
    }
    if (conf->is_off || !is_jump(s, conf, minute, elsewhere, &low, &dust_before))
        return false;
    s->is_suspected = true;
    s->since_us = (low + 1) * MINUTE_US;
    s->until_us = (minute + 1) * MINUTE_US + conf->hold_s * SW_US_PER_S;
    s->rh_before = rh_of(s, low);
    s->dust_before = dust_before;
    return true;
}
