// SPDX-License-Identifier: Apache-2.0
/* What stands around the numbers: what was allowed as far as the kept schedule says, tickets of that time, calls, and
 * who is in charge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/timefmt.h"
#include "config/read_schedule.h"
#include "hub/evidence_int.h"

#define BEFORE_US (1800 * SW_US_PER_S) /* a ticket is that of an hour as in a gateway's answer */
#define AFTER_US (7200 * SW_US_PER_S)
#define CALLERS_MAX 512
#define DAY_US (24 * 3600 * SW_US_PER_S)

static const struct sw_work unknown = {SW_WORK__COUNT, -1};

/* ---- was work allowed ---- */

struct text {
    char *at;
    size_t len;
};

static int copy_text(void *ctx, const struct hub_text_row *row)
{
    struct text *t = ctx;

    free(t->at);
    t->at = strndup(row->text, row->len);
    t->len = t->at ? row->len : 0;
    return 0;
}

/* The reader takes no recurrence that is not expanded, and expanding needs a calendar. One needs none: every day at the
 * same local hours. Such an item becomes the one of the day of the instant; of all others it is only noted that they
 * are there. @return it was one of the others */
static bool settle_recurrence(json_t *item, const struct sw_zone *zone, int64_t at_us)
{
    const int64_t local_us = at_us + sw_zone_offset_s(zone, at_us / SW_US_PER_S) * SW_US_PER_S;
    char start[SW_RFC3339_SIZE];
    int64_t start_us;

    if (strcmp(evidence_word(item, "rrule"), "FREQ=DAILY") != 0)
        return true;
    snprintf(start, sizeof(start), "%.19sZ", evidence_word(item, "dtstart")); /* as if it were UTC: so is local_us */
    if (sw_time_parse(start, strlen(start), &start_us, NULL) < 0)
        return true;
    if (local_us > start_us)
        start_us += (local_us - start_us) / DAY_US * DAY_US;
    sw_time_format(NULL, start_us, start);
    start[19] = '\0';
    json_object_set_new(item, "dtstart", json_string(start));
    json_object_del(item, "rrule");
    return false;
}

struct plan {
    struct sw_schedule *s;
    bool has_other_work, has_other; /* recurring items that are not understood */
};

/* Local times are read with the offset of the site's documents: to load a zone by its name is not for a program with
 * threads. `s` stays NULL when there is no schedule, or none that can be read. */
static struct plan read_plan(const struct text *text, const struct sw_zone *zone, int64_t at_us)
{
    json_t *root = text->at ? json_loadb(text->at, text->len, 0, NULL) : NULL;
    json_t *items = json_object_get(root, "items");
    struct plan plan = {0};
    char *plain;

    json_object_del(root, "tz");
    for (size_t i = json_array_size(items); i-- > 0;) {
        json_t *item = json_array_get(items, i);
        const bool is_work = strcmp(evidence_word(item, "kind"), "work") == 0;

        if (!evidence_word(item, "rrule")[0] || !settle_recurrence(item, zone, at_us))
            continue;
        plan.has_other_work |= is_work;
        plan.has_other |= !is_work;
        json_array_remove(items, i);
    }
    plain = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (plain && sw_schedule_read_json("schedule", plain, strlen(plain), zone, &plan.s, NULL) < 0)
        plan.s = NULL;
    free(plain);
    json_decref(root);
    return plan;
}

static struct sw_work work_at(const struct plan *p, bool is_night, int64_t at_us)
{
    const struct sw_work_question q = {.at_us = at_us, .known_us = INT64_MAX, .is_night = is_night};
    const struct sw_work work = sw_schedule_work(p->s, &q, NULL);

    if (work.state == SW_WORK_QUIET_PERIOD || work.state == SW_WORK_PERMITTED_NIGHT || work.state == SW_WORK_SCHEDULED)
        return work;
    return p->has_other || (p->has_other_work && !is_night) ? unknown : work;
}

