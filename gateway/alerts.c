// SPDX-License-Identifier: Apache-2.0
/* The list of alerts that hold now: at the broker, on pages, in the store. What the engine finds out (water on a dust
 * sensor) comes as its effect; lines, devices and the store are looked at in alerts_look.c; inputs, cameras and outputs
 * tell of themselves. */
#include "gateway/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "gateway/core.h"
#include "gateway/uplinks.h"
#include "io/topic.h"

#define STATE_SENSOR "gateway" /* the row of the store's states that keeps the list; "alerts" is no rule */
#define STATE_NAME "alerts"

struct core_alerts {
    size_t n;
    struct sw_alert list[CORE_ALERTS_MAX];
    size_t n_stale; /* topics that may still be retained at the broker from before */
    char stale[CORE_ALERTS_MAX][SW_TOPIC_SIZE];
    struct core_watch *watch;
    bool is_unkept;  /* the store does not know the list as it is */
    int64_t kept_us; /* real time */
};

size_t core_alerts_count(const struct sw_core *c)
{
    return c->alerts ? c->alerts->n : 0;
}

const struct sw_alert *core_alerts_at(const struct sw_core *c, size_t i)
{
    return i < core_alerts_count(c) ? &c->alerts->list[i] : NULL;
}

/* ---- at the broker ---- */

static bool topic_of(const struct sw_core *c, const struct sw_alert *a, char *topic, size_t cap)
{
    char leaf[SW_ID_SIZE + 32] = "alert/";
    const size_t head = strlen(leaf);

    return sw_alert_topic_leaf(a, leaf + head, sizeof(leaf) - head) > 0 &&
           sw_topic_gateway(c->site->gateway_id, leaf, topic, cap) > 0;
}

static void post(struct sw_core *c, const struct sw_alert *a)
{
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!core_is_heard(c) || !topic_of(c, a, topic, sizeof(topic)))
        return;
    if (!a->is_active) {
        core_post_state(c, topic, "", 0);
        return;
    }
    len = sw_doc_alert(&c->doc.site, a, sw_clock_utc_us(c->clock), c->doc_buf, sizeof(c->doc_buf));
    if (len > 0)
        core_post_state(c, topic, c->doc_buf, len);
}

static bool is_listed(const struct sw_core *c, const char *wanted)
{
    char topic[SW_TOPIC_SIZE];

    for (size_t i = 0; i < c->alerts->n; i++)
        if (topic_of(c, &c->alerts->list[i], topic, sizeof(topic)) && strcmp(topic, wanted) == 0)
            return true;
    return false;
}

/* A solved one whose deletion the broker may not have got: said again at each new session of this run. */
static void note_stale(struct sw_core *c, const struct sw_alert *a)
{
    struct core_alerts *l = c->alerts;
    char topic[SW_TOPIC_SIZE];

    if (!topic_of(c, a, topic, sizeof(topic)))
        return;
    for (size_t i = 0; i < l->n_stale; i++)
        if (strcmp(l->stale[i], topic) == 0)
            return;
    if (l->n_stale == CORE_ALERTS_MAX) { /* the oldest was said most often */
        memmove(l->stale[0], l->stale[1], (CORE_ALERTS_MAX - 1) * sizeof(l->stale[0]));
        l->n_stale--;
    }
    memcpy(l->stale[l->n_stale++], topic, sizeof(topic));
}

void core_alerts_publish(struct sw_core *c)
{
    struct core_alerts *l = c->alerts;

    if (!l || !core_has_uplink(c))
        return;
    for (size_t i = 0; i < l->n_stale; i++)
        if (!is_listed(c, l->stale[i]))
            core_post_state(c, l->stale[i], "", 0);
    for (size_t i = 0; i < l->n; i++)
        post(c, &l->list[i]);
}

/* ---- pages ---- */

static size_t render(struct sw_core *c, const struct sw_alert *a, char *buf, size_t cap)
{
    return sw_doc_alert(&c->doc.site, a, a->since_us, buf, cap);
}

