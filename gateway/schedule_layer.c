// SPDX-License-Identifier: Apache-2.0
/* A layer is one JSON object, {"items":[…],"withdrawn":[{"uid":…,"at_us":…}],"quiet":[…]}: items are as the import
 * reads them, so that nothing of a rule or an exception is lost between two imports. */
#include "gateway/schedule_layer.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "config/schedule_time.h"
#include "gateway/schedule_merge.h"

#define ITEMS "items"
#define WITHDRAWN "withdrawn"
#define QUIET "quiet"

struct sw_layer {
    json_t *root;
};

static const struct {
    const char *key, *id; /* a list, and what names an entry of it */
    size_t max;
    const char *full; /* … when there are more: what to do */
} lists[] = {
    {ITEMS, "uid", SW_LAYER_ITEMS_MAX, "items of the authority that are kept: cancel what is over"},
    {WITHDRAWN, "uid", SW_LAYER_WITHDRAWN_MAX,
     "withdrawn items that are kept, each for 40 days and while a file of the site says it: have them taken out of the "
     "files"},
    {QUIET, "id", SW_LAYER_QUIET_MAX, "quiet periods that are kept: delete those that are over"}};

/* ---- made, read, freed ---- */

/* Takes the reference. */
static int wrap(json_t *root, struct sw_layer **ret, struct sw_err *err)
{
    struct sw_layer *l = root ? malloc(sizeof(*l)) : NULL;

    if (!l) {
        json_decref(root);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    }
    l->root = root;
    *ret = l;
    return SW_OK;
}

struct sw_layer *sw_layer_new(void)
{
    struct sw_layer *l = NULL;

    (void) wrap(json_pack("{s:[], s:[], s:[]}", ITEMS, WITHDRAWN, QUIET), &l, NULL);
    return l;
}

struct sw_layer *sw_layer_free(struct sw_layer *l)
{
    if (l) {
        json_decref(l->root);
        free(l);
    }
    return NULL;
}

json_t *sw_layer_json(const struct sw_layer *l)
{
    return l->root;
}

static const json_t *list_of(const struct sw_layer *l, const char *key)
{
    return json_object_get(l->root, key);
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));

    return text ? text : "";
}

static int64_t number_of(const json_t *entry, const char *key)
{
    return json_integer_value(json_object_get(entry, key));
}

int sw_layer_of_json(const json_t *json, struct sw_layer **ret, struct sw_err *err)
{
    bool is_whole = true;

    if (!json) {
        *ret = sw_layer_new();
        return *ret ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(lists) && is_whole; i++) {
        const json_t *list = json_object_get(json, lists[i].key);

        is_whole = json_is_array(list) && json_array_size(list) <= lists[i].max;
        for (size_t k = 0; k < json_array_size(list) && is_whole; k++)
            is_whole = *text_of(json_array_get(list, k), lists[i].id) != '\0';
    }
    if (!is_whole)
        return sw_err_set(err, SW_E_CORRUPT, 0, "what the authority said of the schedule cannot be read");
    return wrap(json_deep_copy(json), ret, err);
}

/* ---- lists ---- */

/* Place of an entry, -1 = none. */
static long find(const json_t *list, const char *id_key, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_of(json_array_get(list, i), id_key), id) == 0)
            return (long) i;
    return -1;
}

/* @return it was there */
static bool take_out(json_t *list, const char *id_key, const char *id)
{
    const long at = find(list, id_key, id);

    return at >= 0 && json_array_remove(list, (size_t) at) == 0;
}

static int check_room(const json_t *root, struct sw_err *err)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(lists); i++)
        if (json_array_size(json_object_get(root, lists[i].key)) > lists[i].max)
            return sw_err_set(err, SW_E_FULL, 0, "more than the %zu %s", lists[i].max, lists[i].full);
    if (json_dumpb(json_object_get(root, ITEMS), NULL, 0, JSON_COMPACT) > SW_LAYER_BYTES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "the authority's items are more than %d KiB: cancel what is over",
                          SW_LAYER_BYTES_MAX / 1024);
    return SW_OK;
}

/* ---- commands ---- */

