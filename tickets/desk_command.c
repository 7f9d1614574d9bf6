// SPDX-License-Identifier: Apache-2.0
/* What people and platforms do to a ticket: who may, where it is legal, what must be said, and the effect. The table of
 * legality is in ticket.c; proof that the level is down is the caller's to find (is_proven). */
#include <string.h>

#include "tickets/desk_call.h"

#define SUSPEND_MAX_US (366 * SW_S_PER_DAY * SW_US_PER_S)

/* ---- may it? ---- */

static int check_role(const struct sw_desk_call *k, const char *verb)
{
    const struct sw_actor *by = &k->c->by;

    if ((unsigned) by->role >= SW_ROLE__COUNT || !(k->rule->roles & (1u << by->role)))
        return sw_err_set(k->err, SW_E_DENIED, SW_REFUSAL_FORBIDDEN, "role \"%s\" may not %s a ticket",
                          sw_role_name(by->role), verb);
    if (!sw_door_admits(by->door, by->role))
        return sw_err_set(k->err, SW_E_DENIED, SW_REFUSAL_FORBIDDEN, "nobody acts as \"%s\" through %s: %s",
                          sw_role_name(by->role), sw_door_name(by->door),
                          by->role == SW_ROLE_AUTO ? "that is the gateway itself" : "use the platform");
    return SW_OK;
}

/* A merged ticket speaks through the other one, but for what belongs to it alone. */
static int check_merged(const struct sw_desk_call *k, const char *verb)
{
    const bool is_merged = k->t->merged_into[0] != '\0';

    if (is_merged && !k->rule->is_for_merged)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL,
                          "the ticket is merged into %s: %s that one, or unmerge this one first", k->t->merged_into,
                          verb);
    if (!is_merged && k->c->verb == SW_VERB_UNMERGE)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "the ticket is not merged into another");
    return SW_OK;
}

static int check(const struct sw_desk_call *k)
{
    const char *verb = sw_verb_name(k->c->verb);
    int rc;

    if (!k->rule)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_INVALID, "\"%s\" is no command: the gateway itself does it",
                          verb[0] ? verb : "?");
    rc = check_role(k, verb);
    if (rc < 0)
        return rc;
    if (k->rule->needs_revision && k->c->revision == 0)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_INVALID, "%s needs the ticket's revision (now %u)", verb,
                          k->t->revision);
    /* What the meter refined since is no change that the person would have had to know. */
    if (k->rule->needs_revision && (k->c->revision < k->t->event_revision || k->c->revision > k->t->revision))
        return sw_err_set(k->err, SW_E_CONFLICT, SW_REFUSAL_CONFLICT,
                          "revision %u is not the ticket's (now %u): read it again", k->c->revision, k->t->revision);
    if (!(k->rule->states & (1u << k->t->status)))
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "%s is not possible while the ticket is %s", verb,
                          sw_status_name(k->t->status));
    return check_merged(k, verb);
}

int sw_desk_missing(const struct sw_desk_call *k, const char *what)
{
    return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_INVALID, "%s needs %s", sw_verb_name(k->c->verb), what);
}

/* ---- effects ---- */

/* What a person did first stops the clock of the response. */
int sw_desk_finish(const struct sw_desk_call *k, const char *note)
{
    const enum sw_verb v = k->c->verb;
    struct sw_ticket *t = k->t;

    t->status = sw_verb_rule_next(k->rule, t->status);
    if (sw_role_is_person(k->c->by.role)) {
        const bool responds = v == SW_VERB_ACK || v == SW_VERB_ACCEPT || v == SW_VERB_START || v == SW_VERB_RETURN;

        if (responds && t->responded_us == SW_TIME_NONE)
            t->responded_us = k->now_us;
        if (v == SW_VERB_ACCEPT || v == SW_VERB_START || v == SW_VERB_NOTE || v == SW_VERB_RESOLVE)
            t->acted = true;
    }
    sw_desk_record(k->d, k->s, v, SW_STAGE_NONE, &k->c->by, note, k->now_us, k->out);
    return SW_OK;
}

const char *sw_desk_note_of(const struct sw_ticket_command *c)
{
    return c->text[0] ? c->text : c->reason;
}

/* ack, accept, start: all that they do is in the table */
static int do_as_the_table_says(struct sw_desk_call *k)
{
    return sw_desk_finish(k, sw_desk_note_of(k->c));
}

