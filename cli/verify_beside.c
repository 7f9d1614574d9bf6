// SPDX-License-Identifier: Apache-2.0
/* Tables that have no entries of their own: of a complaint everything that is kept is in the command that brought it;
 * a picture is named by its hash. What an entry itself hangs on is verify_body.c's. */
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "cli/verify_int.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "gateway/snapshot_files.h"

/* ---- complaints ---- */

static const char *text_of(const json_t *root, const char *name)
{
    const char *text = json_string_value(json_object_get(root, name));

    return text ? text : "";
}

static bool is_text(struct sw_db_stmt *st, int at, const char *want)
{
    const char *is = sw_db_text(st, at, NULL);

    return is && strcmp(is, want) == 0;
}

/* Nobody needs to know the house (tickets/desk_complaint.c): a row says it to 50 m, -1 = unknown. */
static int64_t distance_of(const json_t *root)
{
    const json_t *m = json_object_get(root, "distance_m");

    return json_is_integer(m) ? (json_integer_value(m) + 25) / 50 * 50 : -1;
}

/* @return NULL, or which column says something else than the command. Columns as in verify_complaints. */
static const char *compare(struct sw_db_stmt *st, const json_t *root)
{
    const json_t *p = json_object_get(root, "payload"), *occurred = json_object_get(p, "occurred");
    const json_t *calls = json_object_get(p, "caller_calls_30d");
    const char *at = text_of(occurred, "at");
    char window[32];
    int64_t us = INT64_MIN;

    (void) sw_time_parse(at, strlen(at), &us, NULL);
    (void) snprintf(window, sizeof(window), "PT%lldS", (long long) (sw_db_int(st, 7) / SW_US_PER_S));
    if (us != sw_db_int(st, 2) / 1000 * 1000)
        return "occurred_us";
    if (!is_text(st, 3, text_of(p, "service_code")))
        return "service_code";
    if (!is_text(st, 4, text_of(p, "caller_ref")))
        return "caller_ref";
    if (sw_db_int(st, 5) != distance_of(root))
        return "distance_m";
    if (!is_text(st, 6, text_of(json_object_get(root, "found"), "code")))
        return "code";
    if (strcmp(window, text_of(occurred, "window")) != 0)
        return "window_us";
    return json_is_integer(calls) && json_integer_value(calls) >= 2 && !sw_db_int(st, 8) ? "is_repeat_caller" : NULL;
}

/* The chained command of that time that brought it. @return new reference, NULL = none */
static json_t *command_of(struct verify *v, int64_t at_us, const char *request_id)
{
    struct sw_db_stmt *st = v->st[VERIFY_COMPLAINT_COMMAND];
    json_t *found = NULL;

    sw_db_bind_int(st, 1, at_us);
    while (!found && sw_db_step(st, NULL) == 1) {
        size_t len, hash_len;
        const char *json = sw_db_text(st, 0, &len);
        const void *want = sw_db_blob(st, 1, &hash_len);
        sw_hash hash;

        sw_chain_body_hash(json ? json : "", json ? len : 0, hash);
        if (!json || hash_len != SW_HASH_SIZE || memcmp(hash, want, hash_len) != 0)
            continue; /* told in the walk */
        found = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
        if (strcmp(text_of(json_object_get(found, "payload"), "service_request_id"), request_id) != 0) {
            json_decref(found);
            found = NULL;
        }
    }
    sw_db_reset(st);
    return found;
}

static void check_complaint(struct verify *v, struct sw_db_stmt *st, int64_t kept_from_us)
{
    const char *id = sw_db_text(st, 0, NULL), *wrong;
    const int64_t at_us = sw_db_int(st, 1);
    json_t *command = command_of(v, at_us, id ? id : "");

    if (!command && at_us < kept_from_us)
        v->r->before[SW_VERIFY_COMPLAINTS]++;
    else if (!command)
        sw_verify_find(v->r, 0, "complaint", id, at_us, "no chained command of that time brought it");
    else if ((wrong = compare(st, command)))
        sw_verify_find(v->r, 0, "complaint", id, at_us, "its row says another %s than the command that brought it",
                       wrong);
    else
        v->r->whole[SW_VERIFY_COMPLAINTS]++;
    json_decref(command);
}

int verify_complaints(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    int64_t kept_from_us = INT64_MIN; /* the table is as old as the chain */
    int rc = SW_OK;

    if (v->r->pruned[SW_VERIFY_ENTRIES] || v->r->pruned[SW_VERIFY_COMMANDS])
        rc = sw_db_value(v->db, "SELECT c.at_us FROM command m JOIN chain c ON c.n = m.n ORDER BY m.n LIMIT 1",
                         INT64_MAX, &kept_from_us, err);
    if (rc >= 0)
        rc = sw_db_prepare(v->db,
                           "SELECT service_request_id, at_us, occurred_us, service_code, caller_ref, distance_m, code,"
                           " window_us, is_repeat_caller FROM complaint ORDER BY at_us",
                           &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        check_complaint(v, st, kept_from_us);
    sw_db_finalize(st);
    return rc;
}

/* ---- pictures ---- */

static bool hash_file(int fd, sw_hash ret)
{
    crypto_hash_sha256_state state;
    unsigned char buf[65536];
    ssize_t len;

    crypto_hash_sha256_init(&state);
    while ((len = read(fd, buf, sizeof(buf))) > 0)
        crypto_hash_sha256_update(&state, buf, (size_t) len);
    crypto_hash_sha256_final(&state, ret);
    return len == 0;
}

/* @return whether its file is there */
static bool check_picture(struct verify *v, const char *folder, struct sw_db_stmt *st)
{
    const char *sha256 = sw_db_text(st, 0, NULL), *type = NULL;
    int64_t bytes = 0;
    const int fd = sha256 ? sw_media_files_open(folder, sha256, &bytes, &type) : SW_E_NOTFOUND;
    char hex[65];
    sw_hash hash;

    if (fd == SW_E_INVAL)
        sw_verify_find(v->r, 0, "media", sha256, sw_db_int(st, 1), "its row names no hash of a picture");
    if (fd < 0)
        return fd == SW_E_INVAL;
    if (!hash_file(fd, hash))
        sw_verify_find(v->r, 0, "media", sha256, sw_db_int(st, 1), "the picture cannot be read");
    else if (sw_hash_hex(hash, hex), strcmp(hex, sha256) != 0)
        sw_verify_find(v->r, 0, "media", sha256, sw_db_int(st, 1), "the picture is not the one that was taken");
    else
        v->r->whole[SW_VERIFY_PICTURES]++;
    (void) close(fd);
    return true;
}

int verify_media(struct verify *v, struct sw_err *err)
{
    struct sw_db_stmt *st = NULL;
    char folder[SW_PATH_SIZE + 64] = ".";
    const char *path = sw_db_path(v->db), *slash = strrchr(path, '/');
    uint64_t missing = 0;
    int rc;

    if (slash && (size_t) (slash - path) < sizeof(folder))
        (void) snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int) (slash - path), path);
    rc = sw_db_prepare(v->db,
                       "SELECT sha256, max(taken_us) FROM media WHERE sha256 IS NOT NULL AND gone_us IS NULL"
                       " GROUP BY sha256",
                       &st, err);
    while (rc >= 0 && (rc = sw_db_step(st, err)) == 1)
        missing += !check_picture(v, folder, st);
    sw_db_finalize(st);
    if (missing)
        sw_verify_note(v->r,
                       "%llu pictures that the store names do not lie beside it, in media/: they were not compared.",
                       (unsigned long long) missing);
    return rc;
}
