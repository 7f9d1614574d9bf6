// SPDX-License-Identifier: Apache-2.0
/* The store's worker: a batch is safe when it is on the disk and not before, whatever is wrong with some of it; while
 * the file cannot be written it waits and tries again. */
#include "tests/unit/test.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "hub/ingest.h"
#include "io/db.h"

#define DEADLINE_MS 30000
#define STATUS                                                                                                         \
    "{\"schema\":\"siteward.status/"                                                                                   \
    "1.0\",\"state\":\"ready\",\"boot\":\"B1\",\"since\":\"2026-03-02T18:00:02.114+08:00\","                           \
    "\"ts\":\"2026-03-02T18:00:02.114+08:00\"}"

struct rig {
    char folder[64], path[80];
    struct hub_live *live;
    struct hub_ingest *in;
    _Atomic int n_taps;
};

static void count_tap(void *ctx, const struct hub_document *d, enum hub_put put, int64_t received_us)
{
    struct rig *r = ctx;

    assert_true(d->place.kind == HUB_LIVE || put == HUB_PUT_NEW);
    assert_true(received_us == 7);
    r->n_taps++;
}

static int set_up(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));
    struct hub_ingest_params p = {.root = "siteward", .tap = count_tap, .tap_ctx = r};
    struct sw_err err = {0};

    strcpy(r->folder, "/tmp/hub-ingest-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    snprintf(r->path, sizeof(r->path), "%s/hub.db", r->folder);
    r->live = hub_live_new();
    p.live = r->live;
    p.store = (struct hub_store_params){.path = r->path,
                                        .keep_minutes_us = INT64_MAX / 4,
                                        .keep_windows_us = INT64_MAX / 4,
                                        .keep_records_us = INT64_MAX / 4};
    CHECK(hub_ingest_start(&p, &r->in, &err) == SW_OK, "%s", err.msg);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;
    char command[128];

    hub_ingest_stop(r->in);
    hub_live_free(r->live);
    snprintf(command, sizeof(command), "rm -r %s", r->folder);
    assert_int_equal(system(command), 0);
    free(r);
    return 0;
}

static void add(struct hub_batch *b, const char *topic, const char *text)
{
    b->came[b->n] = hub_came_new(topic, text, strlen(text), false, 7);
    assert_non_null(b->came[b->n]);
    b->n++;
}

static struct hub_batch *batch(void)
{
    struct hub_batch *b = calloc(1, sizeof(*b));

    assert_non_null(b);
    add(b, "siteward/1/310115/a/gw/g/status", STATUS);
    add(b, "siteward/1/310115/a/gw/g/status", "{rubbish");
    add(b, "somewhere/else", "");
    add(b, "siteward/1/310115/a/sensor/n/live", "{\"schema\":\"siteward.live/1.0\",\"ts\":\"2026-03-02T18:00:02Z\"}");
    return b;
}

static void wait_safe(struct rig *r)
{
    struct pollfd fd = {.fd = hub_ingest_fd(r->in), .events = POLLIN};

    while (!hub_ingest_is_safe(r->in))
        CHECK(poll(&fd, 1, DEADLINE_MS) == 1, "the batch is not written");
}

static void a_batch_is_safe_and_what_is_wrong_in_it_is_counted(void **state)
{
    struct rig *r = *state;
    struct hub_ingest_stats st;
    struct hub_reader *reader;
    struct hub_counts counts;
    struct sw_err err = {0};

    assert_true(hub_ingest_is_safe(r->in));
    hub_ingest_offer(r->in, batch());
    wait_safe(r);
    assert_int_equal(hub_reader_open(r->path, &reader, &err), SW_OK);
    assert_int_equal(hub_read_counts(reader, &counts, &err), SW_OK);
    hub_reader_close(reader);
    assert_int_equal(counts.gateways, 1);
    hub_ingest_stats(r->in, &st);
    assert_int_equal(st.received_total, 4);
    assert_int_equal(st.new_total, 1);
    assert_int_equal(st.refused_total, 2);
    assert_int_equal(st.ignored_total, 1); /* the live value: it is in memory */
    assert_int_equal(hub_live_values(r->live), 1);
    assert_int_equal(r->n_taps, 2);
}

static void while_the_file_cannot_be_written_a_batch_is_not_safe_and_is_tried_again(void **state)
{
    struct rig *r = *state;
    struct hub_ingest_stats st = {0};
    struct sw_db *other;
    struct sw_err err = {0};
    const int64_t end_us = sw_mono_real_us() + 4 * DEADLINE_MS * SW_US_PER_MS;

    assert_int_equal(sw_db_open(r->path, false, &other, &err), SW_OK);
    assert_int_equal(sw_db_begin(other, &err), SW_OK);
    hub_ingest_offer(r->in, batch());
    while (!st.is_failing) {
        CHECK(sw_mono_real_us() < end_us, "it does not notice");
        hub_ingest_stats(r->in, &st);
        poll(NULL, 0, 10);
    }
    assert_false(hub_ingest_is_safe(r->in));
    assert_true(st.why[0]);
    assert_int_equal(st.received_total, 0);
    assert_int_equal(r->n_taps, 0);
    sw_db_rollback(other);
    sw_db_close(other);
    wait_safe(r);
    hub_ingest_stats(r->in, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.refused_total, 2); /* counted once, however often it was tried */
    assert_int_equal(r->n_taps, 2);
}

static void a_stop_does_not_wait_for_a_file_that_cannot_be_written(void **state)
{
    struct rig *r = *state;
    struct sw_db *other;
    struct sw_err err = {0};

    assert_int_equal(sw_db_open(r->path, false, &other, &err), SW_OK);
    assert_int_equal(sw_db_begin(other, &err), SW_OK);
    hub_ingest_offer(r->in, batch());
    r->in = hub_ingest_stop(r->in);
    sw_db_rollback(other);
    sw_db_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_safe_and_what_is_wrong_in_it_is_counted),
        TEST(while_the_file_cannot_be_written_a_batch_is_not_safe_and_is_tried_again),
        TEST(a_stop_does_not_wait_for_a_file_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
