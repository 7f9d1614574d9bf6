// SPDX-License-Identifier: Apache-2.0
/* What engine.c and engine_view.c share. Nobody else includes this. */
#ifndef SW_GATEWAY_ENGINE_INT_H
#define SW_GATEWAY_ENGINE_INT_H

#include "common/ident.h"
#include "gateway/engine.h"

/** The caller's array of effects while a step fills it. */
struct fx {
    struct sw_effect *to;
    size_t n, cap;
};

struct engine_sensor {
    struct sw_judge *judge; /* NULL for inputs (camera, door, power) */
    struct sw_live live;
    uint64_t n_live;
    int input_was; /* 0, 1, or -1 before the first edge */
    uint64_t input_count;
};

struct sw_engine {
    const struct sw_site *site;
    size_t n_sensors;
    struct engine_sensor *sensors;
    const struct sw_schedule *schedule; /* borrowed; NULL = none */
    struct sw_desk *desk;
    struct sw_desk_sensor *desk_sensors;
    const struct sw_pack **packs;

    int64_t now_us; /* INT64_MIN before the first input */
    int64_t tick_s; /* the next whole second to tick */
    int64_t end_us;
    bool is_quiet;
    bool summary_due;
    bool was_late; /* the last reading */

    /* the input being worked on, and how far */
    bool has_input;
    struct sw_input input;
    size_t cursor;

    struct sw_judge_out judge_out;
    struct sw_desk_out desk_out;
};

/** Was work allowed now? Without a schedule nobody can say. */
struct sw_work sw_engine_work(const struct sw_engine *e);

/** Is the ticket's matter measured, with good data, to be below its limits by the recovery margin? */
bool sw_engine_is_proven(struct sw_engine *e, const char *ticket);

#endif
