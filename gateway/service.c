// SPDX-License-Identifier: Apache-2.0
/* One line for the service manager: how many sensors measure, what is open, and whether the platform hears it. */
#include "gateway/service.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core.h"
#include "gateway/uplinks.h"

#define FRESH_US (60 * SW_US_PER_S) /* templates ask the slowest sensors twice a minute */

static size_t sensors_measuring(const struct sw_core *c)
{
    const int64_t since_us = sw_engine_now_us(c->engine) - FRESH_US;
    size_t n = 0;

    for (size_t i = 0; i < c->site->n_sensors; i++) {
        struct sw_live live = {.value = SW_NO_VALUE, .limit = SW_NO_VALUE, .ts_us = INT64_MIN};
        struct sw_input_state input;

        if (c->site->sensors[i].kind == SW_KIND_INPUT) { /* tells changes only */
            n += sw_engine_input(c->engine, i, &input);
            continue;
        }
        sw_engine_live(c->engine, i, &live);
        n += live.value != SW_NO_VALUE && live.ts_us >= since_us;
    }
    return n;
}

static const char *platform_words(struct sw_core *c)
{
    struct sw_uplink_status up = {0};

    if (!c->uplink)
        return "no platform";
    sw_uplink_status(c->uplink, &up);
    return up.is_connected ? "platform connected" : "platform not connected";
}

void core_service_tell(struct sw_core *c)
{
    const struct sw_desk_counts counts = sw_desk_counts(sw_engine_desk(c->engine));
    char line[sizeof(c->service_line)];

    snprintf(line, sizeof(line), "STATUS=%s%zu of %zu sensor%s measure; %zu ticket%s open, %zu overdue; %s",
             c->clock->simulated ? "SIMULATED. " : "", sensors_measuring(c), c->site->n_sensors,
             c->site->n_sensors == 1 ? "" : "s", (size_t) counts.open, counts.open == 1 ? "" : "s",
             (size_t) counts.overdue, platform_words(c));
    if (strcmp(line, c->service_line) == 0)
        return;
    snprintf(c->service_line, sizeof(c->service_line), "%s", line);
    sw_notify(line);
}
