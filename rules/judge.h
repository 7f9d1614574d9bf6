// SPDX-License-Identifier: Apache-2.0
/* The judge of one sensor: readings in; closed windows, rule states and findings out.
 * Pure: no I/O, no clock, no allocation after sw_judge_new; the same input gives the same output, bit for bit.
 * Source of the semantics: docs/explanation/measuring.md. */
#ifndef SW_RULES_JUDGE_H
#define SW_RULES_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/reading.h"
#include "common/zone.h"
#include "rules/days.h"
#include "rules/detect.h"
#include "rules/pack.h"
#include "rules/weather.h"

#define SW_JUDGE_RULES_MAX 32   /* rules at one sensor */
#define SW_JUDGE_WINDOWS_MAX 24 /* published windows at one sensor */

enum sw_state {
    SW_STATE_NORMAL,
    SW_STATE_FORECAST,
    SW_STATE_PENDING,
    SW_STATE_RECOVERING,
    SW_STATE_NODATA,
    SW_STATE_FAULT,
    SW_STATE_ALERTING, /* the order of the enum is the order of worse */
    SW_STATE__COUNT
};

enum sw_quality { SW_QUALITY_GOOD, SW_QUALITY_UNCERTAIN, SW_QUALITY_BAD };

enum sw_excluded { SW_EX_WEATHER, SW_EX_OVERLOAD, SW_EX_CALIBRATION, SW_EX_FAULT, SW_EX_MISSING, SW_EX__COUNT };

/** What the forecast says of one rule at one sensor. */
struct sw_forecast {
    double probability;    /* 0 … 1; NaN before the first level */
    int64_t crosses_at_us; /* INT64_MIN: not within budget_max, or over already */
    int32_t budget_s;      /* -1: no crossing foreseen; 0: over */
    int32_t level_now;     /* energy mean of the last 60 s, hundredths; SW_NO_VALUE */
};

/** One rule at one sensor as it stands now: what the state document shows. */
struct sw_rule_state {
    const struct sw_pack *pack;
    const struct sw_rule *rule;
    enum sw_state state, previous;
    enum sw_state held; /* SW_STATE_ALERTING under nodata and fault while a matter is alerting; else NORMAL */
    int64_t since_us;   /* of `state` */
    bool in_force;      /* its period covers now */
    int32_t value;      /* the statistic at the last judgement, hundredths; SW_NO_VALUE = cannot judge */
    struct sw_forecast forecast;
    /* timers, kept through a restart; INT64_MIN = not running */
    int64_t over_since_us;     /* first reading over, of this episode */
    int64_t below_since_us;    /* good data below the margin since */
    int64_t likely_since_us;   /* probability above the threshold since */
    int64_t unlikely_since_us; /* and below it since, while in forecast */
    int64_t episode_from_us;   /* start of the window that first crossed … for `measured.from` */
    int32_t episode_worst;     /* highest statistic of the episode, hundredths */
    int32_t episode_max;       /* LAFmax of the episode, hundredths */
    int32_t reported_worst;    /* at the last finding of the episode, */
    int64_t reported_us;       /* and when that was */
    /* `allowed` and `consecutive` */
    int32_t count_day;   /* the local day that over_count is of, days since 1970 */
    int32_t over_count;  /* windows (sliding: episodes) over on that day */
    int32_t over_in_row; /* windows over without one between that was not */
    /* the model is asked every 10 s only: its word stands till then, also over a restart */
    double likely; /* NaN = it says nothing */
    int64_t asked; /* in which 10 s since 1970; INT64_MIN = not yet */
};

#define SW_JUDGED_MAX 8 /* rules that one minute tells of; beyond it the least over are left out */

/** What one rule said within one minute: of windows of it (sliding: each reading's; aligned; single readings of `max`)
 *  that ended in it. So the past can be answered for from the minutes alone. */
struct sw_judged {
    const struct sw_rule *rule;
    const char *period;     /* id of the rule's period, "" if always */
    uint32_t n, over;       /* judgements that were possible; of them over the limit */
    int32_t worst, limit;   /* hundredths; worst SW_NO_VALUE when n is 0 */
    int64_t from_us, to_us; /* of the window that was worst; INT64_MIN when n is 0 */
};

