// SPDX-License-Identifier: Apache-2.0
/* Reads scenario rows and plays them onto the simulated site. The rows' format is docs/reference/node-registers.md. */
#include "firmware/port/host/sim_scenario.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "firmware/app/mbserver.h"
#include "firmware/app/regimage.h"

#define FILE_BYTES_MAX ((size_t) 16 << 20)
#define RAMP_MAX_S 604800.0
#define NO_MAP (-1)

struct set_one {
    enum sw_quantity quantity;
    double value, jitter;
};

struct row {
    int64_t at_us, ramp_us;
    uint8_t unit_id;
    bool has_fault, has_status;
    int map; /* NO_MAP = the row does not say */
    struct sw_sim_fault fault;
    uint16_t status;
    size_t n_set;
    struct set_one *set; /* owned */
};

struct sw_scenario {
    struct row *rows;
    size_t n, cap;
    size_t next_value, next_control; /* values lag behind faults by the second that is being measured */
};

static int64_t last_complete_second(int64_t now_us)
{
    return now_us - now_us % SW_US_PER_S - SW_US_PER_S;
}

static bool quantity_can_be_set(enum sw_quantity q)
{
    return q != SW_QUANTITY_NONE && sw_quantity_info(q)->kind != SW_KIND_INPUT;
}

/* A number, null (no value) or "over" (over range). */
static int read_value(const char *name, const json_t *v, enum sw_quantity q, double *ret, struct sw_err *err)
{
    const struct sw_quantity_info *info = sw_quantity_info(q);

    if (json_is_null(v)) {
        *ret = NAN;
        return SW_OK;
    }
    if (json_is_string(v) && strcmp(json_string_value(v), "over") == 0) {
        *ret = INFINITY;
        return SW_OK;
    }
    if (!json_is_number(v))
        return sw_err_set(err, SW_E_INVAL, 0, "%s is neither a number nor null nor \"over\"", name);
    const double value = json_number_value(v);

    if (!(value >= info->min && value <= info->max))
        return sw_err_set(err, SW_E_INVAL, 0, "%s %g is not in %g … %g %s", name, value, info->min, info->max,
                          info->unit);
    *ret = value;
    return SW_OK;
}

static int read_set(const json_t *set, struct row *row, struct sw_err *err)
{
    const char *name;
    json_t *v;

    if (!json_is_object(set) || json_object_size(set) == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"set\" must be an object with at least one quantity");
    row->set = calloc(json_object_size(set), sizeof(*row->set));
    if (!row->set)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a row");
    json_object_foreach((json_t *) set, name, v)
    {
        struct set_one *one = &row->set[row->n_set];

        one->quantity = sw_quantity_from_name(name, (int) strlen(name));
        if (!quantity_can_be_set(one->quantity))
            return sw_err_set(err, SW_E_INVAL, 0,
                              "there is no quantity \"%.40s\": use LAeq LAFmax LCpeak LAF PM10 PM2.5 "
                              "TSP wind_speed wind_dir rain temp rh pressure",
                              name);
        if (read_value(name, v, one->quantity, &one->value, err) < 0)
            return err->code;
        one->jitter = NAN;
        row->n_set++;
    }
    return SW_OK;
}

static int read_jitter(const json_t *v, const char *key, enum sw_kind kind, bool want_kind, struct row *row,
                       struct sw_err *err)
{
    const double jitter = json_number_value(v);
    bool used = false;

    if (!json_is_number(v) || !(jitter >= 0 && jitter <= 1000))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a number from 0 to 1000", key);
    for (size_t i = 0; i < row->n_set; i++)
        if ((sw_quantity_info(row->set[i].quantity)->kind == kind) == want_kind) {
            row->set[i].jitter = jitter;
            used = true;
        }
    if (!used)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" has nothing to act on: \"set\" names no %s", key,
                          want_kind ? "level" : "quantity but levels");
    return SW_OK;
}

