// SPDX-License-Identifier: Apache-2.0
/* One input or output line of the machine, behind one door for libgpiod 1.6, libgpiod 2.x (chosen when building) and a
 * file-backed stand-in (chosen by the line's name) for machines without lines. The door says what the line did;
 * debouncing, counting and bounding storms is input.c's business, what it means the engine's.
 * Not thread-safe: one line belongs to one thread, the core's. */
#ifndef SW_SENSORS_GPIO_H
#define SW_SENSORS_GPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

enum sw_gpio_bias { SW_GPIO_BIAS_AS_IS, SW_GPIO_BIAS_NONE, SW_GPIO_BIAS_PULL_UP, SW_GPIO_BIAS_PULL_DOWN };

/** Which line, and how it is wired. */
struct sw_gpio_conf {
    char chip[SW_PATH_SIZE]; /* "gpiochip0", "/dev/gpiochip0" or the chip's label; with is_file the stand-in's folder */
    char line[SW_ID_SIZE];   /* offset "17", or the line's name "vib-alarm" */
    bool is_file;
    bool is_active_low; /* low on the wire = active */
    enum sw_gpio_bias bias;
};

/** Read "gpiochip0:17", "/dev/gpiochip0:17", "gpiochip0:vib-alarm", "LABEL:17" or "file:FOLDER:17" into chip, line and
 * is_file.
 *  @return false, and why in words */
bool sw_gpio_parse(const char *text, struct sw_gpio_conf *ret, char *why, size_t cap);

/** A change of an input line. */
struct sw_gpio_edge {
    int64_t t_mono_us; /* real CLOCK_MONOTONIC, by the kernel where it stamps; else when it was seen */
    bool is_active;    /* after the edge */
};

struct sw_gpio; /* opaque: an open line */

/** Open an input and watch both edges. @return SW_OK; SW_E_NOTFOUND no such chip or line; SW_E_DENIED no right;
 *  SW_E_CONFLICT somebody else holds the line (the sentence says who); SW_E_IO */
int sw_gpio_open_input(const struct sw_gpio_conf *c, struct sw_gpio **ret, struct sw_err *err);
/** Open an output and set it at once, without a pulse in between. Same errors. */
int sw_gpio_open_output(const struct sw_gpio_conf *c, bool is_active, struct sw_gpio **ret, struct sw_err *err);
/** Let go of the line. An output is left as the driver leaves it: set it first. NULL is fine; always returns NULL. */
struct sw_gpio *sw_gpio_close(struct sw_gpio *g);

int sw_gpio_fd(const struct sw_gpio *g); /* of an input: readable while edges wait */

/** Take waiting edges. *ret_lost: the kernel's queue (16 deep) had overflowed, so edges are missing: read the level.
 *  @return how many, 0 if none waits; SW_E_IO the chip is gone: close it, try to open it later */
int sw_gpio_take(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err);
/** The level now. @return 0, 1; SW_E_IO */
int sw_gpio_get(struct sw_gpio *g, struct sw_err *err);
/** Switch an output. @return SW_OK; SW_E_IO */
int sw_gpio_set(struct sw_gpio *g, bool is_active, struct sw_err *err);

#endif