/** A published window that closed. Values in hundredths; SW_NO_VALUE where there is none. */
struct sw_window_result {
    uint16_t sensor;
    uint8_t quantity; /* enum sw_quantity: of the level that n counts */
    char period[16];  /* "1m" … "24h", or a period's id */
    int64_t from_us, to_us;
    bool partial; /* cut off by the end of a replay: never judged */
    uint32_t n, expected;
    int32_t largest_gap_s;
    uint32_t excluded[SW_EX__COUNT];
    int32_t leq, max, min, l5, l10, l50, l90, l95; /* noise */
    int32_t mean;                                  /* others, with min and max */
    int32_t wind;                                  /* mean wind while it was open, hundredths of m/s */
    int8_t rain;                                   /* 1 at some time, 0 never, -1 unknown */
    int32_t suppression_s;                         /* dust: mist or spray was on so long; -1 = not known to this site */
    int32_t spray_s;                               /* dust: water on the sensor was suspected so long */
    enum sw_background background;                 /* how leq was corrected for the rules; NONE: not at all */
    int32_t background_level, leq_corrected;       /* SW_NO_VALUE */
    bool leq_is_estimate, max_is_estimate;
    char flag; /* N, or S, or the commonest reason when nothing counted */
    enum sw_quality quality;
    uint8_t time_quality;
    int32_t limit_leq, limit_max, limit_mean; /* limits in force at `from`, SW_NO_VALUE */
    size_t n_rules;
    const struct sw_rule *rules[4]; /* whose limits those are */
    /* windows of 1 minute only */
    size_t n_judged;
    struct sw_judged judged[SW_JUDGED_MAX]; /* rules in force in it, worst first */
    int8_t work_detected;                   /* noise at the boundary: 1, 0; -1 = not known or not of this sensor */
};

static inline bool sw_window_is_minute(const struct sw_window_result *w)
{
    return w->period[0] == '1' && w->period[1] == 'm' && w->period[2] == '\0';
}

/** A change that tickets/ must know. */
enum sw_finding_kind {
    SW_FINDING_FORECAST,  /* state became forecast */
    SW_FINDING_EXCEED,    /* became alerting (a new episode, or again out of recovering) */
    SW_FINDING_WORSE,     /* still alerting and the worst value rose: update `measured` */
    SW_FINDING_RECOVERED, /* recovering → normal, or the period ended */
    SW_FINDING_CLEARED,   /* a forecast ended without a crossing */
};

struct sw_finding {
    enum sw_finding_kind kind;
    uint16_t sensor;
    const struct sw_pack *pack;
    const struct sw_rule *rule;
    int64_t at_us;
    int32_t value;   /* statistic at the finding, hundredths */
    int32_t worst;   /* worst of the episode */
    int32_t max;     /* LAFmax of the episode */
    int64_t from_us; /* first over */
    enum sw_quality quality;
    struct sw_forecast forecast;
    bool period_is_night;
    const char *period; /* id of the rule's period, "" if always */
};

/** The instant about which "was work allowed?" is to be asked: that of the finding, but the beginning of an aligned
 * window that was over, for it may close in another period. */
int64_t sw_finding_moment_us(const struct sw_finding *f);

/** Where the judge writes. Caller's arrays; sw_judge_* never write more than the rooms below in one call. */
#define SW_JUDGE_FINDINGS_MAX (2 * SW_JUDGE_RULES_MAX)
struct sw_judge_out {
    size_t n_windows;
    struct sw_window_result windows[SW_JUDGE_WINDOWS_MAX];
    size_t n_findings;
    struct sw_finding findings[SW_JUDGE_FINDINGS_MAX];
    bool has_detect;                /* a window of SW_DETECT_WINDOW_S closed (params.wants_detect) */
    struct sw_detect_window detect; /* local_day, hour and is_workday are filled */
    bool state_changed;             /* some rule's state changed: publish the sensor's state document */
    bool late;                      /* the reading belongs to a closed window: stored, not judged */
};

struct sw_judge_params {
    uint16_t sensor; /* index, copied into results */
    enum sw_kind kind;
    enum sw_quantity level; /* LAeq if the sensor has it, else LAF; else its one quantity */
    bool has_lafmax;
    bool is_judged;      /* place is the boundary: limits apply */
    int64_t interval_us; /* 10 ms … 1 h */
    int64_t grace_us;    /* a window closes at to + grace */
    const struct sw_zone *zone;
    const struct sw_days *days;     /* NULL = no special days */
    const struct sw_stages *stages; /* NULL = the site names no stages */
    int32_t background;             /* entered with date and place, hundredths; SW_NO_VALUE or 0 = none */
    bool has_suppression;           /* sw_judge_set_suppression will be called */
    bool wants_detect;              /* noise: fill out->detect */
    bool wants_model;               /* noise: keep a model of the probability (rules/p5.h) */
    size_t n_packs;
    const struct sw_pack *const *packs; /* borrowed, must outlive the judge */
};

struct sw_judge;

/** Published windows: 1m, 1h, every length and period of the packs' rules of this kind, none shorter than the interval.
 *  @return SW_OK; SW_E_NOMEM; SW_E_FULL too many windows or rules; SW_E_INVAL */
