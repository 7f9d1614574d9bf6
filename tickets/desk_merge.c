// SPDX-License-Identifier: Apache-2.0
/* Merging: the matter of one ticket (the merged) is dealt with in another (the head). The merged one keeps its status
 * and its meter; its calls count to the head, its deadlines rest, and it ends and is taken up again with the head.
 * Why it is so: docs/adr/0016-merged-tickets.md. Who may merge is in ticket.c. */
#include <stdio.h>
#include <string.h>

#include "tickets/desk_call.h"

struct sw_desk_slot *sw_desk_head_of(struct sw_desk *d, const struct sw_desk_slot *s)
{
    return s->ticket.merged_into[0] ? sw_desk_slot_of(d, s->ticket.merged_into) : NULL;
}

static bool is_merged_into(const struct sw_desk_slot *s, const struct sw_desk_slot *head)
{
    return s->ticket.merged_into[0] && strcmp(s->ticket.merged_into, head->ticket.id) == 0;
}

static size_t count_merged(const struct sw_desk *d, const struct sw_desk_slot *head)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_slots; i++)
        n += is_merged_into(&d->slots[i], head);
    return n;
}

bool sw_desk_has_merged(const struct sw_desk *d, const struct sw_desk_slot *s)
{
    return count_merged(d, s) > 0;
}

void sw_desk_mark_forced(struct sw_ticket *t)
{
    t->forced = true;
    t->history[t->n_history - 1].forced = true;
}

/* ---- what goes over to the head ---- */

static uint32_t moved(uint32_t n, int64_t by)
{
    const int64_t sum = (int64_t) n + by;

    return (uint32_t) (sum < 0 ? 0 : SW_MIN(sum, (int64_t) UINT32_MAX));
}

static void move_counts(struct sw_ticket *t, int64_t calls, int64_t callers, int64_t repeat_callers)
{
    t->calls = moved(t->calls, calls);
    t->callers = moved(t->callers, callers);
    t->repeat_callers = moved(t->repeat_callers, repeat_callers);
}

static void give_back_counts(struct sw_ticket *head, const struct sw_ticket *t)
{
    move_counts(head, -(int64_t) t->calls, -(int64_t) t->callers, -(int64_t) t->repeat_callers);
}

void sw_desk_merged_counts(struct sw_desk *d, const struct sw_desk_slot *s, int calls, int callers, int repeat_callers,
                           int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *head = sw_desk_head_of(d, s);

    if (!head)
        return;
    move_counts(&head->ticket, calls, callers, repeat_callers);
    if (head->ticket.status < SW_STATUS_RESOLVED)
        sw_desk_raise_class(d, &head->ticket, s->ticket.class_, now_us); /* its own third caller may have raised it */
    sw_desk_touch(d, head, now_us, out);
}

/* Nothing becomes less urgent by being merged: the head takes the class and the sooner of both deadlines, where it has
 * not met its own. */
static void take_urgency(const struct sw_desk *d, const struct sw_ticket *from, struct sw_ticket *head, int64_t now_us)
{
    sw_desk_raise_class(d, head, from->class_, now_us);
    if (head->responded_us == SW_TIME_NONE && from->responded_us == SW_TIME_NONE)
        head->respond_by_us = sw_desk_earlier(head->respond_by_us, from->respond_by_us);
    if (head->dispatched_us == SW_TIME_NONE && from->dispatched_us == SW_TIME_NONE)
        head->dispatch_by_us = sw_desk_earlier(head->dispatch_by_us, from->dispatch_by_us);
    if (!head->suspended && !from->suspended &&
        sw_desk_earlier(head->resolve_by_us, from->resolve_by_us) != head->resolve_by_us) {
        head->resolve_by_us = from->resolve_by_us;
        head->resolve_in_workdays = from->resolve_in_workdays;
    }
}

void sw_desk_merged_raised(struct sw_desk *d, const struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *head = sw_desk_head_of(d, s);

    if (head && head->ticket.status < SW_STATUS_RESOLVED &&
        sw_desk_raise_class(d, &head->ticket, s->ticket.class_, now_us))
        sw_desk_touch(d, head, now_us, out);
}

