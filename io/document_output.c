// SPDX-License-Identifier: Apache-2.0
/* The document of an output: a mist cannon, a light, a board. What it is and why was decided elsewhere; here it becomes
 * words in both languages. */
#include "io/document.h"
#include "io/document_parts.h"

#include "common/macros.h"

size_t sw_doc_output(const struct sw_doc_site *s, const struct sw_doc_output *v, int64_t ts_us, char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.output/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    sw_jsonw_str(&w, "gw", s->gateway);
    sw_jsonw_str(&w, "id", v->id);
    sw_doc_text(&w, "name", v->name);
    sw_jsonw_str(&w, "kind", v->kind);
    sw_jsonw_str(&w, "state", sw_output_is_name(v->is));
    sw_jsonw_str(&w, "wanted", v->is_wanted ? "on" : "off");
    sw_jsonw_str(&w, "reason", sw_output_reason_name(v->reason));
    sw_jsonw_object(&w, "text");
    sw_jsonw_str(&w, "zh-CN", sw_output_reason_text(v->reason, true));
    sw_jsonw_str(&w, "en", sw_output_reason_text(v->reason, false));
    sw_jsonw_object_end(&w);
    sw_jsonw_time(&w, "since", s->zone, v->since_us);
    sw_jsonw_str(&w, "mode", sw_output_mode_name(v->mode));
    if (v->on_today_us >= 0)
        sw_jsonw_int(&w, "on_s_today", v->on_today_us / SW_US_PER_S);
    else
        sw_jsonw_null(&w, "on_s_today");
    sw_jsonw_time(&w, "rest_until", s->zone, v->rest_until_us);
    sw_doc_text(&w, "fault", v->fault);
    sw_jsonw_str(&w, "q", sw_quality_name(v->is == SW_OUTPUT_IS_UNKNOWN ? SW_QUALITY_BAD : SW_QUALITY_GOOD));
    return sw_doc_end(&w, s);
}
