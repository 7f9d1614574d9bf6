// SPDX-License-Identifier: Apache-2.0
/* The bus worker against a real pty or TCP peer that misbehaves on purpose (tests/support/bus_script).
 * Register a of unit u holds 1000·u + a, so that each value tells who said it and which register it was. */
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

#define DEVICES_MAX 3
#define PATIENCE_US (20 * SW_US_PER_S) /* until a test that waits gives up */
#define HUGE_BACKOFF_MS 3600000
#define SHORT_TIMEOUT_MS 250 /* long enough for a busy machine to answer */

/** What the peer does; read in its thread. */
struct play {
    struct script_reply (*act)(struct play *p, const struct script_request *rq);
    atomic_uint seen[8]; /* requests a unit */
};

struct rig {
    struct play play;
    struct bus_script *script;
    struct sw_clock clock;
    struct sw_mailbox *readings;
    struct sw_channel channels[DEVICES_MAX][SW_TEMPLATE_CHANNELS_MAX];
    struct sw_template templates[DEVICES_MAX];
    struct sw_device devices[DEVICES_MAX];
    size_t n;
    struct sw_bus_params params;
    struct sw_bus_worker *worker;
    struct script_request log[SCRIPT_LOG_MAX];
};

static struct rig rig;

static struct script_reply on_request(void *ctx, const struct script_request *rq, uint16_t *regs)
{
    struct play *p = ctx;
    struct script_reply reply = {SCRIPT_ANSWER, 0};

    for (uint16_t i = 0; i < rq->nb; i++)
        regs[i] = (uint16_t) (1000 * rq->unit + rq->addr + i);
    if (p->act)
        reply = p->act(p, rq);
    p->seen[rq->unit % 8]++;
    return reply;
}

/** A device whose values are the given registers: channel k is sensor 10·device + k, register addr[k]. */
static void add_device(uint8_t unit, int64_t interval_us, const uint16_t *addr, size_t n, uint16_t max_gap)
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

static void use_tcp(void)
{
    rig.params.kind = SW_LINE_TCP;
    strcpy(rig.params.host, "127.0.0.1");
    rig.script = bus_script_tcp(on_request, &rig.play, &rig.params.tcp_port);
    assert_non_null(rig.script);
}

static void use_pty(void)
{
    rig.params.kind = SW_LINE_RTU;
    rig.params.serial = (struct sw_serial){115200, 'N', 8, 1};
    rig.script = bus_script_pty(on_request, &rig.play, rig.params.port, sizeof(rig.params.port));
    assert_non_null(rig.script);
}

static void go(void)
{
    struct sw_err err = {0};
    const int rc =
        sw_bus_worker_start(&rig.params, rig.devices, rig.n, &rig.clock, rig.readings, NULL, &rig.worker, &err);

    CHECK(rc == SW_OK, "%s", err.msg);
}

static int set_up(void **state)
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

static int tear_down(void **state)
{
    (void) state;
    rig.worker = sw_bus_worker_stop(rig.worker);
    rig.script = bus_script_free(rig.script);
    for (size_t i = 0; i < rig.n; i++)
        sw_device_done(&rig.devices[i]);
    rig.readings = sw_mailbox_free(rig.readings);
    return 0;
}

static struct sw_reading next_reading(void)
{
    struct sw_reading r = {0};

    CHECK(sw_mailbox_wait(rig.readings, PATIENCE_US), "no reading came");
    assert_int_equal(sw_mailbox_take(rig.readings, &r, 1), 1);
    return r;
}

/** The next reading of a sensor; those of others are checked and passed over. */
static struct sw_reading next_of(unsigned sensor)
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

static void expect(unsigned sensor, char flag, const char *why)
{
    const struct sw_reading r = next_of(sensor);

    CHECK(r.flag == flag, "%s: sensor %u has flag %c", why, sensor, r.flag);
}

/** Wait until the sensor's readings have a flag. */
static void until(unsigned sensor, char flag)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;

    while (next_of(sensor).flag != flag)
        CHECK(sw_mono_real_us() < give_up_us, "sensor %u never gets flag %c", sensor, flag);
}

static struct sw_bus_stats stats(void)
{
    struct sw_bus_stats s;

    sw_bus_worker_stats(rig.worker, &s);
    return s;
}

static struct sw_device_stats device_stats(size_t i)
{
    struct sw_device_stats s;

