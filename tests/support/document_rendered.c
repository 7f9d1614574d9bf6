// SPDX-License-Identifier: Apache-2.0
/* What the table of documents renders: each function one document, from the facts of document_fixture.h. What must come
 * out stands in document_cases.c. */
#include "tests/support/document_rendered.h"

#include <math.h>
#include <string.h>

#include "common/macros.h"
#include "tests/support/document_fixture.h"

size_t rendered_live(char *buf, size_t cap)
{
    const struct sw_live v = {0, SW_QUANTITY_LAEQ, 'N', SW_QUALITY_GOOD, AT(23, 41, 7), 6320, 5500, 918273, false};

    return sw_doc_live(fixture_site(), &v, buf, cap);
}

size_t rendered_live_without_value(char *buf, size_t cap)
{
    const struct sw_live v = {0,           SW_QUANTITY_LAEQ, 'B', SW_QUALITY_BAD, AT(23, 41, 7),
                              SW_NO_VALUE, SW_NO_VALUE,      7,   false};

    return sw_doc_live(fixture_site(), &v, buf, cap);
}

size_t rendered_agg_noise(char *buf, size_t cap)
{
    return sw_doc_window(fixture_site(), fixture_noise_window(), AT(24, 0, 2), 918471, 0, buf, cap);
}

size_t rendered_agg_noise_in_replay(char *buf, size_t cap)
{
    struct sw_doc_site site = *fixture_site();
    struct sw_window_result v = *fixture_noise_window();

    site.epoch = NULL;
    v.quantity = SW_QUANTITY_LAF;
    v.partial = v.leq_is_estimate = v.max_is_estimate = true;
    v.min = SW_NO_VALUE;
    v.n_rules = 1;
    v.limit_max = SW_NO_VALUE;
    v.wind = SW_NO_VALUE;
    v.rain = -1;
    v.background = SW_BACKGROUND_EXACT;
    v.background_level = 5200;
    v.leq_corrected = 6132;
    v.quality = SW_QUALITY_UNCERTAIN;
    v.time_quality = SW_TIME_UNSYNCED;
    return sw_doc_window(&site, &v, AT(24, 0, 2), -1, -1, buf, cap);
}

size_t rendered_agg_dust(char *buf, size_t cap)
{
    return sw_doc_window(fixture_site(), fixture_dust_window(), AT(24, 0, 2), 918472, 1, buf, cap);
}

size_t rendered_agg_empty(char *buf, size_t cap)
{
    struct sw_window_result v = *fixture_dust_window();

    v.n = v.expected = 0;
    v.suppression_s = -1;
    v.rain = 1;
    v.mean = v.min = v.max = SW_NO_VALUE;
    v.n_rules = 0;
    return sw_doc_window(fixture_site(), &v, AT(24, 0, 2), 918472, 0, buf, cap);
}

size_t rendered_state_alerting(char *buf, size_t cap)
{
    fixture_judge_alerting();
    return sw_doc_state(fixture_site(), 0, NULL, AT(23, 31, 0), buf, cap);
}

size_t rendered_state_by_day(char *buf, size_t cap)
{
    fixture_judge_by_day();
    return sw_doc_state(fixture_site(), 0, NULL, AT(21, 40, 0), buf, cap);
}

size_t rendered_state_held(char *buf, size_t cap)
{
    fixture_judge_held();
    return sw_doc_state(fixture_site(), 0, NULL, AT(23, 31, 0), buf, cap);
}

size_t rendered_state_without_rules(char *buf, size_t cap)
{
    fixture_judge_without_rules();
    return sw_doc_state(fixture_site(), 1, NULL, AT(23, 31, 0), buf, cap);
}

size_t rendered_media_event(char *buf, size_t cap)
{
    const struct sw_media_event v = {
        .id = "r7d2kq5m3a",
        .media_id = "ba7fgc6x2q",
        .camera = "gate",
        .of = "c5wn3y7bqe",
        .ticket = "",
        .sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        .type = "image/jpeg",
        .work = {SW_WORK_PROHIBITED_NIGHT, 0},
        .count = 5,
        .bytes = 81211,
        .taken_us = AT(23, 41, 3) + 642 * SW_US_PER_MS,
        .latency_ms = 524,
    };

    return sw_doc_media_event(fixture_site(), &v, v.taken_us, 918403, buf, cap);
}

