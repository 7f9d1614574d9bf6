// SPDX-License-Identifier: Apache-2.0
/* The engine alone: one day of 1 Hz readings from memory through sw_engine_step, no files, no documents.
 * bench_engine SITE_FILE   (the sensors of the site; levels follow the hour, the first is loud at night)
 * bench_engine BIN_DIR WORK_DIR PORT   (of run.sh: two packs, then one rule by the length of its window) */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "bench.h"
#include "config/faults.h"
#include "config/site.h"
#include "gateway/engine.h"

#define DAY_S 86400
#define START_US 1772380800000000LL /* 2026-03-02T00:00:00+08:00 */
#define RUNS 3

struct counts {
    uint64_t effects[SW_EFFECT__COUNT];
};

static double level(size_t sensor, int second, uint32_t *seed)
{
    const int hour = second / 3600;
    const double base = sensor == 0 && hour >= 23 ? 62.0 : hour >= 6 && hour < 22 ? 60.0 : 48.0;

    *seed = *seed * 1664525U + 1013904223U;
    return base + (double) (*seed >> 8 & 0x3FF) / 100.0 - 5.0; /* ± 5 */
}

static void feed(struct sw_engine *engine, const struct sw_input *in, struct sw_effect *fx, struct counts *c)
{
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL) {
        const size_t n = sw_engine_step(engine, next, fx, SW_EFFECTS_MIN, &more);

        for (size_t i = 0; i < n; i++)
            c->effects[fx[i].kind]++;
    }
}

static uint64_t run_day(const struct sw_site *site, struct counts *c)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    struct sw_engine *engine = NULL;
    struct sw_err err = {0};
    uint32_t seed = 1;
    uint64_t n = 0;

    if (sw_engine_new(site, &engine, &err) < 0)
        bench_give_up("engine: %s", err.msg);
    for (int s = 0; s < DAY_S; s++)
        for (size_t k = 0; k < site->n_sensors; k++, n++) {
            const int64_t t_us = START_US + s * 1000000LL;
            const struct sw_input in = {.kind = SW_INPUT_READING,
                                        .t_us = t_us,
                                        .reading = {.t_utc_us = t_us,
                                                    .value = level(k, s, &seed),
                                                    .sensor = (uint16_t) k,
                                                    .quantity = (uint8_t) site->sensors[k].level,
                                                    .flag = 'N'}};

            feed(engine, &in, fx, c);
        }
    sw_engine_free(engine);
    return n;
}

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* Best of some runs over a day; the site is read from a file. */
static double weigh(const char *file, struct counts *c, size_t *ret_sensors, uint64_t *ret_n)
{
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};
    double best_s = 1e9;

    if (sw_site_read(file, NULL, &faults, &site, &err) < 0) {
        sw_faults_print(&faults, stderr);
        bench_give_up("%s", err.msg);
    }
    sw_faults_done(&faults);
    for (int i = 0; i < RUNS; i++) {
        const double start_s = cpu_s();

        *c = (struct counts){0};
        *ret_n = run_day(site, c);
        best_s = cpu_s() - start_s < best_s ? cpu_s() - start_s : best_s;
    }
    *ret_sensors = site->n_sensors;
    sw_site_free(site);
    return best_s;
}

static void show(const char *file)
{
    struct counts c;
    size_t sensors;
    uint64_t n;
    const double best_s = weigh(file, &c, &sensors, &n);

    printf("    engine alone, %zu sensors: %llu readings in %.3f s CPU (best of %d), %.0f readings/s\n", sensors,
           (unsigned long long) n, best_s, RUNS, (double) n / best_s);
    printf("      effects: %llu windows, %llu states, %llu tickets, %llu ticket events\n",
           (unsigned long long) c.effects[SW_EFFECT_WINDOW], (unsigned long long) c.effects[SW_EFFECT_STATE],
           (unsigned long long) c.effects[SW_EFFECT_TICKET], (unsigned long long) c.effects[SW_EFFECT_TICKET_EVENT]);
}

