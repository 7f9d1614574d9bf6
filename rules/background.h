// SPDX-License-Identifier: Apache-2.0
/* Taking a background level off a measured one: by a standard's table, or exactly by energies. Whether a background was
 * entered and which rules go by it is the judge's. Pure. */
#ifndef SW_RULES_BACKGROUND_H
#define SW_RULES_BACKGROUND_H

#include <stdint.h>

#include "rules/pack.h"

/** Less above the background (hundredths) and the exact correction means nothing: cannot be judged. */
#define SW_BACKGROUND_EXACT_MIN 300

/** A correction with a background, or none (how = SW_BACKGROUND_NONE). */
struct sw_correct {
    enum sw_background how;
    int32_t background;         /* hundredths */
    const struct sw_pack *pack; /* whose table */
};

/** The measured level without the background, hundredths; SW_NO_VALUE when it lies too little above it.
 *  TABLE: the difference, rounded half up to whole dB, is looked up; below the first row it cannot be judged.
 *  EXACT: 10·lg(10^(L/10) − 10^(B/10)). */
int32_t sw_background_correct(const struct sw_correct *c, int32_t measured);

/** Least measured level from which on every level, corrected, reaches `level`. */
int32_t sw_background_least(const struct sw_correct *c, int32_t level);

#endif
