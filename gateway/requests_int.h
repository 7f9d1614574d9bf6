// SPDX-License-Identifier: Apache-2.0
/* What the doors' own files share; nobody else includes it. requests.c takes and answers, requests_run.c gives to the
 * engine, requests_ask.c waits for what was measured, requests_ledger.c remembers, page_ticket.c is the HTTP side. */
#ifndef SW_GATEWAY_REQUESTS_INT_H
#define SW_GATEWAY_REQUESTS_INT_H

#include "gateway/evidence.h"
#include "gateway/requests.h"
#include "io/request.h"
#include "io/topic.h"

#define REQUESTS_AHEAD_US (300 * SW_US_PER_S) /* a clock that is further ahead is wrong */
#define REQUESTS_ANSWER_EXPIRY_S 300
#define REQUESTS_LOOK_US (2 * SW_US_PER_MS) /* whether a change is on the disk */
#define REQUESTS_HELD_US (8 * SW_US_PER_S)  /* at most; less than the command line waits */
#define REQUESTS_PENDING_MAX CORE_QUERIES_MAX
#define REQUESTS_QUESTIONS_MAX                                                                                         \
    (REQUESTS_PENDING_MAX - 8) /* of these; the rest is for complaints, which are not asked twice */
#define REQUESTS_REPLIES_MAX 4 /* who asked the same again meanwhile */

#define LEDGER_MAX 8192 /* keys in memory; older ones are looked up in the store */
#define LEDGER_KEPT_US (30 * SW_S_PER_DAY * SW_US_PER_S)
#define REQUESTS_BACK_US                                                                                               \
    (29 * SW_S_PER_DAY * SW_US_PER_S) /* an older one may be one that was forgotten; a day for clocks that differ */
#define LEDGER_ANSWERS_MAX 32         /* answers in memory: what is not committed yet is among them */
#define LEDGER_ANSWERS_BYTES (2 * 1024 * 1024)

/** Where an answer goes: over MQTT, to a page that waits for it now, or to one that waits for later. */
struct request_reply {
    char id[SW_REQUEST_ID_SIZE]; /* of the document that is answered */
    char topic[SW_TOPIC_SIZE];   /* relative; "" = not over MQTT */
    char props[2 * SW_REQUEST_CORRELATION_MAX + 32];
    char correlation[SW_REQUEST_CORRELATION_MAX + 1]; /* asked for in the payload, so it comes back there; "" = not */
    uint64_t turn; /* of the store: it tells of a change and is not told before that is on the disk; 0 = of none */
    struct sw_http_response *page;
    struct sw_http_later *later;
};

/** A page whose change is on its way to the disk. */
struct request_held {
    struct sw_http_later *later; /* NULL = free */
    uint64_t turn;
    int64_t until_us; /* real monotonic */
};

/** A complaint or question that waits for what was measured. */
struct request_pending {
    struct core_requests *owner;
    bool is_used;
    enum sw_door door;
    struct sw_request rq;
    size_t n_replies;
    struct request_reply replies[REQUESTS_REPLIES_MAX];
};

struct requests_ledger;
struct requests_schedule; /* requests_schedule.c */
struct config_waiting;    /* requests_config.c */

struct core_requests {
    struct sw_core *core;
    char prefix[SW_TOPIC_SIZE];
    struct sw_source *look;
    struct requests_ledger *ledger;
    struct requests_schedule *schedule; /* NULL until the first command */
    struct config_waiting *config;      /* the change that is being written; NULL = none */
    struct request_pending pending[REQUESTS_PENDING_MAX];
    struct request_held held[SW_HTTP_LATER_MAX];

    /* what the engine said to what it was given last */
    bool has_result;
    int code;
    struct sw_err result_err;
    struct sw_complaint_result became;

    uint64_t taken_total, executed_total, refused_total, repeated_total, answered_total, lost_total;
    uint64_t retained_total, bad_reply_total, too_large_total, unknown_total, bad_total; /* refused at the door */
    struct sw_complaint complaint;

    char given[SW_REQUEST_GIVEN_MAX];
    char part[SW_DOCUMENT_MAX];   /* a ticket or the evidence within an answer, or one for another id */
    char answer[SW_DOCUMENT_MAX]; /* the document */
};