size_t rendered_sensor_event(char *buf, size_t cap)
{
    const struct sw_sensor_event v = {"c5wn3y7bqe", 2, SW_QUANTITY_CAMERA, true, 17, {SW_WORK_PROHIBITED_NIGHT, 0}};

    return sw_doc_sensor_event(fixture_site(), &v, AT(23, 41, 3) + 118 * SW_US_PER_MS, 918402, buf, cap);
}

/* Water on a dust sensor, as the engine finds it; and one whose cause is known in words. */
size_t rendered_alert(char *buf, size_t cap)
{
    const struct sw_alert v = {.code = SW_ALERT_SPRAY,
                               .subject = "sensor/north-gate-pm10",
                               .name = "北门颗粒物",
                               .since_us = AT(10, 20, 0),
                               .is_active = true};

    return sw_doc_alert(fixture_site(), &v, AT(10, 21, 30), buf, cap);
}

size_t rendered_alert_with_detail(char *buf, size_t cap)
{
    struct sw_doc_site site = *fixture_site();
    const struct sw_alert v = {.code = SW_ALERT_BUS_LOST,
                               .subject = "bus/rs485-1",
                               .detail = "/dev/ttyUSB0: No such file or directory",
                               .since_us = AT(10, 20, 0),
                               .is_active = true};

    site.simulated = true;
    return sw_doc_alert(&site, &v, AT(10, 21, 30), buf, cap);
}

size_t rendered_agg_under_water(char *buf, size_t cap)
{
    struct sw_window_result v = *fixture_dust_window();

    v.spray_s = 1200;
    v.quality = SW_QUALITY_UNCERTAIN;
    return sw_doc_window(fixture_site(), &v, AT(24, 0, 2), 918472, 1, buf, cap);
}

size_t rendered_agg_minute(char *buf, size_t cap)
{
    struct sw_window_result v = *fixture_dust_window();

    memcpy(v.period, "1m", 3);
    v.to_us = v.from_us + 60000000;
    v.n = v.expected = 1;
    v.work_detected = -1;
    v.n_judged = 2;
    v.judged[0] = (struct sw_judged){.rule = v.rules[0],
                                     .period = "",
                                     .n = 1,
                                     .over = 1,
                                     .worst = 15100,
                                     .limit = 15000,
                                     .from_us = AT(22, 1, 0),
                                     .to_us = AT(23, 1, 0)};
    v.judged[1] = (struct sw_judged){.rule = fixture_noise_window()->rules[0],
                                     .period = "night",
                                     .worst = SW_NO_VALUE,
                                     .limit = 5500,
                                     .from_us = INT64_MIN,
                                     .to_us = INT64_MIN};
    return sw_doc_window(fixture_site(), &v, AT(24, 0, 2), 918472, 0, buf, cap);
}

size_t rendered_meta(char *buf, size_t cap)
{
    return sw_doc_meta(fixture_site(), 0, AT(18, 0, 2), buf, cap);
}

size_t rendered_meta_of_a_fed_sensor(char *buf, size_t cap)
{
    return sw_doc_meta(fixture_site(), 1, AT(18, 0, 2), buf, cap);
}

size_t rendered_ticket(char *buf, size_t cap)
{
    return sw_doc_ticket(fixture_site(), fixture_ticket(), AT(23, 52, 10), 918455, buf, cap);
}

size_t rendered_ticket_of_a_forecast(char *buf, size_t cap)
{
    struct sw_doc_site site = *fixture_site();

    site.epoch = NULL;
    site.simulated = true;
    return sw_doc_ticket(&site, fixture_forecast_ticket(), AT(21, 45, 0), -1, buf, cap);
}

