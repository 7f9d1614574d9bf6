// SPDX-License-Identifier: Apache-2.0
/* Accounts behind an HTTP door: who asks, log-in and log-out, the first start, accounts and tokens, and the record of
 * who did what. For any program with a loop and an sw_http; what its other pages need is that program's to say. Lives
 * on the loop's thread; passwords are hashed and files written on a worker of its own. */
#ifndef SW_IO_ACCOUNTS_H
#define SW_IO_ACCOUNTS_H

#include <stdbool.h>

#include "common/clock.h"
#include "common/jsonw.h"
#include "io/audit.h"
#include "io/auth.h"
#include "io/http.h"

#define SW_ACCOUNTS_HASHING_MAX 8      /* passwords that wait to be hashed; more are told to come again */
#define SW_ACCOUNTS_HASHING_EACH_MAX 2 /* of one address */

struct sw_accounts;

struct sw_accounts_params {
    struct sw_loop *loop;
    const struct sw_clock *clock; /* both must outlive it */
    const char *data_dir;         /* accounts.json and audit-*.jsonl; copied */
    const char *cookie;           /* name, "siteward"; two programs on one machine need two */
    bool says_code;               /* somebody can get at the first start: say its code */
    /** Members of the session document that are the program's own: "language", "site", "simulated". */
    void (*describe)(void *ctx, struct sw_jsonw *w);
    /** Sessions or tokens of this account were ended: end what runs for it (streams). May be NULL. */
    void (*on_ended)(void *ctx, const char *account);
    void *ctx;
};

/** Reads the accounts. A file that cannot be used keeps everybody out over TCP, and is logged; nothing else fails.
 *  @return SW_OK; SW_E_NOMEM; SW_E_IO no worker */
int sw_accounts_new(const struct sw_accounts_params *p, struct sw_accounts **ret, struct sw_err *err);
/** Before the loop. What was asked and not done is refused. NULL is fine; always returns NULL. */
struct sw_accounts *sw_accounts_free(struct sw_accounts *a);

/** For sw_http_set_identify; ctx is the struct sw_accounts. */
bool sw_accounts_identify(void *ctx, const struct sw_http_request *rq, struct sw_identity *ret,
                          struct sw_http_response *rs);

/** /api/v1/session, /api/v1/setup, /api/v1/users…, /api/v1/audit. @return false: it is none of these */
bool sw_accounts_page(struct sw_accounts *a, const struct sw_http_request *rq, struct sw_http_response *rs);

/** Whether who asks may do this; else the refusal is written: 401 nobody known, 403 not with these rights or before the
 *  first start. On the unix socket, whose rights are the file's, everything is admitted. */
bool sw_accounts_admits(struct sw_accounts *a, const struct sw_http_request *rq, unsigned right,
                        struct sw_http_response *rs);

/** A line in the record about this request. @param subject  NULL = nothing */
void sw_accounts_note(struct sw_accounts *a, const struct sw_http_request *rq, enum sw_audit_kind kind,
                      const char *what, const char *subject);
/** One about somebody who came another way. */
void sw_accounts_note_other(struct sw_accounts *a, enum sw_audit_kind kind, const char *what, const char *who,
                            const char *role, const char *from, const char *subject);

bool sw_accounts_is_set_up(const struct sw_accounts *a); /* there is an account */
/** "accounts": {"n", "fault", "record_lost"} for a page about the program's state. */
void sw_accounts_render(const struct sw_accounts *a, struct sw_jsonw *w);

#endif
