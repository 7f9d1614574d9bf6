// SPDX-License-Identifier: Apache-2.0
/* CSV files as a stream of records with named columns: any order, extra columns ignored, flat memory.
 * What the columns mean is left to the caller (readings.c). */
#ifndef SW_CLI_CSV_H
#define SW_CLI_CSV_H

#include <stddef.h>

#include "common/err.h"

#define SW_CSV_LINE_MAX 65536 /* longest line, without its end */
#define SW_CSV_WANTED_MAX 16  /* columns that a caller may ask for */
#define SW_CSV_COLUMNS_MAX 256

/** A cell: bytes of the record, not NUL-terminated, surrounding blanks removed. */
struct sw_csv_cell {
    const char *text;
    size_t len;
};

struct sw_csv;

/**
 * Open a file and read its header. A byte order mark and CRLF line ends are understood. A record is one line: a quoted
 * cell cannot hold a line break, so that a stray quote spoils its own line only.
 *
 * @param path        file name, "-" = standard input; borrowed until close
 * @param wanted      [n_wanted] column names, exact; borrowed until close
 * @param n_required  the first so many must be in the header, the others may be absent
 * @return SW_OK; SW_E_IO cannot be read; SW_E_INVAL no usable header; SW_E_NOMEM
 */
int sw_csv_open(const char *path, const char *const *wanted, size_t n_wanted, size_t n_required, struct sw_csv **ret,
                struct sw_err *err);
struct sw_csv *sw_csv_close(struct sw_csv *c); /* NULL is fine; always returns NULL */

/**
 * The next record. Empty lines are passed over.
 *
 * @param ret  [n_wanted] cells, valid until the next call; a column that the header does not name gives {NULL, 0}
 * @return 1 a record; 0 the end; SW_E_INVAL this line is not a record (a sentence in err; call again for the next);
 *         SW_E_IO reading failed
 */
int sw_csv_next(struct sw_csv *c, struct sw_csv_cell *ret, struct sw_err *err);

/** Number of the line that the last sw_csv_next was about, from 1. */
size_t sw_csv_line(const struct sw_csv *c);

#endif
