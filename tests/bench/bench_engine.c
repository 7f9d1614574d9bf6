// SPDX-License-Identifier: Apache-2.0
/* The engine alone: one day of 1 Hz readings from memory through sw_engine_step, no files, no documents.
 * bench_engine SITE_FILE   (the sensors of the site; levels follow the hour, the first is loud at night) */
#include <stdio.h>
#include <stdlib.h>
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

int main(int argc, char **argv)
{
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};
    struct counts c = {0};
    double best_s = 1e9;
    uint64_t n = 0;

    if (argc != 2)
        bench_give_up("bench_engine wants a site file");
    if (sw_site_read(argv[1], NULL, &faults, &site, &err) < 0) {
        sw_faults_print(&faults, stderr);
        bench_give_up("%s", err.msg);
    }
    sw_faults_done(&faults);
    for (int i = 0; i < RUNS; i++) {
        const double start_s = cpu_s();

        c = (struct counts){0};
        n = run_day(site, &c);
        best_s = cpu_s() - start_s < best_s ? cpu_s() - start_s : best_s;
    }
    printf("    engine alone, %zu sensors: %llu readings in %.3f s CPU (best of %d), %.0f readings/s\n",
           site->n_sensors, (unsigned long long) n, best_s, RUNS, (double) n / best_s);
    printf("      effects: %llu windows, %llu states, %llu tickets, %llu ticket events\n",
           (unsigned long long) c.effects[SW_EFFECT_WINDOW], (unsigned long long) c.effects[SW_EFFECT_STATE],
           (unsigned long long) c.effects[SW_EFFECT_TICKET], (unsigned long long) c.effects[SW_EFFECT_TICKET_EVENT]);
    sw_site_free(site);
    return 0;
}
