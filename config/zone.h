// SPDX-License-Identifier: Apache-2.0
/* Fills a zone table from the system's zone data. The only place that touches the C library's time zone state. */
#ifndef SW_CONFIG_ZONE_H
#define SW_CONFIG_ZONE_H

#include "common/err.h"
#include "common/zone.h"

/** Offsets of an IANA zone from 2000 to 2099, by asking glibc. Sets TZ for a moment and puts it back: call it before
 *  any thread starts. Not re-entrant.
 *  @return SW_OK; SW_E_INVAL no name of a zone (the sentence suggests one); SW_E_NOTFOUND the system has no such zone;
 *          SW_E_FULL more offsets than a table holds; SW_E_NOMEM. *ret is untouched on failure */
int sw_zone_load(const char *iana_name, struct sw_zone *ret, struct sw_err *err);

/** Whether the system has that zone, without loading it: also while threads run. @return as above */
int sw_zone_exists(const char *iana_name, struct sw_err *err);

#endif
