// SPDX-License-Identifier: Apache-2.0
/* The request planner. Fewer, longer requests make a slow line fast: at 9600 baud a request costs about 25 ms and a
 * further register 2 ms, so reading a few unused registers is cheaper than asking twice. */
#include "sensors/plan.h"

#include <stdlib.h>

#include "common/macros.h"

int sw_plan_init(struct sw_plan *p, size_t cap, uint16_t max_gap, uint16_t max_block, struct sw_err *err)
{
    cap = SW_MAX(cap, (size_t) 1);
    *p = (struct sw_plan){.cap = cap, .max_gap = max_gap, .max_block = max_block};
    p->items = calloc(cap, sizeof(*p->items));
    p->blocks = calloc(cap, sizeof(*p->blocks));
    if (!p->items || !p->blocks) {
        sw_plan_done(p);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a plan of %zu values", cap);
    }
    return SW_OK;
}

void sw_plan_done(struct sw_plan *p)
{
    free(p->items);
    free(p->blocks);
    *p = (struct sw_plan){0};
}

int sw_plan_add(struct sw_plan *p, const struct sw_item *item, struct sw_err *err)
{
    if (p->n_items == p->cap)
        return sw_err_set(err, SW_E_FULL, 0, "the plan is full: %zu values", p->cap);
    if (item->nb < 1 || item->nb > SW_BLOCK_REGS_MAX || item->nb > p->max_block)
        return sw_err_set(err, SW_E_INVAL, 0, "a value of %u registers does not fit in a block of %u",
                          (unsigned) item->nb, (unsigned) p->max_block);
    if ((uint32_t) item->reg_addr + item->nb > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "registers %u+%u: the last register is 65535", (unsigned) item->reg_addr,
                          (unsigned) item->nb);
    p->items[p->n_items] = *item;
    p->items[p->n_items].is_refused = false;
    p->n_items++;
    return SW_OK;
}

/** Refused items last; then function, address, and, for a stable order, channel and value. */
static int by_address(const void *left, const void *right)
{
    const struct sw_item *a = left, *b = right;

    if (a->is_refused != b->is_refused)
        return a->is_refused ? 1 : -1;
    if (a->fc != b->fc)
        return a->fc - b->fc;
    if (a->reg_addr != b->reg_addr)
        return a->reg_addr - b->reg_addr;
    if (a->channel != b->channel)
        return a->channel - b->channel;
    return a->which - b->which;
}

/** Can the block be stretched to hold the item too? On yes, *ret_nb is its new length. */
static bool fits(const struct sw_plan *p, const struct sw_block *b, const struct sw_item *item, uint32_t *ret_nb)
{
    const uint32_t block_end = (uint32_t) b->reg_addr + b->nb;
    const uint32_t item_end = (uint32_t) item->reg_addr + item->nb;
    const uint32_t gap_max = p->level == SW_PLAN_GAPS ? p->max_gap : 0;
    const uint32_t end = SW_MAX(block_end, item_end);

    if (p->level == SW_PLAN_SINGLE || b->fc != item->fc)
        return false;
    if (item->reg_addr > block_end + gap_max || end - b->reg_addr > p->max_block)
        return false;
    *ret_nb = end - b->reg_addr;
    return true;
}

void sw_plan_build(struct sw_plan *p, enum sw_plan_level level)
{
    struct sw_block *last = NULL;

    p->level = level;
    p->n_blocks = 0;
    qsort(p->items, p->n_items, sizeof(*p->items), by_address);
    for (size_t i = 0; i < p->n_items && !p->items[i].is_refused; i++) {
        const struct sw_item *item = &p->items[i];
        uint32_t nb;

        if (last && fits(p, last, item, &nb)) {
            last->nb = (uint16_t) nb;
            last->n_items++;
            continue;
        }
        last = &p->blocks[p->n_blocks++];
        *last = (struct sw_block){
            .fc = item->fc, .reg_addr = item->reg_addr, .nb = item->nb, .first_item = (uint16_t) i, .n_items = 1};
    }
}

static bool looks_like_a_block(const struct sw_plan *p, uint8_t fc, uint16_t nb)
{
    for (size_t b = 0; b < p->n_blocks; b++)
        if (p->blocks[b].fc == fc && p->blocks[b].nb == nb)
            return true;
    return false;
}

/** The beginning of some block, shortened until none is as long: half a value will do, the answer is not used. */
static bool shorten_a_block(const struct sw_plan *p, struct sw_block *ret)
{
    for (size_t b = 0; b < p->n_blocks; b++) {
        for (uint16_t nb = 1; nb < p->blocks[b].nb; nb++) {
            if (looks_like_a_block(p, p->blocks[b].fc, nb))
                continue;
            *ret = p->blocks[b];
            ret->nb = nb;
            return true;
        }
    }
    return false;
}

bool sw_plan_probe(const struct sw_plan *p, struct sw_block *ret)
{
    const size_t granted = p->n_items - sw_plan_refused(p);
    const struct sw_item *best = &p->items[0];
    bool is_distinct = granted > 0 && !looks_like_a_block(p, best->fc, best->nb);

    for (size_t i = 1; i < granted; i++) {
        const struct sw_item *item = &p->items[i];
        const bool distinct = !looks_like_a_block(p, item->fc, item->nb);

        if (distinct == is_distinct ? item->nb < best->nb : distinct) {
            best = item;
            is_distinct = distinct;
        }
    }
    *ret = (struct sw_block){.fc = best->fc,
                             .reg_addr = best->reg_addr,
                             .nb = best->nb,
                             .first_item = (uint16_t) (best - p->items),
                             .n_items = 1};
    return is_distinct || shorten_a_block(p, ret);
}

void sw_plan_reset(struct sw_plan *p)
{
    for (size_t i = 0; i < p->n_items; i++)
        p->items[i].is_refused = false;
    sw_plan_build(p, SW_PLAN_GAPS);
}

size_t sw_plan_refused(const struct sw_plan *p)
{
    size_t n = 0;

    while (n < p->n_items && p->items[p->n_items - 1 - n].is_refused)
        n++;
    return n;
}
