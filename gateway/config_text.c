// SPDX-License-Identifier: Apache-2.0
/* Gathers site file, layers, packs, templates, hotline and holiday calendar under the names by which the reader finds
 * them beside a site file. What they mean is config/'s. */
#include "gateway/config_text.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/read.h"
#include "config/remote.h"
#include "config/tree.h"
#include "gateway/store.h"

struct gather {
    json_t *files; /* name → text */
    struct sw_err *err;
    int rc;
};

/* The file's text, at most SW_TREE_FILE_MAX, which is what the reader takes. */
static char *read_file(const char *path, struct sw_err *err)
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(SW_TREE_FILE_MAX + 1) : NULL;
    size_t len = text ? fread(text, 1, SW_TREE_FILE_MAX, f) : 0;

    if (!text)
        sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    else
        text[len] = '\0';
    if (f)
        fclose(f);
    return text;
}

static void add_file(struct gather *g, const char *path, const char *name)
{
    char *text = g->rc >= 0 && !json_object_get(g->files, name) ? read_file(path, g->err) : NULL;

    if (text && json_object_set_new(g->files, name, json_string(text)) < 0)
        g->rc = sw_err_set(g->err, SW_E_INVAL, 0, "%s is not UTF-8", path);
    else if (!text && !json_object_get(g->files, name) && g->rc >= 0)
        g->rc = SW_E_IO;
    free(text);
}

static void add_shared(struct gather *g, const struct sw_share *share, enum sw_share_kind kind, const char *folder,
                       const char *id)
{
    char path[SW_PATH_SIZE + 128], name[SW_ID_SIZE + 32];

    if (!*id || !sw_share_find(share, kind, id, path, sizeof(path)))
        return;
    snprintf(name, sizeof(name), "%s/%s.yaml", folder, id);
    add_file(g, path, name);
}

static int is_layer(const struct dirent *e)
{
    size_t len = strlen(e->d_name);

    return e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0;
}

static void add_layers(struct gather *g, const struct sw_share *share)
{
    char folder[SW_PATH_SIZE + 8], path[SW_PATH_SIZE + 300], name[300];
    struct dirent **names = NULL;
    int n;

    snprintf(folder, sizeof(folder), "%sconf.d", share->site_dir);
    n = scandir(folder, &names, is_layer, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        snprintf(name, sizeof(name), "conf.d/%s", names[i]->d_name);
        add_file(g, path, name);
        free(names[i]);
    }
    free(names);
}

/* What the platform set, under the name by which unpacking tells it from the rest. */
static void add_remote(struct gather *g, const struct sw_site *site)
{
    char path[SW_PATH_SIZE + 32];

    snprintf(path, sizeof(path), "%s/" SW_REMOTE_FILE, site->data_dir);
    if (access(path, F_OK) == 0)
        add_file(g, path, SW_REMOTE_FILE);
}

int sw_config_text_write(const char *config_file, const struct sw_site *site, char **ret, size_t *ret_len,
                         struct sw_err *err)
{
    struct gather g = {.files = json_object(), .err = err};
    struct sw_share share;
    char *text;

    sw_share_init(&share, config_file, NULL);
    add_file(&g, config_file, SW_CONFIG_TEXT_SITE);
    add_layers(&g, &share);
    add_remote(&g, site);
    for (size_t i = 0; i < site->n_packs; i++)
        add_shared(&g, &share, SW_SHARE_PACK, "packs", site->packs[i].id);
    for (size_t i = 0; i < site->n_templates; i++)
        add_shared(&g, &share, SW_SHARE_TEMPLATE, "templates", site->templates[i].id);
    add_shared(&g, &share, SW_SHARE_HOTLINE, "hotlines", site->hotline.id);
    add_shared(&g, &share, SW_SHARE_HOLIDAYS, "holidays", site->days.calendar);
    text = g.rc >= 0 ? json_dumps(g.files, JSON_COMPACT) : NULL;
    json_decref(g.files);
    if (g.rc < 0)
        return g.rc;
    if (!text)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the files of the configuration");
    *ret_len = strlen(text);
    if (*ret_len > SW_STORE_TEXT_MAX) {
        free(text);
        return sw_err_set(err, SW_E_FULL, 0, "its files are %zu bytes together, %d are the most", *ret_len,
                          SW_STORE_TEXT_MAX);
    }
    *ret = text;
    return SW_OK;
}

/* A name must not lead out of the folder: "site.yaml" or one of ours below a folder of ours. */
static bool is_ours(const char *name)
{
    static const char *const folders[] = {"conf.d/", "packs/", "templates/", "hotlines/", "holidays/"};

    for (size_t i = 0; i < SW_ARRAY_SIZE(folders); i++)
        if (strncmp(name, folders[i], strlen(folders[i])) == 0)
            return name[strlen(folders[i])] != '.' && !strchr(name + strlen(folders[i]), '/');
    return strcmp(name, SW_CONFIG_TEXT_SITE) == 0 || strcmp(name, SW_REMOTE_FILE) == 0;
}

static int write_file(const char *folder, const char *name, const char *text, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 300];
    const char *slash = strchr(name, '/');
    FILE *f;
    bool is_good;

    if (slash) {
        snprintf(path, sizeof(path), "%s/%.*s", folder, (int) (slash - name), name);
        mkdir(path, 0700); /* it may be there already; if it could not be made, the file below says so */
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "wxe");
    is_good = f && fputs(text, f) >= 0;
    if (f)
        is_good = fclose(f) == 0 && is_good;
    return is_good ? SW_OK : sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
}

int sw_config_text_unpack(const char *text, size_t len, const char *folder, struct sw_err *err)
{
    json_t *files = json_loadb(text, len, 0, NULL), *value;
    const char *name;
    int rc = SW_OK;

    if (!json_is_object(files))
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "the stored configuration cannot be read");
    json_object_foreach(files, name, value)
    {
        if (rc >= 0 && (!is_ours(name) || !json_is_string(value)))
            rc = sw_err_set(err, SW_E_CORRUPT, 0, "the stored configuration holds a file %.60s", name);
        if (rc >= 0)
            rc = write_file(folder, name, json_string_value(value), err);
    }
    json_decref(files);
    return rc;
}
