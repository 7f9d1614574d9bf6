// SPDX-License-Identifier: Apache-2.0
/* The order of a scan. Settings, addresses and their order were worked out by hand from the templates below. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "cli/scan.h"

#define STEPS_MAX 4096

static const struct sw_serial s9600 = {9600, 'N', 8, 1}, s4800 = {4800, 'N', 8, 1}, s19200e = {19200, 'E', 8, 1},
                              s19200 = {19200, 'N', 8, 1}, s38400 = {38400, 'N', 8, 1};

/* Two at 9600 (1 and 44), two at 4800 (both 1), one each at 19200 8E1 and 8N1, one that states no speed. */
static const struct sw_template models[] = {
    {.id = "even", .serial = {19200, 'E', 8, 1}, .unit_id = 1, .response_timeout_ms = 500},
    {.id = "noise", .serial = {9600, 'N', 8, 1}, .unit_id = 1, .response_timeout_ms = 500},
    {.id = "plain", .serial = {19200, 'N', 8, 1}, .unit_id = 1, .response_timeout_ms = 500},
    {.id = "speed", .serial = {4800, 'N', 8, 1}, .unit_id = 1, .response_timeout_ms = 500},
    {.id = "station", .serial = {9600, 'N', 8, 1}, .unit_id = 44, .response_timeout_ms = 700},
    {.id = "stateless"},
    {.id = "vane", .serial = {4800, 'N', 8, 1}, .unit_id = 1, .response_timeout_ms = 900},
};

#define N_MODELS SW_ARRAY_SIZE(models)

static struct sw_scan_step steps[STEPS_MAX];

static void check_step(const char *why, size_t at, const struct sw_serial *serial, unsigned unit_id, int timeout_ms)
{
    char want[32], got[32];

    CHECK(sw_serial_same(&steps[at].serial, serial), "%s: step %zu is at %s, not %s", why, at,
          sw_serial_text(&steps[at].serial, got, sizeof(got)), sw_serial_text(serial, want, sizeof(want)));
    CHECK(steps[at].unit_id == unit_id, "%s: step %zu asks %u, not %u", why, at, steps[at].unit_id, unit_id);
    CHECK(steps[at].timeout_ms == timeout_ms, "%s: step %zu waits %d ms, not %d", why, at, steps[at].timeout_ms,
          timeout_ms);
}

static void settings_come_by_how_many_models_have_them(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1};
    struct sw_serial got[SW_SCAN_SETTINGS_MAX];

    (void) state;
    /* two models each: the slower first; one each: no parity before even */
    assert_int_equal(sw_scan_settings(models, N_MODELS, &want, got, SW_ARRAY_SIZE(got)), 4);
    assert_true(sw_serial_same(&got[0], &s4800));
    assert_true(sw_serial_same(&got[1], &s9600));
    assert_true(sw_serial_same(&got[2], &s19200));
    assert_true(sw_serial_same(&got[3], &s19200e));
}

static void the_sites_own_settings_come_before_all_others(void **state)
{
    struct sw_scan_want want = {.only_unit = -1, .first = s38400};
    struct sw_serial got[SW_SCAN_SETTINGS_MAX];

    (void) state;
    assert_int_equal(sw_scan_settings(models, N_MODELS, &want, got, SW_ARRAY_SIZE(got)), 5);
    assert_true(sw_serial_same(&got[0], &s38400));
    assert_true(sw_serial_same(&got[1], &s4800));
    want.first = s19200e;
    assert_int_equal(sw_scan_settings(models, N_MODELS, &want, got, SW_ARRAY_SIZE(got)), 4);
    assert_true(sw_serial_same(&got[0], &s19200e));
    assert_true(sw_serial_same(&got[3], &s19200));
}

static void factory_addresses_come_first_and_patiently(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1};
    /* own: 4800/1, 9600/1, 9600/44, 19200/1, 19200E/1; then 1 to 16 at four speeds without the four 1s: 60 */
    const size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);

    (void) state;
    assert_int_equal(n, 5 + 60);
    check_step("the slower of two models decides", 0, &s4800, 1, 900);
    check_step("noise", 1, &s9600, 1, 500);
    check_step("station", 2, &s9600, 44, 700);
    check_step("plain", 3, &s19200, 1, 500);
    check_step("even", 4, &s19200e, 1, 500);
    check_step("the sweep begins", 5, &s4800, 2, SW_SCAN_SWEEP_MS);
    check_step("and ends", n - 1, &s19200e, 16, SW_SCAN_SWEEP_MS);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(steps[i].phase, i < 5 ? SW_SCAN_OWN : SW_SCAN_SWEEP);
}

