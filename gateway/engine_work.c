// SPDX-License-Identifier: Apache-2.0
/* Was work allowed, and is there work? Puts schedule, night and ban days together into the question of
 * rules/schedule.h, the sensors' detectors into one answer for the site, and tells the desk what follows. */
#include "gateway/engine_int.h"
#include "rules/calendar.h"

#define WINDOW_US (SW_DETECT_WINDOW_S * SW_US_PER_S)
#define REJUDGE_BACK_US (7 * SW_S_PER_DAY * SW_US_PER_S) /* tickets that ended longer ago stay as they were judged */

/* The first pack for noise that knows a night; else the first for noise. */
static const struct sw_pack *noise_pack(const struct sw_site *site)
{
    const struct sw_pack *first = NULL;

    for (size_t i = 0; i < site->n_packs; i++) {
        const struct sw_pack *p = &site->packs[i];
        bool is_noise = false, has_night = false;

        for (size_t k = 0; k < p->n_rules; k++)
            is_noise |= p->rules[k].kind == SW_KIND_NOISE;
        for (size_t k = 0; k < p->n_periods; k++)
            has_night |= p->periods[k].is_night;
        if (is_noise && has_night)
            return p;
        if (is_noise && !first)
            first = p;
    }
    return first;
}

int engine_work_new(struct sw_engine *e, struct sw_err *err)
{
    struct sw_detect_conf conf = {.background = 600, .idle = 300, .days_min = 3};

    e->unheard_us = INT64_MIN;
    e->noise_pack = noise_pack(e->site);
    if (e->noise_pack && e->noise_pack->detect_days_min > 0)
        conf = (struct sw_detect_conf){e->noise_pack->detect_background, e->noise_pack->detect_idle,
                                       e->noise_pack->detect_days_min};
    for (size_t i = 0; i < e->n_sensors; i++) {
        const struct sw_sensor_conf *c = &e->site->sensors[i];

        if (c->kind != SW_KIND_NOISE || c->place != SW_PLACE_BOUNDARY || c->is_reference)
            continue;
        e->sensors[i].detect = sw_detect_new(&conf);
        if (!e->sensors[i].detect)
            return sw_err_set(err, SW_E_NOMEM, 0, "engine: out of memory");
    }
    return SW_OK;
}

void engine_work_free(struct sw_engine *e)
{
    for (size_t i = 0; e->sensors && i < e->n_sensors; i++)
        sw_detect_free(e->sensors[i].detect);
}

/* ---- was it allowed? ---- */

/* The period of the noise pack that contains an instant, a night before others; NULL = none. */
static const struct sw_period *period_at(const struct sw_engine *e, int64_t t_us, struct sw_span *ret)
{
    const struct sw_pack *p = e->noise_pack;
    const struct sw_period *found = NULL;
    struct sw_span span;

    for (size_t i = 0; p && i < p->n_periods; i++) {
        const struct sw_period *period = &p->periods[i];

        if ((found && !period->is_night) || !sw_period_at(&e->site->zone, &e->site->days, p, period, t_us, &span))
            continue;
        found = period;
        *ret = span;
        if (period->is_night)
            break;
    }
    return found;
}

/* A ban on a named day holds for the night that begins on it. */
static bool is_ban_day(const struct sw_engine *e, int64_t t_us)
{
    const struct sw_special_day *day = sw_day_find(&e->site->days, sw_local_day(&e->site->zone, t_us));

    return day && (day->named & e->site->ban_days) != 0;
}

static struct sw_work work_at(const struct sw_engine *e, int64_t at_us, int64_t known_us)
{
    struct sw_work_question q = {.at_us = at_us, .known_us = known_us, .notice_before_s = 86400};
    struct sw_span span = {at_us, at_us};
    const struct sw_period *period = period_at(e, at_us, &span);

    q.is_night = period && period->is_night;
    q.is_ban_day = is_ban_day(e, q.is_night ? span.from_us : at_us);
    if (e->noise_pack)
        q.notice_before_s = e->noise_pack->notice_before_s;
    return sw_schedule_work(e->schedule, &q, NULL);
}

struct sw_work sw_engine_work(const struct sw_engine *e)
{
    if (e->now_us == INT64_MIN)
        return (struct sw_work){.state = SW_WORK_NO_SCHEDULE, .permitted = -1};
    return work_at(e, e->now_us, e->now_us);
}

struct sw_work engine_work_at(const struct sw_engine *e, int64_t at_us)
{
    return work_at(e, at_us, e->now_us);
}

struct sw_work sw_engine_work_at(const struct sw_engine *e, int64_t at_us)
{
    return work_at(e, at_us, e->now_us);
}

const struct sw_period *sw_engine_period_at(const struct sw_engine *e, int64_t at_us, struct sw_span *ret)
{
    return period_at(e, at_us, ret);
}

const char *engine_period_now(const struct sw_engine *e, bool *ret_is_night)
{
    struct sw_span span;
    const struct sw_period *period = e->now_us == INT64_MIN ? NULL : period_at(e, e->now_us, &span);

    *ret_is_night = period && period->is_night;
    return period ? period->id : "";
}

