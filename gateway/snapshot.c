// SPDX-License-Identifier: Apache-2.0
/* One picture a camera at a time, two in all, eight waiting; what asks too soon is counted and gets none. Everything
 * here is a step of the core's loop: nothing waits for a camera or a disk. */
#include "gateway/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/ident.h"
#include "gateway/alerts.h"
#include "gateway/core.h"
#include "gateway/snapshot_files.h"
#include "gateway/snapshot_run.h"

#define ALERT_AFTER 3               /* failures in a row */
#define STALE_US (60 * SW_US_PER_S) /* what was asked for that long ago is not to be seen any more */

/* What asked for a picture. */
struct request {
    uint16_t sensor; /* where the event document goes */
    bool has_sensor;
    char trigger[SW_ID_SIZE]; /* the sensor that asked; "" = a ticket did */
    char event[16], ticket[16];
    struct sw_work work;
    int64_t asked_us;      /* engine time */
    int64_t asked_mono_us; /* real */
};

enum phase { PHASE_IDLE, PHASE_WAITING, PHASE_RUNNING, PHASE_STORING };

struct camera {
    const struct sw_camera_conf *conf;
    enum phase phase;
    struct request rq;
    struct sw_snapshot_reply reply; /* from RUNNING on */
    int64_t taken_us, latency_ms;
    int64_t next_mono_us; /* least_interval after the last start */
    uint64_t taken_total, failed_total, superseded_total;
    int64_t last_latency_ms; /* -1 = none yet */
    int failures;            /* in a row */
    char error[SW_ALERT_DETAIL_SIZE];
    struct sw_complaint complaint;
};

struct slot {
    struct core_snapshots *all;
    struct camera *camera; /* NULL = free */
    struct sw_snapshot_run run;
    struct sw_source *out_source, *exit_source, *deadline_source;
};

struct core_snapshots {
    struct sw_core *core;
    struct camera *cameras;
    size_t n_waiting;
    struct camera *waiting[CORE_SNAPSHOTS_QUEUE];
    struct slot slots[CORE_SNAPSHOTS_AT_ONCE];
    struct sw_media_files *files;
    struct sw_source *files_source;
    bool is_weak; /* told already that the sandbox lacks a part */
    bool is_stopping;
};

/* ---- what is told ---- */

/* @return it is on record */
static bool put_row(struct core_snapshots *s, const struct camera *cam, const char *sha256, const char *error)
{
    struct sw_store_media m = {
        .kind = "image",
        .bytes = *sha256 ? cam->reply.bytes : -1,
        .requested_us = cam->rq.asked_us,
        .taken_us = *sha256 ? cam->taken_us : -1,
        .latency_ms = cam->latency_ms,
        .first_byte_ms = cam->reply.first_byte_us > 0 ? cam->reply.first_byte_us / SW_US_PER_MS : -1,
        .status = cam->reply.status > 0 ? cam->reply.status : -1,
    };
    int rc;

    (void) snprintf(m.sha256, sizeof(m.sha256), "%s", sha256);
    (void) snprintf(m.content_type, sizeof(m.content_type), "%s", *sha256 ? cam->reply.type : "");
    (void) snprintf(m.camera, sizeof(m.camera), "%s", cam->conf->id);
    (void) snprintf(m.sensor, sizeof(m.sensor), "%s", cam->rq.trigger);
    (void) snprintf(m.event, sizeof(m.event), "%s", cam->rq.event);
    (void) snprintf(m.ticket, sizeof(m.ticket), "%s", cam->rq.ticket);
    (void) snprintf(m.error, sizeof(m.error), "%.*s", (int) sizeof(m.error) - 1, error);
    rc = sw_store_put_media(s->core->store, &m);
    if (rc < 0)
        sw_log(SW_LOG_ERR, "camera %s: what came of a picture is not on record: %s", cam->conf->id,
               sw_code_name((enum sw_code) rc));
    s->core->wants_commit = true;
    return rc >= 0;
}

