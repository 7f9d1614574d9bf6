// SPDX-License-Identifier: Apache-2.0
/* `siteward mqtt ask`: a question or a command through the broker, and its answer, as a platform does it. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/cmd_mqtt.h"
#include "cli/mqtt_link.h"
#include "cli/mqtt_question.h"
#include "cli/table.h"
#include "common/clock.h"
#include "common/ident.h"
#include "common/macros.h"
#include "common/timefmt.h"
#include "tickets/ticket.h"

#define NAME "mqtt ask"
#define TIMEOUT_S 10
#define TIMEOUT_MAX_S 3600
#define RETAINED_US (3 * SW_US_PER_S) /* what the broker has kept comes at once or not at all */
#define EXPIRY_S 30
#define COLUMNS 80

static const char help[] =
    "Examples:\n"
    "  siteward mqtt ask evidence -c site.yaml --at 2026-03-02T23:40:00+08:00 --window PT30M\n"
    "  siteward mqtt ask ticket sw-7k2m4q5xza ack -c site.yaml --by officer:2207 --role officer\n"
    "  siteward mqtt ask ticket sw-7k2m4q5xza note -c site.yaml --text 'called the site'\n"
    "  siteward mqtt ask evidence --url mqtts://broker:8883 --prefix siteward/1/310115/pd-0042 \\\n"
    "      --ca-file ca.pem --cert-file desk.pem --key-file desk.key --at 2026-03-02T23:40:00+08:00 --json\n\n"
    "Asks the gateway of a site through the broker, as a platform does, and waits for the answer: what was measured\n"
    "around an instant, or a command on a ticket. The broker's access list says who may; the gateway, which role "
    "may.\n\n";
static const char help_2[] =
    "      --by ID            who asks (default: cli:{user})\n"
    "      --role ROLE        platform, officer, party, agent, authority (default: agent for evidence, else platform)\n"
    "      --timeout SECONDS  to wait for the answer (default: 10)\n"
    "      --lang zh|en       of what is shown (default: Chinese when $LANG begins with zh)\n"
    "      --json             the answer as it came, one object\n"
    "  evidence:\n"
    "      --at TIME          RFC 3339 with offset; --window PT30M, around it\n"
    "      --lat DEGREES --lon DEGREES --category noise|dust\n"
    "  ticket:\n"
    "      --text --measure --reason --until --satisfaction --unit, --force\n"
    "                         as the verb needs them; --unit is who it is dispatched to\n"
    "      --revision N       of the ticket as you saw it (default: as the broker keeps it)\n\n"
    "Exit 1: refused, the reason is on stderr. Exit 3: no such ticket. Exit 4: no broker, or no answer in time.\n";

struct ask {
    struct sw_mqtt_where where;
    struct sw_mqtt_question question;
    const char *lang;
    bool is_json;
    long timeout_s;
    char by[80], id[32];
    char response[SW_TOPIC_SIZE];
};

/* ---- showing ---- */

static const char *in_language(const struct ask *a, const json_t *texts)
{
    return sw_asking_text(texts, strncmp(a->lang, "zh", 2) == 0 ? "zh-CN" : "en");
}

static int show_refusal(const json_t *error)
{
    const char *type = sw_asking_text(error, "type"), *hint = json_string_value(json_object_get(error, "hint"));

    sw_cli_fail(NAME, "%s: %s", sw_asking_text(error, "title"), sw_asking_text(error, "detail"));
    if (hint && *hint)
        fprintf(stderr, "%s.\n", hint);
    return strcmp(type, "urn:siteward:error:not-found") == 0 ? SW_EXIT_NOT_FOUND : SW_EXIT_FAILED;
}