static void a_full_scan_asks_every_address_once_a_speed(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1, .is_full = true};
    const size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);
    unsigned seen[4][256] = {0};

    (void) state;
    assert_int_equal(n, 4 * 247);
    for (size_t i = 0; i < n; i++) {
        const struct sw_serial *all[] = {&s4800, &s9600, &s19200, &s19200e};

        for (size_t k = 0; k < 4; k++)
            seen[k][steps[i].unit_id] += sw_serial_same(&steps[i].serial, all[k]);
    }
    for (size_t k = 0; k < 4; k++)
        for (unsigned unit = 0; unit < 256; unit++)
            CHECK(seen[k][unit] == (unit >= 1 && unit <= 247), "address %u is asked %u times", unit, seen[k][unit]);
}

static void what_the_command_line_says_restricts_the_plan(void **state)
{
    struct sw_scan_want want = {.only_unit = -1, .only = s9600};
    size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);

    (void) state;
    assert_int_equal(n, 17); /* 1, 44, and 2 to 16 */
    for (size_t i = 0; i < n; i++)
        assert_true(sw_serial_same(&steps[i].serial, &s9600));
    want = (struct sw_scan_want){.only_unit = 200};
    n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);
    assert_int_equal(n, 4); /* --explain: one address at each speed, patiently, also beyond 16 */
    for (size_t i = 0; i < n; i++)
        assert_true(steps[i].unit_id == 200 && steps[i].timeout_ms == SW_SCAN_PATIENT_MS);
    want.only_unit = 248; /* nobody can have that address on a serial line */
    assert_int_equal(sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX), 0);
}

static void addresses_that_the_site_has_are_asked_first_at_its_speed(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1, .first = s9600, .n_known = 2, .known = {99, 1}};
    const size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);

    (void) state;
    check_step("known", 0, &s9600, 99, SW_SCAN_PATIENT_MS);
    check_step("known, and a factory address: the longer time", 1, &s9600, 1, SW_SCAN_PATIENT_MS);
    check_step("then the models at this speed", 2, &s9600, 44, 700);
    assert_int_equal(n, 1 + 5 + 60);
}

static void a_network_line_has_no_speed_and_more_addresses(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1, .is_tcp = true};
    const struct sw_serial none = {0};
    const size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);

    (void) state;
    check_step("most often it is 1", 0, &none, 1, 900);
    check_step("or the box itself", 1, &none, 255, SW_SCAN_PATIENT_MS);
    check_step("the one other factory address", 2, &none, 44, 700);
    check_step("0 is an address there", 3, &none, 0, SW_SCAN_SWEEP_TCP_MS);
    assert_int_equal(n, 3 + 1 + 15);
}

static void a_box_that_passes_frames_through_has_the_addresses_of_a_serial_line(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1, .is_tcp = true, .is_rtu_over_tcp = true, .is_full = true};
    const size_t n = sw_scan_plan(models, N_MODELS, &want, steps, STEPS_MAX);

    (void) state;
    assert_int_equal(n, 247);
    for (size_t i = 0; i < n; i++)
        assert_true(steps[i].unit_id >= 1 && steps[i].unit_id <= 247 && steps[i].serial.baud == 0);
}

static void the_list_ends_where_the_room_ends(void **state)
{
    const struct sw_scan_want want = {.only_unit = -1, .is_full = true};

    (void) state;
    assert_int_equal(sw_scan_plan(models, N_MODELS, &want, steps, 10), 10);
}

static void settings_are_named_as_people_write_them(void **state)
{
    char buf[32];

    (void) state;
    assert_string_equal(sw_serial_text(&s19200e, buf, sizeof(buf)), "19200 8E1");
    assert_string_equal(sw_serial_text(&(struct sw_serial){0}, buf, sizeof(buf)), "network");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_by_how_many_models_have_them),
        cmocka_unit_test(the_sites_own_settings_come_before_all_others),
        cmocka_unit_test(factory_addresses_come_first_and_patiently),
        cmocka_unit_test(a_full_scan_asks_every_address_once_a_speed),
        cmocka_unit_test(what_the_command_line_says_restricts_the_plan),
        cmocka_unit_test(addresses_that_the_site_has_are_asked_first_at_its_speed),
        cmocka_unit_test(a_network_line_has_no_speed_and_more_addresses),
        cmocka_unit_test(a_box_that_passes_frames_through_has_the_addresses_of_a_serial_line),
        cmocka_unit_test(the_list_ends_where_the_room_ends),
        cmocka_unit_test(settings_are_named_as_people_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
