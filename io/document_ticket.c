// SPDX-License-Identifier: Apache-2.0
/* Documents of tickets: the full ticket, its events, and the type of an event for CloudEvents.
 * What a ticket is and what may happen to it is decided in tickets/; here it is only said. */
#include <stdio.h>
#include <string.h>

#include "io/document.h"
#include "io/document_parts.h"

/* The wall's lamp for one ticket: a limit passed, a limit about to be passed, or neither. */
static const char *ticket_lamp(const struct sw_ticket *t)
{
    if (!sw_ticket_is_open(t))
        return "ok";
    if (t->stage == SW_STAGE_EXCEEDED)
        return "over";
    return t->stage == SW_STAGE_FORECAST ? "near" : "ok";
}

static void ticket_title(struct sw_jsonw *w, const struct sw_ticket *t)
{
    static const char *const langs[] = {"zh-CN", "en"};
    char title[256];

    sw_jsonw_object(w, "title");
    for (size_t i = 0; i < SW_ARRAY_SIZE(langs); i++) {
        title[0] = '\0';
        sw_ticket_title(t, langs[i], title, sizeof(title));
        sw_jsonw_str(w, langs[i], title);
    }
    sw_jsonw_object_end(w);
}

static void ticket_rule(struct sw_jsonw *w, const struct sw_ticket *t)
{
    if (!t->rule[0]) {
        sw_jsonw_null(w, "rule");
        return;
    }
    sw_jsonw_object(w, "rule");
    sw_jsonw_str(w, "id", t->rule);
    sw_doc_text(w, "pack_version", t->pack_version);
    sw_jsonw_centi(w, "limit", t->limit);
    sw_doc_text(w, "unit", t->unit);
    sw_jsonw_object_end(w);
}

/* As it stood when it fired: never brought up to date, so that it can be compared with what came. */
static void ticket_forecast(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    if (t->forecast_at_us == INT64_MIN) {
        sw_jsonw_null(w, "forecast");
        return;
    }
    sw_jsonw_object(w, "forecast");
    sw_jsonw_time(w, "at", s->zone, t->forecast_at_us);
    sw_doc_forecast_members(w, s->zone, t->probability, t->crosses_at_us, t->budget_s);
    sw_jsonw_object_end(w);
}

/* The worst value under its own name. A noise matter over its maximum only has no worst LAeq: that one is unknown. */
static void ticket_worst(struct sw_jsonw *w, const struct sw_ticket *t)
{
    const bool of_max = strcmp(t->statistic, sw_statistic_name(SW_STAT_MAX)) == 0;

    if (t->category != SW_CATEGORY_NOISE && t->category != SW_CATEGORY_WORK) { /* work is heard as a level */
        sw_jsonw_centi(w, t->quantity[0] ? t->quantity : "value", t->worst);
        return;
    }
    sw_jsonw_centi(w, "LAeq", of_max ? SW_NO_VALUE : t->worst);
    sw_jsonw_centi(w, "LAmax", of_max && t->max == SW_NO_VALUE ? t->worst : t->max);
}

static void ticket_measured(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    if (t->measured_from_us == INT64_MIN) {
        sw_jsonw_null(w, "measured");
        return;
    }
    sw_jsonw_object(w, "measured");
    sw_jsonw_str(w, "sensor", t->sensor);
    ticket_worst(w, t);
    sw_jsonw_centi(w, "over_by", t->over_by);
    sw_jsonw_time(w, "from", s->zone, t->measured_from_us);
    sw_jsonw_time(w, "to", s->zone, t->measured_to_us);
    sw_jsonw_str(w, "q", sw_quality_name(t->measured_is_good ? SW_QUALITY_GOOD : SW_QUALITY_UNCERTAIN));
    sw_jsonw_object_end(w);
}

/* What was allowed, as known then; and as known since, when a later publication changed it. */
static void ticket_work(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    sw_jsonw_object(w, "work");
    sw_doc_work_members(w, &t->work);
    if (t->schedule_revision > 0)
        sw_jsonw_int(w, "schedule_revision", t->schedule_revision);
    else
        sw_jsonw_null(w, "schedule_revision");
    if (t->rejudged_at_us != 0) {
        sw_jsonw_object(w, "rejudged");
        sw_jsonw_time(w, "at", s->zone, t->rejudged_at_us);
        sw_doc_work_members(w, &t->rejudged);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "rejudged");
    }
    sw_jsonw_object_end(w);
}

static void ticket_matter(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    ticket_work(w, s, t);
    sw_jsonw_str(w, "matter_key", t->matter_key);
    sw_doc_text(w, "previous", t->previous);
    if (t->merged_into[0])
        sw_jsonw_str(w, "merged_into", t->merged_into);
    sw_jsonw_uint(w, "reopens", t->reopens);
    if (t->averted_acted < 0) {
        sw_jsonw_null(w, "averted");
        return;
    }
    sw_jsonw_object(w, "averted");
    sw_jsonw_bool(w, "acted", t->averted_acted > 0);
    sw_jsonw_object_end(w);
}

