// SPDX-License-Identifier: Apache-2.0
/* `siteward user`: accounts of the console, changed by the running daemon. */
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/password.h"
#include "cli/table.h"
#include "io/auth.h"

#define NAME "user"
#define PATH "/api/v1/users"
#define HASHING_MS 30000 /* eight others may be before us */

static const char help[] =
    "Examples:\n"
    "  siteward user list\n"
    "  siteward user add wang --role party --name '王工'\n"
    "  siteward user passwd wang\n"
    "  siteward user token wall --label 'screen at the gate' --scopes read --days 365\n"
    "  siteward user remove wang\n\n"
    "Who may log in at the console. Roles: viewer (reads), party (the site's own: commands on tickets, evidence), "
    "officer,\n"
    "agent (complaints, evidence), admin (accounts besides). A new password is asked for, or read from stdin.\n\n"
    "  add ID --role ROLE    a new account\n"
    "      --name NAME       as people know them\n"
    "      --no-password     it can only use tokens\n"
    "  passwd ID             another password; whoever is logged in is logged out\n"
    "  remove ID             the account, its sessions and its tokens\n"
    "  token ID --label TEXT --scopes LIST\n"
    "                        a token for a program, shown once. Scopes: read,tickets,complaints,evidence,admin\n"
    "      --days N          it ends by itself\n"
    "  token ID --remove TOKEN\n"
    "                        end one; 'list' shows their ids\n\n"
    "  -c, --config FILE     site file that names the daemon's runtime folder (else $SITEWARD_SOCKET, else "
    "/run/siteward)\n"
    "      --json            the daemon's answer, one object\n\n"
    "Exit 3: no such account. Exit 4: no daemon answers.\n";

struct options {
    const char *config, *verb, *id, *role, *name, *label, *scopes, *days, *gone;
    bool is_json, is_without_password;
};

/* ---- showing ---- */

static void token_texts(const json_t *tokens, char *ret, size_t cap)
{
    const json_t *token, *scope;
    size_t i, k, len = 0;

    ret[0] = '\0';
    json_array_foreach(tokens, i, token)
    {
        const char *expires = json_string_value(json_object_get(token, "expires"));

        len += (size_t) snprintf(ret + len, cap - len, "%s%s '%s' (", i ? ", " : "", sw_asking_text(token, "id"),
                                 sw_asking_text(token, "label"));
        len = SW_MIN(len, cap - 1);
        json_array_foreach(json_object_get(token, "scopes"), k, scope)
        {
            len += (size_t) snprintf(ret + len, cap - len, "%s%s", k ? "," : "", json_string_value(scope));
            len = SW_MIN(len, cap - 1);
        }
        len += (size_t) snprintf(ret + len, cap - len, expires ? ", to %.10s)" : ")%.0s", expires ? expires : "");
        len = SW_MIN(len, cap - 1);
    }
}

static void print_users(const json_t *users)
{
    static const char *const head[] = {"ID", "ROLE", "NAME", "PASSWORD", "LOGGED IN", "TOKENS"};
    struct sw_table *t = sw_table_new();
    const json_t *user;
    char tokens[SW_TABLE_CELL_SIZE];
    size_t i;

    if (!t)
        return;
    if (json_array_size(users) == 0) {
        puts("no accounts yet: 'siteward user add ID --role admin' makes the first one");
        sw_table_free(t);
        return;
    }
    sw_table_row(t);
    for (size_t k = 0; k < SW_ARRAY_SIZE(head); k++)
        sw_table_cell(t, "%s", head[k]);
    json_array_foreach(users, i, user)
    {
        token_texts(json_object_get(user, "tokens"), tokens, sizeof(tokens));
        sw_table_row(t);
        sw_table_cell(t, "%s", sw_asking_text(user, "id"));
        sw_table_cell(t, "%s", sw_asking_text(user, "role"));
        sw_table_cell(t, "%s", sw_asking_text(user, "name"));
        sw_table_cell(t, "%s", json_is_true(json_object_get(user, "has_password")) ? "yes" : "no");
        sw_table_cell(t, "%lld", (long long) json_integer_value(json_object_get(user, "sessions")));
        sw_table_cell(t, "%s", tokens[0] ? tokens : "-");
    }
    sw_table_print(t, 1u << 4, stdout);
    sw_table_free(t);
}

