// SPDX-License-Identifier: Apache-2.0
/* Readings of a recurrence rule. Minutes, hours and days are plain steps on the clock with filters; weeks and the
 * numbered weeks of a year are sets of days; days of months and years come from libical. A day's times are
 * BYHOUR × BYMINUTE × BYSECOND. Every search has a ceiling of steps. */
#include "cli/schedule_rule.h"

#include <stdlib.h>

#include "common/macros.h"
#include "common/timefmt.h"

#define STEPS_MAX 2000000 /* looked at for one rule */
#define SET_MAX 400       /* days of one week or year */

struct sw_rule {
    struct sw_rule_parts p;
    struct sw_local start;
    int64_t end_local_s; /* nothing beyond */
    struct sw_ical_days *days;
    int64_t step_s, at_s; /* of minutes, hours, days and weeks: the next step to look at */
    int year;             /* of numbered weeks: the next year to look at */
    size_t n_set, next_in_set;
    int64_t set[SET_MAX]; /* days of the week or year at hand */
    int64_t day_s;        /* of days: the day whose times are given */
    bool has_day;
    size_t n_times, next_time;
    int32_t times[SW_RULE_TIMES_MAX]; /* seconds after the day's, hour's or minute's beginning */
    int given;                        /* for COUNT */
    int64_t steps, last_s;
};

static int64_t floor_to(int64_t s, int64_t unit)
{
    const int64_t rest = s % unit;

    return s - (rest < 0 ? rest + unit : rest);
}

static struct sw_civil civil_of(int64_t local_s)
{
    static struct sw_zone utc; /* a table of one span */
    struct sw_civil c;

    if (utc.n == 0)
        sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, local_s * SW_US_PER_S, &c);
    return c;
}

static int weekday_of(int64_t local_s)
{
    return civil_of(local_s).weekday;
}

/* The list of a BY… part, or the one value that DTSTART has. */
static size_t or_own(const short *list, size_t n, short own, const short **ret, short *room)
{
    *room = own;
    *ret = n > 0 ? list : room;
    return n > 0 ? n : 1;
}

/* Seconds at which a day (an hour, a minute) has occurrences. */
static int fill_times(struct sw_rule *r, const char *text, struct sw_err *err)
{
    const int64_t of_day = r->start.s - floor_to(r->start.s, SW_S_PER_DAY);
    const struct sw_rule_parts *p = &r->p;
    const short *hours, *minutes, *seconds;
    short own[3];
    const short zero = 0;
    size_t n_hours = 1, n_minutes = 1, n_seconds;

    hours = minutes = &zero;
    if (p->freq >= SW_RULE_DAILY)
        n_hours = or_own(p->hours, p->n_hours, (short) (of_day / 3600), &hours, &own[0]);
    if (p->freq != SW_RULE_MINUTELY)
        n_minutes = or_own(p->minutes, p->n_minutes, (short) (of_day / 60 % 60), &minutes, &own[1]);
    n_seconds = or_own(p->seconds, p->n_seconds, (short) (of_day % 60), &seconds, &own[2]);
    if (n_hours * n_minutes * n_seconds > SW_RULE_TIMES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is too frequent: %zu times a day", text,
                          n_hours * n_minutes * n_seconds);
    for (size_t h = 0; h < n_hours; h++)
        for (size_t m = 0; m < n_minutes; m++)
            for (size_t s = 0; s < n_seconds; s++)
                r->times[r->n_times++] = hours[h] * 3600 + minutes[m] * 60 + seconds[s];
    if (r->start.is_date && (p->n_hours > 0 || p->n_minutes > 0 || p->n_seconds > 0))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' gives times of the day, but DTSTART is a day as a whole", text);
    return SW_OK;
}

/* Numbered weeks of a year are counted here, all else of a year by libical. */
static bool is_weeks_of_year(const struct sw_rule_parts *p)
{
    return p->freq == SW_RULE_YEARLY && p->n_weeks > 0;
}

/* Where the steps begin. Without COUNT the past may be jumped over by whole steps. */
static void begin_steps(struct sw_rule *r, int64_t from_local_s)
{
    static const int64_t units_s[] = {60, 3600, SW_S_PER_DAY, 7 * SW_S_PER_DAY};
    const int64_t unit_s = units_s[r->p.freq];

    r->step_s = unit_s * r->p.interval;
    r->at_s = floor_to(r->start.s, SW_MIN(unit_s, SW_S_PER_DAY));
    if (r->p.freq == SW_RULE_WEEKLY)
        r->at_s -= (weekday_of(r->at_s) - r->p.week_start + 7) % 7 * SW_S_PER_DAY;
    if (r->p.count == 0 && from_local_s > r->at_s)
        r->at_s += (from_local_s - r->at_s) / r->step_s * r->step_s;
}

