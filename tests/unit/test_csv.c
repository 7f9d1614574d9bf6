// SPDX-License-Identifier: Apache-2.0
/* CSV records: what is taken, what is refused, and that line numbers and ceilings hold across block edges.
 * Expected cells are written by hand from RFC 4180. */
#include "tests/unit/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/csv.h"

static const char *const wanted[] = {"ts", "value", "flag"};

struct file {
    char path[32];
};

static void write_file(struct file *f, const char *text, size_t len)
{
    strcpy(f->path, "/tmp/test_csv_XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t) len);
    close(fd);
}

/* All records of a text as "line:ts|value|flag;", bad lines as "line:!;", a header that is refused as "!". */
static void read_all(const char *text, size_t len, char *ret, size_t cap)
{
    struct file f;
    struct sw_csv *c = NULL;
    struct sw_err err = {0};
    struct sw_csv_cell cells[3];
    size_t n = 0;
    write_file(&f, text, len);
    if (sw_csv_open(f.path, wanted, 3, 2, &c, &err) < 0) {
        snprintf(ret, cap, "!");
        unlink(f.path);
        return;
    }
    ret[0] = '\0';
    int r;
    while ((r = sw_csv_next(c, cells, &err)) != 0) {
        if (r < 0) {
            CHECK(r == SW_E_INVAL && err.msg[0], "a bad line must come with a sentence");
            n += (size_t) snprintf(ret + n, cap - n, "%zu:!;", sw_csv_line(c));
            continue;
        }
        n += (size_t) snprintf(ret + n, cap - n, "%zu:%.*s|%.*s|%s%.*s;", sw_csv_line(c), (int) cells[0].len,
                               cells[0].text, (int) cells[1].len, cells[1].text, cells[2].text ? "" : "absent",
                               (int) cells[2].len, cells[2].text ? cells[2].text : "");
    }
    sw_csv_close(c);
    unlink(f.path);
}

static void records_are_taken_and_bad_lines_told(void **state)
{
    static const struct {
        const char *text, *want, *why;
    } cases[] = {
        {"ts,value,flag\na,1,N\n", "2:a|1|N;", "a plain line"},
        {"ts,value,flag\na,1,N", "2:a|1|N;", "the last line needs no end"},
        {"ts,value,flag\r\na,1,N\r\nb,2,\r\n", "2:a|1|N;3:b|2|;", "CRLF"},
        {"\xef\xbb\xbfts,value\na,1\n", "2:a|1|absent;", "a byte order mark; an optional column may be absent"},
        {"flag,extra,value,ts\nN,x,1,a\n", "2:a|1|N;", "columns in any order, others ignored"},
        {"ts,value,flag\n\n\na,1,N\n", "4:a|1|N;", "empty lines are passed over and counted"},
        {"ts,value,flag\n a\t, 1 ,N \n", "2:a|1|N;", "blanks around cells do not belong to them"},
        {"ts,value,flag\na,,\n", "2:a||;", "empty cells"},
        {"ts,value,flag\n\"a\",\"1\",N\n", "2:a|1|N;", "quoted cells"},
        {"ts,value,flag\n\"a,b\",\"say \"\"x\"\"\",N\n", "2:a,b|say \"x\"|N;", "comma and doubled quote inside quotes"},
        {"ts,value,flag\n\"\",1,N\n", "2:|1|N;", "an empty quoted cell first"},
        {"ts,value,flag\na,1,N,more,cells\n", "2:a|1|N;", "cells beyond the header are ignored"},
        {"ts,value,flag\na,1\nb,2,N\n", "2:!;3:b|2|N;", "a line that was cut short may have lost digits"},
        {"ts,value,flag\na,\"1,N\nb,2,N\n", "2:!;3:b|2|N;", "a quote that never closes spoils its own line only"},
        {"ts,value,flag\na,1\"2,N\nb,\"2\",N\n", "2:!;3:b|2|N;", "a stray quote; the parser recovers"},
        {"ts,value,flag\n\"a\rb\",1,N\n", "2:a\rb|1|N;", "a carriage return inside quotes is content"},
        {"ts,value,flag\n\"a\"\r,1,N\nb,2,N\n", "2:!;3:b|2|N;", "one outside is not"},
        {"", "!", "an empty file has no header"},
        {"\n\n", "!", "neither has one of empty lines"},
        {"ts,flag\na,N\n", "!", "a required column is missing"},
        {"ts,value,ts\na,1,b\n", "!", "a column named twice"},
        {"2026-03-02T00:00:00Z,63.2,N\n", "!", "a file without a header"},
    };
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        char got[512];
        read_all(cases[i].text, strlen(cases[i].text), got, sizeof(got));
        CHECK(strcmp(got, cases[i].want) == 0, "%s: got %s, want %s", cases[i].why, got, cases[i].want);
    }
}

