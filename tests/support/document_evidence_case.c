// SPDX-License-Identifier: Apache-2.0
/* The evidence document of the contract's example as facts, and as it must be rendered: a row of document_cases.c. */
#include "tests/support/document_evidence_case.h"

#include <string.h>

#include "tests/support/document_fixture.h"
#include "tickets/evidence.h"

static struct sw_evidence_facts facts(void)
{
    struct sw_evidence_facts f = {
        .ask = {.id = "q-771",
                .at_us = AT(23, 40, 0),
                .distance_m = 200,
                .category = -1,
                .wants_series = true,
                .wants_media = true,
                .wants_tickets = true,
                .wants_schedule = true,
                .wants_numbers = true,
                .with_zh = true,
                .with_en = true},
        .asked_us = AT(24, 20, 33),
        .from_us = AT(23, 25, 0),
        .to_us = AT(23, 55, 0),
        .has_data = true,
        .caveats = SW_CAVEAT_BOUNDARY,
        .n_parts = 1,
        .published_hours = "06:00-22:00",
        .is_synced = true,
        .wind = 210,
        .rain = 0,
        .n_tickets = 1,
        .tickets = {{.id = "sw-7k2m4q5xza",
                     .number = "PD0042-20260302-007",
                     .status = SW_STATUS_ACCEPTED,
                     .origin = SW_ORIGIN_EXCEEDANCE,
                     .category = SW_CATEGORY_NOISE,
                     .class_ = SW_CLASS_A,
                     .opened_us = AT(23, 21, 0),
                     .unit = "某某建设 项目部"}},
        .complaints = {.calls_7d = 6, .callers_7d = 4, .same_caller_30d = 2},
        .basis = {.agency_responsible = "浦东新区城管执法局",
                  .subdistrict = "花木街道",
                  .permit_no = "310115202500123",
                  .site_contact = {"值班", "021-0000-0000"},
                  .unit = "某某建设 项目部"},
        .series = {.sensor = 0, .t0_us = AT(23, 25, 0), .step_s = 10, .n = 4, .v = {4790, SW_NO_VALUE, 6020, 6190}},
        .n_media = 1,
        .media = {{.id = "m4p2ws7q3c",
                   .kind = "image",
                   .at_us = AT(23, 41, 3),
                   .sha256 = "5e885e885e885e885e885e885e885e885e885e885e885e885e885e885e885e88"}},
    };

    f.parts[0] = (struct sw_evidence_part){.from_us = f.from_us,
                                           .to_us = f.to_us,
                                           .period = "night",
                                           .is_night = true,
                                           .verdict = SW_OVER_EXCEEDS,
                                           .code = SW_ANSWER_OVER_UNPERMITTED,
                                           .work = {SW_WORK_PROHIBITED_NIGHT, 0},
                                           .work_detected = 1,
                                           .n_numbers = 1};
    f.parts[0].numbers[0] = (struct sw_evidence_number){.sensor = 0,
                                                        .kind = SW_KIND_NOISE,
                                                        .quantity = SW_QUANTITY_LAEQ,
                                                        .verdict = SW_OVER_EXCEEDS,
                                                        .leq = 6180,
                                                        .max = 7490,
                                                        .mean = SW_NO_VALUE,
                                                        .min = SW_NO_VALUE,
                                                        .limit_leq = 5500,
                                                        .limit_max = 7000,
                                                        .limit_mean = SW_NO_VALUE,
                                                        .worst = {.rule = "cn-gb12523-2025/leq-night",
                                                                  .statistic = "LAeq,20min",
                                                                  .value = 6180,
                                                                  .limit = 5500,
                                                                  .over_by = 680,
                                                                  .from_us = AT(23, 32, 0),
                                                                  .to_us = AT(23, 52, 0)},
                                                        .over_minutes = 24,
                                                        .n = 1746,
                                                        .expected = 1800,
                                                        .quality = SW_QUALITY_GOOD};
    return f;
}

/* One pack, as in the example. */
static struct sw_doc_site site(void)
{
    static const struct sw_doc_pack pack = {.id = "cn-gb12523-2025", .version = "2026.1"};
    struct sw_doc_site s = *fixture_site();

    s.n_packs = 1;
    s.packs = &pack;
    return s;
}

size_t document_evidence(char *buf, size_t cap)
{
    struct sw_doc_integrity seal = {.n = 184263,
                                    .key_id = "gw-7f3a",
                                    .public_key = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                    .ts = "2026-03-03T00:20:33.000+08:00",
                                    .document_sha256 =
                                        "9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c"};
    const struct sw_evidence_facts f = facts();
    const struct sw_doc_site s = site();
    const size_t len = sw_doc_evidence(&s, &f, AT(24, 20, 33), buf, cap);

    for (size_t i = 0; i < sizeof(seal.head); i++)
        seal.head[i] = i % 2 ? 0xff : 0xc0;
    memset(seal.signature, 'A', 86);
    memset(seal.document_signature, 'B', 86);
    memcpy(seal.signature + 86, "==", 3);
    memcpy(seal.document_signature + 86, "==", 3);
    return len ? sw_doc_evidence_seal(&seal, buf, len, cap) : 0;
}

