// SPDX-License-Identifier: Apache-2.0
/* The one table of drivers: a reader sees the whole list at once. */
#include <string.h>

#include "common/macros.h"
#include "sensors/driver.h"

static const struct sw_driver *const drivers[] = {
    &sw_driver_registers, /* any device whose values sit in holding or input registers */
};

const struct sw_driver *sw_driver_at(size_t index)
{
    return index < SW_ARRAY_SIZE(drivers) ? drivers[index] : NULL;
}

const struct sw_driver *sw_driver_find(const char *name)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(drivers); i++) {
        if (drivers[i]->abi == SW_DRIVER_ABI && strcmp(drivers[i]->name, name) == 0)
            return drivers[i];
    }
    return NULL;
}
