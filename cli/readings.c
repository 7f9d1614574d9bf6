// SPDX-License-Identifier: Apache-2.0
/* Lines of a replay file to readings. Time stamps and decimals are parsed by hand on the common path: a day of eight
 * sensors has 691,200 of each. CSV itself is csv.c's business, what a reading means the judge's. */
#include "cli/readings.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "common/macros.h"
#include "common/timefmt.h"

enum { COL_TS, COL_SENSOR, COL_QUANTITY, COL_VALUE, COL_FLAG, COL__COUNT };
static const char *const columns[COL__COUNT] = {"ts", "sensor", "quantity", "value", "flag"};

#define MINUTE_LEN 16          /* "2026-03-02T23:41" */
#define EARLIEST_S 946684800LL /* 2000-01-01: zone tables cover 2000 to 2099 */
#define LATEST_S 4102444800LL  /* 2100-01-01 */

struct sw_readings {
    struct sw_csv *csv;
    const char *path;
    const struct sw_site *site;
    FILE *complaints;
    int64_t last_us; /* ts of the last good line */
    uint64_t good, bad;

    /* the last minute that was parsed the long way: its text, the text of its offset, and when it began */
    char minute[MINUTE_LEN];
    char offset[8];
    size_t offset_len;
    int64_t minute_us;
};

int sw_readings_open(const char *path, const struct sw_site *site, FILE *complaints, struct sw_readings **ret,
                     struct sw_err *err)
{
    struct sw_readings *r = calloc(1, sizeof(*r));
    if (!r)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    r->path = path;
    r->site = site;
    r->complaints = complaints;
    r->last_us = INT64_MIN;
    int code = sw_csv_open(path, columns, COL__COUNT, COL_FLAG, &r->csv, err);
    if (code < 0) {
        sw_readings_close(r);
        return code;
    }
    *ret = r;
    return SW_OK;
}

struct sw_readings *sw_readings_close(struct sw_readings *r)
{
    if (!r)
        return NULL;
    sw_csv_close(r->csv);
    free(r);
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ":07", ":07.25" after the minute, up to the offset. @return its length, 0 when it is not of this form */
static size_t take_seconds(const char *p, size_t len, int64_t *ret_us)
{
    if (len < 3 || p[0] != ':' || p[1] < '0' || p[1] > '5' || !is_digit(p[2]))
        return 0;
    int64_t us = ((p[1] - '0') * 10 + (p[2] - '0')) * SW_US_PER_S;
    size_t n = 3;
    if (n < len && p[n] == '.') {
        int64_t unit = SW_US_PER_S;
        for (n++; n < len && is_digit(p[n]); n++) {
            unit /= 10; /* 0 behind the microseconds: truncated */
            us += (p[n] - '0') * unit;
        }
        if (n == 4 || n > 13)
            return 0;
    }
    *ret_us = us;
    return n;
}

/* A time stamp; the same minute as on the line before costs a comparison. */
static int parse_ts(struct sw_readings *r, const char *text, size_t len, int64_t *ret, struct sw_err *err)
{
    int64_t in_minute_us = 0;
    size_t n = len > MINUTE_LEN ? take_seconds(text + MINUTE_LEN, len - MINUTE_LEN, &in_minute_us) : 0;
    size_t rest = len - MINUTE_LEN - n;
    if (n > 0 && r->offset_len > 0 && rest == r->offset_len && memcmp(text, r->minute, MINUTE_LEN) == 0 &&
        memcmp(text + MINUTE_LEN + n, r->offset, rest) == 0) {
        *ret = r->minute_us + in_minute_us;
        return SW_OK;
    }
    int64_t t_us;
    int code = sw_time_parse(text, len, &t_us, err);
    if (code < 0)
        return code;
    if (t_us < EARLIEST_S * SW_US_PER_S || t_us >= LATEST_S * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, 0, "ts '%.*s' lies outside 2000 to 2099", (int) SW_MIN(len, 40), text);
    if (n > 0 && rest <= sizeof(r->offset)) {
        memcpy(r->minute, text, MINUTE_LEN);
        memcpy(r->offset, text + MINUTE_LEN + n, rest);
        r->offset_len = rest;
        r->minute_us = t_us - in_minute_us;
    }
    *ret = t_us;
    return SW_OK;
}

/* Numbers with an exponent or with more digits than a double holds: the C library does those. */
static bool parse_long_decimal(const char *text, size_t len, double *ret)
{
    char buf[64];
    if (len >= sizeof(buf))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]) && !strchr("+-.eE", text[i]))
            return false;
    memcpy(buf, text, len);
    buf[len] = '\0';
    char *end;
    *ret = strtod(buf, &end);
    return len > 0 && *end == '\0' && isfinite(*ret);
}

/* A decimal number. Up to 15 digits the quotient of two exact doubles is the nearest one, as strtod would give. */
static bool parse_decimal(const char *text, size_t len, double *ret)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *p = text, *end = text + len;
    bool is_negative = p < end && *p == '-';
    int64_t digits = 0;
    int n = 0, decimals = 0;

    if (is_negative)
        p++;
    for (; p < end && is_digit(*p); p++, n++)
        digits = n < 15 ? digits * 10 + (*p - '0') : digits;
    int before = n;
    if (p < end && *p == '.')
        for (p++; p < end && is_digit(*p); p++, n++, decimals++)
            digits = n < 15 ? digits * 10 + (*p - '0') : digits;
    if (p != end || before == 0 || n > 15 || text[len - 1] == '.')
        return parse_long_decimal(text, len, ret);
    double v = (double) digits / powers[decimals];
    *ret = is_negative ? -v : v;
    return true;
}

