// SPDX-License-Identifier: Apache-2.0
/* Which flag a reading has after range, flat line and fog: tables of cases. */
#include "rules/validity.h"

#include <math.h>

#include "common/macros.h"
#include "common/quantity.h"
#include "test.h"

#define S SW_US_PER_S
#define T0 (1772460000 * S)
#define NONE SW_NO_VALUE

struct row {
    const char *why;
    enum sw_quantity q;
    double value;
    char flag;
    struct sw_validity_conf conf;
    int32_t rh;
    char want;
};

static const struct row rows[] = {
    {"plain", SW_QUANTITY_LAEQ, 60.0, 'N', {NONE, NONE, 0, NONE}, NONE, 'N'},
    {"the quantity's own range", SW_QUANTITY_LAEQ, 151.0, 'N', {NONE, NONE, 0, NONE}, NONE, 'D'},
    {"the template's lowest level is still true", SW_QUANTITY_LAEQ, 30.0, 'N', {3000, 13000, 0, NONE}, NONE, 'N'},
    {"just under the template's range", SW_QUANTITY_LAEQ, 29.99, 'N', {3000, 13000, 0, NONE}, NONE, 'D'},
    {"just over the template's range", SW_QUANTITY_LAEQ, 130.01, 'N', {3000, 13000, 0, NONE}, NONE, 'D'},
    {"by hand, out of range", SW_QUANTITY_LAEQ, 20.0, 'S', {3000, 13000, 0, NONE}, NONE, 'D'},
    {"by hand", SW_QUANTITY_LAEQ, 60.0, 'S', {3000, 13000, 0, NONE}, NONE, 'S'},
    {"overload stays overload, whatever its value", SW_QUANTITY_LAEQ, 140.0, 'T', {3000, 13000, 0, NONE}, NONE, 'T'},
    {"calibration stays", SW_QUANTITY_LAEQ, 94.0, 'C', {3000, 9000, 0, NONE}, NONE, 'C'},
    {"no answer has no value to doubt", SW_QUANTITY_LAEQ, NAN, 'B', {3000, 9000, 0, NONE}, NONE, 'B'},
    {"fog: just at the figure", SW_QUANTITY_PM10, 80.0, 'N', {NONE, NONE, 0, 9000}, 9000, 'N'},
    {"fog: above it", SW_QUANTITY_PM10, 80.0, 'N', {NONE, NONE, 0, 9000}, 9001, 'D'},
    {"fog: fine dust too", SW_QUANTITY_PM2_5, 80.0, 'N', {NONE, NONE, 0, 9000}, 9900, 'D'},
    {"fog: humidity not known", SW_QUANTITY_PM10, 80.0, 'N', {NONE, NONE, 0, 9000}, NONE, 'N'},
    {"fog: no rule in the template", SW_QUANTITY_PM10, 80.0, 'N', {NONE, NONE, 0, NONE}, 9900, 'N'},
    {"fog: noise does not mind", SW_QUANTITY_LAEQ, 60.0, 'N', {NONE, NONE, 0, 9000}, 9900, 'N'},
    {"fog: by hand", SW_QUANTITY_PM10, 80.0, 'S', {NONE, NONE, 0, 9000}, 9900, 'S'},
};

static void one_reading_gets_the_flag_of_the_table(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        const struct sw_reading r = {
            .t_utc_us = T0, .value = row->value, .quantity = (uint8_t) row->q, .flag = row->flag};
        struct sw_validity v;
        char got;

        sw_validity_init(&v);
        got = sw_validity_flag(&v, &row->conf, &r, row->rh);
        CHECK(got == row->want, "%s: %c, not %c", row->why, got, row->want);
    }
}

struct step {
    int at_s;
    double value;
    char flag, want;
};

struct line {
    const char *why;
    struct step step[8];
};

/* Flat after more than 60 s. */
static const struct line lines[] = {
    {"the same for just as long as allowed", {{0, 50, 'N', 'N'}, {30, 50, 'N', 'N'}, {60, 50, 'N', 'N'}}},
    {"longer", {{0, 50, 'N', 'N'}, {30, 50, 'N', 'N'}, {60, 50, 'N', 'N'}, {61, 50, 'N', 'D'}, {62, 50, 'N', 'D'}}},
    {"a step of a hundredth is life",
     {{0, 50, 'N', 'N'}, {60, 50, 'N', 'N'}, {61, 50.01, 'N', 'N'}, {90, 50.01, 'N', 'N'}}},
    {"good again at the first other value",
     {{0, 50, 'N', 'N'}, {60, 50, 'N', 'N'}, {61, 50, 'N', 'D'}, {62, 49, 'N', 'N'}}},
    {"over a silence nobody knows what stood",
     {{0, 50, 'N', 'N'}, {61, 50, 'N', 'N'}, {100, 50, 'N', 'N'}, {121, 50, 'N', 'N'}, {122, 50, 'N', 'D'}}},
    {"bad readings between do not move it",
     {{0, 50, 'N', 'N'}, {30, 99, 'D', 'D'}, {60, 50, 'N', 'N'}, {61, 50, 'N', 'D'}}},
    {"by hand may stand still", {{0, 50, 'S', 'S'}, {60, 50, 'S', 'S'}, {120, 50, 'S', 'S'}}},
    {"out of order says nothing", {{0, 50, 'N', 'N'}, {60, 50, 'N', 'N'}, {59, 50, 'N', 'N'}, {61, 50, 'N', 'D'}}},
};

static void a_value_that_stands_too_long_is_a_fault(void **state)
{
    const struct sw_validity_conf conf = {NONE, NONE, 60 * S, NONE};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(lines); i++) {
        struct sw_validity v;

        sw_validity_init(&v);
        for (size_t k = 0; k < SW_ARRAY_SIZE(lines[i].step) && lines[i].step[k].flag; k++) {
            const struct step *s = &lines[i].step[k];
            const struct sw_reading r = {
                .t_utc_us = T0 + s->at_s * S, .value = s->value, .quantity = SW_QUANTITY_LAEQ, .flag = s->flag};
            const char got = sw_validity_flag(&v, &conf, &r, NONE);

            CHECK(got == s->want, "%s: at %d s %c, not %c", lines[i].why, s->at_s, got, s->want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_reading_gets_the_flag_of_the_table),
        cmocka_unit_test(a_value_that_stands_too_long_is_a_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
