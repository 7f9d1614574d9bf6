// SPDX-License-Identifier: Apache-2.0
/* Complaints and the tickets they are counted in: which matter one speaks of, what a call adds and takes away, the
 * third caller, calls that came before the exceedance they were about, linking by hand. What becomes of a complaint
 * that fits no matter is desk_complaint.c's. */
#include <stdio.h>
#include <string.h>

#include "common/ident.h"
#include "tickets/desk_impl.h"

#define BEFORE_US (1800 * SW_US_PER_S)    /* people hear it before the window is over the limit */
#define AFTER_US (2 * 3600 * SW_US_PER_S) /* and call some time after it is over */
#define MANY_CALLERS 3
#define MERGED_DEPTH_MAX 8 /* of tickets merged one into the other */
#define MOVED_MAX 8        /* tickets that complaints are taken off in one go */

/* ---- which matter ---- */

static unsigned categories_of(const char *service_code)
{
    if (strncmp(service_code, "noise.", 6) == 0)
        return 1u << SW_CATEGORY_NOISE | 1u << SW_CATEGORY_WORK;
    if (strncmp(service_code, "dust.", 5) == 0)
        return 1u << SW_CATEGORY_DUST;
    return 1u << SW_CATEGORY_NOISE | 1u << SW_CATEGORY_DUST | 1u << SW_CATEGORY_WORK;
}

static bool overlaps(const struct sw_complaint_kept *k, int64_t from_us, int64_t to_us)
{
    return k->occurred_us + k->window_us / 2 >= from_us && k->occurred_us - k->window_us / 2 <= to_us;
}

bool sw_desk_complaint_fits(const struct sw_ticket *t, const struct sw_complaint_kept *k)
{
    const int64_t end_us = t->measured_to_us != SW_TIME_NONE ? t->measured_to_us : t->ended_us;

    if (!(categories_of(k->service_code) & 1u << t->category))
        return false;
    if (t->measured_from_us != SW_TIME_NONE &&
        overlaps(k, t->measured_from_us - BEFORE_US, end_us != SW_TIME_NONE ? end_us + AFTER_US : INT64_MAX))
        return true;
    return t->stage == SW_STAGE_FORECAST && sw_ticket_is_open(t) && t->forecast_at_us != SW_TIME_NONE &&
           overlaps(k, t->forecast_at_us - BEFORE_US, INT64_MAX);
}

/* Where a matter is dealt with now; NULL = it was withdrawn, or is not known here any more. */
static struct sw_desk_slot *target_of(struct sw_desk *d, struct sw_desk_slot *s)
{
    for (int i = 0; s && s->ticket.merged_into[0] && i < MERGED_DEPTH_MAX; i++)
        s = sw_desk_slot_of(d, s->ticket.merged_into);
    return s && s->ticket.status != SW_STATUS_WITHDRAWN && !s->ticket.merged_into[0] ? s : NULL;
}

static int64_t begin_of(const struct sw_ticket *t)
{
    return t->measured_from_us != SW_TIME_NONE ? t->measured_from_us : t->forecast_at_us;
}

struct sw_desk_slot *sw_desk_complaint_matter(struct sw_desk *d, const struct sw_complaint_kept *k)
{
    const struct sw_ticket *latest = NULL;
    struct sw_desk_slot *found = NULL;

    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *t = &d->slots[i].ticket;
        struct sw_desk_slot *target;

        if (!sw_desk_complaint_fits(t, k) ||
            (latest &&
             (begin_of(t) < begin_of(latest) || (begin_of(t) == begin_of(latest) && t->opened_us < latest->opened_us))))
            continue;
        target = target_of(d, &d->slots[i]);
        if (!target)
            continue;
        latest = t;
        found = target;
    }
    return found;
}

/* ---- counting ---- */

struct tally {
    uint32_t calls, callers, repeat_callers;
};

static struct tally tally_of(const struct sw_desk_slot *s)
{
    return (struct tally){s->ticket.calls, s->ticket.callers, s->ticket.repeat_callers};
}

/* What came for what is merged into it: part of its tally, but not of its own. */
static struct tally of_merged(const struct sw_desk *d, const struct sw_desk_slot *s)
{
    struct tally sum = {0};

