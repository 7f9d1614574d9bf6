// SPDX-License-Identifier: Apache-2.0
/* RFC 5545 files by libical: VEVENTs and VTIMEZONEs to events of ours. Words are taken by ical_words.c, recurrences
 * are expanded by schedule_expand.c; with ical_rule.c these two are the only ones that include libical. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/ical.h"
#include "cli/ical_zone.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "config/text.h"

#define OBSERVANCES_MAX 200
#define COMPONENTS_MAX 20000

static unsigned line_of(icalcomponent *c)
{
    const char *line = sw_ical_x_value(c, SW_ICAL_LINE_PROPERTY, NULL);

    return line != NULL ? (unsigned) strtoul(line, NULL, 10) : 0;
}

/* --- zones */

static bool observance_of(icalcomponent *part, struct sw_observance *o)
{
    icalproperty *start = icalcomponent_get_first_property(part, ICAL_DTSTART_PROPERTY);
    icalproperty *from = icalcomponent_get_first_property(part, ICAL_TZOFFSETFROM_PROPERTY);
    icalproperty *to = icalcomponent_get_first_property(part, ICAL_TZOFFSETTO_PROPERTY);
    icalproperty *rule = icalcomponent_get_first_property(part, ICAL_RRULE_PROPERTY);
    struct icaltimetype t;

    *o = (struct sw_observance){0};
    if (start == NULL || from == NULL || to == NULL)
        return false;
    t = icalproperty_get_dtstart(start);
    o->from_s = icalproperty_get_tzoffsetfrom(from);
    o->to_s = icalproperty_get_tzoffsetto(to);
    o->start_local_s = sw_days_from_civil(t.year, t.month, t.day) * SW_S_PER_DAY + t.hour * 3600 + t.minute * 60 +
                       SW_MIN(t.second, 59);
    if (rule != NULL) {
        const char *text = icalproperty_get_value_as_string(rule);

        if (text == NULL || strlen(text) >= sizeof(o->rrule))
            return false;
        memcpy(o->rrule, text, strlen(text) + 1);
    }
    return true;
}

/* A zone that has no IANA name, by its VTIMEZONE. @return false: there is none that can be read */
static bool zone_of_file(struct sw_ical_reading *r, const char *tzid, struct sw_named_zone *z, struct sw_err *err)
{
    struct sw_observance *list = calloc(OBSERVANCES_MAX, sizeof(*list));
    size_t n = 0;
    bool is_ok = false;

    for (icalcomponent *c = icalcomponent_get_first_component(r->calendar, ICAL_VTIMEZONE_COMPONENT);
         c != NULL && list != NULL && !is_ok;
         c = icalcomponent_get_next_component(r->calendar, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *id = icalcomponent_get_first_property(c, ICAL_TZID_PROPERTY);
        const char *place = sw_ical_x_value(c, "X-LIC-LOCATION", NULL);

        if (id == NULL || icalproperty_get_tzid(id) == NULL || strcmp(icalproperty_get_tzid(id), tzid) != 0)
            continue;
        if (place != NULL && strcmp(place, tzid) != 0) {
            const struct sw_named_zone *known = sw_events_zone(r->e, place);

            if (known != NULL && known->is_known) {
                z->zone = known->zone;
                is_ok = true;
                break;
            }
        }
        for (icalcomponent *part = icalcomponent_get_first_component(c, ICAL_ANY_COMPONENT);
             part != NULL && n < OBSERVANCES_MAX; part = icalcomponent_get_next_component(c, ICAL_ANY_COMPONENT))
            n += observance_of(part, &list[n]);
        is_ok = sw_zone_from_observances(tzid, list, n, &z->zone, err) == SW_OK;
        break;
    }
    free(list);
    return is_ok;
}

static int zone_of(struct sw_ical_reading *r, const char *tzid, const struct sw_zone **ret, struct sw_err *err)
{
    struct sw_named_zone *z = sw_events_zone(r->e, tzid);
    struct sw_err why = {0};

    if (z == NULL)
        return sw_err_set(err, SW_E_FULL, 0, "TZID '%.60s': its name is too long, or the file names more than %d zones",
                          tzid, SW_EVENT_ZONES_MAX);
    if (!z->is_known)
        z->is_known = zone_of_file(r, tzid, z, &why);
    if (!z->is_known)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "TZID '%.60s' is neither an IANA name nor described by a VTIMEZONE%s%.80s", tzid,
                          why.msg[0] != '\0' ? ": " : "", why.msg);
    *ret = &z->zone;
    return SW_OK;
}

/* --- times */

