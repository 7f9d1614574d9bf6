// SPDX-License-Identifier: Apache-2.0
/* Logging: to the journal with fields when the service runs under it, else one line on stderr.
 * Library code returns errors; programs log them, once, where something is decided. */
#ifndef SW_COMMON_LOG_H
#define SW_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

/** Syslog severities. */
enum sw_severity { SW_LOG_ERR = 3, SW_LOG_WARNING = 4, SW_LOG_NOTICE = 5, SW_LOG_INFO = 6, SW_LOG_DEBUG = 7 };

/** Choose the sink (journal when stderr is connected to it) and the least severity that is written. Not thread-safe. */
void sw_log_init(const char *program, enum sw_severity up_to);

/** Any thread. One line; a newline inside becomes a space. */
void sw_log(enum sw_severity severity, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Said once, reminded at growing intervals (1 min doubling to 1 h), and its end said once. Zero-initialise. */
struct sw_complaint {
    int64_t next_us;
    uint32_t said;
    uint32_t suppressed;
};

/** Say it if it is new or due again. now_us is the real monotonic clock. */
void sw_complain(struct sw_complaint *c, int64_t now_us, enum sw_severity severity, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Say that it is over, if it had been said. */
void sw_complain_clear(struct sw_complaint *c, enum sw_severity severity, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
