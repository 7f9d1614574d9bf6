// SPDX-License-Identifier: Apache-2.0
/* The quantities a reading can have: name and unit on the wire, how it is averaged, its physical range. */
#ifndef SW_COMMON_QUANTITY_H
#define SW_COMMON_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/** Order is kept for ever: numbers are in stored blocks. */
enum sw_quantity {
    SW_QUANTITY_NONE = 0,
    SW_QUANTITY_LAF,    /* A-weighted, Fast, sampled: dB(A) */
    SW_QUANTITY_LAEQ,   /* A-weighted equivalent level of the interval */
    SW_QUANTITY_LAFMAX, /* highest Fast level of the interval */
    SW_QUANTITY_LCPEAK, /* C-weighted peak of the interval */
    SW_QUANTITY_PM10,
    SW_QUANTITY_PM2_5,
    SW_QUANTITY_TSP,
    SW_QUANTITY_WIND_SPEED,
    SW_QUANTITY_WIND_DIR,
    SW_QUANTITY_RAIN,
    SW_QUANTITY_TEMP,
    SW_QUANTITY_RH,
    SW_QUANTITY_PRESSURE,
    SW_QUANTITY_CAMERA, /* 0/1 inputs from here on */
    SW_QUANTITY_DOOR,
    SW_QUANTITY_POWER,   /* 1 = mains is there */
    SW_QUANTITY_TAMPER,  /* 1 = the loop is broken, a lid is open */
    SW_QUANTITY_CONTACT, /* any other: a machine that runs, an output that is on */
    SW_QUANTITY__COUNT
};

/** What kind of thing it is: decides averaging and the `kind` of a sensor's meta document. */
enum sw_kind { SW_KIND_NOISE, SW_KIND_DUST, SW_KIND_WEATHER, SW_KIND_INPUT, SW_KIND__COUNT };

struct sw_quantity_info {
    const char *name; /* "LAeq": the word of the contract and the replay file */
    const char *unit; /* "dBA", "ug/m3": ASCII on the wire */
    enum sw_kind kind;
    bool integrates; /* the value covers an interval before the reply: drivers subtract it */
    double min, max; /* outside: the reading cannot be true, flag D */
};

/** Facts of a quantity; of an unknown number those of NONE, whose name is "". Never NULL. */
const struct sw_quantity_info *sw_quantity_info(enum sw_quantity q);

/** Number of a name (case matters, "PM2.5"), or SW_QUANTITY_NONE. */
enum sw_quantity sw_quantity_from_name(const char *name, int len);

/** "noise", "dust", "weather", "input". */
const char *sw_kind_name(enum sw_kind kind);

/** True for the levels that a noise sensor is judged by (LAF, LAeq). */
bool sw_quantity_is_level(enum sw_quantity q);

#endif
