// SPDX-License-Identifier: Apache-2.0
/* Small helpers on text that people wrote: is it clean UTF-8, where is a byte, which known word was meant. */
#ifndef SW_CONFIG_TEXT_H
#define SW_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Offset of the first byte that is not clean UTF-8 text (bad sequence, surrogate, control character but tab and line
 *  ends, byte order mark); `len` when all is clean. */
size_t sw_text_first_bad(const char *text, size_t len);

/** Line and column (characters) of a byte, from 1. */
void sw_text_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column);

/** Bytes of `text` that fit into max without cutting a character: for "%.*s". */
int sw_text_clip(const char *text, size_t max);

/** Letters to insert, delete, change or swap to make b of a; words that differ only in case are 1 apart.
 *  UINT32_MAX when one is longer than 64 bytes. */
unsigned sw_text_distance(const char *a, const char *b);

/** Looks for the word that was meant. Zero-initialise, offer words, read `best` (NULL: nothing is near enough). */
struct sw_guess {
    const char *typed;
    char best[128];
    unsigned distance;
    bool is_found;
};
void sw_guess_offer(struct sw_guess *g, const char *word);

/** ": did you mean 'baud'?" or "" into buf. @return buf */
const char *sw_guess_text(const struct sw_guess *g, char *buf, size_t cap);

#endif