/* The ticket's evidence. A replay feeds it again, from the row and at the same instant. */
static void tell_ticket(struct core_snapshots *s, const struct camera *cam, const char *sha256)
{
    struct sw_ticket_media m = {.evidence = {.at_us = cam->taken_us, .bytes = cam->reply.bytes, .kind = "image"}};
    const struct sw_input in = {.kind = SW_INPUT_MEDIA, .t_us = cam->taken_us, .media = &m};

    (void) snprintf(m.ticket, sizeof(m.ticket), "%s", cam->rq.ticket);
    (void) snprintf(m.evidence.sha256, sizeof(m.evidence.sha256), "%.64s", sha256);
    sw_id_derive(&sha256, 1, 0, m.evidence.id);
    core_feed(s->core, &in, NULL);
}

static void tell_event(struct core_snapshots *s, const struct camera *cam, const char *sha256)
{
    struct sw_media_event v = {.camera = cam->conf->id,
                               .of = cam->rq.event,
                               .ticket = cam->rq.ticket,
                               .sha256 = sha256,
                               .type = cam->reply.type,
                               .work = cam->rq.work,
                               .count = cam->taken_total,
                               .bytes = cam->reply.bytes,
                               .taken_us = cam->taken_us,
                               .latency_ms = cam->latency_ms};
    const char *const parts[] = {cam->conf->id, cam->rq.event, cam->rq.ticket, sha256};

    sw_id_derive(parts, SW_ARRAY_SIZE(parts), (uint64_t) cam->rq.asked_us, v.id);
    sw_id_derive(&sha256, 1, 0, v.media_id);
    if (cam->rq.has_sensor)
        core_publish_media(s->core, cam->rq.sensor, &v, cam->taken_us);
}

static void tell_alert(struct core_snapshots *s, const struct camera *cam, bool is_active)
{
    struct sw_alert a = {.code = SW_ALERT_CAMERA, .is_active = is_active};

    (void) snprintf(a.subject, sizeof(a.subject), "camera/%s", cam->conf->id);
    (void) snprintf(a.detail, sizeof(a.detail), "%s", is_active ? cam->error : "");
    core_alert(s->core, &a);
}

/* ---- how an attempt ends ---- */

static void fail(struct core_snapshots *s, struct camera *cam, const char *why)
{
    cam->failed_total++;
    cam->failures++;
    cam->phase = PHASE_IDLE;
    (void) snprintf(cam->error, sizeof(cam->error), "%.*s", (int) sizeof(cam->error) - 1, why);
    (void) put_row(s, cam, "", why);
    sw_complain(&cam->complaint, sw_mono_real_us(), SW_LOG_WARNING, "camera %s: %s", cam->conf->id, why);
    if (cam->failures >= ALERT_AFTER)
        tell_alert(s, cam, true);
}

static void succeed(struct core_snapshots *s, struct camera *cam, const char *sha256)
{
    cam->taken_total++;
    cam->phase = PHASE_IDLE;
    cam->last_latency_ms = cam->latency_ms;
    cam->error[0] = '\0';
    cam->taken_us = core_next_instant_us(s->core);
    if (put_row(s, cam, sha256, "") && cam->rq.ticket[0])
        tell_ticket(s, cam, sha256);
    tell_event(s, cam, sha256);
    sw_complain_clear(&cam->complaint, SW_LOG_NOTICE, "camera %s: pictures come again", cam->conf->id);
    tell_alert(s, cam, false); /* it may be one of the run before */
    cam->failures = 0;
}

static void take_files(struct core_snapshots *s)
{
    struct sw_media_done done;

    while (sw_mailbox_take(sw_media_files_results(s->files), &done, 1)) {
        if (done.kind == SW_MEDIA_GONE)
            (void) sw_store_put_media_gone(s->core->store, done.sha256, sw_clock_utc_us(s->core->clock));
        else if (done.kind == SW_MEDIA_KEPT)
            succeed(s, &s->cameras[done.tag], done.sha256);
        else
            fail(s, &s->cameras[done.tag], done.error);
    }
}

