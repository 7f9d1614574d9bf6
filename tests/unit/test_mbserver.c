// SPDX-License-Identifier: Apache-2.0
/* Modbus requests in, replies out: PDU, RTU frame, RTU line, TCP header. Frames and checksums come from published
 * manuals (SONBEST SM7901B) and from pymodbus' computeCRC; none from our own output. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "firmware/app/mbserver.h"
#include "firmware/app/rtuline.h"
#include "firmware/port/host/mbap.h"

/* Unit 1: holding register 0 = 536 (53.6 dB), input register 16 = 4331 (43.31 dB) of 38. Unit 5: broken, exception 4.
 */
static int fake_status(void *ctx, uint8_t unit_id)
{
    (void) ctx;
    return unit_id == 5 ? 4 : unit_id == 1 ? 0 : SW_MB_SILENT;
}

static int fake_read(void *ctx, uint8_t unit_id, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret_regs)
{
    (void) ctx;
    (void) unit_id;
    if ((uint32_t) reg_addr + nb > (fc == 3 ? 1u : 38u))
        return SW_MB_EXC_ADDRESS;
    for (size_t i = 0; i < nb; i++)
        ret_regs[i] = fc == 3 ? 536 : reg_addr + i == 16 ? 4331 : 0;
    return 0;
}

static const struct sw_mbserver server = {NULL, fake_status, fake_read};

static size_t from_hex(const char *hex, uint8_t *ret)
{
    size_t n = 0;
    unsigned byte;
    int used;

    while (sscanf(hex, "%2x%n", &byte, &used) == 1) {
        ret[n++] = (uint8_t) byte;
        hex += used;
    }
    return n;
}

static void to_hex(const uint8_t *data, size_t n, char *ret)
{
    ret[0] = '\0';
    for (size_t i = 0; i < n; i++)
        sprintf(ret + 3 * i, "%02X ", data[i]);
    if (n > 0)
        ret[3 * n - 1] = '\0';
}

struct frame_case {
    const char *why, *request, *reply; /* reply "" = silence */
};

static const struct frame_case rtu_cases[] = {
    {"the vector of the SM7901B manual: 53.6 dB", "01 03 00 00 00 01 84 0A", "01 03 02 02 18 B9 2E"},
    {"an input register of our map: 43.31 dB", "01 04 00 10 00 01 30 0F", "01 04 02 10 EB F4 BF"},
    {"one register beyond the end", "01 04 00 25 00 02 60 00", "01 84 02 C2 C1"},
    {"the last address there is, alone", "01 04 FF FF 00 01 31 EE", "01 84 02 C2 C1"},
    {"a block that runs over address 65535", "01 04 FF FF 00 02 71 EF", "01 84 02 C2 C1"},
    {"a count of 0", "01 03 00 00 00 00 45 CA", "01 83 03 01 31"},
    {"a count of 126", "01 03 00 00 00 7E C5 EA", "01 83 03 01 31"},
    {"a count of 125 is legal, only not there", "01 04 00 00 00 7D 30 2B", "01 84 02 C2 C1"},
    {"a read that is too short", "01 04 00 00 40 19", "01 84 03 03 01"},
    {"a function that we do not serve: write coil", "01 05 00 00 00 00 CD CA", "01 85 01 83 50"},
    {"write register", "01 06 00 01 00 01 19 CA", "01 86 01 83 A0"},
    {"report server id, the shortest request", "01 11 C0 2C", "01 91 01 8C 50"},
    {"another unit's request", "02 03 00 00 00 01 84 39", ""},
    {"a broadcast is never answered", "00 03 00 00 00 01 85 DB", ""},
    {"one bit wrong in the address", "01 03 00 01 00 01 84 0A", ""},
    {"CRC bytes swapped", "01 03 00 00 00 01 0A 84", ""},
    {"another unit's exception reply passing by", "01 83 02 C0 F1", ""},
    {"three bytes", "01 03 00", ""},
    {"nothing", "", ""},
};

static void rtu_frames_are_answered_by_the_letter_or_not_at_all(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(rtu_cases); i++) {
        const struct frame_case *c = &rtu_cases[i];
        uint8_t request[SW_MB_RTU_MAX], reply[SW_MB_RTU_MAX];
        char got[3 * SW_MB_RTU_MAX + 1];

        to_hex(reply, sw_mbserver_rtu(&server, request, from_hex(c->request, request), reply), got);
        CHECK(strcmp(got, c->reply) == 0, "%s: got \"%s\", want \"%s\"", c->why, got, c->reply);
    }
}

