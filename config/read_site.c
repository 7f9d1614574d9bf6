// SPDX-License-Identifier: Apache-2.0
/* A site file with its layers into one snapshot, or into the list of everything that is wrong with it. What keys mean
 * together is left to check_*.c; this file holds the order of reading and the life of the snapshot. */
#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/ident.h"
#include "config/layers.h"
#include "config/text.h"

void sw_conf_add_digest(struct site_conf *c, const char *sha256)
{
    char *grown = realloc(c->digests, (c->n_digests + 1) * 64);

    if (grown == NULL) {
        c->no_memory = true;
        return;
    }
    memcpy(grown + c->n_digests * 64, sha256, 64);
    c->digests = grown;
    c->n_digests++;
}

/* ---- the snapshot ---- */

static void take_plain(struct site_conf *c)
{
    struct sw_site *s = c->site;

    *s = c->s;
    s->spray.is_off = !c->has_spray;
    if (s->name[0] == '\0')
        (void) snprintf(s->name, sizeof(s->name), "%s", s->id);
    /* "gw-" before an id of 62 characters would be no id: the site's own is one, and as unique. */
    if (s->gateway_id[0] == '\0' && strlen(s->id) <= 61)
        (void) snprintf(s->gateway_id, sizeof(s->gateway_id), "gw-%.61s", s->id);
    else if (s->gateway_id[0] == '\0')
        memcpy(s->gateway_id, s->id, sizeof(s->gateway_id));
    if (s->gateway_name[0] == '\0')
        (void) snprintf(s->gateway_name, sizeof(s->gateway_name), "%s", s->gateway_id);
}

/* A line each. */
static void take_serves(struct site_conf *c)
{
    const struct serves_conf *list = c->serves.items;
    size_t len = 0;

    if (c->serves.n == 0)
        return;
    c->site->serves = calloc(c->serves.n, sizeof(list->text) + 1);
    if (c->site->serves == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->serves.n; i++) {
        const size_t n = strcspn(list[i].text, "\n");

        memcpy(c->site->serves + len, list[i].text, n);
        len += n;
        c->site->serves[len++] = '\n';
    }
}

static int fill(struct site_conf *c, struct sw_tree *tree, struct sw_err *err)
{
    if (sw_schema_read(tree, sw_site_rows, c->root, c, c->faults, err) < 0)
        return SW_E_NOMEM;
    take_plain(c);
    sw_conf_days(c);
    sw_conf_packs(c);
    sw_conf_day_words(c);
    sw_conf_buses(c);
    sw_conf_devices(c);
    sw_conf_sensors(c);
    sw_conf_outputs(c);
    sw_conf_cameras(c);
    sw_conf_inputs(c);
    sw_conf_responsibility(c);
    sw_conf_schedule(c);
    take_serves(c);
    sw_conf_outline(c);
    sw_conf_platform(c);
    sw_conf_console(c);
    sw_conf_rest(c);
    if (c->no_memory)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
    sw_site_index(c->site);
    sw_sha256_hex(c->digests, c->n_digests * 64, c->site->config_sha256);
    return SW_OK;
}

static void take_digest(void *ctx, const char *sha256)
{
    sw_conf_add_digest(ctx, sha256);
}

/* What there is to tell must be put into words before the layers become one tree, and after. */
static void tell(const struct site_conf *c, const struct sw_layers *l, size_t n_layers, struct sw_config_seen *seen)
{
    if (seen == NULL)
        return;
    sw_layers_tell(l, c->root, seen);
    sw_sha256_hex(c->digests + n_layers * 64, (c->n_digests - n_layers) * 64, seen->others_sha256);
}

static int read_all(struct site_conf *c, struct sw_layers *l, const char *file, const struct sw_config_paths *paths,
                    struct sw_err *err)
{
    const int rc = sw_layers_read(l, file, paths, err);
    const size_t n_layers = c->n_digests;
    int code;

    if (rc < 0 || l->root == NULL)
        return rc < 0 ? rc : sw_err_set(err, SW_E_INVAL, 0, "%s: cannot be read as YAML", file);
    if (paths != NULL && paths->seen != NULL)
        paths->seen->remote = sw_layers_text(l->remote, &paths->seen->remote_len);
    c->root = l->root->kind == SW_NODE_MAP ? sw_tree_merge(l->root, l->remote) : l->root; /* no map: a fault */
    c->zone = paths != NULL ? paths->zone : NULL;
    code = fill(c, l->tree, err);
    if (code >= 0)
        tell(c, l, n_layers, paths != NULL ? paths->seen : NULL);
    return code;
}

/* Once, into faults of its own. @param l  drops are set; has_remote and remote_file are told */
static int read_once(struct sw_layers *l, const char *file, const struct sw_config_paths *paths, struct sw_site **ret,
                     struct sw_err *err)
{
    struct site_conf *c = calloc(1, sizeof(*c));
    struct sw_site *site = calloc(1, sizeof(*site));
    char first[400];
    int rc;

