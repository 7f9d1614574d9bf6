// SPDX-License-Identifier: Apache-2.0
/* Rows of table `block` as they are, after the walk: that each has the form in which readings are written, and that all
 * readings of a minute hang on entries. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_int.h"
#include "common/macros.h"

#define MINUTE_US (60 * SW_US_PER_S)

struct sw_block_row verify_row_of(struct sw_db_stmt *st)
{
    struct sw_block_row row = {.minute = sw_db_int(st, 0), .sensor = sw_db_int(st, 1), .quantity = sw_db_int(st, 2)};

    row.body = sw_db_blob(st, 3, &row.len);
    return row;
}

static uint64_t covered(const struct verify *v, int64_t minute)
{
    size_t low = 0, high = v->n_cover;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (v->cover[mid].minute < minute)
            low = mid + 1;
        else
            high = mid;
    }
    return low < v->n_cover && v->cover[low].minute == minute ? v->cover[low].n : 0;
}

static void judge_minute(struct verify *v, int64_t minute, uint64_t n)
{
    const uint64_t named = covered(v, minute);
    char ref[32];

    if (n == named || n == 0)
        return;
    if (named == 0 && minute * MINUTE_US < v->begun_us) {
        v->r->before[SW_VERIFY_READINGS] += n;
        return;
    }
    (void) snprintf(ref, sizeof(ref), "minute %" PRId64, minute);
    sw_verify_find(v->r, 0, "readings", ref, minute * MINUTE_US,
                   "%" PRIu64 " readings of this minute hang on no entry of the chain: they were put in by hand",
                   n > named ? n - named : named - n);
}

/** Readings of an hour, by minute of arrival. */
struct hour {
    int64_t begin;
    uint64_t n[SW_BLOCK_HOUR];
};

static void judge_hour(struct verify *v, const struct hour *h)
{
    for (int i = 0; i < SW_BLOCK_HOUR && h->begin != INT64_MIN; i++)
        judge_minute(v, h->begin + i, h->n[i]);
}

/* The same readings as a program of that version writes them: what is written otherwise was not written by it. */
static bool is_our_form(const struct sw_block_row *row, const struct sw_block_item *items, size_t n)
{
    const int version = row->len ? *(const unsigned char *) row->body : 0;
    const size_t cap = SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX;
    unsigned char *again = malloc(cap);
    bool is_same = again && sw_block_encode_as(version, items, n, false, again, cap) == row->len &&
                   !memcmp(again, row->body, row->len);

    free(again);
    return is_same;
}

/** @return NULL, or what is wrong with the row besides what the entries tell */
static const char *fault_of(const struct verify *v, const struct sw_block_row *row, const struct sw_block_item *items,
                            size_t n)
{
    int64_t minute = row->minute;

    if (row->sensor < 0 || (size_t) row->sensor >= v->n_sensors || !v->sensor[row->sensor])
        return "it is of a sensor that the file does not know";
    if (n == 0)
        return "it is empty";
    for (size_t i = 0; i < n; i++) {
        const int64_t at = sw_block_minute(items[i].arrival_us);

        if (at < minute || sw_block_hour_begin(at) != sw_block_hour_begin(row->minute))
            return "it holds readings that arrived in another minute";
        if (items[i].r.time_quality > SW_TIME_UNSYNCED || !sw_flag_is_known(items[i].r.flag))
            return "it holds a flag that there is not";
        if (i && items[i].number <= items[i - 1].number)
            return "its arrival numbers do not rise";
        minute = at;
    }
    return is_our_form(row, items, n) ? NULL : "its bytes are not the form in which readings are written";
}

static void count_items(struct hour *h, const struct sw_block_row *row, const struct sw_block_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int64_t at = sw_block_minute(items[i].arrival_us) - h->begin;

        h->n[at >= 0 && at < SW_BLOCK_HOUR ? at : row->minute - h->begin]++;
    }
}

/* One row; what is wrong with it becomes a finding of its own. What of it cannot be read counts all the same. */
static int judge_row(struct verify *v, struct hour *h, const struct sw_block_row *row, struct sw_err *err)
{
    struct sw_block_cursor c = {0};
    struct sw_block_item *items = NULL;
    struct sw_err why = {0};
    const char *fault = NULL;
    char ref[64];
    size_t n = 0, cap = 0;
    int rc = sw_block_open(&c, row->body, row->len, (uint16_t) row->sensor, (uint8_t) row->quantity, &why);

    if (rc == SW_OK && c.is_mixed)
        rc = sw_err_set(&why, SW_E_CORRUPT, 0, "block: of several sensors");
    while (rc >= 0) {
        void *array = items;

        if (!verify_grow(&array, n, &cap, sizeof(*items))) {
            free(items);
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a block");
        }
        items = array;
        if ((rc = sw_block_next(&c, &items[n], &why)) != 1)
            break;
        n++;
    }
    fault = rc < 0 ? why.msg : fault_of(v, row, items, n);
    if (fault) {
        (void) snprintf(ref, sizeof(ref), "%" PRId64 "/%" PRId64 "/%" PRId64, row->minute, row->sensor, row->quantity);
        sw_verify_find(v->r, 0, "block", ref, row->minute * MINUTE_US, "%s", fault);
    }
    count_items(h, row, items, n);
    h->n[row->minute - h->begin] += rc < 0 ? c.left : 0;
    free(items);
    return SW_OK;
}

static int count_tail(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(v->db, "SELECT body FROM tail ORDER BY id", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        struct sw_block_cursor c;
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        if (sw_block_open(&c, body, len, 0, 0, NULL) == SW_OK)
            v->r->tail += c.left;
    }
    sw_db_finalize(st);
    return rc;
}

int verify_readings_end(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    struct hour hour = {.begin = INT64_MIN};
    int rc = sw_db_prepare(v->db, "SELECT minute, sensor, quantity, body FROM block ORDER BY id", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const struct sw_block_row row = verify_row_of(st);

        if (sw_block_hour_begin(row.minute) != hour.begin) {
            judge_hour(v, &hour);
            hour = (struct hour){.begin = sw_block_hour_begin(row.minute)};
        }
        rc = judge_row(v, &hour, &row, err);
    }
    sw_db_finalize(st);
    if (rc < 0)
        return rc;
    judge_hour(v, &hour);
    return count_tail(v, err);
}
