// SPDX-License-Identifier: Apache-2.0
/* Topics and documents as the hub takes them: the contract's examples are taken, what is wrong is refused with a
 * sentence, and nothing of it is kept. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/document.h"

#define SITE "siteward/1/310115/pd-0042/"

static void topics_say_what_and_where(void **state)
{
    static const struct {
        const char *topic;
        enum hub_kind kind;
        const char *gw, *subject, *period;
    } cases[] = {
        {SITE "gw/gw-7f3a/status", HUB_STATUS, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/info", HUB_INFO, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/health", HUB_HEALTH, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/config", HUB_CONFIG, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/gap", HUB_GAP, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/checkpoint", HUB_CHECKPOINT, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/alert/sw-s031-north", HUB_ALERT, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/log/info", HUB_OTHER, "gw-7f3a", "", ""},
        {SITE "gw/gw-7f3a/cmd/scan", HUB_OTHER, "gw-7f3a", "", ""},
        {SITE "sensor/north/meta", HUB_META, "", "north", ""},
        {SITE "sensor/north/live", HUB_LIVE, "", "north", ""},
        {SITE "sensor/north/state", HUB_STATE, "", "north", ""},
        {SITE "sensor/north/event", HUB_EVENT, "", "north", ""},
        {SITE "sensor/north/agg/1h", HUB_WINDOW, "", "north", "1h"},
        {SITE "sensor/north/backfill/night", HUB_WINDOW, "", "north", "night"},
        {SITE "output/mist/state", HUB_OUTPUT, "", "mist", ""},
        {SITE "summary", HUB_SUMMARY, "", "", ""},
        {SITE "schedule", HUB_SCHEDULE, "", "", ""},
        {SITE "ticket/sw-7k2m4q5xza", HUB_TICKET, "", "sw-7k2m4q5xza", ""},
        {SITE "ticket/sw-7k2m4q5xza/event", HUB_TICKET_EVENT, "", "sw-7k2m4q5xza", ""},
        {SITE "cmd/complaint", HUB_COMPLAINT, "", "", ""},
        {SITE "cmd/ticket/sw-7k2m4q5xza/ack", HUB_OTHER, "", "", ""},
        {SITE "res/desk/q-1", HUB_OTHER, "", "", ""},
        {"siteward/1/310115/broadcast/quiet-period/gaokao-2026", HUB_OTHER, "", "", ""},
        {"siteward/1/host/12345-sh/status", HUB_OTHER, "", "", ""},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct hub_place p;
        struct sw_err err = {0};

        CHECK(hub_place_read("siteward", cases[i].topic, &p, &err) == SW_OK, "%s: %s", cases[i].topic, err.msg);
        CHECK(p.kind == cases[i].kind, "%s: kind %d", cases[i].topic, (int) p.kind);
        assert_string_equal(p.gw, cases[i].gw);
        assert_string_equal(p.subject, cases[i].subject);
        assert_string_equal(p.period, cases[i].period);
    }
}

static void topics_of_nobody_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "siteward",
        "siteward/2/310115/pd-0042/summary",
        "other/1/310115/pd-0042/summary",
        "siteward/1/310115",
        "siteward/1/310115/pd-0042",
        "siteward/1//pd-0042/summary",
        "siteward/1/310115/PD/summary",
        "siteward/1/310115/-pd/summary",
        SITE "",
        SITE "summary/more",
        SITE "sensor/north",
        SITE "sensor/North/live",
        SITE "sensor//live",
        SITE "ticket",
        SITE "ticket/x/events",
        SITE "ticket/x/event/more",
        SITE "output/mist",
        SITE "sensor/north/agg/1H",
        SITE "gw/gw-7f3a",
        SITE "a/b/c/d/e/f/g/h/i/j",
        "siteward/1/an-area-of-more-than-15/pd-0042/summary",
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct hub_place p;
        struct sw_err err = {0};

        CHECK(hub_place_read("siteward", cases[i], &p, &err) == SW_E_INVAL && err.msg[0], "%s", cases[i]);
    }
}

static char *example(const char *name, size_t *ret_len)
{
    static char text[64 * 1024];
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), SW_TEST_DATA "/contract/%s.json", name);
    f = fopen(path, "re");
    CHECK(f != NULL, "no %s", path);
    *ret_len = fread(text, 1, sizeof(text) - 1, f);
    text[*ret_len] = '\0';
    fclose(f);
    return text;
}

static int read_at(const char *topic, const char *text, size_t len, struct hub_document *d, struct sw_err *err)
{
    *d = (struct hub_document){0};
    CHECK(hub_place_read("siteward", topic, &d->place, err) == SW_OK, "%s: %s", topic, err->msg);
    return hub_document_read(d, text, len, err);
}

static const struct {
    const char *topic, *file;
    int64_t seq;
} examples[] = {
    {SITE "gw/gw-7f3a/status", "status", 0},
    {SITE "gw/gw-7f3a/status", "status-will", 0},
    {SITE "gw/gw-7f3a/info", "info", 0},
    {SITE "gw/gw-7f3a/health", "health", 0},
    {SITE "gw/gw-7f3a/alert/sw-s031-north-gate-pm10", "alert", 0},
    {SITE "gw/gw-7f3a/config", "config", 0},
    {SITE "gw/gw-7f3a/gap", "gap", 181290},
    {SITE "gw/gw-7f3a/checkpoint", "checkpoint", 918233},
    {SITE "sensor/north-gate-noise/meta", "sensor", 0},
    {SITE "sensor/north-gate-noise/live", "live", 0},
    {SITE "sensor/north-gate-noise/agg/1h", "agg", 918471},
    {SITE "sensor/north-gate-pm10/backfill/1h", "agg-dust", 918472},
    {SITE "sensor/north-gate-noise/state", "state", 0},
    {SITE "sensor/gate-camera-trigger/event", "event", 918402},
    {SITE "output/mist/state", "output", 0},
    {SITE "summary", "summary", 0},
    {SITE "schedule", "schedule", 0},
    {SITE "ticket/sw-7k2m4q5xza", "ticket", 918455},
    {SITE "ticket/sw-7k2m4q5xza/event", "ticket-event", 918456},
    {SITE "cmd/complaint", "complaint", 0},
};

static void the_examples_of_the_contract_are_taken(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(examples); i++) {
        struct hub_document d;
        struct sw_err err = {0};
        size_t len;
        const char *text = example(examples[i].file, &len);

        CHECK(read_at(examples[i].topic, text, len, &d, &err) == SW_OK, "%s: %s", examples[i].file, err.msg);
        CHECK(d.seq == examples[i].seq, "%s: number %lld", examples[i].file, (long long) d.seq);
        if (d.seq) {
            assert_string_equal(d.gw, "gw-7f3a");
            assert_string_equal(d.epoch, "k3f7q2mz");
        }
        hub_document_done(&d);
    }
}

static void a_ticket_is_read_by_what_it_is_kept_by(void **state)
{
    struct hub_document d;
    struct sw_err err = {0};
    size_t len;
    const char *text = example("ticket", &len);

    (void) state;
    assert_int_equal(read_at(SITE "ticket/sw-7k2m4q5xza", text, len, &d, &err), SW_OK);
    assert_int_equal(d.revision, 5);
    assert_string_equal(d.word, "accepted");
    assert_string_equal(d.category, "noise");
    assert_string_equal(d.rank, "A");
    assert_int_equal(d.lamp, HUB_LAMP_OVER);
    assert_true(d.opened_us == 1772464860000000LL); /* 2026-03-02T23:21:00+08:00 */
}

