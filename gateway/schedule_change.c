// SPDX-License-Identifier: Apache-2.0
/* What is published and given to the engine, out of what files, authority and broadcasts say. Schedule, layer, and the
 * record of a command go to the store in one turn: all of it is there after a crash, or nothing. */
#include <stdlib.h>

#include "gateway/requests.h"
#include "gateway/schedule_int.h"
#include "gateway/schedule_merge.h"
#include "gateway/schedule_text.h"

/* What is said now. */
struct saying {
    struct sw_schedule **list; /* with room for one more */
    size_t n;
    bool is_of_files, is_of_authority; /* else what was published of them stands on */
    int64_t about_us;                  /* the instants around this one are expanded */
};

static int keep(struct sw_core *c, const struct sw_schedule *schedule, const struct sw_layer *layer, int64_t at_us,
                struct sw_err *err)
{
    size_t len;
    char *text = sw_schedule_text_write(schedule, layer, &len);
    int rc = text ? sw_store_put_schedule(c->store, schedule->revision, at_us, text, len) : SW_E_NOMEM;

    free(text);
    return rc < 0
               ? sw_err_set(err, SW_E_BUSY, rc, "the schedule cannot be stored (%s)", sw_code_name((enum sw_code) rc))
               : SW_OK;
}

static void take_layer(struct core_schedule *s, struct sw_layer *layer)
{
    sw_layer_free(s->layer);
    s->layer = layer;
    s->core->wants_commit = true;
}

/* A schedule that could not be stored is not published either: after a restart nobody would know since when. Takes
 * the schedule in any case, the layer when it succeeds. */
static int give(struct core_schedule *s, struct sw_schedule *schedule, struct sw_layer *layer, int64_t at_us,
                bool changed, struct sw_err *err)
{
    struct sw_core *c = s->core;
    const struct sw_input in = {.kind = SW_INPUT_SCHEDULE, .t_us = at_us, .schedule = schedule};
    struct sw_schedule *before = s->now;
    int rc = keep(c, schedule, layer, at_us, err);

    if (rc < 0) {
        sw_schedule_free(schedule);
        return rc;
    }
    core_feed(c, &in, NULL);
    s->now = schedule;
    sw_schedule_free(before);
    take_layer(s, layer);
    if (changed)
        sw_log(SW_LOG_NOTICE, "schedule: revision %d with %zu items", (int) schedule->revision, schedule->n_items);
    return SW_OK;
}

/* The same again: there is nothing to judge anew, but the layer may know more. Takes as give() does. */
static int keep_as_it_is(struct core_schedule *s, struct sw_schedule *merged, struct sw_layer *layer, int64_t at_us,
                         struct sw_err *err)
{
    int rc = keep(s->core, s->now, layer, at_us, err);

    sw_schedule_free(merged);
    if (rc >= 0)
        take_layer(s, layer);
    return rc;
}

/* Broadcasts are always said: the layer has them. */
static int merge(struct core_schedule *s, const struct saying *y, const struct sw_layer *layer, int64_t at_us,
                 struct sw_schedule **ret, bool *ret_changed, struct sw_err *err)
{
    const char *overruled[SW_LAYER_ITEMS_MAX + SW_LAYER_WITHDRAWN_MAX];
    struct sw_schedule_said said = {
        .list = (const struct sw_schedule *const *) y->list,
        .n = y->n + 1,
        .carries = {[SW_SOURCE_FILE] = !y->is_of_files, [SW_SOURCE_AUTHORITY] = !y->is_of_authority},
        .overruled = overruled};
    int rc = sw_layer_broadcasts(layer, &s->core->site->zone, y->about_us - SW_SCHEDULE_BACK_US,
                                 y->about_us + SW_SCHEDULE_AHEAD_US, &y->list[y->n], err);

    if (rc < 0)
        return rc;
    said.n_overruled = sw_layer_overruled(layer, overruled);
    rc = sw_schedule_merge(s->now, &said, at_us, ret, ret_changed, err);
    y->list[y->n] = sw_schedule_free(y->list[y->n]);
    return rc;
}

/* ---- the site's files ---- */

int schedule_publish_files(struct core_schedule *s, struct sw_err *err)
{
    const bool has_items = s->said[s->n_files] != NULL;
    const struct saying y = {.list = s->said,
                             .n = s->n_files + has_items,
                             .is_of_files = true,
                             .is_of_authority = has_items || sw_layer_n_items(s->layer) == 0,
                             .about_us = s->at_us};
    const int64_t at_us = core_next_instant_us(s->core);
    struct sw_schedule *merged;
    struct sw_layer *layer;
    bool changed;
    int rc = sw_layer_of_json(sw_layer_json(s->layer), &layer, err);

    if (rc < 0)
        return rc;
    rc = merge(s, &y, layer, at_us, &merged, &changed, err);
    if (rc >= 0)
        rc = give(s, merged, layer, at_us, changed, err);
    if (rc < 0)
        sw_layer_free(layer);
    else
        core_end_turn(s->core);
    return rc;
}

