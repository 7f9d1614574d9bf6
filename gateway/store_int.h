// SPDX-License-Identifier: Apache-2.0
/* What the store's own files share; nobody else includes it. The core's side (store_turn.c) and the worker's side
 * (store_worker.c, store_write.c, store_fold.c, store_hand.c) meet only in mailboxes and atomics. */
#ifndef SW_GATEWAY_STORE_INT_H
#define SW_GATEWAY_STORE_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/worker.h"
#include "gateway/block.h"
#include "gateway/store.h"
#include "io/db.h"
#include "io/window_text.h"

#define STORE_TURNS_MAX 256    /* turns in the mailbox */
#define STORE_TURNS_RESERVE 64 /* of these, for turns with state changes */
#define STORE_ACKS_MAX 1024
#define STORE_TURN_BYTES_MAX (16 << 20)  /* staged by the core */
#define STORE_TURN_ITEMS_MAX 65536       /* readings staged by the core */
#define STORE_BATCH_BYTES_MAX (8 << 20)  /* uncommitted at the worker: above it the worker takes no more turns */
#define STORE_BATCH_BYTES_SOON (1 << 20) /* above it the worker commits without waiting for the interval */
#define STORE_DELETES_MAX 4096
#define STORE_FRESH_US (30 * SW_US_PER_S) /* a window that waited less is no backlog: a brief loss of the line */
#define STORE_SCRATCH_SIZE (2 * SW_STORE_PAYLOAD_MAX + 256) /* numbers and escapes of a document may grow a little */
#define STORE_MINUTE_US (60 * SW_US_PER_S)
#define STORE_SCHEDULES_MAX 200
#define STORE_SCHEDULES_BYTES_MAX (32 << 20)
#define STORE_CONFIGS_MAX 64
#define STORE_RUNS_MAX 4096
#define STORE_ACTS_MAX 200000      /* a switch each 10 minutes for 4 years */
#define STORE_MEDIA_MAX 200000     /* attempts; more while their pictures are kept */
#define STORE_REVISIONS_MAX 200000 /* of tickets together */
#define STORE_COMMANDS_MAX 200000
#define STORE_ANSWERS_DAYS 30     /* a repeated command gets its first answer for so long */
#define STORE_CHAIN_MAX 200000000 /* entries: 400 days of 256 sensors; the oldest kept one is then the anchor */
#define STORE_LOG_MAX (64 << 20)  /* of the log while a reader holds it, or a quarter of the share */
#define STORE_ROW_OVERHEAD 48     /* bytes of a row of the outbox besides its texts */
#define STORE_SMALL_ROWS 1024     /* for a destination and lane: are counted at a start */
#define STORE_GAP_RUNS_MAX 10000  /* runs of numbers to be announced; above it neighbours are joined */
#define STORE_MIRROR_ROW_BYTES                                                                                         \
    (16 << 10) /* of the outbox's bound for each alarm that waits for a mirror: of 4 KB at most as a rule, so a dead   \
                  mirror's alarms leave three quarters to what waits for the platform */
#define STORE_MIRROR_ROWS_MIN 256   /* with the smallest bound */
#define STORE_MIRROR_ROWS_MAX 32768 /* and without one: years of alarms */
#define STORE_LANE_SHIFT 56         /* outbox.id: lane above, counter below */

enum store_op_kind {
    STORE_OP_STATE,
    STORE_OP_TICKET,
    STORE_OP_WINDOW,
    STORE_OP_DOCUMENT,
    STORE_OP_SCHEDULE,
    STORE_OP_CONFIG,
    STORE_OP_RUN,
    STORE_OP_MEDIA,
    STORE_OP_MEDIA_GONE,
    STORE_OP_ACT,
    STORE_OP_COMMAND,
    STORE_OP_COMPLAINT,
    STORE_OP_ENTRY,      /* lane = enum sw_chain_kind */
    STORE_OP_CHECKPOINT, /* written when its turn is */
    STORE_OP_GAP,
};

/* One change, followed by its texts, each ended by a NUL. `size` includes them and is a multiple of 8. */
struct store_op {
    uint32_t size;
    uint8_t kind, lane, retain, has_props;
    uint32_t expiry_s;
    uint32_t len[6];
    uint16_t class, is_answer; /* of a document */
    int64_t a, b;
};

