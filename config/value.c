// SPDX-License-Identifier: Apache-2.0
/* One plain value: from the text in the file to the field in the struct, with its bounds. Says what is wanted, in the
 * unit in which the person writes. Maps and lists are left to schema.c. */
#include "config/schema.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/timefmt.h"
#include "config/text.h"

#define SHOWN 60 /* bytes of a wrong value that a fault repeats */

__attribute__((format(printf, 3, 4))) static bool wrong(char *why, size_t cap, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void) vsnprintf(why, cap, fmt, args);
    va_end(args);
    return false;
}

static void store_int(const struct sw_row *row, void *dest, int64_t value)
{
    if (dest == NULL)
        return;
    switch (row->size) {
    case 1:
        *(uint8_t *) dest = (uint8_t) value;
        break;
    case 2:
        *(uint16_t *) dest = (uint16_t) value;
        break;
    case 4:
        *(uint32_t *) dest = (uint32_t) value;
        break;
    default:
        *(uint64_t *) dest = (uint64_t) value;
        break;
    }
}

static void store_text(const struct sw_row *row, void *dest, const char *text)
{
    if (dest != NULL)
        (void) snprintf(dest, row->size, "%s", text);
}

static bool has_bounds(const struct sw_row *row)
{
    return row->min != 0 || row->max != 0;
}

const char *sw_duration_text(double ms, char *buf, size_t cap)
{
    static const struct {
        double ms;
        const char *unit;
    } units[] = {{86400e3, "d"}, {3600e3, "h"}, {60e3, "m"}, {1e3, "s"}, {1, "ms"}};

    (void) snprintf(buf, cap, "0s");
    for (size_t i = 0; ms > 0 && i < SW_ARRAY_SIZE(units); i++) {
        const double count = ms / units[i].ms;

        /* 24h reads better than 1d, and 90s is not 1.5m */
        if (count == floor(count) && (units[i].ms < 86400e3 || count >= 2)) {
            (void) snprintf(buf, cap, "%.0f%s", count, units[i].unit);
            break;
        }
    }
    return buf;
}

/* ---- the kinds ---- */

static bool read_words(const struct sw_row *row, const char *text, void *dest, char *why, size_t cap)
{
    struct sw_guess guess = {.typed = text};
    char near[160], list[160] = "";
    size_t len = 0;

    for (const struct sw_word *w = row->words; w->word != NULL; w++) {
        if (strcmp(w->word, text) == 0) {
            if (row->type == SW_ROW_TEXT)
                store_text(row, dest, text);
            else
                store_int(row, dest, w->value);
            return true;
        }
        sw_guess_offer(&guess, w->word);
        const int n = snprintf(list + len, sizeof(list) - len, "%s%s", len > 0 ? ", " : "", w->word);
        len = n > 0 && len + (size_t) n < sizeof(list) ? len + (size_t) n : sizeof(list) - 1;
    }
    return wrong(why, cap, "must be one of %s, not '%.*s'%s", list, sw_text_clip(text, SHOWN), text,
                 sw_guess_text(&guess, near, sizeof(near)));
}

static bool read_text(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    const double room = row->size > 0 ? (double) row->size - 1 : 65536;
    const double most = row->max > 0 ? fmin(row->max, room) : room;

    if (row->words != NULL)
        return read_words(row, n->text, dest, why, cap);
    if ((double) n->len > most)
        return wrong(why, cap, "must have at most %.0f bytes, this has %zu", most, n->len);
    if ((double) n->len < row->min)
        return wrong(why, cap, "must not be empty");
    store_text(row, dest, n->text);
    return true;
}

static bool read_id(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    if (!sw_id_is_valid(n->text))
        return wrong(why, cap,
                     "must be an id of small letters a-z, digits and '-' (1 to 64, no '-' at the ends), not '%.*s'",
                     sw_text_clip(n->text, SHOWN), n->text);
    store_text(row, dest, n->text);
    return true;
}

