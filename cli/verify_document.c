// SPDX-License-Identifier: Apache-2.0
/* One signed document by itself: an answer of evidence, or a checkpoint. Its figures are bound to the chain's head by a
 * second signature, over the hash of the document without its member `integrity`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/verify.h"
#include "common/timefmt.h"
#include "io/jcs.h"

/** What is signed, and by whom. Texts borrowed from the document. */
struct signed_head {
    const char *gateway, *ts, *signature;
    uint64_t n;
    sw_hash head;
    int64_t ts_us;
};

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

/** The key to check with: the pinned one, else the one that the document names. */
static int take_key(const json_t *integrity, const struct sw_verify_options *o, struct sw_verify_report *r,
                    unsigned char ret[SW_PUBLIC_KEY_SIZE], struct sw_err *err)
{
    const char *own = text_of(integrity, "public_key");

    if (o->key) {
        if (!sw_key_public_parse(o->key, ret))
            return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is no public key: want ed25519: and 44 letters of base64",
                              o->key);
        r->is_pinned = true;
    } else if (!own) {
        return sw_err_set(err, SW_E_INVAL, 0,
                          "the document names no key: give the gateway's with --key ed25519:… (it is public_key in the "
                          "gateway's info document)");
    } else if (!sw_key_public_parse(own, ret)) {
        return sw_err_set(err, SW_E_INVAL, 0, "public_key: '%.80s' is no public key", own);
    }
    sw_key_public_text(ret, r->public_key);
    if (!r->is_pinned)
        sw_verify_note(r,
                       "The key is the one that the document itself names: this proves only that whoever has that key "
                       "signed it. Compare it with the gateway's, or give that with --key.");
    return SW_OK;
}

static int take_head(const json_t *root, const json_t *integrity, struct signed_head *ret, struct sw_err *err)
{
    const json_t *n = json_object_get(integrity, "n");
    const char *head = text_of(integrity, "chain_head"), *gw = text_of(root, "gw");
    struct signed_head h = {.gateway = gw ? gw : text_of(integrity, "key_id"),
                            .ts = text_of(integrity, "ts"),
                            .signature = text_of(integrity, "signature")};

    if (!h.gateway || !h.ts || !h.signature || !json_is_integer(n) || json_integer_value(n) < 0 || !head ||
        !sw_hash_parse(head, h.head) || sw_time_parse(h.ts, strlen(h.ts), &h.ts_us, NULL) < 0)
        return sw_err_set(
            err, SW_E_INVAL, 0,
            "it is not signed: one of gw, n, chain_head, ts, signature is missing or not what it should be");
    h.n = (uint64_t) json_integer_value(n);
    *ret = h;
    return SW_OK;
}

/** Hash of the document without `integrity`, in the one form. */
static int hash_document(const json_t *root, sw_hash ret, struct sw_err *err)
{
    json_t *bare = json_copy((json_t *) (uintptr_t) root);
    char *text = NULL, *canonical = NULL;
    size_t len = 0;
    int rc = SW_E_NOMEM;

    if (bare && json_object_del(bare, "integrity") == 0 &&
        (text = json_dumps(bare, JSON_COMPACT | JSON_REAL_PRECISION(17))) &&
        (canonical = malloc(SW_VERIFY_DOCUMENT_MAX + 1)))
        rc = sw_jcs(text, strlen(text), canonical, SW_VERIFY_DOCUMENT_MAX + 1, &len, err);
    else
        sw_err_set(err, SW_E_NOMEM, 0, "no memory for the document");
    if (rc == SW_OK)
        sw_chain_body_hash(canonical, len, ret);
    free(canonical);
    free(text);
    json_decref(bare);
    return rc;
}

static int check_document(const json_t *root, const json_t *integrity, const struct signed_head *h,
                          const unsigned char key[SW_PUBLIC_KEY_SIZE], struct sw_verify_report *r, struct sw_err *err)
{
    const char *said = text_of(integrity, "document_sha256"), *signature = text_of(integrity, "document_signature");
    char text[640], hex[65];
    sw_hash hash;
    size_t len;
    int rc = hash_document(root, hash, err);

    if (rc < 0)
        return rc;
    sw_hash_hex(hash, hex);
    if (!said || !signature) {
        sw_verify_find(r, h->n, "document", NULL, h->ts_us,
                       "only the chain's head is signed, not the document: its figures "
                       "are bound to nothing");
        return SW_OK;
    }
    if (strcmp(said, hex) != 0)
        sw_verify_find(r, h->n, "document", NULL, h->ts_us,
                       "the document was changed: its hash is %.12s…, signed was %.12s…", hex, said);
    len = sw_chain_document_text(h->gateway, h->n, h->head, hash, h->ts, text, sizeof(text));
    if (len == 0 || !sw_key_verify(key, text, len, signature))
        sw_verify_find(r, h->n, "document", NULL, h->ts_us,
                       "the document's signature is not of this key over this document");
    return SW_OK;
}

