// SPDX-License-Identifier: Apache-2.0
/* What db.c and db_space.c share; nobody else includes it. */
#ifndef SW_IO_DB_INT_H
#define SW_IO_DB_INT_H

#include <sqlite3.h>

#include "common/macros.h"
#include "io/db.h"

#define SW_DB_BUSY_MS 2000

struct sw_db {
    sqlite3 *handle;
    char path[SW_PATH_SIZE];
};

/** The handle's last error as ours. */
int sw_db_fail(const struct sw_db *db, struct sw_err *err);

/** window_json and window_pack (db_window.c). */
int sw_db_add_functions(struct sw_db *db, struct sw_err *err);

/** A file without our settings, made when it is not there: what is written into it page by page brings its own. */
int sw_db_open_plain(const char *path, struct sw_db **ret, struct sw_err *err);

#endif
