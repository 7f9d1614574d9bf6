// SPDX-License-Identifier: Apache-2.0
/* From stored minutes to numbers: levels by energy, what each rule said, how much was measured. Runs on the query
 * worker: it looks at the file and at the site, at nothing that changes. Codes and sentences are made afterwards. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/timefmt.h"
#include "gateway/evidence_int.h"
#include "rules/energy.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define WAIT_US SW_US_PER_S /* for the last minute to be stored */
#define WAIT_STEP_US 5000
#define NO_WAIT_US (10 * SW_US_PER_S)
#define RULES_MAX (2 * SW_JUDGED_MAX)
#define CAPTURE_MIN 0.75 /* of a site without packs */

/* What one rule said in a part. */
struct said {
    char rule[2 * SW_ID_SIZE];
    uint64_t n, over;
    bool is_sliding_mean; /* judged all the time: its silence is a want of data */
};

/* One sensor in one part. */
struct sum {
    struct sw_evidence_number v;
    sw_u128 energy;
    int64_t mean;
    uint64_t n_leq, n_mean;
    double capture_min;
    size_t n_said;
    struct said said[RULES_MAX];
};

struct reading_run {
    const struct sw_site *site;
    struct sw_evidence_facts *f;
    size_t n_sensors, n_minutes;
    int index[SW_SENSORS_MAX]; /* of the site, of each that counts */
    int slot[SW_SENSORS_MAX];  /* and back; -1 = does not count */
    struct sum *sums;          /* [n_parts][n_sensors] */
    int32_t *minutes;          /* [n_sensors][n_minutes] levels */
    int64_t wind;
    uint32_t n_wind, n_rows, n_weather_unknown;
    uint64_t n_good;
};

/* ---- one window's members ---- */

static int32_t centi(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_number(v) ? sw_hundredths(json_number_value(v)) : SW_NO_VALUE;
}

static uint32_t count(const json_t *object, const char *key)
{
    const json_int_t v = json_integer_value(json_object_get(object, key));

    return v > 0 && v < UINT32_MAX ? (uint32_t) v : 0;
}

static const char *word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int64_t instant(const json_t *object, const char *key)
{
    const char *text = word(object, key);
    int64_t us;

    return *text && sw_time_parse(text, strlen(text), &us, NULL) == SW_OK ? us : INT64_MIN;
}

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

/* ---- what the rules said ---- */

static const struct sw_rule *find_rule(const struct sw_site *site, const char *full_id, const struct sw_pack **ret_pack)
{
    for (size_t i = 0; i < site->n_packs; i++)
        for (size_t k = 0; k < site->packs[i].n_rules; k++)
            if (strcmp(site->packs[i].rules[k].full_id, full_id) == 0) {
                *ret_pack = &site->packs[i];
                return &site->packs[i].rules[k];
            }
    return NULL;
}

static struct said *said_of(const struct sw_site *site, struct sum *s, const char *rule_id)
{
    const struct sw_pack *pack = NULL;
    const struct sw_rule *rule;
    struct said *said;

    for (size_t i = 0; i < s->n_said; i++)
        if (strcmp(s->said[i].rule, rule_id) == 0)
            return &s->said[i];
    if (s->n_said == RULES_MAX)
        return NULL;
    said = &s->said[s->n_said++];
    (void) snprintf(said->rule, sizeof(said->rule), "%s", rule_id);
    rule = find_rule(site, rule_id, &pack);
    said->is_sliding_mean = rule && rule->sliding && rule->statistic != SW_STAT_MAX;
    if (pack && pack->capture_min > s->capture_min)
        s->capture_min = pack->capture_min;
    return said;
}

/* Over before within, then by how much. */
static bool is_worse(const struct sw_evidence_worst *a, bool a_over, const struct sw_evidence_worst *b, bool b_over)
{
    if (b->rule[0] == '\0' || a_over != b_over)
        return b->rule[0] == '\0' || a_over;
    return a->over_by > b->over_by;
}

static bool add_judged(const struct sw_site *site, struct sum *s, const json_t *judged)
{
    bool is_over = false;
    const json_t *j;
    size_t i;

    json_array_foreach(judged, i, j)
    {
        struct said *said = said_of(site, s, word(j, "rule"));
        const uint32_t n = count(j, "n"), over = count(j, "over");
        struct sw_evidence_worst w = {.value = centi(j, "worst"), .limit = centi(j, "limit")};
        const bool had_over = s->v.verdict == SW_OVER_EXCEEDS;

        if (said) {
            said->n += n;
            said->over += over;
        }
        is_over |= over > 0;
        if (n == 0 || w.value == SW_NO_VALUE || w.limit == SW_NO_VALUE)
            continue;
        w.over_by = w.value - w.limit;
        w.from_us = instant(j, "from");
        w.to_us = instant(j, "to");
        (void) snprintf(w.rule, sizeof(w.rule), "%s", word(j, "rule"));
        (void) snprintf(w.statistic, sizeof(w.statistic), "%s", word(j, "statistic"));
        if (is_worse(&w, over > 0, &s->v.worst, had_over))
            s->v.worst = w;
        if (over > 0)
            s->v.verdict = SW_OVER_EXCEEDS;
    }
    return is_over;
}

