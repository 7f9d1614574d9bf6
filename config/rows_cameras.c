// SPDX-License-Identifier: Apache-2.0
/* The keys of a camera, and what they mean together: which sensors ask it for a picture, and that its login is kept
 * where only the gateway reads it. Taking the picture is gateway/snapshot.c's. */
#include "config/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "config/text.h"

#define ON_TICKETS "tickets"

static const struct sw_word auths[] = {
    {"auto", SW_CAMERA_AUTH_AUTO}, {"basic", SW_CAMERA_AUTH_BASIC}, {"digest", SW_CAMERA_AUTH_DIGEST}, {NULL, 0}};

static bool port_is_sound(const char *port, size_t len)
{
    long n = 0;

    if (len == 0 || len > 5 || strspn(port, "0123456789") < len)
        return false;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (port[i] - '0');
    return n >= 1 && n <= 65535;
}

/* "http://host[:port]/…" or https; a login in it would be shown wherever the configuration is shown. */
static bool parse_url(const char *text, void *dest, char *why, size_t cap)
{
    const char *host = strstr(text, "://");
    const bool is_http = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
    size_t len = is_http ? strcspn(host + 3, "/?#") : 0;
    const char *colon = NULL;

    if (is_http && memchr(host + 3, '@', len) != NULL) {
        (void) snprintf(why, cap, "holds a login: put it into 'username' and 'password_file'");
        return false;
    }
    for (size_t i = 0; i < len; i++)
        if (host[3 + i] == ':')
            colon = host + 3 + i;
    if (len > 0 && host[3] == '[' && (colon == NULL || colon[-1] != ']'))
        colon = NULL; /* of the address */
    if (len == 0 || colon == host + 3 || strpbrk(text, " \t<>\"#\\") != NULL ||
        strlen(text) >= sizeof(((struct sw_camera_conf *) 0)->url) ||
        (colon != NULL && !port_is_sound(colon + 1, (size_t) (host + 3 + len - colon - 1)))) {
        (void) snprintf(why, cap, "must be where the camera gives a picture, as http://host/path or https://host/path");
        return false;
    }
    if (dest != NULL)
        (void) snprintf(dest, sizeof(((struct sw_camera_conf *) 0)->url), "%s", text);
    return true;
}

static const struct sw_row on_rows[] = {
    {"on", SW_ROW_ID, 0, SW_AT(camera_on_conf, id), .help = "a 0/1 sensor, or tickets"},
    {0},
};

const struct sw_row sw_camera_rows[] = {
    {"url", SW_ROW_PARSED, SW_ROW_REQUIRED, SW_AT(camera_conf, c.url), .parse = parse_url,
     .pattern = "^https?://[^/@?# ]+([/?][^# ]*)?$", .help = "where it gives a still picture; without a login"},
    {"username", SW_ROW_TEXT, 0, SW_AT(camera_conf, c.username), .min = 1, .help = "at the camera"},
    {"password_file", SW_ROW_PATH, 0, SW_AT(camera_conf, c.password_file),
     .help = "file whose first line is the password"},
    {"auth", SW_ROW_ENUM, 0, SW_AT(camera_conf, c.auth), .dflt = "auto", .words = auths,
     .help = "how to log in; auto takes what the camera asks for"},
    {"on", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(camera_conf, on), .min = 1, .max = SW_CAMERA_ON_MAX, .of = on_rows,
     .of_size = sizeof(struct camera_on_conf),
     .help = "what asks for a picture: 0/1 sensors that become active, and tickets (opened, or exceeded)"},
    {"timeout", SW_ROW_DURATION_MS, 0, SW_AT(camera_conf, c.timeout_ms), .min = 100, .max = 60e3, .dflt = "5s",
     .help = "for the whole picture"},
    {"max_size", SW_ROW_SIZE, 0, SW_AT(camera_conf, c.max_bytes), .min = 1024, .max = 4 << 20, .dflt = "2MB",
     .help = "a larger picture is refused"},
    {"insecure", SW_ROW_BOOL, 0, SW_AT(camera_conf, c.is_insecure), .dflt = "false",
     .help = "https: take any certificate; better name it in ca_file"},
    {"ca_file", SW_ROW_PATH, 0, SW_AT(camera_conf, c.ca_file), .help = "https: the certificate to trust, PEM"},
    {"least_interval", SW_ROW_DURATION_MS, 0, SW_AT(camera_conf, c.least_interval_ms), .min = 1000, .max = 3600e3,
     .dflt = "10s", .help = "what asks sooner after the last picture gets none"},
    {0},
};

/* ---- what the keys mean together ---- */

