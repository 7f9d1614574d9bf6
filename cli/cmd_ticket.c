// SPDX-License-Identifier: Apache-2.0
/* `siteward ticket`: one ticket of the running daemon with its history, or a command on it from the site. What is
 * allowed is decided by the daemon; a refusal is printed with what to do. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "common/clock.h"
#include "common/ident.h"
#include "common/timefmt.h"
#include "tickets/ticket.h"

#define NAME "ticket"
#define TICKETS "/api/v1/tickets"
#define WAIT_MS 12000 /* a disk that is busy is waited for */

static const char help[] =
    "Examples:\n"
    "  siteward ticket sw-7k2m4q5xza\n"
    "  siteward ticket sw-7k2m4q5xza accept --by wang\n"
    "  siteward ticket PD0042-20260302-007 resolve --measure stopped-machine --text 'pump off since 01:05'\n"
    "  siteward ticket sw-7k2m4q5xza return --reason 'not our machine'\n\n"
    "A ticket by its id or number, with its history; or a command on it by the people of the site: accept, return,\n"
    "start, resolve, note, link, unlink. Other verbs belong to the platform and are refused.\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --by NAME       who says so (default: the user's name)\n"
    "      --text TEXT     what was done, or the note\n"
    "      --measure WORD  with resolve: the kind of measure, like stopped-machine\n"
    "      --reason TEXT   with return, and with --force\n"
    "      --force         with resolve: although it is not proven to be below the limit; shown in every report\n"
    "      --until TIME    with suspend, RFC 3339 with offset\n"
    "      --revision N    of the ticket as you saw it (default: as it is now)\n"
    "      --json          the daemon's answer, one object\n\n"
    "Exit 1: refused, the reason is on stderr. Exit 3: no such ticket. Exit 4: no daemon answers.\n";

struct options {
    const char *config, *ticket, *verb;
    const char *by, *text, *measure, *reason, *until;
    long long revision;
    bool force, is_json;
};

/* ---- showing ---- */

static const char *word_of(const json_t *ticket, const char *object, const char *key)
{
    return sw_asking_text(json_object_get(ticket, object), key);
}

static void print_history(const json_t *ticket)
{
    const json_t *entry;
    size_t i;

    puts("\nhistory");
    json_array_foreach(json_object_get(ticket, "history"), i, entry)
    {
        const char *at = sw_asking_text(entry, "at"), *stage = json_string_value(json_object_get(entry, "stage"));

        printf("  %.10s %.8s  %-10s %s (%s)%s%s\n", at, strlen(at) >= 19 ? at + 11 : "", sw_asking_text(entry, "verb"),
               word_of(entry, "by", "id"), sw_asking_text(entry, "door"), stage ? "  " : "", stage ? stage : "");
    }
    long long total = (long long) json_integer_value(json_object_get(ticket, "history_total"));
    if (total > (long long) i)
        printf("  (%lld of %lld entries; the rest is in the store)\n", (long long) i, total);
}

/* What changes how the rest is to be read. */
static void print_standing(const json_t *ticket)
{
    const json_t *flags = json_object_get(ticket, "flags"), *one;
    const char *head = json_string_value(json_object_get(ticket, "merged_into"));
    size_t i;

    json_array_foreach(json_object_get(flags, "overdue"), i, one)
        printf("%s%s", i ? "," : "  overdue: ", json_string_value(one));
    if (json_is_true(json_object_get(flags, "forced")))
        printf("  resolved without proof");
    if (json_is_true(json_object_get(flags, "suspended")))
        printf("  suspended until %s", sw_asking_text(ticket, "suspended_until"));
    putchar('\n');
    if (head)
        printf("dealt with in %s: act on that one\n", head);
}

