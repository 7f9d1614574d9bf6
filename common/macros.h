// SPDX-License-Identifier: Apache-2.0
/* The few macros that every file may use. */
#ifndef SW_COMMON_MACROS_H
#define SW_COMMON_MACROS_H

#include <stddef.h>

#define SW_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SW_MIN(a, b) ((a) < (b) ? (a) : (b))
#define SW_MAX(a, b) ((a) > (b) ? (a) : (b))

/** Run `fn(&variable)` when the variable leaves its scope. */
#define SW_CLEANUP(fn) __attribute__((cleanup(fn)))

#define SW_US_PER_MS 1000LL
#define SW_US_PER_S 1000000LL
#define SW_S_PER_DAY 86400LL

/** Text sizes, with the closing NUL. An id is [a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?. */
#define SW_ID_SIZE 65
#define SW_NAME_SIZE 128
#define SW_PATH_SIZE 512

/** Ceilings of one gateway (tests stand at their edges). */
#define SW_SENSORS_MAX 256
#define SW_RULES_MAX 256
#define SW_DEVICES_PER_BUS_MAX 247
#define SW_BUSES_MAX 64
#define SW_PACKS_MAX 8

#endif
