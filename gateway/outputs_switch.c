// SPDX-License-Identifier: Apache-2.0
/* Carrying out what a rule decided: a relay on a line of this machine at once, one on a bus by way of its worker. One
 * order at a time; what was not carried out is tried again with growing pauses, so that a dead relay box does not cost
 * the line more than its sensors can spare. */
#include <stdio.h>
#include <string.h>

#include "gateway/outputs_int.h"

static bool is_right(const struct core_output *o)
{
    return o->rule.is == (o->rule.is_wanted ? SW_OUTPUT_IS_ON : SW_OUTPUT_IS_OFF);
}

void output_failed(struct sw_core *c, struct core_output *o, const char *how, const char *why)
{
    const bool may_run = o->conf->kind != SW_OUTPUT_BOARD && !o->was_ordered_on;

    o->failures++;
    o->is_pending = false;
    o->retry_us = sw_mono_real_us() +
                  SW_MIN(o->failures * OUTPUT_BACKOFF_US, may_run ? OUTPUT_OFF_BACKOFF_MAX_US : OUTPUT_BACKOFF_MAX_US);
    snprintf(o->why, sizeof(o->why), "%s", *why ? why : how);
    output_record(c, o, "failed", "how", how, why);
    if (o->conf->kind != SW_OUTPUT_BOARD) {
        output_is(c, o, SW_OUTPUT_IS_UNKNOWN);
        if (!o->was_ordered_on && o->failures == 1)
            sw_log(SW_LOG_ERR, "output %s could not be switched off: %s; it may be on. It is tried again", o->conf->id,
                   o->why);
    }
    if (o->failures >= OUTPUT_ALERT_FAILURES)
        output_alert(c, o, true);
    if (o->failures == OUTPUT_ALERT_FAILURES)
        output_tell(c, o);
}

void output_succeeded(struct sw_core *c, struct core_output *o)
{
    const int64_t now_us = sw_mono_real_us();

    o->failures = 0;
    o->is_pending = false;
    o->retry_us = now_us;
    o->renew_us = now_us + OUTPUT_RENEW_US;
    o->why[0] = '\0';
    if (o->is_alerting)
        output_alert(c, o, false);
}

/* ---- a line of this machine ---- */

static void switch_line(struct sw_core *c, struct core_output *o, bool is_on)
{
    struct sw_err err = {0};
    int rc = o->line ? sw_gpio_set(o->line, is_on, &err) : sw_gpio_open_output(&o->conf->gpio, is_on, &o->line, &err);
    int level = rc < 0 ? rc : sw_gpio_get(o->line, &err);

    o->was_ordered_on = is_on;
    if (level == (int) is_on) {
        output_succeeded(c, o);
        output_is(c, o, is_on ? SW_OUTPUT_IS_ON : SW_OUTPUT_IS_OFF);
        return;
    }
    o->line = sw_gpio_close(o->line);
    if (level >= 0)
        output_failed(c, o, "differs", "the line reads back otherwise than it was set");
    else
        output_failed(c, o, "no-line", err.msg);
}

/* Somebody else may have driven it, or the chip may be gone. */
static void look_at_line(struct sw_core *c, struct core_output *o)
{
    struct sw_err err = {0};
    const int level = sw_gpio_get(o->line, &err);

    if (level == (int) o->was_ordered_on)
        return;
    snprintf(o->why, sizeof(o->why), "%.*s", (int) sizeof(o->why) - 1,
             level < 0 ? err.msg : "the line is not as it was set");
    if (level < 0)
        o->line = sw_gpio_close(o->line);
    output_is(c, o, SW_OUTPUT_IS_UNKNOWN);
}

/* ---- a relay on a bus ---- */

void output_write(struct sw_core *c, struct core_output *o, struct sw_bus_write *w)
{
    int rc;

    w->id = c->outputs->last_write_id = (c->outputs->last_write_id + 1) | OUTPUT_WRITE_IDS;
    w->unit_id = o->conf->unit_id;
    o->write_id = w->id;
    o->ordered_us = sw_mono_real_us();
    o->is_pending = true;
    rc = core_write(c, (size_t) o->conf->bus, w);
    if (rc < 0)
        output_failed(c, o, "no-line", sw_code_name((enum sw_code) rc));
}

