// SPDX-License-Identifier: Apache-2.0
/* Mistakes in a site file: every one is named at its place, with what was probably meant. */
#include "site_fixture.h"

/* Text after two lines of a good site. */

#define BUSES "buses: {r: {kind: rtu, port: /dev/ttyUSB0}, t: {kind: tcp, host: h}}\n"
#define NODE "{template: siteward-node, bus: t, address: "

static const struct fault_case {
    const char *why, *text;
    struct want want[WANTS_MAX];
} fault_cases[] = {
    {"unknown key at the top", "buzes: {}\n", {{3, 1, "unknown key 'buzes'|did you mean 'buses'?"}}},
    {"serial bus without port", "buses: {b: {kind: rtu}}\n", {{3, 9, "'b' lacks the key 'port'"}}},
    {"TCP bus without host, with line settings",
     "buses: {b: {kind: tcp, baud: 9600, format: 8N1}}\n",
     {{3, 9, "lacks the key 'host'"}, {3, 24, "'baud' has no meaning"}, {3, 36, "'format' has no meaning"}}},
    {"serial bus with host", "buses: {b: {kind: rtu, port: /dev/x, host: h}}\n", {{3, 38, "'host' has no meaning"}}},
    {"rate that no line has",
     "buses: {b: {kind: rtu, port: /dev/x, baud: 9601}}\n",
     {{3, 44, "1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200|did you mean '9600'?"}}},
    {"TCP port", "buses: {b: {kind: tcp, host: h, port: 70000}}\n", {{3, 39, "1 to 65535"}}},
    {"misspelt key of a bus", "buses: {b: {kind: tcp, host: h, baus: 1}}\n", {{3, 33, "did you mean 'baud'?"}}},
    {"unknown template",
     BUSES "devices: {d: {template: siteward-nod, bus: t, address: 1}}\n",
     {{4, 25, "unknown template 'siteward-nod'|did you mean 'siteward-node'?"}}},
    {"template that leaves its folder",
     BUSES "devices: {d: {template: ../../etc/passwd, bus: t, address: 1}}\n",
     {{4, 25, "'template' must be an id"}}},
    {"unknown bus",
     "buses: {tower: {kind: tcp, host: h}}\ndevices: {d: {template: siteward-node, bus: towr, address: 1}}\n",
     {{4, 45, "unknown bus 'towr'|did you mean 'tower'?"}}},
    {"no bus, no address",
     BUSES "devices:\n  d: {template: siteward-node}\n  e: {template: siteward-node, bus: t}\n",
     {{5, 3, "'d' lacks the key 'bus'"}, {6, 3, "'e' lacks the key 'address'"}}},
    {"two devices of one address",
     BUSES "devices:\n  d: " NODE "7}\n  e: " NODE "7}\n",
     {{6, 49, "address 7 on bus 't' is taken by 'd' in line 5"}}},
    {"the same address on two buses is fine",
     BUSES "devices:\n  d: " NODE "7}\n"
           "  e: {template: siteward-node, bus: r, address: 7}\n",
     {{0}}},
    {"address 0 on a serial line is the broadcast",
     BUSES "devices: {d: {template: siteward-node, bus: r, address: 0}}\n",
     {{4, 57, "1 to 247"}}},
    {"address 248",
     BUSES "devices: {d: {template: siteward-node, bus: t, address: 248}}\n",
     {{4, 57, "0 to 247, or 255"}}},
    {"address 256", BUSES "devices: {d: {template: siteward-node, bus: t, address: 256}}\n", {{4, 57, "0 to 255"}}},
    {"0 and 255 are good by TCP", BUSES "devices:\n  d: " NODE "0}\n  e: " NODE "255}\n", {{0}}},
    {"255 is not good on a serial line",
     BUSES "devices: {d: {template: siteward-node, bus: r, address: 255}}\n",
     {{4, 57, "1 to 247"}}},
    {"interval out of bounds", BUSES "devices: {d: " NODE "1, interval: 9ms}}\n", {{4, 70, "10ms to 1h|9ms"}}},
    {"unknown channel, and one twice",
     BUSES "devices: {d: " NODE "1, channels: [nois, pm10, pm10]}}\n",
     {{4, 71, "no channel 'nois'|did you mean 'noise'?"}, {4, 83, "'pm10' stands twice"}}},
    {"sensor id of 65 characters",
     BUSES "devices:\n  d234567890123456789012345678901234567890123456789012345-789:\n    " NODE
           "1, channels: [noise]}\n",
     {{5, 3, "65 characters|at most 64"}}},
    {"two devices whose sensors have one name: a-b + c, a + b-c",
     "buses: {t: {kind: tcp, host: h}}\ndevices:\n  a-x: {template: siteward-node, bus: t, address: 1, channels: "
     "[noise]}\n"
     "sensors: {a-x-noise: {quantity: LAF}}\n",
     {{6, 23, "channel of device 'a-x'|quantity"}}},
    {"sensor without quantity", "sensors: {north: {name: x}}\n", {{3, 11, "'north'|needs the key 'quantity'"}}},
    {"override of a channel that is misspelt",
     BUSES "devices: {d: " NODE "1}}\nsensors: {d-nois: {name: x}}\n",
     {{5, 11, "'d-nois' is no channel|did you mean 'd-noise'?"}}},
    {"override of a device without its template",
     BUSES "devices: {d: {template: nothing-at-all, bus: t, address: 1}}\n"
           "sensors: {d-noise: {name: x}}\n",
     {{4, 25, "unknown template"}}},
    {"LAFmax alone", "sensors: {n: {quantity: LAFmax}}\n", {{3, 25, "LAeq or LAF|LAFmax"}}},
    {"responsibility without lead", "responsibility: [{unit: U}]\n", {{3, 1, "no entry with 'lead: true'"}}},
    {"two leads",
     "responsibility:\n  - {unit: U, lead: true}\n  - {unit: V, lead: true}\n",
     {{5, 5, "second entry with 'lead: true'|line 4"}}},
    {"responsibility for unknown period and place, without unit",
     "responsibility:\n  - {unit: U, lead: true, period: nigt}\n  - {place: nowhere}\n",
     {{4, 35, "no pack has a period 'nigt'|did you mean 'night'?"}, {5, 5, "'unit' is missing"}, {5, 13, "'nowhere'"}}},
    {"platform", "platform: {url: \"http://x\", root: a/b}\n", {{3, 17, "mqtt://host:port"}, {3, 35, "one word"}}},
    {"a broker with a path", "platform: {url: \"mqtts://x:8883/mqtt\"}\n", {{3, 17, "ws://host:port/path"}}},
    {"a broker with a port that is none", "platform: {url: \"wss://x:88833/mqtt\"}\n", {{3, 17, "wss://host:port"}}},
    {"an address without its end", "platform: {url: \"mqtt://[::1\"}\n", {{3, 17, "mqtt://host:port"}}},
    {"a login in the broker's address", "platform: {url: \"mqtts://me:secret@x\"}\n", {{3, 17, "holds a login"}}},
    {"a version of MQTT that is not spoken",
     "platform: {url: \"mqtt://x\", version: 3.1}\n",
     {{3, 38, "auto, 5, 3.1.1"}}},
    {"keep-alives out of bounds",
     "platform: {url: \"mqtt://x\", keep_alive: 4s}\nmirrors: {m: {url: \"mqtt://y\", keep_alive: 2h}}\n",
     {{3, 41, "5s"}, {4, 44, "1h"}}},
    {"a proxy with a login",
     "platform: {url: \"mqtt://x\", proxy: \"http://a:b@p:3128\"}\n",
     {{3, 36, "without a login"}}},
    {"a password that is no file",
     "platform: {url: \"mqtt://x\", password_file: /dev/null}\n",
     {{3, 44, "is no file"}}},
    {"certificates that nothing uses",
     "platform: {url: \"mqtt://x\", ca_file: /etc/hostname}\n",
     {{3, 17, "no effect with mqtt://"}}},
    {"half a certificate",
     "platform:\n  url: \"mqtts://x\"\n  cert_file: /etc/hostname\nmirrors:\n  m:\n    url: \"wss://y/z\"\n    "
     "key_file: "
     "/etc/hostname\n",
     {{5, 14, "'cert_file' without 'key_file'"}, {9, 15, "'key_file' without 'cert_file'"}}},
    {"mirrors of nothing", "mirrors: {m: {url: \"mqtt://y\"}}\n", {{3, 10, "'mirrors' without 'platform'"}}},
    {"a mirror that is the platform itself",
     "platform: {url: \"mqtt://x\"}\nmirrors: {platform: {url: \"mqtt://y\"}, m: {url: \"mqtt://x\"}, n: {url: "
     "\"mqtt://z\", root: r}}\n",
     {{4, 83, "unknown key 'root'"}, {4, 21, "the platform's own name"}, {4, 49, "throw each other out"}}},
    {"more mirrors than there is room for",
     "platform: {url: \"mqtt://x\"}\nmirrors: {a: {url: \"mqtt://a\"}, b: {url: \"mqtt://b\"}, c: {url: \"mqtt://c\"}, "
     "d: {url: \"mqtt://d\"}}\n",
     {{4, 1, "at most 3"}}},
    {"platform without broker", "platform: {username: x}\n", {{3, 1, "'platform' lacks the key 'url'"}}},
    {"console", "console: {listen: 8480, language: fr}\n", {{3, 19, "address:port"}, {3, 35, "zh-CN, en"}}},
    {"a console that listens to a name", "console: {listen: \"localhost:8480\"}\n", {{3, 19, "address:port|or off"}}},
    {"passwords over an open line",
     "console: {listen: \"[::]:8480\"}\n",
     {{3, 19, "other machines reach this address|'tls'|plain: true"}}},
    {"half a certificate of the console",
     "console: {tls: {certificate_file: x.crt}}\n",
     {{3, 11, "'tls' lacks the key 'key_file'"}}},
    {"names that no browser sends",
     "console: {hosts: [Gate.example, \"a:80\", \"\", b.example]}\n",
     {{3, 19, "small letters"}, {3, 33, "without a port"}, {3, 41, "small letters"}}},
    {"publish", "publish: {live_interval: 5}\n", {{3, 26, "needs a unit: 5ms, 5s"}}},
    {"a distance without its unit", "complaints: {within: 500}\n", {{3, 22, "metres|500m"}}},
    {"a distance of nothing", "complaints: {within: 0m}\n", {{3, 22, "metres|500m"}}},
    {"a distance in minutes of an arc", "complaints: {within: 5min}\n", {{3, 22, "metres|500m"}}},
    {"schedule", "schedule: {files: s.ics, day_ahead: 24}\n", {{3, 19, "must be a list"}, {3, 37, "needs a unit"}}},
    {"schedule of another kind", "schedule: {files: [plan.pdf]}\n", {{3, 20, ".ics or .json|plan.pdf"}}},
    {"suppression and machine",
     "sensors: {n: {quantity: LAF}, spray: {quantity: power}}\nsuppression: {input: n}\nmachine: spary\n",
     {{4, 22, "'n' is no 0/1 input|LAF"}, {5, 10, "no sensor is named 'spary'|did you mean 'spray'?"}}},
    {"background without its day and place",
     "sensors: {n: {quantity: LAF, background: {level: 48.0}}, p: {quantity: PM10, background: {level: 48, date: "
     "2026-03-01, place: x}}}\n",
     {{3, 30, "'background' lacks the key 'date'"},
      {3, 30, "'background' lacks the key 'place'"},
      {3, 78, "'background' is a level|dust"}}},
    {"references",
     "sensors: {n: {quantity: LAF, source: reference}, p: {quantity: PM10, source: reference}, q: {quantity: PM10, "
     "source: reference}, r: {quantity: PM10, max_age: 1h}}\n",
     {{3, 30, "a reference is of dust"}, {3, 93, "a second reference of PM10"}, {3, 150, "'max_age'|reference"}}},
    {"reference at a channel",
     BUSES "devices: {d: " NODE "1}}\nsensors: {d-pm10: {source: reference}}\n",
     {{5, 20, "channel of device 'd'|fed by command or file"}}},
    {"a later key is refused as unknown",
     "drones: {}\n",
     {{3, 1, "unknown key 'drones'|known here are version, site"}}},
    {"everything at once",
     "buses: {b: {kind: udp}}\nsensors: {N: {quantity: x}}\nstore: {commit: 1}\npublish: 5\nx: y\n",
     {{3, 19, "rtu, tcp"},
      {4, 11, "'N' is no id"},
      {4, 25, "quantity"},
      {5, 17, "unit"},
      {6, 10, "must be a map"},
      {7, 1, "unknown key 'x'"}}},
};

