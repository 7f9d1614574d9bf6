// SPDX-License-Identifier: Apache-2.0
/* Filling and prefixing errors. */
#include "common/err.h"

#include <stdio.h>
#include <string.h>

void sw_err_fill(struct sw_err *err, int code, int detail, const char *fmt, ...)
{
    if (err) {
        va_list ap;

        err->code = (enum sw_code) code;
        err->detail = detail;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
        va_end(ap);
    }
}

int sw_err_prefix(struct sw_err *err, const char *fmt, ...)
{
    char text[2 * sizeof(err->msg)];
    va_list ap;
    int len;

    if (!err)
        return SW_OK;
    va_start(ap, fmt);
    len = vsnprintf(text, sizeof(err->msg), fmt, ap);
    va_end(ap);
    if (len < 0)
        return err->code;
    if ((size_t) len >= sizeof(err->msg))
        len = (int) sizeof(err->msg) - 1;
    snprintf(text + len, sizeof(text) - (size_t) len, ": %s", err->msg);
    memcpy(err->msg, text, sizeof(err->msg) - 1);
    err->msg[sizeof(err->msg) - 1] = '\0';
    return err->code;
}

const char *sw_code_name(enum sw_code code)
{
    switch (code) {
    case SW_OK:
        return "ok";
    case SW_E_NOMEM:
        return "out of memory";
    case SW_E_INVAL:
        return "invalid";
    case SW_E_IO:
        return "input/output";
    case SW_E_TIMEOUT:
        return "timeout";
    case SW_E_PROTOCOL:
        return "protocol";
    case SW_E_EXCEPTION:
        return "exception";
    case SW_E_FULL:
        return "full";
    case SW_E_CORRUPT:
        return "corrupt";
    case SW_E_NODATA:
        return "no data";
    case SW_E_NOTFOUND:
        return "not found";
    case SW_E_DENIED:
        return "denied";
    case SW_E_CONFLICT:
        return "conflict";
    case SW_E_BUSY:
        return "busy";
    }
    return "unknown";
}