/* ---- adding a minute ---- */

static void add_values(struct sum *s, const json_t *row, uint32_t n, int32_t *ret_level)
{
    const json_t *values = json_object_get(row, "values"), *limit = json_object_get(row, "limit");
    const bool is_noise = s->v.kind == SW_KIND_NOISE;
    const int32_t leq = centi(values, "LAeq"), mean = centi(values, "mean");

    *ret_level = is_noise ? leq : mean;
    if (leq != SW_NO_VALUE) {
        s->energy += sw_energy(leq) * n;
        s->n_leq += n;
    }
    if (mean != SW_NO_VALUE) {
        s->mean += (int64_t) mean * n;
        s->n_mean += n;
    }
    take_highest(centi(values, is_noise ? "LAmax" : "max"), &s->v.max);
    take_lowest(centi(values, is_noise ? "LAmin" : "min"), &s->v.min);
    take_lowest(centi(limit, "LAeq"), &s->v.limit_leq);
    take_lowest(centi(limit, "LAmax"), &s->v.limit_max);
    take_lowest(centi(limit, "mean"), &s->v.limit_mean);
}

static void add_caveats(struct reading_run *run, const struct sum *s, const json_t *row)
{
    const json_t *excluded = json_object_get(row, "excluded"), *name;
    size_t i;

    if (count(excluded, "weather") > 0)
        run->f->caveats |= SW_CAVEAT_WEATHER_EXCLUDED;
    json_array_foreach(json_object_get(row, "estimate"), i, name)
    {
        const char *text = json_string_value(name);

        if (text && s->v.kind == SW_KIND_NOISE)
            run->f->caveats |= strcmp(text, "LAmax") == 0 ? SW_CAVEAT_ESTIMATE : SW_CAVEAT_SAMPLED;
    }
    if (strcmp(word(row, "time_quality"), "synced") != 0) {
        run->f->is_synced = false;
        run->f->caveats |= SW_CAVEAT_CLOCK_UNSYNCED;
    }
}

static void add_weather(struct reading_run *run, const struct sum *s, const json_t *row)
{
    const json_t *weather = json_object_get(row, "weather"), *rain = json_object_get(weather, "rain");
    const int32_t wind = centi(weather, "wind_ms");

    if (s->v.kind != SW_KIND_NOISE)
        return;
    run->n_weather_unknown += !json_is_object(weather);
    if (wind != SW_NO_VALUE) {
        run->wind += wind;
        run->n_wind++;
    }
    if (json_is_true(rain))
        run->f->rain = 1;
    else if (json_is_false(rain) && run->f->rain < 0)
        run->f->rain = 0;
}

static void add_quality(struct sum *s, const char *q)
{
    for (int i = SW_QUALITY_BAD; i > (int) s->v.quality; i--)
        if (strcmp(q, sw_quality_name((enum sw_quality) i)) == 0)
            s->v.quality = (enum sw_quality) i;
}

static struct sw_evidence_part *part_at(struct sw_evidence_facts *f, int64_t t_us, size_t *ret)
{
    for (*ret = 0; *ret < f->n_parts; ++*ret)
        if (t_us >= f->parts[*ret].from_us && t_us < f->parts[*ret].to_us)
            return &f->parts[*ret];
    return NULL;
}

/* A row that is not whole is passed over: the chain tells of it, and the figures have a minute less. */
static void add_row(struct reading_run *run, int64_t from_us, int slot, const char *json, size_t len)
{
    json_t *row = json_loadb(json, len, 0, NULL);
    size_t at;
    struct sw_evidence_part *part = part_at(run->f, from_us, &at);
    struct sum *s = part ? &run->sums[at * run->n_sensors + (size_t) slot] : NULL;
    const json_t *excluded = json_object_get(row, "excluded"), *detected = json_object_get(row, "work_detected");
    const uint32_t n = count(row, "n");
    const size_t minute = (size_t) ((from_us - run->f->from_us) / MINUTE_US);

    if (s && json_is_object(row)) {
        add_values(s, row, n, &run->minutes[(size_t) slot * run->n_minutes + SW_MIN(minute, run->n_minutes - 1)]);
        s->v.n += n;
        s->v.over_minutes += add_judged(run->site, s, json_object_get(row, "judged"));
        add_quality(s, word(row, "q"));
        add_caveats(run, s, row);
        add_weather(run, s, row);
        if (json_is_boolean(detected) && part->work_detected != 1)
            part->work_detected = json_is_true(detected);
        run->n_rows++;
        run->f->has_data |= n + count(excluded, "weather") + count(excluded, "overload") +
                                count(excluded, "calibration") + count(excluded, "fault") >
                            0;
    }
    json_decref(row);
}

