// SPDX-License-Identifier: Apache-2.0
/* Documents of the hub's file, as they came: states, windows, tickets, events, complaints, alerts, schedules. */
#include "hub/store_read.h"

/* What every query of documents gives: key, at, received, document (as text, or packed). */
enum { KEY, AT, RECEIVED, DOCUMENT };

static int take_document(struct hub_reader *r, struct sw_db_stmt *st, const char **ret, size_t *ret_len,
                         struct sw_err *err)
{
    size_t len = 0;
    const void *body = sw_db_blob(st, DOCUMENT, &len);

    *ret = body;
    *ret_len = len;
    if (!body || !sw_window_is_packed(body, len)) {
        *ret = sw_db_text(st, DOCUMENT, ret_len);
        return SW_OK;
    }
    if (sw_window_unpack(r->packer, body, len, r->text, SW_WINDOW_TEXT_MAX + 1, ret_len) < 0)
        return sw_err_set(err, SW_E_CORRUPT, 0, "%s: a stored document is damaged", sw_db_path(r->db));
    *ret = r->text;
    return SW_OK;
}

/* Run a query whose parameters are bound. @return rows that were told, at most INT32_MAX; below zero */
static int tell(struct hub_reader *r, struct sw_db_stmt *st, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    int n = 0, rc;

    while ((rc = sw_db_step(st, err)) == 1) {
        struct hub_text_row row = {
            .key = read_word(st, KEY), .at_us = read_time(st, AT), .received_us = read_time(st, RECEIVED)};

        rc = take_document(r, st, &row.text, &row.len, err);
        if (rc < 0)
            break;
        n++;
        if (fn(ctx, &row) != 0)
            break;
    }
    return rc < 0 ? rc : n;
}

struct binding {
    int64_t number;
    const char *text; /* in its place */
};

static int ask(struct hub_reader *r, const char *sql, const struct binding *bind, size_t n, hub_text_fn fn, void *ctx,
               struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, sql, &st, err);

    for (size_t i = 0; rc >= 0 && i < n; i++)
        if (bind[i].text)
            sw_db_bind_text(st, (int) i + 1, bind[i].text);
        else
            sw_db_bind_int(st, (int) i + 1, bind[i].number);
    if (rc >= 0)
        rc = tell(r, st, fn, ctx, err);
    sw_db_finalize(st);
    return rc;
}

#define ASK(r, sql, fn, ctx, err, ...)                                                                                 \
    ask(r, sql, (const struct binding[]){__VA_ARGS__},                                                                 \
        sizeof((const struct binding[]){__VA_ARGS__}) / sizeof(struct binding), fn, ctx, err)

static int all_fine(int rc)
{
    return rc < 0 ? rc : SW_OK;
}

int hub_read_states(struct hub_reader *r, int64_t site, const char *glob, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    return all_fine(
        ASK(r, "SELECT topic, ts_us, received_us, json FROM state WHERE site = ?1 AND topic GLOB ?2 ORDER BY topic", fn,
            ctx, err, {.number = site}, {.text = glob ? glob : "*"}));
}

int hub_read_sensors(struct hub_reader *r, int64_t site, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    return all_fine(ASK(r, "SELECT sensor, NULL, NULL, NULL FROM sensor WHERE site = ?1 ORDER BY sensor", fn, ctx, err,
                        {.number = site}));
}

int hub_read_windows(struct hub_reader *r, int64_t site, const char *sensor, const char *period, int64_t from_us,
                     int64_t to_us, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    static const char sql[] =
        "SELECT s.sensor, w.from_us, w.to_us, w.body FROM sensor AS s JOIN window AS w ON w.sensor ="
        " s.id AND w.period = ?3 AND w.from_us >= ?4 AND w.from_us < ?5 WHERE s.site = ?1 AND"
        " s.sensor = ?2 ORDER BY w.from_us";

    return all_fine(ASK(r, sql, fn, ctx, err, {.number = site}, {.text = sensor}, {.number = store_period(period)},
                        {.number = from_us}, {.number = to_us}));
}

int hub_read_ticket_events(struct hub_reader *r, int64_t site, const char *ticket, hub_text_fn fn, void *ctx,
                           struct sw_err *err)
{
    return all_fine(ASK(r,
                        "SELECT verb, at_us, received_us, json FROM ticket_event WHERE site = ?1 AND ticket = ?2"
                        " ORDER BY revision, at_us, id",
                        fn, ctx, err, {.number = site}, {.text = ticket}));
}

int hub_read_ticket_revisions(struct hub_reader *r, int64_t site, const char *ticket, hub_text_fn fn, void *ctx,
                              struct sw_err *err)
{
    return all_fine(
        ASK(r,
            "SELECT v.status, v.ts_us, v.received_us, v.body FROM ticket AS t JOIN revision AS v ON v.ticket ="
            " t.id WHERE t.site = ?1 AND t.ticket = ?2 ORDER BY v.revision",
            fn, ctx, err, {.number = site}, {.text = ticket}));
}

