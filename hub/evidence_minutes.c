// SPDX-License-Identifier: Apache-2.0
/* Numbers of an answer out of the windows of one minute. Each minute says what its rules said, so nothing is judged a
 * second time here; a minute belongs to the period that its rules name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/timefmt.h"
#include "hub/evidence_int.h"
#include "rules/energy.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define CAPTURE_MIN 0.75 /* as a gateway without packs: what packs ask for is not in their documents */
#define MINUTES_MAX (SW_EVIDENCE_WINDOW_MAX_S / 60 + 1)

int32_t evidence_centi(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_number(v) ? sw_hundredths(json_number_value(v)) : SW_NO_VALUE;
}

uint32_t evidence_count(const json_t *object, const char *key)
{
    const json_int_t v = json_integer_value(json_object_get(object, key));

    return v > 0 && v < UINT32_MAX ? (uint32_t) v : 0;
}

const char *evidence_word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

int64_t evidence_instant(const json_t *object, const char *key)
{
    const char *text = evidence_word(object, key);
    int64_t us;

    return *text && sw_time_parse(text, strlen(text), &us, NULL) == SW_OK ? us : INT64_MIN;
}

/* ---- what is added up ---- */

struct sum {
    struct sw_evidence_number v;
    sw_u128 energy;
    int64_t mean;
    uint64_t n_leq, n_mean, n_judged;
};

struct minutes {
    struct evidence_run *run;
    size_t sensor, n;
    struct sum sums[SW_EVIDENCE_PARTS_MAX][EVIDENCE_SENSORS_MAX];
    int32_t *levels; /* [EVIDENCE_SENSORS_MAX * n] */
    char periods[MINUTES_MAX][16];
    uint64_t n_weather_unknown, n_wind;
    int64_t wind;
};

static void take_highest(int32_t v, int32_t *ret)
{
    if (v != SW_NO_VALUE && (*ret == SW_NO_VALUE || v > *ret))
        *ret = v;
}

static void take_lowest(int32_t v, int32_t *ret)
{
    if (v != SW_NO_VALUE && (*ret == SW_NO_VALUE || v < *ret))
        *ret = v;
}

static bool add_judged(struct sum *s, const json_t *judged)
{
    bool is_over = false;
    const json_t *j;
    size_t i;

    json_array_foreach(judged, i, j)
    {
        const bool over = evidence_count(j, "over") > 0, had_over = s->v.verdict == SW_OVER_EXCEEDS;
        struct sw_evidence_worst w = {.value = evidence_centi(j, "worst"),
                                      .limit = evidence_centi(j, "limit"),
                                      .from_us = evidence_instant(j, "from"),
                                      .to_us = evidence_instant(j, "to")};

        s->n_judged += evidence_count(j, "n");
        is_over |= over;
        if (evidence_count(j, "n") == 0 || w.value == SW_NO_VALUE || w.limit == SW_NO_VALUE)
            continue;
        w.over_by = w.value - w.limit;
        snprintf(w.rule, sizeof(w.rule), "%s", evidence_word(j, "rule"));
        snprintf(w.statistic, sizeof(w.statistic), "%s", evidence_word(j, "statistic"));
        if (s->v.worst.rule[0] == '\0' || (over && !had_over) || (over == had_over && w.over_by > s->v.worst.over_by))
            s->v.worst = w;
        if (over)
            s->v.verdict = SW_OVER_EXCEEDS;
    }
    return is_over;
}

static void add_values(struct sum *s, const json_t *row, uint32_t n, int32_t *ret_level)
{
    const json_t *values = json_object_get(row, "values"), *limit = json_object_get(row, "limit");
    const bool is_noise = s->v.kind == SW_KIND_NOISE;
    const int32_t leq = evidence_centi(values, "LAeq"), mean = evidence_centi(values, "mean");

    *ret_level = is_noise ? leq : mean;
    if (leq != SW_NO_VALUE) {
        s->energy += sw_energy(leq) * n;
        s->n_leq += n;
    }
    if (mean != SW_NO_VALUE) {
        s->mean += (int64_t) mean * n;
        s->n_mean += n;
    }
    take_highest(evidence_centi(values, is_noise ? "LAmax" : "max"), &s->v.max);
    take_lowest(evidence_centi(values, is_noise ? "LAmin" : "min"), &s->v.min);
    take_lowest(evidence_centi(limit, "LAeq"), &s->v.limit_leq);
    take_lowest(evidence_centi(limit, "LAmax"), &s->v.limit_max);
    take_lowest(evidence_centi(limit, "mean"), &s->v.limit_mean);
}

