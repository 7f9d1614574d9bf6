// SPDX-License-Identifier: Apache-2.0
/* The words that sentences about a pack are made of, in English and Chinese: days, durations, figures, periods. */
#include "cli/pack_text.h"

#include <string.h>

#include "common/macros.h"

static const char *const weekday[7][2] = {{"Mon", "周一"}, {"Tue", "周二"}, {"Wed", "周三"}, {"Thu", "周四"},
                                          {"Fri", "周五"}, {"Sat", "周六"}, {"Sun", "周日"}};

static void add(char *buf, size_t cap, const char *separator, const char *text)
{
    const size_t len = strlen(buf);

    (void) snprintf(buf + len, cap - len, "%s%s", len > 0 ? separator : "", text);
}

/* Runs of three and more as "Mon-Fri". */
static void add_weekdays(unsigned days, enum sw_pack_lang lang, char *buf, size_t cap)
{
    const char *separator = lang == SW_PACK_ZH ? "、" : ", ";
    char run[40];

    for (int from = 0, to; from < 7; from = to + 1) {
        to = from;
        if (!(days >> from & 1))
            continue;
        while (to < 6 && (days >> (to + 1) & 1))
            to++;
        if (to - from == 1)
            to = from; /* two stand side by side, not as a run */
        if (to > from)
            (void) snprintf(run, sizeof(run), "%s%s%s", weekday[from][lang], lang == SW_PACK_ZH ? "至" : "-",
                            weekday[to][lang]);
        else
            (void) snprintf(run, sizeof(run), "%s", weekday[from][lang]);
        add(buf, cap, separator, run);
    }
}

const char *sw_pack_days_text(const struct sw_pack *pack, unsigned days, enum sw_pack_lang lang, char *buf, size_t cap)
{
    const bool is_zh = lang == SW_PACK_ZH;
    const char *separator = is_zh ? "、" : ", ";
    char named[64];

    buf[0] = '\0';
    if (days == SW_DAYS_ALL) {
        add(buf, cap, "", is_zh ? "每天" : "every day");
        return buf;
    }
    if ((days & 0x7f) == 0x7f)
        add(buf, cap, separator, is_zh ? "每天" : "every day");
    else
        add_weekdays(days, lang, buf, cap);
    if (days & SW_DAY_HOLIDAY)
        add(buf, cap, separator, is_zh ? "公众假日" : "public holidays");
    for (size_t i = 0; i < pack->n_day_names; i++) {
        if (!(days & SW_DAY_NAMED(i)))
            continue;
        (void) snprintf(named, sizeof(named), is_zh ? "指定日（%s）" : "days named %s", pack->day_name[i]);
        add(buf, cap, separator, named);
    }
    return buf;
}

const char *sw_pack_duration_text(long s, enum sw_pack_lang lang, char *buf, size_t cap)
{
    static const char *const unit[3][2] = {{"h", "小时"}, {"min", "分钟"}, {"s", "秒"}};
    const long part[3] = {s / 3600, s / 60 % 60, s % 60};

    buf[0] = '\0';
    for (int i = 0; i < 3; i++) {
        const size_t len = strlen(buf);

        if (part[i] > 0)
            (void) snprintf(buf + len, cap - len, "%s%ld %s", len > 0 ? " " : "", part[i], unit[i][lang]);
    }
    if (buf[0] == '\0')
        (void) snprintf(buf, cap, "0 %s", unit[2][lang]);
    return buf;
}

const char *sw_pack_unit_text(const char *unit)
{
    if (unit == NULL)
        return "";
    if (strcmp(unit, "dBA") == 0)
        return "dB(A)";
    if (strcmp(unit, "ug/m3") == 0)
        return "µg/m³";
    if (strcmp(unit, "mg/m3") == 0)
        return "mg/m³";
    return strcmp(unit, "1") == 0 ? "" : unit; /* a ratio has none */
}

const char *sw_pack_figure_text(int32_t hundredths, const char *unit, char *buf, size_t cap)
{
    const bool is_mg = unit != NULL && strcmp(unit, "mg/m3") == 0;
    size_t len;

    (void) snprintf(buf, cap, is_mg ? "%.5f" : "%.2f", (double) hundredths / (is_mg ? 100000.0 : 100.0));
    for (len = strlen(buf); len > 2 && buf[len - 1] == '0' && buf[len - 2] != '.'; len--)
        buf[len - 1] = '\0'; /* one decimal stays */
    return buf;
}

const char *sw_pack_period_text(const char *id, enum sw_pack_lang lang, char *buf, size_t cap)
{
    static const struct {
        const char *id, *zh;
    } words[] = {{"day", "昼间"},       {"evening", "晚间"},  {"night", "夜间"}, {"holiday", "假日"},
                 {"weekday", "工作日"}, {"saturday", "周六"}, {"sunday", "周日"}};

    for (size_t i = 0; i < SW_ARRAY_SIZE(words) && lang == SW_PACK_ZH; i++) {
        if (strcmp(words[i].id, id) != 0)
            continue;
        (void) snprintf(buf, cap, "%s", words[i].zh);
        return buf;
    }
    (void) snprintf(buf, cap, "%s", id);
    if (lang == SW_PACK_EN && buf[0] >= 'a' && buf[0] <= 'z')
        buf[0] = (char) (buf[0] - 'a' + 'A');
    return buf;
}
