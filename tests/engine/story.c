// SPDX-License-Identifier: Apache-2.0
/* The story's teller: gives inputs to the engine, keeps them, and writes down events, answers and documents. */
#include "story.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"

int64_t story_time(const char *when)
{
    char text[40];

    assert_int_equal(strlen(when), strlen("03-02 22:33:57"));
    snprintf(text, sizeof(text), "2026-%.5sT%s+08:00", when, when + 6);
    return at(text);
}

static struct story *make(void)
{
    struct story *s = calloc(1, sizeof(*s));
    struct sw_err err = {0};

    assert_non_null(s);
    s->v = virtual_new_from("stories.yaml");
    CHECK(sw_doc_site_init(&s->doc, s->v->site, s->v->engine, NULL, true, &err) == SW_OK, "%s", err.msg);
    s->north = s->south = 45.0;
    return s;
}

struct story *story_begin(const char *when)
{
    struct story *s = make();

    s->now_us = story_time(when);
    return s;
}

struct story *story_free(struct story *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n_given; i++)
        free(s->given[i].owned);
    free(s->given);
    free(s->text);
    sw_doc_site_done(&s->doc);
    virtual_free(s->v);
    free(s);
    return NULL;
}

/* ---- what came of it ---- */

static char *room(struct story *s)
{
    if (s->cap - s->len < SW_DOCUMENT_MAX + 1) {
        s->cap = 2 * s->cap + 4 * SW_DOCUMENT_MAX;
        s->text = realloc(s->text, s->cap);
        assert_non_null(s->text);
    }
    return s->text + s->len;
}

static void took(struct story *s, size_t len, const char *what)
{
    CHECK(len > 0, "a document does not fit: %s", what);
    s->len += len;
    s->text[s->len++] = '\n';
    s->text[s->len] = '\0';
}

/* As the gateway answers, without the evidence that its query worker adds. */
static size_t answer(struct story *s, const struct sw_effect *fx, char *buf)
{
    const bool is_refused = fx->result.code < 0;
    struct sw_doc_answer a = {.refusal = is_refused ? (enum sw_refusal) fx->result.err.detail : SW_REFUSAL_NONE,
                              .detail = fx->result.err.msg};
    const char *id = "";

    s->code = fx->result.code;
    s->err = fx->result.err;
    if (fx->result.command) {
        a.request_id = fx->result.command->id;
        id = fx->result.command->ticket;
    } else if (fx->result.complaint) {
        s->became = fx->result.became;
        a.request_id = fx->result.complaint->id;
        id = s->became.ticket;
    }
    if (fx->result.complaint && !is_refused) {
        a.outcome = sw_complaint_outcome_name(s->became.outcome);
        a.why = sw_answer_code_name(fx->result.complaint->found.code);
        a.is_repeated = s->became.is_repeated;
    }
    a.ticket = sw_desk_find(sw_engine_desk(s->v->engine), id);
    return sw_doc_answer(&s->doc.site, &a, fx->ts_us, buf, SW_DOCUMENT_MAX);
}

static void keep_event(struct story *s, const struct sw_ticket_event *e)
{
    assert_true(s->n_events < STORY_EVENTS_MAX);
    s->events[s->n_events++] = *e;
}

static void keep(struct story *s, const struct sw_effect *fx)
{
    struct sw_engine *e = s->v->engine;
    const struct sw_doc_site *d = &s->doc.site;
    const size_t cap = SW_DOCUMENT_MAX;
    struct sw_summary sum;
    char *to = room(s);

    switch (fx->kind) {
    case SW_EFFECT_WINDOW:
        took(s, sw_doc_window(d, &fx->window, fx->ts_us, -1, -1, to, cap), "window");
        break;
    case SW_EFFECT_STATE:
        took(s, sw_doc_state(d, fx->sensor, sw_engine_judge(e, fx->sensor), fx->ts_us, to, cap), "state");
        break;
    case SW_EFFECT_TICKET:
        took(s, sw_doc_ticket(d, sw_desk_ticket(sw_engine_desk(e), fx->ticket), fx->ts_us, -1, to, cap), "ticket");
        break;
    case SW_EFFECT_TICKET_EVENT:
        took(s, sw_doc_ticket_event(d, &fx->event, fx->ts_us, -1, to, cap), "ticket event");
        keep_event(s, &fx->event);
        break;
    case SW_EFFECT_SENSOR_EVENT:
        took(s, sw_doc_sensor_event(d, &fx->input, fx->ts_us, -1, to, cap), "sensor event");
        break;
    case SW_EFFECT_SUMMARY:
        sw_engine_summary(e, &sum);
        took(s, sw_doc_summary(d, &sum, fx->ts_us, to, cap), "summary");
        break;
    case SW_EFFECT_ALERT:
        took(s, sw_doc_alert(d, &fx->alert, fx->ts_us, to, cap), "alert");
        break;
    case SW_EFFECT_RESULT:
        took(s, answer(s, fx, to), "answer");
        snprintf(s->answer, sizeof(s->answer), "%s", to);
        break;
    case SW_EFFECT_LIVE:
    case SW_EFFECT_SCHEDULE:
    case SW_EFFECT__COUNT:
        break;
    }
}

