// SPDX-License-Identifier: Apache-2.0
/* What was said, between reading its words and deciding what they mean. Internal to hub/when*.c. */
#ifndef SW_HUB_WHEN_INT_H
#define SW_HUB_WHEN_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/macros.h"

#define WHEN_NONE INT32_MIN
#define WHEN_HOUR_US (3600 * SW_US_PER_S)

enum when_part { ANY, DAWN, MORNING, NOON, AFTERNOON, DUSK, EVENING, LATE, NIGHT, AM, PM };

struct when_said {
    int day; /* from today; WHEN_NONE */
    int year, month, mday;
    int weekday; /* 0 = Monday; WHEN_NONE */
    bool is_last_week;
    enum when_part part, half; /* half: AM, PM */
    int hour, minute;          /* WHEN_NONE */
    bool is_24h;               /* the hour was written with two digits or a colon */
    int64_t ago_us;            /* -1 */
};

/** @param folded  lower case, without full-width letters and digits. @return false: something in it is no word of time
 */
bool when_read(const char *folded, struct when_said *ret);

#endif
