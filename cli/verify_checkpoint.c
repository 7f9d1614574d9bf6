// SPDX-License-Identifier: Apache-2.0
/* Signed heads of the chain, from a file that somebody kept and from the store itself: the signature, and that the
 * chain still has that head. What was published once cannot be rewritten unseen, not even by who holds the key. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/timefmt.h"

#define LINE_MAX_BYTES 65536
#define IN_STORE "in the store"

static const char NO_KEY[] = "its signature is by no key that this chain names";

/* ---- keys ---- */

/* A key that takes the place of another is signed for by it, or whoever pinned the old one is to ask. */
static void check_successor(struct verify *v, const json_t *root, const struct verify_key *k)
{
    const char *signature = json_string_value(json_object_get(root, "signature"));

    if (v->n_key == 0)
        return;
    if (!signature)
        sw_verify_note(v->r,
                       "At entry %llu the key changed, and the old one did not sign for the new one: ask who keeps the "
                       "gateway whether it was replaced then.",
                       (unsigned long long) k->n);
    else if (!sw_key_verify(v->key[v->n_key - 1].key, k->key, sizeof(k->key), signature))
        sw_verify_find(v->r, k->n, "key", NULL, INT64_MIN, "the old key's signature for the new one is wrong");
}

static int load_keys(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(v->db, "SELECT n, body FROM chain WHERE kind = 9 ORDER BY n", &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 1, &len);
        json_t *root = body ? json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
        struct verify_key k = {.n = (uint64_t) sw_db_int(st, 0)};
        const char *text = json_string_value(json_object_get(root, "public_key"));
        void *array = v->key;

        if (!text || !sw_key_public_parse(text, k.key)) {
            sw_verify_find(v->r, k.n, "key", NULL, INT64_MIN, "it names no key");
        } else if (!verify_grow(&array, v->n_key, &v->cap_key, sizeof(*v->key))) {
            rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
        } else {
            v->key = array;
            check_successor(v, root, &k);
            v->key[v->n_key++] = k;
            sw_key_public_text(k.key, v->r->public_key);
        }
        json_decref(root);
    }
    sw_db_finalize(st);
    return rc;
}

