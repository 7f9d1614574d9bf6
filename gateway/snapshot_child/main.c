// SPDX-License-Identifier: Apache-2.0
/* siteward-snapshot: fetches one picture from one camera and ends. Started by sitewardd, which says over stdin what to
 * fetch (gateway/snapshot_job.h) and takes head and picture from stdout. What a hostile camera can break is this
 * process, which by then may neither write, nor run, nor start anything. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "gateway/snapshot_child/fetch.h"
#include "gateway/snapshot_child/sandbox.h"

#define CPU_EXTRA_S 2

static bool read_all(void *buf, size_t len)
{
    unsigned char *at = buf;

    while (len > 0) {
        const ssize_t got = read(STDIN_FILENO, at, len);

        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            len -= (size_t) got;
        }
    }
    return true;
}

static bool write_all(const void *buf, size_t len)
{
    const unsigned char *at = buf;

    while (len > 0) {
        const ssize_t put = write(STDOUT_FILENO, at, len);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            at += put;
            len -= (size_t) put;
        }
    }
    return true;
}

static bool ends_within(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool job_is_sound(const struct sw_snapshot_job *j)
{
    return j->magic == SW_SNAPSHOT_MAGIC && j->max_bytes > 0 && j->max_bytes <= SW_SNAPSHOT_BYTES_MAX &&
           j->timeout_ms > 0 && j->auth >= SW_SNAPSHOT_AUTH_AUTO && j->auth <= SW_SNAPSHOT_AUTH_DIGEST &&
           ends_within(j->url, sizeof(j->url)) && ends_within(j->username, sizeof(j->username)) &&
           ends_within(j->password, sizeof(j->password)) && ends_within(j->ca_file, sizeof(j->ca_file));
}

int main(int argc, char **argv)
{
    struct sw_snapshot_reply reply = {.magic = SW_SNAPSHOT_MAGIC};
    struct sw_snapshot_job job;
    unsigned char *picture;

    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("siteward-snapshot " SW_VERSION);
        return EX_OK;
    }
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fputs("siteward-snapshot is started by sitewardd, which tells it over stdin what to fetch\n", stderr);
        return EX_USAGE;
    }
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void) close_range(STDERR_FILENO + 1, ~0U, 0);
    if (!read_all(&job, sizeof(job)) || !job_is_sound(&job))
        return EX_DATAERR;
    if (getppid() != job.parent) /* it died before prctl took hold */
        return EX_TEMPFAIL;
    reply.sandbox = sw_sandbox_enter(job.ca_file, job.timeout_ms / 1000 + CPU_EXTRA_S);
    picture = malloc((size_t) job.max_bytes);
    if (picture == NULL)
        _exit(EX_OSERR);
    sw_snapshot_fetch(&job, picture, &reply);
    if (!write_all(&reply, sizeof(reply)) || !write_all(picture, (size_t) reply.bytes))
        _exit(EX_IOERR);
    _exit(EX_OK); /* at once: what handlers of the libraries would tidy up goes with the process */
}
