// SPDX-License-Identifier: Apache-2.0
/* In which keys two configurations differ. Maps are compared member by member; a list is one value. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/reload.h"

struct compare {
    bool (*skip)(void *ctx, const char *pointer);
    void *ctx;
    struct core_config_diff *diff;
    char pointer[sizeof(((struct core_config_diff *) 0)->pointer[0])];
};

static void differs(struct compare *p)
{
    struct core_config_diff *d = p->diff;

    if (p->skip && p->skip(p->ctx, p->pointer))
        return;
    d->total++;
    if (d->n < CORE_CONFIG_RESTART_MAX)
        memcpy(d->pointer[d->n++], p->pointer, sizeof(p->pointer));
}

/* @return length before; a pointer that is too long is cut: then it matches nothing and is told */
static size_t push(struct compare *p, const char *key)
{
    const size_t before = strlen(p->pointer);
    size_t at = before;

    p->pointer[at++] = '/';
    for (; *key && at + 3 < sizeof(p->pointer); key++) {
        if (*key == '~' || *key == '/')
            p->pointer[at++] = '~';
        p->pointer[at++] = *key == '~' ? '0' : *key == '/' ? '1' : *key;
    }
    p->pointer[at] = '\0';
    return before;
}

static void look(struct compare *p, json_t *a, json_t *b)
{
    const char *key;
    json_t *value;
    size_t before;

    if (a && b && json_equal(a, b))
        return;
    if ((a && !json_is_object(a)) || (b && !json_is_object(b)) || strlen(p->pointer) + 8 > sizeof(p->pointer)) {
        differs(p);
        return;
    }
    json_object_foreach(a, key, value)
    {
        before = push(p, key);
        look(p, value, json_object_get(b, key));
        p->pointer[before] = '\0';
    }
    json_object_foreach(b, key, value)
    {
        before = push(p, key);
        if (!json_object_get(a, key))
            look(p, NULL, value);
        p->pointer[before] = '\0';
    }
}

int core_config_compare(const char *before, const char *after, bool (*skip)(void *ctx, const char *pointer), void *ctx,
                        struct core_config_diff *ret)
{
    struct compare p = {.skip = skip, .ctx = ctx, .diff = ret};
    json_t *a = before ? json_loads(before, 0, NULL) : NULL, *b = after ? json_loads(after, 0, NULL) : NULL;
    const bool is_good = json_is_object(a) && json_is_object(b);

    *ret = (struct core_config_diff){0};
    if (is_good)
        look(&p, a, b);
    json_decref(a);
    json_decref(b);
    return is_good ? SW_OK : SW_E_INVAL;
}

bool core_config_matches(const char *pattern, const char *pointer)
{
    while (*pattern && *pointer) {
        if (*pattern == '*') {
            pattern++;
            pointer += strcspn(pointer, "/");
        } else if (*pattern++ != *pointer++) {
            return false;
        }
    }
    return !*pattern && !*pointer;
}
