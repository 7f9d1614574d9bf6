// SPDX-License-Identifier: Apache-2.0
/* Asks the daemon over its unix socket to leave a line to a scan. Which of its buses that is, is told by the port. */
#include "cli/scan_lease.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/scan_target.h"
#include "common/clock.h"
#include "common/macros.h"

#define LEASE_S 30
#define RENEW_US (10 * SW_US_PER_S)
#define LET_GO_US (15 * SW_US_PER_S) /* the poll under way may have a long time-out */
#define ASK_AGAIN_US 50000

struct sw_scan_lease {
    struct sw_client *client;
    char bus[SW_ID_SIZE];
    int64_t renewed_us;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool is_same_line(const json_t *bus, const struct sw_bus_params *p)
{
    if (p->kind == SW_LINE_RTU)
        return strcmp(text_of(bus, "kind"), "rtu") == 0 && sw_scan_is_same_port(text_of(bus, "port"), p->port);
    return strcmp(text_of(bus, "kind"), "rtu") != 0 && strcmp(text_of(bus, "host"), p->host) == 0 &&
           json_integer_value(json_object_get(bus, "tcp_port")) == (p->tcp_port ? p->tcp_port : 502);
}

/* The daemon's bus that is this line; "" when there is none. */
static int find_bus(struct sw_client *client, const struct sw_bus_params *p, char *ret_id, size_t cap,
                    struct sw_err *err)
{
    json_t *answer = NULL;
    const json_t *bus;
    size_t i;
    int rc = sw_client_get(client, "/api/v1/bus", &answer, err);

    ret_id[0] = '\0';
    if (rc < 0)
        return rc;
    json_array_foreach(json_object_get(answer, "buses"), i, bus)
    {
        if (is_same_line(bus, p))
            (void) snprintf(ret_id, cap, "%s", text_of(bus, "id"));
    }
    json_decref(answer);
    return SW_OK;
}

/* @param ret_paused  has the worker let go? */
static int ask(struct sw_scan_lease *l, int seconds, bool *ret_paused, struct sw_err *err)
{
    char path[SW_ID_SIZE + 64];
    json_t *answer = NULL;
    int rc;

    (void) snprintf(path, sizeof(path), "/api/v1/bus/%s/lease?seconds=%d", l->bus, seconds);
    rc = sw_client_post(l->client, path, &answer, err);
    if (rc < 0)
        return rc;
    *ret_paused = json_is_true(json_object_get(answer, "paused"));
    l->renewed_us = sw_mono_real_us();
    json_decref(answer);
    return SW_OK;
}

static bool is_gone(int rc)
{
    return rc == SW_E_IO || rc == SW_E_TIMEOUT;
}

static int wait_until_paused(struct sw_scan_lease *l, struct sw_err *err)
{
    const int64_t end_us = sw_mono_real_us() + LET_GO_US;
    bool is_paused = false;
    int rc = ask(l, LEASE_S, &is_paused, err);

    while (rc == SW_OK && !is_paused) {
        if (sw_mono_real_us() > end_us)
            return sw_err_set(err, SW_E_BUSY, 0, "the gateway does not let go of bus %s: stop it and scan again",
                              l->bus);
        nanosleep(&(struct timespec){.tv_nsec = ASK_AGAIN_US * 1000}, NULL);
        rc = ask(l, LEASE_S, &is_paused, err);
    }
    return is_gone(rc) ? SW_OK : rc;
}

int sw_scan_lease_take(const char *config, const struct sw_bus_params *p, struct sw_scan_lease **ret,
                       struct sw_err *err)
{
    struct sw_scan_lease *l = calloc(1, sizeof(*l));
    int rc;

    *ret = NULL;
    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    rc = sw_client_new("scan", config, &l->client, err);
    if (rc == SW_OK)
        rc = find_bus(l->client, p, l->bus, sizeof(l->bus), err);
    if (rc == SW_OK && l->bus[0] != '\0')
        rc = wait_until_paused(l, err);
    if (rc < 0 || l->bus[0] == '\0') {
        sw_client_free(l->client);
        free(l);
        return is_gone(rc) ? SW_OK : rc;
    }
    *ret = l;
    return SW_OK;
}

const char *sw_scan_lease_bus(const struct sw_scan_lease *l)
{
    return l->bus;
}

int sw_scan_lease_keep(void *lease, struct sw_err *err)
{
    struct sw_scan_lease *l = lease;
    bool is_paused = true;
    int rc;

    if (!l || sw_mono_real_us() - l->renewed_us < RENEW_US)
        return SW_OK;
    rc = ask(l, LEASE_S, &is_paused, err);
    if (is_gone(rc)) {
        l->renewed_us = sw_mono_real_us(); /* nobody to ask: look again when it would be due */
        return SW_OK;
    }
    return rc == SW_OK && !is_paused ? wait_until_paused(l, err) : rc;
}

struct sw_scan_lease *sw_scan_lease_end(struct sw_scan_lease *l)
{
    bool is_paused;

    if (l) {
        (void) ask(l, 0, &is_paused, NULL);
        sw_client_free(l->client);
        free(l);
    }
    return NULL;
}
