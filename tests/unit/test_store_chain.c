// SPDX-License-Identifier: Apache-2.0
/* The chain in the store: each change makes its entry in the same transaction, links hold after any end, readings are
 * chained once, what an older program left stays, and checkpoints sign what is there. What is hashed how is checked by
 * tests/unit/test_chain.c and, with other eyes, by tests/system/test_chain.py. */
#include "tests/unit/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>

static struct sw_db *open_db(const char *name)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), true, &db, &err) == SW_OK, "%s", err.msg);
    return db;
}

/* Numbers without a gap from `first`, hashes that follow from the entry before; that of a chain whose past is gone is
 * the anchor. @return the last number */
static int64_t check_links(const char *name, int64_t first, sw_hash ret_head)
{
    struct sw_db *db = open_db(name);
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    sw_hash head = {0};
    int64_t n = first - 1;
    int rc;

    CHECK(sw_db_prepare(db, "SELECT n, kind, sha256, hash, body FROM chain ORDER BY n", &st, &err) == SW_OK, "%s",
          err.msg);
    while ((rc = sw_db_step(st, &err)) == 1) {
        size_t len, body_len;
        const unsigned char *sha256 = sw_db_blob(st, 2, &len), *body = sw_db_blob(st, 4, &body_len);
        sw_hash hash;

        n++;
        CHECK(sw_db_int(st, 0) == n && len == SW_HASH_SIZE, "entry %lld is missing", (long long) n);
        if (body) {
            sw_chain_body_hash(body, body_len, hash);
            CHECK(memcmp(hash, sha256, SW_HASH_SIZE) == 0, "entry %lld: another body", (long long) n);
        }
        sw_chain_entry_hash(head, (uint64_t) n, (enum sw_chain_kind) sw_db_int(st, 1), sha256, hash);
        if (n == first && first > 1)
            memcpy(hash, sw_db_blob(st, 3, &len), SW_HASH_SIZE);
        CHECK(memcmp(hash, sw_db_blob(st, 3, &len), SW_HASH_SIZE) == 0, "entry %lld does not follow", (long long) n);
        memcpy(head, hash, SW_HASH_SIZE);
    }
    CHECK(rc == 0, "%s", err.msg);
    sw_db_finalize(st);
    sw_db_close(db);
    if (ret_head)
        memcpy(ret_head, head, SW_HASH_SIZE);
    return n;
}

/* Hash of a query's first column against that of the entry. */
static void check_body(const char *name, int64_t n, const char *sql)
{
    struct sw_db *db = open_db(name);
    struct sw_db_stmt *st = NULL, *entry = NULL;
    struct sw_err err = {0};
    size_t len, hash_len;
    const char *text;
    sw_hash hash;

    CHECK(sw_db_prepare(db, sql, &st, &err) == SW_OK && sw_db_step(st, &err) == 1, "%s: %s", sql, err.msg);
    CHECK(sw_db_prepare(db, "SELECT sha256 FROM chain WHERE n = ?1", &entry, &err) == SW_OK, "%s", err.msg);
    sw_db_bind_int(entry, 1, n);
    assert_int_equal(sw_db_step(entry, &err), 1);
    text = sw_db_text(st, 0, &len);
    sw_chain_body_hash(text, len, hash);
    CHECK(memcmp(hash, sw_db_blob(entry, 0, &hash_len), SW_HASH_SIZE) == 0, "entry %lld is not of %s", (long long) n,
          text);
    sw_db_finalize(entry);
    sw_db_finalize(st);
    sw_db_close(db);
}

static const struct sw_store_command command = {.actor = "party:wang",
                                                .id = "c-1",
                                                .kind = "ticket",
                                                .content_sha256 = "abcd",
                                                .at_us = START_US,
                                                .json = "{\"verb\":\"ack\", \"id\":\"c-1\"}",
                                                .len = 26,
                                                .answer = "{\"status\":\"ok\"}",
                                                .answer_len = 15};

