// SPDX-License-Identifier: Apache-2.0
/* Who is logged in: a table in memory, which a restart empties. A browser has the session's secret as its cookie, the
 * table its hash; what changes something carries the session's second secret in a header. Time is a parameter. One
 * thread. */
#ifndef SW_IO_AUTH_SESSION_H
#define SW_IO_AUTH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macros.h"
#include "io/auth.h"

#define SW_SESSIONS_MAX 256
#define SW_SESSIONS_EACH_MAX 8                       /* of an account; one more ends the one unused for longest */
#define SW_SESSION_IDLE_US (12 * 3600 * SW_US_PER_S) /* without a request */
#define SW_SESSION_LONGEST_US (7 * SW_S_PER_DAY * SW_US_PER_S) /* whatever it is used for */

struct sw_session {
    char account[SW_ACCOUNT_ID_MAX + 1]; /* "" = free */
    uint8_t hash[SW_SECRET_HASH];        /* of the cookie */
    char csrf[SW_SECRET_SIZE];
    int64_t begun_us, used_us; /* monotonic */
};

struct sw_sessions {
    struct sw_session list[SW_SESSIONS_MAX];
};

/** @param ret_cookie  [SW_SECRET_SIZE]: nobody can tell it a second time */
struct sw_session *sw_session_begin(struct sw_sessions *t, const char *account, int64_t now_us, char *ret_cookie);
/** @return NULL: there is none, or it is over. Being asked about keeps it from being idle. */
struct sw_session *sw_session_find(struct sw_sessions *t, const char *cookie, int64_t now_us);
void sw_session_end(struct sw_session *s);
/** @param but  stays; NULL = none does. @return how many ended */
size_t sw_session_end_account(struct sw_sessions *t, const char *account, const struct sw_session *but);
size_t sw_session_count(const struct sw_sessions *t, const char *account, int64_t now_us);
bool sw_session_is_over(const struct sw_session *s, int64_t now_us);

#endif
