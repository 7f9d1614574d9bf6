// SPDX-License-Identifier: Apache-2.0
/* One run of `siteward schedule import`: started, listened to with a ceiling and a dead line, always reaped. */
#include "config/schedule_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/spawn.h"
#include "common/timefmt.h"
#include "config/read_schedule.h"
#include "config/text.h"

#define FIRST_ROOM 65536

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void) close(*fd);
    *fd = -1;
}

/* Range ends as the import takes them; an open end is left to its own default. */
static size_t add_time(const char **argv, size_t n, const char *option, int64_t us, char *buf)
{
    if (us == INT64_MIN || us == INT64_MAX)
        return n;
    (void) sw_time_format(NULL, us, buf);
    argv[n++] = option;
    argv[n++] = buf;
    return n;
}

/* Both ends of what the child says. */
static int open_pipes(int out[2], int err_pipe[2])
{
    if (pipe2(out, O_CLOEXEC) == 0 && pipe2(err_pipe, O_CLOEXEC) == 0)
        return SW_OK;
    close_fd(&out[0]);
    close_fd(&out[1]);
    return SW_E_IO;
}

/* @param in_fd  -1: `file` is a file; else what it reads as standard input, strictly */
static int start(struct sw_schedule_child *c, const char *file, int in_fd, const struct sw_site *site, int64_t from_us,
                 int64_t to_us, struct sw_err *err)
{
    char program[SW_PATH_SIZE + 16], from[SW_RFC3339_SIZE], to[SW_RFC3339_SIZE];
    const char *argv[16] = {program, "schedule", "import", "--json", "--tz", site->zone.name};
    int out[2] = {-1, -1}, err_pipe[2] = {-1, -1}, rc;
    size_t n = 6;

    *c = (struct sw_schedule_child){.out_fd = -1, .err_fd = -1, .is_text = in_fd >= 0};
    (void) snprintf(c->file, sizeof(c->file), "%s", file);
    sw_spawn_find("siteward", program, sizeof(program));
    n = add_time(argv, n, "--from", from_us, from);
    n = add_time(argv, n, "--to", to_us, to);
    if (c->is_text)
        argv[n++] = "--strict";
    argv[n++] = "--";
    argv[n] = c->is_text ? "-" : file;
    if (open_pipes(out, err_pipe) < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: no pipe: %s", file, strerror(errno));
    rc = sw_spawn(&(struct sw_spawn){.argv = argv, .in_fd = in_fd, .out_fd = out[1], .err_fd = err_pipe[1]}, &c->pid);
    close_fd(&out[1]);
    close_fd(&err_pipe[1]);
    if (rc != 0) {
        close_fd(&out[0]);
        close_fd(&err_pipe[0]);
        c->pid = 0;
        return sw_err_set(err, rc == ENOENT ? SW_E_NOTFOUND : SW_E_IO, rc, "%s: 'siteward' cannot be started: %s", file,
                          strerror(rc));
    }
    c->out_fd = out[0];
    c->err_fd = err_pipe[0];
    (void) fcntl(c->out_fd, F_SETFL, O_NONBLOCK);
    (void) fcntl(c->err_fd, F_SETFL, O_NONBLOCK);
    c->deadline_us = sw_mono_real_us() + SW_SCHEDULE_CHILD_TIMEOUT_S * SW_US_PER_S;
    return SW_OK;
}

int sw_schedule_child_start(struct sw_schedule_child *c, const char *file, const struct sw_site *site, int64_t from_us,
                            int64_t to_us, struct sw_err *err)
{
    return start(c, file, -1, site, from_us, to_us, err);
}

int sw_schedule_child_start_text(struct sw_schedule_child *c, const char *name, const char *text, size_t len,
                                 const struct sw_site *site, int64_t from_us, int64_t to_us, struct sw_err *err)
{
    int fd = memfd_create("schedule", MFD_CLOEXEC),
        rc; /* a pipe might be too small for it, and who fills it would wait */
    size_t at = 0;

    while (fd >= 0 && at < len) {
        const ssize_t put = write(fd, text + at, len - at);

        if (put < 0 && errno != EINTR)
            break;
        at += put > 0 ? (size_t) put : 0;
    }
    if (fd < 0 || at < len || lseek(fd, 0, SEEK_SET) != 0)
        rc = sw_err_set(err, SW_E_IO, errno, "%s: no memory for it: %s", name, strerror(errno));
    else
        rc = start(c, name, fd, site, from_us, to_us, err);
    close_fd(&fd);
    return rc;
}

/* Room for more, doubled. @return false when there is no more to be had */
static bool make_room(struct sw_schedule_child *c)
{
    const size_t cap = c->out_cap == 0 ? FIRST_ROOM : c->out_cap * 2;
    char *grown = cap <= SW_SCHEDULE_JSON_MAX * 2UL ? realloc(c->out, cap) : NULL;

    if (grown == NULL)
        return false;
    c->out = grown;
    c->out_cap = cap;
    return true;
}

static void read_out(struct sw_schedule_child *c)
{
    for (;;) {
        if ((c->out_len == c->out_cap && !make_room(c)) || c->out_len > SW_SCHEDULE_JSON_MAX) {
            c->is_too_long = true;
            close_fd(&c->out_fd);
            return;
        }
        const ssize_t got = read(c->out_fd, c->out + c->out_len, c->out_cap - c->out_len);
        if (got > 0) {
            c->out_len += (size_t) got;
        } else {
            if (got == 0 || (errno != EAGAIN && errno != EINTR))
                close_fd(&c->out_fd);
            return;
        }
    }
}

/* Keeps the first and the last whole line; a longer one is cut. */
static void read_err(struct sw_schedule_child *c)
{
    char buf[512];

    for (;;) {
        const ssize_t got = read(c->err_fd, buf, sizeof(buf));

        if (got <= 0) {
            if (got == 0 || (errno != EAGAIN && errno != EINTR))
                close_fd(&c->err_fd);
            return;
        }
        for (ssize_t i = 0; i < got; i++) {
            if (buf[i] != '\n') {
                if (c->line_len < sizeof(c->line) - 1)
                    c->line[c->line_len++] = buf[i];
                continue;
            }
            c->line[c->line_len] = '\0';
            if (c->line_len > 0 && c->n_lines++ == 0)
                (void) snprintf(c->first_line, sizeof(c->first_line), "%.*s",
                                sw_text_clip(c->line, sizeof(c->first_line) - 1), c->line);
            if (c->line_len > 0)
                memcpy(c->last_line, c->line, c->line_len + 1);
            c->line_len = 0;
        }
    }
}

bool sw_schedule_child_read(struct sw_schedule_child *c)
{
    if (c->out_fd >= 0)
        read_out(c);
    if (c->err_fd >= 0)
        read_err(c);
    return c->is_too_long || (c->out_fd < 0 && c->err_fd < 0);
}

/* Its exit status; killed when it has not ended by itself. -1 = was killed by us */
static int reap(struct sw_schedule_child *c, bool is_done)
{
    int status = 0;
    pid_t got = 0;

    if (is_done) /* both outputs are closed: it is about to be gone */
        for (int tries = 0; tries < 100 && got == 0; tries++) {
            got = waitpid(c->pid, &status, WNOHANG);
            if (got == 0)
                (void) poll(NULL, 0, 1);
        }
    if (got == c->pid)
        return status;
    (void) kill(c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return is_done && WIFEXITED(status) ? status : -1; /* a busy machine may take long to end one that had done all */
}

/* "siteward schedule: standard input: item 3, permit-7: why" as "permit-7: why": the number is of no list that the
 * sender knows. */
static const char *sentence_of(const struct sw_schedule_child *c)
{
    static const char name[] = "standard input: ";
    const char *at = c->is_text ? strstr(c->last_line, name) : NULL;
    const char *uid;

    if (at == NULL)
        return c->last_line[0] != '\0' ? c->last_line : "the schedule could not be read";
    at += sizeof(name) - 1;
    uid = strncmp(at, "item ", 5) == 0 ? strstr(at, ", ") : NULL;
    return uid != NULL ? uid + 2 : at;
}

int sw_schedule_child_finish(struct sw_schedule_child *c, const struct sw_site *site, struct sw_schedule **ret,
                             struct sw_err *err)
{
    const bool is_done = c->out_fd < 0 && c->err_fd < 0 && !c->is_too_long;
    int rc, status;

    if (c->pid <= 0)
        return sw_err_set(err, SW_E_INVAL, 0, "no import was started");
    status = reap(c, is_done);
    if (c->is_too_long)
        rc = sw_err_set(err, SW_E_FULL, 0, "%s: the schedule is longer than %d MiB", c->file,
                        SW_SCHEDULE_JSON_MAX / 1024 / 1024);
    else if (status == -1)
        rc = sw_err_set(err, SW_E_TIMEOUT, 0, "%s: reading the schedule took longer than %d s", c->file,
                        SW_SCHEDULE_CHILD_TIMEOUT_S);
    else if (WIFSIGNALED(status))
        rc = sw_err_set(err, SW_E_IO, WTERMSIG(status), "%s: reading the schedule broke off by signal %d", c->file,
                        WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        rc = sw_err_set(err, SW_E_INVAL, WEXITSTATUS(status), "%s", sentence_of(c));
    else
        rc = sw_schedule_read_json(c->file, c->out, c->out_len, &site->zone, ret, err);
    if (rc >= 0 && c->n_lines > 0)
        sw_err_fill(err, SW_OK, 0, "%s%s", c->first_line,
                    c->n_lines > 1 ? " (and more: 'siteward schedule import' tells all)" : "");
    close_fd(&c->out_fd);
    close_fd(&c->err_fd);
    free(c->out);
    c->out = NULL;
    c->pid = 0;
    return rc;
}

int sw_schedule_import(const char *file, const struct sw_site *site, int64_t from_us, int64_t to_us,
                       struct sw_schedule **ret, struct sw_err *err)
{
    struct sw_schedule_child c = {0};
    int rc = sw_schedule_child_start(&c, file, site, from_us, to_us, err);

    if (rc < 0)
        return rc;
    for (int64_t left_us; (left_us = c.deadline_us - sw_mono_real_us()) > 0;) {
        struct pollfd fds[2] = {{.fd = c.out_fd, .events = POLLIN}, {.fd = c.err_fd, .events = POLLIN}};

        (void) poll(fds, 2, (int) (left_us / SW_US_PER_MS) + 1);
        if (sw_schedule_child_read(&c))
            break;
    }
    return sw_schedule_child_finish(&c, site, ret, err);
}
