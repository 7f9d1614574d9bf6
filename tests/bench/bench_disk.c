// SPDX-License-Identifier: Apache-2.0
/* What a reading costs on the disk: its bytes in the store's file, on real series that the store's own code wrote; and
 * the bytes that the daemon writes to the device in a day with ten sensors at 1 Hz, connected and draining. Beside the
 * readings: gzip of the same file, and 8 bytes a value. Beside the day: a program that appends what the file grew by
 * and syncs as often. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "bench.h"
#include "child.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "gateway/store.h"
#include "io/db.h"
#include "server.h"
#include "site.h"

#define WRITE_S 600
#define SETTLE_S 20
#define COMMIT_S 60
#define LATER_S 7200 /* the hour behind the last one is over, too */
#define LATER_COMMITS 10
#define PATIENCE_US (60 * SW_US_PER_S)
#define LATENCY_US (20 * SW_US_PER_MS)

static void must(int rc, const struct sw_err *err)
{
    if (rc < 0)
        bench_give_up("%s", err->msg);
}

/* ---- readings ---- */

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    struct stat st;

    if (!f || fstat(fileno(f), &st) < 0 || !(text = malloc((size_t) st.st_size + 1)))
        bench_give_up("%s: %s", path, strerror(errno));
    *ret_len = fread(text, 1, (size_t) st.st_size, f);
    text[*ret_len] = '\0';
    fclose(f);
    return text;
}

static double gzip_bytes(const char *text, size_t len)
{
    uLongf packed_len = compressBound((uLong) len);
    unsigned char *packed = malloc(packed_len);

    if (!packed || compress2(packed, &packed_len, (const unsigned char *) text, (uLong) len, 9) != Z_OK)
        bench_give_up("zlib cannot compress");
    free(packed);
    return (double) packed_len;
}

static int64_t number_of(const char *path, const char *sql)
{
    struct sw_db *db = NULL;
    struct sw_err err = {0};
    int64_t value = 0;

    must(sw_db_open(path, true, &db, &err), &err);
    must(sw_db_value(db, sql, 0, &value, &err), &err);
    sw_db_close(db);
    return value;
}

static void put(struct sw_store *s, double value, int64_t t_utc_us, int64_t start_us)
{
    const struct sw_reading r = {.t_utc_us = t_utc_us,
                                 .t_mono_us = t_utc_us - start_us + 77 * SW_US_PER_S,
                                 .value = value,
                                 .quantity = SW_QUANTITY_LAEQ,
                                 .flag = 'N'};

    sw_store_put_readings(s, &r, 1, t_utc_us + LATENCY_US, NULL);
    sw_store_set_time(s, t_utc_us + LATENCY_US, false);
    sw_store_end_turn(s);
}

