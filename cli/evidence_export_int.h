// SPDX-License-Identifier: Apache-2.0
/* What the files that collect an export share; nobody else includes it. */
#ifndef SW_CLI_EVIDENCE_EXPORT_INT_H
#define SW_CLI_EVIDENCE_EXPORT_INT_H

#include "cli/evidence_export.h"
#include "io/db.h"

#define EXPORT_MEDIA_MAX 200

struct collect {
    const struct sw_export_ask *ask;
    struct sw_export *x;
    struct sw_db *db;
    int64_t from_us, to_us;  /* of the matter, with what was around it */
    int64_t first_n, last_n; /* of the chain's piece */
    sw_hash previous;
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE], gateway[65];
    json_t *ticket, *checkpoint; /* newest revision; NULL = none is signed over it */
    int64_t *minute;             /* of arrival, of which readings are taken */
    size_t n_minutes, cap_minutes;
    const char *media[EXPORT_MEDIA_MAX];
    size_t n_media;
};

int export_no_memory(struct sw_err *err); /* @return SW_E_NOMEM */
/** Close a stream in memory and add what it holds; rc below zero: drop it. @return rc, or SW_E_NOMEM, SW_E_FULL */
int export_close(struct collect *c, FILE *f, const char *name, char **text, size_t *len, int rc, struct sw_err *err);

/* evidence_export_rows.c */
int export_readings(struct collect *c, struct sw_err *err);
int export_pictures(struct collect *c, struct sw_err *err);

#endif
