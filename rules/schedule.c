// SPDX-License-Identifier: Apache-2.0
/* What the published schedule allowed at an instant. Instances lie in order of their beginning, so that the few that
 * may contain an instant are found by halving. Reading a schedule and expanding its recurrences is done before. */
#include "rules/schedule.h"

#include <stdlib.h>

/* The state and the time of cancellation are two facts: until it was cancelled, an item stood. */
static bool stands_at(const struct sw_schedule_item *item, int64_t known_us)
{
    if (item->published_us > known_us)
        return false;
    if (item->cancelled_us != INT64_MIN)
        return item->cancelled_us > known_us;
    return item->status != SW_ITEM_CANCELLED;
}

static bool is_confirmed(const struct sw_schedule_item *item)
{
    return item->status == SW_ITEM_CONFIRMED ||
           (item->status == SW_ITEM_CANCELLED && (item->source == SW_SOURCE_AUTHORITY || item->kind != SW_ITEM_PERMIT));
}

static bool permits_night(const struct sw_schedule_item *item, const struct sw_schedule_instance *in,
                          const struct sw_work_question *q)
{
    const int64_t before_us = q->notice_before_s * SW_US_PER_S;

    if (q->is_ban_day || !is_confirmed(item))
        return false;
    if (item->valid_from_us != INT64_MIN && q->at_us < item->valid_from_us)
        return false;
    if (item->valid_to_us != INT64_MIN && q->at_us >= item->valid_to_us)
        return false;
    return before_us <= 0 || (item->notice_posted_us != INT64_MIN && item->notice_posted_us <= in->from_us - before_us);
}

/* Index of the first instance that begins at or after an instant. */
static size_t first_from(const struct sw_schedule *s, int64_t us)
{
    size_t low = 0, high = s->n_instances;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (s->instances[mid].from_us < us)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The items that decide, one a kind; -1 = none. */
struct found {
    int quiet, permit, work;
};

static struct found look(const struct sw_schedule *s, const struct sw_work_question *q)
{
    struct found f = {-1, -1, -1};
    /* What began a whole longest instance ago has ended. */
    const int64_t oldest_us = q->at_us < INT64_MIN + s->longest_us ? INT64_MIN : q->at_us - s->longest_us;

    for (size_t i = first_from(s, oldest_us); i < s->n_instances && s->instances[i].from_us <= q->at_us; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];
        const struct sw_schedule_item *item = &s->items[in->item];

        if (in->to_us <= q->at_us || !stands_at(item, q->known_us))
            continue;
        if (item->kind == SW_ITEM_QUIET && f.quiet < 0)
            f.quiet = in->item;
        else if (item->kind == SW_ITEM_PERMIT && f.permit < 0 && permits_night(item, in, q))
            f.permit = in->item;
        else if (item->kind == SW_ITEM_WORK && f.work < 0 && is_confirmed(item))
            f.work = in->item;
    }
    return f;
}

/* Did anybody say by then when work is done here at all? */
static bool knows_work(const struct sw_schedule *s, int64_t known_us)
{
    for (size_t i = 0; i < s->n_items; i++)
        if (s->items[i].kind == SW_ITEM_WORK && stands_at(&s->items[i], known_us) && is_confirmed(&s->items[i]))
            return true;
    return false;
}

struct sw_work sw_schedule_work(const struct sw_schedule *s, const struct sw_work_question *q, int *ret_item)
{
    const struct found f = s != NULL ? look(s, q) : (struct found){-1, -1, -1};
    struct sw_work work;
    int item = -1;

    if (f.quiet >= 0) {
        work = (struct sw_work){SW_WORK_QUIET_PERIOD, 0};
        item = f.quiet;
    } else if (q->is_night && f.permit >= 0) {
        work = (struct sw_work){SW_WORK_PERMITTED_NIGHT, 1};
        item = f.permit;
    } else if (q->is_night) {
        work = (struct sw_work){SW_WORK_PROHIBITED_NIGHT, 0};
    } else if (f.work >= 0) {
        work = (struct sw_work){SW_WORK_SCHEDULED, 1};
        item = f.work;
    } else if (s != NULL && knows_work(s, q->known_us)) {
        work = (struct sw_work){SW_WORK_UNSCHEDULED, 0};
    } else {
        work = (struct sw_work){SW_WORK_NO_SCHEDULE, -1};
    }
    if (ret_item != NULL)
        *ret_item = item;
    return work;
}

