// SPDX-License-Identifier: Apache-2.0
/* The table of accounts, and its text there and back. */
#include "io/auth_file.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "common/timefmt.h"
#include "io/replace.h"

#define SCHEMA "siteward.accounts/1"

_Static_assert(SW_PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "room for a hash");

/* ---- the table ---- */

void sw_account_table_done(struct sw_account_table *t)
{
    free(t->list);
    *t = (struct sw_account_table){0};
}

int sw_account_table_copy(const struct sw_account_table *t, struct sw_account_table *ret, struct sw_err *err)
{
    *ret = (struct sw_account_table){0};
    if (t->n == 0)
        return SW_OK;
    ret->list = malloc(t->n * sizeof(*ret->list));
    if (!ret->list)
        return sw_err_set(err, SW_E_NOMEM, 0, "accounts: out of memory");
    memcpy(ret->list, t->list, t->n * sizeof(*ret->list));
    ret->n = t->n;
    return SW_OK;
}

struct sw_account *sw_account_table_find(const struct sw_account_table *t, const char *id)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].id, id) == 0)
            return &t->list[i];
    return NULL;
}

int sw_account_table_add(struct sw_account_table *t, const struct sw_account *account, struct sw_err *err)
{
    struct sw_account *list;

    if (sw_account_table_find(t, account->id))
        return sw_err_set(err, SW_E_CONFLICT, 0, "there is an account '%s' already", account->id);
    if (t->n >= SW_ACCOUNTS_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "there are %d accounts already: remove one first", SW_ACCOUNTS_MAX);
    list = realloc(t->list, (t->n + 1) * sizeof(*list));
    if (!list)
        return sw_err_set(err, SW_E_NOMEM, 0, "accounts: out of memory");
    t->list = list;
    t->list[t->n++] = *account;
    return SW_OK;
}

void sw_account_table_remove(struct sw_account_table *t, struct sw_account *account)
{
    const size_t behind = (size_t) (t->list + t->n - account) - 1;

    memmove(account, account + 1, behind * sizeof(*account));
    t->n--;
}

size_t sw_account_table_count(const struct sw_account_table *t, enum sw_account_role role)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->list[i].role == role;
    return n;
}

const struct sw_account *sw_account_table_by_token(const struct sw_account_table *t, const char *secret, int64_t now_us,
                                                   const struct sw_token **ret_token)
{
    const struct sw_account *found = NULL;
    uint8_t hash[SW_SECRET_HASH];

    sw_secret_hash(secret, hash);
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->list[i].n_tokens; k++) {
            const struct sw_token *token = &t->list[i].tokens[k];

            if (sodium_memcmp(hash, token->hash, sizeof(hash)) != 0 || now_us >= token->expires_us)
                continue;
            found = &t->list[i];
            if (ret_token)
                *ret_token = token;
        }
    return found;
}

/* ---- reading ---- */

static int wrong(struct sw_err *err, const char *where, const char *key)
{
    return sw_err_set(err, SW_E_CORRUPT, 0, "account '%.40s': \"%s\" is missing or wrong", where, key);
}

/* A member's text, which fits. @return false: it is not there, or no such text */
static bool take_text(const json_t *object, const char *key, char *ret, size_t size)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    if (!text || json_string_length(value) >= size || strlen(text) != json_string_length(value))
        return false;
    memcpy(ret, text, strlen(text) + 1);
    return true;
}

static bool take_time(const json_t *object, const char *key, int64_t *ret)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && sw_time_parse(text, strlen(text), ret, NULL) == SW_OK;
}

static unsigned take_scopes(const json_t *list)
{
    unsigned scopes = 0, one;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        one = name ? sw_right_of(name) : 0;
        if (!one)
            return 0;
        scopes |= one;
    }
    return scopes;
}

static int read_token(const json_t *object, const char *id, struct sw_token *ret, struct sw_err *err)
{
    char hex[2 * SW_SECRET_HASH + 1];
    size_t len = 0;

    if (!take_text(object, "id", ret->id, sizeof(ret->id)) || !sw_id_is_valid(ret->id))
        return wrong(err, id, "tokens[].id");
    if (!take_text(object, "label", ret->label, sizeof(ret->label)) || !sw_account_name_is_valid(ret->label))
        return wrong(err, id, "tokens[].label");
    if (!take_text(object, "hash", hex, sizeof(hex)) ||
        sodium_hex2bin(ret->hash, sizeof(ret->hash), hex, strlen(hex), NULL, &len, NULL) < 0 || len != SW_SECRET_HASH)
        return wrong(err, id, "tokens[].hash");
    ret->scopes = take_scopes(json_object_get(object, "scopes"));
    if (!ret->scopes)
        return wrong(err, id, "tokens[].scopes");
    if (!take_time(object, "created", &ret->created_us))
        return wrong(err, id, "tokens[].created");
    ret->expires_us = INT64_MAX;
    if (!json_is_null(json_object_get(object, "expires")) && !take_time(object, "expires", &ret->expires_us))
        return wrong(err, id, "tokens[].expires");
    return SW_OK;
}

/* Whether the library would read it: a hash of another kind never fits any password, and takes no time to refuse. */
static bool is_hash(const char *text)
{
    return strncmp(text, crypto_pwhash_argon2id_STRPREFIX, strlen(crypto_pwhash_argon2id_STRPREFIX)) == 0 &&
           crypto_pwhash_str_needs_rehash(text, SW_AUTH_PASSES, SW_AUTH_MEMORY_BYTES) == 0;
}

