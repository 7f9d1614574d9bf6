// SPDX-License-Identifier: Apache-2.0
/* As much of a core as evidence needs, on a folder of its own, and minutes as the store keeps them. */
#ifndef SW_TESTS_UNIT_EVIDENCE_FIXTURE_H
#define SW_TESTS_UNIT_EVIDENCE_FIXTURE_H

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "common/timefmt.h"
#include "config/faults.h"
#include "gateway/evidence_int.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define PATIENCE_US 20000000LL

static char folder[64];
static struct sw_clock site_clock;
static struct sw_core *core;

static inline int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-evidence-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static inline int64_t at(const char *text)
{
    int64_t us = 0;

    CHECK(sw_time_parse(text, strlen(text), &us, NULL) == SW_OK, "%s", text);
    return us;
}

#define NOISE2                                                                                                         \
    "north: {quantity: LAeq, interval: 1s, place: boundary}, south: {quantity: LAeq, interval: 1s, place: boundary}"
#define DUST1 "dust: {quantity: PM10, interval: 60s, place: boundary}"

static inline struct sw_site *read_site(const char *timezone, const char *sensors)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_site *site = NULL;
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/site.yaml", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "version: 1\n"
            "site: {id: pd-0042, area: \"310115\", name: 丁香路, timezone: %s, location: {lat: 31.2237, lon: 121.5441},"
            " agency_responsible: 浦东新区城管执法局, subdistrict: 花木街道, packs: [{id: cn-gb12523-2025}],"
            " hotline: hotline-cn-12345}\n"
            "gateway: {id: gw-7f3a, data: %s, runtime: %s}\n"
            "sensors: {%s}\n"
            "responsibility: [{unit: 某某建设 项目部, person: 王工, phone: \"021-0000\", lead: true}]\n",
            timezone, folder, folder, sensors);
    fclose(f);
    sw_site_read(path, NULL, &faults, &site, &err);
    CHECK(site, "%s", err.msg);
    sw_faults_done(&faults);
    return site;
}

/** A core whose engine stands at now. */
static inline struct sw_core *start(const char *timezone, const char *sensors, const char *now)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    struct sw_site *site = read_site(timezone, sensors);
    const char *ids[SW_SENSORS_MAX];
    char path[96];
    const struct sw_store_params p = {.path = path, .n_sensors = site->n_sensors, .sensor_ids = ids};
    const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = at(now)};
    struct sw_err err = {0};
    bool is_new;

    assert_non_null(c);
    for (size_t i = 0; i < site->n_sensors; i++)
        ids[i] = site->sensors[i].id;
    snprintf(path, sizeof(path), "%s/siteward.db", folder);
    unlink(path);
    sw_clock_init_real(&site_clock);
    c->site = site;
    c->clock = &site_clock;
    c->sensors = calloc(site->n_sensors + 1, sizeof(*c->sensors));
    CHECK(sw_loop_new(&c->loop, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_engine_new(site, &c->engine, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_store_open(&p, &c->store, &err) == SW_OK, "%s", err.msg);
    snprintf(path, sizeof(path), "%s/key.ed25519", folder);
    CHECK(sw_key_load(path, &c->key, &is_new, &err) == SW_OK, "%s", err.msg);
    sw_key_public_text(c->key.public_key, c->public_key);
    CHECK(sw_doc_site_init(&c->doc, site, c->engine, "k3f7q2mz", false, &err) == SW_OK, "%s", err.msg);
    CHECK(core_evidence_new(c, &err) == SW_OK, "%s", err.msg);
    core = c;
    core_feed(c, &tick, NULL);
    return c;
}

static inline void stop(void)
{
    struct sw_site *site = (struct sw_site *) (uintptr_t) core->site;
    char command[128];

    core_evidence_free(core);
    sw_store_close(core->store);
    sw_doc_site_done(&core->doc);
    sw_engine_free(core->engine);
    sw_loop_free(core->loop);
    free(core->sensors);
    free(core);
    sw_site_free(site);
    core = NULL;
    snprintf(command, sizeof(command), "rm -rf %s/*", folder);
    CHECK(system(command) == 0, "%s", command);
}

/** One minute of a sensor as its `agg` document says it (docs/reference/documents.md), levels in whole decibels. */
struct minute {
    const char *sensor, *rule, *statistic; /* rule NULL = none judged it */
    int level, n, over, worst, limit;
    const char *detected, *weather; /* JSON; NULL = null */
    int excluded_weather;
    const char *estimate; /* "\"LAeq\"" */
    bool is_dust, is_unsynced;
    const char *silent; /* a rule in force that could not be judged */
};

/* Minutes that most tests use; one that is not used does not matter. */
#define LEQ_NIGHT .rule = "cn-gb12523-2025/leq-night", .statistic = "LAeq,20min", .limit = 55
#define LEQ_DAY .rule = "cn-gb12523-2025/leq-day", .statistic = "LAeq,20min", .limit = 70
#define CALM .weather = "{\"wind_ms\":2.10,\"rain\":false}"

static const struct minute loud_night = {"north",    LEQ_NIGHT,   .level = 62,        .n = 60,
                                         .over = 60, .worst = 62, .detected = "true", CALM};
__attribute__((unused)) static const struct minute still_night = {
    "south", LEQ_NIGHT, .level = 45, .n = 60, .worst = 46, .detected = "false", CALM};
__attribute__((unused)) static const struct minute loud_day = {
    "north", LEQ_DAY, .level = 62, .n = 60, .worst = 62, .detected = "true", CALM};

static inline void put_minute(const struct minute *m, int64_t from_us)
{
    char json[2048], from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE], judged[1024] = "", values[128];
    const int expected = m->is_dust ? 1 : 60;

    sw_time_format(NULL, from_us, from);
    sw_time_format(NULL, from_us + MIN, to);
    if (m->rule)
        snprintf(judged, sizeof(judged),
                 "{\"rule\":\"%s\",\"statistic\":\"%s\",\"period\":\"night\",\"n\":%d,\"over\":%d,\"worst\":%d.00,"
                 "\"limit\":%d.00,\"from\":\"%s\",\"to\":\"%s\"}",
                 m->rule, m->statistic, m->n, m->over, m->worst, m->limit, from, to);
    if (m->silent)
        snprintf(judged + strlen(judged), sizeof(judged) - strlen(judged),
                 "%s{\"rule\":\"%s\",\"statistic\":\"LAeq,20min\",\"period\":\"night\",\"n\":0,\"over\":0,"
                 "\"worst\":null,\"limit\":55.00,\"from\":null,\"to\":null}",
                 *judged ? "," : "", m->silent);
    if (m->n == 0)
        snprintf(values, sizeof(values), "\"LAeq\":null,\"LAmax\":null,\"mean\":null");
    else if (m->is_dust)
        snprintf(values, sizeof(values), "\"mean\":%d.00,\"max\":%d.00", m->level, m->level);
    else
        snprintf(values, sizeof(values), "\"LAeq\":%d.00,\"LAmax\":%d.00,\"LAmin\":%d.00", m->level, m->level + 5,
                 m->level - 5);
    snprintf(json, sizeof(json),
             "{\"quantity\":\"x\",\"values\":{%s},\"estimate\":[%s],\"n\":%d,\"expected\":%d,"
             "\"excluded\":{\"weather\":%d,\"overload\":0,\"calibration\":0,\"fault\":0,\"missing\":%d},"
             "\"limit\":{\"LAeq\":%d.00,\"LAmax\":null,\"rules\":[]},\"q\":\"%s\",\"weather\":%s,"
             "\"time_quality\":\"%s\",\"judged\":[%s],\"work_detected\":%s}",
             values, m->estimate ? m->estimate : "", m->n, expected, m->excluded_weather,
             expected - m->n - m->excluded_weather, m->limit, m->n * 4 >= expected * 3 ? "good" : "uncertain",
             m->weather ? m->weather : "null", m->is_unsynced ? "unsynced" : "synced", judged,
             m->detected ? m->detected : "null");
    assert_int_equal(sw_store_put_window(core->store, m->sensor, "1m", from_us, from_us + MIN, json, strlen(json)),
                     SW_OK);
}

