// SPDX-License-Identifier: Apache-2.0
/* From the file of a scan to a layer of configuration: nothing in the file is believed, no file of a person is touched.
 */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/scan_add.h"
#include "cli/scan_target.h"

static char folder[] = "/tmp/sw-scan-add-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];

    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const char *text)
{
    const char *path = in_folder(name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static const char scan[] =
    "{\"schema\":\"siteward.scan/1.0\",\"line\":\"rtu\",\"port\":\"/dev/ttyUSB0\",\"bus\":null,\"config\":null,"
    "\"units\":["
    "{\"address\":1,\"baud\":9600,\"format\":\"8N1\",\"result\":\"matched\",\"template\":\"rs-zs-bz\","
    "\"candidates\":[{\"template\":\"rs-zs-bz\"},{\"template\":\"a\\nb: c\"},{\"template\":\"xm8189b\"}],"
    "\"values\":[{\"quantity\":\"LAF\",\"value\":65.3,\"unit\":\"dBA\"},{\"quantity\":\"LAF\",\"value\":null}]},"
    "{\"address\":5,\"baud\":9600,\"format\":\"8N1\",\"result\":\"unknown\",\"template\":null},"
    "{\"address\":6,\"baud\":9600,\"format\":\"8N1\",\"result\":\"exception\"},"
    "{\"address\":7,\"baud\":9600,\"format\":\"8N1\",\"result\":\"garbled\"},"
    "{\"address\":9,\"baud\":4800,\"format\":\"8E2\",\"result\":\"matched\",\"template\":\"rs-fsjt\"}]}";

static void the_file_of_a_scan_is_read(void **state)
{
    static struct sw_add_found found;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_add_read(write_file("scan.json", scan), &found, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(found.line.kind, SW_LINE_RTU);
    assert_string_equal(found.line.port, "/dev/ttyUSB0");
    assert_int_equal(found.n, 2);
    assert_int_equal(found.n_unknown, 2); /* somebody lives there; a garbled address is nobody */
    assert_string_equal(found.devices[0].template_id, "rs-zs-bz");
    assert_int_equal(found.devices[0].unit_id, 1);
    assert_string_equal(found.devices[0].seen, "LAF 65.3 dBA");
    assert_string_equal(found.devices[0].others, "xm8189b");
    assert_string_equal(found.devices[1].others, "");
    assert_true(found.devices[1].serial.baud == 4800 && found.devices[1].serial.parity == 'E' &&
                found.devices[1].serial.stop_bits == 2);
}

static const struct bad_case {
    const char *why, *text, *says;
} bad_cases[] = {
    {"no JSON", "{", "no file of 'siteward scan'"},
    {"another document", "{\"schema\":\"siteward.status/1.0\"}", "no file of 'siteward scan'"},
    {"no line", "{\"schema\":\"siteward.scan/1.0\",\"units\":[]}", "which line"},
    {"an address that is none",
     "{\"schema\":\"siteward.scan/1.0\",\"port\":\"/dev/x\",\"units\":[{\"result\":\"matched\",\"template\":\"a\","
     "\"address\":256}]}",
     "no sound template or address"},
    {"a template that would write YAML",
     "{\"schema\":\"siteward.scan/1.0\",\"port\":\"/dev/x\",\"units\":[{\"result\":\"matched\",\"template\":\"a\\nb: "
     "c\","
     "\"address\":1}]}",
     "no sound template or address"},
};

static void what_is_no_scan_is_refused_with_a_reason(void **state)
{
    static struct sw_add_found found;
    struct sw_err err = {0};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bad_cases); i++) {
        CHECK(sw_add_read(write_file("bad.json", bad_cases[i].text), &found, &err) == SW_E_INVAL, "%s: taken",
              bad_cases[i].why);
        CHECK(strstr(err.msg, bad_cases[i].says) != NULL, "%s: says \"%s\"", bad_cases[i].why, err.msg);
    }
    assert_int_equal(sw_add_read(in_folder("absent.json"), &found, &err), SW_E_IO);
    assert_non_null(strstr(err.msg, "run 'siteward scan' first"));
}

static char *text_of(const struct sw_add_text *t)
{
    char *buf = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&buf, &len);

    assert_non_null(to);
    sw_add_print(t, to);
    assert_int_equal(fclose(to), 0);
    return buf;
}

