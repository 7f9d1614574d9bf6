// SPDX-License-Identifier: Apache-2.0
/* The minutes of the ticket's sensor on the printed sheet: a picture of all that the export holds, and a table of those
 * around the exceedance. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence_export_sheet.h"
#include "common/timefmt.h"

#define ROWS_MAX 120
#define AROUND_US (10 * 60 * SW_US_PER_S)
#define LONGEST_US (48 * 3600 * SW_US_PER_S) /* an export spans a day: more is broken */
#define HEIGHT 230.0
#define BOTTOM 34.0
#define TICKS_MAX 12

struct minute {
    const json_t *doc, *judged; /* judged: by the ticket's rule, NULL = it was not */
    struct sw_chart_point p;
};

/* The ticket's rule, as far as it was judged in this minute. */
static const json_t *judged_of(const struct sheet *s, const json_t *doc)
{
    const char *rule = sheet_text(s->ticket, "rule");
    const json_t *j;
    size_t i;

    json_array_foreach(json_object_get(doc, "judged"), i, j)
    {
        if (*rule && strcmp(sheet_text(j, "rule"), rule) == 0 && json_integer_value(json_object_get(j, "n")) > 0)
            return j;
    }
    return NULL;
}

/* Which of a window's values the ticket is about. */
static const char *value_name(const struct sheet *s)
{
    const char *quantity = sheet_text(s->ticket, "quantity");

    if (strcmp(quantity, "LAeq") == 0 || strcmp(quantity, "LAmax") == 0)
        return quantity;
    if (*quantity)
        return strcmp(sheet_text(s->ticket, "statistic"), "max") == 0 ? "max" : "mean";
    return "LAeq";
}

static bool is_noise(const struct sheet *s)
{
    return strncmp(value_name(s), "LA", 2) == 0;
}

static const char *judged_statistic(const json_t *window, const char *rule)
{
    const json_t *j;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(window, "doc"), "judged"), i, j)
    {
        if (strcmp(sheet_text(j, "rule"), rule) == 0)
            return sheet_text(j, "statistic");
    }
    return "";
}

const char *sheet_statistic(const struct sheet *s)
{
    const char *rule = sheet_text(s->ticket, "rule"), *quantity = sheet_text(s->ticket, "quantity");
    const json_t *w;
    size_t i;

    json_array_foreach(s->windows, i, w)
    {
        if (*rule && *judged_statistic(w, rule))
            return judged_statistic(w, rule);
    }
    return strcmp(quantity, "LAmax") == 0 ? "LAFmax" : quantity;
}

static bool read_minute(const struct sheet *s, const json_t *w, struct minute *m)
{
    const json_t *doc = json_object_get(w, "doc"), *of = json_object_get(doc, "values");
    const char *from = sheet_text(doc, "from"), *to = sheet_text(doc, "to"), *sensor = sheet_text(s->ticket, "sensor");
    const json_t *limits = json_object_get(doc, "limit");

    if (!*sensor || strcmp(sheet_text(w, "sensor"), sensor) != 0 ||
        sw_time_parse(from, strlen(from), &m->p.from_us, NULL) != SW_OK ||
        sw_time_parse(to, strlen(to), &m->p.to_us, NULL) != SW_OK || m->p.to_us <= m->p.from_us)
        return false;
    m->doc = doc;
    m->judged = judged_of(s, doc);
    m->p.value = sheet_level(json_object_get(of ? of : doc, value_name(s)));
    m->p.limit = m->judged ? sheet_level(json_object_get(m->judged, "limit"))
                           : sheet_level(json_object_get(limits, value_name(s)));
    m->p.is_good = strcmp(sheet_text(doc, "q"), "good") == 0;
    m->p.is_over = json_integer_value(json_object_get(m->judged, "over")) > 0;
    return true;
}

/* ---- the picture ---- */

