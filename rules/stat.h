// SPDX-License-Identifier: Apache-2.0
/* What is kept of one window: counts, exact sums, extremes, classes of 0.1 dB. Readings come in the order of time.
 * When a window begins and ends is the judge's. Internal to rules/. */
#ifndef SW_RULES_STAT_H
#define SW_RULES_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/energy.h"
#include "rules/judge.h"
#include "rules/ring.h"

/** How values of a window are averaged. */
enum sw_stat_mode {
    SW_STAT_MODE_LEVEL,     /* energy mean, percentiles */
    SW_STAT_MODE_VALUE,     /* arithmetic mean */
    SW_STAT_MODE_DIRECTION, /* vector mean of degrees */
};

/** Classes of 0.1 dB from −20.0 to 160.0. */
#define SW_STAT_CLASSES 1801
#define SW_STAT_LETTERS 6

struct sw_stat {
    enum sw_stat_mode mode;
    uint32_t *hist; /* [SW_STAT_CLASSES], borrowed; NULL = no percentiles */
    uint32_t n, n_manual, n_max;
    uint32_t n_blocks;     /* of 5 s, closed */
    sw_u128 energy;        /* levels */
    sw_u128 blocks_energy; /* the highest level of each 5 s */
    int64_t sum;           /* hundredths: other values, and levels where a deviation is wanted */
    int64_t squares;       /* of such levels */
    int64_t block;         /* the one that fills, counted from from_us; -1 = none */
    int32_t block_max;
    bool wants_deviation, wants_blocks;
    int64_t east, north; /* unit vectors in millionths */
    int32_t min, max;    /* of the counted readings */
    int32_t max_lafmax;  /* highest LAFmax reading */
    uint32_t excluded[SW_EX__COUNT];
    uint32_t letters[SW_STAT_LETTERS]; /* excluded readings by flag */
    int64_t from_us;
    int64_t wind_sum; /* over all its readings, hundredths of m/s */
    uint32_t n_wind;
    bool rain_known, rained;
    int64_t covered_us; /* end of the last counted reading, or the window's start */
    int64_t gap_us;     /* longest stretch without a counted reading so far */
    bool is_unsynced;
};

/** What a level with this flag counts as: SW_CLASS_COUNTED or an enum sw_excluded; no value = missing. */
uint8_t sw_stat_class(char flag, int32_t value);

/** Empty it for a window that starts at from_us; mode, hist and wishes stay. */
void sw_stat_reset(struct sw_stat *s, int64_t from_us);

/** Take one reading. */
void sw_stat_add(struct sw_stat *s, const struct sw_ring_entry *e, int64_t interval_us);

/** Mean in hundredths: energy mean, arithmetic mean (half away from zero), or direction 0 … 359.99; SW_NO_VALUE. */
int32_t sw_stat_mean(const struct sw_stat *s);

/** Level exceeded in `percent` of the readings: centre of the class at rank ceil(N·percent/100) from the loud side. */
int32_t sw_stat_percentile(const struct sw_stat *s, uint32_t percent);

/** Standard deviation of the levels (n − 1), hundredths; SW_NO_VALUE below two levels or where it was not wanted. */
int32_t sw_stat_deviation(const struct sw_stat *s);

/** Energy mean of the highest level of each 5 s; blocks without a counted level are missing. SW_NO_VALUE. */
int32_t sw_stat_blocks(const struct sw_stat *s);

/** Mean of the winds that held at the readings, hundredths of m/s; SW_NO_VALUE. */
int32_t sw_stat_wind(const struct sw_stat *s);

/** Longest stretch without a counted reading, whole seconds, when the window ends at to_us. */
int32_t sw_stat_gap_s(const struct sw_stat *s, int64_t to_us);

/** N, S when a counted reading was set by hand, or the commonest reason when none counted. */
char sw_stat_flag(const struct sw_stat *s, uint32_t missing);

#endif
