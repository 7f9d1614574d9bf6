// SPDX-License-Identifier: Apache-2.0
/* What a judge's finding does to the matter's ticket: opens it, lets it become exceeded, recovered or averted, reopens
 * it. Several rules of one family share the ticket; it is over when the last of them is. */
#include <string.h>

#include "tickets/desk_impl.h"

/* A finding and where it belongs; passed down whole. */
struct scene {
    struct sw_desk *d;
    const struct sw_finding *f;
    const struct sw_desk_sensor *sensor;
    struct sw_work work;
    int64_t now_us;
    struct sw_desk_out *out;
    char key[sizeof((struct sw_ticket *) 0)->matter_key];
};

static const char *quantity_name(const struct scene *sc)
{
    const struct sw_rule *rule = sc->f->rule;

    if (sc->sensor->category == SW_CATEGORY_NOISE)
        return rule->statistic == SW_STAT_MAX ? "LAmax" : "LAeq";
    return sw_quantity_info(rule->quantity != SW_QUANTITY_NONE ? rule->quantity : sc->sensor->quantity)->name;
}

/* Which rule and sensor the ticket speaks of. */
static void describe(const struct scene *sc, struct sw_ticket *t)
{
    const struct sw_rule *rule = sc->f->rule;
    const enum sw_quantity q = rule->quantity != SW_QUANTITY_NONE ? rule->quantity : sc->sensor->quantity;

    sw_desk_copy(t->sensor, sizeof t->sensor, sc->sensor->id);
    sw_desk_copy(t->rule, sizeof t->rule, rule->full_id);
    sw_desk_copy(t->pack_version, sizeof t->pack_version, sc->f->pack->version);
    sw_desk_copy(t->period, sizeof t->period, sc->f->period);
    t->period_is_night = sc->f->period_is_night;
    sw_desk_copy(t->quantity, sizeof t->quantity, quantity_name(sc));
    sw_desk_copy(t->unit, sizeof t->unit, sw_quantity_info(q)->unit);
    sw_desk_copy(t->statistic, sizeof t->statistic, sw_statistic_name(rule->statistic));
    t->limit = rule->limit;
}

static void take_work(const struct scene *sc, struct sw_ticket *t)
{
    sw_desk_take_work(sc->d, &sc->work, sw_finding_moment_us(sc->f), t);
}

static void take_forecast(const struct scene *sc, struct sw_ticket *t)
{
    t->forecast_at_us = sc->f->at_us;
    t->crosses_at_us = sc->f->forecast.crosses_at_us;
    t->probability = sc->f->forecast.probability;
    t->budget_s = sc->f->forecast.budget_s;
}

/* ---- measured ---- */

static int32_t worst_of(const struct sw_finding *f)
{
    return f->worst != SW_NO_VALUE ? f->worst : f->value;
}

static int32_t over_by(const struct sw_finding *f)
{
    const int32_t worst = worst_of(f);

    return worst == SW_NO_VALUE ? SW_NO_VALUE : worst - f->rule->limit;
}

static void forget_measured(struct sw_ticket *t)
{
    t->worst = t->max = t->over_by = SW_NO_VALUE;
    t->measured_from_us = t->measured_to_us = SW_TIME_NONE;
}

/* The ticket shows the rule that is over by most; LAFmax and the beginning are those of all. */
static void measure(const struct scene *sc, struct sw_ticket *t)
{
    const struct sw_finding *f = sc->f;
    const int32_t over = over_by(f);
    const int64_t from_us = f->from_us != SW_TIME_NONE ? f->from_us : f->at_us;

    if (t->over_by == SW_NO_VALUE || over > t->over_by) {
        describe(sc, t);
        t->worst = worst_of(f);
        t->over_by = over;
    }
    t->max = SW_MAX(t->max, f->max);
    if (t->measured_from_us == SW_TIME_NONE || from_us < t->measured_from_us)
        t->measured_from_us = from_us;
    t->measured_is_good = f->quality == SW_QUALITY_GOOD;
}

static void raise_class(const struct scene *sc, struct sw_desk_slot *s)
{
    struct sw_ticket *t = &s->ticket;

    if (sw_desk_raise_class(sc->d, t, sw_desk_class_for(sc->d, t, t->over_by, t->worst, t->limit), sc->now_us))
        sw_desk_merged_raised(sc->d, s, sc->now_us, sc->out);
}

/* A revision a second while a level climbs would flood the uplink: a step of the rule's resolution is news, or a class.
 */
