// SPDX-License-Identifier: Apache-2.0
/* Which commands were taken already, for 30 days: keys in a ring in memory, their answers in the store, the newest
 * answers in memory too because they may not be committed yet. Nothing here says what a command means. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "gateway/requests_int.h"

struct entry {
    enum ledger_door door;
    char actor[SW_ID_SIZE], id[SW_REQUEST_ID_SIZE], request_id[SW_REQUEST_ID_SIZE];
    char content[65];
    int64_t at_us;
};

struct answer {
    enum ledger_door door;
    char actor[SW_ID_SIZE], id[SW_REQUEST_ID_SIZE];
    char *text;
    size_t len;
    uint64_t turn;
};

struct requests_ledger {
    struct sw_store *store;
    uint32_t key_hash[LEDGER_MAX], request_hash[LEDGER_MAX]; /* searched before the entries are looked at */
    struct entry entry[LEDGER_MAX];
    size_t n, next; /* a ring: next is where the newest goes */
    bool is_cut;    /* older ones were pushed out before their time */

    struct answer answers[LEDGER_ANSWERS_MAX];
    size_t next_answer, answer_bytes;
    enum ledger_door loading_door;
    int64_t loading_since_us;
    bool is_loaded;
    char *loaded; /* what the store gave last */
    size_t loaded_len;
    char loaded_content[65];
};

/* ---- keys ---- */

enum ledger_door requests_ledger_door(bool is_complaint, enum sw_door door)
{
    if (door == SW_DOOR_CLI || door == SW_DOOR_CONSOLE) /* the site's own people */
        return LEDGER_SITE;
    return is_complaint ? LEDGER_DESK : LEDGER_PLATFORM;
}

struct ledger_key requests_key(const struct sw_request *rq)
{
    return (struct ledger_key){requests_ledger_door(rq->kind == SW_REQUEST_COMPLAINT, rq->by.door), rq->by.id, rq->id};
}

bool requests_key_is(const struct sw_request *a, const struct sw_request *b)
{
    const struct ledger_key x = requests_key(a), y = requests_key(b);

    return x.door == y.door && strcmp(x.actor, y.actor) == 0 && strcmp(x.id, y.id) == 0;
}

static uint32_t hash_of(const char *a, const char *b)
{
    /* with the NUL between them, so that "ab", "c" is not "a", "bc" */
    return (uint32_t) sw_hash_bytes(sw_hash_bytes(SW_HASH_START, a, strlen(a) + 1), b, strlen(b));
}

static void remember(struct requests_ledger *l, const struct ledger_key *key, const char *content,
                     const char *request_id, int64_t at_us)
{
    struct entry *e = &l->entry[l->next];

    l->is_cut = l->is_cut || (l->n == LEDGER_MAX && at_us - e->at_us < LEDGER_KEPT_US);
    *e = (struct entry){.door = key->door, .at_us = at_us};
    strncpy(e->actor, key->actor, sizeof(e->actor) - 1);
    strncpy(e->id, key->id, sizeof(e->id) - 1);
    strncpy(e->request_id, request_id, sizeof(e->request_id) - 1);
    strncpy(e->content, content, sizeof(e->content) - 1);
    l->key_hash[l->next] = hash_of(e->actor, e->id);
    l->request_hash[l->next] = hash_of("", e->request_id);
    l->next = (l->next + 1) % LEDGER_MAX;
    l->n = SW_MIN(l->n + 1, (size_t) LEDGER_MAX);
}

/* The door at which a kept one came stands in its record; of schedule and configuration there is only one.
 * @param ret_given  its kind is SW_REQUEST__COUNT when it is neither a complaint nor a command on a ticket */
static enum ledger_door door_of(const struct sw_store_command *c, struct sw_request_given *ret_given)
{
    const bool is_complaint = strcmp(c->kind, "complaint") == 0;

    if ((!is_complaint && strcmp(c->kind, "ticket") != 0) ||
        sw_request_given_read(c->json, c->len, ret_given, NULL) < 0) {
        ret_given->kind = SW_REQUEST__COUNT;
        return requests_ledger_door(is_complaint, SW_DOOR_MQTT);
    }
    return requests_ledger_door(is_complaint, ret_given->kind == SW_REQUEST_COMPLAINT ? ret_given->complaint.by.door
                                                                                      : ret_given->ticket.by.door);
}

