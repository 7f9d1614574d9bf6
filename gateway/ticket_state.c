// SPDX-License-Identifier: Apache-2.0
/* Tickets and rule states to JSON and back, for the store. Unknown members are ignored (an older program may read
 * what a newer one wrote), missing ones keep their zero; wrong types are corruption and say so. */
#include "gateway/ticket_state.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/macros.h"

enum member_type { TEXT, UINT32, INT32, INT64, BOOL, REAL, WORD };

struct member {
    const char *name;
    enum member_type type;
    size_t offset, size;      /* size of the text array */
    const char *(*word)(int); /* WORD: number to word and back */
    int (*number)(const char *);
};

/* The word functions take their own enums; these shims give them one shape. */
#define WORDS(what, type)                                                                                              \
    static const char *what##_word(int v)                                                                              \
    {                                                                                                                  \
        return sw_##what##_name((type) v);                                                                             \
    }
WORDS(origin, enum sw_origin)
WORDS(category, enum sw_category)
WORDS(stage, enum sw_stage)
WORDS(status, enum sw_status)
WORDS(verb, enum sw_verb)
WORDS(role, enum sw_role)
WORDS(door, enum sw_door)
WORDS(work_state, enum sw_work_state)
WORDS(state, enum sw_state)

static int state_number(const char *s)
{
    for (int i = 0; i < SW_STATE__COUNT; i++)
        if (strcmp(sw_state_name((enum sw_state) i), s) == 0)
            return i;
    return -1;
}

/* "no stage" has an empty name, which sw_stage_from_name need not know */
static int stage_number(const char *s)
{
    return *s ? sw_stage_from_name(s) : SW_STAGE_NONE;
}

#define T_TEXT(m)                                                                                                      \
    {                                                                                                                  \
#m, TEXT, offsetof(struct sw_ticket, m), sizeof(((struct sw_ticket *) 0)->m), NULL, NULL                       \
    }
#define T_OF(m, kind)                                                                                                  \
    {                                                                                                                  \
#m, kind, offsetof(struct sw_ticket, m), 0, NULL, NULL                                                         \
    }
#define T_WORD(m, what)                                                                                                \
    {                                                                                                                  \
#m, WORD, offsetof(struct sw_ticket, m), 0, what##_word, sw_##what##_from_name                                 \
    }

static const struct member ticket_members[] = {
    T_TEXT(id),
    T_TEXT(number),
    T_TEXT(matter_key),
    T_TEXT(previous),
    T_OF(revision, UINT32),
    T_WORD(origin, origin),
    T_WORD(category, category),
    {"stage", WORD, offsetof(struct sw_ticket, stage), 0, stage_word, stage_number},
    T_OF(attribution, UINT32),
    T_OF(class_, UINT32),
    T_WORD(status, status),
    T_OF(reopens, UINT32),
    T_OF(averted_acted, INT32),
    T_OF(opened_us, INT64),
    T_OF(changed_us, INT64),
    T_OF(ended_us, INT64),
    T_TEXT(sensor),
    T_TEXT(rule),
    T_TEXT(pack_version),
    T_TEXT(period),
    T_OF(period_is_night, BOOL),
    T_TEXT(quantity),
    T_TEXT(unit),
    T_TEXT(statistic),
    T_OF(limit, INT32),
    T_OF(forecast_at_us, INT64),
    T_OF(crosses_at_us, INT64),
    T_OF(probability, REAL),
    T_OF(budget_s, INT32),
    T_OF(worst, INT32),
    T_OF(max, INT32),
    T_OF(over_by, INT32),
    T_OF(measured_from_us, INT64),
    T_OF(measured_to_us, INT64),
    T_OF(measured_is_good, BOOL),
    T_WORD(work.state, work_state),
    T_OF(work.permitted, INT32),
    T_OF(work_at_us, INT64),
    T_OF(schedule_revision, INT32),
    T_OF(rejudged_at_us, INT64),
    T_WORD(rejudged.state, work_state),
    T_OF(rejudged.permitted, INT32),
    T_TEXT(assignee.unit),
    T_TEXT(assignee.person),
    T_TEXT(assignee.phone),
    T_TEXT(assignee.department),
    T_TEXT(assignee.street),
    T_TEXT(agency_responsible),
    T_OF(respond_by_us, INT64),
    T_OF(dispatch_by_us, INT64),
    T_OF(resolve_by_us, INT64),
    T_OF(responded_us, INT64),
    T_OF(dispatched_us, INT64),
    T_OF(escalated, BOOL),
    T_OF(returned, BOOL),
    T_OF(suspended, BOOL),
    T_OF(forced, BOOL),
    T_OF(overdue, UINT32),
    T_OF(suspended_until_us, INT64),
    T_OF(returns, UINT32),
    T_TEXT(measure),
    T_TEXT(resolution),
    T_OF(reminded, UINT32),
    T_TEXT(satisfaction),
    T_TEXT(merged_into),
    T_OF(calls, UINT32),
    T_OF(callers, UINT32),
    T_OF(repeat_callers, UINT32),
    T_OF(rests_since_us, INT64),
    T_OF(resolve_rests_since_us, INT64),
    T_OF(shared_callers, UINT32),
    T_OF(shared_repeat_callers, UINT32),
    T_OF(raised_by_callers, BOOL),
    T_OF(history_total, UINT32),
    T_OF(event_revision, UINT32),
    T_OF(acted, BOOL),
    T_OF(resolve_in_workdays, BOOL),
    T_OF(is_enquiry, BOOL),
};

