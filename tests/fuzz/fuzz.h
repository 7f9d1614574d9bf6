// SPDX-License-Identifier: Apache-2.0
/* What every fuzz target shares: the entry point, a check that stays in every build, input as a file, and output that
 * goes nowhere. What is checked is each target's own. */
#ifndef SW_TESTS_FUZZ_FUZZ_H
#define SW_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** One input; libFuzzer's name. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Stop with a sentence when something that must hold does not. */
#define FUZZ_CHECK(cond, ...)                                                                                          \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            (void) fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                     \
            (void) fprintf(stderr, __VA_ARGS__);                                                                       \
            (void) fputc('\n', stderr);                                                                                \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/** Separates the parts of an input that has several: a control character that no text of ours may hold. */
#define FUZZ_SEPARATOR 0x1e

/** The input as a file of its own that never touches a disk. @return its path, good until the next call */
const char *fuzz_file(const uint8_t *data, size_t size);

/** A stream that swallows everything. */
FILE *fuzz_sink(void);

/** A copy in memory of exactly its size, so that reading one byte too far is seen. Freed by the caller. */
void *fuzz_copy(const void *data, size_t size);

/** A file of this source tree: "sensors/templates/rs-fsjt.yaml". @return path, good until the next call */
const char *fuzz_source(const char *name);

/** A text must be JSON for a foreign parser too. */
void fuzz_check_json(const char *text, size_t len);

#endif
