// SPDX-License-Identifier: Apache-2.0
/* A set of numbers as runs: nearly always one run, whatever the order in which lanes bring them. */
#include "hub/seen.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

void hub_seen_done(struct hub_seen *s)
{
    free(s->runs);
    *s = (struct hub_seen){0};
}

void hub_seen_begin(struct hub_seen *s, int64_t low)
{
    if (low > 0 && (s->low == 0 || low < s->low))
        s->low = low;
}

/* The first run that ends at or behind a number, or touches it from below. */
static size_t first_at(const struct hub_seen *s, int64_t number)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (s->runs[middle].to < number - 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct hub_seen *s)
{
    const size_t cap = s->cap ? 2 * s->cap : 4;
    struct hub_run *grown;

    if (s->n < s->cap)
        return SW_OK;
    if (s->n >= HUB_SEEN_RUNS_MAX) {
        s->is_full = true;
        return SW_E_FULL;
    }
    grown = realloc(s->runs, cap * sizeof(*grown));
    if (!grown)
        return SW_E_NOMEM;
    s->runs = grown;
    s->cap = cap;
    return SW_OK;
}

int hub_seen_add(struct hub_seen *s, int64_t from, int64_t to)
{
    size_t at, n = 0;
    int rc;

    if (from < 1 || from > to || to > HUB_SEQ_MAX)
        return SW_E_INVAL;
    at = first_at(s, from);
    while (at + n < s->n && s->runs[at + n].from <= to + 1)
        n++;
    if (n > 0) {
        if (n == 1 && s->runs[at].from <= from && s->runs[at].to >= to)
            return 0;
        s->runs[at].from = SW_MIN(s->runs[at].from, from);
        s->runs[at].to = SW_MAX(s->runs[at + n - 1].to, to);
        memmove(&s->runs[at + 1], &s->runs[at + n], (s->n - at - n) * sizeof(s->runs[0]));
        s->n -= n - 1;
        return 1;
    }
    rc = make_room(s);
    if (rc < 0)
        return rc;
    memmove(&s->runs[at + 1], &s->runs[at], (s->n - at) * sizeof(s->runs[0]));
    s->runs[at] = (struct hub_run){from, to};
    s->n++;
    return 1;
}

bool hub_seen_has(const struct hub_seen *s, int64_t number)
{
    size_t at = first_at(s, number);

    if (at < s->n && s->runs[at].to < number) /* it only touches it */
        at++;
    return at < s->n && s->runs[at].from <= number && number <= s->runs[at].to;
}

int64_t hub_seen_high(const struct hub_seen *s)
{
    return s->n ? s->runs[s->n - 1].to : 0;
}

size_t hub_seen_holes(const struct hub_seen *s, struct hub_run *ret, size_t cap)
{
    int64_t next = s->low;
    size_t n = 0;

    for (size_t i = 0; s->low > 0 && i < s->n; i++) {
        if (s->runs[i].to < next)
            continue;
        if (s->runs[i].from > next) {
            if (n < cap)
                ret[n] = (struct hub_run){next, s->runs[i].from - 1};
            n++;
        }
        next = s->runs[i].to + 1;
    }
    return n;
}

/* ---- as bytes ---- */

static size_t put(unsigned char *at, uint64_t value)
{
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        at[n++] = (unsigned char) (value | 0x80);
    at[n++] = (unsigned char) value;
    return n;
}

static bool get(const unsigned char **at, const unsigned char *end, int64_t *ret)
{
    uint64_t value = 0;

    for (unsigned shift = 0; *at < end && shift < 56; shift += 7) {
        const unsigned char byte = *(*at)++;

        value |= (uint64_t) (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = (int64_t) value;
            return true;
        }
    }
    return false;
}

size_t hub_seen_pack(const struct hub_seen *s, unsigned char *buf)
{
    int64_t last = 0;
    size_t len = 0;

    for (size_t i = 0; i < s->n; i++) {
        len += put(buf + len, (uint64_t) (s->runs[i].from - last));
        len += put(buf + len, (uint64_t) (s->runs[i].to - s->runs[i].from));
        last = s->runs[i].to;
    }
    return len;
}

int hub_seen_unpack(struct hub_seen *s, const unsigned char *bytes, size_t len)
{
    const unsigned char *at = bytes, *end = bytes + len;
    int64_t last = 0;

    s->n = 0;
    while (at < end) {
        int64_t ahead = 0, length = 0;
        int rc = get(&at, end, &ahead) && get(&at, end, &length) ? SW_OK : SW_E_CORRUPT;

        if (rc == SW_OK && (ahead < 1 || ahead > HUB_SEQ_MAX || length > HUB_SEQ_MAX))
            rc = SW_E_CORRUPT;
        if (rc == SW_OK)
            rc = hub_seen_add(s, last + ahead, last + ahead + length);
        if (rc != 1) {
            s->n = 0;
            return rc == SW_E_NOMEM ? rc : SW_E_CORRUPT;
        }
        last = last + ahead + length;
    }
    return SW_OK;
}
