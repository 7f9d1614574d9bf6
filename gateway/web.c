// SPDX-License-Identifier: Apache-2.0
/* The console's door: where HTTP listens, the files of the pages. Who may ask what is up to
 * console_session.c. */
#include "gateway/web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/jsonw.h"
#include "io/accounts.h"
#include "io/static.h"

#define RETRY_US (30 * SW_US_PER_S)

struct core_web {
    char listen[64];
    struct sw_static *pages; /* NULL: none are installed */
    struct sw_source *retry;
    char why[256]; /* "" = it listens */
};

/* ---- listening ---- */

static int listen_tcp(struct sw_core *c, struct sw_err *err)
{
    const struct sw_console_conf *conf = &c->site->console;
    const char *hosts[SW_CONSOLE_HOSTS_MAX];
    const struct sw_http_tcp tcp = {.listen = c->web->listen,
                                    .certificate_file = conf->certificate_file[0] ? conf->certificate_file : NULL,
                                    .key_file = conf->key_file[0] ? conf->key_file : NULL,
                                    .is_plain_allowed = conf->is_plain,
                                    .hosts = hosts,
                                    .n_hosts = conf->n_hosts};

    for (size_t i = 0; i < conf->n_hosts; i++)
        hosts[i] = conf->hosts[i];
    return sw_http_listen(c->http, &tcp, err);
}

/* The port may become free, the address come with the network, the certificate be put in its place. */
static void try_to_listen(struct sw_core *c)
{
    struct core_web *web = c->web;
    struct sw_err err = {0};
    const char *was = web->why;

    if (listen_tcp(c, &err) == SW_OK) {
        web->why[0] = '\0';
        sw_log(SW_LOG_NOTICE, "the console is at %s://%.*s:%d/", c->site->console.key_file[0] ? "https" : "http",
               (int) (strrchr(web->listen, ':') - web->listen), web->listen, sw_http_port(c->http));
        return;
    }
    if (strcmp(was, err.msg) != 0)
        sw_log(SW_LOG_WARNING,
               "no console: %s; console.listen in the site file names the address. Tried again every 30 s", err.msg);
    snprintf(web->why, sizeof(web->why), "%s", err.msg);
    sw_timer_arm(web->retry, sw_mono_real_us() + RETRY_US, RETRY_US / 10, NULL);
}

static void on_retry(void *ctx, int64_t due_us)
{
    (void) due_us;
    try_to_listen(ctx);
}

static void read_pages(struct core_web *web)
{
    char folder[SW_PATH_SIZE + 32];
    struct sw_err err = {0};

    sw_config_web_folder(NULL, folder, sizeof(folder));
    if (sw_static_new(folder, &web->pages, &err) < 0)
        sw_log(SW_LOG_WARNING, "the console has no pages, only its interface: %s", err.msg);
}

static const char *wanted_at(const struct sw_core *c)
{
    const char *env = getenv("SITEWARD_CONSOLE");

    return env && env[0] ? env : c->site->console.listen;
}

bool core_web_is_wanted(const struct sw_core *c)
{
    return *wanted_at(c) && strcmp(wanted_at(c), "off") != 0;
}

static int start_tcp(struct sw_core *c, struct sw_err *err)
{
    int rc;

    c->web = calloc(1, sizeof(*c->web));
    if (!c->web)
        return sw_err_set(err, SW_E_NOMEM, 0, "console: out of memory");
    snprintf(c->web->listen, sizeof(c->web->listen), "%s", wanted_at(c));
    if (!core_web_is_wanted(c))
        return SW_OK;
    rc = sw_loop_add_timer(c->loop, on_retry, c, &c->web->retry, err);
    if (rc < 0)
        return rc;
    read_pages(c->web);
    try_to_listen(c);
    return SW_OK;
}

int core_web_start(struct sw_core *c, struct sw_err *err)
{
    char path[SW_PATH_SIZE + 32];
    int rc;

    if (mkdir(c->site->runtime_dir, 0750) < 0 && errno != EEXIST)
        return sw_err_set(err, SW_E_IO, errno, "runtime folder %s cannot be made: %s; gateway.runtime names it",
                          c->site->runtime_dir, strerror(errno));
    snprintf(path, sizeof(path), "%s/ctl.sock", c->site->runtime_dir);
    rc = sw_http_new(c->loop, path, core_page, c, &c->http, err);
    if (rc < 0)
        return rc;
    sw_http_set_identify(c->http, sw_accounts_identify, c->accounts);
    return start_tcp(c, err);
}

void core_web_free(struct sw_core *c)
{
    c->http = sw_http_free(c->http);
    if (!c->web)
        return;
    sw_source_free(c->web->retry);
    sw_static_free(c->web->pages);
    free(c->web);
    c->web = NULL;
}

/* ---- asking ---- */

bool core_web_page(const struct sw_core *c, const struct sw_http_request *req, struct sw_http_response *res)
{
    return req->is_tcp && c->web && c->web->pages && sw_static_answer(c->web->pages, req, req->path, res);
}

const char *core_web_why(const struct sw_core *c)
{
    return c->web && c->web->retry ? c->web->why : NULL;
}

void core_web_render(const struct sw_core *c, struct sw_jsonw *w)
{
    const char *why = core_web_why(c);
    const int port = why ? sw_http_port(c->http) : 0;

    if (!why) {
        sw_jsonw_null(w, "console");
        return;
    }
    sw_jsonw_object(w, "console");
    sw_jsonw_str(w, "listen", c->web->listen);
    if (port)
        sw_jsonw_int(w, "port", port);
    else
        sw_jsonw_null(w, "port");
    sw_jsonw_bool(w, "tls", c->site->console.key_file[0] != '\0');
    sw_jsonw_str(w, "why", why[0] ? why : NULL);
    sw_jsonw_object_end(w);
}
