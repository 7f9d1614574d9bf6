// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a document that somebody sends: the first byte says which kind, the rest up to a line feed is a topic
 * and a response topic, then comes the document. What is taken is whole, within its bounds, and can be kept. */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/request.h"
#include "io/topic.h"

#define ENDS(text) (memchr(text, '\0', sizeof(text)) != NULL)
#define PREFIX "siteward/1/310115/pd-0042/"

static void check_topic(const char *topic)
{
    char ticket[SW_TOPIC_WORD_SIZE], verb[SW_TOPIC_WORD_SIZE], again[SW_TOPIC_SIZE];
    enum sw_command_topic which = sw_topic_command(topic, ticket, verb);
    const char *relative = sw_topic_response(PREFIX, topic);

    FUZZ_CHECK(ENDS(ticket) && ENDS(verb), "a word without an end");
    FUZZ_CHECK((which == SW_COMMAND_TICKET) == (ticket[0] && verb[0]), "half a command");
    if (which == SW_COMMAND_TICKET)
        FUZZ_CHECK(sw_topic_command_ticket(ticket, verb, again, sizeof(again)) && strcmp(again, topic) == 0,
                   "%s became %s", topic, again);
    FUZZ_CHECK(!relative || (strncmp(relative, "res/", 4) == 0 && !strpbrk(relative, "+#")), "%s", relative);
}

static void check_request(const struct sw_request *r)
{
    FUZZ_CHECK(ENDS(r->id) && ENDS(r->by.id) && ENDS(r->reply_to) && ENDS(r->correlation), "a text without an end");
    FUZZ_CHECK(r->id[0] && r->by.id[0] && r->by.role < SW_ROLE__COUNT, "nobody's document");
    FUZZ_CHECK(r->at_us % 1000 == 0, "not whole milliseconds");
    FUZZ_CHECK(!r->has_point || (fabs(r->lat) <= 90 && fabs(r->lon) <= 180), "a place that is none");
    if (r->kind == SW_REQUEST_EVIDENCE) {
        FUZZ_CHECK(r->evidence.window_us >= 60000000 && r->evidence.window_us <= 86400000000, "a window");
        FUZZ_CHECK(r->evidence.series_points >= 1 && r->evidence.series_points <= SW_EVIDENCE_SERIES_MAX, "points");
        FUZZ_CHECK(r->evidence.with_en || r->evidence.with_zh, "no language");
    } else {
        FUZZ_CHECK(strlen(r->content) == 64, "no hash of its content");
    }
}

/* As the store keeps it, and back. */
static void check_given(const struct sw_request *r)
{
    static char first[SW_REQUEST_GIVEN_MAX], second[SW_REQUEST_GIVEN_MAX];
    struct sw_request_given g = {.kind = r->kind, .at_us = r->at_us}, again;
    struct sw_zone utc;
    struct sw_err err = {0};
    size_t len;

    sw_zone_init_utc(&utc);
    if (r->kind == SW_REQUEST_TICKET) {
        g.ticket = r->ticket;
        strcpy(g.ticket.ticket, "sw-7k2m4q5xza");
        g.ticket.verb = SW_VERB_NOTE;
    } else {
        g.complaint = r->complaint;
        g.complaint.at_us = r->at_us;
        g.complaint.found.code = SW_ANSWER_NO_DATA;
        g.complaint.found.from_us = g.complaint.found.to_us = INT64_MIN;
    }
    len = sw_request_given_write(&g, &utc, first, sizeof(first));
    FUZZ_CHECK(len > 0, "what was taken does not fit");
    FUZZ_CHECK(sw_request_given_read(first, len, &again, &err) == SW_OK, "%s: %s", err.msg, first);
    FUZZ_CHECK(sw_request_given_write(&again, &utc, second, sizeof(second)) == len && memcmp(first, second, len) == 0,
               "%s became %s", first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
    struct sw_request r;
    struct sw_err err = {0};
    char *topic;
    size_t len;

    if (!line)
        return 0;
    len = (size_t) (line - data) - 1;
    topic = malloc(len + 1); /* of exactly this size: the sanitizer sees one byte too many */
    if (!topic)
        return 0;
    memcpy(topic, data + 1, len);
    topic[len] = '\0';
    check_topic(topic);
    free(topic);
    if (sw_request_parse((enum sw_request_kind)(data[0] % SW_REQUEST__COUNT), (const char *) line + 1,
                         size - (size_t) (line + 1 - data), &r, &err) < 0) {
        FUZZ_CHECK(err.msg[0], "refused without a word");
        return 0;
    }
    check_request(&r);
    if (r.kind == SW_REQUEST_TICKET || r.kind == SW_REQUEST_COMPLAINT)
        check_given(&r);
    return 0;
}
