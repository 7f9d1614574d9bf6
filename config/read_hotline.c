// SPDX-License-Identifier: Apache-2.0
/* Hotline packs (tickets/packs/<id>.yaml): classes and deadlines into struct sw_hotline. Whether the figures make
 * sense together is asked of sw_hotline_validate. */
#include "config/read.h"

#include "config/tree.h"

#define DEADLINE_MAX_S (60.0 * 86400)

/* One table a class: offsets are fixed in the table. */
#define CLASS_ROWS(letter)                                                                                             \
    static const struct sw_row class_##letter##_rows[] = {                                                             \
        {"respond", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].respond_s),                      \
         .max = DEADLINE_MAX_S, .help = "first answer of a person; absent: no deadline"},                              \
        {"dispatch", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].dispatch_s),                    \
         .max = DEADLINE_MAX_S, .help = "handed to the responsible unit"},                                             \
        {"resolve", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, limits[SW_CLASS_##letter].resolve_s),                      \
         .max = DEADLINE_MAX_S, .help = "done; days are counted as 24 hours"},                                         \
        {0},                                                                                                           \
    }

CLASS_ROWS(A);
CLASS_ROWS(B);
CLASS_ROWS(C);

static const struct sw_row classes_rows[] = {
    {"A", SW_ROW_MAP, .of = class_A_rows, .help = "serious: prohibited night work, far over the limit"},
    {"B", SW_ROW_MAP, .of = class_B_rows, .help = "other exceedances"},
    {"C", SW_ROW_MAP, .of = class_C_rows, .help = "suggestions: monthly review"},
    {0},
};

static const struct sw_row class_a_rows[] = {
    {"over_by", SW_ROW_CENTI, 0, SW_AT(sw_hotline, class_a_over_by), .min = 0.01, .max = 100, .dflt = "10.0",
     .unit = "dB", .help = "noise so far over its limit is class A"},
    {"dust_percent", SW_ROW_INT, 0, SW_AT(sw_hotline, class_a_dust_percent), .min = 101, .max = 10000, .dflt = "200",
     .unit = "% of the limit", .help = "dust from here on is class A"},
    {0},
};

const struct sw_row sw_hotline_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(sw_hotline, id), .help = "the file's name without .yaml"},
    {"version", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_hotline, version), .min = 1, .help = "of the figures"},
    {"source", SW_ROW_TEXT, SW_ROW_REQUIRED, SW_AT(sw_hotline, source), .min = 1, .help = "where the figures stand"},
    {"classes", SW_ROW_MAP, SW_ROW_REQUIRED, .of = classes_rows, .help = "deadlines of each class"},
    {"class_a", SW_ROW_MAP, .of = class_a_rows, .help = "what makes a matter serious"},
    {"reopen_within", SW_ROW_DURATION_S, 0, SW_AT(sw_hotline, reopen_within_s), .max = 31 * 86400, .dflt = "24h",
     .help = "the same matter again so soon reopens its ticket"},
    {0},
};

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct sw_hotline h = {0};
    struct sw_err why = {0};

    if (sw_schema_read(tree, sw_hotline_rows, root, &h, faults, err) < 0)
        return SW_E_NOMEM;
    sw_check_file_id(root, h.id, faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    if (sw_hotline_validate(&h, &why) < 0) {
        sw_fault_at(faults, root, "%s", why.msg);
        return sw_err_set(err, SW_E_INVAL, 0, "%s: %s", root->file, why.msg);
    }
    *(struct sw_hotline *) ret = h;
    return SW_OK;
}

int sw_hotline_read(const char *file, struct sw_faults *faults, struct sw_hotline *ret, char *ret_sha256,
                    struct sw_err *err)
{
    return sw_read_one(file, NULL, 0, make, ret, ret_sha256, faults, err);
}

int sw_hotline_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults,
                         struct sw_hotline *ret, struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}
