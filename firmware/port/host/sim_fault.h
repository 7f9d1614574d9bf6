// SPDX-License-Identifier: Apache-2.0
/* Faults that a simulated unit can be told to have, by scenario or by a line on the control socket. */
#ifndef SW_FIRMWARE_HOST_SIM_FAULT_H
#define SW_FIRMWARE_HOST_SIM_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

enum sw_sim_fault_kind {
    SW_SIM_FAULT_NONE,
    SW_SIM_FAULT_SILENT,    /* does not answer */
    SW_SIM_FAULT_EXCEPTION, /* answers every request with an exception */
    SW_SIM_FAULT_BAD_CRC,   /* RTU: wrong CRC; TCP, which has none: a transaction id that nobody asked with */
    SW_SIM_FAULT__COUNT
};

struct sw_sim_fault {
    enum sw_sim_fault_kind kind;
    uint8_t code; /* exception: 1 … 255, by default 4 */
};

/** Number of "none", "silent", "exception", "bad-crc"; -1 if it is none of these. */
int sw_sim_fault_from_name(const char *name);

/** Parse a line of the control socket: "fault UNIT NAME [CODE]". The line has no newline.
 *  @return SW_OK; SW_E_INVAL with a sentence */
int sw_sim_fault_parse(const char *line, uint8_t *ret_unit_id, struct sw_sim_fault *ret_fault, struct sw_err *err);

#endif
