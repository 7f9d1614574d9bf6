// SPDX-License-Identifier: Apache-2.0
/* The inside of a judge, shared by judge.c (the door), judge_context.c (what comes from elsewhere), judge_windows.c
 * (windows that fill), judge_publish.c (what a closed one says), judge_rules.c (rules and verdicts), judge_aligned.c
 * (verdicts of aligned windows), judge_minutes.c (what was said within each minute), judge_forecast.c and
 * judge_states.c (states and findings). Internal to rules/. */
#ifndef SW_RULES_JUDGE_INTERNAL_H
#define SW_RULES_JUDGE_INTERNAL_H

#include "common/macros.h"
#include "rules/background.h"
#include "rules/calendar.h"
#include "rules/force.h"
#include "rules/forecast.h"
#include "rules/judge.h"
#include "rules/p5.h"
#include "rules/ring.h"
#include "rules/stat.h"

#define SW_NEVER INT64_MIN
#define SW_JUDGE_SPANS_MAX (SW_JUDGE_WINDOWS_MAX + SW_JUDGE_RULES_MAX + 1)
#define SW_LEVEL_NOW_US (60 * SW_US_PER_S) /* the present level is the mean of so long */
#define SW_EDGES_MAX 64                    /* switchings of a machine or of the spray that are kept */

/** What has been on and off, and for how long. */
struct sw_on_time {
    size_t n;
    bool has_dropped; /* older edges than the first here */
    struct sw_edge {
        int64_t t_us, on_us; /* how long it had been on until then */
        bool is_on;          /* from then on */
    } edge[SW_EDGES_MAX];
};

#define SW_WINDOW_PUBLISHED (-1)
#define SW_WINDOW_DETECT (-2)

/** One window that fills: published, of an aligned rule (which its period cuts), or for the detection of work. */
struct sw_judge_window {
    struct sw_span span;
    char name[16];
    int32_t length_s;               /* aligned windows; of a rule and 0: as long as it is in force */
    const struct sw_pack *pack;     /* published and of a period: whose */
    const struct sw_period *period; /* published: the window is the period */
    int rule;                       /* whose window it is, or SW_WINDOW_… */
    double capture_min;             /* published: below this, or with a longer gap, it is uncertain */
    int32_t gap_max_s;              /* 0 = no such rule */
    struct sw_bar bar;              /* of a rule: what its sums must reach */
    int64_t sprayed_us;             /* time of suppression before it began */
    int64_t doubted_us;             /* the same of suspected water on the sensor */
    struct sw_stat stat;
};

/** Where a window that slides stands. */
struct sw_slide {
    uint64_t tail;      /* its first entry in the ring */
    int64_t covered_us; /* end of the last counted reading … */
    struct sw_span gap; /* … and the latest stretch without one that is too long */
};

/** What one rule said within the open minute. */
struct sw_minute_sum {
    uint32_t n, over;
    int32_t worst;
    bool was_asked;         /* also in vain */
    int64_t from_us, to_us; /* of the window that was worst */
};

struct sw_judge_rule {
    struct sw_rule_state pub;
    enum sw_state base; /* the state under nodata and fault */
    struct sw_force force;
    struct sw_span cur, next; /* the stretch in force, and the coming one */
    bool has_next;
    bool is_over;              /* by the last verdict */
    struct sw_correct correct; /* with a background */
    int32_t over_value;        /* least value (all corrections applied) that is over the limit … */
    int32_t below_value;       /* … and those under this lie below the recovery margin */
    int32_t over_level;        /* least measured statistic whose value is over */
    struct sw_slide slide;     /* as of the newest reading */
    size_t window;             /* aligned: its window in the judge's list */
    struct sw_bar bar;         /* aligned: of a whole window; a cut one has its own `expected` and `need` */
    int32_t fresh_level;       /* for which fresh_steps was found */
    uint32_t fresh_steps;
    uint64_t leaves; /* first entry of the window in five minutes */
    struct {
        struct sw_minute_sum sum;
        struct sw_slide slide; /* as of the last minute that closed */
        struct sw_span within; /* the stretch in force then, or the next after it */
    } told;
};