/* What one turn of the core changes. */
struct store_turn {
    struct store_turn *next;
    unsigned char *ops;
    size_t ops_len, ops_cap;
    struct sw_block_item *items;
    size_t n_items, cap_items;
    int64_t until_us; /* engine time that it reaches; INT64_MIN = not told */
    bool is_last;     /* of a run that stops in order */
};

enum store_msg_kind { STORE_MSG_TURN, STORE_MSG_ATTACH, STORE_MSG_DETACH };

struct store_msg {
    enum store_msg_kind kind;
    bool commit_now;
    size_t destination;
    uint32_t generation;
    uint64_t number; /* of the turn, counted by the core */
    struct store_turn *turn;
};

enum store_stmt {
    STORE_META_GET,
    STORE_META_PUT,
    STORE_SENSOR_GET,
    STORE_SENSOR_PUT,
    STORE_TAIL_PUT,
    STORE_TAIL_NEXT,
    STORE_TAIL_RANGE,
    STORE_TAIL_DELETE,
    STORE_BLOCK_GET,
    STORE_BLOCK_PUT,
    STORE_BLOCK_OLDEST,
    STORE_BLOCK_DELETE,
    STORE_BLOCK_TAKE,
    STORE_BLOCK_NEXT,
    STORE_BLOCK_SERIES,
    STORE_WINDOW_PUT,
    STORE_WINDOW_DELETE,
    STORE_WINDOW_OLDEST,
    STORE_PERIODS,
    STORE_MARKS_TAKE,
    STORE_TICKET_PUT,
    STORE_REVISION_PUT,
    STORE_REVISION_NTH,
    STORE_REVISION_DELETE,
    STORE_STATE_PUT,
    STORE_SCHEDULE_PUT,
    STORE_SCHEDULE_LAST_TOO_OLD,
    STORE_SCHEDULE_DELETE,
    STORE_CONFIG_PUT,
    STORE_CONFIG_TRIM,
    STORE_CONFIG_DELETE,
    STORE_RUN_PUT,
    STORE_RUN_TRIM,
    STORE_RUN_TIME,
    STORE_RUN_TIME_OF_TAIL,
    STORE_TAIL_FORGET_TIME,
    STORE_MEDIA_PUT,
    STORE_MEDIA_TRIM,
    STORE_MEDIA_GONE,
    STORE_ACT_PUT,
    STORE_ACT_NEWEST,
    STORE_ACT_DELETE,
    STORE_COMMAND_PUT,
    STORE_COMMAND_FORGET,
    STORE_COMMAND_NTH,
    STORE_COMMAND_DELETE,
    STORE_COMPLAINT_PUT,
    STORE_COMPLAINT_DELETE,
    STORE_CHAIN_PUT,
    STORE_CHAIN_OLDEST,
    STORE_CHAIN_DELETE,
    STORE_SENSOR_NAME,
    STORE_OUTBOX_PUT,
    STORE_OUTBOX_GET,
    STORE_OUTBOX_TICKET,
    STORE_OUTBOX_OF_CLASS,
    STORE_OUTBOX_TAKE_OFF,
    STORE_OUTBOX_DELETE,
    STORE_OUTBOX_HAS,
    STORE_OUTBOX_NEXT,
    STORE_OUTBOX_BOUNDARY,
    STORE_OUTBOX_COUNT,
    STORE_OUTBOX_OLDEST,
    STORE_GAP_PUT,
    STORE_GAP_AGAIN,
    STORE_GAP_EXTEND,
    STORE_GAP_JOIN_BEFORE,
    STORE_GAP_JOIN_AFTER,
    STORE_GAP_FIND,
    STORE_GAP_RUNS,
    STORE_GAP_DELETE,
    STORE_STMT__COUNT
};

/* One lane as it is handed to an uplink. */
struct store_lane {
    int64_t cursor; /* id of the last row handed out */
    bool may_have_more;
    size_t out_rows, out_bytes;
};

