// SPDX-License-Identifier: Apache-2.0
/* `siteward status` and `siteward sensors`: what the running daemon knows now, as a table or as its JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "common/macros.h"

#define REDRAW_S 1 /* on a terminal */
#define REPEAT_S 2 /* elsewhere */

static const char status_help[] =
    "Examples:\n"
    "  siteward status\n"
    "  siteward status --watch\n"
    "  siteward status --json | jq .tickets.open\n\n"
    "How each sensor stands against its limit: level, limit, budget left (time at the present level until the limit\n"
    "is passed) and state.\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "  -w, --watch         again and again until Ctrl-C: redrawn on a terminal, else a table every 2 s\n"
    "      --json          the daemon's answer, one object (a line each with --watch)\n\n"
    "Exit 4: no daemon answers.\n";

static const char sensors_help[] = "Examples:\n"
                                   "  siteward sensors\n"
                                   "  siteward sensors --json | jq -r '.sensors[].id'\n\n"
                                   "The sensors of the running daemon and their last values.\n\n"
                                   "  -c, --config FILE   site file that names the daemon's runtime folder (else "
                                   "$SITEWARD_SOCKET, else /run/siteward)\n"
                                   "      --json          the daemon's answer, one object\n\n"
                                   "Exit 4: no daemon answers.\n";

/* A member as a number; NaN when it is null or absent. */
static double number_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : (double) NAN;
}

/* "2026-03-02T23:41:07.000+08:00" as "2026-03-02 23:41:07" */
static void time_cell(struct sw_table *t, const char *ts)
{
    if (strlen(ts) >= 19)
        sw_table_cell(t, "%.10s %.8s", ts, ts + 11);
    else
        sw_table_cell(t, "%s", ts);
}

static void number_cell(struct sw_table *t, double value, const char *unit)
{
    if (isnan(value))
        sw_table_cell(t, "-");
    else if (unit)
        sw_table_cell(t, "%.1f %s", value, unit);
    else
        sw_table_cell(t, "%.1f", value);
}

static void budget_cell(struct sw_table *t, double budget_s, const char *state)
{
    if (isnan(budget_s))
        sw_table_cell(t, "-");
    else if (budget_s <= 0)
        sw_table_cell(t, strcmp(state, "alerting") == 0 ? "used up" : "0 s");
    else if (budget_s < 60)
        sw_table_cell(t, "%.0f s", budget_s);
    else
        sw_table_cell(t, "%d min %02d s", (int) budget_s / 60, (int) budget_s % 60);
}

static const char *language(void)
{
    const char *env = getenv("LANG");

    return env && strncmp(env, "zh", 2) == 0 ? "zh-CN" : "en";
}

/* What is wrong with the measuring, and what to do, in the language of the terminal. */
static void print_alerts(const json_t *answer)
{
    const char *lang = language();
    const json_t *row;
    size_t i, n = json_array_size(json_object_get(answer, "alerts"));
    double total = json_number_value(json_object_get(answer, "alerts_total"));
    if (n > 0)
        puts("\nALERTS");
    json_array_foreach(json_object_get(answer, "alerts"), i, row)
    {
        const char *since = sw_asking_text(row, "since"), *detail = sw_asking_text(row, "detail");
        printf("%s  since %.10s %.8s  %s%s%s%s\n", sw_asking_text(row, "code"), since,
               strlen(since) >= 19 ? since + 11 : "", sw_asking_text(json_object_get(row, "text"), lang),
               *detail ? " (" : "", detail, *detail ? ")" : "");
        printf("         -> %s\n", sw_asking_text(json_object_get(row, "fix"), lang));
    }
    if (total > (double) n)
        printf("and %.0f more: GET /api/v1/alerts\n", total - (double) n);
}

/* A time in milliseconds; "-" when nothing has answered yet. */
static void round_trip_cell(struct sw_table *t, const json_t *device, const char *key)
{
    const double us = number_of(device, key);
    if (isnan(us))
        sw_table_cell(t, "-");
    else
        sw_table_cell(t, "%.1f", us / 1000);
}

static void print_devices_of(const json_t *bus, struct sw_table *t)
{
    static const char *const counts[] = {"requests", "timeouts", "garbled"};
    const bool is_open = json_is_true(json_object_get(bus, "open"));
    const char *line = json_is_true(json_object_get(bus, "paused")) ? "lent" : is_open ? "open" : "closed";
    const json_t *row;
    size_t i;
    json_array_foreach(json_object_get(bus, "devices"), i, row)
    {
        const bool answers = json_is_true(json_object_get(row, "answers"));
        const char *now = !answers ? "silent" : is_open ? "answers" : "answered"; /* when it was last asked */

        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(row, "id"));
        sw_table_cell(t, "%s (%s)", sw_asking_text(bus, "id"), line);
        sw_table_cell(t, "%s", now);
        for (size_t k = 0; k < SW_ARRAY_SIZE(counts); k++)
            sw_table_cell(t, "%.0f", json_number_value(json_object_get(row, counts[k])));
        round_trip_cell(t, row, "round_trip_p50_us");
        round_trip_cell(t, row, "round_trip_p99_us");
    }
}

