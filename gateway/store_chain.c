// SPDX-License-Identifier: Apache-2.0
/* The chain's rows: every entry is appended here, inside the transaction that writes what it stands for, by the store's
 * thread alone. What is hashed how is gateway/chain.c's; which changes make an entry is said where they are written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "gateway/store_int.h"
#include "io/jcs.h"

#define KEY_ENTRY_PARSE "\"public_key\":\""
#define KEY_ENTRY_FIRST "\"previous\":null"

int store_chain_open(struct sw_store *s, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    size_t len = 0;
    const void *hash;
    int rc = sw_db_prepare(s->db, "SELECT n, hash FROM chain ORDER BY n DESC LIMIT 1", &st, err);

    if (rc == SW_OK)
        rc = sw_db_step(st, err);
    if (rc == 1) {
        hash = sw_db_blob(st, 1, &len);
        s->head.n = (uint64_t) sw_db_int(st, 0);
        if (len == SW_HASH_SIZE && s->head.n > 0 && s->head.n < INT64_MAX)
            memcpy(s->head.hash, hash, SW_HASH_SIZE);
        else
            rc = sw_err_set(err, SW_E_CORRUPT, 0, "%s: the chain's last entry is not one of ours; see siteward verify",
                            sw_db_path(s->db));
    }
    sw_db_finalize(st);
    if (rc < 0)
        return rc;
    s->shown_head = s->head;
    return store_chain_load_key(s, err);
}

/* The public key that the newest entry of its kind names; its body is written by us, in one form. */
int store_chain_load_key(struct sw_store *s, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc;

    s->facts.key_replaced_us = INT64_MIN;
    rc = sw_db_prepare(s->db, "SELECT CAST(body AS TEXT), at_us FROM chain WHERE kind = 9 ORDER BY n DESC LIMIT 1", &st,
                       err);

    if (rc == SW_OK)
        rc = sw_db_step(st, err);
    if (rc == 1) {
        const char *text = sw_db_text(st, 0, NULL), *at = text ? strstr(text, KEY_ENTRY_PARSE) : NULL;

        if (at) {
            at += sizeof(KEY_ENTRY_PARSE) - 1;
            snprintf(s->facts.public_key, sizeof(s->facts.public_key), "%.*s", (int) strcspn(at, "\""), at);
            if (!strstr(text, KEY_ENTRY_FIRST))
                s->facts.key_replaced_us = sw_db_int(st, 1);
        }
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

void store_chain_show(struct sw_store *s)
{
    pthread_mutex_lock(&s->lock);
    s->shown_head = s->head;
    pthread_mutex_unlock(&s->lock);
}

struct sw_chain_head sw_store_head(struct sw_store *s)
{
    struct sw_chain_head head;

    pthread_mutex_lock(&s->lock);
    head = s->shown_head;
    pthread_mutex_unlock(&s->lock);
    return head;
}

static void bind_optional(struct sw_db_stmt *st, int at, bool is_set, int64_t value)
{
    if (is_set)
        sw_db_bind_int(st, at, value);
    else
        sw_db_bind_null(st, at);
}

int store_chain_append(struct sw_store *s, const struct store_entry *e, struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_CHAIN_PUT];
    sw_hash body, hash;
    int rc;

    sw_chain_body_hash(e->body, e->len, body);
    sw_chain_entry_hash(s->head.hash, s->head.n + 1, e->kind, body, hash);
    sw_db_bind_int(st, 1, (int64_t) s->head.n + 1);
    sw_db_bind_int(st, 2, e->kind);
    sw_db_bind_int(st, 3, e->at_us);
    sw_db_bind_text(st, 4, e->ref);
    bind_optional(st, 5, e->has_a, e->a);
    bind_optional(st, 6, e->has_b, e->b);
    if (e->is_kept)
        sw_db_bind_blob(st, 7, e->body, e->len);
    else
        sw_db_bind_null(st, 7);
    sw_db_bind_blob(st, 8, body, SW_HASH_SIZE);
    sw_db_bind_blob(st, 9, hash, SW_HASH_SIZE);
    rc = sw_db_run(st, err);
    if (rc == SW_E_INVAL) /* a change that is refused is left out; an entry never may be */
        return sw_err_set(err, SW_E_CORRUPT, 0,
                          "%s: entry %llu of the chain is there already: did another program "
                          "write to the file?",
                          sw_db_path(s->db), (unsigned long long) s->head.n + 1);
    if (rc < 0)
        return rc;
    s->head.n++;
    memcpy(s->head.hash, hash, SW_HASH_SIZE);
    return SW_OK;
}

char *store_scratch(struct sw_store *s)
{
    if (!s->canonical)
        s->canonical = malloc(STORE_SCRATCH_SIZE);
    return s->canonical;
}

const char *store_canonical(struct sw_store *s, const char *json, size_t len, size_t *ret_len, struct sw_err *err)
{
    if (!store_scratch(s)) {
        sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
        return NULL;
    }
    if (sw_jcs(json, len, s->canonical, STORE_SCRATCH_SIZE, ret_len, NULL) == SW_OK)
        return s->canonical;
    *ret_len = len; /* no JSON is a fault of ours: what is stored is chained all the same, as it is */
    return json;
}

/* ---- entries that stand for themselves ---- */

int store_write_entry(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err)
{
    struct store_entry e = {.kind = (enum sw_chain_kind) op->lane, .at_us = op->a, .is_kept = true};

    e.body = store_canonical(s, text[0], op->len[0], &e.len, err);
    return e.body ? store_chain_append(s, &e, err) : SW_E_NOMEM;
}

/* A text that is kept in a table of its own: the entry holds its hash. */
int store_chain_text(struct sw_store *s, struct store_entry e, const char *member, int64_t value, const void *text,
                     size_t len, struct sw_err *err)
{
    char body[192], hex[65];
    sw_hash hash;
    int n;

    sw_chain_body_hash(text, len, hash);
    sw_hash_hex(hash, hex);
    n = member ? snprintf(body, sizeof(body), "{\"at_us\":%lld,\"%s\":%lld,\"sha256\":\"%s\"}", (long long) e.at_us,
                          member, (long long) value, hex)
               : snprintf(body, sizeof(body), "{\"at_us\":%lld,\"sha256\":\"%s\"}", (long long) e.at_us, hex);
    e.body = body;
    e.len = (size_t) n;
    e.is_kept = true;
    return store_chain_append(s, &e, err);
}

/* ---- what retention took ---- */

/* `what` is the members that say which rows: "before":…[,"period":"…"], or "sha256":"…". */
int store_chain_prune(struct sw_store *s, const char *table, const char *what, struct sw_err *err)
{
    char json[512], id[40], hex[65];
    struct store_entry e = {.kind = SW_CHAIN_COMMAND, .at_us = store_now_us(s), .ref = id};
    struct sw_db_stmt *st = s->stmt[STORE_COMMAND_PUT];
    sw_hash hash;
    int n = snprintf(json, sizeof(json),
                     "{\"at_us\":%lld,\"by\":{\"id\":\"auto\",\"role\":\"auto\"},"
                     "\"schema\":\"siteward.prune/1.0\",\"table\":\"%s\",%s}",
                     (long long) e.at_us, table, what);
    int rc;

    if (n < 0 || (size_t) n >= sizeof(json))
        return sw_err_set(err, SW_E_CORRUPT, 0, "store: what was pruned of %s does not fit", table);
    e.body = store_canonical(s, json, (size_t) n, &e.len, err);
    if (!e.body)
        return SW_E_NOMEM;
    snprintf(id, sizeof(id), "prune-%llu", (unsigned long long) s->head.n + 1);
    sw_chain_body_hash(e.body, e.len, hash);
    sw_hash_hex(hash, hex);
    sw_db_bind_int(st, 1, (int64_t) s->head.n + 1);
    sw_db_bind_int(st, 2, e.at_us);
    sw_db_bind_text(st, 3, "prune");
    sw_db_bind_text(st, 4, "auto");
    sw_db_bind_text(st, 5, id);
    sw_db_bind_text(st, 6, hex);
    sw_db_bind_textn(st, 7, e.body, e.len);
    sw_db_bind_null(st, 8);
    rc = sw_db_run(st, err);
    return rc < 0 ? rc : store_chain_append(s, &e, err);
}

int store_chain_pruned(struct sw_store *s, const char *table, const char *period, int64_t before, struct sw_err *err)
{
    char what[96];

    if (period)
        snprintf(what, sizeof(what), "\"before\":%lld,\"period\":\"%.20s\"", (long long) before, period);
    else
        snprintf(what, sizeof(what), "\"before\":%lld", (long long) before);
    return store_chain_prune(s, table, what, err);
}

/* ---- checkpoints ---- */

/* The head as it stands now, signed, as a row of the outbox. */
int store_write_checkpoint(struct sw_store *s, const struct store_op *op, struct sw_err *err)
{
    struct sw_chain_head_signed v = {.n = s->head.n, .ts_us = op->b};
    char ts[SW_RFC3339_SIZE], text[512];
    struct store_row r = {.seq = op->a, .lane = SW_LANE_ALARM, .topic = s->checkpoint_topic, .retain = true};
    size_t len;
    int rc;

    memcpy(v.hash, s->head.hash, SW_HASH_SIZE);
    sw_time_format(s->zone, v.ts_us, ts);
    len = sw_chain_head_text(s->gateway, v.n, v.hash, ts, text, sizeof(text));
    if (len == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "store: the gateway's id is too long to be signed");
    sw_key_sign(s->key, text, len, v.signature);
    len = store_scratch(s) ? s->render_checkpoint(s->render_ctx, &v, op->a, s->canonical, STORE_SCRATCH_SIZE) : 0;
    if (len == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "store: a checkpoint cannot be written");
    r.payload = s->canonical;
    r.len = len;
    rc = store_outbox_put(s, &r, err);
    /* the outbox forgets it when it was sent; an export needs the newest */
    return rc < 0 ? rc : store_meta_put(s, "checkpoint", s->canonical, err);
}

/* ---- readings ---- */

/* Id of a sensor by the file's number, in byte order of which leaves stand. */
struct leaf {
    char id[SW_ID_SIZE];
    uint16_t num;
    struct sw_chain_leaf leaf;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct leaf *) a)->id, ((const struct leaf *) b)->id);
}

