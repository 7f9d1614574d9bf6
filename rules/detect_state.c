// SPDX-License-Identifier: Apache-2.0
/* What a detector has learned as text and back, exactly: lines of whole numbers. Kept by whoever restarts a gateway;
 * what is read is checked, since it comes from a file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/detect_internal.h"

#define HEAD "siteward-detect 1\n"
#define LINE_MAX_SIZE 96

struct out {
    char *buf;
    size_t n, cap;
};

static bool put(struct out *o, const char *line, int len)
{
    if (len < 0 || (size_t) len >= LINE_MAX_SIZE || o->n + (size_t) len > o->cap)
        return false;
    memcpy(o->buf + o->n, line, (size_t) len);
    o->n += (size_t) len;
    return true;
}

size_t sw_detect_write(const struct sw_detect *d, char *buf, size_t cap)
{
    struct out o = {buf, 0, cap};
    char line[LINE_MAX_SIZE];
    int32_t day = -1;

    if (!put(&o, HEAD, (int) strlen(HEAD)) ||
        !put(&o, line, snprintf(line, sizeof(line), "last %" PRId64 " %d\n", d->last_from_us, (int) d->verdict)) ||
        !put(&o, line, snprintf(line, sizeof(line), "input %" PRId64 " %" PRId64 "\n", d->input_from_us, d->input_us)))
        return 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct detect_idle *idle = &d->idle[(d->first + i) % DETECT_IDLE_MAX];

        if (idle->day != day && !put(&o, line, snprintf(line, sizeof(line), "day %u\n", (unsigned) idle->day)))
            return 0;
        day = idle->day;
        if (!put(&o, line,
                 snprintf(line, sizeof(line), "%u %d %d\n", (unsigned) idle->class_, (int) idle->leq, (int) idle->l90)))
            return 0;
    }
    return put(&o, "end\n", 4) ? o.n : 0;
}

/* ---- reading ---- */

struct in {
    const char *at, *end;
    unsigned line;
};

/* Up to three whole numbers of a line, one blank between; false for anything else. */
static bool numbers(const char *s, size_t n, int64_t *to)
{
    const char *end = strchr(s, '\0');

    for (size_t i = 0; i < n; i++) {
        int used = 0;

        if (*s == ' ' || sscanf(s, "%" SCNd64 "%n", &to[i], &used) != 1)
            return false;
        s += used;
        if (i + 1 < n && *s++ != ' ')
            return false;
    }
    return s == end;
}

static bool next_line(struct in *in, char line[LINE_MAX_SIZE])
{
    const char *nl = in->at < in->end ? memchr(in->at, '\n', (size_t) (in->end - in->at)) : NULL;

    if (!nl || nl - in->at >= LINE_MAX_SIZE || memchr(in->at, '\0', (size_t) (nl - in->at)))
        return false;
    memcpy(line, in->at, (size_t) (nl - in->at));
    line[nl - in->at] = '\0';
    in->at = nl + 1;
    in->line++;
    return true;
}

static bool read_head(struct in *in, struct sw_detect *d)
{
    char line[LINE_MAX_SIZE];
    int64_t v[2];

    if (!next_line(in, line) || strncmp(line, HEAD, strlen(HEAD) - 1) != 0 || strlen(line) != strlen(HEAD) - 1)
        return false;
    if (!next_line(in, line) || strncmp(line, "last ", 5) != 0 || !numbers(line + 5, 2, v) || v[1] < -1 || v[1] > 1)
        return false;
    d->last_from_us = v[0];
    d->verdict = (enum sw_detected) v[1];
    if (!next_line(in, line) || strncmp(line, "input ", 6) != 0 || !numbers(line + 6, 2, v) || v[0] > v[1])
        return false;
    d->input_from_us = v[0];
    d->input_us = v[1];
    return true;
}

static bool read_idle(const char *line, int64_t day, struct sw_detect *d)
{
    int64_t v[3];

    if (!numbers(line, 3, v) || day < 0 || d->n == DETECT_IDLE_MAX || v[0] < 0 || v[0] >= DETECT_CLASSES || v[1] < 0 ||
        v[1] > INT16_MAX || v[2] < 0 || v[2] > INT16_MAX)
        return false;
    detect_keep(d, &(struct detect_idle){(uint16_t) day, (int16_t) v[1], (int16_t) v[2], (uint8_t) v[0]});
    return true;
}

static bool read_all(struct in *in, struct sw_detect *d)
{
    char line[LINE_MAX_SIZE];
    int64_t day = -1, next;

    if (!read_head(in, d))
        return false;
    while (next_line(in, line)) {
        if (strcmp(line, "end") == 0)
            return in->at == in->end;
        if (strncmp(line, "day ", 4) == 0) {
            if (!numbers(line + 4, 1, &next) || next <= day || next > UINT16_MAX)
                return false;
            day = next;
        } else if (!read_idle(line, day, d)) {
            return false;
        }
    }
    return false;
}

int sw_detect_read(struct sw_detect *d, const char *text, size_t len, struct sw_err *err)
{
    struct in in = {text, text + len, 0};

    detect_forget(d);
    if (len <= SW_DETECT_STATE_MAX && read_all(&in, d))
        return SW_OK;
    detect_forget(d);
    return sw_err_set(err, SW_E_CORRUPT, 0,
                      "what was learned of the site without work cannot be read (after line %u): it is learned anew, "
                      "which takes some days",
                      in.line);
}
