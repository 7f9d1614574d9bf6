// SPDX-License-Identifier: Apache-2.0
/* Handing committed outbox rows to the uplink and taking its acknowledgements. Rows are always read from the file, in
 * order, a window at a time: a backlog of a million rows needs no more memory than one of ten. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/store_int.h"

/* Rows that an uplink of an earlier generation did not take. */
static void empty_rows(struct sw_store *s)
{
    struct sw_store_row *row;

    while (sw_mailbox_take(s->rows, &row, 1))
        free(row);
}

void store_hand_attach(struct sw_store *s, uint32_t generation)
{
    s->attached = generation;
    empty_rows(s);
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        struct store_lane *l = &s->lane[lane];

        l->cursor = store_lane_first(lane);
        l->out_rows = l->out_bytes = 0;
        l->may_have_more = true;
    }
}

/* Copy the statement's present row into one piece of heap. */
static struct sw_store_row *row_of(struct sw_db_stmt *st, int lane, uint32_t generation)
{
    size_t topic_len, props_len, len;
    const char *topic = sw_db_text(st, 2, &topic_len);
    const char *props = sw_db_text(st, 5, &props_len);
    const void *payload = sw_db_blob(st, 6, &len);
    struct sw_store_row *row = malloc(sizeof(*row) + topic_len + props_len + len + 3);
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
                                 .expiry_s = (uint32_t) sw_db_int(st, 4),
                                 .len = len};
    row->topic = memcpy(at, topic, topic_len + 1);
    at += topic_len + 1;
    row->props = props ? memcpy(at, props, props_len + 1) : NULL;
    at += props ? props_len + 1 : 0;
    if (len)
        memcpy(at, payload, len);
    at[len] = '\0';
    row->payload = at;
    return row;
}

static bool has_room(const struct store_lane *l)
{
    return l->out_rows < SW_STORE_WINDOW_ROWS && l->out_bytes < SW_STORE_WINDOW_BYTES;
}

/* True if the row was acknowledged but its deletion is not committed yet: it must not go out again. */
static bool is_acknowledged(const struct sw_store *s, int64_t id)
{
    for (size_t i = 0; i < s->n_deletes; i++)
        if (s->deletes[i] == id)
            return true;
    return false;
}

static int hand_lane(struct sw_store *s, int lane, struct sw_err *err)
{
    struct store_lane *l = &s->lane[lane];
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_NEXT];
    int rc = 1, seen = 0;

    sw_db_bind_int(st, 1, l->cursor);
    sw_db_bind_int(st, 2, store_lane_first(lane + 1));
    sw_db_bind_int(st, 3, SW_STORE_WINDOW_ROWS);
    while (has_room(l) && (rc = sw_db_step(st, err)) == 1) {
        int64_t id = sw_db_int(st, 0);
        struct sw_store_row *row;
        size_t len;

        seen++;
        if (is_acknowledged(s, id)) {
            l->cursor = id;
            continue;
        }
        row = row_of(st, lane, s->attached);
        len = row ? row->len : 0;
        if (!row || !sw_mailbox_post(s->rows, &row, 1, false)) {
            free(row); /* tried again with the next acknowledgement or commit */
            break;
        }
        l->cursor = id;
        l->out_rows++;
        l->out_bytes += len; /* the row is the uplink's by now */
    }
    sw_db_reset(st);
    if (rc == 0 && seen < SW_STORE_WINDOW_ROWS)
        l->may_have_more = false;
    return rc < 0 ? rc : SW_OK;
}

void store_hand_out(struct sw_store *s)
{
    if (!s->attached)
        return;
    for (int lane = 0; lane < SW_LANE__COUNT; lane++) {
        struct sw_err err = {0};

        if (s->lane[lane].may_have_more && has_room(&s->lane[lane]) && hand_lane(s, lane, &err) < 0)
            sw_complain(&s->complaint, sw_mono_real_us(), SW_LOG_ERR, "store: reading the outbox: %s", err.msg);
    }
}

/* An acknowledgement may come twice (of two attachments), or for a row that went for want of space. When the file
 * cannot tell, the row counts as there: deleting it once too often does no harm. */
static bool waits_on_disk(struct sw_store *s, int64_t id)
{
    struct sw_db_stmt *st = s->stmt[STORE_OUTBOX_HAS];
    int rc;

    if (is_acknowledged(s, id))
        return false;
    sw_db_bind_int(st, 1, id);
    rc = sw_db_step(st, NULL);
    sw_db_reset(st);
    return rc != 0;
}

void store_hand_acks(struct sw_store *s)
{
    struct sw_store_ack ack;

    while (s->n_deletes < STORE_DELETES_MAX && sw_mailbox_take(s->acks, &ack, 1)) {
        int lane = store_lane_of(ack.id);

        if (lane < 0 || lane >= SW_LANE__COUNT)
            continue;
        if (s->attached && ack.generation == s->attached) {
            struct store_lane *l = &s->lane[lane];

            l->out_rows -= l->out_rows > 0;
            l->out_bytes -= SW_MIN(l->out_bytes, ack.bytes);
        }
        if (!waits_on_disk(s, ack.id))
            continue;
        s->deletes[s->n_deletes++] = ack.id;
        s->pending[lane]--;
    }
}
