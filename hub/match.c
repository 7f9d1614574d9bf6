// SPDX-License-Identifier: Apache-2.0
/* Comparing addresses by characters: who contains whom, and the longest piece that both have. */
#include "hub/match.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "common/macros.h"

#define CHARS_MAX 100
#define SHARED_MIN 3
#define CONTAINED_MIN 2 /* of Chinese; of Latin CONTAINED_LATIN_MIN */
#define CONTAINED_LATIN_MIN 4

/* ---- folding ---- */

static size_t length_of(unsigned char first)
{
    return first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

static unsigned code_of(const unsigned char *u, size_t len)
{
    unsigned code = len == 1 ? u[0] : u[0] & (0xffu >> (len + 1));

    for (size_t i = 1; i < len; i++)
        code = code << 6 | (u[i] & 0x3f);
    return code;
}

static bool is_mark(unsigned code)
{
    return code < 0x80 ? !isalnum((int) code)
                       : (code >= 0x2000 && code <= 0x206f) || (code >= 0x3000 && code <= 0x303f);
}

void hub_match_fold(const char *text, char *to, size_t cap)
{
    const unsigned char *u = (const unsigned char *) text;
    size_t len = 0;

    while (*u) {
        const size_t n = length_of(*u);
        unsigned code;

        if (strnlen((const char *) u, n) < n)
            break;
        code = code_of(u, n);
        if (code >= 0xff01 && code <= 0xff5e) /* full-width */
            code -= 0xfee0;
        if (!is_mark(code)) {
            const size_t wanted = code < 0x80 ? 1 : n;

            if (len + wanted >= cap)
                break;
            if (code < 0x80)
                to[len] = (char) tolower((int) code);
            else
                memcpy(to + len, u, n);
            len += wanted;
        }
        u += n;
    }
    to[len] = '\0';
}

/* ---- characters ---- */

static size_t characters(const char *text, unsigned *to)
{
    const unsigned char *u = (const unsigned char *) text;
    size_t n = 0;

    while (*u && n < CHARS_MAX) {
        const size_t len = length_of(*u);

        to[n++] = code_of(u, len);
        u += len;
    }
    return n;
}

static bool is_chinese(unsigned code)
{
    return code >= 0x3400 && code <= 0x9fff;
}

/* Behind the last province, city, district, county, town or street office: what is before it, many sites share. 区 of
 * an estate (小区, 社区, 园区) is none. */
static size_t skip_city(const unsigned *c, size_t n)
{
    static const unsigned ends[] = {0x7701 /* 省 */, 0x5e02 /* 市 */, 0x533a /* 区 */, 0x53bf /* 县 */,
                                    0x9547 /* 镇 */};
    static const unsigned estates[] = {0x5c0f /* 小 */, 0x793e /* 社 */, 0x56ed /* 园 */, 0x6821 /* 校 */};
    size_t behind = 0;

    for (size_t i = 1; i < n; i++) {
        bool is_end = c[i] == 0x9053 && c[i - 1] == 0x8857; /* 街道 */

        for (size_t k = 0; k < SW_ARRAY_SIZE(ends); k++)
            is_end |= c[i] == ends[k];
        for (size_t k = 0; k < SW_ARRAY_SIZE(estates); k++)
            is_end &= !(c[i] == 0x533a && c[i - 1] == estates[k]);
        if (is_end && i + 1 < n)
            behind = i + 1;
    }
    return behind;
}

/* Length of the longest run of Chinese characters that both have. */
static size_t longest_shared(const unsigned *a, size_t n_a, const unsigned *b, size_t n_b)
{
    size_t row[CHARS_MAX + 1] = {0}, best = 0;

    for (size_t i = 0; i < n_a; i++) {
        size_t before = 0;

        for (size_t k = 0; k < n_b; k++) {
            const size_t above = row[k + 1];

            row[k + 1] = a[i] == b[k] && is_chinese(a[i]) ? before + 1 : 0;
            best = SW_MAX(best, row[k + 1]);
            before = above;
        }
    }
    return best;
}

static bool is_worth_containing(const unsigned *c, size_t n)
{
    bool has_chinese = false;

    for (size_t i = 0; i < n; i++)
        has_chinese |= is_chinese(c[i]);
    return n >= (has_chinese ? CONTAINED_MIN : CONTAINED_LATIN_MIN);
}

int hub_match_score(const char *typed, const char *of_site)
{
    char a[HUB_MATCH_TEXT_MAX + 1], b[HUB_MATCH_TEXT_MAX + 1];
    unsigned ca[CHARS_MAX], cb[CHARS_MAX];
    size_t n_a, n_b, from_a, from_b, shared;

    hub_match_fold(typed, a, sizeof(a));
    hub_match_fold(of_site, b, sizeof(b));
    if (!*a || !*b)
        return HUB_MATCH_NONE;
    if (strcmp(a, b) == 0)
        return HUB_MATCH_SAME;
    n_a = characters(a, ca);
    n_b = characters(b, cb);
    from_a = skip_city(ca, n_a);
    from_b = skip_city(cb, n_b);
    if ((strstr(a, b) && is_worth_containing(cb + from_b, n_b - from_b)) ||
        (strstr(b, a) && is_worth_containing(ca + from_a, n_a - from_a)))
        return HUB_MATCH_WITHIN + (int) SW_MIN(n_a - from_a, n_b - from_b);
    shared = longest_shared(ca + from_a, n_a - from_a, cb + from_b, n_b - from_b);
    return shared >= SHARED_MIN ? HUB_MATCH_PART + (int) shared : HUB_MATCH_NONE;
}
