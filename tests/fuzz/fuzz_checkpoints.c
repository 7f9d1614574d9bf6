// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a file of kept checkpoints, against a small store: each line is taken or told, and a report comes out.
 */
#include "fuzz.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/verify.h"
#include "gateway/store.h"

static char store_path[64];

static void remove_store(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    char path[80];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s%s", store_path, endings[i]);
        (void) unlink(path);
    }
}

/* One entry: a key. */
static void make_store(void)
{
    static const char body[] = "{\"at\":\"1970-01-01T00:00:00.001+00:00\",\"key_id\":\"gw-7f3a\",\"previous\":null,"
                               "\"public_key\":\"ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\"}";
    const struct sw_store_params p = {.path = store_path};
    struct sw_store *s = NULL;
    struct sw_err err = {0};

    (void) snprintf(store_path, sizeof(store_path), "/tmp/sw-fuzz-%ld.db", (long) getpid());
    remove_store();
    FUZZ_CHECK(sw_store_open(&p, &s, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(sw_store_put_entry(s, SW_CHAIN_KEY, 1000, body, sizeof(body) - 1) == SW_OK, "the entry was refused");
    sw_store_close(s);
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
