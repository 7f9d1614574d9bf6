// SPDX-License-Identifier: Apache-2.0
/* The ledger: a key is known for 30 days with its first answer, across a restart too, and a complaint also by the
 * hotline's own id. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/requests_int.h"

#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)
#define NOW_US (1772468433000000LL) /* date -d 2026-03-02T16:20:33Z +%s */

static char folder[64];
static struct sw_store *store;
static struct requests_ledger *ledger;

static void open_all(void)
{
    char path[96];
    struct sw_store_params p = {.path = path};
    struct sw_err err = {0};

    snprintf(path, sizeof(path), "%s/store.db", folder);
    CHECK(sw_store_open(&p, &store, &err) == SW_OK, "%s", err.msg);
    CHECK(requests_ledger_new(store, NOW_US, &ledger, &err) == SW_OK, "%s", err.msg);
}

static void close_all(void)
{
    ledger = requests_ledger_free(ledger);
    store = sw_store_close(store);
}

static int set_up(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-ledger-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    open_all();
    return 0;
}

static int tear_down(void **state)
{
    char command[96];

    (void) state;
    close_all();
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* As the gateway records a complaint. */
static void record(const char *id, const char *request_id, int64_t at_us, const char *answer)
{
    struct sw_request_given g = {.kind = SW_REQUEST_COMPLAINT, .at_us = at_us};
    struct sw_store_command row = {.actor = "agent:1", .id = id, .kind = "complaint", .at_us = at_us, .answer = answer};
    char json[SW_REQUEST_GIVEN_MAX], content[65];
    struct sw_zone utc;

    sw_zone_init_utc(&utc);
    strcpy(g.complaint.id, id);
    strcpy(g.complaint.by.id, "agent:1");
    g.complaint.by.role = SW_ROLE_AGENT;
    g.complaint.at_us = g.complaint.occurred_us = at_us;
    g.complaint.window_us = 3600 * SW_US_PER_S;
    g.complaint.found.from_us = g.complaint.found.to_us = INT64_MIN;
    strcpy(g.complaint.service_code, "noise.construction");
    strcpy(g.complaint.service_request_id, request_id);
    memset(content, 'a', 64);
    content[64] = '\0';
    row.content_sha256 = content;
    row.json = json;
    row.len = sw_request_given_write(&g, &utc, json, sizeof(json));
    row.answer_len = strlen(answer);
    assert_true(row.len > 0);
    assert_int_equal(sw_store_put_command(store, &row), SW_OK);
    requests_ledger_add(ledger, &(struct ledger_key){LEDGER_DESK, "agent:1", id}, content, request_id, at_us, answer,
                        strlen(answer));
}

static const struct look {
    const char *why, *actor, *id, *request_id;
    enum ledger_door door;
    char content; /* 64 times */
    int64_t later_us;
    enum ledger_found want;
    const char *answer, *first_id;
} looks[] = {
    {"the same again", "agent:1", "k-1", "r-1", LEDGER_DESK, 'a', 0, LEDGER_SAME, "{\"n\":1}", "k-1"},
    {"the same key, other content", "agent:1", "k-1", "r-1", LEDGER_DESK, 'b', 0, LEDGER_OTHER, NULL, NULL},
    {"the id of another sender", "agent:2", "k-1", "r-9", LEDGER_DESK, 'a', 0, LEDGER_NEW, NULL, NULL},
    {"the hotline's id under another id", "agent:2", "k-9", "r-1", LEDGER_DESK, 'b', 0, LEDGER_SAME, "{\"n\":1}",
     "k-1"},
    {"nothing of it known", "agent:1", "k-9", "r-9", LEDGER_DESK, 'a', 0, LEDGER_NEW, NULL, NULL},
    {"a ticket command has no hotline's id", "agent:1", "k-9", "", LEDGER_DESK, 'a', 0, LEDGER_NEW, NULL, NULL},
    {"a day before it is forgotten", "agent:1", "k-1", "", LEDGER_DESK, 'a', 28 * DAY_US, LEDGER_SAME, "{\"n\":1}",
     "k-1"},
    {"after 30 days", "agent:1", "k-1", "r-1", LEDGER_DESK, 'a', 30 * DAY_US, LEDGER_NEW, NULL, NULL},
    {"the platform's own of that name and id", "agent:1", "k-1", "", LEDGER_PLATFORM, 'a', 0, LEDGER_NEW, NULL, NULL},
    {"another of the platform's of that name and id", "agent:1", "k-1", "", LEDGER_PLATFORM, 'b', 0, LEDGER_NEW, NULL,
     NULL},
    {"one at the socket", "agent:1", "k-1", "", LEDGER_SITE, 'a', 0, LEDGER_NEW, NULL, NULL},
    {"the hotline's id at the socket", "agent:1", "k-1", "r-1", LEDGER_SITE, 'b', 0, LEDGER_SAME, "{\"n\":1}", "k-1"},
};

static void look_all(const char *when)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(looks); i++) {
        const struct look *l = &looks[i];
        struct ledger_hit hit;
        char content[65] = "";
        enum ledger_found got;

        memset(content, l->content, 64);
        got = requests_ledger_find(ledger, &(struct ledger_key){l->door, l->actor, l->id}, content, l->request_id,
                                   NOW_US + l->later_us, &hit);
        CHECK(got == l->want, "%s, %s: %d", when, l->why, got);
        if (l->answer)
            CHECK(hit.answer && hit.len == strlen(l->answer) && memcmp(hit.answer, l->answer, hit.len) == 0 &&
                      strcmp(hit.id, l->first_id) == 0,
                  "%s, %s: not its first answer", when, l->why);
    }
}

