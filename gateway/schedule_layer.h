// SPDX-License-Identifier: Apache-2.0
/* What others than the site say about its schedule: items of the authority and which items of the files it withdrew,
 * and quiet periods that were broadcast to the area. Kept beside the schedule that it made, in the same row of the
 * store, so that the two never differ. A layer never changes: a command makes another one. Recurrences are not looked
 * at here. */
#ifndef SW_GATEWAY_SCHEDULE_LAYER_H
#define SW_GATEWAY_SCHEDULE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"
#include "gateway/schedule_command.h"
#include "io/broadcast.h"
#include "rules/schedule.h"

#define SW_LAYER_ITEMS_MAX 200     /* of the authority */
#define SW_LAYER_WITHDRAWN_MAX 200 /* uids */
#define SW_LAYER_QUIET_MAX 32
#define SW_LAYER_BYTES_MAX (512 * 1024) /* of the authority's items as text */

struct sw_layer; /* immutable */
struct json_t;   /* <jansson.h> */

struct sw_layer *sw_layer_new(void);                    /* empty; NULL = no memory */
struct sw_layer *sw_layer_free(struct sw_layer *l);     /* NULL is fine; always returns NULL */
struct json_t *sw_layer_json(const struct sw_layer *l); /* borrowed */
/** A copy, checked. @param json  NULL: an empty layer. @return SW_OK; SW_E_CORRUPT; SW_E_NOMEM */
int sw_layer_of_json(const struct json_t *json, struct sw_layer **ret, struct sw_err *err);

/** What the layer becomes by a command.
 *  @param now  the schedule that is published; NULL = none. Items of files are looked up in it
 *  @return SW_OK; SW_E_NOTFOUND, SW_E_INVAL, SW_E_FULL with a sentence that names the uid; SW_E_NOMEM */
int sw_layer_apply(const struct sw_layer *l, const struct sw_schedule_command *c, const struct sw_schedule *now,
                   int64_t now_us, struct sw_layer **ret, struct sw_err *err);
/** Does every item that the command confirms happen at the times that the files say? One with exceptions would not.
 *  @param said  the authority's items of the new layer. @return SW_OK; SW_E_INVAL with a sentence */
int sw_layer_check_confirmed(const struct sw_schedule_command *c, const struct sw_schedule *now,
                             const struct sw_schedule *said, struct sw_err *err);

/** With a quiet period, in place of one of the same id. @return SW_OK; SW_E_FULL; SW_E_INVAL; SW_E_NOMEM */
int sw_layer_with_quiet(const struct sw_layer *l, const struct sw_quiet *q, struct sw_layer **ret, struct sw_err *err);
int sw_layer_without_quiet(const struct sw_layer *l, const char *id, struct sw_layer **ret, struct sw_err *err);
/** @return it is there; ret (may be NULL) gets it */
bool sw_layer_find_quiet(const struct sw_layer *l, const char *id, struct sw_quiet *ret);

/** Without what ended before an instant, and without withdrawals from before it of what no file says any more.
 *  @param files  what each file says. @return SW_OK; SW_E_NOMEM */
int sw_layer_prune(const struct sw_layer *l, const struct sw_zone *zone, const struct sw_schedule *const *files,
                   size_t n_files, int64_t before_us, struct sw_layer **ret);

size_t sw_layer_n_items(const struct sw_layer *l); /* of the authority */
/** The authority's items in the form that the import reads, on the heap. @return NULL = no memory */
char *sw_layer_text(const struct sw_layer *l, size_t *ret_len);
/** uids of which the authority speaks, up to SW_LAYER_ITEMS_MAX + SW_LAYER_WITHDRAWN_MAX, borrowed. @return how many */
size_t sw_layer_overruled(const struct sw_layer *l, const char **ret);
/** The quiet periods as a schedule of their own over [from, to). @return SW_OK; SW_E_NOMEM; SW_E_INVAL */
int sw_layer_broadcasts(const struct sw_layer *l, const struct sw_zone *zone, int64_t from_us, int64_t to_us,
                        struct sw_schedule **ret, struct sw_err *err);

/** When a quiet period is. @return SW_OK; SW_E_INVAL with a sentence that names the field */
int sw_quiet_times(const struct sw_quiet *q, const struct sw_zone *zone, int64_t *ret_from_us, int64_t *ret_to_us,
                   struct sw_err *err);

#endif
