// SPDX-License-Identifier: Apache-2.0
/* Holiday calendars (config/holidays/<id>.yaml) into struct sw_days: public holidays and the weekend days that are
 * worked for them. What a holiday means to a limit is the packs' business. */
#include "config/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "config/text.h"
#include "config/tree.h"

#define HOLIDAY_LENGTH_MAX 31 /* days of one entry: more is a slip of the pen */

struct holiday_conf {
    struct sw_item item;
    char date[11], from[11], to[11];
    bool is_provisional;
};

struct workday_conf {
    struct sw_item item;
    char date[11];
};

struct holidays_conf {
    char id[SW_ID_SIZE];
    char known_to[11];
    struct sw_array holidays, workdays;
};

static const struct sw_row name_rows[] = {
    {"en", SW_ROW_TEXT, SW_ROW_REQUIRED, .min = 1, .max = 100, .help = "English"},
    {"zh-CN", SW_ROW_TEXT, 0, .min = 1, .max = 100, .help = "Chinese"},
    {0},
};

static const struct sw_row holiday_rows[] = {
    {"date", SW_ROW_DATE, 0, SW_AT(holiday_conf, date), .help = "of one day"},
    {"from", SW_ROW_DATE, 0, SW_AT(holiday_conf, from), .help = "first of several days"},
    {"to", SW_ROW_DATE, 0, SW_AT(holiday_conf, to), .help = "last of several days"},
    {"name", SW_ROW_MAP, SW_ROW_REQUIRED, .of = name_rows, .help = "what is celebrated"},
    {"provisional", SW_ROW_BOOL, 0, SW_AT(holiday_conf, is_provisional), .dflt = "false",
     .help = "the year's notice is not out yet: bridges and make-up days are missing"},
    {0},
};

static const struct sw_row workday_rows[] = {
    {"workdays", SW_ROW_DATE, 0, SW_AT(workday_conf, date)},
    {0},
};

const struct sw_row sw_holidays_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(holidays_conf, id), .help = "the file's name without .yaml"},
    {"title", SW_ROW_MAP, SW_ROW_REQUIRED, .of = name_rows, .help = "whose holidays"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, .min = 1, .max = 1000, .help = "where the dates stand"},
    {"known_to", SW_ROW_DATE, SW_ROW_REQUIRED, SW_AT(holidays_conf, known_to),
     .help = "last day that the calendar speaks of; later days are as their weekday"},
    {"holidays", SW_ROW_LIST, SW_ROW_REQUIRED, SW_AT(holidays_conf, holidays), .min = 1, .max = 1000,
     .of = holiday_rows, .of_size = sizeof(struct holiday_conf), .help = "public holidays"},
    {"workdays", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(holidays_conf, workdays), .max = 1000, .of = workday_rows,
     .of_size = sizeof(struct workday_conf), .help = "weekend days that are worked for a holiday"},
    {0},
};

int32_t sw_date_days(const char *date)
{
    return (int32_t) sw_days_from_civil((int) strtol(date, NULL, 10), (int) strtol(date + 5, NULL, 10),
                                        (int) strtol(date + 8, NULL, 10));
}

struct sw_special_day *sw_days_add(struct sw_days *days, int32_t day)
{
    size_t at = days->n;

    while (at > 0 && days->day[at - 1].day >= day)
        at--;
    if (at < days->n && days->day[at].day == day)
        return &days->day[at];
    if (days->n == SW_DAYS_MAX)
        return NULL;
    memmove(&days->day[at + 1], &days->day[at], (days->n - at) * sizeof(days->day[0]));
    days->n++;
    days->day[at] = (struct sw_special_day){.day = day};
    return &days->day[at];
}

/* The first and last day of an entry. @return false with a fault added */
static bool span_of(const struct holiday_conf *h, struct sw_faults *faults, int32_t *from, int32_t *to)
{
    const bool has_date = sw_node_get(h->item.node, "date") != NULL;
    const bool has_from = sw_node_get(h->item.node, "from") != NULL, has_to = sw_node_get(h->item.node, "to") != NULL;
    const char *first = has_date ? h->date : h->from, *last = has_date ? h->date : h->to;

    if (has_date ? has_from || has_to : !has_from || !has_to) {
        sw_fault_at(faults, h->item.node, "a holiday has either 'date', or 'from' and 'to'");
        return false;
    }
    if (first[0] == '\0' || last[0] == '\0') /* the faulty date has been told */
        return false;
    *from = sw_date_days(first);
    *to = sw_date_days(last);
    if (*to < *from || *to - *from >= HOLIDAY_LENGTH_MAX) {
        sw_fault_at(faults, h->item.node, "a holiday from %s to %s cannot be: 1 to %d days", first, last,
                    HOLIDAY_LENGTH_MAX);
        return false;
    }
    return true;
}

