// SPDX-License-Identifier: Apache-2.0
/* The core's side of the store: changes are staged in one turn, and the turn is posted as one message, so that it can
 * only be taken whole. Nothing here waits, but sw_store_sync. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "gateway/store_int.h"

struct store_turn *store_turn_free(struct store_turn *t)
{
    if (t) {
        free(t->ops);
        free(t->items);
        free(t);
    }
    return NULL;
}

static struct store_turn *staged(struct sw_store *s)
{
    if (!s->staged)
        s->staged = calloc(1, sizeof(*s->staged));
    return s->staged;
}

static size_t padded(size_t bytes)
{
    return (bytes + 7) & ~(size_t) 7;
}

/* Room for one more record of `size` bytes. */
static int grow_ops(struct store_turn *t, size_t size)
{
    size_t cap = t->ops_cap ? t->ops_cap : 1024;
    unsigned char *ops;

    if (t->ops_len + size <= t->ops_cap)
        return SW_OK;
    if (t->ops_len + size > STORE_TURN_BYTES_MAX)
        return SW_E_FULL;
    while (cap < t->ops_len + size)
        cap *= 2;
    ops = realloc(t->ops, cap);
    if (!ops)
        return SW_E_NOMEM;
    t->ops = ops;
    t->ops_cap = cap;
    return SW_OK;
}

int store_stage(struct sw_store *s, struct store_op op, const struct store_text *texts, size_t n_texts)
{
    struct store_turn *t = staged(s);
    size_t size = sizeof(op);
    unsigned char *at;
    int rc;

    if (!t)
        return SW_E_NOMEM;
    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i].len > (op.kind >= STORE_OP_SCHEDULE ? SW_STORE_TEXT_MAX : SW_STORE_PAYLOAD_MAX))
            return SW_E_INVAL;
        op.len[i] = (uint32_t) texts[i].len;
        size += texts[i].len + 1;
    }
    size = padded(size);
    rc = grow_ops(t, size);
    if (rc < 0)
        return rc;
    op.size = (uint32_t) size;
    at = t->ops + t->ops_len;
    memcpy(at, &op, sizeof(op));
    at += sizeof(op);
    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i].len)
            memcpy(at, texts[i].at, texts[i].len);
        at[texts[i].len] = '\0';
        at += texts[i].len + 1;
    }
    t->ops_len += size;
    return SW_OK;
}

static int grow_items(struct store_turn *t, size_t n)
{
    size_t cap = t->cap_items ? t->cap_items : 8;
    struct sw_block_item *items;

    if (t->n_items + n <= t->cap_items)
        return SW_OK;
    if (t->n_items + n > STORE_TURN_ITEMS_MAX)
        return SW_E_FULL;
    while (cap < t->n_items + n)
        cap *= 2;
    items = realloc(t->items, cap * sizeof(*items));
    if (!items)
        return SW_E_NOMEM;
    t->items = items;
    t->cap_items = cap;
    return SW_OK;
}

int sw_store_put_readings(struct sw_store *s, const struct sw_reading *readings, size_t n, int64_t arrival_us,
                          const bool *is_late)
{
    struct store_turn *t = staged(s);
    int rc;

    for (size_t i = 0; i < n; i++)
        if (readings[i].sensor >= s->n_sensors)
            return SW_E_INVAL;
    rc = t ? grow_items(t, n) : SW_E_NOMEM;
    if (rc < 0) {
        s->dropped += n;
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        struct sw_block_item *it = &t->items[t->n_items++];

        *it = (struct sw_block_item){
            .number = s->next_number++, .arrival_us = arrival_us, .is_late = is_late && is_late[i], .r = readings[i]};
        it->r.sensor = s->sensor_num[readings[i].sensor];
    }
    return SW_OK;
}

int sw_store_put_state(struct sw_store *s, const char *sensor, const char *rule, const void *body, size_t len)
{
    const struct store_text texts[] = {store_text_of(sensor), store_text_of(rule), {body, len}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_STATE}, texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_ticket(struct sw_store *s, const char *id, const char *matter_key, const char *status,
                        int64_t revision, int64_t changed_us, const char *json, size_t len)
{
    const struct store_text texts[] = {
        store_text_of(id), store_text_of(matter_key), store_text_of(status), {json, len}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_TICKET, .a = revision, .b = changed_us}, texts,
                       SW_ARRAY_SIZE(texts));
}

int sw_store_put_window(struct sw_store *s, const char *sensor, const char *period, int64_t from_us, int64_t to_us,
                        const char *json, size_t len)
{
    const struct store_text texts[] = {store_text_of(sensor), store_text_of(period), {json, len}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_WINDOW, .a = from_us, .b = to_us}, texts,
                       SW_ARRAY_SIZE(texts));
}