void core_alerts_write(struct sw_core *c, struct sw_jsonw *w)
{
    char doc[CORE_ALERT_DOCUMENT_MAX];
    const size_t n = core_alerts_count(c);

    sw_jsonw_array(w, "alerts");
    for (size_t i = 0; i < n && i < CORE_ALERTS_SHOWN_MAX; i++) {
        const size_t len = render(c, core_alerts_at(c, i), doc, sizeof(doc));

        if (len > 0)
            sw_jsonw_raw(w, NULL, doc, len);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_uint(w, "alerts_total", n);
}

void core_page_alerts(struct sw_core *c, struct sw_http_response *res)
{
    char doc[CORE_ALERT_DOCUMENT_MAX];
    bool any = false;

    sw_http_write(res, "{\"alerts\":[", 11);
    for (size_t i = 0; i < core_alerts_count(c); i++) {
        const size_t len = render(c, core_alerts_at(c, i), doc, sizeof(doc));

        if (any && len > 0)
            sw_http_write(res, ",", 1);
        sw_http_write(res, doc, len);
        any |= len > 0;
    }
    sw_http_write(res, "]}", 2);
}

/* ---- kept ---- */

/* One a line: code, subject, since, name, detail between tabs. Topics that may be stale: a lonely code "-". */
static size_t append(char *buf, size_t cap, size_t at, const char *text)
{
    for (; *text && at + 1 < cap; text++)
        buf[at++] = (unsigned char) *text < 0x20 ? ' ' : *text;
    return at;
}

static size_t write_list(const struct core_alerts *l, char *buf, size_t cap)
{
    size_t at = 0;
    char since[24];

    for (size_t i = 0; i < l->n; i++) {
        const struct sw_alert *a = &l->list[i];
        const char *const parts[] = {sw_alert_code_name(a->code), a->subject, since, a->name, a->detail};

        snprintf(since, sizeof(since), "%lld", (long long) a->since_us);
        for (size_t k = 0; k < SW_ARRAY_SIZE(parts); k++) {
            at = append(buf, cap, at, parts[k]);
            if (at + 1 < cap)
                buf[at++] = k + 1 < SW_ARRAY_SIZE(parts) ? '\t' : '\n';
        }
    }
    for (size_t i = 0; i < l->n_stale; i++) {
        at = append(buf, cap, at, "-");
        if (at + 1 < cap)
            buf[at++] = '\t';
        at = append(buf, cap, at, l->stale[i]);
        if (at + 1 < cap)
            buf[at++] = '\n';
    }
    return at;
}

void core_alerts_keep(struct sw_core *c)
{
    size_t len;

    if (!c->alerts || !c->alerts->is_unkept)
        return;
    len = write_list(c->alerts, c->doc_buf, sizeof(c->doc_buf));
    if (sw_store_put_state(c->store, STATE_SENSOR, STATE_NAME, c->doc_buf, len) < 0)
        return; /* the store is behind: the next second tries again */
    c->alerts->is_unkept = false;
    c->alerts->kept_us = sw_mono_real_us();
    c->wants_commit = true;
}

/* At once, but not once for each of a hundred devices that fall silent together. */
static void keep_list(struct sw_core *c)
{
    c->alerts->is_unkept = true;
    if (sw_mono_real_us() - c->alerts->kept_us >= SW_US_PER_S / 2)
        core_alerts_keep(c);
}

/* The next part of a line, cut to its room; *p stands behind its tab or at the end of the line. */
static void take_part(const char **p, const char *end, char *buf, size_t cap)
{
    size_t n = 0;

    for (; *p < end && **p != '\t' && **p != '\n'; (*p)++)
        if (n + 1 < cap)
            buf[n++] = **p;
    buf[n] = '\0';
    if (*p < end && **p == '\t')
        (*p)++;
}

static bool is_receiver(const struct sw_site *s, const char *id)
{
    if (s->platform.is_set && strcmp(s->platform.id, id) == 0)
        return true;
    for (size_t i = 0; i < s->n_mirrors; i++)
        if (strcmp(s->mirrors[i].id, id) == 0)
            return true;
    return false;
}

static const char *name_of_subject(const struct sw_site *s, const char *subject)
{
    const char *id = strchr(subject, '/');

    id = id ? id + 1 : subject;
    if (strncmp(subject, "link/", 5) == 0) /* the platform, or a mirror */
        return is_receiver(s, id) ? id : NULL;
    for (size_t i = 0; i < s->n_buses; i++)
        if (strncmp(subject, "bus/", 4) == 0 && strcmp(s->buses[i].id, id) == 0)
            return id;
    for (size_t i = 0; i < s->n_devices; i++)
        if (strcmp(s->devices[i].id, id) == 0)
            return s->devices[i].name;
    for (size_t i = 0; i < s->n_sensors; i++)
        if (strcmp(s->sensors[i].id, id) == 0)
            return s->sensors[i].name;
    for (size_t i = 0; i < s->n_outputs; i++)
        if (strcmp(s->outputs[i].id, id) == 0)
            return s->outputs[i].name;
    for (size_t i = 0; i < s->n_cameras; i++)
        if (strcmp(s->cameras[i].id, id) == 0)
            return id;
    return strcmp(s->gateway_id, id) == 0 ? s->gateway_name : NULL;
}

/* One that held when the last run ended goes on holding until its cause is looked at; of what the site no longer has
 * nobody ever will, so that one is deleted. */
static void take_line(struct sw_core *c, const char *p, const char *end)
{
    struct core_alerts *l = c->alerts;
    struct sw_alert a = {.is_active = true};
    char code[16], since[24];
    int found;

    take_part(&p, end, code, sizeof(code));
    if (strcmp(code, "-") == 0) {
        if (l->n_stale < CORE_ALERTS_MAX)
            take_part(&p, end, l->stale[l->n_stale++], SW_TOPIC_SIZE);
        return;
    }
    take_part(&p, end, a.subject, sizeof(a.subject));
    take_part(&p, end, since, sizeof(since));
    take_part(&p, end, a.name, sizeof(a.name));
    take_part(&p, end, a.detail, sizeof(a.detail));
    found = sw_alert_from_name(code);
    if (found < 0 || l->n == CORE_ALERTS_MAX)
        return;
    a.code = (enum sw_alert_code) found;
    a.since_us = strtoll(since, NULL, 10);
    if (name_of_subject(c->site, a.subject))
        l->list[l->n++] = a;
    else
        note_stale(c, &a);
}

static int take_kept(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    const char *p = body, *all = p + len;

    if (strcmp(sensor, STATE_SENSOR) != 0 || strcmp(rule, STATE_NAME) != 0)
        return SW_OK;
    while (p < all) {
        const char *nl = memchr(p, '\n', (size_t) (all - p));
        const char *end = nl ? nl : all;

        take_line(ctx, p, end);
        p = end + 1;
    }
    return SW_OK;
}

/* ---- raised and solved ---- */

static struct sw_alert *find(struct core_alerts *l, enum sw_alert_code code, const char *subject)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].code == code && strcmp(l->list[i].subject, subject) == 0)
            return &l->list[i];
    return NULL;
}

