// SPDX-License-Identifier: Apache-2.0
/* Headers that io/http reads itself. Hosts and origins are tried over the wire too, in the system tests. */
#include "test.h"

#include <string.h>

#include "io/http_words.h"

static void a_host_is_taken_apart(void **state)
{
    static const struct {
        const char *text, *host;
        int port;
    } cases[] = {
        {"localhost", "localhost", 0},         {"LocalHost:80", "localhost", 80},   {"a.b.", "a.b", 0},
        {"[::1]:8480", "::1", 8480},           {"[2001:DB8::1]", "2001:db8::1", 0}, {"1.2.3.4:65535", "1.2.3.4", 65535},
        {"x_y-z.example", "x_y-z.example", 0},
    };
    static const char *const bad[] = {"",    ":80",  "a:",           "a:0",    "a:65536",  "a:1:2",
                                      "a b", "a/b",  "a@b",          "[::1]x", "[::1",     "[]",
                                      "[a]", "a:+1", "\xe4\xb8\x81", "::1",    "a:000080", "[.]"};
    char host[HTTP_HOST_SIZE], longest[HTTP_HOST_SIZE + 1];
    int port;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        CHECK(http_split_host(cases[i].text, strlen(cases[i].text), host, &port), "%s", cases[i].text);
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad); i++)
        CHECK(!http_split_host(bad[i], strlen(bad[i]), host, &port), "\"%s\" was taken", bad[i]);
    memset(longest, 'a', sizeof(longest));
    assert_true(http_split_host(longest, HTTP_HOST_SIZE - 1, host, &port));
    assert_false(http_split_host(longest, HTTP_HOST_SIZE, host, &port));
}

static void an_origin_is_ours_by_host_and_port(void **state)
{
    static const struct {
        const char *origin, *host;
        bool is_ours;
    } cases[] = {
        {"http://a", "a", true},
        {"http://a:80", "a", true},
        {"https://a", "a:443", true},
        {"https://a", "a", true},
        {"https://a:443", "a:443", true},
        {"http://a:8480", "a:8480", true},
        {"http://A.", "a", true},
        {"http://a:8481", "a:8480", false},
        {"http://[::1]:1", "[::1]:1", true},
        {"null", "a", false},
        {"", "a", false},
        {"http://", "a", false},
        {"ftp://a", "a", false},
        {"http://a/x", "a", false},
        {"http://b@a", "a", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(http_origin_is_ours(cases[i].origin, cases[i].host) == cases[i].is_ours, "%s at %s", cases[i].origin,
              cases[i].host);
}

static void a_list_of_tags_is_searched(void **state)
{
    static const struct {
        const char *list;
        bool is_in;
    } cases[] = {
        {"\"5\"", true}, {"W/\"5\"", true},        {"\"4\", \"5\"", true}, {"*", true},
        {" * ", true},   {"\"4\",W/\"5\",", true}, {"\"4,\"5\"", false},   {"5", false},
        {"\"5", false},  {"\"55\"", false},        {"\"4\" \"5\"", true},  {"", false},
        {"**", false},   {"w/\"5\"", false},       {"\"4\"x\"5\"", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(http_names_tag(cases[i].list, "\"5\"") == cases[i].is_in, "%s", cases[i].list);
}

static void gzip_is_taken_by_who_says_so(void **state)
{
    static const struct {
        const char *list;
        bool is_taken;
    } cases[] = {
        {NULL, false},         {"", false},
        {"gzip", true},        {"br, GZIP", true},
        {"gzip;q=0", false},   {"gzip; q=0.000", false},
        {"gzip;q=0.1", true},  {"*", true},
        {"*;q=0", false},      {"*, gzip;q=0", false},
        {"*;q=0, gzip", true}, {"gzipx", false},
        {"x-gzip", false},     {"identity,,gzip ;q=1", true},
        {"gzip;Q=0", false},   {",", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(http_takes_gzip(cases[i].list) == cases[i].is_taken, "%s", cases[i].list ? cases[i].list : "none");
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
    static const struct {
        const char *header, *wanted; /* NULL = none */
    } cases[] = {
        {"siteward=abc", "abc"},
        {"x=1; siteward=abc; y=2", "abc"},
        {"x=1;siteward=abc ;y=2", "abc"},
        {"siteward=", ""},
        {"siteward", NULL},
        {"xsiteward=abc", NULL},
        {"siteward2=abc", NULL},
        {"x=siteward=abc", NULL},
        {"siteward=0123456789abcdef", NULL},
        {"siteward=a=b", "a=b"},
        {"", NULL},
        {NULL, NULL},
        {"siteward=1; siteward=2", "1"},
        {";;; siteward=x", "x"},
        {"SITEWARD=abc", NULL},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char value[16] = "?";
        const int len = http_find_cookie(cases[i].header, "siteward", value, sizeof(value));

        if (cases[i].wanted) {
            assert_string_equal(value, cases[i].wanted);
            assert_int_equal(len, strlen(cases[i].wanted));
        } else {
            CHECK(len == -1, "%s", cases[i].header);
        }
    }
}

static void odd_paths_are_told(void **state)
{
    static const struct {
        const char *path;
        bool is_odd;
    } cases[] = {
        {"/", false},    {"/a%20b", false},   {"/%00", true}, {"/a%0Ab", true}, {"/a%0d", true}, {"/\x01", true},
        {"/\x7f", true}, {"/a?b=%00", false}, {"/%", false},  {"/%0", false},   {"", false},     {"/%2500", false},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++)
        CHECK(http_path_is_odd(cases[i].path) == cases[i].is_odd, "%s", cases[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_taken_apart),
        cmocka_unit_test(an_origin_is_ours_by_host_and_port),
        cmocka_unit_test(a_list_of_tags_is_searched),
        cmocka_unit_test(gzip_is_taken_by_who_says_so),
        cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
        cmocka_unit_test(odd_paths_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
