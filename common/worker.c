// SPDX-License-Identifier: Apache-2.0
/* Named threads with a heartbeat and a stop request. */
#include "common/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/macros.h"

struct sw_worker {
    pthread_t thread;
    char name[16]; /* the kernel keeps 15 characters */
    sw_worker_fn fn;
    void *ctx;
    int stop_fd;
    atomic_bool stop;
    _Atomic int64_t beat_us;
};

static void *worker_main(void *arg)
{
    struct sw_worker *w = arg;

    pthread_setname_np(pthread_self(), w->name);
    sw_worker_beat(w);
    w->fn(w, w->ctx);
    return NULL;
}

/* Signals belong to the core's loop: a worker's thread takes none. */
static int start_thread(struct sw_worker *w, size_t stack_bytes)
{
    pthread_attr_t attr;
    sigset_t all, old;
    int rc;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, stack_bytes ? stack_bytes : 256 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&w->thread, &attr, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return rc;
}

int sw_worker_start(const char *name, sw_worker_fn fn, void *ctx, size_t stack_bytes, struct sw_worker **ret,
                    struct sw_err *err)
{
    struct sw_worker *w = calloc(1, sizeof(*w));
    int rc;

    if (!w)
        return sw_err_set(err, SW_E_NOMEM, 0, "worker %s: out of memory", name);
    snprintf(w->name, sizeof(w->name), "%s", name);
    w->fn = fn;
    w->ctx = ctx;
    w->beat_us = sw_mono_real_us();
    w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = w->stop_fd < 0 ? errno : start_thread(w, stack_bytes);
    if (rc) {
        if (w->stop_fd >= 0)
            close(w->stop_fd);
        free(w);
        return sw_err_set(err, SW_E_IO, rc, "worker %s cannot start: %s", name, strerror(rc));
    }
    *ret = w;
    return SW_OK;
}

void sw_worker_ask(struct sw_worker *w)
{
    static const uint64_t one = 1;

    w->stop = true;
    while (write(w->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

struct sw_worker *sw_worker_stop(struct sw_worker *w)
{
    if (!w)
        return NULL;
    sw_worker_ask(w);
    pthread_join(w->thread, NULL);
    close(w->stop_fd);
    free(w);
    return NULL;
}

bool sw_worker_should_stop(const struct sw_worker *w)
{
    return w->stop;
}

int sw_worker_stop_fd(const struct sw_worker *w)
{
    return w->stop_fd;
}

void sw_worker_beat(struct sw_worker *w)
{
    w->beat_us = sw_mono_real_us();
}

int64_t sw_worker_age_us(const struct sw_worker *w)
{
    return sw_mono_real_us() - w->beat_us;
}

const char *sw_worker_name(const struct sw_worker *w)
{
    return w->name;
}

bool sw_worker_sleep_until(struct sw_worker *w, int64_t real_mono_us)
{
    struct pollfd pfd = {.fd = w->stop_fd, .events = POLLIN};

    for (;;) {
        int64_t left_us = real_mono_us - sw_mono_real_us();
        struct timespec ts = {.tv_sec = left_us / SW_US_PER_S, .tv_nsec = left_us % SW_US_PER_S * 1000};

        if (w->stop)
            return false;
        if (left_us <= 0)
            return true;
        ppoll(&pfd, 1, &ts, NULL);
    }
}
