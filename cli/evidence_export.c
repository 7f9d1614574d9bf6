// SPDX-License-Identifier: Apache-2.0
/* What a store holds of one ticket: the piece of the chain from before the matter to the next signed head, with the
 * bodies of what the matter is made of, and the readings around it. Reads only. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export_int.h"
#include "cli/verify.h"
#include "common/macros.h"
#include "io/jcs.h"

#define AROUND_US (30 * 60 * SW_US_PER_S)
#define LONGEST_US (24 * 3600 * SW_US_PER_S)

int export_no_memory(struct sw_err *err)
{
    return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the export");
}

/* ---- where ---- */

static int64_t time_of(const json_t *ticket, const char *member)
{
    const json_t *v = json_object_get(ticket, member);

    return json_is_integer(v) ? json_integer_value(v) : INT64_MIN;
}

static int find_ticket(struct collect *c, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int64_t opened_us, measured_us, ended_us;
    int rc = sw_db_prepare(c->db, "SELECT n, json FROM ticket_revision WHERE ticket = ?1 ORDER BY n", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_text(st, 1, c->ask->ticket);
    while ((rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const char *json = sw_db_text(st, 1, &len);

        if (c->first_n == 0)
            c->first_n = sw_db_int(st, 0);
        c->last_n = sw_db_int(st, 0);
        json_decref(c->ticket);
        c->ticket = json_loadb(json, len, 0, NULL);
    }
    sw_db_finalize(st);
    if (rc < 0)
        return rc;
    if (!c->ticket)
        return sw_err_set(err, SW_E_NOTFOUND, 0,
                          "%s has no ticket '%.60s' in its chain ('siteward tickets --json' names them)",
                          c->ask->database, c->ask->ticket);
    opened_us = time_of(c->ticket, "opened_us");
    measured_us = time_of(c->ticket, "measured_from_us");
    ended_us = time_of(c->ticket, "ended_us");
    c->x->time_us = time_of(c->ticket, "changed_us");
    if (ended_us == INT64_MIN)
        ended_us = c->x->time_us;
    if (opened_us == INT64_MIN)
        opened_us = c->x->time_us;
    if (measured_us != INT64_MIN && measured_us > 0)
        opened_us = SW_MIN(opened_us, measured_us);
    c->from_us = opened_us - AROUND_US;
    c->to_us = SW_MIN(ended_us + AROUND_US, c->from_us + LONGEST_US);
    return SW_OK;
}

/** The chain's piece begins where the matter does, with the clock entry before it: readings take their time of day from
 *  that. */
static int find_beginning(struct collect *c, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    bool is_clock = false;
    int rc = sw_db_prepare(c->db, "SELECT n, at_us, hash, kind FROM chain WHERE n < ?1 ORDER BY n DESC", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, c->first_n);
    for (int64_t steps = 0; (rc = sw_db_step(st, err)) == 1 && steps < SW_EXPORT_ENTRIES_MAX; steps++) {
        size_t len;
        const void *hash = sw_db_blob(st, 2, &len);

        if (sw_db_int(st, 1) < c->from_us && is_clock) {
            if (len == SW_HASH_SIZE)
                memcpy(c->previous, hash, SW_HASH_SIZE);
            break;
        }
        c->first_n = sw_db_int(st, 0);
        is_clock = sw_db_int(st, 3) == SW_CHAIN_CLOCK;
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

static int has_head(struct collect *c, int64_t n, const char *head, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    char hex[65];
    int rc = sw_db_prepare(c->db, "SELECT hash FROM chain WHERE n = ?1", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, n);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        size_t len;
        const void *hash = sw_db_blob(st, 0, &len);

        if (len == SW_HASH_SIZE)
            sw_hash_hex(hash, hex);
        rc = len == SW_HASH_SIZE && strcmp(hex, head) == 0;
    }
    sw_db_finalize(st);
    return rc;
}

/** The oldest signed head that covers all revisions is the best: it needs the shortest piece. */
static int offer_checkpoint(void *ctx, const char *json, size_t len, struct sw_err *err)
{
    struct collect *c = ctx;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *n = json_object_get(root, "n");
    const char *head = json_string_value(json_object_get(root, "chain_head"));
    const char *gw = json_string_value(json_object_get(root, "gw"));
    int rc = 0;

    if (json_is_integer(n) && head && gw && json_integer_value(n) >= c->last_n &&
        (!c->checkpoint || json_integer_value(n) < json_integer_value(json_object_get(c->checkpoint, "n"))))
        rc = has_head(c, json_integer_value(n), head, err);
    if (rc == 1) {
        json_decref(c->checkpoint);
        c->checkpoint = json_incref(root);
        (void) snprintf(c->gateway, sizeof(c->gateway), "%s", gw);
    }
    json_decref(root);
    return rc < 0 ? rc : SW_OK;
}

static int find_checkpoint(struct collect *c, struct sw_err *err)
{
    int rc = sw_verify_stored_checkpoints(c->db, offer_checkpoint, c, err);

    if (rc >= 0 && c->ask->checkpoints) {
        FILE *f = fopen(c->ask->checkpoints, "re");
        char *line = NULL;
        size_t cap = 0;
        ssize_t got;

        if (!f)
            return sw_err_set(err, SW_E_IO, errno, "%s: %s", c->ask->checkpoints, strerror(errno));
        while (rc >= 0 && (got = getline(&line, &cap, f)) >= 0)
            rc = offer_checkpoint(c, line, (size_t) got, err);
        free(line);
        (void) fclose(f);
    }
    if (rc >= 0 && c->checkpoint)
        c->last_n = json_integer_value(json_object_get(c->checkpoint, "n"));
    return rc < 0 ? rc : SW_OK;
}

static int find_key(struct collect *c, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int rc =
        sw_db_prepare(c->db, "SELECT body FROM chain WHERE kind = 9 AND n <= ?1 ORDER BY n DESC LIMIT 1", &st, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, c->last_n);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);
        json_t *root = json_loadb(body ? body : "", len, 0, NULL);
        const char *key = json_string_value(json_object_get(root, "public_key"));

        (void) snprintf(c->public_key, sizeof(c->public_key), "%s", key ? key : "");
        json_decref(root);
    }
    sw_db_finalize(st);
    return rc < 0 ? rc : SW_OK;
}

/* ---- the chain ---- */

static const char chain_sql[] =
    "SELECT c.n, c.kind, c.at_us, c.ref, c.a, c.b, c.sha256, c.hash, CASE c.kind"
    " WHEN 2 THEN (SELECT window_json(body) FROM window w WHERE w.period = substr(c.ref, 1, instr(c.ref, '/') - 1)"
    "  AND w.from_us = c.a AND w.sensor = substr(c.ref, instr(c.ref, '/') + 1))"
    " WHEN 3 THEN (SELECT json FROM ticket_revision r WHERE r.n = c.n)"
    " WHEN 5 THEN (SELECT json FROM command m WHERE m.n = c.n)"
    " WHEN 6 THEN (SELECT json FROM act t WHERE t.id = c.a) ELSE c.body END"
    " FROM chain c WHERE c.n BETWEEN ?1 AND ?2 ORDER BY c.n";

/* Whether the body of an entry belongs to the matter: what others' tickets and commands say does not. */
static bool is_of_matter(const struct collect *c, struct sw_db_stmt *st, const char *body, size_t len)
{
    const int64_t at_us = sw_db_int(st, 2);
    const char *ref = sw_db_text(st, 3, NULL);
    const bool is_then = at_us >= c->from_us && at_us <= c->to_us;

    switch ((enum sw_chain_kind) sw_db_int(st, 1)) {
    case SW_CHAIN_TICKET:
        return ref && strcmp(ref, c->ask->ticket) == 0;
    case SW_CHAIN_COMMAND:
        return memmem(body, len, c->ask->ticket, strlen(c->ask->ticket)) != NULL;
    case SW_CHAIN_READINGS:
    case SW_CHAIN_WINDOW:
    case SW_CHAIN_OUTPUT:
        return is_then;
    default:
        return true;
    }
}

static int note_minute(struct collect *c, const char *ref, struct sw_err *err)
{
    const int64_t minute = ref ? strtoll(ref, NULL, 10) : 0;

    for (size_t i = c->n_minutes; i > 0 && i + 8 > c->n_minutes; i--)
        if (c->minute[i - 1] == minute)
            return SW_OK;
    if (c->n_minutes == c->cap_minutes) {
        const size_t cap = c->cap_minutes ? 2 * c->cap_minutes : 256;
        int64_t *grown = realloc(c->minute, cap * sizeof(*grown));

        if (!grown)
            return export_no_memory(err);
        c->minute = grown;
        c->cap_minutes = cap;
    }
    c->minute[c->n_minutes++] = minute;
    return SW_OK;
}

static void put_optional(FILE *to, const char *name, struct sw_db_stmt *st, int at)
{
    if (sw_db_text(st, at, NULL))
        fprintf(to, ",\"%s\":%" PRId64, name, sw_db_int(st, at));
}

static bool put_text(FILE *to, const char *name, const char *text, size_t len)
{
    json_t *value = json_stringn(text, len);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    if (quoted)
        fprintf(to, ",\"%s\":%s", name, quoted);
    free(quoted);
    json_decref(value);
    return quoted != NULL;
}

static int put_entry(struct collect *c, struct sw_db_stmt *st, FILE *to, struct sw_err *err)
{
    const enum sw_chain_kind kind = (enum sw_chain_kind) sw_db_int(st, 1);
    const char *ref = sw_db_text(st, 3, NULL), *body;
    size_t sha256_len, hash_len, len = 0;
    const void *sha256 = sw_db_blob(st, 6, &sha256_len), *hash = sw_db_blob(st, 7, &hash_len);
    char hex[2][65];

    if (sha256_len != SW_HASH_SIZE || hash_len != SW_HASH_SIZE)
        return sw_err_set(err, SW_E_CORRUPT, 0, "entry %" PRId64 " of the chain is broken: see siteward verify",
                          sw_db_int(st, 0));
    sw_hash_hex(sha256, hex[0]);
    sw_hash_hex(hash, hex[1]);
    fprintf(to, "{\"n\":%" PRId64 ",\"kind\":\"%s\",\"sha256\":\"%s\",\"hash\":\"%s\"", sw_db_int(st, 0),
            sw_chain_kind_name(kind), hex[0], hex[1]);
    body = sw_db_blob(st, 8, &len);
    if (body && len && is_of_matter(c, st, body, len)) {
        /* only what the check finds again in what was hashed */
        if (ref && (kind == SW_CHAIN_TICKET || (kind == SW_CHAIN_WINDOW && strncmp(ref, "1m/", 3) == 0)))
            put_text(to, "ref", ref, strlen(ref));
        if (kind == SW_CHAIN_TICKET || kind == SW_CHAIN_READINGS)
            put_optional(to, "a", st, 4);
        if (kind == SW_CHAIN_READINGS)
            put_optional(to, "b", st, 5);
        if (kind == SW_CHAIN_READINGS) {
            int rc = note_minute(c, ref, err);

            if (rc < 0)
                return rc;
            fputs(",\"body_hex\":\"", to);
            for (size_t i = 0; i < len; i++)
                fprintf(to, "%02x", ((const unsigned char *) body)[i]);
            fputc('"', to);
        } else if (!put_text(to, "body", body, len)) {
            return sw_err_set(err, SW_E_CORRUPT, 0, "entry %" PRId64 ": its text is broken: see siteward verify",
                              sw_db_int(st, 0));
        }
    }
    fputs("}\n", to);
    return SW_OK;
}

int export_close(struct collect *c, FILE *f, const char *name, char **text, size_t *len, int rc, struct sw_err *err)
{
    if (fclose(f) != 0 && rc >= 0)
        rc = export_no_memory(err);
    if (rc < 0) {
        free(*text);
        return rc;
    }
    return sw_export_add(c->x, name, *text, *len, err);
}

static int collect_chain(struct collect *c, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *f;
    int rc;

    if (c->last_n - c->first_n >= SW_EXPORT_ENTRIES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "the matter spans more than %d entries of the chain",
                          SW_EXPORT_ENTRIES_MAX);
    f = open_memstream(&text, &len);
    if (!f)
        return export_no_memory(err);
    rc = sw_db_prepare(c->db, chain_sql, &st, err);
    if (rc >= 0) {
        sw_db_bind_int(st, 1, c->first_n);
        sw_db_bind_int(st, 2, c->last_n);
    }
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        rc = put_entry(c, st, f, err);
    sw_db_finalize(st);
    return export_close(c, f, SW_EXPORT_CHAIN, &text, &len, rc, err);
}

/* ---- the manifest ---- */

static int add_manifest(struct collect *c, struct sw_err *err)
{
    json_t *files = json_array(), *root;
    char hex[65], *text, *canonical;
    size_t len;
    sw_hash hash;
    int rc = SW_E_NOMEM;

    for (size_t i = 0; i < c->x->n; i++) {
        sw_chain_body_hash(c->x->file[i].bytes, c->x->file[i].len, hash);
        sw_hash_hex(hash, hex);
        json_array_append_new(files, json_pack("{s:s,s:I,s:s}", "name", c->x->file[i].name, "bytes",
                                               (json_int_t) c->x->file[i].len, "sha256", hex));
    }
    sw_hash_hex(c->previous, hex);
    root = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:O?,s:o,s:{s:I,s:I,s:s}}", "schema", "siteward.export/1.0", "program",
                     SW_VERSION, "ticket", c->ask->ticket, "gw", c->gateway, "lang", c->ask->lang, "public_key",
                     c->public_key, "checkpoint", c->checkpoint, "files", files, "chain", "first",
                     (json_int_t) c->first_n, "last", (json_int_t) c->last_n, "previous", hex);
    text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    len = text ? strlen(text) : 0;
    canonical = text ? malloc(2 * len + 64) : NULL;
    if (canonical)
        rc = sw_jcs(text, len, canonical, 2 * len + 64, &len, err);
    else
        export_no_memory(err);
    free(text);
    if (rc < 0) {
        free(canonical);
        return rc;
    }
    return sw_export_add(c->x, SW_EXPORT_MANIFEST, canonical, len, err);
}