static int read_status(const json_t *v, struct row *row, struct sw_err *err)
{
    size_t i;
    json_t *word;

    if (!json_is_array(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"status\" must be a list of \"tamper\" and \"door\"; [] clears both");
    row->has_status = true;
    json_array_foreach((json_t *) v, i, word)
    {
        const char *text = json_is_string(word) ? json_string_value(word) : "";

        if (strcmp(text, "tamper") == 0)
            row->status |= SW_NODE_STATUS_TAMPER;
        else if (strcmp(text, "door") == 0)
            row->status |= SW_NODE_STATUS_DOOR;
        else
            return sw_err_set(err, SW_E_INVAL, 0, "\"status\" knows \"tamper\" and \"door\", not \"%.40s\"", text);
    }
    return SW_OK;
}

static int read_fault(const json_t *fault, const json_t *code, struct row *row, struct sw_err *err)
{
    const int kind = json_is_string(fault) ? sw_sim_fault_from_name(json_string_value(fault)) : -1;

    if (kind < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"fault\" must be \"none\", \"silent\", \"exception\" or \"bad-crc\"");
    row->has_fault = true;
    row->fault = (struct sw_sim_fault){.kind = (enum sw_sim_fault_kind) kind, .code = SW_MB_EXC_DEVICE};
    if (!code)
        return SW_OK;
    if (kind != SW_SIM_FAULT_EXCEPTION || !json_is_integer(code) || json_integer_value(code) < 1 ||
        json_integer_value(code) > 255)
        return sw_err_set(err, SW_E_INVAL, 0, "\"code\" belongs to \"fault\":\"exception\" and is 1 … 255");
    row->fault.code = (uint8_t) json_integer_value(code);
    return SW_OK;
}

static int check_keys(const json_t *o, struct sw_err *err)
{
    static const char *const known[] = {"at",     "unit",  "set",  "ramp_s", "jitter_db", "jitter",
                                        "status", "fault", "code", "map",    "note"};
    const char *key;
    json_t *v;

    json_object_foreach((json_t *) o, key, v)
    {
        bool is_known = false;

        for (size_t i = 0; i < SW_ARRAY_SIZE(known); i++)
            is_known |= strcmp(key, known[i]) == 0;
        if (!is_known)
            return sw_err_set(err, SW_E_INVAL, 0,
                              "a row has no key \"%.40s\": it has at, unit, set, ramp_s, jitter_db, "
                              "jitter, status, fault, code, map, note",
                              key);
    }
    return SW_OK;
}

static int read_when_and_who(const json_t *o, struct row *row, struct sw_err *err)
{
    const json_t *at = json_object_get(o, "at"), *unit = json_object_get(o, "unit");

    if (!json_is_string(at))
        return sw_err_set(err, SW_E_INVAL, 0, "\"at\" is missing: when, as \"2026-03-02T21:40:00+08:00\"");
    if (sw_time_parse(json_string_value(at), json_string_length(at), &row->at_us, err) < 0)
        return sw_err_prefix(err, "\"at\"");
    if (!json_is_integer(unit) || json_integer_value(unit) < 1 || json_integer_value(unit) > SW_SIM_UNIT_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "\"unit\" must be 1 … %d", SW_SIM_UNIT_MAX);
    row->unit_id = (uint8_t) json_integer_value(unit);
    return SW_OK;
}

static int read_row(const json_t *o, struct row *row, struct sw_err *err)
{
    const json_t *v;

    if (check_keys(o, err) < 0 || read_when_and_who(o, row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "set")) && read_set(v, row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "ramp_s"))) {
        if (!json_is_number(v) || !(json_number_value(v) >= 0 && json_number_value(v) <= RAMP_MAX_S))
            return sw_err_set(err, SW_E_INVAL, 0, "\"ramp_s\" must be 0 … %.0f seconds", RAMP_MAX_S);
        row->ramp_us = (int64_t) (json_number_value(v) * 1e6);
    }
    if ((v = json_object_get(o, "jitter_db")) && read_jitter(v, "jitter_db", SW_KIND_NOISE, true, row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "jitter")) && read_jitter(v, "jitter", SW_KIND_NOISE, false, row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "status")) && read_status(v, row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "fault")) && read_fault(v, json_object_get(o, "code"), row, err) < 0)
        return err->code;
    if ((v = json_object_get(o, "map"))) {
        row->map = json_is_string(v) ? sw_sim_map_from_name(json_string_value(v)) : NO_MAP;
        if (row->map == NO_MAP)
            return sw_err_set(err, SW_E_INVAL, 0, "\"map\" must be one of %s", sw_sim_map_names());
    }
    if (row->n_set == 0 && !row->has_status && !row->has_fault && row->map == NO_MAP)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "the row changes nothing: give \"set\", \"fault\", \"status\" or \"map\"");
    return SW_OK;
}

static int add_row(struct sw_scenario *s, const json_t *o, struct sw_err *err)
{
    struct row row = {.map = NO_MAP};
    int rc = read_row(o, &row, err);

    if (rc == SW_OK && s->n == SW_SCENARIO_ROWS_MAX)
        rc = sw_err_set(err, SW_E_FULL, 0, "more than %d rows", SW_SCENARIO_ROWS_MAX);
    if (rc == SW_OK && s->n > 0 && row.at_us < s->rows[s->n - 1].at_us)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"at\" is earlier than in the row before: put the rows in order of time");
    if (rc == SW_OK && s->n == s->cap) {
        const size_t cap = s->cap ? s->cap * 2 : 64;
        struct row *rows = realloc(s->rows, cap * sizeof(*rows));

        if (rows) {
            s->rows = rows;
            s->cap = cap;
        } else {
            rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory for %zu rows", cap);
        }
    }
    if (rc < 0 || !s->rows) {
        free(row.set);
        return rc;
    }
    s->rows[s->n++] = row;
    return SW_OK;
}

