// SPDX-License-Identifier: Apache-2.0
/* The outbox towards its destinations: what is live and what is backlog, and that each of them gets everything once,
 * whatever the others do. */
#include "tests/unit/outbox_fixture.h"

static void what_waited_longer_than_a_brief_loss_is_historical_and_what_is_new_overtakes_it(void **state)
{
    struct sw_store_params p = outbox_params("lanes.db");
    struct sw_store *s = open_with(&p);
    struct sw_store_row *row;

    (void) state;
    for (int seq = 1; seq <= 3; seq++)
        put_window_document(s, seq);
    sync_at(s, START_US);
    put_window_document(s, 4);
    sync_at(s, START_US + 31 * SECOND_US);
    assert_int_equal(put_of(s, 5, SW_DOCUMENT_KEPT, "ticket/sw-1/event"), SW_OK);
    sync_at(s, START_US + 60 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 5, SW_LANE_ALARM, true);
    row = row_for(s, 0); /* it waited for 29 s */
    assert_int_equal(row->lane, SW_LANE_BULK);
    assert_string_equal(row->topic, "sensor/a/agg/1m");
    assert_string_equal(row->payload, "{\"seq\":00000004}");
    ack_for(s, 0, row);
    free(row);
    row = row_for(s, 0);
    assert_int_equal(row->lane, SW_LANE_BACKFILL);
    assert_string_equal(row->topic, "sensor/a/backfill/1m");
    assert_string_equal(row->payload, "{\"seq\":00000001,\"historical\":true}");
    assert_int_equal(row->len, strlen(row->payload));
    ack_for(s, 0, row);
    free(row);
    expect_row(s, 0, 2, SW_LANE_BACKFILL, false);
    expect_row(s, 0, 3, SW_LANE_BACKFILL, false);
    put_window_document(s, 6); /* made while it is there: never backlog of this connection */
    sync_at(s, START_US + 3600 * SECOND_US);
    expect_row(s, 0, 6, SW_LANE_BULK, true);
    sw_store_close(s);
    assert_string_equal(numbers("lanes.db", 1), "2 3");
    assert_int_equal(value_of("lanes.db", "SELECT count(*) FROM outbox WHERE topic LIKE '%backfill%'"), 0);
}

static const struct {
    const char *name;
    int64_t fresh_us, age_us;
    enum sw_lane want;
} ages[] = {
    {"29 s of the usual 30", 0, 29 * SECOND_US, SW_LANE_BULK},
    {"30 s of the usual 30", 0, 30 * SECOND_US, SW_LANE_BACKFILL},
    {"a moment where nothing is fresh", -1, 1, SW_LANE_BACKFILL},
    {"nine minutes of ten", 600 * SECOND_US, 540 * SECOND_US, SW_LANE_BULK},
    {"put by a clock that was ahead", 0, -10 * SECOND_US, SW_LANE_BACKFILL},
    {"the clock was set back a little", 0, -SECOND_US / 2, SW_LANE_BULK},
};

static void how_long_a_window_may_wait_before_it_is_backlog(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(ages); i++) {
        struct sw_store_params p = outbox_params(ages[i].name);
        struct sw_store *s;

        p.fresh_us = ages[i].fresh_us;
        s = open_with(&p);
        put_window_document(s, 1);
        sync_at(s, START_US);
        sync_at(s, START_US + ages[i].age_us);
        assert_true(sw_store_attach(s, 0) > 0);
        expect_row(s, 0, 1, ages[i].want, false);
        sw_store_close(s);
    }
}

static void what_was_backlog_stays_it_when_the_clock_goes_back(void **state)
{
    struct sw_store_params p = outbox_params("back.db");
    struct sw_store *s = open_with(&p);

    (void) state;
    put_window_document(s, 1);
    sync_at(s, START_US);
    sync_at(s, START_US + 40 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 1, SW_LANE_BACKFILL, false);
    sw_store_detach(s, 0);
    sync_at(s, START_US + 5 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 1, SW_LANE_BACKFILL, false);
    sw_store_close(s);
}

static void a_restart_knows_how_long_a_window_waited(void **state)
{
    struct sw_store_params p = outbox_params("restart.db");
    struct sw_store *s = open_with(&p);

    (void) state;
    assert_int_equal(sw_store_put_run(s, "boot-1", "sha", START_US), SW_OK);
    put_window_document(s, 1);
    sync_at(s, START_US);
    put_window_document(s, 2);
    sync_at(s, START_US + 50 * SECOND_US);
    sw_store_close(s);
    s = open_with(&p);
    assert_true(sw_store_attach(s, 0) > 0); /* before anything of the new run */
    expect_row(s, 0, 2, SW_LANE_BULK, false);
    expect_row(s, 0, 1, SW_LANE_BACKFILL, false);
    sw_store_close(s);
}

