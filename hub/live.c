// SPDX-License-Identifier: Apache-2.0
/* Sites in a hash, their values in a list each: a site has a handful. */
#include "hub/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

#define SLOTS 4096 /* a power of two */
#define SITES_MAX 10000
#define VALUES_A_SITE_MAX 512

struct value {
    struct value *next;
    int64_t ts_us, received_us;
    char *text;
    size_t len;
    char key[]; /* the topic after the site */
};

struct site {
    struct site *next;
    char area[HUB_AREA_SIZE], site[SW_ID_SIZE];
    int64_t last_us;
    size_t n;
    struct value *values;
};

struct hub_live {
    pthread_mutex_t lock;
    size_t n_sites, n_values;
    struct site *slots[SLOTS];
};

struct hub_live *hub_live_new(void)
{
    struct hub_live *l = calloc(1, sizeof(*l));

    if (l)
        pthread_mutex_init(&l->lock, NULL);
    return l;
}

static void free_site(struct site *s)
{
    while (s->values) {
        struct value *next = s->values->next;

        free(s->values->text);
        free(s->values);
        s->values = next;
    }
    free(s);
}

struct hub_live *hub_live_free(struct hub_live *l)
{
    if (!l)
        return NULL;
    for (size_t i = 0; i < SLOTS; i++)
        while (l->slots[i]) {
            struct site *next = l->slots[i]->next;

            free_site(l->slots[i]);
            l->slots[i] = next;
        }
    pthread_mutex_destroy(&l->lock);
    free(l);
    return NULL;
}

static struct site **slot_of(struct hub_live *l, const char *area, const char *site)
{
    const uint64_t hash = sw_hash_bytes(sw_hash_text(area), site, strlen(site));

    return &l->slots[hash & (SLOTS - 1)];
}

static struct site *find_site(struct hub_live *l, const char *area, const char *site)
{
    struct site *s = *slot_of(l, area, site);

    while (s && (strcmp(s->area, area) != 0 || strcmp(s->site, site) != 0))
        s = s->next;
    return s;
}

static struct site *make_site(struct hub_live *l, const struct hub_place *place)
{
    struct site **slot = slot_of(l, place->area, place->site), *s;

    if (l->n_sites >= SITES_MAX || !(s = calloc(1, sizeof(*s))))
        return NULL;
    memcpy(s->area, place->area, sizeof(s->area));
    memcpy(s->site, place->site, sizeof(s->site));
    s->next = *slot;
    *slot = s;
    l->n_sites++;
    return s;
}

static struct value *value_of(struct hub_live *l, struct site *s, const char *key)
{
    struct value *v = s->values;
    const size_t len = strlen(key);

    while (v && strcmp(v->key, key) != 0)
        v = v->next;
    if (v || s->n >= VALUES_A_SITE_MAX || !(v = calloc(1, sizeof(*v) + len + 1)))
        return v;
    memcpy(v->key, key, len + 1);
    v->next = s->values;
    s->values = v;
    s->n++;
    l->n_values++;
    return v;
}

static void keep(struct value *v, const struct hub_document *d, int64_t received_us)
{
    char *text = realloc(v->text, d->len + 1);

    if (!text)
        return;
    memcpy(text, d->text, d->len);
    text[d->len] = '\0';
    v->text = text;
    v->len = d->len;
    v->ts_us = d->ts_us;
    v->received_us = received_us;
}

void hub_live_put(struct hub_live *l, const struct hub_document *d, int64_t received_us)
{
    const bool is_kept =
        (d->place.kind == HUB_LIVE || d->place.kind == HUB_HEALTH) && !d->is_deletion && d->len <= HUB_LIVE_TEXT_MAX;
    struct site *s;
    struct value *v;

    if (!d->place.site[0] || d->place.kind == HUB_OTHER || d->place.kind == HUB_COMPLAINT)
        return;
    pthread_mutex_lock(&l->lock);
    s = find_site(l, d->place.area, d->place.site);
    if (!s)
        s = make_site(l, &d->place);
    if (s && strcmp(d->word, "lost") != 0) /* a will is no sign of life */
        s->last_us = received_us;
    v = s && is_kept ? value_of(l, s, d->place.relative) : NULL;
    if (v)
        keep(v, d, received_us);
    pthread_mutex_unlock(&l->lock);
}

int64_t hub_live_read(struct hub_live *l, const char *area, const char *site, hub_live_fn fn, void *ctx)
{
    const struct site *s;
    int64_t last_us = INT64_MIN;

    pthread_mutex_lock(&l->lock);
    s = find_site(l, area, site);
    if (s)
        last_us = s->last_us;
    for (const struct value *v = s && fn ? s->values : NULL; v; v = v->next) {
        const struct hub_live_row row = {v->key, v->ts_us, v->received_us, v->text, v->len};

        if (v->text && fn(ctx, &row) != 0)
            break;
    }
    pthread_mutex_unlock(&l->lock);
    return last_us;
}

size_t hub_live_values(struct hub_live *l)
{
    size_t n;

    pthread_mutex_lock(&l->lock);
    n = l->n_values;
    pthread_mutex_unlock(&l->lock);
    return n;
}
