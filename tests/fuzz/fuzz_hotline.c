// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a hotline pack (file name h.yaml): either faults are named, or it is valid. */
#include "fuzz.h"

#include "config/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_faults faults = {0};
    struct sw_hotline h = {0};
    struct sw_err err = {0};
    const int rc = sw_hotline_read_text("h.yaml", text, size, &faults, &h, &err);

    free(text);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (faults.n_faults == 0), "code %d, %zu faults", rc, faults.n_faults);
    if (rc == SW_OK)
        FUZZ_CHECK(sw_hotline_validate(&h, &err) == SW_OK, "read, but not valid: %s", err.msg);
    sw_faults_print(&faults, fuzz_sink());
    sw_faults_done(&faults);
    return 0;
}
