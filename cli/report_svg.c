// SPDX-License-Identifier: Apache-2.0
/* The picture of one sensor: level as a line, the limit as steps, stretches over the limit shaded, gaps left open, and
 * what was allowed as a strip beneath. Inline SVG, readable in print and without colour. */
#include <math.h>
#include <string.h>

#include "cli/chart.h"
#include "cli/report.h"
#include "common/ident.h"
#include "rules/calendar.h"

#define HEIGHT 250.0
#define BOTTOM 64.0 /* the strip, and the hours beneath it */
#define STRIP 14.0
#define TICKS_MAX 12

struct frame {
    const struct sw_report *r;
    struct sw_chart c;
};

/* Hours of a day, days of a longer time; a repeated or skipped hour stands where it is on the time line. */
static void draw_ticks(const struct frame *f)
{
    const struct sw_zone *zone = &f->r->site->zone;
    const int32_t first = sw_local_day(zone, f->r->from_us), last = sw_local_day(zone, f->r->to_us - 1);
    const int32_t every = (last - first) / TICKS_MAX + 1;
    char text[32];

    for (int32_t day = first; day <= last; day += every) {
        const int64_t from_us = sw_local_midnight(zone, day);
        const int64_t step_us = f->r->is_fine ? 3 * 3600 * SW_US_PER_S : SW_S_PER_DAY * SW_US_PER_S;

        for (int64_t t = from_us; t < SW_MIN(sw_local_midnight(zone, day + 1), f->r->to_us); t += step_us) {
            if (t < f->r->from_us)
                continue;
            sw_report_time(f->r, t, text);
            fprintf(f->c.to,
                    "<path class=\"tick\" d=\"M%.1f %.1fv5\"/><text class=\"t\" x=\"%.1f\" y=\"%.1f\">%.5s</text>\n",
                    sw_chart_x(&f->c, t), HEIGHT - BOTTOM + 8 + STRIP, sw_chart_x(&f->c, t),
                    HEIGHT - BOTTOM + 26 + STRIP, f->r->is_fine ? text + 11 : text + 5);
        }
    }
}

static const char *strip_class(enum sw_work_state s)
{
    static const char *const names[SW_WORK__COUNT] = {
        [SW_WORK_NO_SCHEDULE] = "w0",     [SW_WORK_SCHEDULED] = "w1",        [SW_WORK_UNSCHEDULED] = "w2",
        [SW_WORK_PERMITTED_NIGHT] = "w3", [SW_WORK_PROHIBITED_NIGHT] = "w4", [SW_WORK_QUIET_PERIOD] = "w5"};

    return (unsigned) s < SW_WORK__COUNT ? names[s] : "w0";
}

static void draw_strip(const struct frame *f)
{
    const int64_t step_us = (f->r->is_fine ? 300 : 1800) * SW_US_PER_S;

    for (int64_t t = f->r->from_us, end; t < f->r->to_us; t = end) {
        const enum sw_work_state state = sw_engine_work_at(f->r->engine, t).state;

        for (end = t + step_us; end < f->r->to_us && sw_engine_work_at(f->r->engine, end).state == state;
             end += step_us)
            ;
        end = SW_MIN(end, f->r->to_us);
        fprintf(f->c.to, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                strip_class(state), sw_chart_x(&f->c, t), HEIGHT - BOTTOM + 6,
                sw_chart_x(&f->c, end) - sw_chart_x(&f->c, t), STRIP);
    }
}

void sw_report_chart(const struct sw_report *r, const struct sw_report_series *s, FILE *to)
{
    struct frame f = {.r = r,
                      .c = {.to = to,
                            .point = s->point,
                            .n = s->n,
                            .from_us = r->from_us,
                            .to_us = r->to_us,
                            .is_noise = r->site->sensors[s->sensor].kind == SW_KIND_NOISE,
                            .bottom = HEIGHT - BOTTOM}};
    const int32_t step = sw_chart_scale(&f.c);

    fprintf(to, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", SW_CHART_WIDTH, HEIGHT);
    sw_html_escape(to, r->site->sensors[s->sensor].name);
    fputs("\">\n", to);
    sw_chart_over(&f.c);
    sw_chart_grid(&f.c, step);
    sw_chart_doubtful(&f.c);
    sw_chart_steps(&f.c, false);
    sw_chart_steps(&f.c, true);
    draw_strip(&f);
    draw_ticks(&f);
    if (s->n == 0) {
        fprintf(to, "<text class=\"t\" x=\"%.1f\" y=\"%.1f\">", SW_CHART_WIDTH / 2, HEIGHT / 2 - 20);
        sw_html_escape(to, sw_report_word(r, "no stored windows in this time"));
        fputs("</text>\n", to);
    }
    fputs("</svg>\n", to);
}
