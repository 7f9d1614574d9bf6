// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a message to the hub: a topic up to a line feed, then the document. What is taken is within its bounds,
 * and can be kept twice: the second time it is a repetition. */
#include "fuzz.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "hub/store.h"

#define ENDS(text) (memchr(text, '\0', sizeof(text)) != NULL)
#define NOW_US 1772500000000000LL

static struct hub_store *store;

static void open_store(void)
{
    static char folder[] = "/tmp/fuzz-hub-XXXXXX";
    static char path[64];
    const struct hub_store_params p = {
        .path = path, .keep_minutes_us = NOW_US, .keep_windows_us = NOW_US, .keep_records_us = NOW_US};
    struct sw_err err = {0};

    FUZZ_CHECK(mkdtemp(folder) != NULL, "no folder");
    (void) snprintf(path, sizeof(path), "%s/hub.db", folder);
    FUZZ_CHECK(hub_store_open(&p, &store, &err) == SW_OK, "%s", err.msg);
    (void) unlink(path); /* what is open stays until the end */
    (void) snprintf(path, sizeof(path), "%s/hub.db-wal", folder);
    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/hub.db-shm", folder);
    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/hub.db.lock", folder);
    (void) unlink(path);
    (void) rmdir(folder);
}

static void check_document(const struct hub_document *d)
{
    FUZZ_CHECK(ENDS(d->gw) && ENDS(d->epoch) && ENDS(d->id) && ENDS(d->word) && ENDS(d->boot) && ENDS(d->name) &&
                   ENDS(d->detail) && ENDS(d->category) && ENDS(d->rank),
               "a text without an end");
    FUZZ_CHECK(d->seq >= 0 && d->seq <= HUB_SEQ_MAX, "a number that is none");
    FUZZ_CHECK(d->seq == 0 || (d->gw[0] && d->epoch[0]), "nobody's number");
    FUZZ_CHECK(d->n_ranges <= HUB_RANGES_MAX && (d->n_ranges == 0) == (d->ranges == NULL), "ranges");
    FUZZ_CHECK(!d->has_point || (fabs(d->lat) <= 90 && fabs(d->lon) <= 180), "a place that is none");
    if (!d->is_deletion && d->place.kind == HUB_WINDOW)
        FUZZ_CHECK(d->from_us < d->to_us, "a window without a length");
}

/* One transaction, taken back: each input meets an empty store. */
static void keep_twice(const struct hub_document *d)
{
    enum hub_put put;
    struct sw_err err = {0};
    int rc;

    FUZZ_CHECK(hub_store_begin(store, &err) == SW_OK, "%s", err.msg);
    rc = hub_store_put(store, d, false, NOW_US, &put, &err);
    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.detail == 0), "%d: %s", rc, err.msg);
    if (rc == SW_OK) {
        rc = hub_store_put(store, d, true, NOW_US, &put, &err);
        FUZZ_CHECK(rc == SW_OK && put != HUB_PUT_NEW, "kept twice: %s", err.msg);
    }
    hub_store_rollback(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t len = line ? (size_t) (line - data) : 0;
    struct hub_document d = {0};
    struct sw_err err = {0};
    char *topic, *payload;

    if (!line || memchr(data, '\0', len))
        return 0;
    if (!store)
        open_store();
    topic = malloc(len + 1);
    payload = fuzz_copy(line + 1, size - len - 1);
    FUZZ_CHECK(topic && (payload || size == len + 1), "no memory");
    memcpy(topic, data, len);
    topic[len] = '\0';
    if (hub_place_read("siteward", topic, &d.place, &err) == SW_OK &&
        hub_document_read(&d, payload, size - len - 1, &err) == SW_OK) {
        check_document(&d);
        keep_twice(&d);
    } else {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        FUZZ_CHECK(!d.ranges, "refused, and yet taken");
    }
    hub_document_done(&d);
    free(topic);
    free(payload);
    return 0;
}
