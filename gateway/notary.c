// SPDX-License-Identifier: Apache-2.0
/* What the core itself has to say in the chain: with which key it signs, that it started, how the clock stands to the
 * monotonic one, and the checkpoints of each hour. Writing entries and signing is the store's. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "common/jsonw.h"
#include "common/timefmt.h"
#include "gateway/core.h"
#include "io/document.h"

#define HOUR_US (3600 * SW_US_PER_S)
#define STEP_US (250 * SW_US_PER_MS) /* from what the last entry says: `verify` holds readings to it */
#define ENTRY_MAX 512
#define LAST_WORDS_US SW_US_PER_S /* that a stop waits for the broker at most */

int core_notary_open(struct sw_core *c, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    int rc;

    snprintf(path, sizeof(path), "%s/key.ed25519", c->site->data_dir);
    rc = sw_key_load(path, &c->key, &c->is_key_new, err);
    if (rc < 0) /* a broken key is no broken store: that has an advice of its own */
        return rc == SW_E_CORRUPT ? SW_E_DENIED : rc;
    sw_key_public_text(c->key.public_key, c->public_key);
    return SW_OK;
}

size_t core_notary_render(void *ctx, const struct sw_chain_head_signed *v, int64_t seq, char *buf, size_t cap)
{
    const struct sw_core *c = ctx;
    char head[65];

    sw_hash_hex(v->hash, head);
    return sw_doc_checkpoint(&c->doc.site,
                             &(struct sw_doc_checkpoint){.n = v->n, .head = head, .signature = v->signature}, v->ts_us,
                             seq, buf, cap);
}

/* @return false: the store did not take it */
static bool put_entry(struct sw_core *c, enum sw_chain_kind kind, int64_t at_us, struct sw_jsonw *w)
{
    size_t len = 0;
    const char *json = sw_jsonw_finish(w, &len);
    int rc = json ? sw_store_put_entry(c->store, kind, at_us, json, len) : SW_E_FULL;

    if (rc < 0) {
        c->lost_total++;
        sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "an entry of kind %s is not in the chain: %s",
                    sw_chain_kind_name(kind), sw_code_name((enum sw_code) rc));
    }
    return rc >= 0;
}

/* The key is named when the chain does not name it yet. One that was replaced cannot be signed for by the old one,
 * which is gone: whoever pinned the old one is to ask. */
static void tell_key(struct sw_core *c)
{
    const char *previous = sw_store_facts(c->store)->public_key;
    char buf[ENTRY_MAX];
    struct sw_jsonw w;

    c->key_replaced_us = sw_store_facts(c->store)->key_replaced_us;
    if (strcmp(previous, c->public_key) == 0)
        return;
    c->key_replaced_us = *previous ? c->since_us : INT64_MIN;
    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_time(&w, "at", &c->site->zone, c->since_us);
    sw_jsonw_str(&w, "key_id", c->site->gateway_id);
    sw_jsonw_str(&w, "public_key", c->public_key);
    sw_jsonw_str(&w, "previous", *previous ? previous : NULL);
    sw_jsonw_null(&w, "signature");
    sw_jsonw_object_end(&w);
    put_entry(c, SW_CHAIN_KEY, c->since_us, &w);
    if (*previous)
        sw_log(SW_LOG_WARNING,
               "the signing key was replaced: %s, before it was %s; whoever holds checkpoints of this gateway is to "
               "confirm the new one",
               c->public_key, previous);
    else
        sw_log(SW_LOG_NOTICE, "signing with key %s%s", c->public_key, c->is_key_new ? ", made now" : "");
}

static void tell_boot(struct sw_core *c)
{
    char buf[ENTRY_MAX];
    struct sw_jsonw w;

    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_time(&w, "at", &c->site->zone, c->since_us);
    sw_jsonw_str(&w, "boot", c->boot);
    sw_jsonw_str(&w, "config_sha256", c->site->config_sha256);
    sw_jsonw_uint(&w, "first_number", sw_store_facts(c->store)->last_number + 1);
    sw_jsonw_str(&w, "sw_version", c->doc.site.sw_version);
    sw_jsonw_object_end(&w);
    put_entry(c, SW_CHAIN_BOOT, c->since_us, &w);
}

