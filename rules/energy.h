// SPDX-License-Identifier: Apache-2.0
/* Levels as exact sums. A level is held in hundredths of a decibel; its energy is an integer from a committed table
 * (rules/energy_table.inc, made by rules/gen_energy_table.py), summed in 128 bits. Sums are therefore exact, free of
 * order and subtractable, and a mean level is found by integer comparison: the same bits on every machine. */
#ifndef SW_RULES_ENERGY_H
#define SW_RULES_ENERGY_H

#include <stdint.h>

__extension__ typedef unsigned __int128 sw_u128;

#define SW_LEVEL_MIN (-2000) /* -20.00 dB */
#define SW_LEVEL_MAX 16000   /* 160.00 dB */

/** Energy of a level in hundredths of dB, clamped to SW_LEVEL_MIN … SW_LEVEL_MAX. */
sw_u128 sw_energy(int32_t level);

/** Mean level of n equal intervals with this energy sum, hundredths of dB, correctly rounded (half up).
 *  n = 0 → SW_NO_VALUE. */
int32_t sw_energy_level(sw_u128 sum, uint64_t n);

/** Least energy that a mean of one interval must have to be rounded to `level` or more: mean ≥ this ⇔
 *  sw_energy_level(sum, n) ≥ level ⇔ sum ≥ n · this. Used by verdict and forecast alike. */
sw_u128 sw_energy_floor(int32_t level);

/** Smallest level (hundredths) that, rounded half up to `resolution`, lies above `limit`. */
int32_t sw_first_level_over(int32_t limit, int32_t resolution);

#endif
