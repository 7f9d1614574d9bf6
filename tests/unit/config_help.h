// SPDX-License-Identifier: Apache-2.0
/* For the tests of config/: a folder of files that goes away again, and faults compared with what a case wants. */
#ifndef SW_TESTS_UNIT_CONFIG_HELP_H
#define SW_TESTS_UNIT_CONFIG_HELP_H

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/faults.h"

#define WANTS_MAX 12

/** A fault that must be there: its place, and words ('|' between them) that its message must hold. words NULL ends. */
struct want {
    unsigned line, column;
    const char *words;
};

static inline bool holds_words(const char *message, const char *words)
{
    char copy[256], *save = NULL;

    (void) snprintf(copy, sizeof(copy), "%s", words);
    for (char *w = strtok_r(copy, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save))
        if (strstr(message, w) == NULL)
            return false;
    return true;
}

/** Each wanted fault stands at its place with its words, and there is no other (warnings are not counted). */
static inline void check_faults(const char *why, const struct sw_faults *faults, const struct want *want)
{
    size_t n = 0;

    for (; n < WANTS_MAX && want[n].words != NULL; n++) {
        bool is_found = false;

        for (size_t i = 0; i < faults->n; i++)
            is_found = is_found || (!faults->list[i].is_warning && faults->list[i].line == want[n].line &&
                                    faults->list[i].column == want[n].column &&
                                    holds_words(faults->list[i].message, want[n].words));
        if (!is_found)
            sw_faults_print(faults, stderr);
        CHECK(is_found, "%s: no fault at %u:%u with \"%s\"", why, want[n].line, want[n].column, want[n].words);
    }
    if (faults->n_faults != n)
        sw_faults_print(faults, stderr);
    CHECK(faults->n_faults == n, "%s: %zu faults, %zu wanted", why, faults->n_faults, n);
}

static inline bool has_warning(const struct sw_faults *faults, const char *words)
{
    for (size_t i = 0; i < faults->n; i++)
        if (faults->list[i].is_warning && holds_words(faults->list[i].message, words))
            return true;
    return false;
}

/** An empty folder of its own. */
static inline void new_folder(char path[64])
{
    (void) snprintf(path, 64, "/tmp/sw-config-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void) st;
    (void) type;
    (void) ftw;
    return remove(path);
}

static inline void remove_folder(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/** Write folder/name; folders in name are made. */
static inline void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *p = path + strlen(folder) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        (void) mkdir(path, 0700);
        *p = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#endif
