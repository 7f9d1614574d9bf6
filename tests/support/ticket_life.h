// SPDX-License-Identifier: Apache-2.0
/* Writes the tables of docs/reference/ticket-life.md from the code's own table of verbs. The prose around them is the
 * page's. */
#ifndef SW_TESTS_SUPPORT_TICKET_LIFE_H
#define SW_TESTS_SUPPORT_TICKET_LIFE_H

#include <stddef.h>

/** Copy the page with every table between "<!-- table: NAME -->" and "<!-- end -->" written anew.
 *  @return length without NUL; 0 = it does not fit, or a marker names no table or has no end */
size_t ticket_life_page(const char *page, char *buf, size_t cap);

/** How many tables the page can have; each must stand in it once. */
size_t ticket_life_tables(void);

#endif
