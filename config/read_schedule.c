// SPDX-License-Identifier: Apache-2.0
/* The JSON form of a schedule into a snapshot. Every field is checked for kind, length and meaning; unknown fields are
 * ignored, nothing is cut silently, the first fault refuses the whole: a program wrote this text. */
#include "config/read_schedule.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/timefmt.h"
#include "config/schedule_time.h"
#include "config/zone.h"

struct reader {
    const char *name; /* of the text */
    struct sw_zone zone;
    struct sw_schedule *s;
    bool *has_instance; /* by item */
    uint16_t *by_uid;   /* items in order of their uid */
};

static int take_text(const json_t *object, const char *key, char *to, size_t cap, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);

    to[0] = '\0';
    if (v == NULL || json_is_null(v))
        return SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be a text", key);
    const size_t len = json_string_length(v);
    if (len >= cap)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is longer than %zu bytes", key, cap - 1);
    if (memchr(json_string_value(v), '\0', len) != NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" holds a NUL", key);
    memcpy(to, json_string_value(v), len + 1);
    return SW_OK;
}

static int take_time(const json_t *object, const char *key, int64_t *ret, struct sw_err *err)
{
    const json_t *v = json_object_get(object, key);
    int rc;

    *ret = INT64_MIN;
    if (v == NULL || json_is_null(v))
        return SW_OK;
    if (!json_is_string(v))
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" must be an RFC 3339 time", key);
    rc = sw_time_parse(json_string_value(v), json_string_length(v), ret, err);
    if (rc < 0)
        sw_err_prefix(err, "\"%s\"", key);
    return rc;
}

/* One of the words that name_of gives for 0 … n - 1; absent takes `absent`, or is a fault when that is negative. */
static int take_word(const json_t *object, const char *key, const char *(*name_of)(int), int n, int absent, int *ret,
                     struct sw_err *err)
{
    char word[24];
    int rc = take_text(object, key, word, sizeof(word), err);

    if (rc < 0)
        return rc;
    *ret = absent;
    for (int i = 0; word[0] != '\0' && i < n; i++)
        if (strcmp(name_of(i), word) == 0) {
            *ret = i;
            return SW_OK;
        }
    if (word[0] == '\0' && absent >= 0)
        return SW_OK;
    if (word[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "\"%s\" is missing", key);
    return sw_err_set(err, SW_E_INVAL, 0, "\"%s\": '%s' is not one of %s, %s, %s", key, word, name_of(0), name_of(1),
                      name_of(2));
}

static const char *kind_name(int i)
{
    return sw_item_kind_name((enum sw_item_kind) i);
}

static const char *source_name(int i)
{
    return sw_item_source_name((enum sw_item_source) i);
}

static const char *status_name(int i)
{
    return sw_item_status_name((enum sw_item_status) i);
}

static int take_words(const json_t *v, struct sw_schedule_item *item, struct sw_err *err)
{
    int kind = 0, source = 0, status = 0;
    int rc = take_word(v, "kind", kind_name, SW_ITEM_KIND__COUNT, -1, &kind, err);

    if (rc >= 0)
        rc = take_word(v, "source", source_name, SW_SOURCE__COUNT, SW_SOURCE_FILE, &source, err);
    if (rc >= 0)
        rc = take_word(v, "status", status_name, SW_ITEM_STATUS__COUNT, SW_ITEM_CONFIRMED, &status, err);
    if (rc < 0)
        return rc;
    item->kind = (enum sw_item_kind) kind;
    item->source = (enum sw_item_source) source;
    item->status = (enum sw_item_status) status;
    if (item->kind == SW_ITEM_PERMIT && item->status == SW_ITEM_CONFIRMED && item->source != SW_SOURCE_AUTHORITY)
        item->status = SW_ITEM_UNCONFIRMED;
    return SW_OK;
}

static int take_texts(const json_t *v, struct sw_schedule_item *item, struct sw_err *err)
{
    const json_t *summary = json_object_get(v, "summary"), *reason = json_object_get(v, "reason");
    int rc = take_text(v, "uid", item->uid, sizeof(item->uid), err);

    if (rc >= 0 && item->uid[0] == '\0')
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"uid\" is missing");
    if (rc >= 0 && json_is_string(summary))
        rc = take_text(v, "summary", item->summary_en, sizeof(item->summary_en), err);
    else if (rc >= 0)
        rc = take_text(summary, "en", item->summary_en, sizeof(item->summary_en), err);
    if (rc >= 0 && json_is_object(summary))
        rc = take_text(summary, "zh-CN", item->summary_zh, sizeof(item->summary_zh), err);
    if (rc >= 0)
        rc = take_text(v, "permit_no", item->permit_no, sizeof(item->permit_no), err);
    if (rc >= 0)
        rc = take_text(v, "issued_by", item->issued_by, sizeof(item->issued_by), err);
    if (rc >= 0 && !json_is_object(reason)) /* a quiet period of the authority has its reason in languages */
        rc = take_text(v, "reason", item->reason, sizeof(item->reason), err);
    if (rc >= 0)
        rc = take_text(v, "dtstart", item->dtstart, sizeof(item->dtstart), err);
    if (rc >= 0)
        rc = take_text(v, "duration", item->duration, sizeof(item->duration), err);
    if (rc >= 0)
        rc = take_text(v, "rrule", item->rrule, sizeof(item->rrule), err);
    return rc;
}

