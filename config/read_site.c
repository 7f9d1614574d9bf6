// SPDX-License-Identifier: Apache-2.0
/* A site file with its layers into one snapshot, or into the list of everything that is wrong with it. What keys mean
 * together is left to check_*.c; this file holds the order of reading and the life of the snapshot. */
#include "config/conf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/ident.h"
#include "config/text.h"

#define LAYERS_MAX 100

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

/* ---- layers ---- */

static int is_layer(const struct dirent *e)
{
    const size_t len = strlen(e->d_name);

    return e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_layer(struct site_conf *c, struct sw_tree *tree, const char *file, struct sw_node **root,
                      struct sw_err *err)
{
    struct sw_node *layer = NULL;
    char sha256[65] = "";
    const int rc = sw_tree_read(tree, file, c->faults, sha256, &layer, err);

    if (rc == SW_E_IO)
        sw_fault_add(c->faults, file, 0, 0, "%s", err->msg);
    if (rc == SW_E_NOMEM)
        return rc;
    if (rc != SW_OK)
        return SW_OK; /* its faults are in the list: go on with the others */
    sw_conf_add_digest(c, sha256);
    *root = *root == NULL ? layer : sw_tree_merge(*root, layer);
    return SW_OK;
}

/* The site file, then conf.d/ *.yaml beside it in name order. */
static int read_layers(struct site_conf *c, struct sw_tree *tree, const char *file, struct sw_node **root,
                       struct sw_err *err)
{
    char folder[SW_PATH_SIZE + 8], path[SW_PATH_SIZE + 300], sha256[65] = "";
    struct dirent **names = NULL;
    int rc = sw_tree_read(tree, file, c->faults, sha256, root, err);

    const bool is_broken = rc == SW_E_INVAL;

    if (rc < 0 && !is_broken)
        return rc;
    rc = SW_OK;
    sw_conf_add_digest(c, sha256);
    (void) snprintf(folder, sizeof(folder), "%sconf.d", c->share.site_dir);
    const int n = scandir(folder, &names, is_layer, by_name);
    for (int i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (i == LAYERS_MAX)
            sw_fault_add(c->faults, path, 0, 0, "more than %d files in conf.d", LAYERS_MAX);
        else if (i < LAYERS_MAX && rc == SW_OK)
            rc = read_layer(c, tree, path, root, err);
        free(names[i]);
    }
    free(names);
    if (is_broken) /* the layers were looked through for faults of their own; without the file they mean nothing */
        *root = NULL;
    return rc;
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
    sw_conf_outline(c);
    sw_conf_rest(c);
    if (c->no_memory)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
    sw_site_index(c->site);
    sw_sha256_hex(c->digests, c->n_digests * 64, c->site->config_sha256);
    return SW_OK;
}

static int read_all(struct site_conf *c, struct sw_tree *tree, const char *file, struct sw_err *err)
{
    struct sw_node *root = NULL;
    const int rc = read_layers(c, tree, file, &root, err);

    c->root = root;
    if (rc < 0 || root == NULL)
        return rc < 0 ? rc : sw_err_set(err, SW_E_INVAL, 0, "%s: cannot be read as YAML", file);
    return fill(c, tree, err);
}

int sw_site_read(const char *file, const struct sw_config_paths *paths, struct sw_faults *faults, struct sw_site **ret,
                 struct sw_err *err)
{
    const size_t before = faults->n_faults;
    struct sw_tree *tree = sw_tree_new();
    struct site_conf *c = calloc(1, sizeof(*c));
    struct sw_site *site = calloc(1, sizeof(*site));
    struct sw_err own = {0};
    char first[400];
    int rc;

    if (err == NULL)
        err = &own;
    if (tree == NULL || c == NULL || site == NULL) {
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
    } else {
        c->site = site;
        c->faults = faults;
        sw_share_init(&c->share, file, paths != NULL ? paths->share_dir : NULL);
        rc = read_all(c, tree, file, err);
        free(c->digests);
    }
    sw_faults_sort(faults);
    if (rc == SW_OK && faults->n_faults > before)
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s", sw_faults_first(faults, first, sizeof(first)));
    free(c);
    sw_tree_free(tree);
    if (rc == SW_OK)
        *ret = site;
    else
        sw_site_free(site);
    return rc;
}

struct sw_site *sw_site_free(struct sw_site *s)
{
    if (s == NULL)
        return NULL;
    for (size_t i = 0; i < s->n_templates; i++)
        sw_template_done(&s->templates[i]);
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