/* ---- a whole window ---- */

static bool counts(const struct sw_sensor_conf *s)
{
    return (s->kind == SW_KIND_NOISE || s->kind == SW_KIND_DUST) && s->place == SW_PLACE_BOUNDARY && !s->is_reference;
}

static int run_new(struct reading_run *run, struct evidence_read *e, struct sw_err *err)
{
    const struct sw_site *site = e->site;

    *run = (struct reading_run){.site = site, .f = &e->f};
    for (size_t i = 0; i < site->n_sensors; i++) {
        run->slot[i] = counts(&site->sensors[i]) ? (int) run->n_sensors : -1;
        if (run->slot[i] >= 0)
            run->index[run->n_sensors++] = (int) i;
    }
    run->n_minutes = (size_t) SW_MAX((e->f.to_us - e->f.from_us) / MINUTE_US, 1);
    run->sums = calloc(run->n_sensors * e->f.n_parts + 1, sizeof(*run->sums));
    run->minutes = malloc((run->n_sensors * run->n_minutes + 1) * sizeof(*run->minutes));
    if (!run->sums || !run->minutes)
        return sw_err_set(err, SW_E_NOMEM, 0, "evidence: out of memory");
    for (size_t i = 0; i < run->n_sensors * run->n_minutes; i++)
        run->minutes[i] = SW_NO_VALUE;
    for (size_t i = 0; i < run->n_sensors * e->f.n_parts; i++) {
        struct sw_evidence_number *v = &run->sums[i].v;
        const int sensor = run->index[i % run->n_sensors];

        v->sensor = (uint16_t) sensor;
        v->kind = site->sensors[sensor].kind;
        v->quantity = site->sensors[sensor].level;
        v->leq = v->max = v->mean = v->min = SW_NO_VALUE;
        v->limit_leq = v->limit_max = v->limit_mean = SW_NO_VALUE;
        v->worst = (struct sw_evidence_worst){.value = SW_NO_VALUE,
                                              .limit = SW_NO_VALUE,
                                              .over_by = SW_NO_VALUE,
                                              .from_us = INT64_MIN,
                                              .to_us = INT64_MIN};
        v->verdict = SW_OVER_WITHIN; /* until a rule says otherwise, or nothing */
    }
    return SW_OK;
}

static int read_rows(struct reading_run *run, struct query_reader *r, struct sw_err *err)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_WINDOWS, err);
    int rc = st ? 1 : SW_E_IO;

    if (!st)
        return err->code ? (int) err->code : rc;
    sw_db_bind_int(st, 1, run->f->from_us);
    sw_db_bind_int(st, 2, run->f->to_us);
    while ((rc = sw_db_step(st, err)) == 1) {
        const char *id = sw_db_text(st, 1, NULL);
        const int sensor = sw_site_sensor(run->site, id, strlen(id));
        size_t len;
        const char *json = sw_db_text(st, 2, &len);

        if (sensor >= 0 && run->slot[sensor] >= 0)
            add_row(run, sw_db_int(st, 0), run->slot[sensor], json, len);
    }
    return rc;
}

/* Within only if every rule that is judged all the time could be judged, on enough readings. */
static void finish_sum(struct reading_run *run, const struct sw_evidence_part *p, struct sum *s)
{
    const struct sw_sensor_conf *conf = &run->site->sensors[s->v.sensor];
    const double capture_min = s->capture_min > 0 ? s->capture_min : CAPTURE_MIN;
    uint64_t n_judged = 0;
    bool is_unsure = false;

    s->v.expected = (uint32_t) ((p->to_us - p->from_us) / SW_MAX(conf->interval_us, 1));
    s->v.leq = sw_energy_level(s->energy, s->n_leq);
    if (s->n_mean > 0)
        s->v.mean = (int32_t) ((s->mean + (int64_t) s->n_mean / 2) / (int64_t) s->n_mean);
    for (size_t i = 0; i < s->n_said; i++) {
        n_judged += s->said[i].n;
        is_unsure |= s->said[i].is_sliding_mean && s->said[i].n == 0;
    }
    if (s->v.n < capture_min * s->v.expected) {
        is_unsure = true;
        run->f->caveats |= SW_CAVEAT_DATA_MISSING;
    }
    if (s->v.n == 0)
        s->v.quality = SW_QUALITY_BAD;
    if (s->v.verdict != SW_OVER_EXCEEDS && (is_unsure || n_judged == 0 || s->v.worst.rule[0] == '\0'))
        s->v.verdict = SW_OVER_CANNOT_JUDGE;
}