static int collect(struct collect *c, struct sw_err *err)
{
    struct sw_export_facts facts = {.ticket = c->ask->ticket, .lang = c->ask->lang, .media = c->media};
    const struct sw_export_file *chain;
    int rc = sw_db_exec(c->db, "BEGIN", err); /* one state of the file */

    if (rc >= 0)
        rc = find_ticket(c, err);
    if (rc >= 0)
        rc = find_beginning(c, err);
    if (rc >= 0)
        rc = find_checkpoint(c, err);
    if (rc >= 0)
        rc = find_key(c, err);
    if (rc >= 0)
        rc = collect_chain(c, err);
    if (rc >= 0)
        rc = export_readings(c, err);
    if (rc >= 0)
        rc = export_pictures(c, err);
    if (rc < 0)
        return rc;
    facts.gateway = c->gateway;
    facts.public_key = c->public_key;
    facts.checkpoint = c->checkpoint;
    facts.n_media = c->n_media;
    chain = sw_export_find(c->x, SW_EXPORT_CHAIN);
    rc = sw_export_render(c->x, chain->bytes, chain->len, &facts, err);
    return rc < 0 ? rc : add_manifest(c, err);
}

int sw_export_collect(const struct sw_export_ask *ask, struct sw_export *ret, struct sw_err *err)
{
    struct collect c = {.ask = ask, .x = ret};
    int rc;

    *ret = (struct sw_export){0};
    rc = sw_db_open(ask->database, true, &c.db, err);
    if (rc >= 0)
        rc = collect(&c, err);
    json_decref(c.ticket);
    json_decref(c.checkpoint);
    free(c.minute);
    if (c.db)
        sw_db_rollback(c.db);
    sw_db_close(c.db);
    if (rc < 0)
        sw_export_free(ret);
    return rc < 0 ? rc : SW_OK;
}
