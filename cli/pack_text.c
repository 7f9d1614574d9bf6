// SPDX-License-Identifier: Apache-2.0
/* A pack as a page: title, options, periods, limits (one by one in pack_text_rule.c), what makes a value count. */
#include "cli/pack_text.h"

#include <string.h>

struct page {
    const struct sw_pack_view *v;
    const struct sw_pack *p;
    bool is_zh;
    enum sw_pack_lang lang;
    FILE *to;
};

#define SAY(g, en, zh) ((g)->is_zh ? (zh) : (en))

static void print_title(const struct page *g)
{
    const struct sw_pack *p = g->p;

    (void) fprintf(g->to, "%s\n", g->is_zh && p->title_zh[0] != '\0' ? p->title_zh : p->title_en);
    (void) fprintf(g->to, SAY(g, "%s, version %s\n", "%s，版本 %s\n"), p->id, p->version);
}

static void print_option(const struct page *g, size_t i)
{
    const struct sw_pack_view_option *o = &g->v->options[i];
    const struct sw_option_value *help = &g->p->options[i];
    const struct sw_node *values = sw_node_get(o->node, "values"), *unit = sw_node_get(o->node, "unit");
    const struct sw_node *min = sw_node_get(o->node, "min"), *max = sw_node_get(o->node, "max");

    (void) fprintf(g->to, SAY(g, "  %s: %s\n      ", "  %s:%s\n      "), o->id,
                   g->is_zh && help->help_zh[0] != '\0' ? help->help_zh : help->help_en);
    if (o->is_number)
        (void) fprintf(g->to, SAY(g, "a number from %s to %s %s", "数值，%s 至 %s %s"), min ? min->text : "-",
                       max ? max->text : "-", unit ? sw_pack_unit_text(unit->text) : "");
    for (const struct sw_node *n = values != NULL ? values->first : NULL; n != NULL; n = n->next)
        (void) fprintf(g->to, "%s%s", n == values->first ? "" : " | ", n->text);
    if (o->given != NULL)
        (void) fprintf(g->to, SAY(g, "; shown for %s", "；本页按 %s 显示"), o->given);
    else if (o->dflt != NULL)
        (void) fprintf(g->to, SAY(g, "; default %s", "；默认 %s"), o->dflt);
    else
        (void) fputs(SAY(g, "; a site must choose", "；必须由工地配置选定"), g->to);
    (void) fputc('\n', g->to);
}

static void print_period(const struct page *g, const struct sw_period *p)
{
    char days[200];

    (void) fprintf(g->to, "  %-14s %02d:%02d-%02d:%02d  %s%s\n", p->id, p->from_min / 60, p->from_min % 60,
                   p->to_min / 60, p->to_min % 60, sw_pack_days_text(g->p, p->days, g->lang, days, sizeof(days)),
                   p->is_night ? SAY(g, ", work needs a permit", "，施工须经许可") : "");
}

static void print_options_and_periods(const struct page *g)
{
    if (g->v->n_options > 0)
        (void) fputs(SAY(g, "\nOptions\n", "\n选项\n"), g->to);
    for (size_t i = 0; i < g->v->n_options; i++)
        print_option(g, i);
    if (g->v->n_periods > 0)
        (void) fputs(SAY(g, "\nPeriods\n", "\n时段\n"), g->to);
    for (size_t i = 0; i < g->v->n_periods; i++)
        print_period(g, &g->v->periods[i]);
}

static void print_limits(const struct page *g)
{
    (void) fputs(SAY(g, "\nLimits\n", "\n限值\n"), g->to);
    for (size_t i = 0; i < g->v->n_limits;)
        i = sw_pack_print_rule(g->v, i, g->lang, g->to);
    if (g->v->n_left_out > 0)
        (void) fprintf(g->to, SAY(g, "  (%zu left out: of other options)\n", "  （另有 %zu 条属于其他选项，未列出）\n"),
                       g->v->n_left_out);
    (void) fputs(SAY(g,
                     "  A value is rounded half up (0.1 dB(A), 1 µg/m³, ratios 0.01, unless said otherwise) and is\n"
                     "  over when it is then greater than the limit.\n",
                     "  数值四舍五入（除另有说明外：0.1 dB(A)、1 µg/m³、比值 0.01）后大于限值即为超出。\n"),
                 g->to);
}

