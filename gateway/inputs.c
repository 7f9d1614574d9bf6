// SPDX-License-Identifier: Apache-2.0
/* Contacts on lines of the machine, in the core's loop: opens them, turns their edges into readings at the edge's own
 * time, says the present level again each interval, and opens a line that is lost anew at growing intervals. Lines are
 * sensors/gpio.h's, debouncing and counting sensors/input.h's, what a reading means the engine's business. */
#include "gateway/core.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "config/text.h"
#include "gateway/alerts.h"
#include "sensors/input.h"

#define BURST 10                    /* changes that are told … */
#define BURST_US (10 * SW_US_PER_S) /* … within this time; more are a storm */
#define RETRY_MIN_US SW_US_PER_S    /* a lost line: first look */
#define RETRY_MAX_US (60 * SW_US_PER_S)
#define EDGES_A_TAKE 16 /* as deep as the kernel's queue */
#define TAKES_A_TURN 4
#define TURNS_A_SECOND 200 /* more, and the line is left alone for a while after each */
#define PAUSE_US (50 * SW_US_PER_MS)
#define TIMER_SLACK_US 1000

struct input {
    struct sw_core *c;
    const struct sw_device_conf *conf;
    uint16_t sensor;
    uint8_t quantity;
    double value, mm_per_pulse;
    int64_t interval_us; /* domain */

    struct sw_gpio *line; /* NULL = lost, or never there */
    struct sw_input_line state;
    struct sw_source *io, *timer;
    bool wants_level;              /* edges were lost: read it once the queue is empty */
    int64_t retry_us, backoff_us;  /* real, while the line is lost */
    int64_t due_us;                /* domain: when the level is said again */
    int64_t counted_us;            /* domain, of a gauge: since when … */
    uint64_t counted, storm_began; /* … pulses beyond these count; changes when the storm began */
    int64_t second_us, resume_us;  /* real: turns are counted since; left alone until, 0 = not */
    unsigned turns;
    struct sw_complaint complaint;
};

struct core_inputs {
    size_t n;
    struct input list[]; /* pointers to them are the callbacks' contexts */
};

/* ---- readings ---- */

static void post(struct input *in, int64_t t_real_us, double value, char flag)
{
    struct sw_reading r = {
        .value = flag == 'N' ? value : NAN,
        .sensor = in->sensor,
        .quantity = in->quantity,
        .time_quality = sw_clock_quality(in->c->clock),
        .flag = flag,
    };

    sw_clock_at(in->c->clock, SW_MIN(t_real_us, sw_mono_real_us()), &r.t_utc_us, &r.t_mono_us);
    sw_mailbox_post(in->c->readings, &r, 1, false); /* full: dropped and counted there; the level is said again */
}

static void post_level(struct input *in, int64_t t_real_us, bool is_active)
{
    if (in->mm_per_pulse == 0)
        post(in, t_real_us, is_active ? in->value : 0.0, 'N');
}

/* Rain since it was last said. The first interval after the line was opened is not a whole one: it waits for the next.
 */
static void post_rain(struct input *in, int64_t now_us, int64_t now_domain_us)
{
    const int64_t elapsed_us = now_domain_us - in->counted_us;
    const double rain = sw_input_rain(in->state.pulses - in->counted, in->mm_per_pulse, elapsed_us);

    if (elapsed_us < in->interval_us * 9 / 10)
        return;
    in->counted_us = now_domain_us;
    in->counted = in->state.pulses;
    post(in, now_us, rain, rain <= sw_quantity_info(in->quantity)->max && !in->state.is_storming ? 'N' : 'D');
}

static void say_again(struct input *in, int64_t now_us, int64_t now_domain_us)
{
    if (in->line == NULL)
        post(in, now_us, NAN, 'B');
    else if (in->mm_per_pulse != 0)
        post_rain(in, now_us, now_domain_us);
    else if (in->state.is_storming || in->state.level < 0)
        post(in, now_us, NAN, 'D');
    else
        post_level(in, now_us, in->state.level == 1);
}

