// SPDX-License-Identifier: Apache-2.0
/* The evidence of one ticket as a zip that proves itself: data out of the store (evidence_export.c), what people read
 * made of that data alone (evidence_export_render.c and the sheet's own files), the zip (evidence_export_zip.c, the
 * only door to libzip). The check makes the readable part again and compares, so a sheet that says other than the
 * chained data is found. */
#ifndef SW_CLI_EVIDENCE_EXPORT_H
#define SW_CLI_EVIDENCE_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/err.h"
#include "gateway/chain.h"

#define SW_EXPORT_FILES_MAX 256
#define SW_EXPORT_FILE_BYTES_MAX (512u << 20)
#define SW_EXPORT_ENTRIES_MAX 3000000 /* of the chain: more than a month of eight sensors */
#define SW_EXPORT_MANIFEST "manifest.json"
#define SW_EXPORT_CHAIN "chain.jsonl"
#define SW_EXPORT_READINGS "readings.csv"
#define SW_EXPORT_WINDOWS "windows.csv"
#define SW_EXPORT_TICKET "ticket.json"
#define SW_EXPORT_SHEET "sheet.html"
#define SW_EXPORT_READINGS_HEAD "ts,sensor,quantity,value,flag,number,t_mono_us,late,unsynced\n"

struct sw_export_file {
    char name[128];
    char *bytes; /* heap */
    size_t len;
};

struct sw_export {
    struct sw_export_file file[SW_EXPORT_FILES_MAX];
    size_t n;
    int64_t time_us; /* of every file in the zip */
};

void sw_export_free(struct sw_export *x);
/** Takes `bytes` over, also when it fails. @return SW_OK; SW_E_FULL */
int sw_export_add(struct sw_export *x, const char *name, char *bytes, size_t len, struct sw_err *err);
const struct sw_export_file *sw_export_find(const struct sw_export *x, const char *name);

/** @return SW_OK; SW_E_IO */
int sw_export_write_zip(const struct sw_export *x, const char *path, struct sw_err *err);
/** @return SW_OK; SW_E_IO; SW_E_CORRUPT; SW_E_FULL */
int sw_export_read_zip(const char *path, struct sw_export *ret, struct sw_err *err);

/** What the sheet shows besides the chain's data; all of it stands in the manifest. */
struct sw_export_facts {
    const char *ticket, *lang, *gateway, *public_key;
    const json_t *checkpoint; /* NULL = none */
    const char *const *media; /* names of files */
    size_t n_media;
};

/** Make ticket.json, windows.csv and sheet.html of chain.jsonl, and add them.
 *  @return SW_OK; SW_E_CORRUPT; SW_E_NOTFOUND the chain says nothing of the ticket; SW_E_NOMEM */
int sw_export_render(struct sw_export *x, const char *chain, size_t len, const struct sw_export_facts *facts,
                     struct sw_err *err);

struct sw_export_ask {
    const char *database, *ticket, *lang, *checkpoints; /* checkpoints NULL = only those in the store */
    const char *folder;                                 /* in which media/ lies; NULL = no pictures */
};
/** Everything of a ticket. @return SW_OK; SW_E_NOTFOUND; as sw_db_exec */
int sw_export_collect(const struct sw_export_ask *ask, struct sw_export *ret, struct sw_err *err);

#endif
