// SPDX-License-Identifier: Apache-2.0
/* What the files of the hub's store share. Private to hub/store*.c. */
#ifndef SW_HUB_STORE_INT_H
#define SW_HUB_STORE_INT_H

#include "common/clock.h"
#include "hub/store.h"
#include "io/db.h"
#include "io/window_text.h"

#define STORE_SLOTS 4096 /* of sources in memory; a power of two */

/** Numbers of one gateway and epoch, as in its row. */
struct store_source {
    struct store_source *next, *next_dirty;
    int64_t id, gateway;
    char epoch[HUB_WORD_SIZE];
    struct hub_seen seen;
    bool is_dirty;    /* the row is behind */
    bool wants_marks; /* the table of gaps may be behind */
};

enum store_sql {
    SQL_SITE_FIND,
    SQL_SITE_NEW,
    SQL_SITE_HEARD,
    SQL_SITE_INFO,
    SQL_SITE_LAMP,
    SQL_GATEWAY_FIND,
    SQL_GATEWAY_NEW,
    SQL_GATEWAY_HEARD,
    SQL_GATEWAY_STATE,
    SQL_GATEWAY_BOOT,
    SQL_GATEWAY_SKEW_FIND,
    SQL_GATEWAY_SKEW,
    SQL_SOURCE_FIND,
    SQL_SOURCE_NEW,
    SQL_SOURCE_WRITE,
    SQL_SENSOR_FIND,
    SQL_SENSOR_NEW,
    SQL_WINDOW,
    SQL_STATE,
    SQL_TICKET_FIND,
    SQL_TICKET_NEW,
    SQL_TICKET_NEWER,
    SQL_REVISION,
    SQL_TICKET_EVENT,
    SQL_EVENT,
    SQL_COMPLAINT,
    SQL_SCHEDULE,
    SQL_CHECKPOINT,
    SQL_SHED,
    SQL_ALERT_FIND,
    SQL_ALERT_NEW,
    SQL_ALERT_AGAIN,
    SQL_ALERT_END,
    SQL_GAP_OPEN,
    SQL_GAP_NEW,
    SQL_GAP_CLOSE,
    SQL_GAP_DROP,
    SQL__COUNT,
};

struct hub_store {
    struct hub_store_params params;
    char path[SW_PATH_SIZE + 32];
    int lock_fd;
    struct sw_db *db;
    struct sw_db_stmt *sql[SQL__COUNT];
    struct sw_window_packer *packer;
    struct store_source *slots[STORE_SLOTS]; /* by gateway and epoch */
    struct store_source *dirty;              /* their rows are behind */
    bool must_mark_all;                      /* whose holes are not in the table of gaps is not known */
    struct hub_run *holes;                   /* [HUB_SEEN_RUNS_MAX] */
    unsigned char *bytes;                    /* room to pack a document or runs in */
};

/** store_schema.c */
extern const struct sw_db_step store_steps[];
extern const size_t store_n_steps;
extern const char *const store_statements[SQL__COUNT];
int store_period(const char *period); /* a number for a period; 0 = it is none */

/** store_seen.c */
int store_source_of(struct hub_store *s, int64_t gateway, const char *epoch, struct store_source **ret,
                    struct sw_err *err);
int store_write_sources(struct hub_store *s, struct sw_err *err);
void store_source_changed(struct hub_store *s, struct store_source *of);
void store_forget_sources(struct hub_store *s);

#endif
