// SPDX-License-Identifier: Apache-2.0
/* What the engine's own files share: engine.c (inputs, ticks, effects), engine_new.c (making it), engine_view.c
 * (looking at it), engine_site.c (weather, validity, inputs), engine_work.c (schedule and work), engine_device.c (the
 * equipment), engine_spray.c (water on a dust sensor). Nobody else includes this. */
#ifndef SW_GATEWAY_ENGINE_INT_H
#define SW_GATEWAY_ENGINE_INT_H

#include "common/ident.h"
#include "gateway/engine.h"
#include "rules/spray.h"
#include "rules/validity.h"
#include "rules/weather.h"

/** The caller's array of effects while a step fills it. */
struct fx {
    struct sw_effect *to;
    size_t n, cap;
};

struct engine_sensor {
    struct sw_judge *judge;   /* NULL for inputs (camera, door, power) */
    struct sw_detect *detect; /* noise at the boundary, else NULL */
    struct sw_live live;
    uint64_t n_live;
    int input_was; /* 0, 1, or -1 before the first edge */
    uint64_t input_count;
    int64_t input_edge_us;           /* engine time of its last change */
    int8_t input_told, silence_told; /* whether the desk knows of the matter: 1, 0, -1 = since the start nothing */
    size_t first;                    /* sensor of its matter: that one keeps what was told */
    bool was_read, has_spoken;       /* a reading of any flag came; one that counts */
    int64_t heard_us, excused_us;    /* engine time of the last that counts, and of the last that need not count */
    struct sw_spray *spray;          /* dust with humidity beside it, and humidity anywhere; or NULL */
    int spray_rh;                    /* dust: the sensor of humidity beside it, else -1 */
    struct sw_validity_conf level_conf, other_conf; /* of the level; of its other quantities */
    struct sw_validity validity[SW_QUANTITY__COUNT];
};

/** Relative humidity as it was read last. */
struct engine_rh {
    int32_t value; /* hundredths of %; SW_NO_VALUE */
    int64_t ts_us;
};

/** What sensors are read over: a bus, or, of fed ones, one line for all. */
struct engine_line {
    char place[SW_ID_SIZE + 8]; /* in matters */
    int8_t told;                /* as of a sensor */
    size_t sensor;              /* that showed it */
    int64_t silence_from_us;    /* silence counts from here on */
};

#define ENGINE_LATE_MAX 1024 /* instances published too late that one schedule is looked through for */

struct sw_engine {
    const struct sw_site *site;
    size_t n_sensors;
    struct engine_sensor *sensors;
    const struct sw_schedule *schedule; /* borrowed; NULL = none */
    struct sw_desk *desk;
    struct sw_desk_sensor *desk_sensors;
    const struct sw_pack **packs;

    int64_t now_us; /* INT64_MIN before the first input */
    int64_t tick_s; /* the next whole second to tick */
    int64_t end_us;
    bool is_quiet;
    bool summary_due;
    bool was_late; /* the last reading */

    /* the input being worked on, and how far */
    bool has_input;
    struct sw_input input;
    size_t cursor;

    /* the weather of the site; now: what holds at now_us, computed once an instant */
    bool has_weather;
    struct sw_weather weather;
    struct sw_weather_now weather_now;
    int64_t weather_now_us; /* INT64_MIN = not computed */
    struct engine_rh *rh;   /* by device; the last is the newest of all. NULL = no sensor asks for it */

    int suppression;            /* 1 on, 0 off, -1 unknown */
    int64_t suppression_off_us; /* it goes off then; INT64_MIN = not yet known */

    const struct sw_pack *noise_pack; /* whose periods say when it is night, whose figures how work is heard; or NULL */
    int64_t unheard_us;               /* no unpermitted work since; INT64_MIN = there is, or nobody knows */
    size_t n_late;
    uint32_t late[ENGINE_LATE_MAX]; /* instances of the schedule being taken */

    struct engine_line line[SW_BUSES_MAX + 1];
    int64_t read_us;         /* of the last reading of any sensor, engine time */
    int64_t silence_from_us; /* silence counts from here on */
    int64_t pause_us;        /* nothing from anywhere for longer: the gateway stood still. INT64_MAX = who can say */

