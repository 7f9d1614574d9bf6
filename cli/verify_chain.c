// SPDX-License-Identifier: Apache-2.0
/* Walks a store's chain from its first entry: that no number is missing, that each hash follows from the one before,
 * and what each entry hangs on (verify_body.c). Opening and closing; what an entry's body is, is left to the others. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "gateway/store.h"

static const char complaint_command_sql[] = "SELECT m.json, c.sha256 FROM command m JOIN chain c ON c.n = m.n AND"
                                            " c.kind = 5 WHERE m.at_us = ?1 AND m.kind = 'complaint'";
static const char *const verify_sql[VERIFY_STMT__COUNT] = {
    [VERIFY_WINDOW] = "SELECT window_json(body), to_us FROM window WHERE period = ?1 AND from_us = ?2 AND sensor = ?3",
    [VERIFY_REVISION] = "SELECT json, ticket, revision FROM ticket_revision WHERE n = ?1",
    [VERIFY_COMMAND] = "SELECT json, at_us, kind, actor, id, content FROM command WHERE n = ?1",
    [VERIFY_ACT] = "SELECT json, at_us, kind, subject FROM act WHERE id = ?1",
    [VERIFY_CONFIG] = "SELECT body FROM config WHERE sha256 = ?1",
    [VERIFY_SCHEDULE] = "SELECT body, at_us FROM schedule WHERE revision = ?1",
    [VERIFY_BLOCKS] =
        "SELECT minute, sensor, quantity, body FROM block WHERE id >= ?1 << 24 AND id < (?2 + 1) << 24 ORDER BY id",
    [VERIFY_LATER] = "SELECT n FROM chain WHERE n > ?1 AND kind = ?2 AND a IS ?3 AND ref IS ?4 AND n <= ?5 LIMIT 1",
    [VERIFY_COMPLAINT_COMMAND] = complaint_command_sql,
};

bool verify_grow(void **array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 64;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *cap = more;
    return true;
}

/* Findings stand in order of their entries, those that hang on none last: the first is the first broken entry. */
static size_t place_of(const struct sw_verify_report *r, uint64_t n)
{
    size_t at = SW_MIN(r->n_findings, SW_VERIFY_FINDINGS_MAX);

    while (n && at > 0 && (r->finding[at - 1].n == 0 || r->finding[at - 1].n > n))
        at--;
    return at;
}

__attribute__((format(printf, 6, 0))) static void find_va(struct sw_verify_report *r, uint64_t n, const char *kind,
                                                          const char *ref, int64_t at_us, const char *fmt, va_list ap)
{
    const size_t at = place_of(r, n), kept = SW_MIN(r->n_findings, SW_VERIFY_FINDINGS_MAX - 1);

    r->n_findings++;
    if (at == SW_VERIFY_FINDINGS_MAX)
        return;
    if (at < kept)
        memmove(&r->finding[at + 1], &r->finding[at], (kept - at) * sizeof(r->finding[0]));
    struct sw_verify_finding *f = &r->finding[at];
    *f = (struct sw_verify_finding){.n = n, .at_us = at_us};
    (void) snprintf(f->kind, sizeof(f->kind), "%s", kind);
    (void) snprintf(f->ref, sizeof(f->ref), "%s", ref ? ref : "");
    (void) vsnprintf(f->what, sizeof(f->what), fmt, ap);
}

void sw_verify_find(struct sw_verify_report *r, uint64_t n, const char *kind, const char *ref, int64_t at_us,
                    const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    find_va(r, n, kind, ref, at_us, fmt, ap);
    va_end(ap);
}

void verify_find(struct verify *v, const struct verify_entry *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    find_va(v->r, e->n, sw_chain_kind_name(e->kind), e->ref, e->at_us, fmt, ap);
    va_end(ap);
}

void sw_verify_note(struct sw_verify_report *r, const char *fmt, ...)
{
    va_list ap;

    if (r->n_notes == SW_VERIFY_NOTES_MAX)
        return;
    va_start(ap, fmt);
    (void) vsnprintf(r->note[r->n_notes++], sizeof(r->note[0]), fmt, ap);
    va_end(ap);
}

/* ---- one entry ---- */

