// SPDX-License-Identifier: Apache-2.0
/* Commands and complaints out of NDJSON, line by line in order of time. What a line holds is io/request_given.c's. */
#include "cli/commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct sw_commands {
    FILE *file;
    const char *path;
    FILE *complaints;
    size_t line;
    int64_t last_us;
    uint64_t bad;
    char text[SW_COMMAND_LINE_MAX + 1];
};

int sw_commands_open(const char *path, FILE *complaints, struct sw_commands **ret, struct sw_err *err)
{
    struct sw_commands *c = malloc(sizeof(*c));
    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    *c = (struct sw_commands){.path = path, .complaints = complaints, .last_us = INT64_MIN};
    c->file = fopen(path, "re");
    if (!c->file) {
        int r = sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
        free(c);
        return r;
    }
    *ret = c;
    return SW_OK;
}

struct sw_commands *sw_commands_close(struct sw_commands *c)
{
    if (c) {
        fclose(c->file);
        free(c);
    }
    return NULL;
}

/* One line without its end. @return 1, 0 at the end, SW_E_INVAL too long (passed over), SW_E_IO */
static int next_line(struct sw_commands *c, size_t *ret_len, struct sw_err *err)
{
    size_t len = 0;
    bool any = false;
    int ch;
    while ((ch = getc_unlocked(c->file)) != EOF) {
        any = true;
        if (ch == '\n')
            break;
        if (len < sizeof(c->text))
            c->text[len++] = (char) ch;
    }
    if (ferror(c->file))
        return sw_err_set(err, SW_E_IO, errno, "%s: %s", c->path, strerror(errno));
    if (!any)
        return 0;
    c->line++;
    if (len > SW_COMMAND_LINE_MAX)
        return sw_err_set(err, SW_E_INVAL, 0, "the line is longer than %d bytes", SW_COMMAND_LINE_MAX);
    while (len > 0 && (c->text[len - 1] == '\r' || c->text[len - 1] == ' '))
        len--;
    *ret_len = len;
    return 1;
}

int sw_commands_next(struct sw_commands *c, struct sw_request_given *ret, struct sw_err *err)
{
    for (;;) {
        struct sw_err fault = {0};
        size_t len = 0;
        int r = next_line(c, &len, &fault);
        if (r == 0)
            return 0;
        if (r < 0 && r != SW_E_INVAL) {
            if (err)
                *err = fault;
            return r;
        }
        if (r == 1 && len == 0)
            continue;
        if (r == 1)
            r = sw_request_given_read(c->text, len, ret, &fault);
        if (r >= 0 && ret->at_us < c->last_us)
            r = sw_err_set(&fault, SW_E_INVAL, 0, "\"at\" goes back in time: commands must ascend");
        if (r >= 0) {
            c->last_us = ret->at_us;
            return 1;
        }
        c->bad++;
        fprintf(c->complaints, "%s:%zu: %s\n", c->path, c->line, fault.msg);
    }
}

size_t sw_commands_line(const struct sw_commands *c)
{
    return c->line;
}

uint64_t sw_commands_bad(const struct sw_commands *c)
{
    return c->bad;
}
