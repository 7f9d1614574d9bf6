// SPDX-License-Identifier: Apache-2.0
/* Two parts: the layer that a platform wrote earlier, as a file, and a patch. Whatever the file holds, a good site is
 * read with it; a patch that is taken gives a layer that is read as it was meant and that an empty patch leaves as it
 * is; and no layer touches anything that is not a platform's. */
#include "fuzz.h"

#include <string.h>

#include "config/faults.h"
#include "config/remote.h"

static char site_file[512];
static struct sw_site *plain;

static struct sw_site *read_with(const struct sw_config_paths *paths, int *ret_rc, size_t *ret_faults)
{
    struct sw_faults faults = {0};
    struct sw_site *site = NULL;
    struct sw_err err = {0};

    *ret_rc = sw_site_read(site_file, paths, &faults, &site, &err);
    *ret_faults = faults.n_faults;
    sw_faults_print(&faults, fuzz_sink());
    sw_faults_done(&faults);
    return site;
}

/* What is judged, by what and for whom stays as the site's own files say. */
static void check_same(const struct sw_site *site)
{
    FUZZ_CHECK(strcmp(site->id, plain->id) == 0 && strcmp(site->area, plain->area) == 0, "another site");
    FUZZ_CHECK(site->n_sensors == plain->n_sensors && site->n_devices == plain->n_devices, "other sensors");
    FUZZ_CHECK(site->n_packs == plain->n_packs && site->n_responsibility == plain->n_responsibility, "other packs");
    FUZZ_CHECK(strcmp(site->data_dir, plain->data_dir) == 0, "another data folder");
    FUZZ_CHECK(memcmp(&site->platform, &plain->platform, sizeof(site->platform)) == 0, "another platform");
    FUZZ_CHECK(site->live_interval_ms >= 0 && site->live_interval_ms <= 3600000, "%d ms", site->live_interval_ms);
    for (size_t i = 0; i < site->n_sensors; i++) {
        FUZZ_CHECK(strcmp(site->sensors[i].id, plain->sensors[i].id) == 0, "another sensor");
        FUZZ_CHECK(site->sensors[i].interval_us == plain->sensors[i].interval_us, "another interval");
    }
}

static void check_file(const uint8_t *data, size_t size)
{
    struct sw_config_seen seen = {0};
    struct sw_config_paths paths = {.remote_file = fuzz_file(data, size), .seen = &seen};
    size_t n_faults = 0;
    int rc = SW_OK;
    struct sw_site *site = read_with(&paths, &rc, &n_faults);

    FUZZ_CHECK(rc == SW_OK && n_faults == 0, "a layer keeps a good site from being read: code %d", rc);
    check_same(site);
    fuzz_check_json(seen.remote, seen.remote_len);
    fuzz_check_json(seen.config, seen.config_len);
    fuzz_check_json(seen.origin, seen.origin_len);
    sw_site_free(site);
    sw_config_seen_done(&seen);
}

static void check_layer(const char *text, size_t len)
{
    struct sw_config_paths paths = {.remote_file = "remote.yaml", .remote_text = text, .remote_len = len};
    struct sw_err err = {0};
    size_t n_faults = 0, again_len = 0;
    char *again = NULL;
    int rc = SW_OK;
    struct sw_site *site = read_with(&paths, &rc, &n_faults);

    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL, "code %d", rc);
    if (site != NULL) {
        check_same(site);
        FUZZ_CHECK(sw_remote_patch(site_file, &paths, "{}", 2, &again, &again_len, &err) == SW_OK, "%s", err.msg);
        FUZZ_CHECK(again_len == len && memcmp(again, text, len) == 0, "%s became %s", text, again);
    }
    free(again);
    sw_site_free(site);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = memchr(data, FUZZ_SEPARATOR, size);
    const size_t first = cut != NULL ? (size_t) (cut - data) : size;
    const size_t rest = cut != NULL ? size - first - 1 : 0;
    struct sw_config_paths paths = {.remote_file = "remote.yaml", .remote_text = (const char *) data};
    struct sw_err err = {0};
    size_t n_faults = 0, len = 0;
    char *patch = fuzz_copy(cut != NULL ? cut + 1 : data, rest), *layer = NULL;
    int rc = SW_OK;

    if (plain == NULL) {
        const struct sw_config_paths none = {.remote_file = ""};

        (void) snprintf(site_file, sizeof(site_file), "%s", fuzz_source("tests/engine/site.yaml"));
        plain = read_with(&none, &rc, &n_faults);
        FUZZ_CHECK(plain != NULL, "the site of the tests cannot be read");
    }
    check_file(data, first);
    paths.remote_len = first;
    rc = sw_remote_patch(site_file, &paths, patch, rest, &layer, &len, &err);
    FUZZ_CHECK(rc == SW_OK || rc == SW_E_INVAL || rc == SW_E_DENIED || rc == SW_E_FULL, "code %d: %s", rc, err.msg);
    FUZZ_CHECK((rc == SW_OK) == (layer != NULL) && (rc == SW_OK || err.msg[0] != '\0'), "code %d without a word", rc);
    if (layer != NULL)
        check_layer(layer, len);
    free(layer);
    free(patch);
    return 0;
}
