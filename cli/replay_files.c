// SPDX-License-Identifier: Apache-2.0
/* Recorded readings, schedules and commands through the engine, documents to stdout. Owns the order of the inputs and
 * the end of time; the judging is the engine's, the text io/document.c's. */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/readings.h"
#include "cli/replay.h"
#include "common/macros.h"
#include "gateway/engine.h"
#include "gateway/schedule_merge.h"

#define NAME SW_REPLAY_NAME
#define OUTPUT_BUFFER (1 << 20)
#define GAP_MAX_US (SW_READINGS_GAP_MAX_DAYS * SW_S_PER_DAY * SW_US_PER_S)

/* Where one replay stands. */
struct replay {
    const struct sw_site *site;
    struct sw_engine *engine;
    struct sw_printer *printer;
    struct sw_readings *readings;
    struct sw_commands *commands;
    const char *commands_path;
    const struct sw_replay_options *o;

    struct sw_schedule *said;  /* all that the files say; NULL = there are none */
    struct sw_schedule *given; /* what the engine has of it */
    int64_t publish_us;        /* when more of it is published; INT64_MAX = never */
    uint64_t refused;          /* commands */

    bool has_reading, has_command; /* the next of each, read ahead */
    struct sw_reading reading;
    struct sw_request_given command;

    int64_t last_us;    /* ts of the last reading given to the engine; INT64_MIN = none */
    int64_t covered_us; /* its end: ts + interval, the longest where several sensors share the ts */

    struct sw_effect fx[4 * SW_EFFECTS_MIN];
};

static void say_refusals(struct replay *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (r->fx[i].kind != SW_EFFECT_RESULT || r->fx[i].result.code >= 0)
            continue;
        r->refused++;
        fprintf(stderr, "%s:%zu: refused: %s\n", r->commands_path, sw_commands_line(r->commands),
                r->fx[i].result.err.msg);
    }
}

/* One input, and every document that it brings about. */
static int feed(struct replay *r, const struct sw_input *in, struct sw_err *err)
{
    bool more;
    do {
        size_t n = sw_engine_step(r->engine, in, r->fx, SW_ARRAY_SIZE(r->fx), &more);
        int code = sw_printer_effects(r->printer, r->fx, n, err);
        if (code < 0)
            return code;
        if (r->commands)
            say_refusals(r, n);
        in = NULL;
    } while (more);
    return SW_OK;
}

static int next_reading(struct replay *r, struct sw_err *err)
{
    int code = sw_readings_next(r->readings, &r->reading, err);
    r->has_reading = code == 1;
    return code < 0 ? code : SW_OK;
}

static int next_command(struct replay *r, struct sw_err *err)
{
    int code = r->commands ? sw_commands_next(r->commands, &r->command, err) : 0;
    r->has_command = code == 1;
    return code < 0 ? code : SW_OK;
}

static int feed_reading(struct replay *r, struct sw_err *err)
{
    const struct sw_input in = {.kind = SW_INPUT_READING, .t_us = r->reading.t_utc_us, .reading = r->reading};
    int64_t until_us = in.t_us + r->site->sensors[in.reading.sensor].interval_us;

    if (in.t_us > r->last_us || until_us > r->covered_us)
        r->covered_us = until_us;
    r->last_us = in.t_us;
    int code = feed(r, &in, err);
    return code < 0 ? code : next_reading(r, err);
}

static int feed_command(struct replay *r, struct sw_err *err)
{
    const struct sw_input in = sw_replay_input(&r->command);
    int64_t near_us = r->has_reading ? r->reading.t_utc_us : r->last_us;
    int code = SW_OK;

    /* the engine ticks each second in between: a wrong year must not become hours of ticking */
    if (in.t_us < near_us - GAP_MAX_US || in.t_us > near_us + GAP_MAX_US) {
        r->refused++;
        fprintf(stderr, "%s:%zu: \"at\" is more than %d days away from the readings: skipped\n", r->commands_path,
                sw_commands_line(r->commands), SW_READINGS_GAP_MAX_DAYS);
    } else {
        code = feed(r, &in, err);
    }
    return code < 0 ? code : next_command(r, err);
}

/* The next input by time, INT64_MAX = none. */
static int64_t next_us(const struct replay *r)
{
    int64_t at_us = r->has_reading ? r->reading.t_utc_us : INT64_MAX;

    return r->has_command ? SW_MIN(at_us, r->command.at_us) : at_us;
}

/* What is known of the schedule at an instant, before anything else of that instant. */
static int feed_schedule(struct replay *r, int64_t at_us, struct sw_err *err)
{
    struct sw_schedule *known, *before = r->given;
    int code = sw_schedule_known(r->said, at_us, before ? before->revision + 1 : 1, &known, err);

    if (code < 0)
        return code;
    const struct sw_input in = {.kind = SW_INPUT_SCHEDULE, .t_us = at_us, .schedule = known};
    code = feed(r, &in, err);
    r->given = known;
    sw_schedule_free(before);
    r->publish_us = sw_schedule_next(r->said, at_us);
    return code;
}

