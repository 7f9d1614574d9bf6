// SPDX-License-Identifier: Apache-2.0
/* The bus worker on a line that takes its time (tests/support/paced_line): no request within 3.5 characters of the last
 * byte, and every unit that needs its silence is heard. How fast it goes is for tests/bench/bench_line. */
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/crc16.h"
#include "common/log.h"
#include "tests/support/paced_bus.h"

#define PATIENCE_NS 60000000000LL
#define MS 1000000LL

static const struct pace_case {
    const char *why;
    struct paced_setup setup;
    uint64_t polls; /* of each unit, until it is enough */
} pace_cases[] = {
    {"9600 8N1", {"n", 9600, 'N', 1, 5 * MS, 0, 1000, 0}, 3},
    {"9600 8E1: characters of 11 bits", {"e", 9600, 'E', 1, 5 * MS, 0, 1000, 0}, 3},
    {"9600 8N2: 11 bits as well", {"s", 9600, 'N', 2, 5 * MS, 0, 1000, 0}, 3},
    {"19200 8N1", {"m", 19200, 'N', 1, 3 * MS, 0, 1000, 0}, 5},
    {"115200 8N1: 1.75 ms whatever the rate", {"f", 115200, 'N', 1, 2 * MS, 0, 1000, 0}, 20},
    {"a unit that needs 12 ms, as its template says", {"t", 19200, 'N', 1, 3 * MS, 12 * MS, 1000, 12}, 3},
};

static uint64_t fewest_good(const struct paced_bus *b)
{
    uint64_t fewest = UINT64_MAX;

    for (int unit = 1; unit <= PACED_UNITS; unit++)
        fewest = SW_MIN(fewest, paced_bus_good(b, unit));
    return fewest;
}

static void silence_is_kept_and_every_unit_is_heard(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(pace_cases); i++) {
        const struct pace_case *c = &pace_cases[i];
        const int64_t give_up_ns = paced_now_ns() + PATIENCE_NS;
        struct paced_bus *b = paced_bus_new(&c->setup);
        struct paced_stats s;

        while (fewest_good(b) < c->polls * PACED_REGS) {
            CHECK(paced_now_ns() < give_up_ns, "%s: only %llu good readings", c->why,
                  (unsigned long long) fewest_good(b));
            paced_bus_drain(b, PATIENCE_NS / 1000);
        }
        s = paced_bus_line(b);
        CHECK(s.breaches == 0, "%s: %llu of %llu requests too early, the worst after %.3f ms", c->why,
              (unsigned long long) s.breaches, (unsigned long long) s.requests, (double) s.least_silence_ns / 1e6);
        CHECK(s.unheard == 0 && s.garbage == 0, "%s: %llu not heard, %llu no request", c->why,
              (unsigned long long) s.unheard, (unsigned long long) s.garbage);
        CHECK(paced_bus_wrong(b) == 0, "%s: a reading says what nobody said", c->why);
        paced_bus_free(b);
    }
}

static void a_dead_unit_does_not_make_the_others_impatient(void **state)
{
    const struct paced_setup setup = {"d", 19200, 'N', 1, 3 * MS, 0, 1000, 0};
    const int64_t give_up_ns = paced_now_ns() + PATIENCE_NS;
    struct paced_bus *b = paced_bus_new(&setup);

    (void) state;
    paced_bus_set_dead(b, 4, true);
    while (paced_bus_good(b, 5) < 5 * PACED_REGS || paced_bus_missing(b, 4) < 2 * PACED_REGS) {
        CHECK(paced_now_ns() < give_up_ns, "unit 5 is not heard beside a dead unit 4");
        paced_bus_drain(b, PATIENCE_NS / 1000);
    }
    assert_int_equal(paced_bus_line(b).breaches, 0);
    assert_int_equal(paced_bus_line(b).unheard, 0);
    assert_int_equal(paced_bus_good(b, 4), 0);
    paced_bus_free(b);
}

static void two_buses_with_equal_unit_ids_do_not_share_their_dead(void **state)
{
    const struct paced_setup dead = {"a", 19200, 'N', 1, 3 * MS, 0, 1000, 0},
                             well = {"b", 19200, 'N', 1, 3 * MS, 0, 1000, 0};
    const int64_t give_up_ns = paced_now_ns() + PATIENCE_NS;
    struct paced_bus *a = paced_bus_new(&dead), *b;

    (void) state;
    for (int unit = 1; unit <= PACED_UNITS; unit++)
        paced_bus_set_dead(a, unit, true);
    b = paced_bus_new(&well);
    while (paced_bus_missing(a, 3) == 0 || fewest_good(b) < 5 * PACED_REGS) {
        CHECK(paced_now_ns() < give_up_ns, "bus b stands still beside a dead bus a");
        paced_bus_drain(a, 0);
        paced_bus_drain(b, 100000);
    }
    for (int unit = 1; unit <= PACED_UNITS; unit++)
        CHECK(paced_bus_missing(b, unit) == 0, "unit %d of bus b is taken for the dead one of bus a", unit);
    assert_int_equal(paced_bus_stats(b).errors_total, 0);
    assert_int_equal(paced_bus_stats(b).devices_failing, 0);
    assert_true(paced_bus_stats(a).devices_failing > 0);
    paced_bus_free(a);
    paced_bus_free(b);
}

