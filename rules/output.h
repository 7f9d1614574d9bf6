// SPDX-License-Identifier: Apache-2.0
/* When is a relay (a mist cannon, a warning light) to be on? One state machine an output: states of sensors, weather,
 * orders by hand and the switch's own word in; on or off, and why, out. Pure: time is a parameter. Leaves switching and
 * reading back to gateway/outputs*.c. Whatever is unknown keeps water off. Source: docs/explanation/outputs.md. */
#ifndef SW_RULES_OUTPUT_H
#define SW_RULES_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/reading.h"
#include "rules/judge.h"

/** From which state of a sensor on. */
enum sw_output_on { SW_OUTPUT_ON_FORECAST, SW_OUTPUT_ON_ALERTING };

enum sw_output_mode { SW_OUTPUT_AUTO, SW_OUTPUT_OFF, SW_OUTPUT_ON, SW_OUTPUT_MODE__COUNT };

/** What the switch was read back as. */
enum sw_output_is { SW_OUTPUT_IS_UNKNOWN, SW_OUTPUT_IS_OFF, SW_OUTPUT_IS_ON, SW_OUTPUT_IS__COUNT };

/** Why it is to be as it is. */
enum sw_output_reason {
    SW_OUTPUT_START,   /* off since the program began: nothing has asked for it */
    SW_OUTPUT_RULE,    /* on: a sensor asks for it */
    SW_OUTPUT_MANUAL,  /* on or off by hand */
    SW_OUTPUT_CLEARED, /* off: no sensor asks for it any more */
    SW_OUTPUT_LONGEST_ON,
    SW_OUTPUT_RESTING, /* off: asked for, but it must rest */
    SW_OUTPUT_FROST,
    SW_OUTPUT_WIND,
    SW_OUTPUT_UNKNOWN_WEATHER, /* off: frost or wind decides, and nobody knows of them */
    SW_OUTPUT_FAILED,          /* off: asked for, but it is not known to have gone off */
    SW_OUTPUT_REASON__COUNT
};

struct sw_output_conf {
    enum sw_output_on on;
    int64_t longest_on_us;      /* 0 = no bound */
    int64_t rest_us;            /* least time off before it goes on again */
    int64_t hold_us;            /* it stays on so long after the cause has gone */
    int32_t frost_below;        /* hundredths of degC; SW_NO_VALUE = frost does not matter */
    int32_t wind_above;         /* hundredths of m/s; SW_NO_VALUE = wind does not matter */
    int64_t weather_max_age_us; /* an older reading is none */
};

struct sw_output {
    struct sw_output_conf conf;
    size_t n_watched;
    bool asks[SW_SENSORS_MAX];  /* this sensor switches it on */
    bool holds[SW_SENSORS_MAX]; /* this one did, and does not let go of it yet */
    int32_t temp, wind;         /* hundredths; SW_NO_VALUE */
    int64_t temp_us, wind_us;   /* of these readings */

    bool is_wanted; /* the order: on or off */
    enum sw_output_reason reason;
    int64_t since_us; /* of order and reason; INT64_MIN before the first look */
    enum sw_output_mode mode;
    enum sw_output_is is;
    bool has_failed; /* the switch's last word was that it does not know */

    int64_t now_us;     /* UTC of the last look; INT64_MIN before the first */
    int64_t steady_us;  /* the same by a clock that nobody sets */
    int64_t on_us;      /* it is or may be on for so long */
    int64_t off_us;     /* known to be off for so long */
    int64_t cleared_us; /* on without a cause for so long; -1 = it has one */
    int64_t waited_us;  /* ordered on by hand and kept off for so long */
    int64_t today_us;   /* known to be on on local day `day` */
    int32_t day;
    bool keeps_rest; /* off_us was taken over from the run before and still holds */
};

void sw_output_init(struct sw_output *o, const struct sw_output_conf *conf, size_t n_watched);

/* What happens. None of these decides: sw_output_look does. */

/** A watched sensor's state. Without data, with a fault and while it recovers what is on stays on, and nothing goes on:
 *  no data proves nothing. */
void sw_output_sensor(struct sw_output *o, size_t watched, enum sw_state state);
/** A reading of temperature (hundredths of degC) or wind speed (of m/s); SW_NO_VALUE = it cannot be believed. */
void sw_output_temp(struct sw_output *o, int32_t value, int64_t ts_us);
void sw_output_wind(struct sw_output *o, int32_t value, int64_t ts_us);
/** By hand. Interlocks hold all the same. With a longest time on, on by hand lasts at most so long, and waits for an
 *  interlock or a rest at most as long as the longer of the two; then it is automatic again. */
void sw_output_set_mode(struct sw_output *o, enum sw_output_mode mode);
/** The program ends: off, whatever asks for it. */
void sw_output_stop(struct sw_output *o);
/** The switch was read back. */
void sw_output_switched(struct sw_output *o, enum sw_output_is is);

/** Decide. Call after each of the above and once a second.
 *  @param now_us     UTC; may jump: ages of readings and what is told to people go by it
 *  @param steady_us  a clock that never jumps: how long it runs and rests goes by it
 *  @param day        local day of now_us, days since 1970
 *  @return order, reason or mode changed */
bool sw_output_look(struct sw_output *o, int64_t now_us, int64_t steady_us, int32_t day);

/** The earliest instant at which it may go on again; INT64_MIN: it is on, rests no more, or nobody knows. */
int64_t sw_output_rest_until_us(const struct sw_output *o);

/** What must survive a restart, as one line of text. @return its length, 0 when it does not fit */
#define SW_OUTPUT_TEXT_MAX 256
size_t sw_output_write(const struct sw_output *o, char *buf, size_t cap);
/** Take it over, after init. It counts as off only if it was known to be off; one that was on, or may have been, rests
 *  from the moment it is read back as off. Off by hand holds; whoever ordered on by hand need not be there any more:
 *  that is automatic again. @return SW_OK; SW_E_INVAL nothing was taken over */
int sw_output_read(struct sw_output *o, const char *text, size_t len, int64_t now_us, struct sw_err *err);

const char *sw_output_reason_name(enum sw_output_reason r);          /* "longest-on-time" … */
const char *sw_output_reason_text(enum sw_output_reason r, bool zh); /* as a sentence for people */
const char *sw_output_mode_name(enum sw_output_mode m);              /* "auto", "off", "on" */
const char *sw_output_is_name(enum sw_output_is is);                 /* "unknown", "off", "on" */
int sw_output_mode_from_name(const char *name);                      /* -1 = no such mode */

#endif
