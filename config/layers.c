// SPDX-License-Identifier: Apache-2.0
/* The order of reading: the site file, conf.d/ *.yaml beside it by name, then the layer that the platform wrote. */
#include "config/layers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/ident.h"
#include "config/conf.h"

#define LAYERS_MAX 100

static int is_layer(const struct dirent *e)
{
    const size_t len = strlen(e->d_name);

    return e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_digest(const struct sw_layers *l, const char *sha256)
{
    if (l->digest != NULL)
        l->digest(l->ctx, sha256);
}

static int read_layer(struct sw_layers *l, const char *file, struct sw_err *err)
{
    struct sw_node *layer = NULL;
    char sha256[65] = "";
    const int rc = sw_tree_read(l->tree, file, l->faults, sha256, &layer, err);

    if (rc == SW_E_IO)
        sw_fault_add(l->faults, file, 0, 0, "%s", err->msg);
    if (rc == SW_E_NOMEM)
        return rc;
    if (rc != SW_OK)
        return SW_OK; /* its faults are in the list: go on with the others */
    add_digest(l, sha256);
    l->root = l->root == NULL ? layer : sw_tree_merge(l->root, layer);
    return SW_OK;
}

static int read_site_files(struct sw_layers *l, const char *file, struct sw_err *err)
{
    const char *slash = strrchr(file, '/');
    char folder[SW_PATH_SIZE + 8], path[SW_PATH_SIZE + 300], sha256[65] = "";
    struct dirent **names = NULL;
    int rc = sw_tree_read(l->tree, file, l->faults, sha256, &l->root, err);
    const bool is_broken = rc == SW_E_INVAL;

    if (rc < 0 && !is_broken)
        return rc;
    rc = SW_OK;
    add_digest(l, sha256);
    (void) snprintf(folder, sizeof(folder), "%.*sconf.d", slash != NULL ? (int) (slash - file + 1) : 0, file);
    const int n = scandir(folder, &names, is_layer, by_name);
    for (int i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (i == LAYERS_MAX)
            sw_fault_add(l->faults, path, 0, 0, "more than %d files in conf.d", LAYERS_MAX);
        else if (i < LAYERS_MAX && rc == SW_OK)
            rc = read_layer(l, path, err);
        free(names[i]);
    }
    free(names);
    if (is_broken) /* the layers were looked through for faults of their own; without the file they mean nothing */
        l->root = NULL;
    return rc;
}

/* ---- the remote layer ---- */

static const struct sw_row *row_of(const struct sw_row *rows, const char *key)
{
    while (rows->key != NULL && strcmp(rows->key, key) != 0)
        rows++;
    return rows;
}

/* {gateway.data}/remote.yaml, where the files say that the data are. @return false: they say it wrongly */
static bool find_remote(struct sw_layers *l, const struct sw_config_paths *paths)
{
    const struct sw_row *data = row_of(row_of(sw_site_rows, "gateway")->of, "data");
    const struct sw_node *n = sw_node_get(sw_node_get(l->root, "gateway"), "data");
    struct site_conf *c;
    char why[256];
    bool is_good = true;

    if (paths != NULL && paths->remote_file != NULL) {
        (void) snprintf(l->remote_file, sizeof(l->remote_file), "%s", paths->remote_file);
        return true;
    }
    c = calloc(1, sizeof(*c)); /* offsets of a row count from it */
    if (c == NULL)
        return false;
    if (n != NULL)
        is_good = sw_value_read(data, n, (char *) c + data->offset, why, sizeof(why));
    else
        (void) snprintf(c->s.data_dir, sizeof(c->s.data_dir), "%s", data->dflt);
    if (is_good)
        (void) snprintf(l->remote_file, sizeof(l->remote_file), "%s/" SW_REMOTE_FILE, c->s.data_dir);
    free(c);
    return is_good;
}

static int read_remote_file(struct sw_layers *l, struct sw_err *err)
{
    struct sw_faults own = {0};
    char sha256[65] = "", first[300];
    struct sw_node *layer = NULL;
    int rc;

    if (access(l->remote_file, F_OK) != 0 && errno != EACCES)
        return SW_OK; /* the platform never changed anything */
    rc = sw_tree_read(l->tree, l->remote_file, &own, sha256, &layer, err);
    if (rc == SW_E_NOMEM) {
        sw_faults_done(&own);
        return rc;
    }
    if (rc == SW_E_IO)
        sw_warning_add(l->faults, l->remote_file, 0, 0, "is left out: %s", err->msg);
    else if (rc < 0 || own.n_faults > 0)
        sw_warning_add(l->faults, l->remote_file, 0, 0, "is left out as a whole: %s",
                       sw_faults_first(&own, first, sizeof(first)));
    if (sha256[0] != '\0')
        add_digest(l, sha256);
    l->has_remote = sha256[0] != '\0';
    l->is_remote_cut = rc < 0 || own.n_faults > 0;
    if (!l->is_remote_cut)
        l->remote = layer;
    sw_faults_done(&own);
    return SW_OK;
}

static int read_remote(struct sw_layers *l, const struct sw_config_paths *paths, struct sw_err *err)
{
    char sha256[65];

    if (!find_remote(l, paths))
        return SW_OK; /* that gateway.data is wrong is told when it is read */
    if (paths != NULL && paths->remote_text != NULL) {
        sw_sha256_hex(paths->remote_text, paths->remote_len, sha256);
        add_digest(l, sha256);
        l->has_remote = true;
        return sw_tree_read_text(l->tree, l->remote_file, paths->remote_text, paths->remote_len, l->faults, &l->remote,
                                 err) == SW_E_NOMEM
                   ? SW_E_NOMEM
                   : SW_OK;
    }
    return l->remote_file[0] != '\0' ? read_remote_file(l, err) : SW_OK;
}

int sw_layers_read(struct sw_layers *l, const char *file, const struct sw_config_paths *paths, struct sw_err *err)
{
    int rc = read_site_files(l, file, err);

    if (rc >= 0 && l->root != NULL)
        rc = read_remote(l, paths, err);
    if (rc < 0)
        return rc;
    if (l->remote != NULL)
        l->is_remote_cut =
            sw_remote_clean(sw_site_rows, l->remote, l->root, l->drops, l->n_drops, l->faults) || l->is_remote_cut;
    if (l->is_remote_cut && paths != NULL && paths->remote_text != NULL)
        sw_fault_add(l->faults, l->remote_file, 0, 0, "something of it cannot stand");
    if (l->remote == NULL || l->remote->kind != SW_NODE_MAP) {
        l->remote = sw_tree_alloc(l->tree, sizeof(*l->remote));
        if (l->remote == NULL)
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the configuration");
        *l->remote = (struct sw_node){.kind = SW_NODE_MAP, .file = file, .line = 1, .column = 1};
    }
    return SW_OK;
}

void sw_layers_done(struct sw_layers *l)
{
    l->tree = sw_tree_free(l->tree);
    l->root = l->remote = NULL;
}
