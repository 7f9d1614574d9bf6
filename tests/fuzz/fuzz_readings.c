// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a replay file, read for the engine tests' site: what is taken is true to the site, ascends in time, and
 * says the time that its line says (the reader keeps the last minute: a second parser goes along). */
#include "fuzz.h"

#include <math.h>

#include "cli/csv.h"
#include "cli/readings.h"
#include "common/timefmt.h"
#include "config/faults.h"

static struct sw_site *site;

static void load_site(void)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    FUZZ_CHECK(sw_site_read(fuzz_source("tests/engine/site.yaml"), NULL, &faults, &site, &err) == SW_OK, "%s", err.msg);
    sw_faults_done(&faults);
}

static void check_reading(const struct sw_reading *r, int64_t last_us)
{
    FUZZ_CHECK(r->t_utc_us >= last_us, "time goes back");
    FUZZ_CHECK(r->sensor < site->n_sensors, "sensor %u", r->sensor);
    FUZZ_CHECK(site->sensors[r->sensor].quantities >> r->quantity & 1, "quantity %u", r->quantity);
    FUZZ_CHECK(sw_flag_is_known(r->flag) && !isinf(r->value), "flag %c value %g", r->flag, r->value);
}

/* Go on to the line that says this time. */
static void find_line(struct sw_csv *csv, int64_t t_us)
{
    struct sw_csv_cell cells[4];
    struct sw_err err = {0};
    int64_t said_us = INT64_MIN;

    for (int rc = 1; rc != 0;) {
        rc = sw_csv_next(csv, cells, &err);
        FUZZ_CHECK(rc != SW_E_IO, "%s", err.msg);
        if (rc == 1 && sw_time_parse(cells[0].text, cells[0].len, &said_us, &err) == SW_OK && said_us == t_us)
            return;
    }
    FUZZ_CHECK(false, "no line says %lld", (long long) t_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const columns[] = {"ts", "sensor", "quantity", "value"};
    const char *path = fuzz_file(data, size);
    struct sw_readings *r = NULL;
    struct sw_csv *csv = NULL;
    struct sw_reading got;
    struct sw_err err = {0};
    int64_t last_us = INT64_MIN;
    uint64_t n = 0;

    if (!site)
        load_site();
    const int rc = sw_readings_open(path, site, fuzz_sink(), &r, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_INVAL && err.msg[0]), "code %d: %s", rc, err.msg);
    if (rc != SW_OK)
        return 0;
    FUZZ_CHECK(sw_csv_open(path, columns, 4, 4, &csv, &err) == SW_OK, "%s", err.msg);
    for (; sw_readings_next(r, &got, &err) == 1; last_us = got.t_utc_us, n++) {
        check_reading(&got, last_us);
        find_line(csv, got.t_utc_us);
    }
    FUZZ_CHECK(err.code == SW_OK && n == sw_readings_good(r), "%s", err.msg);
    sw_csv_close(csv);
    sw_readings_close(r);
    return 0;
}
