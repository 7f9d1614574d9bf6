// SPDX-License-Identifier: Apache-2.0
/* The parent's end of siteward-snapshot. What comes from it is not trusted: it has spoken with a camera. */
#include "gateway/snapshot_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/spawn.h"

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void) close(*fd);
    *fd = -1;
}

/* The whole job at once: a socket takes it without waiting. */
static int tell(int fd, const struct sw_snapshot_job *job, struct sw_err *err)
{
    const ssize_t put = send(fd, job, sizeof(*job), MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put == (ssize_t) sizeof(*job))
        return SW_OK;
    return sw_err_set(err, SW_E_IO, errno, "siteward-snapshot does not take its job: %s", strerror(errno));
}

static int spawn(struct sw_snapshot_run *r, int in_fd, int out_fd, struct sw_err *err)
{
    /* no proxy, no locale, no preloaded library of ours is its business */
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    char program[SW_PATH_SIZE + 32];
    const char *argv[] = {program, NULL};
    const struct sw_spawn p = {
        .argv = argv, .envp = env, .in_fd = in_fd, .out_fd = out_fd, .err_fd = -1, .has_own_group = true};
    int rc;

    (void) sw_spawn_find("siteward-snapshot", program, sizeof(program));
    rc = sw_spawn(&p, &r->pid);
    if (rc != 0) {
        r->pid = 0;
        return sw_err_set(err, rc == ENOENT ? SW_E_NOTFOUND : SW_E_IO, rc, "'siteward-snapshot' cannot be started: %s",
                          strerror(rc));
    }
    r->exit_fd = pidfd_open(r->pid, 0);
    if (r->exit_fd >= 0)
        return SW_OK;
    return sw_err_set(err, SW_E_IO, errno, "siteward-snapshot cannot be watched: %s", strerror(errno));
}

int sw_snapshot_run_start(struct sw_snapshot_run *r, const struct sw_snapshot_job *job, struct sw_err *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, rc = SW_OK;

    *r = (struct sw_snapshot_run){.out_fd = -1, .exit_fd = -1, .max_bytes = job->max_bytes};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 || pipe2(out, O_CLOEXEC) != 0)
        rc = sw_err_set(err, SW_E_IO, errno, "no pipe: %s", strerror(errno));
    if (rc == SW_OK)
        rc = tell(in[1], job, err);
    if (rc == SW_OK)
        rc = spawn(r, in[0], out[1], err);
    close_fd(&in[0]);
    close_fd(&in[1]);
    close_fd(&out[1]);
    r->out_fd = out[0];
    if (rc < 0) {
        struct sw_snapshot_reply reply;

        if (r->pid > 0)
            (void) sw_snapshot_run_finish(r, &reply, NULL, NULL);
        close_fd(&r->out_fd);
        return rc;
    }
    (void) fcntl(r->out_fd, F_SETFL, O_NONBLOCK);
    r->deadline_us = sw_mono_real_us() + (job->timeout_ms + SW_SNAPSHOT_GRACE_MS) * SW_US_PER_MS;
    return SW_OK;
}

/* The head is whole: is it one of ours? */
static bool head_is_sound(const struct sw_snapshot_run *r)
{
    const struct sw_snapshot_reply *h = &r->reply;

    return h->magic == SW_SNAPSHOT_MAGIC && h->bytes >= 0 && h->bytes <= r->max_bytes &&
           memchr(h->type, '\0', sizeof(h->type)) != NULL && memchr(h->error, '\0', sizeof(h->error)) != NULL;
}

/* Where the next bytes go, and how many. @return false when no more are wanted */
static bool next_room(struct sw_snapshot_run *r, unsigned char **ret_at, size_t *ret_len)
{
    const size_t head = sizeof(r->reply);

    if (r->got < head) {
        *ret_at = (unsigned char *) &r->reply + r->got;
        *ret_len = head - r->got;
        return true;
    }
    if (r->got == head && r->picture == NULL) {
        if (!head_is_sound(r))
            return false;
        r->picture = malloc((size_t) r->reply.bytes + 1);
        if (r->picture == NULL)
            return false;
    }
    /* one byte more than the picture: that it ends there is to be seen too */
    *ret_at = r->picture + (r->got - head);
    *ret_len = (size_t) r->reply.bytes + 1 - (r->got - head);
    return *ret_len > 0;
}

