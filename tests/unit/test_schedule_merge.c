// SPDX-License-Identifier: Apache-2.0
/* What counts as a publication: the first time that a content is said; what is no longer said stood until it was
 * noticed. And that a stored schedule comes back as it was. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/schedule_merge.h"
#include "gateway/schedule_text.h"

#define DAY_US (SW_S_PER_DAY * SW_US_PER_S)
#define T0 (20000 * DAY_US)
#define HOUR_US (3600 * SW_US_PER_S)

/* A schedule of one to three daily items: uid, first hour, hours long; known for 10 days around T0. */
struct said {
    const char *uid;
    int hour, hours;
    enum sw_item_status status;
    const char *reason;
};

static struct sw_schedule *schedule_of(const struct said *said, size_t n, int64_t from_us)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));
    struct sw_err err = {0};

    assert_non_null(s);
    s->items = calloc(n + 1, sizeof(*s->items));
    s->instances = calloc(20 * n + 1, sizeof(*s->instances));
    assert_true(s->items && s->instances);
    s->from_us = from_us;
    s->to_us = from_us + 10 * DAY_US;
    s->n_items = n;
    for (size_t i = 0; i < n; i++) {
        struct sw_schedule_item *item = &s->items[i];

        *item = (struct sw_schedule_item){.kind = SW_ITEM_WORK,
                                          .status = said[i].status,
                                          .published_us = INT64_MIN,
                                          .claimed_published_us = INT64_MIN,
                                          .cancelled_us = INT64_MIN,
                                          .granted_us = INT64_MIN,
                                          .valid_from_us = INT64_MIN,
                                          .valid_to_us = INT64_MIN,
                                          .notice_posted_us = INT64_MIN};
        strcpy(item->uid, said[i].uid);
        strcpy(item->reason, said[i].reason ? said[i].reason : "");
        for (int day = 0; day < 10; day++) {
            struct sw_schedule_instance *in = &s->instances[s->n_instances++];

            in->from_us = from_us + day * DAY_US + said[i].hour * HOUR_US;
            in->to_us = in->from_us + said[i].hours * HOUR_US;
            in->item = (uint16_t) i;
        }
    }
    CHECK(sw_schedule_finish(s, &err) == SW_OK, "%s", err.msg);
    return s;
}

/* Merge what one file says now into what stood before, which is used up. */
static struct sw_schedule *merge(struct sw_schedule *before, const struct said *said, size_t n, int64_t from_us,
                                 int64_t now_us, bool *changed)
{
    struct sw_schedule *file = schedule_of(said, n, from_us), *merged = NULL;
    const struct sw_schedule *const files[] = {file};
    struct sw_err err = {0};

    CHECK(sw_schedule_merge(before, &(struct sw_schedule_said){.list = files, .n = 1}, now_us, &merged, changed,
                            &err) == SW_OK,
          "%s", err.msg);
    sw_schedule_free(before);
    sw_schedule_free(file);
    return merged;
}

static const struct sw_schedule_item *item_of(const struct sw_schedule *s, const char *uid, bool is_cancelled)
{
    for (size_t i = 0; i < s->n_items; i++)
        if (strcmp(s->items[i].uid, uid) == 0 && (s->items[i].cancelled_us != INT64_MIN) == is_cancelled)
            return &s->items[i];
    return NULL;
}

static const struct said HOURS = {"hours", 6, 16, SW_ITEM_CONFIRMED, NULL};

static void the_same_content_keeps_its_time_of_publication(void **state)
{
    bool changed;
    struct sw_schedule *s = merge(NULL, &HOURS, 1, T0, T0 + 5, &changed);

    (void) state;
    assert_true(changed);
    assert_int_equal(s->revision, 1);
    assert_int_equal(s->items[0].published_us, T0 + 5);
    assert_int_equal(s->items[0].revision, 1);
    s = merge(s, &HOURS, 1, T0 + DAY_US, T0 + DAY_US, &changed); /* a day later, over a stretch that moved on */
    assert_false(changed);
    assert_int_equal(s->revision, 1);
    assert_int_equal(s->n_items, 1);
    assert_int_equal(s->items[0].published_us, T0 + 5);
    assert_int_equal(s->to_us, T0 + 11 * DAY_US);
    sw_schedule_free(s);
}

