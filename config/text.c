// SPDX-License-Identifier: Apache-2.0
/* Clean text, places in it, and the nearest known word. Knows nothing of YAML or of keys. */
#include "config/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/macros.h"

#define GUESS_LEN_MAX 64

/* Length of the character at text, its code point in *ret; 0 when it is no UTF-8. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;

    if (n == 0 || n > left || p[0] > 0xf4)
        return 0;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = (c << 6) | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return n;
}

static bool is_clean(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return !(c >= 0x7f && c <= 0x9f && c != 0x85) && c != 0xfeff && c != 0xfffe && c != 0xffff;
}

size_t sw_text_first_bad(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint32_t c = 0;
        const size_t n = decode((const unsigned char *) text + at, len - at, &c);

        if (n == 0 || !is_clean(c))
            return at;
        at += n;
    }
    return len;
}

void sw_text_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    *ret_line = 1;
    *ret_column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            (*ret_line)++;
            *ret_column = 1;
        } else if (((unsigned char) text[i] & 0xc0) != 0x80) {
            (*ret_column)++;
        }
    }
}

int sw_text_clip(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);

    if (len <= max)
        return (int) len;
    len = max;
    while (len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80)
        len--;
    return (int) len;
}

unsigned sw_text_distance(const char *a, const char *b)
{
    const size_t na = strlen(a), nb = strlen(b);
    unsigned row[3][GUESS_LEN_MAX + 1];

    if (na > GUESS_LEN_MAX || nb > GUESS_LEN_MAX)
        return UINT32_MAX;
    if (strcasecmp(a, b) == 0)
        return strcmp(a, b) == 0 ? 0 : 1;
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = (unsigned) j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *now = row[i % 3];
        const unsigned *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

        now[0] = (unsigned) i;
        for (size_t j = 1; j <= nb; j++) {
            const unsigned change = up[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            const unsigned insert = now[j - 1] + 1, drop = up[j] + 1;

            now[j] = SW_MIN(change, SW_MIN(insert, drop));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = SW_MIN(now[j], up2[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

void sw_guess_offer(struct sw_guess *g, const char *word)
{
    const unsigned d = sw_text_distance(g->typed, word);
    const size_t len = SW_MAX(strlen(g->typed), strlen(word));
    /* One slip in a short word, up to a third of a long one: more would be a guess into the blue. */
    const unsigned most = len <= 3 ? 1 : (unsigned) SW_MAX(2, len / 3);

    if (d > most || d >= strlen(word) || (g->is_found && d >= g->distance) || strlen(word) >= sizeof(g->best))
        return;
    g->is_found = true;
    g->distance = d;
    (void) snprintf(g->best, sizeof(g->best), "%s", word);
}

const char *sw_guess_text(const struct sw_guess *g, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (g->is_found)
        (void) snprintf(buf, cap, ": did you mean '%s'?", g->best);
    return buf;
}
