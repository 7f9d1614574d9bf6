// SPDX-License-Identifier: Apache-2.0
/* What browsers and the command line send about accounts: small JSON objects, read with every field checked for kind
 * and length. Unknown fields are ignored. Pure; any thread. */
#ifndef SW_IO_AUTH_BODY_H
#define SW_IO_AUTH_BODY_H

#include <stddef.h>

#include "common/err.h"
#include "io/auth_file.h"

enum sw_auth_field {
    SW_BODY_ID = 1u << 0,
    SW_BODY_NAME = 1u << 1,
    SW_BODY_ROLE = 1u << 2,
    SW_BODY_PASSWORD = 1u << 3,
    SW_BODY_OLD = 1u << 4, /* the password until now */
    SW_BODY_CODE = 1u << 5,
    SW_BODY_LABEL = 1u << 6,
    SW_BODY_SCOPES = 1u << 7,
    SW_BODY_DAYS = 1u << 8,
};

#define SW_BODY_DAYS_MAX 3650

struct sw_auth_body {
    unsigned has;                /* SW_BODY_… that were there */
    char id[SW_ACCOUNT_ID_SIZE]; /* as typed: whether it is an id is another question */
    char name[SW_ACCOUNT_NAME_SIZE];
    enum sw_account_role role;
    char password[SW_PASSWORD_BYTES_MAX + 1], old[SW_PASSWORD_BYTES_MAX + 1];
    char code[32];
    char label[SW_TOKEN_LABEL_SIZE];
    unsigned scopes;
    int days;
};

/** @param required, optional  sets of SW_BODY_…; others are ignored
 *  @param ret  wipe it (sodium_memzero) when done
 *  @return SW_OK; SW_E_INVAL with a sentence that names the field and never what was in it */
int sw_auth_body_read(const char *text, size_t len, unsigned required, unsigned optional, struct sw_auth_body *ret,
                      struct sw_err *err);

#endif
