// SPDX-License-Identifier: Apache-2.0
/* The inside of a judge, shared by judge.c (the door), judge_windows.c (published windows), judge_rules.c (verdicts and
 * forecasts) and judge_states.c (states and findings). Internal to rules/. */
#ifndef SW_RULES_JUDGE_INTERNAL_H
#define SW_RULES_JUDGE_INTERNAL_H

#include "common/macros.h"
#include "rules/calendar.h"
#include "rules/forecast.h"
#include "rules/judge.h"
#include "rules/ring.h"
#include "rules/stat.h"

#define SW_NEVER INT64_MIN
#define SW_JUDGE_SPANS_MAX (SW_JUDGE_WINDOWS_MAX + SW_JUDGE_RULES_MAX)
#define SW_LEVEL_NOW_US (60 * SW_US_PER_S) /* the present level is the mean of so long */

/** One window that fills: published, or the one of an aligned rule (which its period cuts). */
struct sw_judge_window {
    struct sw_span span;
    char name[16];
    int32_t length_s;               /* aligned windows */
    const struct sw_period *period; /* published: the window is the period; of a rule: what cuts it */
    int rule;                       /* whose window it is; -1 = published */
    struct sw_stat stat;
};

struct sw_judge_rule {
    struct sw_rule_state pub;
    enum sw_state base;       /* the state under nodata and fault */
    struct sw_span cur, next; /* occurrence of the period in force, and the coming one */
    bool has_next;
    bool is_over;           /* by the last verdict */
    int32_t over_level;     /* the least value that is over the limit */
    uint64_t tail;          /* sliding: the window's first entry in the ring */
    size_t window;          /* aligned: its window in the judge's list */
    struct sw_bar bar;      /* aligned: of a whole window; a cut one has its own `expected` and `need` */
    sw_i128 below_floor;    /* a mean under this lies below the recovery margin */
    int32_t reported_worst; /* at the last finding of the episode */
    int64_t reported_us;
    int32_t fresh_level; /* for which fresh_steps was found */
    uint32_t fresh_steps;
};

struct sw_judge {
    struct sw_judge_params p;
    bool is_started, is_quiet, is_finished;
    int64_t now_us;
    struct sw_ring ring;
    uint64_t taken;       /* entries before this are in the windows … */
    int64_t taken_to_us;  /* … up to here; earlier readings are late */
    bool has_reading;     /* since the start */
    int64_t last_good_us; /* engine time of the last counted reading, or of the start */
    int64_t last_ts_us;
    int32_t last_value;
    char last_flag;
    int64_t lag_us;        /* engine time minus ts of the newest reading */
    uint64_t now_tail;     /* first entry of the last minute */
    int32_t level_now;     /* its mean */
    enum sw_state overlay; /* NODATA, FAULT; else NORMAL */
    size_t n_windows;
    struct sw_judge_window windows[SW_JUDGE_SPANS_MAX];
    int64_t next_close_us; /* the least `to` of all windows */
    uint32_t *hist;        /* of all published windows, one after another */
    size_t n_rules;
    struct sw_judge_rule rules[SW_JUDGE_RULES_MAX];
};

/** What was found about the value and the limit. */
enum sw_verdict_kind { SW_VERDICT_CANNOT, SW_VERDICT_BELOW, SW_VERDICT_BETWEEN, SW_VERDICT_OVER };
struct sw_verdict {
    enum sw_verdict_kind kind;
    int32_t value;
    int64_t from_us; /* start of what was judged */
};

/* judge_windows.c */
int sw_windows_init(struct sw_judge *j, struct sw_err *err);
void sw_windows_start(struct sw_judge *j, int64_t now_us);
void sw_windows_close_due(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_windows_make_room(struct sw_judge *j);
void sw_windows_finish(struct sw_judge *j, int64_t end_us, struct sw_judge_out *out);
uint32_t sw_capture_need(double capture_min, uint32_t expected);
/** The span of a window that contains t, or the next where t lies outside its period. */
struct sw_span sw_window_span_at(const struct sw_judge *j, const struct sw_judge_window *w, int64_t t_us);
const struct sw_period *sw_rule_period(const struct sw_rule_state *s); /* NULL = always */

/* judge_rules.c */
int sw_rules_init(struct sw_judge *j, struct sw_err *err);
bool sw_rule_is_ours(const struct sw_judge_params *p, const struct sw_rule *rule);
void sw_rules_start(struct sw_judge *j, int64_t now_us);
void sw_rules_switch_periods(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_level(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_max(struct sw_judge *j, int32_t value, int64_t ts_us, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_aligned(struct sw_judge *j, const struct sw_judge_window *w, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_tick(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);

/* judge_states.c */
void sw_rule_init_state(struct sw_judge_rule *r, const struct sw_pack *pack, const struct sw_rule *rule);
void sw_rule_entered(struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out);
void sw_rule_left(struct sw_judge *j, struct sw_judge_rule *r, int64_t at_us, int64_t now_us, struct sw_judge_out *out);
void sw_rule_judged(struct sw_judge *j, struct sw_judge_rule *r, const struct sw_verdict *v, int64_t now_us,
                    struct sw_judge_out *out);
void sw_rule_foreseen(struct sw_judge *j, struct sw_judge_rule *r, int64_t now_us, struct sw_judge_out *out);
void sw_rules_set_overlay(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_rules_note_max(struct sw_judge *j, int32_t value, int64_t ts_us);
void sw_rule_clear_forecast(struct sw_judge_rule *r);

#endif