static bool is_news(const struct scene *sc, const struct sw_ticket *t)
{
    const struct sw_finding *f = sc->f;
    const int64_t step = SW_MAX(f->rule->resolution, 1);
    const int32_t over = over_by(f);

    if (over != SW_NO_VALUE &&
        (t->over_by == SW_NO_VALUE || (int64_t) over - t->over_by >= step ||
         (over > t->over_by && sw_desk_class_for(sc->d, t, over, worst_of(f), f->rule->limit) < t->class_)))
        return true;
    return f->max != SW_NO_VALUE && (t->max == SW_NO_VALUE || (int64_t) f->max - t->max >= step);
}

/* ---- opening ---- */

static void open_ticket(struct scene *sc, enum sw_stage stage)
{
    struct sw_desk_slot *s = sw_desk_take_slot(sc->d, sc->out);
    struct sw_ticket *t;

    if (!s) {
        sc->d->totals.refused_total++;
        return;
    }
    sw_desk_born(sc->d, s, sc->key, sc->now_us);
    t = &s->ticket;
    t->category = sc->sensor->category;
    t->origin = stage == SW_STAGE_FORECAST ? SW_ORIGIN_PREVENTIVE : SW_ORIGIN_EXCEEDANCE;
    describe(sc, t);
    take_work(sc, t);
    sw_desk_owner(sc->d, t->category, t->period, sc->sensor->place, &t->assignee);
    if (stage == SW_STAGE_FORECAST) {
        take_forecast(sc, t);
    } else {
        measure(sc, t);
        t->class_ = sw_desk_class_for(sc->d, t, t->over_by, t->worst, t->limit);
    }
    sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, stage == SW_STAGE_EXCEEDED);
    sw_desk_set_deadlines(sc->d, t, sc->now_us);
    sw_desk_record(sc->d, s, SW_VERB_OPEN, stage, &sw_desk_auto, "", sc->now_us, sc->out);
    sw_desk_auto_dispatch(sc->d, s, sc->now_us, sc->out);
    if (stage == SW_STAGE_EXCEEDED)
        sw_desk_link_earlier(sc->d, s, sc->now_us, sc->out);
}

static void reopen_exceeded(struct scene *sc, struct sw_desk_slot *s)
{
    struct sw_ticket *t = &s->ticket;

    forget_measured(t);
    take_work(sc, t);
    t->stage = SW_STAGE_EXCEEDED;
    measure(sc, t);
    t->class_ = SW_MIN(t->class_, sw_desk_class_for(sc->d, t, t->over_by, t->worst, t->limit));
    sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, true);
    sw_desk_reopen(sc->d, s, SW_STAGE_EXCEEDED, &sw_desk_auto, "", sc->now_us, sc->out);
    sw_desk_link_earlier(sc->d, s, sc->now_us, sc->out);
}

/* ---- the five findings ---- */

static void on_forecast(struct scene *sc)
{
    struct sw_desk_slot *s = sw_desk_open_of(sc->d, sc->key);
    struct sw_ticket *t;

    if (s) {
        t = &s->ticket;
        sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, false);
        /* While it is over the limit, what may come says nothing more. Else the sooner crossing counts. */
        if (t->stage == SW_STAGE_FORECAST && t->crosses_at_us != SW_TIME_NONE &&
            (sc->f->forecast.crosses_at_us == SW_TIME_NONE || sc->f->forecast.crosses_at_us >= t->crosses_at_us))
            return;
        if (t->stage == SW_STAGE_EXCEEDED)
            return;
        take_forecast(sc, t);
        sw_desk_touch(sc->d, s, sc->now_us, sc->out);
        return;
    }
    s = sw_desk_recent_of(sc->d, sc->key, sc->now_us);
    if (!s) {
        open_ticket(sc, SW_STAGE_FORECAST);
        return;
    }
    t = &s->ticket;
    if (t->measured_from_us == SW_TIME_NONE)
        describe(sc, t); /* else the rule belongs to what was measured */
    take_work(sc, t);
    take_forecast(sc, t);
    sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, false);
    sw_desk_reopen(sc->d, s, SW_STAGE_FORECAST, &sw_desk_auto, "", sc->now_us, sc->out);
}

