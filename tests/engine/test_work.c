// SPDX-License-Identifier: Apache-2.0
/* Virtual nights with a schedule: whose noise it is, work that nobody permitted, permits that arrive late, work that is
 * published at short notice. Limits: cn-gb12523-2025, night 55 dB from 22:00; work is heard 6 dB over
 * the background after three idle days. */
#include "virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/engine_int.h"
#include "rules/schedule.h"

static void as_it_is(struct sw_site *site)
{
    site->day_ahead_s = 86400;
}

/* A steady level at NORTH: LAeq and LA90 alike. SOUTH is always quiet. */
static void noise(struct virtual_site *v, const char *from, const char *to, double level)
{
    virtual_levels(v, NORTH, at(from), at(to), level);
}

static const struct sw_ticket *ticket_of(const struct virtual_site *v, enum sw_category category)
{
    for (size_t slot = 0; slot < sw_desk_capacity(sw_engine_desk(v->engine)); slot++) {
        const struct sw_ticket *t = sw_desk_ticket(sw_engine_desk(v->engine), slot);

        if (t && t->category == category)
            return t;
    }
    return NULL;
}

/* Three nights without work: two hours of 45 dB each. Monday to Wednesday; the story is Thursday's. */
static void quiet_nights(struct virtual_site *v)
{
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T23:59:59+08:00", 45.0);
    noise(v, "2026-03-03T22:00:00+08:00", "2026-03-03T23:59:59+08:00", 45.0);
    noise(v, "2026-03-04T22:00:00+08:00", "2026-03-04T23:59:59+08:00", 45.0);
}

/* ---- schedules ---- */

struct plan {
    struct sw_schedule s;
    struct sw_schedule_item items[2];
    struct sw_schedule_instance instances[4];
};

static struct sw_schedule_item item(const char *uid, enum sw_item_kind kind, const char *published)
{
    struct sw_schedule_item i = {.kind = kind,
                                 .source = SW_SOURCE_AUTHORITY,
                                 .status = SW_ITEM_CONFIRMED,
                                 .revision = 1,
                                 .published_us = at(published),
                                 .claimed_published_us = INT64_MIN,
                                 .cancelled_us = INT64_MIN,
                                 .granted_us = INT64_MIN,
                                 .valid_from_us = INT64_MIN,
                                 .valid_to_us = INT64_MIN,
                                 .notice_posted_us = INT64_MIN};

    memcpy(i.uid, uid, strlen(uid) + 1);
    return i;
}

static void finish(struct plan *p, size_t n_items, size_t n_instances, int32_t revision)
{
    struct sw_err err = {0};

    p->s = (struct sw_schedule){.revision = revision,
                                .from_us = at("2026-01-01T00:00:00+08:00"),
                                .to_us = at("2027-01-01T00:00:00+08:00"),
                                .n_items = n_items,
                                .items = p->items,
                                .n_instances = n_instances,
                                .instances = p->instances};
    CHECK(sw_schedule_finish(&p->s, &err) == SW_OK, "%s", err.msg);
}

/* A night permit for Monday, notice posted two days before. */
static void permit_for_monday(struct plan *p, const char *published)
{
    p->items[0] = item("permit-1", SW_ITEM_PERMIT, published);
    p->items[0].granted_us = at("2026-02-27T10:00:00+08:00");
    p->items[0].valid_from_us = at("2026-03-02T22:00:00+08:00");
    p->items[0].valid_to_us = at("2026-03-03T06:00:00+08:00");
    p->items[0].notice_posted_us = at("2026-02-28T10:00:00+08:00");
    p->instances[0] =
        (struct sw_schedule_instance){at("2026-03-02T22:00:00+08:00"), at("2026-03-03T06:00:00+08:00"), 0};
    finish(p, 1, 1, 5);
}

static void give(struct virtual_site *v, const struct plan *p, const char *when)
{
    const struct sw_input in = {.kind = SW_INPUT_SCHEDULE, .t_us = at(when), .schedule = &p->s};

    virtual_feed(v, &in);
}

/* ---- whose noise? ---- */

