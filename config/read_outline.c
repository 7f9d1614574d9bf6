// SPDX-License-Identifier: Apache-2.0
/* The outline of a site out of a GeoJSON file (RFC 7946) into edges. What is near it is the gateway's. The file is no
 * part of the configuration's digest: what it decided of a complaint, the distance, is kept with the complaint. */
#include "config/conf.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct site_conf *c;
    const char *file;
    bool is_wrong; /* its first fault was told */
};

__attribute__((format(printf, 2, 3))) static void wrong(struct reading *r, const char *fmt, ...)
{
    char why[200];
    va_list ap;

    va_start(ap, fmt);
    (void) vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    if (!r->is_wrong)
        sw_fault_add(r->c->faults, r->file, 0, 0, "%s", why);
    r->is_wrong = true;
}

/* ---- positions and rings ---- */

static bool take_position(struct reading *r, const json_t *position, double *ret_lat, double *ret_lon)
{
    const json_t *lon = json_array_get(position, 0), *lat = json_array_get(position, 1);

    *ret_lon = json_number_value(lon);
    *ret_lat = json_number_value(lat);
    if (!json_is_number(lon) || !json_is_number(lat))
        wrong(r, "a position must be [longitude, latitude] in degrees");
    else if (*ret_lat < -90 || *ret_lat > 90 || *ret_lon < -180 || *ret_lon > 180)
        wrong(r, "[%g, %g] is no position on earth: GeoJSON has [longitude, latitude]", *ret_lon, *ret_lat);
    return !r->is_wrong;
}

static void take_ring(struct reading *r, const json_t *ring)
{
    struct sw_site *s = r->c->site;
    const size_t n = json_array_size(ring);
    struct sw_outline_edge e = {0}, *grown;
    double lat = 0, lon = 0;

    if (n > 0 && (!take_position(r, json_array_get(ring, 0), &e.lat1, &e.lon1) ||
                  !take_position(r, json_array_get(ring, n - 1), &lat, &lon)))
        return;
    if (n < 4 || lat != e.lat1 || lon != e.lon1) {
        wrong(r, "a ring must have four positions or more, the last like the first");
        return;
    }
    if (s->n_outline + n - 1 > SW_OUTLINE_EDGES_MAX) {
        wrong(r, "the outline has more than %d edges: simplify it", SW_OUTLINE_EDGES_MAX);
        return;
    }
    grown = realloc(s->outline, (s->n_outline + n - 1) * sizeof(*grown));
    if (!grown) {
        r->c->no_memory = true;
        return;
    }
    s->outline = grown;
    for (size_t i = 1; i < n && take_position(r, json_array_get(ring, i), &e.lat2, &e.lon2); i++) {
        s->outline[s->n_outline++] = e;
        e.lat1 = e.lat2;
        e.lon1 = e.lon2;
    }
}

static void take_polygon(struct reading *r, const json_t *rings)
{
    const json_t *ring;
    size_t i;

    if (json_array_size(rings) == 0)
        wrong(r, "a polygon must be a list of rings");
    json_array_foreach(rings, i, ring)
    {
        if (r->is_wrong)
            return;
        take_ring(r, ring);
    }
}

/* ---- what holds them ---- */

static void take_geometry(struct reading *r, const json_t *geometry)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *coordinates = json_object_get(geometry, "coordinates"), *polygon;
    size_t i;

    if (type && strcmp(type, "Polygon") == 0) {
        take_polygon(r, coordinates);
    } else if (type && strcmp(type, "MultiPolygon") == 0) {
        if (json_array_size(coordinates) == 0)
            wrong(r, "a MultiPolygon must be a list of polygons");
        json_array_foreach(coordinates, i, polygon) take_polygon(r, polygon);
    } else {
        wrong(r, "'%.40s' is no outline: a Polygon or MultiPolygon is, alone, in a Feature or in a FeatureCollection",
              type ? type : "");
    }
}

static void take_any(struct reading *r, const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *features = json_object_get(root, "features"), *feature;
    size_t i;

    if (type && strcmp(type, "FeatureCollection") == 0) {
        if (json_array_size(features) == 0)
            wrong(r, "the FeatureCollection has no features");
        json_array_foreach(features, i, feature) take_geometry(r, json_object_get(feature, "geometry"));
    } else if (type && strcmp(type, "Feature") == 0) {
        take_geometry(r, json_object_get(root, "geometry"));
    } else {
        take_geometry(r, root);
    }
}

/* ---- the file ---- */

/* @return the text; NULL with a fault or, when it is not there, a warning: a site may be set up before its map is */
static char *read_text(struct reading *r, const struct sw_node *at, size_t *ret_len)
{
    FILE *f = fopen(r->file, "re");
    char *text = f ? malloc(SW_OUTLINE_FILE_MAX + 1) : NULL;

    if (!f) {
        sw_warning_at(r->c->faults, at, "%.160s cannot be read: %s; distances are to the site's location", r->file,
                      strerror(errno));
        return NULL;
    }
    if (text)
        *ret_len = fread(text, 1, SW_OUTLINE_FILE_MAX + 1, f);
    else
        r->c->no_memory = true;
    if (text && ferror(f)) /* a folder, for one */
        wrong(r, "cannot be read: %s", strerror(errno));
    else if (text && *ret_len > SW_OUTLINE_FILE_MAX)
        wrong(r, "is larger than %d KiB: simplify the outline", SW_OUTLINE_FILE_MAX / 1024);
    (void) fclose(f);
    if (r->is_wrong) {
        free(text);
        return NULL;
    }
    return text;
}

void sw_conf_outline(struct site_conf *c)
{
    struct reading r = {.c = c, .file = c->outline};
    json_error_t why;
    json_t *root;
    size_t len = 0;
    char *text;

    if (c->outline[0] == '\0')
        return;
    text = read_text(&r, sw_node_get(sw_node_get(c->root, "site"), "outline"), &len);
    if (!text)
        return;
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (root)
        take_any(&r, root);
    else
        sw_fault_add(c->faults, c->outline, (unsigned) (why.line > 0 ? why.line : 0),
                     (unsigned) (why.column > 0 ? why.column : 0), "not JSON: %.120s", why.text);
    json_decref(root);
    free(text);
}
