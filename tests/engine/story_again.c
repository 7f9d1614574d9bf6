// SPDX-License-Identifier: Apache-2.0
/* A story's inputs given again: to a new engine, whose documents must be the same, and to an engine with a real store
 * that stops in the middle and goes on from the store, as the daemon does (gateway/restore.c). */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/core.h"
#include "gateway/ticket_state.h"

#define PATIENCE_US 60000000LL
#define IN_A_ROW 256 /* inputs */

/* ---- to a new engine ---- */

static int line_at(const struct story *s, size_t pos, const char **ret)
{
    size_t from = pos, to = pos;

    while (from > 0 && s->text[from - 1] != '\n')
        from--;
    while (to < s->len && s->text[to] != '\n')
        to++;
    *ret = s->text + from;
    return (int) SW_MIN(to - from, 600u);
}

void story_again(const struct story *s, const char *name)
{
    struct story *again = story_begin("01-01 00:00:00");
    size_t same = 0;
    const char *a, *b;

    for (size_t i = 0; i < s->n_given; i++)
        story_feed(again, &s->given[i].in);
    while (same < s->len && same < again->len && s->text[same] == again->text[same])
        same++;
    if (same < s->len || same < again->len) {
        const int na = line_at(s, SW_MIN(same, s->len - 1), &a), nb = line_at(again, SW_MIN(same, again->len - 1), &b);

        CHECK(false, "%s: %zu and %zu bytes of documents differ:\n%.*s\n%.*s", name, s->len, again->len, na, a, nb, b);
    }
    CHECK(s->len > 10000, "%s: only %zu bytes of documents", name, s->len);
    story_free(again);
}

/* ---- with a store, and a restart ---- */

struct machine {
    char folder[64];
    struct sw_clock clock;
    struct sw_core *core;
};

/* As much of a core as judging and storing need, its clock standing nearly still. */
static void start(struct machine *m, const struct sw_site *site, int64_t now_us)
{
    struct sw_core *c = calloc(1, sizeof(*c));
    const char *ids[SW_SENSORS_MAX];
    char path[96];
    struct sw_store_params p = {.path = path, .n_sensors = site->n_sensors, .sensor_ids = ids, .is_simulated = true};
    struct sw_err err = {0};

    assert_non_null(c);
    for (size_t i = 0; i < site->n_sensors; i++)
        ids[i] = site->sensors[i].id;
    snprintf(path, sizeof(path), "%s/siteward.db", m->folder);
    CHECK(sw_clock_init_simulated(&m->clock, now_us, 0.001, sw_mono_real_us(), &err) == SW_OK, "%s", err.msg);
    c->site = site;
    c->clock = &m->clock;
    c->since_us = now_us;
    c->sensors = calloc(site->n_sensors, sizeof(*c->sensors));
    assert_non_null(c->sensors);
    CHECK(sw_engine_new(site, &c->engine, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_store_open(&p, &c->store, &err) == SW_OK, "%s", err.msg);
    CHECK(sw_doc_site_init(&c->doc, site, c->engine, sw_store_facts(c->store)->epoch, true, &err) == SW_OK, "%s",
          err.msg);
    CHECK(core_restore(c, &err) == SW_OK, "%s", err.msg);
    m->core = c;
}

static void wait_for_store(struct sw_core *c)
{
    struct sw_err err = {0};

    CHECK(sw_store_sync(c->store, PATIENCE_US, &err) == SW_OK, "%s", err.msg);
}

static void stop(struct machine *m)
{
    struct sw_core *c = m->core;

    core_keep_all(c);
    core_end_turn(c);
    wait_for_store(c);
    assert_int_equal(c->lost_total, 0);
    sw_store_close(c->store);
    sw_doc_site_done(&c->doc);
    sw_engine_free(c->engine);
    free(c->sensors);
    free(c);
    m->core = NULL;
}

static void give(struct sw_core *c, const struct sw_input *in)
{
    bool late = false;

    core_feed(c, in, &late);
    if (in->kind == SW_INPUT_READING)
        CHECK(sw_store_put_readings(c->store, &in->reading, 1, in->t_us, &late) == SW_OK, "the store is full");
    core_end_turn(c);
}

static void expect_same_tickets(const struct story *s, const struct sw_core *c, const char *name)
{
    static char a[SW_TICKET_STATE_MAX], b[SW_TICKET_STATE_MAX];
    const struct sw_desk *desk = sw_engine_desk(s->v->engine), *other = sw_engine_desk(c->engine);

    for (size_t i = 0; i < sw_desk_capacity(desk); i++) {
        const struct sw_ticket *t = sw_desk_ticket(desk, i), *u = t ? sw_desk_find(other, t->id) : NULL;

        if (!t)
            continue;
        CHECK(u, "%s: ticket %s of %s is gone", name, t->id, t->matter_key);
        assert_true(sw_ticket_state_write(t, a, sizeof(a)) > 0 && sw_ticket_state_write(u, b, sizeof(b)) > 0);
        CHECK(strcmp(a, b) == 0, "%s: ticket %s differs:\n%s\n%s", name, t->id, a, b);
    }
}

static void expect_same_counts(const struct story *s, const struct sw_core *c, const char *name)
{
    struct sw_summary a, b;

    sw_engine_summary(s->v->engine, &a);
    sw_engine_summary(c->engine, &b);
    CHECK(a.tickets.open == b.tickets.open && a.tickets.overdue == b.tickets.overdue, "%s: open tickets", name);
    CHECK(a.complaints.calls_24h == b.complaints.calls_24h && a.complaints.callers_24h == b.complaints.callers_24h,
          "%s: %u calls of %u, and %u of %u", name, a.complaints.calls_24h, a.complaints.callers_24h,
          b.complaints.calls_24h, b.complaints.callers_24h);
}

void story_restarted(const struct story *s, const char *name)
{
    struct machine m = {.folder = "/tmp/sw-story-XXXXXX"};
    bool is_restarted = false;
    char command[96];

    assert_non_null(mkdtemp(m.folder));
    start(&m, s->v->site, s->given[0].in.t_us - SW_US_PER_S);
    for (size_t i = 0; i < s->n_given; i++) {
        const struct sw_input *in = &s->given[i].in;

        if (!is_restarted && in->t_us >= s->restart_us) {
            stop(&m);
            start(&m, s->v->site, s->restart_us);
            is_restarted = true;
        }
        give(m.core, in);
        if (i % IN_A_ROW == 0) /* faster than any site is, and than the store */
            wait_for_store(m.core);
    }
    CHECK(is_restarted, "%s: nothing comes after the restart", name);
    expect_same_tickets(s, m.core, name);
    expect_same_counts(s, m.core, name);
    stop(&m);
    snprintf(command, sizeof(command), "rm -rf %s", m.folder);
    assert_int_equal(system(command), 0);
}
