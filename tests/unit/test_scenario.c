// SPDX-License-Identifier: Apache-2.0
/* Scenario rows, recordings, faults and the values they give. Expected levels are hand arithmetic; instants are from
 * Python's datetime. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/node_regmap.h"
#include "firmware/port/host/sim_csv.h"
#include "firmware/port/host/sim_fault.h"
#include "firmware/port/host/sim_scenario.h"

#define T0_US 1772458800000000LL /* 2026-03-02T21:40:00+08:00 */
#define S_US 1000000LL
#define AT "\"at\":\"2026-03-02T21:40:00+08:00\",\"unit\":1"

static const struct bad_row {
    const char *why, *text, *says;
} bad_rows[] = {
    {"no JSON", "{\"at\"", "t:1: not a JSON object on one line"},
    {"a list", "[1]", "t:1: a row must be a JSON object"},
    {"nothing at all", "\n \n", "t: there is no row in it"},
    {"only a header", "{\"scenario\":\"x\"}", "t: there is no row in it"},
    {"a header in the second line", "{" AT ",\"fault\":\"none\"}\n{\"scenario\":\"x\"}",
     "t:2: a row has no key \"scenario\""},
    {"no time", "{\"unit\":1,\"fault\":\"none\"}", "t:1: \"at\" is missing"},
    {"a time without offset", "{\"at\":\"2026-03-02T21:40:00\",\"unit\":1,\"fault\":\"none\"}", "t:1: \"at\": "},
    {"unit 0", "{\"at\":\"2026-03-02T21:40:00Z\",\"unit\":0,\"fault\":\"none\"}", "\"unit\" must be 1 … 247"},
    {"unit 248", "{\"at\":\"2026-03-02T21:40:00Z\",\"unit\":248,\"fault\":\"none\"}", "\"unit\" must be 1 … 247"},
    {"no unit", "{\"at\":\"2026-03-02T21:40:00Z\",\"fault\":\"none\"}", "\"unit\" must be 1 … 247"},
    {"a key that is not known", "{" AT ",\"sett\":{}}", "a row has no key \"sett\""},
    {"a key twice", "{" AT ",\"unit\":2,\"fault\":\"none\"}", "not a JSON object on one line"},
    {"a row that changes nothing", "{" AT "}", "the row changes nothing"},
    {"an empty set", "{" AT ",\"set\":{}}", "at least one quantity"},
    {"an unknown quantity", "{" AT ",\"set\":{\"laeq\":60}}", "there is no quantity \"laeq\""},
    {"an input, which is no register", "{" AT ",\"set\":{\"door\":1}}", "there is no quantity \"door\""},
    {"a level that cannot be", "{" AT ",\"set\":{\"LAeq\":151}}", "LAeq 151 is not in 0 … 150 dBA"},
    {"a level as text", "{" AT ",\"set\":{\"LAeq\":\"60\"}}", "neither a number nor null"},
    {"a negative ramp", "{" AT ",\"set\":{\"LAeq\":60},\"ramp_s\":-1}", "\"ramp_s\" must be"},
    {"a jitter in dB without a level", "{" AT ",\"set\":{\"PM10\":60},\"jitter_db\":1}", "nothing to act on"},
    {"a jitter without a quantity but levels", "{" AT ",\"set\":{\"LAeq\":60},\"jitter\":1}", "nothing to act on"},
    {"an unknown fault", "{" AT ",\"fault\":\"dead\"}", "\"fault\" must be"},
    {"a code without exception", "{" AT ",\"fault\":\"silent\",\"code\":2}", "\"code\" belongs to"},
    {"exception 0", "{" AT ",\"fault\":\"exception\",\"code\":0}", "\"code\" belongs to"},
    {"an unknown map", "{" AT ",\"map\":\"node\"}", "\"map\" must be one of siteward-node, rs-zs-bz, rs-fsjt, ramp"},
    {"an unknown status", "{" AT ",\"status\":[\"fire\"]}", "\"status\" knows"},
    {"a row out of order",
     "{" AT ",\"fault\":\"none\"}\n{\"at\":\"2026-03-02T21:39:59+08:00\",\"unit\":1,\"fault\":\"none\"}",
     "t:2: \"at\" is earlier than in the row before"},
};

