// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a site file: either every reason to refuse it is named, or what was read can be found, judged and
 * described. Templates and packs are those of the source tree. */
#include "fuzz.h"

#include <string.h>

#include "common/clock.h"
#include "config/site.h"
#include "config/faults.h"
#include "config/zone.h"
#include "gateway/doc_site.h"
#include "gateway/engine.h"

#define T0_US 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */

static void step(struct sw_engine *e, const struct sw_input *in)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    bool more = true;

    for (; more; in = NULL)
        FUZZ_CHECK(sw_engine_step(e, in, fx, SW_EFFECTS_MIN, &more) <= SW_EFFECTS_MIN, "more effects than room");
}

/* A few loud readings of every sensor, at the times its interval says. */
static void judge(const struct sw_site *site, struct sw_engine *e)
{
    for (int64_t k = 0; k < 3; k++)
        for (size_t i = 0; i < site->n_sensors && i < 8; i++) {
            const struct sw_sensor_conf *s = &site->sensors[i];
            const struct sw_reading r = {.t_utc_us = T0_US + k * s->interval_us,
                                         .value = k == 2 ? 1.0 : 90.0,
                                         .sensor = (uint16_t) i,
                                         .quantity = (uint8_t) s->level,
                                         .flag = 'N'};

            step(e, &(struct sw_input){.kind = SW_INPUT_READING, .t_us = T0_US + k * 1000000, .reading = r});
        }
    step(e, &(struct sw_input){.kind = SW_INPUT_END, .t_us = T0_US + 4000000});
}

static void describe(const struct sw_site *site, struct sw_engine *e)
{
    static char buf[SW_DOCUMENT_MAX];
    struct sw_doc_site_owner o;
    struct sw_err err = {0};
    size_t len;

    FUZZ_CHECK(sw_doc_site_init(&o, site, e, NULL, true, &err) == SW_OK, "%s", err.msg);
    len = sw_doc_info(&o.site, T0_US, buf, sizeof(buf));
    FUZZ_CHECK(len > 0, "the gateway's document does not fit");
    fuzz_check_json(buf, len);
    for (size_t i = 0; i < site->n_sensors && i < 8; i++) {
        len = sw_doc_meta(&o.site, i, T0_US, buf, sizeof(buf));
        FUZZ_CHECK(len > 0, "document of sensor %zu does not fit", i);
        fuzz_check_json(buf, len);
    }
    sw_doc_site_done(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_engine *engine = NULL;
    struct sw_err err = {0};
    const int rc = sw_site_read(fuzz_file(data, size), NULL, &faults, &site, &err);

    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (faults.n_faults == 0) && (rc == SW_OK) == (site != NULL), "code %d, %zu faults", rc,
               faults.n_faults);
    sw_faults_print(&faults, fuzz_sink());
    if (site) {
        for (size_t i = 0; i < site->n_sensors; i++)
            FUZZ_CHECK(sw_site_sensor(site, site->sensors[i].id, strlen(site->sensors[i].id)) == (int) i,
                       "sensor %zu is not found by its id", i);
        FUZZ_CHECK(sw_engine_new(site, &engine, &err) == SW_OK, "what `check` takes cannot run: %s", err.msg);
        describe(site, engine);
        judge(site, engine);
        sw_engine_free(engine);
    }
    sw_site_free(site);
    sw_faults_done(&faults);
    return 0;
}
