// SPDX-License-Identifier: Apache-2.0
/* The model's matters that no limit tells of: the equipment, outputs, work that is heard while none is permitted.
 * Source: docs/explanation/measuring.md. */
#include "tests/support/desk_model.h"

#include <stdio.h>
#include <string.h>

/* ---- the equipment ---- */

/* Serious while work is not allowed, or while a limit is at stake there. */
static enum sw_class device_class(const struct model *m, const struct sw_desk_device *dv)
{
    for (int i = 0; i < m->n_tickets; i++) {
        const struct model_ticket *t = &m->tickets[i];

        if (model_is_open(t) && (t->category == SW_CATEGORY_NOISE || t->category == SW_CATEGORY_DUST) &&
            (dv->is_sitewide || strcmp(t->place, dv->place) == 0))
            return SW_CLASS_A;
    }
    return dv->work.permitted == 0 ? SW_CLASS_A : SW_CLASS_B;
}

static bool has_cause(const struct model_ticket *t)
{
    return t->from_us != MODEL_NEVER && t->to_us == MODEL_NEVER;
}

void model_device(struct model *m, const struct sw_desk_device *dv, bool is_active)
{
    char key[MODEL_KEY_SIZE];
    int i, last;

    snprintf(key, sizeof key, "%s:device:%s:%s", m->site, dv->family, dv->place);
    i = model_open_of(m, key);
    last = model_last_of(m, key);
    if (!is_active) {
        i = i >= 0 ? i : last;
        if (i < 0 || !has_cause(&m->tickets[i]))
            return;
        m->tickets[i].to_us = m->now_us;
        if (m->tickets[i].status != SW_STATUS_WITHDRAWN)
            model_say(m, i, SW_VERB_RECOVER, SW_ROLE_AUTO);
        return;
    }
    if (i >= 0 && has_cause(&m->tickets[i]))
        return;
    if (i >= 0 && m->tickets[i].status != SW_STATUS_RESOLVED) {
        m->tickets[i].to_us = MODEL_NEVER;
        model_raise(m, i, device_class(m, dv));
        return;
    }
    if (i < 0 && last >= 0 && has_cause(&m->tickets[last]))
        return; /* people ended it while the cause went on */
    if (i < 0)
        i = model_recent_of(m, key);
    const enum sw_class class_ = device_class(m, dv);
    const bool is_new = i < 0;

    if (is_new)
        i = model_born(m, key, dv->place, SW_CATEGORY_DEVICE, SW_ORIGIN_DEVICE);
    if (is_new || class_ < m->tickets[i].class_)
        m->tickets[i].class_ = class_;
    m->tickets[i].work = dv->work;
    m->tickets[i].is_site = true;
    m->tickets[i].from_us = dv->since_us;
    m->tickets[i].to_us = MODEL_NEVER;
    if (is_new) {
        model_set_deadlines(m, i);
        model_say(m, i, SW_VERB_OPEN, SW_ROLE_AUTO);
        model_dispatch_at_once(m, i);
    } else {
        model_reopen(m, i, SW_STAGE_NONE, SW_ROLE_AUTO);
    }
}

void model_device_class(struct model *m, const struct sw_desk_device *dv)
{
    char key[MODEL_KEY_SIZE];
    int i;

    snprintf(key, sizeof key, "%s:device:%s:%s", m->site, dv->family, dv->place);
    i = model_open_of(m, key);
    if (i >= 0 && has_cause(&m->tickets[i]) && m->tickets[i].status != SW_STATUS_RESOLVED)
        model_raise(m, i, device_class(m, dv));
}

/* Something was done about what was forecast. */
void model_output(struct model *m, int category)
{
    for (int i = 0; i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];

        if (!model_is_open(t) || t->stage != SW_STAGE_FORECAST || t->acted ||
            (category >= 0 && (int) t->category != category))
            continue;
        t->acted = true;
        model_say(m, i, SW_VERB_NOTE, SW_ROLE_AUTO);
    }
}

/* ---- work while none is permitted ---- */

static void hear(struct model_ticket *t, const struct sw_desk_heard *h)
{
    t->work = h->work;
    t->is_site = true;
    t->is_night = h->is_night;
    t->worst = h->leq;
    t->from_us = h->from_us;
    t->to_us = MODEL_NEVER;
}

void model_heard(struct model *m, const struct sw_desk_heard *h)
{
    char key[MODEL_KEY_SIZE];
    bool is_new = false;
    int i;

    snprintf(key, sizeof key, "%s:work:%s:site", m->site, h->period);
    i = model_open_of(m, key);
    if (i >= 0 && m->tickets[i].status != SW_STATUS_RESOLVED) {
        m->tickets[i].to_us = MODEL_NEVER;
        if (h->leq > m->tickets[i].worst)
            m->tickets[i].worst = h->leq;
        return;
    }
    if (i < 0)
        i = model_recent_of(m, key);
    if (i < 0) {
        is_new = true;
        i = model_born(m, key, "site", SW_CATEGORY_WORK, SW_ORIGIN_SCHEDULE);
    }
    hear(&m->tickets[i], h);
    if (is_new) {
        model_set_deadlines(m, i);
        model_say(m, i, SW_VERB_OPEN, SW_ROLE_AUTO);
        model_dispatch_at_once(m, i);
    } else {
        model_reopen(m, i, SW_STAGE_NONE, SW_ROLE_AUTO);
    }
    model_link_earlier(m, i);
}

void model_unheard(struct model *m)
{
    for (int i = 0; i < m->n_tickets; i++) {
        struct model_ticket *t = &m->tickets[i];

        if (t->category != SW_CATEGORY_WORK || (!model_is_open(t) && t->status != SW_STATUS_CLOSED) ||
            t->from_us == MODEL_NEVER || t->to_us != MODEL_NEVER)
            continue;
        t->to_us = m->now_us;
        model_say(m, i, SW_VERB_RECOVER, SW_ROLE_AUTO);
    }
}

/* One ticket of class C a publication. */
void model_late(struct model *m, const struct sw_desk_late *late, const char *item)
{
    char key[MODEL_KEY_SIZE];
    int i;

    snprintf(key, sizeof key, "%s:work:late-publication:%s", m->site, item);
    if (model_open_of(m, key) >= 0 || model_last_of(m, key) >= 0)
        return;
    i = model_born(m, key, item, SW_CATEGORY_WORK, SW_ORIGIN_SCHEDULE);
    m->tickets[i].class_ = SW_CLASS_C;
    m->tickets[i].work = late->work;
    m->tickets[i].is_site = m->detected == SW_DETECTED_YES || late->work.state == SW_WORK_SCHEDULED ||
                            late->work.state == SW_WORK_PERMITTED_NIGHT;
    model_set_deadlines(m, i);
    model_say(m, i, SW_VERB_OPEN, SW_ROLE_AUTO);
    model_dispatch_at_once(m, i);
}
