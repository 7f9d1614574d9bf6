// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a scenario, played from the year 0 to 9999 and read through every map; and each line as a line of the
 * control socket. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "firmware/port/host/sim_scenario.h"

static void check_units(const struct sw_sim_site *site, int64_t now_us)
{
    for (unsigned u = 1; u <= SW_SIM_UNIT_MAX; u++) {
        struct sw_node_measure m;
        uint16_t regs[125];

        if (!site->unit[u].exists)
            continue;
        sw_sim_measure(site, (uint8_t) u, now_us, &m);
        FUZZ_CHECK(site->unit[u].map < SW_SIM_MAP__COUNT && site->unit[u].fault.kind < SW_SIM_FAULT__COUNT, "unit %u",
                   u);
        for (unsigned nb = 1; nb <= 125; nb += 31) {
            const int rc = sw_sim_read(site, (uint8_t) u, now_us, 4, 0, (uint16_t) nb, regs) |
                           sw_sim_read(site, (uint8_t) u, now_us, 3, 500, (uint16_t) nb, regs);

            FUZZ_CHECK(rc >= 0 && rc <= 255, "code %d", rc);
        }
    }
}

static void play(struct sw_scenario *s)
{
    static const int64_t times_us[] = {
        -62167305600000000LL, /* 0000-01-01 */
        0,
        1772458800000000LL, /* 2026-03-02T21:40:00+08:00 */
        1772458801000001LL,
        1772459100500000LL,
        1772545200000000LL,
        253402300799999999LL, /* 9999-12-31 */
    };
    static struct sw_sim_site site;

    sw_sim_site_init(&site, times_us[0], 9600);
    sw_scenario_prepare(s, &site);
    for (size_t i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++) {
        sw_scenario_play(s, &site, times_us[i]);
        check_units(&site, times_us[i]);
    }
}

static void as_control_line(const char *text, size_t size)
{
    char line[128];
    const char *end = memchr(text, '\n', size);
    const size_t n = end ? (size_t) (end - text) : size;
    struct sw_sim_fault fault = {0};
    struct sw_err err = {0};
    uint8_t unit_id = 0;

    if (n >= sizeof(line))
        return;
    memcpy(line, text, n);
    line[n] = '\0';
    const int rc = sw_sim_fault_parse(line, &unit_id, &fault, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0]), "code %d", rc);
    FUZZ_CHECK(rc != SW_OK || (unit_id >= 1 && unit_id <= SW_SIM_UNIT_MAX && fault.kind < SW_SIM_FAULT__COUNT),
               "unit %u fault %d", unit_id, fault.kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_scenario *s = NULL;
    struct sw_err err = {0};
    const int rc = sw_scenario_parse("input", text, size, &s, &err);

    FUZZ_CHECK((rc == SW_OK) == (s != NULL) && (rc == SW_OK || rc == SW_E_INVAL || rc == SW_E_FULL), "code %d", rc);
    FUZZ_CHECK(rc == SW_OK || err.msg[0], "refused without a word");
    if (size)
        as_control_line(text, size);
    free(text);
    if (s) {
        FUZZ_CHECK(sw_scenario_rows(s) >= 1 && sw_scenario_rows(s) <= SW_SCENARIO_ROWS_MAX, "rows");
        play(s);
    }
    sw_scenario_free(s);
    return 0;
}