static int do_dispatch(struct sw_desk_call *k)
{
    const struct sw_ticket_command *c = k->c;

    if (c->has_assignee ? !c->assignee.unit[0] : !k->t->assignee.unit[0])
        return sw_desk_missing(k, "assignee.unit: no row of the responsibility table fits this ticket");
    if (c->resolve_by_us != SW_TIME_NONE && c->resolve_by_us <= k->now_us)
        return sw_desk_missing(k, "a deadlines.resolve_by that lies ahead");
    if (c->resolve_by_us != SW_TIME_NONE && k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL,
                          "the ticket is suspended: resume it before a new resolve_by");
    if (c->has_assignee)
        k->t->assignee = c->assignee;
    if (c->resolve_by_us != SW_TIME_NONE)
        sw_desk_set_resolve_by(k->t, c->resolve_by_us);
    if (k->t->dispatched_us == SW_TIME_NONE)
        k->t->dispatched_us = k->now_us;
    return sw_desk_finish(k, c->text[0] ? c->text : k->t->assignee.unit);
}

static int do_return(struct sw_desk_call *k)
{
    if (!k->c->reason[0])
        return sw_desk_missing(k, "a reason");
    k->t->returned = true;
    k->t->returns++;
    sw_desk_finish(k, k->c->reason);
    if (k->t->returns >= 2) { /* nobody takes it: it goes to those who supervise */
        const struct sw_assignee *who = sw_desk_supervision(k->d);

        if (who)
            k->t->assignee = *who;
        sw_desk_escalate(k->d, k->s, k->now_us, k->out);
        if (who)
            sw_desk_auto_dispatch(k->d, k->s, k->now_us, k->out);
    }
    return SW_OK;
}

/* The time to resolve stands still: it is moved by the whole suspension now, and back by the rest on resuming. */
static int do_suspend(struct sw_desk_call *k)
{
    const int64_t until_us = k->c->until_us;

    if (k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "the ticket is suspended already: resume it first");
    if (until_us == SW_TIME_NONE || until_us <= k->now_us || until_us - k->now_us > SUSPEND_MAX_US)
        return sw_desk_missing(k, "an until that lies ahead, at most 366 days");
    sw_desk_suspend(k->d, k->t, k->now_us, until_us);
    return sw_desk_finish(k, sw_desk_note_of(k->c));
}

static int do_resume(struct sw_desk_call *k)
{
    if (!k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "the ticket is not suspended");
    sw_desk_end_suspension(k->d, k->t, k->now_us);
    return sw_desk_finish(k, sw_desk_note_of(k->c));
}

static int do_escalate(struct sw_desk_call *k)
{
    k->t->escalated = true;
    sw_desk_shorten(k->d, k->t, k->now_us);
    return sw_desk_finish(k, sw_desk_note_of(k->c));
}

static int do_resolve(struct sw_desk_call *k)
{
    const struct sw_ticket_command *c = k->c;

    if (!c->measure[0] || !c->text[0])
        return sw_desk_missing(k, "measure and text: what was done");
    if (c->force && !c->reason[0])
        return sw_desk_missing(k, "a reason with force");
    if (!k->is_proven && !c->force && k->t->category == SW_CATEGORY_DEVICE)
        return sw_err_set(k->err, SW_E_NODATA, SW_REFUSAL_NO_PROOF,
                          "not proven to be well again: wait until the input is normal or data come again, or send "
                          "force:true with a reason");
    if (!k->is_proven && !c->force)
        return sw_err_set(
            k->err, SW_E_NODATA, SW_REFUSAL_NO_PROOF,
            "not proven to be below the limit: wait until good data are below the recovery margin, or send "
            "force:true with a reason");
    sw_desk_end_suspension(k->d, k->t, k->now_us);
    sw_desk_copy(k->t->measure, sizeof k->t->measure, c->measure);
    sw_desk_copy(k->t->resolution, sizeof k->t->resolution, c->text);
    sw_desk_finish(k, k->is_proven ? c->text : c->reason);
    if (!k->is_proven)
        sw_desk_mark_forced(k->t);
    sw_desk_merged_follow(k->d, k->s, SW_VERB_RESOLVE, k->now_us, k->out);
    return SW_OK;
}

/* Callback and rating: an unsatisfied answer takes the matter up again, in the ticket that is open for it if another
 * is. */
static int do_callback(struct sw_desk_call *k)
{
    const struct sw_ticket_command *c = k->c;
    const bool is_unsatisfied = c->unsatisfied || strcmp(c->satisfaction, "unsatisfied") == 0;
    struct sw_desk_slot *open;

    if (!c->satisfaction[0] && !is_unsatisfied)
        return sw_desk_missing(k, "satisfaction");
    /* A word of another language or scale would count as satisfied, and nobody would take the matter up again. */
    if (c->satisfaction[0] && !sw_satisfaction_is_known(c->satisfaction))
        return sw_desk_missing(k, "a satisfaction that is satisfied, basically-satisfied or unsatisfied");
    sw_desk_copy(k->t->satisfaction, sizeof k->t->satisfaction, c->satisfaction[0] ? c->satisfaction : "unsatisfied");
    sw_desk_finish(k, sw_desk_note_of(c));
    open = sw_desk_open_of(k->d, k->t->matter_key);
    if (is_unsatisfied && (!open || open == k->s))
        sw_desk_reopen(k->d, k->s, SW_STAGE_NONE, &c->by, "unsatisfied", k->now_us, k->out);
    return SW_OK;
}

