// SPDX-License-Identifier: Apache-2.0
/* readings.csv of an export against the leaves that were chained: its lines in order of arrival are the rows of them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_export.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/timefmt.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define COLUMNS 9

static int64_t minute_of(int64_t t_us)
{
    return t_us / MINUTE_US - (t_us % MINUTE_US < 0);
}

static bool take_number(const char *text, int64_t *ret)
{
    char *end;

    *ret = strtoll(text, &end, 10);
    return *text && !*end;
}

/* @return NULL, or what is wrong */
static const char *take_row(char *cell[COLUMNS], struct verify_row *ret)
{
    struct verify_row row = {.sensor = cell[1]};
    const enum sw_quantity quantity = sw_quantity_from_name(cell[2], (int) strlen(cell[2]));
    int64_t number, late, unsynced;
    char *end = cell[3];

    row.r.value = *cell[3] ? strtod(cell[3], &end) : (double) NAN;
    if (sw_time_parse(cell[0], strlen(cell[0]), &row.r.t_utc_us, NULL) < 0)
        return "its time";
    if (quantity == SW_QUANTITY_NONE)
        return "its quantity";
    if (*end || (*cell[3] && !isfinite(row.r.value)))
        return "its value";
    if (strlen(cell[4]) != 1 || !sw_flag_is_known(cell[4][0]))
        return "its flag";
    if (!take_number(cell[5], &number) || number <= 0 || !take_number(cell[6], &row.r.t_mono_us) ||
        !take_number(cell[7], &late) || !take_number(cell[8], &unsynced))
        return "a number";
    row.number = (uint64_t) number;
    row.is_late = late != 0;
    row.r.time_quality = unsynced ? SW_TIME_UNSYNCED : SW_TIME_SYNCED;
    row.r.quantity = (uint8_t) quantity;
    row.r.flag = cell[4][0];
    *ret = row;
    return NULL;
}

static const char *take_line(char *line, struct verify_row *ret)
{
    char *cell[COLUMNS];
    size_t n = 0;

    for (char *rest = line, *word; (word = strsep(&rest, ",")) != NULL; n++)
        if (n < COLUMNS)
            cell[n] = word;
    return n == COLUMNS ? take_row(cell, ret) : "its columns";
}

static int by_number(const void *left, const void *right)
{
    const uint64_t a = ((const struct verify_row *) left)->number, b = ((const struct verify_row *) right)->number;

    return (a > b) - (a < b);
}

int verify_export_rows(struct verify_export *v, struct sw_err *err)
{
    const struct sw_export_file *f = sw_export_find(&v->x, SW_EXPORT_READINGS);
    const size_t head = sizeof(SW_EXPORT_READINGS_HEAD) - 1;
    size_t lines = 0, at_line = 1;

    if (!f || f->len < head || memcmp(f->bytes, SW_EXPORT_READINGS_HEAD, head) != 0) {
        sw_verify_find(v->r, 0, "file", SW_EXPORT_READINGS, INT64_MIN, "it is missing, or its first line is another");
        return SW_OK;
    }
    for (size_t i = head; i < f->len; i++)
        lines += f->bytes[i] == '\n';
    v->row = calloc(lines + 1, sizeof(*v->row));
    if (!v->row)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %zu readings", lines);
    for (char *rest = f->bytes + head, *line; (line = strsep(&rest, "\n")) != NULL && *line && v->n_rows < lines + 1;) {
        const char *wrong = take_line(line, &v->row[v->n_rows]);

        at_line++;
        if (wrong)
            sw_verify_find(v->r, 0, "file", SW_EXPORT_READINGS, INT64_MIN, "line %zu: %s cannot be read", at_line,
                           wrong);
        else
            v->n_rows++;
    }
    if (v->n_rows)
        qsort(v->row, v->n_rows, sizeof(*v->row), by_number);
    return SW_OK;
}

/* Rows of an entry, over its sensors. */
struct found {
    uint64_t n, first, last; /* arrival numbers */
};

static void note_row(const struct verify_row *row, struct found *f)
{
    f->n++;
    f->first = SW_MIN(f->first, row->number);
    f->last = SW_MAX(f->last, row->number);
}

/* The rows of one sensor in a range and minute. @return how many */
static uint64_t leaf_of(struct verify_export *v, const char *sensor, uint64_t from, uint64_t to, int64_t minute,
                        struct found *found, sw_hash ret)
{
    struct sw_chain_leaf leaf;
    size_t low = 0, high = v->n_rows;
    uint64_t n = 0;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (v->row[mid].number < from)
            low = mid + 1;
        else
            high = mid;
    }
    sw_chain_leaf_begin(&leaf);
    for (; low < v->n_rows && v->row[low].number <= to; low++) {
        struct verify_row *row = &v->row[low];

        if (minute_of(row->r.t_mono_us) != minute || strcmp(row->sensor, sensor) != 0)
            continue;
        sw_chain_leaf_add(&leaf, &row->r, row->is_late);
        row->is_named = true;
        note_row(row, found);
        n++;
    }
    sw_chain_leaf_end(&leaf, ret);
    return n;
}

