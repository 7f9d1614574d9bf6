// SPDX-License-Identifier: Apache-2.0
/* Rules of accounts, the limit of tries and the sessions: tables, with time as a parameter. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/auth.h"
#include "io/auth_body.h"
#include "io/auth_limit.h"
#include "io/auth_session.h"

#define S SW_US_PER_S

static void each_role_may_what_it_is_for(void **state)
{
    static const struct {
        const char *role, *may;
        int as;
    } rows[] = {
        {"viewer", "read", -1},
        {"party", "read tickets evidence", SW_ROLE_PARTY},
        {"officer", "read tickets evidence", SW_ROLE_OFFICER},
        {"agent", "read tickets complaints evidence", SW_ROLE_AGENT},
        {"admin", "read tickets evidence admin", SW_ROLE_PARTY},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const enum sw_account_role role = sw_account_role_of(rows[i].role);
        struct sw_identity who = {.id = "wang", .role = role, .rights = sw_auth_rights(role)};
        struct sw_actor actor;
        char may[80] = "", expected[80];

        for (unsigned bit = 1; bit < SW_MAY_ALL; bit <<= 1)
            if (sw_may(&who, bit))
                snprintf(may + strlen(may), sizeof(may) - strlen(may), "%s%s", may[0] ? " " : "", sw_right_name(bit));
        assert_string_equal(may, rows[i].may);
        CHECK(sw_auth_actor(&who, SW_DOOR_CONSOLE, &actor) == (rows[i].as >= 0), "%s", rows[i].role);
        if (rows[i].as < 0)
            continue;
        snprintf(expected, sizeof(expected), "%s:wang", sw_role_name((enum sw_role) rows[i].as));
        assert_string_equal(actor.id, expected);
        assert_int_equal(actor.role, rows[i].as);
    }
    assert_false(sw_may(NULL, SW_MAY_READ));
    assert_int_equal(sw_auth_rights(SW_ACCOUNT_NONE), 0);
    assert_int_equal(sw_right_of("everything"), 0);
}

static void a_token_without_tickets_gives_no_commands(void **state)
{
    const struct sw_identity who = {.id = "wang", .role = SW_ACCOUNT_PARTY, .rights = SW_MAY_READ};
    struct sw_actor actor;

    (void) state;
    assert_false(sw_auth_actor(&who, SW_DOOR_CONSOLE, &actor));
}

static void passwords_that_everybody_tries_are_refused(void **state)
{
    static const struct {
        const char *password;
        bool is_good;
    } rows[] = {
        {"correct horse battery", true},
        {"zaojiaolu-night-55", true},
        {"混凝土浇筑许可证编号四十二", true}, /* 13 characters */
        {"五十五分贝", false},                /* 5 characters, 15 bytes */
        {"nine char", false},
        {"ten chars!", true},
        {"1234567890", false},
        {"0987654321", false},
        {"aaaaaaaaaaaa", false},
        {"abababababab", false}, /* two letters */
        {"qwertyuiop", false},
        {"Qwertyuiop", false},
        {"1qaz2wsx3edc", false},
        {"password123456", false},
        {"Password-2026!", false},
        {"2026siteward2026", false},
        {"admin123456", false},
        {"wang-2026-x", false}, /* little more than the id */
        {"wang123456", false},  /* with what everybody adds */
        {"Admin-wang-2026", false},
        {"ferry-wang-lantern", true},
        {"wang likes concrete at night", true},
        {"tab\tinside it", false},
        {"\xff\xfe not utf-8 at all", false},
        {"\xc0\x80 overlong nul here", false},
        {"", false},
    };
    struct sw_err err = {0};
    char longest[SW_PASSWORD_BYTES_MAX + 2];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const int rc = sw_password_check("wang", rows[i].password, &err);

        CHECK(rc == (rows[i].is_good ? SW_OK : SW_E_INVAL), "'%s': %d %s", rows[i].password, rc, err.msg);
        if (rc < 0 && rows[i].password[0])
            CHECK(!strstr(err.msg, rows[i].password), "the sentence repeats it: %s", err.msg);
    }
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = (char) ('a' + (i * 7) % 23);
    longest[SW_PASSWORD_BYTES_MAX] = '\0';
    assert_int_equal(sw_password_check("wang", longest, &err), SW_OK);
    longest[SW_PASSWORD_BYTES_MAX] = 'x';
    longest[SW_PASSWORD_BYTES_MAX + 1] = '\0';
    assert_int_equal(sw_password_check("wang", longest, &err), SW_E_INVAL);
}

