// SPDX-License-Identifier: Apache-2.0
/* The bus worker on lines that come and go. */
#include "bus_rig.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

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

static void a_line_that_hangs_up_while_idle_is_noticed_then(void **state)
{
    const int64_t give_up_us = sw_mono_real_us() + PATIENCE_US;
    const struct sw_bus_write write = {1, 3, 5, 2, 1, {1}};

    (void) state;
    assert_int_equal(sw_mailbox_new(8, 0, sizeof(struct sw_bus_written), &rig.written, NULL), SW_OK);
    use_pty();
    go(); /* no device is ever due */
    assert_int_equal(sw_bus_worker_write(rig.worker, &write), SW_OK);
    assert_true(sw_mailbox_wait(rig.written, PATIENCE_US));
    while (!stats().is_open)
        CHECK(sw_mono_real_us() < give_up_us, "not open");
    rig.script = bus_script_free(rig.script);
    while (stats().is_open)
        CHECK(sw_mono_real_us() < give_up_us, "still open");
}

static void a_converter_box_is_called_again_for_ever(void **state)
{
    (void) state;
    rig.play.act = close_four_times;
    use_rtu_tcp();
    add_device(1, 20000, first_five, 5, 0);
    go();
    expect(0, 'B', "hung up twice");
    until(0, 'N');
    assert_true(stats().opens_total >= 5);
}

static struct script_reply mute_2(struct play *p, const struct script_request *rq)
{
    (void) p;
    return (struct script_reply){rq->unit == 2 ? SCRIPT_SILENT : SCRIPT_ANSWER, 0};
}

static void a_silent_unit_behind_a_box_does_not_cost_the_connection(void **state)
{
    (void) state;
    rig.play.act = mute_2;
    rig.params.response_timeout_ms = SHORT_TIMEOUT_MS;
    use_rtu_tcp();
    add_device(1, 20000, first_five, 5, 0);
    add_device(2, 20000, first_five, 5, 0);
    go();
    until(10, 'B');
    for (int i = 0; i < 5; i++)
        expect(0, 'N', "the neighbour");
    assert_int_equal(stats().opens_total, 1);
}

static void a_peer_that_vanishes_is_found_within_seconds(void **state)
{
    (void) state;
    for (int kind = 0; kind < 2; kind++) {
        struct sw_bus *bus = NULL;
        struct sw_err err = {0};
        unsigned user_timeout_ms = 0;
        int alive = 0, idle_s = 0, every_s = 0, count = 0;
        socklen_t size = sizeof(int);

        rig.script = bus_script_free(rig.script);
        (kind ? use_tcp : use_rtu_tcp)();
        assert_int_equal(sw_bus_new(&rig.params, &bus, &err), SW_OK);
        CHECK(sw_bus_open(bus, &err) == SW_OK, "%s", err.msg);
        assert_int_equal(getsockopt(sw_bus_fd(bus), SOL_SOCKET, SO_KEEPALIVE, &alive, &size), 0);
        getsockopt(sw_bus_fd(bus), IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, &size);
        getsockopt(sw_bus_fd(bus), IPPROTO_TCP, TCP_KEEPINTVL, &every_s, &size);
        getsockopt(sw_bus_fd(bus), IPPROTO_TCP, TCP_KEEPCNT, &count, &size);
        getsockopt(sw_bus_fd(bus), IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, &size);
        CHECK(alive && idle_s + every_s * count <= 25, "idle: after %d s", idle_s + every_s * count);
        CHECK(user_timeout_ms > 0 && user_timeout_ms <= 10000, "after sending: %u ms", user_timeout_ms);
        sw_bus_free(bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUS_TEST(a_peer_that_closes_after_each_answer_loses_nothing),
        BUS_TEST(a_peer_that_hangs_up_is_called_again_until_it_answers),
        BUS_TEST(a_port_that_is_not_there_is_found_when_it_comes_and_found_again),
        BUS_TEST(a_file_that_is_no_serial_port_is_said_to_be_none),
        BUS_TEST(a_line_that_hangs_up_while_idle_is_noticed_then),
        BUS_TEST(a_converter_box_is_called_again_for_ever),
        BUS_TEST(a_silent_unit_behind_a_box_does_not_cost_the_connection),
        BUS_TEST(a_peer_that_vanishes_is_found_within_seconds),
    };

    sw_log_init("test_bus_lines", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