int sw_store_put_document(struct sw_store *s, const struct sw_store_document *d)
{
    const struct store_text texts[] = {store_text_of(d->topic), store_text_of(d->props), {d->payload, d->len}};

    if (!d->topic || !d->topic[0] || (unsigned) d->lane >= SW_LANE__STORED)
        return SW_E_INVAL;
    return store_stage(s,
                       (struct store_op){.kind = STORE_OP_DOCUMENT,
                                         .lane = (uint8_t) d->lane,
                                         .retain = d->retain,
                                         .has_props = d->props != NULL,
                                         .expiry_s = d->expiry_s,
                                         .class = (uint16_t) d->class,
                                         .is_answer = d->is_answer,
                                         .a = d->seq},
                       texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_schedule(struct sw_store *s, int64_t revision, int64_t at_us, const char *text, size_t len)
{
    const struct store_text texts[] = {{text, len}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_SCHEDULE, .a = revision, .b = at_us}, texts, 1);
}

int sw_store_put_config(struct sw_store *s, const char *sha256, const void *body, size_t len)
{
    const struct store_text texts[] = {store_text_of(sha256), {body, len}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_CONFIG}, texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_run(struct sw_store *s, const char *boot, const char *config_sha256, int64_t start_us)
{
    const struct store_text texts[] = {store_text_of(boot), store_text_of(config_sha256)};

    return store_stage(s, (struct store_op){.kind = STORE_OP_RUN, .a = start_us, .b = (int64_t) s->next_number}, texts,
                       SW_ARRAY_SIZE(texts));
}

int sw_store_put_media(struct sw_store *s, const struct sw_store_media *m)
{
    const struct store_text texts[] = {{(const char *) m, sizeof(*m)}};

    return store_stage(s, (struct store_op){.kind = STORE_OP_MEDIA}, texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_media_gone(struct sw_store *s, const char *sha256, int64_t at_us)
{
    const struct store_text texts[] = {store_text_of(sha256)};

    return store_stage(s, (struct store_op){.kind = STORE_OP_MEDIA_GONE, .a = at_us}, texts, SW_ARRAY_SIZE(texts));
}

int sw_store_put_act(struct sw_store *s, const char *kind, const char *subject, int64_t at_us, const char *json,
                     size_t len)
{
    const struct store_text texts[] = {store_text_of(kind), store_text_of(subject), {json, len}};

    if (!kind || !*kind || !subject || len > SW_STORE_PAYLOAD_MAX)
        return SW_E_INVAL;
    return store_stage(s, (struct store_op){.kind = STORE_OP_ACT, .a = at_us}, texts, SW_ARRAY_SIZE(texts));
}

void sw_store_set_time(struct sw_store *s, int64_t engine_us, bool is_last)
{
    s->engine_us = engine_us;
    s->engine_now_us = engine_us;
    s->is_last_turn = is_last;
}

/* A turn of readings alone may not use the reserve; then it stays staged and goes with the next one. */
static int post(struct sw_store *s, bool commit_now)
{
    struct store_msg msg = {.kind = STORE_MSG_TURN, .number = s->turns_posted + 1, .turn = s->staged};
    bool urgent;

    commit_now = commit_now || s->staged_wants_commit;
    if (s->is_last_turn)
        staged(s); /* it may be empty: that the run stopped in order is to be known all the same */
    msg.turn = s->staged;
    if (s->staged) {
        s->staged->until_us = s->engine_us;
        s->staged->is_last = s->is_last_turn;
    }
    if (!s->staged && !commit_now)
        return SW_OK;
    urgent = commit_now || (s->staged && s->staged->ops_len);
    msg.commit_now = commit_now;
    if (!sw_mailbox_post(s->inbox, &msg, 1, urgent)) {
        s->staged_wants_commit = commit_now;
        return SW_E_FULL;
    }
    s->turns_posted++;
    s->staged = NULL;
    s->staged_wants_commit = false;
    return SW_OK;
}

int sw_store_end_turn(struct sw_store *s)
{
    return post(s, false);
}

int sw_store_commit(struct sw_store *s)
{
    return post(s, true);
}

uint64_t sw_store_turn(const struct sw_store *s)
{
    return s->turns_posted + 1;
}

bool sw_store_is_durable(struct sw_store *s, uint64_t turn)
{
    bool is_durable;

    pthread_mutex_lock(&s->lock);
    is_durable = s->durable_number >= turn;
    pthread_mutex_unlock(&s->lock);
    return is_durable;
}

int sw_store_sync(struct sw_store *s, int64_t timeout_us, struct sw_err *err)
{
    int64_t until_us = sw_mono_real_us() + timeout_us;
    struct timespec until = {.tv_sec = until_us / SW_US_PER_S, .tv_nsec = until_us % SW_US_PER_S * 1000};
    uint64_t before;
    int rc = 0, posted;

    pthread_mutex_lock(&s->lock);
    do { /* a full box has room again after the next commit */
        before = s->durable_number;
        posted = post(s, true);
        while (posted == SW_E_FULL && s->durable_number == before && rc != ETIMEDOUT)
            rc = pthread_cond_timedwait(&s->cond, &s->lock, &until);
    } while (posted == SW_E_FULL && rc != ETIMEDOUT);
    while (s->durable_number < s->turns_posted && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->cond, &s->lock, &until);
    rc = posted == SW_OK && s->durable_number >= s->turns_posted ? SW_OK : SW_E_TIMEOUT;
    pthread_mutex_unlock(&s->lock);
    return rc == SW_OK ? SW_OK
                       : sw_err_set(err, rc, 0, "the store did not commit within %lld ms",
                                    (long long) (timeout_us / SW_US_PER_MS));
}
