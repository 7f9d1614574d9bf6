// SPDX-License-Identifier: Apache-2.0
/* `siteward pack`: the packs of limits that there are, and one of them as a person would read it. What a pack holds is
 * pack_view.c's to find, pack_text.c's to say. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/pack_text.h"
#include "cli/table.h"
#include "common/ident.h"
#include "config/read.h"
#include "config/text.h"

#define JSON_ROOM (1024 * 1024)
#define PACKS_MAX 256

struct asked {
    const char *site_file; /* packs beside it are looked at first */
    enum sw_pack_lang lang;
    bool wants_json;
    size_t n_given;
    char *given[SW_PACK_OPTIONS_MAX]; /* "area=residential" */
};

static void print_help(FILE *to)
{
    fputs("siteward pack: the limits of a standard, as a person would read them\n\n"
          "  siteward pack list                                      which packs there are\n"
          "  siteward pack show cn-gb12523-2025                      every limit, its source and how sure it is\n"
          "  siteward pack show cn-gb12523-2025 --lang zh            in Chinese\n"
          "  siteward pack show de-avv --option area=residential     with an option put in, as a site would\n"
          "  siteward pack show sg-nea --json                        the same for programs: one JSON object\n\n"
          "Without --option every value of every option is shown. Packs are looked for beside the site file, then in\n"
          "$SITEWARD_SHARE, else /usr/share/siteward. Exit 0: shown; 1: no such pack, or it has faults.\n\n"
          "  -o, --option NAME=VALUE  put an option in; may stand several times\n"
          "      --lang en|zh         language; else by $LANG\n"
          "  -c, --config FILE        site file: packs beside it come first\n"
          "      --json               one JSON object on standard output\n"
          "  -h, --help               this text\n",
          to);
}

static int print_json_of(const struct sw_pack_view *v)
{
    char *buf = malloc(JSON_ROOM);
    struct sw_jsonw w;
    size_t len = 0;

    if (buf == NULL)
        return sw_cli_fail("pack", "no memory");
    sw_jsonw_init(&w, buf, JSON_ROOM);
    sw_pack_json(v, &w);
    const char *json = sw_jsonw_finish(&w, &len);
    if (json != NULL)
        (void) printf("%s\n", json);
    free(buf);
    return json != NULL ? SW_EXIT_OK : sw_cli_fail("pack", "the pack is too large for JSON");
}

static int show(const char *id, const struct asked *a)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_pack_view *v = NULL;
    struct sw_guess guess = {.typed = id};
    struct sw_share share;
    char path[512], near[160];
    int code = SW_EXIT_OK;

    sw_share_init(&share, a->site_file, NULL);
    if (!sw_id_is_valid(id) || !sw_share_find(&share, SW_SHARE_PACK, id, path, sizeof(path))) {
        sw_share_offer(&share, SW_SHARE_PACK, &guess);
        return sw_cli_fail("pack", "there is no pack '%.*s'%s ('siteward pack list' shows them all)",
                           sw_text_clip(id, 60), id, sw_guess_text(&guess, near, sizeof(near)));
    }
    if (sw_pack_view_new(path, a->given, a->n_given, &faults, &v, &err) < 0) {
        if (faults.n_faults > 0)
            sw_faults_print(&faults, stderr);
        code = sw_cli_fail("pack", "%s", err.msg);
    } else if (a->wants_json) {
        code = print_json_of(v);
    } else {
        sw_pack_print(v, a->lang, stdout);
    }
    sw_faults_done(&faults);
    sw_pack_view_free(v);
    return code;
}

/* One line of the list; a pack with faults is told and makes the exit code 1. */
static int list_one(const char *path, const struct asked *a, struct sw_table *table, struct sw_jsonw *w)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_pack_view *v = NULL;
    size_t n_rules = 0, n_unverified = 0;

    if (sw_pack_view_new(path, NULL, 0, &faults, &v, &err) < 0) {
        sw_faults_print(&faults, stderr);
        sw_faults_done(&faults);
        return sw_cli_fail("pack", "%s", err.msg);
    }
    for (size_t i = 0; i < v->n_limits; i++) {
        if (i > 0 && v->limits[i].node == v->limits[i - 1].node)
            continue;
        n_rules++;
        n_unverified += v->limits[i].rule.sure == SW_SURE_UNVERIFIED;
    }
    const struct sw_pack *p = v->pack;
    if (a->wants_json) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", p->id);
        sw_jsonw_str(w, "version", p->version);
        sw_jsonw_object(w, "title");
        sw_jsonw_str(w, "en", p->title_en);
        sw_jsonw_str(w, "zh-CN", p->title_zh);
        sw_jsonw_object_end(w);
        sw_jsonw_uint(w, "rules", n_rules);
        sw_jsonw_uint(w, "unverified", n_unverified);
        sw_jsonw_object_end(w);
    } else {
        sw_table_row(table);
        sw_table_cell(table, "%s", p->id);
        sw_table_cell(table, "%s", p->version);
        sw_table_cell(table, "%zu", n_rules);
        sw_table_cell(table, "%zu", n_unverified);
        sw_table_cell(table, "%s", a->lang == SW_PACK_ZH && p->title_zh[0] != '\0' ? p->title_zh : p->title_en);
    }
    sw_faults_done(&faults);
    sw_pack_view_free(v);
    return SW_EXIT_OK;
}