static int take_stored(void *ctx, const struct sw_store_command *c)
{
    struct sw_request_given given;
    const struct ledger_key key = {door_of(c, &given), c->actor, c->id};

    remember(ctx, &key, c->content_sha256, given.kind == SW_REQUEST_COMPLAINT ? given.complaint.service_request_id : "",
             c->at_us);
    return SW_OK;
}

int requests_ledger_new(struct sw_store *store, int64_t now_us, struct requests_ledger **ret, struct sw_err *err)
{
    struct requests_ledger *l = calloc(1, sizeof(*l));
    int rc;

    if (!l)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    l->store = store;
    rc = sw_store_load_commands(store, now_us - LEDGER_KEPT_US, take_stored, l, err);
    if (rc < 0) {
        requests_ledger_free(l);
        return rc;
    }
    *ret = l;
    return SW_OK;
}

struct requests_ledger *requests_ledger_free(struct requests_ledger *l)
{
    if (l) {
        for (size_t i = 0; i < LEDGER_ANSWERS_MAX; i++)
            free(l->answers[i].text);
        free(l->loaded);
        free(l);
    }
    return NULL;
}

/* ---- finding ---- */

static const struct entry *find_key(const struct requests_ledger *l, const struct ledger_key *key, int64_t now_us)
{
    uint32_t hash = hash_of(key->actor, key->id);

    for (size_t i = 0; i < l->n; i++)
        if (l->key_hash[i] == hash && now_us - l->entry[i].at_us < LEDGER_KEPT_US && l->entry[i].door == key->door &&
            strcmp(l->entry[i].actor, key->actor) == 0 && strcmp(l->entry[i].id, key->id) == 0)
            return &l->entry[i];
    return NULL;
}

static const struct entry *find_request(const struct requests_ledger *l, const char *request_id, int64_t now_us)
{
    uint32_t hash = hash_of("", request_id);

    for (size_t i = 0; i < l->n && *request_id; i++)
        if (l->request_hash[i] == hash && now_us - l->entry[i].at_us < LEDGER_KEPT_US &&
            strcmp(l->entry[i].request_id, request_id) == 0)
            return &l->entry[i];
    return NULL;
}

static void unload(struct requests_ledger *l)
{
    free(l->loaded);
    l->loaded = NULL;
    l->loaded_len = 0;
    l->loaded_content[0] = '\0';
    l->is_loaded = false;
}

static int take_loaded(void *ctx, const struct sw_store_command *c)
{
    struct requests_ledger *l = ctx;
    struct sw_request_given given;

    if (c->at_us < l->loading_since_us || door_of(c, &given) != l->loading_door)
        return SW_OK;
    unload(l); /* the newest counts */
    l->is_loaded = true;
    strncpy(l->loaded_content, c->content_sha256, sizeof(l->loaded_content) - 1);
    if (c->answer && (l->loaded = malloc(c->answer_len + 1))) {
        memcpy(l->loaded, c->answer, c->answer_len);
        l->loaded[c->answer_len] = '\0';
        l->loaded_len = c->answer_len;
    }
    return SW_OK;
}

/* @return whether the store has it */
static bool load(struct requests_ledger *l, const struct ledger_key *key, int64_t now_us)
{
    unload(l);
    l->loading_door = key->door;
    l->loading_since_us = now_us - LEDGER_KEPT_US;
    return sw_store_find_command(l->store, key->actor, key->id, take_loaded, l, NULL) >= 0 && l->is_loaded;
}

static void fill_answer(struct requests_ledger *l, const struct entry *e, int64_t now_us, struct ledger_hit *ret)
{
    for (size_t i = 0; i < LEDGER_ANSWERS_MAX; i++) {
        const struct answer *a = &l->answers[i];

        if (a->text && a->door == e->door && strcmp(a->actor, e->actor) == 0 && strcmp(a->id, e->id) == 0) {
            ret->answer = a->text;
            ret->len = a->len;
            ret->turn = a->turn;
            return;
        }
    }
    if (load(l, &(struct ledger_key){e->door, e->actor, e->id}, now_us)) {
        ret->answer = l->loaded;
        ret->len = l->loaded_len;
    }
}

