// SPDX-License-Identifier: Apache-2.0
/* Counts tickets and complaints into the hotline's indicators. What a ticket is, its deadlines and its class are
 * decided elsewhere: here they are only counted. */
#include "tickets/indicators.h"

#include <stdlib.h>
#include <string.h>

#include "tickets/desk_impl.h"

#define REPEAT_US (30 * SW_S_PER_DAY * SW_US_PER_S)
#define MANY_CALLERS 2 /* a matter of so many people is listed */
#define MANY_CALLS 2   /* and a person of so many calls */

struct book_row {
    char ticket[16], caller[SW_CALLER_REF_SIZE];
    int64_t at_us;
    bool is_inside; /* of the stretch itself, not only of the 30 days */
};

struct merged_row {
    char ticket[16], into[16];
};

struct sw_indicators_job {
    int64_t from_us, to_us;
    struct sw_indicators sum;
    size_t n_rows;
    struct book_row *rows;
    size_t n_merged;
    struct merged_row merged[SW_INDICATORS_MERGED_MAX];
};

struct sw_indicators_job *sw_indicators_new(int64_t from_us, int64_t to_us)
{
    struct sw_indicators_job *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    j->from_us = from_us;
    j->to_us = to_us;
    j->rows = calloc(SW_INDICATORS_BOOK_MAX, sizeof *j->rows);
    return j->rows ? j : sw_indicators_free(j);
}

struct sw_indicators_job *sw_indicators_free(struct sw_indicators_job *j)
{
    if (j)
        free(j->rows);
    free(j);
    return NULL;
}

static bool is_inside(const struct sw_indicators_job *j, int64_t t_us)
{
    return t_us != SW_TIME_NONE && t_us >= j->from_us && t_us < j->to_us;
}

static void count(struct sw_ratio *r, bool is_good)
{
    r->of++;
    r->n += is_good;
}

/* ---- tickets ---- */

/* What ended without work to be done, or is dealt with in another ticket, is not waited for. */
static bool is_waited_for(const struct sw_ticket *t)
{
    return t->status != SW_STATUS_WITHDRAWN && t->status != SW_STATUS_AVERTED && !t->merged_into[0];
}

static int64_t last_of(const struct sw_ticket *t, enum sw_verb a, enum sw_verb b)
{
    for (size_t i = t->n_history; i-- > 0;) {
        if (t->history[i].verb == a || t->history[i].verb == b)
            return t->history[i].at_us;
    }
    return SW_TIME_NONE;
}

/* The deadline to respond counts where it falls; one that was met before it falls counts too. */
static void count_response(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    const bool is_met = t->responded_us != SW_TIME_NONE && t->responded_us <= t->respond_by_us;

    if (is_inside(j, t->respond_by_us) && (is_waited_for(t) || is_met || (t->overdue & SW_OVERDUE_RESPOND)))
        count(&j->sum.response_on_time, is_met);
}

static void count_preventive(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    const bool has_outcome = t->stage != SW_STAGE_FORECAST || !sw_ticket_is_open(t);

    if (t->origin != SW_ORIGIN_PREVENTIVE || !is_inside(j, t->opened_us) || !has_outcome ||
        t->status == SW_STATUS_WITHDRAWN)
        return;
    count(&j->sum.averted, t->status == SW_STATUS_AVERTED && t->averted_acted == 1);
    count(&j->sum.lapsed, t->status == SW_STATUS_AVERTED && t->averted_acted == 0);
}

static void count_rating(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    if (t->satisfaction[0] && is_inside(j, last_of(t, SW_VERB_CALLBACK, SW_VERB_RATE)))
        count(&j->sum.satisfaction, strncmp(t->satisfaction, "un", 2) != 0 && strncmp(t->satisfaction, "dis", 3) != 0);
}

static unsigned why_stuck(const struct sw_ticket *t)
{
    unsigned why = 0;

    if (!sw_ticket_is_open(t) || t->status == SW_STATUS_RESOLVED || t->merged_into[0])
        return 0;
    why |= t->overdue != 0 ? SW_STUCK_OVERDUE : 0u;
    why |= t->returns > 0 ? SW_STUCK_RETURNED : 0u;
    why |= t->reopens > 0 ? SW_STUCK_REOPENED : 0u;
    why |= t->suspended ? SW_STUCK_SUSPENDED : 0u;
    return why;
}

/* Worse class first, then the one that waits for longer. */
static bool is_more_stuck(const struct sw_stuck_ticket *a, const struct sw_stuck_ticket *b)
{
    if (a->class_ != b->class_)
        return a->class_ < b->class_;
    return a->opened_us != b->opened_us ? a->opened_us < b->opened_us : strcmp(a->id, b->id) < 0;
}

