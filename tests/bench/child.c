// SPDX-License-Identifier: Apache-2.0
/* Programs under measurement. See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define CHILDREN_MAX 8
#define LOG_LINES 8
#define STOP_MS 10000

static pid_t running[CHILDREN_MAX];

static void end_all(void)
{
    for (int i = 0; i < CHILDREN_MAX; i++)
        if (running[i] > 0)
            kill(running[i], SIGKILL);
}

static void remember(pid_t pid, pid_t instead_of)
{
    static bool is_registered;

    if (!is_registered)
        atexit(end_all);
    is_registered = true;
    for (int i = 0; i < CHILDREN_MAX; i++)
        if (running[i] == instead_of) {
            running[i] = pid;
            return;
        }
}

static void redirect(int fd, const char *path)
{
    const int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (to < 0 || dup2(to, fd) < 0)
        _exit(127);
    if (to != fd)
        close(to);
}

void bench_child_start(struct bench_child *c, const char *what, char *const argv[], const char *log)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    if (pid < 0)
        bench_give_up("fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(127);
        redirect(STDOUT_FILENO, log);
        dup2(STDOUT_FILENO, STDERR_FILENO);
        execv(argv[0], argv);
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    *c = (struct bench_child){.what = what, .pid = pid};
    snprintf(c->log_path, sizeof(c->log_path), "%s", log);
    remember(pid, 0);
}

bool bench_child_is_alive(const struct bench_child *c)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t) c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

/* The last lines of a log, to stderr. */
static void show_log(const char *path)
{
    char lines[LOG_LINES][512];
    size_t n = 0;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return;
    while (fgets(lines[n % LOG_LINES], sizeof(lines[0]), f) != NULL)
        n++;
    fclose(f);
    for (size_t i = n > LOG_LINES ? n - LOG_LINES : 0; i < n; i++)
        fprintf(stderr, "  %s", lines[i % LOG_LINES]);
}

void bench_child_check(const struct bench_child *c)
{
    if (bench_child_is_alive(c))
        return;
    show_log(c->log_path);
    bench_give_up("%s has ended (its last words are above)", c->what);
}

int64_t bench_child_cpu_ns(const struct bench_child *c)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(c->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        bench_give_up("CPU clock of %s: %s", c->what, strerror(errno));
    return t.tv_sec * BENCH_NS_PER_S + t.tv_nsec;
}

struct bench_memory bench_child_memory(const struct bench_child *c)
{
    struct bench_memory m = {-1, -1};
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int) c->pid);
    f = fopen(path, "re");
    if (f == NULL)
        bench_give_up("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof(line), f) != NULL) {
        sscanf(line, "VmRSS: %ld", &m.rss_kb);
        sscanf(line, "RssAnon: %ld", &m.anon_kb);
    }
    fclose(f);
    if (m.rss_kb < 0 || m.anon_kb < 0)
        bench_give_up("%s says neither VmRSS nor RssAnon", path);
    return m;
}

int bench_child_libraries(const struct bench_child *c)
{
    char path[64], line[1024], last[1024] = "";
    int n = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/maps", (int) c->pid);
    f = fopen(path, "re");
    if (f == NULL)
        bench_give_up("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof(line), f) != NULL) {
        const char *file = strchr(line, '/');

        if (file == NULL || strstr(file, ".so") == NULL || strcmp(file, last) == 0)
            continue;
        snprintf(last, sizeof(last), "%s", file);
        n++;
    }
    fclose(f);
    return n;
}

void bench_child_stop(struct bench_child *c)
{
    const int64_t until_ns = bench_mono_ns() + STOP_MS * BENCH_NS_PER_MS;

    if (c->pid <= 0)
        return;
    kill(c->pid, SIGTERM);
    while (waitpid(c->pid, NULL, WNOHANG) == 0) {
        if (bench_mono_ns() > until_ns) {
            fprintf(stderr, "%s did not end within %d s of SIGTERM; killed\n", c->what, STOP_MS / 1000);
            kill(c->pid, SIGKILL);
            waitpid(c->pid, NULL, 0);
            break;
        }
        bench_sleep_ms(10);
    }
    remember(0, c->pid);
    c->pid = 0;
}

/* The last CPU that we may run on: the first takes more of the machine's interrupts. */
static void bind_to_one_cpu(void)
{
    cpu_set_t all, one;

    if (sched_getaffinity(0, sizeof(all), &all) != 0)
        return;
    CPU_ZERO(&one);
    for (int i = CPU_SETSIZE - 1; i >= 0; i--)
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
            break;
        }
    sched_setaffinity(0, sizeof(one), &one);
}

struct bench_run bench_run_to_end(char *const argv[], const char *stdout_file, const char *stderr_file)
{
    const int64_t start_ns = bench_mono_ns();
    struct rusage usage;
    int status = 0;
    const pid_t pid = fork();

    if (pid < 0)
        bench_give_up("fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bind_to_one_cpu();
        redirect(STDOUT_FILENO, stdout_file);
        redirect(STDERR_FILENO, stderr_file);
        execv(argv[0], argv);
        _exit(127);
    }
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        show_log(stderr_file);
        bench_give_up("%s ended with status %d", argv[0], WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    }
    return (struct bench_run){
        .wall_s = (double) (bench_mono_ns() - start_ns) / 1e9,
        .cpu_s = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
        .peak_rss_kb = usage.ru_maxrss,
    };
}
