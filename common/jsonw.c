// SPDX-License-Identifier: Apache-2.0
/* The bounded JSON writer. Numbers are printed by integer arithmetic: no locale, no 63.200000000000003. */
#include "common/jsonw.h"

#include <math.h>
#include <string.h>

#include "common/reading.h"
#include "common/timefmt.h"

void sw_jsonw_init(struct sw_jsonw *w, char *buf, size_t cap)
{
    memset(w, 0, sizeof(*w));
    w->buf = buf;
    w->cap = cap;
}

const char *sw_jsonw_finish(struct sw_jsonw *w, size_t *ret_len)
{
    if (w->overflow || w->depth != 0 || w->len + 1 > w->cap)
        return NULL;
    w->buf[w->len] = '\0';
    if (ret_len)
        *ret_len = w->len;
    return w->buf;
}

static void put(struct sw_jsonw *w, const char *text, size_t len)
{
    if (w->overflow || len > w->cap - w->len) {
        w->overflow = true;
        return;
    }
    memcpy(w->buf + w->len, text, len);
    w->len += len;
}

static void put_char(struct sw_jsonw *w, char c)
{
    put(w, &c, 1);
}

/* Length of the valid UTF-8 sequence at p, 0 if there is none (overlong forms and surrogates are none). */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    uint32_t code;

    if (n <= 1)
        return n;
    if (n > left)
        return 0;
    code = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    return code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? 0 : n;
}

static void put_escaped(struct sw_jsonw *w, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    switch (c) {
    case '"':
        put(w, "\\\"", 2);
        return;
    case '\\':
        put(w, "\\\\", 2);
        return;
    case '\n':
        put(w, "\\n", 2);
        return;
    case '\r':
        put(w, "\\r", 2);
        return;
    case '\t':
        put(w, "\\t", 2);
        return;
    default:
        put(w, u, 6);
    }
}

static void put_text(struct sw_jsonw *w, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *) text;
    size_t from = 0, i = 0;

    put_char(w, '"');
    while (i < len) {
        size_t n = utf8_len(p + i, len - i);

        if (n == 0 || p[i] < 0x20 || p[i] == '"' || p[i] == '\\' || p[i] == 0x7F) {
            put(w, text + from, i - from);
            if (n == 0)
                put(w, "\xEF\xBF\xBD", 3); /* U+FFFD */
            else
                put_escaped(w, p[i]);
            from = ++i;
        } else {
            i += n;
        }
    }
    put(w, text + from, len - from);
    put_char(w, '"');
}

static void begin(struct sw_jsonw *w, const char *key)
{
    if (w->need_comma[w->depth])
        put_char(w, ',');
    w->need_comma[w->depth] = true;
    if (key) {
        put_text(w, key, strlen(key));
        put_char(w, ':');
    }
}

static void open(struct sw_jsonw *w, const char *key, char c)
{
    begin(w, key);
    put_char(w, c);
    if (w->depth + 1 >= SW_JSONW_DEPTH_MAX) {
        w->overflow = true;
        return;
    }
    w->need_comma[++w->depth] = false;
}

static void close(struct sw_jsonw *w, char c)
{
    put_char(w, c);
    if (w->depth == 0)
        w->overflow = true; /* more ends than beginnings: a bug, shown as a document that does not finish */
    else
        w->depth--;
}

void sw_jsonw_object(struct sw_jsonw *w, const char *key)
{
    open(w, key, '{');
}

void sw_jsonw_object_end(struct sw_jsonw *w)
{
    close(w, '}');
}

void sw_jsonw_array(struct sw_jsonw *w, const char *key)
{
    open(w, key, '[');
}

void sw_jsonw_array_end(struct sw_jsonw *w)
{
    close(w, ']');
}

void sw_jsonw_str(struct sw_jsonw *w, const char *key, const char *text)
{
    if (text)
        sw_jsonw_strn(w, key, text, strlen(text));
    else
        sw_jsonw_null(w, key);
}

void sw_jsonw_strn(struct sw_jsonw *w, const char *key, const char *text, size_t len)
{
    begin(w, key);
    put_text(w, text, len);
}

static void put_uint(struct sw_jsonw *w, uint64_t value, int min_digits)
{
    char digits[24];
    char *p = digits + sizeof(digits);

    for (; value || min_digits > 0; value /= 10, min_digits--)
        *--p = (char) ('0' + value % 10);
    put(w, p, (size_t) (digits + sizeof(digits) - p));
}

void sw_jsonw_int(struct sw_jsonw *w, const char *key, int64_t value)
{
    begin(w, key);
    if (value < 0)
        put_char(w, '-');
    put_uint(w, value < 0 ? 0 - (uint64_t) value : (uint64_t) value, 1);
}

void sw_jsonw_uint(struct sw_jsonw *w, const char *key, uint64_t value)
{
    begin(w, key);
    put_uint(w, value, 1);
}

void sw_jsonw_bool(struct sw_jsonw *w, const char *key, bool value)
{
    begin(w, key);
    put(w, value ? "true" : "false", value ? 4 : 5);
}

void sw_jsonw_null(struct sw_jsonw *w, const char *key)
{
    begin(w, key);
    put(w, "null", 4);
}

/* sign, whole part, point and `decimals` digits of magnitude / 10^decimals */
static void put_scaled(struct sw_jsonw *w, bool is_negative, uint64_t magnitude, int decimals)
{
    uint64_t unit = 1;

    for (int i = 0; i < decimals; i++)
        unit *= 10;
    if (is_negative && magnitude)
        put_char(w, '-');
    put_uint(w, magnitude / unit, 1);
    if (decimals > 0) {
        put_char(w, '.');
        put_uint(w, magnitude % unit, decimals);
    }
}

void sw_jsonw_num(struct sw_jsonw *w, const char *key, double value, int decimals)
{
    double scaled = fabs(value);

    for (int i = 0; i < decimals; i++)
        scaled *= 10.0;
    if (!(scaled < 9.0e18) || decimals < 0 || decimals > 6) { /* also NaN */
        sw_jsonw_null(w, key);
        return;
    }
    begin(w, key);
    put_scaled(w, value < 0, (uint64_t) floor(scaled + 0.5), decimals);
}

void sw_jsonw_centi(struct sw_jsonw *w, const char *key, int32_t hundredths)
{
    if (hundredths == SW_NO_VALUE) {
        sw_jsonw_null(w, key);
        return;
    }
    begin(w, key);
    put_scaled(w, hundredths < 0, (uint64_t) (hundredths < 0 ? -(int64_t) hundredths : hundredths), 2);
}

void sw_jsonw_time(struct sw_jsonw *w, const char *key, const struct sw_zone *zone, int64_t utc_us)
{
    char text[SW_RFC3339_SIZE];

    if (utc_us == INT64_MIN)
        sw_jsonw_null(w, key);
    else
        sw_jsonw_strn(w, key, text, sw_time_format(zone, utc_us, text));
}

void sw_jsonw_raw(struct sw_jsonw *w, const char *key, const char *json, size_t len)
{
    begin(w, key);
    put(w, json, len);
}
