// SPDX-License-Identifier: Apache-2.0
/* For the tests of the bus worker: a worker and a real pty or TCP peer that misbehaves on purpose (bus_script).
 * Input register a of unit u holds 1000·u + a, so that each value tells who said it and which register it was; coils
 * and holding registers keep what was written. */
#ifndef SW_TESTS_UNIT_BUS_RIG_H
#define SW_TESTS_UNIT_BUS_RIG_H

#include "test.h"

#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "sensors/bus_worker.h"
#include "tests/support/bus_script.h"

#define RIG_DEVICES_MAX 10
#define PATIENCE_US (20 * SW_US_PER_S) /* until a test that waits gives up */
#define HUGE_BACKOFF_MS 3600000
#define SHORT_TIMEOUT_MS 250 /* long enough for a busy machine to answer */

/** What the peer does; read in its thread. */
struct play {
    struct script_reply (*act)(struct play *p, const struct script_request *rq);
    atomic_uint seen[16]; /* requests a unit */
    _Atomic uint16_t coils[64], holding[64];
    atomic_bool ignores_writes; /* accepts them and does nothing */
};

struct rig {
    struct play play;
    struct bus_script *script;
    struct sw_clock clock;
    struct sw_mailbox *readings, *written; /* written: NULL unless the test makes one */
    struct sw_channel channels[RIG_DEVICES_MAX][SW_TEMPLATE_CHANNELS_MAX];
    struct sw_template templates[RIG_DEVICES_MAX];
    struct sw_device devices[RIG_DEVICES_MAX];
    size_t n;
    struct sw_bus_params params;
    struct sw_bus_worker *worker;
    struct script_request log[SCRIPT_LOG_MAX];
};

static struct rig rig;

static inline struct script_reply on_request(void *ctx, const struct script_request *rq, uint16_t *regs)
{
    struct play *p = ctx;
    struct script_reply reply = {SCRIPT_ANSWER, 0};

    for (uint16_t i = 0; i < rq->nb; i++)
        regs[i] = (uint16_t) (1000 * rq->unit + rq->addr + i);
    for (uint16_t i = 0; i < rq->nb && rq->fc <= 2; i++)
        regs[i] = p->coils[(rq->addr + i) % SW_ARRAY_SIZE(p->coils)];
    for (uint16_t i = 0; i < rq->nb && rq->fc == 3; i++)
        regs[i] = p->holding[(rq->addr + i) % SW_ARRAY_SIZE(p->holding)];
    if (p->act)
        reply = p->act(p, rq);
    for (uint16_t i = 0; i < rq->nb && reply.act != SCRIPT_EXCEPTION && !p->ignores_writes; i++) {
        if (rq->fc == 5 || rq->fc == 15)
            p->coils[(rq->addr + i) % SW_ARRAY_SIZE(p->coils)] = rq->values[i];
        if (rq->fc == 6 || rq->fc == 16)
            p->holding[(rq->addr + i) % SW_ARRAY_SIZE(p->holding)] = rq->values[i];
    }
    p->seen[rq->unit % 16]++;
    return reply;
}

