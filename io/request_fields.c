// SPDX-License-Identifier: Apache-2.0
/* Typed fields of a document of somebody else's, each refused by name. Which fields a document has is request.c's. */
#include "io/request_fields.h"

#include <string.h>

#include "common/timefmt.h"

int request_text(const json_t *object, const char *key, bool is_required, char *to, size_t cap, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    size_t len;

    to[0] = '\0';
    if (!v || json_is_null(v))
        return is_required ? sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key) : SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a text", key);
    len = json_string_length(v);
    if (len >= cap)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is longer than %zu bytes", key, cap - 1);
    if (is_required && len == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is empty", key);
    memcpy(to, json_string_value(v), len);
    to[len] = '\0';
    return SW_OK;
}

int request_schema(const json_t *object, const char *want, struct sw_err *err)
{
    char schema[64];
    int rc = request_text(object, "schema", true, schema, sizeof(schema), err);

    if (rc >= 0 && (strncmp(schema, want, strlen(want)) != 0 || strncmp(schema + strlen(want), "/1.", 3) != 0))
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"schema\" is '%s', here it must be %s/1.0", schema, want);
    return rc;
}

int request_time(const json_t *object, const char *key, bool is_required, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    int rc;

    *ret = INT64_MIN;
    if (!v || json_is_null(v))
        return is_required ? sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key) : SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be an RFC 3339 time, like 2026-03-02T23:40:00+08:00", key);
    rc = sw_time_parse(json_string_value(v), json_string_length(v), ret, err);
    if (rc < 0)
        return sw_err_prefix(err, "\"%s\"", key);
    *ret -= ((*ret % SW_US_PER_MS) + SW_US_PER_MS) % SW_US_PER_MS;
    return SW_OK;
}

/* One number and its unit out of "1H30M". @return 1 taken, 0 the end, -1 wrong */
static int duration_piece(const char **at, const char **units, int64_t *ret_s)
{
    int64_t n = 0;
    size_t digits = 0;
    const char *unit;

    if (!**at)
        return 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        n = n * 10 + (**at - '0');
    if (digits == 0 || digits > 6 || !**at)
        return -1;
    unit = strchr(*units, **at); /* each at most once, in this order */
    if (!unit)
        return -1;
    *ret_s += n * (*unit == 'H' ? 3600 : *unit == 'M' ? 60 : 1);
    *units = unit + 1;
    (*at)++;
    return 1;
}

int request_duration(const json_t *object, const char *key, int64_t missing_us, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    const char *at = json_string_value(v), *units = "HMS";
    int64_t s = 0;
    int rc = 1;

    *ret = missing_us;
    if (!v || json_is_null(v))
        return SW_OK;
    if (!at || strncmp(at, "PT", 2) != 0 || !at[2])
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a duration like PT30M", key);
    for (at += 2; rc == 1;)
        rc = duration_piece(&at, &units, &s);
    if (rc < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a duration like PT30M, PT1H or PT90S", key);
    if (s < SW_EVIDENCE_WINDOW_MIN_S || s > SW_EVIDENCE_WINDOW_MAX_S)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must lie between PT1M and PT24H", key);
    *ret = s * SW_US_PER_S;
    return SW_OK;
}

int request_bool(const json_t *object, const char *key, bool *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);

    *ret = json_is_true(v);
    if (v && !json_is_boolean(v) && !json_is_null(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be true or false", key);
    return SW_OK;
}

int request_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);

    if (!v || json_is_null(v))
        return SW_OK;
    if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > max)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a whole number from %lld to %lld", key, (long long) min,
                          (long long) max);
    *ret = json_integer_value(v);
    return SW_OK;
}

int request_number(const json_t *object, const char *key, double min, double max, double *ret, bool *ret_has,
                   struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    double number = json_number_value(v);

    *ret_has = v && !json_is_null(v);
    if (!*ret_has)
        return SW_OK;
    if (!json_is_number(v) || !(number >= min && number <= max))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a number from %g to %g", key, min, max);
    *ret = number;
    return SW_OK;
}

int request_object(const json_t *object, const char *key, const json_t **ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);

    *ret = NULL;
    if (!v || json_is_null(v))
        return SW_OK;
    if (!json_is_object(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be an object", key);
    *ret = v;
    return SW_OK;
}

int request_fault_len(const json_error_t *fault)
{
    const char *quoted = strstr(fault->text, " near ");

    return quoted ? (int) (quoted - fault->text) : (int) strlen(fault->text);
}

int request_actor(const json_t *object, struct sw_actor *ret, struct sw_err *err)
{
    const json_t *by = json_object_get(object, "by");
    char word[32];
    int rc, role;

    if (!json_is_object(by))
        return sw_err_set(err, SW_E_INVAL, 0, "\"by\" is missing: {\"id\":\"party:wang\",\"role\":\"party\"}");
    rc = request_text(by, "id", true, ret->id, sizeof(ret->id), err);
    if (rc >= 0)
        rc = request_text(by, "role", true, word, sizeof(word), err);
    if (rc < 0)
        return sw_err_prefix(err, "\"by\"");
    role = sw_role_from_name(word);
    if (role < 0)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "\"by\": '%s' is not a role (platform, officer, party, agent, authority, public)", word);
    ret->role = (enum sw_role) role;
    return SW_OK;
}
