// SPDX-License-Identifier: Apache-2.0
/* What a handshake's log says, as the library (1.3.12 with OpenSSL 3) wrote it; and topics as numbers. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "io/mqtt_words.h"

#define BEGIN "20261123 071752.771 SSL handshake started write:unknown:unknown"
#define LINES_MAX 4

static const struct {
    const char *why, *lines[LINES_MAX];
    const char *error; /* of the TLS library */
    enum sw_mqtt_tls tls;
    const char *text;
} handshakes[] = {
    {"a good one",
     {BEGIN, "… SSL certificate verification: X509_V_OK", "… peername from X509_check_host is localhost",
      "… 3 gw-1 -> CONNECT version 5 clean: 0 (0)"},
     NULL,
     SW_MQTT_TLS_NOTHING,
     ""},
    {"an address in the place of a name",
     {BEGIN, "… X509_check_host for hostname 127.0.0.1 failed, rc 0", "… 3 gw-1 -> CONNECT version 5 clean: 0 (0)"},
     NULL,
     SW_MQTT_TLS_NOTHING,
     ""},
    {"another name",
     {BEGIN, "… X509_check_host for hostname localhost failed, rc 0",
      "… SSL alert write:warning:close "
      "notify"},
     NULL,
     SW_MQTT_TLS_WRONG_NAME,
     "the broker's certificate is for another name"},
    {"expired",
     {BEGIN, "… SSL alert write:fatal:certificate expired"},
     "C0E6:error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:x.c:1889:\n",
     SW_MQTT_TLS_NOT_TRUSTED,
     "the broker's certificate is not accepted: certificate expired"},
    {"unknown root",
     {BEGIN, "… SSL alert write:fatal:unknown CA\n"},
     NULL,
     SW_MQTT_TLS_NOT_TRUSTED,
     "the broker's certificate is not accepted: unknown CA"},
    {"revoked, TLS 1.2",
     {BEGIN, "… SSL alert read:fatal:certificate revoked"},
     NULL,
     SW_MQTT_TLS_REFUSED,
     "the broker does not take the certificate of this gateway: certificate revoked"},
    {"refused, TLS 1.3: told by the end alone",
     {BEGIN, "… peername from X509_check_host is localhost", "… 3 gw-1 -> CONNECT version 5 clean: 0 (-1)"},
     NULL,
     SW_MQTT_TLS_REFUSED,
     "the broker does not take the certificate of this gateway"},
    {"no such file",
     {NULL},
     "C0E6:error:10000080:BIO routines:BIO_new_file:no such file:../crypto/bio/bss_file.c:75:\n",
     SW_MQTT_TLS_FILES,
     "TLS cannot begin: no such file"},
    {"an old broker",
     {BEGIN},
     "C0E6:error:0A00014D:SSL routines:tls_process_ske:legacy sigalg disallowed or unsupported:s.c:2254:\n",
     SW_MQTT_TLS_BROKEN,
     "TLS failed: legacy sigalg disallowed or unsupported"},
    {"what was before does not count",
     {"… SSL alert read:fatal:certificate revoked", BEGIN, "… peername from X509_check_host is localhost"},
     NULL,
     SW_MQTT_TLS_NOTHING,
     ""},
};

static void a_handshake_is_told_in_words(void **state)
{
    char text[128];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(handshakes); i++) {
        struct mqtt_words w = {0};

        for (size_t k = 0; k < LINES_MAX && handshakes[i].lines[k]; k++)
            mqtt_words_take(&w, handshakes[i].lines[k]);
        if (handshakes[i].error)
            mqtt_words_take_error(&w, handshakes[i].error, strlen(handshakes[i].error));
        mqtt_words_text(&w, text, sizeof(text));
        CHECK(w.tls == handshakes[i].tls && strcmp(text, handshakes[i].text) == 0, "%s: %d '%s'", handshakes[i].why,
              (int) w.tls, text);
    }
}

static void any_bytes_are_taken_without_harm(void **state)
{
    static const char *const lines[] = {"",
                                        ":",
                                        "::::::::",
                                        "error:SSL routines",
                                        "SSL alert read:fatal:",
                                        "-> CONNECT version",
                                        "\xff\xfe:\xff:::\xff:"};
    char text[16];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(lines); i++) {
        struct mqtt_words w = {0};

        mqtt_words_take_error(&w, lines[i], strlen(lines[i]));
        mqtt_words_take(&w, lines[i]);
        mqtt_words_text(&w, text, sizeof(text));
        assert_true(strlen(text) < sizeof(text));
    }
}

static void answers_of_3_1_1_have_the_reasons_of_5(void **state)
{
    static const int want[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87, 6, 7};

    (void) state;
    for (int i = 0; i < (int) SW_ARRAY_SIZE(want); i++)
        assert_int_equal(mqtt_reason_of_connack(i), want[i]);
    assert_int_equal(mqtt_reason_of_connack(0x8e), 0x8e);
    assert_int_equal(mqtt_reason_of_connack(-1), -1);
}

static void a_topic_keeps_its_number_and_no_more_get_one_than_the_broker_takes(void **state)
{
    struct mqtt_aliases a = {.max = 3};
    char topic[32];
    bool is_new;

    (void) state;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5; i++) {
            snprintf(topic, sizeof(topic), "sensor/s-%d/live", i);
            assert_int_equal(mqtt_alias_of(&a, topic, &is_new), i < 3 ? i + 1 : 0);
            assert_int_equal(is_new, round == 0 && i < 3);
        }
    mqtt_aliases_free(&a);
    a.max = UINT16_MAX;
    for (int i = 0; i < MQTT_ALIASES_MAX + 5; i++) {
        snprintf(topic, sizeof(topic), "sensor/s-%d/live", i);
        assert_int_equal(mqtt_alias_of(&a, topic, &is_new), i < MQTT_ALIASES_MAX ? i + 1 : 0);
    }
    mqtt_aliases_free(&a);
}

/* A number that was never said beside its topic means nothing to the broker. */
static void a_number_that_could_not_be_sent_is_taken_back(void **state)
{
    struct mqtt_aliases a = {.max = 3};
    bool is_new;

    (void) state;
    assert_int_equal(mqtt_alias_of(&a, "a", &is_new), 1);
    assert_int_equal(mqtt_alias_of(&a, "b", &is_new), 2);
    mqtt_alias_drop(&a);
    assert_int_equal(mqtt_alias_of(&a, "c", &is_new), 2);
    assert_true(is_new);
    assert_int_equal(mqtt_alias_of(&a, "b", &is_new), 3);
    assert_true(is_new);
    mqtt_aliases_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_is_told_in_words),
        cmocka_unit_test(any_bytes_are_taken_without_harm),
        cmocka_unit_test(answers_of_3_1_1_have_the_reasons_of_5),
        cmocka_unit_test(a_topic_keeps_its_number_and_no_more_get_one_than_the_broker_takes),
        cmocka_unit_test(a_number_that_could_not_be_sent_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
