// SPDX-License-Identifier: Apache-2.0
/* GET /day/YYYY-MM-DD: the day on paper: limits, what was allowed, the worst that each rule said, tickets, gaps. One
 * page without script and without anything from elsewhere; what people wrote stays text. `siteward report` makes the
 * longer ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/console_int.h"

#define TICKETS_MAX 128

static const char style[] =
    "body{font:15px/1.45 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1b1f24;background:#fff;"
    "max-width:56rem;margin:1.5rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:1.6rem "
    "0 "
    ".4rem;border-bottom:2px solid #1b1f24}p{margin:.3rem 0}table{border-collapse:collapse;width:100%}td,th{text-align:"
    "left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:anywhere}th{"
    "font-weight:600}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.over{font-weight:700}"
    ".sim{background:#b00020;color:#fff;padding:.3rem .6rem;font-weight:600}"
    "@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr{break-inside:avoid}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}@page{margin:14mm}";

struct sheet {
    struct console_day *d;
    FILE *to;
    const char *site_name;
};

/* ---- words ---- */

static const char *t(const struct sheet *s, const char *en, const char *zh)
{
    return s->d->is_chinese ? zh : en;
}

static const char *state_text(const struct sheet *s, enum sw_work_state v)
{
    static const char *const words[SW_WORK__COUNT][2] = {
        [SW_WORK_NO_SCHEDULE] = {"no schedule known", "无公示信息"},
        [SW_WORK_SCHEDULED] = {"scheduled", "公示工时"},
        [SW_WORK_UNSCHEDULED] = {"not scheduled", "未公示"},
        [SW_WORK_PERMITTED_NIGHT] = {"night work permitted", "已许可夜间施工"},
        [SW_WORK_PROHIBITED_NIGHT] = {"night, no permit", "夜间,无许可"},
        [SW_WORK_QUIET_PERIOD] = {"quiet period", "禁噪时段"},
    };

    return words[v][s->d->is_chinese];
}

static void put(struct sheet *s, const char *html)
{
    fputs(html, s->to);
}

/* Text as text, whoever wrote it. */
static void text(struct sheet *s, const char *words)
{
    for (; *words; words++) {
        switch (*words) {
        case '<':
            put(s, "&lt;");
            break;
        case '>':
            put(s, "&gt;");
            break;
        case '&':
            put(s, "&amp;");
            break;
        case '"':
            put(s, "&quot;");
            break;
        case '\'':
            put(s, "&#39;");
            break;
        default:
            fputc(*words, s->to);
        }
    }
}

static void cell(struct sheet *s, const char *words)
{
    put(s, "<td>");
    text(s, words && *words ? words : "–");
    put(s, "</td>");
}

static void cell_centi(struct sheet *s, int32_t v, const char *unit)
{
    put(s, "<td class=\"n\">");
    if (v == SW_NO_VALUE)
        put(s, "–");
    else
        fprintf(s->to, "%s%d.%d ", v < 0 ? "-" : "", abs(v) / 100, abs(v) % 100 / 10);
    text(s, v == SW_NO_VALUE ? "" : unit);
    put(s, "</td>");
}

/* "08:00", or with the date when it is another day. */
static void clock_text(const struct sheet *s, int64_t t_us, char *buf, size_t cap)
{
    struct sw_civil v;

    if (t_us == INT64_MIN) {
        (void) snprintf(buf, cap, "–");
        return;
    }
    sw_civil_from_utc(&s->d->site->zone, t_us, &v);
    if (t_us == s->d->to_us)
        (void) snprintf(buf, cap, "24:00");
    else if (t_us < s->d->from_us || t_us > s->d->to_us)
        (void) snprintf(buf, cap, "%02d-%02d %02d:%02d", v.month, v.day, v.hour, v.minute);
    else
        (void) snprintf(buf, cap, "%02d:%02d", v.hour, v.minute);
}

static void cell_span(struct sheet *s, int64_t from_us, int64_t to_us)
{
    char from[24], to[24], both[64];

    clock_text(s, from_us, from, sizeof(from));
    clock_text(s, to_us, to, sizeof(to));
    (void) snprintf(both, sizeof(both), "%s–%s", from, to);
    cell(s, from_us == INT64_MIN ? "" : both);
}