static void a_new_line_gets_a_bus_and_a_slower_unit_its_own_speed(void **state)
{
    const struct sw_bus_params line = {.kind = SW_LINE_RTU, .port = "/dev/tty\"x"};
    const struct sw_add_device devices[] = {
        {.id = "a-1", .template_id = "rs-zs-bz", .unit_id = 1, .serial = {9600, 'N', 8, 1}, .seen = "LAF 65.3 dBA"},
        {.id = "b-9", .template_id = "rs-fsjt", .others = "cwt-uwd", .unit_id = 9, .serial = {4800, 'E', 8, 1}}};
    const struct sw_add_text t = {
        .bus = "ttyx", .line = &line, .serial = {9600, 'N', 8, 1}, .devices = devices, .n = 2};
    char *text = text_of(&t);

    (void) state;
    assert_string_equal(
        text, SW_ADD_MARK
        "\n# Edit names and places here; 'siteward check' tells whether all is well.\n"
        "buses:\n  ttyx:\n    kind: rtu\n    port: \"/dev/tty\\\"x\"\n    baud: 9600\n    format: 8N1\n"
        "devices:\n"
        "  a-1:\n    # when it was found it said: LAF 65.3 dBA\n    template: rs-zs-bz\n    bus: ttyx\n"
        "    address: 1\n    place: boundary # edit: boundary, reference, indoor or other\n"
        "    # name: what people call the place\n"
        "  b-9:\n    template: rs-fsjt # read the label: cwt-uwd would fit too\n    bus: ttyx\n    address: 9\n"
        "    baud: 4800 # the line runs at 9600 8N1\n    format: 8E1\n"
        "    place: boundary # edit: boundary, reference, indoor or other\n"
        "    # name: what people call the place\n");
    free(text);
}

static void a_file_of_its_own_grows_and_keeps_what_was_edited(void **state)
{
    const struct sw_add_device d = {.id = "b-2", .template_id = "rs-fsjt", .unit_id = 2};
    const struct sw_add_text t = {
        .old = SW_ADD_MARK "\ndevices:\n  gate: {name: 北门}", .bus = "x", .devices = &d, .n = 1};
    char *text = text_of(&t);

    (void) state;
    assert_non_null(strstr(text, SW_ADD_MARK "\ndevices:\n  gate: {name: 北门}\n  b-2:\n    template: rs-fsjt\n"));
    free(text);
}

static void a_file_that_a_person_wrote_is_left_alone(void **state)
{
    struct sw_err err = {0};
    char *old = NULL;

    (void) state;
    assert_int_equal(sw_add_old_text(in_folder("50-scan-none.yaml"), &old, &err), SW_OK);
    assert_null(old);
    assert_int_equal(sw_add_old_text(write_file("50-scan-x.yaml", "# mine\ndevices: {}\n"), &old, &err), SW_E_CONFLICT);
    assert_null(old);
    assert_int_equal(sw_add_old_text(write_file("50-scan-y.yaml", "# Written by"), &old, &err), SW_E_CONFLICT);
    assert_int_equal(sw_add_old_text(write_file("50-scan-z.yaml", SW_ADD_MARK "\ndevices:\n"), &old, &err), SW_OK);
    assert_string_equal(old, SW_ADD_MARK "\ndevices:\n");
    free(old);
}

static void a_file_is_put_in_place_whole_and_taken_back(void **state)
{
    struct sw_err err = {0};
    char path[128], *old = NULL;

    (void) state;
    (void) snprintf(path, sizeof(path), "%s", in_folder("50-scan-w.yaml"));
    assert_int_equal(sw_add_replace(path, SW_ADD_MARK "\n", &err), SW_OK);
    assert_int_equal(sw_add_old_text(path, &old, &err), SW_OK);
    assert_string_equal(old, SW_ADD_MARK "\n");
    free(old);
    assert_int_equal(access(in_folder(".50-scan-w.yaml.new"), F_OK), -1);
    assert_int_equal(sw_add_replace(path, NULL, &err), SW_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(sw_add_replace(in_folder("no/such/folder.yaml"), "x", &err), SW_E_IO);
}

static void a_bus_is_named_after_its_port_or_host(void **state)
{
    static const struct {
        struct sw_bus_params line;
        const char *id;
    } cases[] = {
        {{.kind = SW_LINE_RTU, .port = "/dev/ttyUSB0"}, "ttyusb0"},
        {{.kind = SW_LINE_RTU, .port = "/dev/serial/by-id/usb-FTDI_FT232R_A5-if00-port0"},
         "usb-ftdi-ft232r-a5-if00-port0"},
        {{.kind = SW_LINE_TCP, .host = "192.168.1.50"}, "tcp-192-168-1-50"},
        {{.kind = SW_LINE_TCP, .host = "box", .tcp_port = 1502}, "tcp-box-1502"},
        {{.kind = SW_LINE_RTU, .port = "/dev/___"}, "line"},
    };
    char id[SW_ID_SIZE];

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        sw_add_bus_id(&cases[i].line, id, sizeof(id));
        assert_string_equal(id, cases[i].id);
    }
}

