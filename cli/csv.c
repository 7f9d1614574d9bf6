// SPDX-License-Identifier: Apache-2.0
/* CSV reading: lines are cut out of 64 KiB blocks here; a line without quotes is split here too, every other one goes
 * through libcsv in strict mode. The only file that includes csv.h of libcsv. */
#include "cli/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#define BLOCK_SIZE 65536
#define TOO_LONG "the line is longer than %d bytes"

struct sw_csv {
    int fd;
    bool is_end; /* read() gave 0 */
    size_t line;
    const char *path;

    const char *const *wanted;
    size_t n_wanted;
    int column[SW_CSV_WANTED_MAX]; /* index in the file, -1 = absent */
    size_t n_columns;              /* of the header */
    size_t n_needed;               /* a record must have so many cells: last wanted column + 1 */

    struct csv_parser parser;
    size_t n_cells;
    struct sw_csv_cell cells[SW_CSV_COLUMNS_MAX];
    bool too_many;  /* cells beyond the ceiling */
    bool has_break; /* a lone carriage return inside the line */
    size_t text_len;
    char text[SW_CSV_LINE_MAX]; /* cells that libcsv gave, one after the other */

    size_t from, to; /* bytes of `buf` that wait */
    char buf[SW_CSV_LINE_MAX + BLOCK_SIZE + 2];
};

/* Read more behind what waits; the waiting bytes move to the front first. @return bytes read, 0 at the end, < 0 */
static int fill(struct sw_csv *c, struct sw_err *err)
{
    if (c->from > 0) {
        memmove(c->buf, c->buf + c->from, c->to - c->from);
        c->to -= c->from;
        c->from = 0;
    }
    ssize_t got;
    do
        got = read(c->fd, c->buf + c->to, BLOCK_SIZE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", c->path, strerror(errno));
    c->is_end = got == 0;
    c->to += (size_t) got;
    return (int) got;
}

/* Throw away the rest of a line that is too long. */
static int skip_line(struct sw_csv *c, struct sw_err *err)
{
    for (;;) {
        char *nl = memchr(c->buf + c->from, '\n', c->to - c->from);
        if (nl) {
            c->from = (size_t) (nl - c->buf) + 1;
            return SW_OK;
        }
        c->from = c->to;
        if (c->is_end)
            return SW_OK;
        int r = fill(c, err);
        if (r < 0)
            return r;
    }
}

/* Cut the next line out of the buffer, without its end. @return 1, 0 at the end, SW_E_INVAL too long, SW_E_IO */
static int next_line(struct sw_csv *c, char **ret, size_t *ret_len, struct sw_err *err)
{
    size_t searched = 0;
    for (;;) {
        char *start = c->buf + c->from;
        char *nl = memchr(start + searched, '\n', c->to - c->from - searched);
        if (!nl && c->to - c->from > SW_CSV_LINE_MAX) {
            c->line++;
            int r = skip_line(c, err);
            return r < 0 ? r : sw_err_set(err, SW_E_INVAL, 0, TOO_LONG, SW_CSV_LINE_MAX);
        }
        if (!nl && !c->is_end) {
            searched = c->to - c->from;
            int r = fill(c, err);
            if (r < 0)
                return r;
            continue;
        }
        size_t len = nl ? (size_t) (nl - start) : c->to - c->from;
        if (!nl && len == 0)
            return 0;
        c->from += len + (nl ? 1 : 0);
        c->line++;
        if (len > 0 && start[len - 1] == '\r')
            len--;
        if (len > SW_CSV_LINE_MAX)
            return sw_err_set(err, SW_E_INVAL, 0, TOO_LONG, SW_CSV_LINE_MAX);
        *ret = start;
        *ret_len = len;
        return 1;
    }
}

static void add_cell(struct sw_csv *c, const char *text, size_t len)
{
    if (c->n_cells == SW_CSV_COLUMNS_MAX) {
        c->too_many = true;
        return;
    }
    c->cells[c->n_cells++] = (struct sw_csv_cell){text, len};
}

static void split_plain(struct sw_csv *c, const char *line, size_t len)
{
    const char *end = line + len;
    for (const char *from = line;;) {
        const char *comma = memchr(from, ',', (size_t) (end - from));
        const char *a = from, *b = comma ? comma : end;
        while (a < b && (*a == ' ' || *a == '\t'))
            a++;
        while (b > a && (b[-1] == ' ' || b[-1] == '\t'))
            b--;
        add_cell(c, a, (size_t) (b - a));
        if (!comma)
            return;
        from = comma + 1;
    }
}

static void on_cell(void *text, size_t len, void *ctx)
{
    struct sw_csv *c = ctx;
    /* libcsv's text lives only during this call; a line's cells together are never longer than the line */
    char *copy = c->text + c->text_len;
    if (len > 0) /* an empty first cell has no text at all */
        memcpy(copy, text, len);
    c->text_len += len;
    add_cell(c, copy, len);
}

/* End of a record, as libcsv sees it: -1 at the end of the line, which is where it belongs. */
static void on_record(int ch, void *ctx)
{
    struct sw_csv *c = ctx;
    c->has_break |= ch != -1;
}

static int split_quoted(struct sw_csv *c, const char *line, size_t len, struct sw_err *err)
{
    c->text_len = 0;
    c->has_break = false;
    size_t used = csv_parse(&c->parser, line, len, on_cell, on_record, c);
    int rest = csv_fini(&c->parser, on_cell, on_record, c);
    if (used == len && rest == 0 && c->has_break)
        return sw_err_set(err, SW_E_INVAL, 0, "a carriage return stands inside the line");
    if (used == len && rest == 0)
        return SW_OK;
    if (csv_error(&c->parser) == CSV_ENOMEM)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    /* after a fault the parser stands in the middle of a cell: begin anew */
    csv_free(&c->parser);
    csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI);
    return sw_err_set(err, SW_E_INVAL, 0, "a quote stands where none may be (write \"\" for a quote inside quotes)");
}

