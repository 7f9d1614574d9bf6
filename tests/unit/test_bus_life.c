// SPDX-License-Identifier: Apache-2.0
/* Eight hours in the life of a bus on which everything goes wrong (tests/support/faulty_line), in half a minute: the
 * real worker and the real door to libmodbus on a clock that runs fast. Afterwards each reading is held against the log
 * of what was really said: by this unit, of this register, to this very request, at this time, and once. SW_LIFE_SEED=n
 * another life     SW_LIFE_RUNS=n   so many, one after the other */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "sensors/bus_worker.h"
#include "tests/support/faulty_line.h"

#define SPEED 960.0
#define LIFE_US (8 * 3600 * SW_US_PER_S) /* domain */
#define EPOCH_US 1772409600000000LL      /* 2026-03-02 00:00:00 UTC */
#define INTERVAL_US (60 * SW_US_PER_S)
#define PATIENCE_US (60 * SW_US_PER_S) /* real: until who should be heard again is given up */
#define TIMEOUT_MS 20
#define PROBE_BACKOFF_MS 40
#define READINGS_MAX 400000
#define LEVEL_ITEM 3 /* and 7: a quantity of an interval, stamped with its start */
#define SECOND_BLOCK 100

struct taken {
    struct sw_reading reading;
    int64_t taken_us; /* domain: it had come by then */
};

static struct life {
    struct sw_clock clock;
    struct sw_mailbox *readings;
    struct sw_channel channels[FAULTY_ITEMS];
    struct sw_template template_;
    struct sw_device devices[FAULTY_UNITS];
    struct faulty_line *line;
    struct sw_bus_worker *worker;
    char folder[32], path[64];
    size_t n;
    struct taken taken[READINGS_MAX];
    uint8_t is_used[FAULTY_LOG_MAX]; /* a bit an item: that answer was a reading already */
} life;

static bool is_level(unsigned item)
{
    return item % 4 == LEVEL_ITEM;
}

/** Raw 32 bits as a number that the quantity may have, and exactly: a power of two, or that above 30 dB. */
static struct sw_reg_value value_of(unsigned item)
{
    return (struct sw_reg_value){.quantity = is_level(item) ? SW_QUANTITY_LAEQ : SW_QUANTITY_PM10,
                                 .fc = 4,
                                 .reg_addr = (uint16_t) (item < 4 ? 2 * item : SECOND_BLOCK + 2 * (item - 4)),
                                 .type = SW_REG_U32,
                                 .order = SW_ORDER_ABCD,
                                 .scale = is_level(item) ? 0x1p-26 : 0x1p-16,
                                 .offset = is_level(item) ? 30 : 0,
                                 .valid_min = NAN,
                                 .valid_max = NAN};
}

static double raw_of(unsigned item, double value)
{
    return is_level(item) ? (value - 30) * 0x1p26 : value * 0x1p16;
}

static void add_devices(void)
{
    struct sw_err err = {0};

    life.template_ = (struct sw_template){.id = "life",
                                          .driver = "registers",
                                          .interval_ms = 1000,
                                          .max_block = 125,
                                          .n_channels = FAULTY_ITEMS,
                                          .channels = life.channels};
    for (unsigned i = 0; i < FAULTY_ITEMS; i++) {
        life.channels[i] = (struct sw_channel){.n_values = 1, .values = {value_of(i)}};
        snprintf(life.channels[i].id, SW_ID_SIZE, "c%u", i);
    }
    CHECK(sw_template_validate(&life.template_, &err) == SW_OK, "%s", err.msg);
    for (unsigned u = 0; u < FAULTY_UNITS; u++) {
        uint16_t sensors[FAULTY_ITEMS];
        char id[16];

        for (unsigned i = 0; i < FAULTY_ITEMS; i++)
            sensors[i] = (uint16_t) (FAULTY_ITEMS * u + i);
        snprintf(id, sizeof(id), "unit-%u", u + 1);
        CHECK(sw_device_init(&life.devices[u], id, &life.template_, (uint8_t) (u + 1), INTERVAL_US, sensors, &err) ==
                  SW_OK,
              "%s", err.msg);
    }
}

