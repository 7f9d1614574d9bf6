// SPDX-License-Identifier: Apache-2.0
/* The hub's file: what was put comes back to a reader as it was, the same again changes nothing, numbers and gaps are
 * those that came, and what is too old goes. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "hub/store.h"

#define SITE "siteward/1/310115/pd-0042/"
#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)
#define NOW_US 1772500000000000LL /* 2026-03-03 */

struct hub_fixture {
    char folder[64], path[80];
    struct hub_store_params params;
    struct hub_store *store;
    struct hub_reader *reader;
};

static int set_up(void **state)
{
    struct hub_fixture *f = calloc(1, sizeof(*f));
    struct sw_err err = {0};

    strcpy(f->folder, "/tmp/hub-store-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/hub.db", f->folder);
    f->params = (struct hub_store_params){.path = f->path,
                                          .keep_minutes_us = 10 * DAY_US,
                                          .keep_windows_us = 100 * DAY_US,
                                          .keep_records_us = 100 * DAY_US};
    CHECK(hub_store_open(&f->params, &f->store, &err) == SW_OK, "%s", err.msg);
    CHECK(hub_reader_open(f->path, &f->reader, &err) == SW_OK, "%s", err.msg);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct hub_fixture *f = *state;
    char command[128];

    hub_reader_close(f->reader);
    hub_store_close(f->store);
    snprintf(command, sizeof(command), "rm -r %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static char *example(const char *name)
{
    char path[512];
    char *text = calloc(1, 64 * 1024);
    FILE *f;

    snprintf(path, sizeof(path), SW_TEST_DATA "/contract/%s.json", name);
    f = fopen(path, "re");
    CHECK(f != NULL, "no %s", path);
    CHECK(fread(text, 1, 64 * 1024 - 1, f) > 0, "%s is empty", path);
    fclose(f);
    return text;
}

static enum hub_put put_text(struct hub_fixture *f, const char *topic, const char *text, bool is_retained,
                             int64_t now_us)
{
    struct hub_document d = {0};
    enum hub_put ret;
    struct sw_err err = {0};

    CHECK(hub_place_read("siteward", topic, &d.place, &err) == SW_OK, "%s: %s", topic, err.msg);
    CHECK(hub_document_read(&d, text, strlen(text), &err) == SW_OK, "%s: %s", topic, err.msg);
    CHECK(hub_store_begin(f->store, &err) == SW_OK, "%s", err.msg);
    CHECK(hub_store_put(f->store, &d, is_retained, now_us, &ret, &err) == SW_OK, "%s: %s", topic, err.msg);
    CHECK(hub_store_commit(f->store, &err) == SW_OK, "%s", err.msg);
    hub_document_done(&d);
    return ret;
}

static enum hub_put put(struct hub_fixture *f, const char *topic, const char *file)
{
    char *text = example(file);
    const enum hub_put ret = put_text(f, topic, text, false, NOW_US);

    free(text);
    return ret;
}

static enum hub_put put_window(struct hub_fixture *f, const char *epoch, int64_t seq, const char *period,
                               int64_t from_us)
{
    char text[600], from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE], topic[128];

    sw_time_format(NULL, from_us, from);
    sw_time_format(NULL, from_us + 60 * SW_US_PER_S, to);
    snprintf(text, sizeof(text),
             "{\"schema\":\"siteward.agg/"
             "1.0\",\"ts\":\"%s\",\"id\":\"north:%s:%s\",\"gw\":\"gw-1\",\"epoch\":\"%s\",\"seq\":"
             "%lld,\"from\":\"%s\",\"to\":\"%s\",\"period\":\"%s\",\"values\":{\"LAeq\":61.80}}",
             to, period, from, epoch, (long long) seq, from, to, period);
    snprintf(topic, sizeof(topic), SITE "sensor/north/agg/%s", period);
    return put_text(f, topic, text, false, NOW_US);
}

/* ---- what a reader tells ---- */

struct seen_text {
    int n;
    char key[64], text[64 * 1024];
    int64_t at_us;
};

static int take_text(void *ctx, const struct hub_text_row *row)
{
    struct seen_text *to = ctx;

    to->n++;
    to->at_us = row->at_us;
    snprintf(to->key, sizeof(to->key), "%s", row->key);
    snprintf(to->text, sizeof(to->text), "%.*s", (int) row->len, row->text ? row->text : "");
    return 0;
}

static struct seen_text seen;

static void forget(void)
{
    memset(&seen, 0, sizeof(seen));
}

static void expect_example(const char *name, int n)
{
    char *text = example(name);

    assert_int_equal(seen.n, n);
    assert_string_equal(seen.text, text);
    free(text);
    forget();
}

static void documents_come_back_as_they_were(void **state)
{
    struct hub_fixture *f = *state;
    struct sw_err err = {0};

    forget();
    assert_int_equal(put(f, SITE "sensor/north-gate-noise/agg/1h", "agg"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "ticket/sw-7k2m4q5xza", "ticket"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "ticket/sw-7k2m4q5xza/event", "ticket-event"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "sensor/gate-camera-trigger/event", "event"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "cmd/complaint", "complaint"), HUB_PUT_NEW);
    assert_int_equal(put(f, "siteward/1/310115/pd-none/cmd/complaint", "complaint"), HUB_PUT_IGNORED);
    assert_int_equal(put(f, SITE "schedule", "schedule"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "sensor/north-gate-noise/state", "state"), HUB_PUT_NEW);
    assert_int_equal(put(f, SITE "gw/gw-7f3a/alert/sw-s031-north-gate-pm10", "alert"), HUB_PUT_NEW);
    assert_int_equal(hub_read_windows(f->reader, 1, "north-gate-noise", "1h", 0, INT64_MAX, take_text, &seen, &err),
                     SW_OK);
    assert_string_equal(seen.key, "north-gate-noise");
    expect_example("agg", 1);
    assert_int_equal(hub_read_ticket_revisions(f->reader, 1, "sw-7k2m4q5xza", take_text, &seen, &err), SW_OK);
    assert_string_equal(seen.key, "accepted");
    expect_example("ticket", 1);
    assert_int_equal(hub_read_ticket_events(f->reader, 1, "sw-7k2m4q5xza", take_text, &seen, &err), SW_OK);
    assert_string_equal(seen.key, "accept");
    expect_example("ticket-event", 1);
    assert_int_equal(hub_read_events(f->reader, 1, 0, INT64_MAX, take_text, &seen, &err), SW_OK);
    expect_example("event", 1);
    assert_int_equal(hub_read_complaints(f->reader, 0, 0, INT64_MAX, take_text, &seen, &err), SW_OK);
    expect_example("complaint", 1);
    assert_int_equal(hub_read_states(f->reader, 1, "sensor/*/state", take_text, &seen, &err), SW_OK);
    expect_example("state", 1);
    assert_int_equal(hub_read_alerts(f->reader, 0, true, take_text, &seen, &err), SW_OK);
    expect_example("alert", 1);
    assert_int_equal(hub_read_schedule(f->reader, 1, NOW_US, take_text, &seen, &err), 1);
    expect_example("schedule", 1);
    assert_int_equal(hub_read_schedule(f->reader, 1, 0, take_text, &seen, &err), 0);
}

static void the_same_again_changes_nothing(void **state)
{
    static const char *const given[][2] = {
        {SITE "sensor/north-gate-noise/agg/1h", "agg"},
        {SITE "sensor/north-gate-noise/backfill/1h", "agg"},
        {SITE "ticket/sw-7k2m4q5xza", "ticket"},
        {SITE "ticket/sw-7k2m4q5xza/event", "ticket-event"},
        {SITE "sensor/gate-camera-trigger/event", "event"},
        {SITE "cmd/complaint", "complaint"},
        {SITE "schedule", "schedule"},
        {SITE "gw/gw-7f3a/checkpoint", "checkpoint"},
        {SITE "gw/gw-7f3a/gap", "gap"},
        {SITE "gw/gw-7f3a/status", "status"},
        {SITE "gw/gw-7f3a/info", "info"},
        {SITE "summary", "summary"},
        {SITE "gw/gw-7f3a/alert/sw-s031-north-gate-pm10", "alert"},
    };
    struct hub_fixture *f = *state;

    for (size_t i = 0; i < SW_ARRAY_SIZE(given); i++)
        put(f, given[i][0], given[i][1]);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < SW_ARRAY_SIZE(given); i++)
            CHECK(put(f, given[i][0], given[i][1]) == HUB_PUT_REPEATED, "%s", given[i][0]);
}

