// SPDX-License-Identifier: Apache-2.0
/* Words of time from left to right, by a table. What they mean together is decided in when.c. */
#include "hub/when_int.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* ---- words ---- */

enum what { SKIP, DAY, PART, DAY_PART, AGO_0, WEEKDAY, MONTH, LAST, HALF_HOUR_AGO, HOUR_AGO, MIDNIGHT, HALF_OF };

static const struct word {
    const char *text;
    enum what what;
    int a, b;
} words[] = {
    /* the longer of two with the same beginning stands first */
    {"大前天", DAY, -3, 0},
    {"前天", DAY, -2, 0},
    {"昨天", DAY, -1, 0},
    {"昨日", DAY, -1, 0},
    {"今天", DAY, 0, 0},
    {"今日", DAY, 0, 0},
    {"当天", DAY, 0, 0},
    {"前日", DAY, -2, 0},
    {"昨晚上", DAY_PART, -1, LATE},
    {"昨晚", DAY_PART, -1, LATE},
    {"昨夜", DAY_PART, -1, NIGHT},
    {"昨早", DAY_PART, -1, MORNING},
    {"今晚", DAY_PART, 0, EVENING},
    {"今夜", DAY_PART, 0, NIGHT},
    {"今早", DAY_PART, 0, MORNING},
    {"今晨", DAY_PART, 0, MORNING},
    {"前晚", DAY_PART, -2, LATE},
    {"前夜", DAY_PART, -2, NIGHT},
    {"凌晨", PART, DAWN, 0},
    {"清晨", PART, MORNING, 0},
    {"清早", PART, MORNING, 0},
    {"早晨", PART, MORNING, 0},
    {"早上", PART, MORNING, 0},
    {"上午", PART, MORNING, 0},
    {"中午", PART, NOON, 0},
    {"下午", PART, AFTERNOON, 0},
    {"傍晚", PART, DUSK, 0},
    {"晚上", PART, EVENING, 0},
    {"晚间", PART, EVENING, 0},
    {"夜里", PART, NIGHT, 0},
    {"夜间", PART, NIGHT, 0},
    {"半夜", PART, NIGHT, 0},
    {"深夜", PART, NIGHT, 0},
    {"午夜", MIDNIGHT, 0, 0},
    {"零点", MIDNIGHT, 0, 0},
    {"夜", PART, NIGHT, 0},
    {"晚", PART, EVENING, 0},
    {"早", PART, MORNING, 0},
    {"刚才", AGO_0, 0, 0},
    {"刚刚", AGO_0, 0, 0},
    {"现在", AGO_0, 0, 0},
    {"目前", AGO_0, 0, 0},
    {"正在", AGO_0, 0, 0},
    {"半小时前", HALF_HOUR_AGO, 0, 0},
    {"半个小时前", HALF_HOUR_AGO, 0, 0},
    {"半个钟头前", HALF_HOUR_AGO, 0, 0},
    {"上个", LAST, 0, 0},
    {"上", LAST, 0, 0},
    {"左右", SKIP, 0, 0},
    {"大概", SKIP, 0, 0},
    {"大约", SKIP, 0, 0},
    {"差不多", SKIP, 0, 0},
    {"的时候", SKIP, 0, 0},
    {"的", SKIP, 0, 0},
    {"在", SKIP, 0, 0},
    {"the day before yesterday", DAY, -2, 0},
    {"yesterday", DAY, -1, 0},
    {"today", DAY, 0, 0},
    {"last night", DAY_PART, -1, LATE},
    {"this morning", DAY_PART, 0, MORNING},
    {"tonight", DAY_PART, 0, EVENING},
    {"this afternoon", DAY_PART, 0, AFTERNOON},
    {"this evening", DAY_PART, 0, EVENING},
    {"just now", AGO_0, 0, 0},
    {"right now", AGO_0, 0, 0},
    {"now", AGO_0, 0, 0},
    {"half an hour ago", HALF_HOUR_AGO, 0, 0},
    {"an hour ago", HOUR_AGO, 0, 0},
    {"morning", PART, MORNING, 0},
    {"afternoon", PART, AFTERNOON, 0},
    {"evening", PART, EVENING, 0},
    {"midnight", MIDNIGHT, 0, 0},
    {"night", PART, NIGHT, 0},
    {"noon", PART, NOON, 0},
    {"half past", HALF_OF, 30, 0},
    {"quarter past", HALF_OF, 15, 0},
    {"quarter to", HALF_OF, -15, 0},
    {"about", SKIP, 0, 0},
    {"around", SKIP, 0, 0},
    {"o'clock", SKIP, 0, 0},
    {"in the", SKIP, 0, 0},
    {"last", LAST, 0, 0},
    {"at", SKIP, 0, 0},
    {"on", SKIP, 0, 0},
    {"of", SKIP, 0, 0},
    {"the", SKIP, 0, 0},
    {"monday", WEEKDAY, 0, 0},
    {"tuesday", WEEKDAY, 1, 0},
    {"wednesday", WEEKDAY, 2, 0},
    {"thursday", WEEKDAY, 3, 0},
    {"friday", WEEKDAY, 4, 0},
    {"saturday", WEEKDAY, 5, 0},
    {"sunday", WEEKDAY, 6, 0},
    {"january", MONTH, 1, 0},
    {"february", MONTH, 2, 0},
    {"march", MONTH, 3, 0},
    {"april", MONTH, 4, 0},
    {"may", MONTH, 5, 0},
    {"june", MONTH, 6, 0},
    {"july", MONTH, 7, 0},
    {"august", MONTH, 8, 0},
    {"september", MONTH, 9, 0},
    {"october", MONTH, 10, 0},
    {"november", MONTH, 11, 0},
    {"december", MONTH, 12, 0},
    {",", SKIP, 0, 0},
    {"，", SKIP, 0, 0},
    {"。", SKIP, 0, 0},
    {".", SKIP, 0, 0},
};

