// SPDX-License-Identifier: Apache-2.0
/* Schedules in the product's own JSON form to events, so that rules in them are expanded by the same code as those of
 * iCalendar. Fields of an item are read by config/read_schedule.c. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/schedule_events.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "config/read_schedule.h"
#include "config/text.h"

static int take_date(const json_t *v, const struct sw_zone *zone, struct sw_local *ret, struct sw_err *err)
{
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "a date must be a text like 2026-03-01T06:00:00");
    return sw_local_parse(json_string_value(v), json_string_length(v), zone, ret, err);
}

/* "exdate" or "rdate". */
static int take_dates(const json_t *item, const char *key, const struct sw_zone *zone, struct sw_event *ev,
                      struct sw_err *err)
{
    const json_t *list = json_object_get(item, key);
    int rc = SW_OK;

    if (list != NULL && !json_is_null(list) && !json_is_array(list))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a list of dates", key);
    for (size_t i = 0; i < json_array_size(list) && rc >= 0; i++) {
        struct sw_local t;

        rc = take_date(json_array_get(list, i), zone, &t, err);
        if (rc < 0)
            sw_err_prefix(err, "\"%s\"", key);
        else if (key[0] == 'e' ? !sw_event_add_except(ev, &t)
                               : !sw_event_add_more(ev, &(struct sw_event_time){.from = t}))
            rc = sw_err_set(err, SW_E_FULL, 0, "\"%s\" holds more than %d dates", key, SW_EVENT_DATES_MAX);
    }
    return rc;
}

static int zone_of(struct sw_events *e, const json_t *object, const struct sw_zone **ret, struct sw_err *err)
{
    const json_t *tz = json_object_get(object, "tz");
    struct sw_named_zone *z;

    if (tz == NULL || json_is_null(tz))
        return SW_OK;
    if (!json_is_string(tz))
        return sw_err_set(err, SW_E_INVAL, 0, "\"tz\" must be a text like Asia/Shanghai");
    if (strcmp(json_string_value(tz), (*ret)->name) == 0)
        return SW_OK;
    z = sw_events_zone(e, json_string_value(tz));
    if (z == NULL || !z->is_known)
        return sw_err_set(err, SW_E_INVAL, 0, "\"tz\": unknown time zone '%.60s'", json_string_value(tz));
    *ret = &z->zone;
    return SW_OK;
}

static int take_item(struct sw_events *e, const json_t *v, struct sw_event *ev, struct sw_err *err)
{
    struct sw_schedule_item *item = &ev->item;
    const struct sw_zone *zone = e->zone;
    int rc = sw_schedule_read_item(v, item, err);

    if (rc >= 0)
        rc = zone_of(e, v, &zone, err);
    if (rc >= 0 && item->dtstart[0] == '\0' && !e->is_expanded)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"dtstart\" is missing");
    if (rc >= 0 && item->dtstart[0] != '\0')
        rc = sw_local_parse(item->dtstart, strlen(item->dtstart), zone, &ev->time.from, err);
    if (rc >= 0 && item->duration[0] != '\0') {
        ev->time.end = SW_END_SPAN;
        rc = sw_span_parse(item->duration, strlen(item->duration), &ev->time.span, err);
    }
    if (rc >= 0 && item->rrule[0] != '\0' && ev->time.from.zone == NULL) {
        /* A rule runs on a clock at the site, whatever offset its beginning was written with. */
        ev->time.from.s = sw_utc_to_local_s(zone, ev->time.from.s);
        ev->time.from.zone = zone;
    }
    if (rc >= 0)
        rc = take_dates(v, "exdate", zone, ev, err);
    if (rc >= 0)
        rc = take_dates(v, "rdate", zone, ev, err);
    return rc;
}

/* A hand-written file may have slips in its keys. */
static void tell_unknown(struct sw_events *e, const json_t *object, const char *where, size_t number,
                         const char *const *known, size_t n)
{
    void *at = json_object_iter((json_t *) object);

    for (; at != NULL; at = json_object_iter_next((json_t *) object, at)) {
        const char *key = json_object_iter_key(at);
        struct sw_guess guess = {.typed = key};
        char text[160];
        bool is_known = false;

        for (size_t i = 0; i < n && !is_known; i++) {
            is_known = strcmp(known[i], key) == 0;
            sw_guess_offer(&guess, known[i]);
        }
        if (!is_known && number > 0)
            sw_events_tell(e, 0, NULL, "%s %zu: unknown key \"%.*s\" is ignored%s", where, number,
                           sw_text_clip(key, 40), key, sw_guess_text(&guess, text, sizeof(text)));
        else if (!is_known)
            sw_events_tell(e, 0, NULL, "unknown key \"%.*s\" is ignored%s", sw_text_clip(key, 40), key,
                           sw_guess_text(&guess, text, sizeof(text)));
    }
}