/** A device whose values are the given registers: channel k is sensor 10·device + k, register addr[k]. */
static inline void add_device(uint8_t unit, int64_t interval_us, const uint16_t *addr, size_t n, uint16_t max_gap)
{
    const size_t i = rig.n++;
    struct sw_template *t = &rig.templates[i];
    uint16_t sensors[SW_TEMPLATE_CHANNELS_MAX];
    struct sw_err err = {0};
    char id[16];

    snprintf(id, sizeof(id), "unit-%u", (unsigned) unit);
    *t = (struct sw_template){.id = "test",
                              .driver = "registers",
                              .interval_ms = 1000,
                              .max_gap = max_gap,
                              .max_block = 125,
                              .n_channels = n,
                              .channels = rig.channels[i]};
    for (size_t k = 0; k < n; k++) {
        rig.channels[i][k] = (struct sw_channel){.n_values = 1,
                                                 .values = {{.quantity = SW_QUANTITY_PM10,
                                                             .fc = 4,
                                                             .reg_addr = addr[k],
                                                             .scale = 1,
                                                             .valid_min = NAN,
                                                             .valid_max = NAN}}};
        snprintf(rig.channels[i][k].id, SW_ID_SIZE, "c%zu", k);
        sensors[k] = (uint16_t) (10 * i + k);
    }
    CHECK(sw_template_validate(t, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_device_init(&rig.devices[i], id, t, unit, interval_us, sensors, &err) == SW_OK, "%s", err.msg);
}

static inline void use_tcp(void)
{
    rig.params.kind = SW_LINE_TCP;
    strcpy(rig.params.host, "127.0.0.1");
    rig.script = bus_script_tcp(on_request, &rig.play, &rig.params.tcp_port);
    assert_non_null(rig.script);
}

static inline void use_rtu_tcp(void)
{
    rig.params.kind = SW_LINE_RTU_TCP;
    rig.params.serial = (struct sw_serial){115200, 'N', 8, 1};
    strcpy(rig.params.host, "127.0.0.1");
    rig.script = bus_script_rtu_tcp(on_request, &rig.play, &rig.params.tcp_port);
    assert_non_null(rig.script);
}

static inline void use_pty(void)
{
    rig.params.kind = SW_LINE_RTU;
    rig.params.serial = (struct sw_serial){115200, 'N', 8, 1};
    rig.script = bus_script_pty(on_request, &rig.play, rig.params.port, sizeof(rig.params.port));
    assert_non_null(rig.script);
}

static inline void go(void)
{
    struct sw_err err = {0};
    const int rc =
        sw_bus_worker_start(&rig.params, rig.devices, rig.n, &rig.clock, rig.readings, rig.written, &rig.worker, &err);

    CHECK(rc == SW_OK, "%s", err.msg);
}

static inline int set_up(void **state)
{
    (void) state;
    memset(&rig, 0, sizeof(rig));
    strcpy(rig.params.id, "line");
    rig.params.response_timeout_ms = 2000; /* tests of silence set less */
    rig.params.probe_backoff_ms = HUGE_BACKOFF_MS;
    rig.params.reopen_backoff_ms = 10;
    sw_clock_init_real(&rig.clock);
    return sw_mailbox_new(4096, 16, sizeof(struct sw_reading), &rig.readings, NULL);
}

static inline int tear_down(void **state)
{
    (void) state;
    rig.worker = sw_bus_worker_stop(rig.worker);
    rig.script = bus_script_free(rig.script);
    for (size_t i = 0; i < rig.n; i++)
        sw_device_done(&rig.devices[i]);
    rig.readings = sw_mailbox_free(rig.readings);
    rig.written = sw_mailbox_free(rig.written);
    return 0;
}

static inline struct sw_reading next_reading(void)
{
    struct sw_reading r = {0};

    CHECK(sw_mailbox_wait(rig.readings, PATIENCE_US), "no reading came");
    assert_int_equal(sw_mailbox_take(rig.readings, &r, 1), 1);
    return r;
}

/** The next reading of a sensor; those of others are checked and passed over. */
static inline struct sw_reading next_of(unsigned sensor)
{
    for (;;) {
        const struct sw_reading r = next_reading();

        if (r.flag == 'N') { /* whatever happens, nobody's value is taken for another's */
            const struct sw_device *d = &rig.devices[r.sensor / 10];
            const double want = 1000.0 * d->unit_id + d->template_->channels[r.sensor % 10].values[0].reg_addr;

            CHECK(r.value == want, "sensor %u: got %g, want %g", (unsigned) r.sensor, r.value, want);
        } else {
            CHECK(isnan(r.value), "sensor %u: flag %c with value %g", (unsigned) r.sensor, r.flag, r.value);
        }
        if (r.sensor == sensor)
            return r;
    }
}

static inline void expect(unsigned sensor, char flag, const char *why)
{
    const struct sw_reading r = next_of(sensor);

    CHECK(r.flag == flag, "%s: sensor %u has flag %c", why, sensor, r.flag);
}

/** Wait until the sensor's readings have a flag. */
static inline void until(unsigned sensor, char flag)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;

    while (next_of(sensor).flag != flag)
        CHECK(sw_mono_real_us() < give_up_us, "sensor %u never gets flag %c", sensor, flag);
}

static inline struct sw_bus_stats stats(void)
{
    struct sw_bus_stats s;

    sw_bus_worker_stats(rig.worker, &s);
    return s;
}

static inline struct sw_device_stats device_stats(size_t i)
{
    struct sw_device_stats s;

    assert_int_equal(sw_bus_worker_device_stats(rig.worker, i, &s), SW_OK);
    return s;
}

/** How often the peer was asked for exactly this. */
static inline size_t asked(uint8_t unit, uint16_t addr, uint16_t nb)
{
    const size_t n = SW_MIN(bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX), (size_t) SCRIPT_LOG_MAX);
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += rig.log[i].unit == unit && rig.log[i].addr == addr && rig.log[i].nb == nb;
    return found;
}

static const uint16_t first_five[] = {0, 1, 2, 3, 4};

#define BUS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