static int add_line(struct sw_scenario *s, const char *line, size_t len, bool is_first, struct sw_err *err)
{
    json_error_t je;

    if (len > SW_SCENARIO_LINE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "the line is longer than %d bytes", SW_SCENARIO_LINE_MAX);
    json_t *o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &je);

    if (!o)
        return sw_err_set(err, SW_E_INVAL, 0, "not a JSON object on one line: %.120s (column %d)", je.text, je.column);
    int rc = SW_OK;

    if (!json_is_object(o))
        rc = sw_err_set(err, SW_E_INVAL, 0, "a row must be a JSON object");
    else if (!(is_first && json_object_get(o, "scenario") && !json_object_get(o, "at")))
        rc = add_row(s, o, err);
    json_decref(o);
    return rc;
}

static bool is_blank(const char *line, size_t len)
{
    size_t i = 0;

    while (i < len && strchr(" \t\r", line[i]) && line[i] != '\0')
        i++;
    return i == len;
}

int sw_scenario_parse(const char *name, const char *text, size_t len, struct sw_scenario **ret, struct sw_err *err)
{
    struct sw_scenario *s = calloc(1, sizeof(*s));
    struct sw_err own = {0};
    unsigned line_no = 0;
    bool is_first = true;

    if (!err)
        err = &own;
    if (!s)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", name);
    for (size_t pos = 0; pos < len;) {
        const char *line = text + pos;
        const char *newline = memchr(line, '\n', len - pos);
        const size_t n = newline ? (size_t) (newline - line) : len - pos;

        line_no++;
        pos += n + 1;
        if (n == 0 || is_blank(line, n))
            continue;
        if (add_line(s, line, n, is_first, err) < 0) {
            sw_scenario_free(s);
            return sw_err_prefix(err, "%s:%u", name, line_no);
        }
        is_first = false;
    }
    if (s->n == 0) {
        sw_scenario_free(s);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: there is no row in it", name);
    }
    *ret = s;
    return SW_OK;
}

int sw_scenario_read(const char *file, struct sw_scenario **ret, struct sw_err *err)
{
    FILE *f = fopen(file, "re");

    if (!f)
        return sw_err_set(err, SW_E_IO, errno, "%s: cannot be opened: %s", file, strerror(errno));
    char *text = NULL;
    size_t len = 0, cap = 0;
    int rc = SW_OK;

    for (;;) {
        if (len == cap) {
            char *more = cap < FILE_BYTES_MAX ? realloc(text, cap = cap ? cap * 2 : 65536) : NULL;

            if (!more) {
                rc = sw_err_set(err, SW_E_FULL, 0, "%s: larger than %zu bytes", file, FILE_BYTES_MAX);
                break;
            }
            text = more;
        }
        const size_t n = fread(text + len, 1, cap - len, f);

        len += n;
        if (n == 0)
            break;
    }
    if (rc == SW_OK && ferror(f))
        rc = sw_err_set(err, SW_E_IO, errno, "%s: cannot be read: %s", file, strerror(errno));
    fclose(f);
    if (rc == SW_OK)
        rc = sw_scenario_parse(file, text, len, ret, err);
    free(text);
    return rc;
}

struct sw_scenario *sw_scenario_free(struct sw_scenario *s)
{
    if (s) {
        for (size_t i = 0; i < s->n; i++)
            free(s->rows[i].set);
        free(s->rows);
        free(s);
    }
    return NULL;
}

size_t sw_scenario_rows(const struct sw_scenario *s)
{
    return s->n;
}

void sw_scenario_prepare(const struct sw_scenario *s, struct sw_sim_site *site)
{
    for (size_t i = s->n; i-- > 0;) { /* backwards, so that the first map row of a unit is the one that stays */
        const struct row *row = &s->rows[i];

        site->unit[row->unit_id].exists = true;
        if (row->map != NO_MAP)
            site->unit[row->unit_id].map = (enum sw_sim_map) row->map;
    }
}

static void apply_values(const struct row *row, struct sw_sim_site *site)
{
    for (size_t i = 0; i < row->n_set; i++)
        sw_sim_set(site, row->unit_id, row->set[i].quantity, row->at_us, row->set[i].value, row->ramp_us,
                   row->set[i].jitter);
}

static void apply_control(const struct row *row, struct sw_sim_site *site)
{
    struct sw_sim_unit *unit = &site->unit[row->unit_id];

    if (row->has_fault)
        unit->fault = row->fault;
    if (row->has_status)
        unit->status = row->status;
    if (row->map != NO_MAP)
        unit->map = (enum sw_sim_map) row->map;
}

void sw_scenario_play(struct sw_scenario *s, struct sw_sim_site *site, int64_t now_us)
{
    const int64_t second_us = last_complete_second(now_us);

    for (; s->next_value < s->n && s->rows[s->next_value].at_us <= second_us; s->next_value++)
        apply_values(&s->rows[s->next_value], site);
    for (; s->next_control < s->n && s->rows[s->next_control].at_us <= now_us; s->next_control++)
        apply_control(&s->rows[s->next_control], site);
}
