// SPDX-License-Identifier: Apache-2.0
/* One document into its rows: what the two files of it share. Private to hub/store_put*.c. */
#ifndef SW_HUB_STORE_PUT_H
#define SW_HUB_STORE_PUT_H

#include "hub/store_int.h"

/** What is known while one document is put. */
struct put {
    struct hub_store *s;
    const struct hub_document *d;
    int64_t site, gateway, received_us;
    struct store_source *source;
    enum hub_put ret;
};

/** First column of a statement that finds, or of one that makes. @return 1; 0 none; below zero */
int put_one_id(struct sw_db_stmt *st, int64_t *ret, struct sw_err *err);
void put_bind_text(struct sw_db_stmt *st, int at, const struct hub_document *d); /* the whole document */
void put_bind_time(struct sw_db_stmt *st, int at, int64_t us);                   /* INT64_MIN: NULL */
/** Run; whether it changed anything says whether the document is new. */
int put_run_new(struct put *p, struct sw_db_stmt *st, struct sw_err *err);

/** The newest document of a retained topic. */
int put_state(struct put *p, struct sw_err *err);

/* store_put_gateway.c */
int put_status(struct put *p, struct sw_err *err);
int put_info(struct put *p, struct sw_err *err);
int put_summary(struct put *p, struct sw_err *err);
int put_health(struct put *p, bool is_retained, struct sw_err *err);
int put_alert(struct put *p, struct sw_err *err);
int put_alert_end(struct put *p, int64_t at_us, struct sw_err *err);

#endif
