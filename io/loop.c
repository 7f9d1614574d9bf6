// SPDX-License-Identifier: Apache-2.0
/* sd-event behind the door of loop.h: wraps its callbacks and turns its negative errno into sentences.
 * Leaves to the owners what their callbacks do and when their sources end. */
#include "io/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

struct sw_loop {
    sd_event *event;
};

struct sw_source {
    sd_event_source *source;
    void *ctx;
    union {
        sw_loop_io_fn io;
        sw_loop_timer_fn timer;
        sw_loop_signal_fn signal;
        sw_loop_defer_fn defer;
    } fn;
};

static int fail(struct sw_err *err, int rc, const char *what)
{
    return sw_err_set(err, rc == -ENOMEM ? SW_E_NOMEM : SW_E_IO, -rc, "event loop: %s: %s", what, strerror(-rc));
}

int sw_loop_new(struct sw_loop **ret, struct sw_err *err)
{
    struct sw_loop *l = calloc(1, sizeof(*l));
    int rc;

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "event loop: out of memory");
    rc = sd_event_new(&l->event);
    if (rc < 0) {
        free(l);
        return fail(err, rc, "cannot start");
    }
    *ret = l;
    return SW_OK;
}

struct sw_loop *sw_loop_free(struct sw_loop *l)
{
    if (l) {
        sd_event_unref(l->event);
        free(l);
    }
    return NULL;
}

int sw_loop_run(struct sw_loop *l, int *ret_code, struct sw_err *err)
{
    int rc = sd_event_loop(l->event);

    if (rc < 0)
        return fail(err, rc, "cannot go on");
    if (ret_code)
        *ret_code = rc;
    return SW_OK;
}

void sw_loop_exit(struct sw_loop *l, int code)
{
    sd_event_exit(l->event, code);
}

int sw_loop_turn(struct sw_loop *l, int64_t timeout_us, struct sw_err *err)
{
    int rc = sd_event_run(l->event, timeout_us < 0 ? UINT64_MAX : (uint64_t) timeout_us);

    if (rc < 0)
        return fail(err, rc, "cannot go on");
    return rc > 0;
}

static int on_io(sd_event_source *es, int fd, uint32_t events, void *userdata)
{
    struct sw_source *s = userdata;

    (void) es;
    s->fn.io(s->ctx, fd, events);
    return 0;
}

static int on_timer(sd_event_source *es, uint64_t due_us, void *userdata)
{
    struct sw_source *s = userdata;

    (void) es;
    s->fn.timer(s->ctx, (int64_t) due_us);
    return 0;
}

static int on_signal(sd_event_source *es, const struct signalfd_siginfo *si, void *userdata)
{
    struct sw_source *s = userdata;

    (void) es;
    s->fn.signal(s->ctx, (int) si->ssi_signo);
    return 0;
}

static int on_defer(sd_event_source *es, void *userdata)
{
    struct sw_source *s = userdata;

    (void) es;
    s->fn.defer(s->ctx);
    return 0;
}

static struct sw_source *source_new(void *ctx)
{
    struct sw_source *s = calloc(1, sizeof(*s));

    if (s)
        s->ctx = ctx;
    return s;
}

/* Every add ends here: rc of sd-event decides whether the source lives. */
static int source_done(struct sw_source *s, int rc, const char *what, struct sw_source **ret, struct sw_err *err)
{
    if (rc < 0) {
        free(s);
        return fail(err, rc, what);
    }
    *ret = s;
    return SW_OK;
}

int sw_loop_add_io(struct sw_loop *l, int fd, uint32_t events, sw_loop_io_fn fn, void *ctx, struct sw_source **ret,
                   struct sw_err *err)
{
    struct sw_source *s = source_new(ctx);

    if (!s)
        return fail(err, -ENOMEM, "descriptor");
    s->fn.io = fn;
    return source_done(s, sd_event_add_io(l->event, &s->source, fd, events, on_io, s), "descriptor", ret, err);
}

void sw_io_set_enabled(struct sw_source *io, bool is_enabled)
{
    sd_event_source_set_enabled(io->source, is_enabled ? SD_EVENT_ON : SD_EVENT_OFF);
}

int sw_loop_add_timer(struct sw_loop *l, sw_loop_timer_fn fn, void *ctx, struct sw_source **ret, struct sw_err *err)
{
    struct sw_source *s = source_new(ctx);
    int rc;

    if (!s)
        return fail(err, -ENOMEM, "timer");
    s->fn.timer = fn;
    rc = sd_event_add_time(l->event, &s->source, CLOCK_MONOTONIC, 0, 1, on_timer, s);
    if (rc >= 0)
        rc = sd_event_source_set_enabled(s->source, SD_EVENT_OFF);
    return source_done(s, rc, "timer", ret, err);
}

int sw_timer_arm(struct sw_source *timer, int64_t due_mono_us, int64_t accuracy_us, struct sw_err *err)
{
    int rc = sd_event_source_set_time(timer->source, due_mono_us < 0 ? 0 : (uint64_t) due_mono_us);

    if (rc >= 0)
        rc = sd_event_source_set_time_accuracy(timer->source, accuracy_us < 1 ? 1 : (uint64_t) accuracy_us);
    if (rc >= 0)
        rc = sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
    return rc < 0 ? fail(err, rc, "cannot arm a timer") : SW_OK;
}

void sw_timer_disarm(struct sw_source *timer)
{
    sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
}

int sw_loop_add_signal(struct sw_loop *l, int signo, sw_loop_signal_fn fn, void *ctx, struct sw_source **ret,
                       struct sw_err *err)
{
    struct sw_source *s = source_new(ctx);
    sigset_t set;

    if (!s)
        return fail(err, -ENOMEM, "signal");
    s->fn.signal = fn;
    sigemptyset(&set);
    sigaddset(&set, signo);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return source_done(s, sd_event_add_signal(l->event, &s->source, signo, on_signal, s), "signal", ret, err);
}

int sw_loop_add_defer(struct sw_loop *l, sw_loop_defer_fn fn, void *ctx, struct sw_source **ret, struct sw_err *err)
{
    struct sw_source *s = source_new(ctx);
    int rc;

    if (!s)
        return fail(err, -ENOMEM, "deferred work");
    s->fn.defer = fn;
    rc = sd_event_add_defer(l->event, &s->source, on_defer, s);
    if (rc >= 0) /* after descriptors and timers that are ready in the same turn */
        rc = sd_event_source_set_priority(s->source, SD_EVENT_PRIORITY_IDLE);
    return source_done(s, rc, "deferred work", ret, err);
}

void sw_defer_again(struct sw_source *defer)
{
    sd_event_source_set_enabled(defer->source, SD_EVENT_ONESHOT);
}

struct sw_source *sw_source_free(struct sw_source *s)
{
    if (s) {
        sd_event_source_set_enabled(s->source, SD_EVENT_OFF);
        sd_event_source_unref(s->source);
        free(s);
    }
    return NULL;
}

void sw_notify(const char *state)
{
    sd_notify(0, state);
}

int64_t sw_watchdog_interval_us(void)
{
    uint64_t interval_us = 0;

    return sd_watchdog_enabled(0, &interval_us) > 0 ? (int64_t) interval_us : 0;
}