/* ---- merge and unmerge ---- */

/* People and proof of the equipment are others than those of noise, dust and work. */
static bool is_one_kind(const struct sw_ticket *a, const struct sw_ticket *b)
{
    return (a->category == SW_CATEGORY_DEVICE) == (b->category == SW_CATEGORY_DEVICE);
}

static int check_head(const struct sw_desk_call *k, const struct sw_desk_slot *head)
{
    const struct sw_ticket *h;

    if (!head)
        return sw_err_set(k->err, SW_E_NOTFOUND, SW_REFUSAL_NOT_FOUND, "no ticket %s here to merge into", k->c->into);
    h = &head->ticket;
    if (head == k->s)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_INVALID, "a ticket cannot be merged into itself");
    if (h->merged_into[0])
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "%s is merged into %s itself: merge into that one",
                          h->id, h->merged_into);
    if (h->status >= SW_STATUS_RESOLVED)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL,
                          "%s is %s: merge into one that is still worked on, or reopen it first", h->id,
                          sw_status_name(h->status));
    if (sw_desk_has_merged(k->d, k->s))
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL,
                          "other tickets are merged into this one: unmerge them first, or merge the other way round");
    if (!is_one_kind(k->t, h))
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL,
                          "a matter of the equipment and one of the works are not merged: other people see to them");
    if (count_merged(k->d, head) >= SW_MERGED_MAX)
        return sw_err_set(k->err, SW_E_FULL, SW_REFUSAL_OVERLOADED,
                          "%d tickets are merged into %s already: no more fit", SW_MERGED_MAX, h->id);
    return SW_OK;
}

/* In both histories: each tells that it is, or is no longer, about more than itself. */
static void record_both(const struct sw_desk_call *k, struct sw_desk_slot *head)
{
    char note[SW_NOTE_SIZE];
    const char *said = sw_desk_note_of(k->c);

    snprintf(note, sizeof note, "%s %s %s%s", k->t->id, k->c->verb == SW_VERB_MERGE ? "into" : "from", head->ticket.id,
             said[0] ? ": " : "");
    sw_desk_copy(note + strlen(note), sizeof note - strlen(note), said);
    sw_desk_finish(k, note);
    sw_desk_record(k->d, head, k->c->verb, SW_STAGE_NONE, &k->c->by, note, k->now_us, k->out);
}

int sw_desk_do_merge(struct sw_desk_call *k)
{
    struct sw_desk_slot *head;
    int rc;

    if (!k->c->into[0])
        return sw_desk_missing(k, "into: the id of the other ticket");
    head = sw_desk_slot_of(k->d, k->c->into);
    rc = check_head(k, head);
    if (rc < 0)
        return rc;
    sw_desk_copy(k->t->merged_into, sizeof k->t->merged_into, head->ticket.id);
    sw_desk_begin_rest(k->t, k->now_us);
    move_counts(&head->ticket, k->t->calls, k->t->callers, k->t->repeat_callers);
    sw_desk_share_callers(k->d, head);
    sw_desk_many_callers(k->d, &head->ticket, k->now_us);
    take_urgency(k->d, k->t, &head->ticket, k->now_us);
    record_both(k, head);
    return SW_OK;
}

int sw_desk_do_unmerge(struct sw_desk_call *k)
{
    struct sw_desk_slot *head = sw_desk_head_of(k->d, k->s);

    k->t->merged_into[0] = '\0';
    sw_desk_end_rest(k->d, k->t, k->now_us);
    if (!head)
        return sw_desk_finish(k, sw_desk_note_of(k->c));
    give_back_counts(&head->ticket, k->t);
    sw_desk_share_callers(k->d, head);
    record_both(k, head);
    /* A forecast that passed meanwhile held neither of them open. */
    sw_desk_avert_if_over(k->d, k->s, k->now_us, k->out);
    sw_desk_avert_if_over(k->d, head, k->now_us, k->out);
    return SW_OK;
}