/* Any beginning of a document is no document. */
static void a_document_that_was_cut_off_is_refused_and_leaves_nothing(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(examples); i++) {
        size_t len;
        const char *text = example(examples[i].file, &len);
        const size_t brace = (size_t) (strrchr(text, '}') - text);

        for (size_t cut = 1; cut < brace; cut += 7) {
            char *exact = malloc(cut);
            struct hub_document d;
            struct sw_err err = {0};

            assert_non_null(exact);
            memcpy(exact, text, cut);
            CHECK(read_at(examples[i].topic, exact, cut, &d, &err) == SW_E_INVAL && err.msg[0], "%s at %zu",
                  examples[i].file, cut);
            assert_null(d.ranges);
            free(exact);
        }
    }
}

/* In an example one text is another. */
static void what_is_wrong_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *topic, *file, *from, *to, *says;
    } cases[] = {
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "siteward.agg/1.0", "siteward.agg/2.0", "schema"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "siteward.agg/1.0", "siteward.live/1.0", "schema"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "918471", "0", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "918471", "-4", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "918471", "1.5", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "918471", "9007199254740993", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "918471", "\"918471\"", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "\"seq\"", "\"sequence\"", "seq"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "k3f7q2mz", "", "epoch"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "k3f7q2mz", "K3", "epoch"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "k3f7q2mz", "k3f7q2mzk3f7q2mzk3f7q2mz", "epoch"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "gw-7f3a", "GW 7", "gw"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "\"period\": \"1h\"", "\"period\": \"2h\"", "period"},
        {SITE "sensor/south-gate-noise/agg/1h", "agg", "", "", "id"},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "T23:00:00.000+08:00\",\n  \"to\"", "T23:00:00.000\",\n  \"to\"",
         ""},
        {SITE "sensor/north-gate-noise/agg/1h", "agg", "\"values\"", "\"valuables\"", "values"},
        {SITE "gw/gw-7f3a/status", "status", "\"ready\"", "\"fine\"", "state"},
        {SITE "gw/gw-7f3a/status", "status", "\"ts\"", "\"tsk\"", "ts"},
        {SITE "gw/gw-7f3a/status", "status", "\"boot\"", "\"boots\"", "boot"},
        {SITE "gw/gw-other/gap", "gap", "", "", "gw"},
        {SITE "gw/gw-7f3a/gap", "gap", "[171204, 180111]", "[180111, 171204]", "ranges"},
        {SITE "gw/gw-7f3a/gap", "gap", "[171204, 180111]", "[0, 180111]", "ranges"},
        {SITE "gw/gw-7f3a/gap", "gap", "[171204, 180111]", "[171204]", "ranges"},
        {SITE "gw/gw-7f3a/gap", "gap", "[171204, 180111]", "7", "ranges"},
        {SITE "gw/gw-7f3a/gap", "gap", "\"ranges\"", "\"range\"", "ranges"},
        {SITE "gw/gw-7f3a/info", "info", "31.2237", "131.2237", "lat"},
        {SITE "summary", "summary", "\"over\"", "\"red\"", "lamp"},
        {SITE "ticket/sw-aaaaaaaaaa", "ticket", "", "", "id"},
        {SITE "ticket/sw-7k2m4q5xza", "ticket", "\"revision\": 5", "\"revision\": 0", "revision"},
        {SITE "ticket/sw-7k2m4q5xza", "ticket", "\"status\"", "\"state\"", "status"},
        {SITE "ticket/sw-7k2m4q5xza/event", "ticket-event", "\"id\"", "\"idea\"", "id"},
        {SITE "schedule", "schedule", "\"items\"", "\"item\"", "items"},
        {SITE "cmd/complaint", "complaint", "\"by\"", "\"from\"", "id"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        static char text[64 * 1024];
        struct hub_document d;
        struct sw_err err = {0};
        size_t len;
        const char *whole = example(cases[i].file, &len), *at = strstr(whole, cases[i].from);

        if (!at && !cases[i].says[0])
            continue;
        CHECK(at != NULL, "case %zu: '%s' is not in %s", i, cases[i].from, cases[i].file);
        snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - whole), whole, cases[i].to, at + strlen(cases[i].from));
        CHECK(read_at(cases[i].topic, text, strlen(text), &d, &err) == SW_E_INVAL, "case %zu (%s → %s) is taken", i,
              cases[i].from, cases[i].to);
        CHECK(strstr(err.msg, cases[i].says) != NULL, "case %zu: %s", i, err.msg);
        assert_null(d.ranges);
    }
}

