// SPDX-License-Identifier: Apache-2.0
/* The table of quantities. Ranges are physical ones: a value outside cannot be true of the open air. */
#include "common/quantity.h"

#include <string.h>

static const struct sw_quantity_info infos[SW_QUANTITY__COUNT] = {
    [SW_QUANTITY_NONE] = {"", "", SW_KIND_INPUT, false, 0, 0},
    [SW_QUANTITY_LAF] = {"LAF", "dBA", SW_KIND_NOISE, false, 0, 150},
    [SW_QUANTITY_LAEQ] = {"LAeq", "dBA", SW_KIND_NOISE, true, 0, 150},
    [SW_QUANTITY_LAFMAX] = {"LAFmax", "dBA", SW_KIND_NOISE, true, 0, 150},
    [SW_QUANTITY_LCPEAK] = {"LCpeak", "dBC", SW_KIND_NOISE, true, 0, 170},
    [SW_QUANTITY_PM10] = {"PM10", "ug/m3", SW_KIND_DUST, false, -50, 100000},
    [SW_QUANTITY_PM2_5] = {"PM2.5", "ug/m3", SW_KIND_DUST, false, -50, 100000},
    [SW_QUANTITY_TSP] = {"TSP", "ug/m3", SW_KIND_DUST, false, -50, 100000},
    [SW_QUANTITY_WIND_SPEED] = {"wind_speed", "m/s", SW_KIND_WEATHER, false, 0, 120},
    [SW_QUANTITY_WIND_DIR] = {"wind_dir", "deg", SW_KIND_WEATHER, false, 0, 360},
    [SW_QUANTITY_RAIN] = {"rain", "mm/h", SW_KIND_WEATHER, false, 0, 1000},
    [SW_QUANTITY_TEMP] = {"temp", "degC", SW_KIND_WEATHER, false, -80, 80},
    [SW_QUANTITY_RH] = {"rh", "pct", SW_KIND_WEATHER, false, 0, 110},
    [SW_QUANTITY_PRESSURE] = {"pressure", "hPa", SW_KIND_WEATHER, false, 300, 1200},
    [SW_QUANTITY_CAMERA] = {"camera", "", SW_KIND_INPUT, false, 0, 1},
    [SW_QUANTITY_DOOR] = {"door", "", SW_KIND_INPUT, false, 0, 1},
    [SW_QUANTITY_POWER] = {"power", "", SW_KIND_INPUT, false, 0, 1},
    [SW_QUANTITY_TAMPER] = {"tamper", "", SW_KIND_INPUT, false, 0, 1},
    [SW_QUANTITY_CONTACT] = {"contact", "", SW_KIND_INPUT, false, 0, 1},
};

const struct sw_quantity_info *sw_quantity_info(enum sw_quantity q)
{
    if ((unsigned) q >= SW_QUANTITY__COUNT)
        q = SW_QUANTITY_NONE;
    return &infos[q];
}

enum sw_quantity sw_quantity_from_name(const char *name, int len)
{
    for (int q = 1; len > 0 && q < SW_QUANTITY__COUNT; q++)
        if (strlen(infos[q].name) == (size_t) len && memcmp(infos[q].name, name, (size_t) len) == 0)
            return (enum sw_quantity) q;
    return SW_QUANTITY_NONE;
}

const char *sw_kind_name(enum sw_kind kind)
{
    static const char *const names[SW_KIND__COUNT] = {"noise", "dust", "weather", "input"};

    return (unsigned) kind < SW_KIND__COUNT ? names[kind] : "";
}

bool sw_quantity_is_level(enum sw_quantity q)
{
    return q == SW_QUANTITY_LAF || q == SW_QUANTITY_LAEQ;
}