static int64_t within(int64_t t_us, const struct sw_evidence_part *p)
{
    return t_us < p->from_us ? p->from_us : t_us >= p->to_us ? p->to_us - 1 : t_us;
}

static void find_permit(const struct sw_schedule *s, int64_t at_us, char *buf, size_t cap)
{
    for (size_t i = 0; i < s->n_instances; i++) {
        const struct sw_schedule_instance *in = &s->instances[i];

        if (s->items[in->item].kind == SW_ITEM_PERMIT && s->items[in->item].status == SW_ITEM_CONFIRMED &&
            in->from_us <= at_us && at_us < in->to_us)
            snprintf(buf, cap, "%s", s->items[in->item].permit_no);
    }
}

int evidence_work(struct evidence_run *run, struct sw_err *err)
{
    struct sw_evidence_facts *f = &run->f;
    const struct sw_zone *zone = &run->site->zone;
    struct text text = {0};
    /* as known today: what was published afterwards counts too, as in a gateway's answer */
    const int rc = hub_read_schedule(run->r, run->site->id, INT64_MAX, copy_text, &text, err);

    for (size_t i = 0; i < f->n_parts; i++) {
        struct sw_evidence_part *p = &f->parts[i];
        const int64_t at_us = within(f->ask.at_us, p);
        const struct plan plan = read_plan(&text, zone, at_us);

        p->work = plan.s && p->period[0] ? work_at(&plan, p->is_night, at_us) : unknown;
        if (p->work.state == SW_WORK_PERMITTED_NIGHT)
            find_permit(plan.s, at_us, f->permit, sizeof(f->permit));
        sw_schedule_free(plan.s);
    }
    free(text.at);
    return rc < 0 ? rc : SW_OK;
}

/* ---- tickets ---- */

static void take_assignee(struct evidence_run *run, const json_t *j, struct sw_evidence_ticket *t)
{
    const json_t *who = json_object_get(j, "assignee");
    struct sw_dispatch_basis *b = &run->f.basis;

    snprintf(t->unit, sizeof(t->unit), "%s", evidence_word(who, "unit"));
    snprintf(t->person, sizeof(t->person), "%s", evidence_word(who, "person"));
    if (b->unit[0])
        return;
    snprintf(b->unit, sizeof(b->unit), "%s", t->unit);
    snprintf(b->department, sizeof(b->department), "%s", evidence_word(who, "department"));
    snprintf(b->street, sizeof(b->street), "%s", evidence_word(who, "street"));
    snprintf(b->site_contact.person, sizeof(b->site_contact.person), "%s", t->person);
    snprintf(b->site_contact.phone, sizeof(b->site_contact.phone), "%s", evidence_word(who, "phone"));
}

static int add_ticket(void *ctx, const struct hub_ticket_row *row)
{
    struct evidence_run *run = ctx;
    struct sw_evidence_facts *f = &run->f;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const json_t *measured = json_object_get(j, "measured");
    const int64_t from_us = evidence_instant(measured, "from"), to_us = evidence_instant(measured, "to");
    const int64_t begin_us = from_us != INT64_MIN ? SW_MIN(from_us, row->opened_us) : row->opened_us;
    const int status = sw_status_from_name(row->status), origin = sw_origin_from_name(evidence_word(j, "origin"));
    const int category = sw_category_from_name(row->category);
    const bool is_over = status == SW_STATUS_CLOSED || status == SW_STATUS_AVERTED || status == SW_STATUS_WITHDRAWN;
    const int64_t end_us = to_us != INT64_MIN ? to_us : is_over ? row->changed_us : INT64_MAX - AFTER_US;

    if (j && status >= 0 && origin >= 0 && category >= 0 && begin_us - BEFORE_US < f->to_us &&
        end_us + AFTER_US > f->from_us && f->n_tickets < SW_EVIDENCE_TICKETS_MAX) {
        struct sw_evidence_ticket *t = &f->tickets[f->n_tickets++];

        *t = (struct sw_evidence_ticket){.status = (enum sw_status) status,
                                         .origin = (enum sw_origin) origin,
                                         .category = (enum sw_category) category,
                                         .class_ = row->rank[0] == 'A'   ? SW_CLASS_A
                                                   : row->rank[0] == 'B' ? SW_CLASS_B
                                                                         : SW_CLASS_C,
                                         .opened_us = row->opened_us};
        snprintf(t->id, sizeof(t->id), "%s", row->ticket);
        snprintf(t->number, sizeof(t->number), "%s", evidence_word(j, "number"));
        take_assignee(run, j, t);
    }
    json_decref(j);
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    const struct sw_evidence_ticket *x = a, *y = b;

    return x->opened_us == y->opened_us ? 0 : x->opened_us > y->opened_us ? -1 : 1;
}

