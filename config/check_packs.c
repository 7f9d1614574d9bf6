// SPDX-License-Identifier: Apache-2.0
/* The files that a site names: packs with what it chooses of them, the hotline pack, the holiday calendar; and its own
 * named days and stages. Adds faults and goes on. */
#include "config/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ident.h"
#include "config/text.h"

/* ---- packs and hotline ---- */

/* A pack may ask of the days and stages of a site what the site does not say. */
static void check_days_of_pack(struct site_conf *c, const struct pack_name_conf *p, const struct sw_pack *pack)
{
    bool has_stages = false, has_holidays = false;

    for (size_t i = 0; i < pack->n_rules; i++)
        has_stages = has_stages || pack->rules[i].n_stages > 0;
    for (size_t i = 0; i < pack->n_periods; i++)
        has_holidays =
            has_holidays || (pack->periods[i].days != SW_DAYS_ALL && (pack->periods[i].days & SW_DAY_HOLIDAY) != 0);
    if (has_stages && c->stages.n == 0)
        sw_warning_at(c->faults, p->item.node,
                      "pack '%s' has limits of single stages of the works, the site has no 'stages': they never apply",
                      pack->id);
    if (has_holidays && c->holidays_id[0] == '\0')
        sw_warning_at(c->faults, p->item.node,
                      "pack '%s' speaks of holidays, the site names no calendar by 'holidays': no day is one",
                      pack->id);
}