#define H_WORD(m, what)                                                                                                \
    {                                                                                                                  \
#m, WORD, offsetof(struct sw_history, m), 0, what##_word, sw_##what##_from_name                                \
    }

static const struct member history_members[] = {
    H_WORD(verb, verb),
    {"stage", WORD, offsetof(struct sw_history, stage), 0, stage_word, stage_number},
    {"at_us", INT64, offsetof(struct sw_history, at_us), 0, NULL, NULL},
    {"by", TEXT, offsetof(struct sw_history, by.id), SW_ID_SIZE, NULL, NULL},
    H_WORD(by.role, role),
    H_WORD(by.door, door),
    {"forced", BOOL, offsetof(struct sw_history, forced), 0, NULL, NULL},
};

static const struct member evidence_members[] = {
    {"id", TEXT, offsetof(struct sw_evidence, id), sizeof(((struct sw_evidence *) 0)->id), NULL, NULL},
    {"kind", TEXT, offsetof(struct sw_evidence, kind), sizeof(((struct sw_evidence *) 0)->kind), NULL, NULL},
    {"sha256", TEXT, offsetof(struct sw_evidence, sha256), sizeof(((struct sw_evidence *) 0)->sha256), NULL, NULL},
    {"at_us", INT64, offsetof(struct sw_evidence, at_us), 0, NULL, NULL},
    {"bytes", INT64, offsetof(struct sw_evidence, bytes), 0, NULL, NULL},
};

#define R_OF(m, kind)                                                                                                  \
    {                                                                                                                  \
#m, kind, offsetof(struct sw_rule_state, m), 0, NULL, NULL                                                     \
    }
#define R_WORD(m)                                                                                                      \
    {                                                                                                                  \
#m, WORD, offsetof(struct sw_rule_state, m), 0, state_word, state_number                                       \
    }

static const struct member rule_members[] = {
    R_WORD(state),
    R_WORD(previous),
    R_WORD(held),
    R_OF(since_us, INT64),
    R_OF(value, INT32),
    R_OF(over_since_us, INT64),
    R_OF(below_since_us, INT64),
    R_OF(likely_since_us, INT64),
    R_OF(unlikely_since_us, INT64),
    R_OF(episode_from_us, INT64),
    R_OF(episode_worst, INT32),
    R_OF(episode_max, INT32),
    R_OF(reported_worst, INT32),
    R_OF(reported_us, INT64),
    R_OF(count_day, INT32),
    R_OF(over_count, INT32),
    R_OF(over_in_row, INT32),
    R_OF(likely, REAL),
    R_OF(asked, INT64),
};

