// SPDX-License-Identifier: Apache-2.0
/* Checking what a gateway signed, offline and without writing: the store's hash chain, an evidence document, an export.
 * The result is a report; saying it in words or JSON is verify_tell.c's. What is hashed how: gateway/chain.h. */
#ifndef SW_CLI_VERIFY_H
#define SW_CLI_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "gateway/chain.h"

#define SW_VERIFY_FINDINGS_MAX 16 /* told; more are counted */
#define SW_VERIFY_NOTES_MAX 12    /* what is said although nothing is broken */
#define SW_VERIFY_CHECKPOINTS_MAX 1000000
#define SW_VERIFY_DOCUMENT_MAX (8 << 20) /* bytes of an evidence document */

/** What kinds of rows are counted. */
enum sw_verify_rows {
    SW_VERIFY_READINGS,
    SW_VERIFY_WINDOWS,
    SW_VERIFY_REVISIONS, /* of tickets */
    SW_VERIFY_COMMANDS,
    SW_VERIFY_ACTS,
    SW_VERIFY_CONFIGS,
    SW_VERIFY_SCHEDULES,
    SW_VERIFY_ENTRIES, /* of the chain itself */
    SW_VERIFY_COMPLAINTS,
    SW_VERIFY_PICTURES,
    SW_VERIFY_ROWS__COUNT
};

/** Something that is not as it was written. n 0 = it hangs on no entry. */
struct sw_verify_finding {
    uint64_t n;
    char kind[12], ref[112];
    int64_t at_us; /* INT64_MIN = unknown */
    char what[240];
};

enum sw_verify_subject { SW_VERIFY_DATABASE, SW_VERIFY_DOCUMENT, SW_VERIFY_EXPORT };

struct sw_verify_report {
    enum sw_verify_subject subject;
    char gateway[65];
    /* the chain */
    uint64_t n_entries, first_n, last_n;
    int64_t from_us, to_us; /* of the first and last entry */
    sw_hash head;
    uint64_t by_kind[SW_CHAIN__COUNT];
    /* rows that were compared; gone by a chained prune entry; replaced by a later entry; older than the chain */
    uint64_t whole[SW_VERIFY_ROWS__COUNT], pruned[SW_VERIFY_ROWS__COUNT], replaced[SW_VERIFY_ROWS__COUNT],
        before[SW_VERIFY_ROWS__COUNT];
    uint64_t tail; /* readings that no entry names yet: the last minute */
    /* signatures */
    uint64_t n_checkpoints; /* good ones */
    uint64_t n_kept_away;   /* of them out of --checkpoints: nobody at the gateway could change these */
    uint64_t checkpoint_n;  /* the newest of them; 0 = none */
    int64_t checkpoint_us;
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE]; /* the newest; "" = none */
    bool is_pinned;                           /* it is the one that was asked for */
    uint64_t n_files;                         /* of an export */
    struct sw_verify_finding finding[SW_VERIFY_FINDINGS_MAX];
    size_t n_findings; /* may be more than are kept */
    char note[SW_VERIFY_NOTES_MAX][240];
    size_t n_notes;
};

struct sw_verify_options {
    const char *checkpoints; /* JSON lines as published; NULL = only those in the store */
    const char *key;         /* "ed25519:…", pinned; NULL = the one that the file names */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* NULL = none */
    void *ctx;
};

/** @return SW_OK the report says how it stands; SW_E_IO, SW_E_CORRUPT, SW_E_CONFLICT, SW_E_INVAL, SW_E_NOMEM it cannot
 *          be checked at all */
int sw_verify_database(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                       struct sw_err *err);
int sw_verify_document(const char *json, size_t len, const struct sw_verify_options *o, struct sw_verify_report *ret,
                       struct sw_err *err);
int sw_verify_export(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                     struct sw_err *err);
/** Whichever of the three the file is. */
int sw_verify_file(const char *path, const struct sw_verify_options *o, struct sw_verify_report *ret,
                   struct sw_err *err);

static inline bool sw_verify_is_whole(const struct sw_verify_report *r)
{
    return r->n_findings == 0;
}

/** Add a finding; `at_us` INT64_MIN = unknown. */
void sw_verify_find(struct sw_verify_report *r, uint64_t n, const char *kind, const char *ref, int64_t at_us,
                    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void sw_verify_note(struct sw_verify_report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct sw_db;
/** Signed heads that a store still has: in its outbox, and the newest. @param take  below zero ends the walk */
typedef int (*sw_verify_checkpoint_fn)(void *ctx, const char *json, size_t len, struct sw_err *err);
int sw_verify_stored_checkpoints(struct sw_db *db, sw_verify_checkpoint_fn take, void *ctx, struct sw_err *err);

void sw_verify_tell(const struct sw_verify_report *r, const char *path, FILE *to);
/** One JSON object. @return SW_OK; SW_E_FULL */
int sw_verify_tell_json(const struct sw_verify_report *r, const char *path, FILE *to);

#endif
