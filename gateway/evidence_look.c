// SPDX-License-Identifier: Apache-2.0
/* What the core adds to what was read: was work allowed, tickets as they are now, who has called, who is in charge.
 * And what a complaint is decided by. On the core's thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "gateway/evidence_int.h"
#include "rules/calendar.h"

#define HOURS_MAX 4 /* pieces of a day's published hours that are told */

/* ---- the schedule ---- */

static bool stands(const struct sw_schedule_item *item)
{
    return item->status == SW_ITEM_CONFIRMED && item->cancelled_us == INT64_MIN;
}

void evidence_permit(const struct sw_schedule *s, int64_t at_us, char *buf, size_t cap)
{
    for (size_t i = 0; s && i < s->n_instances; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];
        const struct sw_schedule_item *item = &s->items[in->item];

        if (item->kind == SW_ITEM_PERMIT && stands(item) && in->from_us <= at_us && at_us < in->to_us) {
            (void) snprintf(buf, cap, "%s", item->permit_no);
            return;
        }
    }
}

/* "06:00-22:00", of work that begins on the local day of the instant. */
static void find_hours(const struct sw_schedule *s, const struct sw_zone *zone, int64_t at_us, char *buf, size_t cap)
{
    const int32_t day = sw_local_day(zone, at_us);
    size_t n = 0, len = 0;

    buf[0] = '\0';
    for (size_t i = 0; s && i < s->n_instances && n < HOURS_MAX; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];
        const struct sw_schedule_item *item = &s->items[in->item];
        struct sw_civil from, to;
        int written;

        if (item->kind != SW_ITEM_WORK || !stands(item) || sw_local_day(zone, in->from_us) != day)
            continue;
        sw_civil_from_utc(zone, in->from_us, &from);
        sw_civil_from_utc(zone, in->to_us, &to);
        written = snprintf(buf + len, cap - len, "%s%02d:%02d-%02d:%02d", n++ ? ", " : "", from.hour, from.minute,
                           to.hour, to.minute);
        len += written > 0 && (size_t) written < cap - len ? (size_t) written : 0;
        buf[len] = '\0';
    }
}

static int64_t within(int64_t t_us, const struct sw_evidence_part *p)
{
    return t_us < p->from_us ? p->from_us : t_us >= p->to_us ? p->to_us - 1 : t_us;
}

/* ---- tickets ---- */

static bool overlaps(const struct sw_ticket *t, const struct sw_evidence_facts *f)
{
    const int64_t from_us = t->measured_from_us != INT64_MIN ? SW_MIN(t->measured_from_us, t->opened_us) : t->opened_us;

    if (f->call_ticket[0] && strcmp(t->id, f->call_ticket) == 0)
        return true; /* opened just now for a call about an hour that is past */
    return from_us - EVIDENCE_BEFORE_US < f->to_us &&
           (t->ended_us == INT64_MIN || t->ended_us + EVIDENCE_AFTER_US > f->from_us);
}

/* Newest first; the oldest give way. */
static void add_ticket(struct sw_evidence_facts *f, const struct sw_ticket *t)
{
    size_t at = 0;

    if (!overlaps(t, f))
        return;
    while (at < f->n_tickets && f->tickets[at].opened_us >= t->opened_us) {
        if (strcmp(f->tickets[at].id, t->id) == 0)
            return; /* at the desk too, and there it is newer */
        at++;
    }
    if (at == SW_EVIDENCE_TICKETS_MAX)
        return;
    f->n_tickets = SW_MIN(f->n_tickets + 1, (size_t) SW_EVIDENCE_TICKETS_MAX);
    memmove(&f->tickets[at + 1], &f->tickets[at], (f->n_tickets - 1 - at) * sizeof(f->tickets[0]));
    f->tickets[at] = (struct sw_evidence_ticket){.status = t->status,
                                                 .origin = t->origin,
                                                 .category = t->category,
                                                 .class_ = t->class_,
                                                 .opened_us = t->opened_us};
    (void) snprintf(f->tickets[at].id, sizeof(f->tickets[at].id), "%s", t->id);
    (void) snprintf(f->tickets[at].number, sizeof(f->tickets[at].number), "%s", t->number);
    (void) snprintf(f->tickets[at].unit, sizeof(f->tickets[at].unit), "%s", t->assignee.unit);
    (void) snprintf(f->tickets[at].person, sizeof(f->tickets[at].person), "%s", t->assignee.person);
}

static void look_at_tickets(struct sw_core *c, struct evidence_read *e)
{
    const struct sw_desk *desk = sw_engine_desk(c->engine);

    e->f.n_tickets = 0;
    for (size_t i = 0; i < sw_desk_capacity(desk); i++)
        if (sw_desk_ticket(desk, i))
            add_ticket(&e->f, sw_desk_ticket(desk, i));
    for (size_t i = 0; i < e->n_stored; i++)
        if (!sw_desk_find(desk, e->stored[i].id))
            add_ticket(&e->f, &e->stored[i]);
}

