// SPDX-License-Identifier: Apache-2.0
/* A hub's file as the rows leave it. Internal to config/. */
#ifndef SW_CONFIG_HUB_INT_H
#define SW_CONFIG_HUB_INT_H

#include "config/conf.h"
#include "config/hub.h"

struct hub_area {
    struct sw_item item;
    char area[SW_AREA_SIZE];
};

struct hub_file {
    struct sw_hub h;
    struct platform_conf broker;
    struct sw_array areas; /* struct hub_area */
};

#endif