static void nobody_knows_whose_noise_it_is_and_the_ticket_says_so(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    const struct sw_ticket *t;
    char title[128];

    (void) state;
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:40:00+08:00", 68.0); /* 13 dB over */
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(t->attribution, SW_ATTRIBUTION_UNKNOWN);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT); /* a fact of its own */
    assert_int_equal(t->work.permitted, 0);
    sw_ticket_title(t, "en", title, sizeof(title));
    assert_string_equal(title, "Noise level above the limit, source not established");
    sw_ticket_title(t, "zh-CN", title, sizeof(title));
    assert_string_equal(title, "噪声超标,来源未确认");
    assert_null(ticket_of(v, SW_CATEGORY_WORK));
    virtual_free(v);
}

/* After three idle nights 63 dB from 22:30 are 18 dB over the background. Over the limit: k seconds of 63 and 1200 − k
 * of 45 dB pass 55.05 dB when k > 1200 × (10^5.505 − 10^4.5) / (10^6.3 − 10^4.5) = 176.2 s: 22:32:57, source unknown.
 * The window 22:30–22:35 hears it, and at 22:36 at the latest the ticket is the site's, at night without a permit. */
static void work_heard_at_night_makes_it_the_sites_and_is_a_matter_itself(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    const struct sw_ticket *noise_t, *work_t;

    (void) state;
    quiet_nights(v);
    assert_null(ticket_of(v, SW_CATEGORY_NOISE)); /* days without data are the equipment's matter */
    assert_null(ticket_of(v, SW_CATEGORY_WORK));
    noise(v, "2026-03-05T22:00:00+08:00", "2026-03-05T22:30:00+08:00", 45.0);
    noise(v, "2026-03-05T22:30:00+08:00", "2026-03-05T22:34:59+08:00", 63.0);
    noise_t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(noise_t);
    assert_int_equal(noise_t->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(noise_t->attribution, SW_ATTRIBUTION_UNKNOWN);
    assert_null(ticket_of(v, SW_CATEGORY_WORK));
    noise(v, "2026-03-05T22:34:59+08:00", "2026-03-05T22:36:02+08:00", 63.0);
    assert_int_equal(noise_t->attribution, SW_ATTRIBUTION_SITE);
    assert_int_equal(noise_t->class_, SW_CLASS_A);

    work_t = ticket_of(v, SW_CATEGORY_WORK);
    assert_non_null(work_t);
    assert_string_equal(work_t->matter_key, "pd-0042:work:night:site");
    assert_int_equal(work_t->origin, SW_ORIGIN_SCHEDULE);
    assert_int_equal(work_t->class_, SW_CLASS_B);
    assert_int_equal(work_t->measured_from_us, at("2026-03-05T22:30:00+08:00"));
    assert_int_equal(work_t->worst, 6300);
    assert_false(sw_engine_is_proven(v->engine, work_t->id)); /* it goes on: nobody can call it resolved */

    /* Until 22:50; the window 22:50–22:55 hears nothing, and half an hour after it was known the matter is over. */
    noise(v, "2026-03-05T22:36:02+08:00", "2026-03-05T22:50:00+08:00", 63.0);
    noise(v, "2026-03-05T22:50:00+08:00", "2026-03-05T23:25:00+08:00", 45.0);
    assert_int_equal(work_t->measured_to_us, INT64_MIN);
    noise(v, "2026-03-05T23:25:00+08:00", "2026-03-05T23:27:00+08:00", 45.0);
    CHECK(work_t->measured_to_us >= at("2026-03-05T23:25:00+08:00") &&
              work_t->measured_to_us <= at("2026-03-05T23:26:00+08:00"),
          "over %.1f min after 23:00", (double) (work_t->measured_to_us - at("2026-03-05T23:00:00+08:00")) / 60e6);
    assert_true(sw_engine_is_proven(v->engine, work_t->id));
    assert_int_equal(work_t->status, SW_STATUS_DISPATCHED); /* without a platform; people say the rest */
    virtual_free(v);
}

static void a_camera_says_so_at_once(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    const struct sw_ticket *t;

    (void) state;
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:01:00+08:00", 68.0);
    virtual_reading(v, CAMERA, SW_QUANTITY_CAMERA, at("2026-03-02T22:01:00+08:00"), 1.0);
    noise(v, "2026-03-02T22:01:00+08:00", "2026-03-02T22:04:00+08:00", 68.0);
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->attribution, SW_ATTRIBUTION_SITE);
    assert_int_equal(t->class_, SW_CLASS_A);
    assert_null(ticket_of(v, SW_CATEGORY_WORK)); /* no whole window yet */
    noise(v, "2026-03-02T22:04:00+08:00", "2026-03-02T22:10:10+08:00", 68.0);
    assert_non_null(ticket_of(v, SW_CATEGORY_WORK)); /* 22:05–22:10 lies in 22:01–22:11 */
    virtual_free(v);
}

