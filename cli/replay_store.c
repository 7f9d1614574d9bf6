// SPDX-License-Identifier: Apache-2.0
/* `siteward replay --store`: a gateway's own store through the engine again, run by run, each with the configuration
 * that it had, from its start to where it had got. Owns the order of the inputs; a start is gateway/restore.c's. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/printer.h"
#include "cli/replay.h"
#include "cli/replay_config.h"
#include "cli/replay_given.h"
#include "cli/replay_image.h"
#include "common/ident.h"
#include "common/macros.h"
#include "gateway/schedule_text.h"

#define NAME SW_REPLAY_NAME
#define OUTPUT_BUFFER (1 << 20)
#define FX_MAX (4 * SW_EFFECTS_MIN)
#define RUNS_MAX 4096
#define CHANGES_MAX 4096

struct runs {
    struct sw_store_run *run;
    size_t n;
    bool is_cut; /* there were more */
};

/* When the schedule changed, in order. */
struct changes {
    int64_t at_us[CHANGES_MAX];
    size_t n, next;
    bool is_cut; /* there were more */
};

/* Pictures that came for tickets, in order. */
struct pictures {
    struct sw_ticket_media *media;
    size_t n, cap, next;
};

struct replay {
    const struct sw_replay_options *o;
    char path[SW_PATH_SIZE];
    struct sw_image *image;
    struct runs runs;
    struct changes changes;
    struct pictures pictures;
    struct sw_replay_given given; /* commands and complaints */
    uint64_t n_readings;

    /* the run that is replayed */
    const struct sw_store_run *run;
    int64_t begun_us; /* start of the one before; 0 = none */
    struct sw_site *site;
    struct sw_store *store; /* a reader that knows the site's sensors */
    struct sw_engine *engine;
    struct sw_printer *printer;
    struct sw_schedule *schedule; /* what the engine has */
    int64_t (*marks)[SW_JUDGE_WINDOWS_MAX];
    struct sw_err *err;

    struct sw_effect fx[FX_MAX];
};

/* ---- effects ---- */

static int64_t *mark_of(void *ctx, size_t sensor, const char *period)
{
    struct replay *r = ctx;
    const struct sw_judge *judge = sw_engine_judge(r->engine, sensor);

    for (size_t i = 0; judge && i < sw_judge_n_windows(judge) && i < SW_JUDGE_WINDOWS_MAX; i++)
        if (strcmp(sw_judge_window(judge, i), period) == 0)
            return &r->marks[sensor][i];
    return NULL;
}

/* A window is published once: not again when it is rebuilt at a start. */
static bool was_published(struct replay *r, const struct sw_effect *fx)
{
    int64_t *mark = fx->kind == SW_EFFECT_WINDOW ? mark_of(r, fx->window.sensor, fx->window.period) : NULL;

    if (!mark)
        return false;
    if (fx->window.to_us <= *mark)
        return true;
    *mark = fx->window.to_us;
    return false;
}

static int take_effects(void *ctx, const struct sw_effect *fx, size_t n, bool is_quiet, struct sw_err *err)
{
    struct replay *r = ctx;
    int code = SW_OK;

    for (size_t i = 0; i < n && code >= 0; i++) {
        if ((is_quiet && fx[i].kind != SW_EFFECT_WINDOW) || was_published(r, &fx[i]))
            continue;
        code = sw_image_effect(r->image, r->engine, &fx[i], err);
        if (code >= 0)
            code = sw_printer_effects(r->printer, &fx[i], 1, err);
    }
    return code;
}

static int feed(struct replay *r, const struct sw_input *in, struct sw_err *err)
{
    bool more = true;
    int code = SW_OK;

    for (const struct sw_input *next = in; more && code >= 0; next = NULL) {
        size_t n = sw_engine_step(r->engine, next, r->fx, FX_MAX, &more);

        code = take_effects(r, r->fx, n, false, err);
    }
    return code;
}

/* ---- schedules ---- */

