// SPDX-License-Identifier: Apache-2.0
/* What people read of an export: the ticket, a table of windows, a sheet to print. Made of the chained data alone and
 * of what the manifest says, so that a checker can make it again. Words in Chinese or English. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export.h"
#include "common/macros.h"
#include "common/timefmt.h"

#define SHEET_ROWS_MAX 240

struct sheet {
    const struct sw_export_facts *facts;
    bool is_zh;
    json_t *ticket;    /* newest revision */
    char *ticket_text; /* as it was chained */
    json_t *windows;   /* of one minute: {ref, doc} */
    json_t *entries;   /* of the ticket: {n, sha256, at_us} */
    int64_t first_n, last_n;
};

static const char *say(const struct sheet *s, const char *en, const char *zh)
{
    return s->is_zh ? zh : en;
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

/* ---- reading the chain's piece ---- */

static int take_line(struct sheet *s, const json_t *line, struct sw_err *err)
{
    const char *kind = text_of(line, "kind"), *ref = text_of(line, "ref");
    const json_t *body = json_object_get(line, "body");
    json_t *doc;

    s->last_n = json_integer_value(json_object_get(line, "n"));
    if (s->first_n == 0)
        s->first_n = s->last_n;
    if (!body)
        return SW_OK;
    if (strcmp(kind, "ticket") == 0 && strcmp(ref, s->facts->ticket) == 0) {
        free(s->ticket_text);
        json_decref(s->ticket);
        s->ticket_text = strdup(json_string_value(body) ? json_string_value(body) : "");
        s->ticket = json_loads(s->ticket_text ? s->ticket_text : "", 0, NULL);
        json_array_append(s->entries, (json_t *) (uintptr_t) line);
    } else if (strcmp(kind, "window") == 0 && strncmp(ref, "1m/", 3) == 0) {
        doc = json_loadb(json_string_value(body) ? json_string_value(body) : "", json_string_length(body), 0, NULL);
        if (!doc)
            return sw_err_set(err, SW_E_CORRUPT, 0, "entry %" PRId64 ": its window is no JSON", s->last_n);
        json_array_append_new(s->windows, json_pack("{s:s,s:o}", "sensor", ref + 3, "doc", doc));
    }
    return SW_OK;
}

static int take_chain(struct sheet *s, const char *chain, size_t len, struct sw_err *err)
{
    for (const char *at = chain, *end = chain + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        json_t *line;
        int rc;

        if (!stop)
            stop = end;
        line = json_loadb(at, (size_t) (stop - at), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        if (!json_is_object(line)) {
            json_decref(line);
            return sw_err_set(err, SW_E_CORRUPT, 0, SW_EXPORT_CHAIN ": a line is no JSON object");
        }
        rc = take_line(s, line, err);
        json_decref(line);
        if (rc < 0)
            return rc;
        at = stop + 1;
    }
    return s->ticket
               ? SW_OK
               : sw_err_set(err, SW_E_NOTFOUND, 0, SW_EXPORT_CHAIN " says nothing of ticket %.60s", s->facts->ticket);
}

/* ---- windows.csv ---- */

static void put_cell(FILE *to, const json_t *v)
{
    char *text;

    if (json_is_string(v)) {
        fputc('"', to);
        for (const char *p = json_string_value(v); *p; p++) {
            if (*p == '"')
                fputc('"', to);
            fputc(*p, to);
        }
        fputc('"', to);
    } else if (v && !json_is_null(v)) {
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
        fputs(text ? text : "", to);
        free(text);
    }
}

static void write_windows(const struct sheet *s, FILE *to)
{
    static const char *const top[] = {"from", "to", "unit", "n", "expected", "valid_ratio", "flag", "q"};
    static const char *const values[] = {"LAeq", "LAmax", "LAmin", "LA10", "LA50", "LA90", "mean", "min", "max"};
    const json_t *w;
    size_t i;

    fputs("sensor", to);
    for (size_t k = 0; k < SW_ARRAY_SIZE(top); k++)
        fprintf(to, ",%s", top[k]);
    for (size_t k = 0; k < SW_ARRAY_SIZE(values); k++)
        fprintf(to, ",%s", values[k]);
    fputs("\r\n", to);
    json_array_foreach(s->windows, i, w)
    {
        const json_t *doc = json_object_get(w, "doc");
        const json_t *of = json_object_get(doc, "values");

        put_cell(to, json_object_get(w, "sensor"));
        for (size_t k = 0; k < SW_ARRAY_SIZE(top); k++) {
            fputc(',', to);
            put_cell(to, json_object_get(doc, top[k]));
        }
        for (size_t k = 0; k < SW_ARRAY_SIZE(values); k++) {
            fputc(',', to);
            put_cell(to, json_object_get(of ? of : doc, values[k]));
        }
        fputs("\r\n", to);
    }
}

/* ---- sheet.html ---- */

static void put_html(FILE *to, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*text, to);
        }
}

