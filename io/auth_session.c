// SPDX-License-Identifier: Apache-2.0
/* The table of sessions. It is small: it is looked through from end to end. */
#include "io/auth_session.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool sw_session_is_over(const struct sw_session *s, int64_t now_us)
{
    return !s->account[0] || now_us - s->used_us >= SW_SESSION_IDLE_US || now_us - s->begun_us >= SW_SESSION_LONGEST_US;
}

void sw_session_end(struct sw_session *s)
{
    sodium_memzero(s, sizeof(*s));
}

/* A free place: one that is over, the account's own oldest when it has its share, else the oldest of all. */
static struct sw_session *place(struct sw_sessions *t, const char *account, int64_t now_us)
{
    struct sw_session *over = NULL, *own = NULL, *oldest = &t->list[0];
    size_t n_own = 0;

    for (size_t i = 0; i < SW_SESSIONS_MAX; i++) {
        struct sw_session *s = &t->list[i];

        if (sw_session_is_over(s, now_us)) {
            over = s;
            continue;
        }
        if (strcmp(s->account, account) == 0) {
            n_own++;
            if (!own || s->used_us < own->used_us)
                own = s;
        }
        if (s->used_us < oldest->used_us)
            oldest = s;
    }
    if (n_own >= SW_SESSIONS_EACH_MAX)
        return own;
    return over ? over : oldest;
}

struct sw_session *sw_session_begin(struct sw_sessions *t, const char *account, int64_t now_us, char *ret_cookie)
{
    struct sw_session *s = place(t, account, now_us);

    sw_session_end(s);
    (void) snprintf(s->account, sizeof(s->account), "%s", account);
    sw_secret_make(ret_cookie);
    sw_secret_hash(ret_cookie, s->hash);
    sw_secret_make(s->csrf);
    s->begun_us = s->used_us = now_us;
    return s;
}

struct sw_session *sw_session_find(struct sw_sessions *t, const char *cookie, int64_t now_us)
{
    struct sw_session *found = NULL;
    uint8_t hash[SW_SECRET_HASH];

    sw_secret_hash(cookie, hash);
    for (size_t i = 0; i < SW_SESSIONS_MAX; i++)
        if (t->list[i].account[0] && sodium_memcmp(hash, t->list[i].hash, sizeof(hash)) == 0)
            found = &t->list[i];
    if (!found)
        return NULL;
    if (sw_session_is_over(found, now_us)) {
        sw_session_end(found);
        return NULL;
    }
    found->used_us = now_us;
    return found;
}

size_t sw_session_end_account(struct sw_sessions *t, const char *account, const struct sw_session *but)
{
    size_t n = 0;

    for (size_t i = 0; i < SW_SESSIONS_MAX; i++) {
        if (&t->list[i] == but || strcmp(t->list[i].account, account) != 0)
            continue;
        sw_session_end(&t->list[i]);
        n++;
    }
    return n;
}

size_t sw_session_count(const struct sw_sessions *t, const char *account, int64_t now_us)
{
    size_t n = 0;

    for (size_t i = 0; i < SW_SESSIONS_MAX; i++)
        n += strcmp(t->list[i].account, account) == 0 && !sw_session_is_over(&t->list[i], now_us);
    return n;
}
