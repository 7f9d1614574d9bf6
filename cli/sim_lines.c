// SPDX-License-Identifier: Apache-2.0
/* Reads the steps of a scenario's lines and sets them when their time has come. */
#include "cli/sim_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/timefmt.h"
#include "sensors/gpio.h"

/* @param ret  untouched on failure. @return NULL, or what is wrong */
static const char *read_step(const char *text, int64_t after_us, struct sw_sim_step *ret, struct sw_err *err)
{
    json_t *row = json_loads(text, 0, NULL);
    const char *at = json_string_value(json_object_get(row, "at"));
    const char *line = json_string_value(json_object_get(row, "line"));
    const json_t *level = json_object_get(row, "level");
    const json_int_t value = json_integer_value(level);
    const char *fault = NULL;
    int64_t at_us = 0;

    if (!json_is_object(row))
        fault = "it is no JSON object";
    else if (!at || sw_time_parse(at, strlen(at), &at_us, err) < 0)
        fault = "\"at\" must be an instant, RFC 3339";
    else if (at_us < after_us)
        fault = "\"at\" is before that of the step above";
    else if (!line || !line[0] || strlen(line) >= sizeof(ret->line) || strchr(line, '/') || line[0] == '.')
        fault = "\"line\" must be a file's name in lines/";
    else if (!json_is_integer(level) || value < 0 || value > 1)
        fault = "\"level\" must be 0 or 1";
    if (!fault) {
        ret->at_us = at_us;
        ret->level = (int) value;
        memcpy(ret->line, line, strlen(line) + 1);
    }
    json_decref(row);
    return fault;
}

static int read_all(struct sw_sim_lines *l, FILE *from, const char *path, struct sw_err *err)
{
    char text[512];

    l->steps = calloc(SW_SIM_STEPS_MAX, sizeof(*l->steps));
    if (!l->steps)
        return sw_err_set(err, SW_E_NOMEM, 0, "%s: out of memory", path);
    for (int row = 1; fgets(text, sizeof(text), from); row++) {
        const int64_t after_us = l->n > 0 ? l->steps[l->n - 1].at_us : INT64_MIN;
        const char *fault;

        if (text[strspn(text, " \r\n")] == '\0')
            continue;
        if (l->n == SW_SIM_STEPS_MAX)
            return sw_err_set(err, SW_E_FULL, 0, "%s: more than %d steps", path, SW_SIM_STEPS_MAX);
        fault = read_step(text, after_us, &l->steps[l->n], err);
        if (fault)
            return sw_err_set(err, SW_E_INVAL, 0, "%s:%d: %s", path, row, fault);
        l->n++;
    }
    return SW_OK;
}

int sw_sim_lines_read(struct sw_sim_lines *l, const char *folder, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    FILE *from;
    int r = SW_OK;

    *l = (struct sw_sim_lines){0};
    if ((size_t) snprintf(l->folder, sizeof(l->folder), "%s/lines", folder) >= sizeof(l->folder))
        return sw_err_set(err, SW_E_INVAL, 0, "%s: the path is too long", folder);
    snprintf(path, sizeof(path), "%s/lines.ndjson", folder);
    from = fopen(path, "re");
    if (!from)
        return errno == ENOENT ? SW_OK : sw_err_set(err, SW_E_IO, errno, "%s: %s", path, strerror(errno));
    r = read_all(l, from, path, err);
    fclose(from);
    if (r < 0)
        sw_sim_lines_done(l);
    return r;
}

int sw_sim_lines_play(struct sw_sim_lines *l, int64_t now_us, struct sw_err *err)
{
    for (; l->next < l->n && l->steps[l->next].at_us <= now_us; l->next++) {
        const struct sw_sim_step *step = &l->steps[l->next];
        struct sw_gpio_conf c = {.is_file = true};
        struct sw_gpio *line = NULL;
        int r;

        memcpy(c.chip, l->folder, sizeof(c.chip));
        memcpy(c.line, step->line, sizeof(c.line));
        r = sw_gpio_open_output(&c, step->level == 1, &line, err); /* which sets it */
        if (r < 0)
            return r;
        sw_gpio_close(line);
    }
    return SW_OK;
}

int64_t sw_sim_lines_due_us(const struct sw_sim_lines *l)
{
    return l->next < l->n ? l->steps[l->next].at_us : INT64_MAX;
}

void sw_sim_lines_done(struct sw_sim_lines *l)
{
    free(l->steps);
    *l = (struct sw_sim_lines){0};
}
