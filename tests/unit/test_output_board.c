// SPDX-License-Identifier: Apache-2.0
/* What an LED board's register gets for a value: scaled by hand here, and never another value for what is not known. */
#include "gateway/outputs_int.h"

#include "test.h"

static void a_value_becomes_a_register_or_says_that_it_cannot(void **state)
{
    static const struct {
        const char *why;
        int32_t hundredths;
        double scale;
        uint16_t unknown, want;
    } cases[] = {
        {"61.84 dB in tenths", 6184, 10, 65535, 618},
        {"half a tenth goes up", 6185, 10, 65535, 619},
        {"a state as it is", 200, 1, 65535, 2},
        {"nought is a value", 0, 10, 65535, 0},
        {"below nought in two's complement", -150, 10, 65535, 65521},
        {"not known", SW_NO_VALUE, 10, 65535, 65535},
        {"not known, on a board that wants another number", SW_NO_VALUE, 10, 9999, 9999},
        {"the most that fits", 6553500, 1, 1, 65535},
        {"more than fits is no other value", 6553600, 1, 9999, 9999},
        {"less than fits is none either", -3276900, 1, 9999, 9999},
        {"a large scale", 100000, 1000, 9999, 9999},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_board_field f = {.scale = cases[i].scale, .unknown = cases[i].unknown};
        const uint16_t is = board_register(&f, cases[i].hundredths);

        CHECK(is == cases[i].want, "%s: %u, wanted %u", cases[i].why, is, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_becomes_a_register_or_says_that_it_cannot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
