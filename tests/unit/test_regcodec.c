// SPDX-License-Identifier: Apache-2.0
/* Register codec and CRC. Expected words come from Python: struct.pack of the value, bytes then moved by hand. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "common/crc16.h"
#include "common/regcodec.h"

/* python3: struct.pack(">H", 0xABCD), ">h", ">I", ">i", ">f", ">d"; BADC = bytes swapped in each word, CDAB = words
 * reversed, DCBA = both. */
static const struct codec_case {
    const char *why;
    enum sw_reg_type type;
    enum sw_word_order order;
    double number;
    int words;
    uint16_t regs[SW_REG_WORDS_MAX];
} codec_cases[] = {
    {"u16 ABCD 0", SW_REG_U16, SW_ORDER_ABCD, 0.0, 1, {0x0000}},
    {"u16 BADC 0", SW_REG_U16, SW_ORDER_BADC, 0.0, 1, {0x0000}},
    {"u16 CDAB 0", SW_REG_U16, SW_ORDER_CDAB, 0.0, 1, {0x0000}},
    {"u16 DCBA 0", SW_REG_U16, SW_ORDER_DCBA, 0.0, 1, {0x0000}},
    {"u16 ABCD 1", SW_REG_U16, SW_ORDER_ABCD, 1.0, 1, {0x0001}},
    {"u16 BADC 1", SW_REG_U16, SW_ORDER_BADC, 1.0, 1, {0x0100}},
    {"u16 DCBA 1", SW_REG_U16, SW_ORDER_DCBA, 1.0, 1, {0x0100}},
    {"u16 ABCD 43981", SW_REG_U16, SW_ORDER_ABCD, 43981.0, 1, {0xABCD}},
    {"u16 BADC 43981", SW_REG_U16, SW_ORDER_BADC, 43981.0, 1, {0xCDAB}},
    {"u16 DCBA 43981", SW_REG_U16, SW_ORDER_DCBA, 43981.0, 1, {0xCDAB}},
    {"u16 ABCD 65535", SW_REG_U16, SW_ORDER_ABCD, 65535.0, 1, {0xFFFF}},
    {"u16 BADC 65535", SW_REG_U16, SW_ORDER_BADC, 65535.0, 1, {0xFFFF}},
    {"u16 DCBA 65535", SW_REG_U16, SW_ORDER_DCBA, 65535.0, 1, {0xFFFF}},
    {"s16 ABCD -1", SW_REG_S16, SW_ORDER_ABCD, -1.0, 1, {0xFFFF}},
    {"s16 BADC -1", SW_REG_S16, SW_ORDER_BADC, -1.0, 1, {0xFFFF}},
    {"s16 CDAB -1", SW_REG_S16, SW_ORDER_CDAB, -1.0, 1, {0xFFFF}},
    {"s16 DCBA -1", SW_REG_S16, SW_ORDER_DCBA, -1.0, 1, {0xFFFF}},
    {"s16 ABCD -32768", SW_REG_S16, SW_ORDER_ABCD, -32768.0, 1, {0x8000}},
    {"s16 BADC -32768", SW_REG_S16, SW_ORDER_BADC, -32768.0, 1, {0x0080}},
    {"s16 DCBA -32768", SW_REG_S16, SW_ORDER_DCBA, -32768.0, 1, {0x0080}},
    {"s16 ABCD 32767", SW_REG_S16, SW_ORDER_ABCD, 32767.0, 1, {0x7FFF}},
    {"s16 BADC 32767", SW_REG_S16, SW_ORDER_BADC, 32767.0, 1, {0xFF7F}},
    {"s16 DCBA 32767", SW_REG_S16, SW_ORDER_DCBA, 32767.0, 1, {0xFF7F}},
    {"s16 ABCD -123", SW_REG_S16, SW_ORDER_ABCD, -123.0, 1, {0xFF85}},
    {"s16 BADC -123", SW_REG_S16, SW_ORDER_BADC, -123.0, 1, {0x85FF}},
    {"s16 DCBA -123", SW_REG_S16, SW_ORDER_DCBA, -123.0, 1, {0x85FF}},
    {"u32 ABCD 16909060", SW_REG_U32, SW_ORDER_ABCD, 16909060.0, 2, {0x0102, 0x0304}},
    {"u32 BADC 16909060", SW_REG_U32, SW_ORDER_BADC, 16909060.0, 2, {0x0201, 0x0403}},
    {"u32 CDAB 16909060", SW_REG_U32, SW_ORDER_CDAB, 16909060.0, 2, {0x0304, 0x0102}},
    {"u32 DCBA 16909060", SW_REG_U32, SW_ORDER_DCBA, 16909060.0, 2, {0x0403, 0x0201}},
    {"u32 ABCD 4294967295", SW_REG_U32, SW_ORDER_ABCD, 4294967295.0, 2, {0xFFFF, 0xFFFF}},
    {"u32 BADC 4294967295", SW_REG_U32, SW_ORDER_BADC, 4294967295.0, 2, {0xFFFF, 0xFFFF}},
    {"u32 CDAB 4294967295", SW_REG_U32, SW_ORDER_CDAB, 4294967295.0, 2, {0xFFFF, 0xFFFF}},
    {"u32 DCBA 4294967295", SW_REG_U32, SW_ORDER_DCBA, 4294967295.0, 2, {0xFFFF, 0xFFFF}},
    {"s32 ABCD -2", SW_REG_S32, SW_ORDER_ABCD, -2.0, 2, {0xFFFF, 0xFFFE}},
    {"s32 BADC -2", SW_REG_S32, SW_ORDER_BADC, -2.0, 2, {0xFFFF, 0xFEFF}},
    {"s32 CDAB -2", SW_REG_S32, SW_ORDER_CDAB, -2.0, 2, {0xFFFE, 0xFFFF}},
    {"s32 DCBA -2", SW_REG_S32, SW_ORDER_DCBA, -2.0, 2, {0xFEFF, 0xFFFF}},
    {"s32 ABCD -2147483648", SW_REG_S32, SW_ORDER_ABCD, -2147483648.0, 2, {0x8000, 0x0000}},
    {"s32 BADC -2147483648", SW_REG_S32, SW_ORDER_BADC, -2147483648.0, 2, {0x0080, 0x0000}},
    {"s32 CDAB -2147483648", SW_REG_S32, SW_ORDER_CDAB, -2147483648.0, 2, {0x0000, 0x8000}},
    {"s32 DCBA -2147483648", SW_REG_S32, SW_ORDER_DCBA, -2147483648.0, 2, {0x0000, 0x0080}},
    {"s32 ABCD 123456789", SW_REG_S32, SW_ORDER_ABCD, 123456789.0, 2, {0x075B, 0xCD15}},
    {"s32 BADC 123456789", SW_REG_S32, SW_ORDER_BADC, 123456789.0, 2, {0x5B07, 0x15CD}},
    {"s32 CDAB 123456789", SW_REG_S32, SW_ORDER_CDAB, 123456789.0, 2, {0xCD15, 0x075B}},
    {"s32 DCBA 123456789", SW_REG_S32, SW_ORDER_DCBA, 123456789.0, 2, {0x15CD, 0x5B07}},
    {"f32 ABCD 63.25", SW_REG_F32, SW_ORDER_ABCD, 63.25, 2, {0x427D, 0x0000}},
    {"f32 BADC 63.25", SW_REG_F32, SW_ORDER_BADC, 63.25, 2, {0x7D42, 0x0000}},
    {"f32 CDAB 63.25", SW_REG_F32, SW_ORDER_CDAB, 63.25, 2, {0x0000, 0x427D}},
    {"f32 DCBA 63.25", SW_REG_F32, SW_ORDER_DCBA, 63.25, 2, {0x0000, 0x7D42}},
    {"f32 ABCD -0.5", SW_REG_F32, SW_ORDER_ABCD, -0.5, 2, {0xBF00, 0x0000}},
    {"f32 BADC -0.5", SW_REG_F32, SW_ORDER_BADC, -0.5, 2, {0x00BF, 0x0000}},
    {"f32 CDAB -0.5", SW_REG_F32, SW_ORDER_CDAB, -0.5, 2, {0x0000, 0xBF00}},
    {"f32 DCBA -0.5", SW_REG_F32, SW_ORDER_DCBA, -0.5, 2, {0x0000, 0x00BF}},
    {"f32 ABCD 0.001", SW_REG_F32, SW_ORDER_ABCD, 0.0010000000474974513, 2, {0x3A83, 0x126F}},
    {"f32 BADC 0.001", SW_REG_F32, SW_ORDER_BADC, 0.0010000000474974513, 2, {0x833A, 0x6F12}},
    {"f32 CDAB 0.001", SW_REG_F32, SW_ORDER_CDAB, 0.0010000000474974513, 2, {0x126F, 0x3A83}},
    {"f32 DCBA 0.001", SW_REG_F32, SW_ORDER_DCBA, 0.0010000000474974513, 2, {0x6F12, 0x833A}},
    {"f64 ABCD 63.2", SW_REG_F64, SW_ORDER_ABCD, 63.2, 4, {0x404F, 0x9999, 0x9999, 0x999A}},
    {"f64 BADC 63.2", SW_REG_F64, SW_ORDER_BADC, 63.2, 4, {0x4F40, 0x9999, 0x9999, 0x9A99}},
    {"f64 CDAB 63.2", SW_REG_F64, SW_ORDER_CDAB, 63.2, 4, {0x999A, 0x9999, 0x9999, 0x404F}},
    {"f64 DCBA 63.2", SW_REG_F64, SW_ORDER_DCBA, 63.2, 4, {0x9A99, 0x9999, 0x9999, 0x4F40}},
    {"f64 ABCD -1234.5678", SW_REG_F64, SW_ORDER_ABCD, -1234.5678, 4, {0xC093, 0x4A45, 0x6D5C, 0xFAAD}},
    {"f64 BADC -1234.5678", SW_REG_F64, SW_ORDER_BADC, -1234.5678, 4, {0x93C0, 0x454A, 0x5C6D, 0xADFA}},
    {"f64 CDAB -1234.5678", SW_REG_F64, SW_ORDER_CDAB, -1234.5678, 4, {0xFAAD, 0x6D5C, 0x4A45, 0xC093}},
    {"f64 DCBA -1234.5678", SW_REG_F64, SW_ORDER_DCBA, -1234.5678, 4, {0xADFA, 0x5C6D, 0x454A, 0x93C0}},
};