static const char *name_of(const struct sheet *s, size_t sensor)
{
    const struct sw_sensor_conf *conf = &s->d->site->sensors[sensor];

    return conf->name[0] ? conf->name : conf->id;
}

/* A heading, and the first row of its table; words are pairs of English and Chinese, until NULL. */
static void begin_table(struct sheet *s, const char *title, const char *const *words)
{
    put(s, "<h2>");
    text(s, title);
    put(s, "</h2>\n<table><thead><tr>");
    for (; *words; words += 2) {
        put(s, "<th>");
        text(s, t(s, words[0], words[1]));
        put(s, "</th>");
    }
    put(s, "</tr></thead><tbody>\n");
}

static void end_table(struct sheet *s, size_t n, const char *none)
{
    put(s, "</tbody></table>\n");
    if (n == 0) {
        put(s, "<p>");
        text(s, none);
        put(s, "</p>\n");
    }
}

/* ---- tables ---- */

static void write_limits(struct sheet *s)
{
    static const char *const words[] = {"time", "时间", "limit of", "限值指标", "limit", "限值", "rule", "规则", NULL};
    char statistic[32];

    begin_table(s, t(s, "Limits", "限值"), words);
    for (size_t i = 0; i < s->d->n_limits; i++) {
        const struct console_limit *v = &s->d->limits[i];
        const enum sw_quantity q = v->rule->quantity != SW_QUANTITY_NONE ? v->rule->quantity : SW_QUANTITY_LAEQ;

        put(s, "<tr>");
        cell_span(s, v->from_us, v->to_us);
        cell(s, sw_rule_statistic_text(v->rule, statistic, sizeof(statistic)));
        cell_centi(s, v->rule->limit, sw_quantity_info(q)->unit);
        cell(s, v->rule->full_id);
        put(s, "</tr>\n");
    }
    end_table(s, s->d->n_limits, t(s, "No limit was in force.", "本日无适用限值。"));
}

static void write_work(struct sheet *s)
{
    static const char *const words[] = {"time", "时间", "work", "施工许可状态", "permit", "许可证号", NULL};

    begin_table(s, t(s, "Was work allowed?", "施工是否获准"), words);
    for (size_t i = 0; i < s->d->n_work; i++) {
        put(s, "<tr>");
        cell_span(s, s->d->work[i].from_us, s->d->work[i].to_us);
        cell(s, state_text(s, s->d->work[i].state));
        cell(s, s->d->work[i].permit);
        put(s, "</tr>\n");
    }
    end_table(s, s->d->n_work, "");
}

static void write_worst(struct sheet *s)
{
    static const char *const words[] = {"sensor", "监测点", "limit of", "限值指标",     "worst",      "最高值", "limit",
                                        "限值",   "when",   "时段",     "minutes over", "超标分钟数", NULL};

    begin_table(s, t(s, "Worst windows", "最不利时段"), words);
    for (size_t i = 0; i < s->d->n_worst; i++) {
        const struct console_worst *v = &s->d->worst[i];
        const char *unit = sw_quantity_info(s->d->site->sensors[v->sensor].level)->unit;

        put(s, v->minutes_over ? "<tr class=\"over\">" : "<tr>");
        cell(s, name_of(s, v->sensor));
        cell(s, v->statistic[0] ? v->statistic : v->rule);
        cell_centi(s, v->value, unit);
        cell_centi(s, v->limit, unit);
        cell_span(s, v->from_us, v->to_us);
        fprintf(s->to, "<td class=\"n\">%u</td></tr>\n", v->minutes_over);
    }
    end_table(s, s->d->n_worst, t(s, "Nothing could be judged on this day.", "本日无可判定数据。"));
}

static void write_ticket(struct sheet *s, const struct sw_ticket *ticket)
{
    char opened[24];

    put(s, "<tr>");
    cell(s, ticket->number);
    clock_text(s, ticket->opened_us, opened, sizeof(opened));
    cell(s, opened);
    cell(s, sw_category_name(ticket->category));
    cell(s, sw_status_name(ticket->status));
    cell(s, ticket->assignee.unit);
    cell(s, ticket->assignee.person);
    cell(s, ticket->resolution);
    put(s, "</tr>\n");
}

