// SPDX-License-Identifier: Apache-2.0
/* Device templates (sensors/templates/<id>.yaml) into struct sw_template. Whether the registers make sense together
 * is asked of sw_template_validate. */
#include "config/read.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

struct value_conf {
    struct sw_item item;
    struct sw_reg_value v;
};

struct channel_conf {
    struct sw_item item;
    struct sw_array values; /* struct value_conf */
    int32_t flatline_s, fog_above;
    struct sw_contact contact;
    enum sw_quantity contact_quantity;
};

struct fingerprint_conf {
    struct sw_item item;
    struct sw_fingerprint f;
    double expect[2];
};

struct template_conf {
    struct sw_template t;
    struct sw_array channels;     /* struct channel_conf */
    struct sw_array fingerprints; /* struct fingerprint_conf */
};

/* `valid: [least, most]` fills two neighbours. */
static_assert(offsetof(struct sw_reg_value, valid_max) == offsetof(struct sw_reg_value, valid_min) + sizeof(double),
              "valid_min and valid_max are read as one pair");

const struct sw_word sw_baud_words[] = {{"1200", 1200},     {"2400", 2400},   {"4800", 4800},   {"9600", 9600},
                                        {"19200", 19200},   {"38400", 38400}, {"57600", 57600}, {"115200", 115200},
                                        {"230400", 230400}, {NULL, 0}};

static const struct sw_word function_words[] = {{"holding", 3}, {"input", 4}, {NULL, 0}};
static const struct sw_word type_words[] = {{"u16", SW_REG_U16},
                                            {"s16", SW_REG_S16},
                                            {"u32", SW_REG_U32},
                                            {"s32", SW_REG_S32},
                                            {"f32", SW_REG_F32},
                                            {"f64", SW_REG_F64},
                                            {NULL, 0}};
static const struct sw_word order_words[] = {
    {"ABCD", SW_ORDER_ABCD}, {"BADC", SW_ORDER_BADC}, {"CDAB", SW_ORDER_CDAB}, {"DCBA", SW_ORDER_DCBA}, {NULL, 0}};
static const struct sw_word sure_words[] = {
    {"confirmed", SW_SURE_CONFIRMED}, {"secondary", SW_SURE_SECONDARY}, {"unverified", SW_SURE_UNVERIFIED}, {NULL, 0}};

#define U64_MOST 18446744073709551615.0

static const struct sw_word scale_words[] = {{"decimals", SW_SCALE_DECIMALS}, {"factor", SW_SCALE_FACTOR}, {NULL, 0}};

static const struct sw_row scale_register_rows[] = {
    {"register", SW_ROW_INT, SW_ROW_REQUIRED, SW_AT(value_conf, v.scale_register.reg_addr), .min = 0, .max = 65535,
     .help = "address from 0, as on the wire; read with the value's own function and in one request with it"},
    {"type", SW_ROW_ENUM, 0, SW_AT(value_conf, v.scale_register.type), .dflt = "u16", .words = type_words,
     .help = "type of the scale"},
    {"order", SW_ROW_ENUM, 0, SW_AT(value_conf, v.scale_register.order), .dflt = "ABCD", .words = order_words,
     .help = "order of its bytes"},
    {"meaning", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(value_conf, v.scale_register.meaning), .words = scale_words,
     .help = "decimals: number of decimal places; factor: multiplied by it"},
    {0},
};

static const struct sw_row value_rows[] = {
    {"quantity", SW_ROW_QUANTITY, SW_ROW_REQUIRED, SW_AT(value_conf, v.quantity), .help = "what the value measures"},
    {"function", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(value_conf, v.fc), .words = function_words,
     .help = "holding registers (FC03) or input registers (FC04)"},
    {"register", SW_ROW_INT, SW_ROW_REQUIRED, SW_AT(value_conf, v.reg_addr), .min = 0, .max = 65535,
     .help = "address from 0, as on the wire"},
    {"type", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(value_conf, v.type), .words = type_words,
     .help = "type of the raw value"},
    {"order", SW_ROW_ENUM, 0, SW_AT(value_conf, v.order), .dflt = "ABCD", .words = order_words,
     .help = "order of the bytes of values of 32 and 64 bits"},
    {"scale", SW_ROW_NUMBER, 0, SW_AT(value_conf, v.scale), .dflt = "1", .help = "value = raw * scale + offset"},
    {"scale_register", SW_ROW_MAP, .of = scale_register_rows,
     .help = "the device keeps the scale in a register: value = raw * scale * what it says + offset"},
    {"offset", SW_ROW_NUMBER, 0, SW_AT(value_conf, v.offset), .dflt = "0", .help = "value = raw * scale + offset"},
    {"invalid", SW_ROW_INT, 0, SW_AT(value_conf, v.invalid), .min = 0, .max = U64_MOST,
     .help = "raw pattern that means: no value"},
    {"overload", SW_ROW_INT, 0, SW_AT(value_conf, v.overload), .min = 0, .max = U64_MOST,
     .help = "raw pattern that means: over range"},
    {"valid", SW_ROW_RANGE, SW_ROW_NAN, .offset = offsetof(struct value_conf, v.valid_min), .size = 2 * sizeof(double),
     .help = "values outside are a fault of the device; default: the quantity's own range"},
    {0},
};

