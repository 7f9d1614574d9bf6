// SPDX-License-Identifier: Apache-2.0
/* The report's figures for other programs (CSV of RFC 4180, JSON) and for a terminal. */
#include <string.h>

#include "cli/report.h"
#include "common/jsonw.h"
#include "common/timefmt.h"

#define JSON_MAX (64 * 1024)

/* Quoted when it must be. A text that a spreadsheet would take for a formula gets a quote before it: it may come from a
 * person. */
static void csv_text(FILE *to, const char *text)
{
    const bool is_formula = *text && strchr("=+-@\t\r", *text);

    if (!is_formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    fputs(is_formula ? "\"'" : "\"", to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void csv_ratio(FILE *to, const char *name, struct sw_ratio v)
{
    const int32_t p = sw_ratio_percent_100(v);

    csv_text(to, name);
    fprintf(to, ",%u,%u,", v.n, v.of);
    if (p >= 0)
        fprintf(to, "%d.%02d", (int) (p / 100), (int) (p % 100));
    fputs("\r\n", to);
}

void sw_report_csv(const struct sw_report *r, FILE *to)
{
    struct sw_report_row rows[SW_REPORT_ROWS];
    const struct sw_indicators *s = &r->sums;
    const struct {
        const char *name;
        uint32_t n;
    } counts[] = {{"opened", s->opened},
                  {"opened, class A", s->opened_of[SW_CLASS_A]},
                  {"opened, class B", s->opened_of[SW_CLASS_B]},
                  {"opened, class C", s->opened_of[SW_CLASS_C]},
                  {"closed", s->closed},
                  {"reopened", s->reopened},
                  {"withdrawn", s->withdrawn},
                  {"resolved without proof", s->forced},
                  {"open at the end", s->open_at_end},
                  {"overdue at the end", s->overdue_at_end},
                  {"calls", s->calls},
                  {"callers", s->callers}};

    fputs("indicator,n,of,percent\r\n", to);
    sw_report_rows(r, rows);
    for (size_t i = 0; i < SW_REPORT_ROWS; i++)
        csv_ratio(to, rows[i].name, rows[i].ratio);
    for (size_t i = 0; i < SW_ARRAY_SIZE(counts); i++) {
        csv_text(to, counts[i].name);
        fprintf(to, ",%u,,\r\n", counts[i].n);
    }
}

static void csv_time(const struct sw_report *r, FILE *to, int64_t t_us)
{
    char text[SW_RFC3339_SIZE] = "";

    if (t_us != INT64_MIN)
        sw_time_format(&r->site->zone, t_us, text);
    fprintf(to, ",%s", text);
}

static void csv_level(FILE *to, int32_t v)
{
    fputc(',', to);
    if (v != SW_NO_VALUE)
        fprintf(to, "%.2f", v / 100.0);
}

void sw_report_tickets_csv(const struct sw_report *r, FILE *to)
{
    fputs("number,id,origin,category,class,status,stage,unit_responsible,sensor,rule,value,limit,over_by,unit,work,"
          "permitted,opened,responded,resolve_by,ended,reopens,returns,forced,merged_into,overdue,calls,callers,"
          "satisfaction\r\n",
          to);
    for (size_t i = 0; i < r->n_tickets; i++) {
        const struct sw_ticket *t = &r->ticket[i];

        fprintf(to, "%s,%s,%s,%s,%c,%s,%s,", t->number, t->id, sw_origin_name(t->origin), sw_category_name(t->category),
                sw_class_letter(t->class_), sw_status_name(t->status), sw_stage_name(t->stage));
        csv_text(to, t->assignee.unit);
        fprintf(to, ",%s,%s", t->sensor, t->rule);
        csv_level(to, t->worst);
        csv_level(to, t->limit);
        csv_level(to, t->over_by);
        fprintf(to, ",%s,%s,%s", t->unit, sw_work_state_name(t->work.state),
                t->work.permitted < 0 ? ""
                : t->work.permitted   ? "true"
                                      : "false");
        csv_time(r, to, t->opened_us);
        csv_time(r, to, t->responded_us);
        csv_time(r, to, t->resolve_by_us);
        csv_time(r, to, t->ended_us);
        fprintf(to, ",%u,%u,%s,%s,%s,%u,%u,", t->reopens, t->returns, t->forced ? "true" : "false", t->merged_into,
                t->overdue ? "true" : "false", t->calls, t->callers);
        csv_text(to, t->satisfaction);
        fputs("\r\n", to);
    }
}

void sw_report_text(const struct sw_report *r, FILE *to)
{
    struct sw_report_row rows[SW_REPORT_ROWS];
    const struct sw_indicators *s = &r->sums;
    char a[32], b[32], percent[16];

    fprintf(to, "%s  %s – %s%s\n", r->site->name, sw_report_time(r, r->from_us, a), sw_report_time(r, r->to_us, b),
            r->is_simulated ? "  SIMULATED" : "");
    sw_report_rows(r, rows);
    for (size_t i = 0; i < SW_REPORT_ROWS; i++)
        fprintf(to, "%9s  %5u / %-5u  %s\n", sw_report_percent(rows[i].ratio, percent), rows[i].ratio.n,
                rows[i].ratio.of, sw_report_word(r, rows[i].name));
    fprintf(to, "%s %u, %s %u, %s %u, %s %u, %s %u, %s %u, %s %u\n", sw_report_word(r, "opened"), s->opened,
            sw_report_word(r, "closed"), s->closed, sw_report_word(r, "resolved without proof"), s->forced,
            sw_report_word(r, "open at the end"), s->open_at_end, sw_report_word(r, "overdue at the end"),
            s->overdue_at_end, sw_report_word(r, "calls"), s->calls, sw_report_word(r, "Stuck tickets"),
            s->stuck_total);
}

static void json_ratio(struct sw_jsonw *w, const char *key, struct sw_ratio v)
{
    const int32_t p = sw_ratio_percent_100(v);

    sw_jsonw_object(w, key);
    sw_jsonw_uint(w, "n", v.n);
    sw_jsonw_uint(w, "of", v.of);
    sw_jsonw_centi(w, "percent", p < 0 ? SW_NO_VALUE : p);
    sw_jsonw_object_end(w);
}

static void json_lists(const struct sw_report *r, struct sw_jsonw *w)
{
    const struct sw_indicators *s = &r->sums;

    sw_jsonw_array(w, "many_callers");
    for (size_t i = 0; i < s->n_many; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "ticket", s->many[i].ticket);
        sw_jsonw_uint(w, "calls", s->many[i].calls);
        sw_jsonw_uint(w, "callers", s->many[i].callers);
        sw_jsonw_time(w, "last", &r->site->zone, s->many[i].last_us);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_array(w, "repeat_callers");
    for (size_t i = 0; i < s->n_repeat; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "caller_ref", s->repeat[i].caller_ref);
        sw_jsonw_uint(w, "calls", s->repeat[i].calls);
        sw_jsonw_time(w, "last", &r->site->zone, s->repeat[i].last_us);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_array(w, "stuck");
    for (size_t i = 0; i < s->n_stuck; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "ticket", s->stuck[i].id);
        sw_jsonw_str(w, "number", s->stuck[i].number);
        sw_jsonw_bool(w, "overdue", s->stuck[i].why & SW_STUCK_OVERDUE);
        sw_jsonw_bool(w, "returned", s->stuck[i].why & SW_STUCK_RETURNED);
        sw_jsonw_bool(w, "reopened", s->stuck[i].why & SW_STUCK_REOPENED);
        sw_jsonw_bool(w, "suspended", s->stuck[i].why & SW_STUCK_SUSPENDED);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

void sw_report_json(const struct sw_report *r, FILE *to)
{
    static char buf[JSON_MAX];
    const struct sw_indicators *s = &r->sums;
    struct sw_jsonw w;
    const char *text;

    sw_jsonw_init(&w, buf, sizeof buf);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "schema", "siteward.report/1.0");
    sw_jsonw_str(&w, "site", r->site->id);
    sw_jsonw_time(&w, "from", &r->site->zone, r->from_us);
    sw_jsonw_time(&w, "to", &r->site->zone, r->to_us);
    if (r->is_simulated)
        sw_jsonw_bool(&w, "simulated", true);
    json_ratio(&w, "closure", s->closure);
    json_ratio(&w, "first_time_resolution", s->first_time);
    json_ratio(&w, "satisfaction", s->satisfaction);
    json_ratio(&w, "response_on_time", s->response_on_time);
    json_ratio(&w, "averted", s->averted);
    json_ratio(&w, "lapsed", s->lapsed);
    json_ratio(&w, "complaints_confirmed", s->confirmed);
    sw_jsonw_object(&w, "tickets");
    sw_jsonw_uint(&w, "opened", s->opened);
    sw_jsonw_uint(&w, "closed", s->closed);
    sw_jsonw_uint(&w, "reopened", s->reopened);
    sw_jsonw_uint(&w, "withdrawn", s->withdrawn);
    sw_jsonw_uint(&w, "forced", s->forced);
    sw_jsonw_uint(&w, "open", s->open_at_end);
    sw_jsonw_uint(&w, "overdue", s->overdue_at_end);
    sw_jsonw_object_end(&w);
    sw_jsonw_object(&w, "complaints");
    sw_jsonw_uint(&w, "calls", s->calls);
    sw_jsonw_uint(&w, "callers", s->callers);
    sw_jsonw_uint(&w, "linked", s->calls_linked);
    sw_jsonw_uint(&w, "opened", s->calls_opened);
    sw_jsonw_uint(&w, "nothing_measured", s->calls_nothing);
    sw_jsonw_object_end(&w);
    json_lists(r, &w);
    sw_jsonw_object_end(&w);
    text = sw_jsonw_finish(&w, NULL);
    fprintf(to, "%s\n", text ? text : "{}"); /* lists are bounded: it always fits */
}