/* Somebody whom the outbox is for; the worker's, but for what is atomic. */
struct store_destination {
    char id[SW_ID_SIZE];
    size_t slot;  /* its place in the file, over restarts */
    uint32_t bit; /* 1 << slot */
    struct sw_mailbox *rows;
    _Atomic uint32_t generation;      /* of the last attachment that was asked for */
    uint32_t attached;                /* generation, 0 = nobody */
    int64_t boundary;                 /* bulk rows up to this id are its backlog */
    int64_t boundary_was;             /* the last, attached or not */
    int64_t done_to[SW_LANE__STORED]; /* it acknowledged all up to these ids */
    struct store_lane lane[SW_LANE__COUNT];
    _Atomic int64_t pending[SW_LANE__COUNT], given_up; /* alarms of a mirror, since the start */
    atomic_bool is_attached;
    bool is_loss_told; /* of this absence */
};

/* What is in the outbox, by slot of the destination, with the transaction that is being written. */
struct store_tally {
    int64_t bytes;
    int64_t rows[SW_STORE_DESTINATIONS_MAX][SW_LANE__STORED];
    int64_t backlog[SW_STORE_DESTINATIONS_MAX]; /* of its bulk */
    int64_t gaps;                               /* runs that are to be announced */
    int64_t shed, superseded;                   /* since the start */
    int64_t given_up[SW_STORE_DESTINATIONS_MAX];
    int64_t given_up_to[SW_STORE_DESTINATIONS_MAX]; /* no alarm up to this id waits for it that nobody has in hand */
};

/* A row that a destination need not get any more. */
struct store_delete {
    int64_t id;
    uint32_t bit;
    bool is_refused; /* it will never take it: the number is to be announced */
};

enum store_gap_reason { STORE_GAP_SHED, STORE_GAP_SUPERSEDED, STORE_GAP_REFUSED }; /* numbers are stored */

/* What store_room.c knows of the file and its disk; the worker's. */
struct store_room {
    int64_t max_bytes; /* the store's share; 0 = no bound */
    struct sw_db_space space;
    int64_t used_bytes, disk_free_bytes; /* INT64_MAX = not known */
    int64_t looked_us, gave_back_us;     /* real time */
    bool is_disk_low, is_bare;           /* bare: nothing is left that may go */
    bool is_shedding, is_over;           /* over its share; and nothing is left that may go */
    bool is_giving_back, is_log_held, has_no_log_room;
};

/* How far store_settle.c has come; the worker's. */
struct store_settle {
    bool is_known, is_placed, is_off; /* off: it failed in a way that costs the whole transaction */
    int64_t hour, series;             /* that is looked at; the last of it that was */
    int64_t pieces_end;               /* hours from here on hold no joined blocks */
};

/* A growing array of readings. */
struct store_items {
    struct sw_block_item *item;
    size_t n, cap;
};

