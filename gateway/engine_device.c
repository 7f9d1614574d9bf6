// SPDX-License-Identifier: Apache-2.0
/* What is wrong with the measuring itself: inputs of tamper, door and mains power, sensors that are silent. One cause,
 * one ticket: a silent line speaks for its devices, lost power for all of them. What a ticket becomes of it is
 * tickets/desk_device.c's. */
#include "gateway/engine_int.h"

#include <stdio.h>
#include <string.h>

#define SILENT_US (900 * SW_US_PER_S)     /* no counted data for so long is a matter */
#define MISSING_MIN_US (60 * SW_US_PER_S) /* for the line's state: nothing for three intervals, at least this */
#define NORMAL_FOR_US (10 * SW_US_PER_S)  /* a contact that bounces is one cause */
#define PAUSE_MIN_US (60 * SW_US_PER_S)   /* nothing came from anywhere: it was the gateway that paused */
#define REVIEW_EVERY_S 60                 /* of classes */

static bool tell(struct sw_engine *e, const struct sw_desk_device *m, bool is_active)
{
    engine_tell_desk(e);
    return sw_desk_device(e->desk, m, is_active, e->now_us, &e->desk_out);
}

/* ---- inputs ---- */

/* Mains power counts as such; an input that says whether a machine or the mist runs says only that. */
static const char *family_of(const struct sw_engine *e, size_t sensor)
{
    const struct sw_sensor_conf *c = &e->site->sensors[sensor];

    if (c->kind != SW_KIND_INPUT || c->is_without_matter || c->is_output || c->suppresses ||
        (int) sensor == e->site->suppression.sensor || (int) sensor == e->site->machine)
        return NULL;
    switch (c->level) {
    case SW_QUANTITY_TAMPER:
        return SW_FAMILY_TAMPER;
    case SW_QUANTITY_DOOR:
        return SW_FAMILY_DOOR;
    case SW_QUANTITY_POWER:
        return SW_FAMILY_POWER;
    default:
        return NULL;
    }
}

static bool is_bad(const struct sw_engine *e, size_t sensor)
{
    const int bad = e->site->sensors[sensor].level == SW_QUANTITY_POWER ? 0 : 1;

    return e->sensors[sensor].input_was == bad;
}

static struct sw_desk_device matter(const struct sw_engine *e, const char *family, const char *place, size_t sensor,
                                    int64_t since_us)
{
    struct sw_desk_device m = {.family = family,
                               .place = place,
                               .is_sitewide = strcmp(family, SW_FAMILY_POWER) == 0,
                               .sensor = (uint16_t) sensor,
                               .since_us = since_us,
                               .work = sw_engine_work(e)};

    m.period = engine_period_now(e, &m.is_night);
    return m;
}

static void tell_input(struct sw_engine *e, size_t sensor, bool is_active)
{
    const struct engine_sensor *s = &e->sensors[sensor];
    const struct sw_desk_device m =
        matter(e, family_of(e, sensor), e->desk_sensors[sensor].place, sensor, s->input_edge_us);

    if (tell(e, &m, is_active))
        e->sensors[s->first].input_told = is_active ? 1 : 0;
}

void engine_device_edge(struct sw_engine *e, size_t sensor)
{
    const struct sw_sensor_conf *c = &e->site->sensors[sensor];

    if (c->is_output && e->sensors[sensor].input_was == 1)
        sw_desk_output(e->desk, c->id, c->suppresses ? (int) SW_CATEGORY_DUST : -1, e->now_us, &e->desk_out);
    if (family_of(e, sensor) && is_bad(e, sensor))
        tell_input(e, sensor, true);
}

/* What was not told at once: after a restart, and that it is over. Contacts of one family at one place are one matter:
 * it goes on while one of them is bad. */
