// SPDX-License-Identifier: Apache-2.0
/* Checks that a template makes sense, whoever wrote it. Reading the file is config/read_template.c's business; what
 * is found there as wrong text never comes here. */
#include "sensors/template.h"

#include <math.h>
#include <string.h>

#include "common/ident.h"
#include "sensors/driver.h"

#define INTERVAL_MIN_MS 10
#define INTERVAL_MAX_MS 3600000
#define TIMEOUT_MAX_MS 10000
#define TURNAROUND_MAX_MS 2000
#define DEBOUNCE_MAX_MS 10000

const char *sw_reg_type_name(enum sw_reg_type type)
{
    static const char *const names[SW_REG__COUNT] = {"u16", "s16", "u32", "s32", "f32", "f64"};

    return (unsigned) type < SW_REG__COUNT ? names[type] : "?";
}

const char *sw_word_order_name(enum sw_word_order order)
{
    static const char *const names[SW_ORDER__COUNT] = {"ABCD", "BADC", "CDAB", "DCBA"};

    return (unsigned) order < SW_ORDER__COUNT ? names[order] : "?";
}

bool sw_baud_is_known(int baud)
{
    static const int known[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400};

    for (size_t i = 0; i < SW_ARRAY_SIZE(known); i++) {
        if (known[i] == baud)
            return true;
    }
    return false;
}

bool sw_fingerprint_matches(const struct sw_fingerprint *f, const uint16_t *regs)
{
    return regs[0] >= f->min && regs[0] <= f->max;
}

uint32_t sw_reg_value_span(const struct sw_reg_value *v, uint16_t *ret_addr)
{
    const struct sw_scale_register *s = &v->scale_register;
    uint32_t begin = v->reg_addr, end = begin + (uint32_t) sw_reg_words(v->type);

    if (s->meaning != SW_SCALE_FIXED) {
        begin = SW_MIN(begin, (uint32_t) s->reg_addr);
        end = SW_MAX(end, s->reg_addr + (uint32_t) sw_reg_words(s->type));
    }
    *ret_addr = (uint16_t) begin;
    return end - begin;
}

static int check_serial(const struct sw_serial *s, struct sw_err *err)
{
    if (s->baud == 0)
        return SW_OK; /* a device that is reached by TCP states no line settings */
    if (!sw_baud_is_known(s->baud))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "serial: %d baud is not a rate a line can have here: use 1200, 2400, 4800, 9600, 19200, "
                          "38400, 57600, 115200 or 230400",
                          s->baud);
    if (s->parity != 'N' && s->parity != 'E' && s->parity != 'O')
        return sw_err_set(err, SW_E_INVAL, 0, "serial: parity must be N, E or O (format: 8N1)");
    if (s->data_bits != 8)
        return sw_err_set(err, SW_E_INVAL, 0, "serial: %d data bits: Modbus RTU needs 8", s->data_bits);
    if (s->stop_bits != 1 && s->stop_bits != 2)
        return sw_err_set(err, SW_E_INVAL, 0, "serial: %d stop bits: there are 1 or 2", s->stop_bits);
    return SW_OK;
}

static int check_between(const char *key, int32_t value, int32_t least, int32_t most, const char *unit,
                         struct sw_err *err)
{
    if (value >= least && value <= most)
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0, "%s: %d%s is outside %d … %d%s", key, (int) value, unit, (int) least,
                      (int) most, unit);
}

static int check_pace(const struct sw_template *t, struct sw_err *err)
{
    int rc = check_between("interval", t->interval_ms, INTERVAL_MIN_MS, INTERVAL_MAX_MS, " ms", err);

    if (rc == SW_OK) /* 0 = the bus's own */
        rc = check_between("response_timeout", t->response_timeout_ms, 0, TIMEOUT_MAX_MS, " ms", err);
    if (rc == SW_OK)
        rc = check_between("turnaround", t->turnaround_ms, 0, TURNAROUND_MAX_MS, " ms", err);
    if (rc == SW_OK)
        rc = check_between("max_gap", t->max_gap, 0, SW_BLOCK_REGS_MAX - 1, "", err);
    if (rc == SW_OK)
        rc = check_between("max_block", t->max_block, 1, SW_BLOCK_REGS_MAX, "", err);
    return rc;
}

