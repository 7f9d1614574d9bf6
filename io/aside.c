// SPDX-License-Identifier: Apache-2.0
/* Two mailboxes of pointers, one there and one back; the loop's side counts what is under way, so neither overflows. */
#include "io/aside.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "common/macros.h"
#include "common/mailbox.h"
#include "common/worker.h"

#define STACK_BYTES (512 * 1024)
#define BEAT_US SW_US_PER_S

struct sw_aside {
    struct sw_mailbox *asked, *ended; /* of struct sw_aside_job * */
    struct sw_worker *worker;
    struct sw_source *source;
    size_t cap, n_under_way; /* loop's thread */
};

static void work(struct sw_worker *self, void *ctx)
{
    struct sw_aside *a = ctx;
    struct sw_aside_job *j;

    while (!sw_worker_should_stop(self)) {
        sw_worker_beat(self);
        if (!sw_mailbox_wait(a->asked, BEAT_US) || sw_mailbox_take(a->asked, &j, 1) == 0)
            continue;
        if (!j) /* the loop's word for "stop" */
            break;
        j->run(j);
        sw_mailbox_post(a->ended, &j, 1, false); /* there is room for as many as are under way */
    }
}

static void take_ended(struct sw_aside *a)
{
    struct sw_aside_job *j;

    while (sw_mailbox_take(a->ended, &j, 1)) {
        a->n_under_way--;
        j->done(j, true);
    }
}

static void on_ended(void *ctx, int fd, uint32_t events)
{
    (void) fd;
    (void) events;
    take_ended(ctx);
}

int sw_aside_new(struct sw_loop *loop, const char *name, size_t cap, struct sw_aside **ret, struct sw_err *err)
{
    struct sw_aside *a = calloc(1, sizeof(*a));
    int rc;

    if (!a)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", name);
    a->cap = cap;
    rc = sw_mailbox_new(cap + 1, 1, sizeof(struct sw_aside_job *), &a->asked, err);
    if (rc == SW_OK)
        rc = sw_mailbox_new(cap, 0, sizeof(struct sw_aside_job *), &a->ended, err);
    if (rc == SW_OK)
        rc = sw_loop_add_io(loop, sw_mailbox_fd(a->ended), EPOLLIN, on_ended, a, &a->source, err);
    if (rc == SW_OK)
        rc = sw_worker_start(name, work, a, STACK_BYTES, &a->worker, err);
    if (rc < 0) {
        sw_aside_free(a);
        return rc;
    }
    *ret = a;
    return SW_OK;
}

struct sw_aside *sw_aside_free(struct sw_aside *a)
{
    struct sw_aside_job *j = NULL;

    if (!a)
        return NULL;
    if (a->worker)
        sw_mailbox_post(a->asked, &j, 1, true); /* wakes it at once */
    sw_worker_stop(a->worker);
    sw_source_free(a->source);
    a->cap = 0; /* what `done` would post now finds no room */
    if (a->ended)
        take_ended(a);
    while (a->asked && sw_mailbox_take(a->asked, &j, 1))
        if (j)
            j->done(j, false);
    sw_mailbox_free(a->asked);
    sw_mailbox_free(a->ended);
    free(a);
    return NULL;
}

int sw_aside_post(struct sw_aside *a, struct sw_aside_job *j, struct sw_err *err)
{
    if (a->n_under_way >= a->cap || sw_mailbox_post(a->asked, &j, 1, false) == 0)
        return sw_err_set(err, SW_E_FULL, 0, "%zu jobs are waiting already: try again in some seconds", a->n_under_way);
    a->n_under_way++;
    return SW_OK;
}
