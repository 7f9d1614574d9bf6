// SPDX-License-Identifier: Apache-2.0
/* One line a document. The documents themselves come from io/document.c, as the daemon's do. */
#include "cli/printer.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "config/text.h"
#include "gateway/doc_site.h"
#include "io/document.h"
#include "io/topic.h"

struct sw_printer {
    struct sw_engine *engine;
    unsigned kinds;
    FILE *to;
    struct sw_doc_site_owner owner;
    char doc[SW_DOCUMENT_MAX];
};

int sw_print_parse(const char *words, unsigned *ret, struct sw_err *err)
{
    static const struct {
        const char *word;
        enum sw_print bit;
    } table[] = {
        {"agg", SW_PRINT_AGG},       {"state", SW_PRINT_STATE},     {"event", SW_PRINT_EVENT},
        {"ticket", SW_PRINT_TICKET}, {"summary", SW_PRINT_SUMMARY}, {"schedule", SW_PRINT_SCHEDULE},
        {"live", SW_PRINT_LIVE},     {"alert", SW_PRINT_ALERT},
    };
    unsigned kinds = 0;
    for (const char *p = words;;) {
        size_t len = strcspn(p, ",");
        char word[32], hint[160];
        struct sw_guess guess = {.typed = word};
        unsigned bit = 0;
        snprintf(word, sizeof(word), "%.*s", (int) SW_MIN(len, sizeof(word) - 1), p);
        for (size_t i = 0; i < SW_ARRAY_SIZE(table); i++) {
            sw_guess_offer(&guess, table[i].word);
            if (strcmp(table[i].word, word) == 0)
                bit = table[i].bit;
        }
        if (bit == 0)
            return sw_err_set(err, SW_E_INVAL, 0,
                              "'%s' is none of agg, state, event, ticket, summary, schedule, alert, live%s", word,
                              sw_guess_text(&guess, hint, sizeof(hint)));
        kinds |= bit;
        if (p[len] == '\0')
            break;
        p += len + 1;
    }
    *ret = kinds;
    return SW_OK;
}

int sw_printer_new(struct sw_engine *e, unsigned kinds, bool is_simulated, FILE *to, struct sw_printer **ret,
                   struct sw_err *err)
{
    struct sw_printer *p = malloc(sizeof(*p));
    if (!p)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    p->engine = e;
    p->kinds = kinds;
    p->to = to;
    int r = sw_doc_site_init(&p->owner, sw_engine_site(e), e, NULL, is_simulated, err);
    if (r < 0) {
        free(p);
        return r;
    }
    *ret = p;
    return SW_OK;
}

struct sw_printer *sw_printer_free(struct sw_printer *p)
{
    if (p) {
        sw_doc_site_done(&p->owner);
        free(p);
    }
    return NULL;
}

static unsigned kind_of(enum sw_effect_kind kind)
{
    switch (kind) {
    case SW_EFFECT_LIVE:
        return SW_PRINT_LIVE;
    case SW_EFFECT_WINDOW:
        return SW_PRINT_AGG;
    case SW_EFFECT_STATE:
        return SW_PRINT_STATE;
    case SW_EFFECT_TICKET:
        return SW_PRINT_TICKET;
    case SW_EFFECT_TICKET_EVENT:
    case SW_EFFECT_SENSOR_EVENT:
        return SW_PRINT_EVENT;
    case SW_EFFECT_SUMMARY:
        return SW_PRINT_SUMMARY;
    case SW_EFFECT_SCHEDULE:
        return SW_PRINT_SCHEDULE;
    case SW_EFFECT_ALERT:
        return SW_PRINT_ALERT;
    case SW_EFFECT_RESULT: /* an answer goes to whoever asked; cmd_replay says refusals on stderr */
    case SW_EFFECT__COUNT:
        break;
    }
    return 0;
}

