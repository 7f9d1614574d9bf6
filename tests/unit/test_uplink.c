// SPDX-License-Identifier: Apache-2.0
/* The uplink while nobody answers: posting never waits, everything has its ceiling, the store goes on.
 * What it does with a broker is in tests/system/test_uplink.py. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "gateway/uplink.h"

#define PATIENCE_US 20000000LL

static char folder[64];
static struct sw_store *store;

static int make_store(void **state)
{
    struct sw_store_params p = {0};
    char path[96];

    (void) state;
    strcpy(folder, "/tmp/sw-uplink-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/store.db", folder);
    p.path = path;
    return sw_store_open(&p, &store, NULL);
}

static int remove_store(void **state)
{
    char command[96];

    (void) state;
    store = sw_store_close(store);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static size_t render(void *ctx, const char *state, char *buf, size_t cap)
{
    (void) ctx;
    return (size_t) snprintf(buf, cap, "{\"state\":\"%s\"}", state);
}

static size_t render_nothing(void *ctx, const char *state, char *buf, size_t cap)
{
    (void) ctx;
    (void) state;
    (void) buf;
    (void) cap;
    return 0;
}

/* Port 1 of the loopback: refused at once. */
static const struct sw_uplink_params nobody = {.uri = "tcp://127.0.0.1:1",
                                               .client_id = "gw-7f3a",
                                               .prefix = "siteward/1/310115/pd-0042/",
                                               .status_topic = "gw/gw-7f3a/status",
                                               .render_status = render,
                                               .backoff_min_us = 1000,
                                               .backoff_max_us = 2000};

static struct sw_uplink *must_start(void)
{
    struct sw_uplink *u = NULL;
    struct sw_err err = {0};

    CHECK(sw_uplink_start(&nobody, store, &u, &err) == SW_OK, "%s", err.msg);
    return u;
}

/* Status once `field` has reached `least`; each look is paced by the box that stays empty. */
static struct sw_uplink_status wait_for(struct sw_uplink *u, size_t field, uint64_t least, size_t bytes)
{
    struct sw_uplink_status st;
    int64_t until_us = sw_mono_real_us() + PATIENCE_US;
    uint64_t value;

    do {
        sw_mailbox_wait(sw_uplink_events(u), 5000);
        sw_uplink_status(u, &st);
        value = 0;
        memcpy(&value, (const char *) &st + field, bytes); /* little-endian, as are all our machines */
    } while (value < least && sw_mono_real_us() < until_us);
    CHECK(value >= least, "it stays at %llu", (unsigned long long) value);
    return st;
}

static void a_broker_that_is_not_there_hinders_nobody(void **state)
{
    struct sw_uplink *u = must_start();
    struct sw_store_document d = {.topic = "ticket/t", .payload = "{}", .len = 2};
    struct sw_uplink_status st;
    struct sw_err err = {0};

    (void) state;
    for (d.seq = 1; d.seq <= 300; d.seq++) {
        assert_int_equal(sw_store_put_document(store, &d), SW_OK);
        assert_int_equal(sw_uplink_post_live(u, "sensor/a/live", "{}", 2), SW_OK);
    }
    CHECK(sw_store_sync(store, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
    wait_for(u, offsetof(struct sw_uplink_status, connect_failures_total), 2, 8);
    wait_for(u, offsetof(struct sw_uplink_status, live_dropped_total), 300, 8);
    sw_uplink_status(u, &st);
    assert_false(st.is_connected);
    assert_int_equal(st.rows_waiting, 0); /* they stay on the disk until somebody is there */
    assert_int_equal(st.live_sent_total, 0);
    assert_int_equal(sw_mailbox_depth(sw_uplink_events(u)), 0); /* it was never connected: nothing to tell */
    sw_uplink_stop(u);
}

/* Post until the box has room for it; each refusal is counted as dropped, by both sides. */
static uint64_t post_state(struct sw_uplink *u, const char *topic)
{
    uint64_t refused = 0;

    for (; sw_uplink_post_state(u, topic, "{}", 2) != SW_OK; refused++)
        sw_mailbox_wait(sw_uplink_events(u), 1000);
    return refused;
}

static void retained_documents_coalesce_by_topic_up_to_a_ceiling(void **state)
{
    struct sw_uplink *u = must_start();
    struct sw_uplink_status st;
    uint64_t dropped = 0;
    char topic[64];

    (void) state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < SW_UPLINK_STATES_MAX; i++) {
            snprintf(topic, sizeof(topic), "sensor/s-%d/state", i);
            dropped += post_state(u, topic);
        }
    st = wait_for(u, offsetof(struct sw_uplink_status, states_waiting), SW_UPLINK_STATES_MAX, 4);
    assert_int_equal(st.states_waiting, SW_UPLINK_STATES_MAX);
    dropped += post_state(u, "sensor/one-more/state") + 1;
    st = wait_for(u, offsetof(struct sw_uplink_status, states_dropped_total), dropped, 8);
    assert_int_equal(st.states_dropped_total, dropped);
    assert_int_equal(st.states_waiting, SW_UPLINK_STATES_MAX);
    sw_uplink_stop(u);
}

static void what_no_broker_could_take_is_refused_when_it_is_posted(void **state)
{
    struct sw_uplink *u = must_start();
    char topic[600];
    char *big = calloc(1, SW_STORE_PAYLOAD_MAX + 1);

    (void) state;
    assert_non_null(big);
    memset(topic, 'a', sizeof(topic) - 1);
    topic[sizeof(topic) - 1] = '\0';
    assert_int_equal(sw_uplink_post_state(u, "", "{}", 2), SW_E_INVAL);
    assert_int_equal(sw_uplink_post_live(u, topic, "{}", 2), SW_E_INVAL);
    assert_int_equal(sw_uplink_post_state(u, "t", big, SW_STORE_PAYLOAD_MAX + 1), SW_E_INVAL);
    assert_int_equal(sw_uplink_post_state(u, "t", big, SW_STORE_PAYLOAD_MAX), SW_OK);
    sw_uplink_stop(u);
    free(big);
}

static const struct bad_params {
    const char *why;
    size_t missing;
} bad_params[] = {
    {"no address", offsetof(struct sw_uplink_params, uri)},
    {"no client id", offsetof(struct sw_uplink_params, client_id)},
    {"no prefix", offsetof(struct sw_uplink_params, prefix)},
    {"no status topic", offsetof(struct sw_uplink_params, status_topic)},
};

static void missing_parameters_are_named(void **state)
{
    static const char *const nothing = NULL;
    struct sw_uplink_params p;
    struct sw_uplink *u = NULL;
    struct sw_err err = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_params); i++) {
        p = nobody;
        memcpy((char *) &p + bad_params[i].missing, &nothing, sizeof(nothing));
        CHECK(sw_uplink_start(&p, store, &u, &err) == SW_E_INVAL && !u, "%s", bad_params[i].why);
    }
    p = nobody;
    p.render_status = render_nothing;
    assert_int_equal(sw_uplink_start(&p, store, &u, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "status document"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broker_that_is_not_there_hinders_nobody),
        cmocka_unit_test(retained_documents_coalesce_by_topic_up_to_a_ceiling),
        cmocka_unit_test(what_no_broker_could_take_is_refused_when_it_is_posted),
        cmocka_unit_test(missing_parameters_are_named),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
