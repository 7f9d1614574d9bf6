// SPDX-License-Identifier: Apache-2.0
/* The keys of a table of cases, read by the same rows that read configuration. */
#include "../unit/test.h"

#include "pack_cases.h"

#include <stdio.h>
#include <string.h>

#include "rules/judge.h"

static const struct sw_word state_words[] = {{"normal", SW_STATE_NORMAL},
                                             {"forecast", SW_STATE_FORECAST},
                                             {"pending", SW_STATE_PENDING},
                                             {"recovering", SW_STATE_RECOVERING},
                                             {"nodata", SW_STATE_NODATA},
                                             {"fault", SW_STATE_FAULT},
                                             {"alerting", SW_STATE_ALERTING},
                                             {"unknown", -1},
                                             {NULL, 0}};
static const struct sw_word machine_words[] = {{"runs", 1}, {"stands", 0}, {"unknown", -1}, {NULL, 0}};

static const struct sw_row feed_rows[] = {
    {"for", SW_ROW_DURATION_S, SW_ROW_REQUIRED, SW_AT(feed, for_s), .min = 1, .max = 86400},
    {"value", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, value)},
    {"peak", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, peak)},
    {"every", SW_ROW_INT, 0, SW_AT(feed, every), .min = 1, .max = 100000, .dflt = "1"},
    {"max", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, max)},
    {"flag", SW_ROW_TEXT, 0, SW_AT(feed, flag)},
    {"reference", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, reference)},
    {"machine", SW_ROW_ENUM, 0, SW_AT(feed, machine), .dflt = "unknown", .words = machine_words},
    {"wind", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, wind)},
    {"rain", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(feed, rain)},
    {0},
};

static const struct sw_row expect_rows[] = {
    {"rule", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(expect, rule), .min = 1},
    {"exceeds", SW_ROW_INT, 0, SW_AT(expect, exceeds), .max = 1000, .dflt = "0"},
    {"recovered", SW_ROW_INT, 0, SW_AT(expect, recovered), .min = -1, .max = 1000, .dflt = "-1"},
    {"over", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(expect, over)},
    {"value", SW_ROW_TEXT, 0, SW_AT(expect, value)},
    {"state", SW_ROW_ENUM, 0, SW_AT(expect, state), .dflt = "unknown", .words = state_words},
    {0},
};

static const struct sw_row case_rows[] = {
    {"why", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(pack_case, why), .min = 1},
    {"options", SW_ROW_NODE, 0, SW_AT(pack_case, options)},
    {"start", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(pack_case, start), .min = 25},
    {"sensor", SW_ROW_TEXT, 0, SW_AT(pack_case, sensor), .dflt = "LAeq"},
    {"interval", SW_ROW_DURATION_S, 0, SW_AT(pack_case, interval_s), .min = 1, .max = 3600, .dflt = "1s"},
    {"background", SW_ROW_NUMBER, SW_ROW_NAN, SW_AT(pack_case, background)},
    {"stage", SW_ROW_TEXT, 0, SW_AT(pack_case, stage)},
    {"holiday", SW_ROW_DATE, 0, SW_AT(pack_case, holiday)},
    {"exam", SW_ROW_DATE, 0, SW_AT(pack_case, exam)},
    {"feed", SW_ROW_LIST, SW_ROW_REQUIRED, SW_AT(pack_case, feeds), .min = 1, .max = 100, .of = feed_rows,
     .of_size = sizeof(struct feed)},
    {"expect", SW_ROW_LIST, SW_ROW_REQUIRED, SW_AT(pack_case, expects), .min = 1, .max = 32, .of = expect_rows,
     .of_size = sizeof(struct expect)},
    {0},
};

static const struct sw_row table_rows[] = {
    {"pack", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(pack_table, id), .min = 1},
    {"cases", SW_ROW_LIST, SW_ROW_REQUIRED, SW_AT(pack_table, cases), .min = 6, .max = 100, .of = case_rows,
     .of_size = sizeof(struct pack_case)},
    {0},
};

void pack_table_read(const char *id, struct pack_table *ret)
{
    struct sw_faults faults = {0};
    struct sw_node *root = NULL;
    struct sw_err err = {0};
    char path[512];
    int rc;

    (void) snprintf(path, sizeof(path), "%s/pack_cases/%s.yaml", SW_TEST_ENGINE, id);
    *ret = (struct pack_table){.tree = sw_tree_new()};
    assert_non_null(ret->tree);
    struct sw_tree *tree = ret->tree;
    rc = sw_tree_read(tree, path, &faults, NULL, &root, &err);
    if (rc >= 0)
        rc = sw_schema_read(tree, table_rows, root, ret, &faults, &err);
    ret->tree = tree;
    if (faults.n_faults > 0)
        sw_faults_print(&faults, stderr);
    CHECK(rc >= 0 && faults.n_faults == 0, "%s: %s", path, err.msg);
    CHECK(strcmp(ret->id, id) == 0, "%s: is of the pack %s", path, ret->id);
    sw_faults_done(&faults);
}

void pack_table_done(struct pack_table *t)
{
    t->tree = sw_tree_free(t->tree);
}
