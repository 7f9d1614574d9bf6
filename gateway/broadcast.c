// SPDX-License-Identifier: Apache-2.0
/* broadcast/quiet-period/{id} of the area and host/{host}/status: who may write there is the broker's list, here a
 * document is taken, or counted and told once. A quiet period goes into the schedule, which keeps it: a silent broker
 * withdraws nothing, and one that was deleted after its end was tidied away. */
#include "gateway/broadcast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/jsonw.h"
#include "gateway/doors.h"
#include "gateway/hosts.h"
#include "gateway/schedule_change.h"
#include "gateway/schedule_merge.h"
#include "io/topic.h"

#define STATUS_LEAF "/status"

struct core_broadcast {
    char quiet_prefix[SW_TOPIC_SIZE], host_prefix[SW_TOPIC_SIZE];
    struct hosts hosts;
    uint64_t taken_total, withdrawn_total, ignored_total, ghosts_total;
    struct sw_complaint complaint, coming; /* of documents; of hosts that come and go */
};

static void ignore(struct core_broadcast *b, const struct sw_mqtt_incoming *m, const char *why)
{
    b->ignored_total++;
    sw_complain(&b->complaint, sw_mono_real_us(), SW_LOG_WARNING, "%.100s: not taken: %s", m->topic, why);
}

/* ---- quiet periods ---- */

/* What is known of it has ended: it stays in the schedule for questions about that time. */
static bool has_ended(const struct sw_core *c, const struct sw_quiet *q)
{
    int64_t from_us, to_us;

    return sw_quiet_times(q, &c->site->zone, &from_us, &to_us, NULL) >= 0 && to_us <= sw_engine_now_us(c->engine);
}

static void withdraw(struct sw_core *c, const struct sw_mqtt_incoming *m, const char *id)
{
    struct core_broadcast *b = c->broadcast;
    struct sw_quiet known;
    struct sw_err err = {0};

    if (!sw_layer_find_quiet(core_schedule_layer(c), id, &known) || has_ended(c, &known))
        return;
    if (core_schedule_unquiet(c, id, &err) < 0) {
        ignore(b, m, err.msg);
        return;
    }
    b->withdrawn_total++;
    sw_log(SW_LOG_NOTICE, "quiet period %s is withdrawn", id);
}

static bool same(const struct sw_quiet *a, const struct sw_quiet *b)
{
    return a->at_us == b->at_us && strcmp(a->dtstart, b->dtstart) == 0 && strcmp(a->duration, b->duration) == 0 &&
           strcmp(a->summary_zh, b->summary_zh) == 0 && strcmp(a->summary_en, b->summary_en) == 0;
}

/* @return SW_OK; SW_E_INVAL with a sentence, also when its time is not one that a gateway takes */
static int read_quiet(const struct sw_core *c, const struct sw_mqtt_incoming *m, const char *id, struct sw_quiet *ret,
                      struct sw_err *err)
{
    const int64_t now_us = sw_engine_now_us(c->engine);
    int64_t from_us, to_us;
    int rc = sw_quiet_read(m->payload, m->len, id, ret, err);

    if (rc >= 0)
        rc = sw_quiet_times(ret, &c->site->zone, &from_us, &to_us, err);
    if (rc >= 0 && from_us > now_us + SW_SCHEDULE_AHEAD_US)
        rc = sw_err_set(err, SW_E_INVAL, 0, "it begins in more than %d days",
                        (int) (SW_SCHEDULE_AHEAD_US / SW_US_PER_S / SW_S_PER_DAY));
    return rc;
}

static void take_quiet(struct sw_core *c, const struct sw_mqtt_incoming *m, const char *id)
{
    struct core_broadcast *b = c->broadcast;
    struct sw_quiet q, known;
    struct sw_err err = {0};
    const bool is_known = sw_layer_find_quiet(core_schedule_layer(c), id, &known);

    if (read_quiet(c, m, id, &q, &err) < 0) {
        ignore(b, m, err.msg);
        return;
    }
    if (is_known && same(&q, &known)) /* as with every subscription */
        return;
    if (has_ended(c, &q)) {
        if (is_known)
            withdraw(c, m, id);
        else
            ignore(b, m, "it has ended");
        return;
    }
    if (core_schedule_quiet(c, &q, &err) < 0) {
        ignore(b, m, err.msg);
        return;
    }
    b->taken_total++;
    sw_log(SW_LOG_NOTICE, "quiet period %s: %s from %s on", id, q.duration, q.dtstart);
}

/* ---- hosts ---- */

static void tell(struct core_broadcast *b, const struct host *h)
{
    sw_complain(&b->coming, sw_mono_real_us(), SW_LOG_NOTICE, "hotline platform %s is %s%s", h->id,
                h->said.is_online ? "online" : "offline",
                hosts_are_away(&b->hosts) ? "; tickets are kept and sent later" : "");
}

