// SPDX-License-Identifier: Apache-2.0
/* Rows of the outbox: putting one in, taking its destinations off one by one until it may go, shedding when there are
 * too many, and counting what is left. What a start finds is in store_outbox_start.c, handing out in store_hand.c, the
 * numbers of what never went in store_gap.c. All of it on the worker's thread, and but for what is shown inside a
 * transaction.
 *
 * A row names the destinations that it still waits for as bits. With one destination a row is written once and deleted
 * once; each further one costs a write of the row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

#define SHED_ROWS 256 /* that are looked at together */
#define SHED_BYTES                                                                                                     \
    (INT64_C(8) << 20) /* of one transaction, after a bound was made much smaller: the rest in the next */

/* ---- counting ---- */

void store_tally_begin(struct sw_store *s)
{
    s->tally_before = s->tally;
    s->is_tally_in_file = false;
    memcpy(s->next_id_before, s->next_id, sizeof(s->next_id));
}

void store_tally_undo(struct sw_store *s)
{
    s->tally = s->tally_before;
    s->is_tally_in_file = false;
    memcpy(s->next_id, s->next_id_before, sizeof(s->next_id));
    memset(s->shed_from, 0, sizeof(s->shed_from));
}

bool store_tally_is_large(const struct store_tally *t)
{
    for (size_t slot = 0; slot < SW_STORE_DESTINATIONS_MAX; slot++)
        for (int lane = 0; lane < SW_LANE__STORED; lane++)
            if (t->rows[slot][lane] > STORE_SMALL_ROWS)
                return true;
    return false;
}

/* A small outbox is counted at a start; only of a large one, and of its becoming small, the file is told. */
static bool is_tally_due(const struct sw_store *s)
{
    return store_tally_is_large(&s->tally) || store_tally_is_large(&s->tally_written);
}

/* "bytes rows…": kept with what it counts, so that no start has to read a large outbox. */
int store_tally_write(struct sw_store *s, struct sw_err *err)
{
    char text[24 * (1 + SW_STORE_DESTINATIONS_MAX * SW_LANE__STORED)];
    size_t len;

    if (!is_tally_due(s))
        return SW_OK;
    len = (size_t) snprintf(text, sizeof(text), "%lld", (long long) s->tally.bytes);
    for (size_t slot = 0; slot < SW_STORE_DESTINATIONS_MAX; slot++)
        for (int lane = 0; lane < SW_LANE__STORED; lane++)
            len += (size_t) snprintf(text + len, sizeof(text) - len, " %lld", (long long) s->tally.rows[slot][lane]);
    s->is_tally_in_file = true;
    return store_meta_put(s, "outbox", text, err);
}

/* Lane in which a row is handed to a destination. */
int store_handed_lane(const struct store_destination *d, int64_t id)
{
    const int lane = store_lane_of(id);

    return lane == SW_LANE_BULK && id <= d->boundary ? SW_LANE_BACKFILL : lane;
}

static void count_row(struct sw_store *s, int64_t id, uint32_t todo, int by)
{
    for (size_t i = 0; i < s->n_destinations; i++) {
        struct store_destination *d = &s->destination[i];

        if (!(todo & d->bit))
            continue;
        s->tally.rows[d->slot][store_lane_of(id)] += by;
        if (store_handed_lane(d, id) == SW_LANE_BACKFILL)
            s->tally.backlog[d->slot] += by;
    }
}

static void show_destination(struct sw_store *s, struct store_destination *d)
{
    int64_t pending[SW_LANE__COUNT] = {
        [SW_LANE_ALARM] = s->tally.rows[d->slot][SW_LANE_ALARM],
        [SW_LANE_BULK] = s->tally.rows[d->slot][SW_LANE_BULK] - s->tally.backlog[d->slot],
        [SW_LANE_BACKFILL] = s->tally.backlog[d->slot],
    };

    for (size_t i = 0; i < s->n_deletes; i++)
        if (s->deletes[i].bit == d->bit)
            pending[store_handed_lane(d, s->deletes[i].id)]--;
    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        d->pending[lane] = pending[lane];
    d->given_up = s->tally.given_up[d->slot];
    d->is_attached = d->attached != 0;
}