static int take_ticket(void *ctx, const struct hub_ticket_row *row)
{
    *(struct hub_ticket_row *) ctx = *row;
    return 0;
}

/* The example with another revision and status. */
static enum hub_put put_ticket(struct hub_fixture *f, int revision, const char *status)
{
    char *text = example("ticket"), changed[64 * 1024];
    const char *at = strstr(text, "\"revision\": 5"), *word = strstr(text, "\"status\": \"accepted\"");
    enum hub_put ret;

    CHECK(at && word && at < word, "the example is another one");
    snprintf(changed, sizeof(changed), "%.*s\"revision\": %d%.*s\"status\": \"%s\"%s", (int) (at - text), text,
             revision, (int) (word - at - 13), at + 13, status, word + strlen("\"status\": \"accepted\""));
    ret = put_text(f, SITE "ticket/sw-7k2m4q5xza", changed, false, NOW_US);
    free(text);
    return ret;
}

static void the_newest_revision_of_a_ticket_wins_and_the_others_are_its_history(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_ticket_row row = {0};
    struct sw_err err = {0};

    assert_int_equal(put_ticket(f, 5, "accepted"), HUB_PUT_NEW);
    assert_int_equal(put_ticket(f, 7, "closed"), HUB_PUT_NEW);
    assert_int_equal(put_ticket(f, 6, "resolved"), HUB_PUT_NEW); /* late */
    assert_int_equal(put_ticket(f, 6, "resolved"), HUB_PUT_REPEATED);
    assert_int_equal(hub_read_ticket(f->reader, 0, "sw-7k2m4q5xza", take_ticket, &row, &err), 1);
    assert_int_equal(row.revision, 7);
    forget();
    hub_read_ticket_revisions(f->reader, 1, "sw-7k2m4q5xza", take_text, &seen, &err);
    assert_int_equal(seen.n, 3);
    assert_string_equal(seen.key, "closed");
    assert_int_equal(hub_read_ticket(f->reader, 0, "sw-nobody", take_ticket, &row, &err), 0);
}

