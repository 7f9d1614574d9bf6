// SPDX-License-Identifier: Apache-2.0
/* A message of a gateway: which site, which document, and the facts that the hub keeps it by. Everything that comes is
 * somebody else's: it is checked and bounded here, and what is wrong costs itself only. Pure. */
#ifndef SW_HUB_DOCUMENT_H
#define SW_HUB_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/macros.h"

#define HUB_DOCUMENT_MAX (256 * 1024) /* bytes of a document */
#define HUB_TOPIC_MAX 384
#define HUB_AREA_SIZE 16
#define HUB_WORD_SIZE 24 /* a status, a class, a period, a verb, an epoch */
#define HUB_KEY_SIZE 72  /* the id of an event */
#define HUB_RANGES_MAX 20000

enum hub_kind {
    HUB_OTHER, /* of the tree, and not for us: commands, answers, logs, broadcasts */
    HUB_STATUS,
    HUB_INFO,
    HUB_HEALTH,
    HUB_ALERT,
    HUB_CONFIG,
    HUB_GAP,
    HUB_CHECKPOINT,
    HUB_META,
    HUB_LIVE,
    HUB_WINDOW,
    HUB_STATE,
    HUB_EVENT,
    HUB_OUTPUT,
    HUB_SUMMARY,
    HUB_SCHEDULE,
    HUB_TICKET,
    HUB_TICKET_EVENT,
    HUB_COMPLAINT, /* what a desk sends to a site */
    HUB_KIND__COUNT,
};

/** What a topic says. */
struct hub_place {
    enum hub_kind kind;
    char area[HUB_AREA_SIZE], site[SW_ID_SIZE];
    char gw[SW_ID_SIZE];        /* of gw/{gw}/… */
    char subject[SW_ID_SIZE];   /* the sensor, the output, the ticket */
    char period[HUB_WORD_SIZE]; /* of a window */
    const char *relative;       /* into the topic, after the site */
};

/** From worst to best as people read a wall: the higher the worse. */
enum hub_lamp { HUB_LAMP_UNKNOWN, HUB_LAMP_OK, HUB_LAMP_NEAR, HUB_LAMP_NODATA, HUB_LAMP_OVER };

struct hub_range {
    int64_t from, to;
};

/** Zero-initialise, end with hub_document_done. Texts that are absent are "", instants INT64_MIN. */
struct hub_document {
    struct hub_place place;
    bool is_deletion; /* an empty payload: no longer retained; nothing below is set */
    const char *text; /* the payload, borrowed */
    size_t len;

    int64_t ts_us;
    bool simulated;
    int64_t seq; /* 0 = it carries none */
    char gw[SW_ID_SIZE], epoch[HUB_WORD_SIZE];

    char id[HUB_KEY_SIZE];    /* of an event, a complaint */
    char word[HUB_WORD_SIZE]; /* status: state; state: state; ticket: status; event: kind; gap: reason; ticket event:
                                 verb */
    int64_t revision;         /* ticket, its event, schedule */
    char boot[HUB_WORD_SIZE]; /* status */
    int64_t since_us;         /* status, alert */
    int64_t from_us, to_us;   /* window */
    int64_t opened_us;        /* ticket */
    char category[HUB_WORD_SIZE], rank[8]; /* ticket: its class is `rank` */
    enum hub_lamp lamp;                    /* summary, ticket */
    char name[SW_NAME_SIZE];   /* info, summary: of the site; gap: class; complaint: service_request_id; alert: code */
    char detail[SW_NAME_SIZE]; /* info: address; alert: severity; complaint: by.id; ticket event: ticket */
    bool has_point;
    double lat, lon; /* info */
    int64_t pending; /* health: what waits in the outbox; -1 = not said */
    size_t n_ranges;
    struct hub_range *ranges; /* gap */
};

/** Where does it belong? @param root  "siteward"
 *  @return SW_OK, also for what is not ours (HUB_OTHER); SW_E_INVAL with a sentence: no topic of the contract */
int hub_place_read(const char *root, const char *topic, struct hub_place *ret, struct sw_err *err);

/** Read a document. @param d  place is set @return SW_OK; SW_E_INVAL with a sentence; SW_E_NOMEM */
int hub_document_read(struct hub_document *d, const char *payload, size_t len, struct sw_err *err);
void hub_document_done(struct hub_document *d);

const char *hub_lamp_name(enum hub_lamp lamp); /* "over"; "" for unknown */

#endif
