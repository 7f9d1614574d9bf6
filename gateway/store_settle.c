// SPDX-License-Identifier: Apache-2.0
/* Settling: the blocks of a clock hour that lies behind are joined, series by series, where that makes them much
 * smaller. A minute of a slow series is mostly its block's head. A joined block (a piece) is a run of whole minutes
 * under the id of its first one, in one page of the tree, and never goes beyond its hour: readers look back to the
 * hour's beginning for what they want, and retention cuts at hours. A bounded step with each commit, inside its
 * transaction, so that it costs no flush of its own; what would gain little is left, for writing costs flash. */
#include <stdlib.h>
#include <string.h>

#include "gateway/block_pieces.h"
#include "gateway/store_int.h"

#define SETTLE_AFTER 10        /* minutes behind its end an hour is looked at */
#define SETTLE_BACK 100        /* hours before that are looked at after a start: a weekend */
#define SETTLE_HOURS 4         /* that are looked at with one commit … */
#define SETTLE_SERIES 32       /* … series that are joined with it … */
#define SETTLE_ITEMS 20000     /* … and readings of them, about */
#define SETTLE_ITEMS_MAX 16384 /* of one series in an hour: above it its blocks are large enough */
#define SETTLE_PERCENT 60      /* of what it was: more than that is not worth writing again */
#define SETTLE_BODY_MAX 980    /* fits into a page of 1 KB: a block that goes on in another page has that for itself */
#define SETTLE_ROW_BYTES 12    /* of a row besides its body */

/* The series of one hour while it is joined. */
struct joined {
    int64_t sensor, quantity;
    struct store_items v;
    size_t n_parts;
    struct {
        int64_t minute;
        size_t from, bytes; /* its first reading; of its body */
    } part[SW_BLOCK_HOUR + 1];
    size_t n_pieces;
    struct {
        size_t first, end; /* parts */
        size_t len;
        unsigned char body[SETTLE_BODY_MAX];
    } piece[SW_BLOCK_HOUR];
};

static int64_t hour_of(int64_t minute)
{
    return sw_block_hour_begin(minute) / SW_BLOCK_HOUR;
}

static int load(struct sw_store *s, struct sw_err *err)
{
    char text[24] = "0";
    int rc;

    if (s->settle.is_known)
        return SW_OK;
    rc = store_meta_get(s, "settled", text, sizeof(text), err);
    if (rc < 0 && rc != SW_E_NOTFOUND)
        return rc;
    s->settle.pieces_end = strtoll(text, NULL, 10);
    s->settle.hour = s->settle.pieces_end - 1; /* some of its series may be left */
    s->settle.is_known = true;
    return SW_OK;
}

int64_t store_settle_cut(struct sw_store *s, int64_t minute, bool is_up)
{
    const int64_t begin = sw_block_hour_begin(minute);
    struct sw_err err = {0};

    if (minute == begin || minute == INT64_MAX || (load(s, &err) == SW_OK && hour_of(minute) >= s->settle.pieces_end))
        return minute;
    return is_up ? begin + SW_BLOCK_HOUR : begin;
}

/* ---- one series ---- */

/* @return 1; 0: the series is not for us; below zero */
static int add_part(struct joined *j, int64_t minute, const void *body, size_t len, struct sw_err *err)
{
    const size_t from = j->v.n;
    struct sw_block_cursor c;
    int rc;

    j->part[j->n_parts].minute = minute;
    j->part[j->n_parts].from = from;
    j->part[j->n_parts++].bytes = len;
    if (sw_block_open(&c, body, len, (uint16_t) j->sensor, (uint8_t) j->quantity, NULL) < 0 || c.is_mixed ||
        c.left > SETTLE_ITEMS_MAX - from)
        return 0;
    rc = store_items_decode(&j->v, body, len, (uint16_t) j->sensor, (uint8_t) j->quantity, err);
    if (rc == SW_E_CORRUPT) /* it stays as it is, and all beside it */
        return 0;
    return rc < 0 ? rc : j->v.n > from;
}

/* The block of this minute, if there is one. @return as add_part */
static int take_part(struct sw_store *s, struct joined *j, int64_t minute, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_BLOCK_GET];
    int rc;

    sw_db_bind_int(st, 1, minute);
    sw_db_bind_int(st, 2, j->sensor);
    sw_db_bind_int(st, 3, j->quantity);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        rc = add_part(j, minute, body, len, err);
    } else if (rc == 0) {
        rc = 1;
    }
    sw_db_reset(st);
    return rc;
}