/* @param why  NULL: it is well again */
static void alert(struct input *in, enum sw_alert_code code, const char *why)
{
    struct sw_alert a = {.code = code, .is_active = why != NULL};

    (void) snprintf(a.subject, sizeof(a.subject), "device/%s", in->conf->id);
    (void) snprintf(a.name, sizeof(a.name), "%s", in->conf->name);
    if (why != NULL)
        (void) snprintf(a.detail, sizeof(a.detail), "%.*s", sw_text_clip(why, sizeof(a.detail) - 1), why);
    core_alert(in->c, &a);
}

static void begin_storm(struct input *in, int64_t t_us)
{
    char why[80];

    in->storm_began = in->state.changes;
    if (in->mm_per_pulse == 0)
        post(in, t_us, NAN, 'D');
    (void) snprintf(why, sizeof(why), "more than %u changes in %d s", in->state.conf.burst,
                    (int) (BURST_US / SW_US_PER_S));
    sw_log(SW_LOG_WARNING, "%s: %s: they are only counted until it is calm", in->conf->id, why);
    alert(in, SW_ALERT_INPUT_STORM, why);
}

static void take_events(struct input *in, const struct sw_input_event *events, size_t n)
{
    const char *id = in->conf->id;

    for (size_t i = 0; i < n; i++) {
        const struct sw_input_event *e = &events[i];

        if (e->kind == SW_INPUT_CHANGE) {
            post_level(in, e->t_us, e->is_active);
        } else if (e->kind == SW_INPUT_STORM) {
            begin_storm(in, e->t_us);
        } else {
            sw_log(SW_LOG_NOTICE, "%s: calm again after %llu changes that were only counted", id,
                   (unsigned long long) (in->state.changes - in->storm_began + 1));
            alert(in, SW_ALERT_INPUT_STORM, NULL);
            if (i + 1 == n)
                post_level(in, e->t_us, e->is_active); /* else the change that follows says it */
        }
    }
}

/* ---- the line ---- */

/* The kernel wakes nobody who waits on a chip that is unplugged, and a line that is still held keeps it from coming
 * back: when one line is gone, the others of its chip are looked at now. */
static void look_at_others(const struct input *in, int64_t now_us)
{
    struct core_inputs *all = in->c->inputs;

    for (size_t i = 0; i < all->n; i++) {
        struct input *other = &all->list[i];

        if (other == in || other->line == NULL || strcmp(other->conf->line.chip, in->conf->line.chip) != 0)
            continue;
        other->wants_level = true;
        sw_timer_arm(other->timer, now_us, TIMER_SLACK_US, NULL);
    }
}

static void lose(struct input *in, int64_t now_us, const struct sw_err *why)
{
    const bool was_there = in->line != NULL;

    sw_complain(&in->complaint, now_us, SW_LOG_WARNING, "%s: %s; it is looked for again and again", in->conf->id,
                why->msg);
    alert(in, SW_ALERT_GPIO_LOST, why->msg);
    alert(in, SW_ALERT_INPUT_STORM, NULL);
    in->io = sw_source_free(in->io);
    in->line = sw_gpio_close(in->line);
    sw_input_lose(&in->state);
    in->resume_us = 0;
    in->backoff_us = in->backoff_us == 0 ? RETRY_MIN_US : SW_MIN(in->backoff_us * 2, RETRY_MAX_US);
    in->retry_us = now_us + in->backoff_us;
    if (was_there)
        look_at_others(in, now_us);
}

static void take_level(struct input *in, int64_t now_us)
{
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_err err = {0};
    const int level = sw_gpio_get(in->line, &err);

    in->wants_level = false;
    if (level < 0) {
        lose(in, now_us, &err);
        post(in, now_us, NAN, 'B');
    } else if (level != in->state.raw) {
        take_events(in, events, sw_input_edge(&in->state, now_us, level == 1, events));
    }
}

