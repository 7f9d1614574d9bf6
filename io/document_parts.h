// SPDX-License-Identifier: Apache-2.0
/* Parts that several documents share: head, tail, origin, work state. Private to io/document*.c. */
#ifndef SW_IO_DOCUMENT_PARTS_H
#define SW_IO_DOCUMENT_PARTS_H

#include "common/jsonw.h"
#include "io/document.h"

/** Begin a document in buf[cap]: the open object and its `schema` ("siteward.agg/1.0"). */
void sw_doc_begin(struct sw_jsonw *w, char *buf, size_t cap, const char *schema);

/** `simulated` where it applies, the closing brace. @return length, 0 when it did not fit */
size_t sw_doc_end(struct sw_jsonw *w, const struct sw_doc_site *s);

/** `gw`, and `epoch` with `seq` when the document has a number (not in a replay). */
void sw_doc_origin(struct sw_jsonw *w, const struct sw_doc_site *s, int64_t seq);

/** A text that may be unknown: NULL and "" write null. */
void sw_doc_text(struct sw_jsonw *w, const char *key, const char *text);

/** A HJ 212 letter; anything else writes null. */
void sw_doc_flag(struct sw_jsonw *w, char flag);

/** `state` and `permitted` inside an object that the caller opened. */
void sw_doc_work_members(struct sw_jsonw *w, const struct sw_work *work);

/** `overdue`: the deadlines missed, as a list of words. */
void sw_doc_overdue(struct sw_jsonw *w, unsigned overdue);

/** `by`: who did it. */
void sw_doc_actor(struct sw_jsonw *w, const struct sw_actor *by);

/** What a forecast says, as members of an object that the caller opened: `probability crosses_at budget_s`. */
void sw_doc_forecast_members(struct sw_jsonw *w, const struct sw_zone *zone, double probability, int64_t crosses_at_us,
                             int32_t budget_s);

#endif
