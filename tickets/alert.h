// SPDX-License-Identifier: Apache-2.0
/* Alerts: what is wrong with the measuring itself, told to whoever looks after it, with what to do about it. One table
 * holds every code with its words. Who raises one is the engine's or the gateway's matter; a ticket is none. */
#ifndef SW_TICKETS_ALERT_H
#define SW_TICKETS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macros.h"

/** In the order of the table. Documents and the store know them by their words ("SW-B001"), never by number. */
enum sw_alert_code {
    SW_ALERT_BUS_LOST,      /* a line is not there */
    SW_ALERT_DEVICE_SILENT, /* a unit gives no answer, its line is alive */
    SW_ALERT_GPIO_LOST,     /* an input or output line of the machine is gone */
    SW_ALERT_INPUT_STORM,   /* a contact changes too often to be told */
    SW_ALERT_CAMERA,        /* no pictures */
    SW_ALERT_OUTPUT,        /* an output does not do as it is told */
    SW_ALERT_STORE,         /* the store cannot write */
    SW_ALERT_DAMAGED,       /* the store's file is not whole */
    SW_ALERT_ROOM,          /* the store has hardly any room left */
    SW_ALERT_DROPPED,       /* readings were dropped: something is too slow */
    SW_ALERT_SPRAY,         /* water on a dust sensor, suspected */
    SW_ALERT_KEY,           /* another key signs than before */
    SW_ALERT_TAKEN_OVER,    /* another client uses the gateway's id at a broker */
    SW_ALERT_PLATFORM,      /* a broker cannot be reached, or does not take us */
    SW_ALERT_NEIGHBOUR,     /* another gateway publishes for this site */
    SW_ALERT__COUNT
};

enum sw_alert_severity { SW_ALERT_WARNING, SW_ALERT_CRITICAL };

#define SW_ALERT_SUBJECT_SIZE (SW_ID_SIZE + 8)
#define SW_ALERT_DETAIL_SIZE 160
#define SW_ALERT_TEXT_SIZE 512

/** One cause at one subject. */
struct sw_alert {
    enum sw_alert_code code;
    char subject[SW_ALERT_SUBJECT_SIZE]; /* "sensor/north-gate-pm10", "bus/rs485-1", "gateway/gw-7f3a" */
    char name[SW_NAME_SIZE];             /* of the subject, for people; "" = its id */
    char detail[SW_ALERT_DETAIL_SIZE];   /* what the program knows beyond the text, "" = nothing */
    int64_t since_us;
    bool is_active; /* false: it is solved */
};

const char *sw_alert_code_name(enum sw_alert_code code); /* "SW-B001"; "" for an unknown number */
int sw_alert_from_name(const char *name);                /* -1 if it is none of them */
const char *sw_alert_severity_name(enum sw_alert_code code);

/** The subject without its kind: "north-gate-pm10". */
const char *sw_alert_subject_id(const struct sw_alert *a);

/** What is wrong and what to do, for people. lang "zh-CN" (or any zh) or else English. */
void sw_alert_text(const struct sw_alert *a, const char *lang, char *buf, size_t cap);
const char *sw_alert_fix(enum sw_alert_code code, const char *lang);

/** Last part of its topic: "sw-b001-rs485-1". @return length; 0 = no room, or no subject */
size_t sw_alert_topic_leaf(const struct sw_alert *a, char *buf, size_t cap);

#endif
