// SPDX-License-Identifier: Apache-2.0
/* A site file as a whole: what it becomes, how layers lie over each other, and its ceilings. Its mistakes
 * are in test_site_faults.c. */
#include "site_fixture.h"

#include <math.h>

static void the_example_reads_clean_and_arrives_whole(void **state)
{
    struct outcome o = read_file(SW_TEST_DATA "/../../config/site.example.yaml");
    const struct sw_site *s = o.site;

    (void) state;
    check_faults("example", &o.faults, (const struct want[]){{0}});
    CHECK(o.rc == SW_OK, "%s", o.err.msg);
    CHECK(has_warning(&o.faults, "schedule.ics|cannot be read"), "the schedule is the reader's own");
    CHECK(has_warning(&o.faults, "holiday calendar 'cn'|2027-01-01|provisional"), "2027 is not out yet");
    CHECK(has_warning(&o.faults, "platform/password cannot be read"), "the password is the reader's own");
    assert_int_equal(o.faults.n_warnings, 3);
    assert_string_equal(s->id, "pd-0042");
    assert_string_equal(s->area, "310115");
    assert_string_equal(s->name, "丁香路 12-3 地块");
    assert_true(s->lat == 31.2237 && s->lon == 121.5441);
    assert_string_equal(s->permit_no, "310115202500123");
    assert_string_equal(s->subdistrict, "花木街道");
    assert_string_equal(s->gateway_id, "gw-7f3a");
    assert_string_equal(s->data_dir, "/var/lib/siteward");
    assert_true(s->store_commit_ms == 60000 && s->live_interval_ms == 5000);
    assert_int_equal(s->complaint_within_m, 500);
    assert_string_equal(s->language, "zh-CN");
    assert_int_equal(s->zone.n, 1);
    assert_int_equal(s->zone.span[0].offset_s, 8 * 3600);
    assert_true(s->n_packs == 1 && s->n_buses == 2 && s->n_devices == 2 && s->n_templates == 1);
    assert_string_equal(s->hotline.id, "hotline-cn-12345");
    assert_true(s->buses[0].kind == SW_BUS_RTU && s->buses[0].serial.baud == 115200 &&
                s->buses[0].serial.parity == 'N' && s->buses[0].serial.stop_bits == 1);
    assert_true(s->buses[1].kind == SW_BUS_TCP && s->buses[1].tcp_port == 502 &&
                s->buses[1].response_timeout_ms == 500);
    assert_string_equal(s->buses[1].host, "192.168.1.50");
    assert_true(s->devices[1].bus == 1 && s->devices[1].unit_id == 1 && s->devices[1].height_m == 4.0);
    assert_true(s->n_responsibility == 2 && s->responsibility[0].category == SW_CATEGORY_NOISE &&
                s->responsibility[1].category == -1 && s->responsibility[1].is_lead);
    assert_string_equal(s->responsibility[0].who.phone, "021-00000000");
    assert_true(s->platform.is_set);
    assert_string_equal(s->platform.url, "mqtt://127.0.0.1:1883");
    assert_string_equal(s->platform.root, "siteward");
    assert_string_equal(s->platform.password_file, SW_TEST_DATA "/../../config/platform/password");
    assert_int_equal(s->grace_us, 2000000);
    done(&o);
}

