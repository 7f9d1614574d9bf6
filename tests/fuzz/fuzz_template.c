// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a device template (file name t.yaml): either faults are named, or a device of it can be planned and its
 * registers decoded whatever they hold. */
#include "fuzz.h"

#include "config/read.h"
#include "decode.h"

static void decode_patterns(const struct sw_template *t)
{
    static const uint16_t regs[] = {0, 0xFFFF, 0x7FFF, 0x8000, 0x0218, 0x7FC0, 0x7F80, 1, 0xFF80, 0x4058, 0xE000};

    for (size_t i = 0; i < SW_ARRAY_SIZE(regs); i++)
        decode_check(t, 0, &regs[i], 1);
    decode_check(t, 0x55555555u, regs, SW_ARRAY_SIZE(regs));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_faults faults = {0};
    struct sw_template t = {0};
    struct sw_err err = {0};
    const int rc = sw_template_read_text("t.yaml", text, size, &faults, &t, &err);

    free(text);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (faults.n_faults == 0), "code %d, %zu faults", rc, faults.n_faults);
    if (rc == SW_OK) {
        FUZZ_CHECK(sw_template_validate(&t, &err) == SW_OK, "read, but not valid: %s", err.msg);
        decode_patterns(&t);
        sw_template_done(&t);
    }
    sw_faults_print(&faults, fuzz_sink());
    sw_faults_done(&faults);
    return 0;
}