static void values_are_read_in_every_word_order(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(codec_cases); i++) {
        const struct codec_case *c = &codec_cases[i];
        const double got = sw_reg_number(sw_reg_join(c->regs, c->words, c->order), c->type);

        CHECK(sw_reg_words(c->type) == c->words, "%s: %d words", c->why, sw_reg_words(c->type));
        CHECK(got == c->number, "%s: got %.17g, want %.17g", c->why, got, c->number);
    }
}

static void values_are_written_as_they_are_read(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(codec_cases); i++) {
        const struct codec_case *c = &codec_cases[i];
        uint16_t regs[SW_REG_WORDS_MAX] = {0};
        uint64_t raw;

        CHECK(sw_reg_bits(c->number, c->type, &raw), "%s: refused", c->why);
        sw_reg_split(raw, c->words, c->order, regs);
        CHECK(memcmp(regs, c->regs, sizeof(regs)) == 0, "%s: got %04X %04X %04X %04X", c->why, regs[0], regs[1],
              regs[2], regs[3]);
    }
}

static const struct bits_case {
    const char *why;
    double number;
    enum sw_reg_type type;
    bool fits;
    uint64_t raw;
} bits_cases[] = {
    {"half rounds away from zero", 2.5, SW_REG_U16, true, 3},
    {"negative half too", -2.5, SW_REG_S16, true, 0xFFFD},
    {"the largest u16", 65535.49, SW_REG_U16, true, 65535},
    {"one more does not fit", 65535.5, SW_REG_U16, false, 0},
    {"nothing below zero in a u16", -0.5, SW_REG_U16, false, 0},
    {"the smallest s16", -32768, SW_REG_S16, true, 0x8000},
    {"one less does not fit", -32769, SW_REG_S16, false, 0},
    {"the largest u32", 4294967295.0, SW_REG_U32, true, 0xFFFFFFFF},
    {"u32 ends there", 4294967296.0, SW_REG_U32, false, 0},
    {"the smallest s32", -2147483648.0, SW_REG_S32, true, 0x80000000},
    {"NaN is no integer", NAN, SW_REG_S32, false, 0},
    {"NaN is not written as a float either", NAN, SW_REG_F32, false, 0},
    {"nor as a double", NAN, SW_REG_F64, false, 0},
    {"infinity is no integer", INFINITY, SW_REG_U32, false, 0},
};