/* ---- one fate ---- */

static void follow(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_ticket *head, enum sw_verb verb,
                   int64_t now_us, struct sw_desk_out *out)
{
    const struct sw_verb_rule *rule = sw_ticket_verb_rule(verb);
    struct sw_ticket *t = &s->ticket;
    char note[sizeof t->id + 8];

    snprintf(note, sizeof note, "with %s", head->id);
    sw_desk_end_suspension(d, t, now_us);
    t->status = rule->becomes;
    if (verb == SW_VERB_RESOLVE) {
        sw_desk_copy(t->measure, sizeof t->measure, head->measure);
        sw_desk_copy(t->resolution, sizeof t->resolution, head->resolution);
    } else {
        t->ended_us = now_us;
    }
    sw_desk_record(d, s, verb, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
    if (verb == SW_VERB_RESOLVE && head->history[head->n_history - 1].forced)
        sw_desk_mark_forced(t);
}

void sw_desk_merged_follow(struct sw_desk *d, const struct sw_desk_slot *s, enum sw_verb verb, int64_t now_us,
                           struct sw_desk_out *out)
{
    for (size_t i = 0; i < d->n_slots; i++) {
        struct sw_desk_slot *m = &d->slots[i];
        const bool is_ready =
            verb == SW_VERB_CLOSE ? m->ticket.status == SW_STATUS_RESOLVED : m->ticket.status < SW_STATUS_RESOLVED;

        if (is_merged_into(m, s) && is_ready)
            follow(d, m, &s->ticket, verb, now_us, out);
    }
}

/* Its head is gone, or its matter goes on in another ticket by now: this one stands for itself again. */
static void release(struct sw_desk *d, struct sw_desk_slot *s, struct sw_desk_slot *head, int64_t now_us,
                    struct sw_desk_out *out)
{
    char note[sizeof s->ticket.id + 8];

    snprintf(note, sizeof note, "from %s", s->ticket.merged_into);
    s->ticket.merged_into[0] = '\0';
    s->ticket.rests_since_us = s->ticket.resolve_rests_since_us = 0;
    if (head) {
        give_back_counts(&head->ticket, &s->ticket);
        sw_desk_share_callers(d, head);
        sw_desk_touch(d, head, now_us, out);
    }
    sw_desk_record(d, s, SW_VERB_UNMERGE, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
}

static bool can_reopen(struct sw_desk *d, const struct sw_desk_slot *s)
{
    const struct sw_desk_slot *open = sw_desk_open_of(d, s->ticket.matter_key);
    const enum sw_status status = s->ticket.status;

    return (status == SW_STATUS_RESOLVED || status == SW_STATUS_CLOSED) && (!open || open == s);
}

static void reopen_with(struct sw_desk *d, struct sw_desk_slot *s, const struct sw_desk_slot *other, int64_t now_us,
                        struct sw_desk_out *out)
{
    char note[sizeof other->ticket.id + 8];

    snprintf(note, sizeof note, "with %s", other->ticket.id);
    sw_desk_reopen(d, s, SW_STAGE_NONE, &sw_desk_auto, note, now_us, out);
}

void sw_desk_merged_reopened(struct sw_desk *d, struct sw_desk_slot *s, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *head = sw_desk_head_of(d, s);

    if (s->ticket.merged_into[0]) {
        if (head && head->ticket.status < SW_STATUS_RESOLVED)
            return;
        if (!head || !can_reopen(d, head)) {
            release(d, s, head, now_us, out);
            return;
        }
        reopen_with(d, head, s, now_us, out); /* and with it the others that are merged into it */
        take_urgency(d, &s->ticket, &head->ticket, now_us);
        return;
    }
    for (size_t i = 0; i < d->n_slots; i++) {
        struct sw_desk_slot *m = &d->slots[i];

        if (is_merged_into(m, s) && can_reopen(d, m))
            reopen_with(d, m, s, now_us, out);
    }
}