static void begin(uint64_t seed)
{
    struct sw_bus_params params = {.id = "life",
                                   .kind = SW_LINE_RTU,
                                   .serial = {115200, 'N', 8, 1},
                                   .response_timeout_ms = TIMEOUT_MS,
                                   .probe_backoff_ms = PROBE_BACKOFF_MS,
                                   .reopen_backoff_ms = 5};
    struct sw_err err = {0};

    memset(&life, 0, sizeof(life));
    snprintf(life.folder, sizeof(life.folder), "/tmp/sw-life-XXXXXX");
    assert_non_null(mkdtemp(life.folder));
    snprintf(life.path, sizeof(life.path), "%s/port", life.folder);
    snprintf(params.port, sizeof(params.port), "%s", life.path);
    assert_int_equal(sw_clock_init_simulated(&life.clock, EPOCH_US, SPEED, sw_mono_real_us(), &err), SW_OK);
    assert_int_equal(sw_mailbox_new(16384, 16, sizeof(struct sw_reading), &life.readings, &err), SW_OK);
    add_devices();
    life.line = faulty_line_new(seed, &life.clock, life.path);
    assert_non_null(life.line);
    CHECK(sw_bus_worker_start(&params, life.devices, FAULTY_UNITS, &life.clock, life.readings, NULL, &life.worker,
                              &err) == SW_OK,
          "%s", err.msg);
}

static void take_readings(void)
{
    struct sw_reading r;

    while (sw_mailbox_take(life.readings, &r, 1) == 1) {
        assert_true(life.n < READINGS_MAX);
        life.taken[life.n++] = (struct taken){r, sw_clock_mono_us(&life.clock)};
    }
}

/** Has every unit said something since reading number `from`? */
static bool all_heard(size_t from)
{
    unsigned heard = 0;

    for (size_t i = from; i < life.n; i++) {
        if (life.taken[i].reading.flag == 'N')
            heard |= 1u << life.taken[i].reading.sensor / FAULTY_ITEMS;
    }
    return heard == (1u << FAULTY_UNITS) - 1;
}

static void live(uint64_t seed)
{
    int64_t give_up_us;
    size_t calm_from;

    while (sw_clock_mono_us(&life.clock) < LIFE_US) {
        sw_mailbox_wait(life.readings, 100000);
        take_readings();
    }
    faulty_line_calm(life.line);
    calm_from = life.n;
    give_up_us = sw_mono_real_us() + PATIENCE_US;
    while (!all_heard(calm_from)) {
        CHECK(sw_mono_real_us() < give_up_us, "seed %llu: some unit is not heard again once all is well",
              (unsigned long long) seed);
        sw_mailbox_wait(life.readings, 100000);
        take_readings();
    }
}

/* The proof */

static bool covers(const struct faulty_request *rq, unsigned item)
{
    const struct sw_reg_value v = value_of(item);

    return v.reg_addr >= rq->addr && v.reg_addr + 2 <= rq->addr + rq->nb;
}

/** A reading with a value. @return NULL, or what is wrong with it */
static const char *wrong_with(const struct sw_reading *r, const struct faulty_request *log, size_t n_log)
{
    const unsigned unit = r->sensor / FAULTY_ITEMS + 1, item = r->sensor % FAULTY_ITEMS;
    const int64_t forth_us = is_level(item) ? INTERVAL_US : 0, mono_us = r->t_mono_us + forth_us,
                  utc_us = r->t_utc_us - EPOCH_US + forth_us;
    const double number = raw_of(item, r->value);
    const uint32_t raw = number >= 0 && number < 0x1p32 ? (uint32_t) number : 0;
    const size_t seq = raw & 0x1FFFFFF;
    const struct faulty_request *rq = &log[SW_MIN(seq, FAULTY_LOG_MAX - 1)];
    const int64_t next_us = seq + 1 < n_log ? log[seq + 1].came_us : INT64_MAX;

    if (seq < n_log && rq->is_doubtful)
        return NULL;
    if (raw != number || raw != faulty_raw(unit, item, seq))
        return "no unit ever said that of this register";
    if (seq >= n_log || rq->unit != unit || !covers(rq, item))
        return "the unit was not asked for this register then";
    if (!rq->is_answered)
        return "the reply was spoilt, late, or somebody else's";
    if (mono_us < rq->replied_us || mono_us > next_us || utc_us < rq->replied_us || utc_us > next_us)
        return "it is not stamped with the time of its own reply";
    if ((life.is_used[seq] & 1u << item) != 0)
        return "one answer became two readings";
    life.is_used[seq] |= (uint8_t) (1u << item);
    return NULL;
}

