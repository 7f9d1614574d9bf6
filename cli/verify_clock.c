// SPDX-License-Identifier: Apache-2.0
/* The time of day of readings: blocks hold it, the chain hashes only the monotonic one, and the `clock` entries say
 * which time of day that was. A reading must agree with one of those around it. Values are verify_readings.c's. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/sat.h"

/* The gateway writes an entry when its clocks moved by a quarter of a second against each other; it looks once a
 * second. */
#define ERROR_US SW_US_PER_S
/* A mean stands at the beginning of its interval (an hour at most) with the clock of its end. */
#define INTERVAL_US (3600 * SW_US_PER_S + 60 * SW_US_PER_S)

/* As hashed, else NULL: one that was changed is told when the walk comes to it. */
static json_t *body_of(struct sw_db_stmt *st, int body_at, int sha256_at)
{
    size_t len, hash_len;
    const void *body = sw_db_blob(st, body_at, &len), *want = sw_db_blob(st, sha256_at, &hash_len);
    sw_hash hash;

    sw_chain_body_hash(body ? body : "", body ? len : 0, hash);
    if (!body || hash_len != SW_HASH_SIZE || memcmp(hash, want, hash_len) != 0)
        return NULL;
    return json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);
}

static int add_run(struct verify *v, uint64_t n, const json_t *root, struct sw_err *err)
{
    const json_t *first = json_object_get(root, "first_number");
    void *array = v->run;

    if (!json_is_integer(first))
        return SW_OK;
    if (!verify_grow(&array, v->n_run, &v->cap_run, sizeof(*v->run)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->run = array;
    v->run[v->n_run++] =
        (struct verify_run){.n = n, .first_number = (uint64_t) json_integer_value(first), .first_clock = v->n_clock};
    return SW_OK;
}

static int add_clock(struct verify *v, uint64_t n, const json_t *root, struct sw_err *err)
{
    const json_t *mono = json_object_get(root, "mono_us"), *utc = json_object_get(root, "utc_us");
    void *array = v->clock;

    if (!json_is_integer(mono) || !json_is_integer(utc))
        return SW_OK;
    if (!verify_grow(&array, v->n_clock, &v->cap_clock, sizeof(*v->clock)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->clock = array;
    v->clock[v->n_clock++] = (struct verify_clock){
        .n = n,
        .mono_us = json_integer_value(mono),
        .utc_us = json_integer_value(utc),
        .is_start = v->n_run > 0 && v->run[v->n_run - 1].first_clock == v->n_clock,
    };
    return SW_OK;
}

int verify_clocks_load(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(v->db, "SELECT n, kind, body, sha256 FROM chain WHERE kind IN (8, 10) ORDER BY n", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        json_t *root = body_of(st, 2, 3);
        const uint64_t n = (uint64_t) sw_db_int(st, 0);

        if (root)
            rc = sw_db_int(st, 1) == SW_CHAIN_BOOT ? add_run(v, n, root, err) : add_clock(v, n, root, err);
        json_decref(root);
        if (rc < 0)
            break;
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

/* The run that a reading is of: the last that began at or before its number. */
static size_t run_of(const struct verify *v, uint64_t number)
{
    size_t low = 0, high = v->n_run;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (v->run[mid].first_number <= number)
            low = mid + 1;
        else
            high = mid;
    }
    return low; /* 0 = before all that are known, else one more than its place */
}

/* Offsets are compared without overflow: times may be any bits. */
static bool agrees(const struct verify_clock *k, int64_t mono_us, int64_t utc_us)
{
    const uint64_t is = (uint64_t) utc_us - (uint64_t) mono_us, was = (uint64_t) k->utc_us - (uint64_t) k->mono_us;
    const uint64_t apart = is - was;

    return apart + (uint64_t) ERROR_US <= 2 * (uint64_t) ERROR_US;
}

bool verify_clock_agrees(const struct verify *v, uint64_t number, int64_t mono_us, int64_t utc_us)
{
    const size_t run = run_of(v, number);
    size_t at, low, high, end;

    if (run == 0)
        return true; /* older than the chain that is left */
    low = at = v->run[run - 1].first_clock;
    high = end = run < v->n_run ? v->run[run].first_clock : v->n_clock;
    if (at == end)
        return true; /* the run's entries were changed, and that is told */
    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (v->clock[mid].mono_us <= mono_us)
            low = mid + 1;
        else
            high = mid;
    }
    at = low > at ? low - 1 : at;
    for (; at < end; at++) {
        if (at >= low && v->clock[at].mono_us / 2 - mono_us / 2 > INTERVAL_US / 2)
            break;
        if (agrees(&v->clock[at], mono_us, utc_us))
            return true;
    }
    return false;
}

/* ---- where in time an entry lies ---- */

/* The first clock entry that is not before entry n. */
static size_t clock_before(const struct verify *v, uint64_t n)
{
    size_t low = 0, high = v->n_clock;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (v->clock[mid].n < n)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* A row that retention took cannot be hashed again: what its entry says of it must at least fit the clock entries
 * around the entry. Otherwise an entry could be made to name something older that may be gone. Two on each side
 * count, and those of the run before over a start: what waited over a stop is of that run, and a clock that was set is
 * followed in pieces. */
bool verify_clock_fits(const struct verify *v, uint64_t from_n, uint64_t n, int64_t us)
{
    const size_t low = clock_before(v, from_n), high = clock_before(v, n);
    int64_t from_us = INT64_MAX, to_us = INT64_MIN;
    size_t first = low;

    if (low < 2)
        return true; /* what was before the first is not known */
    for (first--; first > 0 && v->clock[first].is_start; first--)
        ;
    for (size_t i = SW_MIN(first, low - 2); i < v->n_clock && i < high + 2; i++) {
        from_us = SW_MIN(from_us, v->clock[i].utc_us);
        to_us = SW_MAX(to_us, v->clock[i].utc_us);
    }
    return us >= sw_sat_sub(from_us, INTERVAL_US) && us <= sw_sat_add(to_us, 2 * INTERVAL_US);
}
