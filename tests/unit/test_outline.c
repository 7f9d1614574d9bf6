// SPDX-License-Identifier: Apache-2.0
/* The outline of a site: GeoJSON in its forms, what is wrong with it in words, and how far a caller is from it.
 * Distances come from Python: great circles to 20,000 points of each edge, on a sphere of 6,371,008.8 m. */
#include "site_fixture.h"

#include <math.h>

#include "gateway/evidence_int.h"

#define WITH_OUTLINE                                                                                                   \
    "site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, packs: [cn-gb12523-2025], outline: map.geojson,"        \
    " location: {lat: 31.2237, lon: 121.5441}}\n" LEAD

#define OUTER "[[121.540,31.220],[121.548,31.220],[121.548,31.226],[121.540,31.226],[121.540,31.220]]"
#define HOLE "[[121.543,31.222],[121.543,31.224],[121.545,31.224],[121.545,31.222],[121.543,31.222]]"
#define ISLAND "[[121.560,31.230],[121.562,31.230],[121.561,31.233],[121.560,31.230]]"
#define BOTH "{\"type\":\"MultiPolygon\",\"coordinates\":[[" OUTER "," HOLE "],[" ISLAND "]]}"
#define SQUARE "{\"type\":\"Polygon\",\"coordinates\":[" OUTER "]}"

static struct outcome read_outline(const char *geojson)
{
    write_file(folder, "map.geojson", geojson);
    return read_site(WITH_OUTLINE);
}

static void every_form_gives_its_edges(void **state)
{
    static const struct {
        const char *text, *why;
        size_t edges;
    } cases[] = {
        {SQUARE, "a polygon alone", 4},
        {BOTH, "several, one with a hole", 11},
        {"{\"type\":\"Feature\",\"properties\":null,\"geometry\":" SQUARE "}", "in a feature", 4},
        {"{\"type\":\"FeatureCollection\",\"name\":\"x\",\"features\":[{\"type\":\"Feature\",\"geometry\":" SQUARE
         "},{\"type\":\"Feature\",\"geometry\":" BOTH "}]}",
         "in a collection", 15},
        {"{\"type\":\"Polygon\",\"coordinates\":[[[0,0,12.5],[1,0,12],[1,1,3],[0.0,0,12]]]}", "heights are left out",
         3},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_outline(cases[i].text);

        CHECK(o.rc == SW_OK, "%s: %s", cases[i].why, o.err.msg);
        CHECK(o.site->n_outline == cases[i].edges, "%s: %zu", cases[i].why, o.site->n_outline);
        done(&o);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{\"type\":\"Polygon\",", "not JSON"},
        {"", "not JSON"},
        {"[1]", "'' is no outline"},
        {"{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}", "'LineString' is no outline"},
        {"{\"type\":\"Feature\",\"geometry\":null}", "'' is no outline"},
        {"{\"type\":\"FeatureCollection\",\"features\":[]}", "no features"},
        {"{\"type\":\"Polygon\",\"coordinates\":[]}", "must be a list of rings"},
        {"{\"type\":\"Polygon\",\"coordinates\":5}", "must be a list of rings"},
        {"{\"type\":\"MultiPolygon\",\"coordinates\":[5]}", "must be a list of rings"},
        {"{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[2,1],[1,1]]]}", "four positions or more"},
        {"{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[2,1],[2,2],[1,2]]]}", "the last like the first"},
        {"{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[2,\"x\"],[2,2],[1,1]]]}", "[longitude, latitude] in degrees"},
        {"{\"type\":\"Polygon\",\"coordinates\":[[[31,121],[32,121],[32,122],[31,121]]]}", "[31, 121] is no position"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct outcome o = read_outline(cases[i].text);

        CHECK(o.rc == SW_E_INVAL && strstr(o.err.msg, cases[i].says) && strstr(o.err.msg, "map.geojson"), "%s: %s",
              cases[i].text, o.err.msg);
        CHECK(o.faults.n_faults == 1, "%s: %zu faults", cases[i].text, o.faults.n_faults);
        done(&o);
    }
}

static void its_size_has_a_ceiling(void **state)
{
    char *text = calloc(1, 2 * SW_OUTLINE_FILE_MAX);
    size_t len;
    struct outcome o;

    (void) state;
    assert_non_null(text);
    len = (size_t) sprintf(text, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0]");
    for (int i = 0; i < SW_OUTLINE_EDGES_MAX; i++)
        len += (size_t) sprintf(text + len, ",[%d.5,%d]", i % 90, i % 80);
    strcpy(text + len, ",[0,0]]]}");
    o = read_outline(text);
    CHECK(o.rc == SW_E_INVAL && strstr(o.err.msg, "more than 10000 edges"), "%s", o.err.msg);
    done(&o);
    memset(text, ' ', SW_OUTLINE_FILE_MAX + 1);
    text[SW_OUTLINE_FILE_MAX + 1] = '\0';
    o = read_outline(text);
    CHECK(o.rc == SW_E_INVAL && strstr(o.err.msg, "larger than 1024 KiB"), "%s", o.err.msg);
    done(&o);
    free(text);
}

static void without_its_file_the_site_has_no_outline(void **state)
{
    struct outcome o = read_site(WITH_OUTLINE);

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    assert_int_equal(o.site->n_outline, 0);
    CHECK(has_warning(&o.faults, "map.geojson|cannot be read"), "it is told");
    assert_int_equal(evidence_distance_m(o.site, 31.223, 121.544), 100); /* 78 m to the location */
    done(&o);
}

static void a_caller_is_as_far_as_the_nearest_edge(void **state)
{
    static const struct {
        double lat, lon;
        int32_t metres;
        const char *why;
    } cases[] = {
        {31.221, 121.541, 0, "inside: 95 m from the edge"},
        {31.2315, 121.561, 0, "inside the other polygon"},
        {31.223, 121.544, 100, "in the hole: 95.1 m"},
        {31.2295, 121.544, 400, "389.2 m north of an edge; 645 m from the location"},
        {31.2185, 121.5365, 350, "372.3 m from a corner; 925 m from the location"},
        {31.229, 121.5553, 450, "460.5 m"},
        {31.233, 121.5625, 150, "137.2 m from a slanting edge"},
        {31.3, 121.7, 15150, "15,167.1 m"},
    };
    struct outcome o = read_outline(BOTH);

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        const int32_t m = evidence_distance_m(o.site, cases[i].lat, cases[i].lon);

        CHECK(m == cases[i].metres, "%s: %d", cases[i].why, (int) m);
    }
    done(&o);
}

