// SPDX-License-Identifier: Apache-2.0
/* One rule of a pack as a paragraph: the limit as a sentence, how crossings are counted, what is put right before the
 * comparison, where the figure stands and how sure it is. */
#include "cli/pack_text.h"

#include <string.h>

#include "common/reading.h"

struct say {
    const struct sw_pack_view *v;
    const struct sw_pack_limit *limit; /* the first of the rule */
    size_t n;                          /* so many belong to it */
    bool is_zh;
    enum sw_pack_lang lang;
    FILE *to;
};

#define SAY(s, en, zh) ((s)->is_zh ? (zh) : (en))

static const char *duration(const struct say *s, long seconds, char buf[48])
{
    return sw_pack_duration_text(seconds, s->lang, buf, 48);
}

/* Begin a line under the sentence. */
static void line(const struct say *s)
{
    (void) fputs("      ", s->to);
}

/* A ratio has no unit, and then no blank before it. */
static const char *gap(const char *unit)
{
    return sw_pack_unit_text(unit)[0] != '\0' ? " " : "";
}

static void print_list(const struct say *s, const struct sw_node *n)
{
    if (n->kind == SW_NODE_SCALAR)
        (void) fputs(n->text, s->to);
    for (const struct sw_node *i = n->first; i != NULL; i = i->next)
        (void) fprintf(s->to, "%s%s", i == n->first ? "" : SAY(s, " or ", "或"), i->text);
}

static void print_where(const struct say *s)
{
    const struct sw_pack_limit *l = s->limit;
    char name[48], days[200];

    if (l->rule.period < 0) {
        (void) fputs(SAY(s, "At all times", "全时段"), s->to);
    } else {
        const struct sw_period *p = &l->period;

        (void) fprintf(s->to, "%s %02d:%02d-%02d:%02d", sw_pack_period_text(p->id, s->lang, name, sizeof(name)),
                       p->from_min / 60, p->from_min % 60, p->to_min / 60, p->to_min % 60);
        sw_pack_days_text(s->v->pack, p->days, s->lang, days, sizeof(days));
        if (strcmp(days, SAY(s, "every day", "每天")) != 0)
            (void) fprintf(s->to, SAY(s, " (%s)", "（%s）"), days);
    }
    for (size_t i = 0; i < l->rule.n_stages; i++)
        (void) fprintf(s->to, "%s%s", i == 0 ? SAY(s, ", in the stages ", "，施工阶段 ") : SAY(s, ", ", "、"),
                       l->rule.stages[i]);
    (void) fputs(SAY(s, ": ", "："), s->to);
}

/* "less 1.3 times the PM10 of the reference sensor" */
static void print_reference(const struct say *s)
{
    const struct sw_rule *r = &s->limit->rule;
    const char *quantity = sw_quantity_info(r->reference_quantity)->name;
    const bool is_ratio = r->reference == SW_REFERENCE_RATIO;
    char text[48];

    if (is_ratio)
        (void) fputs(SAY(s, " divided by ", "除以"), s->to);
    else
        (void) fputs(SAY(s, " less ", "减去"), s->to);
    if (r->reference_factor != 1.0)
        (void) fprintf(s->to, SAY(s, "%g times ", " %g 倍的"), r->reference_factor);
    (void) fprintf(s->to, SAY(s, "the %s of the reference sensor", "参考站 %s"), quantity);
    if (r->reference_cap != SW_NO_VALUE)
        (void) fprintf(s->to, SAY(s, " (which counts as at most %s %s)", "（参考值最高按 %s %s 计）"),
                       sw_pack_figure_text(r->reference_cap, s->limit->unit, text, sizeof(text)),
                       sw_pack_unit_text(s->limit->unit));
}

static void print_statistic(const struct say *s)
{
    const struct sw_rule *r = &s->limit->rule;
    char text[48];

    (void) fputs(sw_rule_statistic_text(r, text, sizeof(text)), s->to);
    if (r->statistic == SW_STAT_MAX && r->window_s == 0)
        (void) fputs(SAY(s, " (every reading)", "（逐个读数）"), s->to);
    else if (r->window_s == 0)
        (void) fputs(SAY(s, " (over the whole period)", "（整个时段）"), s->to);
    else if (r->sliding)
        (void) fputs(SAY(s, " (sliding)", "（滑动窗口）"), s->to);
    else
        (void) fputs(SAY(s, " (by the clock)", "（按时钟对齐窗口）"), s->to);
    if (r->reference != SW_REFERENCE_NONE)
        print_reference(s);
}

