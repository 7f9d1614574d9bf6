// SPDX-License-Identifier: Apache-2.0
/* Reading single files: device templates, packs of limits, hotline packs; and where they are looked for.
 * What a site makes of them is left to read_site.c and check.c. */
#ifndef SW_CONFIG_READ_H
#define SW_CONFIG_READ_H

#include "common/err.h"
#include "common/macros.h"
#include "config/faults.h"
#include "config/schema.h"
#include "rules/days.h"
#include "rules/pack.h"
#include "sensors/template.h"
#include "tickets/hotline.h"

/** The tables of keys: for reading, for `siteward check`, for the JSON Schemas. */
extern const struct sw_row sw_site_rows[];
extern const struct sw_row sw_template_rows[];
extern const struct sw_row sw_pack_rows[];
extern const struct sw_row sw_hotline_rows[];
extern const struct sw_row sw_holidays_rows[];

/** Read one device template, with every fault.
 *  @param ret         untouched on failure; its channels are the caller's: sw_template_done
 *  @param ret_sha256  [65] of the file's bytes
 *  @return SW_OK; SW_E_INVAL faults were added; SW_E_IO the file cannot be read; SW_E_NOMEM */
int sw_template_read(const char *file, struct sw_faults *faults, struct sw_template *ret, char *ret_sha256,
                     struct sw_err *err);
void sw_template_done(struct sw_template *t);

/** A figure of a site in place of the pack's: an entry of `override:`. */
struct sw_pack_override {
    struct sw_item item; /* id = the rule's */
    double limit;        /* in the rule's unit */
    char reason[160];
};
extern const struct sw_row sw_pack_override_rows[];

/** What a site chooses of a pack. */
struct sw_pack_choice {
    const struct sw_node *at;         /* where a missing option is told */
    const struct sw_node *options;    /* map of option: value, or NULL */
    const struct sw_array *overrides; /* of struct sw_pack_override, or NULL */
};

/** Read one pack of limits and put a site's options in; limits that are unverified and figures of the site's own are
 *  told as warnings. ret->sha256 is filled.
 *  @param choice  NULL: the pack by itself; an option that a site must choose then has its first value (a number: its
 *                 least), so that every figure can be checked */
int sw_pack_read_for(const char *file, const struct sw_pack_choice *choice, struct sw_faults *faults,
                     struct sw_pack *ret, struct sw_err *err);
int sw_pack_read(const char *file, struct sw_faults *faults, struct sw_pack *ret, struct sw_err *err);

/** Read one hotline pack. @param ret_sha256 [65] */
int sw_hotline_read(const char *file, struct sw_faults *faults, struct sw_hotline *ret, char *ret_sha256,
                    struct sw_err *err);

/** Read one holiday calendar into `calendar`, `known_to` and the days of *ret, in order; its names stay untouched.
 *  @param ret_sha256 [65] */
int sw_holidays_read(const char *file, struct sw_faults *faults, struct sw_days *ret, char *ret_sha256,
                     struct sw_err *err);

/** Days since 1970-01-01 of a date that a row has read ("2026-01-31"). */
int32_t sw_date_days(const char *date);

/** The entry of a day, made if there is none yet; the list stays in order. @return NULL when it is full */
struct sw_special_day *sw_days_add(struct sw_days *days, int32_t day);

/** The same of a text in memory, for tests and fuzzing; `name` stands for the file and gives the id. */
int sw_template_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults,
                          struct sw_template *ret, struct sw_err *err);
int sw_pack_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_pack *ret,
                      struct sw_err *err);
int sw_pack_read_text_for(const char *name, const char *text, size_t len, const struct sw_pack_choice *choice,
                          struct sw_faults *faults, struct sw_pack *ret, struct sw_err *err);
int sw_hotline_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults,
                         struct sw_hotline *ret, struct sw_err *err);
int sw_holidays_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_days *ret,
                          struct sw_err *err);

/** What the three readers share: read `name` (text NULL: the file of that name), then let `make` turn the tree into
 * *ret.
 *  @param ret_sha256  [65] of the file's bytes; not written when text is given */
typedef int (*sw_make_fn)(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults,
                          size_t faults_before, void *ret, struct sw_err *err);
int sw_read_one(const char *name, const char *text, size_t len, sw_make_fn make, void *ret, char *ret_sha256,
                struct sw_faults *faults, struct sw_err *err);

/** "8N1", "8E1", "7O2" … into a struct sw_serial; for rows of type SW_ROW_PARSED. */
bool sw_parse_serial_format(const char *text, void *dest, char *why, size_t cap);
extern const struct sw_word sw_baud_words[];
extern const struct sw_word sw_active_words[], sw_bias_words[]; /* of an input line */

/** Fault when a file's id is not the name it was found by ("packs/x.yaml" must hold id: x). */
void sw_check_file_id(const struct sw_node *root, const char *id, struct sw_faults *faults);

enum sw_share_kind { SW_SHARE_TEMPLATE, SW_SHARE_PACK, SW_SHARE_HOTLINE, SW_SHARE_HOLIDAYS };

/** Where files of a kind are looked for, first hit wins: beside the site file, then the share folder. */
struct sw_share {
    char site_dir[SW_PATH_SIZE];  /* with its closing slash, or "" */
    char share_dir[SW_PATH_SIZE]; /* without */
    bool is_source_tree;          /* the share folder is a checkout: folders have other names there */
};

/** @param share_dir  NULL: $SITEWARD_SHARE, else the source tree that this was built in, else /usr/share/siteward */
void sw_share_init(struct sw_share *s, const char *site_file, const char *share_dir);

/** Path of the file of an id. @return false when there is none */
bool sw_share_find(const struct sw_share *s, enum sw_share_kind kind, const char *id, char *ret_path, size_t cap);

/** Offer every id of a kind that exists to a guess. */
struct sw_guess;
void sw_share_offer(const struct sw_share *s, enum sw_share_kind kind, struct sw_guess *guess);

/** Every id of a kind that exists, in order, each once; at most cap. @return how many were written */
size_t sw_share_ids(const struct sw_share *s, enum sw_share_kind kind, char (*ret)[SW_ID_SIZE], size_t cap);

#endif