static inline void put_minutes(const struct minute *m, const char *from, const char *to)
{
    for (int64_t t_us = at(from); t_us < at(to); t_us += MIN)
        put_minute(m, t_us);
    CHECK(sw_store_sync(core->store, PATIENCE_US, NULL) == SW_OK, "the store does not commit");
}

struct got {
    struct sw_evidence_facts f;
    struct sw_complaint_found found;
    json_t *doc;
    int rc;
    struct sw_err err;
    int n_calls;
};

static inline void take(void *ctx, struct core_evidence *e, const struct sw_err *err)
{
    struct got *g = ctx;
    static char text[SW_DOCUMENT_MAX];
    size_t len;

    g->n_calls++;
    g->rc = err ? (int) err->code : SW_OK;
    if (!e)
        return;
    g->f = e->read.f;
    core_evidence_found(core, e, &g->found);
    json_decref(g->doc);
    len = core_evidence_write(core, e, NULL, text, sizeof(text));
    g->doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
}

static inline struct sw_evidence_ask ask_of(const char *when, int minutes)
{
    return (struct sw_evidence_ask){.id = "q-771",
                                    .at_us = at(when),
                                    .window_us = minutes * MIN,
                                    .distance_m = -1,
                                    .wants_series = true,
                                    .wants_media = true,
                                    .wants_tickets = true,
                                    .wants_schedule = true,
                                    .wants_numbers = true,
                                    .category = -1,
                                    .with_zh = true,
                                    .with_en = true};
}

/** Ask and turn the loop until the answer is there. The document is the caller's. */
static inline struct got *ask(const struct sw_evidence_ask *a)
{
    static struct got g;

    memset(&g, 0, sizeof(g));
    g.rc = core_evidence_ask(core, a, take, &g, &g.err);
    while (g.rc == SW_OK && g.n_calls == 0)
        CHECK(sw_loop_turn(core->loop, PATIENCE_US, NULL) == 1, "no answer comes");
    return &g;
}

static inline const char *text_at(const json_t *doc, const char *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object ? json_object_get(doc, object) : doc, key));

    return text ? text : "(none)";
}

#endif
