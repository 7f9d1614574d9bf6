// SPDX-License-Identifier: Apache-2.0
/* What the agent reads out: one reviewed template a code and language, filled with the facts. Numbers are the judged
 * ones; nothing here says who is right, and nothing is promised. Which code holds is answer_judge.c's. */
#include <stdio.h>
#include <string.h>

#include "common/timefmt.h"
#include "tickets/evidence.h"

enum lang { ZH, EN, LANGS };

/* {when} {what} {value} {limit_of} {limit} {over} {under} {permit} {ticket} {offer} {near} {radius} are filled in. */
static const struct {
    const char *headline[LANGS], *say[LANGS];
} templates[SW_ANSWER__COUNT] = {
    [SW_ANSWER_OVER_UNPERMITTED] =
        {{"超标,且不在许可施工时间", "Above the limit, outside permitted hours"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},高出{over}。{permit}。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, so {over} above. "
          "{permit}. {ticket}{offer}"}},
    [SW_ANSWER_OVER_PERMITTED] =
        {{"超标,该时段允许施工", "Above the limit, during permitted hours"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},高出{over}。{permit},但限值同样适用。{"
          "ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, so {over} above. "
          "{permit}; the limit applies all the same. {ticket}{offer}"}},
    [SW_ANSWER_WITHIN_UNPERMITTED] =
        {{"未超标,但不在许可施工时间", "Within the limit, but outside permitted hours"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},没有超过。{permit}。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, which was not exceeded. "
          "{permit}. {ticket}{offer}"}},
    [SW_ANSWER_OVER_PERMIT_UNKNOWN] =
        {{"超标,没有施工时间公示记录", "Above the limit, no working hours on record"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},高出{over}。{permit}。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, so {over} above. "
          "{permit}. {ticket}{offer}"}},
    [SW_ANSWER_OVER_SOURCE_UNKNOWN] =
        {{"超过限值,来源尚未确定", "Above the limit, source not established"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},高出{over}。"
          "是否来自这处工地,目前还没有确定。{permit}。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, so {over} above. "
          "Whether it came from this site is not established. {permit}. {ticket}{offer}"}},
    [SW_ANSWER_WITHIN_PERMITTED] =
        {{"未超标,在许可施工时间内", "Within the limit, during permitted hours"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},没有超过。{permit}。"
          "室内的感受可能与边界的测量不同。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, which was not exceeded. "
          "{permit}. Indoors it can feel different from what is measured at the boundary. {ticket}{offer}"}},
    [SW_ANSWER_WITHIN_PERMIT_UNKNOWN] =
        {{"未超标,没有施工时间公示记录", "Within the limit, no working hours on record"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},没有超过。{permit}。"
          "室内的感受可能与边界的测量不同。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, which was not exceeded. "
          "{permit}. Indoors it can feel different from what is measured at the boundary. {ticket}{offer}"}},
    [SW_ANSWER_NO_WORK_DETECTED] =
        {{"未超标,没有检测到施工", "Within the limit, no work detected"},
         {"{near}{when},在工地边界测到的{what}是{value},{limit_of}是{limit},没有超过,也没有检测到施工。"
          "来源可能在别处。{ticket}{offer}",
          "{near}{When}, {what} at the site boundary was {value}; {limit_of} is {limit}, which was not exceeded, "
          "and no work was detected. It may have come from elsewhere. {ticket}{offer}"}},
    [SW_ANSWER_UNCERTAIN] =
        {{"有测量数据,但不足以判断", "Measured, but not enough to judge"},
         {"{near}{when},在工地边界有测量数据,但有效数据不足,不能判断是否超过限值。{permit}。{ticket}{offer}",
          "{near}{When}, there were measurements at the site boundary, but too few valid ones to say whether the limit "
          "was exceeded. {permit}. {ticket}{offer}"}},
    [SW_ANSWER_NO_DATA] =
        {{"该时段没有测量数据", "No measurements of that time"},
         {"{near}{when},工地边界没有测量数据,不能说明当时的情况。{ticket}{offer}",
          "{near}{When}, nothing was measured at the site boundary, so what happened then cannot be told from here. "
          "{ticket}{offer}"}},
    [SW_ANSWER_NO_MONITOR] =
        {{"附近没有接入监测的工地", "No monitored site nearby"}, /* of those that were asked: a gateway knows its own */
         {"您反映的地点离这处接入监测的工地超过{radius}米,这里的测量不能说明您那边的情况。我可以登记您的来电,"
          "请相关部门了解情况。",
          "That place is more than {radius} metres from this monitored building site, so what is measured here says "
          "nothing about it. I can record your call and ask the department in charge to look into it."}},
};

