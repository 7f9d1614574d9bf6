// SPDX-License-Identifier: Apache-2.0
/* The core loop: wires engine, store, uplink, buses and HTTP together and turns what comes in into inputs of the
 * engine. It decides nothing about noise or tickets, and never blocks. */
#include "gateway/core.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "common/ident.h"
#include "gateway/alerts.h"
#include "gateway/broadcast.h"
#include "gateway/console.h"
#include "gateway/console_session.h"
#include "gateway/doors.h"
#include "gateway/evidence.h"
#include "gateway/health.h"
#include "gateway/outputs.h"
#include "gateway/platform.h"
#include "gateway/reload.h"
#include "gateway/requests.h"
#include "gateway/service.h"
#include "gateway/snapshot.h"
#include "gateway/uplinks.h"
#include "gateway/web.h"
#include "io/topic.h"

#define SIM_FRESH_US 30e6 /* real time, as the store's own: an outage is no longer because the clock runs faster */
#define HEART_MAX_US (30 * SW_US_PER_S) /* a worker that is silent for longer is not healthy */
#define CORE_PAUSE_US 2000              /* between two pieces of time that the engine follows */
#define STORE_STOP_US (5 * SW_US_PER_S)

void core_feed(struct sw_core *c, const struct sw_input *in, bool *ret_late)
{
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL) {
        size_t n = sw_engine_step(c->engine, next, c->fx, CORE_FX_MAX, &more);

        for (size_t i = 0; i < n; i++)
            core_publish(c, &c->fx[i]);
    }
    if (ret_late)
        *ret_late = sw_engine_was_late(c->engine);
}

enum core_clock core_look_at_clock(int64_t engine_us, int64_t now_us)
{
    if (engine_us == INT64_MIN || (now_us <= engine_us + CORE_PIECE_US && now_us >= engine_us - CORE_STEP_BACK_US))
        return CORE_CLOCK_NEAR;
    return now_us > engine_us && now_us <= engine_us + CORE_STEP_AHEAD_US ? CORE_CLOCK_AHEAD : CORE_CLOCK_LOST;
}

static enum core_clock look_at_clock(const struct sw_core *c, int64_t now_us)
{
    enum core_clock seen = core_look_at_clock(sw_engine_now_us(c->engine), now_us);

    /* An invented clock does not step; at a high speed it may run away. */
    return seen == CORE_CLOCK_LOST && c->clock->simulated ? CORE_CLOCK_AHEAD : seen;
}

/* @return how many were taken */
static size_t take_readings(struct sw_core *c)
{
    int64_t now_us = sw_clock_utc_us(c->clock);
    size_t n;

    if (look_at_clock(c, now_us) != CORE_CLOCK_NEAR) /* the tick deals with it first */
        return 0;
    n = sw_mailbox_take(c->readings, c->batch, CORE_BATCH_MAX);
    core_hold_uplinks(c);
    for (size_t i = 0; i < n; i++) {
        const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = now_us, .reading = c->batch[i]};

        core_feed(c, &in, &c->batch_late[i]);
        core_outputs_reading(c, &c->batch[i]);
    }
    core_release_uplinks(c);
    if (n > 0) {
        core_notary_clock(c);
        sw_store_put_readings(c->store, c->batch, n, sw_engine_now_us(c->engine), c->batch_late);
    }
    core_outputs_act(c);
    core_end_turn(c);
    return n;
}

static void on_readings(void *ctx, int fd, uint32_t events)
{
    struct sw_core *c = ctx;

    (void) fd;
    (void) events;
    /* While the store is behind, samples wait in the mailbox and are dropped and counted there, not here. The next tick
     * looks again: a full mailbox would wake this loop without a pause. */
    if (sw_store_is_pressed(c->store))
        sw_io_set_enabled(c->readings_source, false);
    else
        take_readings(c);
}

/* The next whole domain second, in real time. */
static void arm_tick(struct sw_core *c)
{
    int64_t utc_us = sw_clock_utc_us(c->clock);
    int64_t rest_us = SW_US_PER_S - utc_us % SW_US_PER_S;

    sw_timer_arm(c->tick_source, sw_mono_real_us() + sw_clock_real_interval_us(c->clock, rest_us), 1000, NULL);
}

static bool hearts_beat(const struct sw_core *c)
{
    struct sw_store_status store;

    sw_store_status(c->store, &store);
    if (store.heartbeat_age_us > HEART_MAX_US || core_uplinks_heartbeat_age_us(c) > HEART_MAX_US)
        return false;
    return core_buses_beat(c, HEART_MAX_US);
}

