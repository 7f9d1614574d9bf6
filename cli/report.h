// SPDX-License-Identifier: Apache-2.0
/* What the files of `siteward report` share: everything that one report says, loaded once and then only read. */
#ifndef SW_CLI_REPORT_H
#define SW_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/chart.h"
#include "config/site.h"
#include "gateway/engine.h"
#include "tickets/indicators.h"

#define SW_REPORT_DAYS_MAX 366
#define SW_REPORT_TICKETS_MAX 5000
#define SW_REPORT_POINTS_MAX 9000 /* of one sensor: the hours of a year; two days have fewer minutes */

struct sw_report_series {
    size_t sensor; /* of the site */
    size_t n, cap;
    struct sw_chart_point *point;
    uint64_t counted, expected; /* readings */
};

struct sw_report {
    const struct sw_site *site;
    int64_t from_us, to_us, now_us; /* now: as far as the store reaches */
    bool is_chinese, is_fine;       /* is_fine: points are minutes, else hours */
    bool is_simulated, is_cut;      /* is_cut: there was more than it may hold */
    char chain_head[65];            /* of the store as it was read; "" = none */
    uint64_t chain_n;
    struct sw_indicators sums;
    size_t n_tickets;
    struct sw_ticket *ticket; /* opened or changed in the stretch, oldest first */
    size_t n_series;
    struct sw_report_series *series; /* sensors at the boundary that are judged */
    struct sw_schedule *schedule;
    struct sw_engine *engine; /* knows the schedule: what was allowed when */
};

/** Read a store. `r` has site, from_us, to_us and language set. @return SW_OK; below zero with a sentence */
int sw_report_load(const char *database, struct sw_report *r, struct sw_err *err);
/** Instant until which the store reaches. */
int sw_report_reach(const char *database, const struct sw_site *site, int64_t *ret_us, struct sw_err *err);
void sw_report_done(struct sw_report *r);

/* report_words.c: the texts of a report. `key` is the English text. */
const char *sw_report_word(const struct sw_report *r, const char *en);
/** "2026-03-02 23:31" in the site's time. @param buf [32] */
const char *sw_report_time(const struct sw_report *r, int64_t t_us, char buf[32]);
/** "93.3 %", or a dash. @param buf [16] */
const char *sw_report_percent(struct sw_ratio ratio, char buf[16]);

/** Name and share of each indicator, in the order of the report. @return how many there are */
struct sw_report_row {
    const char *name, *means; /* English keys */
    struct sw_ratio ratio;
};
#define SW_REPORT_ROWS 7
void sw_report_rows(const struct sw_report *r, struct sw_report_row ret[SW_REPORT_ROWS]);

/** One sensor: level, stepped limit, what was over, gaps as gaps, the schedule beneath. */
void sw_report_chart(const struct sw_report *r, const struct sw_report_series *s, FILE *to);
void sw_report_html(const struct sw_report *r, FILE *to);
void sw_report_csv(const struct sw_report *r, FILE *to);         /* indicators */
void sw_report_tickets_csv(const struct sw_report *r, FILE *to); /* one row a ticket */
void sw_report_text(const struct sw_report *r, FILE *to);
void sw_report_json(const struct sw_report *r, FILE *to);

#endif
