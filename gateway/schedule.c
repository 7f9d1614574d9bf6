// SPDX-License-Identifier: Apache-2.0
/* Looks after the site's schedule files: imports them through a child when they change, and the authority's items with
 * them. One import at a time. A file that cannot be imported keeps the last good schedule. What is published of it is
 * left to schedule_change.c, what counts as new to schedule_merge.c, what the items mean to rules/schedule.c. */
#include "gateway/core.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "config/read_schedule.h"
#include "gateway/requests.h"
#include "gateway/schedule_int.h"
#include "gateway/schedule_merge.h"
#include "gateway/schedule_text.h"

#define LOOK_US (60 * SW_US_PER_S)              /* between two looks at the files, real time */
#define HORIZON_US (SW_S_PER_DAY * SW_US_PER_S) /* engine time after which the stretch is moved on */
#define RETRY_US (3600 * SW_US_PER_S)           /* after a fault in what they say, when no file changes: engine time */
#define AUTHORITY_NAME "the authority's schedule"

static void mark_file(const char *path, struct schedule_mark *ret)
{
    struct stat st;

    *ret = (struct schedule_mark){0};
    if (stat(path, &st) == 0)
        *ret = (struct schedule_mark){.mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec,
                                      .size = st.st_size,
                                      .inode = (int64_t) st.st_ino};
}

/* Note how the files look now. @return one of them looks otherwise than before */
static bool mark_files(struct core_schedule *s)
{
    bool changed = false;

    for (size_t i = 0; i < s->n_files; i++) {
        struct schedule_mark now;

        mark_file(s->core->site->schedule_files[i], &now);
        changed = changed || now.mtime_ns != s->marks[i].mtime_ns || now.size != s->marks[i].size ||
                  now.inode != s->marks[i].inode;
        s->marks[i] = now;
    }
    return changed;
}

int64_t core_next_instant_us(const struct sw_core *c)
{
    int64_t engine_us = sw_engine_now_us(c->engine), now_us = sw_clock_utc_us(c->clock);

    now_us -= now_us % SW_US_PER_MS; /* as the engine counts: else it would lie after the end that a run tells */
    return SW_MAX(engine_us + SW_US_PER_MS, SW_MIN(now_us, engine_us + CORE_PIECE_US));
}

/* ---- the child ---- */

static void start_import(struct core_schedule *s);

static void drop_sources(struct core_schedule *s)
{
    s->out_source = sw_source_free(s->out_source);
    s->err_source = sw_source_free(s->err_source);
    sw_timer_disarm(s->deadline_source);
}

void schedule_end_job(struct core_schedule *s)
{
    s->is_running = false;
    for (size_t i = 0; i < s->n_files + 2; i++)
        s->said[i] = sw_schedule_free(s->said[i]);
    if (s->wants_again)
        start_import(s);
    if (!s->is_running)
        core_requests_schedule_next(s->core);
}

/* What this machine broke off, because it was too busy or had no memory, is made again at the next look; what the items
 * themselves forbid would end the same way. */
static int64_t again_after_us(int rc)
{
    if (rc >= 0)
        return HORIZON_US;
    return rc == SW_E_TIMEOUT || rc == SW_E_IO || rc == SW_E_NOMEM ? 0 : RETRY_US;
}

/* The import of the files is over, well or not. */
static void conclude(struct core_schedule *s, int rc, struct sw_err *err)
{
    int64_t engine_us = sw_engine_now_us(s->core->engine);

    if (rc >= 0)
        rc = schedule_publish_files(s, err);
    s->due_us = engine_us + again_after_us(rc < 0 ? rc : s->layer_rc);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "schedule: %s; %s", err->msg,
               s->now ? "what was published before goes on to hold" : "there is no schedule until this is put right");
    schedule_end_job(s);
}

static void on_output(void *ctx, int fd, uint32_t events);

static int watch(struct core_schedule *s, struct sw_err *err)
{
    struct sw_core *c = s->core;
    int rc = sw_loop_add_io(c->loop, s->child.out_fd, EPOLLIN, on_output, s, &s->out_source, err);

    if (rc >= 0)
        rc = sw_loop_add_io(c->loop, s->child.err_fd, EPOLLIN, on_output, s, &s->err_source, err);
    return rc < 0 ? rc : sw_timer_arm(s->deadline_source, s->child.deadline_us, SW_US_PER_MS, err);
}

