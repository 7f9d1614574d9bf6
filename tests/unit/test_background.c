// SPDX-License-Identifier: Apache-2.0
/* The background corrections against their published figures. */
#include "tests/unit/test.h"

#include "common/reading.h"
#include "rules/background.h"

/* The table of GB 12523: 3 dB: 3 off; 4 and 5: 2; 6 to 10: 1; more: nothing. */
static const struct sw_pack gb = {.n_corrections = 4, .corrections = {{3, 300}, {4, 200}, {6, 100}, {11, 0}}};

static const struct correct_case {
    const char *why;
    enum sw_background how;
    int32_t measured, background, want;
} correct_cases[] = {
    {"none", SW_BACKGROUND_NONE, 6000, 5900, 6000},
    {"table: 3 dB", SW_BACKGROUND_TABLE, 6300, 6000, 6000},
    {"table: 4 dB", SW_BACKGROUND_TABLE, 6400, 6000, 6200},
    {"table: 5 dB", SW_BACKGROUND_TABLE, 6500, 6000, 6300},
    {"table: 6 dB", SW_BACKGROUND_TABLE, 6600, 6000, 6500},
    {"table: 10 dB", SW_BACKGROUND_TABLE, 7000, 6000, 6900},
    {"table: 10.49 dB are 10", SW_BACKGROUND_TABLE, 7049, 6000, 6949},
    {"table: 10.5 dB are 11", SW_BACKGROUND_TABLE, 7050, 6000, 7050},
    {"table: 2.5 dB are 3", SW_BACKGROUND_TABLE, 6250, 6000, 5950},
    {"table: 2.49 dB are 2", SW_BACKGROUND_TABLE, 6249, 6000, SW_NO_VALUE},
    {"table: below the background", SW_BACKGROUND_TABLE, 5000, 6000, SW_NO_VALUE},
    {"exact: 3 dB: 3.02 off", SW_BACKGROUND_EXACT, 6300, 6000, 5998},
    {"exact: 4 dB: 2.20", SW_BACKGROUND_EXACT, 6400, 6000, 6180},
    {"exact: 5 dB: 1.65", SW_BACKGROUND_EXACT, 6500, 6000, 6335},
    {"exact: 6 dB: 1.26", SW_BACKGROUND_EXACT, 6600, 6000, 6474},
    {"exact: 7 dB: 0.97", SW_BACKGROUND_EXACT, 6700, 6000, 6603},
    {"exact: 8 dB: 0.75", SW_BACKGROUND_EXACT, 6800, 6000, 6725},
    {"exact: 9 dB: 0.58", SW_BACKGROUND_EXACT, 6900, 6000, 6842},
    {"exact: 10 dB: 0.46", SW_BACKGROUND_EXACT, 7000, 6000, 6954},
    {"exact: 2.99 dB", SW_BACKGROUND_EXACT, 6299, 6000, SW_NO_VALUE},
    {"exact: below the background", SW_BACKGROUND_EXACT, 5000, 6000, SW_NO_VALUE},
    {"no level", SW_BACKGROUND_TABLE, SW_NO_VALUE, 6000, SW_NO_VALUE},
};

static void level_loses_what_the_figures_say(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(correct_cases); i++) {
        const struct correct_case *c = &correct_cases[i];
        const struct sw_correct how = {c->how, c->background, &gb};
        int32_t got = sw_background_correct(&how, c->measured);

        CHECK(got == c->want, "%s: got %d, want %d", c->why, (int) got, (int) c->want);
    }
}

static void least_level_is_where_the_corrected_one_gets_there(void **state)
{
    static const struct {
        const char *why;
        enum sw_background how;
        int32_t background, level, want;
    } cases[] = {
        {"none", SW_BACKGROUND_NONE, 6000, 7005, 7005},
        {"10 dB over it: 1 off", SW_BACKGROUND_TABLE, 6100, 7005, 7105},
        {"far over it", SW_BACKGROUND_TABLE, 4000, 7005, 7005},
        {"3.49 dB over is 70.49, 3.5 is 71.5: the first over is 73.05", SW_BACKGROUND_TABLE, 7000, 7005, 7305},
        {"nearer than 2.5 dB nobody can say, and 2.5 is 75.5", SW_BACKGROUND_TABLE, 7600, 7005, 7850},
        {"exact, 10·lg(10^7.005 + 10^6) = 70.46 dB", SW_BACKGROUND_EXACT, 6000, 7005, 7046},
        {"exact, and 3 dB at least", SW_BACKGROUND_EXACT, 7600, 7005, 7900},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_correct how = {cases[i].how, cases[i].background, &gb};
        int32_t got = sw_background_least(&how, cases[i].level);

        CHECK(got == cases[i].want, "%s: got %d, want %d", cases[i].why, (int) got, (int) cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_loses_what_the_figures_say),
        cmocka_unit_test(least_level_is_where_the_corrected_one_gets_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
