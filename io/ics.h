// SPDX-License-Identifier: Apache-2.0
/* Writing a calendar (RFC 5545): content lines folded at 75 bytes between characters, text escaped, times in UTC. What
 * stands in it is the caller's. Reading calendars is libical's (cli/ical.h), which no daemon loads. Pure: one growing
 * buffer with a ceiling. */
#ifndef SW_IO_ICS_H
#define SW_IO_ICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_ICS_MAX (4 * 1024 * 1024)

struct sw_ics {
    char *text; /* heap; free() it */
    size_t len, cap;
    bool is_full; /* something did not fit: what is there is no calendar */
};

/** A content line whose value is of the program's own making: "BEGIN:VEVENT". Control characters are left out. */
void sw_ics_line(struct sw_ics *i, const char *name, const char *value);
/** A value of type TEXT: comma, semicolon, backslash and line ends are escaped. NULL or "" writes no line. */
void sw_ics_text(struct sw_ics *i, const char *name, const char *text);
/** "DTSTART:20260302T150000Z" */
void sw_ics_time(struct sw_ics *i, const char *name, int64_t utc_us);

#endif
