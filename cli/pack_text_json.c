// SPDX-License-Identifier: Apache-2.0
/* A pack as one JSON object for programs: the same facts as the page, figures as numbers, in the file's units. */
#include "cli/pack_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/reading.h"

static void write_figure(struct sw_jsonw *w, const char *key, int32_t hundredths, const char *unit)
{
    const bool is_mg = unit != NULL && strcmp(unit, "mg/m3") == 0;

    if (hundredths == SW_NO_VALUE)
        sw_jsonw_null(w, key);
    else
        sw_jsonw_num(w, key, (double) hundredths / (is_mg ? 100000.0 : 100.0), is_mg ? 5 : 2);
}

static void write_days(struct sw_jsonw *w, const struct sw_pack *p, unsigned days)
{
    static const char *const weekday[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"};

    sw_jsonw_array(w, "days");
    for (int i = 0; i < 8; i++)
        if (days >> i & 1)
            sw_jsonw_str(w, NULL, weekday[i]);
    for (size_t i = 0; i < p->n_day_names; i++)
        if (days & SW_DAY_NAMED(i))
            sw_jsonw_str(w, NULL, p->day_name[i]);
    sw_jsonw_array_end(w);
}

static void write_clock(struct sw_jsonw *w, const char *key, int minutes)
{
    char text[16];

    (void) snprintf(text, sizeof(text), "%02d:%02d", minutes / 60 % 100, minutes % 60);
    sw_jsonw_str(w, key, text);
}

static void write_periods(struct sw_jsonw *w, const struct sw_pack_view *v)
{
    sw_jsonw_array(w, "periods");
    for (size_t i = 0; i < v->n_periods; i++) {
        const struct sw_period *p = &v->periods[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", p->id);
        write_clock(w, "from", p->from_min);
        write_clock(w, "to", p->to_min);
        sw_jsonw_bool(w, "night", p->is_night);
        write_days(w, v->pack, p->days);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void write_options(struct sw_jsonw *w, const struct sw_pack_view *v)
{
    sw_jsonw_array(w, "options");
    for (size_t i = 0; i < v->n_options; i++) {
        const struct sw_pack_view_option *o = &v->options[i];
        const struct sw_node *values = sw_node_get(o->node, "values");

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "id", o->id);
        sw_jsonw_str(w, "type", o->is_number ? "number" : "choice");
        if (!o->is_number) {
            sw_jsonw_array(w, "values");
            for (const struct sw_node *n = values != NULL ? values->first : NULL; n != NULL; n = n->next)
                sw_jsonw_str(w, NULL, n->text);
            sw_jsonw_array_end(w);
        }
        sw_jsonw_str(w, "default", o->dflt);
        sw_jsonw_str(w, "given", o->given);
        sw_jsonw_object(w, "help");
        sw_jsonw_str(w, "en", v->pack->options[i].help_en);
        sw_jsonw_str(w, "zh-CN", v->pack->options[i].help_zh);
        sw_jsonw_object_end(w);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

/* Under which options this entry holds: `when` of the rule and the branch of the figure. */
static void write_conditions(struct sw_jsonw *w, const struct sw_pack_limit *l)
{
    const struct sw_node *when = sw_node_get(l->node, "when");

    sw_jsonw_object(w, "options");
    for (const struct sw_node *n = when != NULL ? when->first : NULL; n != NULL; n = n->next) {
        sw_jsonw_array(w, n->key);
        if (n->kind == SW_NODE_SCALAR)
            sw_jsonw_str(w, NULL, n->text);
        for (const struct sw_node *i = n->first; i != NULL; i = i->next)
            sw_jsonw_str(w, NULL, i->text);
        sw_jsonw_array_end(w);
    }
    for (size_t i = 0; i < l->n_cases; i++) {
        sw_jsonw_array(w, l->cases[i].option);
        sw_jsonw_str(w, NULL, l->cases[i].value);
        sw_jsonw_array_end(w);
    }
    sw_jsonw_object_end(w);
}

static void write_reference(struct sw_jsonw *w, const struct sw_pack_limit *l)
{
    const struct sw_rule *r = &l->rule;

    if (r->reference == SW_REFERENCE_NONE) {
        sw_jsonw_null(w, "reference");
        return;
    }
    sw_jsonw_object(w, "reference");
    sw_jsonw_str(w, "mode", r->reference == SW_REFERENCE_RATIO ? "ratio" : "difference");
    sw_jsonw_str(w, "quantity", sw_quantity_info(r->reference_quantity)->name);
    sw_jsonw_num(w, "factor", r->reference_factor, 2);
    write_figure(w, "cap", r->reference_cap, l->unit);
    sw_jsonw_object_end(w);
}

static void write_counting(struct sw_jsonw *w, const struct sw_pack_limit *l)
{
    static const char *const background[] = {"none", "table", "exact"};
    const struct sw_rule *r = &l->rule;

    write_figure(w, "resolution", r->resolution, l->unit);
    sw_jsonw_int(w, "allowed", r->allowed);
    sw_jsonw_int(w, "consecutive", r->consecutive);
    sw_jsonw_int(w, "continuation_s", r->continuation_s);
    sw_jsonw_object(w, "recover");
    write_figure(w, "below", r->recover_below, l->unit);
    sw_jsonw_int(w, "for_s", r->recover_for_s);
    sw_jsonw_object_end(w);
    sw_jsonw_str(w, "background", background[r->background]);
    write_reference(w, l);
    sw_jsonw_array(w, "deductions");
    for (size_t i = 0; i < r->n_deductions; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_int(w, "run_time_s", r->deductions[i].run_max_s);
        write_figure(w, "minus", r->deductions[i].minus, l->unit);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}

static void write_limit(struct sw_jsonw *w, const struct sw_pack_limit *l)
{
    static const char *const sure[] = {"confirmed", "secondary", "unverified"};
    const struct sw_rule *r = &l->rule;
    char text[48];

    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "rule", r->id);
    sw_jsonw_str(w, "family", r->family);
    sw_jsonw_str(w, "kind", sw_kind_name(r->kind));
    sw_jsonw_str(w, "quantity", r->quantity != SW_QUANTITY_NONE ? sw_quantity_info(r->quantity)->name : NULL);
    sw_jsonw_str(w, "statistic", sw_rule_statistic_text(r, text, sizeof(text)));
    sw_jsonw_int(w, "window_s", r->window_s);
    sw_jsonw_str(w, "mode", r->sliding ? "sliding" : "aligned");
    sw_jsonw_str(w, "period", r->period >= 0 ? l->period.id : NULL);
    sw_jsonw_array(w, "stages");
    for (size_t i = 0; i < r->n_stages; i++)
        sw_jsonw_str(w, NULL, r->stages[i]);
    sw_jsonw_array_end(w);
    write_conditions(w, l);
    write_figure(w, "limit", l->from != NULL ? SW_NO_VALUE : r->limit, l->unit);
    sw_jsonw_str(w, "unit", l->unit);
    sw_jsonw_str(w, "from", l->from);
    if (l->plus != NULL)
        sw_jsonw_num(w, "plus", strtod(l->plus, NULL), 2);
    else
        sw_jsonw_null(w, "plus");
    write_figure(w, "adjust", l->adjust != NULL ? SW_NO_VALUE : r->adjust, l->unit);
    write_counting(w, l);
    sw_jsonw_str(w, "source", r->source);
    sw_jsonw_str(w, "sure", sure[r->sure]);
    sw_jsonw_object_end(w);
}

static void write_validity(struct sw_jsonw *w, const struct sw_pack *p)
{
    sw_jsonw_num(w, "capture_min", p->capture_min, 2);
    sw_jsonw_int(w, "gap_max_s", p->gap_max_s);
    if (p->has_weather) {
        sw_jsonw_object(w, "weather");
        write_figure(w, "wind_below", p->wind_below, NULL);
        sw_jsonw_int(w, "rain_hold_s", p->rain_hold_s);
        sw_jsonw_object_end(w);
    } else {
        sw_jsonw_null(w, "weather");
    }
    sw_jsonw_array(w, "corrections");
    for (size_t i = 0; i < p->n_corrections; i++) {
        sw_jsonw_object(w, NULL);
        sw_jsonw_int(w, "difference", p->corrections[i].difference_db);
        write_figure(w, "minus", p->corrections[i].minus, NULL);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
    sw_jsonw_int(w, "notice_before_s", p->notice_before_s);
}

void sw_pack_json(const struct sw_pack_view *v, struct sw_jsonw *w)
{
    const struct sw_pack *p = v->pack;

    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "id", p->id);
    sw_jsonw_str(w, "version", p->version);
    sw_jsonw_str(w, "file", v->path);
    sw_jsonw_str(w, "sha256", p->sha256);
    sw_jsonw_object(w, "title");
    sw_jsonw_str(w, "en", p->title_en);
    sw_jsonw_str(w, "zh-CN", p->title_zh);
    sw_jsonw_object_end(w);
    write_options(w, v);
    write_periods(w, v);
    sw_jsonw_array(w, "limits");
    for (size_t i = 0; i < v->n_limits; i++)
        write_limit(w, &v->limits[i]);
    sw_jsonw_array_end(w);
    sw_jsonw_uint(w, "left_out", v->n_left_out);
    write_validity(w, p);
    sw_jsonw_object_end(w);
}