/* A line of `len` bytes: "a,1,NNN…". */
static size_t put_line(char *to, size_t len)
{
    memcpy(to, "a,1,", 4);
    memset(to + 4, 'N', len - 4);
    to[len] = '\n';
    return len + 1;
}

static void lines_up_to_the_ceiling_are_read_and_longer_ones_skipped(void **state)
{
    static const struct {
        size_t len;
        bool is_good;
        const char *why;
    } cases[] = {
        {SW_CSV_LINE_MAX - 1, true, "one byte below"},
        {SW_CSV_LINE_MAX, true, "exactly the ceiling"},
        {SW_CSV_LINE_MAX + 1, false, "one byte above"},
        {2 * SW_CSV_LINE_MAX + 77, false, "across several blocks"},
    };
    char *text = malloc(4 * SW_CSV_LINE_MAX);
    (void) state;
    for (int is_quoted = 0; is_quoted < 2; is_quoted++)
        for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
            struct file f;
            struct sw_csv *c = NULL;
            struct sw_err err = {0};
            struct sw_csv_cell cells[3];
            size_t n = (size_t) sprintf(text, "ts,value,flag\n");
            size_t from = n;
            n += put_line(text + n, cases[i].len);
            if (is_quoted) {
                text[from + 4] = '"';
                text[n - 2] = '"';
            }
            n += (size_t) sprintf(text + n, "b,2,S\n");
            write_file(&f, text, n);
            assert_int_equal(sw_csv_open(f.path, wanted, 3, 2, &c, &err), SW_OK);
            int r = sw_csv_next(c, cells, &err);
            size_t want = cases[i].len - 4 - (is_quoted ? 2 : 0);
            CHECK(cases[i].is_good ? r == 1 && cells[2].len == want : r == SW_E_INVAL, "%s (quoted %d): got %d",
                  cases[i].why, is_quoted, r);
            r = sw_csv_next(c, cells, &err);
            CHECK(r == 1 && cells[0].text[0] == 'b' && sw_csv_line(c) == 3, "%s: the next line must be whole",
                  cases[i].why);
            assert_int_equal(sw_csv_next(c, cells, &err), 0);
            sw_csv_close(c);
            unlink(f.path);
        }
    free(text);
}

static void many_lines_survive_the_edges_of_blocks(void **state)
{
    const int n_lines = 20000; /* some 700 KiB: many blocks, edges at every place of a line */
    size_t cap = (size_t) n_lines * 64, n = 0;
    char *text = malloc(cap);
    (void) state;
    n += (size_t) sprintf(text, "ts,value,flag\n");
    for (int i = 0; i < n_lines; i++)
        n += (size_t) sprintf(text + n, i % 7 ? "t%d,%d.5,N\n" : "\"t%d\",\"%d.5\",N\n", i, i * 3);
    struct file f;
    struct sw_csv *c = NULL;
    struct sw_err err = {0};
    struct sw_csv_cell cells[3];
    write_file(&f, text, n);
    assert_int_equal(sw_csv_open(f.path, wanted, 3, 2, &c, &err), SW_OK);
    for (int i = 0; i < n_lines; i++) {
        char ts[16], value[16];
        sprintf(ts, "t%d", i);
        sprintf(value, "%d.5", i * 3);
        CHECK(sw_csv_next(c, cells, &err) == 1, "line %d: %s", i + 2, err.msg);
        CHECK(cells[0].len == strlen(ts) && memcmp(cells[0].text, ts, cells[0].len) == 0 &&
                  cells[1].len == strlen(value) && memcmp(cells[1].text, value, cells[1].len) == 0,
              "line %d differs", i + 2);
    }
    assert_int_equal(sw_csv_next(c, cells, &err), 0);
    sw_csv_close(c);
    unlink(f.path);
    free(text);
}

static void too_many_columns_are_refused(void **state)
{
    char *text = malloc(8192);
    size_t n = (size_t) sprintf(text, "ts,value,flag\na,1");
    char got[128];
    (void) state;
    for (int i = 0; i < SW_CSV_COLUMNS_MAX; i++)
        n += (size_t) sprintf(text + n, ",x");
    n += (size_t) sprintf(text + n, "\nb,2,N\n");
    read_all(text, n, got, sizeof(got));
    assert_string_equal(got, "2:!;3:b|2|N;");
    free(text);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct sw_csv *c = NULL;
    struct sw_err err = {0};
    (void) state;
    assert_int_equal(sw_csv_open("/nowhere/x.csv", wanted, 3, 2, &c, &err), SW_E_IO);
    CHECK(strstr(err.msg, "/nowhere/x.csv") != NULL, "the message is: %s", err.msg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_taken_and_bad_lines_told),
        cmocka_unit_test(lines_up_to_the_ceiling_are_read_and_longer_ones_skipped),
        cmocka_unit_test(many_lines_survive_the_edges_of_blocks),
        cmocka_unit_test(too_many_columns_are_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
