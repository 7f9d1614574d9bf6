// SPDX-License-Identifier: Apache-2.0
/* JSON Schema (2020-12) of a table of rows, for editors and for other programs that write our files.
 * It says what single values look like; what keys mean together only `siteward check` knows. */
#include "config/schema.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/macros.h"
#include "common/quantity.h"

#define ID_PATTERN "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"

static void write_object(struct sw_jsonw *w, const struct sw_row *rows);
static void write_value(struct sw_jsonw *w, const struct sw_row *row);

static void write_types(struct sw_jsonw *w, const char *a, const char *b)
{
    if (b == NULL) {
        sw_jsonw_str(w, "type", a);
        return;
    }
    sw_jsonw_array(w, "type");
    sw_jsonw_str(w, NULL, a);
    sw_jsonw_str(w, NULL, b);
    sw_jsonw_array_end(w);
}

static void write_pattern(struct sw_jsonw *w, const char *pattern)
{
    sw_jsonw_str(w, "type", "string");
    if (pattern != NULL)
        sw_jsonw_str(w, "pattern", pattern);
}

/* Six decimals hold every bound that the tables use; whole ones stay whole. */
static void write_number(struct sw_jsonw *w, const char *key, double value)
{
    if (value >= -9e15 && value <= 9e15 && value == (double) (int64_t) value)
        sw_jsonw_int(w, key, (int64_t) value);
    else
        sw_jsonw_num(w, key, value, 6);
}

static void write_bounds(struct sw_jsonw *w, const struct sw_row *row)
{
    if (row->min == 0 && row->max == 0)
        return;
    write_number(w, "minimum", row->min);
    if (row->max < 9e15)
        write_number(w, "maximum", row->max);
}

/* A word that looks like a number may stand without quotes, and is a number then. */
static void write_words(struct sw_jsonw *w, const struct sw_row *row)
{
    sw_jsonw_array(w, "enum");
    for (const struct sw_word *word = row->words; word->word != NULL; word++) {
        const bool is_number = word->word[strspn(word->word, "0123456789")] == '\0';

        if (row->type != SW_ROW_INT)
            sw_jsonw_str(w, NULL, word->word);
        if (is_number)
            sw_jsonw_raw(w, NULL, word->word, strlen(word->word));
    }
    sw_jsonw_array_end(w);
}

static void write_quantities(struct sw_jsonw *w)
{
    sw_jsonw_array(w, "enum");
    for (int q = 1; q < SW_QUANTITY__COUNT; q++)
        sw_jsonw_str(w, NULL, sw_quantity_info((enum sw_quantity) q)->name);
    sw_jsonw_array_end(w);
}

static void write_text(struct sw_jsonw *w, const struct sw_row *row)
{
    write_types(w, "string", "number"); /* 310115 without quotes is read as the text it is */
    if (row->min > 0)
        sw_jsonw_int(w, "minLength", (int64_t) row->min);
    if (row->max > 0 || row->size > 0)
        sw_jsonw_int(w, "maxLength", row->max > 0 ? (int64_t) row->max : (int64_t) row->size - 1);
}

static void write_range(struct sw_jsonw *w)
{
    sw_jsonw_str(w, "type", "array");
    sw_jsonw_object(w, "items");
    sw_jsonw_str(w, "type", "number");
    sw_jsonw_object_end(w);
    sw_jsonw_int(w, "minItems", 2);
    sw_jsonw_int(w, "maxItems", 2);
}

