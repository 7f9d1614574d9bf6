// SPDX-License-Identifier: Apache-2.0
/* Finds templates, packs, hotline packs and holiday calendars by id, and knows which ids exist. Reads folders, not
 * files. */
#include "config/read.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/site.h"
#include "config/text.h"

#ifndef SW_SOURCE_SHARE
#define SW_SOURCE_SHARE ""
#endif
#define INSTALLED_SHARE "/usr/share/siteward"

static const struct {
    const char *name, *in_source_tree;
} folders[] = {
    [SW_SHARE_TEMPLATE] = {"templates", "sensors/templates"},
    [SW_SHARE_PACK] = {"packs", "rules/packs"},
    [SW_SHARE_HOTLINE] = {"hotlines", "tickets/packs"},
    [SW_SHARE_HOLIDAYS] = {"holidays", "config/holidays"},
};

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void sw_share_init(struct sw_share *s, const char *site_file, const char *share_dir)
{
    const char *slash = strrchr(site_file, '/'), *env = getenv("SITEWARD_SHARE");

    *s = (struct sw_share){0};
    (void) snprintf(s->site_dir, sizeof(s->site_dir), "%.*s", slash != NULL ? (int) (slash - site_file + 1) : 0,
                    site_file);
    if (share_dir == NULL && env != NULL && env[0] != '\0')
        share_dir = env;
    if (share_dir == NULL && is_folder(SW_SOURCE_SHARE "/sensors/templates")) {
        share_dir = SW_SOURCE_SHARE;
        s->is_source_tree = true;
    }
    (void) snprintf(s->share_dir, sizeof(s->share_dir), "%s", share_dir != NULL ? share_dir : INSTALLED_SHARE);
}

void sw_config_web_folder(const char *share_dir, char *ret, size_t cap)
{
    struct sw_share s;

    sw_share_init(&s, "", share_dir);
    (void) snprintf(ret, cap, "%s/%s", s.share_dir, s.is_source_tree ? "web/dist" : "web");
}

static void folder_of(const struct sw_share *s, enum sw_share_kind kind, bool is_beside, char *buf, size_t cap)
{
    if (is_beside)
        (void) snprintf(buf, cap, "%s%s", s->site_dir, folders[kind].name);
    else
        (void) snprintf(buf, cap, "%s/%s", s->share_dir,
                        s->is_source_tree ? folders[kind].in_source_tree : folders[kind].name);
}

bool sw_share_find(const struct sw_share *s, enum sw_share_kind kind, const char *id, char *ret_path, size_t cap)
{
    char folder[SW_PATH_SIZE + 32];

    for (int beside = 1; beside >= 0; beside--) {
        folder_of(s, kind, beside != 0, folder, sizeof(folder));
        const int n = snprintf(ret_path, cap, "%s/%s.yaml", folder, id);

        if (n > 0 && (size_t) n < cap && access(ret_path, F_OK) == 0)
            return true;
    }
    return false;
}

void sw_share_offer(const struct sw_share *s, enum sw_share_kind kind, struct sw_guess *guess)
{
    char folder[SW_PATH_SIZE + 32];

    for (int beside = 1; beside >= 0; beside--) {
        folder_of(s, kind, beside != 0, folder, sizeof(folder));
        DIR *dir = opendir(folder);

        for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
            char *dot = strrchr(e->d_name, '.');

            if (dot == NULL || strcmp(dot, ".yaml") != 0)
                continue;
            *dot = '\0';
            sw_guess_offer(guess, e->d_name);
        }
        if (dir != NULL)
            (void) closedir(dir);
    }
}

/* Where an id belongs in the order; what stands there already is not put in twice. */
static size_t insert_id(char (*ids)[SW_ID_SIZE], size_t n, size_t cap, const char *id)
{
    size_t at = 0;

    while (at < n && strcmp(ids[at], id) < 0)
        at++;
    if ((at < n && strcmp(ids[at], id) == 0) || n == cap)
        return n;
    memmove(ids[at + 1], ids[at], (n - at) * sizeof(ids[0]));
    (void) snprintf(ids[at], sizeof(ids[0]), "%.*s", SW_ID_SIZE - 1, id);
    return n + 1;
}

size_t sw_share_ids(const struct sw_share *s, enum sw_share_kind kind, char (*ret)[SW_ID_SIZE], size_t cap)
{
    char folder[SW_PATH_SIZE + 32];
    size_t n = 0;

    for (int beside = 1; beside >= 0; beside--) {
        folder_of(s, kind, beside != 0, folder, sizeof(folder));
        DIR *dir = opendir(folder);

        for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
            char *dot = strrchr(e->d_name, '.');

            if (dot == NULL || dot == e->d_name || strcmp(dot, ".yaml") != 0 || dot - e->d_name >= SW_ID_SIZE)
                continue;
            *dot = '\0';
            n = insert_id(ret, n, cap, e->d_name);
        }
        if (dir != NULL)
            (void) closedir(dir);
    }
    return n;
}
