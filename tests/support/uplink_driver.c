// SPDX-License-Identifier: Apache-2.0
/* A small core for the uplink's system test: store and uplink behind lines on stdin, its events on stdout. It does
 * what the gateway does (post state again after each connect) and judges nothing.
 *
 *   uplink_driver DATABASE BROKER-URI CLIENT-ID [will_delay=S] [backoff_ms=MS]
 *     doc LANE TOPIC COUNT    COUNT documents {"seq":…}, one commit each
 *     state TOPIC [TEXT]      a retained document; without text its deletion
 *     live TOPIC TEXT         live value; a '@' in the text becomes the wall clock in microseconds
 *     status                  prints "status connected=… pending=… …"
 *     quit                    clean stop */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ident.h"
#include "common/macros.h"
#include "gateway/store.h"
#include "gateway/uplink.h"

#define STATES_MAX 64
#define PREFIX "siteward/1/310115/pd-0042/"

static struct {
    char topic[128], text[512];
} states[STATES_MAX];
static size_t n_states;
static char boot[17];
static int64_t next_seq;
static struct sw_store *store;
static struct sw_uplink *uplink;

static size_t render_status(void *ctx, const char *state, char *buf, size_t cap)
{
    int n = snprintf(buf, cap, "{\"schema\":\"siteward.status/1.0\",\"state\":\"%s\",\"boot\":\"%s\"}", state,
                     (const char *) ctx);

    return n > 0 && (size_t) n < cap ? (size_t) n : 0;
}

static void do_documents(const char *lane, const char *topic, int count)
{
    for (int i = 0; i < count; i++) {
        char payload[64];
        struct sw_store_document d = {.seq = next_seq,
                                      .lane = strcmp(lane, "alarm") ? SW_LANE_BULK : SW_LANE_ALARM,
                                      .topic = topic,
                                      .retain = false,
                                      .props = "specversion=1.0\ntype=cn.siteward.test.v1\n",
                                      .payload = payload};

        d.len = (size_t) snprintf(payload, sizeof(payload), "{\"seq\":%" PRId64 "}", next_seq);
        /* a full box is not an error: the turn stays staged; but its seq may only be used once it was staged */
        if (sw_store_put_document(store, &d) == SW_OK)
            next_seq++;
        sw_store_commit(store);
    }
    if (sw_store_sync(store, 30 * SW_US_PER_S, NULL) == SW_OK)
        printf("stored %" PRId64 "\n", next_seq - 1);
}

static void do_state(const char *topic, const char *text)
{
    size_t i = 0;

    while (i < n_states && strcmp(states[i].topic, topic))
        i++;
    if (i < STATES_MAX) {
        snprintf(states[i].topic, sizeof(states[i].topic), "%s", topic);
        snprintf(states[i].text, sizeof(states[i].text), "%s", text);
        n_states = SW_MAX(n_states, i + 1);
    }
    sw_uplink_post_state(uplink, topic, text, strlen(text));
}

static void do_live(const char *topic, const char *text)
{
    char out[512];
    const char *at = strchr(text, '@');
    struct timespec now;
    int n;

    clock_gettime(CLOCK_REALTIME, &now);
    n = at ? snprintf(out, sizeof(out), "%.*s%lld%s", (int) (at - text), text,
                      (long long) (now.tv_sec * SW_US_PER_S + now.tv_nsec / 1000), at + 1)
           : snprintf(out, sizeof(out), "%s", text);
    sw_uplink_post_live(uplink, topic, out, (size_t) n);
}

static void do_status(void)
{
    struct sw_uplink_status u;
    struct sw_store_status s;

    sw_uplink_status(uplink, &u);
    sw_store_status(store, &s);
    printf("status connected=%d pending=%" PRId64 " rows=%u states=%u in_flight=%u acked=%" PRIu64
           " live_dropped=%" PRIu64 " refused=%" PRIu64 " connects=%" PRIu64 " failures=%" PRIu64 "\n",
           u.is_connected, s.outbox_pending[SW_LANE_ALARM] + s.outbox_pending[SW_LANE_BULK], u.rows_waiting,
           u.states_waiting, u.in_flight, u.rows_acked_total, u.live_dropped_total, u.refused_total, u.connects_total,
           u.connect_failures_total);
}

