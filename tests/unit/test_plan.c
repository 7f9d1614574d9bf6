// SPDX-License-Identifier: Apache-2.0
/* The request planner: how values become requests. Blocks were worked out by hand from the addresses. */
#include "test.h"

#include "sensors/plan.h"

#define ITEMS_MAX 6
#define BLOCKS_MAX 6

static const struct plan_case {
    const char *why;
    uint16_t max_gap, max_block;
    enum sw_plan_level level;
    size_t n_items, n_blocks;
    struct {
        uint8_t fc;
        uint16_t reg_addr;
        uint8_t nb;
    } items[ITEMS_MAX];
    struct {
        uint8_t fc;
        uint16_t reg_addr, nb, n_items;
    } blocks[BLOCKS_MAX];
} plan_cases[] = {
    {"one value is one request", 8, 125, SW_PLAN_GAPS, 1, 1, {{3, 0, 1}}, {{3, 0, 1, 1}}},
    {"neighbours join, whatever their order in the template",
     0,
     125,
     SW_PLAN_GAPS,
     3,
     1,
     {{4, 18, 1}, {4, 16, 1}, {4, 17, 1}},
     {{4, 16, 3, 3}}},
    {"a gap of max_gap is read for nothing", 4, 125, SW_PLAN_GAPS, 2, 1, {{4, 10, 1}, {4, 15, 1}}, {{4, 10, 6, 2}}},
    {"a gap of one more is not", 4, 125, SW_PLAN_GAPS, 2, 2, {{4, 10, 1}, {4, 16, 1}}, {{4, 10, 1, 1}, {4, 16, 1, 1}}},
    {"functions never mix, and 3 comes before 4",
     8,
     125,
     SW_PLAN_GAPS,
     3,
     2,
     {{4, 0, 1}, {3, 1, 1}, {4, 2, 1}},
     {{3, 1, 1, 1}, {4, 0, 3, 2}}},
    {"a block ends at max_block",
     8,
     3,
     SW_PLAN_GAPS,
     4,
     2,
     {{3, 0, 1}, {3, 1, 1}, {3, 2, 1}, {3, 3, 1}},
     {{3, 0, 3, 3}, {3, 3, 1, 1}}},
    {"a value is never cut in two", 8, 3, SW_PLAN_GAPS, 2, 2, {{3, 0, 2}, {3, 2, 2}}, {{3, 0, 2, 1}, {3, 2, 2, 1}}},
    {"125 registers are one block", 124, 125, SW_PLAN_GAPS, 2, 1, {{3, 0, 1}, {3, 124, 1}}, {{3, 0, 125, 2}}},
    {"126 are two", 124, 125, SW_PLAN_GAPS, 2, 2, {{3, 0, 1}, {3, 125, 1}}, {{3, 0, 1, 1}, {3, 125, 1, 1}}},
    {"two values of the same register are asked for once",
     0,
     125,
     SW_PLAN_GAPS,
     2,
     1,
     {{3, 7, 1}, {3, 7, 1}},
     {{3, 7, 1, 2}}},
    {"a short value inside a long one does not shorten the block",
     0,
     125,
     SW_PLAN_GAPS,
     3,
     1,
     {{3, 4, 4}, {3, 5, 1}, {3, 8, 1}},
     {{3, 4, 5, 3}}},
    {"the last register exists", 8, 125, SW_PLAN_GAPS, 2, 1, {{4, 65535, 1}, {4, 65530, 2}}, {{4, 65530, 6, 2}}},
    {"tight: only neighbours join",
     8,
     125,
     SW_PLAN_TIGHT,
     3,
     2,
     {{3, 0, 1}, {3, 1, 1}, {3, 3, 1}},
     {{3, 0, 2, 2}, {3, 3, 1, 1}}},
    {"single: one request a value", 8, 125, SW_PLAN_SINGLE, 2, 2, {{3, 0, 1}, {3, 1, 1}}, {{3, 0, 1, 1}, {3, 1, 1, 1}}},
};

static void make(struct sw_plan *p, const struct plan_case *c)
{
    struct sw_err err = {0};

    assert_int_equal(sw_plan_init(p, c->n_items, c->max_gap, c->max_block, &err), SW_OK);
    for (size_t i = 0; i < c->n_items; i++) {
        const struct sw_item item = {
            .channel = (uint16_t) i, .fc = c->items[i].fc, .nb = c->items[i].nb, .reg_addr = c->items[i].reg_addr};

        CHECK(sw_plan_add(p, &item, &err) == SW_OK, "%s: %s", c->why, err.msg);
    }
    sw_plan_build(p, c->level);
}

static void values_merge_into_as_few_requests_as_allowed(void **state)
{
    (void) state;
    for (size_t k = 0; k < SW_ARRAY_SIZE(plan_cases); k++) {
        const struct plan_case *c = &plan_cases[k];
        struct sw_plan p;
        size_t next = 0;

        make(&p, c);
        CHECK(p.n_blocks == c->n_blocks, "%s: %zu blocks", c->why, p.n_blocks);
        for (size_t b = 0; b < p.n_blocks; b++) {
            CHECK(p.blocks[b].fc == c->blocks[b].fc && p.blocks[b].reg_addr == c->blocks[b].reg_addr &&
                      p.blocks[b].nb == c->blocks[b].nb && p.blocks[b].n_items == c->blocks[b].n_items,
                  "%s: block %zu is FC%u %u+%u for %u values", c->why, b, p.blocks[b].fc, p.blocks[b].reg_addr,
                  p.blocks[b].nb, p.blocks[b].n_items);
            CHECK(p.blocks[b].first_item == next, "%s: block %zu leaves items out", c->why, b);
            next += p.blocks[b].n_items;
        }
        sw_plan_done(&p);
    }
}