static int64_t oldest_us(struct sw_store *s)
{
    int64_t oldest_us = INT64_MAX;

    for (int lane = 0; lane < SW_LANE__STORED; lane++) {
        struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_OLDEST];

        sw_db_bind_int(st, 1, store_lane_first(lane));
        sw_db_bind_int(st, 2, store_lane_first(lane + 1));
        if (sw_db_step(st, NULL) == 1 && sw_db_text(st, 0, NULL))
            oldest_us = SW_MIN(oldest_us, sw_db_int(st, 0));
        sw_db_reset(st);
    }
    return oldest_us == INT64_MAX ? INT64_MIN : oldest_us;
}

void store_outbox_show(struct sw_store *s)
{
    int64_t waiting = 0;

    if (s->is_tally_in_file)
        s->tally_written = s->tally;
    s->is_tally_in_file = false;
    for (size_t i = 0; i < s->n_destinations; i++) {
        show_destination(s, &s->destination[i]);
        for (int lane = 0; lane < SW_LANE__COUNT; lane++)
            waiting += s->destination[i].pending[lane];
    }
    s->shown_bytes = s->tally.bytes;
    s->shown_gaps = s->tally.gaps;
    s->shed = (uint64_t) s->tally.shed;
    s->superseded = (uint64_t) s->tally.superseded;
    s->oldest_us = waiting > 0 ? oldest_us(s) : INT64_MIN;
    s->has_gap = store_gap_is_wanted(s);
}

/* ---- putting ---- */

static uint32_t all_bits(const struct sw_store *s)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < s->n_destinations; i++)
        bits |= s->destination[i].bit;
    return bits;
}

int store_outbox_put(struct sw_store *s, const struct store_row *r, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_PUT];
    const int64_t id = s->next_id[r->lane];
    const uint32_t todo = r->is_answer ? s->destination[0].bit : all_bits(s);
    const void *payload = r->payload ? r->payload : "";
    size_t len = r->len;
    int rc;

    if (r->class == SW_DOCUMENT_WINDOW_1M || r->class == SW_DOCUMENT_WINDOW)
        payload = store_pack(s, payload, &len);
    sw_db_bind_int(st, 1, id);
    if (r->seq < 0)
        sw_db_bind_null(st, 2);
    else
        sw_db_bind_int(st, 2, r->seq);
    sw_db_bind_int(st, 3, r->lane);
    sw_db_bind_text(st, 4, r->topic);
    sw_db_bind_int(st, 5, r->retain);
    sw_db_bind_int(st, 6, r->expiry_s);
    sw_db_bind_text(st, 7, r->props);
    sw_db_bind_blob(st, 8, payload, len);
    sw_db_bind_int(st, 9, todo);
    sw_db_bind_int(st, 10, r->class);
    sw_db_bind_int(st, 11, store_now_us(s));
    rc = sw_db_run(st, err);
    if (rc < 0)
        return rc;
    s->next_id[r->lane]++;
    s->last_seq = SW_MAX(s->last_seq, r->seq);
    s->tally.bytes += (int64_t) (strlen(r->topic) + (r->props ? strlen(r->props) : 0) + len) + STORE_ROW_OVERHEAD;
    count_row(s, id, todo, 1);
    for (size_t i = 0; i < s->n_destinations; i++)
        s->destination[i].lane[r->lane].may_have_more = true;
    return SW_OK;
}

/* What a decision about a row needs. */
struct row_facts {
    int64_t id, seq; /* seq -1 = none */
    int64_t bytes;
    uint32_t todo;
    int class;
};