/* An item that stands, of a file if there is one. -1 = none */
static int find_standing(const struct sw_schedule *now, const char *uid)
{
    int found = -1;

    for (size_t i = 0; now && i < now->n_items; i++) {
        const struct sw_schedule_item *item = &now->items[i];

        if (item->cancelled_us == INT64_MIN && item->status != SW_ITEM_CANCELLED && strcmp(item->uid, uid) == 0 &&
            (found < 0 || item->source == SW_SOURCE_FILE))
            found = (int) i;
    }
    return found;
}

static int put_item(json_t *root, const char *uid, json_t *item, struct sw_err *err)
{
    json_t *items = json_object_get(root, ITEMS);

    take_out(items, "uid", uid);
    take_out(json_object_get(root, WITHDRAWN), "uid", uid);
    return item && json_array_append_new(items, item) == 0 ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory");
}

static int confirm(json_t *root, const char *uid, const struct sw_schedule *now, struct sw_err *err)
{
    const int at = find_standing(now, uid);
    const struct sw_schedule_item *item = at >= 0 ? &now->items[at] : NULL;

    if (!item)
        return sw_err_set(err, SW_E_NOTFOUND, 0, "no item with the uid '%.64s' stands in the schedule", uid);
    if (item->kind != SW_ITEM_PERMIT)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.64s' is of the kind %s: only a permit is confirmed", uid,
                          sw_item_kind_name(item->kind));
    if (item->source != SW_SOURCE_FILE) /* the authority's own, which is confirmed */
        return SW_OK;
    return put_item(root, uid, sw_schedule_item_json(item), err);
}

static int cancel(json_t *root, const char *uid, const struct sw_schedule *now, int64_t now_us, struct sw_err *err)
{
    const int at = find_standing(now, uid);
    json_t *withdrawn = json_object_get(root, WITHDRAWN);
    const bool was_own = take_out(json_object_get(root, ITEMS), "uid", uid);

    if (!was_own && at < 0 && find(withdrawn, "uid", uid) < 0)
        return sw_err_set(err, SW_E_NOTFOUND, 0, "no item with the uid '%.64s' stands in the schedule", uid);
    if (!was_own && at >= 0 && now->items[at].source == SW_SOURCE_BROADCAST)
        return sw_err_set(err, SW_E_INVAL, 0, "'%.64s' was broadcast to the area: it is withdrawn there", uid);
    take_out(withdrawn, "uid", uid);
    return json_array_append_new(withdrawn, json_pack("{s:s, s:I}", "uid", uid, "at_us", (json_int_t) now_us)) == 0
               ? SW_OK
               : sw_err_set(err, SW_E_NOMEM, 0, "no memory");
}

int sw_layer_apply(const struct sw_layer *l, const struct sw_schedule_command *c, const struct sw_schedule *now,
                   int64_t now_us, struct sw_layer **ret, struct sw_err *err)
{
    json_t *root = json_deep_copy(l->root);
    int rc = root ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "no memory");

    for (size_t i = 0; i < c->n && rc >= 0; i++) {
        const char *uid = sw_schedule_command_uid(c, i);

        switch (c->op) {
        case SW_OP_UPSERT:
            rc = put_item(root, uid, json_deep_copy(json_array_get(c->items, i)), err);
            break;
        case SW_OP_CONFIRM:
            rc = confirm(root, uid, now, err);
            break;
        case SW_OP_CANCEL:
        default:
            rc = cancel(root, uid, now, now_us, err);
            break;
        }
    }
    if (rc >= 0)
        rc = check_room(root, err);
    if (rc >= 0)
        return wrap(root, ret, err);
    json_decref(root);
    return rc;
}

int sw_layer_check_confirmed(const struct sw_schedule_command *c, const struct sw_schedule *now,
                             const struct sw_schedule *said, struct sw_err *err)
{
    for (size_t i = 0; i < c->n && c->op == SW_OP_CONFIRM; i++) {
        const char *uid = sw_schedule_command_uid(c, i);
        const int of_file = find_standing(now, uid), of_ours = find_standing(said, uid);

        if (of_file >= 0 && now->items[of_file].source == SW_SOURCE_FILE &&
            (of_ours < 0 || !sw_schedule_same_times(now, (size_t) of_file, said, (size_t) of_ours)))
            return sw_err_set(
                err, SW_E_INVAL, 0,
                "'%.64s' has exceptions in its file that a confirmation cannot repeat: send the permit as "
                "an upsert, with its exdate and rdate",
                uid);
    }
    return SW_OK;
}

/* ---- broadcasts ---- */

