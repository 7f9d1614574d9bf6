// SPDX-License-Identifier: Apache-2.0
/* The layer that a platform writes: what it may hold and what not, how patches become a layer, and that nothing in it
 * keeps a site from being read. */
#include "site_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/remote.h"

#define GATE                                                                                                           \
    "buses: {box-1: {kind: tcp, host: 127.0.0.1}}\n"                                                                   \
    "devices:\n"                                                                                                       \
    "  gate: {template: siteward-node, bus: box-1, address: 1, name: Gate}\n"                                          \
    "  hut: {template: siteward-node, bus: box-1, address: 2}\n"
#define PLACE SITE GATE LEAD "gateway: {id: gw-1, data: data}\npublish: {live_interval: 5s}\n"

static const char *in_folder(const char *name)
{
    static char path[160];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_place(void **state)
{
    make_folder(state);
    assert_int_equal(mkdir(in_folder("data"), 0700), 0);
    write_file(folder, "site.yaml", PLACE);
    return 0;
}

static struct outcome read_with(const char *remote)
{
    if (remote != NULL)
        write_file(folder, "data/remote.yaml", remote);
    else
        (void) remove(in_folder("data/remote.yaml"));
    return read_file(in_folder("site.yaml"));
}

/* What is wrong with a patch; "" = it may stand. The text of the layer goes to ret, for free(). */
static int try_patch(const char *layer, const char *patch, char **ret, struct sw_err *err)
{
    const struct sw_config_paths paths = {
        .remote_text = layer, .remote_len = strlen(layer), .remote_file = "remote.yaml"};
    char file[160];
    size_t len = 0;

    (void) snprintf(file, sizeof(file), "%s/site.yaml", folder);
    *ret = NULL;
    *err = (struct sw_err){0};
    return sw_remote_patch(file, &paths, patch, strlen(patch), ret, &len, err);
}

static void values_of_the_layer_hold_over_those_of_the_files(void **state)
{
    struct outcome plain, o;

    (void) state;
    plain = read_with(NULL);
    assert_int_equal(plain.rc, SW_OK);
    assert_int_equal(plain.site->live_interval_ms, 5000);
    o = read_with("{\"publish\": {\"live_interval\": \"1s\"}, \"site\": {\"name\": \"地块\"}, "
                  "\"devices\": {\"gate\": {\"name\": \"北门\"}}, \"sensors\": {\"hut-noise\": {\"name\": \"棚\"}}}\n");
    CHECK(o.rc == SW_OK, "%s", o.err.msg);
    assert_int_equal(o.site->live_interval_ms, 1000);
    assert_string_equal(o.site->name, "地块");
    assert_string_equal(o.site->devices[0].name, "北门");
    assert_string_equal(sensor(o.site, "hut-noise")->name, "棚");
    assert_int_equal(o.faults.n_warnings, 0);
    CHECK(strcmp(o.site->config_sha256, plain.site->config_sha256) != 0, "the digest covers the layer");
    done(&plain);
    done(&o);
}

static void what_cannot_stand_is_left_out_with_a_warning_and_the_rest_holds(void **state)
{
    static const struct {
        const char *remote, *named;
    } cases[] = {
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"devices\": {\"gone\": {\"name\": \"x\"}}}", "/devices/gone"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"sensors\": {\"gone\": {\"name\": \"x\"}}}", "/sensors/gone"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"platform\": {\"url\": \"mqtt://evil:1883\"}}", "/platform"},
        {"{\"publish\": {\"live_interval\": \"1s\", \"no_such\": 1}}", "/publish/no_such"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"console\": {\"language\": \"fr\"}}", "/console/language"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"site\": []}", "/site"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"site\": {\"packs\": []}}", "/site/packs"},
        {"{\"publish\": {\"live_interval\": \"1s\"}, \"devices\": {\"gate\": {\"address\": 9}}}",
         "/devices/gate/address"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_with(cases[i].remote);

        CHECK(o.rc == SW_OK, "%s: %s", cases[i].remote, o.err.msg);
        assert_int_equal(o.site->live_interval_ms, 1000);
        assert_string_equal(o.site->platform.url, "");
        CHECK(o.faults.n_warnings == 1, "%s: %zu warnings", cases[i].remote, o.faults.n_warnings);
        CHECK(strstr(o.faults.list[0].message, cases[i].named) != NULL, "%s: %s", cases[i].named,
              o.faults.list[0].message);
        CHECK(strstr(o.faults.list[0].file, "remote.yaml") != NULL, "%s", o.faults.list[0].file);
        done(&o);
    }
}

static void a_layer_that_is_no_layer_keeps_no_site_from_being_read(void **state)
{
    static const char *const texts[] = {"",
                                        "[",
                                        "\x01",
                                        "- a\n",
                                        "null",
                                        "7",
                                        "{\"a\": {\"a\": ",
                                        "\xff\xfe",
                                        "{\"publish\": {\"live_interval\": \"1s\"}, \"publish\": {}}"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        struct outcome o = read_with(texts[i]);

        CHECK(o.rc == SW_OK, "'%s': %s", texts[i], o.err.msg);
        assert_int_equal(o.site->live_interval_ms, 5000);
        CHECK(o.faults.n_faults == 0, "'%s'", texts[i]);
        done(&o);
    }
}

static void faults_of_the_site_s_own_files_stay_faults(void **state)
{
    struct outcome o;

    (void) state;
    write_file(folder, "site.yaml", PLACE "console: {language: fr}\n");
    o = read_with("{\"devices\": {\"gone\": {\"name\": \"x\"}}, \"sensors\": {\"gone\": {\"name\": \"x\"}}}");
    assert_int_equal(o.rc, SW_E_INVAL);
    assert_int_equal(o.faults.n_faults, 1);
    done(&o);
}

static void each_key_is_for_the_platform_or_not(void **state)
{
    static const struct {
        const char *patch;
        int rc;
        const char *named; /* in the sentence; of a good one: in the layer */
    } cases[] = {
        {"{\"publish\":{\"live_interval\":\"10s\"}}", SW_OK, "\"live_interval\":\"10s\""},
        {"{\"publish\":{\"live_interval\":\"0s\"}}", SW_OK, "\"0s\""},
        {"{\"publish\":{\"live_interval\":null}}", SW_OK, "{}"},
        {"{\"publish\":null}", SW_OK, "{}"},
        {"{\"site\":{\"name\":\"a\xc2\x85.\"}}", SW_E_INVAL, "control character"},
        {"{\"site\":{\"name\":\"a\x7f\"}}", SW_E_INVAL, "control character"},
        {"{}", SW_OK, "{}"},
        {"{\"publish\":{\"backfill_rate\":50}}", SW_OK, "\"backfill_rate\":50"},
        {"{\"console\":{\"language\":\"en\"}}", SW_OK, "\"en\""},
        {"{\"site\":{\"name\":\"丁香路 \\\"12\\\"\"}}", SW_OK, "丁香路 \\\"12\\\""},
        {"{\"gateway\":{\"name\":\"Box: #1\"}}", SW_OK, "Box: #1"},
        {"{\"devices\":{\"gate\":{\"name\":\"~\"}}}", SW_OK, "\"~\""},
        {"{\"sensors\":{\"gate-noise\":{\"name\":\"n\"}}}", SW_OK, "gate-noise"},
        {"{\"devices\":{\"gone\":null}}", SW_OK, "{}"},

        {"{\"version\":1}", SW_E_DENIED, "/version"},
        {"{\"site\":{\"id\":\"other\"}}", SW_E_DENIED, "/site/id"},
        {"{\"site\":{\"packs\":[]}}", SW_E_DENIED, "/site/packs"},
        {"{\"site\":{\"timezone\":\"UTC\"}}", SW_E_DENIED, "/site/timezone"},
        {"{\"site\":{\"location\":{\"lat\":1}}}", SW_E_DENIED, "/site/location"},
        {"{\"site\":{\"hotline\":null}}", SW_E_DENIED, "/site/hotline"},
        {"{\"gateway\":{\"data\":\"/tmp\"}}", SW_E_DENIED, "/gateway/data"},
        {"{\"gateway\":{\"id\":\"gw-2\"}}", SW_E_DENIED, "/gateway/id"},
        {"{\"store\":{\"commit\":\"1s\"}}", SW_E_DENIED, "/store"},
        {"{\"store\":null}", SW_E_DENIED, "/store"},
        {"{\"buses\":{\"box-1\":{\"host\":\"evil\"}}}", SW_E_DENIED, "/buses"},
        {"{\"devices\":{\"gate\":{\"address\":3}}}", SW_E_DENIED, "/devices/gate/address"},
        {"{\"devices\":{\"gate\":{\"name\":\"good\",\"line\":\"gpiochip0:1\"}}}", SW_E_DENIED, "/devices/gate/line"},
        {"{\"sensors\":{\"gate-noise\":{\"background\":null}}}", SW_E_DENIED, "/sensors/gate-noise/background"},
        {"{\"responsibility\":[]}", SW_E_DENIED, "/responsibility"},
        {"{\"suppression\":{\"input\":\"x\"}}", SW_E_DENIED, "/suppression"},
        {"{\"spray\":{\"watch\":false}}", SW_E_DENIED, "/spray"},
        {"{\"machine\":\"x\"}", SW_E_DENIED, "/machine"},
        {"{\"schedule\":{\"files\":[\"/etc/passwd\"]}}", SW_E_DENIED, "/schedule"},
        {"{\"complaints\":{\"within\":\"1m\"}}", SW_E_DENIED, "/complaints"},
        {"{\"platform\":{\"url\":\"mqtt://evil\"}}", SW_E_DENIED, "/platform"},
        {"{\"platform\":{\"password_file\":null}}", SW_E_DENIED, "/platform"},
        {"{\"cameras\":{\"c\":{\"url\":\"http://x/\"}}}", SW_E_DENIED, "/cameras"},
        {"{\"console\":{\"listen\":\"0.0.0.0:80\"}}", SW_E_DENIED, "/console/listen"},

        {"{\"publish\":{\"live_interval\":10}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":\"10\"}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":\"-1s\"}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":\"2h\"}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":true}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":{}}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"live_interval\":[\"1s\"]}}", SW_E_INVAL, "/publish/live_interval"},
        {"{\"publish\":{\"backfill_rate\":-1}}", SW_E_INVAL, "/publish/backfill_rate"},
        {"{\"publish\":{\"backfill_rate\":1.5}}", SW_E_INVAL, "/publish/backfill_rate"},
        {"{\"publish\":{\"backfill_rate\":1e99}}", SW_E_INVAL, "/publish/backfill_rate"},
        {"{\"publish\":[]}", SW_E_INVAL, "/publish"},
        {"{\"publish\":\"5s\"}", SW_E_INVAL, "/publish"},
        {"{\"publish\":{\"livei_nterval\":\"1s\"}}", SW_E_INVAL, "/publish/livei_nterval"},
        {"{\"console\":{\"language\":\"fr\"}}", SW_E_INVAL, "/console/language"},
        {"{\"site\":{\"name\":\"\"}}", SW_E_INVAL, "/site/name"},
        {"{\"site\":{\"name\":\"a\\nb\"}}", SW_E_INVAL, "/site/name"},
        {"{\"site\":{\"name\":\"a\\u0007b\"}}", SW_E_INVAL, "/site/name"},
        {"{\"site\":{\"name\":\"a\\u2028b\"}}", SW_E_INVAL, "/site/name"},
        {"{\"devices\":{\"gone\":{\"name\":\"x\"}}}", SW_E_INVAL, "/devices/gone"},
        {"{\"devices\":{\"gate\":[]}}", SW_E_INVAL, "/devices/gate"},
        {"{\"a/b~c\":1}", SW_E_INVAL, "/a~1b~0c"},
        {"[]", SW_E_INVAL, "patch"},
        {"{\"publish\":{\"live_interval\":\"1s\"", SW_E_INVAL, "patch"},
        {"{\"<<\":{}}", SW_E_INVAL, "patch"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err;
        char *layer = NULL;
        const int rc = try_patch("{}", cases[i].patch, &layer, &err);

        CHECK(rc == cases[i].rc, "%s: code %d, %s", cases[i].patch, rc, err.msg);
        CHECK((layer != NULL) == (rc == SW_OK), "%s", cases[i].patch);
        CHECK(strstr(layer != NULL ? layer : err.msg, cases[i].named) != NULL, "%s: %s", cases[i].patch,
              layer != NULL ? layer : err.msg);
        if (rc == SW_E_DENIED)
            CHECK(strstr(err.msg, "only be changed on the site") != NULL, "%s", err.msg);
        free(layer);
    }
}

static void a_key_that_is_not_for_it_refuses_the_whole_patch(void **state)
{
    struct sw_err err;
    char *layer = NULL;

    (void) state;
    assert_int_equal(try_patch("{}", "{\"publish\":{\"live_interval\":\"1s\"},\"site\":{\"id\":\"x\"}}", &layer, &err),
                     SW_E_DENIED);
    assert_null(layer);
    assert_int_equal(try_patch("{}", "{\"site\":{\"id\":\"x\"},\"publish\":{\"live_interval\":\"1s\"}}", &layer, &err),
                     SW_E_DENIED);
    assert_null(layer);
}

static void patches_merge_as_rfc_7396_says(void **state)
{
    static const struct {
        const char *layer, *patch, *want;
    } cases[] = {
        {"{\"publish\":{\"live_interval\":\"1s\"}}", "{\"site\":{\"name\":\"n\"}}",
         "{\"publish\":{\"live_interval\":\"1s\"},\"site\":{\"name\":\"n\"}}"},
        {"{\"publish\":{\"live_interval\":\"1s\"}}", "{\"publish\":{\"live_interval\":\"2s\"}}",
         "{\"publish\":{\"live_interval\":\"2s\"}}"},
        {"{\"publish\":{\"live_interval\":\"1s\"},\"site\":{\"name\":\"n\"}}", "{\"publish\":{\"live_interval\":null}}",
         "{\"site\":{\"name\":\"n\"}}"},
        {"{\"devices\":{\"gate\":{\"name\":\"a\"},\"hut\":{\"name\":\"b\"}}}", "{\"devices\":{\"gate\":null}}",
         "{\"devices\":{\"hut\":{\"name\":\"b\"}}}"},
        {"{\"devices\":{\"gate\":{\"name\":\"a\"}}}", "{\"devices\":null,\"site\":{\"name\":\"null\"}}",
         "{\"site\":{\"name\":\"null\"}}"},
        {"{\"site\":{\"name\":\"n\"}}", "{}", "{\"site\":{\"name\":\"n\"}}"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_err err;
        char *layer = NULL;
        const char *body;

        CHECK(try_patch(cases[i].layer, cases[i].patch, &layer, &err) == SW_OK, "%s", err.msg);
        body = strchr(layer, '{');
        CHECK(strncmp(body, cases[i].want, strlen(cases[i].want)) == 0 && body[strlen(cases[i].want)] == '\n',
              "want %s, got %s", cases[i].want, body);
        free(layer);
    }
}

static void a_layer_that_was_made_is_read_as_it_was_meant(void **state)
{
    static const char *const names[] = {"北门 #1: a", "'",  "null", "true",     "5", "0x10",
                                        "- a",        "{}", "%",    "\\\"\\\\", "é😀"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++) {
        char patch[200], want[200] = "";
        struct sw_err err;
        char *layer = NULL;
        struct outcome o;

        (void) snprintf(patch, sizeof(patch), "{\"site\":{\"name\":\"%s\"}}", names[i]);
        (void) snprintf(want, sizeof(want), "%s", strcmp(names[i], "\\\"\\\\") == 0 ? "\"\\" : names[i]);
        CHECK(try_patch("{}", patch, &layer, &err) == SW_OK, "%s: %s", patch, err.msg);
        o = read_with(layer);
        CHECK(o.rc == SW_OK && o.faults.n_warnings == 0, "%s: %s %s", layer, o.err.msg,
              o.faults.n ? o.faults.list[0].message : "");
        assert_string_equal(o.site->name, want);
        done(&o);
        free(layer);
    }
}

static void what_was_read_is_told_with_its_origin_and_without_secrets(void **state)
{
    struct sw_config_seen seen = {0};
    struct sw_config_paths paths = {.seen = &seen};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};
    char path[160], file[200];

    (void) state;
    write_file(folder, "cam.pw", "SECRET-A\n");
    assert_int_equal(chmod(in_folder("cam.pw"), 0640), 0);
    write_file(folder, "site.yaml",
               PLACE "cameras: {c: {url: \"http://10.0.0.1/snap?user=u&pw=SECRET-B\", username: SECRET-C, "
                     "password_file: cam.pw, on: [tickets]}}\n");
    write_file(folder, "data/remote.yaml", "{\"publish\": {\"live_interval\": \"1s\"}}");
    (void) snprintf(path, sizeof(path), "%s/site.yaml", folder);
    CHECK(sw_site_read(path, &paths, &faults, &site, &err) == SW_OK, "%s", err.msg);
    CHECK(strstr(seen.config, "SECRET") == NULL, "%s", seen.config);
    CHECK(strstr(seen.config, "\"url\":\"http://10.0.0.1/snap\"") != NULL, "%s", seen.config);
    CHECK(strstr(seen.config, "\"password_file\":\"cam.pw\"") != NULL, "%s", seen.config);
    CHECK(strstr(seen.full, "SECRET-C") != NULL, "what is compared is whole");
    CHECK(strstr(seen.config, "\"area\":\"310115\"") != NULL && strstr(seen.config, "\"address\":1,") != NULL,
          "as written: %s", seen.config);
    CHECK(strstr(seen.origin, "\"/publish/live_interval\":\"remote\"") != NULL, "%s", seen.origin);
    (void) snprintf(file, sizeof(file), "\"/devices\":\"%s\"", path);
    CHECK(strstr(seen.origin, file) != NULL, "%s", seen.origin);
    assert_string_equal(seen.remote, "{\"publish\":{\"live_interval\":\"1s\"}}");
    CHECK(seen.has_remote && !seen.is_remote_cut, "the layer");
    sw_site_free(site);
    sw_faults_done(&faults);
    sw_config_seen_done(&seen);
}

static void a_zone_that_is_not_the_running_one_is_only_looked_for(void **state)
{
    static struct sw_zone running = {.name = "Europe/Berlin", .n = 1};
    struct sw_config_paths paths = {.zone = &running};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};
    char path[160];

    (void) state;
    (void) snprintf(path, sizeof(path), "%s/site.yaml", folder);
    CHECK(sw_site_read(path, &paths, &faults, &site, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(site->timezone, "Asia/Shanghai");
    CHECK(sw_zone_offset_s(&site->zone, 1772466000) == 0, "UTC until the next start");
    site = sw_site_free(site);
    strcpy(running.name, "Asia/Shanghai");
    running.span[0] = (struct sw_zone_span){.from_s = INT64_MIN, .offset_s = 1234};
    CHECK(sw_site_read(path, &paths, &faults, &site, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_zone_offset_s(&site->zone, 1772466000) == 1234, "the table that runs, not the C library's");
    site = sw_site_free(site);
    sw_faults_done(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_the_layer_hold_over_those_of_the_files, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(what_cannot_stand_is_left_out_with_a_warning_and_the_rest_holds, make_place,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(a_layer_that_is_no_layer_keeps_no_site_from_being_read, make_place,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(faults_of_the_site_s_own_files_stay_faults, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(each_key_is_for_the_platform_or_not, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_for_it_refuses_the_whole_patch, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(patches_merge_as_rfc_7396_says, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(a_layer_that_was_made_is_read_as_it_was_meant, make_place, drop_folder),
        cmocka_unit_test_setup_teardown(what_was_read_is_told_with_its_origin_and_without_secrets, make_place,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(a_zone_that_is_not_the_running_one_is_only_looked_for, make_place, drop_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
