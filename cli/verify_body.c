// SPDX-License-Identifier: Apache-2.0
/* What an entry of the chain hangs on: finds the row that it refers to, wherever that lies, and hashes it again. Also
 * compares what the row's other columns say with what was hashed. Readings are verify_readings.c's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "io/jcs.h"

#define DIGITS_MAX 16 /* of a number: more than a double holds would be lost on the way to the hash */

/* ---- the text of JSON ---- */

static bool is_short_escape(char c)
{
    return c == '"' || c == '\\' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
}

/* "\u001f": only control characters without a short form, in small letters. @return length, 0 = another form */
static size_t escape_len(const char *at, size_t left)
{
    unsigned code;

    if (left >= 2 && is_short_escape(at[1]))
        return 2;
    if (left < 6 || memcmp(at, "\\u00", 4) != 0 || (at[4] != '0' && at[4] != '1'))
        return 0;
    if (!((at[5] >= '0' && at[5] <= '9') || (at[5] >= 'a' && at[5] <= 'f')))
        return 0;
    code = (unsigned) (at[4] - '0') * 16 + (unsigned) (at[5] <= '9' ? at[5] - '0' : at[5] - 'a' + 10);
    return code == 10 || code == 13 || code == 9 ? 0 : 6;
}

bool verify_is_compact(const char *json, size_t len)
{
    bool in_text = false;
    size_t digits = 0;

    for (size_t i = 0; i < len; i++) {
        const char c = json[i];

        if (in_text) {
            if (c == '\\') {
                const size_t skip = escape_len(&json[i], len - i);

                if (skip == 0)
                    return false;
                i += skip - 1;
            }
            in_text = c != '"';
            continue;
        }
        digits = c >= '0' && c <= '9' ? digits + 1 : c == '.' ? digits : 0;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 'E' || digits > DIGITS_MAX)
            return false;
        in_text = c == '"';
    }
    return true;
}

const char *verify_json_hash(struct verify *v, const char *json, size_t len, sw_hash ret)
{
    size_t canonical_len;
    struct sw_err err = {0};

    if (len > VERIFY_BODY_MAX)
        return "it is longer than anything that is written";
    if (sw_jcs(json, len, v->canonical, VERIFY_BODY_MAX + 1, &canonical_len, &err) < 0)
        return "it is no JSON any more";
    if (!verify_is_compact(json, len))
        return "its text has not the form in which it is written";
    sw_chain_body_hash(v->canonical, canonical_len, ret);
    return NULL;
}

/* ---- what may be gone ---- */

bool verify_is_pruned(const struct verify *v, enum sw_verify_rows rows, const char *period, int64_t at)
{
    for (size_t i = 0; i < v->n_prune; i++) {
        const struct verify_prune *p = &v->prune[i];

        if (p->rows == rows && at < p->before && (p->period[0] == '\0' || strcmp(p->period, period) == 0))
            return true;
    }
    return false;
}

