// SPDX-License-Identifier: Apache-2.0
/* A ring of complaints. Every search is one walk over it; what would need two (distinct callers) is known from the call
 * before by the same caller, which is looked up once, when a complaint comes. */
#include "tickets/complaint_book.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/ident.h"

struct sw_complaint_book *sw_complaint_book_new(void)
{
    struct sw_complaint_book *b = calloc(1, sizeof *b);

    if (b)
        b->first = b->end = 1;
    return b;
}

struct sw_complaint_entry *sw_complaint_book_at(struct sw_complaint_book *b, uint64_t n)
{
    return &b->places[n % SW_COMPLAINTS_MAX];
}

static const struct sw_complaint_entry *at(const struct sw_complaint_book *b, uint64_t n)
{
    return &b->places[n % SW_COMPLAINTS_MAX];
}

struct sw_complaint_entry *sw_complaint_book_find(struct sw_complaint_book *b, const char *service_request_id)
{
    const uint64_t h = sw_hash_text(service_request_id);

    for (uint64_t n = b->first; n < b->end; n++) {
        struct sw_complaint_entry *e = sw_complaint_book_at(b, n);

        if (e->id_hash == h && strcmp(e->kept.service_request_id, service_request_id) == 0)
            return e;
    }
    return NULL;
}

/* ---- remembering ---- */

static bool is_same_caller(const struct sw_complaint_entry *a, const struct sw_complaint_entry *b)
{
    return a->kept.caller_ref[0] && a->caller_hash == b->caller_hash &&
           strcmp(a->kept.caller_ref, b->kept.caller_ref) == 0;
}

static uint64_t call_before(const struct sw_complaint_book *b, const struct sw_complaint_entry *e)
{
    for (uint64_t n = b->end; n-- > b->first;) {
        if (is_same_caller(at(b, n), e))
            return n;
    }
    return 0;
}

static void forget_first(struct sw_complaint_book *b)
{
    struct sw_complaint_entry *e = sw_complaint_book_at(b, b->first++);

    b->n_changed -= e->is_changed;
    e->is_changed = false;
}

struct sw_complaint_entry *sw_complaint_book_add(struct sw_complaint_book *b, const struct sw_complaint_kept *k)
{
    struct sw_complaint_entry *e;

    while (b->first < b->end &&
           (b->end - b->first == SW_COMPLAINTS_MAX || at(b, b->first)->kept.at_us < k->at_us - SW_COMPLAINT_KEEP_US))
        forget_first(b);
    e = sw_complaint_book_at(b, b->end);
    *e = (struct sw_complaint_entry){
        .kept = *k, .id_hash = sw_hash_text(k->service_request_id), .caller_hash = sw_hash_text(k->caller_ref)};
    e->before = call_before(b, e);
    if (e->before != 0 && k->at_us - at(b, e->before)->kept.at_us <= SW_COMPLAINT_KEEP_US)
        e->kept.is_repeat_caller = true;
    b->end++;
    return e;
}

void sw_complaint_book_drop(struct sw_complaint_book *b)
{
    struct sw_complaint_entry *e;

    if (b->end == b->first)
        return;
    e = sw_complaint_book_at(b, --b->end);
    b->n_changed -= e->is_changed;
    e->is_changed = false;
}

void sw_complaint_book_changed(struct sw_complaint_book *b, struct sw_complaint_entry *e)
{
    b->n_changed += !e->is_changed;
    e->is_changed = true;
}

/* ---- of one ticket ---- */

struct sw_complaint_others sw_complaint_book_others(const struct sw_complaint_book *b, const char *ticket,
                                                    const struct sw_complaint_entry *e)
{
    struct sw_complaint_others ret = {0};

    for (uint64_t n = b->first; n < b->end; n++) {
        const struct sw_complaint_entry *o = at(b, n);

        if (o == e || !o->kept.caller_ref[0] || strcmp(o->kept.counted_in, ticket) != 0)
            continue;
        ret.any_caller = true;
        if (!is_same_caller(o, e))
            continue;
        ret.same_caller = true;
        ret.same_repeat_caller |= o->kept.is_repeat_caller;
    }
    return ret;
}

struct sw_complaint_entry *sw_complaint_book_newest(struct sw_complaint_book *b, const char *ticket,
                                                    const char *caller_ref)
{
    for (uint64_t n = b->end; n-- > b->first;) {
        struct sw_complaint_entry *e = sw_complaint_book_at(b, n);

        if (strcmp(e->kept.counted_in, ticket) == 0 && (!caller_ref || strcmp(e->kept.caller_ref, caller_ref) == 0))
            return e;
    }
    return NULL;
}