static void on_tick(void *ctx, int64_t due_us)
{
    struct sw_core *c = ctx;
    struct sw_input in = {.kind = SW_INPUT_TICK, .t_us = sw_clock_utc_us(c->clock)};
    int64_t into_second_us = in.t_us % SW_US_PER_S;
    enum core_clock seen = look_at_clock(c, in.t_us);

    (void) due_us;
    if (seen == CORE_CLOCK_LOST) {
        c->is_clock_lost = true;
        sw_loop_exit(c->loop, 0);
        return;
    }
    if (seen == CORE_CLOCK_AHEAD)
        in.t_us = sw_engine_now_us(c->engine) + CORE_PIECE_US;
    else if (into_second_us < SW_US_PER_MS) /* a reading of this millisecond would belong before the second's tick */
        in.t_us += SW_US_PER_MS - into_second_us;
    if (seen == CORE_CLOCK_NEAR || !sw_store_is_pressed(c->store))
        core_feed(c, &in, NULL);
    core_outputs_act(c);
    core_alerts_look(c, sw_mono_real_us());
    core_notary_tick(c);
    core_neighbours_tick(c);
    core_health_tick(c);
    core_tell_gaps(c);
    core_end_turn(c);
    if (!sw_store_is_pressed(c->store))
        sw_io_set_enabled(c->readings_source, true);
    if (hearts_beat(c))
        sw_notify("WATCHDOG=1");
    core_service_tell(c);
    if (seen == CORE_CLOCK_AHEAD) /* at once, but let the store have its turn */
        sw_timer_arm(c->tick_source, sw_mono_real_us() + CORE_PAUSE_US, 1000, NULL);
    else
        arm_tick(c);
}

static void on_signal(void *ctx, int signo)
{
    struct sw_core *c = ctx;

    if (signo == SIGHUP) { /* would end the program: a reload must never stop the measuring */
        sw_log(SW_LOG_NOTICE, "reading configuration and schedule again");
        core_config_reload(c);
        core_schedule_again(c);
        core_end_turn(c);
        return;
    }
    sw_log(SW_LOG_NOTICE, "%s: stopping", signo == SIGINT ? "interrupted" : "asked to stop");
    sw_loop_exit(c->loop, 0);
}

static int open_store(struct sw_core *c, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32], topic[SW_TOPIC_SIZE], gap_topic[SW_TOPIC_SIZE];
    const char *ids[SW_SENSORS_MAX], *receivers[SW_STORE_DESTINATIONS_MAX];
    struct sw_store_params p = {
        .path = path,
        .n_sensors = c->site->n_sensors,
        .sensor_ids = ids,
        .commit_interval_us = c->site->store_commit_ms * SW_US_PER_MS,
        .is_simulated = c->clock->simulated,
        .max_bytes = c->site->store_max_bytes,
        .keep_days = c->site->store_keep_readings_days,
        .keep_minutes_days = c->site->store_keep_minutes_days,
        .key = &c->key,
        .render_checkpoint = core_notary_render,
        .render_ctx = c,
        .checkpoint_topic = topic,
        .render_gap = core_render_gap,
        .gap_topic = gap_topic,
        .outbox_max_bytes = c->site->outbox_max_bytes,
        .fresh_us = c->clock->simulated ? (int64_t) (SIM_FRESH_US * c->clock->speed) : 0,
        .gateway = c->site->gateway_id,
        .zone = &c->site->zone,
    };
    int rc;

    if (mkdir(c->site->data_dir, 0750) < 0 && errno != EEXIST)
        return sw_err_set(err, SW_E_IO, errno, "data folder %s cannot be made: %s; gateway.data names it",
                          c->site->data_dir, strerror(errno));
    rc = core_notary_open(c, err);
    if (rc < 0)
        return rc;
    snprintf(path, sizeof(path), "%s/siteward.db", c->site->data_dir);
    sw_topic_gateway(c->site->gateway_id, "checkpoint", topic, sizeof(topic));
    sw_topic_gateway(c->site->gateway_id, "gap", gap_topic, sizeof(gap_topic));
    for (size_t i = 0; i < c->site->n_sensors; i++)
        ids[i] = c->site->sensors[i].id;
    p.n_destinations = core_platform_ids(c, receivers);
    p.destination_ids = p.n_destinations ? receivers : NULL;
    return sw_store_open(&p, &c->store, err);
}

static int add_sources(struct sw_core *c, struct sw_err *err)
{
    int rc = sw_loop_add_signal(c->loop, SIGTERM, on_signal, c, &c->sigterm_source, err);

    if (rc >= 0)
        rc = sw_loop_add_signal(c->loop, SIGINT, on_signal, c, &c->sigint_source, err);
    if (rc >= 0)
        rc = sw_loop_add_signal(c->loop, SIGHUP, on_signal, c, &c->sighup_source, err);
    if (rc >= 0)
        rc = sw_mailbox_new(CORE_READINGS_MAX, 0, sizeof(struct sw_reading), &c->readings, err);
    if (rc >= 0)
        rc = sw_loop_add_io(c->loop, sw_mailbox_fd(c->readings), EPOLLIN, on_readings, c, &c->readings_source, err);
    if (rc >= 0)
        rc = sw_loop_add_timer(c->loop, on_tick, c, &c->tick_source, err);
    return rc;
}