/* The newest boundary of a kind is enough: of each kind and period one is kept. */
static int keep_prune(struct verify *v, const struct verify_prune *p, struct sw_err *err)
{
    void *array = v->prune;

    for (size_t i = 0; i < v->n_prune; i++)
        if (v->prune[i].rows == p->rows && strcmp(v->prune[i].period, p->period) == 0) {
            v->prune[i].before = SW_MAX(v->prune[i].before, p->before);
            return SW_OK;
        }
    if (!verify_grow(&array, v->n_prune, &v->cap_prune, sizeof(*v->prune)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->prune = array;
    v->prune[v->n_prune++] = *p;
    return SW_OK;
}

static int take_prune(struct verify *v, uint64_t n, const char *json, size_t len, struct sw_err *err)
{
    static const struct {
        const char *table;
        enum sw_verify_rows rows;
    } tables[] = {
        {"block", SW_VERIFY_READINGS},     {"window", SW_VERIFY_WINDOWS}, {"ticket_revision", SW_VERIFY_REVISIONS},
        {"command", SW_VERIFY_COMMANDS},   {"act", SW_VERIFY_ACTS},       {"config", SW_VERIFY_CONFIGS},
        {"schedule", SW_VERIFY_SCHEDULES}, {"chain", SW_VERIFY_ENTRIES}};
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const char *table = json_string_value(json_object_get(root, "table"));
    const char *period = json_string_value(json_object_get(root, "period"));
    const char *sha256 = json_string_value(json_object_get(root, "sha256")); /* of a configuration */
    const json_t *before = json_object_get(root, "before");
    int rc = SW_OK;

    if (schema && strncmp(schema, "siteward.prune/1.", 17) == 0 && table && (sha256 || json_is_integer(before)))
        for (size_t i = 0; i < SW_ARRAY_SIZE(tables) && rc >= 0; i++) {
            struct verify_prune p = {
                .n = n, .rows = tables[i].rows, .before = sha256 ? INT64_MAX : json_integer_value(before)};

            if (strcmp(tables[i].table, table) != 0)
                continue;
            (void) snprintf(p.period, sizeof(p.period), "%s", period ? period : sha256 ? sha256 : "");
            rc = keep_prune(v, &p, err);
        }
    json_decref(root);
    return rc;
}

int verify_prunes_load(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(v->db,
                           "SELECT c.n, m.json, c.sha256 FROM command m JOIN chain c ON c.n = m.n AND c.kind = 5"
                           " WHERE m.kind = 'prune' ORDER BY c.n",
                           &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        size_t len, hash_len;
        const char *json = sw_db_text(st, 1, &len);
        const void *want = sw_db_blob(st, 2, &hash_len);
        sw_hash hash;

        /* one that was changed covers nothing, and is told when the walk comes to it */
        sw_chain_body_hash(json ? json : "", json ? len : 0, hash);
        if (!json || hash_len != SW_HASH_SIZE || memcmp(hash, want, hash_len) != 0)
            continue;
        rc = take_prune(v, (uint64_t) sw_db_int(st, 0), json, len, err);
        if (rc < 0)
            break;
    }
    sw_db_finalize(st);
    return rc;
}

/* A row of the same key that a later entry put in its place. */
static int is_replaced(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_LATER];
    int rc;

    sw_db_bind_int(st, 1, (int64_t) e->n);
    sw_db_bind_int(st, 2, e->kind);
    if (e->has_a)
        sw_db_bind_int(st, 3, e->a);
    else
        sw_db_bind_null(st, 3);
    sw_db_bind_text(st, 4, e->ref);
    rc = sw_db_step(st, err);
    sw_db_reset(st);
    return rc;
}

/* ---- rows ---- */

static void gone(struct verify *v, const struct verify_entry *e, enum sw_verify_rows rows, const char *period,
                 int64_t at)
{
    if (verify_is_pruned(v, rows, period, at))
        v->r->pruned[rows]++;
    else
        verify_find(v, e, "its %s was deleted: no chained entry says that its time was over",
                    sw_chain_kind_name(e->kind));
}

/** What the row's JSON must say too. */
struct said {
    const char *member;
    const char *text; /* NULL: the number, or the time */
    int64_t number;
    bool is_time;
};

static const char *check_said(const char *json, size_t len, const struct said *said, size_t n)
{
    json_t *root = json_loadb(json, len, 0, NULL);
    const char *wrong = NULL;

    for (size_t i = 0; i < n && !wrong; i++) {
        const json_t *is = json_object_get(root, said[i].member);
        if (!is)
            continue;
        const char *text = json_string_value(is);
        int64_t us = INT64_MIN;

        if (said[i].text)
            wrong = text && strcmp(text, said[i].text) == 0 ? NULL : said[i].member;
        else if (said[i].is_time)
            wrong = text && sw_time_parse(text, strlen(text), &us, NULL) == SW_OK && us == said[i].number / 1000 * 1000
                        ? NULL
                        : said[i].member;
        else
            wrong = json_is_integer(is) && json_integer_value(is) == said[i].number ? NULL : said[i].member;
    }
    json_decref(root);
    return wrong;
}

/* The row's JSON against the chained hash, byte by byte: it is stored in the form that was hashed.
 * @return 1 it is the same, 0 not (told), below zero: cannot go on */
static int check_json(struct verify *v, const struct verify_entry *e, const char *json, size_t len,
                      enum sw_verify_rows rows, bool may_be_replaced, struct sw_err *err)
{
    sw_hash hash;
    int rc;

    sw_chain_body_hash(json ? json : "", json ? len : 0, hash);
    if (memcmp(hash, e->sha256, sizeof(hash)) == 0)
        return 1;
    rc = may_be_replaced ? is_replaced(v, e, err) : 0;
    if (rc == 1)
        v->r->replaced[rows]++;
    else if (rc == 0)
        verify_find(v, e, "its %s is not what was chained: the text was changed", sw_chain_kind_name(e->kind));
    return rc < 0 ? rc : 0;
}

static int check_window(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_WINDOW];
    const char *slash = strchr(e->ref, '/'), *json, *wrong;
    char period[VERIFY_PERIOD_SIZE];
    size_t len;
    int rc;

    if (!slash || (size_t) (slash - e->ref) >= sizeof(period)) {
        verify_find(v, e, "it does not say which window it is of");
        return SW_OK;
    }
    (void) snprintf(period, sizeof(period), "%.*s", (int) (slash - e->ref), e->ref);
    sw_db_bind_text(st, 1, period);
    sw_db_bind_int(st, 2, e->a);
    sw_db_bind_text(st, 3, slash + 1);
    rc = sw_db_step(st, err);
    if (rc == 0) {
        gone(v, e, SW_VERIFY_WINDOWS, period, e->a);
    } else if (rc == 1) {
        json = sw_db_text(st, 0, &len);
        rc = check_json(v, e, json, len, SW_VERIFY_WINDOWS, true, err);
        if (rc == 1) {
            const struct said said[] = {{.member = "from", .number = e->a, .is_time = true},
                                        {.member = "to", .number = sw_db_int(st, 1), .is_time = true},
                                        {.member = "period", .text = period},
                                        {.member = "sensor", .text = slash + 1}};

            wrong = check_said(json, len, said, SW_ARRAY_SIZE(said));
            if (wrong)
                verify_find(v, e, "its row says another \"%s\" than the window itself", wrong);
            else if (e->at_us != sw_db_int(st, 1))
                verify_find(v, e, "its row says another time than its window");
            else
                v->r->whole[SW_VERIFY_WINDOWS]++;
        }
    }
    sw_db_reset(st);
    return rc;
}

