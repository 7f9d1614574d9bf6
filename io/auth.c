// SPDX-License-Identifier: Apache-2.0
/* Rules of accounts as tables, and secrets by libsodium. */
#include "io/auth.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "common/macros.h"

/* ---- roles and rights ---- */

static const struct {
    unsigned rights;
    enum sw_role as; /* on tickets */
} roles[SW_ACCOUNT__COUNT] = {
    [SW_ACCOUNT_NONE] = {0, SW_ROLE__COUNT},
    [SW_ACCOUNT_VIEWER] = {SW_MAY_READ, SW_ROLE__COUNT},
    [SW_ACCOUNT_PARTY] = {SW_MAY_READ | SW_MAY_TICKETS | SW_MAY_EVIDENCE, SW_ROLE_PARTY},
    [SW_ACCOUNT_OFFICER] = {SW_MAY_READ | SW_MAY_TICKETS | SW_MAY_EVIDENCE, SW_ROLE_OFFICER},
    [SW_ACCOUNT_AGENT] = {SW_MAY_READ | SW_MAY_TICKETS | SW_MAY_COMPLAINTS | SW_MAY_EVIDENCE, SW_ROLE_AGENT},
    [SW_ACCOUNT_ADMIN] = {SW_MAY_READ | SW_MAY_TICKETS | SW_MAY_EVIDENCE | SW_MAY_ADMIN, SW_ROLE_PARTY},
};

static const char *const right_names[] = {"read", "tickets", "complaints", "evidence", "admin"};

unsigned sw_auth_rights(enum sw_account_role role)
{
    return (unsigned) role < SW_ACCOUNT__COUNT ? roles[role].rights : 0;
}

const char *sw_right_name(unsigned right)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(right_names); i++)
        if (right == 1u << i)
            return right_names[i];
    return "";
}

unsigned sw_right_of(const char *name)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(right_names); i++)
        if (strcmp(right_names[i], name) == 0)
            return 1u << i;
    return 0;
}

bool sw_may(const struct sw_identity *who, unsigned right)
{
    return who && (who->rights & right) == right;
}

enum sw_role sw_auth_ticket_role(enum sw_account_role role)
{
    return (unsigned) role < SW_ACCOUNT__COUNT ? roles[role].as : SW_ROLE__COUNT;
}

bool sw_auth_actor(const struct sw_identity *who, enum sw_door door, struct sw_actor *ret)
{
    const enum sw_role role = who ? sw_auth_ticket_role(who->role) : SW_ROLE__COUNT;

    if (role == SW_ROLE__COUNT || !sw_may(who, SW_MAY_TICKETS))
        return false;
    *ret = (struct sw_actor){.role = role, .door = door};
    (void) snprintf(ret->id, sizeof(ret->id), "%s:%.*s", sw_role_name(role), SW_ACCOUNT_ID_MAX, who->id);
    return true;
}

/* ---- what is taken ---- */

bool sw_account_id_is_valid(const char *id)
{
    return strlen(id) <= SW_ACCOUNT_ID_MAX && sw_id_is_valid(id);
}

/* @return characters of a UTF-8 text; -1 = it is none, or a control character is in it */
static int count_characters(const char *text)
{
    const unsigned char *at = (const unsigned char *) text;
    int n = 0;

    for (; *at; n++) {
        const int more = *at < 0x80                  ? 0
                         : *at >= 0xc2 && *at < 0xe0 ? 1
                         : (*at & 0xf0) == 0xe0      ? 2
                         : *at >= 0xf0 && *at < 0xf5 ? 3
                                                     : -1;

        if (more < 0 || *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
            return -1;
        at++;
        for (int i = 0; i < more; i++, at++)
            if ((*at & 0xc0) != 0x80)
                return -1;
    }
    return n;
}

bool sw_account_name_is_valid(const char *name)
{
    const size_t len = strlen(name);

    return len >= 1 && len < SW_ACCOUNT_NAME_SIZE && count_characters(name) > 0;
}

/* Lower case, letters and digits alone: what is left when the usual decoration is taken off. */
static void plain_of(const char *text, char *ret, size_t cap)
{
    size_t len = 0;

    for (; *text && len + 1 < cap; text++)
        if (isalnum((unsigned char) *text))
            ret[len++] = (char) tolower((unsigned char) *text);
    ret[len] = '\0';
}

/* Each character is its neighbour's next, previous or the same: "1234567890", "abcdefghij", "aaaaaaaaaa". */
static bool is_row(const char *text)
{
    static const char *const rows[] = {"0123456789012345678901234567890",
                                       "abcdefghijklmnopqrstuvwxyzabcdefghijklm",
                                       "qwertyuiopasdfghjklzxcvbnm",
                                       "1qaz2wsx3edc4rfv5tgb6yhn",
                                       "1q2w3e4r5t6y7u8i9o0p",
                                       "zyxwvutsrqponmlkjihgfedcba",
                                       "98765432109876543210"};

    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++)
        if (strstr(rows[i], text))
            return true;
    return text[strspn(text, (const char[]){text[0], '\0'})] == '\0';
}

