// SPDX-License-Identifier: Apache-2.0
/* Is the file whole? A disk that lies or wears out damages pages that nobody may read for months, and a store that is
 * written to meanwhile grows worse. So each start looks once, beside everything else, on a thread and a handle of its
 * own; starting does not wait for it. What a start needs is read, and refused, before. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/store_int.h"

#define ASK_AGAIN_NS 5000000 /* an interrupt only ends a statement that runs already */

static void tell(struct sw_store *s, const char *what)
{
    s->damaged = true;
    sw_log(SW_LOG_ERR,
           "%s is damaged: %.200s; measuring goes on. Run siteward db check, which says what is lost, and bring a copy "
           "back or begin anew",
           sw_db_path(s->db), what);
}

/* One row "ok", or what is wrong. */
static void look(struct sw_store *s, struct sw_db *db)
{
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    const char *said = NULL;
    int rc = sw_db_prepare(db, "PRAGMA quick_check(1)", &st, &err);

    if (rc == SW_OK)
        rc = sw_db_step(st, &err);
    if (rc == 1)
        said = sw_db_text(st, 0, NULL);
    if (rc == SW_E_CORRUPT)
        tell(s, err.msg);
    else if (rc == 1 && said && strcmp(said, "ok") != 0)
        tell(s, said);
    else if (rc == 1)
        s->whole = true;
    else if (rc < 0 && !s->check_stops)
        sw_log(SW_LOG_WARNING, "%s could not be looked through: %s", sw_db_path(s->db), err.msg);
    sw_db_finalize(st);
}

static void show_handle(struct sw_store *s, struct sw_db *db)
{
    pthread_mutex_lock(&s->lock);
    s->check_db = db;
    pthread_mutex_unlock(&s->lock);
}

static void check_main(struct sw_worker *self, void *ctx)
{
    struct sw_store *s = ctx;
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    (void) self;
    if (sw_db_open(sw_db_path(s->db), true, &db, &err) < 0) {
        sw_log(SW_LOG_WARNING, "the store is not looked through: %s", err.msg);
    } else {
        show_handle(s, db);
        look(s, db);
        show_handle(s, NULL);
    }
    sw_db_close(db);
    s->check_ended = true;
}

void store_check_start(struct sw_store *s)
{
    struct sw_err err = {0};

    if (sw_worker_start("store-check", check_main, s, 0, &s->checker, &err) < 0)
        sw_log(SW_LOG_WARNING, "the store is not looked through: %s", err.msg);
}

void store_check_stop(struct sw_store *s)
{
    static const struct timespec pause = {.tv_nsec = ASK_AGAIN_NS};

    s->check_stops = true;
    while (s->checker && !s->check_ended) {
        pthread_mutex_lock(&s->lock);
        if (s->check_db)
            sw_db_interrupt(s->check_db);
        pthread_mutex_unlock(&s->lock);
        nanosleep(&pause, NULL);
    }
    s->checker = sw_worker_stop(s->checker);
}
