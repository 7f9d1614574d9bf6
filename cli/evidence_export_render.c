// SPDX-License-Identifier: Apache-2.0
/* What people read of an export: the ticket, a table of windows, a sheet to print. Made of the chained data alone and
 * of what the manifest says, so that a checker can make it again. What the sheet looks like: evidence_export_sheet.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export_sheet.h"
#include "common/timefmt.h"

/* ---- reading the chain's piece ---- */

/* Windows tell their offset from UTC in their own times: that of the site. */
static void note_offset(struct sheet *s, const json_t *doc)
{
    const char *from = sheet_text(doc, "from"), *to = sheet_text(doc, "to");
    const size_t len = strlen(from);
    int hour, minute;
    struct sheet_offset o;

    if (sw_time_parse(from, len, &o.from_us, NULL) != SW_OK || sw_time_parse(to, strlen(to), &o.to_us, NULL) != SW_OK)
        return;
    o.offset_s = 0;
    if (from[len - 1] != 'Z' && sscanf(from + len - 5, "%2d:%2d", &hour, &minute) == 2)
        o.offset_s = (hour * 3600 + minute * 60) * (from[len - 6] == '-' ? -1 : 1);
    for (size_t i = 0; i < s->n_offsets; i++)
        if (s->offset[i].offset_s == o.offset_s) {
            s->offset[i].from_us = SW_MIN(s->offset[i].from_us, o.from_us);
            s->offset[i].to_us = SW_MAX(s->offset[i].to_us, o.to_us);
            return;
        }
    if (s->n_offsets < SHEET_OFFSETS_MAX)
        s->offset[s->n_offsets++] = o;
}

/* What somebody said with a verb stands only in the command. */
static void note_command(struct sheet *s, const char *body)
{
    json_t *doc = json_loads(body, 0, NULL);
    const char *topic = sheet_text(doc, "topic"), *at = sheet_text(doc, "at"), *verb = strrchr(topic, '/');
    int64_t at_us;

    if (verb && strncmp(topic, "cmd/ticket/", 11) == 0 &&
        strncmp(topic + 11, s->facts->ticket, (size_t) (verb - topic - 11)) == 0 &&
        sw_time_parse(at, strlen(at), &at_us, NULL) == SW_OK)
        json_array_append_new(s->commands, json_pack("{s:s,s:I,s:O?}", "verb", verb + 1, "at_us", (json_int_t) at_us,
                                                     "payload", json_object_get(doc, "payload")));
    json_decref(doc);
}

static int take_window(struct sheet *s, const char *sensor, const json_t *body, struct sw_err *err)
{
    json_t *doc = json_loadb(json_string_value(body) ? json_string_value(body) : "", json_string_length(body), 0, NULL);

    if (!doc)
        return sw_err_set(err, SW_E_CORRUPT, 0, "entry %" PRId64 ": its window is no JSON", s->last_n);
    note_offset(s, doc);
    s->is_simulated = s->is_simulated || json_is_true(json_object_get(doc, "simulated"));
    json_array_append_new(s->windows, json_pack("{s:s,s:o}", "sensor", sensor, "doc", doc));
    return SW_OK;
}

static int take_line(struct sheet *s, const json_t *line, struct sw_err *err)
{
    const char *kind = sheet_text(line, "kind"), *ref = sheet_text(line, "ref");
    const json_t *body = json_object_get(line, "body");

    s->last_n = json_integer_value(json_object_get(line, "n"));
    if (s->first_n == 0)
        s->first_n = s->last_n;
    if (!body)
        return SW_OK;
    if (strcmp(kind, "ticket") == 0 && strcmp(ref, s->facts->ticket) == 0) {
        free(s->ticket_text);
        json_decref(s->ticket);
        s->ticket_text = strdup(json_string_value(body) ? json_string_value(body) : "");
        s->ticket = json_loads(s->ticket_text ? s->ticket_text : "", 0, NULL);
        json_array_append(s->entries, (json_t *) (uintptr_t) line);
    } else if (strcmp(kind, "window") == 0 && strncmp(ref, "1m/", 3) == 0) {
        return take_window(s, ref + 3, body, err);
    } else if (strcmp(kind, "command") == 0 && json_string_value(body)) {
        note_command(s, json_string_value(body));
    }
    return SW_OK;
}