static void list_stuck(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    struct sw_indicators *s = &j->sum;
    struct sw_stuck_ticket k = {.assignee = t->assignee,
                                .class_ = t->class_,
                                .status = t->status,
                                .why = why_stuck(t),
                                .opened_us = t->opened_us,
                                .resolve_by_us = t->resolve_by_us};
    size_t at;

    if (k.why == 0)
        return;
    s->stuck_total++;
    sw_desk_copy(k.id, sizeof k.id, t->id);
    sw_desk_copy(k.number, sizeof k.number, t->number);
    for (at = s->n_stuck; at > 0 && is_more_stuck(&k, &s->stuck[at - 1]); at--)
        ;
    if (at == SW_INDICATORS_LIST_MAX)
        return;
    s->n_stuck = SW_MIN(s->n_stuck + 1, (size_t) SW_INDICATORS_LIST_MAX);
    memmove(&s->stuck[at + 1], &s->stuck[at], (s->n_stuck - 1 - at) * sizeof k);
    s->stuck[at] = k;
}

static bool was_forced(const struct sw_indicators_job *j, const struct sw_ticket *t)
{
    for (size_t i = 0; i < t->n_history; i++) {
        if (t->history[i].forced && is_inside(j, t->history[i].at_us))
            return true;
    }
    return false;
}

/* What became of a matter; one that is merged shares the fate of its head, which counts. */
static void count_fate(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    struct sw_indicators *s = &j->sum;

    if (t->status == SW_STATUS_CLOSED && is_inside(j, t->ended_us)) {
        s->closed++;
        count(&s->first_time, t->reopens == 0);
    }
    s->forced += was_forced(j, t);
    s->withdrawn += t->status == SW_STATUS_WITHDRAWN && is_inside(j, t->ended_us);
    s->reopened += is_inside(j, last_of(t, SW_VERB_REOPEN, SW_VERB_REOPEN));
    s->open_at_end += sw_ticket_is_open(t);
    s->overdue_at_end += sw_ticket_is_open(t) && t->overdue != 0;
}

/* Its callers are those of its head. Beyond the ceiling they are listed for themselves. */
static void note_merged(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    struct merged_row *m = &j->merged[j->n_merged];

    if (j->n_merged == SW_INDICATORS_MERGED_MAX)
        return;
    sw_desk_copy(m->ticket, sizeof m->ticket, t->id);
    sw_desk_copy(m->into, sizeof m->into, t->merged_into);
    j->n_merged++;
}

void sw_indicators_ticket(struct sw_indicators_job *j, const struct sw_ticket *t)
{
    struct sw_indicators *s = &j->sum;

    if (t->opened_us >= j->to_us)
        return;
    if (is_inside(j, t->opened_us)) {
        s->opened++;
        if ((unsigned) t->class_ < SW_CLASS__COUNT)
            s->opened_of[t->class_]++;
    }
    if (is_inside(j, t->resolve_by_us) && is_waited_for(t))
        count(&s->closure, t->status == SW_STATUS_CLOSED);
    if (t->merged_into[0])
        note_merged(j, t);
    else
        count_fate(j, t);
    count_response(j, t);
    count_preventive(j, t);
    count_rating(j, t);
    list_stuck(j, t);
}

/* ---- complaints ---- */

/* The ticket that it is counted in now, which a person may have changed since the first answer. */
static const char *matter_of(const struct sw_complaint_kept *k)
{
    if (strcmp(k->counted_in, SW_COMPLAINT_UNLINKED) == 0)
        return "";
    return k->counted_in[0] ? k->counted_in : k->ticket;
}

void sw_indicators_complaint(struct sw_indicators_job *j, const struct sw_complaint_kept *k)
{
    struct sw_indicators *s = &j->sum;
    const bool inside = is_inside(j, k->at_us);

    if (k->at_us >= j->to_us || (!inside && k->at_us < j->to_us - REPEAT_US))
        return;
    if (inside) {
        s->calls++;
        s->calls_linked += k->outcome == SW_COMPLAINT_LINKED;
        s->calls_opened += k->outcome == SW_COMPLAINT_OPENED;
        s->calls_nothing += k->outcome == SW_COMPLAINT_NOTHING;
        if (sw_answer_is_measured(k->code))
            count(&s->confirmed, sw_answer_is_over(k->code));
    }
    if (j->n_rows < SW_INDICATORS_BOOK_MAX) {
        struct book_row *r = &j->rows[j->n_rows++];

        sw_desk_copy(r->ticket, sizeof r->ticket, matter_of(k));
        sw_desk_copy(r->caller, sizeof r->caller, k->caller_ref);
        r->at_us = k->at_us;
        r->is_inside = inside;
    }
}

static int by_ticket(const void *a, const void *b)
{
    const struct book_row *x = a, *y = b;
    const int c = strcmp(x->ticket, y->ticket);

    return c != 0 ? c : strcmp(x->caller, y->caller);
}

