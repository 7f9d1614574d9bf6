// SPDX-License-Identifier: Apache-2.0
/* What comes over MQTT waits in a box that is bounded in number and in bytes; what finds no room is counted. */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "io/mqtt_inbox.h"

static char large[SW_MQTT_PAYLOAD_MAX + 1];

static struct sw_mqtt_inbox *must_make(void)
{
    struct sw_mqtt_inbox *in = NULL;
    struct sw_err err = {0};

    CHECK(sw_mqtt_inbox_new(&in, &err) == SW_OK, "%s", err.msg);
    return in;
}

static struct mqtt_came message(const char *payload, size_t len)
{
    return (struct mqtt_came){.topic = "a/b", .topic_len = 3, .payload = payload, .len = len};
}

static void a_message_comes_out_whole_and_ended(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came came = message("xyz-and-more", 3);
    struct sw_mqtt_incoming *m;

    (void) state;
    came.retain = true;
    came.response = "r/tail";
    came.response_len = 1;
    came.correlation = "\0\1";
    came.correlation_len = 2;
    mqtt_inbox_post(in, &came);
    m = sw_mqtt_inbox_take(in);
    CHECK(m && m->retain && !m->is_too_large && m->len == 3, "its kind");
    assert_string_equal(m->topic, "a/b");
    assert_string_equal(m->payload, "xyz");
    assert_string_equal(m->response_topic, "r");
    CHECK(m->correlation_len == 2 && memcmp(m->correlation, "\0\1", 2) == 0, "bytes, not text");
    free(m);
    assert_null(sw_mqtt_inbox_take(in));
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 0);
    sw_mqtt_inbox_free(in);
}

static void what_is_too_large_is_told_without_its_payload(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came came = message(large, SW_MQTT_PAYLOAD_MAX);
    struct sw_mqtt_incoming *m;

    (void) state;
    mqtt_inbox_post(in, &came);
    came.len++;
    came.correlation = large;
    came.correlation_len = SW_MQTT_CORRELATION_MAX + 1;
    mqtt_inbox_post(in, &came);
    m = sw_mqtt_inbox_take(in);
    CHECK(m && !m->is_too_large && m->len == SW_MQTT_PAYLOAD_MAX, "256 KiB are allowed");
    free(m);
    m = sw_mqtt_inbox_take(in);
    CHECK(m && m->is_too_large && m->len == 0 && m->correlation_len > SW_MQTT_CORRELATION_MAX, "one byte more is not");
    free(m);
    sw_mqtt_inbox_free(in);
}

static void the_box_is_bounded_in_number_and_in_bytes(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came small = message("x", 1), big = message(large, SW_MQTT_PAYLOAD_MAX);
    const size_t fit = SW_MQTT_INBOX_BYTES / (SW_MQTT_PAYLOAD_MAX + strlen("a/b"));

    (void) state;
    for (size_t i = 0; i < SW_MQTT_INBOX_MESSAGES + 5; i++)
        mqtt_inbox_post(in, &small);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 5);
    for (size_t i = 0; i < SW_MQTT_INBOX_MESSAGES; i++)
        free(sw_mqtt_inbox_take(in));
    for (size_t i = 0; i < fit + 2; i++)
        mqtt_inbox_post(in, &big);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 7);
    free(sw_mqtt_inbox_take(in)); /* makes room for one */
    mqtt_inbox_post(in, &big);
    mqtt_inbox_post(in, &big);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 8);
    sw_mqtt_inbox_free(in); /* with what is in it */
}

static void *post_many(void *ctx)
{
    struct mqtt_came small = message("x", 1);

    for (int i = 0; i < 20 * SW_MQTT_INBOX_MESSAGES; i++)
        mqtt_inbox_post(ctx, &small);
    return NULL;
}

static void with_patience_the_sender_waits_for_room_and_nothing_is_dropped(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came small = message("x", 1);
    pthread_t sender;
    int taken = 0;

    (void) state;
    sw_mqtt_inbox_set_patience(in, 60000);
    assert_int_equal(pthread_create(&sender, NULL, post_many, in), 0);
    while (taken < 20 * SW_MQTT_INBOX_MESSAGES) {
        struct sw_mqtt_incoming *m = sw_mqtt_inbox_take(in);

        taken += m != NULL;
        free(m);
    }
    pthread_join(sender, NULL);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 0);
    sw_mqtt_inbox_set_patience(in, 2);
    for (int i = 0; i < SW_MQTT_INBOX_MESSAGES + 1; i++)
        mqtt_inbox_post(in, &small);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 1);
    sw_mqtt_inbox_free(in);
}

static void topics_count_too(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came came = message("", 0);
    const size_t fit = SW_MQTT_INBOX_BYTES / 65535;

    (void) state;
    memset(large, 'x', sizeof(large));
    came.topic = large;
    came.topic_len = 40000;
    came.response = large;
    came.response_len = 25535;
    for (size_t i = 0; i < fit + 3; i++)
        mqtt_inbox_post(in, &came);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 3);
    for (size_t i = 0; i < fit; i++)
        free(sw_mqtt_inbox_take(in));
    assert_null(sw_mqtt_inbox_take(in));
    mqtt_inbox_post(in, &came);
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 3);
    sw_mqtt_inbox_free(in);
}

static void a_topic_with_a_nul_is_none(void **state)
{
    struct sw_mqtt_inbox *in = must_make();
    struct mqtt_came came = {.topic = "a\0b", .topic_len = 3, .payload = "", .len = 0};

    (void) state;
    mqtt_inbox_post(in, &came);
    assert_null(sw_mqtt_inbox_take(in));
    came = message("", 0);
    came.response = "r\0";
    came.response_len = 2;
    mqtt_inbox_post(in, &came);
    assert_null(sw_mqtt_inbox_take(in));
    assert_int_equal(sw_mqtt_inbox_dropped_total(in), 2);
    sw_mqtt_inbox_free(in);
}

static void hex_becomes_bytes_up_to_what_is_none(void **state)
{
    static const struct {
        const char *hex, *bytes;
        size_t cap, want;
    } cases[] = {{"", "", 4, 0},       {"00ff7f", "\0\377\177", 4, 3}, {"0", "", 4, 0},
                 {"0aXX", "\n", 4, 1}, {"616263", "ab", 2, 2},         {"0A", "", 4, 0}};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char got[4];
        size_t n = mqtt_unhex(cases[i].hex, strlen(cases[i].hex), got, cases[i].cap);

        CHECK(n == cases[i].want && memcmp(got, cases[i].bytes, n) == 0, "'%s'", cases[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_out_whole_and_ended),
        cmocka_unit_test(what_is_too_large_is_told_without_its_payload),
        cmocka_unit_test(the_box_is_bounded_in_number_and_in_bytes),
        cmocka_unit_test(with_patience_the_sender_waits_for_room_and_nothing_is_dropped),
        cmocka_unit_test(topics_count_too),
        cmocka_unit_test(a_topic_with_a_nul_is_none),
        cmocka_unit_test(hex_becomes_bytes_up_to_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
