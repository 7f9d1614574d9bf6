// SPDX-License-Identifier: Apache-2.0
/* Matters of the measuring equipment: a box that was opened, mains power that is gone, sensors that are silent. Whether
 * that is so, the engine says; here it becomes a ticket, and the ticket learns when it is over. What an output does for
 * a forecast, and remarks of the engine, are here too. */
#include <stdio.h>
#include <string.h>

#include "tickets/desk_impl.h"

static bool device_key(const struct sw_desk *d, const char *family, const char *place, char *buf, size_t cap)
{
    const int n = snprintf(buf, cap, "%s:%s:%s:%s", d->site, sw_category_name(SW_CATEGORY_DEVICE), family, place);

    return n > 0 && (size_t) n < cap;
}

static const char *place_of(const struct sw_ticket *t)
{
    const char *colon = strrchr(t->matter_key, ':');

    return colon ? colon + 1 : "";
}

static bool is_on_line_of(const struct sw_desk *d, uint16_t sensor, const char *place)
{
    for (size_t i = 0; sensor < d->p.n_sensors && i < d->p.n_sensors; i++)
        if (d->p.sensors[i].line == d->p.sensors[sensor].line && strcmp(d->p.sensors[i].place, place) == 0)
            return true;
    return false;
}

/* Of something whose place is the whole site everything is near; of a line all places that are read over it. */
static bool is_near(const struct sw_desk *d, const struct sw_ticket *t, const struct sw_desk_device *m)
{
    return m->is_sitewide || strcmp(place_of(t), m->place) == 0 ||
           (m->is_line && is_on_line_of(d, m->sensor, place_of(t)));
}

/* Nobody watches while work is not allowed, or while a limit is at stake there: then it is serious. */
static enum sw_class class_for(const struct sw_desk *d, const struct sw_desk_device *m)
{
    if (m->work.permitted == 0)
        return SW_CLASS_A;
    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (sw_ticket_is_open(t) && (t->category == SW_CATEGORY_NOISE || t->category == SW_CATEGORY_DUST) &&
            is_near(d, t, m))
            return SW_CLASS_A;
    }
    return SW_CLASS_B;
}

static void describe(const struct sw_desk *d, const struct sw_desk_device *m, int64_t now_us, struct sw_ticket *t)
{
    sw_desk_take_work(d, &m->work, now_us, t);
    t->attribution = SW_ATTRIBUTION_SITE; /* the equipment is the site's, whoever touched it */
    sw_desk_copy(t->sensor, sizeof t->sensor, m->sensor < d->p.n_sensors ? d->p.sensors[m->sensor].id : "");
    t->measured_from_us = m->since_us;
    t->measured_to_us = SW_TIME_NONE;
    t->measured_is_good = true;
}

static void open_matter(struct sw_desk *d, const struct sw_desk_device *m, const char *key, int64_t now_us,
                        struct sw_desk_out *out)
{
    struct sw_desk_slot *s = sw_desk_take_slot(d, out);

    if (!s) {
        d->totals.refused_total++;
        return;
    }
    sw_desk_born(d, s, key, now_us);
    s->ticket.origin = SW_ORIGIN_DEVICE;
    s->ticket.category = SW_CATEGORY_DEVICE;
    s->ticket.class_ = class_for(d, m);
    sw_desk_copy(s->ticket.period, sizeof s->ticket.period, m->period);
    s->ticket.period_is_night = m->is_night;
    sw_desk_owner(d, SW_CATEGORY_DEVICE, m->period, m->place, &s->ticket.assignee);
    sw_desk_set_deadlines(d, &s->ticket, now_us);
    describe(d, m, now_us, &s->ticket);
    sw_desk_record(d, s, SW_VERB_OPEN, SW_STAGE_NONE, &sw_desk_auto, m->family, now_us, out);
    sw_desk_auto_dispatch(d, s, now_us, out);
}

static void reopen(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_desk_device *m, int64_t now_us,
                   struct sw_desk_out *out)
{
    describe(d, m, now_us, &s->ticket);
    s->ticket.class_ = SW_MIN(s->ticket.class_, class_for(d, m));
    sw_desk_reopen(d, s, SW_STAGE_NONE, &sw_desk_auto, m->family, now_us, out);
}

static bool goes_on(const struct sw_ticket *t)
{
    return t->measured_from_us != SW_TIME_NONE && t->measured_to_us == SW_TIME_NONE;
}