static void a_bad_row_is_refused_with_file_line_and_a_sentence(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_rows); i++) {
        const struct bad_row *c = &bad_rows[i];
        struct sw_scenario *s = NULL;
        struct sw_err err = {0};
        const int rc = sw_scenario_parse("t", c->text, strlen(c->text), &s, &err);

        CHECK(rc < 0 && !s, "%s: was taken", c->why);
        CHECK(strstr(err.msg, c->says), "%s: says \"%s\"", c->why, err.msg);
    }
}

static char *repeat(const char *row, size_t n)
{
    const size_t len = strlen(row);
    char *text = malloc(n * len + 1);

    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, row, len);
    text[n * len] = '\0';
    return text;
}

static void ten_thousand_rows_are_taken_and_one_more_is_not(void **state)
{
    char *text = repeat("{" AT ",\"fault\":\"none\"}\n", SW_SCENARIO_ROWS_MAX + 1);
    const size_t row = strlen(text) / (SW_SCENARIO_ROWS_MAX + 1);
    struct sw_scenario *s = NULL;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_scenario_parse("t", text, row * SW_SCENARIO_ROWS_MAX, &s, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_scenario_rows(s), SW_SCENARIO_ROWS_MAX);
    s = sw_scenario_free(s);
    CHECK(sw_scenario_parse("t", text, strlen(text), &s, &err) == SW_E_FULL, "10,001 rows were taken");
    CHECK(strcmp(err.msg, "t:10001: more than 10000 rows") == 0, "says \"%s\"", err.msg);
    free(text);
}

static struct sw_sim_site site; /* large: kept off the stack */

static struct sw_scenario *play(const char *text, int64_t now_us)
{
    struct sw_scenario *s = NULL;
    struct sw_err err = {0};

    CHECK(sw_scenario_parse("t", text, strlen(text), &s, &err) == SW_OK, "%s", err.msg);
    sw_sim_site_init(&site, T0_US, 9600);
    sw_scenario_prepare(s, &site);
    sw_scenario_play(s, &site, now_us);
    return s;
}

static const char ramp_text[] =
    "{\"scenario\":\"ramp\"}\n"
    "{" AT ",\"set\":{\"LAeq\":50}}\n\n"
    "{\"at\":\"2026-03-02T21:41:00+08:00\",\"unit\":1,\"set\":{\"LAeq\":60},\"ramp_s\":100}\n"
    "{\"at\":\"2026-03-02T21:41:50+08:00\",\"unit\":1,\"set\":{\"LAeq\":45},\"ramp_s\":10}\n";

static const struct ramp_case {
    const char *why;
    int64_t now_s; /* after 21:40:00; the value is that of the second before */
    double want;   /* NaN = no value */
} ramp_cases[] = {
    {"before the first complete second there is no value", 0, NAN},
    {"the first second", 1, 50.00},
    {"just before the ramp", 60, 50.00},
    {"the ramp's first second begins at its start", 61, 50.00},
    {"a tenth of the ramp", 71, 51.00},
    {"half of the ramp, where the next row takes over", 111, 55.00},
    {"half of the second ramp, from the level that had been reached", 116, 50.00},
    {"its end", 121, 45.00},
    {"an hour later", 3721, 45.00},
};

static void levels_move_linearly_from_where_they_are(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(ramp_cases); i++) {
        const struct ramp_case *c = &ramp_cases[i];
        struct sw_scenario *s = play(ramp_text, T0_US + c->now_s * S_US);
        struct sw_node_measure m;

        sw_sim_measure(&site, 1, T0_US + c->now_s * S_US, &m);
        const int32_t want = isnan(c->want) ? SW_NODE_NO_VALUE : (int32_t) lround(c->want * 100);

        CHECK(m.steps[SW_NODE_CH_LAEQ] == want, "%s: %d", c->why, (int) m.steps[SW_NODE_CH_LAEQ]);
        sw_scenario_free(s);
    }
}