static void look_at_contacts(struct sw_engine *e, size_t first)
{
    const int8_t told = e->sensors[first].input_told;
    bool is_known = false, is_calm = true;

    for (size_t i = first; i < e->n_sensors; i++) {
        const struct engine_sensor *s = &e->sensors[i];

        if (s->judge || s->first != first || s->input_was < 0)
            continue;
        if (is_bad(e, i)) {
            if (told != 1)
                tell_input(e, i, true);
            return;
        }
        is_known = true;
        is_calm = is_calm && e->now_us - s->input_edge_us >= NORMAL_FOR_US;
    }
    if (is_known && is_calm && told != 0)
        tell_input(e, first, false);
}

/* Until when mains power is known to have been away: its inputs remember over a restart. INT64_MIN = never. */
static int64_t power_lost_until(const struct sw_engine *e)
{
    int64_t until_us = INT64_MIN;

    for (size_t i = 0; i < e->n_sensors; i++) {
        const char *family = e->site->sensors[i].level == SW_QUANTITY_POWER ? family_of(e, i) : NULL;

        if (family && e->sensors[i].input_was >= 0)
            until_us = SW_MAX(until_us, is_bad(e, i) ? e->now_us : e->sensors[i].input_edge_us);
    }
    return until_us;
}

bool sw_engine_input(const struct sw_engine *e, size_t sensor, struct sw_input_state *ret)
{
    if (sensor >= e->n_sensors || e->sensors[sensor].input_was < 0)
        return false;
    *ret = (struct sw_input_state){.active = e->sensors[sensor].input_was,
                                   .count = e->sensors[sensor].input_count,
                                   .edge_us = e->sensors[sensor].input_edge_us};
    return true;
}

void sw_engine_restore_input(struct sw_engine *e, size_t sensor, const struct sw_input_state *was)
{
    if (sensor >= e->n_sensors || e->sensors[sensor].judge)
        return;
    e->sensors[sensor].input_was = was->active;
    e->sensors[sensor].input_count = was->count;
    e->sensors[sensor].input_edge_us = e->now_us == INT64_MIN ? was->edge_us : SW_MIN(was->edge_us, e->now_us);
}

/* ---- silence ---- */

/* Whose silence is a matter: limits are judged by them. */
static bool is_watched(const struct sw_engine *e, size_t i)
{
    const struct sw_sensor_conf *c = &e->site->sensors[i];

    return e->sensors[i].was_read && (c->kind == SW_KIND_NOISE || c->kind == SW_KIND_DUST) &&
           c->place == SW_PLACE_BOUNDARY && !c->is_reference && !c->is_without_matter;
}

/* The line that a sensor is read over: its bus, or, of sensors that are fed, one that all of them share. -1 = none. */
static int line_of(const struct sw_engine *e, size_t i)
{
    const int device = e->site->sensors[i].device;

    if (!e->sensors[i].judge)
        return -1;
    return device < 0 ? (int) e->site->n_buses : e->site->devices[device].bus;
}

void engine_device_reading(struct sw_engine *e, const struct sw_reading *r, bool is_excused)
{
    struct engine_sensor *s = &e->sensors[r->sensor];

    e->read_us = e->now_us;
    if (!s->was_read)
        s->heard_us = s->excused_us = e->now_us; /* it is due from now on */
    s->was_read = true;
    if (r->flag == 'N' || r->flag == 'S') {
        s->heard_us = e->now_us;
        s->has_spoken = true;
    } else if (is_excused || r->flag == 'M' || r->flag == 'C') {
        s->excused_us = e->now_us;
    }
}

/* A sensor that speaks once an hour is not silent in between. */
static int64_t silent_us(const struct sw_engine *e, size_t i)
{
    return SW_MAX(SILENT_US, 3 * e->site->sensors[i].interval_us);
}

static bool is_fresh(const struct sw_engine *e, size_t i)
{
    return e->sensors[i].has_spoken && e->now_us - e->sensors[i].heard_us < silent_us(e, i);
}

static bool is_silent(const struct sw_engine *e, size_t i)
{
    const struct engine_sensor *s = &e->sensors[i];
    const int line = line_of(e, i);
    int64_t from_us = SW_MAX(SW_MAX(s->heard_us, s->excused_us), e->silence_from_us);

    if (line >= 0)
        from_us = SW_MAX(from_us, e->line[line].silence_from_us);
    return is_watched(e, i) && e->now_us - from_us >= silent_us(e, i);
}