    for (size_t i = 0; i < d->n_slots; i++) {
        const struct sw_ticket *m = &d->slots[i].ticket;

        if (strcmp(m->merged_into, s->ticket.id) != 0)
            continue;
        sum.calls += m->calls;
        sum.callers += m->callers;
        sum.repeat_callers += m->repeat_callers;
    }
    return sum;
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static struct tally own_tally(const struct sw_desk *d, const struct sw_desk_slot *s)
{
    const struct sw_ticket *t = &s->ticket;
    const struct tally merged = of_merged(d, s);

    return (struct tally){less(t->calls, merged.calls), less(t->callers + t->shared_callers, merged.callers),
                          less(t->repeat_callers + t->shared_repeat_callers, merged.repeat_callers)};
}

static void set_own_tally(const struct sw_desk *d, struct sw_desk_slot *s, struct tally own)
{
    const struct tally merged = of_merged(d, s);

    s->ticket.calls = own.calls + merged.calls;
    s->ticket.callers = less(own.callers + merged.callers, s->ticket.shared_callers);
    s->ticket.repeat_callers = less(own.repeat_callers + merged.repeat_callers, s->ticket.shared_repeat_callers);
}

/* The sum is kept exact beside the union, so that an unmerge gives back what a merge brought. */
void sw_desk_share_callers(const struct sw_desk *d, struct sw_desk_slot *s)
{
    struct sw_ticket *t = &s->ticket;
    const char *ids[1 + SW_MERGED_MAX] = {t->id};
    const uint32_t sum = t->callers + t->shared_callers, sum_repeat = t->repeat_callers + t->shared_repeat_callers;
    size_t n = 1;

    _Static_assert(1 + SW_MERGED_MAX <= SW_COMPLAINT_TICKETS_MAX, "a head and what is merged into it fit");
    for (size_t i = 0; i < d->n_slots && n < SW_ARRAY_SIZE(ids); i++) {
        if (strcmp(d->slots[i].ticket.merged_into, t->id) == 0)
            ids[n++] = d->slots[i].ticket.id;
    }
    if (n == 1 && t->shared_callers == 0 && t->shared_repeat_callers == 0)
        return;
    const struct sw_complaint_callers c = sw_complaint_book_callers(d->complaints, n, ids);

    t->shared_callers = SW_MIN(c.sum - c.distinct, sum);
    t->shared_repeat_callers = SW_MIN(c.sum_repeat - c.distinct_repeat, sum_repeat);
    t->callers = sum - t->shared_callers;
    t->repeat_callers = sum_repeat - t->shared_repeat_callers;
}

void sw_desk_count_in(struct sw_desk *d, struct sw_desk_slot *s, struct sw_complaint_entry *e)
{
    struct sw_ticket *t = &s->ticket;
    const bool is_told = e->kept.caller_ref[0];
    const struct sw_complaint_others others = sw_complaint_book_others(d->complaints, t->id, e);
    struct tally own = own_tally(d, s);

    if (t->calls < UINT32_MAX)
        own.calls++;
    /* One caller stands for all who are not told; the first who is told may be the same. */
    if (is_told && !others.same_caller && (others.any_caller || own.callers > 1) && own.callers < own.calls)
        own.callers++;
    own.callers = SW_MAX(own.callers, 1u);
    if (is_told && e->kept.is_repeat_caller && !others.same_repeat_caller && own.repeat_callers < own.callers)
        own.repeat_callers++;
    set_own_tally(d, s, own);
    sw_desk_copy(e->kept.counted_in, sizeof e->kept.counted_in, t->id);
    sw_complaint_book_changed(d->complaints, e);
}

/* One call less, of a caller of whom there are these others; without an entry nothing is known of the caller. */
static void take_off(const struct sw_desk *d, struct sw_desk_slot *s, const struct sw_complaint_entry *e,
                     const struct sw_complaint_others *others)
{
    const bool is_told = e && e->kept.caller_ref[0];
    struct tally own = own_tally(d, s);

    if (own.calls > 0)
        own.calls--;
    if (is_told && !others->same_caller && own.callers > 1)
        own.callers--;
    if (is_told && e->kept.is_repeat_caller && !others->same_repeat_caller && own.repeat_callers > 0)
        own.repeat_callers--;
    own.callers = SW_MIN(own.callers, own.calls);
    own.repeat_callers = SW_MIN(own.repeat_callers, own.callers);
    set_own_tally(d, s, own);
}

bool sw_desk_many_callers(struct sw_desk *d, struct sw_ticket *t, int64_t now_us)
{
    if (t->raised_by_callers || t->callers < MANY_CALLERS || !sw_ticket_is_open(t))
        return false;
    t->raised_by_callers = true;
    return t->class_ > SW_CLASS_A && sw_desk_raise_class(d, t, (enum sw_class)(t->class_ - 1), now_us);
}

/* What a merged ticket counts, the one that it is merged into counts too, and there callers are many.
 * @return the class rose */
static bool counted(struct sw_desk *d, struct sw_desk_slot *s, struct tally was, int64_t now_us,
                    struct sw_desk_out *out)
{
    const struct tally is = tally_of(s);
    struct sw_desk_slot *head = sw_desk_head_of(d, s);