static void load_pack(struct site_conf *c, const struct pack_name_conf *p)
{
    const struct sw_node *inner = sw_node_get(p->item.node, "id"), *at = inner != NULL ? inner : p->item.node;
    struct sw_guess guess = {.typed = p->id};
    char path[SW_PATH_SIZE + 100], near[160];
    struct sw_err err = {0};

    for (size_t i = 0; i < c->site->n_packs; i++) {
        if (strcmp(c->site->packs[i].id, p->id) == 0) {
            sw_fault_at(c->faults, at, "pack '%s' stands twice", p->id);
            return;
        }
    }
    if (!sw_share_find(&c->share, SW_SHARE_PACK, p->id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_PACK, &guess);
        sw_fault_at(c->faults, at, "unknown pack '%s'%s", p->id, sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    struct sw_pack *to = &c->site->packs[c->site->n_packs];
    const struct sw_pack_choice choice = {.at = at, .options = p->options, .overrides = &p->overrides};
    const int rc = sw_pack_read_for(path, &choice, c->faults, to, &err);
    if (rc == SW_OK) {
        c->site->n_packs++;
        sw_conf_add_digest(c, to->sha256);
        check_days_of_pack(c, p, to);
    } else if (rc == SW_E_IO) {
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    } else if (rc == SW_E_NOMEM) {
        c->no_memory = true;
    }
}

static void load_hotline(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(sw_node_get(c->root, "site"), "hotline");
    struct sw_guess guess = {.typed = c->hotline_id};
    char path[SW_PATH_SIZE + 100], near[160], sha256[65] = "";
    struct sw_err err = {0};

    if (c->hotline_id[0] == '\0')
        return;
    if (!sw_share_find(&c->share, SW_SHARE_HOTLINE, c->hotline_id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_HOTLINE, &guess);
        sw_fault_at(c->faults, n != NULL ? n : c->root, "unknown hotline pack '%s'%s", c->hotline_id,
                    sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    const int rc = sw_hotline_read(path, c->faults, &c->site->hotline, sha256, &err);
    if (rc == SW_OK)
        sw_conf_add_digest(c, sha256);
    else if (rc == SW_E_IO)
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    else if (rc == SW_E_NOMEM)
        c->no_memory = true;
}

void sw_conf_packs(struct site_conf *c)
{
    const struct pack_name_conf *packs = c->packs.items;

    c->site->packs = calloc(c->packs.n + 1, sizeof(*c->site->packs));
    if (c->site->packs == NULL) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->packs.n; i++)
        if (packs[i].id[0] != '\0')
            load_pack(c, &packs[i]);
    load_hotline(c);
}

/* ---- holidays, named days, stages ---- */

static void load_holidays(struct site_conf *c)
{
    const struct sw_node *n = sw_node_get(sw_node_get(c->root, "site"), "holidays");
    struct sw_guess guess = {.typed = c->holidays_id};
    char path[SW_PATH_SIZE + 100], near[160], sha256[65] = "";
    struct sw_err err = {0};

    c->site->days.known_to = INT32_MAX;
    if (c->holidays_id[0] == '\0')
        return;
    if (!sw_share_find(&c->share, SW_SHARE_HOLIDAYS, c->holidays_id, path, sizeof(path))) {
        sw_share_offer(&c->share, SW_SHARE_HOLIDAYS, &guess);
        sw_fault_at(c->faults, n, "unknown holiday calendar '%s'%s", c->holidays_id,
                    sw_guess_text(&guess, near, sizeof(near)));
        return;
    }
    const int rc = sw_holidays_read(path, c->faults, &c->site->days, sha256, &err);
    if (rc == SW_OK)
        sw_conf_add_digest(c, sha256);
    else if (rc == SW_E_IO)
        sw_fault_add(c->faults, path, 0, 0, "%s", err.msg);
    else if (rc == SW_E_NOMEM)
        c->no_memory = true;
}

static void add_named_day(struct site_conf *c, const struct sw_node *n, size_t name)
{
    static const struct sw_row row = {.type = SW_ROW_DATE, .size = 11};
    struct sw_special_day *day;
    char date[11], why[256];

    if (!sw_value_read(&row, n, date, why, sizeof(why))) {
        sw_fault_at(c->faults, n, "each day %s", why);
        return;
    }
    day = sw_days_add(&c->site->days, sw_date_days(date));
    if (day != NULL)
        day->named |= (uint8_t) (1u << name);
    else
        sw_fault_at(c->faults, n, "more than %d special days", SW_DAYS_MAX);
}

/* exam: [dates], or exam: {dates: [dates], no_night_work: true} */
static void take_named_days(struct site_conf *c, const struct sw_node *n, size_t name)
{
    static const struct sw_row ban_row = {.type = SW_ROW_BOOL, .size = sizeof(bool)};
    const struct sw_node *dates = n->kind == SW_NODE_MAP ? sw_node_get(n, "dates") : n;
    const struct sw_node *ban = sw_node_get(n, "no_night_work");
    bool is_ban = false;
    char why[256];

    for (const struct sw_node *k = n->kind == SW_NODE_MAP ? n->first : NULL; k != NULL; k = k->next)
        if (k != dates && k != ban)
            sw_fault_at_key(c->faults, k, "unknown key '%.*s': known here are dates, no_night_work",
                            sw_text_clip(k->key, 60), k->key);
    if (ban != NULL && !sw_value_read(&ban_row, ban, &is_ban, why, sizeof(why)))
        sw_fault_at(c->faults, ban, "'no_night_work' %s", why);
    if (is_ban)
        c->site->ban_days |= (uint8_t) (1u << name);
    if (dates == NULL || dates->kind != SW_NODE_LIST) {
        sw_fault_at(c->faults, n, "'%.60s' must be a list of dates, or {dates: […], no_night_work: true}", n->key);
        return;
    }
    for (const struct sw_node *d = dates->first; d != NULL; d = d->next)
        add_named_day(c, d, name);
}

/* Words that a pack's periods have for days already. */
static bool is_taken(const char *name)
{
    static const char *const words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"};

    for (size_t i = 0; i < SW_ARRAY_SIZE(words); i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return false;
}

static void settle_days(struct site_conf *c)
{
    struct sw_days *days = &c->site->days;

    if (c->days == NULL || sw_node_is_null(c->days))
        return;
    if (c->days->kind != SW_NODE_MAP) {
        sw_fault_at(c->faults, c->days, "'days' must be a map (name: [dates])");
        return;
    }
    for (const struct sw_node *n = c->days->first; n != NULL; n = n->next) {
        if (!sw_id_is_valid(n->key) || strlen(n->key) >= sizeof(days->name[0])) {
            sw_fault_at_key(c->faults, n, "'%.*s' is no name of days: 1 to %zu small letters a-z, digits and '-'",
                            sw_text_clip(n->key, 60), n->key, sizeof(days->name[0]) - 1);
        } else if (is_taken(n->key)) {
            sw_fault_at_key(c->faults, n, "'%s' means other days already: choose another name%s", n->key,
                            strcmp(n->key, "holiday") == 0 ? ", or a calendar by 'holidays'" : "");
        } else if (days->n_names == SW_DAY_NAMES_MAX) {
            sw_fault_at_key(c->faults, n, "more than %d names of days", SW_DAY_NAMES_MAX);
        } else {
            (void) snprintf(days->name[days->n_names], sizeof(days->name[0]), "%.23s", n->key);
            take_named_days(c, n, days->n_names++);
        }
    }
}

static int by_from_day(const void *a, const void *b)
{
    const struct stage_conf *x = *(const struct stage_conf *const *) a, *y = *(const struct stage_conf *const *) b;

    return strcmp(x->from, y->from);
}

static void settle_stages(struct site_conf *c)
{
    const struct stage_conf *stages = c->stages.items, *order[SW_STAGES_MAX] = {NULL};
    struct sw_stages *to = &c->site->stages;
    size_t n = 0;

    for (size_t i = 0; i < c->stages.n && n < SW_STAGES_MAX; i++) {
        if (stages[i].stage[0] == '\0' || stages[i].from[0] == '\0' || stages[i].to[0] == '\0')
            continue; /* what is wrong has been told */
        if (strcmp(stages[i].to, stages[i].from) < 0)
            sw_fault_at(c->faults, stages[i].item.node, "stage '%s' ends before it begins", stages[i].stage);
        else
            order[n++] = &stages[i];
    }
    qsort(order, n, sizeof(order[0]), by_from_day);
    for (size_t i = 0; i < n; i++) {
        struct sw_stage_span *span = &to->span[to->n++];

        if (i > 0 && strcmp(order[i]->from, order[i - 1]->to) <= 0)
            sw_fault_at(c->faults, order[i]->item.node, "stage '%s' begins on %s, before '%s' ends on %s",
                        order[i]->stage, order[i]->from, order[i - 1]->stage, order[i - 1]->to);
        memcpy(span->stage, order[i]->stage, sizeof(span->stage));
        span->from_day = sw_date_days(order[i]->from);
        span->to_day = sw_date_days(order[i]->to);
    }
}

/* ---- names that nothing asks for ---- */

/* Only when packs speak of stages at all: a site may say more than its packs need. */
static void check_stage_words(struct site_conf *c)
{
    const struct stage_conf *stages = c->stages.items;
    char near[160];

    for (size_t i = 0; i < c->stages.n; i++) {
        struct sw_guess guess = {.typed = stages[i].stage};
        bool is_known = stages[i].stage[0] == '\0', has_words = false;

        for (size_t p = 0; p < c->site->n_packs; p++)
            for (size_t k = 0; k < c->site->packs[p].n_rules; k++) {
                const struct sw_rule *r = &c->site->packs[p].rules[k];

                for (size_t w = 0; w < r->n_stages; w++) {
                    has_words = true;
                    is_known = is_known || strcmp(r->stages[w], stages[i].stage) == 0;
                    sw_guess_offer(&guess, r->stages[w]);
                }
            }
        if (has_words && !is_known)
            sw_warning_at(c->faults, stages[i].item.node, "no limit speaks of the stage '%s'%s", stages[i].stage,
                          sw_guess_text(&guess, near, sizeof(near)));
    }
}

static void check_day_words(struct site_conf *c)
{
    const struct sw_days *days = &c->site->days;
    char near[160];

    for (size_t i = 0; i < days->n_names; i++) {
        struct sw_guess guess = {.typed = days->name[i]};
        bool is_known = (c->site->ban_days >> i & 1) != 0;

        for (size_t p = 0; p < c->site->n_packs; p++)
            for (size_t k = 0; k < c->site->packs[p].n_day_names; k++) {
                is_known = is_known || strcmp(c->site->packs[p].day_name[k], days->name[i]) == 0;
                sw_guess_offer(&guess, c->site->packs[p].day_name[k]);
            }
        if (!is_known)
            sw_warning_at(c->faults, sw_node_get(c->days, days->name[i]),
                          "no pack speaks of days named '%s', and night work is not banned on them: no effect%s",
                          days->name[i], sw_guess_text(&guess, near, sizeof(near)));
    }
}

void sw_conf_day_words(struct site_conf *c)
{
    if (c->site->n_packs < c->packs.n) /* a pack that is missing may speak of them */
        return;
    check_stage_words(c);
    check_day_words(c);
}

void sw_conf_days(struct site_conf *c)
{
    load_holidays(c);
    settle_days(c);
    settle_stages(c);
}
