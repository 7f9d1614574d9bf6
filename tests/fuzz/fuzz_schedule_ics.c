// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an iCalendar file: refused with a sentence, or expanded to a schedule that our own reader takes and that
 * answers what was allowed. */
#include "fuzz.h"

#include "fuzz_schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_schedule(data, size, sw_ical_read);
    return 0;
}
