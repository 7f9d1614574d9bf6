// SPDX-License-Identifier: Apache-2.0
/* A set of numbers as runs: nearly always one run, whatever the order in which two lanes bring them. */
#include "cli/mqtt_seq.h"

#include <string.h>

#include "common/macros.h"

void sw_seq_begin(struct sw_seq_set *s, int64_t low)
{
    if (!s->has_low)
        s->low = low;
    s->has_low = true;
}

/* The first run that ends at or behind a number, or touches it from below. */
static size_t first_at(const struct sw_seq_set *s, int64_t number)
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

void sw_seq_add(struct sw_seq_set *s, int64_t from, int64_t to)
{
    size_t at, n = 0;

    if (from > to || from < 0 || to == INT64_MAX)
        return;
    at = first_at(s, from);
    while (at + n < s->n && s->runs[at + n].from <= to + 1)
        n++;
    if (n > 0) {
        s->runs[at].from = SW_MIN(s->runs[at].from, from);
        s->runs[at].to = SW_MAX(s->runs[at + n - 1].to, to);
        memmove(&s->runs[at + 1], &s->runs[at + n], (s->n - at - n) * sizeof(s->runs[0]));
        s->n -= n - 1;
        return;
    }
    if (s->n == SW_SEQ_RUNS_MAX) {
        s->is_full = true;
        return;
    }
    memmove(&s->runs[at + 1], &s->runs[at], (s->n - at) * sizeof(s->runs[0]));
    s->runs[at] = (struct sw_seq_run){from, to};
    s->n++;
}

size_t sw_seq_holes(const struct sw_seq_set *s, struct sw_seq_run *holes, size_t cap)
{
    int64_t next = s->low;
    size_t n = 0;

    for (size_t i = 0; s->has_low && i < s->n; i++) {
        if (s->runs[i].to < next)
            continue;
        if (s->runs[i].from > next) {
            if (n < cap)
                holes[n] = (struct sw_seq_run){next, s->runs[i].from - 1};
            n++;
        }
        next = s->runs[i].to + 1;
    }
    return n;
}
