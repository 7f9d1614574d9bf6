// SPDX-License-Identifier: Apache-2.0
/* Is somebody spraying the dust sensor? A jump of the humidity at the sensor together with a drop of the dust, and
 * nothing of the kind elsewhere on the site. Pure; minute means in a small ring; no allocation.
 * Source of the rule and its figures: docs/reference/alerts.md, SW-S031. */
#ifndef SW_RULES_SPRAY_H
#define SW_RULES_SPRAY_H

#include <stdbool.h>
#include <stdint.h>

#define SW_SPRAY_MINUTES 64 /* that are remembered */
#define SW_SPRAY_WITHIN_MAX_S 1200

/** What counts as suspicious; a site's `spray:`. */
struct sw_spray_conf {
    bool is_off;
    int32_t rh_rise;   /* hundredths of % relative humidity: the jump */
    int32_t dust_drop; /* hundredths of %: the fall of the dust */
    int32_t dust_from; /* hundredths of ug/m3: with less dust than this a fall means nothing */
    int32_t within_s;  /* the jump takes no longer; a whole number of minutes */
    int32_t hold_s;    /* suspected no longer than this without a new jump */
};

/** A minute: sums of hundredths. */
struct sw_spray_minute {
    int64_t minute; /* since 1970; INT64_MIN = empty */
    int64_t rh_sum, dust_sum;
    uint32_t n_rh, n_dust;
};

/** One dust sensor with the humidity beside it. */
struct sw_spray {
    struct sw_spray_minute ring[SW_SPRAY_MINUTES];
    bool is_suspected;
    int64_t since_us;    /* start of the minute after the lowest humidity; INT64_MIN */
    int64_t until_us;    /* `hold` after the jump was seen last */
    int32_t rh_before;   /* what the humidity rose from */
    int32_t dust_before; /* and the dust fell from */
};

/** How the air is elsewhere in that minute. SW_NO_VALUE / -1 = nobody knows. */
struct sw_spray_elsewhere {
    int32_t rh_rise; /* greatest rise of humidity within `within` at another place, hundredths */
    int8_t is_wet;   /* rain now or shortly before: 1, 0, -1 */
};

void sw_spray_init(struct sw_spray *s);

/** A counted value, hundredths. Those older than the ring are ignored. */
void sw_spray_rh(struct sw_spray *s, int64_t ts_us, int32_t value);
void sw_spray_dust(struct sw_spray *s, int64_t ts_us, int32_t value);

/** By how much the humidity of a minute stands above the lowest minute before it within `within`; SW_NO_VALUE =
 *  not known. */
int32_t sw_spray_rise(const struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute);

/** A minute is over (`minute` since 1970): look at it. @return whether is_suspected changed */
bool sw_spray_minute(struct sw_spray *s, const struct sw_spray_conf *conf, int64_t minute,
                     const struct sw_spray_elsewhere *elsewhere);

#endif
