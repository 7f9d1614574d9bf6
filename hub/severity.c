// SPDX-License-Identifier: Apache-2.0
/* Each factor is 1 when there is nothing to it, and grows slowly, so that no single one decides alone; what a site's
 * lamp says comes first among equals. */
#include "hub/severity.h"

#include <math.h>

#define LONG_S 1800.0 /* half an hour more of it counts like the first */

static double base_of(enum hub_lamp lamp)
{
    switch (lamp) {
    case HUB_LAMP_OVER:
        return 8;
    case HUB_LAMP_NODATA:
        return 3;
    case HUB_LAMP_NEAR:
        return 2;
    case HUB_LAMP_OK:
    case HUB_LAMP_UNKNOWN:
        break;
    }
    return 0;
}

double hub_severity(const struct hub_severity *v)
{
    const double over = v->over_by > 0 ? 1 + v->over_by / 3 : 1; /* 3 dB: twice the energy */
    const double of_class = v->class_ == 'A' ? 2 : v->class_ == 'B' ? 1.25 : 1;
    const double since = v->since_s > 0 ? 1 + log2(1 + (double) v->since_s / LONG_S) : 1;
    const double calls = 1 + log2(1 + (double) v->calls_24h);
    const double overdue = 1 + 0.5 * v->n_overdue;
    const double base = base_of(v->lamp);

    /* who calls about a site whose lamp is well is heard too, after those whose lamp is not */
    if (base <= 0)
        return 1 - 1 / (calls * overdue);
    return base * over * of_class * since * calls * overdue;
}
