// SPDX-License-Identifier: Apache-2.0
/* A pack: the limits of one standard as data. Read from rules/packs/<id>.yaml by config/read_pack.c, validated by
 * sw_pack_validate; immutable afterwards. No figure of law stands in C. */
#ifndef SW_RULES_PACK_H
#define SW_RULES_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/quantity.h"

#define SW_PACK_PERIODS_MAX 8
#define SW_PACK_RULES_MAX 32
#define SW_RULE_WINDOW_MAX_S 86400

/** How sure the figure is: what stands behind `source`. */
enum sw_sure { SW_SURE_CONFIRMED, SW_SURE_SECONDARY, SW_SURE_UNVERIFIED };

/** What is taken of a window. */
enum sw_statistic { SW_STAT_LEQ, SW_STAT_MAX, SW_STAT_MEAN, SW_STAT__COUNT };

/** A part of the local day in which rules apply: [from, to) in minutes after local midnight; to <= from runs over
 *  midnight into the next day ("22:00" to "06:00"). A period is dated by its start. */
struct sw_period {
    char id[16];          /* "day", "evening", "night": also the name of its published window */
    int from_min, to_min; /* 0 … 1439, 0 … 1440 */
    uint8_t days;         /* bit 0 = Monday … bit 6 = Sunday: weekdays on which it starts; 0x7f = all */
    bool is_night;
};

struct sw_rule {
    char id[SW_ID_SIZE];          /* "leq-night" */
    char full_id[2 * SW_ID_SIZE]; /* "cn-gb12523-2025/leq-night" */
    char family[32];              /* default: the period's id: rules of one family are one matter */
    enum sw_kind kind;            /* which sensors it judges: noise or dust … */
    enum sw_quantity quantity;    /* for dust: PM10 …; for noise SW_QUANTITY_NONE = the sensor's level */
    enum sw_statistic statistic;
    bool sliding;           /* else aligned */
    int32_t window_s;       /* 0 for max rules: every reading is judged */
    int period;             /* index in the pack, -1 = always */
    int32_t limit;          /* hundredths of the unit */
    int32_t resolution;     /* hundredths: 10 = 0.1 dB */
    int32_t recover_below;  /* hundredths: margin under the limit */
    int32_t recover_for_s;  /* good data below the margin for so long; max rules: time without one */
    int32_t continuation_s; /* over for so long before it alerts */
    char source[256];
    enum sw_sure sure;
};

struct sw_pack {
    char id[SW_ID_SIZE];
    char version[16];
    char sha256[65]; /* of the file's bytes */
    char title_en[160], title_zh[160];
    size_t n_periods;
    struct sw_period periods[SW_PACK_PERIODS_MAX];
    size_t n_rules;
    struct sw_rule rules[SW_PACK_RULES_MAX];
    double capture_min;        /* 0.75: below this share of counted readings a window cannot be judged */
    int32_t horizon_s;         /* 600: how far ahead the probability looks */
    double forecast_threshold; /* 0.45 */
    int32_t confirm_s;         /* 30: how long the probability must stand before the state is `forecast` */
    int32_t clear_s;           /* 600: how long it must stay low before the forecast ends */
    int32_t budget_max_s;      /* 3600: where the search for the crossing ends */
};

/** Check what a table of keys cannot: periods that overlap, rules of unknown periods, windows out of range, ids twice.
 *  Fills full_id and the default family. @return SW_OK; SW_E_INVAL with the first fault in words. */
int sw_pack_validate(struct sw_pack *pack, struct sw_err *err);

/** "leq", "max", "mean". */
const char *sw_statistic_name(enum sw_statistic s);

/** A limit taken of this statistic in the field's words: "LAeq,20min", "LAFmax", "PM10,1h". @param buf >= 32 */
const char *sw_rule_statistic_text(const struct sw_rule *rule, char *buf, size_t cap);

#endif
