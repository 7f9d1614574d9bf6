// SPDX-License-Identifier: Apache-2.0
/* What a schedule allowed: precedence, permits with each of their conditions, what was known when, day-ahead. Instants
 * are hours after an arbitrary midnight; expected states are read off the rules of docs/explanation/measuring.md. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "rules/schedule.h"

#define H(hours) ((int64_t) (hours) *3600 * SW_US_PER_S)
#define NO INT64_MIN

enum { HOURS, PERMIT, QUIET, CANCELLED, DRAFT, N_ITEMS };

/* Work 6–22 of two days; a permit for the night between them, 22–30; quiet 33–40; work that was withdrawn at 20 and
 * would have been 30–32; work that is only tentative, 46–48. All published at 0 but the permit, at 2. */
static struct sw_schedule *make(void)
{
    static const struct sw_schedule_instance instances[] = {
        {H(46), H(48), DRAFT},  {H(6), H(22), HOURS},  {H(30), H(46), HOURS},
        {H(22), H(30), PERMIT}, {H(33), H(40), QUIET}, {H(50), H(52), CANCELLED},
    };
    struct sw_schedule *s = calloc(1, sizeof(*s));
    struct sw_err err = {0};

    assert_non_null(s);
    s->items = calloc(N_ITEMS, sizeof(*s->items));
    s->instances = malloc(sizeof(instances));
    assert_true(s->items != NULL && s->instances != NULL);
    memcpy(s->instances, instances, sizeof(instances));
    s->n_items = N_ITEMS;
    s->n_instances = SW_ARRAY_SIZE(instances);
    for (int i = 0; i < N_ITEMS; i++) {
        struct sw_schedule_item *item = &s->items[i];

        item->kind = i == PERMIT ? SW_ITEM_PERMIT : i == QUIET ? SW_ITEM_QUIET : SW_ITEM_WORK;
        item->claimed_published_us = item->cancelled_us = item->granted_us = NO;
        item->valid_from_us = item->valid_to_us = item->notice_posted_us = NO;
    }
    s->items[PERMIT].source = SW_SOURCE_AUTHORITY;
    s->items[PERMIT].published_us = H(2);
    s->items[PERMIT].notice_posted_us = H(-2);
    s->items[CANCELLED].status = SW_ITEM_CANCELLED;
    s->items[CANCELLED].cancelled_us = H(20);
    s->items[DRAFT].status = SW_ITEM_UNCONFIRMED;
    assert_int_equal(sw_schedule_finish(s, &err), SW_OK);
    return s;
}

static void the_state_is_the_first_that_holds(void **state)
{
    static const struct {
        const char *why;
        int64_t at, known;
        bool is_night, is_ban_day;
        enum sw_work_state want;
        int permitted, item;
    } cases[] = {
        {"within hours", H(7), INT64_MAX, false, false, SW_WORK_SCHEDULED, 1, HOURS},
        {"hours begin at their first instant", H(6), INT64_MAX, false, false, SW_WORK_SCHEDULED, 1, HOURS},
        {"just before", H(6) - 1, INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"the end is outside", H(22), INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"a work item makes no night work permitted", H(7), INT64_MAX, true, false, SW_WORK_PROHIBITED_NIGHT, 0, -1},
        {"a permit does", H(23), INT64_MAX, true, false, SW_WORK_PERMITTED_NIGHT, 1, PERMIT},
        {"a permit is for the night only", H(23), INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"not on a ban day", H(23), INT64_MAX, true, true, SW_WORK_PROHIBITED_NIGHT, 0, -1},
        {"the permit was not known yet", H(23), H(2) - 1, true, false, SW_WORK_PROHIBITED_NIGHT, 0, -1},
        {"known at the instant of its publication", H(23), H(2), true, false, SW_WORK_PERMITTED_NIGHT, 1, PERMIT},
        {"quiet beats work", H(34), INT64_MAX, false, false, SW_WORK_QUIET_PERIOD, 0, QUIET},
        {"quiet beats night", H(34), INT64_MAX, true, false, SW_WORK_QUIET_PERIOD, 0, QUIET},
        {"quiet ends", H(40), INT64_MAX, false, false, SW_WORK_SCHEDULED, 1, HOURS},
        {"withdrawn work no longer counts", H(51), INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"at the withdrawal", H(51), H(20), false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"before it was withdrawn it stood", H(51), H(20) - 1, false, false, SW_WORK_SCHEDULED, 1, CANCELLED},
        {"tentative work is no work yet", H(47), INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"before anything was published", H(7), -1, false, false, SW_WORK_NO_SCHEDULE, -1, -1},
        {"the same at night", H(23), -1, true, false, SW_WORK_PROHIBITED_NIGHT, 0, -1},
        {"far away", H(100000), INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
        {"at the beginning of time", INT64_MIN, INT64_MAX, false, false, SW_WORK_UNSCHEDULED, 0, -1},
    };
    struct sw_schedule *s = make();

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_work_question q = {cases[i].at, cases[i].known, cases[i].is_night, cases[i].is_ban_day, 86400};
        int item = 77;
        const struct sw_work w = sw_schedule_work(s, &q, &item);

        CHECK(w.state == cases[i].want && w.permitted == cases[i].permitted && item == cases[i].item,
              "%s: state %d, permitted %d, item %d", cases[i].why, w.state, w.permitted, item);
    }
    sw_schedule_free(s);
}

