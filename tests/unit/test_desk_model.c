// SPDX-License-Identifier: Apache-2.0
/* 200,000 random walks over the desk and over a model of it that was written from the documentation: same answers, same
 * tickets, no event too many or too few, nothing lost, also across restarts. A difference is told with the shortest
 * walk that shows it. Environment: SW_MODEL_SEQUENCES how many, SW_MODEL_SEED of which seed, SW_MODEL_FIRST from which
 * on. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/desk_model_walk.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#define SEQUENCES 200000
#define SEED 20260302

static uint64_t seed, number; /* of the walk that is under way */
static struct walk_met met;

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

#if defined(__SANITIZE_ADDRESS__)
static void tell_where(void)
{
    fprintf(stderr, "walk %llu of seed %llu\n", (unsigned long long) number, (unsigned long long) seed);
}
#endif

static void tell_shortest(struct walk_world *w, struct walk *k)
{
    char why[MODEL_WHY_SIZE] = "";

    walk_shrink(w, k);
    print_error("walk %llu of seed %llu, without the steps that do not matter (SW_MODEL_SEED=%llu SW_MODEL_FIRST=%llu "
                "SW_MODEL_SEQUENCES=1), site %u:\n",
                (unsigned long long) number, (unsigned long long) seed, (unsigned long long) seed,
                (unsigned long long) number, (unsigned) (k->site % 16));
    walk_run(w, k, true, NULL, why);
    print_error("%s\n", why);
}

static void desk_and_model_agree_on_every_random_walk(void **state)
{
    const uint64_t first = from_environment("SW_MODEL_FIRST", 0);
    const uint64_t n = from_environment("SW_MODEL_SEQUENCES", SEQUENCES);
    struct walk_world *w = walk_world_new();
    char why[MODEL_WHY_SIZE] = "";

    (void) state;
    assert_non_null(w);
    seed = from_environment("SW_MODEL_SEED", SEED);
    for (number = first; number < first + n; number++) {
        struct walk k;

        walk_make(seed, number, &k);
        if (walk_run(w, &k, false, &met, why) == WALK_AGREED)
            continue;
        print_error("%s\n", why);
        tell_shortest(w, &k);
        w = walk_world_free(w);
        fail();
    }
    w = walk_world_free(w);
    assert_null(w);
    print_message("%llu walks of seed %llu: %llu steps, %llu commands taken, %llu tickets, %llu restarts\n",
                  (unsigned long long) n, (unsigned long long) seed, (unsigned long long) met.steps,
                  (unsigned long long) met.commands_taken, (unsigned long long) met.tickets,
                  (unsigned long long) met.restarts);
}

/* A walk that never met something says nothing about it. */
static void the_walks_met_every_status_verb_refusal_and_outcome(void **state)
{
    (void) state;
    if (from_environment("SW_MODEL_SEQUENCES", SEQUENCES) < SEQUENCES / 100)
        return; /* a single walk that is looked at again */
    for (int i = 0; i < SW_STATUS__COUNT; i++)
        CHECK(met.statuses[i] > 100, "status %s: %llu", sw_status_name((enum sw_status) i),
              (unsigned long long) met.statuses[i]);
    for (int i = 0; i < SW_VERB__COUNT; i++)
        CHECK(met.events[i] > 50, "verb %s: %llu", sw_verb_name((enum sw_verb) i), (unsigned long long) met.events[i]);
    for (int i = 0; i < SW_COMPLAINT__COUNT; i++)
        CHECK(met.outcomes[i] > 100, "outcome %s", sw_complaint_outcome_name((enum sw_complaint_outcome) i));
    for (int i = 0; i <= SW_REFUSAL_NO_PROOF; i++)
        CHECK(met.refusals[i] > 100, "refusal %s: %llu", sw_refusal_name((enum sw_refusal) i),
              (unsigned long long) met.refusals[i]);
    CHECK(met.merged > 100 && met.restarts > 100, "merged and restarted too rarely");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(desk_and_model_agree_on_every_random_walk),
        cmocka_unit_test(the_walks_met_every_status_verb_refusal_and_outcome),
    };

#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_set_death_callback(tell_where);
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
