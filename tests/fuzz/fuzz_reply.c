// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the reply to a request of every function: found among noise as RTU, and through the whole door over a
 * socket, as RTU and as Modbus TCP; what is taken is decoded with every shipped template.
 * Input: [way][unit][address, 2][count][template][reply …]; way: bits 0-2 the function, 3 put a CRC or a right header
 * on, 4 through the door, 5 as Modbus TCP. */
#include "fuzz.h"

#include <arpa/inet.h>
#include <glob.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/crc16.h"
#include "config/read.h"
#include "decode.h"
#include "sensors/bus.h"
#include "sensors/bus_frame.h"

#define TEMPLATES_MAX 64
#define REPLY_MAX 600

enum { ADD_FRAME = 8, THROUGH_DOOR = 16, AS_TCP = 32 };

static struct sw_template templates[TEMPLATES_MAX];
static size_t n_templates;

/* The peer: answers each connection once with these bytes, then hangs up. */
static struct {
    int listen_fd, port;
    uint8_t bytes[REPLY_MAX];
    size_t len;
    bool is_tcp, adds_header;
} peer;

static void *peer_main(void *arg)
{
    (void) arg;
    for (;;) {
        const int fd = accept(peer.listen_fd, NULL, NULL);
        uint8_t request[300];
        const ssize_t n = fd >= 0 ? recv(fd, request, sizeof(request), 0) : -1;

        if (n > 0 && peer.is_tcp && peer.adds_header && peer.len >= 6) {
            memcpy(peer.bytes, request, 4); /* its transaction, its protocol */
            peer.bytes[4] = (uint8_t) ((peer.len - 6) >> 8);
            peer.bytes[5] = (uint8_t) (peer.len - 6);
        }
        if (n > 0)
            (void) send(fd, peer.bytes, peer.len, MSG_NOSIGNAL);
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

static void start_peer(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    pthread_t thread;

    peer.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FUZZ_CHECK(peer.listen_fd >= 0 && bind(peer.listen_fd, (struct sockaddr *) &at, size) == 0 &&
                   listen(peer.listen_fd, 8) == 0 && getsockname(peer.listen_fd, (struct sockaddr *) &at, &size) == 0,
               "no socket");
    peer.port = ntohs(at.sin_port);
    FUZZ_CHECK(pthread_create(&thread, NULL, peer_main, NULL) == 0, "no thread");
    (void) pthread_detach(thread);
}

static void load_templates(void)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    glob_t found;

    FUZZ_CHECK(glob(fuzz_source("sensors/templates/*.yaml"), 0, NULL, &found) == 0, "no templates");
    for (size_t i = 0; i < found.gl_pathc && n_templates < TEMPLATES_MAX; i++) {
        char sha256[65];

        FUZZ_CHECK(sw_template_read(found.gl_pathv[i], &faults, &templates[n_templates], sha256, &err) == SW_OK, "%s",
                   err.msg);
        if (sw_template_is_gpio(&templates[n_templates])) /* contacts of the machine have no registers */
            sw_template_done(&templates[n_templates]);
        else
            n_templates++;
    }
    globfree(&found);
    sw_faults_done(&faults);
    start_peer();
}

static void check_answer(const struct sw_bus_request *rq, const uint16_t *regs, const struct sw_template *t)
{
    for (size_t i = 0; i < rq->nb && rq->fc <= 2; i++)
        FUZZ_CHECK(regs[i] <= 1, "a bit of %u", (unsigned) regs[i]);
    if (rq->fc == 3 || rq->fc == 4)
        decode_check(t, 0, regs, rq->nb);
}

/** Found the same however the bytes were cut up. */
static void find(const struct sw_bus_request *rq, const uint8_t *bytes, size_t len, const struct sw_template *t)
{
    uint8_t buf[REPLY_MAX], exception = 0;
    uint16_t regs[125] = {0};
    size_t n = 0;
    uint64_t foreign = 0;

    for (size_t i = 0; i < len; i++) {
        enum sw_frame found;

        buf[n++] = bytes[i];
        found = sw_frame_find(rq, buf, &n, regs, &exception, &foreign);
        FUZZ_CHECK(n <= i + 1, "%zu bytes in hand of %zu", n, i + 1);
        if (found == SW_FRAME_REPLY)
            check_answer(rq, regs, t);
        if (found == SW_FRAME_EXCEPTION)
            FUZZ_CHECK(sw_frame_exception_name(exception)[0] != '\0', "an exception without a name");
        if (found == SW_FRAME_REPLY || found == SW_FRAME_EXCEPTION)
            return;
    }
}

static void through_door(const struct sw_bus_request *rq, const uint8_t *bytes, size_t len, uint8_t way,
                         const struct sw_template *t)
{
    struct sw_bus_params p = {.id = "fuzz",
                              .kind = way & AS_TCP ? SW_LINE_TCP : SW_LINE_RTU_TCP,
                              .serial = {230400, 'N', 8, 1},
                              .host = "127.0.0.1",
                              .tcp_port = peer.port};
    struct sw_bus *bus = NULL;
    struct sw_bus_times times;
    struct sw_err err = {0};
    uint16_t regs[125] = {1};
    int rc;

    memcpy(peer.bytes, bytes, len);
    peer.len = len;
    peer.is_tcp = way & AS_TCP;
    peer.adds_header = way & ADD_FRAME;
    FUZZ_CHECK(sw_bus_new(&p, &bus, &err) == SW_OK && sw_bus_open(bus, &err) == SW_OK, "%s", err.msg);
    rc = sw_bus_transact(bus, rq, regs, &times, &err);
    FUZZ_CHECK(rc == SW_OK || err.msg[0], "a failure without a sentence");
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_TIMEOUT || rc == SW_E_PROTOCOL || rc == SW_E_EXCEPTION || rc == SW_E_IO,
               "code %d", rc);
    FUZZ_CHECK(times.end_us >= times.start_us, "ends before it begins");
    FUZZ_CHECK(rc != SW_E_IO || !sw_bus_is_open(bus), "a lost line is open");
    if (rc == SW_OK)
        check_answer(rq, regs, t);
    sw_bus_free(bus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t functions[8] = {1, 2, 3, 4, 5, 6, 15, 16};
    static const uint16_t zeros[125];
    struct sw_bus_request rq = {.timeout_ms = 200};
    const struct sw_template *t;
    uint8_t bytes[REPLY_MAX];
    size_t len;

    if (n_templates == 0)
        load_templates();
    if (size < 6)
        return 0;
    rq.fc = functions[data[0] & 7];
    rq.unit_id = (uint8_t) (data[1] % 247 + 1);
    rq.reg_addr = (uint16_t) (data[2] << 8 | data[3]);
    rq.nb = data[4];
    t = &templates[data[5] % n_templates];
    if (sw_frame_check(&rq, zeros, NULL) < 0)
        return 0;
    len = size - 6 < REPLY_MAX - 2 ? size - 6 : REPLY_MAX - 2;
    memcpy(bytes, data + 6, len);
    if (data[0] & ADD_FRAME && !(data[0] & AS_TCP)) {
        const uint16_t crc = sw_crc16_modbus(bytes, len);

        bytes[len++] = (uint8_t) crc;
        bytes[len++] = (uint8_t) (crc >> 8);
    }
    find(&rq, bytes, len, t);
    if (data[0] & THROUGH_DOOR)
        through_door(&rq, bytes, len, data[0], t);
    return 0;
}