static int start_schedule(struct replay *r, struct sw_err *err)
{
    int64_t start_us = r->reading.t_utc_us;

    if (r->has_command && r->command.at_us >= start_us - GAP_MAX_US)
        start_us = SW_MIN(start_us, r->command.at_us);
    r->publish_us = INT64_MAX;
    if (r->o->n_schedules == 0)
        return SW_OK;
    int code = sw_replay_schedule(r->o, r->site, start_us, &r->said, err);
    return code < 0 ? code : feed_schedule(r, start_us, err);
}

/* Schedule, commands and readings merged by time, in this order at one instant; then time runs out. */
static int run(struct replay *r, struct sw_err *err)
{
    int code = next_reading(r, err);
    if (code >= 0)
        code = next_command(r, err);
    if (code >= 0 && !r->has_reading)
        return SW_OK; /* nothing to set the clock by */
    if (code >= 0)
        code = start_schedule(r, err);
    while (code >= 0 && (r->has_reading || r->has_command)) {
        if (r->publish_us <= next_us(r) && (r->has_reading || r->publish_us <= r->last_us + GAP_MAX_US))
            code = feed_schedule(r, r->publish_us, err);
        else if (r->has_command && (!r->has_reading || r->command.at_us <= r->reading.t_utc_us))
            code = feed_command(r, err);
        else
            code = feed_reading(r, err);
    }
    if (code < 0)
        return code;
    const struct sw_input tick = {.kind = SW_INPUT_TICK, .t_us = r->covered_us + r->site->grace_us};
    const struct sw_input end = {.kind = SW_INPUT_END, .t_us = r->covered_us};
    code = feed(r, &tick, err);
    return code < 0 ? code : feed(r, &end, err);
}

/* The last words, on stderr; and the exit code that the bad lines ask for. */
static int conclude(const struct replay *r, const char *file, double seconds)
{
    uint64_t good = sw_readings_good(r->readings), bad = sw_readings_bad(r->readings);
    int code = SW_EXIT_OK;
    if (r->commands && sw_commands_bad(r->commands) + r->refused > 0)
        fprintf(stderr, "%s: %llu commands could not be read, %llu were refused\n", r->commands_path,
                (unsigned long long) sw_commands_bad(r->commands), (unsigned long long) r->refused);
    if (bad > 0)
        fprintf(stderr, "%s: %llu of %llu lines were bad and skipped\n", file, (unsigned long long) bad,
                (unsigned long long) (good + bad));
    if (sw_readings_are_too_bad(r->readings))
        code =
            sw_cli_fail(NAME, "%s: more than 1 %% of the lines are bad; what was printed is not to be relied on", file);
    else if (good == 0)
        code = sw_cli_fail(NAME, "%s: no reading in it", file);
    code = sw_cli_end_output(NAME, code);
    fprintf(stderr, "%llu readings, %.3f s, %.0f readings/s\n", (unsigned long long) good, seconds,
            seconds > 0 ? (double) good / seconds : 0.0);
    return code;
}

static int open_all(struct replay *r, struct sw_err *err)
{
    const struct sw_replay_options *o = r->o;
    int code = sw_engine_new(r->site, &r->engine, err);

    if (code >= 0)
        code = sw_printer_new(r->engine, o->kinds, false, stdout, &r->printer, err);
    if (code >= 0)
        code = sw_readings_open(o->readings, r->site, stderr, &r->readings, err);
    if (code >= 0 && o->commands)
        code = sw_commands_open(o->commands, stderr, &r->commands, err);
    return code;
}

int sw_replay_files(const struct sw_replay_options *o)
{
    struct sw_err err = {0};
    struct sw_site *site = sw_cli_site(NAME, o->config ? o->config : SW_CONFIG_DEFAULT);
    struct replay *r = calloc(1, sizeof(*r));
    double start = sw_replay_clock_s();

    if (!site || !r) {
        sw_site_free(site);
        free(r);
        return site ? sw_cli_fail(NAME, "out of memory") : SW_EXIT_FAILED;
    }
    r->site = site;
    r->o = o;
    r->commands_path = o->commands;
    r->last_us = r->covered_us = INT64_MIN;
    setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
    int code = open_all(r, &err);
    if (code >= 0)
        code = run(r, &err);
    if (code >= 0)
        fflush(stdout);
    int exit_code = code < 0 ? sw_cli_fail(NAME, "%s", err.msg) : conclude(r, o->readings, sw_replay_clock_s() - start);

    sw_commands_close(r->commands);
    sw_readings_close(r->readings);
    sw_printer_free(r->printer);
    sw_engine_free(r->engine);
    sw_schedule_free(r->given);
    sw_schedule_free(r->said);
    free(r);
    sw_site_free(site);
    return exit_code;
}
