// SPDX-License-Identifier: Apache-2.0
/* Wires the hub's parts together and watches that they live. */
#include "hub/hub.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"

#define HEART_MAX_US (30 * SW_US_PER_S)
#define LINK_STOP_US (3 * SW_US_PER_S)

static void on_signal(void *ctx, int signo)
{
    struct hub *h = ctx;

    if (signo == SIGHUP) {
        sw_log(SW_LOG_NOTICE, "the configuration is read at the next start");
        return;
    }
    sw_log(SW_LOG_NOTICE, "%s: stopping", signo == SIGINT ? "interrupted" : "asked to stop");
    sw_loop_exit(h->loop, 0);
}

static void on_tick(void *ctx, int64_t due_us)
{
    struct hub *h = ctx;
    struct hub_ingest_stats in;
    struct hub_link_status link;

    hub_ingest_stats(h->ingest, &in);
    hub_link_status(h->link, &link);
    if (in.heartbeat_age_us < HEART_MAX_US && link.heartbeat_age_us < HEART_MAX_US)
        sw_notify("WATCHDOG=1");
    sw_timer_arm(h->tick, due_us + SW_US_PER_S, 10 * SW_US_PER_MS, NULL);
}

static int start_parts(struct hub *h, hub_tap_fn tap, void *tap_ctx, struct sw_err *err)
{
    const struct sw_hub *c = h->conf;
    const struct hub_ingest_params p = {.store = {.path = h->db_path,
                                                  .keep_minutes_us = c->keep_minutes_s * SW_US_PER_S,
                                                  .keep_windows_us = c->keep_windows_s * SW_US_PER_S,
                                                  .keep_records_us = c->keep_records_s * SW_US_PER_S,
                                                  .max_bytes = c->max_bytes},
                                        .root = c->broker.root,
                                        .live = h->live,
                                        .tap = tap,
                                        .tap_ctx = tap_ctx};
    int rc = hub_ingest_start(&p, &h->ingest, err);

    return rc < 0 ? rc : hub_link_start(c, h->ingest, &h->link, err);
}

/* Signals first: threads that start later inherit that they are blocked. */
static int start_all(struct hub *h, hub_tap_fn tap, void *tap_ctx, struct sw_err *err)
{
    int rc = sw_loop_new(&h->loop, err);

    if (rc >= 0)
        rc = sw_loop_add_signal(h->loop, SIGTERM, on_signal, h, &h->term, err);
    if (rc >= 0)
        rc = sw_loop_add_signal(h->loop, SIGINT, on_signal, h, &h->interrupt, err);
    if (rc >= 0)
        rc = sw_loop_add_signal(h->loop, SIGHUP, on_signal, h, &h->hup, err);
    if (rc >= 0)
        rc = sw_loop_add_timer(h->loop, on_tick, h, &h->tick, err);
    if (rc >= 0)
        rc = start_parts(h, tap, tap_ctx, err);
    return rc < 0 ? rc : sw_timer_arm(h->tick, sw_mono_real_us(), 0, err);
}

int hub_new(const struct sw_hub *conf, hub_tap_fn tap, void *tap_ctx, struct hub **ret, struct sw_err *err)
{
    struct hub *h = calloc(1, sizeof(*h));
    int rc;

    if (!h)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    h->conf = conf;
    snprintf(h->db_path, sizeof(h->db_path), "%s/hub.db", conf->data_dir);
    h->live = hub_live_new();
    if (mkdir(conf->data_dir, 0750) < 0 && errno != EEXIST)
        rc = sw_err_set(err, SW_E_IO, errno, "data folder %s cannot be made: %s; hub.data names it", conf->data_dir,
                        strerror(errno));
    else
        rc = h->live ? start_all(h, tap, tap_ctx, err) : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    if (rc < 0) {
        hub_free(h);
        return rc;
    }
    *ret = h;
    return SW_OK;
}

int hub_run(struct hub *h, struct sw_err *err)
{
    int code = 0, rc;

    sw_notify("READY=1");
    sw_log(SW_LOG_NOTICE, "hub %s: store %s, broker %s", h->conf->id, h->db_path, h->conf->broker.url);
    rc = sw_loop_run(h->loop, &code, err);
    sw_notify("STOPPING=1");
    return rc;
}

bool hub_free(struct hub *h)
{
    struct hub_ingest_stats in;
    bool has_ended;

    if (!h)
        return true;
    has_ended = hub_link_stop(h->link, LINK_STOP_US); /* before the store: what it holds is made safe */
    if (h->ingest) {
        hub_ingest_stats(h->ingest, &in);
        sw_log(SW_LOG_INFO, "%llu messages: %llu kept, %llu repeated, %llu refused, %llu commits",
               (unsigned long long) in.received_total, (unsigned long long) in.new_total,
               (unsigned long long) in.repeated_total, (unsigned long long) in.refused_total,
               (unsigned long long) in.commits_total);
    }
    if (!has_ended) /* a thread still has the rest; without the link nothing is written any more */
        return false;
    hub_ingest_stop(h->ingest);
    hub_live_free(h->live);
    sw_source_free(h->tick);
    sw_source_free(h->term);
    sw_source_free(h->interrupt);
    sw_source_free(h->hup);
    sw_loop_free(h->loop);
    free(h);
    return true;
}
