// SPDX-License-Identifier: Apache-2.0
/* Reading the configuration again and telling what it is now. What keys mean is config/'s; a request of the platform's
 * comes through requests_config.c. */
#include "gateway/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "config/faults.h"
#include "config/remote.h"
#include "gateway/uplinks.h"
#include "io/document.h"
#include "io/topic.h"

#define STATE_SENSOR "gateway" /* the row of the store's states that keeps the revision */
#define STATE_NAME "config"
#define FAULTS_TOLD_MAX 20 /* of a configuration with faults, in the log */

/* A layer that is read whole before it is anywhere. */
struct candidate {
    char *layer;
    size_t len;
    struct sw_site *site;
    struct sw_config_seen seen;
};

/* A patch on its way to the disk. */
struct writing {
    bool is_under_way, wants_reload;
    struct candidate v;
    core_config_fn fn;
    void *ctx;
};

struct core_config {
    struct writing writing;
    struct sw_site *live; /* the newest good snapshot: settings and names of it hold; NULL = the one of the start */
    struct sw_config_seen seen; /* of the newest good one */
    char *started;              /* full text that the gateway started with */
    char started_others[65];
    char sha256[65];
    int64_t revision, since_us;
    struct core_config_diff restart; /* what waits for a restart */
    bool needs_restart;
    size_t n_faults; /* of the last reading; 0 = it was good */
    char fault[400]; /* the first of them */
};

/* ---- what holds without a restart ---- */

static void apply_names(struct sw_core *c)
{
    const struct sw_site *s = core_settings(c);

    c->doc.site.name = s->name;
    c->doc.site.gateway_name = s->gateway_name;
    for (size_t i = 0; i < c->site->n_sensors; i++) {
        const char *id = c->site->sensors[i].id;
        int at = sw_site_sensor(s, id, strlen(id));

        c->doc.sensors[i].name = at >= 0 ? s->sensors[at].name : c->site->sensors[i].name;
    }
}

/* A long interval must not hold back the first value of a short one. */
static void apply_live_interval(struct sw_core *c)
{
    for (size_t i = 0; i < c->site->n_sensors; i++)
        c->sensors[i].live_due_us = 0;
}

static void apply_backfill_rate(struct sw_core *c)
{
    const uint32_t rate = (uint32_t) core_settings(c)->backfill_rate;

    if (c->uplink)
        sw_uplink_set_backfill_rate(c->uplink, rate);
    for (size_t i = 0; i < c->n_mirrors; i++)
        sw_uplink_set_backfill_rate(c->mirrors[i], rate);
}

/* Pointers that need no restart, and what there is to do; NULL: who uses it asks core_settings each time. */
static const struct {
    const char *pattern;
    void (*apply)(struct sw_core *c);
} live[] = {
    {"/publish/live_interval", apply_live_interval},
    {"/publish/backfill_rate", apply_backfill_rate},
    {"/console/language", NULL},
    {"/site/name", apply_names},
    {"/gateway/name", apply_names},
    {"/devices/*/name", apply_names},
    {"/sensors/*/name", apply_names},
};

static bool is_live(void *ctx, const char *pointer)
{
    (void) ctx;
    for (size_t i = 0; i < SW_ARRAY_SIZE(live); i++)
        if (core_config_matches(live[i].pattern, pointer))
            return true;
    return false;
}

const struct sw_site *core_settings(const struct sw_core *c)
{
    return c->config && c->config->live ? c->config->live : c->site;
}

/* ---- revision ---- */

static int take_state(void *ctx, const char *sensor, const char *rule, const void *body, size_t len)
{
    struct core_config *k = ctx;
    char text[128];
    long long revision = 0, since_us = 0;
    char sha256[65] = "";

    if (strcmp(sensor, STATE_SENSOR) != 0 || strcmp(rule, STATE_NAME) != 0 || len >= sizeof(text))
        return SW_OK;
    memcpy(text, body, len);
    text[len] = '\0';
    if (sscanf(text, "%lld %lld %64s", &revision, &since_us, sha256) == 3 && revision > 0) {
        k->revision = revision;
        k->since_us = since_us;
        strcpy(k->sha256, sha256);
    }
    return SW_OK;
}