static void a_sensor_that_is_nearer_counts(void **state)
{
    struct outcome o;

    (void) state;
    write_file(folder, "map.geojson", SQUARE);
    o = read_site(WITH_OUTLINE "sensors: {a: {quantity: LAF, place: boundary, location: {lat: 31.2295, lon: 121.5440}},"
                               " b: {quantity: LAF, place: reference, location: {lat: 31.2185, lon: 121.5365}}}\n");
    CHECK(o.rc == SW_OK, "%s", o.err.msg);
    assert_int_equal(evidence_distance_m(o.site, 31.2295, 121.5441), 0);   /* 10 m from a; 389 m from the edge */
    assert_int_equal(evidence_distance_m(o.site, 31.2185, 121.5365), 350); /* b stands there, but not at the boundary */
    done(&o);
}

static void an_edge_may_cross_the_date_line(void **state)
{
    struct outcome o = read_outline(
        "{\"type\":\"Polygon\",\"coordinates\":[[[179.999,-17],[-179.999,-17],[-179.999,-16.998],[179.999,-16.998],"
        "[179.999,-17]]]}");

    (void) state;
    assert_int_equal(o.rc, SW_OK);
    assert_int_equal(evidence_distance_m(o.site, -16.999, 180), 0);
    assert_int_equal(evidence_distance_m(o.site, -16.999, -179.9995), 0);
    assert_int_equal(evidence_distance_m(o.site, -16.999, -179.996), 300); /* 0.003° · 111,195 m · cos 17° = 319 m */
    done(&o);
}

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(every_form_gives_its_edges),
        SITE_TEST(what_is_wrong_is_said),
        SITE_TEST(its_size_has_a_ceiling),
        SITE_TEST(without_its_file_the_site_has_no_outline),
        SITE_TEST(a_caller_is_as_far_as_the_nearest_edge),
        SITE_TEST(a_sensor_that_is_nearer_counts),
        SITE_TEST(an_edge_may_cross_the_date_line),
    };

    return cmocka_run_group_tests_name("outline", tests, NULL, NULL);
}