static void announced_work_is_the_sites_and_nobody_need_hear_it(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    struct sw_summary sum;
    const struct sw_ticket *t;

    (void) state;
    permit_for_monday(&p, "2026-02-27T11:00:00+08:00");
    give(v, &p, "2026-03-02T21:00:00+08:00");
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:10:00+08:00", 63.0);
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->work.state, SW_WORK_PERMITTED_NIGHT);
    assert_int_equal(t->attribution, SW_ATTRIBUTION_SITE);
    assert_int_equal(t->class_, SW_CLASS_B);
    assert_int_equal(t->schedule_revision, 5);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.work.state, SW_WORK_PERMITTED_NIGHT);
    assert_int_equal(sum.work.permitted, 1);
    virtual_free(v);
}

static void a_ban_on_a_named_day_holds_for_the_night_that_begins_on_it(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    struct sw_summary sum;

    (void) state;
    v->site->days.n_names = 1;
    memcpy(v->site->days.name[0], "exam", 5);
    v->site->days.n = 1;
    v->site->days.day[0] = (struct sw_special_day){.day = 20514, .named = 1}; /* 2026-03-02 */
    v->site->ban_days = 1;
    permit_for_monday(&p, "2026-02-27T11:00:00+08:00");
    give(v, &p, "2026-03-02T21:00:00+08:00");
    noise(v, "2026-03-03T01:00:00+08:00", "2026-03-03T01:00:02+08:00", 40.0);
    sw_engine_summary(v->engine, &sum);
    assert_int_equal(sum.work.state, SW_WORK_PROHIBITED_NIGHT);
    virtual_free(v);
}

/* ---- publications ---- */

static void a_permit_that_arrives_late_leaves_both_verdicts(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    const struct sw_ticket *t;
    const struct seen *s;
    uint32_t revision;
    bool noted = false, taken = false;

    (void) state;
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:30:00+08:00", 63.0);
    noise(v, "2026-03-02T22:30:00+08:00", "2026-03-02T23:30:00+08:00", 40.0);
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT);
    revision = t->revision;
    permit_for_monday(&p, "2026-03-03T09:00:00+08:00");
    give(v, &p, "2026-03-03T10:00:00+08:00");
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT);
    assert_int_equal(t->work.permitted, 0);
    assert_int_equal(t->rejudged_at_us, at("2026-03-03T10:00:00+08:00"));
    assert_int_equal(t->rejudged.state, SW_WORK_PERMITTED_NIGHT);
    assert_int_equal(t->rejudged.permitted, 1);
    assert_int_equal(t->revision, revision + 1);
    for (size_t i = 0; i < v->n; i++) {
        s = &v->seen[i];
        noted |= s->kind == SW_EFFECT_TICKET_EVENT && s->verb == SW_VERB_NOTE && s->revision == revision + 1;
        taken |= s->kind == SW_EFFECT_SCHEDULE;
    }
    assert_true(noted && taken);
    give(v, &p, "2026-03-03T11:00:00+08:00"); /* the same again */
    assert_int_equal(t->revision, revision + 1);
    virtual_free(v);
}

static void the_whole_night_is_one_window(struct sw_site *site)
{
    struct sw_pack *pack = &site->packs[0];

    as_it_is(site);
    for (size_t i = 0; i < pack->n_rules; i++)
        if (strcmp(pack->rules[i].id, "leq-night") == 0) {
            pack->rules[i].sliding = false;
            pack->rules[i].window_s = 0;
        }
}

