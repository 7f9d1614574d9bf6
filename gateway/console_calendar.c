// SPDX-License-Identifier: Apache-2.0
/* GET /api/v1/schedule.ics: the published hours, night permits and quiet periods as a calendar to subscribe to. Each
 * occurrence is an event of its own with times in UTC: what the import expanded is told, so that no calendar program
 * expands it otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/console_int.h"
#include "io/ics.h"

#define BACK_US (31 * SW_S_PER_DAY * SW_US_PER_S)
#define AHEAD_US (92 * SW_S_PER_DAY * SW_US_PER_S)

static const char *kind_text(enum sw_item_kind kind, bool is_chinese)
{
    static const char *const words[SW_ITEM_KIND__COUNT][2] = {
        [SW_ITEM_WORK] = {"Work", "施工"},
        [SW_ITEM_PERMIT] = {"Night work permit", "夜间施工许可"},
        [SW_ITEM_QUIET] = {"Quiet period", "禁噪时段"},
    };

    return words[kind][is_chinese];
}

static bool is_cancelled(const struct sw_schedule_item *item)
{
    return item->status == SW_ITEM_CANCELLED || item->cancelled_us != INT64_MIN;
}

static const char *status_of(const struct sw_schedule_item *item)
{
    return is_cancelled(item) ? "CANCELLED" : item->status == SW_ITEM_CONFIRMED ? "CONFIRMED" : "TENTATIVE";
}

/* What was published anew under the same uid took its place: a calendar knows one event of a uid. */
static bool is_replaced(const struct sw_schedule *s, size_t item)
{
    if (!is_cancelled(&s->items[item]))
        return false;
    for (size_t i = 0; i < s->n_items; i++)
        if (i != item && strcmp(s->items[i].uid, s->items[item].uid) == 0 && (i > item || !is_cancelled(&s->items[i])))
            return true;
    return false;
}

static void write_summary(struct sw_ics *i, const struct sw_schedule_item *item, bool is_chinese)
{
    const char *own = is_chinese ? item->summary_zh : item->summary_en;
    const char *other = is_chinese ? item->summary_en : item->summary_zh;

    sw_ics_text(i, "SUMMARY", own[0] ? own : other[0] ? other : kind_text(item->kind, is_chinese));
}

static void write_description(struct sw_ics *i, const struct sw_schedule_item *item, bool is_chinese)
{
    char text[512];

    (void) snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", kind_text(item->kind, is_chinese),
                    item->permit_no[0] ? "\n" : "", item->permit_no, item->issued_by[0] ? "\n" : "", item->issued_by,
                    item->reason[0] ? "\n" : "", item->reason);
    sw_ics_text(i, "DESCRIPTION", text);
}

static void write_event(struct sw_ics *i, const struct sw_schedule_instance *in, const struct sw_schedule_item *item,
                        bool is_chinese, int64_t now_us)
{
    char number[16];
    char uid[sizeof(item->uid) + 64];

    sw_ics_line(i, "BEGIN", "VEVENT");
    (void) snprintf(uid, sizeof(uid), "%s/%lld@siteward", item->uid, (long long) (in->from_us / SW_US_PER_S));
    sw_ics_text(i, "UID", uid);
    sw_ics_time(i, "DTSTAMP", item->published_us != INT64_MIN ? item->published_us : now_us);
    sw_ics_time(i, "DTSTART", in->from_us);
    sw_ics_time(i, "DTEND", in->to_us);
    (void) snprintf(number, sizeof(number), "%d", SW_MAX(item->revision, 0));
    sw_ics_line(i, "SEQUENCE", number);
    sw_ics_line(i, "STATUS", status_of(item));
    sw_ics_line(i, "TRANSP", item->kind == SW_ITEM_QUIET ? "TRANSPARENT" : "OPAQUE");
    sw_ics_text(i, "CATEGORIES", sw_item_kind_name(item->kind));
    write_summary(i, item, is_chinese);
    write_description(i, item, is_chinese);
    if (item->permit_no[0])
        sw_ics_text(i, "X-SITEWARD-PERMIT-NO", item->permit_no);
    sw_ics_text(i, "X-SITEWARD-SOURCE", sw_item_source_name(item->source));
    sw_ics_line(i, "END", "VEVENT");
}

static void write_events(struct sw_core *c, struct sw_ics *i, bool is_chinese)
{
    const struct sw_schedule *s = sw_engine_schedule(c->engine);
    const int64_t now_us = sw_engine_now_us(c->engine);
    bool is_left_out[SW_SCHEDULE_ITEMS_MAX] = {false};
    size_t n = 0;

    for (size_t k = 0; s && k < SW_MIN(s->n_items, (size_t) SW_SCHEDULE_ITEMS_MAX); k++)
        is_left_out[k] = is_replaced(s, k);
    for (size_t k = 0; s && k < s->n_instances && n < CONSOLE_ICS_EVENTS_MAX; k++) {
        const struct sw_schedule_instance *in = &s->instances[k];

        if (in->to_us < now_us - BACK_US || in->from_us > now_us + AHEAD_US || is_left_out[in->item])
            continue;
        write_event(i, in, &s->items[in->item], is_chinese, now_us);
        n++;
    }
}

void console_page_calendar(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const char *lang = sw_http_query(req, "lang");
    const bool is_chinese = strncmp(lang && *lang ? lang : core_settings(c)->language, "zh", 2) == 0;
    struct sw_ics i = {0};
    char name[SW_HTTP_VALUE_SIZE];

    sw_ics_line(&i, "BEGIN", "VCALENDAR");
    sw_ics_line(&i, "VERSION", "2.0");
    sw_ics_line(&i, "PRODID", "-//siteward//gateway " SW_VERSION "//EN");
    sw_ics_line(&i, "CALSCALE", "GREGORIAN");
    sw_ics_line(&i, "METHOD", "PUBLISH");
    sw_ics_text(&i, "X-WR-CALNAME", core_settings(c)->name);
    sw_ics_text(&i, "X-WR-TIMEZONE", c->site->zone.name);
    write_events(c, &i, is_chinese);
    sw_ics_line(&i, "END", "VCALENDAR");
    if (i.is_full) {
        sw_http_problem(res, 500, "the calendar does not fit its room");
    } else {
        res->content_type = "text/calendar; charset=utf-8";
        (void) snprintf(name, sizeof(name), "inline; filename=\"%s.ics\"", c->site->id);
        (void) sw_http_set_header(res, "Content-Disposition", name);
        sw_http_write(res, i.text, i.len);
    }
    free(i.text);
}
