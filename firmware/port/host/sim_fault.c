// SPDX-License-Identifier: Apache-2.0
/* Names of faults and the words of the control socket. What a fault does is in node.c and the servers. */
#include "firmware/port/host/sim_fault.h"

#include <stdio.h>
#include <string.h>

#include "firmware/app/mbserver.h"
#include "firmware/port/host/sim_site.h"

int sw_sim_fault_from_name(const char *name)
{
    static const char *const names[SW_SIM_FAULT__COUNT] = {"none", "silent", "exception", "bad-crc"};

    for (int i = 0; i < SW_SIM_FAULT__COUNT; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

int sw_sim_fault_parse(const char *line, uint8_t *ret_unit_id, struct sw_sim_fault *ret_fault, struct sw_err *err)
{
    char name[16], rest;
    int unit_id = 0, code = SW_MB_EXC_DEVICE;
    const int n = sscanf(line, "fault %4d %15s %4d %c", &unit_id, name, &code, &rest);

    if (n != 2 && n != 3)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "\"%.60s\" is not understood: write \"fault UNIT none|silent|exception|bad-crc [CODE]\"",
                          line);
    if (unit_id < 1 || unit_id > SW_SIM_UNIT_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "unit %d is not in 1 … %d", unit_id, SW_SIM_UNIT_MAX);
    const int kind = sw_sim_fault_from_name(name);

    if (kind < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "there is no fault \"%s\": use none, silent, exception or bad-crc", name);
    if (code < 1 || code > 255)
        return sw_err_set(err, SW_E_INVAL, 0, "exception code %d is not in 1 … 255", code);
    *ret_unit_id = (uint8_t) unit_id;
    *ret_fault = (struct sw_sim_fault){.kind = (enum sw_sim_fault_kind) kind, .code = (uint8_t) code};
    return SW_OK;
}
