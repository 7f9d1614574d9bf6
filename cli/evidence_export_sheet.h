// SPDX-License-Identifier: Apache-2.0
/* What the files that write the printed sheet of an export share: the chained data it is made of, and words, times and
 * levels as people read them. Nobody else includes it. */
#ifndef SW_CLI_EVIDENCE_EXPORT_SHEET_H
#define SW_CLI_EVIDENCE_EXPORT_SHEET_H

#include <stdio.h>

#include "cli/chart.h"
#include "cli/evidence_export.h"
#include "common/macros.h"
#include "common/reading.h"

#define SHEET_OFFSETS_MAX 8

/** A stretch of windows whose own texts have one offset from UTC. */
struct sheet_offset {
    int64_t from_us, to_us;
    int32_t offset_s;
};

struct sheet {
    const struct sw_export_facts *facts;
    bool is_zh, is_simulated;
    json_t *ticket;    /* newest revision */
    char *ticket_text; /* as it was chained */
    json_t *windows;   /* of one minute: {sensor, doc} */
    json_t *commands;  /* on the ticket: {verb, at_us, payload} */
    json_t *entries;   /* of the ticket: {n, a, sha256} */
    int64_t first_n, last_n;
    struct sheet_offset offset[SHEET_OFFSETS_MAX];
    size_t n_offsets;
};

static inline const char *sheet_say(const struct sheet *s, const char *en, const char *zh)
{
    return s->is_zh ? zh : en;
}

static inline const char *sheet_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

/** @return INT64_MIN if it is not there */
static inline int64_t sheet_time(const json_t *object, const char *member)
{
    const json_t *v = json_object_get(object, member);

    return json_is_integer(v) ? json_integer_value(v) : INT64_MIN;
}

/* evidence_export_words.c */
enum sheet_words {
    SHEET_STATUS,
    SHEET_STAGE,
    SHEET_ORIGIN,
    SHEET_VERB,
    SHEET_ROLE,
    SHEET_DOOR,
    SHEET_WORK,
    SHEET_PERIOD,
    SHEET_QUALITY,
    SHEET_SATISFACTION,
    SHEET_WORDS__COUNT
};
/** The word of the sheet's language for a name of the contract; an unknown name as it is, in code. */
void sheet_put_word(const struct sheet *s, enum sheet_words of, const char *name, FILE *to);
/** Text of somebody or something, escaped; a dash for none. */
void sheet_put_text(FILE *to, const char *text);
void sheet_put_code(FILE *to, const char *text);
/** "2026-03-02 22:00:01 +08:00", by the windows' own offsets; INT64_MIN: a dash. */
void sheet_put_time(const struct sheet *s, int64_t t_us, FILE *to);
int32_t sheet_offset_s(const struct sheet *s, int64_t t_us);
/** Hundredths of a member; SW_NO_VALUE. `sheet_level` for a number that is written as such. */
int32_t sheet_centi(const json_t *object, const char *member);
int32_t sheet_level(const json_t *v);
/** "66.3", a dash for none. */
void sheet_put_level(int32_t centi, FILE *to);
const char *sheet_unit(const char *unit);            /* "dB(A)" for "dBA" */
const char *sheet_difference_unit(const char *unit); /* "dB" */
void sheet_title(const struct sheet *s, char *buf, size_t cap);

/* evidence_export_minutes.c */
/** "LAeq,20min" as the rule of the ticket was judged by; else the ticket's quantity. */
const char *sheet_statistic(const struct sheet *s);
/** Picture and table of the ticket's sensor. */
void sheet_put_minutes(const struct sheet *s, FILE *to);

/* evidence_export_proof.c */
/** Pictures, and how to check. */
void sheet_put_proof(const struct sheet *s, FILE *to);

/* evidence_export_sheet.c */
void sheet_write(const struct sheet *s, FILE *to);

#endif