static int by_caller(const void *a, const void *b)
{
    const struct book_row *x = a, *y = b;
    const int c = strcmp(x->caller, y->caller);

    return c != 0 ? c : strcmp(x->ticket, y->ticket);
}

/* Most people first, then most calls, then the ticket's id, so that two runs print the same. */
static void list_many(struct sw_indicators *s, const struct sw_many_callers *m)
{
    size_t at;

    if (m->callers < MANY_CALLERS)
        return;
    s->many_total++;
    for (at = s->n_many; at > 0; at--) {
        const struct sw_many_callers *o = &s->many[at - 1];

        if (o->callers > m->callers || (o->callers == m->callers && o->calls >= m->calls))
            break;
    }
    if (at == SW_INDICATORS_LIST_MAX)
        return;
    s->n_many = SW_MIN(s->n_many + 1, (size_t) SW_INDICATORS_LIST_MAX);
    memmove(&s->many[at + 1], &s->many[at], (s->n_many - 1 - at) * sizeof *m);
    s->many[at] = *m;
}

static void list_repeat(struct sw_indicators *s, const struct sw_repeat_caller *c)
{
    size_t at;

    if (c->calls < MANY_CALLS)
        return;
    s->repeat_total++;
    for (at = s->n_repeat; at > 0 && s->repeat[at - 1].calls < c->calls; at--)
        ;
    if (at == SW_INDICATORS_LIST_MAX)
        return;
    s->n_repeat = SW_MIN(s->n_repeat + 1, (size_t) SW_INDICATORS_LIST_MAX);
    memmove(&s->repeat[at + 1], &s->repeat[at], (s->n_repeat - 1 - at) * sizeof *c);
    s->repeat[at] = *c;
}

/* A matter is listed by the calls of the stretch. Calls without a reference make nobody a second caller. */
static void sum_matters(struct sw_indicators_job *j)
{
    for (size_t i = 0, end; i < j->n_rows; i = end) {
        struct sw_many_callers m = {.last_us = SW_TIME_NONE};
        const char *last = "";

        sw_desk_copy(m.ticket, sizeof m.ticket, j->rows[i].ticket);
        for (end = i; end < j->n_rows && strcmp(j->rows[end].ticket, m.ticket) == 0; end++) {
            const struct book_row *r = &j->rows[end];

            if (!r->is_inside)
                continue;
            m.calls++;
            m.callers += strcmp(r->caller, last) != 0;
            last = r->caller;
            m.last_us = SW_MAX(m.last_us, r->at_us);
        }
        if (m.ticket[0])
            list_many(&j->sum, &m);
    }
}

static void sum_callers(struct sw_indicators_job *j)
{
    for (size_t i = 0, end; i < j->n_rows; i = end) {
        struct sw_repeat_caller c = {.last_us = SW_TIME_NONE};
        const char *last = "";
        bool any_inside = false;

        sw_desk_copy(c.caller_ref, sizeof c.caller_ref, j->rows[i].caller);
        for (end = i; end < j->n_rows && strcmp(j->rows[end].caller, c.caller_ref) == 0; end++) {
            const struct book_row *r = &j->rows[end];

            c.calls += r->at_us >= j->to_us - REPEAT_US;
            c.tickets += r->ticket[0] && strcmp(r->ticket, last) != 0;
            last = r->ticket;
            c.last_us = SW_MAX(c.last_us, r->at_us);
            any_inside = any_inside || r->is_inside;
        }
        if (!c.caller_ref[0] || !any_inside)
            continue;
        j->sum.callers++;
        list_repeat(&j->sum, &c);
    }
}

/* Tickets and complaints come in any order: only now every merging is known. */
static void move_to_heads(struct sw_indicators_job *j)
{
    for (size_t i = 0; i < j->n_rows; i++) {
        for (size_t k = 0; k < j->n_merged; k++) {
            if (strcmp(j->rows[i].ticket, j->merged[k].ticket) != 0)
                continue;
            sw_desk_copy(j->rows[i].ticket, sizeof j->rows[i].ticket, j->merged[k].into);
            break; /* a head is not merged itself */
        }
    }
}

void sw_indicators_sum(struct sw_indicators_job *j, struct sw_indicators *ret)
{
    move_to_heads(j);
    j->sum.callers = j->sum.many_total = j->sum.repeat_total = 0;
    j->sum.n_many = j->sum.n_repeat = 0;
    qsort(j->rows, j->n_rows, sizeof *j->rows, by_ticket);
    sum_matters(j);
    qsort(j->rows, j->n_rows, sizeof *j->rows, by_caller);
    sum_callers(j);
    *ret = j->sum;
}

int32_t sw_ratio_percent_100(struct sw_ratio r)
{
    return r.of == 0 ? -1 : (int32_t) (((uint64_t) r.n * 20000 + r.of) / (2 * (uint64_t) r.of));
}
