// SPDX-License-Identifier: Apache-2.0
/* Handing committed outbox rows to the uplinks and taking their acknowledgements. Rows are always read from the file,
 * in order, a window at a time: a backlog of a million rows needs no more memory than one of ten. Each destination has
 * its own place in the outbox, so that one that is dead does not hold up another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/store_int.h"

#define WALK_ROWS 16384 /* of the outbox that are looked at between two commits, for a lane: 3 MB */

/* Rows that an uplink of an earlier generation did not take. */
static void empty_rows(struct store_destination *d)
{
    struct sw_store_row *row;

    while (sw_mailbox_take(d->rows, &row, 1))
        free(row);
}

/* The last bulk row that waited for longer than a brief interruption: up to it everything is backlog. A row of a time
 * to come was put before the clock went back, nobody knows how long ago. What was backlog once stays it: else an older
 * document would follow a newer one in the live lane. */
static int64_t find_boundary(struct sw_store *s, const struct store_destination *d)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_BOUNDARY];
    int64_t id = store_lane_first(SW_LANE_BULK);

    sw_db_bind_int(st, 1, id);
    sw_db_bind_int(st, 2, store_lane_first(SW_LANE_BULK + 1));
    sw_db_bind_int(st, 3, s->engine_now_us - s->fresh_us);
    sw_db_bind_int(st, 4, s->engine_now_us + SW_US_PER_S);
    if (sw_db_step(st, NULL) == 1)
        id = sw_db_int(st, 0);
    sw_db_reset(st);
    return SW_MAX(id, d->boundary_was);
}

/* How many bulk rows behind the boundary wait for it: few, they are of the last moments. */
static int64_t count_fresh(struct sw_store *s, const struct store_destination *d)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_COUNT];
    int64_t n = 0;

    sw_db_bind_int(st, 1, d->boundary);
    sw_db_bind_int(st, 2, store_lane_first(SW_LANE_BULK + 1));
    sw_db_bind_int(st, 3, d->bit);
    if (sw_db_step(st, NULL) == 1)
        n = sw_db_int(st, 0);
    sw_db_reset(st);
    return n;
}

static void start_lanes(struct store_destination *d)
{
    static const int stored[SW_LANE__COUNT] = {
        [SW_LANE_ALARM] = SW_LANE_ALARM, [SW_LANE_BULK] = SW_LANE_BULK, [SW_LANE_BACKFILL] = SW_LANE_BULK};

    for (int lane = 0; lane < SW_LANE__COUNT; lane++)
        d->lane[lane] = (struct store_lane){.cursor = d->done_to[stored[lane]], .may_have_more = true};
    d->lane[SW_LANE_BULK].cursor = SW_MAX(d->lane[SW_LANE_BULK].cursor, d->boundary);
}

void store_hand_attach(struct sw_store *s, size_t destination, uint32_t generation)
{
    struct store_destination *d = &s->destination[destination];

    store_hand_acks(s); /* what its last connection acknowledged does not go out again */
    d->attached = generation;
    d->is_loss_told = d->is_loss_told && !generation;
    empty_rows(d);
    d->boundary = store_lane_first(SW_LANE_BULK);
    s->tally.backlog[d->slot] = 0;
    if (generation) {
        d->boundary = d->boundary_was = find_boundary(s, d);
        s->tally.backlog[d->slot] = s->tally.rows[d->slot][SW_LANE_BULK] - count_fresh(s, d);
    }
    start_lanes(d);
    memset(s->shed_from, 0, sizeof(s->shed_from));
    store_outbox_show(s);
}

/* "sensor/a/agg/1m" becomes "sensor/a/backfill/1m". @return bytes that are written or would be, without the NUL */
static size_t backfill_topic(const char *topic, size_t len, char *buf)
{
    static const char live[] = "/agg/", waited[] = "/backfill/";
    const char *at = strstr(topic, live);
    size_t head = at ? (size_t) (at - topic) : 0;

    if (!at) {
        memcpy(buf, topic, len + 1);
        return len;
    }
    memcpy(buf, topic, head);
    memcpy(buf + head, waited, sizeof(waited) - 1);
    strcpy(buf + head + sizeof(waited) - 1, at + sizeof(live) - 1);
    return len + sizeof(waited) - sizeof(live);
}

