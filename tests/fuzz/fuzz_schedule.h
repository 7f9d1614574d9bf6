// SPDX-License-Identifier: Apache-2.0
/* What the two targets of schedules share: read, expand, print, read again, ask. */
#ifndef SW_TESTS_FUZZ_FUZZ_SCHEDULE_H
#define SW_TESTS_FUZZ_FUZZ_SCHEDULE_H

#include "cli/schedule_events.h"

typedef int (*fuzz_schedule_reader)(struct sw_events *e, const char *text, size_t len, struct sw_err *err);

const struct sw_zone *fuzz_schedule_zone(void);

/** Everything that must hold of any schedule. */
void fuzz_schedule_ask(const struct sw_schedule *s);

void fuzz_schedule(const uint8_t *data, size_t size, fuzz_schedule_reader read);

#endif
