// SPDX-License-Identifier: Apache-2.0
/* What the authority and broadcasts say beside the site's files: each command on a layer, what it refuses and why, and
 * what becomes of the published schedule. The import is not run here: what it would say is built by hand. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "gateway/schedule_command.h"
#include "gateway/schedule_layer.h"
#include "gateway/schedule_merge.h"
#include "gateway/schedule_text.h"

#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)
#define HOUR_US (3600 * SW_US_PER_S)
#define T0 (20516 * DAY_US) /* 2026-03-04 */

static struct sw_zone utc;

static int setup(void **state)
{
    (void) state;
    sw_zone_init_utc(&utc);
    return 0;
}

/* One hour at T0 + hour. */
static struct sw_schedule *one(const char *uid, enum sw_item_kind kind, enum sw_item_source source,
                               enum sw_item_status status, int hour)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->items = calloc(2, sizeof(*s->items));
    s->instances = calloc(2, sizeof(*s->instances));
    assert_true(s->items && s->instances);
    s->from_us = T0 - 10 * DAY_US;
    s->to_us = T0 + 10 * DAY_US;
    s->n_items = s->n_instances = 1;
    s->items[0] = (struct sw_schedule_item){.kind = kind,
                                            .source = source,
                                            .status = status,
                                            .published_us = INT64_MIN,
                                            .claimed_published_us = INT64_MIN,
                                            .cancelled_us = INT64_MIN,
                                            .granted_us = INT64_MIN,
                                            .valid_from_us = INT64_MIN,
                                            .valid_to_us = INT64_MIN,
                                            .notice_posted_us = INT64_MIN};
    strcpy(s->items[0].uid, uid);
    strcpy(s->items[0].dtstart, "2026-03-04T00:00:00");
    strcpy(s->items[0].duration, "PT1H");
    s->instances[0] = (struct sw_schedule_instance){T0 + hour * HOUR_US, T0 + (hour + 1) * HOUR_US, 0};
    assert_int_equal(sw_schedule_finish(s, NULL), SW_OK);
    return s;
}

/* ---- the document ---- */

#define ITEM "\"uid\":\"p\",\"kind\":\"permit\",\"dtstart\":\"2026-03-10T22:00:00\",\"duration\":\"PT8H\""
#define UPSERT(items) "{\"op\":\"upsert\",\"items\":[" items "]}"

