// SPDX-License-Identifier: Apache-2.0
/* The core: one event loop that owns engine, tickets and HTTP, fed by bus workers and feeding store and uplink.
 * Its files: core.c wires and turns, publish.c sends effects out, restore.c rebuilds after a restart, pages.c answers
 * HTTP. Nobody outside gateway/ includes this; main.c uses the four functions at the top. */
#ifndef SW_GATEWAY_CORE_H
#define SW_GATEWAY_CORE_H

#include "common/clock.h"
#include "common/log.h"
#include "common/mailbox.h"
#include "config/site.h"
#include "gateway/doc_site.h"
#include "gateway/engine.h"
#include "gateway/restore.h"
#include "gateway/store.h"
#include "gateway/uplink.h"
#include "common/timefmt.h"
#include "io/http.h"
#include "io/loop.h"
#include "sensors/bus_worker.h"

struct sw_core;

struct sw_core_params {
    const struct sw_site *site;   /* must outlive the core */
    const struct sw_clock *clock; /* the same */
    const char *config_file;      /* which the site was read from, to be kept for replays; NULL = do not */
    struct sw_config_seen *seen;  /* of reading it: what is in it goes over to the core. NULL = it is not read again */
};

/** Open the store, rebuild the engine, start the workers. @return SW_OK or the first error in words */
int sw_core_new(const struct sw_core_params *p, struct sw_core **ret, struct sw_err *err);
/** Run until SIGTERM or SIGINT. */
int sw_core_run(struct sw_core *c, struct sw_err *err);
/** Stop the workers in order, commit, close. NULL is fine; always returns NULL. */
struct sw_core *sw_core_free(struct sw_core *c);

/** Where the clock stands to the engine's time. */
enum core_clock {
    CORE_CLOCK_NEAR,
    CORE_CLOCK_AHEAD, /* after a sleep or a step: the engine follows in pieces */
    CORE_CLOCK_LOST,  /* stepped back, or by days: the engine cannot follow, a start from the store can */
};

#define CORE_PIECE_US SW_RESTORE_PIECE_US                   /* engine time that one turn may pass */
#define CORE_STEP_BACK_US (10 * SW_US_PER_S)                /* less goes by while readings replace each other */
#define CORE_STEP_AHEAD_US (2 * SW_S_PER_DAY * SW_US_PER_S) /* as far as a restart looks back */

#define CORE_FX_MAX 256
#define CORE_READINGS_MAX 8192 /* in the mailbox of the bus workers: 8 s of 1,000 readings a second */
#define CORE_BATCH_MAX 256     /* readings taken in one turn, so that no turn is long */

/** What the core remembers of a sensor besides what the engine knows. */
struct core_sensor {
    int64_t live_due_us;                           /* engine time from which the next live value is published */
    int64_t published_to_us[SW_JUDGE_WINDOWS_MAX]; /* until when windows are published, by the judge's window */
};

#define CORE_PAUSE_BUS_MAX_US (3600 * SW_US_PER_S) /* a line may be lent for so long at once */

struct core_device_set {
    struct sw_bus_worker *worker;
    struct sw_device *devices;
    size_t n;
};

struct core_alerts;     /* alerts.c */
struct core_queries;    /* query.c */
struct core_schedule;   /* schedule.c */
struct core_snapshots;  /* snapshot.c */
struct core_inputs;     /* inputs.c */
struct core_links;      /* platform.c */
struct core_outputs;    /* outputs_int.h */
struct core_requests;   /* requests.c */
struct core_broadcast;  /* broadcast.c */
struct core_doors;      /* doors.c */
struct core_config;     /* reload.c */
struct core_neighbours; /* neighbour.c */
struct core_web;        /* web.c */
struct core_console;    /* console_int.h */
struct sw_accounts;     /* io/accounts.h */

