// SPDX-License-Identifier: Apache-2.0
/* Telling a story to the engine: levels a second apart, commands and complaints as a hotline gives them, and what came
 * of it: events, answers, documents. What was given is kept, so that it can be given again (story_again.c). */
#ifndef SW_TESTS_ENGINE_STORY_H
#define SW_TESTS_ENGINE_STORY_H

#include "virtual.h"

#include "gateway/doc_site.h"

#define PLACE_NORTH "north-gate-noise" /* of sensors without a device: their own ids */
#define PLACE_SOUTH "south-gate-noise"
#define EYE 2 /* the camera's index in stories.yaml */

#define STORY_EVENTS_MAX 256

/** An input, with a copy of what it points to. */
struct story_given {
    struct sw_input in;
    void *owned;
};

struct story {
    struct virtual_site *v;
    struct sw_doc_site_owner doc;
    int64_t now_us;      /* the next second to be told */
    double north, south; /* levels from now on; NaN: the meter does not answer */
    int64_t restart_us;  /* where the program may stop and start again */

    size_t n_given, cap_given;
    struct story_given *given;

    char *text; /* every document but the live values, one a line */
    size_t len, cap;
    size_t n_events;
    struct sw_ticket_event events[STORY_EVENTS_MAX];

    /* of the last command or complaint */
    int code;
    struct sw_err err;
    struct sw_complaint_result became;
    char answer[2048]; /* the document; "" = none came */
};

/** "03-02 22:33:57" in 2026 at Shanghai. */
int64_t story_time(const char *when);

struct story *story_begin(const char *when);
struct story *story_free(struct story *s); /* NULL is fine; always returns NULL */

/** Give one input, kept or (again) not. */
void story_feed(struct story *s, const struct sw_input *in);
/** Readings of both gates, a second apart, from where the story stands up to `when`. */
void story_until(struct story *s, const char *when);
/** The camera at the gate saw a machine, just now. */
void story_camera(struct story *s);
/** The program stops here and starts again, when the story is told with a restart. */
void story_may_restart(struct story *s);

/** The only ticket of a matter: "noise:night:north-gate-noise". Fails when there is none. */
const struct sw_ticket *story_ticket(const struct story *s, const char *matter);

enum story_who { PLATFORM, OFFICER, PARTY };
/** A command on a ticket as it stands, with its revision. `more`: further fields, NULL = none.
 *  @return the engine's code; s->err, s->answer */
int story_command(struct story *s, const struct sw_ticket *t, enum sw_verb verb, enum story_who who,
                  const struct sw_ticket_command *more);
/** The same, and it must be done. */
void story_do(struct story *s, const struct sw_ticket *t, enum sw_verb verb, enum story_who who,
              const struct sw_ticket_command *more);

/** A call about the noise of the hour around `occurred`, for which `code` was found; the engine must take it. */
struct sw_complaint_result story_call(struct story *s, const char *id, const char *caller, const char *occurred,
                                      enum sw_answer_code code);

struct story_event {
    enum sw_verb verb;
    const char *when;
    enum sw_role by;
    const char *note; /* part of it; NULL = whatever */
};
/** All events of a ticket, in order, and no other. */
void story_expect_events(const struct story *s, const struct sw_ticket *t, const struct story_event *want, size_t n);
/** Deadlines; NULL = there is none. */
void story_expect_deadlines(const struct sw_ticket *t, const char *respond, const char *dispatch, const char *resolve);

/* story_again.c */

/** All that was given, given to a new engine: the same documents, byte for byte. */
void story_again(const struct story *s, const char *name);
/** The same with a real store and a restart at s->restart_us: the same tickets and complaints at the end. */
void story_restarted(const struct story *s, const char *name);

/* The stories; each checks itself. */
void steel_plate(struct story *s);
void night_pour(struct story *s);
void twelve_callers(struct story *s);
void one_caller(struct story *s);
void two_callbacks(struct story *s);

#endif
