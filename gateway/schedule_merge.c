// SPDX-License-Identifier: Apache-2.0
/* Compares items as they are said with items as they were published. What counts as content: everything but counters,
 * times of publication, and instances outside the stretch that both know. */
#include "gateway/schedule_merge.h"

#include <stdlib.h>
#include <string.h>

/* The schedule that is being put together, and the instances of it. */
struct merge {
    struct sw_schedule *s;
    const struct sw_schedule_said *said; /* NULL: files alone */
    int64_t now_us;
    bool changed;
};

static bool is_overruled(const struct merge *m, const char *uid)
{
    for (size_t i = 0; m->said && i < m->said->n_overruled; i++)
        if (strcmp(m->said->overruled[i], uid) == 0)
            return true;
    return false;
}

static struct sw_schedule *new_schedule(size_t n_items, size_t n_instances)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->items = calloc(n_items + 1, sizeof(*s->items));
    s->instances = calloc(n_instances + 1, sizeof(*s->instances));
    return s->items && s->instances ? s : sw_schedule_free(s);
}

/* Instances of an item that begin in [from, to), one by one. */
static const struct sw_schedule_instance *next_instance(const struct sw_schedule *s, size_t item, int64_t from_us,
                                                        int64_t to_us, size_t *at)
{
    for (; *at < s->n_instances; ++*at) {
        const struct sw_schedule_instance *i = &s->instances[*at];

        if (i->item == item && i->from_us >= from_us && i->from_us < to_us)
            return &s->instances[(*at)++];
    }
    return NULL;
}

bool sw_schedule_same_times(const struct sw_schedule *a, size_t a_item, const struct sw_schedule *b, size_t b_item)
{
    int64_t from_us = SW_MAX(a->from_us, b->from_us), to_us = SW_MIN(a->to_us, b->to_us);
    size_t a_at = 0, b_at = 0;

    for (;;) {
        const struct sw_schedule_instance *x = next_instance(a, a_item, from_us, to_us, &a_at);
        const struct sw_schedule_instance *y = next_instance(b, b_item, from_us, to_us, &b_at);

        if (!x || !y)
            return !x && !y;
        if (x->from_us != y->from_us || x->to_us != y->to_us)
            return false;
    }
}

static bool same_text(const struct sw_schedule_item *a, const struct sw_schedule_item *b)
{
    return strcmp(a->uid, b->uid) == 0 && strcmp(a->summary_en, b->summary_en) == 0 &&
           strcmp(a->summary_zh, b->summary_zh) == 0 && strcmp(a->permit_no, b->permit_no) == 0 &&
           strcmp(a->issued_by, b->issued_by) == 0 && strcmp(a->reason, b->reason) == 0 &&
           strcmp(a->dtstart, b->dtstart) == 0 && strcmp(a->duration, b->duration) == 0 &&
           strcmp(a->rrule, b->rrule) == 0;
}

static bool same_item(const struct sw_schedule_item *a, const struct sw_schedule_item *b)
{
    return same_text(a, b) && a->kind == b->kind && a->source == b->source && a->status == b->status &&
           a->granted_us == b->granted_us && a->valid_from_us == b->valid_from_us && a->valid_to_us == b->valid_to_us &&
           a->notice_posted_us == b->notice_posted_us;
}

/* The publication of the very content that a file says, -1 = none. What was cancelled because it was no longer said has
 * another status, so that saying it again is a new publication. */
static int find_published(const struct sw_schedule *before, const bool *is_taken, const struct sw_schedule *file,
                          size_t item)
{
    for (size_t i = 0; before && i < before->n_items; i++)
        if (!is_taken[i] && same_item(&before->items[i], &file->items[item]) &&
            sw_schedule_same_times(before, i, file, item))
            return (int) i;
    return -1;
}

/* Append an item with its instances. There is room. */
static struct sw_schedule_item *add_item(struct merge *m, const struct sw_schedule *from, size_t item)
{
    struct sw_schedule *s = m->s;
    size_t at = 0;
    const struct sw_schedule_instance *i;

