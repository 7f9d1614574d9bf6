// SPDX-License-Identifier: Apache-2.0
/* 10,000 random findings and commands against a reference that knows nothing but the page's table: statuses, stages,
 * revisions, answers. Deadlines are left out here (the hotline has none); the stories have them. */
#include "test.h"

#include <string.h>

#include "tickets/desk.h"

#define S 1000000LL
#define T0 1772458800000000LL
#define STEPS 10000
#define MATTERS 3
#define REOPEN_S 7200

static struct sw_pack pack = {
    .id = "p",
    .n_rules = 1,
    .rules = {{.id = "r", .full_id = "p/r", .family = "night", .statistic = SW_STAT_LEQ, .limit = 5500}}};
static struct sw_zone zone = {.n = 1, .span = {{INT64_MIN, 28800}}};
static const struct sw_hotline hotline = {
    .id = "h", .class_a_over_by = 1000, .class_a_dust_percent = 200, .reopen_within_s = REOPEN_S};
static struct sw_desk_sensor sensors[MATTERS] = {{"a", "a", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
                                                 {"b", "b", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ},
                                                 {"c", "c", SW_CATEGORY_NOISE, SW_QUANTITY_LAEQ}};
static const struct sw_responsibility lead = {.category = -1, .who = {.unit = "u"}, .is_lead = true};

/* What the reference knows of a ticket. */
struct ref {
    int matter;
    char status; /* o d a i r c v w */
    char stage;  /* f e r */
    char cause;  /* of its one rule: f, e, or ' ' */
    unsigned revision, event_revision, reopens, calls, returns;
    bool acted, suspended, escalated;
    int averted;
    int64_t ended_us;
};

static struct ref refs[SW_TICKETS_MAX];
static size_t n_refs;
static unsigned seen[128]; /* how often a ticket was found in a status, after all steps */

static const struct {
    enum sw_verb verb;
    enum sw_role role; /* one that may */
    const char *becomes;
} verbs[] = {
    {SW_VERB_ACK, SW_ROLE_OFFICER, "odai...."},     {SW_VERB_DISPATCH, SW_ROLE_PLATFORM, "ddai...."},
    {SW_VERB_ACCEPT, SW_ROLE_PARTY, "aa......"},    {SW_VERB_RETURN, SW_ROLE_PARTY, ".ooo...."},
    {SW_VERB_START, SW_ROLE_PARTY, "..i....."},     {SW_VERB_SUSPEND, SW_ROLE_OFFICER, "odai...."},
    {SW_VERB_RESUME, SW_ROLE_PLATFORM, "odai...."}, {SW_VERB_ESCALATE, SW_ROLE_OFFICER, "odai...."},
    {SW_VERB_RESOLVE, SW_ROLE_PARTY, "..rr...."},   {SW_VERB_CALLBACK, SW_ROLE_PLATFORM, "....rc.."},
    {SW_VERB_RATE, SW_ROLE_PUBLIC, "....rc.."},     {SW_VERB_CLOSE, SW_ROLE_OFFICER, "....c..."},
    {SW_VERB_REOPEN, SW_ROLE_OFFICER, "....ooo."},  {SW_VERB_WITHDRAW, SW_ROLE_PLATFORM, "wwww...."},
    {SW_VERB_LINK, SW_ROLE_AGENT, "odaircv."},      {SW_VERB_UNLINK, SW_ROLE_OFFICER, "odaircv."},
    {SW_VERB_NOTE, SW_ROLE_PARTY, "odaircv."},
};
static const char letters[] = "odaircvw";

/* xorshift64*: the same sequence everywhere. */
static uint64_t seed = 0x9E3779B97F4A7C15u;

static unsigned chance(unsigned n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned) ((seed * 0x2545F4914F6CDD1Du) >> 33) % n;
}

static bool ended(const struct ref *r)
{
    return strchr("cvw", r->status) != NULL;
}

static struct ref *ref_open(int matter)
{
    for (size_t i = 0; i < n_refs; i++) {
        if (refs[i].matter == matter && !ended(&refs[i]))
            return &refs[i];
    }
    return NULL;
}

