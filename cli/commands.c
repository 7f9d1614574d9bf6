// SPDX-License-Identifier: Apache-2.0
/* Ticket commands out of NDJSON. Every field is checked for kind and length, unknown fields are ignored as the
 * contract says; nothing is cut silently. */
#include "cli/commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/timefmt.h"

struct sw_commands {
    FILE *file;
    const char *path;
    FILE *complaints;
    size_t line;
    int64_t last_us;
    uint64_t bad;
    char text[SW_COMMAND_LINE_MAX + 1];
};

/* A text field into a buffer of its size. Absent or null leaves it empty. */
static int take_text(const json_t *object, const char *key, bool is_required, char *to, size_t cap, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    to[0] = '\0';
    if (!v || json_is_null(v))
        return is_required ? sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key) : SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a text", key);
    size_t len = json_string_length(v);
    if (len >= cap)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is longer than %zu bytes", key, cap - 1);
    if (is_required && len == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is empty", key);
    memcpy(to, json_string_value(v), len);
    to[len] = '\0';
    return SW_OK;
}

static int take_time(const json_t *object, const char *key, bool is_required, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    *ret = INT64_MIN;
    if (!v || json_is_null(v))
        return is_required ? sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key) : SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be an RFC 3339 time", key);
    int r = sw_time_parse(json_string_value(v), json_string_length(v), ret, err);
    if (r < 0)
        sw_err_prefix(err, "\"%s\"", key);
    return r;
}

