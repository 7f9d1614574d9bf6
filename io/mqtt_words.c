// SPDX-License-Identifier: Apache-2.0
/* Lines of the MQTT library's log as facts, and the table of topic aliases. */
#include "io/mqtt_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

static const char *after(const char *line, const char *words)
{
    const char *at = strstr(line, words);

    return at ? at + strlen(words) : NULL;
}

static void note(struct mqtt_words *w, enum sw_mqtt_tls tls, const char *why)
{
    w->tls = tls;
    snprintf(w->why, sizeof(w->why), "%.*s", (int) strcspn(why, "\r\n"), why);
}

void mqtt_words_take(struct mqtt_words *w, const char *line)
{
    const char *rest;

    if (strstr(line, "SSL handshake started"))
        *w = (struct mqtt_words){0};
    else if ((rest = after(line, "SSL alert write:fatal:"))) /* we end it: what the broker showed is not accepted */
        note(w, SW_MQTT_TLS_NOT_TRUSTED, rest);
    else if ((rest = after(line, "SSL alert read:fatal:")))
        note(w, SW_MQTT_TLS_REFUSED, rest);
    else if (strstr(line, "X509_check_host for hostname") && strstr(line, "failed"))
        note(w, SW_MQTT_TLS_WRONG_NAME, "");
    else if (strstr(line, "-> CONNECT version") && (w->tls == SW_MQTT_TLS_WRONG_NAME || strstr(line, "(-1)")))
        /* An address stood in its place; and from TLS 1.3 on a broker says only now that it does not take ours. */
        note(w, strstr(line, "(-1)") ? SW_MQTT_TLS_REFUSED : SW_MQTT_TLS_NOTHING, "");
}

void mqtt_words_take_error(struct mqtt_words *w, const char *line, size_t len)
{
    char text[256], *at = text, *field;
    bool is_handshake;

    snprintf(text, sizeof(text), "%.*s", (int) len, line);
    is_handshake = strstr(text, ":SSL routines:") && !strstr(text, "use_") && !strstr(text, "private_key");
    for (int i = 0; w->tls == SW_MQTT_TLS_NOTHING && (field = strsep(&at, ":")) != NULL;
         i++) /* an alert says it better */
        if (i == 5)
            note(w, is_handshake ? SW_MQTT_TLS_BROKEN : SW_MQTT_TLS_FILES, field);
}

void mqtt_words_text(const struct mqtt_words *w, char *buf, size_t cap)
{
    static const char *const said[] = {
        [SW_MQTT_TLS_NOTHING] = "",
        [SW_MQTT_TLS_NOT_TRUSTED] = "the broker's certificate is not accepted",
        [SW_MQTT_TLS_WRONG_NAME] = "the broker's certificate is for another name",
        [SW_MQTT_TLS_REFUSED] = "the broker does not take the certificate of this gateway",
        [SW_MQTT_TLS_FILES] = "TLS cannot begin",
        [SW_MQTT_TLS_BROKEN] = "TLS failed",
    };

    snprintf(buf, cap, "%s%s%s", said[w->tls], w->tls != SW_MQTT_TLS_NOTHING && w->why[0] ? ": " : "", w->why);
}

int mqtt_reason_of_connack(int code)
{
    static const int reasons[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};

    return code >= 0 && code < (int) (sizeof(reasons) / sizeof(reasons[0])) ? reasons[code] : code;
}

/* ---- aliases ---- */

uint16_t mqtt_alias_of(struct mqtt_aliases *a, const char *topic, bool *ret_is_new)
{
    const uint32_t hash = (uint32_t) sw_hash_text(topic);

    *ret_is_new = false;
    for (uint16_t i = 0; i < a->n; i++)
        if (a->hash[i] == hash && strcmp(a->topic[i], topic) == 0)
            return (uint16_t) (i + 1);
    if (a->n >= a->max || a->n >= MQTT_ALIASES_MAX)
        return 0;
    a->topic[a->n] = strdup(topic);
    if (!a->topic[a->n])
        return 0;
    a->hash[a->n] = hash;
    *ret_is_new = true;
    return ++a->n;
}

void mqtt_alias_drop(struct mqtt_aliases *a)
{
    free(a->topic[--a->n]);
}

void mqtt_aliases_free(struct mqtt_aliases *a)
{
    while (a->n > 0)
        mqtt_alias_drop(a);
}