/* Another configuration than the revision stands for. */
static void next_revision(struct sw_core *c, const char *sha256, int64_t now_us)
{
    struct core_config *k = c->config;
    char text[128];
    int len;

    k->revision++;
    k->since_us = now_us;
    snprintf(k->sha256, sizeof(k->sha256), "%s", sha256);
    len = snprintf(text, sizeof(text), "%lld %lld %s", (long long) k->revision, (long long) k->since_us, k->sha256);
    if (sw_store_put_state(c->store, STATE_SENSOR, STATE_NAME, text, (size_t) len) < 0)
        c->lost_total++;
    c->wants_commit = true;
}

/* ---- reading ---- */

static int read_files(struct sw_core *c, const char *remote, size_t remote_len, struct sw_config_seen *seen,
                      struct sw_faults *faults, struct sw_site **ret, struct sw_err *err)
{
    const struct sw_config_paths paths = {.remote_file = c->config->seen.remote_file,
                                          .remote_text = remote,
                                          .remote_len = remote_len,
                                          .zone = &c->site->zone,
                                          .seen = seen};

    return sw_site_read(c->config_file, &paths, faults, ret, err);
}

/* What of it waits for a restart: everything in which it differs from what runs, but for the table above. */
static void find_restart(struct core_config *k)
{
    const bool others = strcmp(k->seen.others_sha256, k->started_others) != 0;
    int rc = core_config_compare(k->started, k->seen.full, is_live, NULL, &k->restart);

    if (others && k->restart.n < CORE_CONFIG_RESTART_MAX)
        strcpy(k->restart.pointer[k->restart.n++], "(templates, packs, calendars or outline)");
    k->restart.total += others ? 1 : 0;
    k->needs_restart = rc < 0 || k->restart.total > 0;
}

/* A good one takes the place of the last. Snapshot and texts go over. */
static void take(struct sw_core *c, struct sw_site *site, struct sw_config_seen *seen)
{
    struct core_config *k = c->config;
    struct sw_site *old = k->live;
    const bool is_other = strcmp(site->config_sha256, k->sha256) != 0;

    k->live = site;
    sw_config_seen_done(&k->seen);
    k->seen = *seen;
    *seen = (struct sw_config_seen){0};
    k->n_faults = 0;
    find_restart(k);
    for (size_t i = 0; i < SW_ARRAY_SIZE(live); i++)
        if (live[i].apply)
            live[i].apply(c);
    sw_site_free(old); /* nobody has its names any more */
    if (is_other)
        next_revision(c, site->config_sha256, sw_engine_now_us(c->engine));
}

static void log_faults(const struct sw_faults *f)
{
    for (size_t i = 0; i < f->n && i < FAULTS_TOLD_MAX; i++)
        sw_log(f->list[i].is_warning ? SW_LOG_NOTICE : SW_LOG_ERR, "%s:%u:%u: %s",
               f->list[i].file ? f->list[i].file : "?", f->list[i].line, f->list[i].column, f->list[i].message);
    if (f->n > FAULTS_TOLD_MAX)
        sw_log(SW_LOG_ERR, "… and %zu more; siteward check names them all", f->n - FAULTS_TOLD_MAX);
}

static void log_restart(const struct core_config *k)
{
    char keys[600] = "";
    size_t at = 0;

    for (size_t i = 0; i < k->restart.n && at + 220 < sizeof(keys); i++)
        at += (size_t) snprintf(keys + at, sizeof(keys) - at, "%s%s", i ? ", " : "", k->restart.pointer[i]);
    if (k->needs_restart)
        sw_log(SW_LOG_WARNING, "configuration: %zu key%s from the next start on: %s", k->restart.total,
               k->restart.total == 1 ? " holds" : "s hold", keys);
}

/* Names stand in documents that are sent only when something changes. */
static void tell(struct sw_core *c)
{
    core_publish_state(c);
}

void core_config_reload(struct sw_core *c)
{
    struct core_config *k = c->config;
    struct sw_config_seen seen = {0};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};
    int64_t before;

    if (!k)
        return;
    if (k->writing.is_under_way) { /* what is read now would not hold the patch */
        k->writing.wants_reload = true;
        return;
    }
    before = k->revision;
    if (read_files(c, NULL, 0, &seen, &faults, &site, &err) < 0) {
        log_faults(&faults);
        k->n_faults = SW_MAX(faults.n_faults, (size_t) 1);
        snprintf(k->fault, sizeof(k->fault), "%s", err.msg);
        sw_log(SW_LOG_ERR, "configuration not taken, the one of before goes on: %s", err.msg);
    } else {
        log_faults(&faults);
        take(c, site, &seen);
        log_restart(k);
        sw_log(SW_LOG_NOTICE, "configuration read again: revision %lld%s", (long long) k->revision,
               k->revision == before ? ", unchanged" : "");
        if (k->revision != before)
            tell(c);
    }
    sw_config_seen_done(&seen);
    sw_faults_done(&faults);
}

