// SPDX-License-Identifier: Apache-2.0
/* What an entry of the chain hangs on: finds the row that it refers to, wherever that lies, and hashes it again. Also
 * compares what the row's other columns say with what was hashed. Readings are verify_readings.c's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/sat.h"
#include "common/timefmt.h"

/* A row is written again by a start soon after. Looking through the whole chain for each of very many changed rows
 * would never end. */
#define FAR_LOOKUPS_MAX 64
#define NEAR_ENTRIES 4096
#define WINDOW_US (26 * 3600 * SW_US_PER_S) /* no window is longer: a day when clocks are put back */

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
    sw_db_bind_int(st, 5, v->n_lookups < FAR_LOOKUPS_MAX ? INT64_MAX : (int64_t) e->n + NEAR_ENTRIES);
    rc = sw_db_step(st, err);
    sw_db_reset(st);
    v->n_lookups += rc == 0;
    return rc;
}

/* ---- rows ---- */

/* A row that may be gone is named by columns that are not hashed: they must fit what is. */
static bool is_plausible(const struct verify *v, const struct verify_entry *e, enum sw_verify_rows rows)
{
    if (rows == SW_VERIFY_WINDOWS)
        return e->a <= e->at_us && sw_sat_sub(e->at_us, e->a) <= WINDOW_US &&
               verify_clock_fits(v, e->n, e->n, e->at_us);
    return rows != SW_VERIFY_ACTS || verify_clock_fits(v, e->n, e->n, e->at_us);
}

static void gone(struct verify *v, const struct verify_entry *e, enum sw_verify_rows rows, const char *period,
                 int64_t at)
{
    if (!is_plausible(v, e, rows))
        verify_find(v, e, "its %s is gone, and its row says another time than the entries around it",
                    sw_chain_kind_name(e->kind));
    else if (verify_is_pruned(v, e->n, rows, period, at))
        v->r->pruned[rows]++;
    else
        verify_find(v, e, "its %s was deleted: no chained entry says that its time was over",
                    sw_chain_kind_name(e->kind));
}

/* Retention leaves nothing behind: an announcement that covers what is there was not made by it. */
static int is_left_over(struct verify *v, const struct verify_entry *e, enum sw_verify_rows rows, const char *period,
                        int64_t at, struct sw_err *err)
{
    int rc = verify_is_pruned(v, e->n, rows, period, at);

    if (rc == 1)
        rc = is_replaced(v, e, err) == 0;
    if (rc == 1)
        verify_find(v, e, "its %s is there, and a later entry says that it went", sw_chain_kind_name(e->kind));
    return rc;
}

/** What the row's JSON must say too; a member of a member behind a dot. */
struct said {
    const char *member;
    const char *text; /* NULL: the number, or the time */
    int64_t number;
    bool is_time;
};

static const json_t *member_of(const json_t *root, const char *path)
{
    char name[24];

    for (; root && *path; path += strspn(path, ".")) {
        (void) snprintf(name, sizeof(name), "%.*s", (int) strcspn(path, "."), path);
        root = json_object_get(root, name);
        path += strcspn(path, ".");
    }
    return root;
}

static const char *check_said(const char *json, size_t len, const struct said *said, size_t n)
{
    json_t *root = json_loadb(json, len, 0, NULL);
    const char *wrong = NULL;

    for (size_t i = 0; i < n && !wrong; i++) {
        const json_t *is = member_of(root, said[i].member);
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
    const char *slash = e->ref ? strchr(e->ref, '/') : NULL, *json, *wrong;
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
            else if (!is_left_over(v, e, SW_VERIFY_WINDOWS, period, e->a, err))
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
            else if (!is_left_over(v, e, SW_VERIFY_REVISIONS, "", (int64_t) e->n, err))
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
            const char *actor = sw_db_text(st, 3, NULL);
            const struct said times[] = {{.member = "at", .number = e->at_us, .is_time = true},
                                         {.member = "at_us", .number = e->at_us}},
                              ids[] = {{.member = "payload.id", .text = e->ref}},
                              actors[] = {{.member = "payload.by.id", .text = actor ? actor : ""}};

            if (sw_db_int(st, 1) != e->at_us || check_said(json, len, times, SW_ARRAY_SIZE(times)))
                verify_find(v, e, "its row says another time than its command");
            else if (!id || strcmp(id, e->ref) != 0 || check_said(json, len, ids, SW_ARRAY_SIZE(ids)))
                verify_find(v, e, "its row says another id than its command");
            else if (check_said(json, len, actors, SW_ARRAY_SIZE(actors)))
                verify_find(v, e, "its row says that another person gave the command");
            else if (!is_left_over(v, e, SW_VERIFY_COMMANDS, "", (int64_t) e->n, err))
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

    if (e->a <= v->act) {
        verify_find(v, e, "its row names an act that was before the one before it");
        return SW_OK;
    }
    v->act = e->a;
    sw_db_bind_int(st, 1, e->a);
    rc = sw_db_step(st, err);
    if (rc == 0) {
        gone(v, e, SW_VERIFY_ACTS, "", e->a);
    } else if (rc == 1) {
        json = sw_db_text(st, 0, &len);
        rc = check_json(v, e, json, len, SW_VERIFY_ACTS, false, err);
        if (rc == 1) {
            const char *subject = sw_db_text(st, 3, NULL), *kind = sw_db_text(st, 2, NULL);
            const struct said times[] = {{.member = "at_us", .number = e->at_us}},
                              subjects[] = {{.member = "subject", .text = e->ref},
                                            {.member = "kind", .text = kind ? kind : ""}};

            if (sw_db_int(st, 1) != e->at_us || check_said(json, len, times, SW_ARRAY_SIZE(times)))
                verify_find(v, e, "its row says another time than its act");
            else if (!subject || strcmp(subject, e->ref) != 0 ||
                     check_said(json, len, subjects, SW_ARRAY_SIZE(subjects)))
                verify_find(v, e, "its row says another subject than its act");
            else if (!is_left_over(v, e, SW_VERIFY_ACTS, "", e->a, err))
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

/* An entry that stands for itself says its time in its body. */
static void check_own_time(struct verify *v, const struct verify_entry *e)
{
    json_t *root = json_loadb(e->body, e->body_len, JSON_REJECT_DUPLICATES, NULL);
    const char *at = json_string_value(json_object_get(root, "at"));
    const json_t *utc_us = json_object_get(root, "utc_us");
    int64_t us = INT64_MIN, is_us = e->at_us;

    if (at) {
        (void) sw_time_parse(at, strlen(at), &us, NULL);
        is_us = is_us / 1000 * 1000;
    } else if (json_is_integer(utc_us)) {
        us = json_integer_value(utc_us);
    }
    if (us != is_us || (at && e->at_us % 1000 != 0))
        verify_find(v, e, "its row says another time than what was chained");
    json_decref(root);
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
