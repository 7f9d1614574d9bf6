// SPDX-License-Identifier: Apache-2.0
/* Log-in, log-out and the first start. An account that there is not takes as long, and is told the same, as a password
 * that is wrong. */
#include "io/accounts_int.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION "/api/v1/session"
#define SETUP "/api/v1/setup"

/* ---- errands ---- */

struct accounts_errand *accounts_errand_new(struct sw_accounts *a, const struct sw_http_request *rq,
                                            struct sw_http_response *rs)
{
    struct accounts_errand *e = calloc(1, sizeof(*e));

    if (!e || !(e->later = sw_http_defer(rq))) {
        free(e);
        sw_http_refuse(rs, 503, ERROR_OVERLOADED, "too many wait for an answer: again in some seconds");
        return NULL;
    }
    e->accounts = a;
    e->is_tls = rq->is_tls;
    (void) snprintf(e->from, sizeof(e->from), "%s", accounts_from(rq));
    if (rq->who) {
        (void) snprintf(e->by, sizeof(e->by), "%s", rq->who->id);
        if (rq->who->came != SW_CAME_SOCKET)
            (void) snprintf(e->by_role, sizeof(e->by_role), "%s", sw_account_role_name(rq->who->role));
        if (rq->who->came == SW_CAME_COOKIE)
            (void) sw_http_cookie(rq, a->p.cookie, e->keep_cookie, sizeof(e->keep_cookie));
    }
    return e;
}

struct accounts_errand *accounts_errand_end(struct accounts_errand *e)
{
    if (e->accounts->changing == e)
        e->accounts->changing = NULL;
    sw_http_later_send(e->later);
    sw_account_table_done(&e->next);
    free(e->text);
    sodium_memzero(e, sizeof(*e));
    free(e);
    return NULL;
}

/* ---- passwords ---- */

bool accounts_has_room(struct sw_accounts *a, const char *from, struct sw_http_response *rs)
{
    size_t n = 0, n_from = 0;

    for (size_t i = 0; i < SW_ACCOUNTS_HASHING_MAX; i++) {
        n += a->hashing[i] != NULL;
        n_from += a->hashing[i] && strcmp(a->hashing[i]->from, from) == 0;
    }
    if (n < SW_ACCOUNTS_HASHING_MAX && n_from < SW_ACCOUNTS_HASHING_EACH_MAX)
        return true;
    accounts_refuse_wait(rs, SW_US_PER_S);
    return false;
}

static void run_check(struct sw_aside_job *j)
{
    struct accounts_errand *e = (struct accounts_errand *) j;
    const char *hash = e->hash[0] ? e->hash : e->accounts->nobody;
    const char *password = e->body.has & SW_BODY_OLD ? e->body.old : e->body.password;
    const bool is_right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;

    e->is_good = is_right && e->hash[0];
}

