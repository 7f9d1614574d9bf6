// SPDX-License-Identifier: Apache-2.0
/* A pack: the limits of one standard as data. Read from rules/packs/<id>.yaml by config/read_pack.c, which puts a
 * site's options in; checked by sw_pack_validate; immutable afterwards. No figure of law stands in C. */
#ifndef SW_RULES_PACK_H
#define SW_RULES_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/sure.h"
#include "rules/days.h"

#define SW_PACK_PERIODS_MAX 16
#define SW_PACK_RULES_MAX 64
#define SW_PACK_OPTIONS_MAX 8
#define SW_PACK_CORRECTIONS_MAX 16
#define SW_RULE_STAGES_MAX 8
#define SW_RULE_DEDUCTIONS_MAX 4
#define SW_RULE_WINDOW_MAX_S 86400

/** What is taken of a window. Only leq and mean slide; max without a window judges every reading. */
enum sw_statistic {
    SW_STAT_LEQ,
    SW_STAT_MAX,
    SW_STAT_MEAN,
    SW_STAT_MIN,
    SW_STAT_L5,
    SW_STAT_L10,
    SW_STAT_L50,
    SW_STAT_L90,
    SW_STAT_L95,
    SW_STAT_SD,     /* standard deviation of the levels, dB */
    SW_STAT_LAFTM5, /* energy mean of the highest LAF of each 5 s (Taktmaximalpegel) */
    SW_STAT__COUNT
};

/** Where aligned windows begin: at local midnight + k·length, or at the period's start + k·length. */
enum sw_anchor { SW_ANCHOR_MIDNIGHT, SW_ANCHOR_PERIOD_START };

/** How a background that was measured and entered is taken off. */
enum sw_background { SW_BACKGROUND_NONE, SW_BACKGROUND_TABLE, SW_BACKGROUND_EXACT };

/** What a reference sensor does to the statistic: minus factor·min(reference, cap), not below 0; or divided by it. */
enum sw_reference { SW_REFERENCE_NONE, SW_REFERENCE_DIFFERENCE, SW_REFERENCE_RATIO };

/* sw_period.days: on a day exactly one of the bits holds. A named day that the pack's periods mention goes before a
 * holiday, a holiday (if they mention holidays) before the weekday. A made-up working day counts as a Monday. */
#define SW_DAY_HOLIDAY (1u << 7)
#define SW_DAY_NAMED(i) (1u << (8 + (i))) /* sw_pack.day_name[i] */
#define SW_DAYS_ALL 0xffffu

/** A part of the local day in which rules apply: [from, to) in minutes after local midnight; to <= from runs over
 *  midnight into the next day ("22:00" to "06:00"). A period is dated by its start. */
struct sw_period {
    char id[16];          /* "day", "evening", "night": also the name of its published window */
    int from_min, to_min; /* 0 … 1439, 0 … 1440 */
    uint16_t days; /* bit 0 = Monday … bit 6 = Sunday, SW_DAY_HOLIDAY, SW_DAY_NAMED(i): days on which it starts */
    bool is_night;
};

struct sw_deduction {
    int32_t run_max_s; /* machine run time in the window up to this … */
    int32_t minus;     /* … takes so much off, hundredths */
};