static void print_ticket(const json_t *ticket)
{
    const char *lang = getenv("LANG");

    printf("%s  %s  class %s  %s", sw_asking_text(ticket, "id"), sw_asking_text(ticket, "number"),
           sw_asking_text(ticket, "class"), sw_asking_text(ticket, "status"));
    print_standing(ticket);
    printf("%s\n", word_of(ticket, "title", lang && strncmp(lang, "zh", 2) == 0 ? "zh-CN" : "en"));
    printf("owner       %s %s\n", word_of(ticket, "assignee", "unit"), word_of(ticket, "assignee", "person"));
    printf("respond by  %s\ndispatch by %s\nresolve by  %s\n", word_of(ticket, "deadlines", "respond_by"),
           word_of(ticket, "deadlines", "dispatch_by"), word_of(ticket, "deadlines", "resolve_by"));
    printf("calls       %lld\nrevision    %lld\n",
           (long long) json_integer_value(json_object_get(json_object_get(ticket, "complaints"), "calls")),
           (long long) json_integer_value(json_object_get(ticket, "revision")));
    print_history(ticket);
}

static void print_json(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
}

/* ---- asking ---- */

static int fail(int r, const struct sw_err *err)
{
    sw_cli_fail(NAME, "%s", err->msg);
    return r == SW_E_NOTFOUND ? SW_EXIT_NOT_FOUND : sw_client_exit_code(r);
}

/* By id, or by number out of the list. */
static int find_ticket(struct sw_client *client, const char *name, json_t **ret, struct sw_err *err)
{
    char path[128];
    json_t *all = NULL, *one;
    size_t i;
    int r;

    if (strncmp(name, "sw-", 3) == 0) {
        snprintf(path, sizeof(path), TICKETS "/%.60s", name);
        return sw_client_get(client, path, ret, err);
    }
    r = sw_client_get(client, TICKETS, &all, err);
    if (r < 0)
        return r;
    json_array_foreach(json_object_get(all, "tickets"), i, one)
    {
        if (strcmp(sw_asking_text(one, "number"), name) == 0 || strcmp(sw_asking_text(one, "id"), name) == 0) {
            *ret = json_incref(one);
            json_decref(all);
            return SW_OK;
        }
    }
    json_decref(all);
    return sw_err_set(err, SW_E_NOTFOUND, 0, "no ticket %.60s here; 'siteward tickets' lists them", name);
}

