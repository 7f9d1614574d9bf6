// SPDX-License-Identifier: Apache-2.0
/* Numbers that are never sent: which documents give way and which never do, and that each number is in the outbox,
 * among the runs that wait, or in an announcement, whenever the power goes away. */
#include "gateway/store_int.h"
#include "tests/unit/outbox_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#define EACH (15 + 16 + 48) /* bytes of one window document here: topic, payload, and what a row costs besides */

static struct sw_store *open_bounded(const char *name, int64_t max_bytes)
{
    struct sw_store_params p = outbox_params(name);

    p.outbox_max_bytes = max_bytes;
    return open_with(&p);
}

static void the_oldest_minutes_go_first_then_the_longer_windows_and_nothing_else_ever(void **state)
{
    /* 1m 1h 1m 1m ticket 1m event 1m: numbers 1 to 8 */
    static const struct {
        int64_t room;
        const char *left, *gone;
    } cases[] = {
        {8 * EACH, "1 2 3 4 5 6 7 8", ""},
        {7 * EACH, "2 3 4 5 6 7 8", "2/0 1-1"},
        {6 * EACH, "2 4 5 6 7 8", "2/0 1-1, 2/0 3-3"},
        {5 * EACH, "2 5 6 7 8", "2/0 1-1, 2/0 3-4"},
        {3 * EACH, "2 5 7", "2/0 1-1, 2/0 3-4, 2/0 6-6, 2/0 8-8"},
        {1 * EACH, "5 7", "2/0 1-1, 3/0 2-2, 2/0 3-4, 2/0 6-6, 2/0 8-8"},
        {1, "5 7", "2/0 1-1, 3/0 2-2, 2/0 3-4, 2/0 6-6, 2/0 8-8"},
    };
    static const enum sw_document_class class[] = {SW_DOCUMENT_WINDOW_1M, SW_DOCUMENT_WINDOW,   SW_DOCUMENT_WINDOW_1M,
                                                   SW_DOCUMENT_WINDOW_1M, SW_DOCUMENT_TICKET,   SW_DOCUMENT_WINDOW_1M,
                                                   SW_DOCUMENT_KEPT,      SW_DOCUMENT_WINDOW_1M};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char name[24];
        struct sw_store *s;
        struct sw_store_status st;

        snprintf(name, sizeof(name), "order-%zu.db", i);
        s = open_bounded(name, cases[i].room);
        for (int seq = 1; seq <= 8; seq++)
            assert_int_equal(put_of(s, seq, class[seq - 1], "sensor/a/agg/1m"), SW_OK);
        must_sync(s);
        sw_store_status(s, &st);
        sw_store_close(s);
        assert_string_equal(numbers(name, 1), cases[i].left);
        assert_string_equal(gaps(name), cases[i].gone);
        CHECK(st.shed_total == 8 - (strlen(cases[i].left) + 1) / 2, "case %zu: %llu shed", i,
              (unsigned long long) st.shed_total);
    }
}

static void a_row_that_the_uplink_has_in_hand_is_not_shed(void **state)
{
    struct sw_store *s = open_bounded("hand.db", 4 * EACH);

    (void) state;
    for (int seq = 1; seq <= 2; seq++)
        put_window_document(s, seq);
    sync_at(s, START_US);
    assert_true(sw_store_attach(s, 0) > 0);
    for (int seq = 1; seq <= 2; seq++)
        expect_row(s, 0, seq, SW_LANE_BULK, false);
    sw_store_detach(s, 0);
    assert_true(sw_store_attach(s, 0) > 0);
    for (int seq = 1; seq <= 2; seq++)
        expect_row(s, 0, seq, SW_LANE_BULK, false);
    for (int seq = 3; seq <= 9; seq++)
        put_window_document(s, seq);
    must_sync(s);
    assert_string_equal(gaps("hand.db"), "2/0 3-7");
    sw_store_detach(s, 0); /* now they may */
    for (int seq = 10; seq <= 13; seq++)
        put_window_document(s, seq);
    must_sync(s);
    sw_store_close(s);
    assert_string_equal(numbers("hand.db", 1), "10 11 12 13");
}

