// SPDX-License-Identifier: Apache-2.0
/* `siteward check`: reads a site file with its layers, templates and packs, and names everything that is wrong.
 * Also writes the JSON Schemas of the files that people write. Finding faults is config/'s business. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "common/jsonw.h"
#include "common/macros.h"
#include "config/hub.h"
#include "config/read.h"
#include "config/text.h"

#define JSON_ROOM (1024 * 1024)
#define CALENDAR_WARN_DAYS 60
#define HUB_CONFIG_DEFAULT "/etc/siteward/hub.yaml"

static const struct schema {
    const char *name, *title;
    const struct sw_row *rows;
} schemas[] = {
    {"site", "siteward: a site (site.yaml)", sw_site_rows},
    {"template", "siteward: a device template (templates/*.yaml)", sw_template_rows},
    {"pack", "siteward: a pack of limits (packs/*.yaml)", sw_pack_rows},
    {"hotline", "siteward: classes and deadlines of a hotline (hotlines/*.yaml)", sw_hotline_rows},
    {"holidays", "siteward: a calendar of public holidays (holidays/*.yaml)", sw_holidays_rows},
    {"hub", "siteward: a hub (hub.yaml)", sw_hub_rows},
};

static void print_help(FILE *to)
{
    fputs("siteward check: is the configuration right?\n\n"
          "  siteward check                              /etc/siteward/site.yaml\n"
          "  siteward check -c site.yaml                 another file\n"
          "  siteward check -c site.yaml --json          the same for programs: one JSON object\n"
          "  siteward check --hub                        a hub's file: /etc/siteward/hub.yaml, or the one after -c\n"
          "  siteward check --schema site > site.schema.json\n\n"
          "Reads the site file, conf.d/*.yaml beside it, what the platform set, and every template and pack it names; "
          "prints each fault as\n"
          "file:line:column: message. Exit 0: good (warnings are told); 1: faults.\n\n"
          "  -c, --config FILE   site file\n"
          "      --hub           it is the file of a siteward-hub\n"
          "      --json          one JSON object on standard output\n"
          "      --schema NAME   print the JSON Schema of site, template, pack, hotline, holidays or hub files\n"
          "  -h, --help          this text\n",
          to);
}

static int print_schema(const char *name)
{
    struct sw_guess guess = {.typed = name};
    struct sw_jsonw w;
    char near[160];
    size_t len = 0;

    for (size_t i = 0; i < SW_ARRAY_SIZE(schemas); i++) {
        sw_guess_offer(&guess, schemas[i].name);
        if (strcmp(schemas[i].name, name) != 0)
            continue;
        char *buf = malloc(JSON_ROOM);
        if (buf == NULL)
            return sw_cli_fail("check", "no memory");
        sw_jsonw_init(&w, buf, JSON_ROOM);
        sw_schema_json(schemas[i].rows, schemas[i].title, &w);
        const char *json = sw_jsonw_finish(&w, &len);
        if (json != NULL)
            sw_json_indent(json, len, stdout);
        free(buf);
        return json != NULL ? SW_EXIT_OK : sw_cli_fail("check", "the schema of %s is too large", name);
    }
    return sw_cli_fail("check", "there is no schema '%.60s'%s (there are site, template, pack, hotline, holidays, hub)",
                       name, sw_guess_text(&guess, near, sizeof(near)));
}

static int print_json(const char *file, const struct sw_faults *faults, const struct sw_site *site, const char *error)
{
    char *buf = malloc(JSON_ROOM);
    struct sw_jsonw w;
    size_t len = 0;

    if (buf == NULL)
        return sw_cli_fail("check", "no memory");
    sw_jsonw_init(&w, buf, JSON_ROOM);
    sw_jsonw_object(&w, NULL);
    sw_jsonw_str(&w, "file", file);
    sw_jsonw_bool(&w, "ok", site != NULL);
    if (error != NULL)
        sw_jsonw_str(&w, "error", error);
    sw_jsonw_uint(&w, "faults_total", faults->n_faults);
    sw_jsonw_uint(&w, "warnings_total", faults->n_warnings);
    sw_faults_json(faults, &w, "faults");
    if (site != NULL) {
        sw_jsonw_str(&w, "site", site->id);
        sw_jsonw_uint(&w, "sensors", site->n_sensors);
        sw_jsonw_uint(&w, "devices", site->n_devices);
        sw_jsonw_str(&w, "config_sha256", site->config_sha256);
    }
    sw_jsonw_object_end(&w);
    const char *json = sw_jsonw_finish(&w, &len);
    if (json != NULL)
        (void) printf("%s\n", json);
    free(buf);
    return json != NULL ? SW_EXIT_OK : sw_cli_fail("check", "the list of faults is too long for JSON");
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void print_text(const char *file, const struct sw_faults *faults, const struct sw_site *site, const char *error)
{
    sw_faults_print(faults, stdout);
    if (error != NULL)
        (void) fprintf(stderr, "siteward check: %s\n", error);
    else if (site == NULL)
        (void) fprintf(stderr, "siteward check: %s: %zu fault%s, %zu warning%s\n", file, faults->n_faults,
                       plural(faults->n_faults), faults->n_warnings, plural(faults->n_warnings));
    else
        (void) printf("%s: good: site %s, %zu device%s, %zu sensor%s, %zu warning%s\n", file, site->id, site->n_devices,
                      plural(site->n_devices), site->n_sensors, plural(site->n_sensors), faults->n_warnings,
                      plural(faults->n_warnings));
}

/* Told here and not by config/, which knows no clock. */
static void warn_of_calendar_end(const char *file, const struct sw_site *site, struct sw_faults *faults)
{
    const int64_t left = site->days.known_to - (int64_t) time(NULL) / SW_S_PER_DAY;

    if (site->days.calendar[0] != '\0' && left < CALENDAR_WARN_DAYS)
        sw_warning_add(faults, file, 0, 0, "holiday calendar '%s' %s: holidays after that are judged as weekdays",
                       site->days.calendar, left < 0 ? "has ended" : "ends within 60 days");
}