int hub_read_events(struct hub_reader *r, int64_t site, int64_t from_us, int64_t to_us, hub_text_fn fn, void *ctx,
                    struct sw_err *err)
{
    return all_fine(ASK(r,
                        "SELECT id, ts_us, received_us, json FROM event WHERE site = ?1 AND ts_us >= ?2 AND ts_us < ?3"
                        " ORDER BY ts_us, id",
                        fn, ctx, err, {.number = site}, {.number = from_us}, {.number = to_us}));
}

int hub_read_complaints(struct hub_reader *r, int64_t site, int64_t from_us, int64_t to_us, hub_text_fn fn, void *ctx,
                        struct sw_err *err)
{
    return all_fine(
        ASK(r,
            "SELECT id, at_us, received_us, json FROM complaint WHERE (?1 = 0 OR site = ?1) AND at_us >= ?2 AND"
            " at_us < ?3 ORDER BY at_us, id",
            fn, ctx, err, {.number = site}, {.number = from_us}, {.number = to_us}));
}

int hub_read_alerts(struct hub_reader *r, int64_t site, bool only_active, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    return all_fine(
        ASK(r,
            "SELECT topic, since_us, received_us, json FROM alert WHERE (?1 = 0 OR site = ?1) AND (?2 = 0 OR"
            " ended_us IS NULL) ORDER BY since_us DESC, id DESC",
            fn, ctx, err, {.number = site}, {.number = only_active}));
}

int hub_read_schedule(struct hub_reader *r, int64_t site, int64_t at_us, hub_text_fn fn, void *ctx, struct sw_err *err)
{
    return ASK(
        r,
        "SELECT revision, ts_us, received_us, json FROM schedule WHERE site = ?1 AND ts_us <= ?2 ORDER BY ts_us DESC,"
        " revision DESC LIMIT 1",
        fn, ctx, err, {.number = site}, {.number = at_us});
}

/* ---- tickets ---- */

#define TICKET_SQL                                                                                                     \
    "SELECT t.id, t.site, s.area, s.site, t.ticket, t.status, t.category, t.class, t.revision, t.opened_us, "          \
    "t.changed_us,"                                                                                                    \
    " t.lamp, t.json FROM ticket AS t JOIN site AS s ON s.id = t.site"

static int tell_ticket(struct sw_db_stmt *st, hub_ticket_fn fn, void *ctx)
{
    struct hub_ticket_row row = {.id = sw_db_int(st, 0),
                                 .site = sw_db_int(st, 1),
                                 .area = read_word(st, 2),
                                 .site_id = read_word(st, 3),
                                 .ticket = read_word(st, 4),
                                 .status = read_word(st, 5),
                                 .category = read_word(st, 6),
                                 .rank = read_word(st, 7),
                                 .revision = sw_db_int(st, 8),
                                 .opened_us = sw_db_int(st, 9),
                                 .changed_us = sw_db_int(st, 10),
                                 .lamp = (enum hub_lamp) sw_db_int(st, 11)};

    row.text = sw_db_text(st, 12, &row.len);
    return fn(ctx, &row);
}

int hub_read_tickets(struct hub_reader *r, const struct hub_ticket_query *q, hub_ticket_fn fn, void *ctx,
                     struct sw_err *err)
{
    static const char sql[] = TICKET_SQL
        " WHERE (?1 = 0 OR t.site = ?1) AND (?2 IS NULL OR (?2 = 'open*' AND t.is_open = 1) OR t.status = ?2)"
        " AND t.changed_us >= ?3 AND t.changed_us < ?4 AND (t.changed_us, t.id) < (?5, ?6)"
        " ORDER BY t.changed_us DESC, t.id DESC LIMIT ?7";
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, sql, &st, err);

    if (rc >= 0) {
        sw_db_bind_int(st, 1, q->site);
        sw_db_bind_text(st, 2, q->status);
        sw_db_bind_int(st, 3, q->from_us);
        sw_db_bind_int(st, 4, q->to_us);
        sw_db_bind_int(st, 5, q->before_us);
        sw_db_bind_int(st, 6, q->before_id);
        sw_db_bind_int(st, 7, q->limit ? (int64_t) q->limit : 100);
    }
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        if (tell_ticket(st, fn, ctx) != 0)
            break;
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

int hub_read_ticket(struct hub_reader *r, int64_t site, const char *ticket, hub_ticket_fn fn, void *ctx,
                    struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(r->db, TICKET_SQL " WHERE (?1 = 0 OR t.site = ?1) AND t.ticket = ?2 ORDER BY t.id LIMIT 1",
                           &st, err);

    if (rc >= 0) {
        sw_db_bind_int(st, 1, site);
        sw_db_bind_text(st, 2, ticket);
        rc = sw_db_step(st, err);
    }
    if (rc == 1)
        tell_ticket(st, fn, ctx);
    sw_db_finalize(st);
    return rc;
}
