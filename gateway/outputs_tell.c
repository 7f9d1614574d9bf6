// SPDX-License-Identifier: Apache-2.0
/* What outputs leave behind: the record of each order, answer and hand, the state that survives a restart, the document
 * at the broker, the alert. */
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/jsonw.h"
#include "gateway/alerts.h"
#include "gateway/outputs_int.h"
#include "gateway/uplinks.h"
#include "io/topic.h"

static const char *const kinds[] = {
    [SW_OUTPUT_MIST] = "mist", [SW_OUTPUT_LIGHT] = "light", [SW_OUTPUT_BOARD] = "board"};

/* The record must never be the reason why something is not switched: what does not fit is said, and that is all. */
static void put(struct sw_core *c, const struct core_output *o, struct sw_jsonw *w, const char *buf)
{
    size_t len = 0;
    int rc = SW_E_FULL;

    if (sw_jsonw_finish(w, &len))
        rc = sw_store_put_act(c->store, "output", o->conf->id, sw_engine_now_us(c->engine), buf, len);
    c->wants_commit = true;
    if (rc < 0)
        sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "what output %s did cannot be recorded: %s",
                    o->conf->id, sw_code_name((enum sw_code) rc));
}

void output_record(struct sw_core *c, const struct core_output *o, const char *what, const char *key, const char *value,
                   const char *why)
{
    char buf[768];
    struct sw_jsonw w;

    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "what", what);
    sw_jsonw_str(&w, key, value);
    if (o->conf->kind != SW_OUTPUT_BOARD)
        sw_jsonw_str(&w, "reason", sw_output_reason_name(o->rule.reason));
    if (*why)
        sw_jsonw_str(&w, "why", why);
    sw_jsonw_object_end(&w);
    put(c, o, &w, buf);
}

void output_record_mode(struct sw_core *c, const struct core_output *o, uint32_t uid, const char *why)
{
    char buf[1024];
    struct sw_jsonw w;

    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "what", "manual");
    sw_jsonw_str(&w, "mode", sw_output_mode_name(o->rule.mode));
    if (uid != UINT32_MAX)
        sw_jsonw_uint(&w, "uid", uid);
    else
        sw_jsonw_null(&w, "uid");
    if (*why)
        sw_jsonw_str(&w, "why", why);
    sw_jsonw_object_end(&w);
    put(c, o, &w, buf);
}

size_t output_document(struct sw_core *c, const struct core_output *o, char *buf, size_t cap)
{
    const bool is_board = o->conf->kind == SW_OUTPUT_BOARD;
    const struct sw_doc_output v = {
        .id = o->conf->id,
        .name = o->conf->name,
        .kind = kinds[o->conf->kind],
        .is = !is_board     ? o->rule.is
              : o->is_shown ? SW_OUTPUT_IS_ON
                            : SW_OUTPUT_IS_UNKNOWN,
        .is_wanted = is_board || o->rule.is_wanted,
        .reason = is_board ? SW_OUTPUT_RULE : o->rule.reason,
        .mode = o->rule.mode,
        .since_us = is_board ? INT64_MIN : o->rule.since_us,
        .on_today_us = is_board ? -1 : o->rule.today_us,
        .rest_until_us = is_board ? INT64_MIN : sw_output_rest_until_us(&o->rule),
        .fault = o->why,
    };

    return sw_doc_output(&c->doc.site, &v, sw_engine_now_us(c->engine), buf, cap);
}

static void post(struct sw_core *c, struct core_output *o)
{
    char topic[SW_TOPIC_SIZE];
    size_t len = core_has_uplink(c) ? output_document(c, o, c->doc_buf, sizeof(c->doc_buf)) : 0;

    if (len > 0 && sw_topic_output(o->conf->id, topic, sizeof(topic)))
        core_post_state(c, topic, c->doc_buf, len);
}

void output_keep(struct sw_core *c, struct core_output *o)
{
    char text[SW_OUTPUT_TEXT_MAX];
    const size_t len = o->conf->kind == SW_OUTPUT_BOARD ? 0 : sw_output_write(&o->rule, text, sizeof(text));

    if (len > 0 && sw_store_put_state(c->store, o->conf->id, OUTPUT_STATE_NAME, text, len) < 0)
        sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "the state of output %s cannot be stored",
                    o->conf->id);
}

void output_tell(struct sw_core *c, struct core_output *o)
{
    output_keep(c, o);
    c->wants_commit = true;
    post(c, o);
}

void core_outputs_publish(struct sw_core *c)
{
    for (size_t i = 0; c->outputs && i < c->outputs->n; i++)
        post(c, &c->outputs->list[i]);
}

void output_alert(struct sw_core *c, struct core_output *o, bool is_active)
{
    struct sw_alert a = {.code = SW_ALERT_OUTPUT, .is_active = is_active};

    o->is_alerting = is_active;
    snprintf(a.subject, sizeof(a.subject), "output/%s", o->conf->id);
    snprintf(a.name, sizeof(a.name), "%s", o->conf->name);
    snprintf(a.detail, sizeof(a.detail), "%s", is_active ? o->why : "");
    core_alert(c, &a);
}
