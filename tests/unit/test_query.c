// SPDX-License-Identifier: Apache-2.0
/* The query worker: each question is run once on its thread and done once on the asker's; what finds no room is
 * refused, and what waits at the end is done without having been run. */
#include "test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include "common/clock.h"
#include "gateway/evidence.h"
#include "gateway/query.h"

#define MANY 500
#define PATIENCE_US (30 * SW_US_PER_S)

struct question {
    struct core_query query; /* first */
    thrd_t asker;
    bool was_elsewhere; /* run: on another thread than the asker's */
    int n_run, n_done, n_done_unrun;
};

static struct sw_loop *loop;
static struct core_queries *queries;
static char folder[64];
static mtx_t gate; /* the worker runs a question while it holds this */
static atomic_int n_entered;

static void run(struct core_query *q, struct query_reader *r)
{
    struct question *self = (struct question *) q;

    (void) r;
    n_entered++;
    mtx_lock(&gate);
    self->n_run++;
    self->was_elsewhere = !thrd_equal(self->asker, thrd_current());
    mtx_unlock(&gate);
}

static void done(struct core_query *q, bool was_run)
{
    struct question *self = (struct question *) q;

    self->n_done++;
    self->n_done_unrun += !was_run;
    CHECK(thrd_equal(self->asker, thrd_current()), "done on the asker's thread");
}

static int set_up(void **state)
{
    char path[96];
    struct sw_err err = {0};

    (void) state;
    strcpy(folder, "/tmp/sw-query-XXXXXX");
    if (!mkdtemp(folder) || mtx_init(&gate, mtx_plain) != thrd_success)
        return -1;
    snprintf(path, sizeof(path), "%s/none.db", folder);
    n_entered = 0;
    CHECK(sw_loop_new(&loop, &err) == SW_OK, "%s", err.msg);
    CHECK(core_queries_new(loop, path, &queries, &err) == SW_OK, "%s", err.msg);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    queries = core_queries_free(queries);
    loop = sw_loop_free(loop);
    mtx_destroy(&gate);
    return rmdir(folder);
}

static struct question question(void)
{
    return (struct question){.query = {run, done}, .asker = thrd_current()};
}

static void turn_until_none_waits(size_t more_than)
{
    const int64_t until_us = sw_mono_real_us() + PATIENCE_US;

    while (core_queries_waiting(queries) > more_than) {
        sw_loop_turn(loop, 100 * SW_US_PER_MS, NULL);
        CHECK(sw_mono_real_us() < until_us, "the worker does not answer");
    }
}

static void each_is_run_once_and_done_once(void **state)
{
    struct question *q = calloc(MANY, sizeof(*q));

    (void) state;
    assert_non_null(q);
    for (size_t i = 0; i < MANY; i++) {
        q[i] = question();
        turn_until_none_waits(CORE_QUERIES_MAX - 1);
        assert_int_equal(core_queries_post(queries, &q[i].query, NULL), SW_OK);
    }
    turn_until_none_waits(0);
    for (size_t i = 0; i < MANY; i++)
        CHECK(q[i].n_run == 1 && q[i].n_done == 1 && q[i].n_done_unrun == 0 && q[i].was_elsewhere, "question %zu", i);
    free(q);
}

static void no_more_wait_than_there_is_room_for(void **state)
{
    struct question q[CORE_QUERIES_MAX + 1];
    struct sw_err err = {0};

    (void) state;
    mtx_lock(&gate);
    for (size_t i = 0; i < SW_ARRAY_SIZE(q); i++) {
        q[i] = question();
        CHECK(core_queries_post(queries, &q[i].query, &err) == (i < CORE_QUERIES_MAX ? SW_OK : SW_E_FULL), "%zu", i);
    }
    assert_int_equal(err.detail, SW_REFUSAL_OVERLOADED);
    mtx_unlock(&gate);
    turn_until_none_waits(0);
    CHECK(q[CORE_QUERIES_MAX].n_run == 0 && q[CORE_QUERIES_MAX].n_done == 0, "what was refused is not done");
    assert_int_equal(core_queries_post(queries, &q[CORE_QUERIES_MAX].query, NULL), SW_OK);
    turn_until_none_waits(0);
    assert_int_equal(q[CORE_QUERIES_MAX].n_done, 1);
}

static void what_waits_at_the_end_is_done_without(void **state)
{
    struct question q[8];
    int n_run = 0, n_unrun = 0;

    (void) state;
    mtx_lock(&gate);
    for (size_t i = 0; i < SW_ARRAY_SIZE(q); i++) {
        q[i] = question();
        assert_int_equal(core_queries_post(queries, &q[i].query, NULL), SW_OK);
    }
    while (n_entered == 0)
        thrd_yield();
    mtx_unlock(&gate);
    queries = core_queries_free(queries);
    for (size_t i = 0; i < SW_ARRAY_SIZE(q); i++) {
        CHECK(q[i].n_done == 1 && q[i].n_run + q[i].n_done_unrun == 1, "question %zu: run %d, done %d", i, q[i].n_run,
              q[i].n_done);
        n_run += q[i].n_run;
        n_unrun += q[i].n_done_unrun;
    }
    CHECK(n_run >= 1 && n_run + n_unrun == 8, "%d were run", n_run);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    struct query_reader r = {.path = "/nonexistent/siteward.db"};
    struct sw_err err = {0};

    (void) state;
    assert_null(query_stmt(&r, QUERY_NEWEST, &err));
    CHECK(err.code != SW_OK && strstr(err.msg, "/nonexistent/siteward.db"), "%s", err.msg);
    query_reader_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_run_once_and_done_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_wait_than_there_is_room_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_at_the_end_is_done_without, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_there_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
