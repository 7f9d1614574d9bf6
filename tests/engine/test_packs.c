// SPDX-License-Identifier: Apache-2.0
/* Every pack that is shipped, against its table of cases: the real reader, the real judge, figures worked out by hand.
 * A case that fails prints why it is there. */
#include "../unit/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timefmt.h"
#include "pack_cases.h"
#include "rules/judge.h"
#include "rules/weather.h"

#define S 1000000LL
#define COUNT_MAX SW_JUDGE_RULES_MAX
#define WEATHER_INTERVAL_S 60
#define SIDE_AT_S 10 /* what comes from elsewhere arrives so long after the start of its stretch */

struct seen {
    const struct sw_rule *rule;
    int exceeds, recovered;
    int32_t over; /* value of the first exceedance */
};

struct run {
    const struct pack_case *c;
    struct sw_pack pack;
    const struct sw_pack *packs[1];
    struct sw_zone zone;
    struct sw_days days;
    struct sw_stages stages;
    struct sw_judge_params params;
    struct sw_judge *judge;
    struct sw_weather weather;
    int64_t ticked_us;
    size_t n_seen;
    struct seen seen[COUNT_MAX];
    struct sw_judge_out out;
};

static struct run run;

static struct seen *seen_of(struct run *r, const struct sw_rule *rule)
{
    for (size_t i = 0; i < r->n_seen; i++)
        if (r->seen[i].rule == rule)
            return &r->seen[i];
    assert_true(r->n_seen < COUNT_MAX);
    r->seen[r->n_seen] = (struct seen){.rule = rule, .over = SW_NO_VALUE};
    return &r->seen[r->n_seen++];
}

static void keep(struct run *r)
{
    for (size_t i = 0; i < r->out.n_findings; i++) {
        const struct sw_finding *f = &r->out.findings[i];
        struct seen *s = seen_of(r, f->rule);

        if (f->kind == SW_FINDING_EXCEED && s->exceeds++ == 0)
            s->over = f->value;
        if (f->kind == SW_FINDING_RECOVERED)
            s->recovered++;
    }
}

static void tick_to(struct run *r, int64_t t_us)
{
    for (int64_t s = r->ticked_us + S; s < t_us; s += S) {
        sw_judge_tick(r->judge, s, &r->out);
        keep(r);
        r->ticked_us = s;
    }
}

static void give(struct run *r, int64_t t_us, enum sw_quantity q, double value, char flag)
{
    const struct sw_reading reading = {.t_utc_us = t_us, .value = value, .quantity = (uint8_t) q, .flag = flag};

    tick_to(r, t_us);
    sw_judge_reading(r->judge, &reading, t_us, &r->out);
    keep(r);
}

static void weather_at(struct run *r, const struct feed *f, int64_t t_us)
{
    const double values[2] = {f->wind, f->rain};
    const enum sw_quantity quantities[2] = {SW_QUANTITY_WIND_SPEED, SW_QUANTITY_RAIN};
    struct sw_weather_now now;

    if (isnan(f->wind) && isnan(f->rain))
        return;
    for (int i = 0; i < 2; i++) {
        const struct sw_reading reading = {
            .t_utc_us = t_us, .value = values[i], .quantity = (uint8_t) quantities[i], .flag = 'N'};

        if (!isnan(values[i]))
            sw_weather_reading(&r->weather, &reading, WEATHER_INTERVAL_S * S);
    }
    sw_weather_at(&r->weather, r->packs, 1, t_us, &now);
    sw_judge_set_weather(r->judge, &now);
}

/* A reference holds for windows that end in its stretch, (from, to]. */
static void side_at(struct run *r, const struct feed *f, int64_t from_us, int64_t to_us)
{
    if (isnan(f->reference))
        return;
    for (size_t i = 0; i < r->pack.n_rules; i++)
        if (r->pack.rules[i].reference != SW_REFERENCE_NONE) {
            sw_judge_set_reference(r->judge, r->pack.rules[i].reference_quantity, sw_hundredths(f->reference),
                                   from_us + S, to_us + S);
            return;
        }
}

static int64_t feed(struct run *r, const struct feed *f, int64_t from_us)
{
    const int64_t to_us = from_us + f->for_s * S, step_us = r->params.interval_us;
    const char flag = f->flag[0] != '\0' ? f->flag[0] : 'N';
    int32_t k = 0;

    tick_to(r, from_us);
    if (f->machine >= 0)
        sw_judge_set_machine(r->judge, f->machine == 1, from_us);
    for (int64_t t = from_us; t < to_us; t += step_us, k++) {
        const bool is_peak = !isnan(f->peak) && k % f->every == 0;

        if ((t - from_us) % (WEATHER_INTERVAL_S * S) == 0) {
            tick_to(r, t);
            weather_at(r, f, t);
        }
        if (t >= from_us + SIDE_AT_S * S && t - step_us < from_us + SIDE_AT_S * S) {
            tick_to(r, t);
            side_at(r, f, from_us, to_us);
        }
        if (!isnan(f->value))
            give(r, t, r->params.level, is_peak ? f->peak : f->value, flag);
        if (!isnan(f->max))
            give(r, t, SW_QUANTITY_LAFMAX, f->max, flag);
    }
    return to_us;
}

