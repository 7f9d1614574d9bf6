// SPDX-License-Identifier: Apache-2.0
/* Random streams of readings and schedules, seeded: however the effects are fetched, whether ticks are given or not,
 * and wherever the program stops and starts again out of what a store would hold, the documents are the same bytes. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/printer.h"
#include "cli/replay_image.h"
#include "common/timefmt.h"
#include "config/faults.h"

#define NOISE 0
#define DUST 1
#define CONTACT 2 /* the series has a camera there: here it is a tamper contact */
#define HOURS 4
#define INPUTS_MAX 40000
#define SCHEDULES 3
#define SEEDS 4
#define CALL_EVERY_S 400 /* a resident complains */
#define CALLS_MAX (HOURS * 3600 / CALL_EVERY_S)

static struct sw_site *site;
static int64_t start_us;

/* What comes in, in order, and which of it came too late. */
struct stream {
    size_t n;
    struct sw_input in[INPUTS_MAX];
    bool is_late[INPUTS_MAX];
    struct sw_schedule *schedule[SCHEDULES];
    struct sw_complaint_call calls[CALLS_MAX];
};

struct plan {
    const char *why;
    size_t cap;   /* room for effects */
    int ticks;    /* one before every so many inputs; 0 = none */
    int restarts; /* in the whole stream */
    unsigned kinds;
};

static uint64_t state;

static uint32_t draw(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t) (state >> 33) % n;
}

/* ---- the stream ---- */

/* When an edition is published: the first was known always, the others an hour after each other. */
static int64_t published_us(int edition)
{
    return edition == 0 ? INT64_MIN : start_us + edition * 3600 * SW_US_PER_S;
}

/* As a gateway keeps it: with every edition so far, each until the next was published. */
static struct sw_schedule *schedule_of(int editions)
{
    struct sw_schedule *s = calloc(1, sizeof(*s));
    struct sw_err err = {0};

    assert_non_null(s);
    s->items = calloc((size_t) editions, sizeof(*s->items));
    s->instances = calloc((size_t) editions, sizeof(*s->instances));
    assert_true(s->items && s->instances);
    s->revision = editions;
    s->from_us = start_us - 86400 * SW_US_PER_S;
    s->to_us = start_us + 2 * 86400 * SW_US_PER_S;
    s->n_items = s->n_instances = (size_t) editions;
    for (int i = 0; i < editions; i++) {
        s->items[i] = (struct sw_schedule_item){.uid = "work",
                                                .revision = i + 1,
                                                .published_us = published_us(i),
                                                .claimed_published_us = INT64_MIN,
                                                .cancelled_us = i + 1 < editions ? published_us(i + 1) : INT64_MIN,
                                                .granted_us = INT64_MIN,
                                                .valid_from_us = INT64_MIN,
                                                .valid_to_us = INT64_MIN,
                                                .notice_posted_us = INT64_MIN};
        s->instances[i] = (struct sw_schedule_instance){start_us - 3600 * SW_US_PER_S,
                                                        start_us + (1 + i) * 3000 * SW_US_PER_S, (uint16_t) i};
    }
    CHECK(sw_schedule_finish(s, &err) == SW_OK, "%s", err.msg);
    return s;
}

static void add(struct stream *s, const struct sw_input *in)
{
    assert_true(s->n < INPUTS_MAX);
    s->in[s->n++] = *in;
}

static void add_reading(struct stream *s, int64_t t_us, uint16_t sensor, enum sw_quantity q, double value, char flag)
{
    const struct sw_input in = {
        .kind = SW_INPUT_READING,
        .t_us = t_us + (int64_t) draw(400) * SW_US_PER_MS,
        .reading = {.t_utc_us = t_us, .value = value, .sensor = sensor, .quantity = (uint8_t) q, .flag = flag}};
    struct sw_input sorted = in;

    if (s->n && sorted.t_us < s->in[s->n - 1].t_us) /* arrivals never run back */
        sorted.t_us = s->in[s->n - 1].t_us;
    add(s, &sorted);
}

/* Nothing at first, then every answer in turn, of seven callers; every tenth tells no caller. What was measured is made
 * up: the engine takes the answer as it comes. */
