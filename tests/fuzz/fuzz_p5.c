// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the stored state of the forecast model: refused with a sentence and the model is as it was, or taken;
 * what was taken is written, read again and the same, and goes on learning and answering. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "common/macros.h"
#include "rules/p5.h"

#define READINGS 90

static char before[SW_P5_STATE_MAX], after[SW_P5_STATE_MAX];

static void go_on(struct sw_p5 *p)
{
    const int64_t from_us = sw_p5_needs_from(p) == INT64_MIN ? 0 : sw_p5_needs_from(p);
    struct sw_p5_question q = {.n = 25, .n_in = 5, .limit_energy = (sw_i128) sw_energy_floor(7005)};

    for (int i = 0; i < READINGS; i++) {
        const int32_t level = 5000 + i * 37 % 1000;
        double probability;

        sw_p5_level(p, from_us + i * 60 * SW_US_PER_S, 60 * SW_US_PER_S, level);
        q.energy = 20 * (sw_i128) sw_energy(level);
        q.energy_leave = q.energy / 4;
        probability = sw_p5_probability(p, &q);
        FUZZ_CHECK(isnan(probability) || (probability >= 0.0 && probability <= 1.0), "probability %f", probability);
    }
    FUZZ_CHECK(sw_p5_write(p, after, sizeof(after)) > 0, "after %d readings the state does not fit", READINGS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_p5 *p = sw_p5_new();
    struct sw_err err = {0};
    size_t len, len_again;
    int rc;

    FUZZ_CHECK(p != NULL, "no memory");
    len = sw_p5_write(p, before, sizeof(before));
    rc = sw_p5_read(p, text, size, &err);
    free(text);
    if (rc != SW_OK) {
        FUZZ_CHECK(rc == SW_E_CORRUPT && err.msg[0], "code %d: %s", rc, err.msg);
        len_again = sw_p5_write(p, after, sizeof(after));
        FUZZ_CHECK(len_again == len && !memcmp(before, after, len), "refused, but changed");
    } else {
        len = sw_p5_write(p, before, sizeof(before));
        FUZZ_CHECK(len > 0, "a state that was read cannot be written");
        FUZZ_CHECK(sw_p5_read(p, before, len, &err) == SW_OK, "%s", err.msg);
        len_again = sw_p5_write(p, after, sizeof(after));
        FUZZ_CHECK(len_again == len && !memcmp(before, after, len), "another state the second time");
        go_on(p);
    }
    sw_p5_free(p);
    return 0;
}
