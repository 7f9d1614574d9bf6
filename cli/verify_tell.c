// SPDX-License-Identifier: Apache-2.0
/* What a check found, in words and as JSON. Instants in UTC: a checker does not know the site's zone. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify.h"
#include "common/jsonw.h"
#include "common/macros.h"
#include "common/timefmt.h"

#define JSON_ROOM (64 * 1024)

static const char *const row_names[SW_VERIFY_ROWS__COUNT] = {
    [SW_VERIFY_READINGS] = "readings",          [SW_VERIFY_WINDOWS] = "windows",
    [SW_VERIFY_REVISIONS] = "ticket revisions", [SW_VERIFY_COMMANDS] = "commands",
    [SW_VERIFY_ACTS] = "acts of outputs",       [SW_VERIFY_CONFIGS] = "configurations",
    [SW_VERIFY_SCHEDULES] = "schedules",        [SW_VERIFY_ENTRIES] = "oldest entries of the chain",
    [SW_VERIFY_COMPLAINTS] = "complaints",      [SW_VERIFY_PICTURES] = "pictures",
};
static const char *const row_keys[SW_VERIFY_ROWS__COUNT] = {
    [SW_VERIFY_READINGS] = "readings",   [SW_VERIFY_WINDOWS] = "windows", [SW_VERIFY_REVISIONS] = "ticket_revisions",
    [SW_VERIFY_COMMANDS] = "commands",   [SW_VERIFY_ACTS] = "acts",       [SW_VERIFY_CONFIGS] = "configs",
    [SW_VERIFY_SCHEDULES] = "schedules", [SW_VERIFY_ENTRIES] = "entries", [SW_VERIFY_COMPLAINTS] = "complaints",
    [SW_VERIFY_PICTURES] = "pictures",
};
static const char *const subjects[] = {
    [SW_VERIFY_DATABASE] = "database", [SW_VERIFY_DOCUMENT] = "document", [SW_VERIFY_EXPORT] = "export"};

static const char *time_text(int64_t us, char buf[SW_RFC3339_SIZE])
{
    if (us == INT64_MIN || us < 0)
        return "?";
    sw_time_format(NULL, us, buf);
    return buf;
}

static void tell_rows(const char *title, const uint64_t n[SW_VERIFY_ROWS__COUNT], FILE *to)
{
    const char *between = "";

    for (size_t i = 0; i < SW_VERIFY_ROWS__COUNT; i++) {
        if (n[i] == 0)
            continue;
        fprintf(to, "%s%" PRIu64 " %s", *between ? between : title, n[i], row_names[i]);
        between = ", ";
    }
    if (*between)
        fputs("\n", to);
}

static void tell_finding(const struct sw_verify_finding *f, FILE *to)
{
    char at[SW_RFC3339_SIZE];

    if (f->n)
        fprintf(to, "entry %" PRIu64 ", ", f->n);
    fputs(f->kind, to);
    if (f->ref[0])
        fprintf(to, " %s", f->ref);
    if (f->at_us != INT64_MIN)
        fprintf(to, ", %s", time_text(f->at_us, at));
    fprintf(to, ": %s\n", f->what);
}

static void tell_chain(const struct sw_verify_report *r, FILE *to)
{
    char from[SW_RFC3339_SIZE], until[SW_RFC3339_SIZE], hex[65];

    if (r->n_entries == 0) {
        fputs("  the chain has no entry yet\n", to);
        return;
    }
    fprintf(to, "  chain       %" PRIu64 " entries, %" PRIu64 " to %" PRIu64, r->n_entries, r->first_n, r->last_n);
    if (r->from_us != INT64_MIN && r->to_us != INT64_MIN) /* an export's lines do not say when they were chained */
        fprintf(to, ", %s to %s", time_text(r->from_us, from), time_text(r->to_us, until));
    fputc('\n', to);
    sw_hash_hex(r->head, hex);
    fprintf(to, "  head        %s\n", hex);
    tell_rows("  whole       ", r->whole, to);
    tell_rows("  pruned      ", r->pruned, to);
    tell_rows("  replaced    ", r->replaced, to);
    tell_rows("  not covered ", r->before, to);
    if (r->tail)
        fprintf(to, "  to come     %" PRIu64 " readings of the last minute are not in the chain yet\n", r->tail);
}

static void tell_signatures(const struct sw_verify_report *r, FILE *to)
{
    char at[SW_RFC3339_SIZE];

    if (r->public_key[0])
        fprintf(to, "  key         %s%s\n", r->public_key, r->is_pinned ? " (the one that was asked for)" : "");
    if (r->subject == SW_VERIFY_DOCUMENT)
        return;
    if (r->n_checkpoints)
        fprintf(to, "  checkpoints %" PRIu64 " good, the newest over entry %" PRIu64 ", %s\n", r->n_checkpoints,
                r->checkpoint_n, time_text(r->checkpoint_us, at));
    else
        fputs("  checkpoints none\n", to);
    if (r->subject == SW_VERIFY_DATABASE && r->n_kept_away == 0)
        fputs(
            "  note        That the past was not rewritten as a whole is not proven: who has the box has its key. Give "
            "what the hub kept with --checkpoints.\n",
            to);
    else if (r->n_checkpoints == 0)
        fputs("  note        No signed head covers it: that it was not made by somebody else is not proven.\n", to);
}