struct sw_core {
    const struct sw_site *site;
    const char *config_file;
    const struct sw_clock *clock;
    struct sw_loop *loop;
    struct sw_engine *engine;
    struct sw_store *store;
    struct sw_uplink *uplink; /* to the platform, destination 0 of the store; NULL without one in the configuration */
    struct sw_uplink *mirrors[SW_STORE_DESTINATIONS_MAX - 1]; /* destination 1 and up: get what goes up, ask nothing */
    size_t n_mirrors;
    uint64_t gap_turn;        /* of the store: the last announcement of what was shed */
    struct sw_uplink *only;   /* while one uplink alone is posted to, uplinks.c; NULL = all */
    struct core_links *links; /* to them, platform.c; NULL the same */
    struct sw_http *http;
    struct core_web *web;         /* NULL: not yet */
    struct core_console *console; /* the same */
    struct sw_accounts *accounts; /* the same */
    struct sw_mailbox *readings;  /* struct sw_reading, from the bus workers */
    struct core_device_set *buses;
    struct sw_doc_site_owner doc;
    struct core_sensor *sensors;
    struct core_alerts *alerts;
    struct core_queries *queries;
    struct core_outputs *outputs; /* NULL: none in the configuration, or not yet */
    struct core_inputs *inputs;
    struct core_snapshots *snapshots; /* NULL: no cameras */
    struct core_schedule *schedule;   /* NULL: no files in the configuration, and none was ever given */
    struct core_requests *requests;   /* NULL: not yet */
    struct core_doors *doors;         /* the same */
    struct core_broadcast *broadcast; /* the same */
    struct core_config *config;       /* NULL: not yet, or there is no file to read again */
    struct core_neighbours *neighbours;
    int64_t health_due_us; /* engine time */

    struct sw_mailbox *written; /* struct sw_bus_written, from the bus workers */
    struct sw_source *written_source;
    void (*written_fn)(void *ctx, const struct sw_bus_written *written);
    void *written_ctx;

    struct sw_source *readings_source, *tick_source, *sigterm_source, *sigint_source, *sighup_source;

    struct sw_key key;
    char public_key[SW_PUBLIC_KEY_TEXT_SIZE]; /* "ed25519:…" */
    bool is_key_new;
    int64_t key_replaced_us;                  /* when this key took the place of another; INT64_MIN = it is the first */
    int64_t clock_offset_us, checkpoint_hour; /* notary.c */

    char boot[17];
    int64_t since_us;   /* start of this run, engine time */
    int64_t begun_us;   /* start of the run before; 0 = there was none */
    int64_t seq;        /* number of the last outbox document */
    int64_t lost_total; /* documents that could not be staged */
    bool is_restored;   /* the engine holds what the store held: only then may its state replace that */
    bool wants_commit;
    bool is_clock_lost;
    char service_line[160]; /* service.c: what the service manager was told last */

    struct sw_complaint store_complaint;
    struct sw_effect fx[CORE_FX_MAX];
    struct sw_reading batch[CORE_BATCH_MAX];
    bool batch_late[CORE_BATCH_MAX];
    char doc_buf[SW_DOCUMENT_MAX];
};

/* publish.c */
/** Render one effect and hand it to the store or the uplink. */
void core_publish(struct sw_core *c, const struct sw_effect *fx);
/** Until when windows of a sensor and period are published; NULL when the sensor has none of that name. */
int64_t *core_published_to(struct sw_core *c, size_t sensor, const char *period);
/** What holds now of what may change without a restart (reload.h); of everything else `site`. */
const struct sw_site *core_settings(const struct sw_core *c);
/** All retained documents again: after the broker took the session anew. */
void core_publish_state(struct sw_core *c);
/** What must not be lost when the program ends in order: every rule's state with its timers, and what was learned. */
void core_keep_all(struct sw_core *c);
/** A picture came: an event of that sensor. */
void core_publish_media(struct sw_core *c, uint16_t sensor, const struct sw_media_event *v, int64_t ts_us);
/** The next instant of the engine, strictly after everything that came before: a replay then finds the same order by
 *  time alone. */
int64_t core_next_instant_us(const struct sw_core *c);
/** Let what this turn staged be committed, now if something changed that must not be lost. */
void core_end_turn(struct sw_core *c);

