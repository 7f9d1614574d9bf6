// SPDX-License-Identifier: Apache-2.0
/* The scanner on a line that a table plays: units with registers, units that refuse, mumble, dawdle or do not know a
 * function. Time is counted, not waited for. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/scan.h"
#include "cli/scan_dump.h"

#define N9600                                                                                                          \
    {                                                                                                                  \
        9600, 'N', 8, 1                                                                                                \
    }
#define N4800                                                                                                          \
    {                                                                                                                  \
        4800, 'N', 8, 1                                                                                                \
    }

/* ---- the models ---- */

#define VALUE(q, f, reg, s)                                                                                            \
    {                                                                                                                  \
        .quantity = q, .fc = f, .reg_addr = reg, .scale = s, .valid_min = NAN, .valid_max = NAN                        \
    }

static struct sw_channel noise_channels[] = {
    {.id = "noise", .n_values = 1, .values = {VALUE(SW_QUANTITY_LAF, 3, 0, 0.1)}}};
static struct sw_channel vane_channels[] = {
    {.id = "wind-dir", .n_values = 1, .values = {VALUE(SW_QUANTITY_WIND_DIR, 3, 1, 1)}}};
static struct sw_channel dust_channels[] = {
    {.id = "pm2-5", .n_values = 1, .values = {VALUE(SW_QUANTITY_PM2_5, 4, 10, 0.1)}},
    {.id = "pm10", .n_values = 1, .values = {VALUE(SW_QUANTITY_PM10, 4, 12, 0.1)}},
};

#define COMMON .driver = "registers", .interval_ms = 1000, .response_timeout_ms = 500, .max_gap = 4, .max_block = 125

static const struct sw_template models[] = {
    {.id = "dust",
     COMMON,
     .sure = SW_SURE_CONFIRMED,
     .serial = N9600,
     .unit_id = 87,
     .n_channels = 2,
     .channels = dust_channels,
     .n_fingerprints = 2,
     .fingerprints = {{4, 0, 1, 0x296, 0x296}, {4, 1, 1, 0x3343, 0x3343}}},
    {.id = "noise",
     COMMON,
     .sure = SW_SURE_CONFIRMED,
     .serial = N9600,
     .unit_id = 1,
     .n_channels = 1,
     .channels = noise_channels,
     .n_fingerprints = 1,
     .fingerprints = {{3, 0, 1, 200, 1400}}},
    {.id = "noise-deluxe",
     COMMON,
     .sure = SW_SURE_UNVERIFIED,
     .serial = N9600,
     .unit_id = 1,
     .n_channels = 1,
     .channels = noise_channels,
     .n_fingerprints = 2,
     .fingerprints = {{3, 0, 1, 300, 1300}, {3, 100, 1, 1, 59999}}},
    {.id = "noise-rumour",
     COMMON,
     .sure = SW_SURE_SECONDARY,
     .serial = N9600,
     .unit_id = 1,
     .n_channels = 1,
     .channels = noise_channels,
     .n_fingerprints = 1,
     .fingerprints = {{3, 0, 1, 0, 5000}}},
    {.id = "vane",
     COMMON,
     .sure = SW_SURE_CONFIRMED,
     .serial = N4800,
     .unit_id = 1,
     .n_channels = 1,
     .channels = vane_channels,
     .n_fingerprints = 2,
     .fingerprints = {{3, 0, 2, 0, 15}, {3, 1, 1, 0, 360}}},
};

/* ---- the line ---- */

#define REGS_MAX 8

struct fake_unit {
    struct sw_serial serial;
    uint8_t unit_id;
    int answer_ms;                   /* slower than asked for: a time-out, and the answer spoils a later question */
    bool is_mumbling;                /* bytes, never a frame */
    int mumbles;                     /* so many times, then it is well */
    int refuses;                     /* this exception to everything; 0 = only to registers that it has not */
    bool is_deaf3, is_deaf4, is_shy; /* does not know a function and says nothing; says nothing to what it has not */
    struct {
        uint8_t fc;
        uint16_t reg_addr, value;
    } regs[REGS_MAX];
};

