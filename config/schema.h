// SPDX-License-Identifier: Apache-2.0
/* Configuration as tables of rows: one row a key. The same rows read a tree into structs, name every fault on the way,
 * and write the JSON Schema, so that the three cannot drift apart. What keys mean together is left to check.c. */
#ifndef SW_CONFIG_SCHEMA_H
#define SW_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/jsonw.h"
#include "config/faults.h"
#include "config/tree.h"

enum sw_row_type {
    SW_ROW_TEXT,        /* char[]; min and max in bytes, by default what the field holds; `words` = one of these */
    SW_ROW_ID,          /* char[SW_ID_SIZE] */
    SW_ROW_PATH,        /* char[]; relative to the folder of the file it is written in */
    SW_ROW_INT,         /* any integer field; decimal or 0x…; `words` = one of these values */
    SW_ROW_NUMBER,      /* double */
    SW_ROW_CENTI,       /* int32_t in hundredths; at most two decimals; bounds in the value's own unit */
    SW_ROW_BOOL,        /* bool */
    SW_ROW_ENUM,        /* any integer field: value of the word in `words` */
    SW_ROW_QUANTITY,    /* enum sw_quantity */
    SW_ROW_DURATION_MS, /* integer field; "300ms", "10s", "5m", "1h", "2d"; bounds in ms */
    SW_ROW_DURATION_S,  /* integer field; the same in whole seconds; bounds in s */
    SW_ROW_SIZE,        /* int64_t bytes; "512KiB", "64MB", "2GiB" */
    SW_ROW_CLOCK,       /* integer field: "06:00" to "24:00" as minutes after midnight */
    SW_ROW_DATE,        /* char[11]: "2026-01-31" */
    SW_ROW_TIMESTAMP,   /* int64_t microseconds UTC: RFC 3339 with offset */
    SW_ROW_RANGE,       /* double[2]: [least, most] */
    SW_ROW_PARSED,      /* whatever `parse` makes of the text */
    SW_ROW_NODE,        /* const struct sw_node *: kept as written, what it may be is the reader's own; see `json` */
    SW_ROW_MAP,         /* rows `of`, offsets counted from this row's offset */
    SW_ROW_LIST,        /* struct sw_array of elements of_size, rows `of` */
    SW_ROW_MAP_BY_ID,   /* the same; each key is an id, in item.id */
};

enum sw_row_flag {
    SW_ROW_REQUIRED = 1,
    SW_ROW_REMOTE = 2,  /* a platform may write it over MQTT */
    SW_ROW_NAN = 4,     /* double field that is NaN when the key is absent */
    SW_ROW_SCALARS = 8, /* list of plain values, each read by of[0] */
    SW_ROW_BARE = 16,   /* an item may be a plain value, read as the first key of `of` */
};

struct sw_word {
    const char *word; /* NULL ends the list */
    int value;
};

/** One key. Zero-initialised rest; a row with key NULL ends a table. */
struct sw_row {
    const char *key;
    enum sw_row_type type;
    unsigned flags;
    size_t offset, size; /* the field; size 0 = the value is checked and not kept */
    double min, max;     /* bounds; both 0 = none */
    const char *unit, *dflt, *help;
    const struct sw_word *words;
    const struct sw_row *of;
    size_t of_size;
    /** Reads the text into the field; on failure says in `why` what is wanted ("must be …"). dest may be NULL. */
    bool (*parse)(const char *text, void *dest, char *why, size_t cap);
    const char *pattern; /* regular expression for the JSON Schema */
    const char *json;    /* of SW_ROW_NODE: what it may be, a list of JSON Schemas of which one must fit */
};

/** Where a row's value goes: .offset and .size of a field. */
#define SW_AT(type, field) .offset = offsetof(struct type, field), .size = sizeof(((struct type *) 0)->field)

/** A list or map by id as read; elements live as long as the tree. */
struct sw_array {
    size_t n;
    void *items;
};

/** The first member of every element's struct. */
struct sw_item {
    const struct sw_node *node;
    const char *id; /* key of a map by id, else NULL */
};

/** Read a map by a table of rows into dest. Every fault is added, never only the first; fields of faulty or absent keys
 *  hold their defaults (or zero). @return SW_OK, also with faults; SW_E_NOMEM */
int sw_schema_read(struct sw_tree *t, const struct sw_row *rows, const struct sw_node *map, void *dest,
                   struct sw_faults *faults, struct sw_err *err);

/** One plain value into its field (dest may be NULL). @return false with the reason in `why`: "must be …" */
bool sw_value_read(const struct sw_row *row, const struct sw_node *node, void *dest, char *why, size_t cap);

/** A duration in its largest whole unit: "1h", "300ms". @return buf */
const char *sw_duration_text(double ms, char *buf, size_t cap);

/** JSON Schema (2020-12) of a table as the root object. The text is indented by sw_json_indent, not here. */
void sw_schema_json(const struct sw_row *rows, const char *title, struct sw_jsonw *w);

/** Write compact JSON with two spaces an indent and a closing line end. */
void sw_json_indent(const char *json, size_t len, FILE *to);

#endif
