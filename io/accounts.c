// SPDX-License-Identifier: Apache-2.0
/* Who asks: the unix socket's user, a session's cookie or a bearer token; and what they are told when they may not. */
#include "io/accounts_int.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define TOKEN_NOTED_US (60 * SW_US_PER_S)

int64_t accounts_now_us(const struct sw_accounts *a)
{
    return sw_clock_utc_us(a->p.clock);
}

const char *accounts_from(const struct sw_http_request *rq)
{
    return rq->is_tcp ? rq->peer : "socket";
}

bool sw_accounts_is_set_up(const struct sw_accounts *a)
{
    return a->table.n > 0;
}

void sw_accounts_render(const struct sw_accounts *a, struct sw_jsonw *w)
{
    sw_jsonw_object(w, "accounts");
    sw_jsonw_uint(w, "n", a->table.n);
    sw_jsonw_str(w, "fault", a->fault[0] ? a->fault : NULL);
    sw_jsonw_uint(w, "record_lost", sw_audit_lost_total(a->audit));
    sw_jsonw_object_end(w);
}

/* ---- who asks ---- */

void accounts_identity_of(const struct sw_account *account, const struct sw_session *session, struct sw_identity *ret)
{
    *ret = (struct sw_identity){
        .role = account->role, .came = SW_CAME_COOKIE, .rights = sw_auth_rights(account->role), .session = session};
    (void) snprintf(ret->id, sizeof(ret->id), "%s", account->id);
    (void) snprintf(ret->name, sizeof(ret->name), "%s", account->name);
}

static bool is_reading(const struct sw_http_request *rq)
{
    return strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
}

/* Who logs in anew may have any old cookie. */
static bool is_log_in(const struct sw_http_request *rq)
{
    return strcmp(rq->method, "POST") == 0 &&
           (strcmp(rq->path, "/api/v1/session") == 0 || strcmp(rq->path, "/api/v1/setup") == 0);
}

static bool by_cookie(struct sw_accounts *a, const struct sw_http_request *rq, const char *cookie,
                      struct sw_identity *ret, struct sw_http_response *rs)
{
    const struct sw_session *s = sw_session_find(&a->sessions, cookie, sw_mono_real_us());
    const struct sw_account *account = s ? sw_account_table_find(&a->table, s->account) : NULL;
    const char *csrf = sw_http_header(rq, "X-CSRF-Token");

    if (!account)
        return false;
    if (!is_reading(rq) && !is_log_in(rq) && (!csrf || !sw_secret_equal(csrf, s->csrf))) {
        sw_http_refuse(rs, 403, ERROR_CSRF,
                       "the header X-CSRF-Token is missing or not this session's: read /api/v1/session again");
        return false;
    }
    accounts_identity_of(account, s, ret);
    return true;
}

/* Nobody guesses one, so there is no limit: a program with an old token must not keep people out. But it must not flood
 * the record either. */
static void note_token(struct sw_accounts *a, const struct sw_http_request *rq)
{
    const int64_t now_us = sw_mono_real_us();

    if (a->token_noted_us && now_us - a->token_noted_us < TOKEN_NOTED_US)
        return;
    a->token_noted_us = now_us;
    sw_accounts_note_other(a, SW_AUDIT_FAILED, "token", NULL, NULL, accounts_from(rq), NULL);
}

static bool by_token(struct sw_accounts *a, const struct sw_http_request *rq, const char *secret,
                     struct sw_identity *ret, struct sw_http_response *rs)
{
    const struct sw_token *token = NULL;
    const struct sw_account *account =
        sw_account_table_by_token(&a->table, secret + strlen(SW_TOKEN_PREFIX), accounts_now_us(a), &token);

    if (!account) {
        note_token(a, rq);
        sw_http_refuse(rs, 401, ERROR_LOGIN, "this token is not known, or is over: siteward user token makes one");
        (void) sw_http_set_header(rs, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
        return false;
    }
    accounts_identity_of(account, NULL, ret);
    ret->came = SW_CAME_BEARER;
    ret->rights &= token->scopes;
    return true;
}

bool sw_accounts_identify(void *ctx, const struct sw_http_request *rq, struct sw_identity *ret,
                          struct sw_http_response *rs)
{
    static const char bearer[] = "Bearer " SW_TOKEN_PREFIX;
    struct sw_accounts *a = ctx;
    const char *header = sw_http_header(rq, "Authorization");
    char cookie[SW_SECRET_SIZE + 1];

