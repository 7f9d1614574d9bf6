// SPDX-License-Identifier: Apache-2.0
/* Recurrence rules by libical: their text, and the days of months and years. It is given days without a zone, because
 * its own zones end in 2037; times of the day are kept away from it, because it may search for minutes when they never
 * fit; and days, weeks and week numbers, because libical 3.0 counts some of them wrongly (tests/system/
 * test_schedule_oracle.py names the rules). */
#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

#include "cli/schedule_rule.h"
#include "common/macros.h"
#include "common/timefmt.h"

struct sw_ical_days {
    icalrecur_iterator *it;
};

/* The list without its end mark, in order, each value once. @return how many; SIZE_MAX = outside of [low, high] */
static size_t take_list(const short *from, size_t from_cap, int low, int high, short *to, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < from_cap && from[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        size_t at = 0;

        if (from[i] < low || from[i] > high)
            return SIZE_MAX;
        while (at < n && to[at] < from[i])
            at++;
        if (at < n && to[at] == from[i])
            continue;
        if (n == cap)
            return SIZE_MAX;
        memmove(to + at + 1, to + at, (n - at) * sizeof(*to));
        to[at] = from[i];
        n++;
    }
    return n;
}

static int64_t local_of(struct icaltimetype t)
{
    return sw_days_from_civil(t.year, t.month, t.day) * SW_S_PER_DAY +
           (t.is_date ? 0 : t.hour * 3600 + t.minute * 60 + SW_MIN(t.second, 59));
}

static void take_weekdays(const struct icalrecurrencetype *rule, struct sw_rule_parts *ret)
{
    for (size_t i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        const int day = (int) icalrecurrencetype_day_day_of_week(rule->by_day[i]);

        ret->weekdays |= (uint8_t) (1U << ((day + 5) % 7)); /* libical: Sunday is 1 */
        if (icalrecurrencetype_day_position(rule->by_day[i]) != 0)
            ret->has_positions = true;
    }
}

static int take_lists(const struct icalrecurrencetype *rule, struct sw_rule_parts *p, struct sw_err *err)
{
    p->n_hours = take_list(rule->by_hour, ICAL_BY_HOUR_SIZE, 0, 23, p->hours, SW_ARRAY_SIZE(p->hours));
    p->n_minutes = take_list(rule->by_minute, ICAL_BY_MINUTE_SIZE, 0, 59, p->minutes, SW_ARRAY_SIZE(p->minutes));
    p->n_seconds = take_list(rule->by_second, ICAL_BY_SECOND_SIZE, 0, 59, p->seconds, SW_ARRAY_SIZE(p->seconds));
    p->n_months = take_list(rule->by_month, ICAL_BY_MONTH_SIZE, 1, 12, p->months, SW_ARRAY_SIZE(p->months));
    p->n_month_days =
        take_list(rule->by_month_day, ICAL_BY_MONTHDAY_SIZE, -31, 31, p->month_days, SW_ARRAY_SIZE(p->month_days));
    p->n_year_days =
        take_list(rule->by_year_day, ICAL_BY_YEARDAY_SIZE, -366, 366, p->year_days, SW_ARRAY_SIZE(p->year_days));
    if (p->n_hours == SIZE_MAX || p->n_minutes == SIZE_MAX || p->n_seconds == SIZE_MAX || p->n_months == SIZE_MAX ||
        p->n_month_days == SIZE_MAX || p->n_year_days == SIZE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "a BY… value of the rule is out of its range");
    p->n_weeks = take_list(rule->by_week_no, ICAL_BY_WEEKNO_SIZE, -53, 53, p->weeks, SW_ARRAY_SIZE(p->weeks));
    p->n_set_pos = take_list(rule->by_set_pos, ICAL_BY_SETPOS_SIZE, -366, 366, p->set_pos, SW_ARRAY_SIZE(p->set_pos));
    if (p->n_weeks == SIZE_MAX || p->n_set_pos == SIZE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "a BY… value of the rule is out of its range");
    p->week_start = ((int) rule->week_start + 5) % 7; /* libical: Sunday is 1 */
    take_weekdays(rule, p);
    return SW_OK;
}

static void clear(struct icalrecurrencetype *rule)
{
    free(rule->rscale);
    rule->rscale = NULL;
}