    assert_int_equal(sw_bus_worker_device_stats(rig.worker, i, &s), SW_OK);
    return s;
}

/** How often the peer was asked for exactly this. */
static size_t asked(uint8_t unit, uint16_t addr, uint16_t nb)
{
    const size_t n = SW_MIN(bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX), (size_t) SCRIPT_LOG_MAX);
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        found += rig.log[i].unit == unit && rig.log[i].addr == addr && rig.log[i].nb == nb;
    return found;
}

static const uint16_t first_five[] = {0, 1, 2, 3, 4};

/* Good days */

static void a_hundred_registers_are_one_request_and_a_hundred_readings(void **state)
{
    uint16_t addr[100];

    (void) state;
    for (uint16_t i = 0; i < 100; i++)
        addr[i] = i;
    use_tcp();
    add_device(1, 20000, addr, 100, 0);
    go();
    for (unsigned i = 0; i < 300; i++) {
        const struct sw_reading r = next_reading();

        CHECK(r.sensor == i % 100 && r.flag == 'N' && r.value == 1000.0 + i % 100, "reading %u: sensor %u, %c %g", i,
              (unsigned) r.sensor, r.flag, r.value);
    }
    assert_true(asked(1, 0, 100) >= 3);
    assert_int_equal(asked(1, 0, 100), bus_script_log(rig.script, NULL, 0));
    assert_int_equal(stats().errors_total, 0);
    assert_true(stats().polls_total >= 3);
    assert_true(sw_bus_worker_age_us(rig.worker) < PATIENCE_US);
}

static void a_serial_line_is_read_too_even_byte_by_byte(void **state);
static struct script_reply trickle(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_TRICKLE, 0};
}
static void a_serial_line_is_read_too_even_byte_by_byte(void **state)
{
    (void) state;
    rig.play.act = trickle;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(4, 'N', "a byte at a time is still a reply");
}

static void readings_carry_the_domain_time_of_their_own_reply(void **state)
{
    const int64_t epoch_us = 1772466000000000LL;
    struct sw_reading r[3];
    int64_t from_us, to_us;

    (void) state;
    sw_clock_init_simulated(&rig.clock, epoch_us, 60, sw_mono_real_us(), NULL);
    use_tcp();
    add_device(1, SW_US_PER_S, (const uint16_t[]){0, 1, 50}, 3, 0); /* two blocks */
    rig.channels[0][1].values[0].quantity = SW_QUANTITY_LAEQ;
    rig.devices[0].plan.items[1].quantity = SW_QUANTITY_LAEQ;
    rig.channels[0][1].values[0].scale = 0.01;
    from_us = sw_clock_utc_us(&rig.clock);
    go();
    for (size_t i = 0; i < 3; i++)
        r[i] = next_reading();
    to_us = sw_clock_utc_us(&rig.clock);
    assert_true(r[0].t_utc_us >= from_us && r[2].t_utc_us <= to_us);
    assert_true(r[1].t_utc_us == r[0].t_utc_us - SW_US_PER_S); /* LAeq: the start of its second */
    assert_true(r[1].t_mono_us == r[0].t_mono_us - SW_US_PER_S);
    assert_true(r[2].t_utc_us > r[0].t_utc_us); /* the second block was its own transaction */
    for (size_t i = 0; i < 3; i++) {
        const int64_t apart_us = r[i].t_utc_us - epoch_us - r[i].t_mono_us; /* the two clocks, read in turn */

        assert_true(apart_us <= 0 && apart_us > -60 * SW_US_PER_S);
    }
}

static void silence_is_kept_before_each_request(void **state)
{
    size_t n;

    (void) state;
    use_pty();
    rig.params.serial.baud = 1200; /* 3.5 characters of 11 bits last 32.08 ms */
    add_device(1, 10000, first_five, 5, 0);
    add_device(2, 10000, first_five, 5, 0);
    rig.templates[1].turnaround_ms = 60;
    go();
    for (int i = 0; i < 4; i++)
        expect(10, 'N', "a slow line");
    n = bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX);
    assert_true(n >= 7);
    for (size_t i = 1; i < n; i++) {
        const int64_t quiet_us = rig.log[i].came_us - rig.log[i - 1].answered_us;
        const int64_t least_us = rig.log[i - 1].unit == 2 ? 60000 : 32083;

        CHECK(quiet_us >= least_us, "request %zu came %lld us after unit %u's reply", i, (long long) quiet_us,
              rig.log[i - 1].unit);
    }
}

