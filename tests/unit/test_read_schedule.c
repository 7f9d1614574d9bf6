// SPDX-License-Identifier: Apache-2.0
/* The JSON form of a schedule, readings of clocks that jump, durations, and the import as a child. Expected instants
 * are from Python's zoneinfo, or counted by hand. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/timefmt.h"
#include "config/read_schedule.h"
#include "config/schedule_child.h"
#include "config/schedule_time.h"
#include "config/zone.h"

static int64_t at(const char *text)
{
    int64_t us = 0;
    struct sw_err err = {0};

    CHECK(sw_time_parse(text, strlen(text), &us, &err) == SW_OK, "%s: %s", text, err.msg);
    return us;
}

static const struct sw_zone *zone_of(const char *name)
{
    static struct sw_zone zone;
    struct sw_err err = {0};

    if (strcmp(zone.name, name) != 0)
        CHECK(sw_zone_load(name, &zone, &err) == SW_OK, "%s", err.msg);
    return &zone;
}

/* ' for " */
static struct sw_schedule *read_text(const char *text, struct sw_err *err)
{
    struct sw_schedule *s = NULL;
    char *json = strdup(text);
    int rc;

    assert_non_null(json);
    for (char *p = json; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    rc = sw_schedule_read_json("s.json", json, strlen(json), zone_of("Asia/Shanghai"), &s, err);
    free(json);
    CHECK((rc == SW_OK) == (s != NULL), "code %d: %s", rc, err->msg);
    return s;
}

static void a_document_is_read_with_all_its_fields(void **state)
{
    struct sw_err err = {0};
    struct sw_schedule *s = read_text(
        "{'schema':'siteward.schedule/1.0','revision':14,'ts':'2026-03-01T09:00:00+08:00','tz':'Asia/Shanghai',"
        "'range':{'from':'2026-03-01T00:00:00+08:00','to':'2026-04-01T00:00:00+08:00'},'items':["
        "{'uid':'hours','kind':'work','summary':{'zh-CN':'公示工时','en':'hours'},'source':'file','status':'confirmed',"
        "'revision':3,'published':'2026-01-05T10:00:00+08:00','claimed_published':'2026-01-04T18:00:00+08:00',"
        "'dtstart':'2026-01-01T06:00:00','duration':'PT16H','rrule':'FREQ=DAILY'},"
        "{'uid':'p','kind':'permit','permit_no':'沪浦夜施 2026-0310','dtstart':'2026-03-10T22:00:00','duration':'PT8H',"
        "'reason':'concrete-pour','issued_by':'浦东新区生态环境局','source':'authority','status':'confirmed','revision'"
        ":1,"
        "'claimed_published':null,'granted_at':'2026-02-27T14:30:00+08:00','valid_from':'2026-03-10T22:00:00+08:00',"
        "'valid_to':'2026-03-11T06:00:00+08:00','notice_posted_at':'2026-02-28T08:00:00+08:00','document':'x'}],"
        "'instances':[{'uid':'p','from':'2026-03-10T22:00:00+08:00','to':'2026-03-11T06:00:00+08:00'},"
        "{'uid':'hours','from':'2026-03-02T06:00:00+08:00','to':'2026-03-02T22:00:00+08:00'}]}",
        &err);

    (void) state;
    CHECK(s != NULL, "%s", err.msg);
    assert_int_equal(s->revision, 14);
    assert_true(s->from_us == at("2026-02-28T16:00:00Z") && s->to_us == at("2026-03-31T16:00:00Z"));
    assert_int_equal(s->n_items, 2);
    assert_int_equal(s->n_instances, 2);
    const struct sw_schedule_item *hours = &s->items[0], *p = &s->items[1];
    assert_string_equal(hours->summary_zh, "公示工时");
    assert_string_equal(hours->summary_en, "hours");
    assert_string_equal(hours->rrule, "FREQ=DAILY");
    assert_int_equal(hours->revision, 3);
    assert_true(hours->published_us == at("2026-01-05T02:00:00Z"));
    assert_true(hours->claimed_published_us == at("2026-01-04T10:00:00Z"));
    assert_true(hours->cancelled_us == INT64_MIN && hours->granted_us == INT64_MIN);
    assert_int_equal(p->kind, SW_ITEM_PERMIT);
    assert_int_equal(p->source, SW_SOURCE_AUTHORITY);
    assert_int_equal(p->status, SW_ITEM_CONFIRMED);
    assert_true(p->published_us == INT64_MIN && p->notice_posted_us == at("2026-02-28T00:00:00Z"));
    assert_true(p->granted_us == at("2026-02-27T06:30:00Z") && p->valid_to_us == at("2026-03-10T22:00:00Z"));
    assert_string_equal(p->permit_no, "沪浦夜施 2026-0310");
    assert_int_equal(s->instances[0].item, 0);
    assert_true(s->instances[0].from_us == at("2026-03-01T22:00:00Z"));
    assert_true(s->longest_us == 16LL * 3600 * SW_US_PER_S);
    sw_schedule_distrust(s);
    assert_int_equal(p->source, SW_SOURCE_FILE);
    assert_int_equal(p->status, SW_ITEM_UNCONFIRMED);
    sw_schedule_free(s);
}

static void an_item_that_happens_once_needs_no_instances(void **state)
{
    struct sw_err err = {0};
    struct sw_schedule *s =
        read_text("{'items':[{'uid':'q','kind':'quiet','dtstart':'2026-06-05','duration':'P5D','source':'broadcast'},"
                  "{'uid':'z','kind':'quiet','dtstart':'2026-06-05T00:00:00+02:00','duration':'P1D'},"
                  "{'uid':'p','kind':'permit','status':'confirmed','source':'file','dtstart':'2026-03-10T22:00',"
                  "'duration':'PT8H','claimed_published':'2026-03-01T00:00:00Z'}]}",
                  &err);

    (void) state;
    CHECK(s != NULL, "%s", err.msg);
    assert_int_equal(s->n_instances, 3);
    assert_true(s->instances[0].from_us == at("2026-03-10T14:00:00Z"));
    assert_true(s->instances[1].from_us == at("2026-06-04T16:00:00Z"));
    assert_true(s->instances[1].to_us == at("2026-06-09T16:00:00Z"));
    assert_true(s->instances[2].from_us == at("2026-06-04T22:00:00Z"));
    assert_int_equal(s->items[2].status, SW_ITEM_UNCONFIRMED); /* a file is no authority */
    assert_true(s->items[2].published_us == at("2026-03-01T00:00:00Z"));
    sw_schedule_free(s);
}

static void what_is_wrong_is_refused_in_words(void **state)
{
    static const struct {
        const char *text, *words;
        int code;
    } cases[] = {
        {"", "s.json:1:", SW_E_INVAL},
        {"[]", "\"items\" is missing", SW_E_INVAL},
        {"{'items':{}}", "\"items\" is missing", SW_E_INVAL},
        {"{'schema':'siteward.ticket/1.0','items':[]}", "want siteward.schedule", SW_E_INVAL},
        {"{'tz':'Asia/Shangai','items':[]}", "did you mean", SW_E_NOTFOUND},
        {"{'revision':-1,'items':[]}", "\"revision\" must be", SW_E_INVAL},
        {"{'items':[7]}", "item 1: must be an object", SW_E_INVAL},
        {"{'items':[{'kind':'work'}]}", "item 1: \"uid\" is missing", SW_E_INVAL},
        {"{'items':[{'uid':'a'}]}", "item 1, 'a': \"kind\" is missing", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'play'}]}", "'play' is not one of work, permit, quiet", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','status':3}]}", "\"status\" must be a text", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','revision':1.5}]}", "\"revision\" must be", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','published':'2026-01-01T00:00:00'}]}", "\"published\"", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work'}]}", "\"dtstart\" and \"duration\" are needed", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','dtstart':'2026-02-30','duration':'P1D'}]}", "is no time", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','dtstart':'2026-02-20','duration':'1D'}]}", "is no duration", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work','dtstart':'2026-02-20','duration':'P1D','rrule':'FREQ=DAILY'}]}",
         "expand it first", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'permit','valid_from':'2026-01-02T00:00:00Z','valid_to':'2026-01-02T00:00:00Z'}]"
         "}",
         "\"valid_to\" is not after", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work'},{'uid':'a','kind':'work'}],'instances':[]}", "'a' is there twice",
         SW_E_INVAL},
        {"{'items':[],'instances':{}}", "\"instances\" must be a list", SW_E_INVAL},
        {"{'items':[],'instances':[{'uid':'b','from':'2026-01-01T00:00:00Z','to':'2026-01-02T00:00:00Z'}]}",
         "instance 1: there is no item", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work'}],'instances':[{'uid':'a','from':'2026-01-01T00:00:00Z'}]}",
         "\"from\" and \"to\" are needed", SW_E_INVAL},
        {"{'items':[{'uid':'a','kind':'work'}],'instances':[{'uid':'a','from':'2026-01-01T00:00:00Z',"
         "'to':'2026-01-01T00:00:00Z'}]}",
         "\"to\" is not after", SW_E_INVAL},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err = {0};
        struct sw_schedule *s = read_text(cases[i].text, &err);

        CHECK(s == NULL && (int) err.code == cases[i].code, "%s: code %d, %s", cases[i].text, err.code, err.msg);
        CHECK(strstr(err.msg, cases[i].words) != NULL, "%s: %s", cases[i].text, err.msg);
    }
}

