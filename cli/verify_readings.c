// SPDX-License-Identifier: Apache-2.0
/* The leaves of readings, computed again from the blocks: those of one entry are the readings whose arrival numbers lie
 * in its range and whose monotonic time lies in its minute. Also finds blocks that no entry names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "gateway/block.h"

#define MINUTE_US (60 * SW_US_PER_S)

static int64_t minute_of(int64_t t_us)
{
    return t_us / MINUTE_US - (t_us % MINUTE_US < 0);
}

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
    free(v->cover);
}

/* ---- one minute of arrival ---- */

static int by_number(const void *left, const void *right)
{
    const uint64_t a = ((const struct verify_item *) left)->number, b = ((const struct verify_item *) right)->number;

    return (a > b) - (a < b);
}

struct block_row {
    int64_t minute, sensor, quantity;
    const unsigned char *body;
    size_t len;
};

/* The same readings as a program of that version writes them: what is written otherwise was not written by it. */
static bool is_our_form(const struct block_row *b, const struct sw_block_item *items, size_t n)
{
    const int version = b->len ? b->body[0] : 0;
    const size_t cap = SW_BLOCK_HEAD_MAX + n * SW_BLOCK_ITEM_MAX;
    unsigned char *again = malloc(cap);
    bool is_same =
        again && sw_block_encode_as(version, items, n, false, again, cap) == b->len && !memcmp(again, b->body, b->len);

    free(again);
    return is_same;
}

/** @return NULL, or what is wrong with the row besides what its entry tells */
static const char *fault_of(const struct verify *v, const struct block_row *b, const struct sw_block_item *items,
                            size_t n)
{
    if (b->sensor < 0 || (size_t) b->sensor >= v->n_sensors || !v->sensor[b->sensor])
        return "it is of a sensor that the file does not know";
    if (n == 0)
        return "it is empty";
    for (size_t i = 0; i < n; i++) {
        if (minute_of(items[i].arrival_us) != b->minute)
            return "it holds readings that arrived in another minute";
        if (items[i].r.time_quality > SW_TIME_UNSYNCED || !sw_flag_is_known(items[i].r.flag))
            return "it holds a flag that there is not";
        if (i && items[i].number <= items[i - 1].number)
            return "its arrival numbers do not rise";
    }
    return is_our_form(b, items, n) ? NULL : "its bytes are not the form in which readings are written";
}

static int keep_items(struct verify_minute *m, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    for (size_t i = 0; i < n; i++) {
        void *array = m->item;

        if (!verify_grow(&array, m->n, &m->cap, sizeof(*m->item)))
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the readings of a minute");
        m->item = array;
        m->item[m->n++] = (struct verify_item){
            .number = items[i].number, .arrival_us = items[i].arrival_us, .is_late = items[i].is_late, .r = items[i].r};
    }
    return SW_OK;
}

/* One block; what is wrong with it becomes a finding of its own. */
static int take_block(struct verify *v, const struct block_row *b, struct sw_err *err)
{
    struct sw_block_cursor c;
    struct sw_block_item *items = NULL;
    struct sw_err why = {0};
    const char *fault = NULL;
    char ref[64];
    size_t n = 0, cap = 0;
    int rc = sw_block_open(&c, b->body, b->len, (uint16_t) b->sensor, (uint8_t) b->quantity, &why);

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
    fault = rc < 0 ? why.msg : fault_of(v, b, items, n);
    if (fault) {
        (void) snprintf(ref, sizeof(ref), "%" PRId64 "/%" PRId64 "/%" PRId64, b->minute, b->sensor, b->quantity);
        sw_verify_find(v->r, 0, "block", ref, b->minute * MINUTE_US, "%s", fault);
    }
    rc = rc < 0 ? SW_OK : keep_items(&v->minute, items, n, err);
    free(items);
    return rc;
}

static void tell_block(struct verify *v, int64_t minute, const char *what)
{
    char ref[32];

    (void) snprintf(ref, sizeof(ref), "minute %" PRId64, minute);
    sw_verify_find(v->r, 0, "block", ref, minute * MINUTE_US, "%s", what);
}

static int load_minute(struct verify *v, int64_t minute, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_BLOCKS];
    struct verify_minute *m = &v->minute;
    int rc;

    if (m->is_loaded && m->minute == minute)
        return SW_OK;
    m->n = 0;
    m->minute = minute;
    m->is_loaded = true;
    sw_db_bind_int(st, 1, minute);
    while ((rc = sw_db_step(st, err)) == 1) {
        struct block_row b = {.minute = minute, .sensor = sw_db_int(st, 0), .quantity = sw_db_int(st, 1)};

        b.body = sw_db_blob(st, 2, &b.len);
        if ((rc = take_block(v, &b, err)) < 0)
            break;
    }
    sw_db_reset(st);
    if (m->n)
        qsort(m->item, m->n, sizeof(*m->item), by_number);
    for (size_t i = 1; i < m->n; i++)
        if (m->item[i].number == m->item[i - 1].number) {
            tell_block(v, minute, "two readings have one arrival number");
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

        if (minute_of(r->t_mono_us) != mono_minute || r->sensor >= v->n_sensors)
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
        if (minute_of(e->at_us) != arrival_minute || !verify_clock_fits(v, from_n, e->n, e->at_us))
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

/* ---- what no entry names ---- */

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

static int judge_minute(struct verify *v, int64_t minute, uint64_t n, struct sw_err *err)
{
    const uint64_t named = covered(v, minute);
    char ref[32];

    if (n == named)
        return SW_OK;
    if (named == 0) { /* nobody looked into its blocks yet */
        int rc = load_minute(v, minute, err);

        if (rc < 0)
            return rc;
    }
    if (named == 0 && minute * MINUTE_US < v->begun_us) {
        v->r->before[SW_VERIFY_READINGS] += n;
        return SW_OK;
    }
    (void) snprintf(ref, sizeof(ref), "minute %" PRId64, minute);
    sw_verify_find(v->r, 0, "readings", ref, minute * MINUTE_US,
                   "%" PRIu64 " readings of this minute hang on no entry of the chain: they were put in by hand",
                   n > named ? n - named : named - n);
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
    int64_t minute = INT64_MIN;
    uint64_t n = 0;
    int rc = sw_db_prepare(v->db, "SELECT minute, body FROM block ORDER BY id", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        struct sw_block_cursor c;
        size_t len;
        const void *body = sw_db_blob(st, 1, &len);

        if (sw_db_int(st, 0) != minute) {
            if (minute != INT64_MIN && (rc = judge_minute(v, minute, n, err)) < 0)
                break;
            minute = sw_db_int(st, 0);
            n = 0;
        }
        if (sw_block_open(&c, body, len, 0, 0, NULL) == SW_OK)
            n += c.left;
    }
    if (rc >= 0 && minute != INT64_MIN)
        rc = judge_minute(v, minute, n, err);
    sw_db_finalize(st);
    return rc < 0 ? rc : count_tail(v, err);
}