/* Units that misbehave */

static struct script_reply mute_2(struct play *p, const struct script_request *rq)
{
    (void) p;
    return (struct script_reply){rq->unit == 2 ? SCRIPT_SILENT : SCRIPT_ANSWER, 0};
}

static void mute_unit_costs_its_neighbours_one_timeout_a_probe(void (*use_line)(void))
{
    unsigned mute = 0, heard[2] = {0};

    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.play.act = mute_2;
    use_line();
    for (uint8_t unit = 1; unit <= 3; unit++)
        add_device(unit, 20000, first_five, 1, 0);
    go();
    while (heard[0] < 20 || heard[1] < 20) {
        const struct sw_reading r = next_reading();

        mute += r.sensor == 10;
        heard[0] += r.sensor == 0 && r.flag == 'N';
        heard[1] += r.sensor == 20 && r.flag == 'N';
        CHECK(r.flag == (r.sensor == 10 ? 'B' : 'N'), "sensor %u: flag %c", (unsigned) r.sensor, r.flag);
    }
    CHECK(mute >= 10, "the mute unit's fault was shown %u times only", mute);
    assert_int_equal(rig.play.seen[2], 1); /* its next probe is an hour away */
    assert_int_equal(device_stats(1).timeouts_total, 1);
    assert_int_equal(device_stats(0).timeouts_total + device_stats(2).timeouts_total, 0);
    assert_int_equal(stats().devices_failing, 1);
    assert_true(stats().overruns_total >= 1); /* a time-out at 20 ms intervals: skipped, not queued */
}

static void mute_unit_does_not_stop_its_neighbours_on_a_serial_line(void **state)
{
    (void) state;
    mute_unit_costs_its_neighbours_one_timeout_a_probe(use_pty);
}

static void mute_unit_does_not_stop_its_neighbours_behind_a_converter(void **state)
{
    (void) state;
    mute_unit_costs_its_neighbours_one_timeout_a_probe(use_tcp);
}

static struct script_reply converter_without_2(struct play *p, const struct script_request *rq)
{
    (void) p;
    return rq->unit == 2 ? (struct script_reply){SCRIPT_EXCEPTION, 11} : (struct script_reply){SCRIPT_ANSWER, 0};
}

static void a_converters_nobody_there_is_silence(void **state)
{
    (void) state;
    rig.play.act = converter_without_2;
    use_tcp();
    add_device(1, 20000, first_five, 1, 0);
    add_device(2, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(10, 'B', "exception 11 means that the unit did not answer the converter");
    assert_int_equal(rig.play.seen[2], 1);
    expect(0, 'N', "the neighbour");
}

static struct script_reply mute_twice(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] < 2 ? SCRIPT_SILENT : SCRIPT_ANSWER, 0};
}

static void a_unit_that_comes_back_is_heard_again(void **state)
{
    (void) state;
    rig.play.act = mute_twice;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.params.probe_backoff_ms = 20;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    expect(0, 'B', "silence");
    until(0, 'N');
    assert_int_equal(device_stats(0).timeouts_total, 2);
    assert_int_equal(device_stats(0).failures, 0);
    assert_int_equal(stats().devices_failing, 0);
    assert_true(device_stats(0).last_reply_utc_us > 0);
}

static struct script_reply refuse_2(struct play *p, const struct script_request *rq)
{
    const bool covers = rq->addr <= 2 && rq->addr + rq->nb > 2;

    (void) p;
    return (struct script_reply){covers ? SCRIPT_EXCEPTION : SCRIPT_ANSWER, 2};
}

static void a_register_that_is_not_there_does_not_hide_its_neighbours(void **state)
{
    (void) state;
    rig.play.act = refuse_2;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int poll = 0; poll < 5; poll++) {
        char flags[6] = "-----";

        for (int i = 0; i < 5; i++) {
            const struct sw_reading r = next_reading();

            assert_true(r.sensor < 5);
            flags[r.sensor] = r.flag;
        }
        CHECK(strcmp(flags, "NNDNN") == 0, "poll %d: flags %s", poll, flags);
    }
    assert_int_equal(asked(1, 0, 5), 1); /* learned at once */
    assert_int_equal(asked(1, 2, 1), 1); /* and remembered */
    assert_true(asked(1, 0, 2) >= 4 && asked(1, 3, 2) >= 4);
}

