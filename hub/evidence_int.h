// SPDX-License-Identifier: Apache-2.0
/* What the files of the hub's evidence share. */
#ifndef SW_HUB_EVIDENCE_INT_H
#define SW_HUB_EVIDENCE_INT_H

#include <jansson.h>

#include "hub/evidence.h"

#define EVIDENCE_SENSORS_MAX 64 /* at the boundary of one site; more are left out */
#define EVIDENCE_PACKS_MAX 8

struct evidence_sensor {
    char id[SW_ID_SIZE];
    bool is_known; /* a window said of what it is */
    enum sw_kind kind;
    enum sw_quantity quantity;
    bool is_boundary;
};

struct evidence_run {
    struct hub_reader *r;
    const struct hub_evidence_site *site;
    struct sw_evidence_facts f;
    size_t n_sensors;
    struct evidence_sensor sensors[EVIDENCE_SENSORS_MAX];
    char gw[SW_ID_SIZE];
    size_t n_packs;
    char packs[EVIDENCE_PACKS_MAX][2][SW_ID_SIZE];
};

/** Fields of a document; SW_NO_VALUE, 0, "", INT64_MIN where there is none. */
int32_t evidence_centi(const json_t *object, const char *key);
uint32_t evidence_count(const json_t *object, const char *key);
const char *evidence_word(const json_t *object, const char *key);
int64_t evidence_instant(const json_t *object, const char *key);

/** evidence_minutes.c: sensors, parts, numbers, series. */
int evidence_minutes(struct evidence_run *run, struct sw_err *err);
/** evidence_around.c: was work allowed (before judging), then tickets, complaints, who is in charge. */
int evidence_work(struct evidence_run *run, struct sw_err *err);
int evidence_around(struct evidence_run *run, struct sw_err *err);

#endif