static void draw_ticks(const struct sheet *s, const struct sw_chart *c)
{
    static const int minutes[] = {1, 2, 5, 10, 15, 30, 60, 120, 180, 360};
    size_t k = 0;

    while (k + 1 < SW_ARRAY_SIZE(minutes) && (c->to_us - c->from_us) / (minutes[k] * 60 * SW_US_PER_S) > TICKS_MAX)
        k++;
    const int64_t step_us = minutes[k] * 60 * SW_US_PER_S;

    for (int64_t t = c->from_us - c->from_us % (60 * SW_US_PER_S); t < c->to_us; t += 60 * SW_US_PER_S) {
        const int64_t local_us = t + sheet_offset_s(s, t) * SW_US_PER_S;
        const int of_day = (int) (local_us / (60 * SW_US_PER_S) % 1440);

        if (t < c->from_us || local_us < 0 || local_us % step_us != 0)
            continue;
        fprintf(c->to,
                "<path class=\"tick\" d=\"M%.1f %.1fv5\"/><text class=\"t\" x=\"%.1f\" y=\"%.1f\">%02d:%02d</text>\n",
                sw_chart_x(c, t), c->bottom, sw_chart_x(c, t), c->bottom + 18, of_day / 60, of_day % 60);
    }
}

static void draw(const struct sheet *s, const struct sw_chart_point *point, size_t n, FILE *to)
{
    struct sw_chart c = {.to = to, .point = point, .n = n, .is_noise = is_noise(s), .bottom = HEIGHT - BOTTOM};
    int32_t step;

    c.from_us = point[0].from_us;
    c.to_us = point[0].to_us;
    for (size_t i = 1; i < n; i++) {
        c.from_us = SW_MIN(c.from_us, point[i].from_us);
        c.to_us = SW_MAX(c.to_us, point[i].to_us);
    }
    if (c.to_us - c.from_us > LONGEST_US)
        return;
    step = sw_chart_scale(&c);
    fprintf(to, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", SW_CHART_WIDTH, HEIGHT);
    sw_chart_over(&c);
    sw_chart_grid(&c, step);
    sw_chart_doubtful(&c);
    sw_chart_steps(&c, false);
    sw_chart_steps(&c, true);
    draw_ticks(s, &c);
    fprintf(to, "</svg>\n<p class=\"small\">%s</p>\n",
            sheet_say(s,
                      "Line: level of each minute. Heavy line: the limit in force. Shaded: the rule's statistic was "
                      "over the limit. Dashed: minutes that could not be judged. Open: no data.",
                      "细线:每分钟测量值;粗线:当时限值;底色:规则统计量超过限值;虚线:数据存疑,未予判定;断开:无数据。"));
}

/* ---- the table ---- */

static void put_head(const struct sheet *s, FILE *to)
{
    const char *unit = sheet_unit(sheet_text(s->ticket, "unit"));
    const char *statistic = sheet_statistic(s), *name = value_name(s);

    fprintf(to, "<table class=\"wide\">\n<thead><tr><th>%s</th><th class=\"r\">",
            sheet_say(s, "Minute from", "分钟起始"));
    if (is_noise(s))
        fputs(strcmp(name, "LAmax") == 0 ? "LAFmax" : "LAeq,1min", to);
    else
        fprintf(to, "%s",
                strcmp(name, "max") == 0 ? sheet_say(s, "Maximum, 1 min", "1 分钟最大值")
                                         : sheet_say(s, "Mean, 1 min", "1 分钟均值"));
    fprintf(to, "<br>");
    sw_html_escape(to, unit);
    fprintf(to, "</th><th class=\"r\">%s<br>", sheet_say(s, "Judged:", "判定值"));
    sw_html_escape(to, statistic);
    fprintf(to, "</th><th class=\"r\">%s</th><th>%s</th><th class=\"r\">%s</th><th>%s</th></tr></thead>\n<tbody>\n",
            sheet_say(s, "Limit", "限值"), sheet_say(s, "Over", "是否超标"),
            sheet_say(s, "Readings / expected", "有效/应有读数"), sheet_say(s, "Data", "数据质量"));
}

static void put_row(const struct sheet *s, const struct minute *m, FILE *to)
{
    const json_int_t n = json_integer_value(json_object_get(m->doc, "n"));

    fprintf(to, "<tr%s><td>", m->p.is_over ? " class=\"hit\"" : "");
    sheet_put_time(s, m->p.from_us, to);
    fputs("</td><td class=\"r\">", to);
    sheet_put_level(m->p.value, to);
    fputs("</td><td class=\"r\">", to);
    sheet_put_level(sheet_level(json_object_get(m->judged, "worst")), to);
    fputs("</td><td class=\"r\">", to);
    sheet_put_level(m->p.limit, to);
    fprintf(to, "</td><td>%s</td><td class=\"r\">%" JSON_INTEGER_FORMAT,
            !m->judged     ? "–"
            : m->p.is_over ? sheet_say(s, "yes", "是")
                           : sheet_say(s, "no", "否"),
            n);
    if (json_is_integer(json_object_get(m->doc, "expected")))
        fprintf(to, " / %" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(m->doc, "expected")));
    fputs("</td><td>", to);
    sheet_put_word(s, SHEET_QUALITY, sheet_text(m->doc, "q"), to);
    fputs("</td></tr>\n", to);
}

