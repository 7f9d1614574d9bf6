// SPDX-License-Identifier: Apache-2.0
/* What the numbers of a random step mean: how much time passes, and then a finding, a matter of the equipment or of
 * work, a restart. Complaints and commands are in desk_model_orders.c. */
#include "tests/support/desk_model_steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"

#define S 1000000LL
#define MIN (60 * S)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

/* ---- the site ---- */

const struct sw_pack walk_pack = {
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
const struct sw_desk_sensor walk_sensors[MODEL_SENSORS] = {
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
const struct sw_work walk_works[WALK_WORKS] = {
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
                                   .sensors = walk_sensors,
                                   .has_platform = site / 2 % 2,
                                   .n_packs = 1,
                                   .packs = &walk_pack};
}

void walk_tell(const struct walk_world *w, const char *fmt, ...)
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
        walk_tell(w, "tick");
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
    const bool is_dust = walk_sensors[sensor].category == SW_CATEGORY_DUST;
    const int rule = is_dust ? MODEL_RULES - 1 : (int) (s->r[3] / 8 % (MODEL_RULES - 1));
    const enum sw_finding_kind kind = (enum sw_finding_kind)(s->r[4] % (SW_FINDING_CLEARED + 1));
    const bool is_over = kind == SW_FINDING_EXCEED || kind == SW_FINDING_WORSE;
    const int32_t over = is_dust ? (s->r[5] % 4 ? 3000 : 15000) : overs[s->r[5] % SW_ARRAY_SIZE(overs)];
    const int32_t worst = is_over ? walk_pack.rules[rule].limit + over : SW_NO_VALUE;
    const struct sw_finding f = {
        .kind = kind,
        .sensor = sensor,
        .pack = &walk_pack,
        .rule = &walk_pack.rules[rule],
        .at_us = m->now_us,
        .value = worst,
        .worst = worst,
        .max = SW_NO_VALUE,
        .from_us = is_over ? m->now_us - (int64_t) (s->r[6] % 20) * MIN : INT64_MIN,
        .forecast = {.probability = 0.5, .crosses_at_us = m->now_us + (int64_t) (s->r[6] % 30) * MIN, .budget_s = 60},
        .period_is_night = periods[rule].is_night,
        .period = periods[rule].id};
    const struct sw_work *work = &walk_works[s->r[7] % WALK_WORKS];

    walk_tell(w, "finding %d of %s at %s, over by %d, work %s (permitted %d)", (int) kind,
              walk_pack.rules[rule].full_id, walk_sensors[sensor].id, is_over ? over : 0,
              sw_work_state_name(work->state), work->permitted);
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
                                      .work = walk_works[s->r[6] % WALK_WORKS]};
    struct sw_desk *d = w->desks[w->which];

    if (s->r[7] % 4 == 0) {
        walk_tell(w, "class of device %s:%s, permitted %d", dv.family, dv.place, dv.work.permitted);
        sw_desk_device_class(d, &dv, w->model.now_us, &w->out);
        model_device_class(&w->model, &dv);
        return true;
    }
    walk_tell(w, "device %s:%s %s, permitted %d", dv.family, dv.place, s->r[7] % 3 ? "on" : "off", dv.work.permitted);
    sw_desk_device(d, &dv, s->r[7] % 3 != 0, w->model.now_us, &w->out);
    model_device(&w->model, &dv, s->r[7] % 3 != 0);
    return true;
}

static bool output(struct walk_world *w, const struct walk_step *s)
{
    const int category = (int) (s->r[3] % 3) - 1;

    walk_tell(w, "output on, category %d", category);
    sw_desk_output(w->desks[w->which], "siren", category, w->model.now_us, &w->out);
    model_output(&w->model, category);
    return true;
}

static bool detected(struct walk_world *w, const struct walk_step *s)
{
    const struct sw_desk_site site = {.detected = s->r[3] % 3 ? SW_DETECTED_YES : SW_DETECTED_NO};

    walk_tell(w, "work detected: %d", (int) site.detected);
    sw_desk_set_site(w->desks[w->which], &site);
    sw_desk_attribute(w->desks[w->which], w->model.now_us, &w->out);
    model_detected(&w->model, site.detected);
    return true;
}

/* Work that was published too late: told again it is the same. */
static bool late(struct walk_world *w, const struct walk_step *s)
{
    const struct sw_desk_late l = {.uid = s->r[3] % 2 ? "pour" : "dig",
                                   .published_us = WALK_T0 + (int64_t) (s->r[4] % 3) * HOUR,
                                   .begins_us = WALK_T0 + (int64_t) (s->r[4] % 3 + 1) * HOUR,
                                   .work = walk_works[s->r[6] % WALK_WORKS]};
    char item[11];

    walk_tell(w, "%s was published late, %u", l.uid, s->r[4] % 3);
    sw_id_derive(&l.uid, 1, (uint64_t) l.published_us, item);
    sw_desk_late_work(w->desks[w->which], &l, w->model.now_us, &w->out);
    model_late(&w->model, &l, item);
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
                                    .work = walk_works[s->r[6] % WALK_WORKS]};

    if (s->r[5] % 3 == 0) {
        walk_tell(w, "no work is heard");
        sw_desk_unheard(w->desks[w->which], w->model.now_us, &w->out);
        model_unheard(&w->model);
        return true;
    }
    walk_tell(w, "work is heard, %s, %d", h.period, h.leq);
    sw_desk_heard(w->desks[w->which], &h, w->model.now_us, &w->out);
    model_heard(&w->model, &h);
    return true;
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
    if (what < 47)
        return heard(w, s);
    if (what == 47)
        return late(w, s);
    if (what < 62)
        return walk_complaint(w, s, why);
    if (what == 62 || what == 63) {
        walk_tell(w, "restart");
        if (w->met)
            w->met->restarts++;
        return walk_restart(w, s->r[3] % 8 == 0, why);
    }
    return walk_command(w, s, why);
}
