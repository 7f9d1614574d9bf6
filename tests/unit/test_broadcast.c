// SPDX-License-Identifier: Apache-2.0
/* Documents to all sites: what is taken of a quiet period and of a host's status, and what each refusal says. And hosts
 * that come and go, ghosts of earlier sessions among them. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/hosts.h"
#include "io/broadcast.h"

#define QUIET(more) "{\"schema\":\"siteward.quiet/1.0\",\"id\":\"gaokao\",\"at\":\"2026-02-20T09:00:00+08:00\"" more "}"
#define WHEN ",\"dtstart\":\"2026-06-05\",\"duration\":\"P5D\""

static void a_quiet_period_is_read_whole_or_refused_by_name(void **state)
{
    static const struct {
        const char *json, *says; /* NULL: taken */
    } cases[] = {
        {QUIET(WHEN), NULL},
        {QUIET(WHEN ",\"reason\":{\"zh-CN\":\"高考\",\"en\":\"exam\"}"), NULL},
        {QUIET(WHEN ",\"reason\":null,\"later\":[1,{}]"), NULL},
        {"", "not JSON"},
        {"[]", "no JSON object"},
        {"{}", "\"schema\" is missing"},
        {"{\"schema\":\"siteward.quiet/2.0\"}", "\"schema\""},
        {"{\"schema\":\"siteward.quiet/1.0\"}", "\"id\" is missing"},
        {"{\"schema\":\"siteward.quiet/1.0\",\"id\":\"other\"}", "the topic says 'gaokao'"},
        {"{\"schema\":\"siteward.quiet/1.0\",\"id\":\"gaokao\"}", "\"at\" is missing"},
        {"{\"schema\":\"siteward.quiet/1.0\",\"id\":\"gaokao\",\"at\":\"now\"}", "\"at\""},
        {QUIET(), "\"dtstart\" is missing"},
        {QUIET(",\"dtstart\":7"), "\"dtstart\" must be a text"},
        {QUIET(",\"dtstart\":\"2026-06-05T00:00:00.000000000+08:00:00\""), "\"dtstart\" is longer"},
        {QUIET(",\"dtstart\":\"2026-06-05\""), "\"duration\" is missing"},
        {QUIET(",\"dtstart\":\"2026-06-05\",\"duration\":\"P1111111111111111111111111D\""), "\"duration\" is longer"},
        {QUIET(WHEN ",\"reason\":7"), "\"reason\" must be a text"},
        {QUIET(WHEN ",\"reason\":{\"en\":[]}"), "\"reason\": \"en\" must be a text"},
        {QUIET(WHEN ",\"id\":\"gaokao\""), "not JSON"}, /* a key twice */
        {QUIET(WHEN ",\"reason\":\"a\\u0000b\""), "not JSON"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_quiet q = {.id = "untouched"};
        struct sw_err err = {0};
        const int rc = sw_quiet_read(cases[i].json, strlen(cases[i].json), "gaokao", &q, &err);

        CHECK((rc == SW_OK) == (cases[i].says == NULL), "%s: %s", cases[i].json, err.msg);
        CHECK(!cases[i].says || strstr(err.msg, cases[i].says), "%s: %s", cases[i].json, err.msg);
        assert_string_equal(q.id, rc == SW_OK ? "gaokao" : "untouched");
    }
}

static void the_reason_is_kept_in_its_language(void **state)
{
    static const struct {
        const char *json, *zh, *en;
    } cases[] = {
        {QUIET(WHEN), "", ""},
        {QUIET(WHEN ",\"reason\":{\"zh-CN\":\"高考\",\"en\":\"exam\",\"fr\":\"examen\"}"), "高考", "exam"},
        {QUIET(WHEN ",\"reason\":\"exam\""), "", "exam"},
        {QUIET(WHEN ",\"reason\":\"高考\""), "高考", ""},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_quiet q;
        struct sw_err err = {0};

        CHECK(sw_quiet_read(cases[i].json, strlen(cases[i].json), "gaokao", &q, &err) == SW_OK, "%s", err.msg);
        assert_string_equal(q.summary_zh, cases[i].zh);
        assert_string_equal(q.summary_en, cases[i].en);
    }
}

static void a_document_that_is_too_large_is_refused_before_it_is_parsed(void **state)
{
    const size_t len = SW_BROADCAST_MAX + 1;
    char *text = malloc(len);
    struct sw_quiet q;
    struct sw_host_status h;
    struct sw_err err = {0};

    (void) state;
    assert_non_null(text);
    memset(text, '[', len);
    assert_int_equal(sw_quiet_read(text, len, "gaokao", &q, &err), SW_E_INVAL);
    CHECK(strstr(err.msg, "larger"), "%s", err.msg);
    assert_int_equal(sw_host_read(text, len, &h, &err), SW_E_INVAL);
    CHECK(strstr(err.msg, "larger"), "%s", err.msg);
    free(text);
}