/* @return readings */
static size_t store_series(const char *csv, const char *path)
{
    static const char *const sensors[] = {"street"};
    const struct sw_store_params p = {.path = path, .n_sensors = 1, .sensor_ids = sensors};
    struct sw_store *s = NULL;
    struct sw_err err = {0};
    int64_t start_us = INT64_MIN, t_us = 0, synced_us = 0;
    size_t n = 0;

    must(sw_store_open(&p, &s, &err), &err);
    for (const char *line = strchr(csv, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char ts[40] = "", value[40] = "";

        if (sscanf(line + 1, "%39[^,],%*[^,],%*[^,],%39[^,\n]", ts, value) != 2 ||
            sw_time_parse(ts, strlen(ts), &t_us, NULL) < 0)
            bench_give_up("a line of the series is none of ours: %.60s", line + 1);
        start_us = start_us == INT64_MIN ? t_us : start_us;
        put(s, strtod(value, NULL), t_us, start_us);
        n++;
        if (t_us - synced_us >= COMMIT_S * SW_US_PER_S) {
            must(sw_store_sync(s, PATIENCE_US, &err), &err);
            synced_us = t_us;
        }
    }
    for (int i = 0; i < LATER_COMMITS; i++) { /* so that all before it are folded, and hours are joined */
        put(s, 0, t_us + LATER_S * SW_US_PER_S + i, start_us);
        must(sw_store_sync(s, PATIENCE_US, &err), &err);
    }
    sw_store_close(s);
    return n;
}

static void weigh_series(const struct bench_env *env, const char *name)
{
    char csv_path[BENCH_PATH_SIZE], path[BENCH_PATH_SIZE];
    size_t len, n;
    char *csv;

    snprintf(csv_path, sizeof(csv_path), "tests/data/series/%s/readings.csv", name);
    snprintf(path, sizeof(path), "%s/%s.db", env->work_dir, name);
    csv = read_file(csv_path, &len);
    n = store_series(csv, path);
    printf("  %s: %zu readings (goal: <= 3 bytes a reading)\n", name, n);
    printf("    %-58s %6.2f\n", "bytes of the blocks alone",
           (double) number_of(path, "SELECT sum(length(body)) FROM block") / (double) n);
    printf("    %-58s %6.2f\n", "table block with its pages",
           (double) number_of(path, "SELECT sum(pgsize) FROM dbstat WHERE name = 'block'") / (double) n);
    printf("    %-58s %6.2f\n", "and with the chain's entries and leaves, of one sensor",
           (double) number_of(path, "SELECT sum(pgsize) FROM dbstat WHERE name IN ('block', 'chain', 'chain_key')") /
               (double) n);
    printf("    %-58s %6.2f\n", "floor: gzip -9 of the same CSV file", gzip_bytes(csv, len) / (double) n);
    printf("    %-58s %6.2f\n", "floor: the values alone as they are", 8.0);
    free(csv);
}

/* ---- a day ---- */

static int64_t written_bytes(pid_t pid)
{
    char path[64], line[128];
    long long bytes = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/io", (int) pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "write_bytes: %lld", &bytes) == 1)
            break;
    if (f)
        fclose(f);
    if (bytes < 0)
        bench_give_up("%s does not say what was written", path);
    return bytes;
}

static void fill(void *ctx, uint8_t unit, uint16_t reg_addr, uint16_t nb, uint16_t *regs)
{
    atomic_uint *turn = ctx;
    const unsigned now = atomic_fetch_add(turn, 1);

    for (unsigned i = 0; i < nb; i++) /* a level that wanders by some tenths of a decibel */
        regs[i] = (uint16_t) (5200 + (now / 40 % 200) + (now * 7919U + (unit + reg_addr + i) * 104729U) % 97U);
}

static uint64_t asked(const void *server)
{
    return bench_server_registers(server);
}

/* The log that still waits is brought into the file here, and counted: a longer run would have done it. */
static int64_t checkpoint_bytes(const char *path)
{
    const int64_t before = written_bytes(getpid());
    struct sw_db *db = NULL;
    struct sw_err err = {0};

    must(sw_db_open(path, false, &db, &err), &err);
    must(sw_db_checkpoint(db, false, &err), &err);
    sw_db_close(db);
    return written_bytes(getpid()) - before;
}

/* @return bytes written by appending `bytes` in `n` pieces, each synced */
static int64_t append_bytes(const char *path, int64_t bytes, int64_t n)
{
    static char piece[1 << 16];
    const int64_t before = written_bytes(getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        bench_give_up("%s: %s", path, strerror(errno));
    for (int64_t i = 0; i < n; i++) {
        const size_t want = (size_t) SW_MIN((int64_t) sizeof(piece), bytes * (i + 1) / n - bytes * i / n);

        if (write(fd, piece, want) != (ssize_t) want || fdatasync(fd) < 0)
            bench_give_up("%s: %s", path, strerror(errno));
    }
    close(fd);
    return written_bytes(getpid()) - before;
}

static void weigh_day(const struct bench_env *env)
{
    const int seconds = bench_seconds(WRITE_S);
    atomic_uint turn = 0;
    struct bench_server *server = bench_server_start(fill, &turn);
    const struct bench_site site = {.quantity = "LAeq",
                                    .n_devices = 10,
                                    .n_channels = 1,
                                    .n_buses = 2,
                                    .interval_ms = 1000,
                                    .live_interval_ms = 5000,
                                    .modbus_port = bench_server_port(server)};
    static const char pages_sql[] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    char path[BENCH_PATH_SIZE], floor_path[BENCH_PATH_SIZE];
    struct bench_child daemon;
    int64_t start, pages, written, checkpoint, floor, readings;
    double days;

    printf("  ten noise sensors at 1 Hz over %d s, commit every %d s (goal: <= 100 MB a day)\n", seconds, COMMIT_S);
    snprintf(path, sizeof(path), "%s/disk/data/siteward.db", env->work_dir);
    snprintf(floor_path, sizeof(floor_path), "%s/appended", env->work_dir);
    bench_site_write(env, "disk", &site);
    bench_site_start(env, "disk", &daemon, asked, server);
    bench_sleep_ms(SETTLE_S * 1000LL);
    bench_child_check(&daemon);
    checkpoint_bytes(path);
    start = written_bytes(daemon.pid);
    pages = number_of(path, pages_sql);
    readings = number_of(path, "SELECT sum(length(body)) FROM block");
    bench_sleep_ms(seconds * 1000LL);
    bench_child_check(&daemon);
    written = written_bytes(daemon.pid) - start;
    pages = number_of(path, pages_sql) - pages;
    readings = number_of(path, "SELECT sum(length(body)) FROM block") - readings;
    checkpoint = checkpoint_bytes(path);
    bench_child_stop(&daemon);
    bench_server_stop(server);
    floor = append_bytes(floor_path, pages, seconds / COMMIT_S);
    days = seconds / 86400.0;
    printf("    %-58s %6.1f MB\n", "write_bytes of sitewardd, a day", (double) written / 1e6 / days);
    printf("    %-58s %6.1f MB\n", "and of bringing its log into the file", (double) checkpoint / 1e6 / days);
    printf("    %-58s %6.1f MB\n", "the file grows by", (double) pages / 1e6 / days);
    printf("    %-58s %6.2f\n", "bytes of blocks a reading, as the bus delivered them",
           (double) readings / (10.0 * seconds));
    printf("    %-58s %6.1f MB   %.1f times\n", "floor: append as much, and sync as often", (double) floor / 1e6 / days,
           bench_ratio((double) (written + checkpoint), (double) floor));
}

int main(int argc, char **argv)
{
    struct bench_env env;

    bench_env_init(&env, argc, argv);
    puts("disk");
    weigh_series(&env, "montreal-laeq-1s");
    weigh_series(&env, "montreal-evening-5s");
    weigh_day(&env);
    return 0;
}
