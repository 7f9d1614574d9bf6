// SPDX-License-Identifier: Apache-2.0
/* Alerts: the table of their words, and the gateway's list of those that hold, over restarts too. */
#include "test.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/db.h"
#include "common/timefmt.h"
#include "config/faults.h"
#include "gateway/alerts.h"
#include "gateway/core.h"

#define PATIENCE_US 20000000LL

/* ---- words ---- */

static void every_code_has_its_words_in_both_languages_and_a_place_in_the_reference(void **state)
{
    static char page[64 * 1024];
    FILE *f = fopen(SW_TEST_DATA "/../../docs/reference/alerts.md", "re");

    (void) state;
    assert_non_null(f);
    page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
    fclose(f);
    for (int i = 0; i < SW_ALERT__COUNT; i++) {
        const enum sw_alert_code code = (enum sw_alert_code) i;
        const char *name = sw_alert_code_name(code);
        struct sw_alert a = {.code = code, .subject = "device/north"};
        char zh[SW_ALERT_TEXT_SIZE], en[SW_ALERT_TEXT_SIZE], heading[32];

        CHECK(strlen(name) == 7 && strncmp(name, "SW-", 3) == 0 && isupper((unsigned char) name[3]) &&
                  strspn(name + 4, "0123456789") == 3,
              "code %s", name);
        assert_int_equal(sw_alert_from_name(name), i);
        sw_alert_text(&a, "zh-CN", zh, sizeof(zh));
        sw_alert_text(&a, "en", en, sizeof(en));
        CHECK(strstr(zh, "north:") == zh && strstr(en, "north: ") == en, "%s: %s / %s", name, zh, en);
        CHECK(strcmp(zh, en) != 0 && *sw_alert_fix(code, "zh") && *sw_alert_fix(code, "en"), "%s", name);
        CHECK(*sw_alert_severity_name(code), "%s has no severity", name);
        snprintf(heading, sizeof(heading), "\n### %s\n", name);
        CHECK(strstr(page, heading), "%s has no section in docs/reference/alerts.md", name);
    }
    assert_int_equal(sw_alert_from_name("SW-X999"), -1);
    assert_string_equal(sw_alert_code_name(SW_ALERT__COUNT), "");
}

static void the_topic_is_code_and_subject_in_small_letters(void **state)
{
    struct sw_alert a = {.code = SW_ALERT_SPRAY, .subject = "sensor/north-gate-pm10"};
    char leaf[64];

    (void) state;
    assert_int_equal(sw_alert_topic_leaf(&a, leaf, sizeof(leaf)), 23);
    assert_string_equal(leaf, "sw-s031-north-gate-pm10");
    assert_int_equal(sw_alert_topic_leaf(&a, leaf, 10), 0);
    a.subject[0] = '\0';
    assert_int_equal(sw_alert_topic_leaf(&a, leaf, sizeof(leaf)), 0);
}

/* ---- the gateway's list ---- */

static char folder[64];
static struct sw_site *site;
static struct sw_clock site_clock;

static int setup(void **state)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) state;
    strcpy(folder, "/tmp/sw-alerts-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    if (sw_site_read(SW_TEST_ENGINE "/device.yaml", NULL, &faults, &site, &err) < 0)
        print_error("%s\n", err.msg);
    sw_faults_done(&faults);
    return site ? 0 : -1;
}

