// SPDX-License-Identifier: Apache-2.0
/* Causes of alerts that only the gateway sees: a line that is gone, a device that gives no answer, a store that cannot
 * write, readings that are dropped. They are looked at once a second; what holds is alerts.c's to remember. */
#include <stdio.h>
#include <stdlib.h>

#include "config/text.h"
#include "gateway/alerts.h"
#include "gateway/core.h"
#include "gateway/platform.h"

#define SILENT_US (60 * SW_US_PER_S)             /* real time: wires know no other */
#define DROPPED_US (600 * SW_US_PER_S)           /* none for so long: it is over */
#define KEY_US (30 * SW_S_PER_DAY * SW_US_PER_S) /* a new key is told of for so long: domain time */

/** Real time when each was last well; 0 = not looked at yet. */
struct core_watch {
    int64_t bus_ok_us[SW_BUSES_MAX];
    uint64_t bus_opens[SW_BUSES_MAX];
    uint64_t dropped_total;
    int64_t dropped_us;     /* of the last that was dropped; 0 = none */
    int64_t device_ok_us[]; /* [n_devices] */
};

int core_watch_new(const struct sw_core *c, struct core_watch **ret, struct sw_err *err)
{
    *ret = calloc(1, sizeof(**ret) + (c->site->n_devices + 1) * sizeof((*ret)->device_ok_us[0]));
    return *ret ? SW_OK : sw_err_set(err, SW_E_NOMEM, 0, "alerts: out of memory");
}

static void tell_why(struct sw_core *c, enum sw_alert_code code, const char *kind, const char *id, const char *name,
                     const char *why, bool is_active)
{
    struct sw_alert a = {.code = code, .is_active = is_active};

    snprintf(a.subject, sizeof(a.subject), "%s/%s", kind, id);
    snprintf(a.name, sizeof(a.name), "%s", name);
    snprintf(a.detail, sizeof(a.detail), "%.*s", sw_text_clip(why, sizeof(a.detail) - 1), why);
    core_alert(c, &a);
}

static void tell(struct sw_core *c, enum sw_alert_code code, const char *kind, const char *id, const char *name,
                 bool is_active)
{
    tell_why(c, code, kind, id, name, "", is_active);
}

static bool is_told(const struct sw_core *c, enum sw_alert_code code, const char *kind, const char *id)
{
    char subject[SW_ALERT_SUBJECT_SIZE];

    snprintf(subject, sizeof(subject), "%s/%s", kind, id);
    return core_alert_holds(c, code, subject);
}

/* Not well for a minute: true. *ok_us is when it was well last; before the first look what was told stands. */
static bool is_down(int64_t *ok_us, bool is_ok, bool was_told, int64_t real_us)
{
    if (*ok_us == 0)
        *ok_us = was_told ? real_us - SILENT_US : real_us;
    if (is_ok)
        *ok_us = real_us;
    return real_us - *ok_us >= SILENT_US;
}

/* One cause, one notice: a line that is gone, or lent to a scan, is not also told of for each of its devices. */
static void look_at_device(struct sw_core *c, struct core_watch *w, size_t device, size_t at_worker, bool is_line_away,
                           int64_t real_us)
{
    const struct sw_device_conf *d = &c->site->devices[device];
    const bool was_told = is_told(c, SW_ALERT_DEVICE_SILENT, "device", d->id);
    struct sw_device_stats stats;

    if (sw_bus_worker_device_stats(c->buses[d->bus].worker, at_worker, &stats) < 0)
        return;
    tell(c, SW_ALERT_DEVICE_SILENT, "device", d->id, d->name,
         is_down(&w->device_ok_us[device], stats.failures == 0 || is_line_away, was_told, real_us));
}

/* A TCP line is closed after a time-out: one that could be opened since the last look is there. A line without devices
 * is opened only to write. */
static void look_at_bus(struct sw_core *c, struct core_watch *w, size_t bus, int64_t real_us)
{
    const struct core_device_set *set = &c->buses[bus];
    const char *id = c->site->buses[bus].id;
    struct sw_bus_stats stats;
    size_t at_worker = 0;
    bool is_ok, is_lost;

    if (!set->worker || set->n == 0) {
        tell(c, SW_ALERT_BUS_LOST, "bus", id, id, false); /* one of before its last device was taken away */
        return;
    }
    sw_bus_worker_stats(set->worker, &stats);
    is_ok = stats.is_open || stats.is_paused || stats.opens_total != w->bus_opens[bus];
    w->bus_opens[bus] = stats.opens_total;
    is_lost = is_down(&w->bus_ok_us[bus], is_ok, is_told(c, SW_ALERT_BUS_LOST, "bus", id), real_us);
    tell_why(c, SW_ALERT_BUS_LOST, "bus", id, id, stats.why, is_lost);
    for (size_t i = 0; i < c->site->n_devices; i++)
        if (c->site->devices[i].bus == (int) bus)
            look_at_device(c, w, i, at_worker++, is_lost || stats.is_paused, real_us);
}

static void look_at_store(struct sw_core *c, struct core_watch *w, int64_t real_us)
{
    const char *id = c->site->gateway_id, *name = c->site->gateway_name;
    struct sw_store_status st;
    uint64_t dropped;

    sw_store_status(c->store, &st);
    tell(c, SW_ALERT_STORE, "gateway", id, name, st.is_failing);
    if (st.is_damaged || st.is_whole) /* until the look has ended what a start before it said stands */
        tell(c, SW_ALERT_DAMAGED, "gateway", id, name, st.is_damaged);
    tell(c, SW_ALERT_ROOM, "gateway", id, name, st.is_low);
    dropped = st.readings_dropped_total + sw_mailbox_dropped_total(c->readings);
    if (dropped != w->dropped_total)
        w->dropped_us = real_us;
    w->dropped_total = dropped;
    tell(c, SW_ALERT_DROPPED, "gateway", id, name, w->dropped_us != 0 && real_us - w->dropped_us < DROPPED_US);
}

/* Told from what the chain says, so that no restart forgets it. */
static void look_at_key(struct sw_core *c)
{
    struct sw_alert a = {.code = SW_ALERT_KEY, .since_us = c->key_replaced_us};

    a.is_active = a.since_us != INT64_MIN && sw_clock_utc_us(c->clock) - a.since_us < KEY_US;
    snprintf(a.subject, sizeof(a.subject), "gateway/%s", c->site->gateway_id);
    snprintf(a.name, sizeof(a.name), "%s", c->site->gateway_name);
    snprintf(a.detail, sizeof(a.detail), "%s", c->public_key);
    core_alert(c, &a);
}

void core_watch_look(struct sw_core *c, struct core_watch *w, int64_t real_us)
{
    for (size_t i = 0; c->buses && i < c->site->n_buses; i++)
        look_at_bus(c, w, i, real_us);
    look_at_store(c, w, real_us);
    look_at_key(c);
    core_platform_look(c, real_us);
}
