// SPDX-License-Identifier: Apache-2.0
/* The store: everything that must survive the power going away. One worker is the only writer of the file.
 *
 * The core stages changes with sw_store_put_… and closes a turn; a turn is atomic: all of it is in the file or nothing.
 * sw_store_end_turn lets it wait for the next commit of the interval, sw_store_commit asks for one now. Neither blocks.
 * Committed outbox rows come out at sw_store_rows for the uplink; its acknowledgements go back in and delete them. */
#ifndef SW_GATEWAY_STORE_H
#define SW_GATEWAY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"
#include "common/mailbox.h"
#include "common/reading.h"
#include "common/zone.h"
#include "gateway/chain.h"
#include "tickets/complaint.h"

#define SW_STORE_PAYLOAD_MAX (256 * 1024)   /* a document, of the contract */
#define SW_STORE_TEXT_MAX (4 * 1024 * 1024) /* a schedule, the files of a configuration */
#define SW_STORE_EPOCH_SIZE 9
#define SW_STORE_NO_SEQ (-1) /* deletions of retained documents carry none */

/** Order is kept within a lane; the uplink sends alarms before bulk, and bulk before the backlog. Documents are put
 * into one of the first two; which bulk rows are backlog is found out for each destination when it comes back. Numbers
 * are stored. */
enum sw_lane {
    SW_LANE_ALARM = 0,    /* tickets, ticket events, sensor events, gaps, checkpoints */
    SW_LANE_BULK = 1,     /* windows that are new */
    SW_LANE_BACKFILL = 2, /* windows that waited while the destination was away: marked as historical */
    SW_LANE__COUNT
};
#define SW_LANE__STORED 2 /* lanes that a document can be put into */

/** What a document is, which says what may become of it while it waits. Numbers are stored. */
enum sw_document_class {
    SW_DOCUMENT_KEPT = 0,      /* waits until it was sent, whatever happens */
    SW_DOCUMENT_TICKET = 1,    /* as kept, but a newer one of its topic takes its place while it was not handed out */
    SW_DOCUMENT_WINDOW_1M = 2, /* goes first when the outbox is too large */
    SW_DOCUMENT_WINDOW = 3,    /* goes next */
    SW_DOCUMENT_GAP = 4,       /* as kept; the store makes it itself */
};

/** Receivers of the outbox: the platform and its mirrors, each with a place of its own in it. */
#define SW_STORE_DESTINATIONS_MAX 4

struct sw_gap; /* io/document.h */
struct sw_store;

/** A signed head. */
struct sw_chain_head_signed {
    uint64_t n;
    sw_hash hash;
    int64_t ts_us;
    char signature[SW_SIGNATURE_TEXT_SIZE];
};

struct sw_store_params {
    const char *path;              /* of the database file; its folder exists */
    size_t n_sensors;              /* up to SW_SENSORS_MAX */
    const char *const *sensor_ids; /* in order of the site's index; borrowed until open returns */
    int64_t commit_interval_us;    /* real time; 0 means 60 s */
    int keep_days;                 /* readings; 0 means 90 */
    int64_t max_bytes;             /* of the database file: above it the oldest go; 0: a share of the disk */
    int64_t disk_bytes;            /* for tests: the disk ends when the file has so many; 0 = where it does */
    bool is_simulated;             /* must match what the folder holds: invented data never mixes with real */
    int keep_minutes_days;         /* windows, of 1 minute too; 0 means 400 */
    const struct sw_key *key;      /* signs checkpoints, in the worker; borrowed. NULL = none are made */
    /** Render a checkpoint, on the worker's thread. @return length, 0 = it did not fit */
    size_t (*render_checkpoint)(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf, size_t cap);
    void *render_ctx;
    const char *checkpoint_topic; /* "gw/{gw}/checkpoint" */
    const char *gateway;          /* id, signed over */
    const struct sw_zone *zone;   /* of the time that is signed over */
    /** Ids of the receivers, borrowed until open returns; their index is their number from then on. One that is new
     *  gets what is put from now on; what waited for one that is gone is forgotten. NULL = one, "platform" */
    const char *const *destination_ids;
    size_t n_destinations;
    int64_t outbox_max_bytes; /* 0 = no bound but the disk's */
    int64_t fresh_us;         /* engine time: bulk rows that waited less are no backlog; 0 means 30 s, below it: none */
    /** Render what was shed, on the worker's thread; with render_ctx. NULL = it is counted but never announced.
     *  @return length, 0 = it did not fit */
    size_t (*render_gap)(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap);
    const char *gap_topic; /* "gw/{gw}/gap" */
};