static void sensors_are_channels_in_file_order_then_those_fed_by_replay(void **state)
{
    struct outcome o = read_site(SITE LEAD "buses: {b: {kind: tcp, host: h}}\n"
                                           "devices:\n"
                                           "  z: {template: siteward-node, bus: b, address: 1, name: Z, interval: 2s,"
                                           " place: reference, zone: yard, channels: [pm10, noise]}\n"
                                           "  a: {template: rs-zs-bz, bus: b, address: 2}\n"
                                           "sensors:\n"
                                           "  fed: {quantity: LAF, interval: 500ms}\n"
                                           "  z-pm10: {name: dust, place: other, interval: 1m}\n"
                                           "  wind: {quantity: wind_speed}\n");
    static const struct {
        const char *id, *name, *zone;
        int device;
        enum sw_kind kind;
        enum sw_quantity level;
        uint32_t quantities;
        int64_t interval_us;
        enum sw_place place;
    } want[] = {
        {"z-noise", "Z noise", "yard", 0, SW_KIND_NOISE, SW_QUANTITY_LAEQ,
         1u << SW_QUANTITY_LAEQ | 1u << SW_QUANTITY_LAFMAX, 2000000, SW_PLACE_REFERENCE},
        {"z-pm10", "dust", "yard", 0, SW_KIND_DUST, SW_QUANTITY_PM10, 1u << SW_QUANTITY_PM10, 60000000, SW_PLACE_OTHER},
        {"a-noise", "a", "", 1, SW_KIND_NOISE, SW_QUANTITY_LAF, 1u << SW_QUANTITY_LAF, 1000000, SW_PLACE_BOUNDARY},
        {"fed", "fed", "", -1, SW_KIND_NOISE, SW_QUANTITY_LAF,
         1u << SW_QUANTITY_LAF | 1u << SW_QUANTITY_LAFMAX | 1u << SW_QUANTITY_LCPEAK, 500000, SW_PLACE_BOUNDARY},
        {"wind", "wind", "", -1, SW_KIND_WEATHER, SW_QUANTITY_WIND_SPEED, 1u << SW_QUANTITY_WIND_SPEED, 1000000,
         SW_PLACE_BOUNDARY},
    };

    (void) state;
    check_faults("sensors", &o.faults, (const struct want[]){{0}});
    assert_int_equal(o.site->n_sensors, SW_ARRAY_SIZE(want));
    for (size_t i = 0; i < SW_ARRAY_SIZE(want); i++) {
        const struct sw_sensor_conf *s = &o.site->sensors[i];

        CHECK(strcmp(s->id, want[i].id) == 0, "sensor %zu is %s", i, s->id);
        CHECK(strcmp(s->name, want[i].name) == 0 && strcmp(s->zone, want[i].zone) == 0, "%s: '%s' '%s'", s->id, s->name,
              s->zone);
        CHECK(s->device == want[i].device && s->kind == want[i].kind && s->level == want[i].level, "%s", s->id);
        /* the node's template may carry more levels than these two */
        CHECK((s->quantities & want[i].quantities) == want[i].quantities, "%s: %x", s->id, s->quantities);
        CHECK(s->interval_us == want[i].interval_us && s->place == want[i].place, "%s: interval, place", s->id);
        CHECK(isnan(s->lat) && isnan(s->height_m), "%s: a place that nobody gave", s->id);
        CHECK(sw_site_sensor(o.site, s->id, strlen(s->id)) == (int) i, "%s is not found", s->id);
    }
    assert_int_equal(sw_site_sensor(o.site, "a-nois", 6), -1);
    assert_int_equal(sw_site_sensor(o.site, "a-noise,x", 7), 2);
    assert_int_equal(sw_site_sensor(o.site, "", 0), -1);
    done(&o);
}

static void a_row_of_responsibility_may_name_its_permit(void **state)
{
    struct outcome o = read_site("site: {id: s1, area: gb-cmd, timezone: Europe/London, permit_no: P-1}\n"
                                 "responsibility: [{unit: U, lead: true}, {category: dust, unit: V, permit: P-2}]\n");

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    assert_string_equal(o.site->permit_no, "P-1");
    assert_string_equal(o.site->responsibility[0].permit_no, ""); /* the site's holds */
    assert_string_equal(o.site->responsibility[1].permit_no, "P-2");
    done(&o);
}

static void a_short_file_gets_defaults_and_warnings(void **state)
{
    struct outcome o = read_site("site: {id: s1, area: gb-cmd, timezone: Europe/London}\n"
                                 "buses: {b: {kind: rtu, port: tty0}}\n");
    const struct sw_site *s = o.site;

    (void) state;
    check_faults("short", &o.faults, (const struct want[]){{0}});
    assert_string_equal(s->name, "s1");
    assert_string_equal(s->gateway_id, "gw-s1");
    assert_string_equal(s->runtime_dir, "/run/siteward");
    assert_true(isnan(s->lat) && isnan(s->lon));
    assert_false(s->platform.is_set);
    assert_int_equal(s->store_commit_ms, 60000);
    assert_int_equal(strncmp(s->buses[0].port, folder, strlen(folder)), 0);
    assert_true(has_warning(&o.faults, "no 'packs'"));
    assert_true(has_warning(&o.faults, "no 'responsibility'"));
    assert_true(has_warning(&o.faults, "no device is on bus 'b'"));
    assert_true(has_warning(&o.faults, "nothing to measure"));
    assert_int_equal(o.faults.n_warnings, 4);
    done(&o);
}

