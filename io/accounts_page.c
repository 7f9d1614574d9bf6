// SPDX-License-Identifier: Apache-2.0
/* Pages about accounts: the list, adding and removing, passwords, tokens, and the record of who did what. On the unix
 * socket for whoever its file lets in, over TCP for admins; everybody may change the own password. */
#include "io/accounts_int.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS "/api/v1/users"
#define AUDIT "/api/v1/audit"
#define OWN_PASSWORD "/api/v1/session/password"

/* ---- showing ---- */

static void write_token(struct sw_jsonw *w, const struct sw_token *t)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", t->id);
    sw_jsonw_str(w, "label", t->label);
    sw_jsonw_array(w, "scopes");
    for (unsigned bit = 1; bit <= t->scopes; bit <<= 1)
        if (t->scopes & bit)
            sw_jsonw_str(w, NULL, sw_right_name(bit));
    sw_jsonw_array_end(w);
    sw_jsonw_time(w, "created", NULL, t->created_us);
    sw_jsonw_time(w, "expires", NULL, t->expires_us == INT64_MAX ? INT64_MIN : t->expires_us);
    sw_jsonw_object_end(w);
}

#define ACCOUNT_ROOM (1024 + SW_TOKENS_EACH_MAX * 512)

static void write_account(struct sw_accounts *a, const struct sw_account *account, struct sw_http_response *rs)
{
    char *at = sw_http_reserve(rs, ACCOUNT_ROOM);
    struct sw_jsonw w;
    size_t len = 0;

    if (!at)
        return;
    sw_jsonw_init(&w, at, ACCOUNT_ROOM);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "id", account->id);
    sw_jsonw_str(&w, "name", account->name);
    sw_jsonw_str(&w, "role", sw_account_role_name(account->role));
    sw_jsonw_bool(&w, "has_password", account->password[0] != '\0');
    sw_jsonw_time(&w, "created", NULL, account->created_us);
    sw_jsonw_time(&w, "changed", NULL, account->changed_us);
    sw_jsonw_uint(&w, "sessions", sw_session_count(&a->sessions, account->id, sw_mono_real_us()));
    sw_jsonw_array(&w, "tokens");
    for (size_t i = 0; i < account->n_tokens; i++)
        write_token(&w, &account->tokens[i]);
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    if (sw_jsonw_finish(&w, &len))
        sw_http_commit(rs, len);
}

static void list_users(struct sw_accounts *a, struct sw_http_response *rs)
{
    if (a->fault[0]) {
        sw_http_refuse(rs, 503, ERROR_STORAGE, "the accounts cannot be used: %s", a->fault);
        return;
    }
    sw_http_write(rs, "{\"users\":[", 10);
    for (size_t i = 0; i < a->table.n; i++) {
        if (i > 0)
            sw_http_write(rs, ",", 1);
        write_account(a, &a->table.list[i], rs);
    }
    sw_http_write(rs, "]}", 2);
}

static void show_changed(struct accounts_errand *e, struct sw_http_response *rs)
{
    const struct sw_account *account = sw_account_table_find(&e->accounts->table, e->body.id);

    if (account)
        write_account(e->accounts, account, rs);
}

/* ---- changes, in the copy ---- */

static struct sw_account *find(struct accounts_errand *e, const struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account *account = sw_account_table_find(t, e->body.id);

    if (!account)
        sw_err_fill(err, SW_E_NOTFOUND, 0, "there is no account '%.32s'", e->body.id);
    return account;
}

static int add_user(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account account = {.role = e->body.role};

    if (!(e->body.has & SW_BODY_NAME))
        (void) snprintf(e->body.name, sizeof(e->body.name), "%s", e->body.id);
    if (!sw_account_id_is_valid(e->body.id))
        return sw_err_set(err, SW_E_INVAL, 0, "\"id\" is a-z, 0-9 and - inside, at most %d", SW_ACCOUNT_ID_MAX);
    if (!sw_account_name_is_valid(e->body.name))
        return sw_err_set(err, SW_E_INVAL, 0, "\"name\" is a text without control characters");
    (void) snprintf(account.id, sizeof(account.id), "%.*s", SW_ACCOUNT_ID_MAX, e->body.id);
    (void) snprintf(account.name, sizeof(account.name), "%s", e->body.name);
    memcpy(account.password, e->hash, sizeof(account.password));
    account.created_us = account.changed_us = accounts_now_us(e->accounts);
    return sw_account_table_add(t, &account, err);
}

