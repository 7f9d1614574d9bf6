// SPDX-License-Identifier: Apache-2.0
/* Reading the record: the newest lines of all its files in the order of time. Lines that are not whole are left out. */
#include "io/audit_int.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "io/replace.h"

/* A line of a file in memory. */
struct line {
    int64_t at_us;
    size_t number; /* among those of one instant, the order in which they were found */
    const char *text;
    size_t len;
};

struct found {
    char *texts[2 * SW_AUDIT__COUNT];
    size_t n_texts, n, cap;
    struct line *lines;
};

static int by_time(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Every line begins with the instant. @return false: it is none of ours */
static bool take_time(const char *text, size_t len, int64_t *ret)
{
    static const char head[] = "{\"at\":\"";
    const char *at = text + sizeof(head) - 1, *end;

    if (len <= sizeof(head) || memcmp(text, head, sizeof(head) - 1) != 0)
        return false;
    end = memchr(at, '"', len - (sizeof(head) - 1));
    return end && sw_time_parse(at, (size_t) (end - at), ret, NULL) == SW_OK;
}

static void add(struct found *f, const char *text, size_t len)
{
    int64_t at_us = 0;

    if (len > SW_AUDIT_LINE_MAX || !take_time(text, len, &at_us))
        return;
    if (f->n == f->cap) {
        const size_t cap = SW_MAX(1024, 2 * f->cap);
        struct line *lines = realloc(f->lines, cap * sizeof(*lines));

        if (!lines)
            return;
        f->lines = lines;
        f->cap = cap;
    }
    f->lines[f->n] = (struct line){.at_us = at_us, .number = f->n, .text = text, .len = len};
    f->n++;
}

static void look_through(struct found *f, const char *path)
{
    char *text = NULL, *end;
    size_t len = 0;

    if (sw_file_read_private(path, 2 * SW_AUDIT_FILE_MAX, &text, &len, NULL) < 0)
        return;
    f->texts[f->n_texts++] = text;
    for (char *at = text; (end = memchr(at, '\n', len - (size_t) (at - text))) != NULL; at = end + 1)
        add(f, at, (size_t) (end - at));
}

/* The newest `limit` lines that are JSON objects, oldest first. */
static char *render(const struct found *f, size_t limit, size_t *ret_len)
{
    json_t *entries = json_array(), *root = json_pack("{s:o}", "entries", entries);
    char *text;

    for (size_t i = f->n; i > 0 && json_array_size(entries) < limit; i--) {
        json_t *entry = json_loadb(f->lines[i - 1].text, f->lines[i - 1].len, 0, NULL);

        if (json_is_object(entry))
            json_array_insert_new(entries, 0, entry);
        else
            json_decref(entry);
    }
    text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    *ret_len = text ? strlen(text) : 0;
    return text;
}

char *sw_audit_read(const char *folder, int kind, size_t limit, size_t *ret_len)
{
    struct found f = {0};
    char path[SW_PATH_SIZE + 64], *text;

    for (int i = 0; i < SW_AUDIT__COUNT; i++) {
        if (kind >= 0 && kind != i)
            continue;
        for (int is_older = 1; is_older >= 0; is_older--) {
            audit_path(folder, (enum sw_audit_kind) i, is_older, path, sizeof(path));
            look_through(&f, path);
        }
    }
    if (f.n > 0)
        qsort(f.lines, f.n, sizeof(*f.lines), by_time);
    text = render(&f, SW_MIN(limit, SW_AUDIT_SHOWN_MAX), ret_len);
    free(f.lines);
    for (size_t i = 0; i < f.n_texts; i++)
        free(f.texts[i]);
    return text;
}