static void many_runs_grow_together_and_are_announced_only_to_somebody(void **state)
{
    struct sw_store *s = open_bounded("announce.db", 10 * EACH);
    struct sw_store_row *row;
    int64_t seq = 0;

    (void) state;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 20; i++)
            put_window_document(s, ++seq);
        must_sync(s);
    }
    assert_string_equal(gaps("announce.db"), "2/0 1-990");
    assert_false(sw_store_has_gap(s)); /* nobody is there */
    assert_true(sw_store_attach(s, 0) > 0);
    wait_for_gap(s, true);
    assert_int_equal(sw_store_put_gap(s, ++seq, START_US), SW_OK);
    must_sync(s);
    wait_for_gap(s, false);
    row = NULL;
    do {
        free(row);
        row = row_for(s, 0);
    } while (row->lane != SW_LANE_ALARM);
    assert_string_equal(row->topic, "gw/gw-7f3a/gap");
    assert_string_equal(row->payload, "1001: window-1m shed 1-990");
    free(row);
    sw_store_close(s);
    assert_string_equal(gaps("announce.db"), "");
}

static void an_announcement_is_bounded_and_the_rest_comes_in_the_next(void **state)
{
    struct sw_store *s = open_bounded("several.db", 1);
    int64_t announced = 0, seq = 0;
    int documents = 0;

    (void) state;
    for (int i = 0; i < 700; i++) { /* every second number stays: 700 runs */
        put_window_document(s, ++seq);
        assert_int_equal(put_of(s, ++seq, SW_DOCUMENT_KEPT, "e"), SW_OK);
        if (i % 100 == 99)
            must_sync(s);
    }
    assert_int_equal(value_of("several.db", "SELECT count(*) FROM gap"), 700);
    assert_true(sw_store_attach(s, 0) > 0);
    wait_for_gap(s, true);
    while (sw_store_has_gap(s)) {
        assert_int_equal(sw_store_put_gap(s, ++seq, START_US), SW_OK);
        must_sync(s);
        documents++;
    }
    assert_int_equal(documents, 2);
    sw_store_close(s);
    announced = value_of("several.db", "SELECT sum(length(payload) - length(replace(cast(payload AS TEXT), '-', '')))"
                                       " FROM outbox WHERE topic LIKE '%gap'");
    assert_int_equal(announced, 700 + documents); /* one hyphen a run, one in the name of the class */
    assert_int_equal(value_of("several.db", "SELECT count(*) FROM gap"), 0);
}

static void runs_have_a_ceiling_above_which_neighbours_are_joined(void **state)
{
    enum { RUNS_MAX = 10000 };
    struct sw_store *s = open_bounded("ceiling.db", 1);
    int64_t seq = 0;

    (void) state;
    assert_int_equal(put_of(s, ++seq, SW_DOCUMENT_TICKET, "ticket/sw-1"), SW_OK);
    for (int i = 0; i < RUNS_MAX + 500; i++) { /* every second number stays */
        put_window_document(s, ++seq);
        assert_int_equal(put_of(s, ++seq, SW_DOCUMENT_KEPT, "e"), SW_OK);
        if (i % 500 == 499)
            must_sync(s);
    }
    assert_int_equal(value_of("ceiling.db", "SELECT count(*) FROM gap"), RUNS_MAX);
    assert_int_equal(value_of("ceiling.db", "SELECT max(last) FROM gap"), seq - 1);
    assert_int_equal(put_of(s, ++seq, SW_DOCUMENT_TICKET, "ticket/sw-1"), SW_OK); /* 1: the first of its kind */
    must_sync(s);
    sw_store_close(s);
    assert_int_equal(value_of("ceiling.db", "SELECT count(*) FROM gap"), RUNS_MAX + 1);
    assert_int_equal(value_of("ceiling.db", "SELECT class * 10 + reason FROM gap WHERE first = 1 AND last = 1"), 11);
    assert_int_equal(value_of("ceiling.db", "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 2 FROM n WHERE"
                                            " i < 21000) SELECT count(*) FROM n WHERE NOT EXISTS (SELECT 1 FROM gap"
                                            " WHERE first = i) AND i <= (SELECT max(first) FROM gap)"),
                     0);
    assert_int_equal(value_of("ceiling.db", "SELECT count(*) FROM outbox WHERE class IN (2, 3)"), 0);
}