    struct sw_judge_out judge_out;
    struct sw_desk_out desk_out;
};

#define ENGINE_OVER_AFTER_US (1800 * SW_US_PER_S) /* no work for so long: the matter is over */
#define ENGINE_WORK_LEAD_US (ENGINE_OVER_AFTER_US + 3 * SW_DETECT_WINDOW_S * SW_US_PER_S)

/* engine_site.c */

int engine_site_new(struct sw_engine *e, struct sw_err *err);
void engine_site_free(struct sw_engine *e);
/** The flag that a reading of a judged quantity has after all. */
char engine_flag(struct sw_engine *e, const struct sw_reading *r);
/** Dust in air so wet that it is not looked at. */
bool engine_is_fog(const struct sw_engine *e, const struct sw_reading *r);
/** What this reading tells other judges, and what its own must know before it. */
void engine_share(struct sw_engine *e, const struct sw_reading *r);
/** A reading of a camera, door, power or machine input that is good. */
void engine_input(struct sw_engine *e, const struct sw_reading *r, bool is_edge);
/** Is this the 0/1 input of mist or spray, or an output that is? */
bool engine_suppresses(const struct sw_site *site, size_t sensor);
/** A second begins: what ends by itself. */
void engine_second(struct sw_engine *e);

/* engine_work.c */

int engine_work_new(struct sw_engine *e, struct sw_err *err);
void engine_work_free(struct sw_engine *e);
/** Was work allowed now, as known now? */
struct sw_work sw_engine_work(const struct sw_engine *e);
/** The same of another instant, as known now. */
struct sw_work engine_work_at(const struct sw_engine *e, int64_t at_us);
/** Is work detected on the site at an instant? */
enum sw_detected engine_detected(const struct sw_engine *e, int64_t t_us);
/** The desk must know before a finding. */
void engine_tell_desk(struct sw_engine *e);
/** A window of five minutes of a sensor with a detector. */
void engine_hear(struct sw_engine *e, size_t sensor, const struct sw_detect_window *w);
/** Once a minute: whose noise it is, and whether work that was not permitted is over. */
void engine_minute(struct sw_engine *e);
/** Work through tickets and instances of the schedule just taken, from e->cursor on, until the desk's room is used up.
 *  @return true: done */
bool engine_schedule_taken(struct sw_engine *e);

/** The period of the limits now; "" = none. */
const char *engine_period_now(const struct sw_engine *e, bool *ret_is_night);

/* engine_device.c */

void engine_device_new(struct sw_engine *e);
/** An input changed. */
void engine_device_edge(struct sw_engine *e, size_t sensor);
/** A reading of a judged sensor, with the flag that it has after all; excused: it is the air that it does not count. */
void engine_device_reading(struct sw_engine *e, const struct sw_reading *r, bool is_excused);
void engine_device_second(struct sw_engine *e);
/** The rebuilding is over. */
void engine_device_resumed(struct sw_engine *e);

/* engine_spray.c */

int engine_spray_new(struct sw_engine *e, struct sw_err *err);
void engine_spray_free(struct sw_engine *e);
/** How far back readings matter to it. */
int64_t engine_spray_lead_us(const struct sw_engine *e);
/** A reading as it was given: water makes fog too. */
void engine_spray_reading(struct sw_engine *e, const struct sw_reading *given);
/** A second ends. @return whether a ticket or alert came of it */
bool engine_spray_second(struct sw_engine *e, struct fx *fx);
bool engine_spray_is_suspected(const struct sw_engine *e, size_t sensor);

/** Room for one effect more, which the caller of the unit has seen to. */
struct sw_effect *engine_effect(struct fx *fx, enum sw_effect_kind kind, int64_t ts_us);

/** Is the ticket's matter measured, with good data, to be below its limits by the recovery margin? */
bool sw_engine_is_proven(struct sw_engine *e, const char *ticket);
/** It is not: say in err what speaks against it. */
void engine_say_gap(struct sw_engine *e, const char *ticket, struct sw_err *err);

#endif
