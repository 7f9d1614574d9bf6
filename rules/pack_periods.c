// SPDX-License-Identifier: Apache-2.0
/* Do the periods of a pack fit together? On any day, weekday, holiday or named day, one instant must belong to one
 * period at most. When a period begins on the clock is calendar.c's. */
#include "rules/pack_check.h"

#include <stdio.h>
#include <string.h>

#include "common/ident.h"

#define DAY_MIN 1440
#define WEEKDAYS 7
#define CLASSES 16 /* bits of sw_period.days: weekdays, holiday, named days */

int sw_period_length_min(const struct sw_period *p)
{
    return p->to_min > p->from_min ? p->to_min - p->from_min : p->to_min + DAY_MIN - p->from_min;
}

static int fault_in_days(const struct sw_pack *pack, const struct sw_period *p, struct sw_err *err)
{
    if (p->days == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: name at least one weekday", p->id);
    for (size_t i = pack->n_day_names; p->days != SW_DAYS_ALL && i < SW_DAY_NAMES_MAX; i++)
        if (p->days & SW_DAY_NAMED(i))
            return sw_err_set(err, SW_E_INVAL, 0, "period %s: speaks of a named day that the pack does not declare",
                              p->id);
    return SW_OK;
}

static int fault_in_period(const struct sw_pack *pack, size_t i, struct sw_err *err)
{
    const struct sw_period *p = &pack->periods[i];

    if (strnlen(p->id, sizeof(p->id)) == sizeof(p->id) || !sw_id_is_valid(p->id))
        return sw_err_set(err, SW_E_INVAL, 0, "period %zu: its id must be 1 to 15 of a-z, 0-9 and '-'", i + 1);
    if (p->id[0] >= '0' && p->id[0] <= '9')
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: its id must start with a letter, for 1h is a window", p->id);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pack->periods[k].id, p->id) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "period %s stands twice; remove or rename one", p->id);
    }
    if (p->from_min < 0 || p->from_min > 1439 || p->to_min < 0 || p->to_min > DAY_MIN)
        return sw_err_set(err, SW_E_INVAL, 0, "period %s: must begin at 00:00 to 23:59 and end by 24:00", p->id);
    return fault_in_days(pack, p, err);
}

static const char *class_name(const struct sw_pack *pack, int class, char *buf, size_t cap)
{
    static const char *const weekday[WEEKDAYS] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                  "Friday", "Saturday", "Sunday"};

    if (class < WEEKDAYS)
        return weekday[class];
    if (class == WEEKDAYS)
        return "a holiday";
    snprintf(buf, cap, "the day %s", pack->day_name[class - WEEKDAYS - 1]);
    return buf;
}

/* Minutes of a day that a period covers: with `spill`, what runs over from the day before. Empty: from >= to. */
static void part_of_day(const struct sw_period *p, bool spill, int *from, int *to)
{
    const int end = p->from_min + sw_period_length_min(p);

    *from = spill ? 0 : p->from_min;
    *to = spill ? end - DAY_MIN : SW_MIN(end, DAY_MIN);
}

/* First minute that both cover, or -1. */
static int common_minute(const struct sw_period *a, bool a_spills, const struct sw_period *b, bool b_spills)
{
    int a_from, a_to, b_from, b_to;

    part_of_day(a, a_spills, &a_from, &a_to);
    part_of_day(b, b_spills, &b_from, &b_to);
    return SW_MAX(a_from, b_from) < SW_MIN(a_to, b_to) ? SW_MAX(a_from, b_from) : -1;
}

/* Periods i and k on a day of one class after a day of another. Two that both run over midnight meet before it. */
static int overlap(const struct sw_pack *pack, size_t i, size_t k, int class, int before)
{
    const struct sw_period *a = &pack->periods[i], *b = &pack->periods[k];
    const bool a_own = a->days >> class & 1, b_own = b->days >> class & 1;
    int minute = -1;

    if (i != k && a_own && b_own)
        minute = common_minute(a, false, b, false);
    if (minute < 0 && (a->days >> before & 1) && b_own)
        minute = common_minute(a, true, b, false);
    if (minute < 0 && a_own && (b->days >> before & 1))
        minute = common_minute(a, false, b, true);
    return minute;
}

static int fault_in_day(const struct sw_pack *pack, int class, int before, struct sw_err *err)
{
    char day[64];

    for (size_t i = 0; i < pack->n_periods; i++) {
        for (size_t k = i; k < pack->n_periods; k++) {
            const int minute = overlap(pack, i, k, class, before);

            if (minute >= 0)
                return sw_err_set(err, SW_E_INVAL, 0,
                                  "periods %s and %s overlap on %s at %02d:%02d; let one end first or start on fewer "
                                  "days",
                                  pack->periods[i].id, pack->periods[k].id, class_name(pack, class, day, sizeof(day)),
                                  minute / 60, minute % 60);
        }
    }
    return SW_OK;
}

static bool exists(const struct sw_pack *pack, int class)
{
    for (size_t i = 0; i < pack->n_periods; i++)
        if (class < WEEKDAYS || (pack->periods[i].days >> class & 1))
            return class <= WEEKDAYS || (size_t) (class - WEEKDAYS - 1) < pack->n_day_names;
    return false;
}

int sw_pack_check_periods(const struct sw_pack *pack, struct sw_err *err)
{
    int code = SW_OK;

    for (size_t i = 0; code == SW_OK && i < pack->n_periods; i++)
        code = fault_in_period(pack, i, err);
    for (int class = 0; code == SW_OK && class < CLASSES; class ++) {
        for (int before = 0; code == SW_OK && before < CLASSES; before++) {
            const bool follows = class >= WEEKDAYS || before >= WEEKDAYS || (before + 1) % WEEKDAYS == class;

            if (follows && exists(pack, class) && exists(pack, before))
                code = fault_in_day(pack, class, before, err);
        }
    }
    return code;
}
