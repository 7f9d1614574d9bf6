// SPDX-License-Identifier: Apache-2.0
/* An export by itself: each file against the manifest, the piece of the chain from its first entry to the signed head,
 * and what people read of it against what was chained. Its readings are verify_export_readings.c's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/evidence_export.h"
#include "cli/verify_export.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "io/jcs.h"

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

static int refuse(struct sw_err *err, const char *what)
{
    return sw_err_set(err, SW_E_INVAL, 0, "it is no export of ours: %s", what);
}

/* ---- files ---- */

static void check_file(struct verify_export *v, const json_t *said)
{
    const char *name = text_of(said, "name"), *sha256 = text_of(said, "sha256");
    const struct sw_export_file *f = name ? sw_export_find(&v->x, name) : NULL;
    char hex[65];
    sw_hash hash;

    if (!f) {
        sw_verify_find(v->r, 0, "file", name ? name : "?", INT64_MIN, "the manifest names it, and it is not there");
        return;
    }
    sw_chain_body_hash(f->bytes, f->len, hash);
    sw_hash_hex(hash, hex);
    if (!sha256 || strcmp(hex, sha256) != 0 ||
        json_integer_value(json_object_get(said, "bytes")) != (json_int_t) f->len)
        sw_verify_find(v->r, 0, "file", name, INT64_MIN, "it was changed: its hash is not the manifest's");
    else
        v->r->n_files++;
}

/* A manifest that is nobody's form, or files that it does not name, were put in by hand. */
static void check_files(struct verify_export *v)
{
    const json_t *files = json_object_get(v->manifest, "files"), *said;
    size_t i;

    json_array_foreach(files, i, said) check_file(v, said);
    for (size_t k = 0; k < v->x.n; k++) {
        bool is_named = strcmp(v->x.file[k].name, SW_EXPORT_MANIFEST) == 0;

        json_array_foreach(files, i, said) is_named =
            is_named || (text_of(said, "name") && strcmp(text_of(said, "name"), v->x.file[k].name) == 0);
        if (!is_named)
            sw_verify_find(v->r, 0, "file", v->x.file[k].name, INT64_MIN, "the manifest does not name it");
    }
}

static int load_manifest(struct verify_export *v, struct sw_err *err)
{
    const struct sw_export_file *f = sw_export_find(&v->x, SW_EXPORT_MANIFEST);
    const char *schema;
    char *canonical;
    size_t len = 0;

    if (!f)
        return refuse(err, "it has no manifest.json");
    v->manifest = json_loadb(f->bytes, f->len, JSON_REJECT_DUPLICATES, NULL);
    schema = text_of(v->manifest, "schema");
    if (!schema || strncmp(schema, "siteward.export/1.", 18) != 0)
        return refuse(err, "its manifest.json is not of schema siteward.export/1");
    if (!text_of(v->manifest, "ticket") || !text_of(v->manifest, "lang") || !text_of(v->manifest, "gw") ||
        !text_of(v->manifest, "public_key") || !json_is_array(json_object_get(v->manifest, "files")) ||
        !json_is_object(json_object_get(v->manifest, "chain")))
        return refuse(err, "its manifest.json lacks a member");
    canonical = malloc(2 * f->len + 64);
    if (!canonical)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    if (sw_jcs(f->bytes, f->len, canonical, 2 * f->len + 64, &len, NULL) != SW_OK || len != f->len ||
        memcmp(canonical, f->bytes, len) != 0)
        sw_verify_find(v->r, 0, "file", SW_EXPORT_MANIFEST, INT64_MIN, "it has not the form in which it is written");
    free(canonical);
    return SW_OK;
}

/* ---- the chain ---- */

static bool body_of(const json_t *line, const char **ret, size_t *ret_len, char **ret_heap)
{
    const json_t *text = json_object_get(line, "body");
    const char *hex = text_of(line, "body_hex");

    *ret_heap = NULL;
    if (json_is_string(text)) {
        *ret = json_string_value(text);
        *ret_len = json_string_length(text);
        return true;
    }
    if (!hex || strlen(hex) % 2)
        return false;
    *ret_len = strlen(hex) / 2;
    *ret = *ret_heap = malloc(*ret_len + 1);
    for (size_t i = 0; *ret_heap && i < *ret_len; i++) {
        const char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end;

        (*ret_heap)[i] = (char) strtoul(two, &end, 16);
        if (*end || two[0] == '-' || two[0] == '+' || two[0] == ' ')
            return false;
    }
    return *ret_heap != NULL;
}