/* "55.0 dB(A)", or one for each value of an option. */
static void print_figure(const struct say *s, const struct sw_pack_limit *l)
{
    char text[48];

    if (l->from != NULL)
        (void) fprintf(s->to, "%s + %s", l->from, l->plus);
    else
        (void) fputs(sw_pack_figure_text(l->rule.limit, l->unit, text, sizeof(text)), s->to);
    (void) fprintf(s->to, "%s%s", gap(l->unit), sw_pack_unit_text(l->unit));
    for (size_t i = 0; i < l->n_cases; i++) {
        const struct sw_pack_view_option *o = sw_pack_view_option(s->v, l->cases[i].option);
        const bool is_dflt = o != NULL && o->dflt != NULL && strcmp(o->dflt, l->cases[i].value) == 0;

        (void) fprintf(s->to, "%s%s %s%s", i == 0 ? SAY(s, " with ", "（") : SAY(s, " and ", "，"), l->cases[i].option,
                       l->cases[i].value, is_dflt ? SAY(s, " (default)", "，默认") : "");
    }
    if (l->n_cases > 0 && s->is_zh)
        (void) fputs("）", s->to);
}

static void print_sentence(const struct say *s)
{
    const struct sw_node *when = sw_node_get(s->limit->node, "when");

    (void) fprintf(s->to, "  %s%s\n      ", s->limit->rule.id,
                   s->limit->rule.sure == SW_SURE_UNVERIFIED ? SAY(s, "  [UNVERIFIED]", "  [未核实]") : "");
    print_where(s);
    print_statistic(s);
    (void) fputs(SAY(s, " at most ", s->limit->rule.reference != SW_REFERENCE_NONE ? " 后不超过 " : "不超过 "), s->to);
    for (size_t i = 0; i < s->n; i++) {
        if (i > 0)
            (void) fputs(SAY(s, "; ", "；"), s->to);
        print_figure(s, &s->limit[i]);
    }
    (void) fputs(SAY(s, ".\n", "。\n"), s->to);
    for (const struct sw_node *n = when != NULL ? when->first : NULL; n != NULL; n = n->next) {
        line(s);
        (void) fprintf(s->to, SAY(s, "Only with the option %s: ", "仅当选项 %s 为："), n->key);
        print_list(s, n);
        (void) fputs(SAY(s, ".\n", "。\n"), s->to);
    }
}

static void print_counting(const struct say *s)
{
    const struct sw_rule *r = &s->limit->rule;
    char text[48];

    if (r->allowed > 0) {
        line(s);
        (void) fprintf(s->to,
                       SAY(s, "Allowed over it on one day: %d; the next one is the exceedance.\n",
                           "每日允许超出 %d 次，再超即为超标。\n"),
                       (int) r->allowed);
    }
    if (r->consecutive > 1) {
        line(s);
        (void) fprintf(s->to,
                       SAY(s, "An exceedance only when %d in a row are over it.\n", "连续 %d 个窗口超出才算超标。\n"),
                       (int) r->consecutive);
    }
    if (r->continuation_s > 0) {
        line(s);
        (void) fprintf(s->to, SAY(s, "An exceedance only after it was over for %s.\n", "持续超出 %s才算超标。\n"),
                       duration(s, r->continuation_s, text));
    }
}

static void print_recovery(const struct say *s)
{
    const struct sw_rule *r = &s->limit->rule;
    char text[48], below[48];

    line(s);
    if (r->statistic == SW_STAT_MAX && r->window_s == 0) {
        (void) fprintf(s->to, SAY(s, "Ends when %s passed without one over it.\n", "此后 %s内不再超出即结束。\n"),
                       duration(s, r->recover_for_s, text));
        return;
    }
    if (r->recover_below == 0 && r->recover_for_s == 0) {
        (void) fputs(SAY(s, "Ends with the next window that is not over it.\n", "下一个未超出的窗口即结束。\n"), s->to);
        return;
    }
    sw_pack_figure_text(r->recover_below, s->limit->unit, below, sizeof(below));
    (void) fprintf(s->to,
                   SAY(s, "Ends when good data is %s%s%s or more under the limit", "有效数据比限值低 %s%s%s 或更多"),
                   below, gap(s->limit->unit), sw_pack_unit_text(s->limit->unit));
    if (r->recover_for_s > 0)
        (void) fprintf(s->to, SAY(s, " for %s", "，并保持 %s"), duration(s, r->recover_for_s, text));
    (void) fputs(SAY(s, ".\n", "时结束。\n"), s->to);
}

