// SPDX-License-Identifier: Apache-2.0
/* The printed sheet of an export: the two facts first (over the limit? permitted?), then who, until when, what was
 * done, who called, the minutes, the pictures, and how to check all this. For a judge and a site manager, on A4. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export_sheet.h"
#include "common/timefmt.h"

#define MS_US 1000

static const char style[] =
    "body{font:14px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1b1f24;max-width:56rem;"
    "margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .5rem;"
    "border-bottom:2px solid #1b1f24;break-after:avoid}p{margin:.3rem 0}.title{font-size:1.15rem;font-weight:600}"
    ".small{color:#444;font-size:.85rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;"
    "padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f1f1f1;"
    "font-weight:600}table.pairs th{width:11rem}.r{text-align:right;font-variant-numeric:tabular-nums}.hit "
    "td:nth-child(5){"
    "font-weight:700}time{white-space:nowrap;font-variant-numeric:tabular-nums}code{font-size:.85em;overflow-wrap:"
    "anywhere}.facts{display:flex;gap:1rem;margin:1rem 0}.facts section{flex:1;border:2px solid #1b1f24;padding:.6rem "
    ".9rem;break-inside:avoid}.facts h2{border:0;margin:0;font-size:1rem}.answer{font-size:2.2rem;font-weight:700;"
    "line-height:1.2}.value{font-size:1.15rem;font-weight:600}.wide{font-size:.88rem}img{max-width:100%;max-height:"
    "12cm}figure{margin:0 0 1rem;break-inside:avoid}.sim{border:2px solid #b00020;color:#b00020;padding:.3rem .6rem;"
    "font-weight:700}" SW_CHART_CSS
    "@media print{body{margin:0;max-width:none;padding:0;font-size:10.5pt}tr,svg{break-inside:avoid}thead{display:"
    "table-header-group}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}@page{size:A4;margin:16mm 14mm}";

/* ---- parts of sentences ---- */

static void put_heading(const struct sheet *s, const char *en, const char *zh, FILE *to)
{
    fprintf(to, "<h2>%s</h2>\n", sheet_say(s, en, zh));
}

static void begin_pair(const struct sheet *s, const char *en, const char *zh, FILE *to)
{
    fprintf(to, "<tr><th>%s</th><td>", sheet_say(s, en, zh));
}

static void end_pair(FILE *to)
{
    fputs("</td></tr>\n", to);
}

static void put_time_pair(const struct sheet *s, const char *en, const char *zh, const char *member, FILE *to)
{
    begin_pair(s, en, zh, to);
    sheet_put_time(s, sheet_time(s->ticket, member), to);
    end_pair(to);
}

/* What is not told takes no row. */
static void put_text_pair(const struct sheet *s, const char *en, const char *zh, const char *member, FILE *to)
{
    if (!*sheet_text(s->ticket, member))
        return;
    begin_pair(s, en, zh, to);
    sheet_put_text(to, sheet_text(s->ticket, member));
    end_pair(to);
}

static json_int_t count_of(const struct sheet *s, const char *member)
{
    return json_integer_value(json_object_get(s->ticket, member));
}

static bool is_set(const struct sheet *s, const char *member)
{
    return json_is_true(json_object_get(s->ticket, member));
}

/* ---- the two facts ---- */

static void put_excess(const struct sheet *s, int32_t worst, int32_t limit, int32_t over, FILE *to)
{
    const char *unit = sheet_text(s->ticket, "unit");

    fprintf(to, "<p class=\"value\">%s ", sheet_say(s, "Measured", "实测"));
    sheet_put_level(worst, to);
    fputc(' ', to);
    sw_html_escape(to, sheet_unit(unit));
    fprintf(to, "<br>%s ", sheet_say(s, "Limit", "限值"));
    sheet_put_level(limit, to);
    fputc(' ', to);
    sw_html_escape(to, sheet_unit(unit));
    if (over != SW_NO_VALUE && over > 0) {
        fprintf(to, "<br>%s ", sheet_say(s, "Over by", "超出"));
        sheet_put_level(over, to);
        fputc(' ', to);
        sw_html_escape(to, sheet_difference_unit(unit));
    }
    fputs("</p>\n", to);
}

