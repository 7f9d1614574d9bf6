// SPDX-License-Identifier: Apache-2.0
/* `siteward db`: what its commands share. Each works on a database file, which the gateway may be using or not. */
#ifndef SW_CLI_DB_H
#define SW_CLI_DB_H

#include <stdbool.h>
#include <stdio.h>

#include "common/err.h"
#include "common/macros.h"
#include "io/db.h"

#define SW_DB_NAME "db"
#define SW_DB_FILE_SIZE (SW_PATH_SIZE + 32)

struct sw_dbfile_options {
    char path[SW_DB_FILE_SIZE]; /* of the database */
    const char *other;          /* backup: where to; restore: what from */
    bool is_json, is_quick, is_forced;
};

/* @return exit code; what is wrong was said on standard error */
int sw_dbfile_check(const struct sw_dbfile_options *o);
int sw_dbfile_compact(const struct sw_dbfile_options *o);
int sw_dbfile_backup(const struct sw_dbfile_options *o);
int sw_dbfile_restore(const struct sw_dbfile_options *o);

/** integrity_check of a file. @return SW_OK; SW_E_CORRUPT with the first fault */
int sw_dbfile_is_whole(struct sw_db *db, bool is_quick, struct sw_err *err);
/** Rows of all tables together, so that a copy can be compared. */
int sw_dbfile_count_rows(struct sw_db *db, int64_t *ret, struct sw_err *err);
/** Everything of the file and of its name is on the disk. */
int sw_dbfile_settle(const char *path, struct sw_err *err);
/** Free bytes where this file is or will be; INT64_MAX = not known. */
int64_t sw_dbfile_room(const char *path);
/** Copy all of a database under another name, with progress on a terminal. What a failed one left is removed. */
int sw_dbfile_copy_file(const char *from, const char *to, struct sw_err *err);
/** Note in a copy that it is one: the gateway that starts on it begins a new epoch. The file is in one piece then. */
int sw_dbfile_mark_copy(const char *path, struct sw_err *err);

#endif
