// SPDX-License-Identifier: Apache-2.0
/* Effects of the engine as lines of a replay: {"topic":"…","retain":false,"payload":{…}}. Renders only the kinds that
 * were asked for. */
#ifndef SW_CLI_PRINTER_H
#define SW_CLI_PRINTER_H

#include <stddef.h>
#include <stdio.h>

#include "common/err.h"
#include "gateway/engine.h"

/** Kinds of documents, for a set. */
enum sw_print {
    SW_PRINT_AGG = 1 << 0,
    SW_PRINT_STATE = 1 << 1,
    SW_PRINT_EVENT = 1 << 2, /* of sensors and of tickets */
    SW_PRINT_TICKET = 1 << 3,
    SW_PRINT_SUMMARY = 1 << 4,
    SW_PRINT_SCHEDULE = 1 << 5,
    SW_PRINT_LIVE = 1 << 6,
    SW_PRINT_ALERT = 1 << 7,
    SW_PRINT_DEFAULT = (SW_PRINT_LIVE - 1) | SW_PRINT_ALERT,
};

/** "agg,state" → set. @return SW_OK; SW_E_INVAL with a sentence and, if near, the word that was meant */
int sw_print_parse(const char *words, unsigned *ret, struct sw_err *err);

struct sw_printer;

/** @param kinds         set of enum sw_print
 *  @param is_simulated  documents say that they are invented
 *  @param to     where lines go; borrowed */
int sw_printer_new(struct sw_engine *e, unsigned kinds, bool is_simulated, FILE *to, struct sw_printer **ret,
                   struct sw_err *err);
struct sw_printer *sw_printer_free(struct sw_printer *p); /* NULL is fine; always returns NULL */

/** Print what a step returned, before the next step. @return SW_OK; SW_E_FULL a document outgrew its ceiling */
int sw_printer_effects(struct sw_printer *p, const struct sw_effect *fx, size_t n, struct sw_err *err);

#endif
