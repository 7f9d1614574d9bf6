// SPDX-License-Identifier: Apache-2.0
/* What io/accounts*.c share; nobody else includes it. accounts.c knows who asks, accounts_login.c lets in,
 * accounts_change.c changes what is kept, accounts_page.c are the pages about others' accounts. */
#ifndef SW_IO_ACCOUNTS_INT_H
#define SW_IO_ACCOUNTS_INT_H

#include "io/accounts.h"
#include "io/aside.h"
#include "io/auth_body.h"
#include "io/auth_file.h"
#include "io/auth_limit.h"
#include "io/auth_session.h"

#define ERROR_LOGIN "urn:siteward:error:login"
#define ERROR_FORBIDDEN "urn:siteward:error:forbidden"
#define ERROR_INVALID "urn:siteward:error:invalid"
#define ERROR_NOT_FOUND "urn:siteward:error:not-found"
#define ERROR_CONFLICT "urn:siteward:error:conflict"
#define ERROR_OVERLOADED "urn:siteward:error:overloaded"
#define ERROR_STORAGE "urn:siteward:error:storage"
#define ERROR_SETUP "urn:siteward:error:setup"
#define ERROR_CSRF "urn:siteward:error:csrf"

#define ASIDE_MAX (SW_AUDIT_WAITING_MAX + 64)

struct accounts_errand;

struct sw_accounts {
    struct sw_accounts_params p;
    char data_dir[SW_PATH_SIZE], file[SW_PATH_SIZE + 32];
    struct sw_account_table table;
    char fault[sizeof(((struct sw_err *) NULL)->msg)]; /* why the file cannot be used; "" = it can */
    bool has_code;
    uint8_t code[SW_SECRET_HASH]; /* of the first start */
    struct sw_sessions sessions;
    struct sw_auth_limit limit;
    struct sw_aside *aside;
    struct sw_audit *audit;
    struct accounts_errand *hashing[SW_ACCOUNTS_HASHING_MAX]; /* NULL = free */
    struct accounts_errand *changing;                         /* one at a time; NULL = nothing is being written */
    int64_t token_noted_us;             /* when a token that is none was recorded last; 0 = never */
    char nobody[SW_PASSWORD_HASH_SIZE]; /* a hash that no password fits; the worker's until it is made */
};

/** Something that takes until the worker was there. */
struct accounts_errand {
    struct sw_aside_job job; /* first */
    struct sw_accounts *accounts;
    struct sw_http_later *later;
    void (*hashed)(struct accounts_errand *e); /* on the loop's thread, after hashing or checking */
    int (*change)(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err);
    void (*changed)(struct accounts_errand *e, struct sw_http_response *rs); /* what is answered when it is kept */
    const char *what;                                                        /* in the record */
    char from[SW_HTTP_PEER_SIZE + 8], by[SW_ACCOUNT_ID_SIZE], by_role[16], keep_cookie[SW_SECRET_SIZE];
    bool is_tls, is_good;
    struct sw_auth_body body;
    char token_id[SW_TOKEN_ID_SIZE], secret[SW_SECRET_SIZE + sizeof(SW_TOKEN_PREFIX)];
    char hash[SW_PASSWORD_HASH_SIZE]; /* to check against, or what was made; "" made: it could not be */
    struct sw_account_table next;
    char *text;
    size_t len;
    int rc;
    struct sw_err err;
};

/* accounts.c */
int64_t accounts_now_us(const struct sw_accounts *a); /* UTC */
/** Where a request came from: its address, or "socket". */
const char *accounts_from(const struct sw_http_request *rq);
/** The session document. @param who, session  NULL = nobody is logged in */
void accounts_write_session(struct sw_accounts *a, const struct sw_identity *who, const struct sw_session *session,
                            struct sw_http_response *rs);
void accounts_identity_of(const struct sw_account *account, const struct sw_session *session, struct sw_identity *ret);
/** End what runs for the sessions and tokens of an account: who may still, comes again by itself. */
void accounts_end_streams(struct sw_accounts *a, const char *account);
/** End the sessions of an account, and what runs for them. */
void accounts_end_sessions(struct sw_accounts *a, const char *account, const char *but_cookie);
void accounts_refuse_wait(struct sw_http_response *rs, int64_t wait_us);

/* accounts_login.c */
bool accounts_page_session(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs);
/** @return NULL: refused, and written */
struct accounts_errand *accounts_errand_new(struct sw_accounts *a, const struct sw_http_request *rq,
                                            struct sw_http_response *rs);
/** Ends with its answer. Always returns NULL. */
struct accounts_errand *accounts_errand_end(struct accounts_errand *e);
/** Whether one more password can be hashed for this address; else the refusal is written. */
bool accounts_has_room(struct sw_accounts *a, const char *from, struct sw_http_response *rs);
/** Hash body.password into `hash`, or check body.password against it; then call `hashed`. The errand ends by itself
 *  when that cannot be. */
void accounts_hash(struct accounts_errand *e, bool is_check);

/* accounts_change.c */
/** Apply e->change to a copy, keep it, take it, answer with e->changed. The errand ends by itself. */
void accounts_change(struct accounts_errand *e);
void accounts_hashed(struct accounts_errand *e); /* the same, when the password could be hashed */

/* accounts_page.c */
/** Whether it is this method; else 405 is written. */
bool accounts_is(const struct sw_http_request *rq, const char *method, struct sw_http_response *rs);
bool accounts_page_users(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs);

#endif
