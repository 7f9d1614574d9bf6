// SPDX-License-Identifier: Apache-2.0
/* A configuration that was put into the store reads like the first one: the same digest; and a text that would lead out
 * of its folder is refused. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/faults.h"
#include "gateway/config_text.h"

static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static struct sw_site *read_site(const char *path, const char *remote)
{
    const struct sw_config_paths paths = {.remote_file = remote};
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};

    if (sw_site_read(path, &paths, &faults, &site, &err) < 0)
        sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    CHECK(site, "%s", err.msg);
    return site;
}

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void a_kept_configuration_reads_like_the_first(void **state)
{
    struct sw_site *site, *again;
    struct sw_err err = {0};
    char *text = NULL, remote[128];
    size_t len = 0;

    (void) state;
    assert_int_equal(mkdir(in_folder("conf.d"), 0700), 0);
    assert_int_equal(mkdir(in_folder("again"), 0700), 0);
    write_file("place.yaml", "version: 1\nsite: {id: pd-0042, area: \"310115\", timezone: Asia/Shanghai, name: 地块,\n"
                             "  packs: [cn-gb12523-2025], hotline: hotline-cn-12345}\n"
                             "buses: {box-1: {kind: tcp, host: 127.0.0.1}}\n"
                             "devices: {gate: {template: siteward-node, bus: box-1, address: 1}}\n"
                             "gateway: {data: data}\n");
    assert_int_equal(mkdir(in_folder("data"), 0700), 0);
    write_file("data/remote.yaml", "{\"publish\": {\"live_interval\": \"7s\"}}");
    write_file("conf.d/10-name.yaml", "site: {name: \"a \\\"name\\\"\"}\n");
    site = read_site(in_folder("place.yaml"), NULL);
    assert_int_equal(site->live_interval_ms, 7000);
    CHECK(sw_config_text_write(in_folder("place.yaml"), site, &text, &len, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_config_text_unpack(text, len, in_folder("again"), &err) == SW_OK, "%s", err.msg);
    snprintf(remote, sizeof(remote), "%s", in_folder("again/remote.yaml"));
    again = read_site(in_folder("again/" SW_CONFIG_TEXT_SITE), remote);
    assert_int_equal(again->live_interval_ms, 7000);
    assert_string_equal(again->config_sha256, site->config_sha256);
    assert_string_equal(again->name, "a \"name\"");
    free(text);
    sw_site_free(site);
    sw_site_free(again);
}

static void a_text_that_leads_elsewhere_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{\"../site.yaml\":\"x\"}",
        "{\"/etc/passwd\":\"x\"}",
        "{\"packs/../../x.yaml\":\"x\"}",
        "{\"packs/.hidden\":\"x\"}",
        "{\"other/x.yaml\":\"x\"}",
        "{\"site.yaml\":1}",
    };

    (void) state;
    assert_int_equal(mkdir(in_folder("refused"), 0700), 0);
    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++) {
        struct sw_err err = {0};

        CHECK(sw_config_text_unpack(texts[i], strlen(texts[i]), in_folder("refused"), &err) == SW_E_CORRUPT, "%s",
              texts[i]);
        CHECK(*err.msg, "%s: no sentence", texts[i]);
    }
}

static int setup(void **state)
{
    (void) state;
    strcpy(folder, "/tmp/sw-config-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];

    (void) state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_configuration_reads_like_the_first),
        cmocka_unit_test(a_text_that_leads_elsewhere_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
