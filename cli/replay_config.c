// SPDX-License-Identifier: Apache-2.0
/* Puts the kept files into a folder of its own, reads them as any site file, and removes them. */
#include "cli/replay_config.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/faults.h"
#include "config/remote.h"
#include "gateway/config_text.h"

struct unpack {
    const char *folder;
    struct sw_err *err;
};

static int unpack(void *ctx, const void *body, size_t len)
{
    const struct unpack *u = ctx;

    return sw_config_text_unpack(body, len, u->folder, u->err);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void) st;
    (void) flag;
    (void) ftw;
    return remove(path);
}

static int read_site(const char *file, const struct sw_config_paths *paths, struct sw_site **ret, struct sw_err *err)
{
    struct sw_faults faults = {0};
    int code = sw_site_read(file, paths, &faults, ret, err);

    if (code < 0)
        sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    return code;
}

static int read_kept(const char *folder, struct sw_store *store, const char *sha256, struct sw_site **ret,
                     struct sw_err *err)
{
    char file[SW_PATH_SIZE], remote[SW_PATH_SIZE];
    /* not the layer of a gateway that may run here now */
    const struct sw_config_paths paths = {.remote_file = remote};
    struct unpack u = {.folder = folder, .err = err};
    int code = sw_store_load_config(store, sha256, unpack, &u, err);

    snprintf(file, sizeof(file), "%s/" SW_CONFIG_TEXT_SITE, folder);
    snprintf(remote, sizeof(remote), "%s/" SW_REMOTE_FILE, folder);
    if (code >= 0)
        code = read_site(file, &paths, ret, err);
    if (code >= 0 && strcmp((*ret)->config_sha256, sha256) != 0) {
        *ret = sw_site_free(*ret);
        code = sw_err_set(err, SW_E_CONFLICT, 0,
                          "the configuration that the store kept is not whole: it should be %.12s…; name one by -c",
                          sha256);
    }
    return code;
}

int sw_replay_config(const char *file, struct sw_store *store, const char *sha256, struct sw_site **ret,
                     struct sw_err *err)
{
    const char *tmp = getenv("TMPDIR");
    char folder[SW_PATH_SIZE / 2];
    int code;

    if (file)
        return read_site(file, NULL, ret, err);
    snprintf(folder, sizeof(folder), "%.200s/siteward-replay-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", folder, strerror(errno));
    code = read_kept(folder, store, sha256, ret, err);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return code;
}