static void tell_unknown_in_item(struct sw_events *e, const json_t *item, size_t number)
{
    static const char *const known[] = {"uid",
                                        "kind",
                                        "summary",
                                        "permit_no",
                                        "reason",
                                        "issued_by",
                                        "source",
                                        "status",
                                        "revision",
                                        "tz",
                                        "published",
                                        "dtstart",
                                        "rrule",
                                        "duration",
                                        "exdate",
                                        "rdate",
                                        "granted_at",
                                        "cancelled",
                                        "valid_from",
                                        "valid_to",
                                        "claimed_published",
                                        "notice_posted_at"};

    tell_unknown(e, item, "item", number, known, SW_ARRAY_SIZE(known));
}

static int take_items(struct sw_events *e, const json_t *items, struct sw_err *fatal)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        struct sw_event *ev = sw_events_add(e);
        struct sw_err err = {0};
        char number[160];

        if (ev == NULL) {
            e->n_skipped++;
            return SW_OK;
        }
        ev->line = (unsigned) i + 1;
        tell_unknown_in_item(e, json_array_get(items, i), i + 1);
        if (take_item(e, json_array_get(items, i), ev, &err) >= 0)
            continue;
        (void) snprintf(number, sizeof(number), "item %zu%s%s", i + 1, ev->item.uid[0] != '\0' ? ", " : "",
                        ev->item.uid);
        sw_events_undo(e);
        if (sw_events_skip(e, 0, number, fatal, "%s", err.msg) < 0)
            return SW_E_INVAL;
    }
    return SW_OK;
}

static int take_time(const json_t *v, const char *key, int64_t *ret, struct sw_err *err)
{
    const json_t *t = json_object_get(v, key);

    if (!json_is_string(t))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key);
    return sw_time_parse(json_string_value(t), json_string_length(t), ret, err);
}

static void take_instances(struct sw_events *e, const json_t *list)
{
    e->is_expanded = true;
    e->given = calloc(json_array_size(list) + 1, sizeof(*e->given));
    for (size_t i = 0; e->given != NULL && i < json_array_size(list); i++) {
        struct sw_given_instance *g = &e->given[e->n_given];
        const json_t *v = json_array_get(list, i), *uid = json_object_get(v, "uid");
        struct sw_err err = {0};

        if (!json_is_string(uid) || json_string_length(uid) >= sizeof(g->uid) ||
            take_time(v, "from", &g->from_us, &err) < 0 || take_time(v, "to", &g->to_us, &err) < 0) {
            sw_events_tell(e, 0, NULL, "instance %zu: %s; skipped", i + 1,
                           err.msg[0] != '\0' ? err.msg : "\"uid\" is missing");
            e->n_skipped++;
            continue;
        }
        memcpy(g->uid, json_string_value(uid), json_string_length(uid) + 1);
        e->n_given++;
    }
}

/* Instances of no item. */
static void tell_strangers(struct sw_events *e)
{
    for (size_t i = 0; e->given != NULL && i < e->n_given; i++) {
        bool is_known = false;

        for (size_t k = 0; k < e->n && !is_known; k++)
            is_known = strcmp(e->list[k].item.uid, e->given[i].uid) == 0;
        if (is_known)
            continue;
        sw_events_tell(e, 0, NULL, "instance: there is no item with the uid '%s'; skipped", e->given[i].uid);
        e->n_skipped++;
    }
}

int sw_schedule_json_read(struct sw_events *e, const char *text, size_t len, struct sw_err *err)
{
    static const char *const known[] = {"schema", "revision",  "ts",      "tz",       "range",
                                        "items",  "instances", "omitted", "simulated"};
    json_error_t fault;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    const json_t *items = json_object_get(root, "items"), *instances = json_object_get(root, "instances");
    int rc = SW_OK;

    if (root == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "%s:%d:%d: %.120s", e->file, fault.line, fault.column, fault.text);
    if (!json_is_array(items))
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s: no schedule: it must be {\"items\": [...]}", e->file);
    else if (zone_of(e, root, &e->zone, err) < 0)
        rc = sw_err_prefix(err, "%s", e->file);
    if (rc >= 0 && instances != NULL && !json_is_null(instances) && !json_is_array(instances))
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s: \"instances\" must be a list", e->file);
    if (rc >= 0) {
        tell_unknown(e, root, "", 0, known, SW_ARRAY_SIZE(known));
        if (json_is_array(instances))
            take_instances(e, instances);
        rc = take_items(e, items, err);
        if (rc >= 0)
            tell_strangers(e);
    }
    json_decref(root);
    return rc;
}
