// SPDX-License-Identifier: Apache-2.0
/* See block_pieces.h. A row is decoded once to see that it is whole, then as far as it is asked for. */
#include "gateway/block_pieces.h"

#include <stdlib.h>
#include <string.h>

struct sw_block_piece {
    struct sw_block_cursor cursor;
    struct sw_block_item next; /* decoded, not given out */
    unsigned char body[];
};

static int open_row(const struct sw_block_row *row, struct sw_block_cursor *ret, struct sw_err *err)
{
    int rc = sw_block_open(ret, row->body, row->len, (uint16_t) row->sensor, (uint8_t) row->quantity, err);

    if (rc == SW_OK && ret->is_mixed)
        rc = sw_err_set(err, SW_E_CORRUPT, 0, "block: of several sensors");
    return rc;
}

static int check_whole(const struct sw_block_row *row, struct sw_err *err)
{
    struct sw_block_cursor c;
    struct sw_block_item it;
    int rc = open_row(row, &c, err);

    while (rc >= 0 && (rc = sw_block_next(&c, &it, err)) == 1)
        ;
    return rc;
}

/* @return 1: `next` is of a later minute; 0: all is given out; below zero */
static int give_until(struct sw_block_cursor *c, struct sw_block_item *next, int64_t minute, sw_block_item_fn fn,
                      void *ctx, struct sw_err *err)
{
    int rc = 1;

    while (rc == 1 && sw_block_minute(next->arrival_us) <= minute) {
        rc = fn(ctx, next, err);
        if (rc >= 0)
            rc = sw_block_next(c, next, err);
    }
    return rc;
}

static int keep(struct sw_block_pieces *p, const struct sw_block_row *row, const struct sw_block_cursor *c,
                const struct sw_block_item *next, struct sw_err *err)
{
    struct sw_block_piece *piece = malloc(sizeof(*piece) + row->len);

    if (piece && p->n == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : 16;
        struct sw_block_piece **grown = realloc(p->piece, cap * sizeof(struct sw_block_piece *));

        if (grown) {
            p->piece = grown;
            p->cap = cap;
        }
    }
    if (!piece || p->n == p->cap) {
        free(piece);
        return sw_err_set(err, SW_E_NOMEM, 0, "no memory for a block");
    }
    memcpy(piece->body, row->body, row->len);
    piece->cursor = *c;
    piece->cursor.at = piece->body + (c->at - (const unsigned char *) row->body);
    piece->cursor.end = piece->body + (c->end - (const unsigned char *) row->body);
    piece->next = *next;
    p->piece[p->n++] = piece;
    return SW_OK;
}

int sw_block_pieces_add(struct sw_block_pieces *p, const struct sw_block_row *row, sw_block_item_fn fn, void *ctx,
                        struct sw_err *err)
{
    struct sw_block_cursor c;
    struct sw_block_item next;
    int rc = check_whole(row, err);

    if (rc == SW_OK)
        rc = open_row(row, &c, err);
    if (rc == SW_OK)
        rc = sw_block_next(&c, &next, err);
    if (rc == 1)
        rc = give_until(&c, &next, row->minute, fn, ctx, err);
    return rc == 1 ? keep(p, row, &c, &next, err) : rc;
}

int sw_block_pieces_until(struct sw_block_pieces *p, int64_t minute, sw_block_item_fn fn, void *ctx, struct sw_err *err)
{
    size_t kept = 0;
    int rc = SW_OK;

    for (size_t i = 0; i < p->n; i++) {
        struct sw_block_piece *piece = p->piece[i];
        const int has_more = rc < 0 ? 1 : give_until(&piece->cursor, &piece->next, minute, fn, ctx, err);

        if (has_more < 0)
            rc = has_more;
        if (has_more == 0)
            free(piece);
        else
            p->piece[kept++] = piece;
    }
    p->n = kept;
    return rc;
}

int64_t sw_block_pieces_next(const struct sw_block_pieces *p)
{
    int64_t minute = INT64_MAX;

    for (size_t i = 0; i < p->n; i++)
        minute = SW_MIN(minute, sw_block_minute(p->piece[i]->next.arrival_us));
    return minute;
}

void sw_block_pieces_free(struct sw_block_pieces *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->piece[i]);
    free(p->piece);
    *p = (struct sw_block_pieces){0};
}
