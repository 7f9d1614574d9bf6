// SPDX-License-Identifier: Apache-2.0
/* The one-line title of a ticket in Chinese and English. It states what was measured and whether work was permitted;
 * never a violation, and no source where none is established. */
#include "tickets/ticket.h"

#include <stdio.h>
#include <string.h>

enum lang { EN, ZH, LANGS };
enum matter { ABOVE, FORECAST, MATTERS };

/* Of an established source; the period's words stand before it. */
static const char *const site_titles[2][MATTERS][LANGS] = {
    [SW_CATEGORY_NOISE] = {[ABOVE] = {"noise above limit", "施工噪声超标"},
                           [FORECAST] = {"noise forecast to pass the limit", "施工噪声预警"}},
    [SW_CATEGORY_DUST] = {[ABOVE] = {"dust above limit", "施工扬尘超标"},
                          [FORECAST] = {"dust forecast to pass the limit", "施工扬尘预警"}},
};
static const char *const unknown_titles[2][MATTERS][LANGS] = {
    [SW_CATEGORY_NOISE] = {[ABOVE] = {"Noise level above the limit, source not established", "噪声超标,来源未确认"},
                           [FORECAST] = {"Noise level forecast to pass the limit, source not established",
                                         "噪声预警,来源未确认"}},
    [SW_CATEGORY_DUST] = {[ABOVE] = {"Dust level above the limit, source not established", "扬尘超标,来源未确认"},
                          [FORECAST] = {"Dust level forecast to pass the limit, source not established",
                                        "扬尘预警,来源未确认"}},
};

static const char *period_words(const struct sw_ticket *t, enum lang lang)
{
    if (t->period_is_night)
        return lang == ZH ? "夜间" : "Night construction ";
    if (strcmp(t->period, "day") == 0)
        return lang == ZH ? "昼间" : "Daytime construction ";
    return lang == ZH ? "" : "Construction ";
}

/* A cut inside a character would leave bytes that are not UTF-8. */
static void trim_to_whole_characters(char *buf)
{
    size_t len = strlen(buf), start = len;

    while (start > 0 && ((unsigned char) buf[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    const unsigned char lead = (unsigned char) buf[start - 1];
    const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;

    if (len - (start - 1) < want)
        buf[start - 1] = '\0';
}

/* Nothing was measured: a caller asked, or the meter could not say. NULL = it is measured. */
static const char *complaint_title(const struct sw_ticket *t, enum lang lang)
{
    if (strstr(t->matter_key, ":" SW_FAMILY_CHECK ":"))
        return lang == ZH ? "群众反映,无有效监测数据,请现场核查" : "Complaint without valid measurement: check on site";
    if (strstr(t->matter_key, ":" SW_FAMILY_ENQUIRY ":"))
        return lang == ZH ? "群众咨询,监测未见超标" : "Enquiry by a resident: nothing above the limit was measured";
    return NULL;
}

static int measured_title(const struct sw_ticket *t, enum lang lang, char *buf, size_t cap)
{
    const enum matter m = t->stage == SW_STAGE_FORECAST ? FORECAST : ABOVE;
    const char *no_permit = lang == ZH ? "(无许可)" : " (no permit)";

    if (complaint_title(t, lang))
        return snprintf(buf, cap, "%s", complaint_title(t, lang));
    if (t->attribution == SW_ATTRIBUTION_UNKNOWN)
        return snprintf(buf, cap, "%s", unknown_titles[t->category][m][lang]);
    return snprintf(buf, cap, "%s%s%s", period_words(t, lang), site_titles[t->category][m][lang],
                    t->work.permitted == 0 ? no_permit : "");
}

static const char *device_title(const struct sw_ticket *t, enum lang lang)
{
    static const struct {
        const char *key, *words[LANGS];
    } rows[] = {
        {":" SW_FAMILY_TAMPER ":", {"Monitoring equipment: tamper alarm", "监测设备防拆报警"}},
        {":" SW_FAMILY_DOOR ":", {"Monitoring equipment: cabinet door open", "监测设备箱门被打开"}},
        {":" SW_FAMILY_POWER ":", {"Monitoring equipment: mains power lost", "监测设备市电中断"}},
        {":" SW_FAMILY_SILENT ":", {"Monitoring equipment: no data", "监测设备无数据"}},
    };

    for (size_t i = 0; i < SW_ARRAY_SIZE(rows); i++)
        if (strstr(t->matter_key, rows[i].key))
            return rows[i].words[lang];
    return lang == ZH ? "监测设备异常" : "Monitoring equipment out of order";
}

void sw_ticket_title(const struct sw_ticket *t, const char *lang, char *buf, size_t cap)
{
    const enum lang l = lang && strncmp(lang, "zh", 2) == 0 ? ZH : EN;
    int n = 0;

    if (cap == 0)
        return;
    buf[0] = '\0';
    switch (t->category) {
    case SW_CATEGORY_NOISE:
    case SW_CATEGORY_DUST:
        n = measured_title(t, l, buf, cap);
        break;
    case SW_CATEGORY_WORK:
        if (strstr(t->matter_key, ":" SW_FAMILY_LATE_PUBLICATION ":"))
            n = snprintf(buf, cap, "%s", l == ZH ? "施工安排公示时间不足" : "Work published at short notice");
        else
            n = snprintf(buf, cap, "%s",
                         l == ZH ? "未许可施工的时段监测到施工" : "Work heard while none was permitted");
        break;
    case SW_CATEGORY_DEVICE:
        n = snprintf(buf, cap, "%s", device_title(t, l));
        break;
    case SW_CATEGORY__COUNT:
        break;
    }
    if (n >= 0 && (size_t) n >= cap)
        trim_to_whole_characters(buf);
}