/** @return false: a finding was added, the row is no entry */
static bool take_entry(struct verify *v, struct sw_db_stmt *st, struct verify_entry *ret)
{
    struct verify_entry e = {.n = (uint64_t) sw_db_int(st, 0),
                             .kind = (enum sw_chain_kind) sw_db_int(st, 1),
                             .at_us = sw_db_int(st, 2),
                             .ref = sw_db_text(st, 3, NULL),
                             .a = sw_db_int(st, 4),
                             .b = sw_db_int(st, 5),
                             .has_a = sw_db_text(st, 4, NULL) != NULL,
                             .has_b = sw_db_text(st, 5, NULL) != NULL};
    size_t sha256_len, hash_len;
    const void *sha256 = sw_db_blob(st, 7, &sha256_len), *hash = sw_db_blob(st, 8, &hash_len);
    const int64_t kind = sw_db_int(st, 1);

    if (sw_db_text(st, 6, NULL)) {
        e.body = sw_db_blob(st, 6, &e.body_len);
        if (!e.body)
            e.body = "";
    }
    if (kind <= 0 || kind >= SW_CHAIN__COUNT) {
        sw_verify_find(v->r, e.n, "?", e.ref, e.at_us, "its kind is %lld, and there is none such", (long long) kind);
        return false;
    }
    if (sha256_len != SW_HASH_SIZE || hash_len != SW_HASH_SIZE) {
        verify_find(v, &e, "a hash of it has not 32 bytes");
        return false;
    }
    memcpy(e.sha256, sha256, SW_HASH_SIZE);
    memcpy(e.hash, hash, SW_HASH_SIZE);
    *ret = e;
    return true;
}

/** Hashes from which the next entry may follow: as stored, and as computed. They differ only where a break was told,
 *  so that one changed row is one finding and not all that come after it. */
struct link {
    uint64_t n;
    sw_hash stored, computed;
};

static void check_link(struct verify *v, const struct verify_entry *e, struct link *l)
{
    sw_hash hash;

    /* retention took the oldest entries: what the first one follows from is not known any more */
    if (v->r->n_entries == 0 && e->n > 1 && verify_is_pruned(v, e->n, SW_VERIFY_ENTRIES, "", (int64_t) e->n - 1)) {
        v->r->pruned[SW_VERIFY_ENTRIES] = e->n - 1;
        memcpy(l->stored, e->hash, sizeof(sw_hash));
        memcpy(l->computed, e->hash, sizeof(sw_hash));
        l->n = e->n;
        return;
    }
    if (e->n > l->n + 1)
        sw_verify_find(v->r, l->n + 1, "?", NULL, INT64_MIN, "entries %llu to %llu are missing",
                       (unsigned long long) (l->n + 1), (unsigned long long) (e->n - 1));
    sw_chain_entry_hash(l->computed, e->n, e->kind, e->sha256, hash);
    if (memcmp(hash, e->hash, sizeof(hash)) != 0) {
        sw_chain_entry_hash(l->stored, e->n, e->kind, e->sha256, hash);
        if (memcmp(hash, e->hash, sizeof(hash)) != 0 && e->n == l->n + 1)
            verify_find(v, e, "its hash does not follow from the entry before it, its kind and its body's hash");
    }
    memcpy(l->stored, e->hash, sizeof(hash));
    memcpy(l->computed, hash, sizeof(hash));
    l->n = e->n;
}

static void note_entry(struct verify *v, const struct verify_entry *e)
{
    struct sw_verify_report *r = v->r;

    if (r->n_entries == 0) {
        r->first_n = e->n;
        r->from_us = e->at_us;
    }
    r->n_entries++;
    r->last_n = e->n;
    r->to_us = e->at_us;
    r->by_kind[e->kind]++;
    memcpy(r->head, e->hash, sizeof(r->head));
}