enum ledger_found requests_ledger_find(struct requests_ledger *l, const struct ledger_key *key, const char *content,
                                       const char *request_id, int64_t now_us, struct ledger_hit *ret)
{
    const struct entry *e = find_key(l, key, now_us);

    *ret = (struct ledger_hit){.id = key->id};
    if (e && strcmp(e->content, content) != 0)
        return LEDGER_OTHER;
    if (!e)
        e = find_request(l, request_id, now_us);
    if (e) {
        ret->id = e->id;
        fill_answer(l, e, now_us, ret);
        return LEDGER_SAME;
    }
    if (!l->is_cut || !load(l, key, now_us))
        return LEDGER_NEW;
    ret->answer = l->loaded;
    ret->len = l->loaded_len;
    return strcmp(l->loaded_content, content) == 0 ? LEDGER_SAME : LEDGER_OTHER;
}

/* ---- adding ---- */

static void drop_answer(struct requests_ledger *l, struct answer *a)
{
    l->answer_bytes -= a->text ? a->len : 0;
    free(a->text);
    a->text = NULL;
}

/* The oldest give way. They were committed long before: a commit follows each command at once. */
static void keep_answer(struct requests_ledger *l, const struct ledger_key *key, const char *text, size_t len)
{
    struct answer *a = &l->answers[l->next_answer];

    drop_answer(l, a);
    for (size_t i = 1; i < LEDGER_ANSWERS_MAX && l->answer_bytes + len > LEDGER_ANSWERS_BYTES; i++)
        drop_answer(l, &l->answers[(l->next_answer + i) % LEDGER_ANSWERS_MAX]);
    *a = (struct answer){.door = key->door, .text = malloc(len + 1), .len = len, .turn = sw_store_turn(l->store)};
    if (!a->text)
        return;
    memcpy(a->text, text, len);
    a->text[len] = '\0';
    strncpy(a->actor, key->actor, sizeof(a->actor) - 1);
    strncpy(a->id, key->id, sizeof(a->id) - 1);
    l->answer_bytes += len;
    l->next_answer = (l->next_answer + 1) % LEDGER_ANSWERS_MAX;
}

void requests_ledger_add(struct requests_ledger *l, const struct ledger_key *key, const char *content,
                         const char *request_id, int64_t at_us, const char *answer, size_t len)
{
    remember(l, key, content, request_id, at_us);
    if (len)
        keep_answer(l, key, answer, len);
}

size_t requests_ledger_count(const struct requests_ledger *l)
{
    return l->n;
}

/* ---- how long a key can be relied on ---- */

bool requests_is_out_of_time(const struct sw_request *rq, int64_t now_us, const struct sw_zone *zone, char *why,
                             size_t cap)
{
    char now[SW_RFC3339_SIZE];

    sw_time_format(zone, now_us, now);
    if (rq->expires_us != INT64_MIN && rq->expires_us < now_us) {
        snprintf(why, cap, "\"expires\" has passed: here it is %s", now);
        return true;
    }
    if (rq->kind == SW_REQUEST_EVIDENCE) /* its `at` is what is asked about, and asking twice does nothing twice */
        return false;
    if (rq->at_us > now_us + REQUESTS_AHEAD_US) {
        snprintf(why, cap, "\"at\" lies more than %d min ahead: here it is %s",
                 (int) (REQUESTS_AHEAD_US / SW_US_PER_S / 60), now);
        return true;
    }
    if (rq->at_us < now_us - REQUESTS_BACK_US) {
        snprintf(why, cap,
                 "\"at\" lies more than %d days back, so nobody knows whether it was done before: here it is %s; if it "
                 "is still to be done, send it with a new \"id\" and \"at\"",
                 (int) (REQUESTS_BACK_US / SW_US_PER_S / SW_S_PER_DAY), now);
        return true;
    }
    return false;
}
