// SPDX-License-Identifier: Apache-2.0
/* The line of windows, its limit and what was over, as inline SVG; text for HTML. Axis of levels only: the time line's
 * marks are the caller's. */
#include "cli/chart.h"

#include <math.h>

#include "common/macros.h"
#include "common/reading.h"

double sw_chart_x(const struct sw_chart *c, int64_t t_us)
{
    return SW_CHART_LEFT + (SW_CHART_WIDTH - SW_CHART_LEFT - SW_CHART_RIGHT) * (double) (t_us - c->from_us) /
                               (double) (c->to_us - c->from_us);
}

double sw_chart_y(const struct sw_chart *c, int32_t v)
{
    return SW_CHART_TOP + (c->bottom - SW_CHART_TOP) * (double) (c->high - v) / (double) (c->high - c->low);
}

/* Whole steps around everything that is drawn. */
int32_t sw_chart_scale(struct sw_chart *c)
{
    int32_t low = INT32_MAX, high = INT32_MIN, step;

    for (size_t i = 0; i < c->n; i++) {
        const struct sw_chart_point *p = &c->point[i];
        const int32_t both[] = {p->value, p->limit};

        for (size_t k = 0; k < 2; k++) {
            if (both[k] == SW_NO_VALUE)
                continue;
            low = SW_MIN(low, both[k]);
            high = SW_MAX(high, both[k]);
        }
    }
    if (low > high)
        low = c->is_noise ? 4000 : 0, high = c->is_noise ? 7000 : 10000;
    if (!c->is_noise)
        low = 0;
    for (step = c->is_noise ? 1000 : 2000; (high - low) / step > 8; step *= 2)
        ;
    c->low = (int32_t) floor((double) low / step) * step;
    c->high = ((int32_t) floor((double) high / step) + 1) * step;
    return step;
}

void sw_chart_grid(const struct sw_chart *c, int32_t step)
{
    for (int32_t v = c->low; v <= c->high; v += step)
        fprintf(c->to,
                "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text class=\"num\" x=\"%.1f\" y=\"%.1f\">%d</text>\n",
                SW_CHART_LEFT, sw_chart_y(c, v), SW_CHART_WIDTH - SW_CHART_RIGHT, SW_CHART_LEFT - 6,
                sw_chart_y(c, v) + 4, (int) (v / 100));
}

void sw_chart_over(const struct sw_chart *c)
{
    for (size_t i = 0, end; i < c->n; i = end) {
        for (end = i + 1; end < c->n && c->point[i].is_over && c->point[end].is_over &&
                          c->point[end].from_us == c->point[end - 1].to_us;
             end++)
            ;
        if (c->point[i].is_over)
            fprintf(c->to, "<rect class=\"over\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                    sw_chart_x(c, c->point[i].from_us), SW_CHART_TOP,
                    fmax(sw_chart_x(c, c->point[end - 1].to_us) - sw_chart_x(c, c->point[i].from_us), 1.0),
                    c->bottom - SW_CHART_TOP);
    }
}

/* Steps from window to window; where there is no value or the next does not follow at once, the line ends. */
void sw_chart_steps(const struct sw_chart *c, bool is_limit)
{
    int64_t drawn_us = INT64_MIN;

    fprintf(c->to, "<path class=\"%s\" d=\"", is_limit ? "limit" : "level");
    for (size_t i = 0; i < c->n; i++) {
        const struct sw_chart_point *p = &c->point[i];
        const int32_t v = is_limit ? p->limit : p->is_good ? p->value : SW_NO_VALUE;

        if (v == SW_NO_VALUE)
            continue;
        fprintf(c->to, drawn_us == p->from_us ? "V%.1fH%.1f" : "M%.1f %.1fH%.1f",
                drawn_us == p->from_us ? sw_chart_y(c, v) : sw_chart_x(c, p->from_us),
                drawn_us == p->from_us ? sw_chart_x(c, p->to_us) : sw_chart_y(c, v), sw_chart_x(c, p->to_us));
        drawn_us = p->to_us;
    }
    fputs("\"/>\n", c->to);
}

/* Data that could not be judged are not nothing: they are there, lighter. */
void sw_chart_doubtful(const struct sw_chart *c)
{
    fputs("<path class=\"doubt\" d=\"", c->to);
    for (size_t i = 0; i < c->n; i++) {
        const struct sw_chart_point *p = &c->point[i];

        if (!p->is_good && p->value != SW_NO_VALUE)
            fprintf(c->to, "M%.1f %.1fH%.1f", sw_chart_x(c, p->from_us), sw_chart_y(c, p->value),
                    sw_chart_x(c, p->to_us));
    }
    fputs("\"/>\n", c->to);
}

void sw_html_escape(FILE *to, const char *text)
{
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*c, to);
        }
    }
}
