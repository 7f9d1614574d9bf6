// SPDX-License-Identifier: Apache-2.0
/* Between the two files that take iCalendar components apart. Nobody else needs libical. */
#ifndef SW_CLI_ICAL_H
#define SW_CLI_ICAL_H

#include <libical/ical.h>

#include "cli/schedule_events.h"

struct sw_ical_reading {
    struct sw_events *e;
    icalcomponent *calendar; /* whose VTIMEZONEs hold */
    bool is_cancelling;      /* METHOD:CANCEL */
};

/** Value of the first X- property of that name, and the property (ret may be NULL). NULL = none */
const char *sw_ical_x_value(icalcomponent *c, const char *name, icalproperty **ret);

/** libical leaves out what it cannot read. @return SW_E_INVAL when that was something which matters */
int sw_ical_check_unread(icalcomponent *c, struct sw_err *err);

int sw_ical_take_kind(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev, struct sw_err *err);

/** After the kind. @return SW_E_INVAL for a word that a VEVENT cannot have: a cancellation must not be lost by a slip
 */
int sw_ical_take_status(const struct sw_ical_reading *r, icalcomponent *c, struct sw_schedule_item *item,
                        struct sw_err *err);

void sw_ical_take_texts(struct sw_ical_reading *r, icalcomponent *c, struct sw_event *ev);

/** Tell properties that mean nothing here and look like a slip of the pen. */
void sw_ical_tell_unknown(struct sw_ical_reading *r, icalcomponent *c, const struct sw_event *ev);

#endif
