// SPDX-License-Identifier: Apache-2.0
/* What a day needs of the file: minutes without a counted reading, for the sheet the worst that each rule said, and
 * tickets. Runs on the query worker. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/console_int.h"
#include "gateway/ticket_state.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define TICKETS_MAX 64

/* ---- gaps ---- */

static void add_gap(struct console_day *d, size_t sensor, int64_t from_us, int64_t to_us)
{
    if (from_us >= to_us)
        return;
    if (d->n_gaps == CONSOLE_GAPS_MAX)
        d->is_cut = true;
    else
        d->gaps[d->n_gaps++] = (struct console_gap){from_us, to_us, (uint16_t) sensor};
}

/* Rows come in order of time: what lies between two minutes that were measured is a gap. since_us is the end of the
 * last that was. */
static int read_gaps(struct console_day *d, struct query_reader *r)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_COUNTED, &d->err);
    int64_t newest_us = d->from_us;
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, d->from_us);
    sw_db_bind_int(st, 2, d->to_us);
    while ((rc = sw_db_step(st, &d->err)) == 1) {
        const char *id = sw_db_text(st, 1, NULL);
        const int sensor = id ? sw_site_sensor(d->site, id, strlen(id)) : -1;
        const int64_t from_us = sw_db_int(st, 0);

        newest_us = from_us + MINUTE_US;
        if (sensor < 0 || d->since_us[sensor] == INT64_MAX || sw_db_int(st, 2) <= 0)
            continue;
        add_gap(d, (size_t) sensor, d->since_us[sensor], from_us);
        d->since_us[sensor] = from_us + MINUTE_US;
    }
    sw_db_reset(st);
    if (d->until_us - newest_us <= 3 * MINUTE_US) /* the last minutes are on their way to the disk */
        d->until_us = SW_MIN(d->until_us, newest_us);
    for (size_t i = 0; i < d->site->n_sensors; i++)
        if (d->since_us[i] != INT64_MAX)
            add_gap(d, i, d->since_us[i], d->until_us);
    return rc;
}

/* ---- the worst ---- */

static int32_t centi(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    return json_is_number(v) ? sw_hundredths(json_number_value(v)) : SW_NO_VALUE;
}

static int64_t instant(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    int64_t us;

    return text && sw_time_parse(text, strlen(text), &us, NULL) == SW_OK ? us : INT64_MIN;
}

static struct console_worst *worst_of(struct console_day *d, size_t sensor, const char *rule)
{
    struct console_worst *v;

    for (size_t i = 0; i < d->n_worst; i++)
        if (d->worst[i].sensor == sensor && strcmp(d->worst[i].rule, rule) == 0)
            return &d->worst[i];
    if (d->n_worst == CONSOLE_WORST_MAX)
        return NULL;
    v = &d->worst[d->n_worst++];
    *v = (struct console_worst){.sensor = (uint16_t) sensor, .value = SW_NO_VALUE, .limit = SW_NO_VALUE};
    (void) snprintf(v->rule, sizeof(v->rule), "%s", rule);
    return v;
}

static void add_judged(struct console_day *d, size_t sensor, const json_t *j)
{
    const char *rule = json_string_value(json_object_get(j, "rule"));
    const char *statistic = json_string_value(json_object_get(j, "statistic"));
    const int32_t value = centi(j, "worst"), limit = centi(j, "limit");
    struct console_worst *v = rule ? worst_of(d, sensor, rule) : NULL;

    if (!v)
        return;
    v->minutes_over += json_integer_value(json_object_get(j, "over")) > 0;
    if (value == SW_NO_VALUE || (v->value != SW_NO_VALUE && value <= v->value))
        return;
    v->value = value;
    v->limit = limit;
    v->from_us = instant(j, "from");
    v->to_us = instant(j, "to");
    (void) snprintf(v->statistic, sizeof(v->statistic), "%s", statistic ? statistic : "");
}

static int read_worst(struct console_day *d, struct query_reader *r)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_WINDOWS, &d->err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, d->from_us);
    sw_db_bind_int(st, 2, d->to_us);
    while ((rc = sw_db_step(st, &d->err)) == 1) {
        const char *id = sw_db_text(st, 1, NULL);
        const int sensor = id ? sw_site_sensor(d->site, id, strlen(id)) : -1;
        size_t len = 0, i;
        const char *json = sw_db_text(st, 2, &len);
        json_t *row = sensor >= 0 && json ? json_loadb(json, len, 0, NULL) : NULL;
        const json_t *j;

        json_array_foreach(json_object_get(row, "judged"), i, j) add_judged(d, (size_t) sensor, j);
        json_decref(row);
    }
    sw_db_reset(st);
    return rc;
}

/* ---- tickets ---- */

static int read_tickets(struct console_day *d, struct query_reader *r)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_TICKETS, &d->err);
    int rc;

    d->tickets = calloc(TICKETS_MAX, sizeof(*d->tickets));
    if (!st || !d->tickets)
        return st ? sw_err_set(&d->err, SW_E_NOMEM, 0, "out of memory") : SW_E_IO;
    sw_db_bind_int(st, 1, d->from_us);
    sw_db_bind_int(st, 2, d->to_us);
    while ((rc = sw_db_step(st, &d->err)) == 1 && d->n_tickets < TICKETS_MAX) {
        size_t len = 0;
        const char *json = sw_db_text(st, 0, &len);

        if (json && sw_ticket_state_read(json, len, &d->tickets[d->n_tickets], NULL) == SW_OK)
            d->n_tickets++;
    }
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

void console_day_read(struct core_query *query, struct query_reader *r)
{
    struct console_day *d = (struct console_day *) query;

    d->rc = query_begin(r, &d->err);
    if (d->rc == SW_OK)
        d->rc = read_gaps(d, r);
    if (d->rc == SW_OK && d->is_sheet)
        d->rc = read_worst(d, r);
    if (d->rc == SW_OK && d->is_sheet)
        d->rc = read_tickets(d, r);
    query_end(r);
}