/* The next line that is not empty, split into c->cells. @return 1, 0, SW_E_INVAL, SW_E_IO, SW_E_NOMEM */
static int next_record(struct sw_csv *c, struct sw_err *err)
{
    char *line;
    size_t len;
    int r;

    do {
        r = next_line(c, &line, &len, err);
        if (r <= 0)
            return r;
        if (c->line == 1 && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3;
            len -= 3;
        }
    } while (len == 0);

    c->n_cells = 0;
    c->too_many = false;
    if (memchr(line, '"', len)) {
        r = split_quoted(c, line, len, err);
        if (r < 0)
            return r;
    } else {
        split_plain(c, line, len);
    }
    if (c->too_many)
        return sw_err_set(err, SW_E_INVAL, 0, "the line has more than %d columns", SW_CSV_COLUMNS_MAX);
    return 1;
}

static int read_header(struct sw_csv *c, size_t n_required, struct sw_err *err)
{
    int r = next_record(c, err);
    if (r == 0)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: the file is empty; its first line must name the columns", c->path);
    if (r < 0) {
        sw_err_prefix(err, "%s:%zu", c->path, c->line);
        return r;
    }
    c->n_columns = c->n_cells;
    for (size_t w = 0; w < c->n_wanted; w++) {
        const char *name = c->wanted[w];
        c->column[w] = -1;
        for (size_t i = 0; i < c->n_cells; i++) {
            if (c->cells[i].len != strlen(name) || memcmp(c->cells[i].text, name, c->cells[i].len) != 0)
                continue;
            if (c->column[w] >= 0)
                return sw_err_set(err, SW_E_INVAL, 0, "%s:%zu: column \"%s\" stands twice in the header", c->path,
                                  c->line, name);
            c->column[w] = (int) i;
            if (i + 1 > c->n_needed)
                c->n_needed = i + 1;
        }
        if (c->column[w] < 0 && w < n_required)
            return sw_err_set(err, SW_E_INVAL, 0, "%s:%zu: the header has no column \"%s\"", c->path, c->line, name);
    }
    return SW_OK;
}

int sw_csv_open(const char *path, const char *const *wanted, size_t n_wanted, size_t n_required, struct sw_csv **ret,
                struct sw_err *err)
{
    if (n_wanted == 0 || n_wanted > SW_CSV_WANTED_MAX || n_required > n_wanted)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: 1 to %d columns can be asked for", path, SW_CSV_WANTED_MAX);
    struct sw_csv *c = malloc(sizeof(*c));
    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    /* not calloc: the buffers need no clearing */
    memset(c, 0, offsetof(struct sw_csv, text));
    c->from = c->to = 0;
    c->path = path;
    c->wanted = wanted;
    c->n_wanted = n_wanted;
    csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI);

    c->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0) {
        int r = sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
        sw_csv_close(c);
        return r;
    }
    int r = read_header(c, n_required, err);
    if (r < 0) {
        sw_csv_close(c);
        return r;
    }
    *ret = c;
    return SW_OK;
}

struct sw_csv *sw_csv_close(struct sw_csv *c)
{
    if (!c)
        return NULL;
    csv_free(&c->parser);
    if (c->fd > STDERR_FILENO)
        close(c->fd);
    free(c);
    return NULL;
}

int sw_csv_next(struct sw_csv *c, struct sw_csv_cell *ret, struct sw_err *err)
{
    int r = next_record(c, err);
    if (r <= 0)
        return r;
    if (c->n_cells < c->n_needed)
        return sw_err_set(err, SW_E_INVAL, 0, "the line has %zu columns, the header %zu", c->n_cells, c->n_columns);
    for (size_t w = 0; w < c->n_wanted; w++)
        ret[w] = c->column[w] < 0 ? (struct sw_csv_cell){NULL, 0} : c->cells[c->column[w]];
    return 1;
}

size_t sw_csv_line(const struct sw_csv *c)
{
    return c->line;
}