static int take_times(const json_t *v, struct sw_schedule_item *item, struct sw_err *err)
{
    int rc = take_time(v, "claimed_published", &item->claimed_published_us, err);

    if (rc >= 0)
        rc = take_time(v, "published", &item->published_us, err);
    if (rc >= 0 && item->published_us == INT64_MIN)
        item->published_us = item->claimed_published_us;
    if (rc >= 0)
        rc = take_time(v, "cancelled", &item->cancelled_us, err);
    if (rc >= 0)
        rc = take_time(v, "granted_at", &item->granted_us, err);
    if (rc >= 0)
        rc = take_time(v, "valid_from", &item->valid_from_us, err);
    if (rc >= 0)
        rc = take_time(v, "valid_to", &item->valid_to_us, err);
    if (rc >= 0)
        rc = take_time(v, "notice_posted_at", &item->notice_posted_us, err);
    if (rc >= 0 && item->valid_from_us != INT64_MIN && item->valid_to_us != INT64_MIN &&
        item->valid_to_us <= item->valid_from_us)
        rc = sw_err_set(err, SW_E_INVAL, 0, "\"valid_to\" is not after \"valid_from\"");
    return rc;
}

int sw_schedule_read_item(const struct json_t *v, struct sw_schedule_item *item, struct sw_err *err)
{
    const json_t *revision = json_object_get(v, "revision");
    int rc;

    if (!json_is_object(v))
        return sw_err_set(err, SW_E_INVAL, 0, "must be an object");
    rc = take_texts(v, item, err);
    if (rc >= 0)
        rc = take_words(v, item, err);
    if (rc >= 0)
        rc = take_times(v, item, err);
    if (rc < 0 || revision == NULL || json_is_null(revision))
        return rc;
    if (!json_is_integer(revision) || json_integer_value(revision) < 0 || json_integer_value(revision) > INT32_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "\"revision\" must be a whole number from 0");
    item->revision = (int32_t) json_integer_value(revision);
    return SW_OK;
}

static int by_uid_of(const void *a, const void *b, void *items)
{
    const struct sw_schedule_item *list = items;

    return strcmp(list[*(const uint16_t *) a].uid, list[*(const uint16_t *) b].uid);
}

