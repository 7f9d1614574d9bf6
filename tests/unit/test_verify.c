// SPDX-License-Identifier: Apache-2.0
/* What `siteward verify` finds in a store: rows that are missing, added or exchanged, a past that was rewritten, and
 * that what retention took is told apart from what somebody took away. Random bits are test_verify_tamper.c's. */
#include "tests/unit/verify_fixture.h"

static char whole[128];

static int build(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    build_store(whole);
    return 0;
}

static void a_store_as_it_was_written_is_whole(void **state)
{
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE];
    struct sw_verify_options o = {.checkpoints = checkpoints_path, .key = public_key};
    const struct sw_verify_report *r;

    (void) state;
    sw_key_public_text(key.public_key, public_key);
    r = must_verify(whole, &o);
    CHECK(sw_verify_is_whole(r), "%llu %s %s: %s", (unsigned long long) r->finding[0].n, r->finding[0].kind,
          r->finding[0].ref, r->finding[0].what);
    /* counted from what put_hour puts: 3 × (4 windows a minute and 1 an hour), 2 tickets, 1 command … */
    assert_int_equal(r->whole[SW_VERIFY_WINDOWS], 15);
    assert_int_equal(r->whole[SW_VERIFY_REVISIONS], 6);
    assert_int_equal(r->whole[SW_VERIFY_COMMANDS], 6);
    assert_int_equal(r->whole[SW_VERIFY_COMPLAINTS], 3);
    assert_int_equal(r->whole[SW_VERIFY_PICTURES], 1);
    assert_int_equal(r->n_kept_away, 3);
    assert_int_equal(r->whole[SW_VERIFY_ACTS], 3);
    assert_int_equal(r->whole[SW_VERIFY_CONFIGS], 3);
    assert_int_equal(r->whole[SW_VERIFY_SCHEDULES], 3);
    assert_int_equal(r->whole[SW_VERIFY_READINGS] + r->tail, 750);
    assert_true(r->tail > 0 && r->tail <= 60);
    assert_true(r->n_checkpoints >= 3);
    assert_true(r->is_pinned);
    assert_int_equal(r->first_n, 1);
    assert_int_equal(r->last_n, r->n_entries);
    assert_string_equal(r->gateway, GATEWAY);
}