void story_feed(struct story *s, const struct sw_input *in)
{
    static struct sw_effect fx[SW_EFFECTS_MIN];
    bool more = true;

    for (const struct sw_input *next = in; more; next = NULL) {
        const size_t n = sw_engine_step(s->v->engine, next, fx, SW_ARRAY_SIZE(fx), &more);

        for (size_t i = 0; i < n; i++)
            keep(s, &fx[i]);
    }
}

/* ---- telling ---- */

static void give(struct story *s, struct sw_input in, const void *what, size_t size)
{
    struct story_given *g;

    if (s->n_given == s->cap_given) {
        s->cap_given = 2 * s->cap_given + 4096;
        s->given = realloc(s->given, s->cap_given * sizeof(*s->given));
        assert_non_null(s->given);
    }
    g = &s->given[s->n_given++];
    *g = (struct story_given){.in = in};
    if (what) {
        g->owned = malloc(size);
        assert_non_null(g->owned);
        memcpy(g->owned, what, size);
        if (in.kind == SW_INPUT_COMMAND)
            g->in.command = g->owned;
        else
            g->in.complaint = g->owned;
    }
    in = g->in;
    story_feed(s, &in);
}

static void give_reading(struct story *s, uint16_t sensor, enum sw_quantity q, double value)
{
    const struct sw_input in = {.kind = SW_INPUT_READING,
                                .t_us = s->now_us,
                                .reading = {.t_utc_us = s->now_us,
                                            .value = value,
                                            .sensor = sensor,
                                            .quantity = (uint8_t) q,
                                            .flag = isnan(value) ? 'B' : 'N'}};

    give(s, in, NULL, 0);
}

void story_until(struct story *s, const char *when)
{
    const int64_t end_us = story_time(when);

    CHECK(end_us >= s->now_us, "the story is past %s", when);
    for (; s->now_us < end_us; s->now_us += SW_US_PER_S) {
        give_reading(s, NORTH, SW_QUANTITY_LAEQ, s->north);
        give_reading(s, SOUTH, SW_QUANTITY_LAF, s->south);
    }
}

void story_camera(struct story *s)
{
    give_reading(s, EYE, SW_QUANTITY_CAMERA, 1.0);
}

void story_may_restart(struct story *s)
{
    s->restart_us = s->now_us;
}

const struct sw_ticket *story_ticket(const struct story *s, const char *matter)
{
    const struct sw_desk *d = sw_engine_desk(s->v->engine);
    const struct sw_ticket *found = NULL;
    char key[sizeof(found->matter_key)];

    snprintf(key, sizeof(key), "pd-0042:%s", matter);
    for (size_t i = 0; i < sw_desk_capacity(d); i++) {
        const struct sw_ticket *t = sw_desk_ticket(d, i);

        if (!t || strcmp(t->matter_key, key) != 0)
            continue;
        CHECK(!found, "two tickets of %s", key);
        found = t;
    }
    CHECK(found, "no ticket of %s", key);
    return found;
}

int story_command(struct story *s, const struct sw_ticket *t, enum sw_verb verb, enum story_who who,
                  const struct sw_ticket_command *more)
{
    static const struct sw_actor actors[] = {
        [PLATFORM] = {"host:12345-sh", SW_ROLE_PLATFORM, SW_DOOR_MQTT},
        [OFFICER] = {"officer:2207", SW_ROLE_OFFICER, SW_DOOR_MQTT},
        [PARTY] = {"party:wang", SW_ROLE_PARTY, SW_DOOR_CONSOLE},
    };
    struct sw_ticket_command c = more ? *more : (struct sw_ticket_command){0};
    const struct sw_input in = {.kind = SW_INPUT_COMMAND, .t_us = s->now_us};

    snprintf(c.id, sizeof(c.id), "c-%zu", s->n_given);
    memcpy(c.ticket, t->id, sizeof(c.ticket));
    c.verb = verb;
    c.by = actors[who];
    c.revision = t->revision;
    c.resolve_by_us = c.resolve_by_us ? c.resolve_by_us : INT64_MIN;
    c.until_us = c.until_us ? c.until_us : INT64_MIN;
    s->answer[0] = '\0';
    give(s, in, &c, sizeof(c));
    CHECK(s->answer[0], "%s was not answered", sw_verb_name(verb));
    return s->code;
}

