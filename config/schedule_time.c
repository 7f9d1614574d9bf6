// SPDX-License-Identifier: Apache-2.0
/* Clock readings to instants over the table of a zone; texts of RFC 3339 without an offset and of ISO 8601 durations.
 * Pure. */
#include "config/schedule_time.h"

#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "config/text.h"

#define SPAN_DAYS_MAX 400

int64_t sw_utc_to_local_s(const struct sw_zone *zone, int64_t utc_s)
{
    return zone != NULL ? utc_s + sw_zone_offset_s(zone, utc_s) : utc_s;
}

int64_t sw_local_to_utc_s(const struct sw_zone *zone, int64_t local_s)
{
    int64_t until = INT64_MIN;

    if (zone == NULL)
        return local_s;
    /* No offset reaches a day: begin with the span of a day before and follow the changes. */
    for (int64_t at = local_s - SW_S_PER_DAY;; at = until) {
        const struct sw_zone_span *span = sw_zone_span_at(zone, at, &until);

        /* Before the change the clock runs to until + offset; a reading that the jump skips is past it, and past the
         * new offset's beginning it is not: then the old offset still says what was meant. */
        if (until == INT64_MAX || local_s < until + span->offset_s)
            return local_s - span->offset_s;
        if (local_s < until + sw_zone_offset_s(zone, until))
            return local_s - span->offset_s;
    }
}

static bool digits(const char *p, size_t n, int *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *ret = *ret * 10 + (p[i] - '0');
    }
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool date_of(const char *p, int64_t *ret_s)
{
    int year, month, day;

    if (!digits(p, 4, &year) || p[4] != '-' || !digits(p + 5, 2, &month) || p[7] != '-' || !digits(p + 8, 2, &day))
        return false;
    if (year < 1900 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    *ret_s = sw_days_from_civil(year, month, day) * SW_S_PER_DAY;
    return true;
}

int sw_local_parse(const char *text, size_t len, const struct sw_zone *zone, struct sw_local *ret, struct sw_err *err)
{
    int64_t date_s;
    int hour = 0, minute = 0, second = 0;

    if (len < 10 || !date_of(text, &date_s))
        goto bad;
    if (len > 16 && (text[len - 1] == 'Z' || text[len - 1] == 'z' || memchr(text + 16, '+', len - 16) != NULL ||
                     memchr(text + 16, '-', len - 16) != NULL)) {
        int64_t utc_us;
        const int rc = sw_time_parse(text, len, &utc_us, err);

        if (rc < 0)
            return rc;
        *ret = (struct sw_local){.s = utc_us / SW_US_PER_S - (utc_us % SW_US_PER_S < 0)};
        return SW_OK;
    }
    if (len != 10 && len != 16 && len != 19)
        goto bad;
    if (len > 10 &&
        (text[10] != 'T' || !digits(text + 11, 2, &hour) || text[13] != ':' || !digits(text + 14, 2, &minute)))
        goto bad;
    if (len == 19 && (text[16] != ':' || !digits(text + 17, 2, &second)))
        goto bad;
    if (hour > 23 || minute > 59 || second > 60)
        goto bad;
    *ret = (struct sw_local){
        .s = date_s + hour * 3600 + minute * 60 + SW_MIN(second, 59), .zone = zone, .is_date = len == 10};
    return SW_OK;
bad:
    return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' is no time: write it like 2026-03-01T06:00:00", (int) SW_MIN(len, 40),
                      text);
}

char *sw_local_format(const struct sw_local *t, char *buf, size_t cap)
{
    struct sw_civil c;
    struct sw_zone utc;

    sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, t->s * SW_US_PER_S, &c);
    if (t->is_date)
        (void) snprintf(buf, cap, "%04d-%02d-%02d", c.year, c.month, c.day);
    else
        (void) snprintf(buf, cap, "%04d-%02d-%02dT%02d:%02d:%02d%s", c.year, c.month, c.day, c.hour, c.minute, c.second,
                        t->zone == NULL ? "Z" : "");
    return buf;
}

/* One "12H" of a duration. @return bytes taken, 0 = not one */
static size_t part_of(const char *p, size_t len, int64_t *ret_n, char *ret_unit)
{
    size_t i = 0;

    *ret_n = 0;
    while (i < len && i < 9 && p[i] >= '0' && p[i] <= '9')
        *ret_n = *ret_n * 10 + (p[i++] - '0');
    if (i == 0 || i == len)
        return 0;
    *ret_unit = p[i];
    return i + 1;
}

int sw_span_parse(const char *text, size_t len, struct sw_span_text *ret, struct sw_err *err)
{
    static const char order[] = "WDHMS"; /* each at most once, in this order */
    static const int64_t seconds[] = {0, 0, 3600, 60, 1};
    struct sw_span_text d = {0};
    size_t at = 1, next = 0, taken;
    bool is_time = false;

    if (len < 3 || len > 23 || text[0] != 'P')
        goto bad;
    while (at < len) {
        int64_t n;
        char unit;

        if (text[at] == 'T' && !is_time && at + 1 < len) {
            is_time = true;
            at++;
        }
        taken = part_of(text + at, len - at, &n, &unit);
        const char *place = taken > 0 ? memchr(order + next, unit, sizeof(order) - 1 - next) : NULL;
        if (place == NULL || (place - order >= 2) != is_time)
            goto bad;
        d.days += unit == 'W' ? 7 * n : unit == 'D' ? n : 0;
        d.seconds += seconds[place - order] * n;
        next = (size_t) (place - order) + 1;
        at += taken;
    }
    if (d.days == 0 && d.seconds == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "duration '%.*s' is empty", (int) len, text);
    if (d.days + d.seconds / SW_S_PER_DAY > SPAN_DAYS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "duration '%.*s' is longer than %d days", (int) len, text, SPAN_DAYS_MAX);
    *ret = d;
    return SW_OK;
bad:
    return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' is no duration: write it like PT16H or P5D", (int) SW_MIN(len, 24),
                      text);
}

char *sw_span_format(const struct sw_span_text *d, char *buf, size_t cap)
{
    const int64_t h = d->seconds / 3600, m = d->seconds / 60 % 60, s = d->seconds % 60;
    size_t n = (size_t) snprintf(buf, cap, "P");

    if (d->days > 0 && n < cap)
        n += (size_t) snprintf(buf + n, cap - n, "%lldD", (long long) d->days);
    if (d->seconds > 0 && n < cap)
        n += (size_t) snprintf(buf + n, cap - n, "T");
    if (h > 0 && n < cap)
        n += (size_t) snprintf(buf + n, cap - n, "%lldH", (long long) h);
    if (m > 0 && n < cap)
        n += (size_t) snprintf(buf + n, cap - n, "%lldM", (long long) m);
    if (s > 0 && n < cap)
        (void) snprintf(buf + n, cap - n, "%lldS", (long long) s);
    return buf;
}

int64_t sw_local_end_utc_s(const struct sw_local *begin, const struct sw_span_text *d)
{
    return sw_local_to_utc_s(begin->zone, begin->s + d->days * SW_S_PER_DAY) + d->seconds;
}