static void add_call(struct stream *s, int i, int64_t t_us)
{
    struct sw_complaint_call *c = &s->calls[i];
    const struct sw_input in = {
        .kind = SW_INPUT_COMPLAINT, .t_us = s->n ? s->in[s->n - 1].t_us + 1000 : t_us, .complaint = c};

    *c = (struct sw_complaint_call){.by = {.id = "agent:0317", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
                                    .at_us = t_us,
                                    .occurred_us = t_us - (int64_t) (i % 5) * 900 * SW_US_PER_S,
                                    .window_us = 3600 * SW_US_PER_S,
                                    .distance_m = i % 9 == 8 ? 900 : 150,
                                    .caller_calls_30d = -1};
    snprintf(c->service_request_id, sizeof(c->service_request_id), "r-%d", i);
    snprintf(c->service_code, sizeof(c->service_code), "%s", i % 3 ? "noise.construction" : "dust.enquiry");
    if (i % 10)
        snprintf(c->caller_ref, sizeof(c->caller_ref), "h:%d", i % 7);
    c->found = (struct sw_complaint_found){.code = i < 6 ? SW_ANSWER_NO_WORK_DETECTED
                                                         : (enum sw_answer_code)(i % SW_ANSWER__COUNT),
                                           .worst = 6180,
                                           .max = SW_NO_VALUE,
                                           .limit = 5500,
                                           .over_by = 680,
                                           .from_us = t_us - 1200 * SW_US_PER_S,
                                           .to_us = t_us,
                                           .work = {SW_WORK_NO_SCHEDULE, -1}};
    snprintf(c->found.sensor, sizeof(c->found.sensor), "%s", site->sensors[i % 3 ? NOISE : DUST].id);
    snprintf(c->found.period, sizeof(c->found.period), "day");
    add(s, &in);
}

/* Levels that change every few minutes between quiet and loud; silences, bad flags, readings that come too late. */
static void make_stream(struct stream *s, uint64_t seed)
{
    double level = 50, dust = 400;
    int silent_s = 0;

    state = seed;
    s->n = 0;
    memset(s->is_late, 0, sizeof(s->is_late));
    for (int i = 0; i < HOURS * 3600; i++) {
        int64_t t_us = start_us + i * SW_US_PER_S;

        if (i % 3600 == 0 && i / 3600 < SCHEDULES) {
            const struct sw_input in = {.kind = SW_INPUT_SCHEDULE,
                                        .t_us = s->n ? s->in[s->n - 1].t_us + 1000 : t_us,
                                        .schedule = s->schedule[i / 3600]};

            add(s, &in);
        }
        if (i % CALL_EVERY_S == CALL_EVERY_S - 1)
            add_call(s, i / CALL_EVERY_S, t_us);
        if (draw(200) == 0)
            level = 45 + draw(35);
        if (silent_s == 0 && draw(2000) == 0)
            silent_s = (int) draw(draw(4) ? 400 : 1800); /* 900 are a matter of the equipment */
        if (silent_s > 0)
            silent_s--;
        else
            add_reading(s, draw(500) == 0 ? t_us - 90 * SW_US_PER_S : t_us, NOISE, SW_QUANTITY_LAEQ,
                        level + draw(400) / 100.0, draw(300) == 0 ? 'D' : 'N');
        if (draw(1500) == 0)
            dust = 200 + draw(2400); /* ug/m3; the quarters' limits are 1000 and 2000 */
        if (i % 2 == 0)
            add_reading(s, t_us, DUST, SW_QUANTITY_TSP, dust + draw(60), 'N');
        if (draw(900) == 0)
            add_reading(s, t_us, CONTACT, SW_QUANTITY_TAMPER, draw(2), 'N');
    }
}

/* ---- one run, or several in a row ---- */

struct run {
    struct stream *s;
    size_t at; /* the next input */
    int64_t begun_us;
    struct sw_engine *engine;
    struct sw_printer *printer;
    struct sw_image *image;
    const struct sw_schedule *schedule;
    int64_t marks[SW_SENSORS_MAX][SW_JUDGE_WINDOWS_MAX];
    struct sw_effect *fx;
    size_t cap;
};

static int64_t *mark_of(void *ctx, size_t sensor, const char *period)
{
    struct run *r = ctx;
    const struct sw_judge *judge = sw_engine_judge(r->engine, sensor);

    for (size_t i = 0; judge && i < sw_judge_n_windows(judge); i++)
        if (strcmp(sw_judge_window(judge, i), period) == 0)
            return &r->marks[sensor][i];
    return NULL;
}

static int take_effects(void *ctx, const struct sw_effect *fx, size_t n, bool is_quiet, struct sw_err *err)
{
    struct run *r = ctx;

    for (size_t i = 0; i < n; i++) {
        int64_t *mark = fx[i].kind == SW_EFFECT_WINDOW ? mark_of(r, fx[i].window.sensor, fx[i].window.period) : NULL;

        if ((is_quiet && !mark) || (mark && fx[i].window.to_us <= *mark))
            continue;
        if (mark)
            *mark = fx[i].window.to_us;
        CHECK(sw_image_effect(r->image, r->engine, &fx[i], err) == SW_OK, "%s", err->msg);
        CHECK(sw_printer_effects(r->printer, &fx[i], 1, err) == SW_OK, "%s", err->msg);
    }
    return SW_OK;
}

static void feed(struct run *r, const struct sw_input *in)
{
    struct sw_err err = {0};
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL) {
        size_t n = sw_engine_step(r->engine, next, r->fx, r->cap, &more);

        take_effects(r, r->fx, n, false, &err);
    }
}

