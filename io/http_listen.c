// SPDX-License-Identifier: Apache-2.0
/* The sockets that http.c serves, and the files that TLS needs. A unix socket is made with its rights from the first
 * moment, and never taken from somebody who answers. */
#include "io/http_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket file that a killed gateway left is replaced; one that answers belongs to somebody. */
static int clear_stale(const char *path, const struct sockaddr_un *addr, struct sw_err *err)
{
    struct stat st;
    int fd, rc;

    if (lstat(path, &st) < 0)
        return SW_OK;
    if (!S_ISSOCK(st.st_mode))
        return sw_err_set(err, SW_E_CONFLICT, 0, "%s is there and is not a socket: move it away", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "socket: %s", strerror(errno));
    rc = connect(fd, (const struct sockaddr *) addr, sizeof(*addr));
    if (rc < 0 && errno == ECONNREFUSED)
        rc = unlink(path);
    else
        rc = 1; /* connected, or its queue is full: somebody is there */
    close(fd);
    if (rc > 0)
        return sw_err_set(err, SW_E_BUSY, 0, "%s is answered by another gateway: stop it first", path);
    return rc == 0 ? SW_OK : sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
}

/* Mode 0660 from the first moment: the umask is the process's, so the mode is set before listen lets anybody in. */
int http_listen_unix(const char *path, int *ret_fd, struct sw_err *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd, rc;

    if (strlen(path) >= sizeof(addr.sun_path))
        return sw_err_set(err, SW_E_INVAL, 0, "%s: a socket path has at most %zu bytes", path,
                          sizeof(addr.sun_path) - 1);
    strcpy(addr.sun_path, path);
    rc = clear_stale(path, &addr, err);
    if (rc < 0)
        return rc;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "socket: %s", strerror(errno));
    if (bind(fd, (struct sockaddr *) &addr, sizeof(addr)) < 0 || chmod(path, 0660) < 0 ||
        listen(fd, SW_HTTP_CONNECTIONS_MAX) < 0) {
        rc = sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
        close(fd);
        return rc;
    }
    *ret_fd = fd;
    return SW_OK;
}

static socklen_t make_address(const struct sw_listen *at, struct sockaddr_storage *ret)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) ret;
    struct sockaddr_in *v4 = (struct sockaddr_in *) ret;

    *ret = (struct sockaddr_storage){0};
    if (at->is_v6) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(at->port);
        inet_pton(AF_INET6, at->host, &v6->sin6_addr);
        return sizeof(*v6);
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons(at->port);
    inet_pton(AF_INET, at->host, &v4->sin_addr);
    return sizeof(*v4);
}

static int refuse_address(const struct sw_listen *at, struct sw_err *err)
{
    if (errno == EADDRINUSE)
        return sw_err_set(err, SW_E_BUSY, errno, "port %u of %s is taken by another program", at->port, at->host);
    if (errno == EADDRNOTAVAIL)
        return sw_err_set(err, SW_E_NOTFOUND, errno, "this machine does not have the address %s", at->host);
    return sw_err_set(err, SW_E_IO, errno, "%s, port %u: %s", at->host, at->port, strerror(errno));
}

int http_listen_tcp(const struct sw_listen *at, int *ret_fd, int *ret_port, struct sw_err *err)
{
    const int on = 1, off = 0;
    struct sockaddr_storage addr;
    socklen_t len = make_address(at, &addr);
    int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "socket: %s", strerror(errno));
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)); /* after a restart, while old connections end */
    if (at->is_v6)
        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, (const struct sockaddr *) &addr, len) < 0 || listen(fd, SW_HTTP_TCP_CONNECTIONS_MAX) < 0 ||
        getsockname(fd, (struct sockaddr *) &addr, &len) < 0) {
        const int rc = refuse_address(at, err);

        close(fd);
        return rc;
    }
    *ret_port =
        ntohs(at->is_v6 ? ((struct sockaddr_in6 *) &addr)->sin6_port : ((struct sockaddr_in *) &addr)->sin_port);
    *ret_fd = fd;
    return SW_OK;
}

int http_read_pem(const char *path, char **ret, struct sw_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = malloc(HTTP_PEM_MAX + 1);
    ssize_t n = -1, len = 0;
    int rc = SW_OK;

    if (fd < 0 || !text)
        rc = fd < 0 ? sw_err_set(err, SW_E_IO, errno, "%s cannot be read: %s", path, strerror(errno))
                    : sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
    while (rc == SW_OK && len < HTTP_PEM_MAX && (n = read(fd, text + len, (size_t) (HTTP_PEM_MAX - len))) > 0)
        len += n;
    if (rc == SW_OK && n < 0)
        rc = sw_err_set(err, SW_E_IO, errno, "%s cannot be read: %s", path, strerror(errno));
    if (rc == SW_OK && (len == 0 || len == HTTP_PEM_MAX))
        rc = sw_err_set(err, SW_E_INVAL, 0, "%s is empty or far too large for a certificate or a key", path);
    if (fd >= 0)
        close(fd);
    if (rc < 0) {
        free(text);
        return rc;
    }
    text[len] = '\0';
    *ret = text;
    return SW_OK;
}
