// SPDX-License-Identifier: Apache-2.0
/* Cells for spreadsheets: quoted where they must be, never a formula. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/reading.h"
#include "io/csv_text.h"

static const struct {
    const char *text, *cell;
} texts[] = {
    {"", ""},
    {"north gate", "north gate"},
    {"a,b", "\"a,b\""},
    {"say \"x\"", "\"say \"\"x\"\"\""},
    {"two\nlines", "\"two\nlines\""},
    {"=1+1", "'=1+1"},
    {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
    {"+86 21", "'+86 21"},
    {"-2", "'-2"},
    {"@SUM(A1)", "'@SUM(A1)"},
    {"\tx", "'\tx"},
    {"\rx", "\"'\rx\""},
    {"a=b", "a=b"},
    {"北门", "北门"},
};

static const struct {
    int32_t hundredths;
    const char *cell;
} numbers[] = {
    {0, "0.00"}, {5, "0.05"}, {-5, "-0.05"}, {5500, "55.00"}, {-12345, "-123.45"}, {SW_NO_VALUE, ""},
};

static void cells_are_what_a_spreadsheet_reads_back(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts) + SW_ARRAY_SIZE(numbers); i++) {
        const bool is_text = i < SW_ARRAY_SIZE(texts);
        const char *wanted = is_text ? texts[i].cell : numbers[i - SW_ARRAY_SIZE(texts)].cell;
        char *got = NULL;
        size_t len = 0;
        FILE *to = open_memstream(&got, &len);

        if (is_text)
            sw_csv_text(to, texts[i].text);
        else
            sw_csv_centi(to, numbers[i - SW_ARRAY_SIZE(texts)].hundredths);
        sw_csv_end(to);
        fclose(to);
        CHECK(len >= 2 && strcmp(got + len - 2, "\r\n") == 0, "a record ends with CRLF");
        got[len - 2] = '\0';
        CHECK(strcmp(got, wanted) == 0, "%s: %s", wanted, got);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells_are_what_a_spreadsheet_reads_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
