// SPDX-License-Identifier: Apache-2.0
/* The door of the hub: where it listens, who may ask what, files of the pages, the stream of events. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/log.h"
#include "hub/api_int.h"
#include "io/auth.h"

#define RETRY_US (30 * SW_US_PER_S)
#define HAPPENED_MAX 4096
#define TURN_MAX 512

/* ---- what happened, from the store's thread to who listens ---- */

struct happened {
    const char *event;
    char *text; /* heap: one object */
};

static const char *event_of(const struct hub_document *d)
{
    switch (d->place.kind) {
    case HUB_SUMMARY:
        return "site";
    case HUB_TICKET:
        return "ticket";
    case HUB_ALERT:
        return "alert";
    case HUB_GAP:
        return "gap";
    default:
        return NULL;
    }
}

/* {"area", "site", "topic", "document"}: documents do not say whose they are. */
static char *wrap(const struct hub_document *d)
{
    const size_t cap = d->len + 512;
    char *text = malloc(cap);

    if (text)
        snprintf(text, cap, "{\"area\":\"%s\",\"site\":\"%s\",\"topic\":\"%s\",\"document\":%.*s}", d->place.area,
                 d->place.site, d->place.relative, d->is_deletion ? 4 : (int) d->len,
                 d->is_deletion ? "null" : d->text);
    return text;
}

void hub_api_tap(void *ctx, const struct hub_document *d, enum hub_put put, int64_t received_us)
{
    struct hub_api *a = ctx;
    struct happened h = {.event = event_of(d)};

    (void) received_us;
    if (!a->conf->listen[0] || put != HUB_PUT_NEW || !h.event || (d->is_deletion && d->place.kind != HUB_ALERT))
        return;
    h.text = wrap(d);
    if (h.text && sw_mailbox_post(a->happened, &h, 1, false) == 0)
        free(h.text); /* counted by the box: who listens begins anew */
}

static void on_happened(void *ctx, int fd, uint32_t events)
{
    struct hub_api *a = ctx;
    struct happened h;

    (void) fd;
    (void) events;
    for (int i = 0; i < TURN_MAX && sw_mailbox_take(a->happened, &h, 1); i++) {
        sw_sse_post(a->events, h.event, h.text, strlen(h.text));
        free(h.text);
    }
    if (sw_mailbox_dropped_total(a->happened) != a->dropped_total) {
        a->dropped_total = sw_mailbox_dropped_total(a->happened);
        sw_sse_reset(a->events);
    }
}

/* ---- pages of state ---- */

static void page_healthz(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    (void) a;
    (void) rq;
    sw_http_write(rs, "{\"status\":\"ok\"}", 15);
}

static void page_readyz(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct hub_link_status link;
    struct hub_ingest_stats in;

    (void) rq;
    hub_link_status(a->hub->link, &link);
    hub_ingest_stats(a->hub->ingest, &in);
    if (in.is_failing)
        sw_http_problem(rs, 503, "the store cannot be written");
    else if (!link.is_subscribed)
        sw_http_problem(rs, 503, "there is no connection to the broker");
    else
        sw_http_write(rs, "{\"status\":\"ready\"}", 18);
}

static void page_events(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    sw_http_send_events(rq, rs, a->events);
}

/* ---- who may ask what ---- */

typedef void (*page_fn)(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs);

static const struct page {
    const char *method, *path, *end; /* path: its beginning where there is an end, else the whole */
    unsigned right;                  /* 0 = nobody is asked who they are */
    page_fn fn;
} pages[] = {
    {"GET", "/healthz", NULL, 0, page_healthz},
    {"GET", "/readyz", NULL, 0, page_readyz},
    {"GET", "/public/", "", 0, api_page_public},
    {"GET", API "answer", NULL, SW_MAY_EVIDENCE, api_page_answer},
    {"GET", API "sites", NULL, SW_MAY_READ, api_page_sites},
    {"GET", API "sites/", "/series", SW_MAY_READ, api_page_series},
    {"GET", API "tickets", NULL, SW_MAY_READ, api_page_tickets},
    {"GET", API "tickets/", "", SW_MAY_READ, api_page_ticket},
    {"POST", API "tickets/", "", SW_MAY_TICKETS, api_page_command},
    {"POST", API "complaints", NULL, SW_MAY_COMPLAINTS, api_page_complaint},
    {"GET", API "events", NULL, SW_MAY_READ, page_events},
};