/* ---- all together ---- */

static const char *place_of(const struct sw_site *site, const struct sw_evidence_part *p)
{
    const struct sw_sensor_conf *conf = p->n_numbers ? &site->sensors[p->numbers[0].sensor] : NULL;

    if (!conf)
        return "";
    return conf->zone[0] ? conf->zone : conf->device >= 0 ? site->devices[conf->device].id : conf->id;
}

void evidence_look(struct sw_core *c, struct evidence_read *e)
{
    struct sw_evidence_facts *f = &e->f;
    const struct sw_schedule *schedule = sw_engine_schedule(c->engine);
    const struct sw_desk *desk = sw_engine_desk(c->engine);
    const struct sw_evidence_part *top;
    bool is_dust;

    for (size_t i = 0; i < f->n_parts; i++)
        f->parts[i].work = sw_engine_work_at(c->engine, within(f->ask.at_us, &f->parts[i]));
    sw_evidence_judge(f, &c->site->zone);
    top = &f->parts[f->top];
    f->permit[0] = '\0';
    if (top->work.state == SW_WORK_PERMITTED_NIGHT)
        evidence_permit(schedule, within(f->ask.at_us, top), f->permit, sizeof(f->permit));
    find_hours(schedule, &c->site->zone, within(f->ask.at_us, top), f->published_hours, sizeof(f->published_hours));
    look_at_tickets(c, e);
    f->complaints = sw_desk_complaint_counts(desk, f->ask.caller_ref, sw_engine_now_us(c->engine));
    is_dust = f->ask.category == SW_CATEGORY_DUST || (top->n_numbers && top->numbers[0].kind == SW_KIND_DUST);
    sw_desk_dispatch_basis(desk, is_dust ? SW_CATEGORY_DUST : SW_CATEGORY_NOISE, top->period, place_of(c->site, top),
                           &f->basis);
}

/* ---- what a complaint is decided by ---- */

static const struct sw_rule *rule_of(const struct sw_site *site, const char *full_id, const struct sw_pack **ret_pack)
{
    for (size_t i = 0; full_id[0] && i < site->n_packs; i++)
        for (size_t k = 0; k < site->packs[i].n_rules; k++)
            if (strcmp(site->packs[i].rules[k].full_id, full_id) == 0) {
                *ret_pack = &site->packs[i];
                return &site->packs[i].rules[k];
            }
    return NULL;
}

static void found_rule(const struct sw_site *site, const struct sw_evidence_number *v, struct sw_complaint_found *ret)
{
    const struct sw_pack *pack = NULL;
    const struct sw_rule *rule = rule_of(site, v->worst.rule, &pack);
    const bool is_max = rule && rule->statistic == SW_STAT_MAX;
    const enum sw_quantity q = rule && rule->quantity != SW_QUANTITY_NONE ? rule->quantity : v->quantity;
    const char *quantity = v->kind != SW_KIND_NOISE ? sw_quantity_info(q)->name : is_max ? "LAmax" : "LAeq";

    (void) snprintf(ret->sensor, sizeof(ret->sensor), "%s", site->sensors[v->sensor].id);
    (void) snprintf(ret->rule, sizeof(ret->rule), "%s", v->worst.rule);
    (void) snprintf(ret->pack_version, sizeof(ret->pack_version), "%s", pack ? pack->version : "");
    (void) snprintf(ret->statistic, sizeof(ret->statistic), "%s", rule ? sw_statistic_name(rule->statistic) : "");
    (void) snprintf(ret->quantity, sizeof(ret->quantity), "%s", quantity);
    (void) snprintf(ret->unit, sizeof(ret->unit), "%s", sw_quantity_info(q)->unit);
    ret->worst = v->worst.value;
    ret->max = v->max;
    ret->limit = v->worst.limit;
    ret->over_by = v->worst.over_by;
    ret->from_us = v->worst.from_us;
    ret->to_us = v->worst.to_us;
}

void core_evidence_found(const struct sw_core *c, const struct core_evidence *e, struct sw_complaint_found *ret)
{
    const struct sw_evidence_facts *f = &e->read.f;
    const struct sw_evidence_part *top = &f->parts[f->top];

    *ret = sw_complaint_found_none();
    ret->code = top->code;
    ret->period_is_night = top->is_night;
    ret->work = top->work;
    ret->work_detected = (int8_t) top->work_detected;
    (void) snprintf(ret->period, sizeof(ret->period), "%s", top->period);
    if (top->n_numbers > 0)
        found_rule(c->site, &top->numbers[0], ret);
}