bool sw_layer_find_quiet(const struct sw_layer *l, const char *id, struct sw_quiet *ret)
{
    const json_t *list = list_of(l, QUIET);
    const long at = find(list, "id", id);
    const json_t *v = at >= 0 ? json_array_get(list, (size_t) at) : NULL;

    if (!v || !ret)
        return v != NULL;
    *ret = (struct sw_quiet){.at_us = number_of(v, "at_us")};
    strncpy(ret->id, id, sizeof(ret->id) - 1);
    strncpy(ret->dtstart, text_of(v, "dtstart"), sizeof(ret->dtstart) - 1);
    strncpy(ret->duration, text_of(v, "duration"), sizeof(ret->duration) - 1);
    strncpy(ret->summary_zh, text_of(v, "zh-CN"), sizeof(ret->summary_zh) - 1);
    strncpy(ret->summary_en, text_of(v, "en"), sizeof(ret->summary_en) - 1);
    return true;
}

int sw_layer_with_quiet(const struct sw_layer *l, const struct sw_quiet *q, struct sw_layer **ret, struct sw_err *err)
{
    json_t *root = json_deep_copy(l->root), *list = json_object_get(root, QUIET);
    json_t *v = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "id", q->id, "at_us", (json_int_t) q->at_us, "dtstart",
                          q->dtstart, "duration", q->duration, "zh-CN", q->summary_zh, "en", q->summary_en);
    int rc = SW_OK;

    take_out(list, "id", q->id);
    if (!root || !v || json_array_append(list, v) < 0)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    else
        rc = check_room(root, err);
    json_decref(v);
    if (rc >= 0)
        return wrap(root, ret, err);
    json_decref(root);
    return rc;
}

int sw_layer_without_quiet(const struct sw_layer *l, const char *id, struct sw_layer **ret, struct sw_err *err)
{
    json_t *root = json_deep_copy(l->root);

    take_out(json_object_get(root, QUIET), "id", id);
    return wrap(root, ret, err);
}

static int times_of(const char *dtstart, const char *duration, const struct sw_zone *zone, int64_t *ret_from_us,
                    int64_t *ret_to_us, struct sw_err *err)
{
    struct sw_local begin;
    struct sw_span_text length;
    int rc = sw_local_parse(dtstart, strlen(dtstart), zone, &begin, err);

    if (rc < 0)
        return sw_err_prefix(err, "\"dtstart\"");
    rc = sw_span_parse(duration, strlen(duration), &length, err);
    if (rc < 0)
        return sw_err_prefix(err, "\"duration\"");
    *ret_from_us = sw_local_to_utc_s(begin.zone, begin.s) * SW_US_PER_S;
    *ret_to_us = sw_local_end_utc_s(&begin, &length) * SW_US_PER_S;
    return *ret_to_us > *ret_from_us ? SW_OK : sw_err_set(err, SW_E_INVAL, 0, "\"duration\" is none: it lasts no time");
}

int sw_quiet_times(const struct sw_quiet *q, const struct sw_zone *zone, int64_t *ret_from_us, int64_t *ret_to_us,
                   struct sw_err *err)
{
    struct sw_err own = {0}; /* prefixes need one */
    int rc = times_of(q->dtstart, q->duration, zone, ret_from_us, ret_to_us, &own);

    if (rc < 0 && err)
        *err = own;
    return rc;
}

static void fill_item(const struct sw_quiet *q, struct sw_schedule_item *item)
{
    *item = (struct sw_schedule_item){.kind = SW_ITEM_QUIET,
                                      .source = SW_SOURCE_BROADCAST,
                                      .status = SW_ITEM_CONFIRMED,
                                      .published_us = INT64_MIN,
                                      .claimed_published_us = q->at_us,
                                      .cancelled_us = INT64_MIN,
                                      .granted_us = INT64_MIN,
                                      .valid_from_us = INT64_MIN,
                                      .valid_to_us = INT64_MIN,
                                      .notice_posted_us = INT64_MIN};
    strncpy(item->uid, q->id, sizeof(item->uid) - 1);
    memcpy(item->dtstart, q->dtstart, sizeof(item->dtstart));
    memcpy(item->duration, q->duration, sizeof(item->duration));
    memcpy(item->summary_zh, q->summary_zh, sizeof(item->summary_zh));
    memcpy(item->summary_en, q->summary_en, sizeof(item->summary_en));
}