static int do_close(struct sw_desk_call *k)
{
    k->t->ended_us = k->now_us;
    sw_desk_finish(k, sw_desk_note_of(k->c));
    sw_desk_merged_follow(k->d, k->s, SW_VERB_CLOSE, k->now_us, k->out);
    return SW_OK;
}

static int do_reopen(struct sw_desk_call *k)
{
    const struct sw_desk_slot *open = sw_desk_open_of(k->d, k->t->matter_key);

    if (open && open != k->s)
        return sw_err_set(k->err, SW_E_INVAL, SW_REFUSAL_NOT_LEGAL, "the matter has an open ticket already: %s",
                          open->ticket.id);
    sw_desk_reopen(k->d, k->s, SW_STAGE_NONE, &k->c->by, sw_desk_note_of(k->c), k->now_us, k->out);
    return SW_OK;
}

static int do_withdraw(struct sw_desk_call *k)
{
    if (!k->c->reason[0])
        return sw_desk_missing(k, "a reason");
    k->t->ended_us = k->now_us;
    sw_desk_end_suspension(k->d, k->t, k->now_us);
    sw_desk_finish(k, k->c->reason);
    sw_desk_merged_follow(k->d, k->s, SW_VERB_WITHDRAW, k->now_us, k->out);
    return SW_OK;
}

/* Without the caller's reference only the calls are known, and that there is at least one caller. */
static int do_link(struct sw_desk_call *k)
{
    char note[SW_NOTE_SIZE];
    const int rc = sw_desk_link_call(k->d, k->s, k->c, k->now_us, k->out, note, k->err);

    return rc < 0 ? rc : sw_desk_finish(k, note);
}

static int do_unlink(struct sw_desk_call *k)
{
    const int rc = sw_desk_unlink_call(k->d, k->s, k->c, k->err);

    if (rc < 0)
        return rc;
    sw_desk_finish(k, sw_desk_note_of(k->c));
    /* A forecast that passed while a call held it open may end now; one still on is held by its rule. */
    sw_desk_avert_if_over(k->d, k->s, k->now_us, k->out);
    return SW_OK;
}

static int do_note(struct sw_desk_call *k)
{
    return k->c->text[0] ? sw_desk_finish(k, k->c->text) : sw_desk_missing(k, "text");
}

/* Verbs without an entry are refused by check(). */
static int (*const effects[SW_VERB__COUNT])(struct sw_desk_call *k) = {
    [SW_VERB_ACK] = do_as_the_table_says,
    [SW_VERB_DISPATCH] = do_dispatch,
    [SW_VERB_ACCEPT] = do_as_the_table_says,
    [SW_VERB_RETURN] = do_return,
    [SW_VERB_START] = do_as_the_table_says,
    [SW_VERB_SUSPEND] = do_suspend,
    [SW_VERB_RESUME] = do_resume,
    [SW_VERB_ESCALATE] = do_escalate,
    [SW_VERB_RESOLVE] = do_resolve,
    [SW_VERB_CALLBACK] = do_callback,
    [SW_VERB_RATE] = do_callback,
    [SW_VERB_CLOSE] = do_close,
    [SW_VERB_REOPEN] = do_reopen,
    [SW_VERB_WITHDRAW] = do_withdraw,
    [SW_VERB_MERGE] = sw_desk_do_merge,
    [SW_VERB_UNMERGE] = sw_desk_do_unmerge,
    [SW_VERB_LINK] = do_link,
    [SW_VERB_UNLINK] = do_unlink,
    [SW_VERB_NOTE] = do_note,
};

int sw_desk_command(struct sw_desk *d, const struct sw_ticket_command *c, bool is_proven, int64_t now_us,
                    struct sw_desk_out *out, struct sw_err *err)
{
    struct sw_desk_call k = {.d = d,
                             .s = sw_desk_slot_of(d, c->ticket),
                             .c = c,
                             .rule = sw_ticket_verb_rule(c->verb),
                             .is_proven = is_proven,
                             .now_us = now_us,
                             .out = out,
                             .err = err};
    int rc;

    if (!k.s)
        return sw_err_set(err, SW_E_NOTFOUND, SW_REFUSAL_NOT_FOUND, "no ticket %s here: it may have ended long ago",
                          c->ticket);
    k.t = &k.s->ticket;
    rc = check(&k);
    return rc < 0 ? rc : effects[c->verb](&k);
}
