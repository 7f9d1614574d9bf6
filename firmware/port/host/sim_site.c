// SPDX-License-Identifier: Apache-2.0
/* Values of simulated units and their register maps. Knows nothing of files, sockets or clocks: instants come in. */
#include "firmware/port/host/sim_site.h"

#include <math.h>
#include <string.h>

#include "common/macros.h"
#include "firmware/app/mbserver.h"
#include "firmware/app/regimage.h"

#define LAFMAX_OVER_MIN_DB 3.0
#define LAFMAX_OVER_SPAN_DB 6.0
#define LCPEAK_OVER_DB 15.0
#define LAF_SPREAD_DB 1.0
#define NOISE_FLOOR_DB 25.0 /* self-noise of a class 2 microphone: below it a level is not measured but under range */

static const char *const map_names[SW_SIM_MAP__COUNT] = {"siteward-node", "rs-zs-bz", "rs-fsjt", "ramp"};

static const enum sw_quantity quantity_of[SW_NODE_CHANNELS] = {
    [SW_NODE_CH_LAEQ] = SW_QUANTITY_LAEQ,         [SW_NODE_CH_LAFMAX] = SW_QUANTITY_LAFMAX,
    [SW_NODE_CH_LCPEAK] = SW_QUANTITY_LCPEAK,     [SW_NODE_CH_LAF] = SW_QUANTITY_LAF,
    [SW_NODE_CH_PM10] = SW_QUANTITY_PM10,         [SW_NODE_CH_PM2_5] = SW_QUANTITY_PM2_5,
    [SW_NODE_CH_TSP] = SW_QUANTITY_TSP,           [SW_NODE_CH_WIND_SPEED] = SW_QUANTITY_WIND_SPEED,
    [SW_NODE_CH_WIND_DIR] = SW_QUANTITY_WIND_DIR, [SW_NODE_CH_RAIN] = SW_QUANTITY_RAIN,
    [SW_NODE_CH_TEMP] = SW_QUANTITY_TEMP,         [SW_NODE_CH_RH] = SW_QUANTITY_RH,
    [SW_NODE_CH_PRESSURE] = SW_QUANTITY_PRESSURE,
};

int sw_sim_map_from_name(const char *name)
{
    for (int i = 0; i < SW_SIM_MAP__COUNT; i++)
        if (strcmp(name, map_names[i]) == 0)
            return i;
    return -1;
}

const char *sw_sim_map_names(void)
{
    return "siteward-node, rs-zs-bz, rs-fsjt, ramp";
}

void sw_sim_site_init(struct sw_sim_site *site, int64_t start_us, uint32_t baud)
{
    memset(site, 0, sizeof(*site));
    site->start_us = start_us;
    site->baud = baud;
}

/* 0 … 1 from what names a draw: splitmix64's finaliser, so that no state has to be carried from second to second. */
static double draw(uint8_t unit_id, enum sw_quantity q, int64_t second_us, uint64_t salt)
{
    uint64_t x = (uint64_t) (second_us / SW_US_PER_S) * 0x9E3779B97F4A7C15u;

    x ^= (uint64_t) unit_id << 48 ^ (uint64_t) q << 40 ^ salt << 32;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    return (double) (x >> 11) * 0x1.0p-53;
}

static double base_value(const struct sw_sim_value *v, int64_t t_us)
{
    if (!v->is_set)
        return NAN;
    const int64_t gone_us = t_us - v->start_us;

    if (gone_us >= v->ramp_us || !isfinite(v->from) || !isfinite(v->to))
        return v->to;
    return gone_us <= 0 ? v->from : v->from + (v->to - v->from) * ((double) gone_us / (double) v->ramp_us);
}

void sw_sim_set(struct sw_sim_site *site, uint8_t unit_id, enum sw_quantity q, int64_t at_us, double value,
                int64_t ramp_us, double jitter)
{
    struct sw_sim_unit *unit = &site->unit[unit_id];
    struct sw_sim_value *v = &unit->value[q];
    const double now = base_value(v, at_us);

    unit->exists = true;
    v->is_set = true;
    v->from = now;
    v->to = value;
    v->start_us = at_us;
    v->ramp_us = ramp_us;
    if (!isnan(jitter))
        v->jitter = jitter;
}

/* A quantity that was set, with its jitter, kept inside what the quantity can be. */
static double own_value(const struct sw_sim_unit *unit, uint8_t unit_id, enum sw_quantity q, int64_t second_us)
{
    const struct sw_sim_value *v = &unit->value[q];
    const struct sw_quantity_info *info = sw_quantity_info(q);
    double value = base_value(v, second_us);

    if (!isfinite(value))
        return value;
    value += v->jitter * (2.0 * draw(unit_id, q, second_us, 0) - 1.0);
    if (q == SW_QUANTITY_WIND_DIR)
        return fmod(value + 360.0, 360.0);
    /* Particles may be told to jitter around 0 but a node never reports less than none. */
    const double min = info->kind == SW_KIND_DUST ? 0.0 : info->min;

    return fmin(fmax(value, min), info->max);
}