static bool is_path(const struct page *p, const char *path)
{
    const size_t len = strlen(path), head = strlen(p->path), tail = p->end ? strlen(p->end) : 0;

    if (!p->end)
        return strcmp(path, p->path) == 0;
    return len > head + tail && strncmp(path, p->path, head) == 0 && strcmp(path + len - tail, p->end) == 0;
}

static bool answer_file(struct hub_api *a, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    const char *path = strcmp(rq->path, "/") == 0              ? "/wall.html"
                       : strcmp(rq->path, "/desk") == 0        ? "/desk.html"
                       : strncmp(rq->path, "/assets/", 8) == 0 ? rq->path
                                                               : NULL;

    return a->pages && path && strcmp(rq->method, "GET") == 0 && sw_static_answer(a->pages, rq, path, rs);
}

static void handle(void *ctx, const struct sw_http_request *rq, struct sw_http_response *rs)
{
    struct hub_api *a = ctx;
    const struct page *other = NULL;

    if (sw_accounts_page(a->accounts, rq, rs) || answer_file(a, rq, rs))
        return;
    for (size_t i = 0; i < SW_ARRAY_SIZE(pages); i++) {
        if (!is_path(&pages[i], rq->path))
            continue;
        if (strcmp(pages[i].method, rq->method) != 0) {
            other = &pages[i];
            continue;
        }
        if (pages[i].right == 0 || sw_accounts_admits(a->accounts, rq, pages[i].right, rs))
            pages[i].fn(a, rq, rs);
        return;
    }
    if (!other) {
        sw_http_problem(rs, 404, "there is no page %.100s", rq->path);
        return;
    }
    sw_http_problem(rs, 405, "%.100s is for %s", rq->path, other->method);
    rs->allow = strcmp(other->method, "GET") == 0 ? "GET, HEAD" : "POST";
}

/* ---- start and stop ---- */

static void describe(void *ctx, struct sw_jsonw *w)
{
    const struct hub_api *a = ctx;

    sw_jsonw_str(w, "language", a->conf->language);
    sw_jsonw_null(w, "site");
    sw_jsonw_bool(w, "simulated", false);
}

static void on_ended(void *ctx, const char *account)
{
    const struct hub_api *a = ctx;

    if (a->events)
        sw_sse_end(a->events, account);
}

static void try_to_listen(struct hub_api *a)
{
    const struct sw_http_tcp tcp = {.listen = a->conf->listen};
    struct sw_err err = {0};

    if (sw_http_listen(a->http, &tcp, &err) == SW_OK) {
        a->why[0] = '\0';
        sw_log(SW_LOG_NOTICE, "pages and interface are at http://%s/", a->conf->listen);
        return;
    }
    if (strcmp(a->why, err.msg) != 0)
        sw_log(SW_LOG_WARNING, "no pages: %s; listen in the hub's file names the address. Tried again every 30 s",
               err.msg);
    snprintf(a->why, sizeof(a->why), "%s", err.msg);
    sw_timer_arm(a->retry, sw_mono_real_us() + RETRY_US, RETRY_US / 10, NULL);
}

static void on_retry(void *ctx, int64_t due_us)
{
    (void) due_us;
    try_to_listen(ctx);
}

/* With it callers' numbers become references: made once, and kept, so that the same caller stays the same. */
static int take_key(struct hub_api *a, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    int fd;

    snprintf(path, sizeof(path), "%s/caller.key", a->conf->data_dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        randombytes_buf(a->key, sizeof(a->key));
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0 && write(fd, a->key, sizeof(a->key)) == (ssize_t) sizeof(a->key) && fsync(fd) == 0) {
            close(fd);
            return SW_OK;
        }
        unlink(path);
    } else if (fd >= 0 && read(fd, a->key, sizeof(a->key)) == (ssize_t) sizeof(a->key)) {
        close(fd);
        return SW_OK;
    }
    if (fd >= 0)
        close(fd);
    return sw_err_set(err, SW_E_IO, errno, "%s, with which callers' numbers are hidden, cannot be read or made", path);
}