static void what_a_destination_will_never_take_is_named_and_waits_for_the_others(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    struct sw_store_params p = outbox_params("never.db");
    struct sw_store *s;
    struct sw_store_row *row;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    p.commit_interval_us = SECOND_US / 10; /* acknowledgements alone wait for it */
    s = open_with(&p);
    assert_int_equal(put_of(s, 1, SW_DOCUMENT_KEPT, "e"), SW_OK);
    put_window_document(s, 2);
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    row = row_for(s, 0);
    assert_int_equal(row->seq, 1);
    assert_int_equal(sw_store_ack(s,
                                  &(struct sw_store_ack){.id = row->id,
                                                         .generation = row->generation,
                                                         .bytes = (uint32_t) row->len,
                                                         .is_refused = true},
                                  1),
                     1);
    free(row);
    expect_row(s, 0, 2, SW_LANE_BULK, true);
    wait_for_gap(s, true);
    assert_string_equal(gaps("never.db"), "0/2 1-1");
    assert_string_equal(numbers("never.db", 1), "");
    assert_string_equal(numbers("never.db", 2), "1 2");
    assert_int_equal(sw_store_put_gap(s, 3, START_US), SW_OK);
    must_sync(s);
    row = row_for(s, 0);
    assert_string_equal(row->payload, "3: document refused 1-1");
    /* an announcement that is refused itself calls for no other */
    assert_int_equal(sw_store_ack(s,
                                  &(struct sw_store_ack){.id = row->id,
                                                         .generation = row->generation,
                                                         .bytes = (uint32_t) row->len,
                                                         .is_refused = true},
                                  1),
                     1);
    free(row);
    sw_store_close(s);
    assert_string_equal(gaps("never.db"), "");
    assert_string_equal(numbers("never.db", 3), "1 2 3");
    assert_string_equal(numbers("never.db", 1), "");
}

static void refuse_next(struct sw_store *s, size_t destination, int64_t seq)
{
    struct sw_store_row *row = row_for(s, destination);
    const struct sw_store_ack a = {.id = row->id,
                                   .generation = row->generation,
                                   .bytes = (uint32_t) row->len,
                                   .destination = (uint8_t) destination,
                                   .is_refused = true};

    assert_int_equal(row->seq, seq);
    assert_int_equal(sw_store_ack(s, &a, 1), 1);
    free(row);
}

/* As one that named windows, which a mirror was to learn of. */
static size_t render_other_numbers(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap)
{
    (void) ctx;
    (void) v;
    return (size_t) snprintf(buf, cap,
                             "{\"seq\":%lld,\"ranges\":[[70000,70005],[70010,70010]],\"class\":\"window-1m\","
                             "\"reason\":\"superseded\"}",
                             (long long) seq);
}

/* The platform will not take the first; then there are 44 more than are kept for a mirror, the announcement of the
 * first among them. */
static void fill_for_an_absent_mirror(struct sw_store *s, int last)
{
    assert_int_equal(put_of(s, 1, SW_DOCUMENT_KEPT, "e"), SW_OK);
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    refuse_next(s, 0, 1);
    wait_for_gap(s, true);
    assert_int_equal(sw_store_put_gap(s, 2, START_US), SW_OK);
    must_sync(s);
    expect_row(s, 0, 2, SW_LANE_ALARM, true);
    for (int seq = 3; seq <= last; seq++)
        assert_int_equal(put_of(s, seq, SW_DOCUMENT_KEPT, "e"), SW_OK);
    must_sync(s);
    for (int seq = 3; seq <= last; seq++)
        expect_row(s, 0, seq, SW_LANE_ALARM, true); /* the platform gets each */
}

static void a_mirror_that_never_comes_back_costs_no_more_than_so_many_alarms(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    const int n = STORE_MIRROR_ROWS_MIN, more = 44;
    struct sw_store_params p = outbox_params("mirror.db");
    struct sw_store_row *row;
    struct sw_store *s;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    p.commit_interval_us = SECOND_US / 10;
    p.outbox_max_bytes = (int64_t) n * STORE_MIRROR_ROW_BYTES;
    p.render_gap = render_other_numbers;
    s = open_with(&p);
    fill_for_an_absent_mirror(s, n + more);
    assert_int_equal(sw_store_given_up(s, 0), 0);
    assert_int_equal(sw_store_given_up(s, 1), more);
    assert_string_equal(gaps("mirror.db"), "0/0 1-44, 2/1 70000-70005, 2/1 70010-70010");
    sw_store_close(s);
    assert_int_equal(value_of("mirror.db", "SELECT count(*) FROM outbox WHERE todo & 2"), n);
    assert_int_equal(value_of("mirror.db", "SELECT min(seq) FROM outbox WHERE todo & 2"), more + 1);

    p.render_gap = render_gap;
    s = open_with(&p);
    assert_true(sw_store_attach(s, 1) > 0); /* back at last */
    wait_for_gap(s, true);
    assert_int_equal(sw_store_put_gap(s, n + more + 1, START_US), SW_OK);
    must_sync(s);
    for (int seq = more + 1; seq <= n + more; seq++)
        expect_row(s, 1, seq, SW_LANE_ALARM, true);
    row = row_for(s, 1);
    CHECK(strcmp(row->payload, "301: document shed 1-44") == 0, "%s", row->payload);
    free(row);
    sw_store_close(s);
}

