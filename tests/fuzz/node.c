// SPDX-License-Identifier: Apache-2.0
/* The node under test, and the rules of MODBUS Application Protocol V1.1b3 that its replies must keep. */
#include "node.h"

#include "fuzz.h"

#include <math.h>

#include "firmware/port/host/sim_site.h"

#define NOW_US 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */
#define UNIT_BROKEN 5
#define UNIT_SILENT 6

static struct sw_sim_site site;

static int unit_status(void *ctx, uint8_t unit_id)
{
    (void) ctx;
    if (unit_id == UNIT_BROKEN)
        return SW_MB_EXC_DEVICE;
    return unit_id > SW_SIM_UNIT_MAX || unit_id == UNIT_SILENT || !site.unit[unit_id].exists ? SW_MB_SILENT : 0;
}

static int unit_read(void *ctx, uint8_t unit_id, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs)
{
    (void) ctx;
    FUZZ_CHECK((fc == 3 || fc == 4) && nb >= 1 && nb <= SW_MB_READ_MAX && reg_addr + nb <= 65536,
               "the server asks for %u + %u by function %u", reg_addr, nb, fc);
    return sw_sim_read(&site, unit_id, NOW_US, fc, reg_addr, nb, ret_regs);
}

const struct sw_mbserver *node_server(void)
{
    static const struct sw_mbserver server = {NULL, unit_status, unit_read};

    if (site.start_us == 0) {
        sw_sim_site_init(&site, NOW_US - 3600 * 1000000LL, 9600);
        for (uint8_t u = 1; u <= SW_SIM_MAP__COUNT; u++) {
            site.unit[u].map = (enum sw_sim_map)(u - 1);
            sw_sim_set(&site, u, SW_QUANTITY_LAEQ, NOW_US - 60 * 1000000LL, 63.2, 0, NAN);
            sw_sim_set(&site, u, SW_QUANTITY_PM10, NOW_US - 60 * 1000000LL, INFINITY, 0, NAN);
        }
    }
    return &server;
}

void node_check_reply(const uint8_t *request, size_t len, const uint8_t *reply, size_t n)
{
    FUZZ_CHECK(len >= 1 && n >= 2 && n <= SW_MB_PDU_MAX, "%zu bytes for %zu", n, len);
    if (reply[0] == (request[0] | 0x80u)) {
        FUZZ_CHECK(n == 2 && reply[1] != 0, "exception of %zu bytes, code %u", n, reply[1]);
        return;
    }
    FUZZ_CHECK(reply[0] == request[0] && (reply[0] == 3 || reply[0] == 4), "function %u for %u", reply[0], request[0]);
    FUZZ_CHECK(len == 5, "a value for a request of %zu bytes", len);
    const unsigned nb = (unsigned) request[3] << 8 | request[4];

    FUZZ_CHECK(reply[1] == 2 * nb && n == 2 + 2 * (size_t) nb, "%u bytes for %u registers", reply[1], nb);
}