static void a_unit_in_trouble_answers_every_function_with_its_exception(void **state)
{
    uint8_t reply[SW_MB_PDU_MAX];
    const uint8_t read[] = {3, 0, 0, 0, 1}, write[] = {6, 0, 0, 0, 1};

    (void) state;
    CHECK(sw_mbserver_pdu(&server, 5, read, sizeof(read), reply) == 2 && reply[0] == 0x83 && reply[1] == 4, "read");
    CHECK(sw_mbserver_pdu(&server, 5, write, sizeof(write), reply) == 2 && reply[0] == 0x86 && reply[1] == 4, "write");
}

static void a_request_longer_than_a_frame_is_not_answered(void **state)
{
    uint8_t frame[SW_MB_RTU_MAX + 1] = {1, 3}, reply[SW_MB_RTU_MAX];

    (void) state;
    CHECK(sw_mbserver_rtu(&server, frame, sizeof(frame), reply) == 0, "257 bytes");
}

/* A line of a board: bytes in come from a script, time is what the test says, replies are kept. */
struct fake_board {
    uint8_t in[600], out[600];
    size_t n_in, n_out;
    uint32_t now_us;
};

static size_t board_rx(void *ctx, uint8_t *ret_data, size_t cap)
{
    struct fake_board *b = ctx;
    const size_t n = SW_MIN(cap, b->n_in);

    memcpy(ret_data, b->in, n);
    memmove(b->in, b->in + n, b->n_in - n);
    b->n_in -= n;
    return n;
}

static bool board_tx(void *ctx, const uint8_t *data, size_t len)
{
    struct fake_board *b = ctx;

    memcpy(b->out + b->n_out, data, len);
    b->n_out += len;
    return true;
}

static uint32_t board_timer(void *ctx)
{
    return ((struct fake_board *) ctx)->now_us;
}

#define ASK "01 03 00 00 00 01 84 0A "
#define TELL "01 03 02 02 18 B9 2E"

struct line_step {
    uint32_t gap_us; /* passes before the bytes come */
    const char *bytes;
};

static const struct line_case {
    const char *why;
    struct line_step steps[4];
    const char *replies;
    uint32_t silence_left_us; /* what the last poll returns */
} line_cases[] = {
    {"a whole request at once", {{0, ASK}}, TELL, SW_RTULINE_IDLE},
    {"a request byte by byte within the silence",
     {{0, "01 03 00"}, {1000, "00 00"}, {1749, "01 84 0A"}},
     TELL,
     SW_RTULINE_IDLE},
    {"two halves with a silence between are two bad frames", {{0, "01 03 00 00"}, {1750, "00 01 84 0A"}}, "", 1750},
    {"garbage, silence, a request", {{0, "FF FF FF"}, {1750, ASK}}, TELL, SW_RTULINE_IDLE},
    {"garbage and a request without silence are one bad frame", {{0, "FF " ASK}, {1750, ""}}, "", SW_RTULINE_IDLE},
    {"two requests in one piece", {{0, ASK ASK}}, TELL " " TELL, SW_RTULINE_IDLE},
    {"a function of unknown length ends by silence",
     {{0, "01 11 C0 2C"}, {1750, ""}},
     "01 91 01 8C 50",
     SW_RTULINE_IDLE},
    {"and is not answered before", {{0, "01 11 C0 2C"}, {1000, ""}}, "", 750},
    {"write registers, whose length is in it",
     {{0, "01 10 00 00 00 01 02 00 0A 26 57"}},
     "01 90 01 8D C0",
     SW_RTULINE_IDLE},
    {"the timer wraps in the middle of a request",
     {{UINT32_MAX - 2, "01 03 00 00"}, {10, "00 01 84 0A"}},
     TELL,
     SW_RTULINE_IDLE},
};

static void frames_on_a_line_are_found_by_length_and_by_silence(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(line_cases); i++) {
        const struct line_case *c = &line_cases[i];
        struct fake_board board = {.now_us = 0};
        const struct sw_hal hal = {&board, board_rx, board_tx, board_timer};
        struct sw_rtuline line;
        uint32_t left = 0;
        char got[3 * sizeof(board.out) + 1];

        sw_rtuline_init(&line, &hal, &server, 1750);
        for (size_t s = 0; s < SW_ARRAY_SIZE(c->steps) && c->steps[s].bytes; s++) {
            board.now_us += c->steps[s].gap_us;
            board.n_in = from_hex(c->steps[s].bytes, board.in);
            left = sw_rtuline_poll(&line);
        }
        to_hex(board.out, board.n_out, got);
        CHECK(strcmp(got, c->replies) == 0, "%s: got \"%s\", want \"%s\"", c->why, got, c->replies);
        CHECK(left == c->silence_left_us, "%s: %u us left, want %u", c->why, left, c->silence_left_us);
    }
}

