// SPDX-License-Identifier: Apache-2.0
/* Stored tickets and rule states: every member comes back, and a member that is added to a struct and forgotten in the
 * table is found. The structs' members stand here a second time, on purpose: each with its place, so that a byte that
 * belongs to no known member fails the test. */
#include "test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/ticket_state.h"

#define ROUNDS 500

static uint64_t random_state = 88172645463325252u;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

enum kind { TEXT, U32, I32, I64, FLAG, PROBABILITY, CHOICE, SIZE, BLOCK };

/** A member: where it is, and what values it may have. BLOCK is not looked into: its own table says what it holds. */
struct member {
    const char *name;
    size_t offset, size;
    enum kind kind;
    unsigned n; /* CHOICE: values 0 … n − 1; SIZE: 0 … n */
};

/* clang-format off */
#define AT(type, m, kind, n) {#m, offsetof(struct type, m), sizeof(((struct type *) 0)->m), kind, n}
#define T(m, kind) AT(sw_ticket, m, kind, 0)
#define T_CHOICE(m, n) AT(sw_ticket, m, CHOICE, n)
#define T_SIZE(m, most) AT(sw_ticket, m, SIZE, most)

static const struct member ticket_members[] = {
    T(id, TEXT), T(number, TEXT), T(matter_key, TEXT), T(previous, TEXT), T(revision, U32),
    T_CHOICE(origin, SW_ORIGIN__COUNT), T_CHOICE(category, SW_CATEGORY__COUNT), T_CHOICE(stage, SW_STAGE__COUNT),
    T_CHOICE(attribution, SW_ATTRIBUTION_SITE + 1), T_CHOICE(class_, SW_CLASS__COUNT),
    T_CHOICE(status, SW_STATUS__COUNT), T(event_revision, U32), T(reopens, U32), T(averted_acted, I32),
    T(opened_us, I64), T(changed_us, I64), T(ended_us, I64), T(sensor, TEXT), T(rule, TEXT), T(pack_version, TEXT),
    T(period, TEXT), T(period_is_night, FLAG), T(quantity, TEXT), T(unit, TEXT), T(statistic, TEXT), T(limit, I32),
    T(forecast_at_us, I64), T(crosses_at_us, I64), T(probability, PROBABILITY), T(budget_s, I32), T(worst, I32),
    T(max, I32), T(over_by, I32), T(measured_from_us, I64), T(measured_to_us, I64), T(measured_is_good, FLAG),
    T_CHOICE(work.state, SW_WORK__COUNT), T(work.permitted, I32), T(work_at_us, I64), T(schedule_revision, I32),
    T(rejudged_at_us, I64), T_CHOICE(rejudged.state, SW_WORK__COUNT), T(rejudged.permitted, I32),
    T(assignee.unit, TEXT), T(assignee.person, TEXT), T(assignee.phone, TEXT), T(assignee.department, TEXT),
    T(assignee.street, TEXT), T(agency_responsible, TEXT), T(respond_by_us, I64), T(dispatch_by_us, I64),
    T(resolve_by_us, I64), T(responded_us, I64), T(dispatched_us, I64), T(escalated, FLAG), T(returned, FLAG),
    T(suspended, FLAG), T(forced, FLAG), T(acted, FLAG), T_CHOICE(overdue, 8), T(suspended_until_us, I64),
    T(returns, U32), T_CHOICE(reminded, 16), T(resolve_in_workdays, FLAG), T(is_enquiry, FLAG), T(measure, TEXT),
    T(resolution, TEXT), T(satisfaction, TEXT), T(merged_into, TEXT), T(rests_since_us, I64), T(resolve_rests_since_us, I64), T(calls, U32),
    T(callers, U32), T(repeat_callers, U32), T(shared_callers, U32), T(shared_repeat_callers, U32), T(raised_by_callers, FLAG), T(history_total, U32), T_SIZE(n_history, SW_HISTORY_MAX),
    T(history, BLOCK), T_SIZE(n_evidence, SW_EVIDENCE_MAX), T(evidence, BLOCK),
};
/* clang-format on */

static const struct member history_members[] = {
    AT(sw_history, verb, CHOICE, SW_VERB__COUNT),
    AT(sw_history, stage, CHOICE, SW_STAGE__COUNT),
    AT(sw_history, at_us, I64, 0),
    AT(sw_history, by.id, TEXT, 0),
    AT(sw_history, by.role, CHOICE, SW_ROLE__COUNT),
    AT(sw_history, by.door, CHOICE, SW_DOOR__COUNT),
    AT(sw_history, forced, FLAG, 0),
};

