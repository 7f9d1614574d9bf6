// SPDX-License-Identifier: Apache-2.0
/* Errors: a code for the program, a sentence for the person. */
#include "test.h"

#include <string.h>

#include "common/err.h"

static void the_sentence_and_the_code_are_both_kept(void **state)
{
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_err_set(&err, SW_E_EXCEPTION, 2, "unit %d refuses", 7), SW_E_EXCEPTION);
    assert_int_equal(err.code, SW_E_EXCEPTION);
    assert_int_equal(err.detail, 2);
    assert_string_equal(err.msg, "unit 7 refuses");
}

static void a_prefix_is_put_before_the_sentence_as_it_climbs(void **state)
{
    struct sw_err err = {0};

    (void) state;
    sw_err_set(&err, SW_E_IO, 5, "cannot open");
    assert_int_equal(sw_err_prefix(&err, "bus %s", "rs485-1"), SW_E_IO);
    assert_string_equal(err.msg, "bus rs485-1: cannot open");
}

static void an_endless_prefix_is_cut_and_never_written_past_the_end(void **state)
{
    struct sw_err err = {0};
    char longest[600];

    (void) state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    sw_err_set(&err, SW_E_IO, 5, "%s", longest);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    for (int i = 0; i < 10; i++)
        sw_err_prefix(&err, "%s", longest);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

static void nobody_is_obliged_to_listen(void **state)
{
    (void) state;
    assert_int_equal(sw_err_set(NULL, SW_E_INVAL, 0, "x"), SW_E_INVAL);
    assert_int_equal(sw_err_prefix(NULL, "x"), SW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sentence_and_the_code_are_both_kept),
        cmocka_unit_test(a_prefix_is_put_before_the_sentence_as_it_climbs),
        cmocka_unit_test(an_endless_prefix_is_cut_and_never_written_past_the_end),
        cmocka_unit_test(nobody_is_obliged_to_listen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
