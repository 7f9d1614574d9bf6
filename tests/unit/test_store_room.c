// SPDX-License-Identifier: Apache-2.0
/* The room that a store takes: it keeps within its share, gives free pages back to the disk, is not held up by readers,
 * and a copy that was brought back begins anew. What happens on a disk that is really full:
 * tests/system/test_disk_full.py. */
#include "tests/unit/store_fixture.h"

#include <sys/stat.h>

#define HOUR_US (60 * MINUTE_US)

static int64_t bytes_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t) st.st_size : 0;
}

/* A minute of readings that do not compress, and its window. */
static void put_minute(struct sw_store *s, int minute)
{
    static struct sw_reading batch[600];
    static uint64_t random = 1;
    const int64_t at_us = START_US + minute * MINUTE_US;

    for (int i = 0; i < 600; i++) {
        batch[i] = reading(i);
        random = random * 6364136223846793005 + 1442695040888963407;
        batch[i].value = (double) (random >> 11);
        batch[i].t_mono_us = minute * MINUTE_US + i;
    }
    assert_int_equal(sw_store_put_readings(s, batch, 600, at_us, NULL), SW_OK);
    assert_int_equal(sw_store_put_window(s, sensors[0], "1m", at_us, at_us + MINUTE_US, "{}", 2), SW_OK);
}

static void a_store_over_its_share_gives_up_the_oldest_and_stays_within_it(void **state)
{
    struct sw_store_params p = params_of("share.db");
    struct sw_store_status st;
    struct sw_store *s;

    (void) state;
    p.max_bytes = 3 << 20;
    s = open_with(&p);
    for (int hour = 0; hour < 120; hour++) {
        char id[16];

        for (int minute = 0; minute < 5; minute++) /* no more become blocks with one commit */
            put_minute(s, hour * 60 + minute * 10);
        snprintf(id, sizeof(id), "sw-%d", hour);
        put_ticket(s, id, "open", hour);
        put_document(s, SW_LANE_ALARM, hour + 1, "{}");
        must_sync(s);
    }
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.readings_dropped_total, 0);
    assert_int_equal(st.max_bytes, 3 << 20);
    for (int i = 0; i < 200 && st.bytes > (3 << 20); i++) { /* in steps, also while nothing happens */
        usleep(50000);
        sw_store_status(s, &st);
    }
    CHECK(st.bytes <= 3 << 20, "%lld bytes", (long long) st.bytes);
    sw_store_close(s);
    assert_int_equal(value_of("share.db", "SELECT count(*) FROM ticket"), 120);
    assert_int_equal(value_of("share.db", "SELECT count(*) FROM outbox"), 120);
    assert_true(value_of("share.db", "SELECT min(minute) FROM block") > START_US / MINUTE_US);
    assert_int_equal(value_of("share.db", "SELECT max(minute) FROM block"), START_US / MINUTE_US + 119 * 60 + 30);
    /* each step takes an hour at least, and is announced once */
    assert_true(value_of("share.db", "SELECT count(*) FROM command WHERE kind = 'prune'") < 240);
    assert_int_equal(value_of("share.db", "SELECT max(json_extract(json, '$.before')) = (SELECT min(minute) FROM block)"
                                          " FROM command WHERE json_extract(json, '$.table') = 'block'"),
                     1);
}