/* Columns of the STORE_OUTBOX_FACTS statements. */
static struct row_facts facts_of(struct sw_db_stmt *st)
{
    return (struct row_facts){.id = sw_db_int(st, 0),
                              .seq = sw_db_text(st, 1, NULL) ? sw_db_int(st, 1) : SW_STORE_NO_SEQ,
                              .bytes = sw_db_int(st, 2) + STORE_ROW_OVERHEAD,
                              .todo = (uint32_t) sw_db_int(st, 3),
                              .class = (int) sw_db_int(st, 4)};
}

/* @return 1 found; 0 no such row; below zero */
static int find_row(struct sw_store *s, int64_t id, struct row_facts *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_GET];
    int rc;

    sw_db_bind_int(st, 1, id);
    rc = sw_db_step(st, err);
    if (rc == 1)
        *ret = facts_of(st);
    sw_db_reset(st);
    return rc;
}

static int delete_row(struct sw_store *s, const struct row_facts *r, struct sw_err *err)
{
    int rc;

    sw_db_bind_int(s->stmt[STORE_OUTBOX_DELETE], 1, r->id);
    rc = sw_db_run(s->stmt[STORE_OUTBOX_DELETE], err);
    if (rc < 0)
        return rc;
    s->tally.bytes -= r->bytes;
    count_row(s, r->id, r->todo, -1);
    return SW_OK;
}

/* It will never be sent: its number is to be announced. */
static int give_up_row(struct sw_store *s, const struct row_facts *r, enum store_gap_reason reason, struct sw_err *err)
{
    int rc = delete_row(s, r, err);

    if (rc == SW_OK && r->seq >= 0)
        rc = store_gap_add(s, r->class, reason, r->seq, r->todo, err);
    return rc;
}

/* An uplink has it: it may be on its way. */
static bool is_out(const struct sw_store *s, const struct row_facts *r)
{
    for (size_t i = 0; i < s->n_destinations; i++) {
        const struct store_destination *d = &s->destination[i];

        if (d->attached && (r->todo & d->bit) && r->id <= d->lane[store_handed_lane(d, r->id)].cursor)
            return true;
    }
    return false;
}

/* A ticket's document that nobody has seen is not worth sending when there is a newer one. */
static int supersede(struct sw_store *s, const char *topic, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_TICKET];
    struct row_facts found[8]; /* one as a rule: those that are out are not replaced */
    size_t n = 0;
    int rc;

    sw_db_bind_text(st, 1, topic);
    while (n < SW_ARRAY_SIZE(found) && (rc = sw_db_step(st, err)) == 1)
        found[n++] = facts_of(st);
    sw_db_reset(st);
    if (n < SW_ARRAY_SIZE(found) && rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++) {
        if (is_out(s, &found[i]))
            continue;
        rc = give_up_row(s, &found[i], STORE_GAP_SUPERSEDED, err);
        if (rc < 0)
            return rc;
        s->tally.superseded++;
    }
    return SW_OK;
}

int store_write_document(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    const struct store_row r = {.seq = op->a,
                                .lane = op->lane,
                                .class = op->class,
                                .is_answer = op->is_answer != 0,
                                .retain = op->retain != 0,
                                .expiry_s = op->expiry_s,
                                .topic = text[0],
                                .props = op->has_props ? text[1] : NULL,
                                .payload = text[2],
                                .len = op->len[2]};
    int rc = SW_OK;

    if (r.class == SW_DOCUMENT_TICKET)
        rc = supersede(s, r.topic, err);
    return rc < 0 ? rc : store_outbox_put(s, &r, err);
}

/* ---- taking off ---- */

bool store_is_acknowledged(const struct sw_store *s, int64_t id, uint32_t bit)
{
    if (id > s->acknowledged_max[store_lane_of(id)])
        return false;
    for (size_t i = 0; i < s->n_deletes; i++)
        if (s->deletes[i].id == id && s->deletes[i].bit == bit)
            return true;
    return false;
}

