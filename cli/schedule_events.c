// SPDX-License-Identifier: Apache-2.0
/* The list of a file's events, its zones and its complaints. */
#include "cli/schedule_events.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/zone.h"

void sw_events_init(struct sw_events *e, const char *file, const struct sw_zone *zone, FILE *complaints)
{
    *e = (struct sw_events){.file = file, .zone = zone, .complaints = complaints};
}

static void drop(struct sw_event *ev)
{
    free(ev->except);
    free(ev->more);
}

void sw_events_done(struct sw_events *e)
{
    for (size_t i = 0; i < e->n; i++)
        drop(&e->list[i]);
    for (size_t i = 0; i < e->n_zones; i++)
        free(e->zones[i]);
    free(e->list);
    free(e->given);
    *e = (struct sw_events){0};
}

struct sw_event *sw_events_add(struct sw_events *e)
{
    if (e->n == SW_EVENTS_MAX) {
        sw_events_tell(e, 0, NULL, "more than %d components: the rest is not read", SW_EVENTS_MAX);
        return NULL;
    }
    if (e->n == e->cap) {
        const size_t cap = e->cap == 0 ? 16 : e->cap * 2;
        struct sw_event *grown = realloc(e->list, cap * sizeof(*grown));

        if (grown == NULL) {
            sw_events_tell(e, 0, NULL, "no memory");
            return NULL;
        }
        e->list = grown;
        e->cap = cap;
    }
    struct sw_event *ev = &e->list[e->n++];
    *ev = (struct sw_event){.stamp_us = INT64_MIN};
    ev->item.published_us = ev->item.claimed_published_us = ev->item.cancelled_us = INT64_MIN;
    ev->item.granted_us = ev->item.valid_from_us = ev->item.valid_to_us = ev->item.notice_posted_us = INT64_MIN;
    return ev;
}

void sw_events_undo(struct sw_events *e)
{
    drop(&e->list[--e->n]);
}

void sw_events_tell(struct sw_events *e, unsigned line, const char *uid, const char *fmt, ...)
{
    va_list ap;

    (void) fprintf(e->complaints, "%s:", e->file);
    if (line > 0)
        (void) fprintf(e->complaints, "%u:", line);
    (void) fputc(' ', e->complaints);
    if (uid != NULL && uid[0] != '\0')
        (void) fprintf(e->complaints, "%s: ", uid);
    va_start(ap, fmt);
    (void) vfprintf(e->complaints, fmt, ap);
    va_end(ap);
    (void) fputc('\n', e->complaints);
}

int sw_events_skip(struct sw_events *e, unsigned line, const char *uid, struct sw_err *err, const char *fmt, ...)
{
    char why[240];
    va_list ap;

    va_start(ap, fmt);
    (void) vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    e->n_skipped++;
    if (e->is_strict)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s%s%s", e->file, uid, *uid ? ": " : "", why);
    sw_events_tell(e, line, uid, "%s; skipped", why);
    return SW_OK;
}

/* Room doubles: 16, 32, … */
static bool grow(void **list, size_t n, size_t size)
{
    void *grown;

    if (n >= SW_EVENT_DATES_MAX)
        return false;
    if (n != 0 && (n < 16 || (n & (n - 1)) != 0))
        return true;
    grown = realloc(*list, (n == 0 ? 16 : n * 2) * size);
    if (grown == NULL)
        return false;
    *list = grown;
    return true;
}

bool sw_event_add_except(struct sw_event *ev, const struct sw_local *t)
{
    void *list = ev->except;
    const bool is_ok = grow(&list, ev->n_except, sizeof(*ev->except));

    ev->except = list;
    if (is_ok)
        ev->except[ev->n_except++] = *t;
    return is_ok;
}

bool sw_event_add_more(struct sw_event *ev, const struct sw_event_time *t)
{
    void *list = ev->more;
    const bool is_ok = grow(&list, ev->n_more, sizeof(*ev->more));

    ev->more = list;
    if (is_ok)
        ev->more[ev->n_more++] = *t;
    return is_ok;
}

/* IANA names have one to three parts; writers put paths of their own before them. */
static bool load(const char *name, struct sw_zone *ret)
{
    const char *p = name;

    for (int tries = 0; tries < 8; tries++) {
        const char *slash;

        while (*p == '/')
            p++;
        if (p[0] != '\0' && strlen(p) < sizeof(ret->name) && sw_zone_load(p, ret, NULL) == SW_OK)
            return true;
        slash = strchr(p, '/');
        if (slash == NULL)
            return false;
        p = slash + 1;
    }
    return false;
}

struct sw_named_zone *sw_events_zone(struct sw_events *e, const char *name)
{
    struct sw_named_zone *z;

    for (size_t i = 0; i < e->n_zones; i++)
        if (strcmp(e->zones[i]->name, name) == 0)
            return e->zones[i];
    if (e->n_zones == SW_EVENT_ZONES_MAX || strlen(name) >= sizeof(z->name))
        return NULL;
    z = calloc(1, sizeof(*z));
    if (z == NULL)
        return NULL;
    memcpy(z->name, name, strlen(name) + 1);
    z->is_known = load(name, &z->zone);
    e->zones[e->n_zones++] = z;
    return z;
}

bool sw_event_kind(const char *word, enum sw_item_kind *ret)
{
    for (int k = 0; k < SW_ITEM_KIND__COUNT; k++)
        if (strcasecmp(word, sw_item_kind_name((enum sw_item_kind) k)) == 0) {
            *ret = (enum sw_item_kind) k;
            return true;
        }
    return false;
}