static void alarms_wait_for_the_platform_for_ever(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    const int n = STORE_MIRROR_ROWS_MIN + 20;
    struct sw_store_params p = outbox_params("both.db");
    struct sw_store *s;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    p.outbox_max_bytes = 1;
    s = open_with(&p);
    for (int seq = 1; seq <= n; seq++)
        assert_int_equal(put_of(s, seq, SW_DOCUMENT_KEPT, "e"), SW_OK);
    must_sync(s);
    sw_store_close(s);
    assert_int_equal(value_of("both.db", "SELECT count(*) FROM outbox WHERE todo & 1"), n);
    assert_int_equal(value_of("both.db", "SELECT count(*) FROM outbox WHERE todo & 2"), STORE_MIRROR_ROWS_MIN);
}

static void a_number_that_two_give_up_is_named_once_and_hinders_nothing(void **state)
{
    static const char *const ids[] = {"platform", "city"};
    struct sw_store_params p = outbox_params("two.db");
    struct sw_store *s;

    (void) state;
    p.destination_ids = ids;
    p.n_destinations = 2;
    p.outbox_max_bytes = 2 * EACH;
    p.commit_interval_us = SECOND_US / 10;
    s = open_with(&p);
    put_window_document(s, 1);
    put_window_document(s, 2);
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    refuse_next(s, 0, 1);
    refuse_next(s, 0, 2);
    wait_for_gap(s, true);
    assert_true(sw_store_attach(s, 1) > 0);
    refuse_next(s, 1, 1);
    must_sync(s);
    sw_store_detach(s, 1);
    for (int seq = 3; seq <= 5; seq++) /* 2 gives way, for want of room */
        put_window_document(s, seq);
    must_sync(s);
    sw_store_close(s);
    assert_string_equal(numbers("two.db", 2), "4 5");
    assert_string_equal(gaps("two.db"), "2/2 1-2, 2/0 3-3");
    assert_int_equal(value_of("two.db", "SELECT todo FROM gap WHERE first = 1"), 3);
}

/* A gateway that is killed with an announcement staged, and one that is killed when it was written. */
static void live_and_be_killed(const char *path, bool is_written)
{
    struct sw_store_params p = outbox_params("x");
    struct sw_store *s = NULL;

    p.path = path;
    p.outbox_max_bytes = 5 * EACH;
    if (sw_store_open(&p, &s, NULL) < 0)
        _exit(1);
    for (int seq = 1; seq <= 20; seq++)
        put_of(s, seq, SW_DOCUMENT_WINDOW_1M, "sensor/a/agg/1m");
    if (sw_store_sync(s, PATIENCE_US, NULL) < 0 || sw_store_put_gap(s, 21, START_US) < 0)
        _exit(2);
    if (is_written ? sw_store_sync(s, PATIENCE_US, NULL) < 0 : sw_store_end_turn(s) < 0)
        _exit(3);
    raise(SIGKILL);
}

