// SPDX-License-Identifier: Apache-2.0
/* `siteward schedule import`: reads a schedule file (iCalendar or JSON), expands its recurrences and prints it in the
 * product's own form. The daemon runs it as a child for its schedule files. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/schedule_events.h"
#include "common/clock.h"
#include "common/macros.h"
#include "config/zone.h"

#define PAST_S (31 * SW_S_PER_DAY)
#define FUTURE_S (366 * SW_S_PER_DAY)
#define CPU_S 15 /* a file that keeps the machine busy longer is no schedule */

struct request {
    const char *file, *config, *tz, *from, *to;
    bool wants_json, is_strict;
};

static void print_help(FILE *to)
{
    fputs("siteward schedule import: read a published work schedule\n\n"
          "  siteward schedule import hours.ics                        what is in it, for people\n"
          "  siteward schedule import hours.ics --json                 expanded, for programs\n"
          "  siteward schedule import hours.ics --tz Asia/Shanghai --from 2026-03-01 --to 2026-04-01\n"
          "  siteward schedule import hours.json --json                the product's own form is read too\n"
          "  siteward schedule import - --strict < hours.json          standard input; all of it or nothing\n\n"
          "Every fault is said on standard error with its line; what cannot be used is skipped and counted.\n"
          "Exit 0: something could be used, or there was nothing to skip; 1: nothing usable, or no schedule at all.\n\n"
          "  -c, --config FILE the site whose clock is meant by times that name no zone\n"
          "      --tz ZONE     the same by name (default: UTC)\n"
          "      --from TIME   first day or instant of the range (default: 31 days ago)\n"
          "      --to TIME     end of the range, excluded (default: in 366 days)\n"
          "      --json        one JSON object on standard output\n"
          "      --strict      one item that cannot be used refuses the file: exit 1, nothing is printed\n"
          "  -h, --help        this text\n",
          to);
}

/* A day or an RFC 3339 time. */
static int take_bound(const char *option, const char *text, const struct sw_zone *zone, int64_t *ret)
{
    struct sw_local t;
    struct sw_err err = {0};

    if (text == NULL)
        return SW_EXIT_OK;
    if (sw_local_parse(text, strlen(text), zone, &t, &err) < 0)
        return sw_cli_fail("schedule", "%s: %s", option, err.msg);
    *ret = sw_local_to_utc_s(t.zone, t.s) * SW_US_PER_S;
    return SW_EXIT_OK;
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    char *text = f != NULL ? malloc(SW_SCHEDULE_FILE_MAX + 1) : NULL;
    const char *why = f == NULL ? strerror(errno) : text == NULL ? "no memory" : NULL;

    if (why == NULL) {
        *ret_len = fread(text, 1, SW_SCHEDULE_FILE_MAX + 1, f);
        if (ferror(f))
            why = strerror(errno);
        else if (*ret_len > SW_SCHEDULE_FILE_MAX)
            why = "longer than 4 MiB: a schedule is shorter";
    }
    if (f != NULL && f != stdin)
        (void) fclose(f);
    if (why == NULL)
        return text;
    (void) sw_cli_fail("schedule", "%s: %s", path, why);
    free(text);
    return NULL;
}

/* JSON begins with a brace, iCalendar never does. */
static bool is_json(const char *text, size_t len)
{
    size_t at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < len && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
        at++;
    return at < len && text[at] == '{';
}

static int print(const struct request *q, const struct sw_events *e, const struct sw_schedule *s)
{
    if (q->wants_json && !sw_schedule_print_json(s, e->zone, stdout))
        return sw_cli_fail("schedule", "%s: its JSON form is longer than 8 MiB: choose a shorter range", q->file);
    if (!q->wants_json)
        sw_schedule_print_text(s, e->zone, stdout);
    return SW_EXIT_OK;
}

