// SPDX-License-Identifier: Apache-2.0
/* The file of accounts: whatever it holds, it is refused with a sentence, or gives accounts that are as they must be
 * and that are the same after they were written and read again. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "io/auth_file.h"

static void check_account(const struct sw_account *a)
{
    FUZZ_CHECK(sw_account_id_is_valid(a->id), "id '%s'", a->id);
    FUZZ_CHECK(sw_account_name_is_valid(a->name), "name of %s", a->id);
    FUZZ_CHECK(a->role > SW_ACCOUNT_NONE && a->role < SW_ACCOUNT__COUNT, "role %d", (int) a->role);
    FUZZ_CHECK(a->n_tokens <= SW_TOKENS_EACH_MAX, "%zu tokens", a->n_tokens);
    FUZZ_CHECK(a->password[0] == '\0' || strncmp(a->password, "$argon2id$", 10) == 0, "password of %s", a->id);
    for (size_t i = 0; i < a->n_tokens; i++)
        FUZZ_CHECK(a->tokens[i].scopes != 0 && (a->tokens[i].scopes & ~(unsigned) SW_MAY_ALL) == 0, "scopes of %s",
                   a->id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_account_table t, again;
    struct sw_err err = {0};
    char *copy = fuzz_copy(data, size), *text;
    size_t len = 0;
    const int rc = sw_account_table_parse(copy, size, &t, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_CORRUPT && err.msg[0] != '\0'), "code %d: %s", rc, err.msg);
    FUZZ_CHECK(rc == SW_OK || (t.n == 0 && t.list == NULL), "refused, and %zu accounts", t.n);
    free(copy);
    if (rc < 0)
        return 0;
    for (size_t i = 0; i < t.n; i++)
        check_account(&t.list[i]);
    text = sw_account_table_render(&t, &len);
    FUZZ_CHECK(text != NULL, "not written");
    FUZZ_CHECK(sw_account_table_parse(text, len, &again, &err) == SW_OK, "not read again: %s\n%s", err.msg, text);
    FUZZ_CHECK(again.n == t.n, "%zu became %zu", t.n, again.n);
    for (size_t i = 0; i < t.n; i++)
        FUZZ_CHECK(strcmp(t.list[i].id, again.list[i].id) == 0 && strcmp(t.list[i].name, again.list[i].name) == 0 &&
                       strcmp(t.list[i].password, again.list[i].password) == 0 &&
                       t.list[i].role == again.list[i].role && t.list[i].n_tokens == again.list[i].n_tokens,
                   "%s changed", t.list[i].id);
    free(text);
    sw_account_table_done(&t);
    sw_account_table_done(&again);
    return 0;
}