struct sw_reference_value {
    int32_t value;
    int64_t from_us, until_us;
};

struct sw_judge {
    struct sw_judge_params p;
    bool is_started, is_quiet, is_finished;
    bool has_reading; /* since the start */
    char last_flag;
    int64_t now_us;
    struct sw_ring ring;
    uint64_t taken;       /* entries before this are in the windows … */
    int64_t taken_to_us;  /* … up to here; earlier readings are late */
    int64_t last_good_us; /* engine time of the last counted reading, or of the start */
    int64_t last_ts_us;
    int64_t counted_us; /* ts of the level that was just taken, SW_NEVER = it does not count */
    int64_t lag_us;     /* engine time minus ts of the newest reading */
    uint64_t now_tail;  /* first entry of the last minute */
    int64_t foreseen_s; /* the second that the forecasts are of */
    int32_t level_now;  /* mean of the last minute */
    int32_t last_value;
    enum sw_state overlay; /* NODATA, FAULT; else NORMAL */
    size_t n_windows;
    struct sw_judge_window windows[SW_JUDGE_SPANS_MAX];
    int64_t next_close_us; /* the least `to` of all windows */
    uint32_t *hist;        /* of all published windows, one after another */
    size_t n_rules;
    struct sw_judge_rule rules[SW_JUDGE_RULES_MAX];
    int64_t told_good_us;   /* the last counted reading of the minutes that closed */
    int64_t next_switch_us; /* before this no rule comes into force or leaves it */
    struct sw_weather_now weather;
    struct sw_on_time spray, machine, doubt;
    struct sw_reference_value reference[SW_QUANTITY__COUNT][2]; /* the latest first */
    struct sw_p5 *model;                                        /* NULL = none wanted */
};

/** What was found about the value and the limit. */
enum sw_verdict_kind { SW_VERDICT_CANNOT, SW_VERDICT_BELOW, SW_VERDICT_BETWEEN, SW_VERDICT_OVER };
struct sw_verdict {
    enum sw_verdict_kind kind;
    int32_t value;
    int64_t from_us, to_us; /* of what was judged */
    bool has_max;           /* a closed window knows its own maximum, long after the ring has forgotten its readings */
    int32_t max;            /* hundredths; SW_NO_VALUE */
};

/** How a rule looks at readings: each by itself, sliding, or once a window. */
static inline bool sw_rule_is_single(const struct sw_rule *rule)
{
    return rule->statistic == SW_STAT_MAX && rule->window_s == 0;
}

static inline bool sw_rule_is_sliding(const struct sw_rule *rule)
{
    return rule->sliding && !sw_rule_is_single(rule);
}

static inline bool sw_rule_is_aligned(const struct sw_rule *rule)
{
    return !rule->sliding && !sw_rule_is_single(rule);
}

static inline bool sw_rule_is_mean(const struct sw_rule *rule)
{
    return rule->statistic == SW_STAT_LEQ || rule->statistic == SW_STAT_MEAN;
}

/** A limit that people compare with the level itself. */
static inline bool sw_rule_is_of_level(const struct sw_rule *rule)
{
    return (sw_rule_is_mean(rule) || rule->statistic == SW_STAT_MAX) && rule->reference == SW_REFERENCE_NONE;
}

static inline int64_t sw_newest_us(const struct sw_judge *j)
{
    return sw_ring_at(&j->ring, j->ring.end - 1)->ts_us;
}

/* judge_context.c */
void sw_context_init(struct sw_judge *j);
/** How long it was on before t. */
int64_t sw_on_time_before(const struct sw_on_time *h, int64_t t_us);
/** How long it was on in a span; `before_us` = sw_on_time_before its start, as known then. */
int64_t sw_on_time_within(const struct sw_on_time *h, const struct sw_span *span, int64_t before_us);
/** Seconds of a window in which water on the sensor is suspected; and whether these are too many for it to count. */
int32_t sw_doubt_s(const struct sw_judge *j, const struct sw_judge_window *w);
bool sw_window_is_doubted(const struct sw_judge *j, const struct sw_judge_window *w, double capture_min);
/** The same of a span that is no window: a sliding one, a single reading's. */
bool sw_span_is_doubted(const struct sw_judge *j, const struct sw_span *span, double capture_min);
/** Run time of the machine in a span, us; -1 = unknown. */
int64_t sw_machine_run_us(const struct sw_judge *j, const struct sw_span *span);
/** The reference that held at an instant, SW_NO_VALUE = none. */
int32_t sw_reference_at(const struct sw_judge *j, enum sw_quantity quantity, int64_t t_us);

