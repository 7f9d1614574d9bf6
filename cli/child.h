// SPDX-License-Identifier: Apache-2.0
/* A program started beside ours, that never outlives us. */
#ifndef SW_CLI_CHILD_H
#define SW_CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

struct sw_child {
    const char *name;
    pid_t pid;     /* 0 = none */
    int stdout_fd; /* read end, -1 = its output goes to our stderr */
    bool has_ended;
    int status; /* of waitpid, once it has ended */
};

/**
 * Start a program that lies in the same folder as ours. Its stderr is ours; signals are unblocked in it; it gets
 * SIGTERM when we die.
 *
 * @param argv         NULL-terminated; argv[0] is the program's file name
 * @param wants_output its stdout can be read from stdout_fd
 * @return SW_OK; SW_E_NOTFOUND it does not lie there; SW_E_IO
 */
int sw_child_start(struct sw_child *c, const char *const *argv, bool wants_output, struct sw_err *err);

/** Wait up to timeout_ms for a line of its output that begins with `word`.
 *  @return SW_OK; SW_E_TIMEOUT; SW_E_IO it ended before */
int sw_child_await_line(struct sw_child *c, const char *word, int timeout_ms, struct sw_err *err);

/** Has it ended? Does not wait. */
bool sw_child_poll(struct sw_child *c);

/** SIGTERM, wait up to timeout_ms, then SIGKILL. Nothing if it has ended or never ran. @return true if it ended
 * cleanly: exit code 0, or by our SIGTERM */
bool sw_child_stop(struct sw_child *c, int timeout_ms);

#endif