/* ---- a patch ---- */

static int is_current(const struct core_config *k, int64_t base_revision, struct sw_err *err)
{
    if (base_revision < 0)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "\"base_revision\" is missing: the revision of gw/{gw}/config that the "
                          "patch was made for");
    if (base_revision != k->revision)
        return sw_err_set(err, SW_E_CONFLICT, 0, "\"base_revision\" is %lld, the configuration is at revision %lld",
                          (long long) base_revision, (long long) k->revision);
    return SW_OK;
}

static void drop(struct candidate *v)
{
    free(v->layer);
    sw_site_free(v->site);
    sw_config_seen_done(&v->seen);
    *v = (struct candidate){0};
}

/* @param remote  the layer that the patch is laid over; NULL = an empty one */
static int try_patch(struct sw_core *c, const char *remote, const char *patch, size_t len, struct candidate *ret,
                     struct sw_err *err)
{
    const struct sw_config_paths paths = {.remote_file = c->config->seen.remote_file,
                                          .remote_text = remote ? remote : "{}",
                                          .remote_len = remote ? strlen(remote) : 2};
    struct sw_faults faults = {0};
    int rc = sw_remote_patch(c->config_file, &paths, patch, len, &ret->layer, &ret->len, err);

    if (rc >= 0)
        rc = read_files(c, ret->layer, ret->len, &ret->seen, &faults, &ret->site, err);
    sw_faults_done(&faults);
    return rc;
}

/* The files may have changed since they were read, so that a part of the layer cannot stand any more: it is told from a
 * fault of the patch by reading them once more without it. */
static int make_candidate(struct sw_core *c, const char *patch, size_t len, struct candidate *ret, struct sw_err *err)
{
    struct sw_config_seen seen = {0};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    int rc = try_patch(c, c->config->seen.remote, patch, len, ret, err);

    if (rc != SW_E_INVAL)
        return rc;
    drop(ret);
    *err = (struct sw_err){0};
    rc = read_files(c, NULL, 0, &seen, &faults, &site, err);
    if (rc >= 0)
        rc = try_patch(c, seen.remote, patch, len, ret, err);
    else
        sw_err_prefix(err, "the configuration on the site has faults");
    sw_site_free(site);
    sw_config_seen_done(&seen);
    sw_faults_done(&faults);
    return rc;
}

/* A power cut after the file and before its record: the next start gave what the patch had made a revision, and its
 * sender, who got no answer, sends it again. Whoever else asks for what the very next revision has: he has it too. */
static bool is_done_already(struct sw_core *c, int64_t base_revision, const char *patch, size_t len)
{
    const struct core_config *k = c->config;
    struct candidate v = {0};
    struct sw_err err = {0};
    bool is_same;

    if (base_revision != k->revision - 1 || !k->seen.remote || make_candidate(c, patch, len, &v, &err) < 0)
        is_same = false;
    else
        is_same = v.seen.remote && strcmp(v.seen.remote, k->seen.remote) == 0;
    drop(&v);
    return is_same;
}

static void layer_written(void *ctx, int rc, const struct sw_err *err)
{
    struct sw_core *c = ctx;
    struct core_config *k = c->config;
    struct writing *w = &k->writing;

    w->is_under_way = false;
    if (rc >= 0) {
        k->sha256[0] = '\0'; /* one that changes nothing was accepted too: it has a revision of its own */
        take(c, w->v.site, &w->v.seen);
        w->v.site = NULL;
        log_restart(k);
        sw_log(SW_LOG_NOTICE, "configuration changed by the platform: revision %lld", (long long) k->revision);
        tell(c);
    }
    drop(&w->v);
    w->fn(w->ctx, rc, err);
    if (w->wants_reload && rc != SW_E_BUSY)
        core_config_reload(c);
    core_end_turn(c);
}

