// SPDX-License-Identifier: Apache-2.0
/* A second desk, written from docs/explanation and docs/reference/ticket-life.md alone, as simple and slow as can be:
 * arrays, linear search, every count counted anew. It shares the words (enums, commands, findings) with the product and
 * no code. It knows plain durations only; working days have their own random test. Ids it is told, it cannot know them.
 * What it says is compared with the product by desk_model_check.c. */
#ifndef SW_TESTS_SUPPORT_DESK_MODEL_H
#define SW_TESTS_SUPPORT_DESK_MODEL_H

#include "tickets/desk.h"

#define MODEL_TICKETS 64
#define MODEL_CALLS 64
#define MODEL_SENSORS 4
#define MODEL_RULES 4
#define MODEL_SAID 24 /* verbs of one ticket in one step */
#define MODEL_NEVER INT64_MIN
#define MODEL_KEY_SIZE (4 * SW_ID_SIZE)

enum { MODEL_NOWHERE = -1, MODEL_TAKEN_OFF = -2 };

struct model_ticket {
    char id[16]; /* told by the product */
    char key[MODEL_KEY_SIZE], place[SW_ID_SIZE];
    enum sw_category category;
    enum sw_origin origin;
    enum sw_status status;
    enum sw_stage stage;
    enum sw_class class_;
    int previous; /* index */
    bool acted, escalated, returned, suspended, forced, raised, is_enquiry;
    int averted;
    unsigned overdue, reminded, reopens, returns;
    int64_t opened_us, ended_us, until_us, respond_by_us, dispatch_by_us, resolve_by_us, responded_us, dispatched_us;
    int head;                      /* index of the ticket it is merged into */
    int64_t rest_from_us;          /* its deadlines rest since then */
    int64_t resolve_rests_from_us; /* this one only from the end of a suspension on, which moved it already */
    char unit[32], satisfaction[24], measure[32];
    /* measured */
    bool is_site, is_night;
    struct sw_work work;
    int32_t over_by, worst, limit;
    int64_t from_us, to_us, forecast_at_us, crosses_at_us;
    char cause[MODEL_SENSORS][MODEL_RULES]; /* 0, 'f', 'e' */
    /* what happened to it in this step, and ever */
    unsigned history, n_said;
    enum sw_verb said[MODEL_SAID];
    enum sw_role said_by[MODEL_SAID];
    /* told by the product after each step: how often the document changed is its own business, within bounds */
    uint32_t revision, event_revision;
    int64_t changed_us;
};

struct model_call {
    char id[SW_REQUEST_ID_SIZE], caller[SW_CALLER_REF_SIZE], service[SW_SERVICE_CODE_SIZE];
    int64_t at_us, occurred_us, window_us;
    enum sw_complaint_outcome outcome;
    int ticket, counted_in; /* index, MODEL_NOWHERE, MODEL_TAKEN_OFF */
    bool is_repeat_caller;
};

struct model {
    const struct sw_hotline *hotline;
    const struct sw_pack *pack;
    const struct sw_desk_sensor *sensors; /* MODEL_SENSORS */
    bool has_platform;
    const char *site, *lead, *supervision; /* units; NULL = nobody */
    enum sw_detected detected;
    char judge[MODEL_SENSORS][MODEL_RULES]; /* what each rule said last: 0, 'f', 'e' */
    int64_t now_us;
    int n_tickets;
    struct model_ticket tickets[MODEL_TICKETS];
    int n_calls;
    struct model_call calls[MODEL_CALLS]; /* as they came */
};

/* ---- what it is told ---- */

void model_finding(struct model *m, const struct sw_finding *f, const struct sw_work *work);
void model_detected(struct model *m, enum sw_detected detected);
void model_device(struct model *m, const struct sw_desk_device *dv, bool is_active);
void model_device_class(struct model *m, const struct sw_desk_device *dv);
void model_output(struct model *m, int category);
void model_heard(struct model *m, const struct sw_desk_heard *h);
void model_unheard(struct model *m);
/** @param item  last part of the matter's key */
void model_late(struct model *m, const struct sw_desk_late *late, const char *item);
void model_tick(struct model *m);
/** @return the refusal, SW_REFUSAL_NONE = done */
enum sw_refusal model_command(struct model *m, const struct sw_ticket_command *c, bool is_proven);
/** @param result  filled when it is taken; `ticket` as an index in *ticket */
enum sw_refusal model_complaint(struct model *m, const struct sw_complaint_call *c, struct sw_complaint_result *result,
                                int *ticket);
/** What holds a matter is what its rules say now. */
void model_restart(struct model *m);

/* ---- what its files share ---- */

bool model_is_open(const struct model_ticket *t);
int model_open_of(const struct model *m, const char *key);
int model_last_of(const struct model *m, const char *key);   /* ended */
int model_recent_of(const struct model *m, const char *key); /* ended so lately that it goes on */
int model_find(const struct model *m, const char *id);
bool model_has_merged(const struct model *m, int i);
void model_say(struct model *m, int i, enum sw_verb verb, enum sw_role role);
int model_born(struct model *m, const char *key, const char *place, enum sw_category category, enum sw_origin origin);
enum sw_class model_class_for(const struct model *m, const struct model_ticket *t);
/** The ticket becomes more urgent, and the one that it is merged into. */
void model_raise(struct model *m, int i, enum sw_class c);
void model_dispatch_at_once(struct model *m, int i);
void model_reopen(struct model *m, int i, enum sw_stage stage, enum sw_role role);
void model_escalate(struct model *m, int i);
void model_avert_if_over(struct model *m, int i);

/* desk_model_time.c */
int64_t model_sooner(int64_t a, int64_t b);
void model_set_deadlines(struct model *m, int i);
bool model_raise_one(struct model *m, int i, enum sw_class c);
void model_shorten(struct model *m, int i);
void model_end_suspension(struct model *m, int i);
void model_end_rest(struct model *m, int i);

/* desk_model_people.c */
void model_take_urgency(struct model *m, int from, int to);

/* desk_model_calls.c */
struct model_counts {
    unsigned calls, callers, repeat_callers;
};
unsigned model_own_calls(const struct model *m, int i);
struct model_counts model_counts(const struct model *m, int i); /* with those of what is merged into it */
/** Its calls changed: are its callers many now, or those of the ticket that it is merged into? @return a class rose */
bool model_many_callers(struct model *m, int i);
void model_link_earlier(struct model *m, int i);
struct model_call *model_call_of(struct model *m, const char *id);
struct model_call *model_new_call(struct model *m, const struct model_call *call);

#endif