/* One a program, in the order of the threads that own its parts: that is worth more than some bytes. */
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct sw_store {
    struct sw_store_facts facts;
    int64_t commit_interval_us;
    int keep_days, keep_minutes_days;
    int lock_fd;
    const struct sw_key *key; /* NULL: nothing is signed */
    size_t (*render_checkpoint)(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf, size_t cap);
    void *render_ctx;
    char checkpoint_topic[SW_ID_SIZE + 32], gateway[SW_ID_SIZE];
    const struct sw_zone *zone;
    size_t n_sensors;
    uint16_t sensor_num[SW_SENSORS_MAX]; /* by index: the file's number of the sensor */

    struct sw_mailbox *inbox, *acks;
    struct store_destination destination[SW_STORE_DESTINATIONS_MAX];
    size_t n_destinations;
    int64_t outbox_max_bytes, fresh_us;
    size_t (*render_gap)(void *ctx, const struct sw_gap *v, int64_t seq, char *buf, size_t cap);
    char gap_topic[SW_ID_SIZE + 32];
    struct sw_worker *worker;
    struct sw_worker *checker; /* see store_check.c; NULL = none was started */
    struct sw_db *check_db;    /* its handle, under `lock` */
    atomic_bool check_stops, check_ended, damaged, whole;

    /* core thread */
    struct store_turn *staged;
    uint64_t staged_items_dropped;
    uint64_t next_number; /* of a reading */
    uint64_t turns_posted;
    bool staged_wants_commit, is_last_turn;
    int64_t engine_us;

    /* worker thread */
    struct sw_db *db;
    struct sw_db_stmt *stmt[STORE_STMT__COUNT];
    struct store_turn *batch, *batch_last;
    size_t batch_bytes;
    uint64_t batch_number; /* the newest turn in it */
    bool wants_commit;
    int64_t due_us;                /* real monotonic: when to commit; INT64_MAX = nothing to commit */
    int64_t last_seq, written_seq; /* given; and as the file knows it */
    uint64_t last_number;
    struct store_items ripe; /* readings of whole minutes, to be folded in the transaction that is being written */
    bool is_tail_swept;      /* nothing of an earlier run is left in the tail */
    bool is_unsynced;        /* so was the newest reading */
    uint64_t tail_number;    /* newest reading that it put into the tail; 0 = none */
    int64_t newest_us;       /* newest arrival seen */
    int64_t kept_hour;       /* hour of the last retention */
    struct store_delete deletes[STORE_DELETES_MAX];
    size_t n_deletes;
    int64_t acknowledged_max[SW_LANE__STORED]; /* highest id among them */
    int64_t next_id[SW_LANE__STORED], next_id_before[SW_LANE__STORED];
    struct store_tally tally, tally_before, tally_written; /* now; as it was; as the file has it */
    bool is_tally_in_file;                                 /* with this transaction */
    int64_t shed_from[SW_DOCUMENT_WINDOW + 1];             /* by class: up to here all that may go is gone */
    struct sw_complaint complaint;
    struct store_room room;
    struct store_settle settle;
    struct sw_chain_head head; /* of the transaction that is being written */
    struct sw_window_packer *packer;
    char *packed;    /* SW_STORE_PAYLOAD_MAX and a little */
    char *canonical; /* JSON in its one form, and a checkpoint */

    /* durable turns, for sw_store_sync */
    pthread_mutex_t lock;
    pthread_cond_t cond;
    uint64_t durable_number;
    struct sw_chain_head shown_head; /* as it is on the disk */

    /* counters */
    _Atomic uint64_t commits, failures, readings, dropped, shed, superseded, rejected;
    _Atomic int64_t shown_bytes, shown_gaps, oldest_us; /* of the outbox */
    atomic_bool has_gap;
    _Atomic int64_t engine_now_us; /* as the core told last; at start, where the last run ended */
    atomic_bool failing;
    _Atomic int64_t status_bytes, status_max_bytes, status_disk_free_bytes; /* of store_room.c */
    atomic_bool status_is_low;
};

extern const struct sw_db_step store_steps[];
extern const size_t store_steps_n;
extern const char *const store_sql[STORE_STMT__COUNT];

/* store_turn.c */
struct store_turn *store_turn_free(struct store_turn *t);

struct store_text {
    const char *at;
    size_t len;
};
static inline struct store_text store_text_of(const char *text)
{
    return (struct store_text){.at = text, .len = text ? strlen(text) : 0};
}
/** Append a change and its texts to the staged turn. @return SW_OK; SW_E_INVAL; SW_E_FULL; SW_E_NOMEM */
int store_stage(struct sw_store *s, struct store_op op, const struct store_text *texts, size_t n_texts);

/* store_worker.c */
void store_worker_main(struct sw_worker *self, void *ctx);

/* store_load.c: a query on a reader of its own */
struct store_query {
    struct sw_db *db;
    struct sw_db_stmt *st;
};
int store_query_open(struct sw_store *s, const char *sql, struct store_query *ret, struct sw_err *err);
void store_query_close(struct store_query *q);

/* store_items.c */
int store_items_add(struct store_items *v, const struct sw_block_item *items, size_t n, struct sw_err *err);
/** Append what a block holds; sensor and quantity as sw_block_open. A block that is not whole adds nothing. */
int store_items_decode(struct store_items *v, const void *body, size_t len, uint16_t sensor, uint8_t quantity,
                       struct sw_err *err);
void store_items_sort(struct store_items *v);           /* by arrival number */
void store_items_sort_by_series(struct store_items *v); /* by minute of arrival, sensor, quantity, number */
void store_items_free(struct store_items *v);
int64_t store_minute_of(int64_t t_us);

