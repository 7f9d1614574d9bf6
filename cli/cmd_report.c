// SPDX-License-Identifier: Apache-2.0
/* `siteward report`: indicators, levels, tickets and complaints of a day, a week, a month or any stretch, out of the
 * gateway's store. Reads options and chooses the stretch; what a report says is in report_*.c. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/report.h"
#include "common/ident.h"
#include "common/timefmt.h"
#include "rules/calendar.h"

#define NAME "report"

static const char help[] =
    "Examples:\n"
    "  siteward report --day --html yesterday.html\n"
    "  siteward report --week 2026-03-02 --html week.html --lang zh-CN\n"
    "  siteward report --month 2026-02 --csv indicators.csv --tickets-csv tickets.csv\n"
    "  siteward report --from 2026-03-01 --to 2026-03-15 --json\n\n"
    "Closure, first-time resolution, satisfaction, response in time, averted warnings, confirmed complaints; matters\n"
    "of many callers, callers of many calls, stuck tickets; levels against their limits. As it stood at the end of "
    "the\n"
    "stretch, out of the gateway's database, which may be in use.\n\n"
    "  -d, --day [DATE]       one day; yesterday\n"
    "  -w, --week [DATE]      Monday to Sunday around that day; the last whole week\n"
    "  -m, --month [YYYY-MM]  a month; the last whole one\n"
    "      --from, --to       dates, or instants like 2026-03-02T18:00:00+08:00; at most 366 days\n"
    "      --html FILE        the report for screen and paper\n"
    "      --csv FILE         the indicators; --tickets-csv FILE  one row a ticket\n"
    "      --json             the indicators, one object\n"
    "      --lang LANG        zh-CN or en (else as the site's console)\n"
    "      --database FILE    (else siteward.db in the site's data folder)\n"
    "  -c, --config FILE      the site file (" SW_CONFIG_DEFAULT ")\n\n"
    "FILE may be - for standard output.\n";

enum { OPT_FROM = 256, OPT_TO, OPT_HTML, OPT_CSV, OPT_TICKETS, OPT_JSON, OPT_LANG, OPT_DATABASE };

struct options {
    const char *config, *database, *from, *to, *html, *csv, *tickets, *lang, *date;
    char unit; /* 'd', 'w', 'm', 0 = from and to */
    bool is_json;
};

/* The date behind --day and the like may be left out; getopt takes one only with "=". */
static const char *word_behind(int argc, char **argv)
{
    if (optarg)
        return optarg;
    return optind < argc && argv[optind][0] != '-' ? argv[optind++] : NULL;
}

/* @return -1 = they go together */
static int check_options(const struct options *o)
{
    if (!o->unit && !o->from != !o->to)
        return sw_cli_fail(NAME, "--from and --to go together");
    if (o->unit && (o->from || o->to))
        return sw_cli_fail(NAME, "--from and --to are instead of --day, --week or --month");
    if (o->lang && strcmp(o->lang, "en") != 0 && strcmp(o->lang, "zh-CN") != 0 && strcmp(o->lang, "zh") != 0)
        return sw_cli_fail(NAME, "--lang %.20s: zh-CN or en", o->lang);
    return -1;
}