static int name_of(struct sw_store *s, uint16_t num, char ret[SW_ID_SIZE], struct sw_err *err)
{
    struct sw_db_stmt *st = s->stmt[STORE_SENSOR_NAME];
    int rc;

    sw_db_bind_int(st, 1, num);
    rc = sw_db_step(st, err);
    if (rc == 1)
        snprintf(ret, SW_ID_SIZE, "%s", sw_db_text(st, 0, NULL));
    sw_db_reset(st);
    if (rc == 0)
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "%s: sensor number %u has no id", sw_db_path(s->db), num);
    return rc < 0 ? rc : SW_OK;
}

struct leaves {
    struct leaf *leaf;
    size_t n, cap;
};

static int find_leaf(struct sw_store *s, struct leaves *l, uint16_t num, struct leaf **ret, struct sw_err *err)
{
    int rc;

    for (size_t i = 0; i < l->n; i++)
        if (l->leaf[i].num == num) {
            *ret = &l->leaf[i];
            return SW_OK;
        }
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        struct leaf *grown = realloc(l->leaf, cap * sizeof(*grown));

        if (!grown)
            return sw_err_set(err, SW_E_NOMEM, 0, "store: no memory for the leaves of %zu sensors", cap);
        l->leaf = grown;
        l->cap = cap;
    }
    *ret = &l->leaf[l->n];
    (*ret)->num = num;
    rc = name_of(s, num, (*ret)->id, err);
    if (rc < 0)
        return rc;
    sw_chain_leaf_begin(&(*ret)->leaf);
    l->n++;
    return SW_OK;
}