static struct ref *ref_last(int matter)
{
    struct ref *last = NULL;

    for (size_t i = 0; i < n_refs; i++) {
        if (refs[i].matter == matter && ended(&refs[i]) && (!last || refs[i].ended_us > last->ended_us))
            last = &refs[i];
    }
    return last;
}

static void event(struct ref *r)
{
    r->event_revision = ++r->revision;
}

static void ref_reopen(struct ref *r)
{
    r->status = 'o';
    r->reopens++;
    r->averted = -1;
    r->returns = 0;
    r->acted = r->suspended = r->escalated = false;
    event(r);
}

static void ref_avert(struct ref *r, int64_t now)
{
    if (ended(r) || r->stage != 'f' || r->cause != ' ' || r->calls > 0)
        return;
    r->status = 'v';
    r->averted = r->acted;
    r->ended_us = now;
    r->suspended = false;
    event(r);
}

static void ref_begin(int matter, char stage, int64_t now)
{
    struct ref *last = ref_last(matter);

    if (last && last->status != 'w' && now - last->ended_us < REOPEN_S * S) {
        ref_reopen(last);
    } else {
        last = &refs[n_refs++];
        *last = (struct ref){.matter = matter, .status = 'o', .averted = -1};
        event(last);
    }
    last->stage = last->cause = stage;
}

static void ref_exceed(struct ref *r)
{
    r->cause = 'e';
    if (r->status == 'r')
        ref_reopen(r);
    else if (r->stage == 'e')
        r->revision++;
    else
        event(r);
    r->stage = 'e';
}

static void ref_finding(enum sw_finding_kind kind, int matter, int64_t now)
{
    struct ref *r = ref_open(matter), *last = ref_last(matter);

    if (!r && (kind == SW_FINDING_FORECAST || kind == SW_FINDING_EXCEED)) {
        ref_begin(matter, kind == SW_FINDING_FORECAST ? 'f' : 'e', now);
        return;
    }
    if (!r && last && last->status == 'c' && kind != SW_FINDING_WORSE)
        r = last; /* closed while its rule still held it */
    if (!r)
        return;
    switch (kind) {
    case SW_FINDING_FORECAST:
        r->cause = 'f';
        r->revision += r->stage != 'e';
        break;
    case SW_FINDING_EXCEED:
        ref_exceed(r);
        break;
    case SW_FINDING_WORSE: /* the test's values never rise: no news */
        if (r->stage == 'f' || (r->stage == 'r' && r->status != 'r'))
            ref_exceed(r);
        else
            r->cause = 'e';
        break;
    case SW_FINDING_RECOVERED:
        r->cause = ' ';
        if (r->stage == 'e') {
            r->stage = 'r';
            event(r);
        }
        break;
    case SW_FINDING_CLEARED:
        r->cause = ' ';
        ref_avert(r, now);
        break;
    }
}

static int ref_refusal(const struct ref *r, size_t v, const struct sw_ticket_command *c, bool is_proven)
{
    const bool free =
        c->verb == SW_VERB_ACK || c->verb == SW_VERB_NOTE || c->verb == SW_VERB_LINK || c->verb == SW_VERB_ESCALATE;

    if (c->by.role != verbs[v].role)
        return SW_E_DENIED;
    if (!free && (c->revision < r->event_revision || c->revision > r->revision))
        return SW_E_CONFLICT;
    if (verbs[v].becomes[strchr(letters, r->status) - letters] == '.')
        return SW_E_INVAL;
    if (c->verb == SW_VERB_REOPEN && ref_open(r->matter) && ref_open(r->matter) != r)
        return SW_E_INVAL;
    if (c->verb == SW_VERB_SUSPEND && r->suspended)
        return SW_E_INVAL;
    if (c->verb == SW_VERB_RESUME && !r->suspended)
        return SW_E_INVAL;
    if (c->verb == SW_VERB_UNLINK && r->calls == 0)
        return SW_E_INVAL;
    if (c->verb == SW_VERB_RESOLVE && !is_proven)
        return SW_E_NODATA;
    return SW_OK;
}