static bool read_path(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    const char *slash = n->file != NULL ? strrchr(n->file, '/') : NULL;
    const int folder = n->text[0] == '/' || slash == NULL ? 0 : (int) (slash - n->file + 1);
    const size_t room = row->size > 0 ? row->size : SW_PATH_SIZE;

    if (n->len == 0)
        return wrong(why, cap, "must not be empty");
    if ((size_t) folder + n->len >= room)
        return wrong(why, cap, "must be a path of at most %zu bytes (with its folder)", room - 1);
    if (dest != NULL)
        (void) snprintf(dest, row->size, "%.*s%s", folder, n->file != NULL ? n->file : "", n->text);
    return true;
}

/* Sign and magnitude, so that 64 bits of a raw pattern fit too. */
static bool parse_integer(const char *text, bool *ret_negative, uint64_t *ret)
{
    const bool negative = *text == '-';
    const char *digits = text + (*text == '-' || *text == '+');
    const bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end = NULL;

    if (hex ? !isxdigit((unsigned char) digits[2]) : !isdigit((unsigned char) digits[0]))
        return false;
    errno = 0;
    *ret = strtoull(digits, &end, hex ? 16 : 10);
    *ret_negative = negative;
    return errno == 0 && *end == '\0' && (!negative || *ret <= INT64_MAX);
}

static bool out_of_bounds(const struct sw_row *row, const struct sw_node *n, char *why, size_t cap)
{
    const char *space = row->unit != NULL ? " " : "", *unit = row->unit != NULL ? row->unit : "";

    if (row->max > 1e15)
        return wrong(why, cap, "must be at least %.10g%s%s, not %.*s", row->min, space, unit,
                     sw_text_clip(n->text, SHOWN), n->text);
    return wrong(why, cap, "must be %.10g to %.10g%s%s, not %.*s", row->min, row->max, space, unit,
                 sw_text_clip(n->text, SHOWN), n->text);
}

static bool read_int(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    bool negative = false;
    uint64_t magnitude = 0;

    if (!n->is_plain)
        return wrong(why, cap, "must be a whole number: write it without quotes");
    if (!parse_integer(n->text, &negative, &magnitude))
        return wrong(why, cap, "must be a whole number, not '%.*s'", sw_text_clip(n->text, SHOWN), n->text);
    if (row->words != NULL)
        return read_words(row, n->text, dest, why, cap);
    const double value = negative ? -(double) magnitude : (double) magnitude;
    if (has_bounds(row) && (value < row->min || value > row->max))
        return out_of_bounds(row, n, why, cap);
    store_int(row, dest, negative ? -(int64_t) magnitude : (int64_t) magnitude);
    return true;
}

/* strtod also takes "inf", "nan" and hexadecimal floats: those are no numbers here. */
static bool parse_number(const char *text, double *ret)
{
    char *end = NULL;

    if (text[strspn(text, "+-.0123456789eE")] != '\0' || text[strcspn(text, "0123456789")] == '\0')
        return false;
    *ret = strtod(text, &end);
    return *end == '\0' && isfinite(*ret);
}

static bool read_number(const struct sw_row *row, const struct sw_node *n, double *ret, char *why, size_t cap)
{
    if (!n->is_plain)
        return wrong(why, cap, "must be a number: write it without quotes");
    if (!parse_number(n->text, ret))
        return wrong(why, cap, "must be a number, not '%.*s'", sw_text_clip(n->text, SHOWN), n->text);
    if (has_bounds(row) && (*ret < row->min || *ret > row->max))
        return out_of_bounds(row, n, why, cap);
    return true;
}

static bool read_double(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    double value = 0;

    if (!read_number(row, n, &value, why, cap))
        return false;
    if (dest != NULL)
        *(double *) dest = value;
    return true;
}

static bool read_centi(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    double value = 0;

    if (!read_number(row, n, &value, why, cap))
        return false;
    const double centi = round(value * 100.0);
    if (fabs(value * 100.0 - centi) > 1e-6 * fmax(1.0, fabs(centi) * 1e-6))
        return wrong(why, cap, "must have at most two decimals, not %.*s", sw_text_clip(n->text, SHOWN), n->text);
    if (fabs(centi) > 2e9)
        return wrong(why, cap, "is too large: %.*s", sw_text_clip(n->text, SHOWN), n->text);
    store_int(row, dest, (int64_t) centi);
    return true;
}