int core_config_patch(struct sw_core *c, int64_t base_revision, const char *patch, size_t len, core_config_fn fn,
                      void *ctx, struct sw_err *err)
{
    struct core_config *k = c->config;
    struct candidate v = {0};
    int rc;

    if (!k)
        return sw_err_set(err, SW_E_INVAL, 0, "this gateway was started without a configuration file");
    if (k->writing.is_under_way)
        return sw_err_set(err, SW_E_BUSY, 0, "another change is being written: send it again");
    rc = is_current(k, base_revision, err);
    if (rc == SW_E_CONFLICT && is_done_already(c, base_revision, patch, len)) {
        *err = (struct sw_err){0};
        fn(ctx, SW_OK, err);
        return SW_OK;
    }
    if (rc >= 0)
        rc = make_candidate(c, patch, len, &v, err);
    if (rc >= 0)
        rc = core_replace_file_later(c->queries, k->seen.remote_file, v.layer, v.len, layer_written, c, err);
    if (rc >= 0) {
        k->writing = (struct writing){.is_under_way = true, .v = v, .fn = fn, .ctx = ctx};
        v = (struct candidate){0};
    }
    drop(&v);
    return rc;
}

/* ---- telling ---- */

int64_t core_config_revision(const struct sw_core *c)
{
    return c->config ? c->config->revision : 0;
}

bool core_config_needs_restart(const struct sw_core *c)
{
    return c->config && c->config->needs_restart;
}

static size_t render_document(struct sw_core *c)
{
    const struct core_config *k = c->config;
    struct sw_doc_config v = {
        .revision = k->revision,
        .since_us = k->since_us,
        .config = k->seen.config,
        .config_len = k->seen.config_len,
        .origin = k->seen.origin,
        .origin_len = k->seen.origin_len,
        .restart_required = k->needs_restart,
    };
    size_t len = v.config && v.origin ? sw_doc_config(&c->doc.site, &v, c->doc_buf, sizeof(c->doc_buf)) : 0;

    if (len == 0) { /* then only what the platform set */
        v.is_cut = true;
        v.config = k->seen.remote;
        v.config_len = k->seen.remote ? k->seen.remote_len : 0;
        v.origin = NULL;
        len = sw_doc_config(&c->doc.site, &v, c->doc_buf, sizeof(c->doc_buf));
    }
    return len;
}

void core_config_publish(struct sw_core *c)
{
    char topic[SW_TOPIC_SIZE];
    size_t len;

    if (!c->config || !core_has_uplink(c))
        return;
    len = render_document(c);
    if (len > 0 && sw_topic_gateway(c->site->gateway_id, "config", topic, sizeof(topic)))
        core_post_state(c, topic, c->doc_buf, len);
}

void core_config_render(const struct sw_core *c, struct sw_jsonw *w)
{
    const struct core_config *k = c->config;

    if (!k)
        return;
    sw_jsonw_object(w, "config");
    sw_jsonw_int(w, "revision", k->revision);
    sw_jsonw_time(w, "since", &c->site->zone, k->since_us);
    sw_jsonw_bool(w, "restart_required", k->needs_restart);
    sw_jsonw_array(w, "restart_keys");
    for (size_t i = 0; i < k->restart.n; i++)
        sw_jsonw_str(w, NULL, k->restart.pointer[i]);
    sw_jsonw_array_end(w);
    sw_jsonw_bool(w, "remote", k->seen.has_remote);
    sw_jsonw_uint(w, "faults", k->n_faults);
    sw_jsonw_str(w, "fault", k->n_faults ? k->fault : NULL);
    sw_jsonw_object_end(w);
}

/* ---- life ---- */

int core_config_new(struct sw_core *c, struct sw_config_seen *seen, struct sw_err *err)
{
    struct core_config *k;
    int rc;

    if (!c->config_file || !seen)
        return SW_OK;
    k = calloc(1, sizeof(*k));
    if (!k)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    c->config = k;
    k->seen = *seen;
    *seen = (struct sw_config_seen){0};
    k->started = k->seen.full ? strdup(k->seen.full) : NULL;
    memcpy(k->started_others, k->seen.others_sha256, sizeof(k->started_others));
    rc = sw_store_facts(c->store)->is_new ? SW_OK : sw_store_load_states(c->store, take_state, k, err);
    if (rc >= 0 && (k->revision == 0 || strcmp(k->sha256, c->site->config_sha256) != 0))
        next_revision(c, c->site->config_sha256, c->since_us);
    return rc;
}

void core_config_free(struct sw_core *c)
{
    struct core_config *k = c->config;

    if (!k)
        return;
    sw_site_free(k->live);
    sw_config_seen_done(&k->seen);
    free(k->started);
    free(k);
    c->config = NULL;
}