static void read_pages(struct hub_api *a)
{
    char folder[SW_PATH_SIZE + 32];
    struct sw_err err = {0};

    sw_config_web_folder(NULL, folder, sizeof(folder));
    if (sw_static_new(folder, &a->pages, &err) < 0)
        sw_log(SW_LOG_WARNING, "there are no pages, only the interface: %s", err.msg);
}

int hub_api_new(const struct sw_hub *conf, struct hub_api **ret, struct sw_err *err)
{
    struct hub_api *a = calloc(1, sizeof(*a));
    int rc;

    if (!a)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    a->conf = conf;
    sw_clock_init_real(&a->clock);
    rc = sw_mailbox_new(HAPPENED_MAX, 0, sizeof(struct happened), &a->happened, err);
    if (rc < 0) {
        hub_api_free(a);
        return rc;
    }
    *ret = a;
    return SW_OK;
}

static int start_parts(struct hub_api *a, struct sw_err *err)
{
    struct sw_loop *loop = a->hub->loop;
    const struct sw_accounts_params accounts = {.loop = loop,
                                                .clock = &a->clock,
                                                .data_dir = a->conf->data_dir,
                                                .cookie = "siteward-hub",
                                                .says_code = true,
                                                .describe = describe,
                                                .on_ended = on_ended,
                                                .ctx = a};
    const struct sw_sse_params sse = {.first_id = (uint64_t) sw_clock_utc_us(&a->clock)};
    int rc = take_key(a, err);

    if (rc >= 0)
        rc = hub_reader_open(a->hub->db_path, &a->reader, err);
    if (rc >= 0)
        rc = hub_ask_new(a->conf, loop, &a->ask, err);
    if (rc >= 0)
        rc = sw_accounts_new(&accounts, &a->accounts, err);
    if (rc >= 0)
        rc = sw_sse_new(&sse, &a->events, err);
    if (rc >= 0)
        rc = sw_loop_add_io(loop, sw_mailbox_fd(a->happened), EPOLLIN, on_happened, a, &a->on_happened, err);
    if (rc >= 0)
        rc = sw_http_new(loop, NULL, handle, a, &a->http, err);
    return rc < 0 ? rc : sw_loop_add_timer(loop, on_retry, a, &a->retry, err);
}

int hub_api_start(struct hub_api *a, struct hub *h, struct sw_err *err)
{
    int rc;

    a->hub = h;
    a->next_id = (uint64_t) sw_clock_utc_us(&a->clock);
    if (!a->conf->listen[0])
        return SW_OK;
    rc = start_parts(a, err);
    if (rc < 0)
        return rc;
    sw_http_set_identify(a->http, sw_accounts_identify, a->accounts);
    read_pages(a);
    try_to_listen(a);
    return SW_OK;
}

void hub_api_stop(struct hub_api *a)
{
    if (!a)
        return;
    a->ask = hub_ask_free(a->ask); /* who waits is answered while there is somebody to send it */
    a->http = sw_http_free(a->http);
    a->accounts = sw_accounts_free(a->accounts);
    a->events = sw_sse_free(a->events);
    a->pages = sw_static_free(a->pages);
    a->reader = hub_reader_close(a->reader);
    a->on_happened = sw_source_free(a->on_happened);
    a->retry = sw_source_free(a->retry);
}

struct hub_api *hub_api_free(struct hub_api *a)
{
    struct happened h;

    if (!a)
        return NULL;
    while (a->happened && sw_mailbox_take(a->happened, &h, 1))
        free(h.text);
    sw_mailbox_free(a->happened);
    sodium_memzero(a->key, sizeof(a->key));
    free(a);
    return NULL;
}
