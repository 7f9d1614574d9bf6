// SPDX-License-Identifier: Apache-2.0
/* Taking typed fields out of a JSON object of somebody else's. Absent and null are the same; a refusal names the field
 * and says what is wanted. Private to io/request*.c and io/broadcast.c. */
#ifndef SW_IO_REQUEST_FIELDS_H
#define SW_IO_REQUEST_FIELDS_H

#include <jansson.h>

#include "io/request.h"

/** Into to[cap], whole or not at all. Without the field: "". */
int request_text(const json_t *object, const char *key, bool is_required, char *to, size_t cap, struct sw_err *err);
/** "siteward.cmd/1.0" of `want` "siteward.cmd": any minor version. */
int request_schema(const json_t *object, const char *want, struct sw_err *err);
/** RFC 3339, in whole milliseconds as the engine counts. Without the field: INT64_MIN. */
int request_time(const json_t *object, const char *key, bool is_required, int64_t *ret, struct sw_err *err);
/** "PT30M". Without the field: missing_us. */
int request_duration(const json_t *object, const char *key, int64_t missing_us, int64_t *ret, struct sw_err *err);
int request_bool(const json_t *object, const char *key, bool *ret, struct sw_err *err); /* missing: false */
/** Whole, from min to max. Without the field: *ret stays. */
int request_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *ret, struct sw_err *err);
/** A decimal from min to max. @param ret_has  whether it is there */
int request_number(const json_t *object, const char *key, double min, double max, double *ret, bool *ret_has,
                   struct sw_err *err);
/** An object; without the field *ret is NULL. */
int request_object(const json_t *object, const char *key, const json_t **ret, struct sw_err *err);
/** {"id":…,"role":…} */
int request_actor(const json_t *object, struct sw_actor *ret, struct sw_err *err);

/** How much of a parser's sentence may be said: it ends in words of the document, which may be a caller's. */
int request_fault_len(const json_error_t *fault);

/** The whole of a document; kind and, of TICKET, ret->ticket's ticket and verb are the caller's. */
int request_read(enum sw_request_kind kind, const json_t *payload, struct sw_request *ret, struct sw_err *err);

#endif
