// SPDX-License-Identifier: Apache-2.0
/* A VTIMEZONE's observances to a zone table from 2000 to 2099: for zones that have no IANA name. */
#include "cli/ical_zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/schedule_rule.h"
#include "common/macros.h"

#define FIRST_S 946684800LL /* 2000-01-01T00:00:00Z */
#define END_S 4102444800LL  /* 2100-01-01T00:00:00Z */
#define CHANGES_MAX 4096

struct change {
    int64_t at_s;
    int32_t from_s, to_s;
};

static int by_time(const void *a, const void *b)
{
    const struct change *x = a, *y = b;

    if (x->at_s != y->at_s)
        return x->at_s < y->at_s ? -1 : 1;
    return (x->to_s > y->to_s) - (x->to_s < y->to_s);
}

static int add(struct change *list, size_t *n, int64_t at_s, const struct sw_observance *o, struct sw_err *err)
{
    if (*n == CHANGES_MAX)
        return sw_err_set(err, SW_E_FULL, 0, "more than %d changes of offset", CHANGES_MAX);
    list[(*n)++] = (struct change){at_s, o->from_s, o->to_s};
    return SW_OK;
}

/* Onsets are readings of the clock before the change: by the offset that goes. */
static int collect(const struct sw_observance *o, struct change *list, size_t *n, struct sw_err *err)
{
    struct sw_zone before = {.n = 1};
    const struct sw_local start = {.s = o->start_local_s, .zone = &before};
    struct sw_rule *rule = NULL;
    int64_t s;
    int rc;

    before.span[0] = (struct sw_zone_span){.from_s = INT64_MIN, .offset_s = o->from_s};
    if (o->rrule[0] == '\0')
        return add(list, n, o->start_local_s - o->from_s, o, err);
    rc = sw_rule_new(o->rrule, &start, FIRST_S, END_S, &rule, err);
    if (rc < 0)
        return rc;
    while ((rc = sw_rule_next(rule, &s, err)) > 0)
        if ((rc = add(list, n, s - o->from_s, o, err)) < 0)
            break;
    sw_rule_free(rule);
    return rc;
}

static int fill(struct sw_zone *z, const struct change *list, size_t n, struct sw_err *err)
{
    z->n = 1;
    z->span[0] = (struct sw_zone_span){.from_s = INT64_MIN, .offset_s = list[0].from_s};
    for (size_t i = 0; i < n && list[i].at_s < END_S; i++) {
        struct sw_zone_span *last = &z->span[z->n - 1];

        if (list[i].at_s < FIRST_S || list[i].at_s == last->from_s || list[i].to_s == last->offset_s) {
            if (list[i].at_s < FIRST_S || list[i].at_s == last->from_s)
                last->offset_s = list[i].to_s;
            continue;
        }
        if (z->n == SW_ZONE_SPANS_MAX)
            return sw_err_set(err, SW_E_FULL, 0, "more than %d changes of offset", SW_ZONE_SPANS_MAX);
        z->span[z->n++] = (struct sw_zone_span){.from_s = list[i].at_s, .offset_s = list[i].to_s};
    }
    return SW_OK;
}

int sw_zone_from_observances(const char *name, const struct sw_observance *list, size_t n, struct sw_zone *ret,
                             struct sw_err *err)
{
    struct change *changes = calloc(CHANGES_MAX, sizeof(*changes));
    size_t n_changes = 0;
    int rc = SW_OK;

    if (changes == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory");
    for (size_t i = 0; i < n && rc >= 0; i++) {
        if (abs(list[i].from_s) > 64800 || abs(list[i].to_s) > 64800) /* no offset reaches 18 h */
            rc = sw_err_set(err, SW_E_INVAL, 0, "an offset is beyond 18 hours");
        else
            rc = collect(&list[i], changes, &n_changes, err);
    }
    if (rc >= 0 && n_changes == 0)
        rc = sw_err_set(err, SW_E_INVAL, 0, "neither STANDARD nor DAYLIGHT says an offset");
    if (rc >= 0) {
        qsort(changes, n_changes, sizeof(*changes), by_time);
        rc = fill(ret, changes, n_changes, err);
    }
    if (rc >= 0)
        (void) snprintf(ret->name, sizeof(ret->name), "%.63s", name);
    free(changes);
    return rc;
}
