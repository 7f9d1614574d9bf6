// SPDX-License-Identifier: Apache-2.0
/* `siteward evidence`: what was measured around an instant, from the running daemon, as a person reads it or as the
 * document. What the answer says is the daemon's; `evidence export` is read in cmd_evidence_export.c. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"

#define NAME "evidence"
#define COLUMNS 80

static const char help[] =
    "Examples:\n"
    "  siteward evidence --at 2026-03-02T23:40:00+08:00\n"
    "  siteward evidence --at 2026-03-02T23:40:00+08:00 --window PT1H --lat 31.2221 --lon 121.5432 --lang en\n"
    "  siteward evidence --at 2026-03-02T23:40:00+08:00 --json > answer.json && siteward verify answer.json\n"
    "  siteward evidence export --ticket sw-7k2m4q5xza\n\n"
    "What was measured around an instant, whether work was allowed, which tickets there are; and the sentence that an\n"
    "agent reads out to a caller.\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --at TIME       the instant, RFC 3339 with its offset; not in the future\n"
    "      --window PT30M  the stretch around it, 1 minute to 24 hours; default PT30M\n"
    "      --lat, --lon    where the caller is, in degrees (WGS-84)\n"
    "      --category WORD noise or dust; default: whatever is worst\n"
    "      --lang LANG     zh-CN or en; default: both\n"
    "      --json          the document, signed, on one line\n\n"
    "Exit 4: no daemon answers.\n";

struct options {
    const char *config, *at, *window, *lat, *lon, *category, *lang;
    bool is_json;
};

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'}, {"at", required_argument, NULL, 'a'},
        {"window", required_argument, NULL, 'w'}, {"lat", required_argument, NULL, 'y'},
        {"lon", required_argument, NULL, 'x'},    {"category", required_argument, NULL, 'k'},
        {"lang", required_argument, NULL, 'l'},   {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    const char **const to[] = {&o->config, &o->at, &o->window, &o->lat, &o->lon, &o->category, &o->lang};
    static const char letters[] = "cawyxkl";
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        const char *at = strchr(letters, c);

        if (c == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        }
        if (c == 'j') {
            o->is_json = true;
        } else if (at) {
            *to[at - letters] = optarg;
        } else {
            fprintf(stderr, "'siteward %s --help' shows the options.\n", NAME);
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(NAME, "'%s' is one word too many; 'siteward %s --help' shows what it takes", argv[optind],
                           NAME);
    if (!o->at)
        return sw_cli_fail(NAME, "--at is missing: --at 2026-03-02T23:40:00+08:00");
    return -1;
}

/* "&key=value" with everything but letters, digits and -._~ in percent form. */
static bool add_argument(char *path, size_t cap, const char *key, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t len = strlen(path);

    if (!value)
        return true;
    if (len + strlen(key) + 2 + 3 * strlen(value) >= cap)
        return false;
    len += (size_t) sprintf(path + len, "%c%s=", strchr(path, '?') ? '&' : '?', key);
    for (; *value; value++)
        len += (size_t) sprintf(path + len, strchr(plain, *value) ? "%c" : "%%%02X", (unsigned char) *value);
    return true;
}

/* ---- as a person reads it ---- */

static void print_number(struct sw_table *t, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);

    if (json_is_number(v))
        sw_table_cell(t, "%.1f", json_number_value(v));
    else
        sw_table_cell(t, "-");
}

static void print_numbers(const json_t *numbers)
{
    static const char *const head[] = {"SENSOR", "VERDICT", "WORST", "OF", "LIMIT", "OVER MIN", "VALID"};
    struct sw_table *t = json_array_size(numbers) ? sw_table_new() : NULL;
    const json_t *v;
    size_t i;

    if (!t)
        return;
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(head); k++)
        sw_table_cell(t, "%s", head[k]);
    json_array_foreach(numbers, i, v)
    {
        const json_t *worst = json_object_get(v, "worst");

        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(v, "sensor"));
        sw_table_cell(t, "%s", sw_asking_text(v, "verdict"));
        print_number(t, worst, "value");
        sw_table_cell(t, "%s", sw_asking_text(worst, "statistic"));
        print_number(t, worst, "limit");
        sw_table_cell(t, "%lld", (long long) json_integer_value(json_object_get(v, "over_minutes")));
        sw_table_cell(t, "%.0f %%", 100 * json_number_value(json_object_get(v, "valid_ratio")));
    }
    sw_table_print(t, 0, stdout);
    sw_table_free(t);
}

