// SPDX-License-Identifier: Apache-2.0
/* One document into its rows. Each kind has its key, and the same key again changes nothing; so what comes twice, and
 * retained documents that come with every connection, cost a look and no more. */
#include "hub/store_put.h"

#include <string.h>

int put_one_id(struct sw_db_stmt *st, int64_t *ret, struct sw_err *err)
{
    const int rc = sw_db_step(st, err);

    if (rc == 1)
        *ret = sw_db_int(st, 0);
    sw_db_reset(st);
    return rc;
}

static int no_room(int rc, const char *what, struct sw_err *err)
{
    return rc < 0 ? rc : rc == 1 ? SW_OK : sw_err_set(err, SW_E_INVAL, 0, "more %s than the hub keeps", what);
}

/* What a desk sends, and the end of an alert, make no site: its gateway does. @return 1 found or made; 0 none */
static int find_site(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *find = p->s->sql[SQL_SITE_FIND], *make = p->s->sql[SQL_SITE_NEW];
    int rc;

    sw_db_bind_text(find, 1, p->d->place.area);
    sw_db_bind_text(find, 2, p->d->place.site);
    rc = put_one_id(find, &p->site, err);
    if (rc != 0 || p->d->place.kind == HUB_COMPLAINT || p->d->is_deletion)
        return rc;
    sw_db_bind_text(make, 1, p->d->place.area);
    sw_db_bind_text(make, 2, p->d->place.site);
    sw_db_bind_int(make, 3, p->received_us);
    sw_db_bind_int(make, 4, p->received_us);
    sw_db_bind_int(make, 5, HUB_SITES_MAX);
    rc = no_room(put_one_id(make, &p->site, err), "sites", err);
    return rc < 0 ? rc : 1;
}

static int find_gateway(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *find = p->s->sql[SQL_GATEWAY_FIND], *make = p->s->sql[SQL_GATEWAY_NEW];
    int rc;

    sw_db_bind_int(find, 1, p->site);
    sw_db_bind_text(find, 2, p->d->gw);
    rc = put_one_id(find, &p->gateway, err);
    if (rc != 0)
        return rc;
    sw_db_bind_int(make, 1, p->site);
    sw_db_bind_text(make, 2, p->d->gw);
    sw_db_bind_int(make, 3, p->received_us);
    sw_db_bind_int(make, 4, HUB_GATEWAYS_A_SITE_MAX);
    return no_room(put_one_id(make, &p->gateway, err), "gateways of a site", err);
}

static int find_sensor(struct put *p, int64_t *ret, struct sw_err *err)
{
    struct sw_db_stmt *find = p->s->sql[SQL_SENSOR_FIND], *make = p->s->sql[SQL_SENSOR_NEW];
    int rc;

    sw_db_bind_int(find, 1, p->site);
    sw_db_bind_text(find, 2, p->d->place.subject);
    rc = put_one_id(find, ret, err);
    if (rc != 0)
        return rc;
    sw_db_bind_int(make, 1, p->site);
    sw_db_bind_text(make, 2, p->d->place.subject);
    sw_db_bind_int(make, 3, HUB_SENSORS_A_SITE_MAX);
    return no_room(put_one_id(make, ret, err), "sensors of a site", err);
}

void put_bind_text(struct sw_db_stmt *st, int at, const struct hub_document *d)
{
    sw_db_bind_textn(st, at, d->text, d->len);
}

void put_bind_time(struct sw_db_stmt *st, int at, int64_t us)
{
    if (us == INT64_MIN)
        sw_db_bind_null(st, at);
    else
        sw_db_bind_int(st, at, us);
}

int put_run_new(struct put *p, struct sw_db_stmt *st, struct sw_err *err)
{
    const int rc = sw_db_run(st, err);

    if (rc >= 0)
        p->ret = sw_db_changes(p->s->db) > 0 ? HUB_PUT_NEW : HUB_PUT_REPEATED;
    return rc;
}

static int hear(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_SITE_HEARD];
    int rc;

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_int(st, 2, p->received_us);
    sw_db_bind_int(st, 3, p->d->simulated);
    rc = p->d->place.kind == HUB_COMPLAINT ? SW_OK : sw_db_run(st, err);
    if (rc < 0 || p->gateway == 0 || strcmp(p->d->word, "lost") == 0) /* a will is no sign of life */
        return rc;
    st = p->s->sql[SQL_GATEWAY_HEARD];
    sw_db_bind_int(st, 1, p->gateway);
    sw_db_bind_int(st, 2, p->received_us);
    return sw_db_run(st, err);
}

/* ---- kinds ---- */

int put_state(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_STATE];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->place.relative);
    put_bind_time(st, 3, p->d->ts_us);
    sw_db_bind_int(st, 4, p->received_us);
    put_bind_text(st, 5, p->d);
    sw_db_bind_int(st, 6, HUB_STATES_A_SITE_MAX);
    return put_run_new(p, st, err);
}

