// SPDX-License-Identifier: Apache-2.0
/* What the files of outputs share: outputs.c (rules in, decisions out), outputs_switch.c (relays), outputs_board.c
 * (LED boards), outputs_tell.c (store, documents, alerts), page_output.c. Nobody else includes this. */
#ifndef SW_GATEWAY_OUTPUTS_INT_H
#define SW_GATEWAY_OUTPUTS_INT_H

#include "gateway/core.h"
#include "gateway/outputs.h"
#include "io/document.h"
#include "sensors/bus_worker.h"
#include "sensors/gpio.h"

#define OUTPUT_BACKOFF_US (2 * SW_US_PER_S) /* real time; times the failures in a row */
#define OUTPUT_BACKOFF_MAX_US (300 * SW_US_PER_S)
#define OUTPUT_OFF_BACKOFF_MAX_US (30 * SW_US_PER_S) /* what may be running unwanted is worth a time-out each 30 s */
#define OUTPUT_ANSWER_US (30 * SW_US_PER_S)          /* an order that nobody answered in this time has failed */
#define OUTPUT_LOOK_US SW_US_PER_S                   /* a line of the machine is read so often */
#define OUTPUT_RENEW_US (60 * SW_US_PER_S)           /* a relay is told again what it is told already, and read back */
#define OUTPUT_ALERT_FAILURES 2                      /* one failure may be noise on the line */
#define OUTPUT_STOP_US (3 * SW_US_PER_S)             /* how long a stop waits for relays to be off */
#define OUTPUT_STATE_NAME "output"   /* of its row among the store's states: no rule's, those have a slash */
#define OUTPUT_WRITE_IDS 0x40000000u /* orders of others at the same bus have other numbers */
#define BOARD_WRITES_MAX 3

struct board_write {
    uint16_t reg_addr, nb;
    uint16_t values[BOARD_WRITES_MAX];
};

struct core_output {
    const struct sw_output_setup *conf;
    size_t index;
    struct sw_output rule; /* of a relay */
    uint16_t watched[SW_SENSORS_MAX];

    struct sw_gpio *line; /* NULL while it is not open, and on a bus */
    bool is_pending;      /* an order is at the bus */
    bool was_ordered_on;  /* the last order, carried out or not */
    uint32_t write_id;
    uint32_t failures;  /* in a row */
    int64_t ordered_us; /* real monotonic time, like all below */
    int64_t retry_us;   /* not again before */
    int64_t renew_us;
    int64_t looked_us; /* when its line was read last */

    enum sw_output_is fed; /* what its sensor said last */
    int64_t fed_us;        /* domain; INT64_MIN = nothing yet */
    bool is_alerting;
    char why[160]; /* the last failure; "" = none */

    /* a board */
    size_t n_writes, next_write;
    struct board_write writes[BOARD_WRITES_MAX];
    int state_shown; /* -1 = nothing yet */
    int64_t shown_us;
    bool is_shown;
};

struct core_outputs {
    size_t n;
    struct core_output *list;
    uint32_t last_write_id;
    bool is_stopping;
};

/* outputs_switch.c */
/** Is the relay as it is to be? Else see to it: one order at a time, with growing pauses. */
void output_drive(struct sw_core *c, struct core_output *o);
/** What became of an order at the bus. */
void output_on_written(void *ctx, const struct sw_bus_written *w);
/** Count a failure: when to try again, and whether to raise an alert. */
void output_failed(struct sw_core *c, struct core_output *o, const char *how, const char *why);
/** The order was carried out. */
void output_succeeded(struct sw_core *c, struct core_output *o);
/** Hand an order to the bus. */
void output_write(struct sw_core *c, struct core_output *o, struct sw_bus_write *w);

/* outputs_board.c */
void board_drive(struct sw_core *c, struct core_output *o);
/** The write that was at the bus was taken: the next, or done. */
void board_is_written(struct sw_core *c, struct core_output *o);
/** A value as the board's register takes it. */
uint16_t board_register(const struct sw_board_field *f, int32_t hundredths);

/* outputs.c */
/** The relay was read back. */
void output_is(struct sw_core *c, struct core_output *o, enum sw_output_is is);

/* outputs_tell.c */
/** Into the record of what was done: {"what": what, key: value, "reason": …, "why": why}. */
void output_record(struct sw_core *c, const struct core_output *o, const char *what, const char *key, const char *value,
                   const char *why);
void output_record_mode(struct sw_core *c, const struct core_output *o, uint32_t uid, const char *why);
/** What must survive a restart into the store. */
void output_keep(struct sw_core *c, struct core_output *o);
/** The same, now, and its document to the broker. */
void output_tell(struct sw_core *c, struct core_output *o);
void output_alert(struct sw_core *c, struct core_output *o, bool is_active);
/** As a document. @return length, 0 when it does not fit */
size_t output_document(struct sw_core *c, const struct core_output *o, char *buf, size_t cap);

#endif
