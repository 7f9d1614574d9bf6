// SPDX-License-Identifier: Apache-2.0
/* Answers that come later: the connection is suspended, so that the library leaves it alone, until who answers is
 * ready. Either may go first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "io/http_int.h"

static struct sw_http_later *later_free(struct sw_http_later *l)
{
    http_response_done(&l->rs);
    free(l);
    return NULL;
}

/* One account must not have all places: nobody else could log in. */
static bool has_room(const struct sw_http *h, const char *account)
{
    size_t n = 0;

    for (const struct sw_http_later *l = h->later; l; l = l->next)
        n += *account && strcmp(l->account, account) == 0;
    return h->n_later < SW_HTTP_LATER_MAX && n < SW_HTTP_LATER_EACH_MAX;
}

struct sw_http_later *sw_http_defer(const struct sw_http_request *rq)
{
    struct http_pending *p = rq->pending;
    struct sw_http *h = p->listener->http;
    const char *account = rq->who && rq->who->came != SW_CAME_SOCKET ? rq->who->id : "";
    struct sw_http_later *l = !p->later && has_room(h, account) ? calloc(1, sizeof(*l)) : NULL;

    if (!l)
        return NULL;
    l->listener = p->listener;
    l->connection = rq->connection;
    (void) snprintf(l->account, sizeof(l->account), "%s", account);
    l->rs = (struct sw_http_response){.status = 200, .content_type = "application/json"};
    l->next = h->later;
    h->later = l;
    h->n_later++;
    p->later = l;
    return l;
}

struct sw_http_response *sw_http_later_response(struct sw_http_later *l)
{
    return &l->rs;
}

struct sw_http_later *sw_http_later_send(struct sw_http_later *l)
{
    if (!l->listener)
        return later_free(l);
    l->is_ready = true;
    if (l->is_suspended) { /* the library asks for the request once more, in its next run */
        MHD_resume_connection(l->connection);
        http_kick(l->listener);
    }
    return NULL;
}

void http_later_detach(struct sw_http_later *l)
{
    struct sw_http *h = l->listener->http;

    for (struct sw_http_later **at = &h->later; *at; at = &(*at)->next) {
        if (*at != l)
            continue;
        *at = l->next;
        break;
    }
    h->n_later--;
    l->listener = NULL;
    if (l->is_ready)
        later_free(l);
}

enum MHD_Result http_later_send_now(struct MHD_Connection *connection, struct http_pending *p)
{
    struct sw_http_later *l = p->later;
    struct http_listener *listener = l->listener;
    struct sw_http_response rs = l->rs;

    l->rs = (struct sw_http_response){0};
    p->later = NULL;
    http_later_detach(l);
    return http_send(listener, connection, &rs);
}
