// SPDX-License-Identifier: Apache-2.0
/* Schedules to text and back. One table of members drives both. The instances are one flat list of numbers. */
#include "gateway/schedule_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/schedule_layer.h"

#define LAYER "layer"

enum member_type { TEXT, TIME, NUMBER };

struct member {
    const char *name;
    size_t offset, size;
    enum member_type type;
    int max; /* NUMBER: of an enum; 0 = any that is not negative */
};

#define TEXT_OF(member)                                                                                                \
    {                                                                                                                  \
#member, offsetof(struct sw_schedule_item, member), sizeof(((struct sw_schedule_item *) 0)->member), TEXT, 0   \
    }
#define TIME_OF(member)                                                                                                \
    {                                                                                                                  \
#member, offsetof(struct sw_schedule_item, member), 0, TIME, 0                                                 \
    }
#define NUMBER_OF(member, max)                                                                                         \
    {                                                                                                                  \
#member, offsetof(struct sw_schedule_item, member), 0, NUMBER, max                                             \
    }

static const struct member members[] = {
    TEXT_OF(uid),
    NUMBER_OF(kind, SW_ITEM_KIND__COUNT),
    NUMBER_OF(source, SW_SOURCE__COUNT),
    NUMBER_OF(status, SW_ITEM_STATUS__COUNT),
    NUMBER_OF(revision, 0),
    TEXT_OF(summary_en),
    TEXT_OF(summary_zh),
    TEXT_OF(permit_no),
    TEXT_OF(issued_by),
    TEXT_OF(reason),
    TEXT_OF(dtstart),
    TEXT_OF(duration),
    TEXT_OF(rrule),
    TIME_OF(published_us),
    TIME_OF(claimed_published_us),
    TIME_OF(cancelled_us),
    TIME_OF(granted_us),
    TIME_OF(valid_from_us),
    TIME_OF(valid_to_us),
    TIME_OF(notice_posted_us),
};
_Static_assert(sizeof(enum sw_item_kind) == sizeof(int) && sizeof(enum sw_item_source) == sizeof(int) &&
                   sizeof(enum sw_item_status) == sizeof(int) && sizeof(int32_t) == sizeof(int),
               "NUMBER members are read and written as int");

/* ---- writing ---- */

/* What is empty or not stated is left out. */
static json_t *write_item(const struct sw_schedule_item *item)
{
    json_t *object = json_object();

    for (size_t i = 0; object && i < SW_ARRAY_SIZE(members); i++) {
        const void *at = (const char *) item + members[i].offset;
        json_t *v = NULL;

        if (members[i].type == TEXT && *(const char *) at)
            v = json_string_nocheck(at);
        else if (members[i].type == TIME && *(const int64_t *) at != INT64_MIN)
            v = json_integer(*(const int64_t *) at);
        else if (members[i].type == NUMBER)
            v = json_integer(*(const int *) at);
        if (v)
            json_object_set_new_nocheck(object, members[i].name, v);
    }
    return object;
}

static json_t *write_all(const struct sw_schedule *s)
{
    json_t *root = json_object(), *items = json_array(), *instances = json_array();

    for (size_t i = 0; i < s->n_items; i++)
        json_array_append_new(items, write_item(&s->items[i]));
    for (size_t i = 0; i < s->n_instances; i++) {
        json_array_append_new(instances, json_integer(s->instances[i].item));
        json_array_append_new(instances, json_integer(s->instances[i].from_us));
        json_array_append_new(instances, json_integer(s->instances[i].to_us));
    }
    json_object_set_new(root, "revision", json_integer(s->revision));
    json_object_set_new(root, "from_us", json_integer(s->from_us));
    json_object_set_new(root, "to_us", json_integer(s->to_us));
    json_object_set_new(root, "items", items);
    json_object_set_new(root, "instances", instances);
    return root;
}

