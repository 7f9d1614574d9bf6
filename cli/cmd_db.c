// SPDX-License-Identifier: Apache-2.0
/* `siteward db`: options, and which database is meant. The commands are in db_check.c, db_compact.c and db_backup.c. */
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/db.h"

static const char help[] =
    "siteward db: look after the gateway's database\n\n"
    "  siteward db check                        is it whole, what is in it, how much of the disk it takes\n"
    "  siteward db backup /mnt/usb/site.db      a copy, while the gateway runs\n"
    "  siteward db restore /mnt/usb/site.db     bring a copy back; the gateway is stopped\n"
    "  siteward db compact                      write it anew and dense; the gateway is stopped\n\n"
    "  -c, --config FILE  site file whose database is meant (default " SW_CONFIG_DEFAULT ")\n"
    "  -d, --db FILE      a database, or the folder that holds siteward.db\n"
    "      --quick        check: leave out what takes long on a large file\n"
    "      --json         check: one JSON object on standard output\n"
    "      --force        backup: replace a file that is there; restore: replace what an earlier restore kept\n"
    "  -h, --help         this text\n\n"
    "check and backup only read and may run at any time; 'siteward verify' checks the signatures as well.\n"
    "Exit 0, 1: not whole, or not done.\n";

static const struct verb {
    const char *name;
    int (*run)(const struct sw_dbfile_options *o);
    const char *other; /* what the word behind it names; NULL = the database */
} verbs[] = {
    {"check", sw_dbfile_check, NULL},
    {"compact", sw_dbfile_compact, NULL},
    {"backup", sw_dbfile_backup, "where the copy is to be"},
    {"restore", sw_dbfile_restore, "the copy to bring back"},
};

/* A database, the folder that holds it, or that of a site file. @return -1 go on; else exit code */
static int find_database(const char *named, const char *config, struct sw_dbfile_options *o)
{
    struct sw_site *site;
    struct stat st;

    if (named) {
        const bool is_folder = stat(named, &st) == 0 && S_ISDIR(st.st_mode);

        if (strlen(named) >= SW_PATH_SIZE)
            return sw_cli_fail(SW_DB_NAME, "%.60s…: the path is too long", named);
        (void) snprintf(o->path, sizeof(o->path), "%s%s", named, is_folder ? "/siteward.db" : "");
        return -1;
    }
    site = sw_cli_site(SW_DB_NAME, config ? config : SW_CONFIG_DEFAULT);
    if (!site)
        return SW_EXIT_FAILED;
    (void) snprintf(o->path, sizeof(o->path), "%s/siteward.db", site->data_dir);
    sw_site_free(site);
    return -1;
}

static const struct verb *verb_named(const char *name)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int run(const char *verb_name, char **words, int n_words, const char *named, const char *config,
               struct sw_dbfile_options *o)
{
    const struct verb *v = verb_named(verb_name);
    int code;

    if (!v)
        return sw_cli_fail(SW_DB_NAME, "'%.40s' is none of check, compact, backup, restore", verb_name);
    if (v->other && n_words != 1)
        return sw_cli_fail(SW_DB_NAME, "%s: name one file: %s", v->name, v->other);
    if (v->other)
        o->other = words[0];
    else if (n_words > 1 || (n_words == 1 && named))
        return sw_cli_fail(SW_DB_NAME, "%s: name one database", v->name);
    else if (n_words == 1)
        named = words[0];
    code = find_database(named, config, o);
    return code >= 0 ? code : v->run(o);
}

int sw_cmd_db(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"db", required_argument, NULL, 'd'},
                                            {"quick", no_argument, NULL, 'q'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *config = NULL, *named = NULL;
    struct sw_dbfile_options o = {0};
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:d:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 'd':
            named = optarg;
            break;
        case 'q':
            o.is_quick = true;
            break;
        case 'j':
            o.is_json = true;
            break;
        case 'f':
            o.is_forced = true;
            break;
        case 'h':
            fputs(help, stdout);
            return sw_cli_end_output(SW_DB_NAME, SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward db --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (optind >= argc)
        return sw_cli_fail(SW_DB_NAME, "say what to do: check, compact, backup FILE or restore FILE");
    return sw_cli_end_output(SW_DB_NAME, run(argv[optind], argv + optind + 1, argc - optind - 1, named, config, &o));
}