static int parse_value(const struct sw_csv_cell *cell, double *ret, struct sw_err *err)
{
    if (cell->len == 0) {
        *ret = NAN;
        return SW_OK;
    }
    if (!parse_decimal(cell->text, cell->len, ret))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "value '%.*s' is not a decimal number (leave it empty when there is none)",
                          (int) SW_MIN(cell->len, 40), cell->text);
    return SW_OK;
}

/* Which sensor, and does it carry that quantity? */
static int parse_channel(const struct sw_readings *r, const struct sw_csv_cell *cells, struct sw_reading *ret,
                         struct sw_err *err)
{
    const struct sw_csv_cell *id = &cells[COL_SENSOR], *word = &cells[COL_QUANTITY];
    int sensor = sw_site_sensor(r->site, id->text, id->len);
    if (sensor < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "the configuration has no sensor '%.*s'", (int) SW_MIN(id->len, 64),
                          id->text);
    const struct sw_sensor_conf *conf = &r->site->sensors[sensor];
    const struct sw_quantity_info *level = sw_quantity_info(conf->level);
    enum sw_quantity q = conf->level;
    /* nearly every line carries its sensor's level: look the others up */
    if (strlen(level->name) != word->len || memcmp(level->name, word->text, word->len) != 0)
        q = sw_quantity_from_name(word->text, (int) word->len);
    if (q == SW_QUANTITY_NONE)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "'%.*s' is not a quantity (LAF LAeq LAFmax LCpeak PM10 PM2.5 TSP "
                          "wind_speed wind_dir rain temp rh pressure camera door power)",
                          (int) SW_MIN(word->len, 40), word->text);
    if (!(conf->quantities & (1u << q)))
        return sw_err_set(err, SW_E_INVAL, 0, "sensor '%s' does not measure %s but %s", conf->id,
                          sw_quantity_info(q)->name, level->name);
    ret->sensor = (uint16_t) sensor;
    ret->quantity = (uint8_t) q;
    return SW_OK;
}

static int parse_line(struct sw_readings *r, const struct sw_csv_cell *cells, struct sw_reading *ret,
                      struct sw_err *err)
{
    const struct sw_csv_cell *flag = &cells[COL_FLAG];

    *ret = (struct sw_reading){.flag = flag->len == 0 ? 'N' : flag->text[0]};
    int code = parse_ts(r, cells[COL_TS].text, cells[COL_TS].len, &ret->t_utc_us, err);
    if (code < 0)
        return code;
    code = parse_channel(r, cells, ret, err);
    if (code < 0)
        return code;
    code = parse_value(&cells[COL_VALUE], &ret->value, err);
    if (code < 0)
        return code;
    if (flag->len > 1 || !sw_flag_is_known(ret->flag))
        return sw_err_set(err, SW_E_INVAL, 0, "flag '%.*s' is none of N F M S D C T B", (int) SW_MIN(flag->len, 40),
                          flag->text);
    if (r->last_us == INT64_MIN)
        return SW_OK;
    if (ret->t_utc_us < r->last_us)
        return sw_err_set(err, SW_E_INVAL, 0, "ts goes back by %.3f s: lines must ascend in time",
                          (double) (r->last_us - ret->t_utc_us) / 1e6);
    if (ret->t_utc_us - r->last_us > SW_READINGS_GAP_MAX_DAYS * SW_S_PER_DAY * SW_US_PER_S)
        return sw_err_set(err, SW_E_INVAL, 0, "ts is more than %d days after the line before: is the year right?",
                          SW_READINGS_GAP_MAX_DAYS);
    return SW_OK;
}

static void complain(struct sw_readings *r, const struct sw_err *err)
{
    r->bad++;
    if (r->bad <= SW_READINGS_SHOWN_MAX)
        fprintf(r->complaints, "%s:%zu: %s\n", r->path, sw_csv_line(r->csv), err->msg);
    else if (r->bad == SW_READINGS_SHOWN_MAX + 1)
        fprintf(r->complaints, "%s: more bad lines follow; they are counted\n", r->path);
}

int sw_readings_next(struct sw_readings *r, struct sw_reading *ret, struct sw_err *err)
{
    struct sw_csv_cell cells[COL__COUNT];
    for (;;) {
        struct sw_err fault = {0};
        int code = sw_csv_next(r->csv, cells, &fault);
        if (code == 0)
            return 0;
        if (code < 0 && code != SW_E_INVAL) {
            if (err)
                *err = fault;
            return code;
        }
        if (code == 1)
            code = parse_line(r, cells, ret, &fault);
        if (code >= 0) {
            r->last_us = ret->t_utc_us;
            r->good++;
            return 1;
        }
        complain(r, &fault);
    }
}

uint64_t sw_readings_good(const struct sw_readings *r)
{
    return r->good;
}

uint64_t sw_readings_bad(const struct sw_readings *r)
{
    return r->bad;
}

int sw_readings_are_too_bad(const struct sw_readings *r)
{
    return r->bad * 100 > r->bad + r->good;
}