static void a_forbidden_register_in_a_gap_is_no_longer_read_for_nothing(void **state)
{
    (void) state;
    rig.play.act = refuse_2;
    use_tcp();
    add_device(1, 20000, (const uint16_t[]){0, 1, 3}, 3, 8);
    go();
    for (int i = 0; i < 4; i++) {
        expect(0, 'N', "every value is granted");
        expect(2, 'N', "every value is granted");
    }
    assert_int_equal(asked(1, 0, 4), 1);
    assert_true(asked(1, 0, 2) >= 3);
}

static struct script_reply one_at_a_time(struct play *p, const struct script_request *rq)
{
    (void) p;
    return (struct script_reply){rq->nb > 1 ? SCRIPT_EXCEPTION : SCRIPT_ANSWER, 3};
}

static void a_unit_that_answers_only_short_requests_gets_short_ones(void **state)
{
    (void) state;
    rig.play.act = one_at_a_time;
    use_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 6; i++)
        expect(4, 'N', "every value is granted alone");
    assert_int_equal(asked(1, 0, 5), 2); /* once with gaps allowed, once without */
}

static struct script_reply broken_inside(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_EXCEPTION, 4};
}

static void a_unit_that_reports_its_own_failure_is_a_fault_and_is_asked_on(void **state)
{
    (void) state;
    rig.play.act = broken_inside;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 3; i++)
        expect(4, 'D', "exception 04");
    assert_true(asked(1, 0, 5) >= 3);
    assert_int_equal(stats().devices_failing, 0);
}

/* Frames that are wrong or late */

static struct script_reply first_frame_is_bad(struct play *p, const struct script_request *rq)
{
    static const enum script_act acts[] = {SCRIPT_BAD_CRC, SCRIPT_ANSWER, SCRIPT_WRONG_UNIT};

    return (struct script_reply){p->seen[rq->unit] < SW_ARRAY_SIZE(acts) ? acts[p->seen[rq->unit]] : SCRIPT_ANSWER, 0};
}

static void a_spoilt_frame_is_asked_for_once_more(void **state)
{
    (void) state;
    rig.play.act = first_frame_is_bad;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 4; i++)
        expect(3, 'N', "the second try was good");
    assert_int_equal(device_stats(0).protocol_total, 2);
    assert_int_equal(device_stats(0).timeouts_total, 0);
}

static struct script_reply always_bad_crc_from_1(struct play *p, const struct script_request *rq)
{
    (void) p;
    return (struct script_reply){rq->unit == 1 ? SCRIPT_BAD_CRC : SCRIPT_ANSWER, 0};
}

static void a_unit_that_only_talks_nonsense_spoils_only_its_own_readings(void **state)
{
    (void) state;
    rig.play.act = always_bad_crc_from_1;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    add_device(2, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 3; i++) {
        expect(0, 'B', "bad CRC");
        expect(10, 'N', "the neighbour");
    }
}

static struct script_reply late_1(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){rq->unit == 1 && p->seen[1] == 0 ? SCRIPT_HOLD : SCRIPT_ANSWER, 0};
}

static void late_reply_is_not_taken_for_anothers(void (*use_line)(void))
{
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.play.act = late_1;
    rig.params.probe_backoff_ms = 100;
    use_line();
    add_device(1, 20000, first_five, 5, 0);
    add_device(2, 20000, first_five, 5, 0);
    go();
    expect(0, 'B', "its reply came after the time-out");
    for (int i = 0; i < 5; i++)
        expect(10, 'N', "unit 2 is heard although unit 1 spoke into its turn"); /* next_of checks the values */
    until(0, 'N');
}

static void a_late_reply_is_not_taken_for_the_next_units_on_a_serial_line(void **state)
{
    (void) state;
    late_reply_is_not_taken_for_anothers(use_pty);
    assert_true(device_stats(1).protocol_total >= 1); /* the late frame did come, and was seen through */
}

static void a_late_reply_dies_with_its_connection(void **state)
{
    (void) state;
    late_reply_is_not_taken_for_anothers(use_tcp);
    assert_true(stats().opens_total >= 2);
}

static struct script_reply twice(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_TWICE, 0};
}

