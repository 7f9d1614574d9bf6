// SPDX-License-Identifier: Apache-2.0
/* A pack as `siteward pack show` looks at it: every limit that can apply, one entry for each value of an option that it
 * depends on. Options that were given are put in, the others are left open. Printing is pack_text.c's. */
#ifndef SW_CLI_PACK_VIEW_H
#define SW_CLI_PACK_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "config/faults.h"
#include "config/tree.h"
#include "rules/pack.h"

#define SW_PACK_LIMITS_MAX 512
#define SW_PACK_CASES_MAX 4

struct sw_pack_view_option {
    const struct sw_node *node; /* in the file */
    const char *id, *dflt;      /* dflt NULL: a site must choose */
    const char *given;          /* on the command line; NULL = open */
    bool is_number;
};

/** Holds only where the option has this value. */
struct sw_pack_case {
    const char *option, *value;
};

struct sw_pack_limit {
    const struct sw_node *node;   /* the rule in the file: equal for all entries of one rule */
    const struct sw_node *adjust; /* {by: …} of an option that is open; NULL: rule.adjust holds */
    struct sw_rule rule;          /* with these options put in */
    struct sw_period period;      /* of rule.period >= 0 */
    const char *unit;             /* as the file has it: "dBA", "ug/m3", "mg/m3", "1" */
    size_t n_cases;
    struct sw_pack_case cases[SW_PACK_CASES_MAX]; /* of the figure */
    const char *from, *plus; /* a number that a site gives plus so much: the limit is open; NULL = rule.limit holds */
};

struct sw_pack_view {
    char path[512];
    struct sw_tree *tree;
    const struct sw_node *root;
    struct sw_pack *pack; /* with the given options and the defaults */
    size_t n_options;
    struct sw_pack_view_option options[SW_PACK_OPTIONS_MAX];
    size_t n_periods;
    struct sw_period periods[SW_PACK_PERIODS_MAX]; /* of all limits, in the order of the file */
    size_t n_limits, n_left_out;                   /* rules that the given options leave out */
    struct sw_pack_limit *limits;
};

/** Read a pack and every limit of it.
 *  @param given  n_given texts "option=value"
 *  @return SW_OK; SW_E_INVAL with faults added; SW_E_IO; SW_E_NOMEM */
int sw_pack_view_new(const char *path, char *const *given, size_t n_given, struct sw_faults *faults,
                     struct sw_pack_view **ret, struct sw_err *err);
struct sw_pack_view *sw_pack_view_free(struct sw_pack_view *v); /* NULL is fine; always returns NULL */

/** The option of an id, or NULL. */
const struct sw_pack_view_option *sw_pack_view_option(const struct sw_pack_view *v, const char *id);

#endif
