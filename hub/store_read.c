// SPDX-License-Identifier: Apache-2.0
/* Questions to the hub's file, over a read-only connection: sites, gateways, gaps, counts. Documents are in
 * store_read_text.c. Each statement is prepared where it is asked: a question is rare, and a statement that is not in
 * use holds no snapshot of the file. */
#include "hub/store_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int hub_reader_open(const char *path, struct hub_reader **ret, struct sw_err *err)
{
    struct hub_reader *r = calloc(1, sizeof(*r));
    int rc;

    if (!r)
        return sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    r->packer = sw_window_packer_new();
    r->text = malloc(SW_WINDOW_TEXT_MAX + 1);
    rc = r->packer && r->text ? sw_db_open(path, true, &r->db, err) : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    if (rc < 0) {
        hub_reader_close(r);
        return rc;
    }
    *ret = r;
    return SW_OK;
}

struct hub_reader *hub_reader_close(struct hub_reader *r)
{
    if (r) {
        sw_db_close(r->db);
        sw_window_packer_free(r->packer);
        free(r->text);
        free(r);
    }
    return NULL;
}

const char *read_word(struct sw_db_stmt *st, int at)
{
    const char *text = sw_db_text(st, at, NULL);

    return text ? text : "";
}

int64_t read_time(struct sw_db_stmt *st, int at)
{
    return sw_db_text(st, at, NULL) ? sw_db_int(st, at) : INT64_MIN;
}

/* ---- sites ---- */

#define SITE_SQL                                                                                                       \
    "SELECT s.id, s.area, s.site, s.name, s.address, s.lat, s.lon, s.lamp, s.simulated, s.first_us, s.last_us, "       \
    "t.ts_us,"                                                                                                         \
    " t.json, (SELECT count(*) FROM ticket WHERE ticket.site = s.id AND is_open = 1), (SELECT min(state_us) FROM "     \
    "gateway"                                                                                                          \
    " WHERE gateway.site = s.id AND state = 'lost') FROM site AS s"                                                    \
    " LEFT JOIN state AS t ON t.site = s.id AND t.topic = 'summary'"

static void take_site(struct sw_db_stmt *st, struct hub_site_row *row)
{
    *row = (struct hub_site_row){.id = sw_db_int(st, 0),
                                 .area = read_word(st, 1),
                                 .site = read_word(st, 2),
                                 .name = read_word(st, 3),
                                 .address = read_word(st, 4),
                                 .lamp = (enum hub_lamp) sw_db_int(st, 7),
                                 .is_simulated = sw_db_int(st, 8) != 0,
                                 .first_us = sw_db_int(st, 9),
                                 .last_us = sw_db_int(st, 10),
                                 .summary_ts_us = read_time(st, 11),
                                 .summary = sw_db_text(st, 12, NULL),
                                 .open_tickets = (int) sw_db_int(st, 13),
                                 .lost_us = read_time(st, 14)};
    row->has_point = sw_db_text(st, 5, NULL) != NULL && sw_db_text(st, 6, NULL) != NULL;
    if (row->has_point) {
        row->lat = (double) sw_db_int(st, 5) / 1e6;
        row->lon = (double) sw_db_int(st, 6) / 1e6;
    }
}

int hub_read_sites(struct hub_reader *r, const struct hub_site_query *q, hub_site_fn fn, void *ctx, struct sw_err *err)
{
    static const char sql[] = SITE_SQL
        " WHERE (?1 IS NULL OR s.area = ?1) AND s.lamp >= ?2 AND (s.area, s.site) > (?3, ?4)"
        " AND (?5 = 0 OR (s.lon BETWEEN ?6 AND ?7 AND s.lat BETWEEN ?8 AND ?9)) ORDER BY s.area, s.site LIMIT ?10";
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, sql, &st, err);

    if (rc >= 0) {
        sw_db_bind_text(st, 1, q->area);
        sw_db_bind_int(st, 2, q->at_least);
        sw_db_bind_text(st, 3, q->after_area ? q->after_area : "");
        sw_db_bind_text(st, 4, q->after_site ? q->after_site : "");
        sw_db_bind_int(st, 5, q->has_box);
        sw_db_bind_int(st, 6, (int64_t) floor(q->west * 1e6));
        sw_db_bind_int(st, 7, (int64_t) ceil(q->east * 1e6));
        sw_db_bind_int(st, 8, (int64_t) floor(q->south * 1e6));
        sw_db_bind_int(st, 9, (int64_t) ceil(q->north * 1e6));
        sw_db_bind_int(st, 10, q->limit ? (int64_t) q->limit : -1);
    }
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        struct hub_site_row row;

        take_site(st, &row);
        if (fn(ctx, &row) != 0)
            break;
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

