// SPDX-License-Identifier: Apache-2.0
/* Random lives of one ticket over the Spring Festival of 2026: suspended, resumed, made worse, escalated, answered,
 * with restarts and steps of the clock between. Its deadlines, reminders and overdue events are compared with a model
 * that knows days off and walks minute by minute. */
#include "tests/unit/desk_fixture.h"

#define T0 1770566400000000LL /* 2026-02-09T00:00:00+08:00, a Monday */
#define MODEL_DAYS 400
#define LIVES 300
#define STEPS 40

static struct sw_days days;
static bool worked[MODEL_DAYS]; /* from T0 on */

static const struct sw_hotline working = {.id = "h",
                                          .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                                                     {.respond_s = 3600, .resolve = {.workdays = 5}}},
                                          .remind = {.percent = 20},
                                          .class_a_over_by = 1000,
                                          .class_a_dust_percent = 200};

/* ---- the model ---- */

struct model {
    bool is_serious, is_drawn_in, is_answered, is_dispatched, is_suspended, in_workdays;
    int64_t respond_by, dispatch_by, resolve_by, until;
    unsigned overdue, reminded;
};
static struct model m;

static void fill(void)
{
    const int32_t first = (int32_t) ((T0 + 8 * HOUR) / DAY);

    for (int i = 0; i < MODEL_DAYS; i++) {
        const bool is_festival = i >= 6 && i <= 14, is_made_up = i == 5 || i == 19; /* 15–23, 14 and 28 February */

        worked[i] = is_made_up || (i % 7 < 5 && !is_festival);
        if (is_festival || is_made_up)
            days.day[days.n++] =
                (struct sw_special_day){.day = first + i, .is_holiday = is_festival, .is_workday = is_made_up};
    }
}

static bool is_worked(int64_t t)
{
    const int64_t i = (t - T0) / DAY;

    assert_true(t >= T0 && i < MODEL_DAYS);
    return worked[i];
}

static int64_t to_work(int64_t t)
{
    while (!is_worked(t))
        t = T0 + ((t - T0) / DAY + 1) * DAY;
    return t;
}

static int64_t minutes_worked(int64_t from, int64_t to)
{
    int64_t n = 0;

    for (int64_t t = from; t < to; t += MIN)
        n += is_worked(t);
    return n;
}

/* Forwards to the minute that is worked after so many; back to the one that has so many before it. */
static int64_t walk(int64_t t, int64_t minutes)
{
    t = to_work(t);
    for (; minutes > 0; minutes--)
        t = to_work(t + MIN);
    while (minutes < 0) {
        t -= MIN;
        minutes += is_worked(t);
    }
    return t;
}

static int64_t least(int64_t a, int64_t b)
{
    return a == NONE || b < a ? b : a;
}

static void give_plain(int64_t by)
{
    if (by < m.resolve_by) {
        m.resolve_by = by;
        m.in_workdays = false;
    }
}

static void model_open(int64_t now)
{
    m = (struct model){.in_workdays = true,
                       .respond_by = now + HOUR,
                       .dispatch_by = NONE,
                       .resolve_by = walk(now, 5 * 1440),
                       .until = NONE};
}

static void model_draw_in(int64_t now, bool with_dispatch)
{
    if (!m.is_answered)
        m.respond_by = least(m.respond_by, now + 5 * MIN);
    if (with_dispatch && !m.is_dispatched)
        m.dispatch_by = least(m.dispatch_by, now + 30 * MIN);
    give_plain((m.is_suspended ? SW_MAX(now, m.until) : now) + DAY);
}

static void model_stand(int64_t now, int64_t until, int sign)
{
    if (until <= now)
        return;
    m.resolve_by =
        m.in_workdays ? walk(m.resolve_by, sign * minutes_worked(now, until)) : m.resolve_by + sign * (until - now);
}

/* What a tick must say, in order: "overdue respond" as 'R', a reminder as 'r'; dispatch d, resolve s; resume '>'. */
static void model_tick(int64_t now, char *said)
{
    const struct {
        unsigned bit;
        char letter;
        int64_t by, lead;
        bool is_met;
    } list[] = {
        {SW_OVERDUE_RESPOND, 'r', m.respond_by, m.is_serious || m.is_drawn_in ? MIN : 12 * MIN, m.is_answered},
        {SW_OVERDUE_DISPATCH, 'd', m.dispatch_by, 6 * MIN, m.is_dispatched},
        {SW_OVERDUE_RESOLVE, 's', m.resolve_by, 288 * MIN, false},
    };

    if (m.is_suspended && now >= m.until) {
        m.is_suspended = false;
        *said++ = '>';
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(list); i++) {
        const bool by_days = list[i].letter == 's' && m.in_workdays;

        if (list[i].is_met || list[i].by == NONE || (m.overdue & list[i].bit))
            continue;
        if (now >= list[i].by) {
            m.overdue |= list[i].bit;
            m.is_drawn_in = true; /* it is escalated; what is left counts as such a one's */
            *said++ = (char) (list[i].letter - 'a' + 'A');
        } else if (!m.is_suspended && !(m.reminded & list[i].bit) &&
                   now >= (by_days ? walk(list[i].by, -1440) : list[i].by - list[i].lead)) {
            m.reminded |= list[i].bit;
            *said++ = list[i].letter;
        }
    }
    *said = '\0';
}

/* ---- both ---- */

static uint64_t seed = 20260223;

static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t) ((seed >> 33) % (uint64_t) n);
}

static struct sw_desk *new_desk(void)
{
    struct sw_desk_params p = params(true);
    struct sw_desk *made = NULL;

    p.hotline = &working;
    p.days = &days;
    assert_int_equal(sw_desk_new(&p, &made, NULL), SW_OK);
    return made;
}