static void a_document_that_is_too_large_is_refused(void **state)
{
    char *text = malloc(HUB_DOCUMENT_MAX + 2);
    struct hub_document d;
    struct sw_err err = {0};

    (void) state;
    assert_non_null(text);
    memset(text, ' ', HUB_DOCUMENT_MAX + 2);
    assert_int_equal(read_at(SITE "summary", text, HUB_DOCUMENT_MAX + 1, &d, &err), SW_E_INVAL);
    free(text);
}

static void an_empty_payload_is_a_deletion(void **state)
{
    struct hub_document d;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(read_at(SITE "gw/gw-7f3a/alert/sw-s031-north", "", 0, &d, &err), SW_OK);
    assert_true(d.is_deletion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_say_what_and_where),
        cmocka_unit_test(topics_of_nobody_are_refused),
        cmocka_unit_test(the_examples_of_the_contract_are_taken),
        cmocka_unit_test(a_ticket_is_read_by_what_it_is_kept_by),
        cmocka_unit_test(a_document_that_was_cut_off_is_refused_and_leaves_nothing),
        cmocka_unit_test(what_is_wrong_is_refused_with_a_sentence),
        cmocka_unit_test(a_document_that_is_too_large_is_refused),
        cmocka_unit_test(an_empty_payload_is_a_deletion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
