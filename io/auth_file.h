// SPDX-License-Identifier: Apache-2.0
/* The accounts, and the one file in which they are kept: JSON in the data folder, for its owner alone, replaced whole.
 * Nobody edits it by hand: a file that is not as it was written is not used, and is not overwritten either. */
#ifndef SW_IO_AUTH_FILE_H
#define SW_IO_AUTH_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "io/auth.h"

#define SW_ACCOUNTS_MAX 200
#define SW_TOKENS_EACH_MAX 8
#define SW_ACCOUNTS_FILE_MAX (1024 * 1024)
#define SW_TOKEN_ID_SIZE 9
#define SW_TOKEN_LABEL_SIZE 64
#define SW_PASSWORD_HASH_SIZE 128 /* crypto_pwhash_STRBYTES */

/** A bearer token: who shows it is the account, with no more than these rights. */
struct sw_token {
    char id[SW_TOKEN_ID_SIZE]; /* to name it by */
    char label[SW_TOKEN_LABEL_SIZE];
    uint8_t hash[SW_SECRET_HASH];
    unsigned scopes;                /* SW_MAY_… */
    int64_t created_us, expires_us; /* INT64_MAX = never */
};

struct sw_account {
    char id[SW_ACCOUNT_ID_MAX + 1];
    char name[SW_ACCOUNT_NAME_SIZE];
    enum sw_account_role role;
    char password[SW_PASSWORD_HASH_SIZE]; /* argon2id; "" = none: tokens only */
    int64_t created_us, changed_us;
    size_t n_tokens;
    struct sw_token tokens[SW_TOKENS_EACH_MAX];
};

struct sw_account_table {
    size_t n;
    struct sw_account *list; /* NULL while n is 0 */
};

void sw_account_table_done(struct sw_account_table *t);
/** @param ret  overwritten. @return SW_OK; SW_E_NOMEM */
int sw_account_table_copy(const struct sw_account_table *t, struct sw_account_table *ret, struct sw_err *err);
struct sw_account *sw_account_table_find(const struct sw_account_table *t, const char *id);
/** @return SW_OK; SW_E_FULL; SW_E_CONFLICT there is one of this id; SW_E_NOMEM */
int sw_account_table_add(struct sw_account_table *t, const struct sw_account *account, struct sw_err *err);
void sw_account_table_remove(struct sw_account_table *t, struct sw_account *account);
size_t sw_account_table_count(const struct sw_account_table *t, enum sw_account_role role);
/** Looks at every token there is. @param ret_token  may be NULL */
const struct sw_account *sw_account_table_by_token(const struct sw_account_table *t, const char *secret, int64_t now_us,
                                                   const struct sw_token **ret_token);

/** @param ret  overwritten, also when it fails: then it is empty
 *  @return SW_OK; SW_E_CORRUPT with a sentence that names what is wrong; SW_E_NOMEM */
int sw_account_table_parse(const char *text, size_t len, struct sw_account_table *ret, struct sw_err *err);
/** @return text, free when done; NULL = no memory */
char *sw_account_table_render(const struct sw_account_table *t, size_t *ret_len);
/** @return also SW_E_NOTFOUND there is no file; SW_E_DENIED it is open to others; SW_E_IO */
int sw_account_table_read(const char *path, struct sw_account_table *ret, struct sw_err *err);

#endif
