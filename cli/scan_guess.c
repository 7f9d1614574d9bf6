// SPDX-License-Identifier: Apache-2.0
/* Guesses at what registers mean. The ranges are those of an ordinary day at a building site, much narrower than what
 * is physically possible: the point is to tell sense from nonsense, not to judge a measurement. */
#include "cli/scan_guess.h"

#include <math.h>

#include "common/macros.h"

static const struct {
    const char *what, *unit;
    double least, most;
    bool is_whole;  /* also sent without decimals */
    bool is_pascal; /* also sent in thousandths of a pascal */
} ordinary[] = {
    {"level", "dBA", 25, 130, true},
    {"dust", "ug/m3", 1, 2000, true},
    {"humidity", "pct", 5, 100, false},
    {"temperature", "degC", -30, 55, false},
    {"wind speed", "m/s", 0.1, 40, false},
    {"wind direction", "deg", 1, 360, true},
    {"air pressure", "hPa", 850, 1090, true, true},
};

/* Scales of 16 bits; 32 bits are used for thousandths, and for a pressure in thousandths of a pascal. */
static const double scales[] = {1, 0.1, 0.01, 0.001, 0.00001};

#define SCALES_OF_16_BITS 3
#define SCALE_LEAST 0.001

/* Half a unit in the last place that anybody reads. */
#define SLACK 1e-9

size_t sw_scan_senses(double raw, int words, struct sw_scan_sense *ret, size_t cap)
{
    const size_t n_scales = words == 1 ? SCALES_OF_16_BITS : SW_ARRAY_SIZE(scales);
    size_t n = 0;

    for (size_t q = 0; q < SW_ARRAY_SIZE(ordinary); q++) {
        for (size_t s = ordinary[q].is_whole ? 0 : 1; s < n_scales; s++) {
            const double value = raw * scales[s];

            if (scales[s] < SCALE_LEAST && !ordinary[q].is_pascal)
                continue;
            if (value >= ordinary[q].least - SLACK && value <= ordinary[q].most + SLACK && n < cap)
                ret[n++] = (struct sw_scan_sense){ordinary[q].what, ordinary[q].unit, scales[s], value};
        }
    }
    return n;
}

bool sw_scan_is_plausible(double value)
{
    return isfinite(value) && value >= -40 && value <= 2000 && fabs(value) >= 0.01;
}

bool sw_scan_reads_as(const uint16_t *regs, enum sw_reg_type type, enum sw_word_order order, double *ret_number)
{
    const int words = sw_reg_words(type);
    struct sw_scan_sense sense;

    *ret_number = sw_reg_number(sw_reg_join(regs, words, order), type);
    if (type == SW_REG_F32 || type == SW_REG_F64)
        return sw_scan_is_plausible(*ret_number);
    return isfinite(*ret_number) && sw_scan_senses(*ret_number, words, &sense, 1) > 0;
}

struct sw_scan_score sw_scan_score(const uint16_t *regs, size_t n, enum sw_reg_type type, enum sw_word_order order)
{
    const size_t words = (size_t) sw_reg_words(type);
    struct sw_scan_score score = {0};

    for (size_t at = 0; words > 0 && at + words <= n; at += words) {
        bool is_zero = true;
        double number;

        for (size_t k = 0; k < words; k++)
            is_zero = is_zero && regs[at + k] == 0;
        if (is_zero)
            continue;
        score.values++;
        score.plausible += sw_scan_reads_as(&regs[at], type, order, &number);
    }
    return score;
}
