// SPDX-License-Identifier: Apache-2.0
/* A store as a gateway leaves it after three hours: readings of several minutes, windows, tickets with revisions,
 * commands, acts, a configuration, schedules, a checkpoint. And short words for changing a copy of it. */
#ifndef SW_TESTS_UNIT_VERIFY_FIXTURE_H
#define SW_TESTS_UNIT_VERIFY_FIXTURE_H

#include "tests/unit/store_fixture.h"

#include "cli/verify.h"
#include "common/timefmt.h"

#define GATEWAY "gw-7f3a"
#define HOUR_US (60 * MINUTE_US)
#define PICTURE "a picture\n"
#define PICTURE_SHA256 "4be03b812f1f04284e6e69ea2426be3e933fc2c6b771ccabf57aff9670c8b2ac" /* sha256sum */

static struct sw_key key;
static struct sw_zone utc;
static char checkpoints_path[128];

static inline size_t render_checkpoint(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf,
                                       size_t cap)
{
    char ts[SW_RFC3339_SIZE], hex[65];
    FILE *f = fopen(checkpoints_path, "a");
    int len;

    (void) ctx;
    sw_time_format(&utc, v->ts_us, ts);
    sw_hash_hex(v->hash, hex);
    len = snprintf(buf, cap,
                   "{\"schema\":\"siteward.checkpoint/1.0\",\"gw\":\"" GATEWAY "\",\"seq\":%lld,\"n\":%llu,"
                   "\"chain_head\":\"%s\",\"ts\":\"%s\",\"signature\":\"%s\"}",
                   (long long) seq, (unsigned long long) v->n, hex, ts, v->signature);
    assert_non_null(f);
    fprintf(f, "%s\n", buf); /* what the hub keeps */
    fclose(f);
    return (size_t) len;
}

static inline void put_entry(struct sw_store *s, enum sw_chain_kind kind, int64_t at_us, const char *json)
{
    assert_int_equal(sw_store_put_entry(s, kind, at_us, json, strlen(json)), SW_OK);
}

static inline void put_window(struct sw_store *s, const char *sensor, const char *period, int64_t from_us,
                              int64_t to_us, double level)
{
    char from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE], json[512];

    sw_time_format(&utc, from_us, from);
    sw_time_format(&utc, to_us, to);
    snprintf(
        json, sizeof(json),
        "{\"schema\":\"siteward.agg/1.0\",\"sensor\":\"%s\",\"period\":\"%s\",\"from\":\"%s\",\"to\":\"%s\","
        "\"n\":60,\"LAeq\":%.2f,\"LAmax\":%.2f,\"unit\":\"dBA\",\"q\":\"good\",\"note\":\"\\u6df7\\u51dd\\u571f\"}",
        sensor, period, from, to, level, level + 9.5);
    assert_int_equal(sw_store_put_window(s, sensor, period, from_us, to_us, json, strlen(json)), SW_OK);
}

static inline void put_revision(struct sw_store *s, const char *id, const char *status, int revision, int64_t at_us)
{
    char json[512];

    snprintf(json, sizeof(json),
             "{\"id\":\"%s\",\"matter_key\":\"pd-0042:noise:night:north\",\"status\":\"%s\",\"revision\":%d,"
             "\"opened_us\":1772466060000000,\"sensor\":\"north-gate-noise\",\"changed_us\":%lld,\"evidence\":[{"
             "\"sha256\":\"" PICTURE_SHA256 "\"}],\"history\":[{"
             "\"verb\":\"open\",\"text\":\"超标\"},{\"level\":61.80}]}",
             id, status, revision, (long long) at_us);
    assert_int_equal(
        sw_store_put_ticket(s, id, "pd-0042:noise:night:north", status, revision, at_us, json, strlen(json)), SW_OK);
}

static inline void put_command(struct sw_store *s, int i, int64_t at_us)
{
    static const char answer[] = "{\"ok\":true}";
    char id[32], json[512], at[SW_RFC3339_SIZE];
    struct sw_store_command c = {.actor = "party:wang",
                                 .id = id,
                                 .kind = "ticket",
                                 .content_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                 .at_us = at_us,
                                 .json = json,
                                 .answer = answer,
                                 .answer_len = sizeof(answer) - 1};

    sw_time_format(&utc, at_us, at);
    snprintf(id, sizeof(id), "c-%d", i);
    c.len = (size_t) snprintf(
        json, sizeof(json),
        "{\"topic\":\"cmd/ticket/sw-aaaaaaaaaa/note\",\"at\":\"%s\",\"door\":\"mqtt\",\"payload\":{"
        "\"id\":\"c-%d\", \"by\":{\"id\":\"party:wang\",\"role\":\"party\"},\"text\":\"n\\u00b0 %d\"}}",
        at, i, i);
    assert_int_equal(sw_store_put_command(s, &c), SW_OK);
}