    sw_desk_merged_counts(d, s, (int) (is.calls - was.calls), (int) (is.callers - was.callers),
                          (int) (is.repeat_callers - was.repeat_callers), now_us, out);
    sw_desk_share_callers(d, head ? head : s);
    return sw_desk_many_callers(d, head ? &head->ticket : &s->ticket, now_us);
}

static void count_out(struct sw_desk *d, struct sw_desk_slot *s, struct sw_complaint_entry *e)
{
    const struct sw_complaint_others others = sw_complaint_book_others(d->complaints, s->ticket.id, e);

    take_off(d, s, e, &others);
    e->kept.counted_in[0] = '\0';
    sw_complaint_book_changed(d->complaints, e);
}

/* "third caller: class A; …": of the ticket that speaks for this one. */
static void raise_note(struct sw_desk *d, const struct sw_desk_slot *s, bool is_raised, const char *rest, char *note,
                       size_t cap)
{
    const struct sw_desk_slot *head = sw_desk_head_of(d, s);
    const enum sw_class c = head ? head->ticket.class_ : s->ticket.class_;
    char text[SW_NOTE_SIZE + 64];

    if (is_raised)
        snprintf(text, sizeof text, "third caller: class %c%s%s", sw_class_letter(c), *rest ? "; " : "", rest);
    else
        snprintf(text, sizeof text, "%s", rest);
    sw_desk_copy(note, cap, text);
}

bool sw_desk_link(struct sw_desk *d, struct sw_desk_slot *s, struct sw_complaint_entry *e, const struct sw_actor *by,
                  int64_t now_us, struct sw_desk_out *out)
{
    const struct tally was = tally_of(s);
    char note[SW_NOTE_SIZE];
    bool is_raised;

    sw_desk_count_in(d, s, e);
    is_raised = counted(d, s, was, now_us, out);
    raise_note(d, s, is_raised, e->kept.service_request_id, note, sizeof note);
    sw_desk_record(d, s, SW_VERB_LINK, SW_STAGE_NONE, by, note, now_us, out);
    return is_raised;
}

/* ---- it came before the exceedance ---- */

static bool is_unmeasured(const struct sw_ticket *t)
{
    return t->origin == SW_ORIGIN_COMPLAINT && t->measured_from_us == SW_TIME_NONE && sw_ticket_is_open(t);
}

/* Tickets that calls are taken off, each once. */
struct moved {
    size_t n;
    struct sw_desk_slot *slots[MOVED_MAX];
};

static bool note_moved(struct moved *m, struct sw_desk_slot *s)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->slots[i] == s)
            return true;
    }
    if (m->n == MOVED_MAX)
        return false;
    m->slots[m->n++] = s;
    return true;
}

/* Is it free to be linked here: counted nowhere, or in a ticket for want of a measurement? */
static bool make_free(struct sw_desk *d, const struct sw_desk_slot *to, struct sw_complaint_entry *e, struct moved *m,
                      int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *s;
    struct tally was;

    if (!e->kept.counted_in[0])
        return true;
    s = sw_desk_slot_of(d, e->kept.counted_in);
    if (!s || s == to || !is_unmeasured(&s->ticket) || !note_moved(m, s))
        return false;
    was = tally_of(s);
    count_out(d, s, e);
    counted(d, s, was, now_us, out);
    return true;
}

