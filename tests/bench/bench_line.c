// SPDX-License-Identifier: Apache-2.0
/* A serial line as busy as the wire allows: the real bus worker against ten units of four registers on a paced line
 * (tests/support/paced_line.h), beside the cycle that bytes, silence and the units' own thinking would take alone.
 * Then with one of the ten dead, at once and in the long run, and with two buses of equal unit ids.
 * Asserts no time; exit 1 for a wrong value, a breach of the 3.5 characters, or a poll of a living unit lost. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "common/log.h"
#include "tests/support/paced_bus.h"

#define THINK_NS (5 * BENCH_NS_PER_MS)
#define AS_FAST_AS_IT_GOES_US 1000
#define ONCE_A_SECOND_US 1000000
#define DEAD 5       /* the unit that dies */
#define FORMAT_S 20  /* of each format */
#define AT_ONCE_S 10 /* after a death: "at once" */
#define LONG_S 600
#define BACK_MAX_S 60
#define NICE (-15) /* where it is allowed: measure the code, not what else this machine does */

static bool is_faulty;

static void fault(const char *what)
{
    printf("    FAULT: %s\n", what);
    is_faulty = true;
}

static void run_for(struct paced_bus *const *buses, size_t n, double seconds)
{
    const int64_t until_ns = bench_mono_ns() + (int64_t) (seconds * 1e9);

    while (bench_mono_ns() < until_ns) {
        bench_sleep_ms(20);
        for (size_t i = 0; i < n; i++)
            paced_bus_drain(buses[i], 0);
    }
}

/** Answered requests of the units but `without`, and the time from one to the next of the same unit. */
struct cycles {
    size_t n, unanswered;
    double sum_ms, worst_ms, median_ms;
};

static struct cycles cycles_of(const struct paced_bus *b, int64_t from_ns, int64_t to_ns, int without)
{
    int64_t last_ns[PACED_UNITS + 1] = {0};
    const struct paced_seen *seen;
    const size_t n = paced_bus_seen(b, &seen);
    struct bench_samples samples;
    struct cycles c = {0};

    bench_samples_init(&samples, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct paced_seen *s = &seen[i];

        if (s->start_ns < from_ns || s->start_ns >= to_ns || s->unit == without)
            continue;
        c.unanswered += !s->is_answered;
        if (last_ns[s->unit] != 0) {
            const double ms = (double) (s->start_ns - last_ns[s->unit]) / 1e6;

            c.sum_ms += ms;
            c.worst_ms = ms > c.worst_ms ? ms : c.worst_ms;
            c.n++;
            bench_samples_add(&samples, ms);
        }
        last_ns[s->unit] = s->start_ns;
    }
    if (c.n == 0)
        bench_give_up("nothing was polled twice on the paced line");
    c.median_ms = bench_percentile(&samples, 50);
    bench_samples_done(&samples);
    return c;
}

static double mean_ms(struct cycles c)
{
    return c.sum_ms / (double) c.n;
}

static size_t asked(const struct paced_bus *b, int unit, int64_t from_ns, int64_t to_ns, size_t *ret_unanswered)
{
    const struct paced_seen *seen;
    const size_t n = paced_bus_seen(b, &seen);
    size_t found = 0, unanswered = 0;

    for (size_t i = 0; i < n; i++) {
        if (seen[i].unit != unit || seen[i].start_ns < from_ns || seen[i].start_ns >= to_ns)
            continue;
        found++;
        unanswered += !seen[i].is_answered;
    }
    if (ret_unanswered != NULL)
        *ret_unanswered = unanswered;
    return found;
}

/** What must hold on every line, however fast it is. */
static void check_line(struct paced_bus *b, const char *name)
{
    const struct paced_stats s = paced_bus_line(b);
    const struct paced_format format = paced_bus_format(b);

    printf("    %s: %" PRIu64 " requests, breaches of 3.5 characters %" PRIu64
           " (goal 0; least silence %.3f of %.3f ms), "
           "not heard %" PRIu64 " (goal 0), wrong readings %" PRIu64 " (goal 0); the model's own lag: mean %.0f, "
           "most %.0f us\n",
           name, s.requests, s.breaches, (double) s.least_silence_ns / 1e6, (double) paced_silence_ns(&format) / 1e6,
           s.unheard, paced_bus_wrong(b), s.answered > 0 ? (double) s.late_sum_ns / 1e3 / (double) s.answered : 0,
           (double) s.late_max_ns / 1e3);
    if (s.breaches > 0 || s.unheard > 0)
        fault("the silence of 3.5 characters was not kept");
    if (s.garbage > 0)
        fault("the line heard a frame that is no request");
    if (paced_bus_wrong(b) > 0)
        fault("a reading says what its unit never said");
    if (paced_bus_stats(b).dropped_total > 0)
        fault("readings were dropped");
}