/* Do they follow each other, each in the minutes that its id says? After a clock that stepped back they may not. */
static bool is_in_order(const struct joined *j, int64_t hour)
{
    for (size_t k = 0; k < j->n_parts; k++) {
        const size_t end = k + 1 < j->n_parts ? j->part[k + 1].from : j->v.n;
        const int64_t limit = k + 1 < j->n_parts ? j->part[k + 1].minute : (hour + 1) * SW_BLOCK_HOUR;
        int64_t minute = j->part[k].minute;

        for (size_t i = j->part[k].from; i < end; i++) {
            const int64_t at = store_minute_of(j->v.item[i].arrival_us);

            if (at < minute || at >= limit || (i && j->v.item[i].number <= j->v.item[i - 1].number))
                return false;
            minute = at;
        }
    }
    return true;
}

static size_t encode(struct joined *j, size_t first, size_t end, unsigned char *body)
{
    const size_t from = j->part[first].from;
    const size_t until = end < j->n_parts ? j->part[end].from : j->v.n;

    return sw_block_encode(j->v.item + from, until - from, false, body, SETTLE_BODY_MAX);
}

/* The longest piece from this part on: all of them, or as many as fit. */
static void cut_piece(struct joined *j, size_t first)
{
    size_t fits = first + 1, over = j->n_parts + 1;

    for (size_t end = j->n_parts; over - fits > 1; end = fits + (over - fits) / 2) {
        if (encode(j, first, end, j->piece[j->n_pieces].body))
            fits = end;
        else
            over = end;
    }
    j->piece[j->n_pieces].first = first;
    j->piece[j->n_pieces].end = fits;
    j->piece[j->n_pieces].len = fits > first + 1 ? encode(j, first, fits, j->piece[j->n_pieces].body) : 0;
    j->n_pieces++;
}

/* @return it is worth it */
static bool cut_pieces(struct joined *j)
{
    size_t before = 0, after = 0;

    for (size_t k = 0; k < j->n_parts; k++)
        before += j->part[k].bytes + SETTLE_ROW_BYTES;
    for (size_t k = 0; k < j->n_parts; k = j->piece[j->n_pieces - 1].end) {
        cut_piece(j, k);
        /* one part alone stays as it is */
        after += SETTLE_ROW_BYTES + (j->piece[j->n_pieces - 1].len ? j->piece[j->n_pieces - 1].len : j->part[k].bytes);
    }
    return after * 100 <= before * SETTLE_PERCENT;
}

static int write_pieces(struct sw_store *s, const struct joined *j, struct sw_err *err)
{
    int rc = SW_OK;

    for (size_t i = 0; i < j->n_pieces && rc == SW_OK; i++) {
        if (!j->piece[i].len)
            continue;
        for (size_t k = j->piece[i].first; k < j->piece[i].end && rc == SW_OK; k++) {
            const bool is_first = k == j->piece[i].first;
            struct sw_db_stmt *st = s->stmt[is_first ? STORE_BLOCK_PUT : STORE_BLOCK_TAKE];

            sw_db_bind_int(st, 1, j->part[k].minute);
            sw_db_bind_int(st, 2, j->sensor);
            sw_db_bind_int(st, 3, j->quantity);
            if (is_first)
                sw_db_bind_blob(st, 4, j->piece[i].body, j->piece[i].len);
            rc = sw_db_run(st, err);
        }
    }
    return rc;
}

/* @return readings that were looked at; below zero */
static int64_t settle_series(struct sw_store *s, struct joined *j, int64_t hour, int64_t series, struct sw_err *err)
{
    int rc = 1;

    j->sensor = series >> 8;
    j->quantity = series & 0xff;
    j->n_parts = j->n_pieces = j->v.n = 0;
    for (int64_t minute = hour * SW_BLOCK_HOUR; minute < (hour + 1) * SW_BLOCK_HOUR && rc == 1; minute++)
        rc = take_part(s, j, minute, err);
    if (rc == 1 && is_in_order(j, hour) && cut_pieces(j)) {
        rc = write_pieces(s, j, err);
        if (rc == SW_OK && s->settle.pieces_end <= hour) { /* once an hour, and only where there is a piece in it */
            s->settle.pieces_end = hour + 1;
            rc = store_meta_put_number(s, "settled", (uint64_t) s->settle.pieces_end, err);
        }
    }
    return rc < 0 ? rc : (int64_t) j->v.n;
}

/* ---- an hour ---- */

/* Its series of small blocks behind the last that was looked at. @return how many, or below zero */
static int find_series(struct sw_store *s, int64_t *ret_series, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_BLOCK_SERIES];
    int n = 0, rc;

    sw_db_bind_int(st, 1, s->settle.hour * SW_BLOCK_HOUR);
    sw_db_bind_int(st, 2, (s->settle.hour + 1) * SW_BLOCK_HOUR);
    sw_db_bind_int(st, 3, s->settle.series);
    sw_db_bind_int(st, 4, SETTLE_SERIES);
    while ((rc = sw_db_step(st, err)) == 1 && n < SETTLE_SERIES)
        ret_series[n++] = sw_db_int(st, 0);
    sw_db_reset(st);
    return rc < 0 ? rc : n;
}

