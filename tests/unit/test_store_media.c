// SPDX-License-Identifier: Apache-2.0
/* The tables of pictures and of acts: what goes in comes out, what may go first, and files of the version before. */
#include "tests/unit/store_fixture.h"

/* A hash whose 64 digits are all that one. */
static const char *hash(char digit)
{
    static char text[SW_SHA256_SIZE];

    memset(text, digit, sizeof(text) - 1);
    return text;
}

static void put(struct sw_store *s, char digit, const char *ticket, int64_t taken_us, int64_t bytes)
{
    struct sw_store_media m = {.kind = "image",
                               .content_type = "image/jpeg",
                               .camera = "gate",
                               .bytes = bytes,
                               .requested_us = taken_us - 250000,
                               .taken_us = taken_us,
                               .latency_ms = 250,
                               .first_byte_ms = 40,
                               .status = 200};

    snprintf(m.sha256, sizeof(m.sha256), "%s", hash(digit));
    snprintf(m.ticket, sizeof(m.ticket), "%s", ticket);
    assert_int_equal(sw_store_put_media(s, &m), SW_OK);
}

struct listed {
    char said[1024];
    size_t n;
};

static void say(struct listed *l, const char *text)
{
    snprintf(l->said + strlen(l->said), sizeof(l->said) - strlen(l->said), "%s", text);
}

static int list_media(void *ctx, const struct sw_store_media *m, bool is_gone)
{
    struct listed *l = ctx;
    char line[512];

    snprintf(line, sizeof(line), "%.4s %s %s %s/%s/%s %lld %lld-%lld %lld %lld %d '%s'%s\n", m->sha256, m->kind,
             m->content_type, m->camera, m->sensor, m->ticket, (long long) m->bytes, (long long) m->requested_us,
             (long long) m->taken_us, (long long) m->latency_ms, (long long) m->first_byte_ms, m->status, m->error,
             is_gone ? " gone" : "");
    say(l, line);
    l->n++;
    return SW_OK;
}

static int list_oldest(void *ctx, const char *sha256, int64_t bytes)
{
    char line[64];

    snprintf(line, sizeof(line), "%.1s:%lld ", sha256, (long long) bytes);
    say(ctx, line);
    return 0;
}

static int list_acts(void *ctx, const char *kind, const char *subject, int64_t at_us, const char *json, size_t len)
{
    struct listed *l = ctx;
    char line[256];

    snprintf(line, sizeof(line), "%s %s %lld %.*s\n", kind, subject, (long long) at_us, (int) len, json);
    say(l, line);
    l->n++;
    return SW_OK;
}

/* The figures of a row are read back as they were given, over a restart; what is unknown is unknown again. */
static void attempts_come_back_as_they_were_put_also_the_failed_ones(void **state)
{
    struct sw_store_media failed = {.kind = "image",
                                    .camera = "yard",
                                    .sensor = "yard-trigger",
                                    .error = "the camera answers HTTP 404",
                                    .bytes = -1,
                                    .requested_us = 5000,
                                    .taken_us = -1,
                                    .latency_ms = 12,
                                    .first_byte_ms = -1,
                                    .status = 404};
    struct listed l = {""};
    struct sw_store *s = must_open("back.db");

    (void) state;
    put(s, 'a', "sw-7k2m4q5xza", 1000000, 81211);
    assert_int_equal(sw_store_put_media(s, &failed), SW_OK);
    must_sync(s);
    sw_store_close(s);
    s = must_open("back.db");
    assert_int_equal(sw_store_load_media(s, list_media, &l, NULL), SW_OK);
    assert_string_equal(l.said, "aaaa image image/jpeg gate//sw-7k2m4q5xza 81211 750000-1000000 250 40 200 ''\n"
                                " image  yard/yard-trigger/ -1 5000--1 12 -1 404 'the camera answers HTTP 404'\n");
    sw_store_close(s);
}

