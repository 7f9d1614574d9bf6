// SPDX-License-Identifier: Apache-2.0
/* The report as one HTML file without anything from elsewhere: for a screen, and for paper. */
#include <string.h>

#include "cli/chart.h"
#include "cli/report.h"
#include "common/ident.h"

static const char style[] =
    "body{font:15px/1.45 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1b1f24;max-width:62rem;"
    "margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;"
    "border-bottom:2px solid #1b1f24}h3{font-size:1rem;margin:1.2rem 0 .2rem}p{margin:.3rem 0}.small{color:#555;"
    "font-size:.85rem;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}td,th{text-align:left;"
    "padding:.25rem .6rem .25rem 0;border-bottom:1px solid #ccc;vertical-align:top}th{font-weight:600}.r{text-align:"
    "right;white-space:nowrap;font-variant-numeric:tabular-nums}.big{font-size:1.15rem;font-weight:600}.tiles{display:"
    "grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:.5rem}.tiles div{border:1px solid #bbb;padding:"
    ".4rem .6rem}.tiles b{display:block;font-size:1.3rem}" SW_CHART_CSS
    ".w0{fill:#eee}.w1{fill:#7fb77e}.w2{fill:#e3c567}"
    ".w3{fill:#5b8def}.w4{fill:#444}.w5{fill:#8e44ad}.key{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}"
    ".key i{display:inline-block;width:1.4em;height:.8em;margin-right:.35em;vertical-align:-1px}.sim{background:"
    "#b00020;color:#fff;padding:.3rem .6rem;font-weight:600}"
    "@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}svg,tr,.tiles{break-inside:avoid}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}@page{margin:14mm}";

static void put(const struct sw_report *r, FILE *to, const char *before, const char *en, const char *after)
{
    fputs(before, to);
    sw_html_escape(to, sw_report_word(r, en));
    fputs(after, to);
}

static void cell(FILE *to, const char *text)
{
    fputs("<td>", to);
    sw_html_escape(to, text);
    fputs("</td>", to);
}

static const char *title_of(const struct sw_report *r)
{
    const int64_t days = (r->to_us - r->from_us + SW_S_PER_DAY * SW_US_PER_S / 2) / (SW_S_PER_DAY * SW_US_PER_S);

    return days == 1                  ? "Daily report"
           : days == 7                ? "Weekly report"
           : days >= 28 && days <= 31 ? "Monthly report"
                                      : "Report";
}

static void head(const struct sw_report *r, FILE *to)
{
    char a[32], b[32], c[32];

    fprintf(to,
            "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            "content=\"width=device-width,initial-scale=1\"><title>",
            r->is_chinese ? "zh-CN" : "en");
    sw_html_escape(to, r->site->name);
    fprintf(to, " · %s</title><style>%s</style></head><body>\n", sw_report_word(r, title_of(r)), style);
    put(r, to, "<h1>", title_of(r), " · ");
    sw_html_escape(to, r->site->name);
    fputs("</h1>\n<p>", to);
    sw_html_escape(to, r->site->address);
    fprintf(to, "</p>\n<p>%s %s %s %s <span class=\"small\">(%s, %s)</span></p>\n", sw_report_word(r, "from"),
            sw_report_time(r, r->from_us, a), sw_report_word(r, "to"), sw_report_time(r, r->to_us, b),
            r->site->timezone, r->site->id);
    fprintf(to, "<p class=\"small\">%s %s", sw_report_word(r, "made"), sw_report_time(r, r->now_us, c));
    if (r->chain_head[0])
        fprintf(to, " · %s %llu, %s",
                sw_report_word(r, "Every figure can be checked: siteward verify on the gateway's "
                                  "database, chain entry"),
                (unsigned long long) r->chain_n, r->chain_head);
    fputs("</p>\n", to);
    if (r->is_simulated)
        put(r, to, "<p class=\"sim\">", "Simulated data: no evidence", "</p>\n");
    if (r->is_cut)
        put(r, to, "<p class=\"small\">", "part of the data is left out: the report has its ceilings", "</p>\n");
}

static void indicators(const struct sw_report *r, FILE *to)
{
    struct sw_report_row rows[SW_REPORT_ROWS];
    char percent[16];

    put(r, to, "<h2>", "Indicators", "</h2>\n<table><thead><tr>");
    put(r, to, "<th>", "indicator", "</th>");
    put(r, to, "<th class=\"r\">", "share", "</th>");
    put(r, to, "<th class=\"r\">", "of", "</th>");
    put(r, to, "<th>", "what is counted", "</th></tr></thead><tbody>\n");
    sw_report_rows(r, rows);
    for (size_t i = 0; i < SW_REPORT_ROWS; i++) {
        put(r, to, "<tr><td>", rows[i].name, "</td>");
        fprintf(to, "<td class=\"r big\">%s</td><td class=\"r\">%u / %u</td>",
                sw_report_percent(rows[i].ratio, percent), rows[i].ratio.n, rows[i].ratio.of);
        put(r, to, "<td class=\"small\">", rows[i].means, "</td></tr>\n");
    }
    fputs("</tbody></table>\n", to);
    put(r, to, "<p class=\"small\">",
        "The shares are of tickets as they stood at the end of this time. A dash is: nothing to count.", "</p>\n");
}

