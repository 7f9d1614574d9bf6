// SPDX-License-Identifier: Apache-2.0
/* Configuration of siteward-hub: where the broker is, which areas are taken in, where it is kept and how long. */
#ifndef SW_CONFIG_HUB_H
#define SW_CONFIG_HUB_H

#include "config/schema.h"
#include "config/site.h"

#define SW_HUB_AREAS_MAX 32
#define SW_AREA_SIZE 16

struct sw_hub {
    char id[SW_ID_SIZE]; /* client id at the broker: its session is the hub's */
    char data_dir[SW_PATH_SIZE];
    char listen[280];               /* "127.0.0.1:8490"; "" = no pages */
    char language[16];              /* "zh-CN" or "en" */
    struct sw_platform_conf broker; /* url, login, root … */
    size_t n_areas;                 /* 0 = all that the broker lets us see */
    char areas[SW_HUB_AREAS_MAX][SW_AREA_SIZE];
    int32_t session_s;      /* the broker keeps for us so long what comes while we are away */
    int32_t keep_minutes_s; /* windows of one minute */
    int32_t keep_windows_s; /* longer ones */
    int32_t keep_records_s; /* closed tickets, events, complaints, alerts, schedules, checkpoints */
    int64_t max_bytes;      /* of the store: above it windows of one minute go, the oldest first; 0 = no ceiling */
};

extern const struct sw_row sw_hub_rows[];

/** Read a hub's file, with every fault.
 *  @param ret  filled when there is no fault
 *  @return SW_OK; SW_E_INVAL there are faults; SW_E_IO the file cannot be read; SW_E_NOMEM */
int sw_hub_read(const char *file, struct sw_faults *faults, struct sw_hub *ret, struct sw_err *err);

/** The same of a text in memory, for tests; `name` stands for the file. */
int sw_hub_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_hub *ret,
                     struct sw_err *err);

#endif