static int parse(const char *text, struct icalrecurrencetype *ret, struct sw_err *err)
{
    icalerror_set_errors_are_fatal(false);
    if (strcasestr(text, "RSCALE") != NULL || strcasestr(text, "SKIP") != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "RSCALE and SKIP are of RFC 7529, which is not read here");
    *ret = icalrecurrencetype_from_string(text);
    if (ret->freq == ICAL_NO_RECURRENCE || ret->interval < 1) {
        clear(ret);
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is no rule of RFC 5545 (FREQ=WEEKLY;BYDAY=MO,TU)", text);
    }
    if (ret->freq == ICAL_SECONDLY_RECURRENCE) {
        clear(ret);
        return sw_err_set(err, SW_E_INVAL, 0, "FREQ=SECONDLY is too frequent for a work schedule");
    }
    return SW_OK;
}

static enum sw_rule_freq freq_of(icalrecurrencetype_frequency f)
{
    switch (f) {
    case ICAL_MINUTELY_RECURRENCE:
        return SW_RULE_MINUTELY;
    case ICAL_HOURLY_RECURRENCE:
        return SW_RULE_HOURLY;
    case ICAL_DAILY_RECURRENCE:
        return SW_RULE_DAILY;
    case ICAL_WEEKLY_RECURRENCE:
        return SW_RULE_WEEKLY;
    case ICAL_MONTHLY_RECURRENCE:
        return SW_RULE_MONTHLY;
    default:
        return SW_RULE_YEARLY;
    }
}

int sw_ical_rule_parse(const char *text, struct sw_rule_parts *ret, struct sw_err *err)
{
    struct icalrecurrencetype rule;
    struct sw_rule_parts p = {0};
    int rc = parse(text, &rule, err);

    if (rc < 0)
        return rc;
    p.freq = freq_of(rule.freq);
    p.interval = rule.interval;
    p.count = rule.count;
    p.has_until = !icaltime_is_null_time(rule.until);
    if (p.has_until) {
        if (rule.until.month < 1 || rule.until.month > 12 || rule.until.day < 1 ||
            rule.until.day > icaltime_days_in_month(rule.until.month, rule.until.year))
            rc = sw_err_set(err, SW_E_INVAL, 0, "UNTIL of '%.80s' is no date", text);
        else
            p.until = (struct sw_local){.s = local_of(rule.until), .is_date = rule.until.is_date};
        p.has_utc_until = icaltime_is_utc(rule.until) && !rule.until.is_date;
    }
    if (rc >= 0)
        rc = take_lists(&rule, &p, err);
    clear(&rule);
    if (rc >= 0)
        *ret = p;
    return rc;
}

static struct icaltimetype day_of(int64_t local_s)
{
    struct icaltimetype t = icaltime_null_time();
    struct sw_civil c;
    static struct sw_zone utc; /* a table of one span */

    if (utc.n == 0)
        sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, local_s * SW_US_PER_S, &c);
    t.year = c.year;
    t.month = c.month;
    t.day = c.day;
    t.is_date = 1;
    return t;
}

int sw_ical_days_new(const char *text, int64_t start_local_s, int64_t end_local_s, struct sw_ical_days **ret,
                     struct sw_err *err)
{
    struct icalrecurrencetype rule;
    struct sw_ical_days *d;
    int rc = parse(text, &rule, err);

    if (rc < 0)
        return rc;
    d = calloc(1, sizeof(*d));
    if (d == NULL) {
        clear(&rule);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    }
    rule.count = 0;
    rule.until = day_of(end_local_s);
    rule.by_hour[0] = rule.by_minute[0] = rule.by_second[0] = ICAL_RECURRENCE_ARRAY_MAX;
    d->it = icalrecur_iterator_new(rule, day_of(start_local_s));
    clear(&rule);
    if (d->it == NULL) {
        free(d);
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s': parts of the rule do not go together, or no day ever fits",
                          text);
    }
    *ret = d;
    return SW_OK;
}

struct sw_ical_days *sw_ical_days_free(struct sw_ical_days *d)
{
    if (d != NULL) {
        icalrecur_iterator_free(d->it);
        free(d);
    }
    return NULL;
}

bool sw_ical_days_next(struct sw_ical_days *d, int64_t *ret_local_s)
{
    const struct icaltimetype t = icalrecur_iterator_next(d->it);

    if (icaltime_is_null_time(t))
        return false;
    *ret_local_s = local_of(t);
    return true;
}