static bool is_missing(const struct sw_engine *e, size_t i)
{
    const int64_t wait_us = SW_MAX(3 * e->site->sensors[i].interval_us, MISSING_MIN_US);

    return e->now_us - e->sensors[i].heard_us >= wait_us;
}

/* Nothing comes over the line from any of at least two devices, and of one for so long that it is a matter. */
static bool is_line_dead(const struct sw_engine *e, int line, size_t *ret_sensor)
{
    const char *place = NULL;
    bool has_two = false, any = false;

    for (size_t i = 0; i < e->n_sensors; i++) {
        if (line_of(e, i) != line || !e->sensors[i].was_read)
            continue;
        if (!is_missing(e, i))
            return false;
        has_two |= place && strcmp(place, e->desk_sensors[i].place) != 0;
        place = e->desk_sensors[i].place;
        if (!any && is_silent(e, i)) {
            any = true;
            *ret_sensor = i;
        }
    }
    return any && has_two;
}

static bool has_fresh(const struct sw_engine *e, int line)
{
    for (size_t i = 0; i < e->n_sensors; i++)
        if (line_of(e, i) == line && is_fresh(e, i) && !is_missing(e, i))
            return true;
    return false;
}

static struct sw_desk_device line_matter(const struct sw_engine *e, size_t line, size_t sensor)
{
    struct sw_desk_device m = matter(e, SW_FAMILY_SILENT, e->line[line].place, sensor, e->sensors[sensor].heard_us);

    m.is_line = true;
    return m;
}

static void look_at_line(struct sw_engine *e, size_t line)
{
    struct engine_line *l = &e->line[line];
    size_t sensor = l->sensor;
    const bool is_dead = l->told == 1 ? !has_fresh(e, (int) line) : is_line_dead(e, (int) line, &sensor);

    if (is_dead == (l->told == 1) || (!is_dead && l->told == 0) || (!is_dead && !has_fresh(e, (int) line)))
        return;
    const struct sw_desk_device m = line_matter(e, line, sensor);

    if (!tell(e, &m, is_dead))
        return;
    if (l->told == 1) /* its devices come one after the other */
        l->silence_from_us = e->now_us;
    l->told = is_dead ? 1 : 0;
    l->sensor = sensor;
}

/* A place is silent while one of its sensors is; it is well again when all of them are. The first of its sensors keeps
 * what was told. */
static void look_at_place(struct sw_engine *e, size_t first)
{
    const char *place = e->desk_sensors[first].place;
    struct engine_sensor *s = &e->sensors[first];
    bool is_quiet = false, is_well = true, any = false;
    size_t sensor = first;

    for (size_t i = first; i < e->n_sensors; i++) {
        const int line = line_of(e, i);

        if (e->sensors[i].first != first || !is_watched(e, i))
            continue;
        any = true;
        is_well = is_well && is_fresh(e, i);
        if (!is_quiet && is_silent(e, i) && !(line >= 0 && e->line[line].told == 1)) {
            is_quiet = true;
            sensor = i;
        }
    }
    if (!(is_quiet && s->silence_told != 1) && !(any && is_well && s->silence_told != 0))
        return;
    const struct sw_desk_device m = matter(e, SW_FAMILY_SILENT, place, sensor, e->sensors[sensor].heard_us);

    if (tell(e, &m, is_quiet))
        s->silence_told = is_quiet ? 1 : 0;
}

/* ---- in time ---- */

/* What can be one matter: judged sensors of a place, which fall silent; contacts of a family at a place. */
static bool is_one_matter(const struct sw_engine *e, size_t a, size_t b)
{
    const char *family = family_of(e, a), *other = family_of(e, b);

    if (a == b)
        return true;
    if (strcmp(e->desk_sensors[a].place, e->desk_sensors[b].place) != 0)
        return false;
    return e->sensors[a].judge ? e->sensors[b].judge != NULL : family && other && strcmp(family, other) == 0;
}

