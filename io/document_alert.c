// SPDX-License-Identifier: Apache-2.0
/* The alert document: what is wrong with the measuring, since when, and what to do, in both languages. The words are
 * the table's in tickets/alert.c. */
#include <stdio.h>

#include "io/document.h"
#include "io/document_parts.h"

#define DOCS_URL "https://siteward.example/alerts/" /* docs/reference/alerts.md, by code */

static const char *const langs[] = {"zh-CN", "en"};

static void alert_members(struct sw_jsonw *w, const struct sw_doc_site *s, const struct sw_alert *a)
{
    char text[SW_ALERT_TEXT_SIZE];

    sw_jsonw_str(w, "code", sw_alert_code_name(a->code));
    sw_jsonw_str(w, "severity", sw_alert_severity_name(a->code));
    sw_jsonw_str(w, "subject", a->subject);
    sw_jsonw_time(w, "since", s->zone, a->since_us);
    sw_jsonw_object(w, "text");
    for (size_t i = 0; i < SW_ARRAY_SIZE(langs); i++) {
        sw_alert_text(a, langs[i], text, sizeof(text));
        sw_jsonw_str(w, langs[i], text);
    }
    sw_jsonw_object_end(w);
    sw_jsonw_object(w, "fix");
    for (size_t i = 0; i < SW_ARRAY_SIZE(langs); i++)
        sw_jsonw_str(w, langs[i], sw_alert_fix(a->code, langs[i]));
    sw_jsonw_object_end(w);
    if (a->detail[0])
        sw_jsonw_str(w, "detail", a->detail);
    snprintf(text, sizeof(text), "%s%s", DOCS_URL, sw_alert_code_name(a->code));
    sw_jsonw_str(w, "docs", text);
}

size_t sw_doc_alert(const struct sw_doc_site *s, const struct sw_alert *a, int64_t ts_us, char *buf, size_t cap)
{
    struct sw_jsonw w;

    sw_doc_begin(&w, buf, cap, "siteward.alert/1.0");
    sw_jsonw_time(&w, "ts", s->zone, ts_us);
    alert_members(&w, s, a);
    return sw_doc_end(&w, s);
}