struct text {
    char *buf;
    size_t cap, len;
    bool is_full;
};

/* What does not fit is cut at a whole character, and nothing comes behind it. */
static void put(struct text *t, const char *s, size_t len)
{
    if (t->is_full)
        return;
    if (t->len + len >= t->cap) {
        t->is_full = true;
        len = t->cap - 1 - t->len;
        while (len > 0 && ((unsigned char) s[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(t->buf + t->len, s, len);
    t->len += len;
    t->buf[t->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...)
{
    char piece[512];
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(piece, sizeof(piece), fmt, ap);
    va_end(ap);
    if (len > 0)
        put(t, piece, SW_MIN((size_t) len, sizeof(piece) - 1));
}

/* ---- instants ---- */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static void say_day(struct text *t, enum lang lang, const struct sw_civil *c, int this_year)
{
    if (lang == ZH && c->year != this_year)
        say(t, "%d年", c->year);
    if (lang == ZH)
        say(t, "%d月%d日", c->month, c->day);
    else
        say(t, "%d %s", c->day, months[c->month - 1]);
    if (lang == EN && c->year != this_year)
        say(t, " %d", c->year);
}

static void say_clock(struct text *t, enum lang lang, const struct sw_civil *c)
{
    if (lang == EN)
        say(t, "%02d:%02d", c->hour, c->minute);
    else if (c->minute == 0)
        say(t, "%d点", c->hour);
    else
        say(t, "%d点%02d分", c->hour, c->minute);
}

static bool is_same_day(const struct sw_civil *a, const struct sw_civil *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day;
}

/* "3月2日23点25分至23点55分", "between 23:25 and 23:55 on 2 March" */
static void say_when(struct text *t, enum lang lang, bool is_first_word, const struct sw_zone *zone,
                     const struct sw_evidence_part *p, int64_t now_us)
{
    struct sw_civil from, to, now;

    sw_civil_from_utc(zone, p->from_us, &from);
    sw_civil_from_utc(zone, p->to_us, &to);
    sw_civil_from_utc(zone, now_us, &now);
    if (lang == ZH) {
        say_day(t, lang, &from, now.year);
        say_clock(t, lang, &from);
        say(t, "至");
        if (!is_same_day(&from, &to))
            say_day(t, lang, &to, now.year);
        say_clock(t, lang, &to);
        return;
    }
    say(t, is_first_word ? "Between " : "between ");
    say_clock(t, lang, &from);
    if (!is_same_day(&from, &to)) {
        say(t, " on ");
        say_day(t, lang, &from, now.year);
    }
    say(t, " and ");
    say_clock(t, lang, &to);
    say(t, " on ");
    say_day(t, lang, &to, now.year);
}

/* ---- numbers ---- */

/* Tenths, rounded half up as the verdict rounds. */
static int32_t tenths(int32_t hundredths)
{
    return hundredths >= 0 ? (hundredths + 5) / 10 : -((-hundredths + 4) / 10);
}

/* "61.8分贝", "55 decibels" */
static void say_level(struct text *t, enum lang lang, enum sw_kind kind, int32_t v)
{
    static const char *const unit[2][LANGS] = {{"分贝", " decibels"}, {"微克每立方米", " micrograms per cubic metre"}};

    if (v % 10 == 0)
        say(t, "%d%s", (int) (v / 10), unit[kind == SW_KIND_DUST][lang]);
    else
        say(t, "%s%d.%d%s", v < 0 ? "-" : "", (int) ((v < 0 ? -v : v) / 10), (int) ((v < 0 ? -v : v) % 10),
            unit[kind == SW_KIND_DUST][lang]);
}

static void say_what(struct text *t, enum lang lang, const struct sw_evidence_number *v)
{
    static const char *const mean[LANGS] = {"平均声级最高", "the highest average level"}, *const max[LANGS] = {
                                                                                              "最大声级",
                                                                                              "the highest level"};
    const char *name = v->worst.statistic;

    if (v->kind == SW_KIND_DUST && lang == ZH)
        say(t, "%.*s浓度最高", (int) strcspn(name, ","), name);
    else if (v->kind == SW_KIND_DUST)
        say(t, "the highest %.*s", (int) strcspn(name, ","), name);
    else
        say(t, "%s", (strncmp(name, "LAFmax", 6) == 0 || strncmp(name, "LAmax", 5) == 0 ? max : mean)[lang]);
}

/* ---- was it allowed ---- */

static void say_permit(struct text *t, enum lang lang, const struct sw_evidence_facts *f,
                       const struct sw_evidence_part *p)
{
    static const char *const of[SW_WORK__COUNT][LANGS] = {
        [SW_WORK_NO_SCHEDULE] = {"该时段没有施工时间的公示记录", "No working hours are on record for that time"},
        [SW_WORK_SCHEDULED] = {"该时段在公示的施工时间内", "That time was within the published working hours"},
        [SW_WORK_UNSCHEDULED] = {"该时段不在公示的施工时间内", "That time was outside the published working hours"},
        [SW_WORK_PERMITTED_NIGHT] = {"该时段有夜间施工证明", "A night permit is on record for that time"},
        [SW_WORK_PROHIBITED_NIGHT] = {"该时段没有夜间施工证明", "No night permit is on record for that time"},
        [SW_WORK_QUIET_PERIOD] = {"该时段是规定的安静时段", "That time was in a quiet period"},
    };

    if ((unsigned) p->work.state < SW_WORK__COUNT)
        say(t, "%s", of[p->work.state][lang]);
    else /* a hub does not have all that the gateway has */
        say(t, lang == ZH ? "该时段是否允许施工,现在查不到" : "Whether work was allowed then cannot be looked up now");
    if (p->work.state == SW_WORK_PERMITTED_NIGHT && f->permit[0])
        say(t, lang == ZH ? ",编号%s" : ", number %s", f->permit);
}

/* ---- the ticket and who is on it ---- */

/* Of dust when dust is the matter, of noise when noise is; of work done at the wrong time always. */
static bool is_about_it(const struct sw_evidence_facts *f, const struct sw_evidence_ticket *v)
{
    const struct sw_evidence_part *top = &f->parts[f->n_parts ? f->top : 0];
    const bool is_dust = f->ask.category == SW_CATEGORY_DUST ||
                         (f->ask.category < 0 && top->n_numbers && top->numbers[0].kind == SW_KIND_DUST);

    return v->category == SW_CATEGORY_WORK || v->category == (is_dust ? SW_CATEGORY_DUST : SW_CATEGORY_NOISE);
}

/* The newest that a call can be added to: a withdrawn one takes none. */
static const struct sw_evidence_ticket *ticket_of(const struct sw_evidence_facts *f)
{
    for (size_t i = 0; f->call_ticket[0] && i < f->n_tickets; i++)
        if (strcmp(f->tickets[i].id, f->call_ticket) == 0)
            return &f->tickets[i];
    for (size_t i = 0; i < f->n_tickets; i++)
        if (f->tickets[i].status != SW_STATUS_WITHDRAWN && is_about_it(f, &f->tickets[i]))
            return &f->tickets[i];
    return NULL;
}

static void say_status(struct text *t, enum lang lang, const struct sw_evidence_ticket *v)
{
    static const char *const of[SW_STATUS__COUNT][LANGS] = {
        [SW_STATUS_OPEN] = {"正在等待派单", "it is waiting to be assigned"},
        [SW_STATUS_DISPATCHED] = {"已派给%s", "it has been sent to %s"},
        [SW_STATUS_ACCEPTED] = {"%s已签收", "%s has signed for it"},
        [SW_STATUS_IN_PROGRESS] = {"%s正在处理", "%s is working on it"},
        [SW_STATUS_RESOLVED] = {"%s已报告处理完毕", "%s has reported it as dealt with"},
        [SW_STATUS_CLOSED] = {"已办结", "it is closed"},
        [SW_STATUS_AVERTED] = {"测量值在超过限值之前已降下来", "the level fell before the limit was reached"},
        [SW_STATUS_WITHDRAWN] = {"已撤回", "it was withdrawn"},
    };
    const char *unit = v->unit[0] ? v->unit : lang == ZH ? "责任单位" : "the unit in charge";
    const char *words = (unsigned) v->status < SW_STATUS__COUNT ? of[v->status][lang] : "";
    const char *at = strstr(words, "%s");

    put(t, words, at ? (size_t) (at - words) : strlen(words));
    if (at) {
        put(t, unit, strlen(unit));
        put(t, at + 2, strlen(at + 2));
    }
}

static void say_opened(struct text *t, enum lang lang, const struct sw_evidence_facts *f, const struct sw_zone *zone,
                       const struct sw_evidence_ticket *v)
{
    struct sw_civil opened, from, now;

    sw_civil_from_utc(zone, v->opened_us, &opened);
    sw_civil_from_utc(zone, f->parts[f->top].from_us, &from);
    sw_civil_from_utc(zone, f->asked_us, &now);
    if (!is_same_day(&opened, &from)) {
        if (lang == EN)
            say(t, "on ");
        say_day(t, lang, &opened, now.year);
        if (lang == EN)
            say(t, " ");
    }
    if (lang == EN)
        say(t, "at ");
    say_clock(t, lang, &opened);
}

static void say_ticket(struct text *t, enum lang lang, const struct sw_evidence_facts *f, const struct sw_zone *zone)
{
    const struct sw_evidence_ticket *v = ticket_of(f);
    const bool is_call = v && v->origin == SW_ORIGIN_COMPLAINT;

    if (!v) {
        say(t, lang == ZH ? "目前没有相关工单。" : "There is no ticket about it. ");
        return;
    }
    if (lang == ZH) {
        say(t, is_call ? "因市民来电,系统在" : "系统在");
        say_opened(t, lang, f, zone, v);
        say(t, is_call ? "已生成工单," : "已自动生成工单,");
        say_status(t, lang, v);
        say(t, "。");
        return;
    }
    say(t, is_call ? "A ticket was opened after a call " : "A ticket was opened automatically ");
    say_opened(t, lang, f, zone, v);
    say(t, "; ");
    say_status(t, lang, v);
    say(t, ". ");
}

static void say_offer(struct text *t, enum lang lang, const struct sw_evidence_facts *f)
{
    const struct sw_evidence_ticket *v = ticket_of(f);

    if (v && strcmp(v->id, f->call_ticket) == 0)
        say(t, lang == ZH ? "您的来电已经记在这张工单里。" : "Your call has been added to that ticket.");
    else if (v)
        say(t, lang == ZH ? "我可以把您的来电并入这张工单。" : "I can add your call to that ticket.");
    else
        say(t,
            lang == ZH ? "我可以登记您的来电,请人到现场核查。" : "I can record your call and ask for a check on site.");
}

/* ---- filling in ---- */

struct scene {
    enum lang lang;
    const struct sw_evidence_facts *f;
    const struct sw_zone *zone;
    const struct sw_evidence_part *part;
    const struct sw_evidence_number *number;
};

static void say_limit_of(struct text *t, const struct scene *s)
{
    static const char *const of[3][LANGS] = {
        {"限值", "the limit"}, {"昼间限值", "the day limit"}, {"夜间限值", "the night limit"}};
    const bool is_day = strcmp(s->part->period, "day") == 0;

    say(t, "%s", of[s->number->kind == SW_KIND_DUST ? 0 : s->part->is_night ? 2 : is_day ? 1 : 0][s->lang]);
}

static bool is_slot(const char *at, size_t len, const char *name)
{
    return strlen(name) == len && strncmp(at, name, len) == 0;
}

static void fill(struct text *t, const struct scene *s, const char *at, size_t len)
{
    const struct sw_evidence_worst *w = &s->number->worst;
    const enum sw_kind kind = s->number->kind;
    const enum lang lang = s->lang;

    if (is_slot(at, len, "near") && s->f->ask.distance_m >= 0)
        say(t, lang == ZH ? "您反映的地点附近有一处工地。" : "There is a building site near you. ");
    else if (is_slot(at, len, "when") || is_slot(at, len, "When"))
        say_when(t, lang, *at == 'W', s->zone, s->part, s->f->asked_us);
    else if (is_slot(at, len, "what"))
        say_what(t, lang, s->number);
    else if (is_slot(at, len, "value"))
        say_level(t, lang, kind, tenths(w->value));
    else if (is_slot(at, len, "limit_of"))
        say_limit_of(t, s);
    else if (is_slot(at, len, "limit"))
        say_level(t, lang, kind, tenths(w->limit));
    else if (is_slot(at, len, "over")) /* of the numbers as they are read out: they must add up for who listens */
        say_level(t, lang, kind, tenths(w->value) - tenths(w->limit));
    else if (is_slot(at, len, "permit"))
        say_permit(t, lang, s->f, s->part);
    else if (is_slot(at, len, "ticket"))
        say_ticket(t, lang, s->f, s->zone);
    else if (is_slot(at, len, "offer"))
        say_offer(t, lang, s->f);
    else if (is_slot(at, len, "radius"))
        say(t, "%d", (int) (s->f->near_m > 0 ? s->f->near_m : SW_EVIDENCE_NEAR_M));
}

static enum lang lang_of(const char *lang)
{
    return lang && strncmp(lang, "zh", 2) == 0 ? ZH : EN;
}

static enum sw_answer_code code_of(const struct sw_evidence_facts *f)
{
    const enum sw_answer_code code = f->n_parts ? f->parts[f->top].code : SW_ANSWER_NO_DATA;

    return (unsigned) code < SW_ANSWER__COUNT ? code : SW_ANSWER_NO_DATA;
}

void sw_answer_headline(const struct sw_evidence_facts *f, const char *lang, char *buf, size_t cap)
{
    static const char *const unknown[2][LANGS] = {
        {"超标,是否允许施工待查", "Above the limit, whether work was allowed is not known"},
        {"未超标,是否允许施工待查", "Within the limit, whether work was allowed is not known"}};
    const enum sw_answer_code code = code_of(f);
    const bool is_unknown = f->n_parts && (unsigned) f->parts[f->top].work.state >= SW_WORK__COUNT;

    if (is_unknown && (code == SW_ANSWER_OVER_PERMIT_UNKNOWN || code == SW_ANSWER_WITHIN_PERMIT_UNKNOWN))
        (void) snprintf(buf, cap, "%s", unknown[code == SW_ANSWER_WITHIN_PERMIT_UNKNOWN][lang_of(lang)]);
    else
        (void) snprintf(buf, cap, "%s", templates[code].headline[lang_of(lang)]);
}

void sw_answer_say(const struct sw_evidence_facts *f, const struct sw_zone *zone, const char *lang, char *buf,
                   size_t cap)
{
    static const struct sw_evidence_number nothing = {.worst = {.statistic = ""}};
    const struct sw_evidence_part *part = &f->parts[f->n_parts ? f->top : 0];
    const struct scene s = {.lang = lang_of(lang),
                            .f = f,
                            .zone = zone,
                            .part = part,
                            .number = part->n_numbers ? &part->numbers[0] : &nothing};
    struct text t = {.buf = buf, .cap = cap};

    if (cap == 0)
        return;
    buf[0] = '\0';
    for (const char *at = templates[code_of(f)].say[s.lang]; *at;) {
        const size_t plain = strcspn(at, "{");
        const size_t slot = at[plain] ? strcspn(at + plain + 1, "}") : 0;

        put(&t, at, plain);
        if (at[plain])
            fill(&t, &s, at + plain + 1, slot);
        at += plain + (at[plain] ? slot + 2 : 0);
    }
}