static void tile(const struct sw_report *r, FILE *to, const char *en, uint32_t n)
{
    fprintf(to, "<div><b>%u</b>", n);
    put(r, to, "", en, "</div>");
}

static void tiles(const struct sw_report *r, FILE *to)
{
    const struct sw_indicators *s = &r->sums;

    fputs("<div class=\"tiles\">", to);
    tile(r, to, "opened", s->opened);
    tile(r, to, "closed", s->closed);
    tile(r, to, "reopened", s->reopened);
    tile(r, to, "withdrawn", s->withdrawn);
    tile(r, to, "resolved without proof", s->forced);
    tile(r, to, "open at the end", s->open_at_end);
    tile(r, to, "overdue at the end", s->overdue_at_end);
    fputs("</div>\n", to);
}

static void charts(const struct sw_report *r, FILE *to)
{
    static const struct {
        const char *css, *en;
    } keys[] = {{"#0b5394", "level"},
                {"#b00020", "limit"},
                {"#f6c8ce", "over the limit"},
                {"#7fb77e", "scheduled"},
                {"#5b8def", "night work permitted"},
                {"#444", "night, no permit"},
                {"#e3c567", "not scheduled"},
                {"#8e44ad", "quiet period"},
                {"#eee", "no schedule known"}};

    put(r, to, "<h2>", "Level and limit", "</h2>\n<p class=\"key\">");
    for (size_t i = 0; i < SW_ARRAY_SIZE(keys); i++) {
        fprintf(to, "<span><i style=\"background:%s\"></i>", keys[i].css);
        put(r, to, "", keys[i].en, "</span>");
    }
    fputs("</p>\n", to);
    for (size_t i = 0; i < r->n_series; i++) {
        const struct sw_report_series *s = &r->series[i];
        const struct sw_sensor_conf *conf = &r->site->sensors[s->sensor];
        const struct sw_ratio valid = {(uint32_t) s->counted, (uint32_t) s->expected};
        char percent[16];

        fputs("<h3>", to);
        sw_html_escape(to, conf->name[0] ? conf->name : conf->id);
        fprintf(to, " <span class=\"small\">%s · %s · %s %s</span></h3>\n", conf->id,
                sw_quantity_info(conf->level)->unit, sw_report_word(r, "valid data"),
                sw_report_percent(valid, percent));
        sw_report_chart(r, s, to);
    }
}

static const char *number_of(const struct sw_report *r, const char *id)
{
    for (size_t i = 0; i < r->n_tickets; i++) {
        if (strcmp(r->ticket[i].id, id) == 0)
            return r->ticket[i].number;
    }
    return id;
}

/* A resolve without proof is shown for ever, and where else a matter is dealt with. */
static void status_cell(const struct sw_report *r, const struct sw_ticket *t, FILE *to)
{
    put(r, to, "<td>", sw_status_name(t->status), "");
    if (t->forced)
        put(r, to, " <b>", "forced", "</b>");
    if (t->merged_into[0]) {
        put(r, to, " <span class=\"small\">", "merged into", " ");
        sw_html_escape(to, number_of(r, t->merged_into));
        fputs("</span>", to);
    }
    fputs("</td>", to);
}

static void ticket_row(const struct sw_report *r, const struct sw_ticket *t, FILE *to)
{
    char title[256], at[32];

    sw_ticket_title(t, r->is_chinese ? "zh-CN" : "en", title, sizeof title);
    fputs("<tr>", to);
    cell(to, t->number);
    fprintf(to, "<td>%c</td>", sw_class_letter(t->class_));
    status_cell(r, t, to);
    cell(to, title);
    cell(to, t->assignee.unit);
    cell(to, sw_report_time(r, t->opened_us, at));
    if (t->over_by != SW_NO_VALUE)
        fprintf(to, "<td class=\"r\">%.1f %s</td>", t->over_by / 100.0,
                t->category == SW_CATEGORY_NOISE ? "dB" : t->unit);
    else
        fputs("<td class=\"r\">–</td>", to);
    fprintf(to, "<td class=\"r\">%u</td></tr>\n", t->calls);
}

