// SPDX-License-Identifier: Apache-2.0
/* The shared part of the schedule targets. Zones are probed once, not for every input. */
#include "fuzz_schedule.h"

#include <stdlib.h>
#include <string.h>

#include "config/read_schedule.h"
#include "config/zone.h"
#include "fuzz.h"

#define FROM_US 1767225600000000LL /* 2026-01-01T00:00:00Z */
#define TO_US 1798761600000000LL   /* 2027-01-01T00:00:00Z */

const struct sw_zone *fuzz_schedule_zone(void)
{
    static struct sw_zone zone;
    struct sw_err err = {0};

    if (zone.n == 0)
        FUZZ_CHECK(sw_zone_load("Europe/London", &zone, &err) == SW_OK, "%s", err.msg);
    return &zone;
}

void fuzz_schedule_ask(const struct sw_schedule *s)
{
    static uint32_t late[SW_SCHEDULE_INSTANCES_MAX];

    FUZZ_CHECK(s->n_items <= SW_SCHEDULE_ITEMS_MAX && s->n_instances <= SW_SCHEDULE_INSTANCES_MAX,
               "beyond the ceilings");
    for (size_t i = 0; i < s->n_instances; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];

        FUZZ_CHECK(in->item < s->n_items && in->from_us < in->to_us, "instance %zu", i);
        FUZZ_CHECK(i == 0 || s->instances[i - 1].from_us <= in->from_us, "instance %zu is out of order", i);
        FUZZ_CHECK(in->to_us - in->from_us <= s->longest_us, "instance %zu is longer than the longest", i);
        if (i < 64) {
            const struct sw_work_question q = {in->from_us, INT64_MAX, i % 2 == 1, i % 3 == 2, 86400};
            int item = 0;
            const struct sw_work w = sw_schedule_work(s, &q, &item);

            FUZZ_CHECK(w.state < SW_WORK__COUNT && w.permitted >= -1 && w.permitted <= 1, "state %d", w.state);
            FUZZ_CHECK(item >= -1 && item < (int) s->n_items, "item %d", item);
        }
    }
    FUZZ_CHECK(sw_schedule_late(s, INT64_MIN, INT64_MAX, 86400, late, SW_ARRAY_SIZE(late)) <= s->n_instances, "late");
}

/* What was printed must be read again as the same. */
static void check_printed(const struct sw_schedule *s)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    struct sw_schedule *again = NULL;
    struct sw_err err = {0};

    FUZZ_CHECK(to, "no memory");
    const bool fits = sw_schedule_print_json(s, fuzz_schedule_zone(), to);
    FUZZ_CHECK(fclose(to) == 0, "no memory");
    if (fits) {
        FUZZ_CHECK(sw_schedule_read_json("printed", text, len, fuzz_schedule_zone(), &again, &err) == SW_OK, "%s",
                   err.msg);
        FUZZ_CHECK(again->n_items == s->n_items && again->n_instances == s->n_instances, "%zu items, %zu instances",
                   again->n_items, again->n_instances);
        for (size_t i = 0; i < s->n_instances; i++)
            FUZZ_CHECK(again->instances[i].from_us == s->instances[i].from_us &&
                           again->instances[i].to_us == s->instances[i].to_us,
                       "instance %zu has moved", i);
        sw_schedule_free(again);
    }
    free(text);
}

void fuzz_schedule(const uint8_t *data, size_t size, fuzz_schedule_reader read)
{
    char *text = fuzz_copy(data, size);
    struct sw_events e;
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};

    sw_events_init(&e, "input", fuzz_schedule_zone(), fuzz_sink());
    int rc = read(&e, text, size, &err);
    FUZZ_CHECK(rc == SW_OK || err.msg[0], "code %d without a sentence", rc);
    if (rc == SW_OK) {
        rc = sw_events_expand(&e, FROM_US, TO_US, &s, &err);
        FUZZ_CHECK(rc == SW_OK, "expanding: %s", err.msg);
        fuzz_schedule_ask(s);
        for (size_t i = 0; i < s->n_instances; i++)
            FUZZ_CHECK(s->instances[i].from_us < TO_US && s->instances[i].to_us > FROM_US, "instance %zu lies outside",
                       i);
        check_printed(s);
        sw_schedule_print_text(s, fuzz_schedule_zone(), fuzz_sink());
    }
    sw_schedule_free(s);
    sw_events_done(&e);
    free(text);
}
