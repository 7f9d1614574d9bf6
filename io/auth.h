// SPDX-License-Identifier: Apache-2.0
/* Rules of accounts: what each role may, which passwords are taken, secrets and how they are compared. Pure but for the
 * kernel's randomness; any thread. Who is logged in is auth_session.h, who may try again auth_limit.h. */
#ifndef SW_IO_AUTH_H
#define SW_IO_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "io/identity.h"
#include "tickets/ticket.h"

/** What somebody may do. A role has some of these; a token can leave out some of its account's. */
enum sw_right {
    SW_MAY_READ = 1u << 0,       /* what is measured, tickets, schedule, exports */
    SW_MAY_TICKETS = 1u << 1,    /* commands on tickets; which ones is the table of verbs' to say */
    SW_MAY_COMPLAINTS = 1u << 2, /* bring a caller's complaint */
    SW_MAY_EVIDENCE = 1u << 3,   /* ask for evidence, and see pictures */
    SW_MAY_ADMIN = 1u << 4,      /* accounts and the record of who did what */
    SW_MAY_ALL = (1u << 5) - 1,
};

unsigned sw_auth_rights(enum sw_account_role role);
const char *sw_right_name(unsigned right);                  /* of one bit: "read"; "" = none */
unsigned sw_right_of(const char *name);                     /* 0 = there is none of that name */
bool sw_may(const struct sw_identity *who, unsigned right); /* NULL may nothing */

/** As whom an account gives commands on tickets. Who looks after this machine is one of the site's people.
 *  @return SW_ROLE__COUNT: as nobody */
enum sw_role sw_auth_ticket_role(enum sw_account_role role);
/** The same as it stands in a ticket's history: "party:wang". @return false: as nobody */
bool sw_auth_actor(const struct sw_identity *who, enum sw_door door, struct sw_actor *ret);

#define SW_ACCOUNT_ID_MAX 32 /* bytes; with the role before it, it is an id of the contract */
#define SW_PASSWORD_CHARACTERS_MIN 10
#define SW_PASSWORD_BYTES_MAX 128

/** An id as everywhere, but shorter. */
bool sw_account_id_is_valid(const char *id);
/** UTF-8 without control characters, 1 to SW_ACCOUNT_NAME_SIZE - 1 bytes. */
bool sw_account_name_is_valid(const char *name);
/** Whether a new password is taken: long enough, not the id or the program's name with something around it, not one
 *  character or one row of the keyboard, not one of those that everybody tries first. @return SW_OK; SW_E_INVAL with a
 *  sentence for the person, which does not repeat it */
int sw_password_check(const char *id, const char *password, struct sw_err *err);

/* What a password costs whoever guesses it (argon2id). */
#define SW_AUTH_PASSES 2
#define SW_AUTH_MEMORY_BYTES (19u * 1024 * 1024)

#define SW_CODE_SIZE 11   /* of the first start, with its NUL */
#define SW_SECRET_SIZE 44 /* 32 random bytes as base64url */
#define SW_SECRET_HASH 32 /* bytes */
#define SW_TOKEN_PREFIX "sw_"

/** Characters that nobody confuses when reading them from a screen. */
void sw_code_make(char ret[SW_CODE_SIZE]);
/** What was typed, as it was meant: lower case, without spaces and hyphens. @return false: it is no code */
bool sw_code_clean(const char *typed, char ret[SW_CODE_SIZE]);
void sw_secret_make(char ret[SW_SECRET_SIZE]);
/** A secret with as much randomness as these needs no slow hash. */
void sw_secret_hash(const char *secret, uint8_t ret[SW_SECRET_HASH]);
/** Takes as long whatever differs. */
bool sw_secret_is(const char *secret, const uint8_t hash[SW_SECRET_HASH]);
bool sw_secret_equal(const char *a, const char *b);

#endif
