// SPDX-License-Identifier: Apache-2.0
/* `siteward mqtt watch`: every document of a site or an area as it comes, a line each, and whether none is missing. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cmd_mqtt.h"
#include "cli/mqtt_gaps.h"
#include "cli/mqtt_link.h"
#include "cli/mqtt_text.h"
#include "common/clock.h"
#include "common/macros.h"

#define NAME "mqtt watch"
#define LINE_SIZE 1024
#define LOOK_US SW_US_PER_S
#define FLUSH_US (200 * SW_US_PER_MS)
#define RETRY_US (5 * SW_US_PER_S)

static const char help[] =
    "Examples:\n"
    "  siteward mqtt watch -c site.yaml\n"
    "  siteward mqtt watch -c site.yaml --only ticket,summary,alert\n"
    "  siteward mqtt watch --url mqtt://broker:1883 --area 310115 --only summary --json\n"
    "  siteward mqtt watch -c site.yaml --check --for 3600 --json > hour.ndjson\n\n"
    "Every document of a site, or of all sites of an area, as it comes: a line with time, topic and what matters "
    "most,\n"
    "or one JSON object with topic, retain and payload. What the broker has kept comes first. Numbers (seq) that do "
    "not\n"
    "come within a minute, and that no gap document names, are told on stderr. Ctrl-C ends it.\n\n";
static const char help_2[] =
    "      --area AREA        all sites of an area, instead of one site\n"
    "      --only A,B,…       of these kinds only: status info health alert config gap checkpoint meta live agg\n"
    "                         backfill event state output summary schedule ticket ticket-event cmd res quiet host\n"
    "      --json             one object a line\n"
    "      --check            exit 1 when a number is missing at the end, or the connection was lost meanwhile\n"
    "      --from-seq N       nothing may be missing from this number on (default: from the first that comes)\n"
    "      --for SECONDS      end by itself after so long\n"
    "      --count N          end by itself after so many documents\n"
    "      --lang zh|en       of the lines (default: Chinese when $LANG begins with zh)\n\n"
    "Exit 1: with --check, something is missing; or the broker refuses us. Exit 4: no broker answers.\n";

static const struct {
    const char *word;
    const char *filters[3]; /* below the site */
    const char *above;      /* below the area, or with a '/' before it below the root; NULL = none */
} kinds[] = {
    {"status", {"gw/+/status"}, NULL},
    {"info", {"gw/+/info"}, NULL},
    {"health", {"gw/+/health"}, NULL},
    {"alert", {"gw/+/alert/+"}, NULL},
    {"config", {"gw/+/config"}, NULL},
    {"gap", {"gw/+/gap"}, NULL},
    {"checkpoint", {"gw/+/checkpoint"}, NULL},
    {"meta", {"sensor/+/meta"}, NULL},
    {"live", {"sensor/+/live"}, NULL},
    {"agg", {"sensor/+/agg/+"}, NULL},
    {"backfill", {"sensor/+/backfill/+"}, NULL},
    {"event", {"sensor/+/event"}, NULL},
    {"state", {"sensor/+/state"}, NULL},
    {"output", {"output/+/state"}, NULL},
    {"summary", {"summary"}, NULL},
    {"schedule", {"schedule"}, NULL},
    {"ticket", {"ticket/+"}, NULL},
    {"ticket-event", {"ticket/+/event"}, NULL},
    {"cmd", {"cmd/#", "gw/+/cmd/+"}, NULL},
    {"res", {"res/+/+"}, NULL},
    {"quiet", {NULL}, "broadcast/quiet-period/+"},
    {"host", {NULL}, "/host/+/status"},
};

struct watch {
    struct sw_mqtt_where where;
    const char *only, *lang;
    bool is_json, checks;
    long long from_seq, count, seconds;
    /* While it runs */
    size_t n_filters, skip; /* skip: bytes of a topic that all have */
    char filter[SW_MQTT_FILTERS_MAX][SW_TOPIC_SIZE + 32];
    struct sw_mqtt_gaps *gaps; /* NULL = with --only not all numbers are seen */
    uint64_t seen, dropped, lost;
    int64_t flushed_us;
};

/* ---- which topics ---- */

