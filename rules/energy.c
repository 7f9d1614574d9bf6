// SPDX-License-Identifier: Apache-2.0
/* Levels to energies and back, by integers: the same bits on every machine. Which readings are summed is stat.c's and
 * ring.c's; what a level means for a limit is the judge's. */
#include "rules/energy.h"

#include <math.h>

#include "common/reading.h"
#include "rules/energy_table.inc"

/* −20.00 dB has the factor 10^0 and 160.00 dB the factor 10^18: the largest energy is 10^27, and 8.64 million of them
 * (a day at 10 ms) stay below 10^34 of the 3.4·10^38 that fit. */
static const uint64_t factor[19] = {1u,
                                    10u,
                                    100u,
                                    1000u,
                                    10000u,
                                    100000u,
                                    1000000u,
                                    10000000u,
                                    100000000u,
                                    1000000000u,
                                    10000000000u,
                                    100000000000u,
                                    1000000000000u,
                                    10000000000000u,
                                    100000000000000u,
                                    1000000000000000u,
                                    10000000000000000u,
                                    100000000000000000u,
                                    1000000000000000000u};

sw_u128 sw_energy(int32_t level)
{
    uint32_t i;

    if (level < SW_LEVEL_MIN)
        level = SW_LEVEL_MIN;
    if (level > SW_LEVEL_MAX)
        level = SW_LEVEL_MAX;
    i = (uint32_t) (level - SW_LEVEL_MIN);
    return (sw_u128) mantissa[i % 1000] * factor[i / 1000];
}

sw_u128 sw_energy_floor(int32_t level)
{
    uint32_t i;

    if (level <= SW_LEVEL_MIN)
        return 0; /* means are clamped to the least level: all of them reach it */
    if (level > SW_LEVEL_MAX + 1)
        level = SW_LEVEL_MAX + 1; /* no mean reaches it */
    i = (uint32_t) (level - SW_LEVEL_MIN);
    return (sw_u128) boundary[i % 1000] * factor[i / 1000];
}

int32_t sw_energy_level(sw_u128 sum, uint64_t n)
{
    int32_t level;
    double mean;

    if (n == 0)
        return SW_NO_VALUE;
    /* The logarithm only guesses; the comparisons decide, so that the last bit of libm does not matter. */
    mean = (double) sum / (double) n;
    level = mean < 1.0 ? SW_LEVEL_MIN : (int32_t) lrint(1000.0 * log10(mean)) - 11000;
    if (level < SW_LEVEL_MIN)
        level = SW_LEVEL_MIN;
    if (level > SW_LEVEL_MAX)
        level = SW_LEVEL_MAX;
    while (level < SW_LEVEL_MAX && sum >= n * sw_energy_floor(level + 1))
        level++;
    while (level > SW_LEVEL_MIN && sum < n * sw_energy_floor(level))
        level--;
    return level;
}

int32_t sw_first_level_over(int32_t limit, int32_t resolution)
{
    int32_t step = limit / resolution;

    if (limit < 0 && step * resolution != limit)
        step--; /* floor */
    return (step + 1) * resolution - resolution / 2;
}
