// SPDX-License-Identifier: Apache-2.0
/* What goes with the numbers: series, pictures, tickets of the past, the signature; and the ways in: the page and the
 * queue. Minutes are written by hand. */
#include "evidence_fixture.h"

#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/ticket_state.h"
#include "io/jcs.h"

static void the_series_shows_readings_and_their_gaps(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    const int64_t from_us = at("2026-03-02T23:25:00+08:00");
    const json_t *v;
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    for (int i = 0; i < 1800; i++) {
        const struct sw_reading r = {.t_utc_us = from_us + i * S,
                                     .value = i % 2 ? 60 : 70, /* mean by energy: 67.40 */
                                     .sensor = 0,
                                     .quantity = SW_QUANTITY_LAEQ,
                                     .flag = i >= 60 && i < 70 ? 'B' : 'N'};

        assert_int_equal(sw_store_put_readings(core->store, &r, 1, r.t_utc_us + S, NULL), SW_OK);
        if (i % 100 == 99)
            assert_int_equal(sw_store_sync(core->store, PATIENCE_US, NULL), SW_OK);
    }
    g = ask(&a);
    v = json_object_get(json_object_get(g->doc, "series"), "v");
    assert_string_equal(text_at(g->doc, "series", "quantity"), "LAeq_10s");
    assert_int_equal(json_array_size(v), 180);
    for (size_t i = 0; i < 180; i++) {
        const json_t *point = json_array_get(v, i);

        CHECK(i == 6 ? json_is_null(point) : json_number_value(point) == 67.40, "point %zu: %f", i,
              json_number_value(point));
    }
    json_decref(g->doc);
    stop();
}

static void put_slow(int64_t t_us)
{
    const struct sw_reading r = {
        .t_utc_us = t_us, .value = 60 + (double) (t_us / S % 77) / 10, .quantity = SW_QUANTITY_LAEQ, .flag = 'N'};

    assert_int_equal(sw_store_put_readings(core->store, &r, 1, t_us + S, NULL), SW_OK);
}

static int64_t count_blocks(void)
{
    struct sw_db *db = NULL;
    char path[96];
    int64_t n = -1;

    snprintf(path, sizeof(path), "%s/siteward.db", folder);
    assert_int_equal(sw_db_open(path, true, &db, NULL), SW_OK);
    assert_int_equal(sw_db_value(db, "SELECT count(*) FROM block", 0, &n, NULL), SW_OK);
    sw_db_close(db);
    return n;
}

/* The window lies over two clock hours, and begins and ends in the middle of joined blocks. */
static void the_series_is_the_same_when_the_blocks_of_its_hours_were_joined(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:50:00+08:00", 30);
    const int64_t from_us = at("2026-03-02T23:00:00+08:00");
    json_t *before;
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T03:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T01:00:00+08:00");
    for (int i = 0; i < 69 * 12; i++) { /* until 00:09: nothing is joined yet */
        put_slow(from_us + i * 5 * S);
        if (i % 12 == 11)
            assert_int_equal(sw_store_sync(core->store, PATIENCE_US, NULL), SW_OK);
    }
    assert_int_equal(count_blocks(), 68);
    g = ask(&a);
    before = g->doc;
    assert_int_equal(json_array_size(json_object_get(json_object_get(before, "series"), "v")), 180);
    for (int i = 0; i < 40; i++) {
        put_slow(at("2026-03-03T03:00:00+08:00") + i * S);
        assert_int_equal(sw_store_sync(core->store, PATIENCE_US, NULL), SW_OK);
    }
    CHECK(count_blocks() < 10, "%lld blocks", (long long) count_blocks());
    g = ask(&a);
    CHECK(json_equal(json_object_get(g->doc, "series"), json_object_get(before, "series")), "%s",
          json_dumps(json_object_get(g->doc, "series"), JSON_COMPACT));
    json_decref(before);
    json_decref(g->doc);
    stop();
}