static bool read_bool(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    const bool is_true = n->is_plain && strcmp(n->text, "true") == 0;

    if (!is_true && !(n->is_plain && strcmp(n->text, "false") == 0))
        return wrong(why, cap, "must be true or false, not '%.*s'", sw_text_clip(n->text, SHOWN), n->text);
    store_int(row, dest, is_true ? 1 : 0);
    return true;
}

static bool read_quantity(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    const enum sw_quantity q = sw_quantity_from_name(n->text, (int) SW_MIN(n->len, (size_t) 100));
    struct sw_guess guess = {.typed = n->text};
    char near[160];

    if (q == SW_QUANTITY_NONE) {
        for (int i = 1; i < SW_QUANTITY__COUNT; i++)
            sw_guess_offer(&guess, sw_quantity_info((enum sw_quantity) i)->name);
        return wrong(why, cap, "must be a quantity such as LAeq, PM10 or wind_speed, not '%.*s'%s",
                     sw_text_clip(n->text, SHOWN), n->text, sw_guess_text(&guess, near, sizeof(near)));
    }
    store_int(row, dest, q);
    return true;
}

struct unit {
    const char *name;
    int64_t factor;
};

/* Digits and one of the units: the value in the smallest unit; -1 = not of that form, -2 = no unit, -3 = too large. */
static int64_t parse_with_unit(const char *text, const struct unit *units, size_t n_units)
{
    char *end = NULL;

    if (!isdigit((unsigned char) text[0]))
        return -1;
    errno = 0;
    const long long count = strtoll(text, &end, 10);
    if (*end == '\0')
        return -2;
    for (size_t i = 0; i < n_units; i++) {
        int64_t value = 0;

        if (strcmp(end, units[i].name) != 0)
            continue;
        return errno != 0 || __builtin_mul_overflow((int64_t) count, units[i].factor, &value) ? -3 : value;
    }
    return -1;
}

static bool read_duration(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    const int64_t ms = parse_with_unit(n->text, units, SW_ARRAY_SIZE(units));
    const int64_t unit = row->type == SW_ROW_DURATION_S ? 1000 : 1;
    const int shown = sw_text_clip(n->text, SHOWN);
    char least[32], most[32];

    if (ms == -2)
        return wrong(why, cap, "needs a unit: %.*sms, %.*ss, %.*sm or %.*sh", shown, n->text, shown, n->text, shown,
                     n->text, shown, n->text);
    if (ms == -1)
        return wrong(why, cap, "must be a duration such as 300ms, 10s, 5m or 1h, not '%.*s'", shown, n->text);
    if (ms == -3 ||
        (has_bounds(row) && ((double) ms < row->min * (double) unit || (double) ms > row->max * (double) unit)))
        return wrong(why, cap, "must be %s to %s, not %.*s",
                     sw_duration_text(row->min * (double) unit, least, sizeof(least)),
                     sw_duration_text(row->max * (double) unit, most, sizeof(most)), shown, n->text);
    if (ms % unit != 0)
        return wrong(why, cap, "must be whole seconds, not %.*s", shown, n->text);
    store_int(row, dest, ms / unit);
    return true;
}

static bool read_size(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    static const struct unit units[] = {
        {"B", 1},           {"kB", 1000},  {"KB", 1000},         {"MB", 1000000},
        {"GB", 1000000000}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};
    const int64_t bytes = parse_with_unit(n->text, units, SW_ARRAY_SIZE(units));

    if (bytes < 0)
        return wrong(why, cap, "must be a size such as 512KiB, 64MB or 2GiB, not '%.*s'", sw_text_clip(n->text, SHOWN),
                     n->text);
    if (has_bounds(row) && ((double) bytes < row->min || (double) bytes > row->max))
        return out_of_bounds(row, n, why, cap);
    store_int(row, dest, bytes);
    return true;
}