static void write_plain(struct sw_jsonw *w, const struct sw_row *row)
{
    switch (row->type) {
    case SW_ROW_INT:
        sw_jsonw_str(w, "type", "integer");
        write_bounds(w, row);
        break;
    case SW_ROW_NUMBER:
    case SW_ROW_CENTI:
        sw_jsonw_str(w, "type", "number");
        write_bounds(w, row);
        break;
    case SW_ROW_BOOL:
        sw_jsonw_str(w, "type", "boolean");
        break;
    case SW_ROW_QUANTITY:
        write_quantities(w);
        break;
    case SW_ROW_RANGE:
        write_range(w);
        break;
    case SW_ROW_ID:
        write_pattern(w, ID_PATTERN);
        break;
    case SW_ROW_DURATION_MS:
    case SW_ROW_DURATION_S:
        write_pattern(w, "^[0-9]+(ms|s|m|h|d)$");
        break;
    case SW_ROW_NODE:
        sw_jsonw_raw(w, "anyOf", row->json, strlen(row->json));
        break;
    case SW_ROW_SIZE:
        write_pattern(w, "^[0-9]+([kKMG]?B|[KMG]iB)$");
        break;
    case SW_ROW_CLOCK:
        write_pattern(w, "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$");
        break;
    case SW_ROW_DATE:
        write_pattern(w, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
        break;
    case SW_ROW_TIMESTAMP:
        write_pattern(w, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+([Zz]|[+-][0-9]{2}:[0-9]{2})$");
        break;
    case SW_ROW_PARSED:
    case SW_ROW_PATH:
        write_pattern(w, row->pattern);
        break;
    default:
        write_text(w, row);
        break;
    }
}

static void write_count(struct sw_jsonw *w, const struct sw_row *row, const char *least, const char *most)
{
    if (row->min > 0)
        sw_jsonw_int(w, least, (int64_t) row->min);
    if (row->max > 0)
        sw_jsonw_int(w, most, (int64_t) row->max);
}

static void write_list(struct sw_jsonw *w, const struct sw_row *row)
{
    write_types(w, "array", "null");
    write_count(w, row, "minItems", "maxItems");
    sw_jsonw_object(w, "items");
    if (row->flags & SW_ROW_SCALARS) {
        write_value(w, &row->of[0]);
    } else if (row->flags & SW_ROW_BARE) {
        sw_jsonw_array(w, "anyOf");
        sw_jsonw_object(w, NULL);
        write_value(w, &row->of[0]);
        sw_jsonw_object_end(w);
        sw_jsonw_object(w, NULL);
        sw_jsonw_str(w, "type", "object");
        write_object(w, row->of);
        sw_jsonw_object_end(w);
        sw_jsonw_array_end(w);
    } else {
        sw_jsonw_str(w, "type", "object");
        write_object(w, row->of);
    }
    sw_jsonw_object_end(w);
}

static void write_map_by_id(struct sw_jsonw *w, const struct sw_row *row)
{
    write_types(w, "object", "null");
    write_count(w, row, "minProperties", "maxProperties");
    sw_jsonw_object(w, "propertyNames");
    sw_jsonw_str(w, "pattern", ID_PATTERN);
    sw_jsonw_object_end(w);
    sw_jsonw_object(w, "additionalProperties");
    sw_jsonw_str(w, "type", "object");
    write_object(w, row->of);
    sw_jsonw_object_end(w);
}

/* Defaults are told in words: in YAML "10s" and 9600 are of different types, here they need not be. */
static void write_about(struct sw_jsonw *w, const struct sw_row *row)
{
    char text[512];

    (void) snprintf(text, sizeof(text), "%s%s%s%s%s%s", row->help != NULL ? row->help : "",
                    row->unit != NULL ? " (" : "", row->unit != NULL ? row->unit : "", row->unit != NULL ? ")" : "",
                    row->dflt != NULL ? "; default " : "", row->dflt != NULL ? row->dflt : "");
    if (text[0] != '\0')
        sw_jsonw_str(w, "description", text);
    if (row->flags & SW_ROW_REMOTE)
        sw_jsonw_bool(w, "x-remote-writable", true);
}

static void write_value(struct sw_jsonw *w, const struct sw_row *row)
{
    write_about(w, row);
    if (row->type == SW_ROW_MAP) {
        write_types(w, "object", row->flags & SW_ROW_REQUIRED ? NULL : "null");
        write_object(w, row->of);
    } else if (row->type == SW_ROW_LIST) {
        write_list(w, row);
    } else if (row->type == SW_ROW_MAP_BY_ID) {
        write_map_by_id(w, row);
    } else if (row->words != NULL) {
        write_words(w, row);
    } else {
        write_plain(w, row);
    }
}

static void write_object(struct sw_jsonw *w, const struct sw_row *rows)
{
    bool has_required = false;

    sw_jsonw_object(w, "properties");
    for (const struct sw_row *row = rows; row->key != NULL; row++) {
        has_required = has_required || (row->flags & SW_ROW_REQUIRED);
        sw_jsonw_object(w, row->key);
        write_value(w, row);
        sw_jsonw_object_end(w);
    }
    sw_jsonw_object_end(w);
    if (has_required) {
        sw_jsonw_array(w, "required");
        for (const struct sw_row *row = rows; row->key != NULL; row++)
            if (row->flags & SW_ROW_REQUIRED)
                sw_jsonw_str(w, NULL, row->key);
        sw_jsonw_array_end(w);
    }
    sw_jsonw_bool(w, "additionalProperties", false);
}

void sw_schema_json(const struct sw_row *rows, const char *title, struct sw_jsonw *w)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    sw_jsonw_str(w, "title", title);
    sw_jsonw_str(w, "$comment", "Written by `siteward check --schema`; do not edit.");
    sw_jsonw_str(w, "type", "object");
    write_object(w, rows);
    sw_jsonw_object_end(w);
}

static void line_end(FILE *to, int depth)
{
    (void) fprintf(to, "\n%*s", depth * 2, "");
}

void sw_json_indent(const char *json, size_t len, FILE *to)
{
    bool in_text = false;
    int depth = 0;

    for (size_t i = 0; i < len; i++) {
        const char c = json[i];

        if (in_text) {
            (void) fputc(c, to);
            if (c == '\\' && i + 1 < len)
                (void) fputc(json[++i], to);
            else if (c == '"')
                in_text = false;
            continue;
        }
        if (c == '}' || c == ']')
            line_end(to, --depth);
        (void) fputc(c, to);
        in_text = c == '"';
        if (c == ',')
            line_end(to, depth);
        else if (c == ':')
            (void) fputc(' ', to);
        else if (c == '{' || c == '[')
            line_end(to, ++depth);
    }
    (void) fputc('\n', to);
}