/* From tests/data/contract/evidence.json, with two decimals of each level. */
const char document_evidence_want[] =
    "{'schema':'siteward.evidence/1.0','request_id':'q-771','gw':'gw-7f3a','ts':'2026-03-03T00:20:33.000+08:00',"
    "'at':'2026-03-02T23:40:00.000+08:00','source':'gateway','packs':[{'id':'cn-gb12523-2025','version':'2026.1'}],"
    "'time_quality':'synced','answer':{'code':'over_limit_unpermitted','lamp':'over','headline':{'zh-CN':'超标,"
    "且不在许可施工时间','en':'Above the limit, outside permitted hours'},'say':{'zh-CN':'您反映的地点附近有一处工地。"
    "3月2日23点25分至23点55分,在工地边界测到的平均声级最高是61.8分贝,夜间限值是55分贝,"
    "高出6.8分贝。该时段没有夜间施工证明。系统在23点21分已自动生成工单,某某建设 "
    "项目部已签收。我可以把您的来电并入这张工单。','en':'There is a building site "
    "near you. Between 23:25 and 23:55 on 2 March, the highest average level at the site boundary was "
    "61.8 decibels; the night limit is 55 decibels, so 6.8 decibels above. No night permit is on record "
    "for that time. A ticket was opened automatically at 23:21; 某某建设 项目部 has signed for "
    "it. I can add your call to that ticket.'},'say_version':'2026.1','caveats':['boundary-not-indoor']},"
    "'window':{'from':'2026-03-02T23:25:00.000+08:00','to':'2026-03-02T23:55:00.000+08:00'},'distance_m':200,"
    "'numbers':[{'sensor':'north-gate-noise','verdict':'exceeds','LAeq':61.80,'LAmax':74.90,'limit_LAeq':55.00,"
    "'limit_LAmax':70.00,'worst':{'statistic':'LAeq,20min','value':61.80,'limit':55.00,'over_by':6.80,"
    "'rule':'cn-gb12523-2025/leq-night','from':'2026-03-02T23:32:00.000+08:00','to':'2026-03-02T23:52:00.000+08:00'},"
    "'over_minutes':24,'unit':'dBA','n':1746,'expected':1800,'valid_ratio':0.9700,'q':'good'}],'parts':[{'from':'2026-"
    "03-02T23:25:00.000+08:00',"
    "'to':'2026-03-02T23:55:00.000+08:00','period':'night','code':'over_limit_unpermitted','work':{'state':'prohibited_"
    "night',"
    "'permitted':false,'detected':true}}],'work':{'state':'prohibited_night','permitted':false,'detected':true,"
    "'period':'night','permit':null,'published_hours':'06:00-22:00'},'validity':{'clock_synced':true,"
    "'wind_ms':2.10,'rain':false,'calibration_age_days':null},'tickets':[{'id':'sw-7k2m4q5xza','number':'PD0042-"
    "20260302-007',"
    "'status':'accepted','category':'noise','class':'A','opened':'2026-03-02T23:21:00.000+08:00','assignee':'某某建设 "
    "项目部'}],'complaints':{'calls_7d':6,'callers_7d':4,'same_caller_30d':2},'dispatch_basis':{'agency_responsible':'"
    "浦东新区城管执法局',"
    "'subdistrict':'花木街道','permit_no':'310115202500123','site_contact':'值班 021-0000-0000',"
    "'unit':'某某建设 项目部','department':null,'street':null},'series':{'sensor':'north-gate-noise',"
    "'t0':'2026-03-02T23:25:00.000+08:00','step_s':10,'quantity':'LAeq_10s','v':[47.90,null,60.20,61.90]},"
    "'media':[{'id':'m4p2ws7q3c','kind':'image','at':'2026-03-02T23:41:03.000+08:00','sha256':'"
    "5e885e885e885e885e885e885e885e885e885e885e885e885e885e885e885e88'}],"
    "'integrity':{'alg':'sha256+ed25519','n':184263,'chain_head':'"
    "c0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ffc0ff',"
    "'ts':'2026-03-03T00:20:33.000+08:00','key_id':'gw-7f3a','public_key':'ed25519:"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',"
    "'signature':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==',"
    "'document_sha256':'9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c','document_signature':'"
    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=='}}";
