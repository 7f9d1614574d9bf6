// SPDX-License-Identifier: Apache-2.0
/* Serial ports: what is asked of the driver, and what is said when it or the system refuses. A pty has no parity, no
 * RS-485 and, for root, no permissions; so these calls go through the test first. */
#include "bus_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#define SETS_MAX 256

int __real_tcsetattr(int fd, int when, const struct termios *t);
int __wrap_tcsetattr(int fd, int when, const struct termios *t);
int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, ...);

/* What was asked */
static struct {
    int64_t at_us;
    int when;
    speed_t speed;
    tcflag_t form;
} sets[SETS_MAX];
static atomic_uint n_sets, n_opens;
static bool has_rs485;
static uint32_t rs485_flags;
static const char *denied_path; /* open fails with EACCES */

int __wrap_tcsetattr(int fd, int when, const struct termios *t)
{
    const unsigned i = n_sets % SETS_MAX;

    sets[i].at_us = sw_mono_real_us();
    sets[i].when = when;
    sets[i].speed = cfgetospeed(t);
    sets[i].form = t->c_cflag & (CSIZE | CSTOPB | PARENB | PARODD);
    n_sets++;
    return __real_tcsetattr(fd, when, t);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    if (has_rs485 && request == TIOCGRS485) {
        *(struct serial_rs485 *) arg = (struct serial_rs485){.delay_rts_before_send = 3};
        return 0;
    }
    if (has_rs485 && request == TIOCSRS485) {
        const struct serial_rs485 *rs485 = arg;

        rs485_flags = rs485->delay_rts_before_send == 3 ? rs485->flags : 0; /* what the driver had given is kept */
        return 0;
    }
    return __real_ioctl(fd, request, arg);
}

int __wrap_open(const char *path, int flags, ...)
{
    n_opens++;
    if (denied_path && strcmp(path, denied_path) == 0) {
        errno = EACCES;
        return -1;
    }
    return __real_open(path, flags, 0);
}

static int set_up_port(void **state)
{
    n_sets = n_opens = 0;
    has_rs485 = false;
    rs485_flags = 0;
    denied_path = NULL;
    return set_up(state);
}

static struct sw_bus *new_bus(void)
{
    struct sw_bus *bus = NULL;
    struct sw_err err = {0};

    CHECK(sw_bus_new(&rig.params, &bus, &err) == SW_OK, "%s", err.msg);
    return bus;
}

/** The setting that held when a request came. */
static unsigned set_before(int64_t at_us)
{
    unsigned found = 0;

    for (unsigned i = 0; i < n_sets && sets[i].at_us <= at_us; i++)
        found = i;
    return found;
}

static void units_of_different_speed_and_parity_share_a_pair(void **state)
{
    size_t n;
    bool has_both = false;

    (void) state;
    use_pty();
    rig.params.serial = (struct sw_serial){9600, 'N', 8, 1};
    add_device(1, 10000, first_five, 5, 0);
    add_device(2, 10000, first_five, 5, 0);
    rig.devices[1].serial = (struct sw_serial){4800, 'E', 8, 1};
    go();
    for (int i = 0; i < 5; i++) {
        until(0, 'N');
        until(10, 'N');
    }
    rig.worker = sw_bus_worker_stop(rig.worker);
    n = bus_script_log(rig.script, rig.log, SCRIPT_LOG_MAX);
    for (size_t i = 0; i < n; i++) {
        const unsigned set = set_before(rig.log[i].came_us);
        const bool is_second = rig.log[i].unit == 2;

        CHECK(sets[set].speed == (is_second ? B4800 : B9600), "request %zu to unit %u at another speed", i,
              rig.log[i].unit);
        CHECK(sets[set].form == (is_second ? CS8 | PARENB : CS8), "request %zu in another format", i);
        CHECK(sets[set].when == TCSADRAIN, "set before the line was drained");
        /* 3.5 characters at 4800 baud, the slower one; 11 bits with parity: 8020 us; 10 without would be 7292 */
        if (i > 0 && rig.log[i].unit != rig.log[i - 1].unit)
            CHECK(rig.log[i].came_us - sets[set].at_us >= 8020, "request %zu %lld us after the change", i,
                  (long long) (rig.log[i].came_us - sets[set].at_us));
        has_both |= is_second;
    }
    assert_true(has_both);
}

static void units_that_speak_alike_cost_no_change(void **state)
{
    (void) state;
    use_pty();
    n_sets = 0; /* the peer's own */
    add_device(1, 10000, first_five, 5, 0);
    add_device(2, 10000, first_five, 5, 0);
    rig.devices[1].serial = rig.params.serial;
    go();
    for (int i = 0; i < 3; i++)
        until(10, 'N');
    assert_int_equal(n_sets, 1);
}

static void a_format_that_the_driver_does_not_do_is_said_and_used(void **state)
{
    struct sw_bus *bus;
    struct sw_err err = {0};
    char note[200];

    (void) state;
    use_pty();
    n_sets = 0;                                              /* the peer's own */
    rig.params.serial = (struct sw_serial){9600, 'E', 8, 1}; /* a pty drops the parity without a word */
    bus = new_bus();
    CHECK(sw_bus_open(bus, &err) == SW_OK, "%s", err.msg);
    assert_true(sets[0].form & PARENB);
    assert_true(sw_bus_take_note(bus, note, sizeof(note)));
    CHECK(strstr(note, "8E1") && strstr(note, rig.params.port), "says \"%s\"", note);
    assert_false(sw_bus_take_note(bus, note, sizeof(note)));
    sw_bus_free(bus);
}