static int take_schedule(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    (void) revision;
    (void) at_us;
    return sw_schedule_text_read(text, len, ctx, NULL);
}

/* The schedule as it was given by then; NULL = none. */
static int load_schedule(struct replay *r, int64_t by_us, struct sw_schedule **ret, struct sw_err *err)
{
    int code;

    *ret = NULL;
    code = sw_store_load_schedule(r->store, by_us, take_schedule, ret, err);
    if (code < 0 && err->msg[0] == '\0')
        code = sw_err_set(err, SW_E_CORRUPT, 0, "%s: a schedule that the store kept cannot be read", r->path);
    return code;
}

static int note_change(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    struct changes *c = ctx;

    (void) revision;
    (void) text;
    (void) len;
    if (c->n < SW_ARRAY_SIZE(c->at_us))
        c->at_us[c->n++] = at_us;
    else
        c->is_cut = true;
    return SW_OK;
}

/* Give the schedules that came until an instant, before anything else of that instant. */
static int feed_schedules(struct replay *r, int64_t to_us, struct sw_err *err)
{
    struct changes *c = &r->changes;
    int code = SW_OK;

    for (; c->next < c->n && c->at_us[c->next] <= to_us && code >= 0; c->next++) {
        struct sw_input in = {.kind = SW_INPUT_SCHEDULE, .t_us = c->at_us[c->next]};
        struct sw_schedule *now;

        if (in.t_us <= r->run->start_us)
            continue;
        code = load_schedule(r, in.t_us, &now, err);
        if (code < 0 || !now)
            continue;
        in.schedule = now;
        code = feed(r, &in, err);
        sw_schedule_free(r->schedule);
        r->schedule = now;
    }
    return code;
}

/* ---- pictures ---- */

static int note_picture(void *ctx, const struct sw_store_media *m, bool is_gone)
{
    struct pictures *p = ctx;
    struct sw_ticket_media *to;
    const char *sha256 = m->sha256;

    (void) is_gone; /* the file may have gone since; the ticket named it */
    if (!m->ticket[0] || !m->sha256[0])
        return SW_OK;
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 64;
        struct sw_ticket_media *grown = realloc(p->media, cap * sizeof(*grown));

        if (!grown)
            return SW_E_NOMEM;
        p->media = grown;
        p->cap = cap;
    }
    to = &p->media[p->n++];
    *to = (struct sw_ticket_media){.evidence = {.at_us = m->taken_us, .bytes = m->bytes}};
    memcpy(to->ticket, m->ticket, sizeof(to->ticket));
    memcpy(to->evidence.kind, m->kind, sizeof(to->evidence.kind));
    memcpy(to->evidence.sha256, m->sha256, sizeof(to->evidence.sha256));
    sw_id_derive(&sha256, 1, 0, to->evidence.id);
    return SW_OK;
}

/* What came beside the readings until an instant, in its order: no two of them share one. @return false: nothing */
static bool next_beside(struct replay *r, int64_t to_us, struct sw_input *ret)
{
    struct pictures *p = &r->pictures;
    bool has_picture = p->next < p->n && p->media[p->next].evidence.at_us <= to_us;
    const struct sw_request_given *given =
        sw_replay_given_peek(&r->given, has_picture ? p->media[p->next].evidence.at_us : to_us);

    if (given) {
        r->given.next++;
        *ret = sw_replay_input(given);
    } else if (has_picture) {
        *ret = (struct sw_input){
            .kind = SW_INPUT_MEDIA, .t_us = p->media[p->next].evidence.at_us, .media = &p->media[p->next]};
        p->next++;
    }
    return given || has_picture;
}

static int feed_until(struct replay *r, int64_t to_us, struct sw_err *err)
{
    struct sw_input in;
    int code = SW_OK;

    while (code >= 0 && next_beside(r, to_us, &in)) {
        if (in.t_us <= r->run->start_us)
            continue;
        code = feed_schedules(r, in.t_us, err);
        if (code >= 0)
            code = feed(r, &in, err);
    }
    return code < 0 ? code : feed_schedules(r, to_us, err);
}