void store_outbox_done(struct sw_store *s, int64_t id, uint32_t bit, bool is_refused)
{
    const int lane = store_lane_of(id);

    s->deletes[s->n_deletes++] = (struct store_delete){.id = id, .bit = bit, .is_refused = is_refused};
    s->acknowledged_max[lane] = SW_MAX(s->acknowledged_max[lane], id);
}

static int take_off_row(struct sw_store *s, const struct row_facts *r, uint32_t bit, struct sw_err *err)
{
    int rc;

    if (r->todo == bit)
        return delete_row(s, r, err);
    sw_db_bind_int(s->stmt[STORE_OUTBOX_TAKE_OFF], 1, r->id);
    sw_db_bind_int(s->stmt[STORE_OUTBOX_TAKE_OFF], 2, r->todo & ~bit);
    rc = sw_db_run(s->stmt[STORE_OUTBOX_TAKE_OFF], err);
    if (rc == SW_OK)
        count_row(s, r->id, bit, -1);
    return rc;
}

static int take_off(struct sw_store *s, const struct store_delete *d, struct sw_err *err)
{
    struct row_facts r = {0};
    int rc = find_row(s, d->id, &r, err);

    if (rc <= 0 || !(r.todo & d->bit))
        return rc < 0 ? rc : SW_OK;
    if (d->is_refused && r.seq >= 0 &&
        r.class != SW_DOCUMENT_GAP) /* else a refused announcement would call for another */
        rc = store_gap_add(s, r.class, STORE_GAP_REFUSED, r.seq, d->bit, err);
    return rc < 0 ? rc : take_off_row(s, &r, d->bit, err);
}

int store_write_deletes(struct sw_store *s, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0; i < s->n_deletes && rc == SW_OK; i++)
        rc = take_off(s, &s->deletes[i], err);
    return rc;
}

void store_deletes_done(struct sw_store *s)
{
    s->n_deletes = 0;
    memset(s->acknowledged_max, 0, sizeof(s->acknowledged_max));
}

/* ---- shedding ---- */

/* The oldest of a class that nobody has in hand. @return how many went, or below zero */
static int64_t shed_class(struct sw_store *s, int class, int64_t until_bytes, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_OF_CLASS];
    struct row_facts found[SHED_ROWS];
    int64_t *from = &s->shed_from[class], gone = 0;
    size_t n = 0;
    int rc = 1;

    sw_db_bind_int(st, 1, SW_MAX(*from, store_lane_first(SW_LANE_BULK)));
    sw_db_bind_int(st, 2, store_lane_first(SW_LANE_BULK + 1));
    sw_db_bind_int(st, 3, class);
    while (n < SHED_ROWS && (rc = sw_db_step(st, err)) == 1)
        found[n++] = facts_of(st);
    sw_db_reset(st);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n && s->tally.bytes > until_bytes; i++) {
        *from = found[i].id; /* what is out comes up again when the uplink is back */
        if (is_out(s, &found[i]))
            continue;
        rc = give_up_row(s, &found[i], STORE_GAP_SHED, err);
        if (rc < 0)
            return rc;
        s->tally.shed++;
        gone++;
    }
    /* all of them out: the next call looks behind them */
    return gone == 0 && n == SHED_ROWS ? shed_class(s, class, until_bytes, err) : gone;
}

int64_t store_outbox_shed(struct sw_store *s, int64_t bytes, struct sw_err *err)
{
    static const int order[] = {SW_DOCUMENT_WINDOW_1M, SW_DOCUMENT_WINDOW};
    const int64_t until_bytes = s->tally.bytes - bytes;
    int64_t total = 0;

    for (size_t i = 0; i < SW_ARRAY_SIZE(order) && s->tally.bytes > until_bytes;) {
        int64_t gone = shed_class(s, order[i], until_bytes, err);

        if (gone < 0)
            return gone;
        total += gone;
        i += gone == 0;
    }
    return total;
}

/* ---- what a mirror was away too long for ---- */

