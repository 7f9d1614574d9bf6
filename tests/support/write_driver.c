// SPDX-License-Identifier: Apache-2.0
/* The bus worker alone, for tests with foreign peers: writes what it is told to and says what became of it.
 *   write_driver tcp|rtu-tcp HOST PORT     write_driver rtu PATH BAUD
 * Each line on stdin is an order: UNIT FC ADDRESS VALUE [VALUE …]; each line on stdout is what became of one, as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "sensors/bus_worker.h"

#define PATIENCE_US (30 * SW_US_PER_S)

static const char *const words[] = {
    [SW_WRITTEN] = "written",         [SW_WRITTEN_DIFFERS] = "differs", [SW_WRITTEN_UNREAD] = "unread",
    [SW_WRITTEN_REFUSED] = "refused", [SW_WRITTEN_SILENT] = "silent",   [SW_WRITTEN_NO_LINE] = "no line",
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "write_driver: %s\n", what);
    exit(1);
}

static struct sw_bus_write parse(char *line, uint32_t id)
{
    struct sw_bus_write w = {.id = id};
    unsigned long head[3] = {0};
    size_t n = 0;
    char *rest = NULL;

    for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest), n++) {
        const unsigned long number = strtoul(word, NULL, 0);

        if (n < 3)
            head[n] = number;
        else if (n - 3 < SW_BUS_WRITE_MAX)
            w.values[n - 3] = (uint16_t) number;
    }
    if (n < 4 || n - 3 > SW_BUS_WRITE_MAX)
        give_up("want UNIT FC ADDRESS VALUE [VALUE …]");
    w.unit_id = (uint8_t) head[0];
    w.fc = (uint8_t) head[1];
    w.reg_addr = (uint16_t) head[2];
    w.nb = (uint16_t) (n - 3);
    return w;
}

static void print(const struct sw_bus_written *w)
{
    printf("{\"id\":%u,\"how\":\"%s\",\"read\":[", (unsigned) w->id, words[w->how]);
    for (size_t i = 0; (w->how == SW_WRITTEN || w->how == SW_WRITTEN_DIFFERS) && i < w->nb; i++)
        printf("%s%u", i > 0 ? "," : "", (unsigned) w->read[i]);
    printf("],\"us\":%lld,\"why\":\"%s\"}\n", (long long) (w->end_utc_us - w->start_utc_us), w->why);
    fflush(stdout);
}

static void set_line(struct sw_bus_params *p, char **argv)
{
    snprintf(p->id, sizeof(p->id), "line");
    p->kind = strcmp(argv[1], "rtu") == 0 ? SW_LINE_RTU : strcmp(argv[1], "tcp") == 0 ? SW_LINE_TCP : SW_LINE_RTU_TCP;
    if (p->kind == SW_LINE_RTU) {
        snprintf(p->port, sizeof(p->port), "%s", argv[2]);
        p->serial = (struct sw_serial){atoi(argv[3]), 'N', 8, 1};
    } else {
        snprintf(p->host, sizeof(p->host), "%s", argv[2]);
        p->tcp_port = atoi(argv[3]);
    }
    p->response_timeout_ms = 1000;
}

int main(int argc, char **argv)
{
    struct sw_bus_params params = {.kind = SW_LINE_RTU};
    struct sw_mailbox *readings, *written;
    struct sw_bus_worker *worker;
    struct sw_clock clock;
    struct sw_err err = {0};
    char line[1024];
    uint32_t id = 0;

    if (argc != 4)
        give_up("want tcp|rtu-tcp HOST PORT or rtu PATH BAUD");
    sw_log_init("write_driver", SW_LOG_ERR);
    sw_clock_init_real(&clock);
    set_line(&params, argv);
    if (sw_mailbox_new(64, 0, sizeof(struct sw_reading), &readings, &err) < 0 ||
        sw_mailbox_new(64, 0, sizeof(struct sw_bus_written), &written, &err) < 0 ||
        sw_bus_worker_start(&params, NULL, 0, &clock, readings, written, &worker, &err) < 0)
        give_up(err.msg);
    while (fgets(line, sizeof(line), stdin)) {
        const struct sw_bus_write order = parse(line, ++id);
        struct sw_bus_written what;

        if (sw_bus_worker_write(worker, &order) < 0) {
            printf("{\"id\":%u,\"how\":\"not taken\",\"read\":[],\"why\":\"\"}\n", (unsigned) id);
            fflush(stdout);
            continue;
        }
        if (!sw_mailbox_wait(written, PATIENCE_US) || sw_mailbox_take(written, &what, 1) != 1)
            give_up("no word of an order");
        print(&what);
    }
    sw_bus_worker_stop(worker);
    sw_mailbox_free(readings);
    sw_mailbox_free(written);
    return 0;
}