static int walk(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    struct link link = {0};
    int64_t total = 0;
    int rc = sw_db_value(v->db, "SELECT max(n) FROM chain", 0, &total, err);

    if (rc >= 0)
        rc = sw_db_value(v->db, "SELECT at_us FROM chain ORDER BY n LIMIT 1", INT64_MIN, &v->begun_us, err);
    if (rc >= 0)
        rc = sw_db_prepare(v->db, "SELECT n, kind, at_us, ref, a, b, body, sha256, hash FROM chain ORDER BY n", &st,
                           err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1) {
        struct verify_entry e;

        if (!take_entry(v, st, &e)) {
            link.n = (uint64_t) sw_db_int(st, 0);
            continue;
        }
        check_link(v, &e, &link);
        note_entry(v, &e);
        verify_checkpoints_at(v, &e, link.computed);
        rc = verify_body(v, &e, err);
        if (v->o->progress && (e.n & 1023) == 0)
            v->o->progress(v->o->ctx, e.n, (uint64_t) total);
    }
    sw_db_finalize(st);
    if (rc >= 0) {
        verify_checkpoints_at(v, NULL, NULL);
        if (v->o->progress)
            v->o->progress(v->o->ctx, (uint64_t) total, (uint64_t) total);
    }
    return rc;
}

/* ---- opening ---- */

static int check_version(struct verify *v, struct sw_err *err)
{
    const int ours = sw_store_schema_version();
    int64_t version, tables;
    int rc = sw_db_value(v->db, "PRAGMA user_version", 0, &version, err);

    if (rc >= 0)
        rc = sw_db_value(v->db, "SELECT count(*) FROM sqlite_master WHERE name IN ('chain', 'block', 'meta')", 0,
                         &tables, err);
    if (rc < 0)
        return rc;
    if (version > ours)
        return sw_err_set(
            err, SW_E_CONFLICT, 0,
            "%s has schema version %lld, this program knows versions up to %d: check it with the siteward "
            "that wrote it",
            sw_db_path(v->db), (long long) version, ours);
    if (tables < 3)
        return sw_err_set(
            err, SW_E_INVAL, 0,
            "%s is no store with a chain (schema version %lld): a gateway of this version must have opened "
            "it once; of a copy, the file whose name ends in -wal must be copied too",
            sw_db_path(v->db), (long long) version);
    return SW_OK;
}

static int begin(struct verify *v, const char *path, struct sw_err *err)
{
    int rc = sw_db_open(path, true, &v->db, err);

    v->canonical = malloc(VERIFY_BODY_MAX + 1);
    if (rc >= 0 && !v->canonical)
        rc = sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    if (rc >= 0)
        rc = check_version(v, err);
    if (rc >= 0) /* one state of the file, whatever a gateway writes meanwhile */
        rc = sw_db_exec(v->db, "BEGIN", err);
    for (size_t i = 0; i < VERIFY_STMT__COUNT && rc >= 0; i++)
        rc = sw_db_prepare(v->db, verify_sql[i], &v->st[i], err);
    return rc;
}

static void end(struct verify *v)
{
    for (size_t i = 0; i < VERIFY_STMT__COUNT; i++)
        sw_db_finalize(v->st[i]);
    if (v->db)
        sw_db_rollback(v->db);
    sw_db_close(v->db);
    verify_readings_free(v);
    free(v->prune);
    free(v->run);
    free(v->clock);
    free(v->checkpoint);
    free(v->key);
    free(v->canonical);
}

int sw_verify_database(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                       struct sw_err *err)
{
    struct verify v = {.o = o, .r = ret};
    int rc;

    *ret = (struct sw_verify_report){
        .subject = SW_VERIFY_DATABASE, .from_us = INT64_MIN, .to_us = INT64_MIN, .checkpoint_us = INT64_MIN};
    rc = begin(&v, path, err);
    if (rc >= 0)
        rc = verify_prunes_load(&v, err);
    if (rc >= 0)
        rc = verify_clocks_load(&v, err);
    if (rc >= 0)
        rc = verify_checkpoints_load(&v, err);
    if (rc >= 0)
        rc = verify_readings_begin(&v, err);
    if (rc >= 0)
        rc = walk(&v, err);
    if (rc >= 0)
        rc = verify_readings_end(&v, err);
    if (rc >= 0)
        rc = verify_rows(&v, err);
    if (rc >= 0)
        rc = verify_complaints(&v, err);
    if (rc >= 0)
        rc = verify_media(&v, err);
    end(&v);
    return rc < 0 ? rc : SW_OK;
}