static void hosts_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text, *host;
        int port; /* -1: refused */
    } cases[] = {{"192.168.1.50", "192.168.1.50", 0},
                 {"192.168.1.50:1502", "192.168.1.50", 1502},
                 {"box.local", "box.local", 0},
                 {"[fe80::1]:502", "fe80::1", 502},
                 {"[fe80::1]", "fe80::1", 0},
                 {"fe80::1", "fe80::1", 0},
                 {"box:", NULL, -1},
                 {"box:0", NULL, -1},
                 {"box:65536", NULL, -1},
                 {"", NULL, -1},
                 {"[fe80::1", NULL, -1},
                 {"box:5o2", NULL, -1}};
    char host[64];
    int port;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const bool ok = sw_scan_parse_host(cases[i].text, host, sizeof(host), &port);

        CHECK(ok == (cases[i].port >= 0), "'%s': taken or not", cases[i].text);
        if (ok)
            CHECK(strcmp(host, cases[i].host) == 0 && port == cases[i].port, "'%s' is %s, %d", cases[i].text, host,
                  port);
    }
}

static void the_newest_scan_is_taken_wherever_it_was_kept(void **state)
{
    static const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}}, later[2] = {{2000, 1}, {2000, 1}};
    struct sw_site *site = calloc(1, sizeof(*site));
    char path[SW_PATH_SIZE], of_site[128];

    (void) state;
    assert_non_null(site);
    assert_int_equal(chdir(folder), 0);
    (void) snprintf(site->data_dir, sizeof(site->data_dir), "%s", folder);
    (void) unlink(in_folder("scan.json"));
    (void) snprintf(of_site, sizeof(of_site), "%s", in_folder("scan.json"));
    assert_false(sw_scan_last_file(site, path, sizeof(path)));
    assert_string_equal(path, of_site);
    assert_int_equal(utimensat(AT_FDCWD, write_file("siteward-scan.json", "{}"), old, 0), 0);
    assert_true(sw_scan_last_file(site, path, sizeof(path))); /* made before there was a site file */
    assert_string_equal(path, "siteward-scan.json");
    assert_int_equal(utimensat(AT_FDCWD, write_file("scan.json", "{}"), later, 0), 0);
    assert_true(sw_scan_last_file(site, path, sizeof(path)));
    assert_string_equal(path, of_site);
    assert_int_equal(
        utimensat(AT_FDCWD, write_file("scan.json", "{}"), (const struct timespec[2]){{1000, 0}, {999, 0}}, 0), 0);
    assert_true(sw_scan_last_file(site, path, sizeof(path)));
    assert_string_equal(path, "siteward-scan.json");
    assert_int_equal(chdir("/"), 0);
    free(site);
}

static int make_folder(void **state)
{
    (void) state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"scan.json",      "bad.json",       "50-scan-x.yaml",    "50-scan-y.yaml",
                                        "50-scan-z.yaml", "50-scan-w.yaml", "siteward-scan.json"};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(names); i++)
        (void) unlink(in_folder(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_of_a_scan_is_read),
        cmocka_unit_test(what_is_no_scan_is_refused_with_a_reason),
        cmocka_unit_test(a_new_line_gets_a_bus_and_a_slower_unit_its_own_speed),
        cmocka_unit_test(a_file_of_its_own_grows_and_keeps_what_was_edited),
        cmocka_unit_test(a_file_that_a_person_wrote_is_left_alone),
        cmocka_unit_test(a_file_is_put_in_place_whole_and_taken_back),
        cmocka_unit_test(a_bus_is_named_after_its_port_or_host),
        cmocka_unit_test(hosts_are_read_as_people_write_them),
        cmocka_unit_test(the_newest_scan_is_taken_wherever_it_was_kept),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