static int check_revision(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_REVISION];
    const char *json, *wrong;
    size_t len;
    int rc;

    sw_db_bind_int(st, 1, (int64_t) e->n);
    rc = sw_db_step(st, err);
    if (rc == 0) {
        gone(v, e, SW_VERIFY_REVISIONS, "", (int64_t) e->n);
    } else if (rc == 1) {
        json = sw_db_text(st, 0, &len);
        rc = check_json(v, e, json, len, SW_VERIFY_REVISIONS, false, err);
        if (rc == 1) {
            const char *ticket = sw_db_text(st, 1, NULL);
            const struct said said[] = {{.member = "id", .text = e->ref},
                                        {.member = "revision", .number = e->a},
                                        {.member = "changed_us", .number = e->at_us}};

            wrong = check_said(json, len, said, SW_ARRAY_SIZE(said));
            if (!wrong && (!ticket || strcmp(ticket, e->ref) != 0))
                wrong = "id";
            if (!wrong && sw_db_int(st, 2) != e->a)
                wrong = "revision";
            if (wrong)
                verify_find(v, e, "its row says another \"%s\" than the ticket itself", wrong);
            else
                v->r->whole[SW_VERIFY_REVISIONS]++;
        }
    }
    sw_db_reset(st);
    return rc;
}

static int check_command(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_COMMAND];
    const char *json;
    size_t len;
    int rc;

    sw_db_bind_int(st, 1, (int64_t) e->n);
    rc = sw_db_step(st, err);
    if (rc == 0) {
        gone(v, e, SW_VERIFY_COMMANDS, "", (int64_t) e->n);
    } else if (rc == 1) {
        json = sw_db_text(st, 0, &len);
        rc = check_json(v, e, json, len, SW_VERIFY_COMMANDS, false, err);
        if (rc == 1) {
            const char *id = sw_db_text(st, 4, NULL);
            const struct said said[] = {{.member = "id", .text = e->ref}};

            if (sw_db_int(st, 1) != e->at_us)
                verify_find(v, e, "its row says another time than its command");
            else if (!id || strcmp(id, e->ref) != 0 || check_said(json, len, said, SW_ARRAY_SIZE(said)))
                verify_find(v, e, "its row says another id than its command");
            else
                v->r->whole[SW_VERIFY_COMMANDS]++;
        }
    }
    sw_db_reset(st);
    return rc;
}

static int check_act(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = v->st[VERIFY_ACT];
    const char *json;
    size_t len;
    int rc;

    sw_db_bind_int(st, 1, e->a);
    rc = sw_db_step(st, err);
    if (rc == 0) {
        gone(v, e, SW_VERIFY_ACTS, "", e->a);
    } else if (rc == 1) {
        json = sw_db_text(st, 0, &len);
        rc = check_json(v, e, json, len, SW_VERIFY_ACTS, false, err);
        if (rc == 1) {
            const char *subject = sw_db_text(st, 3, NULL);

            if (sw_db_int(st, 1) != e->at_us)
                verify_find(v, e, "its row says another time than its act");
            else if (!subject || strcmp(subject, e->ref) != 0)
                verify_find(v, e, "its row says another subject than its act");
            else
                v->r->whole[SW_VERIFY_ACTS]++;
        }
    }
    sw_db_reset(st);
    return rc;
}

/* ---- texts of which the entry holds the hash ---- */

