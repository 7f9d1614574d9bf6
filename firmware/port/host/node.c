// SPDX-License-Identifier: Apache-2.0
/* Answers the server's questions from the simulated site, at the domain time of the question. */
#include "firmware/port/host/node.h"

#include "common/log.h"

void sw_node_refresh(struct sw_node *node)
{
    const int64_t now_us = sw_clock_utc_us(&node->clock);

    if (now_us > node->now_us) /* a real clock that was set back must not replay rows */
        node->now_us = now_us;
    if (node->scenario)
        sw_scenario_play(node->scenario, &node->site, node->now_us);
    if (node->csv && node->failure.code == SW_OK &&
        sw_sim_csv_play(node->csv, &node->site, node->now_us, &node->failure) < 0)
        sw_log(SW_LOG_ERR, "the recording ends here, its last values stand: %s", node->failure.msg);
}

static int unit_status(void *ctx, uint8_t unit_id)
{
    struct sw_node *node = ctx;

    if (unit_id == 0 || unit_id > SW_SIM_UNIT_MAX || !node->site.unit[unit_id].exists)
        return SW_MB_SILENT;
    sw_node_refresh(node);
    const struct sw_sim_fault *fault = &node->site.unit[unit_id].fault;

    if (fault->kind == SW_SIM_FAULT_SILENT)
        return SW_MB_SILENT;
    return fault->kind == SW_SIM_FAULT_EXCEPTION ? fault->code : 0;
}

static int unit_read(void *ctx, uint8_t unit_id, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs)
{
    const struct sw_node *node = ctx;

    return sw_sim_read(&node->site, unit_id, node->now_us, fc, reg_addr, nb, ret_regs);
}

struct sw_mbserver sw_node_server(struct sw_node *node)
{
    return (struct sw_mbserver){.ctx = node, .status = unit_status, .read = unit_read};
}

bool sw_node_spoils_replies(const struct sw_node *node, uint8_t unit_id)
{
    return unit_id <= SW_SIM_UNIT_MAX && node->site.unit[unit_id].fault.kind == SW_SIM_FAULT_BAD_CRC;
}