int sw_layer_broadcasts(const struct sw_layer *l, const struct sw_zone *zone, int64_t from_us, int64_t to_us,
                        struct sw_schedule **ret, struct sw_err *err)
{
    const json_t *list = list_of(l, QUIET);
    const size_t n = json_array_size(list);
    struct sw_schedule *s = calloc(1, sizeof(*s));
    int rc;

    if (s) {
        s->items = calloc(n + 1, sizeof(*s->items));
        s->instances = calloc(n + 1, sizeof(*s->instances));
    }
    if (!s || !s->items || !s->instances) {
        sw_schedule_free(s);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the schedule");
    }
    s->from_us = from_us;
    s->to_us = to_us;
    for (size_t i = 0; i < n; i++) {
        struct sw_schedule_instance *in = &s->instances[s->n_instances];
        struct sw_quiet q;

        if (!sw_layer_find_quiet(l, text_of(json_array_get(list, i), "id"), &q) ||
            sw_quiet_times(&q, zone, &in->from_us, &in->to_us, NULL) < 0)
            continue; /* a site in another zone since: it cannot be */
        in->item = (uint16_t) s->n_items;
        fill_item(&q, &s->items[s->n_items++]);
        s->n_instances++;
    }
    rc = sw_schedule_finish(s, err);
    if (rc < 0)
        sw_schedule_free(s);
    else
        *ret = s;
    return rc;
}

/* ---- what the schedule is made of ---- */

size_t sw_layer_n_items(const struct sw_layer *l)
{
    return json_array_size(list_of(l, ITEMS));
}

char *sw_layer_text(const struct sw_layer *l, size_t *ret_len)
{
    json_t *root = json_object();
    char *text = NULL;

    if (root && json_object_set(root, ITEMS, json_object_get(l->root, ITEMS)) == 0)
        text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    *ret_len = text ? strlen(text) : 0;
    return text;
}

size_t sw_layer_overruled(const struct sw_layer *l, const char **ret)
{
    static const char *const keys[] = {ITEMS, WITHDRAWN};
    size_t n = 0;

    for (size_t k = 0; k < SW_ARRAY_SIZE(keys); k++)
        for (size_t i = 0; i < json_array_size(list_of(l, keys[k])); i++)
            ret[n++] = text_of(json_array_get(list_of(l, keys[k]), i), "uid");
    return n;
}

/* ---- what is over ---- */

static bool is_said(const struct sw_schedule *const *files, size_t n_files, const char *uid)
{
    for (size_t i = 0; i < n_files; i++)
        for (size_t k = 0; k < files[i]->n_items; k++)
            if (strcmp(files[i]->items[k].uid, uid) == 0)
                return true;
    return false;
}

/* One that recurs may begin again after years: only its sender knows that it is over. No two clocks are more than 26 h
 * apart: a zone of its own need not be known for that. */
static bool has_ended(const json_t *v, const struct sw_zone *zone, int64_t before_us)
{
    const int64_t apart_us = json_object_get(v, "tz") ? 2 * SW_S_PER_DAY * SW_US_PER_S : 0;
    int64_t from_us = 0, to_us = 0;
    struct sw_err err = {0};

    return !json_object_get(v, "rrule") && !json_object_get(v, "rdate") &&
           times_of(text_of(v, "dtstart"), text_of(v, "duration"), zone, &from_us, &to_us, &err) >= 0 &&
           to_us < before_us - apart_us;
}

int sw_layer_prune(const struct sw_layer *l, const struct sw_zone *zone, const struct sw_schedule *const *files,
                   size_t n_files, int64_t before_us, struct sw_layer **ret)
{
    json_t *root = json_deep_copy(l->root);

    for (size_t i = 0; i < SW_ARRAY_SIZE(lists); i++) {
        json_t *list = json_object_get(root, lists[i].key);

        for (size_t k = json_array_size(list); k > 0; k--) {
            const json_t *v = json_array_get(list, k - 1);
            const bool is_over = strcmp(lists[i].key, WITHDRAWN) == 0
                                     ? number_of(v, "at_us") < before_us && !is_said(files, n_files, text_of(v, "uid"))
                                     : has_ended(v, zone, before_us);

            if (is_over)
                json_array_remove(list, k - 1);
        }
    }
    return wrap(root, ret, NULL);
}