/* Work that was heard while none was permitted: it has a level and breaks no limit. */
size_t rendered_ticket_of_work(char *buf, size_t cap)
{
    struct sw_ticket t = *fixture_forecast_ticket();

    memcpy(t.id, "sw-dddddddddd", 14);
    memcpy(t.matter_key, "pd-0042:work:night:site", 24);
    t.previous[0] = '\0';
    t.origin = SW_ORIGIN_SCHEDULE;
    t.category = SW_CATEGORY_WORK;
    t.stage = SW_STAGE_NONE;
    t.attribution = SW_ATTRIBUTION_SITE;
    t.rule[0] = '\0';
    memcpy(t.statistic, "leq", 4);
    t.forecast_at_us = INT64_MIN;
    t.worst = 6120;
    t.max = t.over_by = SW_NO_VALUE;
    t.measured_from_us = AT(22, 30, 0);
    t.measured_to_us = AT(23, 0, 0);
    t.measured_is_good = true;
    t.work = (struct sw_work){SW_WORK_PROHIBITED_NIGHT, 0};
    t.history[0].stage = SW_STAGE_NONE;
    return sw_doc_ticket(fixture_site(), &t, AT(23, 0, 0), 4, buf, cap);
}

size_t rendered_ticket_of_dust(char *buf, size_t cap)
{
    return sw_doc_ticket(fixture_site(), fixture_dust_ticket(), AT(12, 0, 0), 3, buf, cap);
}

size_t rendered_ticket_event(char *buf, size_t cap)
{
    const struct sw_ticket_event v = {"m4tq7zk2dh",
                                      "sw-7k2m4q5xza",
                                      5,
                                      SW_VERB_ACCEPT,
                                      SW_STATUS_ACCEPTED,
                                      AT(23, 52, 10),
                                      {"party:wang", SW_ROLE_PARTY, SW_DOOR_CONSOLE},
                                      "正在停机,15 分钟内撤场"};

    return sw_doc_ticket_event(fixture_site(), &v, AT(23, 52, 10), 918456, buf, cap);
}

size_t rendered_output_that_rests(char *buf, size_t cap)
{
    const struct sw_doc_output v = {.id = "mist",
                                    .name = "雾炮",
                                    .kind = "mist",
                                    .is = SW_OUTPUT_IS_OFF,
                                    .reason = SW_OUTPUT_LONGEST_ON,
                                    .since_us = AT(14, 10, 0),
                                    .on_today_us = 1200900000,
                                    .rest_until_us = AT(14, 15, 0),
                                    .fault = ""};

    return sw_doc_output(fixture_site(), &v, AT(14, 10, 0), buf, cap);
}

size_t rendered_output_that_is_silent(char *buf, size_t cap)
{
    const struct sw_doc_output v = {.id = "gate-board",
                                    .name = "gate-board",
                                    .kind = "board",
                                    .is_wanted = true,
                                    .reason = SW_OUTPUT_RULE,
                                    .since_us = INT64_MIN,
                                    .on_today_us = -1,
                                    .rest_until_us = INT64_MIN,
                                    .fault = "nobody answered"};

    return sw_doc_output(fixture_site(), &v, AT(14, 10, 0), buf, cap);
}

size_t rendered_summary(char *buf, size_t cap)
{
    return sw_doc_summary(fixture_site(), fixture_summary(), AT(23, 41, 2), buf, cap);
}

size_t rendered_summary_of_a_new_site(char *buf, size_t cap)
{
    const struct sw_summary v = {.lamp = 2,
                                 .noise_sensor = -1,
                                 .dust_sensor = -1,
                                 .noise_value = SW_NO_VALUE,
                                 .noise_limit = SW_NO_VALUE,
                                 .dust_value = SW_NO_VALUE,
                                 .period = "",
                                 .period_until_us = INT64_MIN,
                                 .work = {SW_WORK_NO_SCHEDULE, -1}};

    return sw_doc_summary(fixture_site(), &v, AT(18, 0, 2), buf, cap);
}