static enum sw_chain_kind kind_of(const char *name)
{
    for (int k = 1; k < SW_CHAIN__COUNT; k++)
        if (name && strcmp(name, sw_chain_kind_name((enum sw_chain_kind) k)) == 0)
            return (enum sw_chain_kind) k;
    return SW_CHAIN__COUNT;
}

static void count_body(struct verify_export *v, enum sw_chain_kind kind)
{
    static const enum sw_verify_rows rows[SW_CHAIN__COUNT] = {
        [SW_CHAIN_WINDOW] = SW_VERIFY_WINDOWS, [SW_CHAIN_TICKET] = SW_VERIFY_REVISIONS,
        [SW_CHAIN_CONFIG] = SW_VERIFY_CONFIGS, [SW_CHAIN_COMMAND] = SW_VERIFY_COMMANDS,
        [SW_CHAIN_OUTPUT] = SW_VERIFY_ACTS,    [SW_CHAIN_SCHEDULE] = SW_VERIFY_SCHEDULES,
    };

    if (rows[kind]) /* readings are counted one by one */
        v->r->whole[rows[kind]]++;
}

/* Every byte of a line says something that is checked: no other member, order, form of a number or letter of a hash. */
static bool is_our_line(const json_t *line, const char *bytes, size_t len)
{
    static const char *const members[] = {"n", "kind", "sha256", "hash", "ref", "a", "b", "body_hex", "body"};
    char *again = json_dumps(line, JSON_COMPACT);
    bool is_ours = again && strlen(again) == len && memcmp(again, bytes, len) == 0;
    const char *name;
    json_t *value;

    free(again);
    json_object_foreach((json_t *) (uintptr_t) line, name, value)
    {
        const bool is_hex = strcmp(name, "sha256") == 0 || strcmp(name, "hash") == 0 || strcmp(name, "body_hex") == 0;
        bool is_known = false;

        for (size_t i = 0; i < SW_ARRAY_SIZE(members); i++)
            is_known = is_known || strcmp(name, members[i]) == 0;
        if (!is_known || (is_hex && (!json_is_string(value) ||
                                     json_string_value(value)[strspn(json_string_value(value), "0123456789abcdef")])))
            is_ours = false;
    }
    return is_ours;
}

static int check_entry(struct verify_export *v, const json_t *line, struct sw_err *err)
{
    const char *kind_name = text_of(line, "kind"), *sha256 = text_of(line, "sha256"), *stored = text_of(line, "hash");
    const enum sw_chain_kind kind = kind_of(kind_name);
    const uint64_t n = (uint64_t) json_integer_value(json_object_get(line, "n"));
    const char *ref = text_of(line, "ref"), *body;
    sw_hash body_hash, hash, is;
    char *heap;
    size_t len;
    int rc = SW_OK;

    if (kind == SW_CHAIN__COUNT || !sha256 || !stored || !sw_hash_parse(sha256, body_hash) ||
        !sw_hash_parse(stored, hash))
        return sw_err_set(err, SW_E_INVAL, 0, SW_EXPORT_CHAIN ": entry %" PRIu64 " lacks a member", n);
    sw_chain_entry_hash(v->previous, n, kind, body_hash, is);
    if (n != v->n + 1)
        sw_verify_find(v->r, v->n + 1, "?", NULL, INT64_MIN, "entries are missing before %" PRIu64, n);
    else if (memcmp(is, hash, sizeof(is)) != 0)
        sw_verify_find(v->r, n, kind_name, ref, INT64_MIN, "its hash does not follow from the entry before it");
    if (body_of(line, &body, &len, &heap)) {
        sw_chain_body_hash(body, len, is);
        if (memcmp(is, body_hash, sizeof(is)) != 0)
            sw_verify_find(v->r, n, kind_name, ref, INT64_MIN, "its body is not what was chained");
        else if (kind == SW_CHAIN_READINGS)
            rc = verify_export_entry(v, line, (const unsigned char *) body, len, err);
        else if (kind == SW_CHAIN_CLOCK)
            verify_export_clock(v, body, len);
        else
            count_body(v, kind);
    } else if (json_object_get(line, "body") || json_object_get(line, "body_hex")) {
        sw_verify_find(v->r, n, kind_name, ref, INT64_MIN, "its body cannot be read");
    }
    free(heap);
    memcpy(v->previous, hash, sizeof(hash));
    memcpy(v->r->head, hash, sizeof(hash));
    v->n = n;
    v->r->n_entries++;
    v->r->by_kind[kind]++;
    if (json_is_integer(json_object_get(v->checkpoint, "n")) &&
        (uint64_t) json_integer_value(json_object_get(v->checkpoint, "n")) == n)
        v->is_at_checkpoint =
            text_of(v->checkpoint, "chain_head") && strcmp(text_of(v->checkpoint, "chain_head"), stored) == 0;
    return rc;
}

