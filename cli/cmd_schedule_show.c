// SPDX-License-Identifier: Apache-2.0
/* `siteward schedule`: the published schedule of the running daemon, as a table. Importing files is another command's.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"

#define NAME "schedule"

static const char help[] =
    "Examples:\n"
    "  siteward schedule\n"
    "  siteward schedule --json | jq '.items[] | select(.kind == \"permit\")'\n"
    "  siteward schedule import schedule.ics -c site.yaml    look at a file before the gateway does\n\n"
    "What the running daemon has published: work, night permits, quiet periods; since when each is known, and whether "
    "it\n"
    "still stands. A permit out of a file is unconfirmed until the authority confirms it, and permits nothing.\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --json          the schedule document, one object\n\n"
    "Exit 4: no daemon answers.\n";

/* In the language of the terminal, else in the other one. */
static const char *summary_of(const json_t *item)
{
    const char *lang = getenv("LANG");
    const json_t *summary = json_object_get(item, "summary");
    bool is_zh = lang && strncmp(lang, "zh", 2) == 0;
    const char *text = json_string_value(json_object_get(summary, is_zh ? "zh-CN" : "en"));
    return text ? text : sw_asking_text(summary, is_zh ? "en" : "zh-CN");
}

/* "2026-03-01T09:00:00.000+08:00" as "2026-03-01 09:00". */
static void cell_time(struct sw_table *t, const char *time)
{
    if (strlen(time) >= 16)
        sw_table_cell(t, "%.10s %.5s", time, time + 11);
    else
        sw_table_cell(t, "%s", time);
}

static void print_table(const json_t *schedule)
{
    static const char *const head[] = {"KIND", "STATUS", "STARTS", "LASTS", "REPEATS", "PUBLISHED", "SUMMARY"};
    const json_t *items = json_object_get(schedule, "items"), *item;
    json_int_t omitted = json_integer_value(json_object_get(schedule, "omitted"));
    size_t i;
    if (json_array_size(items) == 0) {
        puts("no schedule is published: whether work is allowed is not known");
        return;
    }
    struct sw_table *t = sw_table_new();
    if (!t)
        return;
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(head); k++)
        sw_table_cell(t, "%s", head[k]);
    json_array_foreach(items, i, item)
    {
        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(item, "kind"));
        sw_table_cell(t, "%s", sw_asking_text(item, "status"));
        cell_time(t, sw_asking_text(item, "dtstart"));
        sw_table_cell(t, "%s", sw_asking_text(item, "duration"));
        sw_table_cell(t, "%s", sw_asking_text(item, "rrule"));
        cell_time(t, sw_asking_text(item, "published"));
        sw_table_cell(t, "%s", summary_of(item));
    }
    sw_table_print(t, 0, stdout);
    sw_table_free(t);
    printf("\nrevision %d, times of %s\n", (int) json_integer_value(json_object_get(schedule, "revision")),
           sw_asking_text(schedule, "tz"));
    if (omitted > 0)
        printf("%d more items do not fit into the document\n", (int) omitted);
}

int sw_cmd_schedule_show(int argc, char **argv)
{
    struct sw_asking o;
    struct sw_err err = {0};
    struct sw_client *client;
    json_t *schedule = NULL;
    int code = sw_asking_read(NAME, help, NULL, argc, argv, &o);
    if (code >= 0)
        return code;
    if (sw_client_new(NAME, o.config, &client, &err) < 0)
        return sw_cli_fail(NAME, "%s", err.msg);
    int r = sw_client_get(client, "/api/v1/schedule", &schedule, &err);
    sw_client_free(client);
    if (r < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(r);
    }
    if (o.is_json) {
        json_dumpf(schedule, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        print_table(schedule);
    }
    json_decref(schedule);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}
