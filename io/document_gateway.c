// SPDX-License-Identifier: Apache-2.0
/* Documents of the gateway and the site as a whole: status, info, summary with its headline in two languages.
 * The lamp and the figures are the engine's; only the words are put together here. */
#include <stdio.h>
#include <string.h>

#include "io/document.h"
#include "io/document_parts.h"

size_t sw_doc_status(const struct sw_doc_site *s, const char *state, const char *boot, int64_t since_us, int64_t ts_us,
                     char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.status/1.0");
    sw_jsonw_str(&w, "state", state);
    sw_jsonw_str(&w, "boot", boot);
    sw_jsonw_time(&w, "since", s->zone, since_us);
    /* The broker sends the will when nobody knows the time of it any more: it has none. */
    if (ts_us != INT64_MIN)
        sw_jsonw_time(&w, "ts", s->zone, ts_us);
    return sw_doc_end(&w, s);
}

static void info_gateway(struct sw_jsonw *w, const struct sw_doc_site *s)
{
    sw_jsonw_object(w, "gateway");
    sw_jsonw_str(w, "id", s->gateway);
    sw_doc_text(w, "name", s->gateway_name);
    sw_jsonw_str(w, "model", "siteward");
    sw_doc_text(w, "sw_version", s->sw_version);
    sw_jsonw_null(w, "hw_version");
    sw_jsonw_null(w, "serial");
    sw_jsonw_object_end(w);
}

