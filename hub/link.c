// SPDX-License-Identifier: Apache-2.0
/* Connection, batches and their acknowledgement. How to wait between attempts is here too: doubled, with chance. */
#include "hub/link.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/worker.h"
#include "io/mqtt_sink.h"

#define WAIT_MIN_US SW_US_PER_S
#define WAIT_MAX_US (60 * SW_US_PER_S)
#define STEADY_US (30 * SW_US_PER_S)      /* stood so long: the next wait is short again */
#define ANSWER_US (20 * SW_US_PER_S)      /* for CONNACK and SUBACK */
#define BATCH_AGE_US (200 * SW_US_PER_MS) /* a message waits so long for others at most */
#define BATCH_IDLE_MS 20                  /* and so long when nothing follows */
#define BATCH_DENSE 8                     /* so many unacknowledged: the broker may be waiting for us */
#define CUTS_MAX 2 /* connections of version 5 that ended without an answer: the broker may not know it */
#define RECEIVE_MAXIMUM HUB_BATCH_MESSAGES
#define PASSWORD_SIZE 4096
#define STACK_BYTES (512 * 1024) /* name resolution and TLS */

struct hub_link {
    const struct sw_hub *conf;
    struct hub_ingest *in;
    struct sw_worker *worker;
    struct sw_clock clock;
    struct sw_mqtt_sink *sink;
    struct hub_batch *batch; /* being filled */
    int64_t batch_since_us;
    bool no_memory, was_asked;
    int64_t wait_us, tick_us, opened_us;
    unsigned cuts; /* connections of version 5 that ended without an answer, in a row */
    uint64_t chance;
    struct sw_complaint complaint;
    char host[256], filters[SW_HUB_AREAS_MAX][SW_AREA_SIZE + 80];
    int port;
    size_t n_filters;
    atomic_bool is_connecting, has_ended;
    pthread_mutex_t lock;
    struct hub_link_status status;
};

/* ---- what others may know ---- */

static void tell(struct hub_link *l, bool is_connected, bool is_subscribed, const char *why)
{
    pthread_mutex_lock(&l->lock);
    if (l->status.is_connected != is_connected)
        l->status.since_us = sw_mono_real_us();
    l->status.connects_total += is_connected && !l->status.is_connected;
    l->status.is_connected = is_connected;
    l->status.is_subscribed = is_subscribed;
    snprintf(l->status.why, sizeof(l->status.why), "%s", why);
    pthread_mutex_unlock(&l->lock);
}

void hub_link_status(struct hub_link *l, struct hub_link_status *ret)
{
    pthread_mutex_lock(&l->lock);
    *ret = l->status;
    pthread_mutex_unlock(&l->lock);
    ret->heartbeat_age_us = l->is_connecting ? 0 : sw_worker_age_us(l->worker);
}

/* ---- the batch ---- */

static void on_message(void *ctx, const struct sw_mqtt_sunk *m)
{
    struct hub_link *l = ctx;
    struct hub_came *came;

    if (!l->batch) {
        l->batch = calloc(1, sizeof(*l->batch));
        l->batch_since_us = sw_mono_real_us();
    }
    came = l->batch ? hub_came_new(m->topic, m->payload, m->len, m->retain, sw_clock_utc_us(&l->clock)) : NULL;
    if (!came) { /* it must not be acknowledged: the connection is given up, and it comes again */
        l->no_memory = true;
        return;
    }
    l->batch->came[l->batch->n++] = came;
    l->batch->bytes += m->len + sizeof(*came);
    l->batch->n_to_acknowledge += m->qos > 0;
}

static bool batch_is_full(const struct hub_link *l)
{
    return l->batch && (l->batch->n >= HUB_BATCH_MESSAGES || l->batch->bytes >= HUB_BATCH_BYTES);
}

static void drop_batch(struct hub_link *l)
{
    for (size_t i = 0; l->batch && i < l->batch->n; i++)
        free(l->batch->came[i]);
    free(l->batch);
    l->batch = NULL;
}

/* Nothing is read and nothing is sent meanwhile: an acknowledgement that waits must not go out with another's.
 * @return false: asked to stop */
