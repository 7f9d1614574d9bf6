// SPDX-License-Identifier: Apache-2.0
/* What the files that check a store share; nobody else includes it. */
#ifndef SW_CLI_VERIFY_INT_H
#define SW_CLI_VERIFY_INT_H

#include "cli/verify.h"
#include "common/reading.h"
#include "gateway/block_pieces.h"
#include "io/db.h"

#define VERIFY_BODY_MAX (4 << 20) /* a schedule, the files of a configuration */

/** One row of table chain; texts and blobs borrowed until the next. */
struct verify_entry {
    uint64_t n;
    enum sw_chain_kind kind;
    int64_t at_us;
    const char *ref; /* NULL = none */
    int64_t a, b;
    bool has_a, has_b;
    const void *body; /* NULL = it lies elsewhere */
    size_t body_len;
    sw_hash sha256, hash;
};

enum verify_stmt {
    VERIFY_WINDOW,
    VERIFY_REVISION,
    VERIFY_COMMAND,
    VERIFY_ACT,
    VERIFY_CONFIG,
    VERIFY_SCHEDULE,
    VERIFY_BLOCKS,
    VERIFY_LATER,
    VERIFY_COMPLAINT_COMMAND,
    VERIFY_STMT__COUNT
};

#define VERIFY_PERIOD_SIZE 72

/** Readings that arrived in one minute, by arrival number; and what the rows that were read hold of later ones. */
struct verify_minute {
    bool is_loaded;
    int64_t minute;
    struct sw_block_item *item;
    size_t n, cap;
    struct sw_block_pieces pieces;
};

/** How many readings of a minute of arrival hang on an entry. */
struct verify_cover {
    int64_t minute;
    uint64_t n;
};

/** What a chained prune entry says is gone. */
struct verify_prune {
    uint64_t n; /* of its entry */
    enum sw_verify_rows rows;
    char period[VERIFY_PERIOD_SIZE]; /* of windows; of a configuration its hash; "" = any */
    int64_t before;                  /* minute of arrival, from_us, revision or id below which rows are gone */
    int64_t at_us;                   /* when they went */
};

struct verify_checkpoint {
    uint64_t n;
    sw_hash head;
    int64_t ts_us;
    char from[24]; /* "line 12" */
};

/** A start of the gateway, and the first of its clock entries. */
struct verify_run {
    uint64_t n, first_number;
    size_t first_clock;
};

struct verify_clock {
    uint64_t n;
    int64_t mono_us, utc_us;
    bool is_start; /* the first of its run */
};

struct verify_key {
    uint64_t n; /* of the entry that names it */
    unsigned char key[SW_PUBLIC_KEY_SIZE];
};

struct verify {
    const struct sw_verify_options *o;
    struct sw_verify_report *r;
    struct sw_db *db;
    struct sw_db_stmt *st[VERIFY_STMT__COUNT];
    char *canonical; /* [VERIFY_BODY_MAX + 1] */

    char **sensor;   /* by the file's number; NULL = none */
    uint16_t *by_id; /* numbers in byte order of their ids */
    size_t n_sensors, n_by_id;
    struct sw_chain_leaf *leaf; /* by number */
    bool *has_leaf;
    unsigned char *leaves; /* the body that is built */
    size_t leaves_cap;
    struct verify_minute minute;
    struct verify_cover *cover;
    size_t n_cover, cap_cover;

    struct verify_prune *prune;
    size_t n_prune, cap_prune;
    struct verify_checkpoint *checkpoint;
    size_t n_checkpoint, next_checkpoint, cap_checkpoint;
    uint64_t n_too_old; /* checkpoints from before the first entry that is left */
    struct verify_key *key;
    size_t n_key, cap_key;
    bool is_keyless;     /* retention took the entry that named the key */
    uint64_t n_unsigned; /* checkpoints whose signature nobody can check then */
    struct verify_run *run;
    size_t n_run, cap_run;
    struct verify_clock *clock;
    size_t n_clock, cap_clock;
    int64_t act;         /* of the act before */
    uint64_t readings_n; /* the entry of readings before */
    int64_t begun_us;    /* time of the first entry */
    unsigned n_lookups;  /* for a later entry of the same row, that found none */
};

/** Make room for one more. @return false: no memory */
bool verify_grow(void **array, size_t n, size_t *cap, size_t size);

/* verify_body.c */
/** The body of an entry, wherever it lies, against the hash that is chained. @return SW_OK also when it differs (a
 *  finding was added); below zero: cannot go on */
int verify_body(struct verify *v, const struct verify_entry *e, struct sw_err *err);
/** The prune entries of the chain, before it is walked: what they cover may be gone. */
int verify_prunes_load(struct verify *v, struct sw_err *err);
bool verify_is_pruned(const struct verify *v, uint64_t n, enum sw_verify_rows rows, const char *period, int64_t at);
/** JSON as this program writes it: no spaces, one form of each escape, no number that says more than a double holds. */
bool verify_is_compact(const char *json, size_t len);
/** Hash of the canonical form. @return NULL, or what is wrong with the text */
const char *verify_json_hash(struct verify *v, const char *json, size_t len, sw_hash ret);
void verify_find(struct verify *v, const struct verify_entry *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* verify_readings.c */
int verify_readings_begin(struct verify *v, struct sw_err *err);
int verify_readings(struct verify *v, const struct verify_entry *e, struct sw_err *err);
void verify_readings_free(struct verify *v);

/* verify_blocks.c */
/** Of a statement that selects minute, sensor, quantity, body. */
struct sw_block_row verify_row_of(struct sw_db_stmt *st);
/** The form of all blocks, readings that no entry names, and the tail. */
int verify_readings_end(struct verify *v, struct sw_err *err);

/* verify_clock.c */
int verify_clocks_load(struct verify *v, struct sw_err *err);
/** May the reading of this number have been at this time of day? */
bool verify_clock_agrees(const struct verify *v, uint64_t number, int64_t mono_us, int64_t utc_us);
/** May what entry n stands for have been then? @param from_n  it may have waited since this entry */
bool verify_clock_fits(const struct verify *v, uint64_t from_n, uint64_t n, int64_t us);

/* verify_rows.c: after the walk */
int verify_rows(struct verify *v, struct sw_err *err);

/* verify_beside.c: after the walk */
int verify_complaints(struct verify *v, struct sw_err *err);
int verify_media(struct verify *v, struct sw_err *err); /* against the files beside the store */

/* verify_checkpoint.c */
int verify_checkpoints_load(struct verify *v, struct sw_err *err);
/** Those of this entry; after the last entry with e NULL. */
void verify_checkpoints_at(struct verify *v, const struct verify_entry *e, const sw_hash computed);

#endif
