// SPDX-License-Identifier: Apache-2.0
/* What is said after a scan: each finding brings the sentence that helps with it, and a sound line none at all. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/scan_words.h"

#define S9600                                                                                                          \
    {                                                                                                                  \
        9600, 'N', 8, 1                                                                                                \
    }
#define S4800                                                                                                          \
    {                                                                                                                  \
        4800, 'N', 8, 1                                                                                                \
    }
#define UNITS_MAX 5

static const struct advice_case {
    const char *why;
    size_t n_units;
    struct sw_scan_unit units[UNITS_MAX];
    struct sw_scan_tally tally; /* the one */
    bool is_tcp;
    struct sw_scan_noise noise;
    const char *says[3]; /* NULL: nothing is said */
    const char * not ;   /* this is not */
} advice_cases[] = {
    {.why = "all is well",
     .n_units = 1,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_MATCHED}},
     .tally = {S9600, 16, 15, 0, 1}},
    {.why = "nobody on a serial line",
     .tally = {S9600, 16, 16, 0, 0},
     .says = {"Nobody answers", "exchange the two wires", "Tried were 9600 8N1"}},
    {.why = "nobody behind a converter",
     .tally = {{0}, 19, 19, 0, 0},
     .is_tcp = true,
     .says = {"no unit answers behind it", "--rtu-over-tcp"},
     .not = "exchange the two wires"},
    {.why = "one address garbled beside a good one",
     .n_units = 2,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_MATCHED},
               {.serial = S9600, .unit_id = 7, .result = SW_SCAN_GARBLED}},
     .tally = {S9600, 16, 14, 1, 1},
     .says = {"at 1 address.", "two units with this same address"}},
    {.why = "everything garbled is the line",
     .n_units = 4,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_GARBLED},
               {.serial = S9600, .unit_id = 2, .result = SW_SCAN_GARBLED},
               {.serial = S9600, .unit_id = 3, .result = SW_SCAN_GARBLED},
               {.serial = S9600, .unit_id = 4, .result = SW_SCAN_GARBLED}},
     .tally = {S9600, 16, 12, 4, 0},
     .says = {"at 4 addresses.", "it is the line itself", "echo"},
     .not = "two units with this same address"},
    {.why = "the port's own counters tell parity and rate",
     .n_units = 1,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_GARBLED}},
     .tally = {S9600, 1, 0, 1, 0},
     .noise = {.is_known = true, .parity = 12, .framing = 3},
     .says = {"12 parity errors", "3 framing errors"}},
    {.why = "garbled at one speed and understood at another was only the wrong speed",
     .n_units = 2,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_GARBLED},
               {.serial = S4800, .unit_id = 1, .result = SW_SCAN_MATCHED}},
     .tally = {S9600, 2, 0, 1, 1}},
    {.why = "two boxes as they came out of the factory",
     .n_units = 2,
     .units = {{.serial = S9600, .unit_id = 1, .result = SW_SCAN_MATCHED},
               {.serial = S4800, .unit_id = 1, .result = SW_SCAN_MATCHED}},
     .tally = {S9600, 2, 0, 0, 2},
     .says = {"Address 1 answers at 9600 8N1 and at 4800 8N1: these are two units"}},
};

static void each_finding_brings_its_advice(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(advice_cases); i++) {
        const struct advice_case *c = &advice_cases[i];
        struct sw_scan_unit units[UNITS_MAX];
        struct sw_scan s = {.n_units = c->n_units, .units = units, .n_tallies = 1, .tallies = {c->tally}};
        char *said = NULL;
        size_t len = 0;
        FILE *to = open_memstream(&said, &len);

        assert_non_null(to);
        memcpy(units, c->units, sizeof(units));
        sw_scan_advice(&s, c->is_tcp, &c->noise, to);
        assert_int_equal(fclose(to), 0);
        CHECK(c->says[0] != NULL || len == 0, "%s: says \"%s\"", c->why, said);
        for (size_t k = 0; k < SW_ARRAY_SIZE(c->says) && c->says[k]; k++)
            CHECK(strstr(said, c->says[k]) != NULL, "%s: \"%s\" is missing in \"%s\"", c->why, c->says[k], said);
        CHECK(!c->not || !strstr(said, c->not ), "%s: says \"%s\"", c->why, said);
        free(said);
    }
}

static void exceptions_are_said_in_words(void **state)
{
    (void) state;
    assert_non_null(strstr(sw_scan_exception_text(1), "function"));
    assert_non_null(strstr(sw_scan_exception_text(2), "no such register"));
    assert_non_null(strstr(sw_scan_exception_text(11), "does not answer the converter"));
    assert_non_null(strstr(sw_scan_exception_text(99), "not a code"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finding_brings_its_advice),
        cmocka_unit_test(exceptions_are_said_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