static int time_of(struct sw_ical_reading *r, icalproperty *p, struct icaltimetype t, struct sw_local *ret,
                   struct sw_err *err)
{
    icalparameter *param = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
    const char *tzid = param != NULL ? icalparameter_get_tzid(param) : NULL;
    const char *name = icalproperty_get_property_name(p);

    if (icaltime_is_null_time(t) || t.year < 1900 || t.year > 2200 || t.month < 1 || t.month > 12 || t.day < 1 ||
        t.day > icaltime_days_in_month(t.month, t.year) || t.hour < 0 || t.hour > 23 || t.minute < 0 || t.minute > 59 ||
        t.second < 0 || t.second > 60)
        return sw_err_set(err, SW_E_INVAL, 0, "%s is no time from 1900 to 2200: '%.40s'", name,
                          icalproperty_get_value_as_string(p));
    *ret = (struct sw_local){.s = sw_days_from_civil(t.year, t.month, t.day) * SW_S_PER_DAY, .is_date = t.is_date};
    if (!t.is_date)
        ret->s += t.hour * 3600 + t.minute * 60 + SW_MIN(t.second, 59);
    if (icaltime_is_utc(t) && !t.is_date)
        return SW_OK;
    ret->zone = r->e->zone;
    return tzid != NULL && tzid[0] != '\0' && !t.is_date ? zone_of(r, tzid, &ret->zone, err) : SW_OK;
}

static int span_of(struct icaldurationtype d, struct sw_span_text *ret, struct sw_err *err)
{
    *ret = (struct sw_span_text){.days = (int64_t) d.weeks * 7 + d.days,
                                 .seconds = (int64_t) d.hours * 3600 + (int64_t) d.minutes * 60 + d.seconds};
    if (d.is_neg || icaldurationtype_is_bad_duration(d) || (ret->days == 0 && ret->seconds == 0) || ret->days > 400 ||
        ret->seconds > 400 * SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "DURATION must be more than nothing and at most 400 days");
    return SW_OK;
}

static int take_time(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    icalproperty *start = icalcomponent_get_first_property(c, ICAL_DTSTART_PROPERTY);
    icalproperty *end = icalcomponent_get_first_property(c, ICAL_DTEND_PROPERTY);
    icalproperty *span = icalcomponent_get_first_property(c, ICAL_DURATION_PROPERTY);
    int rc;

    if (start == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "it has no DTSTART, or one that cannot be read");
    if (icalcomponent_count_properties(c, ICAL_DTSTART_PROPERTY) > 1 ||
        icalcomponent_count_properties(c, ICAL_DTEND_PROPERTY) > 1 ||
        icalcomponent_count_properties(c, ICAL_DURATION_PROPERTY) > 1)
        return sw_err_set(err, SW_E_INVAL, 0, "it has DTSTART, DTEND or DURATION twice: which one counts?");
    if (end != NULL && span != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "it has both DTEND and DURATION: one of them says when it ends");
    rc = time_of(r, start, icalproperty_get_dtstart(start), &ev->time.from, err);
    if (rc >= 0 && end != NULL) {
        ev->time.end = SW_END_TIME;
        rc = time_of(r, end, icalproperty_get_dtend(end), &ev->time.to, err);
        if (rc >= 0 && ev->time.to.is_date != ev->time.from.is_date)
            rc = sw_err_set(err, SW_E_INVAL, 0, "DTSTART and DTEND must both be days or both be times");
    } else if (rc >= 0 && span != NULL) {
        ev->time.end = SW_END_SPAN;
        rc = span_of(icalproperty_get_duration(span), &ev->time.span, err);
    }
    return rc;
}

static int take_rdate(struct sw_ical_reading *r, icalproperty *p, struct sw_event *ev, struct sw_err *err)
{
    const struct icaldatetimeperiodtype v = icalproperty_get_rdate(p);
    const bool is_period = !icalperiodtype_is_null_period(v.period);
    struct sw_event_time more = {.end = SW_END_NONE};
    int rc = time_of(r, p, is_period ? v.period.start : v.time, &more.from, err);

    if (rc >= 0 && is_period && !icaltime_is_null_time(v.period.end)) {
        more.end = SW_END_TIME;
        rc = time_of(r, p, v.period.end, &more.to, err);
    } else if (rc >= 0 && is_period) {
        more.end = SW_END_SPAN;
        rc = span_of(v.period.duration, &more.span, err);
    }
    if (rc >= 0 && !sw_event_add_more(ev, &more))
        rc = sw_err_set(err, SW_E_FULL, 0, "more than %d dates in RDATE", SW_EVENT_DATES_MAX);
    return rc;
}

