// SPDX-License-Identifier: Apache-2.0
/* What a back-end of gpio.h is: a table of functions. gpio.c dispatches, gpio_v1.c or gpio_v2.c speaks with the kernel,
 * gpio_file.c stands in. Nobody else includes this. */
#ifndef SW_SENSORS_GPIO_INT_H
#define SW_SENSORS_GPIO_INT_H

#include "sensors/gpio.h"

#define SW_GPIO_QUEUE 16            /* edges that the kernel keeps for one line */
#define SW_GPIO_CONSUMER "siteward" /* what `gpioinfo` shows as holder of our lines */

/** The methods have the errors of their namesakes in gpio.h; err may be NULL. */
struct sw_gpio_ops {
    int (*open)(const struct sw_gpio_conf *c, bool is_output, bool is_active, struct sw_gpio **ret, struct sw_err *err);
    void (*close)(struct sw_gpio *g); /* frees it */
    int (*fd)(const struct sw_gpio *g);
    int (*take)(struct sw_gpio *g, struct sw_gpio_edge *ret, size_t cap, bool *ret_lost, struct sw_err *err);
    int (*get)(struct sw_gpio *g, struct sw_err *err);
    int (*set)(struct sw_gpio *g, bool is_active, struct sw_err *err);
};

/** The first member of every back-end's own struct. */
struct sw_gpio {
    const struct sw_gpio_ops *ops;
    char text[160]; /* "gpiochip0:17", clipped: for sentences */
};

extern const struct sw_gpio_ops sw_gpio_kernel_ops; /* gpio_v1.c or gpio_v2.c */
extern const struct sw_gpio_ops sw_gpio_file_ops;

/** The whole number of a line that is given by its offset, -1 when it is a name. */
int sw_gpio_offset(const char *line);

/** "/dev/gpiochip0" of "gpiochip0", and of the chip whose label it is; a path stays as it is. (gpio_chip.c) */
void sw_gpio_chip_path(const char *chip, char *buf, size_t cap);

/** The sentence for an errno of opening a chip or asking for a line. @param holder who holds a busy line, or NULL
 *  @return SW_E_NOTFOUND, SW_E_DENIED, SW_E_CONFLICT or SW_E_IO */
int sw_gpio_fail(struct sw_err *err, const char *text, int saved_errno, const char *holder);

/** A kernel stamp as an instant of CLOCK_MONOTONIC. Kernels before 5.7 stamp otherwise: then it is now. */
int64_t sw_gpio_stamp_us(uint64_t stamp_ns, int64_t now_us);

#endif
