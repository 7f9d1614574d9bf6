// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a file of kept checkpoints, against a small store: each line is taken or told, and a report comes out.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "cli/verify.h"
#include "gateway/store_int.h"

static char store_path[64];

static void remove_store(void)
{
    (void) unlink(store_path);
}

/* One entry: a key. Its hashes are right. */
static void make_store(void)
{
    static const char body[] =
        "{\"key_id\":\"gw-7f3a\",\"public_key\":\"ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\"}";
    const sw_hash zeros = {0};
    struct sw_db *db = NULL;
    struct sw_db_stmt *st = NULL;
    struct sw_err err = {0};
    sw_hash sha256, hash;

    (void) snprintf(store_path, sizeof(store_path), "/tmp/sw-fuzz-%ld.db", (long) getpid());
    (void) unlink(store_path);
    sw_chain_body_hash(body, sizeof(body) - 1, sha256);
    sw_chain_entry_hash(zeros, 1, SW_CHAIN_KEY, sha256, hash);
    FUZZ_CHECK(sw_db_open(store_path, false, &db, &err) == SW_OK &&
                   sw_db_migrate(db, store_steps, store_steps_n, &err) == SW_OK &&
                   sw_db_exec(db, "PRAGMA journal_mode=DELETE", &err) == SW_OK &&
                   sw_db_prepare(db,
                                 "INSERT INTO chain(n, kind, at_us, body, sha256, hash) VALUES(1, 9, 1, ?1, ?2, ?3)",
                                 &st, &err) == SW_OK,
               "%s", err.msg);
    sw_db_bind_blob(st, 1, body, sizeof(body) - 1);
    sw_db_bind_blob(st, 2, sha256, sizeof(sha256));
    sw_db_bind_blob(st, 3, hash, sizeof(hash));
    FUZZ_CHECK(sw_db_run(st, &err) == SW_OK, "%s", err.msg);
    sw_db_finalize(st);
    sw_db_close(db);
    (void) atexit(remove_store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_verify_report r;
    const struct sw_verify_options o = {.checkpoints = fuzz_file(data, size)};
    struct sw_err err = {0};
    int rc;

    if (!store_path[0])
        make_store();
    rc = sw_verify_database(store_path, &o, &r, &err);
    FUZZ_CHECK(rc == SW_OK || err.msg[0], "code %d without a sentence", rc);
    if (rc == SW_OK) {
        FUZZ_CHECK(r.n_entries == 1, "%llu entries", (unsigned long long) r.n_entries);
        sw_verify_tell(&r, "store", fuzz_sink());
    }
    return 0;
}
