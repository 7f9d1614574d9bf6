// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/export.csv: stored windows of all sensors, or of one, as a file for a spreadsheet. Read in slices on the
 * query worker, so that other questions come between them and no view of the file is held for long; written into a
 * file without a name, sent from there. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/console_int.h"
#include "io/csv_text.h"

#define SLICE_ROWS 4000
#define BUFFER_BYTES 65536

struct export
{
    struct core_query query; /* first */
    struct sw_core *core;
    struct sw_http_later *later;
    const struct sw_site *site;
    FILE *to;
    char period[16], only[SW_ID_SIZE]; /* one sensor; "" = all */
    char last_sensor[SW_ID_SIZE];      /* of the last row that was read */
    int64_t from_us, to_us, last_us;
    bool is_at_end, is_too_large;
    int rc;
    struct sw_err err;
};

static void export_free(struct export *x)
{
    if (x->to)
        (void) fclose(x->to);
    x->core->console->n_exports--;
    free(x);
}

/* ---- on the worker ---- */

static const char *const noise_values[] = {"LAeq", "LAmax", "LAmin", "LA5", "LA10", "LA50", "LA90", "LA95"};

static void number(FILE *to, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    fputc(',', to);
    if (json_is_number(v))
        sw_csv_centi(to, sw_hundredths(json_number_value(v)));
}

static void text(FILE *to, const json_t *object, const char *key)
{
    const char *v = json_string_value(json_object_get(object, key));

    fputc(',', to);
    sw_csv_text(to, v ? v : "");
}

static void integer(FILE *to, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    fputc(',', to);
    if (json_is_integer(v))
        fprintf(to, "%lld", (long long) json_integer_value(v));
}

static void write_row(struct export *x, int sensor, const json_t *row)
{
    const struct sw_sensor_conf *conf = &x->site->sensors[sensor];
    const json_t *values = json_object_get(row, "values"), *limit = json_object_get(row, "limit");
    const json_t *excluded = json_object_get(row, "excluded");

    sw_csv_text(x->to, conf->id);
    fputc(',', x->to);
    sw_csv_text(x->to, conf->name[0] ? conf->name : conf->id);
    text(x->to, row, "quantity");
    text(x->to, row, "unit");
    text(x->to, row, "period");
    text(x->to, row, "from");
    text(x->to, row, "to");
    for (size_t i = 0; i < SW_ARRAY_SIZE(noise_values); i++)
        number(x->to, values, noise_values[i]);
    number(x->to, values, "mean");
    number(x->to, values, "max");
    number(x->to, values, "min");
    number(x->to, limit, "LAeq");
    number(x->to, limit, "LAmax");
    number(x->to, limit, "mean");
    integer(x->to, row, "n");
    integer(x->to, row, "expected");
    number(x->to, row, "valid_ratio");
    for (int i = 0; i < SW_EX__COUNT; i++)
        integer(x->to, excluded, sw_excluded_name((enum sw_excluded) i));
    text(x->to, row, "q");
    text(x->to, row, "flag");
    text(x->to, row, "time_quality");
    sw_csv_end(x->to);
}

static void write_head(FILE *to)
{
    fputs(SW_CSV_BOM "sensor,name,quantity,unit,period,from,to", to);
    for (size_t i = 0; i < SW_ARRAY_SIZE(noise_values); i++)
        fprintf(to, ",%s", noise_values[i]);
    fputs(",mean,max,min,limit_LAeq,limit_LAmax,limit_mean,n,expected,valid_ratio", to);
    for (int i = 0; i < SW_EX__COUNT; i++)
        fprintf(to, ",excluded_%s", sw_excluded_name((enum sw_excluded) i));
    fputs(",quality,flag,time_quality", to);
    sw_csv_end(to);
}

static void take_row(struct export *x, struct sw_db_stmt *st)
{
    const char *id = sw_db_text(st, 1, NULL);
    const int sensor = id ? sw_site_sensor(x->site, id, strlen(id)) : -1; /* one that was taken away is left out */
    size_t len = 0;
    const char *json = sw_db_text(st, 2, &len);
    json_t *row;

    x->last_us = sw_db_int(st, 0);
    (void) snprintf(x->last_sensor, sizeof(x->last_sensor), "%s", id ? id : "");
    if (sensor < 0 || !json || (x->only[0] && strcmp(x->only, id) != 0))
        return;
    row = json_loadb(json, len, 0, NULL);
    if (json_is_object(row))
        write_row(x, sensor, row);
    json_decref(row);
}

static void run(struct core_query *query, struct query_reader *r)
{
    struct export *x = (struct export *) query;
    struct sw_db_stmt *st = query_stmt(r, QUERY_EXPORT, &x->err);
    size_t n = 0;

    x->rc = st ? SW_OK : SW_E_IO;
    if (!st)
        return;
    sw_db_bind_text(st, 1, x->period);
    sw_db_bind_int(st, 2, x->last_us);
    sw_db_bind_text(st, 3, x->last_sensor);
    sw_db_bind_int(st, 4, x->to_us);
    sw_db_bind_int(st, 5, SLICE_ROWS);
    while ((x->rc = sw_db_step(st, &x->err)) == 1) {
        take_row(x, st);
        n++;
    }
    sw_db_reset(st);
    x->is_at_end = n < SLICE_ROWS;
    x->is_too_large = ftello(x->to) > CONSOLE_EXPORT_BYTES_MAX;
    if (x->rc == SW_OK && (fflush(x->to) != 0 || ferror(x->to)))
        x->rc = sw_err_set(&x->err, SW_E_IO, errno, "the disk does not take the file: %s", strerror(errno));
}

