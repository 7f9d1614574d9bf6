// SPDX-License-Identifier: Apache-2.0
/* Virtual days for the engine: a site, levels as a function of time, and what came of it. */
#ifndef SW_TESTS_ENGINE_VIRTUAL_H
#define SW_TESTS_ENGINE_VIRTUAL_H

#include "../unit/test.h"

#include "gateway/engine.h"

#define NORTH 0 /* sensors of site.yaml, in its order */
#define SOUTH 1
#define DUST 2
#define CAMERA 3
#define WIND 4 /* from here on only in everything.yaml */
#define RAIN 5
#define RH 6
#define MIST 7
#define COUNTY 8

#define SEEN_MAX 4096

/** What an effect said, copied at the moment it was said. */
struct seen {
    enum sw_effect_kind kind;
    int64_t ts_us;
    uint16_t sensor;
    enum sw_state state; /* STATE: of the worst rule */
    char rule[2 * SW_ID_SIZE];
    struct sw_window_result window;
    struct sw_alert alert;
    char ticket[16];
    uint32_t revision;
    enum sw_origin origin;
    enum sw_stage stage;
    enum sw_status status;
    enum sw_verb verb;
    uint64_t count; /* SENSOR_EVENT */
};

struct virtual_site {
    struct sw_site *site;
    struct sw_engine *engine;
    size_t cap;           /* effects a step may write */
    int64_t tick_windows; /* windows seen, of all kinds (not kept in seen[] unless keep_windows) */
    bool keep_windows;
    size_t n;
    struct seen seen[SEEN_MAX];
};

/** A site from tests/engine/site.yaml. */
struct virtual_site *virtual_new(void);
/** A site from tests/engine/everything.yaml, its configuration changed before the engine is made. */
struct virtual_site *virtual_new_with(void (*change)(struct sw_site *site));
/** A site from another file of this folder, as it stands. */
struct virtual_site *virtual_new_from(const char *file);
struct virtual_site *virtual_free(struct virtual_site *v);

int64_t at(const char *rfc3339);

void virtual_feed(struct virtual_site *v, const struct sw_input *in);
/** One reading; NaN with flag B when the value is NaN. */
void virtual_reading(struct virtual_site *v, uint16_t sensor, enum sw_quantity q, int64_t ts_us, double value);
/** A second apart from..to: the level of `sensor` is value(t) and the other noise sensor is quiet at 40 dB. */
void virtual_levels(struct virtual_site *v, uint16_t sensor, int64_t from_us, int64_t to_us, double level);

/** First thing seen of a kind (and, for tickets, of a stage; -1 = any) at or after index *i; NULL = none. */
const struct seen *virtual_find(const struct virtual_site *v, enum sw_effect_kind kind, int stage, size_t *i);
size_t virtual_count_tickets(const struct virtual_site *v);

#endif
