// SPDX-License-Identifier: Apache-2.0
/* What people and platforms do to a ticket: who may, where it is legal, what must be said, and the effect. The table of
 * legality is in ticket.c; proof that the level is down is the caller's to find (is_proven). */
#include <string.h>

#include "common/err.h"
#include "tickets/desk_impl.h"

#define SUSPEND_MAX_US (366 * SW_S_PER_DAY * SW_US_PER_S)

struct call {
    struct sw_desk *d;
    struct sw_desk_slot *s;
    struct sw_ticket *t; /* of s */
    const struct sw_ticket_command *c;
    bool is_proven;
    int64_t now_us;
    struct sw_desk_out *out;
    struct sw_err *err;
};

/* ---- may it? ---- */

static int check(const struct call *k)
{
    const struct sw_verb_rule *rule = sw_ticket_verb_rule(k->c->verb);
    const char *verb = sw_verb_name(k->c->verb);
    const enum sw_role role = k->c->by.role;

    if (!rule)
        return sw_err_set(k->err, SW_E_INVAL, 0, "\"%s\" is no command: the gateway itself does it",
                          verb[0] ? verb : "?");
    if ((unsigned) role >= SW_ROLE__COUNT || !(rule->roles & (1u << role)) ||
        (role == SW_ROLE_AUTO && k->c->by.door != SW_DOOR_ENGINE))
        return sw_err_set(k->err, SW_E_DENIED, 0, "role \"%s\" may not %s a ticket", sw_role_name(role), verb);
    if (rule->needs_revision && k->c->revision == 0)
        return sw_err_set(k->err, SW_E_INVAL, 0, "%s needs the ticket's revision (now %u)", verb, k->t->revision);
    /* What the meter refined since is no change that the person would have had to know. */
    if (rule->needs_revision && (k->c->revision < k->t->event_revision || k->c->revision > k->t->revision))
        return sw_err_set(k->err, SW_E_CONFLICT, 0, "revision %u is not the ticket's (now %u): read it again",
                          k->c->revision, k->t->revision);
    if (!(rule->states & (1u << k->t->status)))
        return sw_err_set(k->err, SW_E_INVAL, 0, "%s is not possible while the ticket is %s", verb,
                          sw_status_name(k->t->status));
    return SW_OK;
}

static int missing(const struct call *k, const char *what)
{
    return sw_err_set(k->err, SW_E_INVAL, 0, "%s needs %s", sw_verb_name(k->c->verb), what);
}

/* ---- effects ---- */

