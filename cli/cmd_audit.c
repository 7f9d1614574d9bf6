// SPDX-License-Identifier: Apache-2.0
/* `siteward audit`: the record of who did what, as the running daemon keeps it. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "io/audit.h"

#define NAME "audit"

static const char help[] =
    "Examples:\n"
    "  siteward audit\n"
    "  siteward audit --kind evidence --limit 500 --json\n\n"
    "Who logged in or was turned away, who changed accounts, who looked evidence up; the newest last, times in UTC. "
    "The\n"
    "daemon keeps about the last 5,000 lines of each kind.\n\n"
    "      --kind KIND     access, failed, account or evidence; else all\n"
    "      --limit N       so many lines, at most 1000; else 100 (a table shows 500)\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --json          one object a line\n\n"
    "Exit 4: no daemon answers.\n";

struct options {
    const char *config, *kind;
    long limit;
    bool is_json;
};

static void print_entries(const json_t *entries)
{
    static const char *const keys[] = {"at", "what", "who", "role", "from", "subject"};
    static const char *const head[] = {"WHEN", "WHAT", "WHO", "ROLE", "FROM", "ABOUT"};
    const size_t n = json_array_size(entries), first = n >= SW_TABLE_ROWS_MAX ? n - (SW_TABLE_ROWS_MAX - 1) : 0;
    struct sw_table *t = n > 0 ? sw_table_new() : NULL;

    if (n == 0)
        puts("nothing is recorded yet");
    if (!t)
        return;
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(head); k++)
        sw_table_cell(t, "%s", head[k]);
    for (size_t i = first; i < n; i++) {
        const json_t *entry = json_array_get(entries, i);
        const bool has_failed = strcmp(sw_asking_text(entry, "kind"), "failed") == 0;

        sw_table_row(t);
        for (size_t k = 0; k < SW_ARRAY_SIZE(keys); k++)
            sw_table_cell(t, k == 0 ? "%.19s%s" : "%s%s", sw_asking_text(entry, keys[k]),
                          k == 1 && has_failed ? " failed" : "");
    }
    sw_table_print(t, 0, stdout);
    sw_table_free(t);
}

static int ask(const void *options, struct sw_client *client)
{
    const struct options *o = options;
    struct sw_err err = {0};
    json_t *answer = NULL;
    const json_t *entry;
    char path[96];
    size_t i;
    int rc;

    (void) snprintf(path, sizeof(path), "/api/v1/audit?limit=%ld&kind=%s", o->limit, o->kind ? o->kind : "");
    rc = sw_client_get(client, path, &answer, &err);
    if (rc < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(rc);
    }
    if (!o->is_json)
        print_entries(json_object_get(answer, "entries"));
    else
        json_array_foreach(json_object_get(answer, "entries"), i, entry)
        {
            json_dumpf(entry, stdout, JSON_COMPACT);
            putchar('\n');
        }
    json_decref(answer);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'}, {"kind", required_argument, NULL, 'k'},
        {"limit", required_argument, NULL, 'l'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        if (c == 'c') {
            o->config = optarg;
        } else if (c == 'k') {
            o->kind = optarg;
        } else if (c == 'l') {
            o->limit = strtol(optarg, NULL, 10);
        } else if (c == 'j') {
            o->is_json = true;
        } else if (c == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        } else {
            fprintf(stderr, "'siteward " NAME " --help' shows the options.\n");
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(NAME, "'%s' is one word too many", argv[optind]);
    if (o->kind && sw_audit_kind_of(o->kind) < 0)
        return sw_cli_fail(NAME, "--kind is access, failed, account or evidence");
    return o->limit < 1 || o->limit > SW_AUDIT_SHOWN_MAX ? sw_cli_fail(NAME, "--limit is 1 to %d", SW_AUDIT_SHOWN_MAX)
                                                         : -1;
}

int sw_cmd_audit(int argc, char **argv)
{
    struct options o = {.limit = 100};
    const int code = read_options(argc, argv, &o);

    return code >= 0 ? code : sw_client_run(NAME, o.config, ask, &o);
}
