// SPDX-License-Identifier: Apache-2.0
/* Floor of a replay: libcsv walks the same file and adds up its numbers. bench_parse READINGS */
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct sum {
    size_t column, rows;
    double total;
};

static void on_field(void *field, size_t len, void *ctx)
{
    struct sum *s = ctx;
    char text[64];

    if (s->column++ != 3 || len >= sizeof(text))
        return;
    memcpy(text, field, len);
    text[len] = '\0';
    s->total += strtod(text, NULL);
}

static void on_row(int last, void *ctx)
{
    struct sum *s = ctx;

    (void) last;
    s->column = 0;
    s->rows++;
}

int main(int argc, char **argv)
{
    static char buf[65536];
    struct csv_parser parser;
    struct sum s = {0};
    FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;

    if (f == NULL || csv_init(&parser, 0) != 0)
        bench_give_up("bench_parse wants a readable CSV file");
    for (size_t n; (n = fread(buf, 1, sizeof(buf), f)) > 0;)
        csv_parse(&parser, buf, n, on_field, on_row, &s);
    csv_fini(&parser, on_field, on_row, &s);
    csv_free(&parser);
    fclose(f);
    printf("%zu %.2f\n", s.rows, s.total);
    return 0;
}