static void a_command_is_read_whole_or_refused_by_item_and_field(void **state)
{
    static const struct {
        const char *json, *says; /* NULL: taken */
    } cases[] = {
        {UPSERT("{" ITEM "}"), NULL},
        {UPSERT("{" ITEM ",\"status\":\"confirmed\",\"source\":\"file\",\"later\":{}}"), NULL},
        {"{\"op\":\"confirm\",\"items\":[{\"uid\":\"p\"},{\"uid\":\"q\",\"kind\":7}]}", NULL},
        {"{\"op\":\"cancel\",\"items\":[{\"uid\":\"p\"}]}", NULL},
        {"", "not JSON"},
        {"[]", "\"op\" must be"},
        {"{\"op\":7}", "\"op\" must be"},
        {"{\"op\":\"delete\"}", "\"op\" must be"},
        {"{\"op\":\"upsert\"}", "\"items\" must be a list"},
        {"{\"op\":\"upsert\",\"items\":{}}", "\"items\" must be a list"},
        {UPSERT(""), "\"items\" must be a list"},
        {UPSERT("7"), "item 1: must be an object"},
        {UPSERT("{}"), "item 1: \"uid\" is missing"},
        {"{\"op\":\"cancel\",\"items\":[7]}", "item 1: \"uid\" is missing"},
        {"{\"op\":\"cancel\",\"items\":[{\"uid\":\"p\"},{\"uid\":\"p\"}]}", "item 2, 'p': its uid is there twice"},
        {UPSERT("{\"uid\":\"p\"}"), "item 1, 'p': \"kind\" is missing"},
        {UPSERT("{\"uid\":\"p\",\"kind\":\"work\"}"), "item 1, 'p': \"dtstart\" is missing"},
        {UPSERT("{\"uid\":\"p\",\"kind\":\"work\",\"dtstart\":\"2026-03-10\"}"), "\"duration\" is missing"},
        {UPSERT("{\"uid\":\"p\",\"kind\":\"work\",\"dtstart\":\"x\",\"duration\":\"PT1H\"}"), "\"dtstart\": 'x' is no"},
        {UPSERT("{\"uid\":\"p\",\"kind\":\"work\",\"dtstart\":\"2026-03-10\",\"duration\":\"-PT1H\"}"), "\"duration\""},
        {UPSERT("{" ITEM ",\"status\":\"unconfirmed\"}"), "\"status\" must be confirmed"},
        {UPSERT("{" ITEM ",\"valid_from\":\"2026-03-11T00:00:00Z\",\"valid_to\":\"2026-03-10T00:00:00Z\"}"),
         "\"valid_to\" is not after"},
        {UPSERT("{" ITEM ",\"notice_posted_at\":\"yesterday\"}"), "\"notice_posted_at\""},
        {UPSERT("{" ITEM ",\"summary\":\"two\\nlines\",\"colour\":\"\\u001b[31m\"}"), NULL},
        {UPSERT("{" ITEM ",\"permit_no\":\"\\u001b[31m\"}"), "\"permit_no\" holds a control character"},
        {UPSERT("{" ITEM ",\"summary\":{\"zh-CN\":\"\\u007f\"}}"), "\"zh-CN\" holds a control character"},
        {UPSERT("{" ITEM ",\"rrule\":\"FREQ=DAILY\\nEXDATE:20260310T220000\"}"), "\"rrule\" holds a control"},
        {UPSERT("{" ITEM ",\"reason\":{\"en\":7}}"), "\"en\" must be a text"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_schedule_command c = {0};
        struct sw_err err = {0};
        const int rc = sw_schedule_command_read(cases[i].json, strlen(cases[i].json), &utc, &c, &err);

        CHECK((rc == SW_OK) == (cases[i].says == NULL), "%s: %s", cases[i].json, err.msg);
        CHECK(!cases[i].says || strstr(err.msg, cases[i].says), "%s: %s", cases[i].json, err.msg);
        if (rc == SW_OK)
            sw_schedule_command_done(&c);
    }
}

static void of_an_item_only_what_is_of_the_contract_and_says_something_is_kept(void **state)
{
    static const char json[] = UPSERT("{" ITEM ",\"rrule\":null,\"exdate\":null,\"tz\":null,\"colour\":[1],"
                                      "\"reason\":{\"en\":\"Exam\",\"fr\":[1e20]}}");
    struct sw_schedule_command c;
    struct sw_err err = {0};
    char *text;

    (void) state;
    CHECK(sw_schedule_command_read(json, strlen(json), &utc, &c, &err) == SW_OK, "%s", err.msg);
    text = json_dumps(c.items, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "[{\"dtstart\":\"2026-03-10T22:00:00\",\"duration\":\"PT8H\",\"kind\":\"permit\","
                              "\"source\":\"authority\",\"status\":\"confirmed\",\"summary\":{\"en\":\"Exam\"},"
                              "\"uid\":\"p\"}]");
    free(text);
    sw_schedule_command_done(&c);
}

/* ---- commands on a layer ---- */

static struct sw_schedule_command command(const char *json)
{
    struct sw_schedule_command c;
    struct sw_err err = {0};

    CHECK(sw_schedule_command_read(json, strlen(json), &utc, &c, &err) == SW_OK, "%s: %s", json, err.msg);
    return c;
}

/* What a command makes of a layer, which is used up; NULL = it was refused with that code. */
static struct sw_layer *apply(struct sw_layer *l, const char *json, const struct sw_schedule *now, int want)
{
    struct sw_schedule_command c = command(json);
    struct sw_layer *next = NULL;
    struct sw_err err = {0};
    const int rc = sw_layer_apply(l, &c, now, T0, &next, &err);

    CHECK(rc == want, "%s: %d instead of %d: %s", json, rc, want, err.msg);
    sw_schedule_command_done(&c);
    sw_layer_free(l);
    return next;
}

static bool has_text(const struct sw_layer *l, const char *words)
{
    size_t len;
    char *text = sw_layer_text(l, &len);
    bool found;

    assert_non_null(text);
    found = strstr(text, words) != NULL;
    free(text);
    return found;
}

static size_t overruled(const struct sw_layer *l)
{
    const char *uids[SW_LAYER_ITEMS_MAX + SW_LAYER_WITHDRAWN_MAX];

    return sw_layer_overruled(l, uids);
}

#define CANCEL(uid) "{\"op\":\"cancel\",\"items\":[{\"uid\":\"" uid "\"}]}"
#define CONFIRM(uid) "{\"op\":\"confirm\",\"items\":[{\"uid\":\"" uid "\"}]}"

static void an_item_is_put_replaced_withdrawn_and_put_again(void **state)
{
    struct sw_layer *l = sw_layer_new();

    (void) state;
    assert_int_equal(sw_layer_n_items(l), 0);
    l = apply(l, UPSERT("{" ITEM ",\"permit_no\":\"one\",\"later\":1,\"exdate\":[\"2026-03-11T22:00:00\"]}"), NULL,
              SW_OK);
    assert_true(has_text(l, "\"permit_no\":\"one\"") && has_text(l, "exdate") &&
                has_text(l, "\"source\":\"authority\""));
    assert_false(has_text(l, "later"));
    l = apply(l, UPSERT("{" ITEM ",\"permit_no\":\"two\"}"), NULL, SW_OK);
    assert_int_equal(sw_layer_n_items(l), 1);
    assert_true(has_text(l, "two") && !has_text(l, "one"));
    assert_int_equal(overruled(l), 1);
    l = apply(l, CANCEL("p"), NULL, SW_OK);
    assert_int_equal(sw_layer_n_items(l), 0);
    assert_int_equal(overruled(l), 1); /* what a file says of it does not come back by that */
    l = apply(l, CANCEL("p"), NULL, SW_OK);
    assert_int_equal(overruled(l), 1);
    l = apply(l, UPSERT("{" ITEM "}"), NULL, SW_OK);
    assert_int_equal(overruled(l), 1);
    sw_layer_free(l);
}

static void what_stands_in_the_files_is_confirmed_or_withdrawn(void **state)
{
    struct sw_schedule *permit = one("p", SW_ITEM_PERMIT, SW_SOURCE_FILE, SW_ITEM_UNCONFIRMED, 1);
    struct sw_schedule *work = one("p", SW_ITEM_WORK, SW_SOURCE_FILE, SW_ITEM_CONFIRMED, 1);
    struct sw_schedule *quiet = one("p", SW_ITEM_QUIET, SW_SOURCE_BROADCAST, SW_ITEM_CONFIRMED, 1);
    struct sw_layer *l = apply(sw_layer_new(), CONFIRM("p"), permit, SW_OK);

    (void) state;
    assert_true(has_text(l, "\"dtstart\":\"2026-03-04T00:00:00\"") && has_text(l, "\"status\":\"confirmed\""));
    sw_layer_free(l);
    l = apply(sw_layer_new(), CANCEL("p"), work, SW_OK);
    assert_int_equal(overruled(l), 1);
    sw_layer_free(l);
    assert_null(apply(sw_layer_new(), CONFIRM("p"), work, SW_E_INVAL));
    assert_null(apply(sw_layer_new(), CONFIRM("q"), permit, SW_E_NOTFOUND));
    assert_null(apply(sw_layer_new(), CONFIRM("p"), NULL, SW_E_NOTFOUND));
    assert_null(apply(sw_layer_new(), CANCEL("q"), work, SW_E_NOTFOUND));
    assert_null(apply(sw_layer_new(), CANCEL("p"), quiet, SW_E_INVAL));
    permit->items[0].cancelled_us = T0 - 1;
    assert_null(apply(sw_layer_new(), CONFIRM("p"), permit, SW_E_NOTFOUND));
    sw_schedule_free(permit);
    sw_schedule_free(work);
    sw_schedule_free(quiet);
}

static void a_confirmation_that_would_mean_other_times_is_refused(void **state)
{
    struct sw_schedule *file = one("p", SW_ITEM_PERMIT, SW_SOURCE_FILE, SW_ITEM_UNCONFIRMED, 1);
    struct sw_schedule *same = one("p", SW_ITEM_PERMIT, SW_SOURCE_AUTHORITY, SW_ITEM_CONFIRMED, 1);
    struct sw_schedule *other = one("p", SW_ITEM_PERMIT, SW_SOURCE_AUTHORITY, SW_ITEM_CONFIRMED, 2);
    struct sw_schedule_command c = command(CONFIRM("p"));
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_layer_check_confirmed(&c, file, same, &err), SW_OK);
    assert_int_equal(sw_layer_check_confirmed(&c, file, other, &err), SW_E_INVAL);
    CHECK(strstr(err.msg, "'p'"), "%s", err.msg);
    sw_schedule_command_done(&c);
    sw_schedule_free(file);
    sw_schedule_free(same);
    sw_schedule_free(other);
}