static void restart(void)
{
    const struct sw_ticket kept = *ticket(0);

    sw_desk_free(desk);
    desk = new_desk();
    assert_int_equal(sw_desk_restore(desk, &kept, NULL), SW_OK);
}

static void said_by_desk(char *said)
{
    for (size_t i = 0; i < out.n_events; i++) {
        const struct sw_ticket_event *ev = &out.events[i];
        const char letter = strcmp(ev->note, "resolve") == 0 ? 's' : ev->note[0];

        if (ev->verb == SW_VERB_RESUME)
            *said++ = '>';
        else if (ev->verb == SW_VERB_OVERDUE)
            *said++ = (char) (letter - 'a' + 'A');
        else if (ev->verb == SW_VERB_REMIND)
            *said++ = letter;
        else
            assert_int_equal(ev->verb, SW_VERB_ESCALATE);
    }
    *said = '\0';
}

static void suspend_or_resume(int64_t now)
{
    struct sw_ticket_command c = command(m.is_suspended ? SW_VERB_RESUME : SW_VERB_SUSPEND, SW_ROLE_OFFICER);

    c.until_us = m.is_suspended ? NONE : now + (1 + random_below(12 * 1440)) * MIN;
    send_command(&c, now);
    if (m.is_suspended) {
        model_stand(now, m.until, -1);
        m.is_suspended = false;
        return;
    }
    m.is_suspended = true;
    m.until = c.until_us;
    model_stand(now, m.until, 1);
}

static void set_resolve_by(int64_t now)
{
    struct sw_ticket_command c = command(SW_VERB_DISPATCH, SW_ROLE_PLATFORM);

    c.has_assignee = true;
    strcpy(c.assignee.unit, "u");
    if (!m.is_suspended) {
        c.resolve_by_us = now + (1 + random_below(6 * 1440)) * MIN;
        m.resolve_by = c.resolve_by_us;
        m.in_workdays = false;
        m.overdue &= ~(unsigned) SW_OVERDUE_RESOLVE;
        m.reminded &= ~(unsigned) SW_OVERDUE_RESOLVE;
    }
    m.is_dispatched = true;
    send_command(&c, now);
}

/* In a calm life nothing but suspensions moves the five working days. */
static void something_happens(int64_t now, bool is_calm)
{
    const int64_t what = random_below(10);

    switch (is_calm && (what == 3 || what >= 5) ? 9 : what) {
    case 0:
    case 1:
    case 2:
        suspend_or_resume(now);
        break;
    case 3:
        find(SW_FINDING_WORSE, NORTH, NIGHT_LEQ, 6600, &scheduled, now);
        if (!m.is_serious)
            model_draw_in(now, true);
        m.is_serious = true;
        break;
    case 4:
        command_at(SW_VERB_ACK, SW_ROLE_OFFICER, now);
        m.is_answered = true;
        break;
    case 5:
        set_resolve_by(now);
        break;
    case 6:
        command_at(SW_VERB_ESCALATE, SW_ROLE_OFFICER, now);
        m.is_drawn_in = true;
        if (m.dispatch_by != NONE || m.is_serious)
            model_draw_in(now, m.dispatch_by != NONE);
        else
            model_draw_in(now, false);
        break;
    default:
        restart();
        break;
    }
}

static void check_tick(int life, int step, int64_t now)
{
    char want[16], got[16];

    tick(now);
    said_by_desk(got);
    model_tick(now, want);
    CHECK(strcmp(got, want) == 0, "life %d, step %d: said \"%s\", want \"%s\"", life, step, got, want);
    CHECK(ticket(0)->resolve_by_us == m.resolve_by, "life %d, step %d: resolve_by is %lld min off", life, step,
          (long long) ((ticket(0)->resolve_by_us - m.resolve_by) / MIN));
    CHECK(ticket(0)->respond_by_us == m.respond_by && ticket(0)->dispatch_by_us == m.dispatch_by,
          "life %d, step %d: respond_by or dispatch_by", life, step);
    CHECK(ticket(0)->overdue == m.overdue && ticket(0)->reminded == m.reminded &&
              ticket(0)->suspended == m.is_suspended,
          "life %d, step %d: overdue %u, reminded %u", life, step, ticket(0)->overdue, ticket(0)->reminded);
    assert_true(!m.is_suspended || m.resolve_by >= m.until || (m.overdue & SW_OVERDUE_RESOLVE));
}

static void random_lives_agree_with_walking(void **state)
{
    unsigned overdue = 0, reminded = 0, by_days = 0;

    (void) state;
    fill();
    for (int life = 0; life < LIVES; life++) {
        int64_t now = T0 + random_below(20 * 1440) * MIN;

        desk = new_desk();
        find(SW_FINDING_EXCEED, NORTH, NIGHT_LEQ, 5600, &scheduled, now);
        model_open(now);
        for (int step = 0; step < STEPS; step++) {
            const bool is_long = random_below(4) == 0;

            now += random_below(is_long ? 2880 : 30) * MIN;
            check_tick(life, step, now);
            if (random_below(8) == 0) /* the clock is set back: nothing is said twice */
                check_tick(life, step, now - random_below(SW_MIN(600, (now - T0) / MIN + 1)) * MIN);
            something_happens(now, life % 2 == 0);
        }
        by_days += m.in_workdays && (m.reminded & SW_OVERDUE_RESOLVE);
        overdue += (m.overdue & SW_OVERDUE_RESOLVE) != 0;
        reminded += (m.reminded & SW_OVERDUE_RESOLVE) != 0;
        desk = sw_desk_free(desk);
    }
    CHECK(overdue > 10 && reminded > 10 && by_days > 10, "overdue %u, reminded %u, in working days %u", overdue,
          reminded, by_days);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_lives_agree_with_walking)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