struct line {
    struct fake_unit *units;
    size_t n;
    uint32_t questions, others; /* others: functions that write */
    int64_t time_ms, late_at_ms;
    int lost_after; /* questions until the adapter is pulled out; 0 = never */
    volatile int stop;
    int stop_after;
};

static bool has(const struct fake_unit *u, uint8_t fc, uint32_t reg_addr, uint16_t *ret)
{
    for (size_t i = 0; i < REGS_MAX; i++) {
        if (u->regs[i].fc == fc && u->regs[i].reg_addr == reg_addr) {
            *ret = u->regs[i].value;
            return true;
        }
    }
    return false;
}

static int fake_reply(struct fake_unit *u, const struct sw_bus_request *rq, uint16_t *regs, struct sw_err *err)
{
    if (u->is_mumbling || u->mumbles-- > 0)
        return sw_err_set(err, SW_E_PROTOCOL, 0, "bad CRC");
    if ((rq->fc == 3 && u->is_deaf3) || (rq->fc == 4 && u->is_deaf4))
        return SW_E_TIMEOUT;
    if (u->refuses > 0)
        return sw_err_set(err, SW_E_EXCEPTION, u->refuses, "refused");
    for (uint16_t i = 0; i < rq->nb; i++)
        if (!has(u, rq->fc, rq->reg_addr + i, &regs[i]))
            return u->is_shy ? SW_E_TIMEOUT : (int) sw_err_set(err, SW_E_EXCEPTION, 2, "no such register");
    return SW_OK;
}

static int fake_ask(void *ctx, const struct sw_bus_request *rq, uint16_t *regs, struct sw_err *err)
{
    struct line *l = ctx;
    const int64_t begin_ms = l->time_ms;
    int rc = SW_E_TIMEOUT;

    l->questions++;
    l->others += rq->fc != 3 && rq->fc != 4;
    if (l->lost_after && (int) l->questions > l->lost_after)
        return sw_err_set(err, SW_E_IO, 5, "the port is gone");
    if (l->stop_after && (int) l->questions >= l->stop_after)
        l->stop = 1;
    for (size_t i = 0; i < l->n && rc == SW_E_TIMEOUT; i++) {
        struct fake_unit *u = &l->units[i];

        if (u->unit_id != rq->unit_id || !sw_serial_same(&u->serial, &rq->serial))
            continue;
        if (u->answer_ms > rq->timeout_ms) {
            l->late_at_ms = begin_ms + u->answer_ms;
            continue;
        }
        rc = fake_reply(u, rq, regs, err);
    }
    l->time_ms += rc == SW_E_TIMEOUT ? rq->timeout_ms : 20;
    if (rc == SW_E_TIMEOUT && l->late_at_ms > begin_ms && l->late_at_ms <= l->time_ms) {
        l->late_at_ms = 0;
        return sw_err_set(err, SW_E_PROTOCOL, 0, "an answer of somebody else");
    }
    return rc;
}

static struct sw_scan scan_of(struct line *l)
{
    return (struct sw_scan){
        .templates = models, .n_templates = SW_ARRAY_SIZE(models), .ask = fake_ask, .ctx = l, .stop = &l->stop};
}

static struct sw_scan run(struct line *l, int only_unit)
{
    static struct sw_scan_step steps[SW_SCAN_STEPS_MAX];
    const struct sw_scan_want want = {.only_unit = only_unit};
    const size_t n = sw_scan_plan(models, SW_ARRAY_SIZE(models), &want, steps, SW_SCAN_STEPS_MAX);
    struct sw_scan s = scan_of(l);
    struct sw_err err = {0};

    CHECK(sw_scan_run(&s, steps, n, &err) == SW_OK, "%s", err.msg);
    CHECK(l->others == 0, "a scan only reads");
    return s;
}

/* ---- the tests ---- */