static void a_reader_who_looks_often_sees_what_one_who_looks_once_sees(void **state)
{
    struct sw_node_measure often, once;
    struct sw_scenario *s = play(ramp_text, T0_US);

    (void) state;
    for (int64_t t = 0; t <= 118 * S_US; t += 250000)
        sw_scenario_play(s, &site, T0_US + t);
    sw_sim_measure(&site, 1, T0_US + 118 * S_US, &often);
    sw_scenario_free(s);
    s = play(ramp_text, T0_US + 118 * S_US);
    sw_sim_measure(&site, 1, T0_US + 118 * S_US, &once);
    sw_scenario_free(s);
    assert_memory_equal(often.steps, once.steps, sizeof(once.steps));
}

static void noise_is_bounded_moves_each_second_and_repeats_itself(void **state)
{
    struct sw_scenario *s = play("{" AT ",\"set\":{\"LAeq\":60},\"jitter_db\":1.5}\n", T0_US + 5000 * S_US);
    double low = 1e9, high = -1e9, sum = 0, last = 0;
    int same = 0;

    (void) state;
    for (int k = 0; k < 4000; k++) {
        const int64_t t = T0_US + k * S_US;
        const double laeq = sw_sim_value(&site, 1, SW_QUANTITY_LAEQ, t);
        const double lafmax = sw_sim_value(&site, 1, SW_QUANTITY_LAFMAX, t);
        const double lcpeak = sw_sim_value(&site, 1, SW_QUANTITY_LCPEAK, t);
        const double laf = sw_sim_value(&site, 1, SW_QUANTITY_LAF, t);

        CHECK(laeq == sw_sim_value(&site, 1, SW_QUANTITY_LAEQ, t), "second %d differs when read again", k);
        CHECK(lafmax - laeq > 2.999 && lafmax - laeq < 9.001, "LAFmax %.2f over LAeq", lafmax - laeq);
        CHECK(fabs(lcpeak - lafmax - 15) < 1e-9, "LCpeak %.2f over LAFmax", lcpeak - lafmax);
        CHECK(laf <= lafmax, "LAF %.2f above LAFmax %.2f", laf, lafmax);
        low = fmin(low, laeq);
        high = fmax(high, laeq);
        sum += laeq;
        same += k > 0 && laeq == last;
        last = laeq;
    }
    CHECK(low >= 58.5 && low < 58.6 && high <= 61.5 && high > 61.4, "jitter runs from %.2f to %.2f", low, high);
    /* A uniform draw of ± 1.5 has a standard deviation of 0.866, the mean of 4000 one of 0.0137: 5 of them. */
    CHECK(fabs(sum / 4000 - 60) < 0.07, "mean %.3f", sum / 4000);
    CHECK(same == 0, "%d seconds repeat the one before", same);
    sw_scenario_free(s);
}

static void a_maximum_that_was_set_is_never_below_the_mean(void **state)
{
    struct sw_scenario *s = play("{" AT ",\"set\":{\"LAeq\":60,\"LAFmax\":55}}\n", T0_US + 10 * S_US);

    (void) state;
    assert_true(sw_sim_value(&site, 1, SW_QUANTITY_LAFMAX, T0_US) == 60);
    sw_scenario_free(s);
}

static void missing_and_overdriven_values_show_in_registers_and_status(void **state)
{
    struct sw_scenario *s = play("{" AT ",\"set\":{\"LAeq\":\"over\",\"PM10\":null},\"status\":[\"door\",\"tamper\"]}\n"
                                 "{\"at\":\"2026-03-02T21:41:00+08:00\",\"unit\":1,\"set\":{\"LAeq\":20,\"PM10\":8},"
                                 "\"status\":[]}\n",
                                 T0_US + 2 * S_US);
    uint16_t regs[SW_NODE_INPUT_REGS];

    (void) state;
    assert_int_equal(sw_sim_read(&site, 1, T0_US + 2 * S_US, 4, 0, SW_NODE_INPUT_REGS, regs), 0);
    assert_int_equal(regs[1], 0x1D); /* overload, PM fault, tamper, door */
    assert_int_equal(regs[16], 0xFFFE);
    assert_int_equal(regs[24], 0xFFFF);
    sw_scenario_play(s, &site, T0_US + 70 * S_US);
    assert_int_equal(sw_sim_read(&site, 1, T0_US + 70 * S_US, 4, 0, SW_NODE_INPUT_REGS, regs), 0);
    assert_int_equal(regs[1], 0x02); /* under range */
    assert_int_equal(regs[16], 2000);
    assert_int_equal(regs[24], 80);
    assert_int_equal(regs[3], 70); /* uptime */
    assert_int_equal(regs[4], 70);
    sw_scenario_free(s);
}

