// SPDX-License-Identifier: Apache-2.0
/* Sets of numbers by site, gateway and epoch. Two lanes overtake each other, so a hole is called one only when it has
 * stood for a while, or at the end. */
#include "cli/mqtt_gaps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mqtt_seq.h"
#include "common/macros.h"

#define HOLES_TOLD 64 /* looked at in one go; the rest come when these are closed or at the end */

struct hole {
    struct sw_seq_run run;
    int64_t since_us;
    bool is_told;
};

struct gateway {
    char site[160], gw[80], epoch[32];
    struct sw_seq_set set;
    struct hole holes[HOLES_TOLD];
    size_t n_holes;
    uint64_t seen_total;
};

struct sw_mqtt_gaps {
    int64_t from_seq;
    size_t n;
    struct gateway *gateways[SW_MQTT_GATEWAYS_MAX];
    bool is_full;
};

struct sw_mqtt_gaps *sw_mqtt_gaps_new(int64_t from_seq)
{
    struct sw_mqtt_gaps *g = calloc(1, sizeof(*g));

    if (g)
        g->from_seq = from_seq;
    return g;
}

struct sw_mqtt_gaps *sw_mqtt_gaps_free(struct sw_mqtt_gaps *g)
{
    for (size_t i = 0; g && i < g->n; i++)
        free(g->gateways[i]);
    free(g);
    return NULL;
}

static struct gateway *gateway_of(struct sw_mqtt_gaps *g, const char *site, const char *gw, const char *epoch)
{
    struct gateway *new;

    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->gateways[i]->gw, gw) == 0 && strcmp(g->gateways[i]->epoch, epoch) == 0 &&
            strcmp(g->gateways[i]->site, site) == 0)
            return g->gateways[i];
    new = g->n < SW_MQTT_GATEWAYS_MAX ? calloc(1, sizeof(*new)) : NULL;
    if (!new) {
        g->is_full = true;
        return NULL;
    }
    snprintf(new->site, sizeof(new->site), "%s", site);
    snprintf(new->gw, sizeof(new->gw), "%s", gw);
    snprintf(new->epoch, sizeof(new->epoch), "%s", epoch);
    if (g->from_seq > 0)
        sw_seq_begin(&new->set, g->from_seq);
    g->gateways[g->n++] = new;
    return new;
}

/* A gap document names what will never come: "ranges", each from and to. */
static void take_ranges(struct gateway *w, const json_t *document)
{
    const json_t *range;
    size_t i;

    json_array_foreach(json_object_get(document, "ranges"), i, range)
        sw_seq_add(&w->set, json_integer_value(json_array_get(range, 0)), json_integer_value(json_array_get(range, 1)));
}

void sw_mqtt_gaps_take(struct sw_mqtt_gaps *g, const char *site, const json_t *document, bool is_retained)
{
    const char *gw = json_string_value(json_object_get(document, "gw"));
    const char *epoch = json_string_value(json_object_get(document, "epoch"));
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const json_t *seq = json_object_get(document, "seq");
    struct gateway *w;

    if (!gw || !epoch || !schema || !json_is_integer(seq) || strlen(gw) >= sizeof(w->gw) ||
        strlen(epoch) >= sizeof(w->epoch) || strlen(site) >= sizeof(w->site))
        return;
    w = gateway_of(g, site, gw, epoch);
    if (!w)
        return;
    w->seen_total++;
    if (!is_retained) /* what the broker kept may be of last week, and says nothing of what came between */
        sw_seq_begin(&w->set, json_integer_value(seq));
    sw_seq_add(&w->set, json_integer_value(seq), json_integer_value(seq));
    if (strncmp(schema, "siteward.gap/", 13) == 0)
        take_ranges(w, document);
}

static void say(const struct gateway *w, const struct sw_seq_run *run, const char *what, FILE *to)
{
    fprintf(to, "%s %s (epoch %s): ", w->site, w->gw, w->epoch);
    if (run->from == run->to)
        fprintf(to, "number %" PRId64 " %s\n", run->from, what);
    else
        fprintf(to, "numbers %" PRId64 " to %" PRId64 " %s\n", run->from, run->to, what);
}

/* Since when a hole stands: a part of an older one is as old. */
static struct hole known(const struct gateway *w, const struct sw_seq_run *run, int64_t now_us)
{
    for (size_t i = 0; i < w->n_holes; i++)
        if (w->holes[i].run.from <= run->from && run->to <= w->holes[i].run.to)
            return (struct hole){*run, w->holes[i].since_us, w->holes[i].is_told};
    return (struct hole){*run, now_us, false};
}

static bool stands(const struct sw_seq_run *holes, size_t n, const struct sw_seq_run *old)
{
    for (size_t i = 0; i < n; i++)
        if (holes[i].from <= old->to && old->from <= holes[i].to)
            return true;
    return false;
}

void sw_mqtt_gaps_tell(struct sw_mqtt_gaps *g, int64_t now_us, FILE *to)
{
    struct sw_seq_run runs[HOLES_TOLD];

    for (size_t i = 0; i < g->n; i++) {
        struct gateway *w = g->gateways[i];
        struct hole now[HOLES_TOLD];
        const size_t n = SW_MIN(sw_seq_holes(&w->set, runs, HOLES_TOLD), (size_t) HOLES_TOLD);

        for (size_t k = 0; k < n; k++) {
            now[k] = known(w, &runs[k], now_us);
            if (!now[k].is_told && now_us - now[k].since_us >= SW_MQTT_LATE_US) {
                say(w, &runs[k], "missing for a minute", to);
                now[k].is_told = true;
            }
        }
        for (size_t k = 0; k < w->n_holes; k++)
            if (w->holes[k].is_told && !stands(runs, n, &w->holes[k].run))
                say(w, &w->holes[k].run, "came after all", to);
        memcpy(w->holes, now, n * sizeof(now[0]));
        w->n_holes = n;
    }
}

uint64_t sw_mqtt_gaps_end(struct sw_mqtt_gaps *g, FILE *to)
{
    uint64_t missing = 0;

    for (size_t i = 0; i < g->n; i++) {
        struct sw_seq_run *runs = malloc((SW_SEQ_RUNS_MAX + 1) * sizeof(*runs));
        const size_t n = runs ? sw_seq_holes(&g->gateways[i]->set, runs, SW_SEQ_RUNS_MAX + 1) : 0;

        for (size_t k = 0; k < n; k++) {
            missing += (uint64_t) (runs[k].to - runs[k].from) + 1;
            say(g->gateways[i], &runs[k], "missing", to);
        }
        free(runs);
        if (!runs || g->gateways[i]->set.is_full) {
            fprintf(to, "%s %s: more holes than can be told apart\n", g->gateways[i]->site, g->gateways[i]->gw);
            missing++;
        }
    }
    if (g->is_full) {
        fprintf(to, "more than %d gateways: not all of them were counted\n", SW_MQTT_GATEWAYS_MAX);
        missing++;
    }
    return missing;
}

uint64_t sw_mqtt_gaps_seen_total(const struct sw_mqtt_gaps *g)
{
    uint64_t total = 0;

    for (size_t i = 0; i < g->n; i++)
        total += g->gateways[i]->seen_total;
    return total;
}
