// SPDX-License-Identifier: Apache-2.0
/* The evidence document: what was measured, as an answer for a caller and as numbers for who checks it. Decides
 * nothing; signing it is the gateway's, which has the key. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/document.h"
#include "io/document_parts.h"
#include "tickets/evidence.h"

#define SEAL_MAX 1024

static void texts(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_facts *f)
{
    char text[SW_SAY_SIZE];

    sw_jsonw_object(w, "headline");
    for (int i = 0; i < 2; i++) {
        if (i == 0 ? !f->ask.with_zh : !f->ask.with_en)
            continue;
        sw_answer_headline(f, i == 0 ? "zh-CN" : "en", text, sizeof(text));
        sw_jsonw_str(w, i == 0 ? "zh-CN" : "en", text);
    }
    sw_jsonw_object_end(w);
    sw_jsonw_object(w, "say");
    for (int i = 0; i < 2; i++) {
        if (i == 0 ? !f->ask.with_zh : !f->ask.with_en)
            continue;
        sw_answer_say(f, s->zone, i == 0 ? "zh-CN" : "en", text, sizeof(text));
        sw_jsonw_str(w, i == 0 ? "zh-CN" : "en", text);
    }
    sw_jsonw_object_end(w);
}

static void answer(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_facts *f)
{
    const enum sw_answer_code code = f->parts[f->top].code;

    sw_jsonw_object(w, "answer");
    sw_jsonw_str(w, "code", sw_answer_code_name(code));
    sw_jsonw_str(w, "lamp", sw_answer_lamp(code));
    texts(w, s, f);
    sw_jsonw_str(w, "say_version", SW_SAY_VERSION);
    sw_jsonw_array(w, "caveats");
    for (unsigned bit = 1; bit < SW_CAVEAT__END; bit <<= 1)
        if (f->caveats & bit)
            sw_jsonw_str(w, NULL, sw_caveat_name((enum sw_caveat) bit));
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

static void worst(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_worst *v)
{
    if (v->rule[0] == '\0') {
        sw_jsonw_null(w, "worst");
        return;
    }
    sw_jsonw_object(w, "worst");
    sw_jsonw_str(w, "statistic", v->statistic);
    sw_jsonw_centi(w, "value", v->value);
    sw_jsonw_centi(w, "limit", v->limit);
    sw_jsonw_centi(w, "over_by", v->over_by);
    sw_jsonw_str(w, "rule", v->rule);
    sw_jsonw_time(w, "from", s->zone, v->from_us);
    sw_jsonw_time(w, "to", s->zone, v->to_us);
    sw_jsonw_object_end(w);
}

static void number(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_number *v)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "sensor", s->sensors[v->sensor].id);
    sw_jsonw_str(w, "verdict", sw_over_limit_name(v->verdict));
    if (v->kind == SW_KIND_NOISE) {
        sw_jsonw_centi(w, "LAeq", v->leq);
        sw_jsonw_centi(w, "LAmax", v->max);
        sw_jsonw_centi(w, "limit_LAeq", v->limit_leq);
        sw_jsonw_centi(w, "limit_LAmax", v->limit_max);
    } else {
        sw_jsonw_str(w, "quantity", sw_quantity_info(v->quantity)->name);
        sw_jsonw_centi(w, "mean", v->mean);
        sw_jsonw_centi(w, "max", v->max);
        sw_jsonw_centi(w, "limit_mean", v->limit_mean);
    }
    worst(w, s, &v->worst);
    sw_jsonw_uint(w, "over_minutes", v->over_minutes);
    sw_jsonw_str(w, "unit", sw_quantity_info(v->quantity)->unit);
    sw_jsonw_uint(w, "n", v->n);
    sw_jsonw_uint(w, "expected", v->expected);
    sw_jsonw_num(w, "valid_ratio", v->expected ? (double) v->n / v->expected : (double) NAN, 4);
    sw_jsonw_str(w, "q", sw_quality_name(v->quality));
    sw_jsonw_object_end(w);
}

static void numbers(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_part *p)
{
    sw_jsonw_array(w, "numbers");
    for (size_t i = 0; i < p->n_numbers; i++)
        if (p->numbers[i].sensor < s->n_sensors)
            number(w, s, &p->numbers[i]);
    sw_jsonw_array_end(w);
}

static void work_detected(struct sw_jsonw *w, int detected)
{
    if (detected < 0)
        sw_jsonw_null(w, "detected");
    else
        sw_jsonw_bool(w, "detected", detected > 0);
}

static void parts(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_facts *f)
{
    sw_jsonw_array(w, "parts");
    for (size_t i = 0; i < f->n_parts; i++) {
        const struct sw_evidence_part *p = &f->parts[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_time(w, "from", s->zone, p->from_us);
        sw_jsonw_time(w, "to", s->zone, p->to_us);
        sw_doc_text(w, "period", p->period);
        sw_jsonw_str(w, "code", sw_answer_code_name(p->code));
        if (f->ask.wants_numbers && f->n_parts > 1) /* else they stand above */
            numbers(w, s, p);
        sw_jsonw_object(w, "work");
        sw_doc_work_members(w, &p->work);
        work_detected(w, p->work_detected);
        sw_jsonw_object_end(w);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void work(struct sw_jsonw *w, const struct sw_evidence_facts *f)
{
    const struct sw_evidence_part *p = &f->parts[f->top];

    sw_jsonw_object(w, "work");
    sw_doc_work_members(w, &p->work);
    work_detected(w, p->work_detected);
    sw_doc_text(w, "period", p->period);
    sw_doc_text(w, "permit", f->permit);
    sw_doc_text(w, "published_hours", f->published_hours);
    sw_jsonw_object_end(w);
}