static bool is_usual(const char *plain)
{
    static const char *const stems[] = {"password", "passw0rd", "siteward", "admin",  "administrator", "welcome",
                                        "letmein",  "iloveyou", "woaini",   "qwerty", "qwertyuiop",    "gongdi",
                                        "default",  "changeme", "root",     "123456", "12345678",      "mima"};

    for (size_t i = 0; i < SW_ARRAY_SIZE(stems); i++) { /* one of these with digits or years around it */
        const char *at = strstr(plain, stems[i]);

        if (at && strspn(plain, "0123456789") >= (size_t) (at - plain) &&
            at[strlen(stems[i]) + strspn(at + strlen(stems[i]), "0123456789")] == '\0')
            return true;
    }
    return false;
}

/* The id with nothing, something short, or what everybody adds around it. */
static bool is_little_more(const char *plain, const char *owner)
{
    const char *at = *owner ? strstr(plain, owner) : NULL;
    char rest[SW_PASSWORD_BYTES_MAX + 1];

    if (!at)
        return false;
    (void) snprintf(rest, sizeof(rest), "%.*s%s", (int) (at - plain), plain, at + strlen(owner));
    return strlen(rest) < 6 || is_row(rest) || is_usual(rest);
}

static int count_different(const char *text)
{
    bool seen[256] = {false};
    int n = 0;

    for (const unsigned char *at = (const unsigned char *) text; *at; at++) {
        n += !seen[*at];
        seen[*at] = true;
    }
    return n;
}

int sw_password_check(const char *id, const char *password, struct sw_err *err)
{
    char plain[SW_PASSWORD_BYTES_MAX + 1], owner[SW_ACCOUNT_ID_MAX + 1];
    const int n = strlen(password) > SW_PASSWORD_BYTES_MAX ? -1 : count_characters(password);

    if (n < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "a password has at most %d bytes of UTF-8, without control characters",
                          SW_PASSWORD_BYTES_MAX);
    if (n < SW_PASSWORD_CHARACTERS_MIN)
        return sw_err_set(err, SW_E_INVAL, 0, "a password has at least %d characters: several words are easy to keep",
                          SW_PASSWORD_CHARACTERS_MIN);
    plain_of(password, plain, sizeof(plain));
    plain_of(id, owner, sizeof(owner));
    if (is_little_more(plain, owner))
        return sw_err_set(err, SW_E_INVAL, 0, "the password is little more than the account's id: choose another");
    if (count_different(password) < 5 || (*plain && is_row(plain)) || is_usual(plain))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "this password is among the first that anybody would try: choose another");
    return SW_OK;
}

/* ---- secrets ---- */

static const char code_letters[] = "23456789abcdefghjkmnpqrstuvwxyz";

void sw_code_make(char ret[SW_CODE_SIZE])
{
    for (int i = 0; i < SW_CODE_SIZE - 1; i++)
        ret[i] = code_letters[randombytes_uniform(sizeof(code_letters) - 1)];
    ret[SW_CODE_SIZE - 1] = '\0';
}

bool sw_code_clean(const char *typed, char ret[SW_CODE_SIZE])
{
    size_t len = 0;

    for (; *typed; typed++) {
        const char letter = (char) tolower((unsigned char) *typed);

        if (letter == ' ' || letter == '-')
            continue;
        if (len == SW_CODE_SIZE - 1 || !strchr(code_letters, letter))
            return false;
        ret[len++] = letter;
    }
    ret[len] = '\0';
    return len == SW_CODE_SIZE - 1;
}

void sw_secret_make(char ret[SW_SECRET_SIZE])
{
    uint8_t bytes[32];

    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2base64(ret, SW_SECRET_SIZE, bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof(bytes));
}

void sw_secret_hash(const char *secret, uint8_t ret[SW_SECRET_HASH])
{
    (void) crypto_generichash(ret, SW_SECRET_HASH, (const unsigned char *) secret, strlen(secret), NULL, 0);
}

bool sw_secret_is(const char *secret, const uint8_t hash[SW_SECRET_HASH])
{
    uint8_t other[SW_SECRET_HASH];

    sw_secret_hash(secret, other);
    return sodium_memcmp(other, hash, SW_SECRET_HASH) == 0;
}

bool sw_secret_equal(const char *a, const char *b)
{
    uint8_t hash[SW_SECRET_HASH];

    sw_secret_hash(a, hash);
    return sw_secret_is(b, hash);
}