/* The line itself: would it have noticed? */

static struct paced_answer quick(void *ctx, const struct paced_request *rq, uint16_t *regs)
{
    (void) ctx;
    regs[0] = (uint16_t) (1000 * rq->unit);
    return (struct paced_answer){.is_given = true, .think_ns = 4 * MS};
}

static void ask(int fd, uint8_t unit)
{
    uint8_t frame[8] = {unit, 4, 0, 0, 0, 1};
    const uint16_t crc = sw_crc16_modbus(frame, 6);

    frame[6] = (uint8_t) crc;
    frame[7] = (uint8_t) (crc >> 8);
    assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
}

/** Read a reply of one register whole. */
static void hear(int fd, uint8_t unit)
{
    uint8_t reply[7];

    for (size_t n = 0; n < sizeof(reply);) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        ssize_t got;

        CHECK(poll(&pfd, 1, (int) (PATIENCE_NS / MS)) == 1, "unit %u does not answer", (unsigned) unit);
        got = read(fd, reply + n, sizeof(reply) - n);
        assert_true(got > 0);
        n += (size_t) got;
    }
    assert_int_equal(reply[0], unit);
    assert_int_equal(sw_crc16_modbus(reply, sizeof(reply)), 0);
}

static void a_master_that_asks_at_once_is_found_out_and_not_answered(void **state)
{
    const struct paced_format format = {.baud = 300, .char_bits = 11}; /* 3.5 characters are 128 ms */
    char path[64];
    struct paced_line *line = paced_line_new(&format, quick, NULL, path, sizeof(path));
    const int fd = open(path, O_RDWR | O_NOCTTY);
    const int64_t before_ns = paced_now_ns();
    const struct timespec full = {.tv_nsec = 140 * MS};
    struct paced_stats s;

    (void) state;
    assert_true(fd >= 0);
    ask(fd, 1);
    hear(fd, 1);
    /* 8 characters there, 7 back, 4 ms of thinking: it cannot have been faster than the wire */
    assert_true(paced_now_ns() - before_ns >= 15 * 11 * 1000000000LL / 300 + 4 * MS);
    ask(fd, 2); /* at once */
    do {
        s = paced_line_stats(line);
        sched_yield();
    } while (s.requests < 2);
    assert_int_equal(s.answered, 1);
    assert_int_equal(s.breaches, 1);
    assert_int_equal(s.unheard, 1);
    nanosleep(&(struct timespec){.tv_nsec = 8 * 11 * 1000000000LL / 300}, NULL); /* its own bytes go by */
    nanosleep(&full, NULL);
    ask(fd, 3);
    hear(fd, 3);
    s = paced_line_stats(line);
    assert_int_equal(s.requests, 3);
    assert_int_equal(s.breaches, 1);
    assert_int_equal(s.collisions, 0);
    close(fd);
    paced_line_free(line);
}

static void the_ideal_is_what_the_wire_allows(void **state)
{
    const struct paced_format n = {9600, 10}, e = {9600, 11}, f = {115200, 10};

    (void) state;
    /* 21 bytes and 3.5 characters: 24.5 x 10 / 9600 s = 25.520833 ms; with 11 bits 28.072917 ms; and 5 ms */
    assert_in_range(paced_ideal_ns(&n, 4, 5 * MS), 30520800, 30520840);
    assert_in_range(paced_ideal_ns(&e, 4, 5 * MS), 33072880, 33072920);
    /* 21 x 10 / 115200 s = 1.822917 ms, and 1.75 ms */
    assert_in_range(paced_ideal_ns(&f, 4, 0), 3572880, 3572920);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ideal_is_what_the_wire_allows),
        cmocka_unit_test(a_master_that_asks_at_once_is_found_out_and_not_answered),
        cmocka_unit_test(silence_is_kept_and_every_unit_is_heard),
        cmocka_unit_test(a_dead_unit_does_not_make_the_others_impatient),
        cmocka_unit_test(two_buses_with_equal_unit_ids_do_not_share_their_dead),
    };

    sw_log_init("test_bus_pace", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
