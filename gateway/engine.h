// SPDX-License-Identifier: Apache-2.0
/* The engine: one site's judges and desk behind one door. The daemon, the replay and the tests all drive it.
 * Pure: no I/O, no clock, no allocation after sw_engine_new. Same inputs, same effects, bit for bit. */
#ifndef SW_GATEWAY_ENGINE_H
#define SW_GATEWAY_ENGINE_H

#include "common/reading.h"
#include "config/site.h"
#include "gateway/input_state.h"
#include "rules/calendar.h"
#include "rules/judge.h"
#include "rules/schedule.h"
#include "tickets/desk.h"
#include "tickets/effect.h"

enum sw_input_kind {
    SW_INPUT_READING,
    SW_INPUT_SCHEDULE,
    SW_INPUT_COMMAND,
    SW_INPUT_TICK,
    SW_INPUT_END,
    SW_INPUT_MEDIA,
    SW_INPUT_COMPLAINT
};

/** t_us is engine time: when the input arrived (in a replay: the reading's ts). Truncated to milliseconds inside, and
 *  never runs backwards: an earlier one counts as now. Before an input the engine ticks on each whole second up to it.
 */
struct sw_input {
    enum sw_input_kind kind;
    int64_t t_us;
    union {
        struct sw_reading reading;
        const struct sw_ticket_command *command;   /* borrowed until the step returns */
        const struct sw_ticket_media *media;       /* the same */
        const struct sw_complaint_call *complaint; /* the same */
        const struct sw_schedule *schedule;        /* borrowed until the next one is given, or the engine is freed */
    };
};

#define SW_EFFECTS_MIN 160 /* the least room a caller of sw_engine_step must offer */

struct sw_engine;

/** The site must outlive the engine. @return SW_OK; SW_E_NOMEM; SW_E_FULL; SW_E_INVAL */
int sw_engine_new(const struct sw_site *site, struct sw_engine **ret, struct sw_err *err);
struct sw_engine *sw_engine_free(struct sw_engine *e); /* NULL is fine; always returns NULL */

/** Give an input (or NULL: go on with the one before) and take effects, at most `cap` (>= SW_EFFECTS_MIN).
 *  Effects come from one whole second or one input at a time: STATE, TICKET and SUMMARY refer to the engine as it is
 *  when the call returns, and are to be read before the next call. *ret_more: call again with NULL before the next
 * input.
 *  @return number of effects written */
size_t sw_engine_step(struct sw_engine *e, const struct sw_input *in, struct sw_effect *to, size_t cap, bool *ret_more);

/** Rebuilding from the store: readings fill windows, states do not move, no effects but windows. Call before inputs. */
void sw_engine_set_quiet(struct sw_engine *e, bool is_quiet);

/** Readings that much earlier than sw_judge_needs_from are to be given too, so that weather, humidity, flat lines,
 *  references and the end of work stand as they did. */
int64_t sw_engine_lead_us(const struct sw_engine *e);

/** The reading that was given last belonged to a window that had closed: it is to be stored as late. */
bool sw_engine_was_late(const struct sw_engine *e);

const struct sw_site *sw_engine_site(const struct sw_engine *e);
/** Readings come from the gateway's own polls, which tell of silence too (flag B): when nothing comes at all, it was
 *  the gateway that stood still. */
void sw_engine_set_live(struct sw_engine *e);
struct sw_judge *sw_engine_judge(struct sw_engine *e, size_t sensor);
/** What one noise sensor at the boundary has learned of the site without work; NULL for others. */
struct sw_detect *sw_engine_detect(struct sw_engine *e, size_t sensor);
struct sw_desk *sw_engine_desk(struct sw_engine *e);
/** What an input is; false: it is none, or nothing is known of it. */
bool sw_engine_input(const struct sw_engine *e, size_t sensor, struct sw_input_state *ret);
/** What it was before a restart; after the rebuilding. */
void sw_engine_restore_input(struct sw_engine *e, size_t sensor, const struct sw_input_state *was);
/** What holds of alerts that the engine itself finds: those of this sensor, by code. @return false: none can arise */
bool sw_engine_alert(const struct sw_engine *e, size_t sensor, struct sw_alert *ret);
int64_t sw_engine_now_us(const struct sw_engine *e);                     /* INT64_MIN before the first input */
const struct sw_schedule *sw_engine_schedule(const struct sw_engine *e); /* NULL = none yet */
/** Was work allowed at an instant, as known now? */
struct sw_work sw_engine_work_at(const struct sw_engine *e, int64_t at_us);
/** The period of the noise limits that contains an instant, a night before others. @return NULL = none
 *  @param ret  from when to when */
const struct sw_period *sw_engine_period_at(const struct sw_engine *e, int64_t at_us, struct sw_span *ret);
void sw_engine_summary(struct sw_engine *e, struct sw_summary *ret);
/** The last level of a sensor, as a live value; false if there was none yet. */
bool sw_engine_live(const struct sw_engine *e, size_t sensor, struct sw_live *ret);

#endif
