// SPDX-License-Identifier: Apache-2.0
/* The keys of the platform and its mirrors, and what they mean together: where the broker is, by which version of MQTT,
 * and with which secrets. Files are read by the uplink at each connect, so a missing one is a warning here: measuring
 * must begin without it. */
#include "config/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/text.h"

#define PEM_LOOK_BYTES 65536 /* into a file of certificates; they stand at its beginning */

static const struct sw_word versions[] = {{"auto", 0}, {"5", 5}, {"3.1.1", 4}, {NULL, 0}};

static bool refuse(char *why, size_t cap, const char *text)
{
    (void) snprintf(why, cap, "%s", text);
    return false;
}

static void keep(void *dest, size_t room, const char *text)
{
    if (dest != NULL)
        (void) snprintf(dest, room, "%s", text);
}

/* "name", "name:1883", "[::1]:1883": a host and, where there is one, a port that can be. */
static bool host_is_sound(const char *host, size_t len)
{
    const char *bracket = len > 0 && *host == '[' ? memchr(host, ']', len) : NULL;
    const char *colon = memchr(bracket != NULL ? bracket : host, ':', len - (size_t) (bracket ? bracket - host : 0));
    char port[8], *end = NULL;
    size_t digits;
    long n;

    if (len == 0 || (*host == '[' && (bracket == NULL || bracket == host + 1)) || colon == host)
        return false;
    if (colon == NULL)
        return bracket == NULL || bracket == host + len - 1;
    digits = (size_t) (host + len - colon - 1);
    if (digits == 0 || digits > 5 || strspn(colon + 1, "0123456789") < digits || (bracket && colon != bracket + 1))
        return false;
    memcpy(port, colon + 1, digits);
    port[digits] = '\0';
    n = strtol(port, &end, 10);
    return n >= 1 && n <= 65535;
}

static const struct scheme {
    const char *begin;
    bool is_tls, has_path;
} schemes[] = {{"mqtt://", false, false}, {"mqtts://", true, false}, {"ws://", false, true}, {"wss://", true, true}};

static const struct scheme *scheme_of(const char *url)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(schemes); i++)
        if (strncmp(url, schemes[i].begin, strlen(schemes[i].begin)) == 0)
            return &schemes[i];
    return NULL;
}

static bool parse_url(const char *text, void *dest, char *why, size_t cap)
{
    const size_t room = sizeof(((struct sw_platform_conf *) 0)->url);
    const struct scheme *s = scheme_of(text);
    const char *host = s != NULL ? text + strlen(s->begin) : "";
    const size_t len = strcspn(host, "/");

    if (memchr(host, '@', len) != NULL)
        return refuse(why, cap, "holds a login: put it into 'username' and 'password_file'");
    if (s == NULL || !host_is_sound(host, len) || strpbrk(text, " \t\"#") != NULL || strlen(text) >= room ||
        (host[len] != '\0' && !s->has_path))
        return refuse(why, cap,
                      "must be the broker as mqtt://host:port, mqtts://host:port, ws://host:port/path or "
                      "wss://host:port/path");
    keep(dest, room, text);
    return true;
}

/* A login in it would be shown wherever the configuration is shown, so there is none. */
static bool parse_proxy(const char *text, void *dest, char *why, size_t cap)
{
    const size_t room = sizeof(((struct sw_platform_conf *) 0)->proxy);

    if (strncmp(text, "http://", 7) != 0 || strpbrk(text, "@ ") != NULL || strlen(text) >= room ||
        !host_is_sound(text + 7, strlen(text + 7)))
        return refuse(why, cap, "must be a proxy that takes CONNECT, as http://host:port, without a login");
    keep(dest, room, text);
    return true;
}

static bool parse_root(const char *text, void *dest, char *why, size_t cap)
{
    const size_t room = sizeof(((struct sw_platform_conf *) 0)->root);

    if (text[0] == '\0' || strlen(text) >= room || strpbrk(text, "/+# $") != NULL)
        return refuse(why, cap, "must be one word of a topic, without / + # $ or spaces");
    keep(dest, room, text);
    return true;
}

