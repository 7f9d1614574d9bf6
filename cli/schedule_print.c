// SPDX-License-Identifier: Apache-2.0
/* An expanded schedule for programs (docs/reference/schedule.md) and for people. */
#include <stdlib.h>
#include <string.h>

#include "cli/schedule_events.h"
#include "common/jsonw.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "config/read_schedule.h"

static void text_if(struct sw_jsonw *w, const char *key, const char *text)
{
    if (text[0] != '\0')
        sw_jsonw_str(w, key, text);
}

static void time_if(struct sw_jsonw *w, const char *key, const struct sw_zone *zone, int64_t us)
{
    if (us != INT64_MIN)
        sw_jsonw_time(w, key, zone, us);
}

static void print_item(struct sw_jsonw *w, const struct sw_schedule_item *item, const struct sw_zone *zone)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "uid", item->uid);
    sw_jsonw_str(w, "kind", sw_item_kind_name(item->kind));
    if (item->summary_zh[0] != '\0' || item->summary_en[0] != '\0') {
        sw_jsonw_object(w, "summary");
        text_if(w, "zh-CN", item->summary_zh);
        text_if(w, "en", item->summary_en);
        sw_jsonw_object_end(w);
    }
    text_if(w, "permit_no", item->permit_no);
    text_if(w, "reason", item->reason);
    text_if(w, "issued_by", item->issued_by);
    sw_jsonw_str(w, "source", sw_item_source_name(item->source));
    sw_jsonw_str(w, "status", sw_item_status_name(item->status));
    sw_jsonw_int(w, "revision", item->revision);
    if (item->published_us != item->claimed_published_us)
        time_if(w, "published", zone, item->published_us);
    sw_jsonw_time(w, "claimed_published", zone, item->claimed_published_us);
    time_if(w, "cancelled", zone, item->cancelled_us);
    text_if(w, "dtstart", item->dtstart);
    text_if(w, "duration", item->duration);
    text_if(w, "rrule", item->rrule);
    time_if(w, "granted_at", zone, item->granted_us);
    time_if(w, "valid_from", zone, item->valid_from_us);
    time_if(w, "valid_to", zone, item->valid_to_us);
    time_if(w, "notice_posted_at", zone, item->notice_posted_us);
    sw_jsonw_object_end(w);
}

static void print_all(struct sw_jsonw *w, const struct sw_schedule *s, const struct sw_zone *zone)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "tz", zone->name);
    sw_jsonw_object(w, "range");
    sw_jsonw_time(w, "from", zone, s->from_us);
    sw_jsonw_time(w, "to", zone, s->to_us);
    sw_jsonw_object_end(w);
    sw_jsonw_array(w, "items");
    for (size_t i = 0; i < s->n_items; i++)
        print_item(w, &s->items[i], zone);
    sw_jsonw_array_end(w);
    sw_jsonw_array(w, "instances");
    for (size_t i = 0; i < s->n_instances; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "uid", s->items[s->instances[i].item].uid);
        sw_jsonw_time(w, "from", zone, s->instances[i].from_us);
        sw_jsonw_time(w, "to", zone, s->instances[i].to_us);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_object_end(w);
}

bool sw_schedule_print_json(const struct sw_schedule *s, const struct sw_zone *zone, FILE *to)
{
    char *buf = malloc(SW_SCHEDULE_JSON_MAX);
    struct sw_jsonw w;
    size_t len = 0;

    if (buf == NULL)
        return false;
    sw_jsonw_init(&w, buf, SW_SCHEDULE_JSON_MAX);
    print_all(&w, s, zone);
    const char *json = sw_jsonw_finish(&w, &len);
    const bool is_ok = json != NULL && fprintf(to, "%s\n", json) > 0;
    free(buf);
    return is_ok;
}

static void print_local(const struct sw_zone *zone, int64_t us, FILE *to)
{
    char text[SW_RFC3339_SIZE];

    (void) sw_time_format(zone, us, text);
    (void) fprintf(to, "%.10s %.5s", text, text + 11);
}

void sw_schedule_print_text(const struct sw_schedule *s, const struct sw_zone *zone, FILE *to)
{
    for (size_t i = 0; i < s->n_items; i++) {
        const struct sw_schedule_item *item = &s->items[i];
        size_t n = 0, first = 0, last = 0;

        for (size_t k = 0; k < s->n_instances; k++)
            if (s->instances[k].item == i) {
                first = n == 0 ? k : first;
                last = k;
                n++;
            }
        (void) fprintf(to, "%-7s %-11s %s", sw_item_kind_name(item->kind), sw_item_status_name(item->status),
                       item->uid);
        if (item->summary_zh[0] != '\0' || item->summary_en[0] != '\0')
            (void) fprintf(to, " (%s)", item->summary_zh[0] != '\0' ? item->summary_zh : item->summary_en);
        (void) fprintf(to, ": %zu time%s", n, n == 1 ? "" : "s");
        if (n > 0) {
            (void) fputs(", first ", to);
            print_local(zone, s->instances[first].from_us, to);
            (void) fputs(" to ", to);
            print_local(zone, s->instances[first].to_us, to);
        }
        if (n > 1) {
            (void) fputs(", last ", to);
            print_local(zone, s->instances[last].from_us, to);
        }
        (void) fputc('\n', to);
    }
    if (s->n_items == 0)
        (void) fputs("The file names no work, permit or quiet period.\n", to);
    (void) fputs("Between ", to);
    print_local(zone, s->from_us, to);
    (void) fputs(" and ", to);
    print_local(zone, s->to_us, to);
    (void) fprintf(to, ", clock of %s.\n", zone->name);
}
