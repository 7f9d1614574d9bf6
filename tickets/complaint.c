// SPDX-License-Identifier: Apache-2.0
/* Words of a complaint's outcome, and what of a complaint may be kept at all. What becomes of one is
 * desk_complaint.c's. */
#include "tickets/complaint.h"

#include <string.h>

#include "common/reading.h"

static const char *const names[SW_COMPLAINT__COUNT] = {"linked", "opened", "nothing-measured"};

struct sw_complaint_found sw_complaint_found_none(void)
{
    return (struct sw_complaint_found){.code = SW_ANSWER_NO_DATA,
                                       .worst = SW_NO_VALUE,
                                       .max = SW_NO_VALUE,
                                       .limit = SW_NO_VALUE,
                                       .over_by = SW_NO_VALUE,
                                       .from_us = INT64_MIN,
                                       .to_us = INT64_MIN,
                                       .work = {.state = SW_WORK_NO_SCHEDULE, .permitted = -1},
                                       .work_detected = -1};
}

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

/* ---- what may be kept ---- */

/* Letters, digits and a few signs: no text gets through, least of all an address or a name. */
static int check_id(const char *what, const char *id, const char *example, struct sw_err *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:_-+/=@";

    if (strspn(id, allowed) == strlen(id))
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "%s: an id without blanks is wanted, such as %s", what,
                      example);
}

int sw_complaint_check_ids(const char *service_request_id, const char *caller_ref, struct sw_err *err)
{
    const size_t n = strlen(caller_ref);

    if (check_id("service_request_id", service_request_id, "12345-20260303-88121", err) < 0 ||
        check_id("caller_ref", caller_ref, "h:6c1f09a2b7d8e4f0a1c2d3e4f5061728", err) < 0)
        return SW_E_INVAL;
    if (n > 0 && n < 20 && strspn(caller_ref, "0123456789+-/.:") == n)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID,
                          "caller_ref: this looks like a telephone number; the hotline's keyed hash of it is wanted");
    return SW_OK;
}

int sw_complaint_check_service(const char *service_code, struct sw_err *err)
{
    if (!service_code[0])
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "service_code is missing");
    return check_id("service_code", service_code, "noise.construction", err);
}
