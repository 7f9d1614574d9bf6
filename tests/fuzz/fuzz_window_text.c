// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a stored document of a window, and any text packed: what is damaged is said to be, nothing is written
 * beyond the room that is given, and a text comes out as it went in. Input: mode, then the bytes.
 * Mode bit 0: the bytes are a text; bit 1: the checksum is put right, so that what is behind it is reached; bits 2 to
 * 7: how much room there is. */
#include "fuzz.h"

#include <string.h>

#include "common/crc16.h"
#include "common/err.h"
#include "io/window_text.h"

static struct sw_window_packer *packer;

static void check_text(const char *text, size_t len)
{
    unsigned char *body = malloc(len + SW_WINDOW_TEXT_EXTRA);
    char *got = malloc(len + 1);
    size_t n = 0, got_len = 0;

    FUZZ_CHECK(body && got, "no memory");
    n = sw_window_pack(packer, text, len, body);
    FUZZ_CHECK(n >= SW_WINDOW_TEXT_EXTRA && n <= len + SW_WINDOW_TEXT_EXTRA, "%zu bytes became %zu", len, n);
    FUZZ_CHECK(sw_window_is_packed(body, n), "it is not known as packed");
    FUZZ_CHECK(sw_window_unpack(packer, body, n, got, len + 1, &got_len) == SW_OK, "%zu bytes do not come back", len);
    FUZZ_CHECK(got_len == len && !memcmp(got, text, len) && got[len] == '\0', "another text came back");
    FUZZ_CHECK(len == 0 || sw_window_unpack(packer, body, n, got, len, &got_len) == SW_E_FULL, "it fits in too little");
    free(body);
    free(got);
}

static void check_bytes(unsigned char *body, size_t len, bool has_sum_put_right, size_t cap)
{
    char *got = malloc(cap ? cap : 1);
    size_t n = 0;
    int rc;

    FUZZ_CHECK(got, "no memory");
    if (has_sum_put_right && len >= SW_WINDOW_TEXT_EXTRA) {
        const uint16_t crc = sw_crc16_modbus(body, len - 2);

        body[len - 2] = (unsigned char) (crc & 0xff);
        body[len - 1] = (unsigned char) (crc >> 8);
    }
    rc = sw_window_unpack(packer, body, len, got, cap, &n);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_CORRUPT || rc == SW_E_FULL, "code %d", rc);
    FUZZ_CHECK(rc != SW_OK || (n < cap && got[n] == '\0'), "%zu bytes in room for %zu", n, cap);
    if (rc == SW_OK)
        check_text(got, n);
    free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *bytes;

    if (!packer)
        packer = sw_window_packer_new();
    if (!packer || size < 1)
        return 0;
    bytes = fuzz_copy(data + 1, size - 1);
    if (data[0] & 1)
        check_text((const char *) bytes, size - 1);
    else
        check_bytes(bytes, size - 1, data[0] & 2, (size_t) (data[0] >> 2) * (data[0] >> 2) * 128);
    free(bytes);
    return 0;
}
