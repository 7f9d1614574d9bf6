// SPDX-License-Identifier: Apache-2.0
/* From words to the instant that was meant: which day, which hour, and of two the one that lies behind us. */
#include "hub/when.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "hub/when_int.h"

#define DAY_US (24 * WHEN_HOUR_US)
#define EXAMPLES "say it as 昨晚11点, 刚才, 今早六点半, 20:30, last night 11pm or 2026-03-02T23:40:00+08:00"

/* Hours of a part of the day; above 24 is the next day's. LATE is what "last night" and 昨晚 mean. */
static const struct {
    int from, to;
} hours[] = {[ANY] = {0, 24},        [DAWN] = {0, 6},   [MORNING] = {6, 12},  [NOON] = {11, 13},
             [AFTERNOON] = {12, 18}, [DUSK] = {17, 20}, [EVENING] = {18, 24}, [LATE] = {20, 30},
             [NIGHT] = {22, 30},     [AM] = {0, 12},    [PM] = {12, 24}};

/* ---- deciding ---- */

/* Local days and hours; an hour that does not exist (clocks forward) is the one after, one that is twice the first. */
static int64_t to_utc(const struct sw_zone *zone, int64_t day, int64_t hour, int minute)
{
    const int64_t local_s = day * 86400 + hour * 3600 + (int64_t) minute * 60;
    const int64_t guess_s = local_s - sw_zone_offset_s(zone, local_s - 86400);
    const int64_t other_s = local_s - sw_zone_offset_s(zone, guess_s);

    if (guess_s + sw_zone_offset_s(zone, guess_s) == local_s)
        return guess_s * SW_US_PER_S;
    return other_s * SW_US_PER_S;
}

/* The local day that was told. @return WHEN_NONE there is no such day */
static int64_t day_of(const struct when_said *s, const struct sw_civil *now, int64_t today)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = s->year, month = s->month, weekday = s->weekday;
    int64_t day;

    if (s->mday > 0) {
        if (month == 0)
            month = s->mday <= now->day ? now->month : now->month == 1 ? 12 : now->month - 1;
        if (month < 1 || month > 12 || s->mday > lengths[month - 1] || (year && (year < 1970 || year > 9999)))
            return WHEN_NONE;
        day = sw_days_from_civil(year ? year : now->year, month, s->mday);
        return !year && day > today ? sw_days_from_civil(now->year - 1, month, s->mday) : day;
    }
    if (weekday == WHEN_NONE)
        return today + (s->day == WHEN_NONE ? 0 : s->day);
    day = today - now->weekday + weekday;
    if (s->is_last_week)
        return day - 7;
    return day > today ? day - 7 : day;
}

/* The hour of the day as the part says; from 24 on it is the next day's. */
static int hour_of(const struct when_said *s)
{
    const int h = s->hour;

    if (s->half == AM || s->half == PM) {
        const int of_day = (h == 12 ? 0 : h) + (s->half == PM ? 12 : 0);

        return (s->part == LATE || s->part == NIGHT) && of_day < 6 ? of_day + 24 : of_day;
    }
    switch (s->part) {
    case DAWN:
        return h == 12 ? 0 : h;
    case NOON:
        return h < 6 ? h + 12 : h;
    case AFTERNOON:
    case DUSK:
        return h < 12 ? h + 12 : h;
    case EVENING:
    case LATE:
    case NIGHT:
        return h == 12 || h < 5 ? (h == 12 ? 24 : h + 24) : h < 12 ? h + 12 : h;
    default:
        return h;
    }
}

static int refuse(const char *text, const char *why, struct sw_err *err)
{
    return sw_err_set(err, SW_E_INVAL, 0, "the time '%.60s' %s: " EXAMPLES, text, why);
}