/** What the file knew when it was opened. */
struct sw_store_facts {
    bool is_new;
    bool is_simulated;
    char epoch[SW_STORE_EPOCH_SIZE];          /* made once for a data folder */
    int64_t last_seq;                         /* 0 = none yet */
    uint64_t last_number;                     /* arrival number of the last reading; 0 = none yet */
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE]; /* that the chain names last; "" = none yet */
    int64_t key_replaced_us;                  /* when it took the place of another; INT64_MIN = it is the first */
};

/** Open, migrate, start the worker.
 *  @return SW_OK; SW_E_CONFLICT the file is of a newer program, or of the other kind (simulated or not); SW_E_BUSY in
 *          use by another gateway; SW_E_CORRUPT; SW_E_FULL; SW_E_IO; SW_E_INVAL; SW_E_NOMEM */
int sw_store_open(const struct sw_store_params *p, struct sw_store **ret, struct sw_err *err);

/** Open a file that is there for the loading functions alone; a gateway may be using it. Close with sw_store_close.
 *  @return SW_OK; SW_E_IO; SW_E_CORRUPT; SW_E_CONFLICT it is of another program version; SW_E_INVAL; SW_E_NOMEM */
int sw_store_open_reader(const struct sw_store_params *p, struct sw_store **ret, struct sw_err *err);

/** Commit what was posted, stop the worker, close. Stop the uplink first. NULL is fine; always returns NULL. */
struct sw_store *sw_store_close(struct sw_store *s);

/** Two writers would hand out the same numbers: whoever writes a store's file takes this first, and closes it last.
 *  @return SW_OK; SW_E_BUSY a gateway has it; SW_E_IO; SW_E_INVAL */
int sw_store_lock(const char *path, int *ret_fd, struct sw_err *err);

const struct sw_store_facts *sw_store_facts(const struct sw_store *s);

/** Version of the files that this program writes; it reads older ones. */
int sw_store_schema_version(void);

/* Reading back, at start. Each opens a reader of its own; a callback that returns below zero ends the walk and is
 * returned. Text is borrowed for the call. */

/** Tickets that are not in a final status, and those changed since, oldest change first. */
typedef int (*sw_store_ticket_fn)(void *ctx, const char *id, const char *json, size_t len);
int sw_store_load_tickets(struct sw_store *s, int64_t since_us, sw_store_ticket_fn fn, void *ctx, struct sw_err *err);

typedef int (*sw_store_state_fn)(void *ctx, const char *sensor, const char *rule, const void *body, size_t len);
int sw_store_load_states(struct sw_store *s, sw_store_state_fn fn, void *ctx, struct sw_err *err);

/** Until when windows of a sensor and period are closed. */
typedef int (*sw_store_watermark_fn)(void *ctx, const char *sensor, const char *period, int64_t to_us);
int sw_store_load_watermarks(struct sw_store *s, sw_store_watermark_fn fn, void *ctx, struct sw_err *err);

/** Readings that arrived since (engine time), in order of arrival; those of sensors that the site no longer has are
 *  left out. r->sensor is the index of today's site. */
typedef int (*sw_store_reading_fn)(void *ctx, const struct sw_reading *r, int64_t arrival_us, bool is_late);
int sw_store_load_readings(struct sw_store *s, int64_t since_us, sw_store_reading_fn fn, void *ctx, struct sw_err *err);

/** Readings by arrival number [from, to), in its order; arrived at since_us or later (bounds the search). */
int sw_store_load_numbers(struct sw_store *s, uint64_t from, uint64_t to, int64_t since_us, sw_store_reading_fn fn,
                          void *ctx, struct sw_err *err);

/** Schedules by revision. A text is only borrowed for the call. @param with_text  false: text is NULL */
typedef int (*sw_store_schedule_fn)(void *ctx, int64_t revision, int64_t at_us, const char *text, size_t len);
int sw_store_load_schedules(struct sw_store *s, sw_store_schedule_fn fn, void *ctx, struct sw_err *err);
/** The newest schedule that was given by then. @return SW_OK also when there is none */
int sw_store_load_schedule(struct sw_store *s, int64_t by_us, sw_store_schedule_fn fn, void *ctx, struct sw_err *err);

