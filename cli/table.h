// SPDX-License-Identifier: Apache-2.0
/* A table for a terminal, filled cell by cell and printed at the end. */
#ifndef SW_CLI_TABLE_H
#define SW_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SW_TABLE_COLUMNS_MAX 8
#define SW_TABLE_ROWS_MAX 600 /* more than there are sensors or tickets in memory */
#define SW_TABLE_CELL_SIZE 160

struct sw_table {
    size_t n_rows, column;
    char cells[SW_TABLE_ROWS_MAX][SW_TABLE_COLUMNS_MAX][SW_TABLE_CELL_SIZE];
};

struct sw_table *sw_table_new(void);                /* NULL = no memory */
struct sw_table *sw_table_free(struct sw_table *t); /* NULL is fine; always returns NULL */

/** Begin a row; then fill its cells from the left. A text too long for a cell is cut at a character. */
void sw_table_row(struct sw_table *t);
void sw_table_cell(struct sw_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Print all rows. @param right  set of columns that are aligned on the right */
void sw_table_print(const struct sw_table *t, unsigned right, FILE *to);

/** Columns that a UTF-8 text takes on a terminal. */
size_t sw_text_width(const char *text);

/** A text in lines of at most so many columns, each after so many spaces. It is cut at spaces and between wide
 *  characters, never before a punctuation mark. */
void sw_text_print(const char *text, size_t indent, size_t columns, FILE *to);

#endif
