// SPDX-License-Identifier: Apache-2.0
/* Which broker, as whom, and under which topics: out of the site file, and what was said on the command line over it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/mqtt_link.h"

const char sw_mqtt_where_help[] =
    "  -c, --config FILE      site file whose platform is asked (default: " SW_CONFIG_DEFAULT ")\n"
    "      --url URL          broker, mqtt://host:port or mqtts://host:port, instead of the site file's\n"
    "      --prefix PREFIX    of the site's topics, like siteward/1/310115/pd-0042, instead of the site file's\n"
    "      --username NAME --password-file FILE\n"
    "      --ca-file FILE --cert-file FILE --key-file FILE\n"
    "                         at the broker, instead of the site file's; with --url nothing is taken from there\n"
    "      --mqtt 5|3.1.1|auto    version of the protocol (default: as the site file has it, else auto)\n"
    "      --client-id ID     as which the broker knows us (default: siteward-watch-{process}, siteward-ask-…)\n";

bool sw_mqtt_where_take(struct sw_mqtt_where *w, int option, const char *value)
{
    const struct {
        int option;
        const char **to;
    } texts[] = {{'c', &w->config},
                 {SW_MQTT_URL, &w->url},
                 {SW_MQTT_PREFIX, &w->prefix},
                 {SW_MQTT_USERNAME, &w->username},
                 {SW_MQTT_PASSWORD, &w->password_file},
                 {SW_MQTT_CA, &w->ca_file},
                 {SW_MQTT_CERT, &w->cert_file},
                 {SW_MQTT_KEY, &w->key_file},
                 {SW_MQTT_VERSION, &w->version},
                 {SW_MQTT_CLIENT, &w->client_id}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
        if (texts[i].option == option) {
            *texts[i].to = value;
            return true;
        }
    return false;
}

static void take_if_none(const char **to, const char *of_site)
{
    if (!*to && *of_site)
        *to = of_site;
}

static int take_site(struct sw_mqtt_where *w, const char *command)
{
    const struct sw_platform_conf *conf;

    w->site = sw_cli_site(command, w->config ? w->config : SW_CONFIG_DEFAULT);
    if (!w->site)
        return SW_EXIT_FAILED;
    conf = &w->site->platform;
    if (!w->url && !conf->is_set)
        return sw_cli_fail(command, "the site file names no platform: give --url, or platform.url there");
    if (!w->url) {
        w->url = conf->url;
        take_if_none(&w->username, conf->username);
        take_if_none(&w->password_file, conf->password_file);
        take_if_none(&w->ca_file, conf->ca_file);
        take_if_none(&w->cert_file, conf->cert_file);
        take_if_none(&w->key_file, conf->key_file);
        take_if_none(&w->proxy, conf->proxy);
        w->protocol = conf->version;
    }
    if (!w->prefix && !w->area)
        sw_topic_prefix(conf->root, w->site->area, w->site->id, w->whole, sizeof(w->whole));
    snprintf(w->root, sizeof(w->root), "%s/1/", conf->root);
    return -1;
}

/* "siteward/1/310115/pd-0042", with or without a slash at its end. */
static int take_prefix(struct sw_mqtt_where *w, const char *command)
{
    size_t len = strlen(w->prefix), slashes = 0, end_of_root = 0;

    len -= len > 0 && w->prefix[len - 1] == '/';
    for (size_t i = 0; i < len; i++) {
        slashes += w->prefix[i] == '/';
        if (slashes == 2 && !end_of_root)
            end_of_root = i + 1;
    }
    if (slashes != 3 || len + 2 > sizeof(w->whole) || strpbrk(w->prefix, "+#"))
        return sw_cli_fail(command, "--prefix is {root}/1/{area}/{site}, like siteward/1/310115/pd-0042");
    snprintf(w->whole, sizeof(w->whole), "%.*s/", (int) len, w->prefix);
    snprintf(w->root, sizeof(w->root), "%.*s", (int) end_of_root, w->prefix);
    return -1;
}

static int take_area(struct sw_mqtt_where *w, const char *command)
{
    if (w->prefix)
        return sw_cli_fail(command, "--area watches all sites of an area, --prefix one: give one of them");
    if (!*w->area || strlen(w->area) > SW_ID_SIZE || strpbrk(w->area, "/+#"))
        return sw_cli_fail(command, "--area is one word, like 310115");
    if (!*w->root)
        strcpy(w->root, "siteward/1/");
    snprintf(w->whole, sizeof(w->whole), "%.200s%.70s/+/", w->root, w->area);
    return -1;
}

static int read_password(struct sw_mqtt_where *w, const char *command)
{
    FILE *f = fopen(w->password_file, "re");
    const bool is_read = f && fgets(w->password, sizeof(w->password), f);
    const int saved = errno;

    if (f)
        fclose(f);
    if (!is_read)
        return sw_cli_fail(command, "%s: %s; its first line is the password", w->password_file,
                           f ? "it is empty" : strerror(saved));
    w->password[strcspn(w->password, "\r\n")] = '\0';
    return -1;
}

/* In the words of the library. */
static int take_url(struct sw_mqtt_where *w, const char *command)
{
    static const char *const schemes[][2] = {
        {"mqtt://", "tcp://"}, {"mqtts://", "ssl://"}, {"ws://", "ws://"}, {"wss://", "wss://"}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(schemes); i++) {
        const size_t len = strlen(schemes[i][0]);

        if (strncmp(w->url, schemes[i][0], len) == 0 && w->url[len] &&
            snprintf(w->uri, sizeof(w->uri), "%s%s", schemes[i][1], w->url + len) < (int) sizeof(w->uri))
            return -1;
    }
    return sw_cli_fail(command, "'%.80s' is no broker: mqtt://host:port or mqtts://host:port", w->url);
}

static int take_version(struct sw_mqtt_where *w, const char *command)
{
    if (!w->version)
        return -1;
    if (strcmp(w->version, "auto") != 0 && strcmp(w->version, "5") != 0 && strcmp(w->version, "3.1.1") != 0)
        return sw_cli_fail(command, "--mqtt is 5, 3.1.1 or auto");
    w->protocol = w->version[0] == '5' ? 5 : w->version[0] == '3' ? 4 : 0;
    return -1;
}

int sw_mqtt_where_read(struct sw_mqtt_where *w, const char *command)
{
    int code = -1;

    if (!w->url || w->config || !(w->prefix || w->area))
        code = take_site(w, command);
    if (code < 0 && w->area)
        code = take_area(w, command);
    if (code < 0 && w->prefix)
        code = take_prefix(w, command);
    if (code < 0)
        code = take_url(w, command);
    if (code < 0)
        code = take_version(w, command);
    if (code < 0 && w->password_file)
        code = read_password(w, command);
    if (w->client_id)
        snprintf(w->id, sizeof(w->id), "%s", w->client_id);
    else
        snprintf(w->id, sizeof(w->id), "siteward-%s-%ld", w->word, (long) getpid());
    if (code < 0 && (strpbrk(w->id, "/+#") || !*w->id || (w->client_id && strlen(w->client_id) >= sizeof(w->id))))
        return sw_cli_fail(command, "--client-id is one word without / + #, of at most %zu bytes", sizeof(w->id) - 1);
    return code;
}

void sw_mqtt_where_done(struct sw_mqtt_where *w)
{
    sw_site_free(w->site);
    explicit_bzero(w->password, sizeof(w->password));
}
