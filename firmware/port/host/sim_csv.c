// SPDX-License-Identifier: Apache-2.0
/* Plays a CSV recording. The grammar of CSV is libcsv's; this file knows the columns and when a reading is due. */
#include "firmware/port/host/sim_csv.h"

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reading.h"
#include "common/timefmt.h"

#define CHUNK 4096
#define FIELD_MAX 96
#define COLUMNS_MAX 64
/* The shortest row, "2026-03-02T13:40:00Z,a,rh,,", has 28 bytes with its line end; one may have begun a chunk before.
 */
#define QUEUE_MAX (CHUNK / 28 + 2)

enum column { COL_TS, COL_SENSOR, COL_QUANTITY, COL_VALUE, COL_FLAG, COLUMNS };

struct due {
    int64_t at_us;
    double value;
    enum sw_quantity quantity;
    uint8_t unit_id;
};

struct sw_sim_csv {
    char name[SW_PATH_SIZE];
    FILE *file;
    struct csv_parser parser;
    size_t n_map;
    struct sw_csv_unit *map;

    unsigned long line_no; /* of the line in hand, from 1 */
    bool has_header, is_at_end, is_checking;
    int column_of[COLUMNS_MAX]; /* from the header: position → enum column, -1 = not ours */
    size_t n_fields;
    char field[COLUMNS][FIELD_MAX];
    int64_t last_us;

    struct due queue[QUEUE_MAX];
    size_t n_queue, next;
    uint64_t readings; /* of mapped sensors, counted by the check */
    struct sw_err err; /* of the callbacks, which cannot return one */
};

static void on_field(void *text, size_t len, void *ctx)
{
    struct sw_sim_csv *csv = ctx;
    static const char *const names[COLUMNS] = {"ts", "sensor", "quantity", "value", "flag"};
    const size_t i = csv->n_fields++;

    if (csv->err.code != SW_OK || i >= COLUMNS_MAX)
        return;
    if (!csv->has_header) {
        csv->column_of[i] = -1;
        for (int c = 0; c < COLUMNS; c++)
            if (len == strlen(names[c]) && memcmp(text, names[c], len) == 0)
                csv->column_of[i] = c;
        return;
    }
    const int c = csv->column_of[i];

    if (c < 0)
        return;
    if (len >= FIELD_MAX) {
        sw_err_set(&csv->err, SW_E_INVAL, 0, "%s is longer than %d bytes", names[c], FIELD_MAX - 1);
        return;
    }
    memcpy(csv->field[c], text, len);
    csv->field[c][len] = '\0';
}

static int read_header(struct sw_sim_csv *csv)
{
    unsigned found = 0;

    for (size_t i = 0; i < csv->n_fields && i < COLUMNS_MAX; i++)
        if (csv->column_of[i] >= 0)
            found |= 1u << csv->column_of[i];
    for (size_t i = csv->n_fields; i < COLUMNS_MAX; i++)
        csv->column_of[i] = -1;
    if (found != (1u << COLUMNS) - 1)
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "the header must name ts,sensor,quantity,value,flag");
    csv->has_header = true;
    return SW_OK;
}

/* What the unit shows for a value and its flag. */
static int read_value(struct sw_sim_csv *csv, enum sw_quantity q, double *ret)
{
    const struct sw_quantity_info *info = sw_quantity_info(q);
    const char *text = csv->field[COL_VALUE];
    const char flag = csv->field[COL_FLAG][0] ? csv->field[COL_FLAG][0] : 'N';
    char *end;

    if (!sw_flag_is_known(flag) || (csv->field[COL_FLAG][0] && csv->field[COL_FLAG][1]))
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "there is no flag \"%.20s\"", csv->field[COL_FLAG]);
    *ret = flag == 'T' ? INFINITY : NAN;
    if (!*text)
        return SW_OK;
    errno = 0;
    const double value = strtod(text, &end);

    if (end == text || *end || errno || !(value >= info->min && value <= info->max))
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "value \"%.40s\" is not a number in %g … %g %s", text, info->min,
                          info->max, info->unit);
    if (flag == 'N' || flag == 'S')
        *ret = value;
    return SW_OK;
}

static int read_row(struct sw_sim_csv *csv, struct due *ret)
{
    const char *q = csv->field[COL_QUANTITY];

    if (sw_time_parse(csv->field[COL_TS], strlen(csv->field[COL_TS]), &ret->at_us, &csv->err) < 0)
        return csv->err.code;
    if (ret->at_us < csv->last_us)
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "the time is earlier than in the line before");
    csv->last_us = ret->at_us;
    ret->quantity = sw_quantity_from_name(q, (int) strlen(q));
    if (ret->quantity == SW_QUANTITY_NONE)
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "there is no quantity \"%.40s\"", q);
    return read_value(csv, ret->quantity, &ret->value);
}

static void take_row(struct sw_sim_csv *csv)
{
    struct due due = {0};

    if (read_row(csv, &due) < 0)
        return;
    for (size_t i = 0; i < csv->n_map; i++) {
        if (strcmp(csv->map[i].sensor, csv->field[COL_SENSOR]) != 0)
            continue;
        due.unit_id = csv->map[i].unit_id;
        if (csv->is_checking) {
            csv->readings++;
            return;
        }
        if (csv->n_queue == QUEUE_MAX) {
            sw_err_set(&csv->err, SW_E_FULL, 0, "more rows in %d bytes than there can be", CHUNK);
            return;
        }
        csv->queue[csv->n_queue++] = due;
        return;
    }
}

