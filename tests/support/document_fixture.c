// SPDX-License-Identifier: Apache-2.0
/* The figures of the contract's examples, copied by hand. */
#include "tests/support/document_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/macros.h"

#define UNKNOWN ((double) NAN)
#define NEVER INT64_MIN

static const struct sw_zone shanghai = {"Asia/Shanghai", 1, {{INT64_MIN, 28800}}};

const struct sw_doc_site *fixture_site(void)
{
    static const struct sw_doc_sensor sensors[] = {
        {"north-gate-noise",
         "北门噪声",
         SW_KIND_NOISE,
         SW_QUANTITY_LAEQ,
         1000000,
         "boundary",
         "siteward-node",
         "IEC 61672-1 class 2",
         31.2238,
         121.5440,
         4.0,
         5,
         {"1m", "20m", "1h", "day", "night"}},
        {"north-gate-pm10",
         "",
         SW_KIND_DUST,
         SW_QUANTITY_PM10,
         60000000,
         "boundary",
         NULL,
         "",
         (double) NAN,
         (double) NAN,
         (double) NAN,
         0,
         {NULL}},
        {"gate-camera-trigger",
         "大门相机",
         SW_KIND_INPUT,
         SW_QUANTITY_CAMERA,
         1000000,
         "other",
         "gpio-trigger",
         "",
         (double) NAN,
         (double) NAN,
         (double) NAN,
         0,
         {NULL}},
    };
    static const struct sw_doc_pack packs[] = {
        {"cn-gb12523-2025", "2026.1", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    static const struct sw_doc_site site = {
        .zone = &shanghai,
        .gateway = "gw-7f3a",
        .gateway_name = "北门配电箱",
        .sw_version = "1.0.0",
        .site = "pd-0042",
        .area = "310115",
        .name = "丁香路 12-3 地块",
        .address = "上海市浦东新区丁香路",
        .permit_no = "310115202500123",
        .owner_unit = "某某建设",
        .agency_responsible = "浦东新区城管执法局",
        .subdistrict = "花木街道",
        .serves = "丁香路\n丁香小区",
        .lat = 31.2237,
        .lon = 121.5441,
        .timezone = "Asia/Shanghai",
        .epoch = "k3f7q2mz",
        .n_sensors = SW_ARRAY_SIZE(sensors),
        .sensors = sensors,
        .n_packs = SW_ARRAY_SIZE(packs),
        .packs = packs,
    };

    return &site;
}

static struct sw_rule leq_night = {.full_id = "cn-gb12523-2025/leq-night",
                                   .kind = SW_KIND_NOISE,
                                   .statistic = SW_STAT_LEQ,
                                   .sliding = true,
                                   .window_s = 1200,
                                   .limit = 5500,
                                   .resolution = 10};
static const struct sw_rule max_night = {.full_id = "cn-gb12523-2025/max-night",
                                         .kind = SW_KIND_NOISE,
                                         .statistic = SW_STAT_MAX,
                                         .limit = 7000,
                                         .resolution = 10};
static const struct sw_rule pm10_hour = {.full_id = "site/pm10-1h",
                                         .kind = SW_KIND_DUST,
                                         .quantity = SW_QUANTITY_PM10,
                                         .statistic = SW_STAT_MEAN,
                                         .window_s = 3600,
                                         .limit = 15000,
                                         .resolution = 100};

const struct sw_window_result *fixture_noise_window(void)
{
    static struct sw_window_result v = {
        .sensor = 0,
        .quantity = SW_QUANTITY_LAEQ,
        .period = "1h",
        .from_us = AT(23, 0, 0),
        .to_us = AT(24, 0, 0),
        .n = 3492,
        .expected = 3600,
        .largest_gap_s = 41,
        .excluded = {60, 0, 0, 40, 8},
        .leq = 6180,
        .max = 7490,
        .min = 4400,
        .l5 = 6620,
        .l10 = 6490,
        .l50 = 5870,
        .l90 = 4820,
        .l95 = 4690,
        .mean = SW_NO_VALUE,
        .wind = 210,
        .rain = 0,
        .flag = 'N',
        .quality = SW_QUALITY_GOOD,
        .time_quality = SW_TIME_SYNCED,
        .limit_leq = 5500,
        .limit_max = 7000,
        .limit_mean = SW_NO_VALUE,
        .n_rules = 2,
    };

    v.rules[0] = &leq_night;
    v.rules[1] = &max_night;
    return &v;
}

const struct sw_window_result *fixture_dust_window(void)
{
    static const struct sw_window_result v = {
        .sensor = 1,
        .quantity = SW_QUANTITY_PM10,
        .period = "1h",
        .from_us = AT(23, 0, 0),
        .to_us = AT(24, 0, 0),
        .n = 60,
        .expected = 60,
        .leq = SW_NO_VALUE,
        .max = 11800,
        .min = 4000,
        .l5 = SW_NO_VALUE,
        .l10 = SW_NO_VALUE,
        .l50 = SW_NO_VALUE,
        .l90 = SW_NO_VALUE,
        .l95 = SW_NO_VALUE,
        .mean = 7120,
        .wind = SW_NO_VALUE,
        .rain = -1,
        .suppression_s = 0,
        .flag = 'N',
        .quality = SW_QUALITY_GOOD,
        .time_quality = SW_TIME_SYNCED,
        .limit_leq = SW_NO_VALUE,
        .limit_max = SW_NO_VALUE,
        .limit_mean = 15000,
        .n_rules = 1,
        .rules = {&pm10_hour},
    };

    return &v;
}

/* ---- tickets ---- */

#define AUTO                                                                                                           \
    {                                                                                                                  \
        "auto", SW_ROLE_AUTO, SW_DOOR_ENGINE                                                                           \
    }

const struct sw_ticket *fixture_ticket(void)
{
    static const struct sw_ticket t = {
        .id = "sw-7k2m4q5xza",
        .number = "PD0042-20260302-007",
        .matter_key = "pd-0042:noise:night:north-gate",
        .revision = 5,
        .origin = SW_ORIGIN_PREVENTIVE,
        .category = SW_CATEGORY_NOISE,
        .stage = SW_STAGE_EXCEEDED,
        .attribution = SW_ATTRIBUTION_SITE,
        .class_ = SW_CLASS_A,
        .status = SW_STATUS_ACCEPTED,
        .averted_acted = -1,
        .opened_us = AT(23, 21, 0),
        .changed_us = AT(23, 52, 10),
        .ended_us = NEVER,
        .sensor = "north-gate-noise",
        .rule = "cn-gb12523-2025/leq-night",
        .pack_version = "2026.1",
        .period = "night",
        .period_is_night = true,
        .quantity = "LAeq",
        .unit = "dBA",
        .statistic = "leq",
        .limit = 5500,
        .forecast_at_us = AT(23, 21, 0),
        .crosses_at_us = AT(23, 30, 20),
        .probability = 0.83,
        .budget_s = 560,
        .worst = 6180,
        .max = 7490,
        .over_by = 680,
        .measured_from_us = AT(23, 31, 0),
        .measured_to_us = NEVER,
        .measured_is_good = true,
        .work = {SW_WORK_PROHIBITED_NIGHT, 0},
        .schedule_revision = 14,
        .assignee = {"某某建设 项目部", "王工", "021-00000000", "浦东新区城管执法局", "花木街道"},
        .agency_responsible = "浦东新区城管执法局",
        .respond_by_us = AT(23, 36, 0),
        .dispatch_by_us = AT(24, 1, 0),
        .resolve_by_us = AT(47, 31, 0),
        .responded_us = AT(23, 34, 30),
        .dispatched_us = AT(23, 31, 1),
        .suspended_until_us = NEVER,
        .calls = 6,
        .callers = 4,
        .repeat_callers = 1,
        .history_total = 5,
        .n_history = 5,
        .history =
            {
                {SW_VERB_OPEN, SW_STAGE_FORECAST, AT(23, 21, 0), AUTO},
                {SW_VERB_EXCEED, SW_STAGE_EXCEEDED, AT(23, 31, 0), AUTO},
                {SW_VERB_DISPATCH, SW_STAGE_NONE, AT(23, 31, 1), {"host:12345-sh", SW_ROLE_PLATFORM, SW_DOOR_MQTT}},
                {SW_VERB_ACK, SW_STAGE_NONE, AT(23, 34, 30), {"officer:2207", SW_ROLE_OFFICER, SW_DOOR_MQTT}},
                {SW_VERB_ACCEPT, SW_STAGE_NONE, AT(23, 52, 10), {"party:wang", SW_ROLE_PARTY, SW_DOOR_CONSOLE}},
            },
        .n_evidence = 1,
        .evidence = {{.id = "ba7fgc6x2q",
                      .kind = "image",
                      .sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                      .at_us = AT(23, 41, 3),
                      .bytes = 81211}},
    };

    return &t;
}

const struct sw_ticket *fixture_forecast_ticket(void)
{
    static const struct sw_ticket t = {
        .id = "sw-aaaaaaaaaa",
        .number = "PD0042-20260302-001",
        .matter_key = "pd-0042:noise:night:north-gate",
        .previous = "sw-bbbbbbbbbb",
        .revision = 1,
        .origin = SW_ORIGIN_PREVENTIVE,
        .category = SW_CATEGORY_NOISE,
        .stage = SW_STAGE_FORECAST,
        .class_ = SW_CLASS_B,
        .status = SW_STATUS_OPEN,
        .averted_acted = -1,
        .opened_us = AT(21, 45, 0),
        .ended_us = NEVER,
        .sensor = "north-gate-noise",
        .rule = "cn-gb12523-2025/leq-night",
        .pack_version = "2026.1",
        .period = "night",
        .period_is_night = true,
        .quantity = "LAeq",
        .unit = "dBA",
        .statistic = "leq",
        .limit = 5500,
        .forecast_at_us = AT(21, 45, 0),
        .crosses_at_us = AT(22, 0, 0),
        .probability = 1.0,
        .budget_s = 900,
        .worst = SW_NO_VALUE,
        .max = SW_NO_VALUE,
        .over_by = SW_NO_VALUE,
        .measured_from_us = NEVER,
        .measured_to_us = NEVER,
        .work = {SW_WORK_NO_SCHEDULE, -1},
        .respond_by_us = NEVER,
        .dispatch_by_us = NEVER,
        .resolve_by_us = NEVER,
        .responded_us = NEVER,
        .dispatched_us = NEVER,
        .suspended_until_us = NEVER,
        .history_total = 1,
        .n_history = 1,
        .history = {{SW_VERB_OPEN, SW_STAGE_FORECAST, AT(21, 45, 0), AUTO}},
    };

    return &t;
}

const struct sw_ticket *fixture_dust_ticket(void)
{
    static const struct sw_ticket t = {
        .id = "sw-cccccccccc",
        .number = "PD0042-20260302-002",
        .matter_key = "pd-0042:dust:day:north-gate",
        .revision = 9,
        .origin = SW_ORIGIN_EXCEEDANCE,
        .category = SW_CATEGORY_DUST,
        .stage = SW_STAGE_RECOVERED,
        .class_ = SW_CLASS_C,
        .status = SW_STATUS_AVERTED,
        .reopens = 2,
        .averted_acted = 1,
        .opened_us = AT(10, 0, 0),
        .sensor = "north-gate-pm10",
        .period = "day",
        .quantity = "PM10",
        .unit = "ug/m3",
        .statistic = "mean",
        .limit = 15000,
        .forecast_at_us = NEVER,
        .crosses_at_us = NEVER,
        .worst = 18050,
        .max = SW_NO_VALUE,
        .over_by = 3050,
        .measured_from_us = AT(10, 0, 0),
        .measured_to_us = AT(11, 0, 0),
        .work = {SW_WORK_SCHEDULED, 1},
        .rejudged_at_us = AT(12, 0, 0),
        .rejudged = {SW_WORK_UNSCHEDULED, 0},
        .respond_by_us = NEVER,
        .dispatch_by_us = NEVER,
        .resolve_by_us = NEVER,
        .escalated = true,
        .returned = true,
        .suspended = true,
        .forced = true,
        .overdue = SW_OVERDUE_RESPOND | SW_OVERDUE_DISPATCH | SW_OVERDUE_RESOLVE,
        .suspended_until_us = AT(24, 0, 0),
        .measure = "stopped-machine",
        .resolution = "泵停机",
        .satisfaction = "satisfied",
        .history_total = 60,
        .n_history = 1,
        .history = {{SW_VERB_OPEN, SW_STAGE_NONE, AT(10, 0, 0), AUTO}},
    };

    return &t;
}

const struct sw_summary *fixture_summary(void)
{
    static struct sw_summary v = {
        .lamp = 3,
        .noise_sensor = 0,
        .dust_sensor = 1,
        .noise_value = 6180,
        .noise_limit = 5500,
        .dust_value = 7120,
        .work = {SW_WORK_PROHIBITED_NIGHT, 0},
        .period = "night",
        .period_until_us = AT(30, 0, 0),
        .tickets = {1, 0},
        .complaints = {.calls_7d = 9, .callers_7d = 5, .calls_24h = 6, .callers_24h = 4},
        .sensors_ok = 5,
        .sensors_total = 5,
    };

    v.worst = fixture_ticket();
    return &v;
}

/* ---- the judge that says what it is told ---- */

static struct sw_rule_state told[2];
static size_t told_n;
static int told_worst;
static enum sw_state told_state; /* of a sensor without rules */

static const struct sw_rule_state leq_alerting = {
    .rule = &leq_night,
    .state = SW_STATE_ALERTING,
    .previous = SW_STATE_FORECAST,
    .since_us = AT(23, 31, 0),
    .in_force = true,
    .value = 5520,
    .forecast = {1.0, NEVER, 0, 6310},
};
static const struct sw_rule_state max_normal = {
    .rule = &max_night,
    .since_us = AT(22, 0, 0),
    .in_force = true,
    .value = 6690,
    .forecast = {UNKNOWN, NEVER, -1, 0},
};

static void tell(size_t n, int worst)
{
    leq_night.limit = 5500;
    leq_night.resolution = 10;
    told[0] = leq_alerting;
    told[1] = max_normal;
    told_n = n;
    told_worst = worst;
    told_state = SW_STATE_NORMAL;
}

void fixture_judge_alerting(void)
{
    tell(2, 0);
}

void fixture_judge_by_day(void)
{
    tell(2, 0);
    told[0].state = SW_STATE_FORECAST;
    told[0].previous = SW_STATE_NORMAL;
    told[0].since_us = AT(21, 40, 0);
    told[0].in_force = told[1].in_force = false;
    told[0].forecast = (struct sw_forecast){0.83, AT(22, 0, 0), 1200, 6310};
    told[1].since_us = NEVER;
}

void fixture_judge_held(void)
{
    tell(1, -1);
    told_state = told[0].state = SW_STATE_NODATA;
    told[0].previous = told[0].held = SW_STATE_ALERTING;
    told[0].value = SW_NO_VALUE;
    told[0].forecast = (struct sw_forecast){UNKNOWN, NEVER, -1, SW_NO_VALUE};
}

void fixture_judge_without_rules(void)
{
    tell(0, -1);
}

void fixture_judge_one(enum sw_state state, int32_t value, int32_t limit, int32_t resolution, int32_t budget_s)
{
    tell(1, 0);
    told[0].state = state;
    told[0].value = value;
    told[0].forecast.budget_s = budget_s;
    leq_night.limit = limit;
    leq_night.resolution = resolution;
}

size_t __wrap_sw_judge_n_rules(const struct sw_judge *j);
const struct sw_rule_state *__wrap_sw_judge_rule(const struct sw_judge *j, size_t i);
int __wrap_sw_judge_worst(const struct sw_judge *j);
enum sw_state __wrap_sw_judge_state(const struct sw_judge *j);
void __wrap_sw_ticket_title(const struct sw_ticket *t, const char *lang, char *buf, size_t cap);

size_t __wrap_sw_judge_n_rules(const struct sw_judge *j)
{
    (void) j;
    return told_n;
}

const struct sw_rule_state *__wrap_sw_judge_rule(const struct sw_judge *j, size_t i)
{
    (void) j;
    return i < told_n ? &told[i] : NULL;
}

int __wrap_sw_judge_worst(const struct sw_judge *j)
{
    (void) j;
    return told_worst;
}

enum sw_state __wrap_sw_judge_state(const struct sw_judge *j)
{
    (void) j;
    return told_worst >= 0 ? told[told_worst].state : told_state;
}

void __wrap_sw_ticket_title(const struct sw_ticket *t, const char *lang, char *buf, size_t cap)
{
    (void) t;
    snprintf(buf, cap, "%s",
             strcmp(lang, "zh-CN") == 0 ? "夜间施工噪声超标(无许可)"
                                        : "Night construction noise above limit (no permit)");
}