static int check_pattern(const char *key, uint64_t pattern, int words, struct sw_err *err)
{
    if (words == 4 || pattern >> (16 * words) == 0)
        return SW_OK;
    return sw_err_set(err, SW_E_INVAL, 0, "%s: 0x%llX has more bits than the value's %d register%s", key,
                      (unsigned long long) pattern, words, words == 1 ? "" : "s");
}

static int check_meaning(const struct sw_reg_value *v, struct sw_err *err)
{
    const int words = sw_reg_words(v->type);
    int rc = SW_OK;

    if (!isfinite(v->scale) || v->scale == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "scale: must be a number other than 0");
    if (!isfinite(v->offset))
        return sw_err_set(err, SW_E_INVAL, 0, "offset: must be a number");
    if (v->has_invalid)
        rc = check_pattern("invalid", v->invalid, words, err);
    if (rc == SW_OK && v->has_overload)
        rc = check_pattern("overload", v->overload, words, err);
    if (rc == SW_OK && v->has_invalid && v->has_overload && v->invalid == v->overload)
        rc = sw_err_set(err, SW_E_INVAL, 0, "invalid and overload are the same pattern 0x%llX",
                        (unsigned long long) v->invalid);
    if (rc == SW_OK && !isnan(v->valid_min) && !isnan(v->valid_max) && !(v->valid_min < v->valid_max))
        rc = sw_err_set(err, SW_E_INVAL, 0, "valid: [%g, %g] is empty: the lower end comes first", v->valid_min,
                        v->valid_max);
    return rc;
}

static int check_scale_register(const struct sw_template *t, const struct sw_reg_value *v, struct sw_err *err)
{
    const struct sw_scale_register *s = &v->scale_register;
    const int words = sw_reg_words(s->type), own = sw_reg_words(v->type);
    uint16_t first;

    if (s->meaning == SW_SCALE_FIXED)
        return SW_OK;
    if (s->meaning != SW_SCALE_DECIMALS && s->meaning != SW_SCALE_FACTOR)
        return sw_err_set(err, SW_E_INVAL, 0, "scale_register: meaning must be decimals or factor");
    if (words == 0 || (unsigned) s->order >= SW_ORDER__COUNT)
        return sw_err_set(err, SW_E_INVAL, 0, "scale_register: type or order is not one that is known");
    if (s->meaning == SW_SCALE_DECIMALS && (s->type == SW_REG_F32 || s->type == SW_REG_F64))
        return sw_err_set(err, SW_E_INVAL, 0, "scale_register: decimals are a whole number, not %s",
                          sw_reg_type_name(s->type));
    if (s->reg_addr + words > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "scale_register: register %u+%d goes beyond 65535",
                          (unsigned) s->reg_addr, words);
    if (s->reg_addr < v->reg_addr + own && v->reg_addr < s->reg_addr + words)
        return sw_err_set(err, SW_E_INVAL, 0, "scale_register: %u is a register of the value itself",
                          (unsigned) s->reg_addr);
    if (sw_reg_value_span(v, &first) > t->max_block)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "scale_register: %u is too far from the value at %u: both must fit in one request of at most "
                          "%u registers; a device that keeps them apart needs a driver",
                          (unsigned) s->reg_addr, (unsigned) v->reg_addr, (unsigned) t->max_block);
    return SW_OK;
}

static int check_value(const struct sw_template *t, const struct sw_reg_value *v, struct sw_err *err)
{
    const int words = sw_reg_words(v->type);

    if (v->quantity <= SW_QUANTITY_NONE || v->quantity >= SW_QUANTITY__COUNT)
        return sw_err_set(err, SW_E_INVAL, 0, "quantity: not one that is known");
    if (words == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "type: must be u16, s16, u32, s32, f32 or f64");
    if ((unsigned) v->order >= SW_ORDER__COUNT)
        return sw_err_set(err, SW_E_INVAL, 0, "order: must be ABCD, BADC, CDAB or DCBA");
    if (v->fc != 3 && v->fc != 4)
        return sw_err_set(err, SW_E_INVAL, 0, "function: must be holding (FC03) or input (FC04)");
    if (v->reg_addr + words > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "register: %u+%d goes beyond 65535", (unsigned) v->reg_addr, words);
    if (words > t->max_block)
        return sw_err_set(err, SW_E_INVAL, 0, "max_block: %u is less than the %d registers of one value",
                          (unsigned) t->max_block, words);
    if (check_scale_register(t, v, err) < 0)
        return err ? (int) err->code : SW_E_INVAL;
    return check_meaning(v, err);
}

