// SPDX-License-Identifier: Apache-2.0
/* Classes and deadlines of a hotline as data: tickets/packs/<id>.yaml, read by config/read_hotline.c. */
#ifndef SW_TICKETS_HOTLINE_H
#define SW_TICKETS_HOTLINE_H

#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

enum sw_class { SW_CLASS_A, SW_CLASS_B, SW_CLASS_C, SW_CLASS__COUNT };

/** Time limits of one class; 0 = none. Days are counted as 24 hours of plain clock time in this version. */
struct sw_class_limits {
    int32_t respond_s;
    int32_t dispatch_s;
    int32_t resolve_s;
};

struct sw_hotline {
    char id[SW_ID_SIZE];
    char version[16];
    char source[256];
    struct sw_class_limits limits[SW_CLASS__COUNT];
    int32_t class_a_over_by;      /* hundredths of dB: 1000 */
    int32_t class_a_dust_percent; /* 200: dust at or over this share of the limit */
    int32_t reopen_within_s;      /* 86400 */
};

/** @return SW_OK; SW_E_INVAL with a sentence */
int sw_hotline_validate(const struct sw_hotline *h, struct sw_err *err);

/** 'A', 'B', 'C' */
char sw_class_letter(enum sw_class c);

#endif