static void on_files(void *ctx, int fd, uint32_t events)
{
    struct core_snapshots *s = ctx;

    (void) fd;
    (void) events;
    take_files(s);
    core_end_turn(s->core);
}

/* ---- the child ---- */

static void start_waiting(struct core_snapshots *s);

static void drop_sources(struct slot *slot)
{
    slot->out_source = sw_source_free(slot->out_source);
    slot->exit_source = sw_source_free(slot->exit_source);
    sw_timer_disarm(slot->deadline_source);
}

static void child_ended(struct slot *slot)
{
    struct core_snapshots *s = slot->all;
    struct camera *cam = slot->camera;
    unsigned char *picture = NULL;
    struct sw_err err = {0};
    int rc;

    drop_sources(slot);
    rc = sw_snapshot_run_finish(&slot->run, &cam->reply, &picture, &err);
    slot->camera = NULL;
    cam->latency_ms = (sw_mono_real_us() - cam->rq.asked_mono_us) / SW_US_PER_MS;
    if (cam->reply.magic == SW_SNAPSHOT_MAGIC && cam->reply.sandbox != SW_SANDBOX_ALL && !s->is_weak) {
        char lacks[64];

        s->is_weak = true;
        sw_snapshot_lacks(cam->reply.sandbox, lacks, sizeof(lacks));
        sw_log(SW_LOG_NOTICE,
               "siteward-snapshot runs without %s: an old kernel, or a service unit that forbids the calls for it",
               lacks);
    }
    if (rc < 0) {
        fail(s, cam, s->is_stopping ? "the gateway was stopped before the picture came" : err.msg);
    } else {
        cam->phase = PHASE_STORING;
        if (!sw_media_files_put(s->files, (uint32_t) (cam - s->cameras), picture, (size_t) cam->reply.bytes,
                                cam->reply.type))
            fail(s, cam, "the disk is too far behind to take a picture");
    }
    if (!s->is_stopping)
        start_waiting(s);
    core_end_turn(s->core);
}

static void on_output(void *ctx, int fd, uint32_t events)
{
    struct slot *slot = ctx;

    (void) fd;
    (void) events;
    if (sw_snapshot_run_read(&slot->run)) /* its end is told by the other descriptor */
        slot->out_source = sw_source_free(slot->out_source);
}

static void on_exit_of_child(void *ctx, int fd, uint32_t events)
{
    (void) fd;
    (void) events;
    child_ended(ctx);
}

static void on_deadline(void *ctx, int64_t due_us)
{
    (void) due_us;
    sw_snapshot_run_kill(&((struct slot *) ctx)->run); /* and then it has ended */
}

static int watch(struct slot *slot, struct sw_err *err)
{
    struct sw_loop *loop = slot->all->core->loop;
    int rc = sw_loop_add_io(loop, slot->run.out_fd, EPOLLIN, on_output, slot, &slot->out_source, err);

    if (rc >= 0)
        rc = sw_loop_add_io(loop, slot->run.exit_fd, EPOLLIN, on_exit_of_child, slot, &slot->exit_source, err);
    return rc < 0 ? rc : sw_timer_arm(slot->deadline_source, slot->run.deadline_us, SW_US_PER_MS, err);
}

static void start(struct slot *slot, struct camera *cam)
{
    struct sw_snapshot_job job;
    struct sw_err err = {0};
    int rc = core_snapshot_job(cam->conf, &job, &err);

    cam->phase = PHASE_RUNNING;
    cam->reply = (struct sw_snapshot_reply){0};
    cam->latency_ms = -1;
    cam->next_mono_us = sw_mono_real_us() + cam->conf->least_interval_ms * SW_US_PER_MS;
    if (rc >= 0)
        rc = sw_snapshot_run_start(&slot->run, &job, &err);
    explicit_bzero(&job, sizeof(job));
    if (rc < 0) {
        fail(slot->all, cam, err.msg);
        return;
    }
    slot->camera = cam;
    rc = watch(slot, &err);
    if (rc < 0) { /* nobody would hear of its end */
        unsigned char *unwanted = NULL;

        drop_sources(slot);
        (void) sw_snapshot_run_finish(&slot->run, &cam->reply, &unwanted, NULL);
        free(unwanted);
        slot->camera = NULL;
        fail(slot->all, cam, err.msg);
    }
}

