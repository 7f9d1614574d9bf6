// SPDX-License-Identifier: Apache-2.0
/* The rest of an answer from the file: the course of the level, pictures, tickets that have left the desk. Readings
 * where they are still kept and the steps are shorter than a minute, else the minutes. Runs on the query worker. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "gateway/block_pieces.h"
#include "gateway/evidence_int.h"
#include "gateway/ticket_state.h"
#include "rules/energy.h"

#define MINUTE_US (60 * SW_US_PER_S)
#define LATE_MINUTES 2 /* a reading is stored with the minute of its arrival */

/* One point: energies of levels, sums of others. */
struct point {
    sw_u128 energy;
    int64_t sum;
    uint32_t n;
};

struct course {
    const struct sw_site *site;
    struct sw_evidence_series *s;
    int64_t to_us;
    int64_t number; /* of the sensor in the file */
    enum sw_quantity level;
    bool is_noise;
    uint32_t n; /* readings that were found */
    struct point points[SW_EVIDENCE_SERIES_MAX];
};

/* ---- the course ---- */

static int32_t step_of(int64_t window_s, uint32_t points)
{
    static const int32_t steps[] = {1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200};
    const int64_t wanted = SW_MIN(SW_MAX(points ? points : SW_EVIDENCE_SERIES_POINTS, 2), SW_EVIDENCE_SERIES_MAX);

    for (size_t i = 0; i < SW_ARRAY_SIZE(steps); i++)
        if (window_s <= steps[i] * wanted)
            return steps[i];
    return SW_EVIDENCE_WINDOW_MAX_S;
}

static void add_value(struct course *c, int64_t t_us, int32_t value, uint32_t weight)
{
    const int64_t at = (t_us - c->s->t0_us) / (c->s->step_s * SW_US_PER_S);
    struct point *p;

    if (value == SW_NO_VALUE || t_us < c->s->t0_us || t_us >= c->to_us || at >= (int64_t) c->s->n)
        return;
    p = &c->points[at];
    if (c->is_noise)
        p->energy += sw_energy(value) * weight;
    else
        p->sum += (int64_t) value * weight;
    p->n += weight;
    c->n++;
}

/* What arrived in these minutes; a block may go beyond them. */
static void add_block(struct course *c, const void *body, size_t len, bool is_mixed, int64_t from, int64_t until)
{
    struct sw_block_cursor cursor;
    struct sw_block_item it;

    if (sw_block_open(&cursor, body, len, (uint16_t) c->number, (uint8_t) c->level, NULL) < 0)
        return; /* its readings are lost; the gap shows */
    while (sw_block_next(&cursor, &it, NULL) == 1) {
        const int64_t minute = sw_block_minute(it.arrival_us);
        const bool is_ours =
            minute >= from && minute < until && (!is_mixed || (it.r.sensor == c->number && it.r.quantity == c->level));

        if (is_ours && (it.r.flag == 'N' || it.r.flag == 'S'))
            add_value(c, it.r.t_utc_us, sw_hundredths(it.r.value), 1);
    }
}

static int read_blocks(struct course *c, struct query_reader *r, struct sw_err *err)
{
    const int64_t from = c->s->t0_us / MINUTE_US, until = c->to_us / MINUTE_US + LATE_MINUTES + 1;
    struct sw_db_stmt *st = query_stmt(r, QUERY_BLOCKS, err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, sw_block_hour_begin(from));
    sw_db_bind_int(st, 2, until);
    sw_db_bind_int(st, 3, c->number);
    sw_db_bind_int(st, 4, c->level);
    while ((rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        add_block(c, body, len, false, from, until);
    }
    return rc;
}

/* What was not yet folded into blocks: the newest minutes. */
static int read_tail(struct course *c, struct query_reader *r, struct sw_err *err)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_TAIL, err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, c->s->t0_us);
    while ((rc = sw_db_step(st, err)) == 1) {
        size_t len;
        const void *body = sw_db_blob(st, 0, &len);

        add_block(c, body, len, true, INT64_MIN, INT64_MAX);
    }
    return rc;
}

static int find_number(struct course *c, const char *id, struct query_reader *r, struct sw_err *err)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_SENSOR, err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_text(st, 1, id);
    rc = sw_db_step(st, err);
    c->number = rc == 1 ? sw_db_int(st, 0) : -1;
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

static void set_steps(struct course *c, int32_t step_s)
{
    const int64_t step_us = step_s * SW_US_PER_S;

    c->s->step_s = step_s;
    c->s->n = (size_t) SW_MIN((c->to_us - c->s->t0_us + step_us - 1) / step_us, SW_EVIDENCE_SERIES_MAX);
}