static void what_was_changed_by_hand_is_named(void **state)
{
    static const struct {
        const char *why, *sql, *want; /* in the first finding */
        const char *kind;
    } cases[] = {
        {"a window's level",
         "UPDATE window SET body = window_pack(replace(window_json(body), 'good', 'gone')) WHERE period = '1h' AND "
         "from_us ="
         " (SELECT max(from_us) FROM window WHERE period = '1h')",
         "not what was chained", "window"},
        {"a window gone", "DELETE FROM window WHERE period = '1m' AND from_us = (SELECT max(from_us) FROM window)",
         NULL, NULL},
        {"one window deleted", "DELETE FROM window WHERE period = '1h'", "deleted", "window"},
        {"a window added",
         "INSERT INTO window SELECT '15m', from_us, sensor, to_us, body FROM window WHERE period = '1h' LIMIT 1",
         "put in by hand", "window"},
        {"two windows exchanged",
         "UPDATE window SET body = (SELECT body FROM window WHERE period = '1h' ORDER BY from_us LIMIT 1)"
         " WHERE period = '1h' AND from_us = (SELECT max(from_us) FROM window WHERE period = '1h')",
         "not what was chained", "window"},
        {"a block deleted", "DELETE FROM block WHERE (minute, sensor) = (SELECT minute, sensor FROM block LIMIT 1)",
         "gone", "readings"},
        {"a minute deleted", "DELETE FROM block WHERE minute = (SELECT max(minute) FROM block)", "deleted", "readings"},
        {"a block added",
         "INSERT INTO block(id, body) SELECT id + (30 << 24), body FROM block ORDER BY id DESC LIMIT 1", "", NULL},
        {"a ticket's past",
         "UPDATE ticket_revision SET json = replace(json, '61.8', '51.8') WHERE n ="
         " (SELECT min(n) FROM ticket_revision)",
         "not what was chained", "ticket"},
        {"a ticket as it stands", "UPDATE ticket SET json = replace(json, '61.80', '51.80')", "not its newest revision",
         "ticket"},
        {"spaces in a ticket", "UPDATE ticket SET json = replace(json, ':', ': ')", "form", "ticket"},
        {"a ticket's status", "UPDATE ticket SET status = 'closed' WHERE id = 'sw-aaaaaaaaaa'", "status", "ticket"},
        {"a ticket deleted", "DELETE FROM ticket WHERE id = 'sw-aaaaaaaaaa'", "deleted", "ticket"},
        {"a ticket added",
         "INSERT INTO ticket SELECT 'sw-cccccccccc', matter_key, status, revision, changed_us, json"
         " FROM ticket LIMIT 1",
         "put in by hand", "ticket"},
        {"a revision deleted", "DELETE FROM ticket_revision WHERE n = (SELECT min(n) FROM ticket_revision)", "deleted",
         "ticket"},
        {"a revision added",
         "INSERT INTO ticket_revision SELECT n + 1, ticket, revision, json FROM ticket_revision"
         " ORDER BY n DESC LIMIT 1",
         "", NULL},
        {"a command", "UPDATE command SET json = replace(json, 'party', 'hosts')", "not what was chained", "command"},
        {"a command deleted", "DELETE FROM command WHERE n = (SELECT max(n) FROM command)", "deleted", "command"},
        {"a command's time", "UPDATE command SET at_us = at_us + 1", "another time", "command"},
        {"a command under another id, in both places",
         "UPDATE command SET id = 'c-9' WHERE id = 'c-1'; UPDATE chain SET ref = 'c-9' WHERE ref = 'c-1'", "another id",
         "command"},
        {"a command of another person", "UPDATE command SET actor = 'party:li' WHERE id = 'c-1'", "another person",
         "command"},
        {"a command at another time, in both places",
         "UPDATE command SET at_us = at_us + 1000000 WHERE id = 'c-1';"
         "UPDATE chain SET at_us = at_us + 1000000 WHERE ref = 'c-1'",
         "another time", "command"},
        {"an act of another time, in both places",
         "UPDATE act SET at_us = at_us + 1; UPDATE chain SET at_us = at_us + 1 WHERE kind = 6", "another time",
         "output"},
        {"an act of another output, in both places",
         "UPDATE act SET subject = 'mist-2'; UPDATE chain SET ref = 'mist-2' WHERE kind = 6", "another subject",
         "output"},
        {"the beginning moved, so that all is older than it",
         "UPDATE chain SET at_us = at_us + 86400000000 WHERE n = 1;"
         "INSERT INTO window SELECT '15m', from_us, sensor, to_us, body FROM window WHERE period = '1h' LIMIT 1",
         "another time", "key"},
        {"a complaint that nobody made",
         "INSERT INTO complaint SELECT 'x', at_us, occurred_us, service_code, caller_ref, distance_m, code, outcome,"
         " ticket, window_us, counted_in, is_repeat_caller FROM complaint LIMIT 1",
         "no chained command", "complaint"},
        {"what a complaint was told", "UPDATE complaint SET code = 'within_limit_permitted'", "another code",
         "complaint"},
        {"an act", "UPDATE act SET json = replace(json, 'on', 'of')", "not what was chained", "output"},
        {"an act's time", "UPDATE act SET at_us = at_us + 1000000", "another time", "output"},
        {"an act added",
         "INSERT INTO act(at_us, kind, subject, json) SELECT at_us, kind, subject, json FROM act LIMIT 1",
         "put in by hand", "output"},
        {"a configuration", "UPDATE config SET body = CAST('x' AS BLOB)", "not what was chained", "config"},
        {"a schedule", "UPDATE schedule SET body = CAST('x' AS BLOB) WHERE revision = 2", "not what was chained",
         "schedule"},
        {"a schedule's time", "UPDATE schedule SET at_us = at_us - 86400000000", "another time", "schedule"},
        {"an entry deleted", "DELETE FROM chain WHERE n = 20", "missing", NULL},
        {"the beginning deleted", "DELETE FROM chain WHERE n < 5", "missing", NULL},
        {"an entry's hash", "UPDATE chain SET hash = zeroblob(32) WHERE n = 7", "does not follow", NULL},
        {"an entry of another kind", "UPDATE chain SET kind = 8 WHERE n = 7", "does not follow", NULL},
        {"a key exchanged",
         "UPDATE chain SET body = CAST(replace(CAST(body AS TEXT), 'ed25519:', 'ed25519:A') AS BLOB) WHERE kind = 9",
         "key", NULL},
        {"a sensor renamed", "UPDATE sensor SET id = 'south-gate-noise' WHERE id = 'north-gate-noise'", "readings",
         "readings"},
    };
    const struct sw_verify_options o = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *copy = in_folder("copy.db");
        struct sw_db *db = open_copy(whole, copy);
        const struct sw_verify_report *r;

        must_exec(db, cases[i].sql);
        sw_db_close(db);
        r = must_verify(copy, &o);
        CHECK(r->n_findings > 0 || !cases[i].want, "%s: not found", cases[i].why);
        CHECK(!cases[i].want || strstr(r->finding[0].what, cases[i].want) || strstr(r->finding[0].kind, cases[i].want),
              "%s: told as '%s: %s'", cases[i].why, r->finding[0].kind, r->finding[0].what);
        CHECK(!cases[i].kind || strcmp(r->finding[0].kind, cases[i].kind) == 0, "%s: told of '%s'", cases[i].why,
              r->finding[0].kind);
    }
}

