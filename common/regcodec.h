// SPDX-License-Identifier: Apache-2.0
/* [fw] Numbers in 16-bit Modbus registers: one, two or four words in any of the four orders, both ways.
 * Pure, no allocation. What a number means (scale, "no value" patterns) is the business of a device's template. */
#ifndef SW_COMMON_REGCODEC_H
#define SW_COMMON_REGCODEC_H

#include <stdbool.h>
#include <stdint.h>

/** How the bits of a value are read. */
enum sw_reg_type { SW_REG_U16, SW_REG_S16, SW_REG_U32, SW_REG_S32, SW_REG_F32, SW_REG_F64, SW_REG__COUNT };

/** Order of the bytes as they come over the wire; A is the most significant of a 32-bit value.
 *  Of a 64-bit value the same rule holds over four words: ABCD and BADC send the high word first, CDAB and DCBA the
 *  low word; BADC and DCBA swap the bytes inside each word (also of a 16-bit value). */
enum sw_word_order { SW_ORDER_ABCD, SW_ORDER_BADC, SW_ORDER_CDAB, SW_ORDER_DCBA, SW_ORDER__COUNT };

#define SW_REG_WORDS_MAX 4

/** Registers a type takes: 1, 2 or 4; 0 for a number that is no type. */
int sw_reg_words(enum sw_reg_type type);

/** Put the words of a value together: the bits as an unsigned number, whatever the order on the wire.
 *  @param regs   [words] as received, each in the machine's own byte order
 *  @param words  1 … 4 */
uint64_t sw_reg_join(const uint16_t *regs, int words, enum sw_word_order order);

/** The reverse of sw_reg_join. */
void sw_reg_split(uint64_t raw, int words, enum sw_word_order order, uint16_t *ret_regs);

/** The number that the bits of a value stand for; NaN when they are a float's NaN. */
double sw_reg_number(uint64_t raw, enum sw_reg_type type);

/** The bits that stand for a number: integers round half away from zero.
 *  @return false, and *ret_raw untouched, when the number is NaN or does not fit an integer type */
bool sw_reg_bits(double number, enum sw_reg_type type, uint64_t *ret_raw);

#endif
