// SPDX-License-Identifier: Apache-2.0
/* A scan as JSON: one object a unit and a summary, and the file that `siteward sensor add --from-scan` reads. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/scan_print.h"
#include "cli/scan_templates.h"
#include "cli/scan_words.h"
#include "common/macros.h"

/* "9600" and "8N1"; null on a network. */
static void put_serial(json_t *to, const struct sw_serial *s)
{
    char format[8];

    if (s->baud == 0) {
        json_object_set_new(to, "baud", json_null());
        json_object_set_new(to, "format", json_null());
        return;
    }
    (void) snprintf(format, sizeof(format), "8%c%d", s->parity, s->stop_bits);
    json_object_set_new(to, "baud", json_integer(s->baud));
    json_object_set_new(to, "format", json_string(format));
}

static json_t *value_json(const struct sw_scan_unit *u, const struct sw_scan_value *v)
{
    const struct sw_quantity_info *info = sw_quantity_info(v->quantity);
    const char flag[2] = {v->flag, '\0'};

    return json_pack("{s:s, s:s, s:o, s:s, s:s}", "channel", u->candidates[0].template_->channels[v->channel].id,
                     "quantity", info->name, "value", v->flag == 'N' ? json_real(v->value) : json_null(), "unit",
                     info->unit, "flag", flag);
}

static json_t *candidate_json(const struct sw_scan_candidate *c)
{
    char name[160];

    return json_pack("{s:s, s:s, s:s, s:I, s:b}", "template", c->template_->id, "model",
                     sw_scan_template_name(c->template_, name, sizeof(name)), "sure", sw_scan_sure(c->template_),
                     "fingerprints", (json_int_t) c->template_->n_fingerprints, "factory_speed", c->fits_speed);
}

json_t *sw_scan_unit_json(const struct sw_scan_unit *u)
{
    const bool is_matched = u->n_candidates > 0;
    const struct sw_template *best = u->candidates[0].template_; /* with is_matched */
    json_t *object = json_pack("{s:s, s:i, s:s}", "kind", "unit", "address", (int) u->unit_id, "result",
                               sw_scan_result_name(u->result));
    json_t *candidates = json_array(), *values = json_array();

    if (!object || !candidates || !values) {
        json_decref(object);
        json_decref(candidates);
        json_decref(values);
        return NULL;
    }
    put_serial(object, &u->serial);
    json_object_set_new(object, "exception", u->exception > 0 ? json_integer(u->exception) : json_null());
    json_object_set_new(object, "template", is_matched ? json_string(best->id) : json_null());
    for (size_t i = 0; i < u->n_candidates; i++)
        json_array_append_new(candidates, candidate_json(&u->candidates[i]));
    for (size_t i = 0; i < u->n_values; i++)
        json_array_append_new(values, value_json(u, &u->values[i]));
    json_object_set_new(object, "candidates", candidates);
    json_object_set_new(object, "values", values);
    json_object_set_new(object, "configured", u->configured[0] ? json_string(u->configured) : json_null());
    if (is_matched)
        json_object_set_new(object, "wiring", json_pack("{s:s, s:s}", "en", best->wiring_en, "zh-CN", best->wiring_zh));
    return object;
}

static void put_where(json_t *to, const struct sw_scan_where *where)
{
    const struct sw_bus_params *p = where->params;

    json_object_set_new(to, "bus", where->bus[0] ? json_string(where->bus) : json_null());
    json_object_set_new(to, "config", where->config[0] ? json_string(where->config) : json_null());
    json_object_set_new(to, "line",
                        json_string(p->kind == SW_LINE_RTU   ? "rtu"
                                    : p->kind == SW_LINE_TCP ? "tcp"
                                                             : "rtu-tcp"));
    json_object_set_new(to, "port", p->kind == SW_LINE_RTU ? json_string(p->port) : json_null());
    json_object_set_new(to, "host", p->kind == SW_LINE_RTU ? json_null() : json_string(p->host));
    json_object_set_new(to, "tcp_port",
                        p->kind == SW_LINE_RTU ? json_null() : json_integer(p->tcp_port ? p->tcp_port : 502));
}

json_t *sw_scan_summary_json(const struct sw_scan *s, const struct sw_scan_where *where)
{
    size_t n[SW_SCAN_MATCHED + 1] = {0};
    uint32_t asked = 0, silent = 0;
    json_t *object;

    for (size_t i = 0; i < s->n_units; i++)
        n[s->units[i].result]++;
    for (size_t i = 0; i < s->n_tallies; i++) {
        asked += s->tallies[i].asked;
        silent += s->tallies[i].silent;
    }
    object = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "kind", "summary", "complete",
                       !s->is_stopped && !s->is_full, "asked", (json_int_t) asked, "silent", (json_int_t) silent,
                       "matched", (json_int_t) n[SW_SCAN_MATCHED], "unknown", (json_int_t) n[SW_SCAN_UNKNOWN],
                       "exception", (json_int_t) n[SW_SCAN_EXCEPTION], "garbled", (json_int_t) n[SW_SCAN_GARBLED]);
    if (object)
        put_where(object, where);
    return object;
}

json_t *sw_scan_file_json(const struct sw_scan *s, const struct sw_scan_where *where)
{
    const time_t now = time(NULL);
    struct tm tm;
    char at[32] = "";
    json_t *object = json_object(), *units = json_array();

    if (!object || !units) {
        json_decref(object);
        json_decref(units);
        return NULL;
    }
    if (gmtime_r(&now, &tm))
        (void) strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_object_set_new(object, "schema", json_string(SW_SCAN_SCHEMA));
    json_object_set_new(object, "at", json_string(at));
    put_where(object, where);
    for (size_t i = 0; i < s->n_units; i++)
        json_array_append_new(units, sw_scan_unit_json(&s->units[i]));
    json_object_set_new(object, "units", units);
    json_object_set_new(object, "summary", sw_scan_summary_json(s, where));
    return object;
}

int sw_scan_write(const char *path, const json_t *document, struct sw_err *err)
{
    char beside[SW_PATH_SIZE + 16];

    (void) snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long) getpid());
    if (json_dump_file(document, beside, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) < 0 || rename(beside, path) < 0) {
        const int error = errno;

        (void) unlink(beside);
        return sw_err_set(err, SW_E_IO, error, "%s cannot be written: %s", path, strerror(error));
    }
    return SW_OK;
}