static bool is_of_day(const struct console_day *d, const struct sw_ticket *t)
{
    return t->opened_us < d->to_us && (t->ended_us == INT64_MIN || t->ended_us >= d->from_us);
}

static void write_tickets(struct sheet *s)
{
    static const char *const words[] = {"number", "编号",   "opened",     "开立",     "category",
                                        "类别",   "status", "状态",       "unit",     "责任单位",
                                        "person", "责任人", "resolution", "处置说明", NULL};
    const struct sw_desk *desk = sw_engine_desk(s->d->core->engine);
    size_t n = 0;

    begin_table(s, t(s, "Tickets", "工单"), words);
    for (size_t i = 0; i < sw_desk_capacity(desk) && n < TICKETS_MAX; i++)
        if (sw_desk_ticket(desk, i) && is_of_day(s->d, sw_desk_ticket(desk, i))) {
            write_ticket(s, sw_desk_ticket(desk, i));
            n++;
        }
    for (size_t i = 0; i < s->d->n_tickets && n < TICKETS_MAX; i++)
        if (!sw_desk_find(desk, s->d->tickets[i].id) && is_of_day(s->d, &s->d->tickets[i])) {
            write_ticket(s, &s->d->tickets[i]);
            n++;
        }
    end_table(s, n, t(s, "No ticket was open on this day.", "本日无工单。"));
}

static void write_gaps(struct sheet *s)
{
    static const char *const words[] = {"sensor", "监测点", "time without data", "无数据时段", NULL};

    begin_table(s, t(s, "Gaps", "数据缺失"), words);
    for (size_t i = 0; i < s->d->n_gaps; i++) {
        put(s, "<tr>");
        cell(s, name_of(s, s->d->gaps[i].sensor));
        cell_span(s, s->d->gaps[i].from_us, s->d->gaps[i].to_us);
        put(s, "</tr>\n");
    }
    end_table(s, s->d->n_gaps, t(s, "None: every minute was measured.", "无缺失。"));
    if (s->d->is_cut)
        put(s, "<p>…</p>\n");
}

/* ---- all together ---- */

static void write_head(struct sheet *s)
{
    char now[SW_RFC3339_SIZE];

    fprintf(s->to,
            "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            "content=\"width=device-width,initial-scale=1\"><title>",
            s->d->is_chinese ? "zh-CN" : "en");
    text(s, s->site_name);
    fprintf(s->to, " · %s</title><style>%s</style></head><body>\n", s->d->date, style);
    if (s->d->core->clock->simulated || s->d->core->doc.site.simulated) {
        put(s, "<p class=\"sim\">");
        text(s, t(s, "Simulated data: no evidence", "模拟数据,不得作为证据"));
        put(s, "</p>\n");
    }
    put(s, "<h1>");
    text(s, s->site_name);
    fprintf(s->to, " · %s</h1>\n<p>", s->d->date);
    text(s, s->d->site->address);
    put(s, "</p>\n<p>");
    sw_time_format(&s->d->site->zone, sw_engine_now_us(s->d->core->engine), now);
    fprintf(s->to, "%s %s · %s</p>\n", t(s, "Made", "生成时间"), now, s->d->site->gateway_id);
    if (s->d->until_us < s->d->to_us) {
        put(s, "<p>");
        text(s, t(s, "The day is not over: what is not yet measured is not in it.", "本日尚未结束,未测部分不在内。"));
        put(s, "</p>\n");
    }
}

void console_sheet_write(struct console_day *d, struct sw_http_response *res)
{
    struct sheet s = {.d = d, .site_name = core_settings(d->core)->name};
    char *html = NULL;
    size_t len = 0;

    s.to = open_memstream(&html, &len);
    if (!s.to) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
        return;
    }
    write_head(&s);
    write_limits(&s);
    write_work(&s);
    write_worst(&s);
    write_tickets(&s);
    write_gaps(&s);
    put(&s, "</body></html>\n");
    if (fclose(s.to) == 0) {
        res->content_type = "text/html; charset=utf-8";
        (void) sw_http_set_header(res, "Content-Security-Policy",
                                  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
                                  "base-uri 'none'; form-action 'none'");
        sw_http_write(res, html, len);
    } else {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "out of memory");
    }
    free(html);
}