static int count_ticket(void *ctx, const struct hub_ticket_row *row)
{
    (void) row;
    ++*(int *) ctx;
    return 0;
}

static void tickets_are_found_by_site_state_and_page(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_ticket_query q = {
        .from_us = INT64_MIN, .to_us = INT64_MAX, .before_us = INT64_MAX, .before_id = INT64_MAX};
    struct hub_ticket_row row = {0};
    struct sw_err err = {0};
    int n = 0;

    for (int i = 0; i < 7; i++) {
        char *text = example("ticket"), topic[80];

        memcpy(strstr(text, "sw-7k2m4q5xza"), "sw-aaaaaaaaa", 12);
        *(strstr(text, "sw-aaaaaaaaa") + 12) = (char) ('a' + i);
        snprintf(topic, sizeof(topic), "siteward/1/310115/pd-000%d/ticket/sw-aaaaaaaaa%c", i % 2, 'a' + i);
        put_text(f, topic, text, false, NOW_US);
        free(text);
    }
    q.limit = 3;
    for (int page = 0; page < 4; page++) {
        int on_page = 0;

        hub_read_tickets(f->reader, &q, count_ticket, &on_page, &err);
        assert_int_equal(on_page, page < 2 ? 3 : page == 2 ? 1 : 0);
        q.limit = (size_t) SW_MAX(on_page, 1);
        for (size_t left = q.limit; left > 0 && on_page > 0; left--) { /* the cursor of its last row */
            q.limit = 1;
            hub_read_tickets(f->reader, &q, take_ticket, &row, &err);
            q.before_us = row.changed_us;
            q.before_id = row.id;
            n++;
        }
        q.limit = 3;
    }
    assert_int_equal(n, 7);
    q = (struct hub_ticket_query){
        .site = 2, .from_us = INT64_MIN, .to_us = INT64_MAX, .before_us = INT64_MAX, .before_id = INT64_MAX};
    n = 0;
    hub_read_tickets(f->reader, &q, count_ticket, &n, &err);
    assert_int_equal(n, 3);
    q.status = "open*";
    hub_read_tickets(f->reader, &q, count_ticket, &n, &err);
    assert_int_equal(n, 6);
    q.status = "closed";
    hub_read_tickets(f->reader, &q, count_ticket, &n, &err);
    assert_int_equal(n, 6);
}

/* ---- numbers ---- */

struct gaps {
    int n_open, n_closed;
    char open[200];
};

