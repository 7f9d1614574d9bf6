// SPDX-License-Identifier: Apache-2.0
/* The shared part of the fuzz targets. Failing here is a fault of the harness, not of what is tested. */
#include "fuzz.h"

#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("input.yaml", MFD_CLOEXEC);
        FUZZ_CHECK(fd >= 0, "no file in memory");
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t) size, "the input cannot be written");
    return path;
}

FILE *fuzz_sink(void)
{
    static FILE *sink;

    if (!sink)
        sink = fopen("/dev/null", "we");
    FUZZ_CHECK(sink, "no /dev/null");
    return sink;
}

void *fuzz_copy(const void *data, size_t size)
{
    void *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy, "no memory for %zu bytes", size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

const char *fuzz_source(const char *name)
{
    static char path[512];

    (void) snprintf(path, sizeof(path), "%s/%s", SW_SOURCE_SHARE, name);
    return path;
}

void fuzz_check_json(const char *text, size_t len)
{
    json_error_t fault;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);

    FUZZ_CHECK(root, "not JSON: %s at byte %d: %.*s", fault.text, fault.position, (int) len, text);
    json_decref(root);
}
