// SPDX-License-Identifier: Apache-2.0
/* Answers out of the hub's store: the verdict is that of the minutes, what was allowed is said as far as the schedule
 * lets it be known, and what is not there is said to be missing. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "hub/evidence.h"
#include "io/document.h"

#define SITE "siteward/1/310115/pd-0042/"
#define MINUTE_US (60 * SW_US_PER_S)
#define AT_US 1772466000000000LL /* 2026-03-02T23:40:00+08:00 */

static struct sw_zone zone = {.name = "+08:00", .n = 1, .span = {{INT64_MIN, 8 * 3600}}};

struct fixture {
    char folder[64], path[80];
    struct hub_store *store;
    int64_t seq;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct hub_store_params p = {
        .keep_minutes_us = INT64_MAX / 4, .keep_windows_us = INT64_MAX / 4, .keep_records_us = INT64_MAX / 4};

    strcpy(f->folder, "/tmp/hub-evidence-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/hub.db", f->folder);
    p.path = f->path;
    assert_int_equal(hub_store_open(&p, &f->store, NULL), SW_OK);
    assert_int_equal(hub_store_begin(f->store, NULL), SW_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];

    hub_store_close(f->store);
    snprintf(command, sizeof(command), "rm -r %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *topic, const char *text)
{
    struct hub_document d = {0};
    enum hub_put put;
    struct sw_err err = {0};

    CHECK(hub_place_read("siteward", topic, &d.place, &err) == SW_OK, "%s", err.msg);
    CHECK(hub_document_read(&d, text, strlen(text), &err) == SW_OK, "%s: %s", topic, err.msg);
    CHECK(hub_store_put(f->store, &d, false, AT_US, &put, &err) == SW_OK, "%s", err.msg);
    hub_document_done(&d);
}

/* Minutes around AT_US that each say: a sliding mean of this level, against 55 dB at night. */
static void put_minutes(struct fixture *f, double level, int over, int n)
{
    for (int64_t from_us = AT_US - 20 * MINUTE_US; from_us < AT_US + 20 * MINUTE_US; from_us += MINUTE_US) {
        char text[1024], from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE];

        sw_time_format(&zone, from_us, from);
        sw_time_format(&zone, from_us + MINUTE_US, to);
        snprintf(
            text, sizeof(text),
            "{\"schema\":\"siteward.agg/1.0\",\"ts\":\"%s\",\"id\":\"gate:1m:%s\",\"gw\":\"gw-a\",\"epoch\":\"e1\","
            "\"seq\":%d,\"quantity\":\"LAeq\",\"from\":\"%s\",\"to\":\"%s\",\"period\":\"1m\",\"values\":{\"LAeq\":%."
            "2f,"
            "\"LAmax\":%.2f},\"unit\":\"dBA\",\"n\":%d,\"expected\":60,\"limit\":{\"LAeq\":55.00},\"q\":\"good\","
            "\"judged\":[{\"rule\":\"pack/leq-night\",\"statistic\":\"LAeq,20min\",\"period\":\"night\",\"n\":%d,"
            "\"over\":%d,\"worst\":%.2f,\"limit\":55.00,\"from\":\"%s\",\"to\":\"%s\"}],\"work_detected\":true,"
            "\"time_quality\":\"synced\"}",
            to, from, (int) ++f->seq, from, to, level, level + 5, n, n, over, level, from, to);
        put(f, SITE "sensor/gate/agg/1m", text);
    }
}

static void put_schedule(struct fixture *f, const char *items)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "{\"schema\":\"siteward.schedule/1.0\",\"revision\":1,\"ts\":\"2026-03-01T09:00:00.000+08:00\",\"tz\":"
             "\"Asia/Shanghai\",\"items\":[%s]}",
             items);
    put(f, SITE "schedule", text);
}