static void add_filter(struct watch *w, const char *before, const char *leaf)
{
    snprintf(w->filter[w->n_filters++], sizeof(w->filter[0]), "%s%s", before, leaf);
}

/* What stands above a site: of its area, and of everybody. */
static void add_above(struct watch *w, const char *above)
{
    char area[SW_TOPIC_SIZE];
    const size_t root = strlen(w->where.root);

    if (above[0] == '/') {
        add_filter(w, w->where.root, above + 1);
        return;
    }
    snprintf(area, sizeof(area), "%.*s/", (int) (root + strcspn(w->where.whole + root, "/")), w->where.whole);
    add_filter(w, area, above);
}

static int add_kind(struct watch *w, const char *word, size_t len)
{
    for (size_t i = 0; i < SW_ARRAY_SIZE(kinds); i++) {
        if (strlen(kinds[i].word) != len || strncmp(kinds[i].word, word, len) != 0)
            continue;
        if (w->n_filters + SW_ARRAY_SIZE(kinds[i].filters) > SW_MQTT_FILTERS_MAX)
            return sw_cli_fail(NAME, "--only: too many kinds; without --only all are shown");
        for (size_t k = 0; kinds[i].filters[k]; k++)
            add_filter(w, w->where.whole, kinds[i].filters[k]);
        if (kinds[i].above)
            add_above(w, kinds[i].above);
        return -1;
    }
    return sw_cli_fail(NAME, "--only: '%.*s' is no kind; 'siteward mqtt watch --help' lists them", (int) len, word);
}

static int choose_filters(struct watch *w)
{
    int code = -1;

    if (!w->only) {
        add_filter(w, w->where.whole, "#");
        add_above(w, "broadcast/quiet-period/+");
        add_above(w, "/host/+/status");
        return -1;
    }
    for (const char *word = w->only; code < 0; word++) {
        const size_t len = strcspn(word, ",");

        code = add_kind(w, word, len);
        word += len;
        if (*word == '\0')
            break;
    }
    return code;
}

/* ---- what came ---- */

/* "310115/pd-0042": where the gateway stands, whichever site is watched. */
static void site_of(const struct watch *w, const char *topic, char *buf, size_t cap)
{
    const size_t root = strlen(w->where.root);
    const char *site = strncmp(topic, w->where.root, root) == 0 ? topic + root : topic, *end = strchr(site, '/');

    end = end ? strchr(end + 1, '/') : NULL;
    snprintf(buf, cap, "%.*s", end ? (int) (end - site) : 0, site);
}

/* The payload stays as it is on the wire: its numbers have their decimals. What is no document is shown as a text. */
static void print_json(const struct sw_mqtt_incoming *m, const json_t *document)
{
    json_t *topic = json_string(m->topic), *text = NULL;
    char *shown = topic ? json_dumps(topic, JSON_ENCODE_ANY) : NULL;

    printf("{\"topic\":%s,\"retain\":%s,\"payload\":", shown ? shown : "null", m->retain ? "true" : "false");
    free(shown);
    json_decref(topic);
    if (m->len == 0 && !m->is_too_large) {
        fputs("null", stdout);
    } else if (document && !memchr(m->payload, '\n', m->len)) {
        fwrite(m->payload, 1, m->len, stdout);
    } else if (document) { /* somebody's, over several lines */
        json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    } else {
        text = json_stringn(m->payload, m->len);
        printf("null,\"fault\":\"%s\"", m->is_too_large ? "too large" : text ? "not a JSON object" : "not UTF-8");
    }
    json_decref(text);
    fputs("}\n", stdout);
}

static void print_line(const struct watch *w, const struct sw_mqtt_incoming *m, const json_t *document)
{
    const bool is_chinese = strncmp(w->lang, "zh", 2) == 0;
    const char *topic = m->topic;
    char line[LINE_SIZE];

    if (strncmp(topic, w->where.whole, w->skip) == 0)
        topic += w->skip;
    else if (strncmp(topic, w->where.root, strlen(w->where.root)) == 0)
        topic += strlen(w->where.root);
    if (document || m->len == 0) {
        sw_mqtt_text(topic, document, is_chinese, line, sizeof(line));
        puts(line);
    } else {
        printf("--              %s  %s\n", topic, is_chinese ? "不是 JSON 文档" : "not a JSON document");
    }
}

