// SPDX-License-Identifier: Apache-2.0
/* What a gateway says of itself and its site: its boots and wills, place, lamp, clock, and alerts. */
#include "hub/store_put.h"

#include <math.h>
#include <string.h>

#define SKEW_SHARE 8 /* of a larger difference: a slow line must not look like a slow clock */

/* What the row of the gateway says now. */
static int load_boot(struct put *p, char *state, char *boot, size_t cap, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_GATEWAY_FIND];
    int rc;

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->gw);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        strncpy(state, sw_db_text(st, 1, NULL), cap - 1);
        strncpy(boot, sw_db_text(st, 2, NULL), cap - 1);
    }
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

/* The will of a run that a newer one has followed is old news. The time is that of the receipt, and the first one
 * holds: retained, it comes again with each connection. */
int put_status(struct put *p, struct sw_err *err)
{
    char state[HUB_WORD_SIZE] = "", boot[HUB_WORD_SIZE] = "";
    struct sw_db_stmt *st = p->s->sql[SQL_GATEWAY_STATE];
    int rc = load_boot(p, state, boot, sizeof(state), err);
    const bool is_same_boot = strcmp(boot, p->d->boot) == 0;

    if (rc < 0)
        return rc;
    if (strcmp(p->d->word, "lost") == 0 && boot[0] && !is_same_boot) {
        p->ret = HUB_PUT_IGNORED;
        return SW_OK;
    }
    rc = put_state(p, err);
    if (rc < 0 || (is_same_boot && strcmp(state, p->d->word) == 0))
        return rc;
    sw_db_bind_int(st, 1, p->gateway);
    sw_db_bind_text(st, 2, p->d->word);
    sw_db_bind_int(st, 3, p->received_us);
    rc = sw_db_run(st, err);
    if (rc < 0 || is_same_boot)
        return rc;
    st = p->s->sql[SQL_GATEWAY_BOOT];
    sw_db_bind_int(st, 1, p->gateway);
    sw_db_bind_text(st, 2, p->d->boot);
    put_bind_time(st, 3, p->d->since_us);
    return sw_db_run(st, err);
}

int put_info(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_SITE_INFO];
    int rc = put_state(p, err);

    if (rc < 0 || p->ret == HUB_PUT_REPEATED)
        return rc;
    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->name);
    sw_db_bind_text(st, 3, p->d->detail);
    sw_db_bind_null(st, 4);
    sw_db_bind_null(st, 5);
    if (p->d->has_point) {
        sw_db_bind_int(st, 4, llround(p->d->lat * 1e6));
        sw_db_bind_int(st, 5, llround(p->d->lon * 1e6));
    }
    return sw_db_run(st, err);
}

int put_summary(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_SITE_LAMP];
    int rc = put_state(p, err);

    if (rc < 0 || p->ret == HUB_PUT_REPEATED)
        return rc;
    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_int(st, 2, p->d->lamp);
    sw_db_bind_text(st, 3, p->d->name);
    return sw_db_run(st, err);
}

int put_alert_end(struct put *p, int64_t at_us, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_ALERT_END];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->place.relative);
    sw_db_bind_int(st, 3, at_us);
    return put_run_new(p, st, err);
}

static int new_alert(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_ALERT_NEW];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->place.relative);
    sw_db_bind_text(st, 3, p->d->name);
    sw_db_bind_text(st, 4, p->d->detail);
    sw_db_bind_int(st, 5, p->d->since_us);
    sw_db_bind_int(st, 6, p->received_us);
    put_bind_text(st, 7, p->d);
    sw_db_bind_int(st, 8, HUB_SENSORS_A_SITE_MAX);
    return put_run_new(p, st, err);
}

/* Raised again since another instant: its end was missed, because retained deletions leave nothing behind. */
int put_alert(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_ALERT_FIND];
    int64_t id = 0, since_us = 0;
    int rc;

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->place.relative);
    rc = sw_db_step(st, err);
    if (rc == 1) {
        id = sw_db_int(st, 0);
        since_us = sw_db_int(st, 1);
    }
    sw_db_reset(st);
    if (rc == 1 && since_us == p->d->since_us) {
        st = p->s->sql[SQL_ALERT_AGAIN];
        sw_db_bind_int(st, 1, id);
        put_bind_text(st, 2, p->d);
        sw_db_bind_text(st, 3, p->d->detail);
        return put_run_new(p, st, err);
    }
    if (rc == 1)
        rc = put_alert_end(p, p->d->since_us, err);
    return rc < 0 ? rc : new_alert(p, err);
}

/* The least difference is the one with the least way in it. */
int put_health(struct put *p, bool is_retained, struct sw_err *err)
{
    struct sw_db_stmt *find = p->s->sql[SQL_GATEWAY_SKEW_FIND], *st = p->s->sql[SQL_GATEWAY_SKEW];
    int64_t skew_us = p->received_us - p->d->ts_us, known = 0;
    bool has_known;
    int rc;

    p->ret = HUB_PUT_IGNORED;
    if (is_retained)
        return SW_OK;
    sw_db_bind_int(find, 1, p->gateway);
    rc = sw_db_step(find, err);
    if (rc < 0)
        return rc;
    has_known = rc == 1 && sw_db_int(find, 1);
    known = has_known ? sw_db_int(find, 0) : 0;
    sw_db_reset(find);
    if (has_known && skew_us > known)
        skew_us = known + (skew_us - known) / SKEW_SHARE;
    sw_db_bind_int(st, 1, p->gateway);
    sw_db_bind_int(st, 2, skew_us);
    sw_db_bind_int(st, 3, p->d->pending);
    return sw_db_run(st, err);
}