static void put_rule(const struct sheet *s, FILE *to)
{
    const char *pack = sheet_text(s->ticket, "pack_version");
    const int64_t from_us = sheet_time(s->ticket, "measured_from_us");

    fprintf(to, "<p class=\"small\">%s: ", sheet_say(s, "Statistic", "统计量"));
    sheet_put_text(to, sheet_statistic(s));
    fprintf(to, "<br>%s: ", sheet_say(s, "Rule", "依据规则"));
    sheet_put_code(to, sheet_text(s->ticket, "rule"));
    if (*pack) {
        fputc(' ', to);
        sheet_put_code(to, pack);
    }
    if (*sheet_text(s->ticket, "period")) {
        fprintf(to, "<br>%s: ", sheet_say(s, "Period of the rule", "规则时段"));
        sheet_put_word(s, SHEET_PERIOD, sheet_text(s->ticket, "period"), to);
    }
    fprintf(to, "<br>%s: ", sheet_say(s, "Sensor", "传感器"));
    sheet_put_code(to, sheet_text(s->ticket, "sensor"));
    if (from_us != INT64_MIN) {
        fprintf(to, "<br>%s ", sheet_say(s, "Over from", "超标自"));
        sheet_put_time(s, from_us, to);
        fprintf(to, "<br>%s ", sheet_say(s, "to", "至"));
        if (sheet_time(s->ticket, "measured_to_us") != INT64_MIN)
            sheet_put_time(s, sheet_time(s->ticket, "measured_to_us"), to);
        else
            fputs(sheet_say(s, "no end known in this ticket", "本工单中尚未结束"), to);
        if (!is_set(s, "measured_is_good"))
            fprintf(to, "<br>%s", sheet_say(s, "The data of it are not all valid.", "相关数据并非全部有效。"));
    }
    fputs("</p>\n", to);
}

static void put_measured(const struct sheet *s, FILE *to)
{
    const int32_t limit = sheet_centi(s->ticket, "limit"), worst = sheet_centi(s->ticket, "worst");
    const int32_t over = sheet_centi(s->ticket, "over_by");
    const bool is_over = over != SW_NO_VALUE ? over > 0 : worst != SW_NO_VALUE && limit != SW_NO_VALUE && worst > limit;

    fputs("<section>", to);
    put_heading(s, "Was it over the limit?", "是否超过限值?", to);
    if (limit == SW_NO_VALUE) {
        fprintf(to, "<p class=\"answer\">–</p>\n<p>%s</p></section>\n",
                sheet_say(s, "No limit was judged for this ticket.", "该工单未涉及限值判定。"));
        return;
    }
    fprintf(to, "<p class=\"answer\">%s</p>\n",
            is_over                ? sheet_say(s, "Yes", "是")
            : worst != SW_NO_VALUE ? sheet_say(s, "No", "否")
                                   : sheet_say(s, "No exceedance recorded", "未记录超标"));
    put_excess(s, worst, limit, over, to);
    put_rule(s, to);
    fputs("</section>\n", to);
}

static void put_permitted_word(const struct sheet *s, const char *member, FILE *to)
{
    const json_t *v = json_object_get(s->ticket, member);
    const json_int_t permitted = json_is_integer(v) ? json_integer_value(v) : -1;

    fputs(permitted == 1   ? sheet_say(s, "Yes", "是")
          : permitted == 0 ? sheet_say(s, "No", "否")
                           : sheet_say(s, "Unknown", "未知"),
          to);
}

static void put_work(const struct sheet *s, FILE *to)
{
    const int64_t again_us = sheet_time(s->ticket, "rejudged_at_us");

    fputs("<section>", to);
    put_heading(s, "Was work permitted then?", "当时施工是否获许可?", to);
    if (strcmp(sheet_text(s->ticket, "category"), "device") == 0) {
        fprintf(to, "<p class=\"answer\">–</p>\n<p>%s</p></section>\n",
                sheet_say(s, "Not judged: the ticket is about the equipment.", "未判定:该工单涉及监测设备。"));
        return;
    }
    fputs("<p class=\"answer\">", to);
    put_permitted_word(s, "work.permitted", to);
    fputs("</p>\n<p class=\"value\">", to);
    sheet_put_word(s, SHEET_WORK, sheet_text(s->ticket, "work.state"), to);
    fputs("</p>\n<p class=\"small\">", to);
    if (sheet_time(s->ticket, "work_at_us") > 0) {
        fprintf(to, "%s ", sheet_say(s, "Judged for", "判定时刻"));
        sheet_put_time(s, sheet_time(s->ticket, "work_at_us"), to);
        fputs("<br>", to);
    }
    if (count_of(s, "schedule_revision") > 0)
        fprintf(to, "%s %" JSON_INTEGER_FORMAT "<br>",
                sheet_say(s, "by the published schedule, revision", "依据施工公示,版本"),
                count_of(s, "schedule_revision"));
    else
        fprintf(to, "%s<br>", sheet_say(s, "No published schedule was known.", "当时无施工公示。"));
    if (again_us > 0) {
        fprintf(to, "%s ", sheet_say(s, "A later publication changed this at", "后续公示改变了该判定,时间"));
        sheet_put_time(s, again_us, to);
        fputs(": ", to);
        put_permitted_word(s, "rejudged.permitted", to);
        fputs(", ", to);
        sheet_put_word(s, SHEET_WORK, sheet_text(s->ticket, "rejudged.state"), to);
        fputs("<br>", to);
    }
    fprintf(to, "%s</p></section>\n",
            sheet_say(s, "Both facts stand apart: a permit does not lift the limit.",
                      "两项事实分别认定:获许可施工并不免除限值。"));
}