/* core.c */
/** Give one input to the engine and publish what it brings about. *ret_late (may be NULL): the reading came too late.
 */
void core_feed(struct sw_core *c, const struct sw_input *in, bool *ret_late);

enum core_clock core_look_at_clock(int64_t engine_us, int64_t now_us);

/* buses.c */
/** Start a worker for each bus. After the store, whose mailbox the readings go to. */
int core_buses_new(struct sw_core *c, struct sw_err *err);
void core_buses_free(struct sw_core *c); /* stops them; what they delivered stays in the mailbox */
bool core_buses_beat(const struct sw_core *c, int64_t max_us);
/** Order a write. @return SW_OK; SW_E_NOTFOUND; SW_E_FULL; SW_E_INVAL. Recording it is up to the caller. */
int core_write(struct sw_core *c, size_t bus, const struct sw_bus_write *w);
/** Who is told on the core's thread what became of each order; one only. */
void core_on_written(struct sw_core *c, void (*fn)(void *ctx, const struct sw_bus_written *written), void *ctx);
/** Lend a line to somebody else for so long from now on; 0 takes it back.
 *  @return SW_OK; SW_E_NOTFOUND; SW_E_INVAL longer than CORE_PAUSE_BUS_MAX_US */
int core_bus_pause(struct sw_core *c, const char *bus_id, int64_t for_us);
bool core_bus_is_paused(const struct sw_core *c, const char *bus_id); /* the worker has let go of it */
struct sw_jsonw;
/** "bus": […] with the counts of each bus and its devices. */
void core_buses_render(const struct sw_core *c, struct sw_jsonw *w);

/* start.c */
/** Where the last run ended, from there on: the engine stands at the clock's time afterwards. */
int core_restore(struct sw_core *c, struct sw_err *err);
/** Note down that a run begins, and with which configuration. */
void core_keep_run(struct sw_core *c);

/* notary.c: what the core itself says in the chain, and its signatures */
/** The gateway's key, made at the first start. Before the store, which signs with it. */
int core_notary_open(struct sw_core *c, struct sw_err *err);
void core_notary_wipe(struct sw_core *c); /* after the store */
/** For the store: render a checkpoint, on its thread. */
size_t core_notary_render(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf, size_t cap);
/** That a run begins: key, boot, clock. After the documents' site. */
void core_notary_start(struct sw_core *c);
/** Each second: a step of the clock, and what is due each full hour. */
void core_notary_tick(struct sw_core *c);
/* Tells a step of the clock. Called before readings are stored: if the power goes, the chain says of which clock they
 * are. */
void core_notary_clock(struct sw_core *c);
void core_notary_checkpoint(struct sw_core *c);
/** At a stop: give the uplink a moment to send what was committed last. */
void core_notary_last_words(struct sw_core *c);

/* schedule.c */
/** What was stored last, and looking after the site's files from now on. Before core_restore. */
int core_schedule_new(struct sw_core *c, struct sw_err *err);
const struct sw_schedule *core_schedule_now(const struct sw_core *c); /* NULL = none */
/** Begin looking after the files; the first import starts. */
int core_schedule_start(struct sw_core *c, struct sw_err *err);
/** Import the files again, changed or not. */
void core_schedule_again(struct sw_core *c);
/** After the engine is gone: it borrows the schedule. */
void core_schedule_free(struct sw_core *c);

/* inputs.c */
/** Open the contacts on lines of the machine; one that is not there is looked for later. After core_restore. */
int core_inputs_new(struct sw_core *c, struct sw_err *err);
/** How a contact is: "normal", or "fault" (its line is lost, or it changes too often to be told); NULL: it is none. */
const char *core_input_state(const struct sw_core *c, size_t sensor);
/** Let go of the lines. What they delivered stays in the mailbox. */
void core_inputs_free(struct sw_core *c);

/* pages.c */
void core_page(void *ctx, const struct sw_http_request *req, struct sw_http_response *res);

/* page_bus.c */
/** The list of lines, and the lease of one. @return whether it was one of these pages */
bool core_page_bus(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

#endif
