// SPDX-License-Identifier: Apache-2.0
#include "io/ics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"

#define LINE_MAX_BYTES 75

static bool make_room(struct sw_ics *i, size_t n)
{
    size_t cap = i->cap ? i->cap : 4096;
    char *text;

    while (cap < i->len + n)
        cap *= 2;
    if (i->is_full || cap > SW_ICS_MAX) {
        i->is_full = true;
        return false;
    }
    text = cap == i->cap ? i->text : realloc(i->text, cap);
    if (!text) {
        i->is_full = true;
        return false;
    }
    i->text = text;
    i->cap = cap;
    return true;
}

static size_t char_len(const char *at)
{
    size_t n = 1;

    while (((unsigned char) at[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* A character, on the next line where this one is full. */
static void put_char(struct sw_ics *i, const char *at, size_t len, size_t *column)
{
    if (!make_room(i, len + 4))
        return;
    if (*column + len > LINE_MAX_BYTES) {
        memcpy(i->text + i->len, "\r\n ", 3);
        i->len += 3;
        *column = 1;
    }
    memcpy(i->text + i->len, at, len);
    i->len += len;
    *column += len;
}

/* The letter behind the backslash that stands for this character; 0 = it stands for itself. */
static char escape_of(char ch)
{
    return ch == '\n' ? 'n' : ch == ',' || ch == ';' || ch == '\\' ? ch : 0;
}

static void put_value(struct sw_ics *i, const char *value, bool is_text, size_t *column)
{
    while (*value) {
        const size_t len = char_len(value);
        const char escape = is_text ? escape_of(*value) : 0;

        if (escape)
            put_char(i, (const char[]){'\\', escape}, 2, column);
        else if ((unsigned char) *value >= ' ' && *value != 0x7f)
            put_char(i, value, len, column);
        value += len;
    }
}

static void put_line(struct sw_ics *i, const char *name, const char *value, bool is_text)
{
    size_t column = 0;

    put_value(i, name, false, &column);
    put_char(i, ":", 1, &column);
    put_value(i, value, is_text, &column);
    if (make_room(i, 2)) {
        memcpy(i->text + i->len, "\r\n", 2);
        i->len += 2;
    }
}

void sw_ics_line(struct sw_ics *i, const char *name, const char *value)
{
    put_line(i, name, value, false);
}

void sw_ics_text(struct sw_ics *i, const char *name, const char *text)
{
    if (text && *text)
        put_line(i, name, text, true);
}

void sw_ics_time(struct sw_ics *i, const char *name, int64_t utc_us)
{
    struct sw_civil v;
    struct sw_zone utc;
    char text[64];

    sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, utc_us, &v);
    (void) snprintf(text, sizeof(text), "%04d%02d%02dT%02d%02d%02dZ", v.year, v.month, v.day, v.hour, v.minute,
                    v.second);
    sw_ics_line(i, name, text);
}