static void a_code_is_read_as_people_type_it(void **state)
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz";
    char code[SW_CODE_SIZE], clean[SW_CODE_SIZE], typed[32];

    (void) state;
    for (int n = 0; n < 200; n++) {
        sw_code_make(code);
        assert_int_equal(strlen(code), 10);
        assert_int_equal(strspn(code, letters), 10);
        snprintf(typed, sizeof(typed), " %.5s-%s ", code, code + 5);
        typed[1] = (char) (typed[1] >= 'a' ? typed[1] - 32 : typed[1]);
        assert_true(sw_code_clean(typed, clean));
        assert_string_equal(clean, code);
    }
    assert_false(sw_code_clean("abcdefgh2", clean));
    assert_false(sw_code_clean("abcdefgh234", clean));
    assert_false(sw_code_clean("abcdefgh0i", clean)); /* these letters are in no code */
    assert_false(sw_code_clean("", clean));
}

static void secrets_are_equal_only_to_themselves(void **state)
{
    char a[SW_SECRET_SIZE], b[SW_SECRET_SIZE];

    (void) state;
    sw_secret_make(a);
    sw_secret_make(b);
    assert_int_equal(strlen(a), SW_SECRET_SIZE - 1);
    assert_true(sw_secret_equal(a, a));
    assert_false(sw_secret_equal(a, b));
    assert_false(sw_secret_equal(a, ""));
    a[20] ^= 1;
    memcpy(b, a, sizeof(b));
    b[20] ^= 1;
    assert_false(sw_secret_equal(a, b));
}

/* ---- the limit ---- */

static struct sw_auth_limit *new_limit(void)
{
    static const uint8_t secret[16] = {1, 2, 3};
    struct sw_auth_limit *l = malloc(sizeof(*l));

    assert_non_null(l);
    sw_auth_limit_init(l, secret);
    return l;
}

static void each_wrong_password_costs_twice_the_wait(void **state)
{
    /* what is said at the n-th try right behind the one before, each made as soon as it may be */
    static const int64_t waits_s[] = {0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900};
    struct sw_auth_limit *l = new_limit();
    int64_t now_us = 1000 * S;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(waits_s); i++) {
        const int64_t wait_us = sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us);

        /* what is forgotten meanwhile (one in 10 minutes) shortens the longest ones */
        if (waits_s[i] < 512)
            CHECK(wait_us == waits_s[i] * S, "try %zu: %lld", i, (long long) wait_us);
        else
            CHECK(wait_us >= 400 * S && wait_us <= 900 * S, "try %zu: %lld", i, (long long) wait_us);
        if (wait_us > 0) {
            CHECK(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us + wait_us - 1) == 1, "asking costs nothing");
            now_us += wait_us;
            assert_int_equal(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us), 0);
        }
    }
    /* all is forgotten after a day */
    now_us += SW_S_PER_DAY * S;
    for (int i = 0; i < 5; i++)
        assert_int_equal(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us), 0);
    free(l);
}

static void the_right_password_clears_the_account_at_that_address(void **state)
{
    struct sw_auth_limit *l = new_limit();
    int64_t now_us = 5 * S;

    (void) state;
    for (int round = 0; round < 20; round++, now_us += S) {
        for (int i = 0; i < 4; i++)
            assert_int_equal(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us), 0);
        sw_auth_limit_good(l, "wang", "192.0.2.7", now_us);
    }
    free(l);
}

/* Somebody guesses without end, from many addresses: who logged in before from his own still gets in at once. */
static void nobody_can_lock_a_familiar_address_out(void **state)
{
    struct sw_auth_limit *l = new_limit();
    int64_t now_us = 5 * S;
    char address[32];

    (void) state;
    assert_int_equal(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us), 0);
    sw_auth_limit_good(l, "wang", "192.0.2.7", now_us);
    for (int i = 0; i < 100000; i++) {
        snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        now_us += S / 100;
        (void) sw_auth_limit_ask(l, "wang", address, now_us);
        snprintf(address, sizeof(address), "guess-%d", i);
        (void) sw_auth_limit_ask(l, address, "192.0.2.7", now_us); /* and from the same office */
    }
    assert_int_equal(sw_auth_limit_ask(l, "wang", "192.0.2.7", now_us), 0);
    /* a stranger waits a minute at most for the account's sake */
    assert_in_range(sw_auth_limit_ask(l, "wang", "198.51.100.9", now_us), 1, 60 * S);
    assert_int_equal(sw_auth_limit_ask(l, "wang", "198.51.100.9", now_us + 61 * S), 0);
    free(l);
}