static int set_password(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account *account = find(e, t, err);

    if (!account)
        return SW_E_NOTFOUND;
    /* an admin was quicker: what was checked is the password of before */
    if ((e->body.has & SW_BODY_OLD) && !sw_session_find(&e->accounts->sessions, e->keep_cookie, sw_mono_real_us()))
        return sw_err_set(err, SW_E_DENIED, 0, "this session was ended meanwhile");
    memcpy(account->password, e->hash, sizeof(account->password));
    account->changed_us = accounts_now_us(e->accounts);
    return SW_OK;
}

static void password_set(struct accounts_errand *e, struct sw_http_response *rs)
{
    accounts_end_sessions(e->accounts, e->body.id, e->body.has & SW_BODY_OLD ? e->keep_cookie : NULL);
    show_changed(e, rs);
}

static int remove_user(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account *account = find(e, t, err);

    if (!account)
        return SW_E_NOTFOUND;
    if (account->role == SW_ACCOUNT_ADMIN && sw_account_table_count(t, SW_ACCOUNT_ADMIN) == 1)
        return sw_err_set(err, SW_E_CONFLICT, 0, "'%s' is the last admin: make another one first", account->id);
    sw_account_table_remove(t, account);
    return SW_OK;
}

static void user_removed(struct accounts_errand *e, struct sw_http_response *rs)
{
    accounts_end_sessions(e->accounts, e->body.id, NULL);
    sw_http_write(rs, "{}", 2);
}

static int add_token(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account *account = find(e, t, err);
    struct sw_token token = {.scopes = e->body.scopes, .expires_us = INT64_MAX};
    uint8_t id[(SW_TOKEN_ID_SIZE - 1) / 2];

    if (!account)
        return SW_E_NOTFOUND;
    if (account->n_tokens >= SW_TOKENS_EACH_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "'%s' has %d tokens already: remove one first", account->id,
                          SW_TOKENS_EACH_MAX);
    if (!sw_account_name_is_valid(e->body.label))
        return sw_err_set(err, SW_E_INVAL, 0, "\"label\" is a text without control characters");
    if (token.scopes & ~sw_auth_rights(account->role))
        return sw_err_set(err, SW_E_INVAL, 0, "\"scopes\" has what %s '%s' may not do",
                          sw_account_role_name(account->role), account->id);
    randombytes_buf(id, sizeof(id));
    sodium_bin2hex(token.id, sizeof(token.id), id, sizeof(id));
    memcpy(e->token_id, token.id, sizeof(e->token_id));
    (void) snprintf(token.label, sizeof(token.label), "%s", e->body.label);
    memcpy(e->secret, SW_TOKEN_PREFIX, strlen(SW_TOKEN_PREFIX));
    sw_secret_make(e->secret + strlen(SW_TOKEN_PREFIX));
    sw_secret_hash(e->secret + strlen(SW_TOKEN_PREFIX), token.hash);
    token.created_us = accounts_now_us(e->accounts);
    if (e->body.days)
        token.expires_us = token.created_us + e->body.days * SW_S_PER_DAY * SW_US_PER_S;
    account->tokens[account->n_tokens++] = token;
    return SW_OK;
}

/* The only time that anybody sees it. */
static void token_added(struct accounts_errand *e, struct sw_http_response *rs)
{
    char *at = sw_http_reserve(rs, 512);
    struct sw_jsonw w;
    size_t len = 0;

    if (!at)
        return;
    sw_jsonw_init(&w, at, 512);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "id", e->token_id);
    sw_jsonw_str(&w, "token", e->secret);
    sw_jsonw_object_end(&w);
    rs->status = 201;
    if (sw_jsonw_finish(&w, &len))
        sw_http_commit(rs, len);
}

/* Which of the account's streams came with it is not kept: all end, and those that may come again. */
static void token_removed(struct accounts_errand *e, struct sw_http_response *rs)
{
    accounts_end_streams(e->accounts, e->body.id);
    show_changed(e, rs);
}

static int remove_token(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err)
{
    struct sw_account *account = find(e, t, err);
    size_t i = 0;

    if (!account)
        return SW_E_NOTFOUND;
    while (i < account->n_tokens && strcmp(account->tokens[i].id, e->token_id) != 0)
        i++;
    if (i == account->n_tokens)
        return sw_err_set(err, SW_E_NOTFOUND, 0, "'%s' has no token '%s'", account->id, e->token_id);
    memmove(&account->tokens[i], &account->tokens[i + 1], (account->n_tokens - i - 1) * sizeof(account->tokens[0]));
    account->n_tokens--;
    return SW_OK;
}

/* ---- asking for one ---- */

struct order {
    const char *what; /* in the record */
    unsigned required, optional;
    int (*change)(struct accounts_errand *e, struct sw_account_table *t, struct sw_err *err);
    void (*changed)(struct accounts_errand *e, struct sw_http_response *rs);
};