static int read_course(struct course *c, struct query_reader *r, const char *id, struct sw_err *err)
{
    int rc = find_number(c, id, r, err);

    if (rc == SW_OK && c->number >= 0)
        rc = read_blocks(c, r, err);
    if (rc == SW_OK && c->number >= 0)
        rc = read_tail(c, r, err);
    return rc;
}

static int read_series(struct evidence_read *e, struct query_reader *r, int sensor, const int32_t *minute,
                       struct sw_err *err)
{
    const struct sw_sensor_conf *conf = &e->site->sensors[sensor];
    struct course *c = calloc(1, sizeof(*c));
    int rc = SW_OK;

    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "evidence: out of memory");
    *c = (struct course){.site = e->site,
                         .s = &e->f.series,
                         .to_us = e->f.to_us,
                         .level = conf->level,
                         .is_noise = conf->kind == SW_KIND_NOISE};
    c->s->sensor = (uint16_t) sensor;
    c->s->t0_us = e->f.from_us;
    set_steps(c, step_of((e->f.to_us - e->f.from_us) / SW_US_PER_S, e->f.ask.series_points));
    if (c->s->step_s < 60)
        rc = read_course(c, r, conf->id, err);
    if (rc == SW_OK && c->n == 0) { /* gone, or of no use for steps so long */
        set_steps(c, SW_MAX(c->s->step_s, 60));
        for (int64_t t_us = c->s->t0_us; t_us < c->to_us; t_us += MINUTE_US)
            add_value(c, t_us, minute[(t_us - c->s->t0_us) / MINUTE_US], 1);
    }
    for (size_t i = 0; i < c->s->n; i++) {
        const struct point *p = &c->points[i];

        c->s->v[i] = p->n == 0     ? SW_NO_VALUE
                     : c->is_noise ? sw_energy_level(p->energy, p->n)
                                   : (int32_t) ((p->sum + p->n / 2) / p->n);
    }
    free(c);
    return rc;
}

/* ---- pictures ---- */

static int read_media(struct evidence_read *e, struct query_reader *r, struct sw_err *err)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_MEDIA, err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, e->f.from_us);
    sw_db_bind_int(st, 2, e->f.to_us);
    sw_db_bind_int(st, 3, SW_EVIDENCE_MEDIA_MAX);
    while ((rc = sw_db_step(st, err)) == 1 && e->f.n_media < SW_EVIDENCE_MEDIA_MAX) {
        struct sw_evidence_medium *m = &e->f.media[e->f.n_media++];
        const char *sha256 = sw_db_text(st, 0, NULL);

        (void) snprintf(m->sha256, sizeof(m->sha256), "%s", sha256);
        (void) snprintf(m->kind, sizeof(m->kind), "%s", sw_db_text(st, 1, NULL));
        m->at_us = sw_db_int(st, 2);
        sw_id_derive(&sha256, 1, 0, m->id); /* as in the event and in the ticket */
    }
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

/* ---- tickets ---- */

static int read_tickets(struct evidence_read *e, struct query_reader *r, struct sw_err *err)
{
    struct sw_db_stmt *st = query_stmt(r, QUERY_TICKETS, err);
    int rc;

    if (!st)
        return SW_E_IO;
    sw_db_bind_int(st, 1, e->f.from_us - EVIDENCE_AFTER_US);
    sw_db_bind_int(st, 2, e->f.to_us + EVIDENCE_BEFORE_US);
    while ((rc = sw_db_step(st, err)) == 1 && e->n_stored < EVIDENCE_STORED_TICKETS_MAX) {
        struct sw_ticket *grown = realloc(e->stored, (e->n_stored + 1) * sizeof(*grown));
        size_t len;
        const char *json = sw_db_text(st, 0, &len);

        if (!grown) {
            rc = sw_err_set(err, SW_E_NOMEM, 0, "evidence: out of memory");
            break;
        }
        e->stored = grown;
        if (sw_ticket_state_read(json, len, &e->stored[e->n_stored], NULL) == SW_OK)
            e->n_stored++;
    }
    sw_db_reset(st);
    return rc < 0 ? rc : SW_OK;
}

int evidence_read_rest(struct evidence_read *e, struct query_reader *r, int sensor, const int32_t *minute,
                       struct sw_err *err)
{
    int rc = SW_OK;

    if (e->f.ask.wants_series && sensor >= 0 && e->f.has_data)
        rc = read_series(e, r, sensor, minute, err);
    if (rc == SW_OK && e->f.ask.wants_media)
        rc = read_media(e, r, err);
    if (rc == SW_OK)
        rc = read_tickets(e, r, err);
    return rc;
}