int verify_export_entry(struct verify_export *v, const json_t *line, const unsigned char *body, size_t len,
                        struct sw_err *err)
{
    const uint64_t n = (uint64_t) json_integer_value(json_object_get(line, "n"));
    const uint64_t a = (uint64_t) json_integer_value(json_object_get(line, "a"));
    const uint64_t b = (uint64_t) json_integer_value(json_object_get(line, "b"));
    struct found found = {.first = UINT64_MAX};
    int64_t minute = 0;
    bool is_complete = true;

    (void) err;
    if (len < 8) {
        sw_verify_find(v->r, n, "readings", NULL, INT64_MIN, "its body is cut off");
        return SW_OK;
    }
    for (int i = 7; i >= 0; i--)
        minute = (int64_t) ((uint64_t) minute << 8 | body[i]);
    for (const unsigned char *at = body + 8, *end = body + len; at < end;) {
        const size_t id = strnlen((const char *) at, (size_t) (end - at)) + 1;
        sw_hash hash;
        uint64_t got;

        if (id + SW_HASH_SIZE > (size_t) (end - at)) {
            sw_verify_find(v->r, n, "readings", NULL, INT64_MIN, "its body is cut off");
            return SW_OK;
        }
        got = leaf_of(v, (const char *) at, a, b, minute, &found, hash);
        if (got > 0 && memcmp(hash, at + id, sizeof(hash)) != 0)
            sw_verify_find(v->r, n, "readings", NULL, INT64_MIN,
                           "readings.csv: those of %.64s are not what was chained", (const char *) at);
        else if (got == 0)
            is_complete = false;
        v->r->pruned[SW_VERIFY_READINGS] += got == 0;
        at += id + SW_HASH_SIZE;
    }
    if (is_complete && (found.first != a || found.last != b))
        sw_verify_find(v->r, n, "readings", NULL, INT64_MIN, "it names other readings than those that were chained");
    v->r->whole[SW_VERIFY_READINGS] += found.n;
    return SW_OK;
}

/* ---- the time of day ---- */

void verify_export_clock(struct verify_export *v, const char *body, size_t len)
{
    json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *mono = json_object_get(root, "mono_us"), *utc = json_object_get(root, "utc_us");

    if (json_is_integer(mono) && json_is_integer(utc) && v->n_offsets < VERIFY_OFFSETS_MAX)
        v->offset_us[v->n_offsets++] =
            (int64_t) ((uint64_t) json_integer_value(utc) - (uint64_t) json_integer_value(mono));
    json_decref(root);
}

/* Rows stand in order of arrival: nearly always the clock entry of the row before fits. */
static bool is_of_a_clock(const struct verify_export *v, const struct verify_row *row, size_t *at)
{
    const uint64_t offset_us = (uint64_t) row->r.t_utc_us - (uint64_t) row->r.t_mono_us;

    for (size_t i = 0; i < v->n_offsets; i++, *at = (*at + 1) % v->n_offsets)
        if (offset_us - (uint64_t) v->offset_us[*at] + (uint64_t) SW_US_PER_S <= 2 * (uint64_t) SW_US_PER_S)
            return true;
    return false;
}

static void judge_times(struct verify_export *v)
{
    size_t at = 0, n = 0;

    if (v->n_rows && v->n_offsets == 0) {
        sw_verify_note(v->r, "The piece of the chain holds no clock entry: times of day (ts) were not compared.");
        return;
    }
    for (size_t i = 0; i < v->n_rows; i++)
        n += v->row[i].is_named && !is_of_a_clock(v, &v->row[i], &at);
    if (n)
        sw_verify_find(v->r, 0, "file", SW_EXPORT_READINGS, INT64_MIN,
                       "%zu of its readings are of another time of day (ts) than the clock entries say", n);
}

void verify_export_rest(struct verify_export *v)
{
    size_t n = 0;

    judge_times(v);
    for (size_t i = 0; i < v->n_rows; i++)
        n += !v->row[i].is_named;
    if (n)
        sw_verify_find(v->r, 0, "file", SW_EXPORT_READINGS, INT64_MIN,
                       "%zu of its readings hang on no entry of the chain: they were put in by hand", n);
    if (v->r->pruned[SW_VERIFY_READINGS])
        sw_verify_note(v->r, "Of %" PRIu64 " sensor minutes the readings were not in the store any more.",
                       v->r->pruned[SW_VERIFY_READINGS]);
    v->r->pruned[SW_VERIFY_READINGS] = 0;
}
