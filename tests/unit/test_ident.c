// SPDX-License-Identifier: Apache-2.0
/* Ids. Derived ones are compared with Python's hashlib and base64. */
#include "test.h"

#include <string.h>

#include "common/ident.h"

static void ids_that_people_choose_follow_one_rule(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"a", true},
        {"north-gate", true},
        {"0042", true},
        {"", false},
        {"-a", false},
        {"a-", false},
        {"North", false},
        {"a_b", false},
        {"a b", false},
        {"北门", false},
        {"a/b", false},
        {"a+", false},
        {"a--b", true},
        {"0123456789012345678901234567890123456789012345678901234567890123", true},
        {"01234567890123456789012345678901234567890123456789012345678901234", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(sw_id_is_valid(cases[i].text) == cases[i].ok, "'%s'", cases[i].text);
    assert_false(sw_id_is_valid(NULL));
}

static void derived_ids_are_base32_of_the_hash_of_their_facts(void **state)
{
    /* base64.b32encode(hashlib.sha256(b'gw-7f3a\0pd-0042:noise:night:north-gate\0' +
     * (1772461260000000).to_bytes(8, 'little')).digest())[:10].lower() */
    const char *parts[] = {"gw-7f3a", "pd-0042:noise:night:north-gate"};
    char id[11], other[11];

    (void) state;
    sw_id_derive(parts, 2, 1772461260000000, id);
    assert_string_equal(id, "izvev7grd2");
    sw_id_derive(parts, 2, 1772461260000001, other);
    assert_string_not_equal(id, other);
}

static void parts_cannot_run_into_each_other(void **state)
{
    const char *one[] = {"a", "bc"}, *two[] = {"ab", "c"};
    char id[11], other[11];

    (void) state;
    sw_id_derive(one, 2, 1, id);
    sw_id_derive(two, 2, 1, other);
    assert_string_not_equal(id, other);
}

static void the_hash_is_sha_256(void **state)
{
    char hex[65];

    (void) state;
    sw_sha256_hex("abc", 3, hex); /* FIPS 180-4, appendix B.1 */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void boot_ids_sort_by_time_and_never_repeat(void **state)
{
    char a[17], b[17], c[17];

    (void) state;
    sw_boot_id(1772461260000000, a);
    sw_boot_id(1772461260000000, b);
    sw_boot_id(1772461261000000, c);
    assert_int_equal(strlen(a), 16);
    assert_string_not_equal(a, b);
    assert_true(strcmp(a, c) < 0 && strcmp(b, c) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_people_choose_follow_one_rule),
        cmocka_unit_test(derived_ids_are_base32_of_the_hash_of_their_facts),
        cmocka_unit_test(parts_cannot_run_into_each_other),
        cmocka_unit_test(the_hash_is_sha_256),
        cmocka_unit_test(boot_ids_sort_by_time_and_never_repeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