/* ---- the ticket ---- */

static void put_ticket(const struct sheet *s, FILE *to)
{
    put_heading(s, "Ticket", "工单", to);
    fputs("<table class=\"pairs\">\n", to);
    begin_pair(s, "Status", "状态", to);
    sheet_put_word(s, SHEET_STATUS, sheet_text(s->ticket, "status"), to);
    if (*sheet_text(s->ticket, "stage")) {
        fputs(s->is_zh ? "(" : " (", to);
        sheet_put_word(s, SHEET_STAGE, sheet_text(s->ticket, "stage"), to);
        fputs(")", to);
    }
    end_pair(to);
    begin_pair(s, "Opened because of", "立案来源", to);
    sheet_put_word(s, SHEET_ORIGIN, sheet_text(s->ticket, "origin"), to);
    end_pair(to);
    put_time_pair(s, "Opened", "立案时间", "opened_us", to);
    if (sheet_time(s->ticket, "forecast_at_us") != INT64_MIN)
        put_time_pair(s, "Forecast given", "预警时间", "forecast_at_us", to);
    put_time_pair(s, "Last change", "最近变更", "changed_us", to);
    put_time_pair(s, "Ended", "结束时间", "ended_us", to);
    begin_pair(s, "Matter, id, revision", "事项、标识、版本", to);
    sheet_put_code(to, sheet_text(s->ticket, "matter_key"));
    fputs(", ", to);
    sheet_put_code(to, s->facts->ticket);
    fprintf(to, ", %" JSON_INTEGER_FORMAT, count_of(s, "revision"));
    end_pair(to);
    if (*sheet_text(s->ticket, "merged_into")) {
        begin_pair(s, "Merged into", "并入工单", to);
        sheet_put_code(to, sheet_text(s->ticket, "merged_into"));
        end_pair(to);
    }
    fputs("</table>\n", to);
}

static void put_responsible(const struct sheet *s, FILE *to)
{
    put_heading(s, "Who was responsible, and what was done", "责任单位与处置结果", to);
    fputs("<table class=\"pairs\">\n", to);
    begin_pair(s, "Responsible unit", "责任单位", to);
    sheet_put_text(to, sheet_text(s->ticket, "assignee.unit"));
    end_pair(to);
    put_text_pair(s, "Person", "责任人", "assignee.person", to);
    put_text_pair(s, "Phone", "电话", "assignee.phone", to);
    put_text_pair(s, "Department", "部门", "assignee.department", to);
    put_text_pair(s, "Street", "街道", "assignee.street", to);
    put_text_pair(s, "Authority", "主管部门", "agency_responsible", to);
    begin_pair(s, "Measure taken", "处置措施", to);
    sheet_put_text(to, sheet_text(s->ticket, "measure"));
    end_pair(to);
    begin_pair(s, "Result", "处置结果", to);
    sheet_put_text(to, sheet_text(s->ticket, "resolution"));
    if (is_set(s, "forced"))
        fprintf(to, " <b>%s</b>",
                sheet_say(s, "(resolved by force, without a measurement that shows it)", "(强制办结,无实测佐证)"));
    end_pair(to);
    begin_pair(s, "Returned, reopened, escalated", "退单、重办、督办", to);
    fprintf(to, "%" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT " / %s", count_of(s, "returns"),
            count_of(s, "reopens"), is_set(s, "escalated") ? sheet_say(s, "yes", "是") : sheet_say(s, "no", "否"));
    end_pair(to);
    fputs("</table>\n", to);
}

/* ---- deadlines ---- */

/* The newest entry of a verb. */
static int64_t last_of(const struct sheet *s, const char *verb)
{
    const json_t *h;
    int64_t at_us = INT64_MIN;
    size_t i;

    json_array_foreach(json_object_get(s->ticket, "history"), i, h)
    {
        if (strcmp(sheet_text(h, "verb"), verb) == 0)
            at_us = sheet_time(h, "at_us");
    }
    return at_us;
}