static void what_came_unasked_is_thrown_away_before_the_next_request(void **state)
{
    (void) state;
    rig.play.act = twice; /* the second copy would fit the next request, which asks for one register too */
    use_pty();
    add_device(1, 20000, (const uint16_t[]){0, 50}, 2, 0);
    go();
    for (int i = 0; i < 5; i++) {
        expect(0, 'N', "register 0");
        expect(1, 'N', "register 50, and not the echo of register 0"); /* next_of checks the values */
    }
    assert_int_equal(device_stats(0).protocol_total, 0);
}

static struct script_reply stray_id(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] == 1 ? SCRIPT_WRONG_ID : SCRIPT_ANSWER, 0};
}

static void an_answer_to_another_transaction_is_refused(void **state)
{
    (void) state;
    rig.play.act = stray_id;
    use_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 4; i++)
        expect(2, 'N', "asked again on a fresh connection");
    assert_int_equal(device_stats(0).protocol_total, 1);
    assert_int_equal(stats().opens_total, 2);
}

static struct script_reply half_once(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] == 0 ? SCRIPT_HALF : SCRIPT_ANSWER, 0};
}

static void half_a_frame_is_silence_and_does_not_stay_in_the_way(void **state)
{
    (void) state;
    rig.play.act = half_once;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.params.probe_backoff_ms = 10;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    expect(0, 'B', "the rest never came");
    until(0, 'N');
    assert_int_equal(device_stats(0).timeouts_total, 1);
}

/* Lines that come and go */

static struct script_reply answer_and_close(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_ANSWER_AND_CLOSE, 0};
}

static void a_peer_that_closes_after_each_answer_loses_nothing(void **state)
{
    (void) state;
    rig.play.act = answer_and_close;
    use_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(2, 'N', "opened again at once");
    assert_true(stats().opens_total >= 5);
}

static struct script_reply close_four_times(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] < 4 ? SCRIPT_CLOSE : SCRIPT_ANSWER, 0};
}

static void a_peer_that_hangs_up_is_called_again_until_it_answers(void **state)
{
    (void) state;
    rig.play.act = close_four_times;
    use_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    expect(0, 'B', "hung up twice");
    until(0, 'N');
    assert_int_equal(device_stats(0).timeouts_total, 0); /* the line's fault, not the unit's */
}

static void a_port_that_is_not_there_is_found_when_it_comes_and_found_again(void **state)
{
    char dir[] = "/tmp/sw-bus-XXXXXX", link_path[64], pty[64];

    (void) state;
    assert_non_null(mkdtemp(dir));
    snprintf(link_path, sizeof(link_path), "%s/port", dir);
    rig.params.kind = SW_LINE_RTU;
    strcpy(rig.params.port, link_path);
    rig.params.serial = (struct sw_serial){9600, 'N', 8, 1};
    add_device(1, 20000, first_five, 5, 0);
    go(); /* does not wait for it */
    expect(0, 'B', "no port yet");
    assert_false(stats().is_open);
    for (int time = 0; time < 2; time++) { /* plugged in, pulled, back under another number */
        rig.script = bus_script_pty(on_request, &rig.play, pty, sizeof(pty));
        assert_non_null(rig.script);
        assert_int_equal(symlink(pty, link_path), 0);
        until(0, 'N');
        rig.script = bus_script_free(rig.script);
        assert_int_equal(unlink(link_path), 0);
        until(0, 'B');
    }
    assert_int_equal(stats().opens_total, 2);
    rmdir(dir);
}

static void a_file_that_is_no_serial_port_is_said_to_be_none(void **state)
{
    struct sw_bus_params p = {.id = "line", .kind = SW_LINE_RTU, .port = "/dev/null", .serial = {9600, 'N', 8, 1}};
    struct sw_bus *bus = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_bus_new(&p, &bus, &err), SW_OK);
    assert_int_equal(sw_bus_open(bus, &err), SW_E_IO);
    CHECK(strstr(err.msg, "/dev/null") != NULL, "says \"%s\"", err.msg);
    assert_false(sw_bus_is_open(bus));
    assert_null(sw_bus_free(bus));
    assert_null(sw_bus_free(NULL));
}

/* Bounds */

static void readings_that_find_no_room_are_dropped_and_counted(void **state)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;

    (void) state;
    rig.readings = sw_mailbox_free(rig.readings);
    assert_int_equal(sw_mailbox_new(8, 2, sizeof(struct sw_reading), &rig.readings, NULL), SW_OK);
    use_tcp();
    add_device(1, 10000, first_five, 5, 0);
    go();
    while (stats().dropped_total < 20) {
        CHECK(sw_mono_real_us() < give_up_us, "nothing was dropped");
        sched_yield();
    }
    assert_int_equal(sw_mailbox_depth(rig.readings), 6); /* the reserve is not for readings */
    assert_int_equal(stats().readings_total, 6);
}

