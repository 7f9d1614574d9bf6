// SPDX-License-Identifier: Apache-2.0
/* A reading: what sensors/ hands to rules/. The only thing the two have in common. */
#ifndef SW_COMMON_READING_H
#define SW_COMMON_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/quantity.h"

/** Values inside the judging middle are held in hundredths of their unit (0.01 dB, 0.01 ug/m3). */
#define SW_NO_VALUE INT32_MIN /* "unknown": NaN at the edges, null on the wire, never 0 */

enum sw_time_quality { SW_TIME_SYNCED = 0, SW_TIME_UNSYNCED = 1 };

struct sw_reading {
    int64_t t_utc_us;  /* start of the reading's interval, UTC */
    int64_t t_mono_us; /* the same by the monotonic clock; 0 in a replay file */
    double value;      /* in the quantity's unit; NaN = none */
    uint16_t sensor;   /* index in the site's list of sensors */
    uint8_t quantity;  /* enum sw_quantity */
    uint8_t time_quality;
    char flag; /* HJ 212 letter: N F M S D C T B */
};

/** True for the letters of the contract, section 1. */
static inline bool sw_flag_is_known(char flag)
{
    return flag == 'N' || flag == 'F' || flag == 'M' || flag == 'S' || flag == 'D' || flag == 'C' || flag == 'T' ||
           flag == 'B';
}

/** Hundredths of a value, rounded half away from zero; SW_NO_VALUE for NaN and for what does not fit. */
static inline int32_t sw_hundredths(double value)
{
    if (!(value > -2.0e7 && value < 2.0e7))
        return SW_NO_VALUE;
    return (int32_t) (value < 0 ? value * 100.0 - 0.5 : value * 100.0 + 0.5);
}

#endif