static void one_changed_entry_is_one_finding_with_its_number(void **state)
{
    static const char *const sql[] = {
        "UPDATE chain SET hash = zeroblob(32) WHERE n = 9",
        "UPDATE chain SET at_us = at_us + 1 WHERE n = 9",
    };
    const struct sw_verify_options o = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(sql); i++) {
        const char *copy = in_folder("copy.db");
        struct sw_db *db = open_copy(whole, copy);
        const struct sw_verify_report *r;

        must_exec(db, sql[i]);
        sw_db_close(db);
        r = must_verify(copy, &o);
        CHECK(r->n_findings == 1 && r->finding[0].n == 9, "%s: %zu findings, first at %llu: %s", sql[i], r->n_findings,
              (unsigned long long) r->finding[0].n, r->finding[0].what);
    }
}

/* The owner of the box has the key and can make the chain anew; what the hub kept contradicts. */
static void a_past_that_was_rewritten_contradicts_what_was_published(void **state)
{
    static const struct {
        const char *why, *sql;
        bool is_whole_without; /* the file agrees with itself */
    } cases[] = {
        {"the end cut off",
         "DELETE FROM chain WHERE n > 30; DELETE FROM ticket_revision WHERE n > 30; DELETE FROM command WHERE n > 30;"
         "DELETE FROM meta WHERE key = 'checkpoint'; DELETE FROM outbox;",
         false},
        {"a chain of no entries",
         "DELETE FROM chain; DELETE FROM block; DELETE FROM tail; DELETE FROM window; DELETE FROM ticket;"
         "DELETE FROM ticket_revision; DELETE FROM command; DELETE FROM act; DELETE FROM config; DELETE FROM schedule;"
         "DELETE FROM complaint;"
         "DELETE FROM meta WHERE key = 'checkpoint'; DELETE FROM outbox;",
         true},
    };
    const struct sw_verify_options with = {.checkpoints = checkpoints_path}, without = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const char *copy = in_folder("copy.db");
        struct sw_db *db = open_copy(whole, copy);

        must_exec(db, cases[i].sql);
        sw_db_close(db);
        CHECK(sw_verify_is_whole(must_verify(copy, &without)) == cases[i].is_whole_without, "%s: without",
              cases[i].why);
        CHECK(!sw_verify_is_whole(must_verify(copy, &with)), "%s: not found", cases[i].why);
    }
}

