// SPDX-License-Identifier: Apache-2.0
/* What a report and a printed sheet draw alike: windows as a stepped line, their limit, what was over shaded, gaps left
 * open, readable without colour; and text for HTML. What stands under the time line is the caller's. */
#ifndef SW_CLI_CHART_H
#define SW_CLI_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SW_CHART_WIDTH 960.0
#define SW_CHART_LEFT 46.0
#define SW_CHART_RIGHT 12.0
#define SW_CHART_TOP 12.0

/* Of the classes that are drawn with. */
#define SW_CHART_CSS                                                                                                   \
    "svg{width:100%;height:auto}.grid{stroke:#ddd}.tick{stroke:#555}.num{text-anchor:end;font-size:11px;fill:#444}"    \
    ".t{text-anchor:middle;font-size:11px;fill:#444}.level{fill:none;stroke:#0b5394;stroke-width:1.2}"                 \
    ".doubt{fill:none;stroke:#9aa;stroke-width:1;stroke-dasharray:2 2}.limit{fill:none;stroke:#b00020;"                \
    "stroke-width:1.8}.over{fill:#f6c8ce}"

/** One window of one sensor. */
struct sw_chart_point {
    int64_t from_us, to_us;
    int32_t value, limit; /* hundredths; SW_NO_VALUE */
    bool is_good;         /* else it could not be judged */
    bool is_over;         /* a judged statistic was over its limit in it */
};

struct sw_chart {
    FILE *to;
    const struct sw_chart_point *point;
    size_t n;
    int64_t from_us, to_us;
    bool is_noise;
    double bottom;     /* y of the time line */
    int32_t low, high; /* hundredths, of the axis: of sw_chart_scale */
};

double sw_chart_x(const struct sw_chart *c, int64_t t_us);
double sw_chart_y(const struct sw_chart *c, int32_t v);
/** Set low and high around everything that is drawn. @return the step of the grid, hundredths */
int32_t sw_chart_scale(struct sw_chart *c);
void sw_chart_grid(const struct sw_chart *c, int32_t step);
void sw_chart_over(const struct sw_chart *c);
/** The level, or the limit: steps from window to window, broken where there is no value. */
void sw_chart_steps(const struct sw_chart *c, bool is_limit);
/** What could not be judged, lighter. */
void sw_chart_doubtful(const struct sw_chart *c);

/** Text for HTML: <, >, &, quotes. */
void sw_html_escape(FILE *to, const char *text);

#endif