/** A picture that a camera took: its file and its row. */
static inline void put_picture(struct sw_store *s, int64_t at_us)
{
    const struct sw_store_media m = {.sha256 = PICTURE_SHA256,
                                     .kind = "image",
                                     .content_type = "image/jpeg",
                                     .bytes = sizeof(PICTURE) - 1,
                                     .camera = "gate",
                                     .ticket = "sw-aaaaaaaaaa",
                                     .requested_us = at_us,
                                     .taken_us = at_us};
    char command[512];

    snprintf(command, sizeof(command),
             "mkdir -p %s/media/%.2s && printf '"
             "a picture\\n"
             "' > %s/media/%.2s/%s.jpg",
             folder, m.sha256, folder, m.sha256, m.sha256);
    assert_int_equal(system(command), 0);
    assert_int_equal(sw_store_put_media(s, &m), SW_OK);
}

/** A complaint: the command that brought it, and the row that is kept of it. */
static inline void put_complaint(struct sw_store *s, int i, int64_t at_us)
{
    char id[32], json[1024], at[SW_RFC3339_SIZE], occurred[SW_RFC3339_SIZE];
    struct sw_store_command c = {.actor = "host:12345-sh",
                                 .id = id,
                                 .kind = "complaint",
                                 .content_sha256 = "e3b0",
                                 .at_us = at_us,
                                 .json = json};
    struct sw_complaint_kept k = {.service_code = "noise.night_work",
                                  .caller_ref = "c-91ab",
                                  .at_us = at_us,
                                  .occurred_us = at_us - 600 * 1000000LL,
                                  .window_us = 1200 * 1000000LL,
                                  .distance_m = 150,
                                  .code = SW_ANSWER_OVER_UNPERMITTED,
                                  .outcome = SW_COMPLAINT_LINKED,
                                  .ticket = "sw-aaaaaaaaaa",
                                  .counted_in = "sw-aaaaaaaaaa"};

    sw_time_format(&utc, at_us, at);
    sw_time_format(&utc, k.occurred_us, occurred);
    snprintf(id, sizeof(id), "k-%d", i);
    snprintf(k.service_request_id, sizeof(k.service_request_id), "12345-%d", i);
    c.len = (size_t) snprintf(
        json, sizeof(json),
        "{\"topic\":\"cmd/complaint\",\"at\":\"%s\",\"door\":\"mqtt\",\"distance_m\":137,\"payload\":{"
        "\"id\":\"k-%d\",\"by\":{\"id\":\"host:12345-sh\",\"role\":\"host\"},\"service_request_id\":"
        "\"12345-%d\",\"service_code\":\"noise.night_work\",\"occurred\":{\"at\":\"%s\",\"window\":"
        "\"PT1200S\"},\"caller_ref\":\"c-91ab\"},\"found\":{\"code\":\"over_limit_unpermitted\"}}",
        at, i, i, occurred);
    assert_int_equal(sw_store_put_command(s, &c), SW_OK);
    assert_int_equal(sw_store_put_complaint(s, &k), SW_OK);
}

static inline void put_minutes(struct sw_store *s, int from_s, int to_s)
{
    for (int i = from_s; i < to_s; i++) {
        struct sw_reading r = reading(i);
        const bool late = i % 11 == 0;
        const int64_t now_us = START_US + i * 1000000LL;

        assert_int_equal(sw_store_put_readings(s, &r, 1, now_us, &late), SW_OK);
        if (i % 60 == 59) {
            put_window(s, sensors[i / 60 % 2], "1m", now_us - 59000000, now_us + 1000000, 50 + i % 37 / 7.0);
            must_sync(s);
        }
    }
}

