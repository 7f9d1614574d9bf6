// SPDX-License-Identifier: Apache-2.0
/* May this reading be believed? Range, flat line, fog: what is the same for a polled sensor and for a replayed one.
 * The flag of a reading only gets worse here. Pure. Source: docs/explanation/measuring.md, "Readings". */
#ifndef SW_RULES_VALIDITY_H
#define SW_RULES_VALIDITY_H

#include <stdint.h>

#include "common/reading.h"

struct sw_validity_conf {
    int32_t min, max; /* hundredths: outside, the reading cannot be true (D); SW_NO_VALUE = the quantity's own range */
    int64_t flatline_us; /* the same value for longer: D; 0 = not looked at */
    int32_t fog_rh;      /* hundredths of %: optical dust at a relative humidity above this: D; SW_NO_VALUE = no rule */
};

/** One quantity of one sensor. Zero-initialised by sw_validity_init. */
struct sw_validity {
    int32_t value; /* the one that has stood since … */
    int64_t since_us;
    int64_t last_us; /* … and was read again then */
};

void sw_validity_init(struct sw_validity *v);

/** @param rh  relative humidity that holds now, hundredths of %; SW_NO_VALUE = unknown: nothing is excluded
 *  @return the flag that the reading has after all */
char sw_validity_flag(struct sw_validity *v, const struct sw_validity_conf *conf, const struct sw_reading *r,
                      int32_t rh);

#endif
