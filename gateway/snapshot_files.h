// SPDX-License-Identifier: Apache-2.0
/* The pictures as files, data/media/ab/abcdef….jpg, named by the SHA-256 of their bytes: written, hashed and removed by
 * a worker, so that a slow disk holds up nobody. The table that says what a picture is lies in the store. */
#ifndef SW_GATEWAY_SNAPSHOT_FILES_H
#define SW_GATEWAY_SNAPSHOT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/mailbox.h"
#include "gateway/store.h"

struct sw_media_files;

enum sw_media_done_kind {
    SW_MEDIA_KEPT,   /* on disk, durable */
    SW_MEDIA_FAILED, /* why: in error */
    SW_MEDIA_GONE,   /* removed for want of room; tag means nothing */
};

struct sw_media_done {
    enum sw_media_done_kind kind;
    uint32_t tag;
    char sha256[SW_SHA256_SIZE];
    char error[160];
};

/** Start the worker.
 *  @param store  for which pictures may go first; must outlive the worker
 *  @return SW_OK; SW_E_NOMEM; SW_E_IO */
int sw_media_files_new(const char *data_dir, struct sw_store *store, int64_t max_bytes, struct sw_media_files **ret,
                       struct sw_err *err);
/** Do what was given, then end the worker. Its results can still be taken. NULL is fine. */
void sw_media_files_stop(struct sw_media_files *f);
struct sw_media_files *sw_media_files_free(struct sw_media_files *f); /* NULL is fine; always returns NULL */

/** Keep a picture; `bytes` is heap and the worker's from now on, also on failure.
 *  @param type  "image/jpeg", "image/png", "image/webp"  @return false: the disk is too far behind */
bool sw_media_files_put(struct sw_media_files *f, uint32_t tag, unsigned char *bytes, size_t len, const char *type);

struct sw_mailbox *sw_media_files_results(struct sw_media_files *f); /* of struct sw_media_done */

/** Open a picture that is kept. @param ret_type a constant  @return descriptor, SW_E_INVAL no hash, SW_E_NOTFOUND */
int sw_media_files_open(const char *data_dir, const char *sha256, int64_t *ret_bytes, const char **ret_type);

#endif