static void switch_relay(struct sw_core *c, struct core_output *o, bool is_on)
{
    const struct sw_output_setup *conf = o->conf;
    struct sw_bus_write w = {.nb = 1};

    w.fc = conf->coil >= 0 ? 5 : 6;
    w.reg_addr = (uint16_t) (conf->coil >= 0 ? conf->coil : conf->reg_addr);
    w.values[0] = conf->coil >= 0 ? is_on : is_on ? conf->on_value : conf->off_value;
    o->was_ordered_on = is_on;
    output_write(c, o, &w);
}

static const char *how_word(enum sw_bus_written_how how)
{
    switch (how) {
    case SW_WRITTEN:
        return "written";
    case SW_WRITTEN_DIFFERS:
        return "differs";
    case SW_WRITTEN_UNREAD:
        return "unread";
    case SW_WRITTEN_REFUSED:
        return "refused";
    case SW_WRITTEN_SILENT:
        return "silent";
    case SW_WRITTEN_NO_LINE:
        break;
    }
    return "no-line";
}

/* A relay that cannot be read back is believed when it says that it obeyed: there is no other word of it. */
static void take_answer(struct sw_core *c, struct core_output *o, const struct sw_bus_written *w)
{
    const bool is_done = w->how == SW_WRITTEN || w->how == SW_WRITTEN_UNREAD;

    if (!is_done) {
        output_failed(c, o, how_word(w->how), w->why);
    } else if (o->conf->kind == SW_OUTPUT_BOARD) {
        output_succeeded(c, o);
        board_is_written(c, o);
    } else {
        output_succeeded(c, o);
        output_is(c, o, o->was_ordered_on ? SW_OUTPUT_IS_ON : SW_OUTPUT_IS_OFF);
    }
}

void output_on_written(void *ctx, const struct sw_bus_written *w)
{
    struct sw_core *c = ctx;

    for (size_t i = 0; c->outputs && i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (!o->is_pending || o->write_id != w->id)
            continue;
        take_answer(c, o, w);
        core_outputs_act(c);
        core_end_turn(c);
        return;
    }
}

/* ---- both ---- */

void output_drive(struct sw_core *c, struct core_output *o)
{
    const int64_t now_us = sw_mono_real_us();
    const bool is_on = o->rule.is_wanted;

    if (o->is_pending && now_us < o->ordered_us + OUTPUT_ANSWER_US)
        return;
    if (o->is_pending)
        output_failed(c, o, "no-answer", "the bus did not say what became of the order");
    if (o->line && now_us >= o->looked_us + OUTPUT_LOOK_US) {
        o->looked_us = now_us;
        look_at_line(c, o);
    }
    if (is_right(o) && now_us < o->renew_us)
        return;
    if (o->failures > 0 && is_on == o->was_ordered_on && now_us < o->retry_us)
        return; /* another order than the one that failed does not wait */
    if (o->conf->bus < 0)
        switch_line(c, o, is_on);
    else
        switch_relay(c, o, is_on);
}

/* ---- the end ---- */

static bool is_off(const struct core_output *o)
{
    return o->conf->kind == SW_OUTPUT_BOARD || o->conf->leaves_at_stop ||
           (o->rule.is == SW_OUTPUT_IS_OFF && !o->is_pending);
}

static bool all_off(const struct core_outputs *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (!is_off(&all->list[i]))
            return false;
    return true;
}

/* The loop has ended: answers are taken by hand. */
static void wait_written(struct sw_core *c, int64_t real_us)
{
    struct sw_bus_written written;

    if (!c->written || !sw_mailbox_wait(c->written, real_us))
        return;
    while (sw_mailbox_take(c->written, &written, 1))
        output_on_written(c, &written);
}

void core_outputs_stop(struct sw_core *c)
{
    const int64_t until_us = sw_mono_real_us() + OUTPUT_STOP_US;

    if (!c->outputs)
        return;
    c->outputs->is_stopping = true;
    for (size_t i = 0; i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (is_off(o))
            continue;
        o->retry_us = 0;
        sw_output_stop(&o->rule);
        output_record(c, o, "order", "wanted", "off", "the gateway stops");
    }
    core_outputs_act(c);
    while (!all_off(c->outputs) && sw_mono_real_us() < until_us) {
        wait_written(c, 50 * SW_US_PER_MS);
        core_outputs_act(c);
    }
    for (size_t i = 0; i < c->outputs->n; i++) {
        struct core_output *o = &c->outputs->list[i];

        if (!is_off(o))
            sw_log(SW_LOG_ERR,
                   "OUTPUT %s MAY BE ON: it could not be switched off before the gateway stops (%s). "
                   "Switch it off by hand",
                   o->conf->id, *o->why ? o->why : "no answer");
        output_tell(c, o);
    }
}