static const struct member evidence_members[] = {
    AT(sw_evidence, id, TEXT, 0),   AT(sw_evidence, kind, TEXT, 0), AT(sw_evidence, sha256, TEXT, 0),
    AT(sw_evidence, at_us, I64, 0), AT(sw_evidence, bytes, I64, 0),
};

/* What a restart needs of a rule. */
static const struct member rule_members[] = {
    AT(sw_rule_state, state, CHOICE, SW_STATE__COUNT),
    AT(sw_rule_state, previous, CHOICE, SW_STATE__COUNT),
    AT(sw_rule_state, held, CHOICE, SW_STATE__COUNT),
    AT(sw_rule_state, since_us, I64, 0),
    AT(sw_rule_state, value, I32, 0),
    AT(sw_rule_state, over_since_us, I64, 0),
    AT(sw_rule_state, below_since_us, I64, 0),
    AT(sw_rule_state, likely_since_us, I64, 0),
    AT(sw_rule_state, unlikely_since_us, I64, 0),
    AT(sw_rule_state, episode_from_us, I64, 0),
    AT(sw_rule_state, episode_worst, I32, 0),
    AT(sw_rule_state, episode_max, I32, 0),
    AT(sw_rule_state, reported_worst, I32, 0),
    AT(sw_rule_state, reported_us, I64, 0),
    AT(sw_rule_state, count_day, I32, 0),
    AT(sw_rule_state, over_count, I32, 0),
    AT(sw_rule_state, over_in_row, I32, 0),
    AT(sw_rule_state, likely, PROBABILITY, 0),
    AT(sw_rule_state, asked, I64, 0),
};

/* And what it makes anew: what points into the configuration, and what the first judgement says. */
static const struct member rule_members_made_anew[] = {
    AT(sw_rule_state, pack, BLOCK, 0),
    AT(sw_rule_state, rule, BLOCK, 0),
    AT(sw_rule_state, in_force, BLOCK, 0),
    AT(sw_rule_state, forecast, BLOCK, 0),
};

/* ---- places: no byte of a struct without a member, but padding ---- */

static void mark(const struct member *m, size_t n, unsigned char *is_known)
{
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < m[i].size; b++) {
            CHECK(!is_known[m[i].offset + b], "%s overlaps another member", m[i].name);
            is_known[m[i].offset + b] = 1;
        }
}

/* Where the compiler can say which bytes are padding, every other byte must be known. Where it cannot, a hole may be no
 * longer than alignment makes it, and a small new member could hide in one. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define HAS_PADDING_BUILTIN 1
#endif
#endif
#ifdef HAS_PADDING_BUILTIN
#define BYTES_IN_USE(type, bytes)                                                                                      \
    do {                                                                                                               \
        static struct type filled;                                                                                     \
        memset(&filled, 0xFF, sizeof(filled));                                                                         \
        __builtin_clear_padding(&filled);                                                                              \
        memcpy(bytes, &filled, sizeof(filled));                                                                        \
    } while (0)
#else
#define BYTES_IN_USE(type, bytes) hide_small_holes(bytes, is_known, sizeof(struct type), _Alignof(struct type))

static void hide_small_holes(unsigned char *bytes, const unsigned char *is_known, size_t size, size_t align)
{
    for (size_t i = 0, n; i < size; i += n + 1) {
        for (n = 0; i + n < size && !is_known[i + n]; n++)
            ;
        memset(bytes + i, n < align ? 0 : 0xFF, n);
    }
}
#endif

#define CHECK_ALL_KNOWN(type, is_known)                                                                                \
    do {                                                                                                               \
        static unsigned char in_use[sizeof(struct type)];                                                              \
        BYTES_IN_USE(type, in_use);                                                                                    \
        for (size_t i = 0; i < sizeof(struct type); i++)                                                               \
            CHECK(!in_use[i] || (is_known)[i],                                                                         \
                  "struct " #type " has a member at byte %zu that this test does not know: add it here and to the "    \
                  "table of ticket_state.c",                                                                           \
                  i);                                                                                                  \
    } while (0)

static void every_byte_of_a_ticket_belongs_to_a_member_that_is_known_here(void **state)
{
    static unsigned char is_known[sizeof(struct sw_ticket)];

    (void) state;
    mark(ticket_members, SW_ARRAY_SIZE(ticket_members), is_known);
    CHECK_ALL_KNOWN(sw_ticket, is_known);
}

static void every_byte_of_an_evidence_entry_belongs_to_a_member_that_is_known_here(void **state)
{
    static unsigned char is_known[sizeof(struct sw_evidence)];

    (void) state;
    mark(evidence_members, SW_ARRAY_SIZE(evidence_members), is_known);
    CHECK_ALL_KNOWN(sw_evidence, is_known);
}

static void every_byte_of_a_history_entry_belongs_to_a_member_that_is_known_here(void **state)
{
    static unsigned char is_known[sizeof(struct sw_history)];

    (void) state;
    mark(history_members, SW_ARRAY_SIZE(history_members), is_known);
    CHECK_ALL_KNOWN(sw_history, is_known);
}

static void every_byte_of_a_rule_state_belongs_to_a_member_that_is_known_here(void **state)
{
    static unsigned char is_known[sizeof(struct sw_rule_state)];

    (void) state;
    mark(rule_members, SW_ARRAY_SIZE(rule_members), is_known);
    mark(rule_members_made_anew, SW_ARRAY_SIZE(rule_members_made_anew), is_known);
    CHECK_ALL_KNOWN(sw_rule_state, is_known);
}

/* ---- values ---- */