/* Work of each day, a permit out of a file, and a quiet period that was withdrawn. */
size_t rendered_schedule(char *buf, size_t cap)
{
    static struct sw_schedule_item items[] = {
        {.uid = "hours-weekday",
         .summary_zh = "公示工时",
         .dtstart = "2026-01-01T06:00:00",
         .duration = "PT16H",
         .rrule = "FREQ=DAILY"},
        {.uid = "permit-2026-0310",
         .kind = SW_ITEM_PERMIT,
         .status = SW_ITEM_UNCONFIRMED,
         .permit_no = "沪浦夜施 2026-0310",
         .reason = "concrete-pour",
         .issued_by = "浦东新区生态环境局",
         .dtstart = "2026-03-10T22:00:00",
         .duration = "PT8H"},
        {.uid = "gaokao-2026",
         .kind = SW_ITEM_QUIET,
         .source = SW_SOURCE_BROADCAST,
         .status = SW_ITEM_CANCELLED,
         .dtstart = "2026-06-05T00:00:00",
         .duration = "P5D"},
    };
    const struct sw_schedule v = {.revision = 14, .n_items = SW_ARRAY_SIZE(items), .items = items};

    for (size_t i = 0; i < SW_ARRAY_SIZE(items); i++) {
        struct sw_schedule_item *item = &items[i];

        item->revision = 1;
        item->published_us = AT(8, 0, (int) i);
        item->claimed_published_us = item->cancelled_us = item->granted_us = INT64_MIN;
        item->valid_from_us = item->valid_to_us = item->notice_posted_us = INT64_MIN;
    }
    items[0].claimed_published_us = AT(7, 0, 0);
    items[1].granted_us = AT(6, 0, 0);
    items[1].valid_from_us = AT(22, 0, 0);
    items[1].valid_to_us = AT(23, 0, 0);
    items[1].notice_posted_us = AT(5, 0, 0);
    items[2].cancelled_us = AT(8, 30, 0);
    return sw_doc_schedule(fixture_site(), &v, AT(9, 0, 0), buf, cap);
}

size_t rendered_status(char *buf, size_t cap)
{
    const int64_t since = AT(18, 0, 2) + 114 * SW_US_PER_MS;

    return sw_doc_status(fixture_site(), "ready", "01JNZ5Q0T7", since, since, buf, cap);
}

size_t rendered_will(char *buf, size_t cap)
{
    const int64_t since = AT(18, 0, 2) + 114 * SW_US_PER_MS;

    return sw_doc_status(fixture_site(), "lost", "01JNZ5Q0T7", since, INT64_MIN, buf, cap);
}

size_t rendered_info(char *buf, size_t cap)
{
    return sw_doc_info(fixture_site(), AT(18, 0, 2) + 200 * SW_US_PER_MS, buf, cap);
}

size_t rendered_checkpoint(char *buf, size_t cap)
{
    const struct sw_doc_checkpoint v = {
        .n = 3,
        .head = "9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51",
        .signature = "dv3jiUb7RGQKbrDXR61nHgDFnNklieP06D2qjTuovbLtGg0U6ssBSNICqnyNmaocYl91ZI9F86RRuDX38oFEDA=="};

    return sw_doc_checkpoint(fixture_site(), &v, AT(23, 0, 0) + 20 * SW_US_PER_MS, 918233, buf, cap);
}

size_t rendered_gap(char *buf, size_t cap)
{
    static const struct sw_gap_run runs[] = {{171204, 180111}, {180113, 180113}, {180115, 181207}};
    const struct sw_gap v = {
        .ts_us = AT(18, 0, 5), .runs = runs, .n_runs = SW_ARRAY_SIZE(runs), .class = "window-1m", .reason = "shed"};

    return sw_doc_gap(fixture_site(), &v, 181290, buf, cap);
}

size_t rendered_config(char *buf, size_t cap)
{
    static const char config[] = "{\"devices\":{\"north-gate\":{\"template\":\"siteward-node\",\"bus\":\"rs485-1\","
                                 "\"address\":1}},\"publish\":{\"live_interval\":\"5s\"}}";
    static const char origin[] =
        "{\"/devices\":\"/etc/siteward/conf.d/10-wizard.yaml\",\"/publish/live_interval\":\"remote\"}";
    const struct sw_doc_config v = {.revision = 8,
                                    .since_us = AT(18, 0, 2),
                                    .config = config,
                                    .config_len = sizeof(config) - 1,
                                    .origin = origin,
                                    .origin_len = sizeof(origin) - 1};

    return sw_doc_config(fixture_site(), &v, buf, cap);
}