/* Retention of a real store: rows of the first day are gone on the fourth, and the chain says so. */
static void what_retention_took_is_pruned_and_what_somebody_took_is_deleted(void **state)
{
    const struct sw_verify_options o = {0};
    const int fourth_day_s = 3 * 86400;
    struct sw_store_params p = params_of("kept.db");
    const struct sw_verify_report *r;
    struct sw_db *db;
    struct sw_store *s;

    (void) state;
    p.keep_days = 1;
    p.keep_minutes_days = 1;
    s = open_with(&p);
    put_minutes(s, 0, 240);
    put_minutes(s, fourth_day_s, fourth_day_s + 240);
    sw_store_close(s);
    r = must_verify(in_folder("kept.db"), &o);
    CHECK(sw_verify_is_whole(r), "%s %s: %s", r->finding[0].kind, r->finding[0].ref, r->finding[0].what);
    assert_int_equal(r->pruned[SW_VERIFY_READINGS], 240);
    assert_int_equal(r->pruned[SW_VERIFY_WINDOWS], 4);
    assert_int_equal(r->whole[SW_VERIFY_READINGS] + r->tail, 240);
    assert_int_equal(r->whole[SW_VERIFY_WINDOWS], 4);

    db = open_copy(in_folder("kept.db"), in_folder("copy.db"));
    must_exec(db, "DELETE FROM window WHERE from_us = (SELECT min(from_us) FROM window)");
    sw_db_close(db);
    r = must_verify(in_folder("copy.db"), &o);
    CHECK(r->n_findings == 1 && strstr(r->finding[0].what, "deleted"), "%zu: %s", r->n_findings, r->finding[0].what);

    db = open_copy(in_folder("kept.db"), in_folder("copy.db"));
    must_exec(db, "UPDATE command SET json = replace(json, '\"before\":', '\"before\":9') WHERE kind = 'prune'");
    sw_db_close(db);
    r = must_verify(in_folder("copy.db"), &o);
    CHECK(r->n_findings > 4, "an announcement that was changed still covers what is gone");
}

static void a_pinned_key_that_the_chain_does_not_name_is_told(void **state)
{
    static const char other[] = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const struct sw_verify_options o = {.key = other}, bad = {.key = "ed25519:short"};
    struct sw_verify_report r;
    struct sw_err err = {0};

    (void) state;
    assert_false(sw_verify_is_whole(must_verify(whole, &o)));
    assert_int_equal(sw_verify_file(whole, &bad, &r, &err), SW_E_INVAL);
}

static void what_is_no_store_is_refused_with_a_sentence(void **state)
{
    const struct sw_verify_options o = {0};
    struct sw_verify_report r;
    struct sw_err err = {0};
    struct sw_db *db = NULL;
    FILE *f = fopen(in_folder("text"), "w");

    (void) state;
    assert_non_null(f);
    fputs("no store", f);
    fclose(f);
    assert_int_equal(sw_verify_file(in_folder("nowhere.db"), &o, &r, &err), SW_E_IO);
    assert_int_equal(sw_verify_file(in_folder("text"), &o, &r, &err), SW_E_INVAL);
    assert_int_equal(sw_db_open(in_folder("other.db"), false, &db, &err), SW_OK);
    must_exec(db, "CREATE TABLE x(y)");
    sw_db_close(db);
    assert_int_equal(sw_verify_file(in_folder("other.db"), &o, &r, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "no store"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_as_it_was_written_is_whole),
        cmocka_unit_test(what_was_changed_by_hand_is_named),
        cmocka_unit_test(one_changed_entry_is_one_finding_with_its_number),
        cmocka_unit_test(a_past_that_was_rewritten_contradicts_what_was_published),
        cmocka_unit_test(what_retention_took_is_pruned_and_what_somebody_took_is_deleted),
        cmocka_unit_test(a_pinned_key_that_the_chain_does_not_name_is_told),
        cmocka_unit_test(what_is_no_store_is_refused_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, build, remove_folder);
}
