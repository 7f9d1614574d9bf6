// SPDX-License-Identifier: Apache-2.0
/* Effects: everything that an input can bring about, as fixed-size structs. The engine fills them, io/document.c
 * turns them into documents. Here, below io/ and gateway/, so that both see the same words. */
#ifndef SW_TICKETS_EFFECT_H
#define SW_TICKETS_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/judge.h"
#include "tickets/alert.h"
#include "tickets/desk.h"
#include "tickets/ticket.h"

enum sw_effect_kind {
    SW_EFFECT_LIVE,   /* a level was read: reading + limit */
    SW_EFFECT_WINDOW, /* a published window closed */
    SW_EFFECT_STATE,  /* a sensor's rule states changed: read them with sw_engine_judge */
    SW_EFFECT_TICKET, /* a ticket changed: read it with sw_desk_ticket(sw_engine_desk(e), ticket) */
    SW_EFFECT_TICKET_EVENT,
    SW_EFFECT_SENSOR_EVENT, /* an input of camera, door or power changed */
    SW_EFFECT_SUMMARY,      /* the site's summary changed, or a minute passed */
    SW_EFFECT_RESULT,       /* answer to a command */
    SW_EFFECT_SCHEDULE,     /* a schedule was taken: read it with sw_engine_schedule */
    SW_EFFECT_ALERT,        /* something about the measuring itself began or ended */
    SW_EFFECT__COUNT
};

struct sw_live {
    uint16_t sensor;
    uint8_t quantity;
    char flag;
    enum sw_quality quality;
    int64_t ts_us;
    int32_t value, limit; /* hundredths or SW_NO_VALUE */
    uint64_t n;           /* the sensor's own counter */
    bool late;
};

struct sw_sensor_event {
    char id[11];
    uint16_t sensor;
    uint8_t quantity;
    bool active;
    uint64_t count;
    struct sw_work work;
};

struct sw_effect {
    enum sw_effect_kind kind;
    int64_t ts_us; /* engine time of the input that caused it */
    union {
        struct sw_live live;
        struct sw_window_result window;
        uint16_t sensor; /* STATE */
        uint16_t ticket; /* TICKET: slot */
        struct sw_ticket_event event;
        struct sw_sensor_event input;
        struct sw_alert alert;
        struct {
            int code;
            struct sw_err err;                         /* detail: enum sw_refusal */
            const struct sw_ticket_command *command;   /* of a ticket command, else NULL */
            const struct sw_complaint_call *complaint; /* of a complaint, else NULL */
            struct sw_complaint_result became;         /* of it, when code is SW_OK */
        } result;
    };
};

/** What the summary document says, gathered when asked. */
struct sw_summary {
    int lamp;                      /* 0 ok, 1 near, 2 nodata, 3 over */
    int noise_sensor, dust_sensor; /* indices, -1 none */
    int32_t noise_value, noise_limit, dust_value;
    const struct sw_ticket *worst; /* NULL = none */
    struct sw_work work;
    const char *period;      /* "" = none */
    int64_t period_until_us; /* INT64_MIN */
    struct sw_desk_counts tickets;
    struct sw_complaint_counts complaints;
    uint32_t sensors_ok, sensors_total;
};

#endif