/* People would be late, or late too soon, by days off that the site was never told of. */
static void warn_of_workdays(const char *file, const struct sw_site *site, struct sw_faults *faults)
{
    const struct sw_hotline *h = &site->hotline;
    bool in_workdays = h->enquiry.workdays > 0;

    for (size_t i = 0; i < SW_ARRAY_SIZE(h->limits); i++)
        in_workdays = in_workdays || h->limits[i].resolve.workdays > 0;
    if (in_workdays && site->days.calendar[0] == '\0')
        sw_warning_add(faults, file, 0, 0,
                       "hotline '%s' counts working days and 'site' names no calendar by 'holidays': Monday to Friday "
                       "are worked, festivals too",
                       h->id);
}

/* A day that is still to come anywhere on Earth. */
static void warn_of_backgrounds_to_come(const char *file, const struct sw_site *site, struct sw_faults *faults)
{
    const time_t tomorrow = time(NULL) + SW_S_PER_DAY;
    struct tm tm;
    char day[16];

    if (gmtime_r(&tomorrow, &tm) == NULL || strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
        return;
    for (size_t i = 0; i < site->n_sensors; i++) {
        const struct sw_sensor_conf *s = &site->sensors[i];

        if (s->background != SW_NO_VALUE && strcmp(s->background_date, day) > 0)
            sw_warning_add(faults, file, 0, 0, "sensor '%s': its background was measured on %s, which is still to come",
                           s->id, s->background_date);
    }
}

static int check(const char *file, bool wants_json)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_site *site = NULL;
    const int rc = sw_site_read(file, NULL, &faults, &site, &err);
    /* Faults speak for themselves; an error without one (no such file, no memory) has only its sentence. */
    const char *error = rc < 0 && faults.n_faults == 0 ? err.msg : NULL;
    int code = rc < 0 ? SW_EXIT_FAILED : SW_EXIT_OK;

    if (site != NULL) {
        warn_of_calendar_end(file, site, &faults);
        warn_of_workdays(file, site, &faults);
        warn_of_backgrounds_to_come(file, site, &faults);
    }
    if (!wants_json)
        print_text(file, &faults, site, error);
    else if (print_json(file, &faults, site, error) != SW_EXIT_OK)
        code = SW_EXIT_FAILED;
    sw_site_free(site);
    sw_faults_done(&faults);
    return code;
}

