// SPDX-License-Identifier: Apache-2.0
/* The client of the daemon's HTTP interface, by libcurl over the unix socket. The only file that includes curl.h. */
#include "cli/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "cli/cli.h"

#define SOCKET_DEFAULT "/run/siteward/ctl.sock"
#define SOCKET_NAME "ctl.sock"

struct sw_client {
    CURL *curl;
    char socket[SW_PATH_SIZE + sizeof(SOCKET_NAME) + 1];
    char *answer;
    size_t len, cap;
    bool is_too_large;
};

static int find_socket(struct sw_client *c, const char *command, const char *config, struct sw_err *err)
{
    const char *from_env = getenv("SITEWARD_SOCKET");
    if (config) {
        struct sw_site *site = sw_cli_site(command, config);
        if (!site)
            return sw_err_set(err, SW_E_INVAL, 0, "without a sound site file the daemon's socket is not known");
        snprintf(c->socket, sizeof(c->socket), "%s/" SOCKET_NAME, site->runtime_dir);
        sw_site_free(site);
        return SW_OK;
    }
    if (from_env && strlen(from_env) >= sizeof(c->socket))
        return sw_err_set(err, SW_E_INVAL, 0, "$SITEWARD_SOCKET is longer than a path can be");
    snprintf(c->socket, sizeof(c->socket), "%s", from_env && from_env[0] ? from_env : SOCKET_DEFAULT);
    return SW_OK;
}

/* libcurl hands over a piece of the answer. */
static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
    struct sw_client *c = ctx;
    size_t add = size * n;
    if (c->len + add > SW_CLIENT_ANSWER_MAX) {
        c->is_too_large = true;
        return 0;
    }
    if (c->len + add > c->cap) {
        size_t cap = SW_MAX(2 * c->cap, c->len + add);
        char *bigger = realloc(c->answer, cap);
        if (!bigger)
            return 0;
        c->answer = bigger;
        c->cap = cap;
    }
    if (add > 0)
        memcpy(c->answer + c->len, data, add);
    c->len += add;
    return add;
}

int sw_client_new(const char *command, const char *config, struct sw_client **ret, struct sw_err *err)
{
    struct sw_client *c = calloc(1, sizeof(*c));
    if (!c)
        return sw_err_set(err, SW_E_NOMEM, 0, "out of memory");
    int r = find_socket(c, command, config, err);
    if (r >= 0 && (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(c->curl = curl_easy_init())))
        r = sw_err_set(err, SW_E_NOMEM, 0, "libcurl cannot start");
    if (r < 0) {
        sw_client_free(c);
        return r;
    }
    curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->socket);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(c->curl, CURLOPT_PROXY, ""); /* a proxy in the environment is for other hosts */
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long) SW_CLIENT_TIMEOUT_MS);
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "siteward/" SW_VERSION);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
    *ret = c;
    return SW_OK;
}

int sw_client_run(const char *command, const char *config, int (*run)(const void *options, struct sw_client *client),
                  const void *options)
{
    struct sw_client *client;
    struct sw_err err = {0};
    int code;

    if (sw_client_new(command, config, &client, &err) < 0)
        return sw_cli_fail(command, "%s", err.msg);
    code = run(options, client);
    sw_client_free(client);
    return code;
}

struct sw_client *sw_client_free(struct sw_client *c)
{
    if (c) {
        if (c->curl)
            curl_easy_cleanup(c->curl);
        free(c->answer);
        free(c);
    }
    return NULL;
}

/* What libcurl could not do, as a sentence for the person who asked. */
static int transport_fault(struct sw_client *c, CURLcode code, struct sw_err *err)
{
    if (c->is_too_large)
        return sw_err_set(err, SW_E_FULL, 0, "the answer is larger than %d MiB", SW_CLIENT_ANSWER_MAX >> 20);
    long os_error = 0;
    curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &os_error);
    if (os_error == EACCES || os_error == EPERM)
        return sw_err_set(err, SW_E_DENIED, (int) os_error,
                          "you may not speak with the daemon at %s: be root, or a member of its group", c->socket);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return sw_err_set(err, SW_E_TIMEOUT, (int) code, "the daemon at %s did not answer within %d s", c->socket,
                          SW_CLIENT_TIMEOUT_MS / 1000);
    return sw_err_set(err, SW_E_IO, (int) code,
                      "no daemon answers at %s (%s). Is sitewardd running? -c FILE or $SITEWARD_SOCKET names another "
                      "one",
                      c->socket, curl_easy_strerror(code));
}