    s->items[s->n_items] = from->items[item];
    while ((i = next_instance(from, item, INT64_MIN, INT64_MAX, &at))) {
        s->instances[s->n_instances] = *i;
        s->instances[s->n_instances++].item = (uint16_t) s->n_items;
    }
    return &s->items[s->n_items++];
}

/* How often this item was published, this time included: its revision where its sender counts none. A sender may begin
 * at the highest number that there is. */
static int32_t next_revision(const struct sw_schedule *before, const char *uid)
{
    int32_t last = 0;

    for (size_t i = 0; before && i < before->n_items; i++)
        if (strcmp(before->items[i].uid, uid) == 0)
            last = SW_MAX(last, before->items[i].revision);
    return last < INT32_MAX ? last + 1 : last;
}

static void take_said(struct merge *m, const struct sw_schedule *before, bool *is_taken, const struct sw_schedule *file,
                      size_t item)
{
    int was = find_published(before, is_taken, file, item);
    struct sw_schedule_item *new = add_item(m, file, item);

    if (before && was >= 0) {
        is_taken[was] = true;
        new->published_us = before->items[was].published_us;
        new->cancelled_us = before->items[was].cancelled_us;
        new->revision = before->items[was].revision;
        return;
    }
    m->changed = true;
    new->published_us = m->now_us;
    new->cancelled_us = new->status == SW_ITEM_CANCELLED ? m->now_us : INT64_MIN;
    new->revision = SW_MAX(new->revision, next_revision(before, new->uid));
}

/* What nobody withdrew and ended so long ago that its sender's layer has let go of it. */
static bool is_over(const struct merge *m, const struct sw_schedule *before, size_t item)
{
    const struct sw_schedule_item *was = &before->items[item];
    const struct sw_schedule_instance *i;
    size_t at = 0;

    if (was->source == SW_SOURCE_FILE || is_overruled(m, was->uid))
        return false;
    while ((i = next_instance(before, item, INT64_MIN, INT64_MAX, &at)))
        if (i->to_us >= m->now_us - SW_SCHEDULE_BACK_US)
            return false;
    return true;
}

/* What stood before and is not said any more: known as cancelled, until nobody asks about that time. */
static void take_unsaid(struct merge *m, const struct sw_schedule *before, size_t item)
{
    const struct sw_schedule_item *was = &before->items[item];
    struct sw_schedule_item *kept;

    if (was->cancelled_us != INT64_MIN && was->cancelled_us < m->now_us - SW_SCHEDULE_BACK_US)
        return;
    if (was->cancelled_us == INT64_MIN && is_over(m, before, item))
        return;
    kept = add_item(m, before, item);
    if (kept->cancelled_us != INT64_MIN)
        return;
    m->changed = true;
    kept->cancelled_us = m->now_us;
    kept->status = SW_ITEM_CANCELLED;
}

static int finish(struct sw_schedule *s, struct sw_schedule **ret, struct sw_err *err)
{
    int rc = SW_OK;

    if (s->n_items > SW_SCHEDULE_ITEMS_MAX || s->n_instances > SW_SCHEDULE_INSTANCES_MAX)
        rc = sw_err_set(err, SW_E_FULL, 0,
                        "the schedule has %zu items with %zu instances, changed and cancelled ones of the last 40 days "
                        "included; %d and %d are the most: take out what is over",
                        s->n_items, s->n_instances, SW_SCHEDULE_ITEMS_MAX, SW_SCHEDULE_INSTANCES_MAX);
    else
        rc = sw_schedule_finish(s, err);
    if (rc < 0) {
        sw_schedule_free(s);
        return rc;
    }
    *ret = s;
    return SW_OK;
}