static void json_is_as_good_as_yaml(void **state)
{
    struct outcome o =
        read_site("{\"version\": 1,\n \"site\": {\"id\": \"s1\", \"area\": \"310115\", \"name\": \"\\u5317\","
                  " \"timezone\": \"Asia/Shanghai\"},\n"
                  "\t\"sensors\": {\"n\": {\"quantity\": \"LAeq\", \"interval\": \"1s\"}}}\n");

    (void) state;
    check_faults("JSON", &o.faults, (const struct want[]){{0}});
    assert_string_equal(o.site->name, "北");
    assert_int_equal(o.site->n_sensors, 1);
    done(&o);
    o = read_site(
        "{\"site\": {\"id\": \"s1\", \"area\": \"310115\", \"timezone\": \"Asia/Shanghai\",\n  \"nam\": 1}}\n");
    check_faults("JSON with a fault", &o.faults, (const struct want[]){{2, 3, "'nam'|did you mean 'name'?"}, {0}});
    done(&o);
}

/* ---- layers and files beside ---- */

static const struct sw_fault *fault_of_file(const struct sw_faults *f, const char *end)
{
    for (size_t i = 0; i < f->n; i++)
        if (!f->list[i].is_warning && strlen(f->list[i].file) >= strlen(end) &&
            strcmp(f->list[i].file + strlen(f->list[i].file) - strlen(end), end) == 0)
            return &f->list[i];
    return NULL;
}

static void layers_in_conf_d_are_laid_over_in_name_order(void **state)
{
    char want[200];
    struct outcome o;

    (void) state;
    write_file(folder, "conf.d/20-second.yaml", "site: {name: second}\nsensors: {b: null, c: {quantity: LAF}}\n");
    write_file(folder, "conf.d/10-first.yaml",
               "site: {name: first, address: first}\n"
               "platform: {url: \"mqtt://h:1\", password_file: pw}\n");
    write_file(folder, "conf.d/30-not-read.yaml.dpkg-old", "nonsense: 1\n");
    write_file(folder, "conf.d/.hidden.yaml", "nonsense: 1\n");
    o = read_site(SITE LEAD "sensors: {a: {quantity: LAF}, b: {quantity: LAF}}\nstore: {commit: 1s}\n");
    check_faults("layers", &o.faults, (const struct want[]){{0}});
    assert_string_equal(o.site->name, "second");
    assert_string_equal(o.site->address, "first");
    assert_int_equal(o.site->store_commit_ms, 1000);
    assert_int_equal(o.site->n_sensors, 2);
    assert_string_equal(sensor(o.site, "c")->id, "c");
    (void) snprintf(want, sizeof(want), "%s/conf.d/pw", folder);
    assert_string_equal(o.site->platform.password_file, want);
    done(&o);
    /* a fault is told in the file where it was written, also when syntax spoils a whole layer */
    write_file(folder, "conf.d/10-first.yaml", "site:\n  name: [x]\n");
    write_file(folder, "conf.d/20-second.yaml", "sensors: {b: {quantity: LAFF}}\n");
    write_file(folder, "conf.d/30-third.yaml", "site: {name: x\n");
    o = read_site(SITE "sensors: {a: {quantity: LA}}\n");
    assert_int_equal(o.faults.n_faults, 4);
    assert_true(fault_of_file(&o.faults, "/site.yaml")->line == 2);
    assert_true(fault_of_file(&o.faults, "/conf.d/10-first.yaml")->line == 2);
    assert_true(fault_of_file(&o.faults, "/conf.d/20-second.yaml")->column == 25);
    assert_true(holds_words(fault_of_file(&o.faults, "/conf.d/30-third.yaml")->message, "not valid YAML"));
    done(&o);
    /* without the site file the layers mean nothing: only their own syntax is looked at */
    o = read_site("site: {id: [\n");
    assert_int_equal(o.faults.n_faults, 2);
    assert_true(holds_words(fault_of_file(&o.faults, "/site.yaml")->message, "not valid YAML"));
    assert_true(holds_words(fault_of_file(&o.faults, "/conf.d/30-third.yaml")->message, "not valid YAML"));
    done(&o);
}

