// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a holiday calendar (file name x.yaml): either faults are named, or its days are in order, each once. */
#include "fuzz.h"

#include "config/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_days days;
    char *text = fuzz_copy(data, size);
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    const int rc = sw_holidays_read_text("x.yaml", text, size, &faults, &days, &err);

    free(text);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (faults.n_faults == 0), "code %d, %zu faults", rc, faults.n_faults);
    if (rc == SW_OK) {
        FUZZ_CHECK(days.n <= SW_DAYS_MAX, "%zu days", days.n);
        for (size_t i = 0; i < days.n; i++) {
            FUZZ_CHECK(i == 0 || days.day[i].day > days.day[i - 1].day, "day %zu is out of order", i);
            FUZZ_CHECK(days.day[i].is_holiday != days.day[i].is_workday, "day %zu is both or neither", i);
        }
    }
    sw_faults_print(&faults, fuzz_sink());
    sw_faults_done(&faults);
    return 0;
}