/* The night's window closes at 06:00:02, when work is announced: what was allowed is asked of the night. */
static void a_night_that_is_judged_in_the_morning_was_a_night(void **state)
{
    struct virtual_site *v = virtual_new_with(the_whole_night_is_one_window);
    struct plan p = {0};
    const struct sw_ticket *t;

    (void) state;
    p.items[0] = item("hours", SW_ITEM_WORK, "2026-02-27T11:00:00+08:00");
    p.instances[0] = (struct sw_schedule_instance){at("2026-03-03T06:00:00+08:00"), at("2026-03-03T22:00:00+08:00"), 0};
    finish(&p, 1, 1, 1);
    give(v, &p, "2026-03-02T21:00:00+08:00");
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-03T06:00:00+08:00", 63.0);
    noise(v, "2026-03-03T06:00:00+08:00", "2026-03-03T06:01:00+08:00", 40.0);
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->measured_from_us, at("2026-03-02T22:00:00+08:00"));
    assert_int_equal(t->work.state, SW_WORK_PROHIBITED_NIGHT);
    assert_int_equal(t->attribution, SW_ATTRIBUTION_UNKNOWN); /* not the morning's work */
    virtual_free(v);
}

/* 56 dB from 22:00 pass 55.05 dB over 20 min after 1200 × 10^(−0.095) = 964.2 s, at 22:16. The permit holds from 22:15:
 * another schedule with the same permit changes nothing, though the window began before it. */
static void what_was_allowed_is_asked_again_of_the_same_instant(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    const struct sw_ticket *t;

    (void) state;
    permit_for_monday(&p, "2026-02-27T11:00:00+08:00");
    p.items[0].notice_posted_us = at("2026-02-27T10:00:00+08:00");
    p.instances[0].from_us = at("2026-03-02T22:15:00+08:00");
    give(v, &p, "2026-03-02T21:00:00+08:00");
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:30:00+08:00", 56.0);
    t = ticket_of(v, SW_CATEGORY_NOISE);
    assert_non_null(t);
    assert_int_equal(t->stage, SW_STAGE_EXCEEDED);
    assert_int_equal(t->work.state, SW_WORK_PERMITTED_NIGHT);
    give(v, &p, "2026-03-02T22:31:00+08:00");
    assert_int_equal(t->rejudged_at_us, 0);
    virtual_free(v);
}

static void more_tickets_than_fit_one_step_are_all_judged_again(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    struct sw_err err = {0};
    struct sw_ticket t;
    size_t n = 0;

    (void) state;
    noise(v, "2026-03-02T22:00:00+08:00", "2026-03-02T22:10:00+08:00", 63.0);
    t = *ticket_of(v, SW_CATEGORY_NOISE);
    for (int i = 0; i < 199; i++) { /* as after a restart of a site with many places */
        snprintf(t.id, sizeof(t.id), "sw-%010d", i);
        snprintf(t.matter_key, sizeof(t.matter_key), "pd-0042:noise:night:place-%d", i);
        CHECK(sw_desk_restore(sw_engine_desk(v->engine), &t, &err) == SW_OK, "%s", err.msg);
    }
    permit_for_monday(&p, "2026-03-02T22:10:00+08:00");
    give(v, &p, "2026-03-02T22:10:00+08:00");
    for (size_t slot = 0; slot < sw_desk_capacity(sw_engine_desk(v->engine)); slot++) {
        const struct sw_ticket *k = sw_desk_ticket(sw_engine_desk(v->engine), slot);

        n += k && k->rejudged.state == SW_WORK_PERMITTED_NIGHT && k->rejudged_at_us != 0;
    }
    assert_int_equal(n, 200);
    assert_int_equal(sw_desk_totals(sw_engine_desk(v->engine)).lost_events_total, 0);
    virtual_free(v);
}