static void one_format(int baud, char parity, int stop_bits, double seconds)
{
    const struct paced_setup setup = {.id = "full",
                                      .baud = baud,
                                      .parity = parity,
                                      .stop_bits = stop_bits,
                                      .think_ns = THINK_NS,
                                      .interval_us = AS_FAST_AS_IT_GOES_US};
    struct paced_bus *b = paced_bus_new(&setup);
    const double ideal_ms = PACED_UNITS * (double) paced_bus_ideal_ns(b) / 1e6;
    struct cycles c;
    int64_t from_ns;
    char name[32];

    run_for(&b, 1, 2);
    from_ns = bench_mono_ns();
    run_for(&b, 1, seconds);
    c = cycles_of(b, from_ns, bench_mono_ns(), 0);
    snprintf(name, sizeof(name), "%d 8%c%d", baud, parity, stop_bits);
    printf("  %-10s ideal %7.2f ms   measured %7.2f ms (median %.2f, worst %.2f)   ratio %.4f, of the median %.4f "
           "(goal <= "
           "1.02)   unanswered %zu (goal 0)\n",
           name, ideal_ms, mean_ms(c), c.median_ms, c.worst_ms, mean_ms(c) / ideal_ms, c.median_ms / ideal_ms,
           c.unanswered);
    check_line(b, name);
    if (paced_bus_stats(b).errors_total > 0)
        fault("requests failed on a good line");
    paced_bus_free(b);
}

/* One of ten dead */

static void died_at_once(const struct paced_bus *b, int64_t died_ns)
{
    const double ideal_ms = (PACED_UNITS - 1) * (double) paced_bus_ideal_ns(b) / 1e6;
    const struct cycles c = cycles_of(b, died_ns, died_ns + AT_ONCE_S * BENCH_NS_PER_S, DEAD);

    printf("  one of ten dead, first %d s: ideal of the nine %.2f ms, measured %.2f ms (median %.2f, worst %.2f)   "
           "ratio %.4f "
           "(goal <= 1.2)   probes %zu\n",
           AT_ONCE_S, ideal_ms, mean_ms(c), c.median_ms, c.worst_ms, mean_ms(c) / ideal_ms,
           asked(b, DEAD, died_ns, died_ns + AT_ONCE_S * BENCH_NS_PER_S, NULL));
    if (c.unanswered > 0)
        fault("a living unit was not heard");
}

/** It answers again: how many probes until it is polled as before? */
static void came_back(struct paced_bus *const *buses, size_t n)
{
    struct paced_bus *b = buses[0];
    const int64_t from_ns = bench_mono_ns();
    size_t probes = 0, silent = 0;

    paced_bus_set_dead(b, DEAD, false);
    while (probes == 0 && bench_mono_ns() < from_ns + BACK_MAX_S * BENCH_NS_PER_S) {
        run_for(buses, n, 0.5);
        probes = asked(b, DEAD, from_ns, bench_mono_ns(), &silent);
    }
    run_for(buses, n, 5);
    printf(
        "  it answers again: unanswered probes after that %zu (goal 0: the first one finds it), polls in the 5 s after "
        "it was found: %zu, of a neighbour: %zu\n",
        silent, asked(b, DEAD, bench_mono_ns() - 5 * BENCH_NS_PER_S, bench_mono_ns(), NULL),
        asked(b, DEAD + 1, bench_mono_ns() - 5 * BENCH_NS_PER_S, bench_mono_ns(), NULL));
    if (probes == 0)
        fault("the unit that came back is not asked any more");
}

static void after_back_off(const struct paced_bus *b, int64_t died_ns, double seconds)
{
    const double ideal_ms = (PACED_UNITS - 1) * (double) paced_bus_ideal_ns(b) / 1e6;
    const int64_t to_ns = bench_mono_ns(), from_ns = died_ns + (int64_t) (seconds / 5 * 1e9);
    const struct cycles c = cycles_of(b, from_ns, to_ns, DEAD);

    printf("  one of ten dead, from %.0f to %.0f s after its death: ideal of the nine %.2f ms, measured %.2f ms "
           "(median %.2f, "
           "worst %.2f)   ratio %.4f (goal <= 1.02)   probes %zu\n",
           seconds / 5, (double) (to_ns - died_ns) / 1e9, ideal_ms, mean_ms(c), c.median_ms, c.worst_ms,
           mean_ms(c) / ideal_ms, asked(b, DEAD, from_ns, to_ns, NULL));
    if (c.unanswered > 0)
        fault("a living unit was not heard");
}