static void check_missing(uint64_t seed, const struct taken *t)
{
    const struct sw_reading *r = &t->reading;

    CHECK(r->flag == 'B' || r->flag == 'D', "seed %llu: no value with flag %c", (unsigned long long) seed, r->flag);
    CHECK(r->t_mono_us <= t->taken_us && r->t_utc_us - EPOCH_US <= t->taken_us,
          "seed %llu: a missing value from the future", (unsigned long long) seed);
}

static size_t check_readings(uint64_t seed)
{
    const struct faulty_request *log;
    const size_t n_log = faulty_line_log(life.line, &log);
    int64_t last_us[FAULTY_UNITS * FAULTY_ITEMS];
    size_t good = 0;

    memset(last_us, 0, sizeof(last_us));
    for (size_t i = 0; i < life.n; i++) {
        const struct sw_reading *r = &life.taken[i].reading;
        const char *wrong;

        CHECK(r->sensor < FAULTY_UNITS * FAULTY_ITEMS, "a reading of sensor %u, which there is not",
              (unsigned) r->sensor);
        CHECK(r->quantity == (is_level(r->sensor % FAULTY_ITEMS) ? SW_QUANTITY_LAEQ : SW_QUANTITY_PM10),
              "sensor %u: another quantity", (unsigned) r->sensor);
        CHECK(r->t_mono_us + INTERVAL_US > last_us[r->sensor],
              "seed %llu, sensor %u: a reading older than the one before", (unsigned long long) seed,
              (unsigned) r->sensor);
        last_us[r->sensor] = r->t_mono_us + INTERVAL_US;
        if (isnan(r->value)) {
            check_missing(seed, &life.taken[i]);
            continue;
        }
        CHECK(r->flag == 'N', "seed %llu: a value with flag %c", (unsigned long long) seed, r->flag);
        wrong = wrong_with(r, log, n_log);
        CHECK(wrong == NULL, "seed %llu, unit %d item %d, value %.17g at %lld us: %s", (unsigned long long) seed,
              r->sensor / FAULTY_ITEMS + 1, r->sensor % FAULTY_ITEMS, r->value, (long long) r->t_mono_us, wrong);
        good++;
    }
    return good;
}

static void check_life(uint64_t seed)
{
    const struct faulty_request *log;
    const size_t n_log = faulty_line_log(life.line, &log);
    size_t seen[FAULT__COUNT] = {0}, doubtful = 0, good;
    struct sw_bus_stats stats;

    sw_bus_worker_stats(life.worker, &stats);
    life.worker = sw_bus_worker_stop(life.worker);
    take_readings();
    good = check_readings(seed);
    for (size_t i = 0; i < n_log; i++) {
        seen[log[i].fault]++;
        doubtful += log[i].is_doubtful;
    }
    print_message("seed %llu: %zu requests, %zu readings with a value, %zu without; opened %llu times, overruns %llu;",
                  (unsigned long long) seed, n_log, good, life.n - good, (unsigned long long) stats.opens_total,
                  (unsigned long long) stats.overruns_total);
    for (int f = 0; f < FAULT__COUNT; f++)
        print_message(" %s %zu", fault_name((enum fault) f), seen[f]);
    print_message("\n");
    for (int f = 0; f < FAULT__COUNT; f++)
        CHECK(seen[f] > 0, "seed %llu: the fault \"%s\" did not happen", (unsigned long long) seed,
              fault_name((enum fault) f));
    CHECK(doubtful < seen[FAULT_AGAIN], "seed %llu: this machine is too slow to speak into a silence",
          (unsigned long long) seed);
    CHECK(good > 4000, "seed %llu: only %zu readings", (unsigned long long) seed, good);
    CHECK(stats.dropped_total == 0, "readings were dropped");
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void nothing_is_wrong_and_nothing_invented_in_eight_hours(void **state)
{
    const uint64_t first = from_environment("SW_LIFE_SEED", 1), runs = from_environment("SW_LIFE_RUNS", 1);

    (void) state;
    for (uint64_t seed = first; seed < first + runs; seed++) {
        begin(seed);
        live(seed);
        check_life(seed);
        faulty_line_free(life.line);
        for (size_t u = 0; u < FAULTY_UNITS; u++)
            sw_device_done(&life.devices[u]);
        sw_mailbox_free(life.readings);
        rmdir(life.folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_wrong_and_nothing_invented_in_eight_hours)};

    sw_log_init("test_bus_life", SW_LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
