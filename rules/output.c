// SPDX-License-Identifier: Apache-2.0
/* Deciding when an output is on: see output.h. How long it runs and rests is summed from look to look by a clock that
 * nobody sets: one that is set forward or back neither ends a rest nor forgets how long water runs. */
#include "rules/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct words {
    const char *name, *zh, *en;
};

static const struct words reasons[SW_OUTPUT_REASON__COUNT] = {
    [SW_OUTPUT_START] = {"start", "启动后尚未要求开启", "off since the start: nothing has asked for it"},
    [SW_OUTPUT_RULE] = {"rule", "传感器预警或超标", "a sensor asks for it"},
    [SW_OUTPUT_MANUAL] = {"manual", "人工操作", "set by hand"},
    [SW_OUTPUT_CLEARED] = {"cleared", "已不再需要", "no sensor asks for it any more"},
    [SW_OUTPUT_LONGEST_ON] = {"longest-on-time", "已达最长运行时间", "it ran as long as it may"},
    [SW_OUTPUT_RESTING] = {"resting", "间歇时间未到", "asked for, but it must rest first"},
    [SW_OUTPUT_FROST] = {"frost", "气温过低,防冻停用", "too cold: water would freeze"},
    [SW_OUTPUT_WIND] = {"wind", "风速过大", "too much wind"},
    [SW_OUTPUT_UNKNOWN_WEATHER] = {"unknown-weather", "气温或风速未知", "temperature or wind is not known"},
    [SW_OUTPUT_FAILED] = {"failed", "开关未确认", "the switch has not confirmed that it is off"},
};
static const char *const modes[SW_OUTPUT_MODE__COUNT] = {
    [SW_OUTPUT_AUTO] = "auto", [SW_OUTPUT_OFF] = "off", [SW_OUTPUT_ON] = "on"};
static const char *const is_names[SW_OUTPUT_IS__COUNT] = {
    [SW_OUTPUT_IS_UNKNOWN] = "unknown", [SW_OUTPUT_IS_OFF] = "off", [SW_OUTPUT_IS_ON] = "on"};

const char *sw_output_reason_name(enum sw_output_reason r)
{
    return (size_t) r < SW_OUTPUT_REASON__COUNT ? reasons[r].name : "";
}

const char *sw_output_reason_text(enum sw_output_reason r, bool zh)
{
    return (size_t) r >= SW_OUTPUT_REASON__COUNT ? "" : zh ? reasons[r].zh : reasons[r].en;
}

const char *sw_output_mode_name(enum sw_output_mode m)
{
    return (size_t) m < SW_OUTPUT_MODE__COUNT ? modes[m] : "";
}

const char *sw_output_is_name(enum sw_output_is is)
{
    return (size_t) is < SW_OUTPUT_IS__COUNT ? is_names[is] : "";
}

int sw_output_mode_from_name(const char *name)
{
    for (int i = 0; i < SW_OUTPUT_MODE__COUNT; i++)
        if (strcmp(name, modes[i]) == 0)
            return i;
    return -1;
}

void sw_output_init(struct sw_output *o, const struct sw_output_conf *conf, size_t n_watched)
{
    *o = (struct sw_output){
        .conf = *conf,
        .n_watched = SW_MIN(n_watched, (size_t) SW_SENSORS_MAX),
        .temp = SW_NO_VALUE,
        .wind = SW_NO_VALUE,
        .since_us = INT64_MIN,
        .now_us = INT64_MIN,
    };
}

/* ---- what happens ---- */

void sw_output_sensor(struct sw_output *o, size_t watched, enum sw_state state)
{
    const bool is_early = state == SW_STATE_FORECAST || state == SW_STATE_PENDING;
    bool asks = state == SW_STATE_ALERTING || (is_early && o->conf.on == SW_OUTPUT_ON_FORECAST);

    if (watched >= o->n_watched)
        return;
    o->asks[watched] = asks;
    if (asks)
        o->holds[watched] = true;
    else if (state == SW_STATE_NORMAL || is_early)
        o->holds[watched] = false;
}

void sw_output_temp(struct sw_output *o, int32_t value, int64_t ts_us)
{
    o->temp = value;
    o->temp_us = ts_us;
}

void sw_output_wind(struct sw_output *o, int32_t value, int64_t ts_us)
{
    o->wind = value;
    o->wind_us = ts_us;
}

void sw_output_set_mode(struct sw_output *o, enum sw_output_mode mode)
{
    o->mode = mode;
    o->waited_us = 0;
}

void sw_output_stop(struct sw_output *o)
{
    o->is_wanted = false;
    o->reason = SW_OUTPUT_START;
    o->since_us = o->now_us;
}

