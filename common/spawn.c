// SPDX-License-Identifier: Apache-2.0
/* posix_spawn with what a child of ours needs. */
#include "common/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/macros.h"

extern char **environ;

bool sw_spawn_find(const char *name, char *buf, size_t cap)
{
    char self[SW_PATH_SIZE];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    self[len > 0 ? len : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL && (size_t) snprintf(buf, cap, "%.*s/%s", (int) (slash - self), self, name) < cap &&
        access(buf, X_OK) == 0)
        return true;
    (void) snprintf(buf, cap, "%s", name);
    return false;
}

static int add_files(const struct sw_spawn *p, posix_spawn_file_actions_t *files)
{
    int rc = p->in_fd >= 0 ? posix_spawn_file_actions_adddup2(files, p->in_fd, STDIN_FILENO)
                           : posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (rc == 0 && p->out_fd >= 0)
        rc = posix_spawn_file_actions_adddup2(files, p->out_fd, STDOUT_FILENO);
    if (rc == 0 && p->err_fd >= 0)
        rc = posix_spawn_file_actions_adddup2(files, p->err_fd, STDERR_FILENO);
    return rc;
}

int sw_spawn(const struct sw_spawn *p, pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, dflt;
    int rc = posix_spawn_file_actions_init(&files);

    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc != 0) {
        (void) posix_spawn_file_actions_destroy(&files);
        return rc;
    }
    (void) sigemptyset(&none);
    (void) sigemptyset(&dflt);
    (void) sigaddset(&dflt, SIGPIPE);
    (void) posix_spawnattr_setsigmask(&attr, &none); /* the daemon blocks what its loop takes */
    (void) posix_spawnattr_setsigdefault(&attr, &dflt);
    (void) posix_spawnattr_setpgroup(&attr, 0);
    (void) posix_spawnattr_setflags(&attr, (short) (POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    (p->has_own_group ? POSIX_SPAWN_SETPGROUP : 0)));
    rc = add_files(p, &files);
    if (rc == 0)
        rc = posix_spawnp(ret, p->argv[0], &files, &attr, (char *const *) p->argv,
                          p->envp != NULL ? (char *const *) p->envp : environ);
    (void) posix_spawnattr_destroy(&attr);
    (void) posix_spawn_file_actions_destroy(&files);
    return rc;
}
