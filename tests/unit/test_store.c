// SPDX-License-Identifier: Apache-2.0
/* The store: what was committed is there after any end, whole turns only; what is full loses raw data, never tickets.
 */
#include "test.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "gateway/store.h"
#include "io/db.h"

#define MINUTE_US 60000000LL
#define START_US (1772466060LL * 1000000) /* a whole minute */
#define PATIENCE_US 20000000LL

static char folder[64];
static const char *sensors[] = {"north-gate-noise", "north-gate-pm10"};

static int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-store-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

static struct sw_store_params params_of(const char *name)
{
    return (struct sw_store_params){
        .path = in_folder(name), .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
}

static struct sw_store *open_with(const struct sw_store_params *p)
{
    struct sw_store *s = NULL;
    struct sw_err err = {0};

    CHECK(sw_store_open(p, &s, &err) == SW_OK, "%s", err.msg);
    return s;
}

static struct sw_store *must_open(const char *name)
{
    struct sw_store_params p = params_of(name);

    return open_with(&p);
}

static void must_sync(struct sw_store *s)
{
    struct sw_err err = {0};

    CHECK(sw_store_sync(s, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
}

static int64_t value_of(const char *name, const char *sql)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    int64_t value = -1;

    CHECK(sw_db_open(in_folder(name), true, &db, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_value(db, sql, -2, &value, &err) == SW_OK, "%s", err.msg);
    sw_db_close(db);
    return value;
}

static void put_document(struct sw_store *s, enum sw_lane lane, int64_t seq, const char *payload)
{
    const struct sw_store_document d = {.seq = seq,
                                        .lane = lane,
                                        .topic = lane == SW_LANE_ALARM ? "ticket/sw-1" : "sensor/a/agg/1m",
                                        .props = lane == SW_LANE_ALARM ? "id=x\ntype=y\n" : NULL,
                                        .payload = payload,
                                        .len = strlen(payload)};

    assert_int_equal(sw_store_put_document(s, &d), SW_OK);
}

static struct sw_reading reading(int i)
{
    return (struct sw_reading){.t_utc_us = START_US + i * 1000000LL - 300,
                               .t_mono_us = i * 1000000LL + 77,
                               .value = i % 7 == 3 ? NAN : 60.0 + i / 100.0,
                               .sensor = (uint16_t) (i % 2),
                               .quantity = i % 2 ? SW_QUANTITY_PM10 : SW_QUANTITY_LAEQ,
                               .time_quality = i % 5 == 0,
                               .flag = "NTB"[i % 3]};
}

struct walk {
    int next, until;
};

static int expect_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    struct walk *w = ctx;
    struct sw_reading want = reading(w->next);

    CHECK(w->next < w->until, "a reading too many: at %lld", (long long) arrival_us);
    CHECK(arrival_us == START_US + w->next * 1000000LL, "reading %d: arrived at %lld", w->next, (long long) arrival_us);
    CHECK(r->t_utc_us == want.t_utc_us && r->t_mono_us == want.t_mono_us && r->sensor == want.sensor &&
              r->quantity == want.quantity && r->flag == want.flag && r->time_quality == want.time_quality &&
              (isnan(want.value) ? isnan(r->value) : r->value == want.value),
          "reading %d came back as another", w->next);
    CHECK(is_late == (w->next % 11 == 0), "reading %d: late?", w->next);
    w->next++;
    return SW_OK;
}

static void put_readings(struct sw_store *s, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct sw_reading r = reading(i);
        bool late = i % 11 == 0;

        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + i * 1000000LL, &late), SW_OK);
        if (i % 10 == 9)
            must_sync(s);
        else
            assert_int_equal(sw_store_end_turn(s), SW_OK);
    }
}

