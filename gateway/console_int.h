// SPDX-License-Identifier: Apache-2.0
/* What the files of the console share; nobody else includes it but its tests. */
#ifndef SW_GATEWAY_CONSOLE_INT_H
#define SW_GATEWAY_CONSOLE_INT_H

#include "gateway/console.h"
#include "gateway/query.h"
#include "rules/force.h"

#define CONSOLE_INVALID "urn:siteward:error:invalid"
#define CONSOLE_NOT_FOUND "urn:siteward:error:not-found"
#define CONSOLE_OVERLOADED "urn:siteward:error:overloaded"
#define CONSOLE_STORAGE "urn:siteward:error:storage"

#define CONSOLE_POINTS_MAX 3000    /* of one course: two days of minutes, and a little */
#define CONSOLE_EXPORT_DAYS_MAX 31 /* of one export */
#define CONSOLE_EXPORT_BYTES_MAX (64 * 1024 * 1024)
#define CONSOLE_EXPORTS_MAX 2 /* at once */
#define CONSOLE_SPANS_MAX 256 /* of a day, each: limits, work */
#define CONSOLE_GAPS_MAX 512
#define CONSOLE_WORST_MAX 128
#define CONSOLE_ICS_EVENTS_MAX 2000

struct core_console {
    struct sw_sse *events;
    int64_t listened_us; /* real time when somebody listened last; 0 = never */
    bool is_stale;       /* the ring was not fed since: who comes back begins anew */
    size_t n_exports;
};

/* console.c: arguments. Each says what is wrong as a problem document. */

/** RFC 3339 with an offset. A '+' that a query turned into a blank is understood. */
bool console_take_time(const struct sw_http_request *req, const char *key, int64_t *ret_us,
                       struct sw_http_response *res);
/** from and to, from before to, at most max_us apart, not before 1970. */
bool console_take_stretch(const struct sw_http_request *req, int64_t max_us, int64_t *ret_from_us, int64_t *ret_to_us,
                          struct sw_http_response *res);
/** "2026-03-02": days since 1970. */
bool console_parse_date(const char *text, int32_t *ret_day);
/** Length of an aligned period in seconds ("1m", "20m", "1h"); 0 = it has none ("day"). */
int32_t console_period_s(const char *period);
/** Wait for an answer of the query worker. @return NULL: refused already */
struct sw_http_later *console_defer(const struct sw_http_request *req, struct sw_http_response *res);
/** Send a refusal instead of what was being filled. */
void console_fail(struct sw_http_later *later, const struct sw_err *err);

/* console_day.c: what was and will be allowed, of the core's own; pure but for looking at engine and site */

struct console_limit {
    int64_t from_us, to_us;
    const struct sw_rule *rule;
    enum sw_kind kind;
};
struct console_work {
    int64_t from_us, to_us;
    enum sw_work_state state;
    char permit[64];
};
struct console_gap {
    int64_t from_us, to_us;
    uint16_t sensor;
};
/** The worst that one rule said at one sensor on a day. */
struct console_worst {
    uint16_t sensor;
    char rule[2 * SW_ID_SIZE], statistic[32];
    int32_t value, limit;
    int64_t from_us, to_us;
    uint32_t minutes_over;
};
struct console_day {
    struct core_query query; /* first */
    struct sw_core *core;
    struct sw_http_later *later;
    const struct sw_site *site;
    bool is_sheet, is_chinese;
    char date[16];
    int64_t from_us, to_us, until_us; /* until_us: end of the newest minute that closed, within the day */
    int64_t since_us[SW_SENSORS_MAX]; /* of each sensor: gaps are looked for from here on; INT64_MAX = not at all */
    size_t n_limits, n_work, n_gaps, n_worst;
    struct console_limit limits[CONSOLE_SPANS_MAX];
    struct console_work work[CONSOLE_SPANS_MAX];
    struct console_gap gaps[CONSOLE_GAPS_MAX];
    struct console_worst worst[CONSOLE_WORST_MAX];
    bool is_cut; /* more gaps than that */
    size_t n_tickets;
    struct sw_ticket *tickets; /* of the file, for the sheet; heap */
    int rc;
    struct sw_err err;
};

/** Rules of a sensor: in force in [from, to). */
struct sw_force console_force(const struct sw_site *site, const struct sw_rule_state *r);
void console_day_limits(struct sw_core *c, struct console_day *d);
void console_day_work(struct sw_core *c, struct console_day *d);
/** On the query worker: gaps, and for the sheet the worst windows and the stored tickets. */
void console_day_read(struct core_query *q, struct query_reader *r);
/** The sheet of the day, on the core. */
void console_sheet_write(struct console_day *d, struct sw_http_response *res);

/* pages */
void console_page_series(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_day(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_events(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_export(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_calendar(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_sheet(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);
void console_page_metrics(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