static bool make_safe(struct hub_link *l, struct sw_worker *self)
{
    struct pollfd fds[] = {{.fd = hub_ingest_fd(l->in), .events = POLLIN},
                           {.fd = sw_worker_stop_fd(self), .events = POLLIN}};

    pthread_mutex_lock(&l->lock);
    l->status.messages_total += l->batch->n;
    pthread_mutex_unlock(&l->lock);
    hub_ingest_offer(l->in, l->batch);
    l->batch = NULL;
    while (!hub_ingest_is_safe(l->in)) {
        sw_worker_beat(self);
        poll(fds, SW_ARRAY_SIZE(fds), 1000);
        if (sw_worker_should_stop(self) && !hub_ingest_is_safe(l->in))
            return false;
    }
    return true;
}

/* ---- a connection ---- */

static int read_password(const char *file, char *buf, size_t cap, struct sw_err *err)
{
    FILE *f = fopen(file, "re");
    const int saved = errno;
    const bool has_line = f && fgets(buf, (int) cap, f);

    if (f)
        fclose(f);
    if (!has_line)
        return sw_err_set(err, SW_E_IO, saved, "password_file %s: %s", file, f ? "it is empty" : strerror(saved));
    buf[strcspn(buf, "\r\n")] = '\0';
    return SW_OK;
}

static const char *given(const char *text)
{
    return *text ? text : NULL;
}

static int open_sink(struct hub_link *l, struct sw_worker *self, struct sw_err *err)
{
    const struct sw_platform_conf *b = &l->conf->broker;
    char password[PASSWORD_SIZE] = "";
    struct sw_mqtt_sink_params p = {.host = l->host,
                                    .port = l->port,
                                    .is_tls = strncmp(b->url, "mqtts", 5) == 0,
                                    .version = l->status.version,
                                    .client_id = l->conf->id,
                                    .username = given(b->username),
                                    .ca_file = given(b->ca_file),
                                    .cert_file = given(b->cert_file),
                                    .key_file = given(b->key_file),
                                    .session_expiry_s = (uint32_t) l->conf->session_s,
                                    .receive_maximum = RECEIVE_MAXIMUM,
                                    .keep_alive_s = b->keep_alive_s};
    int rc = *b->password_file ? read_password(b->password_file, password, sizeof(password), err) : SW_OK;

    p.password = given(password);
    if (rc >= 0) {
        l->is_connecting = true;
        rc = sw_mqtt_sink_open(&p, on_message, l, &l->sink, err);
        sw_worker_beat(self);
        l->is_connecting = false;
    }
    explicit_bzero(password, sizeof(password));
    return rc;
}

static int subscribe(struct hub_link *l, struct sw_err *err)
{
    const char *list[SW_HUB_AREAS_MAX];

    for (size_t i = 0; i < l->n_filters; i++)
        list[i] = l->filters[i];
    l->was_asked = true;
    return sw_mqtt_sink_subscribe(l->sink, list, l->n_filters, err);
}

/* CONNACK, SUBACK, and what they say. */
static int look_at_state(struct hub_link *l, struct sw_err *err)
{
    struct sw_mqtt_sink_state st;

    sw_mqtt_sink_state(l->sink, &st);
    if (st.refused) {
        if (st.is_old_version && l->status.version == 5 && l->conf->broker.version == 0)
            l->cuts = CUTS_MAX; /* the other version next */
        return sw_err_set(err, SW_E_DENIED, st.refused, "it refuses us (reason %d)%s", st.refused,
                          st.is_connected ? ": no right to subscribe, see its access list" : "");
    }
    if (!st.is_subscribed && sw_mono_real_us() - l->opened_us > ANSWER_US)
        return sw_err_set(err, SW_E_TIMEOUT, 0, "it does not answer");
    if (!st.is_connected)
        return SW_OK;
    if (!l->status.is_connected) {
        tell(l, true, false, "");
        sw_complain_clear(&l->complaint, SW_LOG_NOTICE, "broker %s: connected", l->conf->broker.url);
        sw_log(SW_LOG_INFO, "broker %s: MQTT %s, %s", l->conf->broker.url, l->status.version == 5 ? "5" : "3.1.1",
               st.session_present ? "what came meanwhile was kept" : "a new session: what came meanwhile was not kept");
        l->cuts = 0;
    }
    if (!l->was_asked)
        return subscribe(l, err);
    if (st.is_subscribed && !l->status.is_subscribed)
        tell(l, true, true, "");
    return SW_OK;
}

