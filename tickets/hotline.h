// SPDX-License-Identifier: Apache-2.0
/* Classes and deadlines of a hotline as data: tickets/packs/<id>.yaml, read by config/read_hotline.c. */
#ifndef SW_TICKETS_HOTLINE_H
#define SW_TICKETS_HOTLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

enum sw_class { SW_CLASS_A, SW_CLASS_B, SW_CLASS_C, SW_CLASS__COUNT };

/** Plain time or working days; both 0 = no limit. Never both. */
struct sw_time_limit {
    int32_t s;
    int32_t workdays;
};

/** Time limits of one class; 0 = none. */
struct sw_class_limits {
    int32_t respond_s;
    int32_t dispatch_s;
    struct sw_time_limit resolve;
    bool is_reviewed; /* on the first working day of the month after it opened, if it is still open */
};

/** How long before a deadline people are reminded; both 0 = never. Never both. */
struct sw_reminder {
    int32_t percent; /* of the time that the class gives */
    int32_t s;       /* or so long, but at most half of that time */
};

struct sw_hotline {
    char id[SW_ID_SIZE];
    char version[16];
    char source[256];
    struct sw_class_limits limits[SW_CLASS__COUNT];
    struct sw_time_limit enquiry; /* to resolve a complaint with which nothing was measured; none = as class B */
    struct sw_reminder remind;
    int32_t class_a_over_by;      /* hundredths of dB: 1000 */
    int32_t class_a_dust_percent; /* 200: dust at or over this share of the limit */
    int32_t reopen_within_s;      /* 86400 */
};

/** @return SW_OK; SW_E_INVAL with a sentence */
int sw_hotline_validate(const struct sw_hotline *h, struct sw_err *err);

/** 'A', 'B', 'C' */
char sw_class_letter(enum sw_class c);

#endif