static void the_document_is_signed_over_its_one_form_and_the_head(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    static char json[SW_DOCUMENT_MAX], form[SW_DOCUMENT_MAX];
    char hex[65], hex_head[65], text[512];
    unsigned char hash[32];
    json_t *integrity;
    struct sw_chain_head head;
    size_t len;
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    g = ask(&a);
    head = sw_store_head(core->store);
    assert_true(head.n > 0);
    integrity = json_incref(json_object_get(g->doc, "integrity"));
    assert_int_equal(json_integer_value(json_object_get(integrity, "n")), head.n);
    sw_hash_hex(head.hash, hex_head);
    assert_string_equal(json_string_value(json_object_get(integrity, "chain_head")), hex_head);
    json_object_del(g->doc, "integrity");
    len = json_dumpb(g->doc, json, sizeof(json), JSON_COMPACT | JSON_REAL_PRECISION(15));
    assert_int_equal(sw_jcs(json, len, form, sizeof(form), &len, NULL), SW_OK);
    crypto_hash_sha256(hash, (const unsigned char *) form, len);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    assert_string_equal(json_string_value(json_object_get(integrity, "document_sha256")), hex);
    snprintf(text, sizeof(text), "siteward-document/1\ngw-7f3a\n%llu\n%s\n%s\n%s\n", (unsigned long long) head.n,
             hex_head, hex, json_string_value(json_object_get(integrity, "ts")));
    assert_true(sw_key_verify(core->key.public_key, text, strlen(text),
                              json_string_value(json_object_get(integrity, "document_signature"))));
    snprintf(text, sizeof(text), "siteward-head/1\ngw-7f3a\n%llu\n%s\n%s\n", (unsigned long long) head.n, hex_head,
             json_string_value(json_object_get(integrity, "ts")));
    assert_true(sw_key_verify(core->key.public_key, text, strlen(text),
                              json_string_value(json_object_get(integrity, "signature"))));
    json_decref(integrity);
    json_decref(g->doc);
    stop();
}

static void tickets_that_left_the_desk_and_pictures_are_found(void **state)
{
    static char json[SW_TICKET_STATE_MAX];
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    const struct sw_store_media media = {.sha256 = "5e885e885e885e885e885e885e885e885e885e885e885e885e885e885e885e88",
                                         .kind = "image",
                                         .content_type = "image/jpeg",
                                         .camera = "gate",
                                         .bytes = 1,
                                         .requested_us = at("2026-03-02T23:41:00+08:00"),
                                         .taken_us = at("2026-03-02T23:41:03+08:00")};
    static const struct {
        const char *id, *opened, *ended;
        bool is_wanted;
    } cases[] = {
        {"sw-aaaaaaaaaa", "2026-03-02T23:21:00+08:00", "2026-03-03T09:00:00+08:00", true},
        {"sw-bbbbbbbbbb", "2026-03-02T20:00:00+08:00", "2026-03-02T21:24:00+08:00", false}, /* over two hours before */
        {"sw-cccccccccc", "2026-03-02T20:00:00+08:00", "2026-03-02T21:26:00+08:00", true},
        {"sw-dddddddddd", "2026-03-03T00:24:00+08:00", "2026-03-03T09:00:00+08:00", true},
        {"sw-eeeeeeeeee", "2026-03-03T00:26:00+08:00", "2026-03-03T09:00:00+08:00", false}, /* half an hour after */
    };
    struct got *g;

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-20T00:00:00+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_ticket t = {.status = SW_STATUS_CLOSED,
                              .opened_us = at(cases[i].opened),
                              .changed_us = at(cases[i].ended),
                              .ended_us = at(cases[i].ended),
                              .measured_from_us = INT64_MIN,
                              .measured_to_us = INT64_MIN};
        size_t len;

        snprintf(t.id, sizeof(t.id), "%s", cases[i].id);
        snprintf(t.assignee.unit, sizeof(t.assignee.unit), "U");
        len = sw_ticket_state_write(&t, json, sizeof(json));
        assert_int_equal(sw_store_put_ticket(core->store, t.id, "m", "closed", 1, t.changed_us, json, len), SW_OK);
    }
    assert_int_equal(sw_store_put_media(core->store, &media), SW_OK);
    assert_int_equal(sw_store_sync(core->store, PATIENCE_US, NULL), SW_OK);
    g = ask(&a);
    assert_int_equal(g->rc, SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        bool is_there = false;

        for (size_t k = 0; k < g->f.n_tickets; k++)
            is_there |= strcmp(g->f.tickets[k].id, cases[i].id) == 0;
        CHECK(is_there == cases[i].is_wanted, "%s, %s to %s", cases[i].id, cases[i].opened, cases[i].ended);
    }
    assert_string_equal(g->f.tickets[0].id, "sw-dddddddddd"); /* the newest first */
    assert_int_equal(g->f.n_media, 1);
    assert_string_equal(g->f.media[0].sha256, media.sha256);
    assert_int_equal(g->f.media[0].at_us, media.taken_us);
    json_decref(g->doc);
    stop();
}

/* ---- the page ---- */

static void on_page(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    if (!core_page_evidence(ctx, rq, rs))
        sw_http_problem(rs, 404, "another page");
}

