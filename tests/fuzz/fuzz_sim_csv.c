// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a recording for the simulated node: refused with a sentence, or played to its end without a fault that
 * the first look did not find. */
#include "fuzz.h"

#include <math.h>

#include "common/macros.h"
#include "firmware/port/host/sim_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sw_csv_unit map[] = {{"north-gate-noise", 1}, {"a", 2}};
    static const int64_t times_us[] = {0, 1772458800000000LL, 1772458801000000LL, 1772459100500000LL,
                                       253402300799999999LL};
    static struct sw_sim_site site;
    struct sw_sim_csv *csv = NULL;
    struct sw_err err = {0};
    const int rc = sw_sim_csv_open(fuzz_file(data, size), map, SW_ARRAY_SIZE(map), &csv, &err);

    FUZZ_CHECK((rc == SW_OK) == (csv != NULL), "code %d", rc);
    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0]), "code %d: %s", rc, err.msg);
    if (!csv)
        return 0;
    FUZZ_CHECK(sw_sim_csv_readings(csv) >= 1, "taken without a reading");
    sw_sim_site_init(&site, 0, 9600);
    for (size_t i = 0; i < SW_ARRAY_SIZE(times_us); i++) {
        FUZZ_CHECK(sw_sim_csv_play(csv, &site, times_us[i], &err) == SW_OK, "found bad only while playing: %s",
                   err.msg);
        for (uint8_t u = 1; u <= 2; u++)
            for (int q = SW_QUANTITY_LAF; q <= SW_QUANTITY_PRESSURE; q++)
                (void) sw_sim_value(&site, u, (enum sw_quantity) q, times_us[i]);
    }
    sw_sim_csv_close(csv);
    return 0;
}
