// SPDX-License-Identifier: Apache-2.0
/* The core's loop: descriptors, timers that re-arm, signals, deferred work. */
#include "test.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "io/loop.h"

struct seen {
    struct sw_loop *loop;
    struct sw_source *timer, *defer;
    int io, timers, signals, defers;
    int stop_after;
    char order[32];
};

static void note(struct seen *s, char what)
{
    size_t len = strlen(s->order);

    if (len + 1 < sizeof(s->order))
        s->order[len] = what;
}

static void on_io(void *ctx, int fd, uint32_t events)
{
    struct seen *s = ctx;
    uint64_t count;

    assert_int_equal(events & EPOLLIN, EPOLLIN);
    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
    s->io++;
    note(s, 'i');
}

static void on_timer(void *ctx, int64_t due_us)
{
    struct seen *s = ctx;

    assert_true(sw_mono_real_us() >= due_us);
    note(s, 't');
    if (++s->timers == s->stop_after)
        sw_loop_exit(s->loop, 7);
    else
        assert_int_equal(sw_timer_arm(s->timer, due_us + 1000, 0, NULL), SW_OK);
}

static void on_signal(void *ctx, int signo)
{
    struct seen *s = ctx;

    assert_int_equal(signo, SIGUSR1);
    s->signals++;
    sw_loop_exit(s->loop, 0);
}

static void on_defer(void *ctx)
{
    struct seen *s = ctx;

    note(s, 'd');
    if (++s->defers < 2)
        sw_defer_again(s->defer);
}

static struct sw_loop *make(void)
{
    struct sw_loop *loop = NULL;
    struct sw_err err = {0};

    CHECK(sw_loop_new(&loop, &err) == SW_OK, "%s", err.msg);
    return loop;
}

static void a_timer_fires_once_an_arming_and_may_arm_itself(void **state)
{
    struct seen s = {.loop = make(), .stop_after = 3};
    int code = 0;

    (void) state;
    assert_int_equal(sw_loop_add_timer(s.loop, on_timer, &s, &s.timer, NULL), SW_OK);
    assert_int_equal(sw_loop_turn(s.loop, 0, NULL), 0); /* not armed: nothing */
    assert_int_equal(sw_timer_arm(s.timer, sw_mono_real_us() + 1000, 0, NULL), SW_OK);
    assert_int_equal(sw_loop_run(s.loop, &code, NULL), SW_OK);
    assert_int_equal(code, 7);
    assert_int_equal(s.timers, 3);
    sw_source_free(s.timer);
    sw_loop_free(s.loop);
}

static void a_disarmed_timer_stays_silent_and_one_of_the_past_fires_at_once(void **state)
{
    struct seen s = {.loop = make(), .stop_after = 1};

    (void) state;
    assert_int_equal(sw_loop_add_timer(s.loop, on_timer, &s, &s.timer, NULL), SW_OK);
    assert_int_equal(sw_timer_arm(s.timer, 1, 0, NULL), SW_OK);
    sw_timer_disarm(s.timer);
    assert_int_equal(sw_loop_turn(s.loop, 0, NULL), 0);
    assert_int_equal(sw_timer_arm(s.timer, 1, 0, NULL), SW_OK);
    assert_int_equal(sw_loop_turn(s.loop, -1, NULL), 1);
    assert_int_equal(s.timers, 1);
    sw_source_free(s.timer);
    sw_loop_free(s.loop);
}

static void a_descriptor_wakes_the_loop_until_its_source_is_freed(void **state)
{
    struct seen s = {.loop = make()};
    struct sw_source *io = NULL;
    int fd = eventfd(0, EFD_CLOEXEC);
    const uint64_t one = 1;

    (void) state;
    assert_int_equal(sw_loop_add_io(s.loop, fd, EPOLLIN, on_io, &s, &io, NULL), SW_OK);
    assert_int_equal(sw_loop_turn(s.loop, 0, NULL), 0);
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_int_equal(sw_loop_turn(s.loop, -1, NULL), 1);
    assert_int_equal(s.io, 1);
    sw_source_free(io);
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_int_equal(sw_loop_turn(s.loop, 0, NULL), 0);
    assert_int_equal(s.io, 1);
    sw_loop_free(s.loop);
    close(fd);
}

static void a_descriptor_that_is_switched_off_keeps_what_it_has_until_it_is_on_again(void **state)
{
    struct seen s = {.loop = make()};
    int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sw_source *source = NULL;

    (void) state;
    assert_true(fd >= 0);
    assert_int_equal(sw_loop_add_io(s.loop, fd, EPOLLIN, on_io, &s, &source, NULL), SW_OK);
    sw_io_set_enabled(source, false);
    assert_int_equal(sw_loop_turn(s.loop, 0, NULL), 0);
    assert_int_equal(s.io, 0);
    sw_io_set_enabled(source, true);
    assert_int_equal(sw_loop_turn(s.loop, -1, NULL), 1);
    assert_int_equal(s.io, 1);
    sw_source_free(source);
    sw_loop_free(s.loop);
    close(fd);
}

static void deferred_work_waits_for_what_is_ready_and_runs_once_each_time_it_is_asked(void **state)
{
    struct seen s = {.loop = make()};
    struct sw_source *io = NULL;
    int fd = eventfd(1, EFD_CLOEXEC);

    (void) state;
    assert_int_equal(sw_loop_add_defer(s.loop, on_defer, &s, &s.defer, NULL), SW_OK);
    assert_int_equal(sw_loop_add_io(s.loop, fd, EPOLLIN, on_io, &s, &io, NULL), SW_OK);
    while (sw_loop_turn(s.loop, 0, NULL) == 1)
        ;
    assert_string_equal(s.order, "idd");
    sw_source_free(io);
    sw_source_free(s.defer);
    sw_loop_free(s.loop);
    close(fd);
}

static void a_signal_becomes_an_event(void **state)
{
    struct seen s = {.loop = make()};
    struct sw_source *source = NULL;

    (void) state;
    assert_int_equal(sw_loop_add_signal(s.loop, SIGUSR1, on_signal, &s, &source, NULL), SW_OK);
    raise(SIGUSR1);
    assert_int_equal(sw_loop_run(s.loop, NULL, NULL), SW_OK);
    assert_int_equal(s.signals, 1);
    sw_source_free(source);
    sw_loop_free(s.loop);
}

static void a_descriptor_that_is_none_gives_a_sentence(void **state)
{
    struct sw_loop *loop = make();
    struct sw_source *source = NULL;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_loop_add_io(loop, -1, EPOLLIN, on_io, NULL, &source, &err), SW_E_IO);
    assert_non_null(strstr(err.msg, "event loop"));
    assert_null(source);
    sw_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_an_arming_and_may_arm_itself),
        cmocka_unit_test(a_disarmed_timer_stays_silent_and_one_of_the_past_fires_at_once),
        cmocka_unit_test(a_descriptor_wakes_the_loop_until_its_source_is_freed),
        cmocka_unit_test(a_descriptor_that_is_switched_off_keeps_what_it_has_until_it_is_on_again),
        cmocka_unit_test(deferred_work_waits_for_what_is_ready_and_runs_once_each_time_it_is_asked),
        cmocka_unit_test(a_signal_becomes_an_event),
        cmocka_unit_test(a_descriptor_that_is_none_gives_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
