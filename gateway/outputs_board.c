// SPDX-License-Identifier: Apache-2.0
/* LED boards: level, limit and state of a sensor into registers, anew at its interval and at once when the state
 * changes. Neighbouring registers go in one write, and one write is at the bus at a time. */
#include <math.h>
#include <string.h>

#include "gateway/outputs_int.h"

/* What a passer-by is to understand: 0 normal, 1 close to the limit, 2 over, 3 no data. */
static int state_code(enum sw_state s)
{
    switch (s) {
    case SW_STATE_FORECAST:
    case SW_STATE_PENDING:
        return 1;
    case SW_STATE_ALERTING:
    case SW_STATE_RECOVERING:
        return 2;
    case SW_STATE_NODATA:
    case SW_STATE_FAULT:
        return 3;
    default:
        return 0;
    }
}

uint16_t board_register(const struct sw_board_field *f, int32_t hundredths)
{
    const double value = hundredths == SW_NO_VALUE ? (double) NAN : round(hundredths / 100.0 * f->scale);

    /* What the register cannot hold must not look like another value. Below zero it is two's complement. */
    if (isnan(value) || value > UINT16_MAX || value < INT16_MIN)
        return f->unknown;
    return (uint16_t) (int32_t) value;
}

struct cell {
    uint16_t reg_addr, value;
};

static size_t gather(struct sw_core *c, const struct core_output *o, struct cell *to, int *ret_state)
{
    const struct sw_output_setup *conf = o->conf;
    const struct sw_judge *judge = sw_engine_judge(c->engine, (size_t) conf->shows);
    const bool has_spoken = judge && sw_judge_last(judge, NULL, NULL) != INT64_MIN;
    const int state = !has_spoken ? 3 : state_code(sw_judge_state(judge));
    const int32_t level = state == 3 ? SW_NO_VALUE : sw_judge_level_now(judge);
    const int32_t limit = judge ? sw_judge_limit_now(judge) : SW_NO_VALUE;
    const struct sw_board_field *const fields[] = {&conf->level, &conf->limit, &conf->state};
    const int32_t values[] = {level, limit, state * 100};
    size_t n = 0;

    *ret_state = state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fields); i++) {
        size_t at = n;

        if (fields[i]->reg_addr < 0)
            continue;
        for (; at > 0 && to[at - 1].reg_addr > fields[i]->reg_addr; at--)
            to[at] = to[at - 1];
        to[at] = (struct cell){(uint16_t) fields[i]->reg_addr, board_register(fields[i], values[i])};
        n++;
    }
    return n;
}

static void compose(struct core_output *o, const struct cell *cells, size_t n)
{
    o->n_writes = o->next_write = 0;
    for (size_t i = 0; i < n; i++) {
        struct board_write *w = o->n_writes > 0 ? &o->writes[o->n_writes - 1] : NULL;

        if (!w || w->reg_addr + w->nb != cells[i].reg_addr) {
            w = &o->writes[o->n_writes++];
            *w = (struct board_write){.reg_addr = cells[i].reg_addr};
        }
        w->values[w->nb++] = cells[i].value;
    }
}

static void write_next(struct sw_core *c, struct core_output *o)
{
    const struct board_write *next = &o->writes[o->next_write];
    struct sw_bus_write w = {.fc = next->nb == 1 ? 6 : 16, .reg_addr = next->reg_addr, .nb = next->nb};

    memcpy(w.values, next->values, next->nb * sizeof(w.values[0]));
    output_write(c, o, &w);
}

void board_is_written(struct sw_core *c, struct core_output *o)
{
    if (++o->next_write < o->n_writes) {
        write_next(c, o);
        return;
    }
    o->n_writes = 0;
    if (!o->is_shown) {
        o->is_shown = true;
        output_record(c, o, "read-back", "state", "on", "");
        output_tell(c, o);
    }
}

void board_drive(struct sw_core *c, struct core_output *o)
{
    const int64_t now_us = sw_mono_real_us();
    struct cell cells[BOARD_WRITES_MAX];
    int state;
    size_t n;

    if (o->is_pending && now_us >= o->ordered_us + OUTPUT_ANSWER_US)
        output_failed(c, o, "no-answer", "the bus did not say what became of the write");
    if (o->failures > 0 && o->is_shown) {
        o->is_shown = false;
        output_tell(c, o);
    }
    if (o->is_pending || c->outputs->is_stopping || (o->failures > 0 && now_us < o->retry_us))
        return;
    n = gather(c, o, cells, &state);
    if (o->failures == 0 && state == o->state_shown && now_us < o->shown_us + o->conf->every_us)
        return;
    o->state_shown = state;
    o->shown_us = now_us;
    compose(o, cells, n);
    if (o->n_writes > 0)
        write_next(c, o);
}
