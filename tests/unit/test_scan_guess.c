// SPDX-License-Identifier: Apache-2.0
/* Guesses at registers. The register patterns were made with Python's struct.pack, not by this program. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "cli/scan_guess.h"

/* struct.pack(">f", 23.5) = 41BC0000, 65.3 = 4282999A, 1013.25 = 447D5000, -7.25 = C0E80000 */
static const struct order_case {
    const char *why;
    enum sw_reg_type type;
    enum sw_word_order order;
    uint16_t regs[8];
    size_t n;
    unsigned plausible[SW_ORDER__COUNT], values;
} order_cases[] = {
    {"high word first",
     SW_REG_F32,
     SW_ORDER_ABCD,
     {0x41BC, 0x0000, 0x4282, 0x999A, 0x447D, 0x5000, 0xC0E8, 0x0000},
     8,
     /* read as CDAB: 0x000041BC is 2.4e-41, 0x999A4282 -1.6e-23, 0x5000447D 8.6e9, 0x0000C0E8 6.9e-41;
      * as BADC: 0xBC410000 -0.01178, 0x82429A99 -1.4e-37, 0x7D440050 1.6e37, 0xE8C00000 -7.3e24;
      * as DCBA: 0x0000BC41, 0x9A998242, 0x00507D44, 0x0000E8C0, tiny all of them */
     {4, 1, 0, 0},
     4},
    {"low word first", SW_REG_F32, SW_ORDER_CDAB, {0x0000, 0x41BC, 0x999A, 0x4282, 0x5000, 0x447D}, 6, {0, 0, 3, 1}, 3},
    {"zeros speak for no order", SW_REG_F32, SW_ORDER_ABCD, {0, 0, 0, 0}, 4, {0, 0, 0, 0}, 0},
    /* 23500, 71340, 101325000 as signed 32 bits: thousandths of degrees, of percent, of pascal */
    {"thousandths in 32 bits",
     SW_REG_S32,
     SW_ORDER_ABCD,
     {0x0000, 0x5BCC, 0x0001, 0x16AC, 0x060A, 0x18C8},
     6,
     /* CDAB: 0x5BCC0000 = 1540096000, 0x16AC0001 = 380370945, 0x18C8060A = 415761930;
      * BADC: 0x0000CC5B = 52315 (52.3 %), 0x0100AC16 = 16821270, 0x0A06C818 = 168216600;
      * DCBA: 0xCC5B0000 = -866451456, 0xAC160100 = -1407844096, 0xC8180A06 = -937948666 */
     {3, 1, 0, 0},
     3},
};

static void the_right_word_order_explains_more_than_the_others(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(order_cases); i++) {
        const struct order_case *c = &order_cases[i];

        for (int order = 0; order < SW_ORDER__COUNT; order++) {
            const struct sw_scan_score got = sw_scan_score(c->regs, c->n, c->type, (enum sw_word_order) order);

            CHECK(got.values == c->values, "%s: %u values count, not %u", c->why, got.values, c->values);
            CHECK(got.plausible == c->plausible[order], "%s, order %d: %u are plausible, not %u", c->why, order,
                  got.plausible, c->plausible[order]);
            CHECK(order == (int) c->order || c->values == 0 || got.plausible < c->plausible[c->order],
                  "%s: order %d is as good", c->why, order);
        }
    }
}

static void a_double_is_told_in_its_own_order(void **state)
{
    /* struct.pack(">d", 71.5) = 4051E00000000000 */
    static const uint16_t regs[4] = {0x4051, 0xE000, 0x0000, 0x0000}, swapped[4] = {0x0000, 0x0000, 0xE000, 0x4051};
    double number;

    (void) state;
    assert_true(sw_scan_reads_as(regs, SW_REG_F64, SW_ORDER_ABCD, &number));
    assert_true(fabs(number - 71.5) < 1e-12);
    assert_false(sw_scan_reads_as(regs, SW_REG_F64, SW_ORDER_CDAB, &number));
    assert_true(sw_scan_reads_as(swapped, SW_REG_F64, SW_ORDER_CDAB, &number));
    assert_true(fabs(number - 71.5) < 1e-12);
}

static const struct sense_case {
    const char *why;
    double raw;
    int words;
    const char *what;
    double value; /* NaN: not in the list */
} sense_cases[] = {
    {"653 may be 65.3 dB", 653, 1, "level", 65.3},
    {"or as many micrograms", 653, 1, "dust", 653},
    {"or a humidity", 653, 1, "humidity", 65.3},
    {"or a wind of 6.53 m/s", 653, 1, "wind speed", 6.53},
    {"but no pressure", 653, 1, "air pressure", NAN},
    {"10132 is a pressure in tenths", 10132, 1, "air pressure", 1013.2},
    {"and a loud level in hundredths: nobody can tell", 10132, 1, "level", 101.32},
    {"a frost is a temperature", -125, 1, "temperature", -12.5},
    {"and nothing else", -125, 1, "dust", NAN},
    {"0 is nothing that could be told", 0, 1, "level", NAN},
    {"thousandths only in 32 bits", 23500, 1, "temperature", NAN},
    {"thousandths of a degree", 23500, 2, "temperature", 23.5},
    {"thousandths of a pascal", 101325000, 2, "air pressure", 1013.25},
};

static void a_number_is_offered_as_what_it_could_measure(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(sense_cases); i++) {
        const struct sense_case *c = &sense_cases[i];
        struct sw_scan_sense got[SW_SCAN_SENSES_MAX];
        const size_t n = sw_scan_senses(c->raw, c->words, got, SW_ARRAY_SIZE(got));
        bool is_found = false;

        for (size_t k = 0; k < n; k++)
            is_found |= strcmp(got[k].what, c->what) == 0 && (isnan(c->value) || fabs(got[k].value - c->value) < 1e-6);
        CHECK(is_found == !isnan(c->value), "%s: %g as %s", c->why, c->raw, c->what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_word_order_explains_more_than_the_others),
        cmocka_unit_test(a_double_is_told_in_its_own_order),
        cmocka_unit_test(a_number_is_offered_as_what_it_could_measure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
