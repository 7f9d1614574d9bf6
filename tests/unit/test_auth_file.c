// SPDX-License-Identifier: Apache-2.0
/* The file of accounts there and back, what is refused of it, and the record of who did what. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/audit_int.h"
#include "io/auth_file.h"
#include "io/replace.h"

/* of the password "correct horse battery", two passes, 19 MiB; made by libsodium */
static char hash[SW_PASSWORD_HASH_SIZE];
static char folder[64], path[96];

static int make_folder(void **state)
{
    (void) state;
    if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, "correct horse battery", 21, SW_AUTH_PASSES,
                                                   SW_AUTH_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return -1;
    strcpy(folder, "/tmp/sw-auth-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/accounts.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void fill(struct sw_account_table *t, size_t n, size_t n_tokens)
{
    struct sw_err err = {0};

    *t = (struct sw_account_table){0};
    for (size_t i = 0; i < n; i++) {
        struct sw_account a = {.role = (enum sw_account_role)(1 + i % (SW_ACCOUNT__COUNT - 1)),
                               .created_us = 1772000000000000 + (int64_t) i * 1000,
                               .changed_us = 1772000000000000 + (int64_t) i * 2000,
                               .n_tokens = n_tokens};

        snprintf(a.id, sizeof(a.id), "account-%zu", i);
        snprintf(a.name, sizeof(a.name), "第%zu号 \"账户\"", i);
        if (i % 3)
            strcpy(a.password, hash);
        for (size_t k = 0; k < n_tokens; k++) {
            snprintf(a.tokens[k].id, sizeof(a.tokens[k].id), "%08zx", i * 16 + k);
            strcpy(a.tokens[k].label, "a label of it");
            randombytes_buf(a.tokens[k].hash, sizeof(a.tokens[k].hash));
            a.tokens[k].scopes = 1u + (unsigned) (i + k) % SW_MAY_ALL;
            a.tokens[k].created_us = a.created_us;
            a.tokens[k].expires_us = k % 2 ? INT64_MAX : a.created_us + 86400000000;
        }
        assert_int_equal(sw_account_table_add(t, &a, &err), SW_OK);
    }
}

static void what_is_written_is_read_again(void **state)
{
    struct sw_account_table t, again;
    struct sw_err err = {0};
    struct stat st;
    size_t len;
    char *text;

    (void) state;
    fill(&t, SW_ACCOUNTS_MAX, SW_TOKENS_EACH_MAX); /* the largest there can be */
    text = sw_account_table_render(&t, &len);
    assert_non_null(text);
    assert_true(len < SW_ACCOUNTS_FILE_MAX);
    assert_int_equal(sw_file_replace(path, text, len, 0600, &err), SW_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    CHECK(sw_account_table_read(path, &again, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(again.n, t.n);
    assert_memory_equal(again.list, t.list, t.n * sizeof(*t.list));
    assert_int_equal(sw_account_table_add(&again, &(struct sw_account){.id = "one-more"}, &err), SW_E_FULL);
    assert_int_equal(sw_account_table_add(&again, &(struct sw_account){.id = "account-7"}, &err), SW_E_CONFLICT);
    free(text);
    sw_account_table_done(&again);
    sw_account_table_done(&t);
}

static void a_file_that_is_not_ours_is_not_used(void **state)
{
    static const char account[] = "{\"id\":\"wang\",\"name\":\"w\",\"role\":\"party\",\"password\":null,\"created\":"
                                  "\"2026-03-02T00:00:00Z\",\"changed\":\"2026-03-02T00:00:00Z\",\"tokens\":[]}";
    static const struct {
        const char *from, *to; /* one change of a good file */
    } rows[] = {
        {"accounts/1", "accounts/2"},
        {"\"id\":\"wang\"", "\"id\":\"Wang\""},
        {"\"id\":\"wang\",", ""},
        {"\"id\":\"wang\"", "\"id\":\"abcdefghijklmnopqrstuvwxyz-0123456\""},
        {"\"name\":\"w\"", "\"name\":\"\""},
        {"\"name\":\"w\"", "\"name\":\"a\\nb\""},
        {"party", "owner"},
        {"party", "none"},
        {"null", "\"\""},
        {"null", "\"secret\""},
        {"null",
         "\"$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""}, /* too cheap */
        {"2026-03-02T00:00:00Z", "yesterday"},
        {"[]", "[{}]"},
        {"[]", "{}"},
        {"[]", "[{\"id\":\"00000001\",\"label\":\"x\",\"hash\":\"00\",\"scopes\":[\"read\"],\"created\":"
               "\"2026-03-02T00:00:00Z\",\"expires\":null}]"},
        {"]}", "]"},
        {"{\"schema\"", "x{\"schema\""},
    };
    char good[1024], bad[2048];
    struct sw_account_table t;
    struct sw_err err = {0};

    (void) state;
    snprintf(good, sizeof(good), "{\"schema\":\"siteward.accounts/1\",\"accounts\":[%s]}", account);
    CHECK(sw_account_table_parse(good, strlen(good), &t, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(t.n, 1);
    sw_account_table_done(&t);
    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++) {
        const char *at = strstr(good, rows[i].from);

        assert_non_null(at);
        snprintf(bad, sizeof(bad), "%.*s%s%s", (int) (at - good), good, rows[i].to, at + strlen(rows[i].from));
        CHECK(sw_account_table_parse(bad, strlen(bad), &t, &err) == SW_E_CORRUPT, "%s", bad);
        CHECK(t.n == 0 && !t.list && err.msg[0], "%s", bad);
    }
    snprintf(bad, sizeof(bad), "{\"schema\":\"siteward.accounts/1\",\"accounts\":[%s,%s]}", account, account);
    assert_int_equal(sw_account_table_parse(bad, strlen(bad), &t, &err), SW_E_CORRUPT);
}

static void a_file_that_others_can_read_is_not_used(void **state)
{
    struct sw_account_table t;
    struct sw_err err = {0};

    (void) state;
    unlink(path);
    assert_int_equal(sw_account_table_read(path, &t, &err), SW_E_NOTFOUND);
    assert_int_equal(sw_file_replace(path, "{}", 2, 0640, &err), SW_OK);
    assert_int_equal(sw_account_table_read(path, &t, &err), SW_E_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(sw_account_table_read(path, &t, &err), SW_E_CORRUPT);
    assert_int_equal(truncate(path, SW_ACCOUNTS_FILE_MAX + 1), 0);
    assert_int_equal(sw_account_table_read(path, &t, &err), SW_E_CORRUPT);
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(sw_account_table_read(path, &t, &err), SW_E_IO);
    unlink(path);
}

static void a_token_ends_and_is_found_by_its_secret_alone(void **state)
{
    struct sw_account_table t;
    const struct sw_token *token = NULL;
    char secret[SW_SECRET_SIZE], other[SW_SECRET_SIZE];

    (void) state;
    fill(&t, 20, 3);
    sw_secret_make(secret);
    sw_secret_make(other);
    sw_secret_hash(secret, t.list[7].tokens[1].hash);
    t.list[7].tokens[1].expires_us = 1000;
    assert_ptr_equal(sw_account_table_by_token(&t, secret, 999, &token), &t.list[7]);
    assert_ptr_equal(token, &t.list[7].tokens[1]);
    assert_null(sw_account_table_by_token(&t, secret, 1000, &token));
    assert_null(sw_account_table_by_token(&t, other, 0, &token));
    assert_null(sw_account_table_by_token(&t, "", 0, &token));
    sw_account_table_remove(&t, &t.list[7]);
    assert_null(sw_account_table_by_token(&t, secret, 999, &token));
    sw_account_table_done(&t);
}

/* ---- the record ---- */

static void put(enum sw_audit_kind kind, int n)
{
    char line[SW_AUDIT_LINE_MAX];
    const int len =
        snprintf(line, sizeof(line), "{\"at\":\"2026-03-02T%02d:%02d:%02d.%03d+00:00\",\"n\":%d,\"pad\":\"%0480d\"}\n",
                 n / 3600000 % 24, n / 60000 % 60, n / 1000 % 60, n % 1000, n, 0);

    assert_int_equal(audit_append(folder, kind, line, (size_t) len), 0);
}

static void a_flood_of_one_kind_leaves_the_others_and_has_a_ceiling(void **state)
{
    char name[128], expected[32], *text;
    struct stat st;
    size_t len;

    (void) state;
    put(SW_AUDIT_ACCOUNT, 1);
    for (int i = 2; i < 3000; i++) {
        put(SW_AUDIT_FAILED, i);
        if (i % 300)
            continue;
        for (int is_older = 0; is_older < 2; is_older++) {
            audit_path(folder, SW_AUDIT_FAILED, is_older, name, sizeof(name));
            CHECK(stat(name, &st) < 0 || (st.st_size <= SW_AUDIT_FILE_MAX && (st.st_mode & 0777) == 0600), "%s", name);
        }
    }
    text = sw_audit_read(folder, SW_AUDIT_ACCOUNT, 10, &len);
    assert_non_null(strstr(text, "\"n\":1,"));
    free(text);
    text = sw_audit_read(folder, -1, 3, &len);
    for (int i = 2997; i < 3000; i++) {
        snprintf(expected, sizeof(expected), "\"n\":%d,", i);
        CHECK(strstr(text, expected), "%s", text);
    }
    assert_null(strstr(text, "\"n\":2996,"));
    assert_true(strstr(text, "\"n\":2997,") < strstr(text, "\"n\":2999,")); /* oldest first */
    free(text);
}

static void a_torn_line_costs_itself_alone(void **state)
{
    char name[128], *text;
    size_t len;
    int fd;

    (void) state;
    put(SW_AUDIT_ACCESS, 20);
    audit_path(folder, SW_AUDIT_ACCESS, false, name, sizeof(name));
    fd = open(name, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "{\"at\":\"2026-03-02T00:00:00.021+00:0", 35), 35);
    close(fd);
    put(SW_AUDIT_ACCESS, 22);
    text = sw_audit_read(folder, SW_AUDIT_ACCESS, 10, &len);
    assert_non_null(strstr(text, "\"n\":20,"));
    assert_non_null(strstr(text, "\"n\":22,"));
    assert_int_equal(len, strlen(text));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_file_that_is_not_ours_is_not_used),
        cmocka_unit_test(a_file_that_others_can_read_is_not_used),
        cmocka_unit_test(a_token_ends_and_is_found_by_its_secret_alone),
        cmocka_unit_test(a_flood_of_one_kind_leaves_the_others_and_has_a_ceiling),
        cmocka_unit_test(a_torn_line_costs_itself_alone),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
