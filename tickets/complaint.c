// SPDX-License-Identifier: Apache-2.0
/* Words of a complaint's outcome. What becomes of one is desk_complaint.c's. */
#include "tickets/complaint.h"

#include <string.h>

static const char *const names[SW_COMPLAINT__COUNT] = {"linked", "opened", "nothing-measured"};

const char *sw_complaint_outcome_name(enum sw_complaint_outcome v)
{
    return (unsigned) v < SW_COMPLAINT__COUNT ? names[v] : "";
}

int sw_complaint_outcome_from_name(const char *s)
{
    for (int i = 0; s && i < SW_COMPLAINT__COUNT; i++) {
        if (strcmp(names[i], s) == 0)
            return i;
    }
    return -1;
}