/* Room for everything, and the stretch that is complete in all that is said, and in what is carried over. */
static struct sw_schedule *room_for(const struct sw_schedule *before, bool is_carried,
                                    const struct sw_schedule *const *said, size_t n)
{
    size_t items = before ? before->n_items : 0, instances = before ? before->n_instances : 0;
    int64_t from_us = INT64_MIN, to_us = INT64_MAX;
    struct sw_schedule *s;

    if (before && (is_carried || n == 0)) {
        from_us = before->from_us;
        to_us = before->to_us;
    }
    for (size_t i = 0; i < n; i++) {
        items += said[i]->n_items;
        instances += said[i]->n_instances;
        from_us = SW_MAX(from_us, said[i]->from_us);
        to_us = SW_MIN(to_us, said[i]->to_us);
    }
    s = new_schedule(items, instances);
    if (s && (before || n)) {
        s->from_us = from_us;
        s->to_us = to_us;
    }
    return s;
}

/* Items of whom nobody speaks for now. */
static void carry(struct merge *m, const struct sw_schedule *before, bool *is_taken)
{
    for (size_t i = 0; before && i < before->n_items; i++) {
        const struct sw_schedule_item *was = &before->items[i];

        if (!m->said->carries[was->source] || was->cancelled_us != INT64_MIN ||
            (was->source == SW_SOURCE_FILE && is_overruled(m, was->uid)))
            continue;
        is_taken[i] = true;
        add_item(m, before, i);
    }
}

int sw_schedule_merge(const struct sw_schedule *before, const struct sw_schedule_said *said, int64_t now_us,
                      struct sw_schedule **ret, bool *ret_changed, struct sw_err *err)
{
    const bool is_carried = said->carries[SW_SOURCE_FILE] || said->carries[SW_SOURCE_AUTHORITY];
    struct merge m = {
        .s = room_for(before, is_carried, said->list, said->n), .said = said, .now_us = now_us, .changed = !before};
    bool *is_taken = calloc(before ? before->n_items + 1 : 1, sizeof(*is_taken));

    if (!m.s || !is_taken) {
        sw_schedule_free(m.s);
        free(is_taken);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    }
    carry(&m, before, is_taken);
    for (size_t i = 0; i < said->n; i++)
        for (size_t k = 0; k < said->list[i]->n_items; k++)
            if (said->list[i]->items[k].source != SW_SOURCE_FILE || !is_overruled(&m, said->list[i]->items[k].uid))
                take_said(&m, before, is_taken, said->list[i], k);
    for (size_t i = 0; before && i < before->n_items; i++)
        if (!is_taken[i])
            take_unsaid(&m, before, i);
    free(is_taken);
    m.s->revision = (before ? before->revision : 0) + m.changed;
    *ret_changed = m.changed;
    return finish(m.s, ret, err);
}

int sw_schedule_claimed(const struct sw_schedule *const *files, size_t n_files, struct sw_schedule **ret,
                        struct sw_err *err)
{
    struct merge m = {.s = room_for(NULL, false, files, n_files)};

    if (!m.s)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    for (size_t i = 0; i < n_files; i++) {
        for (size_t k = 0; k < files[i]->n_items; k++) {
            struct sw_schedule_item *item = add_item(&m, files[i], k);

            if (item->claimed_published_us != INT64_MIN)
                item->published_us = item->claimed_published_us;
            item->revision = SW_MAX(item->revision, 1);
            if (item->status == SW_ITEM_CANCELLED && item->cancelled_us == INT64_MIN)
                item->cancelled_us = SW_MAX(item->published_us, INT64_MIN + 1);
        }
    }
    m.s->revision = 1;
    return finish(m.s, ret, err);
}

int sw_schedule_known(const struct sw_schedule *all, int64_t by_us, int32_t revision, struct sw_schedule **ret,
                      struct sw_err *err)
{
    struct merge m = {.s = room_for(all, false, NULL, 0)};

    if (!m.s)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    for (size_t i = 0; i < all->n_items; i++)
        if (all->items[i].published_us <= by_us)
            add_item(&m, all, i);
    m.s->revision = revision;
    return finish(m.s, ret, err);
}

int64_t sw_schedule_next(const struct sw_schedule *all, int64_t after_us)
{
    int64_t next_us = INT64_MAX;

    for (size_t i = 0; i < all->n_items; i++)
        if (all->items[i].published_us > after_us)
            next_us = SW_MIN(next_us, all->items[i].published_us);
    return next_us;
}