/* Exactly `n` digits. */
static int digits(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char) text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool read_clock(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    const bool has_form = n->len == 5 && n->text[2] == ':';
    const int hour = has_form ? digits(n->text, 2) : -1, minute = has_form ? digits(n->text + 3, 2) : -1;

    if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60)
        return wrong(why, cap, "must be a time of day such as \"06:00\", not '%.*s'", sw_text_clip(n->text, SHOWN),
                     n->text);
    store_int(row, dest, hour * 60 + minute);
    return true;
}

static bool read_date(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool has_form = n->len == 10 && n->text[4] == '-' && n->text[7] == '-';
    const int year = has_form ? digits(n->text, 4) : -1, month = has_form ? digits(n->text + 5, 2) : -1;
    const int day = has_form ? digits(n->text + 8, 2) : -1;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 0 || month < 1 || month > 12 || day < 1 || day > days[month - 1] || (month == 2 && day == 29 && !leap))
        return wrong(why, cap, "must be a date such as 2026-01-31, not '%.*s'", sw_text_clip(n->text, SHOWN), n->text);
    store_text(row, dest, n->text);
    return true;
}

static bool read_timestamp(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    struct sw_err err = {0};
    int64_t at_us = 0;

    if (sw_time_parse(n->text, n->len, &at_us, &err) < 0)
        return wrong(why, cap, "must be an instant such as 2026-03-02T22:00:00+08:00: %s", err.msg);
    store_int(row, dest, at_us);
    return true;
}

static bool read_range(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    double value[2] = {0, 0};
    const struct sw_node *c = n->kind == SW_NODE_LIST ? n->first : NULL;

    if (n->kind != SW_NODE_LIST || n->len != 2)
        return wrong(why, cap, "must be two numbers: [least, most]");
    for (size_t i = 0; i < 2; i++, c = c->next)
        if (c->kind != SW_NODE_SCALAR || !read_number(row, c, &value[i], why, cap))
            return c->kind == SW_NODE_SCALAR ? false : wrong(why, cap, "must be two numbers: [least, most]");
    if (!(value[0] < value[1]))
        return wrong(why, cap, "must rise: [least, most]");
    if (dest != NULL)
        memcpy(dest, value, sizeof(value));
    return true;
}

bool sw_value_read(const struct sw_row *row, const struct sw_node *n, void *dest, char *why, size_t cap)
{
    static bool (*const readers[])(const struct sw_row *, const struct sw_node *, void *, char *, size_t) = {
        [SW_ROW_TEXT] = read_text,
        [SW_ROW_ID] = read_id,
        [SW_ROW_PATH] = read_path,
        [SW_ROW_INT] = read_int,
        [SW_ROW_NUMBER] = read_double,
        [SW_ROW_CENTI] = read_centi,
        [SW_ROW_BOOL] = read_bool,
        [SW_ROW_QUANTITY] = read_quantity,
        [SW_ROW_DURATION_MS] = read_duration,
        [SW_ROW_DURATION_S] = read_duration,
        [SW_ROW_SIZE] = read_size,
        [SW_ROW_CLOCK] = read_clock,
        [SW_ROW_DATE] = read_date,
        [SW_ROW_TIMESTAMP] = read_timestamp,
        [SW_ROW_RANGE] = read_range,
    };
    void *field = row->size > 0 ? dest : NULL;

    if (row->type == SW_ROW_NODE) {
        if (field != NULL)
            *(const struct sw_node **) field = n;
        return true;
    }
    if (row->type == SW_ROW_RANGE)
        return read_range(row, n, field, why, cap);
    if (n->kind != SW_NODE_SCALAR)
        return wrong(why, cap, "must be one plain value, not a %s", n->kind == SW_NODE_MAP ? "map" : "list");
    if (sw_node_is_null(n))
        return wrong(why, cap, "has no value: give it one or leave the key out");
    if (row->type == SW_ROW_ENUM)
        return read_words(row, n->text, field, why, cap);
    if (row->type == SW_ROW_PARSED)
        return row->parse(n->text, field, why, cap);
    return readers[row->type](row, n, field, why, cap);
}
