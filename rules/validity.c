// SPDX-License-Identifier: Apache-2.0
/* Range, flat line and fog of one reading. What a flag does to a window is left to the judge; which humidity holds, to
 * the engine. */
#include "rules/validity.h"

#include "common/macros.h"
#include "common/quantity.h"

void sw_validity_init(struct sw_validity *v)
{
    *v = (struct sw_validity){.value = SW_NO_VALUE, .since_us = INT64_MIN, .last_us = INT64_MIN};
}

static bool is_in_range(const struct sw_validity_conf *conf, const struct sw_quantity_info *info, const double value)
{
    const double min = conf->min != SW_NO_VALUE ? conf->min / 100.0 : info->min;
    const double max = conf->max != SW_NO_VALUE ? conf->max / 100.0 : info->max;

    return value >= min && value <= max;
}

/* Has the same value stood for longer than a living sensor shows one? Over a silence nobody knows what stood there. */
static bool is_flat(struct sw_validity *v, int64_t flatline_us, int32_t value, int64_t ts_us)
{
    if (v->last_us != INT64_MIN && ts_us < v->last_us)
        return false; /* out of order: says nothing about what stands */
    if (value != v->value || v->last_us == INT64_MIN || ts_us - v->last_us > flatline_us) {
        v->value = value;
        v->since_us = ts_us;
    }
    v->last_us = ts_us;
    return ts_us - v->since_us > flatline_us;
}

char sw_validity_flag(struct sw_validity *v, const struct sw_validity_conf *conf, const struct sw_reading *r,
                      int32_t rh)
{
    const struct sw_quantity_info *info = sw_quantity_info((enum sw_quantity) r->quantity);
    bool flat = false;

    /* A value that was set by hand may stand still and knows no fog. */
    if ((r->flag != 'N' && r->flag != 'S') || r->value != r->value)
        return r->flag;
    if (r->flag == 'N' && conf->flatline_us > 0)
        flat = is_flat(v, conf->flatline_us, sw_hundredths(r->value), r->t_utc_us);
    if (!is_in_range(conf, info, r->value) || flat)
        return 'D';
    if (r->flag == 'N' && info->kind == SW_KIND_DUST && conf->fog_rh != SW_NO_VALUE && rh != SW_NO_VALUE &&
        rh > conf->fog_rh)
        return 'D';
    return r->flag;
}