struct sw_rule {
    char id[SW_ID_SIZE];          /* "leq-night" */
    char full_id[2 * SW_ID_SIZE]; /* "cn-gb12523-2025/leq-night" */
    char family[32];              /* default: the period's id: rules of one family are one matter */
    enum sw_kind kind;            /* which sensors it judges: noise or dust … */
    enum sw_quantity quantity;    /* for dust: PM10 …; for noise SW_QUANTITY_NONE = the sensor's level */
    enum sw_statistic statistic;
    bool sliding; /* else aligned */
    enum sw_anchor anchor;
    int32_t window_s; /* 0: a max rule that judges every reading, or (aligned, with a period) the whole period */
    int period;       /* index in the pack, -1 = always */
    size_t n_stages;  /* 0 = in every stage; else only in these */
    char stages[SW_RULE_STAGES_MAX][SW_STAGE_SIZE];
    int32_t limit;          /* hundredths of the unit, options put in */
    int32_t adjust;         /* hundredths, added to the statistic before it is compared (façade) */
    int32_t resolution;     /* hundredths: 10 = 0.1 dB */
    int32_t recover_below;  /* hundredths: margin under the limit */
    int32_t recover_for_s;  /* good data below the margin for so long; max rules: time without one */
    int32_t continuation_s; /* over for so long before it alerts */
    int32_t allowed;        /* windows (sliding: episodes) over on one local day that do not alert yet */
    int32_t consecutive;    /* >= 1: so many windows over in a row before it alerts */
    enum sw_background background;
    enum sw_reference reference;
    double reference_factor; /* 1 */
    int32_t reference_cap;   /* hundredths; SW_NO_VALUE = none */
    enum sw_quantity reference_quantity;
    size_t n_deductions;
    struct sw_deduction deductions[SW_RULE_DEDUCTIONS_MAX]; /* ascending run time */
    char source[256];
    enum sw_sure sure;
    char reason[160]; /* a site's own figure in place of the pack's: why; "" = the pack's */
};

struct sw_option_value {
    char id[24], value[24]; /* as the site chose or as the default is: for people */
    char help_en[96], help_zh[96];
};

struct sw_correction {
    int32_t difference_db; /* measured minus background, rounded half up to whole dB: from this on … */
    int32_t minus;         /* … so much is taken off, hundredths */
};

struct sw_pack {
    char id[SW_ID_SIZE];
    char version[16];
    char sha256[65]; /* of the file's bytes */
    char title_en[160], title_zh[160];
    size_t n_options;
    struct sw_option_value options[SW_PACK_OPTIONS_MAX];
    size_t n_day_names;
    char day_name[SW_DAY_NAMES_MAX][24];
    size_t n_periods;
    struct sw_period periods[SW_PACK_PERIODS_MAX];
    size_t n_rules;
    struct sw_rule rules[SW_PACK_RULES_MAX];
    double capture_min;   /* 0.75: below this share of counted readings a window cannot be judged */
    int32_t gap_max_s;    /* a longer stretch without a counted reading: cannot be judged; 0 = no such rule */
    bool has_weather;     /* noise is excluded … */
    int32_t wind_below;   /* … at and above this wind, hundredths of m/s, at rain … */
    int32_t rain_hold_s;  /* … and so long after rain */
    size_t n_corrections; /* table of the background correction: ascending; below the first: cannot be judged */
    struct sw_correction corrections[SW_PACK_CORRECTIONS_MAX];
    int32_t horizon_s;         /* 600: how far ahead the probability looks */
    double forecast_threshold; /* 0.45 */
    int32_t confirm_s;         /* 30: how long the probability must stand before the state is `forecast` */
    int32_t clear_s;           /* 600: how long it must stay low before the forecast ends */
    int32_t budget_max_s;      /* 3600: where the search for the crossing ends */
    int32_t notice_before_s;   /* 86400: a night permit counts only if its notice was posted so long before */
    int32_t detect_background; /* 600: work is heard when LA90,5min is so far over the background, hundredths … */
    int32_t detect_idle;       /* 300: … and LAeq,5min so far over what is usual without work */
    int32_t detect_days_min;   /* 3: idle days below which nobody can say */
};

/** Check what a table of keys cannot: periods that overlap, rules of unknown periods, windows out of range, ids twice.
 *  Fills full_id and the default family. @return SW_OK; SW_E_INVAL with the first fault in words */
int sw_pack_validate(struct sw_pack *pack, struct sw_err *err);

/** "leq", "max", "mean" … */
const char *sw_statistic_name(enum sw_statistic s);

/** A limit taken of this statistic in the field's words: "LAeq,20min", "LAFmax", "LA90,5min", "PM10,1h".
 *  @param buf >= 32 */
const char *sw_rule_statistic_text(const struct sw_rule *rule, char *buf, size_t cap);

#endif