static void print_validity(const struct page *g)
{
    const struct sw_pack *p = g->p;
    char text[48], figure[48];

    (void) fputs(SAY(g, "\nWhat counts\n", "\n有效性\n"), g->to);
    (void) fprintf(g->to,
                   SAY(g, "  A window with less than %.0f %% of its readings cannot be judged.\n",
                       "  有效读数不足 %.0f%% 的窗口不作判定。\n"),
                   p->capture_min * 100.0);
    if (p->gap_max_s > 0)
        (void) fprintf(g->to, SAY(g, "  Nor one with a gap longer than %s.\n", "  缺测超过 %s的窗口不作判定。\n"),
                       sw_pack_duration_text(p->gap_max_s, g->lang, text, sizeof(text)));
    if (p->has_weather) {
        (void) fprintf(g->to,
                       SAY(g, "  Noise counts only without rain and below a wind of %s m/s",
                           "  噪声仅在无雨且风速低于 %s m/s 时有效"),
                       sw_pack_figure_text(p->wind_below, NULL, figure, sizeof(figure)));
        if (p->rain_hold_s > 0)
            (void) fprintf(g->to, SAY(g, ", rain counting for %s more", "，雨停后 %s内仍不计"),
                           sw_pack_duration_text(p->rain_hold_s, g->lang, text, sizeof(text)));
        (void) fputs(SAY(g, ".\n", "。\n"), g->to);
    } else {
        (void) fputs(SAY(g, "  No weather is excluded.\n", "  不因天气剔除数据。\n"), g->to);
    }
}

/* 3 → 3.0, 4 → 2.0 … : from each difference up to the next. */
static void print_background(const struct page *g)
{
    const struct sw_pack *p = g->p;
    char minus[48];

    if (p->n_corrections == 0)
        return;
    (void) fputs(SAY(g, "\nBackground\n", "\n背景修正\n"), g->to);
    (void) fprintf(g->to,
                   SAY(g, "  Measured minus background below %d dB: cannot be judged.\n",
                       "  实测值与背景值之差小于 %d dB：不作判定。\n"),
                   (int) p->corrections[0].difference_db);
    for (size_t i = 0; i < p->n_corrections; i++) {
        const int from = (int) p->corrections[i].difference_db;
        const bool is_last = i + 1 == p->n_corrections;
        const int to = is_last ? from : (int) p->corrections[i + 1].difference_db - 1;

        sw_pack_figure_text(p->corrections[i].minus, NULL, minus, sizeof(minus));
        if (is_last && p->corrections[i].minus == 0)
            (void) fprintf(g->to, SAY(g, "  %d dB and more: nothing is taken off.\n", "  %d dB 及以上：不修正。\n"),
                           from);
        else if (is_last)
            (void) fprintf(g->to, SAY(g, "  %d dB and more: less %s dB.\n", "  %d dB 及以上：减 %s dB。\n"), from,
                           minus);
        else if (to == from)
            (void) fprintf(g->to, SAY(g, "  %d dB: less %s dB.\n", "  %d dB：减 %s dB。\n"), from, minus);
        else
            (void) fprintf(g->to, SAY(g, "  %d to %d dB: less %s dB.\n", "  %d 至 %d dB：减 %s dB。\n"), from, to,
                           minus);
    }
}

static void print_rest(const struct page *g)
{
    const struct sw_pack *p = g->p;
    char text[48];
    bool has_night = false;
    size_t n_unverified = 0;

    for (size_t i = 0; i < g->v->n_periods; i++)
        has_night = has_night || g->v->periods[i].is_night;
    for (size_t i = 0; i < g->v->n_limits; i++)
        if ((i == 0 || g->v->limits[i].node != g->v->limits[i - 1].node) &&
            g->v->limits[i].rule.sure == SW_SURE_UNVERIFIED)
            n_unverified++;
    (void) fputs(SAY(g, "\nBesides\n", "\n其他\n"), g->to);
    if (has_night)
        (void) fprintf(g->to,
                       SAY(g, "  A permit counts only if its notice was posted %s before.\n",
                           "  许可公告须提前 %s张贴方为有效。\n"),
                       sw_pack_duration_text(p->notice_before_s, g->lang, text, sizeof(text)));
    (void) fprintf(g->to,
                   SAY(g, "  A crossing is foreseen up to %s ahead from a probability of %.2f on.\n",
                       "  预警：未来 %s内的越限概率达到 %.2f 时发出。\n"),
                   sw_pack_duration_text(p->horizon_s, g->lang, text, sizeof(text)), p->forecast_threshold);
    (void) fprintf(g->to, SAY(g, "  Limits in this page that are unverified: %zu.\n", "  本页未核实的限值：%zu 条。\n"),
                   n_unverified);
    (void) fprintf(g->to, SAY(g, "  File: %s\n  SHA-256: %s\n", "  文件：%s\n  SHA-256：%s\n"), g->v->path, p->sha256);
}

void sw_pack_print(const struct sw_pack_view *v, enum sw_pack_lang lang, FILE *to)
{
    const struct page g = {.v = v, .p = v->pack, .is_zh = lang == SW_PACK_ZH, .lang = lang, .to = to};

    print_title(&g);
    print_options_and_periods(&g);
    print_limits(&g);
    print_validity(&g);
    print_background(&g);
    print_rest(&g);
}