static void a_key_is_known_before_it_is_committed_and_after_a_restart(void **state)
{
    (void) state;
    record("k-1", "r-1", NOW_US - DAY_US, "{\"n\":1}");
    record("k-2", "r-2", NOW_US, "{\"n\":2}");
    look_all("not committed yet");
    assert_int_equal(sw_store_end_turn(store), SW_OK);
    assert_int_equal(sw_store_sync(store, 20 * SW_US_PER_S, NULL), SW_OK);
    close_all();
    open_all();
    assert_int_equal(requests_ledger_count(ledger), 2);
    look_all("after a restart");
}

/* A command on a ticket, an answer and its place in the ledger; door and sender as told. */
static void record_ticket(enum ledger_door where, enum sw_door door, char said, const char *answer)
{
    struct sw_request_given g = {.kind = SW_REQUEST_TICKET, .at_us = NOW_US};
    struct sw_store_command row = {.actor = "host:1", .id = "c-1", .kind = "ticket", .at_us = NOW_US, .answer = answer};
    char json[SW_REQUEST_GIVEN_MAX], content[65] = "";
    struct sw_zone utc;

    sw_zone_init_utc(&utc);
    memset(content, said, 64);
    strcpy(g.ticket.id, "c-1");
    strcpy(g.ticket.ticket, "sw-7k2m4q5xza");
    strcpy(g.ticket.by.id, "host:1");
    g.ticket.by.role = SW_ROLE_PLATFORM;
    g.ticket.by.door = door;
    g.ticket.verb = SW_VERB_NOTE;
    strcpy(g.ticket.text, answer);
    row.content_sha256 = content;
    row.json = json;
    row.len = sw_request_given_write(&g, &utc, json, sizeof(json));
    row.answer_len = strlen(answer);
    assert_true(row.len > 0);
    assert_int_equal(sw_store_put_command(store, &row), SW_OK);
    requests_ledger_add(ledger, &(struct ledger_key){where, "host:1", "c-1"}, content, "", NOW_US, answer,
                        strlen(answer));
}

static void expect_each_its_own(const char *when)
{
    static const struct {
        enum ledger_door door;
        char content;
        const char *answer;
    } doors[] = {{LEDGER_SITE, 's', "{\"door\":\"site\"}"}, {LEDGER_PLATFORM, 'p', "{\"door\":\"platform\"}"}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(doors); i++) {
        struct ledger_hit hit;
        char content[65] = "";

        memset(content, doors[i].content, 64);
        CHECK(requests_ledger_find(ledger, &(struct ledger_key){doors[i].door, "host:1", "c-1"}, content, "", NOW_US,
                                   &hit) == LEDGER_SAME &&
                  hit.answer && hit.len == strlen(doors[i].answer) && memcmp(hit.answer, doors[i].answer, hit.len) == 0,
              "%s, door %d: not its own answer", when, (int) doors[i].door);
    }
}

/* Who has the socket says that he is the platform's host, and takes the id of its next command. */
static void one_door_uses_up_no_key_of_another(void **state)
{
    (void) state;
    record_ticket(LEDGER_SITE, SW_DOOR_CLI, 's', "{\"door\":\"site\"}");
    record_ticket(LEDGER_PLATFORM, SW_DOOR_MQTT, 'p', "{\"door\":\"platform\"}");
    expect_each_its_own("not committed yet");
    assert_int_equal(sw_store_end_turn(store), SW_OK);
    assert_int_equal(sw_store_sync(store, 20 * SW_US_PER_S, NULL), SW_OK);
    close_all();
    open_all();
    assert_int_equal(requests_ledger_count(ledger), 2);
    expect_each_its_own("after a restart");
}

static void a_request_belongs_to_the_door_at_which_it_came(void **state)
{
    (void) state;
    assert_int_equal(requests_ledger_door(false, SW_DOOR_MQTT), LEDGER_PLATFORM);
    assert_int_equal(requests_ledger_door(true, SW_DOOR_MQTT), LEDGER_DESK);
    assert_int_equal(requests_ledger_door(false, SW_DOOR_CLI), LEDGER_SITE);
    assert_int_equal(requests_ledger_door(true, SW_DOOR_CLI), LEDGER_SITE);
}