/* What waits in the line's queue, as far as one turn may go, and then the time that passed. */
static void drain(struct input *in)
{
    const int64_t now_us = sw_mono_real_us(); /* first: what happened until here is in the queue */
    struct sw_input_event events[SW_INPUT_EVENTS_MAX];
    struct sw_gpio_edge edges[EDGES_A_TAKE];
    struct sw_err err = {0};
    int n = EDGES_A_TAKE;

    for (int k = 0; k < TAKES_A_TURN && n == EDGES_A_TAKE; k++) {
        bool is_lost = false;

        n = sw_gpio_take(in->line, edges, EDGES_A_TAKE, &is_lost, &err);
        in->wants_level |= is_lost;
        for (int i = 0; i < n; i++)
            take_events(in, events,
                        sw_input_edge(&in->state, SW_MIN(edges[i].t_mono_us, now_us), edges[i].is_active, events));
    }
    if (n < 0) {
        lose(in, now_us, &err);
        post(in, now_us, NAN, 'B');
        return;
    }
    if (in->wants_level && n < EDGES_A_TAKE)
        take_level(in, now_us);
    if (in->line != NULL && n < EDGES_A_TAKE)
        take_events(in, events, sw_input_pass(&in->state, now_us, events));
}

static int64_t real_of_domain(const struct input *in, int64_t due_us)
{
    return sw_mono_real_us() + sw_clock_real_interval_us(in->c->clock, due_us - sw_clock_mono_us(in->c->clock));
}

static void arm(struct input *in)
{
    int64_t due_us = real_of_domain(in, in->due_us);

    if (in->line == NULL)
        due_us = SW_MIN(due_us, in->retry_us);
    else if (in->resume_us != 0)
        due_us = SW_MIN(due_us, in->resume_us);
    else
        due_us = SW_MIN(due_us, sw_input_due_us(&in->state));
    sw_timer_arm(in->timer, due_us, TIMER_SLACK_US, NULL);
}

/* A line that never rests must not have the whole loop: after so many turns it is left alone for a moment each time.
 * What the kernel's queue then loses shows when it is taken again, and the level is read. */
static void brake(struct input *in)
{
    const int64_t now_us = sw_mono_real_us();

    if (now_us - in->second_us >= SW_US_PER_S) {
        in->second_us = now_us;
        in->turns = 0;
    }
    if (in->line == NULL || ++in->turns <= TURNS_A_SECOND)
        return;
    sw_io_set_enabled(in->io, false);
    in->resume_us = now_us + PAUSE_US;
}

static void on_edges(void *ctx, int fd, uint32_t events)
{
    struct input *in = ctx;

    (void) fd;
    (void) events; /* an error shows when the edges are taken */
    drain(in);
    brake(in);
    arm(in);
}

/* Watched first, then read: an edge between the two is told twice at worst, and counts once. */
static void try_open(struct input *in, int64_t now_us)
{
    struct sw_err err = {0};
    int rc = sw_gpio_open_input(&in->conf->line, &in->line, &err);

    if (rc >= 0)
        rc = sw_loop_add_io(in->c->loop, sw_gpio_fd(in->line), EPOLLIN | EPOLLPRI, on_edges, in, &in->io, &err);
    if (rc < 0) {
        lose(in, now_us, &err);
        return;
    }
    take_level(in, now_us);
    if (in->line == NULL)
        return;
    sw_complain_clear(&in->complaint, SW_LOG_NOTICE, "%s: its line is there again", in->conf->id);
    alert(in, SW_ALERT_GPIO_LOST, NULL);
    alert(in, SW_ALERT_INPUT_STORM, NULL); /* of a run before: seen anew if it goes on */
    in->backoff_us = 0;
    in->counted = in->state.pulses;
    in->counted_us = sw_clock_mono_us(in->c->clock);
}