static int check_text(struct verify *v, const struct verify_entry *e, enum sw_verify_rows rows, struct sw_db_stmt *st,
                      const char *sha256, struct sw_err *err)
{
    char hex[65];
    sw_hash hash;
    size_t len;
    int rc = sw_db_step(st, err);

    if (rc == 0) {
        gone(v, e, rows, e->ref ? e->ref : "", e->a);
    } else if (rc == 1) {
        const void *body = sw_db_blob(st, 0, &len);

        sw_chain_body_hash(body ? body : "", len, hash);
        sw_hash_hex(hash, hex);
        if (strcmp(hex, sha256) == 0) {
            if (rows == SW_VERIFY_SCHEDULES && sw_db_int(st, 1) != e->at_us)
                verify_find(v, e, "its row says another time than its schedule");
            else
                v->r->whole[rows]++;
        } else {
            rc = is_replaced(v, e, err);
            if (rc == 1)
                v->r->replaced[rows]++;
            else if (rc == 0)
                verify_find(v, e, "its %s is not what was chained: the text was changed", sw_chain_kind_name(e->kind));
        }
    }
    sw_db_reset(st);
    return rc;
}

static int check_kept_text(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    json_t *root = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
    const char *sha256 = json_string_value(json_object_get(root, "sha256"));
    const json_t *at = json_object_get(root, "at_us"), *revision = json_object_get(root, "revision");
    int rc = SW_OK;

    if (!sha256 || !json_is_integer(at) || json_integer_value(at) != e->at_us) {
        verify_find(v, e, "its row says another time than what was chained");
    } else if (e->kind == SW_CHAIN_CONFIG) {
        sw_db_bind_text(v->st[VERIFY_CONFIG], 1, e->ref);
        rc = check_text(v, e, SW_VERIFY_CONFIGS, v->st[VERIFY_CONFIG], sha256, err);
    } else if (!json_is_integer(revision) || json_integer_value(revision) != e->a) {
        verify_find(v, e, "its row says another revision than what was chained");
    } else {
        sw_db_bind_int(v->st[VERIFY_SCHEDULE], 1, e->a);
        rc = check_text(v, e, SW_VERIFY_SCHEDULES, v->st[VERIFY_SCHEDULE], sha256, err);
    }
    json_decref(root);
    return rc;
}

/* ---- bodies that are kept in the chain ---- */

/* An entry that stands for itself says its time in its body too. */
static void check_own_time(struct verify *v, const struct verify_entry *e)
{
    const struct said said[] = {{.member = "at_us", .number = e->at_us},
                                {.member = "at", .number = e->at_us, .is_time = true},
                                {.member = "ts", .number = e->at_us, .is_time = true}};

    if (check_said(e->body, e->body_len, said, SW_ARRAY_SIZE(said)))
        verify_find(v, e, "its row says another time than what was chained");
}

static int check_kept(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    sw_hash hash;

    sw_chain_body_hash(e->body, e->body_len, hash);
    if (memcmp(hash, e->sha256, sizeof(hash)) != 0) {
        verify_find(v, e, "its body is not what was chained");
        return SW_OK;
    }
    switch (e->kind) {
    case SW_CHAIN_READINGS:
        return verify_readings(v, e, err);
    case SW_CHAIN_CONFIG:
    case SW_CHAIN_SCHEDULE:
        return check_kept_text(v, e, err);
    default:
        check_own_time(v, e);
        return SW_OK;
    }
}

/* Which columns an entry of a kind has. */
static const struct shape {
    bool ref, a, b, body;
} shapes[SW_CHAIN__COUNT] = {
    [SW_CHAIN_READINGS] = {true, true, true, true},   [SW_CHAIN_WINDOW] = {true, true, false, false},
    [SW_CHAIN_TICKET] = {true, true, false, false},   [SW_CHAIN_CONFIG] = {true, false, false, true},
    [SW_CHAIN_COMMAND] = {true, false, false, false}, [SW_CHAIN_OUTPUT] = {true, true, false, false},
    [SW_CHAIN_SCHEDULE] = {false, true, false, true}, [SW_CHAIN_CLOCK] = {false, false, false, true},
    [SW_CHAIN_KEY] = {false, false, false, true},     [SW_CHAIN_BOOT] = {false, false, false, true},
};

int verify_body(struct verify *v, const struct verify_entry *e, struct sw_err *err)
{
    const struct shape *s = &shapes[e->kind];

    if ((e->ref != NULL) != s->ref || e->has_a != s->a || e->has_b != s->b || (e->body != NULL) != s->body) {
        verify_find(v, e, "its row has not the columns that an entry of its kind has");
        return SW_OK;
    }
    switch (e->kind) {
    case SW_CHAIN_WINDOW:
        return check_window(v, e, err);
    case SW_CHAIN_TICKET:
        return check_revision(v, e, err);
    case SW_CHAIN_COMMAND:
        return check_command(v, e, err);
    case SW_CHAIN_OUTPUT:
        return check_act(v, e, err);
    default:
        return check_kept(v, e, err);
    }
}
