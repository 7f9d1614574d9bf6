// SPDX-License-Identifier: Apache-2.0
/* Can a rule be judged? Statistic, window and figures of one rule and what they ask of each other. Each fault is one
 * sentence that says what to write instead. */
#include "rules/pack_check.h"

#include <string.h>

#include "common/ident.h"
#include "common/reading.h"
#include "rules/energy.h"

#define DUST_MAX 1000000000
#define ADJUST_MAX 10000 /* 100 dB */

static bool is_windowless(const struct sw_rule *r)
{
    return r->statistic == SW_STAT_MAX && r->window_s == 0;
}

static int fault_in_kind(const struct sw_rule *r, struct sw_err *err)
{
    const bool is_noise = r->kind == SW_KIND_NOISE;
    const bool is_for_all = r->statistic == SW_STAT_MAX || r->statistic == SW_STAT_MIN;

    if ((int) r->statistic < 0 || r->statistic >= SW_STAT__COUNT || (int) r->kind < 0 || r->kind >= SW_KIND__COUNT)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: unknown statistic or kind", r->id);
    if (is_noise && r->statistic == SW_STAT_MEAN)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: levels are averaged by energy; write statistic leq", r->id);
    if (!is_noise && !is_for_all && r->statistic != SW_STAT_MEAN)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: %s is for noise; write statistic mean", r->id,
                          sw_statistic_name(r->statistic));
    if (!is_noise && (r->quantity == SW_QUANTITY_NONE || sw_quantity_info(r->quantity)->kind != r->kind))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: name a quantity of kind %s", r->id, sw_kind_name(r->kind));
    if (r->quantity == SW_QUANTITY_WIND_DIR)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a wind direction has no limit", r->id);
    return SW_OK;
}

static int fault_in_window(const struct sw_pack *pack, const struct sw_rule *r, struct sw_err *err)
{
    const bool is_whole_period = r->window_s == 0 && !r->sliding && r->period >= 0;
    const struct sw_period *p;

    if (r->period < -1 || r->period >= (int) pack->n_periods)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: its period is not among those of the pack", r->id);
    if (is_windowless(r))
        return SW_OK;
    if (r->sliding && r->statistic != SW_STAT_LEQ && r->statistic != SW_STAT_MEAN)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: only leq and mean slide; write mode aligned", r->id);
    if (!is_whole_period && (r->window_s < 1 || r->window_s > SW_RULE_WINDOW_MAX_S))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the window must last 1 s to 24 h", r->id);
    if (r->statistic == SW_STAT_LAFTM5 && r->window_s % 5 != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the window of laftm5 must be a multiple of 5 s", r->id);
    if (r->anchor != SW_ANCHOR_MIDNIGHT && r->anchor != SW_ANCHOR_PERIOD_START)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the anchor must be midnight or period_start", r->id);
    if (r->anchor == SW_ANCHOR_PERIOD_START && r->period < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: windows from a period's start need a period", r->id);
    if (r->period < 0 || (!r->sliding && r->anchor != SW_ANCHOR_PERIOD_START))
        return SW_OK;
    p = &pack->periods[r->period];
    if (r->window_s > 60 * sw_period_length_min(p))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the window is longer than its period %s and never full", r->id,
                          p->id);
    return SW_OK;
}

static int fault_in_figures(const struct sw_rule *r, struct sw_err *err)
{
    const bool is_level = r->kind == SW_KIND_NOISE && r->statistic != SW_STAT_SD;
    const int32_t least = is_level ? SW_LEVEL_MIN : 0, most = r->kind == SW_KIND_NOISE ? SW_LEVEL_MAX : DUST_MAX;

    if (r->limit < least || r->limit > most)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a limit of %.2f cannot be", r->id, r->limit / 100.0);
    if (r->adjust < -ADJUST_MAX || r->adjust > ADJUST_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: an adjustment of %.2f cannot be; at most 100 either way", r->id,
                          r->adjust / 100.0);
    if (r->resolution < 1 || r->resolution > 10000)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: resolution must be 0.01 to 100", r->id);
    if (r->recover_below < 0 || r->limit - r->recover_below < least)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the recovery margin must be 0 or more, and leave a level",
                          r->id);
    if (r->recover_for_s < 0 || r->recover_for_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: recovery must last 0 s to 24 h", r->id);
    if (r->continuation_s < 0 || r->continuation_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: continuation must be 0 s to 24 h", r->id);
    if (r->allowed < 0 || r->allowed > 1000)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: allowed must be 0 to 1000 a day", r->id);
    if (r->consecutive < 0 || r->consecutive > 1000)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: consecutive must be 1 to 1000", r->id);
    if (r->sliding && !is_windowless(r) && r->consecutive > 1)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: consecutive counts aligned windows; write mode aligned", r->id);
    return SW_OK;
}

static int fault_in_reference(const struct sw_rule *r, struct sw_err *err)
{
    if (r->reference == SW_REFERENCE_NONE)
        return SW_OK;
    if (r->kind == SW_KIND_NOISE)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a reference sensor is for dust; for noise write background",
                          r->id);
    if (r->sliding || is_windowless(r))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a reference needs windows with mode aligned", r->id);
    if (r->reference != SW_REFERENCE_DIFFERENCE && r->reference != SW_REFERENCE_RATIO)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the reference's mode must be difference or ratio", r->id);
    if (r->reference_quantity == SW_QUANTITY_NONE || sw_quantity_info(r->reference_quantity)->kind != r->kind)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the reference's quantity must be of kind %s", r->id,
                          sw_kind_name(r->kind));
    if (!(r->reference_factor > 0.0 && r->reference_factor <= 100.0))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the reference's factor must be above 0 and at most 100", r->id);
    if (r->reference_cap != SW_NO_VALUE && r->reference_cap < 0)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the reference's cap must be 0 or more", r->id);
    return SW_OK;
}

