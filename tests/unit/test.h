// SPDX-License-Identifier: Apache-2.0
/* What every unit test needs: cmocka in its required order, and a failure that says which case and why. */
#ifndef SW_TESTS_UNIT_TEST_H
#define SW_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"

/** Fail with a sentence unless cond holds. */
#define CHECK(cond, ...)                                                                                               \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            print_error("%s:%d: ", __FILE__, __LINE__);                                                                \
            print_error(__VA_ARGS__);                                                                                  \
            print_error("\n");                                                                                         \
            fail();                                                                                                    \
        }                                                                                                              \
    } while (0)

#endif