static void add_caveats(struct minutes *m, const struct sum *s, const json_t *row)
{
    const json_t *excluded = json_object_get(row, "excluded"), *weather = json_object_get(row, "weather"), *name;
    const json_t *rain = json_object_get(weather, "rain");
    const int32_t wind = evidence_centi(weather, "wind_ms");
    struct sw_evidence_facts *f = &m->run->f;
    size_t i;

    if (evidence_count(excluded, "weather") > 0)
        f->caveats |= SW_CAVEAT_WEATHER_EXCLUDED;
    json_array_foreach(json_object_get(row, "estimate"), i, name)
    {
        const char *text = json_string_value(name);

        if (text && s->v.kind == SW_KIND_NOISE)
            f->caveats |= strcmp(text, "LAmax") == 0 ? SW_CAVEAT_ESTIMATE : SW_CAVEAT_SAMPLED;
    }
    if (strcmp(evidence_word(row, "time_quality"), "synced") != 0) {
        f->is_synced = false;
        f->caveats |= SW_CAVEAT_CLOCK_UNSYNCED;
    }
    if (s->v.kind != SW_KIND_NOISE)
        return;
    m->n_weather_unknown += !json_is_object(weather);
    if (wind != SW_NO_VALUE) {
        m->wind += wind;
        m->n_wind++;
    }
    if (json_is_true(rain))
        f->rain = 1;
    else if (json_is_false(rain) && f->rain < 0)
        f->rain = 0;
}

/* ---- pass one: what the sensors are, and which period each minute lies in ---- */

static void note_sensor(struct evidence_sensor *s, const json_t *row)
{
    const char *name = evidence_word(row, "quantity");

    s->quantity = sw_quantity_from_name(name, (int) strlen(name));
    s->kind = sw_quantity_info(s->quantity)->kind;
    s->is_known = s->quantity != SW_QUANTITY_NONE;
}

static size_t minute_of(const struct minutes *m, int64_t from_us)
{
    return (size_t) SW_MIN((from_us - m->run->f.from_us) / MINUTE_US, (int64_t) m->n - 1);
}

static int look_at_row(void *ctx, const struct hub_text_row *row)
{
    struct minutes *m = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const json_t *judged;
    size_t i;

    if (!m->run->sensors[m->sensor].is_known)
        note_sensor(&m->run->sensors[m->sensor], j);
    json_array_foreach(json_object_get(j, "judged"), i, judged)
    {
        const char *period = evidence_word(judged, "period");

        if (*period)
            snprintf(m->periods[minute_of(m, row->at_us)], sizeof(m->periods[0]), "%s", period);
    }
    json_decref(j);
    return 0;
}

static void make_parts(struct minutes *m)
{
    struct sw_evidence_facts *f = &m->run->f;

    f->n_parts = 0;
    for (size_t i = 0; i < m->n; i++) {
        struct sw_evidence_part *last = f->n_parts ? &f->parts[f->n_parts - 1] : NULL;
        const char *period = m->periods[i];
        const int64_t to_us = f->from_us + (int64_t) (i + 1) * MINUTE_US;

        if (last && (!*period || !last->period[0] || strcmp(period, last->period) == 0 ||
                     f->n_parts == SW_EVIDENCE_PARTS_MAX)) {
            last->to_us = to_us; /* a minute that says nothing goes with its neighbours */
            if (!last->period[0])
                snprintf(last->period, sizeof(last->period), "%s", period);
        } else {
            struct sw_evidence_part *p = &f->parts[f->n_parts++];

            *p = (struct sw_evidence_part){
                .from_us = to_us - MINUTE_US, .to_us = to_us, .work_detected = -1, .verdict = SW_OVER_CANNOT_JUDGE};
            snprintf(p->period, sizeof(p->period), "%s", period);
        }
    }
    for (size_t i = 0; i < f->n_parts; i++)
        f->parts[i].is_night = strcmp(f->parts[i].period, "night") == 0;
}