static void print_adjust(const struct say *s)
{
    const struct sw_node *by = s->limit->adjust != NULL ? sw_node_get(s->limit->adjust, "by") : NULL;
    char text[48];

    if (by == NULL && s->limit->rule.adjust == 0)
        return;
    line(s);
    (void) fputs(SAY(s, "Added before the comparison: ", "比较前修正："), s->to);
    if (by == NULL)
        (void) fprintf(s->to, "%s %s", sw_pack_figure_text(s->limit->rule.adjust, s->limit->unit, text, sizeof(text)),
                       sw_pack_unit_text(s->limit->unit));
    bool is_first = true;
    for (const struct sw_node *n = by != NULL ? s->limit->adjust->first : NULL; n != NULL; n = n->next) {
        if (n == by)
            continue;
        (void) fprintf(s->to, SAY(s, "%s%s dB with %s %s", "%s%s dB（%s %s）"), is_first ? "" : SAY(s, "; ", "；"),
                       n->text != NULL ? n->text : "?", by->text, n->key);
        is_first = false;
    }
    (void) fputs(SAY(s, ".\n", "。\n"), s->to);
}

static void print_corrections(const struct say *s)
{
    const struct sw_rule *r = &s->limit->rule;
    const int32_t usual = r->reference == SW_REFERENCE_RATIO ? 1 : r->kind == SW_KIND_NOISE ? 10 : 100;
    char text[48], minus[48];

    print_adjust(s);
    if (r->background != SW_BACKGROUND_NONE) {
        line(s);
        (void) fputs(r->background == SW_BACKGROUND_TABLE
                         ? SAY(s, "A background that was measured and entered is taken off by the table below.\n",
                               "已录入的背景值按下表修正。\n")
                         : SAY(s, "A background that was measured and entered is taken off by energy.\n",
                               "已录入的背景值按能量扣除。\n"),
                     s->to);
    }
    for (size_t i = 0; i < r->n_deductions; i++) {
        line(s);
        (void) fprintf(s->to,
                       SAY(s, "Machines ran at most %s: %s dB are taken off.\n", "机械运行不超过 %s：扣减 %s dB。\n"),
                       duration(s, r->deductions[i].run_max_s, text),
                       sw_pack_figure_text(r->deductions[i].minus, NULL, minus, sizeof(minus)));
    }
    if (r->resolution != usual) {
        line(s);
        (void) fprintf(s->to,
                       SAY(s, "Rounded half up to %s%s%s before the comparison.\n", "比较前四舍五入到 %s%s%s。\n"),
                       sw_pack_figure_text(r->resolution, s->limit->unit, text, sizeof(text)), gap(s->limit->unit),
                       sw_pack_unit_text(s->limit->unit));
    }
}

static void print_source(const struct say *s)
{
    static const char *const sure[3][2] = {
        {"confirmed: the text or an excerpt of it was read", "已核实：读过原文或其摘录"},
        {"secondary: somebody's restatement was read, not the text itself", "转述：未读原文，仅见他人转述"},
        {"UNVERIFIED: compare it with the text itself before relying on it", "未核实：使用前须与标准原文核对"},
    };

    line(s);
    (void) fprintf(s->to, SAY(s, "Source: %s.\n", "来源：%s。\n"), s->limit->rule.source);
    line(s);
    (void) fprintf(s->to, SAY(s, "How sure: %s.\n", "可靠程度：%s。\n"), sure[s->limit->rule.sure][s->lang]);
}

size_t sw_pack_print_rule(const struct sw_pack_view *v, size_t i, enum sw_pack_lang lang, FILE *to)
{
    struct say s = {.v = v, .limit = &v->limits[i], .is_zh = lang == SW_PACK_ZH, .lang = lang, .to = to};

    while (i + s.n < v->n_limits && v->limits[i + s.n].node == s.limit->node)
        s.n++;
    print_sentence(&s);
    print_counting(&s);
    print_corrections(&s);
    print_recovery(&s);
    print_source(&s);
    return i + s.n;
}