/* u64le minute, then per sensor id ‖ 0x00 ‖ leaf. @return heap, or NULL */
static unsigned char *body_of(struct leaves *l, int64_t minute, size_t *ret_len)
{
    unsigned char *body = malloc(8 + l->n * (SW_ID_SIZE + SW_HASH_SIZE)), *at = body;

    if (!body)
        return NULL;
    for (int i = 0; i < 8; i++)
        *at++ = (unsigned char) ((uint64_t) minute >> (8 * i));
    qsort(l->leaf, l->n, sizeof(*l->leaf), by_id);
    for (size_t i = 0; i < l->n; i++) {
        size_t len = strlen(l->leaf[i].id) + 1;

        memcpy(at, l->leaf[i].id, len);
        at += len;
        sw_chain_leaf_end(&l->leaf[i].leaf, at);
        at += SW_HASH_SIZE;
    }
    *ret_len = (size_t) (at - body);
    return body;
}

/* One entry: the items of v, in order of arrival, whose monotonic minute is `minute`. */
static int chain_minute(struct sw_store *s, const struct store_items *v, int64_t minute, struct sw_err *err)
{
    struct store_entry e = {.kind = SW_CHAIN_READINGS, .has_a = true, .has_b = true, .is_kept = true};
    struct leaves l = {0};
    unsigned char *body = NULL;
    char ref[48];
    int rc = SW_OK;

    for (size_t i = 0; i < v->n && rc == SW_OK; i++) {
        struct leaf *leaf = NULL;

        if (store_minute_of(v->item[i].r.t_mono_us) != minute)
            continue;
        rc = find_leaf(s, &l, v->item[i].r.sensor, &leaf, err);
        if (rc == SW_OK)
            sw_chain_leaf_add(&leaf->leaf, &v->item[i].r, v->item[i].is_late);
        e.a = e.a ? e.a : (int64_t) v->item[i].number; /* numbers begin at 1 */
        e.b = (int64_t) v->item[i].number;
        e.at_us = v->item[i].arrival_us;
    }
    if (rc == SW_OK && !(body = body_of(&l, minute, &e.len)))
        rc = sw_err_set(err, SW_E_NOMEM, 0, "store: no memory for the leaves of a minute");
    if (rc == SW_OK) {
        snprintf(ref, sizeof(ref), "%lld/%lld", (long long) store_minute_of(e.at_us), (long long) minute);
        e.ref = ref;
        e.body = body;
        rc = store_chain_append(s, &e, err);
    }
    free(body);
    free(l.leaf);
    return rc;
}

int store_chain_readings(struct sw_store *s, struct store_items *v, struct sw_err *err)
{
    int64_t done = INT64_MIN;
    int rc = SW_OK;

    store_items_sort(v);
    while (rc == SW_OK) { /* usually two minutes: what arrives in a minute began in it or just before */
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < v->n; i++) {
            int64_t minute = store_minute_of(v->item[i].r.t_mono_us);

            if (minute > done && minute < next)
                next = minute;
        }
        if (next == INT64_MAX)
            break;
        rc = chain_minute(s, v, next, err);
        done = next;
    }
    return rc;
}