static void take_host(struct sw_core *c, const struct sw_mqtt_incoming *m, const char *id)
{
    struct core_broadcast *b = c->broadcast;
    struct sw_host_status said;
    struct sw_err err = {0};

    if (m->len == 0) {
        hosts_forget(&b->hosts, id);
        return;
    }
    if (sw_host_read(m->payload, m->len, &said, &err) < 0) {
        ignore(b, m, err.msg);
        return;
    }
    switch (hosts_take(&b->hosts, id, &said, sw_engine_now_us(c->engine))) {
    case HOSTS_SAME:
        break;
    case HOSTS_CHANGED:
        for (size_t i = 0; i < HOSTS_MAX; i++)
            if (strcmp(b->hosts.list[i].id, id) == 0)
                tell(b, &b->hosts.list[i]);
        break;
    case HOSTS_GHOST:
        b->ghosts_total++;
        break;
    case HOSTS_FULL:
        ignore(b, m, "more hosts than are kept");
        break;
    }
}

/* ---- what came ---- */

/* The one word of a topic between a prefix and a leaf. @return false: another topic */
static bool word_of(const char *topic, const char *prefix, const char *leaf, char *ret, size_t cap)
{
    const size_t before = strlen(prefix), after = strlen(leaf), len = strlen(topic);

    if (len < before + after || strncmp(topic, prefix, before) != 0 || strcmp(topic + len - after, leaf) != 0)
        return false;
    ret[0] = '\0'; /* longer than any id: none of the words that are taken */
    if (len - before - after < cap) {
        memcpy(ret, topic + before, len - before - after);
        ret[len - before - after] = '\0';
    }
    return true;
}

bool core_broadcast_message(struct sw_core *c, const struct sw_mqtt_incoming *m)
{
    struct core_broadcast *b = c->broadcast;
    char id[SW_ID_SIZE];
    const bool is_quiet = word_of(m->topic, b->quiet_prefix, "", id, sizeof(id));

    if (!is_quiet && !word_of(m->topic, b->host_prefix, STATUS_LEAF, id, sizeof(id)))
        return false;
    if (!sw_id_is_valid(id))
        ignore(b, m, "its last word is no id: a-z, 0-9 and - between them, up to 64");
    else if (m->is_too_large)
        ignore(b, m, "the document is too large");
    else if (!is_quiet)
        take_host(c, m, id);
    else if (m->len == 0)
        withdraw(c, m, id);
    else
        take_quiet(c, m, id);
    return true;
}

/* ---- start, end, and what is shown ---- */

int core_broadcast_new(struct sw_core *c, struct sw_err *err)
{
    const char *root = c->site->platform.root;
    struct core_broadcast *b = calloc(1, sizeof(*b));

    if (!b)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    c->broadcast = b;
    (void) snprintf(b->quiet_prefix, sizeof(b->quiet_prefix), "%s/1/%s/broadcast/quiet-period/", root, c->site->area);
    (void) snprintf(b->host_prefix, sizeof(b->host_prefix), "%s/1/host/", root);
    return SW_OK;
}

void core_broadcast_free(struct sw_core *c)
{
    free(c->broadcast);
    c->broadcast = NULL;
}

static void render_host(const struct sw_core *c, const struct host *h, struct sw_jsonw *w)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", h->id);
    sw_jsonw_str(w, "name", h->said.name);
    sw_jsonw_bool(w, "online", h->said.is_online);
    sw_jsonw_time(w, "since", &c->site->zone, h->since_us);
    sw_jsonw_str(w, "boot", h->said.boot);
    sw_jsonw_object_end(w);
}

void core_broadcast_render(const struct sw_core *c, struct sw_jsonw *w)
{
    const struct core_broadcast *b = c->broadcast;

    if (!b)
        return;
    sw_jsonw_array(w, "hosts");
    for (size_t i = 0; i < HOSTS_MAX; i++)
        if (b->hosts.list[i].id[0])
            render_host(c, &b->hosts.list[i], w);
    sw_jsonw_array_end(w);
    if (hosts_are_away(&b->hosts)) {
        sw_jsonw_object(w, "notice");
        sw_jsonw_str(w, "zh-CN", "热线平台离线,工单已保存,恢复后补发");
        sw_jsonw_str(w, "en", "hotline platform offline - tickets are kept and sent later");
        sw_jsonw_object_end(w);
    }
    sw_jsonw_object(w, "broadcast");
    sw_jsonw_uint(w, "taken", b->taken_total);
    sw_jsonw_uint(w, "withdrawn", b->withdrawn_total);
    sw_jsonw_uint(w, "ignored", b->ignored_total);
    sw_jsonw_uint(w, "ghosts", b->ghosts_total);
    sw_jsonw_object_end(w);
}
