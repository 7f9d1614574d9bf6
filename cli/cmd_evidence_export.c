// SPDX-License-Identifier: Apache-2.0
/* `siteward evidence export`: everything of a ticket in one zip that proves itself. What goes in is
 * evidence_export.c's. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/evidence_export.h"
#include "common/macros.h"

#define NAME "evidence export"

static const char help[] =
    "siteward evidence export: one zip with everything of a ticket\n\n"
    "  siteward evidence export --ticket sw-7k2m4q5xza -o sw-7k2m4q5xza.zip\n"
    "  siteward evidence export --ticket sw-7k2m4q5xza --database copy.db --lang zh -o evidence.zip\n"
    "  siteward verify evidence.zip\n\n"
    "A sheet to print, the minutes and readings around the matter as CSV (readings.csv can be replayed), the ticket's\n"
    "revisions, its pictures, and the piece of the hash chain that they hang on up to a head that the gateway signed.\n"
    "Reads the store only; a gateway may be using it.\n\n"
    "      --ticket ID         the ticket\n"
    "  -o, --output FILE       the zip\n"
    "  -c, --config FILE       site file that names the data folder (default /etc/siteward/site.yaml)\n"
    "      --database FILE     a store, or a copy of one, instead of the site file\n"
    "      --checkpoints FILE  signed heads as published: the first one after the matter makes the export shortest\n"
    "      --lang en|zh-CN     of the sheet; else Chinese when $LANG begins with zh\n"
    "  -h, --help              this text\n\n"
    "Exit 3: no such ticket.\n";

struct options {
    const char *config, *output;
    struct sw_export_ask ask;
};

/** @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {{"ticket", required_argument, NULL, 't'},
                                          {"output", required_argument, NULL, 'o'},
                                          {"config", required_argument, NULL, 'c'},
                                          {"database", required_argument, NULL, 'd'},
                                          {"checkpoints", required_argument, NULL, 'C'},
                                          {"lang", required_argument, NULL, 'l'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *lang = getenv("LANG");
    int option;

    *o = (struct options){.config = SW_CONFIG_DEFAULT};
    o->ask.lang = lang && strncmp(lang, "zh", 2) == 0 ? "zh" : "en";
    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "o:c:h", table, NULL)) != -1) {
        switch (option) {
        case 't':
            o->ask.ticket = optarg;
            break;
        case 'o':
            o->output = optarg;
            break;
        case 'c':
            o->config = optarg;
            break;
        case 'd':
            o->ask.database = optarg;
            break;
        case 'C':
            o->ask.checkpoints = optarg;
            break;
        case 'l':
            o->ask.lang = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward evidence export --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail(NAME, "'%.80s' is one word too many", argv[optind]);
    if (!o->ask.ticket || !o->output)
        return sw_cli_fail(NAME, "name the ticket with --ticket and the file with -o");
    if (strcmp(o->ask.lang, "zh-CN") == 0) /* as the other commands call it */
        o->ask.lang = "zh";
    if (strcmp(o->ask.lang, "en") != 0 && strcmp(o->ask.lang, "zh") != 0)
        return sw_cli_fail(NAME, "--lang: want en or zh-CN");
    return -1;
}

static int run(const struct options *o)
{
    static struct sw_export x; /* large */
    struct sw_err err = {0};
    int rc = sw_export_collect(&o->ask, &x, &err);

    if (rc == SW_OK)
        rc = sw_export_write_zip(&x, o->output, &err);
    sw_export_free(&x);
    if (rc == SW_OK) {
        printf("%s\n", o->output);
        return SW_EXIT_OK;
    }
    (void) sw_cli_fail(NAME, "%s", err.msg);
    return rc == SW_E_NOTFOUND ? SW_EXIT_NOT_FOUND : SW_EXIT_FAILED;
}

int sw_cmd_evidence_export(int argc, char **argv)
{
    char database[SW_PATH_SIZE + 32], folder[SW_PATH_SIZE + 32];
    struct options o;
    const char *slash;
    int code = read_options(argc, argv, &o);

    if (code >= 0)
        return code;
    if (!o.ask.database) {
        struct sw_site *site = sw_cli_site(NAME, o.config);

        if (!site)
            return SW_EXIT_FAILED;
        (void) snprintf(database, sizeof(database), "%s/siteward.db", site->data_dir);
        sw_site_free(site);
        o.ask.database = database;
    }
    slash = strrchr(o.ask.database, '/');
    (void) snprintf(folder, sizeof(folder), "%.*s", slash ? (int) (slash - o.ask.database) : 1,
                    slash ? o.ask.database : ".");
    o.ask.folder = folder; /* pictures lie beside the store */
    return sw_cli_end_output(NAME, run(&o));
}