static void oldest_pictures_go_first_and_those_of_open_tickets_last(void **state)
{
    struct listed l = {""};
    struct sw_store *s = must_open("oldest.db");

    (void) state;
    put_ticket(s, "sw-open", "accepted", 1);
    put_ticket(s, "sw-closed", "closed", 1);
    put(s, 'a', "sw-open", 1000000, 10);
    put(s, 'b', "sw-closed", 2000000, 20);
    put(s, 'c', "", 3000000, 30);
    put(s, 'd', "", 4000000, 40);
    put(s, 'c', "", 5000000, 30); /* the same picture again: as old as its last use */
    put(s, 'e', "", 6000000, 50);
    put(s, 'e', "sw-open", 100000, 50); /* one picture, of an open ticket too */
    put(s, 'f', "sw-unknown", 7000000, 60);
    must_sync(s);
    assert_int_equal(sw_store_oldest_media(s, list_oldest, &l, NULL), SW_OK);
    assert_string_equal(l.said, "b:20 d:40 c:30 f:60 a:10 e:50 ");
    assert_int_equal(sw_store_put_media_gone(s, hash('b'), 8000000), SW_OK);
    assert_int_equal(sw_store_put_media_gone(s, hash('c'), 8000000), SW_OK);
    put_ticket(s, "sw-open", "closed", 1);
    must_sync(s);
    l.said[0] = '\0';
    assert_int_equal(sw_store_oldest_media(s, list_oldest, &l, NULL), SW_OK);
    assert_string_equal(l.said, "a:10 d:40 e:50 f:60 ");
    l = (struct listed){""};
    assert_int_equal(sw_store_load_media(s, list_media, &l, NULL), SW_OK);
    assert_int_equal(l.n, 8); /* the record of what there was stays */
    sw_store_close(s);
}

static void acts_are_kept_in_order_and_read_from_a_time_on(void **state)
{
    struct listed l = {""};
    struct sw_store *s = must_open("acts.db");

    (void) state;
    assert_int_equal(sw_store_put_act(s, "output", "mist-1", 1000, "{\"on\":true}", 11), SW_OK);
    assert_int_equal(sw_store_put_act(s, "write", "led-board", 2000, "{\"register\":7}", 14), SW_OK);
    assert_int_equal(sw_store_put_act(s, "", "x", 3000, "{}", 2), SW_E_INVAL);
    must_sync(s);
    assert_int_equal(sw_store_load_acts(s, 0, list_acts, &l, NULL), SW_OK);
    assert_string_equal(
        l.said, "output mist-1 1000 {\"at_us\":1000,\"kind\":\"output\",\"on\":true,\"subject\":\"mist-1\"}\n"
                "write led-board 2000 {\"at_us\":2000,\"kind\":\"write\",\"register\":7,\"subject\":\"led-board\"}\n");
    l = (struct listed){""};
    assert_int_equal(sw_store_load_acts(s, 1001, list_acts, &l, NULL), SW_OK);
    assert_int_equal(l.n, 1);
    sw_store_close(s);
}

/* Written by the program before this one: it opens, has the new tables, and they take rows. */
static void a_file_of_schema_version_2_takes_pictures_and_acts(void **state)
{
    struct listed l = {""};
    struct sw_store *s;

    (void) state;
    load_dump("dump-2.db", SW_TEST_DATA "/store/schema-2.sql");
    s = must_open("dump-2.db");
    assert_string_equal(sw_store_facts(s)->epoch, "k3f7q2mz");
    put(s, 'a', "sw-7k2m4q5xza", 1000000, 10);
    assert_int_equal(sw_store_put_act(s, "output", "mist-1", 1000, "{}", 2), SW_OK);
    must_sync(s);
    assert_int_equal(sw_store_load_media(s, list_media, &l, NULL), SW_OK);
    assert_int_equal(sw_store_load_acts(s, 0, list_acts, &l, NULL), SW_OK);
    assert_int_equal(l.n, 2);
    sw_store_close(s);
}

static void a_file_of_schema_version_3_opens_with_its_pictures_and_acts(void **state)
{
    struct listed l = {""};
    struct sw_store *s;

    (void) state;
    load_dump("dump-3.db", SW_TEST_DATA "/store/schema-3.sql");
    s = must_open("dump-3.db");
    assert_int_equal(sw_store_load_media(s, list_media, &l, NULL), SW_OK);
    assert_int_equal(sw_store_load_acts(s, 0, list_acts, &l, NULL), SW_OK);
    assert_string_equal(
        l.said, "d41d image image/jpeg gate/gate-camera-trigger/ 81211 1772466063118000-1772466063642000 524 61 "
                "200 ''\n"
                " image  gate//sw-7k2m4q5xza -1 1772466120000000--1 5003 -1 -1 'the camera did not answer within "
                "5000 ms'\n"
                "output mist-1 1772466100000000 {\"on\":true}\n");
    sw_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_come_back_as_they_were_put_also_the_failed_ones),
        cmocka_unit_test(oldest_pictures_go_first_and_those_of_open_tickets_last),
        cmocka_unit_test(acts_are_kept_in_order_and_read_from_a_time_on),
        cmocka_unit_test(a_file_of_schema_version_2_takes_pictures_and_acts),
        cmocka_unit_test(a_file_of_schema_version_3_opens_with_its_pictures_and_acts),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