static int put_window(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_WINDOW];
    const int period = store_period(p->d->place.period);
    int64_t sensor = 0;
    size_t len;
    int rc;

    if (period == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "a period that is none");
    rc = find_sensor(p, &sensor, err);
    if (rc < 0)
        return rc;
    len = sw_window_pack(p->s->packer, p->d->text, p->d->len, p->s->bytes);
    if (len == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "the window is too long");
    sw_db_bind_int(st, 1, sensor);
    sw_db_bind_int(st, 2, period);
    sw_db_bind_int(st, 3, p->d->from_us);
    sw_db_bind_int(st, 4, p->d->to_us);
    sw_db_bind_blob(st, 5, p->s->bytes, len);
    return put_run_new(p, st, err);
}

static bool is_open(const char *status)
{
    return strcmp(status, "closed") != 0 && strcmp(status, "averted") != 0 && strcmp(status, "withdrawn") != 0;
}

/* From parameter `at` on: what both statements share. */
static void bind_ticket(struct sw_db_stmt *st, int at, const struct hub_document *d)
{
    sw_db_bind_int(st, at, d->revision);
    sw_db_bind_text(st, at + 1, d->word);
    sw_db_bind_text(st, at + 2, d->category);
    sw_db_bind_text(st, at + 3, d->rank);
    sw_db_bind_int(st, at + 4, d->lamp);
    sw_db_bind_int(st, at + 5, d->opened_us != INT64_MIN ? d->opened_us : d->ts_us);
    sw_db_bind_int(st, at + 6, d->ts_us);
    sw_db_bind_int(st, at + 7, is_open(d->word));
    put_bind_text(st, at + 8, d);
}

static int put_revision(struct put *p, int64_t ticket, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_REVISION];
    const size_t len = sw_window_pack(p->s->packer, p->d->text, p->d->len, p->s->bytes);

    sw_db_bind_int(st, 1, ticket);
    sw_db_bind_int(st, 2, p->d->revision);
    sw_db_bind_int(st, 3, p->d->ts_us);
    sw_db_bind_int(st, 4, p->received_us);
    sw_db_bind_text(st, 5, p->d->word);
    sw_db_bind_blob(st, 6, p->s->bytes, len);
    return put_run_new(p, st, err);
}

static int put_ticket(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *find = p->s->sql[SQL_TICKET_FIND], *st;
    int64_t ticket = 0, revision = 0;
    int rc;

    sw_db_bind_int(find, 1, p->site);
    sw_db_bind_text(find, 2, p->d->place.subject);
    rc = sw_db_step(find, err);
    if (rc == 1) {
        ticket = sw_db_int(find, 0);
        revision = sw_db_int(find, 1);
    }
    sw_db_reset(find);
    if (rc == 0) {
        st = p->s->sql[SQL_TICKET_NEW];
        sw_db_bind_int(st, 1, p->site);
        sw_db_bind_text(st, 2, p->d->place.subject);
        bind_ticket(st, 3, p->d);
        rc = put_one_id(st, &ticket, err);
    } else if (rc == 1 && p->d->revision > revision) {
        st = p->s->sql[SQL_TICKET_NEWER];
        sw_db_bind_int(st, 1, ticket);
        bind_ticket(st, 2, p->d);
        rc = sw_db_run(st, err);
    }
    return rc < 0 ? rc : put_revision(p, ticket, err);
}

static int put_ticket_event(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_TICKET_EVENT];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->id);
    sw_db_bind_text(st, 3, p->d->place.subject);
    sw_db_bind_int(st, 4, p->d->revision);
    sw_db_bind_text(st, 5, p->d->word);
    sw_db_bind_int(st, 6, p->d->since_us);
    sw_db_bind_int(st, 7, p->received_us);
    put_bind_text(st, 8, p->d);
    return put_run_new(p, st, err);
}

static int put_event(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_EVENT];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->id);
    sw_db_bind_text(st, 3, p->d->place.subject);
    sw_db_bind_int(st, 4, p->d->ts_us);
    sw_db_bind_int(st, 5, p->received_us);
    put_bind_text(st, 6, p->d);
    return put_run_new(p, st, err);
}

static int put_complaint(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_COMPLAINT];

    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_text(st, 2, p->d->detail);
    sw_db_bind_text(st, 3, p->d->id);
    sw_db_bind_text(st, 4, p->d->name);
    sw_db_bind_int(st, 5, p->d->ts_us);
    sw_db_bind_int(st, 6, p->received_us);
    put_bind_text(st, 7, p->d);
    return put_run_new(p, st, err);
}