static void a_changed_content_is_a_new_publication_and_the_old_one_stood_until_then(void **state)
{
    static const struct {
        const char *why;
        struct said later;
    } cases[] = {
        {"an hour less", {"hours", 6, 15, SW_ITEM_CONFIRMED, NULL}},
        {"another hour", {"hours", 7, 16, SW_ITEM_CONFIRMED, NULL}},
        {"a reason", {"hours", 6, 16, SW_ITEM_CONFIRMED, "concrete"}},
        {"no longer confirmed", {"hours", 6, 16, SW_ITEM_UNCONFIRMED, NULL}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        bool changed;
        struct sw_schedule *s = merge(NULL, &HOURS, 1, T0, T0, &changed);
        const struct sw_schedule_item *old, *new;

        s = merge(s, &cases[i].later, 1, T0, T0 + HOUR_US, &changed);
        old = item_of(s, "hours", true);
        new = item_of(s, "hours", false);
        CHECK(changed && s->revision == 2 && s->n_items == 2 && old && new, "%s", cases[i].why);
        CHECK(old->published_us == T0 && old->cancelled_us == T0 + HOUR_US, "%s", cases[i].why);
        CHECK(new->published_us == T0 + HOUR_US &&new->revision == 2, "%s", cases[i].why);
        CHECK(s->n_instances == 20, "%s: %zu instances", cases[i].why, s->n_instances);
        sw_schedule_free(s);
    }
}

static void what_is_no_longer_said_counts_as_cancelled_from_then_on(void **state)
{
    static const struct said both[] = {{"hours", 6, 16, SW_ITEM_CONFIRMED, NULL},
                                       {"night", 23, 4, SW_ITEM_CONFIRMED, NULL}};
    bool changed;
    struct sw_schedule *s = merge(NULL, both, 2, T0, T0, &changed);

    (void) state;
    s = merge(s, both, 1, T0, T0 + 7, &changed);
    assert_true(changed);
    assert_int_equal(item_of(s, "night", true)->cancelled_us, T0 + 7);
    s = merge(s, both, 1, T0, T0 + 9, &changed);
    assert_false(changed);
    assert_int_equal(item_of(s, "night", true)->cancelled_us, T0 + 7);
    s = merge(s, both, 2, T0, T0 + 11, &changed); /* said again: published again, the first time stays known */
    assert_true(changed);
    assert_int_equal(s->revision, 3);
    assert_int_equal(item_of(s, "night", false)->published_us, T0 + 11);
    assert_int_equal(item_of(s, "night", true)->published_us, T0);
    s = merge(s, both, 2, T0 + 41 * DAY_US, T0 + 41 * DAY_US, &changed);
    assert_false(changed); /* that it is forgotten after its time is no change */
    assert_null(item_of(s, "night", true));
    sw_schedule_free(s);
}

static void an_item_that_its_file_calls_cancelled_never_stood_after_that(void **state)
{
    static const struct said cancelled = {"hours", 6, 16, SW_ITEM_CANCELLED, NULL};
    bool changed;
    struct sw_schedule *s = merge(NULL, &HOURS, 1, T0, T0, &changed);

    (void) state;
    s = merge(s, &cancelled, 1, T0, T0 + 3, &changed);
    assert_true(changed);
    for (size_t i = 0; i < s->n_items; i++)
        assert_int_equal(s->items[i].cancelled_us, T0 + 3);
    s = merge(s, &cancelled, 1, T0, T0 + 4, &changed);
    assert_false(changed);
    sw_schedule_free(s);
}

static void a_replay_knows_what_the_files_claim_when_they_claim_it(void **state)
{
    static const struct said both[] = {{"always", 6, 16, SW_ITEM_CONFIRMED, NULL},
                                       {"late", 23, 4, SW_ITEM_CONFIRMED, NULL}};
    struct sw_schedule *file = schedule_of(both, 2, T0), *all = NULL, *known = NULL;
    const struct sw_schedule *const files[] = {file};
    struct sw_err err = {0};

    (void) state;
    file->items[1].claimed_published_us = T0 + 50;
    CHECK(sw_schedule_claimed(files, 1, &all, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(all->n_items, 2);
    assert_int_equal(sw_schedule_next(all, T0), T0 + 50);
    assert_int_equal(sw_schedule_next(all, T0 + 50), INT64_MAX);
    CHECK(sw_schedule_known(all, T0 + 49, 1, &known, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(known->n_items, 1);
    assert_string_equal(known->items[0].uid, "always");
    assert_int_equal(known->n_instances, 10);
    sw_schedule_free(known);
    CHECK(sw_schedule_known(all, T0 + 50, 2, &known, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(known->n_items, 2);
    assert_int_equal(known->revision, 2);
    sw_schedule_free(known);
    sw_schedule_free(all);
    sw_schedule_free(file);
}

static void more_than_fits_is_refused_in_words(void **state)
{
    static struct said many[SW_SCHEDULE_ITEMS_MAX + 1];
    static char uid[SW_SCHEDULE_ITEMS_MAX + 1][16];
    struct sw_schedule *merged = NULL;
    struct sw_err err = {0};
    bool changed;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(many); i++) {
        snprintf(uid[i], sizeof(uid[i]), "item-%zu", i);
        many[i] = (struct said){uid[i], 6, 1, SW_ITEM_CONFIRMED, NULL};
    }
    /* two files that are well each, and too much together */
    struct sw_schedule *a = schedule_of(many, 300, T0), *b = schedule_of(many + 300, 201, T0);
    const struct sw_schedule *const files[] = {a, b};
    assert_int_equal(
        sw_schedule_merge(NULL, &(struct sw_schedule_said){.list = files, .n = 2}, T0, &merged, &changed, &err),
        SW_E_FULL);
    assert_non_null(strstr(err.msg, "501 items"));
    assert_null(merged);
    sw_schedule_free(a);
    sw_schedule_free(b);
}

static void a_stored_schedule_comes_back_as_it_was(void **state)
{
    static const struct said both[] = {{"hours", 6, 16, SW_ITEM_CONFIRMED, "浇筑 \"x\"\n"},
                                       {"night", 23, 4, SW_ITEM_UNCONFIRMED, NULL}};
    bool changed;
    struct sw_schedule *s = merge(NULL, both, 2, T0, T0, &changed), *back = NULL;
    struct sw_err err = {0};
    size_t len;
    char *text;

    (void) state;
    s = merge(s, both, 1, T0, T0 + 7, &changed);
    s->items[0].claimed_published_us = T0 - 1;
    s->items[1].valid_from_us = -5;
    text = sw_schedule_text_write(s, NULL, &len);
    assert_non_null(text);
    CHECK(sw_schedule_text_read(text, len, &back, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(back->n_items, s->n_items);
    assert_int_equal(back->n_instances, s->n_instances);
    assert_int_equal(back->revision, s->revision);
    assert_int_equal(back->from_us, s->from_us);
    assert_int_equal(back->to_us, s->to_us);
    assert_int_equal(back->longest_us, s->longest_us);
    for (size_t i = 0; i < s->n_items; i++)
        assert_memory_equal(&back->items[i], &s->items[i], sizeof(s->items[i]));
    assert_memory_equal(back->instances, s->instances, s->n_instances * sizeof(*s->instances));
    sw_schedule_free(back);
    sw_schedule_free(s);
    free(text);
}

static void an_item_that_began_at_the_highest_revision_goes_on_and_comes_back_from_the_store(void **state)
{
    struct said one = {"hours", 6, 8, SW_ITEM_CONFIRMED, NULL};
    bool changed;
    struct sw_schedule *s = merge(NULL, &one, 1, T0, T0 + 5, &changed), *back = NULL;
    struct sw_err err = {0};
    size_t len;
    char *text;

    (void) state;
    s->items[0].revision = INT32_MAX;
    one.hours = 9;
    s = merge(s, &one, 1, T0, T0 + 6, &changed);
    assert_true(changed && s->n_items == 2 && s->items[0].revision == INT32_MAX);
    text = sw_schedule_text_write(s, NULL, &len);
    CHECK(sw_schedule_text_read(text, len, &back, &err) == SW_OK, "%s", err.msg);
    sw_schedule_free(back);
    sw_schedule_free(s);
    free(text);
}

static void a_text_that_is_none_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"items\":[{}],\"instances\":[]}",
        "{\"items\":[],\"instances\":[0,1,2]}",
        "{\"items\":[{\"uid\":\"a\",\"kind\":9,\"source\":0,\"status\":0,\"revision\":1}],\"instances\":[]}",
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        struct sw_schedule *s = NULL;
        struct sw_err err = {0};
        int rc = sw_schedule_text_read(texts[i], strlen(texts[i]), &s, &err);

        CHECK(rc == SW_E_CORRUPT && !s, "%s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_content_keeps_its_time_of_publication),
        cmocka_unit_test(a_changed_content_is_a_new_publication_and_the_old_one_stood_until_then),
        cmocka_unit_test(what_is_no_longer_said_counts_as_cancelled_from_then_on),
        cmocka_unit_test(an_item_that_its_file_calls_cancelled_never_stood_after_that),
        cmocka_unit_test(a_replay_knows_what_the_files_claim_when_they_claim_it),
        cmocka_unit_test(more_than_fits_is_refused_in_words),
        cmocka_unit_test(a_stored_schedule_comes_back_as_it_was),
        cmocka_unit_test(an_item_that_began_at_the_highest_revision_goes_on_and_comes_back_from_the_store),
        cmocka_unit_test(a_text_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