static void a_permit_needs_every_one_of_its_conditions(void **state)
{
    static const struct {
        const char *why;
        enum sw_item_status status;
        enum sw_item_source source;
        int64_t from, to, notice;
        int32_t before_s;
        bool permits; /* at 23 h; the instance is 22–30 h */
    } cases[] = {
        {"all hold", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(30), H(-2), 86400, true},
        {"validity not stated", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, NO, NO, H(-2), 86400, true},
        {"unconfirmed", SW_ITEM_UNCONFIRMED, SW_SOURCE_FILE, H(22), H(30), H(-2), 86400, false},
        {"cancelled without a time", SW_ITEM_CANCELLED, SW_SOURCE_AUTHORITY, H(22), H(30), H(-2), 86400, false},
        {"valid from later", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(23) + 1, H(30), H(-2), 86400, false},
        {"valid from this instant", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(23), H(30), H(-2), 86400, true},
        {"valid to this instant", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(23), H(-2), 86400, false},
        {"valid just beyond", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(23) + 1, H(-2), 86400, true},
        {"notice never posted", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(30), NO, 86400, false},
        {"notice a moment late", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(30), H(-2) + 1, 86400, false},
        {"notice of two hours is enough", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(30), H(20), 7200, true},
        {"no notice is asked for", SW_ITEM_CONFIRMED, SW_SOURCE_AUTHORITY, H(22), H(30), NO, 0, true},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_work_question q = {H(23), INT64_MAX, true, false, cases[i].before_s};
        struct sw_schedule *s = make();
        struct sw_schedule_item *item = &s->items[PERMIT];

        item->status = cases[i].status;
        item->source = cases[i].source;
        item->valid_from_us = cases[i].from;
        item->valid_to_us = cases[i].to;
        item->notice_posted_us = cases[i].notice;
        CHECK((sw_schedule_work(s, &q, NULL).state == SW_WORK_PERMITTED_NIGHT) == cases[i].permits, "%s", cases[i].why);
        sw_schedule_free(s);
    }
}

static void a_permit_stood_until_it_was_cancelled(void **state)
{
    struct sw_work_question q = {H(23), H(10), true, false, 86400};
    struct sw_schedule *s = make();

    (void) state;
    s->items[PERMIT].status = SW_ITEM_CANCELLED;
    s->items[PERMIT].cancelled_us = H(12);
    assert_int_equal(sw_schedule_work(s, &q, NULL).state, SW_WORK_PERMITTED_NIGHT);
    q.known_us = H(12);
    assert_int_equal(sw_schedule_work(s, &q, NULL).state, SW_WORK_PROHIBITED_NIGHT);
    q.known_us = H(10);
    s->items[PERMIT].source = SW_SOURCE_FILE; /* nobody had confirmed that one */
    assert_int_equal(sw_schedule_work(s, &q, NULL).state, SW_WORK_PROHIBITED_NIGHT);
    sw_schedule_free(s);
}

static void without_a_schedule_nothing_is_known_but_the_night(void **state)
{
    const struct sw_work_question day = {H(12), INT64_MAX, false, false, 86400};
    const struct sw_work_question night = {H(1), INT64_MAX, true, false, 86400};
    struct sw_schedule *s = make();

    (void) state;
    assert_int_equal(sw_schedule_work(NULL, &day, NULL).state, SW_WORK_NO_SCHEDULE);
    assert_int_equal(sw_schedule_work(NULL, &day, NULL).permitted, -1);
    assert_int_equal(sw_schedule_work(NULL, &night, NULL).state, SW_WORK_PROHIBITED_NIGHT);
    /* A quiet period alone says nothing about the hours of work. */
    for (int i = 0; i < N_ITEMS; i++)
        s->items[i].kind = SW_ITEM_QUIET;
    s->n_instances = 0;
    assert_int_equal(sw_schedule_work(s, &day, NULL).state, SW_WORK_NO_SCHEDULE);
    sw_schedule_free(s);
}