static void put_table(const struct sheet *s, const struct minute *minute, size_t n, FILE *to)
{
    const int64_t over_us = sheet_time(s->ticket, "measured_from_us"), end_us = sheet_time(s->ticket, "measured_to_us");
    const bool is_over = over_us != INT64_MIN;
    const int64_t begin_us = is_over ? over_us : sheet_time(s->ticket, "opened_us");
    size_t shown = 0;

    put_head(s, to);
    for (size_t i = 0; i < n && shown < ROWS_MAX; i++) {
        const bool is_before = begin_us > INT64_MIN + AROUND_US && minute[i].p.to_us <= begin_us - AROUND_US;
        const bool is_after =
            end_us != INT64_MIN && end_us < INT64_MAX - AROUND_US && minute[i].p.from_us >= end_us + AROUND_US;

        if (is_before || is_after)
            continue;
        put_row(s, &minute[i], to);
        shown++;
    }
    fprintf(to, "</tbody></table>\n<p class=\"small\">%s</p>\n",
            sheet_say(s,
                      "From ten minutes before to ten minutes after, at most 120 rows. All minutes of all sensors are "
                      "in <code>windows.csv</code>, each reading in <code>readings.csv</code> (times there in UTC).",
                      "自事发前十分钟至结束后十分钟,至多 120 行;全部传感器的分钟值见 <code>windows.csv</code>,"
                      "逐条读数见 <code>readings.csv</code>(该文件时间为 UTC)。"));
}

void sheet_put_minutes(const struct sheet *s, FILE *to)
{
    const size_t cap = json_array_size(s->windows);
    struct minute *minute = calloc(cap + 1, sizeof(*minute));
    struct sw_chart_point *point = calloc(cap + 1, sizeof(*point));
    const json_t *w;
    size_t i, n = 0;

    fprintf(to, "<h2>%s</h2>\n", sheet_say(s, "Measured, minute by minute", "逐分钟实测"));
    if (minute && point) {
        json_array_foreach(s->windows, i, w)
        {
            if (read_minute(s, w, &minute[n])) {
                point[n] = minute[n].p;
                n++;
            }
        }
    }
    if (n > 0) {
        draw(s, point, n, to);
        put_table(s, minute, n, to);
    } else {
        fprintf(to, "<p>%s</p>\n",
                sheet_say(s, "The export holds no minute of a sensor of this ticket.",
                          "本导出不含该工单传感器的分钟数据。"));
    }
    free(minute);
    free(point);
}