static void no_kill_loses_or_doubles_an_announcement(void **state)
{
    (void) state;
    for (int is_written = 0; is_written < 2; is_written++) {
        const char *name = is_written ? "killed-after.db" : "killed-before.db";
        struct sw_store *s;
        int status = -1;
        pid_t pid = fork();
        int64_t seq;

        if (pid == 0)
            live_and_be_killed(in_folder(name), is_written);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        CHECK(WIFSIGNALED(status), "it ended with %d before it could be killed", status);
        s = open_bounded(name, 0);
        seq = sw_store_facts(s)->last_seq;
        assert_int_equal(seq, is_written ? 21 : 20);
        assert_true(sw_store_attach(s, 0) > 0);
        wait_for_gap(s, true);
        if (!is_written) {
            assert_int_equal(sw_store_put_gap(s, seq + 1, START_US), SW_OK);
            must_sync(s);
        }
        sw_store_close(s);
        assert_int_equal(value_of(name, "SELECT count(*) FROM outbox WHERE topic LIKE '%gap'"), 1);
        assert_int_equal(value_of(name, "SELECT cast(payload AS TEXT) LIKE '21: window-1m shed 1-1_' FROM outbox WHERE"
                                        " topic LIKE '%gap'"),
                         1);
        /* its own row makes the outbox larger: what it displaces waits for the next announcement */
        assert_int_equal(value_of(name,
                                  "SELECT (SELECT count(*) FROM outbox) + (SELECT ifnull(sum(last - first + 1), 0)"
                                  " FROM gap WHERE first = 16)"),
                         6);
        assert_int_equal(value_of(name, "SELECT count(*) FROM gap"), is_written);
    }
}

/* What renders to nothing is a fault of ours; its number is named in the next one all the same. */
static int n_renders;

static size_t render_from_the_second_on(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap)
{
    return n_renders++ ? render_gap(ctx, v, seq, buf, cap) : 0;
}

static void a_number_whose_document_is_refused_is_named_too(void **state)
{
    struct sw_store_params p = outbox_params("refused.db");
    struct sw_store *s;

    (void) state;
    p.outbox_max_bytes = 1;
    p.render_gap = render_from_the_second_on;
    s = open_with(&p);
    put_window_document(s, 1);
    must_sync(s);
    assert_int_equal(sw_store_put_gap(s, 2, START_US), SW_OK);
    must_sync(s);
    assert_string_equal(gaps("refused.db"), "2/0 1-1, 0/0 2-2");
    sw_store_close(s);
    s = open_with(&p);
    assert_int_equal(sw_store_facts(s)->last_seq, 2);
    sw_store_close(s);
}

static void a_much_smaller_bound_is_reached_a_piece_at_a_time(void **state)
{
    static char payload[250000];
    struct sw_store_document d = {
        .lane = SW_LANE_BULK, .class = SW_DOCUMENT_WINDOW_1M, .topic = "t", .payload = payload, .len = sizeof(payload)};
    struct sw_store *s = open_bounded("smaller.db", 0);
    uint32_t random = 1;
    struct sw_store_status st;

    (void) state;
    for (size_t i = 0; i < sizeof(payload); i++) /* nothing that packs well */
        payload[i] = (char) (' ' + ((random = random * 1664525 + 1013904223) >> 24) % 90);
    for (d.seq = 1; d.seq <= 48; d.seq++)
        assert_int_equal(sw_store_put_document(s, &d), SW_OK);
    must_sync(s);
    sw_store_close(s);
    s = open_bounded("smaller.db", 1);
    for (int commit = 0; commit < 2; commit++) {
        assert_int_equal(put_of(s, 49 + commit, SW_DOCUMENT_KEPT, "e"), SW_OK);
        must_sync(s);
        sw_store_status(s, &st);
        CHECK(commit ? st.outbox_bytes < 1000 : st.outbox_bytes > 1000000, "%lld bytes after commit %d",
              (long long) st.outbox_bytes, commit);
    }
    sw_store_close(s);
    assert_string_equal(gaps("smaller.db"), "2/0 1-48");
}

/* ---- documents of tickets ---- */