/* @return the document; borrowed */
static const char *ask(struct fixture *f, int64_t at_us)
{
    static char buf[SW_DOCUMENT_MAX];
    const struct sw_evidence_ask question = {.at_us = at_us,
                                             .window_us = 10 * MINUTE_US,
                                             .distance_m = -1,
                                             .category = -1,
                                             .wants_numbers = true,
                                             .wants_series = true,
                                             .wants_schedule = true,
                                             .with_zh = true,
                                             .with_en = true};
    const struct hub_evidence_site site = {.id = 1, .site = "pd-0042", .name = "", .zone = zone};
    struct hub_reader *r = NULL;
    struct sw_err err = {0};
    size_t len;

    assert_int_equal(hub_store_commit(f->store, NULL), SW_OK);
    assert_int_equal(hub_reader_open(f->path, &r, NULL), SW_OK);
    CHECK(hub_evidence(r, &site, &question, AT_US + 3600 * SW_US_PER_S, buf, sizeof(buf), &len, &err) == SW_OK, "%s",
          err.msg);
    hub_reader_close(r);
    assert_int_equal(hub_store_begin(f->store, NULL), SW_OK);
    return buf;
}

static void has(const char *document, const char *piece)
{
    CHECK(strstr(document, piece) != NULL, "no %s in %s", piece, document);
}

#define DAILY                                                                                                          \
    "{\"uid\":\"h\",\"kind\":\"work\",\"source\":\"file\",\"status\":\"confirmed\",\"revision\":1,\"published\":"      \
    "\"2026-01-05T10:00:00.000+08:00\",\"dtstart\":\"2026-01-01T06:00:00\",\"duration\":\"PT16H\",\"rrule\":"          \
    "\"FREQ=DAILY\"}"
#define PERMIT                                                                                                         \
    "{\"uid\":\"p\",\"kind\":\"permit\",\"permit_no\":\"N-1\",\"source\":\"authority\",\"status\":\"confirmed\","      \
    "\"revision\":1,\"published\":\"2026-02-27T15:00:00.000+08:00\",\"dtstart\":\"2026-03-02T22:00:00\",\"duration\":" \
    "\"PT8H\"}"

static void over_the_limit_without_a_permit_is_what_the_minutes_and_the_schedule_say(void **state)
{
    struct fixture *f = *state;
    const char *document;

    put_minutes(f, 61.8, 60, 60);
    put_schedule(f, DAILY);
    document = ask(f, AT_US);
    has(document, "\"code\":\"over_limit_unpermitted\"");
    has(document, "\"over_by\":6.80");
    has(document, "\"source\":\"hub\",\"as_of\":\"2026-03-0");
    has(document, "夜间限值是55分贝,高出6.8分贝");
    has(document, "\"over_minutes\":10,");
    has(document, "\"integrity\":null");
}

static void a_permit_of_the_authority_is_found(void **state)
{
    struct fixture *f = *state;

    put_minutes(f, 61.8, 60, 60);
    put_schedule(f, DAILY "," PERMIT);
    has(ask(f, AT_US), "\"code\":\"over_limit_permitted\"");
    has(ask(f, AT_US), "\"permit\":\"N-1\"");
}

static void without_a_schedule_nothing_is_claimed_about_permits(void **state)
{
    struct fixture *f = *state;
    const char *document;

    put_minutes(f, 61.8, 60, 60);
    document = ask(f, AT_US);
    has(document, "\"code\":\"over_limit_permit_unknown\"");
    has(document, "\"state\":null,\"permitted\":null");
    has(document, "现在查不到");
}

static void too_few_readings_are_no_verdict_and_none_are_no_data(void **state)
{
    struct fixture *f = *state;

    put_minutes(f, 40, 0, 20);
    has(ask(f, AT_US), "\"code\":\"uncertain\"");
    has(ask(f, AT_US - 86400 * SW_US_PER_S), "\"code\":\"no_data\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(over_the_limit_without_a_permit_is_what_the_minutes_and_the_schedule_say,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_permit_of_the_authority_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_schedule_nothing_is_claimed_about_permits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_few_readings_are_no_verdict_and_none_are_no_data, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
