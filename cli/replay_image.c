// SPDX-License-Identifier: Apache-2.0
/* A store in memory, as far as a start looks at it: three lists of named texts, given out in the order in which the
 * store's queries give them. What is stored when is as in gateway/publish.c. */
#include "cli/replay_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_state.h"

#define TEXT_MAX (256 * 1024)
#define LEARNT_EVERY_US (3600 * SW_US_PER_S)

/* A row: its key in two parts, a time, and a text. */
struct row {
    char a[SW_ID_SIZE], b[2 * SW_ID_SIZE];
    int64_t t_us;
    bool is_final; /* a ticket that ended */
    char *text;
    size_t len;
};

struct list {
    struct row *row;
    size_t n, cap;
};

struct sw_image {
    struct list tickets, states, marks;
    size_t n_complaints, cap_complaints;
    struct sw_complaint_kept *complaints; /* in the order in which they came */
    char text[TEXT_MAX];
};

static int no_memory(struct sw_err *err)
{
    return sw_err_set(err, SW_E_NOMEM, 0, "no memory for the state of the replayed store");
}

static struct row *find(struct list *l, const char *a, const char *b)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->row[i].a, a) == 0 && strcmp(l->row[i].b, b) == 0)
            return &l->row[i];
    return NULL;
}

static struct row *find_or_add(struct list *l, const char *a, const char *b)
{
    struct row *row = find(l, a, b);

    if (row)
        return row;
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct row *grown = realloc(l->row, cap * sizeof(*grown));

        if (!grown)
            return NULL;
        l->row = grown;
        l->cap = cap;
    }
    row = &l->row[l->n++];
    *row = (struct row){.t_us = INT64_MIN};
    snprintf(row->a, sizeof(row->a), "%s", a);
    snprintf(row->b, sizeof(row->b), "%s", b);
    return row;
}

static int put(struct list *l, const char *a, const char *b, const char *text, size_t len, struct row **ret,
               struct sw_err *err)
{
    struct row *row = find_or_add(l, a, b);
    char *copy = malloc(len + 1);

    if (!row || !copy) {
        free(copy);
        return no_memory(err);
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    free(row->text);
    row->text = copy;
    row->len = len;
    if (ret)
        *ret = row;
    return SW_OK;
}

struct sw_image *sw_image_new(void)
{
    return calloc(1, sizeof(struct sw_image));
}

static void free_list(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->row[i].text);
    free(l->row);
}

struct sw_image *sw_image_free(struct sw_image *m)
{
    if (m) {
        free_list(&m->tickets);
        free_list(&m->states);
        free_list(&m->marks);
        free(m->complaints);
        free(m);
    }
    return NULL;
}

/* ---- what is stored ---- */

static const char *id_of(struct sw_engine *e, size_t sensor)
{
    return sw_engine_site(e)->sensors[sensor].id;
}

static int put_states(struct sw_image *m, struct sw_engine *e, size_t sensor, struct sw_err *err)
{
    const struct sw_judge *judge = sw_engine_judge(e, sensor);
    int rc = SW_OK;

    for (size_t i = 0; judge && i < sw_judge_n_rules(judge) && rc >= 0; i++) {
        const struct sw_rule_state *r = sw_judge_rule(judge, i);
        size_t len = sw_rule_state_write(r, m->text, sizeof(m->text));

        rc = put(&m->states, id_of(e, sensor), r->rule->full_id, m->text, len, NULL, err);
    }
    return rc;
}

static int put_learnt(struct sw_image *m, struct sw_engine *e, struct sw_err *err)
{
    size_t n = sw_engine_site(e)->n_sensors;
    int rc = SW_OK;

    for (size_t i = 0; i < n && rc >= 0; i++) {
        const struct sw_judge *judge = sw_engine_judge(e, i);
        const struct sw_detect *detect = sw_engine_detect(e, i);
        size_t len = judge ? sw_judge_model_write(judge, m->text, sizeof(m->text)) : 0;

        if (len > 0)
            rc = put(&m->states, id_of(e, i), SW_RESTORE_MODEL, m->text, len, NULL, err);
        len = detect ? sw_detect_write(detect, m->text, sizeof(m->text)) : 0;
        if (len > 0 && rc >= 0)
            rc = put(&m->states, id_of(e, i), SW_RESTORE_DETECT, m->text, len, NULL, err);
    }
    return rc;
}

static int put_ticket(struct sw_image *m, const struct sw_ticket *t, struct sw_err *err)
{
    struct row *row;
    size_t len = sw_ticket_state_write(t, m->text, sizeof(m->text));
    int rc = put(&m->tickets, t->id, "", m->text, len, &row, err);

    if (rc < 0)
        return rc;
    row->t_us = t->changed_us;
    row->is_final = t->status == SW_STATUS_CLOSED || t->status == SW_STATUS_AVERTED || t->status == SW_STATUS_WITHDRAWN;
    return SW_OK;
}

static int put_mark(struct sw_image *m, const char *sensor, const struct sw_window_result *w, struct sw_err *err)
{
    struct row *row = find_or_add(&m->marks, sensor, w->period);

    if (!row)
        return no_memory(err);
    row->t_us = SW_MAX(row->t_us, w->to_us);
    return SW_OK;
}

