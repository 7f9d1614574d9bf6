// SPDX-License-Identifier: Apache-2.0
/* The unix socket that http.c serves: made with its rights from the first moment, and never taken from somebody who
 * answers. */
#include "io/http_int.h"

#include <errno.h>
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