/* Parts that RFC 5545 forbids together, or that are not read. NULL = they go together */
static const char *breach_of(const struct sw_rule *r)
{
    const struct sw_rule_parts *p = &r->p;

    if (p->n_set_pos > 0 && (p->freq < SW_RULE_WEEKLY || r->n_times > 1))
        return "BYSETPOS is read for weeks, months and years with one time a day";
    if (p->n_weeks > 0 && p->freq != SW_RULE_YEARLY)
        return "BYWEEKNO goes with FREQ=YEARLY only";
    if (p->has_positions && (p->freq < SW_RULE_MONTHLY || p->n_weeks > 0))
        return "BYDAY with numbers goes with months and years only";
    if (r->start.is_date && p->freq < SW_RULE_DAILY)
        return "hours and minutes do not go with a DTSTART that is a day as a whole";
    return NULL;
}

static int begin(struct sw_rule *r, const char *text, int64_t from_local_s, struct sw_err *err)
{
    int rc = fill_times(r, text, err);
    const char *breach = rc >= 0 ? breach_of(r) : NULL;

    if (breach != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s': %s", text, breach);
    if (rc < 0)
        return rc;
    if (is_weeks_of_year(&r->p))
        r->year = civil_of(r->start.s).year - r->p.interval; /* a year's last week reaches into the next */
    else if (r->p.freq <= SW_RULE_WEEKLY)
        begin_steps(r, from_local_s);
    else
        return sw_ical_days_new(text, r->start.s, r->end_local_s, &r->days, err);
    return SW_OK;
}

int sw_rule_new(const char *text, const struct sw_local *start, int64_t from_utc_s, int64_t to_utc_s,
                struct sw_rule **ret, struct sw_err *err)
{
    struct sw_rule *r = calloc(1, sizeof(*r));
    int rc;

    if (r == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    r->start = *start;
    r->last_s = INT64_MIN;
    r->end_local_s = sw_utc_to_local_s(start->zone, to_utc_s) + SW_S_PER_DAY;
    rc = sw_ical_rule_parse(text, &r->p, err);
    if (rc >= 0)
        rc = begin(r, text, sw_utc_to_local_s(start->zone, from_utc_s) - SW_S_PER_DAY, err);
    if (rc < 0) {
        sw_rule_free(r);
        return rc;
    }
    *ret = r;
    return SW_OK;
}

struct sw_rule *sw_rule_free(struct sw_rule *r)
{
    if (r != NULL) {
        sw_ical_days_free(r->days);
        free(r);
    }
    return NULL;
}

static bool holds(const short *list, size_t n, int value, int from_end)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == value || list[i] == from_end)
            return true;
    return n == 0;
}

static int month_length(int year, int month)
{
    const int64_t next = month == 12 ? sw_days_from_civil(year + 1, 1, 1) : sw_days_from_civil(year, month + 1, 1);

    return (int) (next - sw_days_from_civil(year, month, 1));
}

/* Does a step or a day of a set pass the rule's filters? */
static bool passes(const struct sw_rule_parts *p, int64_t local_s)
{
    const struct sw_civil c = civil_of(local_s);
    const int64_t new_year = sw_days_from_civil(c.year, 1, 1);
    const int year_day = (int) (sw_days_from_civil(c.year, c.month, c.day) - new_year) + 1;
    const int year_length = (int) (sw_days_from_civil(c.year + 1, 1, 1) - new_year);

    return holds(p->months, p->n_months, c.month, c.month) &&
           holds(p->month_days, p->n_month_days, c.day, c.day - month_length(c.year, c.month) - 1) &&
           holds(p->year_days, p->n_year_days, year_day, year_day - year_length - 1) &&
           (p->weekdays == 0 || (p->weekdays >> c.weekday & 1)) &&
           (p->freq >= SW_RULE_DAILY || holds(p->hours, p->n_hours, c.hour, c.hour)) &&
           (p->freq != SW_RULE_MINUTELY || holds(p->minutes, p->n_minutes, c.minute, c.minute));
}