static bool begins(const char *at, const char *text)
{
    return strncmp(at, text, strlen(text)) == 0;
}

static const struct word *word_at(const char *at)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(words); i++) {
        const char last = words[i].text[strlen(words[i].text) - 1];

        if (begins(at, words[i].text) &&
            !(isalpha((unsigned char) last) && isalpha((unsigned char) at[strlen(words[i].text)])))
            return &words[i];
    }
    return NULL;
}

static int weekday_of(const char *at, size_t *ret_len)
{
    static const char *const heads[] = {"星期", "礼拜", "周"};
    static const char *const days[] = {"一", "二", "三", "四", "五", "六", "日", "天"};

    for (size_t h = 0; h < SW_ARRAY_SIZE(heads); h++)
        for (size_t d = 0; begins(at, heads[h]) && d < SW_ARRAY_SIZE(days); d++)
            if (begins(at + strlen(heads[h]), days[d])) {
                *ret_len = strlen(heads[h]) + strlen(days[d]);
                return d == 7 ? 6 : (int) d;
            }
    return WHEN_NONE;
}

/* ---- numbers ---- */

static int chinese_digit(const char *at)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};

    for (int i = 0; i < (int) SW_ARRAY_SIZE(digits); i++)
        if (begins(at, digits[i]))
            return i;
    return begins(at, "两") ? 2 : begins(at, "〇") ? 0 : -1;
}

/* 十一, 二十三, 三十. @return bytes read; 0 = no number */
static size_t chinese_number(const char *at, int *ret)
{
    size_t len = 0;
    int value = -1;

    for (int i = 0; i < 3; i++) {
        const int digit = chinese_digit(at + len);

        if (digit < 0 || (value >= 0 && value % 10 != 0 && digit != 10))
            break;
        value = digit == 10 ? (value < 1 ? 10 : value * 10) : value < 0 ? digit : value + digit;
        len += 3;
    }
    *ret = value;
    return len;
}

