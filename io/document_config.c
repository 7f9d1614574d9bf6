// SPDX-License-Identifier: Apache-2.0
/* What the gateway says of itself: the configuration that it goes by, and how it is. What is in the configuration, and
 * that there are no secrets in it, is config/'s. */
#include "io/document.h"
#include "io/document_parts.h"

size_t sw_doc_config(const struct sw_doc_site *s, const struct sw_doc_config *v, char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.config/1.0");
    sw_jsonw_int(&w, "revision", v->revision);
    sw_jsonw_time(&w, "ts", s->zone, v->since_us);
    sw_jsonw_str(&w, "config_schema", "urn:siteward:config:1");
    sw_jsonw_raw(&w, "config", v->config_len ? v->config : "{}", v->config_len ? v->config_len : 2);
    sw_jsonw_raw(&w, "origin", v->origin && v->origin_len ? v->origin : "{}",
                 v->origin && v->origin_len ? v->origin_len : 2);
    sw_jsonw_bool(&w, "restart_required", v->restart_required);
    if (v->is_cut)
        sw_jsonw_bool(&w, "incomplete", true);
    return sw_doc_end(&w, s);
}

static void outbox(struct sw_jsonw *w, const struct sw_doc_health *v)
{
    sw_jsonw_object(w, "outbox");
    sw_jsonw_int(w, "pending", v->outbox_pending);
    if (v->outbox_oldest_s >= 0)
        sw_jsonw_int(w, "oldest_s", v->outbox_oldest_s);
    else
        sw_jsonw_null(w, "oldest_s");
    sw_jsonw_int(w, "bytes", v->outbox_bytes);
    sw_jsonw_int(w, "given_up", v->outbox_given_up);
    sw_jsonw_object_end(w);
}

/* A number that may be unknown: below zero is null. */
static void number(struct sw_jsonw *w, const char *key, int64_t value)
{
    if (value >= 0)
        sw_jsonw_int(w, key, value);
    else
        sw_jsonw_null(w, key);
}

size_t sw_doc_health(const struct sw_doc_site *s, const struct sw_doc_health *v, char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.health/1.0");
    sw_jsonw_time(&w, "ts", s->zone, v->ts_us);
    sw_jsonw_int(&w, "uptime_s", v->uptime_s);
    sw_jsonw_object(&w, "clock");
    if (v->is_synced < 0)
        sw_jsonw_null(&w, "synced");
    else
        sw_jsonw_bool(&w, "synced", v->is_synced > 0);
    sw_jsonw_num(&w, "offset_ms", v->offset_ms, 3);
    sw_jsonw_object_end(&w);
    outbox(&w, v);
    number(&w, "disk_free_bytes", v->disk_free_bytes);
    number(&w, "db_bytes", v->db_bytes);
    sw_jsonw_num(&w, "cpu_temp_c", v->cpu_temp_c, 1);
    number(&w, "memory_bytes", v->memory_bytes);
    sw_jsonw_num(&w, "load_1m", v->load_1m, 2);
    if (v->console_why) {
        sw_jsonw_object(&w, "console");
        sw_jsonw_bool(&w, "listening", !v->console_why[0]);
        sw_jsonw_str(&w, "why", v->console_why[0] ? v->console_why : NULL);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array(&w, "bus");
    for (size_t i = 0; i < v->n_buses; i++) {
        sw_jsonw_object(&w, NULL);
        sw_jsonw_str(&w, "id", v->bus[i].id);
        sw_jsonw_uint(&w, "polls", v->bus[i].polls_total);
        sw_jsonw_uint(&w, "errors", v->bus[i].errors_total);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    return sw_doc_end(&w, s);
}
