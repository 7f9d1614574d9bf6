// SPDX-License-Identifier: Apache-2.0
/* RTU frames: requests against the examples of the protocol's text and of a device's sheet, replies found in whatever
 * came. CRCs of the cases are appended here by a routine of their own, bit by bit. */
#include "test.h"

#include <string.h>

#include "sensors/bus_frame.h"

/** CRC-16/MODBUS after the flow chart in MODBUS over Serial Line V1.02, 6.2.2. */
static size_t with_crc(uint8_t *frame, size_t len)
{
    unsigned crc = 0xFFFF;

    for (size_t i = 0; i < len; i++) {
        crc ^= frame[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
    }
    frame[len] = (uint8_t) crc;
    frame[len + 1] = (uint8_t) (crc >> 8);
    return len + 2;
}

static const struct request_case {
    const char *why;
    struct sw_bus_request rq;
    uint16_t values[10];
    uint8_t want[32];
    size_t len; /* without CRC */
} request_cases[] = {
    {"V1.1b3 6.1: coils 20-38", {17, 1, 0x13, 19}, {0}, {0x11, 0x01, 0x00, 0x13, 0x00, 0x13}, 6},
    {"6.3: holding registers 108-110", {17, 3, 0x6B, 3}, {0}, {0x11, 0x03, 0x00, 0x6B, 0x00, 0x03}, 6},
    {"6.5: coil 173 on", {17, 5, 0xAC, 1}, {1}, {0x11, 0x05, 0x00, 0xAC, 0xFF, 0x00}, 6},
    {"6.5: a coil off", {17, 5, 0xAC, 1}, {0}, {0x11, 0x05, 0x00, 0xAC, 0x00, 0x00}, 6},
    {"6.6: register 2 to 3", {17, 6, 1, 1}, {3}, {0x11, 0x06, 0x00, 0x01, 0x00, 0x03}, 6},
    {"6.11: ten coils from 20, CD 01",
     {17, 15, 0x13, 10},
     {1, 0, 1, 1, 0, 0, 1, 1, 1, 0},
     {0x11, 0x0F, 0x00, 0x13, 0x00, 0x0A, 0x02, 0xCD, 0x01},
     9},
    {"6.12: registers 2 and 3 to 10 and 258",
     {17, 16, 1, 2},
     {10, 258},
     {0x11, 0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0A, 0x01, 0x02},
     11},
};

static void requests_are_those_of_the_protocols_text(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        uint8_t want[40], got[SW_FRAME_MAX];
        size_t len;

        memcpy(want, c->want, sizeof(c->want));
        len = with_crc(want, c->len);
        CHECK(sw_frame_check(&c->rq, c->values, NULL) == SW_OK, "%s: refused", c->why);
        CHECK(sw_frame_request(&c->rq, c->values, got) == len && memcmp(got, want, len) == 0, "%s: other bytes",
              c->why);
    }
}

static void a_request_and_reply_of_a_devices_sheet_agree(void **state)
{
    /* SM7901B: 53.6 dB */
    static const uint8_t request[] = {0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A};
    uint8_t reply[] = {0x01, 0x03, 0x02, 0x02, 0x18, 0xB9, 0x2E}, got[SW_FRAME_MAX], exception;
    const struct sw_bus_request rq = {1, 3, 0, 1};
    size_t len = sizeof(reply);
    uint64_t foreign = 0;
    uint16_t regs[1];

    (void) state;
    assert_int_equal(sw_frame_request(&rq, NULL, got), sizeof(request));
    assert_memory_equal(got, request, sizeof(request));
    assert_int_equal(sw_frame_find(&rq, reply, &len, regs, &exception, &foreign), SW_FRAME_REPLY);
    assert_int_equal(regs[0], 536);
}

static const struct check_case {
    const char *why;
    struct sw_bus_request rq;
    uint16_t value;
} check_cases[] = {
    {"function 7", {1, 7, 0, 1}, 0},
    {"no registers", {1, 3, 0, 0}, 0},
    {"126 registers", {1, 3, 0, 126}, 0},
    {"past the last register", {1, 4, 65535, 2}, 0},
    {"65 coils to write", {1, 15, 0, SW_BUS_WRITE_MAX + 1}, 0},
    {"two registers with function 6", {1, 6, 0, 2}, 0},
    {"a coil of 2", {1, 5, 0, 1}, 2},
};