static void take_days(struct run *r)
{
    struct sw_special_day *d;

    (void) snprintf(r->days.name[0], sizeof(r->days.name[0]), "exam");
    r->days.n_names = 1;
    r->days.known_to = INT32_MAX;
    if (r->c->holiday[0] != '\0') {
        d = sw_days_add(&r->days, sw_date_days(r->c->holiday));
        assert_non_null(d);
        d->is_holiday = true;
    }
    if (r->c->exam[0] != '\0') {
        d = sw_days_add(&r->days, sw_date_days(r->c->exam));
        assert_non_null(d);
        d->named = 1;
    }
}

static void take_pack(struct run *r, const char *id)
{
    const struct sw_node none = {.kind = SW_NODE_MAP, .file = "case"};
    const struct sw_pack_choice choice = {.at = r->c->item.node != NULL ? r->c->item.node : &none,
                                          .options = r->c->options};
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    char path[512];

    (void) snprintf(path, sizeof(path), "%s/../../rules/packs/%s.yaml", SW_TEST_ENGINE, id);
    if (sw_pack_read_for(path, &choice, &faults, &r->pack, &err) < 0) {
        sw_faults_print(&faults, stderr);
        CHECK(false, "%s: %s", r->c->why, err.msg);
    }
    sw_faults_done(&faults);
    r->packs[0] = &r->pack;
}

static bool has_max(const struct pack_case *c)
{
    const struct feed *feeds = c->feeds.items;

    for (size_t i = 0; i < c->feeds.n; i++)
        if (!isnan(feeds[i].max))
            return true;
    return false;
}

static int64_t prepare(struct run *r, const char *id, const struct pack_case *c)
{
    const size_t len = strlen(c->start);
    struct sw_err err = {0};
    int64_t start_us;
    int hours, minutes;
    char sign;

    *r = (struct run){.c = c, .ticked_us = INT64_MIN};
    CHECK(sw_time_parse(c->start, len, &start_us, &err) == SW_OK, "%s: %s", c->why, err.msg);
    CHECK(sscanf(c->start + len - 6, "%c%2d:%2d", &sign, &hours, &minutes) == 3, "%s: offset", c->why);
    sw_zone_init_utc(&r->zone);
    r->zone.span[0].offset_s = (sign == '-' ? -60 : 60) * (hours * 60 + minutes);
    take_days(r);
    take_pack(r, id);
    const int32_t today = (int32_t) ((start_us / S + r->zone.span[0].offset_s) / SW_S_PER_DAY);
    if (c->stage[0] != '\0') {
        r->stages.n = 1;
        r->stages.span[0] = (struct sw_stage_span){.from_day = today - 1, .to_day = today + 1};
        memcpy(r->stages.span[0].stage, c->stage, sizeof(c->stage));
    }
    const enum sw_quantity q = sw_quantity_from_name(c->sensor, (int) strlen(c->sensor));
    CHECK(q != SW_QUANTITY_NONE, "%s: unknown quantity %s", c->why, c->sensor);
    r->params = (struct sw_judge_params){.kind = sw_quantity_info(q)->kind,
                                         .level = q,
                                         .has_lafmax = has_max(c),
                                         .is_judged = true,
                                         .interval_us = c->interval_s * S,
                                         .grace_us = 2 * S,
                                         .zone = &r->zone,
                                         .days = &r->days,
                                         .stages = &r->stages,
                                         .background = sw_hundredths(c->background),
                                         .n_packs = 1,
                                         .packs = r->packs};
    CHECK(sw_judge_new(&r->params, &r->judge, &err) == SW_OK, "%s: %s", c->why, err.msg);
    sw_weather_init(&r->weather);
    sw_judge_start(r->judge, start_us);
    r->ticked_us = start_us - S;
    return start_us;
}

static const struct sw_rule_state *state_of(const struct run *r, const char *id)
{
    for (size_t i = 0; i < sw_judge_n_rules(r->judge); i++)
        if (strcmp(sw_judge_rule(r->judge, i)->rule->id, id) == 0)
            return sw_judge_rule(r->judge, i);
    return NULL;
}

static bool is_near(int32_t got, double want)
{
    return got != SW_NO_VALUE && abs(got - sw_hundredths(want)) <= 1; /* both are rounded to 0.01 */
}

