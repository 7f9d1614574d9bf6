// SPDX-License-Identifier: Apache-2.0
/* Is a hotline's table of classes and deadlines usable? Reading it from YAML is config/'s; applying it the desk's. */
#include "tickets/hotline.h"

#include <stddef.h>

#include "common/ident.h"

#define LIMIT_MAX_S (366 * (int32_t) SW_S_PER_DAY)
#define WORKDAYS_MAX 366
#define REMIND_MAX_PERCENT 90
#define REOPEN_MAX_S (31 * (int32_t) SW_S_PER_DAY)

char sw_class_letter(enum sw_class c)
{
    return (unsigned) c < SW_CLASS__COUNT ? "ABC"[c] : '?';
}

static int check_limit(const struct sw_hotline *h, enum sw_class c, const char *what, int32_t seconds,
                       struct sw_err *err)
{
    if (seconds >= 0 && seconds <= LIMIT_MAX_S)
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: class %c, %s: %d s is not in 0 … 366 days (0 = none)", h->id,
                      sw_class_letter(c), what, (int) seconds);
}

/* Plain time or working days, not both. */
static int check_resolve(const struct sw_hotline *h, const struct sw_time_limit *l, const char *whose,
                         struct sw_err *err)
{
    if (l->s < 0 || l->s > LIMIT_MAX_S || l->workdays < 0 || l->workdays > WORKDAYS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "hotline %s: %s: %d s, %d working days are not in 0 … 366 days (0 = none)", h->id, whose,
                          (int) l->s, (int) l->workdays);
    if (l->s > 0 && l->workdays > 0)
        return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: %s is given in plain time and in working days: give one",
                          h->id, whose);
    return SW_OK;
}

/* A deadline of the more urgent class must not be the later one, or raising a class would mean nothing. */
static int check_order(const struct sw_hotline *h, const char *what, int32_t urgent, int32_t next, struct sw_err *err)
{
    if (urgent == 0 || next == 0 || urgent <= next)
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: %s of class A (%d s) is longer than that of class B (%d s)",
                      h->id, what, (int) urgent, (int) next);
}

/* The shortest that it can come to: working days without a day off among them. */
static int32_t least_s(const struct sw_time_limit *l)
{
    return l->workdays > 0 ? l->workdays * (int32_t) SW_S_PER_DAY : l->s;
}

static int check_class(const struct sw_hotline *h, enum sw_class c, struct sw_err *err)
{
    const struct sw_class_limits *l = &h->limits[c];
    char whose[] = "class ?, resolve";

    whose[6] = sw_class_letter(c);
    if (check_limit(h, c, "respond", l->respond_s, err) < 0 || check_limit(h, c, "dispatch", l->dispatch_s, err) < 0 ||
        check_resolve(h, &l->resolve, whose, err) < 0)
        return SW_E_INVAL;
    if (least_s(&l->resolve) != 0 && l->respond_s > least_s(&l->resolve))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "hotline %s: class %c has longer to respond (%d s) than to resolve (%d s)", h->id,
                          sw_class_letter(c), (int) l->respond_s, (int) least_s(&l->resolve));
    return SW_OK;
}

static int check_remind(const struct sw_hotline *h, struct sw_err *err)
{
    const struct sw_reminder *r = &h->remind;

    if (r->percent < 0 || r->percent > REMIND_MAX_PERCENT || r->s < 0 || r->s > LIMIT_MAX_S ||
        (r->percent > 0 && r->s > 0))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "hotline %s: remind is %d %% and %d s: give one of them, at most %d %% or 366 days", h->id,
                          (int) r->percent, (int) r->s, REMIND_MAX_PERCENT);
    return SW_OK;
}

int sw_hotline_validate(const struct sw_hotline *h, struct sw_err *err)
{
    const struct sw_class_limits *a = &h->limits[SW_CLASS_A], *b = &h->limits[SW_CLASS_B];

    if (!sw_id_is_valid(h->id))
        return sw_err_set(err, SW_E_INVAL, 0, "hotline: id \"%s\" is not made of a-z, 0-9 and - inside", h->id);
    for (int c = 0; c < SW_CLASS__COUNT; c++) {
        if (check_class(h, (enum sw_class) c, err) < 0)
            return SW_E_INVAL;
    }
    if (check_order(h, "respond", a->respond_s, b->respond_s, err) < 0 ||
        check_order(h, "dispatch", a->dispatch_s, b->dispatch_s, err) < 0 ||
        check_order(h, "resolve", least_s(&a->resolve), least_s(&b->resolve), err) < 0 ||
        check_resolve(h, &h->enquiry, "enquiry", err) < 0 || check_remind(h, err) < 0)
        return SW_E_INVAL;
    if (h->class_a_over_by < 1 || h->class_a_over_by > 10000)
        return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: class_a_over_by is not in 0.01 … 100 dB", h->id);
    if (h->class_a_dust_percent < 101 || h->class_a_dust_percent > 10000)
        return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: class_a_dust_percent %d is not in 101 … 10000", h->id,
                          (int) h->class_a_dust_percent);
    if (h->reopen_within_s < 0 || h->reopen_within_s > REOPEN_MAX_S)
        return sw_err_set(err, SW_E_INVAL, 0, "hotline %s: reopen_within %d s is not in 0 … 31 days", h->id,
                          (int) h->reopen_within_s);
    return SW_OK;
}