static void validity(struct sw_jsonw *w, const struct sw_evidence_facts *f)
{
    sw_jsonw_object(w, "validity");
    sw_jsonw_bool(w, "clock_synced", f->is_synced);
    sw_jsonw_centi(w, "wind_ms", f->wind);
    if (f->rain < 0)
        sw_jsonw_null(w, "rain");
    else
        sw_jsonw_bool(w, "rain", f->rain > 0);
    sw_jsonw_null(w, "calibration_age_days"); /* calibrations are not kept yet */
    sw_jsonw_object_end(w);
}

static void tickets(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_facts *f)
{
    sw_jsonw_array(w, "tickets");
    for (size_t i = 0; i < f->n_tickets; i++) {
        const struct sw_evidence_ticket *t = &f->tickets[i];
        const char class_letter = sw_class_letter(t->class_);

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", t->id);
        sw_jsonw_str(w, "number", t->number);
        sw_jsonw_str(w, "status", sw_status_name(t->status));
        sw_jsonw_str(w, "category", sw_category_name(t->category));
        sw_jsonw_strn(w, "class", &class_letter, 1);
        sw_jsonw_time(w, "opened", s->zone, t->opened_us);
        sw_doc_text(w, "assignee", t->unit);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void people(struct sw_jsonw *w, const struct sw_evidence_facts *f)
{
    const struct sw_dispatch_basis *b = &f->basis;
    char contact[sizeof(b->site_contact.person) + sizeof(b->site_contact.phone) + 2];

    sw_jsonw_object(w, "complaints");
    sw_jsonw_uint(w, "calls_7d", f->complaints.calls_7d);
    sw_jsonw_uint(w, "callers_7d", f->complaints.callers_7d);
    sw_jsonw_uint(w, "same_caller_30d", f->complaints.same_caller_30d);
    sw_jsonw_object_end(w);
    (void) snprintf(contact, sizeof(contact), "%s%s%s", b->site_contact.person,
                    b->site_contact.person[0] && b->site_contact.phone[0] ? " " : "", b->site_contact.phone);
    sw_jsonw_object(w, "dispatch_basis");
    sw_doc_text(w, "agency_responsible", b->agency_responsible);
    sw_doc_text(w, "subdistrict", b->subdistrict);
    sw_doc_text(w, "permit_no", b->permit_no);
    sw_doc_text(w, "site_contact", contact);
    sw_doc_text(w, "unit", b->unit);
    sw_doc_text(w, "department", b->department);
    sw_doc_text(w, "street", b->street);
    sw_jsonw_object_end(w);
}

static void series(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_series *v)
{
    char quantity[32];
    const struct sw_doc_sensor *sensor;

    if (v->n == 0 || v->sensor >= s->n_sensors) {
        sw_jsonw_null(w, "series");
        return;
    }
    sensor = &s->sensors[v->sensor];
    (void) snprintf(quantity, sizeof(quantity), "%s_%ds",
                    sensor->kind == SW_KIND_NOISE ? "LAeq" : sw_quantity_info(sensor->level)->name, (int) v->step_s);
    sw_jsonw_object(w, "series");
    sw_jsonw_str(w, "sensor", sensor->id);
    sw_jsonw_time(w, "t0", s->zone, v->t0_us);
    sw_jsonw_int(w, "step_s", v->step_s);
    sw_jsonw_str(w, "quantity", quantity);
    sw_jsonw_array(w, "v");
    for (size_t i = 0; i < v->n; i++)
        sw_jsonw_centi(w, NULL, v->v[i]);
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

static void media(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_evidence_facts *f)
{
    sw_jsonw_array(w, "media");
    for (size_t i = 0; i < f->n_media; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", f->media[i].id);
        sw_jsonw_str(w, "kind", f->media[i].kind);
        sw_jsonw_time(w, "at", s->zone, f->media[i].at_us);
        sw_jsonw_str(w, "sha256", f->media[i].sha256);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

size_t sw_doc_evidence(const struct sw_doc_site *s, const struct sw_evidence_facts *f, int64_t ts_us, char *buf,
                       size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.evidence/1.0");
    sw_doc_text(&w, "request_id", f->ask.id);
    sw_jsonw_str(&w, "gw", s->gateway);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_time(&w, "at", s->zone, f->ask.at_us);
    sw_jsonw_str(&w, "source", f->is_of_hub ? "hub" : "gateway");
    if (f->is_of_hub)
        sw_jsonw_time(&w, "as_of", s->zone, f->as_of_us);
    sw_jsonw_array(&w, "packs");
    for (size_t i = 0; i < s->n_packs; i++) {
        sw_jsonw_object(&w, NULL);
        sw_jsonw_str(&w, "id", s->packs[i].id);
        sw_jsonw_str(&w, "version", s->packs[i].version);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_str(&w, "time_quality", f->is_synced ? "synced" : "unsynced");
    answer(&w, s, f);
    sw_jsonw_object(&w, "window");
    sw_jsonw_time(&w, "from", s->zone, f->from_us);
    sw_jsonw_time(&w, "to", s->zone, f->to_us);
    sw_jsonw_object_end(&w);
    if (f->ask.distance_m >= 0)
        sw_jsonw_int(&w, "distance_m", f->ask.distance_m);
    else
        sw_jsonw_null(&w, "distance_m");
    if (f->ask.wants_numbers)
        numbers(&w, s, &f->parts[f->top]);
    parts(&w, s, f);
    if (f->ask.wants_schedule)
        work(&w, f);
    validity(&w, f);
    if (f->ask.wants_tickets)
        tickets(&w, s, f);
    people(&w, f);
    if (f->ask.wants_series)
        series(&w, s, &f->series);
    if (f->ask.wants_media)
        media(&w, s, f);
    return sw_doc_end(&w, s);
}

size_t sw_doc_evidence_seal(const struct sw_doc_integrity *v, char *buf, size_t len, size_t cap)
{
    char seal[SEAL_MAX], head[65];
    struct sw_jsonw w;
    size_t seal_len = 0;

    sw_jsonw_init(&w, seal, sizeof(seal));
    sw_jsonw_object(&w, NULL);
    if (!v) {
        sw_jsonw_null(&w, "integrity");
    } else {
        for (size_t i = 0; i < sizeof(v->head); i++)
            (void) snprintf(head + 2 * i, 3, "%02x", v->head[i]);
        sw_jsonw_object(&w, "integrity");
        sw_jsonw_str(&w, "alg", "sha256+ed25519");
        sw_jsonw_uint(&w, "n", v->n);
        sw_jsonw_str(&w, "chain_head", head);
        sw_jsonw_str(&w, "ts", v->ts);
        sw_jsonw_str(&w, "key_id", v->key_id);
        sw_jsonw_str(&w, "public_key", v->public_key);
        sw_jsonw_str(&w, "signature", v->signature);
        sw_jsonw_str(&w, "document_sha256", v->document_sha256);
        sw_jsonw_str(&w, "document_signature", v->document_signature);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_object_end(&w);
    /* "{…}" and "{"integrity":…}" become "{…,"integrity":…}" */
    if (!sw_jsonw_finish(&w, &seal_len) || len < 2 || len + seal_len > cap)
        return 0;
    buf[len - 1] = ',';
    memcpy(buf + len, seal + 1, seal_len - 1);
    len += seal_len - 1;
    buf[len] = '\0';
    return len;
}