static const struct in_time {
    const char *what;
    enum sw_request_kind kind;
    int64_t at_us, expires_us; /* from now; INT64_MIN = does not expire */
    const char *words;         /* of the refusal; NULL = in time */
} times[] = {
    {"sent now", SW_REQUEST_TICKET, 0, INT64_MIN, NULL},
    {"expires now", SW_REQUEST_TICKET, 0, 0, NULL},
    {"expired", SW_REQUEST_TICKET, 0, -1, "\"expires\" has passed"},
    {"a question that expired", SW_REQUEST_EVIDENCE, 0, -1, "\"expires\" has passed"},
    {"a clock that is ahead", SW_REQUEST_TICKET, 300 * SW_US_PER_S, INT64_MIN, NULL},
    {"a clock that is wrong", SW_REQUEST_TICKET, 300 * SW_US_PER_S + 1, INT64_MIN, "more than 5 min ahead"},
    {"a question about tomorrow", SW_REQUEST_EVIDENCE, DAY_US, INT64_MIN, NULL},
    {"as old as is known for certain", SW_REQUEST_TICKET, -29 * DAY_US, INT64_MIN, NULL},
    {"older, a ticket's", SW_REQUEST_TICKET, -29 * DAY_US - 1, INT64_MIN, "more than 29 days back"},
    {"older, a complaint", SW_REQUEST_COMPLAINT, -29 * DAY_US - 1, INT64_MIN, "new \"id\""},
    {"older, the schedule's", SW_REQUEST_SCHEDULE, -29 * DAY_US - 1, INT64_MIN, "more than 29 days back"},
    {"older, the configuration's", SW_REQUEST_CONFIG, -29 * DAY_US - 1, INT64_MIN, "more than 29 days back"},
    {"a question about last year", SW_REQUEST_EVIDENCE, -366 * DAY_US, INT64_MIN, NULL},
};

static void what_is_older_than_the_keys_that_are_kept_is_refused(void **state)
{
    struct sw_zone utc;

    (void) state;
    sw_zone_init_utc(&utc);
    for (size_t i = 0; i < SW_ARRAY_SIZE(times); i++) {
        const struct in_time *t = &times[i];
        const struct sw_request rq = {.kind = t->kind,
                                      .at_us = NOW_US + t->at_us,
                                      .expires_us = t->expires_us == INT64_MIN ? INT64_MIN : NOW_US + t->expires_us};
        char why[256] = "";
        bool is_late = requests_is_out_of_time(&rq, NOW_US, &utc, why, sizeof(why));

        CHECK(is_late == (t->words != NULL) && (!is_late || strstr(why, t->words)), "%s: \"%s\"", t->what, why);
        CHECK(!is_late || strstr(why, "2026-03-02T16:20:33"), "%s: no time of here in \"%s\"", t->what, why);
        CHECK(strlen(why) < sizeof(why) - 1, "%s: cut off", t->what);
    }
    /* the latest that can have been done and forgotten was sent 5 min ahead: it is refused when it comes again */
    assert_true(REQUESTS_BACK_US + REQUESTS_AHEAD_US < LEDGER_KEPT_US);
}

/* More answers than fit in memory: the older ones are read from the store. */
static void an_answer_that_left_memory_comes_from_the_store(void **state)
{
    struct ledger_hit hit;
    char id[24], answer[32], content[65] = "";

    (void) state;
    memset(content, 'a', 64);
    for (int i = 0; i < 3 * LEDGER_ANSWERS_MAX; i++) {
        snprintf(id, sizeof(id), "k-%d", i);
        snprintf(answer, sizeof(answer), "{\"n\":%d}", i);
        record(id, id, NOW_US + i, answer);
    }
    assert_int_equal(sw_store_end_turn(store), SW_OK);
    assert_int_equal(sw_store_sync(store, 20 * SW_US_PER_S, NULL), SW_OK);
    for (int i = 0; i < 3 * LEDGER_ANSWERS_MAX; i++) {
        snprintf(id, sizeof(id), "k-%d", i);
        snprintf(answer, sizeof(answer), "{\"n\":%d}", i);
        CHECK(requests_ledger_find(ledger, &(struct ledger_key){LEDGER_DESK, "agent:1", id}, content, "", NOW_US,
                                   &hit) == LEDGER_SAME &&
                  hit.answer && strncmp(hit.answer, answer, hit.len) == 0,
              "%s", id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_known_before_it_is_committed_and_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_door_uses_up_no_key_of_another, set_up, tear_down),
        cmocka_unit_test(a_request_belongs_to_the_door_at_which_it_came),
        cmocka_unit_test(what_is_older_than_the_keys_that_are_kept_is_refused),
        cmocka_unit_test_setup_teardown(an_answer_that_left_memory_comes_from_the_store, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
