// SPDX-License-Identifier: Apache-2.0
/* Feeds committed inputs to a fuzz target without libFuzzer, so that every build and compiler replays them as an
 * ordinary test. Arguments: files and folders (their files, in order of name; no deeper). */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static size_t n_inputs;

static void replay_file(const char *path)
{
    FILE *f = fopen(path, "rbe");
    uint8_t *data = NULL;
    size_t size = 0, cap = 0, got = 1;

    FUZZ_CHECK(f, "%s: %s", path, strerror(errno));
    while (got > 0) {
        if (size == cap) {
            cap = cap ? 2 * cap : 4096;
            data = realloc(data, cap);
            FUZZ_CHECK(data, "%s: no memory", path);
        }
        got = fread(data + size, 1, cap - size, f);
        size += got;
    }
    FUZZ_CHECK(!ferror(f), "%s: %s", path, strerror(errno));
    (void) fclose(f);
    (void) printf("%s: %zu bytes\n", path, size);
    (void) fflush(stdout); /* what follows may end the program */
    uint8_t *exact = fuzz_copy(data, size);
    free(data);
    (void) LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    n_inputs++;
}

static int is_input(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void replay_folder(const char *folder)
{
    struct dirent **names = NULL;
    const int n = scandir(folder, &names, is_input, alphasort);
    char path[1024];

    FUZZ_CHECK(n >= 0, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        replay_file(path);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;

        FUZZ_CHECK(stat(argv[i], &st) == 0, "%s: %s", argv[i], strerror(errno));
        if (S_ISDIR(st.st_mode))
            replay_folder(argv[i]);
        else
            replay_file(argv[i]);
    }
    (void) printf("%zu inputs\n", n_inputs);
    return n_inputs > 0 ? 0 : 1;
}
