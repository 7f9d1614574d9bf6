// SPDX-License-Identifier: Apache-2.0
/* The leaves of readings, computed again from the blocks: those of one entry are the readings whose arrival numbers lie
 * in its range and whose monotonic time lies in its minute. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/timefmt.h"

#define MINUTE_US (60 * SW_US_PER_S)

/* ---- sensors ---- */

static char **names_to_sort; /* of the sort below: qsort hands on no context */

static int by_name(const void *left, const void *right)
{
    return strcmp(names_to_sort[*(const uint16_t *) left], names_to_sort[*(const uint16_t *) right]);
}

static int load_sensors(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int64_t most;
    int rc = sw_db_value(v->db, "SELECT max(num) FROM sensor", 0, &most, err);

    if (rc < 0)
        return rc;
    if (most < 0 || most > UINT16_MAX)
        most = UINT16_MAX;
    v->n_sensors = (size_t) most + 1;
    v->sensor = calloc(v->n_sensors, sizeof(*v->sensor));
    v->by_id = calloc(v->n_sensors, sizeof(*v->by_id));
    v->leaf = calloc(v->n_sensors, sizeof(*v->leaf));
    v->has_leaf = calloc(v->n_sensors, sizeof(*v->has_leaf));
    if (!v->sensor || !v->by_id || !v->leaf || !v->has_leaf)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %zu sensors", v->n_sensors);
    v->leaves_cap = 8;
    rc = sw_db_prepare(v->db, "SELECT num, id FROM sensor ORDER BY num", &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        const int64_t num = sw_db_int(st, 0);
        const char *id = sw_db_text(st, 1, NULL);

        if (num < 0 || num > UINT16_MAX || !id)
            continue; /* what refers to it has no sensor, and is found by that */
        v->sensor[num] = strdup(id);
        if (!v->sensor[num])
            rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
        v->by_id[v->n_by_id++] = (uint16_t) num;
        v->leaves_cap += strlen(id) + 1 + SW_HASH_SIZE;
    }
    sw_db_finalize(st);
    names_to_sort = v->sensor;
    if (rc >= 0)
        qsort(v->by_id, v->n_by_id, sizeof(*v->by_id), by_name);
    return rc;
}

int verify_readings_begin(struct verify *v, struct sw_err *err)
{
    int rc = load_sensors(v, err);

    if (rc < 0)
        return rc;
    v->leaves = malloc(v->leaves_cap);
    return v->leaves ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory");
}

void verify_readings_free(struct verify *v)
{
    for (size_t i = 0; v->sensor && i < v->n_sensors; i++)
        free(v->sensor[i]);
    free(v->sensor);
    free(v->by_id);
    free(v->leaf);
    free(v->has_leaf);
    free(v->leaves);
    free(v->minute.item);
    sw_block_pieces_free(&v->minute.pieces);
    free(v->cover);
}

/* ---- one minute of arrival ---- */

static int by_number(const void *left, const void *right)
{
    const uint64_t a = ((const struct sw_block_item *) left)->number,
                   b = ((const struct sw_block_item *) right)->number;

    return (a > b) - (a < b);
}