static int teardown(void **state)
{
    char command[96];

    (void) state;
    site = sw_site_free(site);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* As much of a core as alerts need. */
static struct sw_core *start(void)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    const char *ids[SW_SENSORS_MAX];
    char path[96];
    const struct sw_store_params p = {.path = path, .n_sensors = site->n_sensors, .sensor_ids = ids};
    struct sw_err err = {0};

    assert_non_null(c);
    for (size_t i = 0; i < site->n_sensors; i++)
        ids[i] = site->sensors[i].id;
    snprintf(path, sizeof(path), "%s/siteward.db", folder);
    sw_clock_init_real(&site_clock);
    c->site = site;
    c->clock = &site_clock;
    CHECK(sw_engine_new(site, &c->engine, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_store_open(&p, &c->store, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_doc_site_init(&c->doc, site, c->engine, "k3f7q2mz", false, &err) == SW_OK, "%s", err.msg);
    CHECK(core_alerts_new(c, &err) == SW_OK, "%s", err.msg);
    return c;
}

static struct sw_core *stop(struct sw_core *c)
{
    struct sw_err err = {0};

    core_alerts_keep(c);
    sw_store_commit(c->store);
    CHECK(sw_store_sync(c->store, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
    core_alerts_free(c);
    sw_store_close(c->store);
    sw_doc_site_done(&c->doc);
    sw_engine_free(c->engine);
    free(c);
    return NULL;
}

static void tell(struct sw_core *c, enum sw_alert_code code, const char *subject, bool is_active)
{
    struct sw_alert a = {.code = code, .since_us = 1772416800000000LL, .is_active = is_active};

    snprintf(a.subject, sizeof(a.subject), "%s", subject);
    core_alert(c, &a);
}

static void one_cause_at_one_subject_is_one_alert(void **state)
{
    struct sw_core *c = start();

    (void) state;
    tell(c, SW_ALERT_OUTPUT, "output/mist-1", false); /* never was */
    assert_int_equal(core_alerts_count(c), 0);
    tell(c, SW_ALERT_OUTPUT, "output/mist-1", true);
    tell(c, SW_ALERT_OUTPUT, "output/mist-1", true);
    assert_int_equal(core_alerts_count(c), 1);
    tell(c, SW_ALERT_OUTPUT, "output/light-1", true);
    tell(c, SW_ALERT_CAMERA, "camera/gate", true);
    assert_int_equal(core_alerts_count(c), 3);
    tell(c, SW_ALERT_OUTPUT, "output/mist-1", false);
    assert_int_equal(core_alerts_count(c), 2);
    tell(c, SW_ALERT_OUTPUT, "", true); /* of nothing */
    tell(c, SW_ALERT__COUNT, "output/mist-1", true);
    assert_int_equal(core_alerts_count(c), 2);
    assert_null(core_alerts_at(c, 2));
    stop(c);
}

static void a_key_that_took_the_place_of_another_is_told_for_a_month(void **state)
{
    static const struct {
        int64_t days_ago;
        bool is_told;
    } cases[] = {{0, true}, {29, true}, {31, false}};
    struct sw_core *c = start();
    char subject[SW_ALERT_SUBJECT_SIZE];

    (void) state;
    snprintf(subject, sizeof(subject), "gateway/%s", site->gateway_id);
    assert_int_equal(sw_mailbox_new(4, 0, sizeof(struct sw_reading), &c->readings, NULL), SW_OK);
    strcpy(c->public_key, "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
    c->key_replaced_us = INT64_MIN; /* the first */
    core_alerts_look(c, sw_mono_real_us());
    assert_false(core_alert_holds(c, SW_ALERT_KEY, subject));
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        c->key_replaced_us = sw_clock_utc_us(c->clock) - cases[i].days_ago * 86400 * 1000000LL;
        core_alerts_look(c, sw_mono_real_us());
        CHECK(core_alert_holds(c, SW_ALERT_KEY, subject) == cases[i].is_told, "%lld days ago",
              (long long) cases[i].days_ago);
    }
    sw_mailbox_free(c->readings);
    stop(c);
}

static void what_holds_comes_back_after_a_restart_if_its_subject_is_still_there(void **state)
{
    struct sw_core *c = start();
    const struct sw_alert *a;
    const struct sw_alert detailed = {.code = SW_ALERT_BUS_LOST,
                                      .subject = "bus/line-1",
                                      .name = "两根\t线",
                                      .detail = "no\nsuch port",
                                      .since_us = 1772416800000000LL,
                                      .is_active = true};

    (void) state;
    core_alert(c, &detailed);
    tell(c, SW_ALERT_DEVICE_SILENT, "device/gone-since", true);
    tell(c, SW_ALERT_DEVICE_SILENT, "device/west", true);
    tell(c, SW_ALERT_DEVICE_SILENT, "device/west", false);
    stop(c);
    c = start();
    assert_int_equal(core_alerts_count(c), 1);
    a = core_alerts_at(c, 0);
    assert_int_equal(a->code, SW_ALERT_BUS_LOST);
    assert_string_equal(a->subject, "bus/line-1");
    assert_string_equal(a->name, "两根 线");
    assert_string_equal(a->detail, "no such port");
    assert_int_equal(a->since_us, 1772416800000000LL);
    assert_true(a->is_active);
    tell(c, SW_ALERT_BUS_LOST, "bus/line-1", false);
    stop(c);
    c = start();
    assert_int_equal(core_alerts_count(c), 0);
    stop(c);
}

static void the_list_has_a_ceiling(void **state)
{
    struct sw_core *c = start();
    char subject[32];

    (void) state;
    for (int i = 0; i < CORE_ALERTS_MAX + 5; i++) {
        snprintf(subject, sizeof(subject), "device/d%d", i);
        tell(c, SW_ALERT_DEVICE_SILENT, subject, true);
    }
    assert_int_equal(core_alerts_count(c), CORE_ALERTS_MAX);
    tell(c, SW_ALERT_DEVICE_SILENT, "device/d7", false);
    tell(c, SW_ALERT_DEVICE_SILENT, "device/d999", true);
    assert_int_equal(core_alerts_count(c), CORE_ALERTS_MAX);
    stop(c);
}

/* ---- lines and devices ---- */

/* A TCP port where nobody listens, or where somebody listens and never answers. */
static int open_port(bool listens, int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && bind(fd, (struct sockaddr *) &at, sizeof(at)) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &at, &len), 0);
    if (listens)
        assert_int_equal(listen(fd, 64), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void start_line(struct sw_core *c, size_t bus, int port)
{
    struct core_device_set *set = &c->buses[bus];
    struct sw_bus_params p = {
        .kind = SW_LINE_TCP, .host = "127.0.0.1", .tcp_port = port, .response_timeout_ms = 20, .probe_backoff_ms = 50};
    struct sw_err err = {0};

    snprintf(p.id, sizeof(p.id), "%s", site->buses[bus].id);
    set->devices = calloc(site->n_devices, sizeof(*set->devices));
    assert_non_null(set->devices);
    for (size_t i = 0; i < site->n_devices; i++) {
        const struct sw_device_conf *d = &site->devices[i];
        uint16_t sensor[SW_TEMPLATE_CHANNELS_MAX] = {0};

        if (d->bus == (int) bus)
            CHECK(sw_device_init(&set->devices[set->n++], d->id, d->template_, d->unit_id, 100000, sensor, &err) ==
                      SW_OK,
                  "%s", err.msg);
    }
    CHECK(sw_bus_worker_start(&p, set->devices, set->n, c->clock, c->readings, NULL, &set->worker, &err) == SW_OK, "%s",
          err.msg);
}

static void stop_line(struct sw_core *c, size_t bus)
{
    sw_bus_worker_stop(c->buses[bus].worker);
    for (size_t i = 0; i < c->buses[bus].n; i++)
        sw_device_done(&c->buses[bus].devices[i]);
    free(c->buses[bus].devices);
}

/* Until the line was opened once more and all its devices are known to be silent. */
static void wait_silent(struct sw_core *c, size_t bus)
{
    const int64_t until_us = sw_mono_real_us() + PATIENCE_US;
    struct sw_bus_stats stats;
    uint64_t opens;

    sw_bus_worker_stats(c->buses[bus].worker, &stats);
    opens = stats.opens_total;
    while (stats.opens_total == opens || stats.devices_failing < c->buses[bus].n) {
        CHECK(sw_mono_real_us() < until_us, "line %zu: %u of %zu devices fail", bus, stats.devices_failing,
              c->buses[bus].n);
        poll(&(struct pollfd){.fd = sw_mailbox_fd(c->readings), .events = POLLIN}, 1, 1000); /* each try tells */
        while (sw_mailbox_take(c->readings, c->batch, CORE_BATCH_MAX) > 0)
            ;
        sw_bus_worker_stats(c->buses[bus].worker, &stats);
    }
}

/* line-1 has three devices, line-2 two. */
static void a_line_that_is_gone_is_one_alert_and_a_silent_device_on_a_line_that_lives_is_another(void **state)
{
    struct sw_core *c = start();
    const int64_t t = 1000 * SW_US_PER_S;
    struct sw_err err = {0};
    int port[2], fd[2] = {open_port(false, &port[0]), open_port(true, &port[1])};

    (void) state;
    c->buses = calloc(site->n_buses, sizeof(*c->buses));
    assert_non_null(c->buses);
    assert_int_equal(sw_mailbox_new(1024, 0, sizeof(struct sw_reading), &c->readings, &err), SW_OK);
    start_line(c, 0, port[0]);
    start_line(c, 1, port[1]);
    wait_silent(c, 1);
    core_alerts_look(c, t);
    core_alerts_look(c, t + 59 * SW_US_PER_S);
    assert_false(core_alert_holds(c, SW_ALERT_BUS_LOST, "bus/line-1"));
    assert_false(core_alert_holds(c, SW_ALERT_DEVICE_SILENT, "device/east"));
    wait_silent(c, 1);
    core_alerts_look(c, t + 61 * SW_US_PER_S);
    assert_true(core_alert_holds(c, SW_ALERT_BUS_LOST, "bus/line-1"));
    CHECK(strstr(core_alerts_at(c, 0)->detail, "Connection refused"), "%s", core_alerts_at(c, 0)->detail);
    assert_false(core_alert_holds(c, SW_ALERT_BUS_LOST, "bus/line-2"));
    assert_true(core_alert_holds(c, SW_ALERT_DEVICE_SILENT, "device/east"));
    assert_true(core_alert_holds(c, SW_ALERT_DEVICE_SILENT, "device/mast"));
    assert_false(core_alert_holds(c, SW_ALERT_DEVICE_SILENT, "device/north"));
    assert_false(core_alert_holds(c, SW_ALERT_STORE, "gateway/gw-7f3a"));
    stop_line(c, 0);
    stop_line(c, 1);
    free(c->buses);
    c->readings = sw_mailbox_free(c->readings);
    close(fd[0]);
    close(fd[1]);
    stop(c);
}

/* ---- the store ---- */

/* Somebody else writes to the file: commits fail until he is done. Readings that find no room are dropped meanwhile. */
static void a_store_that_cannot_write_is_an_alert_and_so_are_dropped_readings(void **state)
{
    struct sw_core *c = start();
    const int64_t t = 1000 * SW_US_PER_S;
    struct sw_reading r = {.quantity = SW_QUANTITY_LAEQ, .flag = 'N', .value = 50};
    struct sw_db *other = NULL;
    struct sw_err err = {0};
    char path[96];

    (void) state;
    snprintf(path, sizeof(path), "%s/siteward.db", folder);
    assert_int_equal(sw_mailbox_new(1, 0, sizeof(r), &c->readings, &err), SW_OK);
    core_alerts_look(c, t);
    assert_int_equal(core_alerts_count(c), 0);
    CHECK(sw_db_open(path, false, &other, &err) == SW_OK && sw_db_begin(other, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(sw_store_put_act(c->store, "write", "device/x", 1, "{}", 2), SW_OK);
    assert_int_equal(sw_store_sync(c->store, 3 * SW_US_PER_S, &err), SW_E_TIMEOUT);
    core_alerts_look(c, t + SW_US_PER_S);
    assert_true(core_alert_holds(c, SW_ALERT_STORE, "gateway/gw-7f3a"));
    assert_false(core_alert_holds(c, SW_ALERT_DROPPED, "gateway/gw-7f3a"));
    sw_db_rollback(other);
    sw_db_close(other);
    CHECK(sw_store_sync(c->store, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
    core_alerts_look(c, t + 2 * SW_US_PER_S);
    assert_false(core_alert_holds(c, SW_ALERT_STORE, "gateway/gw-7f3a"));

    for (int i = 0; i < 2; i++) /* one more than there is room for */
        sw_mailbox_post(c->readings, &r, 1, false);
    assert_int_equal(sw_mailbox_dropped_total(c->readings), 1);
    core_alerts_look(c, t + 3 * SW_US_PER_S);
    assert_true(core_alert_holds(c, SW_ALERT_DROPPED, "gateway/gw-7f3a"));
    core_alerts_look(c, t + 602 * SW_US_PER_S);
    assert_true(core_alert_holds(c, SW_ALERT_DROPPED, "gateway/gw-7f3a"));
    core_alerts_look(c, t + 603 * SW_US_PER_S);
    assert_int_equal(core_alerts_count(c), 0);
    c->readings = sw_mailbox_free(c->readings);
    stop(c);
}

/* Its last device was taken out of the site file: nobody will ever open it again. */
static void a_line_without_devices_is_not_lost(void **state)
{
    struct sw_core *c = start();
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_mailbox_new(1, 0, sizeof(struct sw_reading), &c->readings, &err), SW_OK);
    c->buses = calloc(site->n_buses, sizeof(*c->buses));
    assert_non_null(c->buses);
    tell(c, SW_ALERT_BUS_LOST, "bus/line-1", true);
    core_alerts_look(c, 1000 * SW_US_PER_S);
    assert_int_equal(core_alerts_count(c), 0);
    free(c->buses);
    c->readings = sw_mailbox_free(c->readings);
    stop(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_words_in_both_languages_and_a_place_in_the_reference),
        cmocka_unit_test(the_topic_is_code_and_subject_in_small_letters),
        cmocka_unit_test_setup_teardown(one_cause_at_one_subject_is_one_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_took_the_place_of_another_is_told_for_a_month, setup, teardown),
        cmocka_unit_test_setup_teardown(what_holds_comes_back_after_a_restart_if_its_subject_is_still_there, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_list_has_a_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_line_that_is_gone_is_one_alert_and_a_silent_device_on_a_line_that_lives_is_another, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_cannot_write_is_an_alert_and_so_are_dropped_readings, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_line_without_devices_is_not_lost, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
