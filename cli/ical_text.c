// SPDX-License-Identifier: Apache-2.0
/* What reading iCalendar needs of plain text, without libical: line numbers, words of kinds, dtstart and duration in
 * the schedule document's form. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/schedule_events.h"
#include "common/macros.h"
#include "common/timefmt.h"

char *sw_ical_with_lines(const char *text, size_t len)
{
    size_t n = 1, at = 0;
    char *out;

    for (size_t i = 0; i + 6 <= len; i++)
        n += strncasecmp(text + i, "BEGIN:", 6) == 0;
    out = malloc(len + n * (sizeof(SW_ICAL_LINE_PROPERTY) + 16) + 1);
    if (out == NULL)
        return NULL;
    for (size_t i = 0, line = 1; i < len; line++) {
        const char *end = memchr(text + i, '\n', len - i);
        const size_t next = end != NULL ? (size_t) (end - text) + 1 : len;

        memcpy(out + at, text + i, next - i);
        at += next - i;
        if (end != NULL && strncasecmp(text + i, "BEGIN:V", SW_MIN((size_t) 7, next - i)) == 0 &&
            strncasecmp(text + i, "BEGIN:VCAL", SW_MIN((size_t) 10, next - i)) != 0)
            at += (size_t) sprintf(out + at, SW_ICAL_LINE_PROPERTY ":%zu\r\n", line);
        i = next;
    }
    out[at] = '\0';
    return out;
}

const char *sw_ical_matters(const char *text)
{
    static const char *const names[] = {"DTSTART", "DTEND",  "DURATION",      "RRULE",  "EXRULE",
                                        "RDATE",   "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE"};

    for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++)
        if (strcasestr(text, names[i]) != NULL)
            return names[i];
    return NULL;
}

bool sw_event_kind_in(const char *words, enum sw_item_kind *ret)
{
    while (*words != '\0') {
        char one[32];
        const size_t len = strcspn(words, ",");

        (void) snprintf(one, sizeof(one), "%.*s", (int) SW_MIN(len, sizeof(one) - 1), words);
        if (sw_event_kind(one, ret))
            return true;
        words += len + (words[len] == ',');
    }
    return false;
}

void sw_event_fill_shape(struct sw_event *ev, const struct sw_zone *site)
{
    struct sw_schedule_item *item = &ev->item;
    const struct sw_event_time *t = &ev->time;
    const int64_t from_s = sw_local_to_utc_s(t->from.zone, t->from.s);
    struct sw_span_text d = t->span;

    if (t->end == SW_END_NONE)
        d.days = t->from.is_date;
    else if (t->end == SW_END_TIME && t->from.is_date)
        d.days = (t->to.s - t->from.s) / SW_S_PER_DAY;
    else if (t->end == SW_END_TIME)
        d.seconds = sw_local_to_utc_s(t->to.zone, t->to.s) - from_s;
    if (d.days > 0 || d.seconds > 0)
        (void) sw_span_format(&d, item->duration, sizeof(item->duration));
    if (t->from.zone == NULL || t->from.zone == site || strcmp(t->from.zone->name, site->name) == 0) {
        (void) sw_local_format(&t->from, item->dtstart, sizeof(item->dtstart));
    } else { /* a clock elsewhere: with its offset */
        char text[SW_RFC3339_SIZE];

        (void) sw_time_format(t->from.zone, from_s * SW_US_PER_S, text);
        (void) snprintf(item->dtstart, sizeof(item->dtstart), "%.19s%.6s", text, text + 23);
    }
}
