// SPDX-License-Identifier: Apache-2.0
/* The bus worker against units that misbehave and frames that are wrong. */
#include "bus_rig.h"

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

/* Frames that are wrong */

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

static struct script_reply foreign_first(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_FOREIGN_FIRST, 0};
}

static void a_foreign_frame_before_the_answer_costs_nothing(void **state)
{
    (void) state;
    rig.play.act = foreign_first;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(4, 'N', "the right frame came after somebody else's"); /* next_of checks the values */
    assert_int_equal(stats().errors_total, 0);
    assert_true(stats().foreign_total >= 5);
}

static struct script_reply noise_first(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_NOISE_FIRST, 0};
}

static void noise_before_the_answer_costs_nothing(void **state)
{
    (void) state;
    rig.play.act = noise_first;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(4, 'N', "a line without bias makes a byte or two when a driver wakes up");
    assert_int_equal(stats().errors_total, 0);
}

static void a_dead_units_probe_is_one_value_and_not_its_whole_plan(void **state)
{
    (void) state;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.params.probe_backoff_ms = 20;
    rig.play.act = mute_2;
    use_pty();
    add_device(2, 20000, first_five, 5, 0);
    go();
    while (rig.play.seen[2] < 4)
        expect(0, 'B', "silence");
    assert_int_equal(asked(2, 0, 5), 1);
    assert_true(asked(2, 0, 1) >= 3);
    assert_true(device_stats(0).probes_total >= 3);
}

static struct script_reply busy_once(struct play *p, const struct script_request *rq)
{
    static const uint8_t codes[] = {5, 6, 8, 1};

    return p->seen[rq->unit] < SW_ARRAY_SIZE(codes) ? (struct script_reply){SCRIPT_EXCEPTION, codes[p->seen[rq->unit]]}
                                                    : (struct script_reply){SCRIPT_ANSWER, 0};
}

static void a_busy_unit_has_no_value_and_is_asked_for_all_again(void **state)
{
    (void) state;
    rig.play.act = busy_once;
    use_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (int i = 0; i < 4; i++)
        expect(0, 'D', "exceptions 5, 6, 8 and 1 are answers");
    expect(0, 'N', "no longer busy");
    assert_int_equal(bus_script_log(rig.script, NULL, 0), asked(1, 0, 5)); /* nothing was split */
    assert_int_equal(device_stats(0).exceptions_total, 4);
}

static void round_trips_are_told(void **state)
{
    struct sw_device_stats s;

    (void) state;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    add_device(2, SW_US_PER_S * 1000, first_five, 5, 0);
    go();
    for (int i = 0; i < 5; i++)
        expect(0, 'N', "answers");
    s = device_stats(0);
    CHECK(s.rtt_p50_us > 0 && s.rtt_p99_us >= s.rtt_p50_us && s.rtt_p99_us < PATIENCE_US, "p50 %d us, p99 %d us",
          s.rtt_p50_us, s.rtt_p99_us);
}

static struct script_reply mute(struct play *p, const struct script_request *rq)
{
    (void) p;
    (void) rq;
    return (struct script_reply){SCRIPT_SILENT, 0};
}

static void a_dead_unit_does_not_touch_the_one_of_the_same_id_on_another_bus(void **state)
{
    struct sw_bus_params params = {.id = "dead", .kind = SW_LINE_RTU, .serial = {115200, 'N', 8, 1}};
    struct play play = {.act = mute};
    struct bus_script *script = bus_script_pty(on_request, &play, params.port, sizeof(params.port));
    struct sw_bus_worker *dead = NULL;
    struct sw_mailbox *readings = NULL;
    struct sw_device device;
    struct sw_bus_stats s;
    struct sw_err err = {0};

    (void) state;
    assert_non_null(script);
    params.response_timeout_ms = SHORT_TIMEOUT_MS;
    params.probe_backoff_ms = 20;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    assert_int_equal(
        sw_device_init(&device, "same", &rig.templates[0], 1, 20000, (const uint16_t[]){0, 1, 2, 3, 4}, &err), SW_OK);
    assert_int_equal(sw_mailbox_new(4096, 16, sizeof(struct sw_reading), &readings, NULL), SW_OK);
    assert_int_equal(sw_bus_worker_start(&params, &device, 1, &rig.clock, readings, NULL, &dead, &err), SW_OK);
    go();
    do {
        expect(0, 'N', "unit 1 of the other bus lives");
        sw_bus_worker_stats(dead, &s);
    } while (s.timeouts_total < 3);
    assert_int_equal(stats().errors_total, 0);
    assert_int_equal(stats().devices_failing, 0);
    assert_int_equal(s.devices_failing, 1);
    sw_bus_worker_stop(dead);
    bus_script_free(script);
    sw_device_done(&device);
    sw_mailbox_free(readings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        BUS_TEST(what_came_unasked_is_thrown_away_before_the_next_request),
        BUS_TEST(an_answer_to_another_transaction_is_refused),
        BUS_TEST(half_a_frame_is_silence_and_does_not_stay_in_the_way),
        BUS_TEST(a_foreign_frame_before_the_answer_costs_nothing),
        BUS_TEST(noise_before_the_answer_costs_nothing),
        BUS_TEST(a_dead_units_probe_is_one_value_and_not_its_whole_plan),
        BUS_TEST(a_busy_unit_has_no_value_and_is_asked_for_all_again),
        BUS_TEST(round_trips_are_told),
        BUS_TEST(a_dead_unit_does_not_touch_the_one_of_the_same_id_on_another_bus),
    };

    sw_log_init("test_bus_faults", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
