// SPDX-License-Identifier: Apache-2.0
/* A growing array of stored readings: decoding into it and bringing it into order. And documents, packed. */
#include <stdlib.h>
#include <string.h>

#include "gateway/store_int.h"

int64_t store_minute_of(int64_t t_us)
{
    return t_us / STORE_MINUTE_US - (t_us % STORE_MINUTE_US < 0);
}

int store_items_add(struct store_items *v, const struct sw_block_item *items, size_t n, struct sw_err *err)
{
    if (v->n + n > v->cap) {
        size_t cap = SW_MAX(v->cap * 2, v->n + n);
        struct sw_block_item *grown = realloc(v->item, cap * sizeof(*grown));

        if (!grown)
            return sw_err_set(err, SW_E_NOMEM, 0, "store: no memory for %zu readings", cap);
        v->item = grown;
        v->cap = cap;
    }
    if (n)
        memcpy(v->item + v->n, items, n * sizeof(*items));
    v->n += n;
    return SW_OK;
}

int store_items_decode(struct store_items *v, const void *body, size_t len, uint16_t sensor, uint8_t quantity,
                       struct sw_err *err)
{
    struct sw_block_cursor c;
    struct sw_block_item it;
    size_t before = v->n;
    int rc = sw_block_open(&c, body, len, sensor, quantity, err);

    while (rc >= 0 && (rc = sw_block_next(&c, &it, err)) == 1)
        rc = store_items_add(v, &it, 1, err);
    if (rc < 0)
        v->n = before;
    return rc;
}

static int by_number(const void *a, const void *b)
{
    const struct sw_block_item *x = a, *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_series(const void *a, const void *b)
{
    const struct sw_block_item *x = a, *y = b;
    int64_t mx = store_minute_of(x->arrival_us), my = store_minute_of(y->arrival_us);

    if (mx != my)
        return mx < my ? -1 : 1;
    if (x->r.sensor != y->r.sensor)
        return x->r.sensor < y->r.sensor ? -1 : 1;
    if (x->r.quantity != y->r.quantity)
        return x->r.quantity < y->r.quantity ? -1 : 1;
    return by_number(a, b);
}

void store_items_sort(struct store_items *v)
{
    if (v->n)
        qsort(v->item, v->n, sizeof(*v->item), by_number);
}

void store_items_sort_by_series(struct store_items *v)
{
    if (v->n)
        qsort(v->item, v->n, sizeof(*v->item), by_series);
}

void store_items_free(struct store_items *v)
{
    free(v->item);
    *v = (struct store_items){0};
}

/* ---- documents ---- */

static bool has_packer(struct sw_store *s)
{
    if (!s->packer)
        s->packer = sw_window_packer_new();
    if (!s->packed)
        s->packed = malloc(SW_STORE_PAYLOAD_MAX + 1 + SW_WINDOW_TEXT_EXTRA);
    return s->packer && s->packed;
}

const void *store_pack(struct sw_store *s, const void *text, size_t *len)
{
    size_t n;

    if (*len == 0 || *len > SW_STORE_PAYLOAD_MAX || !has_packer(s))
        return text;
    n = sw_window_pack(s->packer, text, *len, (unsigned char *) s->packed);
    if (n == 0)
        return text;
    *len = n;
    return s->packed;
}

const char *store_unpack(struct sw_store *s, const void *body, size_t *len)
{
    size_t n;

    if (!body || !sw_window_is_packed(body, *len) || !has_packer(s) ||
        sw_window_unpack(s->packer, body, *len, s->packed, SW_STORE_PAYLOAD_MAX + 1, &n) < 0)
        return body;
    *len = n;
    return s->packed;
}