/* The document says that it is late; what is stored stays as it is. Within a string these quotes would be escaped. */
static size_t backfill_payload(const char *payload, size_t len, char *buf)
{
    static const char no[] = "\"historical\":false", yes[] = "\"historical\":true";
    const char *at = memmem(payload, len, no, sizeof(no) - 1);
    size_t head = at ? (size_t) (at - payload) : len - 1;
    const size_t tail_at = at ? head + sizeof(no) - 1 : head;

    if (len < 3 || payload[len - 1] != '}') {
        memcpy(buf, payload, len);
        return len;
    }
    memcpy(buf, payload, head);
    if (!at)
        buf[head++] = ',';
    memcpy(buf + head, yes, sizeof(yes) - 1);
    head += sizeof(yes) - 1;
    memcpy(buf + head, payload + tail_at, len - tail_at);
    return head + len - tail_at;
}

#define BACKFILL_MORE 32 /* bytes that topic and payload grow by at most */

/* Copy the statement's present row into one piece of heap. */
static struct sw_store_row *row_of(struct sw_store *s, struct sw_db_stmt *st, int lane, uint32_t generation)
{
    const bool is_backfill = lane == SW_LANE_BACKFILL;
    size_t topic_len, props_len, len;
    const char *topic = sw_db_text(st, 2, &topic_len);
    const char *props = sw_db_text(st, 5, &props_len);
    const char *payload = store_unpack(s, sw_db_blob(st, 6, &len), &len);
    struct sw_store_row *row = malloc(sizeof(*row) + topic_len + props_len + len + 3 + BACKFILL_MORE);
    char *at = (char *) (row + 1);

    if (!row || !topic) {
        free(row);
        return NULL;
    }
    *row = (struct sw_store_row){.id = sw_db_int(st, 0),
                                 .seq = sw_db_int(st, 1),
                                 .generation = generation,
                                 .lane = (enum sw_lane) lane,
                                 .retain = sw_db_int(st, 3) != 0,
                                 .expiry_s = (uint32_t) sw_db_int(st, 4)};
    row->topic = at;
    if (is_backfill)
        topic_len = backfill_topic(topic, topic_len, at);
    else
        memcpy(at, topic, topic_len + 1);
    at += topic_len + 1;
    row->props = props ? memcpy(at, props, props_len + 1) : NULL;
    at += props ? props_len + 1 : 0;
    if (is_backfill && len)
        row->len = backfill_payload(payload, len, at);
    else if (len)
        memcpy(at, payload, row->len = len);
    at[row->len] = '\0';
    row->payload = at;
    return row;
}

static bool has_room(const struct store_lane *l)
{
    return l->out_rows < SW_STORE_WINDOW_ROWS && l->out_bytes < SW_STORE_WINDOW_BYTES;
}

/* Where a lane ends in the outbox; the row with this id is still part of it. */
static int64_t last_of(const struct store_destination *d, int lane)
{
    return lane == SW_LANE_BACKFILL ? d->boundary : store_lane_first(lane + 1) - 1;
}

/* A piece of the lane: what lies there for others alone is walked over, and commits are not to wait for that. */
static int hand_lane(struct sw_store *s, struct store_destination *d, int lane, struct sw_err *err)
{
    struct store_lane *l = &d->lane[lane];
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_NEXT];
    const int64_t end = SW_MIN(last_of(d, lane), s->next_id[lane == SW_LANE_ALARM ? lane : SW_LANE_BULK] - 1);
    const int64_t last = SW_MIN(end, l->cursor + WALK_ROWS);
    int rc = 1, seen = 0;

    sw_db_bind_int(st, 1, l->cursor);
    sw_db_bind_int(st, 2, last);
    sw_db_bind_int(st, 3, SW_STORE_WINDOW_ROWS);
    sw_db_bind_int(st, 4, d->bit);
    while (has_room(l) && (rc = sw_db_step(st, err)) == 1) {
        int64_t id = sw_db_int(st, 0);
        struct sw_store_row *row;
        size_t len;

        seen++;
        if (store_is_acknowledged(s, id, d->bit)) {
            l->cursor = id;
            continue;
        }
        row = row_of(s, st, lane, d->attached);
        len = row ? row->len : 0;
        if (!row || !sw_mailbox_post(d->rows, &row, 1, false)) {
            free(row); /* tried again with the next acknowledgement or commit */
            break;
        }
        l->cursor = id;
        l->out_rows++;
        l->out_bytes += len; /* the row is the uplink's by now */
    }
    sw_db_reset(st);
    if (rc == 0 && seen < SW_STORE_WINDOW_ROWS) {
        l->may_have_more = last < end;
        if (last < end)
            l->cursor = last;
    }
    return rc < 0 ? rc : SW_OK;
}

