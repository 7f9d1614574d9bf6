// SPDX-License-Identifier: Apache-2.0
/* The keys of the console: on which address of this machine its pages are, with which certificate, under which names.
 * Files are read by the daemon when it begins to listen, so a missing one is a warning here: measuring must begin
 * without a console. */
#include "config/conf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/listen.h"

static const struct sw_word languages[] = {{"zh-CN", 0}, {"en", 1}, {NULL, 0}};

static bool parse_listen(const char *text, void *dest, char *why, size_t cap)
{
    const size_t room = sizeof(((struct sw_console_conf *) 0)->listen);
    struct sw_listen at;

    if (strlen(text) >= room || (strcmp(text, "off") != 0 && !sw_listen_parse(text, &at))) {
        (void) snprintf(why, cap, "must be address:port, such as \"127.0.0.1:8480\" or \"[::]:8480\", or off");
        return false;
    }
    if (dest != NULL)
        (void) snprintf(dest, room, "%s", text);
    return true;
}

/* As browsers write it: letters, digits, dots and hyphens, and no port. */
static bool parse_host(const char *text, void *dest, char *why, size_t cap)
{
    const size_t room = sizeof(((struct host_conf *) 0)->name), len = strlen(text);
    const char *good = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    if (len == 0 || len >= room || strspn(text, good) != len || text[0] == '.' || text[len - 1] == '.') {
        (void) snprintf(why, cap, "must be a name in small letters, such as gate.example, without a port");
        return false;
    }
    if (dest != NULL)
        (void) snprintf(dest, room, "%s", text);
    return true;
}

static const struct sw_row host_rows[] = {
    {"hosts", SW_ROW_PARSED, 0, SW_AT(host_conf, name), .parse = parse_host, .pattern = "^[a-z0-9-][a-z0-9.-]*$"},
    {0},
};

static const struct sw_row tls_rows[] = {
    {"certificate_file", SW_ROW_PATH, SW_ROW_REQUIRED, SW_AT(site_conf, s.console.certificate_file),
     .help = "PEM, with those that vouch for it behind it"},
    {"key_file", SW_ROW_PATH, SW_ROW_REQUIRED, SW_AT(site_conf, s.console.key_file),
     .help = "its private key, PEM; chmod 600"},
    {0},
};

const struct sw_row sw_console_rows[] = {
    {"listen", SW_ROW_PARSED, 0, SW_AT(site_conf, s.console.listen), .dflt = "127.0.0.1:8480", .parse = parse_listen,
     .pattern = "^(off|.+:[0-9]+)$",
     .help = "address:port of the page, [::]:8480 for all; port 0: any free one, told in the log; off: none"},
    {"language", SW_ROW_TEXT, SW_ROW_REMOTE, SW_AT(site_conf, s.language), .dflt = "zh-CN", .words = languages,
     .help = "of pages and sentences"},
    {"tls", SW_ROW_MAP, .of = tls_rows, .help = "https; read at the start"},
    {"plain", SW_ROW_BOOL, 0, SW_AT(site_conf, s.console.is_plain), .dflt = "false",
     .help = "true: other machines may come without TLS, passwords and all: behind a proxy, or on a line of your own"},
    {"hosts", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(site_conf, console_hosts), .max = SW_CONSOLE_HOSTS_MAX,
     .of = host_rows, .of_size = sizeof(struct host_conf),
     .help = "names that browsers use for it; addresses and localhost need none"},
    {0},
};

static void check_file(struct sw_faults *faults, const struct sw_node *at, const char *path, bool is_secret)
{
    struct stat st;

    if (path[0] == '\0')
        return;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        sw_warning_at(faults, at, "%.180s cannot be read: there is no console without it", path);
    else if (!S_ISREG(st.st_mode))
        sw_fault_at(faults, at, "%.180s is no file", path);
    else if (is_secret && (st.st_mode & (S_IRWXG | S_IRWXO)))
        sw_warning_at(faults, at, "%.180s can be read by others: chmod 600, owner siteward", path);
}

void sw_conf_console(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(c->root, "console"), *tls = sw_node_get(n, "tls");
    const struct host_conf *hosts = c->console_hosts.items;
    struct sw_console_conf *v = &c->site->console;
    struct sw_listen at;

    for (size_t i = 0; i < c->console_hosts.n && i < SW_CONSOLE_HOSTS_MAX; i++)
        (void) snprintf(v->hosts[v->n_hosts++], sizeof(v->hosts[0]), "%s", hosts[i].name);
    check_file(c->faults, sw_node_get(tls, "certificate_file"), v->certificate_file, false);
    check_file(c->faults, sw_node_get(tls, "key_file"), v->key_file, true);
    if (strcmp(v->listen, "off") == 0 || !sw_listen_parse(v->listen, &at))
        return;
    if (!at.is_loopback && v->key_file[0] == '\0' && !v->is_plain)
        sw_fault_at(c->faults, sw_node_get(n, "listen"),
                    "other machines reach this address, and passwords would go over the line for all to read: give "
                    "'tls' a certificate, or write 'plain: true' where a proxy or the line keeps them safe");
    if (v->key_file[0] != '\0' && v->is_plain)
        sw_warning_at(c->faults, sw_node_get(n, "plain"), "'plain' has no effect where there is 'tls'");
}