static void ref_effect(struct ref *r, size_t v, const struct sw_ticket_command *c, int64_t now)
{
    const enum sw_verb verb = c->verb;
    struct ref *other;

    if (verb == SW_VERB_REOPEN) {
        ref_reopen(r);
        return;
    }
    r->status = verbs[v].becomes[strchr(letters, r->status) - letters];
    r->acted =
        r->acted || verb == SW_VERB_ACCEPT || verb == SW_VERB_START || verb == SW_VERB_NOTE || verb == SW_VERB_RESOLVE;
    r->suspended = verb == SW_VERB_SUSPEND ||
                   (r->suspended && verb != SW_VERB_RESUME && verb != SW_VERB_RESOLVE && verb != SW_VERB_WITHDRAW);
    r->escalated = r->escalated || verb == SW_VERB_ESCALATE;
    r->calls += verb == SW_VERB_LINK;
    r->calls -= verb == SW_VERB_UNLINK;
    if (verb == SW_VERB_CLOSE || verb == SW_VERB_WITHDRAW)
        r->ended_us = now;
    event(r);
    if (verb == SW_VERB_UNLINK)
        ref_avert(r, now);
    if (verb == SW_VERB_RETURN && ++r->returns >= 2 && !r->escalated) {
        r->escalated = true;
        event(r);
    }
    other = ref_open(r->matter);
    if (c->unsatisfied && (verb == SW_VERB_CALLBACK || verb == SW_VERB_RATE) && (!other || other == r))
        ref_reopen(r);
}

/* ---- the two side by side ---- */

static void compare(const struct sw_desk *d, int step)
{
    static const char stages[] = " fer";
    int open[MATTERS] = {0};

    for (size_t i = 0; i < n_refs; i++) {
        const struct sw_ticket *t = sw_desk_ticket(d, i);
        const struct ref *r = &refs[i];

        CHECK(t, "step %d: ticket %zu is missing", step, i);
        CHECK(letters[t->status] == r->status, "step %d, ticket %zu: %s, want %c", step, i, sw_status_name(t->status),
              r->status);
        CHECK(stages[t->stage] == r->stage, "step %d, ticket %zu: stage %s, want %c", step, i, sw_stage_name(t->stage),
              r->stage);
        CHECK(t->revision == r->revision && t->event_revision == r->event_revision,
              "step %d, ticket %zu: revision %u/%u, want %u/%u", step, i, t->revision, t->event_revision, r->revision,
              r->event_revision);
        CHECK(t->reopens == r->reopens && t->calls == r->calls && t->averted_acted == r->averted &&
                  t->suspended == r->suspended && t->escalated == r->escalated,
              "step %d, ticket %zu: reopens %u calls %u averted %d suspended %d escalated %d", step, i, t->reopens,
              t->calls, t->averted_acted, t->suspended, t->escalated);
        CHECK(t->n_history <= SW_HISTORY_MAX && t->n_history <= t->history_total, "step %d: history", step);
        CHECK(ended(r) ? t->ended_us == r->ended_us : t->ended_us == INT64_MIN, "step %d: end", step);
        open[r->matter] += sw_ticket_is_open(t);
        seen[(unsigned char) r->status]++;
    }
    CHECK(!sw_desk_ticket(d, n_refs), "step %d: a ticket too many", step);
    for (int m = 0; m < MATTERS; m++)
        CHECK(open[m] <= 1, "step %d: matter %d has %d open tickets", step, m, open[m]);
}

static void random_finding(struct sw_desk *d, int64_t now, struct sw_desk_out *out)
{
    const int matter = (int) chance(MATTERS);
    const enum sw_finding_kind kind = (enum sw_finding_kind) chance(SW_FINDING_CLEARED + 1);
    const struct sw_work work = {SW_WORK_NO_SCHEDULE, -1};
    const struct sw_finding f = {.kind = kind,
                                 .sensor = (uint16_t) matter,
                                 .pack = &pack,
                                 .rule = &pack.rules[0],
                                 .at_us = now,
                                 .value = 5600,
                                 .worst = 5600,
                                 .max = 6000,
                                 .from_us = now,
                                 .forecast = {.crosses_at_us = INT64_MIN, .budget_s = -1},
                                 .period = "night"};

    sw_desk_finding(d, &f, &work, now, out);
    ref_finding(kind, matter, now);
}