#define HOST(more) "{\"schema\":\"siteward.host/1.0\"" more "}"

static void a_hosts_status_is_read_whole_or_refused_by_name(void **state)
{
    static const struct {
        const char *json, *says;
        bool is_online;
    } cases[] = {
        {HOST(",\"online\":true,\"at\":\"2026-03-02T18:00:02+08:00\",\"boot\":\"B\",\"name\":\"上海\""), NULL, true},
        {HOST(",\"online\":false"), NULL, false},
        {HOST(), "\"online\" must be", false},
        {HOST(",\"online\":1"), "\"online\" must be", false},
        {HOST(",\"online\":\"true\""), "\"online\" must be", false},
        {HOST(",\"online\":true,\"at\":5"), "\"at\"", false},
        {HOST(",\"online\":true,\"boot\":{}"), "\"boot\"", false},
        {"null", "not JSON", false},
        {"[]", "no JSON object", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_host_status h = {0};
        struct sw_err err = {0};
        const int rc = sw_host_read(cases[i].json, strlen(cases[i].json), &h, &err);

        CHECK((rc == SW_OK) == (cases[i].says == NULL), "%s: %s", cases[i].json, err.msg);
        CHECK(!cases[i].says || strstr(err.msg, cases[i].says), "%s: %s", cases[i].json, err.msg);
        assert_int_equal(h.is_online, cases[i].is_online);
    }
}

static enum hosts_taken say(struct hosts *h, const char *id, bool is_online, const char *boot, int64_t now_us)
{
    struct sw_host_status said = {.is_online = is_online};

    strcpy(said.boot, boot);
    return hosts_take(h, id, &said, now_us);
}

static void the_will_of_an_earlier_session_is_not_believed(void **state)
{
    struct hosts h = {0};

    (void) state;
    assert_false(hosts_are_away(&h)); /* nobody is known: nothing is amiss */
    assert_int_equal(say(&h, "a", true, "one", 1), HOSTS_CHANGED);
    assert_int_equal(say(&h, "a", true, "two", 2), HOSTS_SAME);
    assert_int_equal(say(&h, "a", false, "one", 3), HOSTS_GHOST);
    assert_false(hosts_are_away(&h));
    assert_int_equal(say(&h, "a", false, "two", 4), HOSTS_CHANGED);
    assert_true(hosts_are_away(&h));
    assert_int_equal(h.list[0].since_us, 4);
    assert_int_equal(say(&h, "a", false, "one", 5), HOSTS_SAME); /* it is gone either way */
    assert_int_equal(h.list[0].since_us, 4);
    assert_int_equal(say(&h, "a", true, "three", 6), HOSTS_CHANGED);
    assert_int_equal(say(&h, "a", false, "", 7), HOSTS_CHANGED); /* one that tells no boot is believed */
}

static void the_platform_is_away_when_all_its_hosts_are(void **state)
{
    struct hosts h = {0};

    (void) state;
    say(&h, "a", false, "", 1);
    say(&h, "b", true, "", 1);
    assert_false(hosts_are_away(&h));
    say(&h, "b", false, "", 2);
    assert_true(hosts_are_away(&h));
    assert_true(hosts_forget(&h, "a"));
    assert_true(hosts_are_away(&h));
    assert_true(hosts_forget(&h, "b"));
    assert_false(hosts_forget(&h, "b"));
    assert_false(hosts_forget(&h, ""));
    assert_false(hosts_are_away(&h));
}

static void more_hosts_than_there_is_room_for_are_left_out(void **state)
{
    struct hosts h = {0};
    char id[16];

    (void) state;
    for (int i = 0; i < HOSTS_MAX; i++) {
        (void) snprintf(id, sizeof(id), "h%d", i);
        assert_int_equal(say(&h, id, true, "", 1), HOSTS_CHANGED);
    }
    assert_int_equal(say(&h, "over", true, "", 1), HOSTS_FULL);
    assert_int_equal(say(&h, "h3", false, "", 1), HOSTS_CHANGED); /* those that are known go on */
    assert_true(hosts_forget(&h, "h3"));
    assert_int_equal(say(&h, "over", true, "", 1), HOSTS_CHANGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_period_is_read_whole_or_refused_by_name),
        cmocka_unit_test(the_reason_is_kept_in_its_language),
        cmocka_unit_test(a_document_that_is_too_large_is_refused_before_it_is_parsed),
        cmocka_unit_test(a_hosts_status_is_read_whole_or_refused_by_name),
        cmocka_unit_test(the_will_of_an_earlier_session_is_not_believed),
        cmocka_unit_test(the_platform_is_away_when_all_its_hosts_are),
        cmocka_unit_test(more_hosts_than_there_is_room_for_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