static const struct found_case {
    const char *why;
    struct fake_unit unit;
    enum sw_scan_result result;
    int exception;
    const char *best; /* template; NULL = none */
    size_t n_candidates;
    double value; /* of the best one's first value */
} found_cases[] = {
    {"nobody", {.serial = N9600, .unit_id = 200}, SW_SCAN_SILENT, 0, NULL, 0, 0},
    {"the noise sensor: 653 is 65.3 dB; the rumour fits too, and comes second",
     {.serial = N9600, .unit_id = 1, .regs = {{3, 0, 653}}},
     SW_SCAN_MATCHED,
     0,
     "noise",
     2,
     65.3},
    {"more signs win although nobody is sure of the list",
     {.serial = N9600, .unit_id = 1, .regs = {{3, 0, 978}, {3, 100, 7901}}},
     SW_SCAN_MATCHED,
     0,
     "noise-deluxe",
     3,
     97.8},
    {"at another address than the factory's",
     {.serial = N9600, .unit_id = 9, .regs = {{3, 0, 536}}},
     SW_SCAN_MATCHED,
     0,
     "noise",
     2,
     53.6},
    {"at another speed than the factory's: asked when nothing of this speed fits",
     {.serial = N9600, .unit_id = 5, .regs = {{3, 0, 7}, {3, 1, 225}}, .refuses = 0},
     SW_SCAN_MATCHED,
     0,
     "noise-rumour",
     1,
     0.7},
    {"a speed of its own",
     {.serial = N4800, .unit_id = 1, .regs = {{3, 0, 5}, {3, 1, 225}}},
     SW_SCAN_MATCHED,
     0,
     "vane",
     1,
     225},
    {"input registers only, and silent about the others",
     {.serial = N9600,
      .unit_id = 87,
      .is_deaf3 = true,
      .regs = {{4, 0, 0x296}, {4, 1, 0x3343}, {4, 10, 123}, {4, 12, 456}}},
     SW_SCAN_MATCHED,
     0,
     "dust",
     1,
     12.3},
    {"a gap that it refuses: asked for less, as the gateway does",
     {.serial = N9600, .unit_id = 3, .regs = {{4, 0, 0x296}, {4, 1, 0x3343}, {4, 10, 85}, {4, 12, 120}}},
     SW_SCAN_MATCHED,
     0,
     "dust",
     1,
     8.5},
    {"registers that no template knows",
     {.serial = N9600, .unit_id = 4, .regs = {{3, 0, 9000}}},
     SW_SCAN_UNKNOWN,
     0,
     NULL,
     0,
     0},
    {"refuses everything", {.serial = N9600, .unit_id = 6, .refuses = 1}, SW_SCAN_EXCEPTION, 1, NULL, 0, 0},
    {"mumbles", {.serial = N9600, .unit_id = 7, .is_mumbling = true}, SW_SCAN_GARBLED, 0, NULL, 0, 0},
    {"one disturbance is no finding",
     {.serial = N9600, .unit_id = 8, .mumbles = 1, .regs = {{3, 0, 700}}},
     SW_SCAN_MATCHED,
     0,
     "noise",
     2,
     70},
    {"a slow unit is found by its late answer",
     {.serial = N9600, .unit_id = 12, .answer_ms = 250, .regs = {{3, 0, 611}}},
     SW_SCAN_MATCHED,
     0,
     "noise",
     2,
     61.1},
};

static void each_unit_is_told_for_what_it_is(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(found_cases); i++) {
        const struct found_case *c = &found_cases[i];
        struct fake_unit unit = c->unit;
        struct line l = {.units = &unit, .n = 1};
        struct sw_scan s = run(&l, -1);
        const struct sw_scan_unit *u = sw_scan_find(&s, unit.unit_id);
        const char *best = u && u->n_candidates > 0 ? u->candidates[0].template_->id : NULL;

        CHECK((u == NULL) == (c->result == SW_SCAN_SILENT), "%s: heard or not", c->why);
        CHECK(s.n_units == (u != NULL), "%s: %zu units were found", c->why, s.n_units);
        if (!u) {
            sw_scan_done(&s);
            continue;
        }
        CHECK(u->result == c->result, "%s: result %d, not %d", c->why, u->result, c->result);
        CHECK(u->exception == c->exception, "%s: exception %d", c->why, u->exception);
        CHECK((best == NULL) == (c->best == NULL) && (!best || strcmp(best, c->best) == 0), "%s: it is taken for %s",
              c->why, best ? best : "nothing");
        CHECK(u->n_candidates == c->n_candidates, "%s: %zu candidates", c->why, u->n_candidates);
        if (best)
            CHECK(u->values[0].flag == 'N' && fabs(u->values[0].value - c->value) < 1e-9, "%s: %g (%c), not %g", c->why,
                  u->values[0].value, u->values[0].flag, c->value);
        sw_scan_done(&s);
    }
}