/* How the units on the buses answer. */
static void print_devices(const json_t *answer)
{
    static const char *const heads[] = {"DEVICE", "BUS", "NOW", "REQUESTS", "TIME-OUTS", "GARBLED", "P50 ms", "P99 ms"};
    const json_t *bus;
    size_t i, n = 0;
    json_array_foreach(json_object_get(answer, "bus"), i, bus) n += json_array_size(json_object_get(bus, "devices"));
    struct sw_table *t = n > 0 ? sw_table_new() : NULL;
    if (!t)
        return;
    putchar('\n');
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(heads); k++)
        sw_table_cell(t, "%s", heads[k]);
    json_array_foreach(json_object_get(answer, "bus"), i, bus) print_devices_of(bus, t);
    sw_table_print(t, 0xf8, stdout);
    sw_table_free(t);
}

/* How many pictures came and did not, and why the last one did not. */
static void print_cameras(const json_t *answer)
{
    static const char *const heads[] = {"CAMERA", "TAKEN", "FAILED", "SKIPPED", "LATENCY ms", "FAULT"};
    static const char *const counts[] = {"taken", "failed", "superseded"};
    const json_t *cameras = json_object_get(answer, "cameras"), *row;
    struct sw_table *t = json_array_size(cameras) > 0 ? sw_table_new() : NULL;
    size_t i;

    if (!t)
        return;
    putchar('\n');
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(heads); k++)
        sw_table_cell(t, "%s", heads[k]);
    json_array_foreach(cameras, i, row)
    {
        const char *fault = json_string_value(json_object_get(row, "error"));

        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(row, "id"));
        for (size_t k = 0; k < SW_ARRAY_SIZE(counts); k++)
            sw_table_cell(t, "%.0f", json_number_value(json_object_get(row, counts[k])));
        if (json_is_integer(json_object_get(row, "latency_ms")))
            sw_table_cell(t, "%.0f", json_number_value(json_object_get(row, "latency_ms")));
        else
            sw_table_cell(t, "-");
        sw_table_cell(t, "%s", fault ? fault : "-");
    }
    sw_table_print(t, 0x1e, stdout);
    sw_table_free(t);
}

/* Only what somebody is to look at: faults of the last reading, and what waits for a restart. */
static void print_config(const json_t *config)
{
    const json_t *keys = json_object_get(config, "restart_keys"), *key;
    size_t i;

    if (json_integer_value(json_object_get(config, "faults")) > 0)
        printf("configuration: the files have faults, revision %.0f goes on: %s\n",
               json_number_value(json_object_get(config, "revision")), sw_asking_text(config, "fault"));
    if (json_is_true(json_object_get(config, "restart_required"))) {
        printf("configuration: waits for a restart:");
        json_array_foreach(keys, i, key) printf(" %s", json_is_string(key) ? json_string_value(key) : "");
        putchar('\n');
    }
}

/* What waits for whom, and what had to give way; nothing when all is as it should be. */
static void print_outbox(const json_t *outbox)
{
    const json_t *destinations = json_object_get(outbox, "destinations"), *row;
    const double shed = json_number_value(json_object_get(outbox, "shed"));
    const double gaps = json_number_value(json_object_get(outbox, "gaps_waiting"));
    size_t i;

    json_array_foreach(destinations, i, row)
    {
        const double alarm = json_number_value(json_object_get(row, "alarm"));
        const double live = json_number_value(json_object_get(row, "live"));
        const double backfill = json_number_value(json_object_get(row, "backfill"));
        const double given_up = json_number_value(json_object_get(row, "given_up"));

        if (json_array_size(destinations) > 1 || backfill > 0)
            printf("outbox for %s%s: %.0f alarms, %.0f windows, %.0f of a backlog\n", sw_asking_text(row, "id"),
                   json_is_true(json_object_get(row, "connected")) ? "" : " (not connected)", alarm, live, backfill);
        if (given_up > 0)
            printf("outbox for %s: away too long, %.0f alarms are not kept for it since the start\n",
                   sw_asking_text(row, "id"), given_up);
    }
    if (shed > 0 || gaps > 0)
        printf("outbox: %.0f windows gave way since the start for want of room; %.0f runs of numbers to be announced\n",
               shed, gaps);
}

/* What people should know before they look at a number. */
static void print_notice(const json_t *answer)
{
    const char *notice = json_string_value(json_object_get(json_object_get(answer, "notice"), language()));

    if (notice)
        printf("%s\n", notice);
}