bool store_hand_out(struct sw_store *s)
{
    bool walks_on = false;

    for (size_t i = 0; i < s->n_destinations; i++) {
        struct store_destination *d = &s->destination[i];

        for (int lane = 0; d->attached && lane < SW_LANE__COUNT; lane++) {
            struct sw_err err = {0};

            if (!d->lane[lane].may_have_more || !has_room(&d->lane[lane]))
                continue;
            if (hand_lane(s, d, lane, &err) < 0)
                sw_complain(&s->complaint, sw_mono_real_us(), SW_LOG_ERR, "store: reading the outbox: %s", err.msg);
            else if (d->lane[lane].may_have_more && d->lane[lane].out_rows == 0)
                walks_on = true;
        }
    }
    return walks_on;
}

/* An acknowledgement may come twice (of two attachments), or for a row that went for want of space. When the file
 * cannot tell, the row counts as there: taking it off once too often does no harm. */
static bool waits_on_disk(struct sw_store *s, int64_t id, uint32_t bit)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_HAS];
    int rc;

    if (store_is_acknowledged(s, id, bit))
        return false;
    sw_db_bind_int(st, 1, id);
    sw_db_bind_int(st, 2, bit);
    rc = sw_db_step(st, NULL);
    sw_db_reset(st);
    return rc != 0;
}

/* Nothing of a lane is out: up to its cursor everything was acknowledged, and need never be looked at again. */
static void note_done(struct store_destination *d)
{
    const struct store_lane *alarm = &d->lane[SW_LANE_ALARM], *bulk = &d->lane[SW_LANE_BULK];
    const struct store_lane *backfill = &d->lane[SW_LANE_BACKFILL];

    if (alarm->out_rows == 0)
        d->done_to[SW_LANE_ALARM] = SW_MAX(d->done_to[SW_LANE_ALARM], alarm->cursor);
    if (backfill->out_rows == 0)
        d->done_to[SW_LANE_BULK] = SW_MAX(d->done_to[SW_LANE_BULK], backfill->cursor);
    if (backfill->out_rows == 0 && !backfill->may_have_more && bulk->out_rows == 0)
        d->done_to[SW_LANE_BULK] = SW_MAX(d->done_to[SW_LANE_BULK], bulk->cursor);
}

static void take_ack(struct sw_store *s, const struct sw_store_ack *ack)
{
    struct store_destination *d = &s->destination[ack->destination];
    const int lane = store_lane_of(ack->id);

    if (lane < 0 || lane >= SW_LANE__STORED)
        return;
    if (d->attached && ack->generation == d->attached) {
        struct store_lane *l = &d->lane[store_handed_lane(d, ack->id)];

        l->out_rows -= l->out_rows > 0;
        l->out_bytes -= SW_MIN(l->out_bytes, ack->bytes);
        note_done(d);
    }
    if (waits_on_disk(s, ack->id, d->bit)) {
        store_outbox_done(s, ack->id, d->bit, ack->is_refused);
        d->pending[store_handed_lane(d, ack->id)]--;
    }
}

void store_hand_acks(struct sw_store *s)
{
    struct sw_store_ack ack;

    while (s->n_deletes < STORE_DELETES_MAX && sw_mailbox_take(s->acks, &ack, 1))
        if (ack.destination < s->n_destinations)
            take_ack(s, &ack);
}
