// SPDX-License-Identifier: Apache-2.0
/* Days that are not like their weekday, and the stages of the works: what a rule's period may depend on besides the
 * clock. Data of the site's configuration (holiday calendar, named days, site.stages), immutable. */
#ifndef SW_RULES_DAYS_H
#define SW_RULES_DAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_DAYS_MAX 2048
#define SW_DAY_NAMES_MAX 8
#define SW_STAGES_MAX 50
#define SW_STAGE_SIZE 24

/** A local date, days since 1970-01-01. */
struct sw_special_day {
    int32_t day;
    bool is_holiday; /* public holiday */
    bool is_workday; /* made up for a holiday: a weekend day that counts as a working day */
    uint8_t named;   /* bit i = sw_days.name[i] */
};

struct sw_days {
    char calendar[24]; /* id of the holiday calendar, "" = none: then no day is a holiday */
    int32_t known_to;  /* last day that the calendar speaks of; later days are as their weekday */
    size_t n_names;
    char name[SW_DAY_NAMES_MAX][24]; /* "exam": the words of site.days and of a pack's periods */
    size_t n;
    struct sw_special_day day[SW_DAYS_MAX]; /* ascending, each day once */
};

/** Facts of a day; NULL = a day like its weekday. */
const struct sw_special_day *sw_day_find(const struct sw_days *days, int32_t day);

/** From the local midnight of from_day to the end of to_day. */
struct sw_stage_span {
    char stage[SW_STAGE_SIZE]; /* "earthwork", "foundation", "structure", "fit-out", "demolition" … */
    int32_t from_day, to_day;
};

struct sw_stages {
    size_t n; /* in order of from_day, not overlapping */
    struct sw_stage_span span[SW_STAGES_MAX];
};

#endif