static void put_time(FILE *to, const json_t *v)
{
    char text[SW_RFC3339_SIZE] = "–";

    if (json_is_integer(v))
        sw_time_format(NULL, json_integer_value(v), text);
    fputs(text, to);
}

static void put_value(FILE *to, const json_t *v)
{
    char *text;

    if (json_is_string(v)) {
        put_html(to, *json_string_value(v) ? json_string_value(v) : "–");
        return;
    }
    text = v && !json_is_null(v) ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    put_html(to, text ? text : "–");
    free(text);
}

/* A level that is held in hundredths. */
static void put_centi(FILE *to, const json_t *v)
{
    if (json_is_integer(v) && json_integer_value(v) != INT32_MIN)
        fprintf(to, "%.2f", (double) json_integer_value(v) / 100.0);
    else
        fputs("–", to);
}

enum field_kind { FIELD_TEXT, FIELD_TIME, FIELD_CENTI };
static const struct field {
    const char *member, *en, *zh;
    enum field_kind kind;
} fields[] = {
    {"number", "Number", "编号", FIELD_TEXT},
    {"id", "Id", "标识", FIELD_TEXT},
    {"matter_key", "Matter", "事项", FIELD_TEXT},
    {"status", "Status", "状态", FIELD_TEXT},
    {"stage", "Stage", "阶段", FIELD_TEXT},
    {"revision", "Revision", "版本", FIELD_TEXT},
    {"opened_us", "Opened", "立案时间", FIELD_TIME},
    {"changed_us", "Last change", "最近变更", FIELD_TIME},
    {"ended_us", "Ended", "结束时间", FIELD_TIME},
    {"sensor", "Sensor", "传感器", FIELD_TEXT},
    {"rule", "Rule", "规则", FIELD_TEXT},
    {"statistic", "Statistic", "统计量", FIELD_TEXT},
    {"unit", "Unit", "单位", FIELD_TEXT},
    {"limit", "Limit", "限值", FIELD_CENTI},
    {"worst", "Measured, worst", "实测最高", FIELD_CENTI},
    {"over_by", "Over the limit by", "超出限值", FIELD_CENTI},
    {"measured_from_us", "Measured from", "测量开始", FIELD_TIME},
    {"measured_to_us", "Measured to", "测量结束", FIELD_TIME},
    {"work.state", "Work state", "施工状态", FIELD_TEXT},
    {"work.permitted", "Work permitted (1 yes, 0 no, -1 unknown)", "是否许可施工(1 是,0 否,-1 未知)", FIELD_TEXT},
    {"assignee.unit", "Responsible unit", "责任单位", FIELD_TEXT},
    {"agency_responsible", "Authority", "主管部门", FIELD_TEXT},
    {"respond_by_us", "Respond by", "响应期限", FIELD_TIME},
    {"dispatch_by_us", "Dispatch by", "派单期限", FIELD_TIME},
    {"resolve_by_us", "Resolve by", "办结期限", FIELD_TIME},
    {"responded_us", "Responded", "响应时间", FIELD_TIME},
    {"dispatched_us", "Dispatched", "派单时间", FIELD_TIME},
    {"measure", "Measure", "处置措施", FIELD_TEXT},
    {"resolution", "Resolution", "处置结果", FIELD_TEXT},
    {"calls", "Complaint calls", "投诉次数", FIELD_TEXT},
    {"callers", "Callers", "投诉人数", FIELD_TEXT},
};

