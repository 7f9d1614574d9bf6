// SPDX-License-Identifier: Apache-2.0
/* Who asks over HTTP: an account of this program, and by which way that became known. Made by whoever keeps accounts,
 * given to the handler of a request; what an account may do is up to the handler. */
#ifndef SW_IO_IDENTITY_H
#define SW_IO_IDENTITY_H

#include <stdint.h>

#define SW_ACCOUNT_ID_SIZE 64
#define SW_ACCOUNT_NAME_SIZE 128

/** What an account is for. No order: an officer may what an agent may not, and the other way round. */
enum sw_account_role {
    SW_ACCOUNT_NONE, /* nobody who is known */
    SW_ACCOUNT_VIEWER,
    SW_ACCOUNT_PARTY,   /* who answers for the site */
    SW_ACCOUNT_OFFICER, /* of the authority */
    SW_ACCOUNT_AGENT,   /* of the hotline */
    SW_ACCOUNT_ADMIN,   /* of this machine */
    SW_ACCOUNT__COUNT
};

/** How it became known who asks. */
enum sw_came {
    SW_CAME_SOCKET, /* the unix socket: the kernel says which user it is */
    SW_CAME_COOKIE, /* a session of a browser: what changes something must carry the session's token besides */
    SW_CAME_BEARER, /* "Authorization: Bearer sw_…" */
};

struct sw_identity {
    char id[SW_ACCOUNT_ID_SIZE];     /* "wang"; "uid:1000" of the socket */
    char name[SW_ACCOUNT_NAME_SIZE]; /* for people */
    enum sw_account_role role;
    enum sw_came came;
    unsigned rights;     /* set of SW_MAY_…, io/auth.h: those of the role, less what a token leaves out */
    const void *session; /* of whoever made this; NULL = none. Good for as long as the identity */
};

/** "viewer" …; "none" for SW_ACCOUNT_NONE and everything else. */
const char *sw_account_role_name(enum sw_account_role role);
/** @return the role of that name; SW_ACCOUNT_NONE when there is none of it */
enum sw_account_role sw_account_role_of(const char *name);

#endif
