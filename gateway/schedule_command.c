// SPDX-License-Identifier: Apache-2.0
/* Items of the authority as the import is to read them: each field is checked here, and a field that the import does
 * not know is left behind, so that what it complains of is always a fault. Rules and dates of recurrences are the
 * import's. */
#include "gateway/schedule_command.h"

#include <string.h>

#include <jansson.h>

#include "common/macros.h"
#include "common/timefmt.h"
#include "config/read_schedule.h"
#include "config/schedule_time.h"

const char *sw_schedule_op_name(enum sw_schedule_op op)
{
    static const char *const names[] = {
        [SW_OP_UPSERT] = "upsert", [SW_OP_CONFIRM] = "confirm", [SW_OP_CANCEL] = "cancel"};

    return (size_t) op < SW_ARRAY_SIZE(names) ? names[op] : "?";
}

/* Of an item of the contract; source and status are what the authority is. */
static const char *const taken[] = {"uid",       "kind",     "summary",    "permit_no",  "reason",          "tz",
                                    "issued_by", "dtstart",  "duration",   "rrule",      "exdate",          "rdate",
                                    "revision",  "valid_to", "granted_at", "valid_from", "notice_posted_at"};

static json_t *authoritative(json_t *to)
{
    if (to && json_object_set_new(to, "source", json_string(sw_item_source_name(SW_SOURCE_AUTHORITY))) == 0 &&
        json_object_set_new(to, "status", json_string(sw_item_status_name(SW_ITEM_CONFIRMED))) == 0)
        return to;
    json_decref(to);
    return NULL;
}

static int check_status(const json_t *v, struct sw_err *err)
{
    const char *status = json_string_value(json_object_get(v, "status"));

    if (json_object_get(v, "status") && (!status || strcmp(status, "confirmed") != 0))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "\"status\" must be confirmed, or left out; \"op\":\"cancel\" withdraws an item");
    return SW_OK;
}

static int check_times(const struct sw_schedule_item *item, const struct sw_zone *zone, struct sw_err *err)
{
    struct sw_local begin;
    struct sw_span_text length;
    int rc;

    if (!item->dtstart[0] || !item->duration[0])
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", item->dtstart[0] ? "duration" : "dtstart");
    rc = sw_local_parse(item->dtstart, strlen(item->dtstart), zone, &begin, err);
    if (rc < 0)
        return sw_err_prefix(err, "\"dtstart\"");
    rc = sw_span_parse(item->duration, strlen(item->duration), &length, err);
    return rc < 0 ? sw_err_prefix(err, "\"duration\"") : SW_OK;
}

/* One text a language; what else such an object holds is left behind, for all of it is recorded. */
static json_t *languages_of(const json_t *v)
{
    static const char *const languages[] = {"zh-CN", "en"};
    json_t *to = json_object();

    for (size_t i = 0; to && i < SW_ARRAY_SIZE(languages); i++)
        if (json_object_get(v, languages[i]))
            json_object_set(to, languages[i], json_object_get(v, languages[i]));
    return to;
}

/* What the import knows. A null says as little as a key that is not there, and is none: or an item with "rrule":null
 * would count as one that recurs. The reason of a quiet period may be in languages, as in a broadcast. */
static json_t *take_known(const json_t *v)
{
    const json_t *reason = json_object_get(v, "reason");
    json_t *to = json_object();

    for (size_t i = 0; to && i < SW_ARRAY_SIZE(taken); i++) {
        json_t *member = json_object_get(v, taken[i]);

        if (member && !json_is_null(member))
            json_object_set_new(to, taken[i], json_is_object(member) ? languages_of(member) : json_incref(member));
    }
    if (json_is_object(reason)) {
        json_object_del(to, "reason");
        if (to && !json_object_get(to, "summary"))
            json_object_set_new(to, "summary", languages_of(reason));
    }
    return to;
}

/* Nothing that steers a terminal in any text, and no line end in what names or rules. */
static int check_characters(const json_t *item, struct sw_err *err)
{
    const char *key;
    json_t *member;

    json_object_foreach((json_t *) (uintptr_t) item, key, member)
    {
        const bool is_line = strcmp(key, "uid") == 0 || strcmp(key, "rrule") == 0;

        for (const char *p = json_string_value(member); p && *p; p++)
            if (*p == 0x7f || ((unsigned char) *p < 0x20 && (is_line || !strchr("\t\r\n", *p))))
                return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" holds a control character", key);
        if (json_is_object(member) && check_characters(member, err) < 0)
            return SW_E_INVAL;
    }
    return SW_OK;
}

static int take_item(const json_t *v, const struct sw_zone *zone, json_t **ret, char *uid, size_t cap,
                     struct sw_err *err)
{
    struct sw_schedule_item item;
    json_t *to;
    int rc;

    memset(&item, 0, sizeof(item));
    rc = sw_schedule_read_item(v, &item, err);
    memcpy(uid, item.uid, SW_MIN(cap, sizeof(item.uid)));
    if (rc >= 0)
        rc = check_status(v, err);
    if (rc >= 0)
        rc = check_times(&item, zone, err);
    if (rc < 0)
        return rc;
    to = take_known(v);
    rc = to ? sw_schedule_read_item(to, &item, err) : SW_E_NOMEM; /* the languages of a reason were not looked at */
    if (rc >= 0)
        rc = check_characters(to, err);
    if (rc < 0) {
        json_decref(to);
        return rc == SW_E_NOMEM ? sw_err_set(err, rc, 0, "no memory") : rc;
    }
    *ret = authoritative(to);
    return *ret ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory");
}