static void a_lane_keeps_its_order_over_connections(void **state)
{
    struct sw_store_params p = outbox_params("order.db");
    struct sw_store *s = open_with(&p);

    (void) state;
    for (int seq = 1; seq <= 4; seq++)
        put_window_document(s, seq);
    sync_at(s, START_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 1, SW_LANE_BULK, true);
    for (int seq = 2; seq <= 4; seq++)
        expect_row(s, 0, seq, SW_LANE_BULK, false);
    sw_store_detach(s, 0);
    put_window_document(s, 5);
    sync_at(s, START_US + 100 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 5, SW_LANE_BULK, true);
    for (int seq = 2; seq <= 4; seq++) /* these were handed out as live ones before */
        expect_row(s, 0, seq, SW_LANE_BACKFILL, true);
    sw_store_close(s);
    assert_string_equal(numbers("order.db", 1), "");
}

/* ---- several destinations ---- */

static const char *two[] = {"platform", "city"};

static struct sw_store *open_for(const char *name, const char *const *ids, size_t n)
{
    struct sw_store_params p = outbox_params(name);

    p.destination_ids = ids;
    p.n_destinations = n;
    return open_with(&p);
}

static void a_row_stays_until_each_destination_has_it(void **state)
{
    struct sw_store *s = open_for("two.db", two, 2);

    (void) state;
    for (int seq = 1; seq <= 4; seq++)
        assert_int_equal(put_of(s, seq, SW_DOCUMENT_KEPT, "ticket/sw-1/event"), SW_OK);
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    assert_true(sw_store_attach(s, 1) > 0);
    for (int seq = 1; seq <= 4; seq++) {
        expect_row(s, 0, seq, SW_LANE_ALARM, seq <= 2);
        expect_row(s, 1, seq, SW_LANE_ALARM, seq >= 2);
    }
    sw_store_close(s);
    assert_string_equal(numbers("two.db", 1), "3 4");
    assert_string_equal(numbers("two.db", 2), "1");
    assert_string_equal(numbers("two.db", 3), "1 3 4");

    s = open_for("two.db", two, 2);
    assert_true(sw_store_attach(s, 1) > 0);
    expect_row(s, 1, 1, SW_LANE_ALARM, true);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 3, SW_LANE_ALARM, true);
    expect_row(s, 0, 4, SW_LANE_ALARM, true);
    sw_store_close(s);
    assert_string_equal(numbers("two.db", 3), "");
}

static void a_dead_destination_holds_up_nobody(void **state)
{
    struct sw_store *s = open_for("dead.db", two, 2);
    struct sw_store_status st;

    (void) state;
    assert_true(sw_store_attach(s, 0) > 0);
    assert_true(sw_store_attach(s, 1) > 0); /* it takes rows and never says a word */
    for (int seq = 1; seq <= 3 * SW_STORE_WINDOW_ROWS; seq++)
        put_window_document(s, seq);
    sync_at(s, START_US);
    for (int seq = 1; seq <= 3 * SW_STORE_WINDOW_ROWS; seq++)
        expect_row(s, 0, seq, SW_LANE_BULK, true);
    must_sync(s);
    assert_int_equal(sw_mailbox_depth(sw_store_rows(s, 1)), SW_STORE_WINDOW_ROWS);
    sw_store_status(s, &st);
    assert_int_equal(st.n_destinations, 2);
    assert_string_equal(st.destination[1].id, "city");
    sw_store_close(s);
    assert_string_equal(numbers("dead.db", 1), "");
    assert_int_equal(value_of("dead.db", "SELECT count(*) FROM outbox WHERE todo = 2"), 3 * SW_STORE_WINDOW_ROWS);
}

static void run_sql_on(const char *name, const char *sql)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), false, &db, &err) == SW_OK && sw_db_exec(db, sql, &err) == SW_OK, "%s", err.msg);
    sw_db_close(db);
}

static void what_lies_there_for_another_alone_is_walked_over_in_pieces(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    enum { ROWS = 40000 }; /* more than two pieces */
    struct sw_store_params p = outbox_params("walk.db");
    struct sw_store *s;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    s = open_with(&p);
    for (int seq = 1; seq <= ROWS + 1; seq++) {
        put_window_document(s, seq);
        if (seq % 4000 == 0)
            must_sync(s);
    }
    sync_at(s, START_US);
    sw_store_close(s);
    run_sql_on("walk.db", "UPDATE outbox SET todo = 2 WHERE seq <= 40000; UPDATE meta SET value ="
                          " replace(value, ' 0 40001 0 40001', ' 0 1 0 40001') WHERE key = 'outbox'");
    s = open_with(&p);
    sync_at(s, START_US + 60 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, ROWS + 1, SW_LANE_BACKFILL, true);
    put_window_document(s, ROWS + 2); /* it is behind what was walked over */
    must_sync(s);
    expect_row(s, 0, ROWS + 2, SW_LANE_BULK, true);
    assert_true(sw_store_attach(s, 1) > 0);
    expect_row(s, 1, ROWS + 2, SW_LANE_BULK, false);
    expect_row(s, 1, 1, SW_LANE_BACKFILL, false);
    sw_store_close(s);
}

