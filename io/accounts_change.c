// SPDX-License-Identifier: Apache-2.0
/* One change of the accounts: made in a copy, written whole, and in force when it is on the disk. A disk that does not
 * take it leaves everything as it was. */
#include "io/accounts_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/replace.h"

static void refuse(struct accounts_errand *e, const struct sw_err *err)
{
    static const struct {
        int code, status;
        const char *type;
    } answers[] = {
        {SW_E_INVAL, 400, ERROR_INVALID},     {SW_E_NOTFOUND, 404, ERROR_NOT_FOUND},
        {SW_E_CONFLICT, 409, ERROR_CONFLICT}, {SW_E_FULL, 409, ERROR_CONFLICT},
        {SW_E_BUSY, 503, ERROR_OVERLOADED},   {SW_E_NOMEM, 503, ERROR_OVERLOADED},
        {SW_E_DENIED, 403, ERROR_FORBIDDEN},
    };
    struct sw_http_response *rs = sw_http_later_response(e->later);

    for (size_t i = 0; i < SW_ARRAY_SIZE(answers); i++)
        if (answers[i].code == (int) err->code) {
            sw_http_refuse(rs, answers[i].status, answers[i].type, "%s", err->msg);
            accounts_errand_end(e);
            return;
        }
    sw_http_refuse(rs, 503, ERROR_STORAGE, "nothing was changed: %s", err->msg);
    accounts_errand_end(e);
}

static void run_write(struct sw_aside_job *j)
{
    struct accounts_errand *e = (struct accounts_errand *) j;

    e->rc = sw_file_replace(e->accounts->file, e->text, e->len, 0600, &e->err);
}

static void note(const struct accounts_errand *e)
{
    char subject[SW_ACCOUNT_ID_SIZE + 32];

    (void) snprintf(subject, sizeof(subject), "%s%s%s", e->body.id, e->token_id[0] ? " token " : "", e->token_id);
    sw_accounts_note_other(e->accounts, SW_AUDIT_ACCOUNT, e->what, e->by, e->by_role[0] ? e->by_role : NULL, e->from,
                           subject);
}

static void written(struct sw_aside_job *j, bool was_run)
{
    struct accounts_errand *e = (struct accounts_errand *) j;
    struct sw_accounts *a = e->accounts;
    struct sw_account_table old = a->table;

    if (!was_run)
        e->rc = sw_err_set(&e->err, SW_E_BUSY, 0, "the program stops: nothing was changed");
    if (e->rc < 0) {
        refuse(e, &e->err);
        return;
    }
    a->table = e->next;
    e->next = old;
    if (a->table.n > 0) {
        a->has_code = false;
        memset(a->code, 0, sizeof(a->code));
    }
    note(e);
    e->changed(e, sw_http_later_response(e->later));
    accounts_errand_end(e);
}

void accounts_change(struct accounts_errand *e)
{
    struct sw_accounts *a = e->accounts;
    struct sw_err err = {0};
    int rc = SW_OK;

    if (a->fault[0])
        rc = sw_err_set(&err, SW_E_CORRUPT, 0, "%s", a->fault);
    else if (a->changing)
        rc = sw_err_set(&err, SW_E_BUSY, 0, "another change is being written: again in a second");
    if (rc == SW_OK)
        rc = sw_account_table_copy(&a->table, &e->next, &err);
    if (rc == SW_OK)
        rc = e->change(e, &e->next, &err);
    if (rc == SW_OK && !(e->text = sw_account_table_render(&e->next, &e->len)))
        rc = sw_err_set(&err, SW_E_NOMEM, 0, "accounts: out of memory");
    if (rc == SW_OK) {
        e->job = (struct sw_aside_job){run_write, written};
        rc = sw_aside_post(a->aside, &e->job, &err);
        if (rc < 0)
            err.code = SW_E_BUSY;
    }
    if (rc == SW_OK)
        a->changing = e;
    else
        refuse(e, &err);
}

void accounts_hashed(struct accounts_errand *e)
{
    static const struct sw_err err = {.code = SW_E_NOMEM, .msg = "there is no memory to hash a password"};

    if (e->is_good)
        accounts_change(e);
    else
        refuse(e, &err);
}
