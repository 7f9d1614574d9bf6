// SPDX-License-Identifier: Apache-2.0
/* Pictures of a ticket's matter: the newest few stand in the ticket, each once. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "tickets/desk.h"

#define S 1000000LL
#define T2300 1772463600000000LL /* 2026-03-02T23:00:00+08:00 */

static struct sw_zone zone = {.name = "Asia/Shanghai", .n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_hotline hotline = {.id = "h", .reopen_within_s = 86400};

static struct sw_ticket_media picture(const char *ticket, char digit)
{
    struct sw_ticket_media m = {.evidence = {.id = "ba7fgc6x2q", .kind = "image", .bytes = 1000 + digit}};

    snprintf(m.ticket, sizeof(m.ticket), "%s", ticket);
    memset(m.evidence.sha256, digit, 64);
    return m;
}

static void pictures_stand_in_the_ticket_the_newest_and_each_once(void **state)
{
    const struct sw_desk_params p = {.gateway = "gw", .site = "pd-0042", .zone = &zone, .hotline = &hotline};
    const struct sw_ticket kept = {.id = "sw-7k2m4q5xza",
                                   .matter_key = "pd-0042:noise:night:north-gate",
                                   .revision = 4,
                                   .event_revision = 4,
                                   .averted_acted = -1,
                                   .opened_us = T2300,
                                   .changed_us = T2300,
                                   .ended_us = INT64_MIN};
    static const struct {
        const char *why;
        char digit;
        const char *ticket;
        const char *want; /* first digits of the hashes */
        uint32_t revision;
    } cases[] = {
        {"the first", 'a', "sw-7k2m4q5xza", "a", 5},
        {"the same again changes nothing", 'a', "sw-7k2m4q5xza", "a", 5},
        {"of a ticket that is not here", 'b', "sw-bbbbbbbbbb", "a", 5},
        {"another", 'b', "sw-7k2m4q5xza", "ab", 6},
        {"a third", 'c', "sw-7k2m4q5xza", "abc", 7},
        {"a fourth", 'd', "sw-7k2m4q5xza", "abcd", 8},
        {"a fifth", 'e', "sw-7k2m4q5xza", "abcde", 9},
        {"a sixth", 'f', "sw-7k2m4q5xza", "abcdef", 10},
        {"a seventh", '0', "sw-7k2m4q5xza", "abcdef0", 11},
        {"the eighth fills it", '1', "sw-7k2m4q5xza", "abcdef01", 12},
        {"the ninth takes the place of the oldest", '2', "sw-7k2m4q5xza", "bcdef012", 13},
    };
    struct sw_desk *desk = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_desk_new(&p, &desk, &err), SW_OK);
    CHECK(sw_desk_restore(desk, &kept, &err) == SW_OK, "%s", err.msg);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const struct sw_ticket_media m = picture(cases[i].ticket, cases[i].digit);
        const struct sw_ticket *t = sw_desk_find(desk, kept.id);
        const uint32_t before = t->revision;
        struct sw_desk_out out = {0};
        char got[SW_EVIDENCE_MAX + 1] = "";

        sw_desk_media(desk, &m, T2300 + (int64_t) i * S, &out);
        for (size_t k = 0; k < t->n_evidence; k++)
            got[k] = t->evidence[k].sha256[0];
        CHECK(strcmp(got, cases[i].want) == 0 && t->revision == cases[i].revision, "%s: '%s', revision %u",
              cases[i].why, got, t->revision);
        CHECK(out.n_tickets == (t->revision != before) && out.n_events == 0, "%s: %zu changed", cases[i].why,
              out.n_tickets);
        assert_int_equal(t->event_revision, 4); /* nobody's command is stale for it */
    }
    sw_desk_free(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_stand_in_the_ticket_the_newest_and_each_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