static int dial(const char *request)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", folder);
    assert_int_equal(connect(fd, (struct sockaddr *) &addr, sizeof(addr)), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

static void the_page_answers_when_it_has_been_read_also_nobody(void **state)
{
    static const struct {
        const char *arguments, *want[2];
    } cases[] = {
        {"?at=2026-03-02T23:40:00%2B08:00", {"200 OK", "over_limit_unpermitted"}},
        {"?at=2026-03-02T23:40:00%2B08:00&window=PT2M&lang=en&points=10&category=noise&id=q-1", {"200 OK", "\"q-1\""}},
        {"?at=2026-03-02T23:40:00%2B08:00&lat=31.2237&lon=121.5441", {"200 OK", "\"distance_m\":0"}},
        {"?at=2026-03-02T23:40:00%2B08:00&lat=31.2237", {"400 Bad", "lat and lon"}},
        {"?at=2026-03-02T23:40:00%2B08:00&lat=91&lon=0", {"400 Bad", "degrees"}},
        {"?at=2026-03-02T23:40:00%2B08:00&window=30M", {"400 Bad", "PT30M"}},
        {"?at=2026-03-02T23:40:00%2B08:00&lang=fr", {"400 Bad", "lang"}},
        {"?at=2026-03-02T23:40:00%2B08:00&points=0", {"400 Bad", "points"}},
        {"?at=2026-03-02T23:40:00%2B08:00&category=work", {"400 Bad", "category"}},
        {"?at=2027-03-02T23:40:00%2B08:00", {"400 Bad", "future"}},
        {"?at=yesterday", {"400 Bad", "at"}},
        {"", {"400 Bad", "at is missing"}},
    };
    static char answer[SW_DOCUMENT_MAX];
    struct sw_http *http = NULL;
    char path[96], request[256];

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    put_minutes(&loud_night, "2026-03-02T23:00:00+08:00", "2026-03-03T00:20:00+08:00");
    snprintf(path, sizeof(path), "%s/s", folder);
    assert_int_equal(sw_http_new(core->loop, path, on_page, core, &http, NULL), SW_OK);
    close(dial("GET /api/v1/evidence?at=2026-03-02T23:40:00%2B08:00 HTTP/1.1\r\nHost: x\r\n\r\n")); /* gone at once */
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        size_t len = 0;
        int fd;

        snprintf(request, sizeof(request), "GET /api/v1/evidence%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                 cases[i].arguments);
        fd = dial(request);
        for (;;) {
            const ssize_t n = recv(fd, answer + len, sizeof(answer) - 1 - len, MSG_DONTWAIT);

            if (n == 0)
                break;
            if (n > 0)
                len += (size_t) n;
            else
                CHECK(sw_loop_turn(core->loop, PATIENCE_US, NULL) == 1, "%s: no answer comes", cases[i].arguments);
        }
        close(fd);
        answer[len] = '\0';
        for (size_t k = 0; k < 2; k++)
            CHECK(strstr(answer, cases[i].want[k]), "%s: no %s in %.400s", cases[i].arguments, cases[i].want[k],
                  answer);
    }
    sw_http_free(http);
    stop();
}

static void more_questions_than_may_wait_are_refused(void **state)
{
    const struct sw_evidence_ask a = ask_of("2026-03-02T23:40:00+08:00", 30);
    struct got g = {0};
    struct sw_err err = {0};

    (void) state;
    start("Asia/Shanghai", NOISE2, "2026-03-03T00:20:33+08:00");
    for (int i = 0; i < CORE_QUERIES_MAX; i++)
        assert_int_equal(core_evidence_ask(core, &a, take, &g, &err), SW_OK);
    assert_int_equal(core_evidence_ask(core, &a, take, &g, &err), SW_E_FULL);
    assert_non_null(strstr(err.msg, "ask again"));
    while (g.n_calls < 3) /* some are answered, */
        assert_int_equal(sw_loop_turn(core->loop, PATIENCE_US, NULL), 1);
    stop(); /* and the gateway ends before the others are: each is told, once */
    json_decref(g.doc);
    assert_int_equal(g.n_calls, CORE_QUERIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_series_shows_readings_and_their_gaps),
        cmocka_unit_test(the_series_is_the_same_when_the_blocks_of_its_hours_were_joined),
        cmocka_unit_test(the_document_is_signed_over_its_one_form_and_the_head),
        cmocka_unit_test(tickets_that_left_the_desk_and_pictures_are_found),
        cmocka_unit_test(the_page_answers_when_it_has_been_read_also_nobody),
        cmocka_unit_test(more_questions_than_may_wait_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