const struct sw_word sw_active_words[] = {{"high", false}, {"low", true}, {NULL, 0}};
const struct sw_word sw_bias_words[] = {{"as-is", SW_GPIO_BIAS_AS_IS},
                                        {"none", SW_GPIO_BIAS_NONE},
                                        {"pull-up", SW_GPIO_BIAS_PULL_UP},
                                        {"pull-down", SW_GPIO_BIAS_PULL_DOWN},
                                        {NULL, 0}};

static const struct sw_row contact_rows[] = {
    {"quantity", SW_ROW_QUANTITY, SW_ROW_REQUIRED, SW_AT(channel_conf, contact_quantity),
     .help = "camera, door, power, tamper, contact or rain"},
    {"active", SW_ROW_ENUM, 0, SW_AT(channel_conf, contact.is_active_low), .dflt = "high", .words = sw_active_words,
     .help = "the level on the wire that means 1"},
    {"bias", SW_ROW_ENUM, 0, SW_AT(channel_conf, contact.bias), .dflt = "as-is", .words = sw_bias_words,
     .help = "resistor of the machine that holds the open line"},
    {"debounce", SW_ROW_DURATION_MS, 0, SW_AT(channel_conf, contact.debounce_ms), .max = 10e3, .dflt = "0ms",
     .help = "a level counts once it has stood so long"},
    {"value", SW_ROW_NUMBER, 0, SW_AT(channel_conf, contact.value), .min = 0.01, .max = 1000, .dflt = "1",
     .help = "of a reading while active, in the unit of the quantity; 0 while not"},
    {"mm_per_pulse", SW_ROW_NUMBER, 0, SW_AT(channel_conf, contact.mm_per_pulse), .min = 0.001, .max = 10, .unit = "mm",
     .help = "tipping-bucket gauge: rain of one tip; its pulses are counted"},
    {0},
};

static const struct sw_row channel_rows[] = {
    {"values", SW_ROW_LIST, 0, SW_AT(channel_conf, values), .min = 1, .max = SW_CHANNEL_VALUES_MAX, .of = value_rows,
     .of_size = sizeof(struct value_conf), .help = "quantities of this channel, in registers"},
    {"contact", SW_ROW_MAP, .of = contact_rows, .help = "with driver gpio, in place of values: a contact on a line"},
    {"flatline", SW_ROW_DURATION_S, 0, SW_AT(channel_conf, flatline_s), .min = 1, .max = 86400,
     .help = "the same value for longer is a fault of the device; default: not looked at"},
    {"fog_above", SW_ROW_CENTI, 0, SW_AT(channel_conf, fog_above), .min = 1, .max = 100, .unit = "%",
     .help = "optical dust is not believed above this relative humidity; default: no rule"},
    {0},
};

static const struct sw_row serial_rows[] = {
    {"baud", SW_ROW_INT, 0, SW_AT(template_conf, t.serial.baud), .unit = "bit/s", .words = sw_baud_words,
     .help = "rate that the device leaves the factory with"},
    {"format", SW_ROW_PARSED, 0, SW_AT(template_conf, t.serial), .dflt = "8N1", .parse = sw_parse_serial_format,
     .pattern = "^8[NEO][12]$", .help = "data bits, parity, stop bits"},
    {0},
};

static const struct sw_row fingerprint_rows[] = {
    {"function", SW_ROW_ENUM, SW_ROW_REQUIRED, SW_AT(fingerprint_conf, f.fc), .words = function_words,
     .help = "holding registers (FC03) or input registers (FC04)"},
    {"register", SW_ROW_INT, SW_ROW_REQUIRED, SW_AT(fingerprint_conf, f.reg_addr), .min = 0, .max = 65535,
     .help = "address from 0, as on the wire"},
    {"count", SW_ROW_INT, 0, SW_AT(fingerprint_conf, f.nb), .min = 1, .max = 125, .dflt = "1", .unit = "registers",
     .help = "the unit must be able to answer this many at once"},
    {"value", SW_ROW_INT, 0, SW_AT(fingerprint_conf, f.min), .min = 0, .max = 65535,
     .help = "the first register holds this number; give this or expect"},
    {"expect", SW_ROW_RANGE, SW_ROW_NAN, SW_AT(fingerprint_conf, expect),
     .help = "the first register, unsigned, lies in here; give this or value"},
    {0},
};