static void every_mistake_is_named_at_its_place(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fault_cases); i++) {
        char text[2000];
        struct outcome o;

        (void) snprintf(text, sizeof(text), "version: 1\n" SITE "%s", fault_cases[i].text);
        o = read_site(text);
        check_faults(fault_cases[i].why, &o.faults, fault_cases[i].want);
        CHECK((o.rc == SW_OK) == (fault_cases[i].want[0].words == NULL), "%s: code %d", fault_cases[i].why, o.rc);
        done(&o);
    }
}

static void mistakes_in_the_site_itself_are_named(void **state)
{
    static const struct fault_case cases[] = {
        {"nothing there", "", {{1, 1, "'site' is missing"}}},
        {"nothing in it",
         "site: {}\n",
         {{1, 1, "lacks the key 'id'"}, {1, 1, "lacks the key 'area'"}, {1, 1, "lacks the key 'timezone'"}}},
        {"a newer file format", "version: 2\n" SITE, {{1, 10, "1 to 1, not 2"}}},
        {"area", "site: {id: s, area: Shanghai, timezone: UTC}\n", {{1, 21, "6-digit division code"}}},
        {"zone",
         "site: {id: s, area: gb-cmd, timezone: Europe/Lodnon}\n",
         {{1, 39, "unknown time zone|did you mean 'Europe/London'?"}}},
        {"zone that leaves its folder",
         "site: {id: s, area: gb-cmd, timezone: ../x}\n",
         {{1, 39, "no time zone name"}}},
        {"packs",
         "site: {id: s, area: gb-cmd, timezone: UTC, packs: [cn-gb12523-2026, cn-gb12523-2025, {id: "
         "cn-gb12523-2025}]}\n",
         {{1, 52, "unknown pack|did you mean 'cn-gb12523-2025'?"}, {1, 91, "stands twice"}}},
        {"an option that the pack does not have",
         "site: {id: s, area: gb-cmd, timezone: UTC, packs: [{id: cn-gb12523-2025, options: {area: x}}]}\n",
         {{1, 84, "has no option 'area'"}}},
        {"a figure of the site's own without reason, of an unknown rule",
         "site: {id: s, area: gb-cmd, timezone: UTC, packs: [{id: cn-gb12523-2025, override: {leq-nigt: {limit: 50, "
         "reason: r}, leq-day: {limit: 60}}}]}\n",
         {{1, 85, "no rule 'leq-nigt'|did you mean 'leq-night'?"}, {1, 119, "'leq-day' lacks the key 'reason'"}}},
        {"holidays",
         "site: {id: s, area: gb-cmd, timezone: UTC, holidays: gb-egn}\n",
         {{1, 54, "unknown holiday calendar|did you mean 'gb-eng'?"}}},
        {"named days",
         "site: {id: s, area: gb-cmd, timezone: UTC, days: {exam: [2026-13-01], Fair: [2026-01-01], f: {no_night: "
         "1}}}\n",
         {{1, 58, "each day must be a date"},
          {1, 71, "'Fair' is no name"},
          {1, 94, "must be a list of dates"},
          {1, 95, "unknown key 'no_night'"}}},
        {"stages that overlap, and one that ends before it begins",
         "site: {id: s, area: gb-cmd, timezone: UTC, stages: [{stage: b, from: 2026-02-01, to: 2026-03-01},\n"
         "  {stage: a, from: 2026-01-01, to: 2026-02-01}, {stage: c, from: 2026-05-02, to: 2026-05-01}]}\n",
         {{1, 53, "stage 'b' begins on 2026-02-01, before 'a' ends on 2026-02-01"}, {2, 49, "ends before it begins"}}},
        {"hotline",
         "site: {id: s, area: gb-cmd, timezone: UTC, hotline: hotline-cn-1234}\n",
         {{1, 53, "unknown hotline pack|did you mean 'hotline-cn-12345'?"}}},
        {"half a location",
         "site: {id: s, area: gb-cmd, timezone: UTC, location: {lat: 91}}\n",
         {{1, 44, "lacks the key 'lon'"}, {1, 60, "-90 to 90 deg"}}},
        {"stages",
         "site: {id: s, area: gb-cmd, timezone: UTC, stages: [{stage: a, from: 2026-02-30}]}\n",
         {{1, 53, "'to' is missing"}, {1, 70, "date"}}},
        {"no map at all", "- a\n- b\n", {{1, 1, "must be a map"}, {1, 1, "'site'"}}},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_site(cases[i].text);

        if (strcmp(cases[i].why, "no map at all") == 0)
            CHECK(o.faults.n_faults == 1 && holds_words(o.faults.list[0].message, cases[i].want[0].words), "%s",
                  cases[i].why);
        else
            check_faults(cases[i].why, &o.faults, cases[i].want);
        assert_int_equal(o.rc, SW_E_INVAL);
        done(&o);
    }
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(every_mistake_is_named_at_its_place),
        SITE_TEST(mistakes_in_the_site_itself_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