static void more_than_fits_is_refused(void **state)
{
    const size_t n = SW_SCHEDULE_ITEMS_MAX + 1;
    char *text = malloc(n * 80 + 64);
    struct sw_err err = {0};

    (void) state;
    assert_non_null(text);
    for (size_t fits = 0; fits < 2; fits++) {
        size_t len = (size_t) sprintf(text, "{'instances':[],'items':[");

        for (size_t i = 0; i < n - fits; i++)
            len += (size_t) sprintf(text + len, "%s{'uid':'u%zu','kind':'work'}", i > 0 ? "," : "", i);
        (void) sprintf(text + len, "]}");
        struct sw_schedule *s = read_text(text, &err);
        CHECK((s != NULL) == (fits == 1), "%zu: %s", n - fits, err.msg);
        sw_schedule_free(s);
    }
    assert_int_equal(err.code, SW_E_FULL);
    free(text);
}

static void a_clock_that_jumps_is_read_as_the_standard_says(void **state)
{
    /* Instants: zoneinfo with fold=0, which is RFC 5545's rule. */
    static const struct {
        const char *zone, *local, *utc;
    } cases[] = {
        {"America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z"},
        {"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"}, /* skipped: read as 3:30 EDT */
        {"America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"}, /* repeated: the first */
        {"America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"},
        {"Europe/London", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z"},
        {"Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"},
        {"Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"}, /* half an hour, repeated */
        {"Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z"}, /* half an hour, skipped */
        {"Asia/Shanghai", "2026-03-10T22:00:00", "2026-03-10T14:00:00Z"},
        {"Europe/London", "2045-07-01T12:00:00", "2045-07-01T11:00:00Z"},
        {"Europe/London", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_local t;
        struct sw_err err = {0};

        CHECK(sw_local_parse(cases[i].local, strlen(cases[i].local), zone_of(cases[i].zone), &t, &err) == SW_OK,
              "%s: %s", cases[i].local, err.msg);
        CHECK(sw_local_to_utc_s(t.zone, t.s) * SW_US_PER_S == at(cases[i].utc), "%s %s", cases[i].zone, cases[i].local);
    }
}

static void days_of_a_duration_are_days_of_the_calendar(void **state)
{
    static const struct {
        const char *from, *duration, *to, *again;
    } cases[] = {
        {"2026-03-07T22:00:00", "PT8H", "2026-03-08T11:00:00Z", "PT8H"},
        {"2026-03-07T22:00:00", "P1D", "2026-03-09T02:00:00Z", "P1D"}, /* 23 hours */
        {"2026-03-07T22:00:00", "PT24H", "2026-03-09T03:00:00Z", "PT24H"},
        {"2026-10-31T22:00:00", "P1DT30M", "2026-11-02T03:30:00Z", "P1DT30M"},
        {"2026-06-01T00:00:00", "P2W", "2026-06-15T04:00:00Z", "P14D"},
        {"2026-06-01T00:00:00", "PT1H1M1S", "2026-06-01T05:01:01Z", "PT1H1M1S"},
    };
    static const char *const bad[] = {"",      "P",      "PT",   "P0D",   "PT0S",          "P1H",
                                      "PT1D",  "P1",     "-P1D", "P1D2D", "P1DT",          "PT1H1H",
                                      "P401D", "PT1M1H", "P1d",  "P1.5D", "P99999999999D", "PT1HT1M"};
    struct sw_err err = {0};
    struct sw_span_text d;
    char text[32];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_local from;

        assert_int_equal(sw_local_parse(cases[i].from, 19, zone_of("America/New_York"), &from, &err), SW_OK);
        CHECK(sw_span_parse(cases[i].duration, strlen(cases[i].duration), &d, &err) == SW_OK, "%s", err.msg);
        CHECK(sw_local_end_utc_s(&from, &d) * SW_US_PER_S == at(cases[i].to), "%s + %s", cases[i].from,
              cases[i].duration);
        assert_string_equal(sw_span_format(&d, text, sizeof(text)), cases[i].again);
        assert_string_equal(sw_local_format(&from, text, sizeof(text)), cases[i].from);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad); i++)
        CHECK(sw_span_parse(bad[i], strlen(bad[i]), &d, &err) == SW_E_INVAL && err.msg[0] != '\0', "%s", bad[i]);
}