static int import_text(const struct request *q, struct sw_events *e, const char *text, size_t len, int64_t from_us,
                       int64_t to_us)
{
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};
    int code, rc = is_json(text, len) ? sw_schedule_json_read(e, text, len, &err) : sw_ical_read(e, text, len, &err);

    if (rc >= 0)
        rc = sw_events_expand(e, from_us, to_us, &s, &err);
    if (rc < 0)
        return sw_cli_fail("schedule", "%s", err.msg);
    if (e->n_skipped > 0 && e->is_strict) /* an exception of an item: it was told */
        code = sw_cli_fail("schedule", "%s: a part cannot be used, and --strict allows none", e->file);
    else if (s->n_items == 0 && e->n_skipped > 0)
        code = sw_cli_fail("schedule", "%s: nothing usable: %zu component%s skipped", q->file, e->n_skipped,
                           e->n_skipped == 1 ? "" : "s");
    else
        code = print(q, e, s);
    if (code == SW_EXIT_OK && e->n_skipped > 0)
        (void) fprintf(stderr, "%s: %zu item%s read, %zu component%s skipped\n", q->file, s->n_items,
                       s->n_items == 1 ? "" : "s", e->n_skipped, e->n_skipped == 1 ? "" : "s");
    sw_schedule_free(s);
    return code;
}

/* The clock of times that name no zone. */
static int take_zone(const struct request *q, struct sw_zone *ret)
{
    struct sw_err err = {0};

    if (q->config != NULL && q->tz == NULL) {
        struct sw_site *site = sw_cli_site("schedule", q->config);

        if (site == NULL)
            return SW_EXIT_FAILED;
        *ret = site->zone;
        sw_site_free(site);
        return SW_EXIT_OK;
    }
    if (sw_zone_load(q->tz != NULL ? q->tz : "UTC", ret, &err) < 0)
        return sw_cli_fail("schedule", "--tz: %s", err.msg);
    return SW_EXIT_OK;
}

static int import(const struct request *q)
{
    static struct sw_zone zone; /* 8 KiB */
    const struct rlimit cpu = {CPU_S, CPU_S + 1};
    struct sw_clock clock;
    struct sw_events e;
    int64_t from_us, to_us;
    size_t len = 0;
    char *text;
    int code;

    sw_clock_init_real(&clock);
    from_us = sw_clock_utc_us(&clock) - PAST_S * SW_US_PER_S;
    to_us = sw_clock_utc_us(&clock) + FUTURE_S * SW_US_PER_S;
    if (take_zone(q, &zone) != SW_EXIT_OK)
        return SW_EXIT_FAILED;
    if (take_bound("--from", q->from, &zone, &from_us) != SW_EXIT_OK ||
        take_bound("--to", q->to, &zone, &to_us) != SW_EXIT_OK)
        return SW_EXIT_FAILED;
    if (to_us <= from_us)
        return sw_cli_fail("schedule", "--to must be after --from");
    text = read_file(q->file, &len);
    if (text == NULL)
        return SW_EXIT_FAILED;
    (void) setrlimit(RLIMIT_CPU, &cpu);
    sw_events_init(&e, strcmp(q->file, "-") == 0 ? "standard input" : q->file, &zone, stderr);
    e.is_strict = q->is_strict;
    code = import_text(q, &e, text, len, from_us, to_us);
    sw_events_done(&e);
    free(text);
    return code;
}

static int cmd_import(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"tz", required_argument, NULL, 'z'},
        {"from", required_argument, NULL, 'f'},   {"to", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},         {"strict", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct request q = {0};
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            q.config = optarg;
            break;
        case 'z':
            q.tz = optarg;
            break;
        case 'f':
            q.from = optarg;
            break;
        case 't':
            q.to = optarg;
            break;
        case 'j':
            q.wants_json = true;
            break;
        case 's':
            q.is_strict = true;
            break;
        case 'h':
            print_help(stdout);
            return sw_cli_end_output("schedule", SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward schedule import --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (optind + 1 != argc)
        return sw_cli_fail("schedule", "name one file: siteward schedule import hours.ics");
    q.file = argv[optind];
    return sw_cli_end_output("schedule", import(&q));
}

int sw_cmd_schedule(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "import") == 0)
        return cmd_import(argc - 1, argv + 1);
    return sw_cmd_schedule_show(argc, argv);
}