static int take_uid(const json_t *v, json_t **ret, char *uid, size_t cap, struct sw_err *err)
{
    const json_t *said = json_object_get(v, "uid");

    if (!json_is_string(said) || json_string_length(said) == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"uid\" is missing");
    if (json_string_length(said) >= cap)
        return sw_err_set(err, SW_E_INVAL, 0, "\"uid\" is longer than %zu bytes", cap - 1);
    memcpy(uid, json_string_value(said), json_string_length(said) + 1);
    *ret = json_pack("{s:s}", "uid", uid);
    return *ret ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory");
}

static int take_items(const json_t *list, const struct sw_zone *zone, struct sw_schedule_command *c, struct sw_err *err)
{
    const size_t n = json_array_size(list);

    if (!json_is_array(list) || n == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "\"items\" must be a list of one item or more");
    if (n > SW_SCHEDULE_COMMAND_ITEMS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "\"items\" has %zu items: at most %d a command", n,
                          SW_SCHEDULE_COMMAND_ITEMS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        char uid[sizeof(((struct sw_schedule_item *) 0)->uid)] = "";
        json_t *item = NULL;
        int rc = c->op == SW_OP_UPSERT ? take_item(v, zone, &item, uid, sizeof(uid), err)
                                       : take_uid(v, &item, uid, sizeof(uid), err);

        for (size_t k = 0; rc >= 0 && k < c->n; k++)
            if (strcmp(sw_schedule_command_uid(c, k), uid) == 0)
                rc = sw_err_set(err, SW_E_INVAL, 0, "its uid is there twice");
        if (rc < 0) {
            json_decref(item);
            return sw_err_prefix(err, uid[0] ? "item %zu, '%.64s'" : "item %zu", i + 1, uid);
        }
        if (json_array_append_new(c->items, item) < 0)
            return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
        c->n++;
    }
    return SW_OK;
}

static int take_op(const json_t *root, enum sw_schedule_op *ret, struct sw_err *err)
{
    const char *word = json_string_value(json_object_get(root, "op"));

    for (int i = 0; word && i < SW_SCHEDULE_OP__COUNT; i++)
        if (strcmp(word, sw_schedule_op_name((enum sw_schedule_op) i)) == 0) {
            *ret = (enum sw_schedule_op) i;
            return SW_OK;
        }
    return sw_err_set(err, SW_E_INVAL, 0, "\"op\" must be upsert, confirm or cancel");
}

int sw_schedule_command_read(const char *json, size_t len, const struct sw_zone *zone, struct sw_schedule_command *ret,
                             struct sw_err *err)
{
    struct sw_schedule_command c = {.items = json_array()};
    struct sw_err own = {0}; /* prefixes need one */
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    int rc = SW_OK;

    if (!root || !c.items)
        rc = sw_err_set(&own, root ? SW_E_NOMEM : SW_E_INVAL, 0, root ? "no memory" : "not JSON");
    if (rc >= 0)
        rc = take_op(root, &c.op, &own);
    if (rc >= 0)
        rc = take_items(json_object_get(root, "items"), zone, &c, &own);
    json_decref(root);
    if (rc < 0) {
        json_decref(c.items);
        if (err)
            *err = own;
        return rc;
    }
    *ret = c;
    return SW_OK;
}

void sw_schedule_command_done(struct sw_schedule_command *c)
{
    json_decref(c->items);
    *c = (struct sw_schedule_command){0};
}

const char *sw_schedule_command_uid(const struct sw_schedule_command *c, size_t i)
{
    const char *uid = json_string_value(json_object_get(json_array_get(c->items, i), "uid"));

    return uid ? uid : "";
}

static void set_text(json_t *to, const char *key, const char *text)
{
    if (text[0])
        json_object_set_new(to, key, json_string_nocheck(text));
}

static void set_time(json_t *to, const char *key, int64_t us)
{
    char text[SW_RFC3339_SIZE];

    if (us != INT64_MIN && us != INT64_MAX) {
        (void) sw_time_format(NULL, us, text);
        json_object_set_new(to, key, json_string(text));
    }
}

json_t *sw_schedule_item_json(const struct sw_schedule_item *item)
{
    json_t *to = json_object(), *summary = json_object();

    if (!to || !summary) {
        json_decref(to);
        json_decref(summary);
        return NULL;
    }
    set_text(to, "uid", item->uid);
    set_text(to, "kind", sw_item_kind_name(item->kind));
    set_text(summary, "zh-CN", item->summary_zh);
    set_text(summary, "en", item->summary_en);
    json_object_set_new(to, "summary", summary);
    set_text(to, "permit_no", item->permit_no);
    set_text(to, "issued_by", item->issued_by);
    set_text(to, "reason", item->reason);
    set_text(to, "dtstart", item->dtstart);
    set_text(to, "duration", item->duration);
    set_text(to, "rrule", item->rrule);
    set_time(to, "granted_at", item->granted_us);
    set_time(to, "valid_from", item->valid_from_us);
    set_time(to, "valid_to", item->valid_to_us);
    set_time(to, "notice_posted_at", item->notice_posted_us);
    return authoritative(to);
}