char *sw_schedule_text_write(const struct sw_schedule *s, const struct sw_layer *layer, size_t *ret_len)
{
    json_t *root = write_all(s);
    char *text = NULL;

    if (root && (!layer || json_object_set_nocheck(root, LAYER, sw_layer_json(layer)) == 0))
        text = json_dumps(root, JSON_COMPACT);

    json_decref(root);
    *ret_len = text ? strlen(text) : 0;
    return text;
}

/* ---- reading ---- */

static bool read_member(const struct member *m, const json_t *v, struct sw_schedule_item *item)
{
    void *at = (char *) item + m->offset;
    json_int_t number = json_integer_value(v);

    switch (m->type) {
    case TEXT:
        if (v && (!json_is_string(v) || json_string_length(v) >= m->size))
            return false;
        if (v)
            memcpy(at, json_string_value(v), json_string_length(v) + 1);
        return true;
    case TIME:
        *(int64_t *) at = v ? number : INT64_MIN;
        return !v || json_is_integer(v);
    case NUMBER:
        if (!json_is_integer(v) || number < 0 || number > INT32_MAX || (m->max && number >= m->max))
            return false;
        *(int *) at = (int) number;
        return true;
    }
    return false;
}

static bool read_items(const json_t *list, struct sw_schedule *s)
{
    s->n_items = json_array_size(list);
    s->items = calloc(s->n_items + 1, sizeof(*s->items));
    for (size_t i = 0; s->items && i < s->n_items; i++)
        for (size_t k = 0; k < SW_ARRAY_SIZE(members); k++)
            if (!read_member(&members[k], json_object_get(json_array_get(list, i), members[k].name), &s->items[i]))
                return false;
    return s->items != NULL;
}

static bool read_instances(const json_t *list, struct sw_schedule *s)
{
    s->n_instances = json_array_size(list) / 3;
    s->instances = calloc(s->n_instances + 1, sizeof(*s->instances));
    for (size_t i = 0; s->instances && i < s->n_instances; i++) {
        json_int_t item = json_integer_value(json_array_get(list, 3 * i));

        if (item < 0 || (size_t) item >= s->n_items)
            return false;
        s->instances[i] = (struct sw_schedule_instance){
            .item = (uint16_t) item,
            .from_us = json_integer_value(json_array_get(list, 3 * i + 1)),
            .to_us = json_integer_value(json_array_get(list, 3 * i + 2)),
        };
    }
    return s->instances != NULL;
}

int sw_schedule_text_read(const char *text, size_t len, struct sw_schedule **ret, struct sw_err *err)
{
    json_t *root = json_loadb(text, len, 0, NULL);
    const json_t *items = json_object_get(root, "items"), *instances = json_object_get(root, "instances");
    struct sw_schedule *s = calloc(1, sizeof(*s));
    int rc = SW_E_CORRUPT;

    if (s && json_is_array(items) && json_is_array(instances) && json_array_size(items) <= SW_SCHEDULE_ITEMS_MAX &&
        json_array_size(instances) <= 3 * SW_SCHEDULE_INSTANCES_MAX) {
        s->revision = (int32_t) json_integer_value(json_object_get(root, "revision"));
        s->from_us = json_integer_value(json_object_get(root, "from_us"));
        s->to_us = json_integer_value(json_object_get(root, "to_us"));
        if (read_items(items, s) && read_instances(instances, s))
            rc = sw_schedule_finish(s, err);
    }
    json_decref(root);
    if (rc < 0) {
        sw_schedule_free(s);
        return sw_err_set(err, SW_E_CORRUPT, 0, "the stored schedule cannot be read");
    }
    *ret = s;
    return SW_OK;
}

int sw_schedule_text_layer(const char *text, size_t len, struct sw_layer **ret, struct sw_err *err)
{
    json_t *root = json_loadb(text, len, 0, NULL);
    int rc = root ? sw_layer_of_json(json_object_get(root, LAYER), ret, err)
                  : sw_err_set(err, SW_E_CORRUPT, 0, "the stored schedule cannot be read");

    json_decref(root);
    return rc;
}