static int take_chain(struct sheet *s, const char *chain, size_t len, struct sw_err *err)
{
    for (const char *at = chain, *end = chain + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        json_t *line;
        int rc;

        if (!stop)
            stop = end;
        line = json_loadb(at, (size_t) (stop - at), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        if (!json_is_object(line)) {
            json_decref(line);
            return sw_err_set(err, SW_E_CORRUPT, 0, SW_EXPORT_CHAIN ": a line is no JSON object");
        }
        rc = take_line(s, line, err);
        json_decref(line);
        if (rc < 0)
            return rc;
        at = stop + 1;
    }
    return s->ticket
               ? SW_OK
               : sw_err_set(err, SW_E_NOTFOUND, 0, SW_EXPORT_CHAIN " says nothing of ticket %.60s", s->facts->ticket);
}

/* ---- windows.csv ---- */

static void put_cell(FILE *to, const json_t *v)
{
    char *text;

    if (json_is_string(v)) {
        fputc('"', to);
        for (const char *p = json_string_value(v); *p; p++) {
            if (*p == '"')
                fputc('"', to);
            fputc(*p, to);
        }
        fputc('"', to);
    } else if (v && !json_is_null(v)) {
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
        fputs(text ? text : "", to);
        free(text);
    }
}

static void write_windows(const struct sheet *s, FILE *to)
{
    static const char *const top[] = {"from", "to", "unit", "n", "expected", "valid_ratio", "flag", "q"};
    static const char *const values[] = {"LAeq", "LAmax", "LAmin", "LA10", "LA50", "LA90", "mean", "min", "max"};
    const json_t *w;
    size_t i;

    fputs("sensor", to);
    for (size_t k = 0; k < SW_ARRAY_SIZE(top); k++)
        fprintf(to, ",%s", top[k]);
    for (size_t k = 0; k < SW_ARRAY_SIZE(values); k++)
        fprintf(to, ",%s", values[k]);
    fputs("\r\n", to);
    json_array_foreach(s->windows, i, w)
    {
        const json_t *doc = json_object_get(w, "doc");
        const json_t *of = json_object_get(doc, "values");

        put_cell(to, json_object_get(w, "sensor"));
        for (size_t k = 0; k < SW_ARRAY_SIZE(top); k++) {
            fputc(',', to);
            put_cell(to, json_object_get(doc, top[k]));
        }
        for (size_t k = 0; k < SW_ARRAY_SIZE(values); k++) {
            fputc(',', to);
            put_cell(to, json_object_get(of ? of : doc, values[k]));
        }
        fputs("\r\n", to);
    }
}

static int add_written(struct sw_export *x, const char *name, const struct sheet *s,
                       void (*write)(const struct sheet *, FILE *), struct sw_err *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", name);
    write(s, f);
    if (fclose(f) != 0) {
        free(text);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", name);
    }
    return sw_export_add(x, name, text, len, err);
}

static void write_ticket_text(const struct sheet *s, FILE *to)
{
    fputs(s->ticket_text, to);
}

int sw_export_render(struct sw_export *x, const char *chain, size_t len, const struct sw_export_facts *facts,
                     struct sw_err *err)
{
    struct sheet s = {.facts = facts,
                      .is_zh = strncmp(facts->lang, "zh", 2) == 0,
                      .is_simulated = json_is_true(json_object_get(facts->checkpoint, "simulated")),
                      .windows = json_array(),
                      .commands = json_array(),
                      .entries = json_array()};
    int rc = s.windows && s.commands && s.entries ? take_chain(&s, chain, len, err)
                                                  : sw_err_set(err, SW_E_NOMEM, 0, "no memory");

    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_TICKET, &s, write_ticket_text, err);
    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_WINDOWS, &s, write_windows, err);
    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_SHEET, &s, sheet_write, err);
    json_decref(s.ticket);
    free(s.ticket_text);
    json_decref(s.windows);
    json_decref(s.commands);
    json_decref(s.entries);
    return rc;
}