static int64_t mirror_rows_max(const struct sw_store *s)
{
    if (s->outbox_max_bytes <= 0)
        return STORE_MIRROR_ROWS_MAX;
    return SW_MAX(s->outbox_max_bytes / STORE_MIRROR_ROW_BYTES, (int64_t) STORE_MIRROR_ROWS_MIN);
}

/* Of what nobody there has in hand. @return 1 found; 0 none; below zero */
static int oldest_alarm(struct sw_store *s, const struct store_destination *d, struct row_facts *ret,
                        struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_NEXT];
    int64_t from = d->attached ? d->lane[SW_LANE_ALARM].cursor : d->done_to[SW_LANE_ALARM];
    int rc;

    /* those that were given up before may be many, and wait for the platform: they are not walked over again */
    sw_db_bind_int(st, 1, SW_MAX(from, s->tally.given_up_to[d->slot]));
    sw_db_bind_int(st, 2, store_lane_first(SW_LANE_ALARM + 1) - 1);
    sw_db_bind_int(st, 3, 1);
    sw_db_bind_int(st, 4, d->bit);
    rc = sw_db_step(st, err);
    if (rc == 1)
        ret->id = sw_db_int(st, 0);
    sw_db_reset(st);
    return rc == 1 ? find_row(s, ret->id, ret, err) : rc;
}

static int give_up_alarm(struct sw_store *s, struct store_destination *d, const struct row_facts *r, struct sw_err *err)
{
    const int class = r->class == SW_DOCUMENT_GAP ? SW_DOCUMENT_KEPT : r->class;
    int rc = SW_OK;

    if (r->class == SW_DOCUMENT_GAP)
        rc = store_gap_again(s, r->id, d->bit, err);
    if (rc == SW_OK && r->seq >= 0)
        rc = store_gap_add(s, class, STORE_GAP_SHED, r->seq, d->bit, err);
    if (rc == SW_OK)
        rc = take_off_row(s, r, d->bit, err);
    if (rc == SW_OK) {
        s->tally.given_up[d->slot]++;
        s->tally.given_up_to[d->slot] = r->id;
    }
    return rc;
}

/* Alarms for the platform wait for ever; those of a mirror that never comes back would fill the disk. */
static int bound_mirror(struct sw_store *s, struct store_destination *d, struct sw_err *err)
{
    const int64_t max = mirror_rows_max(s) * (d->attached ? 2 : 1); /* one that is back is given time to take them */
    int64_t over = SW_MIN(s->tally.rows[d->slot][SW_LANE_ALARM] - max, (int64_t) SHED_ROWS);
    int rc = 1;

    for (; over > 0 && rc == 1; over--) {
        struct row_facts r;

        rc = oldest_alarm(s, d, &r, err);
        if (rc == 1) {
            int gone = give_up_alarm(s, d, &r, err);

            rc = gone < 0 ? gone : 1;
        }
        if (rc == 1 && !d->is_loss_told) {
            d->is_loss_told = true;
            sw_log(
                SW_LOG_WARNING,
                "store: more than %lld alarms wait for %s: the oldest are not kept for it any longer, it will be told "
                "which numbers it missed",
                (long long) max, d->id);
        }
    }
    return rc < 0 ? rc : SW_OK;
}

int64_t sw_store_given_up(const struct sw_store *s, size_t destination)
{
    return destination < s->n_destinations ? s->destination[destination].given_up : 0;
}

int store_outbox_bound(struct sw_store *s, struct sw_err *err)
{
    int64_t rc = 0;

    if (s->outbox_max_bytes > 0 && s->tally.bytes > s->outbox_max_bytes)
        rc = store_outbox_shed(s, SW_MIN(s->tally.bytes - s->outbox_max_bytes, SHED_BYTES), err);
    for (size_t i = 1; i < s->n_destinations && rc >= 0; i++)
        rc = bound_mirror(s, &s->destination[i], err);
    return rc < 0 ? (int) rc : SW_OK;
}