static void work_published_at_short_notice_is_told_once_an_item(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};
    size_t n = 0;

    (void) state;
    p.items[0] = item("in-time", SW_ITEM_WORK, "2026-03-01T06:00:00+08:00");
    p.items[1] = item("pour", SW_ITEM_WORK, "2026-03-02T10:00:00+08:00");
    p.instances[0] = (struct sw_schedule_instance){at("2026-03-02T08:00:00+08:00"), at("2026-03-02T12:00:00+08:00"), 0};
    p.instances[1] = (struct sw_schedule_instance){at("2026-03-02T18:00:00+08:00"), at("2026-03-02T20:00:00+08:00"), 1};
    p.instances[2] = (struct sw_schedule_instance){at("2026-03-03T09:00:00+08:00"), at("2026-03-03T10:00:00+08:00"), 1};
    p.instances[3] = (struct sw_schedule_instance){at("2026-03-05T18:00:00+08:00"), at("2026-03-05T20:00:00+08:00"), 1};
    finish(&p, 2, 4, 1);
    give(v, &p, "2026-03-02T10:00:00+08:00");
    give(v, &p, "2026-03-02T11:00:00+08:00");
    assert_int_equal(virtual_count_tickets(v), 1);
    assert_int_equal(ticket_of(v, SW_CATEGORY_WORK)->class_, SW_CLASS_C);
    assert_true(strstr(ticket_of(v, SW_CATEGORY_WORK)->matter_key, ":late-publication:"));
    assert_int_equal(ticket_of(v, SW_CATEGORY_WORK)->schedule_revision, 1);
    for (size_t i = 0; i < v->n; i++)
        n += v->seen[i].kind == SW_EFFECT_SCHEDULE;
    assert_int_equal(n, 2);
    virtual_free(v);
}

static void a_site_that_does_not_look_at_it_gets_no_ticket(void **state)
{
    struct virtual_site *v = virtual_new_with(as_it_is);
    struct plan p = {0};

    (void) state;
    v->site->day_ahead_s = 0;
    p.items[0] = item("pour", SW_ITEM_WORK, "2026-03-02T10:00:00+08:00");
    p.instances[0] = (struct sw_schedule_instance){at("2026-03-02T18:00:00+08:00"), at("2026-03-02T20:00:00+08:00"), 0};
    finish(&p, 1, 1, 1);
    give(v, &p, "2026-03-02T10:00:00+08:00");
    assert_int_equal(virtual_count_tickets(v), 0);
    virtual_free(v);
}

/* ---- restart ---- */

/* What the store brings back: what was learned as text, tickets and rule states by their own tests; windows, weather
 * and the verdict on work are fed again. */
static void a_restart_forgets_neither_what_was_learned_nor_that_there_is_work(void **state)
{
    struct virtual_site *whole = virtual_new_with(as_it_is), *first = virtual_new_with(as_it_is),
                        *second = virtual_new_with(as_it_is);
    char *text = malloc(SW_DETECT_STATE_MAX);
    struct sw_err err = {0};
    const struct sw_ticket *a, *b;
    size_t len;

    (void) state;
    assert_non_null(text);
    quiet_nights(whole);
    quiet_nights(first);
    for (size_t s = NORTH; s <= SOUTH; s++) {
        len = sw_detect_write(sw_engine_detect(first->engine, s), text, SW_DETECT_STATE_MAX);
        assert_true(len > 0);
        CHECK(sw_detect_read(sw_engine_detect(second->engine, s), text, len, &err) == SW_OK, "%s", err.msg);
    }
    free(text);
    sw_engine_set_quiet(second->engine, true); /* the stored readings of the last hour, some of them learned already */
    noise(second, "2026-03-04T23:00:00+08:00", "2026-03-04T23:59:59+08:00", 45.0);
    sw_engine_set_quiet(second->engine, false);
    for (int i = 0; i < 2; i++) {
        struct virtual_site *v = i ? second : whole;

        noise(v, "2026-03-05T22:00:00+08:00", "2026-03-05T22:30:00+08:00", 45.0);
        noise(v, "2026-03-05T22:30:00+08:00", "2026-03-05T23:00:00+08:00", 63.0);
    }
    a = ticket_of(whole, SW_CATEGORY_WORK);
    b = ticket_of(second, SW_CATEGORY_WORK);
    assert_true(a && b);
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->measured_from_us, b->measured_from_us);
    a = ticket_of(whole, SW_CATEGORY_NOISE);
    b = ticket_of(second, SW_CATEGORY_NOISE);
    assert_true(a && b);
    CHECK(strcmp(a->id, b->id) == 0 && a->class_ == b->class_ && a->revision == b->revision,
          "class %d/%d revision %u/%u", a->class_, b->class_, a->revision, b->revision);
    virtual_free(whole);
    virtual_free(first);
    virtual_free(second);
}

