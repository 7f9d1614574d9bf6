// SPDX-License-Identifier: Apache-2.0
/* The printed sheet's words for what the contract names, in English and Chinese; its times by the windows' own offsets;
 * its levels and units. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export_sheet.h"
#include "common/timefmt.h"
#include "tickets/ticket.h"

#define TIME_FIRST_US (-62135596800LL * SW_US_PER_S) /* the year 1 … */
#define TIME_LAST_US (253402214400LL * SW_US_PER_S)  /* … 9999: others are nobody's */
#define LEVEL_MAX 1e5

struct row {
    enum sheet_words of;
    const char *name, *en, *zh;
};

static const struct row rows[] = {
    {SHEET_STATUS, "open", "open", "待派单"},
    {SHEET_STATUS, "dispatched", "dispatched", "已派单"},
    {SHEET_STATUS, "accepted", "accepted", "已签收"},
    {SHEET_STATUS, "in_progress", "in progress", "处置中"},
    {SHEET_STATUS, "resolved", "resolved", "已办结"},
    {SHEET_STATUS, "closed", "closed", "已结案"},
    {SHEET_STATUS, "averted", "averted", "已避免"},
    {SHEET_STATUS, "withdrawn", "withdrawn", "已撤销"},
    {SHEET_STAGE, "forecast", "forecast", "预警"},
    {SHEET_STAGE, "exceeded", "over the limit", "超标"},
    {SHEET_STAGE, "recovered", "back below the limit", "已恢复"},
    {SHEET_ORIGIN, "preventive", "forecast of the gateway", "网关预警"},
    {SHEET_ORIGIN, "exceedance", "measured over the limit", "实测超标"},
    {SHEET_ORIGIN, "schedule", "published schedule", "施工公示"},
    {SHEET_ORIGIN, "complaint", "complaint of a resident", "群众投诉"},
    {SHEET_ORIGIN, "device", "monitoring equipment", "监测设备"},
    {SHEET_VERB, "open", "opened", "开立"},
    {SHEET_VERB, "exceed", "over the limit", "超标"},
    {SHEET_VERB, "recover", "back below the limit", "恢复达标"},
    {SHEET_VERB, "avert", "averted", "避免"},
    {SHEET_VERB, "overdue", "overdue", "超期"},
    {SHEET_VERB, "remind", "reminded: a deadline is near", "催办提醒"},
    {SHEET_VERB, "ack", "seen", "知悉"},
    {SHEET_VERB, "dispatch", "dispatched", "派单"},
    {SHEET_VERB, "accept", "accepted", "签收"},
    {SHEET_VERB, "return", "returned", "退单"},
    {SHEET_VERB, "start", "work on it began", "处置"},
    {SHEET_VERB, "suspend", "suspended", "挂账"},
    {SHEET_VERB, "resume", "resumed", "恢复办理"},
    {SHEET_VERB, "escalate", "escalated", "督办"},
    {SHEET_VERB, "resolve", "resolved", "办结"},
    {SHEET_VERB, "callback", "caller asked", "回访"},
    {SHEET_VERB, "rate", "rated", "评价"},
    {SHEET_VERB, "close", "closed", "结案"},
    {SHEET_VERB, "reopen", "reopened", "重办"},
    {SHEET_VERB, "withdraw", "withdrawn", "撤销"},
    {SHEET_VERB, "merge", "merged into another", "并单"},
    {SHEET_VERB, "unmerge", "taken out of the merge", "拆单"},
    {SHEET_VERB, "link", "complaint linked", "关联投诉"},
    {SHEET_VERB, "unlink", "complaint unlinked", "解除关联投诉"},
    {SHEET_VERB, "note", "note", "备注"},
    {SHEET_ROLE, "auto", "gateway, by itself", "网关自动"},
    {SHEET_ROLE, "platform", "platform", "平台"},
    {SHEET_ROLE, "officer", "officer", "网格员"},
    {SHEET_ROLE, "party", "responsible unit", "责任单位"},
    {SHEET_ROLE, "agent", "hotline agent", "热线坐席"},
    {SHEET_ROLE, "authority", "authority", "主管部门"},
    {SHEET_ROLE, "public", "resident", "公众"},
    {SHEET_DOOR, "engine", "gateway", "网关"},
    {SHEET_DOOR, "mqtt", "platform link (MQTT)", "平台接口(MQTT)"},
    {SHEET_DOOR, "console", "console", "控制台"},
    {SHEET_DOOR, "cli", "command line", "命令行"},
    {SHEET_WORK, "no_schedule", "no schedule published", "无公示信息"},
    {SHEET_WORK, "scheduled", "within published hours", "公示工时内"},
    {SHEET_WORK, "unscheduled", "outside published hours", "未公示"},
    {SHEET_WORK, "permitted_night", "night work with a permit", "已许可夜间施工"},
    {SHEET_WORK, "prohibited_night", "night, no permit", "夜间、无许可"},
    {SHEET_WORK, "quiet_period", "quiet period", "禁噪时段"},
    {SHEET_PERIOD, "day", "day", "昼间"},
    {SHEET_PERIOD, "night", "night", "夜间"},
    {SHEET_QUALITY, "good", "good", "有效"},
    {SHEET_QUALITY, "uncertain", "uncertain", "存疑"},
    {SHEET_QUALITY, "bad", "bad", "无效"},
    {SHEET_SATISFACTION, "satisfied", "satisfied", "满意"},
    {SHEET_SATISFACTION, "basically-satisfied", "basically satisfied", "基本满意"},
    {SHEET_SATISFACTION, "unsatisfied", "unsatisfied", "不满意"},
};

