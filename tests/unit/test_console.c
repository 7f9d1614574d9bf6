// SPDX-License-Identifier: Apache-2.0
/* What the console's stream tells of what goes out, and to whom: nothing while nobody listens, the same bytes while
 * somebody does. And what of its arguments is pure. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macros.h"
#include "gateway/console_int.h"

static void wake(void *ctx)
{
    (void) ctx;
}

static struct sw_core *core_new(void)
{
    struct sw_core *c = calloc(1, sizeof(*c));

    CHECK(c && core_console_new(c, NULL) == SW_OK, "a console");
    return c;
}

static void core_end(struct sw_core *c)
{
    core_console_free(c);
    free(c);
}

static const struct {
    const char *topic, *payload, *event, *data; /* event NULL: it is not told */
} told[] = {
    {"sensor/gate-noise/live", "{\"v\":1}", "live", "{\"sensor\":\"gate-noise\",\"v\":1}"},
    {"sensor/gate-noise/state", "{\"a\":1}", "state", "{\"a\":1}"},
    {"sensor/gate-noise/agg/1m", "{\"a\":2}", "agg", "{\"a\":2}"},
    {"sensor/gate-noise/agg/night", "{\"a\":3}", "agg", "{\"a\":3}"},
    {"ticket/sw-aaaaaaaaaa", "{\"id\":4}", "ticket", "{\"id\":4}"},
    {"summary", "{\"s\":5}", "status", "{\"s\":5}"},
    {"gw/gw-1/alert/sw-d003-store", "{\"a\":6}", "alert", "{\"a\":6}"},
    {"gw/gw-1/alert/sw-d003-store", "", "alert", "{\"topic\":\"gw/gw-1/alert/sw-d003-store\",\"ended\":true}"},
    {"ticket/sw-aaaaaaaaaa/event", "{}", NULL, NULL},
    {"sensor/gate-noise/meta", "{}", NULL, NULL},
    {"sensor/gate-noise/event", "{}", NULL, NULL},
    {"gw/gw-1/health", "{}", NULL, NULL},
    {"gw/gw-1/alert", "{}", NULL, NULL},
    {"schedule", "{}", NULL, NULL},
    {"sensor", "{}", NULL, NULL},
    {"sensor/", "{}", NULL, NULL},
    {"", "{}", NULL, NULL},
};

static void what_goes_out_is_told_to_who_listens(void **state)
{
    struct sw_core *c = core_new();
    struct sw_sse_reader *r = NULL;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(told); i++)
        core_events_tell(c, told[i].topic, told[i].payload, strlen(told[i].payload));
    CHECK(core_events_counts(c).events_total == 0 && !core_events_wanted(c), "nobody listens, nothing is copied");
    CHECK(sw_sse_open(c->console->events, NULL, "", wake, NULL, &r) == SW_OK, "somebody does");
    c->console->listened_us = sw_mono_real_us();
    for (size_t i = 0; i < SW_ARRAY_SIZE(told); i++) {
        char got[1024], event[64] = "", data[512] = "";
        ptrdiff_t n;

        (void) sw_sse_read(r, got, sizeof(got)); /* the line about coming again, or nothing */
        core_events_tell(c, told[i].topic, told[i].payload, strlen(told[i].payload));
        n = sw_sse_read(r, got, sizeof(got) - 1);
        got[n < 0 ? 0 : n] = '\0';
        CHECK((n > 0) == (told[i].event != NULL), "%s: %s", told[i].topic, got);
        if (n > 0 && told[i].event) {
            CHECK(sscanf(got, "id: %*u\nevent: %63s\ndata: %511[^\n]", event, data) == 2, "%s", got);
            CHECK(strcmp(event, told[i].event) == 0 && strcmp(data, told[i].data) == 0, "%s: %s", told[i].topic, got);
        }
    }
    sw_sse_close(r);
    CHECK(core_events_wanted(c), "who just went may come back for what it missed");
    c->console->listened_us -= 3600 * SW_US_PER_S;
    CHECK(!core_events_wanted(c) && c->console->is_stale, "but not for ever");
    core_end(c);
}

static const struct {
    const char *period;
    int32_t seconds;
} periods[] = {
    {"1m", 60}, {"20m", 1200}, {"1h", 3600}, {"24h", 86400},
    {"25h", 0}, {"0m", 0},     {"day", 0},   {"", 0},
    {"m", 0},   {"1", 0},      {"1mm", 0},   {"-1m", 0},
    {"01m", 0}, {"1d", 0},     {" 1m", 0},   {"99999999999999999999m", 0},
};

static const struct {
    const char *date;
    int32_t day; /* -1 = none */
} dates[] = {
    {"1970-01-01", 0},  {"2026-03-02", 20514}, {"2024-02-29", 19782}, {"2026-02-29", -1},
    {"2026-13-01", -1}, {"2026-3-2", -1},      {"2026-03-02T", -1},   {"", -1},
    {"1969-12-31", -1}, {"yyyy-mm-dd", -1},    {"2026-03-02\n", -1},  {"+026-03-02", -1},
};

static void periods_and_dates_are_read_strictly(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(periods); i++)
        CHECK(console_period_s(periods[i].period) == periods[i].seconds, "%s: %d", periods[i].period,
              console_period_s(periods[i].period));
    for (size_t i = 0; i < SW_ARRAY_SIZE(dates); i++) {
        int32_t day = -1;
        const bool is_date = console_parse_date(dates[i].date, &day);

        CHECK(is_date == (dates[i].day >= 0) && day == dates[i].day, "%s: %d", dates[i].date, day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_out_is_told_to_who_listens),
        cmocka_unit_test(periods_and_dates_are_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