static void a_newer_document_of_a_ticket_takes_the_place_of_one_that_nobody_has(void **state)
{
    struct sw_store *s = open_bounded("ticket.db", 0);
    struct sw_store_status st;

    (void) state;
    for (int seq = 1; seq <= 6; seq++) /* documents 1 3 5, events 2 4 6 */
        assert_int_equal(put_of(s, seq, seq % 2 ? SW_DOCUMENT_TICKET : SW_DOCUMENT_KEPT,
                                seq % 2 ? "ticket/sw-1" : "ticket/sw-1/event"),
                         SW_OK);
    assert_int_equal(put_of(s, 7, SW_DOCUMENT_TICKET, "ticket/sw-2"), SW_OK);
    must_sync(s);
    assert_string_equal(numbers("ticket.db", 1), "2 4 5 6 7");
    assert_string_equal(gaps("ticket.db"), "1/1 1-1, 1/1 3-3");
    assert_true(sw_store_attach(s, 0) > 0);
    expect_row(s, 0, 2, SW_LANE_ALARM, false);
    for (int seq = 4; seq <= 7; seq++)
        expect_row(s, 0, seq, SW_LANE_ALARM, false);
    assert_int_equal(put_of(s, 8, SW_DOCUMENT_TICKET, "ticket/sw-1"), SW_OK); /* 5 may be on its way */
    must_sync(s);
    assert_string_equal(numbers("ticket.db", 1), "2 4 5 6 7 8");
    expect_row(s, 0, 8, SW_LANE_ALARM, false);
    sw_store_detach(s, 0);
    assert_int_equal(put_of(s, 9, SW_DOCUMENT_TICKET, "ticket/sw-1"), SW_OK);
    must_sync(s);
    sw_store_status(s, &st);
    assert_int_equal(st.superseded_total, 4);
    assert_int_equal(st.outbox_pending[SW_LANE_ALARM], 5);
    sw_store_close(s);
    assert_string_equal(numbers("ticket.db", 1), "2 4 6 7 9");
    assert_string_equal(gaps("ticket.db"), "1/1 1-1, 1/1 3-3, 1/1 5-5, 1/1 8-8");
}

static void finding_a_ticket_costs_windows_nothing(void **state)
{
    struct sw_store *s = open_bounded("index.db", 0);

    (void) state;
    for (int seq = 1; seq <= 100; seq++)
        put_window_document(s, seq);
    sw_store_close(s);
    assert_int_equal(value_of("index.db", "SELECT count(*) FROM outbox INDEXED BY outbox_ticket WHERE class = 1"), 0);
    assert_int_equal(value_of("index.db", "SELECT sql LIKE '%WHERE class = 1' FROM sqlite_schema WHERE name ="
                                          " 'outbox_ticket'"),
                     1);
}

/* Whatever is put and however small the room: each number is somewhere, once. */
static void every_number_is_in_the_outbox_among_the_runs_or_announced(void **state)
{
    static const char sum[] = "SELECT (SELECT count(*) FROM outbox WHERE seq IS NOT NULL)"
                              " + (SELECT ifnull(sum(last - first + 1), 0) FROM gap)";
    struct sw_store *s = open_bounded("every.db", 40 * EACH);
    uint32_t random = 12345;
    int64_t seq = 0;

    (void) state;
    for (int turn = 0; turn < 300; turn++) {
        for (int i = 0; i < 5; i++) {
            enum sw_document_class class = (enum sw_document_class)((random = random * 1664525 + 1013904223) >> 28) % 4;
            char topic[24];

            snprintf(topic, sizeof(topic), "ticket/%u", random >> 20 & 7);
            assert_int_equal(
                put_of(s, ++seq, class == SW_DOCUMENT_KEPT && turn % 3 ? SW_DOCUMENT_WINDOW_1M : class, topic), SW_OK);
        }
        must_sync(s);
        CHECK(value_of("every.db", sum) == seq, "after %lld numbers %lld are known", (long long) seq,
              (long long) value_of("every.db", sum));
    }
    sw_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_minutes_go_first_then_the_longer_windows_and_nothing_else_ever),
        cmocka_unit_test(a_row_that_the_uplink_has_in_hand_is_not_shed),
        cmocka_unit_test(many_runs_grow_together_and_are_announced_only_to_somebody),
        cmocka_unit_test(an_announcement_is_bounded_and_the_rest_comes_in_the_next),
        cmocka_unit_test(runs_have_a_ceiling_above_which_neighbours_are_joined),
        cmocka_unit_test(what_a_destination_will_never_take_is_named_and_waits_for_the_others),
        cmocka_unit_test(a_mirror_that_never_comes_back_costs_no_more_than_so_many_alarms),
        cmocka_unit_test(alarms_wait_for_the_platform_for_ever),
        cmocka_unit_test(a_number_that_two_give_up_is_named_once_and_hinders_nothing),
        cmocka_unit_test(no_kill_loses_or_doubles_an_announcement),
        cmocka_unit_test(a_number_whose_document_is_refused_is_named_too),
        cmocka_unit_test(a_much_smaller_bound_is_reached_a_piece_at_a_time),
        cmocka_unit_test(a_newer_document_of_a_ticket_takes_the_place_of_one_that_nobody_has),
        cmocka_unit_test(finding_a_ticket_costs_windows_nothing),
        cmocka_unit_test(every_number_is_in_the_outbox_among_the_runs_or_announced),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