/* @return 1: the hour is done; 0: go on with it later; below zero */
static int settle_hour(struct sw_store *s, struct joined *j, int64_t *ret_items, struct sw_err *err)
{
    int64_t series[SETTLE_SERIES];
    const int n = find_series(s, series, err);

    for (int i = 0; i < n; i++) {
        const int64_t items = *ret_items < SETTLE_ITEMS ? settle_series(s, j, s->settle.hour, series[i], err) : 0;

        if (items < 0)
            return (int) items;
        if (*ret_items >= SETTLE_ITEMS)
            return 0;
        s->settle.series = series[i];
        *ret_items += items;
    }
    return n < 0 ? n : n < SETTLE_SERIES;
}

/* Go to the first hour from here that has rows. @return 1; 0: none of those that lie behind */
static int find_hour(struct sw_store *s, int64_t limit, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_BLOCK_NEXT];
    int64_t hour = limit;
    int rc;

    sw_db_bind_int(st, 1, s->settle.hour * SW_BLOCK_HOUR);
    rc = sw_db_step(st, err);
    if (rc == 1 && sw_db_text(st, 0, NULL))
        hour = hour_of(sw_db_int(st, 0));
    sw_db_reset(st);
    if (hour > s->settle.hour) {
        s->settle.hour = SW_MIN(hour, limit);
        s->settle.series = -1;
    }
    return rc < 0 ? rc : s->settle.hour < limit;
}

/* Hours before this one lie behind, and nothing of them waits in the tail. */
static int find_limit(struct sw_store *s, int64_t *ret, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_TAIL_NEXT];
    int rc;

    sw_db_bind_int(st, 1, INT64_MIN);
    rc = sw_db_step(st, err);
    *ret = hour_of(store_minute_of(s->newest_us) - SETTLE_AFTER);
    if (rc == 1 && sw_db_text(st, 0, NULL))
        *ret = SW_MIN(*ret, hour_of(store_minute_of(sw_db_int(st, 0))));
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

static int settle(struct sw_store *s, int64_t limit, struct sw_err *err)
{
    struct joined *j = calloc(1, sizeof(*j));
    int64_t items = 0;
    int rc = j ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");

    for (int i = 0; i < SETTLE_HOURS && items < SETTLE_ITEMS && rc >= 0; i++) {
        rc = find_hour(s, limit, err);
        if (rc == 1)
            rc = settle_hour(s, j, &items, err);
        if (rc <= 0)
            break;
        s->settle.hour++;
        s->settle.series = -1;
    }
    if (j)
        store_items_free(&j->v);
    free(j);
    return rc < 0 ? rc : SW_OK;
}

/* What came before it in the transaction stays: nothing is lost when an hour cannot be settled. It is left then. */
static int settle_or_leave(struct sw_store *s, int64_t limit, struct sw_err *err)
{
    const int64_t pieces_end = s->settle.pieces_end;
    int rc = sw_db_exec(s->db, "SAVEPOINT settle", err);

    if (rc == SW_OK)
        rc = settle(s, limit, err);
    if (rc < 0) {
        sw_log(SW_LOG_WARNING, "%s: readings of an hour stay in blocks of minutes: %s", sw_db_path(s->db), err->msg);
        s->settle.pieces_end = pieces_end;
        s->settle.hour++;
        s->settle.series = -1;
        rc = sw_db_exec(s->db, "ROLLBACK TO settle", err);
    }
    if (rc == SW_OK)
        rc = sw_db_exec(s->db, "RELEASE settle", err);
    s->settle.is_off = rc < 0;
    return rc;
}

int store_settle(struct sw_store *s, struct sw_err *err)
{
    int64_t limit = 0;
    int rc;

    if (s->newest_us == INT64_MIN || s->room.is_disk_low || s->settle.is_off)
        return SW_OK;
    rc = load(s, err);
    if (rc == SW_OK)
        rc = find_limit(s, &limit, err);
    if (rc < 0)
        return rc;
    if (!s->settle.is_placed) { /* also where the clock was ahead once */
        s->settle.hour = SW_MAX(SW_MIN(s->settle.hour, limit), limit - SETTLE_BACK);
        s->settle.series = -1;
        s->settle.is_placed = true;
    }
    return s->settle.hour < limit ? settle_or_leave(s, limit, err) : SW_OK;
}

void store_settle_undo(struct sw_store *s, const struct store_settle *before)
{
    const bool is_off = s->settle.is_off;

    s->settle = *before;
    s->settle.is_off = is_off;
}
