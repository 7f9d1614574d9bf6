// SPDX-License-Identifier: Apache-2.0
/* What is said of a child that runs without a part of its sandbox. That a run is started, bounded and reaped is tried
 * with the real program and a camera in tests/system/test_snapshot.py. */
#include "gateway/snapshot_run.h"

#include <string.h>

#include "test.h"

static void what_the_sandbox_lacks_is_said_in_words(void **state)
{
    static const struct {
        uint32_t held;
        const char *text;
    } cases[] = {
        {SW_SANDBOX_ALL, ""},
        {SW_SANDBOX_ALL & ~(unsigned) SW_SANDBOX_LANDLOCK, "Landlock"},
        {SW_SANDBOX_LIMITS | SW_SANDBOX_NO_NEW, "Landlock, seccomp"},
        {SW_SANDBOX_SYSCALLS, "rlimits, no new privileges, Landlock"},
        {0, "rlimits, no new privileges, Landlock, seccomp"},
    };
    char buf[64];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        sw_snapshot_lacks(cases[i].held, buf, sizeof(buf));
        CHECK(strcmp(buf, cases[i].text) == 0, "%u: '%s', wanted '%s'", cases[i].held, buf, cases[i].text);
    }
    sw_snapshot_lacks(0, buf, 10);
    assert_string_equal(buf, "rlimits, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_sandbox_lacks_is_said_in_words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
