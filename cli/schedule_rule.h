// SPDX-License-Identifier: Apache-2.0
/* A recurrence rule of RFC 5545 as a stream of clock readings. Days of months and years are counted by libical
 * (cli/ical_rule.c), all else here; what excludes or replaces an instance is schedule_expand.c's. */
#ifndef SW_CLI_SCHEDULE_RULE_H
#define SW_CLI_SCHEDULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "config/schedule_time.h"

/** How often at most a day; more is no work schedule. */
#define SW_RULE_TIMES_MAX 1440

enum sw_rule_freq { SW_RULE_MINUTELY, SW_RULE_HOURLY, SW_RULE_DAILY, SW_RULE_WEEKLY, SW_RULE_MONTHLY, SW_RULE_YEARLY };

/** What a rule's text says, apart from what libical keeps to itself. */
struct sw_rule_parts {
    enum sw_rule_freq freq;
    int interval, count; /* count 0 = no COUNT */
    bool has_until;
    struct sw_local until; /* zone NULL only when has_utc_until */
    bool has_utc_until;
    bool has_positions;                   /* BYDAY with numbers: 1MO */
    size_t n_hours, n_minutes, n_seconds; /* in order, each once */
    short hours[24], minutes[60], seconds[60];
    size_t n_months, n_month_days, n_year_days; /* filters of MINUTELY and HOURLY */
    short months[14], month_days[64], year_days[400];
    uint8_t weekdays; /* bit 0 = Monday; 0 = no BYDAY */
    int week_start;   /* WKST: 0 = Monday */
    size_t n_weeks, n_set_pos;
    short weeks[110], set_pos[400];
};

struct sw_rule;

/**
 * @param text      "FREQ=WEEKLY;BYDAY=MO,TU"
 * @param start     DTSTART; its zone decides what UNTIL in UTC means
 * @param from_utc  readings that long before may be left out
 * @param to_utc    the stream ends there
 * @return SW_OK; SW_E_INVAL with a sentence; SW_E_NOMEM
 */
int sw_rule_new(const char *text, const struct sw_local *start, int64_t from_utc_s, int64_t to_utc_s,
                struct sw_rule **ret, struct sw_err *err);
struct sw_rule *sw_rule_free(struct sw_rule *r); /* NULL is fine; always returns NULL */

/** The next reading, in order, each once. @return 1; 0 the end; SW_E_FULL too many steps without coming to an end */
int sw_rule_next(struct sw_rule *r, int64_t *ret_local_s, struct sw_err *err);

/* libical's side of it, for schedule_rule.c alone. */
int sw_ical_rule_parse(const char *text, struct sw_rule_parts *ret, struct sw_err *err);

struct sw_ical_days;
/** Days (midnights) of a rule of days or longer; COUNT, UNTIL, BYHOUR, BYMINUTE and BYSECOND are not looked at. */
int sw_ical_days_new(const char *text, int64_t start_local_s, int64_t end_local_s, struct sw_ical_days **ret,
                     struct sw_err *err);
struct sw_ical_days *sw_ical_days_free(struct sw_ical_days *d);
bool sw_ical_days_next(struct sw_ical_days *d, int64_t *ret_local_s);

#endif