/* The open ticket joins. One that people ended while the cause went on stays ended until there is a new cause. */
static void begin(struct sw_desk *d, const struct sw_desk_device *m, const char *key, int64_t now_us,
                  struct sw_desk_out *out)
{
    struct sw_desk_slot *s = sw_desk_open_of(d, key);

    if (s && goes_on(&s->ticket))
        return;
    if (s && s->ticket.status != SW_STATUS_RESOLVED) {
        s->ticket.measured_to_us = SW_TIME_NONE;
        if (sw_desk_raise_class(d, &s->ticket, class_for(d, m), now_us))
            sw_desk_merged_raised(d, s, now_us, out);
        sw_desk_touch(d, s, now_us, out);
        return;
    }
    if (!s) {
        const struct sw_desk_slot *ended = sw_desk_ended_of(d, key);

        if (ended && goes_on(&ended->ticket))
            return;
        s = sw_desk_recent_of(d, key, now_us);
    }
    if (s)
        reopen(d, s, m, now_us, out);
    else
        open_matter(d, m, key, now_us, out);
}

static void end(struct sw_desk *d, const char *key, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *s = sw_desk_open_of(d, key);

    if (!s)
        s = sw_desk_ended_of(d, key);
    if (!s || !goes_on(&s->ticket))
        return;
    s->ticket.measured_to_us = now_us;
    if (s->ticket.status == SW_STATUS_WITHDRAWN) /* said to be nothing: nothing is recorded, only known */
        sw_desk_touch(d, s, now_us, out);
    else
        sw_desk_record(d, s, SW_VERB_RECOVER, SW_STAGE_NONE, &sw_desk_auto, "", now_us, out);
}

bool sw_desk_device(struct sw_desk *d, const struct sw_desk_device *m, bool is_active, int64_t now_us,
                    struct sw_desk_out *out)
{
    char key[sizeof((struct sw_ticket *) 0)->matter_key];

    if (!device_key(d, m->family, m->place, key, sizeof key))
        return true;
    /* opening and its dispatch are the most that one matter needs */
    if (out->n_events + 2 > SW_DESK_CHANGES_MAX || out->n_tickets == SW_DESK_CHANGES_MAX)
        return false;
    if (is_active)
        begin(d, m, key, now_us, out);
    else
        end(d, key, now_us, out);
    return true;
}

void sw_desk_device_class(struct sw_desk *d, const struct sw_desk_device *m, int64_t now_us, struct sw_desk_out *out)
{
    char key[sizeof((struct sw_ticket *) 0)->matter_key];
    struct sw_desk_slot *s = NULL;

    if (device_key(d, m->family, m->place, key, sizeof key))
        s = sw_desk_open_of(d, key);
    if (s && goes_on(&s->ticket) && s->ticket.status != SW_STATUS_RESOLVED && out->n_tickets < SW_DESK_CHANGES_MAX &&
        sw_desk_raise_class(d, &s->ticket, class_for(d, m), now_us)) {
        sw_desk_merged_raised(d, s, now_us, out);
        sw_desk_touch(d, s, now_us, out);
    }
}

/* ---- what an output does for a forecast ---- */

void sw_desk_output(struct sw_desk *d, const char *output, int category, int64_t now_us, struct sw_desk_out *out)
{
    char note[SW_NOTE_SIZE];

    snprintf(note, sizeof note, "output %s on", output);
    for (size_t i = 0; i < d->n_slots; i++) {
        struct sw_ticket *t = &d->slots[i].ticket;

        if (!sw_ticket_is_open(t) || t->stage != SW_STAGE_FORECAST || t->acted ||
            (category >= 0 && (int) t->category != category))
            continue;
        if (out->n_events == SW_DESK_CHANGES_MAX || out->n_tickets == SW_DESK_CHANGES_MAX)
            return;
        t->acted = true;
        sw_desk_record(d, &d->slots[i], SW_VERB_NOTE, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    }
}

void sw_desk_remark(struct sw_desk *d, enum sw_category category, const char *place, const char *note, int64_t now_us,
                    struct sw_desk_out *out)
{
    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;

        if (!sw_ticket_is_open(t) || t->category != category || strcmp(place_of(t), place) != 0)
            continue;
        if (out->n_events == SW_DESK_CHANGES_MAX || out->n_tickets == SW_DESK_CHANGES_MAX)
            return;
        sw_desk_record(d, &d->slots[i], SW_VERB_NOTE, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    }
}