static void print_answer(const json_t *answer)
{
    static const char *const langs[] = {"zh-CN", "en"};
    const json_t *headline = json_object_get(answer, "headline"), *say = json_object_get(answer, "say"), *caveat;
    size_t i;

    for (size_t k = 0; k < SW_ARRAY_SIZE(langs); k++)
        if (json_object_get(headline, langs[k])) {
            puts(sw_asking_text(headline, langs[k]));
            sw_text_print(sw_asking_text(say, langs[k]), 2, COLUMNS, stdout);
            putchar('\n');
        }
    printf("code     %s\n", sw_asking_text(answer, "code"));
    json_array_foreach(json_object_get(answer, "caveats"), i, caveat)
        printf("%s%s", i ? ", " : "caveats  ", json_string_value(caveat));
    if (i > 0)
        putchar('\n');
}

/* Whole minutes of the site's own time: "2026-03-02 23:25 to 23:55, +08:00" */
static void print_window(const char *from, const char *to)
{
    const bool is_same_day = strncmp(from, to, 10) == 0;

    if (strlen(from) < 24 || strlen(to) < 24)
        return;
    printf("window   %.10s %.5s to %.10s%s%.5s, %s\n", from, from + 11, is_same_day ? "" : to, is_same_day ? "" : " ",
           to + 11, to + 23);
}

static void print_work(const json_t *work)
{
    const char *hours = json_string_value(json_object_get(work, "published_hours"));
    const char *permit = json_string_value(json_object_get(work, "permit"));

    printf("work     %s%s%s%s%s\n", sw_asking_text(work, "state"), hours ? ", published hours " : "",
           hours ? hours : "", permit ? ", permit " : "", permit ? permit : "");
}

static void print_all(const json_t *doc)
{
    const json_t *window = json_object_get(doc, "window"), *work = json_object_get(doc, "work"), *ticket;
    const json_t *distance = json_object_get(doc, "distance_m");
    size_t i;

    print_answer(json_object_get(doc, "answer"));
    print_window(sw_asking_text(window, "from"), sw_asking_text(window, "to"));
    if (json_is_integer(distance))
        printf("distance %lld m\n", (long long) json_integer_value(distance));
    print_work(work);
    json_array_foreach(json_object_get(doc, "tickets"), i, ticket)
        printf("ticket   %s %s, %s\n", sw_asking_text(ticket, "number"), sw_asking_text(ticket, "status"),
               sw_asking_text(ticket, "assignee"));
    putchar('\n');
    print_numbers(json_object_get(doc, "numbers"));
}

static int show(const struct options *o, const char *path)
{
    struct sw_err err = {0};
    struct sw_client *client;
    json_t *answer = NULL;
    int r;

    if (sw_client_new(NAME, o->config, &client, &err) < 0)
        return sw_cli_fail(NAME, "%s", err.msg);
    r = sw_client_get(client, path, &answer, &err);
    sw_client_free(client);
    if (r < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(r);
    }
    if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        print_all(answer);
    }
    json_decref(answer);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

int sw_cmd_evidence(int argc, char **argv)
{
    struct options o = {0};
    char path[SW_PATH_SIZE] = "/api/v1/evidence";
    int code;

    if (argc > 1 && strcmp(argv[1], "export") == 0)
        return sw_cmd_evidence_export(argc - 1, argv + 1);
    code = read_options(argc, argv, &o);
    if (code >= 0)
        return code;
    if (!add_argument(path, sizeof(path), "at", o.at) || !add_argument(path, sizeof(path), "window", o.window) ||
        !add_argument(path, sizeof(path), "lat", o.lat) || !add_argument(path, sizeof(path), "lon", o.lon) ||
        !add_argument(path, sizeof(path), "category", o.category) || !add_argument(path, sizeof(path), "lang", o.lang))
        return sw_cli_fail(NAME, "the question is too long; 'siteward %s --help' shows what it takes", NAME);
    return show(&o, path);
}