size_t sw_schedule_late(const struct sw_schedule *s, int64_t from_us, int64_t to_us, int32_t day_ahead_s,
                        uint32_t *ret_instances, size_t cap)
{
    size_t n = 0;

    if (s == NULL || day_ahead_s <= 0)
        return 0;
    for (size_t i = first_from(s, from_us); i < s->n_instances && s->instances[i].from_us < to_us; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];
        const struct sw_schedule_item *item = &s->items[in->item];

        if (item->kind != SW_ITEM_WORK || item->published_us == INT64_MIN ||
            item->published_us <= in->from_us - day_ahead_s * SW_US_PER_S)
            continue;
        /* Withdrawn before it was to begin: there was nothing to announce. */
        if (item->cancelled_us != INT64_MIN ? item->cancelled_us <= in->from_us : item->status == SW_ITEM_CANCELLED)
            continue;
        if (n < cap)
            ret_instances[n] = (uint32_t) i;
        n++;
    }
    return n;
}

/* Total order, so that equal schedules give equal snapshots whatever sorts them. */
static int by_beginning(const void *a, const void *b)
{
    const struct sw_schedule_instance *x = a, *y = b;

    if (x->from_us != y->from_us)
        return x->from_us < y->from_us ? -1 : 1;
    if (x->to_us != y->to_us)
        return x->to_us < y->to_us ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

int sw_schedule_finish(struct sw_schedule *s, struct sw_err *err)
{
    int64_t longest_us = 0;

    if (s->n_items > SW_SCHEDULE_ITEMS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "a schedule of %zu items: at most %d fit", s->n_items,
                          SW_SCHEDULE_ITEMS_MAX);
    if (s->n_instances > SW_SCHEDULE_INSTANCES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "a schedule of %zu instances: at most %d fit", s->n_instances,
                          SW_SCHEDULE_INSTANCES_MAX);
    for (size_t i = 0; i < s->n_instances; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];
        int64_t length_us;

        if (in->item >= s->n_items)
            return sw_err_set(err, SW_E_INVAL, 0, "instance %zu belongs to item %d, and there are %zu", i, in->item,
                              s->n_items);
        if (in->to_us <= in->from_us || __builtin_sub_overflow(in->to_us, in->from_us, &length_us))
            return sw_err_set(err, SW_E_INVAL, 0, "'%s': an instance must end after it begins", s->items[in->item].uid);
        longest_us = SW_MAX(longest_us, length_us);
    }
    if (s->n_instances > 0)
        qsort(s->instances, s->n_instances, sizeof(*s->instances), by_beginning);
    s->longest_us = longest_us;
    return SW_OK;
}

struct sw_schedule *sw_schedule_free(struct sw_schedule *s)
{
    if (s != NULL) {
        free(s->items);
        free(s->instances);
        free(s);
    }
    return NULL;
}

const char *sw_item_kind_name(enum sw_item_kind k)
{
    static const char *const names[] = {
        [SW_ITEM_WORK] = "work", [SW_ITEM_PERMIT] = "permit", [SW_ITEM_QUIET] = "quiet"};

    return (size_t) k < SW_ARRAY_SIZE(names) ? names[k] : "?";
}

const char *sw_item_source_name(enum sw_item_source s)
{
    static const char *const names[] = {
        [SW_SOURCE_FILE] = "file", [SW_SOURCE_AUTHORITY] = "authority", [SW_SOURCE_BROADCAST] = "broadcast"};

    return (size_t) s < SW_ARRAY_SIZE(names) ? names[s] : "?";
}

const char *sw_item_status_name(enum sw_item_status s)
{
    static const char *const names[] = {
        [SW_ITEM_CONFIRMED] = "confirmed", [SW_ITEM_UNCONFIRMED] = "unconfirmed", [SW_ITEM_CANCELLED] = "cancelled"};

    return (size_t) s < SW_ARRAY_SIZE(names) ? names[s] : "?";
}
