// SPDX-License-Identifier: Apache-2.0
/* The picture of one sensor: level as a line, the limit as steps, stretches over the limit shaded, gaps left open, and
 * what was allowed as a strip beneath. Inline SVG, readable in print and without colour. */
#include <math.h>
#include <string.h>

#include "cli/report.h"
#include "common/ident.h"
#include "rules/calendar.h"

#define WIDTH 960.0
#define HEIGHT 250.0
#define LEFT 46.0
#define RIGHT 12.0
#define TOP 12.0
#define BOTTOM 64.0 /* the strip, and the hours beneath it */
#define STRIP 14.0
#define TICKS_MAX 12

struct frame {
    const struct sw_report *r;
    const struct sw_report_series *s;
    FILE *to;
    int32_t low, high; /* hundredths, of the axis */
};

static double x_of(const struct frame *f, int64_t t_us)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (double) (t_us - f->r->from_us) / (double) (f->r->to_us - f->r->from_us);
}

static double y_of(const struct frame *f, int32_t v)
{
    return TOP + (HEIGHT - TOP - BOTTOM) * (double) (f->high - v) / (double) (f->high - f->low);
}

/* Whole steps around everything that is drawn. */
static int32_t scale(struct frame *f)
{
    const bool is_noise = f->r->site->sensors[f->s->sensor].kind == SW_KIND_NOISE;
    int32_t low = INT32_MAX, high = INT32_MIN, step;

    for (size_t i = 0; i < f->s->n; i++) {
        const struct sw_report_point *p = &f->s->point[i];
        const int32_t both[] = {p->value, p->limit};

        for (size_t k = 0; k < 2; k++) {
            if (both[k] == SW_NO_VALUE)
                continue;
            low = SW_MIN(low, both[k]);
            high = SW_MAX(high, both[k]);
        }
    }
    if (low > high)
        low = is_noise ? 4000 : 0, high = is_noise ? 7000 : 10000;
    if (!is_noise)
        low = 0;
    for (step = is_noise ? 1000 : 2000; (high - low) / step > 8; step *= 2)
        ;
    f->low = (int32_t) floor((double) low / step) * step;
    f->high = ((int32_t) floor((double) high / step) + 1) * step;
    return step;
}

static void draw_grid(const struct frame *f, int32_t step)
{
    for (int32_t v = f->low; v <= f->high; v += step)
        fprintf(f->to,
                "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text class=\"num\" x=\"%.1f\" y=\"%.1f\">%d</text>\n",
                LEFT, y_of(f, v), WIDTH - RIGHT, LEFT - 6, y_of(f, v) + 4, (int) (v / 100));
}

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
            fprintf(f->to,
                    "<path class=\"tick\" d=\"M%.1f %.1fv5\"/><text class=\"t\" x=\"%.1f\" y=\"%.1f\">%.5s</text>\n",
                    x_of(f, t), HEIGHT - BOTTOM + 8 + STRIP, x_of(f, t), HEIGHT - BOTTOM + 26 + STRIP,
                    f->r->is_fine ? text + 11 : text + 5);
        }
    }
}

static void draw_over(const struct frame *f)
{
    for (size_t i = 0, end; i < f->s->n; i = end) {
        for (end = i + 1; end < f->s->n && f->s->point[i].is_over && f->s->point[end].is_over &&
                          f->s->point[end].from_us == f->s->point[end - 1].to_us;
             end++)
            ;
        if (f->s->point[i].is_over)
            fprintf(f->to, "<rect class=\"over\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                    x_of(f, f->s->point[i].from_us), TOP,
                    fmax(x_of(f, f->s->point[end - 1].to_us) - x_of(f, f->s->point[i].from_us), 1.0),
                    HEIGHT - TOP - BOTTOM);
    }
}

/* Steps from window to window; where there is no value or the next does not follow at once, the line ends. */
static void draw_steps(const struct frame *f, bool is_limit)
{
    int64_t drawn_us = INT64_MIN;

    fprintf(f->to, "<path class=\"%s\" d=\"", is_limit ? "limit" : "level");
    for (size_t i = 0; i < f->s->n; i++) {
        const struct sw_report_point *p = &f->s->point[i];
        const int32_t v = is_limit ? p->limit : p->is_good ? p->value : SW_NO_VALUE;

        if (v == SW_NO_VALUE)
            continue;
        fprintf(f->to, drawn_us == p->from_us ? "V%.1fH%.1f" : "M%.1f %.1fH%.1f",
                drawn_us == p->from_us ? y_of(f, v) : x_of(f, p->from_us),
                drawn_us == p->from_us ? x_of(f, p->to_us) : y_of(f, v), x_of(f, p->to_us));
        drawn_us = p->to_us;
    }
    fputs("\"/>\n", f->to);
}

/* Data that could not be judged are not nothing: they are there, lighter. */
static void draw_doubtful(const struct frame *f)
{
    fputs("<path class=\"doubt\" d=\"", f->to);
    for (size_t i = 0; i < f->s->n; i++) {
        const struct sw_report_point *p = &f->s->point[i];

        if (!p->is_good && p->value != SW_NO_VALUE)
            fprintf(f->to, "M%.1f %.1fH%.1f", x_of(f, p->from_us), y_of(f, p->value), x_of(f, p->to_us));
    }
    fputs("\"/>\n", f->to);
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
        fprintf(f->to, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                strip_class(state), x_of(f, t), HEIGHT - BOTTOM + 6, x_of(f, end) - x_of(f, t), STRIP);
    }
}

void sw_report_chart(const struct sw_report *r, const struct sw_report_series *s, FILE *to)
{
    struct frame f = {.r = r, .s = s, .to = to};
    const int32_t step = scale(&f);

    fprintf(to, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    sw_report_escape(to, r->site->sensors[s->sensor].name);
    fputs("\">\n", to);
    draw_over(&f);
    draw_grid(&f, step);
    draw_doubtful(&f);
    draw_steps(&f, false);
    draw_steps(&f, true);
    draw_strip(&f);
    draw_ticks(&f);
    if (s->n == 0) {
        fprintf(to, "<text class=\"t\" x=\"%.1f\" y=\"%.1f\">", WIDTH / 2, HEIGHT / 2 - 20);
        sw_report_escape(to, sw_report_word(r, "no stored windows in this time"));
        fputs("</text>\n", to);
    }
    fputs("</svg>\n", to);
}