/* ---- one run ---- */

static int load_tickets(void *ctx, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err)
{
    return sw_image_tickets(((struct replay *) ctx)->image, since_us, fn, to, err);
}

static int load_marks(void *ctx, sw_store_watermark_fn fn, void *to, struct sw_err *err)
{
    return sw_image_marks(((struct replay *) ctx)->image, fn, to, err);
}

static int load_states(void *ctx, sw_store_state_fn fn, void *to, struct sw_err *err)
{
    return sw_image_states(((struct replay *) ctx)->image, fn, to, err);
}

static int load_complaints(void *ctx, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err)
{
    return sw_image_complaints(((struct replay *) ctx)->image, since_us, fn, to, err);
}

static int load_before(void *ctx, int64_t since_us, sw_store_reading_fn fn, void *to, struct sw_err *err)
{
    struct replay *r = ctx;

    return sw_store_load_numbers(r->store, 0, r->run->first_number, since_us, fn, to, err);
}

static int end_piece(void *ctx, struct sw_err *err)
{
    (void) ctx;
    (void) err;
    return SW_OK;
}

static int restore(struct replay *r, struct sw_err *err)
{
    static const struct sw_restore_ops ops = {.tickets = load_tickets,
                                              .marks = load_marks,
                                              .states = load_states,
                                              .readings = load_before,
                                              .complaints = load_complaints,
                                              .mark = mark_of,
                                              .effects = take_effects,
                                              .end_piece = end_piece};
    struct sw_restore p = {
        .site = r->site,
        .engine = r->engine,
        .now_us = r->run->start_us,
        .begun_us = r->begun_us,
        .ops = &ops,
        .ctx = r,
        .fx = r->fx,
        .cap = FX_MAX,
    };
    int code = load_schedule(r, r->run->start_us, &r->schedule, err);

    p.schedule = r->schedule;
    return code < 0 ? code : sw_restore_run(&p, err);
}

static int take_reading(void *ctx, const struct sw_reading *reading, int64_t arrival_us, bool is_late)
{
    struct replay *r = ctx;
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = arrival_us, .reading = *reading};
    int code = feed_until(r, arrival_us, r->err);

    (void) is_late; /* the engine finds it so again */
    r->n_readings++;
    return code < 0 ? code : feed(r, &in, r->err);
}

static int replay_inputs(struct replay *r, struct sw_err *err)
{
    const struct sw_store_run *run = r->run;
    const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = run->until_us};
    int code = restore(r, err);

    r->changes.next = 0;
    r->pictures.next = 0;
    r->given.next = 0;
    r->err = err;
    if (code >= 0)
        code =
            sw_store_load_numbers(r->store, run->first_number, run->last_number, run->start_us, take_reading, r, err);
    if (code >= 0)
        code = feed_until(r, run->until_us, err);
    if (code >= 0)
        code = feed(r, &tick, err);
    return code >= 0 && run->is_stopped ? sw_image_stop(r->image, r->engine, err) : code;
}

static int open_store(struct replay *r, const struct sw_site *site, struct sw_store **ret, struct sw_err *err)
{
    const char *ids[SW_SENSORS_MAX];
    struct sw_store_params p = {.path = r->path, .n_sensors = site ? site->n_sensors : 0, .sensor_ids = ids};

    for (size_t i = 0; i < p.n_sensors; i++)
        ids[i] = site->sensors[i].id;
    return sw_store_open_reader(&p, ret, err);
}

