// SPDX-License-Identifier: Apache-2.0
/* A list of what a store recorded of commands and complaints. When each is given again is replay_store.c's. */
#include "cli/replay_given.h"

#include <stdlib.h>
#include <string.h>
#include <string.h>

struct load {
    struct sw_replay_given *to;
    struct sw_err *err;
};

static int take(void *ctx, const struct sw_store_command *c)
{
    struct load *l = ctx;
    struct sw_replay_given *g = l->to;
    int rc;

    if (strcmp(c->kind, "ticket") != 0 && strcmp(c->kind, "complaint") != 0)
        return SW_OK; /* a change of schedule or configuration: what it led to is kept as such */
    if (strcmp(c->kind, "ticket") != 0 && strcmp(c->kind, "complaint") != 0)
        return SW_OK; /* what it brought about is in the store itself: a schedule, a configuration */
    if (g->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 64;
        struct sw_request_given *grown = realloc(g->item, cap * sizeof(*grown));

        if (!grown)
            return sw_err_set(l->err, SW_E_NOMEM, 0, "no memory for the commands of the store");
        g->item = grown;
        g->cap = cap;
    }
    rc = sw_request_given_read(c->json, c->len, &g->item[g->n], l->err);
    if (rc < 0) {
        sw_err_prefix(l->err, "command %s of %s, as the store has it", c->id, c->actor);
        return SW_E_CORRUPT;
    }
    g->item[g->n++].at_us = c->at_us;
    return SW_OK;
}

int sw_replay_given_load(struct sw_replay_given *g, struct sw_store *store, struct sw_err *err)
{
    struct load l = {.to = g, .err = err};

    return sw_store_load_commands(store, INT64_MIN, take, &l, err);
}

void sw_replay_given_done(struct sw_replay_given *g)
{
    free(g->item);
    *g = (struct sw_replay_given){0};
}

const struct sw_request_given *sw_replay_given_peek(const struct sw_replay_given *g, int64_t to_us)
{
    return g->next < g->n && g->item[g->next].at_us <= to_us ? &g->item[g->next] : NULL;
}