static int show(const struct ask *a, const struct sw_mqtt_incoming *m, const json_t *answer)
{
    const json_t *said = json_object_get(answer, "answer"), *data = json_object_get(answer, "data");
    const bool is_refused = strcmp(sw_asking_text(answer, "status"), "error") == 0;

    if (a->is_json)
        printf("%.*s\n", (int) m->len, m->payload);
    if (is_refused)
        return show_refusal(json_object_get(answer, "error"));
    if (!a->is_json && a->question.ticket)
        printf("%s: %s (revision %lld)\n", sw_asking_text(data, "ticket"), sw_asking_text(data, "status"),
               (long long) json_integer_value(json_object_get(data, "revision")));
    if (!a->is_json && !a->question.ticket) {
        printf("%s  %s\n\n", sw_asking_text(said, "code"), in_language(a, json_object_get(said, "headline")));
        sw_text_print(in_language(a, json_object_get(said, "say")), 0, COLUMNS, stdout);
    }
    return sw_cli_end_output(NAME, SW_EXIT_OK);
}

/* ---- asking ---- */

/* A retained document, as soon as it comes. @return NULL = the broker keeps none; json_decref it */
static json_t *retained(struct sw_mqtt_link *l, const char *topic)
{
    const int64_t until_us = sw_mono_real_us() + RETAINED_US;
    struct sw_mqtt_incoming *m;
    json_t *found = NULL;

    while (!found && sw_mqtt_link_next(l, until_us, &m) == SW_MQTT_LINK_MESSAGE) {
        if (strcmp(m->topic, topic) == 0)
            found = json_loadb(m->payload, m->len, 0, NULL);
        free(m);
    }
    return found;
}

/* When a command is sent, by the site's clock: a simulated one lives in another time. */
static void time_of_site(const json_t *ticket, struct sw_mqtt_link *l, const struct ask *a, char *buf, size_t cap)
{
    char topic[SW_TOPIC_SIZE + 16];
    const char *filters[] = {topic};
    struct timespec now;
    json_t *summary;

    clock_gettime(CLOCK_REALTIME, &now);
    sw_time_format(NULL, (int64_t) now.tv_sec * SW_US_PER_S + now.tv_nsec / 1000, buf);
    if (ticket && !json_is_true(json_object_get(ticket, "simulated")))
        return;
    snprintf(topic, sizeof(topic), "%ssummary", a->where.whole);
    if (sw_mqtt_link_subscribe(l, filters, 1) >= 0)
        return;
    summary = retained(l, topic);
    if (json_is_true(json_object_get(summary, "simulated")))
        snprintf(buf, cap, "%s", sw_asking_text(summary, "ts"));
    json_decref(summary);
}

/* @return -1 and the document; else the exit code */
static int make_command(struct ask *a, struct sw_mqtt_link *l, json_t **ret)
{
    char topic[SW_TOPIC_SIZE + 80], now[64];
    const char *filters[] = {topic};
    json_t *ticket = NULL;
    int code;

    if (!a->question.revision) {
        snprintf(topic, sizeof(topic), "%sticket/%s", a->where.whole, a->question.ticket);
        code = sw_mqtt_link_subscribe(l, filters, 1);
        if (code >= 0)
            return code;
        ticket = retained(l, topic);
        if (!ticket) {
            sw_cli_fail(NAME, "the broker keeps no ticket %s of %s; --revision N asks all the same", a->question.ticket,
                        a->where.whole);
            return SW_EXIT_NOT_FOUND;
        }
        a->question.revision = (long long) json_integer_value(json_object_get(ticket, "revision"));
    }
    time_of_site(ticket, l, a, now, sizeof(now));
    json_decref(ticket);
    *ret = sw_mqtt_question_ticket(&a->question, a->id, now);
    return -1;
}

/* Over 3.1.1 the payload alone can say where the answer goes. */
static int send(struct ask *a, struct sw_mqtt_link *l, json_t *document)
{
    char topic[SW_TOPIC_SIZE + 80], props[SW_TOPIC_SIZE + 128], hex[2 * sizeof(a->id)] = "", *text;
    int code;

    if (a->question.ticket)
        snprintf(topic, sizeof(topic), "%scmd/ticket/%s/%s", a->where.whole, a->question.ticket, a->question.verb);
    else
        snprintf(topic, sizeof(topic), "%s" SW_TOPIC_EVIDENCE, a->where.whole);
    if (!sw_mqtt_link_has_properties(l)) {
        json_object_set_new(document, "reply_to", json_string(a->response));
        json_object_set_new(document, "correlation", json_string(a->id));
    }
    for (size_t i = 0; a->id[i]; i++)
        snprintf(hex + 2 * i, sizeof(hex) - 2 * i, "%02x", (unsigned char) a->id[i]);
    snprintf(props, sizeof(props), SW_MQTT_RESPONSE_LINE "%s\n" SW_MQTT_CORRELATION_LINE "%s\n", a->response, hex);
    text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (!text)
        return sw_cli_fail(NAME, "out of memory");
    code = sw_mqtt_link_publish(
        l, &(struct sw_mqtt_message){
               .topic = topic, .payload = text, .len = strlen(text), .expiry_s = EXPIRY_S, .props = props});
    free(text);
    return code;
}

