// SPDX-License-Identifier: Apache-2.0
/* Recorded readings (the replay format `ts,sensor,quantity,value,flag`) played onto simulated units. */
#ifndef SW_FIRMWARE_HOST_SIM_CSV_H
#define SW_FIRMWARE_HOST_SIM_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "firmware/port/host/sim_site.h"

/** Which unit shows the readings of a sensor. */
struct sw_csv_unit {
    char sensor[SW_ID_SIZE];
    uint8_t unit_id;
};

struct sw_sim_csv; /* opaque */

/** Open a recording and check all of it once; it is then read piece by piece as time goes on, so that its length
 *  costs no memory. Readings of sensors that the map does not name are passed over.
 *  @param map  [n] copied; at least one of its sensors must occur in the file
 *  @return SW_OK; SW_E_INVAL "file:line: sentence"; SW_E_IO; SW_E_NOMEM */
int sw_sim_csv_open(const char *file, const struct sw_csv_unit *map, size_t n, struct sw_sim_csv **ret,
                    struct sw_err *err);
struct sw_sim_csv *sw_sim_csv_close(struct sw_sim_csv *csv); /* NULL is fine; always returns NULL */

/** Readings of the mapped sensors in the file. */
uint64_t sw_sim_csv_readings(const struct sw_sim_csv *csv);

/** Apply the readings up to the last complete second before now_us. now_us never goes back. A value stands until the
 *  next; flags other than N and S, and an empty value, are "no value"; T is "over range".
 *  @return SW_OK; SW_E_IO or SW_E_INVAL when the file changed under us */
int sw_sim_csv_play(struct sw_sim_csv *csv, struct sw_sim_site *site, int64_t now_us, struct sw_err *err);

#endif