static inline void put_hour(struct sw_store *s, int hour)
{
    static const char act[] = "{\"what\":\"order\",\"order\":\"on\",\"reason\":\"dust\"}";
    const int64_t at_us = START_US + hour * HOUR_US;
    char schedule[128], config[160], sha256[65];
    sw_hash hash;

    put_minutes(s, hour * 3600, hour * 3600 + 250);
    put_window(s, sensors[0], "1h", at_us, at_us + HOUR_US, 60.25);
    put_revision(s, "sw-aaaaaaaaaa", hour ? "accepted" : "open", hour + 1, at_us + 1);
    put_revision(s, "sw-bbbbbbbbbb", "open", hour + 1, at_us + 2);
    put_command(s, hour, at_us + 3000);
    put_complaint(s, hour, at_us + 4000);
    assert_int_equal(sw_store_put_act(s, "output", "mist-1", at_us + 4, act, sizeof(act) - 1), SW_OK);
    snprintf(schedule, sizeof(schedule), "schedule of %d\nline two\n", hour);
    assert_int_equal(sw_store_put_schedule(s, hour + 1, at_us + 5, schedule, strlen(schedule)), SW_OK);
    snprintf(config, sizeof(config), "site: {id: pd-0042}\n# %d\n", hour);
    sw_chain_body_hash(config, strlen(config), hash);
    sw_hash_hex(hash, sha256);
    assert_int_equal(sw_store_put_config(s, sha256, config, strlen(config)), SW_OK);
    assert_int_equal(sw_store_put_checkpoint(s, hour + 1, at_us + 6), SW_OK);
    must_sync(s);
}

/** A key of its own and a store of three hours in the folder. @param path  of its file, [128] */
static inline void build_store(char *path)
{
    struct sw_store_params p = params_of("whole.db");
    struct sw_err err = {0};
    char text[256], public_key[SW_PUBLIC_KEY_TEXT_SIZE];
    struct sw_store *s;
    bool is_new;

    sw_zone_init_utc(&utc);
    snprintf(checkpoints_path, sizeof(checkpoints_path), "%s", in_folder("checkpoints.jsonl"));
    CHECK(sw_key_load(in_folder("key"), &key, &is_new, &err) == SW_OK, "%s", err.msg);
    p.key = &key;
    p.render_checkpoint = render_checkpoint;
    p.checkpoint_topic = "gw/" GATEWAY "/checkpoint";
    p.gateway = GATEWAY;
    p.zone = &utc;
    s = open_with(&p);
    sw_key_public_text(key.public_key, public_key);
    snprintf(text, sizeof(text),
             "{\"at\":\"2026-03-02T15:41:00.000+00:00\",\"key_id\":\"" GATEWAY
             "\",\"previous\":null,\"public_key\":\"%s\",\"signature\":null}",
             public_key);
    put_entry(s, SW_CHAIN_KEY, START_US, text);
    snprintf(text, sizeof(text),
             "{\"at\":\"2026-03-02T15:41:00.000+00:00\",\"boot\":\"01JNZ4AA10\",\"first_number\":1}");
    put_entry(s, SW_CHAIN_BOOT, START_US, text);
    snprintf(text, sizeof(text), "{\"boot\":\"01JNZ4AA10\",\"mono_us\":77,\"utc_us\":%lld}", (long long) START_US);
    put_entry(s, SW_CHAIN_CLOCK, START_US, text);
    put_picture(s, START_US);
    for (int hour = 0; hour < 3; hour++)
        put_hour(s, hour);
    sw_store_close(s);
    snprintf(path, 128, "%s", in_folder("whole.db"));
}

static inline void copy_file(const char *from, const char *to)
{
    char *text = malloc(8 << 20);
    FILE *f = fopen(from, "rb"), *g = fopen(to, "wb");
    size_t len;

    assert_non_null(text);
    assert_non_null(f);
    assert_non_null(g);
    len = fread(text, 1, 8 << 20, f);
    assert_true(len > 0 && len < 8 << 20);
    assert_int_equal(fwrite(text, 1, len, g), len);
    fclose(f);
    assert_int_equal(fclose(g), 0);
    free(text);
}

/** Run SQL on a copy of the whole store. */
static inline struct sw_db *open_copy(const char *whole, const char *copy)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    copy_file(whole, copy);
    CHECK(sw_db_open(copy, false, &db, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_db_exec(db, "PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON", &err) ==
              SW_OK,
          "%s", err.msg);
    return db;
}

static inline void must_exec(struct sw_db *db, const char *sql)
{
    struct sw_err err = {0};

    CHECK(sw_db_exec(db, sql, &err) == SW_OK, "%s: %s", sql, err.msg);
}

static inline struct sw_verify_report *must_verify(const char *path, const struct sw_verify_options *o)
{
    static struct sw_verify_report r;
    struct sw_err err = {0};

    CHECK(sw_verify_file(path, o, &r, &err) == SW_OK, "%s", err.msg);
    return &r;
}

#endif