static const struct order adding = {"user-add", SW_BODY_ID | SW_BODY_ROLE, SW_BODY_NAME | SW_BODY_PASSWORD, add_user,
                                    show_changed};
static const struct order password_of = {"password", SW_BODY_PASSWORD, 0, set_password, password_set};
static const struct order own_password = {"own-password", SW_BODY_PASSWORD | SW_BODY_OLD, 0, set_password,
                                          password_set};
static const struct order removing = {"user-remove", 0, 0, remove_user, user_removed};
static const struct order token_adding = {"token-add", SW_BODY_LABEL | SW_BODY_SCOPES, SW_BODY_DAYS, add_token,
                                          token_added};
static const struct order token_removing = {"token-remove", 0, 0, remove_token, token_removed};

/* Of the own password: the old one was right, or not. */
static void old_checked(struct accounts_errand *e)
{
    if (e->is_good) {
        sw_auth_limit_good(&e->accounts->limit, e->body.id, e->from, sw_mono_real_us());
        e->hashed = accounts_hashed;
        accounts_hash(e, false);
        return;
    }
    sw_accounts_note_other(e->accounts, SW_AUDIT_FAILED, e->what, e->by, e->by_role, e->from, NULL);
    sw_http_refuse(sw_http_later_response(e->later), 403, ERROR_FORBIDDEN, "\"old\" is not the password until now");
    accounts_errand_end(e);
}

/* @return false: refused, and written */
static bool read_body(const struct sw_http_request *rq, const struct order *o, const char *id, struct sw_auth_body *ret,
                      struct sw_http_response *rs)
{
    struct sw_err err = {0};
    int rc = SW_OK;

    *ret = (struct sw_auth_body){0};
    if (o->required | o->optional)
        rc = sw_auth_body_read(rq->body, rq->body_len, o->required, o->optional, ret, &err);
    if (id)
        (void) snprintf(ret->id, sizeof(ret->id), "%s", id);
    if (rc == SW_OK && (ret->has & SW_BODY_PASSWORD))
        rc = sw_password_check(ret->id, ret->password, &err);
    if (rc < 0)
        sw_http_refuse(rs, 400, ERROR_INVALID, "%s", err.msg);
    return rc == SW_OK;
}

/* @param id        the account; NULL: the body says
 * @param token_id  NULL = none */
static void order(struct sw_accounts *a, const struct sw_http_request *rq, const struct order *o, const char *id,
                  const char *token_id, struct sw_http_response *rs)
{
    struct accounts_errand *e;
    struct sw_auth_body body;

    if (read_body(rq, o, id, &body, rs) &&
        (!(body.has & SW_BODY_PASSWORD) || accounts_has_room(a, accounts_from(rq), rs)) &&
        (e = accounts_errand_new(a, rq, rs)) != NULL) {
        e->body = body;
        e->what = o->what;
        e->change = o->change;
        e->changed = o->changed;
        e->hashed = accounts_hashed;
        (void) snprintf(e->token_id, sizeof(e->token_id), "%s", token_id ? token_id : "");
        if (body.has & SW_BODY_OLD) {
            const struct sw_account *account = sw_account_table_find(&a->table, body.id);

            if (account)
                memcpy(e->hash, account->password, sizeof(e->hash));
            e->hashed = old_checked;
            accounts_hash(e, true);
        } else if (body.has & SW_BODY_PASSWORD) {
            accounts_hash(e, false);
        } else {
            accounts_change(e);
        }
    }
    sodium_memzero(&body, sizeof(body));
}

/* Who has stolen a session must not be able to guess the password at leisure. */
static void change_own(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    int64_t wait_us;

    if (!accounts_is(rq, "POST", rs))
        return;
    if (!rq->who || rq->who->came != SW_CAME_COOKIE) {
        sw_http_refuse(rs, 401, ERROR_LOGIN, "log in with the password first");
        return;
    }
    wait_us = sw_auth_limit_ask(&a->limit, rq->who->id, rq->peer, sw_mono_real_us());
    if (wait_us > 0)
        accounts_refuse_wait(rs, wait_us);
    else
        order(a, rq, &own_password, rq->who->id, NULL, rs);
}

/* ---- the record ---- */

struct reading {
    struct sw_aside_job job; /* first */
    struct sw_http_later *later;
    char folder[SW_PATH_SIZE];
    int kind;
    size_t limit, len;
    char *text;
};

static void run_reading(struct sw_aside_job *j)
{
    struct reading *r = (struct reading *) j;

    r->text = sw_audit_read(r->folder, r->kind, r->limit, &r->len);
}

