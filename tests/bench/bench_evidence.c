// SPDX-License-Identifier: Apache-2.0
/* "What was measured then?" over a year of 8 sensors: 4.2 million stored minutes. Random instants are asked through
 * the gateway's own code, from the question to the signed document, over the query worker. The floor is SQLite alone:
 * the same rows, read as one range and looked at no further.
 * $SW_BENCH_DAYS: fewer days, while writing code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "config/faults.h"
#include "gateway/evidence_int.h"

#define SENSORS 8
#define DAYS 365
#define MINUTE_US (60 * SW_US_PER_S)
#define DAY_US (86400 * SW_US_PER_S)
#define FIRST_US (1735660800LL * SW_US_PER_S) /* 2025-01-01T00:00+08:00 */
#define ASKS 500
#define LONG_ASKS 50
#define GRACE_US (10 * SW_US_PER_S)

static int days(void)
{
    const char *text = getenv("SW_BENCH_DAYS");
    const int n = text ? atoi(text) : 0;

    return n > 0 ? n : DAYS;
}

static void must(int rc, const struct sw_err *err)
{
    if (rc < 0)
        bench_give_up("%s", err->msg);
}

/* ---- a year of minutes ---- */

static struct sw_site *make_site(const char *folder)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_site *site = NULL;
    char path[BENCH_PATH_SIZE];
    FILE *f;

    snprintf(path, sizeof(path), "%s/site.yaml", folder);
    f = fopen(path, "we");
    if (!f)
        bench_give_up("%s cannot be written", path);
    fprintf(f,
            "version: 1\nsite: {id: bench, area: \"310115\", timezone: Asia/Shanghai, packs: [cn-gb12523-2025],"
            " hotline: hotline-cn-12345}\ngateway: {id: gw-bench, data: \"%s\", runtime: \"%s\"}\nsensors:\n",
            folder, folder);
    for (int i = 0; i < SENSORS; i++)
        fprintf(f, "  gate-%d-noise: {quantity: LAeq, interval: 1s, place: boundary}\n", i);
    fprintf(f, "responsibility: [{unit: U, lead: true}]\n");
    fclose(f);
    if (sw_site_read(path, NULL, &faults, &site, &err) < 0)
        sw_faults_print(&faults, stderr);
    must(site ? SW_OK : SW_E_INVAL, &err);
    sw_faults_done(&faults);
    return site;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A minute of a building site: by day about 66 dB, by night 48, now and then over. */
static void fill_minute(struct sw_window_result *w, const struct sw_pack *pack, int sensor, int64_t from_us,
                        uint32_t *seed)
{
    const int hour = (int) ((from_us / SW_US_PER_S + 28800) / 3600 % 24);
    const bool is_night = hour < 6 || hour >= 22;
    const int32_t level = (is_night ? 4800 : 6600) + (int32_t) (next_random(seed) % 900) - 300;
    const struct sw_rule *leq = NULL;

    *w = (struct sw_window_result){.sensor = (uint16_t) sensor,
                                   .quantity = SW_QUANTITY_LAEQ,
                                   .period = "1m",
                                   .from_us = from_us,
                                   .to_us = from_us + MINUTE_US,
                                   .n = 60,
                                   .expected = 60,
                                   .leq = level,
                                   .max = level + 800,
                                   .min = level - 700,
                                   .l5 = level + 400,
                                   .l10 = level + 300,
                                   .l50 = level - 100,
                                   .l90 = level - 400,
                                   .l95 = level - 500,
                                   .mean = SW_NO_VALUE,
                                   .wind = 210,
                                   .rain = 0,
                                   .flag = 'N',
                                   .suppression_s = -1,
                                   .limit_leq = is_night ? 5500 : 7000,
                                   .limit_max = is_night ? 7000 : SW_NO_VALUE,
                                   .limit_mean = SW_NO_VALUE,
                                   .work_detected = !is_night};
    for (size_t i = 0; i < pack->n_rules; i++) {
        const struct sw_rule *rule = &pack->rules[i];
        const bool is_of_night = rule->period >= 0 && pack->periods[rule->period].is_night;

        if (rule->kind != SW_KIND_NOISE || is_of_night != is_night || w->n_judged == 2)
            continue;
        leq = rule->statistic == SW_STAT_LEQ ? rule : leq;
        w->rules[w->n_rules++] = rule;
        w->judged[w->n_judged++] = (struct sw_judged){.rule = rule,
                                                      .period = is_night ? "night" : "day",
                                                      .n = 60,
                                                      .over = level > rule->limit ? 60 : 0,
                                                      .worst = level,
                                                      .limit = rule->limit,
                                                      .from_us = from_us - 19 * MINUTE_US,
                                                      .to_us = from_us + MINUTE_US};
    }
}

