// SPDX-License-Identifier: Apache-2.0
/* The event document that says that a picture came: the trigger's own event went out before it, without waiting. */
#include "io/document_parts.h"

size_t sw_doc_media_event(const struct sw_doc_site *s, const struct sw_media_event *v, int64_t ts_us, int64_t seq,
                          char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.event/1.0");
    sw_jsonw_str(&w, "id", v->id);
    sw_doc_origin(&w, s, seq);
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "kind", "media");
    sw_jsonw_bool(&w, "active", true);
    sw_jsonw_uint(&w, "count", v->count);
    sw_doc_text(&w, "of", v->of);
    sw_doc_text(&w, "ticket", v->ticket);
    sw_jsonw_str(&w, "camera", v->camera);
    sw_jsonw_int(&w, "latency_ms", v->latency_ms);
    sw_jsonw_object(&w, "work");
    sw_doc_work_members(&w, &v->work);
    sw_jsonw_object_end(&w);
    sw_jsonw_array(&w, "media");
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "id", v->media_id);
    sw_jsonw_str(&w, "kind", "image");
    sw_jsonw_time(&w, "at", s->zone, v->taken_us);
    sw_jsonw_str(&w, "sha256", v->sha256);
    sw_jsonw_int(&w, "bytes", v->bytes);
    sw_jsonw_str(&w, "type", v->type);
    sw_jsonw_object_end(&w);
    sw_jsonw_array_end(&w);
    return sw_doc_end(&w, s);
}