/* @return the exit code */
static int wait_for_answer(const struct ask *a, struct sw_mqtt_link *l)
{
    const int64_t until_us = sw_mono_real_us() + a->timeout_s * SW_US_PER_S;
    struct sw_mqtt_incoming *m;
    enum sw_mqtt_link_said said;
    int code = -1;

    while (code < 0 && (said = sw_mqtt_link_next(l, until_us, &m)) == SW_MQTT_LINK_MESSAGE) {
        json_t *answer = strcmp(m->topic, a->response) == 0 ? json_loadb(m->payload, m->len, 0, NULL) : NULL;

        if (answer && strcmp(sw_asking_text(answer, "request_id"), a->id) == 0)
            code = show(a, m, answer);
        json_decref(answer);
        free(m);
    }
    if (code >= 0)
        return code;
    if (said == SW_MQTT_LINK_TIMEOUT)
        sw_cli_fail(NAME,
                    "no answer within %ld s: is the gateway of %s connected ('siteward mqtt watch --only status')? May "
                    "'%s' read its answer (--client-id: at some brokers the name on the certificate)?",
                    a->timeout_s, a->where.whole, a->where.id);
    return SW_EXIT_UNREACHABLE;
}

static int run(struct ask *a)
{
    const char *filters[] = {a->response};
    const int stop_fd = sw_mqtt_stop_fd();
    struct sw_mqtt_link *l = NULL;
    json_t *document = NULL;
    int code = sw_mqtt_link_open(&a->where, NAME, stop_fd, &l);

    if (code < 0)
        code = sw_mqtt_link_subscribe(l, filters, 1);
    if (code < 0 && a->question.ticket)
        code = make_command(a, l, &document);
    else if (code < 0)
        document = sw_mqtt_question_evidence(&a->question, a->id);
    if (code < 0 && !document)
        code = sw_cli_fail(NAME, "out of memory");
    if (code < 0)
        code = send(a, l, document);
    if (code < 0)
        code = wait_for_answer(a, l);
    json_decref(document);
    sw_mqtt_link_free(l);
    if (stop_fd >= 0)
        close(stop_fd);
    return code;
}

/* ---- options ---- */

static int check_time(const char *option, const char *text)
{
    struct sw_err err = {0};
    int64_t us;

    if (text && sw_time_parse(text, strlen(text), &us, &err) < 0)
        return sw_cli_fail(NAME, "--%s: %s", option, err.msg);
    return -1;
}

static int check(struct ask *a)
{
    struct sw_mqtt_question *q = &a->question;
    const char *user = getenv("USER");
    int verb = q->verb ? sw_verb_from_name(q->verb) : -1;

    if (q->ticket && (strlen(q->ticket) >= SW_TOPIC_WORD_SIZE || strpbrk(q->ticket, "/+#")))
        return sw_cli_fail(NAME, "'%.40s' is no ticket's id, like sw-7k2m4q5xza", q->ticket);
    if (q->ticket && (verb < 0 || !sw_ticket_verb_rule((enum sw_verb) verb)))
        return sw_cli_fail(NAME, "'%.40s' is no verb: ack, dispatch, accept, resolve, note, …", q->verb);
    if (!q->ticket && !q->at)
        return sw_cli_fail(NAME, "--at is missing: the instant that is asked about");
    if (!q->lat != !q->lon)
        return sw_cli_fail(NAME, "--lat and --lon belong together");
    if (a->timeout_s < 1 || a->timeout_s > TIMEOUT_MAX_S)
        return sw_cli_fail(NAME, "--timeout is a whole number of seconds from 1 to %d", TIMEOUT_MAX_S);
    if (!q->by) {
        snprintf(a->by, sizeof(a->by), "cli:%.60s", user && *user ? user : "unknown");
        q->by = a->by;
    }
    if (!q->role)
        q->role = q->ticket ? "platform" : "agent";
    return check_time(q->ticket ? "until" : "at", q->ticket ? q->until : q->at);
}

