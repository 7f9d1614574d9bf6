// SPDX-License-Identifier: Apache-2.0
/* The hub as a whole: live values, store and its worker, connection to the broker, one event loop. What serves people
 * (pages, interface) is given the parts below and runs in the loop or on threads of its own. */
#ifndef SW_HUB_HUB_H
#define SW_HUB_HUB_H

#include "config/hub.h"
#include "hub/ingest.h"
#include "hub/link.h"
#include "io/loop.h"

struct hub {
    const struct sw_hub *conf;
    char db_path[SW_PATH_SIZE + 32]; /* for hub_reader_open */
    struct sw_loop *loop;
    struct hub_live *live;
    struct hub_ingest *ingest;
    struct hub_link *link;
    struct sw_source *tick, *term, *interrupt, *hup;
};

/** Open everything. @param tap  what was kept, on the store's thread; NULL = nobody */
int hub_new(const struct sw_hub *conf, hub_tap_fn tap, void *tap_ctx, struct hub **ret, struct sw_err *err);
int hub_run(struct hub *h, struct sw_err *err); /* until SIGTERM or SIGINT */
/** @return false: the connection hangs in the resolver; everything is safe, and the program is to end at once */
bool hub_free(struct hub *h);

#endif