static void requests_that_cannot_be_are_refused(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(check_cases); i++) {
        const uint16_t values[SW_BUS_WRITE_MAX + 1] = {check_cases[i].value};
        struct sw_err err = {0};

        CHECK(sw_frame_check(&check_cases[i].rq, values, &err) == SW_E_INVAL && err.msg[0], "%s", check_cases[i].why);
    }
}

/* What is heard: frames one after the other; a CRC is put on each unless it is raw. */
struct part {
    uint8_t bytes[16];
    size_t len;
    bool is_raw;
};
#define RIGHT                                                                                                          \
    {                                                                                                                  \
        {7, 3, 4, 0x01, 0x02, 0x03, 0x04}, 7, false                                                                    \
    }
#define FOREIGN                                                                                                        \
    {                                                                                                                  \
        {8, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF}, 7, false                                                                    \
    }

static const struct find_case {
    const char *why;
    struct part parts[4]; /* until len 0 */
    enum sw_frame want;
    uint64_t foreign;
} find_cases[] = {
    {"nothing", {{{0}, 0, false}}, SW_FRAME_NONE, 0},
    {"the answer", {RIGHT}, SW_FRAME_REPLY, 0},
    {"another unit's answer first", {FOREIGN, RIGHT}, SW_FRAME_REPLY, 1},
    {"only another unit's", {FOREIGN}, SW_FRAME_NONE, 1},
    {"a second master's request and its answer first",
     {{{8, 3, 0, 1, 0, 2}, 6, false}, FOREIGN, RIGHT},
     SW_FRAME_REPLY,
     2},
    {"our own request echoed first", {{{7, 3, 0, 0, 0, 2}, 6, false}, RIGHT}, SW_FRAME_REPLY, 1},
    {"a late answer of the same unit, shorter", {{{7, 3, 2, 9, 9}, 5, false}, RIGHT}, SW_FRAME_REPLY, 1},
    {"a late answer of the same unit, longer", {{{7, 3, 6, 9, 9, 9, 9, 9, 9}, 9, false}}, SW_FRAME_NONE, 1},
    {"a late answer to another function", {{{7, 4, 4, 9, 9, 9, 9}, 7, false}}, SW_FRAME_NONE, 1},
    {"noise first", {{{0x00, 0xFF, 0x07}, 3, true}, RIGHT}, SW_FRAME_REPLY, 0},
    {"noise that looks like the beginning", {{{7, 3}, 2, true}, RIGHT}, SW_FRAME_REPLY, 0},
    {"half of the answer", {{{7, 3, 4, 1}, 4, true}}, SW_FRAME_NONE, 0},
    {"the answer, spoilt", {{{7, 3, 4, 1, 2, 3, 4, 0, 0}, 9, true}}, SW_FRAME_SPOILT, 0},
    {"another unit's, spoilt", {{{8, 3, 4, 1, 2, 3, 4, 0, 0}, 9, true}}, SW_FRAME_NONE, 0},
    {"an exception", {{{7, 0x83, 2}, 3, false}}, SW_FRAME_EXCEPTION, 0},
    {"an exception to another function", {{{7, 0x84, 2}, 3, false}}, SW_FRAME_NONE, 1},
    {"another unit's exception first", {{{8, 0x83, 2}, 3, false}, RIGHT}, SW_FRAME_REPLY, 1},
    {"an exception, spoilt", {{{7, 0x83, 2, 0, 0}, 5, true}}, SW_FRAME_SPOILT, 0},
    {"the answer twice: the second is left for the flush", {RIGHT, RIGHT}, SW_FRAME_REPLY, 0},
    {"somebody's write request first", {{{8, 16, 0, 0, 0, 1, 2, 0, 5}, 9, false}, RIGHT}, SW_FRAME_REPLY, 1},
};

