// SPDX-License-Identifier: Apache-2.0
/* Canonical JSON: names in order of their UTF-16 units, no spaces, few escapes, ECMAScript's numbers. */
#include "io/jcs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

struct out {
    char *buf;
    size_t len, cap;
    bool is_full;
};

static void put(struct out *o, const char *text, size_t len)
{
    if (o->is_full || o->cap - o->len <= len) { /* one place stays for the NUL */
        o->is_full = true;
        return;
    }
    memcpy(o->buf + o->len, text, len);
    o->len += len;
}

/* ---- numbers ---- */

/** Digits and exponent of the shortest decimal that reads back as the value: d.ddd × 10^exponent. */
static int shortest(double value, char digits[20])
{
    char text[40];
    size_t n = 0;

    for (int precision = 0; precision <= 16; precision++) {
        (void) snprintf(text, sizeof(text), "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (const char *p = text; *p && *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return (int) strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* The four forms of ECMAScript's Number::toString; `point` is where the decimal point falls among the digits. */
void sw_jcs_number(double value, char ret[48])
{
    const char *sign = value < 0 ? "-" : "";
    char digits[20];
    const int point = value == 0 ? 1 : shortest(value < 0 ? -value : value, digits) + 1;
    const int n = value == 0 ? 1 : (int) strlen(digits);

    if (value == 0)
        (void) snprintf(ret, 48, "0"); /* of either sign */
    else if (n <= point && point <= 21)
        (void) snprintf(ret, 48, "%s%s%.*s", sign, digits, point - n, "00000000000000000000");
    else if (point > 0 && point <= 21)
        (void) snprintf(ret, 48, "%s%.*s.%s", sign, point, digits, digits + point);
    else if (point > -6 && point <= 0)
        (void) snprintf(ret, 48, "%s0.%.*s%s", sign, -point, "000000", digits);
    else
        (void) snprintf(ret, 48, "%s%.1s%s%se%+d", sign, digits, n > 1 ? "." : "", digits + 1, point - 1);
}

/* ---- texts ---- */

static void put_text(struct out *o, const char *text, size_t len)
{
    static const char short_of[] = "btn\0fr"; /* of 8 … 13; 11 has none */
    char esc[8];

    put(o, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char) text[i];

        if (c == '"' || c == '\\')
            (void) snprintf(esc, sizeof(esc), "\\%c", c);
        else if (c >= 8 && c <= 13 && short_of[c - 8])
            (void) snprintf(esc, sizeof(esc), "\\%c", short_of[c - 8]);
        else if (c < 0x20)
            (void) snprintf(esc, sizeof(esc), "\\u%04x", c);
        else
            (void) snprintf(esc, sizeof(esc), "%c", c);
        put(o, esc, strlen(esc));
    }
    put(o, "\"", 1);
}

/** UTF-8 sorts like code points; UTF-16 puts those beyond U+FFFF (as surrogates) before U+E000 … U+FFFF. Of two leading
 *  bytes only 0xEE and 0xEF (from U+E000 on) and 0xF0 … 0xF4 (beyond U+FFFF) change places. */
static int rank(unsigned char c)
{
    if (c >= 0xF0)
        return c - 2;
    return c == 0xEE || c == 0xEF ? c + 5 : c;
}

static int by_utf16(const void *left, const void *right)
{
    const unsigned char *a = *(const unsigned char *const *) left, *b = *(const unsigned char *const *) right;

    while (*a && *a == *b) {
        a++;
        b++;
    }
    return rank(*a) - rank(*b);
}

/* ---- values ---- */

static int put_value(struct out *o, const json_t *v, int depth, struct sw_err *err);

static int put_members(struct out *o, const json_t *v, const char **names, int depth, struct sw_err *err)
{
    const char *name;
    json_t *member;
    size_t n = 0;
    int rc = SW_OK;

    /* jansson's iterator takes the object as not const, and does not change it */
    json_object_foreach((json_t *) (uintptr_t) v, name, member) names[n++] = name;
    qsort(names, n, sizeof(*names), by_utf16);
    for (size_t i = 0; i < n && rc == SW_OK; i++) {
        if (i > 0)
            put(o, ",", 1);
        put_text(o, names[i], strlen(names[i]));
        put(o, ":", 1);
        rc = put_value(o, json_object_get(v, names[i]), depth + 1, err);
    }
    return rc;
}

static int put_object(struct out *o, const json_t *v, int depth, struct sw_err *err)
{
    const char **names = calloc(json_object_size(v) + 1, sizeof(*names));
    int rc;

    if (!names)
        return sw_err_set(err, SW_E_NOMEM, 0, "canonical JSON: out of memory");
    put(o, "{", 1);
    rc = put_members(o, v, names, depth, err);
    put(o, "}", 1);
    free(names);
    return rc;
}

static int put_array(struct out *o, const json_t *v, int depth, struct sw_err *err)
{
    int rc = SW_OK;

    put(o, "[", 1);
    for (size_t i = 0; i < json_array_size(v) && rc == SW_OK; i++) {
        if (i > 0)
            put(o, ",", 1);
        rc = put_value(o, json_array_get(v, i), depth + 1, err);
    }
    put(o, "]", 1);
    return rc;
}

static int put_value(struct out *o, const json_t *v, int depth, struct sw_err *err)
{
    char number[48];

    if (depth > SW_JCS_DEPTH_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "canonical JSON: more than %d levels deep", SW_JCS_DEPTH_MAX);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return put_object(o, v, depth, err);
    case JSON_ARRAY:
        return put_array(o, v, depth, err);
    case JSON_STRING:
        put_text(o, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        sw_jcs_number(json_number_value(v), number);
        put(o, number, strlen(number));
        break;
    case JSON_TRUE:
        put(o, "true", 4);
        break;
    case JSON_FALSE:
        put(o, "false", 5);
        break;
    case JSON_NULL:
        put(o, "null", 4);
        break;
    }
    return SW_OK;
}

int sw_jcs(const char *json, size_t len, char *buf, size_t cap, size_t *ret_len, struct sw_err *err)
{
    struct out o = {.buf = buf, .cap = cap};
    json_error_t why;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    int rc;

    if (!root)
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON: line %d, column %d: %s", why.line, why.column, why.text);
    rc = put_value(&o, root, 0, err);
    json_decref(root);
    if (rc == SW_OK && o.is_full)
        rc = sw_err_set(err, SW_E_FULL, 0, "canonical JSON: more than %zu bytes", cap);
    if (rc == SW_OK) {
        buf[o.len] = '\0';
        *ret_len = o.len;
    }
    return rc;
}
