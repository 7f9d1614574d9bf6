// SPDX-License-Identifier: Apache-2.0
/* A host that begins anew tells another boot id; the broker may send the will of the session before only then. */
#include "gateway/hosts.h"

#include <string.h>

static struct host *find(struct hosts *h, const char *id)
{
    for (size_t i = 0; i < HOSTS_MAX; i++)
        if (strcmp(h->list[i].id, id) == 0)
            return &h->list[i];
    return NULL;
}

static bool is_ghost(const struct host *known, const struct sw_host_status *said)
{
    return known->said.is_online && !said->is_online && known->said.boot[0] && said->boot[0] &&
           strcmp(known->said.boot, said->boot) != 0;
}

enum hosts_taken hosts_take(struct hosts *h, const char *id, const struct sw_host_status *said, int64_t now_us)
{
    struct host *known = find(h, id);
    const bool is_new = known == NULL;

    if (is_new)
        known = find(h, "");
    if (!known)
        return HOSTS_FULL;
    if (!is_new && is_ghost(known, said))
        return HOSTS_GHOST;
    if (is_new || known->said.is_online != said->is_online) {
        strncpy(known->id, id, sizeof(known->id) - 1);
        known->since_us = now_us;
        known->said = *said;
        return HOSTS_CHANGED;
    }
    known->said = *said;
    return HOSTS_SAME;
}

bool hosts_forget(struct hosts *h, const char *id)
{
    struct host *known = *id ? find(h, id) : NULL;

    if (known)
        *known = (struct host){0};
    return known != NULL;
}

bool hosts_are_away(const struct hosts *h)
{
    size_t n = 0;

    for (size_t i = 0; i < HOSTS_MAX; i++) {
        if (h->list[i].id[0] && h->list[i].said.is_online)
            return false;
        n += h->list[i].id[0] != '\0';
    }
    return n > 0;
}