static int64_t write_year(const struct sw_core *c, const char *path, int n_days)
{
    static char json[SW_DOCUMENT_MAX];
    struct sw_db *db = NULL;
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    int64_t rows = 0;
    uint32_t seed = 1;

    must(sw_db_open(path, false, &db, &err), &err);
    must(sw_db_exec(db, "PRAGMA synchronous = OFF", &err), &err);
    must(sw_db_prepare(
             db, "INSERT INTO window(period, from_us, sensor, to_us, body) VALUES('1m', ?1, ?2, ?3, window_pack(?4))",
             &st, &err),
         &err);
    for (int day = 0; day < n_days; day++) {
        must(sw_db_begin(db, &err), &err);
        for (int64_t t_us = FIRST_US + day * DAY_US; t_us < FIRST_US + (day + 1) * DAY_US; t_us += MINUTE_US)
            for (int s = 0; s < SENSORS; s++, rows++) {
                struct sw_window_result w;
                size_t len;

                fill_minute(&w, &c->site->packs[0], s, t_us, &seed);
                len = sw_doc_window(&c->doc.site, &w, t_us + MINUTE_US, rows, 0, json, sizeof(json));
                sw_db_bind_int(st, 1, t_us);
                sw_db_bind_text(st, 2, c->site->sensors[s].id);
                sw_db_bind_int(st, 3, t_us + MINUTE_US);
                sw_db_bind_textn(st, 4, json, len);
                must(sw_db_run(st, &err), &err);
            }
        must(sw_db_commit(db, &err), &err);
    }
    sw_db_finalize(st);
    sw_db_close(db);
    return rows;
}

/* ---- the gateway's part ---- */

static struct sw_clock site_clock;

static struct sw_core *make_core(const char *folder)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    struct sw_err err = {0};
    char path[BENCH_PATH_SIZE];
    bool is_new;

    if (!c)
        bench_give_up("out of memory");
    sw_clock_init_real(&site_clock);
    c->clock = &site_clock;
    c->site = make_site(folder);
    must(sw_loop_new(&c->loop, &err), &err);
    must(sw_engine_new(c->site, &c->engine, &err), &err);
    must(sw_doc_site_init(&c->doc, c->site, c->engine, "k3f7q2mz", false, &err), &err);
    snprintf(path, sizeof(path), "%s/key.ed25519", folder);
    must(sw_key_load(path, &c->key, &is_new, &err), &err);
    sw_key_public_text(c->key.public_key, c->public_key);
    c->sensors = calloc(SENSORS + 1, sizeof(*c->sensors));
    return c;
}

static void open_store(struct sw_core *c, const char *path)
{
    const char *ids[SENSORS];
    const struct sw_store_params p = {.path = path, .n_sensors = SENSORS, .sensor_ids = ids};
    struct sw_err err = {0};

    for (size_t i = 0; i < SENSORS; i++)
        ids[i] = c->site->sensors[i].id;
    must(sw_store_open(&p, &c->store, &err), &err);
}

static void free_core(struct sw_core *c)
{
    core_evidence_free(c);
    sw_store_close(c->store);
    sw_doc_site_done(&c->doc);
    sw_engine_free(c->engine);
    sw_loop_free(c->loop);
    sw_site_free((struct sw_site *) (uintptr_t) c->site);
    free(c->sensors);
    free(c);
}

struct asking {
    bool is_done;
    size_t len;
    char text[SW_DOCUMENT_MAX];
};

static void on_answer(void *ctx, struct core_evidence *e, const struct sw_err *err)
{
    struct asking *a = ctx;

    must(err ? (int) err->code : SW_OK, err);
    a->len = core_evidence_write(e->core, e, NULL, a->text, sizeof(a->text));
    a->is_done = true;
}

static double ask_ms(struct sw_core *c, int64_t at_us, int64_t window_us)
{
    static struct asking a;
    const struct sw_evidence_ask ask = {.id = "bench",
                                        .at_us = at_us,
                                        .window_us = window_us,
                                        .distance_m = -1,
                                        .wants_series = true,
                                        .wants_media = true,
                                        .wants_tickets = true,
                                        .wants_schedule = true,
                                        .wants_numbers = true,
                                        .category = -1,
                                        .with_zh = true,
                                        .with_en = true};
    const int64_t start_ns = bench_mono_ns();
    struct sw_err err = {0};

    a.is_done = false;
    must(core_evidence_ask(c, &ask, on_answer, &a, &err), &err);
    while (!a.is_done)
        must(sw_loop_turn(c->loop, -1, &err), &err);
    if (a.len == 0)
        bench_give_up("the answer does not fit its room");
    return (double) (bench_mono_ns() - start_ns) / BENCH_NS_PER_MS;
}