void sheet_put_text(FILE *to, const char *text)
{
    sw_html_escape(to, *text ? text : "–");
}

void sheet_put_code(FILE *to, const char *text)
{
    if (*text)
        fputs("<code>", to);
    sheet_put_text(to, text);
    if (*text)
        fputs("</code>", to);
}

void sheet_put_word(const struct sheet *s, enum sheet_words of, const char *name, FILE *to)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++)
        if (rows[i].of == of && strcmp(rows[i].name, name) == 0) {
            fputs(sheet_say(s, rows[i].en, rows[i].zh), to);
            return;
        }
    sheet_put_code(to, name);
}

/* That of the windows around the instant, or of the nearest. */
int32_t sheet_offset_s(const struct sheet *s, int64_t t_us)
{
    int64_t nearest_us = INT64_MAX;
    int32_t ret = 0;

    for (size_t i = 0; i < s->n_offsets; i++) {
        const struct sheet_offset *o = &s->offset[i];
        const int64_t away_us = t_us < o->from_us ? o->from_us - t_us : t_us < o->to_us ? 0 : t_us - o->to_us + 1;

        if (away_us < nearest_us) {
            nearest_us = away_us;
            ret = o->offset_s;
        }
    }
    return ret;
}

void sheet_put_time(const struct sheet *s, int64_t t_us, FILE *to)
{
    struct sw_zone utc;
    struct sw_civil c;
    int32_t offset_s;

    if (t_us < TIME_FIRST_US || t_us > TIME_LAST_US) {
        fputs("–", to);
        return;
    }
    offset_s = sheet_offset_s(s, t_us);
    sw_zone_init_utc(&utc);
    sw_civil_from_utc(&utc, t_us + offset_s * SW_US_PER_S, &c);
    fprintf(to, "<time>%04d-%02d-%02d %02d:%02d:%02d %c%02d:%02d</time>", c.year, c.month, c.day, c.hour, c.minute,
            c.second, offset_s < 0 ? '-' : '+', (int) (abs(offset_s) / 3600), (int) (abs(offset_s) / 60 % 60));
}

int32_t sheet_centi(const json_t *object, const char *member)
{
    const json_t *v = json_object_get(object, member);
    const json_int_t centi = json_is_integer(v) ? json_integer_value(v) : INT32_MIN;

    return centi > -100 * LEVEL_MAX && centi < 100 * LEVEL_MAX ? (int32_t) centi : SW_NO_VALUE;
}

int32_t sheet_level(const json_t *v)
{
    const double level = json_is_number(v) ? json_number_value(v) : NAN;

    return fabs(level) < LEVEL_MAX ? (int32_t) lround(level * 100) : SW_NO_VALUE;
}

/* One decimal, rounded half up; a difference that would vanish keeps its two. */
void sheet_put_level(int32_t centi, FILE *to)
{
    const int32_t size = centi == SW_NO_VALUE ? 0 : abs(centi), tenths = (size + 5) / 10;

    if (centi == SW_NO_VALUE)
        fputs("–", to);
    else if (size > 0 && tenths == 0)
        fprintf(to, "%s0.%02d", centi < 0 ? "-" : "", (int) size);
    else
        fprintf(to, "%s%d.%d", centi < 0 ? "-" : "", (int) (tenths / 10), (int) (tenths % 10));
}

const char *sheet_unit(const char *unit)
{
    return strcmp(unit, "dBA") == 0 ? "dB(A)" : strcmp(unit, "ug/m3") == 0 ? "µg/m³" : unit;
}

const char *sheet_difference_unit(const char *unit)
{
    return strcmp(unit, "dBA") == 0 ? "dB" : sheet_unit(unit);
}

void sheet_title(const struct sheet *s, char *buf, size_t cap)
{
    struct sw_ticket t = {0};
    const int category = sw_category_from_name(sheet_text(s->ticket, "category"));
    const int stage = sw_stage_from_name(sheet_text(s->ticket, "stage"));
    const json_t *permitted = json_object_get(s->ticket, "work.permitted");

    t.category = category < 0 ? SW_CATEGORY__COUNT : (enum sw_category) category;
    t.stage = stage < 0 ? SW_STAGE_NONE : (enum sw_stage) stage;
    t.attribution = json_integer_value(json_object_get(s->ticket, "attribution")) == SW_ATTRIBUTION_SITE
                        ? SW_ATTRIBUTION_SITE
                        : SW_ATTRIBUTION_UNKNOWN;
    t.period_is_night = json_is_true(json_object_get(s->ticket, "period_is_night"));
    t.work.permitted = json_is_integer(permitted) ? (int) json_integer_value(permitted) : -1;
    (void) snprintf(t.period, sizeof(t.period), "%s", sheet_text(s->ticket, "period"));
    (void) snprintf(t.matter_key, sizeof(t.matter_key), "%s", sheet_text(s->ticket, "matter_key"));
    sw_ticket_title(&t, s->is_zh ? "zh-CN" : "en", buf, cap);
}
