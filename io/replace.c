// SPDX-License-Identifier: Apache-2.0
/* Written beside it, made durable, renamed, and the folder made durable. */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macros.h"

static void sync_folder(const char *path)
{
    char folder[SW_PATH_SIZE + 64];
    const char *slash = strrchr(path, '/');
    int fd;

    (void) snprintf(folder, sizeof(folder), "%.*s", slash ? (int) (slash - path + 1) : 1, slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void) fsync(fd); /* the new name not being durable yet gives the old file back, whole */
        close(fd);
    }
}

static int write_all(int fd, const char *text, size_t len, mode_t mode)
{
    if (fchmod(fd, mode) < 0)
        return -1;
    while (len > 0) {
        const ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text += n;
        len -= (size_t) n;
    }
    return fsync(fd);
}

int sw_file_replace(const char *path, const char *text, size_t len, mode_t mode, struct sw_err *err)
{
    char beside[SW_PATH_SIZE + 64];
    int fd, saved = 0;

    (void) snprintf(beside, sizeof(beside), "%s.new", path);
    (void) unlink(beside); /* of a run that was killed: its rights may be others */
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be written: %s", beside, strerror(errno));
    if (write_all(fd, text, len, mode) < 0)
        saved = errno ? errno : EIO;
    if (close(fd) < 0 && saved == 0)
        saved = errno;
    if (saved == 0 && rename(beside, path) < 0)
        saved = errno;
    if (saved != 0) {
        (void) unlink(beside);
        return sw_err_set(err, SW_E_IO, saved, "%s cannot be written: %s", path, strerror(saved));
    }
    sync_folder(path);
    return SW_OK;
}

static int read_all(int fd, const char *path, char *text, size_t size, struct sw_err *err)
{
    size_t len = 0;

    while (len < size) {
        const ssize_t n = read(fd, text + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sw_err_set(err, SW_E_IO, errno, "%s cannot be read: %s", path, strerror(errno));
        if (n == 0)
            return sw_err_set(err, SW_E_IO, 0, "%s became shorter while it was read", path);
        len += (size_t) n;
    }
    return SW_OK;
}

static int look_at(int fd, const char *path, size_t max, struct stat *ret, struct sw_err *err)
{
    if (fstat(fd, ret) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(ret->st_mode) || ret->st_size > (off_t) max)
        return sw_err_set(err, SW_E_CORRUPT, 0, "%s is no file of at most %zu bytes", path, max);
    if (ret->st_mode & (S_IRWXG | S_IRWXO))
        return sw_err_set(err, SW_E_DENIED, 0, "others may read or write %s: chmod 600 it", path);
    return SW_OK;
}

int sw_file_read_private(const char *path, size_t max, char **ret, size_t *ret_len, struct sw_err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st = {0};
    char *text = NULL;
    int rc;

    if (fd < 0)
        return sw_err_set(err, errno == ENOENT ? SW_E_NOTFOUND : SW_E_IO, errno, "%s: %s", path, strerror(errno));
    rc = look_at(fd, path, max, &st, err);
    if (rc == SW_OK && !(text = malloc((size_t) st.st_size + 1)))
        rc = sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
    if (rc == SW_OK)
        rc = read_all(fd, path, text, (size_t) st.st_size, err);
    close(fd);
    if (rc < 0) {
        free(text);
        return rc;
    }
    text[st.st_size] = '\0';
    *ret = text;
    *ret_len = (size_t) st.st_size;
    return SW_OK;
}
