// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a Modbus TCP stream: requests are taken one by one, none before it is whole, and each reply belongs to
 * its request. */
#include "fuzz.h"

#include <string.h>

#include "firmware/port/host/mbap.h"
#include "node.h"

/* @return bytes taken; 0 = the stream ends here */
static size_t answer_one(const uint8_t *data, size_t len)
{
    uint8_t *exact = fuzz_copy(data, len), *reply = malloc(SW_MBAP_MAX);
    size_t used = 1, n = 1, early_used, early_n;
    const int rc = sw_mbap_answer(node_server(), exact, len, &used, reply, &n);

    FUZZ_CHECK(rc == 0 || rc == -1, "code %d", rc);
    FUZZ_CHECK(used <= len && (rc == 0 || (used == 0 && n == 0)) && (used > 0 || n == 0), "%zu of %zu taken", used,
               len);
    if (used > 0) {
        FUZZ_CHECK(used == 6u + (size_t) (data[4] << 8 | data[5]), "a request of %zu bytes", used);
        FUZZ_CHECK(sw_mbap_answer(node_server(), exact, used - 1, &early_used, reply + 0, &early_n) == 0 &&
                       early_used == 0 && early_n == 0,
                   "answered before it was whole");
    }
    if (n > 0) {
        FUZZ_CHECK(sw_mbap_answer(node_server(), exact, len, &used, reply, &n) == 0, "not the same twice");
        FUZZ_CHECK(n > SW_MBAP_HEADER && n <= SW_MBAP_MAX && memcmp(reply, data, 4) == 0 && reply[6] == data[6] &&
                       (size_t) (reply[4] << 8 | reply[5]) == n - 6,
                   "header of a reply of %zu bytes", n);
        node_check_reply(data + SW_MBAP_HEADER, used - SW_MBAP_HEADER, reply + SW_MBAP_HEADER, n - SW_MBAP_HEADER);
    }
    free(reply);
    free(exact);
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t used = 1;

    for (int i = 0; i < 64 && used > 0; i++, data += used, size -= used)
        used = answer_one(data, size);
    return 0;
}