int hub_read_site(struct hub_reader *r, const char *area_or_null, const char *site, hub_site_fn fn, void *ctx,
                  struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, SITE_SQL " WHERE (?1 IS NULL OR s.area = ?1) AND s.site = ?2 ORDER BY s.area LIMIT 1",
                           &st, err);

    if (rc >= 0) {
        sw_db_bind_text(st, 1, area_or_null);
        sw_db_bind_text(st, 2, site);
        rc = sw_db_step(st, err);
    }
    if (rc == 1) {
        struct hub_site_row row;

        take_site(st, &row);
        fn(ctx, &row);
    }
    sw_db_finalize(st);
    return rc;
}

/* ---- gateways and gaps ---- */

int hub_read_gateways(struct hub_reader *r, int64_t site, hub_gateway_fn fn, void *ctx, struct sw_err *err)
{
    static const char sql[] =
        "SELECT g.id, g.site, s.area, s.site, g.gw, g.state, g.boot, g.state_us, g.boot_us, g.last_us, g.skew_us, "
        "g.pending,"
        " (SELECT coalesce(sum(p.last - p.first + 1), 0) FROM source AS o JOIN gap AS p ON p.source = o.id AND "
        "p.closed_us IS"
        " NULL WHERE o.gateway = g.id) FROM gateway AS g JOIN site AS s ON s.id = g.site WHERE ?1 = 0 OR g.site = ?1"
        " ORDER BY s.area, s.site, g.gw";
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, sql, &st, err);

    if (rc >= 0)
        sw_db_bind_int(st, 1, site);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const struct hub_gateway_row row = {.id = sw_db_int(st, 0),
                                            .site = sw_db_int(st, 1),
                                            .area = read_word(st, 2),
                                            .site_id = read_word(st, 3),
                                            .gw = read_word(st, 4),
                                            .state = read_word(st, 5),
                                            .boot = read_word(st, 6),
                                            .state_us = read_time(st, 7),
                                            .boot_us = read_time(st, 8),
                                            .last_us = sw_db_int(st, 9),
                                            .skew_us = read_time(st, 10),
                                            .pending = sw_db_int(st, 11),
                                            .missing = sw_db_int(st, 12)};

        if (fn(ctx, &row) != 0)
            break;
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

int hub_read_gaps(struct hub_reader *r, int64_t site, bool only_open, hub_gap_fn fn, void *ctx, struct sw_err *err)
{
    static const char sql[] = "SELECT s.area, s.site, g.gw, o.epoch, p.first, p.last, p.since_us, p.closed_us FROM gap "
                              "AS p JOIN source AS o ON"
                              " o.id = p.source JOIN gateway AS g ON g.id = o.gateway JOIN site AS s ON s.id = g.site "
                              "WHERE (?1 = 0 OR s.id = ?1)"
                              " AND (?2 = 0 OR p.closed_us IS NULL) ORDER BY s.area, s.site, g.gw, o.id, p.first";
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, sql, &st, err);

    if (rc >= 0) {
        sw_db_bind_int(st, 1, site);
        sw_db_bind_int(st, 2, only_open);
    }
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const struct hub_gap_row row = {.area = read_word(st, 0),
                                        .site_id = read_word(st, 1),
                                        .gw = read_word(st, 2),
                                        .epoch = read_word(st, 3),
                                        .run = {sw_db_int(st, 4), sw_db_int(st, 5)},
                                        .since_us = sw_db_int(st, 6),
                                        .closed_us = read_time(st, 7)};

        if (fn(ctx, &row) != 0)
            break;
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

int hub_read_counts(struct hub_reader *r, struct hub_counts *ret, struct sw_err *err)
{
    const struct {
        const char *sql;
        int64_t *to;
    } counts[] = {
        {"SELECT count(*) FROM site", &ret->sites},
        {"SELECT count(*) FROM gateway", &ret->gateways},
        {"SELECT count(*) FROM sensor", &ret->sensors},
        {"SELECT count(*) FROM ticket", &ret->tickets},
        {"SELECT count(*) FROM ticket WHERE is_open = 1", &ret->open_tickets},
        {"SELECT count(*) FROM gap WHERE closed_us IS NULL", &ret->open_gaps},
        {"SELECT count(*) FROM alert WHERE ended_us IS NULL", &ret->active_alerts},
        {"SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", &ret->bytes},
    };
    int rc = SW_OK;

    *ret = (struct hub_counts){0};
    for (size_t i = 0; rc >= 0 && i < SW_ARRAY_SIZE(counts); i++)
        rc = sw_db_value(r->db, counts[i].sql, 0, counts[i].to, err);
    return rc;
}
