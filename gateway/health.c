// SPDX-License-Identifier: Apache-2.0
/* Looks at clock, disk, memory, temperature, outbox and lines, and tells. What is not known is told as such. */
#include "gateway/health.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "gateway/core.h"
#include "gateway/uplinks.h"
#include "gateway/web.h"
#include "io/topic.h"

#define THERMAL_ZONE "/sys/class/thermal/thermal_zone0/temp" /* the processor's, on all boards of the list */

static void look_at_clock(const struct sw_core *c, struct sw_doc_health *v)
{
    struct timex kernel = {0};
    int state;

    v->is_synced = -1;
    v->offset_ms = (double) NAN;
    if (c->clock->simulated)
        return;
    state = ntp_adjtime(&kernel);
    if (state < 0)
        return;
    v->is_synced = state != TIME_ERROR && !(kernel.status & STA_UNSYNC);
    if (v->is_synced && (kernel.status & STA_PLL)) /* else nobody estimates it */
        v->offset_ms = (double) kernel.offset / (kernel.status & STA_NANO ? 1e6 : 1e3);
}

static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t) st.st_size : 0;
}

static void look_at_disk(const struct sw_core *c, struct sw_doc_health *v)
{
    struct statvfs fs;
    char path[SW_PATH_SIZE + 32], log[SW_PATH_SIZE + 40];

    v->disk_free_bytes = statvfs(c->site->data_dir, &fs) == 0 ? (int64_t) fs.f_bavail * (int64_t) fs.f_frsize : -1;
    snprintf(path, sizeof(path), "%s/siteward.db", c->site->data_dir);
    snprintf(log, sizeof(log), "%s-wal", path);
    v->db_bytes = size_of(path) + size_of(log);
}

/* The second number of /proc/self/statm: pages in memory. */
static int64_t memory_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long long all, resident = -1;

    if (!f || fscanf(f, "%lld %lld", &all, &resident) != 2)
        resident = -1;
    if (f)
        fclose(f);
    return resident < 0 ? -1 : (int64_t) resident * sysconf(_SC_PAGESIZE);
}

static double cpu_temp_c(void)
{
    FILE *f = fopen(THERMAL_ZONE, "re");
    long milli = 0;
    bool is_good = f && fscanf(f, "%ld", &milli) == 1 && milli > -60000 && milli < 200000;

    if (f)
        fclose(f);
    return is_good ? (double) milli / 1000 : (double) NAN;
}

static void look_at_outbox(struct sw_core *c, struct sw_doc_health *v)
{
    struct sw_store_status st;

    sw_store_status(c->store, &st);
    for (size_t i = 0; i < SW_LANE__COUNT; i++)
        v->outbox_pending += st.outbox_pending[i];
    v->outbox_bytes = st.outbox_bytes;
    for (size_t i = 0; i < st.n_destinations; i++)
        v->outbox_given_up += sw_store_given_up(c->store, i);
    v->outbox_oldest_s = 0;
    if (st.outbox_oldest_us != INT64_MIN)
        v->outbox_oldest_s = SW_MAX((v->ts_us - st.outbox_oldest_us) / SW_US_PER_S, (int64_t) 0);
}

static size_t look_at_buses(const struct sw_core *c, struct sw_doc_health_bus *bus)
{
    size_t n = 0;

    for (size_t i = 0; c->buses && i < c->site->n_buses && n < SW_BUSES_MAX; i++) {
        struct sw_bus_stats stats = {0};

        if (c->buses[i].worker)
            sw_bus_worker_stats(c->buses[i].worker, &stats);
        bus[n++] = (struct sw_doc_health_bus){c->site->buses[i].id, stats.polls_total, stats.errors_total};
    }
    return n;
}

void core_health_publish(struct sw_core *c)
{
    struct sw_doc_health_bus bus[SW_BUSES_MAX];
    struct sw_doc_health v = {.ts_us = sw_engine_now_us(c->engine), .bus = bus};
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!core_has_uplink(c) || v.ts_us == INT64_MIN)
        return;
    c->health_due_us = v.ts_us + CORE_HEALTH_EVERY_US;
    v.uptime_s = SW_MAX((v.ts_us - c->since_us) / SW_US_PER_S, (int64_t) 0);
    look_at_clock(c, &v);
    look_at_disk(c, &v);
    look_at_outbox(c, &v);
    v.memory_bytes = memory_bytes();
    v.cpu_temp_c = cpu_temp_c();
    if (getloadavg(&v.load_1m, 1) != 1)
        v.load_1m = (double) NAN;
    v.console_why = core_web_why(c);
    v.n_buses = look_at_buses(c, bus);
    len = sw_doc_health(&c->doc.site, &v, c->doc_buf, sizeof(c->doc_buf));
    if (len > 0 && sw_topic_gateway(c->site->gateway_id, "health", topic, sizeof(topic)))
        core_post_brief(c, topic, CORE_HEALTH_EXPIRY_S, c->doc_buf, len);
}

void core_health_tick(struct sw_core *c)
{
    const int64_t now_us = sw_engine_now_us(c->engine);

    /* a clock that was set back must not silence it */
    if (now_us >= c->health_due_us || c->health_due_us - now_us > 2 * CORE_HEALTH_EVERY_US)
        core_health_publish(c);
}