void sw_desk_link_earlier(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_complaint_book *b = d->complaints;
    struct moved moved = {0};
    char rest[64], note[SW_NOTE_SIZE];
    unsigned n_linked = 0;
    bool is_raised = false;

    for (uint64_t n = b->first; n < b->end; n++) {
        struct sw_complaint_entry *e = sw_complaint_book_at(b, n);
        struct tally was;

        if (!sw_desk_complaint_fits(&s->ticket, &e->kept) || !make_free(d, s, e, &moved, now_us, out))
            continue;
        was = tally_of(s);
        sw_desk_count_in(d, s, e);
        is_raised |= counted(d, s, was, now_us, out); /* each at once: a call may come from the ticket's own head */
        n_linked++;
    }
    if (n_linked == 0)
        return;
    snprintf(rest, sizeof rest, "%u earlier %s", n_linked, n_linked == 1 ? "call" : "calls");
    raise_note(d, s, is_raised, rest, note, sizeof note);
    sw_desk_record(d, s, SW_VERB_LINK, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    snprintf(note, sizeof note, "measured since: %s", s->ticket.id);
    for (size_t i = 0; i < moved.n; i++)
        sw_desk_record(d, moved.slots[i], SW_VERB_UNLINK, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
}

/* ---- by hand ---- */

/* A call that the desk has not seen as a complaint. Without an id it gets one, so that it can be kept. */
static struct sw_complaint_entry *new_call(struct sw_desk *d, const struct sw_ticket_command *c, int64_t now_us)
{
    const char *const parts[] = {c->ticket, c->by.id, c->id};
    struct sw_complaint_kept k = {.at_us = now_us,
                                  .occurred_us = now_us,
                                  .distance_m = -1,
                                  .code = SW_ANSWER_NO_DATA, /* nobody looked */
                                  .outcome = SW_COMPLAINT_LINKED};
    char id[11];

    sw_id_derive(parts, SW_ARRAY_SIZE(parts), (uint64_t) now_us, id);
    if (c->service_request_id[0])
        sw_desk_copy(k.service_request_id, sizeof k.service_request_id, c->service_request_id);
    else
        snprintf(k.service_request_id, sizeof k.service_request_id, "link:%s", id);
    sw_desk_copy(k.caller_ref, sizeof k.caller_ref, c->caller_ref);
    sw_desk_copy(k.ticket, sizeof k.ticket, c->ticket);
    return sw_complaint_book_add(d->complaints, &k);
}

int sw_desk_link_call(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_ticket_command *c, int64_t now_us,
                      struct sw_desk_out *out, char note[SW_NOTE_SIZE], struct sw_err *err)
{
    struct sw_complaint_entry *e = NULL;
    struct sw_desk_slot *from = NULL;
    struct tally was;
    char moved[64];

    if (sw_complaint_check_ids(c->service_request_id, c->caller_ref, err) < 0)
        return SW_E_INVAL;
    if (s->ticket.calls == UINT32_MAX)
        return sw_err_set(err, SW_E_FULL, SW_REFUSAL_OVERLOADED, "the ticket cannot count more calls");
    if (c->service_request_id[0])
        e = sw_complaint_book_find(d->complaints, c->service_request_id);
    if (e && strcmp(e->kept.counted_in, s->ticket.id) == 0)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "call %s is linked to this ticket already",
                          c->service_request_id);
    if (e && e->kept.counted_in[0])
        from = sw_desk_slot_of(d, e->kept.counted_in);
    if (from) {
        was = tally_of(from);
        count_out(d, from, e);
        counted(d, from, was, now_us, out);
        snprintf(moved, sizeof moved, "linked to %s", s->ticket.id);
        sw_desk_record(d, from, SW_VERB_UNLINK, SW_STAGE_NONE, &c->by, moved, now_us, out);
        sw_desk_avert_if_over(d, from, now_us, out);
    }
    was = tally_of(s);
    sw_desk_count_in(d, s, e ? e : new_call(d, c, now_us));
    raise_note(d, s, counted(d, s, was, now_us, out), c->text[0] ? c->text : c->reason, note, SW_NOTE_SIZE);
    return SW_OK;
}

int sw_desk_unlink_call(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_ticket_command *c,
                        struct sw_err *err)
{
    const struct sw_complaint_others nobody = {0};
    struct sw_complaint_entry *e;

    if (own_tally(d, s).calls == 0)
        return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "no call is linked to this ticket%s",
                          s->ticket.calls > 0 ? " itself: its calls are those of what is merged into it" : "");
    if (c->service_request_id[0]) {
        e = sw_complaint_book_find(d->complaints, c->service_request_id);
        if (!e || strcmp(e->kept.counted_in, s->ticket.id) != 0)
            return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "service_request_id: call %s is not linked here",
                              c->service_request_id);
    } else {
        e = sw_complaint_book_newest(d->complaints, s->ticket.id, c->caller_ref);
        if (!e && c->caller_ref[0])
            return sw_err_set(err, SW_E_INVAL, SW_REFUSAL_INVALID, "caller_ref: no call of that caller is linked here");
        if (!e)
            e = sw_complaint_book_newest(d->complaints, s->ticket.id, NULL);
    }
    if (!e) { /* remembered no longer */
        take_off(d, s, NULL, &nobody);
    } else {
        count_out(d, s, e);
        sw_desk_copy(e->kept.counted_in, sizeof e->kept.counted_in, SW_COMPLAINT_UNLINKED);
    }
    sw_desk_share_callers(d, s);
    return SW_OK;
}
