// SPDX-License-Identifier: Apache-2.0
/* A line that is a file: FOLDER/17 holds 0 or 1. For machines without lines: the demo and the tests drive edges by
 * writing the file, or look at an output by reading it. As a real chip goes, so the file may: delete it, and the line
 * is gone until it is there again. Edges that come faster than they are looked at melt into the last level. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "sensors/gpio_int.h"

#define FILE_PATH_SIZE (SW_PATH_SIZE + SW_ID_SIZE + 16)
#define WATCHED (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

struct file_line {
    struct sw_gpio g;
    struct sw_gpio_conf conf;
    int fd;       /* inotify of an input; -1 of an output */
    int last;     /* logical level that was told last; -1 = none yet */
    bool is_gone; /* a watched folder that was removed does not come back by itself */
};

static void path_of(const struct sw_gpio_conf *c, const char *suffix, char *buf)
{
    (void) snprintf(buf, FILE_PATH_SIZE, "%s/%s%s", c->chip, c->line, suffix);
}

static int fail(const struct file_line *l, struct sw_err *err, int saved_errno)
{
    const char *text = l->g.text;

    if (saved_errno == ENOENT || saved_errno == ENOTDIR)
        return sw_err_set(err, SW_E_NOTFOUND, saved_errno, "line %s: there is no such file; write 0 or 1 into it",
                          text);
    if (saved_errno == EACCES || saved_errno == EPERM || saved_errno == EROFS)
        return sw_err_set(err, SW_E_DENIED, saved_errno, "line %s: no right to use the file: %s", text,
                          strerror(saved_errno));
    return sw_err_set(err, SW_E_IO, saved_errno, "line %s: %s", text, strerror(saved_errno));
}

/* @return 0 or 1, logical; -EAGAIN while somebody is still writing it; another -errno */
static int read_level(const struct file_line *l)
{
    char path[FILE_PATH_SIZE], text[8] = "";
    struct stat st;

    path_of(&l->conf, "", path);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    const bool is_regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const ssize_t n = is_regular ? read(fd, text, sizeof(text) - 1) : 0;
    const int saved = errno;
    close(fd);
    if (!is_regular)
        return -EINVAL;
    if (n < 0)
        return -saved;
    if (n == 0) /* truncated, and not yet written */
        return -EAGAIN;
    if ((text[0] != '0' && text[0] != '1') || text[1 + strspn(text + 1, " \r\n")] != '\0')
        return -EINVAL;
    return (text[0] == '1') != l->conf.is_active_low;
}

/* Beside it and renamed over it: nobody reads half a write, and a watcher sees one event. */
static int write_level(const struct file_line *l, bool is_active)
{
    char path[FILE_PATH_SIZE], temporary[FILE_PATH_SIZE];
    const char *text = is_active != l->conf.is_active_low ? "1\n" : "0\n";

    path_of(&l->conf, "", path);
    path_of(&l->conf, ".new", temporary);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    const bool is_written = write(fd, text, 2) == 2;
    const int saved = errno;
    close(fd);
    if (!is_written || rename(temporary, path) < 0) {
        const int why = is_written ? errno : saved;

        (void) unlink(temporary);
        return -why;
    }
    return SW_OK;
}

static int watch(struct file_line *l)
{
    l->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (l->fd < 0 || inotify_add_watch(l->fd, l->conf.chip, WATCHED | IN_ONLYDIR) < 0)
        return -errno;
    return SW_OK;
}

static void file_close(struct sw_gpio *g)
{
    struct file_line *l = (struct file_line *) g;

    if (l->fd >= 0)
        close(l->fd);
    free(l);
}

static int file_open(const struct sw_gpio_conf *c, bool is_output, bool is_active, struct sw_gpio **ret,
                     struct sw_err *err)
{
    struct file_line *l = calloc(1, sizeof(*l));
    int rc;

    if (l == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "line %s: out of memory", c->line);
    l->g.ops = &sw_gpio_file_ops;
    (void) snprintf(l->g.text, sizeof(l->g.text), "file:%.80s:%.64s", c->chip, c->line);
    l->conf = *c;
    l->fd = -1;
    l->last = -1;
    rc = is_output ? write_level(l, is_active) : watch(l);
    if (rc == SW_OK && !is_output) { /* watched first: what changes between the two is told as an edge */
        rc = read_level(l);
        if (rc == -EAGAIN)
            rc = SW_OK;
        else if (rc >= 0)
            l->last = rc;
    }
    if (rc < 0) {
        rc = fail(l, err, -rc);
        file_close(&l->g);
        return rc;
    }
    *ret = &l->g;
    return SW_OK;
}

static int file_fd(const struct sw_gpio *g)
{
    return ((const struct file_line *) g)->fd;
}

/* Empty the watch. @return whether something happened to the file of this line */
static bool drain(struct file_line *l, bool *ret_lost)
{
    union {
        struct inotify_event first; /* for its alignment */
        char bytes[4096];
    } buf;
    bool is_touched = false;
    ssize_t n;

    while ((n = read(l->fd, buf.bytes, sizeof(buf.bytes))) > 0) {
        for (ssize_t at = 0; at < n;) {
            struct inotify_event e;

            memcpy(&e, buf.bytes + at, sizeof(e));
            const char *name = e.len > 0 ? buf.bytes + at + sizeof(e) : "";

            *ret_lost |= (e.mask & IN_Q_OVERFLOW) != 0;
            l->is_gone |= (e.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
            is_touched |= (e.mask & IN_Q_OVERFLOW) != 0 || strcmp(name, l->conf.line) == 0;
            at += (ssize_t) (sizeof(e) + e.len);
        }
    }
    return is_touched;
}

static int file_take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err)
{
    struct file_line *l = (struct file_line *) g;
    int level;

    (void) cap;
    const bool is_touched = drain(l, ret_lost);
    if (l->is_gone)
        return sw_err_set(err, SW_E_IO, ENODEV, "line %s: its folder is gone", l->g.text);
    if (!is_touched)
        return 0;
    level = read_level(l);
    if (level == -EAGAIN) /* being written: the end of that is an event of its own */
        return 0;
    if (level < 0)
        return sw_err_set(err, SW_E_IO, -level, "line %s: %s", l->g.text,
                          level == -ENOENT   ? "its file is gone"
                          : level == -EINVAL ? "its file holds something other than 0 or 1"
                                             : strerror(-level));
    if (level == l->last)
        return 0;
    l->last = level;
    ret[0] = (struct sw_gpio_edge){.t_mono_us = sw_mono_real_us(), .is_active = level == 1};
    return 1;
}

static int file_get(struct sw_gpio *g, struct sw_err *err)
{
    struct file_line *l = (struct file_line *) g;
    const int level = read_level(l);

    if (level == -EAGAIN && l->last >= 0)
        return l->last;
    if (level < 0)
        return sw_err_set(err, SW_E_IO, -level, "line %s: %s", l->g.text,
                          level == -EINVAL ? "its file holds something other than 0 or 1" : strerror(-level));
    return level;
}

static int file_set(struct sw_gpio *g, bool is_active, struct sw_err *err)
{
    const struct file_line *l = (const struct file_line *) g;
    const int rc = write_level(l, is_active);

    return rc < 0 ? sw_err_set(err, SW_E_IO, -rc, "line %s: cannot be switched: %s", l->g.text, strerror(-rc)) : SW_OK;
}

const struct sw_gpio_ops sw_gpio_file_ops = {
    .open = file_open,
    .close = file_close,
    .fd = file_fd,
    .take = file_take,
    .get = file_get,
    .set = file_set,
};