/* Seven days to the set, those that pass. Without BYDAY the weekday is DTSTART's. */
static void add_week(struct sw_rule *r, int64_t monday_or_wkst_s)
{
    const int own = weekday_of(r->start.s);

    for (int d = 0; d < 7 && r->n_set < SET_MAX; d++) {
        const int64_t day_s = monday_or_wkst_s + d * SW_S_PER_DAY;

        if (passes(&r->p, day_s) && (r->p.weekdays != 0 || weekday_of(day_s) == own))
            r->set[r->n_set++] = day_s;
    }
}

/* Week 1 has at least four days in its year (ISO 8601, with another first day of the week). */
static int64_t first_week(const struct sw_rule *r, int year)
{
    const int64_t jan4_s = sw_days_from_civil(year, 1, 4) * SW_S_PER_DAY;

    return jan4_s - (weekday_of(jan4_s) - r->p.week_start + 7) % 7 * SW_S_PER_DAY;
}

static void add_weeks_of_year(struct sw_rule *r, int year)
{
    const int64_t week1_s = first_week(r, year);
    const int n = (int) ((first_week(r, year + 1) - week1_s) / (7 * SW_S_PER_DAY));

    for (int w = 1; w <= n; w++)
        if (holds(r->p.weeks, r->p.n_weeks, w, w - n - 1))
            add_week(r, week1_s + (w - 1) * 7 * SW_S_PER_DAY);
}

/* Of the whole set, also of its days before DTSTART, those at the positions. */
static void take_positions(struct sw_rule *r)
{
    size_t n = 0;

    for (size_t i = 0; r->p.n_set_pos > 0 && i < r->n_set; i++)
        if (holds(r->p.set_pos, r->p.n_set_pos, (int) i + 1, (int) i - (int) r->n_set))
            r->set[n++] = r->set[i];
    if (r->p.n_set_pos > 0)
        r->n_set = n;
}

/* The next week or year. @return false: beyond the end */
static bool fill_set(struct sw_rule *r)
{
    r->n_set = r->next_in_set = 0;
    if (is_weeks_of_year(&r->p)) {
        if (first_week(r, r->year) > r->end_local_s)
            return false;
        add_weeks_of_year(r, r->year);
        r->year += r->p.interval;
    } else {
        if (r->at_s > r->end_local_s)
            return false;
        add_week(r, r->at_s);
        r->at_s += r->step_s;
    }
    take_positions(r);
    return true;
}

/* The next beginning of a day, hour or minute that has occurrences. @return 1, 0 the end, SW_E_FULL */
static int next_day(struct sw_rule *r, struct sw_err *err)
{
    if (r->days != NULL)
        return sw_ical_days_next(r->days, &r->day_s) ? 1 : 0;
    if (r->p.freq >= SW_RULE_WEEKLY) {
        while (r->next_in_set == r->n_set)
            if (!fill_set(r))
                return 0;
        r->day_s = r->set[r->next_in_set++];
        return 1;
    }
    for (; r->at_s <= r->end_local_s; r->at_s += r->step_s) {
        if (++r->steps > STEPS_MAX)
            return sw_err_set(err, SW_E_FULL, 0, "the rule is too frequent: more than %d steps from DTSTART on",
                              STEPS_MAX);
        if (!passes(&r->p, r->at_s))
            continue;
        r->day_s = r->at_s;
        r->at_s += r->step_s;
        return 1;
    }
    return 0;
}

static bool is_past_until(const struct sw_rule *r, int64_t local_s)
{
    if (!r->p.has_until)
        return false;
    if (r->p.has_utc_until)
        return sw_local_to_utc_s(r->start.zone, local_s) > r->p.until.s;
    return local_s > r->p.until.s + (r->p.until.is_date ? SW_S_PER_DAY - 1 : 0);
}

int sw_rule_next(struct sw_rule *r, int64_t *ret_local_s, struct sw_err *err)
{
    for (;;) {
        int64_t s;

        if (r->p.count > 0 && r->given >= r->p.count)
            return 0;
        if (!r->has_day) {
            const int rc = next_day(r, err);

            if (rc <= 0)
                return rc;
            r->has_day = true;
            r->next_time = 0;
        }
        s = r->day_s + r->times[r->next_time];
        if (++r->next_time == r->n_times)
            r->has_day = false;
        if (s < r->start.s || s <= r->last_s)
            continue;
        /* A day more: on the night when the clock goes back, UTC may still be below UNTIL. */
        if (s > r->end_local_s || (r->p.has_until && is_past_until(r, s - SW_S_PER_DAY)))
            return 0;
        r->last_s = s;
        r->given++;
        if (is_past_until(r, s))
            continue;
        *ret_local_s = s;
        return 1;
    }
}
