// SPDX-License-Identifier: Apache-2.0
/* What the numbers of a random step mean: how much time passes, and then a finding, a matter of the equipment, a
 * complaint, a restart or, most often, a command. */
#include "tests/support/desk_model_steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

/* ---- the site ---- */

static const struct sw_pack pack = {
    .id = "p",
    .version = "1",
    .n_rules = MODEL_RULES,
    .rules = {
        {.id = "n", .full_id = "p/n", .family = "night", .statistic = SW_STAT_LEQ, .limit = 5500, .resolution = 10},
        {.id = "x", .full_id = "p/x", .family = "night", .statistic = SW_STAT_MAX, .limit = 7000, .resolution = 10},
        {.id = "d", .full_id = "p/d", .family = "day", .statistic = SW_STAT_LEQ, .limit = 7000, .resolution = 10},
        {.id = "h",
         .full_id = "p/h",
         .family = "hour",
         .statistic = SW_STAT_MEAN,
         .quantity = SW_QUANTITY_PM10,
         .kind = SW_KIND_DUST,
         .limit = 15000,
         .resolution = 10},
    }};
static const struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_desk_sensor sensors[MODEL_SENSORS] = {
    {"north-noise", "north", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ, 0},
    {"north-dust", "north", SW_CATEGORY_DUST, SW_QUANTITY_PM10, 0},
    {"south-noise", "south", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ, 1},
    {"south-dust", "south", SW_CATEGORY_DUST, SW_QUANTITY_PM10, 1},
};
static const struct sw_responsibility table[] = {
    {.category = -1, .who = {.unit = "lead"}, .is_lead = true},
    {.category = -1, .who = {.unit = "supervision"}, .is_supervision = true},
};
/* Plain durations; the second has no reminder by percent, no deadline to dispatch and a short reopening time. */
static const struct sw_hotline hotlines[] = {
    {.id = "h-1",
     .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                {.respond_s = 3600, .dispatch_s = 14400, .resolve = {.s = 432000}},
                {.resolve = {.s = 864000}}},
     .enquiry = {.s = 259200},
     .remind = {.percent = 20},
     .class_a_over_by = 1000,
     .class_a_dust_percent = 200,
     .reopen_within_s = 86400},
    {.id = "h-2",
     .limits = {{.respond_s = 300, .resolve = {.s = 86400}}, {.respond_s = 3600, .resolve = {.s = 259200}}, {0}},
     .enquiry = {.s = 172800},
     .remind = {.s = 600},
     .class_a_over_by = 1000,
     .class_a_dust_percent = 200,
     .reopen_within_s = 7200},
};
static const struct sw_work works[] = {
    {SW_WORK_NO_SCHEDULE, -1}, {SW_WORK_PERMITTED_NIGHT, 1}, {SW_WORK_PROHIBITED_NIGHT, 0},
    {SW_WORK_SCHEDULED, 1},    {SW_WORK_SCHEDULED, 0},
};

struct sw_desk_params walk_params(uint32_t site)
{
    const uint32_t responsible = site / 4 % 4; /* 0, 1: both; 2: the lead only; 3: nobody */

    return (struct sw_desk_params){.gateway = "gw-1",
                                   .site = "s-1",
                                   .agency_responsible = "agency",
                                   .zone = &zone,
                                   .hotline = &hotlines[site % 2],
                                   .n_responsibility = responsible < 2 ? 2 : 3 - responsible,
                                   .responsibility = table,
                                   .n_sensors = MODEL_SENSORS,
                                   .sensors = sensors,
                                   .has_platform = site / 2 % 2,
                                   .n_packs = 1,
                                   .packs = &pack};
}

