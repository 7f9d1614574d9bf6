// SPDX-License-Identifier: Apache-2.0
/* The store: what was committed comes back as it was, readings, tickets, states and numbers; and the rows that wait for
 * the uplink, lane by lane. */
#include "tests/unit/store_fixture.h"

#include <poll.h>

#include "common/clock.h"

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
    generation = sw_store_attach(s, 0);
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
        CHECK(sw_mailbox_depth(sw_store_rows(s, 0)) < SW_STORE_WINDOW_ROWS, "more than a window is out");
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
    assert_true(sw_store_attach(s, 0) > 0);
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
    first = sw_store_attach(s, 0);
    for (int i = 0; i < 5; i++)
        row[i] = next_row(s);
    ack(s, row[0]);
    ack(s, row[3]);
    sw_store_detach(s, 0);
    second = sw_store_attach(s, 0);
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
    assert_true(sw_store_attach(s, 0) > 0);
    for (int i = 0; i < 6; i++)
        row[i] = next_row(s);
    ack(s, row[4]); /* out of order: a gap remains on disk */
    ack(s, row[1]);
    must_wait_for(s, SW_LANE_ALARM, 4);
    assert_int_equal(value_of("waits.db", "SELECT count(*) FROM outbox WHERE seq <= 6"),
                     6); /* the commit comes later */

    sw_store_detach(s, 0);
    assert_true(sw_store_attach(s, 0) > 0);
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
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