static int take_words(int argc, char **argv, struct ask *a)
{
    if (argc == 3 && strcmp(argv[0], "ticket") == 0) {
        a->question.ticket = argv[1];
        a->question.verb = argv[2];
    } else if (argc != 1 || strcmp(argv[0], "evidence") != 0) {
        return sw_cli_fail(NAME, "siteward mqtt ask evidence --at TIME, or siteward mqtt ask ticket ID VERB");
    }
    return check(a);
}

enum {
    AT = 1024,
    WINDOW,
    LAT,
    LON,
    CATEGORY,
    TEXT,
    MEASURE,
    REASON,
    UNTIL,
    SATISFACTION,
    UNIT,
    BY,
    ROLE,
    LANGUAGE,
    REVISION,
    TIMEOUT
};
static const struct option table[] = {
    SW_MQTT_WHERE_OPTIONS,
    {"at", required_argument, NULL, AT},
    {"window", required_argument, NULL, WINDOW},
    {"lat", required_argument, NULL, LAT},
    {"lon", required_argument, NULL, LON},
    {"category", required_argument, NULL, CATEGORY},
    {"text", required_argument, NULL, TEXT},
    {"measure", required_argument, NULL, MEASURE},
    {"reason", required_argument, NULL, REASON},
    {"until", required_argument, NULL, UNTIL},
    {"satisfaction", required_argument, NULL, SATISFACTION},
    {"unit", required_argument, NULL, UNIT},
    {"by", required_argument, NULL, BY},
    {"role", required_argument, NULL, ROLE},
    {"lang", required_argument, NULL, LANGUAGE},
    {"revision", required_argument, NULL, REVISION},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"force", no_argument, NULL, 'f'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* @return -1 go on; else the exit code */
static int read_options(int argc, char **argv, struct ask *a)
{
    struct sw_mqtt_question *q = &a->question;
    const char **const texts[] = {&q->at,   &q->window,  &q->lat,    &q->lon,   &q->category,
                                  &q->text, &q->measure, &q->reason, &q->until, &q->satisfaction,
                                  &q->unit, &q->by,      &q->role,   &a->lang};
    int c;

    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        if (c == 'h') {
            printf("%s%s%s", help, sw_mqtt_where_help, help_2);
            return sw_cli_end_output(NAME, SW_EXIT_OK);
        }
        if (c == '?') {
            fprintf(stderr, "'siteward " NAME " --help' shows the options.\n");
            return SW_EXIT_FAILED;
        }
        q->force = q->force || c == 'f';
        a->is_json = a->is_json || c == 'j';
        if (c == REVISION && (q->revision = strtoll(optarg, NULL, 10)) < 1)
            return sw_cli_fail(NAME, "--revision is a whole number from 1");
        if (c == TIMEOUT)
            a->timeout_s = strtol(optarg, NULL, 10);
        if (c >= AT && c <= LANGUAGE)
            *texts[c - AT] = optarg;
        else
            sw_mqtt_where_take(&a->where, c, optarg);
    }
    return take_words(argc - optind, argv + optind, a);
}

int sw_cmd_mqtt_ask(int argc, char **argv)
{
    const char *lang = getenv("LANG");
    struct ask a = {.where = {.word = "ask"}, .lang = lang ? lang : "", .timeout_s = TIMEOUT_S, .id = "cli-"};
    int code = read_options(argc, argv, &a);

    if (code < 0)
        code = sw_mqtt_where_read(&a.where, NAME);
    if (code < 0) {
        sw_boot_id(sw_mono_real_us(), a.id + 4);
        snprintf(a.response, sizeof(a.response), "%.250sres/%s/%s", a.where.whole, a.where.id, a.id);
        code = run(&a);
    }
    sw_mqtt_where_done(&a.where);
    return code;
}