static void faults_and_maps_follow_their_rows_at_once(void **state)
{
    struct sw_scenario *s = play("{" AT ",\"map\":\"rs-zs-bz\"}\n"
                                 "{" AT ",\"set\":{\"LAF\":53.6}}\n"
                                 "{\"at\":\"2026-03-02T21:40:02+08:00\",\"unit\":1,\"fault\":\"exception\"}\n"
                                 "{\"at\":\"2026-03-02T21:40:03+08:00\",\"unit\":1,\"fault\":\"none\"}\n",
                                 T0_US + 1999999);
    uint16_t reg = 0;

    (void) state;
    assert_int_equal(sw_sim_read(&site, 1, T0_US + 1999999, 3, 0, 1, &reg), 0);
    assert_int_equal(reg, 536);
    assert_int_equal(sw_sim_read(&site, 1, T0_US + 1999999, 3, 0, 2, &reg), 2); /* this device has one register */
    assert_int_equal(sw_sim_read(&site, 1, T0_US + 1999999, 4, 0, 1, &reg), 1);
    assert_int_equal(sw_sim_read(&site, 1, T0_US, 3, 0, 1, &reg), 0);
    sw_scenario_play(s, &site, T0_US + 2 * S_US);
    assert_int_equal(site.unit[1].fault.kind, SW_SIM_FAULT_EXCEPTION);
    assert_int_equal(site.unit[1].fault.code, 4);
    sw_scenario_play(s, &site, T0_US + 3 * S_US);
    assert_int_equal(site.unit[1].fault.kind, SW_SIM_FAULT_NONE);
    sw_scenario_free(s);
}

static void a_sensor_without_a_pattern_for_no_value_answers_with_exception_4(void **state)
{
    uint16_t reg;

    (void) state;
    sw_sim_site_init(&site, T0_US, 4800);
    site.unit[3].map = SW_SIM_MAP_RS_FSJT;
    assert_int_equal(sw_sim_read(&site, 3, T0_US, 3, 0, 1, &reg), 4);
    sw_sim_set(&site, 3, SW_QUANTITY_WIND_SPEED, T0_US - 5 * S_US, 2.1, 0, 0);
    assert_int_equal(sw_sim_read(&site, 3, T0_US, 3, 0, 1, &reg), 0);
    assert_int_equal(reg, 21);
}

static void ramp_registers_all_differ_and_all_move(void **state)
{
    uint16_t now[125], later[125];

    (void) state;
    sw_sim_site_init(&site, T0_US, 9600);
    site.unit[9].map = SW_SIM_MAP_RAMP;
    assert_int_equal(sw_sim_read(&site, 9, T0_US, 4, 0, 125, now), 0);
    assert_int_equal(sw_sim_read(&site, 9, T0_US + S_US, 3, 0, 125, later), 0);
    assert_int_equal(sw_sim_read(&site, 9, T0_US, 4, 1, 125, later + 0), 2);
    assert_int_equal(sw_sim_read(&site, 9, T0_US + S_US, 3, 0, 125, later), 0);
    for (int i = 0; i < 125; i++) {
        CHECK(now[i] != later[i], "register %d stands still", i);
        for (int k = 0; k < i; k++)
            CHECK(now[i] != now[k], "registers %d and %d are equal", i, k);
    }
}

static const struct fault_case {
    const char *line;
    int unit, kind, code; /* unit 0 = refused */
    const char *says;
} fault_cases[] = {
    {"fault 2 silent", 2, SW_SIM_FAULT_SILENT, 4, NULL},
    {"fault 247 exception 2", 247, SW_SIM_FAULT_EXCEPTION, 2, NULL},
    {"fault 1 exception", 1, SW_SIM_FAULT_EXCEPTION, 4, NULL},
    {"fault 1 bad-crc", 1, SW_SIM_FAULT_BAD_CRC, 4, NULL},
    {"fault 1 none", 1, SW_SIM_FAULT_NONE, 4, NULL},
    {"fault 248 silent", 0, 0, 0, "unit 248 is not in 1 … 247"},
    {"fault 0 silent", 0, 0, 0, "unit 0 is not in"},
    {"fault 2 dead", 0, 0, 0, "there is no fault \"dead\""},
    {"fault 2 exception 256", 0, 0, 0, "exception code 256"},
    {"fault 2 exception 2 3", 0, 0, 0, "is not understood"},
    {"break 2", 0, 0, 0, "is not understood"},
    {"", 0, 0, 0, "is not understood"},
};