static void a_template_beside_the_site_file_wins(void **state)
{
    static const char template[] =
        "version: 1\nid: %s\nsource: s\ninterval: 7s\nresponse_timeout: 3s\n"
        "serial: {baud: 4800, format: 8E1}\n"
        "channels: {n: {values: [{quantity: LAF, function: input, register: %s, type: u16}]}}\n";
    static const char site[] = SITE LEAD "buses: {b: {kind: rtu, port: /dev/x}}\n"
                                         "devices: {d: {template: rs-zs-bz, bus: b, address: 1}}\n";
    char text[600], first[65];
    struct outcome o;

    (void) state;
    (void) snprintf(text, sizeof(text), template, "rs-zs-bz", "1");
    write_file(folder, "templates/rs-zs-bz.yaml", text);
    o = read_site(site);
    check_faults("own template", &o.faults, (const struct want[]){{0}});
    assert_string_equal(o.site->sensors[0].id, "d-n");
    assert_int_equal(o.site->sensors[0].interval_us, 7000000);
    assert_true(o.site->buses[0].serial.baud == 4800 && o.site->buses[0].serial.parity == 'E');
    assert_int_equal(o.site->grace_us, 3000000);
    memcpy(first, o.site->config_sha256, sizeof(first));
    done(&o);
    o = read_site(site);
    assert_string_equal(o.site->config_sha256, first);
    done(&o);
    (void) snprintf(text, sizeof(text), template, "rs-zs-bz", "2");
    write_file(folder, "templates/rs-zs-bz.yaml", text);
    o = read_site(site);
    assert_string_not_equal(o.site->config_sha256, first);
    done(&o);
    (void) snprintf(text, sizeof(text), template, "rs-zs-bz", "x");
    write_file(folder, "templates/rs-zs-bz.yaml", text);
    o = read_site(site);
    assert_true(o.rc == SW_E_INVAL && o.faults.n_faults == 1);
    assert_int_equal(fault_of_file(&o.faults, "/templates/rs-zs-bz.yaml")->line, 7);
    done(&o);
}

static void a_line_that_runs_otherwise_than_its_devices_is_warned_of(void **state)
{
    struct outcome o = read_site(SITE LEAD "buses: {b: {kind: rtu, port: /dev/x}}\n"
                                           "devices:\n"
                                           "  d: {template: rs-zs-bz, bus: b, address: 1}\n"
                                           "  e: {template: rs-fsjt, bus: b, address: 2}\n");

    (void) state;
    check_faults("mixed line", &o.faults, (const struct want[]){{0}});
    assert_int_equal(o.site->buses[0].serial.baud, 9600);
    assert_true(has_warning(&o.faults, "'e' leaves the factory with 4800 8N1|9600 8N1"));
    assert_int_equal(o.faults.n_warnings, 1);
    done(&o);
}

/* ---- ceilings ---- */

/* A piece of text with each '#' replaced by a number. */
static void append(char *text, size_t cap, const char *piece, int number)
{
    size_t len = strlen(text);

    for (; *piece != '\0' && len + 12 < cap; piece++) {
        if (*piece == '#')
            len += (size_t) snprintf(text + len, cap - len, "%d", number);
        else
            text[len++] = *piece;
    }
    text[len] = '\0';
}

static void check_ceiling(const char *why, const char *head, const char *piece, const char *tail, int most,
                          const char *words)
{
    static char text[64 * 1024];

    for (int n = most; n <= most + 1; n++) {
        struct outcome o;
        char first[400];

        (void) snprintf(text, sizeof(text), "%s", head);
        for (int i = 1; i <= n; i++)
            append(text, sizeof(text), piece, i);
        (void) snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", tail);
        o = read_site(text);
        if (n == most)
            check_faults(why, &o.faults, (const struct want[]){{0}});
        else
            CHECK(holds_words(sw_faults_first(&o.faults, first, sizeof(first)), words), "%s: '%s'", why, first);
        done(&o);
    }
}