/* From as many addresses as there are, an account is guessed at no more than once a minute in the long run. */
static void many_addresses_share_one_accounts_tries(void **state)
{
    struct sw_auth_limit *l = new_limit();
    char address[32];
    int taken = 0;

    (void) state;
    for (int i = 0; i < 36000; i++) { /* ten a second for an hour, each from an address of its own */
        snprintf(address, sizeof(address), "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        taken += sw_auth_limit_ask(l, "wang", address, 5 * S + i * S / 10) == 0;
    }
    assert_in_range(taken, 10, 10 + 6 + 61);
    free(l);
}

static void one_address_tries_many_accounts_slowly(void **state)
{
    struct sw_auth_limit *l = new_limit();
    char account[32];
    int taken = 0;

    (void) state;
    for (int i = 0; i < 36000; i++) {
        snprintf(account, sizeof(account), "user-%d", i);
        taken +=
            sw_auth_limit_ask(l, account, i & 1 ? "2001:db8:1:2::1" : "2001:db8:1:2:ffff::9", 5 * S + i * S / 10) == 0;
    }
    assert_in_range(taken, 20, 20 + 6 + 61); /* both are one customer's */
    assert_int_equal(sw_auth_limit_ask(l, "wang", "2001:db8:1:3::1", 5 * S + 3600 * S), 0);
    free(l);
}

static void this_machine_itself_is_not_limited(void **state)
{
    struct sw_auth_limit *l = new_limit();

    (void) state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(sw_auth_limit_ask(l, "wang", "", 5 * S), 0);
    free(l);
}

/* Whoever tries the first start's code from elsewhere does not make its owner wait. */
static void the_code_is_limited_by_address_alone(void **state)
{
    struct sw_auth_limit *l = new_limit();

    (void) state;
    for (int i = 0; i < 50; i++)
        (void) sw_auth_limit_ask(l, NULL, "192.0.2.7", 5 * S);
    assert_true(sw_auth_limit_ask(l, NULL, "192.0.2.7", 5 * S) > 0);
    assert_int_equal(sw_auth_limit_ask(l, NULL, "192.0.2.8", 5 * S), 0);
    free(l);
}

/* ---- sessions ---- */

static void a_session_ends_when_idle_and_after_its_longest_time(void **state)
{
    struct sw_sessions *t = calloc(1, sizeof(*t));
    char cookie[SW_SECRET_SIZE], other[SW_SECRET_SIZE];
    int64_t now_us = 100 * S;

    (void) state;
    assert_non_null(t);
    assert_non_null(sw_session_begin(t, "wang", now_us, cookie));
    assert_non_null(sw_session_find(t, cookie, now_us + SW_SESSION_IDLE_US - 1));
    assert_non_null(sw_session_find(t, cookie, now_us + 2 * SW_SESSION_IDLE_US - 2)); /* being used keeps it */
    assert_null(sw_session_find(t, cookie, now_us + 3 * SW_SESSION_IDLE_US - 2));
    assert_null(sw_session_find(t, cookie, now_us)); /* gone is gone */

    sw_session_begin(t, "wang", now_us, cookie);
    for (int64_t at = now_us; at < now_us + SW_SESSION_LONGEST_US; at += SW_SESSION_IDLE_US / 2)
        assert_non_null(sw_session_find(t, cookie, at));
    assert_null(sw_session_find(t, cookie, now_us + SW_SESSION_LONGEST_US));

    sw_secret_make(other);
    assert_null(sw_session_find(t, other, now_us));
    assert_null(sw_session_find(t, "", now_us));
    free(t);
}

static void an_account_has_at_most_its_share_of_sessions(void **state)
{
    struct sw_sessions *t = calloc(1, sizeof(*t));
    char first[SW_SECRET_SIZE], cookie[SW_SECRET_SIZE], li[SW_SECRET_SIZE];

    (void) state;
    assert_non_null(t);
    sw_session_begin(t, "li", S, li);
    sw_session_begin(t, "wang", 2 * S, first);
    for (int i = 0; i < SW_SESSIONS_EACH_MAX - 1; i++)
        sw_session_begin(t, "wang", (3 + i) * S, cookie);
    assert_int_equal(sw_session_count(t, "wang", 20 * S), SW_SESSIONS_EACH_MAX);
    sw_session_begin(t, "wang", 20 * S, cookie);
    assert_int_equal(sw_session_count(t, "wang", 20 * S), SW_SESSIONS_EACH_MAX);
    assert_null(sw_session_find(t, first, 20 * S)); /* unused for longest */
    assert_non_null(sw_session_find(t, li, 20 * S));
    assert_int_equal(sw_session_end_account(t, "wang", sw_session_find(t, cookie, 20 * S)), SW_SESSIONS_EACH_MAX - 1);
    assert_non_null(sw_session_find(t, cookie, 20 * S));
    assert_int_equal(sw_session_end_account(t, "wang", NULL), 1);
    assert_null(sw_session_find(t, cookie, 20 * S));
    free(t);
}

static void a_full_table_lets_the_oldest_session_go(void **state)
{
    struct sw_sessions *t = calloc(1, sizeof(*t));
    char first[SW_SECRET_SIZE], cookie[SW_SECRET_SIZE], id[SW_ACCOUNT_ID_MAX];

    (void) state;
    assert_non_null(t);
    sw_session_begin(t, "first", S, first);
    for (int i = 0; i < SW_SESSIONS_MAX; i++) {
        snprintf(id, sizeof(id), "user-%d", i / 4);
        sw_session_begin(t, id, (2 + i) * S, cookie);
    }
    assert_null(sw_session_find(t, first, 500 * S));
    assert_non_null(sw_session_find(t, cookie, 500 * S));
    free(t);
}

/* ---- bodies ---- */

static void a_body_is_refused_by_the_name_of_its_field(void **state)
{
    static const unsigned required = SW_BODY_ID | SW_BODY_PASSWORD;
    static const unsigned optional = SW_BODY_ROLE | SW_BODY_SCOPES | SW_BODY_DAYS;
    static const struct {
        const char *body, *names; /* NULL = good */
    } rows[] = {
        {"{\"id\":\"wang\",\"password\":\"secret-of-wang\"}", NULL},
        {"{\"id\":\"wang\",\"password\":\"x\",\"more\":[1],\"role\":null}", NULL},
        {"{\"id\":\"wang\",\"password\":\"x\",\"role\":\"agent\",\"scopes\":[\"read\",\"admin\"],\"days\":3650}", NULL},
        {"{\"id\":\"wang\"}", "\"password\""},
        {"{\"id\":7,\"password\":\"x\"}", "\"id\""},
        {"{\"id\":\"a\\u0000b\",\"password\":\"x\"}", "object"},
        {"{\"id\":\"wang\",\"password\":[\"x\"]}", "\"password\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"role\":\"none\"}", "\"role\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"role\":\"god\"}", "\"role\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"scopes\":[]}", "\"scopes\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"scopes\":[\"read\",\"all\"]}", "\"scopes\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"scopes\":\"read\"}", "\"scopes\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"days\":0}", "\"days\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"days\":3651}", "\"days\""},
        {"{\"id\":\"wang\",\"password\":\"x\",\"days\":1.5}", "\"days\""},
        {"{\"id\":\"wang\",\"id\":\"li\",\"password\":\"x\"}", "object"},
        {"[]", "object"},
        {"", "object"},
        {"{", "object"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        struct sw_auth_body body;
        struct sw_err err = {0};
        const int rc = sw_auth_body_read(rows[i].body, strlen(rows[i].body), required, optional, &body, &err);

        CHECK(rc == (rows[i].names ? SW_E_INVAL : SW_OK), "%s: %d %s", rows[i].body, rc, err.msg);
        if (rows[i].names)
            CHECK(strstr(err.msg, rows[i].names), "%s: %s", rows[i].body, err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_may_what_it_is_for),
        cmocka_unit_test(a_token_without_tickets_gives_no_commands),
        cmocka_unit_test(passwords_that_everybody_tries_are_refused),
        cmocka_unit_test(a_code_is_read_as_people_type_it),
        cmocka_unit_test(secrets_are_equal_only_to_themselves),
        cmocka_unit_test(each_wrong_password_costs_twice_the_wait),
        cmocka_unit_test(the_right_password_clears_the_account_at_that_address),
        cmocka_unit_test(nobody_can_lock_a_familiar_address_out),
        cmocka_unit_test(many_addresses_share_one_accounts_tries),
        cmocka_unit_test(one_address_tries_many_accounts_slowly),
        cmocka_unit_test(this_machine_itself_is_not_limited),
        cmocka_unit_test(the_code_is_limited_by_address_alone),
        cmocka_unit_test(a_session_ends_when_idle_and_after_its_longest_time),
        cmocka_unit_test(an_account_has_at_most_its_share_of_sessions),
        cmocka_unit_test(a_full_table_lets_the_oldest_session_go),
        cmocka_unit_test(a_body_is_refused_by_the_name_of_its_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
