// SPDX-License-Identifier: Apache-2.0
/* Why there is no connection to a broker, in words that say what to do. Pure. */
#ifndef SW_GATEWAY_UPLINK_CAUSE_H
#define SW_GATEWAY_UPLINK_CAUSE_H

#include <stddef.h>

#include "io/mqtt.h"

enum sw_uplink_cause {
    SW_UPLINK_FINE,
    SW_UPLINK_UNREACHABLE,  /* nobody answers, or the line is down: waiting may help */
    SW_UPLINK_NOT_TRUSTED,  /* the broker's certificate is not accepted */
    SW_UPLINK_NOT_ACCEPTED, /* the broker does not accept ours */
    SW_UPLINK_CREDENTIALS,  /* username or password are refused, or may not be used */
    SW_UPLINK_VERSION,      /* the broker does not speak the version of MQTT that is configured */
    SW_UPLINK_FILES,        /* a file of ours is missing or does not fit */
    SW_UPLINK_TAKEN_OVER,   /* another client uses our id */
};

/** Which cause an event tells of: CONNECT_FAILED or LOST. */
enum sw_uplink_cause uplink_cause_of(const struct sw_mqtt_event *ev);

/** What to do about it: "; …" or "". Never NULL. */
const char *uplink_cause_advice(enum sw_uplink_cause cause);

#endif