/* Record the verb itself; what a person did first stops the clock of the response. */
static int finish(const struct call *k, const char *note)
{
    const enum sw_verb v = k->c->verb;
    struct sw_ticket *t = k->t;

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

static const char *note_of(const struct sw_ticket_command *c)
{
    return c->text[0] ? c->text : c->reason;
}

static int do_ack(struct call *k)
{
    return finish(k, note_of(k->c));
}

static int do_dispatch(struct call *k)
{
    const struct sw_ticket_command *c = k->c;

    if (c->has_assignee ? !c->assignee.unit[0] : !k->t->assignee.unit[0])
        return missing(k, "assignee.unit: no row of the responsibility table fits this ticket");
    if (c->resolve_by_us != SW_TIME_NONE && c->resolve_by_us <= k->now_us)
        return missing(k, "a deadlines.resolve_by that lies ahead");
    if (c->resolve_by_us != SW_TIME_NONE && k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, 0, "the ticket is suspended: resume it before a new resolve_by");
    if (c->has_assignee)
        k->t->assignee = c->assignee;
    if (c->resolve_by_us != SW_TIME_NONE) {
        k->t->resolve_by_us = c->resolve_by_us;
        k->t->overdue &= ~(unsigned) SW_OVERDUE_RESOLVE; /* a new deadline is watched anew */
    }
    if (k->t->status == SW_STATUS_OPEN)
        k->t->status = SW_STATUS_DISPATCHED;
    if (k->t->dispatched_us == SW_TIME_NONE)
        k->t->dispatched_us = k->now_us;
    return finish(k, c->text[0] ? c->text : k->t->assignee.unit);
}

static int do_accept(struct call *k)
{
    k->t->status = SW_STATUS_ACCEPTED;
    return finish(k, note_of(k->c));
}

static int do_return(struct call *k)
{
    if (!k->c->reason[0])
        return missing(k, "a reason");
    k->t->status = SW_STATUS_OPEN;
    k->t->returned = true;
    k->t->returns++;
    finish(k, k->c->reason);
    if (k->t->returns >= 2) { /* nobody takes it: it goes to those who supervise */
        const struct sw_assignee *who = sw_desk_supervision(k->d);

        if (who)
            k->t->assignee = *who;
        sw_desk_escalate(k->d, k->s, k->now_us, k->out);
    }
    return SW_OK;
}

static int do_start(struct call *k)
{
    k->t->status = SW_STATUS_IN_PROGRESS;
    return finish(k, note_of(k->c));
}

/* The time to resolve stands still: it is moved by the whole suspension now, and back by the rest on resuming. */
static int do_suspend(struct call *k)
{
    const int64_t until_us = k->c->until_us;

    if (k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, 0, "the ticket is suspended already: resume it first");
    if (until_us == SW_TIME_NONE || until_us <= k->now_us || until_us - k->now_us > SUSPEND_MAX_US)
        return missing(k, "an until that lies ahead, at most 366 days");
    k->t->suspended = true;
    k->t->suspended_until_us = until_us;
    if (k->t->resolve_by_us != SW_TIME_NONE)
        k->t->resolve_by_us += until_us - k->now_us;
    return finish(k, note_of(k->c));
}

static void end_suspension(struct call *k)
{
    if (k->t->suspended && k->t->suspended_until_us > k->now_us && k->t->resolve_by_us != SW_TIME_NONE)
        k->t->resolve_by_us -= k->t->suspended_until_us - k->now_us;
    k->t->suspended = false;
    k->t->suspended_until_us = SW_TIME_NONE;
}

static int do_resume(struct call *k)
{
    if (!k->t->suspended)
        return sw_err_set(k->err, SW_E_INVAL, 0, "the ticket is not suspended");
    end_suspension(k);
    return finish(k, note_of(k->c));
}

static int do_escalate(struct call *k)
{
    k->t->escalated = true;
    sw_desk_shorten(k->d, k->t, k->now_us);
    return finish(k, note_of(k->c));
}

static int do_resolve(struct call *k)
{
    const struct sw_ticket_command *c = k->c;

    if (!c->measure[0] || !c->text[0])
        return missing(k, "measure and text: what was done");
    if (c->force && !c->reason[0])
        return missing(k, "a reason with force");
    if (!k->is_proven && !c->force && k->t->category == SW_CATEGORY_DEVICE)
        return sw_err_set(k->err, SW_E_NODATA, 0,
                          "not proven to be well again: wait until the input is normal or data come again, or send "
                          "force:true with a reason");
    if (!k->is_proven && !c->force)
        return sw_err_set(
            k->err, SW_E_NODATA, 0,
            "not proven to be below the limit: wait until good data are below the recovery margin, or send "
            "force:true with a reason");
    end_suspension(k);
    k->t->status = SW_STATUS_RESOLVED;
    k->t->forced = !k->is_proven;
    sw_desk_copy(k->t->measure, sizeof k->t->measure, c->measure);
    sw_desk_copy(k->t->resolution, sizeof k->t->resolution, c->text);
    return finish(k, k->t->forced ? c->reason : c->text);
}

/* Callback and rating: an unsatisfied answer takes the matter up again, in the ticket that is open for it if another
 * is. */
static int do_callback(struct call *k)
{
    const struct sw_ticket_command *c = k->c;
    const bool is_unsatisfied = c->unsatisfied || strcmp(c->satisfaction, "unsatisfied") == 0;
    struct sw_desk_slot *open;

    if (!c->satisfaction[0] && !is_unsatisfied)
        return missing(k, "satisfaction");
    sw_desk_copy(k->t->satisfaction, sizeof k->t->satisfaction, c->satisfaction[0] ? c->satisfaction : "unsatisfied");
    finish(k, note_of(c));
    open = sw_desk_open_of(k->d, k->t->matter_key);
    if (is_unsatisfied && (!open || open == k->s))
        sw_desk_reopen(k->d, k->s, SW_STAGE_NONE, &c->by, "unsatisfied", k->now_us, k->out);
    return SW_OK;
}

static int do_close(struct call *k)
{
    k->t->status = SW_STATUS_CLOSED;
    k->t->ended_us = k->now_us;
    return finish(k, note_of(k->c));
}

static int do_reopen(struct call *k)
{
    const struct sw_desk_slot *open = sw_desk_open_of(k->d, k->t->matter_key);

    if (open && open != k->s)
        return sw_err_set(k->err, SW_E_INVAL, 0, "the matter has an open ticket already: %s", open->ticket.id);
    sw_desk_reopen(k->d, k->s, SW_STAGE_NONE, &k->c->by, note_of(k->c), k->now_us, k->out);
    return SW_OK;
}

static int do_withdraw(struct call *k)
{
    if (!k->c->reason[0])
        return missing(k, "a reason");
    k->t->status = SW_STATUS_WITHDRAWN;
    k->t->ended_us = k->now_us;
    k->t->suspended = false;
    k->t->suspended_until_us = SW_TIME_NONE;
    return finish(k, k->c->reason);
}

static int do_merge(struct call *k)
{
    return sw_err_set(k->err, SW_E_INVAL, 0,
                      "%s is not in this version: withdraw the one with a reason, link to the other",
                      sw_verb_name(k->c->verb));
}

/* Without the caller's reference only the calls are known, and that there is at least one caller. */
static int do_link(struct call *k)
{
    if (k->t->calls == UINT32_MAX)
        return sw_err_set(k->err, SW_E_FULL, 0, "the ticket cannot count more calls");
    k->t->calls++;
    k->t->callers = SW_MAX(k->t->callers, 1u);
    return finish(k, note_of(k->c));
}

static int do_unlink(struct call *k)
{
    if (k->t->calls == 0)
        return sw_err_set(k->err, SW_E_INVAL, 0, "no call is linked to this ticket");
    k->t->calls--;
    k->t->callers = SW_MIN(k->t->callers, k->t->calls);
    finish(k, note_of(k->c));
    /* A forecast that passed while a call held it open may end now; one still on is held by its rule. */
    sw_desk_avert_if_over(k->d, k->s, k->now_us, k->out);
    return SW_OK;
}

static int do_note(struct call *k)
{
    return k->c->text[0] ? finish(k, k->c->text) : missing(k, "text");
}

/* Verbs without an entry are refused by check(). */
static int (*const effects[SW_VERB__COUNT])(struct call *k) = {
    [SW_VERB_ACK] = do_ack,           [SW_VERB_DISPATCH] = do_dispatch, [SW_VERB_ACCEPT] = do_accept,
    [SW_VERB_RETURN] = do_return,     [SW_VERB_START] = do_start,       [SW_VERB_SUSPEND] = do_suspend,
    [SW_VERB_RESUME] = do_resume,     [SW_VERB_ESCALATE] = do_escalate, [SW_VERB_RESOLVE] = do_resolve,
    [SW_VERB_CALLBACK] = do_callback, [SW_VERB_RATE] = do_callback,     [SW_VERB_CLOSE] = do_close,
    [SW_VERB_REOPEN] = do_reopen,     [SW_VERB_WITHDRAW] = do_withdraw, [SW_VERB_MERGE] = do_merge,
    [SW_VERB_UNMERGE] = do_merge,     [SW_VERB_LINK] = do_link,         [SW_VERB_UNLINK] = do_unlink,
    [SW_VERB_NOTE] = do_note,
};

int sw_desk_command(struct sw_desk *d, const struct sw_ticket_command *c, bool is_proven, int64_t now_us,
                    struct sw_desk_out *out, struct sw_err *err)
{
    struct call k = {.d = d,
                     .s = sw_desk_slot_of(d, c->ticket),
                     .c = c,
                     .is_proven = is_proven,
                     .now_us = now_us,
                     .out = out,
                     .err = err};
    int rc;

    if (!k.s)
        return sw_err_set(err, SW_E_NOTFOUND, 0, "no ticket %s here: it may have ended long ago", c->ticket);
    k.t = &k.s->ticket;
    rc = check(&k);
    return rc < 0 ? rc : effects[c->verb](&k);
}
