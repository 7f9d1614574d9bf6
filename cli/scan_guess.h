// SPDX-License-Identifier: Apache-2.0
/* What registers of an unknown device may mean: values that a sensor outdoors would show now. Guesses for a person who
 * writes a template, never for a reading. Pure. */
#ifndef SW_CLI_SCAN_GUESS_H
#define SW_CLI_SCAN_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/regcodec.h"

#define SW_SCAN_SENSES_MAX 16

/** A number, scaled, as a quantity: 653 is 65.3 dBA at 0.1. */
struct sw_scan_sense {
    const char *what; /* "level" */
    const char *unit;
    double scale, value;
};

/** What an integer may stand for. @param words  1: 16 bits; 2: 32 bits, which are often thousandths
 *  @return how many, at most cap */
size_t sw_scan_senses(double raw, int words, struct sw_scan_sense *ret, size_t cap);

/** Could this be a measured value as it stands? Zero says nothing and is none. */
bool sw_scan_is_plausible(double value);

/** One value of several registers in one order: its number, and whether it could be measured. Integers count as
 *  measured when some usual scale makes them so.
 *  @param regs  [sw_reg_words(type)] */
bool sw_scan_reads_as(const uint16_t *regs, enum sw_reg_type type, enum sw_word_order order, double *ret_number);

/** How well a type and order explain registers, taken one value after the other from the first on. */
struct sw_scan_score {
    unsigned values;    /* that are not all zero, which would fit any order */
    unsigned plausible; /* of these */
};
struct sw_scan_score sw_scan_score(const uint16_t *regs, size_t n, enum sw_reg_type type, enum sw_word_order order);

#endif
