// SPDX-License-Identifier: Apache-2.0
/* A small door over SQLite: opening with the settings that every file of ours has, schema versions, statements.
 * Errors name the file; detail is SQLite's extended result code. One handle belongs to one thread at a time. */
#ifndef SW_IO_DB_H
#define SW_IO_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#ifndef SW_DB_PAGE_SIZE
#define SW_DB_PAGE_SIZE 1024 /* of new files; a file keeps the size that it was made with until it is compacted */
#endif
/* The log beside the file: so much of the disk stays taken for it, so that a commit succeeds on a full disk too. */
#define SW_DB_LOG_BYTES (8 << 20)

struct sw_db;
struct sw_db_stmt;

/** One step of a schema: sql takes a file from version `to - 1` to `to`. Steps are listed in order from 1. */
struct sw_db_step {
    int to;
    const char *sql;
};

/** Open (and create when writing) with WAL, synchronous=FULL, a bounded journal and page cache, no mmap. A new file can
 *  give free pages back to the disk (auto_vacuum=INCREMENTAL).
 *  @return SW_OK; SW_E_IO; SW_E_CORRUPT not a database; SW_E_FULL no space */
int sw_db_open(const char *path, bool read_only, struct sw_db **ret, struct sw_err *err);
struct sw_db *sw_db_close(struct sw_db *db); /* finalise statements first; NULL is fine; always returns NULL */

/** Any thread, while the handle is open: a statement that runs in it now ends with SW_E_IO. */
void sw_db_interrupt(struct sw_db *db);

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

/* ---- the space that a file takes ---- */

struct sw_db_space {
    int64_t page_bytes, pages; /* of the file as it is after the last commit */
    int64_t free_pages;        /* of these, in no use */
    int64_t disk_bytes;        /* of the file itself: less than its pages while they wait in the log */
    int64_t log_bytes;         /* of the log beside it */
    bool gives_back;           /* sw_db_give_back can make the file smaller */
};
int sw_db_space(struct sw_db *db, struct sw_db_space *ret, struct sw_err *err);

/** Cut off up to so many free pages, moving what lies behind them: a transaction of its own, or part of one. */
int sw_db_give_back(struct sw_db *db, int64_t pages, struct sw_err *err);

/** Bring the log into the file as far as no reader is in the way; waits for nobody.
 *  @param cut  make the log empty too, where nobody reads it
 *  @return 1 all of it is in the file; 0 a reader holds some of it; else as sw_db_exec */
int sw_db_checkpoint(struct sw_db *db, bool cut, struct sw_err *err);

/** The log stays when the handle is closed, with its blocks: on a full disk it could not be made anew. */
void sw_db_keep_log(struct sw_db *db);

/** Take blocks of the disk for the log up to so many bytes, without changing what it holds.
 *  @return SW_OK; SW_E_FULL; SW_E_NOTFOUND there is no log yet, or the file system cannot; SW_E_IO */
int sw_db_take_log_room(struct sw_db *db, int64_t bytes, struct sw_err *err);

/* ---- copies ---- */

/** A copy of the file as it is now, made in pieces while others go on writing: the log grows until it ends, because one
 *  view of the file is kept for so long. `to` must not exist; it is left behind when a step fails. */
struct sw_db_copy;
int sw_db_copy_begin(struct sw_db *from, const char *to, struct sw_db_copy **ret, struct sw_err *err);
/** @return 1 more is to be copied; 0 done; else as sw_db_exec */
int sw_db_copy_step(struct sw_db_copy *c, int pages, int64_t *ret_left, int64_t *ret_total, struct sw_err *err);
struct sw_db_copy *sw_db_copy_end(struct sw_db_copy *c); /* NULL is fine; always returns NULL */

/** Write a new, dense file with today's page size; `to` must not exist. */
int sw_db_write_compact(struct sw_db *db, const char *to, struct sw_err *err);

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