#define BROKER_ROWS                                                                                                    \
    {"url",                                                                                                            \
     SW_ROW_PARSED,                                                                                                    \
     SW_ROW_REQUIRED,                                                                                                  \
     SW_AT(platform_conf, p.url),                                                                                      \
     .parse = parse_url,                                                                                               \
     .pattern = "^(mqtts?://[^/@ ]+|wss?://[^/@ ]+(/[^ ]*)?)$",                                                        \
     .help = "broker: mqtt://host:port; mqtts: with TLS; ws, wss: over websockets, with a path"},                      \
        {"version",                                                                                                    \
         SW_ROW_ENUM,                                                                                                  \
         0,                                                                                                            \
         SW_AT(platform_conf, p.version),                                                                              \
         .dflt = "auto",                                                                                               \
         .words = versions,                                                                                            \
         .help = "of MQTT; auto: 5, and 3.1.1 where the broker does not know it"},                                     \
        {"username", SW_ROW_TEXT, 0, SW_AT(platform_conf, p.username), .help = "at the broker"},                       \
        {"password_file", SW_ROW_PATH, 0, SW_AT(platform_conf, p.password_file),                                       \
         .help = "file whose first line is the password; read at each connect"},                                       \
        {"ca_file", SW_ROW_PATH, 0, SW_AT(platform_conf, p.ca_file),                                                   \
         .help = "PEM: who may vouch for the broker; read at each connect; default: the system's"},                    \
        {"cert_file", SW_ROW_PATH, 0, SW_AT(platform_conf, p.cert_file),                                               \
         .help = "PEM: certificate of this gateway, with what is between it and its root; read at each connect"},      \
        {"key_file", SW_ROW_PATH, 0, SW_AT(platform_conf, p.key_file),                                                 \
         .help = "PEM: its private key, readable by the gateway alone"},                                               \
        {"keep_alive",                                                                                                 \
         SW_ROW_DURATION_S,                                                                                            \
         0,                                                                                                            \
         SW_AT(platform_conf, p.keep_alive_s),                                                                         \
         .min = 5,                                                                                                     \
         .max = 3600,                                                                                                  \
         .dflt = "60s",                                                                                                \
         .help = "a dead line is found within one and a half of it"},                                                  \
    {                                                                                                                  \
        "proxy", SW_ROW_PARSED, 0, SW_AT(platform_conf, p.proxy), .parse = parse_proxy, .pattern = "^http://[^/@ ]+$", \
                                                                  .help = "on the way to the broker: http://host:port" \
    }

const struct sw_row sw_platform_rows[] = {
    BROKER_ROWS,
    {"root", SW_ROW_PARSED, 0, SW_AT(platform_conf, p.root), .dflt = "siteward", .parse = parse_root,
     .pattern = "^[^/+#$ ]+$", .help = "first word of every topic"},
    {0},
};

const struct sw_row sw_mirror_rows[] = {BROKER_ROWS, {0}};

/* ---- what it means together ---- */

/* Is it a name or an address of this machine, and not one that only begins like it (127.example.org)? */
static bool is_loopback(const char *host, size_t len)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;

    if ((len == 9 && strncmp(host, "localhost", 9) == 0) || (len == 5 && strncmp(host, "[::1]", 5) == 0))
        return true;
    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool url_is_loopback(const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *host = scheme != NULL ? scheme + 3 : url;
    const char *bracket = *host == '[' ? strchr(host, ']') : NULL;
    const char *from = bracket != NULL ? bracket : host;

    return is_loopback(host, (size_t) (from - host) + strcspn(from, ":/"));
}

bool sw_platform_is_loopback(const struct sw_platform_conf *p)
{
    return !p->is_set || (url_is_loopback(p->url) && (p->proxy[0] == '\0' || url_is_loopback(p->proxy)));
}

/* Only the beginning is looked at: whether a certificate is accepted is between the broker and the library. */
static bool holds_pem(const char *path, const char *what)
{
    char *text = calloc(1, PEM_LOOK_BYTES + 1);
    FILE *f = fopen(path, "re");
    bool found = false;

    if (text != NULL && f != NULL && fread(text, 1, PEM_LOOK_BYTES, f) > 0)
        found = strstr(text, what) != NULL;
    if (f != NULL)
        (void) fclose(f);
    free(text);
    return found;
}

/* @param pem  what must stand in it; NULL = anything
 *  @param open_to  bits of the mode that make a secret none */
static void check_file(struct sw_faults *faults, const struct sw_node *at, const char *path, const char *pem,
                       unsigned open_to)
{
    struct stat st;

    if (path[0] == '\0')
        return;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        sw_warning_at(faults, at, "%.180s cannot be read: %s; without it there is no connection to the broker", path,
                      strerror(errno));
    else if (!S_ISREG(st.st_mode))
        sw_fault_at(faults, at, "%.180s is no file", path);
    else if (pem != NULL && !holds_pem(path, pem))
        sw_warning_at(faults, at, "%.180s holds no '-----BEGIN …%s-----': is it a PEM file?", path, pem);
    else if (st.st_mode & open_to)
        sw_warning_at(faults, at, "%.180s can be read by others: chmod %s, owner siteward", path,
                      open_to & S_IRGRP ? "600" : "640, group siteward");
}