static void a_removed_destination_is_forgotten_in_pieces_also_when_that_was_cut_short(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    struct sw_store_params p = outbox_params("removed.db");
    struct sw_store *s;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    s = open_with(&p);
    for (int seq = 1; seq <= 17000; seq++) { /* more than a piece */
        put_window_document(s, seq);
        if (seq % 4000 == 0)
            must_sync(s);
    }
    sw_store_close(s);
    /* the first piece is done, the power went, and the destination is in the configuration again */
    run_sql_on("removed.db", "UPDATE meta SET value = 'platform ? - -' WHERE key = 'destinations';"
                             " UPDATE outbox SET todo = 2 WHERE seq > 16990; UPDATE outbox SET todo = 1 WHERE seq < 9");
    s = open_with(&p);
    put_window_document(s, 17001);
    sw_store_close(s);
    assert_string_equal(numbers("removed.db", 2), "17001");
    assert_int_equal(value_of("removed.db", "SELECT count(*) FROM outbox WHERE todo & 1"), 16991);
    assert_int_equal(value_of("removed.db", "SELECT count(*) FROM outbox"), 16991);
    p.n_destinations = 1;
    s = open_with(&p);
    sw_store_close(s);
    assert_int_equal(value_of("removed.db", "SELECT count(*) FROM outbox WHERE todo = 1"), 16991);
    assert_int_equal(value_of("removed.db", "SELECT value = 'platform - - -' FROM meta WHERE key = 'destinations'"), 1);
}

static void the_configuration_decides_who_gets_what(void **state)
{
    static const char *other[] = {"platform", "county"};
    static const char *turned[] = {"county", "platform"};
    struct sw_store *s = open_for("conf.db", two, 1);

    (void) state;
    assert_int_equal(put_of(s, 1, SW_DOCUMENT_KEPT, "ticket/sw-1/event"), SW_OK);
    sw_store_close(s);
    s = open_for("conf.db", two, 2); /* a new one gets what is put from now on */
    assert_int_equal(put_of(s, 2, SW_DOCUMENT_KEPT, "ticket/sw-1/event"), SW_OK);
    sw_store_close(s);
    assert_string_equal(numbers("conf.db", 1), "1 2");
    assert_string_equal(numbers("conf.db", 2), "2");
    s = open_for("conf.db", other, 2); /* one went, one came: nothing of the old one is left for the new one */
    assert_string_equal(numbers("conf.db", 2), "");
    assert_int_equal(put_of(s, 3, SW_DOCUMENT_KEPT, "ticket/sw-1/event"), SW_OK);
    sw_store_close(s);
    s = open_for("conf.db", turned, 2); /* listed in another order: each keeps its own */
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 3, SW_LANE_ALARM, true);
    assert_true(sw_store_attach(s, 1) > 0);
    for (int seq = 1; seq <= 3; seq++)
        expect_row(s, 1, seq, SW_LANE_ALARM, seq < 3);
    sw_store_close(s);
    s = open_for("conf.db", other + 1, 1); /* what only the platform still waits for goes with it */
    sw_store_close(s);
    assert_int_equal(value_of("conf.db", "SELECT count(*) FROM outbox"), 0);
}

static void an_answer_goes_to_the_one_that_asked(void **state)
{
    const struct sw_store_document d = {.seq = SW_STORE_NO_SEQ,
                                        .lane = SW_LANE_ALARM,
                                        .is_answer = true,
                                        .topic = "res/x/1",
                                        .payload = "{}",
                                        .len = 2};
    struct sw_store *s = open_for("answer.db", two, 2);

    (void) state;
    assert_int_equal(sw_store_put_document(s, &d), SW_OK);
    sw_store_close(s);
    assert_int_equal(value_of("answer.db", "SELECT todo FROM outbox"), 1);
}

static const struct {
    const char *why;
    const char *ids[5];
    size_t n;
} bad_ids[] = {
    {"none", {"x"}, 0},
    {"five", {"a", "b", "c", "d", "e"}, 5},
    {"one of them twice", {"platform", "platform"}, 2},
    {"one without a name", {"platform", ""}, 2},
    {"a name of two words", {"the platform"}, 1},
};

