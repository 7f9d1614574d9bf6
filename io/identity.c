// SPDX-License-Identifier: Apache-2.0
/* Names of the roles of accounts. */
#include "io/identity.h"

#include <string.h>

static const char *const names[SW_ACCOUNT__COUNT] = {
    [SW_ACCOUNT_NONE] = "none",       [SW_ACCOUNT_VIEWER] = "viewer", [SW_ACCOUNT_PARTY] = "party",
    [SW_ACCOUNT_OFFICER] = "officer", [SW_ACCOUNT_AGENT] = "agent",   [SW_ACCOUNT_ADMIN] = "admin",
};

const char *sw_account_role_name(enum sw_account_role role)
{
    return (unsigned) role < SW_ACCOUNT__COUNT ? names[role] : names[SW_ACCOUNT_NONE];
}

enum sw_account_role sw_account_role_of(const char *name)
{
    for (int i = 0; i < SW_ACCOUNT__COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum sw_account_role) i;
    return SW_ACCOUNT_NONE;
}
