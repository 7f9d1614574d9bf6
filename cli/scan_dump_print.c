// SPDX-License-Identifier: Apache-2.0
/* A dump as a page: registers, what each may be, and which word orders make sense. */
#include <math.h>
#include <string.h>

#include "cli/scan_dump.h"
#include "cli/scan_guess.h"
#include "cli/scan_words.h"
#include "common/macros.h"

#define SENSES_SHOWN 5

static bool continues(const struct sw_scan_register *a, const struct sw_scan_register *b)
{
    return a->fc == b->fc && a->reg_addr + 1 == b->reg_addr && a->code == b->code && a->exception == b->exception;
}

/* End of the run of neighbours of one kind that begins at i. */
static size_t run_end(const struct sw_scan_dump *d, size_t i)
{
    while (i + 1 < d->n && continues(&d->regs[i], &d->regs[i + 1]))
        i++;
    return i + 1;
}

static void print_senses(uint16_t raw, FILE *to)
{
    struct sw_scan_sense senses[SW_SCAN_SENSES_MAX];
    size_t n = sw_scan_senses(raw, 1, senses, SW_ARRAY_SIZE(senses));

    if (n == 0 && raw >= 0x8000) /* below zero: a temperature */
        n = sw_scan_senses((int16_t) raw, 1, senses, SW_ARRAY_SIZE(senses));
    for (size_t i = 0; i < n && i < SENSES_SHOWN; i++)
        fprintf(to, "%s%g %s", i == 0 ? "  " : ", ", senses[i].value, senses[i].unit);
}

static void print_registers(const struct sw_scan_register *r, size_t n, FILE *to)
{
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "  %5u  0x%04X  %5u", (unsigned) r[i].reg_addr, (unsigned) r[i].value, (unsigned) r[i].value);
        if (r[i].value >= 0x8000)
            fprintf(to, " (%d)", (int) (int16_t) r[i].value);
        print_senses(r[i].value, to);
        fputc('\n', to);
    }
}

static void print_refused(const struct sw_scan_register *r, size_t n, FILE *to)
{
    fprintf(to, "  %5u", (unsigned) r->reg_addr);
    if (n > 1)
        fprintf(to, " to %u", (unsigned) r[n - 1].reg_addr);
    if (r->code == SW_E_EXCEPTION)
        fprintf(to, "  exception %d: %s\n", r->exception, sw_scan_exception_text(r->exception));
    else
        fprintf(to, "  %s\n", r->code == SW_E_TIMEOUT ? "no answer" : "garbled");
}

/* The orders in which one value makes sense. */
static void print_value(const uint16_t *regs, size_t reg_addr, enum sw_reg_type type, FILE *to)
{
    bool any = false;

    for (int order = 0; order < SW_ORDER__COUNT; order++) {
        double number;

        if (!sw_scan_reads_as(regs, type, (enum sw_word_order) order, &number))
            continue;
        if (!any)
            fprintf(to, "    %5zu", reg_addr);
        fprintf(to, "  %s %.7g", sw_word_order_name((enum sw_word_order) order), number);
        any = true;
    }
    if (any)
        fputc('\n', to);
}

/* One type over a run of registers, in each order; the alignment that explains more is taken.
 * @return whether any does */
static bool print_orders(const uint16_t *regs, size_t n, uint16_t first, enum sw_reg_type type, FILE *to)
{
    const size_t words = (size_t) sw_reg_words(type);
    struct sw_scan_score best = {0};
    size_t shift = 0;

    for (size_t s = 0; s < words && s < n; s++) {
        for (int order = 0; order < SW_ORDER__COUNT; order++) {
            const struct sw_scan_score score = sw_scan_score(regs + s, n - s, type, (enum sw_word_order) order);

            if (score.plausible > best.plausible) {
                best = score;
                shift = s;
            }
        }
    }
    if (best.plausible == 0)
        return false;
    fprintf(to, "  %s from %zu:", sw_reg_type_name(type), first + shift);
    for (int order = 0; order < SW_ORDER__COUNT; order++) {
        const struct sw_scan_score score = sw_scan_score(regs + shift, n - shift, type, (enum sw_word_order) order);

        fprintf(to, "  %s %u of %u", sw_word_order_name((enum sw_word_order) order), score.plausible, score.values);
    }
    fputc('\n', to);
    for (size_t at = shift; at + words <= n; at += words)
        print_value(&regs[at], first + at, type, to);
    return true;
}

/* 32 and 64 bits of each run of registers that could be read. */
static void print_wide(const struct sw_scan_dump *d, FILE *to)
{
    static const enum sw_reg_type types[] = {SW_REG_F32, SW_REG_S32, SW_REG_F64};
    uint16_t regs[SW_SCAN_DUMP_MAX];

    for (size_t i = 0, end; i < d->n; i = end) {
        bool any = false;

        end = run_end(d, i);
        if (d->regs[i].code != SW_OK || end - i < 2)
            continue;
        for (size_t k = i; k < end; k++)
            regs[k - i] = d->regs[k].value;
        fprintf(to,
                "\n%s registers %u to %u as values of several registers: in which word order is how many of them\n"
                "what a sensor could show?\n",
                d->regs[i].fc == 3 ? "holding" : "input", (unsigned) d->regs[i].reg_addr,
                (unsigned) d->regs[end - 1].reg_addr);
        for (size_t t = 0; t < SW_ARRAY_SIZE(types); t++)
            any |= print_orders(regs, end - i, d->regs[i].reg_addr, types[t], to);
        if (!any)
            fputs("  none: they are values of one register each\n", to);
    }
}

void sw_scan_dump_print(const struct sw_scan_dump *d, FILE *to)
{
    int fc = 0;

    for (size_t i = 0, end; i < d->n; i = end) {
        end = run_end(d, i);
        if (d->regs[i].fc != fc) {
            fc = d->regs[i].fc;
            fprintf(to,
                    "\n%s registers (function %d): address, hex, decimal, and what it could be with 0 to 2 decimals\n",
                    fc == 3 ? "holding" : "input", fc);
        }
        if (d->regs[i].code == SW_OK)
            print_registers(&d->regs[i], end - i, to);
        else
            print_refused(&d->regs[i], end - i, to);
    }
    print_wide(d, to);
}
