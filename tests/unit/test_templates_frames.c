// SPDX-License-Identifier: Apache-2.0
/* Every shipped template against frames (tests/data/recordings): the requests that its plan makes are looked up there
 * byte by byte, the replies are decoded as on a line, and the readings compared. A template without frames fails.
 * The frames were written by a Python script or copied from documents, never by this program. */
#include "test.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/device.h"
#include "tests/support/shipped_templates.h"

#define TEMPLATES SW_TEST_DATA "/../../sensors/templates"
#define RECORDINGS SW_TEST_DATA "/recordings"
#define FRAME_MAX 256
#define MODELS_LEAST 20

static uint16_t crc_of(const uint8_t *frame, size_t len)
{
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < len; i++) {
        crc ^= frame[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (uint16_t) (crc >> 1 ^ 0xA001) : (uint16_t) (crc >> 1);
    }
    return crc;
}

/* "01 03 …" into bytes; the check sum at the end must be right. */
static size_t read_frame(const char *id, const char *text, uint8_t *ret)
{
    size_t n = 0;

    CHECK(text != NULL, "%s: an exchange lacks a frame", id);
    for (const char *p = text; *p != '\0' && n < FRAME_MAX; p += p[2] == ' ' ? 3 : 2) {
        unsigned byte = 0;

        CHECK(sscanf(p, "%2X", &byte) == 1, "%s: '%s' is no frame", id, text);
        ret[n++] = (uint8_t) byte;
    }
    CHECK(n >= 5, "%s: '%s' is too short", id, text);
    const uint16_t crc = crc_of(ret, n - 2);
    CHECK(ret[n - 2] == (crc & 0xFF) && ret[n - 1] == crc >> 8, "%s: the check sum of '%s' is not %02X %02X", id, text,
          crc & 0xFFu, (unsigned) (crc >> 8));
    return n;
}

/* The registers that the recorded unit answers to this request; false when the recording does not hold it. */
static bool ask(const char *id, const json_t *one, uint8_t fc, uint16_t reg_addr, uint16_t nb, uint16_t *ret)
{
    const uint8_t unit = (uint8_t) json_integer_value(json_object_get(one, "unit"));
    const uint8_t want[6] = {unit,        fc, (uint8_t) (reg_addr >> 8), (uint8_t) reg_addr, (uint8_t) (nb >> 8),
                             (uint8_t) nb};
    const json_t *list = json_object_get(one, "exchanges");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        uint8_t request[FRAME_MAX], reply[FRAME_MAX];

        CHECK(read_frame(id, json_string_value(json_object_get(e, "request")), request) == 8, "%s: a request", id);
        const size_t len = read_frame(id, json_string_value(json_object_get(e, "reply")), reply);
        if (memcmp(request, want, sizeof(want)) != 0)
            continue;
        CHECK(len == 5 + 2u * nb && reply[0] == unit && reply[1] == fc && reply[2] == 2 * nb,
              "%s: the reply to %u+%u does not fit its request", id, reg_addr, nb);
        for (size_t k = 0; k < nb; k++)
            ret[k] = (uint16_t) (reply[3 + 2 * k] << 8 | reply[4 + 2 * k]);
        return true;
    }
    return false;
}

static const json_t *wanted(const json_t *one, const char *channel, enum sw_quantity quantity)
{
    const json_t *list = json_object_get(one, "readings");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *w = json_array_get(list, i);

        if (strcmp(json_string_value(json_object_get(w, "channel")), channel) == 0 &&
            strcmp(json_string_value(json_object_get(w, "quantity")), sw_quantity_info(quantity)->name) == 0)
            return w;
    }
    return NULL;
}

static void check_reading(const struct sw_template *t, const json_t *one, const struct sw_reading *got)
{
    const char *why = json_string_value(json_object_get(one, "why"));
    const char *channel = t->channels[got->sensor].id;
    const json_t *w = wanted(one, channel, (enum sw_quantity) got->quantity);

    CHECK(w != NULL, "%s, %s: nobody expects the channel %s", t->id, why, channel);
    const json_t *value = json_object_get(w, "value");
    const double want = json_is_number(value) ? json_number_value(value) : NAN;
    CHECK(got->flag == json_string_value(json_object_get(w, "flag"))[0], "%s, %s: %s has the flag %c", t->id, why,
          channel, got->flag);
    CHECK(isnan(want) ? isnan(got->value) : fabs(got->value - want) < 1e-6 * fmax(1, fabs(want)),
          "%s, %s: %s reads %.9g, it should be %.9g", t->id, why, channel, got->value, want);
}