/* store_write.c: inside a transaction */
/** @param is_fold_next  store_fold follows: whole minutes are left to it */
int store_write_items(struct sw_store *s, bool is_fold_next, struct sw_err *err);
int store_write_ops(struct sw_store *s, struct sw_err *err);
int store_write_time(struct sw_store *s, struct sw_err *err); /* how far the run has got */
int store_meta_get(struct sw_store *s, const char *key, char *buf, size_t cap, struct sw_err *err);
int store_meta_put(struct sw_store *s, const char *key, const char *value, struct sw_err *err);
int store_meta_put_number(struct sw_store *s, const char *key, uint64_t number, struct sw_err *err);

/* store_media.c: inside a transaction; `text` as in the change */
int store_write_media(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);
int store_write_media_gone(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);
int store_write_act(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);

/* store_chain.c */
/** One entry of the chain. Members that are 0 or false are left out. */
struct store_entry {
    enum sw_chain_kind kind;
    int64_t at_us;
    const char *ref;
    bool has_a, has_b, is_kept; /* kept: the body stands nowhere else */
    int64_t a, b;
    const void *body;
    size_t len;
};
int store_chain_open(struct sw_store *s, struct sw_err *err);     /* where the chain stands */
int store_chain_load_key(struct sw_store *s, struct sw_err *err); /* into the facts */
void store_chain_show(struct sw_store *s);                        /* the head is on the disk now */
/* inside a transaction */
int store_chain_append(struct sw_store *s, const struct store_entry *e, struct sw_err *err);
/** JSON in its one form, valid until the next call; what is no JSON comes back as it is. @return NULL: no memory */
const char *store_canonical(struct sw_store *s, const char *json, size_t len, size_t *ret_len, struct sw_err *err);
char *store_scratch(struct sw_store *s); /* STORE_SCRATCH_SIZE bytes, the same as store_canonical's; NULL: no memory */
/** {"at_us", member: value, "sha256" of the text}; member NULL = none. */
int store_chain_text(struct sw_store *s, struct store_entry e, const char *member, int64_t value, const void *text,
                     size_t len, struct sw_err *err);
/** What is below `before` is gone; or, in words of JSON, what is. */
int store_chain_pruned(struct sw_store *s, const char *table, const char *period, int64_t before, struct sw_err *err);
int store_chain_prune(struct sw_store *s, const char *table, const char *what, struct sw_err *err);
/** An entry for each monotonic minute among the items; orders them by number. */
int store_chain_readings(struct sw_store *s, struct store_items *v, struct sw_err *err);
int store_write_entry(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);
int store_write_checkpoint(struct sw_store *s, const struct store_op *op, struct sw_err *err);

/* store_command.c: inside a transaction */
int store_write_command(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);
int store_write_complaint(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);

/* store_fold.c: inside a transaction */
int store_fold(struct sw_store *s, struct sw_err *err); /* whole minutes of the tail become blocks */
/** Arrival number of the newest reading in the tail; 0 = it is empty. Outside one too. */
int store_tail_newest(struct sw_store *s, uint64_t *ret_number, struct sw_err *err);

/* store_settle.c: inside a transaction */
/** Join blocks of an hour that lies behind: a bounded step. @return below zero: the transaction cannot go on */
int store_settle(struct sw_store *s, struct sw_err *err);
void store_settle_undo(struct sw_store *s, const struct store_settle *before); /* the transaction was rolled back */
/** Where rows of `block` may be cut at this minute or before (or behind it) without cutting a joined one. */
int64_t store_settle_cut(struct sw_store *s, int64_t minute, bool is_up);

/* store_keep.c: inside a transaction */
int64_t store_now_us(const struct sw_store *s); /* engine time of what is being written */
int store_trim_configs(struct sw_store *s, struct sw_err *err);
int store_trim_schedules(struct sw_store *s, struct sw_err *err);
int store_expire(struct sw_store *s, struct sw_err *err); /* once an hour: what is too old goes */
/** Free room: the oldest hour of readings, else of 1-minute windows, else bulk documents, else the chain's past.
 *  Its own transaction.
 *  @return rows that went */
int64_t store_shed(struct sw_store *s);

/* store_room.c */
void store_room_start(struct sw_store *s, int64_t max_bytes); /* the file is open; 0 = a share of the disk */
/** One bounded step of keeping within the share, of making room on a full disk, or of giving pages back. Outside a
 *  transaction. @param is_idle  nothing was committed */