/** The files of a configuration. @return SW_OK; SW_E_NOTFOUND */
typedef int (*sw_store_config_fn)(void *ctx, const void *body, size_t len);
int sw_store_load_config(struct sw_store *s, const char *sha256, sw_store_config_fn fn, void *ctx, struct sw_err *err);

/** Runs of the gateway, oldest first. */
struct sw_store_run {
    char boot[17], config_sha256[65];
    int64_t start_us;                   /* engine time of its start */
    int64_t until_us;                   /* as far as is durable */
    bool is_stopped;                    /* in order; else it was killed */
    uint64_t first_number, last_number; /* its readings, [first, last) */
};
typedef int (*sw_store_run_fn)(void *ctx, const struct sw_store_run *run);
int sw_store_load_runs(struct sw_store *s, sw_store_run_fn fn, void *ctx, struct sw_err *err);

/** One attempt to take a picture. What is not known is "" or -1. */
#define SW_SHA256_SIZE 65 /* of a hash as text */
struct sw_store_media {
    char sha256[SW_SHA256_SIZE];    /* "" = no picture came */
    char kind[8], content_type[32]; /* "image", "image/jpeg" */
    char camera[SW_ID_SIZE];
    char sensor[SW_ID_SIZE];               /* whose event asked for it; "" = a ticket did */
    char event[16], ticket[16];            /* ids */
    char error[160];                       /* why none came */
    int64_t bytes, requested_us, taken_us; /* engine time */
    int64_t latency_ms;                    /* from the request to the whole picture */
    int64_t first_byte_ms;                 /* from the start of the transfer */
    int status;                            /* of HTTP */
};
typedef int (*sw_store_media_fn)(void *ctx, const struct sw_store_media *m, bool is_gone);
/** All attempts that are on record, in order. */
int sw_store_load_media(struct sw_store *s, sw_store_media_fn fn, void *ctx, struct sw_err *err);
/** Pictures in the order in which they may go: oldest first, those of open tickets last. The walk ends when fn returns
 *  1. */
typedef int (*sw_store_oldest_fn)(void *ctx, const char *sha256, int64_t bytes);
int sw_store_oldest_media(struct sw_store *s, sw_store_oldest_fn fn, void *ctx, struct sw_err *err);

/** A command or complaint that was taken, with its first answer: what a replay is given again, and what a repeated id
 *  gets. */
struct sw_store_command {
    const char *actor, *id;     /* by.id and the document's id: with the door its key */
    const char *kind;           /* "ticket", "complaint" */
    const char *content_sha256; /* hex, of what came: the same key with other content is refused */
    int64_t at_us;              /* engine time when it was given to the engine */
    const char *json;           /* as it was given: of a complaint only what may be kept */
    size_t len;
    const char *answer; /* JSON; NULL in load when too old to be kept */
    size_t answer_len;
};
/** Since, in the order in which they were taken. */
typedef int (*sw_store_command_fn)(void *ctx, const struct sw_store_command *c);
int sw_store_load_commands(struct sw_store *s, int64_t since_us, sw_store_command_fn fn, void *ctx, struct sw_err *err);
/** Those of one sender and id, in the order in which they were taken: one for each door, and again when the first was
 *  forgotten. @return SW_OK; SW_E_NOTFOUND */
int sw_store_find_command(struct sw_store *s, const char *actor, const char *id, sw_store_command_fn fn, void *ctx,
                          struct sw_err *err);
/** Complaints that came since, oldest first. */
typedef int (*sw_store_complaint_fn)(void *ctx, const struct sw_complaint_kept *k);
int sw_store_load_complaints(struct sw_store *s, int64_t since_us, sw_store_complaint_fn fn, void *ctx,
                             struct sw_err *err);

/** What was done to the world since, oldest first. */
typedef int (*sw_store_act_fn)(void *ctx, const char *kind, const char *subject, int64_t at_us, const char *json,
                               size_t len);
int sw_store_load_acts(struct sw_store *s, int64_t since_us, sw_store_act_fn fn, void *ctx, struct sw_err *err);