static void add_holiday(const struct holiday_conf *h, struct sw_days *days, struct sw_faults *faults)
{
    int32_t from = 0, to = -1;

    if (!span_of(h, faults, &from, &to))
        return;
    if (to > days->known_to)
        sw_fault_at(faults, h->item.node, "the holiday of %s lies after 'known_to'",
                    h->date[0] != '\0' ? h->date : h->to);
    for (int32_t day = from; day <= to; day++) {
        struct sw_special_day *d = sw_days_add(days, day);

        if (d == NULL) {
            sw_fault_at(faults, h->item.node, "more than %d special days", SW_DAYS_MAX);
            return;
        }
        d->is_holiday = true;
    }
}

static void add_workday(const struct workday_conf *w, struct sw_days *days, struct sw_faults *faults)
{
    struct sw_special_day *d;
    int32_t day;

    if (w->date[0] == '\0')
        return;
    day = sw_date_days(w->date);
    d = sw_days_add(days, day);
    if (d == NULL)
        sw_fault_at(faults, w->item.node, "more than %d special days", SW_DAYS_MAX);
    else if (d->is_holiday)
        sw_fault_at(faults, w->item.node, "%s is a holiday and a working day", w->date);
    else if (((day % 7 + 10) % 7) < 5) /* 1970-01-01 was a Thursday */
        sw_fault_at(faults, w->item.node, "%s is no Saturday or Sunday: it is worked anyway", w->date);
    else
        d->is_workday = true;
}

static void warn_of_provisional(const struct holidays_conf *c, struct sw_faults *faults)
{
    const struct holiday_conf *holidays = c->holidays.items;

    for (size_t i = 0; i < c->holidays.n; i++) {
        if (!holidays[i].is_provisional)
            continue;
        sw_warning_at(faults, holidays[i].item.node,
                      "holiday calendar '%s': from %s on its days are provisional; look for an update", c->id,
                      holidays[i].date[0] != '\0' ? holidays[i].date : holidays[i].from);
        return;
    }
}

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct holidays_conf *c = sw_tree_alloc(tree, sizeof(*c));
    struct sw_days *days = sw_tree_alloc(tree, sizeof(*days)), *to = ret;

    if (c == NULL || days == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", root->file);
    if (sw_schema_read(tree, sw_holidays_rows, root, c, faults, err) < 0)
        return SW_E_NOMEM;
    sw_check_file_id(root, c->id, faults);
    if (strlen(c->id) >= sizeof(days->calendar))
        sw_fault_at(faults, sw_node_get(root, "id"), "'id' of a holiday calendar has at most %zu characters",
                    sizeof(days->calendar) - 1);
    (void) snprintf(days->calendar, sizeof(days->calendar), "%.23s", c->id);
    days->known_to = c->known_to[0] != '\0' ? sw_date_days(c->known_to) : INT32_MAX;
    for (size_t i = 0; i < c->holidays.n; i++)
        add_holiday(&((const struct holiday_conf *) c->holidays.items)[i], days, faults);
    for (size_t i = 0; i < c->workdays.n; i++)
        add_workday(&((const struct workday_conf *) c->workdays.items)[i], days, faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    warn_of_provisional(c, faults);
    memcpy(to->calendar, days->calendar, sizeof(to->calendar));
    to->known_to = days->known_to;
    to->n = days->n;
    memcpy(to->day, days->day, sizeof(to->day));
    return SW_OK;
}

int sw_holidays_read(const char *file, struct sw_faults *faults, struct sw_days *ret, char *ret_sha256,
                     struct sw_err *err)
{
    return sw_read_one(file, NULL, 0, make, ret, ret_sha256, faults, err);
}

int sw_holidays_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_days *ret,
                          struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}
