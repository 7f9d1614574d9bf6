// SPDX-License-Identifier: Apache-2.0
/* Tables for people: columns as wide as what stands in them, wide characters counted as two. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

/* One character of UTF-8; a bad byte counts as one character. */
static uint32_t next_character(const unsigned char **p)
{
    const unsigned char *s = *p;
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
    uint32_t c = more == 0 ? s[0] : s[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *p = s + 1;
            return s[0];
        }
        c = c << 6 | (s[i] & 0x3fu);
    }
    *p = s + more + 1;
    return c;
}

/* Hangul, CJK, full-width forms: the blocks of Unicode's East Asian Width that names here can hold */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t sw_text_width(const char *text)
{
    const unsigned char *p = (const unsigned char *) text;
    size_t columns = 0;

    while (*p)
        columns += is_wide(next_character(&p)) ? 2 : 1;
    return columns;
}

/* No line begins with these. */
static bool is_closing(uint32_t c)
{
    return (c < 0x80 && c && strchr(",.;:!?)%", (int) c)) || c == 0x3001 || c == 0x3002 || c == 0xff0c || c == 0xff1b ||
           c == 0xff1a || c == 0xff09;
}

/* Where the next line may begin at the latest; *ret_end: where this one ends. */
static const unsigned char *fit(const unsigned char *p, size_t room, const unsigned char **ret_end)
{
    const unsigned char *at = p, *next = NULL;
    uint32_t before = 0;
    size_t used = 0;

    while (*at) {
        const unsigned char *here = at;
        const uint32_t c = next_character(&at);
        const size_t width = is_wide(c) ? 2 : 1;

        if (c == ' ' || (before && !is_closing(c) && before != ' ' && (is_wide(before) || is_wide(c)))) {
            *ret_end = here;
            next = c == ' ' ? at : here;
        }
        if (c != ' ' && used + width > room && next)
            return next;
        used += width;
        before = c;
    }
    *ret_end = at;
    return at;
}

void sw_text_print(const char *text, size_t indent, size_t columns, FILE *to)
{
    const unsigned char *p = (const unsigned char *) text;

    while (*p) {
        const unsigned char *end = p, *next = fit(p, columns > indent ? columns - indent : 1, &end);

        fprintf(to, "%*s%.*s\n", (int) indent, "", (int) (end - p), (const char *) p);
        p = next;
    }
}

void sw_table_row(struct sw_table *t)
{
    if (t->n_rows < SW_TABLE_ROWS_MAX)
        t->n_rows++;
    t->column = 0;
}

/* What others wrote must not speak to the terminal. */
static void calm(char *text)
{
    for (unsigned char *p = (unsigned char *) text; *p; p++)
        if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)) {
            if (*p == 0xc2)
                p[1] = '?';
            *p = '?';
        }
}

void sw_table_cell(struct sw_table *t, const char *fmt, ...)
{
    if (t->n_rows == 0 || t->column >= SW_TABLE_COLUMNS_MAX)
        return;
    char *cell = t->cells[t->n_rows - 1][t->column];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(cell, SW_TABLE_CELL_SIZE, fmt, ap);
    va_end(ap);
    if (len >= SW_TABLE_CELL_SIZE) { /* cut before a character that did not fit whole */
        size_t cut = SW_TABLE_CELL_SIZE - 1;
        while (cut > 0 && ((unsigned char) cell[cut - 1] & 0xc0) == 0x80)
            cut--;
        if (cut > 0 && (unsigned char) cell[cut - 1] >= 0xc0)
            cut--;
        cell[cut] = '\0';
    }
    calm(cell);
    t->column++;
}

static void print_padded(FILE *to, const char *text, size_t width, bool is_right, bool is_last)
{
    size_t own = sw_text_width(text);
    int pad = width > own ? (int) (width - own) : 0;
    if (is_right)
        fprintf(to, "%*s%s", pad, "", text);
    else
        fprintf(to, "%s%*s", text, is_last ? 0 : pad, "");
}

void sw_table_print(const struct sw_table *t, unsigned right, FILE *to)
{
    size_t width[SW_TABLE_COLUMNS_MAX] = {0};
    size_t n_columns = 0;
    for (size_t r = 0; r < t->n_rows; r++)
        for (size_t c = 0; c < SW_TABLE_COLUMNS_MAX; c++) {
            size_t w = sw_text_width(t->cells[r][c]);
            width[c] = SW_MAX(width[c], w);
            if (w > 0)
                n_columns = SW_MAX(n_columns, c + 1);
        }
    for (size_t r = 0; r < t->n_rows; r++) {
        for (size_t c = 0; c < n_columns; c++) {
            fputs(c == 0 ? "" : "   ", to);
            print_padded(to, t->cells[r][c], width[c], (right >> c & 1u) != 0, c + 1 == n_columns);
        }
        fputc('\n', to);
    }
}

struct sw_table *sw_table_new(void)
{
    return calloc(1, sizeof(struct sw_table));
}

struct sw_table *sw_table_free(struct sw_table *t)
{
    free(t);
    return NULL;
}