static int start_child(struct core_schedule *s, struct sw_err *err)
{
    const int64_t from_us = s->at_us - SW_SCHEDULE_BACK_US, to_us = s->at_us + SW_SCHEDULE_AHEAD_US;
    const struct sw_site *site = s->core->site;
    size_t len = 0;
    char *text;
    int rc;

    if (s->file < s->n_files)
        return sw_schedule_child_start(&s->child, site->schedule_files[s->file], site, from_us, to_us, err);
    text = sw_layer_text(s->next ? s->next : s->layer, &len);
    rc = text ? sw_schedule_child_start_text(&s->child, AUTHORITY_NAME, text, len, site, from_us, to_us, err)
              : sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    free(text);
    return rc;
}

int schedule_run_child(struct core_schedule *s, struct sw_err *err)
{
    int rc = start_child(s, err);

    if (rc < 0)
        return rc;
    rc = watch(s, err);
    if (rc < 0) {
        drop_sources(s);
        sw_schedule_child_finish(&s->child, s->core->site, &s->said[s->file], NULL);
    }
    return rc;
}

/* What ended long ago is dropped while it is known what the files say. */
static void prune_layer(struct core_schedule *s)
{
    struct sw_layer *left;

    if (sw_layer_prune(s->layer, &s->core->site->zone, (const struct sw_schedule *const *) s->said, s->n_files,
                       s->at_us - SW_SCHEDULE_BACK_US, &left) < 0)
        return;
    sw_layer_free(s->layer);
    s->layer = left;
}

/* The next file, the authority's items, or the end of it. */
static void next_file(struct core_schedule *s)
{
    struct sw_err err = {0};
    int rc = SW_OK;

    if (s->file == s->n_files)
        prune_layer(s);
    if (s->file < s->n_files || (s->file == s->n_files && sw_layer_n_items(s->layer) > 0)) {
        rc = schedule_run_child(s, &err);
        if (rc >= 0)
            return;
    }
    conclude(s, rc, &err);
}

static void child_ended(struct core_schedule *s)
{
    struct sw_err err = {0};
    int rc;

    drop_sources(s);
    rc = sw_schedule_child_finish(&s->child, s->core->site, &s->said[s->file], &err);
    if (s->change.fn) {
        schedule_conclude_change(s, rc, &err);
        return;
    }
    if (rc >= 0 && s->file < s->n_files)
        sw_schedule_distrust(s->said[s->file]); /* whoever can write the file is not the authority */
    if (rc >= 0 && err.msg[0])
        sw_log(SW_LOG_WARNING, "schedule: a part of it is left out: %s", err.msg);
    if (rc < 0 && s->file == s->n_files) { /* it could be read when it came: what was published of it stands on */
        sw_log(SW_LOG_ERR, "schedule: %s: %s", AUTHORITY_NAME, err.msg);
        s->layer_rc = rc;
        rc = SW_OK;
    }
    s->file++;
    if (rc < 0)
        conclude(s, rc, &err);
    else
        next_file(s);
}

/* A stream that ended goes on to be readable: without a look at both, the loop would spin until the other ends. */
static void on_output(void *ctx, int fd, uint32_t events)
{
    struct core_schedule *s = ctx;

    (void) fd;
    (void) events;
    if (sw_schedule_child_read(&s->child)) {
        child_ended(s);
        return;
    }
    if (s->child.out_fd < 0)
        s->out_source = sw_source_free(s->out_source);
    if (s->child.err_fd < 0)
        s->err_source = sw_source_free(s->err_source);
}

static void on_deadline(void *ctx, int64_t due_us)
{
    (void) due_us;
    child_ended(ctx); /* which kills it */
}

static void start_import(struct core_schedule *s)
{
    s->wants_again = s->is_running;
    if (s->is_running)
        return;
    if (s->n_files == 0 && !s->now)
        return; /* no schedule, and there never was one */
    mark_files(s);
    s->is_running = true;
    s->file = 0;
    s->layer_rc = SW_OK;
    s->at_us = sw_engine_now_us(s->core->engine);
    next_file(s);
}