static int replay_run(struct replay *r, struct sw_store *store, struct sw_err *err)
{
    int code = sw_replay_config(r->o->config, store, r->run->config_sha256, &r->site, err);

    if (code >= 0)
        code = open_store(r, r->site, &r->store, err);
    if (code >= 0)
        code = sw_engine_new(r->site, &r->engine, err);
    if (code >= 0)
        code = sw_printer_new(r->engine, r->o->kinds, sw_store_facts(store)->is_simulated, stdout, &r->printer, err);
    r->marks = code >= 0 ? calloc(r->site->n_sensors + 1, sizeof(*r->marks)) : NULL;
    if (code >= 0)
        code = r->marks ? replay_inputs(r, err) : sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    free(r->marks);
    r->printer = sw_printer_free(r->printer);
    r->engine = sw_engine_free(r->engine);
    r->schedule = sw_schedule_free(r->schedule);
    r->store = sw_store_close(r->store);
    r->site = sw_site_free(r->site);
    return code;
}

/* ---- all of them ---- */

static int note_run(void *ctx, const struct sw_store_run *run)
{
    struct runs *runs = ctx;

    if (runs->n < RUNS_MAX)
        runs->run[runs->n++] = *run;
    else
        runs->is_cut = true;
    return SW_OK;
}

static int replay_all(struct replay *r, struct sw_err *err)
{
    struct sw_store *store = NULL;
    int code = open_store(r, NULL, &store, err);

    if (code >= 0)
        code = sw_store_load_runs(store, note_run, &r->runs, err);
    if (code >= 0)
        code = sw_store_load_schedules(store, note_change, &r->changes, err);
    if (code >= 0)
        code = sw_store_load_media(store, note_picture, &r->pictures, err);
    if (code >= 0)
        code = sw_replay_given_load(&r->given, store, err);
    if (code >= 0 && (r->runs.is_cut || r->changes.is_cut)) /* without all of them it would give other documents */
        code = sw_err_set(err, SW_E_FULL, 0,
                          "%s holds more than %d runs or %d changes of the schedule: too many to replay", r->path,
                          RUNS_MAX, CHANGES_MAX);
    if (code >= 0 && r->runs.n == 0)
        code = sw_err_set(err, SW_E_NODATA, 0, "%s holds no run of a gateway", r->path);
    if (code >= 0 && r->runs.run[0].first_number > 1)
        fprintf(stderr, "%s: what was measured before its first run that is known is not replayed\n", r->path);
    for (size_t i = 0; i < r->runs.n && code >= 0; i++) {
        r->run = &r->runs.run[i];
        code = replay_run(r, store, err);
        r->begun_us = r->run->start_us;
    }
    sw_store_close(store);
    return code;
}

/* The data folder's database, or a database itself. */
static void find_store(const char *name, char *path, size_t cap)
{
    struct stat st;
    bool is_folder = stat(name, &st) == 0 && S_ISDIR(st.st_mode);

    snprintf(path, cap, "%s%s", name, is_folder ? "/siteward.db" : "");
}

int sw_replay_store(const struct sw_replay_options *o)
{
    struct sw_err err = {0};
    struct replay *r = calloc(1, sizeof(*r));
    double start = sw_replay_clock_s();
    int code = SW_E_NOMEM, exit_code;

    if (r) {
        r->o = o;
        r->image = sw_image_new();
        r->runs.run = calloc(RUNS_MAX, sizeof(*r->runs.run));
        find_store(o->store, r->path, sizeof(r->path));
    }
    setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
    code = r && r->image && r->runs.run ? replay_all(r, &err) : sw_err_set(&err, SW_E_NOMEM, 0, "out of memory");
    if (code < 0)
        exit_code = sw_cli_fail(NAME, "%s", err.msg);
    else
        exit_code = sw_cli_end_output(NAME, SW_EXIT_OK);
    if (code >= 0)
        fprintf(stderr, "%zu runs, %llu readings, %.3f s\n", r->runs.n, (unsigned long long) r->n_readings,
                sw_replay_clock_s() - start);
    if (r) {
        sw_image_free(r->image);
        free(r->runs.run);
        free(r->pictures.media);
        sw_replay_given_done(&r->given);
        free(r);
    }
    return exit_code;
}