static int take_bool(const json_t *object, const char *key, bool *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    *ret = json_is_true(v);
    if (v && !json_is_boolean(v) && !json_is_null(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be true or false", key);
    return SW_OK;
}

/* "cmd/ticket/sw-7k2m4q5xza/accept" */
static int take_topic(const json_t *root, struct sw_ticket_command *ret, struct sw_err *err)
{
    static const char prefix[] = "cmd/ticket/";
    const char *topic = json_string_value(json_object_get(root, "topic"));
    if (!topic)
        return sw_err_set(err, SW_E_INVAL, 0, "\"topic\" is missing");
    if (strncmp(topic, prefix, sizeof(prefix) - 1) != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "topic '%.80s': this version replays cmd/ticket/{ticket}/{verb} only",
                          topic);
    const char *id = topic + sizeof(prefix) - 1;
    const char *slash = strchr(id, '/');
    size_t len = slash ? (size_t) (slash - id) : 0;
    if (len == 0 || len >= sizeof(ret->ticket))
        return sw_err_set(err, SW_E_INVAL, 0, "topic '%.80s' is not cmd/ticket/{ticket}/{verb}", topic);
    memcpy(ret->ticket, id, len);
    ret->ticket[len] = '\0';
    int verb = sw_verb_from_name(slash + 1);
    if (verb < 0 || !sw_ticket_verb_rule((enum sw_verb) verb))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.40s' is not a verb of the contract (ack, dispatch, accept, start, …)",
                          slash + 1);
    ret->verb = (enum sw_verb) verb;
    return SW_OK;
}

static int take_actor(const json_t *payload, struct sw_actor *ret, struct sw_err *err)
{
    const json_t *by = json_object_get(payload, "by");
    if (!json_is_object(by))
        return sw_err_set(err, SW_E_INVAL, 0, "\"by\" is missing: {\"id\":\"party:wang\",\"role\":\"party\"}");
    char word[32];
    int r = take_text(by, "id", true, ret->id, sizeof(ret->id), err);
    if (r >= 0)
        r = take_text(by, "role", true, word, sizeof(word), err);
    if (r < 0) {
        sw_err_prefix(err, "\"by\"");
        return r;
    }
    int role = sw_role_from_name(word);
    if (role < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"by\": '%s' is not a role", word);
    ret->role = (enum sw_role) role;
    ret->door = SW_DOOR_MQTT; /* the topic is one of MQTT, however the line came here */
    return SW_OK;
}

static int take_assignee(const json_t *payload, struct sw_ticket_command *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(payload, "assignee");
    struct sw_assignee *a = &ret->assignee;
    if (!v || json_is_null(v))
        return SW_OK;
    if (!json_is_object(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"assignee\" must be an object");
    ret->has_assignee = true;
    int r = take_text(v, "unit", true, a->unit, sizeof(a->unit), err);
    if (r >= 0)
        r = take_text(v, "person", false, a->person, sizeof(a->person), err);
    if (r >= 0)
        r = take_text(v, "phone", false, a->phone, sizeof(a->phone), err);
    if (r >= 0)
        r = take_text(v, "department", false, a->department, sizeof(a->department), err);
    if (r >= 0)
        r = take_text(v, "street", false, a->street, sizeof(a->street), err);
    if (r < 0)
        sw_err_prefix(err, "\"assignee\"");
    return r;
}

static int take_revision(const json_t *payload, uint32_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(payload, "revision");
    *ret = 0;
    if (!v || json_is_null(v))
        return SW_OK;
    if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > UINT32_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "\"revision\" must be a whole number from 1");
    *ret = (uint32_t) json_integer_value(v);
    return SW_OK;
}

static int take_payload(const json_t *p, struct sw_ticket_command *c, int64_t *ret_at_us, struct sw_err *err)
{
    char schema[64];
    int r = take_text(p, "schema", true, schema, sizeof(schema), err);
    if (r >= 0 && strncmp(schema, "siteward.cmd/1.", 15) != 0)
        r = sw_err_set(err, SW_E_INVAL, 0, "schema '%s': want siteward.cmd/1.0", schema);
    if (r >= 0)
        r = take_text(p, "id", true, c->id, sizeof(c->id), err);
    if (r >= 0)
        r = take_time(p, "at", true, ret_at_us, err);
    if (r >= 0)
        r = take_actor(p, &c->by, err);
    if (r >= 0)
        r = take_revision(p, &c->revision, err);
    if (r >= 0)
        r = take_text(p, "text", false, c->text, sizeof(c->text), err);
    if (r >= 0)
        r = take_text(p, "measure", false, c->measure, sizeof(c->measure), err);
    if (r >= 0)
        r = take_text(p, "reason", false, c->reason, sizeof(c->reason), err);
    if (r >= 0)
        r = take_text(p, "satisfaction", false, c->satisfaction, sizeof(c->satisfaction), err);
    if (r >= 0)
        r = take_time(p, "until", false, &c->until_us, err);
    if (r >= 0)
        r = take_bool(p, "force", &c->force, err);
    if (r >= 0)
        r = take_assignee(p, c, err);
    c->resolve_by_us = INT64_MIN;
    if (r >= 0)
        r = take_time(json_object_get(p, "deadlines"), "resolve_by", false, &c->resolve_by_us, err);
    c->unsatisfied = strcmp(c->satisfaction, "unsatisfied") == 0;
    return r;
}

int sw_command_parse(const char *text, size_t len, struct sw_ticket_command *ret, int64_t *ret_at_us,
                     struct sw_err *err)
{
    json_error_t fault;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return sw_err_set(err, SW_E_INVAL, 0, "not JSON: %s (column %d)", fault.text, fault.column);

    struct sw_ticket_command c = {0};
    const json_t *payload = json_object_get(root, "payload");
    int r = take_topic(root, &c, err);
    if (r >= 0 && !json_is_object(payload))
        r = sw_err_set(err, SW_E_INVAL, 0, "\"payload\" is missing or no object");
    if (r >= 0)
        r = take_payload(payload, &c, ret_at_us, err);
    if (r >= 0)
        *ret = c;
    json_decref(root);
    return r;
}

int sw_commands_open(const char *path, FILE *complaints, struct sw_commands **ret, struct sw_err *err)
{
    struct sw_commands *c = malloc(sizeof(*c));
    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    *c = (struct sw_commands){.path = path, .complaints = complaints, .last_us = INT64_MIN};
    c->file = fopen(path, "re");
    if (!c->file) {
        int r = sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
        free(c);
        return r;
    }
    *ret = c;
    return SW_OK;
}

struct sw_commands *sw_commands_close(struct sw_commands *c)
{
    if (c) {
        fclose(c->file);
        free(c);
    }
    return NULL;
}

/* One line without its end. @return 1, 0 at the end, SW_E_INVAL too long (passed over), SW_E_IO */
static int next_line(struct sw_commands *c, size_t *ret_len, struct sw_err *err)
{
    size_t len = 0;
    bool any = false;
    int ch;
    while ((ch = getc_unlocked(c->file)) != EOF) {
        any = true;
        if (ch == '\n')
            break;
        if (len < sizeof(c->text))
            c->text[len++] = (char) ch;
    }
    if (ferror(c->file))
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", c->path, strerror(errno));
    if (!any)
        return 0;
    c->line++;
    if (len > SW_COMMAND_LINE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "the line is longer than %d bytes", SW_COMMAND_LINE_MAX);
    while (len > 0 && (c->text[len - 1] == '\r' || c->text[len - 1] == ' '))
        len--;
    *ret_len = len;
    return 1;
}

int sw_commands_next(struct sw_commands *c, struct sw_ticket_command *ret, int64_t *ret_at_us, struct sw_err *err)
{
    for (;;) {
        struct sw_err fault = {0};
        size_t len = 0;
        int r = next_line(c, &len, &fault);
        if (r == 0)
            return 0;
        if (r < 0 && r != SW_E_INVAL) {
            if (err)
                *err = fault;
            return r;
        }
        if (r == 1 && len == 0)
            continue;
        if (r == 1)
            r = sw_command_parse(c->text, len, ret, ret_at_us, &fault);
        if (r >= 0 && *ret_at_us < c->last_us)
            r = sw_err_set(&fault, SW_E_INVAL, 0, "\"at\" goes back in time: commands must ascend");
        if (r >= 0) {
            c->last_us = *ret_at_us;
            return 1;
        }
        c->bad++;
        fprintf(c->complaints, "%s:%zu: %s\n", c->path, c->line, fault.msg);
    }
}

size_t sw_commands_line(const struct sw_commands *c)
{
    return c->line;
}

uint64_t sw_commands_bad(const struct sw_commands *c)
{
    return c->bad;
}