static void readings_come_back_bit_for_bit_in_order_of_arrival_from_blocks_and_tail(void **state)
{
    struct sw_store *s = must_open("readings.db");
    struct walk all = {0, 200}, late = {130, 200};
    struct sw_err err = {0};

    (void) state;
    put_readings(s, 0, 200); /* 3 minutes and 20 s */
    assert_int_equal(value_of("readings.db", "SELECT count(*) FROM block"), 3 * 2);
    assert_int_equal(value_of("readings.db", "SELECT count(*) FROM tail"), 2);
    CHECK(sw_store_load_readings(s, START_US, expect_reading, &all, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(all.next, 200);
    CHECK(sw_store_load_readings(s, START_US + 130 * 1000000LL, expect_reading, &late, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(late.next, 200);
    sw_store_close(s);
}

static void a_commit_over_the_end_of_a_minute_still_makes_whole_blocks(void **state)
{
    struct sw_store *s = must_open("minute.db");
    struct sw_reading r[100];
    struct walk all = {0, 130};
    struct sw_err err = {0};

    (void) state;
    for (int i = 0; i < 100; i++) {
        bool late = i % 11 == 0;

        r[i] = reading(i);
        assert_int_equal(sw_store_put_readings(s, &r[i], 1, START_US + i * 1000000LL, &late), SW_OK);
    }
    must_sync(s);
    assert_int_equal(value_of("minute.db", "SELECT count(*) FROM block"), 2);
    assert_int_equal(value_of("minute.db", "SELECT count(*) FROM tail"), 1);
    sw_store_close(s);
    s = must_open("minute.db");
    put_readings(s, 100, 130);
    assert_int_equal(value_of("minute.db", "SELECT count(*) FROM block"), 4);
    CHECK(sw_store_load_readings(s, START_US, expect_reading, &all, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(all.next, 130);
    sw_store_close(s);
}

static int count_call(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) arrival_us;
    (void) is_late;
    assert_int_equal(r->sensor, 0);
    assert_int_equal(r->quantity, SW_QUANTITY_PM10);
    ++*(int *) ctx;
    return SW_OK;
}

static void a_sensor_keeps_its_readings_when_the_site_lists_it_elsewhere(void **state)
{
    static const char *fewer[] = {"north-gate-pm10"};
    struct sw_store_params p = params_of("moved.db");
    struct sw_store *s = open_with(&p);
    int n = 0;

    (void) state;
    put_readings(s, 0, 70);
    sw_store_close(s);
    p.sensor_ids = fewer;
    p.n_sensors = 1;
    s = open_with(&p);
    assert_int_equal(sw_store_load_readings(s, START_US, count_call, &n, NULL), SW_OK);
    assert_int_equal(n, 35);
    sw_store_close(s);
}

static int collect_id(void *ctx, const char *id, const char *json, size_t len)
{
    assert_int_equal(strlen(json), len);
    strcat(strcat(ctx, id), " ");
    return SW_OK;
}

static void put_ticket(struct sw_store *s, const char *id, const char *status, int64_t changed_us)
{
    char json[64];

    snprintf(json, sizeof(json), "{\"id\":\"%s\"}", id);
    assert_int_equal(sw_store_put_ticket(s, id, "matter", status, 1, changed_us, json, strlen(json)), SW_OK);
}

static void open_tickets_come_back_and_closed_ones_while_they_are_recent(void **state)
{
    struct sw_store *s = must_open("tickets.db");
    char ids[256] = "";

    (void) state;
    put_ticket(s, "old-open", "dispatched", 100);
    put_ticket(s, "old-closed", "closed", 200);
    put_ticket(s, "new-closed", "closed", 5000);
    put_ticket(s, "turned", "open", 300);
    put_ticket(s, "turned", "averted", 6000);
    put_ticket(s, "old-withdrawn", "withdrawn", 4999);
    must_sync(s);
    assert_int_equal(sw_store_load_tickets(s, 5000, collect_id, ids, NULL), SW_OK);
    assert_string_equal(ids, "old-open new-closed turned ");
    sw_store_close(s);
}

static int expect_state(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    assert_string_equal(sensor, "north-gate-noise");
    assert_string_equal(rule, "pack/leq-night");
    assert_int_equal(len, 3);
    assert_memory_equal(body, "a\0b", 3);
    ++*(int *) ctx;
    return SW_OK;
}

static int expect_watermark(void *ctx, const char *sensor, const char *period, int64_t to_us)
{
    assert_string_equal(sensor, "north-gate-noise");
    assert_string_equal(period, "1m");
    assert_true(to_us == START_US + 2 * MINUTE_US);
    ++*(int *) ctx;
    return SW_OK;
}

static void states_and_watermarks_hold_the_newest(void **state)
{
    struct sw_store *s = must_open("states.db");
    int states = 0, marks = 0;

    (void) state;
    assert_int_equal(sw_store_put_state(s, sensors[0], "pack/leq-night", "old", 3), SW_OK);
    assert_int_equal(sw_store_put_state(s, sensors[0], "pack/leq-night", "a\0b", 3), SW_OK);
    assert_int_equal(sw_store_put_window(s, sensors[0], "1m", START_US + MINUTE_US, START_US + 2 * MINUTE_US, "{}", 2),
                     SW_OK);
    assert_int_equal(sw_store_put_window(s, sensors[0], "1m", START_US, START_US + MINUTE_US, "{}", 2), SW_OK);
    must_sync(s);
    assert_int_equal(sw_store_load_states(s, expect_state, &states, NULL), SW_OK);
    assert_int_equal(sw_store_load_watermarks(s, expect_watermark, &marks, NULL), SW_OK);
    assert_int_equal(states, 1);
    assert_int_equal(marks, 1);
    assert_int_equal(value_of("states.db", "SELECT count(*) FROM window"), 2);
    sw_store_close(s);
}

static void numbers_and_epoch_survive_even_when_every_row_is_gone(void **state)
{
    struct sw_store *s = must_open("facts.db");
    char epoch[SW_STORE_EPOCH_SIZE];

    (void) state;
    assert_true(sw_store_facts(s)->is_new);
    assert_int_equal(sw_store_facts(s)->last_seq, 0);
    strcpy(epoch, sw_store_facts(s)->epoch);
    assert_int_equal(strspn(epoch, "abcdefghijklmnopqrstuvwxyz234567"), 8);
    put_document(s, SW_LANE_BULK, 41, "{}");
    put_document(s, SW_LANE_ALARM, 42, "{}");
    put_document(s, SW_LANE_ALARM, SW_STORE_NO_SEQ, "");
    put_readings(s, 0, 9);
    sw_store_close(s);
    s = must_open("facts.db");
    assert_false(sw_store_facts(s)->is_new);
    assert_int_equal(sw_store_facts(s)->last_seq, 42);
    assert_int_equal(sw_store_facts(s)->last_number, 9);
    assert_string_equal(sw_store_facts(s)->epoch, epoch);
    sw_store_close(s);
}

/* Wait for the next row; NULL when none comes although the worker had a commit's time to hand it out. */
static struct sw_store_row *next_row(struct sw_store *s)
{
    struct sw_store_row *row = NULL;

    if (!sw_mailbox_take(sw_store_rows(s), &row, 1)) {
        CHECK(sw_mailbox_wait(sw_store_rows(s), PATIENCE_US), "no row came");
        assert_int_equal(sw_mailbox_take(sw_store_rows(s), &row, 1), 1);
    }
    return row;
}

static void ack(struct sw_store *s, const struct sw_store_row *row)
{
    const struct sw_store_ack a = {.id = row->id, .generation = row->generation, .bytes = (uint32_t) row->len};

    assert_int_equal(sw_store_ack(s, &a, 1), 1);
}

static void rows_come_in_order_a_window_at_a_time_and_leave_the_file_when_acknowledged(void **state)
{
    struct sw_store *s = must_open("rows.db");
    struct sw_store_status st;
    uint32_t generation;

    (void) state;
    for (int i = 1; i <= 300; i++) {
        char payload[32];

        snprintf(payload, sizeof(payload), "{\"i\":%d}", i);
        put_document(s, SW_LANE_BULK, i, payload);
    }
    must_sync(s);
    generation = sw_store_attach(s);
    assert_true(generation > 0);
    for (int i = 1; i <= 300; i++) {
        struct sw_store_row *row = next_row(s);
        char payload[32];

        snprintf(payload, sizeof(payload), "{\"i\":%d}", i);
        CHECK(row->seq == i, "row %lld came where %d was due", (long long) row->seq, i);
        assert_string_equal(row->payload, payload);
        assert_string_equal(row->topic, "sensor/a/agg/1m");
        assert_null(row->props);
        assert_int_equal(row->generation, generation);
        CHECK(sw_mailbox_depth(sw_store_rows(s)) < SW_STORE_WINDOW_ROWS, "more than a window is out");
        ack(s, row);
        free(row);
    }
    put_document(s, SW_LANE_BULK, 301, "{}");
    must_sync(s); /* the acknowledgements went with it */
    sw_store_status(s, &st);
    sw_store_close(s);
    assert_int_equal(value_of("rows.db", "SELECT count(*) FROM outbox"), 1);
    assert_int_equal(st.outbox_pending[SW_LANE_BULK], value_of("rows.db", "SELECT count(*) FROM outbox"));
}

static void a_full_window_holds_back_its_own_lane_only(void **state)
{
    struct sw_store *s = must_open("lanes.db");

    (void) state;
    for (int i = 1; i <= SW_STORE_WINDOW_ROWS + 1; i++)
        put_document(s, SW_LANE_BULK, i, "{}");
    must_sync(s);
    assert_true(sw_store_attach(s) > 0);
    for (int i = 1; i <= SW_STORE_WINDOW_ROWS; i++) {
        struct sw_store_row *row = next_row(s);

        assert_int_equal(row->seq, i);
        free(row);
    }
    put_document(s, SW_LANE_ALARM, 500, "{\"alarm\":1}");
    assert_int_equal(sw_store_commit(s), SW_OK);
    struct sw_store_row *row = next_row(s);
    assert_int_equal(row->seq, 500); /* not the bulk row before it */
    assert_string_equal(row->props, "id=x\ntype=y\n");
    free(row);
    sw_store_close(s);
}

static void the_next_uplink_gets_what_is_not_acknowledged_and_only_that(void **state)
{
    struct sw_store *s = must_open("again.db");
    struct sw_store_row *row[5];
    uint32_t first, second;

    (void) state;
    for (int i = 1; i <= 5; i++)
        put_document(s, SW_LANE_ALARM, i, "{}");
    must_sync(s);
    first = sw_store_attach(s);
    for (int i = 0; i < 5; i++)
        row[i] = next_row(s);
    ack(s, row[0]);
    ack(s, row[3]);
    sw_store_detach(s);
    second = sw_store_attach(s);
    assert_true(second > first);
    static const int want[] = {2, 3, 5};
    for (size_t i = 0; i < SW_ARRAY_SIZE(want); i++) {
        struct sw_store_row *again = next_row(s);

        CHECK(again->seq == want[i] && again->generation == second, "row %lld came where %d was due",
              (long long) again->seq, want[i]);
        free(again);
    }
    for (int i = 0; i < 5; i++)
        free(row[i]);
    sw_store_close(s);
    assert_int_equal(value_of("again.db", "SELECT group_concat(seq) = '2,3,5' FROM outbox"), 1);
}

/* The worker takes acknowledgements within a turn of its own: wait until it says so many. */
static void must_wait_for(struct sw_store *s, enum sw_lane lane, int64_t want)
{
    int64_t until_us = sw_mono_real_us() + PATIENCE_US;
    struct sw_store_status st;

    do {
        sw_store_status(s, &st);
        if (st.outbox_pending[lane] == want)
            return;
        poll(NULL, 0, 1);
    } while (sw_mono_real_us() < until_us);
    CHECK(false, "%lld rows wait, not %lld", (long long) st.outbox_pending[lane], (long long) want);
}

static void a_row_waits_until_it_is_acknowledged_and_not_until_it_is_deleted(void **state)
{
    struct sw_store *s = must_open("waits.db");
    struct sw_store_row *row[6];
    struct sw_store_status st;

    (void) state;
    for (int i = 1; i <= 6; i++)
        put_document(s, SW_LANE_ALARM, i, "{}");
    put_document(s, SW_LANE_BULK, 7, "{}");
    must_sync(s);
    must_wait_for(s, SW_LANE_ALARM, 6);
    assert_true(sw_store_attach(s) > 0);
    for (int i = 0; i < 6; i++)
        row[i] = next_row(s);
    ack(s, row[4]); /* out of order: a gap remains on disk */
    ack(s, row[1]);
    must_wait_for(s, SW_LANE_ALARM, 4);
    assert_int_equal(value_of("waits.db", "SELECT count(*) FROM outbox WHERE seq <= 6"),
                     6); /* the commit comes later */

    sw_store_detach(s);
    assert_true(sw_store_attach(s) > 0);
    ack(s, row[1]); /* a second time, by an uplink that is gone */
    ack(s, row[2]);
    must_wait_for(s, SW_LANE_ALARM, 3);
    put_document(s, SW_LANE_ALARM, 8, "{}");
    must_sync(s);
    assert_int_equal(value_of("waits.db", "SELECT group_concat(seq) = '1,4,6,8' FROM outbox WHERE seq <> 7"), 1);
    ack(s, row[2]); /* and once more after its row is gone */
    ack(s, row[5]);
    must_wait_for(s, SW_LANE_ALARM, 3);
    must_sync(s);
    sw_store_status(s, &st);
    assert_int_equal(st.outbox_pending[SW_LANE_ALARM], 3);
    assert_int_equal(st.outbox_pending[SW_LANE_BULK], 1);
    for (int i = 0; i < 6; i++)
        free(row[i]);
    sw_store_close(s);

    s = must_open("waits.db"); /* rows 1, 4, 8: the gaps are not counted */
    sw_store_status(s, &st);
    assert_int_equal(st.outbox_pending[SW_LANE_ALARM], 3);
    assert_int_equal(st.outbox_pending[SW_LANE_BULK], 1);
    sw_store_close(s);
}

static void a_turn_that_was_not_closed_is_not_in_the_file(void **state)
{
    struct sw_store *s = must_open("turns.db");

    (void) state;
    put_ticket(s, "whole", "open", 1);
    must_sync(s);
    put_ticket(s, "staged", "open", 1);
    assert_int_equal(value_of("turns.db", "SELECT count(*) FROM ticket"), 1);
    sw_store_close(s); /* a clean end takes it along */
    assert_int_equal(value_of("turns.db", "SELECT count(*) FROM ticket"), 2);
}

static const struct bad_open {
    const char *why, *sql;
    bool simulated;
    const char *want;
} bad_opens[] = {
    {"a schema of a newer program", "PRAGMA user_version=99", false, "version 99"},
    {"measured data and a simulated run", "SELECT 1", true, "measured data"},
};

static void files_that_are_not_for_us_are_refused_with_a_sentence(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_opens); i++) {
        const struct bad_open *c = &bad_opens[i];
        struct sw_store_params p;
        struct sw_store *s;
        struct sw_db *db = NULL;
        struct sw_err err = {0};
        char name[32];

        snprintf(name, sizeof(name), "bad%zu.db", i);
        p = params_of(name);
        sw_store_close(open_with(&p));
        CHECK(sw_db_open(p.path, false, &db, &err) == SW_OK && sw_db_exec(db, c->sql, &err) == SW_OK, "%s", err.msg);
        sw_db_close(db);
        p.is_simulated = c->simulated;
        CHECK(sw_store_open(&p, &s, &err) == SW_E_CONFLICT, "%s", c->why);
        CHECK(strstr(err.msg, c->want) && strstr(err.msg, name), "%s: %s", c->why, err.msg);
    }
}

static void a_second_gateway_on_the_same_file_is_refused(void **state)
{
    struct sw_store_params p = params_of("twice.db");
    struct sw_store *first = open_with(&p), *second = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_store_open(&p, &second, &err), SW_E_BUSY);
    assert_non_null(strstr(err.msg, "in use by another gateway"));
    sw_store_close(first);
    sw_store_close(open_with(&p));
}

static void what_is_too_large_or_nameless_is_refused_before_it_is_staged(void **state)
{
    struct sw_store *s = must_open("limits.db");
    char *big = calloc(1, SW_STORE_PAYLOAD_MAX + 1);
    struct sw_reading r = {.sensor = 2};
    const struct sw_store_document nameless = {.seq = 1, .topic = "", .payload = "{}", .len = 2};
    struct sw_store_document d = {.seq = 1, .topic = "t", .payload = big, .len = SW_STORE_PAYLOAD_MAX + 1};

    (void) state;
    assert_non_null(big);
    assert_int_equal(sw_store_put_document(s, &d), SW_E_INVAL);
    d.len--;
    assert_int_equal(sw_store_put_document(s, &d), SW_OK);
    assert_int_equal(sw_store_put_document(s, &nameless), SW_E_INVAL);
    assert_int_equal(sw_store_put_readings(s, &r, 1, START_US, NULL), SW_E_INVAL);
    must_sync(s);
    sw_store_close(s);
    assert_int_equal(value_of("limits.db", "SELECT count(*) FROM outbox"), 1);
    free(big);
}

/* 400 KiB for the file: readings of minutes pour in until old ones must go; tickets pass all the time. */
static void a_full_file_gives_up_the_oldest_readings_and_keeps_every_ticket(void **state)
{
    struct sw_store_params p = params_of("full.db");
    struct sw_store *s;
    struct sw_store_status st;
    static struct sw_reading batch[600];

    (void) state;
    p.max_bytes = 400 * 1024;
    s = open_with(&p);
    for (int minute = 0; minute < 240; minute++) {
        char id[16];

        for (int i = 0; i < 600; i++) {
            batch[i] = reading(i);
            batch[i].value = sqrt(minute * 600 + i); /* does not compress */
        }
        assert_int_equal(sw_store_put_readings(s, batch, 600, START_US + minute * MINUTE_US, NULL), SW_OK);
        snprintf(id, sizeof(id), "sw-%d", minute);
        put_ticket(s, id, "open", minute);
        must_sync(s);
    }
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.rejected_total, 0);
    sw_store_close(s);
    assert_int_equal(value_of("full.db", "SELECT count(*) FROM ticket"), 240);
    assert_true(value_of("full.db", "SELECT min(minute) FROM block") > START_US / MINUTE_US);
    assert_true(value_of("full.db", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") <=
                405 * 1024);
}

/* Another program holds the file: the commit fails, what it had to write is kept and goes when the file is free. */
static void a_commit_that_fails_loses_nothing_and_is_tried_again(void **state)
{
    struct sw_store *s = must_open("busy.db");
    struct sw_db *other = NULL;
    struct sw_store_status st;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_db_open(in_folder("busy.db"), false, &other, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_begin(other, &err) == SW_OK, "%s", err.msg);
    put_ticket(s, "sw-1", "open", 1);
    put_document(s, SW_LANE_ALARM, 1, "{}");
    put_readings(s, 0, 9);
    assert_int_equal(sw_store_sync(s, 3000000, &err), SW_E_TIMEOUT);
    put_ticket(s, "sw-2", "open", 2);
    assert_int_equal(sw_store_commit(s), SW_OK);
    sw_store_status(s, &st);
    assert_true(st.failures_total > 0);
    assert_true(st.is_failing);
    sw_db_rollback(other);
    sw_db_close(other);
    must_sync(s);
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.readings_dropped_total, 0);
    assert_int_equal(st.readings_total, 9);
    sw_store_close(s);
    assert_int_equal(value_of("busy.db", "SELECT count(*) FROM ticket"), 2);
    assert_int_equal(value_of("busy.db", "SELECT count(*) FROM outbox"), 1);
}

static void old_readings_and_short_windows_are_forgotten_after_their_time(void **state)
{
    struct sw_store_params p = params_of("age.db");
    struct sw_store *s;
    struct sw_reading r = reading(0);
    const int64_t day_us = 86400 * 1000000LL;

    (void) state;
    p.keep_days = 10;
    s = open_with(&p);
    for (int day = 0; day <= 12; day++) {
        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + day * day_us, NULL), SW_OK);
        assert_int_equal(
            sw_store_put_window(s, sensors[0], "1m", START_US + day * day_us, START_US + day * day_us + 1, "{}", 2),
            SW_OK);
        assert_int_equal(
            sw_store_put_window(s, sensors[0], "1h", START_US + day * day_us, START_US + day * day_us + 1, "{}", 2),
            SW_OK);
        must_sync(s);
    }
    sw_store_close(s);
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM block"), 10); /* days 2 to 11; day 12 is in the tail */
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM window WHERE period = '1h'"), 11);
    assert_int_equal(value_of("age.db", "SELECT count(*) FROM window WHERE period = '1m'"), 8);
}

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    CHECK(f, "%s is missing", path);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