/* Where retention took the beginning, the key's entry went too: the key that somebody else kept stands in. */
static int take_pinned(struct verify *v, const unsigned char pinned[SW_PUBLIC_KEY_SIZE], struct sw_err *err)
{
    void *array = v->key;

    if (!verify_grow(&array, v->n_key, &v->cap_key, sizeof(*v->key)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->key = array;
    memcpy(v->key[v->n_key++].key, pinned, SW_PUBLIC_KEY_SIZE);
    return SW_OK;
}

static int check_pinned(struct verify *v, struct sw_err *err)
{
    unsigned char pinned[SW_PUBLIC_KEY_SIZE];
    int64_t first = 0;
    int rc = sw_db_value(v->db, "SELECT min(n) FROM chain", 0, &first, err);

    v->is_keyless =
        v->n_key == 0 && first > 1 && verify_is_pruned(v, (uint64_t) first, SW_VERIFY_ENTRIES, "", first - 1);
    if (!v->o->key || rc < 0)
        return rc;
    if (!sw_key_public_parse(v->o->key, pinned))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is no public key: want ed25519: and 44 letters of base64",
                          v->o->key);
    if (v->is_keyless)
        return take_pinned(v, pinned, err);
    for (size_t i = 0; i < v->n_key; i++)
        if (memcmp(v->key[i].key, pinned, sizeof(pinned)) == 0)
            v->r->is_pinned = true;
    if (!v->r->is_pinned)
        sw_verify_find(v->r, 0, "key", NULL, INT64_MIN,
                       "the chain does not name the key that was asked for: it is of "
                       "another gateway, or was made anew with another key");
    return SW_OK;
}

/* ---- documents ---- */

static bool is_signed(const struct verify *v, const char *text, size_t len, const char *signature)
{
    for (size_t i = 0; i < v->n_key; i++)
        if (sw_key_verify(v->key[i].key, text, len, signature))
            return true;
    return false;
}

/** @return NULL, or what is wrong */
static const char *take_document(struct verify *v, const char *json, size_t len, struct verify_checkpoint *ret)
{
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *n = json_object_get(root, "n");
    const char *head = json_string_value(json_object_get(root, "chain_head"));
    const char *ts = json_string_value(json_object_get(root, "ts"));
    const char *signature = json_string_value(json_object_get(root, "signature"));
    const char *gw = json_string_value(json_object_get(root, "gw"));
    const char *wrong = NULL;
    char text[512];

    if (!root)
        wrong = "it is no JSON";
    else if (!json_is_integer(n) || json_integer_value(n) < 0 || !head || !sw_hash_parse(head, ret->head) || !ts ||
             !signature || !gw || sw_time_parse(ts, strlen(ts), &ret->ts_us, NULL) < 0)
        wrong = "it lacks one of n, chain_head, ts, signature, gw, or one is not what it should be";
    else if (v->r->gateway[0] && strcmp(v->r->gateway, gw) != 0)
        wrong = "it is of another gateway";
    if (!wrong) {
        ret->n = (uint64_t) json_integer_value(n);
        (void) snprintf(v->r->gateway, sizeof(v->r->gateway), "%s", gw);
        len = sw_chain_head_text(gw, ret->n, ret->head, ts, text, sizeof(text));
        if (len == 0 || !is_signed(v, text, len, signature))
            wrong = NO_KEY;
    }
    json_decref(root);
    return wrong;
}

static int add_document(struct verify *v, const char *json, size_t len, const char *from, struct sw_err *err)
{
    struct verify_checkpoint c = {0};
    const char *wrong = take_document(v, json, len, &c);
    void *array = v->checkpoint;

    if (wrong == NO_KEY && v->is_keyless && v->n_key == 0) {
        v->n_unsigned++;
        return SW_OK;
    }
    if (wrong) {
        sw_verify_find(v->r, c.n, "checkpoint", from, INT64_MIN, "%s", wrong);
        return SW_OK;
    }
    if (v->n_checkpoint == SW_VERIFY_CHECKPOINTS_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "%s: more than %d checkpoints", v->o->checkpoints,
                          SW_VERIFY_CHECKPOINTS_MAX);
    if (!verify_grow(&array, v->n_checkpoint, &v->cap_checkpoint, sizeof(*v->checkpoint)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the checkpoints");
    v->checkpoint = array;
    (void) snprintf(c.from, sizeof(c.from), "%s", from);
    v->checkpoint[v->n_checkpoint++] = c;
    return SW_OK;
}

static int load_file(struct verify *v, struct sw_err *err)
{
    FILE *f = fopen(v->o->checkpoints, "re");
    char *line = NULL, from[24];
    size_t cap = 0, number = 0, documents = 0;
    ssize_t len;
    int rc = SW_OK;

    if (!f)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", v->o->checkpoints, strerror(errno));
    while (rc >= 0 && (len = getline(&line, &cap, f)) >= 0) {
        number++;
        (void) snprintf(from, sizeof(from), "line %zu", number);
        if (len > LINE_MAX_BYTES)
            rc = sw_err_set(err, SW_E_INVAL, 0, "%s:%zu: the line is longer than %d bytes: these are no checkpoints",
                            v->o->checkpoints, number, LINE_MAX_BYTES);
        else if (strspn(line, " \t\r\n") < (size_t) len && ++documents)
            rc = add_document(v, line, (size_t) len, from, err);
    }
    if (rc >= 0 && ferror(f))
        rc = sw_err_set(err, SW_E_IO, errno, "%s: %s", v->o->checkpoints, strerror(errno));
    if (rc >= 0 && documents == 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s: it is empty: it proves nothing", v->o->checkpoints);
    free(line);
    (void) fclose(f);
    return rc;
}

int sw_verify_stored_checkpoints(struct sw_db *db, sw_verify_checkpoint_fn take, void *ctx, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc = sw_db_prepare(db,
                           "SELECT payload FROM outbox WHERE topic LIKE 'gw/%/checkpoint' AND length(payload) > 0"
                           " UNION ALL SELECT CAST(value AS BLOB) FROM meta WHERE key = 'checkpoint'",
                           &st, err);

    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const char *json = sw_db_blob(st, 0, &len);

        rc = take(ctx, json, len, err);
    }
    sw_db_finalize(st);
    return rc;
}

static int add_stored(void *ctx, const char *json, size_t len, struct sw_err *err)
{
    return add_document(ctx, json, len, IN_STORE, err);
}

static int by_n(const void *left, const void *right)
{
    const uint64_t a = ((const struct verify_checkpoint *) left)->n, b = ((const struct verify_checkpoint *) right)->n;

    return (a > b) - (a < b);
}

int verify_checkpoints_load(struct verify *v, struct sw_err *err)
{
    int rc = load_keys(v, err);

    if (rc >= 0)
        rc = check_pinned(v, err);
    if (rc >= 0)
        rc = sw_verify_stored_checkpoints(v->db, add_stored, v, err);
    if (rc >= 0 && v->o->checkpoints)
        rc = load_file(v, err);
    if (rc >= 0 && v->n_checkpoint)
        qsort(v->checkpoint, v->n_checkpoint, sizeof(*v->checkpoint), by_n);
    return rc;
}

void verify_checkpoints_at(struct verify *v, const struct verify_entry *e, const sw_hash computed)
{
    for (; v->next_checkpoint < v->n_checkpoint; v->next_checkpoint++) {
        const struct verify_checkpoint *c = &v->checkpoint[v->next_checkpoint];

        if (e && c->n > e->n)
            return;
        if (c->n == 0) /* signed before the first entry */
            continue;
        if (c->n <= v->r->pruned[SW_VERIFY_ENTRIES]) { /* of entries that retention took */
            v->n_too_old++;
            continue;
        }
        if (!e || c->n < e->n)
            sw_verify_find(v->r, c->n, "checkpoint", c->from, c->ts_us,
                           e ? "the entry that it was signed over is missing"
                             : "the chain ends before the entry that it was signed over: its end was cut off");
        else if (memcmp(c->head, e->hash, sizeof(sw_hash)) != 0 && memcmp(c->head, computed, sizeof(sw_hash)) != 0)
            sw_verify_find(v->r, c->n, "checkpoint", c->from, c->ts_us,
                           "the chain has another hash at this entry than was signed: the past was rewritten");
        else {
            v->r->n_checkpoints++;
            v->r->checkpoint_n = c->n;
            v->r->checkpoint_us = c->ts_us;
            v->r->n_kept_away += strcmp(c->from, IN_STORE) != 0;
        }
    }
    if (!e && v->n_unsigned)
        sw_verify_note(v->r,
                       "%llu checkpoints cannot be checked: retention took the entry that named the key. Give it with "
                       "--key.",
                       (unsigned long long) v->n_unsigned);
    if (!e && v->n_too_old)
        sw_verify_note(v->r, "%llu checkpoints are of entries that retention took: they were not compared.",
                       (unsigned long long) v->n_too_old);
}