static void tickets(const struct sw_report *r, FILE *to)
{
    static const char *const heads[] = {"number", "class", "status", "matter", "owner", "opened", "over by", "calls"};

    put(r, to, "<h2>", "Tickets", "</h2>\n");
    tiles(r, to);
    if (r->n_tickets == 0) {
        put(r, to, "<p>", "no tickets in this time", "</p>\n");
        return;
    }
    fputs("<table><thead><tr>", to);
    for (size_t i = 0; i < SW_ARRAY_SIZE(heads); i++)
        put(r, to, i < 6 ? "<th>" : "<th class=\"r\">", heads[i], "</th>");
    fputs("</tr></thead><tbody>\n", to);
    for (size_t i = 0; i < r->n_tickets; i++)
        ticket_row(r, &r->ticket[i], to);
    fputs("</tbody></table>\n", to);
}

static void not_shown(const struct sw_report *r, size_t shown, uint32_t total, FILE *to)
{
    if (total > shown)
        fprintf(to, "<p class=\"small\">+%u: %s</p>\n", total - (uint32_t) shown,
                sw_report_word(r, "more are not shown"));
    else if (total == 0)
        put(r, to, "<p>", "none", "</p>\n");
}

static void complaints(const struct sw_report *r, FILE *to)
{
    const struct sw_indicators *s = &r->sums;
    char at[32];

    put(r, to, "<h2>", "Complaints", "</h2>\n<div class=\"tiles\">");
    tile(r, to, "calls", s->calls);
    tile(r, to, "callers", s->callers);
    tile(r, to, "linked to a ticket", s->calls_linked);
    tile(r, to, "opened a ticket", s->calls_opened);
    tile(r, to, "nothing over a limit found", s->calls_nothing);
    fputs("</div>\n", to);
    put(r, to, "<h3>", "One matter, many people", "</h3>\n<table><tbody>\n");
    for (size_t i = 0; i < s->n_many; i++) {
        fputs("<tr>", to);
        cell(to, number_of(r, s->many[i].ticket));
        fprintf(to, "<td>%s %u</td><td>%s %u</td><td>%s %s</td></tr>\n", sw_report_word(r, "callers"),
                s->many[i].callers, sw_report_word(r, "calls"), s->many[i].calls, sw_report_word(r, "last call"),
                sw_report_time(r, s->many[i].last_us, at));
    }
    fputs("</tbody></table>\n", to);
    not_shown(r, s->n_many, s->many_total, to);
    put(r, to, "<h3>", "One person, many calls", "</h3>\n<table><tbody>\n");
    for (size_t i = 0; i < s->n_repeat; i++) {
        fputs("<tr>", to);
        cell(to, s->repeat[i].caller_ref);
        fprintf(to, "<td>%s %u</td><td>%s %s</td></tr>\n", sw_report_word(r, "calls in 30 days"), s->repeat[i].calls,
                sw_report_word(r, "last call"), sw_report_time(r, s->repeat[i].last_us, at));
    }
    fputs("</tbody></table>\n", to);
    not_shown(r, s->n_repeat, s->repeat_total, to);
}

static void stuck(const struct sw_report *r, FILE *to)
{
    static const struct {
        enum sw_stuck bit;
        const char *en;
    } reasons[] = {{SW_STUCK_OVERDUE, "overdue"},
                   {SW_STUCK_RETURNED, "returned"},
                   {SW_STUCK_REOPENED, "came back"},
                   {SW_STUCK_SUSPENDED, "suspended"}};
    char at[32];

    put(r, to, "<h2>", "Stuck tickets", "</h2>\n<table><tbody>\n");
    for (size_t i = 0; i < r->sums.n_stuck; i++) {
        const struct sw_stuck_ticket *k = &r->sums.stuck[i];
        bool any = false;

        fputs("<tr>", to);
        cell(to, k->number);
        fprintf(to, "<td>%c</td>", sw_class_letter(k->class_));
        cell(to, sw_report_word(r, sw_status_name(k->status)));
        cell(to, k->assignee.unit);
        fputs("<td>", to);
        for (size_t b = 0; b < SW_ARRAY_SIZE(reasons); b++) {
            if (!(k->why & reasons[b].bit))
                continue;
            put(r, to, any ? ", " : "", reasons[b].en, "");
            any = true;
        }
        fprintf(to, "</td><td>%s %s</td></tr>\n", sw_report_word(r, "resolve by"),
                sw_report_time(r, k->resolve_by_us, at));
    }
    fputs("</tbody></table>\n", to);
    not_shown(r, r->sums.n_stuck, r->sums.stuck_total, to);
}

void sw_report_html(const struct sw_report *r, FILE *to)
{
    head(r, to);
    indicators(r, to);
    charts(r, to);
    tickets(r, to);
    complaints(r, to);
    stuck(r, to);
    fputs("</body></html>\n", to);
}