static int put_input(struct sw_image *m, struct sw_engine *e, size_t sensor, struct sw_err *err)
{
    struct sw_input_state input;
    size_t len = sw_engine_input(e, sensor, &input) ? sw_input_state_write(&input, m->text, sizeof(m->text)) : 0;

    return len > 0 ? put(&m->states, id_of(e, sensor), SW_RESTORE_INPUT, m->text, len, NULL, err) : SW_OK;
}

static int put_complaint(struct sw_image *m, const struct sw_complaint_kept *k, struct sw_err *err)
{
    for (size_t i = m->n_complaints; i-- > 0;) {
        if (strcmp(m->complaints[i].service_request_id, k->service_request_id) == 0) {
            m->complaints[i] = *k;
            return SW_OK;
        }
    }
    if (m->n_complaints == m->cap_complaints) {
        size_t cap = m->cap_complaints ? 2 * m->cap_complaints : 64;
        struct sw_complaint_kept *grown = realloc(m->complaints, cap * sizeof(*grown));

        if (!grown)
            return no_memory(err);
        m->complaints = grown;
        m->cap_complaints = cap;
    }
    m->complaints[m->n_complaints++] = *k;
    return SW_OK;
}

/* Those that came, or were linked, with whatever this effect tells of. */
static int put_complaints(struct sw_image *m, struct sw_desk *desk, struct sw_err *err)
{
    const struct sw_complaint_kept *k;
    int rc = SW_OK;

    while (rc >= 0 && (k = sw_desk_changed_complaint(desk)) != NULL) {
        rc = put_complaint(m, k, err);
        sw_desk_complaint_is_kept(desk, k);
    }
    return rc;
}

int sw_image_effect(struct sw_image *m, struct sw_engine *e, const struct sw_effect *fx, struct sw_err *err)
{
    const struct sw_ticket *t;
    int rc = put_complaints(m, sw_engine_desk(e), err);

    if (rc < 0)
        return rc;
    switch (fx->kind) {
    case SW_EFFECT_WINDOW:
        return put_mark(m, id_of(e, fx->window.sensor), &fx->window, err);
    case SW_EFFECT_STATE:
        return put_states(m, e, fx->sensor, err);
    case SW_EFFECT_TICKET:
        t = sw_desk_ticket(sw_engine_desk(e), fx->ticket);
        return t ? put_ticket(m, t, err) : SW_OK;
    case SW_EFFECT_SENSOR_EVENT:
        return put_input(m, e, fx->input.sensor, err);
    case SW_EFFECT_SUMMARY:
        return fx->ts_us % LEARNT_EVERY_US == 0 ? put_learnt(m, e, err) : SW_OK;
    default:
        return SW_OK;
    }
}

int sw_image_stop(struct sw_image *m, struct sw_engine *e, struct sw_err *err)
{
    size_t n = sw_engine_site(e)->n_sensors;
    int rc = SW_OK;

    for (size_t i = 0; i < n && rc >= 0; i++)
        rc = put_states(m, e, i, err);
    return rc < 0 ? rc : put_learnt(m, e, err);
}

/* ---- what a start reads ---- */

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(x->a, y->a);

    return order ? order : strcmp(x->b, y->b);
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->t_us != y->t_us ? (x->t_us < y->t_us ? -1 : 1) : strcmp(x->a, y->a);
}

static void sort(struct list *l, int (*order)(const void *, const void *))
{
    if (l->n)
        qsort(l->row, l->n, sizeof(*l->row), order);
}

int sw_image_tickets(struct sw_image *m, int64_t since_us, sw_store_ticket_fn fn, void *to, struct sw_err *err)
{
    int rc = SW_OK;

    (void) err;
    sort(&m->tickets, by_time);
    for (size_t i = 0; i < m->tickets.n && rc >= 0; i++) {
        const struct row *row = &m->tickets.row[i];

        if (!row->is_final || row->t_us >= since_us)
            rc = fn(to, row->a, row->text, row->len);
    }
    return rc;
}

int sw_image_marks(struct sw_image *m, sw_store_watermark_fn fn, void *to, struct sw_err *err)
{
    int rc = SW_OK;

    (void) err;
    sort(&m->marks, by_key);
    for (size_t i = 0; i < m->marks.n && rc >= 0; i++)
        rc = fn(to, m->marks.row[i].a, m->marks.row[i].b, m->marks.row[i].t_us);
    return rc;
}

int sw_image_states(struct sw_image *m, sw_store_state_fn fn, void *to, struct sw_err *err)
{
    int rc = SW_OK;

    (void) err;
    sort(&m->states, by_key);
    for (size_t i = 0; i < m->states.n && rc >= 0; i++)
        rc = fn(to, m->states.row[i].a, m->states.row[i].b, m->states.row[i].text, m->states.row[i].len);
    return rc;
}

int sw_image_complaints(struct sw_image *m, int64_t since_us, sw_store_complaint_fn fn, void *to, struct sw_err *err)
{
    int rc = SW_OK;

    (void) err;
    for (size_t i = 0; i < m->n_complaints && rc >= 0; i++)
        if (m->complaints[i].at_us >= since_us)
            rc = fn(to, &m->complaints[i]);
    return rc;
}