    *ret = (struct sw_identity){0};
    if (!rq->is_tcp) {
        *ret = (struct sw_identity){.role = SW_ACCOUNT_ADMIN, .came = SW_CAME_SOCKET, .rights = SW_MAY_ALL};
        (void) snprintf(ret->id, sizeof(ret->id), "uid:%lld",
                        rq->peer_uid == UINT32_MAX ? -1LL : (long long) rq->peer_uid);
        return true;
    }
    if (header && strncmp(header, bearer, sizeof(bearer) - 1) == 0)
        return by_token(a, rq, header + strlen("Bearer "), ret, rs);
    if (sw_http_cookie(rq, a->p.cookie, cookie, sizeof(cookie)) == SW_SECRET_SIZE - 1)
        return by_cookie(a, rq, cookie, ret, rs);
    return false;
}

bool sw_accounts_admits(struct sw_accounts *a, const struct sw_http_request *rq, unsigned right,
                        struct sw_http_response *rs)
{
    if (!rq->is_tcp || sw_may(rq->who, right))
        return true;
    if (a->fault[0])
        sw_http_refuse(rs, 503, ERROR_STORAGE, "the accounts cannot be used: %s", a->fault);
    else if (!sw_accounts_is_set_up(a))
        sw_http_refuse(rs, 403, ERROR_SETUP, "there is no account yet: make the first one with the code in the log");
    else if (!rq->who)
        sw_http_refuse(rs, 401, ERROR_LOGIN, "log in first, or send a token");
    else
        sw_http_refuse(rs, 403, ERROR_FORBIDDEN, "%s '%s' may not do this%s: it needs the right \"%s\"",
                       sw_account_role_name(rq->who->role), rq->who->id,
                       rq->who->came == SW_CAME_BEARER ? " with this token" : "", sw_right_name(right));
    return false;
}

/* ---- answers ---- */

void accounts_refuse_wait(struct sw_http_response *rs, int64_t wait_us)
{
    const int64_t wait_s = (wait_us + SW_US_PER_S - 1) / SW_US_PER_S;
    char text[24];

    (void) snprintf(text, sizeof(text), "%lld", (long long) wait_s);
    sw_http_refuse(rs, 429, ERROR_OVERLOADED, "too many tries: again in %s s", text);
    (void) sw_http_set_header(rs, "Retry-After", text);
}

void accounts_write_session(struct sw_accounts *a, const struct sw_identity *who, const struct sw_session *session,
                            struct sw_http_response *rs)
{
    char *at = sw_http_reserve(rs, 4096);
    struct sw_jsonw w;
    size_t len = 0;