bool sw_snapshot_run_read(struct sw_snapshot_run *r)
{
    while (r->out_fd >= 0) {
        unsigned char *at;
        size_t len;
        ssize_t got;

        if (!next_room(r, &at, &len)) {
            r->is_broken = true;
            sw_snapshot_run_kill(r);
            return true;
        }
        got = read(r->out_fd, at, len);
        if (got == 0)
            return true;
        if (got < 0)
            return errno != EAGAIN && errno != EINTR;
        r->got += (size_t) got;
    }
    return true;
}

void sw_snapshot_run_kill(struct sw_snapshot_run *r)
{
    if (r->pid > 0 && kill(-r->pid, SIGKILL) != 0)
        (void) kill(r->pid, SIGKILL); /* before it has its group */
    r->is_killed = true;
}

static int judge(struct sw_snapshot_run *r, int status, struct sw_err *err)
{
    const size_t head = sizeof(r->reply);
    const char *type;

    if (!r->is_broken && WIFEXITED(status) && WEXITSTATUS(status) == 0 && r->got >= head && head_is_sound(r) &&
        r->got == head + (size_t) r->reply.bytes) {
        if (r->reply.bytes == 0)
            return sw_err_set(err, SW_E_NODATA, r->reply.status, "%s",
                              r->reply.error[0] != '\0' ? r->reply.error : "no picture came");
        type = sw_picture_type(r->picture, (size_t) r->reply.bytes);
        if (type != NULL && strcmp(type, r->reply.type) == 0)
            return SW_OK;
    }
    if (r->is_killed && !r->is_broken)
        return sw_err_set(err, SW_E_TIMEOUT, 0, "no picture within the time: the name or the camera is slow");
    if (WIFSIGNALED(status))
        return sw_err_set(err, SW_E_IO, WTERMSIG(status), "siteward-snapshot broke off by signal %d", WTERMSIG(status));
    return sw_err_set(err, SW_E_IO, 0, "siteward-snapshot ended with %d and without an answer",
                      WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* What it says may be a camera's own words, or those of whoever took it over: people and logs get plain text. */
static void make_plain(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

int sw_snapshot_run_finish(struct sw_snapshot_run *r, struct sw_snapshot_reply *ret, unsigned char **ret_picture,
                           struct sw_err *err)
{
    int status = 0, rc;

    (void) sw_snapshot_run_read(r); /* the last that it said */
    if (waitpid(r->pid, &status, WNOHANG) != r->pid) {
        sw_snapshot_run_kill(r);
        while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    if (r->got >= sizeof(r->reply) && head_is_sound(r))
        make_plain(r->reply.error);
    rc = judge(r, status, err);
    *ret = (struct sw_snapshot_reply){0};
    if (r->got >= sizeof(r->reply) && head_is_sound(r))
        *ret = r->reply;
    if (rc != SW_OK)
        ret->bytes = 0;
    if (ret_picture != NULL)
        *ret_picture = rc == SW_OK ? r->picture : NULL;
    if (rc != SW_OK || ret_picture == NULL)
        free(r->picture);
    close_fd(&r->out_fd);
    close_fd(&r->exit_fd);
    r->picture = NULL;
    r->pid = 0;
    return rc;
}

void sw_snapshot_lacks(uint32_t held, char *buf, size_t cap)
{
    static const char *const names[] = {"rlimits", "no new privileges", "Landlock", "seccomp"}; /* sw_sandbox_part */
    size_t at = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < SW_ARRAY_SIZE(names) && at < cap; i++)
        if ((held & 1u << i) == 0)
            at += (size_t) snprintf(buf + at, cap - at, "%s%s", at > 0 ? ", " : "", names[i]);
}
