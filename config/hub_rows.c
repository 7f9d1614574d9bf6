// SPDX-License-Identifier: Apache-2.0
/* The keys of hub.yaml. Those of the broker are the gateway's own. */
#include "config/hub_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEARS_10_S (3650.0 * 86400)

static const struct sw_word languages[] = {{"zh-CN", 0}, {"en", 1}, {0}};

static bool parse_area(const char *text, void *dest, char *why, size_t cap)
{
    const size_t len = strlen(text);
    bool is_good = len >= 2 && len < SW_AREA_SIZE && strcmp(text, "host") != 0;

    for (size_t i = 0; is_good && i < len; i++)
        is_good = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
                  (text[i] == '-' && i > 0 && i + 1 < len);
    if (!is_good)
        (void) snprintf(why, cap, "must be an area as in the topics, such as \"310115\" or gb-cmd");
    else if (dest != NULL)
        (void) snprintf(dest, SW_AREA_SIZE, "%s", text);
    return is_good;
}

static bool parse_listen(const char *text, void *dest, char *why, size_t cap)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    const long port = colon != NULL ? strtol(colon + 1, &end, 10) : 0;

    if (colon == NULL || colon == text || end == NULL || *end != '\0' || port < 1 || port > 65535 ||
        strlen(text) >= sizeof(((struct sw_hub *) 0)->listen)) {
        (void) snprintf(why, cap, "must be address:port, such as 127.0.0.1:8490");
        return false;
    }
    if (dest != NULL)
        (void) snprintf(dest, sizeof(((struct sw_hub *) 0)->listen), "%s", text);
    return true;
}

static const struct sw_row hub_rows[] = {
    {"id", SW_ROW_ID, SW_ROW_REQUIRED, SW_AT(hub_file, h.id),
     .help = "client id at the broker, which keeps for it what comes while the hub is away: never change it, never use "
             "it twice"},
    {"data", SW_ROW_PATH, 0, SW_AT(hub_file, h.data_dir), .dflt = "/var/lib/siteward-hub",
     .help = "folder of the store"},
    {"session", SW_ROW_DURATION_S, 0, SW_AT(hub_file, h.session_s), .min = 3600, .max = 90 * 86400, .dflt = "7d",
     .help = "so long the broker is asked to keep what comes while the hub is away (MQTT 5)"},
    {0},
};

static const struct sw_row area_rows[] = {
    {"area", SW_ROW_PARSED, 0, SW_AT(hub_area, area), .parse = parse_area,
     .pattern = "^[a-z0-9][a-z0-9-]{0,13}[a-z0-9]$", .help = "an area"},
    {0},
};

static const struct sw_row keep_rows[] = {
    {"minutes", SW_ROW_DURATION_S, 0, SW_AT(hub_file, h.keep_minutes_s), .min = 1.0 * 86400, .max = YEARS_10_S,
     .dflt = "400d", .help = "windows of one minute"},
    {"windows", SW_ROW_DURATION_S, 0, SW_AT(hub_file, h.keep_windows_s), .min = 1.0 * 86400, .max = YEARS_10_S,
     .dflt = "1100d", .help = "windows of other periods"},
    {"records", SW_ROW_DURATION_S, 0, SW_AT(hub_file, h.keep_records_s), .min = 31.0 * 86400, .max = YEARS_10_S,
     .dflt = "1100d",
     .help = "tickets that are done, events, complaints, alerts that are over, schedules, checkpoints"},
    {"max_bytes", SW_ROW_SIZE, 0, SW_AT(hub_file, h.max_bytes), .min = 64e6, .max = 16e12,
     .help = "of the store: above it the oldest windows of one minute go; absent: no ceiling"},
    {0},
};

const struct sw_row sw_hub_rows[] = {
    {"version", SW_ROW_INT, SW_ROW_REQUIRED, .min = 1, .max = 1, .help = "of this form: 1"},
    {"hub", SW_ROW_MAP, SW_ROW_REQUIRED, .of = hub_rows, .help = "the program"},
    {"broker", SW_ROW_MAP, SW_ROW_REQUIRED, .offset = offsetof(struct hub_file, broker), .of = sw_platform_rows,
     .help = "where the gateways' documents come from"},
    {"areas", SW_ROW_LIST, SW_ROW_SCALARS, SW_AT(hub_file, areas), .max = SW_HUB_AREAS_MAX, .of = area_rows,
     .of_size = sizeof(struct hub_area),
     .help = "areas that are taken in; absent: all that the broker's access list allows"},
    {"keep", SW_ROW_MAP, .of = keep_rows, .help = "how long"},
    {"listen", SW_ROW_PARSED, 0, SW_AT(hub_file, h.listen), .parse = parse_listen, .pattern = "^.+:[0-9]+$",
     .help = "address:port of pages and interface; absent: none"},
    {"language", SW_ROW_TEXT, 0, SW_AT(hub_file, h.language), .dflt = "zh-CN", .words = languages,
     .help = "of pages and sentences"},
    {0},
};