static int load_tickets(void *ctx, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err)
{
    return sw_image_tickets(((struct run *) ctx)->image, since_us, fn, to, err);
}

static int load_marks(void *ctx, sw_store_watermark_fn fn, void *to, struct sw_err *err)
{
    return sw_image_marks(((struct run *) ctx)->image, fn, to, err);
}

static int load_complaints(void *ctx, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err)
{
    return sw_image_complaints(((struct run *) ctx)->image, since_us, fn, to, err);
}

static int load_states(void *ctx, sw_store_state_fn fn, void *to, struct sw_err *err)
{
    return sw_image_states(((struct run *) ctx)->image, fn, to, err);
}

static int load_readings(void *ctx, int64_t since_us, sw_store_reading_fn fn, void *to, struct sw_err *err)
{
    struct run *r = ctx;
    int rc = SW_OK;

    (void) err;
    for (size_t i = 0; i < r->at && rc >= 0; i++)
        if (r->s->in[i].kind == SW_INPUT_READING && r->s->in[i].t_us >= since_us)
            rc = fn(to, &r->s->in[i].reading, r->s->in[i].t_us, r->s->is_late[i]);
    return rc;
}

static int end_piece(void *ctx, struct sw_err *err)
{
    (void) ctx;
    (void) err;
    return SW_OK;
}

static void start_engine(struct run *r, unsigned kinds, FILE *to)
{
    struct sw_err err = {0};

    CHECK(sw_engine_new(site, &r->engine, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_printer_new(r->engine, kinds, false, to, &r->printer, &err) == SW_OK, "%s", err.msg);
}

static void stop_engine(struct run *r)
{
    r->printer = sw_printer_free(r->printer);
    r->engine = sw_engine_free(r->engine);
}

/* The program stops in order and starts again: only what a store holds goes over. */
static void restart(struct run *r, unsigned kinds, FILE *to)
{
    static const struct sw_restore_ops ops = {load_tickets,    load_marks, load_states,  load_readings,
                                              load_complaints, mark_of,    take_effects, end_piece};
    struct sw_err err = {0};
    struct sw_restore p = {.site = site,
                           .now_us = sw_engine_now_us(r->engine),
                           .begun_us = r->begun_us,
                           .schedule = r->schedule,
                           .ops = &ops,
                           .ctx = r,
                           .fx = r->fx,
                           .cap = r->cap};

    CHECK(sw_image_stop(r->image, r->engine, &err) == SW_OK, "%s", err.msg);
    stop_engine(r);
    memset(r->marks, 0, sizeof(r->marks));
    start_engine(r, kinds, to);
    p.engine = r->engine;
    CHECK(sw_restore_run(&p, &err) == SW_OK, "%s", err.msg);
    r->begun_us = p.now_us;
}

/* All documents of a stream, as one text to be freed. */
static char *documents(struct stream *s, const struct plan *plan)
{
    struct run *r = calloc(1, sizeof(*r));
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);

    assert_true(r && to);
    r->s = s;
    r->begun_us = s->in[0].t_us;
    r->cap = plan->cap;
    r->fx = malloc(r->cap * sizeof(*r->fx)); /* exactly as large as promised: ASan sees one too many */
    r->image = sw_image_new();
    assert_true(r->fx && r->image);
    start_engine(r, plan->kinds, to);
    for (; r->at < s->n; r->at++) {
        const struct sw_input *in = &s->in[r->at];

        if (plan->restarts && r->at && draw((uint32_t) (s->n / (size_t) plan->restarts)) == 0)
            restart(r, plan->kinds, to);
        if (plan->ticks && r->at && draw((uint32_t) plan->ticks) == 0) {
            int64_t was_us = s->in[r->at - 1].t_us, room_us = in->t_us - was_us;
            /* never on the second itself: a tick there comes after what arrives at that instant */
            const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = was_us + room_us / 2};

            if (tick.t_us > was_us && tick.t_us % SW_US_PER_S)
                feed(r, &tick);
        }
        if (in->kind == SW_INPUT_SCHEDULE)
            r->schedule = in->schedule;
        feed(r, in);
        s->is_late[r->at] = in->kind == SW_INPUT_READING && sw_engine_was_late(r->engine);
    }
    const struct sw_input end = {.kind = SW_INPUT_TICK, .t_us = start_us + (HOURS * 3600 + 60) * SW_US_PER_S};
    feed(r, &end);
    stop_engine(r);
    sw_image_free(r->image);
    free(r->fx);
    free(r);
    assert_int_equal(fclose(to), 0);
    return text;
}