static void a_port_in_use_is_said_to_be_with_who_holds_it(void **state)
{
    struct sw_bus *bus;
    struct sw_err err = {0};
    int told[2], hold[2];
    char byte, pid_text[32];
    pid_t pid;

    (void) state;
    use_pty();
    assert_true(pipe(told) == 0 && pipe(hold) == 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const int fd = __real_open(rig.params.port, O_RDWR | O_NOCTTY, 0);

        flock(fd, LOCK_EX);
        close(hold[1]);
        _exit(write(told[1], "x", 1) == 1 && read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(hold[0]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    bus = new_bus();
    assert_int_equal(sw_bus_open(bus, &err), SW_E_IO);
    snprintf(pid_text, sizeof(pid_text), "process %d", (int) pid);
    CHECK(strstr(err.msg, "in use") && strstr(err.msg, pid_text), "says \"%s\"", err.msg);
    close(hold[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(told[0]);
    close(told[1]);
    CHECK(sw_bus_open(bus, &err) == SW_OK, "free again, but %s", err.msg);
    sw_bus_free(bus);
}

static void a_port_is_ours_alone_while_it_is_open(void **state)
{
    struct sw_bus *first, *second;
    struct sw_err err = {0};

    (void) state;
    use_pty();
    first = new_bus();
    second = new_bus();
    assert_int_equal(sw_bus_open(first, &err), SW_OK);
    assert_int_equal(sw_bus_open(second, &err), SW_E_IO);
    CHECK(strstr(err.msg, "in use"), "says \"%s\"", err.msg);
    sw_bus_close(first);
    CHECK(sw_bus_open(second, &err) == SW_OK, "%s", err.msg);
    sw_bus_free(first);
    sw_bus_free(second);
}

static void a_port_without_permission_says_which_group_helps(void **state)
{
    struct sw_bus *bus;
    struct sw_err err = {0};

    (void) state;
    rig.params = (struct sw_bus_params){.id = "b", .kind = SW_LINE_RTU, .serial = {9600, 'N', 8, 1}};
    strcpy(rig.params.port, "/dev/ttyUSB77");
    denied_path = rig.params.port;
    bus = new_bus();
    assert_int_equal(sw_bus_open(bus, &err), SW_E_IO);
    assert_int_equal(err.detail, EACCES);
    CHECK(strstr(err.msg, "/dev/ttyUSB77") && strstr(err.msg, "add the user to group dialout"), "says \"%s\"", err.msg);
    sw_bus_free(bus);
}

static void a_port_that_is_not_there_asks_for_the_adapter(void **state)
{
    struct sw_bus *bus;
    struct sw_err err = {0};

    (void) state;
    rig.params = (struct sw_bus_params){.id = "b", .kind = SW_LINE_RTU, .serial = {9600, 'N', 8, 1}};
    strcpy(rig.params.port, "/dev/serial/by-id/gone");
    bus = new_bus();
    assert_int_equal(sw_bus_open(bus, &err), SW_E_IO);
    CHECK(strstr(err.msg, "plugged in"), "says \"%s\"", err.msg);
    sw_bus_free(bus);
}

static void an_absent_port_is_looked_for_ever_more_rarely(void **state)
{
    (void) state;
    rig.params.kind = SW_LINE_RTU;
    rig.params.serial = (struct sw_serial){9600, 'N', 8, 1};
    strcpy(rig.params.port, "/dev/serial/by-id/gone");
    add_device(1, 10000, first_five, 1, 0);
    go();
    for (int i = 0; i < 100; i++)
        expect(0, 'B', "no port");
    CHECK(n_opens <= 10, "opened %u times in 100 turns of 10 ms", (unsigned) n_opens); /* after 10, 20, 40 … ms */
}

static void the_driver_is_asked_to_switch_the_direction_where_it_can(void **state)
{
    for (int offered = 0; offered < 2; offered++) {
        struct sw_bus *bus;
        struct sw_err err = {0};
        char note[200];

        has_rs485 = offered;
        if (!rig.script)
            use_pty();
        rig.params.has_rs485 = true;
        bus = new_bus();
        CHECK(sw_bus_open(bus, &err) == SW_OK, "%s", err.msg);
        assert_int_equal(rs485_flags, offered ? SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND : 0);
        assert_int_equal(sw_bus_take_note(bus, note, sizeof(note)), !offered);
        if (!offered)
            CHECK(strstr(note, "RS-485") && strstr(note, "going on"), "says \"%s\"", note);
        sw_bus_free(bus);
    }
    (void) state;
}

#define PORT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_port, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(units_of_different_speed_and_parity_share_a_pair),
        PORT_TEST(units_that_speak_alike_cost_no_change),
        PORT_TEST(a_format_that_the_driver_does_not_do_is_said_and_used),
        PORT_TEST(a_port_in_use_is_said_to_be_with_who_holds_it),
        PORT_TEST(a_port_is_ours_alone_while_it_is_open),
        PORT_TEST(a_port_without_permission_says_which_group_helps),
        PORT_TEST(a_port_that_is_not_there_asks_for_the_adapter),
        PORT_TEST(an_absent_port_is_looked_for_ever_more_rarely),
        PORT_TEST(the_driver_is_asked_to_switch_the_direction_where_it_can),
    };

    sw_log_init("test_bus_port", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