static void load_dump(const char *name, const char *dump)
{
    char *sql = read_text(dump);
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), false, &db, &err) == SW_OK && sw_db_exec(db, sql, &err) == SW_OK, "%s", err.msg);
    sw_db_close(db);
    free(sql);
}

static int count_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    (void) r;
    (void) arrival_us;
    (void) is_late;
    ++*(int *) ctx;
    return SW_OK;
}

/* The dump was written by the first program that had this schema; every later program must open it. */
static void a_file_of_schema_version_1_opens_with_all_that_is_in_it(void **state)
{
    struct sw_store *s;
    char ids[256] = "";
    int readings = 0;

    (void) state;
    load_dump("dump.db", SW_TEST_DATA "/store/schema-1.sql");
    s = must_open("dump.db");
    assert_string_equal(sw_store_facts(s)->epoch, "k3f7q2mz");
    assert_int_equal(sw_store_facts(s)->last_seq, 2);
    assert_int_equal(sw_store_facts(s)->last_number, 70);
    assert_int_equal(sw_store_load_tickets(s, 0, collect_id, ids, NULL), SW_OK);
    assert_string_equal(ids, "sw-7k2m4q5xza ");
    assert_int_equal(sw_store_load_readings(s, 0, count_reading, &readings, NULL), SW_OK);
    assert_int_equal(readings, 70);
    assert_true(sw_store_attach(s) > 0);
    for (int i = 1; i <= 2; i++) {
        struct sw_store_row *row = next_row(s);

        assert_int_equal(row->seq, i);
        free(row);
    }
    sw_store_close(s);
}

