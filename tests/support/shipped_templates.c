// SPDX-License-Identifier: Apache-2.0
/* Reads the shipped device templates for a test; checks nothing itself. */
#include "tests/support/shipped_templates.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/read.h"

static bool one(const char *path, void (*check)(const struct sw_template *t))
{
    struct sw_faults faults = {0};
    struct sw_template t = {0};
    struct sw_err err = {0};
    char sha256[65];
    const bool ok = sw_template_read(path, &faults, &t, sha256, &err) == SW_OK;

    if (ok)
        check(&t);
    else
        (void) fprintf(stderr, "%s: %s\n", path, err.msg);
    sw_template_done(&t);
    sw_faults_done(&faults);
    return ok;
}

size_t shipped_templates(const char *folder, void (*check)(const struct sw_template *t))
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    bool ok = dir != NULL;

    for (struct dirent *e = ok ? readdir(dir) : NULL; ok && e != NULL; e = readdir(dir)) {
        const char *dot = strrchr(e->d_name, '.');
        char path[1024];

        if (dot == NULL || strcmp(dot, ".yaml") != 0)
            continue;
        (void) snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        ok = one(path, check);
        n++;
    }
    if (dir != NULL)
        (void) closedir(dir);
    return ok ? n : SIZE_MAX;
}