static const struct sw_row wiring_rows[] = {
    {"en", SW_ROW_TEXT, 0, SW_AT(template_conf, t.wiring_en), .help = "English"},
    {"zh-CN", SW_ROW_TEXT, 0, SW_AT(template_conf, t.wiring_zh), .help = "Chinese"},
    {0},
};

const struct sw_row sw_template_rows[] = {
    {"version", SW_ROW_INT, SW_ROW_REQUIRED, .min = 1, .max = 1, .help = "of this file format"},
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(template_conf, t.id), .help = "the file's name without .yaml"},
    {"manufacturer", SW_ROW_TEXT, 0, SW_AT(template_conf, t.manufacturer), .help = "who makes the device"},
    {"model", SW_ROW_TEXT, 0, SW_AT(template_conf, t.model), .help = "what the label says"},
    {"driver", SW_ROW_TEXT, 0, SW_AT(template_conf, t.driver), .dflt = "registers", .help = "how it is read"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(template_conf, t.source), .min = 1,
     .help = "document and revision of the register list"},
    {"sure", SW_ROW_ENUM, 0, SW_AT(template_conf, t.sure), .dflt = "unverified", .words = sure_words,
     .help = "how sure the register list is"},
    {"measuring_class", SW_ROW_TEXT, 0, SW_AT(template_conf, t.measuring_class), .help = "class of the instrument"},
    {"serial", SW_ROW_MAP, .of = serial_rows, .help = "line settings"},
    {"address", SW_ROW_INT, 0, SW_AT(template_conf, t.unit_id), .min = 1, .max = 255,
     .help = "Modbus unit id that it leaves the factory with"},
    {"interval", SW_ROW_DURATION_MS, SW_ROW_REQUIRED, SW_AT(template_conf, t.interval_ms), .min = 10, .max = 3600e3,
     .help = "how often the device has a new value"},
    {"response_timeout", SW_ROW_DURATION_MS, 0, SW_AT(template_conf, t.response_timeout_ms), .min = 10, .max = 10e3,
     .help = "how long a reply may take; default: the bus's own"},
    {"turnaround", SW_ROW_DURATION_MS, 0, SW_AT(template_conf, t.turnaround_ms), .max = 2000, .dflt = "0ms",
     .help = "least silence between a reply and the next request"},
    {"max_gap", SW_ROW_INT, 0, SW_AT(template_conf, t.max_gap), .max = 124, .dflt = "0", .unit = "registers",
     .help = "registers that may be read for nothing to join two blocks"},
    {"max_block", SW_ROW_INT, 0, SW_AT(template_conf, t.max_block), .min = 1, .max = 125, .dflt = "125",
     .unit = "registers", .help = "most registers of one request"},
    {"channels", SW_ROW_MAP_BY_ID, SW_ROW_REQUIRED, SW_AT(template_conf, channels), .min = 1,
     .max = SW_TEMPLATE_CHANNELS_MAX, .of = channel_rows, .of_size = sizeof(struct channel_conf),
     .help = "what it measures; each is a sensor named {device}-{channel}"},
    {"fingerprint", SW_ROW_LIST, 0, SW_AT(template_conf, fingerprints), .max = SW_FINGERPRINTS_MAX,
     .of = fingerprint_rows, .of_size = sizeof(struct fingerprint_conf),
     .help = "what a scan asks to tell the model: all must match"},
    {"wiring", SW_ROW_MAP, .of = wiring_rows, .help = "how to connect it, in words"},
    {0},
};

bool sw_parse_serial_format(const char *text, void *dest, char *why, size_t cap)
{
    struct sw_serial *s = dest;

    if (strlen(text) != 3 || text[0] != '8' || strchr("NEO", text[1]) == NULL || strchr("12", text[2]) == NULL) {
        (void) snprintf(why, cap, "must be 8N1, 8E1, 8O1, 8N2, 8E2 or 8O2 (data bits, parity, stop bits)");
        return false;
    }
    if (s != NULL) {
        s->data_bits = text[0] - '0';
        s->parity = text[1];
        s->stop_bits = text[2] - '0';
    }
    return true;
}

void sw_check_file_id(const struct sw_node *root, const char *id, struct sw_faults *faults)
{
    const struct sw_node *n = sw_node_get(root, "id");
    const char *slash = strrchr(root->file, '/'), *name = slash != NULL ? slash + 1 : root->file;
    const char *dot = strrchr(name, '.');
    const size_t len = dot != NULL ? (size_t) (dot - name) : strlen(name);

    if (n != NULL && id[0] != '\0' && (strlen(id) != len || strncmp(name, id, len) != 0))
        sw_fault_at(faults, n, "'id' is '%s', but the file is named '%.*s': they must be the same", id,
                    (int) (len < 80 ? len : 80), name);
}

