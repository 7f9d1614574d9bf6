// SPDX-License-Identifier: Apache-2.0
/* The configuration while the gateway runs: reading it again (SIGHUP), what a platform sets of it, its revision, and
 * the document that reports it. What can change without a restart is one table in reload.c; everything else holds from
 * the next start on. A configuration with faults changes nothing. Core thread only.
 *
 * The snapshot that the gateway started with (core->site) is never changed: engine and workers go by it for good. What
 * may change while they run is read from core_settings(). */
#ifndef SW_GATEWAY_RELOAD_H
#define SW_GATEWAY_RELOAD_H

#include "gateway/core.h"

#define CORE_CONFIG_RESTART_MAX 16 /* keys named that wait for a restart; more are only counted */

/** After the store is open. Without a file that the site was read from there is nothing to read again: every function
 *  below then does nothing.
 *  @param seen  of reading c->site: its texts go over to the core. NULL = none */
int core_config_new(struct sw_core *c, struct sw_config_seen *seen, struct sw_err *err);
/** After the documents' site is done with: its names are those of the newest snapshot. */
void core_config_free(struct sw_core *c);

/** Read everything again. Faults are logged, and the last good configuration goes on. */
void core_config_reload(struct sw_core *c);

/** What a platform sets: merged and read whole, then written by the query worker, because a disk may take its time,
 * then in force. Nothing is changed unless it is SW_OK. One at a time; a reload that is asked for meanwhile comes after
 * it.
 *  @param patch  text of a JSON object, RFC 7396
 *  @param fn     called once when it is on the disk and in force, or SW_E_IO it could not be written, SW_E_BUSY the
 *                gateway ends; before the return when the next revision has it already. Only after SW_OK
 *  @return SW_OK; SW_E_CONFLICT another revision; SW_E_DENIED a key that is not for a platform; SW_E_INVAL; SW_E_FULL;
 *          SW_E_BUSY another one is being written. Each with a sentence */
typedef void (*core_config_fn)(void *ctx, int rc, const struct sw_err *err);
int core_config_patch(struct sw_core *c, int64_t base_revision, const char *patch, size_t len, core_config_fn fn,
                      void *ctx, struct sw_err *err);

int64_t core_config_revision(const struct sw_core *c); /* from 1; 0 = there is none */
bool core_config_needs_restart(const struct sw_core *c);

/** gw/{gw}/config, retained. */
void core_config_publish(struct sw_core *c);
struct sw_jsonw;
/** "config": {…} of the status page. */
void core_config_render(const struct sw_core *c, struct sw_jsonw *w);

/* reload_diff.c: pure */
/** Keys in which two configurations differ, as JSON pointers. */
struct core_config_diff {
    size_t n, total; /* kept, found */
    char pointer[CORE_CONFIG_RESTART_MAX][200];
};
/** @param skip  a pointer that needs no telling; ctx is the caller's. NULL = all are told
 *  @return SW_OK; SW_E_INVAL one of the texts is no JSON object */
int core_config_compare(const char *before, const char *after, bool (*skip)(void *ctx, const char *pointer), void *ctx,
                        struct core_config_diff *ret);
/** Whether a pointer is that of a pattern, in which "*" stands for one word: "/devices/" "*" "/name". */
bool core_config_matches(const char *pattern, const char *pointer);

/* remote_file.c */
/** Put a file in the place of another, whole or not at all, and on the disk when it returns. @return SW_OK; SW_E_IO */
int core_replace_file(const char *path, const char *text, size_t len, struct sw_err *err);
/** The same on the query worker: an fsync beside other writing takes some hundred milliseconds, and the core has 20.
 *  @param fn  called once on the core's thread with what became of it; SW_E_BUSY: nothing, the gateway ends
 *  @return SW_OK; SW_E_BUSY the worker has too much to do; SW_E_NOMEM; then fn is not called */
typedef void (*core_replaced_fn)(void *ctx, int rc, const struct sw_err *err);
int core_replace_file_later(struct core_queries *queries, const char *path, const char *text, size_t len,
                            core_replaced_fn fn, void *ctx, struct sw_err *err);

#endif
