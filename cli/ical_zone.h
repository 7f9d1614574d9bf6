// SPDX-License-Identifier: Apache-2.0
/* The one thing that cli/ical.c needs done beside it: changes of offset, as a VTIMEZONE lists them, to a zone table. */
#ifndef SW_CLI_ICAL_ZONE_H
#define SW_CLI_ICAL_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

/** One STANDARD or DAYLIGHT: from its DTSTART on, and whenever its rule says, the offset becomes `to_s`. */
struct sw_observance {
    int64_t start_local_s;
    int32_t from_s, to_s; /* TZOFFSETFROM, TZOFFSETTO */
    char rrule[256];      /* "" = once */
};

/** @return SW_OK; SW_E_INVAL a rule cannot be read, or an offset is none; SW_E_FULL; SW_E_NOMEM */
int sw_zone_from_observances(const char *name, const struct sw_observance *list, size_t n, struct sw_zone *ret,
                             struct sw_err *err);

#endif