/* requests.c */
/** What was parsed goes its way: expired, known already, to the engine, or to the store with a question. */
void requests_take(struct core_requests *q, struct sw_request *rq, enum sw_door door, struct request_reply *reply);
/** Send an answer; the reply is used up. */
void requests_answer(struct core_requests *q, struct request_reply *reply, const char *text, size_t len);
/** An answer that was meant for another id. */
void requests_answer_as(struct core_requests *q, struct request_reply *reply, const char *text, size_t len,
                        const char *first_id);
void requests_refuse(struct core_requests *q, struct request_reply *reply, const char *id, enum sw_refusal refusal,
                     const char *detail);

/* requests_run.c */
/** What was taken, for the chain, and its answer, which is in q->answer. */
struct request_record {
    const char *kind;       /* "ticket", "complaint", "schedule", "config" */
    const char *request_id; /* of a complaint; NULL = none */
    int64_t at_us;          /* engine time */
    const char *json;       /* as it is kept */
    size_t len;             /* 0: it found no room, and that is told */
    size_t answer_len;
};
void requests_record(struct core_requests *q, const struct sw_request *rq, const struct request_record *r);
void requests_run_ticket(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply);
/** @param e  NULL = it could not be looked up */
void requests_run_complaint(struct core_requests *q, struct request_pending *p, const struct core_evidence *e);

/* requests_schedule.c, requests_config.c: each answers, now or when it is done */
void requests_run_schedule(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                           struct request_reply *reply);
/** The same command waits: its answer goes there too. @return false = none does */
bool requests_schedule_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply);
void requests_schedule_free(struct core_requests *q);
void requests_run_config(struct core_requests *q, const struct sw_request *rq, enum sw_door door,
                         struct request_reply *reply);
/** As requests_schedule_join. */
bool requests_config_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply);
void requests_config_free(struct core_requests *q);

/* requests_ask.c */
/** A complaint or a question: look up what was measured, then go on. */
void requests_ask(struct core_requests *q, struct sw_request *rq, enum sw_door door, struct request_reply *reply);
/** The same complaint is being worked on: its answer goes there too. @return false = it is not */
bool requests_join(struct core_requests *q, const struct sw_request *rq, struct request_reply *reply);

/* page_ticket.c */
/** An answer as a page: what was done as it is, a refusal as a problem with its status. */
void requests_fill_page(struct sw_http_response *res, const char *text, size_t len);

/* requests_ledger.c */
enum ledger_found { LEDGER_NEW, LEDGER_SAME, LEDGER_OTHER };
/** Who may write at a door is the broker's or the socket's to say, `by` is what is said there: so a key counts at the
 *  door at which it was used, and who has one door cannot use up the keys of another. */
enum ledger_door {
    LEDGER_PLATFORM, /* cmd/ticket, cmd/schedule, gw/{gw}/cmd: one client writes them */
    LEDGER_DESK,     /* cmd/complaint */
    LEDGER_SITE      /* the socket */
};
enum ledger_door requests_ledger_door(bool is_complaint, enum sw_door door);
struct ledger_key {
    enum ledger_door door;
    const char *actor, *id;
};
/** Of a request whose by.door is set. */
struct ledger_key requests_key(const struct sw_request *rq);
bool requests_key_is(const struct sw_request *a, const struct sw_request *b);
struct ledger_hit {
    const char *answer; /* borrowed until the next call; NULL = it cannot be read now */
    size_t len;
    const char *id; /* of the first one */
    uint64_t turn;  /* of the store that holds it, when it is one of this run; 0 = it is on the disk */
};
int requests_ledger_new(struct sw_store *store, int64_t now_us, struct requests_ledger **ret, struct sw_err *err);
struct requests_ledger *requests_ledger_free(struct requests_ledger *l);
/** @param request_id  of a complaint: the same under another id is the same; "" = none */
enum ledger_found requests_ledger_find(struct requests_ledger *l, const struct ledger_key *key, const char *content,
                                       const char *request_id, int64_t now_us, struct ledger_hit *ret);
void requests_ledger_add(struct requests_ledger *l, const struct ledger_key *key, const char *content,
                         const char *request_id, int64_t at_us, const char *answer, size_t len);
size_t requests_ledger_count(const struct requests_ledger *l);
/** Whether it comes too late, or its time cannot be: `expires` has passed, `at` lies ahead, or so far back that nobody
 *  knows whether it was done before. @param why  the sentence */
bool requests_is_out_of_time(const struct sw_request *rq, int64_t now_us, const struct sw_zone *zone, char *why,
                             size_t cap);

#endif