static void refused_values_are_left_out_until_the_plan_is_reset(void **state)
{
    static const struct plan_case three = {"three", 8, 125, SW_PLAN_GAPS, 3, 1, {{3, 0, 1}, {3, 1, 1}, {3, 2, 1}},
                                           {{0}}};
    struct sw_plan p;

    (void) state;
    make(&p, &three);
    p.items[1].is_refused = true;
    sw_plan_build(&p, SW_PLAN_TIGHT);
    assert_int_equal(p.n_blocks, 2);
    assert_int_equal(p.blocks[1].reg_addr, 2);
    assert_int_equal(sw_plan_refused(&p), 1);
    assert_int_equal(p.items[2].reg_addr, 1); /* the refused one went last */
    sw_plan_reset(&p);
    assert_int_equal(p.n_blocks, 1);
    assert_int_equal(p.blocks[0].nb, 3);
    assert_int_equal(sw_plan_refused(&p), 0);
    sw_plan_done(&p);
}

static const struct refusal_case {
    const char *why;
    struct sw_item item;
    enum sw_code code;
} refusal_cases[] = {
    {"beyond the last register", {.fc = 3, .reg_addr = 65535, .nb = 2}, SW_E_INVAL},
    {"longer than a block", {.fc = 3, .reg_addr = 0, .nb = 3}, SW_E_INVAL},
    {"no register at all", {.fc = 3, .reg_addr = 0, .nb = 0}, SW_E_INVAL},
};

static void values_that_cannot_be_read_are_refused_with_a_sentence(void **state)
{
    const struct sw_item good = {.fc = 3, .reg_addr = 0, .nb = 1};
    struct sw_plan p;
    struct sw_err err = {0};

    (void) state;
    assert_int_equal(sw_plan_init(&p, 1, 0, 2, NULL), SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(refusal_cases); i++) {
        err = (struct sw_err){0};
        CHECK(sw_plan_add(&p, &refusal_cases[i].item, &err) == (int) refusal_cases[i].code && err.msg[0] != '\0', "%s",
              refusal_cases[i].why);
    }
    assert_int_equal(sw_plan_add(&p, &good, &err), SW_OK);
    assert_int_equal(sw_plan_add(&p, &good, &err), SW_E_FULL);
    sw_plan_done(&p);
}

static const struct probe_case {
    const char *why;
    struct plan_case plan;
    struct {
        uint8_t fc;
        uint16_t reg_addr, nb;
    } want;
    bool is_distinct;
} probe_cases[] = {
    {"one register of five: shorter than the block",
     {.max_block = 125, .n_items = 5, .items = {{4, 0, 1}, {4, 1, 1}, {4, 2, 1}, {4, 3, 1}, {4, 4, 1}}},
     {4, 0, 1},
     true},
    {"the only value of the device: its late reply looks the same",
     {.max_block = 125, .n_items = 1, .items = {{3, 7, 1}}},
     {3, 7, 1},
     false},
    {"a longer value whose length no block has",
     {.max_block = 125, .n_items = 3, .items = {{3, 0, 1}, {3, 50, 2}, {3, 52, 2}}},
     {3, 50, 2},
     true},
    {"one value of two registers: half of it is told apart",
     {.max_block = 125, .n_items = 1, .items = {{3, 7, 2}}},
     {3, 7, 1},
     true},
    {"blocks of one and of two registers: nothing shorter is left",
     {.max_block = 125, .n_items = 2, .items = {{3, 0, 1}, {3, 50, 2}}},
     {3, 0, 1},
     false},
    {"the other function tells them apart",
     {.max_block = 125, .n_items = 3, .items = {{3, 0, 1}, {4, 0, 1}, {4, 1, 1}}},
     {4, 0, 1},
     true},
};

static void a_probe_is_the_shortest_value_that_no_block_looks_like(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(probe_cases); i++) {
        const struct probe_case *c = &probe_cases[i];
        struct sw_plan p;
        struct sw_block probe;

        make(&p, &c->plan);
        sw_plan_build(&p, SW_PLAN_GAPS);
        CHECK(sw_plan_probe(&p, &probe) == c->is_distinct, "%s", c->why);
        CHECK(probe.fc == c->want.fc && probe.reg_addr == c->want.reg_addr && probe.nb == c->want.nb,
              "%s: FC%02u %u+%u", c->why, probe.fc, probe.reg_addr, probe.nb);
        sw_plan_done(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_merge_into_as_few_requests_as_allowed),
        cmocka_unit_test(refused_values_are_left_out_until_the_plan_is_reset),
        cmocka_unit_test(values_that_cannot_be_read_are_refused_with_a_sentence),
        cmocka_unit_test(a_probe_is_the_shortest_value_that_no_block_looks_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