static void a_layer_has_an_end(void **state)
{
    struct sw_layer *l = sw_layer_new();
    char json[400];

    (void) state;
    for (int i = 0; i <= SW_LAYER_ITEMS_MAX; i++) {
        (void) snprintf(json, sizeof(json),
                        UPSERT("{\"uid\":\"p-%d\",\"kind\":\"work\",\"dtstart\":\"2026-03-10\",\"duration\":\"PT1H\"}"),
                        i);
        l = apply(l, json, NULL, i < SW_LAYER_ITEMS_MAX ? SW_OK : SW_E_FULL);
    }
    assert_null(l);
}

static void a_layer_comes_back_from_the_store_as_it_was(void **state)
{
    struct sw_schedule *s = one("p", SW_ITEM_WORK, SW_SOURCE_FILE, SW_ITEM_CONFIRMED, 1), *again = NULL;
    struct sw_layer *l = apply(sw_layer_new(), UPSERT("{" ITEM ",\"permit_no\":\"沪\"}"), NULL, SW_OK), *back = NULL;
    static const char *const torn[] = {"", "{}", "{\"layer\":7}",
                                       "{\"layer\":{\"items\":[7],\"withdrawn\":[],\"quiet\":[]}}",
                                       "{\"layer\":{\"items\":[],\"withdrawn\":{},\"quiet\":[]}}"};
    struct sw_err err = {0};
    size_t len;
    char *text = sw_schedule_text_write(s, l, &len);

    (void) state;
    assert_non_null(text);
    CHECK(sw_schedule_text_read(text, len, &again, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_schedule_text_layer(text, len, &back, &err) == SW_OK, "%s", err.msg);
    assert_true(sw_layer_n_items(back) == 1 && has_text(back, "沪"));
    sw_layer_free(back);
    for (size_t i = 0; i < SW_ARRAY_SIZE(torn); i++) {
        const int rc = sw_schedule_text_layer(torn[i], strlen(torn[i]), &back, &err);

        CHECK(rc == (i == 1 ? SW_OK : SW_E_CORRUPT), "%s: %d", torn[i], rc); /* a store of before has none */
        if (rc == SW_OK)
            sw_layer_free(back);
    }
    free(text);
    sw_layer_free(l);
    sw_schedule_free(s);
    sw_schedule_free(again);
}

/* ---- broadcasts ---- */

static struct sw_quiet quiet_of(const char *id, const char *dtstart, const char *duration)
{
    struct sw_quiet q = {.at_us = T0 - DAY_US};

    strcpy(q.id, id);
    strcpy(q.dtstart, dtstart);
    strcpy(q.duration, duration);
    strcpy(q.summary_zh, "高考");
    return q;
}

static void a_quiet_period_is_kept_whole_until_it_is_taken_out(void **state)
{
    const struct sw_quiet q = quiet_of("exam", "2026-03-04", "P2D");
    struct sw_layer *none = sw_layer_new(), *with = NULL, *without = NULL;
    struct sw_schedule *s = NULL;
    struct sw_quiet found;

    (void) state;
    assert_int_equal(sw_layer_with_quiet(none, &q, &with, NULL), SW_OK);
    assert_true(sw_layer_find_quiet(with, "exam", &found));
    assert_memory_equal(&found, &q, sizeof(q));
    assert_false(sw_layer_find_quiet(none, "exam", NULL));
    assert_int_equal(sw_layer_broadcasts(with, &utc, T0 - DAY_US, T0 + DAY_US, &s, NULL), SW_OK);
    assert_int_equal(s->n_items, 1);
    assert_true(s->items[0].kind == SW_ITEM_QUIET && s->items[0].source == SW_SOURCE_BROADCAST);
    assert_true(s->instances[0].from_us == T0 && s->instances[0].to_us == T0 + 2 * DAY_US);
    assert_int_equal(overruled(with), 0); /* a site's item of the same uid is another matter */
    assert_int_equal(sw_layer_without_quiet(with, "exam", &without, NULL), SW_OK);
    assert_false(sw_layer_find_quiet(without, "exam", NULL));
    sw_schedule_free(s);
    sw_layer_free(none);
    sw_layer_free(with);
    sw_layer_free(without);
}

static void quiet_periods_have_a_ceiling_and_a_time(void **state)
{
    struct sw_layer *l = sw_layer_new();
    int64_t from_us, to_us;

    (void) state;
    for (int i = 0; i <= SW_LAYER_QUIET_MAX; i++) {
        struct sw_quiet q = quiet_of("", "2026-03-04", "P2D");
        struct sw_layer *next = NULL;
        const int rc = (snprintf(q.id, sizeof(q.id), "q-%d", i), sw_layer_with_quiet(l, &q, &next, NULL));

        assert_int_equal(rc, i < SW_LAYER_QUIET_MAX ? SW_OK : SW_E_FULL);
        if (rc == SW_OK) {
            sw_layer_free(l);
            l = next;
        }
    }
    sw_layer_free(l);
    static const struct {
        const char *dtstart, *duration, *says;
    } wrong[] = {{"", "P1D", "dtstart"},
                 {"2026-13-01", "P1D", "dtstart"},
                 {"2026-03-04", "", "duration"},
                 {"2026-03-04", "P401D", "duration"},
                 {"2026-03-04", "PT0S", "duration"}};
    for (size_t i = 0; i < SW_ARRAY_SIZE(wrong); i++) {
        const struct sw_quiet q = quiet_of("q", wrong[i].dtstart, wrong[i].duration);
        struct sw_err err = {0};

        assert_int_equal(sw_quiet_times(&q, &utc, &from_us, &to_us, &err), SW_E_INVAL);
        CHECK(strstr(err.msg, wrong[i].says), "%s %s: %s", wrong[i].dtstart, wrong[i].duration, err.msg);
    }
}

/* ---- what is published of it ---- */

static struct sw_schedule *merge(struct sw_schedule *before, const struct sw_schedule_said *said, int64_t now_us,
                                 bool *changed)
{
    struct sw_schedule *merged = NULL;
    struct sw_err err = {0};

    CHECK(sw_schedule_merge(before, said, now_us, &merged, changed, &err) == SW_OK, "%s", err.msg);
    sw_schedule_free(before);
    return merged;
}

static void items_of_whom_nobody_speaks_now_stand_on(void **state)
{
    struct sw_schedule *file = one("hours", SW_ITEM_WORK, SW_SOURCE_FILE, SW_ITEM_CONFIRMED, 1);
    struct sw_schedule *permit = one("p", SW_ITEM_PERMIT, SW_SOURCE_AUTHORITY, SW_ITEM_CONFIRMED, 2);
    const struct sw_schedule *const files[] = {file}, *const permits[] = {permit};
    bool changed;
    struct sw_schedule *s = merge(NULL, &(struct sw_schedule_said){.list = files, .n = 1}, T0, &changed);

    (void) state;
    s = merge(s, &(struct sw_schedule_said){.list = permits, .n = 1, .carries = {[SW_SOURCE_FILE] = true}}, T0 + 1,
              &changed);
    assert_true(changed && s->revision == 2 && s->n_items == 2);
    assert_true(s->items[0].published_us == T0 && s->items[0].cancelled_us == INT64_MIN);
    s = merge(s, &(struct sw_schedule_said){.list = files, .n = 1, .carries = {[SW_SOURCE_AUTHORITY] = true}}, T0 + 2,
              &changed);
    assert_true(!changed && s->revision == 2 && s->n_items == 2 && s->n_instances == 2);
    sw_schedule_free(s);
    sw_schedule_free(file);
    sw_schedule_free(permit);
}

static void what_the_authority_speaks_of_is_not_the_files_any_more(void **state)
{
    static const char *const uids[] = {"p"};
    struct sw_schedule *file = one("p", SW_ITEM_PERMIT, SW_SOURCE_FILE, SW_ITEM_UNCONFIRMED, 1);
    struct sw_schedule *permit = one("p", SW_ITEM_PERMIT, SW_SOURCE_AUTHORITY, SW_ITEM_CONFIRMED, 1);
    const struct sw_schedule *const files[] = {file}, *const both[] = {file, permit};
    bool changed;
    struct sw_schedule *s = merge(NULL, &(struct sw_schedule_said){.list = files, .n = 1}, T0, &changed);

    (void) state;
    for (int i = 0; i < 2; i++) { /* confirmed; then the file is imported again */
        s = merge(s, &(struct sw_schedule_said){.list = both, .n = 2, .overruled = uids, .n_overruled = 1}, T0 + 1 + i,
                  &changed);
        assert_int_equal(changed, i == 0);
        assert_int_equal(s->n_items, 2);
        assert_true(s->items[0].source == SW_SOURCE_AUTHORITY && s->items[0].cancelled_us == INT64_MIN);
        assert_true(s->items[1].source == SW_SOURCE_FILE && s->items[1].cancelled_us == T0 + 1);
    }
    s = merge(s, &(struct sw_schedule_said){.list = files, .n = 1, .overruled = uids, .n_overruled = 1}, T0 + 9,
              &changed);
    assert_true(changed && s->items[0].cancelled_us == T0 + 9); /* withdrawn: the file's does not rise again */
    assert_int_equal(s->n_items, 2);
    sw_schedule_free(s);
    sw_schedule_free(file);
    sw_schedule_free(permit);
}

static void what_is_over_goes_without_a_word(void **state)
{
    struct sw_schedule *permit = one("p", SW_ITEM_QUIET, SW_SOURCE_BROADCAST, SW_ITEM_CONFIRMED, 1);
    const struct sw_schedule *const list[] = {permit};
    bool changed;
    struct sw_schedule *s = merge(NULL, &(struct sw_schedule_said){.list = list, .n = 1}, T0, &changed);

    (void) state;
    s = merge(s, &(struct sw_schedule_said){0}, T0 + 50 * DAY_US, &changed);
    assert_true(!changed && s->n_items == 0);
    sw_schedule_free(s);
    s = merge(NULL, &(struct sw_schedule_said){.list = list, .n = 1}, T0, &changed);
    s = merge(s, &(struct sw_schedule_said){0}, T0 + DAY_US, &changed); /* withdrawn */
    assert_true(changed && s->n_items == 1 && s->items[0].status == SW_ITEM_CANCELLED);
    sw_schedule_free(s);
    sw_schedule_free(permit);
}

static void a_layer_lets_go_of_what_ended_long_ago(void **state)
{
    struct sw_schedule *file = one("said", SW_ITEM_WORK, SW_SOURCE_FILE, SW_ITEM_CONFIRMED, 1);
    struct sw_schedule *gone = one("unsaid", SW_ITEM_WORK, SW_SOURCE_FILE, SW_ITEM_CONFIRMED, 1);
    const struct sw_schedule *const files[] = {file};
    const struct sw_quiet q = quiet_of("exam", "2026-03-04", "P2D");
    struct sw_layer *l = apply(sw_layer_new(),
                               UPSERT("{" ITEM "},{\"uid\":\"zone\",\"kind\":\"quiet\",\"tz\":\"Asia/Shanghai\","
                                      "\"rrule\":null,\"dtstart\":\"2026-03-04\",\"duration\":\"P1D\"},"
                                      "{\"uid\":\"rule\",\"kind\":\"work\",\"rrule\":\"FREQ=DAILY;"
                                      "COUNT=2\",\"dtstart\":\"2026-03-04\",\"duration\":\"PT1H\"}"),
                               NULL, SW_OK);
    struct sw_layer *next = NULL;

    (void) state;
    l = apply(l, CANCEL("said"), file, SW_OK);
    l = apply(l, CANCEL("unsaid"), gone, SW_OK);
    assert_int_equal(sw_layer_with_quiet(l, &q, &next, NULL), SW_OK);
    sw_layer_free(l);
    assert_int_equal(sw_layer_prune(next, &utc, files, 1, T0, &l), SW_OK);
    assert_true(sw_layer_find_quiet(l, "exam", NULL) && sw_layer_n_items(l) == 3 && overruled(l) == 5);
    sw_layer_free(next);
    assert_int_equal(sw_layer_prune(l, &utc, files, 1, T0 + 20 * DAY_US, &next), SW_OK);
    assert_false(sw_layer_find_quiet(next, "exam", NULL));
    assert_int_equal(sw_layer_n_items(next), 1); /* only its sender knows whether a rule is over */
    assert_int_equal(overruled(next), 2);        /* and a file still says what was withdrawn */
    sw_layer_free(l);
    sw_layer_free(next);
    sw_schedule_free(file);
    sw_schedule_free(gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_read_whole_or_refused_by_item_and_field),
        cmocka_unit_test(of_an_item_only_what_is_of_the_contract_and_says_something_is_kept),
        cmocka_unit_test(an_item_is_put_replaced_withdrawn_and_put_again),
        cmocka_unit_test(what_stands_in_the_files_is_confirmed_or_withdrawn),
        cmocka_unit_test(a_confirmation_that_would_mean_other_times_is_refused),
        cmocka_unit_test(a_layer_has_an_end),
        cmocka_unit_test(a_layer_comes_back_from_the_store_as_it_was),
        cmocka_unit_test(a_quiet_period_is_kept_whole_until_it_is_taken_out),
        cmocka_unit_test(quiet_periods_have_a_ceiling_and_a_time),
        cmocka_unit_test(items_of_whom_nobody_speaks_now_stand_on),
        cmocka_unit_test(what_the_authority_speaks_of_is_not_the_files_any_more),
        cmocka_unit_test(what_is_over_goes_without_a_word),
        cmocka_unit_test(a_layer_lets_go_of_what_ended_long_ago),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
