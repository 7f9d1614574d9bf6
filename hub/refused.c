// SPDX-License-Identifier: Apache-2.0
/* One line a minute and sender. Texts of strangers are cut and cleaned before they reach the log. */
#include "hub/refused.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

#define TELL_US (60 * SW_US_PER_S)

struct sender {
    char who[HUB_AREA_SIZE + 2 * SW_ID_SIZE + 4]; /* "310115/pd-0042 gw-7f3a"; "" = a topic that names nobody */
    uint64_t kept, noted;
    char topic[120], why[160];
};

struct hub_refused {
    size_t n;
    struct sender senders[HUB_REFUSED_MAX + 1]; /* the last one: all others */
    int64_t told_us;
};

struct hub_refused *hub_refused_new(void)
{
    return calloc(1, sizeof(struct hub_refused));
}

struct hub_refused *hub_refused_free(struct hub_refused *r)
{
    free(r);
    return NULL;
}

void hub_refused_begin(struct hub_refused *r)
{
    for (size_t i = 0; i <= HUB_REFUSED_MAX; i++)
        r->senders[i].noted = 0;
}

void hub_refused_keep(struct hub_refused *r)
{
    for (size_t i = 0; i <= HUB_REFUSED_MAX; i++) {
        r->senders[i].kept += r->senders[i].noted;
        r->senders[i].noted = 0;
    }
}

static void copy_clean(char *to, size_t cap, const char *from)
{
    size_t n = 0;

    for (; from[n] && n + 1 < cap; n++)
        to[n] = (unsigned char) from[n] < 0x20 || (unsigned char) from[n] == 0x7f ? '?' : from[n];
    to[n] = '\0';
}

static struct sender *sender_of(struct hub_refused *r, const char *who)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->senders[i].who, who) == 0)
            return &r->senders[i];
    if (r->n == HUB_REFUSED_MAX)
        return &r->senders[HUB_REFUSED_MAX];
    strcpy(r->senders[r->n].who, who); /* same room */
    return &r->senders[r->n++];
}

void hub_refused_note(struct hub_refused *r, const struct hub_place *place, const char *gw, const char *topic,
                      const char *why)
{
    char who[sizeof(r->senders[0].who)] = "";
    struct sender *s;

    if (place->site[0])
        snprintf(who, sizeof(who), "%s/%s%s%s", place->area, place->site, gw[0] ? " " : "", gw);
    s = sender_of(r, who);
    s->noted++;
    copy_clean(s->topic, sizeof(s->topic), topic);
    copy_clean(s->why, sizeof(s->why), why);
}

void hub_refused_tell(struct hub_refused *r, int64_t now_us)
{
    if (now_us - r->told_us < TELL_US)
        return;
    r->told_us = now_us;
    for (size_t i = 0; i <= HUB_REFUSED_MAX; i++) {
        const struct sender *s = &r->senders[i];

        if (s->kept)
            sw_log(SW_LOG_WARNING, "%s: %llu document(s) refused within a minute, the last at %s: %s",
                   i == HUB_REFUSED_MAX ? "others"
                   : s->who[0]          ? s->who
                                        : "nobody's topic",
                   (unsigned long long) s->kept, s->topic, s->why);
    }
    memset(r->senders, 0, sizeof(r->senders));
    r->n = 0;
}