static void each_change_makes_one_entry_in_its_order(void **state)
{
    static const enum sw_chain_kind kinds[] = {SW_CHAIN_CONFIG, SW_CHAIN_BOOT,    SW_CHAIN_CLOCK,
                                               SW_CHAIN_TICKET, SW_CHAIN_WINDOW,  SW_CHAIN_SCHEDULE,
                                               SW_CHAIN_OUTPUT, SW_CHAIN_COMMAND, SW_CHAIN_WINDOW};
    struct sw_store *s = must_open("kinds.db");
    char sql[96];

    (void) state;
    assert_int_equal(sw_store_put_config(s, "cfg", "version: 1\n", 11), SW_OK);
    assert_int_equal(sw_store_put_entry(s, SW_CHAIN_BOOT, 1, "{\"boot\":\"b\", \"at\":1}", 20), SW_OK);
    assert_int_equal(sw_store_put_entry(s, SW_CHAIN_CLOCK, 2, "{}", 2), SW_OK);
    assert_int_equal(sw_store_put_ticket(s, "sw-1", "m", "open", 1, 5, "{\"b\":1, \"a\":2}", 14), SW_OK);
    assert_int_equal(sw_store_put_window(s, sensors[0], "1m", START_US, START_US + 1, "{\"v\":61.80}", 11), SW_OK);
    assert_int_equal(sw_store_put_schedule(s, 7, 9, "text", 4), SW_OK);
    assert_int_equal(sw_store_put_act(s, "output", "mist-1", 10, "{\"on\":true}", 11), SW_OK);
    assert_int_equal(sw_store_put_command(s, &command), SW_OK);
    assert_int_equal(sw_store_put_window(s, sensors[0], "1m", START_US, START_US + 1, "{\"v\":62.00}", 11), SW_OK);
    must_sync(s);
    assert_int_equal(sw_store_head(s).n, SW_ARRAY_SIZE(kinds));
    sw_store_close(s);
    assert_int_equal(check_links("kinds.db", 1, NULL), SW_ARRAY_SIZE(kinds));
    for (size_t i = 0; i < SW_ARRAY_SIZE(kinds); i++) {
        snprintf(sql, sizeof(sql), "SELECT kind FROM chain WHERE n = %zu", i + 1);
        CHECK(value_of("kinds.db", sql) == (int64_t) kinds[i], "entry %zu: of another kind", i + 1);
    }
    check_body("kinds.db", 4, "SELECT '{\"a\":2,\"b\":1}'"); /* RFC 8785: names in order, no spaces */
    check_body("kinds.db", 4, "SELECT json FROM ticket_revision WHERE n = 4 AND ticket = 'sw-1'");
    check_body("kinds.db", 5, "SELECT '{\"v\":61.8}'");
    check_body("kinds.db", 7, "SELECT json FROM act");
    check_body("kinds.db", 8, "SELECT json FROM command WHERE n = 8");
    check_body("kinds.db", 9, "SELECT window_json(body) FROM window"); /* the last of its key is the one that stands */
    assert_int_equal(value_of("kinds.db", "SELECT body = CAST('{\"at\":1,\"boot\":\"b\"}' AS BLOB) FROM chain"
                                          " WHERE n = 2"),
                     1);
    /* sha256sum of "text" */
    assert_int_equal(value_of("kinds.db",
                              "SELECT body = CAST('{\"at_us\":9,\"revision\":7,\"sha256\":\"982d9e3eb996f559"
                              "e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1\"}' AS BLOB) FROM chain"
                              " WHERE n = 6"),
                     1);
    assert_int_equal(value_of("kinds.db", "SELECT count(*) FROM chain WHERE ref = '1m/north-gate-noise' AND kind = 2"),
                     2);
}

static void only_what_the_core_says_of_itself_is_put_as_an_entry(void **state)
{
    struct sw_store *s = must_open("entries.db");
    struct sw_store_command c = command;

    (void) state;
    assert_int_equal(sw_store_put_entry(s, SW_CHAIN_READINGS, 1, "{}", 2), SW_E_INVAL);
    assert_int_equal(sw_store_put_entry(s, SW_CHAIN_TICKET, 1, "{}", 2), SW_E_INVAL);
    assert_int_equal(sw_store_put_checkpoint(s, 1, 1), SW_E_INVAL); /* without a key */
    c.kind = "prune";                                               /* a word of the store's own */
    assert_int_equal(sw_store_put_command(s, &c), SW_E_INVAL);
    c.kind = "ticket";
    c.id = "";
    assert_int_equal(sw_store_put_command(s, &c), SW_E_INVAL);
    sw_store_close(s);
}

