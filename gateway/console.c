// SPDX-License-Identifier: Apache-2.0
/* Pages of the console: which there are, and what their arguments have in common. */
#include "gateway/console_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENSORS "/api/v1/sensors/"
#define SERIES "/series"

int core_console_new(struct sw_core *c, struct sw_err *err)
{
    const struct sw_sse_params p = {.first_id = (uint64_t) sw_mono_real_us() + (uint64_t) c->since_us};

    c->console = calloc(1, sizeof(*c->console));
    if (!c->console)
        return sw_err_set(err, SW_E_NOMEM, 0, "console: out of memory");
    return sw_sse_new(&p, &c->console->events, err);
}

void core_console_free(struct sw_core *c)
{
    if (!c->console)
        return;
    sw_sse_free(c->console->events);
    free(c->console);
    c->console = NULL;
}

/* ---- arguments ---- */

bool console_take_time(const struct sw_http_request *req, const char *key, int64_t *ret_us,
                       struct sw_http_response *res)
{
    const char *given = sw_http_query(req, key);
    char text[SW_RFC3339_SIZE + 8], *blank;
    struct sw_err err = {0};

    if (!given || !*given) {
        sw_http_refuse(res, 400, CONSOLE_INVALID, "%s is missing: %s=2026-03-02T00:00:00%%2B08:00", key, key);
        return false;
    }
    (void) snprintf(text, sizeof(text), "%s", given);
    blank = strlen(given) < sizeof(text) ? strrchr(text, ' ') : NULL;
    if (blank && blank - text > 10) /* not the one that may stand in the place of T */
        *blank = '+';
    if (strlen(given) >= sizeof(text) || sw_time_parse(text, strlen(text), ret_us, &err) < 0) {
        sw_http_refuse(res, 400, CONSOLE_INVALID, "%s '%.40s': %s", key, given,
                       err.msg[0] ? err.msg : "that is no time of RFC 3339");
        return false;
    }
    return true;
}

bool console_take_stretch(const struct sw_http_request *req, int64_t max_us, int64_t *ret_from_us, int64_t *ret_to_us,
                          struct sw_http_response *res)
{
    if (!console_take_time(req, "from", ret_from_us, res) || !console_take_time(req, "to", ret_to_us, res))
        return false;
    if (*ret_from_us >= *ret_to_us || *ret_from_us < 0) {
        sw_http_refuse(res, 400, CONSOLE_INVALID,
                       *ret_from_us < 0 ? "from lies before 1970" : "from must lie before to");
        return false;
    }
    if (*ret_to_us - *ret_from_us > max_us) {
        sw_http_refuse(res, 400, CONSOLE_INVALID,
                       "from and to are too far apart: at most %lld s of this period at once; ask piece by piece",
                       (long long) (max_us / SW_US_PER_S));
        return false;
    }
    return true;
}

bool console_parse_date(const char *text, int32_t *ret_day)
{
    static const char form[] = "dddd-dd-dd";
    char midnight[SW_RFC3339_SIZE];
    int64_t us;

    if (strlen(text) != sizeof(form) - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    (void) snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", text);
    if (sw_time_parse(midnight, strlen(midnight), &us, NULL) < 0 || us < 0)
        return false;
    *ret_day = (int32_t) (us / (SW_S_PER_DAY * SW_US_PER_S));
    return true;
}

int32_t console_period_s(const char *period)
{
    char *end = NULL;
    const long n = period[0] >= '1' && period[0] <= '9' ? strtol(period, &end, 10) : 0;

    if (n < 1 || n > 24 * 60 || !end || end[0] == '\0' || end[1] != '\0')
        return 0;
    return end[0] == 'm' ? (int32_t) n * 60 : end[0] == 'h' && n <= 24 ? (int32_t) n * 3600 : 0;
}

/* ---- waiting for the query worker ---- */

struct sw_http_later *console_defer(const struct sw_http_request *req, struct sw_http_response *res)
{
    struct sw_http_later *later = sw_http_defer(req);

    if (!later) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "too many questions are waiting: ask again in some seconds");
        (void) sw_http_set_header(res, "Retry-After", "5");
    }
    return later;
}

void console_fail(struct sw_http_later *later, const struct sw_err *err)
{
    struct sw_http_response *res = sw_http_later_response(later);

    if (err->code == SW_E_FULL || err->code == SW_E_BUSY) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "%s", err->msg);
        (void) sw_http_set_header(res, "Retry-After", "5");
    } else {
        sw_http_refuse(res, 500, CONSOLE_STORAGE, "what is stored cannot be read: %s", err->msg);
    }
    sw_http_later_send(later);
}

/* ---- which page ---- */

typedef void (*page_fn)(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res);

static page_fn find(const char *path)
{
    static const struct {
        const char *path;
        page_fn page;
    } pages[] = {
        {"/api/v1/day", console_page_day},           {"/api/v1/events", console_page_events},
        {"/api/v1/export.csv", console_page_export}, {"/api/v1/schedule.ics", console_page_calendar},
        {"/metrics", console_page_metrics},
    };
    const size_t len = strlen(path), tail = strlen(SERIES);

    for (size_t i = 0; i < SW_ARRAY_SIZE(pages); i++)
        if (strcmp(path, pages[i].path) == 0)
            return pages[i].page;
    if (strncmp(path, "/day/", 5) == 0)
        return console_page_sheet;
    if (strncmp(path, SENSORS, strlen(SENSORS)) == 0 && len > strlen(SENSORS) + tail &&
        strcmp(path + len - tail, SERIES) == 0)
        return console_page_series;
    return NULL;
}

bool core_console_page(struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    const page_fn page = find(req->path);

    if (!page)
        return false;
    if (strcmp(req->method, "GET") != 0) {
        sw_http_problem(res, 405, "%.100s can only be read", req->path);
        res->allow = "GET, HEAD";
    } else if (sw_engine_now_us(c->engine) == INT64_MIN) {
        sw_http_refuse(res, 503, CONSOLE_OVERLOADED, "the gateway is starting: ask again in some seconds");
    } else {
        page(c, req, res);
    }
    return true;
}