static void read_done(struct sw_aside_job *j, bool was_run)
{
    struct reading *r = (struct reading *) j;
    struct sw_http_response *rs = sw_http_later_response(r->later);

    if (was_run && r->text)
        sw_http_write(rs, r->text, r->len);
    else
        sw_http_refuse(rs, 503, ERROR_OVERLOADED, "the record cannot be read now: again later");
    sw_http_later_send(r->later);
    free(r->text);
    free(r);
}

static void show_audit(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *limit = sw_http_query(rq, "limit"), *kind = sw_http_query(rq, "kind");
    const long n = limit ? strtol(limit, NULL, 10) : 100;
    struct reading *r;

    if (n < 1 || n > SW_AUDIT_SHOWN_MAX || (kind && *kind && sw_audit_kind_of(kind) < 0)) {
        sw_http_refuse(rs, 400, ERROR_INVALID, "limit is 1 to %d, kind access, failed, account or evidence",
                       SW_AUDIT_SHOWN_MAX);
        return;
    }
    r = calloc(1, sizeof(*r));
    if (r) {
        *r = (struct reading){.job = {run_reading, read_done}, .limit = (size_t) n, .kind = -1};
        if (kind && *kind)
            r->kind = sw_audit_kind_of(kind);
        (void) snprintf(r->folder, sizeof(r->folder), "%s", a->data_dir);
        r->later = sw_http_defer(rq);
    }
    if (r && r->later && sw_aside_post(a->aside, &r->job, NULL) == SW_OK)
        return;
    sw_http_refuse(r && r->later ? sw_http_later_response(r->later) : rs, 503, ERROR_OVERLOADED,
                   "too much waits: again in some seconds");
    if (r && r->later)
        sw_http_later_send(r->later);
    free(r);
}

/* ---- which page ---- */

/* @return false: 405, and written */
bool accounts_is(const struct sw_http_request *rq, const char *method, struct sw_http_response *rs)
{
    if (strcmp(rq->method, method) == 0)
        return true;
    sw_http_problem(rs, 405, "%.100s is for %s", rq->path, method);
    rs->allow = strcmp(method, "GET") == 0 ? "GET, HEAD" : strcmp(method, "POST") == 0 ? "POST" : "DELETE";
    return false;
}

static void page_users(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    if (strcmp(rq->method, "GET") == 0)
        list_users(a, rs);
    else if (strcmp(rq->method, "POST") == 0)
        order(a, rq, &adding, NULL, NULL, rs);
    else {
        sw_http_problem(rs, 405, USERS " is for GET and POST");
        rs->allow = "GET, HEAD, POST";
    }
}

/* USERS/{id}, …/password, …/tokens, …/tokens/{token} */
static void page_user(struct sw_accounts *a, const struct sw_http_request *rq, const char *rest,
                      struct sw_http_response *rs)
{
    char id[SW_ACCOUNT_ID_MAX + 1], token[SW_TOKEN_ID_SIZE];
    const size_t len = strcspn(rest, "/");
    const char *tail = rest + len;

    if (len > 0 && len < sizeof(id)) {
        memcpy(id, rest, len);
        id[len] = '\0';
        if (!*tail) {
            if (accounts_is(rq, "DELETE", rs))
                order(a, rq, &removing, id, NULL, rs);
            return;
        }
        if (strcmp(tail, "/password") == 0 || strcmp(tail, "/tokens") == 0) {
            if (accounts_is(rq, "POST", rs))
                order(a, rq, tail[1] == 'p' ? &password_of : &token_adding, id, NULL, rs);
            return;
        }
        if (strncmp(tail, "/tokens/", 8) == 0 && strlen(tail + 8) == sizeof(token) - 1) {
            memcpy(token, tail + 8, sizeof(token));
            if (accounts_is(rq, "DELETE", rs))
                order(a, rq, &token_removing, id, token, rs);
            return;
        }
    }
    sw_http_problem(rs, 404, "there is no page %.100s", rq->path);
}

bool accounts_page_users(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const size_t len = strlen(USERS);
    const bool is_users = strncmp(rq->path, USERS, len) == 0 && (!rq->path[len] || rq->path[len] == '/');
    const bool is_audit = strcmp(rq->path, AUDIT) == 0;

    if (strcmp(rq->path, OWN_PASSWORD) == 0) {
        change_own(a, rq, rs);
        return true;
    }
    if (!is_users && !is_audit)
        return false;
    if (!sw_accounts_admits(a, rq, SW_MAY_ADMIN, rs))
        return true;
    if (is_audit && accounts_is(rq, "GET", rs))
        show_audit(a, rq, rs);
    else if (is_users && !rq->path[len])
        page_users(a, rq, rs);
    else if (is_users)
        page_user(a, rq, rq->path + len + 1, rs);
    return true;
}
