// SPDX-License-Identifier: Apache-2.0
/* Worker and line together. Register r of unit u holds 6000·u + 1000·r + a count: each value tells who said it. */
#include "tests/support/paced_bus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_PER_UNIT 6000
#define VALUES_PER_REG 1000
#define MAILBOX 8192

struct paced_bus {
    struct paced_setup setup;
    struct paced_line *line;
    struct sw_clock clock;
    struct sw_mailbox *readings;
    struct sw_channel channels[PACED_REGS];
    struct sw_template template_;
    struct sw_device devices[PACED_UNITS];
    struct sw_bus_worker *worker;

    atomic_bool is_dead[PACED_UNITS + 1];
    atomic_size_t n_seen;
    struct paced_seen *seen; /* [PACED_SEEN_MAX] */
    uint64_t good[PACED_UNITS + 1], missing[PACED_UNITS + 1], wrong;
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "paced bus: %s\n", what);
    exit(1);
}

static struct paced_answer on_request(void *ctx, const struct paced_request *rq, uint16_t *regs)
{
    struct paced_bus *b = ctx;
    const size_t n = atomic_load(&b->n_seen);
    const bool is_there = rq->unit >= 1 && rq->unit <= PACED_UNITS && rq->fc == 4 && rq->addr + rq->nb <= PACED_REGS;
    const bool is_answered = is_there && !atomic_load(&b->is_dead[rq->unit]);

    for (size_t i = 0; is_answered && i < rq->nb; i++)
        regs[i] = (uint16_t) (VALUES_PER_UNIT * rq->unit + VALUES_PER_REG * (rq->addr + (int) i) +
                              (int) (n % VALUES_PER_REG));
    if (n < PACED_SEEN_MAX) {
        b->seen[n] = (struct paced_seen){rq->start_ns, rq->unit, is_answered};
        atomic_store(&b->n_seen, n + 1);
    }
    return (struct paced_answer){.is_given = is_answered, .think_ns = b->setup.think_ns, .needs_ns = b->setup.needs_ns};
}

static void add_devices(struct paced_bus *b)
{
    const struct sw_reg_value value = {
        .quantity = SW_QUANTITY_PM10, .fc = 4, .scale = 1, .valid_min = NAN, .valid_max = NAN};
    struct sw_err err = {0};

    b->template_ = (struct sw_template){.id = "paced",
                                        .driver = "registers",
                                        .interval_ms = 1000,
                                        .turnaround_ms = b->setup.turnaround_ms,
                                        .max_block = 125,
                                        .n_channels = PACED_REGS,
                                        .channels = b->channels};
    for (size_t r = 0; r < PACED_REGS; r++) {
        b->channels[r] = (struct sw_channel){.n_values = 1, .values = {value}};
        b->channels[r].values[0].reg_addr = (uint16_t) r;
        snprintf(b->channels[r].id, SW_ID_SIZE, "c%zu", r);
    }
    if (sw_template_validate(&b->template_, &err) < 0)
        give_up(err.msg);
    for (size_t u = 0; u < PACED_UNITS; u++) {
        uint16_t sensors[PACED_REGS];
        char id[16];

        for (size_t r = 0; r < PACED_REGS; r++)
            sensors[r] = (uint16_t) (PACED_REGS * u + r);
        snprintf(id, sizeof(id), "unit-%zu", u + 1);
        if (sw_device_init(&b->devices[u], id, &b->template_, (uint8_t) (u + 1), b->setup.interval_us, sensors, &err) <
            0)
            give_up(err.msg);
    }
}

struct paced_bus *paced_bus_new(const struct paced_setup *setup)
{
    struct paced_bus *b = calloc(1, sizeof(*b));
    struct sw_bus_params params = {.kind = SW_LINE_RTU, .serial = {setup->baud, setup->parity, 8, setup->stop_bits}};
    struct sw_err err = {0};
    struct paced_format format;

    if (b == NULL || (b->seen = calloc(PACED_SEEN_MAX, sizeof(*b->seen))) == NULL)
        give_up("no memory");
    b->setup = *setup;
    format = paced_bus_format(b);
    snprintf(params.id, sizeof(params.id), "%s", setup->id);
    sw_clock_init_real(&b->clock);
    if (sw_mailbox_new(MAILBOX, 16, sizeof(struct sw_reading), &b->readings, &err) < 0)
        give_up(err.msg);
    add_devices(b);
    b->line = paced_line_new(&format, on_request, b, params.port, sizeof(params.port));
    if (sw_bus_worker_start(&params, b->devices, PACED_UNITS, &b->clock, b->readings, NULL, &b->worker, &err) < 0)
        give_up(err.msg);
    return b;
}

struct paced_bus *paced_bus_free(struct paced_bus *b)
{
    if (b == NULL)
        return NULL;
    sw_bus_worker_stop(b->worker);
    paced_line_free(b->line);
    for (size_t u = 0; u < PACED_UNITS; u++)
        sw_device_done(&b->devices[u]);
    sw_mailbox_free(b->readings);
    free(b->seen);
    free(b);
    return NULL;
}

struct paced_format paced_bus_format(const struct paced_bus *b)
{
    const int parity_bits = b->setup.parity == 'N' ? 0 : 1;

    return (struct paced_format){.baud = b->setup.baud, .char_bits = 1 + 8 + parity_bits + b->setup.stop_bits};
}

int64_t paced_bus_ideal_ns(const struct paced_bus *b)
{
    const struct paced_format format = paced_bus_format(b);

    return paced_ideal_ns(&format, PACED_REGS, b->setup.think_ns);
}

void paced_bus_set_dead(struct paced_bus *b, int unit, bool is_dead)
{
    atomic_store(&b->is_dead[unit], is_dead);
}

/** Said by that unit of that register? */
static bool is_right(const struct sw_reading *r)
{
    const int unit = r->sensor / PACED_REGS + 1, reg = r->sensor % PACED_REGS, value = (int) r->value;

    return r->flag == 'N' && value / VALUES_PER_UNIT == unit && value % VALUES_PER_UNIT / VALUES_PER_REG == reg;
}

void paced_bus_drain(struct paced_bus *b, int64_t wait_us)
{
    struct sw_reading r;

    if (wait_us > 0)
        sw_mailbox_wait(b->readings, wait_us);
    while (sw_mailbox_take(b->readings, &r, 1) == 1) {
        const int unit = r.sensor / PACED_REGS + 1;

        if (unit > PACED_UNITS || (isnan(r.value) ? r.flag == 'N' : !is_right(&r)))
            b->wrong++;
        else if (isnan(r.value))
            b->missing[unit]++;
        else
            b->good[unit]++;
    }
}

uint64_t paced_bus_good(const struct paced_bus *b, int unit)
{
    return b->good[unit];
}

uint64_t paced_bus_missing(const struct paced_bus *b, int unit)
{
    return b->missing[unit];
}

uint64_t paced_bus_wrong(const struct paced_bus *b)
{
    return b->wrong;
}

size_t paced_bus_seen(const struct paced_bus *b, const struct paced_seen **ret)
{
    *ret = b->seen;
    return atomic_load(&b->n_seen);
}

struct paced_stats paced_bus_line(struct paced_bus *b)
{
    return paced_line_stats(b->line);
}

struct sw_bus_stats paced_bus_stats(struct paced_bus *b)
{
    struct sw_bus_stats ret;

    sw_bus_worker_stats(b->worker, &ret);
    return ret;
}