    l->tree = sw_tree_new();
    if (l->tree == NULL || c == NULL || site == NULL) {
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
    } else {
        c->site = site;
        c->faults = l->faults;
        l->digest = take_digest;
        l->ctx = c;
        sw_share_init(&c->share, file, paths != NULL ? paths->share_dir : NULL);
        rc = read_all(c, l, file, paths, err);
        free(c->digests);
    }
    sw_faults_sort(l->faults);
    if (rc == SW_OK && l->faults->n_faults > 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s", sw_faults_first(l->faults, first, sizeof(first)));
    free(c);
    sw_layers_done(l);
    if (rc == SW_OK)
        *ret = site;
    else
        sw_site_free(site);
    if (rc != SW_OK && paths != NULL && paths->seen != NULL)
        sw_config_seen_done(paths->seen);
    return rc;
}

/* Faults that stand in the platform's layer, as places to leave out. */
static size_t note_drops(const struct sw_faults *f, const char *remote_file, struct sw_remote_drop *drops)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n && n < SW_REMOTE_DROPS_MAX; i++) {
        const struct sw_fault *one = &f->list[i];

        if (one->is_warning || one->file == NULL || strcmp(one->file, remote_file) != 0)
            continue;
        drops[n].line = one->line;
        drops[n].column = one->column;
        memcpy(drops[n++].message, one->message, sizeof(drops[0].message));
    }
    return n;
}

/* With the platform's layer; where that has faults, once more without these; and when it still has, without the layer:
 * nothing that a platform wrote keeps a gateway from starting. */
static int read_leniently(const char *file, const struct sw_config_paths *paths, struct sw_faults *faults,
                          struct sw_site **ret, struct sw_err *err)
{
    struct sw_config_paths without = paths != NULL ? *paths : (struct sw_config_paths){0};
    struct sw_remote_drop *drops = NULL;
    struct sw_layers l = {.faults = faults};
    int rc = read_once(&l, file, paths, ret, err);
    char first[300], remote_file[sizeof(l.remote_file)];

    if (rc != SW_E_INVAL || !l.has_remote || (paths != NULL && paths->remote_text != NULL))
        return rc;
    drops = calloc(SW_REMOTE_DROPS_MAX, sizeof(*drops));
    if (drops == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
    const size_t n = note_drops(faults, l.remote_file, drops);
    if (n > 0) {
        sw_faults_done(faults);
        l = (struct sw_layers){.faults = faults, .drops = drops, .n_drops = n};
        rc = read_once(&l, file, paths, ret, err);
    }
    free(drops);
    if (n == 0 || rc != SW_E_INVAL)
        return rc;
    (void) sw_faults_first(faults, first, sizeof(first));
    sw_faults_done(faults);
    (void) snprintf(remote_file, sizeof(remote_file), "%s", l.remote_file);
    without.remote_file = "";
    l = (struct sw_layers){.faults = faults};
    rc = read_once(&l, file, &without, ret, err);
    if (rc == SW_OK)
        sw_warning_add(faults, remote_file, 0, 0, "is left out as a whole: %s", first);
    if (rc == SW_OK && without.seen != NULL) {
        (void) snprintf(without.seen->remote_file, sizeof(without.seen->remote_file), "%s", remote_file);
        without.seen->has_remote = without.seen->is_remote_cut = true;
    }
    return rc;
}

int sw_site_read(const char *file, const struct sw_config_paths *paths, struct sw_faults *faults, struct sw_site **ret,
                 struct sw_err *err)
{
    struct sw_faults found = {0};
    struct sw_err own = {0};
    const int rc = read_leniently(file, paths, &found, ret, err != NULL ? err : &own);

    sw_faults_move(faults, &found);
    return rc;
}

struct sw_site *sw_site_free(struct sw_site *s)
{
    if (s == NULL)
        return NULL;
    for (size_t i = 0; i < s->n_templates; i++)
        sw_template_done(&s->templates[i]);
    free(s->serves);
    free(s->outline);
    free(s->packs);
    free(s->schedule_files);
    free(s->templates);
    free(s->buses);
    free(s->devices);
    free(s->sensors);
    free(s->responsibility);
    free(s->outputs);
    free(s->cameras);
    free(s);
    return NULL;
}

/* ---- sensors by id: open addressing, at most half full ---- */

static size_t slot_of(const char *id, size_t len)
{
    return (size_t) (sw_hash_bytes(SW_HASH_START, id, len) % SW_SENSOR_SLOTS);
}

void sw_site_index(struct sw_site *s)
{
    memset(s->sensor_slots, 0, sizeof(s->sensor_slots));
    for (size_t i = 0; i < s->n_sensors && i < SW_SENSORS_MAX; i++) {
        size_t slot = slot_of(s->sensors[i].id, strlen(s->sensors[i].id));

        while (s->sensor_slots[slot] != 0)
            slot = (slot + 1) % SW_SENSOR_SLOTS;
        s->sensor_slots[slot] = (uint16_t) (i + 1);
    }
}

int sw_site_sensor(const struct sw_site *s, const char *id, size_t len)
{
    if (len == 0 || len >= SW_ID_SIZE)
        return -1;
    for (size_t slot = slot_of(id, len); s->sensor_slots[slot] != 0; slot = (slot + 1) % SW_SENSOR_SLOTS) {
        const int i = s->sensor_slots[slot] - 1;

        if (strncmp(s->sensors[i].id, id, len) == 0 && s->sensors[i].id[len] == '\0')
            return i;
    }
    return -1;
}

const char *sw_place_name(enum sw_place p)
{
    static const char *const names[] = {[SW_PLACE_BOUNDARY] = "boundary",
                                        [SW_PLACE_REFERENCE] = "reference",
                                        [SW_PLACE_INDOOR] = "indoor",
                                        [SW_PLACE_OTHER] = "other"};

    return (size_t) p < SW_ARRAY_SIZE(names) ? names[p] : "other";
}
