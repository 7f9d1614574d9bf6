// SPDX-License-Identifier: Apache-2.0
/* A store in a folder of its own, and short words for what is put into it and what its file then holds. */
#ifndef SW_TESTS_UNIT_STORE_FIXTURE_H
#define SW_TESTS_UNIT_STORE_FIXTURE_H

#include "tests/unit/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/store.h"
#include "io/db.h"

#define MINUTE_US 60000000LL
#define START_US (1772466060LL * 1000000) /* a whole minute */
#define PATIENCE_US 20000000LL

static char folder[64];
static const char *sensors[] = {"north-gate-noise", "north-gate-pm10"};

static inline int make_folder(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-store-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static inline const char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
    return p;
}

static inline struct sw_store_params params_of(const char *name)
{
    return (struct sw_store_params){
        .path = in_folder(name), .n_sensors = SW_ARRAY_SIZE(sensors), .sensor_ids = sensors};
}

static inline struct sw_store *open_with(const struct sw_store_params *p)
{
    struct sw_store *s = NULL;
    struct sw_err err = {0};

    CHECK(sw_store_open(p, &s, &err) == SW_OK, "%s", err.msg);
    return s;
}

static inline struct sw_store *must_open(const char *name)
{
    struct sw_store_params p = params_of(name);

    return open_with(&p);
}

static inline void must_sync(struct sw_store *s)
{
    struct sw_err err = {0};

    CHECK(sw_store_sync(s, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
}

static inline int64_t value_of(const char *name, const char *sql)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    int64_t value = -1;

    CHECK(sw_db_open(in_folder(name), true, &db, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_value(db, sql, -2, &value, &err) == SW_OK, "%s", err.msg);
    sw_db_close(db);
    return value;
}

static inline void put_document(struct sw_store *s, enum sw_lane lane, int64_t seq, const char *payload)
{
    const struct sw_store_document d = {.seq = seq,
                                        .lane = lane,
                                        .topic = lane == SW_LANE_ALARM ? "ticket/sw-1" : "sensor/a/agg/1m",
                                        .props = lane == SW_LANE_ALARM ? "id=x\ntype=y\n" : NULL,
                                        .payload = payload,
                                        .len = strlen(payload)};

    assert_int_equal(sw_store_put_document(s, &d), SW_OK);
}

static inline struct sw_reading reading(int i)
{
    return (struct sw_reading){.t_utc_us = START_US + i * 1000000LL - 300,
                               .t_mono_us = i * 1000000LL + 77,
                               .value = i % 7 == 3 ? NAN : 60.0 + i / 100.0,
                               .sensor = (uint16_t) (i % 2),
                               .quantity = i % 2 ? SW_QUANTITY_PM10 : SW_QUANTITY_LAEQ,
                               .time_quality = i % 5 == 0,
                               .flag = "NTB"[i % 3]};
}

struct walk {
    int next, until;
};

static inline int expect_reading(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late)
{
    struct walk *w = ctx;
    struct sw_reading want = reading(w->next);

    CHECK(w->next < w->until, "a reading too many: at %lld", (long long) arrival_us);
    CHECK(arrival_us == START_US + w->next * 1000000LL, "reading %d: arrived at %lld", w->next, (long long) arrival_us);
    CHECK(r->t_utc_us == want.t_utc_us && r->t_mono_us == want.t_mono_us && r->sensor == want.sensor &&
              r->quantity == want.quantity && r->flag == want.flag && r->time_quality == want.time_quality &&
              (isnan(want.value) ? isnan(r->value) : r->value == want.value),
          "reading %d came back as another", w->next);
    CHECK(is_late == (w->next % 11 == 0), "reading %d: late?", w->next);
    w->next++;
    return SW_OK;
}

static inline void put_readings(struct sw_store *s, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct sw_reading r = reading(i);
        bool late = i % 11 == 0;

        assert_int_equal(sw_store_put_readings(s, &r, 1, START_US + i * 1000000LL, &late), SW_OK);
        if (i % 10 == 9)
            must_sync(s);
        else
            assert_int_equal(sw_store_end_turn(s), SW_OK);
    }
}

static inline void put_ticket(struct sw_store *s, const char *id, const char *status, int64_t changed_us)
{
    char json[64];

    snprintf(json, sizeof(json), "{\"id\":\"%s\"}", id);
    assert_int_equal(sw_store_put_ticket(s, id, "matter", status, 1, changed_us, json, strlen(json)), SW_OK);
}

static inline int collect_id(void *ctx, const char *id, const char *json, size_t len)
{
    assert_int_equal(strlen(json), len);
    strcat(strcat(ctx, id), " ");
    return SW_OK;
}

/* Wait for the next row; NULL when none comes although the worker had a commit's time to hand it out. */
static inline struct sw_store_row *next_row(struct sw_store *s)
{
    struct sw_store_row *row = NULL;

    if (!sw_mailbox_take(sw_store_rows(s, 0), &row, 1)) {
        CHECK(sw_mailbox_wait(sw_store_rows(s, 0), PATIENCE_US), "no row came");
        assert_int_equal(sw_mailbox_take(sw_store_rows(s, 0), &row, 1), 1);
    }
    return row;
}

static inline char *read_text(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    CHECK(f, "%s is missing", path);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

static inline void load_dump(const char *name, const char *dump)
{
    char *sql = read_text(dump);
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    CHECK(sw_db_open(in_folder(name), false, &db, &err) == SW_OK && sw_db_exec(db, sql, &err) == SW_OK, "%s", err.msg);
    sw_db_close(db);
    free(sql);
}

#endif