static void take(struct watch *w, const struct sw_mqtt_incoming *m)
{
    json_t *document = m->len ? json_loadb(m->payload, m->len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    char site[160];

    if (document && !json_is_object(document)) {
        json_decref(document);
        document = NULL;
    }
    w->seen++;
    if (w->gaps && document) {
        site_of(w, m->topic, site, sizeof(site));
        sw_mqtt_gaps_take(w->gaps, site, document, m->retain);
    }
    if (w->is_json)
        print_json(m, document);
    else
        print_line(w, m, document);
    json_decref(document);
}

/* ---- the run ---- */

/* A new connection begins anew: what went by meanwhile is nobody's fault. */
static bool forget_numbers(struct watch *w)
{
    if (!w->gaps)
        return true;
    if (sw_mqtt_gaps_end(w->gaps, stderr) > 0)
        w->lost++;
    sw_mqtt_gaps_free(w->gaps);
    w->gaps = sw_mqtt_gaps_new(0);
    return w->gaps != NULL;
}

/* What was printed is on its way soon, but not each line by itself. @return false = nobody reads it any more */
static bool flush_in_time(struct watch *w, int64_t now_us)
{
    if (now_us - w->flushed_us < FLUSH_US)
        return true;
    w->flushed_us = now_us;
    return fflush(stdout) == 0 && !ferror(stdout);
}

/* One connection, from its first message to its end. @return -1 it was lost; else the exit code */
static int follow(struct watch *w, struct sw_mqtt_link *l, int64_t until_us)
{
    int64_t looked_us = 0;

    for (;;) {
        struct sw_mqtt_incoming *m;
        const enum sw_mqtt_link_said said = sw_mqtt_link_next(l, SW_MIN(until_us, w->flushed_us + FLUSH_US), &m);
        const int64_t now_us = sw_mono_real_us();

        if (said == SW_MQTT_LINK_STOP)
            return SW_EXIT_OK;
        if (said == SW_MQTT_LINK_LOST)
            return -1;
        if (said == SW_MQTT_LINK_MESSAGE) {
            take(w, m);
            free(m);
        }
        if (!flush_in_time(w, now_us))
            return SW_EXIT_FAILED;
        if (w->gaps && now_us - looked_us >= LOOK_US) {
            sw_mqtt_gaps_tell(w->gaps, now_us, stderr);
            looked_us = now_us;
        }
        if (now_us >= until_us || (w->count && w->seen >= (uint64_t) w->count))
            return SW_EXIT_OK;
    }
}

static int connect_and_follow(struct watch *w, int stop_fd, int64_t until_us)
{
    const char *filters[SW_MQTT_FILTERS_MAX];
    struct sw_mqtt_link *l = NULL;
    int code = sw_mqtt_link_open(&w->where, NAME, stop_fd, &l);

    for (size_t i = 0; i < w->n_filters; i++)
        filters[i] = w->filter[i];
    if (code < 0)
        code = sw_mqtt_link_subscribe(l, filters, w->n_filters);
    if (code < 0)
        code = follow(w, l, until_us);
    if (l)
        w->dropped += sw_mqtt_link_dropped_total(l);
    sw_mqtt_link_free(l);
    return code;
}

static int finish(struct watch *w, int code)
{
    const uint64_t missing = w->gaps ? sw_mqtt_gaps_end(w->gaps, stderr) : 0;

    if (w->dropped)
        sw_cli_fail(NAME, "%" PRIu64 " messages came faster than they could be shown, and were dropped here",
                    w->dropped);
    if (w->checks && code == SW_EXIT_OK) {
        fprintf(stderr, "%" PRIu64 " documents, %" PRIu64 " of them numbered, %" PRIu64 " numbers missing\n", w->seen,
                sw_mqtt_gaps_seen_total(w->gaps), missing);
        code = missing || w->dropped || w->lost ? SW_EXIT_FAILED : SW_EXIT_OK;
    }
    return sw_cli_end_output(NAME, code);
}

static int run(struct watch *w)
{
    const int stop_fd = sw_mqtt_stop_fd();
    const int64_t until_us = w->seconds ? sw_mono_real_us() + w->seconds * SW_US_PER_S : INT64_MAX;
    int code = -1;

    if (!w->only && !(w->gaps = sw_mqtt_gaps_new(w->from_seq)))
        return sw_cli_fail(NAME, "out of memory");
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, 1 << 16);
    for (bool was_up = false; code < 0; was_up = true) {
        if (was_up && !forget_numbers(w))
            code = sw_cli_fail(NAME, "out of memory");
        else
            code = connect_and_follow(w, stop_fd, until_us);
        if (was_up && code == SW_EXIT_UNREACHABLE)
            code = -1; /* a broker that was there once comes back */
        if (code < 0) {
            w->lost++;
            if (w->checks)
                code = sw_cli_fail(NAME, "what went by while there was no connection nobody can check");
            else if (sw_mono_real_us() + RETRY_US >= until_us)
                code = SW_EXIT_UNREACHABLE;
            else
                fprintf(stderr, "trying again every %d s; numbers are counted from there on\n",
                        (int) (RETRY_US / SW_US_PER_S));
        }
        if (code < 0 && sw_mqtt_stop_wait(stop_fd, RETRY_US))
            code = SW_EXIT_OK;
    }
    code = finish(w, code);
    sw_mqtt_gaps_free(w->gaps);
    if (stop_fd >= 0)
        close(stop_fd);
    return code;
}

