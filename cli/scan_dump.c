// SPDX-License-Identifier: Apache-2.0
/* Reads what a unit lets be read. Halves a block that is refused, so that one missing register hides no other. */
#include "cli/scan_dump.h"

#include <stdlib.h>
#include <string.h>

#include "common/macros.h"

#define BLOCK 16
#define AROUND 8      /* registers before and after one that a template knows */
#define FIRST_REGS 64 /* every unit is read from 0 to here: the likeliest model may not be the right one */
#define REQUESTS_MAX 600
#define MUTE_MAX 3 /* blocks without an answer, one after the other: the unit does not know the function */

struct reader {
    const struct sw_scan_unit *unit;
    sw_scan_ask_fn ask;
    void *ctx;
    const volatile int *stop;
    struct sw_scan_dump *dump;
    unsigned requests, mute;
    int rc; /* of a lost line */
};

static void note(struct reader *r, uint8_t fc, uint32_t from, uint32_t n, const uint16_t *regs, int code, int exception)
{
    for (uint32_t i = 0; i < n && r->dump->n < SW_SCAN_DUMP_MAX; i++)
        r->dump->regs[r->dump->n++] = (struct sw_scan_register){.fc = fc,
                                                                .reg_addr = (uint16_t) (from + i),
                                                                .value = regs ? regs[i] : 0,
                                                                .code = code,
                                                                .exception = exception};
}

static void read_block(struct reader *r, uint8_t fc, uint32_t from, uint32_t n, struct sw_err *err)
{
    const struct sw_bus_request rq = {.unit_id = r->unit->unit_id,
                                      .fc = fc,
                                      .reg_addr = (uint16_t) from,
                                      .nb = (uint16_t) n,
                                      .serial = r->unit->serial,
                                      .timeout_ms = r->unit->patience_ms};
    uint16_t regs[BLOCK] = {0};
    int rc = SW_E_TIMEOUT;

    if (r->rc < 0 || r->mute >= MUTE_MAX || r->requests >= REQUESTS_MAX || (r->stop && *r->stop))
        return;
    for (int attempt = 0; attempt < 2 && (rc == SW_E_TIMEOUT || rc == SW_E_PROTOCOL); attempt++, r->requests++)
        rc = r->ask(r->ctx, &rq, regs, err);
    r->mute = rc == SW_E_TIMEOUT ? r->mute + 1 : 0;
    if (rc == SW_OK) {
        note(r, fc, from, n, regs, rc, 0);
    } else if (rc == SW_E_EXCEPTION && n > 1) {
        read_block(r, fc, from, n / 2, err);
        read_block(r, fc, from + n / 2, n - n / 2, err);
    } else if (rc == SW_E_EXCEPTION || rc == SW_E_TIMEOUT || rc == SW_E_PROTOCOL) {
        note(r, fc, from, n, NULL, rc, rc == SW_E_EXCEPTION ? err->detail : 0);
    } else {
        r->rc = rc;
    }
}

/* Blocks of 16 registers that are worth reading: one flag each over the 65536. */
struct interest {
    bool blocks[65536 / BLOCK];
};

static void want(struct interest *in, uint32_t reg_addr, uint32_t nb)
{
    const uint32_t from = reg_addr > AROUND ? reg_addr - AROUND : 0;
    const uint32_t to = SW_MIN(reg_addr + nb - 1 + AROUND, (uint32_t) 65535);

    for (uint32_t b = from / BLOCK; b <= to / BLOCK; b++)
        in->blocks[b] = true;
}

static void want_template(struct interest *in, const struct sw_template *t)
{
    for (size_t i = 0; i < t->n_fingerprints; i++)
        want(in, t->fingerprints[i].reg_addr, t->fingerprints[i].nb);
    for (size_t c = 0; c < t->n_channels; c++) {
        for (size_t v = 0; v < t->channels[c].n_values; v++) {
            uint16_t first;
            const uint32_t span = sw_reg_value_span(&t->channels[c].values[v], &first);

            if (span > 0)
                want(in, first, span);
        }
    }
}

int sw_scan_dump_read(const struct sw_template *templates, size_t n, const struct sw_scan_unit *unit,
                      sw_scan_ask_fn ask, void *ctx, const volatile int *stop, struct sw_scan_dump *ret,
                      struct sw_err *err)
{
    struct reader r = {.unit = unit, .ask = ask, .ctx = ctx, .stop = stop, .dump = ret};
    struct interest *in = calloc(1, sizeof(*in));

    ret->n = 0;
    if (!in)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    want(in, 0, FIRST_REGS - AROUND);
    for (size_t i = 0; i < unit->n_candidates; i++)
        want_template(in, unit->candidates[i].template_);
    for (size_t i = 0; i < n && unit->n_candidates == 0; i++)
        want_template(in, &templates[i]);
    for (uint8_t fc = 3; fc <= 4; fc++) {
        r.mute = r.requests = 0;
        for (uint32_t b = 0; b < SW_ARRAY_SIZE(in->blocks); b++)
            if (in->blocks[b])
                read_block(&r, fc, b * BLOCK, BLOCK, err);
    }
    free(in);
    return r.rc;
}
