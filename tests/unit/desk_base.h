// SPDX-License-Identifier: Apache-2.0
/* What every test of the desk stands on: a zone, the classes of a hotline, one desk and what it says. Sites, packs and
 * sensors are the tests' own. */
#ifndef SW_TESTS_UNIT_DESK_BASE_H
#define SW_TESTS_UNIT_DESK_BASE_H

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "tickets/desk.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

static struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
/* class A: respond 5 min, dispatch 30 min, resolve 24 h; B: respond 1 h, resolve 5 days; C: none */
static const struct sw_hotline hotline = {.id = "hotline-cn-12345",
                                          .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                                                     {.respond_s = 3600, .resolve = {.s = 432000}}},
                                          .class_a_over_by = 1000,
                                          .class_a_dust_percent = 200,
                                          .reopen_within_s = 86400};

static struct sw_desk *desk;
static struct sw_desk_out out;

/** @param table  NULL with n_table 0: nobody is responsible */
static inline struct sw_desk_params desk_params(const struct sw_desk_sensor *sensors, size_t n_sensors,
                                                const struct sw_responsibility *table, size_t n_table)
{
    return (struct sw_desk_params){.gateway = "gw-7f3a",
                                   .site = "pd-0042",
                                   .agency_responsible = "浦东新区城管执法局",
                                   .zone = &zone,
                                   .hotline = &hotline,
                                   .n_responsibility = n_table,
                                   .responsibility = table,
                                   .n_sensors = n_sensors,
                                   .sensors = sensors,
                                   .has_platform = true};
}

static inline int open_desk_with(const struct sw_desk_params *p)
{
    memset(&out, 0, sizeof out);
    return sw_desk_new(p, &desk, NULL);
}

static inline int close_desk(void **state)
{
    (void) state;
    desk = sw_desk_free(desk);
    return 0;
}

#endif
