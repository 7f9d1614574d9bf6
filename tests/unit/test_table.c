// SPDX-License-Identifier: Apache-2.0
/* Tables for a terminal: widths of Chinese text, cutting at a character, ceilings. Widths by hand from Unicode's East
 * Asian Width. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"

static void width_counts_wide_characters_twice(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *why;
    } cases[] = {
        {"", 0, "nothing"},
        {"north-gate", 10, "ASCII"},
        {"北门", 4, "two characters of six bytes"},
        {"LAeq 63 dB\xef\xbc\x8c北门", 16, "mixed, with a full-width comma"},
        {"µg/m³", 5, "two-byte characters are narrow"},
        {"\xe5\x8c", 2, "a character cut short: each byte counts, nothing is read beyond the end"},
        {"𠀀", 2, "four bytes"},
    };
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_text_width(cases[i].text) == cases[i].width, "%s: got %zu, want %zu", cases[i].why,
              sw_text_width(cases[i].text), cases[i].width);
}

static void columns_line_up(void **state)
{
    struct sw_table *t = sw_table_new();
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    (void) state;
    sw_table_row(t);
    sw_table_cell(t, "NAME");
    sw_table_cell(t, "dB");
    sw_table_cell(t, "STATE");
    sw_table_row(t);
    sw_table_cell(t, "北门");
    sw_table_cell(t, "%.1f", 63.2);
    sw_table_cell(t, "forecast");
    sw_table_print(t, 1u << 1, to);
    fclose(to);
    assert_string_equal(text, "NAME     dB   STATE\n"
                              "北门   63.2   forecast\n");
    free(text);
    sw_table_free(t);
}

static void a_long_cell_is_cut_at_a_character(void **state)
{
    struct sw_table *t = sw_table_new();
    char text[3 * SW_TABLE_CELL_SIZE + 2];
    (void) state;
    for (size_t lead = 0; lead < 3; lead++) { /* so that the cut falls on each byte of a character */
        size_t n = 0;
        for (size_t i = 0; i < lead; i++)
            text[n++] = 'x';
        while (n + 3 < sizeof(text) - 3) {
            memcpy(text + n, "北", 3);
            n += 3;
        }
        text[n] = '\0';
        sw_table_row(t);
        sw_table_cell(t, "%s", text);
        size_t got = strlen(t->cells[lead][0]);
        CHECK(got < SW_TABLE_CELL_SIZE && got >= SW_TABLE_CELL_SIZE - 4 && (got - lead) % 3 == 0,
              "%zu letters before: %zu bytes are left", lead, got);
    }
    sw_table_free(t);
}

static void cells_and_rows_beyond_the_ceilings_are_left_out(void **state)
{
    struct sw_table *t = sw_table_new();
    (void) state;
    sw_table_cell(t, "no row yet");
    for (int r = 0; r < SW_TABLE_ROWS_MAX + 3; r++) {
        sw_table_row(t);
        for (int c = 0; c < SW_TABLE_COLUMNS_MAX + 3; c++)
            sw_table_cell(t, "%d", c);
    }
    assert_int_equal(t->n_rows, SW_TABLE_ROWS_MAX);
    assert_string_equal(t->cells[0][SW_TABLE_COLUMNS_MAX - 1], "7");
    sw_table_free(t);
}

static void a_text_is_cut_into_lines_where_it_may_be(void **state)
{
    static const struct {
        const char *text;
        size_t indent, columns;
        const char *lines, *why;
    } cases[] = {
        {"", 2, 20, "", "nothing"},
        {"one two three", 0, 8, "one two\nthree\n", "at a space"},
        {"one two three", 2, 9, "  one two\n  three\n", "indented"},
        {"one two", 0, 7, "one two\n", "it just fits"},
        {"a incomprehensible b", 0, 6, "a\nincomprehensible\nb\n", "a word too long stays whole"},
        {"夜间限值是55分贝", 0, 10, "夜间限值是\n55分贝\n", "between wide characters; numbers stay whole"},
        {"没有超过,也没有", 0, 8, "没有超\n过,也没\n有\n", "no line begins with a comma"},
        {"北门。\xe5\x8c", 0, 80, "北门。\xe5\x8c\n", "a character cut short"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *to = open_memstream(&text, &len);

        assert_non_null(to);
        sw_text_print(cases[i].text, cases[i].indent, cases[i].columns, to);
        assert_int_equal(fclose(to), 0);
        CHECK(strcmp(text, cases[i].lines) == 0, "%s: got\n%s", cases[i].why, text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_counts_wide_characters_twice),
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(a_text_is_cut_into_lines_where_it_may_be),
        cmocka_unit_test(a_long_cell_is_cut_at_a_character),
        cmocka_unit_test(cells_and_rows_beyond_the_ceilings_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