static void numbers_that_do_not_fit_are_refused(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(bits_cases); i++) {
        const struct bits_case *c = &bits_cases[i];
        uint64_t raw = 0;

        CHECK(sw_reg_bits(c->number, c->type, &raw) == c->fits, "%s", c->why);
        CHECK(raw == c->raw, "%s: got 0x%llX", c->why, (unsigned long long) raw);
    }
}

static void a_float_nan_reads_as_nan(void **state)
{
    (void) state;
    assert_true(isnan(sw_reg_number(0x7FC00000, SW_REG_F32)));
    assert_true(isnan(sw_reg_number(0x7FF8000000000000, SW_REG_F64)));
    assert_int_equal(sw_reg_words(SW_REG__COUNT), 0);
}

/* Frames seen in makers' manuals, and the check value of the CRC catalogues for "123456789". */
static const struct crc_case {
    const char *why;
    size_t len;
    uint8_t data[16];
    uint16_t crc; /* high byte is the second on the wire */
} crc_cases[] = {
    {"check value of CRC-16/MODBUS", 9, {'1', '2', '3', '4', '5', '6', '7', '8', '9'}, 0x4B37},
    {"01 03 00 00 00 06 C5 C8", 6, {1, 3, 0, 0, 0, 6}, 0xC8C5},
    {"01 03 00 00 00 01 84 0A", 6, {1, 3, 0, 0, 0, 1}, 0x0A84},
    {"01 03 02 02 18 B9 2E", 5, {1, 3, 2, 2, 0x18}, 0x2EB9},
    {"FF 03 07 D0 00 01 91 59", 6, {0xFF, 3, 7, 0xD0, 0, 1}, 0x5991},
    {"nothing", 0, {0}, 0xFFFF},
};

static void crc_agrees_with_published_frames(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(crc_cases); i++) {
        const struct crc_case *c = &crc_cases[i];
        const uint16_t got = sw_crc16_modbus(c->data, c->len);

        CHECK(got == c->crc, "%s: got %04X", c->why, got);
    }
}

static void crc_over_a_whole_good_frame_is_zero(void **state)
{
    static const uint8_t frame[] = {0x01, 0x03, 0x02, 0x02, 0x18, 0xB9, 0x2E};

    (void) state;
    assert_int_equal(sw_crc16_modbus(frame, sizeof(frame)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_in_every_word_order), cmocka_unit_test(values_are_written_as_they_are_read),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused), cmocka_unit_test(a_float_nan_reads_as_nan),
        cmocka_unit_test(crc_agrees_with_published_frames),    cmocka_unit_test(crc_over_a_whole_good_frame_is_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
