// SPDX-License-Identifier: Apache-2.0
/* Writing JSON into a bounded buffer: no allocation, decimals fixed by the caller, so that the same value always
 * gives the same bytes. Overflow is remembered and told once, at the end. */
#ifndef SW_COMMON_JSONW_H
#define SW_COMMON_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/zone.h"

#define SW_JSONW_DEPTH_MAX 20

struct sw_jsonw {
    char *buf;
    size_t cap, len;
    bool overflow; /* something did not fit: the text is not JSON */
    int depth;
    bool need_comma[SW_JSONW_DEPTH_MAX];
};

/** Begin with an empty text in buf[cap]. */
void sw_jsonw_init(struct sw_jsonw *w, char *buf, size_t cap);

/** The finished text, NUL-terminated, and its length; NULL when it did not fit or is not closed. */
const char *sw_jsonw_finish(struct sw_jsonw *w, size_t *ret_len);

/* Structure. `key` is NULL inside an array and at the top. */
void sw_jsonw_object(struct sw_jsonw *w, const char *key);
void sw_jsonw_object_end(struct sw_jsonw *w);
void sw_jsonw_array(struct sw_jsonw *w, const char *key);
void sw_jsonw_array_end(struct sw_jsonw *w);

/* Values. Text is UTF-8; control characters are escaped, bytes that are not UTF-8 become U+FFFD. */
void sw_jsonw_str(struct sw_jsonw *w, const char *key, const char *text); /* NULL text writes null */
void sw_jsonw_strn(struct sw_jsonw *w, const char *key, const char *text, size_t len);
void sw_jsonw_int(struct sw_jsonw *w, const char *key, int64_t value);
void sw_jsonw_uint(struct sw_jsonw *w, const char *key, uint64_t value);
void sw_jsonw_bool(struct sw_jsonw *w, const char *key, bool value);
void sw_jsonw_null(struct sw_jsonw *w, const char *key);
/** Fixed decimals 0 … 6, rounded half away from zero; NaN and infinities write null; never "-0.00". */
void sw_jsonw_num(struct sw_jsonw *w, const char *key, double value, int decimals);
/** A value held in hundredths as a number with two decimals; SW_NO_VALUE writes null. */
void sw_jsonw_centi(struct sw_jsonw *w, const char *key, int32_t hundredths);
/** An instant as RFC 3339 text in the zone; INT64_MIN writes null. */
void sw_jsonw_time(struct sw_jsonw *w, const char *key, const struct sw_zone *zone, int64_t utc_us);
/** Text that is JSON already (an object that was rendered before). */
void sw_jsonw_raw(struct sw_jsonw *w, const char *key, const char *json, size_t len);

#endif
