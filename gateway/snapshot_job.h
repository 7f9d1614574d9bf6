// SPDX-License-Identifier: Apache-2.0
/* What the gateway tells siteward-snapshot over its stdin, and the head of what comes back on its stdout before the
 * picture's bytes. Both ends are of one build and one machine, so these are plain structs. Secrets go this way because
 * arguments and environment can be read by others. */
#ifndef SW_GATEWAY_SNAPSHOT_JOB_H
#define SW_GATEWAY_SNAPSHOT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/macros.h"

#define SW_SNAPSHOT_MAGIC 0x53575031u /* raised with every change of the structs */
#define SW_SNAPSHOT_URL_SIZE 512
#define SW_SNAPSHOT_BYTES_MAX (4 << 20) /* the largest picture that a site may allow */

enum sw_snapshot_auth { SW_SNAPSHOT_AUTH_AUTO, SW_SNAPSHOT_AUTH_BASIC, SW_SNAPSHOT_AUTH_DIGEST };

struct sw_snapshot_job {
    uint32_t magic;
    int32_t parent;     /* process id: the child ends with it */
    int32_t auth;       /* enum sw_snapshot_auth */
    int32_t insecure;   /* 1: any certificate will do */
    int32_t timeout_ms; /* for all of it */
    int32_t max_bytes;
    char url[SW_SNAPSHOT_URL_SIZE];
    char username[128], password[256]; /* "" = no login */
    char ca_file[SW_PATH_SIZE];        /* "" = the system's */
};

/** What holds the child back, as far as the kernel offers it. */
enum sw_sandbox_part {
    SW_SANDBOX_LIMITS = 1,   /* rlimits */
    SW_SANDBOX_NO_NEW = 2,   /* no new privileges */
    SW_SANDBOX_LANDLOCK = 4, /* reads what the resolver and TLS need, writes nothing */
    SW_SANDBOX_SYSCALLS = 8, /* a list of allowed system calls */
};
#define SW_SANDBOX_ALL 15

struct sw_snapshot_reply {
    uint32_t magic;
    uint32_t sandbox; /* set of sw_sandbox_part */
    int32_t status;   /* of HTTP; 0 = no answer */
    int32_t bytes;    /* of the picture that follows; 0 = none, see error */
    int64_t first_byte_us, total_us;
    char type[32]; /* "image/jpeg" */
    char error[160];
};

/** The type of a picture by its first bytes, whatever the camera calls it; NULL when it is none that is kept.
 *  Sources: ITU-T T.81 (SOI, then a marker), PNG specification 5.2, RFC 9649. */
static inline const char *sw_picture_type(const unsigned char *bytes, size_t len)
{
    if (len >= 4 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff)
        return "image/jpeg";
    if (len >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return "image/png";
    if (len >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return "image/webp";
    return NULL;
}

#endif
