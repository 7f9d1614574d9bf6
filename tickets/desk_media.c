// SPDX-License-Identifier: Apache-2.0
/* What shows a ticket's matter: pictures that were taken for it. The newest few stand in the ticket. */
#include "tickets/desk_impl.h"

#include <string.h>

static bool has(const struct sw_ticket *t, const char *sha256)
{
    for (size_t i = 0; i < t->n_evidence; i++)
        if (strcmp(t->evidence[i].sha256, sha256) == 0)
            return true;
    return false;
}

void sw_desk_media(struct sw_desk *d, const struct sw_ticket_media *m, int64_t now_us, struct sw_desk_out *out)
{
    struct sw_desk_slot *s = sw_desk_slot_of(d, m->ticket);
    struct sw_ticket *t = s ? &s->ticket : NULL;

    if (!t || has(t, m->evidence.sha256))
        return;
    if (t->n_evidence == SW_EVIDENCE_MAX)
        memmove(t->evidence, t->evidence + 1, --t->n_evidence * sizeof(*t->evidence));
    t->evidence[t->n_evidence++] = m->evidence;
    sw_desk_touch(d, s, now_us, out);
}