static void log_it(const struct sw_alert *a)
{
    char text[SW_ALERT_TEXT_SIZE];

    sw_alert_text(a, "en", text, sizeof(text));
    if (a->is_active)
        sw_log(SW_LOG_WARNING, "%s %s%s%s%s. %s", sw_alert_code_name(a->code), text, a->detail[0] ? " (" : "",
               a->detail, a->detail[0] ? ")" : "", sw_alert_fix(a->code, "en"));
    else
        sw_log(SW_LOG_NOTICE, "%s solved: %s", sw_alert_code_name(a->code), text);
}

static void raise_one(struct sw_core *c, const struct sw_alert *a)
{
    struct core_alerts *l = c->alerts;
    struct sw_alert *to;

    if (l->n == CORE_ALERTS_MAX)
        return; /* told again while it lasts, and listed when there is room */
    to = &l->list[l->n++];
    *to = *a;
    if (to->since_us == 0)
        to->since_us = sw_clock_utc_us(c->clock);
    log_it(to);
    post(c, to);
    keep_list(c);
}

void core_alert(struct sw_core *c, const struct sw_alert *a)
{
    struct core_alerts *l = c->alerts;
    struct sw_alert *was, gone;

    if (!l || (unsigned) a->code >= SW_ALERT__COUNT || !a->subject[0])
        return;
    was = find(l, a->code, a->subject);
    if (!was && a->is_active)
        raise_one(c, a);
    if (!was || a->is_active)
        return;
    gone = *was;
    gone.is_active = false;
    *was = l->list[--l->n];
    note_stale(c, &gone);
    log_it(&gone);
    post(c, &gone);
    keep_list(c);
}

bool core_alert_holds(const struct sw_core *c, enum sw_alert_code code, const char *subject)
{
    return c->alerts && find(c->alerts, code, subject) != NULL;
}

void core_alerts_look(struct sw_core *c, int64_t real_us)
{
    if (!c->alerts)
        return;
    core_watch_look(c, c->alerts->watch, real_us);
    core_alerts_keep(c);
}

/* ---- life ---- */

int core_alerts_new(struct sw_core *c, struct sw_err *err)
{
    struct core_alerts *l = calloc(1, sizeof(*l));
    struct sw_alert a;
    int rc;

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "alerts: out of memory");
    c->alerts = l;
    rc = core_watch_new(c, &l->watch, err);
    if (rc >= 0)
        rc = sw_store_facts(c->store)->is_new ? SW_OK : sw_store_load_states(c->store, take_kept, c, err);
    for (size_t i = 0; rc >= 0 && i < c->site->n_sensors; i++) /* what the engine found while it caught up */
        if (sw_engine_alert(c->engine, i, &a))
            core_alert(c, &a);
    return rc;
}

void core_alerts_free(struct sw_core *c)
{
    if (c->alerts) {
        free(c->alerts->watch);
        free(c->alerts);
    }
    c->alerts = NULL;
}