size_t rendered_config_that_does_not_fit(char *buf, size_t cap)
{
    const struct sw_doc_config v = {.revision = 9, .since_us = AT(18, 0, 2), .restart_required = true, .is_cut = true};

    return sw_doc_config(fixture_site(), &v, buf, cap);
}

size_t rendered_health(char *buf, size_t cap)
{
    static const struct sw_doc_health_bus bus[] = {{"rs485-1", 17280, 12}};
    const struct sw_doc_health v = {.ts_us = AT(23, 41, 0),
                                    .uptime_s = 20458,
                                    .is_synced = 1,
                                    .offset_ms = 4,
                                    .disk_free_bytes = 3221225472,
                                    .db_bytes = 73400320,
                                    .memory_bytes = 12582912,
                                    .cpu_temp_c = 54.1,
                                    .load_1m = 0.12,
                                    .console_why = "",
                                    .n_buses = 1,
                                    .bus = bus};

    return sw_doc_health(fixture_site(), &v, buf, cap);
}

size_t rendered_health_of_what_is_not_known(char *buf, size_t cap)
{
    const struct sw_doc_health v = {.ts_us = AT(23, 41, 0),
                                    .is_synced = -1,
                                    .offset_ms = (double) NAN,
                                    .outbox_pending = 7,
                                    .outbox_oldest_s = 61,
                                    .outbox_bytes = 8192,
                                    .outbox_given_up = 3,
                                    .disk_free_bytes = -1,
                                    .db_bytes = -1,
                                    .memory_bytes = -1,
                                    .cpu_temp_c = (double) NAN,
                                    .load_1m = (double) NAN,
                                    .console_why = "port 8480 of 127.0.0.1 is taken by another program"};

    return sw_doc_health(fixture_site(), &v, buf, cap);
}

size_t rendered_answer_to_a_patch(char *buf, size_t cap)
{
    const struct sw_doc_answer v = {.request_id = "p-77", .is_config = true, .revision = 9, .restart_required = true};

    return sw_doc_answer(fixture_site(), &v, AT(18, 5, 0), buf, cap);
}

size_t rendered_answer_done(char *buf, size_t cap)
{
    static const struct sw_ticket t = {.id = "sw-7k2m4q5xza", .status = SW_STATUS_RESOLVED, .revision = 6};
    const struct sw_doc_answer v = {.request_id = "c-20260303-00017", .ticket = &t};

    return sw_doc_answer(fixture_site(), &v, AT(23, 34, 30), buf, cap);
}

size_t rendered_answer_refused(char *buf, size_t cap)
{
    const struct sw_doc_answer v = {.request_id = "c-1",
                                    .refusal = SW_REFUSAL_CONFLICT,
                                    .detail = "revision 4 is older than 5",
                                    .current = "{\"schema\":\"siteward.ticket/1.0\",\"id\":\"x\",\"revision\":5}",
                                    .current_len = 54};

    return sw_doc_answer(fixture_site(), &v, AT(23, 34, 30), buf, cap);
}

size_t rendered_answer_to_a_complaint(char *buf, size_t cap)
{
    const struct sw_doc_answer v = {
        .request_id = "k-1", .outcome = "nothing-measured", .why = "within_limit_permitted"};

    return sw_doc_answer(fixture_site(), &v, AT(23, 34, 30), buf, cap);
}

/* What was answered to k-1 is answered to another id, of another length. */
size_t rendered_answer_again(char *buf, size_t cap)
{
    char first[1024];
    size_t len = rendered_answer_to_a_complaint(first, sizeof(first));

    return sw_doc_answer_again(first, len, "k-1", "k-\"22\"", buf, cap);
}

size_t rendered_info_of_a_simulated_site(char *buf, size_t cap)
{
    struct sw_doc_site site = *fixture_site();

    site.simulated = true;
    site.n_packs = site.n_sensors = 0;
    site.lat = site.lon = (double) NAN;
    site.gateway_name = site.address = site.permit_no = site.owner_unit = "";
    site.agency_responsible = site.subdistrict = site.serves = NULL;
    return sw_doc_info(&site, AT(18, 0, 2), buf, cap);
}
