// SPDX-License-Identifier: Apache-2.0
/* `siteward replay` of a day, and of two days for its memory, beside `cat` and a plain libcsv parse of the same file;
 * then the engine alone. The inputs lie in the work folder: gen_day.py has written them. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "child.h"

#define RUNS 3

static size_t count_lines(const char *path)
{
    size_t n = 0;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        bench_give_up("%s cannot be read", path);
    for (int c; (c = getc_unlocked(f)) != EOF;)
        n += c == '\n';
    fclose(f);
    return n;
}

static struct bench_run best_of(int runs, char *const argv[], const char *out, const char *log)
{
    struct bench_run best = {0};

    for (int i = 0; i < runs; i++) {
        const struct bench_run r = bench_run_to_end(argv, out, log);

        if (i == 0 || r.wall_s < best.wall_s)
            best = r;
    }
    return best;
}

static void print_row(const char *who, const struct bench_run *r, size_t readings)
{
    printf("    %-34s %6.3f s wall   %6.3f s CPU   %10.0f readings/s   peak RSS %6.2f MB\n", who, r->wall_s, r->cpu_s,
           (double) readings / r->wall_s, (double) r->peak_rss_kb / 1024.0);
}

/* @return readings a second of the replay */
static void weigh_folder(const struct bench_env *env, const char *folder, const char *what, bool has_floor)
{
    char siteward[BENCH_PATH_SIZE], parse[BENCH_PATH_SIZE], config[BENCH_PATH_SIZE], readings[BENCH_PATH_SIZE];
    char out[BENCH_PATH_SIZE], log[BENCH_PATH_SIZE];
    char cat[] = "/bin/cat", replay[] = "replay", c[] = "-c", r[] = "--readings", only[] = "--only",
         kinds[] = "agg,state,ticket,event";
    char *const replay_argv[] = {siteward, replay, c, config, r, readings, only, kinds, NULL};
    char *const parse_argv[] = {parse, readings, NULL}, *const cat_argv[] = {cat, readings, NULL};
    struct bench_run got, floor;
    size_t n;

    snprintf(siteward, sizeof(siteward), "%s/siteward", env->bin_dir);
    snprintf(parse, sizeof(parse), "%s/bench_parse", env->bin_dir);
    snprintf(config, sizeof(config), "%s/%s/site.yaml", env->work_dir, folder);
    snprintf(readings, sizeof(readings), "%s/%s/readings.csv", env->work_dir, folder);
    snprintf(out, sizeof(out), "%s/%s/out.ndjson", env->work_dir, folder);
    snprintf(log, sizeof(log), "%s/%s/log", env->work_dir, folder);
    n = count_lines(readings) - 1;
    printf("  %s: %zu readings\n", what, n);
    got = best_of(RUNS, replay_argv, out, log);
    print_row("siteward replay", &got, n);
    printf("      %zu documents printed; best of %d\n", count_lines(out), RUNS);
    if (count_lines(out) == 0)
        bench_give_up("the replay printed no document");
    if (!has_floor)
        return;
    floor = best_of(RUNS, parse_argv, "/dev/null", log);
    print_row("libcsv and strtod (floor)", &floor, n);
    printf("      ratio %.2f\n", bench_ratio(got.wall_s, floor.wall_s));
    floor = best_of(RUNS, cat_argv, "/dev/null", log);
    print_row("cat", &floor, n);
}

static void weigh_engine(const struct bench_env *env, const char *folder)
{
    char program[BENCH_PATH_SIZE], config[BENCH_PATH_SIZE], out[BENCH_PATH_SIZE], line[512];
    char *const argv[] = {program, config, NULL};
    FILE *f;

    snprintf(program, sizeof(program), "%s/bench_engine", env->bin_dir);
    snprintf(config, sizeof(config), "%s/%s/site.yaml", env->work_dir, folder);
    snprintf(out, sizeof(out), "%s/%s/engine.txt", env->work_dir, folder);
    bench_run_to_end(argv, out, out);
    f = fopen(out, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        fputs(line, stdout);
    if (f != NULL)
        fclose(f);
}

int main(int argc, char **argv)
{
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    puts("replay: 1 Hz x 8 sensors on one CPU, --only agg,state,ticket,event (goal: one day < 1 s, flat memory)");
    weigh_folder(&env, "day", "one day, 4 noise and 4 dust sensors", true);
    weigh_folder(&env, "two-days", "two days of the same", false);
    weigh_folder(&env, "noise", "one day, 8 noise sensors", false);
    weigh_engine(&env, "day");
    weigh_engine(&env, "noise");
    return 0;
}