/* ---- who waits ---- */

static void start_waiting(struct core_snapshots *s)
{
    for (size_t i = 0; i < CORE_SNAPSHOTS_AT_ONCE; i++) {
        while (s->slots[i].camera == NULL && s->n_waiting > 0) {
            struct camera *cam = s->waiting[0];

            memmove(s->waiting, s->waiting + 1, --s->n_waiting * sizeof(*s->waiting));
            start(&s->slots[i], cam);
        }
    }
}

static void ask(struct core_snapshots *s, struct camera *cam, const struct request *rq)
{
    if (cam->phase != PHASE_IDLE || rq->asked_mono_us < cam->next_mono_us || s->n_waiting == CORE_SNAPSHOTS_QUEUE) {
        cam->superseded_total++;
        return;
    }
    cam->rq = *rq;
    cam->phase = PHASE_WAITING;
    s->waiting[s->n_waiting++] = cam;
    start_waiting(s);
}

static bool is_asked_by(const struct sw_camera_conf *conf, uint16_t sensor)
{
    for (size_t i = 0; i < conf->n_on; i++)
        if (conf->on[i] == sensor)
            return true;
    return false;
}

static void ask_by_sensor(struct core_snapshots *s, const struct sw_effect *fx, struct request *rq)
{
    const struct sw_core *c = s->core;

    rq->has_sensor = true;
    rq->sensor = fx->input.sensor;
    rq->work = fx->input.work;
    (void) snprintf(rq->trigger, sizeof(rq->trigger), "%s", c->site->sensors[rq->sensor].id);
    (void) snprintf(rq->event, sizeof(rq->event), "%s", fx->input.id);
    for (size_t i = 0; i < c->site->n_cameras; i++)
        if (is_asked_by(s->cameras[i].conf, rq->sensor))
            ask(s, &s->cameras[i], rq);
}

/* The event document of a ticket's picture goes to the sensor that the ticket speaks of. */
static void ask_by_ticket(struct core_snapshots *s, const struct sw_effect *fx, struct request *rq)
{
    const struct sw_core *c = s->core;
    const struct sw_ticket *t = sw_desk_find(sw_engine_desk(c->engine), fx->event.ticket);
    const int sensor = t ? sw_site_sensor(c->site, t->sensor, strlen(t->sensor)) : -1;

    (void) snprintf(rq->ticket, sizeof(rq->ticket), "%s", fx->event.ticket);
    if (sensor >= 0) {
        rq->has_sensor = true;
        rq->sensor = (uint16_t) sensor;
        rq->work = t->work;
    }
    for (size_t i = 0; i < c->site->n_cameras; i++)
        if (s->cameras[i].conf->on_tickets)
            ask(s, &s->cameras[i], rq);
}

void core_snapshot_effect(struct sw_core *c, const struct sw_effect *fx)
{
    struct core_snapshots *s = c->snapshots;
    struct request rq = {.asked_us = fx->ts_us, .asked_mono_us = sw_mono_real_us()};
    const bool is_late = !c->clock->simulated && sw_clock_utc_us(c->clock) > fx->ts_us + STALE_US;

    if (!s || is_late || s->is_stopping)
        return;
    if (fx->kind == SW_EFFECT_SENSOR_EVENT && fx->input.active)
        ask_by_sensor(s, fx, &rq);
    else if (fx->kind == SW_EFFECT_TICKET_EVENT && (fx->event.verb == SW_VERB_OPEN || fx->event.verb == SW_VERB_EXCEED))
        ask_by_ticket(s, fx, &rq);
}

/* ---- life ---- */

