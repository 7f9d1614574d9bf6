// SPDX-License-Identifier: Apache-2.0
/* Orders to write, and lending the line: what is reported is what a peer of raw bytes did. */
#include "bus_rig.h"

static int set_up_written(void **state)
{
    const int rc = set_up(state);

    return rc < 0 ? rc : sw_mailbox_new(64, 0, sizeof(struct sw_bus_written), &rig.written, NULL);
}

static struct sw_bus_written next_written(void)
{
    struct sw_bus_written w = {0};

    CHECK(sw_mailbox_wait(rig.written, PATIENCE_US), "nothing became of the order");
    assert_int_equal(sw_mailbox_take(rig.written, &w, 1), 1);
    return w;
}

static struct sw_bus_written order(struct sw_bus_write write)
{
    struct sw_bus_written w;

    CHECK(sw_bus_worker_write(rig.worker, &write) == SW_OK, "order %u is not taken", write.id);
    w = next_written();
    assert_int_equal(w.id, write.id);
    return w;
}

static const struct sw_bus_write orders[] = {
    {1, 3, 5, 7, 1, {1}},
    {2, 3, 5, 7, 1, {0}},
    {3, 3, 6, 11, 1, {0xBEEF}},
    {4, 3, 15, 0, 10, {1, 0, 1, 1, 0, 0, 1, 1, 1, 0}},
    {5, 3, 16, 20, 3, {10, 258, 65535}},
};

static void every_write_is_read_back(void (*use_line)(void))
{
    use_line();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (size_t i = 0; i < SW_ARRAY_SIZE(orders); i++) {
        const struct sw_bus_write *o = &orders[i];
        const int64_t before_us = sw_clock_utc_us(&rig.clock);
        const struct sw_bus_written w = order(*o);

        CHECK(w.how == SW_WRITTEN && w.why[0] == '\0', "FC%02u: %d %s", o->fc, (int) w.how, w.why);
        assert_int_equal(w.nb, o->nb);
        assert_memory_equal(w.read, o->values, o->nb * sizeof(o->values[0]));
        for (size_t k = 0; k < o->nb; k++)
            assert_int_equal((o->fc == 5 || o->fc == 15 ? rig.play.coils : rig.play.holding)[o->reg_addr + k],
                             o->values[k]);
        CHECK(w.start_utc_us >= before_us - 1000 && w.end_utc_us > w.start_utc_us, "its time");
    }
    expect(0, 'N', "polls go on");
    assert_int_equal(stats().writes_total, SW_ARRAY_SIZE(orders));
    assert_int_equal(stats().errors_total, 0);
}

static void every_write_is_read_back_on_a_serial_line(void **state)
{
    (void) state;
    every_write_is_read_back(use_pty);
}

static void every_write_is_read_back_by_tcp(void **state)
{
    (void) state;
    every_write_is_read_back(use_tcp);
}

static void every_write_is_read_back_through_a_converter_box(void **state)
{
    (void) state;
    every_write_is_read_back(use_rtu_tcp);
}

/* The peer's answers to the write and to reading it back */
static struct {
    _Atomic enum script_act write, read;
} acts;

static struct script_reply as_told(struct play *p, const struct script_request *rq)
{
    (void) p;
    if (rq->unit != 3)
        return (struct script_reply){SCRIPT_ANSWER, 0};
    return (struct script_reply){rq->fc >= 5 ? acts.write : acts.read, 3};
}

static const struct truth_case {
    const char *why;
    enum script_act write, read;
    bool is_ignored;
    enum sw_bus_written_how want;
    const char *says;
} truth_cases[] = {
    {"accepted and done", SCRIPT_ANSWER, SCRIPT_ANSWER, false, SW_WRITTEN, ""},
    {"accepted and not done", SCRIPT_ANSWER, SCRIPT_ANSWER, true, SW_WRITTEN_DIFFERS, "1 reads back as 0"},
    {"it does not let itself be read", SCRIPT_ANSWER, SCRIPT_EXCEPTION, false, SW_WRITTEN_UNREAD, "not allowed"},
    {"accepted, then gone", SCRIPT_ANSWER, SCRIPT_SILENT, false, SW_WRITTEN_SILENT, "no answer"},
    {"refused", SCRIPT_EXCEPTION, SCRIPT_ANSWER, false, SW_WRITTEN_REFUSED, "not allowed"},
    {"silence: nobody knows", SCRIPT_SILENT, SCRIPT_ANSWER, false, SW_WRITTEN_SILENT, "no answer"},
    {"a garbled answer: reading tells", SCRIPT_BAD_CRC, SCRIPT_ANSWER, false, SW_WRITTEN, ""},
    {"garbled, and not done", SCRIPT_BAD_CRC, SCRIPT_ANSWER, true, SW_WRITTEN_DIFFERS, "garbled"},
};