int sw_judge_new(const struct sw_judge_params *p, struct sw_judge **ret, struct sw_err *err);
struct sw_judge *sw_judge_free(struct sw_judge *j); /* NULL is fine; always returns NULL */

/** Start: windows that contain now_us are open and have what came before missing. Call once before the first input. */
void sw_judge_start(struct sw_judge *j, int64_t now_us);

/** One reading, at engine time now_us (never less than before). `out` is cleared first. */
void sw_judge_reading(struct sw_judge *j, const struct sw_reading *r, int64_t now_us, struct sw_judge_out *out);

/** A whole second passed: closes windows with to + grace <= now_us, runs timers. `out` is cleared first. */
void sw_judge_tick(struct sw_judge *j, int64_t now_us, struct sw_judge_out *out);

/** End of a replay: the windows still open, marked partial where `to` lies after end_us. Call until n_windows is 0. */
void sw_judge_finish(struct sw_judge *j, int64_t end_us, struct sw_judge_out *out);

/** While quiet, readings and ticks fill windows but states do not move and no finding is made (rebuilding from the
 * store). */
void sw_judge_set_quiet(struct sw_judge *j, bool is_quiet);

size_t sw_judge_n_rules(const struct sw_judge *j);
const struct sw_rule_state *sw_judge_rule(const struct sw_judge *j, size_t i);

/** Take over state and timers of a rule as they were before a restart (pack and rule pointers of `was` are ignored). */
void sw_judge_restore_rule(struct sw_judge *j, size_t i, const struct sw_rule_state *was);

/* What comes from elsewhere and holds for the readings that follow. Before the first call: unknown. */

void sw_judge_set_weather(struct sw_judge *j, const struct sw_weather_now *now);
/** Mist or spray (with its time after) is on or off from t_us on. */
void sw_judge_set_suppression(struct sw_judge *j, bool is_on, int64_t t_us);
/** Water on the (dust) sensor is suspected, or not any more, from t_us on: windows that it covers by too much are
 *  uncertain, and show no fall below a limit. */
void sw_judge_set_spray(struct sw_judge *j, bool is_on, int64_t t_us);
/** A value of the reference sensor, hundredths: for windows that end in [from_us, until_us). */
void sw_judge_set_reference(struct sw_judge *j, enum sw_quantity quantity, int32_t value, int64_t from_us,
                            int64_t until_us);
/** The machine whose run time deductions count runs or stands from t_us on. Never called: unknown, nothing is taken
 *  off. */
void sw_judge_set_machine(struct sw_judge *j, bool is_running, int64_t t_us);

/** The model of the probability as text and back (rules/p5.h); 0 = there is none. Give it before the rebuild. */
size_t sw_judge_model_write(const struct sw_judge *j, char *buf, size_t cap);
int sw_judge_model_read(struct sw_judge *j, const char *text, size_t len, struct sw_err *err);

/** As what a rule keeps a ticket open, also under silence and while an over has not lasted: ALERTING, RECOVERING,
 *  FORECAST; NORMAL = it does not. */
enum sw_state sw_rule_state_holds(const struct sw_rule_state *s);

/** Published windows in order ("1m", "20m", "1h", "day", "night"). */
size_t sw_judge_n_windows(const struct sw_judge *j);
const char *sw_judge_window(const struct sw_judge *j, size_t i);

/** The limit that applies to the level now (the lowest of the rules in force), hundredths, or SW_NO_VALUE. */
int32_t sw_judge_limit_now(const struct sw_judge *j);

/** The rule that is worst now (its index), for the head of the state document; -1 when the sensor has no rules. */
int sw_judge_worst(const struct sw_judge *j);

/** State of the sensor: that of its worst rule; without rules NODATA or FAULT while it is silent, else NORMAL. */
enum sw_state sw_judge_state(const struct sw_judge *j);

/** When the sensor last had a counted reading (its ts), INT64_MIN = never; and its value. */
int64_t sw_judge_last(const struct sw_judge *j, int32_t *ret_value, char *ret_flag);

/** Energy mean (noise) or mean of the last rule window or 60 s, for the summary; SW_NO_VALUE. */
int32_t sw_judge_level_now(const struct sw_judge *j);

/** Readings from here on are needed to rebuild: start of the earliest open window, of aligned rules of the one before
 *  it, whose verdict still stands. */
int64_t sw_judge_needs_from(const struct sw_judge *j, int64_t now_us);

const char *sw_state_name(enum sw_state s);     /* "normal" … */
const char *sw_quality_name(enum sw_quality q); /* "good", "uncertain", "bad" */
const char *sw_excluded_name(enum sw_excluded e);

#endif
