// SPDX-License-Identifier: Apache-2.0
/* What retention took: the prune entries of the chain say which rows may be missing. One that was changed covers
 * nothing. */
#include <string.h>

#include <jansson.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/sat.h"
#include "common/timefmt.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define YOUNG_US (7 * SW_S_PER_DAY * SW_US_PER_S)

/* Only what was there when they went: an entry that came later is of a row that came later. */
bool verify_is_pruned(const struct verify *v, uint64_t n, enum sw_verify_rows rows, const char *period, int64_t at)
{
    for (size_t i = 0; i < v->n_prune; i++) {
        const struct verify_prune *p = &v->prune[i];

        if (p->rows == rows && n < p->n && at < p->before && (p->period[0] == '\0' || strcmp(p->period, period) == 0))
            return true;
    }
    return false;
}

/* They come in order of their entries: one that takes no more than a later one of its kind and period says nothing. */
static int keep_prune(struct verify *v, const struct verify_prune *p, struct sw_err *err)
{
    void *array = v->prune;
    size_t kept = 0;

    for (size_t i = 0; i < v->n_prune; i++)
        if (v->prune[i].rows != p->rows || strcmp(v->prune[i].period, p->period) != 0 || v->prune[i].before > p->before)
            v->prune[kept++] = v->prune[i];
    v->n_prune = kept;
    if (!verify_grow(&array, v->n_prune, &v->cap_prune, sizeof(*v->prune)))
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    v->prune = array;
    v->prune[v->n_prune++] = *p;
    return SW_OK;
}

/* Retention takes what is months old. What went young went because the disk was full, or because somebody had the
 * gateway's chain say so: that is for people to judge. */
static void judge_age(struct verify *v, const struct verify_prune *p)
{
    const bool is_block = p->rows == SW_VERIFY_READINGS;
    const int64_t before_us = is_block ? sw_sat_mul(p->before, MINUTE_US) : p->before;
    char upto[SW_RFC3339_SIZE];

    if ((!is_block && p->rows != SW_VERIFY_WINDOWS) || p->before <= 0 || p->before > INT64_MAX / MINUTE_US ||
        sw_sat_sub(p->at_us, before_us) >= YOUNG_US)
        return;
    sw_time_format(NULL, before_us, upto);
    sw_verify_note(
        v->r,
        "Entry %llu says that %s%s up to %s were given up when the youngest were only %lld hours old: the disk "
        "was full, store.max was reached, or somebody wanted them gone.",
        (unsigned long long) p->n, is_block ? "readings" : "windows of ", p->period, upto,
        (long long) SW_MAX(sw_sat_sub(p->at_us, before_us) / (3600 * SW_US_PER_S), (int64_t) 0));
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
    const json_t *before = json_object_get(root, "before"), *at = json_object_get(root, "at_us");
    int rc = SW_OK;

    if (schema && strncmp(schema, "siteward.prune/1.", 17) == 0 && table && (sha256 || json_is_integer(before)))
        for (size_t i = 0; i < SW_ARRAY_SIZE(tables) && rc >= 0; i++) {
            struct verify_prune p = {.n = n,
                                     .rows = tables[i].rows,
                                     .before = sha256 ? INT64_MAX : json_integer_value(before),
                                     .at_us = json_integer_value(at)};

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
    for (size_t i = 0; i < v->n_prune && rc >= 0; i++)
        judge_age(v, &v->prune[i]);
    return rc;
}
