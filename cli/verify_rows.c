// SPDX-License-Identifier: Apache-2.0
/* Rows that hang on no entry: put in by hand, or older than the chain. And that each ticket as it stands is the newest
 * of its revisions. Entries whose row is gone were found in the walk. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"

/* SQLite makes an index of the chain for the join by itself, on disk when it is large.
 * Columns: when the row is of (NULL: behind what it is stands the number of its entry), what it is. */
static const struct orphans {
    enum sw_verify_rows rows;
    const char *kind, *sql;
} orphans[] = {
    {SW_VERIFY_WINDOWS, "window",
     "SELECT w.to_us, w.period || '/' || w.sensor || ' ' || w.from_us FROM window w LEFT JOIN chain c"
     " ON c.kind = 2 AND c.a = w.from_us AND c.ref = w.period || '/' || w.sensor WHERE c.n IS NULL"},
    {SW_VERIFY_REVISIONS, "ticket",
     "SELECT NULL, r.ticket || ' revision ' || r.revision, r.n FROM ticket_revision r LEFT JOIN chain c"
     " ON c.n = r.n AND c.kind = 3 WHERE c.n IS NULL"},
    {SW_VERIFY_COMMANDS, "command",
     "SELECT NULL, m.actor || ' ' || m.id, m.n FROM command m LEFT JOIN chain c ON c.n = m.n AND c.kind = 5"
     " WHERE c.n IS NULL"},
    {SW_VERIFY_ACTS, "output",
     "SELECT a.at_us, a.subject || ' ' || a.id FROM act a LEFT JOIN chain c ON c.kind = 6 AND c.a = a.id"
     " WHERE c.n IS NULL"},
    {SW_VERIFY_CONFIGS, "config",
     "SELECT -9223372036854775808, f.sha256 FROM config f LEFT JOIN chain c ON c.kind = 4 AND c.ref = f.sha256"
     " WHERE c.n IS NULL"},
    {SW_VERIFY_SCHEDULES, "schedule",
     "SELECT s.at_us, 'revision ' || s.revision FROM schedule s LEFT JOIN chain c ON c.kind = 7 AND c.a = s.revision"
     " WHERE c.n IS NULL"},
};

static int find_orphans(struct verify *v, const struct orphans *o, struct sw_err *err)
{
    const bool is_cut = v->r->pruned[SW_VERIFY_ENTRIES] > 0;
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(v->db, o->sql, &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const bool has_time = sw_db_text(st, 0, NULL) != NULL;

        if (has_time ? sw_db_int(st, 0) <= v->begun_us : is_cut && (uint64_t) sw_db_int(st, 2) < v->r->first_n)
            v->r->before[o->rows]++;
        else
            sw_verify_find(v->r, 0, o->kind, sw_db_text(st, 1, NULL), has_time ? sw_db_int(st, 0) : INT64_MIN,
                           "it hangs on no entry of the chain: it was put in by hand");
    }
    sw_db_finalize(st);
    return rc;
}

/* ---- tickets as they stand ---- */

static const char *member_of(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return text ? text : "";
}

/* What the columns say against what the newest revision says. @return NULL, or what differs */
static const char *compare_columns(struct sw_db_stmt *st, const char *newest, size_t len)
{
    json_t *root = json_loadb(newest, len, 0, NULL);
    const char *matter_key = sw_db_text(st, 1, NULL), *status = sw_db_text(st, 2, NULL);
    const json_t *said;
    const char *wrong = NULL;

    if (json_object_get(root, "matter_key") && strcmp(member_of(root, "matter_key"), matter_key ? matter_key : "") != 0)
        wrong = "matter_key";
    else if (json_object_get(root, "status") && strcmp(member_of(root, "status"), status ? status : "") != 0)
        wrong = "status";
    else if (sw_db_int(st, 3) != sw_db_int(st, 8))
        wrong = "revision";
    else if (sw_db_int(st, 4) != sw_db_int(st, 7) ||
             ((said = json_object_get(root, "changed_us")) && json_integer_value(said) != sw_db_int(st, 4)))
        wrong = "changed_us";
    json_decref(root);
    return wrong;
}

/** @param kept_from_us  of younger tickets the newest revision must be there */
static int check_ticket(struct verify *v, struct sw_db_stmt *st, int64_t kept_from_us)
{
    const char *id = sw_db_text(st, 0, NULL);
    size_t len, newest_len;
    const char *json = sw_db_text(st, 5, &len), *newest = sw_db_text(st, 6, &newest_len), *wrong;
    sw_hash is, was;

    if (!newest) {
        if (sw_db_int(st, 4) > kept_from_us)
            sw_verify_find(v->r, 0, "ticket", id, sw_db_int(st, 4),
                           "it hangs on no entry of the chain: it was put in by hand");
        else
            v->r->before[SW_VERIFY_REVISIONS]++;
        return SW_OK;
    }
    wrong = json ? verify_json_hash(v, json, len, is) : "it has no text";
    sw_chain_body_hash(newest, newest_len, was);
    if (wrong)
        sw_verify_find(v->r, 0, "ticket", id, sw_db_int(st, 4), "as it stands it was changed: %s", wrong);
    else if (memcmp(is, was, sizeof(is)) != 0)
        sw_verify_find(v->r, 0, "ticket", id, sw_db_int(st, 4), "as it stands it is not its newest revision");
    else if ((wrong = compare_columns(st, newest, newest_len)))
        sw_verify_find(v->r, 0, "ticket", id, sw_db_int(st, 4), "its row says another %s than its newest revision",
                       wrong);
    return SW_OK;
}

static int check_tickets(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int64_t kept_from_us = v->begun_us;
    int rc = SW_OK;

    if (v->r->pruned[SW_VERIFY_ENTRIES] || v->r->pruned[SW_VERIFY_REVISIONS])
        rc = sw_db_value(v->db, "SELECT c.at_us FROM ticket_revision r JOIN chain c ON c.n = r.n ORDER BY r.n LIMIT 1",
                         INT64_MAX, &kept_from_us, err);
    if (rc >= 0)
        rc = sw_db_prepare(v->db,
                           "SELECT t.id, t.matter_key, t.status, t.revision, t.changed_us, t.json, r.json, c.at_us,"
                           " r.revision FROM ticket t LEFT JOIN ticket_revision r"
                           " ON r.n = (SELECT max(n) FROM ticket_revision WHERE ticket = t.id)"
                           " LEFT JOIN chain c ON c.n = r.n",
                           &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        rc = check_ticket(v, st, kept_from_us);
    sw_db_finalize(st);
    if (rc < 0)
        return rc;
    rc = sw_db_prepare(v->db,
                       "SELECT ticket, max(n) FROM ticket_revision WHERE ticket NOT IN (SELECT id FROM ticket)"
                       " GROUP BY ticket",
                       &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        sw_verify_find(v->r, (uint64_t) sw_db_int(st, 1), "ticket", sw_db_text(st, 0, NULL), INT64_MIN,
                       "it has revisions, and was itself deleted");
    sw_db_finalize(st);
    return rc;
}

int verify_rows(struct verify *v, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0; i < SW_ARRAY_SIZE(orphans) && rc >= 0; i++)
        rc = find_orphans(v, &orphans[i], err);
    return rc < 0 ? rc : check_tickets(v, err);
}
