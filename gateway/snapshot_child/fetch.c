// SPDX-License-Identifier: Apache-2.0
/* The transfer: bounded in time and size, no redirects, no proxies, no protocol but HTTP. Names are resolved here and
 * not by libcurl, which would want a thread for it. */
#include "gateway/snapshot_child/fetch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#define ADDRESSES_MAX 8

struct body {
    unsigned char *bytes;
    size_t len, max;
    bool is_too_long;
};

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    struct body *b = ctx;
    const size_t len = size * n;

    if (len > b->max - b->len) {
        b->is_too_long = true;
        return 0; /* ends the transfer */
    }
    memcpy(b->bytes + b->len, data, len);
    b->len += len;
    return len;
}

/* ---- the name ---- */

/* "host:port:address,address" as libcurl wants it. @return 0, or an error of getaddrinfo */
static int resolve(const char *host, const char *port, char *buf, size_t cap)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    size_t at;
    int rc = getaddrinfo(host, port, &hints, &found), n = 0;

    if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) { /* a machine that has no address but its loopback */
        const struct addrinfo any = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

        rc = getaddrinfo(host, port, &any, &found);
    }
    if (rc != 0)
        return rc;
    at = (size_t) snprintf(buf, cap, "%s:%s:", host, port);
    for (const struct addrinfo *a = found; a != NULL && n < ADDRESSES_MAX && at < cap; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN];

        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        at += (size_t) snprintf(buf + at, cap - at, "%s%s", n++ > 0 ? "," : "", text);
    }
    freeaddrinfo(found);
    return n > 0 && at < cap ? 0 : EAI_FAIL;
}

/* @return a list for CURLOPT_RESOLVE, NULL when none is needed or reply->error says why not */
static struct curl_slist *resolve_url(const char *url, struct sw_snapshot_reply *reply)
{
    char text[SW_SNAPSHOT_URL_SIZE + 16 + ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1)];
    unsigned char address[sizeof(struct in6_addr)];
    struct curl_slist *list = NULL;
    char *host = NULL, *port = NULL;
    CURLU *parts = curl_url();
    int rc;

    if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        (void) snprintf(reply->error, sizeof(reply->error), "the camera's url cannot be taken apart");
    } else if (host[0] != '[' && inet_pton(AF_INET, host, address) != 1) {
        rc = resolve(host, port, text, sizeof(text));
        if (rc != 0)
            (void) snprintf(reply->error, sizeof(reply->error), "the name %.60s has no address: %s", host,
                            gai_strerror(rc));
        else
            list = curl_slist_append(NULL, text);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return list;
}

/* ---- the transfer ---- */

static void set_up(CURL *curl, const struct sw_snapshot_job *job, struct body *body, char *error)
{
    const unsigned long schemes[] = {[SW_SNAPSHOT_AUTH_AUTO] = CURLAUTH_BASIC | CURLAUTH_DIGEST,
                                     [SW_SNAPSHOT_AUTH_BASIC] = CURLAUTH_BASIC,
                                     [SW_SNAPSHOT_AUTH_DIGEST] = CURLAUTH_DIGEST};

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_URL, job->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "siteward");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) job->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long) job->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) job->max_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (job->username[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_USERNAME, job->username);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, job->password);
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, schemes[job->auth]);
    }
    if (job->ca_file[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, job->ca_file);
    if (job->insecure) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* ---- what came of it ---- */

/* The beginning of what is no picture, fit to be shown. */
static void show_start(const struct body *b, char *buf, size_t cap)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len && i < 24 && n + 1 < cap; i++)
        buf[n++] = (char) (isprint(b->bytes[i]) && b->bytes[i] < 0x7f ? b->bytes[i] : '.');
    buf[n] = '\0';
}

static void explain_transfer(CURLcode rc, const struct sw_snapshot_job *job, const struct body *b, const char *error,
                             struct sw_snapshot_reply *reply)
{
    char *to = reply->error;
    const size_t cap = sizeof(reply->error);

    if (b->is_too_long || rc == CURLE_FILESIZE_EXCEEDED)
        (void) snprintf(to, cap, "the picture is larger than max_size, %d bytes", job->max_bytes);
    else if (rc == CURLE_OPERATION_TIMEDOUT && reply->first_byte_us > 0)
        (void) snprintf(to, cap, "the picture was not complete within %d ms: %zu bytes came", job->timeout_ms, b->len);
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        (void) snprintf(to, cap, "the camera did not answer within %d ms", job->timeout_ms);
    else if (rc == CURLE_PEER_FAILED_VERIFICATION)
        (void) snprintf(to, cap, "the camera's certificate is not trusted (%.60s): name its file in ca_file", error);
    else
        (void) snprintf(to, cap, "%.150s", error[0] != '\0' ? error : curl_easy_strerror(rc));
}

static void explain_answer(const struct body *b, const char *content_type, struct sw_snapshot_reply *reply)
{
    char *to = reply->error, start[32];
    const size_t cap = sizeof(reply->error);
    const char *type = sw_picture_type(b->bytes, b->len);

    show_start(b, start, sizeof(start));
    if (reply->status == 401)
        (void) snprintf(to, cap, "the camera refuses the login (HTTP 401): see username, password_file and auth");
    else if (reply->status >= 300 && reply->status < 400)
        (void) snprintf(to, cap, "the camera points elsewhere (HTTP %d): redirects are not followed, put the right url",
                        reply->status);
    else if (reply->status != 200)
        (void) snprintf(to, cap, "the camera answers HTTP %d", reply->status);
    else if (b->len == 0)
        (void) snprintf(to, cap, "the camera sent an empty answer");
    else if (type == NULL)
        (void) snprintf(to, cap, "no JPEG, PNG or WebP came but %.40s: it begins with '%s'",
                        content_type != NULL ? content_type : "something without a type", start);
    else
        (void) snprintf(reply->type, sizeof(reply->type), "%s", type);
    if (to[0] == '\0')
        reply->bytes = (int32_t) b->len;
}

static void ask(CURL *curl, CURLcode rc, const struct sw_snapshot_job *job, const struct body *b, const char *error,
                struct sw_snapshot_reply *reply)
{
    curl_off_t first_us = 0, total_us = 0;
    char *content_type = NULL;
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_STARTTRANSFER_TIME_T, &first_us);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &total_us);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &content_type);
    reply->status = (int32_t) status;
    reply->first_byte_us = first_us;
    reply->total_us = total_us;
    if (rc == CURLE_OK)
        explain_answer(b, content_type, reply);
    else
        explain_transfer(rc, job, b, error, reply);
}

void sw_snapshot_fetch(const struct sw_snapshot_job *job, unsigned char *buf, struct sw_snapshot_reply *reply)
{
    struct body body = {.bytes = buf, .max = (size_t) job->max_bytes};
    struct curl_slist *addresses = NULL;
    char error[CURL_ERROR_SIZE] = "";
    CURL *curl = NULL;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        curl = curl_easy_init();
    if (curl == NULL) {
        (void) snprintf(reply->error, sizeof(reply->error), "libcurl does not start");
        return;
    }
    addresses = resolve_url(job->url, reply);
    if (reply->error[0] == '\0') {
        set_up(curl, job, &body, error);
        if (addresses != NULL)
            curl_easy_setopt(curl, CURLOPT_RESOLVE, addresses);
        ask(curl, curl_easy_perform(curl), job, &body, error, reply);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(addresses);
}