/* An HTTP refusal; its problem document (RFC 9457) says more. */
static int refusal(const struct sw_client *c, long status, const char *path, struct sw_err *err)
{
    json_t *problem = json_loadb(c->answer ? c->answer : "", c->len, 0, NULL);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    const char *title = json_string_value(json_object_get(problem, "title"));
    enum sw_code code = status == 404 ? SW_E_NOTFOUND : status == 401 || status == 403 ? SW_E_DENIED : SW_E_PROTOCOL;
    int r = sw_err_set(err, code, (int) status, "the daemon answers %ld to %s: %.120s", status, path,
                       detail  ? detail
                       : title ? title
                               : "no reason given");
    json_decref(problem);
    return r;
}

int sw_client_get(struct sw_client *c, const char *path, json_t **ret, struct sw_err *err)
{
    char url[SW_PATH_SIZE + 32];
    long status = 0;
    json_error_t fault;

    snprintf(url, sizeof(url), "http://localhost%s", path);
    c->len = 0;
    c->is_too_large = false;
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(c->curl);
    if (code != CURLE_OK)
        return transport_fault(c, code, err);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return refusal(c, status, path, err);
    json_t *answer = json_loadb(c->answer ? c->answer : "", c->len, 0, &fault);
    if (!answer)
        return sw_err_set(err, SW_E_PROTOCOL, 0, "the answer to %s is not JSON: %s", path, fault.text);
    *ret = answer;
    return SW_OK;
}

int sw_client_post(struct sw_client *c, const char *path, json_t **ret, struct sw_err *err)
{
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    int r = sw_client_get(c, path, ret, err);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    return r;
}

int sw_client_send(struct sw_client *c, const char *path, const json_t *body, long timeout_ms, long *ret_status,
                   json_t **ret, struct sw_err *err)
{
    char url[SW_PATH_SIZE + 32];
    char *text = json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    json_error_t fault;
    CURLcode code;

    snprintf(url, sizeof(url), "http://localhost%s", path);
    c->len = 0;
    c->is_too_large = false;
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, timeout_ms ? timeout_ms : (long) SW_CLIENT_TIMEOUT_MS);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text ? text : "");
    curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    code = curl_easy_perform(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    free(text);
    if (code != CURLE_OK)
        return transport_fault(c, code, err);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, ret_status);
    *ret = json_loadb(c->answer ? c->answer : "", c->len, 0, &fault);
    return *ret ? SW_OK : sw_err_set(err, SW_E_PROTOCOL, 0, "the answer to %s is not JSON: %s", path, fault.text);
}

int sw_client_delete(struct sw_client *c, const char *path, long *ret_status, json_t **ret, struct sw_err *err)
{
    char url[SW_PATH_SIZE + 32];
    json_error_t fault;
    CURLcode code;

    snprintf(url, sizeof(url), "http://localhost%s", path);
    c->len = 0;
    c->is_too_large = false;
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, "DELETE");
    code = curl_easy_perform(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, NULL);
    if (code != CURLE_OK)
        return transport_fault(c, code, err);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, ret_status);
    *ret = json_loadb(c->answer ? c->answer : "", c->len, 0, &fault);
    return *ret ? SW_OK : sw_err_set(err, SW_E_PROTOCOL, 0, "the answer to %s is not JSON: %s", path, fault.text);
}

int sw_client_exit_code(int code)
{
    return code == SW_E_IO || code == SW_E_TIMEOUT ? SW_EXIT_UNREACHABLE : SW_EXIT_FAILED;
}