static void the_answer_is_found_among_what_was_heard(void **state)
{
    const struct sw_bus_request rq = {7, 3, 0, 2};

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(find_cases); i++) {
        const struct find_case *c = &find_cases[i];
        uint8_t whole[64];
        size_t n = 0, len = 0;
        uint64_t foreign = 0;
        uint16_t regs[2] = {0};
        uint8_t exception = 0;
        enum sw_frame found = SW_FRAME_NONE;

        for (const struct part *p = c->parts; p < c->parts + 4 && p->len > 0; p++) {
            memcpy(whole + n, p->bytes, p->len);
            n += p->is_raw ? p->len : with_crc(whole + n, p->len);
        }
        for (size_t fed = 0; fed < n && found != SW_FRAME_REPLY && found != SW_FRAME_EXCEPTION; fed++) {
            static uint8_t buf[64];

            buf[len++] = whole[fed]; /* however it was cut up on the way */
            found = sw_frame_find(&rq, buf, &len, regs, &exception, &foreign);
        }
        CHECK(found == c->want, "%s: %d, want %d", c->why, (int) found, (int) c->want);
        CHECK(foreign == c->foreign, "%s: %u foreign frames", c->why, (unsigned) foreign);
        if (found == SW_FRAME_REPLY)
            CHECK(regs[0] == 0x0102 && regs[1] == 0x0304, "%s: %04x %04x", c->why, regs[0], regs[1]);
        if (found == SW_FRAME_EXCEPTION)
            assert_int_equal(exception, 2);
    }
}

static void coils_are_unpacked_low_bit_first(void **state)
{
    /* V1.1b3, 6.1: coils 20-38 are CD 6B 05 */
    static const uint16_t want[19] = {1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1};
    uint8_t frame[16] = {17, 1, 3, 0xCD, 0x6B, 0x05}, exception;
    const struct sw_bus_request rq = {17, 1, 0x13, 19};
    size_t len = with_crc(frame, 6);
    uint64_t foreign = 0;
    uint16_t regs[19];

    (void) state;
    assert_int_equal(sw_frame_find(&rq, frame, &len, regs, &exception, &foreign), SW_FRAME_REPLY);
    assert_memory_equal(regs, want, sizeof(want));
}

static void a_write_is_answered_by_its_own_address(void **state)
{
    const struct sw_bus_request rq = {17, 16, 1, 2};
    uint8_t other[16] = {17, 16, 0, 9, 0, 2}, own[16] = {17, 16, 0, 1, 0, 2}, exception;
    size_t len = with_crc(other, 6);
    uint64_t foreign = 0;

    (void) state;
    assert_int_equal(sw_frame_find(&rq, other, &len, NULL, &exception, &foreign), SW_FRAME_NONE);
    assert_int_equal(foreign, 1);
    len = with_crc(own, 6);
    assert_int_equal(sw_frame_find(&rq, own, &len, NULL, &exception, &foreign), SW_FRAME_REPLY);
}

static const struct silence_case {
    struct sw_serial serial;
    int64_t char_us_x10, silence_us;
} silence_cases[] = {
    /* bits / baud, and 3.5 of it rounded up: bc -l */
    {{9600, 'N', 8, 1}, 10416, 3646}, {{9600, 'E', 8, 1}, 11458, 4011}, {{9600, 'N', 8, 2}, 11458, 4011},
    {{9600, 'O', 8, 2}, 12500, 4375}, {{4800, 'N', 8, 1}, 20833, 7292}, {{1200, 'N', 8, 1}, 83333, 29167},
    {{19200, 'E', 8, 1}, 5729, 2006}, {{38400, 'N', 8, 1}, 2604, 1750}, {{115200, 'E', 8, 1}, 954, 1750},
};

static void silence_is_that_of_the_configured_format(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(silence_cases); i++) {
        const struct silence_case *c = &silence_cases[i];

        CHECK(sw_serial_char_us_x10(&c->serial) == c->char_us_x10, "%d: a character of %lld", c->serial.baud,
              (long long) sw_serial_char_us_x10(&c->serial));
        CHECK(sw_serial_silence_us(&c->serial) == c->silence_us, "%d: silence of %lld", c->serial.baud,
              (long long) sw_serial_silence_us(&c->serial));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_those_of_the_protocols_text),
        cmocka_unit_test(a_request_and_reply_of_a_devices_sheet_agree),
        cmocka_unit_test(requests_that_cannot_be_are_refused),
        cmocka_unit_test(the_answer_is_found_among_what_was_heard),
        cmocka_unit_test(coils_are_unpacked_low_bit_first),
        cmocka_unit_test(a_write_is_answered_by_its_own_address),
        cmocka_unit_test(silence_is_that_of_the_configured_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
