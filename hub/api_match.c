// SPDX-License-Identifier: Apache-2.0
/* From what an agent types to sites: every site's id, name, address and the streets it serves are compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/api_int.h"
#include "hub/match.h"

#define EARTH_M 6371008.8
#define STEP_M 50
#define LISTED_RATIO 0.9 /* of the best score: what fits about as well is listed too */

struct fit {
    struct api_site site;
    int score;
};

struct matching {
    struct hub_api *a;
    const char *typed;
    size_t n, cap;
    struct fit *fits;
};

/* Streets of the `info` document. */
static int score_info(void *ctx, const struct hub_text_row *row)
{
    struct fit *fit = ctx;
    json_t *j = json_loadb(row->text, row->len, 0, NULL), *street;
    const char *typed = fit->site.name; /* lent for the call */
    size_t i;

    json_array_foreach(json_object_get(json_object_get(j, "site"), "serves"), i, street) fit->score =
        SW_MAX(fit->score, hub_match_score(typed, json_string_value(street) ? json_string_value(street) : ""));
    json_decref(j);
    return 0;
}

static int match_site(void *ctx, const struct hub_site_row *row)
{
    struct matching *m = ctx;
    struct fit fit = {0}, info = {0};
    const char *const texts[] = {row->site, row->name, row->address};

    for (size_t i = 0; i < SW_ARRAY_SIZE(texts); i++)
        fit.score = SW_MAX(fit.score, hub_match_score(m->typed, texts[i]));
    snprintf(info.site.name, sizeof(info.site.name), "%s", m->typed);
    if (fit.score < HUB_MATCH_SAME)
        hub_read_states(m->a->reader, row->id, "gw/*/info", score_info, &info, NULL);
    fit.score = SW_MAX(fit.score, info.score);
    if (fit.score == HUB_MATCH_NONE)
        return 0;
    api_site_take(row, &fit.site);
    if (m->n == m->cap) {
        struct fit *more = realloc(m->fits, (2 * m->cap + 16) * sizeof(*more));

        if (!more)
            return 1;
        m->fits = more;
        m->cap = 2 * m->cap + 16;
    }
    m->fits[m->n++] = fit;
    return 0;
}

static int best_first(const void *a, const void *b)
{
    const struct fit *x = a, *y = b;

    return x->score != y->score ? y->score - x->score : strcmp(x->site.site, y->site.site);
}

int api_match(struct hub_api *a, const char *typed, struct api_site *ret, size_t cap, struct sw_err *err)
{
    struct matching m = {.a = a, .typed = typed};
    const struct hub_site_query q = {.area = NULL};
    int rc = hub_read_sites(a->reader, &q, match_site, &m, err);
    size_t n = 0;

    if (m.n > 0)
        qsort(m.fits, m.n, sizeof(*m.fits), best_first);
    while (rc >= 0 && n < m.n && n < cap && m.fits[n].score >= LISTED_RATIO * m.fits[0].score) {
        ret[n] = m.fits[n].site;
        n++;
    }
    free(m.fits);
    return rc < 0 ? rc : (int) n;
}

/* ---- by place ---- */

static double metres(double lat1, double lon1, double lat2, double lon2)
{
    const double k = 3.14159265358979323846 / 180.0;
    const double a = sin((lat2 - lat1) * k / 2), b = sin((lon2 - lon1) * k / 2);
    const double h = a * a + cos(lat1 * k) * cos(lat2 * k) * b * b;

    return 2 * EARTH_M * asin(sqrt(h < 1 ? h : 1));
}

int32_t api_distance_m(const struct api_site *s, double lat, double lon)
{
    if (!s->has_point)
        return -1;
    return (int32_t) ((metres(s->lat, s->lon, lat, lon) + STEP_M / 2.0) / STEP_M) * STEP_M;
}

struct nearest {
    double lat, lon, best_m;
    struct api_site *ret;
};

static int look_at_site(void *ctx, const struct hub_site_row *row)
{
    struct nearest *n = ctx;
    const double m = row->has_point ? metres(row->lat, row->lon, n->lat, n->lon) : (double) NAN;

    if (!isnan(m) && m < n->best_m) {
        n->best_m = m;
        api_site_take(row, n->ret);
    }
    return 0;
}

int api_nearest(struct hub_api *a, double lat, double lon, struct api_site *ret, struct sw_err *err)
{
    struct nearest n = {lat, lon, INFINITY, ret};
    const struct hub_site_query q = {.area = NULL};
    const int rc = hub_read_sites(a->reader, &q, look_at_site, &n, err);

    return rc < 0 ? rc : n.best_m < INFINITY;
}

/* ---- the one that is meant ---- */

static void list_candidates(const struct api_site *found, int n, struct sw_http_response *rs)
{
    json_t *list = json_array(), *problem;

    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "area", found[i].area, "site", found[i].site,
                                              "name", found[i].name, "address", found[i].address));
    problem = json_pack("{s:s, s:s, s:i, s:s, s:o}", "type", "urn:siteward:error:several", "title", "Several sites fit",
                        "status", 300, "detail",
                        "several sites fit what was typed: ask again with site= of one of them", "candidates", list);
    rs->status = 300;
    rs->content_type = "application/problem+json";
    api_write_json(rs, problem);
    json_decref(problem);
}

bool api_resolve(struct hub_api *a, const char *site, const char *address, bool has_point, double lat, double lon,
                 struct api_site *ret, struct sw_http_response *rs)
{
    struct api_site found[API_CANDIDATES_MAX];
    struct sw_err err = {0};
    int n;

    if (site && *site)
        return api_site_find(a, NULL, site, ret, rs);
    if (address && *address)
        n = api_match(a, address, found, SW_ARRAY_SIZE(found), &err);
    else if (has_point)
        n = api_nearest(a, lat, lon, found, &err);
    else {
        sw_http_refuse(rs, 400, API_INVALID,
                       "where? site=, address= or lat= and lon= is missing: " API "answer?address=丁香路&at=昨晚11点");
        return false;
    }
    if (n == 1 || (n > 1 && has_point)) /* the address says which ones, the place which of them */
        *ret = found[0];
    else if (n > 1)
        list_candidates(found, n, rs);
    else if (n < 0)
        api_store_failed(rs, &err);
    else
        sw_http_refuse(rs, 404, API_NOT_FOUND,
                       "no site fits '%.80s': type its name, its id, a street near it, or give lat and lon",
                       address && *address ? address : "that place");
    for (int i = 1; n > 1 && has_point && i < n; i++)
        if (found[i].has_point &&
            (!ret->has_point || metres(found[i].lat, found[i].lon, lat, lon) < metres(ret->lat, ret->lon, lat, lon)))
            *ret = found[i];
    return n == 1 || (n > 1 && has_point);
}
