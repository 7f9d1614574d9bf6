// SPDX-License-Identifier: Apache-2.0
/* Topics of the contract, read backwards: what is this message about? */
#include "hub/document.h"

#include <stdio.h>
#include <string.h>

#include "common/ident.h"

struct part {
    const char *at;
    size_t len;
};
#define PARTS_MAX 8

static size_t split(const char *text, struct part parts[PARTS_MAX])
{
    size_t n = 0;

    for (; n < PARTS_MAX; n++) {
        parts[n] = (struct part){text, strcspn(text, "/")};
        text += parts[n].len;
        if (*text++ == '\0')
            return n + 1;
    }
    return PARTS_MAX + 1; /* deeper than anything of ours */
}

static bool is_word(const struct part *p, const char *word)
{
    return p->len == strlen(word) && memcmp(p->at, word, p->len) == 0;
}

static bool take_id(const struct part *p, char *to, size_t cap)
{
    if (p->len == 0 || p->len >= cap)
        return false;
    memcpy(to, p->at, p->len);
    to[p->len] = '\0';
    return sw_id_is_valid(to);
}

static enum hub_kind of_words(const struct part *p, const char *const *words, const enum hub_kind *kinds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_word(p, words[i]))
            return kinds[i];
    return HUB_OTHER;
}

static bool read_gateway(const struct part *p, size_t n, struct hub_place *to)
{
    static const char *const words[] = {"status", "info", "health", "config", "gap", "checkpoint"};
    static const enum hub_kind kinds[] = {HUB_STATUS, HUB_INFO, HUB_HEALTH, HUB_CONFIG, HUB_GAP, HUB_CHECKPOINT};

    if (n < 3 || !take_id(&p[1], to->gw, sizeof(to->gw)))
        return false;
    if (n == 3)
        to->kind = of_words(&p[2], words, kinds, SW_ARRAY_SIZE(words));
    else if (n == 4 && is_word(&p[2], "alert"))
        to->kind = HUB_ALERT;
    return true;
}

static bool read_sensor(const struct part *p, size_t n, struct hub_place *to)
{
    static const char *const words[] = {"meta", "live", "state", "event"};
    static const enum hub_kind kinds[] = {HUB_META, HUB_LIVE, HUB_STATE, HUB_EVENT};

    if (n < 3 || !take_id(&p[1], to->subject, sizeof(to->subject)))
        return false;
    if (n == 3)
        to->kind = of_words(&p[2], words, kinds, SW_ARRAY_SIZE(words));
    if (n != 4 || (!is_word(&p[2], "agg") && !is_word(&p[2], "backfill")))
        return true;
    to->kind = HUB_WINDOW;
    return take_id(&p[3], to->period, sizeof(to->period));
}

static bool read_rest(const struct part *p, size_t n, struct hub_place *to)
{
    if (is_word(&p[0], "gw"))
        return read_gateway(p, n, to);
    if (is_word(&p[0], "sensor"))
        return read_sensor(p, n, to);
    if (is_word(&p[0], "ticket")) {
        if (n < 2 || n > 3 || !take_id(&p[1], to->subject, sizeof(to->subject)) || (n == 3 && !is_word(&p[2], "event")))
            return false;
        to->kind = n == 2 ? HUB_TICKET : HUB_TICKET_EVENT;
        return true;
    }
    if (is_word(&p[0], "output")) {
        to->kind = HUB_OUTPUT;
        return n == 3 && is_word(&p[2], "state") && take_id(&p[1], to->subject, sizeof(to->subject));
    }
    if (n == 1 && is_word(&p[0], "summary"))
        to->kind = HUB_SUMMARY;
    else if (n == 1 && is_word(&p[0], "schedule"))
        to->kind = HUB_SCHEDULE;
    else if (n == 2 && is_word(&p[0], "cmd") && is_word(&p[1], "complaint"))
        to->kind = HUB_COMPLAINT;
    return to->kind != HUB_OTHER || is_word(&p[0], "cmd") || is_word(&p[0], "res");
}

int hub_place_read(const char *root, const char *topic, struct hub_place *ret, struct sw_err *err)
{
    const size_t root_len = strlen(root), len = strlen(topic);
    struct part parts[PARTS_MAX];
    const char *at = topic;
    size_t n;

    *ret = (struct hub_place){.relative = ""};
    if (len > HUB_TOPIC_MAX || strncmp(at, root, root_len) != 0 || strncmp(at + root_len, "/1/", 3) != 0)
        return sw_err_set(err, SW_E_INVAL, 0, "%s",
                          len > HUB_TOPIC_MAX ? "a topic that is too long" : "not under our root");
    at += root_len + 3;
    n = split(at, parts);
    if (n < 3)
        return sw_err_set(err, SW_E_INVAL, 0, "the topic names no site");
    if (is_word(&parts[0], "host") || is_word(&parts[1], "broadcast"))
        return SW_OK;
    if (!take_id(&parts[0], ret->area, sizeof(ret->area)) || !take_id(&parts[1], ret->site, sizeof(ret->site)))
        return sw_err_set(err, SW_E_INVAL, 0, "the topic names no area or no site");
    ret->relative = parts[2].at;
    if (n > PARTS_MAX || !read_rest(parts + 2, n - 2, ret))
        return sw_err_set(err, SW_E_INVAL, 0, "no topic of the contract");
    return SW_OK;
}
