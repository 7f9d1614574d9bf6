// SPDX-License-Identifier: Apache-2.0
/* What people send about accounts, read with every set of fields; and what is made of its texts: passwords, codes, ids.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "io/auth_body.h"

#define ALL                                                                                                            \
    (SW_BODY_ID | SW_BODY_NAME | SW_BODY_ROLE | SW_BODY_PASSWORD | SW_BODY_OLD | SW_BODY_CODE | SW_BODY_LABEL |        \
     SW_BODY_SCOPES | SW_BODY_DAYS)

static void check_texts(const struct sw_auth_body *b)
{
    struct sw_err err = {0};
    char code[SW_CODE_SIZE], again[SW_CODE_SIZE];
    const int rc = sw_password_check(b->id[0] ? b->id : "wang", b->password, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0] != '\0'), "code %d", rc);
    FUZZ_CHECK(rc < 0 || strlen(b->password) >= SW_PASSWORD_CHARACTERS_MIN, "a short password is taken");
    if (sw_code_clean(b->code, code)) {
        FUZZ_CHECK(strlen(code) == SW_CODE_SIZE - 1, "code '%s'", code);
        FUZZ_CHECK(sw_code_clean(code, again) && strcmp(code, again) == 0, "'%s' became '%s'", code, again);
    }
    (void) sw_account_id_is_valid(b->id);
    FUZZ_CHECK(!sw_account_name_is_valid(b->name) || strpbrk(b->name, "\r\n\t") == NULL, "a name with a line's end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned sets[][2] = {{0, ALL}, {SW_BODY_ID | SW_BODY_PASSWORD, 0}, {ALL, 0}, {0, 0}};
    char *copy = fuzz_copy(data, size);

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        struct sw_auth_body b;
        struct sw_err err = {0};
        const int rc = sw_auth_body_read(copy, size, sets[i][0], sets[i][1], &b, &err);

        FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0] != '\0'), "code %d", rc);
        FUZZ_CHECK(rc < 0 || (b.has & sets[i][0]) == sets[i][0], "a field is missing and nobody says so");
        FUZZ_CHECK((b.has & ~(sets[i][0] | sets[i][1])) == 0, "a field that nobody asked for");
        if (rc == SW_OK)
            check_texts(&b);
    }
    free(copy);
    return 0;
}