static size_t read_number(const char *at, int *ret)
{
    size_t len = 0;
    int value = 0;

    for (; len < 5 && isdigit((unsigned char) at[len]); len++)
        value = value * 10 + (at[len] - '0');
    if (len == 0)
        return chinese_number(at, ret);
    *ret = value;
    return len;
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* One of these words, separated by |, follows. @return behind it; NULL */
static const char *follows(const char *at, const char *choices)
{
    at = skip_spaces(at);
    while (*choices) {
        const size_t len = strcspn(choices, "|");

        if (strncmp(at, choices, len) == 0)
            return at + len;
        choices += len + (choices[len] == '|');
    }
    return NULL;
}

/* ---- what follows a number ---- */

static const char *take_ago(const char *at, int n, struct when_said *s)
{
    static const struct {
        const char *choices;
        int64_t us;
    } units[] = {{"分钟前|分钟以前|minutes ago|minute ago|mins ago|min ago", SW_US_PER_S * 60},
                 {"个小时前|小时前|个小时以前|小时以前|个钟头前|hours ago|hour ago", WHEN_HOUR_US}};
    const char *behind;

    for (size_t i = 0; i < SW_ARRAY_SIZE(units); i++)
        if ((behind = follows(at, units[i].choices))) {
            s->ago_us = n * units[i].us;
            return behind;
        }
    if ((behind = follows(at, "个半小时前"))) {
        s->ago_us = n * WHEN_HOUR_US + WHEN_HOUR_US / 2;
        return behind;
    }
    behind = follows(at, "天前|天以前|days ago|day ago");
    if (behind)
        s->day = -n;
    return behind;
}

/* Behind 点: 半, 一刻, 三刻, 整, 20分, 二十. */
static const char *take_minutes(const char *at, struct when_said *s)
{
    static const struct {
        const char *word;
        int minute;
    } fixed[] = {{"半", 30}, {"一刻", 15}, {"三刻", 45}, {"整", 0}, {"钟", 0}};
    size_t len;
    int n;

    s->minute = 0;
    for (size_t i = 0; i < SW_ARRAY_SIZE(fixed); i++)
        if (begins(at, fixed[i].word)) {
            s->minute = fixed[i].minute;
            return at + strlen(fixed[i].word);
        }
    len = read_number(at, &n);
    if (len == 0)
        return at;
    s->minute = n;
    return follows(at + len, "分") ? follows(at + len, "分") : at + len;
}

static const char *take_half_of_day(const char *at, struct when_said *s)
{
    const char *behind = follows(at, "a.m.|am");

    if (behind) {
        s->half = AM;
        return behind;
    }
    behind = follows(at, "p.m.|pm");
    if (behind)
        s->half = PM;
    return behind;
}

/* ":30", ":30:15" */
static const char *take_colon(const char *at, int n, bool is_two_digits, struct when_said *s)
{
    int second;
    size_t len;

    if (*at != ':' && !begins(at, "："))
        return NULL;
    at += *at == ':' ? 1 : 3;
    len = read_number(at, &s->minute);
    if (len == 0)
        return NULL;
    at += len;
    if (*at == ':' && read_number(at + 1, &second) == 2)
        at += 3;
    s->hour = n;
    s->is_24h = is_two_digits || n == 0;
    return take_half_of_day(at, s) ? take_half_of_day(at, s) : at;
}

/* "2026-03-02", "3月2日", "2 March" */
static const char *take_date(const char *at, int n, struct when_said *s)
{
    const char *behind = follows(at, "年");
    const struct word *w = word_at(skip_spaces(at));
    int month, day;
    size_t len;

    if (n > 31 && (behind || *at == '-' || *at == '/')) {
        s->year = n;
        at = behind ? behind : at + 1;
        len = read_number(at, &n);
        if (len == 0)
            return NULL;
        at += len;
        if (!behind && (*at == '-' || *at == '/') && (len = read_number(at + 1, &day)) > 0) {
            s->month = n;
            s->mday = day;
            return at + 1 + len + (at[1 + len] == 't');
        }
    }
    behind = follows(at, "月");
    if (behind && (len = read_number(behind, &day)) > 0) {
        month = n;
        behind = follows(behind + len, "日|号");
        s->month = month;
        s->mday = day;
        return behind;
    }
    behind = follows(at, "日|号");
    if (behind) {
        s->mday = n;
        return behind;
    }
    if (w && w->what == MONTH) {
        s->month = w->a;
        s->mday = n;
        return skip_spaces(at) + strlen(w->text);
    }
    return NULL;
}

static const char *take_number(const char *at, struct when_said *s)
{
    int n;
    const size_t len = read_number(at, &n);
    const char *behind;

    if (len == 0)
        return NULL;
    at += len;
    if ((behind = take_ago(at, n, s)) || (behind = take_colon(at, n, len == 2, s)) || (behind = take_date(at, n, s)))
        return behind;
    if (s->month > 0 && s->mday == 0 && n <= 31) { /* "March 2" */
        s->mday = n;
        return follows(at, "st|nd|rd|th") ? follows(at, "st|nd|rd|th") : at;
    }
    if (s->hour != WHEN_NONE)
        return NULL;
    s->hour = n;
    behind = follows(at, "点|时|點");
    if (behind)
        return take_minutes(behind, s);
    if (s->minute == WHEN_NONE)
        s->minute = 0;
    behind = take_half_of_day(at, s);
    return behind ? behind : at;
}

/* ---- reading ---- */

static void take_word(const struct word *w, struct when_said *s)
{
    switch (w->what) {
    case DAY:
        s->day = w->a;
        break;
    case PART:
        s->part = (enum when_part) w->a;
        break;
    case DAY_PART:
        s->day = w->a;
        s->part = (enum when_part) w->b;
        break;
    case AGO_0:
        s->ago_us = 0;
        break;
    case HALF_HOUR_AGO:
        s->ago_us = WHEN_HOUR_US / 2;
        break;
    case HOUR_AGO:
        s->ago_us = WHEN_HOUR_US;
        break;
    case WEEKDAY:
        s->weekday = w->a;
        break;
    case MONTH:
        s->month = w->a;
        break;
    case LAST:
        s->is_last_week = true;
        break;
    case MIDNIGHT:
        s->part = NIGHT;
        s->hour = 12;
        s->minute = 0;
        break;
    case HALF_OF:
        s->minute = w->a;
        break;
    case SKIP:
        break;
    }
}

bool when_read(const char *at, struct when_said *s)
{
    *s = (struct when_said){
        .day = WHEN_NONE, .weekday = WHEN_NONE, .hour = WHEN_NONE, .minute = WHEN_NONE, .ago_us = -1};
    while (*(at = skip_spaces(at))) {
        size_t len;
        const int weekday = weekday_of(at, &len);
        const struct word *w = weekday == WHEN_NONE ? word_at(at) : NULL;

        if (weekday != WHEN_NONE) {
            s->weekday = weekday;
            at += len;
        } else if (w) {
            take_word(w, s);
            at += strlen(w->text);
        } else if (!(at = take_number(at, s))) {
            return false;
        }
    }
    return s->ago_us >= 0 || s->day != WHEN_NONE || s->part != ANY || s->mday > 0 || s->weekday != WHEN_NONE ||
           s->hour != WHEN_NONE;
}