static void tell(const struct walk_world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(const struct walk_world *w, const char *fmt, ...)
{
    va_list ap;

    if (!w->is_told)
        return;
    fprintf(stderr, "  %2zu  %+8.0f s  ", w->step, (double) (w->model.now_us - WALK_T0) / S);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

bool walk_time_passes(struct walk_world *w, const struct walk_step *s)
{
    const uint32_t how = s->r[1] % 64, far = s->r[1] / 64 % 8;
    const int64_t n = s->r[2] % 60;
    int64_t us = how < 16   ? 0
                 : how < 32 ? (n + 1) * S
                 : how < 46 ? (n + 1) * MIN
                 : how < 58 ? (n + 1) * 24 * MIN
                            : (n + 1) * 72 * MIN;

    if (w->model.now_us - WALK_T0 > 25 * DAY) /* calls are remembered for 30 days, which has its own test */
        us = SW_MIN(us, 10 * MIN);
    w->model.now_us += us;
    if (far < 5)
        tell(w, "tick");
    return far < 5;
}

/* ---- what is measured ---- */

static bool finding(struct walk_world *w, const struct walk_step *s)
{
    static const int32_t overs[] = {100, 400, 600, 1000, 1200};
    static const struct {
        const char *id;
        bool is_night;
    } periods[MODEL_RULES] = {{"night", true}, {"night", true}, {"day", false}, {"", false}};
    struct model *m = &w->model;
    const uint16_t sensor = (uint16_t) (s->r[3] % MODEL_SENSORS);
    const bool is_dust = sensors[sensor].category == SW_CATEGORY_DUST;
    const int rule = is_dust ? MODEL_RULES - 1 : (int) (s->r[3] / 8 % (MODEL_RULES - 1));
    const enum sw_finding_kind kind = (enum sw_finding_kind)(s->r[4] % (SW_FINDING_CLEARED + 1));
    const bool is_over = kind == SW_FINDING_EXCEED || kind == SW_FINDING_WORSE;
    const int32_t over = is_dust ? (s->r[5] % 4 ? 3000 : 15000) : overs[s->r[5] % SW_ARRAY_SIZE(overs)];
    const int32_t worst = is_over ? pack.rules[rule].limit + over : SW_NO_VALUE;
    const struct sw_finding f = {
        .kind = kind,
        .sensor = sensor,
        .pack = &pack,
        .rule = &pack.rules[rule],
        .at_us = m->now_us,
        .value = worst,
        .worst = worst,
        .max = SW_NO_VALUE,
        .from_us = is_over ? m->now_us - (int64_t) (s->r[6] % 20) * MIN : INT64_MIN,
        .forecast = {.probability = 0.5, .crosses_at_us = m->now_us + (int64_t) (s->r[6] % 30) * MIN, .budget_s = 60},
        .period_is_night = periods[rule].is_night,
        .period = periods[rule].id};
    const struct sw_work *work = &works[s->r[7] % SW_ARRAY_SIZE(works)];

    tell(w, "finding %d of %s at %s, over by %d, work %s (permitted %d)", (int) kind, pack.rules[rule].full_id,
         sensors[sensor].id, is_over ? over : 0, sw_work_state_name(work->state), work->permitted);
    if (w->met)
        w->met->findings[kind]++;
    sw_desk_finding(w->desks[w->which], &f, work, m->now_us, &w->out);
    model_finding(m, &f, work);
    return true;
}

static bool device(struct walk_world *w, const struct walk_step *s)
{
    static const struct {
        const char *family, *place;
        bool is_sitewide;
    } kinds[] = {{SW_FAMILY_DOOR, "north", false}, {SW_FAMILY_SILENT, "south", false}, {SW_FAMILY_POWER, "site", true}};
    const size_t k = s->r[3] % SW_ARRAY_SIZE(kinds);
    const struct sw_desk_device dv = {.family = kinds[k].family,
                                      .place = kinds[k].place,
                                      .is_sitewide = kinds[k].is_sitewide,
                                      .sensor = (uint16_t) (s->r[4] % MODEL_SENSORS),
                                      .since_us = w->model.now_us - (int64_t) (s->r[5] % 16) * MIN,
                                      .period = "night",
                                      .is_night = true,
                                      .work = works[s->r[6] % SW_ARRAY_SIZE(works)]};
    struct sw_desk *d = w->desks[w->which];

    if (s->r[7] % 4 == 0) {
        tell(w, "class of device %s:%s, permitted %d", dv.family, dv.place, dv.work.permitted);
        sw_desk_device_class(d, &dv, w->model.now_us, &w->out);
        model_device_class(&w->model, &dv);
        return true;
    }
    tell(w, "device %s:%s %s, permitted %d", dv.family, dv.place, s->r[7] % 3 ? "on" : "off", dv.work.permitted);
    sw_desk_device(d, &dv, s->r[7] % 3 != 0, w->model.now_us, &w->out);
    model_device(&w->model, &dv, s->r[7] % 3 != 0);
    return true;
}

static bool output(struct walk_world *w, const struct walk_step *s)
{
    const int category = (int) (s->r[3] % 3) - 1;

    tell(w, "output on, category %d", category);
    sw_desk_output(w->desks[w->which], "siren", category, w->model.now_us, &w->out);
    model_output(&w->model, category);
    return true;
}

static bool detected(struct walk_world *w, const struct walk_step *s)
{
    const struct sw_desk_site site = {.detected = s->r[3] % 3 ? SW_DETECTED_YES : SW_DETECTED_NO};

    tell(w, "work detected: %d", (int) site.detected);
    sw_desk_set_site(w->desks[w->which], &site);
    sw_desk_attribute(w->desks[w->which], w->model.now_us, &w->out);
    model_detected(&w->model, site.detected);
    return true;
}

/* Work that is heard while none is permitted, or not any more. */
static bool heard(struct walk_world *w, const struct walk_step *s)
{
    const bool is_night = s->r[4] % 2;
    const struct sw_desk_heard h = {.sensor = (uint16_t) (s->r[3] % 2 * 2),
                                    .leq = 4000 + (int32_t) (s->r[4] / 2 % 4) * 300,
                                    .from_us = w->model.now_us - 5 * MIN,
                                    .period = is_night ? "night" : "day",
                                    .is_night = is_night,
                                    .work = works[s->r[6] % SW_ARRAY_SIZE(works)]};

    if (s->r[5] % 3 == 0) {
        tell(w, "no work is heard");
        sw_desk_unheard(w->desks[w->which], w->model.now_us, &w->out);
        model_unheard(&w->model);
        return true;
    }
    tell(w, "work is heard, %s, %d", h.period, h.leq);
    sw_desk_heard(w->desks[w->which], &h, w->model.now_us, &w->out);
    model_heard(&w->model, &h);
    return true;
}

/* ---- complaints ---- */

static const char *const callers[] = {"", "h:1", "h:2", "h:3", "h:4", "h:5"};

static struct sw_complaint_call call_of(const struct walk_world *w, const struct walk_step *s)
{
    static const char *const services[] = {"noise.construction", "noise.construction", "dust.construction",
                                           "construction", "noise.enquiry"};
    static const int32_t distances[] = {-1, 0, 200, 450, 500, 550, 2000};
    static const int64_t ago[] = {0, 10 * MIN, HOUR, 5 * HOUR, DAY, -4 * MIN, -6 * MIN};
    const uint32_t sensor = s->r[5] % (MODEL_SENSORS + 1);
    const bool is_dust = sensor < MODEL_SENSORS && sensors[sensor].category == SW_CATEGORY_DUST;
    const int rule = is_dust ? MODEL_RULES - 1 : (int) (s->r[5] / 8 % (MODEL_RULES - 1));
    struct sw_complaint_call c = {.id = "k",
                                  .by = {.id = "agent:1", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
                                  .at_us = w->model.now_us,
                                  .occurred_us = w->model.now_us - ago[s->r[3] % SW_ARRAY_SIZE(ago)],
                                  .window_us = (int64_t) (s->r[3] / 8 % 3) * HOUR,
                                  .distance_m = distances[s->r[3] / 32 % SW_ARRAY_SIZE(distances)],
                                  .caller_calls_30d = (int32_t) (s->r[3] / 512 % 4) - 1,
                                  .want = s->r[3] / 4096 % 8 ? SW_WANT_LINK_OR_OPEN : SW_WANT_ANSWER};
    struct sw_complaint_found *f = &c.found;

    if (s->r[4] % 64)
        snprintf(c.service_request_id, sizeof c.service_request_id, "r-%u", s->r[4] % 16);
    strcpy(c.service_code, services[s->r[4] / 64 % SW_ARRAY_SIZE(services)]);
    strcpy(c.caller_ref, callers[s->r[4] / 512 % SW_ARRAY_SIZE(callers)]);
    f->code = (enum sw_answer_code)(s->r[6] % SW_ANSWER__COUNT);
    if (sensor < MODEL_SENSORS)
        strcpy(f->sensor, sensors[sensor].id);
    if (!is_dust) {
        strcpy(f->period, rule == 2 ? "day" : "night");
        f->period_is_night = rule != 2;
    }
    f->worst = f->max = f->limit = f->over_by = SW_NO_VALUE;
    f->from_us = f->to_us = INT64_MIN;
    f->work = works[s->r[7] % SW_ARRAY_SIZE(works)];
    if (f->code <= SW_ANSWER_OVER_PERMITTED || f->code == SW_ANSWER_OVER_PERMIT_UNKNOWN ||
        f->code == SW_ANSWER_OVER_SOURCE_UNKNOWN) {
        strcpy(f->rule, pack.rules[rule].full_id);
        f->limit = pack.rules[rule].limit;
        f->over_by = s->r[7] / 8 % 3 ? 600 : 15000;
        f->worst = f->limit + f->over_by;
        f->from_us = c.occurred_us - (int64_t) (s->r[7] / 64 % 30) * MIN;
        f->to_us = SW_MIN(c.occurred_us, w->model.now_us);
    }
    return c;
}

static bool complaint(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE])
{
    const struct sw_complaint_call c = call_of(w, s);
    struct sw_complaint_result got = {.outcome = SW_COMPLAINT__COUNT}, want = got;
    struct sw_err err = {0};
    int ticket = MODEL_NOWHERE;
    enum sw_refusal refusal;
    const char *id;
    int rc;

    tell(w, "complaint %s of \"%s\", %s, %s, %.0f s ago ± %.0f s, %d m away, at \"%s\", rule \"%s\"",
         c.service_request_id, c.caller_ref, c.service_code, sw_answer_code_name(c.found.code),
         (double) (w->model.now_us - c.occurred_us) / S, (double) c.window_us / 2 / S, c.distance_m, c.found.sensor,
         c.found.rule);
    rc = sw_desk_complaint(w->desks[w->which], &c, w->model.now_us, &w->out, &got, &err);
    refusal = model_complaint(&w->model, &c, &want, &ticket);
    if (rc != (refusal == SW_REFUSAL_NONE ? SW_OK : SW_E_INVAL) || (rc < 0 && err.detail != (int) refusal)) {
        snprintf(why, MODEL_WHY_SIZE, "complaint: %d (%s), the model says %s", rc, err.msg, sw_refusal_name(refusal));
        return false;
    }
    if (rc < 0)
        return true;
    if (w->met)
        w->met->outcomes[got.outcome]++;
    id = ticket < 0 ? "" : w->model.tickets[ticket].id;
    if (ticket >= w->before.n) /* opened just now */
        id = sw_desk_ticket(w->desks[w->which], (size_t) ticket)
                 ? sw_desk_ticket(w->desks[w->which], (size_t) ticket)->id
                 : "?";
    if (got.outcome != want.outcome || got.is_repeated != want.is_repeated || got.raised_class != want.raised_class ||
        got.is_repeat_caller != want.is_repeat_caller || strcmp(got.ticket, id) != 0) {
        snprintf(why, MODEL_WHY_SIZE,
                 "complaint: %s in \"%s\" (repeated %d, repeat caller %d, raised %d), the model says %s in \"%s\" (%d, "
                 "%d, %d)",
                 sw_complaint_outcome_name(got.outcome), got.ticket, got.is_repeated, got.is_repeat_caller,
                 got.raised_class, sw_complaint_outcome_name(want.outcome), id, want.is_repeated, want.is_repeat_caller,
                 want.raised_class);
        return false;
    }
    return true;
}

/* ---- commands ---- */

/* Some take the ticket on, most of the others are legal in its state, so that tickets come around. */
static enum sw_verb verb_for(const struct walk_step *s, const struct model_ticket *t)
{
    static const enum sw_verb onward[SW_STATUS__COUNT][4] = {
        {SW_VERB_ACCEPT, SW_VERB_DISPATCH, SW_VERB_ACCEPT, SW_VERB_MERGE},
        {SW_VERB_ACCEPT, SW_VERB_ACCEPT, SW_VERB_RETURN, SW_VERB_MERGE},
        {SW_VERB_START, SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RETURN},
        {SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RESOLVE, SW_VERB_RETURN},
        {SW_VERB_CLOSE, SW_VERB_CLOSE, SW_VERB_RATE, SW_VERB_CALLBACK},
        {SW_VERB_REOPEN, SW_VERB_CALLBACK, SW_VERB_RATE, SW_VERB_NOTE},
        {SW_VERB_REOPEN, SW_VERB_LINK, SW_VERB_UNLINK, SW_VERB_NOTE},
        {SW_VERB_REOPEN, SW_VERB_LINK, SW_VERB_UNLINK, SW_VERB_NOTE},
    };
    const enum sw_verb any = (enum sw_verb)(s->r[4] % SW_VERB__COUNT);

    if (s->r[4] / 4096 % 2)
        return t->head >= 0 && s->r[4] % 2 ? SW_VERB_UNMERGE : onward[t->status][s->r[4] % 4];
    if (s->r[4] / 32 % 16 == 0)
        return any;
    for (int k = 0; k < SW_VERB__COUNT; k++) {
        const enum sw_verb v = (enum sw_verb)((any + k) % SW_VERB__COUNT);
        const struct sw_verb_rule *rule = sw_ticket_verb_rule(v);

        if (rule && (s->r[4] / 512 % 8 == 0 || (rule->states & 1u << t->status)))
            return v;
    }
    return any;
}

static struct sw_actor actor_for(const struct walk_step *s, enum sw_verb verb)
{
    const struct sw_verb_rule *rule = sw_ticket_verb_rule(verb);
    uint32_t role = s->r[5] % SW_ROLE__COUNT;
    struct sw_actor by = {.id = "x"};

    for (int k = 0; rule && s->r[5] / 8 % 16 && k < SW_ROLE__COUNT && !(rule->roles & 1u << role); k++)
        role = (role + 1) % SW_ROLE__COUNT;
    by.role = (enum sw_role) role;
    by.door = role == SW_ROLE_AUTO ? SW_DOOR_ENGINE : SW_DOOR_MQTT;
    if (s->r[5] / 128 % 12 == 0)
        by.door = (enum sw_door)(s->r[5] / 2048 % SW_DOOR__COUNT);
    return by;
}

static uint32_t revision_for(const struct walk_step *s, const struct model_ticket *t)
{
    switch (s->r[6] % 16) {
    case 0:
        return 0;
    case 1:
        return t->revision + 1;
    case 2:
        return t->revision - 1;
    case 3:
        return t->event_revision;
    case 4:
        return t->event_revision - 1;
    default:
        return t->revision;
    }
}

static struct sw_ticket_command command_of(const struct walk_world *w, const struct walk_step *s)
{
    static const char *const satisfactions[] = {"satisfied", "unsatisfied", "basically-satisfied", ""};
    const struct model *m = &w->model;
    /* the first ones more often */
    const struct model_ticket *t = &m->tickets[s->r[3] / 65536 % (s->r[3] % (uint32_t) m->n_tickets + 1)];
    const uint32_t x = s->r[7], y = s->r[6] / 16;
    struct sw_ticket_command c = {.resolve_by_us = INT64_MIN, .until_us = INT64_MIN};

    snprintf(c.id, sizeof c.id, "c-%zu", w->step);
    strcpy(c.ticket, s->r[3] / 1024 % 64 != 7 ? t->id : "sw-nobody");
    c.verb = verb_for(s, t);
    c.by = actor_for(s, c.verb);
    c.revision = revision_for(s, t);
    if (x % 8)
        strcpy(c.text, "text");
    if (x / 8 % 8)
        strcpy(c.reason, "reason");
    if (x / 64 % 8)
        strcpy(c.measure, "stopped-machine");
    c.force = x / 512 % 4 == 0;
    c.unsatisfied = x / 2048 % 8 == 0;
    strcpy(c.satisfaction, satisfactions[x / 16384 % 4]);
    c.has_assignee = y % 4 == 0;
    strcpy(c.assignee.unit, y / 4 % 8 ? "team" : "");
    if (y / 32 % 4 == 0)
        c.resolve_by_us = m->now_us + ((int64_t) (y / 128 % 8) - 1) * 6 * HOUR;
    if (y / 32 % 8)
        c.until_us = m->now_us + ((int64_t) (y / 128 % 64) - 1) * HOUR;
    if (y / 32 % 64 == 1)
        c.until_us = m->now_us + 400 * DAY;
    if (y / 1024 % 16)
        strcpy(c.into, y / 1024 % 16 == 1 ? "sw-nobody" : m->tickets[y / 16384 % (uint32_t) m->n_tickets].id);
    if (x / 65536 % 4)
        snprintf(c.service_request_id, sizeof c.service_request_id, "r-%u", x / 262144 % 16);
    if (x / 65536 % 8 == 1 && m->n_calls > 0) /* one that is known */
        strcpy(c.service_request_id, m->calls[x / 524288 % (uint32_t) m->n_calls].id);
    if (y / 16384 % 4)
        strcpy(c.caller_ref, callers[y / 65536 % SW_ARRAY_SIZE(callers)]);
    return c;
}

static bool command(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE])
{
    /* the code that goes with a refusal */
    static const int codes[SW_REFUSAL__COUNT] = {
        [SW_REFUSAL_NOT_FOUND] = SW_E_NOTFOUND, [SW_REFUSAL_FORBIDDEN] = SW_E_DENIED,
        [SW_REFUSAL_NOT_LEGAL] = SW_E_INVAL,    [SW_REFUSAL_INVALID] = SW_E_INVAL,
        [SW_REFUSAL_CONFLICT] = SW_E_CONFLICT,  [SW_REFUSAL_NO_PROOF] = SW_E_NODATA,
        [SW_REFUSAL_OVERLOADED] = SW_E_FULL};
    const bool is_proven = s->r[0] / 128 % 4 != 0;
    struct sw_ticket_command c;
    struct sw_err err = {0};
    enum sw_refusal want;
    int rc;

    if (w->model.n_tickets == 0)
        return true;
    c = command_of(w, s);
    tell(w,
         "command %s on ticket %d by %s through %s, revision %u%s%s%s%s%s%s, satisfaction \"%s\", into %d, call \"%s\" "
         "of \"%s\"",
         sw_verb_name(c.verb), model_find(&w->model, c.ticket), sw_role_name(c.by.role), sw_door_name(c.by.door),
         c.revision, c.text[0] ? ", text" : "", c.reason[0] ? ", reason" : "", c.measure[0] ? ", measure" : "",
         c.force ? ", force" : "", c.unsatisfied ? ", unsatisfied" : "", is_proven ? ", proven" : "", c.satisfaction,
         model_find(&w->model, c.into), c.service_request_id, c.caller_ref);
    rc = sw_desk_command(w->desks[w->which], &c, is_proven, w->model.now_us, &w->out, &err);
    want = model_command(&w->model, &c, is_proven);
    if (w->met) {
        w->met->refusals[want]++;
        w->met->commands_taken += want == SW_REFUSAL_NONE;
    }
    if (rc == codes[want] && (rc == SW_OK || err.detail == (int) want))
        return true;
    snprintf(why, MODEL_WHY_SIZE, "%s: %d, %s (%s), the model says \"%s\"", sw_verb_name(c.verb), rc,
             rc < 0 ? sw_refusal_name((enum sw_refusal) err.detail) : "done", err.msg, sw_refusal_name(want));
    return false;
}

bool walk_step_do(struct walk_world *w, const struct walk_step *s, char why[MODEL_WHY_SIZE])
{
    const uint32_t what = s->r[0] % 128;

    if (what < 34)
        return finding(w, s);
    if (what < 41)
        return device(w, s);
    if (what < 43)
        return output(w, s);
    if (what < 45)
        return detected(w, s);
    if (what < 48)
        return heard(w, s);
    if (what < 62)
        return complaint(w, s, why);
    if (what == 62 || what == 63) {
        tell(w, "restart");
        if (w->met)
            w->met->restarts++;
        return walk_restart(w, s->r[3] % 8 == 0, why);
    }
    return command(w, s, why);
}