static void fill_text(char *text, size_t size)
{
    static const char *const pieces[] = {"a", "7", "-", "北", "é", "\"", "\\", "\n", "\x01", "\x7f", " ", "/", "𝄞"};
    size_t len = 0, wanted = random_u64() % size; /* size − 1 included: full to the last byte */

    if (random_u64() % 4 == 0)
        wanted = size - 1;
    while (len < wanted) {
        const char *piece = pieces[random_u64() % SW_ARRAY_SIZE(pieces)];

        if (len + strlen(piece) > wanted)
            piece = "x";
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    text[len] = '\0';
}

static void fill_member(const struct member *m, void *base)
{
    static const int64_t ends_i64[] = {INT64_MIN, INT64_MAX, 0, -1};
    static const int32_t ends_i32[] = {INT32_MIN, INT32_MAX, 0, -1};
    void *at = (char *) base + m->offset;
    const uint64_t r = random_u64();
    const int64_t i64 = r % 4 ? (int64_t) random_u64() : ends_i64[r / 4 % 4];
    const int32_t i32 = r % 4 ? (int32_t) random_u64() : ends_i32[r / 4 % 4];
    const double probability = r % 5 ? (double) (random_u64() % 1000001) / 1e6 : NAN; /* kept to six decimals */

    switch (m->kind) {
    case TEXT:
        fill_text(at, m->size);
        break;
    case U32:
    case I32:
        assert_int_equal(m->size, sizeof(i32));
        memcpy(at, &i32, sizeof(i32));
        break;
    case I64:
        assert_int_equal(m->size, sizeof(i64));
        memcpy(at, &i64, sizeof(i64));
        break;
    case FLAG:
        assert_int_equal(m->size, sizeof(bool));
        *(bool *) at = r % 2;
        break;
    case PROBABILITY:
        memcpy(at, &probability, sizeof(probability));
        break;
    case CHOICE:
        assert_int_equal(m->size, sizeof(unsigned));
        *(unsigned *) at = (unsigned) (r % m->n);
        break;
    case SIZE:
        *(size_t *) at = r % 3 ? r / 3 % (m->n + 1) : m->n;
        break;
    case BLOCK:
        break;
    }
}

static void fill_members(const struct member *m, size_t n, void *base)
{
    for (size_t i = 0; i < n; i++)
        fill_member(&m[i], base);
}

static bool is_same(const struct member *m, const void *a, const void *b)
{
    const void *x = (const char *) a + m->offset, *y = (const char *) b + m->offset;
    double p, q;

    switch (m->kind) {
    case BLOCK:
        return true;
    case TEXT:
        return strcmp(x, y) == 0;
    case PROBABILITY:
        memcpy(&p, x, sizeof(p));
        memcpy(&q, y, sizeof(q));
        return (isnan(p) && isnan(q)) || p == q;
    default:
        return memcmp(x, y, m->size) == 0;
    }
}

static void check_same(const char *what, const struct member *m, size_t n, const void *a, const void *b)
{
    for (size_t i = 0; i < n; i++)
        CHECK(is_same(&m[i], a, b), "%s: '%s' did not come back", what, m[i].name);
}

static void fill_ticket(struct sw_ticket *t)
{
    memset(t, 0, sizeof(*t));
    fill_members(ticket_members, SW_ARRAY_SIZE(ticket_members), t);
    if (!t->id[0])
        t->id[0] = 'x';
    t->averted_acted = t->averted_acted % 2; /* not averted, lapsed, acted: nothing else is taken */
    for (size_t i = 0; i < t->n_history; i++)
        fill_members(history_members, SW_ARRAY_SIZE(history_members), &t->history[i]);
    for (size_t i = 0; i < t->n_evidence; i++)
        fill_members(evidence_members, SW_ARRAY_SIZE(evidence_members), &t->evidence[i]);
}

static void every_member_of_a_ticket_comes_back(void **state)
{
    static struct sw_ticket t, got;
    static char json[2 * SW_TICKET_STATE_MAX]; /* texts full of control characters are longer than real ones */
    struct sw_err err = {0};

    (void) state;
    for (int round = 0; round < ROUNDS; round++) {
        fill_ticket(&t);
        const size_t len = sw_ticket_state_write(&t, json, sizeof(json));

        CHECK(len > 0, "round %d: it does not fit", round);
        memset(&got, 0xA5, sizeof(got));
        CHECK(sw_ticket_state_read(json, len, &got, &err) == SW_OK, "round %d: %s", round, err.msg);
        check_same("ticket", ticket_members, SW_ARRAY_SIZE(ticket_members), &t, &got);
        for (size_t i = 0; i < t.n_history; i++)
            check_same("history", history_members, SW_ARRAY_SIZE(history_members), &t.history[i], &got.history[i]);
        for (size_t i = 0; i < t.n_evidence; i++)
            check_same("evidence", evidence_members, SW_ARRAY_SIZE(evidence_members), &t.evidence[i], &got.evidence[i]);
    }
}

static void every_member_of_a_rule_state_that_a_restart_needs_comes_back(void **state)
{
    struct sw_rule_state r, got;
    char json[SW_RULE_STATE_MAX];
    struct sw_err err = {0};

    (void) state;
    for (int round = 0; round < ROUNDS; round++) {
        memset(&r, 0, sizeof(r));
        fill_members(rule_members, SW_ARRAY_SIZE(rule_members), &r);
        const size_t len = sw_rule_state_write(&r, json, sizeof(json));

        CHECK(len > 0, "round %d: it does not fit", round);
        memset(&got, 0xA5, sizeof(got));
        CHECK(sw_rule_state_read(json, len, &got, &err) == SW_OK, "round %d: %s", round, err.msg);
        check_same("rule state", rule_members, SW_ARRAY_SIZE(rule_members), &r, &got);
        CHECK(isnan(got.forecast.probability) && got.forecast.crosses_at_us == INT64_MIN &&
                  got.forecast.budget_s == -1 && got.forecast.level_now == SW_NO_VALUE,
              "a forecast that nobody made must be unknown");
    }
}

/* Counted by a foreign parser, which refuses a name that stands twice. */
static void the_stored_json_has_one_member_for_each_of_the_structs(void **state)
{
    static struct sw_ticket t;
    static char json[SW_TICKET_STATE_MAX];
    json_t *root;
    size_t len;

    (void) state;
    fill_ticket(&t);
    t.n_history = 1;
    memset(&t.history, 0, sizeof(t.history));
    len = sw_ticket_state_write(&t, json, sizeof(json));
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    /* n_history and n_evidence are the lengths of the lists */
    assert_int_equal(json_object_size(root), SW_ARRAY_SIZE(ticket_members) - 2);
    assert_int_equal(json_object_size(json_array_get(json_object_get(root, "history"), 0)),
                     SW_ARRAY_SIZE(history_members));
    json_decref(root);
}

/* The longest ticket that is ordinary text (quotes escaped, no control characters) fits into its room. */
static void the_fullest_ticket_fits(void **state)
{
    static struct sw_ticket t;
    static char json[SW_TICKET_STATE_MAX];

    (void) state;
    fill_ticket(&t);
    t.n_history = SW_HISTORY_MAX;
    for (size_t i = 0; i < SW_ARRAY_SIZE(ticket_members); i++)
        if (ticket_members[i].kind == TEXT)
            memset((char *) &t + ticket_members[i].offset, '"', ticket_members[i].size - 1);
        else if (ticket_members[i].kind == I64)
            *(int64_t *) (void *) ((char *) &t + ticket_members[i].offset) = INT64_MIN;
    for (size_t i = 0; i < t.n_history; i++) {
        t.history[i] = (struct sw_history){.verb = SW_VERB_DISPATCH,
                                           .stage = SW_STAGE_RECOVERED,
                                           .at_us = INT64_MIN,
                                           .by = {.role = SW_ROLE_AUTHORITY, .door = SW_DOOR_CONSOLE}};
        memset(t.history[i].by.id, '"', sizeof(t.history[i].by.id) - 1);
    }
    t.n_evidence = SW_EVIDENCE_MAX;
    for (size_t i = 0; i < t.n_evidence; i++) {
        t.evidence[i] = (struct sw_evidence){.at_us = INT64_MIN, .bytes = INT64_MIN};
        memset(t.evidence[i].id, '"', sizeof(t.evidence[i].id) - 1);
        memset(t.evidence[i].kind, '"', sizeof(t.evidence[i].kind) - 1);
        memset(t.evidence[i].sha256, '"', sizeof(t.evidence[i].sha256) - 1);
    }
    assert_true(sw_ticket_state_write(&t, json, sizeof(json)) > 0);
}

/* ---- what is not ours, and what is broken ---- */

static const struct corrupt_case {
    const char *why, *json, *word; /* word: what the sentence must name; NULL = any sentence */
} corrupt_tickets[] = {
    {"nothing", "", NULL},
    {"blanks", " \n", NULL},
    {"cut off", "{\"id\":\"sw-1\",\"history\":[", NULL},
    {"cut off in a text", "{\"id\":\"sw-", NULL},
    {"something behind it", "{\"id\":\"sw-1\",\"history\":[]}x", NULL},
    {"no JSON", "id: sw-1", NULL},
    {"a list", "[]", "object"},
    {"a text", "\"sw-1\"", NULL},
    {"null", "null", NULL},
    {"a member twice", "{\"id\":\"sw-1\",\"id\":\"sw-1\",\"history\":[]}", NULL},
    {"bytes that are not UTF-8", "{\"id\":\"sw-\xff\",\"history\":[]}", NULL},
    {"a NUL in a text", "{\"id\":\"sw-\\u0000\",\"history\":[]}", NULL},
    {"an empty object: no id", "{}", NULL},
    {"an empty id", "{\"id\":\"\",\"history\":[]}", "id"},
    {"an id that is a number", "{\"id\":1,\"history\":[]}", "'id'"},
    {"an id that is null", "{\"id\":null,\"history\":[]}", "'id'"},
    {"an id of 16 bytes, which leaves no room for its end", "{\"id\":\"sw-0123456789abc\",\"history\":[]}", "'id'"},
    {"a text longer than its room", "{\"id\":\"sw-1\",\"history\":[],\"unit\":\"0123456789abcdef\"}", "'unit'"},
    {"a negative count", "{\"id\":\"sw-1\",\"history\":[],\"revision\":-1}", "'revision'"},
    {"a count beyond 32 bits", "{\"id\":\"sw-1\",\"history\":[],\"revision\":4294967296}", "'revision'"},
    {"a count as text", "{\"id\":\"sw-1\",\"history\":[],\"revision\":\"7\"}", "'revision'"},
    {"a count with decimals", "{\"id\":\"sw-1\",\"history\":[],\"revision\":7.0}", "'revision'"},
    {"hundredths beyond 32 bits", "{\"id\":\"sw-1\",\"history\":[],\"limit\":2147483648}", "'limit'"},
    {"hundredths below 32 bits", "{\"id\":\"sw-1\",\"history\":[],\"limit\":-2147483649}", "'limit'"},
    {"an instant beyond 64 bits", "{\"id\":\"sw-1\",\"history\":[],\"opened_us\":9223372036854775808}", NULL},
    {"an instant as text", "{\"id\":\"sw-1\",\"history\":[],\"opened_us\":\"now\"}", "'opened_us'"},
    {"an instant that is true", "{\"id\":\"sw-1\",\"history\":[],\"opened_us\":true}", "'opened_us'"},
    {"a truth value as number", "{\"id\":\"sw-1\",\"history\":[],\"forced\":1}", "'forced'"},
    {"a probability as text", "{\"id\":\"sw-1\",\"history\":[],\"probability\":\"1\"}", "'probability'"},
    {"a word that is none", "{\"id\":\"sw-1\",\"history\":[],\"status\":\"lost\"}", "'status'"},
    {"a word as number", "{\"id\":\"sw-1\",\"history\":[],\"status\":1}", "'status'"},
    {"an empty word where none may be", "{\"id\":\"sw-1\",\"history\":[],\"origin\":\"\"}", "'origin'"},
    {"a stage that is none", "{\"id\":\"sw-1\",\"history\":[],\"stage\":\"Forecast\"}", "'stage'"},
    {"a class that does not exist", "{\"id\":\"sw-1\",\"history\":[],\"class_\":3}", "class"},
    {"a nested object for a member of it", "{\"id\":\"sw-1\",\"history\":[],\"work.state\":{}}", "'work.state'"},
    {"no history", "{\"id\":\"sw-1\"}", "history"},
    {"a history that is no list", "{\"id\":\"sw-1\",\"history\":{}}", "history"},
    {"a history entry that is a number", "{\"id\":\"sw-1\",\"history\":[7]}", "entry 0"},
    {"a history entry that is null", "{\"id\":\"sw-1\",\"history\":[{},null]}", "entry 1"},
    {"a history entry with a wrong verb", "{\"id\":\"sw-1\",\"history\":[{},{\"verb\":\"dance\"}]}", "entry 1"},
    {"a history entry with a wrong time", "{\"id\":\"sw-1\",\"history\":[{\"at_us\":\"\"}]}", "'at_us'"},
};

static const struct corrupt_case corrupt_rules[] = {
    {"nothing", "", NULL},
    {"a list", "[1]", "object"},
    {"cut off", "{\"state\":\"normal\"", NULL},
    {"a state that is none", "{\"state\":\"calm\"}", "'state'"},
    {"an empty state", "{\"previous\":\"\"}", "'previous'"},
    {"a state as number", "{\"held\":6}", "'held'"},
    {"a timer as text", "{\"over_since_us\":\"0\"}", "'over_since_us'"},
    {"a timer with decimals", "{\"since_us\":1.5}", "'since_us'"},
    {"a value beyond 32 bits", "{\"value\":99999999999}", "'value'"},
    {"a value that is null", "{\"episode_max\":null}", "'episode_max'"},
};

static void check_refusal(const struct corrupt_case *c, int rc, const struct sw_err *err, const void *ret, size_t size)
{
    const unsigned char *bytes = ret;

    CHECK(rc == SW_E_CORRUPT && err->code == SW_E_CORRUPT, "%s: gave %d", c->why, rc);
    CHECK(err->msg[0] && (!c->word || strstr(err->msg, c->word)), "%s: says \"%s\"", c->why, err->msg);
    for (size_t i = 0; i < size; i++)
        CHECK(bytes[i] == 0xA5, "%s: wrote to byte %zu", c->why, i);
}

static void broken_json_is_refused_with_a_sentence_and_changes_nothing(void **state)
{
    static struct sw_ticket t;
    struct sw_rule_state r;

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(corrupt_tickets); i++) {
        const struct corrupt_case *c = &corrupt_tickets[i];
        struct sw_err err = {0};

        memset(&t, 0xA5, sizeof(t));
        const int rc = sw_ticket_state_read(c->json, strlen(c->json), &t, &err);

        check_refusal(c, rc, &err, &t, sizeof(t));
    }
    for (size_t i = 0; i < SW_ARRAY_SIZE(corrupt_rules); i++) {
        const struct corrupt_case *c = &corrupt_rules[i];
        struct sw_err err = {0};

        memset(&r, 0xA5, sizeof(r));
        const int rc = sw_rule_state_read(c->json, strlen(c->json), &r, &err);

        check_refusal(c, rc, &err, &r, sizeof(r));
    }
}