/* Everything in the order in which it needs each other. Signals are blocked before the first thread starts. */
static int start(struct sw_core *c, struct sw_config_seen *seen, struct sw_err *err)
{
    int rc = sw_loop_new(&c->loop, err);

    if (rc >= 0)
        rc = add_sources(c, err);
    if (rc >= 0)
        rc = sw_engine_new(c->site, &c->engine, err);
    if (rc >= 0)
        rc = open_store(c, err);
    if (rc >= 0)
        rc = sw_doc_site_init(&c->doc, c->site, c->engine, sw_store_facts(c->store)->epoch, c->clock->simulated, err);
    if (rc >= 0)
        rc = core_schedule_new(c, err);
    if (rc >= 0) {
        c->doc.site.public_key = c->public_key;
        core_keep_run(c);
        core_notary_start(c);
        rc = core_restore(c, err);
    }
    if (rc >= 0)
        core_notary_checkpoint(c);
    if (rc >= 0)
        rc = core_config_new(c, seen, err);
    if (rc >= 0)
        rc = core_alerts_new(c, err);
    if (rc >= 0)
        rc = core_neighbours_new(c, err);
    if (rc >= 0)
        rc = core_snapshots_new(c, err);
    if (rc >= 0)
        rc = core_evidence_new(c, err);
    if (rc >= 0)
        rc = core_requests_new(c, err);
    if (rc >= 0)
        rc = core_broadcast_new(c, err);
    if (rc >= 0)
        rc = core_doors_new(c, err);
    if (rc >= 0)
        rc = core_session_new(c, core_web_is_wanted(c), err);
    if (rc >= 0)
        rc = core_console_new(c, err);
    if (rc >= 0)
        rc = core_web_start(c, err);
    if (rc >= 0)
        rc = core_platform_start(c, err);
    if (rc >= 0)
        rc = core_doors_listen(c, err);
    if (rc >= 0)
        rc = core_buses_new(c, err);
    if (rc >= 0)
        rc = core_inputs_new(c, err);
    if (rc >= 0)
        rc = core_outputs_new(c, err);
    return rc < 0 ? rc : core_schedule_start(c, err);
}

int sw_core_new(const struct sw_core_params *p, struct sw_core **ret, struct sw_err *err)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    int rc;

    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "core: out of memory");
    c->site = p->site;
    c->clock = p->clock;
    c->config_file = p->config_file;
    c->since_us = sw_clock_utc_us(c->clock);
    c->since_us -= c->since_us % SW_US_PER_MS; /* as the engine counts */
    c->sensors = calloc(c->site->n_sensors + 1, sizeof(*c->sensors));
    c->buses = calloc(c->site->n_buses + 1, sizeof(*c->buses));
    sw_boot_id(c->since_us, c->boot);
    rc = c->sensors && c->buses ? start(c, p->seen, err) : sw_err_set(err, SW_E_NOMEM, 0, "core: out of memory");
    if (rc < 0) {
        sw_core_free(c);
        return rc;
    }
    *ret = c;
    return SW_OK;
}

int sw_core_run(struct sw_core *c, struct sw_err *err)
{
    int code = 0, rc;

    on_tick(c, 0);
    sw_notify("READY=1");
    sw_log(SW_LOG_NOTICE, "site %s: %zu sensor%s on %zu bus%s, %s", c->site->id, c->site->n_sensors,
           c->site->n_sensors == 1 ? "" : "s", c->site->n_buses, c->site->n_buses == 1 ? "" : "es",
           c->clock->simulated ? "SIMULATED clock" : "real clock");
    rc = sw_loop_run(c->loop, &code, err);
    sw_notify("STOPPING=1");
    if (rc >= 0 && c->is_clock_lost)
        return sw_err_set(err, SW_E_IO, 0,
                          "the clock was set back, or ahead by days: start again, so that the present is measured; see "
                          "that time synchronisation works");
    return rc < 0 ? rc : code;
}

struct sw_core *sw_core_free(struct sw_core *c)
{
    if (!c)
        return NULL;
    core_outputs_stop(c);
    core_outputs_free(c);
    core_buses_free(c);
    core_inputs_free(c);
    while (c->readings && c->store && take_readings(c) > 0)
        ; /* what the buses still delivered: nobody adds to it any more */
    core_snapshots_stop(c);
    core_evidence_free(c);
    core_doors_close(c);
    core_requests_free(c);
    core_broadcast_free(c);
    if (c->is_restored) {
        core_keep_all(c);
        core_notary_checkpoint(c);
        sw_store_set_time(c->store, sw_engine_now_us(c->engine), true);
    }
    if (c->store)
        sw_store_sync(c->store, STORE_STOP_US, NULL);
    core_notary_last_words(c);
    core_snapshots_free(c);
    core_platform_stop(c);
    core_doors_free(c);
    core_session_free(c);
    core_web_free(c);
    core_console_free(c);
    sw_store_close(c->store);
    core_notary_wipe(c);
    sw_doc_site_done(&c->doc);
    core_config_free(c);
    core_neighbours_free(c);
    core_alerts_free(c);
    sw_engine_free(c->engine);
    core_schedule_free(c);
    sw_source_free(c->tick_source);
    sw_source_free(c->readings_source);
    sw_source_free(c->sigterm_source);
    sw_source_free(c->sigint_source);
    sw_source_free(c->sighup_source);
    sw_mailbox_free(c->readings);
    sw_loop_free(c->loop);
    free(c->buses);
    free(c->sensors);
    free(c);
    return NULL;
}
