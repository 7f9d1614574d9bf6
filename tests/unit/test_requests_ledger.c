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
    requests_ledger_add(ledger, "agent:1", id, content, request_id, at_us, answer, strlen(answer));
}

static const struct look {
    const char *why, *actor, *id, *request_id;
    char content; /* 64 times */
    int64_t later_us;
    enum ledger_found want;
    const char *answer, *first_id;
} looks[] = {
    {"the same again", "agent:1", "k-1", "r-1", 'a', 0, LEDGER_SAME, "{\"n\":1}", "k-1"},
    {"the same key, other content", "agent:1", "k-1", "r-1", 'b', 0, LEDGER_OTHER, NULL, NULL},
    {"the id of another sender", "agent:2", "k-1", "r-9", 'a', 0, LEDGER_NEW, NULL, NULL},
    {"the hotline's id under another id", "agent:2", "k-9", "r-1", 'b', 0, LEDGER_SAME, "{\"n\":1}", "k-1"},
    {"nothing of it known", "agent:1", "k-9", "r-9", 'a', 0, LEDGER_NEW, NULL, NULL},
    {"a ticket command has no hotline's id", "agent:1", "k-9", "", 'a', 0, LEDGER_NEW, NULL, NULL},
    {"a day before it is forgotten", "agent:1", "k-1", "", 'a', 28 * DAY_US, LEDGER_SAME, "{\"n\":1}", "k-1"},
    {"after 30 days", "agent:1", "k-1", "r-1", 'a', 30 * DAY_US, LEDGER_NEW, NULL, NULL},
};

static void look_all(const char *when)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(looks); i++) {
        const struct look *l = &looks[i];
        struct ledger_hit hit;
        char content[65] = "";
        enum ledger_found got;

        memset(content, l->content, 64);
        got = requests_ledger_find(ledger, l->actor, l->id, content, l->request_id, NOW_US + l->later_us, &hit);
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
        CHECK(requests_ledger_find(ledger, "agent:1", id, content, "", NOW_US, &hit) == LEDGER_SAME && hit.answer &&
                  strncmp(hit.answer, answer, hit.len) == 0,
              "%s", id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_known_before_it_is_committed_and_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_left_memory_comes_from_the_store, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