/** The quantities of a channel make one sensor: each once, and all of one kind. */
static int check_sensor(const struct sw_channel *c, struct sw_err *err)
{
    const enum sw_kind kind = sw_quantity_info(c->values[0].quantity)->kind;

    for (size_t i = 1; i < c->n_values; i++) {
        const struct sw_quantity_info *info = sw_quantity_info(c->values[i].quantity);

        if (info->kind != kind)
            return sw_err_set(err, SW_E_INVAL, 0,
                              "%s is %s and %s is %s: one channel is one sensor, give them a channel each", info->name,
                              sw_kind_name(info->kind), sw_quantity_info(c->values[0].quantity)->name,
                              sw_kind_name(kind));
        for (size_t k = 0; k < i; k++) {
            if (c->values[k].quantity == c->values[i].quantity)
                return sw_err_set(err, SW_E_INVAL, 0, "%s is there twice", info->name);
        }
    }
    return SW_OK;
}

/** When a good reply is still not believed: a value that stands still, dust in fog. */
static int check_belief(const struct sw_channel *c, struct sw_err *err)
{
    const enum sw_kind kind = sw_quantity_info(c->values[0].quantity)->kind;

    if (c->flatline_s < 0 || c->flatline_s > SW_S_PER_DAY)
        return sw_err_set(err, SW_E_INVAL, 0, "flatline: must be 0 s to 24 h");
    if (c->flatline_s > 0 && kind == SW_KIND_INPUT)
        return sw_err_set(err, SW_E_INVAL, 0, "flatline: an input that stands still is not at fault; leave it out");
    if (c->fog_above < 0 || c->fog_above > 10000)
        return sw_err_set(err, SW_E_INVAL, 0, "fog_above: must be 0 to 100 %%");
    if (c->fog_above > 0 && kind != SW_KIND_DUST)
        return sw_err_set(err, SW_E_INVAL, 0, "fog_above: is for dust, this channel measures %s", sw_kind_name(kind));
    return SW_OK;
}

bool sw_template_is_gpio(const struct sw_template *t)
{
    return strcmp(t->driver, SW_DRIVER_GPIO) == 0;
}

/** A contact is 0 or 1; rain it may tell (a detector) or count (a gauge). */
static int check_contact(const struct sw_template *t, const struct sw_channel *c, struct sw_err *err)
{
    const struct sw_quantity_info *info = sw_quantity_info(c->values[0].quantity);
    const bool is_rain = c->values[0].quantity == SW_QUANTITY_RAIN;

    if (t->n_channels != 1 || c->n_values != 1)
        return sw_err_set(err, SW_E_INVAL, 0, "a contact is one line: one channel with one quantity");
    if (info->kind != SW_KIND_INPUT && !is_rain)
        return sw_err_set(err, SW_E_INVAL, 0,
                          "quantity: a contact cannot tell %s; use camera, door, power, tamper, "
                          "contact or rain",
                          info->name);
    if (c->contact.debounce_ms < 0 || c->contact.debounce_ms > DEBOUNCE_MAX_MS)
        return sw_err_set(err, SW_E_INVAL, 0, "debounce: must be 0 to %d s", DEBOUNCE_MAX_MS / 1000);
    if ((unsigned) c->contact.bias > SW_GPIO_BIAS_PULL_DOWN)
        return sw_err_set(err, SW_E_INVAL, 0, "bias: must be as-is, none, pull-up or pull-down");
    if (c->contact.mm_per_pulse != 0 && (!is_rain || !(c->contact.mm_per_pulse > 0 && c->contact.mm_per_pulse <= 10)))
        return sw_err_set(err, SW_E_INVAL, 0, "mm_per_pulse: is for rain, above 0 and at most 10");
    if (!(c->contact.value > 0 && c->contact.value <= info->max))
        return sw_err_set(err, SW_E_INVAL, 0, "value: %g is not one that %s can have while active", c->contact.value,
                          info->name);
    if (t->unit_id != 0 || t->n_fingerprints > 0 || t->serial.baud != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "a contact has no address, no serial line and no fingerprint");
    return SW_OK;
}