/* ---- on the core ---- */

static void name_file(const struct export *x, struct sw_http_response *res)
{
    struct sw_civil day;
    char text[SW_HTTP_VALUE_SIZE];

    sw_civil_from_utc(&x->site->zone, x->from_us, &day);
    (void) snprintf(text, sizeof(text), "attachment; filename=\"%s-%04d-%02d-%02d-%s.csv\"", x->site->id, day.year,
                    day.month, day.day, x->period);
    (void) sw_http_set_header(res, "Content-Disposition", text);
}

static void send_file(struct export *x)
{
    struct sw_http_response *res = sw_http_later_response(x->later);
    const off_t len = ftello(x->to);
    const int fd = dup(fileno(x->to));

    if (fd < 0 || len < 0) {
        if (fd >= 0)
            close(fd);
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "too many files are open: ask again in some seconds");
    } else {
        sw_http_send_file(res, fd, len, "text/csv; charset=utf-8; header=present");
        name_file(x, res);
    }
    sw_http_later_send(x->later);
}

static void done(struct core_query *query, bool was_run)
{
    struct export *x = (struct export *) query;

    if (!was_run)
        x->rc = sw_err_set(&x->err, SW_E_BUSY, 0, "the gateway stops: ask again later");
    if (x->rc == SW_OK && !x->is_at_end && !x->is_too_large) {
        x->rc = core_queries_post(x->core->queries, &x->query, &x->err);
        if (x->rc == SW_OK)
            return;
    }
    if (x->rc < 0) {
        console_fail(x->later, &x->err);
    } else if (x->is_too_large) {
        sw_http_refuse(sw_http_later_response(x->later), 400, CONSOLE_INVALID,
                       "the file would be larger than %d MiB: ask for a shorter time, or for one sensor",
                       CONSOLE_EXPORT_BYTES_MAX / (1024 * 1024));
        sw_http_later_send(x->later);
    } else {
        send_file(x);
    }
    export_free(x);
}

/* A file that is gone when it is closed, whatever happens. */
static FILE *open_nameless(const char *folder)
{
    char path[SW_PATH_SIZE + 32];
    int fd;
    FILE *file;

    (void) snprintf(path, sizeof(path), "%s/.export-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return NULL;
    (void) unlink(path);
    file = fdopen(fd, "w+");
    if (!file)
        close(fd);
    else
        (void) setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
    return file;
}

static bool is_period(struct sw_core *c, const char *period)
{
    for (size_t i = 0; i < c->site->n_sensors; i++)
        if (core_published_to(c, i, period))
            return true;
    return false;
}

static bool take_what(struct sw_core *c, const struct sw_http_request *req, struct export *x,
                      struct sw_http_response *res)
{
    const char *period = sw_http_query(req, "period"), *sensor = sw_http_query(req, "sensor");

    period = period && *period ? period : "1m";
    if (!console_take_stretch(req, CONSOLE_EXPORT_DAYS_MAX * SW_S_PER_DAY * SW_US_PER_S, &x->from_us, &x->to_us, res))
        return false;
    if (!is_period(c, period)) {
        sw_http_refuse(res, 400, CONSOLE_INVALID, "period '%.15s' is none of this site's: 1m, 1h, or one of its packs'",
                       period);
        return false;
    }
    if (sensor && *sensor && sw_site_sensor(c->site, sensor, strlen(sensor)) < 0) {
        sw_http_refuse(res, 404, CONSOLE_NOT_FOUND, "there is no sensor '%.64s'; GET /api/v1/sensors lists them",
                       sensor);
        return false;
    }
    (void) snprintf(x->period, sizeof(x->period), "%s", period);
    (void) snprintf(x->only, sizeof(x->only), "%s", sensor ? sensor : "");
    x->last_us = x->from_us;
    return true;
}

void console_page_export(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    struct export *x;

    if (c->console->n_exports == CONSOLE_EXPORTS_MAX) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "%d files are being made already: ask again in a minute",
                       CONSOLE_EXPORTS_MAX);
        (void) sw_http_set_header(res, "Retry-After", "60");
        return;
    }
    x = calloc(1, sizeof(*x));
    if (!x) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
        return;
    }
    *x = (struct export){.query = {run, done}, .core = c, .site = c->site};
    c->console->n_exports++;
    if (take_what(c, req, x, res)) {
        x->to = open_nameless(c->site->data_dir);
        if (!x->to)
            sw_http_refuse(res, 503, CONSOLE_STORAGE, "no file can be made in %s: %s", c->site->data_dir,
                           strerror(errno));
        else
            x->later = console_defer(req, res);
    }
    if (!x->later) {
        export_free(x);
        return;
    }
    write_head(x->to);
    if (core_queries_post(c->queries, &x->query, &x->err) < 0) {
        console_fail(x->later, &x->err);
        export_free(x);
    }
}
