// SPDX-License-Identifier: Apache-2.0
/* What the reading files of the hub's store share. Private to hub/store_read*.c. */
#ifndef SW_HUB_STORE_READ_H
#define SW_HUB_STORE_READ_H

#include "hub/store_int.h"

struct hub_reader {
    struct sw_db *db;
    struct sw_window_packer *packer;
    char *text; /* [SW_WINDOW_TEXT_MAX + 1] of a document that was packed */
};

const char *read_word(struct sw_db_stmt *st, int at); /* "" for NULL */
int64_t read_time(struct sw_db_stmt *st, int at);     /* INT64_MIN for NULL */

#endif