static void print_status(const json_t *answer, struct sw_table *t)
{
    const json_t *uplink = json_object_get(answer, "uplink"), *tickets = json_object_get(answer, "tickets");
    const json_t *site = json_object_get(answer, "site"), *row;
    size_t i;
    const char *ts = sw_asking_text(answer, "ts");

    printf("%s  %s  %.10s %.8s\n", sw_asking_text(site, "id"), sw_asking_text(site, "name"), ts,
           strlen(ts) >= 19 ? ts + 11 : "");
    if (json_is_object(uplink))
        printf("platform %s, %.0f waiting; ",
               json_is_true(json_object_get(uplink, "connected")) ? "connected" : "not connected",
               json_number_value(json_object_get(uplink, "pending")));
    else
        printf("no platform configured; ");
    printf("tickets: %.0f open, %.0f overdue\n", json_number_value(json_object_get(tickets, "open")),
           json_number_value(json_object_get(tickets, "overdue")));
    print_notice(answer);
    putchar('\n');
    print_outbox(json_object_get(answer, "outbox"));
    print_config(json_object_get(answer, "config"));
    sw_table_row(t);
    sw_table_cell(t, "SENSOR");
    sw_table_cell(t, "NOW");
    sw_table_cell(t, "LEVEL"); /* what the limit is compared with: the mean of its window */
    sw_table_cell(t, "LIMIT");
    sw_table_cell(t, "BUDGET LEFT");
    sw_table_cell(t, "STATE");
    json_array_foreach(json_object_get(answer, "sensors"), i, row)
    {
        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(row, "id"));
        number_cell(t, number_of(row, "value"), NULL);
        number_cell(t, number_of(row, "level"), sw_asking_text(row, "unit"));
        number_cell(t, number_of(row, "limit"), NULL);
        budget_cell(t, number_of(row, "budget_s"), sw_asking_text(row, "state"));
        sw_table_cell(t, "%s", sw_asking_text(row, "state"));
    }
    sw_table_print(t, 1u << 1 | 1u << 2 | 1u << 3, stdout);
    print_devices(answer);
    print_cameras(answer);
    print_alerts(answer);
}

static void print_sensors(const json_t *answer, struct sw_table *t)
{
    const json_t *row;
    size_t i;
    sw_table_row(t);
    sw_table_cell(t, "SENSOR");
    sw_table_cell(t, "QUANTITY");
    sw_table_cell(t, "VALUE");
    sw_table_cell(t, "STATE");
    sw_table_cell(t, "MEASURED AT");
    sw_table_cell(t, "NAME");
    json_array_foreach(json_object_get(answer, "sensors"), i, row)
    {
        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(row, "id"));
        sw_table_cell(t, "%s", sw_asking_text(row, "quantity"));
        number_cell(t, number_of(row, "value"), sw_asking_text(row, "unit"));
        sw_table_cell(t, "%s", sw_asking_text(row, "state"));
        time_cell(t, sw_asking_text(row, "ts"));
        sw_table_cell(t, "%s", sw_asking_text(row, "name"));
    }
    sw_table_print(t, 1u << 2, stdout);
}

/* Ask once and print. @return exit code */
static int show(const char *command, struct sw_client *client, const char *path, bool is_json,
                void (*print)(const json_t *, struct sw_table *))
{
    struct sw_err err = {0};
    json_t *answer = NULL;
    int r = sw_client_get(client, path, &answer, &err);
    if (r < 0) {
        sw_cli_fail(command, "%s", err.msg);
        return sw_client_exit_code(r);
    }
    struct sw_table *t = is_json ? NULL : sw_table_new();
    if (is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (t) {
        print(answer, t);
    }
    sw_table_free(t);
    json_decref(answer);
    return sw_cli_end_output(command, SW_EXIT_OK);
}

int sw_cmd_status(int argc, char **argv)
{
    struct sw_asking o;
    struct sw_err err = {0};
    struct sw_client *client;
    int code = sw_asking_read("status", status_help, "watch", argc, argv, &o);
    if (code >= 0)
        return code;
    if (sw_client_new("status", o.config, &client, &err) < 0)
        return sw_cli_fail("status", "%s", err.msg);
    bool redraws = o.goes_on && !o.is_json && isatty(STDOUT_FILENO);
    do {
        if (redraws)
            fputs("\033[H\033[J", stdout);
        code = show("status", client, "/api/v1/status", o.is_json, print_status);
        if (o.goes_on && code == SW_EXIT_OK) {
            if (!redraws && !o.is_json)
                putchar('\n');
            sleep(redraws ? REDRAW_S : REPEAT_S);
        }
    } while (o.goes_on && code == SW_EXIT_OK);
    sw_client_free(client);
    return code;
}

int sw_cmd_sensors(int argc, char **argv)
{
    struct sw_asking o;
    struct sw_err err = {0};
    struct sw_client *client;
    int code = sw_asking_read("sensors", sensors_help, "watch", argc, argv, &o);
    if (code >= 0)
        return code;
    if (o.goes_on)
        return sw_cli_fail("sensors", "--watch belongs to 'siteward status'");
    if (sw_client_new("sensors", o.config, &client, &err) < 0)
        return sw_cli_fail("sensors", "%s", err.msg);
    code = show("sensors", client, "/api/v1/sensors", o.is_json, print_sensors);
    sw_client_free(client);
    return code;
}