static void read_clocks(const struct sw_core *c, int64_t *ret_utc_us, int64_t *ret_mono_us)
{
    sw_clock_at(c->clock, sw_mono_real_us(), ret_utc_us, ret_mono_us);
}

/* Readings are chained by the monotonic clock: these entries say what time of day that was. */
static void tell_clock(struct sw_core *c, const char *reason)
{
    int64_t utc_us, mono_us;
    struct timex kernel = {0};
    int state = c->clock->simulated ? -1 : ntp_adjtime(&kernel);
    char buf[ENTRY_MAX];
    struct sw_jsonw w;

    read_clocks(c, &utc_us, &mono_us);
    sw_jsonw_init(&w, buf, sizeof(buf));
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "boot", c->boot);
    sw_jsonw_int(&w, "mono_us", mono_us);
    sw_jsonw_str(&w, "reason", reason);
    if (state < 0) /* nobody knows: an invented clock, or a kernel that does not tell */
        sw_jsonw_null(&w, "synced");
    else
        sw_jsonw_bool(&w, "synced", state != TIME_ERROR);
    sw_jsonw_int(&w, "utc_us", utc_us);
    sw_jsonw_object_end(&w);
    if (put_entry(c, SW_CHAIN_CLOCK, utc_us, &w)) /* else the next look tries again */
        c->clock_offset_us = utc_us - mono_us;
}

void core_notary_checkpoint(struct sw_core *c)
{
    int64_t now_us = sw_clock_utc_us(c->clock);
    int rc = sw_store_put_checkpoint(c->store, c->seq + 1, now_us);

    if (rc >= 0) {
        c->seq++;
        c->wants_commit = true;
        return;
    }
    c->lost_total++;
    sw_complain(&c->store_complaint, sw_mono_real_us(), SW_LOG_ERR, "a checkpoint could not be given to the store: %s",
                sw_code_name((enum sw_code) rc));
}

void core_notary_start(struct sw_core *c)
{
    int64_t utc_us, mono_us;

    read_clocks(c, &utc_us, &mono_us);
    c->checkpoint_hour = utc_us / HOUR_US;
    tell_key(c);
    tell_boot(c);
    tell_clock(c, "start");
}

void core_notary_clock(struct sw_core *c)
{
    int64_t utc_us, mono_us, moved_us;

    read_clocks(c, &utc_us, &mono_us);
    moved_us = utc_us - mono_us - c->clock_offset_us;
    if (moved_us > STEP_US || moved_us < -STEP_US)
        tell_clock(c, "step");
}

void core_notary_tick(struct sw_core *c)
{
    int64_t utc_us, mono_us;

    core_notary_clock(c);
    read_clocks(c, &utc_us, &mono_us);
    if (utc_us / HOUR_US != c->checkpoint_hour) {
        c->checkpoint_hour = utc_us / HOUR_US;
        tell_clock(c, "hour");
        core_notary_checkpoint(c);
    }
}

/* The checkpoint of a stop is worth most where nobody here can change it. A broker that does not answer gets it at the
 * next start. */
void core_notary_last_words(struct sw_core *c)
{
    int64_t until_us = sw_mono_real_us() + LAST_WORDS_US;
    struct sw_uplink_status uplink;
    struct sw_store_status store;

    if (!c->uplink || !c->store)
        return;
    do {
        sw_uplink_status(c->uplink, &uplink);
        sw_store_status(c->store, &store);
        if (!uplink.is_connected || store.outbox_pending[SW_LANE_ALARM] <= 0)
            return;
        poll(NULL, 0, 10);
    } while (sw_mono_real_us() < until_us);
}

void core_notary_wipe(struct sw_core *c)
{
    sw_key_wipe(&c->key);
}
