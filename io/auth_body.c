// SPDX-License-Identifier: Apache-2.0
/* Bodies about accounts: one table of fields. */
#include "io/auth_body.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

struct field {
    unsigned bit;
    const char *key;
    size_t offset, size; /* of a text; size 0 = it is read by take_other */
};

#define TEXT(member) offsetof(struct sw_auth_body, member), sizeof(((struct sw_auth_body *) NULL)->member)

static const struct field fields[] = {
    {SW_BODY_ID, "id", TEXT(id)},          {SW_BODY_NAME, "name", TEXT(name)},
    {SW_BODY_ROLE, "role", 0, 0},          {SW_BODY_PASSWORD, "password", TEXT(password)},
    {SW_BODY_OLD, "old", TEXT(old)},       {SW_BODY_CODE, "code", TEXT(code)},
    {SW_BODY_LABEL, "label", TEXT(label)}, {SW_BODY_SCOPES, "scopes", 0, 0},
    {SW_BODY_DAYS, "days", 0, 0},
};

static int take_text(const struct field *f, const json_t *value, struct sw_auth_body *ret, struct sw_err *err)
{
    const char *text = json_string_value(value);
    const size_t len = json_string_length(value);

    if (!text || strlen(text) != len)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a text", f->key);
    if (len >= f->size)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" has at most %zu bytes", f->key, f->size - 1);
    memcpy((char *) ret + f->offset, text, len + 1);
    return SW_OK;
}

static int take_role(const json_t *value, struct sw_auth_body *ret, struct sw_err *err)
{
    const char *text = json_string_value(value);

    ret->role = text ? sw_account_role_of(text) : SW_ACCOUNT_NONE;
    return ret->role != SW_ACCOUNT_NONE
               ? SW_OK
               : sw_err_set(err, SW_E_INVAL, 0, "\"role\" is viewer, party, officer, agent or admin");
}

static int take_scopes(const json_t *value, struct sw_auth_body *ret, struct sw_err *err)
{
    ret->scopes = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        const unsigned right = name ? sw_right_of(name) : 0;

        if (!right) {
            ret->scopes = 0;
            break;
        }
        ret->scopes |= right;
    }
    return ret->scopes
               ? SW_OK
               : sw_err_set(err, SW_E_INVAL, 0, "\"scopes\" is a list of read, tickets, complaints, evidence, admin");
}

static int take_days(const json_t *value, struct sw_auth_body *ret, struct sw_err *err)
{
    const json_int_t days = json_integer_value(value);

    if (!json_is_integer(value) || days < 1 || days > SW_BODY_DAYS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "\"days\" is a whole number from 1 to %d", SW_BODY_DAYS_MAX);
    ret->days = (int) days;
    return SW_OK;
}

static int take(const struct field *f, const json_t *value, struct sw_auth_body *ret, struct sw_err *err)
{
    switch (f->bit) {
    case SW_BODY_ROLE:
        return take_role(value, ret, err);
    case SW_BODY_SCOPES:
        return take_scopes(value, ret, err);
    case SW_BODY_DAYS:
        return take_days(value, ret, err);
    default:
        return take_text(f, value, ret, err);
    }
}

int sw_auth_body_read(const char *text, size_t len, unsigned required, unsigned optional, struct sw_auth_body *ret,
                      struct sw_err *err)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    int rc = json_is_object(root) ? SW_OK : sw_err_set(err, SW_E_INVAL, 0, "the body must be a JSON object");

    *ret = (struct sw_auth_body){0};
    for (size_t i = 0; rc == SW_OK && i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct field *f = &fields[i];
        const json_t *value = json_object_get(root, f->key);

        if (!((required | optional) & f->bit))
            continue;
        if (!value || json_is_null(value)) {
            if (required & f->bit)
                rc = sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", f->key);
            continue;
        }
        rc = take(f, value, ret, err);
        ret->has |= f->bit;
    }
    json_decref(root);
    return rc;
}