/* Staging, core thread only. Everything is copied. A put that fails has staged nothing.
 * @return SW_OK; SW_E_FULL the worker is far behind; SW_E_INVAL; SW_E_NOMEM */

/** Readings in order of arrival, which arrived at engine time arrival_us. When there is no room they are dropped and
 *  counted. is_late: NULL = none of them, else [n]. */
int sw_store_put_readings(struct sw_store *s, const struct sw_reading *readings, size_t n, int64_t arrival_us,
                          const bool *is_late);
int sw_store_put_state(struct sw_store *s, const char *sensor, const char *rule, const void *body, size_t len);
int sw_store_put_ticket(struct sw_store *s, const char *id, const char *matter_key, const char *status,
                        int64_t revision, int64_t changed_us, const char *json, size_t len);
int sw_store_put_window(struct sw_store *s, const char *sensor, const char *period, int64_t from_us, int64_t to_us,
                        const char *json, size_t len);

/** What the engine is given as schedule, in the words of the importer: the same revision again replaces its text but
 *  keeps its time. Older revisions go when they are too many. */
int sw_store_put_schedule(struct sw_store *s, int64_t revision, int64_t at_us, const char *text, size_t len);
/** The files of a configuration as one text. */
int sw_store_put_config(struct sw_store *s, const char *sha256, const void *body, size_t len);
/** A run of the gateway begins: readings that are put from now on are its own. */
int sw_store_put_run(struct sw_store *s, const char *boot, const char *config_sha256, int64_t start_us);
int sw_store_put_media(struct sw_store *s, const struct sw_store_media *m);
/** Retention took the file of a picture. */
int sw_store_put_media_gone(struct sw_store *s, const char *sha256, int64_t at_us);
/** What the gateway did to the world: an output switched, a register written. For people and for audits; nothing is
 *  rebuilt from it. Oldest go when they are too many.
 *  @param kind     "output", "write"  @param subject  the id of what it was done to */
int sw_store_put_act(struct sw_store *s, const char *kind, const char *subject, int64_t at_us, const char *json,
                     size_t len);
int sw_store_put_command(struct sw_store *s, const struct sw_store_command *c);
int sw_store_put_complaint(struct sw_store *s, const struct sw_complaint_kept *k);
/** An entry of the chain that stands for itself: `clock`, `boot`, `key`. @param json  its body */
int sw_store_put_entry(struct sw_store *s, enum sw_chain_kind kind, int64_t at_us, const char *json, size_t len);
/** Sign the head as it is after this turn and put the document into the outbox, retained, under this number. */
int sw_store_put_checkpoint(struct sw_store *s, int64_t seq, int64_t at_us);

/** The head of the chain as it is on the disk. Any thread. */
struct sw_chain_head {
    uint64_t n; /* 0 = no entry yet */
    sw_hash hash;
};
struct sw_chain_head sw_store_head(struct sw_store *s);

/** Engine time that turns reach which are closed from now on: with them it becomes durable how far the run has got.
 *  @param is_last  the run stops in order */
void sw_store_set_time(struct sw_store *s, int64_t engine_us, bool is_last);

/** A document for the outbox. Topics are relative to the site's prefix. seq is the caller's, + 1 each, or
 *  SW_STORE_NO_SEQ. expiry_s 0: none. len 0 deletes a retained document. */
struct sw_store_document {
    int64_t seq;
    enum sw_lane lane; /* one of those that are stored */
    enum sw_document_class class;
    bool is_answer; /* for the first destination alone, which asked */
    const char *topic;
    bool retain;
    uint32_t expiry_s;
    const char *props; /* MQTT user properties as "key=value" lines, each ended by \n; NULL = none */
    const char *payload;
    size_t len;
};
int sw_store_put_document(struct sw_store *s, const struct sw_store_document *d);

/** Numbers that were given but will not be sent wait to be announced, and somebody is there to read it. Any thread. */
bool sw_store_has_gap(struct sw_store *s);
/** Announce them, as many as one document holds, under this number. Only when sw_store_has_gap said so after the turn
 *  of the last one was durable: a number without a document would be a hole itself. */
int sw_store_put_gap(struct sw_store *s, int64_t seq, int64_t at_us);

