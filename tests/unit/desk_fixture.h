// SPDX-License-Identifier: Apache-2.0
/* A desk of a site with two gates, and short words for what it is told and what it says: findings and commands go in,
 * tickets and events come out. Times are virtual. */
#ifndef SW_TESTS_UNIT_DESK_FIXTURE_H
#define SW_TESTS_UNIT_DESK_FIXTURE_H

#include <math.h>

#include "tests/unit/desk_base.h"

#define NONE INT64_MIN
#define T2140 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */
#define T2321 (T2140 + 101 * MIN)

enum { NIGHT_LEQ, NIGHT_MAX, DUST };
enum { NORTH, NORTH_DUST, SOUTH };

static struct sw_pack pack = {.id = "cn-gb12523-2025",
                              .version = "2026.1",
                              .n_rules = 3,
                              .rules = {
                                  {.id = "leq-night",
                                   .full_id = "cn-gb12523-2025/leq-night",
                                   .family = "night",
                                   .statistic = SW_STAT_LEQ,
                                   .limit = 5500,
                                   .resolution = 10},
                                  {.id = "max-night",
                                   .full_id = "cn-gb12523-2025/max-night",
                                   .family = "night",
                                   .statistic = SW_STAT_MAX,
                                   .limit = 7000,
                                   .resolution = 10},
                                  {.id = "pm10",
                                   .full_id = "x/pm10",
                                   .family = "hour",
                                   .statistic = SW_STAT_MEAN,
                                   .quantity = SW_QUANTITY_PM10,
                                   .kind = SW_KIND_DUST,
                                   .limit = 15000,
                                   .resolution = 100},
                              }};
static struct sw_desk_sensor sensors[] = {
    {"north-gate-noise", "north-gate", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
    {"north-gate-pm10", "north-gate", SW_CATEGORY_DUST, SW_QUANTITY_PM10},
    {"south-gate-noise", "south-gate", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
};
static struct sw_responsibility table[] = {
    {.category = -1, .who = {.unit = "lead unit"}, .is_lead = true},
    {.category = -1, .who = {.unit = "supervision"}, .is_supervision = true},
    {.category = SW_CATEGORY_NOISE, .period = "night", .place = "south-gate", .who = {.unit = "south team"}},
    {.category = SW_CATEGORY_NOISE, .period = "night", .who = {.unit = "night team", .person = "王工"}},
};
static const struct sw_work scheduled = {SW_WORK_PERMITTED_NIGHT, 1}, unknown = {SW_WORK_NO_SCHEDULE, -1},
                            prohibited = {SW_WORK_PROHIBITED_NIGHT, 0};

static inline struct sw_desk_params params(bool has_platform)
{
    struct sw_desk_params p = desk_params(sensors, SW_ARRAY_SIZE(sensors), table, SW_ARRAY_SIZE(table));

    p.has_platform = has_platform;
    return p;
}

static inline int with_platform(void **state)
{
    const struct sw_desk_params p = params(true);

    (void) state;
    return open_desk_with(&p);
}

static inline int without_platform(void **state)
{
    const struct sw_desk_params p = params(false);

    (void) state;
    return open_desk_with(&p);
}

/* ---- short words for the stories ---- */

static inline void find(enum sw_finding_kind kind, int sensor, int rule, int32_t worst, const struct sw_work *work,
                        int64_t at)
{
    const struct sw_finding f = {
        .kind = kind,
        .sensor = (uint16_t) sensor,
        .pack = &pack,
        .rule = &pack.rules[rule],
        .at_us = at,
        .value = worst,
        .worst = worst,
        .max = sensor == NORTH_DUST || worst == SW_NO_VALUE ? SW_NO_VALUE : SW_MAX(worst, 6600),
        .from_us = kind == SW_FINDING_FORECAST || kind == SW_FINDING_CLEARED ? NONE : at - 60 * S,
        .forecast = {.probability = 0.83, .crosses_at_us = at + 560 * S, .budget_s = 560, .level_now = 6310},
        .period_is_night = rule != DUST,
        .period = rule != DUST ? "night" : ""};

    memset(&out, 0, sizeof out);
    sw_desk_finding(desk, &f, work, at, &out);
}

static inline void tick(int64_t at)
{
    memset(&out, 0, sizeof out);
    sw_desk_tick(desk, at, &out);
}

static inline const struct sw_ticket *ticket(size_t slot)
{
    const struct sw_ticket *t = sw_desk_ticket(desk, slot);

    assert_non_null(t);
    return t;
}

static inline struct sw_ticket_command command(enum sw_verb verb, enum sw_role role)
{
    struct sw_ticket_command c = {.id = "c-1",
                                  .verb = verb,
                                  .by = {.id = "somebody", .role = role, .door = SW_DOOR_MQTT},
                                  .revision = ticket(0)->revision,
                                  .text = "text",
                                  .measure = "stopped-machine",
                                  .reason = "reason",
                                  .resolve_by_us = NONE,
                                  .until_us = NONE};

    strcpy(c.ticket, ticket(0)->id);
    return c;
}

static inline void send_command(const struct sw_ticket_command *c, int64_t at)
{
    struct sw_err err = {0};

    memset(&out, 0, sizeof out);
    CHECK(sw_desk_command(desk, c, true, at, &out, &err) == SW_OK, "%s: %s", sw_verb_name(c->verb), err.msg);
}

static inline void command_at(enum sw_verb verb, enum sw_role role, int64_t at)
{
    const struct sw_ticket_command c = command(verb, role);

    send_command(&c, at);
}

/* The same to another ticket than the first. */
static inline struct sw_ticket_command command_on(size_t slot, enum sw_verb verb, enum sw_role role)
{
    struct sw_ticket_command c = command(verb, role);

    strcpy(c.ticket, ticket(slot)->id);
    c.revision = ticket(slot)->revision;
    return c;
}

static inline void do_on(size_t slot, enum sw_verb verb, enum sw_role role, int64_t at)
{
    const struct sw_ticket_command c = command_on(slot, verb, role);

    send_command(&c, at);
}

/* "open,dispatch": the verbs of the events of the last call. */
static inline void check_events(const char *want, int line)
{
    char got[256] = "";

    for (size_t i = 0; i < out.n_events; i++) {
        strcat(got, i ? "," : "");
        strcat(got, sw_verb_name(out.events[i].verb));
    }
    CHECK(strcmp(got, want) == 0, "line %d: events \"%s\", want \"%s\"", line, got, want);
    CHECK((out.n_tickets > 0) || !*want, "line %d: an event without its document", line);
}
#define EVENTS(want) check_events(want, __LINE__)

#endif
