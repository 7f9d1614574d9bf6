// SPDX-License-Identifier: Apache-2.0
/* Site files for the benchmarks. See site.h. */
#include "site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define START_MS 15000

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "we");

    if (f == NULL)
        bench_give_up("%s: %s", path, strerror(errno));
    return f;
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        bench_give_up("folder %s: %s", path, strerror(errno));
}

static void finish(FILE *f, const char *path)
{
    if (ferror(f) != 0 || fclose(f) != 0)
        bench_give_up("%s could not be written", path);
}

static void write_mixed(FILE *f)
{
    static const struct {
        const char *channel, *quantity, *scale;
    } values[] = {{"c-noise", "LAeq", "0.01"},      {"c-noise", "LAFmax", "0.01"},  {"c-noise", "LCpeak", "0.01"},
                  {"c-noise", "LAF", "0.01"},       {"c-dust", "PM10", "0.01"},     {"c-dust", "PM2.5", "0.01"},
                  {"c-dust", "TSP", "0.01"},        {"c-weather", "temp", "0.005"}, {"c-weather", "rh", "0.01"},
                  {"c-weather", "pressure", "0.15"}};
    const char *channel = "";

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(channel, values[i].channel) != 0)
            fprintf(f, "  %s:\n    values:\n", values[i].channel);
        fprintf(f, "      - {quantity: %s, function: input, register: %zu, type: u16, scale: %s, invalid: 0xFFFF}\n",
                values[i].quantity, i, values[i].scale);
        channel = values[i].channel;
    }
}

static void write_template(const char *path, const struct bench_site *site)
{
    FILE *f = create(path);

    fprintf(f,
            "version: 1\nid: bench\nmanufacturer: none\nmodel: benchmark\ndriver: registers\n"
            "source: \"invented for the benchmark: input registers, 0.01 a count\"\nsure: confirmed\n"
            "interval: %dms\nresponse_timeout: 300ms\nmax_gap: 0\nmax_block: 125\nchannels:\n",
            site->interval_ms);
    for (int i = 0; !site->is_mixed && i < site->n_channels; i++)
        fprintf(f,
                "  c%d:\n    values:\n"
                "      - {quantity: %s, function: input, register: %d, type: u16, scale: 0.01, invalid: 0xFFFF}\n",
                i, site->quantity, i);
    if (site->is_mixed)
        write_mixed(f);
    finish(f, path);
}

/* POSIX signs of Etc/GMT are the other way round: Etc/GMT-8 is UTC+8. */
static void noon_zone(char *buf, size_t cap)
{
    const time_t now = time(NULL);
    struct tm utc;
    int east_h;

    gmtime_r(&now, &utc);
    east_h = 12 - utc.tm_hour;
    if (east_h == 0)
        snprintf(buf, cap, "Etc/GMT");
    else
        snprintf(buf, cap, "Etc/GMT%+d", -east_h);
}

static void write_site(const char *path, const struct bench_env *env, const struct bench_site *site)
{
    char zone[32];
    FILE *f = create(path);

    noon_zone(zone, sizeof(zone));
    fprintf(f,
            "version: 1\nsite:\n  id: bench\n  area: \"310115\"\n  name: benchmark\n  timezone: %s\n"
            "  packs: [%s]\n  hotline: hotline-cn-12345\n"
            "gateway: {id: gw-bench, data: data, runtime: run}\nbuses:\n",
            zone, site->is_mixed ? "cn-gb12523-2025, cn-sh-db31-964-2016" : "{id: cn-gb12523-2025}");
    for (int i = 0; i < site->n_buses; i++)
        fprintf(f, "  box-%d: {kind: tcp, host: 127.0.0.1, port: %d}\n", i, site->modbus_port);
    fputs("devices:\n", f);
    for (int i = 0; i < site->n_devices; i++)
        fprintf(f, "  u%d: {template: bench, bus: box-%d, address: %d, place: boundary, interval: %dms}\n", i + 1,
                i % site->n_buses, i + 1, site->interval_ms);
    fputs("responsibility:\n  - {unit: benchmark, lead: true}\n", f);
    if (env->broker_port > 0)
        fprintf(f, "platform: {url: \"mqtt://127.0.0.1:%d\"}\n", env->broker_port);
    fprintf(f, "publish: {live_interval: %dms}\n", site->live_interval_ms);
    finish(f, path);
}

void bench_site_write(const struct bench_env *env, const char *name, const struct bench_site *site)
{
    char path[BENCH_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s", env->work_dir, name);
    make_folder(path);
    snprintf(path, sizeof(path), "%s/%s/templates", env->work_dir, name);
    make_folder(path);
    snprintf(path, sizeof(path), "%s/%s/templates/bench.yaml", env->work_dir, name);
    write_template(path, site);
    snprintf(path, sizeof(path), "%s/%s/site.yaml", env->work_dir, name);
    write_site(path, env, site);
}

void bench_site_start(const struct bench_env *env, const char *name, struct bench_child *daemon,
                      uint64_t (*asked)(const void *), const void *ctx)
{
    const int64_t until_ns = bench_mono_ns() + START_MS * BENCH_NS_PER_MS;
    const uint64_t before = asked != NULL ? asked(ctx) : 0;
    char program[BENCH_PATH_SIZE], config[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE];
    char option[] = "-c";
    char *const argv[] = {program, option, config, NULL};

    snprintf(program, sizeof(program), "%s/sitewardd", env->bin_dir);
    snprintf(config, sizeof(config), "%s/%s/site.yaml", env->work_dir, name);
    snprintf(log, sizeof(log), "%s/%s/log", env->work_dir, name);
    bench_child_start(daemon, "sitewardd", argv, log);
    while (asked != NULL && asked(ctx) == before) {
        bench_child_check(daemon);
        if (bench_mono_ns() > until_ns)
            bench_give_up("sitewardd has not asked its device for anything within %d s", START_MS / 1000);
        bench_sleep_ms(20);
    }
}

long bench_site_stored_bytes(const struct bench_env *env, const char *name)
{
    static const char *const suffixes[] = {"", "-wal"};
    char path[BENCH_PATH_SIZE];
    long bytes = 0;

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s/data/siteward.db%s", env->work_dir, name, suffixes[i]);
        if (stat(path, &st) == 0)
            bytes += (long) st.st_size;
    }
    return bytes;
}
