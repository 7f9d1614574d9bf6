// SPDX-License-Identifier: Apache-2.0
/* Uplinks to the platform and its mirrors: made of the configuration, told of in log and alerts. */
#include "gateway/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "config/text.h"
#include "gateway/alerts.h"
#include "gateway/doors.h"
#include "gateway/uplinks.h"
#include "io/topic.h"

#define AWAY_US (600 * SW_US_PER_S)   /* a broker that is only not there */
#define REFUSED_US (60 * SW_US_PER_S) /* one that does not take us, or that we do not take: no waiting mends that */

/** One receiver. */
struct core_link {
    struct sw_core *core;
    struct sw_uplink *uplink;
    struct sw_source *source;
    size_t destination;
    char id[SW_ID_SIZE], url[256];
};

struct core_links {
    size_t n;
    struct core_link link[SW_STORE_DESTINATIONS_MAX];
};

_Static_assert(SW_MIRRORS_MAX + 1 <= SW_STORE_DESTINATIONS_MAX, "each has a place in the outbox");

size_t core_platform_ids(const struct sw_core *c, const char *ids[SW_STORE_DESTINATIONS_MAX])
{
    const struct sw_site *s = c->site;
    size_t n = 0;

    if (!s->platform.is_set)
        return 0;
    ids[n++] = SW_PLATFORM_ID;
    for (size_t i = 0; i < s->n_mirrors; i++)
        ids[n++] = s->mirrors[i].id;
    return n;
}

/* The status document, on the uplink's thread: it looks only at what does not change while the program runs. */
static size_t render_status(void *ctx, const char *state, char *buf, size_t cap)
{
    const struct sw_core *c = ctx;
    bool is_will = strcmp(state, "lost") == 0; /* nobody knows now when that will be */

    return sw_doc_status(&c->doc.site, state, c->boot, c->since_us, is_will ? INT64_MIN : sw_clock_utc_us(c->clock),
                         buf, cap);
}

static void on_uplink(void *ctx, int fd, uint32_t events)
{
    struct core_link *l = ctx;
    struct sw_core *c = l->core;
    struct sw_uplink_event event;

    (void) fd;
    (void) events;
    while (sw_mailbox_take(sw_uplink_events(l->uplink), &event, 1)) {
        const bool is_up = event.kind == SW_UPLINK_CONNECTED;

        if (is_up && l->destination == 0)
            core_neighbours_connected(c);
        if (is_up)
            core_publish_state_to(c, l->uplink);
        if (l->destination == 0)
            sw_log(SW_LOG_NOTICE, "hotline platform %s: %s", l->url,
                   is_up ? "connected" : "connection lost; tickets are kept and sent later");
        else
            sw_log(SW_LOG_NOTICE, "mirror %s (%s): %s", l->id, l->url, is_up ? "connected" : "connection lost");
    }
}

/* "mqtts://host:8883" in the words of the library. */
static void broker_uri(const char *url, char *buf, size_t cap)
{
    static const struct {
        const char *ours, *theirs;
    } schemes[] = {{"mqtts://", "ssl://"}, {"mqtt://", "tcp://"}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(schemes); i++)
        if (strncmp(url, schemes[i].ours, strlen(schemes[i].ours)) == 0) {
            snprintf(buf, cap, "%s%s", schemes[i].theirs, url + strlen(schemes[i].ours));
            return;
        }
    snprintf(buf, cap, "%s", url); /* ws, wss */
}

static const char *given(const char *text)
{
    return *text ? text : NULL;
}

