// SPDX-License-Identifier: Apache-2.0
/* Short words for an outbox under test: documents with a number, a class and a time, and what is then in the file. */
#ifndef SW_TESTS_UNIT_OUTBOX_FIXTURE_H
#define SW_TESTS_UNIT_OUTBOX_FIXTURE_H

#include <poll.h>

#include "common/clock.h"
#include "io/document.h"
#include "tests/unit/store_fixture.h"

#define SECOND_US 1000000LL

/* Documents of a class, all of one length. */
static inline int put_of(struct sw_store *s, int64_t seq, enum sw_document_class class, const char *topic)
{
    char payload[64];
    struct sw_store_document d = {.seq = seq,
                                  .lane = class >= SW_DOCUMENT_WINDOW_1M ? SW_LANE_BULK : SW_LANE_ALARM,
                                  .class = class,
                                  .topic = topic,
                                  .retain = class == SW_DOCUMENT_TICKET,
                                  .payload = payload};

    d.len = (size_t) snprintf(payload, sizeof(payload), "{\"seq\":%08lld}", (long long) seq);
    return sw_store_put_document(s, &d);
}

static inline void put_window_document(struct sw_store *s, int64_t seq)
{
    assert_int_equal(put_of(s, seq, SW_DOCUMENT_WINDOW_1M, "sensor/a/agg/1m"), SW_OK);
}

/* What was put so far is on the disk, and it is that late. */
static inline void sync_at(struct sw_store *s, int64_t engine_us)
{
    sw_store_set_time(s, engine_us, false);
    must_sync(s);
}

static inline void ack_for(struct sw_store *s, size_t destination, const struct sw_store_row *row)
{
    const struct sw_store_ack a = {.id = row->id,
                                   .generation = row->generation,
                                   .bytes = (uint32_t) row->len,
                                   .destination = (uint8_t) destination};

    assert_int_equal(sw_store_ack(s, &a, 1), 1);
}

static inline struct sw_store_row *row_for(struct sw_store *s, size_t destination)
{
    struct sw_store_row *row = NULL;

    if (!sw_mailbox_take(sw_store_rows(s, destination), &row, 1)) {
        CHECK(sw_mailbox_wait(sw_store_rows(s, destination), PATIENCE_US), "no row came");
        assert_int_equal(sw_mailbox_take(sw_store_rows(s, destination), &row, 1), 1);
    }
    return row;
}

/* The next row has this number and comes in this lane; it is acknowledged when told. */
static inline void expect_row(struct sw_store *s, size_t destination, int64_t seq, enum sw_lane lane, bool acknowledge)
{
    struct sw_store_row *row = row_for(s, destination);

    CHECK(row->seq == seq && row->lane == lane, "row %lld came in lane %d where %lld was due in lane %d",
          (long long) row->seq, (int) row->lane, (long long) seq, (int) lane);
    if (acknowledge)
        ack_for(s, destination, row);
    free(row);
}

/* Numbers in the outbox that this destination (a bit) still misses. */
static inline char *numbers(const char *name, unsigned bits)
{
    static char text[4][4096];
    static int next;
    char *buf = text[next++ % 4], sql[160];
    struct sw_db *db = NULL;
    struct sw_db_stmt *st = NULL;
    size_t len = 0;

    buf[0] = '\0';
    snprintf(sql, sizeof(sql), "SELECT seq FROM outbox WHERE todo & %u ORDER BY seq", bits);
    assert_int_equal(sw_db_open(in_folder(name), true, &db, NULL), SW_OK);
    assert_int_equal(sw_db_prepare(db, sql, &st, NULL), SW_OK);
    while (sw_db_step(st, NULL) == 1)
        len +=
            (size_t) snprintf(buf + len, sizeof(text[0]) - len, "%s%lld", len ? " " : "", (long long) sw_db_int(st, 0));
    sw_db_finalize(st);
    sw_db_close(db);
    return buf;
}

/* Runs that wait, "class/reason first-last". */
static inline char *gaps(const char *name)
{
    static char text[4][4096];
    static int next;
    char *buf = text[next++ % 4];
    struct sw_db *db = NULL;
    struct sw_db_stmt *st = NULL;
    size_t len = 0;

    buf[0] = '\0';
    assert_int_equal(sw_db_open(in_folder(name), true, &db, NULL), SW_OK);
    assert_int_equal(
        sw_db_prepare(db, "SELECT class || '/' || reason || ' ' || first || '-' || last FROM gap ORDER BY first", &st,
                      NULL),
        SW_OK);
    while (sw_db_step(st, NULL) == 1)
        len += (size_t) snprintf(buf + len, sizeof(text[0]) - len, "%s%s", len ? ", " : "", sw_db_text(st, 0, NULL));
    sw_db_finalize(st);
    sw_db_close(db);
    return buf;
}

/* A gap as text: "seq: class reason a-b c-d". */
static inline size_t render_gap(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap)
{
    size_t len = (size_t) snprintf(buf, cap, "%lld: %s %s", (long long) seq, v->class, v->reason);

    (void) ctx;
    for (size_t i = 0; i < v->n_runs; i++)
        len += (size_t) snprintf(buf + len, cap - len, " %lld-%lld", (long long) v->runs[i].from,
                                 (long long) v->runs[i].to);
    return len;
}

static inline struct sw_store_params outbox_params(const char *name)
{
    struct sw_store_params p = params_of(name);

    p.render_gap = render_gap;
    p.gap_topic = "gw/gw-7f3a/gap";
    return p;
}

/* The worker sees an attachment within a turn of its own. */
static inline void wait_for_gap(struct sw_store *s, bool wanted)
{
    for (int64_t until_us = sw_mono_real_us() + PATIENCE_US; sw_mono_real_us() < until_us; poll(NULL, 0, 1))
        if (sw_store_has_gap(s) == wanted)
            return;
    CHECK(false, "there is %s gap to be announced", wanted ? "no" : "a");
}

#endif