static void run_hash(struct sw_aside_job *j)
{
    struct accounts_errand *e = (struct accounts_errand *) j;

    e->is_good = crypto_pwhash_str_alg(e->hash, e->body.password, strlen(e->body.password), SW_AUTH_PASSES,
                                       SW_AUTH_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static void hash_done(struct sw_aside_job *j, bool was_run)
{
    struct accounts_errand *e = (struct accounts_errand *) j;

    for (size_t i = 0; i < SW_ACCOUNTS_HASHING_MAX; i++)
        if (e->accounts->hashing[i] == e)
            e->accounts->hashing[i] = NULL;
    if (was_run) {
        e->hashed(e);
        return;
    }
    sw_http_refuse(sw_http_later_response(e->later), 503, ERROR_OVERLOADED, "the program stops: again later");
    accounts_errand_end(e);
}

void accounts_hash(struct accounts_errand *e, bool is_check)
{
    struct sw_accounts *a = e->accounts;
    size_t i = 0;

    while (i < SW_ACCOUNTS_HASHING_MAX && a->hashing[i])
        i++;
    e->job = (struct sw_aside_job){is_check ? run_check : run_hash, hash_done};
    if (i < SW_ACCOUNTS_HASHING_MAX && sw_aside_post(a->aside, &e->job, NULL) == SW_OK) {
        a->hashing[i] = e;
        return;
    }
    accounts_refuse_wait(sw_http_later_response(e->later), SW_US_PER_S);
    accounts_errand_end(e);
}

/* ---- in ---- */

/* The cookie is the browser's until it is closed, and ours until the session is over. */
static void let_in(struct accounts_errand *e, const struct sw_account *account, struct sw_http_response *rs)
{
    struct sw_accounts *a = e->accounts;
    const struct sw_session *s;
    struct sw_identity who;
    char cookie[SW_SECRET_SIZE], header[SW_HTTP_VALUE_SIZE];

    if (e->keep_cookie[0]) { /* who logs in anew leaves the old session */
        struct sw_session *old = sw_session_find(&a->sessions, e->keep_cookie, sw_mono_real_us());

        if (old) {
            accounts_end_streams(a, old->account);
            sw_session_end(old);
        }
    }
    if (sw_session_count(&a->sessions, account->id, sw_mono_real_us()) >= SW_SESSIONS_EACH_MAX)
        accounts_end_streams(a, account->id); /* the one that gives way may have some */
    s = sw_session_begin(&a->sessions, account->id, sw_mono_real_us(), cookie);
    (void) snprintf(header, sizeof(header), "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", a->p.cookie, cookie,
                    e->is_tls ? "; Secure" : "");
    accounts_identity_of(account, s, &who);
    accounts_write_session(a, &who, s, rs);
    (void) sw_http_set_header(rs, "Set-Cookie", header);
    sodium_memzero(cookie, sizeof(cookie));
    sodium_memzero(header, sizeof(header));
}

static void log_in_checked(struct accounts_errand *e)
{
    struct sw_accounts *a = e->accounts;
    struct sw_http_response *rs = sw_http_later_response(e->later);
    const struct sw_account *account = sw_account_table_find(&a->table, e->body.id);

    /* it may have been changed meanwhile */
    if (e->is_good && account && strcmp(account->password, e->hash) == 0) {
        sw_auth_limit_good(&a->limit, e->body.id, strcmp(e->from, "socket") ? e->from : "", sw_mono_real_us());
        let_in(e, account, rs);
        sw_accounts_note_other(a, SW_AUDIT_ACCESS, "log-in", account->id, sw_account_role_name(account->role), e->from,
                               NULL);
    } else {
        sw_http_refuse(rs, 401, ERROR_LOGIN, "no such account, or not its password");
        sw_accounts_note_other(a, SW_AUDIT_FAILED, "log-in", account ? account->id : NULL, NULL, e->from, NULL);
    }
    accounts_errand_end(e);
}

/* A form of another page cannot send JSON. @return false: refused */
static bool is_json(const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *type = sw_http_header(rq, "Content-Type");

    if (!rq->is_tcp || (type && strncmp(type, "application/json", 16) == 0))
        return true;
    sw_http_problem(rs, 415, "the body must be application/json");
    return false;
}

static bool may_try(struct sw_accounts *a, const struct sw_http_request *rq, const char *account,
                    struct sw_http_response *rs)
{
    int64_t wait_us;

    if (!accounts_has_room(a, accounts_from(rq), rs))
        return false;
    wait_us = sw_auth_limit_ask(&a->limit, account, rq->peer, sw_mono_real_us());
    if (wait_us > 0)
        accounts_refuse_wait(rs, wait_us);
    return wait_us == 0;
}

static void log_in(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const struct sw_account *account;
    struct accounts_errand *e;
    struct sw_auth_body body;
    struct sw_err err = {0};

    if (!is_json(rq, rs))
        return;
    if (sw_auth_body_read(rq->body, rq->body_len, SW_BODY_ID | SW_BODY_PASSWORD, 0, &body, &err) < 0)
        sw_http_refuse(rs, 400, ERROR_INVALID, "%s", err.msg);
    else if (a->fault[0])
        sw_http_refuse(rs, 503, ERROR_STORAGE, "nobody can log in: %s", a->fault);
    else if (may_try(a, rq, body.id, rs) && (e = accounts_errand_new(a, rq, rs)) != NULL) {
        account = sw_account_table_find(&a->table, body.id);
        e->body = body;
        e->hashed = log_in_checked;
        if (account)
            memcpy(e->hash, account->password, sizeof(e->hash));
        accounts_hash(e, true);
    }
    sodium_memzero(&body, sizeof(body));
}

static void log_out(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    char cookie[SW_SECRET_SIZE] = "", header[SW_HTTP_VALUE_SIZE];
    struct sw_session *s = NULL;

    if (rq->who && rq->who->came == SW_CAME_COOKIE && sw_http_cookie(rq, a->p.cookie, cookie, sizeof(cookie)) > 0)
        s = sw_session_find(&a->sessions, cookie, sw_mono_real_us());
    if (s) {
        sw_accounts_note(a, rq, SW_AUDIT_ACCESS, "log-out", NULL);
        accounts_end_streams(a, s->account);
        sw_session_end(s);
    }
    (void) snprintf(header, sizeof(header), "%s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0%s", a->p.cookie,
                    rq->is_tls ? "; Secure" : "");
    accounts_write_session(a, NULL, NULL, rs);
    (void) sw_http_set_header(rs, "Set-Cookie", header);
}

/* ---- the first start ---- */

static int add_first(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account account = {.role = SW_ACCOUNT_ADMIN};

    if (t->n > 0)
        return sw_err_set(err, SW_E_CONFLICT, 0, "the first account was made already");
    (void) snprintf(account.id, sizeof(account.id), "%.*s", SW_ACCOUNT_ID_MAX, e->body.id);
    (void) snprintf(account.name, sizeof(account.name), "%s", e->body.name);
    memcpy(account.password, e->hash, sizeof(account.password));
    account.created_us = account.changed_us = accounts_now_us(e->accounts);
    return sw_account_table_add(t, &account, err);
}

static void first_added(struct accounts_errand *e, struct sw_http_response *rs)
{
    let_in(e, sw_account_table_find(&e->accounts->table, e->body.id), rs);
}

static void first_hashed(struct accounts_errand *e)
{
    (void) snprintf(e->by, sizeof(e->by), "%s", e->body.id); /* who has the code makes his own */
    accounts_hashed(e);
}

/* Everything but the code. @return false: refused, and written */
static bool is_first_sound(const struct sw_auth_body *body, struct sw_http_response *rs)
{
    struct sw_err err = {0};

    if (!sw_account_id_is_valid(body->id))
        sw_http_refuse(rs, 400, ERROR_INVALID, "\"id\" is a-z, 0-9 and - inside, at most %d", SW_ACCOUNT_ID_MAX);
    else if (!sw_account_name_is_valid(body->name))
        sw_http_refuse(rs, 400, ERROR_INVALID, "\"name\" is a text without control characters");
    else if (sw_password_check(body->id, body->password, &err) < 0)
        sw_http_refuse(rs, 400, ERROR_INVALID, "%s", err.msg);
    else
        return true;
    return false;
}

/* @return false: refused, and written */
static bool is_code(struct sw_accounts *a, const struct sw_http_request *rq, const char *typed,
                    struct sw_http_response *rs)
{
    char code[SW_CODE_SIZE];
    bool is_it;

    if (!may_try(a, rq, NULL, rs))
        return false;
    is_it = sw_code_clean(typed, code) && sw_secret_is(code, a->code);
    sodium_memzero(code, sizeof(code));
    if (is_it) {
        sw_auth_limit_good(&a->limit, NULL, rq->peer, sw_mono_real_us());
        return true;
    }
    sw_http_refuse(rs, 401, ERROR_LOGIN, "this is not the code: it is in the log, as of the last start");
    sw_accounts_note(a, rq, SW_AUDIT_FAILED, "setup", NULL);
    return false;
}

/* @return false: refused, and written */
static bool can_set_up(const struct sw_accounts *a, struct sw_http_response *rs)
{
    if (a->fault[0])
        sw_http_refuse(rs, 503, ERROR_STORAGE, "no account can be made: %s", a->fault);
    else if (sw_accounts_is_set_up(a))
        sw_http_refuse(rs, 409, ERROR_CONFLICT, "the first account was made already: log in");
    else if (!a->has_code)
        sw_http_refuse(rs, 403, ERROR_SETUP, "there is no code: make the account with siteward user add");
    else
        return true;
    return false;
}

static void set_up(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    static const unsigned fields = SW_BODY_CODE | SW_BODY_ID | SW_BODY_NAME | SW_BODY_PASSWORD;
    struct accounts_errand *e;
    struct sw_auth_body body;
    struct sw_err err = {0};

    if (!is_json(rq, rs) || !can_set_up(a, rs))
        return;
    if (sw_auth_body_read(rq->body, rq->body_len, fields, 0, &body, &err) < 0) {
        sw_http_refuse(rs, 400, ERROR_INVALID, "%s", err.msg);
    } else if (is_code(a, rq, body.code, rs) && is_first_sound(&body, rs) && (e = accounts_errand_new(a, rq, rs))) {
        e->body = body;
        e->what = "setup";
        e->hashed = first_hashed;
        e->change = add_first;
        e->changed = first_added;
        accounts_hash(e, false);
    }
    sodium_memzero(&body, sizeof(body));
}

bool accounts_page_session(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const bool is_session = strcmp(rq->path, SESSION) == 0, is_post = strcmp(rq->method, "POST") == 0;

    if (!is_session && strcmp(rq->path, SETUP) != 0)
        return false;
    if (is_session && strcmp(rq->method, "GET") == 0)
        accounts_write_session(a, rq->who, rq->who ? rq->who->session : NULL, rs);
    else if (is_session && strcmp(rq->method, "DELETE") == 0)
        log_out(a, rq, rs);
    else if (is_post && !rq->is_tcp)
        sw_http_refuse(rs, 403, ERROR_FORBIDDEN, "sessions are for browsers: on this socket siteward user does it all");
    else if (is_post && is_session)
        log_in(a, rq, rs);
    else if (is_post)
        set_up(a, rq, rs);
    else {
        sw_http_problem(rs, 405, "%s is for %s", rq->path, is_session ? "GET, POST and DELETE" : "POST");
        rs->allow = is_session ? "GET, HEAD, POST, DELETE" : "POST";
    }
    return true;
}