/* ---- is there work? ---- */

enum sw_detected engine_detected(const struct sw_engine *e, int64_t t_us)
{
    enum sw_detected site = SW_DETECTED_UNKNOWN;

    for (size_t i = 0; i < e->n_sensors && site != SW_DETECTED_YES; i++) {
        enum sw_detected d = e->sensors[i].detect ? sw_detect_at(e->sensors[i].detect, t_us) : SW_DETECTED_UNKNOWN;

        if (d != SW_DETECTED_UNKNOWN)
            site = d;
    }
    return site;
}

void engine_tell_desk(struct sw_engine *e)
{
    const struct sw_desk_site site = {.detected = engine_detected(e, e->now_us),
                                      .schedule_revision = e->schedule ? e->schedule->revision : 0};

    sw_desk_set_site(e->desk, &site);
}

void engine_hear(struct sw_engine *e, size_t sensor, const struct sw_detect_window *w)
{
    const int64_t last_us = w->from_us + WINDOW_US - 1;
    const struct sw_work first = work_at(e, w->from_us, w->from_us), last = work_at(e, last_us, last_us);
    /* By day without a schedule nobody knows whether there was work: such hours teach nothing. */
    const bool is_none_allowed = first.permitted == 0 && last.permitted == 0;
    struct sw_span span;
    const struct sw_period *period = period_at(e, w->from_us, &span);

    if (sw_detect_window(e->sensors[sensor].detect, w, is_none_allowed) != SW_DETECTED_YES || !is_none_allowed ||
        e->is_quiet)
        return;
    const struct sw_desk_heard heard = {
        .sensor = (uint16_t) sensor,
        .leq = w->leq,
        .from_us = w->from_us,
        .period = period ? period->id : "always",
        .is_night = period && period->is_night,
        .work = first,
    };
    engine_tell_desk(e);
    sw_desk_heard(e->desk, &heard, e->now_us, &e->desk_out);
}

void engine_minute(struct sw_engine *e)
{
    const enum sw_detected detected = engine_detected(e, e->now_us);
    const bool is_over = detected == SW_DETECTED_NO || sw_engine_work(e).permitted != 0;

    if (!is_over)
        e->unheard_us = INT64_MIN;
    else if (e->unheard_us == INT64_MIN)
        e->unheard_us = e->now_us;
    if (e->is_quiet)
        return;
    engine_tell_desk(e);
    if (detected == SW_DETECTED_YES)
        sw_desk_attribute(e->desk, e->now_us, &e->desk_out);
    if (is_over && e->now_us - e->unheard_us >= ENGINE_OVER_AFTER_US)
        sw_desk_unheard(e->desk, e->now_us, &e->desk_out);
}

/* ---- a schedule was taken ---- */

/* The same instant as before, with what is known today. False: no room. */
static bool rejudge(struct sw_engine *e, size_t slot)
{
    const struct sw_ticket *t = sw_desk_ticket(e->desk, slot);
    struct sw_work work;

    if (!t || !sw_desk_may_rejudge(e->desk, t, e->now_us - REJUDGE_BACK_US))
        return true;
    work = engine_work_at(e, t->work_at_us != 0 ? t->work_at_us : t->measured_from_us);
    return sw_desk_rejudge(e->desk, slot, &work, e->now_us, &e->desk_out);
}

static bool tell_late(struct sw_engine *e, uint32_t instance)
{
    const struct sw_schedule_instance *in = &e->schedule->instances[instance];
    const struct sw_schedule_item *item = &e->schedule->items[in->item];
    const struct sw_desk_late late = {.uid = item->uid,
                                      .published_us = item->published_us,
                                      .begins_us = in->from_us,
                                      .work = engine_work_at(e, in->from_us)};

    return sw_desk_late_work(e->desk, &late, e->now_us, &e->desk_out);
}

bool engine_schedule_taken(struct sw_engine *e)
{
    const size_t n_slots = sw_desk_capacity(e->desk);
    const int64_t ahead_us = e->site->day_ahead_s * SW_US_PER_S;

    engine_tell_desk(e); /* of the new revision */
    for (; e->cursor < n_slots; e->cursor++)
        if (!rejudge(e, e->cursor))
            return false;
    if (e->cursor == n_slots) {
        /* What began within the last day and what begins within the next: anything else is either long told or in
         * time. */
        e->n_late = e->schedule && ahead_us > 0
                        ? sw_schedule_late(e->schedule, e->now_us - ahead_us, e->now_us + ahead_us,
                                           e->site->day_ahead_s, e->late, ENGINE_LATE_MAX)
                        : 0;
        e->n_late = SW_MIN(e->n_late, (size_t) ENGINE_LATE_MAX);
    }
    for (; e->cursor - n_slots < e->n_late; e->cursor++)
        if (!tell_late(e, e->late[e->cursor - n_slots]))
            return false;
    e->cursor = 0;
    return true;
}
