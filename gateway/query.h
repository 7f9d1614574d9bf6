// SPDX-License-Identifier: Apache-2.0
/* The query worker: questions about the past are read on a thread of its own with a connection that cannot write, so
 * that neither the core nor the store waits for them. What is asked is left to who asks. */
#ifndef SW_GATEWAY_QUERY_H
#define SW_GATEWAY_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/worker.h"
#include "io/db.h"
#include "io/loop.h"

/** What evidence needs of the file; prepared once. */
enum query_stmt {
    QUERY_WINDOWS,
    QUERY_NEWEST,
    QUERY_SENSOR,
    QUERY_BLOCKS,
    QUERY_TAIL,
    QUERY_TICKETS,
    QUERY_MEDIA,
    QUERY_TICKET,
    QUERY_REVISIONS,
    QUERY_SERIES,
    QUERY_EXPORT,
    QUERY_COUNTED,
    QUERY_STMT__COUNT
};

/** A connection that only reads. Belongs to one thread. */
struct query_reader {
    const char *path;       /* of the database; borrowed */
    struct sw_worker *self; /* NULL = not on a worker: nothing is waited for */
    int64_t no_wait_us;     /* real time until which nothing is waited for: it was in vain lately */
    struct sw_db *db;       /* NULL until it is needed */
    struct sw_db_stmt *stmt[QUERY_STMT__COUNT];
};
/** Opens the file when it is not open yet. @return NULL with a sentence */
struct sw_db_stmt *query_stmt(struct query_reader *r, enum query_stmt which, struct sw_err *err);
/** One view of the file from here to query_end. @return SW_OK; as sw_db_open */
int query_begin(struct query_reader *r, struct sw_err *err);
void query_end(struct query_reader *r);
void query_reader_close(struct query_reader *r);

/** A question: the head of the asker's own struct. */
struct core_query {
    void (*run)(struct core_query *q, struct query_reader *r); /* on the worker */
    void (*done)(struct core_query *q, bool was_run);          /* on the core's thread; false: the gateway ends */
};

struct core_queries;

/** @param path  of the database; copied
 *  @return SW_OK; SW_E_NOMEM; SW_E_IO */
int core_queries_new(struct sw_loop *loop, const char *path, struct core_queries **ret, struct sw_err *err);
/** Ends the worker; questions that were not answered are done without. NULL is fine; always returns NULL. */
struct core_queries *core_queries_free(struct core_queries *qs);
/** @return SW_OK: done will be called, once; SW_E_FULL CORE_QUERIES_MAX wait already */
int core_queries_post(struct core_queries *qs, struct core_query *q, struct sw_err *err);
size_t core_queries_waiting(const struct core_queries *qs); /* posted and not done */

#endif