static void ceilings_hold_at_their_edges(void **state)
{
    char name[64], text[300];

    (void) state;
    write_file(folder, "templates/one.yaml",
               "version: 1\nid: one\nsource: s\ninterval: 1s\n"
               "channels: {n: {values: [{quantity: LAF, function: input, register: 1, type: u16}]}}\n");
    for (int i = 1; i <= 9; i++) {
        (void) snprintf(name, sizeof(name), "packs/p%d.yaml", i);
        (void) snprintf(
            text, sizeof(text),
            "id: p%d\nversion: 1\ntitle: {en: x}\nrules: {r: {kind: noise, statistic: max, limit: 70, unit: dBA,"
            " source: s, sure: confirmed}}\n",
            i);
        write_file(folder, name, text);
    }
    check_ceiling("sensors fed by replay", SITE "sensors:\n", "  s#: {quantity: LAF}\n", "", SW_SENSORS_MAX,
                  "257 entries|at most 256");
    check_ceiling("buses", SITE "buses:\n", "  b#: {kind: tcp, host: h}\n", "", SW_BUSES_MAX, "65 entries|at most 64");
    check_ceiling("packs", "site: {id: s, area: gb-cmd, timezone: UTC, packs: [", "p#, ", "]}\n", SW_PACKS_MAX,
                  "9 entries|at most 8");
    check_ceiling("devices of a TCP bus",
                  SITE "buses: {b: {kind: tcp, host: h}}\ndevices:\n  d0: {template: one, bus: b, address: 0}\n",
                  "  d#: {template: one, bus: b, address: #}\n", "", SW_DEVICES_PER_BUS_MAX - 1,
                  "more than 247 devices");
    check_ceiling("sensors of devices and replay together",
                  SITE "sensors: {x: {quantity: LAF}}\nbuses: {b: {kind: tcp, host: h},"
                       " c: {kind: tcp, host: h}}\ndevices:\n  a0: {template: one, bus: c, address: 1}\n"
                       "  a1: {template: one, bus: c, address: 2}\n  a2: {template: one, bus: c, address: 3}\n"
                       "  a3: {template: one, bus: c, address: 4}\n  a4: {template: one, bus: c, address: 5}\n"
                       "  a5: {template: one, bus: c, address: 6}\n  a6: {template: one, bus: c, address: 7}\n"
                       "  a7: {template: one, bus: c, address: 8}\n  a8: {template: one, bus: c, address: 9}\n",
                  "  d#: {template: one, bus: b, address: #}\n", "", 246, "more than 256 sensors");
}

static void a_file_that_cannot_be_read_says_so(void **state)
{
    struct outcome o = read_file("/nonexistent/site.yaml");

    (void) state;
    assert_int_equal(o.rc, SW_E_IO);
    assert_int_equal(o.faults.n, 0);
    assert_string_equal(o.err.msg, "/nonexistent/site.yaml: cannot be read: No such file or directory");
    done(&o);
}