static void check_secret(struct site_conf *c, const struct camera_conf *e)
{
    static const char *const words[] = {"pwd=", "password=", "passwd=", "pass=", "token="};
    const struct sw_node *url = sw_node_get(e->item.node, "url");
    const char *query = strchr(e->c.url, '?');

    for (size_t i = 0; query != NULL && i < SW_ARRAY_SIZE(words); i++) {
        const char *found = strcasestr(query, words[i]);

        if (found == NULL || (found[-1] != '?' && found[-1] != '&'))
            continue;
        sw_warning_at(c->faults, url, "'url' seems to hold a password ('%s…'): everyone who reads this file knows it",
                      words[i]);
        return;
    }
}

static void check_login(struct site_conf *c, const struct camera_conf *e)
{
    const struct sw_node *file = sw_node_get(e->item.node, "password_file");
    struct stat st;

    if (e->c.password_file[0] == '\0') {
        if (e->c.username[0] != '\0')
            sw_warning_at(c->faults, sw_node_get(e->item.node, "username"),
                          "no 'password_file': '%s' logs in with an empty password", e->c.username);
        return;
    }
    if (e->c.username[0] == '\0')
        sw_fault_at(c->faults, file, "'password_file' without 'username': who logs in?");
    if (stat(e->c.password_file, &st) != 0)
        sw_warning_at(c->faults, file, "%.180s cannot be read: %s", e->c.password_file, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        sw_fault_at(c->faults, file, "%.180s is no file", e->c.password_file);
    else if (st.st_mode & S_IROTH)
        sw_warning_at(c->faults, file, "%.180s can be read by everyone: chmod 640, group siteward", e->c.password_file);
}

static void check_tls(struct site_conf *c, const struct camera_conf *e)
{
    const struct sw_node *ca = sw_node_get(e->item.node, "ca_file");
    const bool is_tls = strncmp(e->c.url, "https:", 6) == 0;
    struct stat st;

    if (e->c.ca_file[0] != '\0' && e->c.is_insecure)
        sw_fault_at(c->faults, ca, "'ca_file' and 'insecure' exclude each other: which one counts?");
    else if (e->c.url[0] != '\0' && !is_tls && (e->c.ca_file[0] != '\0' || e->c.is_insecure))
        sw_warning_at(c->faults, ca != NULL ? ca : sw_node_get(e->item.node, "insecure"),
                      "has no effect: the url is not https");
    if (e->c.ca_file[0] != '\0' && stat(e->c.ca_file, &st) != 0)
        sw_warning_at(c->faults, ca, "%.180s cannot be read: %s", e->c.ca_file, strerror(errno));
}

/* One word of `on`. */
static void take_on(struct site_conf *c, const struct camera_on_conf *on, struct sw_camera_conf *to)
{
    const struct sw_site *s = c->site;
    struct sw_guess guess = {.typed = on->id};
    char near[160];

    if (on->id[0] == '\0')
        return; /* told already */
    if (strcmp(on->id, ON_TICKETS) == 0) {
        to->on_tickets = true;
        return;
    }
    sw_guess_offer(&guess, ON_TICKETS);
    for (size_t i = 0; i < s->n_sensors; i++) {
        if (s->sensors[i].kind == SW_KIND_INPUT)
            sw_guess_offer(&guess, s->sensors[i].id);
        if (strcmp(s->sensors[i].id, on->id) != 0)
            continue;
        if (s->sensors[i].kind == SW_KIND_INPUT)
            to->on[to->n_on++] = (uint16_t) i;
        else
            sw_fault_at(c->faults, on->item.node, "sensor '%s' is no 0/1 input: it measures %s and asks for no picture",
                        on->id, sw_quantity_info(s->sensors[i].level)->name);
        return;
    }
    sw_fault_at(c->faults, on->item.node, "'on': no sensor is named '%s'%s", on->id,
                sw_guess_text(&guess, near, sizeof(near)));
}

void sw_conf_cameras(struct site_conf *c)
{
    const struct camera_conf *entries = c->cameras.items;
    struct sw_site *s = c->site;

    s->cameras = calloc(c->cameras.n + 1, sizeof(*s->cameras));
    if (s->cameras == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->cameras.n; i++) {
        const struct camera_conf *e = &entries[i];
        const struct camera_on_conf *on = e->on.items;
        struct sw_camera_conf *to = &s->cameras[s->n_cameras++];

        *to = e->c;
        (void) snprintf(to->id, sizeof(to->id), "%s", e->item.id);
        for (size_t k = 0; k < e->on.n && k < SW_CAMERA_ON_MAX; k++)
            take_on(c, &on[k], to);
        if (e->on.n == 0)
            sw_warning_at(c->faults, e->item.node, "camera '%s' has no 'on': nothing asks it for a picture", to->id);
        check_secret(c, e);
        check_login(c, e);
        check_tls(c, e);
    }
}