static void tell_document(const struct sw_verify_report *r, FILE *to)
{
    char at[SW_RFC3339_SIZE], hex[65];

    sw_hash_hex(r->head, hex);
    fprintf(to, "  signed      %s, over entry %" PRIu64 " of the chain of %s\n  head        %s\n",
            time_text(r->to_us, at), r->last_n, r->gateway, hex);
}

void sw_verify_tell(const struct sw_verify_report *r, const char *path, FILE *to)
{
    if (sw_verify_is_whole(r)) {
        fprintf(to, "%s: whole\n", path);
    } else {
        fprintf(to, "%s: BROKEN, first at ", path);
        tell_finding(&r->finding[0], to);
        for (size_t i = 1; i < SW_MIN(r->n_findings, SW_VERIFY_FINDINGS_MAX); i++) {
            fputs("  then ", to);
            tell_finding(&r->finding[i], to);
        }
        if (r->n_findings > SW_VERIFY_FINDINGS_MAX)
            fprintf(to, "  and %zu more\n", r->n_findings - SW_VERIFY_FINDINGS_MAX);
    }
    if (r->subject == SW_VERIFY_DOCUMENT)
        tell_document(r, to);
    else
        tell_chain(r, to);
    if (r->n_files)
        fprintf(to, "  files       %" PRIu64 " as the manifest names them\n", r->n_files);
    tell_signatures(r, to);
    for (size_t i = 0; i < r->n_notes; i++)
        fprintf(to, "  note        %s\n", r->note[i]);
}

static void json_rows(struct sw_jsonw *w, const char *key, const uint64_t n[SW_VERIFY_ROWS__COUNT])
{
    sw_jsonw_object(w, key);
    for (size_t i = 0; i < SW_VERIFY_ROWS__COUNT; i++)
        sw_jsonw_uint(w, row_keys[i], n[i]);
    sw_jsonw_object_end(w);
}

static void json_finding(struct sw_jsonw *w, const char *key, const struct sw_verify_finding *f)
{
    sw_jsonw_object(w, key);
    if (f->n)
        sw_jsonw_uint(w, "n", f->n);
    else
        sw_jsonw_null(w, "n");
    sw_jsonw_str(w, "kind", f->kind);
    sw_jsonw_str(w, "ref", f->ref[0] ? f->ref : NULL);
    sw_jsonw_time(w, "at", NULL, f->at_us < 0 ? INT64_MIN : f->at_us);
    sw_jsonw_str(w, "what", f->what);
    sw_jsonw_object_end(w);
}

static void json_chain(struct sw_jsonw *w, const struct sw_verify_report *r)
{
    char hex[65];

    sw_hash_hex(r->head, hex);
    sw_jsonw_object(w, "chain");
    sw_jsonw_uint(w, "entries", r->n_entries);
    sw_jsonw_uint(w, "first", r->first_n);
    sw_jsonw_uint(w, "last", r->last_n);
    sw_jsonw_time(w, "from", NULL, r->from_us < 0 ? INT64_MIN : r->from_us);
    sw_jsonw_time(w, "to", NULL, r->to_us < 0 ? INT64_MIN : r->to_us);
    sw_jsonw_str(w, "head", r->last_n ? hex : NULL);
    sw_jsonw_object(w, "kinds");
    for (int k = 1; k < SW_CHAIN__COUNT; k++)
        sw_jsonw_uint(w, sw_chain_kind_name((enum sw_chain_kind) k), r->by_kind[k]);
    sw_jsonw_object_end(w);
    sw_jsonw_object_end(w);
}

int sw_verify_tell_json(const struct sw_verify_report *r, const char *path, FILE *to)
{
    char *buf = malloc(JSON_ROOM);
    struct sw_jsonw w;
    const char *json;

    if (!buf)
        return SW_E_NOMEM;
    sw_jsonw_init(&w, buf, JSON_ROOM);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "file", path);
    sw_jsonw_str(&w, "subject", subjects[r->subject]);
    sw_jsonw_bool(&w, "whole", sw_verify_is_whole(r));
    sw_jsonw_uint(&w, "findings_total", r->n_findings);
    if (r->n_findings)
        json_finding(&w, "first", &r->finding[0]);
    else
        sw_jsonw_null(&w, "first");
    sw_jsonw_array(&w, "findings");
    for (size_t i = 0; i < SW_MIN(r->n_findings, SW_VERIFY_FINDINGS_MAX); i++)
        json_finding(&w, NULL, &r->finding[i]);
    sw_jsonw_array_end(&w);
    json_chain(&w, r);
    json_rows(&w, "compared", r->whole);
    json_rows(&w, "pruned", r->pruned);
    json_rows(&w, "replaced", r->replaced);
    json_rows(&w, "not_covered", r->before);
    sw_jsonw_uint(&w, "readings_to_come", r->tail);
    sw_jsonw_uint(&w, "checkpoints", r->n_checkpoints);
    sw_jsonw_uint(&w, "checkpoints_kept_away", r->n_kept_away);
    sw_jsonw_str(&w, "public_key", r->public_key[0] ? r->public_key : NULL);
    sw_jsonw_bool(&w, "pinned", r->is_pinned);
    sw_jsonw_array(&w, "notes");
    for (size_t i = 0; i < r->n_notes; i++)
        sw_jsonw_str(&w, NULL, r->note[i]);
    sw_jsonw_array_end(&w);
    sw_jsonw_object_end(&w);
    json = sw_jsonw_finish(&w, NULL);
    if (json)
        fprintf(to, "%s\n", json);
    free(buf);
    return json ? SW_OK : SW_E_FULL;
}
