// SPDX-License-Identifier: Apache-2.0
/* Which hosts of the platform are there, as they say it themselves and as their wills say. Pure. */
#ifndef SW_GATEWAY_HOSTS_H
#define SW_GATEWAY_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/broadcast.h"

#define HOSTS_MAX 16

struct host {
    char id[SW_ID_SIZE]; /* "" = free */
    struct sw_host_status said;
    int64_t since_us; /* when it was first told here that it is there, or that it is not */
};

struct hosts {
    struct host list[HOSTS_MAX];
};

enum hosts_taken {
    HOSTS_SAME,    /* nothing that people would notice */
    HOSTS_CHANGED, /* it came or went */
    HOSTS_GHOST,   /* the will of an earlier session, which came after the next had begun: not taken */
    HOSTS_FULL,    /* one more than is kept */
};

enum hosts_taken hosts_take(struct hosts *h, const char *id, const struct sw_host_status *said, int64_t now_us);
/** Its document was deleted. @return it was known */
bool hosts_forget(struct hosts *h, const char *id);
/** Hosts are known, and none of them is there. */
bool hosts_are_away(const struct hosts *h);

#endif