/* `siteward` lies beside this program. */
static void the_import_runs_as_a_child(void **state)
{
    static const char ics[] =
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:hours\r\nDTSTART:20260302T060000\r\nDURATION:PT16H\r\n"
        "RRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:bad\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n";
    static struct sw_site site;
    char path[] = "/tmp/sw-test-schedule-XXXXXX";
    const int fd = mkstemp(path);
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_true(fd >= 0 && write(fd, ics, sizeof(ics) - 1) == (ssize_t) sizeof(ics) - 1);
    site.zone = *zone_of("Asia/Shanghai");
    CHECK(sw_schedule_import(path, &site, at("2026-03-03T00:00:00Z"), at("2026-04-01T00:00:00Z"), &s, &err) == SW_OK,
          "%s", err.msg);
    CHECK(strstr(err.msg, ":8: bad: it has no DTSTART") != NULL && strstr(err.msg, "and more") != NULL,
          "what was skipped is told: '%s'", err.msg);
    assert_int_equal(s->n_items, 1);
    assert_int_equal(s->n_instances, 2); /* that of 2 March ended before the range */
    assert_true(s->instances[0].from_us == at("2026-03-02T22:00:00Z"));
    assert_true(s->instances[0].to_us == at("2026-03-03T14:00:00Z"));
    sw_schedule_free(s);
    assert_true(ftruncate(fd, 0) == 0 && pwrite(fd, "hello", 5, 0) == 5 && close(fd) == 0);
    s = NULL;
    assert_int_equal(sw_schedule_import(path, &site, INT64_MIN, INT64_MAX, &s, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "not iCalendar"));
    assert_null(s);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(sw_schedule_import(path, &site, INT64_MIN, INT64_MAX, &s, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "No such file"));
}