/* Print where two texts part. */
static void check_same(const char *a, const char *b, const char *why, uint64_t seed)
{
    size_t line = 1, at = 0, begin = 0;

    for (; a[at] && a[at] == b[at]; at++)
        if (a[at] == '\n') {
            line++;
            begin = at + 1;
        }
    CHECK(a[at] == b[at], "%s, seed %llu: line %zu\n%.*s\n%.*s", why, (unsigned long long) seed, line,
          (int) strcspn(a + begin, "\n"), a + begin, (int) strcspn(b + begin, "\n"), b + begin);
}

static size_t count_of(const char *text, const char *word)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, word)); at++)
        n++;
    return n;
}

static struct stream *new_stream(void)
{
    struct stream *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    for (int i = 0; i < SCHEDULES; i++)
        s->schedule[i] = schedule_of(i + 1);
    return s;
}

static void free_stream(struct stream *s)
{
    for (int i = 0; i < SCHEDULES; i++)
        sw_schedule_free(s->schedule[i]);
    free(s);
}

static void compare(const struct plan *plans, size_t n)
{
    struct stream *s = new_stream();
    size_t silent = 0, earlier = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct plan plain = {"plain", 4 * SW_EFFECTS_MIN, 0, 0, plans->kinds};
        char *first;

        make_stream(s, seed);
        first = documents(s, &plain);
        CHECK(count_of(first, "siteward.agg/1.0") > 3 * HOURS * 60 / 2 && count_of(first, "siteward.state/1.0") > 4 &&
                  count_of(first, "siteward.ticket/1.0") > 2 && count_of(first, ":device:tamper:") > 1 &&
                  count_of(first, "\"verb\":\"link\"") > 4,
              "seed %llu: too little happens to compare", (unsigned long long) seed);
        silent += count_of(first, ":device:silent:");
        earlier += count_of(first, "earlier call");
        for (size_t i = 0; i < n; i++) {
            char *other;

            state = 1000 + seed; /* of the plan: its own numbers */
            other = documents(s, &plans[i]);
            check_same(first, other, plans[i].why, seed);
            free(other);
        }
        free(first);
    }
    CHECK(silent > 0, "no sensor was silent for long enough to compare that");
    CHECK(earlier > 0, "no complaint came before its exceedance");
    free_stream(s);
}

static void chunks_and_ticks_change_nothing(void **unused)
{
    static const struct plan plans[] = {
        {"the same again", 4 * SW_EFFECTS_MIN, 0, 0, SW_PRINT_DEFAULT | SW_PRINT_LIVE},
        {"as little room as there may be", SW_EFFECTS_MIN, 0, 0, SW_PRINT_DEFAULT | SW_PRINT_LIVE},
        {"an odd room", SW_EFFECTS_MIN + 7, 0, 0, SW_PRINT_DEFAULT | SW_PRINT_LIVE},
        {"ticks now and then", 4 * SW_EFFECTS_MIN, 10, 0, SW_PRINT_DEFAULT | SW_PRINT_LIVE},
        {"a tick before each input", SW_EFFECTS_MIN, 1, 0, SW_PRINT_DEFAULT | SW_PRINT_LIVE},
    };

    (void) unused;
    compare(plans, SW_ARRAY_SIZE(plans));
}

static void restarts_change_nothing(void **unused)
{
    static const struct plan plans[] = {
        {"one restart", 4 * SW_EFFECTS_MIN, 0, 1, SW_PRINT_AGG | SW_PRINT_STATE | SW_PRINT_TICKET | SW_PRINT_EVENT},
        {"many restarts", SW_EFFECTS_MIN, 3, 20, SW_PRINT_AGG | SW_PRINT_STATE | SW_PRINT_TICKET | SW_PRINT_EVENT},
    };

    (void) unused;
    compare(plans, SW_ARRAY_SIZE(plans));
}

static int setup(void **unused)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};

    (void) unused;
    if (sw_site_read(SW_TEST_DATA "/series/two-packs.yaml", NULL, &faults, &site, &err) < 0)
        sw_faults_print(&faults, stderr);
    sw_faults_done(&faults);
    if (site) {
        site->sensors[CONTACT].level = SW_QUANTITY_TAMPER;
        site->sensors[CONTACT].quantities = 1u << SW_QUANTITY_TAMPER;
    }
    return site && sw_time_parse("2026-03-02T20:00:00+08:00", 25, &start_us, &err) == SW_OK ? 0 : -1;
}

static int teardown(void **unused)
{
    (void) unused;
    site = sw_site_free(site);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_and_ticks_change_nothing),
        cmocka_unit_test(restarts_change_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