static void write_ticket(const struct sheet *s, FILE *to)
{
    fprintf(to, "<h2>%s</h2>\n<table>\n",
            say(s, "Ticket: measured, limit, work, dispatch", "工单:实测、限值、施工许可、派单"));
    for (size_t i = 0; i < SW_ARRAY_SIZE(fields); i++) {
        const json_t *v = json_object_get(s->ticket, fields[i].member);

        if (!v)
            continue;
        fprintf(to, "<tr><th>%s</th><td>", say(s, fields[i].en, fields[i].zh));
        if (fields[i].kind == FIELD_TIME)
            put_time(to, v);
        else if (fields[i].kind == FIELD_CENTI)
            put_centi(to, v);
        else
            put_value(to, v);
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void write_history(const struct sheet *s, FILE *to)
{
    const json_t *h;
    size_t i;

    fprintf(to, "<h2>%s</h2>\n<table>\n<tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>\n",
            say(s, "History", "处理过程"), say(s, "Time", "时间"), say(s, "What", "动作"), say(s, "By", "人员"),
            say(s, "Role", "角色"));
    json_array_foreach(json_object_get(s->ticket, "history"), i, h)
    {
        fputs("<tr><td>", to);
        put_time(to, json_object_get(h, "at_us"));
        fputs("</td><td>", to);
        put_html(to, text_of(h, "verb"));
        fputs("</td><td>", to);
        put_html(to, text_of(h, "by"));
        fputs("</td><td>", to);
        put_html(to, text_of(h, "by.role"));
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void write_measured(const struct sheet *s, FILE *to)
{
    static const char *const shown[] = {"from", "LAeq", "LAmax", "mean", "max", "n", "expected", "flag"};
    const char *sensor = text_of(s->ticket, "sensor");
    const json_t *w;
    size_t i, n = 0;

    fprintf(to, "<h2>%s</h2>\n<p>%s</p>\n<table>\n<tr>", say(s, "Measured, minute by minute", "逐分钟实测"),
            say(s,
                "The first rows of the ticket's sensor; all minutes and sensors are in windows.csv, each reading in "
                "readings.csv.",
                "此处为工单所属传感器的前若干行;全部分钟值见 windows.csv,逐条读数见 readings.csv。"));
    for (size_t k = 0; k < SW_ARRAY_SIZE(shown); k++)
        fprintf(to, "<th>%s</th>", shown[k]);
    fputs("</tr>\n", to);
    json_array_foreach(s->windows, i, w)
    {
        const json_t *doc = json_object_get(w, "doc"), *of = json_object_get(doc, "values");

        if ((*sensor && strcmp(text_of(w, "sensor"), sensor) != 0) || n++ >= SHEET_ROWS_MAX)
            continue;
        fputs("<tr>", to);
        for (size_t k = 0; k < SW_ARRAY_SIZE(shown); k++) {
            const json_t *v = json_object_get(of, shown[k]);

            fputs("<td>", to);
            put_value(to, v ? v : json_object_get(doc, shown[k]));
            fputs("</td>", to);
        }
        fputs("</tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void write_media(const struct sheet *s, FILE *to)
{
    if (s->facts->n_media == 0)
        return;
    fprintf(to, "<h2>%s</h2>\n", say(s, "Pictures", "图像"));
    for (size_t i = 0; i < s->facts->n_media; i++) {
        fputs("<figure><img src=\"", to);
        put_html(to, s->facts->media[i]);
        fputs("\" alt=\"\"><figcaption>", to);
        put_html(to, s->facts->media[i]);
        fputs("</figcaption></figure>\n", to);
    }
}

static void write_proof(const struct sheet *s, FILE *to)
{
    const json_t *e, *c = s->facts->checkpoint;
    size_t i;

    fprintf(to, "<h2>%s</h2>\n<table>\n<tr><th>%s</th><th>SHA-256</th></tr>\n", say(s, "What it hangs on", "证据链"),
            say(s, "Entry, revision", "链条目(工单版本)"));
    json_array_foreach(s->entries, i, e)
    {
        fprintf(to, "<tr><td>%" JSON_INTEGER_FORMAT " (%" JSON_INTEGER_FORMAT ")</td><td><code>",
                json_integer_value(json_object_get(e, "n")), json_integer_value(json_object_get(e, "a")));
        put_html(to, text_of(e, "sha256"));
        fputs("</code></td></tr>\n", to);
    }
    fprintf(to, "</table>\n<p>%s %" PRId64 " – %" PRId64 ". ",
            say(s, "Entries of the chain in this export:", "本导出所含链条目:"), s->first_n, s->last_n);
    if (c) {
        fprintf(to, "%s %" JSON_INTEGER_FORMAT ", ",
                say(s, "Signed by the gateway over entry", "网关签名所覆盖的条目:"),
                json_integer_value(json_object_get(c, "n")));
        put_html(to, text_of(c, "ts"));
        fputs(": <code>", to);
        put_html(to, text_of(c, "chain_head"));
        fputs("</code>", to);
    } else {
        fputs(say(s, "The gateway has not published a signature over them yet; export again in an hour.",
                  "网关尚未对其发布签名,请一小时后重新导出。"),
              to);
    }
    fputs("</p>\n<p>", to);
    fputs(say(s, "To check this export, offline:", "离线校验方法:"), to);
    fputs(" <code>siteward verify FILE.zip --key ", to);
    put_html(to, s->facts->public_key[0] ? s->facts->public_key : "ed25519:…");
    fputs("</code></p>\n", to);
}

static void write_sheet(const struct sheet *s, FILE *to)
{
    fprintf(to, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"><title>",
            s->is_zh ? "zh-CN" : "en");
    put_html(to, s->facts->ticket);
    fputs("</title>\n<style>\nbody{font:14px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}\n"
          "table{border-collapse:collapse;margin:0 0 1em}th,td{border:1px solid #999;padding:2px 8px;text-align:left}\n"
          "code{font-size:11px;word-break:break-all}img{max-width:100%}figure{margin:0 0 1em;break-inside:avoid}\n"
          "@media print{body{margin:0;font-size:11px}tr{break-inside:avoid}thead{display:table-header-group}}\n"
          "</style></head>\n<body>\n",
          to);
    fprintf(to, "<h1>%s ", say(s, "Evidence sheet:", "证据单:"));
    put_html(to, text_of(s->ticket, "number"));
    fprintf(to, "</h1>\n<p>%s ", say(s, "Gateway", "网关"));
    put_html(to, s->facts->gateway[0] ? s->facts->gateway : "–");
    fprintf(to, ". %s</p>\n", say(s, "Times are UTC.", "时间均为协调世界时(UTC)。"));
    write_ticket(s, to);
    write_history(s, to);
    write_measured(s, to);
    write_media(s, to);
    write_proof(s, to);
    fputs("</body>\n</html>\n", to);
}

/* ---- */

static int add_written(struct sw_export *x, const char *name, const struct sheet *s,
                       void (*write)(const struct sheet *, FILE *), struct sw_err *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    if (!f)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", name);
    write(s, f);
    if (fclose(f) != 0) {
        free(text);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", name);
    }
    return sw_export_add(x, name, text, len, err);
}

static void write_ticket_text(const struct sheet *s, FILE *to)
{
    fputs(s->ticket_text, to);
}

int sw_export_render(struct sw_export *x, const char *chain, size_t len, const struct sw_export_facts *facts,
                     struct sw_err *err)
{
    struct sheet s = {
        .facts = facts, .is_zh = strncmp(facts->lang, "zh", 2) == 0, .windows = json_array(), .entries = json_array()};
    int rc = s.windows && s.entries ? take_chain(&s, chain, len, err) : sw_err_set(err, SW_E_NOMEM, 0, "no memory");

    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_TICKET, &s, write_ticket_text, err);
    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_WINDOWS, &s, write_windows, err);
    if (rc >= 0)
        rc = add_written(x, SW_EXPORT_SHEET, &s, write_sheet, err);
    json_decref(s.ticket);
    free(s.ticket_text);
    json_decref(s.windows);
    json_decref(s.entries);
    return rc;
}
