// SPDX-License-Identifier: Apache-2.0
/* `siteward template`: the device models that there are, and one of them as an installer needs it. */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/scan.h"
#include "cli/scan_templates.h"
#include "cli/table.h"

static const char help[] =
    "siteward template: device models, and how they are connected\n\n"
    "  siteward template list                 which models there are\n"
    "  siteward template show rs-fsjt         factory address and speed, what it measures, wiring, source\n\n"
    "  -c, --config FILE   site file: templates beside it come first (default /etc/siteward/site.yaml)\n"
    "      --json          one object\n\n"
    "The wiring hint is Chinese when $LANG begins with zh, else English.\n";

/* "LAF, PM10" of all channels. */
static const char *measures(const struct sw_template *t, char *buf, size_t cap)
{
    size_t len = 0;

    buf[0] = '\0';
    for (size_t c = 0; c < t->n_channels; c++)
        for (size_t v = 0; v < t->channels[c].n_values && len < cap; v++)
            len += (size_t) snprintf(buf + len, cap - len, "%s%s", len > 0 ? ", " : "",
                                     sw_quantity_info(t->channels[c].values[v].quantity)->name);
    return buf;
}

static json_t *template_json(const struct sw_template *t)
{
    char name[160], serial[32], what[256];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:{s:s, s:s}}", "id", t->id, "model",
                     sw_scan_template_name(t, name, sizeof(name)), "sure", sw_scan_sure(t), "source", t->source,
                     "measures", measures(t, what, sizeof(what)), "address",
                     t->unit_id ? json_integer(t->unit_id) : json_null(), "serial",
                     t->serial.baud ? json_string(sw_serial_text(&t->serial, serial, sizeof(serial))) : json_null(),
                     "wiring", "en", t->wiring_en, "zh-CN", t->wiring_zh);
}

static int print_json(json_t *object)
{
    if (!object)
        return sw_cli_fail("template", "no memory");
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
    return SW_EXIT_OK;
}

static int list(const struct sw_scan_templates *all, bool is_json)
{
    struct sw_table *table = sw_table_new();
    json_t *array = json_array();
    char name[160], text[256];

    if (!table || !array) {
        sw_table_free(table);
        json_decref(array);
        return sw_cli_fail("template", "no memory");
    }
    sw_table_row(table);
    for (size_t i = 0; i < 5; i++)
        sw_table_cell(table, "%s", (const char *[]){"TEMPLATE", "ADDRESS", "SPEED", "REGISTER LIST", "MODEL"}[i]);
    for (size_t i = 0; i < all->n; i++) {
        const struct sw_template *t = &all->list[i];

        json_array_append_new(array, template_json(t));
        sw_table_row(table);
        sw_table_cell(table, "%s", t->id);
        if (t->unit_id)
            sw_table_cell(table, "%u", (unsigned) t->unit_id);
        else
            sw_table_cell(table, "-");
        sw_table_cell(table, "%s", t->serial.baud ? sw_serial_text(&t->serial, text, sizeof(text)) : "-");
        sw_table_cell(table, "%s", sw_scan_sure(t));
        sw_table_cell(table, "%s", sw_scan_template_name(t, name, sizeof(name)));
    }
    if (!is_json)
        sw_table_print(table, 1u << 1, stdout);
    sw_table_free(table);
    if (is_json)
        return print_json(json_pack("{s:o}", "templates", array));
    json_decref(array);
    return SW_EXIT_OK;
}

static int show(const struct sw_scan_templates *all, const char *id, bool is_json)
{
    const struct sw_template *t = sw_scan_template(all, id);
    char name[160], text[256], near[160];

    if (!t)
        return sw_cli_fail("template", "there is no template '%.60s'%s ('siteward template list' shows them all)", id,
                           sw_scan_template_guess(all, id, near, sizeof(near)));
    if (is_json)
        return print_json(template_json(t));
    printf("%s: %s\n\nmeasures       %s\n", t->id, sw_scan_template_name(t, name, sizeof(name)),
           measures(t, text, sizeof(text)));
    if (t->measuring_class[0] != '\0')
        printf("class          %s\n", t->measuring_class);
    if (t->unit_id)
        printf("factory        address %u, ", (unsigned) t->unit_id);
    else
        printf("factory        address not known, ");
    printf("%s\n", t->serial.baud ? sw_serial_text(&t->serial, text, sizeof(text)) : "speed not known");
    printf("register list  %s: %s\n", sw_scan_sure(t), t->source);
    printf("found by scan  %s\n", t->n_fingerprints > 0 ? "yes" : "no: it has no sign by which it is told");
    if (sw_scan_wiring(t)[0] != '\0')
        printf("\n%s\n", sw_scan_wiring(t));
    return SW_EXIT_OK;
}

static int run(int n, char **words, const char *config, bool is_json)
{
    struct sw_scan_templates all;
    struct sw_err err = {0};
    int code;

    if (n < 1 || (strcmp(words[0], "list") != 0 && strcmp(words[0], "show") != 0))
        return sw_cli_fail("template", "say what: 'siteward template list' or 'siteward template show ID'");
    if (n != (strcmp(words[0], "list") == 0 ? 1 : 2))
        return sw_cli_fail("template", "%s takes %s", words[0],
                           strcmp(words[0], "list") == 0 ? "nothing more" : "the id of one template");
    if (sw_scan_templates_read(config, &all, &err) < 0)
        return sw_cli_fail("template", "%s", err.msg);
    code = n == 1 ? list(&all, is_json) : show(&all, words[1], is_json);
    if (all.n_faulty > 0)
        code = SW_EXIT_FAILED;
    sw_scan_templates_done(&all);
    return code;
}

int sw_cmd_template(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *config = SW_CONFIG_DEFAULT;
    bool is_json = false;
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        if (option == 'c') {
            config = optarg;
        } else if (option == 'j') {
            is_json = true;
        } else if (option == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output("template", SW_EXIT_OK);
        } else {
            fputs("'siteward template --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    return sw_cli_end_output("template", run(argc - optind, argv + optind, config, is_json));
}