void story_do(struct story *s, const struct sw_ticket *t, enum sw_verb verb, enum story_who who,
              const struct sw_ticket_command *more)
{
    CHECK(story_command(s, t, verb, who, more) == SW_OK, "%s: %s", sw_verb_name(verb), s->err.msg);
}

struct sw_complaint_result story_call(struct story *s, const char *id, const char *caller, const char *occurred,
                                      enum sw_answer_code code)
{
    struct sw_complaint_call c = {
        .by = {.id = "agent:0317", .role = SW_ROLE_AGENT, .door = SW_DOOR_MQTT},
        .service_code = "noise.construction",
        .at_us = s->now_us,
        .occurred_us = story_time(occurred),
        .window_us = 3600 * SW_US_PER_S,
        .distance_m = 200,
        .caller_calls_30d = -1,
        .found = {.code = code,
                  .worst = SW_NO_VALUE,
                  .max = SW_NO_VALUE,
                  .limit = SW_NO_VALUE,
                  .over_by = SW_NO_VALUE,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MIN,
                  .work = {SW_WORK_NO_SCHEDULE, -1}},
    };
    const struct sw_input in = {.kind = SW_INPUT_COMPLAINT, .t_us = s->now_us};

    snprintf(c.id, sizeof(c.id), "k-%zu", s->n_given);
    snprintf(c.service_request_id, sizeof(c.service_request_id), "%s", id);
    snprintf(c.caller_ref, sizeof(c.caller_ref), "%s", caller);
    s->answer[0] = '\0';
    give(s, in, &c, sizeof(c));
    CHECK(s->answer[0] && s->code == SW_OK, "%s: %s", id, s->answer[0] ? s->err.msg : "no answer");
    return s->became;
}

/* ---- checking ---- */

static const char *clock_of(const struct story *s, int64_t t_us, char *buf)
{
    sw_time_format(&s->v->site->zone, t_us, buf);
    return buf;
}

void story_expect_events(const struct story *s, const struct sw_ticket *t, const struct story_event *want, size_t n)
{
    char clock[SW_RFC3339_SIZE];
    size_t k = 0;

    for (size_t i = 0; i < s->n_events; i++) {
        const struct sw_ticket_event *e = &s->events[i];

        if (strcmp(e->ticket, t->id) != 0)
            continue;
        clock_of(s, e->at_us, clock);
        CHECK(k < n || n == 0, "one event too many: %s at %s (%s)", sw_verb_name(e->verb), clock, e->note);
        CHECK(e->verb == want[k].verb && e->at_us == story_time(want[k].when) && e->by.role == want[k].by,
              "event %zu is %s at %s by %s, not %s at %s by %s", k, sw_verb_name(e->verb), clock,
              sw_role_name(e->by.role), sw_verb_name(want[k].verb), want[k].when, sw_role_name(want[k].by));
        CHECK(!want[k].note || strstr(e->note, want[k].note), "event %zu (%s) says \"%s\", not \"%s\"", k,
              sw_verb_name(e->verb), e->note, want[k].note);
        k++;
    }
    CHECK(k == n, "%zu events, not %zu: no %s at %s", k, n, sw_verb_name(want[k].verb), want[k].when);
    assert_int_equal(t->history_total, n);
}

static void expect_time(const char *what, int64_t is_us, const char *want)
{
    const int64_t want_us = want ? story_time(want) : INT64_MIN;

    CHECK(is_us == want_us, "%s is %.3f s from %s", what, (double) (is_us - want_us) / 1e6, want ? want : "none");
}

void story_expect_deadlines(const struct sw_ticket *t, const char *respond, const char *dispatch, const char *resolve)
{
    expect_time("respond_by", t->respond_by_us, respond);
    expect_time("dispatch_by", t->dispatch_by_us, dispatch);
    expect_time("resolve_by", t->resolve_by_us, resolve);
}