/* Sensors of one matter know the first of them; each line its name among the places. */
void engine_device_new(struct sw_engine *e)
{
    const struct sw_site *site = e->site;

    e->read_us = e->silence_from_us = INT64_MIN;
    e->pause_us = INT64_MAX;
    for (size_t i = 0; i < e->n_sensors; i++) {
        struct engine_sensor *s = &e->sensors[i];

        s->input_told = s->silence_told = -1;
        s->input_edge_us = s->heard_us = s->excused_us = INT64_MIN;
        e->desk_sensors[i].line = line_of(e, i);
        for (s->first = 0; !is_one_matter(e, s->first, i);)
            s->first++;
    }
    for (size_t line = 0; line <= site->n_buses; line++) {
        struct engine_line *l = &e->line[line];
        const char *id = line < site->n_buses ? site->buses[line].id : "site";
        bool is_taken = false;

        for (size_t i = 0; i < e->n_sensors; i++)
            is_taken |= strcmp(e->desk_sensors[i].place, id) == 0;
        *l = (struct engine_line){.told = -1, .silence_from_us = INT64_MIN};
        snprintf(l->place, sizeof(l->place), "%s%s", is_taken ? "line-" : "", id);
    }
}

static void review(struct sw_engine *e)
{
    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct engine_sensor *s = &e->sensors[i];
        struct sw_desk_device m;

        if (s->input_told == 1) {
            m = matter(e, family_of(e, i), e->desk_sensors[i].place, i, s->input_edge_us);
            sw_desk_device_class(e->desk, &m, e->now_us, &e->desk_out);
        }
        if (s->silence_told == 1) {
            m = matter(e, SW_FAMILY_SILENT, e->desk_sensors[i].place, i, s->heard_us);
            sw_desk_device_class(e->desk, &m, e->now_us, &e->desk_out);
        }
    }
    for (size_t line = 0; line <= e->site->n_buses; line++)
        if (e->line[line].told == 1) {
            const struct sw_desk_device m = line_matter(e, line, e->line[line].sensor);

            sw_desk_device_class(e->desk, &m, e->now_us, &e->desk_out);
        }
}

/* As nearly always: everything speaks, and the desk knows that it does. */
static bool is_all_well(const struct sw_engine *e)
{
    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct engine_sensor *s = &e->sensors[i];
        const int line = line_of(e, i);

        if (is_watched(e, i) && (!is_fresh(e, i) || e->sensors[s->first].silence_told != 0))
            return false;
        if (s->was_read && line >= 0 && e->line[line].told != 0)
            return false;
    }
    return true;
}

void engine_device_second(struct sw_engine *e)
{
    /* The cause is known; afterwards they have their time to come back. */
    e->silence_from_us = SW_MAX(e->silence_from_us, power_lost_until(e));
    if (e->read_us != INT64_MIN && e->now_us - e->read_us > e->pause_us)
        e->silence_from_us = e->now_us;
    for (size_t i = 0; i < e->n_sensors; i++)
        if (!e->sensors[i].judge && e->sensors[i].first == i && family_of(e, i))
            look_at_contacts(e, i);
    if (!is_all_well(e)) {
        for (size_t line = 0; line <= e->site->n_buses; line++)
            look_at_line(e, line);
        for (size_t i = 0; i < e->n_sensors; i++)
            if (e->sensors[i].first == i && e->sensors[i].judge)
                look_at_place(e, i);
    }
    if (e->tick_s % REVIEW_EVERY_S == 0)
        review(e);
}

void engine_device_resumed(struct sw_engine *e)
{
    if (e->now_us != INT64_MIN && (e->read_us == INT64_MIN || e->now_us - e->read_us > PAUSE_MIN_US))
        e->silence_from_us = e->now_us;
}

void sw_engine_set_live(struct sw_engine *e)
{
    int64_t least_us = INT64_MAX / 2;

    for (size_t i = 0; i < e->n_sensors; i++)
        if (e->sensors[i].judge && e->site->sensors[i].device >= 0)
            least_us = SW_MIN(least_us, e->site->sensors[i].interval_us);
    e->pause_us = SW_MAX(2 * least_us, PAUSE_MIN_US);
}