static void set(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

/* The daemon's own time: on a simulated site it is another one than ours. */
static json_t *document_of(const struct options *o, const json_t *ticket, const json_t *status)
{
    const char *user = o->by ? o->by : getenv("USER");
    char id[32] = "cli-", by[SW_ID_SIZE];
    json_t *document = json_object();
    long long revision =
        o->revision ? o->revision : (long long) json_integer_value(json_object_get(ticket, "revision"));

    sw_boot_id(sw_mono_real_us(), id + 4);
    if (user && *user)
        snprintf(by, sizeof(by), "%s%.50s", strncmp(user, "party:", 6) == 0 ? "" : "party:", user);
    else
        snprintf(by, sizeof(by), "party:uid-%u", (unsigned) getuid());
    set(document, "schema", "siteward.cmd/1.0");
    set(document, "id", id);
    set(document, "at", sw_asking_text(status, "ts"));
    json_object_set_new(document, "by", json_pack("{s:s,s:s}", "id", by, "role", "party"));
    json_object_set_new(document, "revision", json_integer(revision));
    set(document, "text", o->text);
    set(document, "measure", o->measure);
    set(document, "reason", o->reason);
    set(document, "until", o->until);
    if (o->force)
        json_object_set_new(document, "force", json_true());
    return document;
}

static int say_refusal(const json_t *problem, long status)
{
    const char *hint = json_string_value(json_object_get(problem, "hint"));

    sw_cli_fail(NAME, "%s: %s", sw_asking_text(problem, "title"), sw_asking_text(problem, "detail"));
    if (hint && *hint)
        fprintf(stderr, "%s.\n", hint);
    return status == 404 ? SW_EXIT_NOT_FOUND : SW_EXIT_FAILED;
}

static int send(const struct options *o, struct sw_client *client, const json_t *ticket)
{
    char path[160];
    struct sw_err err = {0};
    json_t *status = NULL, *answer = NULL, *document;
    long code = 0;
    int r = sw_client_get(client, "/api/v1/status", &status, &err);

    if (r < 0)
        return fail(r, &err);
    document = document_of(o, ticket, status);
    snprintf(path, sizeof(path), TICKETS "/%.40s/%.20s", sw_asking_text(ticket, "id"), o->verb);
    r = sw_client_send(client, path, document, WAIT_MS, &code, &answer, &err);
    json_decref(document);
    json_decref(status);
    if (r < 0)
        return fail(r, &err);
    if (o->is_json)
        print_json(answer);
    if (code != 200)
        r = say_refusal(answer, code);
    else if (!o->is_json)
        printf("%s: %s (revision %lld)\n", sw_asking_text(ticket, "number"), word_of(answer, "data", "status"),
               (long long) json_integer_value(json_object_get(json_object_get(answer, "data"), "revision")));
    json_decref(answer);
    return code == 200 ? sw_cli_end_output(NAME, SW_EXIT_OK) : r;
}

static int run(const void *options, struct sw_client *client)
{
    const struct options *o = options;
    struct sw_err err = {0};
    json_t *ticket = NULL;
    int r = find_ticket(client, o->ticket, &ticket, &err);

    if (r < 0)
        return fail(r, &err);
    if (o->verb) {
        r = send(o, client, ticket);
    } else {
        if (o->is_json)
            print_json(ticket);
        else
            print_ticket(ticket);
        r = sw_cli_end_output(NAME, SW_EXIT_OK);
    }
    json_decref(ticket);
    return r;
}

/* ---- options ---- */

static int check(const struct options *o)
{
    struct sw_err err = {0};
    int64_t us;
    int verb = o->verb ? sw_verb_from_name(o->verb) : -1;

    if (o->verb && (verb < 0 || !sw_ticket_verb_rule((enum sw_verb) verb)))
        return sw_cli_fail(NAME, "'%.40s' is no verb: accept, return, start, resolve, note, …", o->verb);
    if (!o->verb && (o->by || o->text || o->measure || o->reason || o->until || o->force || o->revision))
        return sw_cli_fail(NAME, "a verb is missing: siteward ticket ID VERB …");
    if (o->until && sw_time_parse(o->until, strlen(o->until), &us, &err) < 0)
        return sw_cli_fail(NAME, "--until: %s", err.msg);
    return -1;
}

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    enum { BY = 256, TEXT, MEASURE, REASON, FORCE, UNTIL, REVISION };
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"by", required_argument, NULL, BY},
        {"text", required_argument, NULL, TEXT},
        {"measure", required_argument, NULL, MEASURE},
        {"reason", required_argument, NULL, REASON},
        {"force", no_argument, NULL, FORCE},
        {"until", required_argument, NULL, UNTIL},
        {"revision", required_argument, NULL, REVISION},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const struct {
        int option;
        const char **to;
    } texts[] = {{'c', &o->config},      {BY, &o->by},         {TEXT, &o->text},
                 {MEASURE, &o->measure}, {REASON, &o->reason}, {UNTIL, &o->until}};
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
        o->force = o->force || c == FORCE;
        if (c == REVISION && (o->revision = strtoll(optarg, NULL, 10)) < 1)
            return sw_cli_fail(NAME, "--revision is a whole number from 1");
        for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
            if (texts[i].option == c)
                *texts[i].to = optarg;
    }
    if (argc - optind < 1 || argc - optind > 2)
        return sw_cli_fail(NAME, "siteward ticket ID [VERB …]; 'siteward tickets' lists them");
    o->ticket = argv[optind];
    o->verb = argv[optind + 1];
    return check(o);
}

int sw_cmd_ticket(int argc, char **argv)
{
    struct options o = {.ticket = ""};
    const int code = read_options(argc, argv, &o);

    return code >= 0 ? code : sw_client_run(NAME, o.config, run, &o);
}