/* ---- sites and packs of our own ---- */

#define SENSORS 4

static FILE *create(const char *folder, const char *name)
{
    char path[BENCH_PATH_SIZE];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "we");
    if (!f)
        bench_give_up("%s cannot be written", path);
    return f;
}

static void write_site(const char *folder, const char *name, const char *packs, int n_dust)
{
    FILE *f = create(folder, name);

    fprintf(f,
            "version: 1\nsite: {id: bench, area: \"310115\", timezone: Asia/Shanghai, packs: [%s], "
            "hotline: hotline-cn-12345}\ngateway: {id: gw-bench, data: data, runtime: run}\nsensors:\n",
            packs);
    for (int i = 0; i < SENSORS; i++)
        fprintf(f, "  meter-%d: {quantity: LAeq, interval: 1s, place: boundary}\n", i);
    for (int i = 0; i < n_dust; i++)
        fprintf(f, "  dust-%d: {quantity: TSP, interval: 1s, place: boundary}\n", i);
    fprintf(f, "responsibility: [{unit: bench, lead: true}]\n");
    fclose(f);
}

/* One rule over a sliding window of this length, with a limit that is crossed now and then. */
static void write_pack(const char *folder, const char *length)
{
    char name[64];
    FILE *f;

    snprintf(name, sizeof(name), "packs/bench-%s.yaml", length);
    f = create(folder, name);
    fprintf(f,
            "id: bench-%s\nversion: \"1\"\ntitle: {en: bench, zh-CN: bench}\ncapture_min: 0.75\n"
            "forecast: {horizon: 10m, threshold: 0.45, confirm: 30s, clear: 10m, budget_max: 60m}\nrules:\n  leq:\n"
            "    {kind: noise, statistic: leq, window: %s, mode: sliding, limit: 60.0, unit: dBA, resolution: 0.1,\n"
            "     recover: {below: 1.0, for: 5m}, continuation: 0s, source: the benchmark, sure: confirmed}\n",
            length, length);
    fclose(f);
}

static void weigh_lengths(const char *folder)
{
    static const char *const lengths[] = {"5m", "15m", "20m", "30m", "1h", "3h", "5h", "10h", "12h", "24h"};
    char path[BENCH_PATH_SIZE], site[64], pack[64];
    double first_ns = 0;

    printf("    one sliding rule, %d sensors, by the length of its window:\n", SENSORS);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct counts c;
        size_t sensors;
        uint64_t n;

        write_pack(folder, lengths[i]);
        snprintf(site, sizeof(site), "%s.yaml", lengths[i]);
        snprintf(pack, sizeof(pack), "bench-%s", lengths[i]);
        write_site(folder, site, pack, 0);
        snprintf(path, sizeof(path), "%s/%s", folder, site);
        const double ns = weigh(path, &c, &sensors, &n) * 1e9 / (double) n;
        if (i == 0)
            first_ns = ns;
        printf("      %4s: %6.1f ns a reading, %.2f of that of 5 min\n", lengths[i], ns, bench_ratio(ns, first_ns));
    }
}

int main(int argc, char **argv)
{
    struct bench_env env;
    char path[BENCH_PATH_SIZE];

    if (argc == 2) {
        show(argv[1]);
        return 0;
    }
    bench_env_init(&env, argc, argv);
    printf("engine: a day of 1 Hz readings from memory, packs cn-gb12523-2025 and cn-sh-db31-964-2016\n");
    write_site(env.work_dir, "two-packs.yaml", "cn-gb12523-2025, cn-sh-db31-964-2016", SENSORS);
    snprintf(path, sizeof(path), "%s/two-packs.yaml", env.work_dir);
    show(path);
    snprintf(path, sizeof(path), "%s/packs", env.work_dir);
    if (mkdir(path, 0700) < 0)
        bench_give_up("%s cannot be made", path);
    weigh_lengths(env.work_dir);
    return 0;
}
