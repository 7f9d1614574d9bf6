// SPDX-License-Identifier: Apache-2.0
/* Replies that come too late and questions that come back: RTU frames carry no number, and yet none of these is taken
 * for the answer to something else. */
#include "bus_rig.h"

#include <time.h>

#include "sensors/bus.h"

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
    assert_true(stats().foreign_total >= 1); /* the late frame did come, and was seen through */
    assert_int_equal(device_stats(1).protocol_total + device_stats(1).timeouts_total, 0);
}

static void a_late_reply_dies_with_its_connection(void **state)
{
    (void) state;
    late_reply_is_not_taken_for_anothers(use_tcp);
    assert_true(stats().opens_total >= 2);
}

/** Unit 1 keeps its first answer back until it is asked again, and answers that one too. */
static struct script_reply one_late(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] == 0 ? SCRIPT_HOLD : SCRIPT_ANSWER, 0};
}

static void a_late_reply_of_the_same_unit_is_not_taken_for_the_probes(void (*use_line)(void))
{
    static const uint16_t apart[] = {0, 50}; /* two blocks of one register: replies of one length */

    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.params.probe_backoff_ms = 20;
    rig.play.act = one_late;
    use_line();
    add_device(1, 20000, apart, 2, 0);
    go();
    expect(0, 'B', "its reply came after the time-out");
    for (int i = 0; i < 5; i++) {
        until(0, 'N'); /* next_of checks that each value is of its own register */
        until(1, 'N');
    }
}

static void a_late_reply_of_the_same_length_is_not_taken_for_the_probes_on_a_serial_line(void **state)
{
    (void) state;
    a_late_reply_of_the_same_unit_is_not_taken_for_the_probes(use_pty);
}

static void a_late_reply_of_the_same_length_is_not_taken_for_the_probes_behind_a_box(void **state)
{
    (void) state;
    a_late_reply_of_the_same_unit_is_not_taken_for_the_probes(use_rtu_tcp);
}

static struct script_reply mute_once(struct play *p, const struct script_request *rq)
{
    return (struct script_reply){p->seen[rq->unit] == 0 ? SCRIPT_SILENT : SCRIPT_ANSWER, 0};
}

static void a_retry_after_silence_is_made_where_the_site_asks_for_it(void **state)
{
    (void) state;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    rig.play.act = mute_once;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    rig.devices[0].retries = 1;
    go();
    expect(0, 'N', "the second time it answered");
    assert_int_equal(device_stats(0).timeouts_total, 1);
    assert_int_equal(stats().devices_failing, 0);
    bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX);
    /* at once would be after one time-out; the script may have seen the first question late */
    CHECK(rig.log[1].came_us - rig.log[0].came_us >= 3 * SHORT_TIMEOUT_MS * 1000LL / 2,
          "asked again before a late reply had its time");
}

/* Without a worker: one line, one question after the other. */

static struct sw_bus *open_line(void)
{
    struct sw_bus *bus = NULL;
    struct sw_err err = {0};

    use_pty();
    CHECK(sw_bus_new(&rig.params, &bus, &err) == SW_OK && sw_bus_open(bus, &err) == SW_OK, "%s", err.msg);
    return bus;
}

static int ask(struct sw_bus *bus, uint8_t unit, uint8_t fc, uint16_t reg_addr, uint16_t *regs, struct sw_err *err)
{
    const struct sw_bus_request rq = {
        .unit_id = unit, .fc = fc, .reg_addr = reg_addr, .nb = 1, .timeout_ms = SHORT_TIMEOUT_MS};

    return sw_bus_transact(bus, &rq, regs, NULL, err);
}

/** Answers its first question after one and a half time-outs, as a unit that is slow once. */
static struct script_reply slow_once(struct play *p, const struct script_request *rq)
{
    const struct timespec half_as_long_again = {.tv_nsec = SHORT_TIMEOUT_MS * 1500000L};

    if (p->seen[rq->unit] == 0)
        nanosleep(&half_as_long_again, NULL);
    return (struct script_reply){SCRIPT_ANSWER, 0};
}

static void the_next_question_to_a_unit_waits_for_its_late_reply(void **state)
{
    struct sw_err err = {0};
    struct sw_bus *bus;
    uint16_t reg = 0;

    (void) state;
    rig.play.act = slow_once;
    bus = open_line();
    assert_int_equal(ask(bus, 1, 4, 0, &reg, &err), SW_E_TIMEOUT);
    CHECK(ask(bus, 1, 4, 50, &reg, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(reg, 1050); /* 1000 is the late value of register 0 */
    sw_bus_free(bus);
}

/** The adapter hears itself; unit 3 is not there. */
static struct script_reply echo_all(struct play *p, const struct script_request *rq)
{
    (void) p;
    return (struct script_reply){rq->unit == 3 ? SCRIPT_ECHO_ONLY : SCRIPT_ECHO_FIRST, 0};
}

static void an_echo_is_neither_an_answer_nor_a_foreign_frame(void **state)
{
    struct sw_err err = {0};
    struct sw_bus *bus;
    uint16_t reg = 0;

    (void) state;
    rig.play.act = echo_all;
    bus = open_line();
    CHECK(ask(bus, 1, 4, 7, &reg, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(reg, 1007);
    assert_int_equal(ask(bus, 3, 4, 7, &reg, &err), SW_E_TIMEOUT);
    reg = 1;
    CHECK(ask(bus, 3, 5, 2, &reg, &err) == SW_E_TIMEOUT, "an echo was taken for the consent of a coil");
    reg = 1;
    CHECK(ask(bus, 1, 5, 2, &reg, &err) == SW_OK, "%s", err.msg); /* its own frame came behind the echo */
    assert_int_equal(sw_bus_foreign_total(bus), 0);
    sw_bus_free(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUS_TEST(a_late_reply_is_not_taken_for_the_next_units_on_a_serial_line),
        BUS_TEST(a_late_reply_dies_with_its_connection),
        BUS_TEST(a_late_reply_of_the_same_length_is_not_taken_for_the_probes_on_a_serial_line),
        BUS_TEST(a_late_reply_of_the_same_length_is_not_taken_for_the_probes_behind_a_box),
        BUS_TEST(a_retry_after_silence_is_made_where_the_site_asks_for_it),
        BUS_TEST(the_next_question_to_a_unit_waits_for_its_late_reply),
        BUS_TEST(an_echo_is_neither_an_answer_nor_a_foreign_frame),
    };

    sw_log_init("test_bus_late", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
