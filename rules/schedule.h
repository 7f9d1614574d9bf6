// SPDX-License-Identifier: Apache-2.0
/* The published schedule as one immutable snapshot: work items, night permits, quiet periods, each with the time of its
 * publication, and their instances on the time line. Made by config/read_schedule.c; the engine gets a new snapshot
 * with every change. Pure: what was allowed at an instant, as known at an instant. Recurrences are expanded before
 * (`siteward schedule import`), so that nothing here knows RFC 5545. */
#ifndef SW_RULES_SCHEDULE_H
#define SW_RULES_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

#define SW_SCHEDULE_ITEMS_MAX 500
#define SW_SCHEDULE_INSTANCES_MAX 20000
#define SW_SCHEDULE_RRULE_SIZE 256

enum sw_item_kind { SW_ITEM_WORK, SW_ITEM_PERMIT, SW_ITEM_QUIET, SW_ITEM_KIND__COUNT };
enum sw_item_source { SW_SOURCE_FILE, SW_SOURCE_AUTHORITY, SW_SOURCE_BROADCAST, SW_SOURCE__COUNT };
enum sw_item_status { SW_ITEM_CONFIRMED, SW_ITEM_UNCONFIRMED, SW_ITEM_CANCELLED, SW_ITEM_STATUS__COUNT };

/** One item as it was published once. Instants are UTC microseconds, INT64_MIN = not stated. Texts are as in the file
 *  and only shown. */
struct sw_schedule_item {
    char uid[128];
    enum sw_item_kind kind;
    enum sw_item_source source;
    enum sw_item_status status; /* a permit from a file is unconfirmed until the authority confirms it. Work and permits
                                 * count only when confirmed; quiet periods unless cancelled */
    int32_t revision;           /* SEQUENCE, or the count of publications */
    char summary_en[128], summary_zh[128];
    char permit_no[64], issued_by[SW_NAME_SIZE], reason[64];
    char dtstart[32], duration[24], rrule[SW_SCHEDULE_RRULE_SIZE]; /* of the schedule document; "" = none */
    int64_t published_us;         /* when this gateway first stored this content; INT64_MIN counts as known always */
    int64_t claimed_published_us; /* what the file says */
    int64_t cancelled_us; /* when its cancellation was published: until then it stood. INT64_MIN = not cancelled */
    int64_t granted_us, valid_from_us, valid_to_us, notice_posted_us;
};

/** [from, to) of an item. */
struct sw_schedule_instance {
    int64_t from_us, to_us;
    uint16_t item;
};

struct sw_schedule {
    int32_t revision;       /* + 1 with every change */
    int64_t from_us, to_us; /* instances are complete within this stretch */
    size_t n_items;
    struct sw_schedule_item *items;
    size_t n_instances;
    struct sw_schedule_instance *instances; /* in order of from_us */
    int64_t longest_us;                     /* length of the longest instance: bounds the search */
};

/** What was allowed at an instant (docs/explanation/measuring.md): quiet_period; in a night period permitted_night or
 *  prohibited_night; scheduled; unscheduled; no_schedule. */
enum sw_work_state {
    SW_WORK_NO_SCHEDULE,
    SW_WORK_SCHEDULED,
    SW_WORK_UNSCHEDULED,
    SW_WORK_PERMITTED_NIGHT,
    SW_WORK_PROHIBITED_NIGHT,
    SW_WORK_QUIET_PERIOD,
    SW_WORK__COUNT
};

/** permitted: 1 yes, 0 no, -1 unknown. */
struct sw_work {
    enum sw_work_state state;
    int permitted;
};

struct sw_work_question {
    int64_t at_us;           /* the instant that is asked about */
    int64_t known_us;        /* only what had been published by then; INT64_MAX = all that is known today */
    bool is_night;           /* a night period of the site's packs contains at_us */
    bool is_ban_day;         /* a named day on which no night work is permitted */
    int32_t notice_before_s; /* of the pack */
};

/** s == NULL or without a work item known by then: no_schedule (at night all the same prohibited_night). An item counts
 *  from published_us until cancelled_us; one that is cancelled without a time never counts. A cancelled permit of the
 *  authority was confirmed until then.
 *  @param ret_item  the item that decided, -1 = none; may be NULL */
struct sw_work sw_schedule_work(const struct sw_schedule *s, const struct sw_work_question *q, int *ret_item);

/** Work that was published less than `day_ahead_s` before an instance of it began, for instances that begin in
 *  [from, to). Writes indices of instances, at most cap. @return how many there are */
size_t sw_schedule_late(const struct sw_schedule *s, int64_t from_us, int64_t to_us, int32_t day_ahead_s,
                        uint32_t *ret_instances, size_t cap);

/** Order instances, fill longest_us, check that they fit. @return SW_OK; SW_E_INVAL with a sentence */
int sw_schedule_finish(struct sw_schedule *s, struct sw_err *err);

struct sw_schedule *sw_schedule_free(struct sw_schedule *s); /* NULL is fine; always returns NULL */

const char *sw_item_kind_name(enum sw_item_kind k);     /* "work", "permit", "quiet" */
const char *sw_item_source_name(enum sw_item_source s); /* "file", "authority", "broadcast" */
const char *sw_item_status_name(enum sw_item_status s); /* "confirmed", "unconfirmed", "cancelled" */

#endif