static void the_search_finds_what_a_plain_look_at_all_finds(void **state)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));
    uint64_t seed = 20260302;
    struct sw_err err = {0};

    (void) state;
    assert_non_null(s);
    s->items = calloc(1, sizeof(*s->items));
    s->instances = calloc(2000, sizeof(*s->instances));
    assert_true(s->items != NULL && s->instances != NULL);
    s->n_items = 1;
    s->items[0].cancelled_us = NO;
    for (s->n_instances = 0; s->n_instances < 2000; s->n_instances++) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        const int64_t from = (int64_t) (seed >> 40) % 100000;

        s->instances[s->n_instances] =
            (struct sw_schedule_instance){from, from + 1 + (int64_t) (seed >> 20) % (s->n_instances == 0 ? 900 : 9), 0};
    }
    assert_int_equal(sw_schedule_finish(s, &err), SW_OK);
    for (int64_t t = -5; t < 101000; t++) {
        bool covered = false;

        for (size_t i = 0; i < s->n_instances && s->instances[i].from_us <= t; i++)
            covered = covered || t < s->instances[i].to_us;
        const struct sw_work_question q = {t, INT64_MAX, false, false, 0};
        CHECK((sw_schedule_work(s, &q, NULL).state == SW_WORK_SCHEDULED) == covered, "at %lld", (long long) t);
        if (t % 1000 == 0)
            t += 7;
    }
    sw_schedule_free(s);
}

static void work_published_less_than_a_day_ahead_is_late(void **state)
{
    static const struct {
        const char *why;
        int64_t published, cancelled;
        int32_t ahead_s;
        size_t want; /* of the work that begins at 6 and at 30 */
    } cases[] = {
        {"a day before the first", H(-18), NO, 86400, 0},
        {"a moment later", H(-18) + 1, NO, 86400, 1},
        {"a day before the second", H(6), NO, 86400, 1},
        {"late for both", H(6) + 1, NO, 86400, 2},
        {"after both began", H(40), NO, 86400, 2},
        {"not looked at", H(40), NO, 0, 0},
        {"withdrawn before the second", H(7), H(8), 86400, 1},
        {"time not known", NO, NO, 86400, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_schedule *s = make();
        uint32_t late[1] = {77};

        s->items[HOURS].published_us = cases[i].published;
        s->items[HOURS].cancelled_us = cases[i].cancelled;
        const size_t n = sw_schedule_late(s, 0, H(46), cases[i].ahead_s, late, 1);
        CHECK(n == cases[i].want, "%s: %zu", cases[i].why, n);
        CHECK(n == 0 ? late[0] == 77 : s->instances[late[0]].item == HOURS, "%s: instance %u", cases[i].why, late[0]);
        assert_int_equal(sw_schedule_late(s, 0, 0, 86400, late, 1), 0);
        sw_schedule_free(s);
    }
}

static void what_does_not_fit_is_refused_in_words(void **state)
{
    struct sw_schedule_instance in = {5, 5, 0};
    struct sw_schedule_item item = {.uid = "x"};
    struct sw_schedule s = {.n_items = 1, .items = &item, .n_instances = 1, .instances = &in};
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_schedule_finish(&s, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "must end after it begins"));
    in = (struct sw_schedule_instance){INT64_MIN, INT64_MAX, 0};
    assert_int_equal(sw_schedule_finish(&s, &err), SW_E_INVAL);
    in = (struct sw_schedule_instance){5, 6, 1};
    assert_int_equal(sw_schedule_finish(&s, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "belongs to item 1"));
    in.item = 0;
    s.n_instances = SW_SCHEDULE_INSTANCES_MAX + 1;
    assert_int_equal(sw_schedule_finish(&s, &err), SW_E_INVAL);
    s.n_instances = 1;
    s.n_items = SW_SCHEDULE_ITEMS_MAX + 1;
    assert_int_equal(sw_schedule_finish(&s, &err), SW_E_INVAL);
    s.n_items = 1;
    assert_int_equal(sw_schedule_finish(&s, &err), SW_OK);
    assert_int_equal(s.longest_us, 1);
    assert_null(sw_schedule_free(NULL));
    assert_string_equal(sw_item_kind_name(SW_ITEM_QUIET), "quiet");
    assert_string_equal(sw_item_source_name(SW_SOURCE_BROADCAST), "broadcast");
    assert_string_equal(sw_item_status_name(SW_ITEM_UNCONFIRMED), "unconfirmed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_is_the_first_that_holds),
        cmocka_unit_test(a_permit_needs_every_one_of_its_conditions),
        cmocka_unit_test(a_permit_stood_until_it_was_cancelled),
        cmocka_unit_test(without_a_schedule_nothing_is_known_but_the_night),
        cmocka_unit_test(the_search_finds_what_a_plain_look_at_all_finds),
        cmocka_unit_test(work_published_less_than_a_day_ahead_is_late),
        cmocka_unit_test(what_does_not_fit_is_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
