// SPDX-License-Identifier: Apache-2.0
/* How long a hub takes to answer from its own store: 50 sites with 3 sensors each and 30 days of minutes, questions
 * about half an hour at random sites and times.
 *
 * usage: bench_answer [DAYS [QUESTIONS]]     prints figures, asserts nothing about time */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "hub/evidence.h"
#include "io/document.h"

#define SITES 50
#define SENSORS 3
#define FIRST_US 1772400000000000LL
#define MINUTE_US (60 * SW_US_PER_S)
#define BATCH 4000

static struct sw_zone zone;

static void must(int rc, const struct sw_err *err)
{
    if (rc < 0) {
        fprintf(stderr, "bench_answer: %s\n", err->msg);
        exit(1);
    }
}

static void put(struct hub_store *store, const char *topic, const char *text, struct sw_err *err)
{
    struct hub_document d = {0};
    enum hub_put put;

    must(hub_place_read("siteward", topic, &d.place, err), err);
    must(hub_document_read(&d, text, strlen(text), err), err);
    must(hub_store_put(store, &d, false, FIRST_US, &put, err), err);
    hub_document_done(&d);
}

static void put_minute(struct hub_store *store, int site, int sensor, int64_t minute, struct sw_err *err)
{
    static char text[2048];
    char from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE], topic[128];
    const double level = 45 + (double) ((minute * 7 + site * 13 + sensor * 3) % 200) / 10;

    sw_time_format(&zone, FIRST_US + minute * MINUTE_US, from);
    sw_time_format(&zone, FIRST_US + (minute + 1) * MINUTE_US, to);
    snprintf(topic, sizeof(topic), "siteward/1/310115/site-%d/sensor/gate-%d-noise/agg/1m", site, sensor);
    snprintf(
        text, sizeof(text),
        "{\"schema\":\"siteward.agg/1.0\",\"ts\":\"%s\",\"id\":\"gate-%d-noise:1m:%s\",\"gw\":\"gw-%d\",\"epoch\":"
        "\"e1\",\"seq\":%" PRId64 ",\"quantity\":\"LAeq\",\"from\":\"%s\",\"to\":\"%s\",\"period\":\"1m\","
        "\"historical\":false,\"values\":{\"LAeq\":%.2f,\"LAmax\":%.2f,\"LAmin\":%.2f,\"LA10\":%.2f,\"LA50\":%.2f,"
        "\"LA90\":%.2f},\"unit\":\"dBA\",\"estimate\":[],\"n\":60,\"expected\":60,\"valid_ratio\":1.0,"
        "\"excluded\":{\"weather\":0,\"overload\":0,\"calibration\":0,\"fault\":0,\"missing\":0},\"limit\":{\"LAeq\":"
        "55.00,\"LAmax\":70.00,\"rules\":[\"cn-gb12523-2025/leq-night\"]},\"q\":\"good\",\"flag\":\"N\",\"weather\":"
        "{\"wind_ms\":2.1,\"rain\":false},\"judged\":[{\"rule\":\"cn-gb12523-2025/leq-night\",\"statistic\":"
        "\"LAeq,20min\",\"period\":\"night\",\"n\":60,\"over\":0,\"worst\":%.2f,\"limit\":55.00,\"from\":\"%s\","
        "\"to\":\"%s\"}],\"work_detected\":true,\"time_quality\":\"synced\"}",
        to, sensor, from, site, minute * SENSORS + sensor + 1, from, to, level, level + 8, level - 6, level + 3,
        level - 1, level - 4, level, from, to);
    put(store, topic, text, err);
}

static void fill(const char *path, int64_t minutes)
{
    const struct hub_store_params p = {.path = path,
                                       .keep_minutes_us = INT64_MAX / 4,
                                       .keep_windows_us = INT64_MAX / 4,
                                       .keep_records_us = INT64_MAX / 4};
    struct hub_store *store = NULL;
    struct sw_err err = {0};
    int64_t n = 0;

    must(hub_store_open(&p, &store, &err), &err);
    must(hub_store_begin(store, &err), &err);
    for (int64_t minute = 0; minute < minutes; minute++)
        for (int site = 0; site < SITES; site++)
            for (int sensor = 0; sensor < SENSORS; sensor++) {
                put_minute(store, site, sensor, minute, &err);
                if (++n % BATCH == 0) {
                    must(hub_store_commit(store, &err), &err);
                    must(hub_store_begin(store, &err), &err);
                }
            }
    must(hub_store_commit(store, &err), &err);
    hub_store_close(store);
}

static int64_t ask_one(struct hub_reader *r, int64_t minutes, char *buf)
{
    const struct sw_evidence_ask ask = {.at_us = FIRST_US + (31 + rand() % (minutes - 62)) * MINUTE_US,
                                        .window_us = 30 * MINUTE_US,
                                        .distance_m = -1,
                                        .category = -1,
                                        .wants_series = true,
                                        .wants_numbers = true,
                                        .wants_schedule = true,
                                        .wants_tickets = true,
                                        .wants_media = true,
                                        .with_zh = true,
                                        .with_en = true};
    struct hub_evidence_site site = {.id = 1 + rand() % SITES, .site = "site", .name = "site", .zone = zone};
    const int64_t begin_us = sw_mono_real_us();
    struct sw_err err = {0};
    size_t len;

    must(hub_evidence(r, &site, &ask, FIRST_US + minutes * MINUTE_US, buf, SW_DOCUMENT_MAX, &len, &err), &err);
    if (!strstr(buf, "\"verdict\":\"within\""))
        fprintf(stderr, "bench_answer: an answer without a verdict: %.300s\n", buf);
    return sw_mono_real_us() - begin_us;
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const int64_t minutes = 1440 * (argc > 1 ? atoi(argv[1]) : 30);
    const size_t n = argc > 2 ? (size_t) atoi(argv[2]) : 1000;
    char folder[] = "/tmp/bench-answer-XXXXXX", path[64], command[64];
    static char buf[SW_DOCUMENT_MAX];
    struct hub_reader *r = NULL;
    struct sw_err err = {0};
    int64_t *us = calloc(n + 1, sizeof(*us)), begin_us;

    zone = (struct sw_zone){.name = "+08:00", .n = 1, .span = {{INT64_MIN, 8 * 3600}}};
    if (minutes < 100 || !us || !mkdtemp(folder))
        return 1;
    snprintf(path, sizeof(path), "%s/hub.db", folder);
    begin_us = sw_mono_real_us();
    fill(path, minutes);
    printf("filled: %" PRId64 " windows in %.1f s\n", minutes * SITES * SENSORS,
           (double) (sw_mono_real_us() - begin_us) / SW_US_PER_S);
    must(hub_reader_open(path, &r, &err), &err);
    srand(1);
    for (size_t i = 0; i < n; i++)
        us[i] = ask_one(r, minutes, buf);
    qsort(us, n, sizeof(*us), compare);
    printf("answers from the store: %zu, p50 %.1f ms, p99 %.1f ms, worst %.1f ms\n", n, (double) us[n / 2] / 1000,
           (double) us[n * 99 / 100] / 1000, (double) us[n - 1] / 1000);
    hub_reader_close(r);
    free(us);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}