static void exceed_open(struct scene *sc, struct sw_desk_slot *s)
{
    struct sw_ticket *t = &s->ticket;

    sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, true);
    if (t->status == SW_STATUS_RESOLVED) {
        reopen_exceeded(sc, s);
        return;
    }
    if (t->stage == SW_STAGE_EXCEEDED) { /* another rule of the matter */
        if (sw_desk_attribution(sc->d, &sc->work) == SW_ATTRIBUTION_SITE)
            take_work(sc, t);
        measure(sc, t);
        raise_class(sc, s);
        sw_desk_touch(sc->d, s, sc->now_us, sc->out);
        return;
    }
    if (t->stage == SW_STAGE_FORECAST)
        forget_measured(t); /* of an earlier round, when a forecast reopened it */
    take_work(sc, t);
    measure(sc, t);
    t->measured_to_us = SW_TIME_NONE;
    t->stage = SW_STAGE_EXCEEDED;
    raise_class(sc, s);
    sw_desk_record(sc->d, s, SW_VERB_EXCEED, SW_STAGE_EXCEEDED, &sw_desk_auto, "", sc->now_us, sc->out);
    sw_desk_link_earlier(sc->d, s, sc->now_us, sc->out);
}

static void on_exceed(struct scene *sc)
{
    struct sw_desk_slot *s = sw_desk_open_of(sc->d, sc->key);

    if (s) {
        exceed_open(sc, s);
        return;
    }
    s = sw_desk_recent_of(sc->d, sc->key, sc->now_us);
    if (s)
        reopen_exceeded(sc, s);
    else
        open_ticket(sc, SW_STAGE_EXCEEDED);
}

static void on_worse(struct scene *sc)
{
    struct sw_desk_slot *s = sw_desk_open_of(sc->d, sc->key);

    if (!s) /* withdrawn, or closed under force: an episode that people have dealt with opens nothing anew */
        return;
    /* A rule that was not told of after a restart. What people resolved as recovered stays so until a new episode. */
    if (s->ticket.stage == SW_STAGE_FORECAST ||
        (s->ticket.stage == SW_STAGE_RECOVERED && s->ticket.status != SW_STATUS_RESOLVED)) {
        exceed_open(sc, s);
        return;
    }
    sw_desk_cause_set(s, sc->f->sensor, sc->f->rule, true);
    if (!is_news(sc, &s->ticket))
        return;
    measure(sc, &s->ticket);
    raise_class(sc, s);
    sw_desk_touch(sc->d, s, sc->now_us, sc->out);
}

/* A ticket that was closed while a rule still held it learns when that rule lets go. */
static struct sw_desk_slot *open_or_unfinished(struct scene *sc)
{
    struct sw_desk_slot *s = sw_desk_open_of(sc->d, sc->key);

    if (s)
        return s;
    s = sw_desk_ended_of(sc->d, sc->key);
    return s && s->ticket.status == SW_STATUS_CLOSED ? s : NULL;
}

static void on_recovered(struct scene *sc)
{
    struct sw_desk_slot *s = open_or_unfinished(sc);
    struct sw_ticket *t;

    if (!s)
        return;
    sw_desk_cause_clear(s, sc->f->sensor, sc->f->rule);
    t = &s->ticket;
    if (t->stage != SW_STAGE_EXCEEDED)
        return;
    if (over_by(sc->f) != SW_NO_VALUE)
        measure(sc, t);
    if (sw_desk_is_held(s, true)) {
        sw_desk_touch(sc->d, s, sc->now_us, sc->out);
        return;
    }
    t->measured_to_us = sc->f->at_us;
    sw_desk_record(sc->d, s, SW_VERB_RECOVER, SW_STAGE_RECOVERED, &sw_desk_auto, "", sc->now_us, sc->out);
}

static void on_cleared(struct scene *sc)
{
    struct sw_desk_slot *s = open_or_unfinished(sc);

    if (!s)
        return;
    sw_desk_cause_clear(s, sc->f->sensor, sc->f->rule);
    sw_desk_avert_if_over(sc->d, s, sc->now_us, sc->out);
}

void sw_desk_finding(struct sw_desk *d, const struct sw_finding *f, const struct sw_work *work, int64_t now_us,
                     struct sw_desk_out *out)
{
    struct scene sc = {.d = d, .f = f, .now_us = now_us, .out = out};

    if (f->sensor >= d->p.n_sensors || !f->rule || !f->pack)
        return;
    sc.sensor = &d->p.sensors[f->sensor];
    sc.work = work ? *work : (struct sw_work){SW_WORK_NO_SCHEDULE, -1};
    if (!sw_desk_matter_key(d, sc.sensor, f->rule->family, sc.key, sizeof sc.key))
        return;
    switch (f->kind) {
    case SW_FINDING_FORECAST:
        on_forecast(&sc);
        break;
    case SW_FINDING_EXCEED:
        on_exceed(&sc);
        break;
    case SW_FINDING_WORSE:
        on_worse(&sc);
        break;
    case SW_FINDING_RECOVERED:
        on_recovered(&sc);
        break;
    case SW_FINDING_CLEARED:
        on_cleared(&sc);
        break;
    }
}
