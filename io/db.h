// SPDX-License-Identifier: Apache-2.0
/* A small door over SQLite: opening with the settings that every file of ours has, schema versions, statements.
 * Errors name the file; detail is SQLite's extended result code. One handle belongs to one thread at a time. */
#ifndef SW_IO_DB_H
#define SW_IO_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct sw_db;
struct sw_db_stmt;

/** One step of a schema: sql takes a file from version `to - 1` to `to`. Steps are listed in order from 1. */
struct sw_db_step {
    int to;
    const char *sql;
};

/** Open (and create when writing) with WAL, synchronous=FULL, a bounded journal and page cache, no mmap.
 *  @return SW_OK; SW_E_IO; SW_E_CORRUPT not a database; SW_E_FULL no space */
int sw_db_open(const char *path, bool read_only, struct sw_db **ret, struct sw_err *err);
struct sw_db *sw_db_close(struct sw_db *db); /* finalise statements first; NULL is fine; always returns NULL */

/** Bring the schema up to the last step, each step in a transaction of its own.
 *  @return SW_OK; SW_E_CONFLICT the file is of a newer program (the sentence says what to do); as sw_db_exec */
int sw_db_migrate(struct sw_db *db, const struct sw_db_step *steps, size_t n, struct sw_err *err);

/** @return SW_OK; SW_E_FULL disk or size limit; SW_E_TIMEOUT locked by another; SW_E_CORRUPT; SW_E_IO; SW_E_INVAL SQL
 */
int sw_db_exec(struct sw_db *db, const char *sql, struct sw_err *err);
int sw_db_begin(struct sw_db *db, struct sw_err *err); /* BEGIN IMMEDIATE */
int sw_db_commit(struct sw_db *db, struct sw_err *err);
void sw_db_rollback(struct sw_db *db); /* fine when no transaction is open */

const char *sw_db_path(const struct sw_db *db);
int64_t sw_db_changes(const struct sw_db *db); /* rows that the last statement changed */

/** Prepared once, used many times. */
int sw_db_prepare(struct sw_db *db, const char *sql, struct sw_db_stmt **ret, struct sw_err *err);
struct sw_db_stmt *sw_db_finalize(struct sw_db_stmt *st); /* NULL is fine; always returns NULL */

/* Bind parameter `at` (from 1). Text and blobs are borrowed until the statement is reset. NULL text binds NULL. */
void sw_db_bind_int(struct sw_db_stmt *st, int at, int64_t value);
void sw_db_bind_text(struct sw_db_stmt *st, int at, const char *text);
void sw_db_bind_textn(struct sw_db_stmt *st, int at, const char *text, size_t len);
void sw_db_bind_blob(struct sw_db_stmt *st, int at, const void *data, size_t len);
void sw_db_bind_null(struct sw_db_stmt *st, int at);

/** @return 1 a row is there; 0 done, the statement is reset; below zero as sw_db_exec, the statement is reset */
int sw_db_step(struct sw_db_stmt *st, struct sw_err *err);
void sw_db_reset(struct sw_db_stmt *st); /* a statement left in the middle of its rows holds the WAL: reset it */

/** Run a statement that gives no rows. */
int sw_db_run(struct sw_db_stmt *st, struct sw_err *err);

/* Column `at` (from 0) of the present row; text and blobs live until the next step or reset. */
int64_t sw_db_int(struct sw_db_stmt *st, int at);
const char *sw_db_text(struct sw_db_stmt *st, int at, size_t *ret_len); /* NULL for NULL; ret_len may be NULL */
const void *sw_db_blob(struct sw_db_stmt *st, int at, size_t *ret_len);

/** First column of the first row of a query, or `otherwise` when there is none. */
int sw_db_value(struct sw_db *db, const char *sql, int64_t otherwise, int64_t *ret, struct sw_err *err);

#endif
