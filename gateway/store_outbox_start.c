// SPDX-License-Identifier: Apache-2.0
/* The outbox at a start: which bit belongs to which destination, and what is counted anew. All of it in the transaction
 * of the start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

#define FORGOTTEN "?" /* instead of an id: its rows are being taken off */
#define FORGET_ROWS 16384

/* "id id - id": which bit belongs to whom, over restarts and changes of the configuration. */
struct slots {
    char id[SW_STORE_DESTINATIONS_MAX][SW_ID_SIZE];
};

static int read_slots(struct sw_store *s, struct slots *ret, struct sw_err *err)
{
    char text[SW_STORE_DESTINATIONS_MAX * SW_ID_SIZE], *rest = text, *word;
    int rc = store_meta_get(s, "destinations", text, sizeof(text), err);

    memset(ret, 0, sizeof(*ret));
    if (rc == SW_E_NOTFOUND) { /* a file from before: everything in it was for the first one */
        snprintf(ret->id[0], SW_ID_SIZE, "%s", s->destination[0].id);
        return SW_OK;
    }
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < SW_STORE_DESTINATIONS_MAX && (word = strsep(&rest, " ")) != NULL; i++)
        if (strcmp(word, "-") != 0)
            snprintf(ret->id[i], SW_ID_SIZE, "%.*s", SW_ID_SIZE - 1, word);
    return SW_OK;
}

static int write_slots(struct sw_store *s, const struct slots *v, struct sw_err *err)
{
    char text[SW_STORE_DESTINATIONS_MAX * (SW_ID_SIZE + 1)] = "";
    size_t len = 0;

    for (size_t i = 0; i < SW_STORE_DESTINATIONS_MAX; i++)
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", *v->id[i] ? v->id[i] : "-");
    return store_meta_put(s, "destinations", text, err);
}

static size_t slot_named(const struct slots *v, const char *id)
{
    size_t i = 0;

    while (i < SW_STORE_DESTINATIONS_MAX && strcmp(v->id[i], id) != 0)
        i++;
    return i;
}

/* What is left of it: runs of numbers, as a rule. */
static int forget_slot(struct sw_store *s, size_t slot, struct sw_err *err)
{
    static const char *const tables[] = {"outbox", "gap"};
    const unsigned bit = 1u << slot;
    int rc = SW_OK;

    for (size_t i = 0; i < SW_ARRAY_SIZE(tables) && rc == SW_OK; i++) {
        char sql[160];

        snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE todo = %u; UPDATE %s SET todo = todo & ~%u WHERE todo & %u",
                 tables[i], bit, tables[i], bit, bit);
        rc = sw_db_exec(s->db, sql, err);
    }
    return rc;
}

static bool is_wanted(const struct sw_store *s, const char *id)
{
    for (size_t i = 0; i < s->n_destinations; i++)
        if (strcmp(id, s->destination[i].id) == 0)
            return true;
    return false;
}

/* A lane's rows, each piece in a transaction of its own. */
static int forget_in_pieces(struct sw_store *s, int lane, unsigned bit, struct sw_err *err)
{
    char sql[320];
    int64_t first = 0, last = 0;
    int rc;

    snprintf(sql, sizeof(sql), "SELECT min(id) FROM outbox WHERE id > %lld AND id < %lld",
             (long long) store_lane_first(lane), (long long) store_lane_first(lane + 1));
    rc = sw_db_value(s->db, sql, 0, &first, err);
    snprintf(sql, sizeof(sql), "SELECT max(id) FROM outbox WHERE id > %lld AND id < %lld",
             (long long) store_lane_first(lane), (long long) store_lane_first(lane + 1));
    if (rc == SW_OK)
        rc = sw_db_value(s->db, sql, 0, &last, err);
    for (int64_t at = first; at > 0 && at <= last && rc == SW_OK; at += FORGET_ROWS) {
        const long long from = at, to = at + FORGET_ROWS;

        snprintf(sql, sizeof(sql),
                 "DELETE FROM outbox WHERE id >= %lld AND id < %lld AND todo = %u;"
                 "UPDATE outbox SET todo = todo & ~%u WHERE id >= %lld AND id < %lld AND todo & %u",
                 from, to, bit, bit, from, to, bit);
        rc = sw_db_exec(s->db, sql, err);
    }
    return rc;
}

