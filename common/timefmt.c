// SPDX-License-Identifier: Apache-2.0
/* RFC 3339 text and the civil calendar, by integer arithmetic alone. */
#include "common/timefmt.h"

#include <stdbool.h>
#include <string.h>

#include "common/macros.h"

/* Algorithm: count days in 400-year eras with the year starting in March, so that the leap day comes last. */
int64_t sw_days_from_civil(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, struct sw_civil *ret)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    ret->day = (int) (doy - (153 * mp + 2) / 5 + 1);
    ret->month = (int) (mp < 10 ? mp + 3 : mp - 9);
    ret->year = (int) (yoe + era * 400 + (ret->month <= 2));
    ret->weekday = (int) (((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void sw_civil_from_utc(const struct sw_zone *zone, int64_t utc_us, struct sw_civil *ret)
{
    int64_t utc_s = floor_div(utc_us, SW_US_PER_S);
    int64_t local_s = utc_s + (zone ? sw_zone_offset_s(zone, utc_s) : 0);
    int64_t days = floor_div(local_s, SW_S_PER_DAY);
    int sod = (int) (local_s - days * SW_S_PER_DAY);

    civil_from_days(days, ret);
    ret->hour = sod / 3600;
    ret->minute = sod / 60 % 60;
    ret->second = sod % 60;
    /* by the remainder: utc_s times a million overflows at the very beginning of what int64_t holds */
    ret->ms = (int) ((utc_us % SW_US_PER_S + SW_US_PER_S) % SW_US_PER_S / SW_US_PER_MS);
}

static char *put_digits(char *p, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        p[i] = (char) ('0' + value % 10);
        value /= 10;
    }
    return p + width;
}

size_t sw_time_format(const struct sw_zone *zone, int64_t utc_us, char *buf)
{
    struct sw_civil c;
    int offset_s = zone ? sw_zone_offset_s(zone, floor_div(utc_us, SW_US_PER_S)) : 0;
    int offset_min = offset_s / 60;
    char *p = buf;

    sw_civil_from_utc(zone, utc_us, &c);
    if (c.year < 0 || c.year > 9999) { /* cannot be written in RFC 3339: say so visibly rather than print nonsense */
        memcpy(buf, "0000-00-00T00:00:00.000+00:00", 30);
        return 29;
    }
    p = put_digits(p, c.year, 4);
    *p++ = '-';
    p = put_digits(p, c.month, 2);
    *p++ = '-';
    p = put_digits(p, c.day, 2);
    *p++ = 'T';
    p = put_digits(p, c.hour, 2);
    *p++ = ':';
    p = put_digits(p, c.minute, 2);
    *p++ = ':';
    p = put_digits(p, c.second, 2);
    *p++ = '.';
    p = put_digits(p, c.ms, 3);
    *p++ = offset_min < 0 ? '-' : '+';
    if (offset_min < 0)
        offset_min = -offset_min;
    p = put_digits(p, offset_min / 60, 2);
    *p++ = ':';
    p = put_digits(p, offset_min % 60, 2);
    *p = '\0';
    return (size_t) (p - buf);
}

struct scan {
    const char *p, *end;
};

/* Exactly n digits; -1 if there are others. */
static int take_digits(struct scan *s, int n)
{
    int v = 0;

    if (s->end - s->p < n)
        return -1;
    for (int i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return -1;
        v = v * 10 + (s->p[i] - '0');
    }
    s->p += n;
    return v;
}

static bool take_char(struct scan *s, char a, char b)
{
    if (s->p >= s->end || (*s->p != a && *s->p != b))
        return false;
    s->p++;
    return true;
}

static int take_fraction_us(struct scan *s)
{
    int us = 0, n = 0;

    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
        if (n < 6)
            us = us * 10 + (*s->p - '0');
        n++;
        s->p++;
    }
    if (n == 0 || n > 9)
        return -1;
    for (; n < 6; n++)
        us *= 10;
    return us;
}

/* "Z" or "+hh:mm"; false when it is neither. */
static bool take_offset_s(struct scan *s, int *ret)
{
    int sign, h, m;

    if (take_char(s, 'Z', 'z')) {
        *ret = 0;
        return true;
    }
    if (s->p >= s->end || (*s->p != '+' && *s->p != '-'))
        return false;
    sign = *s->p++ == '-' ? -1 : 1;
    h = take_digits(s, 2);
    if (h < 0 || h > 23 || !take_char(s, ':', ':'))
        return false;
    m = take_digits(s, 2);
    if (m < 0 || m > 59)
        return false;
    *ret = sign * (h * 3600 + m * 60);
    return true;
}

static int days_in_month(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

int sw_time_parse(const char *text, size_t len, int64_t *ret_utc_us, struct sw_err *err)
{
    struct scan s = {text, text + len};
    int y, mo, d, h, mi, sec, us = 0, offset_s = 0;
    int shown = (int) SW_MIN(len, (size_t) 40);

    y = take_digits(&s, 4);
    mo = y < 0 || !take_char(&s, '-', '-') ? -1 : take_digits(&s, 2);
    d = mo < 0 || !take_char(&s, '-', '-') ? -1 : take_digits(&s, 2);
    if (d < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' is no RFC 3339 time: want 2026-03-02T21:40:00+08:00", shown,
                          text);
    h = !take_char(&s, 'T', 't') && !take_char(&s, ' ', ' ') ? -1 : take_digits(&s, 2);
    mi = h < 0 || !take_char(&s, ':', ':') ? -1 : take_digits(&s, 2);
    sec = mi < 0 || !take_char(&s, ':', ':') ? -1 : take_digits(&s, 2);
    if (sec < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' has no time of day: want hh:mm:ss after the date", shown, text);
    if (mo < 1 || mo > 12 || d < 1 || d > days_in_month(y, mo) || h > 23 || mi > 59 || sec > 60)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' names a date or time that does not exist", shown, text);
    if (take_char(&s, '.', ',') && (us = take_fraction_us(&s)) < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s': want 1 to 9 digits after the point", shown, text);
    if (!take_offset_s(&s, &offset_s))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' has no offset: add Z or +08:00", shown, text);
    if (s.p != s.end)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' goes on after the offset", shown, text);
    if (sec == 60) { /* a leap second has no place in a count of 86400 s days: take its last instant */
        sec = 59;
        us = 999999;
    }
    *ret_utc_us =
        ((sw_days_from_civil(y, mo, d) * SW_S_PER_DAY) + h * 3600 + mi * 60 + sec - offset_s) * SW_US_PER_S + us;
    return SW_OK;
}
