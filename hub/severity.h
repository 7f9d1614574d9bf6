// SPDX-License-Identifier: Apache-2.0
/* Which site first: how bad, times how long, times how many call. Pure. */
#ifndef SW_HUB_SEVERITY_H
#define SW_HUB_SEVERITY_H

#include "hub/document.h"

struct hub_severity {
    enum hub_lamp lamp;
    double over_by;     /* dB over the limit; NaN = not known */
    char class_;        /* 'A' … of the worst ticket; 0 = none */
    int64_t since_s;    /* so long it has been so; < 0 = not known */
    unsigned calls_24h; /* complaints */
    unsigned n_overdue; /* tickets */
};

/** A number to order by, the worse the higher; 0 = all is well and nobody calls. */
double hub_severity(const struct hub_severity *v);

#endif
