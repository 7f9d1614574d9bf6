// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a pack of limits (file name p.yaml): either faults are named, or sensors can be judged by it. */
#include "fuzz.h"

#include "config/read.h"
#include "rules/judge.h"

#define T0_US 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */
#define STEP_US (60 * SW_US_PER_S)

static void judge(const struct sw_pack *pack, enum sw_kind kind, enum sw_quantity level)
{
    static struct sw_judge_out out;
    static struct sw_zone zone;
    const struct sw_pack *packs[] = {pack};
    struct sw_judge *j = NULL;
    struct sw_err err = {0};
    int64_t t_us = T0_US;

    sw_zone_init_utc(&zone);
    const struct sw_judge_params params = {.kind = kind,
                                           .level = level,
                                           .is_judged = true,
                                           .interval_us = STEP_US,
                                           .grace_us = 2 * SW_US_PER_S,
                                           .zone = &zone,
                                           .n_packs = 1,
                                           .packs = packs};
    const int rc = sw_judge_new(&params, &j, &err);

    FUZZ_CHECK(rc == SW_OK || (rc == SW_E_FULL && err.msg[0]), "a valid pack cannot judge: %s", err.msg);
    if (rc != SW_OK)
        return;
    sw_judge_start(j, t_us);
    for (int i = 0; i < 90; i++, t_us += STEP_US) {
        const struct sw_reading r = {
            .t_utc_us = t_us, .value = i % 40 < 20 ? 95.0 : 30.0, .quantity = (uint8_t) level, .flag = 'N'};

        sw_judge_reading(j, &r, t_us, &out);
        FUZZ_CHECK(out.n_windows <= SW_JUDGE_WINDOWS_MAX && out.n_findings <= SW_JUDGE_FINDINGS_MAX,
                   "too much at once");
        sw_judge_tick(j, t_us + SW_US_PER_S, &out);
        FUZZ_CHECK(out.n_windows <= SW_JUDGE_WINDOWS_MAX && out.n_findings <= SW_JUDGE_FINDINGS_MAX,
                   "too much at once");
    }
    for (int i = 0; i < 64; i++) {
        sw_judge_finish(j, t_us, &out);
        if (out.n_windows == 0)
            break;
        FUZZ_CHECK(i < 63, "the open windows never end");
    }
    sw_judge_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sw_pack pack, again;
    char *text = fuzz_copy(data, size);
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    const int rc = sw_pack_read_text("p.yaml", text, size, &faults, &pack, &err);

    free(text);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (faults.n_faults == 0), "code %d, %zu faults", rc, faults.n_faults);
    if (rc == SW_OK) {
        again = pack;
        FUZZ_CHECK(sw_pack_validate(&again, &err) == SW_OK, "read, but not valid: %s", err.msg);
        judge(&pack, SW_KIND_NOISE, SW_QUANTITY_LAEQ);
        judge(&pack, SW_KIND_DUST, SW_QUANTITY_PM10);
    }
    sw_faults_print(&faults, fuzz_sink());
    sw_faults_done(&faults);
    return 0;
}