static void check_tls(struct sw_faults *faults, const struct platform_conf *e, const struct sw_node *n)
{
    const struct sw_platform_conf *p = &e->p;
    const struct scheme *s = scheme_of(p->url);

    if (p->cert_file[0] != '\0' && p->key_file[0] == '\0')
        sw_fault_at(faults, sw_node_get(n, "cert_file"), "'cert_file' without 'key_file': name its private key too");
    if (p->key_file[0] != '\0' && p->cert_file[0] == '\0')
        sw_fault_at(faults, sw_node_get(n, "key_file"), "'key_file' without 'cert_file': whose key is it?");
    if (s != NULL && !s->is_tls && (p->ca_file[0] != '\0' || p->cert_file[0] != '\0' || p->key_file[0] != '\0'))
        sw_fault_at(faults, sw_node_get(n, "url"), "certificates have no effect with %s: write mqtts:// or wss://",
                    s->begin);
    if (s != NULL && !s->is_tls && p->username[0] != '\0' && !url_is_loopback(p->url))
        sw_warning_at(faults, sw_node_get(n, "url"),
                      "username and password travel in clear to another machine: use mqtts:// or wss://");
}

void sw_conf_check_broker(struct sw_faults *faults, const struct platform_conf *e, const struct sw_node *n)
{
    const struct sw_platform_conf *p = &e->p;

    if (p->password_file[0] != '\0' && p->username[0] == '\0')
        sw_warning_at(faults, sw_node_get(n, "password_file"),
                      "'password_file' without 'username': MQTT 3.1.1 knows no such login");
    check_tls(faults, e, n);
    check_file(faults, sw_node_get(n, "password_file"), p->password_file, NULL, S_IROTH | S_IWOTH);
    check_file(faults, sw_node_get(n, "ca_file"), p->ca_file, "CERTIFICATE", 0);
    check_file(faults, sw_node_get(n, "cert_file"), p->cert_file, "CERTIFICATE", 0);
    check_file(faults, sw_node_get(n, "key_file"), p->key_file, "PRIVATE KEY", S_IRWXG | S_IRWXO);
}

/* What is invented must never look like a measurement to somebody else. */
static void keep_here(struct site_conf *c, const struct sw_platform_conf *p, const struct sw_node *n)
{
    if (c->site->is_simulated && !sw_platform_is_loopback(p))
        sw_fault_at(c->faults, sw_node_get(n, "url"),
                    "this site is simulated (site.simulated): it may only speak to a broker on this machine");
}

static void take_mirror(struct site_conf *c, const struct platform_conf *e)
{
    struct sw_site *s = c->site;
    struct sw_platform_conf *to = &s->mirrors[s->n_mirrors++];

    *to = e->p;
    to->is_set = true;
    (void) snprintf(to->id, sizeof(to->id), "%s", e->item.id);
    memcpy(to->root, s->platform.root, sizeof(to->root));
    if (strcmp(to->id, SW_PLATFORM_ID) == 0)
        sw_fault_at(c->faults, e->item.node, "'%s' is the platform's own name: call this mirror otherwise", to->id);
    if (to->url[0] != '\0' && strcmp(to->url, s->platform.url) == 0)
        sw_fault_at(c->faults, sw_node_get(e->item.node, "url"),
                    "is the platform's own broker: two connections with one client id throw each other out");
    sw_conf_check_broker(c->faults, e, e->item.node);
    keep_here(c, to, e->item.node);
}

void sw_conf_platform(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(c->root, "platform");
    const struct platform_conf *mirrors = c->mirrors.items;
    struct sw_site *s = c->site;

    s->platform = c->platform.p;
    s->platform.is_set = n != NULL && n->kind == SW_NODE_MAP;
    (void) snprintf(s->platform.id, sizeof(s->platform.id), "%s", SW_PLATFORM_ID);
    if (s->platform.is_set)
        sw_conf_check_broker(c->faults, &c->platform, n);
    else if (c->mirrors.n > 0)
        sw_fault_at(c->faults, sw_node_get(c->root, "mirrors"), "'mirrors' without 'platform': of what?");
    keep_here(c, &s->platform, n);
    for (size_t i = 0; i < c->mirrors.n && i < SW_MIRRORS_MAX; i++)
        take_mirror(c, &mirrors[i]);
}
