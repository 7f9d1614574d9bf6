// SPDX-License-Identifier: Apache-2.0
/* `siteward output`: what mist cannons, lights and boards do and why; one set by hand. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "common/ident.h"
#include "rules/output.h"

#define NAME "output"

static const char help[] =
    "Examples:\n"
    "  siteward output\n"
    "  siteward output mist off --reason 'people in the yard'\n"
    "  siteward output mist auto\n\n"
    "The outputs of the running daemon: what each is read back as, and why. With an ID one is set by hand:\n"
    "  off    off until it is set otherwise\n"
    "  on     on, but never longer than its longest time on, nor in frost or wind; then automatic again\n"
    "  auto   as its rule says\n\n"
    "  -c, --config FILE   site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --reason TEXT   why, for the record\n"
    "      --json          the daemon's answer, one object\n\n"
    "Exit 3: no such output. Exit 4: no daemon answers.\n";

struct options {
    const char *config, *reason, *id, *mode;
    bool is_json;
};

/* The reason in the language of the terminal. A board has none: it shows, whatever the sensors say. */
static const char *reason_of(const json_t *output)
{
    const char *lang = getenv("LANG");

    if (strcmp(sw_asking_text(output, "kind"), "board") == 0)
        return "-";
    return sw_asking_text(json_object_get(output, "text"), lang && strncmp(lang, "zh", 2) == 0 ? "zh-CN" : "en");
}

static void row_of(struct sw_table *t, const json_t *output)
{
    const json_t *on_s = json_object_get(output, "on_s_today");
    const char *fault = json_string_value(json_object_get(output, "fault"));
    const char *rest = sw_asking_text(output, "rest_until");

    sw_table_row(t);
    sw_table_cell(t, "%s", sw_asking_text(output, "id"));
    sw_table_cell(t, "%s", sw_asking_text(output, "kind"));
    sw_table_cell(t, "%s", sw_asking_text(output, "state"));
    sw_table_cell(t, "%s", sw_asking_text(output, "mode"));
    if (!json_is_integer(on_s))
        sw_table_cell(t, "-");
    else if (json_integer_value(on_s) < 120)
        sw_table_cell(t, "%lld s", (long long) json_integer_value(on_s));
    else
        sw_table_cell(t, "%lld min", (long long) json_integer_value(on_s) / 60);
    sw_table_cell(t, "%.8s", strlen(rest) >= 19 ? rest + 11 : rest);
    sw_table_cell(t, "%s%s%s", fault ? fault : reason_of(output), fault ? "; wanted " : "",
                  fault ? sw_asking_text(output, "wanted") : "");
}

static void print_table(const json_t *outputs)
{
    static const char *const head[] = {"OUTPUT", "KIND", "STATE", "MODE", "ON TODAY", "RESTS UNTIL", "WHY"};
    struct sw_table *t = sw_table_new();
    const json_t *output;
    size_t i;

    if (!t)
        return;
    if (json_array_size(outputs) == 0)
        puts("no outputs in the site file");
    else
        sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(head) && json_array_size(outputs) > 0; k++)
        sw_table_cell(t, "%s", head[k]);
    json_array_foreach(outputs, i, output) row_of(t, output);
    sw_table_print(t, 1u << 4, stdout);
    sw_table_free(t);
}

static void print_answer(json_t *answer, const struct options *o)
{
    if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (o->id) {
        json_t *one = json_pack("[O]", answer);

        print_table(one);
        json_decref(one);
    } else {
        print_table(json_object_get(answer, "outputs"));
    }
}

/* Whatever was typed, as an argument of a query. */
static bool encode(const char *text, char *buf, size_t cap)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;

    for (; *text; text++) {
        const unsigned char ch = (unsigned char) *text;

        if (len + 4 > cap)
            return false;
        buf[len++] = '%';
        buf[len++] = digits[ch >> 4];
        buf[len++] = digits[ch & 15];
    }
    buf[len] = '\0';
    return true;
}

static int ask(const void *options, struct sw_client *client)
{
    const struct options *o = options;
    char path[512] = "/api/v1/outputs", why[300] = "";
    struct sw_err err = {0};
    json_t *answer = NULL;
    int r;

    if (o->reason && !encode(o->reason, why, sizeof(why)))
        return sw_cli_fail(NAME, "the reason is longer than %zu bytes", sizeof(why) / 3 - 1);
    if (o->id)
        snprintf(path, sizeof(path), "/api/v1/outputs/%s/%s%s%s", o->id, o->mode, *why ? "?reason=" : "", why);
    r = o->id ? sw_client_post(client, path, &answer, &err) : sw_client_get(client, path, &answer, &err);
    if (r < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return r == SW_E_NOTFOUND ? SW_EXIT_NOT_FOUND : sw_client_exit_code(r);
    }
    print_answer(answer, o);
    json_decref(answer);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"reason", required_argument, NULL, 'r'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        if (c == 'c') {
            o->config = optarg;
        } else if (c == 'r') {
            o->reason = optarg;
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
    if (optind == argc)
        return o->reason ? sw_cli_fail(NAME, "--reason says why one output is set: name it") : -1;
    if (argc - optind != 2)
        return sw_cli_fail(NAME, "'siteward " NAME "' lists them; 'siteward " NAME " ID auto|off|on' sets one");
    o->id = argv[optind];
    o->mode = argv[optind + 1];
    if (!sw_id_is_valid(o->id))
        return sw_cli_fail(NAME, "'%.64s' is no id", o->id);
    return sw_output_mode_from_name(o->mode) < 0 ? sw_cli_fail(NAME, "'%.20s' is none of auto, off and on", o->mode)
                                                 : -1;
}

int sw_cmd_output(int argc, char **argv)
{
    struct options o = {0};
    const int code = read_options(argc, argv, &o);

    return code >= 0 ? code : sw_client_run(NAME, o.config, ask, &o);
}
