// SPDX-License-Identifier: Apache-2.0
/* The form of a JSON text: what is stored in other words than the hashed ones (a ticket as it stands) must at least
 * have the form in which this program writes, so that no byte of it can be changed unseen. */
#include <string.h>

#include "cli/verify_int.h"
#include "io/jcs.h"

#define DIGITS_MAX 16 /* of a number: more than a double holds would be lost on the way to the hash */

static bool is_short_escape(char c)
{
    return c == '"' || c == '\\' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
}

/* "\u001f": only control characters without a short form, in small letters. @return length, 0 = another form */
static size_t escape_len(const char *at, size_t left)
{
    unsigned code;

    if (left >= 2 && is_short_escape(at[1]))
        return 2;
    if (left < 6 || memcmp(at, "\\u00", 4) != 0 || (at[4] != '0' && at[4] != '1'))
        return 0;
    if (!((at[5] >= '0' && at[5] <= '9') || (at[5] >= 'a' && at[5] <= 'f')))
        return 0;
    code = (unsigned) (at[4] - '0') * 16 + (unsigned) (at[5] <= '9' ? at[5] - '0' : at[5] - 'a' + 10);
    return code == 10 || code == 13 || code == 9 ? 0 : 6;
}

bool verify_is_compact(const char *json, size_t len)
{
    bool in_text = false;
    size_t digits = 0;

    for (size_t i = 0; i < len; i++) {
        const char c = json[i];

        if (in_text) {
            if (c == '\\') {
                const size_t skip = escape_len(&json[i], len - i);

                if (skip == 0)
                    return false;
                i += skip - 1;
            }
            in_text = c != '"';
            continue;
        }
        digits = c >= '0' && c <= '9' ? digits + 1 : c == '.' ? digits : 0;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 'E' || digits > DIGITS_MAX)
            return false;
        in_text = c == '"';
    }
    return true;
}

const char *verify_json_hash(struct verify *v, const char *json, size_t len, sw_hash ret)
{
    size_t canonical_len;
    struct sw_err err = {0};

    if (len > VERIFY_BODY_MAX)
        return "it is longer than anything that is written";
    if (sw_jcs(json, len, v->canonical, VERIFY_BODY_MAX + 1, &canonical_len, &err) < 0)
        return "it is no JSON any more";
    if (!verify_is_compact(json, len))
        return "its text has not the form in which it is written";
    sw_chain_body_hash(v->canonical, canonical_len, ret);
    return NULL;
}
