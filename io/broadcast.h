// SPDX-License-Identifier: Apache-2.0
/* Documents to all sites: a quiet period of an area, and whether a host of the platform is there. Text in, structs out:
 * every field is checked for kind and length, unknown ones are ignored, a refusal names the field. */
#ifndef SW_IO_BROADCAST_H
#define SW_IO_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

#define SW_BROADCAST_MAX (8 * 1024) /* bytes of a document */

struct sw_quiet {
    char id[SW_ID_SIZE];
    int64_t at_us;                  /* when it was sent */
    char dtstart[32], duration[24]; /* as written; when that is, gateway/schedule_layer.h says */
    char summary_zh[128], summary_en[128];
};

/** @param id  the last word of its topic, which the document must repeat
 *  @return SW_OK; SW_E_INVAL with a sentence; SW_E_NOMEM */
int sw_quiet_read(const char *json, size_t len, const char *id, struct sw_quiet *ret, struct sw_err *err);

struct sw_host_status {
    bool is_online;
    int64_t at_us;
    char boot[SW_ID_SIZE]; /* which session of the host says so; "" = not said */
    char name[SW_NAME_SIZE];
};

/** @return SW_OK; SW_E_INVAL with a sentence; SW_E_NOMEM */
int sw_host_read(const char *json, size_t len, struct sw_host_status *ret, struct sw_err *err);

#endif