/** Close the turn. @return SW_OK; SW_E_FULL: nothing is lost, the turn stays staged and goes with the next one */
int sw_store_end_turn(struct sw_store *s);
int sw_store_commit(struct sw_store *s);

/** Number of the turn that is being staged: what is put now is on the disk once that is durable. Core thread only. */
uint64_t sw_store_turn(const struct sw_store *s);
bool sw_store_is_durable(struct sw_store *s, uint64_t turn);

/** sw_store_commit, then wait until it is durable. For a clean stop and for tests: it blocks.
 *  @return SW_OK; SW_E_TIMEOUT: it may still come */
int sw_store_sync(struct sw_store *s, int64_t timeout_us, struct sw_err *err);

/** The worker is behind: stop draining bus mailboxes until it is not. */
bool sw_store_is_pressed(struct sw_store *s);

/** Any thread. */
struct sw_store_status {
    uint64_t commits_total, failures_total; /* transactions */
    uint64_t readings_total, readings_dropped_total;
    uint64_t shed_total;                    /* bulk documents deleted unsent for want of space */
    uint64_t superseded_total;              /* documents of tickets that a newer one replaced before they went out */
    uint64_t rejected_total;                /* changes that SQLite would not take: a fault of ours */
    int64_t gaps_waiting;                   /* runs of numbers that are to be announced */
    int64_t outbox_pending[SW_LANE__COUNT]; /* rows on disk that the first destination did not acknowledge yet */
    int64_t outbox_bytes, outbox_max_bytes; /* on disk, of all that waits for anybody; 0 = no bound */
    int64_t outbox_oldest_us;               /* engine time of the oldest of it; INT64_MIN = nothing waits */
    size_t n_destinations;
    struct {
        char id[SW_ID_SIZE];
        bool is_attached;                /* rows go out to it */
        int64_t pending[SW_LANE__COUNT]; /* backfill: known while it is attached, else counted as bulk */
    } destination[SW_STORE_DESTINATIONS_MAX];
    int64_t bytes, max_bytes; /* of the file, and its share; 0 = no bound */
    int64_t disk_free_bytes;
    bool is_low;               /* the disk is almost full, or a reader holds the log: the oldest go */
    int64_t heartbeat_age_us;  /* of the worker */
    bool is_failing;           /* the last commit did not succeed */
    bool is_damaged, is_whole; /* what the look through the file found that each start begins; neither: it goes on */
};
void sw_store_status(struct sw_store *s, struct sw_store_status *ret);
/** Alarms that a mirror (a destination but the first) was away too long for, since the start: they are announced to it
 *  instead. Any thread. */
int64_t sw_store_given_up(const struct sw_store *s, size_t destination);

/* The uplink's side. */

/** A committed row, in one piece of heap: the receiver frees it with free(). Texts lie behind the struct. */
struct sw_store_row {
    int64_t id, seq;
    uint32_t generation; /* of the attachment it is meant for */
    enum sw_lane lane;   /* backfill: topic and payload say so already */
    bool retain;
    uint32_t expiry_s;
    const char *topic, *props, *payload; /* props NULL = none */
    size_t len;
};

#define SW_STORE_WINDOW_ROWS 128            /* rows a lane that are out at the uplink, at most */
#define SW_STORE_WINDOW_BYTES (1024 * 1024) /* and their payload bytes; one row may exceed it */

struct sw_store_ack {
    int64_t id;
    uint32_t generation;
    uint32_t bytes; /* len of the row */
    uint8_t destination;
    bool is_refused; /* it will never be taken there: its number is to be announced */
};

/** A destination can be reached: rows begin to come, from the oldest that it did not acknowledge. What of the bulk
 * waited longer than a brief interruption is its backlog from now on. Any thread, but one at a time for a destination;
 * each connect anew. Rows of an earlier generation are to be freed unsent.
 *  @return the generation; 0 when the worker cannot be told now: try again */
uint32_t sw_store_attach(struct sw_store *s, size_t destination);
/** It cannot be reached any more: rows stay on the disk. */
void sw_store_detach(struct sw_store *s, size_t destination);
struct sw_mailbox *sw_store_rows(struct sw_store *s, size_t destination); /* of struct sw_store_row * */
/** Any thread. @return how many were taken; offer the rest again. */
size_t sw_store_ack(struct sw_store *s, const struct sw_store_ack *acks, size_t n);

#endif
