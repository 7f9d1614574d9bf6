// SPDX-License-Identifier: Apache-2.0
/* A device model as data: sensors/templates/<id>.yaml, read by config/read_template.c, validated here. */
#ifndef SW_SENSORS_TEMPLATE_H
#define SW_SENSORS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/quantity.h"
#include "common/regcodec.h" /* register types and word orders */
#include "common/sure.h"
#include "sensors/gpio.h"

#define SW_TEMPLATE_CHANNELS_MAX 128 /* of one device */
#define SW_CHANNEL_VALUES_MAX 4      /* quantities of one sensor: LAeq, LAFmax, LCpeak, LAF */
#define SW_FINGERPRINTS_MAX 4        /* of one device */
#define SW_WIRING_SIZE 512           /* bytes of a wiring hint, with its NUL */
#define SW_DRIVER_GPIO "gpio"        /* a contact on a line of the machine: no bus, no registers */

struct sw_serial {
    int baud;      /* 0 = not given */
    char parity;   /* 'N' 'E' 'O' */
    int data_bits; /* 8 */
    int stop_bits; /* 1 or 2 */
};

/** What a register beside the value says of its scale. */
enum sw_scale_meaning {
    SW_SCALE_FIXED,    /* there is none: the template's scale alone */
    SW_SCALE_DECIMALS, /* number of decimal places: raw is divided by ten to its power */
    SW_SCALE_FACTOR,   /* raw is multiplied by it */
};

#define SW_SCALE_DECIMALS_MAX 9 /* more is nonsense: no value */

/** The register that holds a value's scale. It is of the value's own function and is read in one request with it, so
 *  that a scale which the device changes by itself cannot be taken for the value of another moment. */
struct sw_scale_register {
    enum sw_scale_meaning meaning;
    uint16_t reg_addr;
    enum sw_reg_type type;
    enum sw_word_order order;
};

/** One register value and what it means: value = raw × scale + offset, and with a scale register
 *  raw × scale × what that says + offset. */
struct sw_reg_value {
    enum sw_quantity quantity;
    uint8_t fc;        /* 3 holding, 4 input (1 coil, 2 discrete input later) */
    uint16_t reg_addr; /* 0-based, as on the wire */
    enum sw_reg_type type;
    enum sw_word_order order;
    double scale, offset;
    struct sw_scale_register scale_register;
    bool has_invalid, has_overload;
    uint64_t invalid, overload;  /* raw patterns that mean "no value" and "over range" */
    double valid_min, valid_max; /* outside: flag D; NaN = the quantity's own range */
};

/** How a contact on a line of the machine is wired and read; with driver "gpio". */
struct sw_contact {
    bool is_active_low; /* low on the wire = active */
    enum sw_gpio_bias bias;
    int32_t debounce_ms; /* a level counts once it has stood so long */
    double value;        /* of a reading while active; 0 while not */
    double mm_per_pulse; /* of a tipping-bucket gauge: its pulses are counted; 0 = it is no such thing */
};

struct sw_channel {
    char id[SW_ID_SIZE]; /* "noise": the sensor's id is {device}-{channel} */
    size_t n_values;
    struct sw_reg_value values[SW_CHANNEL_VALUES_MAX];
    int32_t flatline_s;        /* the same value for longer: a fault of the device; 0 = not looked at */
    int32_t fog_above;         /* optical dust: not believed above this humidity, hundredths of %; 0 = no rule */
    struct sw_contact contact; /* with driver "gpio": the quantity is that of values[0], the only one */
};

/** A sign by which a unit that answers is recognised: so many registers can be read from here, and the first of them
 *  holds, as an unsigned number, something from min to max. */
struct sw_fingerprint {
    uint8_t fc;        /* 3 holding, 4 input */
    uint16_t reg_addr; /* 0-based */
    uint16_t nb;       /* 1 … 125 */
    uint16_t min, max; /* the same: this very number */
};

struct sw_template {
    char id[SW_ID_SIZE];
    char driver[32]; /* "registers", or SW_DRIVER_GPIO */
    char manufacturer[64], model[64];
    char source[256];
    enum sw_sure sure;        /* how sure the register list is */
    char measuring_class[64]; /* "IEC 61672-1 class 2", "" = not stated */
    struct sw_serial serial;
    uint8_t unit_id;     /* it leaves the factory with; 0 = not stated */
    int32_t interval_ms; /* natural refresh time of the device */
    int32_t response_timeout_ms;
    int32_t turnaround_ms; /* least silence between its reply and the next request */
    uint16_t max_gap;      /* registers that may be read for nothing to join two blocks */
    uint16_t max_block;    /* 1 … 125 */
    size_t n_channels;
    struct sw_channel *channels; /* owned by whoever read the template (config's sw_site_free) */
    size_t n_fingerprints;       /* a unit is this model only if all of them match; 0 = it cannot be told */
    struct sw_fingerprint fingerprints[SW_FINGERPRINTS_MAX];
    char wiring_en[SW_WIRING_SIZE], wiring_zh[SW_WIRING_SIZE]; /* a hint for the installer; "" = none */
};

/** "u16", "f64"; "ABCD", "DCBA": the words of a template. Never NULL ("?" for an unknown number). */
const char *sw_reg_type_name(enum sw_reg_type type);
const char *sw_word_order_name(enum sw_word_order order);

/** Registers that a value needs: its own, and from there to its scale's when it has one.
 *  @param ret_addr  the first of them */
uint32_t sw_reg_value_span(const struct sw_reg_value *v, uint16_t *ret_addr);

/** Bit rates that a line may have: libmodbus takes any other for 9600 without a word. */
bool sw_baud_is_known(int baud);

/** Does a reply to a fingerprint's question look like the model?
 *  @param regs  [f->nb] as received */
bool sw_fingerprint_matches(const struct sw_fingerprint *f, const uint16_t *regs);

/** Is it a contact on a line of the machine? Then it has one channel, and `contact` there. */
bool sw_template_is_gpio(const struct sw_template *t);

/** @return SW_OK; SW_E_INVAL with the first fault in words */
int sw_template_validate(const struct sw_template *t, struct sw_err *err);

#endif