static int take_dates(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    int rc = SW_OK;

    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_EXDATE_PROPERTY); p != NULL && rc >= 0;
         p = icalcomponent_get_next_property(c, ICAL_EXDATE_PROPERTY)) {
        struct sw_local t;

        rc = time_of(r, p, icalproperty_get_exdate(p), &t, err);
        if (rc >= 0 && !sw_event_add_except(ev, &t))
            rc = sw_err_set(err, SW_E_FULL, 0, "more than %d dates in EXDATE", SW_EVENT_DATES_MAX);
    }
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_RDATE_PROPERTY); p != NULL && rc >= 0;
         p = icalcomponent_get_next_property(c, ICAL_RDATE_PROPERTY))
        rc = take_rdate(r, p, ev, err);
    return rc;
}

static int take_rule(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    icalproperty *p = icalcomponent_get_first_property(c, ICAL_RRULE_PROPERTY);
    icalproperty *id = icalcomponent_get_first_property(c, ICAL_RECURRENCEID_PROPERTY);
    const char *text;

    if (icalcomponent_count_properties(c, ICAL_RRULE_PROPERTY) > 1)
        return sw_err_set(err, SW_E_INVAL, 0, "it has %d RRULEs: write one component for each",
                          icalcomponent_count_properties(c, ICAL_RRULE_PROPERTY));
    if (icalcomponent_count_properties(c, ICAL_EXRULE_PROPERTY) > 0)
        return sw_err_set(err, SW_E_INVAL, 0, "EXRULE is of an older standard: list the days in EXDATE");
    if (p != NULL) {
        text = icalproperty_get_value_as_string(p);
        if (text == NULL || strlen(text) >= sizeof(ev->item.rrule))
            return sw_err_set(err, SW_E_INVAL, 0, "its RRULE is longer than %zu bytes", sizeof(ev->item.rrule) - 1);
        memcpy(ev->item.rrule, text, strlen(text) + 1);
    }
    if (id == NULL)
        return SW_OK;
    if (icalproperty_get_parameter_as_string(id, "RANGE") != NULL)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "RECURRENCE-ID with RANGE is not read: end the rule with UNTIL and add an item");
    ev->is_override = true;
    ev->item.rrule[0] = '\0';
    return time_of(r, id, icalproperty_get_recurrenceid(id), &ev->replaces, err);
}

/* An instant of a property that is UTC by its standard; INT64_MIN if it is not there. */
static int64_t stamp_of(struct sw_ical_reading *r, icalcomponent *c, icalproperty_kind kind)
{
    icalproperty *p = icalcomponent_get_first_property(c, kind);
    struct icaltimetype t = icaltime_null_time();
    struct sw_local at;

    if (p != NULL)
        t = icalvalue_get_datetime(icalproperty_get_value(p));
    if (p == NULL || time_of(r, p, t, &at, NULL) < 0)
        return INT64_MIN;
    return sw_local_to_utc_s(at.zone, at.s) * SW_US_PER_S;
}

/* X-SITEWARD-…: as RFC 3339, or as iCalendar writes times. */
static int x_time(struct sw_ical_reading *r, icalcomponent *c, const char *name, int64_t *ret, struct sw_err *err)
{
    icalproperty *p = NULL;
    const char *text = sw_ical_x_value(c, name, &p);
    struct sw_local at;

    if (text == NULL || text[0] == '\0')
        return SW_OK;
    if (sw_local_parse(text, strlen(text), r->e->zone, &at, NULL) < 0 &&
        time_of(r, p, icaltime_from_string(text), &at, NULL) < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "%s is no time: '%.40s' (2026-02-27T14:30:00+08:00)", name, text);
    *ret = sw_local_to_utc_s(at.zone, at.s) * SW_US_PER_S;
    return SW_OK;
}

static void take_stamps(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev)
{
    const int64_t created = stamp_of(r, c, ICAL_CREATED_PROPERTY), stamp = stamp_of(r, c, ICAL_DTSTAMP_PROPERTY);
    const int64_t modified = stamp_of(r, c, ICAL_LASTMODIFIED_PROPERTY);
    const int64_t latest = modified != INT64_MIN ? modified : stamp;

    ev->stamp_us = latest != INT64_MIN ? latest : created;
    if (ev->item.status == SW_ITEM_CANCELLED) {
        /* What stood before was published before: the last change is the cancellation. */
        ev->item.cancelled_us = latest;
        ev->item.claimed_published_us = created;
    } else {
        ev->item.claimed_published_us = modified != INT64_MIN ? modified : created != INT64_MIN ? created : stamp;
    }
}

/* --- components */

