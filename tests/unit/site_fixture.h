// SPDX-License-Identifier: Apache-2.0
/* A folder with a site file in it, and what reading it gave: shared by the tests of the site reader. */
#ifndef SW_TESTS_SITE_FIXTURE_H
#define SW_TESTS_SITE_FIXTURE_H

#include "config_help.h"

#include "config/site.h"

#define SITE "site: {id: s1, area: \"310115\", timezone: Asia/Shanghai, packs: [cn-gb12523-2025]}\n"
#define LEAD "responsibility: [{unit: U, lead: true}]\n"

struct outcome {
    struct sw_site *site;
    struct sw_faults faults;
    struct sw_err err;
    int rc;
};

static char folder[64];

static inline int make_folder(void **state)
{
    (void) state;
    assert_int_equal(unsetenv("SITEWARD_SHARE"), 0);
    new_folder(folder);
    return 0;
}

static inline int drop_folder(void **state)
{
    (void) state;
    remove_folder(folder);
    return 0;
}

static inline struct outcome read_file(const char *path)
{
    struct outcome o = {0};

    o.rc = sw_site_read(path, NULL, &o.faults, &o.site, &o.err);
    return o;
}

static inline struct outcome read_site(const char *text)
{
    char path[128];

    write_file(folder, "site.yaml", text);
    (void) snprintf(path, sizeof(path), "%s/site.yaml", folder);
    return read_file(path);
}

static inline void done(struct outcome *o)
{
    CHECK((o->site != NULL) == (o->rc == SW_OK), "a snapshot if and only if there is no fault");
    o->site = sw_site_free(o->site);
    sw_faults_done(&o->faults);
}

static inline const struct sw_sensor_conf *sensor(const struct sw_site *s, const char *id)
{
    const int i = sw_site_sensor(s, id, strlen(id));

    CHECK(i >= 0, "no sensor %s", id);
    return &s->sensors[i];
}

#endif
