// SPDX-License-Identifier: Apache-2.0
/* Any registers as the reply of a device: of every shipped template, and of one with every type and order.
 * Input: template, channels to leave out, then registers, high byte first. */
#include "fuzz.h"

#include <glob.h>
#include <string.h>

#include "common/regcodec.h"
#include "config/read.h"
#include "decode.h"

#define N_NAMED 3 /* first, so that inputs keep their meaning when templates are added */
#define ZOO N_NAMED
#define TEMPLATES_MAX 64
#define REGS_MAX 128

static struct sw_template templates[TEMPLATES_MAX];
static size_t n_templates;

/* One channel a type and order, one after the other, with gaps and with patterns for "no value" and "over range". */
static void make_zoo(struct sw_template *t)
{
    static struct sw_channel channels[SW_REG__COUNT * SW_ORDER__COUNT];
    uint16_t reg_addr = 65000;

    *t = (struct sw_template){.id = "zoo",
                              .driver = "registers",
                              .interval_ms = 1000,
                              .max_gap = 3,
                              .max_block = 20,
                              .n_channels = SW_ARRAY_SIZE(channels),
                              .channels = channels};
    for (size_t i = 0; i < SW_ARRAY_SIZE(channels); i++) {
        const enum sw_reg_type type = (enum sw_reg_type)(i % SW_REG__COUNT);

        (void) snprintf(channels[i].id, sizeof(channels[i].id), "c%zu", i);
        channels[i].n_values = 1;
        channels[i].values[0] = (struct sw_reg_value){.quantity = SW_QUANTITY_LAEQ,
                                                      .fc = i % 5 ? 3 : 4,
                                                      .reg_addr = reg_addr,
                                                      .type = type,
                                                      .order = (enum sw_word_order)(i / SW_REG__COUNT),
                                                      .scale = i % 2 ? 0.01 : 1.0,
                                                      .offset = i % 3 ? 0.0 : -273.15,
                                                      .has_invalid = i % 2,
                                                      .invalid = 0xFFFF,
                                                      .has_overload = i % 7 == 0,
                                                      .overload = 0xFFFE,
                                                      .valid_min = -1e6,
                                                      .valid_max = 1e6};
        if (i % 6 == 5) { /* a scale right before the value, of one register or two */
            struct sw_scale_register *s = &channels[i].values[0].scale_register;

            s->meaning = i % 4 == 1 ? SW_SCALE_DECIMALS : SW_SCALE_FACTOR;
            s->type = i % 4 == 1 ? SW_REG_S16 : SW_REG_F32;
            s->reg_addr = (uint16_t) (reg_addr - sw_reg_words(s->type));
        }
        reg_addr = (uint16_t) (reg_addr + sw_reg_words(type) + (i % 4 == 0));
    }
}

/* Contacts of the machine have no registers. */
static bool load(const char *file, struct sw_template *ret)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    char sha256[65];

    FUZZ_CHECK(sw_template_read(file, &faults, ret, sha256, &err) == SW_OK, "%s", err.msg);
    sw_faults_done(&faults);
    if (strcmp(ret->driver, "registers") == 0)
        return true;
    sw_template_done(ret);
    return false;
}

static void load_templates(void)
{
    static const char *const named[N_NAMED] = {"rs-fsjt", "rs-zs-bz", "siteward-node"};
    struct sw_err err = {0};
    glob_t found;

    for (size_t i = 0; i < N_NAMED; i++) {
        char name[64];

        (void) snprintf(name, sizeof(name), "sensors/templates/%s.yaml", named[i]);
        FUZZ_CHECK(load(fuzz_source(name), &templates[i]), "%s has no registers", name);
    }
    make_zoo(&templates[ZOO]);
    FUZZ_CHECK(sw_template_validate(&templates[ZOO], &err) == SW_OK, "%s", err.msg);
    n_templates = N_NAMED + 1;
    FUZZ_CHECK(glob(fuzz_source("sensors/templates/*.yaml"), 0, NULL, &found) == 0, "there are no templates");
    for (size_t i = 0; i < found.gl_pathc && n_templates < TEMPLATES_MAX; i++)
        n_templates += load(found.gl_pathv[i], &templates[n_templates]);
    globfree(&found);
}

/* Joining and splitting words are each other's reverse. */
static void check_words(const uint16_t *regs)
{
    for (int words = 1; words <= SW_REG_WORDS_MAX; words++)
        for (int order = 0; order < SW_ORDER__COUNT; order++) {
            uint16_t again[SW_REG_WORDS_MAX];

            sw_reg_split(sw_reg_join(regs, words, (enum sw_word_order) order), words, (enum sw_word_order) order,
                         again);
            FUZZ_CHECK(memcmp(again, regs, (size_t) words * sizeof(*regs)) == 0, "%d words, order %d", words, order);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t regs[REGS_MAX] = {0};
    size_t n = 0;

    if (n_templates == 0)
        load_templates();
    if (size < 5)
        return 0;
    for (size_t i = 5; i + 1 < size && n < REGS_MAX; i += 2)
        regs[n++] = (uint16_t) (data[i] << 8 | data[i + 1]);
    check_words(regs);
    decode_check(&templates[data[0] % n_templates],
                 (uint32_t) data[1] << 24 | (uint32_t) data[2] << 16 | (uint32_t) data[3] << 8 | data[4], regs,
                 n ? n : 1);
    return 0;
}