void sw_output_switched(struct sw_output *o, enum sw_output_is is)
{
    if (is == SW_OUTPUT_IS_OFF && o->is != SW_OUTPUT_IS_OFF && !o->keeps_rest)
        o->off_us = 0;
    if (is != SW_OUTPUT_IS_OFF)
        o->off_us = o->keeps_rest && is == SW_OUTPUT_IS_UNKNOWN ? o->off_us : 0;
    o->has_failed = is == SW_OUTPUT_IS_UNKNOWN;
    o->keeps_rest = o->keeps_rest && is == SW_OUTPUT_IS_UNKNOWN;
    o->is = is;
}

/* ---- time ---- */

static void pass_time(struct sw_output *o, int64_t now_us, int64_t steady_us, int32_t day)
{
    const int64_t past_us = o->now_us == INT64_MIN ? 0 : SW_MAX(steady_us - o->steady_us, 0);

    o->now_us = now_us;
    o->steady_us = steady_us;
    if (day != o->day) {
        o->day = day;
        o->today_us = 0;
    }
    if (o->is == SW_OUTPUT_IS_ON)
        o->today_us += past_us;
    if (o->is_wanted || o->is != SW_OUTPUT_IS_OFF)
        o->on_us += past_us;
    if (o->is_wanted && o->cleared_us >= 0)
        o->cleared_us += past_us;
    if (!o->is_wanted && o->is == SW_OUTPUT_IS_OFF)
        o->off_us += past_us;
    o->waited_us = o->mode == SW_OUTPUT_ON && !o->is_wanted ? o->waited_us + past_us : 0;
}

/* ---- deciding ---- */

static bool any(const bool *of, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (of[i])
            return true;
    return false;
}

static bool is_known(const struct sw_output *o, int32_t value, int64_t ts_us)
{
    return value != SW_NO_VALUE && o->now_us - ts_us <= o->conf.weather_max_age_us &&
           ts_us - o->now_us <= o->conf.weather_max_age_us;
}

/* What of the weather forbids it now; START = nothing. */
static enum sw_output_reason interlock(const struct sw_output *o)
{
    const bool has_frost = o->conf.frost_below != SW_NO_VALUE, has_wind = o->conf.wind_above != SW_NO_VALUE;

    if (has_frost && is_known(o, o->temp, o->temp_us) && o->temp < o->conf.frost_below)
        return SW_OUTPUT_FROST;
    if (has_wind && is_known(o, o->wind, o->wind_us) && o->wind > o->conf.wind_above)
        return SW_OUTPUT_WIND;
    if ((has_frost && !is_known(o, o->temp, o->temp_us)) || (has_wind && !is_known(o, o->wind, o->wind_us)))
        return SW_OUTPUT_UNKNOWN_WEATHER;
    return SW_OUTPUT_START;
}

static void decide_on(struct sw_output *o)
{
    const enum sw_output_reason forbidden = interlock(o);
    const bool is_asked = o->mode == SW_OUTPUT_ON || any(o->holds, o->n_watched);

    o->cleared_us = is_asked ? -1 : SW_MAX(o->cleared_us, 0);
    o->is_wanted = false;
    if (o->mode == SW_OUTPUT_OFF) {
        o->reason = SW_OUTPUT_MANUAL;
    } else if (forbidden != SW_OUTPUT_START) {
        o->reason = forbidden;
    } else if (o->conf.longest_on_us > 0 && o->on_us >= o->conf.longest_on_us) {
        o->reason = SW_OUTPUT_LONGEST_ON;
        if (o->mode == SW_OUTPUT_ON)
            o->mode = SW_OUTPUT_AUTO;
    } else if (!is_asked && o->cleared_us >= o->conf.hold_us) {
        o->reason = SW_OUTPUT_CLEARED;
    } else {
        o->is_wanted = true;
        o->reason = o->mode == SW_OUTPUT_ON ? SW_OUTPUT_MANUAL : SW_OUTPUT_RULE;
    }
    if (!o->is_wanted) /* what went off while it was asked for goes on again only when it is asked for anew or still */
        memset(o->holds, 0, sizeof(o->holds));
}

/* Nothing asks for it: what kept it off while something did is no reason any more. */
static enum sw_output_reason at_ease(enum sw_output_reason was)
{
    return was == SW_OUTPUT_START || was == SW_OUTPUT_LONGEST_ON ? was : SW_OUTPUT_CLEARED;
}

