// SPDX-License-Identifier: Apache-2.0
/* Content lines of a calendar: folded between characters, escaped, bounded. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "io/ics.h"

static const struct {
    const char *what, *text, *line;
} texts[] = {
    {"plain", "Day work", "SUMMARY:Day work\r\n"},
    {"what separates is escaped", "a,b;c\\d", "SUMMARY:a\\,b\\;c\\\\d\r\n"},
    {"a line end is a letter", "a\nb\r\nc", "SUMMARY:a\\nb\\nc\r\n"},
    {"control characters are left out", "a\x01\x7f\tb", "SUMMARY:ab\r\n"},
    {"nothing is no line", "", ""},
    {"nobody can begin another component", "x\r\nEND:VEVENT", "SUMMARY:x\\nEND:VEVENT\r\n"},
};

static void text_is_escaped(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        struct sw_ics ics = {0};

        sw_ics_text(&ics, "SUMMARY", texts[i].text);
        CHECK(ics.len == strlen(texts[i].line) && (ics.len == 0 || memcmp(ics.text, texts[i].line, ics.len) == 0),
              "%s: %.*s", texts[i].what, (int) ics.len, ics.text ? ics.text : "");
        free(ics.text);
    }
}

static void long_lines_are_folded_between_characters(void **state)
{
    char text[512] = "";
    char joined[sizeof(text) + 16];
    struct sw_ics ics = {0};
    size_t column = 0, n = 0;

    (void) state;
    for (int i = 0; i < 60; i++)
        strcat(text, i % 3 ? "\u591c" : "\\;"); /* three bytes; an escape of two */
    for (char *c = text; *c; c++)
        if (*c == '\\')
            *c = ',';
    sw_ics_text(&ics, "DESCRIPTION", text);
    for (size_t i = 0; i < ics.len; i++) {
        const bool is_end = ics.text[i] == '\r';

        if (is_end) {
            CHECK(column <= 75, "a line of %zu bytes", column);
            CHECK(ics.text[i + 1] == '\n', "CR LF");
            if (i + 2 < ics.len) {
                CHECK(ics.text[i + 2] == ' ', "a folded line begins with a blank");
                CHECK(((unsigned char) ics.text[i + 3] & 0xc0) != 0x80, "no character is cut");
                column = 1;
                i += 2;
            } else {
                i++;
            }
            continue;
        }
        column++;
        if (n < sizeof(joined) - 1)
            joined[n++] = ics.text[i];
    }
    joined[n] = '\0';
    CHECK(strncmp(joined, "DESCRIPTION:\\,\\;", 16) == 0 && strstr(joined, "\u591c\u591c\\,"), "%s", joined);
    free(ics.text);
}

static void times_are_utc(void **state)
{
    static const char wanted[] = "DTSTART:20260302T150000Z\r\n";
    struct sw_ics ics = {0};

    (void) state;
    sw_ics_time(&ics, "DTSTART", INT64_C(1772463600) * 1000000);
    CHECK(ics.len == sizeof(wanted) - 1 && memcmp(ics.text, wanted, ics.len) == 0, "%.*s", (int) ics.len, ics.text);
    free(ics.text);
}

static void a_calendar_has_a_ceiling_and_says_so(void **state)
{
    struct sw_ics ics = {0};

    (void) state;
    for (int i = 0; i < 100000 && !ics.is_full; i++)
        sw_ics_text(&ics, "COMMENT", "some sixty bytes of text that nobody will ever read again");
    CHECK(ics.is_full && ics.len <= SW_ICS_MAX, "%zu bytes", ics.len);
    free(ics.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(long_lines_are_folded_between_characters),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(a_calendar_has_a_ceiling_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
