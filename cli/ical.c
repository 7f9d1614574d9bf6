// SPDX-License-Identifier: Apache-2.0
/* RFC 5545 files by libical: VEVENTs and VTIMEZONEs to events of ours. Recurrences are expanded by schedule_expand.c;
 * this file and ical_rule.c are the only ones that include libical. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libical/ical.h>

#include "cli/ical_zone.h"
#include "cli/schedule_events.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "config/text.h"

#define OBSERVANCES_MAX 200
#define COMPONENTS_MAX 20000

struct reading {
    struct sw_events *e;
    icalcomponent *calendar; /* whose VTIMEZONEs hold */
    bool is_cancelling;      /* METHOD:CANCEL */
};

/* Value of the first X- property of that name; NULL = none. */
static const char *x_value(icalcomponent *c, const char *name, icalproperty **ret)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_X_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_X_PROPERTY)) {
        const char *own = icalproperty_get_x_name(p);

        if (own != NULL && strcasecmp(own, name) == 0) {
            if (ret != NULL)
                *ret = p;
            return icalproperty_get_x(p);
        }
    }
    return NULL;
}

static unsigned line_of(icalcomponent *c)
{
    const char *line = x_value(c, SW_ICAL_LINE_PROPERTY, NULL);

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
static bool zone_of_file(struct reading *r, const char *tzid, struct sw_named_zone *z, struct sw_err *err)
{
    struct sw_observance *list = calloc(OBSERVANCES_MAX, sizeof(*list));
    size_t n = 0;
    bool is_ok = false;

    for (icalcomponent *c = icalcomponent_get_first_component(r->calendar, ICAL_VTIMEZONE_COMPONENT);
         c != NULL && list != NULL && !is_ok;
         c = icalcomponent_get_next_component(r->calendar, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *id = icalcomponent_get_first_property(c, ICAL_TZID_PROPERTY);
        const char *place = x_value(c, "X-LIC-LOCATION", NULL);

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

static int zone_of(struct reading *r, const char *tzid, const struct sw_zone **ret, struct sw_err *err)
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

static int time_of(struct reading *r, icalproperty *p, struct icaltimetype t, struct sw_local *ret, struct sw_err *err)
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

static int take_time(struct reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    icalproperty *start = icalcomponent_get_first_property(c, ICAL_DTSTART_PROPERTY);
    icalproperty *end = icalcomponent_get_first_property(c, ICAL_DTEND_PROPERTY);
    icalproperty *span = icalcomponent_get_first_property(c, ICAL_DURATION_PROPERTY);
    int rc;

    if (start == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "it has no DTSTART, or one that cannot be read");
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

static int take_rdate(struct reading *r, icalproperty *p, struct sw_event *ev, struct sw_err *err)
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

static int take_dates(struct reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
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

static int take_rule(struct reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
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
static int64_t stamp_of(struct reading *r, icalcomponent *c, icalproperty_kind kind)
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
static int x_time(struct reading *r, icalcomponent *c, const char *name, int64_t *ret, struct sw_err *err)
{
    icalproperty *p = NULL;
    const char *text = x_value(c, name, &p);
    struct sw_local at;

    if (text == NULL || text[0] == '\0')
        return SW_OK;
    if (sw_local_parse(text, strlen(text), r->e->zone, &at, NULL) < 0 &&
        time_of(r, p, icaltime_from_string(text), &at, NULL) < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "%s is no time: '%.40s' (2026-02-27T14:30:00+08:00)", name, text);
    *ret = sw_local_to_utc_s(at.zone, at.s) * SW_US_PER_S;
    return SW_OK;
}

static void take_stamps(struct reading *r, icalcomponent *c, struct sw_event *ev)
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

/* --- words */

/* Into a field; what does not fit, or is no clean text, is cut at a character and told. */
static void take_words(struct reading *r, const struct sw_event *ev, const char *name, const char *text, char *to,
                       size_t cap)
{
    const size_t len = text != NULL ? strlen(text) : 0, clean = text != NULL ? sw_text_first_bad(text, len) : 0;

    if (text == NULL)
        return;
    if (clean < len)
        sw_events_tell(r->e, ev->line, ev->item.uid, "%s is no clean UTF-8 and is cut after %zu bytes", name, clean);
    else if (len >= cap)
        sw_events_tell(r->e, ev->line, ev->item.uid, "%s is longer than %zu bytes and is cut", name, cap - 1);
    (void) snprintf(to, cap, "%.*s", (int) SW_MIN((size_t) sw_text_clip(text, cap - 1), clean), text);
}

static bool is_chinese(icalproperty *p, const char *text)
{
    icalparameter *param = icalproperty_get_first_parameter(p, ICAL_LANGUAGE_PARAMETER);
    const char *language = param != NULL ? icalparameter_get_language(param) : NULL;

    if (language != NULL)
        return strncasecmp(language, "zh", 2) == 0;
    for (; *text != '\0'; text++)
        if ((unsigned char) *text >= 0xe3) /* U+3000 and beyond */
            return true;
    return false;
}

static void take_texts(struct reading *r, icalcomponent *c, struct sw_event *ev)
{
    struct sw_schedule_item *item = &ev->item;
    const char *issuer = x_value(c, "X-SITEWARD-ISSUER", NULL);
    icalproperty *organizer = icalcomponent_get_first_property(c, ICAL_ORGANIZER_PROPERTY);

    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_SUMMARY_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_SUMMARY_PROPERTY)) {
        const char *text = icalproperty_get_summary(p);

        if (text != NULL && is_chinese(p, text))
            take_words(r, ev, "SUMMARY", text, item->summary_zh, sizeof(item->summary_zh));
        else
            take_words(r, ev, "SUMMARY", text, item->summary_en, sizeof(item->summary_en));
    }
    take_words(r, ev, "X-SITEWARD-PERMIT-NO", x_value(c, "X-SITEWARD-PERMIT-NO", NULL), item->permit_no,
               sizeof(item->permit_no));
    take_words(r, ev, "X-SITEWARD-REASON", x_value(c, "X-SITEWARD-REASON", NULL), item->reason, sizeof(item->reason));
    if (issuer == NULL && organizer != NULL) {
        icalparameter *cn = icalproperty_get_first_parameter(organizer, ICAL_CN_PARAMETER);

        issuer = cn != NULL ? icalparameter_get_cn(cn) : icalproperty_get_organizer(organizer);
        if (issuer != NULL && strncasecmp(issuer, "mailto:", 7) == 0)
            issuer += 7;
    }
    take_words(r, ev, "the issuer", issuer, item->issued_by, sizeof(item->issued_by));
}

static int take_kind(icalcomponent *c, struct sw_schedule_item *item, struct sw_err *err)
{
    const char *word = x_value(c, "X-SITEWARD-KIND", NULL);

    item->kind = SW_ITEM_WORK;
    if (word != NULL)
        return sw_event_kind(word, &item->kind)
                   ? SW_OK
                   : sw_err_set(err, SW_E_INVAL, 0, "X-SITEWARD-KIND '%.40s' is not one of WORK, PERMIT, QUIET", word);
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_CATEGORIES_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_CATEGORIES_PROPERTY)) {
        const char *text = icalproperty_get_categories(p);

        if (text != NULL && sw_event_kind_in(text, &item->kind))
            return SW_OK;
    }
    return SW_OK;
}

static void take_status(struct reading *r, icalcomponent *c, struct sw_schedule_item *item)
{
    icalproperty *p = icalcomponent_get_first_property(c, ICAL_STATUS_PROPERTY);
    const icalproperty_status status = p != NULL ? icalproperty_get_status(p) : ICAL_STATUS_NONE;

    if (r->is_cancelling || status == ICAL_STATUS_CANCELLED)
        item->status = SW_ITEM_CANCELLED;
    else if (status == ICAL_STATUS_TENTATIVE || item->kind == SW_ITEM_PERMIT)
        item->status = SW_ITEM_UNCONFIRMED; /* only the authority confirms a permit */
    else
        item->status = SW_ITEM_CONFIRMED;
}

/* libical leaves out what it cannot read and says so in a property. */
static int check_unread(icalcomponent *c, struct sw_err *err)
{
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_XLICERROR_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_XLICERROR_PROPERTY)) {
        const char *text = icalproperty_get_xlicerror(p), *what = text != NULL ? sw_ical_matters(text) : NULL;

        if (what != NULL)
            return sw_err_set(err, SW_E_INVAL, 0, "%s cannot be read (%.120s)", what, text);
    }
    return SW_OK;
}

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

static int take_event(struct reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err)
{
    icalproperty *sequence = icalcomponent_get_first_property(c, ICAL_SEQUENCE_PROPERTY);
    struct sw_schedule_item *item = &ev->item;
    int rc = take_uid(c, ev, err);

    if (rc >= 0)
        rc = check_unread(c, err);
    if (rc >= 0)
        rc = take_kind(c, item, err);
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
    take_status(r, c, item);
    take_stamps(r, c, ev);
    take_texts(r, c, ev);
    return SW_OK;
}

static void read_calendar(struct reading *r, icalcomponent *calendar)
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
    struct reading r = {.e = e};
    icalcomponent *root;
    const size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    char *lines;

    text += mark;
    len -= mark;
    if (memchr(text, '\0', len) != NULL || len < 15 || strncasecmp(text, "BEGIN:VCALENDAR", 15) != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: not iCalendar: it must begin with BEGIN:VCALENDAR", e->file);
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