static void print_hub_json(struct sw_jsonw *w, const char *file, const struct sw_faults *faults,
                           const struct sw_hub *hub, const char *error)
{
    sw_jsonw_object(w, NULL);
    sw_jsonw_str(w, "file", file);
    sw_jsonw_bool(w, "ok", hub != NULL);
    if (error != NULL)
        sw_jsonw_str(w, "error", error);
    sw_jsonw_uint(w, "faults_total", faults->n_faults);
    sw_jsonw_uint(w, "warnings_total", faults->n_warnings);
    sw_faults_json(faults, w, "faults");
    if (hub != NULL)
        sw_jsonw_str(w, "hub", hub->id);
    sw_jsonw_object_end(w);
}

static int check_hub(const char *file, bool wants_json)
{
    struct sw_faults faults = {0};
    struct sw_err err = {0};
    struct sw_hub *hub = calloc(1, sizeof(*hub));
    char *buf = malloc(JSON_ROOM);
    const int rc = hub && buf ? sw_hub_read(file, &faults, hub, &err) : sw_err_set(&err, SW_E_NOMEM, 0, "no memory");
    const char *error = rc < 0 && faults.n_faults == 0 ? err.msg : NULL, *json;
    struct sw_jsonw w;
    size_t len = 0;

    if (wants_json && buf) {
        sw_jsonw_init(&w, buf, JSON_ROOM);
        print_hub_json(&w, file, &faults, rc < 0 ? NULL : hub, error);
        json = sw_jsonw_finish(&w, &len);
        (void) printf("%s\n", json ? json : "{}");
    } else {
        sw_faults_print(&faults, stdout);
        if (error != NULL)
            (void) fprintf(stderr, "siteward check: %s\n", error);
        else if (rc < 0)
            (void) fprintf(stderr, "siteward check: %s: %zu fault%s, %zu warning%s\n", file, faults.n_faults,
                           plural(faults.n_faults), faults.n_warnings, plural(faults.n_warnings));
        else
            (void) printf("%s: good: hub %s, broker %s, %zu warning%s\n", file, hub->id, hub->broker.url,
                          faults.n_warnings, plural(faults.n_warnings));
    }
    free(buf);
    free(hub);
    sw_faults_done(&faults);
    return rc < 0 ? SW_EXIT_FAILED : SW_EXIT_OK;
}

int sw_cmd_check(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"hub", no_argument, NULL, 'u'},  {"json", no_argument, NULL, 'j'},
        {"schema", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *file = NULL, *schema = NULL;
    bool wants_json = false, is_hub = false;
    int option;

    optind = 0; /* glibc: start anew */
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'u':
            is_hub = true;
            break;
        case 'j':
            wants_json = true;
            break;
        case 's':
            schema = optarg;
            break;
        case 'h':
            print_help(stdout);
            return sw_cli_end_output("check", SW_EXIT_OK);
        default: /* getopt has said what is wrong */
            (void) fputs("'siteward check --help' shows examples.\n", stderr);
            return SW_EXIT_FAILED;
        }
    }
    if (optind < argc)
        return sw_cli_fail("check", "'%.200s' is not an option: name the file with -c", argv[optind]);
    if (schema != NULL)
        return sw_cli_end_output("check", print_schema(schema));
    if (is_hub)
        return sw_cli_end_output("check", check_hub(file != NULL ? file : HUB_CONFIG_DEFAULT, wants_json));
    return sw_cli_end_output("check", check(file != NULL ? file : SW_CONFIG_DEFAULT, wants_json));
}
