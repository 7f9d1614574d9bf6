// SPDX-License-Identifier: Apache-2.0
/* What a schedule file says, before its recurrences are expanded: one event a component. Filled by cli/ical.c or
 * cli/schedule_json.c, expanded by cli/schedule_expand.c. Also keeps the zones that a file names, and counts what had
 * to be skipped. */
#ifndef SW_CLI_SCHEDULE_EVENTS_H
#define SW_CLI_SCHEDULE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "common/zone.h"
#include "config/schedule_time.h"
#include "rules/schedule.h"

#define SW_EVENTS_MAX 4000      /* components, overrides among them; of items SW_SCHEDULE_ITEMS_MAX remain */
#define SW_EVENT_DATES_MAX 2000 /* EXDATE and RDATE of one component */
#define SW_EVENT_ZONES_MAX 32
#define SW_SCHEDULE_FILE_MAX (4 * 1024 * 1024)

/** A beginning and what says its end. */
struct sw_event_time {
    struct sw_local from, to;
    struct sw_span_text span;
    enum { SW_END_NONE, SW_END_TIME, SW_END_SPAN } end;
};

struct sw_event {
    struct sw_schedule_item item; /* rrule "" = happens once */
    unsigned line;                /* where it begins; of JSON the number of the item */
    struct sw_event_time time;
    bool is_override; /* replaces the instance that would begin at `replaces` */
    struct sw_local replaces;
    int64_t stamp_us; /* which of two equal SEQUENCEs is newer */
    size_t n_except, n_more;
    struct sw_local *except;    /* EXDATE */
    struct sw_event_time *more; /* RDATE */
    bool is_dropped;            /* an older edition of another */
};

struct sw_given_instance {
    char uid[128];
    int64_t from_us, to_us;
};

struct sw_events {
    const char *file;
    FILE *complaints;
    const struct sw_zone *zone; /* of floating times; borrowed */
    size_t n, cap, n_skipped;
    struct sw_event *list;
    size_t n_zones;
    struct sw_named_zone *zones[SW_EVENT_ZONES_MAX];
    bool is_expanded; /* the file brings its instances itself */
    bool is_strict;   /* what cannot be used refuses the whole */
    size_t n_given;
    struct sw_given_instance *given;
};

struct sw_named_zone {
    char name[128];
    bool is_known;
    struct sw_zone zone;
};

void sw_events_init(struct sw_events *e, const char *file, const struct sw_zone *zone, FILE *complaints);
void sw_events_done(struct sw_events *e);

/** A zeroed event whose instants are all unknown; good until the next call. NULL = no room (said on complaints). */
struct sw_event *sw_events_add(struct sw_events *e);

/** Take the last one back. */
void sw_events_undo(struct sw_events *e);

/** An item or exception that cannot be used: told, counted. @return SW_OK: go on without it; strict: SW_E_INVAL with
 * the sentence, as it would have been told */
int sw_events_skip(struct sw_events *e, unsigned line, const char *uid, struct sw_err *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/** "FILE:LINE: UID: sentence" on complaints. uid NULL or "" is left out. */
void sw_events_tell(struct sw_events *e, unsigned line, const char *uid, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

bool sw_event_add_except(struct sw_event *ev, const struct sw_local *t);
bool sw_event_add_more(struct sw_event *ev, const struct sw_event_time *t);

/** A zone by name: an IANA name, also behind a path ("/example.org/Europe/London"). NULL = none; asked again, answered
 *  without looking again. The room for one that is not known may be filled by the caller. */
struct sw_named_zone *sw_events_zone(struct sw_events *e, const char *name);

/** Read a file's text. What cannot be used is told, skipped and counted.
 *  @return SW_OK; SW_E_INVAL it is no schedule at all; SW_E_NOMEM */
int sw_ical_read(struct sw_events *e, const char *text, size_t len, struct sw_err *err);
int sw_schedule_json_read(struct sw_events *e, const char *text, size_t len, struct sw_err *err);

/** All instances that overlap [from, to), overrides and exceptions applied; only the newest edition of an item.
 *  @return SW_OK, also when something was skipped; SW_E_INVAL it was to be strict; SW_E_NOMEM */
int sw_events_expand(struct sw_events *e, int64_t from_us, int64_t to_us, struct sw_schedule **ret, struct sw_err *err);

/** Kind by its word, in any case. @return false unknown */
bool sw_event_kind(const char *word, enum sw_item_kind *ret);

/** The first known kind of a list "CONSTRUCTION,WORK". @return false: none */
bool sw_event_kind_in(const char *words, enum sw_item_kind *ret);

/** item.dtstart and item.duration out of the event's time; `site` is the clock that needs no offset. */
void sw_event_fill_shape(struct sw_event *ev, const struct sw_zone *site);

/** A property that a complaint names and whose absence changes what is meant; NULL = none. */
const char *sw_ical_matters(const char *text);

/** A copy of an iCalendar text in which every component says in a property of this name where it begins: libical counts
 *  no lines. NULL = no memory; freed by the caller. */
#define SW_ICAL_LINE_PROPERTY "X-SITEWARD-LINE"
char *sw_ical_with_lines(const char *text, size_t len);

/** Either form of output. @return false: could not be written whole */
bool sw_schedule_print_json(const struct sw_schedule *s, const struct sw_zone *zone, FILE *to);
void sw_schedule_print_text(const struct sw_schedule *s, const struct sw_zone *zone, FILE *to);

#endif