static void a_history_longer_than_its_room_is_refused(void **state)
{
    static struct sw_ticket t;
    char json[64 + 3 * (SW_HISTORY_MAX + 1)] = "{\"id\":\"sw-1\",\"history\":[{}";
    struct sw_err err = {0};

    (void) state;
    for (int i = 1; i < SW_HISTORY_MAX; i++)
        strcat(json, ",{}");
    const size_t len = strlen(json);

    memcpy(json + len, "]}", 3);
    CHECK(sw_ticket_state_read(json, strlen(json), &t, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(t.n_history, SW_HISTORY_MAX);
    memcpy(json + len, ",{}]}", 6);
    assert_int_equal(sw_ticket_state_read(json, strlen(json), &t, &err), SW_E_CORRUPT);
    assert_non_null(strstr(err.msg, "history"));
}

static void no_prefix_of_a_stored_ticket_is_taken_for_one(void **state)
{
    static struct sw_ticket t, got;
    static char json[SW_TICKET_STATE_MAX];
    struct sw_err err = {0};

    (void) state;
    fill_ticket(&t);
    t.n_history = 1;
    const size_t len = sw_ticket_state_write(&t, json, sizeof(json));

    assert_true(len > 0);
    for (size_t n = 0; n < len; n++)
        CHECK(sw_ticket_state_read(json, n, &got, &err) == SW_E_CORRUPT, "%zu of %zu bytes were taken", n, len);
    CHECK(sw_ticket_state_read(json, len, &got, &err) == SW_OK, "%s", err.msg);
}

static void members_of_a_newer_program_are_ignored(void **state)
{
    static const char ticket[] = "{\"newer\":{\"a\":[1,{}]},\"id\":\"sw-1\",\"revision\":7,\"\":null,"
                                 "\"history\":[{\"verb\":\"note\",\"mood\":\"good\"}]}";
    static const char rule[] = "{\"state\":\"alerting\",\"newer\":[],\"value\":5510}";
    static struct sw_ticket t;
    struct sw_rule_state r;
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_ticket_state_read(ticket, strlen(ticket), &t, &err) == SW_OK, "%s", err.msg);
    assert_string_equal(t.id, "sw-1");
    assert_int_equal(t.revision, 7);
    assert_int_equal(t.n_history, 1);
    assert_int_equal(t.history[0].verb, SW_VERB_NOTE);
    CHECK(sw_rule_state_read(rule, strlen(rule), &r, &err) == SW_OK, "%s", err.msg);
    assert_int_equal(r.state, SW_STATE_ALERTING);
    assert_int_equal(r.value, 5510);
}

static void a_buffer_that_is_too_small_gives_nothing(void **state)
{
    static struct sw_ticket t;
    static char json[SW_TICKET_STATE_MAX];
    const struct sw_rule_state r = {.state = SW_STATE_NORMAL};

    (void) state;
    fill_ticket(&t);
    t.n_history = 2;
    size_t len = sw_ticket_state_write(&t, json, sizeof(json));

    assert_true(len > 0);
    assert_int_equal(sw_ticket_state_write(&t, json, len + 1), len); /* and the closing NUL */
    assert_int_equal(sw_ticket_state_write(&t, json, len), 0);
    assert_int_equal(sw_ticket_state_write(&t, json, 0), 0);
    len = sw_rule_state_write(&r, json, sizeof(json));
    assert_true(len > 0);
    assert_int_equal(sw_rule_state_write(&r, json, len + 1), len);
    assert_int_equal(sw_rule_state_write(&r, json, len), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_ticket_belongs_to_a_member_that_is_known_here),
        cmocka_unit_test(every_byte_of_a_history_entry_belongs_to_a_member_that_is_known_here),
        cmocka_unit_test(every_byte_of_an_evidence_entry_belongs_to_a_member_that_is_known_here),
        cmocka_unit_test(every_byte_of_a_rule_state_belongs_to_a_member_that_is_known_here),
        cmocka_unit_test(every_member_of_a_ticket_comes_back),
        cmocka_unit_test(every_member_of_a_rule_state_that_a_restart_needs_comes_back),
        cmocka_unit_test(the_stored_json_has_one_member_for_each_of_the_structs),
        cmocka_unit_test(the_fullest_ticket_fits),
        cmocka_unit_test(broken_json_is_refused_with_a_sentence_and_changes_nothing),
        cmocka_unit_test(a_history_longer_than_its_room_is_refused),
        cmocka_unit_test(no_prefix_of_a_stored_ticket_is_taken_for_one),
        cmocka_unit_test(members_of_a_newer_program_are_ignored),
        cmocka_unit_test(a_buffer_that_is_too_small_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