static int check_chain(struct verify_export *v, struct sw_err *err)
{
    const struct sw_export_file *f = sw_export_find(&v->x, SW_EXPORT_CHAIN);
    const json_t *chain = json_object_get(v->manifest, "chain");
    const char *previous = text_of(chain, "previous");
    int rc = SW_OK;

    if (!f || !previous || !sw_hash_parse(previous, v->previous))
        return refuse(err, "it has no " SW_EXPORT_CHAIN);
    v->n = (uint64_t) json_integer_value(json_object_get(chain, "first")) - 1;
    v->r->first_n = v->n + 1;
    for (const char *at = f->bytes, *end = at + f->len; at < end && rc >= 0;) {
        const char *stop = memchr(at, '\n', (size_t) (end - at));
        json_t *line;

        if (!stop)
            stop = end;
        line = json_loadb(at, (size_t) (stop - at), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        rc = json_is_object(line)
                 ? check_entry(v, line, err)
                 : sw_err_set(err, SW_E_INVAL, 0,
                              SW_EXPORT_CHAIN ": the line after entry %" PRIu64 " is no JSON object", v->n);
        if (rc >= 0 && !is_our_line(line, at, (size_t) (stop - at)))
            sw_verify_find(v->r, v->n, text_of(line, "kind"), NULL, INT64_MIN,
                           "its line in " SW_EXPORT_CHAIN " has not the form in which it is written");
        json_decref(line);
        at = stop + 1;
    }
    v->r->last_n = v->n;
    return rc;
}

/* ---- the signature ---- */

static int check_signature(struct verify_export *v, const struct sw_verify_options *o, struct sw_err *err)
{
    const json_t *n = json_object_get(v->checkpoint, "n");
    const char *head = text_of(v->checkpoint, "chain_head"), *ts = text_of(v->checkpoint, "ts");
    const char *signature = text_of(v->checkpoint, "signature"),
               *key_text = o->key ? o->key : text_of(v->manifest, "public_key");
    const char *gw = text_of(v->checkpoint, "gw");
    unsigned char key[SW_PUBLIC_KEY_SIZE];
    char text[512];
    sw_hash hash;
    size_t len;

    if (!sw_key_public_parse(key_text, key)) {
        if (o->key)
            return sw_err_set(err, SW_E_INVAL, 0, "'%.80s' is no public key: want ed25519: and 44 letters of base64",
                              o->key);
        sw_verify_note(v->r, "The export names no key: nothing of it is signed.");
        return SW_OK;
    }
    (void) snprintf(v->r->public_key, sizeof(v->r->public_key), "%s", key_text);
    v->r->is_pinned = o->key != NULL;
    if (!json_is_object(v->checkpoint)) {
        sw_verify_note(v->r,
                       "No signed head stands over these entries: the export agrees with itself, and proves no more.");
        return SW_OK;
    }
    if (!gw || !ts || !signature || !head || !json_is_integer(n) || !sw_hash_parse(head, hash) ||
        (len = sw_chain_head_text(gw, (uint64_t) json_integer_value(n), hash, ts, text, sizeof(text))) == 0 ||
        !sw_key_verify(key, text, len, signature)) {
        sw_verify_find(v->r, (uint64_t) json_integer_value(n), "checkpoint", NULL, INT64_MIN,
                       "its signature is not of this key over this head");
    } else if (!v->is_at_checkpoint) {
        sw_verify_find(v->r, (uint64_t) json_integer_value(n), "checkpoint", NULL, INT64_MIN,
                       "the chain in the export has not the head that was signed");
    } else {
        v->r->n_checkpoints = 1;
        v->r->checkpoint_n = (uint64_t) json_integer_value(n);
        (void) sw_time_parse(ts, strlen(ts), &v->r->checkpoint_us, NULL);
    }
    if (!o->key)
        sw_verify_note(v->r,
                       "The key is the one that the export itself names: this proves only that whoever has that key "
                       "signed it. Compare it with the gateway's, or give that with --key.");
    return SW_OK;
}

/* ---- what people read ---- */

static size_t media_of(const struct verify_export *v, const char *names[SW_EXPORT_FILES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < v->x.n; i++)
        if (strncmp(v->x.file[i].name, "media/", 6) == 0)
            names[n++] = v->x.file[i].name;
    return n;
}

/* A picture's name is its hash, which the chained ticket names. */
static void check_media(struct verify_export *v, const char *const *names, size_t n)
{
    const struct sw_export_file *ticket = sw_export_find(&v->x, SW_EXPORT_TICKET);

    for (size_t i = 0; i < n; i++) {
        const struct sw_export_file *f = sw_export_find(&v->x, names[i]);
        char hex[65];
        sw_hash hash;

        sw_chain_body_hash(f->bytes, f->len, hash);
        sw_hash_hex(hash, hex);
        if (strncmp(names[i] + 6, hex, 64) != 0 || !ticket || !strstr(ticket->bytes, hex))
            sw_verify_find(v->r, 0, "file", names[i], INT64_MIN, "it is not a picture that the chained ticket names");
    }
}

static void compare(struct verify_export *v, const struct sw_export *again)
{
    const char *program = text_of(v->manifest, "program");

    for (size_t i = 0; i < again->n; i++) {
        const struct sw_export_file *f = sw_export_find(&v->x, again->file[i].name);

        if (f && f->len == again->file[i].len && memcmp(f->bytes, again->file[i].bytes, f->len) == 0)
            continue;
        if (strcmp(again->file[i].name, SW_EXPORT_TICKET) != 0 && program && strcmp(program, SW_VERSION) != 0)
            sw_verify_note(v->r,
                           "%s was made by siteward %s and cannot be compared by " SW_VERSION
                           ": believe ticket.json, chain.jsonl and readings.csv.",
                           again->file[i].name, program);
        else
            sw_verify_find(v->r, 0, "file", again->file[i].name, INT64_MIN, "it does not say what was chained");
    }
}

static int check_readable(struct verify_export *v, struct sw_err *err)
{
    const char *media[SW_EXPORT_FILES_MAX];
    struct sw_export_facts facts = {.ticket = text_of(v->manifest, "ticket"),
                                    .lang = text_of(v->manifest, "lang"),
                                    .gateway = text_of(v->manifest, "gw"),
                                    .public_key = text_of(v->manifest, "public_key"),
                                    .checkpoint = json_is_object(v->checkpoint) ? v->checkpoint : NULL,
                                    .media = media,
                                    .n_media = media_of(v, media)};
    const struct sw_export_file *f = sw_export_find(&v->x, SW_EXPORT_CHAIN);
    struct sw_export *again = calloc(1, sizeof(*again));
    int rc =
        again ? sw_export_render(again, f->bytes, f->len, &facts, err) : sw_err_set(err, SW_E_NOMEM, 0, "no memory");

    if (rc >= 0) {
        compare(v, again);
        check_media(v, media, facts.n_media);
    } else if (rc == SW_E_NOTFOUND) {
        sw_verify_find(v->r, 0, "ticket", facts.ticket, INT64_MIN, "the chain in the export says nothing of it");
        rc = SW_OK;
    }
    if (again)
        sw_export_free(again);
    free(again);
    return rc;
}

static int check(struct verify_export *v, const struct sw_verify_options *o, struct sw_err *err)
{
    int rc = load_manifest(v, err);

    if (rc < 0)
        return rc;
    (void) snprintf(v->r->gateway, sizeof(v->r->gateway), "%s", text_of(v->manifest, "gw"));
    v->checkpoint = json_object_get(v->manifest, "checkpoint");
    check_files(v);
    rc = verify_export_rows(v, err);
    if (rc >= 0)
        rc = check_chain(v, err);
    if (rc >= 0)
        verify_export_rest(v);
    if (rc >= 0)
        rc = check_signature(v, o, err);
    return rc < 0 ? rc : check_readable(v, err);
}

int sw_verify_export(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                     struct sw_err *err)
{
    struct verify_export *v = calloc(1, sizeof(*v)); /* large */
    int rc = v ? sw_export_read_zip(path, &v->x, err) : sw_err_set(err, SW_E_NOMEM, 0, "no memory");

    *ret = (struct sw_verify_report){
        .subject = SW_VERIFY_EXPORT, .from_us = INT64_MIN, .to_us = INT64_MIN, .checkpoint_us = INT64_MIN};
    if (rc >= 0) {
        v->r = ret;
        rc = check(v, o, err);
        if (rc < 0)
            sw_err_prefix(err, "%s", path);
        sw_export_free(&v->x);
        json_decref(v->manifest);
        free(v->row);
    }
    free(v);
    return rc < 0 ? rc : SW_OK;
}
