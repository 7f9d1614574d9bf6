// SPDX-License-Identifier: Apache-2.0
/* Hotline packs (tickets/packs/<id>.yaml): classes and deadlines into struct sw_hotline. Whether the figures make
 * sense together is asked of sw_hotline_validate. */
#include "config/read.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

#define DEADLINE_MAX_S (60.0 * 86400)
#define WORKDAYS_MAX 250 /* a year's */

/* "24h", "5wd": digits and a unit, whose seconds are *ret_unit_s (0 = working days). -1 = not of that form. */
static long parse_length(const char *text, long *ret_unit_s)
{
    static const struct {
        const char *name;
        long s;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"wd", 0}};
    char *end = NULL;
    long n;

    if (!isdigit((unsigned char) text[0]))
        return -1;
    errno = 0;
    n = strtol(text, &end, 10);
    for (size_t i = 0; errno == 0 && i < SW_ARRAY_SIZE(units); i++) {
        if (strcmp(end, units[i].name) == 0) {
            *ret_unit_s = units[i].s;
            return n;
        }
    }
    return -1;
}

static bool parse_limit(const char *text, void *dest, char *why, size_t cap)
{
    long unit_s = 0;
    const long n = parse_length(text, &unit_s);

    if (n < 0 || n > (unit_s > 0 ? (long) DEADLINE_MAX_S / unit_s : WORKDAYS_MAX)) {
        snprintf(why, cap,
                 "must be a duration such as 24h or 5d (at most 60d), or working days such as 5wd (at most %dwd)",
                 WORKDAYS_MAX);
        return false;
    }
    if (dest)
        *(struct sw_time_limit *) dest = unit_s > 0 ? (struct sw_time_limit){.s = (int32_t) (n * unit_s)}
                                                    : (struct sw_time_limit){.workdays = (int32_t) n};
    return true;
}

static bool parse_remind(const char *text, void *dest, char *why, size_t cap)
{
    long unit_s = 0;
    const long n = parse_length(text, &unit_s);
    char *end = NULL;
    const long percent = isdigit((unsigned char) text[0]) && strlen(text) <= 3 ? strtol(text, &end, 10) : -1;
    struct sw_reminder r = {0};

    if (percent >= 0 && percent <= 90 && strcmp(end, "%") == 0) {
        r.percent = (int32_t) percent;
    } else if (n >= 0 && unit_s > 0 && n <= (long) DEADLINE_MAX_S / unit_s) {
        r.s = (int32_t) (n * unit_s);
    } else {
        snprintf(why, cap, "must be a share of the time, 0%% to 90%%, or a duration such as 30m (at most 60d)");
        return false;
    }
    if (dest)
        *(struct sw_reminder *) dest = r;
    return true;
}

#define LIMIT_PATTERN "^[0-9]+(s|m|h|d|wd)$"

static const struct sw_word reviews[] = {{"none", 0}, {"monthly", 1}, {0}};

/* One table a class: offsets are fixed in the table. */
#define CLASS_ROWS(letter)                                                                                             \
    static const struct sw_row class_##letter##_rows[] = {                                                             \
        {"respond", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].respond_s),                      \
         .max = DEADLINE_MAX_S, .help = "first answer of a person; absent: no deadline"},                              \
        {"dispatch", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].dispatch_s),                    \
         .max = DEADLINE_MAX_S, .help = "handed to the responsible unit"},                                             \
        {"resolve", SW_ROW_PARSED, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].resolve), .parse = parse_limit,      \
         .pattern = LIMIT_PATTERN, .help = "done: 24h, or in working days: 5wd"},                                      \
        {"review", SW_ROW_ENUM, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].is_reviewed), .words = reviews,         \
         .dflt = "none",                                                                                               \
         .help = "monthly: on the first working day of the next month people are asked to look at it"},                \
        {0},                                                                                                           \
    }

CLASS_ROWS(A);
CLASS_ROWS(B);
CLASS_ROWS(C);

static const struct sw_row classes_rows[] = {
    {"A", SW_ROW_MAP, .of = class_A_rows, .help = "serious: prohibited night work, far over the limit"},
    {"B", SW_ROW_MAP, .of = class_B_rows, .help = "other exceedances"},
    {"C", SW_ROW_MAP, .of = class_C_rows, .help = "suggestions: monthly review"},
    {0},
};

static const struct sw_row class_a_rows[] = {
    {"over_by", SW_ROW_CENTI, 0, SW_AT(sw_hotline, class_a_over_by), .min = 0.01, .max = 100, .dflt = "10.0",
     .unit = "dB", .help = "noise so far over its limit is class A"},
    {"dust_percent", SW_ROW_INT, 0, SW_AT(sw_hotline, class_a_dust_percent), .min = 101, .max = 10000, .dflt = "200",
     .unit = "% of the limit", .help = "dust from here on is class A"},
    {0},
};

const struct sw_row sw_hotline_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(sw_hotline, id), .help = "the file's name without .yaml"},
    {"version", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_hotline, version), .min = 1, .help = "of the figures"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_hotline, source), .min = 1, .help = "where the figures stand"},
    {"classes", SW_ROW_MAP, SW_ROW_REQUIRED, .of = classes_rows, .help = "deadlines of each class"},
    {"enquiry", SW_ROW_PARSED, 0, SW_AT(sw_hotline, enquiry), .parse = parse_limit, .pattern = LIMIT_PATTERN,
     .help = "to resolve a complaint with which nothing was measured; absent: as class B"},
    {"remind", SW_ROW_PARSED, 0, SW_AT(sw_hotline, remind), .parse = parse_remind,
     .pattern = "^([0-9]{1,2}%|[0-9]+(s|m|h|d))$",
     .help = "so long before a deadline people are reminded: a share of the time, or a duration; absent: never"},
    {"class_a", SW_ROW_MAP, .of = class_a_rows, .help = "what makes a matter serious"},
    {"reopen_within", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, reopen_within_s), .max = 31 * 86400, .dflt = "24h",
     .help = "the same matter again so soon reopens its ticket"},
    {0},
};

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct sw_hotline h = {0};
    struct sw_err why = {0};

    if (sw_schema_read(tree, sw_hotline_rows, root, &h, faults, err) < 0)
        return SW_E_NOMEM;
    sw_check_file_id(root, h.id, faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    if (sw_hotline_validate(&h, &why) < 0) {
        sw_fault_at(faults, root, "%s", why.msg);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", root->file, why.msg);
    }
    *(struct sw_hotline *) ret = h;
    return SW_OK;
}

int sw_hotline_read(const char *file, struct sw_faults *faults, struct sw_hotline *ret, char *ret_sha256,
                    struct sw_err *err)
{
    return sw_read_one(file, NULL, 0, make, ret, ret_sha256, faults, err);
}

int sw_hotline_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults,
                         struct sw_hotline *ret, struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}
