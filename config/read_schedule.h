// SPDX-License-Identifier: Apache-2.0
/* Reads the product's own JSON form of a schedule (docs/reference/schedule.md) into a snapshot: what
 * `siteward schedule import --json` prints and what `replay --schedule FILE.json` is given. Recurrences are not
 * expanded here: that is the import's. */
#ifndef SW_CONFIG_READ_SCHEDULE_H
#define SW_CONFIG_READ_SCHEDULE_H

#include <stddef.h>

#include "common/err.h"
#include "common/zone.h"
#include "rules/schedule.h"

/** A schedule document that is longer is refused. */
#define SW_SCHEDULE_JSON_MAX (8 * 1024 * 1024)

/**
 * Read a schedule.
 *
 * Instances are taken from "instances"; an item without any there, and without an rrule, gets the one that its dtstart
 * and duration say. published_us is "published", else "claimed_published", else INT64_MIN for the caller to fill.
 * A permit counts as confirmed only when the item says source authority and status confirmed.
 *
 * @param name  what to call the text in a sentence: the file's name
 * @param zone  zone of local times when the document names none; borrowed
 * @param ret   free with sw_schedule_free; untouched on failure
 * @return SW_OK; SW_E_INVAL with a sentence; SW_E_FULL more items or instances than fit; SW_E_NOMEM
 */
int sw_schedule_read_json(const char *name, const char *text, size_t len, const struct sw_zone *zone,
                          struct sw_schedule **ret, struct sw_err *err);

struct json_t; /* <jansson.h> */

/** One item's fields out of its JSON object, without its instances. `item` must be zeroed. @return SW_OK; SW_E_INVAL */
int sw_schedule_read_item(const struct json_t *v, struct sw_schedule_item *item, struct sw_err *err);

/** What a file says of itself is no word of the authority: every item's source becomes `file`, a confirmed permit
 *  unconfirmed. For files that the site's own people write. */
void sw_schedule_distrust(struct sw_schedule *s);

#endif