static int check_channel(const struct sw_template *t, size_t index, struct sw_err *err)
{
    const struct sw_channel *c = &t->channels[index];
    int rc = SW_OK;

    if (!sw_id_is_valid(c->id))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "channel id \"%s\": use 1 to 64 of a-z, 0-9 and -, not starting or ending with -", c->id);
    for (size_t k = 0; k < index; k++) {
        if (strcmp(t->channels[k].id, c->id) == 0)
            return sw_err_set(err, SW_E_INVAL, 0, "channel %s is there twice", c->id);
    }
    if (c->n_values < 1 || c->n_values > SW_CHANNEL_VALUES_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "channel %s: has %zu values, it needs 1 to %d", c->id, c->n_values,
                          SW_CHANNEL_VALUES_MAX);
    if (sw_template_is_gpio(t) && check_contact(t, c, err) < 0)
        return sw_err_prefix(err, "channel %s", c->id);
    for (size_t v = 0; rc == SW_OK && v < c->n_values && !sw_template_is_gpio(t); v++) {
        rc = check_value(t, &c->values[v], err);
        if (rc < 0)
            rc = sw_err_prefix(err, "channel %s, value %zu", c->id, v + 1);
    }
    if (rc == SW_OK && (check_sensor(c, err) < 0 || check_belief(c, err) < 0))
        rc = sw_err_prefix(err, "channel %s", c->id);
    return rc;
}

static int check_fingerprint(const struct sw_fingerprint *f, struct sw_err *err)
{
    if (f->fc != 3 && f->fc != 4)
        return sw_err_set(err, SW_E_INVAL, 0, "function: must be holding (FC03) or input (FC04)");
    if (f->nb < 1 || f->nb > SW_BLOCK_REGS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "count: %u is outside 1 … %d", (unsigned) f->nb, SW_BLOCK_REGS_MAX);
    if (f->reg_addr + f->nb > 65536)
        return sw_err_set(err, SW_E_INVAL, 0, "register: %u+%u goes beyond 65535", (unsigned) f->reg_addr,
                          (unsigned) f->nb);
    if (f->min > f->max)
        return sw_err_set(err, SW_E_INVAL, 0, "expect: [%u, %u] is empty: the lower end comes first", (unsigned) f->min,
                          (unsigned) f->max);
    return SW_OK;
}

static int check_identity(const struct sw_template *t, struct sw_err *err)
{
    if ((unsigned) t->sure > SW_SURE_UNVERIFIED)
        return sw_err_set(err, SW_E_INVAL, 0, "sure: must be confirmed, secondary or unverified");
    if (t->n_fingerprints > SW_FINGERPRINTS_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "fingerprint: there are %zu, a device has at most %d", t->n_fingerprints,
                          SW_FINGERPRINTS_MAX);
    for (size_t i = 0; i < t->n_fingerprints; i++) {
        if (check_fingerprint(&t->fingerprints[i], err) < 0)
            return sw_err_prefix(err, "fingerprint %zu", i + 1);
    }
    return SW_OK;
}

static int check_all(const struct sw_template *t, struct sw_err *err)
{
    int rc;

    if (!sw_template_is_gpio(t) && !sw_driver_find(t->driver))
        return sw_err_set(err, SW_E_INVAL, 0, "driver: there is no \"%s\"; use \"registers\", or \"gpio\" for a line",
                          t->driver);
    rc = check_serial(&t->serial, err);
    if (rc == SW_OK)
        rc = check_pace(t, err);
    if (rc == SW_OK && (t->n_channels < 1 || t->n_channels > SW_TEMPLATE_CHANNELS_MAX))
        rc = sw_err_set(err, SW_E_INVAL, 0, "channels: there are %zu, a device has 1 to %d", t->n_channels,
                        SW_TEMPLATE_CHANNELS_MAX);
    for (size_t c = 0; rc == SW_OK && c < t->n_channels; c++)
        rc = check_channel(t, c, err);
    if (rc == SW_OK)
        rc = check_identity(t, err);
    return rc;
}

int sw_template_validate(const struct sw_template *t, struct sw_err *err)
{
    struct sw_err own = {0};

    if (!err)
        err = &own; /* prefixes climb through it */
    if (!sw_id_is_valid(t->id))
        return sw_err_set(err, SW_E_INVAL, 0,
                          "template id \"%s\": use 1 to 64 of a-z, 0-9 and -, not starting or ending with -", t->id);
    if (check_all(t, err) < 0)
        return sw_err_prefix(err, "template %s", t->id);
    return SW_OK;
}