    if (!at)
        return;
    sw_jsonw_init(&w, at, 4096);
    sw_jsonw_object(&w, NULL);
    if (who) {
        sw_jsonw_object(&w, "user");
        sw_jsonw_str(&w, "id", who->id);
        sw_jsonw_str(&w, "name", who->name);
        sw_jsonw_str(&w, "role", sw_account_role_name(who->role));
        sw_jsonw_object_end(&w);
    } else {
        sw_jsonw_null(&w, "user");
    }
    sw_jsonw_str(&w, "csrf", session ? session->csrf : NULL);
    sw_jsonw_bool(&w, "setup", !sw_accounts_is_set_up(a) && !a->fault[0]);
    a->p.describe(a->p.ctx, &w);
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_commit(rs, len);
    else
        sw_http_problem(rs, 500, "the session does not fit its room");
}

void accounts_end_streams(struct sw_accounts *a, const char *account)
{
    if (a->p.on_ended)
        a->p.on_ended(a->p.ctx, account);
}

void accounts_end_sessions(struct sw_accounts *a, const char *account, const char *but_cookie)
{
    const struct sw_session *but =
        but_cookie && *but_cookie ? sw_session_find(&a->sessions, but_cookie, sw_mono_real_us()) : NULL;

    (void) sw_session_end_account(&a->sessions, account, but);
    accounts_end_streams(a, account);
}

bool sw_accounts_page(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    return accounts_page_session(a, rq, rs) || accounts_page_users(a, rq, rs);
}

/* ---- the record ---- */

void sw_accounts_note(struct sw_accounts *a, const struct sw_http_request *rq, enum sw_audit_kind kind,
                      const char *what, const char *subject)
{
    sw_accounts_note_other(a, kind, what, rq->who ? rq->who->id : NULL,
                           rq->who && rq->who->came != SW_CAME_SOCKET ? sw_account_role_name(rq->who->role) : NULL,
                           accounts_from(rq), subject);
}

void sw_accounts_note_other(struct sw_accounts *a, enum sw_audit_kind kind, const char *what, const char *who,
                            const char *role, const char *from, const char *subject)
{
    const struct sw_audit_event e = {.kind = kind,
                                     .at_us = accounts_now_us(a),
                                     .what = what,
                                     .who = who,
                                     .role = role,
                                     .from = from,
                                     .subject = subject};

    sw_audit_note(a->audit, &e);
}

/* ---- start and end ---- */

/* A hash like everybody's, of a password that nobody knows: what is checked for accounts that there are not. */
struct nobody {
    struct sw_aside_job job; /* first */
    struct sw_accounts *accounts;
};

static void make_nobody(struct sw_aside_job *j)
{
    struct sw_accounts *a = ((struct nobody *) j)->accounts;
    char secret[SW_SECRET_SIZE];

    sw_secret_make(secret);
    if (crypto_pwhash_str_alg(a->nobody, secret, strlen(secret), SW_AUTH_PASSES, SW_AUTH_MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        a->nobody[0] = '\0';
}

static void nobody_made(struct sw_aside_job *j, bool was_run)
{
    (void) was_run;
    free(j);
}

static int start_worker(struct sw_accounts *a, struct sw_err *err)
{
    struct nobody *n;
    int rc = sw_aside_new(a->p.loop, "accounts", ASIDE_MAX, &a->aside, err);

    if (rc < 0)
        return rc;
    a->audit = sw_audit_new(a->aside, a->data_dir);
    n = calloc(1, sizeof(*n));
    if (!a->audit || !n) {
        free(n);
        return sw_err_set(err, SW_E_NOMEM, 0, "accounts: out of memory");
    }
    *n = (struct nobody){.job = {make_nobody, nobody_made}, .accounts = a};
    rc = sw_aside_post(a->aside, &n->job, err);
    if (rc < 0)
        free(n);
    return rc;
}

static void say_code(struct sw_accounts *a)
{
    char code[SW_CODE_SIZE];

    sw_code_make(code);
    sw_secret_hash(code, a->code);
    a->has_code = true;
    sw_log(SW_LOG_NOTICE,
           "there is no account yet. Make the first one, an admin, in the browser with this code: %s (good until it is "
           "used or the program starts again), or with: siteward user add ID --role admin",
           code);
    sodium_memzero(code, sizeof(code));
}

int sw_accounts_new(const struct sw_accounts_params *p, struct sw_accounts **ret, struct sw_err *err)
{
    struct sw_accounts *a = calloc(1, sizeof(*a));
    struct sw_err fault = {0};
    uint8_t secret[16];
    int rc;

    if (!a || sodium_init() < 0) {
        free(a);
        return sw_err_set(err, SW_E_NOMEM, 0, "accounts: out of memory");
    }
    a->p = *p;
    (void) snprintf(a->data_dir, sizeof(a->data_dir), "%s", p->data_dir);
    a->p.data_dir = a->data_dir;
    (void) snprintf(a->file, sizeof(a->file), "%s/accounts.json", a->data_dir);
    randombytes_buf(secret, sizeof(secret));
    sw_auth_limit_init(&a->limit, secret);
    rc = start_worker(a, err);
    if (rc < 0) {
        sw_accounts_free(a);
        return rc;
    }
    rc = sw_account_table_read(a->file, &a->table, &fault);
    if (rc < 0 && rc != SW_E_NOTFOUND) {
        (void) snprintf(a->fault, sizeof(a->fault), "%s", fault.msg);
        sw_log(SW_LOG_ERR, "nobody can log in: %s. Bring a copy back, or move the file away to begin with no accounts",
               a->fault);
    } else if (a->table.n == 0 && p->says_code) {
        say_code(a);
    }
    *ret = a;
    return SW_OK;
}

struct sw_accounts *sw_accounts_free(struct sw_accounts *a)
{
    if (!a)
        return NULL;
    sw_aside_free(a->aside);
    sw_audit_free(a->audit);
    sw_account_table_done(&a->table);
    sodium_memzero(a, sizeof(*a));
    free(a);
    return NULL;
}