/* Of the minute that is loaded: what is of another lies in a row that is told of at the end. */
static int keep_item(void *ctx, const struct sw_block_item *it, struct sw_err *err)
{
    struct verify_minute *m = ctx;
    void *array = m->item;

    if (sw_block_minute(it->arrival_us) != m->minute)
        return SW_OK;
    if (!verify_grow(&array, m->n, &m->cap, sizeof(*m->item)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the readings of a minute");
    m->item = array;
    m->item[m->n++] = *it;
    return SW_OK;
}

/* Where to read on for this minute: behind the one before it in the same hour, or where the hour begins. */
static int64_t first_to_read(struct verify_minute *m, int64_t minute)
{
    const int64_t hour = sw_block_hour_begin(minute);

    if (m->is_loaded && m->minute < minute && sw_block_hour_begin(m->minute) == hour)
        return m->minute + 1;
    sw_block_pieces_free(&m->pieces);
    return hour;
}

static void tell_twice(struct verify *v, int64_t minute)
{
    char ref[32];

    (void) snprintf(ref, sizeof(ref), "minute %" PRId64, minute);
    sw_verify_find(v->r, 0, "block", ref, minute * MINUTE_US, "%s", "two readings have one arrival number");
}

static int load_minute(struct verify *v, int64_t minute, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_BLOCKS];
    struct verify_minute *m = &v->minute;
    int rc;

    if (m->is_loaded && m->minute == minute)
        return SW_OK;
    sw_db_bind_int(st, 1, first_to_read(m, minute));
    sw_db_bind_int(st, 2, minute);
    m->n = 0;
    m->minute = minute;
    m->is_loaded = true;
    while ((rc = sw_db_step(st, err)) == 1) {
        const struct sw_block_row row = verify_row_of(st);

        rc = sw_block_pieces_add(&m->pieces, &row, keep_item, m, err);
        if (rc == SW_E_CORRUPT || rc == SW_E_CONFLICT) /* told at the end */
            rc = SW_OK;
        if (rc < 0)
            break;
    }
    sw_db_reset(st);
    if (rc >= 0)
        rc = sw_block_pieces_until(&m->pieces, minute, keep_item, m, err);
    if (m->n)
        qsort(m->item, m->n, sizeof(*m->item), by_number);
    for (size_t i = 1; i < m->n; i++)
        if (m->item[i].number == m->item[i - 1].number) {
            tell_twice(v, minute);
            break;
        }
    return rc < 0 ? rc : SW_OK;
}

/* ---- one entry ---- */

/* The first item from which numbers are at least `number`. */
static size_t first_from(const struct verify_minute *m, uint64_t number)
{
    size_t low = 0, high = m->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (m->item[mid].number < number)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct range {
    uint64_t n, first, last;
    int64_t at_us;      /* arrival of the last */
    uint64_t off;       /* readings with another time of day than the clock entries say … */
    int64_t off_utc_us; /* … the first of them */
};

/* Leaves of the readings in the entry's range and minute. */
static void add_leaves(struct verify *v, const struct verify_entry *e, int64_t mono_minute, struct range *ret)
{
    const struct verify_minute *m = &v->minute;

    *ret = (struct range){0};
    memset(v->has_leaf, 0, v->n_sensors * sizeof(*v->has_leaf));
    for (size_t i = first_from(m, (uint64_t) e->a); i < m->n && m->item[i].number <= (uint64_t) e->b; i++) {
        const struct sw_reading *r = &m->item[i].r;

        if (sw_block_minute(r->t_mono_us) != mono_minute || r->sensor >= v->n_sensors)
            continue;
        if (!v->has_leaf[r->sensor])
            sw_chain_leaf_begin(&v->leaf[r->sensor]);
        v->has_leaf[r->sensor] = true;
        sw_chain_leaf_add(&v->leaf[r->sensor], r, m->item[i].is_late);
        if (ret->n++ == 0)
            ret->first = m->item[i].number;
        ret->last = m->item[i].number;
        ret->at_us = m->item[i].arrival_us;
        if (!verify_clock_agrees(v, m->item[i].number, r->t_mono_us, r->t_utc_us) && ret->off++ == 0)
            ret->off_utc_us = r->t_utc_us;
    }
}

static size_t write_body(struct verify *v, int64_t mono_minute)
{
    unsigned char *at = v->leaves;

    for (int i = 0; i < 8; i++)
        *at++ = (unsigned char) ((uint64_t) mono_minute >> (8 * i));
    for (size_t i = 0; i < v->n_by_id; i++) {
        const uint16_t num = v->by_id[i];
        const size_t len = strlen(v->sensor[num]) + 1;

        if (!v->has_leaf[num])
            continue;
        memcpy(at, v->sensor[num], len);
        sw_chain_leaf_end(&v->leaf[num], at + len);
        at += len + SW_HASH_SIZE;
    }
    return (size_t) (at - v->leaves);
}

static int add_cover(struct verify *v, int64_t minute, uint64_t n, struct sw_err *err)
{
    size_t at = v->n_cover;
    void *array = v->cover;

    while (at > 0 && v->cover[at - 1].minute > minute) /* clocks seldom step back */
        at--;
    if (at > 0 && v->cover[at - 1].minute == minute) {
        v->cover[at - 1].n += n;
        return SW_OK;
    }
    if (!verify_grow(&array, v->n_cover, &v->cap_cover, sizeof(*v->cover)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->cover = array;
    memmove(&v->cover[at + 1], &v->cover[at], (v->n_cover - at) * sizeof(*v->cover));
    v->cover[at] = (struct verify_cover){.minute = minute, .n = n};
    v->n_cover++;
    return SW_OK;
}

/* In words: which sensor's readings are not those that were chained. */
static void tell_difference(struct verify *v, const struct verify_entry *e, size_t len)
{
    const unsigned char *was = e->body, *was_end = was + e->body_len, *is = v->leaves, *is_end = is + len;

    for (was += 8, is += 8; was < was_end && is < is_end;) {
        const size_t id = strnlen((const char *) was, (size_t) (was_end - was)) + 1,
                     is_id = strlen((const char *) is) + 1;
        const bool same_id = id == is_id && was + id + SW_HASH_SIZE <= was_end && !memcmp(was, is, id);

        if (!same_id || memcmp(was + id, is + id, SW_HASH_SIZE) != 0) {
            verify_find(v, e,
                        same_id ? "readings of %.64s are not those that were chained"
                                : "there are readings of %.64s that were not chained, or others are gone",
                        (const char *) is);
            return;
        }
        was += id + SW_HASH_SIZE;
        is += id + SW_HASH_SIZE;
    }
    if (was < was_end)
        verify_find(v, e, "readings of %.*s are gone",
                    (int) strnlen((const char *) was, SW_MIN(64, (size_t) (was_end - was))), (const char *) was);
    else if (is < is_end)
        verify_find(v, e, "there are readings of %.64s that were not chained", (const char *) is);
    else
        verify_find(v, e, "its readings are not those that were chained");
}

static void tell_time(struct verify *v, const struct verify_entry *e, const struct range *range)
{
    char at[SW_RFC3339_SIZE] = "?";

    if (range->off_utc_us >= 0)
        sw_time_format(NULL, range->off_utc_us, at);
    verify_find(v, e,
                "%" PRIu64 " of its readings, the first said to be of %s, are of another time of day than the clock "
                "entries say",
                range->off, at);
}

int verify_readings(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    const uint64_t from_n = v->readings_n ? v->readings_n : e->n; /* the tail waits for the next reading */
    int64_t arrival_minute, mono_minute, in_body = 0;
    struct range range;
    char again[64];
    sw_hash hash;
    size_t len;
    int rc;

    v->readings_n = e->n;
    if (!e->ref || sscanf(e->ref, "%" SCNd64 "/%" SCNd64, &arrival_minute, &mono_minute) != 2 ||
        snprintf(again, sizeof(again), "%" PRId64 "/%" PRId64, arrival_minute, mono_minute) < 0 ||
        strcmp(again, e->ref) != 0 || !e->has_a || !e->has_b || e->a > e->b || e->body_len < 8) {
        verify_find(v, e, "it does not say which readings it is of");
        return SW_OK;
    }
    for (int i = 7; i >= 0; i--)
        in_body = (int64_t) ((uint64_t) in_body << 8 | ((const unsigned char *) e->body)[i]);
    if (in_body != mono_minute) {
        verify_find(v, e, "its row says another minute than what was chained");
        return SW_OK;
    }
    rc = load_minute(v, arrival_minute, err);
    if (rc < 0)
        return rc;
    add_leaves(v, e, mono_minute, &range);
    if (range.n == 0) {
        if (sw_block_minute(e->at_us) != arrival_minute || !verify_clock_fits(v, from_n, e->n, e->at_us))
            verify_find(v, e, "its readings are gone, and its row says another time than the entries around it");
        else if (verify_is_pruned(v, e->n, SW_VERIFY_READINGS, "", arrival_minute))
            v->r->pruned[SW_VERIFY_READINGS] += (uint64_t) (e->b - e->a) + 1;
        else
            verify_find(v, e, "its readings were deleted: no chained entry says that their time was over");
        return SW_OK;
    }
    len = write_body(v, mono_minute);
    sw_chain_body_hash(v->leaves, len, hash);
    if (memcmp(hash, e->sha256, sizeof(hash)) != 0)
        tell_difference(v, e, len);
    else if (range.first != (uint64_t) e->a || range.last != (uint64_t) e->b)
        verify_find(v, e, "its row names other readings (%lld to %lld) than those that were chained", (long long) e->a,
                    (long long) e->b);
    else if (range.at_us != e->at_us)
        verify_find(v, e, "its row says another time than its readings");
    else if (range.off)
        tell_time(v, e, &range);
    else if (verify_is_pruned(v, e->n, SW_VERIFY_READINGS, "", arrival_minute))
        verify_find(v, e, "its readings are there, and a later entry says that they went");
    else
        v->r->whole[SW_VERIFY_READINGS] += range.n;
    return add_cover(v, arrival_minute, range.n, err);
}
