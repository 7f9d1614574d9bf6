// SPDX-License-Identifier: Apache-2.0
/* How long to wait before connecting again. */
#include "gateway/uplink_retry.h"

#include "common/macros.h"

/* Two clients with one id throw each other out as fast as they come back: whoever notices gives way for long. */
static const int64_t taken_wait_us[] = {60 * SW_US_PER_S, 120 * SW_US_PER_S, 300 * SW_US_PER_S, UPLINK_TAKEN_WAIT_US};

static int64_t wait_for_other(struct uplink_retry *r, uint64_t chance)
{
    const unsigned at = SW_MIN(r->n_taken, (unsigned) SW_ARRAY_SIZE(taken_wait_us) - 1);
    const int64_t base_us = taken_wait_us[at];

    r->n_taken++;
    return base_us + (int64_t) (chance % (uint64_t) (base_us / 2 + 1));
}

int64_t uplink_retry_wait_us(struct uplink_retry *r, enum uplink_end end, int64_t up_us, uint64_t chance)
{
    const bool is_brief = end == UPLINK_END_LOST && up_us < UPLINK_BRIEF_US;
    int64_t base_us;

    if (end != UPLINK_END_FAILED && up_us > UPLINK_STEADY_US)
        r->wait_us = 0;
    r->n_brief = is_brief ? r->n_brief + 1 : 0;
    if (end == UPLINK_END_TAKEN || r->n_brief >= UPLINK_BRIEF_MAX)
        return wait_for_other(r, chance);
    base_us = SW_MIN(SW_MAX(r->wait_us, r->min_us), r->max_us);
    r->wait_us = SW_MIN(base_us * 2, r->max_us);
    return base_us / 2 + (int64_t) (chance % (uint64_t) (base_us / 2 + 1));
}

bool uplink_retry_is_taken(const struct uplink_retry *r)
{
    return r->n_taken > 0;
}

bool uplink_retry_settle(struct uplink_retry *r, int64_t up_us)
{
    const bool was_taken = r->n_taken > 0;

    if (up_us < UPLINK_SETTLED_US)
        return false;
    r->n_taken = r->n_brief = 0;
    return was_taken;
}

int uplink_version_next(struct uplink_version *v, int64_t now_us)
{
    if (v->wanted)
        v->now = v->wanted;
    else if (v->now == 0 || (v->now == 4 && now_us >= v->again_us))
        v->now = 5;
    return v->now;
}

bool uplink_version_failed(struct uplink_version *v, bool is_refused, bool was_cut, int64_t now_us)
{
    v->cuts = was_cut ? v->cuts + 1 : 0;
    if (v->is_trial) { /* it was not the version */
        v->is_trial = false;
        v->cuts = 0;
        v->again_us = now_us;
        return false;
    }
    if (v->wanted || (!is_refused && v->cuts < UPLINK_CUTS_MAX))
        return false;
    v->cuts = 0;
    if (v->now == 4) { /* neither: from the beginning, after a wait */
        v->again_us = now_us;
        return false;
    }
    v->now = 4;
    v->is_trial = !is_refused;
    v->again_us = now_us + (is_refused ? UPLINK_REFUSED_US : UPLINK_CUT_US);
    return true;
}

void uplink_version_worked(struct uplink_version *v)
{
    v->cuts = 0;
    v->is_trial = false;
}
