// SPDX-License-Identifier: Apache-2.0
/* The order of a scan: where devices leave the factory first, then the addresses that people set. Pure. */
#include <stdio.h>

#include "cli/scan.h"
#include "common/macros.h"

#define BITS_PER_CHAR 11
#define SWEEP_BYTES 23 /* two questions of 8 bytes, and the 3.5 characters of silence around each */
#define NETWORK_SELF 255
#define UNIT_MAX_RTU 247

bool sw_serial_same(const struct sw_serial *a, const struct sw_serial *b)
{
    return a->baud == b->baud && (a->baud == 0 || (a->parity == b->parity && a->stop_bits == b->stop_bits));
}

const char *sw_serial_text(const struct sw_serial *s, char *buf, size_t cap)
{
    if (s->baud == 0)
        (void) snprintf(buf, cap, "network");
    else
        (void) snprintf(buf, cap, "%d 8%c%d", s->baud, s->parity, s->stop_bits);
    return buf;
}

bool sw_scan_fits(const struct sw_template *t, const struct sw_serial *serial)
{
    return t->serial.baud == 0 || serial->baud == 0 || sw_serial_same(&t->serial, serial);
}

/* How many templates leave the factory with these settings. */
static size_t popularity(const struct sw_template *templates, size_t n, const struct sw_serial *serial)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += templates[i].serial.baud != 0 && sw_serial_same(&templates[i].serial, serial);
    return count;
}

/* Of two settings that as many templates have the slower one comes first, and no parity before even before odd. */
static bool is_before(const struct sw_serial *a, size_t a_count, const struct sw_serial *b, size_t b_count)
{
    static const char parities[] = {'N', 'E', 'O'};
    size_t pa = 0, pb = 0;

    if (a_count != b_count)
        return a_count > b_count;
    if (a->baud != b->baud)
        return a->baud < b->baud;
    while (pa < sizeof(parities) && parities[pa] != a->parity)
        pa++;
    while (pb < sizeof(parities) && parities[pb] != b->parity)
        pb++;
    return pa != pb ? pa < pb : a->stop_bits < b->stop_bits;
}

size_t sw_scan_settings(const struct sw_template *templates, size_t n, const struct sw_scan_want *want,
                        struct sw_serial *ret, size_t cap)
{
    size_t count = 0, fixed;

    if (want->is_tcp || want->only.baud != 0) {
        ret[0] = want->is_tcp ? (struct sw_serial){0} : want->only;
        return 1;
    }
    if (want->first.baud != 0)
        ret[count++] = want->first;
    fixed = count;
    for (size_t i = 0; i < n; i++) {
        const struct sw_serial *s = &templates[i].serial;
        size_t at = fixed;
        bool is_new = s->baud != 0;

        for (size_t k = 0; k < count && is_new; k++)
            is_new = !sw_serial_same(&ret[k], s);
        if (!is_new || count == cap)
            continue;
        while (at < count && !is_before(s, popularity(templates, n, s), &ret[at], popularity(templates, n, &ret[at])))
            at++;
        for (size_t k = count; k > at; k--)
            ret[k] = ret[k - 1];
        ret[at] = *s;
        count++;
    }
    return count;
}

struct list {
    struct sw_scan_step *steps;
    size_t n, cap;
    const struct sw_scan_want *want;
};

static bool is_address(const struct sw_scan_want *want, unsigned unit_id)
{
    if (want->only_unit >= 0 && (unsigned) want->only_unit != unit_id)
        return false;
    return want->is_tcp && !want->is_rtu_over_tcp ? unit_id <= UNIT_MAX_RTU || unit_id == NETWORK_SELF
                                                  : unit_id >= 1 && unit_id <= UNIT_MAX_RTU;
}

/* Once for each pair of settings and address; the later of two may only make the first more patient. */
static void add(struct list *l, const struct sw_serial *serial, unsigned unit_id, enum sw_scan_phase phase,
                int32_t timeout_ms)
{
    if (!is_address(l->want, unit_id))
        return;
    for (size_t i = 0; i < l->n; i++) {
        if (l->steps[i].unit_id == unit_id && sw_serial_same(&l->steps[i].serial, serial)) {
            if (phase == l->steps[i].phase)
                l->steps[i].timeout_ms = SW_MAX(l->steps[i].timeout_ms, timeout_ms);
            return;
        }
    }
    if (l->n < l->cap)
        l->steps[l->n++] = (struct sw_scan_step){*serial, (uint8_t) unit_id, phase, timeout_ms};
}

static void add_own(struct list *l, const struct sw_template *templates, size_t n, const struct sw_serial *serial,
                    bool is_sites)
{
    for (size_t i = 0; is_sites && i < l->want->n_known; i++)
        add(l, serial, l->want->known[i], SW_SCAN_OWN, SW_SCAN_PATIENT_MS);
    for (size_t i = 0; i < n; i++) {
        const struct sw_template *t = &templates[i];
        const int32_t timeout_ms = t->response_timeout_ms > 0 ? t->response_timeout_ms : SW_BUS_RESPONSE_TIMEOUT_MS;

        if (t->unit_id != 0 && (serial->baud == 0 || sw_serial_same(&t->serial, serial)))
            add(l, serial, t->unit_id, SW_SCAN_OWN, timeout_ms);
    }
}

static void add_range(struct list *l, const struct sw_serial *settings, size_t n, unsigned from, unsigned to)
{
    const int32_t timeout_ms = l->want->only_unit >= 0 ? SW_SCAN_PATIENT_MS
                               : l->want->is_tcp       ? SW_SCAN_SWEEP_TCP_MS
                                                       : SW_SCAN_SWEEP_MS;

    for (size_t i = 0; i < n; i++)
        for (unsigned unit_id = from; unit_id <= to; unit_id++)
            add(l, &settings[i], unit_id, SW_SCAN_SWEEP, timeout_ms);
}

size_t sw_scan_plan(const struct sw_template *templates, size_t n, const struct sw_scan_want *want,
                    struct sw_scan_step *ret, size_t cap)
{
    struct sw_serial settings[SW_SCAN_SETTINGS_MAX];
    const size_t n_settings = sw_scan_settings(templates, n, want, settings, SW_ARRAY_SIZE(settings));
    struct list l = {.steps = ret, .cap = cap, .want = want};

    for (size_t i = 0; i < n_settings; i++) {
        if (want->is_tcp) /* most often the device itself: 1, or 255 for whoever owns the socket */
            add(&l, &settings[i], 1, SW_SCAN_OWN, SW_SCAN_PATIENT_MS);
        if (want->is_tcp)
            add(&l, &settings[i], NETWORK_SELF, SW_SCAN_OWN, SW_SCAN_PATIENT_MS);
        add_own(&l, templates, n, &settings[i], i == 0);
    }
    add_range(&l, settings, n_settings, want->is_tcp ? 0 : 1, SW_SCAN_NEAR);
    if (want->is_full || want->only_unit >= 0)
        add_range(&l, settings, n_settings, SW_SCAN_NEAR + 1, NETWORK_SELF);
    return l.n;
}

int32_t sw_scan_step_ms(const struct sw_scan_step *step)
{
    const int32_t wire_ms = step->serial.baud > 0 ? SWEEP_BYTES * BITS_PER_CHAR * 1000 / step->serial.baud : 2;

    return 2 * (step->timeout_ms + wire_ms); /* asked for holding and for input registers */
}