static void on_timer(void *ctx, int64_t due_us)
{
    struct input *in = ctx;
    const int64_t now_us = sw_mono_real_us();
    const int64_t domain_us = sw_clock_mono_us(in->c->clock);

    (void) due_us;
    if (in->line == NULL && now_us >= in->retry_us) {
        try_open(in, now_us);
    } else if (in->line != NULL && (in->resume_us == 0 || now_us >= in->resume_us)) {
        if (in->resume_us != 0)
            sw_io_set_enabled(in->io, true);
        in->resume_us = 0;
        drain(in);
    }
    if (domain_us >= in->due_us) {
        uint64_t skipped;

        if (in->line != NULL && in->resume_us == 0)
            take_level(in, now_us); /* should an edge have been lost without a trace, it ends here */
        say_again(in, now_us, domain_us);
        in->due_us =
            sw_device_next_due(in->due_us, sw_clock_utc_us(in->c->clock), domain_us, in->interval_us, &skipped);
    }
    arm(in);
}

/* ---- life ---- */

static int start_input(struct sw_core *c, struct input *in, const struct sw_device_conf *conf, size_t sensor,
                       struct sw_err *err)
{
    const struct sw_contact *contact = &conf->template_->channels[c->site->sensors[sensor].channel].contact;
    const struct sw_input_conf how = {
        .debounce_us = conf->debounce_ms * SW_US_PER_MS,
        .burst = conf->mm_per_pulse != 0 ? SW_INPUT_BURST_MAX : BURST, /* of a gauge: no rain on earth makes so many */
        .window_us = BURST_US,
    };
    const int64_t now_us = sw_mono_real_us();
    uint64_t skipped;
    int rc;

    *in = (struct input){
        .c = c,
        .conf = conf,
        .sensor = (uint16_t) sensor,
        .quantity = (uint8_t) c->site->sensors[sensor].level,
        .value = contact->value,
        .mm_per_pulse = conf->mm_per_pulse,
        .interval_us = c->site->sensors[sensor].interval_us,
        .second_us = now_us,
    };
    in->due_us =
        sw_device_next_due(INT64_MIN, sw_clock_utc_us(c->clock), sw_clock_mono_us(c->clock), in->interval_us, &skipped);
    sw_input_init(&in->state, &how);
    rc = sw_loop_add_timer(c->loop, on_timer, in, &in->timer, err);
    if (rc < 0)
        return rc;
    try_open(in, now_us); /* a line that is not there yet keeps nobody waiting */
    if (in->line == NULL)
        post(in, now_us, NAN, 'B');
    arm(in);
    return SW_OK;
}

int core_inputs_new(struct sw_core *c, struct sw_err *err)
{
    const struct sw_site *site = c->site;
    size_t n = 0;
    int rc = SW_OK;

    for (size_t i = 0; i < site->n_sensors; i++)
        n += site->sensors[i].device >= 0 && site->devices[site->sensors[i].device].is_contact;
    c->inputs = calloc(1, sizeof(*c->inputs) + n * sizeof(c->inputs->list[0]));
    if (c->inputs == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "inputs: out of memory");
    for (size_t i = 0; rc >= 0 && i < site->n_sensors; i++) {
        const struct sw_device_conf *conf =
            site->sensors[i].device >= 0 ? &site->devices[site->sensors[i].device] : NULL;

        if (conf != NULL && conf->is_contact)
            rc = start_input(c, &c->inputs->list[c->inputs->n++], conf, i, err);
    }
    return rc;
}

const char *core_input_state(const struct sw_core *c, size_t sensor)
{
    for (size_t i = 0; c->inputs != NULL && i < c->inputs->n; i++) {
        const struct input *in = &c->inputs->list[i];

        if (in->sensor == sensor)
            return in->line == NULL || in->state.is_storming ? "fault" : "normal";
    }
    return NULL;
}

void core_inputs_free(struct sw_core *c)
{
    for (size_t i = 0; c->inputs != NULL && i < c->inputs->n; i++) {
        struct input *in = &c->inputs->list[i];

        sw_source_free(in->io);
        sw_source_free(in->timer);
        sw_gpio_close(in->line);
    }
    free(c->inputs);
    c->inputs = NULL;
}