static int take_command(void *ctx, const struct sw_store_command *c)
{
    ++*(int *) ctx;
    assert_string_equal(c->actor, command.actor);
    assert_string_equal(c->id, command.id);
    assert_string_equal(c->kind, command.kind);
    assert_string_equal(c->content_sha256, command.content_sha256);
    assert_int_equal(c->at_us, START_US);
    assert_string_equal(c->json, "{\"id\":\"c-1\",\"verb\":\"ack\"}");
    assert_int_equal(c->len, strlen(c->json));
    assert_string_equal(c->answer, command.answer);
    assert_int_equal(c->answer_len, 15);
    return SW_OK;
}

static int take_complaint(void *ctx, const struct sw_complaint_kept *k)
{
    struct sw_complaint_kept *ret = ctx;

    assert_string_equal(ret->service_request_id, "");
    *ret = *k;
    return SW_OK;
}

static void commands_and_complaints_come_back_as_they_were_taken(void **state)
{
    struct sw_store *s = must_open("commands.db");
    struct sw_complaint_kept k = {.service_request_id = "12345-1",
                                  .caller_ref = "h:1",
                                  .service_code = "noise.construction",
                                  .at_us = START_US,
                                  .occurred_us = START_US - 5,
                                  .window_us = 60,
                                  .distance_m = -1,
                                  .outcome = SW_COMPLAINT_OPENED,
                                  .ticket = "sw-1",
                                  .counted_in = "sw-1",
                                  .is_repeat_caller = true},
                             got = {0};
    struct sw_store_status st;
    int n = 0;

    (void) state;
    assert_int_equal(sw_store_put_command(s, &command), SW_OK);
    assert_int_equal(sw_store_put_command(s, &command), SW_OK); /* an id that was forgotten, or one of another door */
    assert_int_equal(sw_store_put_complaint(s, &k), SW_OK);
    strcpy(k.counted_in, "sw-2");
    strcpy(k.ticket, "sw-9");
    assert_int_equal(sw_store_put_complaint(s, &k), SW_OK); /* counted elsewhere now; the first answer stays */
    must_sync(s);
    sw_store_status(s, &st);
    assert_int_equal(st.rejected_total, 0);
    assert_int_equal(sw_store_load_commands(s, START_US, take_command, &n, NULL), SW_OK);
    assert_int_equal(sw_store_load_commands(s, START_US + 1, take_command, &n, NULL), SW_OK);
    assert_int_equal(n, 2);
    assert_int_equal(sw_store_find_command(s, "party:wang", "c-1", take_command, &n, NULL), SW_OK);
    assert_int_equal(sw_store_find_command(s, "party:li", "c-1", take_command, &n, NULL), SW_E_NOTFOUND);
    assert_int_equal(n, 4);
    assert_int_equal(sw_store_load_complaints(s, START_US, take_complaint, &got, NULL), SW_OK);
    assert_string_equal(got.ticket, "sw-1");
    assert_string_equal(got.counted_in, "sw-2");
    assert_string_equal(got.caller_ref, "h:1");
    assert_true(got.occurred_us == START_US - 5 && got.window_us == 60 && got.distance_m == -1 && got.is_repeat_caller);
    assert_int_equal(got.outcome, SW_COMPLAINT_OPENED);
    sw_store_close(s);
    assert_int_equal(check_links("commands.db", 1, NULL), 2);
}

/* 150 s of readings, one a second: minutes of arrival 0 and 1 are folded, 2 waits in the tail. */
static void readings_are_chained_when_their_minute_is_over_and_once_over_a_restart(void **state)
{
    struct sw_store *s = must_open("minutes.db");

    (void) state;
    put_readings(s, 0, 150);
    sw_store_close(s);
    assert_int_equal(value_of("minutes.db", "SELECT max(b) FROM chain WHERE kind = 1"), 120);
    s = must_open("minutes.db");
    put_readings(s, 150, 190);
    must_sync(s);
    sw_store_close(s);
    check_links("minutes.db", 1, NULL);
    /* each in one entry: the numbers of the entries follow each other (here monotonic minutes are those of arrival) */
    assert_int_equal(value_of("minutes.db", "SELECT count(*) FROM chain WHERE kind = 1"), 3);
    assert_int_equal(value_of("minutes.db", "SELECT sum(b - a + 1) FROM chain WHERE kind = 1"), 180);
    assert_int_equal(value_of("minutes.db", "SELECT max(b) FROM chain WHERE kind = 1"), 180);
    assert_int_equal(value_of("minutes.db", "SELECT count(*) FROM chain WHERE ref = '29541101/0'"), 1);
    /* 8 bytes, and of each of the two sensors its id, a zero and a hash */
    assert_int_equal(value_of("minutes.db", "SELECT min(length(body)) FROM chain WHERE kind = 1"),
                     8 + 16 + 1 + 32 + 15 + 1 + 32);
}