/* ---- pass two: adding up ---- */

static size_t part_at(const struct sw_evidence_facts *f, int64_t t_us)
{
    size_t at = 0;

    while (at + 1 < f->n_parts && t_us >= f->parts[at].to_us)
        at++;
    return at;
}

static int add_row(void *ctx, const struct hub_text_row *row)
{
    struct minutes *m = ctx;
    struct sw_evidence_facts *f = &m->run->f;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const size_t part = part_at(f, row->at_us);
    struct sum *s = &m->sums[part][m->sensor];
    const json_t *excluded = json_object_get(j, "excluded"), *detected = json_object_get(j, "work_detected");
    const uint32_t n = evidence_count(j, "n");

    if (json_is_object(j)) {
        add_values(s, j, n, &m->levels[m->sensor * m->n + minute_of(m, row->at_us)]);
        s->v.n += n;
        s->v.expected += evidence_count(j, "expected");
        s->v.over_minutes += add_judged(s, json_object_get(j, "judged"));
        for (int i = SW_QUALITY_BAD; i > (int) s->v.quality; i--)
            if (strcmp(evidence_word(j, "q"), sw_quality_name((enum sw_quality) i)) == 0)
                s->v.quality = (enum sw_quality) i;
        add_caveats(m, s, j);
        if (json_is_boolean(detected) && f->parts[part].work_detected != 1)
            f->parts[part].work_detected = json_is_true(detected);
        f->has_data |= n + evidence_count(excluded, "weather") + evidence_count(excluded, "overload") +
                           evidence_count(excluded, "calibration") + evidence_count(excluded, "fault") >
                       0;
    }
    json_decref(j);
    return 0;
}

static bool counts(const struct evidence_sensor *s)
{
    return s->is_known && s->is_boundary && (s->kind == SW_KIND_NOISE || s->kind == SW_KIND_DUST);
}

static int for_each_sensor(struct minutes *m, bool only_counting, hub_text_fn fn, struct sw_err *err)
{
    const struct sw_evidence_facts *f = &m->run->f;
    int rc = SW_OK;

    for (m->sensor = 0; rc >= 0 && m->sensor < m->run->n_sensors; m->sensor++)
        if (!only_counting || counts(&m->run->sensors[m->sensor]))
            rc = hub_read_windows(m->run->r, m->run->site->id, m->run->sensors[m->sensor].id, "1m", f->from_us,
                                  f->to_us, fn, m, err);
    return rc;
}

/* Minutes that did not come count as expected, of the length that the others had. */
static void finish_sum(struct minutes *m, const struct sw_evidence_part *p, struct sum *s, size_t n_minutes)
{
    const int64_t wanted = (p->to_us - p->from_us) / MINUTE_US;

    if (n_minutes > 0 && wanted > (int64_t) n_minutes)
        s->v.expected = (uint32_t) (s->v.expected * (uint64_t) wanted / n_minutes);
    s->v.leq = sw_energy_level(s->energy, s->n_leq);
    if (s->n_mean > 0)
        s->v.mean = (int32_t) ((s->mean + (int64_t) s->n_mean / 2) / (int64_t) s->n_mean);
    if (s->v.n < CAPTURE_MIN * s->v.expected)
        m->run->f.caveats |= SW_CAVEAT_DATA_MISSING;
    if (s->v.n == 0)
        s->v.quality = SW_QUALITY_BAD;
    if (s->v.verdict != SW_OVER_EXCEEDS &&
        (s->v.n < CAPTURE_MIN * s->v.expected || s->n_judged == 0 || s->v.worst.rule[0] == '\0'))
        s->v.verdict = SW_OVER_CANNOT_JUDGE;
}