static void a_child_that_is_not_wanted_any_more_is_killed(void **state)
{
    static struct sw_site site;
    struct sw_schedule_child c = {0};
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};
    char path[] = "/tmp/sw-test-schedule-XXXXXX";

    (void) state;
    assert_non_null(mkdtemp(path));
    char fifo[64];
    (void) snprintf(fifo, sizeof(fifo), "%s/never.ics", path);
    char command[100];
    (void) snprintf(command, sizeof(command), "mkfifo %s", fifo);
    assert_int_equal(system(command), 0); /* nobody writes: it would wait for ever */
    site.zone = *zone_of("Asia/Shanghai");
    CHECK(sw_schedule_child_start(&c, fifo, &site, 0, INT64_MAX, &err) == SW_OK, "%s", err.msg);
    assert_false(sw_schedule_child_read(&c));
    assert_int_equal(sw_schedule_child_finish(&c, &site, &s, &err), SW_E_TIMEOUT);
    assert_null(s);
    assert_int_equal(c.pid, 0);
    assert_int_equal(unlink(fifo), 0);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_read_with_all_its_fields),
        cmocka_unit_test(an_item_that_happens_once_needs_no_instances),
        cmocka_unit_test(what_is_wrong_is_refused_in_words),
        cmocka_unit_test(more_than_fits_is_refused),
        cmocka_unit_test(a_clock_that_jumps_is_read_as_the_standard_says),
        cmocka_unit_test(days_of_a_duration_are_days_of_the_calendar),
        cmocka_unit_test(the_import_runs_as_a_child),
        cmocka_unit_test(a_child_that_is_not_wanted_any_more_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