static int64_t resolved_us(const struct sheet *s)
{
    const char *status = sheet_text(s->ticket, "status");
    const bool is_done = strcmp(status, "resolved") == 0 || strcmp(status, "closed") == 0;
    const int64_t at_us = is_done ? last_of(s, "resolve") : INT64_MIN;

    return at_us != INT64_MIN ? at_us : sheet_time(s->ticket, "ended_us");
}

/** Until when the export knows: what the gateway signed last, or the ticket's last change. */
static int64_t known_us(const struct sheet *s)
{
    const char *ts = sheet_text(s->facts->checkpoint, "ts");
    int64_t us = INT64_MIN;

    (void) sw_time_parse(ts, strlen(ts), &us, NULL);
    return SW_MAX(us, sheet_time(s->ticket, "changed_us"));
}

static void put_deadlines(const struct sheet *s, FILE *to)
{
    const struct {
        const char *member, *en, *zh;
        int64_t done_us;
    } rows[] = {
        {"respond_by_us", "Respond", "响应", sheet_time(s->ticket, "responded_us")},
        {"dispatch_by_us", "Dispatch", "派单", sheet_time(s->ticket, "dispatched_us")},
        {"resolve_by_us", "Resolve", "办结", resolved_us(s)},
    };
    const int64_t ended_us = sheet_time(s->ticket, "ended_us");

    put_heading(s, "Deadlines", "时限", to);
    fprintf(to, "<table>\n<thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr></thead>\n<tbody>\n",
            sheet_say(s, "What", "事项"), sheet_say(s, "Until", "期限"), sheet_say(s, "Done", "完成时间"),
            sheet_say(s, "In time?", "是否按期"));
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const int64_t by_us = sheet_time(s->ticket, rows[i].member), done_us = rows[i].done_us;

        fprintf(to, "<tr><td>%s</td><td>", sheet_say(s, rows[i].en, rows[i].zh));
        sheet_put_time(s, by_us, to);
        fputs("</td><td>", to);
        sheet_put_time(s, done_us, to);
        fprintf(to, "</td><td>%s</td></tr>\n",
                by_us == INT64_MIN ? sheet_say(s, "no deadline", "无时限")
                : done_us != INT64_MIN
                    ? done_us <= by_us ? sheet_say(s, "met", "按期") : sheet_say(s, "<b>missed</b>", "<b>超期</b>")
                : ended_us != INT64_MIN && ended_us <= by_us ? sheet_say(s, "ended before", "期限前已结束")
                : known_us(s) > by_us                        ? sheet_say(s, "<b>missed</b>", "<b>超期</b>")
                                                             : sheet_say(s, "not due yet", "未到期"));
    }
    fputs("</tbody></table>\n<p class=\"small\">", to);
    fputs(sheet_say(s, "As known at", "截至"), to);
    fputc(' ', to);
    sheet_put_time(s, known_us(s), to);
    if (is_set(s, "suspended"))
        fprintf(to, ". %s", sheet_say(s, "The ticket is suspended: its deadlines rest.", "工单挂账中,时限暂停。"));
    fputs("</p>\n", to);
}

/* ---- history ---- */

/* What was said with it, by the command that the chain holds. */
static const json_t *said_with(const struct sheet *s, const json_t *h)
{
    const int64_t at_us = sheet_time(h, "at_us");
    const json_t *c;
    size_t i;

    json_array_foreach(s->commands, i, c)
    {
        if (at_us != INT64_MIN && strcmp(sheet_text(c, "verb"), sheet_text(h, "verb")) == 0 &&
            sheet_time(c, "at_us") / MS_US == at_us / MS_US)
            return json_object_get(c, "payload");
    }
    return NULL;
}

static void put_said(const struct sheet *s, const json_t *h, FILE *to)
{
    static const char *const members[] = {"text", "measure", "reason"};
    const json_t *payload = said_with(s, h);
    bool is_first = true;

    if (json_is_true(json_object_get(h, "forced"))) {
        fprintf(to, "<b>%s</b>", sheet_say(s, "by force, without proof", "强制,无实测佐证"));
        is_first = false;
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(members); i++)
        if (*sheet_text(payload, members[i])) {
            fputs(is_first ? "" : "; ", to);
            sw_html_escape(to, sheet_text(payload, members[i]));
            is_first = false;
        }
}