static void info_site(struct sw_jsonw *w, const struct sw_doc_site *s)
{
    sw_jsonw_object(w, "site");
    sw_jsonw_str(w, "id", s->site);
    sw_jsonw_str(w, "area", s->area);
    sw_doc_text(w, "name", s->name);
    sw_doc_text(w, "address", s->address);
    sw_jsonw_num(w, "lat", s->lat, 6);
    sw_jsonw_num(w, "lon", s->lon, 6);
    sw_jsonw_str(w, "crs", "WGS84");
    sw_doc_text(w, "permit_no", s->permit_no);
    sw_doc_text(w, "owner_unit", s->owner_unit);
    sw_doc_text(w, "agency_responsible", s->agency_responsible);
    sw_doc_text(w, "subdistrict", s->subdistrict);
    sw_jsonw_array(w, "serves");
    for (const char *at = s->serves; at && *at; at += strcspn(at, "\n") + 1) {
        sw_jsonw_strn(w, NULL, at, strcspn(at, "\n"));
        if (!at[strcspn(at, "\n")])
            break;
    }
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

size_t sw_doc_info(const struct sw_doc_site *s, int64_t ts_us, char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.info/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    info_gateway(&w, s);
    info_site(&w, s);
    sw_jsonw_array(&w, "packs");
    for (size_t i = 0; i < s->n_packs; i++) {
        sw_jsonw_object(&w, NULL);
        sw_jsonw_str(&w, "id", s->packs[i].id);
        sw_jsonw_str(&w, "version", s->packs[i].version);
        sw_jsonw_str(&w, "sha256", s->packs[i].sha256);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_str(&w, "tz", s->timezone);
    sw_jsonw_str(&w, "public_key", s->public_key);
    sw_jsonw_array(&w, "sensors");
    for (size_t i = 0; i < s->n_sensors; i++)
        sw_jsonw_str(&w, NULL, s->sensors[i].id);
    sw_jsonw_array_end(&w);
    sw_jsonw_object(&w, "api");
    sw_jsonw_str(&w, "mqtt", "1.0");
    sw_jsonw_null(&w, "asyncapi");
    sw_jsonw_object_end(&w);
    return sw_doc_end(&w, s);
}

size_t sw_doc_checkpoint(const struct sw_doc_site *s, const struct sw_doc_checkpoint *v, int64_t ts_us, int64_t seq,
                         char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.checkpoint/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_str(&w, "chain_head", v->head);
    sw_jsonw_uint(&w, "n", v->n);
    sw_jsonw_str(&w, "alg", "sha256+ed25519");
    sw_jsonw_str(&w, "key_id", s->gateway);
    sw_jsonw_str(&w, "signature", v->signature);
    return sw_doc_end(&w, s);
}

size_t sw_doc_gap(const struct sw_doc_site *s, const struct sw_gap *v, int64_t seq, char *buf, size_t cap)
{
    struct sw_jsonw w;
    int64_t n = 0;

    sw_doc_begin(&w, buf, cap, "siteward.gap/1.0");
    sw_jsonw_time(&w, "ts", s->zone, v->ts_us);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_int(&w, "from", v->runs[0].from);
    sw_jsonw_int(&w, "to", v->runs[v->n_runs - 1].to);
    sw_jsonw_array(&w, "ranges");
    for (size_t i = 0; i < v->n_runs; i++) {
        sw_jsonw_array(&w, NULL);
        sw_jsonw_int(&w, NULL, v->runs[i].from);
        sw_jsonw_int(&w, NULL, v->runs[i].to);
        sw_jsonw_array_end(&w);
        n += v->runs[i].to - v->runs[i].from + 1;
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_int(&w, "n", n);
    sw_jsonw_str(&w, "class", v->class);
    sw_jsonw_str(&w, "reason", v->reason);
    return sw_doc_end(&w, s);
}

enum lamp { LAMP_OK, LAMP_NEAR, LAMP_NODATA, LAMP_OVER, LAMP__COUNT };

struct words {
    const char *zh, *en;
};

/* Whether work was allowed, as people say it at the end of a headline. */
static struct words permit_words(const struct sw_work *work)
{
    switch (work->state) {
    case SW_WORK_PROHIBITED_NIGHT:
        return (struct words){"无施工许可", "no permit"};
    case SW_WORK_PERMITTED_NIGHT:
        return (struct words){"有夜间施工许可", "night permit on record"};
    case SW_WORK_QUIET_PERIOD:
        return (struct words){"处于禁止施工时段", "work banned in this period"};
    case SW_WORK_SCHEDULED:
        return (struct words){"在公示工时内", "within published hours"};
    case SW_WORK_UNSCHEDULED:
        return (struct words){"不在公示工时内", "outside published hours"};
    default:
        return (struct words){"许可情况未知", "permit unknown"};
    }
}

/* The part of the day that a noise limit belongs to. */
static struct words period_words(const struct sw_ticket *t)
{
    if (t->period_is_night)
        return (struct words){"夜间", "Night limit"};
    if (strcmp(t->period, "day") == 0)
        return (struct words){"昼间", "Daytime limit"};
    if (strcmp(t->period, "evening") == 0)
        return (struct words){"傍晚", "Evening limit"};
    return (struct words){"噪声", "Noise limit"};
}

/* Hundredths as text with one decimal, rounded half away from zero. */
static void one_decimal(int32_t hundredths, char *buf, size_t cap)
{
    int64_t tenths = ((int64_t) hundredths + (hundredths < 0 ? -5 : 5)) / 10;

    snprintf(buf, cap, "%s%lld.%lld", tenths < 0 ? "-" : "", (long long) (tenths < 0 ? -tenths : tenths) / 10,
             (long long) (tenths < 0 ? -tenths : tenths) % 10);
}

#define HEADLINE_SIZE 192

/* "Night limit exceeded by 6.8 dB, no permit". */
static void over_headline(const struct sw_summary *v, char zh[HEADLINE_SIZE], char en[HEADLINE_SIZE])
{
    const struct sw_ticket *t = v->worst;
    const struct words permit = permit_words(t ? &t->work : &v->work);
    char by[32];

    if (!t || t->over_by == SW_NO_VALUE) {
        snprintf(zh, HEADLINE_SIZE, "超标,%s", permit.zh);
        snprintf(en, HEADLINE_SIZE, "Limit exceeded, %s", permit.en);
        return;
    }
    one_decimal(t->over_by, by, sizeof(by));
    if (t->category == SW_CATEGORY_NOISE) {
        snprintf(zh, HEADLINE_SIZE, "%s超标 %s dB,%s", period_words(t).zh, by, permit.zh);
        snprintf(en, HEADLINE_SIZE, "%s exceeded by %s dB, %s", period_words(t).en, by, permit.en);
    } else {
        snprintf(zh, HEADLINE_SIZE, "%s 超标 %s %s,%s", t->quantity, by, t->unit, permit.zh);
        snprintf(en, HEADLINE_SIZE, "%s limit exceeded by %s %s, %s", t->quantity, by, t->unit, permit.en);
    }
}

static void summary_headline(struct sw_jsonw *w, const struct sw_summary *v, enum lamp lamp)
{
    static const struct words plain[LAMP__COUNT] = {
        [LAMP_OK] = {"未超标", "Within the limits"},
        [LAMP_NEAR] = {"接近限值", "Close to the limit"},
        [LAMP_NODATA] = {"无有效数据", "No valid data"},
    };
    const struct sw_ticket *t = v->worst;
    char zh[HEADLINE_SIZE], en[HEADLINE_SIZE];

    if (lamp == LAMP_OVER) {
        over_headline(v, zh, en);
    } else if (lamp == LAMP_NEAR && t && t->stage == SW_STAGE_FORECAST && t->category == SW_CATEGORY_NOISE) {
        snprintf(zh, sizeof(zh), "%s即将超标,%s", period_words(t).zh, permit_words(&t->work).zh);
        snprintf(en, sizeof(en), "%s about to be exceeded, %s", period_words(t).en, permit_words(&t->work).en);
    } else {
        snprintf(zh, sizeof(zh), "%s", plain[lamp].zh);
        snprintf(en, sizeof(en), "%s", plain[lamp].en);
    }
    sw_jsonw_object(w, "headline");
    sw_jsonw_str(w, "zh-CN", zh);
    sw_jsonw_str(w, "en", en);
    sw_jsonw_object_end(w);
}

static void summary_sensors(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_summary *v)
{
    if (v->noise_sensor >= 0 && (size_t) v->noise_sensor < s->n_sensors) {
        sw_jsonw_object(w, "noise");
        sw_jsonw_str(w, "sensor", s->sensors[v->noise_sensor].id);
        sw_jsonw_centi(w, "LAeq_20m", v->noise_value);
        sw_jsonw_centi(w, "limit", v->noise_limit);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "noise");
    }
    if (v->dust_sensor >= 0 && (size_t) v->dust_sensor < s->n_sensors) {
        const struct sw_doc_sensor *dust = &s->sensors[v->dust_sensor];

        sw_jsonw_object(w, "dust");
        sw_jsonw_str(w, "sensor", dust->id);
        sw_jsonw_centi(w, "mean", v->dust_value);
        sw_jsonw_str(w, "unit", sw_quantity_info(dust->level)->unit);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "dust");
    }
}

static void summary_worst(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_ticket *t)
{
    char class_letter;

    if (!t) {
        sw_jsonw_null(w, "worst");
        return;
    }
    class_letter = sw_class_letter(t->class_);
    sw_jsonw_object(w, "worst");
    sw_jsonw_str(w, "ticket", t->id);
    sw_jsonw_strn(w, "class", &class_letter, 1);
    sw_jsonw_centi(w, "over_by", t->over_by);
    sw_jsonw_time(w, "since", s->zone, t->measured_from_us != INT64_MIN ? t->measured_from_us : t->opened_us);
    sw_doc_text(w, "assignee", t->assignee.unit);
    sw_doc_overdue(w, t->overdue);
    sw_jsonw_object_end(w);
}

static void summary_counts(struct sw_jsonw *w, const struct sw_summary *v)
{
    sw_jsonw_object(w, "tickets");
    sw_jsonw_uint(w, "open", v->tickets.open);
    sw_jsonw_uint(w, "overdue", v->tickets.overdue);
    sw_jsonw_object_end(w);
    sw_jsonw_object(w, "complaints_24h");
    sw_jsonw_uint(w, "calls", v->complaints.calls_24h);
    sw_jsonw_uint(w, "callers", v->complaints.callers_24h);
    sw_jsonw_object_end(w);
    sw_jsonw_object(w, "sensors");
    sw_jsonw_uint(w, "ok", v->sensors_ok);
    sw_jsonw_uint(w, "total", v->sensors_total);
    sw_jsonw_object_end(w);
}

size_t sw_doc_summary(const struct sw_doc_site *s, const struct sw_summary *v, int64_t ts_us, char *buf, size_t cap)
{
    static const char *const lamp_names[LAMP__COUNT] = {"ok", "near", "nodata", "over"};
    const enum lamp lamp = v->lamp >= LAMP_OK && v->lamp < LAMP__COUNT ? (enum lamp) v->lamp : LAMP_NODATA;
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.summary/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "lamp", lamp_names[lamp]);
    summary_headline(&w, v, lamp);
    summary_sensors(&w, s, v);
    sw_doc_text(&w, "name", s->name);
    summary_worst(&w, s, v->worst);
    sw_jsonw_object(&w, "work");
    sw_doc_work_members(&w, &v->work);
    sw_doc_text(&w, "period", v->period);
    sw_jsonw_time(&w, "until", s->zone, v->period_until_us);
    sw_jsonw_object_end(&w);
    summary_counts(&w, v);
    return sw_doc_end(&w, s);
}