/* ---- options ---- */

static int number(const char *option, const char *text, long long *ret)
{
    char *end = NULL;

    *ret = strtoll(text, &end, 10);
    if (*end != '\0' || *ret < 1 || *ret > (1LL << 53))
        return sw_cli_fail(NAME, "--%s is a whole number from 1", option);
    return -1;
}

static int take_option(struct watch *w, int c, const char *value)
{
    switch (c) {
    case 'o':
        w->only = value;
        return -1;
    case 'a':
        w->where.area = value;
        return -1;
    case 'l':
        w->lang = value;
        return strcmp(value, "zh") == 0 || strcmp(value, "en") == 0 ? -1 : sw_cli_fail(NAME, "--lang is zh or en");
    case 'f':
        return number("for", value, &w->seconds);
    case 'n':
        return number("count", value, &w->count);
    case 's':
        return number("from-seq", value, &w->from_seq);
    case 'j':
        w->is_json = true;
        return -1;
    case 'k':
        w->checks = true;
        return -1;
    case 'h':
        printf("%s%s%s", help, sw_mqtt_where_help, help_2);
        return sw_cli_end_output(NAME, SW_EXIT_OK);
    default:
        fprintf(stderr, "'siteward " NAME " --help' shows the options.\n");
        return SW_EXIT_FAILED;
    }
}

static int read_options(int argc, char **argv, struct watch *w)
{
    static const struct option table[] = {
        SW_MQTT_WHERE_OPTIONS,
        {"only", required_argument, NULL, 'o'},
        {"area", required_argument, NULL, 'a'},
        {"lang", required_argument, NULL, 'l'},
        {"for", required_argument, NULL, 'f'},
        {"count", required_argument, NULL, 'n'},
        {"from-seq", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"check", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c, code = -1;

    while (code < 0 && (c = getopt_long(argc, argv, "c:h", table, NULL)) != -1)
        if (!sw_mqtt_where_take(&w->where, c, optarg))
            code = take_option(w, c, optarg);
    if (code < 0 && optind < argc)
        return sw_cli_fail(NAME, "'%.40s' is one word too many; 'siteward " NAME " --help' shows what it takes",
                           argv[optind]);
    if (code < 0 && w->only && (w->checks || w->from_seq))
        return sw_cli_fail(NAME, "--check and --from-seq need every document: leave --only out");
    return code;
}

int sw_cmd_mqtt_watch(int argc, char **argv)
{
    const char *lang = getenv("LANG");
    struct watch w = {.where = {.word = "watch"}, .lang = lang ? lang : ""};
    int code = read_options(argc, argv, &w);

    if (code < 0)
        code = sw_mqtt_where_read(&w.where, NAME);
    if (code < 0)
        code = choose_filters(&w);
    if (code < 0) {
        w.skip = strlen(w.where.whole) - (w.where.area ? 2 : 0); /* "+/": sites differ */
        code = run(&w);
    }
    sw_mqtt_where_done(&w.where);
    return code;
}