static int take_gap(void *ctx, const struct hub_gap_row *row)
{
    struct gaps *g = ctx;
    const size_t len = strlen(g->open);

    g->n_closed += row->closed_us != INT64_MIN;
    if (row->closed_us != INT64_MIN)
        return 0;
    g->n_open++;
    snprintf(g->open + len, sizeof(g->open) - len, "%s:%lld-%lld ", row->epoch, (long long) row->run.from,
             (long long) row->run.to);
    return 0;
}

static struct gaps gaps_of(struct hub_fixture *f, int64_t now_us)
{
    struct gaps g = {0};
    struct sw_err err = {0};

    CHECK(hub_store_mark_gaps(f->store, now_us, &err) == SW_OK, "%s", err.msg);
    CHECK(hub_read_gaps(f->reader, 0, false, take_gap, &g, &err) == SW_OK, "%s", err.msg);
    return g;
}

static void what_is_missing_is_marked_until_it_comes(void **state)
{
    struct hub_fixture *f = *state;
    struct gaps g;

    put_window(f, "e1", 10, "1m", NOW_US);
    assert_string_equal(gaps_of(f, NOW_US).open, "");
    put_window(f, "e1", 20, "1m", NOW_US + 60000000);
    put_window(f, "e2", 5, "1m", NOW_US + 120000000);
    put_window(f, "e2", 7, "1m", NOW_US + 180000000);
    assert_string_equal(gaps_of(f, NOW_US + 1).open, "e1:11-19 e2:6-6 ");
    put_window(f, "e1", 15, "1m", NOW_US + 240000000);
    assert_string_equal(gaps_of(f, NOW_US + 2).open, "e1:11-14 e1:16-19 e2:6-6 ");
    for (int seq = 11; seq < 20; seq++)
        if (seq != 15)
            put_window(f, "e1", seq, "1m", NOW_US + seq * 600000000LL);
    g = gaps_of(f, NOW_US + 3);
    assert_string_equal(g.open, "e2:6-6 ");
    assert_int_equal(g.n_closed, 2);
}