/* ---- the same again ---- */

static void four_nights(struct virtual_site *v, const struct plan *p)
{
    quiet_nights(v);
    noise(v, "2026-03-05T22:00:00+08:00", "2026-03-05T22:30:00+08:00", 45.0);
    virtual_reading(v, CAMERA, SW_QUANTITY_CAMERA, at("2026-03-05T22:30:00+08:00"), 1.0);
    noise(v, "2026-03-05T22:30:00+08:00", "2026-03-05T23:30:00+08:00", 63.0);
    give(v, p, "2026-03-05T23:30:00+08:00");
    noise(v, "2026-03-05T23:30:00+08:00", "2026-03-06T00:30:00+08:00", 45.0);
}

static void how_much_room_the_caller_offers_changes_nothing(void **state)
{
    struct virtual_site *small = virtual_new_with(as_it_is), *large = virtual_new_with(as_it_is);
    struct plan p = {0};

    (void) state;
    p.items[0] = item("permit-2", SW_ITEM_PERMIT, "2026-03-05T23:00:00+08:00");
    p.items[0].valid_from_us = at("2026-03-05T22:00:00+08:00");
    p.items[0].valid_to_us = at("2026-03-06T06:00:00+08:00");
    p.items[0].notice_posted_us = at("2026-03-01T10:00:00+08:00");
    p.instances[0] = (struct sw_schedule_instance){at("2026-03-05T22:00:00+08:00"), at("2026-03-06T06:00:00+08:00"), 0};
    finish(&p, 1, 1, 2);
    large->cap = 4096;
    four_nights(small, &p);
    four_nights(large, &p);
    CHECK(small->n == large->n && small->n > 10, "%zu and %zu effects", small->n, large->n);
    for (size_t i = 0; i < small->n; i++) {
        const struct seen *x = &small->seen[i], *y = &large->seen[i];

        CHECK(x->kind == y->kind && x->ts_us == y->ts_us && x->state == y->state && x->stage == y->stage &&
                  x->revision == y->revision && x->verb == y->verb && strcmp(x->ticket, y->ticket) == 0,
              "effect %zu differs", i);
    }
    assert_int_equal(ticket_of(small, SW_CATEGORY_WORK)->rejudged.state, SW_WORK_PERMITTED_NIGHT);
    virtual_free(small);
    virtual_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_knows_whose_noise_it_is_and_the_ticket_says_so),
        cmocka_unit_test(work_heard_at_night_makes_it_the_sites_and_is_a_matter_itself),
        cmocka_unit_test(a_camera_says_so_at_once),
        cmocka_unit_test(announced_work_is_the_sites_and_nobody_need_hear_it),
        cmocka_unit_test(a_ban_on_a_named_day_holds_for_the_night_that_begins_on_it),
        cmocka_unit_test(a_permit_that_arrives_late_leaves_both_verdicts),
        cmocka_unit_test(a_night_that_is_judged_in_the_morning_was_a_night),
        cmocka_unit_test(what_was_allowed_is_asked_again_of_the_same_instant),
        cmocka_unit_test(more_tickets_than_fit_one_step_are_all_judged_again),
        cmocka_unit_test(work_published_at_short_notice_is_told_once_an_item),
        cmocka_unit_test(a_site_that_does_not_look_at_it_gets_no_ticket),
        cmocka_unit_test(how_much_room_the_caller_offers_changes_nothing),
        cmocka_unit_test(a_restart_forgets_neither_what_was_learned_nor_that_there_is_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