static void ticket_people(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    sw_jsonw_object(w, "assignee");
    sw_doc_text(w, "unit", t->assignee.unit);
    sw_doc_text(w, "person", t->assignee.person);
    sw_doc_text(w, "phone", t->assignee.phone);
    sw_doc_text(w, "department", t->assignee.department);
    sw_doc_text(w, "street", t->assignee.street);
    sw_jsonw_object_end(w);
    sw_doc_text(w, "agency_responsible", t->agency_responsible);
    sw_jsonw_object(w, "deadlines");
    sw_jsonw_time(w, "respond_by", s->zone, t->respond_by_us);
    sw_jsonw_time(w, "dispatch_by", s->zone, t->dispatch_by_us);
    sw_jsonw_time(w, "resolve_by", s->zone, t->resolve_by_us);
    sw_jsonw_object_end(w);
}

static void ticket_progress(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    sw_jsonw_object(w, "flags");
    sw_jsonw_bool(w, "escalated", t->escalated);
    sw_jsonw_bool(w, "returned", t->returned);
    sw_jsonw_bool(w, "suspended", t->suspended);
    sw_jsonw_bool(w, "forced", t->forced);
    sw_doc_overdue(w, t->overdue);
    sw_jsonw_object_end(w);
    sw_jsonw_time(w, "suspended_until", s->zone, t->suspended ? t->suspended_until_us : INT64_MIN);
    if (t->measure[0] || t->resolution[0]) {
        sw_jsonw_object(w, "resolution");
        sw_doc_text(w, "measure", t->measure);
        sw_doc_text(w, "text", t->resolution);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "resolution");
    }
    sw_doc_text(w, "satisfaction", t->satisfaction);
    sw_jsonw_object(w, "complaints");
    sw_jsonw_uint(w, "calls", t->calls);
    sw_jsonw_uint(w, "callers", t->callers);
    sw_jsonw_uint(w, "repeat_callers", t->repeat_callers);
    sw_jsonw_object_end(w);
}

static void ticket_evidence(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    sw_jsonw_array(w, "evidence");
    for (size_t i = 0; i < SW_MIN(t->n_evidence, (size_t) SW_EVIDENCE_MAX); i++) {
        const struct sw_evidence *e = &t->evidence[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", e->id);
        sw_jsonw_str(w, "kind", e->kind);
        sw_jsonw_time(w, "at", s->zone, e->at_us);
        sw_jsonw_str(w, "sha256", e->sha256);
        sw_jsonw_int(w, "bytes", e->bytes);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void ticket_history(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    const size_t n = SW_MIN(t->n_history, (size_t) SW_HISTORY_MAX);

    sw_jsonw_array(w, "history");
    for (size_t i = 0; i < n; i++) {
        const struct sw_history *h = &t->history[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "verb", sw_verb_name(h->verb));
        if (h->stage != SW_STAGE_NONE)
            sw_jsonw_str(w, "stage", sw_stage_name(h->stage));
        sw_jsonw_time(w, "at", s->zone, h->at_us);
        sw_doc_actor(w, &h->by);
        sw_jsonw_str(w, "door", sw_door_name(h->by.door));
        if (h->forced)
            sw_jsonw_bool(w, "forced", true);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_uint(w, "history_total", t->history_total);
}

size_t sw_doc_ticket(const struct sw_doc_site *s, const struct sw_ticket *t, int64_t ts_us, int64_t seq, char *buf,
                     size_t cap)
{
    const char class_letter = sw_class_letter(t->class_);
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.ticket/1.0");
    sw_jsonw_str(&w, "id", t->id);
    sw_jsonw_str(&w, "number", t->number);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_uint(&w, "revision", t->revision);
    sw_jsonw_str(&w, "origin", sw_origin_name(t->origin));
    sw_jsonw_str(&w, "category", sw_category_name(t->category));
    sw_jsonw_str(&w, "stage", t->stage == SW_STAGE_NONE ? NULL : sw_stage_name(t->stage));
    sw_jsonw_str(&w, "attribution", t->attribution == SW_ATTRIBUTION_SITE ? "site" : "unknown");
    sw_jsonw_strn(&w, "class", &class_letter, 1);
    sw_jsonw_str(&w, "status", sw_status_name(t->status));
    sw_jsonw_str(&w, "lamp", ticket_lamp(t));
    ticket_title(&w, t);
    ticket_rule(&w, t);
    ticket_forecast(&w, s, t);
    ticket_measured(&w, s, t);
    ticket_matter(&w, s, t);
    ticket_people(&w, s, t);
    ticket_progress(&w, s, t);
    ticket_evidence(&w, s, t);
    ticket_history(&w, s, t);
    return sw_doc_end(&w, s);
}

size_t sw_doc_ticket_event(const struct sw_doc_site *s, const struct sw_ticket_event *v, int64_t ts_us, int64_t seq,
                           char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.ticket-event/1.0");
    sw_jsonw_str(&w, "id", v->id);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "ticket", v->ticket);
    sw_jsonw_uint(&w, "revision", v->revision);
    sw_jsonw_str(&w, "verb", sw_verb_name(v->verb));
    sw_jsonw_str(&w, "status", sw_status_name(v->status));
    sw_jsonw_time(&w, "at", s->zone, v->at_us);
    sw_doc_actor(&w, &v->by);
    sw_doc_text(&w, "note", v->note);
    return sw_doc_end(&w, s);
}

size_t sw_doc_event_type(enum sw_verb verb, char *buf, size_t cap)
{
    const char *past = sw_verb_past_name(verb);
    int len;

    if (!*past)
        return 0;
    len = snprintf(buf, cap, "cn.siteward.ticket.%s.v1", past);
    return len > 0 && (size_t) len < cap ? (size_t) len : 0;
}
