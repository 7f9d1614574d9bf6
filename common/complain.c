// SPDX-License-Identifier: Apache-2.0
/* A fault that lasts is said once and reminded at growing intervals; its end is said once. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/macros.h"

static const int64_t first_pause_us = 60 * SW_US_PER_S, longest_pause_us = 3600 * SW_US_PER_S;

void sw_complain(struct sw_complaint *c, int64_t now_us, enum sw_severity severity, const char *fmt, ...)
{
    char text[900];
    va_list ap;
    int64_t pause_us = first_pause_us;

    if (c->said && now_us < c->next_us) {
        c->suppressed++;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (c->suppressed)
        sw_log(severity, "%s (and %u times more since)", text, c->suppressed);
    else
        sw_log(severity, "%s", text);
    for (uint32_t i = 0; i < c->said && pause_us < longest_pause_us; i++)
        pause_us *= 2;
    c->next_us = now_us + SW_MIN(pause_us, longest_pause_us);
    c->said++;
    c->suppressed = 0;
}

void sw_complain_clear(struct sw_complaint *c, enum sw_severity severity, const char *fmt, ...)
{
    char text[900];
    va_list ap;

    if (!c->said)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    sw_log(severity, "%s", text);
    *c = (struct sw_complaint){0};
}