static int list_into(const struct asked *a, struct sw_table *table, struct sw_jsonw *w)
{
    char(*ids)[SW_ID_SIZE] = calloc(PACKS_MAX, sizeof(*ids));
    struct sw_share share;
    char path[512];
    int code = SW_EXIT_OK;

    if (ids == NULL)
        return sw_cli_fail("pack", "no memory");
    sw_share_init(&share, a->site_file, NULL);
    const size_t n = sw_share_ids(&share, SW_SHARE_PACK, ids, PACKS_MAX);
    for (size_t i = 0; i < n; i++)
        if (sw_share_find(&share, SW_SHARE_PACK, ids[i], path, sizeof(path)) &&
            list_one(path, a, table, w) != SW_EXIT_OK)
            code = SW_EXIT_FAILED;
    free(ids);
    return code;
}

static void head(struct sw_table *table, bool is_zh)
{
    static const char *const word[2][5] = {{"PACK", "VERSION", "LIMITS", "UNVERIFIED", "TITLE"},
                                           {"标准包", "版本", "限值", "未核实", "名称"}};

    sw_table_row(table);
    for (int i = 0; i < 5; i++)
        sw_table_cell(table, "%s", word[is_zh][i]);
}

static int list(const struct asked *a)
{
    struct sw_table *table = sw_table_new();
    char *buf = malloc(JSON_ROOM);
    struct sw_jsonw w;
    size_t len = 0;
    int code;

    if (table == NULL || buf == NULL) {
        code = sw_cli_fail("pack", "no memory");
    } else {
        sw_jsonw_init(&w, buf, JSON_ROOM);
        sw_jsonw_object(&w, NULL);
        sw_jsonw_array(&w, "packs");
        head(table, a->lang == SW_PACK_ZH);
        code = list_into(a, table, &w);
        sw_jsonw_array_end(&w);
        sw_jsonw_object_end(&w);
        const char *json = sw_jsonw_finish(&w, &len);
        if (!a->wants_json)
            sw_table_print(table, 1u << 2 | 1u << 3, stdout);
        else if (json != NULL)
            (void) printf("%s\n", json);
        else
            code = sw_cli_fail("pack", "there are too many packs for JSON");
    }
    sw_table_free(table);
    free(buf);
    return code;
}

static bool take_lang(const char *word, enum sw_pack_lang *ret)
{
    *ret = strncmp(word, "zh", 2) == 0 ? SW_PACK_ZH : SW_PACK_EN;
    return strcmp(word, "en") == 0 || strcmp(word, "zh") == 0 || strcmp(word, "zh-CN") == 0;
}

/* What is to be done: "list", or "show ID". */
static int run(int n, char **words, const struct asked *a)
{
    struct sw_guess guess = {.typed = n > 0 ? words[0] : ""};
    char near[160];

    if (n == 0)
        return sw_cli_fail("pack", "say what: 'siteward pack list' or 'siteward pack show ID'");
    if (strcmp(words[0], "list") == 0)
        return n == 1 ? list(a) : sw_cli_fail("pack", "list takes no '%.60s'", words[1]);
    if (strcmp(words[0], "show") == 0 && n == 2)
        return show(words[1], a);
    if (strcmp(words[0], "show") == 0)
        return sw_cli_fail("pack", "show takes the id of one pack: 'siteward pack list' shows them all");
    sw_guess_offer(&guess, "list");
    sw_guess_offer(&guess, "show");
    return sw_cli_fail("pack", "'%.60s' is neither list nor show%s", words[0],
                       sw_guess_text(&guess, near, sizeof(near)));
}

int sw_cmd_pack(int argc, char **argv)
{
    static const struct option options[] = {
        {"option", required_argument, NULL, 'o'}, {"lang", required_argument, NULL, 'l'},
        {"config", required_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    const char *lang = getenv("LANG");
    struct asked a = {.site_file = SW_CONFIG_DEFAULT,
                      .lang = lang != NULL && strncmp(lang, "zh", 2) == 0 ? SW_PACK_ZH : SW_PACK_EN};
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "o:c:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            if (a.n_given == SW_PACK_OPTIONS_MAX)
                return sw_cli_fail("pack", "a pack has at most %d options", SW_PACK_OPTIONS_MAX);
            a.given[a.n_given++] = optarg;
            break;
        case 'l':
            if (!take_lang(optarg, &a.lang))
                return sw_cli_fail("pack", "--lang must be en or zh, not '%.20s'", optarg);
            break;
        case 'c':
            a.site_file = optarg;
            break;
        case 'j':
            a.wants_json = true;
            break;
        case 'h':
            print_help(stdout);
            return sw_cli_end_output("pack", SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward pack --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    return sw_cli_end_output("pack", run(argc - optind, argv + optind, &a));
}
