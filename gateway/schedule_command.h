// SPDX-License-Identifier: Apache-2.0
/* cmd/schedule as a document: the authority publishes, confirms and withdraws items. Checked field by field; what is
 * not of the contract is dropped. What comes of it is schedule_layer.c's. */
#ifndef SW_GATEWAY_SCHEDULE_COMMAND_H
#define SW_GATEWAY_SCHEDULE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"
#include "rules/schedule.h"

#define SW_SCHEDULE_COMMAND_ITEMS_MAX 50

enum sw_schedule_op { SW_OP_UPSERT, SW_OP_CONFIRM, SW_OP_CANCEL, SW_SCHEDULE_OP__COUNT };

struct json_t; /* <jansson.h> */

struct sw_schedule_command {
    enum sw_schedule_op op;
    size_t n;
    struct json_t
        *items; /* UPSERT: as the import reads them, source authority, confirmed; else {"uid":…} alone. Owned */
};

/** @param zone  of local times, the site's
 *  @return SW_OK; SW_E_INVAL with a sentence that names item and field; SW_E_NOMEM */
int sw_schedule_command_read(const char *json, size_t len, const struct sw_zone *zone, struct sw_schedule_command *ret,
                             struct sw_err *err);
void sw_schedule_command_done(struct sw_schedule_command *c);

/** uid of its item. */
const char *sw_schedule_command_uid(const struct sw_schedule_command *c, size_t i);

const char *sw_schedule_op_name(enum sw_schedule_op op); /* "upsert", "confirm", "cancel" */

/** What of an item the import needs, as an item of the authority. @return a new reference; NULL = no memory */
struct json_t *sw_schedule_item_json(const struct sw_schedule_item *item);

#endif