static void control_lines_are_understood_or_answered_with_a_sentence(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fault_cases); i++) {
        const struct fault_case *c = &fault_cases[i];
        struct sw_sim_fault fault = {0};
        struct sw_err err = {0};
        uint8_t unit_id = 0;
        const int rc = sw_sim_fault_parse(c->line, &unit_id, &fault, &err);

        CHECK((rc == SW_OK) == (c->unit != 0), "\"%s\": rc %d", c->line, rc);
        if (c->unit)
            CHECK(unit_id == c->unit && (int) fault.kind == c->kind && fault.code == c->code, "\"%s\"", c->line);
        else
            CHECK(strstr(err.msg, c->says), "\"%s\": says \"%s\"", c->line, err.msg);
    }
}

static char csv_path[] = "/tmp/siteward-test-csv-XXXXXX";

static void write_csv(const char *text)
{
    FILE *f = fopen(csv_path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const struct sw_csv_unit csv_map[] = {{"north-gate-noise", 1}, {"north-gate-pm10", 1}, {"mast-wind", 3}};

#define HEADER "ts,sensor,quantity,value,flag\n"

static const struct bad_csv {
    const char *why, *text, *says;
} bad_csvs[] = {
    {"no header", "2026-03-02T13:40:00Z,a,LAF,1,\n", ":1: the header must name"},
    {"an empty file", "", "holds no reading"},
    {"no sensor of ours", HEADER "2026-03-02T13:40:00Z,a,LAF,1,\n", "holds no reading of a sensor named by --csv-unit"},
    {"a time without offset", HEADER "2026-03-02T13:40:00,a,LAF,1,\n", ":2: "},
    {"a quantity", HEADER "\n2026-03-02T13:40:00Z,a,noise,1,\n", ":3: there is no quantity \"noise\""},
    {"a value", HEADER "2026-03-02T13:40:00Z,a,LAF,1dB,\n", ":2: value \"1dB\" is not a number"},
    {"a value beyond nature", HEADER "2026-03-02T13:40:00Z,a,LAF,1000,\n", ":2: value \"1000\""},
    {"a flag", HEADER "2026-03-02T13:40:00Z,a,LAF,1,X\n", ":2: there is no flag \"X\""},
    {"back in time", HEADER "2026-03-02T13:40:01Z,a,LAF,1,\n2026-03-02T13:40:00Z,a,LAF,1,\n",
     ":3: the time is earlier"},
    {"a field too long",
     HEADER "2026-03-02T13:40:00Z,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,LAF,1,\n",
     ":2: sensor is longer than 95 bytes"},
};

static void a_bad_recording_is_refused_before_it_is_played(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_csvs); i++) {
        struct sw_sim_csv *csv = NULL;
        struct sw_err err = {0};

        write_csv(bad_csvs[i].text);
        CHECK(sw_sim_csv_open(csv_path, csv_map, SW_ARRAY_SIZE(csv_map), &csv, &err) < 0, "%s: taken", bad_csvs[i].why);
        CHECK(strstr(err.msg, bad_csvs[i].says), "%s: says \"%s\"", bad_csvs[i].why, err.msg);
    }
}