/* While this is the newest version, a new file has the very schema of the dump: a shipped step was not edited. */
static void a_new_file_has_the_schema_of_the_newest_dump(void **state)
{
    static const char attach[] = "SELECT count(*) FROM (SELECT sql FROM a.sqlite_schema WHERE sql IS NOT NULL"
                                 " EXCEPT SELECT sql FROM main.sqlite_schema)";
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    int64_t missing = -1;
    char sql[256];

    (void) state;
    load_dump("old-schema.db", SW_TEST_DATA "/store/schema-3.sql");
    sw_store_close(must_open("new-schema.db"));
    CHECK(sw_db_open(in_folder("new-schema.db"), false, &db, &err) == SW_OK, "%s", err.msg);
    snprintf(sql, sizeof(sql), "ATTACH '%s' AS a", in_folder("old-schema.db"));
    CHECK(sw_db_exec(db, sql, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_value(db, attach, -1, &missing, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(missing, 0);
    sw_db_close(db);
}

/* The life of a gateway that is killed: revision r of the ticket, its rule state, two documents, a reading: one turn.
 */
static void write_until_killed(const char *path, int told)
{
    struct sw_store_params p = {.path = path, .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
    struct sw_store *s = NULL;
    int64_t r;

    if (sw_store_open(&p, &s, NULL) < 0)
        _exit(1);
    for (r = sw_store_facts(s)->last_seq / 2 + 1;; r++) {
        struct sw_reading reading_r = reading((int) (r % 1000));
        struct sw_store_document d = {.lane = SW_LANE_ALARM, .topic = "ticket/t", .payload = "{}", .len = 2};
        char text[64];
        int len = snprintf(text, sizeof(text), "%lld", (long long) r);

        sw_store_put_ticket(s, "t", "m", "open", r, r, text, (size_t) len);
        for (d.seq = 2 * r - 1; d.seq <= 2 * r; d.seq++)
            sw_store_put_document(s, &d);
        sw_store_put_readings(s, &reading_r, 1, START_US + r * 500000, NULL);
        sw_store_put_state(s, sensors[0], "rule", text, (size_t) len);
        if (r % 3 ? sw_store_commit(s) : sw_store_sync(s, PATIENCE_US, NULL))
            _exit(2); /* with a sync every third turn the box never fills */
        if (write(told, "x", 1) != 1)
            _exit(3);
    }
}

static void a_kill_at_any_moment_leaves_whole_turns_only(void **state)
{
    char path[128];
    unsigned random = 12345;

    (void) state;
    strcpy(path, in_folder("killed.db"));
    for (int round = 0; round < 20; round++) {
        struct sw_store *s;
        int told[2], status, turns;
        int64_t last_seq;
        pid_t child;
        char bytes[64];

        random = random * 1103515245 + 12345;
        turns = 1 + (int) (random >> 16) % 60;
        assert_int_equal(pipe(told), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(told[0]);
            write_until_killed(path, told[1]);
        }
        close(told[1]);
        for (int n = 0; n < turns;) {
            ssize_t got = read(told[0], bytes, SW_MIN(sizeof(bytes), (size_t) (turns - n)));

            CHECK(got > 0, "round %d: the writer ended by itself", round);
            n += (int) got;
        }
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status), "round %d: the writer ended by itself: %d", round, status);
        close(told[0]);

        s = must_open("killed.db");
        last_seq = sw_store_facts(s)->last_seq;
        sw_store_close(s);
        CHECK(last_seq % 2 == 0, "round %d: half a turn: seq %lld", round, (long long) last_seq);
        CHECK(value_of("killed.db", "SELECT revision FROM ticket") == last_seq / 2, "round %d: ticket", round);
        CHECK(value_of("killed.db", "SELECT CAST(CAST(body AS TEXT) AS INTEGER) FROM rule_state") == last_seq / 2,
              "round %d: state", round);
        CHECK(value_of("killed.db", "SELECT count(DISTINCT seq) FROM outbox") == last_seq &&
                  value_of("killed.db", "SELECT max(seq) FROM outbox") == last_seq,
              "round %d: a document is missing", round);
        CHECK(value_of("killed.db", "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1,
              "round %d: damaged", round);
        CHECK(value_of("killed.db", "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'arrival'") == last_seq / 2,
              "round %d: readings", round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_come_back_bit_for_bit_in_order_of_arrival_from_blocks_and_tail),
        cmocka_unit_test(a_commit_over_the_end_of_a_minute_still_makes_whole_blocks),
        cmocka_unit_test(a_sensor_keeps_its_readings_when_the_site_lists_it_elsewhere),
        cmocka_unit_test(open_tickets_come_back_and_closed_ones_while_they_are_recent),
        cmocka_unit_test(states_and_watermarks_hold_the_newest),
        cmocka_unit_test(numbers_and_epoch_survive_even_when_every_row_is_gone),
        cmocka_unit_test(rows_come_in_order_a_window_at_a_time_and_leave_the_file_when_acknowledged),
        cmocka_unit_test(a_full_window_holds_back_its_own_lane_only),
        cmocka_unit_test(the_next_uplink_gets_what_is_not_acknowledged_and_only_that),
        cmocka_unit_test(a_row_waits_until_it_is_acknowledged_and_not_until_it_is_deleted),
        cmocka_unit_test(a_turn_that_was_not_closed_is_not_in_the_file),
        cmocka_unit_test(files_that_are_not_for_us_are_refused_with_a_sentence),
        cmocka_unit_test(a_second_gateway_on_the_same_file_is_refused),
        cmocka_unit_test(what_is_too_large_or_nameless_is_refused_before_it_is_staged),
        cmocka_unit_test(a_full_file_gives_up_the_oldest_readings_and_keeps_every_ticket),
        cmocka_unit_test(a_commit_that_fails_loses_nothing_and_is_tried_again),
        cmocka_unit_test(old_readings_and_short_windows_are_forgotten_after_their_time),
        cmocka_unit_test(a_file_of_schema_version_1_opens_with_all_that_is_in_it),
        cmocka_unit_test(a_new_file_has_the_schema_of_the_newest_dump),
        cmocka_unit_test(a_kill_at_any_moment_leaves_whole_turns_only),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