int core_snapshots_new(struct sw_core *c, struct sw_err *err)
{
    const struct sw_site *site = c->site;
    struct core_snapshots *s;
    int rc = SW_OK;

    if (site->n_cameras == 0)
        return SW_OK;
    s = calloc(1, sizeof(*s));
    c->snapshots = s;
    if (s)
        s->cameras = calloc(site->n_cameras, sizeof(*s->cameras));
    if (!s || !s->cameras)
        return sw_err_set(err, SW_E_NOMEM, 0, "cameras: out of memory");
    s->core = c;
    for (size_t i = 0; i < site->n_cameras; i++)
        s->cameras[i] = (struct camera){.conf = &site->cameras[i], .last_latency_ms = -1};
    for (size_t i = 0; i < CORE_SNAPSHOTS_AT_ONCE && rc >= 0; i++) {
        s->slots[i].all = s;
        s->slots[i].run.out_fd = s->slots[i].run.exit_fd = -1;
        rc = sw_loop_add_timer(c->loop, on_deadline, &s->slots[i], &s->slots[i].deadline_source, err);
    }
    if (rc >= 0)
        rc = sw_media_files_new(site->data_dir, c->store, site->media_max_bytes, &s->files, err);
    if (rc >= 0)
        rc = sw_loop_add_io(c->loop, sw_mailbox_fd(sw_media_files_results(s->files)), EPOLLIN, on_files, s,
                            &s->files_source, err);
    return rc;
}

void core_snapshots_stop(struct sw_core *c)
{
    struct core_snapshots *s = c->snapshots;

    if (!s || s->is_stopping)
        return;
    s->is_stopping = true;
    for (size_t i = 0; i < CORE_SNAPSHOTS_AT_ONCE; i++) {
        if (!s->slots[i].camera)
            continue;
        sw_snapshot_run_kill(&s->slots[i].run);
        child_ended(&s->slots[i]);
    }
    s->files_source = sw_source_free(s->files_source);
    sw_media_files_stop(s->files);
    if (s->files)
        take_files(s);
}

void core_snapshots_free(struct sw_core *c)
{
    struct core_snapshots *s = c->snapshots;

    if (!s)
        return;
    core_snapshots_stop(c);
    for (size_t i = 0; i < CORE_SNAPSHOTS_AT_ONCE; i++)
        sw_source_free(s->slots[i].deadline_source);
    sw_media_files_free(s->files);
    free(s->cameras);
    free(s);
    c->snapshots = NULL;
}

/* ---- what is shown ---- */

void core_snapshots_write(const struct sw_core *c, struct sw_jsonw *w)
{
    sw_jsonw_array(w, "cameras");
    for (size_t i = 0; c->snapshots && i < c->site->n_cameras; i++) {
        const struct camera *cam = &c->snapshots->cameras[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", cam->conf->id);
        sw_jsonw_uint(w, "taken", cam->taken_total);
        sw_jsonw_uint(w, "failed", cam->failed_total);
        sw_jsonw_uint(w, "superseded", cam->superseded_total);
        if (cam->last_latency_ms >= 0)
            sw_jsonw_int(w, "latency_ms", cam->last_latency_ms);
        else
            sw_jsonw_null(w, "latency_ms");
        if (*cam->error)
            sw_jsonw_str(w, "error", cam->error);
        else
            sw_jsonw_null(w, "error");
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

bool core_page_media(const struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    static const char prefix[] = "/api/v1/media/";
    int64_t bytes = 0;
    const char *type = NULL;
    int fd;

    if (strncmp(req->path, prefix, sizeof(prefix) - 1) != 0)
        return false;
    if (strcmp(req->method, "GET") != 0) {
        sw_http_problem(res, 405, "%s can only be read", req->path);
        res->allow = "GET, HEAD";
        return true;
    }
    fd = sw_media_files_open(c->site->data_dir, req->path + sizeof(prefix) - 1, &bytes, &type);
    if (fd == SW_E_INVAL)
        sw_http_problem(res, 404, "a picture is named by its SHA-256, 64 digits 0-9 a-f");
    else if (fd < 0)
        sw_http_problem(res, 404, "no picture of that hash is kept: it never was, or went for want of room");
    else
        sw_http_send_file(res, fd, bytes, type);
    return true;
}