static void write_member(struct sw_jsonw *w, const struct member *m, const void *base)
{
    const void *at = (const char *) base + m->offset;

    switch (m->type) {
    case TEXT:
        sw_jsonw_str(w, m->name, at);
        break;
    case UINT32:
        sw_jsonw_uint(w, m->name, *(const uint32_t *) at);
        break;
    case INT32:
        sw_jsonw_int(w, m->name, *(const int32_t *) at);
        break;
    case INT64:
        /* "Never" as a number would be one that no double holds, and RFC 8785 knows doubles only. */
        if (*(const int64_t *) at == INT64_MIN)
            sw_jsonw_null(w, m->name);
        else
            sw_jsonw_int(w, m->name, *(const int64_t *) at);
        break;
    case BOOL:
        sw_jsonw_bool(w, m->name, *(const bool *) at);
        break;
    case REAL:
        sw_jsonw_num(w, m->name, *(const double *) at, 6);
        break;
    case WORD:
        sw_jsonw_str(w, m->name, m->word(*(const int *) at));
        break;
    }
}

static void write_members(struct sw_jsonw *w, const struct member *m, size_t n, const void *base)
{
    for (size_t i = 0; i < n; i++)
        write_member(w, &m[i], base);
}

/* True when the value has the member's type and fits. */
static bool read_member(const struct member *m, const json_t *v, void *base)
{
    void *at = (char *) base + m->offset;
    long long number = json_integer_value(v);
    int word;

    switch (m->type) {
    case TEXT:
        if (!json_is_string(v) || json_string_length(v) >= m->size)
            return false;
        memcpy(at, json_string_value(v), json_string_length(v) + 1);
        return true;
    case UINT32:
        *(uint32_t *) at = (uint32_t) number;
        return json_is_integer(v) && number >= 0 && number <= UINT32_MAX;
    case INT32:
        *(int32_t *) at = (int32_t) number;
        return json_is_integer(v) && number >= INT32_MIN && number <= INT32_MAX;
    case INT64:
        *(int64_t *) at = json_is_null(v) ? INT64_MIN : number;
        return json_is_integer(v) || json_is_null(v);
    case BOOL:
        *(bool *) at = json_is_true(v);
        return json_is_boolean(v);
    case REAL:
        *(double *) at = json_is_null(v) ? NAN : json_number_value(v);
        return json_is_number(v) || json_is_null(v);
    case WORD:
        word = json_is_string(v) ? m->number(json_string_value(v)) : -1;
        *(int *) at = word < 0 ? 0 : word;
        return word >= 0;
    }
    return false;
}

static int read_members(const struct member *m, size_t n, const json_t *object, void *base, struct sw_err *err)
{
    if (!json_is_object(object))
        return sw_err_set(err, SW_E_CORRUPT, 0, "it is no JSON object");
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_object_get(object, m[i].name);

        if (v && !read_member(&m[i], v, base))
            return sw_err_set(err, SW_E_CORRUPT, 0, "stored member '%s' is not what it should be", m[i].name);
    }
    return SW_OK;
}

static json_t *parse_object(const char *json, size_t len, struct sw_err *err)
{
    json_error_t je;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &je);

    if (!json_is_object(root)) {
        sw_err_set(err, SW_E_CORRUPT, 0, "stored state is no JSON object: %s", root ? "it is another type" : je.text);
        json_decref(root);
        return NULL;
    }
    return root;
}

size_t sw_ticket_state_write(const struct sw_ticket *t, char *buf, size_t cap)
{
    struct sw_jsonw w;
    size_t len = 0;

    sw_jsonw_init(&w, buf, cap);
    sw_jsonw_object(&w, NULL);
    write_members(&w, ticket_members, SW_ARRAY_SIZE(ticket_members), t);
    sw_jsonw_array(&w, "history");
    for (size_t i = 0; i < t->n_history; i++) {
        sw_jsonw_object(&w, NULL);
        write_members(&w, history_members, SW_ARRAY_SIZE(history_members), &t->history[i]);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_array(&w, "evidence");
    for (size_t i = 0; i < t->n_evidence; i++) {
        sw_jsonw_object(&w, NULL);
        write_members(&w, evidence_members, SW_ARRAY_SIZE(evidence_members), &t->evidence[i]);
        sw_jsonw_object_end(&w);
    }
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, &len) ? len : 0;
}