static void kept_polls(const struct paced_bus *b, int64_t from_ns)
{
    const int64_t to_ns = bench_mono_ns();
    const double due = (double) ((to_ns - from_ns) / BENCH_NS_PER_S); /* whole seconds: that many polls at least */
    double least = 1e9;

    for (int unit = 1; unit <= PACED_UNITS; unit++) {
        const double share = 100.0 * (double) asked(b, unit, from_ns, to_ns, NULL) / due;

        if (unit != DEAD && share < least)
            least = share;
    }
    printf(
        "  polled once a second, one of ten dead, %.0f s: the others keep at least %.1f %% of their polls (goal >= 98 "
        "%%), the dead one was asked %zu times\n",
        due, least, asked(b, DEAD, from_ns, to_ns, NULL));
    if (least < 98.0)
        fault("living units lost polls");
}

static void print_pair(const char *when, const struct paced_bus *b, int64_t from_ns, int64_t to_ns)
{
    const struct cycles c = cycles_of(b, from_ns, to_ns, 0);

    printf("  two buses, equal unit ids, %s: the other makes %zu polls in %.0f s, cycle %.2f ms\n", when,
           c.n + PACED_UNITS, (double) (to_ns - from_ns) / 1e9, mean_ms(c));
}

static void dead_units(double seconds)
{
    struct paced_setup setup = {.baud = 9600, .parity = 'N', .stop_bits = 1, .think_ns = THINK_NS};
    struct paced_bus *buses[4]; /* as fast as it goes; once a second; the pair */
    const size_t n = sizeof(buses) / sizeof(buses[0]);
    static const char *const names[] = {"fast", "second", "pair-a", "pair-b"};
    const double pair_s = seconds / 10 > 2 ? seconds / 10 : 2;
    int64_t start_ns, died_ns;

    for (size_t i = 0; i < n; i++) {
        setup.id = names[i];
        setup.interval_us = i == 1 ? ONCE_A_SECOND_US : AS_FAST_AS_IT_GOES_US;
        buses[i] = paced_bus_new(&setup);
    }
    run_for(buses, n, 3);
    start_ns = bench_mono_ns();
    run_for(buses, n, pair_s);
    print_pair("both alive", buses[3], start_ns, bench_mono_ns());
    for (int unit = 1; unit <= PACED_UNITS; unit++)
        paced_bus_set_dead(buses[2], unit, true);
    paced_bus_set_dead(buses[0], DEAD, true);
    paced_bus_set_dead(buses[1], DEAD, true);
    start_ns = died_ns = bench_mono_ns();
    run_for(buses, n, pair_s);
    print_pair("one dead ", buses[3], died_ns, bench_mono_ns());
    if (pair_s < AT_ONCE_S)
        run_for(buses, n, AT_ONCE_S - pair_s);
    died_at_once(buses[0], died_ns);
    came_back(buses, n);
    paced_bus_set_dead(buses[0], DEAD, true);
    died_ns = bench_mono_ns();
    run_for(buses, n, seconds);
    after_back_off(buses[0], died_ns, seconds);
    kept_polls(buses[1], start_ns);
    for (size_t i = 0; i < n; i++) {
        check_line(buses[i], names[i]);
        paced_bus_free(buses[i]);
    }
}

int main(int argc, char **argv)
{
    const int seconds = bench_seconds(LONG_S), format_s = seconds < FORMAT_S ? seconds : FORMAT_S;
    const bool is_preferred = setpriority(PRIO_PROCESS, 0, NICE) == 0;
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    sw_log_init("bench_line", SW_LOG_ERR); /* that a unit is dead is known here */
    printf("line: %d units x %d registers, a unit thinks for %.0f ms, as fast as it goes; ideal = %d bytes, 3.5 "
           "characters "
           "and the thinking, for each unit\n",
           PACED_UNITS, PACED_REGS, THINK_NS / 1e6, 8 + 5 + 2 * PACED_REGS);
    printf("  %s\n", is_preferred
                         ? "before other programs (nice -15), the line itself in real time where that is allowed"
                         : "no priority is allowed here: other programs are part of the figures");
    one_format(9600, 'N', 1, format_s);
    one_format(9600, 'E', 1, format_s);
    one_format(9600, 'N', 2, format_s);
    one_format(19200, 'N', 1, format_s);
    dead_units(seconds);
    return is_faulty ? 1 : 0;
}
