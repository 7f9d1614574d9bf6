// SPDX-License-Identifier: Apache-2.0
/* The ring of events and the places of its readers. Offsets count all bytes that ever went in, so a reader that fell
 * out of the ring is told by a comparison. Bytes of one event lie in one piece of the count, not of the memory. */
#include "io/sse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define BEAT ":\n\n"

struct sw_sse {
    struct sw_sse_params p;
    char *ring;          /* p.ring_bytes */
    uint64_t *starts;    /* p.ring_events: offset where event `id` begins, at id % ring_events */
    uint64_t head, tail; /* offsets: the next byte to write, the first that is still there */
    uint64_t next_id;    /* of the next event */
    uint64_t oldest_id;  /* the first that is still there; next_id = none is */
    struct sw_sse_reader *readers;
    struct sw_sse_counts counts;
};

struct sw_sse_reader {
    struct sw_sse_reader *next;
    struct sw_sse *sse; /* NULL: gone */
    sw_sse_wake_fn wake;
    void *ctx;
    char account_id[64];
    char first[96]; /* what only this one is told, before everything else */
    size_t first_len, first_at;
    uint64_t at; /* offset of the next byte for it */
    bool is_waiting, is_ended, wants_beat;
};

int sw_sse_new(const struct sw_sse_params *p, struct sw_sse **ret, struct sw_err *err)
{
    struct sw_sse *s = calloc(1, sizeof(*s));

    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "events: out of memory");
    s->p = *p;
    if (!s->p.ring_bytes)
        s->p.ring_bytes = SW_SSE_RING_BYTES;
    if (!s->p.ring_events)
        s->p.ring_events = SW_SSE_RING_EVENTS;
    if (!s->p.clients)
        s->p.clients = SW_SSE_CLIENTS_MAX;
    if (!s->p.clients_each)
        s->p.clients_each = SW_SSE_CLIENTS_EACH_MAX;
    s->next_id = s->oldest_id = SW_MAX(s->p.first_id, 1);
    s->ring = malloc(s->p.ring_bytes);
    s->starts = calloc(s->p.ring_events, sizeof(*s->starts));
    if (!s->ring || !s->starts) {
        sw_sse_free(s);
        return sw_err_set(err, SW_E_NOMEM, 0, "events: out of memory");
    }
    *ret = s;
    return SW_OK;
}

struct sw_sse *sw_sse_free(struct sw_sse *s)
{
    if (s) {
        for (struct sw_sse_reader *r = s->readers; r; r = r->next)
            r->sse = NULL;
        free(s->ring);
        free(s->starts);
        free(s);
    }
    return NULL;
}

/* ---- writing ---- */

static void put(struct sw_sse *s, const char *data, size_t len)
{
    const size_t at = (size_t) (s->head % s->p.ring_bytes), first = SW_MIN(len, s->p.ring_bytes - at);

    memcpy(s->ring + at, data, first);
    memcpy(s->ring, data + first, len - first);
    s->head += len;
}

/* Bytes that the data takes: each of its lines gets "data: " before and a line end behind it. */
static size_t lines_of(const char *data, size_t len)
{
    size_t n = 1;

    for (size_t i = 0; i < len; i++)
        n += data[i] == '\n' || data[i] == '\r';
    return n;
}

static void forget_oldest(struct sw_sse *s)
{
    s->oldest_id++;
    s->tail = s->oldest_id < s->next_id ? s->starts[s->oldest_id % s->p.ring_events] : s->head;
}

static void make_room(struct sw_sse *s, size_t len)
{
    while (s->oldest_id < s->next_id &&
           (s->next_id - s->oldest_id >= s->p.ring_events || s->head + len - s->tail > s->p.ring_bytes))
        forget_oldest(s);
}

/* A line end that a document holds would end the event: it becomes a line of its own, which the client joins again. */
static void put_data(struct sw_sse *s, const char *data, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && data[i] != '\n' && data[i] != '\r')
            continue;
        put(s, "data: ", 6);
        put(s, data + from, i - from);
        put(s, "\n", 1);
        from = i + 1;
    }
    put(s, "\n", 1);
}

static void wake(struct sw_sse_reader *r)
{
    if (!r->is_waiting && !r->is_ended)
        return;
    r->is_waiting = false;
    r->wake(r->ctx);
}

/* Who lies so far behind that the next byte for it is gone. */
static void drop(struct sw_sse_reader *r)
{
    r->is_ended = true;
    r->sse->counts.dropped_total++;
    r->wake(r->ctx);
}

uint64_t sw_sse_post(struct sw_sse *s, const char *event, const char *data, size_t len)
{
    const uint64_t id = s->next_id;
    char head[128];
    size_t n, all;

    if (len > SW_MIN((size_t) SW_SSE_EVENT_MAX, s->p.ring_bytes / 4)) {
        event = "reset";
        data = "{}";
        len = 2;
    }
    n = (size_t) snprintf(head, sizeof(head), "id: %" PRIu64 "\nevent: %.64s\n", id, event);
    all = n + len + lines_of(data, len) * 7 + 1;
    if (all > s->p.ring_bytes) { /* nothing but line ends */
        data = "{}";
        len = 2;
        all = n + len + 8;
    }
    make_room(s, all);
    s->starts[id % s->p.ring_events] = s->head;
    put(s, head, n);
    put_data(s, data, len);
    s->next_id++;
    s->counts.events_total++;
    for (struct sw_sse_reader *r = s->readers; r; r = r->next) {
        if (r->is_ended)
            continue;
        if (r->at < s->tail)
            drop(r);
        else
            wake(r);
    }
    return id;
}

