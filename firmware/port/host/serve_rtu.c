// SPDX-License-Identifier: Apache-2.0
/* Modbus RTU on a pseudo-terminal. A pty has no character times, so it cannot show a wrong baud rate or parity. */
#include "firmware/port/host/serve_rtu.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/macros.h"
#include "firmware/app/rtuline.h"

/* Longer than the 1.75 ms of the standard: a busy machine may hand us one frame in two pieces. */
#define SILENCE_US 20000

struct sw_serve_rtu {
    int master, slave;
    char slave_path[64], link[SW_PATH_SIZE]; /* link "" = none */
    struct sw_node *node;
    struct sw_hal hal;
    struct sw_rtuline line;
};

static size_t host_rx(void *ctx, uint8_t *ret_data, size_t cap)
{
    const struct sw_serve_rtu *rtu = ctx;
    const ssize_t n = read(rtu->master, ret_data, cap);

    return n > 0 ? (size_t) n : 0;
}

static bool host_tx(void *ctx, const uint8_t *data, size_t len)
{
    const struct sw_serve_rtu *rtu = ctx;
    uint8_t frame[SW_MB_RTU_MAX];

    memcpy(frame, data, len);
    if (sw_node_spoils_replies(rtu->node, frame[0]))
        frame[len - 1] ^= 0x5A;
    return write(rtu->master, frame, len) == (ssize_t) len;
}

static uint32_t host_timer_us(void *ctx)
{
    (void) ctx;
    return (uint32_t) sw_mono_real_us();
}

static int open_pty(struct sw_serve_rtu *rtu, struct sw_err *err)
{
    struct termios raw;

    if (openpty(&rtu->master, &rtu->slave, rtu->slave_path, NULL, NULL) < 0)
        return sw_err_set(err, SW_E_IO, errno, "no pseudo-terminal to be had: %s", strerror(errno));
    /* The slave stays open here: without it the master would report hang-up whenever no master of the bus is there. */
    if (tcgetattr(rtu->slave, &raw) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", rtu->slave_path, strerror(errno));
    cfmakeraw(&raw);
    if (tcsetattr(rtu->slave, TCSANOW, &raw) < 0 || fcntl(rtu->master, F_SETFL, O_NONBLOCK) < 0 ||
        fcntl(rtu->master, F_SETFD, FD_CLOEXEC) < 0 || fcntl(rtu->slave, F_SETFD, FD_CLOEXEC) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", rtu->slave_path, strerror(errno));
    return SW_OK;
}

static int make_link(struct sw_serve_rtu *rtu, const char *link, struct sw_err *err)
{
    struct stat st;

    if (strcmp(link, "-") == 0)
        return SW_OK;
    if (strlen(link) >= sizeof(rtu->link))
        return sw_err_set(err, SW_E_INVAL, 0, "the path of --pty is longer than %zu bytes", sizeof(rtu->link) - 1);
    if (lstat(link, &st) == 0) {
        if (!S_ISLNK(st.st_mode))
            return sw_err_set(err, SW_E_INVAL, 0, "%s exists and is not a symbolic link: it is left alone", link);
        if (unlink(link) < 0)
            return sw_err_set(err, SW_E_IO, errno, "%s cannot be replaced: %s", link, strerror(errno));
    }
    if (symlink(rtu->slave_path, link) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be made: %s", link, strerror(errno));
    snprintf(rtu->link, sizeof(rtu->link), "%s", link);
    return SW_OK;
}

int sw_serve_rtu_open(const char *link, struct sw_node *node, const struct sw_mbserver *server,
                      struct sw_serve_rtu **ret, struct sw_err *err)
{
    struct sw_serve_rtu *rtu = calloc(1, sizeof(*rtu));

    if (!rtu)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the serial line");
    rtu->master = rtu->slave = -1;
    rtu->node = node;
    rtu->hal = (struct sw_hal){.ctx = rtu, .uart_rx = host_rx, .uart_tx = host_tx, .timer_us = host_timer_us};
    sw_rtuline_init(&rtu->line, &rtu->hal, server, SILENCE_US);
    int rc = open_pty(rtu, err);

    if (rc == SW_OK)
        rc = make_link(rtu, link, err);
    if (rc < 0) {
        sw_serve_rtu_close(rtu);
        return rc;
    }
    *ret = rtu;
    return SW_OK;
}

struct sw_serve_rtu *sw_serve_rtu_close(struct sw_serve_rtu *rtu)
{
    char target[sizeof(rtu->slave_path)];

    if (!rtu)
        return NULL;
    if (rtu->link[0]) { /* not if another node has taken the place over */
        const ssize_t n = readlink(rtu->link, target, sizeof(target));

        if (n > 0 && (size_t) n == strlen(rtu->slave_path) && memcmp(target, rtu->slave_path, (size_t) n) == 0)
            unlink(rtu->link);
    }
    if (rtu->master >= 0)
        close(rtu->master);
    if (rtu->slave >= 0)
        close(rtu->slave);
    free(rtu);
    return NULL;
}

const char *sw_serve_rtu_path(const struct sw_serve_rtu *rtu)
{
    return rtu->link[0] ? rtu->link : rtu->slave_path;
}

struct pollfd sw_serve_rtu_pollfd(const struct sw_serve_rtu *rtu)
{
    return (struct pollfd){.fd = rtu->master, .events = POLLIN};
}

int sw_serve_rtu_run(struct sw_serve_rtu *rtu)
{
    const uint32_t wait_us = sw_rtuline_poll(&rtu->line);

    return wait_us == SW_RTULINE_IDLE ? -1 : (int) (wait_us / 1000) + 1;
}
