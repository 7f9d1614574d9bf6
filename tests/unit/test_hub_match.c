// SPDX-License-Identifier: Apache-2.0
/* Addresses as agents type them against what sites say of themselves. */
#include "tests/unit/test.h"

#include <string.h>

#include "common/macros.h"
#include "hub/match.h"

static const struct {
    const char *typed, *of_site;
    int least, most;
} pairs[] = {
    {"pd-0042", "pd-0042", HUB_MATCH_SAME, HUB_MATCH_SAME},
    {"PD-0042", "pd-0042", HUB_MATCH_SAME, HUB_MATCH_SAME},
    {"丁香路 12-3 地块", "丁香路12-3地块", HUB_MATCH_SAME, HUB_MATCH_SAME},
    {"丁香路１２－３地块", "丁香路12-3地块", HUB_MATCH_SAME, HUB_MATCH_SAME},
    {"丁香路", "上海市浦东新区丁香路", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
    {"花木街道丁香路 88 弄 6 号", "丁香路", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
    {"花木街道丁香路 88 弄 6 号", "上海市浦东新区丁香路", HUB_MATCH_PART, HUB_MATCH_WITHIN - 1},
    {"丁香小区 3 幢", "丁香小区", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
    {"12 Lilac Road, Salford", "Lilac Road", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
    {"lilac road", "12 Lilac Road", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
    {"Lilac-Road", "LILAC ROAD", HUB_MATCH_SAME, HUB_MATCH_SAME},
    /* a city or a district is no address */
    {"上海市浦东新区世纪大道", "上海市浦东新区丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"上海市浦东新区花木街道芳甸路", "上海市浦东新区花木街道丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"世纪大道", "丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"路", "丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"rd", "Lilac Rd", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"", "丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {" - ", "丁香路", HUB_MATCH_NONE, HUB_MATCH_NONE},
    {"<b>丁香路</b>", "丁香路", HUB_MATCH_WITHIN, HUB_MATCH_SAME - 1},
};

static void what_is_typed_finds_what_is_meant(void **state)
{
    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(pairs); i++) {
        const int score = hub_match_score(pairs[i].typed, pairs[i].of_site);

        CHECK(score >= pairs[i].least && score <= pairs[i].most, "'%s' and '%s': %d", pairs[i].typed, pairs[i].of_site,
              score);
    }
}

static void the_longer_piece_in_common_is_the_better_one(void **state)
{
    (void) state;
    assert_true(hub_match_score("北京市丁香花园路 5 号", "丁香花园路") >
                hub_match_score("北京市丁香花园路 5 号", "花园路"));
}

static void a_text_that_is_cut_or_no_utf_8_harms_nobody(void **state)
{
    char text[3 * HUB_MATCH_TEXT_MAX], folded[16];

    (void) state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(hub_match_score(text, "\xe4\xb8"), HUB_MATCH_NONE);
    assert_int_equal(hub_match_score("\xff\xfe\xf0", "\xe4"), HUB_MATCH_NONE);
    hub_match_fold("丁香路丁香路丁香路", folded, sizeof(folded));
    assert_int_equal(strlen(folded), 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_finds_what_is_meant),
        cmocka_unit_test(the_longer_piece_in_common_is_the_better_one),
        cmocka_unit_test(a_text_that_is_cut_or_no_utf_8_harms_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