static void a_template_of_another_speed_is_the_last_resort(void **state)
{
    struct fake_unit unit = {.serial = N4800, .unit_id = 3, .regs = {{3, 0, 653}}};
    struct line l = {.units = &unit, .n = 1};
    struct sw_scan s = run(&l, 3);

    (void) state;
    assert_int_equal(s.n_units, 1);
    assert_string_equal(s.units[0].candidates[0].template_->id, "noise");
    assert_false(s.units[0].candidates[0].fits_speed);
    sw_scan_done(&s);
}

static void a_value_that_cannot_be_is_shown_without_a_number(void **state)
{
    /* the noise range of the template is the quantity's: 0 to 150 dB; 1400 tenths are 140, the last that match */
    struct fake_unit unit = {.serial = N4800, .unit_id = 1, .regs = {{3, 0, 5}, {3, 1, 360}}};
    struct line l = {.units = &unit, .n = 1};
    struct sw_scan s = run(&l, 1);

    (void) state;
    assert_true(s.units[0].values[0].flag == 'N' && s.units[0].values[0].value == 360);
    sw_scan_done(&s);
    unit.regs[1].value = 359;
    unit.regs[0].reg_addr = 7; /* it no longer gives both at once: no template knows it */
    l = (struct line){.units = &unit, .n = 1};
    s = run(&l, 1);
    assert_int_equal(s.units[0].result, SW_SCAN_EXCEPTION);
    sw_scan_done(&s);
}

static void two_units_of_one_address_at_two_speeds_are_both_found(void **state)
{
    struct fake_unit units[] = {{.serial = N9600, .unit_id = 1, .regs = {{3, 0, 653}}},
                                {.serial = N4800, .unit_id = 1, .regs = {{3, 0, 5}, {3, 1, 90}}}};
    struct line l = {.units = units, .n = 2};
    struct sw_scan s = run(&l, -1);

    (void) state;
    assert_int_equal(s.n_units, 2);
    assert_true(s.units[0].result == SW_SCAN_MATCHED && s.units[1].result == SW_SCAN_MATCHED);
    sw_scan_done(&s);
}

static void the_tally_counts_each_address_once(void **state)
{
    struct fake_unit units[] = {{.serial = N9600, .unit_id = 2, .is_mumbling = true},
                                {.serial = N9600, .unit_id = 12, .answer_ms = 250, .regs = {{3, 0, 611}}}};
    struct line l = {.units = units, .n = 2};
    struct sw_scan s = run(&l, -1);
    uint32_t asked = 0, silent = 0, garbled = 0, answered = 0;

    (void) state;
    for (size_t i = 0; i < s.n_tallies; i++) {
        asked += s.tallies[i].asked;
        silent += s.tallies[i].silent;
        garbled += s.tallies[i].garbled;
        answered += s.tallies[i].answered;
    }
    assert_int_equal(asked, 1 + 2 + 15 + 15); /* 4800: 1; 9600: 1 and 87; 2 to 16 at both */
    assert_int_equal(garbled, 1);
    assert_int_equal(answered, 1);
    assert_int_equal(silent, asked - 2);
    sw_scan_done(&s);
}

static void a_converters_own_refusal_is_silence(void **state)
{
    struct fake_unit units[] = {
        {.unit_id = 1, .refuses = 11}, {.unit_id = 2, .refuses = 10}, {.unit_id = 3, .refuses = 4}};
    static struct sw_scan_step steps[SW_SCAN_STEPS_MAX];
    const struct sw_scan_want want = {.only_unit = -1, .is_tcp = true};
    struct line l = {.units = units, .n = 3};
    const size_t n = sw_scan_plan(models, SW_ARRAY_SIZE(models), &want, steps, SW_SCAN_STEPS_MAX);
    struct sw_scan s = scan_of(&l);
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_scan_run(&s, steps, n, &err), SW_OK);
    assert_int_equal(s.n_units, 1);
    assert_int_equal(s.units[0].unit_id, 3);
    assert_int_equal(s.units[0].exception, 4);
    sw_scan_done(&s);
}

