// SPDX-License-Identifier: Apache-2.0
/* Starting a program of ours as a child, from a process with threads and a blocked set of signals. What is said to it,
 * what it answers, and that it is reaped is the caller's business. */
#ifndef SW_COMMON_SPAWN_H
#define SW_COMMON_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** The program of that name in the folder of our own executable. @return false: there is none, buf holds the bare name,
 *  for $PATH */
bool sw_spawn_find(const char *name, char *buf, size_t cap);

struct sw_spawn {
    const char *const *argv;   /* argv[0]: the program; without a '/' it is looked for in $PATH */
    const char *const *envp;   /* NULL = ours */
    int in_fd, out_fd, err_fd; /* become 0, 1, 2; in_fd < 0: /dev/null; out_fd and err_fd < 0: ours */
    bool has_own_group;        /* a process group of its own: signals to ours do not reach it */
};

/** All signals unblocked, SIGPIPE at its default, every other descriptor of ours must be close-on-exec.
 *  @return 0 or an errno */
int sw_spawn(const struct sw_spawn *p, pid_t *ret);

#endif