/* A gateway publishes it anew after each connect: a revision that is the newest already is no other schedule. */
static int put_schedule(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_SCHEDULE];
    int rc = put_state(p, err);

    if (rc < 0)
        return rc;
    sw_db_bind_int(st, 1, p->site);
    sw_db_bind_int(st, 2, p->d->ts_us);
    sw_db_bind_int(st, 3, p->d->revision);
    sw_db_bind_int(st, 4, p->received_us);
    put_bind_text(st, 5, p->d);
    return put_run_new(p, st, err);
}

static int put_checkpoint(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_CHECKPOINT];

    if (!p->source) /* without a number it is of no epoch: hub/document.c lets none through */
        return SW_OK;
    sw_db_bind_int(st, 1, p->source->id);
    sw_db_bind_int(st, 2, p->d->seq);
    sw_db_bind_int(st, 3, p->d->ts_us);
    put_bind_text(st, 4, p->d);
    return put_run_new(p, st, err);
}

static int put_gap(struct put *p, struct sw_err *err)
{
    struct sw_db_stmt *st = p->s->sql[SQL_SHED];
    struct hub_seen *seen;

    if (!p->source) /* without a number it is of no epoch: hub/document.c lets none through */
        return SW_OK;
    seen = &p->source->seen;
    for (size_t i = 0; i < p->d->n_ranges; i++)
        if (hub_seen_add(seen, p->d->ranges[i].from, p->d->ranges[i].to) == SW_E_NOMEM)
            return sw_err_set(err, SW_E_NOMEM, 0, "store: out of memory");
    sw_db_bind_int(st, 1, p->source->id);
    sw_db_bind_int(st, 2, p->d->seq);
    sw_db_bind_int(st, 3, p->d->ts_us);
    sw_db_bind_text(st, 4, p->d->name);
    sw_db_bind_text(st, 5, p->d->word);
    put_bind_text(st, 6, p->d);
    return put_run_new(p, st, err);
}

static int put_kind(struct put *p, bool is_retained, struct sw_err *err)
{
    switch (p->d->place.kind) {
    case HUB_STATUS:
        return put_status(p, err);
    case HUB_INFO:
        return put_info(p, err);
    case HUB_SUMMARY:
        return put_summary(p, err);
    case HUB_CONFIG:
    case HUB_META:
    case HUB_STATE:
    case HUB_OUTPUT:
        return put_state(p, err);
    case HUB_SCHEDULE:
        return put_schedule(p, err);
    case HUB_HEALTH:
        return put_health(p, is_retained, err);
    case HUB_WINDOW:
        return put_window(p, err);
    case HUB_TICKET:
        return put_ticket(p, err);
    case HUB_TICKET_EVENT:
        return put_ticket_event(p, err);
    case HUB_EVENT:
        return put_event(p, err);
    case HUB_COMPLAINT:
        return put_complaint(p, err);
    case HUB_CHECKPOINT:
        return put_checkpoint(p, err);
    case HUB_GAP:
        return put_gap(p, err);
    case HUB_ALERT:
        return put_alert(p, err);
    default:
        p->ret = HUB_PUT_IGNORED;
        return SW_OK;
    }
}

static int count_number(struct put *p, bool is_retained, struct sw_err *err)
{
    int rc = store_source_of(p->s, p->gateway, p->d->epoch, &p->source, err);
    const int64_t low = rc < 0 ? 0 : p->source->seen.low;

    if (rc < 0)
        return rc;
    if (!is_retained)
        hub_seen_begin(&p->source->seen, p->d->seq);
    rc = hub_seen_add(&p->source->seen, p->d->seq, p->d->seq);
    if (rc != 0 || low != p->source->seen.low || p->d->place.kind == HUB_GAP)
        store_source_changed(p->s, p->source);
    return rc == SW_E_NOMEM ? sw_err_set(err, rc, 0, "store: out of memory") : SW_OK;
}

int hub_store_put(struct hub_store *s, const struct hub_document *d, bool is_retained, int64_t received_us,
                  enum hub_put *ret, struct sw_err *err)
{
    struct put p = {.s = s, .d = d, .received_us = received_us, .ret = HUB_PUT_IGNORED};
    int rc = SW_OK;

    *ret = HUB_PUT_IGNORED;
    if (d->place.kind == HUB_OTHER || d->place.kind == HUB_LIVE || (d->is_deletion && d->place.kind != HUB_ALERT))
        return SW_OK;
    rc = find_site(&p, err);
    if (rc == 0)
        return SW_OK;
    if (rc >= 0 && d->gw[0])
        rc = find_gateway(&p, err);
    if (rc >= 0)
        rc = hear(&p, err);
    if (rc >= 0 && d->is_deletion)
        rc = put_alert_end(&p, received_us, err);
    else if (rc >= 0 && d->seq > 0)
        rc = count_number(&p, is_retained, err);
    if (rc >= 0 && !d->is_deletion)
        rc = put_kind(&p, is_retained, err);
    *ret = p.ret;
    return rc < 0 ? rc : SW_OK;
}
