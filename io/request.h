// SPDX-License-Identifier: Apache-2.0
/* Documents that ask for something (docs/reference/commands.md): a command on a ticket, a complaint, a question for
 * evidence. Text in, structs out: every field is checked for kind and length, unknown ones are ignored, and a refusal
 * names the field. Whether it may be done is decided by the desk; of a complaint, text and address never leave here. */
#ifndef SW_IO_REQUEST_H
#define SW_IO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"
#include "tickets/complaint.h"
#include "tickets/evidence.h"
#include "tickets/ticket.h"

#define SW_REQUEST_MAX (256 * 1024) /* of the contract */
#define SW_REQUEST_COMMAND_MAX                                                                                         \
    (32 * 1024) /* of a command: its canonical form takes time that nobody else has meanwhile */
#define SW_REQUEST_CORRELATION_MAX 256
#define SW_REQUEST_TOPIC_SIZE 384
#define SW_REQUEST_GIVEN_MAX 16384 /* room that sw_request_given_write always finds enough */

enum sw_request_kind {
    SW_REQUEST_TICKET,
    SW_REQUEST_COMPLAINT,
    SW_REQUEST_EVIDENCE,
    SW_REQUEST_SCHEDULE,
    SW_REQUEST_CONFIG,
    SW_REQUEST__COUNT
};

/** Of SCHEDULE and CONFIG: what is in it is read by who applies it. */
struct sw_request_document {
    int64_t base_revision; /* that the sender knew; -1 = not said */
    const char *json;      /* the whole document: borrowed from whoever parsed it */
    size_t len;
};

/** One document. The door and, of a ticket command, ticket and verb are the caller's: they are not in it. */
struct sw_request {
    enum sw_request_kind kind;
    char id[SW_REQUEST_ID_SIZE];
    struct sw_actor by;                               /* door: SW_DOOR_ENGINE until the caller sets it */
    int64_t at_us, expires_us;                        /* when it was sent; INT64_MIN = does not expire */
    char reply_to[SW_REQUEST_TOPIC_SIZE];             /* for MQTT 3.1.1; "" = not said */
    char correlation[SW_REQUEST_CORRELATION_MAX + 1]; /* the same */
    char content[65];                                 /* SHA-256 of what it says, without how it is to be answered */
    bool has_point; /* where the caller is: to be dropped once the distance is known */
    double lat, lon;
    union {
        struct sw_ticket_command ticket;
        struct sw_complaint_call complaint; /* without distance and without what was found */
        struct sw_evidence_ask evidence;    /* without distance */
        struct sw_request_document document;
    };
};

/** @param ret  also when it fails, what could be read of id, by, reply_to and correlation: for the answer
 *  @return SW_OK; SW_E_INVAL with a sentence that names the field; SW_E_NOMEM */
int sw_request_parse(enum sw_request_kind kind, const char *json, size_t len, struct sw_request *ret,
                     struct sw_err *err);

/** What a command or complaint was when the engine was given it: what is stored, and what a replay is given. */
struct sw_request_given {
    enum sw_request_kind kind; /* TICKET or COMPLAINT */
    int64_t at_us;             /* engine time */
    union {
        struct sw_ticket_command ticket;
        struct sw_complaint_call complaint;
    };
};

/** One JSON object, without a line feed:
 *  {"topic":"cmd/ticket/{id}/{verb}","at":…,"door":…,"payload":{…}}, of a complaint also "distance_m" and "found".
 *  @param zone  of its times, which lose nothing but their microseconds
 *  @return length; 0 = no room */
size_t sw_request_given_write(const struct sw_request_given *g, const struct sw_zone *zone, char *buf, size_t cap);
/** And back. "at" missing: it was given when payload.at says; "door": mqtt; "found": nothing was measured.
 *  @return SW_OK; SW_E_INVAL with a sentence that names the field; SW_E_NOMEM */
int sw_request_given_read(const char *json, size_t len, struct sw_request_given *ret, struct sw_err *err);

/** SHA-256 of what a complaint says as far as it is kept: the words of a caller are not even hashed. @param ret [65] */
void sw_request_complaint_content(const struct sw_complaint_call *c, char ret[65]);

#endif