static void a_commit_that_fails_leaves_the_chain_where_it_was(void **state)
{
    struct sw_store *s = must_open("locked.db");
    struct sw_db *other = NULL;
    struct sw_err err = {0};

    (void) state;
    put_ticket(s, "sw-1", "open", 1);
    must_sync(s);
    CHECK(sw_db_open(in_folder("locked.db"), false, &other, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_begin(other, &err) == SW_OK, "%s", err.msg);
    put_ticket(s, "sw-2", "open", 2);
    assert_int_equal(sw_store_sync(s, 3000000, &err), SW_E_TIMEOUT);
    assert_int_equal(sw_store_head(s).n, 1);
    sw_db_rollback(other);
    sw_db_close(other);
    must_sync(s);
    assert_int_equal(sw_store_head(s).n, 2);
    sw_store_close(s);
    assert_int_equal(check_links("locked.db", 1, NULL), 2);
}

/* 400 KiB for the file, and nothing in it but one ticket's revisions: the chain's own past is what can go. */
static void a_full_file_gives_up_the_chains_past_last_and_says_where_it_begins(void **state)
{
    struct sw_store_params p = params_of("past.db");
    struct sw_store_status st;
    struct sw_store *s;
    char text[64];
    int64_t first;

    (void) state;
    p.disk_bytes = 400 * 1024;
    s = open_with(&p);
    for (int r = 1; r <= 5000; r++) {
        int len = snprintf(text, sizeof(text), "{\"revision\":%d}", r);

        assert_int_equal(sw_store_put_ticket(s, "t", "m", "open", r, r, text, (size_t) len), SW_OK);
        assert_int_equal(r % 50 ? sw_store_end_turn(s) : sw_store_sync(s, PATIENCE_US, NULL), SW_OK);
    }
    sw_store_status(s, &st);
    assert_false(st.is_failing);
    assert_int_equal(st.rejected_total, 0);
    sw_store_close(s);
    assert_int_equal(value_of("past.db", "SELECT revision FROM ticket"), 5000);
    first = value_of("past.db", "SELECT min(n) FROM chain");
    assert_true(first > 1);
    assert_true(check_links("past.db", first, NULL) > 5000);
    assert_int_equal(value_of("past.db", "SELECT max(json_extract(json, '$.before')) FROM command"
                                         " WHERE json_extract(json, '$.table') = 'chain'"),
                     first);
    assert_true(value_of("past.db", "SELECT min(n) FROM ticket_revision") >= first);
    assert_int_equal(value_of("past.db", "SELECT count(*) FROM ticket_revision"),
                     value_of("past.db", "SELECT count(*) FROM chain WHERE kind = 3"));
}

/* ---- checkpoints ---- */

static struct sw_chain_head_signed signed_head;

static size_t render(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf, size_t cap)
{
    (void) ctx;
    signed_head = *v;
    return (size_t) snprintf(buf, cap, "{\"seq\":%lld,\"n\":%llu}", (long long) seq, (unsigned long long) v->n);
}

static void a_checkpoint_signs_the_head_after_its_turn(void **state)
{
    struct sw_store_params p = params_of("signed.db");
    struct sw_store_row *row;
    struct sw_store *s;
    struct sw_key key;
    bool is_new;
    char text[256];
    size_t len;

    (void) state;
    assert_int_equal(sw_key_load(in_folder("key"), &key, &is_new, NULL), SW_OK);
    p.key = &key;
    p.render_checkpoint = render;
    p.gateway = "gw-7f3a";
    p.checkpoint_topic = "gw/gw-7f3a/checkpoint";
    s = open_with(&p);
    put_ticket(s, "sw-1", "open", 1);
    assert_int_equal(sw_store_put_checkpoint(s, 1, START_US), SW_OK);
    put_ticket(s, "sw-1", "closed", 2); /* of the same turn: below the signature too */
    must_sync(s);
    assert_true(sw_store_attach(s, 0) > 0);
    row = next_row(s);
    assert_int_equal(row->seq, 1);
    assert_int_equal(row->lane, SW_LANE_ALARM);
    assert_true(row->retain);
    assert_string_equal(row->topic, p.checkpoint_topic);
    assert_string_equal(row->payload, "{\"seq\":1,\"n\":2}");
    free(row);
    assert_int_equal(sw_store_head(s).n, 2);
    assert_memory_equal(sw_store_head(s).hash, signed_head.hash, SW_HASH_SIZE);
    /* START_US is 2026-03-02T15:41:00Z (date -u) */
    len = sw_chain_head_text("gw-7f3a", 2, signed_head.hash, "2026-03-02T15:41:00.000+00:00", text, sizeof(text));
    assert_true(sw_key_verify(key.public_key, text, len, signed_head.signature));
    sw_store_close(s);
    s = must_open("signed.db");
    assert_int_equal(sw_store_facts(s)->last_seq, 1);
    sw_store_close(s);
    sw_key_wipe(&key);
}

static void the_key_that_the_chain_names_last_is_told_at_start(void **state)
{
    struct sw_store *s = must_open("keys.db");

    (void) state;
    assert_string_equal(sw_store_facts(s)->public_key, "");
    for (int i = 1; i <= 2; i++) {
        char json[96];
        int len = snprintf(json, sizeof(json), "{\"previous\":null, \"public_key\":\"ed25519:key%d\"}", i);

        assert_int_equal(sw_store_put_entry(s, SW_CHAIN_KEY, i, json, (size_t) len), SW_OK);
    }
    sw_store_close(s);
    s = must_open("keys.db");
    assert_string_equal(sw_store_facts(s)->public_key, "ed25519:key2");
    assert_true(sw_store_facts(s)->key_replaced_us == INT64_MIN);
    assert_int_equal(
        sw_store_put_entry(s, SW_CHAIN_KEY, 77, "{\"previous\":\"ed25519:key2\",\"public_key\":\"ed25519:key3\"}", 55),
        SW_OK);
    sw_store_close(s);
    s = must_open("keys.db");
    assert_int_equal(sw_store_facts(s)->key_replaced_us, 77);
    sw_store_close(s);
}

/* ---- files of older programs, and of killed ones ---- */

static void a_file_of_schema_version_3_keeps_everything_and_its_chain_begins_at_1(void **state)
{
    struct sw_db *db = NULL;
    struct sw_store *s;
    char ids[256] = "";

    (void) state;
    load_dump("dump-3.db", SW_TEST_DATA "/store/schema-3.sql");
    assert_int_equal(sw_db_open(in_folder("dump-3.db"), false, &db, NULL), SW_OK);
    assert_int_equal(
        sw_db_exec(
            db,
            "WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 3000) INSERT INTO window"
            " SELECT CASE v % 3 WHEN 0 THEN '1h' ELSE '1m' END, v / 2 * 60000000, 'sensor-' || (v % 7), v * 1000,"
            " '{\"v\":' || v || '}' FROM i",
            NULL),
        SW_OK);
    sw_db_close(db);
    s = must_open("dump-3.db");
    assert_string_equal(sw_store_facts(s)->epoch, "k3f7q2mz");
    assert_int_equal(sw_store_head(s).n, 0);
    assert_int_equal(sw_store_load_tickets(s, 0, collect_id, ids, NULL), SW_OK);
    assert_string_equal(ids, "sw-7k2m4q5xza ");
    put_ticket(s, "sw-new", "open", 1);
    must_sync(s);
    assert_int_equal(sw_store_head(s).n, 1);
    sw_store_close(s);
    assert_int_equal(check_links("dump-3.db", 1, NULL), 1);
    assert_int_equal(value_of("dump-3.db", "SELECT count(*) FROM window"), 3001);
    assert_int_equal(value_of("dump-3.db",
                              "SELECT count(*) FROM window WHERE window_json(body) = '{\"v\":' || (to_us / 1000) || '}'"
                              " AND from_us = to_us / 2000 * 60000000"
                              " AND sensor = 'sensor-' || (to_us / 1000 % 7)"),
                     3000);
    assert_int_equal(value_of("dump-3.db", "SELECT window_json(body) LIKE '%siteward.agg%' FROM window WHERE sensor ="
                                           " 'north-gate-noise' AND period = '1m' AND from_us = 1772466060000000"),
                     1);
    assert_int_equal(value_of("dump-3.db", "SELECT count(*) FROM act"), 1);
    assert_int_equal(value_of("dump-3.db", "SELECT count(*) FROM media"), 2);
    assert_int_equal(value_of("dump-3.db", "PRAGMA user_version"), sw_store_schema_version());
}

/* One turn a round: ticket, window, reading; the number of turns is that of tickets' revisions. */
static void write_until_killed(const char *path, int told)
{
    struct sw_store_params p = {.path = path, .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
    struct sw_store *s = NULL;

    if (sw_store_open(&p, &s, NULL) < 0)
        _exit(1);
    for (int64_t r = (int64_t) sw_store_facts(s)->last_number + 1;; r++) {
        struct sw_reading of_r = reading((int) (r % 1000));
        char text[64];
        int len = snprintf(text, sizeof(text), "%lld", (long long) r);

        of_r.t_mono_us = r * 7000000; /* a minute each nine turns */
        sw_store_put_ticket(s, "t", "m", "open", r, r, text, (size_t) len);
        sw_store_put_window(s, sensors[0], "1m", r, r + 1, text, (size_t) len);
        sw_store_put_readings(s, &of_r, 1, START_US + r * 7000000, NULL);
        if (r % 3 ? sw_store_commit(s) : sw_store_sync(s, PATIENCE_US, NULL))
            _exit(2);
        if (write(told, "x", 1) != 1)
            _exit(3);
    }
}

static void kill_after(const char *path, int turns)
{
    int told[2], status;
    char bytes[64];
    pid_t child;

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

        CHECK(got > 0, "the writer ended by itself");
        n += (int) got;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(told[0]);
}

static void a_kill_at_any_moment_leaves_whole_entries_and_every_reading_chained_once(void **state)
{
    char path[128];
    unsigned random = 54321;

    (void) state;
    strcpy(path, in_folder("killed.db"));
    for (int round = 0; round < 12; round++) {
        int64_t turns;

        random = random * 1103515245 + 12345;
        kill_after(path, 1 + (int) (random >> 16) % 50);
        sw_store_close(must_open("killed.db")); /* recovers */
        check_links("killed.db", 1, NULL);
        turns = value_of("killed.db", "SELECT revision FROM ticket");
        CHECK(value_of("killed.db", "SELECT count(*) FROM chain WHERE kind = 3") == turns, "round %d: tickets", round);
        CHECK(value_of("killed.db", "SELECT count(*) FROM chain c JOIN ticket_revision r USING (n)"
                                    " WHERE c.kind = 3 AND r.revision = c.a") == turns,
              "round %d: revisions", round);
        CHECK(value_of("killed.db", "SELECT count(*) FROM chain WHERE kind = 2") == turns, "round %d: windows", round);
        /* monotonic and arrival minutes both rise with the numbers: entries follow each other without a gap */
        CHECK(value_of("killed.db", "SELECT coalesce(sum(b - a + 1), 0) = coalesce(max(b), 0) FROM chain"
                                    " WHERE kind = 1") == 1,
              "round %d: a reading is chained twice, or not at all", round);
        CHECK(value_of("killed.db", "SELECT count(*) FROM (SELECT a FROM chain WHERE kind = 1 GROUP BY a"
                                    " HAVING count(*) > 1)") == 0,
              "round %d: an entry stands twice", round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_makes_one_entry_in_its_order),
        cmocka_unit_test(only_what_the_core_says_of_itself_is_put_as_an_entry),
        cmocka_unit_test(commands_and_complaints_come_back_as_they_were_taken),
        cmocka_unit_test(readings_are_chained_when_their_minute_is_over_and_once_over_a_restart),
        cmocka_unit_test(a_commit_that_fails_leaves_the_chain_where_it_was),
        cmocka_unit_test(a_full_file_gives_up_the_chains_past_last_and_says_where_it_begins),
        cmocka_unit_test(a_checkpoint_signs_the_head_after_its_turn),
        cmocka_unit_test(the_key_that_the_chain_names_last_is_told_at_start),
        cmocka_unit_test(a_file_of_schema_version_3_keeps_everything_and_its_chain_begins_at_1),
        cmocka_unit_test(a_kill_at_any_moment_leaves_whole_entries_and_every_reading_chained_once),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