double sw_sim_value(const struct sw_sim_site *site, uint8_t unit_id, enum sw_quantity q, int64_t second_us)
{
    const struct sw_sim_unit *unit = &site->unit[unit_id];

    if (q != SW_QUANTITY_LAF && q != SW_QUANTITY_LAFMAX && q != SW_QUANTITY_LCPEAK)
        return own_value(unit, unit_id, q, second_us);
    if (unit->value[q].is_set && q != SW_QUANTITY_LAFMAX)
        return own_value(unit, unit_id, q, second_us);
    const double laeq = own_value(unit, unit_id, SW_QUANTITY_LAEQ, second_us);

    if (unit->value[q].is_set) { /* a maximum is never below the mean of the same second */
        const double lafmax = own_value(unit, unit_id, q, second_us);

        return isfinite(laeq) && lafmax < laeq ? laeq : lafmax;
    }
    switch (q) {
    case SW_QUANTITY_LAF:
        return fmin(laeq + LAF_SPREAD_DB * (2.0 * draw(unit_id, q, second_us, 1) - 1.0),
                    sw_sim_value(site, unit_id, SW_QUANTITY_LAFMAX, second_us));
    case SW_QUANTITY_LAFMAX:
        return laeq + LAFMAX_OVER_MIN_DB + LAFMAX_OVER_SPAN_DB * draw(unit_id, q, second_us, 1);
    default:
        return sw_sim_value(site, unit_id, SW_QUANTITY_LAFMAX, second_us) + LCPEAK_OVER_DB;
    }
}

static int32_t steps_of(double value, uint16_t steps_per_unit)
{
    if (isnan(value))
        return SW_NODE_NO_VALUE;
    if (value > 1e6)
        return SW_NODE_OVER_RANGE;
    return (int32_t) lround(value * steps_per_unit);
}

static int64_t last_complete_second(int64_t now_us)
{
    int64_t second = now_us / SW_US_PER_S;

    if (now_us < 0 && now_us % SW_US_PER_S != 0)
        second--;
    return (second - 1) * SW_US_PER_S;
}

void sw_sim_measure(const struct sw_sim_site *site, uint8_t unit_id, int64_t now_us, struct sw_node_measure *ret)
{
    const struct sw_sim_unit *unit = &site->unit[unit_id];
    const int64_t second_us = last_complete_second(now_us);
    const double laeq = sw_sim_value(site, unit_id, SW_QUANTITY_LAEQ, second_us);

    ret->uptime_s = now_us > site->start_us ? (uint32_t) ((now_us - site->start_us) / SW_US_PER_S) : 0;
    ret->sequence = (uint16_t) ((second_us - last_complete_second(site->start_us)) / SW_US_PER_S);
    ret->status = unit->status;
    if (isinf(laeq))
        ret->status |= SW_NODE_STATUS_OVERLOAD;
    if (laeq < NOISE_FLOOR_DB)
        ret->status |= SW_NODE_STATUS_UNDER_RANGE;
    if (unit->value[SW_QUANTITY_PM10].is_set && isnan(sw_sim_value(site, unit_id, SW_QUANTITY_PM10, second_us)))
        ret->status |= SW_NODE_STATUS_PM_FAULT;
    for (int ch = 0; ch < SW_NODE_CHANNELS; ch++) {
        const struct sw_node_channel_info *info = sw_node_channel_info((enum sw_node_channel) ch);

        ret->steps[ch] = steps_of(sw_sim_value(site, unit_id, quantity_of[ch], second_us), info->steps_per_unit);
    }
}

static int read_node(const struct sw_sim_site *site, uint8_t unit_id, int64_t now_us, uint8_t fc, uint16_t reg_addr,
                     uint16_t nb, uint16_t *ret_regs)
{
    uint16_t image[SW_NODE_INPUT_REGS];
    uint32_t size;

    if (fc == SW_MB_FC_INPUT) {
        struct sw_node_measure m;

        size = SW_NODE_INPUT_REGS;
        sw_sim_measure(site, unit_id, now_us, &m);
        sw_regimage_input(&m, image);
    } else {
        size = SW_NODE_HOLDING_REGS;
        sw_regimage_holding(unit_id, site->baud, image);
    }
    if ((uint32_t) reg_addr + nb > size)
        return SW_MB_EXC_ADDRESS;
    memcpy(ret_regs, image + reg_addr, nb * sizeof(*ret_regs));
    return 0;
}

/* A foreign sensor with one holding register of one quantity in tenths. */
static int read_single(double value, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs)
{
    if (fc != SW_MB_FC_HOLDING)
        return SW_MB_EXC_FUNCTION;
    if (reg_addr != 0 || nb != 1)
        return SW_MB_EXC_ADDRESS;
    if (!isfinite(value)) /* these maps have no pattern for "no value" */
        return SW_MB_EXC_DEVICE;
    ret_regs[0] = (uint16_t) lround(value * 10.0);
    return 0;
}

/* 125 registers that all differ and all move, for load tests: register × 512 + second mod 512. */
static int read_ramp(int64_t second_us, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs)
{
    if (reg_addr + nb > SW_MB_READ_MAX)
        return SW_MB_EXC_ADDRESS;
    for (uint16_t i = 0; i < nb; i++)
        ret_regs[i] = (uint16_t) ((reg_addr + i) * 512 + (int) (second_us / SW_US_PER_S & 511));
    return 0;
}

int sw_sim_read(const struct sw_sim_site *site, uint8_t unit_id, int64_t now_us, uint8_t fc, uint16_t reg_addr,
                uint16_t nb, uint16_t *ret_regs)
{
    const int64_t second_us = last_complete_second(now_us);
    double level;

    switch (site->unit[unit_id].map) {
    case SW_SIM_MAP_RS_ZS_BZ:
        level = sw_sim_value(site, unit_id, SW_QUANTITY_LAF, second_us);
        return read_single(level, fc, reg_addr, nb, ret_regs);
    case SW_SIM_MAP_RS_FSJT:
        level = sw_sim_value(site, unit_id, SW_QUANTITY_WIND_SPEED, second_us);
        return read_single(level, fc, reg_addr, nb, ret_regs);
    case SW_SIM_MAP_RAMP:
        return read_ramp(second_us, reg_addr, nb, ret_regs);
    default:
        return read_node(site, unit_id, now_us, fc, reg_addr, nb, ret_regs);
    }
}