/* Is it time to have the batch written? @param is_idle  nothing more came for a moment */
static bool is_due(const struct hub_link *l, bool is_idle)
{
    if (!l->batch || l->batch->n == 0)
        return false;
    return batch_is_full(l) || sw_mono_real_us() - l->batch_since_us >= BATCH_AGE_US ||
           (is_idle && l->batch->n_to_acknowledge > 0);
}

/* One turn. @return SW_OK go on; below zero the connection is over */
static int turn(struct hub_link *l, struct sw_worker *self, struct sw_err *err)
{
    const bool is_dense = l->batch && l->batch->n_to_acknowledge >= BATCH_DENSE;
    const bool may_write = !l->batch; /* with nothing that waits to be safe */
    struct pollfd fds[] = {{.fd = sw_mqtt_sink_fd(l->sink), .events = POLLIN},
                           {.fd = sw_worker_stop_fd(self), .events = POLLIN}};
    int rc = SW_OK, n;

    if (may_write && sw_mqtt_sink_wants_write(l->sink)) {
        rc = sw_mqtt_sink_acknowledge(l->sink, err);
        if (sw_mqtt_sink_wants_write(l->sink))
            fds[0].events |= POLLOUT;
    }
    if (rc < 0)
        return rc;
    n = poll(fds, SW_ARRAY_SIZE(fds), is_dense ? 0 : l->batch ? BATCH_IDLE_MS : 1000);
    if (n > 0 && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
        rc = sw_mqtt_sink_read(l->sink, err);
    if (rc >= 0 && l->no_memory)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    if (rc >= 0)
        rc = look_at_state(l, err);
    if (rc >= 0 && is_due(l, n == 0)) {
        if (!make_safe(l, self))
            return sw_err_set(err, SW_E_BUSY, 0, "asked to stop");
        rc = sw_mqtt_sink_acknowledge(l->sink, err);
    }
    if (rc >= 0 && sw_mono_real_us() - l->tick_us >= SW_US_PER_S) {
        l->tick_us = sw_mono_real_us();
        rc = sw_mqtt_sink_tick(l->sink, err);
    }
    return rc;
}

static void run_connection(struct hub_link *l, struct sw_worker *self, struct sw_err *err)
{
    int rc = SW_OK;

    l->was_asked = l->no_memory = false;
    l->opened_us = l->tick_us = sw_mono_real_us();
    while (rc >= 0 && !sw_worker_should_stop(self)) {
        sw_worker_beat(self);
        rc = turn(l, self, err);
    }
    if (rc >= 0 && !l->batch) /* with a batch its acknowledgements would go along */
        sw_mqtt_sink_farewell(l->sink, 1000);
    l->sink = sw_mqtt_sink_close(l->sink);
    drop_batch(l);
}

/* A broker that knows 3.1.1 only says so, or ends the connection without a word. A refused certificate looks the same,
 * so the older version is one attempt. */
static void choose_version(struct hub_link *l, bool was_cut)
{
    int version = l->status.version;

    if (l->conf->broker.version != 0 || l->status.is_connected)
        return;
    l->cuts += version == 5 && was_cut;
    if (version == 4)
        version = 5;
    else if (l->cuts >= CUTS_MAX)
        version = 4;
    if (version != l->status.version)
        l->cuts = 0;
    pthread_mutex_lock(&l->lock);
    l->status.version = version;
    pthread_mutex_unlock(&l->lock);
}

/* After a failure or a loss. */
static void wait_for_next(struct hub_link *l, struct sw_worker *self, int64_t stood_us, const struct sw_err *err)
{
    int64_t wait_us;

    choose_version(l, err->code == SW_E_IO && stood_us > 0);
    if (stood_us >= STEADY_US)
        l->wait_us = 0;
    l->wait_us = l->wait_us == 0 ? WAIT_MIN_US : SW_MIN(2 * l->wait_us, WAIT_MAX_US);
    l->chance ^= l->chance << 13; /* xorshift: nothing secret hangs on it */
    l->chance ^= l->chance >> 7;
    l->chance ^= l->chance << 17;
    wait_us = l->wait_us / 2 + (int64_t) (l->chance % (uint64_t) (l->wait_us / 2 + 1));
    sw_complain(&l->complaint, sw_mono_real_us(), SW_LOG_WARNING,
                "broker %s: %s; the broker keeps what comes meanwhile", l->conf->broker.url,
                err->msg[0] ? err->msg : "the connection is gone");
    tell(l, false, false, err->msg);
    sw_worker_sleep_until(self, sw_mono_real_us() + wait_us);
}

static void link_main(struct sw_worker *self, void *ctx)
{
    struct hub_link *l = ctx;

    while (!sw_worker_should_stop(self)) {
        struct sw_err err = {0};
        int64_t stood_us = 0;

        sw_worker_beat(self);
        if (!hub_ingest_is_safe(l->in)) { /* the batch of the connection before is still being written */
            sw_worker_sleep_until(self, sw_mono_real_us() + 100 * SW_US_PER_MS);
            continue;
        }
        if (open_sink(l, self, &err) >= 0) {
            run_connection(l, self, &err);
            stood_us = sw_mono_real_us() - l->opened_us;
        }
        if (!sw_worker_should_stop(self))
            wait_for_next(l, self, stood_us, &err);
    }
    tell(l, false, false, "stopped");
    l->has_ended = true;
}

/* ---- */

/* "mqtts://[::1]:8883"; the configuration was checked. */
static void split_url(struct hub_link *l)
{
    const char *at = strstr(l->conf->broker.url, "://") + 3;
    const bool has_bracket = *at == '[';
    const size_t len = has_bracket ? strcspn(at + 1, "]") : strcspn(at, ":/");
    const char *colon = strchr(at + len + (has_bracket ? 2 : 0), ':');

    snprintf(l->host, sizeof(l->host), "%.*s", (int) len, at + has_bracket);
    l->port = colon ? (int) strtol(colon + 1, NULL, 10) : strncmp(l->conf->broker.url, "mqtts", 5) == 0 ? 8883 : 1883;
}

static void make_filters(struct hub_link *l)
{
    const struct sw_hub *c = l->conf;

    for (size_t i = 0; i < c->n_areas; i++)
        snprintf(l->filters[l->n_filters++], sizeof(l->filters[0]), "%s/1/%s/#", c->broker.root, c->areas[i]);
    if (c->n_areas == 0)
        snprintf(l->filters[l->n_filters++], sizeof(l->filters[0]), "%s/1/#", c->broker.root);
}

int hub_link_start(const struct sw_hub *conf, struct hub_ingest *in, struct hub_link **ret, struct sw_err *err)
{
    struct hub_link *l = calloc(1, sizeof(*l));
    int rc;

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    l->conf = conf;
    l->in = in;
    l->chance = (uint64_t) sw_mono_real_us() | 1;
    l->status.version = conf->broker.version == 4 ? 4 : 5;
    sw_clock_init_real(&l->clock);
    pthread_mutex_init(&l->lock, NULL);
    split_url(l);
    make_filters(l);
    rc = sw_worker_start("hub-link", link_main, l, STACK_BYTES, &l->worker, err);
    if (rc < 0) {
        free(l);
        return rc;
    }
    *ret = l;
    return SW_OK;
}

bool hub_link_stop(struct hub_link *l, int64_t wait_us)
{
    const int64_t until_us = sw_mono_real_us() + wait_us;

    if (!l)
        return true;
    sw_worker_ask(l->worker);
    while (!l->has_ended && sw_mono_real_us() < until_us)
        poll(NULL, 0, 10);
    if (!l->has_ended)
        return false;
    sw_worker_stop(l->worker);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return true;
}
