// SPDX-License-Identifier: Apache-2.0
/* Starting, watching and ending one child process. */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/macros.h"

#define POLL_MS 20

/* The file of that name in the folder of our own executable. */
static int find_beside_us(const char *name, char *buf, size_t cap, struct sw_err *err)
{
    char self[SW_PATH_SIZE];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len < 0)
        return sw_err_set(err, SW_E_IO, errno, "/proc/self/exe: %s", strerror(errno));
    self[len] = '\0';
    char *slash = strrchr(self, '/');
    if ((size_t) snprintf(buf, cap, "%.*s/%s", slash ? (int) (slash - self) : 0, self, name) >= cap ||
        access(buf, X_OK) < 0)
        return sw_err_set(err, SW_E_NOTFOUND, errno, "%s is not there or cannot be run: it belongs beside siteward",
                          buf);
    return SW_OK;
}

/* In the child, between fork and exec: only what is safe there. */
static void become(const char *path, const char *const *argv, int out_fd, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* it died before prctl took hold */
        _exit(1);
    int null_fd = open("/dev/null", O_RDONLY);
    if (null_fd >= 0)
        dup2(null_fd, STDIN_FILENO);
    dup2(out_fd, STDOUT_FILENO);
    execv(path, (char *const *) argv);
    dprintf(STDERR_FILENO, "siteward sim: %s cannot be started: %s\n", path, strerror(errno));
    _exit(127);
}

int sw_child_start(struct sw_child *c, const char *const *argv, bool wants_output, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 64];
    int ends[2] = {-1, -1};
    *c = (struct sw_child){.name = argv[0], .stdout_fd = -1};
    int r = find_beside_us(argv[0], path, sizeof(path), err);
    if (r < 0)
        return r;
    if (wants_output && pipe2(ends, O_CLOEXEC) < 0)
        return sw_err_set(err, SW_E_IO, errno, "no pipe: %s", strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(path, argv, wants_output ? ends[1] : STDERR_FILENO, parent);
    if (wants_output)
        close(ends[1]);
    if (pid < 0) {
        if (wants_output)
            close(ends[0]);
        return sw_err_set(err, SW_E_IO, errno, "%s cannot be started: %s", argv[0], strerror(errno));
    }
    c->pid = pid;
    c->stdout_fd = ends[0];
    return SW_OK;
}

int sw_child_await_line(struct sw_child *c, const char *word, int timeout_ms, struct sw_err *err)
{
    int64_t until_us = sw_mono_real_us() + timeout_ms * SW_US_PER_MS;
    char line[512];
    size_t len = 0;
    for (;;) {
        int64_t left_us = until_us - sw_mono_real_us();
        struct pollfd p = {.fd = c->stdout_fd, .events = POLLIN};
        char ch;
        if (left_us <= 0)
            return sw_err_set(err, SW_E_TIMEOUT, 0, "%s did not say '%s' within %d s", c->name, word,
                              timeout_ms / 1000);
        if (poll(&p, 1, (int) (left_us / SW_US_PER_MS) + 1) <= 0)
            continue;
        if (read(c->stdout_fd, &ch, 1) != 1)
            return sw_err_set(err, SW_E_IO, 0, "%s ended before it was ready (its message stands above)", c->name);
        if (ch != '\n') {
            if (len < sizeof(line) - 1)
                line[len++] = ch;
            continue;
        }
        line[len] = '\0';
        if (strncmp(line, word, strlen(word)) == 0)
            return SW_OK;
        len = 0;
    }
}

bool sw_child_poll(struct sw_child *c)
{
    if (c->pid > 0 && !c->has_ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
        c->has_ended = true;
    return c->has_ended;
}

bool sw_child_stop(struct sw_child *c, int timeout_ms)
{
    if (c->pid <= 0)
        return true;
    if (!sw_child_poll(c)) {
        kill(c->pid, SIGTERM);
        for (int waited = 0; waited < timeout_ms && !sw_child_poll(c); waited += POLL_MS)
            poll(NULL, 0, POLL_MS);
        if (!c->has_ended) {
            kill(c->pid, SIGKILL);
            c->has_ended = waitpid(c->pid, &c->status, 0) == c->pid;
        }
    }
    if (c->stdout_fd >= 0)
        close(c->stdout_fd);
    c->stdout_fd = -1;
    return (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0) ||
           (WIFSIGNALED(c->status) && WTERMSIG(c->status) == SIGTERM);
}