static void a_recording_shows_each_reading_in_its_second(void **state)
{
    struct sw_sim_csv *csv = NULL;
    struct sw_err err = {0};
    uint16_t regs[SW_NODE_INPUT_REGS];

    (void) state;
    sw_sim_site_init(&site, T0_US, 9600);
    write_csv("flag,ts,sensor,note,quantity,value\r\n"
              ",2026-03-02T13:40:00Z,north-gate-noise,\"a, b\",LAeq,61.25\r\n"
              "N,2026-03-02T13:40:00.500Z,north-gate-pm10,,PM10,85\r\n"
              "N,2026-03-02T13:40:01Z,elsewhere,,LAeq,99\r\n"
              "T,2026-03-02T21:40:02+08:00,north-gate-noise,,LAeq,\r\n"
              "D,2026-03-02T13:40:03Z,north-gate-noise,,LAeq,70\r\n"
              "S,2026-03-02T13:40:04Z,north-gate-noise,,LAeq,48.5");
    CHECK(sw_sim_csv_open(csv_path, csv_map, SW_ARRAY_SIZE(csv_map), &csv, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_sim_csv_readings(csv), 5);
    static const uint16_t want_laeq[] = {0xFFFF, 6125, 6125, 0xFFFE, 0xFFFF, 4850, 4850};

    for (int k = 0; k < (int) SW_ARRAY_SIZE(want_laeq); k++) {
        const int64_t now_us = T0_US + k * S_US;

        assert_int_equal(sw_sim_csv_play(csv, &site, now_us, &err), SW_OK);
        assert_int_equal(sw_sim_read(&site, 1, now_us, 4, 0, SW_NODE_INPUT_REGS, regs), 0);
        CHECK(regs[16] == want_laeq[k], "second %d: LAeq register %u", k, regs[16]);
        CHECK(regs[24] == (k >= 2 ? 850 : 0xFFFF), "second %d: PM10 register %u", k, regs[24]);
    }
    sw_sim_csv_close(csv);
}

static void a_long_recording_is_played_in_pieces_without_losing_a_reading(void **state)
{
    struct sw_sim_csv *csv = NULL;
    struct sw_err err = {0};
    FILE *f = fopen(csv_path, "w");

    (void) state;
    assert_non_null(f);
    fputs(HEADER, f);
    for (int k = 0; k < 3600; k++)
        fprintf(f, "2026-03-02T%02d:%02d:%02dZ,north-gate-noise,LAeq,%.1f,\n", 13 + (40 * 60 + k) / 3600,
                (40 + k / 60) % 60, k % 60, 40 + (k % 400) / 10.0);
    fclose(f);
    CHECK(sw_sim_csv_open(csv_path, csv_map, 1, &csv, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_sim_csv_readings(csv), 3600);
    sw_sim_site_init(&site, T0_US, 9600);
    for (int k = 0; k < 3600; k += 7) {
        uint16_t reg;

        assert_int_equal(sw_sim_csv_play(csv, &site, T0_US + (k + 1) * S_US, &err), SW_OK);
        assert_int_equal(sw_sim_read(&site, 1, T0_US + (k + 1) * S_US, 4, 16, 1, &reg), 0);
        CHECK(reg == 4000 + k % 400 * 10, "second %d: %u", k, reg);
    }
    sw_sim_csv_close(csv);
}

static int make_csv_path(void **state)
{
    (void) state;
    const int fd = mkstemp(csv_path);

    return fd >= 0 ? close(fd) : -1;
}

static int remove_csv_path(void **state)
{
    (void) state;
    return unlink(csv_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_row_is_refused_with_file_line_and_a_sentence),
        cmocka_unit_test(ten_thousand_rows_are_taken_and_one_more_is_not),
        cmocka_unit_test(levels_move_linearly_from_where_they_are),
        cmocka_unit_test(a_reader_who_looks_often_sees_what_one_who_looks_once_sees),
        cmocka_unit_test(noise_is_bounded_moves_each_second_and_repeats_itself),
        cmocka_unit_test(a_maximum_that_was_set_is_never_below_the_mean),
        cmocka_unit_test(missing_and_overdriven_values_show_in_registers_and_status),
        cmocka_unit_test(faults_and_maps_follow_their_rows_at_once),
        cmocka_unit_test(a_sensor_without_a_pattern_for_no_value_answers_with_exception_4),
        cmocka_unit_test(ramp_registers_all_differ_and_all_move),
        cmocka_unit_test(control_lines_are_understood_or_answered_with_a_sentence),
        cmocka_unit_test(a_bad_recording_is_refused_before_it_is_played),
        cmocka_unit_test(a_recording_shows_each_reading_in_its_second),
        cmocka_unit_test(a_long_recording_is_played_in_pieces_without_losing_a_reading),
    };

    return cmocka_run_group_tests(tests, make_csv_path, remove_csv_path);
}
