// SPDX-License-Identifier: Apache-2.0
/* Talking to the running daemon: HTTP over its unix socket, answers as JSON. */
#ifndef SW_CLI_CLIENT_H
#define SW_CLI_CLIENT_H

#include <jansson.h>

#include "common/err.h"
#include "common/macros.h"

#define SW_CLIENT_ANSWER_MAX (16 * 1024 * 1024)
#define SW_CLIENT_TIMEOUT_MS 5000

struct sw_client;

/**
 * A client of the daemon whose socket is named by, in this order: the site file's gateway.runtime, $SITEWARD_SOCKET,
 * /run/siteward/ctl.sock. Opens nothing yet.
 *
 * @param command  for messages
 * @param config   site file, NULL = not given
 * @return SW_OK; SW_E_INVAL the site file has faults (they are on stderr); SW_E_NOMEM
 */
int sw_client_new(const char *command, const char *config, struct sw_client **ret, struct sw_err *err);
/** Ask the daemon: make a client, run, free it. @return what `run` returned, or the exit code of a site file with
 *  faults */
int sw_client_run(const char *command, const char *config, int (*run)(const void *options, struct sw_client *client),
                  const void *options);
struct sw_client *sw_client_free(struct sw_client *c); /* NULL is fine; always returns NULL */

/**
 * GET a path. Blocks up to SW_CLIENT_TIMEOUT_MS.
 *
 * @param ret  the answer's JSON, json_decref when done; untouched on failure
 * @return SW_OK; SW_E_IO, SW_E_TIMEOUT nobody answers at the socket; SW_E_NOTFOUND, SW_E_DENIED, SW_E_PROTOCOL the
 *         daemon's own refusal or an answer that is not JSON; SW_E_FULL the answer is larger than the ceiling
 */
int sw_client_get(struct sw_client *c, const char *path, json_t **ret, struct sw_err *err);

/** POST an empty body to a path, arguments in its query; else the same. */
int sw_client_post(struct sw_client *c, const char *path, json_t **ret, struct sw_err *err);

/** POST a JSON body. A refusal of the daemon is an answer too.
 *  @param ret_status  of HTTP
 *  @param timeout_ms  0 = SW_CLIENT_TIMEOUT_MS
 *  @param ret  the answer or the problem document (RFC 9457), json_decref when done */
int sw_client_send(struct sw_client *c, const char *path, const json_t *body, long timeout_ms, long *ret_status,
                   json_t **ret, struct sw_err *err);

/** DELETE a path; else the same as sw_client_send. */
int sw_client_delete(struct sw_client *c, const char *path, long *ret_status, json_t **ret, struct sw_err *err);

/** Exit code of a failed call: 4 when nobody answers, else 1. */
int sw_client_exit_code(int code);

#endif