static void what_is_reported_is_what_holds(void **state)
{
    (void) state;
    rig.play.act = as_told;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    for (size_t i = 0; i < SW_ARRAY_SIZE(truth_cases); i++) {
        const struct truth_case *c = &truth_cases[i];
        struct sw_bus_written w;

        rig.play.coils[2] = 0;
        rig.play.ignores_writes = c->is_ignored;
        acts.write = c->write;
        acts.read = c->read;
        w = order((struct sw_bus_write){(uint32_t) i, 3, 5, 2, 1, {1}});
        CHECK(w.how == c->want, "%s: %d (%s)", c->why, (int) w.how, w.why);
        CHECK(strstr(w.why, c->says) != NULL && (c->says[0] || !w.why[0]), "%s: says \"%s\"", c->why, w.why);
    }
    expect(0, 'N', "the neighbour is asked on");
}

static void an_order_is_carried_out_once_even_when_nobody_answers(void **state)
{
    (void) state;
    rig.play.act = as_told;
    acts.write = SCRIPT_SILENT;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    use_pty();
    go();
    assert_int_equal(order((struct sw_bus_write){1, 3, 6, 2, 1, {9}}).how, SW_WRITTEN_SILENT);
    assert_int_equal(bus_script_log(rig.script, rig.log, 1), 1);
}

static void orders_are_carried_out_in_order_and_only_so_many_wait(void **state)
{
    struct sw_bus_write write = {0, 3, 6, 0, 1, {0}};
    uint32_t given = 0;

    (void) state;
    rig.play.act = as_told;
    acts.write = SCRIPT_SILENT;
    acts.read = SCRIPT_ANSWER;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    use_pty();
    go();
    while (sw_bus_worker_write(rig.worker, &write) == SW_OK && given < 100)
        write.id = ++given;
    CHECK(given >= SW_BUS_WRITES_MAX && given <= SW_BUS_WRITES_MAX + 1, "%u were taken",
          given); /* one may be under way */
    assert_int_equal(sw_bus_worker_write(rig.worker, &write), SW_E_FULL);
    acts.write = SCRIPT_ANSWER;
    for (uint32_t i = 0; i < given; i++)
        assert_int_equal(next_written().id, i);
}

static _Atomic(struct sw_bus_worker *) started;

/** While the first block of a poll is being read, an order arrives. */
static struct script_reply order_in_the_poll(struct play *p, const struct script_request *rq)
{
    const struct sw_bus_write write = {1, 3, 6, 0, 1, {5}};

    while (rq->unit == 1 && p->seen[1] == 0 && !started)
        sched_yield();
    if (rq->unit == 1 && p->seen[1] == 0)
        sw_bus_worker_write(started, &write);
    return (struct script_reply){SCRIPT_ANSWER, 0};
}

static void an_order_waits_for_one_request_and_not_for_a_whole_device(void **state)
{
    static const uint16_t apart[] = {0, 20, 40, 60};

    (void) state;
    rig.play.act = order_in_the_poll;
    use_pty();
    add_device(1, 20000, apart, 4, 0);
    started = NULL;
    go();
    started = rig.worker;
    assert_int_equal(next_written().how, SW_WRITTEN);
    bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX);
    assert_true(rig.log[0].unit == 1 && rig.log[0].fc == 4);
    assert_true(rig.log[1].unit == 3 && rig.log[1].fc == 6);
    assert_true(rig.log[2].unit == 3 && rig.log[2].fc == 3);
    expect(3, 'N', "the poll goes on after it");
}

static void a_bus_without_readings_can_be_written_to(void **state)
{
    (void) state;
    use_tcp();
    go();
    assert_int_equal(order((struct sw_bus_write){1, 3, 5, 2, 1, {1}}).how, SW_WRITTEN);
    assert_int_equal(stats().opens_total, 1);
}

static void without_a_line_an_order_is_not_sent_and_this_is_said(void **state)
{
    struct sw_bus_written w;

    (void) state;
    rig.params.kind = SW_LINE_RTU;
    strcpy(rig.params.port, "/dev/there-is-no-such-port");
    rig.params.serial = (struct sw_serial){9600, 'N', 8, 1};
    add_device(1, 20000, first_five, 5, 0);
    go();
    w = order((struct sw_bus_write){1, 3, 5, 2, 1, {1}});
    CHECK(w.how == SW_WRITTEN_NO_LINE && strstr(w.why, "not sent"), "%d %s", (int) w.how, w.why);
}