/* Topic of an effect. True if its document is retained. */
static bool topic_of(const struct sw_printer *p, const struct sw_effect *fx, char *topic)
{
    const struct sw_site *site = sw_engine_site(p->engine);
    char leaf[32], alert[SW_ID_SIZE + 32];
    switch (fx->kind) {
    case SW_EFFECT_LIVE:
        sw_topic_sensor(site->sensors[fx->live.sensor].id, "live", topic, SW_TOPIC_SIZE);
        return true;
    case SW_EFFECT_WINDOW:
        snprintf(leaf, sizeof(leaf), "agg/%s", fx->window.period);
        sw_topic_sensor(site->sensors[fx->window.sensor].id, leaf, topic, SW_TOPIC_SIZE);
        return false;
    case SW_EFFECT_STATE:
        sw_topic_sensor(site->sensors[fx->sensor].id, "state", topic, SW_TOPIC_SIZE);
        return true;
    case SW_EFFECT_TICKET:
        sw_topic_ticket(sw_desk_ticket(sw_engine_desk(p->engine), fx->ticket)->id, NULL, topic, SW_TOPIC_SIZE);
        return true;
    case SW_EFFECT_TICKET_EVENT:
        sw_topic_ticket(fx->event.ticket, "event", topic, SW_TOPIC_SIZE);
        return false;
    case SW_EFFECT_SENSOR_EVENT:
        sw_topic_sensor(site->sensors[fx->input.sensor].id, "event", topic, SW_TOPIC_SIZE);
        return false;
    case SW_EFFECT_SCHEDULE:
        snprintf(topic, SW_TOPIC_SIZE, "schedule");
        return true;
    case SW_EFFECT_ALERT:
        snprintf(alert, sizeof(alert), "alert/");
        sw_alert_topic_leaf(&fx->alert, alert + strlen(alert), sizeof(alert) - strlen(alert));
        sw_topic_gateway(site->gateway_id, alert, topic, SW_TOPIC_SIZE);
        return true;
    default:
        snprintf(topic, SW_TOPIC_SIZE, "summary");
        return true;
    }
}

static size_t render(struct sw_printer *p, const struct sw_effect *fx)
{
    const struct sw_doc_site *s = &p->owner.site;
    struct sw_summary summary;
    switch (fx->kind) {
    case SW_EFFECT_LIVE:
        return sw_doc_live(s, &fx->live, p->doc, sizeof(p->doc));
    case SW_EFFECT_WINDOW:
        return sw_doc_window(s, &fx->window, fx->ts_us, -1, -1, p->doc, sizeof(p->doc));
    case SW_EFFECT_STATE:
        return sw_doc_state(s, fx->sensor, sw_engine_judge(p->engine, fx->sensor), fx->ts_us, p->doc, sizeof(p->doc));
    case SW_EFFECT_TICKET:
        return sw_doc_ticket(s, sw_desk_ticket(sw_engine_desk(p->engine), fx->ticket), fx->ts_us, -1, p->doc,
                             sizeof(p->doc));
    case SW_EFFECT_TICKET_EVENT:
        return sw_doc_ticket_event(s, &fx->event, fx->ts_us, -1, p->doc, sizeof(p->doc));
    case SW_EFFECT_SENSOR_EVENT:
        return sw_doc_sensor_event(s, &fx->input, fx->ts_us, -1, p->doc, sizeof(p->doc));
    case SW_EFFECT_SCHEDULE:
        return sw_doc_schedule(s, sw_engine_schedule(p->engine), fx->ts_us, p->doc, sizeof(p->doc));
    case SW_EFFECT_ALERT:
        return sw_doc_alert(s, &fx->alert, fx->ts_us, p->doc, sizeof(p->doc));
    default:
        sw_engine_summary(p->engine, &summary);
        return sw_doc_summary(s, &summary, fx->ts_us, p->doc, sizeof(p->doc));
    }
}

int sw_printer_effects(struct sw_printer *p, const struct sw_effect *fx, size_t n, struct sw_err *err)
{
    char topic[SW_TOPIC_SIZE];
    for (size_t i = 0; i < n; i++) {
        if (!(kind_of(fx[i].kind) & p->kinds))
            continue;
        bool is_retained = topic_of(p, &fx[i], topic);
        bool is_deleted = fx[i].kind == SW_EFFECT_ALERT && !fx[i].alert.is_active;
        if (is_deleted) {
            fprintf(p->to, "{\"topic\":\"%s\",\"retain\":true,\"payload\":null}\n", topic);
            continue;
        }
        size_t len = render(p, &fx[i]);
        if (len == 0)
            return sw_err_set(err, SW_E_FULL, 0, "%s: the document is larger than %d bytes", topic, SW_DOCUMENT_MAX);
        fprintf(p->to, "{\"topic\":\"%s\",\"retain\":%s,\"payload\":", topic, is_retained ? "true" : "false");
        fwrite(p->doc, 1, len, p->to);
        fputs("}\n", p->to);
    }
    return SW_OK;
}
