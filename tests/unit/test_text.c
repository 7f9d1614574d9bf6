// SPDX-License-Identifier: Apache-2.0
/* Clean text, and the word that was meant. */
#include "test.h"

#include <string.h>

#include "config/text.h"

static void the_first_unclean_byte_is_found(void **state)
{
    static const struct {
        const char *why, *text;
        size_t len, bad;
    } cases[] = {
        {"ASCII", "abc\n\t", 5, 5},
        {"Chinese", "北门", 6, 6},
        {"beyond the basic plane", "\xf0\x9f\x98\x80", 4, 4},
        {"lone continuation", "ab\x80", 3, 2},
        {"cut sequence", "a\xe5\x8c", 3, 1},
        {"overlong slash", "\xc0\xaf", 2, 0},
        {"surrogate", "\xed\xa0\x80", 3, 0},
        {"beyond Unicode", "\xf4\x90\x80\x80", 4, 0},
        {"control character", "a\x01", 2, 1},
        {"NUL", "a\0b", 3, 1},
        {"C1 control", "\xc2\x9b", 2, 0},
        {"byte order mark inside", "a\xef\xbb\xbf", 4, 1},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_text_first_bad(cases[i].text, cases[i].len) == cases[i].bad, "%s", cases[i].why);
}

static void a_place_counts_characters_not_bytes(void **state)
{
    static const char text[] = "a: 1\n北门: x";
    unsigned line = 0, column = 0;

    (void) state;
    sw_text_place(text, strlen(text) - 1, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 5);
}

static void text_is_clipped_between_characters(void **state)
{
    (void) state;
    assert_int_equal(sw_text_clip("北门", 6), 6);
    assert_int_equal(sw_text_clip("北门", 5), 3);
    assert_int_equal(sw_text_clip("北门", 3), 3);
    assert_int_equal(sw_text_clip("北门", 2), 0);
    assert_int_equal(sw_text_clip("ab", 60), 2);
}

/* Hand counted: insertions, deletions, changes, swaps of neighbours. */
static void distance_counts_slips(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned want;
    } cases[] = {
        {"baud", "baud", 0}, {"baus", "baud", 1},      {"buad", "baud", 1}, {"bau", "baud", 1},
        {"LAeq", "laeq", 1}, {"kitten", "sitting", 3}, {"", "abc", 3},      {"timezone", "time_zone", 1},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_text_distance(cases[i].a, cases[i].b) == cases[i].want, "%s / %s", cases[i].a, cases[i].b);
}

static void a_guess_is_made_only_when_it_is_near(void **state)
{
    static const struct {
        const char *typed, *words[4], *want;
    } cases[] = {
        {"baus", {"port", "baud", "format"}, "baud"},
        {"timezon", {"name", "timezone"}, "timezone"},
        {"xyz", {"port", "baud"}, NULL},
        {"a", {"b"}, NULL},
        {"nort-gate", {"south-gate", "north-gate"}, "north-gate"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_guess g = {.typed = cases[i].typed};

        for (size_t k = 0; k < 4 && cases[i].words[k] != NULL; k++)
            sw_guess_offer(&g, cases[i].words[k]);
        CHECK(g.is_found == (cases[i].want != NULL), "%s: found '%s'", cases[i].typed, g.best);
        CHECK(!g.is_found || strcmp(g.best, cases[i].want) == 0, "%s: found '%s'", cases[i].typed, g.best);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_unclean_byte_is_found),      cmocka_unit_test(a_place_counts_characters_not_bytes),
        cmocka_unit_test(text_is_clipped_between_characters),   cmocka_unit_test(distance_counts_slips),
        cmocka_unit_test(a_guess_is_made_only_when_it_is_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