static void finish_part(struct minutes *m, size_t part)
{
    struct sw_evidence_facts *f = &m->run->f;
    struct sw_evidence_part *p = &f->parts[part];
    struct sw_evidence_number all[EVIDENCE_SENSORS_MAX];
    bool is_one_missing = false;
    size_t n = 0;

    for (size_t i = 0; i < m->run->n_sensors; i++) {
        size_t n_minutes = 0;

        if (!counts(&m->run->sensors[i]))
            continue;
        for (size_t k = minute_of(m, p->from_us); k < m->n && (int64_t) k * MINUTE_US + f->from_us < p->to_us; k++)
            n_minutes += m->levels[i * m->n + k] != SW_NO_VALUE;
        finish_sum(m, p, &m->sums[part][i], n_minutes);
        all[n++] = m->sums[part][i].v;
    }
    qsort(all, n, sizeof(*all), sw_evidence_compare);
    p->verdict = sw_evidence_verdict(all, n, f->ask.category, &is_one_missing);
    if (is_one_missing)
        f->caveats |= SW_CAVEAT_SENSOR_MISSING;
    p->n_numbers = SW_MIN(n, (size_t) SW_EVIDENCE_NUMBERS_MAX);
    memcpy(p->numbers, all, p->n_numbers * sizeof(*all));
}

static void take_series(struct minutes *m)
{
    struct sw_evidence_facts *f = &m->run->f;
    const struct sw_evidence_number *worst = NULL;
    const size_t every = (m->n + SW_EVIDENCE_SERIES_MAX - 1) / SW_EVIDENCE_SERIES_MAX;

    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i].n_numbers && (!worst || sw_evidence_compare(&f->parts[i].numbers[0], worst) < 0))
            worst = &f->parts[i].numbers[0];
    if (!worst || every != 1) /* a level of several minutes is not known here without their readings */
        return;
    f->series = (struct sw_evidence_series){
        .sensor = worst->sensor, .t0_us = f->from_us, .step_s = 60, .n = SW_MIN(m->n, (size_t) SW_EVIDENCE_SERIES_MAX)};
    for (size_t i = 0; i < f->series.n; i++)
        f->series.v[i] = m->levels[worst->sensor * m->n + i];
}

static void begin_sums(struct minutes *m)
{
    for (size_t p = 0; p < SW_EVIDENCE_PARTS_MAX; p++)
        for (size_t i = 0; i < m->run->n_sensors; i++)
            m->sums[p][i].v = (struct sw_evidence_number){.sensor = (uint16_t) i,
                                                          .kind = m->run->sensors[i].kind,
                                                          .quantity = m->run->sensors[i].quantity,
                                                          .leq = SW_NO_VALUE,
                                                          .max = SW_NO_VALUE,
                                                          .mean = SW_NO_VALUE,
                                                          .min = SW_NO_VALUE,
                                                          .limit_leq = SW_NO_VALUE,
                                                          .limit_max = SW_NO_VALUE,
                                                          .limit_mean = SW_NO_VALUE,
                                                          .worst = {.value = SW_NO_VALUE,
                                                                    .limit = SW_NO_VALUE,
                                                                    .over_by = SW_NO_VALUE,
                                                                    .from_us = INT64_MIN,
                                                                    .to_us = INT64_MIN},
                                                          .verdict = SW_OVER_WITHIN};
}

int evidence_minutes(struct evidence_run *run, struct sw_err *err)
{
    struct minutes *m = calloc(1, sizeof(*m));
    int rc;

    if (!m)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    m->run = run;
    m->n = (size_t) SW_MAX((run->f.to_us - run->f.from_us) / MINUTE_US, 1);
    m->levels = malloc(EVIDENCE_SENSORS_MAX * m->n * sizeof(*m->levels));
    if (!m->levels) {
        free(m);
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    }
    for (size_t i = 0; i < EVIDENCE_SENSORS_MAX * m->n; i++)
        m->levels[i] = SW_NO_VALUE;
    rc = for_each_sensor(m, false, look_at_row, err);
    make_parts(m);
    begin_sums(m);
    if (rc >= 0)
        rc = for_each_sensor(m, true, add_row, err);
    for (size_t i = 0; rc >= 0 && i < run->f.n_parts; i++)
        finish_part(m, i);
    if (m->n_wind > 0)
        run->f.wind = (int32_t) (m->wind / (int64_t) m->n_wind);
    if (m->n_weather_unknown > 0)
        run->f.caveats |= SW_CAVEAT_WEATHER_UNKNOWN;
    take_series(m);
    free(m->levels);
    free(m);
    return rc;
}