static void on_row(int ended_by, void *ctx)
{
    struct sw_sim_csv *csv = ctx;

    (void) ended_by;
    if (csv->err.code != SW_OK)
        return;
    if (!csv->has_header)
        read_header(csv);
    else
        take_row(csv);
    csv->n_fields = 0;
    memset(csv->field, 0, sizeof(csv->field)); /* a short line must not inherit the fields of the one before */
}

/* Hand one piece to libcsv, line by line, because libcsv does not count lines. */
static int feed(struct sw_sim_csv *csv, const char *data, size_t len)
{
    for (size_t pos = 0; pos < len && csv->err.code == SW_OK;) {
        const char *newline = memchr(data + pos, '\n', len - pos);
        const size_t n = newline ? (size_t) (newline - data) - pos + 1 : len - pos;

        if (csv_parse(&csv->parser, data + pos, n, on_field, on_row, csv) != n)
            sw_err_set(&csv->err, SW_E_INVAL, 0, "%s", csv_strerror(csv_error(&csv->parser)));
        else if (csv->parser.entry_pos > CHUNK)
            sw_err_set(&csv->err, SW_E_INVAL, 0, "a field is longer than %d bytes: is a quote not closed?", CHUNK);
        if (newline && csv->err.code == SW_OK)
            csv->line_no++;
        pos += n;
    }
    return csv->err.code;
}

/* Read the next piece of the file into the queue, which is empty. */
static int read_piece(struct sw_sim_csv *csv)
{
    char chunk[CHUNK];

    csv->n_queue = csv->next = 0;
    const size_t n = fread(chunk, 1, sizeof(chunk), csv->file);

    if (n > 0) {
        feed(csv, chunk, n);
    } else {
        if (ferror(csv->file))
            sw_err_set(&csv->err, SW_E_IO, errno, "cannot be read: %s", strerror(errno));
        else if (csv_fini(&csv->parser, on_field, on_row, csv) != 0)
            sw_err_set(&csv->err, SW_E_INVAL, 0, "%s", csv_strerror(csv_error(&csv->parser)));
        csv->is_at_end = true;
    }
    return csv->err.code == SW_OK ? SW_OK : sw_err_prefix(&csv->err, "%s:%lu", csv->name, csv->line_no);
}

static void start_over(struct sw_sim_csv *csv)
{
    rewind(csv->file);
    csv->line_no = 1;
    csv->has_header = csv->is_at_end = false;
    csv->n_fields = csv->n_queue = csv->next = 0;
    csv->last_us = INT64_MIN;
    csv->readings = 0;
}

static int check_all(struct sw_sim_csv *csv)
{
    csv->is_checking = true;
    start_over(csv);
    while (!csv->is_at_end)
        if (read_piece(csv) < 0)
            return csv->err.code;
    if (csv->readings == 0)
        return sw_err_set(&csv->err, SW_E_INVAL, 0, "%s: holds no reading of a sensor named by --csv-unit", csv->name);
    const uint64_t readings = csv->readings;

    csv->is_checking = false;
    start_over(csv);
    csv->readings = readings;
    return SW_OK;
}

int sw_sim_csv_open(const char *file, const struct sw_csv_unit *map, size_t n, struct sw_sim_csv **ret,
                    struct sw_err *err)
{
    struct sw_sim_csv *csv = calloc(1, sizeof(*csv));

    if (!csv)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", file);
    snprintf(csv->name, sizeof(csv->name), "%s", file);
    csv_init(&csv->parser, CSV_APPEND_NULL);
    csv->map = calloc(n ? n : 1, sizeof(*map));
    csv->file = fopen(file, "re");
    if (!csv->map) {
        sw_err_set(&csv->err, SW_E_NOMEM, 0, "%s: no memory", file);
    } else if (!csv->file) {
        sw_err_set(&csv->err, SW_E_IO, errno, "%s: cannot be opened: %s", file, strerror(errno));
    } else {
        memcpy(csv->map, map, n * sizeof(*map));
        csv->n_map = n;
        check_all(csv);
    }
    if (csv->err.code != SW_OK) {
        const struct sw_err why = csv->err;

        sw_sim_csv_close(csv);
        return sw_err_set(err, why.code, why.detail, "%s", why.msg);
    }
    *ret = csv;
    return SW_OK;
}

struct sw_sim_csv *sw_sim_csv_close(struct sw_sim_csv *csv)
{
    if (csv) {
        if (csv->file)
            fclose(csv->file);
        csv_free(&csv->parser);
        free(csv->map);
        free(csv);
    }
    return NULL;
}

uint64_t sw_sim_csv_readings(const struct sw_sim_csv *csv)
{
    return csv->readings;
}

int sw_sim_csv_play(struct sw_sim_csv *csv, struct sw_sim_site *site, int64_t now_us, struct sw_err *err)
{
    const int64_t second_us = now_us - now_us % SW_US_PER_S - SW_US_PER_S;

    for (;;) {
        for (; csv->next < csv->n_queue; csv->next++) {
            const struct due *due = &csv->queue[csv->next];

            if (due->at_us > second_us)
                return SW_OK;
            sw_sim_set(site, due->unit_id, due->quantity, due->at_us, due->value, 0, NAN);
        }
        if (csv->is_at_end)
            return SW_OK;
        if (read_piece(csv) < 0)
            return sw_err_set(err, csv->err.code, csv->err.detail, "%s", csv->err.msg);
    }
}
