// SPDX-License-Identifier: Apache-2.0
/* Probes glibc's localtime_r for every change of offset between 2000 and 2099. Rules for far years stand in the zone
 * file's closing line, which glibc knows to follow; the judging middle then needs no C library. */
#include "config/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/text.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define FIRST_S 946684800LL /* 2000-01-01T00:00:00Z */
#define END_S 4102444800LL  /* 2100-01-01T00:00:00Z */
#define STEP_S 86400LL      /* no zone ever changed twice within a day and back */

static bool is_name(const char *name)
{
    const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

    return name[0] != '\0' && name[0] != '/' && strlen(name) < sizeof(((struct sw_zone *) 0)->name) &&
           name[strspn(name, allowed)] == '\0' && strstr(name, "//") == NULL && strncmp(name, "right/", 6) != 0;
}

/* Zone files begin with "TZif"; the folder also holds tables. */
static bool is_zone_file(const char *path)
{
    char head[4] = {0};
    FILE *f = fopen(path, "rbe");
    const bool is = f != NULL && fread(head, 1, sizeof(head), f) == sizeof(head) && memcmp(head, "TZif", 4) == 0;

    if (f != NULL)
        (void) fclose(f);
    return is;
}

/* The nearest name in the system's list. */
static void guess_name(struct sw_guess *guess)
{
    FILE *f = fopen(ZONE_DIR "tzdata.zi", "re");
    char line[256];

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        char *name = NULL, *save = NULL;

        if (line[0] == 'Z') { /* Z name … */
            (void) strtok_r(line, " \n", &save);
            name = strtok_r(NULL, " \n", &save);
        } else if (line[0] == 'L') { /* L target name */
            (void) strtok_r(line, " \n", &save);
            (void) strtok_r(NULL, " \n", &save);
            name = strtok_r(NULL, " \n", &save);
        }
        if (name != NULL)
            sw_guess_offer(guess, name);
    }
    if (f != NULL)
        (void) fclose(f);
}

static int32_t offset_at(int64_t utc_s)
{
    const time_t t = (time_t) utc_s;
    struct tm tm = {0};

    (void) localtime_r(&t, &tm);
    return (int32_t) tm.tm_gmtoff;
}

/* First second in (low, high] with another offset than at low; the two differ. */
static int64_t bisect(int64_t low, int64_t high, int32_t offset_low)
{
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (offset_at(middle) == offset_low)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static int probe(struct sw_zone *zone, struct sw_err *err)
{
    int32_t offset = offset_at(FIRST_S);

    zone->n = 1;
    zone->span[0] = (struct sw_zone_span){.from_s = INT64_MIN, .offset_s = offset};
    for (int64_t low = FIRST_S; low < END_S; low += STEP_S) {
        const int64_t high = low + STEP_S;
        int64_t from = low;

        while (offset_at(high) != offset) {
            from = bisect(from, high, offset);
            offset = offset_at(from);
            if (from >= END_S)
                return SW_OK;
            if (zone->n == SW_ZONE_SPANS_MAX)
                return sw_err_set(err, SW_E_FULL, 0, "time zone '%s' changes its offset more than %d times", zone->name,
                                  SW_ZONE_SPANS_MAX);
            zone->span[zone->n++] = (struct sw_zone_span){.from_s = from, .offset_s = offset};
        }
    }
    return SW_OK;
}

/* TZ as it was, or absent as it was. */
static void put_back(char *saved)
{
    if (saved != NULL)
        (void) setenv("TZ", saved, 1);
    else
        (void) unsetenv("TZ");
    tzset();
    free(saved);
}

int sw_zone_exists(const char *iana_name, struct sw_err *err)
{
    char path[sizeof(ZONE_DIR) + 64], near[160];
    struct sw_guess guess = {.typed = iana_name};

    if (!is_name(iana_name))
        return sw_err_set(err, SW_E_INVAL, 0, "'%.*s' is no time zone name: write it like Asia/Shanghai",
                          sw_text_clip(iana_name, 60), iana_name);
    (void) snprintf(path, sizeof(path), ZONE_DIR "%s", iana_name);
    if (is_zone_file(path))
        return SW_OK;
    guess_name(&guess);
    return sw_err_set(err, SW_E_NOTFOUND, 0, "unknown time zone '%s'%s", iana_name,
                      guess.is_found ? sw_guess_text(&guess, near, sizeof(near))
                                     : " (is the package tzdata installed?)");
}

int sw_zone_load(const char *iana_name, struct sw_zone *ret, struct sw_err *err)
{
    const char *old = getenv("TZ");
    char tz[sizeof(ZONE_DIR) + 65];
    static struct sw_zone zone; /* 8 KiB; the function is not re-entrant anyway */
    int rc = sw_zone_exists(iana_name, err);

    if (rc < 0)
        return rc;
    char *saved = old != NULL ? strdup(old) : NULL;
    if (old != NULL && saved == NULL)
        return sw_err_set(err, SW_E_NOMEM, 0, "time zone '%s': no memory", iana_name);
    (void) snprintf(tz, sizeof(tz), ":" ZONE_DIR "%s", iana_name);
    if (setenv("TZ", tz, 1) != 0) {
        free(saved);
        return sw_err_set(err, SW_E_NOMEM, 0, "time zone '%s': no memory", iana_name);
    }
    tzset();
    zone = (struct sw_zone){0};
    (void) snprintf(zone.name, sizeof(zone.name), "%s", iana_name);
    rc = probe(&zone, err);
    put_back(saved);
    if (rc == SW_OK)
        *ret = zone;
    return rc;
}