static const struct {
    struct sw_bus_write write;
    int want;
} refused[] = {
    {{1, 3, 3, 0, 1, {0}}, SW_E_INVAL},      {{1, 3, 5, 0, 1, {2}}, SW_E_INVAL},  {{1, 0, 5, 0, 1, {1}}, SW_E_INVAL},
    {{1, 248, 6, 0, 1, {1}}, SW_E_INVAL},    {{1, 3, 16, 0, 0, {1}}, SW_E_INVAL}, {{1, 3, 16, 0, 65, {1}}, SW_E_INVAL},
    {{1, 3, 16, 65535, 2, {1}}, SW_E_INVAL}, {{1, 3, 6, 0, 2, {1}}, SW_E_INVAL},
};

static void orders_that_cannot_be_are_refused(void **state)
{
    (void) state;
    use_pty();
    add_device(1, SW_US_PER_S, first_five, 5, 0);
    go();
    for (size_t i = 0; i < SW_ARRAY_SIZE(refused); i++)
        CHECK(sw_bus_worker_write(rig.worker, &refused[i].write) == refused[i].want, "order %zu is taken", i);
    rig.worker = sw_bus_worker_stop(rig.worker);
    rig.written = sw_mailbox_free(rig.written);
    go();
    assert_int_equal(sw_bus_worker_write(rig.worker, &orders[0]), SW_E_DENIED);
}

/* Lending the line */

static void wait_for_pause(bool want)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;

    while (sw_bus_worker_is_paused(rig.worker) != want) {
        CHECK(sw_mono_real_us() < give_up_us, "paused stays %d", !want);
        sched_yield();
    }
}

static void a_line_that_is_lent_is_left_alone_and_taken_back(void **state)
{
    struct sw_bus_request rq = {.unit_id = 9, .fc = 4, .nb = 1, .timeout_ms = 2000};
    struct sw_bus *scan = NULL;
    struct sw_err err = {0};
    uint16_t reg = 0;

    (void) state;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    expect(0, 'N', "ours");
    sw_bus_worker_pause(rig.worker, sw_mono_real_us() + 3600 * SW_US_PER_S);
    wait_for_pause(true);
    assert_int_equal(sw_bus_new(&rig.params, &scan, &err), SW_OK);
    CHECK(sw_bus_open(scan, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_bus_transact(scan, &rq, &reg, NULL, &err) == SW_OK && reg == 9000, "%s", err.msg);
    until(0, 'M');
    expect(4, 'M', "nobody is to blame");
    assert_int_equal(order((struct sw_bus_write){1, 3, 5, 2, 1, {1}}).how, SW_WRITTEN_NO_LINE);
    assert_true(stats().is_paused && !stats().is_open);
    assert_int_equal(stats().devices_failing, 0);
    sw_bus_free(scan);
    sw_bus_worker_pause(rig.worker, 0);
    wait_for_pause(false);
    until(0, 'N');
}

static void a_pause_ends_by_itself(void **state)
{
    (void) state;
    use_pty();
    add_device(1, 20000, first_five, 5, 0);
    go();
    sw_bus_worker_pause(rig.worker, sw_mono_real_us() + 100000);
    until(0, 'M');
    until(0, 'N');
    assert_false(sw_bus_worker_is_paused(rig.worker));
}

#define WRITE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_written, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITE_TEST(every_write_is_read_back_on_a_serial_line),
        WRITE_TEST(every_write_is_read_back_by_tcp),
        WRITE_TEST(every_write_is_read_back_through_a_converter_box),
        WRITE_TEST(what_is_reported_is_what_holds),
        WRITE_TEST(an_order_is_carried_out_once_even_when_nobody_answers),
        WRITE_TEST(orders_are_carried_out_in_order_and_only_so_many_wait),
        WRITE_TEST(an_order_waits_for_one_request_and_not_for_a_whole_device),
        WRITE_TEST(a_bus_without_readings_can_be_written_to),
        WRITE_TEST(without_a_line_an_order_is_not_sent_and_this_is_said),
        WRITE_TEST(orders_that_cannot_be_are_refused),
        WRITE_TEST(a_line_that_is_lent_is_left_alone_and_taken_back),
        WRITE_TEST(a_pause_ends_by_itself),
    };

    sw_log_init("test_bus_write", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