static void what_is_younger_than_a_day_goes_after_older_windows(void **state)
{
    struct sw_store_params p = params_of("order.db");
    struct sw_store *s;

    (void) state;
    p.max_bytes = 1 << 20;
    s = open_with(&p);
    for (int i = 0; i < 40; i++) { /* windows of two days ago, large */
        char json[8192];
        const int64_t at_us = START_US + i * HOUR_US;
        size_t len = (size_t) snprintf(json, sizeof(json), "{\"x\":\"");

        for (unsigned random = (unsigned) i + 1; len < 8000; len++) /* does not compress */
            json[len] = (char) ('a' + ((random = random * 1103515245 + 12345) >> 16) % 26);
        snprintf(json + len, sizeof(json) - len, "\"}");
        assert_int_equal(sw_store_put_window(s, sensors[0], "1m", at_us, at_us + MINUTE_US, json, strlen(json)), SW_OK);
    }
    for (int minute = 3000; minute < 3900; minute += 2) {
        put_minute(s, minute);
        must_sync(s);
        if (value_of("order.db", "SELECT count(*) FROM command WHERE json_extract(json, '$.table') = 'block'") > 0)
            break;
    }
    sw_store_close(s);
    assert_true(value_of("order.db", "SELECT count(*) FROM command WHERE json_extract(json, '$.table') = 'window'") >
                0);
    CHECK(value_of("order.db", "SELECT min(n) FROM command WHERE json_extract(json, '$.table') = 'window'") <
              value_of("order.db", "SELECT ifnull(min(n), 1 << 60) FROM command"
                                   " WHERE json_extract(json, '$.table') = 'block'"),
          "readings of today went before windows of the day before yesterday");
}

