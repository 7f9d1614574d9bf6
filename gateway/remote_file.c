// SPDX-License-Identifier: Apache-2.0
/* A small file is replaced by a new one: written beside it, made durable, renamed, and the folder made durable. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/query.h"
#include "gateway/reload.h"

static int sync_folder(const char *path)
{
    char folder[SW_PATH_SIZE + 32];
    const char *slash = strrchr(path, '/');
    int fd, rc;

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int) (slash - path + 1) : 1, slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    rc = fsync(fd);
    close(fd);
    return rc;
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text += n;
        len -= (size_t) n;
    }
    return fsync(fd);
}

int core_replace_file(const char *path, const char *text, size_t len, struct sw_err *err)
{
    char beside[SW_PATH_SIZE + 32];
    int fd, saved = 0;

    snprintf(beside, sizeof(beside), "%s.new", path);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be written: %s", beside, strerror(errno));
    if (write_all(fd, text, len) < 0)
        saved = errno ? errno : EIO;
    if (close(fd) < 0 && saved == 0)
        saved = errno;
    if (saved == 0 && rename(beside, path) < 0)
        saved = errno;
    if (saved != 0) {
        unlink(beside);
        return sw_err_set(err, SW_E_IO, saved, "%s cannot be written: %s", path, strerror(saved));
    }
    /* It has its name: should the folder not be on the disk yet, a power cut gives the old one back, whole. */
    (void) sync_folder(path);
    return SW_OK;
}

/* ---- not on the core's thread ---- */

struct replacing {
    struct core_query query; /* first: it is the worker's until it is done */
    core_replaced_fn fn;
    void *ctx;
    int rc;
    struct sw_err err;
    size_t len;
    char *text, path[]; /* text behind the path's NUL */
};

static void replace(struct core_query *q, struct query_reader *r)
{
    struct replacing *v = (struct replacing *) q;

    (void) r;
    v->rc = core_replace_file(v->path, v->text, v->len, &v->err);
}

static void replaced(struct core_query *q, bool was_run)
{
    struct replacing *v = (struct replacing *) q;

    if (!was_run)
        v->rc = sw_err_set(&v->err, SW_E_BUSY, 0, "%s is not written: the gateway ends", v->path);
    v->fn(v->ctx, v->rc, &v->err);
    free(v);
}

int core_replace_file_later(struct core_queries *queries, const char *path, const char *text, size_t len,
                            core_replaced_fn fn, void *ctx, struct sw_err *err)
{
    const size_t path_size = strlen(path) + 1;
    struct replacing *v = calloc(1, sizeof(*v) + path_size + len);

    if (!v)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for %s", path);
    v->query = (struct core_query){replace, replaced};
    v->fn = fn;
    v->ctx = ctx;
    v->len = len;
    v->text = v->path + path_size;
    memcpy(v->path, path, path_size);
    memcpy(v->text, text, len);
    if (core_queries_post(queries, &v->query, err) >= 0)
        return SW_OK;
    free(v);
    return sw_err_set(err, SW_E_BUSY, 0, "too much waits to be read and written: send it again");
}