static void put_history(const struct sheet *s, FILE *to)
{
    const json_t *h;
    size_t i;

    put_heading(s, "History", "处理过程", to);
    fprintf(to, "<table>\n<thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr></thead>\n<tbody>\n",
            sheet_say(s, "Time", "时间"), sheet_say(s, "What", "动作"), sheet_say(s, "By whom", "经办"),
            sheet_say(s, "Through", "途径"), sheet_say(s, "Remarks", "说明"));
    json_array_foreach(json_object_get(s->ticket, "history"), i, h)
    {
        fputs("<tr><td>", to);
        sheet_put_time(s, sheet_time(h, "at_us"), to);
        fputs("</td><td>", to);
        sheet_put_word(s, SHEET_VERB, sheet_text(h, "verb"), to);
        fputs("</td><td>", to);
        sheet_put_word(s, SHEET_ROLE, sheet_text(h, "by.role"), to);
        if (*sheet_text(h, "by") && strcmp(sheet_text(h, "by"), "auto") != 0) {
            fputs("<br>", to);
            sheet_put_code(to, sheet_text(h, "by"));
        }
        fputs("</td><td>", to);
        sheet_put_word(s, SHEET_DOOR, sheet_text(h, "by.door"), to);
        fputs("</td><td>", to);
        put_said(s, h, to);
        fputs("</td></tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
    if (count_of(s, "history_total") > (json_int_t) json_array_size(json_object_get(s->ticket, "history")))
        fprintf(to, "<p class=\"small\">%s %" JSON_INTEGER_FORMAT ".</p>\n",
                sheet_say(s, "The first and the newest are shown, of", "仅列最初与最近各条,总数"),
                count_of(s, "history_total"));
}

static void put_complaints(const struct sheet *s, FILE *to)
{
    put_heading(s, "Complaints", "投诉", to);
    if (count_of(s, "calls") == 0) {
        fprintf(to, "<p>%s</p>\n", sheet_say(s, "No complaint is linked to this ticket.", "该工单未关联投诉。"));
        return;
    }
    fprintf(to, "<p>%s: %" JSON_INTEGER_FORMAT ". %s: %" JSON_INTEGER_FORMAT ". %s: %" JSON_INTEGER_FORMAT ".</p>\n",
            sheet_say(s, "Calls", "投诉次数"), count_of(s, "calls"), sheet_say(s, "Callers", "投诉人数"),
            count_of(s, "callers"), sheet_say(s, "Of them callers who called again", "其中重复来电人数"),
            count_of(s, "repeat_callers"));
    if (*sheet_text(s->ticket, "satisfaction")) {
        fprintf(to, "<p>%s: ", sheet_say(s, "The caller's rating", "评价"));
        sheet_put_word(s, SHEET_SATISFACTION, sheet_text(s->ticket, "satisfaction"), to);
        fputs("</p>\n", to);
    }
}

/* ---- all of it ---- */

static void put_top(const struct sheet *s, FILE *to)
{
    char title[160];

    sheet_title(s, title, sizeof(title));
    fprintf(to, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"><title>%s ",
            s->is_zh ? "zh-CN" : "en", sheet_say(s, "Evidence sheet", "证据单"));
    sw_html_escape(to, sheet_text(s->ticket, "number"));
    fprintf(to, "</title>\n<style>%s</style></head>\n<body>\n<h1>%s <code>", style,
            sheet_say(s, "Evidence sheet", "证据单"));
    sw_html_escape(to, sheet_text(s->ticket, "number"));
    fputs("</code></h1>\n<p class=\"title\">", to);
    sheet_put_text(to, title);
    fprintf(to, "</p>\n<p class=\"small\">%s ", sheet_say(s, "Gateway", "网关"));
    sheet_put_code(to, s->facts->gateway);
    fprintf(to, ". %s</p>\n",
            s->n_offsets ? sheet_say(s, "Times are the site's local time, with its offset from UTC.",
                                     "时间均为工地当地时间,并注明与 UTC 的时差。")
                         : sheet_say(s, "Times are UTC: the export holds no minute that tells the site's local time.",
                                     "时间均为 UTC:本导出不含可确定当地时间的分钟数据。"));
    if (s->is_simulated)
        fprintf(to, "<p class=\"sim\">%s</p>\n", sheet_say(s, "Simulated data: no evidence", "模拟数据,不得作为证据"));
}

void sheet_write(const struct sheet *s, FILE *to)
{
    put_top(s, to);
    fputs("<div class=\"facts\">\n", to);
    put_measured(s, to);
    put_work(s, to);
    fputs("</div>\n", to);
    put_ticket(s, to);
    put_responsible(s, to);
    put_deadlines(s, to);
    put_history(s, to);
    put_complaints(s, to);
    sheet_put_minutes(s, to);
    sheet_put_proof(s, to);
    fputs("</body>\n</html>\n", to);
}