static const struct start_case {
    const char *why;
    struct sw_bus_params params;
    uint8_t unit;
    size_t n;
    const char *says;
} start_cases[] = {
    {"a rate that libmodbus would take for 9600",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9601, 'N', 8, 1}},
     1,
     1,
     "9601 baud"},
    {"no port", {.id = "b", .kind = SW_LINE_RTU, .serial = {9600, 'N', 8, 1}}, 1, 1, "no serial port"},
    {"a parity that is none",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9600, 'X', 8, 1}},
     1,
     1,
     "parity"},
    {"no host", {.id = "b", .kind = SW_LINE_TCP, .tcp_port = 502}, 1, 1, "host"},
    {"unit 0 on a serial line is everybody",
     {.id = "b", .kind = SW_LINE_RTU, .port = "/dev/ttyS9", .serial = {9600, 'N', 8, 1}},
     0,
     1,
     "unit id 0"},
    {"unit 248 is reserved", {.id = "b", .kind = SW_LINE_TCP, .host = "127.0.0.1"}, 248, 1, "unit id 248"},
    {"a bus without devices", {.id = "b", .kind = SW_LINE_TCP, .host = "127.0.0.1"}, 1, 0, "0 devices"},
};

static void wrong_settings_are_refused_with_a_sentence(void **state)
{
    (void) state;
    add_device(1, 20000, first_five, 5, 0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(start_cases); i++) {
        const struct start_case *c = &start_cases[i];
        struct sw_err err = {0};

        rig.devices[0].unit_id = c->unit;
        CHECK(sw_bus_worker_start(&c->params, rig.devices, c->n, &rig.clock, rig.readings, NULL, &rig.worker, &err) ==
                  SW_E_INVAL,
              "%s: accepted", c->why);
        CHECK(strstr(err.msg, c->says) != NULL, "%s: says \"%s\"", c->why, err.msg);
        assert_null(rig.worker);
    }
}

#define BUS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUS_TEST(a_hundred_registers_are_one_request_and_a_hundred_readings),
        BUS_TEST(a_serial_line_is_read_too_even_byte_by_byte),
        BUS_TEST(readings_carry_the_domain_time_of_their_own_reply),
        BUS_TEST(silence_is_kept_before_each_request),
        BUS_TEST(mute_unit_does_not_stop_its_neighbours_on_a_serial_line),
        BUS_TEST(mute_unit_does_not_stop_its_neighbours_behind_a_converter),
        BUS_TEST(a_converters_nobody_there_is_silence),
        BUS_TEST(a_unit_that_comes_back_is_heard_again),
        BUS_TEST(a_register_that_is_not_there_does_not_hide_its_neighbours),
        BUS_TEST(a_forbidden_register_in_a_gap_is_no_longer_read_for_nothing),
        BUS_TEST(a_unit_that_answers_only_short_requests_gets_short_ones),
        BUS_TEST(a_unit_that_reports_its_own_failure_is_a_fault_and_is_asked_on),
        BUS_TEST(a_spoilt_frame_is_asked_for_once_more),
        BUS_TEST(a_unit_that_only_talks_nonsense_spoils_only_its_own_readings),
        BUS_TEST(a_late_reply_is_not_taken_for_the_next_units_on_a_serial_line),
        BUS_TEST(a_late_reply_dies_with_its_connection),
        BUS_TEST(what_came_unasked_is_thrown_away_before_the_next_request),
        BUS_TEST(an_answer_to_another_transaction_is_refused),
        BUS_TEST(half_a_frame_is_silence_and_does_not_stay_in_the_way),
        BUS_TEST(a_peer_that_closes_after_each_answer_loses_nothing),
        BUS_TEST(a_peer_that_hangs_up_is_called_again_until_it_answers),
        BUS_TEST(a_port_that_is_not_there_is_found_when_it_comes_and_found_again),
        BUS_TEST(a_file_that_is_no_serial_port_is_said_to_be_none),
        BUS_TEST(readings_that_find_no_room_are_dropped_and_counted),
        BUS_TEST(wrong_settings_are_refused_with_a_sentence),
    };

    sw_log_init("test_bus_worker", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
