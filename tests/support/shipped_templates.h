// SPDX-License-Identifier: Apache-2.0
/* Reads the shipped device templates for a test. Apart from the test, because the reader's headers and the planner's
 * both have a struct sw_item. */
#ifndef SW_TESTS_SUPPORT_SHIPPED_TEMPLATES_H
#define SW_TESTS_SUPPORT_SHIPPED_TEMPLATES_H

#include <stddef.h>

#include "sensors/template.h"

/** Read each *.yaml of the folder and hand it to `check`. @return how many; SIZE_MAX when one could not be read (said
 *  on stderr) */
size_t shipped_templates(const char *folder, void (*check)(const struct sw_template *t));

#endif
