// SPDX-License-Identifier: Apache-2.0
/* Asking for a password at the terminal: its echo is off while somebody types, and on again whatever happens. */
#include "cli/password.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Byte by byte, so that no buffer of the C library keeps it. @return SW_OK or an error */
static int read_line(char *ret, size_t size, struct sw_err *err)
{
    size_t len = 0;
    ssize_t n;
    char letter;

    while ((n = read(STDIN_FILENO, &letter, 1)) == 1 && letter != '\n') {
        if (len + 1 >= size)
            return sw_err_set(err, SW_E_INVAL, 0, "a password has at most %zu bytes", size - 1);
        ret[len++] = letter;
    }
    if (n < 0)
        return sw_err_set(err, SW_E_IO, errno, "the password cannot be read: %s", strerror(errno));
    if (len > 0 && ret[len - 1] == '\r')
        len--;
    ret[len] = '\0';
    return len > 0 ? SW_OK : sw_err_set(err, SW_E_NODATA, 0, "no password was given");
}

static int read_unseen(const char *question, char *ret, size_t size, struct sw_err *err)
{
    struct termios before, silent;
    sigset_t hold, was;
    int rc;

    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return sw_err_set(err, SW_E_IO, errno, "the terminal cannot be asked: %s", strerror(errno));
    silent = before;
    silent.c_lflag &= (tcflag_t) ~ECHO;
    silent.c_lflag |= ECHONL;
    sigemptyset(&hold); /* Ctrl-C must not leave a terminal that shows nothing */
    sigaddset(&hold, SIGINT);
    sigaddset(&hold, SIGTSTP);
    sigprocmask(SIG_BLOCK, &hold, &was);
    fputs(question, stderr);
    fflush(stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    rc = read_line(ret, size, err);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    sigprocmask(SIG_SETMASK, &was, NULL);
    return rc;
}

int sw_password_ask(const char *whose, char *ret, size_t size, struct sw_err *err)
{
    char again[256] = "", question[96];
    int rc;

    if (!isatty(STDIN_FILENO))
        return read_line(ret, size, err);
    (void) snprintf(question, sizeof(question), "New password of %.40s: ", whose);
    rc = read_unseen(question, ret, size, err);
    if (rc == SW_OK)
        rc = read_unseen("Once more: ", again, sizeof(again), err);
    if (rc == SW_OK && strcmp(ret, again) != 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "these were two different passwords: nothing was changed");
    sodium_memzero(again, sizeof(again));
    return rc;
}
