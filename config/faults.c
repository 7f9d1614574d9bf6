// SPDX-License-Identifier: Apache-2.0
/* The bounded list of faults: adding, ordering, printing. Finding them is left to tree, schema and check. */
#include "config/faults.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void sw_faults_done(struct sw_faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->list[i].file);
    free(f->list);
    *f = (struct sw_faults){0};
}

/* Whether there is room for one more; a fault pushes out the newest warning, so that warnings never hide faults. */
static struct sw_fault *take_room(struct sw_faults *f, bool is_warning)
{
    if (f->list == NULL) {
        f->list = calloc(SW_FAULTS_MAX, sizeof(*f->list));
        if (f->list == NULL)
            return NULL;
    }
    if (f->n < SW_FAULTS_MAX)
        return &f->list[f->n++];
    if (is_warning)
        return NULL;
    for (size_t i = f->n; i-- > 0;) {
        if (!f->list[i].is_warning)
            continue;
        free(f->list[i].file);
        memmove(&f->list[i], &f->list[i + 1], (f->n - i - 1) * sizeof(f->list[0]));
        return &f->list[f->n - 1];
    }
    return NULL;
}

/* A message stays one line of valid UTF-8, whatever stood in the file. */
static void tidy(char *text)
{
    size_t len = strlen(text);

    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char) *p < 0x20 || *p == 0x7f)
            *p = ' ';
    while (len > 0 && ((unsigned char) text[len - 1] & 0xc0) == 0x80)
        len--;
    if (len > 0 && (unsigned char) text[len - 1] >= 0xc0) {
        const unsigned char lead = (unsigned char) text[len - 1];
        const size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

        if (strlen(text + len - 1) < want)
            text[len - 1] = '\0';
    }
}

static void add(struct sw_faults *f, bool is_warning, const char *file, unsigned line, unsigned column, const char *fmt,
                va_list args) __attribute__((format(printf, 6, 0)));

static void add(struct sw_faults *f, bool is_warning, const char *file, unsigned line, unsigned column, const char *fmt,
                va_list args)
{
    struct sw_fault *slot = take_room(f, is_warning);

    if (is_warning)
        f->n_warnings++;
    else
        f->n_faults++;
    if (slot == NULL)
        return;
    *slot = (struct sw_fault){.file = strdup(file),
                              .line = line,
                              .column = column,
                              .is_warning = is_warning,
                              .rank = (unsigned) (f->n_faults + f->n_warnings)};
    (void) vsnprintf(slot->message, sizeof(slot->message), fmt, args);
    tidy(slot->message);
}

void sw_fault_add(struct sw_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(f, false, file, line, column, fmt, args);
    va_end(args);
}

void sw_warning_add(struct sw_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(f, true, file, line, column, fmt, args);
    va_end(args);
}

void sw_faults_move(struct sw_faults *to, struct sw_faults *from)
{
    const size_t kept = from->n, all = from->n_faults + from->n_warnings;

    for (size_t i = 0; i < from->n; i++) {
        const struct sw_fault *f = &from->list[i];
        const char *file = f->file != NULL ? f->file : "?";

        if (f->is_warning)
            sw_warning_add(to, file, f->line, f->column, "%s", f->message);
        else
            sw_fault_add(to, file, f->line, f->column, "%s", f->message);
    }
    if (all > kept) /* of what was only counted nobody knows what it was */
        to->n_faults += all - kept;
    sw_faults_done(from);
}

static const char *file_of(const struct sw_fault *fault)
{
    return fault->file != NULL ? fault->file : "?";
}

static int by_place(const void *pa, const void *pb)
{
    const struct sw_fault *a = pa, *b = pb;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

void sw_faults_sort(struct sw_faults *f)
{
    /* Gather file after file, in the order in which files are first met, then order each file's part. */
    for (size_t start = 0; start < f->n;) {
        size_t end = start + 1;

        for (size_t i = end; i < f->n; i++) {
            if (strcmp(file_of(&f->list[i]), file_of(&f->list[start])) == 0) {
                const struct sw_fault moved = f->list[i];

                memmove(&f->list[end + 1], &f->list[end], (i - end) * sizeof(moved));
                f->list[end++] = moved;
            }
        }
        qsort(&f->list[start], end - start, sizeof(f->list[0]), by_place);
        start = end;
    }
}

static void format_one(const struct sw_fault *fault, char *buf, size_t cap)
{
    const char *mark = fault->is_warning ? "warning: " : "";

    if (fault->line == 0)
        (void) snprintf(buf, cap, "%s: %s%s", file_of(fault), mark, fault->message);
    else
        (void) snprintf(buf, cap, "%s:%u:%u: %s%s", file_of(fault), fault->line, fault->column, mark, fault->message);
}

void sw_faults_print(const struct sw_faults *f, FILE *to)
{
    char line[1024];

    for (size_t i = 0; i < f->n; i++) {
        format_one(&f->list[i], line, sizeof(line));
        (void) fprintf(to, "%s\n", line);
    }
    if (f->n_faults + f->n_warnings > f->n)
        (void) fprintf(to, "… and %zu more\n", f->n_faults + f->n_warnings - f->n);
}

const char *sw_faults_first(const struct sw_faults *f, char *buf, size_t cap)
{
    buf[0] = '\0';
    for (size_t i = 0; i < f->n; i++) {
        if (!f->list[i].is_warning) {
            format_one(&f->list[i], buf, cap);
            break;
        }
    }
    return buf;
}

void sw_faults_json(const struct sw_faults *f, struct sw_jsonw *w, const char *key)
{
    sw_jsonw_array(w, key);
    for (size_t i = 0; i < f->n; i++) {
        const struct sw_fault *fault = &f->list[i];

        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "file", file_of(fault));
        sw_jsonw_uint(w, "line", fault->line);
        sw_jsonw_uint(w, "column", fault->column);
        sw_jsonw_str(w, "severity", fault->is_warning ? "warning" : "fault");
        sw_jsonw_str(w, "message", fault->message);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_array_end(w);
}
