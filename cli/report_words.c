// SPDX-License-Identifier: Apache-2.0
/* The texts of a report in Chinese, keyed by the English ones; times and shares as people read them. */
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "common/timefmt.h"

static const struct {
    const char *en, *zh;
} words[] = {
    {"Daily report", "日报"},
    {"Weekly report", "周报"},
    {"Monthly report", "月报"},
    {"Report", "报告"},
    {"from", "自"},
    {"to", "至"},
    {"made", "生成时间"},
    {"Simulated data: no evidence", "模拟数据,不得作为证据"},
    {"Indicators", "指标"},
    {"indicator", "指标"},
    {"share", "比率"},
    {"of", "分子/分母"},
    {"what is counted", "口径"},
    {"Closure", "工单闭环率"},
    {"First-time resolution", "一次办结率"},
    {"Satisfaction", "满意率"},
    {"Response in time", "按时响应率"},
    {"Averted by acting", "预警后主动避免率"},
    {"Warnings that lapsed", "预警自行解除率"},
    {"Complaints confirmed by measurement", "投诉实测印证率"},
    {"closed, of tickets whose deadline fell in this time", "已结案 / 期内到期的工单"},
    {"never reopened, of tickets closed in this time", "未重办 / 期内结案的工单"},
    {"satisfied, of tickets rated in this time", "满意 / 期内有评价的工单"},
    {"first response in time, of those due in this time", "按时首次响应 / 期内应响应的工单"},
    {"averted after somebody acted, of warnings that ended", "有人处置后避免 / 已有结果的预警"},
    {"ended without anybody acting, of the same: false warnings", "无人处置自行解除 / 同上,即误报"},
    {"over a limit, of complaints about a time with valid data", "实测超标 / 有有效数据的投诉"},
    {"Level and limit", "声级与限值"},
    {"level", "测量值"},
    {"limit", "限值"},
    {"over the limit", "超标"},
    {"no valid data", "无有效数据"},
    {"valid data", "有效数据率"},
    {"no stored windows in this time", "本时段无存储数据"},
    {"scheduled", "公示工时"},
    {"night work permitted", "已许可夜间施工"},
    {"night, no permit", "夜间,无许可"},
    {"not scheduled", "未公示"},
    {"quiet period", "禁噪时段"},
    {"no schedule known", "无公示信息"},
    {"Tickets", "工单"},
    {"opened", "新开"},
    {"closed", "结案"},
    {"reopened", "重办"},
    {"withdrawn", "撤销"},
    {"resolved without proof", "强制办结"},
    {"open at the end", "期末在办"},
    {"overdue at the end", "期末超期"},
    {"number", "编号"},
    {"class", "等级"},
    {"status", "状态"},
    {"matter", "事项"},
    {"owner", "责任单位"},
    {"forced", "无实测佐证强制办结"},
    {"merged into", "并入"},
    {"over by", "超出"},
    {"calls", "来电"},
    {"callers", "来电人"},
    {"no tickets in this time", "本时段无工单"},
    {"Complaints", "投诉"},
    {"linked to a ticket", "并入工单"},
    {"opened a ticket", "新开工单"},
    {"nothing over a limit found", "未测得超标"},
    {"One matter, many people", "一事多人"},
    {"One person, many calls", "一人多次"},
    {"ticket", "工单"},
    {"caller", "来电人"},
    {"last call", "最近来电"},
    {"tickets", "工单数"},
    {"calls in 30 days", "30 天来电次数"},
    {"none", "无"},
    {"Stuck tickets", "流转异常工单"},
    {"why", "原因"},
    {"overdue", "超期"},
    {"returned", "被退单"},
    {"came back", "曾重办"},
    {"suspended", "挂账"},
    {"resolve by", "办结期限"},
    {"more are not shown", "其余未列出"},
    {"The shares are of tickets as they stood at the end of this time. A dash is: nothing to count.",
     "各比率按本时段结束时的工单状态计算;横线表示无可统计。"},
    {"Every figure can be checked: siteward verify on the gateway's database, chain entry",
     "全部数据可核验:对网关数据库运行 siteward verify,链条目"},
    {"part of the data is left out: the report has its ceilings", "数据过多,部分未列出"},
    {"open", "待派单"},
    {"dispatched", "已派单"},
    {"accepted", "已签收"},
    {"in_progress", "处置中"},
    {"resolved", "已办结"},
    {"averted", "已避免"},
};

const char *sw_report_word(const struct sw_report *r, const char *en)
{
    for (size_t i = 0; r->is_chinese && i < SW_ARRAY_SIZE(words); i++) {
        if (strcmp(words[i].en, en) == 0)
            return words[i].zh;
    }
    return en;
}

const char *sw_report_time(const struct sw_report *r, int64_t t_us, char buf[32])
{
    struct sw_civil c;

    if (t_us == INT64_MIN)
        return "–";
    sw_civil_from_utc(&r->site->zone, t_us, &c);
    snprintf(buf, 32, "%04u-%02u-%02u %02u:%02u", (unsigned) c.year % 10000u, (unsigned) c.month % 100u,
             (unsigned) c.day % 100u, (unsigned) c.hour % 100u, (unsigned) c.minute % 100u);
    return buf;
}

const char *sw_report_percent(struct sw_ratio ratio, char buf[16])
{
    const int32_t p = sw_ratio_percent_100(ratio), tenths = (p + 5) / 10;

    if (p < 0)
        return "–";
    snprintf(buf, 16, "%d.%d %%", (int) (tenths / 10), (int) (tenths % 10));
    return buf;
}

void sw_report_rows(const struct sw_report *r, struct sw_report_row ret[SW_REPORT_ROWS])
{
    const struct sw_indicators *s = &r->sums;
    const struct sw_report_row rows[SW_REPORT_ROWS] = {
        {"Closure", "closed, of tickets whose deadline fell in this time", s->closure},
        {"First-time resolution", "never reopened, of tickets closed in this time", s->first_time},
        {"Satisfaction", "satisfied, of tickets rated in this time", s->satisfaction},
        {"Response in time", "first response in time, of those due in this time", s->response_on_time},
        {"Averted by acting", "averted after somebody acted, of warnings that ended", s->averted},
        {"Warnings that lapsed", "ended without anybody acting, of the same: false warnings", s->lapsed},
        {"Complaints confirmed by measurement", "over a limit, of complaints about a time with valid data",
         s->confirmed},
    };

    memcpy(ret, rows, sizeof rows);
}