/* ---- a command of the authority ---- */

static int check_base(const struct core_schedule *s, int64_t base_revision, struct sw_err *err)
{
    const int revision = s->now ? s->now->revision : 0;

    if (base_revision == revision)
        return SW_OK;
    return sw_err_set(err, SW_E_CONFLICT, 0, "\"base_revision\" is %lld, and the schedule's revision is %d",
                      (long long) base_revision, revision);
}

static int apply(struct core_schedule *s, int64_t at_us, struct sw_err *err)
{
    static const struct sw_schedule none = {0};
    struct sw_schedule **list = &s->said[s->n_files];
    const struct saying y = {.list = list, .n = *list != NULL, .is_of_authority = true, .about_us = s->at_us};
    struct sw_schedule *merged;
    bool changed;
    int rc = check_base(s, s->change.base_revision, err); /* a broadcast may have come meanwhile */

    if (rc >= 0 && sw_store_is_pressed(s->core->store)) /* the record must fit into the turn too */
        rc = sw_err_set(err, SW_E_BUSY, 0, "the disk is behind: what cannot be recorded is not done");

    if (rc >= 0)
        rc = sw_layer_check_confirmed(s->change.command, s->now, *list ? *list : &none, err);
    if (rc >= 0)
        rc = merge(s, &y, s->next, at_us, &merged, &changed, err);
    if (rc < 0)
        return rc;
    return changed ? give(s, merged, s->next, at_us, true, err) : keep_as_it_is(s, merged, s->next, at_us, err);
}

void schedule_conclude_change(struct core_schedule *s, int rc, struct sw_err *err)
{
    const struct core_schedule_change change = s->change;
    const int64_t at_us = core_next_instant_us(s->core);

    if (rc >= 0)
        rc = apply(s, at_us, err);
    if (rc < 0)
        sw_layer_free(s->next);
    s->next = NULL;
    s->change = (struct core_schedule_change){0};
    change.fn(change.ctx, rc, err, at_us);
    core_end_turn(s->core);
    schedule_end_job(s);
}

bool core_schedule_is_busy(const struct sw_core *c)
{
    return c->schedule->is_running;
}

int core_schedule_change(struct sw_core *c, const struct core_schedule_change *change, struct sw_err *err)
{
    struct core_schedule *s = c->schedule;
    const int64_t now_us = sw_engine_now_us(c->engine);
    int rc = check_base(s, change->base_revision, err);

    if (rc >= 0)
        rc = sw_layer_apply(s->layer, change->command, s->now, now_us, &s->next, err);
    if (rc < 0)
        return rc;
    s->at_us = now_us;
    s->file = s->n_files;
    s->change = *change;
    s->is_running = true;
    if (sw_layer_n_items(s->next) > 0) {
        rc = schedule_run_child(s, err);
        if (rc >= 0)
            return SW_OK;
        rc = SW_E_BUSY; /* a fault of this machine, not of the command */
    }
    schedule_conclude_change(s, rc, err); /* or all was withdrawn: nothing is to be expanded */
    return SW_OK;
}

/* ---- broadcasts ---- */

/* Takes the layer. */
static int change_broadcasts(struct core_schedule *s, struct sw_layer *layer, struct sw_err *err)
{
    struct sw_schedule *list[1] = {NULL};
    const struct saying y = {.list = list, .about_us = sw_engine_now_us(s->core->engine)};
    const int64_t at_us = core_next_instant_us(s->core);
    struct sw_schedule *merged;
    bool changed;
    int rc = merge(s, &y, layer, at_us, &merged, &changed, err);

    if (rc >= 0)
        rc = changed ? give(s, merged, layer, at_us, true, err) : keep_as_it_is(s, merged, layer, at_us, err);
    if (rc < 0)
        sw_layer_free(layer);
    return rc;
}

const struct sw_layer *core_schedule_layer(const struct sw_core *c)
{
    return c->schedule->layer;
}

int core_schedule_quiet(struct sw_core *c, const struct sw_quiet *q, struct sw_err *err)
{
    struct sw_layer *layer;
    int rc = sw_layer_with_quiet(c->schedule->layer, q, &layer, err);

    return rc < 0 ? rc : change_broadcasts(c->schedule, layer, err);
}

int core_schedule_unquiet(struct sw_core *c, const char *id, struct sw_err *err)
{
    struct sw_layer *layer;
    int rc = sw_layer_without_quiet(c->schedule->layer, id, &layer, err);

    return rc < 0 ? rc : change_broadcasts(c->schedule, layer, err);
}