static void destinations_that_cannot_be_told_apart_are_refused(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_ids); i++) {
        struct sw_store_params p = outbox_params("bad.db");
        struct sw_err err = {0};
        struct sw_store *s = NULL;

        p.destination_ids = bad_ids[i].ids;
        p.n_destinations = bad_ids[i].n;
        CHECK(sw_store_open(&p, &s, &err) == SW_E_INVAL && !s && err.msg[0], "%s", bad_ids[i].why);
    }
}

/* ---- counters ---- */

static void the_counters_say_what_is_in_the_file_over_restarts(void **state)
{
    static const char bytes[] =
        "SELECT sum(length(topic) + length(payload) + ifnull(length(props), 0) + 48) FROM outbox";
    struct sw_store *s = open_for("count.db", two, 2);
    struct sw_store_status st;

    (void) state;
    for (int seq = 1; seq <= 10; seq++)
        put_window_document(s, seq);
    put_document(s, SW_LANE_ALARM, 11, "{}");
    sync_at(s, START_US);
    put_window_document(s, 12);
    sync_at(s, START_US + 40 * SECOND_US);
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 11, SW_LANE_ALARM, true);
    expect_row(s, 0, 12, SW_LANE_BULK, false);
    expect_row(s, 0, 1, SW_LANE_BACKFILL, true);
    must_sync(s);
    for (int round = 0; round < 2; round++) {
        sw_store_status(s, &st);
        CHECK(st.outbox_bytes == value_of("count.db", bytes), "%lld bytes", (long long) st.outbox_bytes);
        assert_int_equal(st.destination[0].pending[SW_LANE_ALARM], 0);
        assert_int_equal(st.destination[0].pending[SW_LANE_BULK] + st.destination[0].pending[SW_LANE_BACKFILL], 10);
        assert_int_equal(st.destination[0].pending[SW_LANE_BACKFILL], round ? 0 : 9);
        assert_int_equal(st.destination[1].pending[SW_LANE_ALARM], 1);
        assert_int_equal(st.destination[1].pending[SW_LANE_BULK], 11);
        assert_true(st.outbox_oldest_us == START_US);
        sw_store_close(s);
        s = open_for("count.db", two, 2);
    }
    sw_store_close(s);
    s = open_for("count.db", two, 1); /* what the other one missed is forgotten */
    sw_store_status(s, &st);
    CHECK(st.outbox_bytes == value_of("count.db", bytes), "%lld bytes", (long long) st.outbox_bytes);
    assert_int_equal(st.outbox_pending[SW_LANE_BULK], 10);
    sw_store_close(s);
}

static void the_counters_of_a_large_outbox_are_those_of_the_file(void **state)
{
    static const char bytes[] =
        "SELECT sum(length(topic) + length(payload) + ifnull(length(props), 0) + 48) FROM outbox";
    struct sw_store *s = open_for("large.db", two, 1);
    struct sw_store_status st;

    (void) state;
    for (int seq = 1; seq <= 6000; seq++)
        put_window_document(s, seq);
    sync_at(s, START_US);
    assert_true(sw_store_attach(s, 0) > 0);
    for (int seq = 1; seq <= 1000; seq++)
        expect_row(s, 0, seq, SW_LANE_BULK, true);
    sw_store_close(s);
    s = open_for("large.db", two, 1);
    sw_store_status(s, &st);
    assert_int_equal(st.outbox_pending[SW_LANE_BULK], 5000);
    CHECK(st.outbox_bytes == value_of("large.db", bytes), "%lld bytes", (long long) st.outbox_bytes);
    sw_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_longer_than_a_brief_loss_is_historical_and_what_is_new_overtakes_it),
        cmocka_unit_test(how_long_a_window_may_wait_before_it_is_backlog),
        cmocka_unit_test(what_was_backlog_stays_it_when_the_clock_goes_back),
        cmocka_unit_test(a_restart_knows_how_long_a_window_waited),
        cmocka_unit_test(a_lane_keeps_its_order_over_connections),
        cmocka_unit_test(a_row_stays_until_each_destination_has_it),
        cmocka_unit_test(a_dead_destination_holds_up_nobody),
        cmocka_unit_test(what_lies_there_for_another_alone_is_walked_over_in_pieces),
        cmocka_unit_test(a_removed_destination_is_forgotten_in_pieces_also_when_that_was_cut_short),
        cmocka_unit_test(the_configuration_decides_who_gets_what),
        cmocka_unit_test(an_answer_goes_to_the_one_that_asked),
        cmocka_unit_test(destinations_that_cannot_be_told_apart_are_refused),
        cmocka_unit_test(the_counters_say_what_is_in_the_file_over_restarts),
        cmocka_unit_test(the_counters_of_a_large_outbox_are_those_of_the_file),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
