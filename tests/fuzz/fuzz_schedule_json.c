// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a schedule in JSON: through the import, which expands rules, and through the reader of what the import
 * prints. */
#include "fuzz.h"

#include "config/read_schedule.h"
#include "fuzz_schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};
    const int rc = sw_schedule_read_json("input", text, size, fuzz_schedule_zone(), &s, &err);

    FUZZ_CHECK((rc == SW_OK) == (s != NULL), "code %d", rc);
    FUZZ_CHECK(rc == SW_OK || err.msg[0], "code %d without a sentence", rc);
    if (s) {
        fuzz_schedule_ask(s);
        sw_schedule_distrust(s);
        fuzz_schedule_ask(s);
    }
    sw_schedule_free(s);
    free(text);
    fuzz_schedule(data, size, sw_schedule_json_read);
    return 0;
}
