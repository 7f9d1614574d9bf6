// SPDX-License-Identifier: Apache-2.0
/* Addresses to listen on. */
#include "test.h"

#include <string.h>

#include "common/listen.h"

static void an_address_is_taken_apart(void **state)
{
    static const struct {
        const char *text, *host;
        int port;
        bool is_v6, is_loopback;
    } cases[] = {
        {"127.0.0.1:8480", "127.0.0.1", 8480, false, true},
        {"127.9.9.9:0", "127.9.9.9", 0, false, true},
        {"0.0.0.0:80", "0.0.0.0", 80, false, false},
        {"192.0.2.7:65535", "192.0.2.7", 65535, false, false},
        {"[::1]:8480", "::1", 8480, true, true},
        {"[::]:8480", "::", 8480, true, false},
        {"*:8480", "::", 8480, true, false},
        {"[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, true, true},
        {"[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1, true, false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_listen at;

        CHECK(sw_listen_parse(cases[i].text, &at), "%s is an address", cases[i].text);
        assert_string_equal(at.host, cases[i].host);
        assert_int_equal(at.port, cases[i].port);
        CHECK(at.is_v6 == cases[i].is_v6 && at.is_loopback == cases[i].is_loopback, "%s", cases[i].text);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const cases[] = {"",
                                        ":",
                                        "8480",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:-1",
                                        "127.0.0.1:1x",
                                        "localhost:80",
                                        "::1:80",
                                        "[::1]80",
                                        "[::1]",
                                        "[]:80",
                                        "*",
                                        "[::1:80",
                                        "256.0.0.1:80",
                                        "127.1:80",
                                        "*.*:80",
                                        " 127.0.0.1:80",
                                        "[127.0.0.1]:80",
                                        "127.0.0.1:000080",
                                        "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:80"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_listen at;

        CHECK(!sw_listen_parse(cases[i], &at), "\"%s\" was taken", cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_taken_apart),
        cmocka_unit_test(what_is_no_address_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