static int start_one(struct sw_core *c, const struct sw_platform_conf *conf, struct sw_uplink **ret, struct sw_err *err)
{
    struct core_link *l = &c->links->link[c->links->n];
    char prefix[SW_TOPIC_SIZE], status[SW_TOPIC_SIZE], uri[320];
    struct sw_uplink_params p = {.uri = uri,
                                 .client_id = c->site->gateway_id,
                                 .version = conf->version,
                                 .username = given(conf->username),
                                 .password_file = given(conf->password_file),
                                 .ca_file = given(conf->ca_file),
                                 .cert_file = given(conf->cert_file),
                                 .key_file = given(conf->key_file),
                                 .proxy = given(conf->proxy),
                                 .prefix = prefix,
                                 .status_topic = status,
                                 .render_status = render_status,
                                 .render_ctx = c,
                                 .keep_alive_s = conf->keep_alive_s,
                                 .destination = c->links->n,
                                 .backfill_rate = (uint32_t) c->site->backfill_rate};
    int rc;

    *l = (struct core_link){.core = c, .destination = c->links->n};
    memcpy(l->id, conf->id, sizeof(l->id));
    memcpy(l->url, conf->url, sizeof(l->url));
    if (l->destination == 0) /* a mirror gives no orders */
        p.filters = core_doors_filters(c, &p.n_filters);
    broker_uri(conf->url, uri, sizeof(uri));
    sw_topic_prefix(conf->root, c->site->area, c->site->id, prefix, sizeof(prefix));
    sw_topic_gateway(c->site->gateway_id, "status", status, sizeof(status));
    rc = sw_uplink_start(&p, c->store, &l->uplink, err);
    if (rc < 0)
        return rc;
    *ret = l->uplink;
    c->links->n++;
    return sw_loop_add_io(c->loop, sw_mailbox_fd(sw_uplink_events(l->uplink)), EPOLLIN, on_uplink, l, &l->source, err);
}

int core_platform_start(struct sw_core *c, struct sw_err *err)
{
    const struct sw_site *s = c->site;
    int rc;

    if (!s->platform.is_set)
        return SW_OK;
    c->links = calloc(1, sizeof(*c->links));
    if (!c->links)
        return sw_err_set(err, SW_E_NOMEM, 0, "platform: out of memory");
    rc = start_one(c, &s->platform, &c->uplink, err);
    for (size_t i = 0; rc >= 0 && i < s->n_mirrors; i++) {
        rc = start_one(c, &s->mirrors[i], &c->mirrors[i], err);
        if (c->mirrors[i])
            c->n_mirrors = i + 1;
    }
    return rc;
}

void core_platform_stop(struct sw_core *c)
{
    for (size_t i = 0; c->links && i < c->links->n; i++) {
        sw_source_free(c->links->link[i].source);
        sw_uplink_stop(c->links->link[i].uplink);
    }
    free(c->links);
    c->links = NULL;
    c->uplink = NULL;
    memset(c->mirrors, 0, sizeof(c->mirrors));
    c->n_mirrors = 0;
}

/* ---- alerts ---- */

/* One cause, one notice: while another client has our id, that is why the platform is away. */
struct core_platform_state core_platform_judge(const struct sw_uplink_status *st, int64_t real_us)
{
    const int64_t patience_us =
        st->cause == SW_UPLINK_UNREACHABLE || st->cause == SW_UPLINK_FINE ? AWAY_US : REFUSED_US;
    struct core_platform_state ret = {.is_taken_over = st->is_taken_over};

    ret.is_away = !st->is_taken_over && !st->is_connected && real_us - st->since_us >= patience_us;
    return ret;
}

static void tell(struct sw_core *c, enum sw_alert_code code, const struct core_link *l, const char *why, bool is_active)
{
    struct sw_alert a = {.code = code, .is_active = is_active};

    snprintf(a.subject, sizeof(a.subject), "link/%s", l->id);
    snprintf(a.name, sizeof(a.name), "%s", l->id);
    snprintf(a.detail, sizeof(a.detail), "%.*s", sw_text_clip(why, sizeof(a.detail) - 1), why);
    core_alert(c, &a);
}

void core_platform_look(struct sw_core *c, int64_t real_us)
{
    for (size_t i = 0; c->links && i < c->links->n; i++) {
        const struct core_link *l = &c->links->link[i];
        struct core_platform_state state;
        struct sw_uplink_status st;

        sw_uplink_status(l->uplink, &st);
        state = core_platform_judge(&st, real_us);
        tell(c, SW_ALERT_TAKEN_OVER, l, st.why, state.is_taken_over);
        tell(c, SW_ALERT_PLATFORM, l, st.why, state.is_away);
    }
}