static void marks_and_numbers_survive_a_start(void **state)
{
    struct hub_fixture *f = *state;
    struct sw_err err = {0};

    put_window(f, "e1", 10, "1m", NOW_US);
    put_window(f, "e1", 20, "1m", NOW_US + 60000000);
    f->store = hub_store_close(f->store); /* before they were marked */
    CHECK(hub_store_open(&f->params, &f->store, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(gaps_of(f, NOW_US).open, "e1:11-19 ");
    assert_int_equal(put_window(f, "e1", 20, "1m", NOW_US + 60000000), HUB_PUT_REPEATED);
}

/* Retained documents are the newest of each topic: what lies between them was sent before our time. */
static void what_was_retained_begins_no_gap(void **state)
{
    struct hub_fixture *f = *state;
    char *text = example("ticket");

    put_text(f, SITE "ticket/sw-7k2m4q5xza", text, true, NOW_US); /* 918455 */
    free(text);
    assert_string_equal(gaps_of(f, NOW_US).open, "");
    put(f, SITE "sensor/north-gate-noise/agg/1h", "agg"); /* 918471 */
    assert_string_equal(gaps_of(f, NOW_US).open, "");
}

static void what_a_rollback_took_back_is_missing_again(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_document d = {0};
    enum hub_put ret;
    struct sw_err err = {0};
    char *text = example("agg");

    put(f, SITE "gw/gw-7f3a/checkpoint", "checkpoint"); /* 918233 */
    hub_place_read("siteward", SITE "sensor/north-gate-noise/agg/1h", &d.place, &err);
    hub_document_read(&d, text, strlen(text), &err);
    hub_store_begin(f->store, &err);
    assert_int_equal(hub_store_put(f->store, &d, false, NOW_US, &ret, &err), SW_OK);
    hub_store_rollback(f->store);
    assert_string_equal(gaps_of(f, NOW_US).open, "");
    assert_int_equal(put(f, SITE "sensor/north-gate-noise/agg/1h", "agg"), HUB_PUT_NEW);
    assert_string_equal(gaps_of(f, NOW_US).open, "k3f7q2mz:918234-918470 ");
    free(text);
}

/* ---- gateways, sites, alerts ---- */

static int take_gateway(void *ctx, const struct hub_gateway_row *row)
{
    snprintf(ctx, 64, "%s %s %lld", row->state, row->boot, (long long) row->state_us);
    return 0;
}

static const char *gateway(struct hub_fixture *f)
{
    static char text[64];
    struct sw_err err = {0};

    text[0] = '\0';
    hub_read_gateways(f->reader, 0, take_gateway, text, &err);
    return text;
}

static void put_status(struct hub_fixture *f, const char *said, const char *boot, int64_t now_us)
{
    char text[300];

    snprintf(text, sizeof(text),
             "{\"schema\":\"siteward.status/"
             "1.0\",\"state\":\"%s\",\"boot\":\"%s\",\"since\":\"2026-03-02T18:00:02.114+08:00\"%s}",
             said, boot, strcmp(said, "lost") ? ",\"ts\":\"2026-03-02T18:00:02.114+08:00\"" : "");
    put_text(f, SITE "gw/gw-7f3a/status", text, false, now_us);
}

static void a_will_counts_for_its_own_boot_with_the_time_of_its_first_receipt(void **state)
{
    struct hub_fixture *f = *state;

    put_status(f, "ready", "B1", 100);
    assert_string_equal(gateway(f), "ready B1 100");
    put_status(f, "ready", "B2", 200);
    put_status(f, "lost", "B1", 300);
    assert_string_equal(gateway(f), "ready B2 200");
    put_status(f, "lost", "B2", 400);
    put_status(f, "lost", "B2", 500); /* it is retained: it comes with each connection */
    assert_string_equal(gateway(f), "lost B2 400");
    put_status(f, "ready", "B2", 600);
    assert_string_equal(gateway(f), "ready B2 600");
}

static int take_lost(void *ctx, const struct hub_site_row *row)
{
    *(int64_t *) ctx = row->lost_us;
    return 0;
}

static void a_site_says_since_when_a_gateway_of_it_is_lost(void **state)
{
    struct hub_fixture *f = *state;
    struct sw_err err = {0};
    int64_t lost_us = 0;

    put_status(f, "ready", "B1", 100);
    assert_int_equal(hub_read_site(f->reader, NULL, "pd-0042", take_lost, &lost_us, &err), 1);
    assert_true(lost_us == INT64_MIN);
    put_status(f, "lost", "B1", 300);
    assert_int_equal(hub_read_site(f->reader, "310115", "pd-0042", take_lost, &lost_us, &err), 1);
    assert_true(lost_us == 300);
    assert_int_equal(hub_read_site(f->reader, "310116", "pd-0042", take_lost, &lost_us, &err), 0);
}

static void a_will_that_is_all_that_is_known_counts(void **state)
{
    put_status(*state, "lost", "B1", 100);
    assert_string_equal(gateway(*state), "lost B1 100");
}

static int count_site(void *ctx, const struct hub_site_row *row)
{
    int *n = ctx;

    ++*n;
    assert_string_equal(row->name, "丁香路 12-3 地块");
    assert_int_equal(row->lamp, HUB_LAMP_OVER);
    assert_int_equal(row->open_tickets, 1);
    assert_true(row->has_point && row->lat > 31.2236 && row->lat < 31.2238);
    return 0;
}

static void sites_are_found_in_a_box_by_their_lamp(void **state)
{
    static const struct {
        double west, south, east, north;
        enum hub_lamp at_least;
        int n;
    } cases[] = {
        {121, 31, 122, 32, HUB_LAMP_UNKNOWN, 1},
        {121, 31, 122, 32, HUB_LAMP_OVER, 1},
        {122, 31, 123, 32, HUB_LAMP_UNKNOWN, 0},
        {121.5441, 31.2237, 121.5441, 31.2237, HUB_LAMP_OK, 1},
    };
    struct hub_fixture *f = *state;
    struct sw_err err = {0};

    put(f, SITE "gw/gw-7f3a/info", "info");
    put(f, SITE "summary", "summary");
    put(f, SITE "ticket/sw-7k2m4q5xza", "ticket");
    put(f, "siteward/1/310115/pd-9999/schedule", "schedule"); /* without a place */
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct hub_site_query q = {.has_box = true,
                                         .west = cases[i].west,
                                         .south = cases[i].south,
                                         .east = cases[i].east,
                                         .north = cases[i].north,
                                         .at_least = cases[i].at_least};
        int n = 0;

        assert_int_equal(hub_read_sites(f->reader, &q, count_site, &n, &err), SW_OK);
        CHECK(n == cases[i].n, "case %zu: %d", i, n);
    }
}

static void an_alert_ends_with_its_deletion_and_begins_anew_with_another_instant(void **state)
{
    struct hub_fixture *f = *state;
    const char *topic = SITE "gw/gw-7f3a/alert/sw-s031-north-gate-pm10";
    char *text = example("alert");
    struct sw_err err = {0};

    assert_int_equal(put_text(f, topic, text, false, 100), HUB_PUT_NEW);
    assert_int_equal(put_text(f, topic, "", false, 200), HUB_PUT_NEW);
    assert_int_equal(put_text(f, topic, "", false, 300), HUB_PUT_REPEATED);
    assert_int_equal(put_text(f, topic, text, false, 400), HUB_PUT_NEW);
    memcpy(strstr(text, "T00:00:00"), "T11:20:00", 9);
    assert_int_equal(put_text(f, topic, text, false, 500), HUB_PUT_NEW);
    forget();
    hub_read_alerts(f->reader, 1, true, take_text, &seen, &err);
    assert_int_equal(seen.n, 1);
    assert_string_equal(seen.text, text);
    forget();
    hub_read_alerts(f->reader, 1, false, take_text, &seen, &err);
    assert_int_equal(seen.n, 3);
    free(text);
}

/* The clock of the gateway against ours, by the quickest way that was seen. */
static int take_skew(void *ctx, const struct hub_gateway_row *row)
{
    *(int64_t *) ctx = row->skew_us;
    return 0;
}

static void the_difference_of_clocks_is_that_of_the_quickest_document(void **state)
{
    struct hub_fixture *f = *state;
    char *text = example("health");
    int64_t ts_us = 0, skew_us = 0;
    struct sw_err err = {0};

    assert_int_equal(sw_time_parse("2026-03-02T23:41:00.000+08:00", 29, &ts_us, &err), SW_OK);
    put_text(f, SITE "gw/gw-7f3a/health", text, true, ts_us + 90000000); /* retained: however old */
    put_text(f, SITE "gw/gw-7f3a/health", text, false, ts_us + 900000);
    put_text(f, SITE "gw/gw-7f3a/health", text, false, ts_us + 500000);
    hub_read_gateways(f->reader, 0, take_skew, &skew_us, &err);
    assert_int_equal(skew_us, 500000);
    put_text(f, SITE "gw/gw-7f3a/health", text, false, ts_us + 1300000);
    hub_read_gateways(f->reader, 0, take_skew, &skew_us, &err);
    assert_int_equal(skew_us, 600000);
    free(text);
}

/* ---- ceilings and age ---- */

static void above_a_ceiling_a_document_is_refused_and_the_next_is_not(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_document d = {0};
    struct sw_err err = {0};
    enum hub_put ret;
    char *text = example("summary");

    for (int i = 0; i <= HUB_GATEWAYS_A_SITE_MAX; i++) {
        char topic[100], *status = example("status");
        int rc;

        snprintf(topic, sizeof(topic), SITE "gw/gw-%d/status", i);
        d = (struct hub_document){0};
        hub_place_read("siteward", topic, &d.place, &err);
        hub_document_read(&d, status, strlen(status), &err);
        hub_store_begin(f->store, &err);
        rc = hub_store_put(f->store, &d, false, NOW_US, &ret, &err);
        CHECK(rc == (i < HUB_GATEWAYS_A_SITE_MAX ? SW_OK : SW_E_INVAL) && err.detail == 0, "gateway %d: %d", i, rc);
        hub_store_commit(f->store, &err);
        free(status);
    }
    assert_int_equal(put_text(f, SITE "summary", text, false, NOW_US), HUB_PUT_NEW);
    free(text);
}

static int n_windows(struct hub_fixture *f, const char *period)
{
    struct sw_err err = {0};

    forget();
    hub_read_windows(f->reader, 1, "north", period, 0, INT64_MAX, take_text, &seen, &err);
    return seen.n;
}

static void what_is_too_old_goes_each_class_by_its_own_age(void **state)
{
    struct hub_fixture *f = *state;
    struct sw_err err = {0};

    put_window(f, "e1", 1, "1m", NOW_US - 11 * DAY_US);
    put_window(f, "e1", 2, "1m", NOW_US - 9 * DAY_US);
    put_window(f, "e1", 3, "1h", NOW_US - 11 * DAY_US);
    put_window(f, "e1", 4, "night", NOW_US - 101 * DAY_US);
    put_window(f, "e1", 5, "1h", NOW_US - 101 * DAY_US);
    assert_int_equal(hub_store_expire(f->store, NOW_US, &err), SW_OK);
    assert_int_equal(n_windows(f, "1m"), 1);
    assert_int_equal(n_windows(f, "1h"), 1);
    assert_int_equal(n_windows(f, "night"), 0);
}

static void open_tickets_stay_however_old_and_closed_ones_go_with_their_history(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_ticket_row row = {0};
    struct sw_err err = {0};

    put_ticket(f, 5, "accepted");
    while (hub_store_expire(f->store, NOW_US + 1000 * DAY_US, &err) == 1)
        ;
    assert_int_equal(hub_read_ticket(f->reader, 1, "sw-7k2m4q5xza", take_ticket, &row, &err), 1);
    put_ticket(f, 6, "closed");
    for (int i = 0; i < 3; i++)
        assert_true(hub_store_expire(f->store, NOW_US + 1000 * DAY_US, &err) >= 0);
    assert_int_equal(hub_read_ticket(f->reader, 1, "sw-7k2m4q5xza", take_ticket, &row, &err), 0);
    forget();
    hub_read_ticket_revisions(f->reader, 1, "sw-7k2m4q5xza", take_text, &seen, &err);
    assert_int_equal(seen.n, 0);
}

static void the_schedule_that_holds_stays(void **state)
{
    struct hub_fixture *f = *state;
    struct sw_err err = {0};

    put(f, SITE "schedule", "schedule");
    assert_int_equal(hub_store_expire(f->store, NOW_US + 1000 * DAY_US, &err), SW_OK);
    assert_int_equal(hub_read_schedule(f->reader, 1, NOW_US + 1000 * DAY_US, take_text, &seen, &err), 1);
}

static void above_the_ceiling_of_bytes_the_oldest_minutes_go(void **state)
{
    struct hub_fixture *f = *state;
    struct hub_counts counts;
    struct sw_err err = {0};
    int rc = 1;

    for (int i = 0; i < 600; i++)
        put_window(f, "e1", i + 1, "1m", NOW_US - (600 - i) * 60 * SW_US_PER_S);
    assert_int_equal(hub_read_counts(f->reader, &counts, &err), SW_OK);
    assert_int_equal(counts.sites, 1);
    assert_int_equal(n_windows(f, "1m"), 600);
    f->store = hub_store_close(f->store);
    f->params.max_bytes = counts.bytes / 2;
    CHECK(hub_store_open(&f->params, &f->store, &err) == SW_OK, "%s", err.msg);
    for (int i = 0; i < 20 && rc == 1; i++)
        rc = hub_store_expire(f->store, NOW_US, &err);
    CHECK(n_windows(f, "1m") < 600, "%d are left", seen.n);
    assert_int_equal(seen.at_us, NOW_US - 60 * SW_US_PER_S); /* the newest is there */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(documents_come_back_as_they_were),
        TEST(the_same_again_changes_nothing),
        TEST(the_newest_revision_of_a_ticket_wins_and_the_others_are_its_history),
        TEST(tickets_are_found_by_site_state_and_page),
        TEST(what_is_missing_is_marked_until_it_comes),
        TEST(marks_and_numbers_survive_a_start),
        TEST(what_was_retained_begins_no_gap),
        TEST(what_a_rollback_took_back_is_missing_again),
        TEST(a_will_counts_for_its_own_boot_with_the_time_of_its_first_receipt),
        TEST(a_will_that_is_all_that_is_known_counts),
        TEST(a_site_says_since_when_a_gateway_of_it_is_lost),
        TEST(sites_are_found_in_a_box_by_their_lamp),
        TEST(an_alert_ends_with_its_deletion_and_begins_anew_with_another_instant),
        TEST(the_difference_of_clocks_is_that_of_the_quickest_document),
        TEST(above_a_ceiling_a_document_is_refused_and_the_next_is_not),
        TEST(what_is_too_old_goes_each_class_by_its_own_age),
        TEST(open_tickets_stay_however_old_and_closed_ones_go_with_their_history),
        TEST(the_schedule_that_holds_stays),
        TEST(above_the_ceiling_of_bytes_the_oldest_minutes_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