/* @return false when the driver is to end */
static bool do_line(char *line)
{
    char *rest = line, *word = strsep(&rest, " "), *topic;

    if (!strcmp(word, "quit"))
        return false;
    if (!strcmp(word, "status")) {
        do_status();
        return true;
    }
    if (!strcmp(word, "doc") && rest) {
        char *lane = strsep(&rest, " ");

        topic = strsep(&rest, " ");
        if (topic && rest)
            do_documents(lane, topic, atoi(rest));
        return true;
    }
    topic = strsep(&rest, " ");
    if (topic && !strcmp(word, "state"))
        do_state(topic, rest ? rest : "");
    else if (topic && rest && !strcmp(word, "live"))
        do_live(topic, rest);
    else
        printf("? %s\n", word);
    return true;
}

static void on_events(void)
{
    struct sw_uplink_event ev;

    while (sw_mailbox_take(sw_uplink_events(uplink), &ev, 1)) {
        printf("%s %u\n", ev.kind == SW_UPLINK_CONNECTED ? "connected" : "disconnected", ev.connection);
        for (size_t i = 0; ev.kind == SW_UPLINK_CONNECTED && i < n_states; i++)
            if (states[i].text[0])
                sw_uplink_post_state(uplink, states[i].topic, states[i].text, strlen(states[i].text));
    }
}

/* Lines of stdin, read without stdio's buffer so that poll tells the truth. @return false at the end */
static bool on_input(void)
{
    static char buf[8192];
    static size_t len;
    ssize_t n = read(STDIN_FILENO, buf + len, sizeof(buf) - 1 - len);
    char *newline;

    if (n <= 0)
        return false;
    len += (size_t) n;
    buf[len] = '\0';
    while ((newline = strchr(buf, '\n'))) {
        *newline = '\0';
        if (!do_line(buf))
            return false;
        len -= (size_t) (newline + 1 - buf);
        memmove(buf, newline + 1, len + 1);
    }
    return true;
}

static int number_of(int argc, char **argv, const char *key, int otherwise)
{
    for (int i = 4; i < argc; i++)
        if (!strncmp(argv[i], key, strlen(key)) && argv[i][strlen(key)] == '=')
            return atoi(argv[i] + strlen(key) + 1);
    return otherwise;
}

int main(int argc, char **argv)
{
    struct sw_store_params sp = {.path = argc > 3 ? argv[1] : "", .commit_interval_us = 200000};
    struct sw_uplink_params up = {.uri = argc > 3 ? argv[2] : "",
                                  .client_id = argc > 3 ? argv[3] : "",
                                  .prefix = PREFIX,
                                  .status_topic = "gw/gw-7f3a/status",
                                  .render_status = render_status,
                                  .render_ctx = boot,
                                  .backoff_max_us = 500000};
    struct sw_err err = {0};

    if (argc < 4) {
        fprintf(stderr, "usage: uplink_driver DATABASE BROKER-URI CLIENT-ID [will_delay=S] [backoff_ms=MS]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    sw_boot_id(1772466060000000LL + sw_mono_real_us(), boot);
    up.will_delay_s = number_of(argc, argv, "will_delay", -1);
    up.backoff_min_us = number_of(argc, argv, "backoff_ms", 50) * SW_US_PER_MS;
    if (sw_store_open(&sp, &store, &err) < 0 || sw_uplink_start(&up, store, &uplink, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    next_seq = sw_store_facts(store)->last_seq + 1;
    printf("ready boot=%s seq=%" PRId64 "\n", boot, next_seq - 1);
    for (bool goes_on = true; goes_on;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = sw_mailbox_fd(sw_uplink_events(uplink)), .events = POLLIN}};

        poll(fds, SW_ARRAY_SIZE(fds), -1);
        on_events();
        if (fds[0].revents)
            goes_on = on_input();
    }
    sw_uplink_stop(uplink);
    sw_store_close(store);
    puts("stopped");
    return 0;
}
