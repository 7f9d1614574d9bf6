// SPDX-License-Identifier: Apache-2.0
/* Lines in, "ok" or a sentence out. What a line may say is sim_fault.c. */
#include "firmware/port/host/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/macros.h"

struct control_client {
    int fd; /* -1 = free */
    size_t len;
    char line[SW_CONTROL_LINE_MAX];
};

struct sw_control {
    int listener;
    char path[sizeof(((struct sockaddr_un *) 0)->sun_path)];
    struct sw_node *node;
    struct control_client client[SW_CONTROL_CLIENTS_MAX];
};

/* A socket that a killed node left behind gives way; a file does not. */
static int make_room(const char *path, struct sw_err *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return SW_OK;
    if (!S_ISSOCK(st.st_mode))
        return sw_err_set(err, SW_E_INVAL, 0, "%s exists and is not a socket: it is left alone", path);
    return unlink(path) == 0 ? SW_OK
                             : sw_err_set(err, SW_E_IO, errno, "%s cannot be replaced: %s", path, strerror(errno));
}

int sw_control_open(const char *path, struct sw_node *node, struct sw_control **ret, struct sw_err *err)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(sa.sun_path))
        return sw_err_set(err, SW_E_INVAL, 0, "the path of --control is longer than %zu bytes",
                          sizeof(sa.sun_path) - 1);
    if (make_room(path, err) < 0)
        return err ? err->code : SW_E_IO;
    struct sw_control *c = calloc(1, sizeof(*c));

    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the control socket");
    c->node = node;
    for (size_t i = 0; i < SW_CONTROL_CLIENTS_MAX; i++)
        c->client[i].fd = -1;
    strcpy(sa.sun_path, path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->listener < 0 || bind(c->listener, (struct sockaddr *) &sa, sizeof(sa)) < 0 || listen(c->listener, 4) < 0) {
        sw_err_set(err, SW_E_IO, errno, "%s cannot be listened on: %s", path, strerror(errno));
        sw_control_close(c);
        return SW_E_IO;
    }
    strcpy(c->path, path);
    *ret = c;
    return SW_OK;
}

static void drop(struct control_client *cl)
{
    close(cl->fd);
    cl->fd = -1;
    cl->len = 0;
}

struct sw_control *sw_control_close(struct sw_control *c)
{
    if (c) {
        for (size_t i = 0; i < SW_CONTROL_CLIENTS_MAX; i++)
            if (c->client[i].fd >= 0)
                drop(&c->client[i]);
        if (c->listener >= 0)
            close(c->listener);
        if (c->path[0])
            unlink(c->path);
        free(c);
    }
    return NULL;
}

size_t sw_control_pollfds(const struct sw_control *c, struct pollfd *ret_fds)
{
    size_t n = 0;

    ret_fds[n++] = (struct pollfd){.fd = c->listener, .events = POLLIN};
    for (size_t i = 0; i < SW_CONTROL_CLIENTS_MAX; i++)
        ret_fds[n++] = (struct pollfd){.fd = c->client[i].fd, .events = POLLIN};
    return n;
}

static bool obey(struct sw_control *c, int fd, const char *line)
{
    char reply[300];
    struct sw_err err = {0};
    uint8_t unit_id = 0;
    struct sw_sim_fault fault;
    const int rc = sw_sim_fault_parse(line, &unit_id, &fault, &err);

    if (rc == SW_OK && !c->node->site.unit[unit_id].exists) {
        snprintf(reply, sizeof(reply), "error: there is no unit %u here\n", unit_id);
    } else if (rc == SW_OK) {
        sw_node_refresh(c->node); /* else an older row of the scenario would undo it at the next request */
        c->node->site.unit[unit_id].fault = fault;
        snprintf(reply, sizeof(reply), "ok\n");
    } else {
        snprintf(reply, sizeof(reply), "error: %s\n", err.msg);
    }
    return send(fd, reply, strlen(reply), MSG_NOSIGNAL) == (ssize_t) strlen(reply);
}

static void serve_client(struct sw_control *c, struct control_client *cl)
{
    const ssize_t n = recv(cl->fd, cl->line + cl->len, sizeof(cl->line) - cl->len, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(cl);
        return;
    }
    cl->len += (size_t) n;
    for (char *newline; (newline = memchr(cl->line, '\n', cl->len));) {
        const size_t used = (size_t) (newline - cl->line) + 1;

        *newline = '\0';
        if (!obey(c, cl->fd, cl->line)) {
            drop(cl);
            return;
        }
        memmove(cl->line, cl->line + used, cl->len - used);
        cl->len -= used;
    }
    if (cl->len == sizeof(cl->line))
        drop(cl); /* no line is that long */
}

static void accept_client(struct sw_control *c)
{
    const int fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    for (size_t i = 0; i < SW_CONTROL_CLIENTS_MAX; i++)
        if (c->client[i].fd < 0) {
            c->client[i].fd = fd;
            return;
        }
    close(fd);
}

void sw_control_run(struct sw_control *c, const struct pollfd *fds)
{
    for (size_t i = 0; i < SW_CONTROL_CLIENTS_MAX; i++)
        if (c->client[i].fd >= 0 && fds[i + 1].fd == c->client[i].fd && fds[i + 1].revents)
            serve_client(c, &c->client[i]);
    if (fds[0].revents)
        accept_client(c);
}