/* ---- calls ---- */

struct calls {
    struct sw_evidence_facts *f;
    size_t n;
    char callers[CALLERS_MAX][SW_CALLER_REF_SIZE];
};

static int add_call(void *ctx, const struct hub_text_row *row)
{
    struct calls *c = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const char *caller = evidence_word(j, "caller_ref");
    bool is_new = *caller && c->n < CALLERS_MAX;

    c->f->complaints.calls_7d++;
    for (size_t i = 0; is_new && i < c->n; i++)
        is_new = strncmp(c->callers[i], caller, SW_CALLER_REF_SIZE - 1) != 0;
    if (is_new)
        snprintf(c->callers[c->n++], SW_CALLER_REF_SIZE, "%s", caller);
    c->f->complaints.callers_7d = (uint32_t) c->n;
    json_decref(j);
    return 0;
}

static int count_calls(struct evidence_run *run, struct sw_err *err)
{
    struct calls *c = calloc(1, sizeof(*c));
    int rc;

    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    c->f = &run->f;
    rc = hub_read_complaints(run->r, run->site->id, run->f.asked_us - 7 * DAY_US, run->f.asked_us, add_call, c, err);
    free(c);
    return rc;
}

/* ---- who is in charge ---- */

static int take_info(void *ctx, const struct hub_text_row *row)
{
    struct evidence_run *run = ctx;
    struct sw_dispatch_basis *b = &run->f.basis;
    json_t *j = json_loadb(row->text, row->len, 0, NULL);
    const json_t *site = json_object_get(j, "site"), *pack;
    size_t i;

    snprintf(run->gw, sizeof(run->gw), "%s", evidence_word(json_object_get(j, "gateway"), "id"));
    snprintf(b->agency_responsible, sizeof(b->agency_responsible), "%s", evidence_word(site, "agency_responsible"));
    snprintf(b->subdistrict, sizeof(b->subdistrict), "%s", evidence_word(site, "subdistrict"));
    snprintf(b->permit_no, sizeof(b->permit_no), "%s", evidence_word(site, "permit_no"));
    run->n_packs = 0;
    json_array_foreach(json_object_get(j, "packs"), i, pack)
    {
        if (run->n_packs == EVIDENCE_PACKS_MAX)
            break;
        snprintf(run->packs[run->n_packs][0], SW_ID_SIZE, "%s", evidence_word(pack, "id"));
        snprintf(run->packs[run->n_packs++][1], SW_ID_SIZE, "%s", evidence_word(pack, "version"));
    }
    json_decref(j);
    return 0;
}

int evidence_around(struct evidence_run *run, struct sw_err *err)
{
    const struct hub_ticket_query q = {.site = run->site->id,
                                       .from_us = run->f.from_us - 30 * DAY_US,
                                       .to_us = INT64_MAX,
                                       .before_us = INT64_MAX,
                                       .limit = 200};
    int rc = hub_read_states(run->r, run->site->id, "gw/*/info", take_info, run, err);

    if (rc >= 0)
        rc = hub_read_tickets(run->r, &q, add_ticket, run, err);
    qsort(run->f.tickets, run->f.n_tickets, sizeof(run->f.tickets[0]), newest_first);
    if (rc >= 0)
        rc = count_calls(run, err);
    return rc;
}