/* ---- looking after the files ---- */

static void arm_look(struct core_schedule *s)
{
    sw_timer_arm(s->look_source, sw_mono_real_us() + LOOK_US, SW_US_PER_S, NULL);
}

static void on_look(void *ctx, int64_t due_us)
{
    struct core_schedule *s = ctx;

    (void) due_us;
    if (!s->is_running && (mark_files(s) || sw_engine_now_us(s->core->engine) >= s->due_us))
        start_import(s);
    arm_look(s);
}

/* In place of one that cannot be read: the next revision must be a higher one, or the next start would read it again.
 */
static struct sw_schedule *nothing_of_revision(int64_t revision)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));

    if (s) {
        s->items = calloc(1, sizeof(*s->items));
        s->instances = calloc(1, sizeof(*s->instances));
        s->revision = (int32_t) revision;
    }
    return s && s->items && s->instances && sw_schedule_finish(s, NULL) >= 0 ? s : sw_schedule_free(s);
}

static int take_stored(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    struct core_schedule *s = ctx;
    struct sw_err err = {0};

    (void) at_us;
    if (sw_schedule_text_read(text, len, &s->now, &err) < 0) {
        sw_log(SW_LOG_ERR, "schedule revision %lld: %s; its items count as published now", (long long) revision,
               err.msg);
        s->now = nothing_of_revision(revision);
    }
    if (sw_schedule_text_layer(text, len, &s->layer, &err) < 0) /* on its own: the authority does not say it twice */
        sw_log(SW_LOG_ERR, "schedule revision %lld: %s; let the authority send it again", (long long) revision,
               err.msg);
    return SW_OK;
}

int core_schedule_new(struct sw_core *c, struct sw_err *err)
{
    struct core_schedule *s = calloc(1, sizeof(*s));
    int rc;

    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "schedule: out of memory");
    c->schedule = s;
    s->core = c;
    s->n_files = c->site->n_schedule_files;
    s->child.out_fd = s->child.err_fd = -1;
    s->marks = calloc(s->n_files + 1, sizeof(*s->marks));
    s->said = calloc(s->n_files + 2, sizeof(*s->said));
    if (!s->marks || !s->said)
        return sw_err_set(err, SW_E_NOMEM, 0, "schedule: out of memory");
    rc = sw_store_load_schedule(c->store, INT64_MAX, take_stored, s, err);
    if (rc >= 0 && !s->layer)
        s->layer = sw_layer_new();
    return rc >= 0 && !s->layer ? sw_err_set(err, SW_E_NOMEM, 0, "schedule: out of memory") : rc;
}

const struct sw_schedule *core_schedule_now(const struct sw_core *c)
{
    return c->schedule ? c->schedule->now : NULL;
}

int core_schedule_start(struct sw_core *c, struct sw_err *err)
{
    struct core_schedule *s = c->schedule;
    int rc = sw_loop_add_timer(c->loop, on_look, s, &s->look_source, err);

    if (rc >= 0)
        rc = sw_loop_add_timer(c->loop, on_deadline, s, &s->deadline_source, err);
    if (rc < 0)
        return rc;
    start_import(s);
    arm_look(s);
    return SW_OK;
}

void core_schedule_again(struct sw_core *c)
{
    start_import(c->schedule);
}

void core_schedule_free(struct sw_core *c)
{
    struct core_schedule *s = c->schedule;
    struct sw_schedule *unwanted = NULL;

    if (!s)
        return;
    sw_source_free(s->out_source);
    sw_source_free(s->err_source);
    sw_source_free(s->look_source);
    sw_source_free(s->deadline_source);
    if (s->child.pid > 0 && sw_schedule_child_finish(&s->child, c->site, &unwanted, NULL) >= 0)
        sw_schedule_free(unwanted);
    for (size_t i = 0; s->said && i < s->n_files + 2; i++)
        sw_schedule_free(s->said[i]);
    sw_schedule_free(s->now);
    sw_layer_free(s->layer);
    sw_layer_free(s->next);
    free(s->said);
    free(s->marks);
    free(s);
    c->schedule = NULL;
}