static int take_uid(icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    const char *uid = icalcomponent_get_uid(c);

    if (uid == NULL || uid[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "it has no UID: give each VEVENT one of its own");
    if (strlen(uid) >= sizeof(ev->item.uid) || sw_text_first_bad(uid, strlen(uid)) != strlen(uid))
        return sw_err_set(err, SW_E_INVAL, 0, "its UID is longer than %zu bytes or no clean text",
                          sizeof(ev->item.uid) - 1);
    memcpy(ev->item.uid, uid, strlen(uid) + 1);
    return SW_OK;
}

static int take_event(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    icalproperty *sequence = icalcomponent_get_first_property(c, ICAL_SEQUENCE_PROPERTY);
    struct sw_schedule_item *item = &ev->item;
    int rc = take_uid(c, ev, err);

    if (rc >= 0)
        rc = sw_ical_check_unread(c, err);
    if (rc >= 0)
        rc = sw_ical_take_kind(r, c, ev, err);
    if (rc >= 0)
        rc = take_time(r, c, ev, err);
    if (rc >= 0)
        rc = take_rule(r, c, ev, err);
    if (rc >= 0)
        rc = take_dates(r, c, ev, err);
    if (rc >= 0)
        rc = x_time(r, c, "X-SITEWARD-GRANTED", &item->granted_us, err);
    if (rc >= 0)
        rc = x_time(r, c, "X-SITEWARD-VALID-FROM", &item->valid_from_us, err);
    if (rc >= 0)
        rc = x_time(r, c, "X-SITEWARD-VALID-TO", &item->valid_to_us, err);
    if (rc >= 0)
        rc = x_time(r, c, "X-SITEWARD-NOTICE-POSTED", &item->notice_posted_us, err);
    if (rc < 0)
        return rc;
    if (item->valid_from_us != INT64_MIN && item->valid_to_us != INT64_MIN && item->valid_to_us <= item->valid_from_us)
        return sw_err_set(err, SW_E_INVAL, 0, "X-SITEWARD-VALID-TO is not after X-SITEWARD-VALID-FROM");
    item->revision = sequence != NULL ? SW_MAX(icalproperty_get_sequence(sequence), 0) : 0;
    sw_event_fill_shape(ev, r->e->zone);
    rc = sw_ical_take_status(r, c, item, err);
    if (rc < 0)
        return rc;
    take_stamps(r, c, ev);
    sw_ical_take_texts(r, c, ev);
    sw_ical_tell_unknown(r, c, ev);
    return SW_OK;
}

static void read_calendar(struct sw_ical_reading *r, icalcomponent *calendar)
{
    icalproperty *method = icalcomponent_get_first_property(calendar, ICAL_METHOD_PROPERTY);
    icalcompiter it = icalcomponent_begin_component(calendar, ICAL_VEVENT_COMPONENT);
    size_t n = 0;

    r->calendar = calendar;
    r->is_cancelling = method != NULL && icalproperty_get_method(method) == ICAL_METHOD_CANCEL;
    for (icalcomponent *c; (c = icalcompiter_deref(&it)) != NULL; (void) icalcompiter_next(&it)) {
        struct sw_event *ev = n++ < COMPONENTS_MAX ? sw_events_add(r->e) : NULL;
        struct sw_err err = {0};

        if (ev == NULL) {
            r->e->n_skipped++;
            break;
        }
        ev->line = line_of(c);
        if (take_event(r, c, ev, &err) < 0) {
            sw_events_tell(r->e, ev->line, ev->item.uid, "%s; skipped", err.msg);
            sw_events_undo(r->e);
            r->e->n_skipped++;
        }
    }
}

int sw_ical_read(struct sw_events *e, const char *text, size_t len, struct sw_err *err)
{
    struct sw_ical_reading r = {.e = e};
    icalcomponent *root;
    const size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    char *lines;

    text += mark;
    len -= mark;
    if (memchr(text, '\0', len) != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: not iCalendar: it holds a NUL byte", e->file);
    if (len < 15 || strncasecmp(text, "BEGIN:VCALENDAR", 15) != 0)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "%s: not iCalendar: it must begin with BEGIN:VCALENDAR (our JSON form with '{')", e->file);
    icalerror_set_errors_are_fatal(false);
    lines = sw_ical_with_lines(text, len);
    if (lines == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", e->file);
    root = icalparser_parse_string(lines);
    free(lines);
    if (root == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: not iCalendar: BEGIN:VCALENDAR has no END:VCALENDAR", e->file);
    if (icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT)
        read_calendar(&r, root);
    else
        for (icalcompiter it = icalcomponent_begin_component(root, ICAL_VCALENDAR_COMPONENT);
             icalcompiter_deref(&it) != NULL; (void) icalcompiter_next(&it))
            read_calendar(&r, icalcompiter_deref(&it));
    icalcomponent_free(root);
    icalmemory_free_ring();
    return SW_OK;
}