static int compare_sums(const void *a, const void *b)
{
    return sw_evidence_compare(&((const struct sum *) a)->v, &((const struct sum *) b)->v);
}

static int finish_part(struct reading_run *run, size_t at, struct sw_err *err)
{
    struct sw_evidence_part *p = &run->f->parts[at];
    struct sum *sums = &run->sums[at * run->n_sensors];
    struct sw_evidence_number *all = calloc(run->n_sensors + 1, sizeof(*all));
    bool is_one_missing;
    size_t n = 0;

    if (!all)
        return sw_err_set(err, SW_E_NOMEM, 0, "evidence: out of memory");
    for (size_t i = 0; i < run->n_sensors; i++)
        finish_sum(run, p, &sums[i]);
    qsort(sums, run->n_sensors, sizeof(*sums), compare_sums);
    for (size_t i = 0; i < run->n_sensors; i++) /* noise is heard also when dust is asked about: it tells of work */
        if (run->f->ask.category < 0 || (run->f->ask.category == SW_CATEGORY_DUST) == (sums[i].v.kind == SW_KIND_DUST))
            all[n++] = sums[i].v;
    p->verdict = sw_evidence_verdict(all, n, run->f->ask.category, &is_one_missing);
    if (is_one_missing)
        run->f->caveats |= SW_CAVEAT_SENSOR_MISSING;
    p->n_numbers = SW_MIN(n, (size_t) SW_EVIDENCE_NUMBERS_MAX);
    memcpy(p->numbers, all, p->n_numbers * sizeof(*all));
    free(all);
    return SW_OK;
}

/* The sensor that the series shows: the worst of all parts. -1 = none */
static int worst_sensor(const struct sw_evidence_facts *f)
{
    const struct sw_evidence_number *worst = NULL;

    for (size_t i = 0; i < f->n_parts; i++) {
        const struct sw_evidence_number *v = f->parts[i].n_numbers ? &f->parts[i].numbers[0] : NULL;

        if (v && (!worst || sw_evidence_compare(v, worst) < 0))
            worst = v;
    }
    return worst ? worst->sensor : -1;
}

/* Minutes are committed some seconds after they closed; the core has asked for it. When they do not come (a disk that
 * is full, a gateway that has just started), the next questions do not wait for them too. */
static void wait_until_stored(const struct evidence_read *e, struct query_reader *r)
{
    const int64_t until_us = sw_mono_real_us() + WAIT_US;
    struct sw_db_stmt *st = query_stmt(r, QUERY_NEWEST, NULL);

    if (!st || !r->self || !e->waits || sw_mono_real_us() < r->no_wait_us)
        return;
    while (sw_mono_real_us() < until_us) {
        const bool is_there = sw_db_step(st, NULL) == 1 && sw_db_int(st, 0) >= e->f.to_us - MINUTE_US;

        sw_db_reset(st);
        if (is_there || !sw_worker_sleep_until(r->self, sw_mono_real_us() + WAIT_STEP_US))
            return;
    }
    r->no_wait_us = sw_mono_real_us() + NO_WAIT_US;
}

int evidence_read(struct evidence_read *e, struct query_reader *r, struct sw_err *err)
{
    struct sw_evidence_facts *f = &e->f;
    struct reading_run run;
    int rc, sensor;

    f->is_synced = true;
    f->wind = SW_NO_VALUE;
    f->rain = -1;
    for (size_t i = 0; i < f->n_parts; i++)
        f->parts[i].work_detected = -1;
    rc = run_new(&run, e, err);
    if (rc == SW_OK && run.n_sensors > 0)
        wait_until_stored(e, r);
    if (rc == SW_OK)
        rc = query_begin(r, err);
    if (rc == SW_OK)
        rc = read_rows(&run, r, err);
    for (size_t i = 0; i < f->n_parts && rc == SW_OK; i++)
        rc = finish_part(&run, i, err);
    if (run.n_wind > 0)
        f->wind = (int32_t) (run.wind / run.n_wind);
    if (run.n_weather_unknown > 0)
        f->caveats |= SW_CAVEAT_WEATHER_UNKNOWN;
    sensor = worst_sensor(f);
    if (rc == SW_OK)
        rc = evidence_read_rest(e, r, sensor,
                                sensor < 0 ? NULL : &run.minutes[(size_t) run.slot[sensor] * run.n_minutes], err);
    query_end(r);
    free(run.sums);
    free(run.minutes);
    return rc;
}
