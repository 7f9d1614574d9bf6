// SPDX-License-Identifier: Apache-2.0
/* Tables of a ticket's life as Markdown: states by verbs, what each verb needs, roles by doors, refusals. All of it is
 * read from sw_ticket_verb_rule and its neighbours; nothing is decided here. */
#include "tests/support/ticket_life.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "tickets/ticket.h"

struct page {
    char *buf;
    size_t cap, len;
    bool is_full;
};

static void put(struct page *p, const char *text, size_t n)
{
    if (p->is_full || p->len + n >= p->cap) {
        p->is_full = true;
        return;
    }
    memcpy(p->buf + p->len, text, n);
    p->len += n;
    p->buf[p->len] = '\0';
}

static void say(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct page *p, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t) n >= sizeof line)
        p->is_full = true;
    else
        put(p, line, (size_t) n);
}

/* "open, accepted": the names of a set, or a word for all of them. */
static void say_set(struct page *p, unsigned set, int n, const char *(*name)(int), const char *all)
{
    const char *comma = "";

    if (all && set == (1u << n) - 1u) {
        say(p, "%s", all);
        return;
    }
    for (int i = 0; i < n; i++) {
        if (!(set & (1u << i)))
            continue;
        say(p, "%s%s", comma, name(i));
        comma = ", ";
    }
}

static const char *role_name(int role)
{
    return sw_role_name((enum sw_role) role);
}

/* ---- the tables ---- */

static void table_states(struct page *p)
{
    say(p, "| verb |");
    for (int s = 0; s < SW_STATUS__COUNT; s++)
        say(p, " %s |", sw_status_name((enum sw_status) s));
    say(p, "\n|---|");
    for (int s = 0; s < SW_STATUS__COUNT; s++)
        say(p, "---|");
    say(p, "\n");
    for (int v = 0; v < SW_VERB__COUNT; v++) {
        const struct sw_verb_rule *rule = sw_ticket_verb_rule((enum sw_verb) v);

        if (!rule)
            continue;
        say(p, "| `%s` |", sw_verb_name((enum sw_verb) v));
        for (int s = 0; s < SW_STATUS__COUNT; s++) {
            const enum sw_status next = sw_verb_rule_next(rule, (enum sw_status) s);

            if (!(rule->states & (1u << s)))
                say(p, " – |");
            else if (rule->moves & (1u << s))
                say(p, " → %s |", sw_status_name(next));
            else
                say(p, " stays |");
        }
        say(p, "\n");
    }
}

static void table_verbs(struct page *p)
{
    say(p, "| verb | what for | by | needs | revision | of a merged ticket |\n|---|---|---|---|---|---|\n");
    for (int v = 0; v < SW_VERB__COUNT; v++) {
        const struct sw_verb_rule *rule = sw_ticket_verb_rule((enum sw_verb) v);

        if (!rule)
            continue;
        say(p, "| `%s` | %s | ", sw_verb_name((enum sw_verb) v), rule->why);
        say_set(p, rule->roles, SW_ROLE__COUNT, role_name, "all");
        say(p, " | %s | %s | %s |\n", rule->needs[0] ? rule->needs : "–", rule->needs_revision ? "yes" : "–",
            v == SW_VERB_UNMERGE  ? "only"
            : rule->is_for_merged ? "yes"
                                  : "–");
    }
}

static void table_doors(struct page *p)
{
    say(p, "| door |");
    for (int r = 0; r < SW_ROLE__COUNT; r++)
        say(p, " %s |", role_name(r));
    say(p, "\n|---|");
    for (int r = 0; r < SW_ROLE__COUNT; r++)
        say(p, "---|");
    say(p, "\n");
    for (int d = 0; d < SW_DOOR__COUNT; d++) {
        say(p, "| %s |", sw_door_name((enum sw_door) d));
        for (int r = 0; r < SW_ROLE__COUNT; r++)
            say(p, " %s |", sw_door_admits((enum sw_door) d, (enum sw_role) r) ? "yes" : "–");
        say(p, "\n");
    }
}

static void table_engine(struct page *p)
{
    const char *comma = "";

    for (int v = 0; v < SW_VERB__COUNT; v++) {
        if (sw_ticket_verb_rule((enum sw_verb) v))
            continue;
        say(p, "%s`%s`", comma, sw_verb_name((enum sw_verb) v));
        comma = ", ";
    }
    say(p, "\n");
}

static const struct {
    const char *name;
    void (*write)(struct page *p);
} tables[] = {
    {"states by verbs", table_states},
    {"verbs", table_verbs},
    {"doors by roles", table_doors},
    {"verbs of the engine", table_engine},
};

/* ---- the page ---- */

#define BEGIN "<!-- table: "
#define END "<!-- end -->"

size_t ticket_life_tables(void)
{
    return SW_ARRAY_SIZE(tables);
}

static bool write_table(struct page *p, const char *name, size_t len)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(tables); i++) {
        if (strlen(tables[i].name) != len || memcmp(tables[i].name, name, len) != 0)
            continue;
        tables[i].write(p);
        return true;
    }
    return false;
}

size_t ticket_life_page(const char *page, char *buf, size_t cap)
{
    struct page p = {.buf = buf, .cap = cap};
    const char *at = page, *begin;

    while ((begin = strstr(at, BEGIN)) != NULL) {
        const char *name = begin + strlen(BEGIN), *name_end = strstr(name, " -->\n");
        const char *end = strstr(name, END);

        if (!name_end || !end || end < name_end)
            return 0;
        put(&p, at, (size_t) (name_end - at) + strlen(" -->\n"));
        say(&p, "\n");
        if (!write_table(&p, name, (size_t) (name_end - name)))
            return 0;
        say(&p, "\n");
        at = end;
    }
    put(&p, at, strlen(at));
    return p.is_full ? 0 : p.len;
}