void sw_sse_reset(struct sw_sse *s)
{
    sw_sse_post(s, "reset", "{}", 2);
}

void sw_sse_quit(struct sw_sse_reader *r)
{
    if (r->is_ended)
        return;
    r->is_ended = true;
    wake(r);
}

void sw_sse_end(struct sw_sse *s, const char *account_id)
{
    for (struct sw_sse_reader *r = s->readers; r; r = r->next) {
        if (!account_id || strcmp(account_id, r->account_id) == 0)
            sw_sse_quit(r);
    }
}

struct sw_sse_counts sw_sse_counts(const struct sw_sse *s)
{
    return s->counts;
}

/* ---- reading ---- */

/* The number in a Last-Event-ID: digits and nothing else. */
static bool parse_id(const char *text, uint64_t *ret)
{
    const size_t len = strlen(text);

    if (len == 0 || len > 19 || strspn(text, "0123456789") != len)
        return false;
    *ret = strtoull(text, NULL, 10);
    return true;
}

/* Where a reader that has seen the event `id` goes on. */
static bool find_place(const struct sw_sse *s, uint64_t id, uint64_t *ret)
{
    if (id >= s->next_id || id + 1 < s->oldest_id)
        return false;
    *ret = id + 1 < s->next_id ? s->starts[(id + 1) % s->p.ring_events] : s->head;
    return true;
}

static size_t write_first(char *buf, size_t cap, bool is_reset, uint64_t last_id)
{
    const int n = snprintf(buf, cap, "retry: %d\n\n", SW_SSE_RETRY_MS);
    int more = 0;

    if (is_reset) /* with an id, so that a client that comes again is not told the same once more */
        more = snprintf(buf + n, cap - (size_t) n, "id: %" PRIu64 "\nevent: reset\ndata: {}\n\n", last_id);
    return (size_t) (n + more);
}

/* Those that are over and not closed yet count for the house, which they still take room of, but not for the account:
 * who logs in anew is not kept waiting by streams of the session before. */
static size_t count_of(const struct sw_sse *s, const char *account_id)
{
    size_t n = 0;

    for (const struct sw_sse_reader *r = s->readers; r; r = r->next)
        n += !r->is_ended && strcmp(r->account_id, account_id) == 0;
    return n;
}

int sw_sse_open(struct sw_sse *s, const char *last_event_id, const char *account_id, sw_sse_wake_fn wake_fn, void *ctx,
                struct sw_sse_reader **ret)
{
    struct sw_sse_reader *r;
    uint64_t id = 0;
    bool is_reset;

    if (s->counts.clients >= s->p.clients ||
        (account_id && *account_id && count_of(s, account_id) >= s->p.clients_each)) {
        s->counts.refused_total++;
        return SW_E_FULL;
    }
    r = calloc(1, sizeof(*r));
    if (!r)
        return SW_E_NOMEM;
    r->sse = s;
    r->wake = wake_fn;
    r->ctx = ctx;
    r->at = s->head;
    snprintf(r->account_id, sizeof(r->account_id), "%s", account_id ? account_id : "");
    is_reset = last_event_id && (!parse_id(last_event_id, &id) || !find_place(s, id, &r->at));
    r->first_len = write_first(r->first, sizeof(r->first), is_reset, s->next_id - 1);
    r->next = s->readers;
    s->readers = r;
    s->counts.clients++;
    *ret = r;
    return SW_OK;
}

struct sw_sse_reader *sw_sse_close(struct sw_sse_reader *r)
{
    if (!r)
        return NULL;
    for (struct sw_sse_reader **at = r->sse ? &r->sse->readers : NULL; at && *at; at = &(*at)->next) {
        if (*at != r)
            continue;
        *at = r->next;
        r->sse->counts.clients--;
        break;
    }
    free(r);
    return NULL;
}

static size_t take(struct sw_sse_reader *r, char *buf, size_t cap)
{
    const struct sw_sse *s = r->sse;
    const size_t len = (size_t) SW_MIN((uint64_t) cap, s->head - r->at), at = (size_t) (r->at % s->p.ring_bytes);
    const size_t first = SW_MIN(len, s->p.ring_bytes - at);

    memcpy(buf, s->ring + at, first);
    memcpy(buf + first, s->ring, len - first);
    r->at += len;
    return len;
}

ptrdiff_t sw_sse_read(struct sw_sse_reader *r, char *buf, size_t cap)
{
    size_t n = 0;

    if (!r->sse || r->is_ended)
        return -1;
    n = SW_MIN(cap, r->first_len - r->first_at);
    memcpy(buf, r->first + r->first_at, n);
    r->first_at += n;
    if (r->first_at == r->first_len)
        n += take(r, buf + n, cap - n);
    if (n == 0 && r->wants_beat && cap >= strlen(BEAT)) {
        n = strlen(BEAT);
        memcpy(buf, BEAT, n);
    }
    r->wants_beat = false;
    r->is_waiting = n == 0;
    return (ptrdiff_t) n;
}

bool sw_sse_is_over(const struct sw_sse_reader *r)
{
    return !r->sse || r->is_ended;
}

void sw_sse_beat(struct sw_sse_reader *r)
{
    if (!r->is_waiting)
        return;
    r->wants_beat = true;
    wake(r);
}
