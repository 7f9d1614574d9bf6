// SPDX-License-Identifier: Apache-2.0
/* `siteward tickets`: the tickets of the running daemon as a table, or each change as it comes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"

#define NAME "tickets"
#define POLL_S 1

static const char help[] =
    "Examples:\n"
    "  siteward tickets\n"
    "  siteward tickets --follow\n"
    "  siteward tickets --json | jq -r '.tickets[] | select(.flags.overdue != []) | .number'\n\n"
    "The daemon's tickets: number, class, status, stage, owner, title.\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "  -f, --follow        what is there, then each ticket again when it changes, until Ctrl-C\n"
    "      --json          the daemon's answer, one object; with --follow one ticket document a line\n\n"
    "Exit 4: no daemon answers.\n";

/* The title in the language of the terminal. */
static const char *title_of(const json_t *ticket)
{
    const char *lang = getenv("LANG");
    const json_t *title = json_object_get(ticket, "title");
    return sw_asking_text(title, lang && strncmp(lang, "zh", 2) == 0 ? "zh-CN" : "en");
}

static const char *owner_of(const json_t *ticket)
{
    return sw_asking_text(json_object_get(ticket, "assignee"), "unit");
}

static void print_all(const json_t *tickets)
{
    struct sw_table *t = sw_table_new();
    const json_t *ticket;
    size_t i;
    if (!t)
        return;
    if (json_array_size(tickets) == 0)
        puts("no tickets");
    else
        sw_table_row(t);
    static const char *const head[] = {"NUMBER", "CLASS", "STATUS", "STAGE", "OWNER", "TITLE"};
    for (size_t k = 0; k < SW_ARRAY_SIZE(head); k++)
        sw_table_cell(t, "%s", head[k]);
    json_array_foreach(tickets, i, ticket)
    {
        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(ticket, "number"));
        sw_table_cell(t, "%s", sw_asking_text(ticket, "class"));
        sw_table_cell(t, "%s", sw_asking_text(ticket, "status"));
        sw_table_cell(t, "%s", sw_asking_text(ticket, "stage"));
        sw_table_cell(t, "%s", owner_of(ticket));
        sw_table_cell(t, "%s", title_of(ticket));
    }
    sw_table_print(t, 0, stdout);
    sw_table_free(t);
}

static void print_one(const json_t *ticket, bool is_json)
{
    if (is_json) {
        json_dumpf(ticket, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
        return;
    }
    const char *ts = sw_asking_text(ticket, "ts");
    printf("%.10s %.8s  %s  %s  %s/%s  %s  (%s)\n", ts, strlen(ts) >= 19 ? ts + 11 : "",
           sw_asking_text(ticket, "number"), sw_asking_text(ticket, "class"), sw_asking_text(ticket, "status"),
           sw_asking_text(ticket, "stage"), title_of(ticket), owner_of(ticket));
}

/* Print the tickets that are new or have another revision than in `seen`; afterwards `seen` is what is there now. */
static void print_changed(const json_t *tickets, json_t **seen, bool is_json)
{
    json_t *now = json_object();
    const json_t *ticket;
    size_t i;
    json_array_foreach(tickets, i, ticket)
    {
        const char *id = sw_asking_text(ticket, "id");
        json_t *revision = json_object_get(ticket, "revision"), *before = json_object_get(*seen, id);
        if (!before || json_integer_value(before) != json_integer_value(revision))
            print_one(ticket, is_json);
        json_object_set(now, id, revision);
    }
    json_decref(*seen);
    *seen = now;
}

static int show(struct sw_client *client, const struct sw_asking *o, json_t **seen)
{
    struct sw_err err = {0};
    json_t *answer = NULL;
    int r = sw_client_get(client, "/api/v1/tickets", &answer, &err);
    if (r < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(r);
    }
    const json_t *tickets = json_object_get(answer, "tickets");
    if (o->goes_on) {
        print_changed(tickets, seen, o->is_json);
    } else if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        print_all(tickets);
    }
    json_decref(answer);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

int sw_cmd_tickets(int argc, char **argv)
{
    struct sw_asking o;
    struct sw_err err = {0};
    struct sw_client *client;
    int code = sw_asking_read(NAME, help, "follow", argc, argv, &o);
    if (code >= 0)
        return code;
    if (sw_client_new(NAME, o.config, &client, &err) < 0)
        return sw_cli_fail(NAME, "%s", err.msg);
    json_t *seen = json_object();
    while ((code = show(client, &o, &seen)) == SW_EXIT_OK && o.goes_on)
        sleep(POLL_S);
    json_decref(seen);
    sw_client_free(client);
    return code;
}