static void free_pages_go_back_to_the_disk_while_nothing_happens(void **state)
{
    struct sw_store_params p = params_of("back.db");
    struct sw_store *s;
    static char payload[20001];
    int64_t top, now = 0;
    uint32_t generation;

    (void) state;
    p.commit_interval_us = 100000; /* acknowledgements alone wait for it */
    s = open_with(&p);
    memset(payload, 'x', sizeof(payload) - 1);
    for (int i = 1; i <= 250; i++)
        put_document(s, SW_LANE_BULK, i, payload);
    must_sync(s);
    put_document(s, SW_LANE_ALARM, 251, "{}"); /* a log that is full comes into the file with the next commits */
    must_sync(s);
    top = value_of("back.db", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    assert_true(top > 5000000);
    generation = sw_store_attach(s, 0);
    for (int i = 0; i < 251; i++) {
        struct sw_store_row *row = next_row(s);
        struct sw_store_ack ack = {.id = row->id, .generation = generation, .bytes = (uint32_t) row->len};

        assert_int_equal(sw_store_ack(s, &ack, 1), 1);
        free(row);
    }
    for (int i = 0; i < 600; i++) {
        now = value_of("back.db", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
        if (now < top / 4)
            break;
        usleep(50000);
    }
    CHECK(now < top / 4, "%lld bytes of %lld", (long long) now, (long long) top);
    sw_store_close(s);
    assert_true(bytes_of(in_folder("back.db")) < top / 4);
    assert_int_equal(value_of("back.db", "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

/* A program holds a view of the file: the log cannot end. Above its ceiling no readings are stored, tickets are. */
static void a_reader_that_stays_costs_readings_but_no_ticket_until_it_ends(void **state)
{
    struct sw_store_params p = params_of("held.db");
    struct sw_db *reader = NULL;
    struct sw_store_status st;
    struct sw_store *s;
    struct sw_err err = {0};
    static char json[200001];
    int64_t n;
    int tickets = 0;

    (void) state;
    p.max_bytes = 64 << 20; /* a quarter of it for the log */
    s = open_with(&p);
    put_ticket(s, "first", "open", 1);
    must_sync(s);
    CHECK(sw_db_open(in_folder("held.db"), true, &reader, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_exec(reader, "BEGIN", &err) == SW_OK &&
              sw_db_value(reader, "SELECT count(*) FROM ticket", 0, &n, &err) == SW_OK,
          "%s", err.msg);
    snprintf(json, sizeof(json), "{\"x\":\"%0199000d\"}", 1);
    for (int i = 0; i < 100; i++) {
        char id[16];

        snprintf(id, sizeof(id), "sw-%d", i);
        assert_int_equal(sw_store_put_ticket(s, id, "m", "open", 1, i, json, strlen(json)), SW_OK);
        must_sync(s);
        tickets++;
    }
    CHECK(bytes_of(in_folder("held.db-wal")) > (16 << 20), "the reader did not hold the log");
    put_minute(s, 1);
    put_ticket(s, "last", "open", 1);
    must_sync(s);
    sw_store_status(s, &st);
    assert_int_equal(st.readings_dropped_total, 600);
    assert_true(st.is_low);
    assert_false(st.is_failing);
    sw_db_rollback(reader);
    sw_db_close(reader);
    for (int i = 0; i < 200 && st.is_low; i++) {
        usleep(50000);
        sw_store_status(s, &st);
    }
    assert_false(st.is_low);
    assert_true(bytes_of(in_folder("held.db-wal")) <= SW_DB_LOG_BYTES);
    put_minute(s, 2);
    must_sync(s);
    sw_store_status(s, &st);
    assert_int_equal(st.readings_dropped_total, 600);
    sw_store_close(s);
    assert_int_equal(value_of("held.db", "SELECT count(*) FROM ticket"), tickets + 2);
}

static void the_log_has_its_blocks_before_it_needs_them(void **state)
{
    struct sw_store *s = must_open("blocks.db");
    struct stat st;

    (void) state;
    must_sync(s);
    assert_int_equal(stat(in_folder("blocks.db-wal"), &st), 0);
    assert_true(st.st_size < SW_DB_LOG_BYTES);
    if (st.st_blocks * 512LL < SW_DB_LOG_BYTES)
        print_message("this file system takes no blocks beforehand\n");
    assert_true(bytes_of(in_folder("blocks.db.reserve")) > 0);
    sw_store_close(s);
}

static void a_copy_that_was_brought_back_begins_an_epoch_and_still_sends_what_waits(void **state)
{
    struct sw_store *s = must_open("copied.db");
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    char epoch[SW_STORE_EPOCH_SIZE];
    struct sw_store_row *row;

    (void) state;
    strcpy(epoch, sw_store_facts(s)->epoch);
    put_readings(s, 0, 10);
    put_ticket(s, "sw-1", "open", 1);
    put_document(s, SW_LANE_ALARM, 1, "{\"seq\":1}");
    must_sync(s);
    sw_store_close(s);
    CHECK(sw_db_open(in_folder("copied.db"), false, &db, &err) == SW_OK &&
              sw_db_exec(db, "INSERT INTO meta VALUES('copy', '2026-03-02T20:50:00.000Z')", &err) == SW_OK,
          "%s", err.msg);
    sw_db_close(db);
    s = must_open("copied.db");
    assert_string_not_equal(sw_store_facts(s)->epoch, epoch);
    strcpy(epoch, sw_store_facts(s)->epoch);
    assert_int_equal(sw_store_facts(s)->last_seq, 0);
    assert_int_equal(sw_store_facts(s)->last_number, 10);
    put_document(s, SW_LANE_ALARM, 1, "{\"seq\":1,\"new\":true}");
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    row = next_row(s);
    assert_string_equal(row->payload, "{\"seq\":1}");
    free(row);
    row = next_row(s);
    assert_string_equal(row->payload, "{\"seq\":1,\"new\":true}");
    free(row);
    sw_store_close(s);
    s = must_open("copied.db"); /* once is enough */
    assert_string_equal(sw_store_facts(s)->epoch, epoch);
    assert_int_equal(sw_store_facts(s)->last_seq, 1);
    sw_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_over_its_share_gives_up_the_oldest_and_stays_within_it),
        cmocka_unit_test(what_is_younger_than_a_day_goes_after_older_windows),
        cmocka_unit_test(free_pages_go_back_to_the_disk_while_nothing_happens),
        cmocka_unit_test(a_reader_that_stays_costs_readings_but_no_ticket_until_it_ends),
        cmocka_unit_test(the_log_has_its_blocks_before_it_needs_them),
        cmocka_unit_test(a_copy_that_was_brought_back_begins_an_epoch_and_still_sends_what_waits),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