static int read_account(const json_t *object, struct sw_account *ret, struct sw_err *err)
{
    const json_t *password = json_object_get(object, "password"), *tokens = json_object_get(object, "tokens");
    char role[16];
    int rc = SW_OK;

    if (!take_text(object, "id", ret->id, sizeof(ret->id)) || !sw_account_id_is_valid(ret->id))
        return wrong(err, "?", "id");
    if (!take_text(object, "name", ret->name, sizeof(ret->name)) || !sw_account_name_is_valid(ret->name))
        return wrong(err, ret->id, "name");
    if (!take_text(object, "role", role, sizeof(role)) || (ret->role = sw_account_role_of(role)) == SW_ACCOUNT_NONE)
        return wrong(err, ret->id, "role");
    if (!json_is_null(password) &&
        (!take_text(object, "password", ret->password, sizeof(ret->password)) || !is_hash(ret->password)))
        return wrong(err, ret->id, "password");
    if (!take_time(object, "created", &ret->created_us))
        return wrong(err, ret->id, "created");
    if (!take_time(object, "changed", &ret->changed_us))
        return wrong(err, ret->id, "changed");
    if (!json_is_array(tokens) || json_array_size(tokens) > SW_TOKENS_EACH_MAX)
        return wrong(err, ret->id, "tokens");
    for (; rc == SW_OK && ret->n_tokens < json_array_size(tokens); ret->n_tokens++)
        rc = read_token(json_array_get(tokens, ret->n_tokens), ret->id, &ret->tokens[ret->n_tokens], err);
    return rc;
}

static int read_table(const json_t *root, struct sw_account_table *ret, struct sw_err *err)
{
    const json_t *list = json_object_get(root, "accounts");
    const char *schema = json_string_value(json_object_get(root, "schema"));
    int rc = SW_OK;

    if (!schema || strcmp(schema, SCHEMA) != 0)
        return sw_err_set(err, SW_E_CORRUPT, 0, "\"schema\" is not " SCHEMA);
    if (!json_is_array(list) || json_array_size(list) > SW_ACCOUNTS_MAX)
        return sw_err_set(err, SW_E_CORRUPT, 0, "\"accounts\" is no list of at most %d", SW_ACCOUNTS_MAX);
    for (size_t i = 0; rc == SW_OK && i < json_array_size(list); i++) {
        struct sw_account account = {0};

        rc = read_account(json_array_get(list, i), &account, err);
        if (rc == SW_OK)
            rc = sw_account_table_add(ret, &account, err);
        if (rc == SW_E_CONFLICT)
            rc = SW_E_CORRUPT;
    }
    return rc;
}

int sw_account_table_parse(const char *text, size_t len, struct sw_account_table *ret, struct sw_err *err)
{
    json_error_t fault;
    json_t *root = len > SW_ACCOUNTS_FILE_MAX ? NULL : json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    int rc;

    *ret = (struct sw_account_table){0};
    if (len > SW_ACCOUNTS_FILE_MAX)
        return sw_err_set(err, SW_E_CORRUPT, 0, "larger than %d bytes", SW_ACCOUNTS_FILE_MAX);
    if (!root)
        return sw_err_set(err, SW_E_CORRUPT, 0, "no JSON: line %d: %s", fault.line, fault.text);
    rc = read_table(root, ret, err);
    json_decref(root);
    if (rc < 0)
        sw_account_table_done(ret);
    return rc;
}

int sw_account_table_read(const char *path, struct sw_account_table *ret, struct sw_err *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = sw_file_read_private(path, SW_ACCOUNTS_FILE_MAX, &text, &len, err);

    *ret = (struct sw_account_table){0};
    if (rc < 0)
        return rc;
    rc = sw_account_table_parse(text, len, ret, err);
    free(text);
    return rc < 0 ? sw_err_prefix(err, "%s", path) : SW_OK;
}

/* ---- writing ---- */

static json_t *time_of(int64_t t_us)
{
    char text[SW_RFC3339_SIZE];

    sw_time_format(NULL, t_us, text);
    return json_string(text);
}

static json_t *scopes_of(unsigned scopes)
{
    json_t *list = json_array();

    for (unsigned bit = 1; bit <= scopes; bit <<= 1)
        if (scopes & bit)
            json_array_append_new(list, json_string(sw_right_name(bit)));
    return list;
}

static json_t *token_json(const struct sw_token *t)
{
    char hex[2 * SW_SECRET_HASH + 1];

    sodium_bin2hex(hex, sizeof(hex), t->hash, sizeof(t->hash));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", t->id, "label", t->label, "hash", hex, "scopes",
                     scopes_of(t->scopes), "created", time_of(t->created_us), "expires",
                     t->expires_us == INT64_MAX ? json_null() : time_of(t->expires_us));
}

static json_t *account_json(const struct sw_account *a)
{
    json_t *tokens = json_array();

    for (size_t i = 0; i < a->n_tokens; i++)
        json_array_append_new(tokens, token_json(&a->tokens[i]));
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o, s:o}", "id", a->id, "name", a->name, "role",
                     sw_account_role_name(a->role), "password", a->password[0] ? a->password : NULL, "created",
                     time_of(a->created_us), "changed", time_of(a->changed_us), "tokens", tokens);
}

char *sw_account_table_render(const struct sw_account_table *t, size_t *ret_len)
{
    json_t *list = json_array();
    json_t *root = json_pack("{s:s, s:o}", "schema", SCHEMA, "accounts", list);
    bool is_whole = root != NULL;
    char *text = NULL;

    for (size_t i = 0; root && i < t->n; i++)
        is_whole = json_array_append_new(list, account_json(&t->list[i])) == 0 && is_whole;
    if (is_whole)
        text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    if (text)
        *ret_len = strlen(text);
    return text;
}