static int list(const struct options *o, struct sw_client *client)
{
    struct sw_err err = {0};
    json_t *answer = NULL;
    const int rc = sw_client_get(client, PATH, &answer, &err);

    if (rc < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(rc);
    }
    if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        print_users(json_object_get(answer, "users"));
    }
    json_decref(answer);
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

/* ---- changing ---- */

static void say_done(const struct options *o, const json_t *answer)
{
    const char *token = json_string_value(json_object_get(answer, "token"));

    if (o->is_json) {
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
    } else if (token) { /* alone on stdout, for a file */
        fprintf(stderr, "token %s of %s; it is not shown again:\n", sw_asking_text(answer, "id"), o->id);
        puts(token);
    } else {
        printf("%s: done\n", o->id);
    }
}

/* @param body  given away; NULL = delete */
static int send(const struct options *o, struct sw_client *client, const char *path, json_t *body)
{
    struct sw_err err = {0};
    json_t *answer = NULL;
    long status = 0;
    int rc, code = SW_EXIT_OK;

    if (body)
        rc = sw_client_send(client, path, body, HASHING_MS, &status, &answer, &err);
    else
        rc = sw_client_delete(client, path, &status, &answer, &err);
    json_decref(body);
    if (rc < 0) {
        sw_cli_fail(NAME, "%s", err.msg);
        return sw_client_exit_code(rc);
    }
    if (status >= 300) {
        sw_cli_fail(NAME, "%s", sw_asking_text(answer, "detail"));
        code = status == 404 ? SW_EXIT_NOT_FOUND : SW_EXIT_FAILED;
    } else {
        say_done(o, answer);
    }
    json_decref(answer);
    return sw_cli_end_output(NAME, code);
}

static int with_password(const struct options *o, struct sw_client *client, const char *path, json_t *body)
{
    char password[SW_PASSWORD_BYTES_MAX + 1];
    struct sw_err err = {0};
    int code;

    if (sw_password_ask(o->id, password, sizeof(password), &err) < 0 || sw_password_check(o->id, password, &err) < 0) {
        json_decref(body);
        code = sw_cli_fail(NAME, "%s", err.msg);
    } else {
        json_object_set_new(body, "password", json_string(password));
        code = send(o, client, path, body);
    }
    sodium_memzero(password, sizeof(password));
    return code;
}

static int add(const struct options *o, struct sw_client *client)
{
    json_t *body;

    if (!o->role || sw_account_role_of(o->role) == SW_ACCOUNT_NONE)
        return sw_cli_fail(NAME, "--role is viewer, party, officer, agent or admin");
    body = json_pack("{s:s, s:s, s:s}", "id", o->id, "role", o->role, "name", o->name ? o->name : o->id);
    if (!body)
        return sw_cli_fail(NAME, "--name is not UTF-8");
    return o->is_without_password ? send(o, client, PATH, body) : with_password(o, client, PATH, body);
}

static json_t *scopes_of(const char *text)
{
    json_t *list = json_array();

    for (size_t len; *text; text += len + (text[len] == ',')) {
        len = strcspn(text, ",");
        json_array_append_new(list, json_stringn(text, len));
    }
    return list;
}

