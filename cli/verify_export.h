// SPDX-License-Identifier: Apache-2.0
/* What the two files that check an export share; nobody else includes it. */
#ifndef SW_CLI_VERIFY_EXPORT_H
#define SW_CLI_VERIFY_EXPORT_H

#include <jansson.h>

#include "cli/evidence_export.h"
#include "cli/verify.h"
#include "common/reading.h"

/** A line of readings.csv. */
struct verify_row {
    uint64_t number;
    const char *sensor; /* in the file's bytes */
    struct sw_reading r;
    bool is_late, is_named; /* by an entry */
};

#define VERIFY_OFFSETS_MAX 4096 /* clock entries that say something new */

struct verify_export {
    struct sw_export x;
    struct sw_verify_report *r;
    json_t *manifest;
    const json_t *checkpoint; /* in the manifest */
    uint64_t n;               /* of the entry before */
    sw_hash previous;
    bool is_at_checkpoint;  /* the chain had the signed head at its number */
    struct verify_row *row; /* by arrival number */
    size_t n_rows;
    int64_t offset_us[VERIFY_OFFSETS_MAX]; /* of UTC from the monotonic clock, as clock entries say */
    size_t n_offsets;
};

/** Read readings.csv; what cannot be read becomes a finding. Its bytes are cut into words. */
int verify_export_rows(struct verify_export *v, struct sw_err *err);
/** The leaves of one entry against its body. */
int verify_export_entry(struct verify_export *v, const json_t *line, const unsigned char *body, size_t len,
                        struct sw_err *err);
/** What a clock entry says. */
void verify_export_clock(struct verify_export *v, const char *body, size_t len);
/** Rows that no entry named, and their times of day. */
void verify_export_rest(struct verify_export *v);

#endif
