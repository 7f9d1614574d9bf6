// SPDX-License-Identifier: Apache-2.0
/* The schedule document: every item that is published, as it was published. Instances are not in it: whoever needs them
 * expands the rule. */
#include <string.h>

#include "common/timefmt.h"
#include "io/document.h"
#include "io/document_parts.h"

#define ITEM_ROOM (8 * 1024) /* an item with texts that need escapes, and the end of the document */

static void write_time(struct sw_jsonw *w, const struct sw_doc_site *s, const char *key, int64_t t_us)
{
    if (t_us != INT64_MIN)
        sw_jsonw_time(w, key, s->zone, t_us);
}

static void write_text(struct sw_jsonw *w, const char *key, const char *text)
{
    if (*text)
        sw_jsonw_str(w, key, text);
}

static void write_summary(struct sw_jsonw *w, const struct sw_schedule_item *item)
{
    if (!*item->summary_zh && !*item->summary_en)
        return;
    sw_jsonw_object(w, "summary");
    write_text(w, "zh-CN", item->summary_zh);
    write_text(w, "en", item->summary_en);
    sw_jsonw_object_end(w);
}

static void write_permit(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_schedule_item *item)
{
    write_time(w, s, "granted_at", item->granted_us);
    write_time(w, s, "valid_from", item->valid_from_us);
    write_time(w, s, "valid_to", item->valid_to_us);
    write_time(w, s, "notice_posted_at", item->notice_posted_us);
}

static void write_item(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_schedule_item *item)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "uid", item->uid);
    sw_jsonw_str(w, "kind", sw_item_kind_name(item->kind));
    write_summary(w, item);
    write_text(w, "permit_no", item->permit_no);
    write_text(w, "reason", item->reason);
    write_text(w, "issued_by", item->issued_by);
    sw_jsonw_str(w, "source", sw_item_source_name(item->source));
    sw_jsonw_str(w, "status", sw_item_status_name(item->status));
    sw_jsonw_int(w, "revision", item->revision);
    sw_jsonw_time(w, "published", s->zone, item->published_us);
    sw_jsonw_time(w, "claimed_published", s->zone, item->claimed_published_us);
    write_time(w, s, "cancelled", item->cancelled_us > INT64_MIN + 1 ? item->cancelled_us : INT64_MIN);
    write_text(w, "dtstart", item->dtstart);
    write_text(w, "duration", item->duration);
    write_text(w, "rrule", item->rrule);
    if (item->kind == SW_ITEM_PERMIT)
        write_permit(w, s, item);
    sw_jsonw_object_end(w);
}

size_t sw_doc_schedule(const struct sw_doc_site *s, const struct sw_schedule *v, int64_t ts_us, char *buf, size_t cap)
{
    struct sw_jsonw w;
    size_t n = 0;

    sw_doc_begin(&w, buf, cap, "siteward.schedule/1.0");
    sw_jsonw_int(&w, "revision", v->revision);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "tz", s->timezone);
    sw_jsonw_array(&w, "items");
    for (; n < v->n_items && w.len + ITEM_ROOM < SW_DOCUMENT_MAX; n++)
        write_item(&w, s, &v->items[n]);
    sw_jsonw_array_end(&w);
    if (n < v->n_items) /* a message has a ceiling: say what is not in it */
        sw_jsonw_uint(&w, "omitted", v->n_items - n);
    return sw_doc_end(&w, s);
}