int store_outbox_forget(struct sw_store *s, bool is_simulated, struct sw_err *err)
{
    struct slots v;
    char was[32];
    int rc = store_meta_get(s, "simulated", was, sizeof(was), err);

    if (rc == SW_E_NOTFOUND || (rc == SW_OK && (strtol(was, NULL, 10) != 0) != is_simulated))
        return SW_OK; /* a new file, or one that this start will refuse */
    if (rc == SW_OK)
        rc = read_slots(s, &v, err);
    for (size_t slot = 0; slot < SW_STORE_DESTINATIONS_MAX && rc == SW_OK; slot++) {
        if (!*v.id[slot] || is_wanted(s, v.id[slot]))
            continue;
        if (strcmp(v.id[slot], FORGOTTEN) != 0)
            sw_log(SW_LOG_NOTICE, "store: %s is no longer in the configuration; what waited for it alone is forgotten",
                   v.id[slot]);
        snprintf(v.id[slot], SW_ID_SIZE, "%s", FORGOTTEN); /* and stays so, when this is cut short and it is back */
        rc = write_slots(s, &v, err);
        for (int lane = 0; lane < SW_LANE__STORED && rc == SW_OK; lane++)
            rc = forget_in_pieces(s, lane, 1u << slot, err);
    }
    return rc;
}

/* Give each destination its slot. *ret_changed: rows went, the counts are to be taken anew. */
static int load_slots(struct sw_store *s, bool *ret_changed, struct sw_err *err)
{
    struct slots v;
    int rc = read_slots(s, &v, err);

    *ret_changed = false;
    for (size_t slot = 0; slot < SW_STORE_DESTINATIONS_MAX && rc == SW_OK; slot++) {
        if (!*v.id[slot] || is_wanted(s, v.id[slot]))
            continue;
        v.id[slot][0] = '\0';
        *ret_changed = true;
        rc = forget_slot(s, slot, err);
    }
    for (size_t i = 0; i < s->n_destinations && rc == SW_OK; i++) {
        struct store_destination *d = &s->destination[i];

        d->slot = slot_named(&v, d->id);
        if (d->slot == SW_STORE_DESTINATIONS_MAX) {
            d->slot = slot_named(&v, "");
            snprintf(v.id[d->slot], SW_ID_SIZE, "%s", d->id);
        }
        d->bit = 1u << d->slot;
    }
    return rc < 0 ? rc : write_slots(s, &v, err);
}

static int count_all(struct sw_store *s, struct sw_err *err)
{
    struct store_tally *t = &s->tally;
    char sql[192];
    int rc;

    snprintf(sql, sizeof(sql),
             "SELECT sum(length(topic) + length(payload) + ifnull(length(props), 0) + %d) FROM outbox",
             STORE_ROW_OVERHEAD);
    rc = sw_db_value(s->db, sql, 0, &t->bytes, err);
    for (unsigned slot = 0; slot < SW_STORE_DESTINATIONS_MAX; slot++)
        for (int lane = 0; lane < SW_LANE__STORED && rc == SW_OK; lane++) {
            snprintf(sql, sizeof(sql), "SELECT count(*) FROM outbox WHERE id > %lld AND id < %lld AND todo & %u",
                     (long long) store_lane_first(lane), (long long) store_lane_first(lane + 1), 1u << slot);
            rc = sw_db_value(s->db, sql, 0, &t->rows[slot][lane], err);
        }
    return rc;
}

static int load_tally(struct sw_store *s, bool is_changed, struct sw_err *err)
{
    char text[24 * (1 + SW_STORE_DESTINATIONS_MAX * SW_LANE__STORED)], *at = text;
    int rc = store_meta_get(s, "outbox", text, sizeof(text), err);

    if (rc == SW_OK) {
        s->tally.bytes = strtoll(at, &at, 10);
        for (size_t slot = 0; slot < SW_STORE_DESTINATIONS_MAX; slot++)
            for (int lane = 0; lane < SW_LANE__STORED; lane++)
                s->tally.rows[slot][lane] = strtoll(at, &at, 10);
        s->tally_written = s->tally;
    }
    if (rc == SW_E_NOTFOUND || (rc == SW_OK && (is_changed || !store_tally_is_large(&s->tally))))
        rc = count_all(s, err);
    return rc < 0 ? rc : sw_db_value(s->db, "SELECT count(*) FROM gap", 0, &s->tally.gaps, err);
}

static int load_next_ids(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    for (int lane = 0; lane < SW_LANE__STORED && rc == SW_OK; lane++) {
        char sql[128];

        snprintf(sql, sizeof(sql), "SELECT id FROM outbox WHERE id > %lld AND id < %lld ORDER BY id DESC LIMIT 1",
                 (long long) store_lane_first(lane), (long long) store_lane_first(lane + 1));
        rc = sw_db_value(s->db, sql, store_lane_first(lane), &s->next_id[lane], err);
        s->next_id[lane]++;
    }
    return rc;
}

int store_outbox_load(struct sw_store *s, struct sw_err *err)
{
    bool is_changed = false;
    int rc = load_slots(s, &is_changed, err);

    if (rc == SW_OK)
        rc = load_next_ids(s, err);
    if (rc == SW_OK)
        rc = load_tally(s, is_changed, err);
    for (size_t i = 0; i < s->n_destinations; i++)
        for (int lane = 0; lane < SW_LANE__STORED; lane++)
            s->destination[i].done_to[lane] = store_lane_first(lane);
    return rc < 0 ? rc : store_tally_write(s, err);
}