static int check_root(const json_t *root, const struct sw_verify_options *o, struct sw_verify_report *r,
                      struct sw_err *err)
{
    const json_t *integrity = json_object_get(root, "integrity");
    const bool is_checkpoint = !integrity && json_object_get(root, "chain_head");
    unsigned char key[SW_PUBLIC_KEY_SIZE];
    struct signed_head h;
    char text[512];
    size_t len;
    int rc;

    if (is_checkpoint)
        integrity = root;
    if (!json_is_object(integrity))
        return sw_err_set(
            err, SW_E_INVAL, 0,
            "it is no signed document: it has no member \"integrity\" (what a hub answers from its own store "
            "is not signed)");
    rc = take_head(root, integrity, &h, err);
    if (rc >= 0)
        rc = take_key(integrity, o, r, key, err);
    if (rc < 0)
        return rc;
    (void) snprintf(r->gateway, sizeof(r->gateway), "%s", h.gateway);
    r->last_n = h.n;
    r->to_us = h.ts_us;
    memcpy(r->head, h.head, sizeof(r->head));
    len = sw_chain_head_text(h.gateway, h.n, h.head, h.ts, text, sizeof(text));
    if (len == 0 || !sw_key_verify(key, text, len, h.signature))
        sw_verify_find(r, h.n, "head", NULL, h.ts_us,
                       "the signature of the chain's head is not of this key over this head");
    else
        r->n_checkpoints = 1;
    return is_checkpoint ? SW_OK : check_document(root, integrity, &h, key, r, err);
}

int sw_verify_document(const char *json, size_t len, const struct sw_verify_options *o, struct sw_verify_report *ret,
                       struct sw_err *err)
{
    json_error_t fault;
    json_t *root;
    int rc;

    *ret = (struct sw_verify_report){
        .subject = SW_VERIFY_DOCUMENT, .from_us = INT64_MIN, .to_us = INT64_MIN, .checkpoint_us = INT64_MIN};
    if (len > SW_VERIFY_DOCUMENT_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "it is longer than any document: %zu bytes", len);
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return sw_err_set(err, SW_E_INVAL, 0, "it is no JSON: %s (line %d)", fault.text, fault.line);
    rc = check_root(root, o, ret, err);
    json_decref(root);
    return rc;
}

/* ---- whichever it is ---- */

static int read_all(const char *path, char **ret, size_t *ret_len, struct sw_err *err)
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(SW_VERIFY_DOCUMENT_MAX + 1) : NULL;
    int rc = SW_OK;

    if (!f)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    if (!text) {
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", path);
    } else {
        *ret_len = fread(text, 1, SW_VERIFY_DOCUMENT_MAX + 1, f);
        if (ferror(f))
            rc = sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    }
    (void) fclose(f);
    if (rc < 0)
        free(text);
    else
        *ret = text;
    return rc;
}

int sw_verify_file(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                   struct sw_err *err)
{
    static const char sqlite[16] = "SQLite format 3", zip[4] = {'P', 'K', 3, 4};
    char head[16] = "", *text;
    FILE *f = fopen(path, "re");
    size_t len;
    int rc;

    if (!f)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    len = fread(head, 1, sizeof(head), f);
    rc = ferror(f) ? sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno)) : SW_OK;
    (void) fclose(f);
    if (rc < 0)
        return rc;
    if (len == sizeof(head) && memcmp(head, sqlite, sizeof(sqlite)) == 0)
        return sw_verify_database(path, o, ret, err);
    if (len >= sizeof(zip) && memcmp(head, zip, sizeof(zip)) == 0)
        return sw_verify_export(path, o, ret, err);
    rc = read_all(path, &text, &len, err);
    if (rc < 0)
        return rc;
    rc = sw_verify_document(text, len, o, ret, err);
    free(text);
    if (rc < 0)
        sw_err_prefix(err, "%s", path);
    return rc;
}