static int fault_in_background(const struct sw_pack *pack, const struct sw_rule *r, struct sw_err *err)
{
    if (r->background == SW_BACKGROUND_NONE)
        return SW_OK;
    if (r->background != SW_BACKGROUND_TABLE && r->background != SW_BACKGROUND_EXACT)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: background must be none, table or exact", r->id);
    if (r->kind != SW_KIND_NOISE || r->statistic == SW_STAT_SD)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a background is taken off levels of noise only", r->id);
    if (r->background == SW_BACKGROUND_TABLE && pack->n_corrections == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: background table needs the pack's key corrections", r->id);
    return SW_OK;
}

static int fault_in_deductions(const struct sw_rule *r, struct sw_err *err)
{
    if (r->n_deductions > SW_RULE_DEDUCTIONS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: at most %d deductions", r->id, SW_RULE_DEDUCTIONS_MAX);
    if (r->n_deductions > 0 && (r->sliding || is_windowless(r)))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: deductions need windows with mode aligned", r->id);
    for (size_t i = 0; i < r->n_deductions; i++) {
        const struct sw_deduction *d = &r->deductions[i];

        if (d->run_max_s < 1 || d->run_max_s > SW_S_PER_DAY)
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s: the run time of a deduction must be 1 s to 24 h", r->id);
        if (d->minus < 0 || d->minus > ADJUST_MAX)
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a deduction must take off 0 to 100", r->id);
        if (i > 0 && d->run_max_s <= r->deductions[i - 1].run_max_s)
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s: deductions must stand in order of run time", r->id);
    }
    return SW_OK;
}

static int fault_in_stages(const struct sw_rule *r, struct sw_err *err)
{
    if (r->n_stages > SW_RULE_STAGES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "rule %s: at most %d stages", r->id, SW_RULE_STAGES_MAX);
    for (size_t i = 0; i < r->n_stages; i++)
        if (!sw_id_is_valid(r->stages[i]))
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s: a stage must be of a-z, 0-9 and '-'", r->id);
    return SW_OK;
}

int sw_pack_check_rule(const struct sw_pack *pack, size_t i, struct sw_err *err)
{
    const struct sw_rule *r = &pack->rules[i];
    int code;

    if (!sw_id_is_valid(r->id))
        return sw_err_set(err, SW_E_INVAL, 0, "rule %zu: its id must be of a-z, 0-9 and '-'", i + 1);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(pack->rules[k].id, r->id) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "rule %s stands twice; remove or rename one", r->id);
    }
    code = fault_in_kind(r, err);
    if (code == SW_OK)
        code = fault_in_window(pack, r, err);
    if (code == SW_OK)
        code = fault_in_figures(r, err);
    if (code == SW_OK)
        code = fault_in_reference(r, err);
    if (code == SW_OK)
        code = fault_in_background(pack, r, err);
    if (code == SW_OK)
        code = fault_in_deductions(r, err);
    return code == SW_OK ? fault_in_stages(r, err) : code;
}
