// SPDX-License-Identifier: Apache-2.0
/* Reads a device of a template from given registers and checks every reading that comes of it. */
#ifndef SW_TESTS_FUZZ_DECODE_H
#define SW_TESTS_FUZZ_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "sensors/template.h"

/** regs repeat as often as a block needs; n_regs >= 1. Channels whose bit (number % 32) is set in `unused` are nobody's
 *  sensor, unless that leaves none. */
void decode_check(const struct sw_template *t, uint32_t unused, const uint16_t *regs, size_t n_regs);

#endif
