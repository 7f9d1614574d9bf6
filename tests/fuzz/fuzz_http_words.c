// SPDX-License-Identifier: Apache-2.0
/* Any bytes as the headers that io/http reads itself: four texts, separated by line feeds. A host that is taken is one
 * that can be written again and is then the same; whoever is ours stays so; and nothing is read beyond its end. */
#include "fuzz.h"

#include <string.h>

#include "io/http_words.h"
#include "io/sse.h"

static void check_host(const char *text)
{
    static const char names[1][HTTP_HOST_SIZE] = {"gate.example"};
    char host[HTTP_HOST_SIZE], again[HTTP_HOST_SIZE], written[HTTP_HOST_SIZE + 16];
    int port, port_again;

    if (!http_split_host(text, strlen(text), host, &port)) {
        FUZZ_CHECK(!http_host_is_ours(text, names, 1), "%s is no host, and ours", text);
        return;
    }
    FUZZ_CHECK(host[0] && memchr(host, '\0', sizeof(host)) && port >= 0 && port <= 65535, "a host without an end");
    (void) snprintf(written, sizeof(written), strchr(host, ':') ? "[%s]" : "%s", host);
    FUZZ_CHECK(http_split_host(written, strlen(written), again, &port_again) || strcmp(host, ".") == 0 ||
                   host[strlen(host) - 1] == '.',
               "%s cannot be read again", written);
    FUZZ_CHECK(strpbrk(host, " \t\r\n/@\"<>") == NULL, "%s", host);
}

static void no_wake(void *ctx)
{
    (void) ctx;
}

/* A ring of three events: whatever the id, the stream begins with what it must. */
static void check_last_event_id(const char *text)
{
    const struct sw_sse_params p = {.ring_bytes = 512, .ring_events = 3, .clients = 1, .first_id = 8};
    struct sw_sse_reader *r = NULL;
    struct sw_sse *s = NULL;
    struct sw_err err;
    char buf[600];
    ptrdiff_t n;

    if (sw_sse_new(&p, &s, &err) < 0)
        return;
    for (int i = 0; i < 5; i++)
        sw_sse_post(s, "live", text, strlen(text));
    if (sw_sse_open(s, text, "", no_wake, NULL, &r) == SW_OK) {
        n = sw_sse_read(r, buf, sizeof(buf));
        FUZZ_CHECK(n >= 13 && memcmp(buf, "retry: 3000\n\n", 13) == 0, "no beginning");
        FUZZ_CHECK(n == 13 || memcmp(buf + 13, "id: ", 4) == 0, "half an event");
    }
    sw_sse_close(r);
    sw_sse_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text[4] = {0}, value[32];
    size_t from = 0;
    int len;

    for (int i = 0; i < 4; i++) {
        const uint8_t *end = from < size ? memchr(data + from, '\n', size - from) : NULL;
        const size_t n = i == 3 || !end ? size - from : (size_t) (end - data) - from;
        char *copy = malloc(n + 1);

        if (!copy)
            abort();
        memcpy(copy, data + from, n);
        copy[n] = '\0';
        text[i] = copy;
        from = from + n + 1 < size ? from + n + 1 : size;
    }
    check_host(text[0]);
    (void) http_origin_is_ours(text[1], text[0]);
    (void) http_names_tag(text[2], "\"5\"");
    (void) http_takes_gzip(text[2]);
    (void) http_path_is_odd(text[2]);
    check_last_event_id(text[3]);
    len = http_find_cookie(text[3], "siteward", value, sizeof(value));
    FUZZ_CHECK(len < 0 || (size_t) len == strlen(value), "a cookie of another length");
    for (int i = 0; i < 4; i++)
        free(text[i]);
    return 0;
}
