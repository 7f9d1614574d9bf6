// SPDX-License-Identifier: Apache-2.0
/* Working time on a site's calendar. Deadlines of tickets are made of it in desk_deadline.c. */
#include "tickets/deadline.h"

#include "common/macros.h"
#include "common/timefmt.h"
#include "rules/calendar.h"

#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)
#define WALK_MAX_DAYS 1500 /* further than any deadline or suspension: a calendar without working days ends here */

/* An instant as working time: a working day and how much of it has passed. */
struct point {
    int32_t day;
    int64_t in_day_us;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    const int64_t q = a / b;

    return q * b > a ? q - 1 : q;
}

static int32_t next_workday(const struct sw_days *days, int32_t day)
{
    for (int i = 0; i < WALK_MAX_DAYS && !sw_is_workday(days, day); i++)
        day++;
    return day;
}

static int32_t previous_workday(const struct sw_days *days, int32_t day)
{
    for (int i = 0; i < WALK_MAX_DAYS && !sw_is_workday(days, day); i++)
        day--;
    return day;
}

static struct point point_of(const struct sw_work_clock *c, int64_t t_us)
{
    const int64_t local_us = t_us + sw_zone_offset_s(c->zone, floor_div(t_us, SW_US_PER_S)) * SW_US_PER_S;
    const int32_t day = (int32_t) floor_div(local_us, DAY_US);

    if (!sw_is_workday(c->days, day))
        return (struct point){next_workday(c->days, day), 0};
    return (struct point){day, local_us - day * DAY_US};
}

static int64_t instant_of(const struct sw_work_clock *c, struct point p)
{
    const int64_t local_s = p.day * (int64_t) SW_S_PER_DAY + p.in_day_us / SW_US_PER_S;
    const int64_t t_us = sw_local_instant(c->zone, local_s), t_s = t_us / SW_US_PER_S;
    const bool is_skipped = t_s + sw_zone_offset_s(c->zone, t_s) != local_s;

    return is_skipped ? t_us : t_us + p.in_day_us % SW_US_PER_S;
}

int64_t sw_work_shift(const struct sw_work_clock *c, int64_t t_us, int64_t work_us)
{
    struct point p = point_of(c, t_us);
    const int64_t total_us = p.in_day_us + work_us;
    int64_t n = floor_div(total_us, DAY_US);

    p.in_day_us = total_us - n * DAY_US;
    n = SW_MAX(SW_MIN(n, WALK_MAX_DAYS), -WALK_MAX_DAYS);
    for (; n > 0; n--)
        p.day = next_workday(c->days, p.day + 1);
    for (; n < 0; n++)
        p.day = previous_workday(c->days, p.day - 1);
    return instant_of(c, p);
}

int64_t sw_work_days_after(const struct sw_work_clock *c, int64_t from_us, int32_t n)
{
    return sw_work_shift(c, from_us, n * DAY_US);
}

int64_t sw_work_between(const struct sw_work_clock *c, int64_t from_us, int64_t to_us)
{
    const struct point from = point_of(c, from_us), to = point_of(c, to_us);
    int64_t days = 0, length_us;

    if (to_us <= from_us)
        return 0;
    for (int32_t day = from.day; day < to.day; day++)
        days += sw_is_workday(c->days, day);
    length_us = days * DAY_US + to.in_day_us - from.in_day_us;
    return SW_MAX(length_us, 0); /* in a repeated hour the clock goes back */
}

int64_t sw_work_next_month(const struct sw_work_clock *c, int64_t t_us)
{
    struct sw_civil civil;
    int year, month;

    sw_civil_from_utc(c->zone, t_us, &civil);
    year = civil.month == 12 ? civil.year + 1 : civil.year;
    month = civil.month == 12 ? 1 : civil.month + 1;
    return instant_of(c, (struct point){next_workday(c->days, (int32_t) sw_days_from_civil(year, month, 1)), 0});
}