/* judge_windows.c */
int sw_windows_init(struct sw_judge *j, struct sw_err *err);
void sw_windows_start(struct sw_judge *j, int64_t now_us);
void sw_windows_close_due(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_windows_make_room(struct sw_judge *j);
void sw_windows_finish(struct sw_judge *j, int64_t end_us, struct sw_judge_out *out);
/** The span of a window that contains t, or the next where t lies outside its period. */
struct sw_span sw_window_span_at(const struct sw_judge *j, const struct sw_judge_window *w, int64_t t_us);
const struct sw_period *sw_rule_period(const struct sw_rule_state *s); /* NULL = always */

/* judge_publish.c */
void sw_window_publish(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_window_result *ret);
void sw_window_detect(const struct sw_judge *j, const struct sw_judge_window *w, struct sw_detect_window *ret);

/* judge_rules.c */
int sw_rules_init(struct sw_judge *j, struct sw_err *err);
bool sw_rule_is_ours(const struct sw_judge_params *p, const struct sw_rule *rule);
void sw_rules_start(struct sw_judge *j, int64_t now_us);
void sw_rules_switch_periods(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_level(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);
void sw_rules_on_max(struct sw_judge *j, int32_t value, int64_t ts_us, int64_t now_us, struct sw_judge_out *out);
/** What the window says that ends with an entry's interval; slides forward only. within: the stretch in force that the
 *  entry lies in. */
struct sw_verdict sw_sliding_verdict(const struct sw_judge *j, const struct sw_judge_rule *r, struct sw_slide *slide,
                                     const struct sw_span *within, uint64_t entry);
/** Before it: a counted reading, SW_NEVER = the last did not count. */
void sw_slide_note(const struct sw_judge *j, const struct sw_judge_rule *r, struct sw_slide *slide, int64_t counted_us);
/** What one maximum says by itself. */
struct sw_verdict sw_single_verdict(const struct sw_judge *j, const struct sw_judge_rule *r, int32_t value,
                                    int64_t ts_us);
/** Was, or will, the rule be in force at an instant near now? */
bool sw_rule_in_force_at(const struct sw_judge_rule *r, int64_t t_us);
/** The value that a measured statistic stands for, `minus` less; SW_NO_VALUE = cannot be judged. */
int32_t sw_rule_value(const struct sw_judge_rule *r, int32_t measured, int32_t minus);
/** What a value says of the limit. */
struct sw_verdict sw_rule_verdict(const struct sw_judge_rule *r, int32_t value);
uint32_t sw_capture_need(double capture_min, uint32_t expected);

/* judge_aligned.c */
void sw_rules_on_aligned(struct sw_judge *j, const struct sw_judge_window *w, int64_t now_us, struct sw_judge_out *out);
/** What the sums of a window must reach: `expected` and `need` of this span. */
struct sw_bar sw_window_bar(const struct sw_judge *j, const struct sw_judge_rule *r, const struct sw_span *span);

/* judge_minutes.c */
void sw_minutes_start(struct sw_judge *j, int64_t now_us);
void sw_minutes_note_aligned(struct sw_judge_rule *r, const struct sw_verdict *v);
/** Fill `judged` of a minute that closes; after the aligned rules whose windows end with it, before any later one. */
void sw_minutes_tell(struct sw_judge *j, struct sw_window_result *ret);
/** The next minute begins. */
void sw_minutes_reset(struct sw_judge *j);

/* judge_forecast.c */
/** After a level; `weight` is that of the present level. */
void sw_rule_set_clock(struct sw_judge_rule *r, int64_t now_us);
void sw_rule_foresee(struct sw_judge *j, struct sw_judge_rule *r, sw_i128 weight, int64_t now_us);
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
