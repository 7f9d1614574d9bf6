// SPDX-License-Identifier: Apache-2.0
/* The ring of events and its readers: no socket, no clock. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/sse.h"

#define RETRY "retry: 3000\n\n"

static struct sw_sse *make(size_t bytes, size_t events, size_t clients, uint64_t first_id)
{
    const struct sw_sse_params p = {
        .ring_bytes = bytes, .ring_events = events, .clients = clients, .first_id = first_id};
    struct sw_sse *s = NULL;
    struct sw_err err;

    assert_int_equal(sw_sse_new(&p, &s, &err), SW_OK);
    return s;
}

static void count(void *ctx)
{
    ++*(int *) ctx;
}

static struct sw_sse_reader *listen_to(struct sw_sse *s, const char *last, const char *who, int *wakes)
{
    struct sw_sse_reader *r = NULL;

    assert_int_equal(sw_sse_open(s, last, who, count, wakes, &r), SW_OK);
    return r;
}

static void post(struct sw_sse *s, const char *text)
{
    sw_sse_post(s, "live", text, strlen(text));
}

/* All that a reader has, in pieces of so many bytes. */
static void expect(struct sw_sse_reader *r, size_t piece, const char *wanted)
{
    static char got[100000];
    size_t len = 0;
    ptrdiff_t n;

    while ((n = sw_sse_read(r, got + len, SW_MIN(piece, sizeof(got) - 1 - len))) > 0)
        len += (size_t) n;
    got[len] = '\0';
    assert_int_equal(n, 0);
    assert_string_equal(got, wanted);
}

static void events_come_whole_whatever_the_pieces(void **state)
{
    (void) state;
    for (size_t piece = 1; piece < 80; piece++) {
        struct sw_sse *s = make(4096, 16, 4, 7);
        int wakes = 0;
        struct sw_sse_reader *r = listen_to(s, NULL, "", &wakes);

        post(s, "{\"a\":1}");
        post(s, "");
        expect(r, piece, RETRY "id: 7\nevent: live\ndata: {\"a\":1}\n\nid: 8\nevent: live\ndata: \n\n");
        sw_sse_close(r);
        sw_sse_free(s);
    }
}

static void a_reader_is_woken_once_when_it_had_nothing_to_say(void **state)
{
    struct sw_sse *s = make(4096, 16, 4, 1);
    int wakes = 0;
    struct sw_sse_reader *r = listen_to(s, NULL, "", &wakes);

    (void) state;
    post(s, "1");
    assert_int_equal(wakes, 0); /* it has not been asked yet */
    expect(r, 100, RETRY "id: 1\nevent: live\ndata: 1\n\n");
    post(s, "2");
    post(s, "3");
    assert_int_equal(wakes, 1);
    expect(r, 100, "id: 2\nevent: live\ndata: 2\n\nid: 3\nevent: live\ndata: 3\n\n");
    sw_sse_beat(r);
    assert_int_equal(wakes, 2);
    expect(r, 100, ":\n\n");
    sw_sse_beat(r);
    post(s, "4"); /* an event is sign enough */
    expect(r, 100, "id: 4\nevent: live\ndata: 4\n\n");
    sw_sse_close(r);
    sw_sse_free(s);
}

static void no_document_can_end_its_event_or_begin_another(void **state)
{
    struct sw_sse *s = make(4096, 16, 4, 1);
    int wakes = 0;
    struct sw_sse_reader *r = listen_to(s, NULL, "", &wakes);

    (void) state;
    post(s, "a\n\nid: 99\revent: x\r\nb\n");
    expect(r, 7,
           RETRY "id: 1\nevent: live\ndata: a\ndata: \ndata: id: 99\ndata: event: x\ndata: \ndata: b\ndata: \n\n");
    sw_sse_close(r);
    sw_sse_free(s);
}

