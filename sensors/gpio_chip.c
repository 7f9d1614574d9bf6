// SPDX-License-Identifier: Apache-2.0
/* Which device file is the chip that a line's name speaks of. A chip that is unplugged and back may have another
 * number; the label that its driver gives it stays. */
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sensors/gpio_int.h"

#define CHIPS_MAX 64

static bool has_label(const char *path, const char *label)
{
    struct gpiochip_info info = {0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is_it;

    if (fd < 0)
        return false;
    is_it = ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &info) == 0 && strncmp(info.label, label, sizeof(info.label)) == 0;
    close(fd);
    return is_it;
}

void sw_gpio_chip_path(const char *chip, char *buf, size_t cap)
{
    (void) snprintf(buf, cap, "%s%s", chip[0] == '/' ? "" : "/dev/", chip);
    if (chip[0] == '/' || access(buf, F_OK) == 0)
        return;
    for (int i = 0; i < CHIPS_MAX; i++) {
        char path[32];

        (void) snprintf(path, sizeof(path), "/dev/gpiochip%d", i);
        if (has_label(path, chip)) {
            (void) snprintf(buf, cap, "%s", path);
            return;
        }
    }
}
