// SPDX-License-Identifier: Apache-2.0
/* `siteward complaint add`: a caller's complaint to the running daemon, and what it answers. Of the caller only a
 * reference is sent that nobody here can resolve. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "common/clock.h"
#include "common/ident.h"
#include "common/timefmt.h"
#include "tickets/ticket.h"

#define NAME "complaint"
#define WAIT_MS 12000
#define COLUMNS 80

static const char help[] =
    "Examples:\n"
    "  siteward complaint add --at 2026-03-02T23:40:00+08:00\n"
    "  siteward complaint add --at 2026-03-02T23:40:00+08:00 --window PT60M --lat 31.2221 --lon 121.5432 \\\n"
    "      --caller-ref h:6c1f09a2b7d8e4f0a1c2d3e4f5061728 --request-id 12345-20260303-88121\n\n"
    "Brings a complaint to the running daemon: linked to a ticket, a ticket opened, or nothing measured, and what can\n"
    "be told the caller. Of the caller the gateway keeps the reference and the distance to 50 m, nothing else.\n\n"
    "  -c, --config FILE     site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --at TIME         when it was heard, RFC 3339 with offset\n"
    "      --window PT60M    around it\n"
    "      --service CODE    default noise.construction\n"
    "      --lat, --lon      where the caller is\n"
    "      --caller-ref REF  the hotline's keyed hash of the caller\n"
    "      --request-id ID   of the hotline; the same again gets the first answer\n"
    "      --by NAME         the agent (default: the user's name)\n"
    "      --json            the daemon's answer, one object\n\n"
    "Exit 1: refused, the reason is on stderr. Exit 4: no daemon answers.\n";

struct options {
    const char *config, *at, *window, *service, *lat, *lon, *caller_ref, *request_id, *by;
    bool is_json;
};

static void set(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

static json_t *document_of(const struct options *o, const json_t *status)
{
    const char *user = o->by ? o->by : getenv("USER");
    char id[32] = "cli-", by[SW_ID_SIZE];
    json_t *document = json_object(), *occurred = json_object();

    sw_boot_id(sw_mono_real_us(), id + 4);
    if (user && *user)
        snprintf(by, sizeof(by), "%s%.50s", strncmp(user, "agent:", 6) == 0 ? "" : "agent:", user);
    else
        snprintf(by, sizeof(by), "agent:uid-%u", (unsigned) getuid());
    set(document, "schema", "siteward.complaint/1.0");
    set(document, "id", id);
    set(document, "at", sw_asking_text(status, "ts"));
    json_object_set_new(document, "by", json_pack("{s:s,s:s}", "id", by, "role", "agent"));
    set(document, "service_request_id", o->request_id ? o->request_id : id);
    set(document, "service_code", o->service ? o->service : "noise.construction");
    set(occurred, "at", o->at);
    set(occurred, "window", o->window);
    json_object_set_new(document, "occurred", occurred);
    set(document, "caller_ref", o->caller_ref);
    if (o->lat) {
        json_object_set_new(document, "lat", json_real(strtod(o->lat, NULL)));
        json_object_set_new(document, "long", json_real(strtod(o->lon, NULL)));
    }
    set(document, "want", "link-or-open");
    return document;
}

static void print_answer(const json_t *answer)
{
    const char *lang = getenv("LANG");
    const json_t *data = json_object_get(answer, "data");
    const json_t *said = json_object_get(json_object_get(json_object_get(answer, "answer"), "answer"), "say");
    const char *ticket = json_string_value(json_object_get(data, "ticket"));
    const char *say = sw_asking_text(said, lang && strncmp(lang, "zh", 2) == 0 ? "zh-CN" : "en");

    printf("%s", sw_asking_text(data, "outcome"));
    if (ticket)
        printf(": %s  %s  %s", ticket, sw_asking_text(data, "number"), sw_asking_text(data, "status"));
    printf("  (%s%s)\n", sw_asking_text(data, "why"),
           json_is_true(json_object_get(data, "repeated")) ? ", brought before" : "");
    if (strcmp(say, "-") != 0)
        sw_text_print(say, 0, COLUMNS, stdout);
}

static int fail(int r, const struct sw_err *err)
{
    sw_cli_fail(NAME, "%s", err->msg);
    return sw_client_exit_code(r);
}

static int run(const void *options, struct sw_client *client)
{
    const struct options *o = options;
    struct sw_err err = {0};
    json_t *status = NULL, *answer = NULL, *document;
    long code = 0;
    int r = sw_client_get(client, "/api/v1/status", &status, &err);

    if (r < 0)
        return fail(r, &err);
    document = document_of(o, status);
    r = sw_client_send(client, "/api/v1/complaints", document, WAIT_MS, &code, &answer, &err);
    json_decref(document);
    json_decref(status);
    if (r < 0)
        return fail(r, &err);
    if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    }
    if (code == 200 && !o->is_json)
        print_answer(answer);
    if (code != 200) {
        const char *hint = json_string_value(json_object_get(answer, "hint"));

        sw_cli_fail(NAME, "%s: %s", sw_asking_text(answer, "title"), sw_asking_text(answer, "detail"));
        if (hint && *hint)
            fprintf(stderr, "%s.\n", hint);
    }
    json_decref(answer);
    return code == 200 ? sw_cli_end_output(NAME, SW_EXIT_OK) : SW_EXIT_FAILED;
}

static bool is_number(const char *text)
{
    char *end;

    (void) strtod(text, &end);
    return *text && !*end;
}

static int check(const struct options *o)
{
    struct sw_err err = {0};
    int64_t us;

    if (!o->at)
        return sw_cli_fail(NAME, "--at TIME is missing: when was it heard?");
    if (sw_time_parse(o->at, strlen(o->at), &us, &err) < 0)
        return sw_cli_fail(NAME, "--at: %s", err.msg);
    if (!o->lat != !o->lon)
        return sw_cli_fail(NAME, "a point has both --lat and --lon");
    if (o->lat && (!is_number(o->lat) || !is_number(o->lon)))
        return sw_cli_fail(NAME, "--lat and --lon are decimal degrees, like 31.2221 and 121.5432");
    return -1;
}

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    enum { AT = 256, WINDOW, SERVICE, LAT, LON, CALLER, REQUEST, BY };
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"at", required_argument, NULL, AT},
        {"window", required_argument, NULL, WINDOW},
        {"service", required_argument, NULL, SERVICE},
        {"lat", required_argument, NULL, LAT},
        {"lon", required_argument, NULL, LON},
        {"caller-ref", required_argument, NULL, CALLER},
        {"request-id", required_argument, NULL, REQUEST},
        {"by", required_argument, NULL, BY},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const struct {
        int option;
        const char **to;
    } texts[] = {{'c', &o->config}, {AT, &o->at},   {WINDOW, &o->window},     {SERVICE, &o->service},
                 {LAT, &o->lat},    {LON, &o->lon}, {CALLER, &o->caller_ref}, {REQUEST, &o->request_id},
                 {BY, &o->by}};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        if (c == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        }
        if (c == '?') {
            fprintf(stderr, "'siteward " NAME " --help' shows the options.\n");
            return SW_EXIT_FAILED;
        }
        o->is_json = o->is_json || c == 'j';
        for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
            if (texts[i].option == c)
                *texts[i].to = optarg;
    }
    if (argc - optind != 1 || strcmp(argv[optind], "add") != 0)
        return sw_cli_fail(NAME, "'siteward complaint add --at TIME …' brings one");
    return check(o);
}

int sw_cmd_complaint(int argc, char **argv)
{
    struct options o = {0};
    const int code = read_options(argc, argv, &o);

    return code >= 0 ? code : sw_client_run(NAME, o.config, run, &o);
}