/* Absent in what an older program wrote. */
static int read_evidence(const json_t *array, struct sw_ticket *t, struct sw_err *err)
{
    if (!array)
        return SW_OK;
    if (!json_is_array(array) || json_array_size(array) > SW_EVIDENCE_MAX)
        return sw_err_set(err, SW_E_CORRUPT, 0, "stored evidence is no list of at most %d entries", SW_EVIDENCE_MAX);
    t->n_evidence = json_array_size(array);
    for (size_t i = 0; i < t->n_evidence; i++) {
        int rc = read_members(evidence_members, SW_ARRAY_SIZE(evidence_members), json_array_get(array, i),
                              &t->evidence[i], err);

        if (rc < 0)
            return sw_err_prefix(err, "evidence entry %zu", i);
    }
    return SW_OK;
}

static int read_history(const json_t *array, struct sw_ticket *t, struct sw_err *err)
{
    if (!json_is_array(array) || json_array_size(array) > SW_HISTORY_MAX)
        return sw_err_set(err, SW_E_CORRUPT, 0, "stored history is no list of at most %d entries", SW_HISTORY_MAX);
    t->n_history = json_array_size(array);
    for (size_t i = 0; i < t->n_history; i++) {
        int rc = read_members(history_members, SW_ARRAY_SIZE(history_members), json_array_get(array, i), &t->history[i],
                              err);

        if (rc < 0)
            return sw_err_prefix(err, "history entry %zu", i);
    }
    return SW_OK;
}

int sw_ticket_state_read(const char *json, size_t len, struct sw_ticket *ret, struct sw_err *err)
{
    json_t *root = parse_object(json, len, err);
    struct sw_ticket t;
    int rc;

    if (!root)
        return SW_E_CORRUPT;
    memset(&t, 0, sizeof(t));
    rc = read_members(ticket_members, SW_ARRAY_SIZE(ticket_members), root, &t, err);
    if (rc >= 0)
        rc = read_history(json_object_get(root, "history"), &t, err);
    if (rc >= 0)
        rc = read_evidence(json_object_get(root, "evidence"), &t, err);
    if (rc >= 0 && (!t.id[0] || t.class_ >= SW_CLASS__COUNT || t.attribution > SW_ATTRIBUTION_SITE ||
                    t.averted_acted < -1 || t.averted_acted > 1))
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "stored ticket has no id, or a class, attribution or end that is none");
    json_decref(root);
    if (rc >= 0)
        *ret = t;
    return rc;
}

size_t sw_rule_state_write(const struct sw_rule_state *r, char *buf, size_t cap)
{
    struct sw_jsonw w;
    size_t len = 0;

    sw_jsonw_init(&w, buf, cap);
    sw_jsonw_object(&w, NULL);
    write_members(&w, rule_members, SW_ARRAY_SIZE(rule_members), r);
    sw_jsonw_object_end(&w);
    return sw_jsonw_finish(&w, &len) ? len : 0;
}

int sw_rule_state_read(const char *json, size_t len, struct sw_rule_state *ret, struct sw_err *err)
{
    json_t *root = parse_object(json, len, err);
    struct sw_rule_state r;
    int rc;

    if (!root)
        return SW_E_CORRUPT;
    memset(&r, 0, sizeof(r));
    r.forecast =
        (struct sw_forecast){.probability = NAN, .crosses_at_us = INT64_MIN, .budget_s = -1, .level_now = SW_NO_VALUE};
    r.reported_worst = SW_NO_VALUE; /* an older row does not say */
    r.likely = NAN;
    r.reported_us = r.asked = INT64_MIN;
    rc = read_members(rule_members, SW_ARRAY_SIZE(rule_members), root, &r, err);
    json_decref(root);
    if (rc >= 0)
        *ret = r;
    return rc;
}