static bool random_command(struct sw_desk *d, int64_t now, struct sw_desk_out *out, int step)
{
    const size_t v = chance(SW_ARRAY_SIZE(verbs));
    const bool is_proven = chance(4) != 0;
    struct sw_ticket_command c = {.verb = verbs[v].verb,
                                  .by = {.id = "x", .role = verbs[v].role, .door = SW_DOOR_MQTT},
                                  .text = "t",
                                  .measure = "m",
                                  .reason = "r",
                                  .satisfaction = "satisfied",
                                  .resolve_by_us = INT64_MIN,
                                  .until_us = now + 3600 * S};
    struct ref *r;
    struct sw_err err = {0};

    if (n_refs == 0)
        return false;
    r = chance(4) ? ref_open((int) chance(MATTERS)) : &refs[chance((unsigned) n_refs)];
    if (!r)
        r = &refs[n_refs - 1];
    strcpy(c.ticket, sw_desk_ticket(d, (size_t) (r - refs))->id);
    c.revision = r->revision + (chance(8) == 0) - (chance(8) == 0 && r->revision > 1);
    c.unsatisfied = chance(3) == 0;
    if (chance(16) == 0)
        c.by.role = SW_ROLE_AUTHORITY;
    if (c.by.role == SW_ROLE_AUTHORITY &&
        (c.verb == SW_VERB_LINK || c.verb == SW_VERB_UNLINK || c.verb == SW_VERB_NOTE))
        c.by.role = verbs[v].role; /* those are for any role */
    const int want = ref_refusal(r, v, &c, is_proven);
    const int got = sw_desk_command(d, &c, is_proven, now, out, &err);

    CHECK(got == want, "step %d: %s in %c gave %d (%s), want %d", step, sw_verb_name(c.verb), r->status, got, err.msg,
          want);
    if (want == SW_OK)
        ref_effect(r, v, &c, now);
    return want == SW_OK;
}

static void ten_thousand_random_steps_agree_with_the_reference(void **state)
{
    const struct sw_desk_params p = {.gateway = "gw-1",
                                     .site = "s-1",
                                     .zone = &zone,
                                     .hotline = &hotline,
                                     .n_responsibility = 1,
                                     .responsibility = &lead,
                                     .n_sensors = MATTERS,
                                     .sensors = sensors,
                                     .has_platform = true};
    struct sw_desk *d = NULL;
    int64_t now = T0;
    size_t done = 0;

    (void) state;
    assert_int_equal(sw_desk_new(&p, &d, NULL), SW_OK);
    for (int step = 0; step < STEPS && n_refs < SW_TICKETS_MAX - 1; step++) {
        struct sw_desk_out out = {0};

        now += S * (1 + (int64_t) chance(chance(50) ? 60 : 20000));
        if (chance(3))
            done += random_command(d, now, &out, step);
        else
            random_finding(d, now, &out);
        compare(d, step);
        CHECK(out.n_events <= 3 && out.n_tickets <= 1, "step %d: %zu events", step, out.n_events);
        for (size_t i = 0; i < out.n_events; i++)
            CHECK(strlen(out.events[i].id) == 10, "step %d: event id", step);
    }
    for (const char *c = letters; *c; c++)
        CHECK(seen[(unsigned char) *c] > 50, "the walk hardly met status %c", *c);
    CHECK(done > STEPS / 5 && n_refs > 50, "%zu commands were taken, %zu tickets", done, n_refs);
    CHECK(n_refs < SW_TICKETS_MAX - 1, "the walk stopped early");
    print_message("%d steps, %zu commands taken, %zu tickets\n", STEPS, done, n_refs);
    d = sw_desk_free(d);
    assert_null(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_random_steps_agree_with_the_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