static int token(const struct options *o, struct sw_client *client)
{
    char path[160];
    json_t *body;

    if (o->gone) {
        if (!sw_account_id_is_valid(o->gone))
            return sw_cli_fail(NAME, "'%.40s' is no id of a token: 'siteward user list' shows them", o->gone);
        (void) snprintf(path, sizeof(path), PATH "/%s/tokens/%s", o->id, o->gone);
        return send(o, client, path, NULL);
    }
    if (!o->label || !o->scopes)
        return sw_cli_fail(NAME, "a token needs --label and --scopes, such as --scopes read,evidence");
    body = json_pack("{s:s, s:o}", "label", o->label, "scopes", scopes_of(o->scopes));
    if (!body)
        return sw_cli_fail(NAME, "--label is not UTF-8");
    if (o->days)
        json_object_set_new(body, "days", json_integer(strtol(o->days, NULL, 10)));
    (void) snprintf(path, sizeof(path), PATH "/%s/tokens", o->id);
    return send(o, client, path, body);
}

static int run(const void *options, struct sw_client *client)
{
    const struct options *o = options;
    char path[160];

    if (strcmp(o->verb, "list") == 0)
        return list(o, client);
    if (strcmp(o->verb, "add") == 0)
        return add(o, client);
    if (strcmp(o->verb, "token") == 0)
        return token(o, client);
    (void) snprintf(path, sizeof(path), PATH "/%s%s", o->id, strcmp(o->verb, "remove") ? "/password" : "");
    return strcmp(o->verb, "remove") == 0 ? send(o, client, path, NULL) : with_password(o, client, path, json_object());
}

/* ---- options ---- */

static const char **place_of(struct options *o, int option)
{
    switch (option) {
    case 'c':
        return &o->config;
    case 'r':
        return &o->role;
    case 'n':
        return &o->name;
    case 'l':
        return &o->label;
    case 's':
        return &o->scopes;
    case 'd':
        return &o->days;
    case 'x':
        return &o->gone;
    default:
        return NULL;
    }
}

static int take_words(int argc, char **argv, struct options *o)
{
    static const char *const verbs[] = {"add", "passwd", "remove", "token", "list"};
    const int n = argc - optind;
    bool is_known = false;

    o->verb = n > 0 ? argv[optind] : "list";
    for (size_t i = 0; i < SW_ARRAY_SIZE(verbs); i++)
        is_known = is_known || strcmp(verbs[i], o->verb) == 0;
    if (!is_known)
        return sw_cli_fail(NAME, "'%.20s' is none of add, list, passwd, remove, token", o->verb);
    if (n != (strcmp(o->verb, "list") == 0 ? SW_MIN(n, 1) : 2))
        return sw_cli_fail(NAME, "'siteward user %s' takes %s", o->verb,
                           strcmp(o->verb, "list") == 0 ? "nothing more" : "one ID");
    o->id = n == 2 ? argv[optind + 1] : "";
    if (n == 2 && !sw_account_id_is_valid(o->id))
        return sw_cli_fail(NAME, "'%.64s' is no id: a-z, 0-9 and - inside, at most %d", o->id, SW_ACCOUNT_ID_MAX);
    return -1;
}

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"config", required_argument, NULL, 'c'},
        {"role", required_argument, NULL, 'r'},
        {"name", required_argument, NULL, 'n'},
        {"label", required_argument, NULL, 'l'},
        {"scopes", required_argument, NULL, 's'},
        {"days", required_argument, NULL, 'd'},
        {"remove", required_argument, NULL, 'x'},
        {"no-password", no_argument, NULL, 'p'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        const char **place = place_of(o, c);

        if (place) {
            *place = optarg;
        } else if (c == 'j') {
            o->is_json = true;
        } else if (c == 'p') {
            o->is_without_password = true;
        } else if (c == 'h') {
            fputs(help, stdout);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        } else {
            fprintf(stderr, "'siteward " NAME " --help' shows the options.\n");
            return SW_EXIT_FAILED;
        }
    }
    return take_words(argc, argv, o);
}

int sw_cmd_user(int argc, char **argv)
{
    struct options o = {0};
    const int code = read_options(argc, argv, &o);

    return code >= 0 ? code : sw_client_run(NAME, o.config, run, &o);
}