/* From the rows' arrays to the caller's own memory. */
static int take_channels(const struct template_conf *c, struct sw_template *t)
{
    const struct channel_conf *channels = c->channels.items;

    t->channels = calloc(c->channels.n > 0 ? c->channels.n : 1, sizeof(*t->channels));
    if (t->channels == NULL)
        return SW_E_NOMEM;
    for (size_t i = 0; i < c->channels.n; i++) {
        const struct value_conf *values = channels[i].values.items;
        struct sw_channel *to = &t->channels[i];

        (void) snprintf(to->id, sizeof(to->id), "%s", channels[i].item.id);
        to->flatline_s = channels[i].flatline_s;
        to->fog_above = channels[i].fog_above;
        if (sw_template_is_gpio(t)) {
            to->contact = channels[i].contact;
            to->values[0] = (struct sw_reg_value){
                .quantity = channels[i].contact_quantity, .scale = 1, .valid_min = NAN, .valid_max = NAN};
            to->n_values = 1;
        }
        for (size_t k = 0; k < channels[i].values.n && k < SW_CHANNEL_VALUES_MAX; k++) {
            to->values[k] = values[k].v;
            to->values[k].has_invalid = sw_node_get(values[k].item.node, "invalid") != NULL;
            to->values[k].has_overload = sw_node_get(values[k].item.node, "overload") != NULL;
            to->n_values++;
        }
    }
    t->n_channels = c->channels.n;
    return SW_OK;
}

/* `value: n` and `expect: [least, most]` are two ways to write one range. */
static void take_fingerprints(const struct template_conf *c, struct sw_template *t, struct sw_faults *faults)
{
    const struct fingerprint_conf *list = c->fingerprints.items;

    for (size_t i = 0; i < c->fingerprints.n && i < SW_FINGERPRINTS_MAX; i++) {
        const struct sw_node *expect = sw_node_get(list[i].item.node, "expect");
        const bool has_value = sw_node_get(list[i].item.node, "value") != NULL;
        struct sw_fingerprint *to = &t->fingerprints[t->n_fingerprints++];
        const double least = list[i].expect[0], most = list[i].expect[1];

        *to = list[i].f;
        to->max = to->min;
        if (has_value == (expect != NULL)) {
            sw_fault_at(faults, list[i].item.node, "a fingerprint needs either 'value' or 'expect'");
        } else if (expect != NULL && (least != floor(least) || most != floor(most) || least < 0 || most > UINT16_MAX)) {
            sw_fault_at(faults, expect, "'expect' must be two whole numbers of 0 to 65535");
        } else if (expect != NULL) {
            to->min = (uint16_t) least;
            to->max = (uint16_t) most;
        }
    }
}

/* Registers or a contact: as the driver wants it. */
static void check_kinds(const struct template_conf *c, struct sw_faults *faults)
{
    const struct channel_conf *channels = c->channels.items;
    const bool is_gpio = sw_template_is_gpio(&c->t);
    const char *want = is_gpio ? "contact" : "values", *other = is_gpio ? "values" : "contact";

    for (size_t i = 0; i < c->channels.n; i++) {
        const struct sw_node *wrong = sw_node_get(channels[i].item.node, other);

        if (wrong != NULL)
            sw_fault_at_key(faults, wrong, "'%s' has no meaning with the driver '%s': it wants '%s'", other,
                            c->t.driver, want);
        if (sw_node_get(channels[i].item.node, want) == NULL)
            sw_fault_at_key(faults, channels[i].item.node, "'%s' lacks the key '%s': %s", channels[i].item.id, want,
                            is_gpio ? "a contact on a line" : "quantities of this channel");
    }
}

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct template_conf *c = sw_tree_alloc(tree, sizeof(*c));
    struct sw_err why = {0};

    if (c == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", root->file);
    if (sw_schema_read(tree, sw_template_rows, root, c, faults, err) < 0)
        return SW_E_NOMEM;
    sw_check_file_id(root, c->t.id, faults);
    check_kinds(c, faults);
    if (faults->n_faults == faults_before)
        take_fingerprints(c, &c->t, faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    if (take_channels(c, &c->t) < 0)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: no memory", root->file);
    if (sw_template_validate(&c->t, &why) < 0) {
        sw_template_done(&c->t);
        sw_fault_at(faults, root, "%s", why.msg);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", root->file, why.msg);
    }
    *(struct sw_template *) ret = c->t;
    return SW_OK;
}

int sw_template_read(const char *file, struct sw_faults *faults, struct sw_template *ret, char *ret_sha256,
                     struct sw_err *err)
{
    return sw_read_one(file, NULL, 0, make, ret, ret_sha256, faults, err);
}

int sw_template_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults,
                          struct sw_template *ret, struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}

void sw_template_done(struct sw_template *t)
{
    free(t->channels);
    t->channels = NULL;
    t->n_channels = 0;
}
