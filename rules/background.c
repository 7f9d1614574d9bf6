// SPDX-License-Identifier: Apache-2.0
/* The two corrections. The exact one goes by the committed energies, so that it has the same bits everywhere. */
#include "rules/background.h"

#include "common/reading.h"
#include "rules/energy.h"

/* Whole decibels, half up. */
static int32_t whole_db(int32_t hundredths)
{
    int32_t x = hundredths + 50;

    return x >= 0 ? x / 100 : -((-x + 99) / 100);
}

static int32_t by_table(const struct sw_correct *c, int32_t measured)
{
    int32_t difference = whole_db(measured - c->background), minus = SW_NO_VALUE;

    for (size_t i = 0; i < c->pack->n_corrections; i++) {
        if (c->pack->corrections[i].difference_db <= difference)
            minus = c->pack->corrections[i].minus;
    }
    return minus == SW_NO_VALUE ? SW_NO_VALUE : measured - minus;
}

int32_t sw_background_correct(const struct sw_correct *c, int32_t measured)
{
    if (measured == SW_NO_VALUE || c->how == SW_BACKGROUND_NONE)
        return measured;
    if (c->how == SW_BACKGROUND_TABLE)
        return by_table(c, measured);
    if (measured - c->background < SW_BACKGROUND_EXACT_MIN)
        return SW_NO_VALUE;
    return sw_energy_level(sw_energy(measured) - sw_energy(c->background), 1);
}

int32_t sw_background_least(const struct sw_correct *c, int32_t level)
{
    int32_t least = SW_LEVEL_MAX + 1;

    if (c->how == SW_BACKGROUND_NONE)
        return level;
    while (least > SW_LEVEL_MIN && sw_background_correct(c, least - 1) >= level)
        least--; /* SW_NO_VALUE is below every level */
    return least;
}