static int decide_hour(const struct when_said *s, int64_t day, int64_t now_us, const struct sw_zone *zone, int64_t *ret)
{
    const bool is_day_told = s->day != WHEN_NONE || s->mday > 0 || s->weekday != WHEN_NONE;
    const bool is_late = s->part == EVENING || s->part == LATE || s->part == NIGHT;
    const bool is_half_open = s->part == ANY && s->half == ANY && !s->is_24h && s->hour >= 1 && s->hour <= 12;
    int hour = hour_of(s), minute = s->minute == WHEN_NONE ? 0 : s->minute;

    if (s->hour < 0 || s->hour > 24 || minute < -15 || minute > 59 ||
        (s->half != ANY && (s->hour > 12 || s->hour == 0)))
        return SW_E_INVAL;
    if (minute < 0) {
        hour--;
        minute += 60;
    }
    *ret = to_utc(zone, day, hour, minute);
    if (!is_day_told && is_half_open && s->hour < 12 && to_utc(zone, day, hour + 12, minute) <= now_us)
        *ret = to_utc(zone, day, hour + 12, minute);
    /* "tonight 1 o'clock", said at 3: an hour of this night lies behind us */
    if (*ret > now_us && hour >= 24 && is_late)
        *ret = to_utc(zone, day, hour - 24, minute);
    /* "tonight 11", said after midnight; "23:00", said in the morning */
    if (*ret > now_us && (!is_day_told || (s->day == 0 && is_late)))
        *ret = to_utc(zone, day - 1, !is_day_told && is_half_open && s->hour < 12 ? hour + 12 : hour, minute);
    return SW_OK;
}

static void decide_span(const struct when_said *s, int64_t day, int64_t now_us, const struct sw_zone *zone,
                        struct hub_when *ret)
{
    const bool is_day_told = s->day != WHEN_NONE || s->mday > 0 || s->weekday != WHEN_NONE;
    const bool is_late = s->part == EVENING || s->part == LATE || s->part == NIGHT;
    const enum when_part part = s->part != ANY ? s->part : s->half;

    ret->from_us = to_utc(zone, day, hours[part].from, 0);
    ret->to_us = to_utc(zone, day, hours[part].to, 0);
    if (ret->from_us > now_us && (!is_day_told || (s->day == 0 && is_late))) {
        ret->from_us = to_utc(zone, day - 1, hours[part].from, 0);
        ret->to_us = to_utc(zone, day - 1, hours[part].to, 0);
    }
    ret->to_us = SW_MIN(ret->to_us, now_us);
    ret->at_us = ret->from_us + (ret->to_us - ret->from_us) / 2;
    ret->is_span = true;
}

/* Lower case, full-width digits and letters as plain ones, one kind of space. */
static void fold(const char *text, char *to)
{
    for (; *text; text++) {
        const unsigned char *u = (const unsigned char *) text;

        if (u[0] == 0xef && (u[1] == 0xbc || u[1] == 0xbd) && u[2] >= 0x80) { /* U+FF00 … U+FF7F */
            const int c = ((u[1] - 0xbc) << 6) + (u[2] - 0x80) + 0x20;

            if (isdigit(c) || isalpha(c) || c == ':') {
                *to++ = (char) tolower(c);
                text += 2;
                continue;
            }
        }
        *to++ = (char) (*text == '\t' ? ' ' : u[0] < 0x80 ? tolower(u[0]) : *text);
    }
    *to = '\0';
}

int hub_when(const char *text, int64_t now_us, const struct sw_zone *zone, struct hub_when *ret, struct sw_err *err)
{
    const int64_t local_us = now_us + sw_zone_offset_s(zone, now_us / SW_US_PER_S) * SW_US_PER_S;
    const int64_t today = local_us / DAY_US;
    char folded[HUB_WHEN_TEXT_MAX + 1];
    struct sw_civil now;
    struct when_said s;
    int64_t day;

    *ret = (struct hub_when){0};
    if (strlen(text) > HUB_WHEN_TEXT_MAX)
        return refuse(text, "is too long", err);
    if (sw_time_parse(text, strlen(text), &ret->at_us, NULL) == SW_OK)
        return ret->at_us > now_us ? refuse(text, "lies in the future", err) : SW_OK;
    fold(text, folded);
    if (!when_read(folded, &s))
        return refuse(text, "was not understood", err);
    sw_civil_from_utc(zone, now_us, &now);
    day = day_of(&s, &now, today);
    if (day == WHEN_NONE)
        return refuse(text, "names no day that there is", err);
    if (s.ago_us >= 0)
        ret->at_us = now_us - s.ago_us;
    else if (s.hour == WHEN_NONE)
        decide_span(&s, day, now_us, zone, ret);
    else if (decide_hour(&s, day, now_us, zone, &ret->at_us) < 0)
        return refuse(text, "names no hour that there is", err);
    if (ret->at_us > now_us || (ret->is_span && ret->from_us >= now_us))
        return refuse(text, "lies in the future", err);
    return ret->at_us < 0 ? refuse(text, "lies too far back", err) : SW_OK;
}