static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"day", optional_argument, NULL, 'd'},
                                          {"week", optional_argument, NULL, 'w'},
                                          {"month", optional_argument, NULL, 'm'},
                                          {"from", required_argument, NULL, OPT_FROM},
                                          {"to", required_argument, NULL, OPT_TO},
                                          {"html", required_argument, NULL, OPT_HTML},
                                          {"csv", required_argument, NULL, OPT_CSV},
                                          {"tickets-csv", required_argument, NULL, OPT_TICKETS},
                                          {"json", no_argument, NULL, OPT_JSON},
                                          {"lang", required_argument, NULL, OPT_LANG},
                                          {"database", required_argument, NULL, OPT_DATABASE},
                                          {"config", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "d::w::m::c:h", table, NULL)) != -1) {
        switch (c) {
        case 'd':
        case 'w':
        case 'm':
            o->unit = (char) c;
            o->date = word_behind(argc, argv);
            break;
        case 'c':
            o->config = optarg;
            break;
        case OPT_FROM:
            o->from = optarg;
            break;
        case OPT_TO:
            o->to = optarg;
            break;
        case OPT_HTML:
            o->html = optarg;
            break;
        case OPT_CSV:
            o->csv = optarg;
            break;
        case OPT_TICKETS:
            o->tickets = optarg;
            break;
        case OPT_JSON:
            o->is_json = true;
            break;
        case OPT_LANG:
            o->lang = optarg;
            break;
        case OPT_DATABASE:
            o->database = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        default:
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(NAME, "'%.60s' is one word too many; see siteward report --help", argv[optind]);
    return check_options(o);
}

/* "2026-03-02", or of a month "2026-03", as days since 1970. */
static int parse_date(const char *text, bool is_month, int32_t *ret)
{
    int year, month, day = 1, used = 0;
    struct sw_civil c;
    const int n = is_month ? sscanf(text, "%4d-%2d%n", &year, &month, &used)
                           : sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used);

    if (n < (is_month ? 2 : 3) || text[used] || year < 2000 || year > 2099 || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return sw_cli_fail(NAME, "'%.30s' is not a %s like %s", text, is_month ? "month" : "date",
                           is_month ? "2026-03" : "2026-03-02");
    *ret = (int32_t) sw_days_from_civil(year, month, day);
    sw_civil_from_utc(NULL, *ret * SW_S_PER_DAY * SW_US_PER_S, &c);
    if (c.month != month)
        return sw_cli_fail(NAME, "'%.30s': that month has no such day", text);
    return -1;
}

static int32_t month_after(int32_t day, int months)
{
    struct sw_civil c;
    int m;

    sw_civil_from_utc(NULL, day * SW_S_PER_DAY * SW_US_PER_S, &c);
    m = c.year * 12 + c.month - 1 + months;
    return (int32_t) sw_days_from_civil(m / 12, m % 12 + 1, 1);
}

static int choose_unit(const struct options *o, struct sw_report *r)
{
    const struct sw_zone *zone = &r->site->zone;
    const int32_t today = sw_local_day(zone, r->now_us);
    int32_t from, to;

    if (o->date) {
        const int code = parse_date(o->date, o->unit == 'm', &from);

        if (code >= 0)
            return code;
    } else {
        from = o->unit == 'd' ? today - 1 : o->unit == 'w' ? today - 7 : month_after(today, -1);
    }
    if (o->unit == 'w')
        from -= (from + 3) % 7; /* day 0 was a Thursday */
    if (o->unit == 'm')
        from = month_after(from, 0);
    to = o->unit == 'd' ? from + 1 : o->unit == 'w' ? from + 7 : month_after(from, 1);
    r->from_us = sw_local_midnight(zone, from);
    r->to_us = sw_local_midnight(zone, to);
    return -1;
}

/* An instant, or a date's midnight on the site's clock. */
static int parse_instant(const struct sw_report *r, const char *text, int64_t *ret)
{
    struct sw_err err = {0};
    int32_t day = 0;

    if (strlen(text) > 10)
        return sw_time_parse(text, strlen(text), ret, &err) < 0 ? sw_cli_fail(NAME, "'%.40s': %s", text, err.msg) : -1;
    if (parse_date(text, false, &day) >= 0)
        return SW_EXIT_FAILED;
    *ret = sw_local_midnight(&r->site->zone, day);
    return -1;
}

static int choose_stretch(const struct options *o, struct sw_report *r)
{
    int code;

    if (!o->from) {
        struct options day = *o;

        day.unit = o->unit ? o->unit : 'd';
        code = choose_unit(&day, r);
    } else {
        code = parse_instant(r, o->from, &r->from_us);
        if (code < 0)
            code = parse_instant(r, o->to, &r->to_us);
    }
    if (code >= 0)
        return code;
    if (r->to_us <= r->from_us)
        return sw_cli_fail(NAME, "it ends before it begins");
    if (r->to_us - r->from_us > SW_REPORT_DAYS_MAX * SW_S_PER_DAY * SW_US_PER_S)
        return sw_cli_fail(NAME, "more than %d days: ask for less at once", SW_REPORT_DAYS_MAX);
    if (r->from_us >= r->now_us)
        return sw_cli_fail(NAME, "it begins after the last that the store knows");
    return -1;
}

static int write_file(const char *path, const struct sw_report *r, void (*fn)(const struct sw_report *r, FILE *to))
{
    const bool is_stdout = strcmp(path, "-") == 0;
    FILE *to = is_stdout ? stdout : fopen(path, "we");
    int bad;

    if (!to)
        return sw_cli_fail(NAME, "%s: %s", path, strerror(errno));
    fn(r, to);
    bad = ferror(to);
    if (!is_stdout)
        bad |= fclose(to);
    return bad ? sw_cli_fail(NAME, "%s: %s", path, strerror(errno)) : SW_EXIT_OK;
}

static int write_all(const struct options *o, const struct sw_report *r)
{
    int code = SW_EXIT_OK;

    if (o->html)
        code = write_file(o->html, r, sw_report_html);
    if (code == SW_EXIT_OK && o->csv)
        code = write_file(o->csv, r, sw_report_csv);
    if (code == SW_EXIT_OK && o->tickets)
        code = write_file(o->tickets, r, sw_report_tickets_csv);
    if (o->is_json)
        sw_report_json(r, stdout);
    else if (!o->html && !o->csv && !o->tickets)
        sw_report_text(r, stdout);
    return sw_cli_end_output(NAME, code);
}

int sw_cmd_report(int argc, char **argv)
{
    struct options o = {.config = SW_CONFIG_DEFAULT};
    struct sw_report r = {0};
    struct sw_err err = {0};
    char database[SW_PATH_SIZE + 32];
    struct sw_site *site;
    int code = read_options(argc, argv, &o);

    if (code >= 0)
        return code;
    site = sw_cli_site(NAME, o.config);
    if (!site)
        return SW_EXIT_FAILED;
    r.site = site;
    r.is_chinese = strncmp(o.lang ? o.lang : site->language, "zh", 2) == 0;
    snprintf(database, sizeof database, "%s/siteward.db", site->data_dir);
    if (sw_report_reach(o.database ? o.database : database, site, &r.now_us, &err) < 0)
        code = sw_cli_fail(NAME, "%s", err.msg);
    if (code < 0)
        code = choose_stretch(&o, &r);
    if (code < 0 && sw_report_load(o.database ? o.database : database, &r, &err) < 0)
        code = sw_cli_fail(NAME, "%s", err.msg);
    if (code < 0)
        code = write_all(&o, &r);
    sw_report_done(&r);
    sw_site_free(site);
    return code;
}
