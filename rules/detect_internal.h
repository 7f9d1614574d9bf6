// SPDX-License-Identifier: Apache-2.0
/* What detect.c and detect_state.c share: the ring of windows without work. Nobody else includes this. */
#ifndef SW_RULES_DETECT_INTERNAL_H
#define SW_RULES_DETECT_INTERNAL_H

#include "rules/detect.h"

/* Windows of fourteen days and of today. */
#define DETECT_IDLE_MAX ((SW_DETECT_DAYS + 1) * (86400 / SW_DETECT_WINDOW_S))
#define DETECT_CLASSES 48 /* hour, and + 24 on working days */

/** A window in which no work was allowed and none was detected. */
struct detect_idle {
    uint16_t day;     /* local, days since 1970: until 2149 */
    int16_t leq, l90; /* hundredths, never negative */
    uint8_t class_;
};

struct sw_detect {
    struct sw_detect_conf conf;
    int64_t last_from_us; /* of the last window, INT64_MIN = none yet */
    enum sw_detected verdict;
    int64_t input_from_us, input_us; /* first and last word of the inputs' present run; INT64_MIN = none yet */
    size_t first, n;
    struct detect_idle idle[DETECT_IDLE_MAX]; /* a ring, in the order of time */
};

void detect_forget(struct sw_detect *d);
void detect_keep(struct sw_detect *d, const struct detect_idle *idle);

#endif