/* @return 1 when something is not as expected */
static int compare(struct run *r, const struct expect *e)
{
    const struct sw_rule_state *s = state_of(r, e->rule);
    const char *why = r->c->why;
    char *end = NULL;

    CHECK(s != NULL, "%s: no rule '%s' with these options", why, e->rule);
    const struct seen *seen = seen_of(r, s->rule);
    const double value = strtod(e->value, &end);
    int n = 0;

    if (seen->exceeds != e->exceeds && ++n)
        print_error("%s\n    %s: %d exceedances, %d wanted\n", why, e->rule, seen->exceeds, (int) e->exceeds);
    if (e->recovered >= 0 && seen->recovered != e->recovered && ++n)
        print_error("%s\n    %s: recovered %d times, %d wanted\n", why, e->rule, seen->recovered, (int) e->recovered);
    if (!isnan(e->over) && !is_near(seen->over, e->over) && ++n)
        print_error("%s\n    %s: over with %d hundredths, %.2f wanted\n", why, e->rule, (int) seen->over, e->over);
    if (strcmp(e->value, "none") == 0 && s->value != SW_NO_VALUE && ++n)
        print_error("%s\n    %s: judged with %d hundredths, nothing could be\n", why, e->rule, (int) s->value);
    if (end != e->value && !is_near(s->value, value) && ++n)
        print_error("%s\n    %s: %d hundredths, %s wanted\n", why, e->rule, (int) s->value, e->value);
    if (e->state >= 0 && s->state != (enum sw_state) e->state && ++n)
        print_error("%s\n    %s: %s, %s wanted\n", why, e->rule, sw_state_name(s->state),
                    sw_state_name((enum sw_state) e->state));
    return n > 0;
}

static void check_pack(const char *id)
{
    struct pack_table table;
    int n_bad = 0;

    pack_table_read(id, &table);
    const struct pack_case *cases = table.cases.items;
    for (size_t i = 0; i < table.cases.n; i++) {
        const struct feed *feeds = cases[i].feeds.items;
        const struct expect *expects = cases[i].expects.items;
        int64_t t = prepare(&run, id, &cases[i]);

        for (size_t k = 0; k < cases[i].feeds.n; k++)
            t = feed(&run, &feeds[k], t);
        tick_to(&run, t + 15 * S); /* windows that end here close, and what comes from elsewhere arrives */
        for (size_t k = 0; k < cases[i].expects.n; k++)
            n_bad += compare(&run, &expects[k]);
        run.judge = sw_judge_free(run.judge);
    }
    pack_table_done(&table);
    CHECK(n_bad == 0, "%s: %d of the expectations do not hold", id, n_bad);
}

#define PACK_TEST(name, id)                                                                                            \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void) state;                                                                                                  \
        check_pack(id);                                                                                                \
    }

PACK_TEST(gb_12523_2025_judges_as_worked_out_by_hand, "cn-gb12523-2025")
PACK_TEST(gb_12523_2011_judges_as_worked_out_by_hand, "cn-gb12523-2011")
PACK_TEST(shanghai_counts_windows_of_15_minutes_a_day, "cn-sh-db31-964-2016")
PACK_TEST(shaanxi_goes_by_stage_and_reference, "cn-sn-db61-1078-2017")
PACK_TEST(hebei_takes_the_county_off, "cn-he-db13-2934-2019")
PACK_TEST(liaoning_goes_by_area, "cn-ln-db21-2642-2016")
PACK_TEST(hong_kong_goes_by_receiver_day_and_three_in_a_row, "hk-eiao")
PACK_TEST(singapore_has_fixed_windows_of_12_hours, "sg-nea")
PACK_TEST(bs_5228_goes_by_scheme, "gb-bs5228")
PACK_TEST(avv_takes_off_for_short_run_times, "de-avv")
PACK_TEST(icng_goes_by_the_background_level, "au-nsw-icng")

static int teardown(void **state)
{
    (void) state;
    run.judge = sw_judge_free(run.judge);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(gb_12523_2025_judges_as_worked_out_by_hand, teardown),
        cmocka_unit_test_teardown(gb_12523_2011_judges_as_worked_out_by_hand, teardown),
        cmocka_unit_test_teardown(shanghai_counts_windows_of_15_minutes_a_day, teardown),
        cmocka_unit_test_teardown(shaanxi_goes_by_stage_and_reference, teardown),
        cmocka_unit_test_teardown(hebei_takes_the_county_off, teardown),
        cmocka_unit_test_teardown(liaoning_goes_by_area, teardown),
        cmocka_unit_test_teardown(hong_kong_goes_by_receiver_day_and_three_in_a_row, teardown),
        cmocka_unit_test_teardown(singapore_has_fixed_windows_of_12_hours, teardown),
        cmocka_unit_test_teardown(bs_5228_goes_by_scheme, teardown),
        cmocka_unit_test_teardown(avv_takes_off_for_short_run_times, teardown),
        cmocka_unit_test_teardown(icng_goes_by_the_background_level, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