/* The configuration page's example: two things in it are not shipped yet, all its keys are known. */
static void the_example_of_the_contract_is_understood(void **state)
{
    struct outcome o = read_site(
        "version: 1\n"
        "site:\n"
        "  id: pd-0042\n"
        "  area: \"310115\"\n"
        "  name: 丁香路 12-3 地块\n"
        "  address: 上海市浦东新区丁香路\n"
        "  location: {lat: 31.2237, lon: 121.5441}\n"
        "  timezone: Asia/Shanghai\n"
        "  permit_no: \"310115202500123\"\n"
        "  outline: outline.geojson\n"
        "  serves: [丁香路, 丁香小区]\n"
        "  stages: [{stage: structure, from: 2026-01-01, to: 2026-12-31}]\n"
        "  packs: [{id: cn-gb12523-2025}, {id: cn-sh-db31-964-2016}]\n"
        "  hotline: hotline-cn-12345\n"
        "gateway: {id: gw-7f3a, data: /var/lib/siteward, runtime: /run/siteward}\n"
        "store: {commit: 10s}\n"
        "buses:\n"
        "  rs485-1: {kind: rtu, port: /dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0, baud: 9600, format: 8N1}\n"
        "  box-1:   {kind: tcp, host: 192.168.1.50, port: 502}\n"
        "devices:\n"
        "  north-gate:  {template: siteward-node, bus: rs485-1, address: 1, name: 北门, place: boundary, interval: "
        "1s}\n"
        "  gate-camera: {template: gpio-trigger, line: \"gpiochip0:17\", debounce: 50ms, name: 大门相机}\n"
        "sensors:\n"
        "  south-gate-noise: {quantity: LAF, interval: 1s, name: 南门噪声, place: boundary}\n"
        "responsibility:\n"
        "  - {category: noise, period: night, unit: 某某建设 项目部, person: 王工, phone: \"021-00000000\","
        " department: 浦东新区城管执法局, street: 花木街道}\n"
        "  - {unit: 某某建设 项目部, lead: true}\n"
        "schedule: {files: [schedule.ics], day_ahead: 24h}\n"
        "platform: {url: \"mqtt://127.0.0.1:1883\", version: auto, username: gw-7f3a, password_file: "
        "platform/password}\n"
        "publish: {live_interval: 5s}\n"
        "console: {listen: \"127.0.0.1:8480\", language: zh-CN}\n");
    static const struct want want[] = {{0}};
    const struct sw_device_conf *d = o.rc == SW_OK ? &o.site->devices[1] : NULL;

    (void) state;
    check_faults("contract", &o.faults, want);
    assert_true(d != NULL && d->is_contact && d->bus == -1 && d->debounce_ms == 50 && d->line.is_active_low);
    assert_string_equal(d->line.chip, "gpiochip0");
    assert_string_equal(d->line.line, "17");
    assert_true(d->line.bias == SW_GPIO_BIAS_PULL_UP && !d->line.is_file);
    assert_true(sw_site_sensor(o.site, "gate-camera-trigger", strlen("gate-camera-trigger")) >= 0);
    done(&o);
}

/* Where the page is: as the file says, by default on this machine only. */
static void the_console_is_where_the_file_says(void **state)
{
#define A_SITE "version: 1\nsite: {id: a, area: \"310115\", timezone: Asia/Shanghai}\nsensors: {n: {quantity: LAF}}\n"
    static const struct {
        const char *text, *listen, *key;
        bool is_plain;
        size_t n_hosts;
    } cases[] = {
        {A_SITE, "127.0.0.1:8480", "", false, 0},
        {A_SITE "console: {listen: off}\n", "off", "", false, 0},
        {A_SITE "console: {listen: \"[::1]:0\", hosts: [gate.example, b]}\n", "[::1]:0", "", false, 2},
        {A_SITE "console: {listen: \"0.0.0.0:80\", plain: true}\n", "0.0.0.0:80", "", true, 0},
        {A_SITE "console: {listen: \"*:443\", tls: {certificate_file: /x.crt, key_file: /x.key}}\n", "*:443", "/x.key",
         false, 0},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_site(cases[i].text);

        assert_int_equal(o.rc, SW_OK);
        assert_string_equal(o.site->console.listen, cases[i].listen);
        assert_string_equal(o.site->console.key_file, cases[i].key);
        assert_int_equal(o.site->console.is_plain, cases[i].is_plain);
        assert_int_equal(o.site->console.n_hosts, cases[i].n_hosts);
        if (cases[i].n_hosts > 0)
            assert_string_equal(o.site->console.hosts[0], "gate.example");
        done(&o);
    }
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(the_example_reads_clean_and_arrives_whole),
        SITE_TEST(sensors_are_channels_in_file_order_then_those_fed_by_replay),
        SITE_TEST(a_row_of_responsibility_may_name_its_permit),
        SITE_TEST(a_short_file_gets_defaults_and_warnings),
        SITE_TEST(json_is_as_good_as_yaml),
        SITE_TEST(layers_in_conf_d_are_laid_over_in_name_order),
        SITE_TEST(a_template_beside_the_site_file_wins),
        SITE_TEST(a_line_that_runs_otherwise_than_its_devices_is_warned_of),
        SITE_TEST(ceilings_hold_at_their_edges),
        SITE_TEST(a_file_that_cannot_be_read_says_so),
        SITE_TEST(the_example_of_the_contract_is_understood),
        SITE_TEST(the_console_is_where_the_file_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
