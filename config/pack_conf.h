// SPDX-License-Identifier: Apache-2.0
/* A pack file as the rows leave it, before options are put in and names resolved. Internal to config/'s pack reader:
 * pack_rows.c declares the keys, pack_options.c puts a site's options in, read_pack.c makes the struct sw_pack. */
#ifndef SW_CONFIG_PACK_CONF_H
#define SW_CONFIG_PACK_CONF_H

#include "config/read.h"
#include "config/tree.h"

#define SW_PACK_CONF_RULES_MAX 256 /* written in the file; at most SW_PACK_RULES_MAX remain after the options */
#define SW_OPTION_VALUES_MAX 16
#define SW_WINDOW_PERIOD (-1) /* `window: period` */

enum sw_rule_mode { SW_MODE_UNSAID, SW_MODE_SLIDING, SW_MODE_ALIGNED };
enum sw_option_type { SW_OPTION_CHOICE, SW_OPTION_NUMBER };

struct sw_name_conf { /* an item of a list of words */
    struct sw_item item;
    char name[24];
};

struct sw_option_conf {
    struct sw_item item;
    int type;               /* enum sw_option_type */
    struct sw_array values; /* struct sw_name_conf */
    char dflt[24];
    double min, max; /* NaN = none */
    char help_en[96], help_zh[96];
};

struct sw_period_conf {
    struct sw_item item;
    struct sw_period p;
    struct sw_array days; /* struct sw_name_conf */
};

struct sw_deduction_conf {
    struct sw_item item;
    int32_t run_max_s;
    double minus;
};

struct sw_correction_conf {
    struct sw_item item;
    struct sw_correction c;
};

struct sw_rule_conf {
    struct sw_item item;
    struct sw_rule r;
    int mode; /* enum sw_rule_mode */
    char period[16], unit[16];
    const struct sw_node *when, *limit, *adjust;
    double resolution, recover_below, reference_cap; /* in the rule's unit; NaN = not given */
    struct sw_array stages, deductions;
};

struct sw_pack_conf {
    struct sw_pack p;
    struct sw_array options, day_names, periods, rules;
    const struct sw_node *corrections;
};

/** What reading a pack goes by. */
struct sw_pack_job {
    const struct sw_pack_choice *choice; /* NULL = the pack by itself */
    const struct sw_pack_conf *conf;
    struct sw_pack *pack; /* pack->options[i] is of conf->options[i] */
    struct sw_faults *faults;
};

/** Choose a value for every option: the site's, else the default. Fills pack->options. */
void sw_pack_options(struct sw_pack_job *job);

/** Does `when:` let the rule exist with the values chosen? NULL = always. */
bool sw_pack_when(const struct sw_pack_job *job, const struct sw_node *when);

/** A figure: a number, {by: OPTION, VALUE: figure …} or {from: NUMBER_OPTION, plus: number}.
 *  @param name   of the key, for faults
 *  @param scale  the unit of the file in the program's (1000 for mg/m3)
 *  @param ret    hundredths
 *  @return false with a fault added */
bool sw_pack_figure(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double scale,
                    int32_t *ret);

/** A plain number times scale in hundredths; a fault at n when that is no whole number of them. */
bool sw_pack_centi(const struct sw_pack_job *job, const char *name, const struct sw_node *n, double value, double scale,
                   int32_t *ret);

#endif