/* The same rows by SQLite alone. */
static double floor_ms(struct sw_db_stmt *st, int64_t at_us, int64_t window_us, size_t *ret_bytes)
{
    const int64_t start_ns = bench_mono_ns(), from_us = at_us - window_us / 2;
    struct sw_err err = {0};
    int rc;

    sw_db_bind_int(st, 1, from_us - from_us % MINUTE_US);
    sw_db_bind_int(st, 2, from_us - from_us % MINUTE_US + window_us);
    while ((rc = sw_db_step(st, &err)) == 1) {
        size_t len;

        (void) sw_db_text(st, 0, &len);
        *ret_bytes += len;
    }
    must(rc, &err);
    return (double) (bench_mono_ns() - start_ns) / BENCH_NS_PER_MS;
}

static void measure(struct sw_core *c, const char *path, int n_days, int n_asks, int64_t window_us, const char *name)
{
    struct bench_samples ours, bare;
    struct sw_db *db = NULL;
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    uint32_t seed = 7;
    size_t bytes = 0;

    must(sw_db_open(path, true, &db, &err), &err);
    must(sw_db_prepare(db, "SELECT body FROM window WHERE period = '1m' AND from_us >= ?1 AND from_us < ?2", &st, &err),
         &err);
    bench_samples_init(&ours, (size_t) n_asks);
    bench_samples_init(&bare, (size_t) n_asks);
    for (int i = 0; i < n_asks; i++) {
        const int64_t span_us = n_days * DAY_US - window_us;
        const int64_t at_us = FIRST_US + window_us / 2 + (int64_t) (next_random(&seed) / 16777216.0 * (double) span_us);

        /* in turns, each first as often as the other: who comes second finds the pages in memory */
        if (i % 2)
            bench_samples_add(&bare, floor_ms(st, at_us, window_us, &bytes));
        bench_samples_add(&ours, ask_ms(c, at_us, window_us));
        if (i % 2 == 0)
            bench_samples_add(&bare, floor_ms(st, at_us, window_us, &bytes));
    }
    printf("    %s: p50 %.2f, p99 %.2f ms (n = %d); SQLite alone: p50 %.2f, p99 %.2f ms (%.0f kB each); %.1f times\n",
           name, bench_percentile(&ours, 50), bench_percentile(&ours, 99), n_asks, bench_percentile(&bare, 50),
           bench_percentile(&bare, 99), (double) bytes / n_asks / 1000,
           bench_ratio(bench_percentile(&ours, 50), bench_percentile(&bare, 50)));
    bench_samples_done(&ours);
    bench_samples_done(&bare);
    sw_db_finalize(st);
    sw_db_close(db);
}

int main(int argc, char **argv)
{
    struct bench_env env;
    char path[BENCH_PATH_SIZE];
    const int n_days = days();
    const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = FIRST_US + n_days * DAY_US + GRACE_US};
    struct sw_core *c;
    struct stat st;
    int64_t start_ns, rows;

    bench_env_init(&env, argc, argv);
    c = make_core(env.work_dir);
    snprintf(path, sizeof(path), "%s/siteward.db", env.work_dir);
    open_store(c, path); /* the schema */
    c->store = sw_store_close(c->store);
    start_ns = bench_mono_ns();
    rows = write_year(c, path, n_days);
    if (stat(path, &st) < 0)
        bench_give_up("%s is gone", path);
    printf("evidence: %lld stored minutes of %d sensors, %d days, %.2f GB (made in %.0f s); goal p99 < 50 ms\n",
           (long long) rows, SENSORS, n_days, (double) st.st_size / 1e9,
           (double) (bench_mono_ns() - start_ns) / BENCH_NS_PER_S);
    open_store(c, path);
    struct sw_err err = {0};
    must(core_evidence_new(c, &err), &err);
    core_feed(c, &tick, NULL);
    measure(c, path, n_days, ASKS, 30 * MINUTE_US, "30 minutes");
    if (n_days > 1)
        measure(c, path, n_days, LONG_ASKS, DAY_US, "24 hours");
    free_core(c);
    return 0;
}
