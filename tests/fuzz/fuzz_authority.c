// SPDX-License-Identifier: Apache-2.0
/* Any bytes as what authorities and hosts of the platform say: the first says which document, then comes the document.
 * What is taken is put into a layer, out of which comes the same again; a refusal has a sentence and leaves no trace.
 */
#include "fuzz.h"

#include <string.h>

#include "gateway/hosts.h"
#include "gateway/schedule_command.h"
#include "gateway/schedule_layer.h"
#include "gateway/schedule_text.h"

#define ENDS(text) (memchr(text, '\0', sizeof(text)) != NULL)
#define NOW_US (20516LL * 86400 * 1000000) /* 2026-03-04 */

static const struct sw_zone *zone(void)
{
    static struct sw_zone utc;

    sw_zone_init_utc(&utc);
    return &utc;
}

/* As the store keeps it, and back. */
static void check_layer(const struct sw_layer *l)
{
    static const struct sw_schedule none = {0};
    struct sw_layer *again = NULL, *pruned = NULL;
    struct sw_schedule *s = NULL;
    struct sw_err err = {0};
    size_t len, n;
    char *text = sw_schedule_text_write(&none, l, &len);

    FUZZ_CHECK(text, "a layer that cannot be written");
    FUZZ_CHECK(sw_schedule_text_layer(text, len, &again, &err) == SW_OK, "%s: %s", err.msg, text);
    FUZZ_CHECK(sw_layer_n_items(again) == sw_layer_n_items(l), "items were lost");
    free(text);
    text = sw_layer_text(again, &n);
    FUZZ_CHECK(text, "items that cannot be written");
    fuzz_check_json(text, n);
    free(text);
    FUZZ_CHECK(sw_layer_broadcasts(again, zone(), NOW_US, NOW_US + 1, &s, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(s->n_items <= SW_LAYER_QUIET_MAX && s->n_instances == s->n_items, "%zu items", s->n_items);
    FUZZ_CHECK(sw_layer_prune(again, zone(), NULL, 0, NOW_US, &pruned) == SW_OK, "it cannot be pruned");
    FUZZ_CHECK(sw_layer_n_items(pruned) <= sw_layer_n_items(again), "pruning added something");
    sw_schedule_free(s);
    sw_layer_free(again);
    sw_layer_free(pruned);
}

static void command(const char *text, size_t len)
{
    struct sw_schedule_command c = {0};
    struct sw_layer *empty, *l = NULL;
    struct sw_err err = {0};

    if (sw_schedule_command_read(text, len, zone(), &c, &err) < 0) {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        FUZZ_CHECK(!c.items, "refused, and yet taken");
        return;
    }
    FUZZ_CHECK(c.n >= 1 && c.n <= SW_SCHEDULE_COMMAND_ITEMS_MAX && c.op < SW_SCHEDULE_OP__COUNT, "%zu items", c.n);
    for (size_t i = 0; i < c.n; i++)
        FUZZ_CHECK(sw_schedule_command_uid(&c, i)[0], "an item of no uid");
    empty = sw_layer_new();
    FUZZ_CHECK(empty, "no memory");
    if (sw_layer_apply(empty, &c, NULL, NOW_US, &l, &err) < 0) {
        FUZZ_CHECK(err.msg[0] && !l, "refused without a word, or with a trace");
    } else {
        FUZZ_CHECK(sw_layer_n_items(l) == (c.op == SW_OP_UPSERT ? c.n : 0), "%zu items", sw_layer_n_items(l));
        check_layer(l);
        sw_layer_free(l);
    }
    FUZZ_CHECK(sw_layer_n_items(empty) == 0, "a layer changed");
    sw_layer_free(empty);
    sw_schedule_command_done(&c);
}

static void quiet(const char *text, size_t len)
{
    struct sw_quiet q, found;
    struct sw_err err = {0};
    struct sw_layer *empty, *l = NULL;
    int64_t from_us = 0, to_us = 0;

    if (sw_quiet_read(text, len, "gaokao-2026", &q, &err) < 0) {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        return;
    }
    FUZZ_CHECK(ENDS(q.id) && ENDS(q.dtstart) && ENDS(q.duration) && ENDS(q.summary_zh) && ENDS(q.summary_en), "no end");
    if (sw_quiet_times(&q, zone(), &from_us, &to_us, &err) < 0) {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        return;
    }
    FUZZ_CHECK(from_us < to_us && to_us - from_us <= 402LL * 86400 * 1000000, "a time that is none");
    empty = sw_layer_new();
    FUZZ_CHECK(empty && sw_layer_with_quiet(empty, &q, &l, &err) == SW_OK, "%s", err.msg);
    FUZZ_CHECK(sw_layer_find_quiet(l, q.id, &found) && memcmp(&q, &found, sizeof(q)) == 0, "another came back");
    check_layer(l);
    sw_layer_free(l);
    sw_layer_free(empty);
}

static void host(const char *text, size_t len)
{
    struct sw_host_status h;
    struct sw_err err = {0};
    struct hosts hosts = {0};

    if (sw_host_read(text, len, &h, &err) < 0) {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        return;
    }
    FUZZ_CHECK(ENDS(h.boot) && ENDS(h.name), "a text without an end");
    FUZZ_CHECK(hosts_take(&hosts, "h", &h, NOW_US) == HOSTS_CHANGED, "not known");
    FUZZ_CHECK(hosts_are_away(&hosts) != h.is_online, "there and not there");
}

static void stored(const char *text, size_t len)
{
    struct sw_layer *l = NULL;
    struct sw_err err = {0};

    if (sw_schedule_text_layer(text, len, &l, &err) < 0)
        FUZZ_CHECK(err.msg[0] && !l, "refused without a word");
    else
        check_layer(l);
    sw_layer_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(const char *text, size_t len) = {command, quiet, host, stored};
    char *text;

    if (size < 1)
        return 0;
    text = fuzz_copy(data + 1, size - 1);
    kinds[data[0] % 4](text, size - 1);
    free(text);
    return 0;
}
