// SPDX-License-Identifier: Apache-2.0
/* Any text as an instant, and any instant as text: what can be written is read back to the millisecond, in any zone.
 * Input: text; the first eight bytes are an instant as well. */
#include "fuzz.h"

#include <string.h>

#include "common/macros.h"
#include "common/timefmt.h"

static int64_t whole_ms(int64_t us)
{
    return us - ((us % SW_US_PER_MS) + SW_US_PER_MS) % SW_US_PER_MS;
}

static void check_round_trip(const struct sw_zone *zone, int64_t us)
{
    char text[SW_RFC3339_SIZE];
    struct sw_civil c;
    struct sw_err err = {0};
    int64_t again;
    const size_t len = sw_time_format(zone, us, text);

    FUZZ_CHECK(len < sizeof(text) && strlen(text) == len, "length %zu", len);
    sw_civil_from_utc(zone, us, &c);
    FUZZ_CHECK(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.hour >= 0 && c.hour <= 23 &&
                   c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59 && c.ms >= 0 && c.ms <= 999 &&
                   c.weekday >= 0 && c.weekday <= 6,
               "a calendar of its own: %s", text);
    if (c.year < 0 || c.year > 9999)
        return;
    FUZZ_CHECK(sw_time_parse(text, len, &again, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(again == whole_ms(us), "%lld became %s", (long long) us, text);
}

static void check_zones(int64_t us)
{
    static const int32_t offsets_s[] = {0, 8 * 3600, -12 * 3600, 14 * 3600, -(3 * 3600 + 1800), 5 * 3600 + 2700};
    static struct sw_zone zone;

    check_round_trip(NULL, us);
    for (size_t i = 0; i < SW_ARRAY_SIZE(offsets_s); i++) {
        sw_zone_init_utc(&zone);
        zone.span[0].offset_s = offsets_s[i];
        check_round_trip(&zone, us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size);
    struct sw_err err = {0};
    int64_t us = INT64_MIN;
    const int rc = sw_time_parse(text, size, &us, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0]), "code %d", rc);
    if (rc == SW_OK)
        check_zones(us);
    if (size >= sizeof(us)) {
        memcpy(&us, data, sizeof(us));
        check_zones(us);
    }
    free(text);
    return 0;
}
