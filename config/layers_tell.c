// SPDX-License-Identifier: Apache-2.0
/* The merged configuration as JSON for whoever may not see its secrets, and where each part of it was written. Values
 * are told as they were written: a duration is "5s", a number that JSON knows is a number. */
#include "config/layers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jsonw.h"

#define ROOM (4 * 1024 * 1024) /* the files of a site are 1 MiB each, hundreds of bytes in practice */
#define POINTER_SIZE 512

/* ---- a node as JSON ---- */

static const char *digits(const char *p)
{
    while (isdigit((unsigned char) *p))
        p++;
    return p;
}

/* As JSON writes numbers: no leading zeros or plus, no bare point. */
static bool is_json_number(const char *text)
{
    const char *p = text + (*text == '-' ? 1 : 0), *end = digits(p);

    if (end == p || (*p == '0' && end > p + 1) || strlen(text) > 40)
        return false;
    if (*end == '.') {
        p = end + 1;
        end = digits(p);
        if (end == p)
            return false;
    }
    if (*end == 'e' || *end == 'E') {
        p = end + 1;
        p += *p == '+' || *p == '-' ? 1 : 0;
        end = digits(p);
        if (end == p)
            return false;
    }
    return *end == '\0';
}

static void scalar_json(struct sw_jsonw *w, const char *key, const struct sw_node *n)
{
    if (sw_node_is_null(n))
        sw_jsonw_null(w, key);
    else if (n->is_plain && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0 || is_json_number(n->text)))
        sw_jsonw_raw(w, key, n->text, n->len);
    else
        sw_jsonw_str(w, key, n->text);
}

/* Where a login or a key may stand that is nobody else's business. Names of files with them are told. */
static bool is_secret(const char *key)
{
    static const char *const words[] = {"password", "passphrase", "secret", "token", "username"};
    const size_t len = key != NULL ? strlen(key) : 0;

    if (len == 0 || (len > 5 && strcmp(key + len - 5, "_file") == 0))
        return false;
    for (size_t i = 0; i < SW_ARRAY_SIZE(words); i++)
        if (strcasestr(key, words[i]) != NULL)
            return true;
    return false;
}

/* Without what may be a login: "user:pw@" before the host, and everything from the question mark on. */
static void address_json(struct sw_jsonw *w, const char *key, const char *text)
{
    const char *host = strstr(text, "://") + 3;
    const size_t host_len = strcspn(host, "/?#"), len = strcspn(host, "?#");
    char clean[2048];
    const char *at = host;

    for (size_t i = 0; i < host_len; i++)
        if (host[i] == '@')
            at = host + i + 1;
    (void) snprintf(clean, sizeof(clean), "%.*s%.*s", (int) (host - text), text, (int) (host + len - at), at);
    sw_jsonw_str(w, key, clean);
}

static void node_json(struct sw_jsonw *w, const char *key, const struct sw_node *n, bool is_clean)
{
    switch (n->kind) {
    case SW_NODE_MAP:
        sw_jsonw_object(w, key);
        for (const struct sw_node *c = n->first; c != NULL; c = c->next)
            if (!is_clean || !is_secret(c->key))
                node_json(w, c->key, c, is_clean);
        sw_jsonw_object_end(w);
        break;
    case SW_NODE_LIST:
        sw_jsonw_array(w, key);
        for (const struct sw_node *c = n->first; c != NULL; c = c->next)
            node_json(w, NULL, c, is_clean);
        sw_jsonw_array_end(w);
        break;
    case SW_NODE_SCALAR:
        if (is_clean && strstr(n->text, "://") != NULL && strpbrk(strstr(n->text, "://"), "@?#") != NULL)
            address_json(w, key, n->text);
        else
            scalar_json(w, key, n);
        break;
    }
}

void sw_node_json(struct sw_jsonw *w, const char *key, const struct sw_node *n)
{
    node_json(w, key, n, false);
}

/* ---- where it was written ---- */

/* The one file of all leaves below; NULL = there are several, or none. */
static const char *one_file(const struct sw_node *n)
{
    const char *found = NULL;

    if (n->kind == SW_NODE_SCALAR || n->len == 0)
        return n->file;
    for (const struct sw_node *c = n->first; c != NULL; c = c->next) {
        const char *file = one_file(c);

        if (file == NULL || (found != NULL && strcmp(file, found) != 0))
            return NULL;
        found = file;
    }
    return found;
}

static void tell_origin(struct sw_jsonw *w, const char *remote, char *pointer, size_t at, const struct sw_node *n)
{
    const char *file = one_file(n);
    const bool is_remote = file != NULL && strcmp(file, remote) == 0;

    if (n->kind == SW_NODE_MAP && n->len > 0 && (file == NULL || is_remote || at == 0)) {
        for (const struct sw_node *c = n->first; c != NULL; c = c->next) {
            size_t end = at;

            if (is_secret(c->key))
                continue;
            pointer[end++] = '/';
            for (const char *p = c->key; *p != '\0' && end + 3 < POINTER_SIZE; p++) {
                if (*p == '~' || *p == '/')
                    pointer[end++] = '~';
                pointer[end++] = *p == '~' ? '0' : *p == '/' ? '1' : *p;
            }
            pointer[end] = '\0';
            if (end + 3 < POINTER_SIZE)
                tell_origin(w, remote, pointer, end, c);
        }
    } else if (at > 0) {
        sw_jsonw_str(w, pointer, is_remote ? "remote" : file != NULL ? file : n->file);
    }
}

/* ---- the texts ---- */

static char *text_of(const struct sw_layers *l, const struct sw_node *n, int what, size_t *ret_len)
{
    char *buf = malloc(ROOM), *fit, pointer[POINTER_SIZE] = "";
    struct sw_jsonw w;

    if (buf == NULL)
        return NULL;
    sw_jsonw_init(&w, buf, ROOM);
    if (what == 2) {
        sw_jsonw_object(&w, NULL);
        tell_origin(&w, l->remote_file, pointer, 0, n);
        sw_jsonw_object_end(&w);
    } else {
        node_json(&w, NULL, n, what == 1);
    }
    if (sw_jsonw_finish(&w, ret_len) == NULL) {
        free(buf);
        *ret_len = 0;
        return NULL;
    }
    fit = realloc(buf, *ret_len + 1);
    return fit != NULL ? fit : buf;
}

char *sw_layers_text(const struct sw_node *n, size_t *ret_len)
{
    return text_of(NULL, n, 0, ret_len);
}

void sw_layers_tell(const struct sw_layers *l, const struct sw_node *merged, struct sw_config_seen *ret)
{
    ret->full = text_of(l, merged, 0, &ret->full_len);
    ret->config = text_of(l, merged, 1, &ret->config_len);
    ret->origin = text_of(l, merged, 2, &ret->origin_len);
    (void) snprintf(ret->remote_file, sizeof(ret->remote_file), "%s", l->remote_file);
    ret->has_remote = l->has_remote;
    ret->is_remote_cut = l->is_remote_cut;
}

void sw_config_seen_done(struct sw_config_seen *s)
{
    free(s->full);
    free(s->config);
    free(s->origin);
    free(s->remote);
    *s = (struct sw_config_seen){0};
}