static void what_was_found_stays_when_the_line_is_lost_or_the_scan_is_stopped(void **state)
{
    static struct sw_scan_step steps[SW_SCAN_STEPS_MAX];
    const struct sw_scan_want want = {.only_unit = -1};
    const size_t n = sw_scan_plan(models, SW_ARRAY_SIZE(models), &want, steps, SW_SCAN_STEPS_MAX);

    (void) state;
    for (int how = 0; how < 2; how++) {
        struct fake_unit unit = {.serial = N9600, .unit_id = 1, .regs = {{3, 0, 653}}};
        struct line l = {.units = &unit, .n = 1, .lost_after = how == 0 ? 30 : 0, .stop_after = how == 1 ? 30 : 0};
        struct sw_scan s = scan_of(&l);
        struct sw_err err = {0};

        CHECK(sw_scan_run(&s, steps, n, &err) == (how == 0 ? SW_E_IO : SW_OK), "way %d: %s", how, err.msg);
        CHECK(s.is_stopped == (how == 1), "way %d: stopped", how);
        CHECK(s.n_units == 1 && s.units[0].result == SW_SCAN_MATCHED, "way %d: the unit found before is kept", how);
        CHECK(s.steps_done < n, "way %d: it ended early", how);
        sw_scan_done(&s);
    }
}

static void a_dump_shows_what_can_be_read_and_where_it_is_refused(void **state)
{
    struct fake_unit unit = {.serial = N9600,
                             .unit_id = 5,
                             .is_deaf4 = true,
                             .regs = {{3, 0, 9000}, {3, 1, 77}, {3, 2, 5}, {3, 17, 1}, {3, 100, 42}}};
    static struct sw_scan_dump dump;
    struct line l = {.units = &unit, .n = 1};
    struct sw_scan s = run(&l, 5);
    struct sw_err err = {0};
    unsigned good = 0;

    (void) state;
    assert_int_equal(s.units[0].result, SW_SCAN_UNKNOWN);
    assert_int_equal(sw_scan_dump_read(models, SW_ARRAY_SIZE(models), &s.units[0], fake_ask, &l, NULL, &dump, &err),
                     SW_OK);
    for (size_t i = 0; i < dump.n; i++) {
        const struct sw_scan_register *r = &dump.regs[i];
        uint16_t want = 0;
        const bool is_there = has(&unit, r->fc, r->reg_addr, &want);

        CHECK(i == 0 || r->fc > r[-1].fc || r->reg_addr > r[-1].reg_addr, "register %u out of order", r->reg_addr);
        CHECK((r->code == SW_OK) == (is_there && r->fc == 3), "FC%02u %u: code %d", r->fc, r->reg_addr, r->code);
        CHECK(r->code != SW_OK || r->value == want, "FC%02u %u is %u", r->fc, r->reg_addr, r->value);
        CHECK(r->fc == 4 || r->code == SW_OK || r->exception == 2, "FC%02u %u: exception %d", r->fc, r->reg_addr,
              r->exception);
        good += r->code == SW_OK;
    }
    assert_int_equal(good, 5); /* also 100, which is near a register that a template knows */
    assert_int_equal(l.others, 0);
    sw_scan_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_unit_is_told_for_what_it_is),
        cmocka_unit_test(a_template_of_another_speed_is_the_last_resort),
        cmocka_unit_test(a_value_that_cannot_be_is_shown_without_a_number),
        cmocka_unit_test(two_units_of_one_address_at_two_speeds_are_both_found),
        cmocka_unit_test(the_tally_counts_each_address_once),
        cmocka_unit_test(a_converters_own_refusal_is_silence),
        cmocka_unit_test(what_was_found_stays_when_the_line_is_lost_or_the_scan_is_stopped),
        cmocka_unit_test(a_dump_shows_what_can_be_read_and_where_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