void store_room_look(struct sw_store *s, bool is_idle);
void store_room_stop(struct sw_store *s);               /* before the file is closed */
bool store_room_for_readings(const struct sw_store *s); /* false: what room there is belongs to tickets */
bool store_room_make(struct sw_store *s);               /* a commit found none. @return something went */
/** Give up the reserve of a database, open or not. @return false: there was none */
bool store_room_release(const char *path);

/* store_outbox_start.c */
/** Nobody waits any more for what waited for a destination that is no longer configured. Before the transaction of the
 * start and in pieces: in one, a backlog of 500 MB would be written into the log, where there may be no room for it. */
int store_outbox_forget(struct sw_store *s, bool is_simulated, struct sw_err *err);
int store_outbox_load(struct sw_store *s, struct sw_err *err); /* in the transaction of the start */

/* store_outbox.c */
/** A row to be put. */
struct store_row {
    int64_t seq; /* SW_STORE_NO_SEQ = none */
    int lane, class;
    bool is_answer, retain;
    uint32_t expiry_s;
    const char *topic, *props, *payload;
    size_t len;
};
void store_outbox_show(struct sw_store *s); /* what the counters say, to other threads */
int store_handed_lane(const struct store_destination *d, int64_t id);
bool store_is_acknowledged(const struct sw_store *s, int64_t id, uint32_t bit); /* but not yet taken off on the disk */
void store_outbox_done(struct sw_store *s, int64_t id, uint32_t bit,
                       bool is_refused);     /* there is room among the deletes */
void store_deletes_done(struct sw_store *s); /* they are on the disk */
/* Counters follow a transaction: begin, then undo when it is rolled back. */
void store_tally_begin(struct sw_store *s);
void store_tally_undo(struct sw_store *s);
bool store_tally_is_large(const struct store_tally *t); /* the file keeps it: a start does not count */
/* inside a transaction */
int store_tally_write(struct sw_store *s, struct sw_err *err);
int store_outbox_put(struct sw_store *s, const struct store_row *r, struct sw_err *err);
int store_write_document(struct sw_store *s, const struct store_op *op, const char *const *text, struct sw_err *err);
int store_write_deletes(struct sw_store *s, struct sw_err *err);
/** Free about so many bytes of the outbox: the oldest 1-minute windows, then other windows, nothing else, and nothing
 *  that an uplink has in hand. Their numbers are to be announced. @return rows that went, or below zero */
int64_t store_outbox_shed(struct sw_store *s, int64_t bytes, struct sw_err *err);
/** Shed what is above the bound; and of the alarms that wait for a mirror the oldest, when they are too many. */
int store_outbox_bound(struct sw_store *s, struct sw_err *err);

/* store_gap.c: inside a transaction */
/** This number will never be sent, of which these destinations miss something. */
int store_gap_add(struct sw_store *s, int class, enum store_gap_reason reason, int64_t seq, uint32_t todo,
                  struct sw_err *err);
/** An announcement will never be sent to these: what it names is to be announced to them again. */
int store_gap_again(struct sw_store *s, int64_t id, uint32_t todo, struct sw_err *err);
int store_write_gap(struct sw_store *s, const struct store_op *op, struct sw_err *err);
bool store_gap_is_wanted(struct sw_store *s); /* outside one: somebody is there who should read of it */

/* store_items.c: documents as io/window_text.h packs them; valid until the next call of either.
 * What cannot be packed or unpacked comes back as it is. */
const void *store_pack(struct sw_store *s, const void *text, size_t *len);
const char *store_unpack(struct sw_store *s, const void *body, size_t *len);

/* store_hand.c */
bool store_hand_out(struct sw_store *s); /* @return true: it has more to look through, call again soon */
void store_hand_attach(struct sw_store *s, size_t destination, uint32_t generation); /* 0 = it went away */
void store_hand_acks(struct sw_store *s);

static inline int64_t store_lane_first(int lane)
{
    return (int64_t) lane << STORE_LANE_SHIFT;
}

static inline int store_lane_of(int64_t id)
{
    return (int) (id >> STORE_LANE_SHIFT);
}

/* ---- store_check.c ---- */

/** Look through the file once, on a thread of its own. */
void store_check_start(struct sw_store *s);
void store_check_stop(struct sw_store *s);

#endif
