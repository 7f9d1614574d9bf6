// SPDX-License-Identifier: Apache-2.0
/* Pictures when a sensor or a ticket asks for one: who may ask, how many at once, and what is told of what came. The
 * transfer is gateway/snapshot_run.h's (a child process), the files are gateway/snapshot_files.h's (a worker). */
#ifndef SW_GATEWAY_SNAPSHOT_H
#define SW_GATEWAY_SNAPSHOT_H

#include "common/jsonw.h"
#include "config/site.h"
#include "io/http.h"
#include "tickets/effect.h"

struct sw_core;

#define CORE_SNAPSHOTS_AT_ONCE 2
#define CORE_SNAPSHOTS_QUEUE 8

/** After core_restore: what a restart brings about again asks for no picture. Without cameras: does nothing. */
int core_snapshots_new(struct sw_core *c, struct sw_err *err);
/** An effect that may ask for a picture. */
void core_snapshot_effect(struct sw_core *c, const struct sw_effect *fx);
/** End what runs, keep what came. While the store still takes changes. */
void core_snapshots_stop(struct sw_core *c);
void core_snapshots_free(struct sw_core *c);

struct sw_snapshot_job;
/** What to tell the child: snapshot_ask.c. Holds a secret: wipe it. @return SW_OK; SW_E_IO no password */
int core_snapshot_job(const struct sw_camera_conf *conf, struct sw_snapshot_job *ret, struct sw_err *err);

/** `cameras` of the status page. */
void core_snapshots_write(const struct sw_core *c, struct sw_jsonw *w);
/** /api/v1/media/{sha256}. @return false: the path is another page's */
bool core_page_media(const struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
