// SPDX-License-Identifier: Apache-2.0
/* Errors in two parts: a code for the program, a sentence for the person. */
#ifndef SW_COMMON_ERR_H
#define SW_COMMON_ERR_H

#include <stdarg.h>

/** What went wrong, for the program. Zero is success, everything else negative. */
enum sw_code {
    SW_OK = 0,
    SW_E_NOMEM = -1,
    SW_E_INVAL = -2,     /* an argument, a key or a document is wrong */
    SW_E_IO = -3,        /* the outside world failed; detail is errno */
    SW_E_TIMEOUT = -4,   /* nobody answered in time */
    SW_E_PROTOCOL = -5,  /* an answer came and was not understood */
    SW_E_EXCEPTION = -6, /* a Modbus exception: the unit lives and refuses; detail is its code */
    SW_E_FULL = -7,      /* a ceiling was reached */
    SW_E_CORRUPT = -8,   /* stored data do not agree with themselves */
    SW_E_NODATA = -9,    /* there is nothing to answer with */
    SW_E_NOTFOUND = -10,
    SW_E_DENIED = -11,
    SW_E_CONFLICT = -12, /* somebody changed it first, or it is of another kind */
    SW_E_BUSY = -13,     /* somebody else holds it now; later it may be free */
};

/** An error: zero-initialise it, pass it down, read it when a call returned below zero. */
struct sw_err {
    enum sw_code code;
    int detail; /* errno, Modbus exception, SQLite or HTTP code */
    char msg[240];
};

/** Fill err (may be NULL). */
void sw_err_fill(struct sw_err *err, int code, int detail, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** Fill err (may be NULL) and be the code, so that `return sw_err_set(…)` reads well. A macro, so that compiler and
 *  static analyser see which value comes back. */
#define sw_err_set(err, code, detail, ...)                                                                             \
    (__extension__({                                                                                                   \
        const int sw_code_ = (code);                                                                                   \
        sw_err_fill((err), sw_code_, (detail), __VA_ARGS__);                                                           \
        sw_code_;                                                                                                      \
    }))

/** Put "context: " before the message, as an error climbs. Returns err->code. NULL is fine. */
int sw_err_prefix(struct sw_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Short name of a code ("timeout"), for logs. Never NULL. */
const char *sw_code_name(enum sw_code code);

#endif