/* ---- of several tickets ---- */

static int ticket_of(const struct sw_complaint_entry *e, size_t n, const char *const *tickets)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(e->kept.counted_in, tickets[i]) == 0)
            return (int) i;
    }
    return -1;
}

/* What the caller's calls before e have counted already. */
struct before {
    bool here, anywhere, repeat_here, repeat_anywhere;
};

static struct before counted_before(const struct sw_complaint_book *b, const struct sw_complaint_entry *e, size_t n,
                                    const char *const *tickets)
{
    struct before ret = {0};

    for (uint64_t k = e->before; k >= b->first && !ret.repeat_here; k = at(b, k)->before) { /* then the rest is known */
        const struct sw_complaint_entry *o = at(b, k);

        if (ticket_of(o, n, tickets) < 0)
            continue;
        const bool is_here = strcmp(o->kept.counted_in, e->kept.counted_in) == 0;

        ret.anywhere = true;
        ret.here |= is_here;
        ret.repeat_anywhere |= o->kept.is_repeat_caller;
        ret.repeat_here |= is_here && o->kept.is_repeat_caller;
    }
    return ret;
}

struct sw_complaint_callers sw_complaint_book_callers(const struct sw_complaint_book *b, size_t n,
                                                      const char *const *tickets)
{
    struct sw_complaint_callers ret = {0};
    bool has_calls[SW_COMPLAINT_TICKETS_MAX] = {false}, has_told[SW_COMPLAINT_TICKETS_MAX] = {false};
    bool any = false;

    for (uint64_t k = b->first; k < b->end; k++) {
        const struct sw_complaint_entry *e = at(b, k);
        const int i = ticket_of(e, n, tickets);

        if (i < 0)
            continue;
        any = has_calls[i] = true;
        if (!e->kept.caller_ref[0])
            continue;
        const struct before was = counted_before(b, e, n, tickets);

        has_told[i] = true;
        ret.sum += !was.here;
        ret.distinct += !was.anywhere;
        ret.sum_repeat += e->kept.is_repeat_caller && !was.repeat_here;
        ret.distinct_repeat += e->kept.is_repeat_caller && !was.repeat_anywhere;
    }
    for (size_t i = 0; i < n; i++)
        ret.sum += has_calls[i] && !has_told[i];
    ret.distinct = SW_MAX(ret.distinct, any ? 1u : 0u);
    return ret;
}

/* ---- of the site ---- */

/* The first call of its caller since: the one before is older, or forgotten. */
static bool is_first_since(const struct sw_complaint_book *b, const struct sw_complaint_entry *e, int64_t since_us)
{
    return e->kept.caller_ref[0] && (e->before < b->first || at(b, e->before)->kept.at_us < since_us);
}

struct sw_complaint_counts sw_complaint_book_counts(const struct sw_complaint_book *b, const char *caller_ref,
                                                    int64_t now_us)
{
    const int64_t day_us = now_us - SW_S_PER_DAY * SW_US_PER_S, week_us = now_us - 7 * SW_S_PER_DAY * SW_US_PER_S;
    const uint64_t h = caller_ref ? sw_hash_text(caller_ref) : 0;
    struct sw_complaint_counts ret = {0};

    for (uint64_t n = b->first; n < b->end; n++) {
        const struct sw_complaint_entry *e = at(b, n);

        if (e->kept.at_us >= day_us) {
            ret.calls_24h++;
            ret.callers_24h += is_first_since(b, e, day_us);
        }
        if (e->kept.at_us >= week_us) {
            ret.calls_7d++;
            ret.callers_7d += is_first_since(b, e, week_us);
        }
        if (caller_ref && caller_ref[0] && e->caller_hash == h && e->kept.at_us >= now_us - SW_COMPLAINT_KEEP_US &&
            strcmp(e->kept.caller_ref, caller_ref) == 0)
            ret.same_caller_30d++;
    }
    /* Of callers who are not told it is known that there is one at least. */
    ret.callers_24h = SW_MAX(ret.callers_24h, ret.calls_24h > 0 ? 1u : 0u);
    ret.callers_7d = SW_MAX(ret.callers_7d, ret.calls_7d > 0 ? 1u : 0u);
    return ret;
}