static int find_item(const struct reader *r, const char *uid)
{
    size_t low = 0, high = r->s->n_items;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(r->s->items[r->by_uid[mid]].uid, uid);

        if (order == 0)
            return r->by_uid[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

static int take_items(struct reader *r, const json_t *list, struct sw_err *err)
{
    const size_t n = json_array_size(list);

    if (!json_is_array(list))
        return sw_err_set(err, SW_E_INVAL, 0, "\"items\" is missing: a schedule is {\"items\": [...]}");
    if (n > SW_SCHEDULE_ITEMS_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "%zu items: at most %d fit", n, SW_SCHEDULE_ITEMS_MAX);
    r->s->items = calloc(n + 1, sizeof(*r->s->items));
    r->by_uid = calloc(n + 1, sizeof(*r->by_uid));
    r->has_instance = calloc(n + 1, sizeof(*r->has_instance));
    if (r->s->items == NULL || r->by_uid == NULL || r->has_instance == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    for (size_t i = 0; i < n; i++) {
        struct sw_schedule_item *item = &r->s->items[i];

        if (sw_schedule_read_item(json_array_get(list, i), item, err) < 0)
            return sw_err_prefix(err, item->uid[0] != '\0' ? "item %zu, '%s'" : "item %zu", i + 1, item->uid);
        r->by_uid[i] = (uint16_t) i;
        r->s->n_items = i + 1;
    }
    qsort_r(r->by_uid, n, sizeof(*r->by_uid), by_uid_of, r->s->items);
    for (size_t i = 1; i < n; i++)
        if (strcmp(r->s->items[r->by_uid[i - 1]].uid, r->s->items[r->by_uid[i]].uid) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "uid '%s' is there twice", r->s->items[r->by_uid[i]].uid);
    return SW_OK;
}

static int take_instance(struct reader *r, const json_t *v, struct sw_err *err)
{
    struct sw_schedule_instance *in = &r->s->instances[r->s->n_instances];
    char uid[sizeof(((struct sw_schedule_item *) 0)->uid)];
    int rc = take_text(v, "uid", uid, sizeof(uid), err);

    if (rc >= 0)
        rc = take_time(v, "from", &in->from_us, err);
    if (rc >= 0)
        rc = take_time(v, "to", &in->to_us, err);
    if (rc < 0)
        return rc;
    const int item = find_item(r, uid);
    if (item < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "there is no item with the uid '%s'", uid);
    if (in->from_us == INT64_MIN || in->to_us == INT64_MIN)
        return sw_err_set(err, SW_E_INVAL, 0, "\"from\" and \"to\" are needed");
    if (in->to_us <= in->from_us)
        return sw_err_set(err, SW_E_INVAL, 0, "\"to\" is not after \"from\"");
    in->item = (uint16_t) item;
    r->has_instance[item] = true;
    r->s->n_instances++;
    return SW_OK;
}

/* The one instance of an item that does not recur. */
static int derive_instance(struct reader *r, size_t i, struct sw_err *err)
{
    const struct sw_schedule_item *item = &r->s->items[i];
    struct sw_span_text d;
    struct sw_local begin;

    if (item->dtstart[0] == '\0' || item->duration[0] == '\0')
        return sw_err_set(err, SW_E_INVAL, 0, "'%s': \"dtstart\" and \"duration\" are needed", item->uid);
    if (sw_local_parse(item->dtstart, strlen(item->dtstart), &r->zone, &begin, err) < 0 ||
        sw_span_parse(item->duration, strlen(item->duration), &d, err) < 0)
        return sw_err_prefix(err, "'%s'", item->uid);
    if (r->s->n_instances >= SW_SCHEDULE_INSTANCES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "more than %d instances", SW_SCHEDULE_INSTANCES_MAX);
    r->s->instances[r->s->n_instances++] =
        (struct sw_schedule_instance){.from_us = sw_local_to_utc_s(begin.zone, begin.s) * SW_US_PER_S,
                                      .to_us = sw_local_end_utc_s(&begin, &d) * SW_US_PER_S,
                                      .item = (uint16_t) i};
    return SW_OK;
}

static int take_instances(struct reader *r, const json_t *list, struct sw_err *err)
{
    const size_t n = json_array_size(list);
    const bool is_expanded = json_is_array(list);

    if (list != NULL && !is_expanded && !json_is_null(list))
        return sw_err_set(err, SW_E_INVAL, 0, "\"instances\" must be a list");
    if (n > SW_SCHEDULE_INSTANCES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "%zu instances: at most %d fit", n, SW_SCHEDULE_INSTANCES_MAX);
    r->s->instances = calloc(n + r->s->n_items + 1, sizeof(*r->s->instances));
    if (r->s->instances == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    for (size_t i = 0; i < n; i++)
        if (take_instance(r, json_array_get(list, i), err) < 0)
            return sw_err_prefix(err, "instance %zu", i + 1);
    for (size_t i = 0; i < r->s->n_items; i++) {
        const struct sw_schedule_item *item = &r->s->items[i];

        if (r->has_instance[i] || is_expanded) /* an expanded text says all there is */
            continue;
        if (item->rrule[0] != '\0')
            return sw_err_set(err, SW_E_INVAL, 0,
                              "'%s' recurs (%.60s): expand it first with 'siteward schedule import FILE --json'",
                              item->uid, item->rrule);
        if (derive_instance(r, i, err) < 0)
            return err != NULL ? (int) err->code : SW_E_INVAL;
    }
    return SW_OK;
}

/* "tz", "range", "revision" of the document. */
static int take_head(struct reader *r, const json_t *root, struct sw_err *err)
{
    const json_t *range = json_object_get(root, "range"), *revision = json_object_get(root, "revision");
    char tz[64], schema[64];
    int rc = take_text(root, "schema", schema, sizeof(schema), err);

    if (rc >= 0 && schema[0] != '\0' && strncmp(schema, "siteward.schedule/1.", 20) != 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "schema '%s': want siteward.schedule/1.0", schema);
    if (rc >= 0)
        rc = take_text(root, "tz", tz, sizeof(tz), err);
    if (rc >= 0 && tz[0] != '\0' && strcmp(tz, r->zone.name) != 0)
        rc = sw_zone_load(tz, &r->zone, err);
    if (rc >= 0)
        rc = take_time(range, "from", &r->s->from_us, err);
    if (rc >= 0)
        rc = take_time(range, "to", &r->s->to_us, err);
    if (rc < 0)
        return rc;
    if (r->s->to_us == INT64_MIN)
        r->s->to_us = INT64_MAX; /* no range is stated: nothing lies outside of it */
    if (revision != NULL && !json_is_null(revision) &&
        (!json_is_integer(revision) || json_integer_value(revision) < 0 || json_integer_value(revision) > INT32_MAX))
        return sw_err_set(err, SW_E_INVAL, 0, "\"revision\" must be a whole number from 0");
    r->s->revision = (int32_t) json_integer_value(revision);
    return SW_OK;
}

static int read_root(struct reader *r, const json_t *root, struct sw_err *err)
{
    int rc = take_head(r, root, err);

    if (rc >= 0)
        rc = take_items(r, json_object_get(root, "items"), err);
    if (rc >= 0)
        rc = take_instances(r, json_object_get(root, "instances"), err);
    if (rc >= 0)
        rc = sw_schedule_finish(r->s, err);
    return rc;
}

int sw_schedule_read_json(const char *name, const char *text, size_t len, const struct sw_zone *zone,
                          struct sw_schedule **ret, struct sw_err *err)
{
    struct sw_err own = {0}; /* prefixes need one */
    struct reader r = {.name = name, .zone = *zone};
    json_error_t fault;
    json_t *root = NULL;
    int rc;

    if (len > SW_SCHEDULE_JSON_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "%s: longer than %d MiB", name, SW_SCHEDULE_JSON_MAX / 1024 / 1024);
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL)
        return sw_err_set(err, SW_E_INVAL, 0, "%s:%d:%d: %.120s", name, fault.line, fault.column, fault.text);
    r.s = calloc(1, sizeof(*r.s));
    if (r.s == NULL)
        rc = sw_err_set(&own, SW_E_NOMEM, 0, "no memory");
    else
        rc = read_root(&r, root, &own);
    json_decref(root);
    free(r.by_uid);
    free(r.has_instance);
    if (rc < 0) {
        sw_schedule_free(r.s);
        sw_err_prefix(&own, "%s", name);
        if (err != NULL)
            *err = own;
        return rc;
    }
    *ret = r.s;
    return SW_OK;
}

void sw_schedule_distrust(struct sw_schedule *s)
{
    for (size_t i = 0; i < s->n_items; i++) {
        s->items[i].source = SW_SOURCE_FILE;
        if (s->items[i].kind == SW_ITEM_PERMIT && s->items[i].status == SW_ITEM_CONFIRMED)
            s->items[i].status = SW_ITEM_UNCONFIRMED;
    }
}