static void a_line_that_babbles_is_deaf_until_it_is_silent(void **state)
{
    struct fake_board board = {.now_us = 5000};
    const struct sw_hal hal = {&board, board_rx, board_tx, board_timer};
    struct sw_rtuline line;
    char got[64];

    (void) state;
    sw_rtuline_init(&line, &hal, &server, 1750);
    memset(board.in, 0x55, sizeof(board.in));
    board.n_in = sizeof(board.in);
    while (board.n_in > 0)
        sw_rtuline_poll(&line);
    CHECK(line.overruns == 1, "%u overruns", line.overruns);
    board.n_in = from_hex(ASK, board.in);
    sw_rtuline_poll(&line);
    CHECK(board.n_out == 0, "a request right behind the babble was answered");
    board.now_us += 1750;
    board.n_in = from_hex(ASK, board.in);
    sw_rtuline_poll(&line);
    to_hex(board.out, board.n_out, got);
    CHECK(strcmp(got, TELL) == 0, "after the silence: \"%s\"", got);
}

static void silence_is_three_and_a_half_characters_and_1750_us_above_19200(void **state)
{
    (void) state;
    assert_int_equal(sw_rtuline_silence_us(9600), 4010); /* 3.5 × 11 / 9600 s */
    assert_int_equal(sw_rtuline_silence_us(19200), 2005);
    assert_int_equal(sw_rtuline_silence_us(115200), 1750);
}

static const struct mbap_case {
    const char *why, *request, *reply;
    int rc;
    size_t used;
} mbap_cases[] = {
    {"a read", "00 07 00 00 00 06 01 04 00 10 00 01", "00 07 00 00 00 05 01 04 02 10 EB", 0, 12},
    {"an exception", "AB CD 00 00 00 06 01 05 00 00 00 00", "AB CD 00 00 00 03 01 85 01", 0, 12},
    {"a unit that is not there", "00 07 00 00 00 06 09 04 00 10 00 01", "", 0, 12},
    {"the header alone", "00 07 00 00 00 06 01", "", 0, 0},
    {"one byte missing", "00 07 00 00 00 06 01 04 00 10 00", "", 0, 0},
    {"a second request behind it waits", "00 07 00 00 00 06 01 04 00 10 00 01 00 08",
     "00 07 00 00 00 05 01 04 02 10 EB", 0, 12},
    {"another protocol", "00 07 00 01 00 06 01 04 00 10 00 01", "", -1, 0},
    {"HTTP", "47 45 54 20 2F 20 48 54 54 50", "", -1, 0},
    {"a length without a function", "00 07 00 00 00 01 01", "", -1, 0},
    {"a length beyond a PDU", "00 07 00 00 00 FF 01", "", -1, 0},
};

static void tcp_requests_are_cut_out_of_the_stream(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(mbap_cases); i++) {
        const struct mbap_case *c = &mbap_cases[i];
        uint8_t request[64], reply[SW_MBAP_MAX];
        size_t used, n;
        char got[3 * SW_MBAP_MAX + 1];
        const int rc = sw_mbap_answer(&server, request, from_hex(c->request, request), &used, reply, &n);

        to_hex(reply, n, got);
        CHECK(rc == c->rc && used == c->used, "%s: rc %d, used %zu", c->why, rc, used);
        CHECK(strcmp(got, c->reply) == 0, "%s: got \"%s\", want \"%s\"", c->why, got, c->reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtu_frames_are_answered_by_the_letter_or_not_at_all),
        cmocka_unit_test(a_unit_in_trouble_answers_every_function_with_its_exception),
        cmocka_unit_test(a_request_longer_than_a_frame_is_not_answered),
        cmocka_unit_test(frames_on_a_line_are_found_by_length_and_by_silence),
        cmocka_unit_test(a_line_that_babbles_is_deaf_until_it_is_silent),
        cmocka_unit_test(silence_is_three_and_a_half_characters_and_1750_us_above_19200),
        cmocka_unit_test(tcp_requests_are_cut_out_of_the_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
