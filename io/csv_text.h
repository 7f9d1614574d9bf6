// SPDX-License-Identifier: Apache-2.0
/* Cells of a CSV file (RFC 4180) that people open with a spreadsheet: text of theirs is quoted where it must be, and
 * never taken for a formula. Pure but for the stream. */
#ifndef SW_IO_CSV_TEXT_H
#define SW_IO_CSV_TEXT_H

#include <stdint.h>
#include <stdio.h>

#define SW_CSV_BOM "\xef\xbb\xbf" /* without it a spreadsheet takes Chinese for Latin-1 */

/** A cell of text that comes from people or from outside. What a spreadsheet would calculate (=, +, -, @, a tab or a
 * line end at the beginning) gets an apostrophe before it. */
void sw_csv_text(FILE *to, const char *text);
/** A number in hundredths, with two decimals; SW_NO_VALUE writes nothing. */
void sw_csv_centi(FILE *to, int32_t hundredths);
/** Ends a record: CRLF. */
void sw_csv_end(FILE *to);

#endif
