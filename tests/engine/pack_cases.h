// SPDX-License-Identifier: Apache-2.0
/* A table of cases for one pack (tests/engine/pack_cases/<id>.yaml): readings as stretches of steady values, and the
 * verdict that hand arithmetic gives. Reading the table is pack_cases.c's, judging it test_packs.c's. */
#ifndef SW_TESTS_ENGINE_PACK_CASES_H
#define SW_TESTS_ENGINE_PACK_CASES_H

#include "config/read.h"
#include "config/schema.h"
#include "config/tree.h"

#define DAYS_MAX 8

/** A stretch of readings, one each interval. */
struct feed {
    struct sw_item item;
    int32_t for_s;
    double value; /* NaN: silence */
    double peak;  /* every `every`-th reading has this instead; NaN = none */
    int32_t every;
    double max;        /* LAFmax beside it; NaN = none */
    char flag[2];      /* "" = N */
    double reference;  /* of windows that end in this stretch; NaN = none */
    int machine;       /* -1 unknown, 0 stands, 1 runs */
    double wind, rain; /* NaN = no weather sensor */
};

struct expect {
    struct sw_item item;
    char rule[SW_ID_SIZE];
    int32_t exceeds, recovered; /* findings of the whole case; -1 = not looked at */
    double over;                /* statistic at the first exceedance; NaN = not looked at */
    char value[16];             /* statistic at the end, "none" = cannot be judged; "" = not looked at */
    int state;                  /* enum sw_state at the end; -1 = not looked at */
};

struct pack_case {
    struct sw_item item;
    char why[256];
    const struct sw_node *options;
    char start[40];  /* with the offset of the site's clock */
    char sensor[16]; /* quantity */
    int32_t interval_s;
    double background;
    char stage[SW_STAGE_SIZE];
    char holiday[16], exam[16]; /* a date each */
    struct sw_array feeds, expects;
};

struct pack_table {
    struct sw_tree *tree;
    char id[SW_ID_SIZE];
    struct sw_array cases;
};

/** Read tests/engine/pack_cases/<id>.yaml; a fault in it fails the test. */
void pack_table_read(const char *id, struct pack_table *ret);
void pack_table_done(struct pack_table *t);

#endif