static void decide_off(struct sw_output *o)
{
    const enum sw_output_reason forbidden = interlock(o);

    /* Who ordered it by hand in frost has long gone when the sun has thawed it: water must not start on nobody's word.
     */
    if (o->mode == SW_OUTPUT_ON && o->conf.longest_on_us > 0 &&
        o->waited_us > SW_MAX(o->conf.longest_on_us, o->conf.rest_us))
        o->mode = SW_OUTPUT_AUTO;
    if (o->mode == SW_OUTPUT_OFF) {
        o->reason = SW_OUTPUT_MANUAL;
    } else if (o->mode == SW_OUTPUT_AUTO && !any(o->asks, o->n_watched)) {
        o->reason = at_ease(o->reason);
    } else if (forbidden != SW_OUTPUT_START) {
        o->reason = forbidden;
    } else if (o->is != SW_OUTPUT_IS_OFF) {
        o->reason = o->has_failed ? SW_OUTPUT_FAILED : o->reason;
    } else if (o->off_us < o->conf.rest_us) {
        o->reason = o->reason == SW_OUTPUT_LONGEST_ON ? o->reason : SW_OUTPUT_RESTING; /* why it must rest */
    } else {
        o->is_wanted = true;
        o->reason = o->mode == SW_OUTPUT_ON ? SW_OUTPUT_MANUAL : SW_OUTPUT_RULE;
        o->on_us = 0;
        o->cleared_us = -1;
        for (size_t i = 0; i < o->n_watched; i++)
            o->holds[i] = o->asks[i];
    }
}

bool sw_output_look(struct sw_output *o, int64_t now_us, int64_t steady_us, int32_t day)
{
    const bool was_wanted = o->is_wanted, is_first = o->since_us == INT64_MIN;
    const enum sw_output_reason was = o->reason;
    const enum sw_output_mode mode_was = o->mode;

    pass_time(o, now_us, steady_us, day);
    if (o->is_wanted)
        decide_on(o);
    else
        decide_off(o);
    if (is_first || o->is_wanted != was_wanted || o->reason != was)
        o->since_us = now_us;
    return is_first || o->is_wanted != was_wanted || o->reason != was || o->mode != mode_was;
}

int64_t sw_output_rest_until_us(const struct sw_output *o)
{
    if (o->is_wanted || o->is != SW_OUTPUT_IS_OFF || o->off_us >= o->conf.rest_us || o->now_us == INT64_MIN)
        return INT64_MIN;
    return o->now_us + o->conf.rest_us - o->off_us;
}

/* ---- over a restart ---- */

static bool was_off(const struct sw_output *o)
{
    return !o->is_wanted && o->is == SW_OUTPUT_IS_OFF;
}

size_t sw_output_write(const struct sw_output *o, char *buf, size_t cap)
{
    const int len = snprintf(buf, cap, "v1 mode=%s is=%s at=%" PRId64 " off=%" PRId64 " today=%" PRId64 " day=%" PRId32,
                             modes[o->mode], was_off(o) ? "off" : "unknown", o->now_us, was_off(o) ? o->off_us : 0,
                             o->today_us, o->day);

    return len > 0 && (size_t) len < cap ? (size_t) len : 0;
}

int sw_output_read(struct sw_output *o, const char *text, size_t len, int64_t now_us, struct sw_err *err)
{
    char copy[SW_OUTPUT_TEXT_MAX], mode_name[8], is_name[8];
    int64_t at_us, off_us, today_us;
    int32_t day;
    int end = 0, mode;

    if (len == 0 || len >= sizeof(copy))
        return sw_err_set(err, SW_E_INVAL, 0, "a text of %zu bytes is no output's", len);
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (sscanf(copy, "v1 mode=%7s is=%7s at=%20" SCNd64 " off=%20" SCNd64 " today=%20" SCNd64 " day=%10" SCNd32 "%n",
               mode_name, is_name, &at_us, &off_us, &today_us, &day, &end) != 6 ||
        copy[end] != '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is no state of an output", copy);
    mode = sw_output_mode_from_name(mode_name);
    if (mode < 0 || off_us < 0 || today_us < 0 || off_us > INT64_MAX / 4 || today_us > SW_S_PER_DAY * 2 * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' holds what no output can be", copy);
    o->mode = mode == SW_OUTPUT_ON ? SW_OUTPUT_AUTO : (enum sw_output_mode) mode;
    o->today_us = today_us;
    o->day = day;
    o->keeps_rest = strcmp(is_name, "off") == 0;
    /* Nobody switched it while the program did not run; a clock that went back tells nothing about how long that was.
     */
    o->off_us = o->keeps_rest && at_us >= 0 && now_us > at_us ? off_us + (now_us - at_us) : off_us;
    return SW_OK;
}