static void who_comes_again_resumes_or_begins_anew(void **state)
{
    static const struct {
        const char *last, *wanted;
    } cases[] = {
        {NULL, RETRY},
        {"104", RETRY},
        {"103", RETRY "id: 104\nevent: live\ndata: 4\n\n"},
        {"101", RETRY "id: 102\nevent: live\ndata: 2\n\nid: 103\nevent: live\ndata: 3\n\n"
                      "id: 104\nevent: live\ndata: 4\n\n"},
        {"100", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"0", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"105", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"18446744073709551615", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"+104", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
        {"104 ", RETRY "id: 104\nevent: reset\ndata: {}\n\n"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_sse *s = make(4096, 3, 4, 100); /* three are kept: 102, 103, 104 */
        int wakes = 0;
        struct sw_sse_reader *r;

        for (int n = 0; n < 5; n++) {
            char text[16];

            snprintf(text, sizeof(text), "%d", n);
            post(s, text);
        }
        r = listen_to(s, cases[i].last, "", &wakes);
        expect(r, 11, cases[i].wanted);
        sw_sse_close(r);
        sw_sse_free(s);
    }
}

static void who_falls_out_of_the_ring_is_dropped_and_told_once(void **state)
{
    struct sw_sse *s = make(1000, 100, 4, 1);
    int slow_wakes = 0, fast_wakes = 0;
    struct sw_sse_reader *slow = listen_to(s, NULL, "", &slow_wakes), *fast = listen_to(s, NULL, "", &fast_wakes);
    char buf[2000], text[101];

    (void) state;
    memset(text, 'x', 100);
    text[100] = '\0';
    assert_true(sw_sse_read(slow, buf, sizeof(RETRY) + 5) > 0); /* in the middle of what comes */
    for (int i = 0; i < 30; i++) {
        post(s, text);
        CHECK(sw_sse_read(fast, buf, sizeof(buf)) > 100, "event %d is there", i);
        assert_int_equal(sw_sse_read(fast, buf, sizeof(buf)), 0);
    }
    assert_true(sw_sse_is_over(slow));
    assert_false(sw_sse_is_over(fast));
    assert_int_equal(slow_wakes, 1);
    assert_int_equal(sw_sse_read(slow, buf, sizeof(buf)), -1);
    assert_int_equal(sw_sse_counts(s).dropped_total, 1);
    sw_sse_close(slow);
    sw_sse_close(fast);
    assert_int_equal(sw_sse_counts(s).clients, 0);
    sw_sse_free(s);
}

static void so_many_may_listen_and_a_place_becomes_free(void **state)
{
    struct sw_sse *s = make(0, 0, 3, 1);
    struct sw_sse_reader *r[4] = {0};
    int wakes = 0;

    (void) state;
    for (int i = 0; i < 3; i++)
        r[i] = listen_to(s, NULL, "", &wakes);
    assert_int_equal(sw_sse_open(s, NULL, "", count, &wakes, &r[3]), SW_E_FULL);
    assert_int_equal(sw_sse_counts(s).refused_total, 1);
    r[1] = sw_sse_close(r[1]);
    r[3] = listen_to(s, NULL, "", &wakes);
    for (int i = 0; i < 4; i++)
        sw_sse_close(r[i]);
    sw_sse_free(s);
}

static void an_account_has_its_share_and_no_more(void **state)
{
    struct sw_sse *s = make(0, 0, 0, 1);
    struct sw_sse_reader *r[SW_SSE_CLIENTS_EACH_MAX], *nobody[SW_SSE_CLIENTS_EACH_MAX + 1], *li, *one_more;
    int wakes = 0;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(r); i++)
        r[i] = listen_to(s, NULL, "wang", &wakes);
    assert_int_equal(sw_sse_open(s, NULL, "wang", count, &wakes, &one_more), SW_E_FULL);
    assert_int_equal(sw_sse_counts(s).refused_total, 1);
    li = listen_to(s, NULL, "li", &wakes);
    for (size_t i = 0; i < SW_ARRAY_SIZE(nobody); i++)
        nobody[i] = listen_to(s, NULL, "", &wakes);
    sw_sse_quit(r[3]); /* over, though its client has not gone yet */
    sw_sse_quit(r[3]);
    assert_int_equal(wakes, 1);
    one_more = listen_to(s, NULL, "wang", &wakes);
    assert_false(sw_sse_is_over(one_more) || sw_sse_is_over(r[2]) || sw_sse_is_over(li));
    for (size_t i = 0; i < SW_ARRAY_SIZE(r); i++)
        sw_sse_close(r[i]);
    for (size_t i = 0; i < SW_ARRAY_SIZE(nobody); i++)
        sw_sse_close(nobody[i]);
    sw_sse_close(li);
    sw_sse_close(one_more);
    sw_sse_free(s);
}

static void streams_of_an_account_end_with_it_and_all_with_the_ring(void **state)
{
    struct sw_sse *s = make(0, 0, 0, 1);
    int wakes[3] = {0};
    struct sw_sse_reader *wang = listen_to(s, NULL, "wang", &wakes[0]), *li = listen_to(s, NULL, "li", &wakes[1]),
                         *nobody = listen_to(s, NULL, "", &wakes[2]);
    char buf[100];

    (void) state;
    expect(wang, 100, RETRY);
    expect(li, 100, RETRY);
    sw_sse_end(s, "wang");
    sw_sse_end(s, "wang");
    assert_int_equal(wakes[0], 1);
    assert_int_equal(sw_sse_read(wang, buf, sizeof(buf)), -1);
    assert_int_equal(sw_sse_read(li, buf, sizeof(buf)), 0);
    sw_sse_end(s, "");
    assert_true(sw_sse_is_over(nobody));
    assert_false(sw_sse_is_over(li));
    sw_sse_free(s);
    assert_int_equal(sw_sse_read(li, buf, sizeof(buf)), -1);
    sw_sse_close(wang);
    sw_sse_close(li);
    sw_sse_close(nobody);
}

static void what_does_not_fit_becomes_a_reset(void **state)
{
    struct sw_sse *s = make(1000, 100, 4, 1);
    int wakes = 0;
    struct sw_sse_reader *r = listen_to(s, NULL, "", &wakes);
    char text[252];

    (void) state;
    memset(text, 'x', 251);
    text[251] = '\0';
    post(s, text);
    memset(text, '\n', 200); /* each becomes seven bytes */
    text[200] = '\0';
    post(s, text);
    expect(r, 100, RETRY "id: 1\nevent: reset\ndata: {}\n\nid: 2\nevent: live\ndata: {}\n\n");
    sw_sse_close(r);
    sw_sse_free(s);
}

/* Ten thousand events of random length through a small ring, read in random pieces: each reader sees a run of whole
 * events in order, from where it began. */
static void a_random_walk_loses_nothing_in_the_middle(void **state)
{
    struct sw_sse *s = make(5000, 64, 8, 1);
    static char got[8][1 << 20];
    size_t len[8] = {0};
    struct sw_sse_reader *r[8];
    int wakes = 0;
    char text[300];

    (void) state;
    srand(7);
    for (int i = 0; i < 8; i++)
        r[i] = listen_to(s, NULL, "", &wakes);
    for (int i = 1; i <= 3000; i++) {
        const int n = snprintf(text, sizeof(text), "%d", i), more = rand() % 200;

        memset(text + n, ' ', (size_t) more);
        sw_sse_post(s, "live", text, (size_t) (n + more));
        for (int k = 0; k < 8; k++)
            for (ptrdiff_t m = 1; m > 0 && rand() % (k + 2);) {
                m = sw_sse_read(r[k], got[k] + len[k], (size_t) (rand() % 400 + 1));
                len[k] += m > 0 ? (size_t) m : 0;
            }
    }
    for (int k = 0; k < 8; k++) {
        const char *at = got[k] + strlen(RETRY);
        int wanted = 1, id, n;

        got[k][len[k]] = '\0';
        assert_memory_equal(got[k], RETRY, strlen(RETRY));
        for (; strstr(at, "\n\n"); at = strstr(at, "\n\n") + 2, wanted++) {
            CHECK(sscanf(at, "id: %d\nevent: live\ndata: %d", &id, &n) == 2 && id == wanted && n == wanted,
                  "reader %d, event %d", k, wanted);
        }
        CHECK(wanted > 50, "reader %d saw %d", k, wanted);
        sw_sse_close(r[k]);
    }
    sw_sse_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_whole_whatever_the_pieces),
        cmocka_unit_test(a_reader_is_woken_once_when_it_had_nothing_to_say),
        cmocka_unit_test(no_document_can_end_its_event_or_begin_another),
        cmocka_unit_test(who_comes_again_resumes_or_begins_anew),
        cmocka_unit_test(who_falls_out_of_the_ring_is_dropped_and_told_once),
        cmocka_unit_test(so_many_may_listen_and_a_place_becomes_free),
        cmocka_unit_test(an_account_has_its_share_and_no_more),
        cmocka_unit_test(streams_of_an_account_end_with_it_and_all_with_the_ring),
        cmocka_unit_test(what_does_not_fit_becomes_a_reset),
        cmocka_unit_test(a_random_walk_loses_nothing_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