/* Plan the channels that the case speaks of, poll, compare. Marks in `seen` the values that came out good. */
static void run_case(const struct sw_template *t, const json_t *one, bool seen[][SW_CHANNEL_VALUES_MAX])
{
    const char *why = json_string_value(json_object_get(one, "why"));
    const char *level = json_string_value(json_object_get(one, "level"));
    uint16_t sensor[SW_TEMPLATE_CHANNELS_MAX], regs[SW_BLOCK_REGS_MAX];
    struct sw_reading got[SW_TEMPLATE_CHANNELS_MAX * SW_CHANNEL_VALUES_MAX];
    struct sw_device d;
    struct sw_err err = {0};
    size_t n_read = 0;

    for (size_t c = 0; c < t->n_channels; c++)
        sensor[c] = wanted(one, t->channels[c].id, t->channels[c].values[0].quantity) ? (uint16_t) c : SW_SENSOR_UNUSED;
    CHECK(sw_device_init(&d, "d", t, (uint8_t) json_integer_value(json_object_get(one, "unit")), 0, sensor, &err) ==
              SW_OK,
          "%s, %s: %s", t->id, why, err.msg);
    if (level != NULL && strcmp(level, "single") == 0)
        sw_plan_build(&d.plan, SW_PLAN_SINGLE);
    for (size_t b = 0; b < d.plan.n_blocks; b++) {
        const struct sw_block *block = &d.plan.blocks[b];

        CHECK(ask(t->id, one, block->fc, block->reg_addr, block->nb, regs), "%s, %s: no frame asks FC%02u %u+%u", t->id,
              why, block->fc, block->reg_addr, block->nb);
        CHECK(sw_device_decode(&d, block, regs, 0, 0, got, &err) == block->n_items, "%s: %s", t->id, err.msg);
        for (size_t i = 0; i < block->n_items; i++, n_read++) {
            const struct sw_item *item = &d.plan.items[block->first_item + i];

            check_reading(t, one, &got[i]);
            seen[item->channel][item->which] |= got[i].flag == 'N';
        }
    }
    CHECK(n_read == json_array_size(json_object_get(one, "readings")), "%s, %s: %zu readings came out, not %zu", t->id,
          why, n_read, json_array_size(json_object_get(one, "readings")));
    sw_device_done(&d);
}

static bool is_recognised(const struct sw_template *t, const struct sw_fingerprint *f, const json_t *cases)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        uint16_t regs[SW_BLOCK_REGS_MAX];

        if (ask(t->id, json_array_get(cases, i), f->fc, f->reg_addr, f->nb, regs) && sw_fingerprint_matches(f, regs))
            return true;
    }
    return false;
}

static void check_template(const struct sw_template *t)
{
    static bool seen[SW_TEMPLATE_CHANNELS_MAX][SW_CHANNEL_VALUES_MAX];
    char path[600];
    json_error_t fault;

    if (sw_template_is_gpio(t)) /* a contact has no frames */
        return;
    (void) snprintf(path, sizeof(path), RECORDINGS "/%s.json", t->id);
    json_t *recording = json_load_file(path, 0, &fault);
    CHECK(recording != NULL, "%s has no frames: %s", t->id, fault.text);
    CHECK(strcmp(json_string_value(json_object_get(recording, "template")), t->id) == 0, "%s is of another", path);
    const json_t *cases = json_object_get(recording, "cases");
    CHECK(json_array_size(cases) >= 1, "%s has no cases", path);
    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < json_array_size(cases); i++)
        run_case(t, json_array_get(cases, i), seen);
    for (size_t c = 0; c < t->n_channels; c++)
        for (size_t v = 0; v < t->channels[c].n_values; v++)
            CHECK(seen[c][v], "%s: no frame gives a value of %s %zu", t->id, t->channels[c].id, v + 1);
    for (size_t i = 0; i < t->n_fingerprints; i++)
        CHECK(is_recognised(t, &t->fingerprints[i], cases), "%s: no frame shows fingerprint %zu", t->id, i + 1);
    json_decref(recording);
}

static void for_each_template(void (*check)(const struct sw_template *t))
{
    const size_t n = shipped_templates(TEMPLATES, check);

    CHECK(n != SIZE_MAX, "a template cannot be read");
    CHECK(n >= MODELS_LEAST, "there are %zu templates, at least %d were promised", n, MODELS_LEAST);
}

static void every_template_reads_its_frames(void **state)
{
    (void) state;
    for_each_template(check_template);
}

static void check_words(const struct sw_template *t)
{
    CHECK(t->wiring_en[0] != '\0' && t->wiring_zh[0] != '\0', "%s: a wiring hint is missing", t->id);
    CHECK(t->source[0] != '\0' && t->model[0] != '\0', "%s: source or model is missing", t->id);
    if (sw_template_is_gpio(t)) /* no scan finds a contact, and it has no address */
        return;
    CHECK(t->n_fingerprints >= 1, "%s: a scan could not tell it", t->id);
    /* a template that is sure of its registers tells how to reach the unit, or says in its text that nobody knows */
    CHECK(t->unit_id != 0 || strstr(t->wiring_en, "nit id") != NULL, "%s: no address", t->id);
}

static void every_template_says_how_to_connect_and_recognise_it(void **state)
{
    (void) state;
    for_each_template(check_words);
}

static void every_recording_has_its_template(void **state)
{
    DIR *dir = opendir(RECORDINGS);

    (void) state;
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        const char *dot = strrchr(e->d_name, '.');
        char path[600];

        if (dot == NULL || strcmp(dot, ".json") != 0)
            continue;
        (void) snprintf(path, sizeof(path), TEMPLATES "/%.*s.yaml", (int) (dot - e->d_name), e->d_name);
        FILE *f = fopen(path, "r");
        CHECK(f != NULL, "%s: there is no such template", e->d_name);
        (void) fclose(f);
    }
    (void) closedir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_template_reads_its_frames),
        cmocka_unit_test(every_template_says_how_to_connect_and_recognise_it),
        cmocka_unit_test(every_recording_has_its_template),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
